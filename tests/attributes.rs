//! Attributes: what was declared, observed and inferred is kept apart, the host says which
//! value counts, and the laws hold for it.
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
use std::time::Duration;

use common::dice::Dice;
use common::world::HOUR;
use common::{noon, taken};
use confidant::*;
use twin::attribute::{NAMES, Stated, counting, random, rules};

fn research() -> Purpose {
    Purpose::custom("research")
}

/// Income is demographic, everything else said; research may use both.
fn privacy() -> PrivacyPolicy {
    let both = [DataCategory::Declared, DataCategory::Demographics];
    PrivacyPolicy::new().attribute("income", DataCategory::Demographics).purpose(
        research(),
        Level::Contextual,
        both,
    )
}

fn builder() -> EngineBuilder {
    Engine::builder().privacy(privacy()).attributes(rules())
}

/// Everything is allowed.
fn allows(who: &str) -> ConsentChange {
    let chosen = Event::consent(who, noon() - days(900)).level(Level::Collaborative);
    chosen.allow(Purpose::Personalisation).allow(research())
}

/// Every instant at which something begins or ends, and those right before.
fn edges(told: &[Stated]) -> BTreeSet<i64> {
    let edges = told.iter().flat_map(|s| [Some(s.at), s.until]).flatten();
    edges.flat_map(|edge| [edge - 1, edge]).collect()
}

// ------------------------------------------------------------------------------- law 2

/// One by one or in batches, some twice, into heads that are sealed soon or late.
fn told_to(dice: &mut Dice, told: &[Stated]) -> Engine {
    let engine = builder().seal_after(*dice.pick(&[2_048, 1, 5])).build().unwrap();
    let now = noon() + days(30);
    taken(engine.record(now, allows("ana")));
    let mut told = told.to_vec();
    told.extend(dice.some(20, &told));
    dice.shuffle(&mut told);
    for some in told.chunks(7) {
        if dice.chance(50) {
            let report = engine.record_all(now, some.iter().map(Stated::event));
            assert!(report.refused.is_empty(), "{report:?}");
        } else {
            some.iter().for_each(|s| _ = engine.record(now, s.event()).unwrap());
        }
    }
    engine
}

/// Whatever the order, the doubles, the batches and the seals, the same value counts; and
/// it is one that counts in the eyes of somebody slow.
#[test]
fn the_same_value_counts_whatever_came_first() {
    let (mut compared, mut tied) = (0, 0);
    for seed in 0..150 {
        let mut dice = Dice::new(seed ^ 0xa77);
        let instants = *dice.pick(&[6, 60]);
        let told: Vec<Stated> = (0..40).map(|n| random(&mut dice, n, instants)).collect();
        let engines: Vec<Engine> = (0..3).map(|_| told_to(&mut dice, &told)).collect();
        for purpose in [Purpose::Personalisation, research()] {
            for at in edges(&told) {
                let now = Timestamp::from_millis(at);
                let views = engines.iter().map(|e| e.view("ana", purpose.clone(), now, None));
                let views: Vec<View> = views.map(Result::unwrap).collect();
                for name in NAMES {
                    let expected = counting(&told, name, &purpose, at);
                    let known = |view: &View| {
                        view.attributes().iter().find(|known| *known.name == *name).cloned()
                    };
                    let found = known(&views[0]);
                    assert!(views.iter().all(|view| known(view) == found), "seed {seed}: {name}");
                    assert_eq!(views[0].attribute(name), found.as_ref().map(|k| &k.value));
                    assert_eq!(found.is_some(), !expected.is_empty(), "seed {seed}: {name}");
                    let Some(Known { value, origin, source, since, .. }) = found else { continue };
                    let of_ours = |(v, o, s, at): &(Value, Origin, Option<&str>, i64)| {
                        (v, *o, *s, *at) == (&value, origin, source.as_deref(), since.as_millis())
                    };
                    assert!(
                        expected.iter().any(of_ours),
                        "seed {seed}, {purpose}, {now}: {name} = {value}, not {expected:?}"
                    );
                    compared += 1;
                    tied += usize::from(expected.len() > 1);
                }
            }
        }
    }
    assert!(compared > 20_000 && tied > 500, "{compared} compared, {tied} tied");
}

