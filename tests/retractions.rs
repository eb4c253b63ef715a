//! What is taken back is as if it had never been, whenever the retraction comes: before
//! what it takes back, after it, twice, or long after that was sealed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use std::collections::BTreeSet;
use std::sync::Arc;

use common::dice::Dice;
use common::{everything, items, noon, taken};
use confidant::*;

fn engine(seal_after: usize) -> (Engine, Arc<MemoryStore>) {
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::builder()
        .catalog(items(6))
        .segment(Segment::new("buyers", count(Kind::Purchased).at_least(2)))
        .segment(Segment::new("lookers", count(Kind::Viewed).within(days(3)).at_least(1)))
        .segment(Segment::new("big", attribute("size").is("L")))
        .seal_after(seal_after)
        .store(store.clone())
        .build()
        .unwrap();
    taken(engine.record(noon(), everything("ana", noon() - days(100))));
    (engine, store)
}

fn history(engine: &Engine, now: Timestamp) -> CustomerReport {
    engine.customer_report("ana", now).unwrap().unwrap()
}

/// Whether some stored value holds this text as it is.
fn is_kept(store: &MemoryStore, text: &str) -> bool {
    let all = store.scan(None, usize::MAX).unwrap();
    all.iter().any(|(_, s)| s.bytes.windows(text.len()).any(|bytes| bytes == text.as_bytes()))
}

#[test]
fn a_purchase_is_taken_back_before_or_after_it_comes() {
    let bought = || {
        let line = Event::purchased("ana", noon()).item("i1").place("canary").id("line 1");
        line.property("said", "canary")
    };
    let back = || Event::retracted("ana", noon(), "line 1");
    for early in [false, true] {
        let (engine, store) = engine(1000);
        if early {
            taken(engine.record(noon(), back()));
            assert_eq!(engine.record(noon(), bought()).unwrap(), Recorded::Duplicate);
        } else {
            taken(engine.record(noon(), bought()));
            engine.advance(noon()).unwrap();
            assert!(is_kept(&store, "canary"));
            taken(engine.record(noon(), back()));
        }
        assert_eq!(engine.record(noon(), back()).unwrap(), Recorded::Duplicate);
        assert_eq!(engine.record(noon(), bought()).unwrap(), Recorded::Duplicate);
        engine.advance(noon()).unwrap();
        assert!(history(&engine, noon()).history.is_empty());
        assert!(!history(&engine, noon()).taught_others);
        assert_eq!(engine.statistics().digest(), Statistics::default().digest());
        assert!(!is_kept(&store, "canary"), "early: {early}");
    }
}

#[test]
fn what_was_sealed_is_taken_back_too() {
    let (engine, store) = engine(4);
    for n in 0..30 {
        let bought = Event::purchased("ana", noon()).item("i1").id(format!("line {n}"));
        let bought = bought.place(format!("canary {n}.")).property("said", format!("canary {n}."));
        taken(engine.record(noon(), bought));
    }
    engine.advance(noon()).unwrap();
    for n in [0, 7, 29] {
        assert!(is_kept(&store, &format!("canary {n}.")));
        taken(engine.record(noon(), Event::retracted("ana", noon(), format!("line {n}"))));
        assert!(!is_kept(&store, &format!("canary {n}.")), "{n}");
        let again = Event::purchased("ana", noon()).item("i1").id(format!("line {n}"));
        assert_eq!(engine.record(noon(), again).unwrap(), Recorded::Duplicate);
    }
    engine.advance(noon()).unwrap();
    assert_eq!(history(&engine, noon()).history.len(), 27);
    assert!(is_kept(&store, "canary 8."));
}

#[test]
fn a_declaration_is_taken_back_with_all_its_facts() {
    for seal_after in [1000, 1] {
        let (engine, _) = engine(seal_after);
        let said = |id: &str, size: &str| {
            Event::declared("ana", noon()).attribute("size", size).attribute("shoe", 44).id(id)
        };
        let before = Event::declared("ana", noon() - days(1)).attribute("size", "M");
        taken(engine.record(noon(), before));
        taken(engine.record(noon(), said("said", "L")));
        assert_eq!(engine.advance(noon()).unwrap().len(), 1);
        taken(engine.record(noon(), Event::retracted("ana", noon(), "said")));
        assert_eq!(engine.record(noon(), said("said", "L")).unwrap(), Recorded::Duplicate);
        let left = engine.advance(noon() + hours(1)).unwrap();
        assert!(left.iter().all(|change| !change.entered) && left.len() == 1, "{left:?}");
        let view = engine.view("ana", Purpose::Personalisation, noon(), None).unwrap();
        assert_eq!(view.attribute("size"), Some(&Value::from("M")));
        assert_eq!(view.attribute("shoe"), None);
    }
}

