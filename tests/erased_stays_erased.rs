//! Who was erased stays so: whatever happened before does not come back, by no late event,
//! bought list or old export; what is kept is said, marked, and goes with its deadline.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;
#[path = "common/between.rs"]
mod between;
#[cfg(feature = "encryption")]
mod keys;
#[path = "common/tamper.rs"]
mod tamper;

use std::sync::Arc;

use basics::{everything, noon, taken};
use between::Between;
use confidant::conformance::{Failing, Fault, Volatile};
use confidant::*;
use tamper::{contents, put, resealed};

const CANARY: &str = "kanarie";

fn key() -> ProofKey {
    ProofKey::new([42; 32])
}

fn ana() -> Identifier {
    Identifier::new(IdentifierKind::Email, format!("{CANARY}@home.example"))
}

fn card() -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, format!("{CANARY}-4711"))
}

fn day(n: u32) -> Timestamp {
    noon() + days(n)
}

/// When she is erased.
fn then() -> Timestamp {
    day(10)
}

fn engine(store: impl Store) -> Engine {
    let tea = Catalog::new([Item::new("tea")]).unwrap();
    Engine::builder().store(store).catalog(tea).seal_after(4).proof(key()).build().unwrap()
}

/// What is told of her before: of every sentence something.
fn before() -> Vec<Event> {
    let mut all: Vec<Event> = vec![
        everything(ana(), day(0)).into(),
        everything(card(), day(0)).into(),
        Event::linked(ana(), day(1), card()).into(),
        Event::declared(ana(), day(2)).attribute("city", format!("{CANARY} town")).into(),
        Event::observed(card(), day(2)).attribute("age", 41).basis(Basis::Contract).into(),
        Event::outcome(ana(), day(3), "news", Reply::Declined).into(),
        Event::retracted(ana(), day(3), "what never came").into(),
        Event::consent(ana(), day(4)).object_to(Channel::Email).into(),
    ];
    for n in 0..9 {
        let who = if n % 2 == 0 { ana() } else { card() };
        all.push(Event::purchased(who, day(5)).item("tea").id(format!("line {n}")).into());
    }
    all
}

fn lived(store: impl Store) -> Engine {
    let engine = engine(store);
    for event in before() {
        taken(engine.record(day(9), event));
    }
    let _ = engine.record(day(9), everything("ben", day(0))).unwrap();
    taken(engine.record(day(9), Event::purchased("ben", day(5)).item("tea")));
    engine.advance(day(9)).unwrap();
    engine
}

fn erased() -> Recorded {
    Recorded::NotAllowed(NotAllowed::Erased)
}

/// Nothing stands under any of her names.
#[track_caller]
fn gone(engine: &Engine) {
    for who in [ana(), card()] {
        assert!(engine.customer_report(who, day(400)).unwrap().is_none());
    }
}

fn prospect(who: impl Into<Identifier>, at: Timestamp) -> Event {
    let heard = Event::prospect(who, at).source("a list").basis(Basis::Consent);
    heard.until(at + days(30)).into()
}

