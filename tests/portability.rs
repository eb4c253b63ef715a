//! What a customer takes along is complete, is theirs alone, and is the same customer
//! where it is taken in.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/dice.rs"]
#[allow(dead_code, unreachable_pub, reason = "a part of many tests")]
mod dice;

use confidant::*;
use dice::Dice;

fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn end() -> Timestamp {
    noon() + days(100)
}

fn email() -> Identifier {
    Identifier::new(IdentifierKind::Email, "ana@example.com")
}

fn device() -> Identifier {
    Identifier::new(IdentifierKind::Device, "tablet")
}

fn everything(who: impl Into<Identifier>) -> ConsentChange {
    let all = Event::consent(who, noon()).level(Level::Collaborative);
    Purpose::BASE.into_iter().fold(all, ConsentChange::allow)
}

fn shop(seal_after: usize) -> Engine {
    let items = ["tea", "cup"].map(|id| Item::new(id).category(["kitchen"]));
    let offer = Action::new("offer").treatment(Treatment::on(Channel::Email));
    Engine::builder()
        .catalog(Catalog::new(items).unwrap())
        .segment(Segment::new("often", count(Kind::Purchased).at_least(2)))
        .action(offer)
        .seal_after(seal_after)
        .build()
        .unwrap()
}

/// Something of every sort.
fn told(dice: &mut Dice, who: &Identifier, n: usize) -> Event {
    let at = noon() + hours(1 + dice.below(2000) as u32);
    let euros = Money::cents(dice.below(9_000) as i64, "EUR").unwrap();
    match dice.below(7) {
        0 => Event::declared(who.clone(), at).attribute("name", "Ana").attribute("age", 40).into(),
        1 => Event::observed(who.clone(), at).source("crm").attribute("vip", true).into(),
        2 => Event::custom(who.clone(), at, "spun").property("wheel", "red").into(),
        3 => Event::outcome(who.clone(), at, "offer", Reply::Declined).on(Channel::Email).into(),
        4 => Event::retracted(who.clone(), at, format!("{}", n / 2)).into(),
        5 => Event::viewed(who.clone(), at).item("cup").on(Channel::App).id(format!("{n}")).into(),
        _ => {
            let line = Event::purchased(who.clone(), at).item("tea").amount(euros).quantity(2.5);
            line.order("o").place("mill road").on(Channel::Store).id(format!("{n}")).into()
        }
    }
}

fn a_customer(engine: &Engine, seed: u64, evidence: Evidence) {
    let mut dice = Dice::new(seed);
    for who in ["ana".into(), email(), device()] {
        let _ = engine.record(end(), everything(who)).unwrap();
    }
    for n in 0..30 {
        let who = dice.pick(&["ana".into(), email(), device()]).clone();
        let _ = engine.record(end(), told(&mut dice, &who, n)).unwrap();
    }
    let objection = Event::consent("ana", noon() + days(1)).object_to(Channel::Sms);
    let _ = engine.record(end(), objection).unwrap();
    let link = Event::linked("ana", noon() + days(2), email()).by(Evidence::LoggedIn);
    let _ = engine.record(end(), link).unwrap();
    let link = Event::linked(device(), noon() + days(3), email()).by(evidence);
    let _ = engine.record(end(), link).unwrap();
}

/// What anybody can know of a customer.
fn known(engine: &Engine) -> Vec<String> {
    engine.advance(end()).unwrap();
    let mut known = vec![engine.statistics().digest().to_string()];
    for who in ["ana".into(), email(), device()] {
        let mut report = engine.customer_report(&who, end()).unwrap().unwrap();
        // What was decided is the host's, and stays where it was decided.
        report.uses.clear();
        known.push(serde_json::to_string(&report).unwrap());
        known.push(format!("{:?}", engine.segments_of(&who, end()).unwrap()));
        let request = Request::new(who, Channel::Email, end());
        known.push(format!("{:?}", engine.preview(&request).unwrap().to_bytes()));
    }
    known
}

