//! Who is known from outside only: kept, treated by nothing, gone at the expiry, and a
//! customer's by a link alone. The stories stand as data in `tests/cases/prospects.json`:
//! what was told, and what somebody is at each instant.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;
#[path = "common/dice.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test uses a part")]
mod dice;

use std::collections::BTreeSet;
use std::sync::Arc;

use basics::{event, everything, identifier, taken};
use confidant::conformance::{Failing, Fault};
use confidant::*;
use dice::Dice;
use serde::Deserialize;
use serde_json::Value as Json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    story: String,
    /// In this order, before the rest.
    first: Vec<Json>,
    /// In any order.
    told: Vec<Json>,
    then: Vec<Then>,
}

/// What is known of somebody at an instant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Then {
    at: Timestamp,
    of: Json,
    /// `nobody`, `prospect`, or the number of a customer.
    is: String,
    /// The city, where anything may use it.
    #[serde(default)]
    city: Option<String>,
    /// Where they are known from.
    #[serde(default)]
    from: Vec<String>,
}

fn march(day: u32) -> Timestamp {
    let first: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    first + days(day - 1)
}

fn mail(name: &str) -> Identifier {
    Identifier::new(IdentifierKind::Email, format!("{name}@home.example"))
}

fn heard(who: impl Into<Identifier>, at: Timestamp, until: Timestamp) -> Prospect {
    Event::prospect(who, at).source("fair").basis(Basis::Consent).until(until)
}

fn builder() -> EngineBuilder {
    let catalog = Catalog::new(["tea", "mug"].map(Item::new)).unwrap();
    let web = |name: &str| Action::new(name).treatment(Treatment::on(Channel::Web));
    Engine::builder()
        .catalog(catalog)
        .segment(Segment::new("placed", attribute("city").exists()))
        .segment(Segment::new("buyer", count(Kind::Purchased).at_least(1)))
        .recommender("popular", Popularity::params())
        .action(web("general").value(1.0))
        .action(web("for buyers").value(2.0).when(count(Kind::Purchased).at_least(1)))
}

#[test]
fn every_prospect_has_its_story() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases/prospects.json")).unwrap();
    let stories: BTreeSet<&str> = cases.iter().map(|case| case.story.as_str()).collect();
    assert_eq!((stories.len(), cases.len() >= 10), (cases.len(), true));
    let mut dice = Dice::new(3);
    for case in cases {
        let mut told = case.told.clone();
        for turn in 0..12 {
            let engine = builder().seal_after([2_048, 1, 3][turn % 3]).build().unwrap();
            for line in case.first.iter().chain(&told) {
                let _ = engine.record(march(30), event(line)).unwrap();
            }
            for then in &case.then {
                // What is over is not told, whether it was swept already or not.
                if turn % 2 == 0 {
                    engine.advance(then.at).unwrap();
                }
                check(&case.story, &engine, then);
            }
            dice.shuffle(&mut told);
            told.extend(dice.some(20, &case.told));
        }
    }
}

fn check(story: &str, engine: &Engine, then: &Then) {
    let (who, at) = (identifier(&then.of), then.at);
    let story = format!("{story}, at {at}");
    let report = engine.customer_report(who.clone(), at).unwrap();
    let from: Vec<String> =
        report.iter().flat_map(|r| r.known_from.clone()).flat_map(|k| k.source).collect();
    assert_eq!(from, then.from, "{story}");
    let view = engine.view(who.clone(), Purpose::Personalisation, at, None).unwrap();
    let city = view.attribute("city").map(ToString::to_string);
    assert_eq!(city, then.city, "{story}");
    let placed = engine.segments_of(who.clone(), at).unwrap().contains(&"placed".into());
    assert_eq!(placed, then.city.is_some(), "{story}");
    assert_eq!(engine.export(who, at).unwrap().is_some(), report.is_some(), "{story}");
    match then.is.as_str() {
        "nobody" => assert!(report.is_none(), "{story}"),
        "prospect" => assert!(report.is_some() && !from.is_empty(), "{story}"),
        customer => assert_eq!(report.unwrap().customer.value(), customer, "{story}"),
    }
}