/// What a customer asked to be gone is gone after a crash, too; a purchase may be told again.
#[test]
fn a_retraction_is_durable() {
    let (engine, store) = engine(1000);
    let durability = |event: Event| {
        let found = store.read(&[engine.key(&"ana".into())]).unwrap().pop().unwrap();
        let Load::Customer(mut loaded) = engine.load(&"ana".into(), found).unwrap() else {
            panic!("she is kept under her own name")
        };
        engine.record_loaded(noon(), &event, &mut loaded).unwrap().1.durability()
    };
    let bought = Event::purchased("ana", noon()).item("i1").id("line 2");
    assert_eq!(durability(bought.clone().into()), Durability::Buffered);
    assert_eq!(durability(bought.corrects("line 1").into()), Durability::Durable);
    assert_eq!(durability(Event::retracted("ana", noon(), "line 1").into()), Durability::Durable);
}

#[test]
fn what_is_taken_back_has_an_id() {
    let (engine, _) = engine(1000);
    let nothing = engine.record(noon(), Event::retracted("ana", noon(), "")).unwrap_err();
    assert_eq!(nothing.field(), Some("retracts"));
    let nothing = Event::purchased("ana", noon()).item("i1").corrects("");
    assert_eq!(engine.record(noon(), nothing).unwrap_err().field(), Some("corrects"));
}

/// The choice was really made; taking it back is for another choice.
#[test]
fn choices_contacts_and_links_are_not_taken_back() {
    let (engine, _) = engine(1000);
    let no = Event::consent("ana", noon()).withdraw(Purpose::Personalisation).id("no");
    let bounced = Event::outcome("ana", noon(), "mail", Reply::Bounced).id("bounced");
    let card = Identifier::new(IdentifierKind::LoyaltyCard, "1");
    let linked = Event::linked("ana", noon() - days(1), card).id("linked");
    for early in ["no", "bounced", "linked"] {
        taken(engine.record(noon(), Event::retracted("ana", noon(), early)));
    }
    taken(engine.record(noon(), linked));
    taken(engine.record(noon(), no));
    taken(engine.record(noon(), bounced));
    let report = history(&engine, noon());
    assert!(report.allowed.iter().all(|(purpose, _)| *purpose != Purpose::Personalisation));
    assert_eq!((report.contacts.len(), report.identifiers.len()), (1, 1));
}

#[test]
fn a_correction_stands_in_the_place_of_the_other() {
    let (engine, _) = engine(1000);
    let bought = |id: &str, item: &str| Event::purchased("ana", noon()).item(item).id(id);
    taken(engine.record(noon(), bought("wrong", "i1")));
    taken(engine.record(noon(), bought("right", "i2").corrects("wrong")));
    assert_eq!(engine.record(noon(), bought("wrong", "i1")).unwrap(), Recorded::Duplicate);
    let report = history(&engine, noon());
    assert_eq!(report.history.len(), 1);
    assert_eq!(report.history[0].item.as_deref(), Some("i2"));
    let itself = engine.record(noon(), bought("x", "i1").corrects("x")).unwrap_err();
    assert_eq!(itself.field(), Some("corrects"));
}

/// A correction that may not be kept was never an event: what it corrects stays.
#[test]
fn a_correction_that_is_refused_takes_nothing_back() {
    let engine = Engine::builder().catalog(items(2)).build().unwrap();
    taken(engine.record(noon(), Event::purchased("ana", noon()).item("i1").id("a")));
    let viewed = Event::viewed("ana", noon()).item("i0").corrects("a");
    assert!(matches!(engine.record(noon(), viewed), Ok(Recorded::NotAllowed(_))));
    assert_eq!(history(&engine, noon()).history.len(), 1);
}

/// Each identifier has a log of its own, which joins and parts as it is: what was told of
/// the card is taken back as told of the card.
#[test]
fn an_event_is_taken_back_where_it_was_told() {
    for seal_after in [4, 1000] {
        taken_back_where_it_was_told(seal_after);
    }
}

fn taken_back_where_it_was_told(seal_after: usize) {
    let (engine, _) = engine(seal_after);
    let card = || Identifier::new(IdentifierKind::LoyaltyCard, "1");
    let bought = |n: u32| Event::purchased(card(), noon()).item("i1").id(format!("e{n}"));
    for n in 0..9 {
        taken(engine.record(noon(), bought(n)));
    }
    let everything = Event::consent(card(), noon() - days(100)).level(Level::Collaborative);
    taken(engine.record(noon(), everything.allow(Purpose::IdentityLinking)));
    taken(engine.record(noon(), Event::linked("ana", noon(), card())));
    assert_eq!(history(&engine, noon()).history.len(), 9);
    taken(engine.record(noon(), Event::retracted("ana", noon(), "e1")));
    assert_eq!(history(&engine, noon()).history.len(), 9);
    // Told of both, it is still told of the card.
    taken(engine.record(noon(), Event::purchased("ana", noon()).item("i1").id("e2")));
    taken(engine.record(noon(), Event::retracted("ana", noon(), "e2")));
    assert_eq!(history(&engine, noon()).history.len(), 9);
    taken(engine.record(noon(), Event::retracted(card(), noon(), "e1")));
    taken(engine.record(noon(), Event::retracted(card(), noon(), "e20")));
    assert_eq!(history(&engine, noon()).history.len(), 8);
    let later = noon() + hours(1);
    taken(engine.record(later, Event::unlinked("ana", later, card())));
    assert_eq!(history(&engine, later).history.len(), 0);
    assert_eq!(engine.customer_report(card(), later).unwrap().unwrap().history.len(), 8);
    for n in [1, 20] {
        assert_eq!(engine.record(later, bought(n)).unwrap(), Recorded::Duplicate);
    }
    let own = Event::purchased("ana", noon()).item("i1").id("e1");
    assert_eq!(engine.record(later, own).unwrap(), Recorded::Duplicate);
}