/// Values of other types are refused; where there are no records, there are none.
#[test]
fn places_and_records_have_rules_too() {
    let of = |rule| Attributes::new().attribute("x", rule);
    let place = || Value::from(Location::degrees(38.7, -9.1).unwrap());
    let cars = || Value::from([Record::new().set("make", "Audi")]);
    let none = || Value::Records(Vec::new());
    let tried = [
        (AttributeRule::location(), place(), true),
        (AttributeRule::location().earliest(), place(), true),
        (AttributeRule::location(), cars(), false),
        (AttributeRule::location(), none(), false),
        (AttributeRule::records(), cars(), true),
        (AttributeRule::records(), none(), true),
        (AttributeRule::records(), place(), false),
        (AttributeRule::records(), ["Audi"].into(), false),
        (AttributeRule::set(), cars(), false),
        (AttributeRule::set(), none(), true),
        (AttributeRule::text(), place(), false),
    ];
    for (rule, value, fits) in tried {
        let engine = Engine::builder().attributes(of(rule.clone())).build().unwrap();
        taken(engine.record(noon(), allows("ana")));
        let said = Event::declared("ana", noon()).attribute("x", value.clone());
        let came = engine.record(noon(), said);
        assert_eq!(came.is_ok(), fits, "{rule:?}: {value}: {came:?}");
        let view = engine.view("ana", Purpose::Personalisation, noon(), None).unwrap();
        assert_eq!(view.attribute("x").is_some(), fits, "{rule:?}: {value}");
    }
    for rule in [AttributeRule::location(), AttributeRule::records()] {
        for wrong in [rule.clone().union(), rule.clone().maximum(), rule.minimum()] {
            assert!(Engine::builder().attributes(of(wrong.clone())).build().is_err(), "{wrong:?}");
        }
    }
}

// ------------------------------------------------------------------------------- law 3

const MOMENT: Duration = Duration::from_millis(1);