#[test]
fn who_is_taken_along_is_the_same_customer() {
    for seed in 0..40 {
        let sizes = [2_048, 8, 3];
        let (here, there) = (shop(sizes[seed as usize % 3]), shop(sizes[seed as usize / 3 % 3]));
        a_customer(&here, seed, Evidence::Stated);
        let export = here.export(device(), end()).unwrap().unwrap();
        let text = serde_json::to_string(&export).unwrap();
        there.import(end(), serde_json::from_str(&text).unwrap()).unwrap();
        assert!(there.export(email(), end()).unwrap() == Some(export), "seed {seed}");
        for (ours, theirs) in known(&here).iter().zip(known(&there)) {
            assert_eq!(*ours, theirs, "seed {seed}");
        }
        // And what is told once more there was told already.
        let again = told(&mut Dice::new(seed), &"ana".into(), 0);
        let sent = |engine: &Engine| engine.record(end(), again.clone()).unwrap();
        assert_eq!(sent(&here), sent(&there), "seed {seed}");
    }
}

/// A link in a mail can be opened by somebody else: what stands behind it stays.
#[test]
fn nothing_goes_along_over_a_link_that_proves_nothing() {
    let engine = shop(2_048);
    let secret =
        |who: Identifier, value: &str| Event::declared(who, noon()).attribute("note", value);
    for who in ["ana".into(), email(), device()] {
        let _ = engine.record(end(), everything(who)).unwrap();
    }
    let _ = engine.record(end(), secret("ana".into(), "of ana")).unwrap();
    let _ = engine.record(end(), secret(email(), "of the mail")).unwrap();
    let _ = engine.record(end(), secret(device(), "of the tablet")).unwrap();
    let link = Event::linked("ana", noon(), email()).by(Evidence::LoggedIn);
    let _ = engine.record(end(), link).unwrap();
    let link = Event::linked(email(), noon(), device()).by(Evidence::MailOpened);
    let _ = engine.record(end(), link).unwrap();
    let text = |who: Identifier| {
        serde_json::to_string(&engine.export(who, end()).unwrap().unwrap()).unwrap()
    };
    for who in ["ana".into(), email()] {
        let text = text(who);
        assert!(text.contains("of ana") && text.contains("of the mail"), "{text}");
        assert!(!text.contains("of the tablet") && !text.contains("\"tablet\""), "{text}");
    }
    let text = text(device());
    assert!(text.contains("of the tablet"), "{text}");
    assert!(!text.contains("of ana") && !text.contains("example.com"), "{text}");
}

/// Of somebody whose device turned out to be shared, no byte goes along with it.
#[test]
fn no_byte_of_another_customer_goes_along() {
    let engine = shop(2_048);
    for who in ["ana", "canary-ben"] {
        let _ = engine.record(end(), everything(who)).unwrap();
        let link = Event::linked(who, noon() + days(1), device());
        let _ = engine.record(end(), link).unwrap();
        let note = Event::declared(who, noon()).attribute("note", format!("of {who}"));
        let _ = engine.record(end(), note).unwrap();
    }
    for who in ["ana".into(), device()] {
        let export = engine.export(&who, end()).unwrap();
        assert!(!serde_json::to_string(&export).unwrap().contains("canary-ben"));
    }
    assert!(engine.erase("canary-ben").unwrap());
    assert!(engine.customer_report(device(), end()).unwrap().unwrap().customer == "ana".into());
}

#[test]
fn nobody_is_taken_in_over_somebody_who_is_known() {
    let (here, there) = (shop(2_048), shop(2_048));
    a_customer(&here, 1, Evidence::Stated);
    let export = here.export("ana", end()).unwrap().unwrap();
    let _ = there.record(end(), Event::purchased(email(), noon())).unwrap();
    let before = there.customer_report(email(), end()).unwrap();
    let refused = there.import(end(), export.clone()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::IdentityConflict);
    assert!(there.customer_report(email(), end()).unwrap() == before, "nothing half-done");
    assert!(there.customer_report("ana", end()).unwrap().is_none());
    assert_eq!(here.import(end(), export).unwrap_err().kind(), ErrorKind::IdentityConflict);
    assert!(here.export("nobody", end()).unwrap().is_none());
}

/// An export that was tampered with so that it tells of somebody else.
#[test]
fn an_export_that_tells_of_others_is_refused() {
    let engine = shop(2_048);
    let _ = engine.record(end(), everything("ana")).unwrap();
    let _ = engine.record(end(), Event::purchased("ana", noon())).unwrap();
    let mut json = serde_json::to_value(engine.export("ana", end()).unwrap().unwrap()).unwrap();
    json["history"][0]["under"]["value"] = "ben".into();
    let error = shop(9).import(end(), serde_json::from_value(json).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
