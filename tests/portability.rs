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

use std::sync::Arc;

use confidant::conformance::{Failing, Fault};
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
    builder(seal_after).build().unwrap()
}

fn builder(seal_after: usize) -> EngineBuilder {
    let items = ["tea", "cup"].map(|id| Item::new(id).category(["kitchen"]));
    let offer = Action::new("offer").treatment(Treatment::on(Channel::Email));
    Engine::builder()
        .catalog(Catalog::new(items).unwrap())
        .segment(Segment::new("often", count(Kind::Purchased).at_least(2)))
        .action(offer)
        .seal_after(seal_after)
}

/// All keys and values of a store.
fn bytes(store: &MemoryStore) -> Vec<(Key, Vec<u8>)> {
    let all = store.scan(None, usize::MAX).unwrap();
    all.into_iter().map(|(key, stored)| (key, stored.bytes.to_vec())).collect()
}

/// Something of every sort.
fn told(dice: &mut Dice, who: &Identifier, n: usize) -> Event {
    let at = noon() + hours(1 + dice.below(2000) as u32);
    let euros = Money::cents(dice.below(9_000) as i64, "EUR").unwrap();
    match dice.below(9) {
        0 => Event::declared(who.clone(), at).attribute("name", "Ana").attribute("age", 40).into(),
        1 => Event::observed(who.clone(), at).source("crm").attribute("vip", true).into(),
        2 => Event::custom(who.clone(), at, "spun").property("wheel", "red").into(),
        3 => Event::outcome(who.clone(), at, "offer", Reply::Declined).on(Channel::Email).into(),
        4 => Event::retracted(who.clone(), at, format!("{}", n / 2)).into(),
        5 => Event::viewed(who.clone(), at).item("cup").on(Channel::App).id(format!("{n}")).into(),
        6 => {
            let seen = Event::viewed(who.clone(), at).id(format!("{n}"));
            let seen = seen.property("device", *dice.pick(&["tablet", "phone"]));
            seen.property_of(DataCategory::Opinions, "said", "nice").into()
        }
        7 => {
            let taste = Event::inferred(who.clone(), at).attribute("taste", n as f64);
            let taste = taste.until(at + days(400)).only_for(Purpose::Personalisation);
            taste.source("model").basis(Basis::Consent).into()
        }
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
    // Whose word counts is more than whose was the last.
    for _ in 0..4 {
        let at = noon() + hours(1 + dice.below(2000) as u32);
        let word = Event::consent(dice.pick(&["ana".into(), email(), device()]).clone(), at);
        let about = dice.pick(&[Purpose::Personalisation, Purpose::CollaborativeLearning]).clone();
        let word = if dice.chance(50) { word.withdraw(about) } else { word.allow(about) };
        let _ = engine.record(end(), word).unwrap();
    }
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
        let view = engine.view(&who, Purpose::Personalisation, end(), None).unwrap();
        known.push(format!("{:?}", view.usual(days(100), 0).device));
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
        here.advance(end()).unwrap();
        let export = here.export(device(), end()).unwrap().unwrap();
        let text = serde_json::to_string(&export).unwrap();
        there.import(end(), serde_json::from_str(&text).unwrap()).unwrap();
        // Others learn at once, and segments are told at the next look.
        assert_eq!(there.statistics().digest(), here.statistics().digest(), "seed {seed}");
        let changes = there.advance(end() + hours(1)).unwrap().into_iter();
        let changes: Vec<_> = changes.map(|c| (c.at, c.entered, c.segment)).collect();
        let members = here.segments_of("ana", end()).unwrap();
        let entered: Vec<_> = members.into_iter().map(|s| (end(), true, s)).collect();
        assert_eq!(changes, entered, "seed {seed}");
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
    let secret = |who: Identifier, value: &str| {
        let at = || noon() + days(1);
        let told: [Event; 4] = [
            Event::purchased(who.clone(), at()).property("note", value).place(value).into(),
            Event::outcome(who.clone(), at(), value, Reply::Declined).into(),
            Event::retracted(who.clone(), at(), value).into(),
            Event::declared(who, at()).attribute("note", value).into(),
        ];
        assert!(engine.record_all(end(), told).refused.is_empty());
    };
    for who in ["ana".into(), email(), device()] {
        let _ = engine.record(end(), everything(who)).unwrap();
    }
    secret("ana".into(), "of ana");
    secret(email(), "of the mail");
    secret(device(), "of the tablet");
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

/// That two were seen on a device that several people use proves nothing of the two.
#[test]
fn nothing_goes_along_over_a_device_that_is_shared() {
    let engine = shop(2_048);
    for who in ["ana".into(), "ben".into(), email()] {
        let _ = engine.record(end(), everything(who)).unwrap();
    }
    let opened = Event::linked("ana", noon(), email()).by(Evidence::MailOpened);
    let _ = engine.record(end(), opened).unwrap();
    for who in ["ana".into(), "ben".into(), email()] {
        let seen = Event::linked(who, noon() + days(1), device()).by(Evidence::LoggedIn);
        let _ = engine.record(end(), seen).unwrap();
    }
    let report = engine.customer_report("ana", end()).unwrap().unwrap();
    assert_eq!(report.identifiers.len(), 1, "the mail, and not the device");
    let export = engine.export("ana", end()).unwrap();
    assert!(!serde_json::to_string(&export).unwrap().contains("example.com"));
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
    let here = shop(2_048);
    a_customer(&here, 1, Evidence::Stated);
    let export = here.export("ana", end()).unwrap().unwrap();
    for known in ["ana".into(), email(), device()] {
        let store = Arc::new(MemoryStore::new());
        let there = builder(2_048).store(store.clone()).build().unwrap();
        let _ = there.record(end(), Event::purchased(known, noon())).unwrap();
        let before = bytes(&store);
        let refused = there.import(end(), export.clone()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::IdentityConflict);
        assert!(bytes(&store) == before, "nothing half-done");
    }
    assert_eq!(here.import(end(), export).unwrap_err().kind(), ErrorKind::IdentityConflict);
    assert!(here.export("nobody", end()).unwrap().is_none());
}

/// An export that was tampered with: nothing in it is believed that could not be told.
#[test]
fn an_export_that_was_tampered_with_is_refused() {
    let engine = shop(2_048);
    let heard = Event::prospect(email(), noon()).source("fair").basis(Basis::Consent);
    let bought = Event::purchased("ana", noon()).property("note", "of the purchase");
    let told: [Event; 8] = [
        heard.until(noon() + days(300)).into(),
        everything("ana").into(),
        everything(email()).into(),
        bought.into(),
        Event::declared("ana", noon()).attribute("note", "of ana").into(),
        Event::outcome("ana", noon(), "offer", Reply::Declined).into(),
        Event::retracted("ana", noon(), "x").into(),
        Event::linked("ana", noon() + days(1), email()).by(Evidence::LoggedIn).into(),
    ];
    assert!(engine.record_all(end(), told).refused.is_empty());
    let text = serde_json::to_string(&engine.export("ana", end()).unwrap().unwrap()).unwrap();
    let import = |text: &str| shop(9).import(end(), serde_json::from_str(text).unwrap());
    import(&text).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let with = |path: &str, value: serde_json::Value| {
        let mut json = json.clone();
        *json.pointer_mut(path).unwrap() = value;
        import(&json.to_string()).unwrap_err().kind()
    };
    let choice = json["choices"].as_array().unwrap();
    let choice = choice.iter().position(|chosen| !chosen["under"].is_null()).unwrap();
    let others = [
        "/history/0/under/value",
        "/facts/0/under/value",
        "/contacts/0/under/value",
        "/taken_back/0/under/value",
        "/known_from/0/of/value",
        "/links/0/ends/0/value",
        &format!("/choices/{choice}/under/value"),
    ];
    for path in others {
        assert_eq!(with(path, "ben".into()), ErrorKind::InvalidInput, "{path}");
    }
    // What nobody could have told: no text, nobody's name.
    for told in ["of the purchase", "of ana", "fair", "ana@example.com"] {
        let empty = text.replace(&format!("\"{told}\""), "\"\"");
        assert_ne!(empty, text, "{told}");
        assert_eq!(import(&empty).unwrap_err().kind(), ErrorKind::InvalidInput, "{told}");
    }
    let long = text.replace("ana@example.com", &format!("{}@example.com", "a".repeat(5_000)));
    assert_eq!(import(&long).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(with("/form", 2.into()), ErrorKind::Incompatible);
    // Here the address is the tester's.
    let nobody = IdentityPolicy::new().block(IdentifierKind::Email, "ana@example.com");
    let there = builder(9).identity(nobody).build().unwrap();
    let refused = there.import(end(), serde_json::from_str(&text).unwrap()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}

/// Known under several identifiers, parted from Carl, whom her last word still bound, with a
/// cookie that Ben has too, and a watch that found no room beside her phone.
fn ana_among_others(engine: &Engine) {
    let (watch, phone) = (hers(IdentifierKind::Device, 1), hers(IdentifierKind::Device, 2));
    let (mail, cookie) = (hers(IdentifierKind::Email, 3), tablet());
    for who in [hers(IdentifierKind::Customer, 0), mail.clone()] {
        let _ = engine.record(end(), everything(who.clone())).unwrap();
        for n in 0..4 {
            let bought = Event::purchased(who.clone(), noon() + hours(n)).item("tea");
            let _ = engine.record(end(), bought.place("canary")).unwrap();
        }
    }
    engine.advance(end()).unwrap();
    let ana = || hers(IdentifierKind::Customer, 0);
    let ties = [(mail, 1), (watch, 1), (phone, 2), (cookie.clone(), 2), (carl(), 3)];
    for (other, day) in ties {
        let link = Event::linked(ana(), noon() + days(day), other).by(Evidence::LoggedIn);
        let _ = engine.record(end(), link).unwrap();
    }
    let link = Event::linked("ben", noon() + days(3), cookie).by(Evidence::LoggedIn);
    let _ = engine.record(end(), link).unwrap();
    let no = Event::consent(ana(), noon() + days(4)).withdraw(Purpose::Personalisation);
    let no = no.withdraw(Purpose::CollaborativeLearning);
    let _ = engine.record(end(), no).unwrap();
    let parted = Event::unlinked(ana(), noon() + days(5), carl());
    let _ = engine.record(end(), parted).unwrap();
}

fn hers(kind: IdentifierKind, n: usize) -> Identifier {
    let value = if kind == IdentifierKind::Email { "canary@example.com" } else { "canary" };
    Identifier::new(kind, if n < 2 { value.to_owned() } else { value.replace("ary", "ary2") })
}

fn tablet() -> Identifier {
    Identifier::new(IdentifierKind::Cookie, "tablet")
}

fn carl() -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, "carl")
}

fn others(engine: &Engine) {
    for who in ["ben".into(), carl()] {
        let _ = engine.record(end(), everything(who.clone())).unwrap();
        for n in 0..2 {
            let bought = Event::purchased(who.clone(), noon() + hours(n)).item("cup");
            let _ = engine.record(end(), bought).unwrap();
        }
    }
    engine.advance(end()).unwrap();
}

/// How many keys and values tell of her.
fn sings(store: &MemoryStore) -> usize {
    let sings = |text: &[u8]| text.windows(6).any(|bytes| bytes == b"canary");
    let all = bytes(store).into_iter();
    all.filter(|(key, value)| sings(key.partition()) || sings(value)).count()
}

fn one_device() -> IdentityPolicy {
    IdentityPolicy::new().limit(IdentifierKind::Device, 1)
}

#[test]
fn nothing_is_left_anywhere_of_who_was_erased() {
    let asked = [(IdentifierKind::Customer, 0), (IdentifierKind::Email, 3)];
    let asked = asked.into_iter().chain([(IdentifierKind::Device, 2)]);
    for (n, asked) in asked.map(|(kind, n)| hers(kind, n)).enumerate() {
        let store = Arc::new(MemoryStore::new());
        let engine = builder([2_048, 3, 1][n]).identity(one_device()).store(store.clone());
        let engine = engine.build().unwrap();
        others(&engine);
        ana_among_others(&engine);
        assert!(sings(&store) > 4, "{}", sings(&store));
        assert!(engine.segments_of(carl(), end()).unwrap().is_empty(), "bound");
        if n == 0 {
            engine.advance(end()).unwrap();
        }
        assert!(engine.erase(asked.clone()).unwrap());
        assert_eq!(sings(&store), 0, "{asked:?}");
        assert!(!engine.erase(asked).unwrap());
        // Those who are left are settled, and not bound any more.
        for who in ["ben".into(), carl()] {
            let found = store.read(&[engine.key(&who)]).unwrap().pop().unwrap();
            assert!(engine.load(&who, found).is_ok());
        }
        let report = engine.customer_report(tablet(), end()).unwrap().unwrap();
        assert_eq!(report.customer, "ben".into());
        let told = engine.advance(end() + hours(1)).unwrap();
        assert!(told.iter().all(|change| !change.customer.value().contains("canary")), "{told:?}");
        // Who was not told that he left is not told that he is back.
        let back = told.iter().any(|change| change.entered && change.customer == carl());
        assert_eq!(back, n == 0, "{told:?}");
        let without = builder(9).identity(one_device()).build().unwrap();
        others(&without);
        assert_eq!(engine.statistics().digest(), without.statistics().digest());
        assert_eq!(engine.segments_of(carl(), end()).unwrap().len(), 1);
    }
}

/// Others hear of it before her record goes, for afterwards nobody knows who has to.
#[test]
fn nothing_is_left_though_the_host_is_cut_off_while_it_erases() {
    let mut cut = 0;
    for call in 0..60 {
        for asked in [hers(IdentifierKind::Customer, 0), hers(IdentifierKind::Email, 3)] {
            let kept = Arc::new(MemoryStore::new());
            let store = Arc::new(Failing::new(kept.clone()));
            let engine = builder(3).identity(one_device()).store(store.clone()).build().unwrap();
            others(&engine);
            ana_among_others(&engine);
            store.fail(call..usize::MAX, Fault::Refused);
            cut += usize::from(engine.erase(asked.clone()).is_err());
            drop(engine);
            let engine = builder(3).identity(one_device()).store(kept.clone()).build().unwrap();
            let _ = engine.erase(asked.clone()).unwrap();
            assert_eq!(sings(&kept), 0, "{asked:?}, at call {call}");
        }
    }
    assert!((20..120).contains(&cut), "{cut}");
}