/// A condition, and whether a value meets it.
type Asked = (Condition, &'static str, fn(Option<&Value>) -> bool);

fn asked() -> [Asked; 5] {
    let tea = |v: Option<&Value>| matches!(v, Some(Value::Set(s)) if s.contains("tea"));
    [
        (attribute("free").exists(), "free", |v| v.is_some()),
        (not(attribute("trusted").is("tea")), "trusted", |v| v != Some(&"tea".into())),
        (
            attribute("most").at_least(1.5),
            "most",
            |v| matches!(v, Some(Value::Number(n)) if *n >= 1.5),
        ),
        (
            attribute("least").at_most(noon()),
            "least",
            |v| matches!(v, Some(Value::Instant(i)) if *i <= noon()),
        ),
        (attribute("all").one_of(["tea", "coffee"]), "all", tea),
    ]
}

/// Values begin and run out while time passes; each change is told once, with its instant.
#[test]
fn who_comes_and_leaves_is_told_at_the_very_instant() {
    let mut seen = 0;
    for seed in 0..150 {
        let mut dice = Dice::new(seed ^ 0x1a3);
        let segments = asked().map(|(condition, name, _)| Segment::new(name, condition));
        let engine = builder().segments(segments).build().unwrap();
        taken(engine.record(noon(), allows("ana")));
        let mut told: Vec<Stated> = (0..25).map(|n| random(&mut dice, n, 60)).collect();
        told.sort_by_key(|s| s.at);
        // No two of an attribute at one instant: which of them counts only their ids know.
        told.dedup_by_key(|s| s.at);
        let mut found: Vec<Change> = Vec::new();
        for s in &told {
            let now = Timestamp::from_millis(s.at);
            if dice.chance(30) {
                // Not up to this very instant: it has not told all of it yet.
                found.extend(engine.advance(now - MOMENT).unwrap());
            }
            _ = engine.record(now, s.event()).unwrap();
        }
        let end = noon() + days(60);
        found.extend(engine.advance(end).unwrap());
        found.sort_by(|a, b| (a.at, &a.segment).cmp(&(b.at, &b.segment)));
        let found: Vec<(i64, String, bool)> =
            found.iter().map(|c| (c.at.as_millis(), c.segment.to_string(), c.entered)).collect();
        let expected = flips(&told);
        assert_eq!(found, expected, "seed {seed}");
        seen += expected.len();
    }
    assert!(seen > 600, "only {seen} changes");
}

/// Every change from the beginning on, by somebody who looks at every instant there is.
fn flips(told: &[Stated]) -> Vec<(i64, String, bool)> {
    let mut flips = Vec::new();
    for (_, name, met) in asked() {
        let mut before = false;
        let edges = edges(told).into_iter().chain([noon().as_millis()]).collect::<BTreeSet<_>>();
        for at in edges.into_iter().filter(|at| *at >= noon().as_millis()) {
            let counts = counting(told, name, &Purpose::Personalisation, at);
            let is = met(counts.first().map(|(value, ..)| value));
            if is != before {
                flips.push((at, name.to_owned(), is));
            }
            before = is;
        }
    }
    flips.sort();
    flips
}

// ------------------------------------------------------------------------------- law 1

/// What everybody gets to know for the sake of personalisation, as text and bytes.
fn told_for_personalisation(seed: u64, told: &[(i64, Event)]) -> Vec<String> {
    let mut dice = Dice::new(seed);
    let segments = asked().map(|(condition, name, _)| Segment::new(name, condition));
    let rich = attribute("income").at_least(1);
    let offers = asked().map(|(condition, name, _)| {
        Action::new(name).when(condition).treatment(Treatment::on(Channel::Web))
    });
    let builder = builder().segments(segments).segment(Segment::new("rich", rich));
    let engine = builder.actions(offers).build().unwrap();
    let declared = [DataCategory::Declared];
    let chosen = Event::consent("ana", noon() - days(900))
        .level(Level::Collaborative)
        .allow_only(Purpose::Personalisation, declared.clone())
        .allow_only(Purpose::CollaborativeLearning, declared)
        .allow(research());
    taken(engine.record(noon(), chosen));
    let mut outputs = Vec::new();
    let mut told = told.iter().peekable();
    for step in 0..80 {
        let now = noon() + hours(6 * step);
        while let Some((_, event)) = told.next_if(|(arrived, _)| *arrived <= now.as_millis()) {
            _ = engine.record(now, event.clone()).unwrap();
        }
        if dice.chance(25) {
            outputs.push(format!("{:?}", engine.advance(now).unwrap()));
            outputs.push(format!("{:?}", engine.segments_of("ana", now).unwrap()));
            outputs.push(engine.statistics().digest().to_string());
            for purpose in [Purpose::Personalisation, Purpose::CollaborativeLearning] {
                let view = engine.view("ana", purpose, now, None).unwrap();
                let known = |k: &Known| {
                    format!("{} {:?} {} {:?} {}", k.name, k.value, k.origin, k.source, k.since)
                };
                let known: Vec<String> = view.attributes().iter().map(known).collect();
                outputs.push(known.join("; "));
            }
            let request = Request::new("ana", Channel::Web, now).seed(seed);
            let decision = engine.preview(&request).unwrap();
            outputs.push(format!("{:?} {:?}", decision.to_bytes(), decision.receipt()));
        }
    }
    outputs
}

/// By when each reached the host: some of it late, and some taken back again.
fn arriving(dice: &mut Dice, told: &[Stated], event: fn(&Stated) -> Event) -> Vec<(i64, Event)> {
    let late = |dice: &mut Dice| dice.below(8) as i64 * 6 * HOUR;
    let mut arriving = Vec::new();
    for s in told {
        let arrives = s.at + late(dice);
        arriving.push((arrives, event(s)));
        if dice.chance(30) {
            let at = arrives + late(dice);
            let taken_back = Event::retracted("ana", Timestamp::from_millis(at), s.id.to_string());
            arriving.push((at, taken_back.into()));
        }
    }
    arriving
}

/// For another purpose, or of a category that is kept by contract and not allowed.
fn hidden(s: &Stated) -> Event {
    let at = Timestamp::from_millis(s.at);
    if s.id.is_multiple_of(4) {
        let income = Event::observed("ana", at).basis(Basis::Contract).id(s.id.to_string());
        return income.attribute("income", 1 + s.id as i32).into();
    }
    Stated { purpose: Some(research()), ..s.clone() }.event()
}

fn shown(s: &Stated) -> Event {
    Stated { purpose: None, ..s.clone() }.event()
}

/// Two worlds that differ only in values which personalisation may not see.
#[test]
fn what_is_for_another_purpose_changes_nothing() {
    let n = 200;
    let mut differ = 0;
    for seed in 0..n {
        let mut dice = Dice::new(seed ^ 0x1a1);
        let base: Vec<Stated> = (0..20).map(|n| random(&mut dice, n, 60)).collect();
        let more: Vec<Stated> = (100..120).map(|n| random(&mut dice, n, 60)).collect();
        let base = arriving(&mut dice, &base, Stated::event);
        let with = |more: Vec<(i64, Event)>| {
            let mut all: Vec<(i64, Event)> = base.iter().cloned().chain(more).collect();
            all.sort_by_key(|(arrived, _)| *arrived);
            told_for_personalisation(seed, &all)
        };
        let plain = with(Vec::new());
        let secrets = arriving(&mut dice.clone(), &more, hidden);
        for (ours, expected) in with(secrets).iter().zip(&plain) {
            assert_eq!(ours, expected, "seed {seed}");
        }
        differ += u64::from(with(arriving(&mut dice, &more, shown)) != plain);
    }
    // Were nothing seen, nothing could leak.
    assert!(differ * 10 >= n * 9, "only {differ} of {n} differ where everything is allowed");
}

// ------------------------------------------------------------------------------ import

/// Rows of a customer relationship system, as it would export them.
fn rows() -> Vec<Event> {
    let cities = ["Porto", "Lisbon", "Braga"];
    let row = |n: u32| {
        Event::observed(format!("c{n:03}"), noon() - days(n))
            .source("crm")
            .basis(Basis::Contract)
            .until(noon() + days(700))
            .attribute("city", cities[n as usize % 3])
            .attribute("all", ["crm", cities[n as usize % 2]])
            .attribute("most", n as i32)
    };
    (0..400).map(|n| row(n).into()).collect()
}

/// What is kept of everybody.
fn kept(engine: &Engine) -> Vec<String> {
    let of = |n| engine.customer_report(format!("c{n:03}"), noon()).unwrap();
    (0..400).map(|n| serde_json::to_string(&of(n)).unwrap()).collect()
}

#[test]
fn a_whole_crm_comes_in_with_one_call_and_coming_twice_changes_nothing() {
    let engine = builder().build().unwrap();
    let report = engine.record_all(noon(), rows());
    assert_eq!((report.accepted, report.duplicates), (400, 0));
    let first = kept(&engine);
    let mut dice = Dice::new(7);
    for _ in 0..2 {
        let mut again = rows();
        dice.shuffle(&mut again);
        let report = engine.record_all(noon(), again);
        assert_eq!((report.accepted, report.duplicates, report.refused.len()), (0, 400, 0));
    }
    assert_eq!(kept(&engine), first);
    let shuffled = builder().build().unwrap();
    let mut again = rows();
    dice.shuffle(&mut again);
    assert_eq!(shuffled.record_all(noon(), again).accepted, 400);
    assert_eq!(kept(&shuffled), first);
}

/// Kept by contract, seen by nobody before the customer said so.
#[test]
fn what_came_from_the_crm_waits_for_consent() {
    let engine = builder().build().unwrap();
    assert_eq!(engine.record_all(noon(), rows()).accepted, 400);
    let later = noon() + days(1);
    let seen = |at| engine.view("c007", Purpose::Personalisation, at, None).unwrap();
    assert!(seen(noon()).attributes().is_empty());
    let chosen = Event::consent("c007", later).level(Level::OwnHistory);
    taken(engine.record(later, chosen.allow(Purpose::Personalisation)));
    assert!(seen(noon()).attributes().is_empty());
    let names: Vec<String> =
        seen(later).attributes().iter().map(|known| known.name.to_string()).collect();
    assert_eq!(names, ["all", "city", "most"]);
    assert_eq!(seen(later).attribute("city"), Some(&"Lisbon".into()));
    assert_eq!(seen(noon() + days(700)).attribute("city"), None);
}

/// Without a basis of their own, they need consent as anything does.
#[test]
fn without_a_contract_silence_keeps_nothing() {
    let engine = builder().build().unwrap();
    let row = Event::observed("ana", noon()).source("crm").attribute("city", "Porto");
    let recorded = engine.record(noon(), row.clone()).unwrap();
    let declared = NotAllowed::Category(DataCategory::Declared);
    assert_eq!(recorded, Recorded::NotAllowed(declared));
    let recorded = engine.record(noon(), row.only_for(research())).unwrap();
    assert_eq!(recorded, Recorded::NotAllowed(NotAllowed::Purpose(research())));
    assert!(engine.customer_report("ana", noon()).unwrap().is_none());
}

/// A contract needs the purchase, and not what else was said of it.
#[test]
fn a_purchase_is_kept_without_the_opinion_that_came_with_it() {
    let engine = builder().build().unwrap();
    let bought = Event::purchased("ana", noon()).property("gift wrap", true);
    let bought = bought.property_of(DataCategory::Opinions, "said", "too sweet");
    let reduced = Recorded::Reduced(vec![DataCategory::Opinions]);
    assert_eq!(engine.record(noon(), bought).unwrap(), reduced, "and the caller is told");
    let report = engine.customer_report("ana", noon()).unwrap().unwrap();
    let said: Vec<&str> = report.history[0].properties.iter().map(|(_, n, _)| &**n).collect();
    assert_eq!(said, ["gift wrap"]);
}

#[test]
fn a_row_of_the_wrong_type_keeps_no_other_out() {
    let engine = builder().build().unwrap();
    let mut rows = rows();
    let wrong = Event::observed("c900", noon()).basis(Basis::Contract).attribute("most", "s3cret");
    rows.insert(3, wrong.into());
    let report = engine.record_all(noon(), rows);
    assert_eq!((report.accepted, report.refused.len()), (400, 1));
    let (3, Refusal::Error(error)) = &report.refused[0] else { panic!("{report:?}") };
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.field(), Some("attributes"));
    let message = error.to_string();
    assert_eq!(message, "attribute `most` is of another type: expected a number");
}