/// Two worlds that differ only in what is known of prospects.
#[test]
fn nothing_sees_a_prospect() {
    let answers = |seed: u64, differ: bool| {
        let engine = builder().seal_after([2_048, 2][seed as usize % 2]).build().unwrap();
        let dice = &mut Dice::new(seed);
        for n in 0..3 {
            let customer = format!("c{n}");
            taken(engine.record(march(1), everything(customer.as_str(), march(1))));
            taken(engine.record(march(2), Event::purchased(customer, march(2)).item("tea")));
        }
        let prospects: Vec<Identifier> = (0..3).map(|n| mail(&n.to_string())).collect();
        for who in &prospects {
            taken(engine.record(march(1), heard(who, march(1), march(20))));
            taken(engine.record(march(1), everything(who, march(1))));
        }
        taken(engine.record(march(1), Event::linked(&prospects[0], march(1), &prospects[1])));
        if differ {
            for n in 0..1 + dice.below(8) {
                let (who, at) = (dice.pick(&prospects), march(2) + hours(n as u32));
                taken(engine.record(
                    at,
                    match dice.below(3) {
                        0 => Event::observed(who, at).attribute("city", "Porto").into(),
                        1 => Event::viewed(who, at).item("tea").into(),
                        _ => Event::from(Event::purchased(who, at).item("mug")),
                    },
                ));
            }
        }
        let mut out = Vec::new();
        for now in [march(3), march(10), march(20), march(21)] {
            out.push(format!("{:?}", engine.advance(now).unwrap()));
            engine.fit(now).unwrap();
            out.push(engine.statistics().digest().to_string());
            for who in prospects.iter().chain([&"c0".into(), &"nobody".into()]) {
                let popular = engine.recommend(who, "popular", 3, Scope::All, now).unwrap();
                out.push(serde_json::to_string(&popular).unwrap());
                let request = Request::new(who, Channel::Web, now);
                out.push(format!("{:?}", engine.preview(&request).unwrap().to_bytes()));
                let view = engine.view(who, Purpose::Personalisation, now, None).unwrap();
                out.push(format!("{} {:?}", view.len(), view.attributes().len()));
                out.push(serde_json::to_string(&engine.recognise(who, now).unwrap()).unwrap());
                out.push(format!("{:?}", engine.segments_of(who, now).unwrap()));
            }
        }
        out
    };
    for seed in 0..60 {
        assert_eq!(answers(seed, false), answers(seed, true), "{seed}");
    }
}

/// What a link shows is what was told, as if it had always been the customer's.
#[test]
fn a_link_shows_everything_and_a_parting_hides_it_again() {
    let engine = builder().build().unwrap();
    let who = mail("ana");
    taken(engine.record(march(1), everything("ana", march(1))));
    taken(engine.record(march(1), heard(&who, march(1), march(5))));
    let city = Event::observed(&who, march(2)).attribute("city", "Porto").basis(Basis::Contract);
    taken(engine.record(march(2), city));
    assert!(engine.advance(march(3)).unwrap().is_empty());
    taken(engine.record(march(3), Event::linked("ana", march(3), &who)));
    let placed = engine.advance(march(3)).unwrap();
    assert!(placed.len() == 1 && placed[0].entered, "{placed:?}");
    // The expiry is a prospect's, and not a customer's.
    assert!(engine.advance(march(9)).unwrap().is_empty());
    assert_eq!(engine.customer_report(&who, march(9)).unwrap().unwrap().known_from.len(), 1);
    taken(engine.record(march(10), Event::unlinked("ana", march(10), &who)));
    let left = engine.advance(march(10)).unwrap();
    assert!(left.len() == 1 && !left[0].entered, "{left:?}");
    assert!(engine.customer_report(&who, march(10)).unwrap().is_none());
    assert!(engine.customer_report("ana", march(10)).unwrap().unwrap().facts.is_empty());
}

/// What else is swept in between does not put the expiry out of mind, nor does another host
/// that goes on.
#[test]
fn the_expiry_is_kept_in_mind() {
    for joined in [false, true] {
        let store = Arc::new(MemoryStore::new());
        let host = || {
            let privacy = PrivacyPolicy::new().keep_for(DataCategory::Browsing, days(4));
            builder().privacy(privacy).store(store.clone()).build().unwrap()
        };
        let engine = host();
        let who = mail("ana");
        taken(engine.record(march(1), heard(&who, march(1), march(20))));
        for customer in [Identifier::from("ana"), who.clone()] {
            taken(engine.record(march(1), everything(&customer, march(1))));
            taken(engine.record(march(2), Event::viewed(customer, march(2)).item("tea")));
        }
        if joined {
            taken(engine.record(march(3), Event::linked("ana", march(3), &who)));
        }
        for day in [4, 6, 8] {
            engine.advance(march(day)).unwrap();
        }
        if joined {
            taken(engine.record(march(9), Event::unlinked("ana", march(9), &who)));
        }
        engine.advance(march(19)).unwrap();
        assert!(engine.customer_report(&who, march(19)).unwrap().is_some(), "{joined}");
        let engine = host();
        engine.advance(march(20)).unwrap();
        // Swept, and not only hidden.
        assert!(engine.customer_report(&who, march(19)).unwrap().is_none(), "{joined}");
        assert!(engine.customer_report("ana", march(20)).unwrap().is_some(), "{joined}");
    }
}

