//! What is kept for a time is never answered with afterwards, and is gone from the store
//! once the engine has advanced: as in a world that never had it.
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
use std::time::Duration;

use common::dice::Dice;
use common::{everything, items, noon, taken};
use confidant::*;

const MS: Duration = Duration::from_millis(1);

fn kept() -> [(DataCategory, Duration); 5] {
    [
        (DataCategory::Browsing, days(10)),
        (DataCategory::Purchases, days(30)),
        (DataCategory::Declared, days(20)),
        (DataCategory::Opinions, days(5)),
        (DataCategory::Responses, days(15)),
    ]
}

fn policy() -> PrivacyPolicy {
    kept().into_iter().fold(PrivacyPolicy::new(), |policy, (of, time)| policy.keep_for(of, time))
}

fn builder(policy: PrivacyPolicy, seal_after: usize) -> EngineBuilder {
    Engine::builder()
        .catalog(items(6))
        .privacy(policy)
        .segment(Segment::new("buyers", count(Kind::Purchased).at_least(2)))
        .segment(Segment::new("lookers", count(Kind::Viewed).at_least(1)))
        .segment(Segment::new("away", not_seen_for(days(12))))
        .segment(Segment::new("big", attribute("size").is("L")))
        .seal_after(seal_after)
}

fn built(policy: PrivacyPolicy, seal_after: usize) -> (Engine, Arc<MemoryStore>) {
    let store = Arc::new(MemoryStore::new());
    let engine = builder(policy, seal_after).store(store.clone()).build().unwrap();
    taken(engine.record(noon(), everything("ana", noon() - days(100))));
    (engine, store)
}

fn is_kept(store: &MemoryStore, text: &str) -> bool {
    let all = store.scan(None, usize::MAX).unwrap();
    all.iter().any(|(_, s)| s.bytes.windows(text.len()).any(|bytes| bytes == text.as_bytes()))
}

fn report(engine: &Engine, now: Timestamp) -> CustomerReport {
    engine.customer_report("ana", now).unwrap().unwrap()
}

#[test]
fn no_answer_has_it_from_that_instant_on() {
    let (engine, store) = built(policy(), 1000);
    let looked = Event::viewed("ana", noon()).item("i1").place("canary");
    taken(engine.record(noon(), looked));
    let end = noon() + days(10);
    let seen = |now| engine.view("ana", Purpose::Personalisation, now, None).unwrap().len();
    assert_eq!((seen(end - MS), report(&engine, end - MS).history.len()), (1, 1));
    assert_eq!((seen(end), report(&engine, end).history.len()), (0, 0));
    // Nobody has advanced: what no answer has is still there, and goes now.
    let changes = engine.advance(end + days(1)).unwrap();
    let left = changes.iter().find(|c| c.segment.as_str() == "lookers" && !c.entered).unwrap();
    assert_eq!(left.at, end);
    assert!(!is_kept(&store, "canary"));
}

#[test]
fn it_is_swept_where_nobody_may_see_it() {
    let store = Arc::new(MemoryStore::new());
    let builder = Engine::builder().catalog(items(2)).privacy(policy()).store(store.clone());
    let engine = builder.build().unwrap();
    taken(engine.record(noon(), Event::purchased("ana", noon()).item("i1").place("canary")));
    engine.advance(noon() + days(30) - MS).unwrap();
    assert!(is_kept(&store, "canary"));
    assert!(engine.advance(noon() + days(30)).unwrap().is_empty());
    assert!(!is_kept(&store, "canary"));
}

#[test]
fn it_is_swept_out_of_what_was_sealed_and_does_not_come_back() {
    let (engine, store) = built(policy(), 4);
    let looked = |n: u32| {
        let at = noon() + hours(n);
        Event::viewed("ana", at).item("i1").place(format!("canary {n}.")).id(format!("e{n}"))
    };
    for n in 0..40 {
        taken(engine.record(noon() + hours(n), looked(n)));
    }
    // Each in its time, whatever went before.
    for gone in [12, 20] {
        let now = noon() + days(10) + hours(gone - 1);
        engine.advance(now).unwrap();
        assert_eq!(report(&engine, now).history.len(), 40 - gone as usize);
        for n in 0..40 {
            assert_eq!(is_kept(&store, &format!("canary {n}.")), n >= gone, "{n}");
        }
    }
    let now = noon() + days(10) + hours(19);
    let expired = Recorded::NotAllowed(NotAllowed::Expired(DataCategory::Browsing));
    assert_eq!(engine.record(now, looked(3)).unwrap(), expired);
    assert_eq!(engine.record(now, looked(30)).unwrap(), Recorded::Duplicate);
    assert_eq!(report(&engine, now).history.len(), 20);
}