/// What the twin makes of everything that was told: who is taken back, by whom.
fn standing(told: &[Event]) -> Vec<Event> {
    let json: Vec<serde_json::Value> =
        told.iter().map(|event| serde_json::from_str(&event.to_json()).unwrap()).collect();
    let taken_back: BTreeSet<&str> = json
        .iter()
        .flat_map(|e| [&e["retracts"], &e["corrects"]])
        .filter_map(|v| v.as_str())
        .collect();
    let stands = |e: &serde_json::Value| {
        e["event"] != "retracted" && !taken_back.contains(e["id"].as_str().unwrap())
    };
    let plain = |e: &serde_json::Value| {
        let mut e = e.clone();
        e.as_object_mut().unwrap().remove("corrects");
        Event::from_json(&e.to_string()).unwrap()
    };
    json.iter().filter(|e| stands(e)).map(plain).collect()
}

fn random(dice: &mut Dice, n: usize) -> Event {
    let at = noon() - hours(dice.below(200) as u32);
    let id = format!("e{n}");
    let other = format!("e{}", dice.below(40));
    let behaviour = |dice: &mut Dice, b: Behaviour| {
        let b = b.item(format!("i{}", dice.below(6))).order(format!("o{}", dice.below(4)));
        match dice.chance(25) && other != id {
            true => b.corrects(other.as_str()).property("why", "wrong").id(id.as_str()).into(),
            false => b.property("seen", n as f64).id(id.as_str()).into(),
        }
    };
    match dice.below(10) {
        0..4 => behaviour(dice, Event::purchased("ana", at)),
        4..6 => behaviour(dice, Event::viewed("ana", at)),
        6 => behaviour(dice, Event::accepted("ana", at).action("mail")),
        7 => {
            let size = *dice.pick(&["S", "M", "L"]);
            let said = Event::declared("ana", at).attribute("size", size);
            said.attribute("shoe", n as f64).id(id.as_str()).into()
        }
        _ => {
            let retracted = Event::retracted("ana", at, format!("e{}", dice.below(40)));
            retracted.id(format!("r{n}")).into()
        }
    }
}

/// All that can be asked about Ana.
fn known(engine: &Engine, now: Timestamp) -> Vec<String> {
    engine.advance(now).unwrap();
    let mut known = vec![engine.statistics().digest().to_string()];
    known.push(serde_json::to_string(&history(engine, now)).unwrap());
    for at in [now, now - days(2), now - days(5)] {
        known.push(format!("{:?}", engine.segments_of("ana", at).unwrap()));
        let view = engine.view("ana", Purpose::Personalisation, at, None).unwrap();
        let reversals = serde_json::to_string(&view.reversals()).unwrap();
        known.push(format!("{} {:?} {reversals}", view.len(), view.attribute("size")));
    }
    known
}

#[test]
fn the_result_is_that_of_the_set_in_any_order_and_any_batches() {
    let now = noon() + hours(1);
    let (mut taken_back, mut corrected) = (0, 0);
    for seed in 0..150 {
        let mut dice = Dice::new(seed);
        let told: Vec<Event> = (0..40).map(|n| random(&mut dice, n)).collect();
        let standing = standing(&told);
        taken_back += told.len() - standing.len();
        corrected += told.iter().filter(|event| event.to_json().contains("corrects")).count();
        let (plain, _) = engine(1000);
        assert!(plain.record_all(now, standing).refused.is_empty());
        let expected = known(&plain, now);
        for seal_after in [1000, 5] {
            let (engine, _) = engine(seal_after);
            let mut told = told.clone();
            told.extend(dice.some(30, &told.clone()));
            dice.shuffle(&mut told);
            while !told.is_empty() {
                let batch: Vec<Event> = told.drain(..told.len().min(1 + dice.below(9))).collect();
                if dice.chance(30) {
                    engine.advance(noon() - hours(dice.below(100) as u32)).unwrap();
                }
                assert!(engine.record_all(now, batch).refused.is_empty());
            }
            assert_eq!(known(&engine, now), expected, "seed {seed}, sealed after {seal_after}");
        }
    }
    assert!(taken_back > 1500 && corrected > 500, "{taken_back} {corrected}");
}