/// However often the host is cut off while it forgets, in the end nothing is left.
#[test]
fn a_prospect_is_forgotten_though_the_host_is_cut_off() {
    let mut cut = 0;
    for call in 0..24 {
        let kept = Arc::new(MemoryStore::new());
        let store = Arc::new(Failing::new(kept.clone()));
        let engine = builder().seal_after(1).store(store.clone()).build().unwrap();
        for name in ["ana", "ben"] {
            taken(engine.record(march(1), heard(mail(name), march(1), march(5))));
            taken(engine.record(march(1), everything(mail(name), march(1))));
            for day in 2..5 {
                let bought = Event::purchased(mail(name), march(day)).item("tea");
                taken(engine.record(march(day), bought));
            }
        }
        taken(engine.record(march(2), Event::linked(mail("ana"), march(2), mail("ben"))));
        engine.advance(march(4)).unwrap();
        store.fail(call..usize::MAX, Fault::Refused);
        cut += usize::from(engine.advance(march(6)).is_err());
        drop(engine);
        let engine = builder().store(kept.clone()).build().unwrap();
        engine.advance(march(6)).unwrap();
        assert!(kept.is_empty(), "at call {call}");
    }
    assert!((3..24).contains(&cut), "{cut}");
}

#[test]
fn who_dealt_with_the_host_is_no_prospect() {
    for seal_after in [2_048, 1] {
        let own: [fn(&Identifier) -> Event; 3] = [
            |who| everything(who, march(1)).into(),
            |who| Event::purchased(who, march(1)).item("tea").into(),
            |who| Event::outcome(who, march(1), "general", Reply::Declined).into(),
        ];
        for (n, own) in own.iter().enumerate() {
            let engine = builder().seal_after(seal_after).build().unwrap();
            let who = mail("ana");
            taken(engine.record(march(1), own(&who)));
            for day in 2..6 {
                let city = Event::observed(&who, march(day)).attribute("city", "Porto");
                let _ = engine.record(march(day), city.basis(Basis::Contract)).unwrap();
            }
            let known = Recorded::NotAllowed(NotAllowed::Known);
            let listed = engine.record(march(6), heard(&who, march(2), march(8)));
            assert_eq!(listed.unwrap(), known, "{n}");
            engine.advance(march(9)).unwrap();
            assert!(engine.customer_report(&who, march(9)).unwrap().is_some(), "{n}");
        }
        // Once a prospect, what follows does not stand in the way of a further list.
        let engine = builder().seal_after(seal_after).build().unwrap();
        taken(engine.record(march(1), heard("ben", march(1), march(8))));
        taken(engine.record(march(2), Event::purchased("ben", march(2)).item("tea")));
        taken(engine.record(march(3), heard("ben", march(3), march(12))));
        let again = engine.record(march(3), heard("ben", march(3), march(12)));
        assert_eq!(again.unwrap(), Recorded::Duplicate);
        engine.advance(march(9)).unwrap();
        assert!(engine.customer_report("ben", march(9)).unwrap().is_some());
        engine.advance(march(12)).unwrap();
        assert!(engine.customer_report("ben", march(12)).unwrap().is_none());
    }
}

#[test]
fn a_prospect_taken_along_is_one_there_too() {
    let (here, there) = (builder().build().unwrap(), builder().build().unwrap());
    taken(here.record(march(1), heard("ana", march(1), march(8))));
    taken(here.record(march(1), everything("ana", march(1))));
    let city = Event::observed("ana", march(1)).attribute("city", "Porto");
    taken(here.record(march(1), city));
    let export = here.export("ana", march(2)).unwrap().unwrap();
    let text = serde_json::to_string(&export).unwrap();
    there.import(march(2), serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(there.export("ana", march(2)).unwrap(), Some(export));
    assert!(there.segments_of("ana", march(2)).unwrap().is_empty());
    assert!(there.advance(march(8)).unwrap().is_empty());
    assert!(there.customer_report("ana", march(7)).unwrap().is_none(), "swept");
}

#[test]
fn a_prospect_needs_a_source_a_basis_and_an_expiry() {
    let engine = builder().build().unwrap();
    let all = || Event::prospect("ana", march(1));
    let wrong = [
        ("source", all().basis(Basis::Consent).until(march(2))),
        ("source", heard("ana", march(1), march(2)).source("")),
        ("basis", all().source("fair").until(march(2))),
        ("until", all().source("fair").basis(Basis::Consent)),
        ("until", heard("ana", march(2), march(2))),
    ];
    for (field, wrong) in wrong {
        let error = engine.record(march(3), wrong).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(field)));
    }
    let event: Event = heard("ana", march(1), march(2)).on(Channel::Store).id("row 7").into();
    assert_eq!(Event::from_json(&event.to_json()).unwrap(), event);
}