#[test]
fn single_facts_and_properties_expire_by_their_own_category() {
    let (engine, store) = built(policy(), 1000);
    let bought = Event::purchased("ana", noon()).item("i1");
    taken(engine.record(noon(), bought.property_of(DataCategory::Opinions, "said", "canary")));
    taken(engine.record(noon(), Event::declared("ana", noon()).attribute("size", "L")));
    let at = |n| report(&engine, noon() + days(n));
    assert_eq!(at(4).history[0].properties.len(), 1);
    assert_eq!(at(5).history[0].properties.len(), 0);
    engine.advance(noon() + days(5)).unwrap();
    assert!(!is_kept(&store, "canary"));
    assert_eq!((at(19).facts.len(), at(20).facts.len()), (1, 0));
    let view = |n| engine.view("ana", Purpose::Personalisation, noon() + days(n), None).unwrap();
    assert_eq!(view(19).attribute("size"), Some(&Value::from("L")));
    assert_eq!(view(20).attribute("size"), None);
    let late = Event::declared("ana", noon()).attribute("size", "M");
    let refused = engine.record(noon() + days(20), late).unwrap();
    assert_eq!(refused, Recorded::NotAllowed(NotAllowed::Expired(DataCategory::Declared)));
    // The purchase is not too old, and what was said of it is.
    let late = Event::purchased("ana", noon()).item("i2");
    let late = late.property_of(DataCategory::Opinions, "said", "canary");
    taken(engine.record(noon() + days(6), late));
    assert!(!is_kept(&store, "canary"));
}

/// Alone, or told with what stays longer.
#[test]
fn each_goes_in_its_own_time() {
    let line = |id: &str| Event::purchased("ana", noon()).item("i1").id(id);
    let each: [(Event, u32); 4] = [
        (Event::viewed("ana", noon()).place("canary").into(), 10),
        (Event::viewed("ana", noon()).property("said", "canary").into(), 10),
        (Event::declared("ana", noon()).attribute("said", "canary").into(), 20),
        (line("a").property_of(DataCategory::Opinions, "said", "canary").into(), 5),
    ];
    for (event, lasts) in each {
        let stays: Event = line("b").into();
        for told in [vec![event.clone()], vec![event.clone(), stays.clone()], vec![stays, event]] {
            let (engine, store) = built(policy(), 1000);
            assert!(engine.record_all(noon(), told.clone()).refused.is_empty());
            engine.advance(noon() + days(lasts) - MS).unwrap();
            assert!(is_kept(&store, "canary"), "{told:?}");
            engine.advance(noon() + days(lasts)).unwrap();
            assert!(!is_kept(&store, "canary"), "{told:?}");
        }
    }
}

/// A log that moves to another record is kept no longer there.
#[test]
fn what_joined_or_parted_goes_in_its_time() {
    let card = || Identifier::new(IdentifierKind::LoyaltyCard, "1");
    for parts in [false, true] {
        let (engine, store) = built(policy(), 1000);
        let all = Event::consent(card(), noon() - days(100)).level(Level::Collaborative);
        let all = [Purpose::Personalisation, Purpose::IdentityLinking]
            .into_iter()
            .fold(all, ConsentChange::allow);
        taken(engine.record(noon(), all));
        taken(engine.record(noon(), Event::viewed(card(), noon()).place("canary")));
        taken(engine.record(noon(), Event::linked("ana", noon(), card())));
        assert_eq!(report(&engine, noon()).history.len(), 1);
        if parts {
            taken(
                engine.record(noon() + hours(1), Event::unlinked("ana", noon() + hours(1), card())),
            );
        }
        engine.advance(noon() + days(10) - MS).unwrap();
        assert!(is_kept(&store, "canary"));
        engine.advance(noon() + days(10)).unwrap();
        assert!(!is_kept(&store, "canary"), "parts: {parts}");
    }
}