#[test]
fn nothing_from_before_comes_back() {
    let store = Arc::new(MemoryStore::new());
    let engine = lived(store.clone());
    let export = engine.export(ana(), day(9)).unwrap().unwrap();
    let certificate = engine.erase_with_certificate(card(), then()).unwrap().unwrap();
    assert!(certificate.verify(&key()) && certificate.nothing_is_left(&key()));
    gone(&engine);
    let left = contents(&store);
    // One by one, all at once, and each again as if it were new.
    for (n, event) in before().into_iter().enumerate() {
        assert_eq!(engine.record(day(11), event).unwrap(), erased(), "{n}");
    }
    let without_links = before().into_iter().filter(|e| !e.to_json().contains("linked"));
    for events in [before(), without_links.collect()] {
        let many = events.len();
        let report = engine.record_all(day(11), events);
        assert_eq!((report.accepted, report.duplicates, report.refused.len()), (0, 0, many));
        let is_erased = |it: &Refusal| matches!(it, Refusal::NotAllowed(NotAllowed::Erased));
        assert!(report.refused.iter().all(|(_, refusal)| is_erased(refusal)));
    }
    let late: [Event; 5] = [
        Event::viewed(ana(), then()).item("tea").into(),
        Event::unlinked(ana(), then(), card()).into(),
        Event::unlinked("ben", then(), card()).into(),
        Event::linked("ben", then(), ana()).into(),
        Event::accepted(card(), then()).action("news").into(),
    ];
    for event in late {
        assert_eq!(engine.record(day(11), event).unwrap(), erased());
    }
    // A bought list has any time that it likes.
    for at in [day(5), day(11), day(300)] {
        for who in [ana(), card()] {
            assert_eq!(engine.record(day(300), prospect(&who, at)).unwrap(), erased());
        }
    }
    let error = engine.import(day(11), export).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("export")));
    assert!(!error.to_string().contains(CANARY));
    assert!(contents(&store) == left, "nothing was written");
    gone(&engine);
}

/// A host that loads for itself cannot leave the question out.
#[test]
fn a_host_of_its_own_asks_who_was_erased() {
    let store = Arc::new(MemoryStore::new());
    let engine = lived(store.clone());
    engine.erase_with_certificate(ana(), then()).unwrap();
    let late: Event = Event::purchased(ana(), day(5)).item("tea").into();
    let Load::Customer(mut loaded) = engine.load(&ana(), None).unwrap() else { panic!() };
    let error = engine.record_loaded(day(11), &late, &mut loaded).unwrap_err();
    assert_eq!(error.field(), Some("loaded"));
    let keys = loaded.keys_to_record(&late);
    assert_eq!(keys.len(), 1);
    loaded.add(&keys, store.read(&keys).unwrap()).unwrap();
    let (recorded, changes) = engine.record_loaded(day(11), &late, &mut loaded).unwrap();
    assert!(recorded == erased() && changes.batches().is_empty());
}

/// A record that was of nobody but for what was said with her goes too; what was chosen there
/// is evidence like the rest.
#[test]
fn what_only_she_had_made_of_others_goes_with_its_chain() {
    let store = Arc::new(MemoryStore::new());
    let engine = engine(store.clone());
    let device = Identifier::new(IdentifierKind::Device, "tablet");
    taken(engine.record(day(1), everything(ana(), day(0))));
    taken(engine.record(day(1), Event::linked(ana(), day(1), &device)));
    taken(engine.record(day(2), Event::consent(&device, day(2)).level(Level::Off)));
    taken(engine.record(day(3), Event::unlinked(ana(), day(3), &device)));
    let live = engine.checkpoint(day(3)).unwrap();
    engine.erase_with_certificate(ana(), then()).unwrap();
    let report = engine.verify_ledger(Some(&live)).unwrap();
    assert_eq!((report.is_whole(), report.records), (true, 2));
    engine.erase_with_certificate(&device, then()).unwrap();
    assert!(engine.verify_ledger(Some(&live)).unwrap().is_whole());
    assert!(contents(&store).keys().all(|key| b"ek".contains(&key.partition()[0])));
}

