//! Act three: the household takes its data along, and leaves. What is left is what an engine
//! knows that never saw it; and it does not come back with late data or a bought list.

use std::collections::BTreeMap;

use confidant::{
    Agreement, Basis, Engine, Event, Level, NotAllowed, Purpose, Recorded, Refusal, Timestamp,
    days, hours,
};
use serde_json::Value;

use crate::check::holds;
use crate::sample::Sample;
use crate::shop;
use crate::support::{Result, say};
use crate::words::Words;

/// Whether what was learned is bit for bit what an engine learned that never saw it.
pub(crate) fn act(
    engine: &Engine,
    sample: &Sample,
    household: &str,
    words: &Words,
) -> Result<bool> {
    let now = sample.now() + hours(24);
    say::heading(words.say("export"));
    export(engine, household, now, words)?;

    say::heading(words.say("erasure"));
    // It allows everything once more, so that there is something to forget.
    let all = Event::consent(household, now).level(Level::Collaborative);
    let _ = engine
        .record(now, all.allow(Purpose::Personalisation).allow(Purpose::CollaborativeLearning))?;
    let checkpoint = engine.checkpoint(now)?;
    let before = engine.statistics().digest();
    let certificate = engine.erase_with_certificate(household, now + hours(1))?;
    let certificate = certificate.ok_or("there was nobody to erase")?;
    println!("\n{}", certificate.to_text(&*engine.messages(words.tag())?));
    holds("the certificate is the shop's", certificate.verify(&shop::key()))?;
    holds("nothing is left of the record", certificate.nothing_is_left(&shop::key()))?;

    let never = shop::engine().catalog(sample.catalog.clone()).build()?;
    shop::fill(&never, sample, |who| who != household)?;
    let (left, other) = (engine.statistics().digest(), never.statistics().digest());
    holds("there was something to forget", left != before)?;
    holds("what is left is what an engine learned that never saw it", left == other)?;
    say::checked(&format!("{} {left}", words.say("erasure.equal")));

    let late = comes_back(engine, sample, household, now + days(1))?;
    say::checked(&words.with("erasure.stays", late));
    let report = engine.verify_ledger(Some(&checkpoint))?;
    let agrees = report.is_whole() && report.checkpoint == Agreement::Agrees;
    holds("the ledger is whole, whoever left", agrees)?;
    say::checked(&format!("{} {checkpoint}", words.say("ledger.whole")));
    Ok(left == other)
}

/// What the household takes along: counted by who it came from.
fn export(engine: &Engine, household: &str, now: Timestamp, words: &Words) -> Result<()> {
    let export = engine.export(household, now)?.ok_or("there is nothing to take along")?;
    let data = serde_json::to_value(&export)?;
    let mut origins: BTreeMap<&str, usize> = BTreeMap::new();
    for part in ["history", "facts"] {
        let told = data.get(part).and_then(Value::as_array).into_iter().flatten();
        for origin in told.filter_map(|told| told.pointer("/what/origin")?.as_str()) {
            *origins.entry(origin).or_default() += 1;
        }
    }
    for (origin, count) in origins {
        println!("  {:>7} {}", say::thousands(count as u64), words.say(origin));
    }
    let bytes = serde_json::to_vec(&export)?.len();
    println!("  {:>7} {}", say::thousands(bytes as u64), words.say("export.bytes"));
    Ok(())
}

/// Late lines and a list that somebody sold: neither brings the household back. How many
/// lines there were.
fn comes_back(engine: &Engine, sample: &Sample, household: &str, now: Timestamp) -> Result<usize> {
    let own = sample.purchases.iter().filter(|line| line.customer.value() == household);
    let own: Vec<Event> = own.map(|line| line.event()).collect();
    let report = engine.record_all(now, own.clone());
    let refused =
        |(_, why): &(usize, Refusal)| matches!(why, Refusal::NotAllowed(NotAllowed::Erased));
    let all = report.refused.len() == own.len() && report.refused.iter().all(refused);
    holds("every late line is refused", all)?;
    let list = Event::prospect(household, now).source("a list that was bought");
    let listed = engine.record(now, list.basis(Basis::Consent).until(now + days(30)))?;
    holds("so is the list", listed == Recorded::NotAllowed(NotAllowed::Erased))?;
    holds("nothing is kept", engine.customer_report(household, now)?.is_none())?;
    Ok(own.len())
}