/// What was said of a behaviour stays as long as that, wherever the record was cut when others
/// joined or parted and it was sealed anew.
#[test]
fn what_was_said_of_what_stays_stays() {
    let stays = |seal_after, parts: bool| {
        let card = Identifier::new(IdentifierKind::LoyaltyCard, "1");
        let (engine, _) = built(policy(), seal_after);
        let at = |hour: u32| noon() - days(9) + hours(hour);
        taken(engine.record(noon(), everything(card.clone(), noon() - days(100))));
        for hour in 0..10 {
            let who = if hour % 2 == 0 { Identifier::from("ana") } else { card.clone() };
            let bought = Event::purchased(who, at(hour)).item("i1").dwell(minutes(1));
            taken(engine.record(noon(), bought));
        }
        let over = Event::viewed("ana", noon()).item("i2");
        taken(engine.record(noon(), over));
        taken(engine.record(noon(), Event::linked("ana", noon(), card.clone())));
        if parts {
            taken(engine.record(noon() + MS, Event::unlinked("ana", noon() + MS, card)));
        }
        let later = noon() + days(11);
        engine.advance(later).unwrap();
        let view = engine.view("ana", Purpose::Personalisation, later, None).unwrap();
        view.dwell(days(30)).categories
    };
    for (parts, minutes) in [(false, 10), (true, 5)] {
        for seal_after in [2_048, 1, 2, 3, 5, 8] {
            let stays = stays(seal_after, parts);
            let millis = stays.iter().map(|(_, millis)| *millis).max();
            assert_eq!(millis, Some(minutes * 60_000), "sealed after {seal_after}: {stays:?}");
        }
    }
}

#[test]
fn nothing_that_is_over_goes_along_and_what_came_along_goes_in_its_time() {
    let (engine, _) = built(policy(), 4);
    for n in 0..9 {
        let looked = Event::viewed("ana", noon()).place("canary").id(n.to_string());
        taken(engine.record(noon(), looked));
    }
    let export = |now| engine.export("ana", now).unwrap().unwrap();
    let text = |now| serde_json::to_string(&export(now)).unwrap();
    let end = noon() + days(10);
    assert!(text(end - MS).contains("canary"));
    assert!(!text(end).contains("canary"), "nobody has advanced");
    let store = Arc::new(MemoryStore::new());
    let there = builder(policy(), 1000).store(store.clone()).build().unwrap();
    there.import(noon(), export(end - MS)).unwrap();
    there.advance(end - MS).unwrap();
    assert!(is_kept(&store, "canary"));
    there.advance(end).unwrap();
    assert!(!is_kept(&store, "canary"));
}

#[test]
fn choices_and_contacts_stay() {
    let policy = DataCategory::BASE.into_iter();
    let policy = policy.fold(PrivacyPolicy::new(), |p, category| p.keep_for(category, days(1)));
    let (engine, _) = built(policy, 4);
    taken(engine.record(noon(), Event::outcome("ana", noon(), "mail", Reply::Declined)));
    let later = noon() + days(400);
    engine.advance(later).unwrap();
    let report = report(&engine, later);
    assert_eq!((report.contacts.len(), report.level), (1, Level::Collaborative));
}

#[test]
fn data_are_kept_for_some_time_or_not_at_all() {
    let policy = PrivacyPolicy::new().keep_for(DataCategory::Visits, Duration::ZERO);
    let error = Engine::builder().privacy(policy).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
}

/// A policy that comes later holds for what is there.
#[test]
fn a_new_policy_sweeps_what_is_there() {
    let (engine, store) = built(PrivacyPolicy::new(), 4);
    for n in 0..9 {
        taken(
            engine.record(noon(), Event::viewed("ana", noon()).place("canary").id(n.to_string())),
        );
    }
    engine.advance(noon()).unwrap();
    let now = noon() + days(40);
    let again = builder(policy(), 4).store(store.clone()).build().unwrap();
    assert_eq!(report(&again, now).history.len(), 0);
    assert!(is_kept(&store, "canary"));
    again.advance(now).unwrap();
    assert!(!is_kept(&store, "canary"));
}