/// The one she was before is never hers again, but she may come back.
#[test]
fn who_comes_back_begins_anew() {
    let store = Arc::new(MemoryStore::new());
    let engine = lived(store.clone());
    let first = engine.erase_with_certificate(ana(), then()).unwrap().unwrap();
    let moment = then() + std::time::Duration::from_millis(1);
    taken(engine.record(day(20), everything(ana(), moment)));
    taken(engine.record(day(20), Event::purchased(ana(), day(20)).item("tea").id("new")));
    // A card that she lost is found by somebody else.
    taken(engine.record(day(20), everything("ben", day(19))));
    let linked = engine.record(day(20), Event::linked("ben", day(20), card()));
    assert_eq!(linked.unwrap(), Recorded::Accepted);
    for event in before() {
        assert_eq!(engine.record(day(21), event).unwrap(), erased());
    }
    // She is a customer, so no list makes her a prospect.
    let known = Recorded::NotAllowed(NotAllowed::Known);
    assert_eq!(engine.record(day(21), prospect(ana(), day(21))).unwrap(), known);
    let report = engine.customer_report(ana(), day(21)).unwrap().unwrap();
    assert_eq!((report.history.len(), report.choices.len()), (1, 1));
    assert_eq!(engine.ledger(ana()).unwrap().len(), 1);
    // Twice, and once more without having come back.
    let second = engine.erase_with_certificate(ana(), day(30)).unwrap().unwrap();
    assert_eq!((second.erased.events, second.erased.choices), (1, 1));
    assert_ne!(first.before, second.before);
    assert_eq!(first.after, second.after);
    let third = engine.erase_with_certificate(ana(), day(31)).unwrap().unwrap();
    assert_eq!(third.erased, Erased::default());
    assert_eq!((third.before, third.erased_at), (third.after, day(30)));
    let at = |n| Event::viewed(ana(), day(n)).item("tea");
    assert_eq!(engine.record(day(33), at(30)).unwrap(), erased());
    assert!(engine.verify_ledger(None).unwrap().is_whole());
    // Each life has a chain of its own.
    let evidence = engine.evidence(ana()).unwrap();
    assert_eq!(evidence.iter().filter(|line| line.number == 0).count(), 2);
    assert!(evidence.iter().all(LedgerLine::verify));
    assert_eq!(engine.erase_with_certificate("nobody", day(31)).unwrap(), None);
    assert_eq!(engine.record(day(31), at(31)).unwrap_or_else(|e| panic!("{e}")), not_asked());
}

/// Without a consent nothing is kept of what she looks at.
fn not_asked() -> Recorded {
    Recorded::NotAllowed(NotAllowed::Category(DataCategory::Browsing))
}

/// A certificate says what there was, what is kept and until when, and nothing of whom.
#[test]
fn the_certificate_says_what_is_kept() {
    let store = Arc::new(MemoryStore::new());
    let engine = lived(store);
    let learned = engine.statistics().digest();
    let certificate = engine.erase_with_certificate(ana(), then()).unwrap().unwrap();
    let mut whose = [ana(), card()].map(|who| engine.pseudonym(who).unwrap());
    whose.sort();
    assert_eq!(certificate.whose, whose);
    assert_eq!(certificate.erased_at, then());
    let counts =
        Erased { identifiers: 2, events: 9, attributes: 2, choices: 3, contacts: 1, links: 1 };
    assert_eq!(certificate.erased, counts);
    let until = then() + days(3 * 365);
    let evidence = certificate.kept.iter().map(|kept| match kept {
        Kept::Evidence { records, until: at } if *at == until => *records,
        Kept::Evidence { .. } => panic!("another deadline"),
        _ => 0,
    });
    assert_eq!(evidence.sum::<u64>(), 3);
    assert!(certificate.kept.contains(&Kept::Suppressed { entries: 2 }));
    assert_ne!(engine.statistics().digest(), learned);
    assert_ne!(certificate.before, certificate.after);
    let (shown, json) = (certificate.to_string(), serde_json::to_string(&certificate).unwrap());
    for text in [&shown, &json, &format!("{certificate:?}")] {
        assert!(!text.contains(CANARY) && !text.contains("tea"), "{text}");
    }
    assert!(shown.contains("- events: 9\n") && shown.contains("2029-03-11T12:00:00Z"));

    let again: ErasureCertificate = serde_json::from_str(&json).unwrap();
    assert_eq!(again, certificate);
    assert!(again.verify(&key()) && !again.verify(&ProofKey::new([41; 32])));
    // Nobody makes another one of it.
    let mut other = certificate.clone();
    other.whose.pop();
    assert!(!other.verify(&key()));
    type Forge = fn(&mut ErasureCertificate);
    let forged: [Forge; 7] = [
        |it| it.erased_at = day(11),
        |it| it.before = it.after,
        |it| it.after = it.before,
        |it| it.learned = it.after,
        |it| it.erased.events = 0,
        |it| _ = it.kept.pop(),
        |it| it.whose.reverse(),
    ];
    for (n, forge) in forged.iter().enumerate() {
        let mut other = certificate.clone();
        forge(&mut other);
        assert!(!other.verify(&key()), "{n}");
    }
}