// --------------------------------------------------------------------- what is reported

/// In the head and behind it.
#[test]
fn a_customer_can_read_where_each_fact_came_from() {
    for seal_after in [2_048, 1] {
        let engine = builder().seal_after(seal_after).build().unwrap();
        taken(engine.record(noon(), allows("ana")));
        let income = Event::inferred("ana", noon())
            .source("income model 3")
            .until(noon() + days(30))
            .only_for(research())
            .basis(Basis::Consent)
            .attribute("income", 2400)
            .on(Channel::Web);
        taken(engine.record(noon(), income));
        taken(engine.record(noon(), Event::declared("ana", noon()).attribute("city", "Porto")));
        taken(engine.record(noon(), Event::viewed("ana", noon())));
        let mut facts = engine.customer_report("ana", noon()).unwrap().unwrap().facts;
        facts.sort_by(|a, b| a.name.cmp(&b.name));
        let income = Fact {
            name: "income".into(),
            value: 2400.into(),
            at: noon(),
            until: Some(noon() + days(30)),
            origin: Origin::Inferred,
            source: Some("income model 3".into()),
            channel: Some(Channel::Web),
            category: Some(DataCategory::Demographics),
            purpose: Some(research()),
            basis: Some(Basis::Consent),
            told_under: "ana".into(),
        };
        let city = Fact {
            name: "city".into(),
            value: "Porto".into(),
            until: None,
            origin: Origin::Declared,
            source: None,
            channel: None,
            category: Some(DataCategory::Declared),
            purpose: None,
            basis: None,
            told_under: "ana".into(),
            ..income.clone()
        };
        assert!(facts == [city, income], "sealed after {seal_after}");
    }
}

