//! The ledger: what was chosen stands there, in a chain that nobody edits, cuts, reorders or
//! puts back unseen; and it is written with the choice or not at all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;
#[allow(dead_code, unreachable_pub, reason = "it uses a part")]
#[path = "common/dice.rs"]
mod dice;
#[path = "common/tamper.rs"]
mod tamper;

use std::collections::BTreeMap;
use std::sync::Arc;

use basics::{everything, noon, taken};
use confidant::conformance::{Failing, Fault, Volatile};
use confidant::*;
use dice::Dice;
use tamper::{Contents, contents, holding, is_ledger, put, resealed};

fn key() -> ProofKey {
    ProofKey::new(*b"a secret of the host, 32 bytes..")
}

fn engine(store: impl Store) -> Engine {
    Engine::builder().store(store).proof(key()).build().unwrap()
}

fn end() -> Timestamp {
    noon() + days(90)
}

/// One of many things to choose.
fn choice(who: &Identifier, n: u32) -> Event {
    let said = Event::consent(who, noon() + minutes(n));
    let said = match n % 5 {
        0 => said.level(Level::OwnHistory).allow(Purpose::Personalisation),
        1 => said.withdraw(Purpose::Personalisation),
        2 => said.object_to(Channel::Email).informed_by(0),
        3 => said.allow_only(Purpose::CollaborativeLearning, [DataCategory::Purchases]),
        _ => said.restrict(),
    };
    said.id(format!("choice {n}")).into()
}

fn choose(engine: &Engine, who: impl Into<Identifier>, many: u32) {
    let who = who.into();
    for n in 0..many {
        taken(engine.record(end() + minutes(n), choice(&who, n)));
    }
}

/// As the documentation says it, by lines that were read.
#[track_caller]
fn chained(lines: &[LedgerLine]) {
    let mut before: BTreeMap<Pseudonym, &LedgerLine> = BTreeMap::new();
    for line in lines {
        assert!(line.verify());
        if let Some(last) = before.insert(line.chain, line) {
            assert_eq!((line.number, line.before), (last.number + 1, last.hash));
            assert!(line.recorded >= last.recorded);
        } else {
            assert_eq!(line.number, 0);
        }
    }
}

#[test]
fn what_is_chosen_stands_in_the_ledger() {
    let engine = engine(MemoryStore::new());
    choose(&engine, "ana", 200);
    choose(&engine, "ben", 3);
    // Sent again, it is the same choice; what is no choice is none.
    assert_eq!(engine.record(end(), choice(&"ana".into(), 7)).unwrap(), Recorded::Duplicate);
    taken(engine.record(end(), Event::purchased("ben", end())));
    let lines = engine.ledger("ana").unwrap();
    assert_eq!(lines.len(), 200);
    chained(&lines);
    let said: Vec<Vec<String>> = lines.iter().map(|line| line.said.clone()).collect();
    let report = engine.customer_report("ana", end()).unwrap().unwrap();
    assert_eq!(said, report.choices.iter().map(|choice| choice.said.clone()).collect::<Vec<_>>());
    assert!(lines.iter().all(|line| Some(line.chain) == engine.pseudonym("ana")));
    assert_eq!(engine.ledger("ben").unwrap().len(), 3);
    assert!(engine.ledger("cyd").unwrap().is_empty());
    let report = engine.verify_ledger(None).unwrap();
    assert_eq!((report.chains, report.records, report.is_whole()), (2, 203, true));
    let text = serde_json::to_string(&lines).unwrap();
    assert_eq!(serde_json::from_str::<Vec<LedgerLine>>(&text).unwrap(), lines);
    // The clock of another host lags behind: the ledger's own does not go back.
    taken(engine.record(noon() + days(1), Event::consent("ben", noon()).level(Level::Off)));
    chained(&engine.ledger("ben").unwrap());
}