/// No canary in what is left, nor anything that could be found out by trying her names
/// without the key.
#[test]
fn what_is_left_names_nobody() {
    let store = Arc::new(MemoryStore::new());
    let engine = lived(store.clone());
    for (key, value) in contents(&store) {
        if tamper::is_ledger(&value) {
            assert!(!String::from_utf8_lossy(&value).contains(CANARY), "part {}", key.part());
        }
    }
    engine.erase_with_certificate(ana(), then()).unwrap();
    let left = contents(&store);
    for (key, value) in &left {
        for bytes in [key.partition(), value] {
            assert!(!String::from_utf8_lossy(bytes).contains(CANARY), "part {}", key.part());
        }
    }
    let ben = engine.key(&"ben".into());
    assert_eq!(left.keys().filter(|key| key.partition()[0] == b'c').count(), 2);
    let own = |key: &Key| key.partition() == b"k" || key.partition()[0] == b'e';
    assert!(left.keys().all(|key| own(key) || *key == ben.sibling(key.part())));
    let lines = engine.evidence(ana()).unwrap();
    for text in [format!("{lines:?}"), serde_json::to_string(&lines).unwrap()] {
        assert!(!text.contains(CANARY), "{text}");
    }
    for text in [format!("{:?}", key()), format!("{:?}", Engine::builder().proof(key()))] {
        assert!(!text.contains("42, 42") && !text.to_lowercase().contains("2a2a"), "{text}");
    }
    // Under another key it is a stranger who asks.
    put(&store, &Key::new(*b"k", 0), None);
    let other = Engine::builder().store(store).proof(ProofKey::new([1; 32])).build().unwrap();
    assert!(other.evidence(ana()).unwrap().is_empty());
}

/// Evidence goes with its deadline, whoever advances; that she was erased stays known.
#[test]
fn evidence_goes_with_its_deadline() {
    for anew in [false, true] {
        let store = Arc::new(MemoryStore::new());
        let mut engine = lived(store.clone());
        let live = engine.checkpoint(day(9)).unwrap();
        let certificate = engine.erase_with_certificate(ana(), then()).unwrap().unwrap();
        // What was recorded is as it was, wherever it is kept.
        let report = engine.verify_ledger(Some(&live)).unwrap();
        assert_eq!((report.is_whole(), report.checkpoint), (true, Agreement::Agrees));
        if anew {
            engine = self::engine(store.clone());
        }
        let until = then() + days(3 * 365);
        let lines = engine.evidence(ana()).unwrap().len() + engine.evidence(card()).unwrap().len();
        assert_eq!(lines, 3);
        engine.advance(until - minutes(1)).unwrap();
        let report = engine.verify_ledger(Some(&live)).unwrap();
        assert_eq!(report.checkpoint, Agreement::Agrees);
        engine.advance(until).unwrap();
        for who in [ana(), card()] {
            assert!(engine.evidence(&who).unwrap().is_empty());
            let late = Event::viewed(&who, day(1)).item("tea");
            assert_eq!(engine.record(until, late).unwrap(), erased());
        }
        let entries = contents(&store).into_iter().filter(|(key, _)| key.partition()[0] == b'e');
        let left: Vec<(Key, Vec<u8>)> = entries.collect();
        assert_eq!(left.len(), certificate.whose.len());
        assert!(left.iter().all(|(key, value)| key.part() == 0 && value.len() < 80));
        let report = engine.verify_ledger(Some(&live)).unwrap();
        assert!(report.is_whole());
        assert!(matches!(report.checkpoint, Agreement::Outlived(1 | 2)), "{report:?}");
        let later = engine.checkpoint(until).unwrap();
        assert_eq!(later.chains, 1);
        assert_eq!(engine.verify_ledger(Some(&later)).unwrap().checkpoint, Agreement::Agrees);
    }
}

