//! Act four: the household changes its mind, and then leaves. What is claimed is
//! checked while you watch; a check that fails ends the program.

use confidant::{
    Channel, Decision, Engine, Event, Level, MemoryStore, Purpose, Reply, Request, Timestamp, days,
    hours,
};
use serde_json::Value;

use crate::decide::{a_product_new_to, visit};
use crate::load::fill;
use crate::sample::{Sample, UTC_OFFSET_MINUTES};
use crate::shop;
use crate::support::{Result, say};

const STRANGER: &str = "a stranger";

pub(crate) fn act(engine: &Engine, sample: &Sample, household: &str) -> Result<()> {
    say::heading("4. Withdrawn, and forgotten");
    let now = sample.now() + hours(1);
    let later = same_contacts(engine, sample, household, now)?;
    withdraw(engine, household, later)?;
    erase(engine, sample, household, later)
}

/// The household and a stranger of whom the shop knows nothing get the same contacts:
/// one e-mail each, and both decline the same offer.
fn same_contacts(
    engine: &Engine,
    sample: &Sample,
    household: &str,
    now: Timestamp,
) -> Result<Timestamp> {
    let allow = Event::consent(STRANGER, now).allow(Purpose::DirectMarketing);
    _ = engine.record(now, allow)?;
    let live = sample.campaigns.iter().rfind(|c| c.from <= now && now < c.until);
    for customer in [household, STRANGER] {
        let written = engine.decide(&letter(customer, now))?;
        check(written.action().is_some(), "both can be written to")?;
        if let Some(campaign) = live {
            let no = Event::outcome(customer, now, campaign.action(), Reply::Declined);
            _ = engine.record(now, no.on(Channel::Web))?;
        }
    }
    Ok(now + hours(1))
}

fn home_page(customer: &str, now: Timestamp) -> Request {
    Request::new(customer, Channel::Web, now).utc_offset_minutes(UTC_OFFSET_MINUTES)
}

fn letter(customer: &str, now: Timestamp) -> Request {
    Request::new(customer, Channel::Email, now).utc_offset_minutes(UTC_OFFSET_MINUTES)
}

/// Without consent the household is a stranger, except for what must hold anyway: how
/// often it was written to, and what it declined.
fn withdraw(engine: &Engine, household: &str, now: Timestamp) -> Result<()> {
    let ask = |customer: &str| -> Result<[Decision; 3]> {
        Ok([
            engine.preview(&home_page(customer, now))?,
            // Within the week that the last e-mail was in, and after it.
            engine.preview(&letter(customer, now))?,
            engine.preview(&letter(customer, now + days(8)))?,
        ])
    };
    let before = ask(household)?;
    let differ = before
        .iter()
        .zip(&ask(STRANGER)?)
        .filter(|(own, other)| without_names(own).ok() != without_names(other).ok())
        .count();
    check(differ > 0, "with consent the answers differ from a stranger's")?;

    let withdrawal = Event::consent(household, now)
        .level(Level::Contextual)
        .withdraw(Purpose::Personalisation)
        .withdraw(Purpose::CollaborativeLearning)
        .withdraw(Purpose::IdentityLinking);
    _ = engine.record(now, withdrawal)?;
    let (own, other) = (ask(household)?, ask(STRANGER)?);
    for (own, other) in own.iter().zip(&other) {
        let same = without_names(own)? == without_names(other)?;
        check(same, "without consent the answers are a stranger's")?;
    }
    say::paragraph(
        2,
        &format!(
            "Household {household} and a stranger are sent one e-mail each, and decline the \
             same offer. Then the household withdraws every purpose but e-mail. One e-mail a \
             week is the most; what was declined rests."
        ),
    );
    println!();
    let action = |decision: &Decision| {
        let action = decision.action().map(|action| action.as_str().to_owned());
        action.unwrap_or_else(|| "nothing".to_owned())
    };
    let head = format!("{:18} {:16} {:16} stranger", "", "with consent", "without");
    println!("    {}", say::bold(&head));
    let questions = ["web shop today", "e-mail today", "e-mail in 8 days"];
    for (question, ((before, own), other)) in
        questions.iter().zip(before.iter().zip(&own).zip(&other))
    {
        let (before, own, other) = (action(before), action(own), action(other));
        println!("    {question:18} {before:16} {own:16} {other}");
    }
    println!();
    say::checked(&format!(
        "Before, {differ} of 3 answers differed from the stranger's. Now all 3 are equal, \
         receipts and scores included, but for the customer's id and the number of choices."
    ));
    Ok(())
}

/// A decision without what names the customer: the id, the number of the decision that
/// is made from it, and how many choices the customer made.
fn without_names(decision: &Decision) -> Result<Value> {
    let mut value = serde_json::to_value(decision)?;
    if let Some(receipt) = value.get_mut("receipt").and_then(Value::as_object_mut) {
        for name in ["customer", "id", "consent_epoch"] {
            check(receipt.remove(name).is_some(), "a receipt names its customer")?;
        }
    }
    Ok(value)
}

/// The household asks for everything back and leaves. What is left is what an engine
/// knows that never saw it.
fn erase(engine: &Engine, sample: &Sample, household: &str, now: Timestamp) -> Result<()> {
    // All levels again, so that there is something to forget.
    let again = Event::consent(household, now + hours(1))
        .level(Level::Collaborative)
        .allow(Purpose::Personalisation)
        .allow(Purpose::CollaborativeLearning);
    let now = now + hours(1);
    _ = engine.record(now, again)?;
    let before = engine.statistics().digest();
    check(engine.erase(household)?, "the household can be erased")?;
    engine.fit(now)?;

    let never = shop::engine(sample, MemoryStore::new())?;
    let others = sample.background().into_iter();
    let others: Vec<Event> = others.filter(|e| e.customer().value() != household).collect();
    fill(&never, sample, &others, |line| line.customer.value() != household)?;
    never.fit(now)?;

    check(engine.customer_report(household, now)?.is_none(), "nothing is kept")?;
    let (left, never_saw) = (engine.statistics().digest(), never.statistics().digest());
    check(left != before, "there was something to forget")?;
    check(left == never_saw, "the statistics are those of an engine that never saw it")?;
    let question = visit("anybody", now, &a_product_new_to(sample, household));
    let models = |engine: &Engine| -> Result<Vec<_>> {
        let decision = engine.preview(&question)?;
        let models = decision.receipt().models();
        Ok(models.map(|(name, digest)| (name.to_owned(), digest)).collect())
    };
    let (ours, theirs) = (models(engine)?, models(&never)?);
    check(ours == theirs, "the models are those of an engine that never saw it")?;

    println!();
    say::paragraph(
        2,
        "It comes back, and then asks to be erased. A second engine is filled with \
         everybody else's events; this one it has never seen.",
    );
    println!();
    for (name, digest) in
        [("learned before", before), ("after erasure", left), ("never saw it", never_saw)]
    {
        println!("    {name:17} {}", say::dim(&digest.to_string()));
    }
    println!();
    say::checked(&format!(
        "The record is gone. What was learned, and all {} models fitted from it, are bit \
         for bit those of the engine that never saw household {household}.",
        ours.len()
    ));
    Ok(())
}

fn check(holds: bool, claim: &str) -> Result<()> {
    match holds {
        true => Ok(()),
        false => Err(format!("this should hold, and does not: {claim}").into()),
    }
}