#[test]
fn without_a_key_there_is_no_ledger() {
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::builder().store(store.clone()).build().unwrap();
    choose(&engine, "ana", 3);
    for error in [
        engine.ledger("ana").map(|_| ()).unwrap_err(),
        engine.verify_ledger(None).map(|_| ()).unwrap_err(),
        engine.checkpoint(end()).map(|_| ()).unwrap_err(),
        engine.erase_with_certificate("ana", end()).map(|_| ()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
    }
    assert_eq!((store.len(), engine.pseudonym("ana")), (1, None));
    assert!(engine.erase("ana").unwrap());
}

/// An engine that forgot its key would let everybody back who was erased.
#[test]
fn no_engine_is_built_without_the_key_of_its_store() {
    let store = Arc::new(MemoryStore::new());
    choose(&engine(store.clone()), "ana", 200);
    let keyless = Engine::builder().store(store.clone()).build();
    let error = keyless.map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
    assert!(engine(store).ledger("ana").is_ok_and(|lines| lines.len() == 200));
}

/// What is told while two are one is in the chain of both; after they part, each is told of
/// their own words alone.
#[test]
fn a_ledger_is_read_over_joining_and_parting() {
    let engine = engine(MemoryStore::new());
    let card = Identifier::new(IdentifierKind::LoyaltyCard, "4711");
    let at = |n: u32| noon() + days(n);
    taken(engine.record(end(), everything("ana", at(0))));
    taken(engine.record(end(), everything(&card, at(1))));
    taken(engine.record(end(), Event::linked("ana", at(2), &card)));
    taken(engine.record(end(), Event::consent(&card, at(3)).level(Level::Off)));
    taken(engine.record(end(), Event::consent("ana", at(4)).level(Level::OwnHistory)));
    for who in [Identifier::from("ana"), card.clone()] {
        let lines = engine.ledger(&who).unwrap();
        assert_eq!(lines.len(), 4);
        let under = |who: &Identifier| engine.pseudonym(who).unwrap();
        let own = lines.iter().filter(|line| line.told_under == under(&card)).count();
        assert_eq!(own, 2);
    }
    taken(engine.record(end(), Event::unlinked("ana", at(5), &card)));
    taken(engine.record(end(), Event::consent(&card, at(6)).restrict()));
    assert_eq!(engine.ledger("ana").unwrap().len(), 2);
    assert_eq!(engine.ledger(&card).unwrap().len(), 3);
    assert!(engine.verify_ledger(None).unwrap().is_whole());
    assert!(engine.erase_with_certificate("ana", end()).unwrap().is_some());
    assert!(engine.verify_ledger(None).unwrap().is_whole());
}

/// Any order, any duplicates, by several engines, one by one, many at once, and by hosts
/// that load for themselves: the ledger is whole, and has each choice once.
#[test]
fn an_honest_ledger_is_whole() {
    for seed in 0..40 {
        let mut dice = Dice::new(seed);
        let store = Arc::new(MemoryStore::new());
        let engines: Vec<Engine> = (0..3).map(|_| engine(store.clone())).collect();
        let names: Vec<Identifier> = ["ana", "ben", "cyd"].map(Into::into).to_vec();
        let mut kept = Vec::new();
        for step in 0..60 {
            let engine = &engines[dice.below(3)];
            let who = names[dice.below(3)].clone();
            let now = end() + minutes(dice.below(1000) as u32);
            match dice.below(5) {
                0 => {
                    let n = dice.below(90) as u32;
                    let many = (n..n + dice.below(80) as u32).map(|n| choice(&who, n));
                    let _ = engine.record_all(now, many);
                }
                1 => _ = alone(engine, &store, now, &choice(&who, dice.below(90) as u32)),
                2 => {
                    let link = Event::linked("ana", noon(), "ben").id(format!("l{step}"));
                    let _ = engine.record(now, link);
                }
                3 => kept.extend(engine.checkpoint(now).map(|it| (it, step))),
                _ => _ = engine.record(now, choice(&who, dice.below(90) as u32)).unwrap(),
            }
        }
        let report = engines[0].verify_ledger(None).unwrap();
        assert!(report.is_whole(), "{seed}: {report:?}");
        for who in &names {
            let lines = engines[1].ledger(who).unwrap();
            chained(&lines);
            let known = engines[2].customer_report(who, end() + days(2)).unwrap();
            let choices = known.map_or(0, |report| report.choices.len());
            assert_eq!(lines.len(), choices, "{seed}");
        }
    }
}

/// As an asynchronous host records.
fn alone(engine: &Engine, store: &MemoryStore, now: Timestamp, event: &Event) -> Recorded {
    let who = event.customer();
    let found = store.read(&[engine.key(who)]).unwrap().pop().flatten();
    let Load::Customer(mut loaded) = engine.load(who, found).unwrap() else { panic!("a customer") };
    let keys = loaded.keys_to_record(event);
    assert!(!keys.is_empty());
    let error = engine.record_loaded(now, event, &mut loaded).unwrap_err();
    assert_eq!(error.field(), Some("loaded"), "it does not go on without them");
    loaded.add(&keys, store.read(&keys).unwrap()).unwrap();
    let (recorded, changes) = engine.record_loaded(now, event, &mut loaded).unwrap();
    store.commit(changes.batches(), changes.durability()).unwrap();
    engine.acknowledge(changes);
    recorded
}

/// A thousand records in chains long and short; each byte of each value of the ledger is
/// flipped, in the envelope as well as with the envelope made to fit again.
#[test]
fn every_flipped_byte_is_found() {
    let (mut records, mut flipped) = (0, 0);
    for customer in 0..77 {
        let store = Arc::new(MemoryStore::new());
        let engine = engine(store.clone());
        let many = if customer == 0 { 88 } else { 12 };
        choose(&engine, format!("customer {customer}"), many);
        records += many;
        let whose = engine.pseudonym(format!("customer {customer}"));
        assert!(engine.verify_ledger(None).unwrap().is_whole());
        for (key, value) in contents(&store).into_iter().filter(|(_, value)| is_ledger(value)) {
            for at in 0..value.len() {
                let mut other = value.clone();
                other[at] ^= 1 << (at % 8);
                let fits = resealed(&key, other.clone());
                for other in [other, fits] {
                    if other == value {
                        // Only the checksum was flipped, and made to fit again.
                        assert!((4..12).contains(&at));
                        continue;
                    }
                    put(&store, &key, Some(&other));
                    let report = engine.verify_ledger(None).unwrap();
                    assert!(!report.is_whole(), "byte {at} of part {}", key.part());
                    assert!(report.broken.iter().all(|broken| broken.whose == whose));
                    assert!(engine.checkpoint(end()).is_err());
                    flipped += 1;
                }
            }
            put(&store, &key, Some(&value));
        }
        assert!(engine.verify_ledger(None).unwrap().is_whole());
    }
    assert_eq!(records, 1_000);
    assert!(flipped > 160_000, "{flipped}");
}

/// Which record was changed is told, and no other one is suspected.
#[test]
fn the_record_that_was_changed_is_named() {
    let store = Arc::new(MemoryStore::new());
    let engine = engine(store.clone());
    choose(&engine, "ana", 150);
    let lines = engine.ledger("ana").unwrap();
    for number in [0, 1, 63, 64, 127, 128, 149] {
        let line = &lines[number];
        let record: Vec<u8> = (0..line.record.len() / 2)
            .map(|n| u8::from_str_radix(&line.record[2 * n..2 * n + 2], 16).unwrap())
            .collect();
        let has = |value: &[u8]| value.windows(record.len()).position(|bytes| bytes == record);
        let (key, value) = contents(&store).into_iter().find(|(_, v)| has(v).is_some()).unwrap();
        let mut other = value.clone();
        // The last byte of the record: of the notice that it was on.
        other[has(&value).unwrap() + record.len() - 1] ^= 1;
        put(&store, &key, Some(&resealed(&key, other)));
        let report = engine.verify_ledger(None).unwrap();
        let expected = Broken { whose: engine.pseudonym("ana"), number: Some(number as u64) };
        assert_eq!(report.broken, [expected]);
        put(&store, &key, Some(&value));
    }
}

/// What somebody who can write everything but has no key may try.
#[test]
fn what_is_dropped_or_moved_is_found() {
    let store = Arc::new(MemoryStore::new());
    let first = engine(store.clone());
    choose(&first, "ana", 150);
    choose(&first, "ben", 150);
    let early = contents(&store);
    for n in 150..160 {
        taken(first.record(end() + days(1), choice(&"ana".into(), n)));
    }
    let whole = contents(&store);
    let kept = first.checkpoint(end() + days(1)).unwrap();
    let before = first.checkpoint(end() + hours(3)).unwrap();
    assert_eq!((kept.chains, kept.records, before.records), (2, 310, 300));

    type Act = Box<dyn Fn(&mut Contents)>;
    let ana = first.key(&"ana".into());
    let ledger: Vec<Key> =
        whole.iter().filter(|(_, value)| is_ledger(value)).map(|(key, _)| key.clone()).collect();
    assert_eq!(ledger.len(), 6);
    let mut acts: Vec<(String, bool, Act)> = Vec::new();
    for one in ledger.clone() {
        let part = one.part();
        let gone = one.clone();
        // A customer's only trace in the ledger may be its end.
        let act = move |all: &mut Contents| _ = all.remove(&gone);
        acts.push((format!("part {part} dropped"), true, Box::new(act)));
        for other in ledger.clone().into_iter().filter(|other| *other != one) {
            let (first, second) = (one.clone(), other.clone());
            let act = move |all: &mut Contents| {
                let (a, b) = (all[&first].clone(), all[&second].clone());
                all.insert(first.clone(), resealed(&first, b));
                all.insert(second.clone(), resealed(&second, a));
            };
            acts.push((format!("part {part} and {} swapped", other.part()), true, Box::new(act)));
            let (one, two) = (one.clone(), other.clone());
            let act = move |all: &mut Contents| {
                let value = resealed(&one, all[&two].clone());
                all.insert(one.clone(), value);
            };
            acts.push((format!("{} put at part {part}", other.part()), true, Box::new(act)));
        }
    }
    // As it once was, end and all: only who kept a checkpoint can tell.
    let old = early.clone();
    let back = move |all: &mut Contents| {
        all.retain(|key, _| key.partition() != ana.partition());
        let old = old.iter().filter(|(key, _)| key.partition() == ana.partition());
        all.extend(old.map(|(key, value)| (key.clone(), value.clone())));
    };
    acts.push(("a history put back".into(), false, Box::new(back)));
    let ben = first.key(&"ben".into());
    let gone = move |all: &mut Contents| all.retain(|key, _| key.partition() != ben.partition());
    acts.push(("somebody dropped".into(), false, Box::new(gone)));
    let bare = |all: &mut Contents| all.retain(|_, value| !is_ledger(value));
    acts.push(("the ledger dropped".into(), false, Box::new(bare)));

    for (name, by_the_chain, act) in acts {
        let mut other = whole.clone();
        act(&mut other);
        let engine = engine(holding(&other));
        let report = engine.verify_ledger(Some(&kept)).unwrap();
        assert_eq!(!report.broken.is_empty(), by_the_chain, "{name}: {report:?}");
        assert!(!report.is_whole(), "{name}");
        if !by_the_chain {
            assert_eq!(report.checkpoint, Agreement::Differs, "{name}");
        }
    }
    let again = engine(holding(&whole));
    for kept in [&kept, &before] {
        let report = again.verify_ledger(Some(kept)).unwrap();
        assert_eq!((report.is_whole(), report.checkpoint), (true, Agreement::Agrees));
        assert_eq!(report.records, 310);
        let text = serde_json::to_string(kept).unwrap();
        assert_eq!(serde_json::from_str::<Checkpoint>(&text).unwrap(), *kept);
    }
    // With another key nothing would be known again.
    let other = Engine::builder().store(holding(&whole)).proof(ProofKey::new([1; 32]));
    assert_eq!(other.build().unwrap_err().kind(), ErrorKind::InvalidConfiguration);
    let mut keyless = whole.clone();
    keyless.retain(|key, _| key.partition() != b"k");
    let other = Engine::builder().store(holding(&keyless)).proof(ProofKey::new([1; 32]));
    assert_eq!(other.build().unwrap().verify_ledger(None).unwrap().broken.len(), 4);
}

/// Whoever cuts a tail off and waits for the next choice is not helped by it.
#[test]
fn a_new_record_does_not_cover_up_for_others() {
    let store = Arc::new(MemoryStore::new());
    let engine = engine(store.clone());
    choose(&engine, "ana", 5);
    let (tip, value) = contents(&store).into_iter().find(|(_, value)| is_ledger(value)).unwrap();
    let mut other = value.clone();
    // The count of records, right behind the number of the chain.
    assert_eq!(other[13], 5);
    other[13] = 4;
    put(&store, &tip, Some(&resealed(&tip, other)));
    taken(engine.record(end() + days(1), choice(&"ana".into(), 5)));
    let report = engine.verify_ledger(None).unwrap();
    assert!(!report.is_whole(), "{report:?}");
    // And the choice is in force all the same.
    assert_eq!(engine.customer_report("ana", end()).unwrap().unwrap().choices.len(), 6);
}

/// A choice and its record are one: wherever the store fails, and whatever a crash takes.
#[test]
fn a_choice_is_recorded_with_its_line_or_not_at_all() {
    for fault in [Fault::Refused, Fault::AnswerLost] {
        let mut cut = 0;
        for call in 0..200 {
            let kept = Arc::new(Volatile::new());
            let store = Arc::new(Failing::new(kept.clone()));
            let first = engine(store.clone());
            store.fail(call..call + 1, fault);
            let mut told = 0;
            for n in 0..66 {
                told += usize::from(first.record(end(), choice(&"ana".into(), n)).is_ok());
            }
            cut += usize::from(told < 66);
            kept.crash_unevenly(call as u64);
            drop(first);
            let engine = engine(kept.clone());
            let report = engine.verify_ledger(None).unwrap();
            assert!(report.is_whole(), "{fault:?} at {call}: {report:?}");
            let lines = engine.ledger("ana").unwrap();
            chained(&lines);
            let known = engine.customer_report("ana", end()).unwrap();
            assert_eq!(lines.len(), known.map_or(0, |report| report.choices.len()));
            assert!(lines.len() >= told, "{fault:?} at {call}: {told} told");
        }
        assert!(cut > 60 || fault == Fault::AnswerLost, "{cut}");
    }
}

/// Records join and part in several steps; chains stay where they are, so wherever that is cut
/// off, the ledger is whole and everybody's lines are there.
#[test]
fn a_ledger_is_whole_wherever_joining_is_cut_off() {
    let card = Identifier::new(IdentifierKind::LoyaltyCard, "4711");
    let mail = Identifier::new(IdentifierKind::Email, "ana@home.example");
    let names = ["ana".into(), card.clone(), mail.clone()];
    let mut cut = 0;
    for call in 0..90 {
        let kept = Arc::new(MemoryStore::new());
        let store = Arc::new(Failing::new(kept.clone()));
        let first = engine(store.clone());
        for who in &names {
            taken(first.record(end(), everything(who, noon())));
        }
        let live = first.checkpoint(end()).unwrap();
        store.fail(call..usize::MAX, Fault::Refused);
        let wishes: [Event; 4] = [
            Event::linked(&card, noon() + days(1), &mail).into(),
            Event::linked("ana", noon() + days(2), &mail).into(),
            Event::consent(&card, noon() + days(3)).level(Level::Off).into(),
            Event::unlinked(&card, noon() + days(4), &mail).into(),
        ];
        let now = end() + days(1);
        let done = wishes.iter().take_while(|wish| first.record(now, (*wish).clone()).is_ok());
        cut += usize::from(done.count() < 4);
        let engine = engine(kept.clone());
        for wish in wishes {
            let report = engine.verify_ledger(Some(&live)).unwrap();
            assert!(report.is_whole(), "at {call}: {report:?}");
            let _ = engine.record(now, wish).unwrap();
        }
        let lines: Vec<usize> = names.iter().map(|who| engine.ledger(who).unwrap().len()).collect();
        assert_eq!(lines, [2, 2, 2], "at {call}");
    }
    assert!((40..90).contains(&cut), "{cut}");
}

/// What comes with somebody who is taken in is recorded like what is chosen here.
#[test]
fn imported_choices_are_recorded() {
    let (here, there) = (engine(MemoryStore::new()), engine(MemoryStore::new()));
    choose(&here, "ana", 70);
    let export = here.export("ana", end()).unwrap().unwrap();
    there.import(end(), export).unwrap();
    let said = |engine: &Engine| -> Vec<Vec<String>> {
        engine.ledger("ana").unwrap().into_iter().map(|line| line.said).collect()
    };
    assert_eq!(said(&there), said(&here));
    taken(there.record(end() + hours(9), choice(&"ana".into(), 70)));
    let card = Identifier::new(IdentifierKind::LoyaltyCard, "4711");
    for who in ["ben".into(), card.clone()] {
        taken(here.record(end(), everything(who, noon())));
    }
    taken(here.record(end(), Event::linked("ben", noon() + days(1), &card)));
    there.import(end(), here.export("ben", end()).unwrap().unwrap()).unwrap();
    let under = |engine: &Engine| -> Vec<Pseudonym> {
        engine.ledger("ben").unwrap().into_iter().map(|line| line.told_under).collect()
    };
    let (mut here, mut there_too) = (under(&here), under(&there));
    here.sort();
    there_too.sort();
    assert_eq!(here, there_too);
    assert!(there.verify_ledger(None).unwrap().is_whole());
}