/// How long is the host's to say.
#[test]
fn the_host_says_how_long_evidence_is_kept() {
    let store = Arc::new(MemoryStore::new());
    drop(lived(store.clone()));
    let builder = Engine::builder().store(store).proof(key()).evidence_for(days(5));
    let engine = builder.build().unwrap();
    engine.erase_with_certificate(ana(), then()).unwrap();
    engine.advance(day(14)).unwrap();
    assert!(!engine.evidence(ana()).unwrap().is_empty());
    engine.advance(day(15)).unwrap();
    assert!(engine.evidence(ana()).unwrap().is_empty());
}

/// Who never became a customer goes without having asked for it: that is no reason to be
/// refused later.
#[test]
fn an_expired_prospect_is_not_suppressed() {
    let store = Arc::new(MemoryStore::new());
    let engine = engine(store.clone());
    taken(engine.record(day(1), prospect(ana(), day(1))));
    taken(engine.record(day(1), everything(ana(), day(1))));
    engine.advance(day(31)).unwrap();
    gone(&engine);
    assert_eq!(engine.evidence(ana()).unwrap().len(), 1, "what was chosen can be proven");
    taken(engine.record(day(32), prospect(ana(), day(2))));
    assert!(engine.verify_ledger(None).unwrap().is_whole());
}

/// Flipped bytes of what is left are found as those of the ledger are; a record of an
/// erasure that is not what was written is believed by nobody.
#[test]
fn what_is_left_is_marked() {
    let store = Arc::new(MemoryStore::new());
    let engine = lived(store.clone());
    engine.erase_with_certificate(ana(), then()).unwrap();
    let mut flipped = 0;
    for (key, value) in contents(&store).into_iter().filter(|(key, _)| key.partition()[0] == b'e') {
        for at in 0..value.len() {
            let mut other = value.clone();
            other[at] ^= 1 << (at % 8);
            for other in [other.clone(), resealed(&key, other)] {
                if other == value {
                    continue;
                }
                put(&store, &key, Some(&other));
                assert!(!engine.verify_ledger(None).unwrap().is_whole(), "byte {at}");
                if key.part() == 0 {
                    let late = [ana(), card()]
                        .map(|who| engine.record(day(11), Event::viewed(who, day(1)).item("tea")));
                    assert!(late.iter().all(|it| !matches!(it, Ok(Recorded::Accepted))));
                    assert!(late.iter().any(|it| it.is_err()), "byte {at}");
                }
                flipped += 1;
            }
        }
        put(&store, &key, Some(&value));
    }
    assert!(flipped > 800, "{flipped}");
    assert!(engine.verify_ledger(None).unwrap().is_whole());
}

/// An erasure that is cut off anywhere: asked for again it is done; and until then the
/// ledger is whole, and nothing that is gone has come back.
#[test]
fn an_erasure_may_be_cut_off_anywhere() {
    for fault in [Fault::Refused, Fault::AnswerLost] {
        let mut cut = 0;
        for call in 0..120 {
            let kept = Arc::new(Volatile::new());
            let store = Arc::new(Failing::new(kept.clone()));
            let first = lived(store.clone());
            let live = first.checkpoint(day(9)).unwrap();
            store.fail(call..usize::MAX, fault);
            let done = first.erase_with_certificate(card(), then());
            cut += usize::from(done.is_err());
            kept.crash_unevenly(call as u64);
            drop(first);
            let engine = engine(kept.clone());
            let report = engine.verify_ledger(Some(&live)).unwrap();
            assert!(report.is_whole(), "{fault:?} at {call}: {report:?}");
            if done.is_ok() {
                gone(&engine);
            }
            // Whatever the till sends meanwhile.
            let late = engine.record(day(11), Event::purchased(ana(), day(6)).item("tea"));
            let there = engine.customer_report(ana(), day(11)).unwrap().is_some();
            assert!(there || late.unwrap() == erased(), "{fault:?} at {call}");
            let again = engine.erase_with_certificate(card(), then()).unwrap().unwrap();
            assert!(again.verify(&key()) && again.nothing_is_left(&key()));
            gone(&engine);
            for event in before() {
                let late = engine.record(day(11), event.clone()).unwrap();
                let of_both = event.to_json().contains("linked");
                assert!(late == erased() || of_both, "{fault:?} at {call}: {late:?}");
            }
            let lines =
                engine.evidence(ana()).unwrap().len() + engine.evidence(card()).unwrap().len();
            assert_eq!(lines, 3, "{fault:?} at {call}");
            assert!(engine.verify_ledger(Some(&live)).unwrap().is_whole());
            let counted = engine.statistics().digest();
            engine.recount().unwrap();
            assert_eq!(engine.statistics().digest(), counted);
        }
        assert!(cut > 10, "{fault:?}: {cut}");
    }
}