/// An event with the instant from which on it is not kept.
type Lasting = (Event, Timestamp);

fn random(dice: &mut Dice, n: usize) -> Lasting {
    let at = noon() + hours(dice.below(24 * 60) as u32) + MS * dice.below(3) as u32;
    let item = format!("i{}", dice.below(6));
    let id = format!("e{n}");
    let keep = |category| kept().into_iter().find(|(of, _)| *of == category).unwrap().1;
    let (event, category): (Event, _) = match dice.below(9) {
        0..3 => (Event::viewed("ana", at).item(item).id(id).into(), DataCategory::Browsing),
        3..6 => (Event::purchased("ana", at).item(item).id(id).into(), DataCategory::Purchases),
        6 => (Event::accepted("ana", at).action("mail").id(id).into(), DataCategory::Responses),
        _ => {
            let size = *dice.pick(&["M", "L"]);
            (
                Event::declared("ana", at).attribute("size", size).id(id).into(),
                DataCategory::Declared,
            )
        }
    };
    (event, at + keep(category))
}

#[test]
fn an_advanced_world_equals_one_that_never_had_it() {
    let mut gone = 0;
    for seed in 0..120 {
        let mut dice = Dice::new(seed);
        let mut told: Vec<Lasting> = (0..40).map(|n| random(&mut dice, n)).collect();
        told.sort_by_key(|(event, _)| event.at());
        let (engine, _) = built(policy(), *dice.pick(&[4, 1000]));
        // Everything, never swept: what was true at each instant.
        let (unswept, _) = built(policy(), 1000);
        let mut instants: BTreeSet<Timestamp> = BTreeSet::new();
        let mut members: BTreeSet<String> = BTreeSet::new();
        let mut changes = Vec::new();
        for (n, (event, expires)) in told.iter().enumerate() {
            let now = event.at();
            instants.extend([now, *expires, now + days(12) + MS, *expires + MS]);
            taken(unswept.record(now, event.clone()));
            taken(engine.record(now, event.clone()));
            // The same again is nothing, or too old.
            let again = dice.pick(&told[..=n]).clone();
            assert_ne!(engine.record(now, again.0).unwrap(), Recorded::Accepted, "seed {seed}");
            changes.extend(engine.advance(now).unwrap());
            if dice.chance(20) {
                check(&engine, &told[..=n], now, &mut gone);
            }
        }
        let end = noon() + days(100);
        changes.extend(engine.advance(end).unwrap());
        check(&engine, &told, end, &mut gone);
        // Segments flip exactly then.
        let mut changes = changes.into_iter().peekable();
        for at in instants {
            while let Some(change) = changes.next_if(|change| change.at <= at) {
                let name = change.segment.to_string();
                assert!(if change.entered { members.insert(name) } else { members.remove(&name) });
            }
            let truth = unswept.segments_of("ana", at).unwrap();
            let truth: BTreeSet<String> = truth.iter().map(ToString::to_string).collect();
            assert_eq!(members, truth, "seed {seed} at {at}");
        }
        assert!(changes.next().is_none());
    }
    assert!(gone > 10_000, "{gone}");
}

/// Holds an engine that has advanced against one without a policy, told only what is left.
fn check(engine: &Engine, told: &[Lasting], now: Timestamp, gone: &mut usize) {
    let left: Vec<Event> =
        told.iter().filter(|(_, expires)| *expires > now).map(|(e, _)| e.clone()).collect();
    *gone += told.len() - left.len();
    let (other, _) = built(PrivacyPolicy::new(), 1000);
    assert!(other.record_all(now, left).refused.is_empty());
    other.advance(now).unwrap();
    assert_eq!(engine.statistics().digest(), other.statistics().digest(), "at {now}");
    let known = |engine: &Engine| {
        let report = report(engine, now);
        let view = engine.view("ana", Purpose::Personalisation, now, None).unwrap();
        let told = serde_json::to_string(&(report.history, report.facts)).unwrap();
        let owned = serde_json::to_string(&view.owned()).unwrap();
        (told, view.len(), owned, engine.segments_of("ana", now).unwrap())
    };
    assert_eq!(known(engine), known(&other), "at {now}");
}
