//! Was anything lost, and did the limits hold? What the tasks were told is held against what
//! the database keeps, as an engine sees it that is opened over a copy.

use confidant::{Batch, Channel, Durability, Expected, MemoryStore, Store, Write};

use crate::host::Host;
use crate::shop::{self, EMAILS, GIFTS};
use crate::sqlite::Sqlite;
use crate::{Arguments, Done, Result, say};

/// What the database keeps.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) events: usize,
    pub(crate) emails: usize,
    pub(crate) gifts: usize,
}

pub(crate) async fn act(host: &Host, arguments: &Arguments, done: &Done) -> Result<Found> {
    say::heading("What the database keeps of it");
    let engine = shop::builder()?.store(copy(&host.database).await?).build()?;
    let mut found = Found::default();
    let mut most = 0;
    for number in 0..arguments.customers {
        let report = engine.customer_report(shop::customer(number), shop::opening())?;
        let report = report.ok_or("a customer is gone")?;
        let contacts = report.contacts.iter();
        let emails = contacts.clone().filter(|line| line.channel == Some(Channel::Email)).count();
        most = most.max(emails);
        found.events += report.history.len();
        found.emails += emails;
        found.gifts += contacts.filter(|line| line.action == shop::GIFT).count();
    }
    let told = |what: &str, told: usize, kept: usize| {
        println!("  {kept:>7} {what}");
        check(told == kept, &format!("{told} {what} were acknowledged, and {kept} are kept"))
    };
    told("purchases, each that was acknowledged", done.events, found.events)?;
    told("e-mails, each that was decided", done.emails, found.emails)?;
    told("gifts, each that was decided", done.gifts, found.gifts)?;
    check(most <= EMAILS, "no customer is written to more often than allowed")?;
    check(found.gifts <= GIFTS, "no more gifts are given than there are")?;
    println!();
    say::checked(&format!(
        "Nothing was lost. No customer was sent more than {EMAILS} e-mails, and {} of {GIFTS} \
         gifts were given.",
        found.gifts
    ));
    Ok(found)
}

/// All that the database holds, in memory, where a plain engine can work on it.
async fn copy(database: &Sqlite) -> Result<MemoryStore> {
    const PAGE: usize = 1_000;
    let copy = MemoryStore::new();
    let mut after = None;
    loop {
        let page = database.scan(after, PAGE).await?;
        let last = page.len() < PAGE;
        after = page.last().map(|(key, _)| key.clone());
        let batch = |(key, stored): (_, confidant::Stored)| {
            let value = Some(stored.bytes);
            let writes = vec![Write { key, expected: Expected::Absent, value }];
            Batch { version: stored.version, writes }
        };
        let batches: Vec<Batch> = page.into_iter().map(batch).collect();
        copy.commit(&batches, Durability::Buffered)?;
        if last {
            return Ok(copy);
        }
    }
}

fn check(holds: bool, claim: &str) -> Result<()> {
    match holds {
        true => Ok(()),
        false => Err(format!("this should hold, and does not: {claim}").into()),
    }
}