/// The sweep of evidence, too.
#[test]
fn a_sweep_may_be_cut_off_anywhere() {
    let until = then() + days(3 * 365);
    let mut cut = 0;
    for call in 0..30 {
        let kept = Arc::new(MemoryStore::new());
        let store = Arc::new(Failing::new(kept.clone()));
        let first = lived(store.clone());
        first.erase_with_certificate(ana(), then()).unwrap();
        first.advance(then()).unwrap();
        store.fail(call..usize::MAX, Fault::Refused);
        cut += usize::from(first.advance(until).is_err());
        let engine = engine(kept.clone());
        assert!(engine.verify_ledger(None).unwrap().is_whole());
        // By another one, or by the same once its store is back.
        store.fail(0..0, Fault::Refused);
        if call % 2 == 0 { engine } else { first }.advance(until).unwrap();
        assert_eq!(contents(&kept).keys().filter(|key| key.partition()[0] == b'e').count(), 2);
    }
    assert!((2..30).contains(&cut), "{cut}");
}

/// When an erasure is finished later than it was begun, the later deadline holds.
#[test]
fn the_last_deadline_holds() {
    let mut begun = 0;
    for call in 0..60 {
        let kept = Arc::new(MemoryStore::new());
        let store = Arc::new(Failing::new(kept.clone()));
        let engine = lived(store.clone());
        store.fail(call..usize::MAX, Fault::Refused);
        let done = engine.erase_with_certificate(ana(), then()).is_ok();
        store.fail(0..0, Fault::Refused);
        let laid = engine.evidence(ana()).unwrap().len() + engine.evidence(card()).unwrap().len();
        let there = engine.customer_report(ana(), then()).unwrap().is_some();
        if done || laid == 0 || !there {
            continue;
        }
        begun += 1;
        engine.erase_with_certificate(ana(), day(20)).unwrap();
        let lines =
            || engine.evidence(ana()).unwrap().len() + engine.evidence(card()).unwrap().len();
        let (first, last) = (then() + days(3 * 365), day(20) + days(3 * 365));
        engine.advance(first).unwrap();
        assert_eq!(lines(), 3, "at {call}");
        engine.advance(last).unwrap();
        assert_eq!(lines(), 0, "at {call}");
    }
    assert!(begun > 0);
}

/// What is evidence is no record's chain, nor another one's.
#[test]
fn evidence_that_is_put_elsewhere_is_found() {
    let store = Arc::new(MemoryStore::new());
    let engine = lived(store.clone());
    let live = contents(&store);
    engine.erase_with_certificate(ana(), then()).unwrap();
    let evidence: Vec<(Key, Vec<u8>)> =
        contents(&store).into_iter().filter(|(_, value)| tamper::is_ledger(value)).collect();
    let place = |key: &Key| key.partition()[0] == b'e';
    let (key, value) = evidence.iter().find(|(key, _)| place(key)).unwrap();
    let (tip, chain) = live.iter().find(|(_, value)| tamper::is_ledger(value)).unwrap();
    let next = key.sibling(key.part() + (1 << 16));
    for (at, value) in [(&next, value), (tip, value), (key, chain), (&next, chain)] {
        let before = contents(&store).get(at).cloned();
        put(&store, at, Some(&resealed(at, value.clone())));
        assert!(!engine.verify_ledger(None).unwrap().is_whole());
        put(&store, at, before.as_deref());
    }
    assert!(engine.verify_ledger(None).unwrap().is_whole());
}