/// The same facts of another origin, or on other terms, are another event.
#[test]
fn the_same_facts_on_other_terms_are_told_apart() {
    let engine = builder().build().unwrap();
    taken(engine.record(noon(), allows("ana")));
    let stated = |of: fn(&'static str, Timestamp) -> Declaration| of("ana", noon());
    let plain = || stated(Event::declared).attribute("city", "Porto");
    let others = [
        plain(),
        stated(Event::observed).attribute("city", "Porto"),
        stated(Event::inferred).attribute("city", "Porto"),
        plain().source("crm"),
        plain().until(noon() + days(1)),
        plain().only_for(research()),
        plain().basis(Basis::Contract),
    ];
    for other in others {
        taken(engine.record(noon(), other.clone()));
        assert_eq!(engine.record(noon(), other).unwrap(), Recorded::Duplicate);
    }
}

// ---------------------------------------------------------------------------- the rules

/// Other rules, other values: with the snapshot they come, and who is where is told anew.
#[test]
fn rules_travel_with_the_snapshot() {
    let most = Segment::new("most", attribute("n").at_least(5));
    let with = |rule| {
        let attributes = Attributes::new().attribute("n", rule);
        Engine::builder().privacy(privacy()).attributes(attributes).segment(most.clone())
    };
    let nobody = Statistics::default();
    let snapshot = |rule| {
        let snapshot = with(rule).snapshot(&nobody, noon()).unwrap();
        let read = Snapshot::from_bytes(&snapshot.to_bytes()).unwrap();
        assert_eq!(read.id(), snapshot.id());
        read
    };
    let engine = with(AttributeRule::number()).build().unwrap();
    taken(engine.record(noon(), allows("ana")));
    for (n, hour) in [(7, 0), (3, 1)] {
        let at = noon() + hours(hour);
        taken(engine.record(at, Event::observed("ana", at).attribute("n", n)));
    }
    let later = noon() + hours(2);
    assert!(engine.advance(later).unwrap().iter().all(|change| change.at < later));
    engine.swap(snapshot(AttributeRule::number().maximum()));
    let changes = engine.advance(later + hours(1)).unwrap();
    assert_eq!(changes.len(), 1);
    assert!(changes[0].entered);
    // What is kept and is of another type now is there for its owner, and counts no more.
    engine.swap(snapshot(AttributeRule::text()));
    let changes = engine.advance(later + hours(2)).unwrap();
    assert_eq!(changes.iter().map(|change| change.entered).collect::<Vec<_>>(), [false]);
    assert_eq!(engine.customer_report("ana", later).unwrap().unwrap().facts.len(), 2);
    let view = engine.view("ana", Purpose::Personalisation, later, None).unwrap();
    assert!(view.attributes().is_empty());
}

#[test]
fn rules_that_cannot_work_are_refused() {
    let wrong = [
        (AttributeRule::text().maximum(), "numbers and instants have an order"),
        (AttributeRule::set().minimum(), "numbers and instants have an order"),
        (AttributeRule::flag().maximum(), "numbers and instants have an order"),
        (AttributeRule::text().union(), "only sets have a union"),
        (AttributeRule::text().most_trusted([""; 0]), "at least one"),
        (AttributeRule::text().most_trusted(["crm", "crm"]), "twice"),
        (AttributeRule::text().most_trusted([""]), "is empty"),
    ];
    for (rule, says) in wrong {
        let attributes = Attributes::new().attribute("x", rule);
        let error = Engine::builder().attributes(attributes).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
        let message = error.to_string();
        assert!(message.starts_with("attribute `x`: ") && message.contains(says), "{message}");
    }
    let nameless = Attributes::new().attribute("", AttributeRule::text());
    assert!(Engine::builder().attributes(nameless).build().is_err());
}

/// A question that no set can answer is refused, with what would be right.
#[test]
fn a_set_is_asked_for_its_texts() {
    let engine = builder().build().unwrap();
    for condition in [attribute("all").is(["tea"]), attribute("all").at_least(["tea"])] {
        let error = engine.rules([condition]).unwrap_err();
        assert!(error.to_string().contains("`one_of`"), "{error}");
    }
}

#[test]
fn values_of_each_type_are_told_from_the_others() {
    let values: [Value; 5] = ["x".into(), 1.into(), true.into(), noon().into(), ["x", "y"].into()];
    let types = [
        AttributeRule::text(),
        AttributeRule::number(),
        AttributeRule::flag(),
        AttributeRule::instant(),
        AttributeRule::set(),
    ];
    for (n, rule) in types.into_iter().enumerate() {
        let attributes = Attributes::new().attribute("x", rule);
        let engine = Engine::builder().attributes(attributes).build().unwrap();
        for (m, value) in values.iter().enumerate() {
            let stated = Event::observed("ana", noon()).basis(Basis::Contract);
            let recorded = engine.record(noon(), stated.attribute("x", value.clone()));
            assert_eq!(recorded.is_ok(), n == m, "{n} {m}");
        }
    }
}