/// Somebody else erases her in the middle of what an engine records.
#[test]
fn a_late_event_does_not_slip_in_beside_an_erasure() {
    let late = || Event::purchased(ana(), day(6)).item("tea").id("late").into();
    type Way = fn(&Engine, Event);
    let one: Way = |engine, event| _ = engine.record(day(11), event).unwrap();
    let all: Way = |engine, event| _ = engine.record_all(day(11), [event]);
    for way in [one, all] {
        let mut came = 0;
        for read in 0..12 {
            let kept = Arc::new(MemoryStore::new());
            drop(lived(kept.clone()));
            let other = engine(kept.clone());
            let act = move || _ = other.erase_with_certificate(ana(), then()).unwrap();
            let store = Between::new(kept.clone(), read, act);
            let did = store.came();
            let engine = engine(store);
            way(&engine, late());
            came += usize::from(did.load(std::sync::atomic::Ordering::Relaxed));
            if did.load(std::sync::atomic::Ordering::Relaxed) {
                gone(&self::engine(kept.clone()));
            }
        }
        assert!(came > 1, "{came}");
    }
}

/// Nor does a link of somebody else's to her, wherever the erasure comes in between.
#[test]
fn a_late_link_does_not_slip_in_beside_an_erasure() {
    let (mut came, mut alone) = (0, 0);
    for read in 0..30 {
        let kept = Arc::new(MemoryStore::new());
        drop(lived(kept.clone()));
        let other = engine(kept.clone());
        let act = move || _ = other.erase_with_certificate(ana(), then()).unwrap();
        let store = Between::new(kept.clone(), read, act);
        let did = store.came();
        let engine = engine(store);
        let _ = engine.record(day(11), Event::linked("ben", day(6), ana()));
        if did.load(std::sync::atomic::Ordering::Relaxed) {
            came += 1;
            let after = self::engine(kept.clone());
            for who in [ana(), card()] {
                let report = after.customer_report(who.clone(), day(400)).unwrap();
                let named = report.map(|report| serde_json::to_string(&report).unwrap());
                assert!(named.is_none_or(|text| !text.contains(CANARY)), "read {read}: {who:?}");
            }
            // If the link came first, the two were one, and both were erased.
            if let Some(ben) = after.export("ben", day(400)).unwrap() {
                let text = serde_json::to_string(&ben).unwrap();
                assert!(!text.contains(CANARY), "read {read}: ben tells of her");
                alone += 1;
            }
        }
    }
    assert!(came > 3 && alone > 0, "{came}, {alone}");
}

/// A till whose clock runs ahead sends once more what it sent before she was erased.
#[test]
fn what_a_fast_clock_told_does_not_come_back() {
    let engine = engine(MemoryStore::new());
    let bought = Event::purchased(ana(), day(9) + minutes(4)).item("tea");
    taken(engine.record(day(9), bought.clone()));
    let certificate = engine.erase_with_certificate(ana(), day(9) + minutes(1)).unwrap().unwrap();
    assert_eq!(certificate.erased_at, day(9) + minutes(4));
    assert_eq!(engine.record(day(9) + minutes(2), bought).unwrap(), erased());
    gone(&engine);
}

/// An old export whose identifiers are spelled in another way is no way round either.
#[test]
fn no_spelling_brings_anybody_back() {
    let engine = engine(MemoryStore::new());
    taken(engine.record(day(9), everything(ana(), day(0))));
    let export = engine.export(ana(), day(9)).unwrap().unwrap();
    engine.erase_with_certificate(ana(), then()).unwrap().unwrap();
    let text = serde_json::to_string(&export).unwrap();
    for spelled in [CANARY.to_owned(), CANARY.to_uppercase()] {
        let export = serde_json::from_str(&text.replace(CANARY, &spelled)).unwrap();
        assert!(engine.import(day(12), export).is_err(), "{spelled}");
        gone(&engine);
    }
    let shouted = Identifier::new(IdentifierKind::Email, "KANARIE@HOME.example");
    let late = Event::purchased(shouted, day(5)).item("tea");
    assert_eq!(engine.record(day(12), late).unwrap(), erased());
}

/// A question from before the erasure is answered as a stranger's, and leaves no record.
#[test]
fn a_late_question_leaves_nothing() {
    let web = Action::new("news").treatment(Treatment::on(Channel::Web)).volume(5);
    let engine = Engine::builder().action(web).proof(key()).build().unwrap();
    taken(engine.record(day(9), everything(ana(), day(0))));
    engine.erase_with_certificate(ana(), then()).unwrap().unwrap();
    let asked = Request::new(ana(), Channel::Web, day(9));
    assert!(engine.decide(&asked).unwrap().action().is_some());
    gone(&engine);
    // A later one is a stranger's, who may be kept.
    assert!(engine.decide(&Request::new(ana(), Channel::Web, day(11))).unwrap().action().is_some());
    assert!(engine.customer_report(ana(), day(12)).unwrap().is_some());
}

/// One flipped bit at the end of a chain keeps no choice out.
#[test]
fn no_damage_keeps_a_withdrawal_out() {
    let store = Arc::new(MemoryStore::new());
    let engine = engine(store.clone());
    taken(engine.record(day(0), everything(ana(), day(0))));
    taken(engine.record(day(0), Event::purchased(ana(), day(0)).item("tea")));
    let mut damaged = 0;
    for (key, mut value) in contents(&store) {
        if tamper::is_ledger(&value) {
            *value.last_mut().unwrap() ^= 1;
            put(&store, &key, Some(&value));
            damaged += 1;
        }
    }
    assert!(damaged > 0);
    let no = Event::consent(ana(), day(1)).withdraw(Purpose::Personalisation);
    taken(engine.record(day(1), no));
    let view = engine.view(ana(), Purpose::Personalisation, day(2), None).unwrap();
    assert!(view.is_empty());
    assert!(!engine.verify_ledger(None).unwrap().is_whole(), "and the damage is told");
}

/// Each customer under a key of their own: hers are destroyed, that of what is left is not.
#[cfg(feature = "encryption")]
#[test]
fn what_is_left_outlives_the_keys() {
    let ring = keys::Ring::new(7);
    let inner = Arc::new(MemoryStore::new());
    let store = || EncryptedStore::new(inner.clone(), ring.clone());
    let engine = lived(store());
    let live = engine.checkpoint(day(9)).unwrap();
    let backup = inner.scan(None, 1_000).unwrap();
    assert!(engine.erase_with_certificate(ana(), then()).unwrap().unwrap().verify(&key()));
    drop(engine);
    let engine = self::engine(store());
    gone(&engine);
    assert_eq!(engine.verify_ledger(Some(&live)).unwrap().checkpoint, Agreement::Agrees);
    for event in before() {
        assert_eq!(engine.record(day(11), event).unwrap(), erased());
    }
    let lines = engine.evidence(ana()).unwrap().len() + engine.evidence(card()).unwrap().len();
    assert_eq!(lines, 3);
    // Her keys are gone: a backup says nothing of her.
    let names: Vec<Vec<u8>> = ring.contents().into_iter().map(|(place, _)| place).collect();
    for who in [ana(), card()] {
        assert!(!names.contains(&engine.key(&who).partition().to_vec()));
    }
    let restored = Arc::new(MemoryStore::new());
    for (key, Stored { version, bytes }) in backup {
        let write = Write { key, expected: Expected::Absent, value: Some(bytes) };
        let batch = Batch { version, writes: vec![write] };
        restored.commit(&[batch], Durability::Durable).unwrap();
    }
    let engine = self::engine(EncryptedStore::new(restored, ring.clone()));
    gone(&engine);
}
