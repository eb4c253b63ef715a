//! Law 3: live membership equals evaluating from scratch.
//!
//! `CONFIDANT_CASES=N` asks for so many worlds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use common::ask::Ask;
use common::dice::Dice;
use common::host;
use common::store::Shared;
use common::told::Told;
use common::world::{HOUR, MINUTE, Size, World};
use common::{everything, items, noon, taken};
use confidant::{
    Engine, Event, Kind, Purpose, Recorded, Segment, Timestamp, attribute, count, days, hours,
    minutes,
};
use twin::decide::Host;
use twin::person::{Became, People};
use twin::truth::Seen;

/// Hosts with several threads hand in instants that are a little out of order.
#[test]
fn an_event_recorded_at_an_earlier_now_changes_nothing_that_was_reported() {
    let bought = count(Kind::Purchased).within(days(1)).at_least(1);
    let engine = Engine::builder().segment(Segment::new("fresh", bought)).build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    let five = noon() + hours(5);
    taken(engine.record(five, Event::purchased("ana", five)));
    assert_eq!(engine.advance(noon() + hours(6)).unwrap().len(), 1);
    let four = noon() + hours(4);
    taken(engine.record(four, Event::viewed("ana", four)));
    let changes = engine.advance(noon() + hours(7)).unwrap();
    assert!(changes.is_empty(), "{changes:?}");
}

#[test]
fn a_value_that_may_be_seen_is_never_unknown() {
    let engine = Engine::builder()
        .segment(Segment::new("early", attribute("x").at_most(noon())))
        .build()
        .unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    let first = Event::declared("ana", noon()).attribute("x", Timestamp::MIN);
    // Refusing such an instant at the door would be right as well.
    if engine.record(noon(), first).is_ok() {
        assert_eq!(engine.segments_of("ana", noon()).unwrap().len(), 1);
    }
}

/// Shorter than a millisecond is as empty as zero.
#[test]
fn an_empty_window_is_refused() {
    for empty in [Duration::ZERO, Duration::from_micros(1)] {
        let never = count(Kind::Purchased).within(empty).at_least(1);
        let built = Engine::builder().segment(Segment::new("never", never)).build();
        assert!(built.is_err(), "{empty:?}");
    }
}

/// A customer as the stream of changes shows them.
type Live = BTreeMap<String, BTreeSet<String>>;

struct Story {
    world: World,
    host: Host,
    segments: Vec<(String, Ask)>,
    store: Shared,
    engine: Engine,
    people: People,
    live: Live,
    /// When time was last made to pass.
    last: i64,
    seed: u64,
}

impl Story {
    fn new(seed: u64, dice: &mut Dice) -> Self {
        let size = Size { items: 6, customers: 3, events: 25 };
        let world = World::new(seed, size);
        let host = Host { segments: host::segments(dice, 5), ..Host::default() };
        let store = Shared::default();
        let engine = host::builder(&world, &host).store(store.clone()).build().unwrap();
        let (people, live) = (People::default(), Live::new());
        let segments = host.segments.clone();
        Self { world, host, segments, store, engine, people, live, last: i64::MIN, seed }
    }

    /// The process ends, and another one opens the same store.
    fn restart(&mut self) {
        let before = self.engine.statistics().digest();
        let builder = host::builder(&self.world, &self.host).store(self.store.clone());
        self.engine = builder.build().unwrap();
        assert_eq!(self.engine.statistics().digest(), before, "seed {}", self.seed);
    }

    /// The segments of a customer by what is known, from scratch.
    fn members(&self, who: &str, now: i64) -> BTreeSet<String> {
        let person = self.people.person(who);
        let purpose = Purpose::Personalisation;
        Seen::new(&self.world, &self.segments, &person, &purpose, now, None).members()
    }

    /// Every instant at which the answer about a customer can change.
    fn edges(&self, who: &str, range: RangeInclusive<i64>) -> BTreeSet<i64> {
        let asks = self.segments.iter().map(|(_, ask)| ask);
        twin::edges::edges(&self.world, asks, &self.people.person(who), range)
    }

    /// What must change from after `self.last` up to `now`, and at what instant.
    fn expected(&self, now: i64, from: i64) -> Vec<(i64, String, String, bool)> {
        let mut expected = Vec::new();
        for who in self.people.persons.keys() {
            let mut before = self.live.get(who).cloned().unwrap_or_default();
            let mut edges = self.edges(who, from..=now);
            edges.insert(from);
            for at in edges {
                let members = self.members(who, at);
                for id in before.symmetric_difference(&members) {
                    expected.push((at, who.clone(), id.clone(), members.contains(id)));
                }
                before = members;
            }
        }
        expected.sort();
        expected
    }

    /// Lets time pass, follows the changes, and compares with the answer from scratch.
    fn advance(&mut self, now: i64) -> Vec<(i64, String, String, bool)> {
        let changes = self.engine.advance(Timestamp::from_millis(now)).unwrap();
        let mut told = Vec::new();
        for change in changes {
            let (who, id) = (change.customer.value().to_owned(), change.segment.to_string());
            let members = self.live.entry(who.clone()).or_default();
            let news =
                if change.entered { members.insert(id.clone()) } else { members.remove(&id) };
            assert!(news, "seed {}: no change at {}: {who} {id}", self.seed, change.at);
            told.push((change.at.as_millis(), who, id, change.entered));
        }
        for who in self.people.persons.keys() {
            let live = self.live.get(who).cloned().unwrap_or_default();
            let why = format!("seed {}: {who} at {}", self.seed, Timestamp::from_millis(now));
            assert_eq!(live, self.members(who, now), "{why}");
            self.compare_now(who, now);
        }
        self.last = now;
        told
    }

    /// Between advances too, a question gets the answer of that instant.
    fn compare_now(&self, who: &str, now: i64) {
        let at = Timestamp::from_millis(now);
        let asked = self.engine.segments_of(who, at).unwrap();
        let asked: Vec<String> = asked.iter().map(ToString::to_string).collect();
        let members: Vec<String> = self.members(who, now).into_iter().collect();
        assert_eq!(asked, members, "seed {}: {who} asked at {at}", self.seed);
    }

    fn record(&mut self, now: i64, told: &Told) {
        let recorded = self.engine.record(Timestamp::from_millis(now), told.event()).unwrap();
        let became = match recorded {
            Recorded::Accepted
            | Recorded::Reduced(_)
            | Recorded::Apart(_)
            | Recorded::Demoted(_) => Became::Accepted,
            Recorded::Duplicate => Became::Duplicate,
            Recorded::NotAllowed(_) => Became::NotAllowed,
        };
        let expected = self.people.hear(told, &self.world.privacy);
        assert_eq!(became, expected, "seed {}: {told:?}", self.seed);
    }
}

fn worlds() -> u64 {
    std::env::var("CONFIDANT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(600)
}

/// What is told of reaches the host when it happens, late, twice, or a little early.
fn arrivals(world: &World, dice: &mut Dice) -> Vec<(i64, Told)> {
    let mut arrivals: Vec<(i64, Told)> = Vec::new();
    for told in &world.told {
        let delay = match dice.below(10) {
            0..6 => 0,
            6 => -(dice.below(5 * MINUTE as usize) as i64),
            7 => dice.below(5 * MINUTE as usize) as i64,
            _ => dice.below(100) as i64 * 3 * HOUR,
        };
        arrivals.push((told.at + delay, told.clone()));
        if dice.chance(15) {
            arrivals.push((told.at + delay.max(0) + dice.below(30) as i64 * HOUR, told.clone()));
        }
    }
    arrivals.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
    arrivals
}

/// The host lets time pass whenever something comes in: every change has the very
/// instant at which the answer from scratch flips.
#[test]
fn every_change_has_its_instant() {
    let mut changes = 0;
    for seed in 0..worlds() {
        let mut dice = Dice::new(seed ^ 0x33);
        let mut story = Story::new(seed, &mut dice);
        let mut recorded_at = i64::MIN;
        let arrivals = arrivals(&story.world, &mut dice);
        let end = arrivals.last().map_or(0, |(now, _)| *now) + 40 * 24 * HOUR;
        for (now, told) in
            arrivals.into_iter().map(|(now, told)| (now, Some(told))).chain([(end, None)])
        {
            if now > story.last {
                // From the last record on, what is known is the same.
                let expected = story.expected(now, recorded_at);
                let told = story.advance(now);
                assert_eq!(told, expected, "seed {seed} up to {}", Timestamp::from_millis(now));
                changes += told.len();
            }
            if let Some(told) = told {
                story.record(now, &told);
                recorded_at = now;
            }
            if dice.chance(5) {
                story.restart();
            }
        }
    }
    let least = if worlds() < 600 { 0 } else { 1000 };
    assert!(changes > least, "only {changes} changes: the worlds are too quiet");
}

/// The host lets time pass now and then.
#[test]
fn the_stream_of_changes_ends_where_evaluating_from_scratch_does() {
    for seed in 0..worlds() {
        let mut dice = Dice::new(seed ^ 0x44);
        let mut story = Story::new(seed, &mut dice);
        for (now, told) in arrivals(&story.world, &mut dice) {
            if dice.chance(12) && now > story.last {
                let last = story.last;
                let changes = story.advance(now);
                assert!(changes.iter().all(|(at, ..)| *at <= now), "seed {seed}: ahead of time");
                assert!(changes.iter().all(|(at, ..)| *at >= last), "seed {seed}: told anew");
            }
            story.record(now, &told);
            if dice.chance(20) {
                let later = now + dice.below(60) as i64 * 6 * HOUR;
                story.compare_now(&told.who, later);
            }
        }
        story.restart();
        story.advance(story.world.end + 50 * 24 * HOUR);
    }
}

/// What nobody may see is not seen by starting anew either.
#[test]
fn a_restart_tells_no_change_that_running_on_would_not() {
    let told = |restart: bool| {
        let store = Shared::default();
        let build = || {
            let builder = Engine::builder().store(store.clone());
            builder.segment(Segment::new("all", confidant::Condition::Always)).build().unwrap()
        };
        let mut engine = build();
        taken(engine.record(noon(), Event::purchased("ana", noon())));
        if restart {
            engine = build();
        }
        engine.advance(noon() + hours(1)).unwrap()
    };
    assert_eq!(told(true), told(false));
}

/// Told late, of a kind that must not have happened.
#[test]
fn what_must_not_have_happened_is_looked_at_when_it_is_told() {
    for condition in [
        "sequence([purchased], no [viewed] for 1 days)",
        "sequence([purchased], [rated] without [viewed])",
    ] {
        let segment = Segment::new("undisturbed", condition.parse().unwrap());
        let engine = Engine::builder().segment(segment).build().unwrap();
        taken(engine.record(noon(), everything("ana", noon())));
        taken(engine.record(noon(), Event::purchased("ana", noon())));
        let rated = noon() + hours(2);
        taken(engine.record(rated, Event::did("ana", rated, Kind::Rated)));
        assert_eq!(engine.advance(noon() + hours(48)).unwrap().len(), 1, "{condition}");
        let late = noon() + hours(49);
        taken(engine.record(late, Event::viewed("ana", noon() + hours(1))));
        let changes = engine.advance(late).unwrap();
        let left: Vec<_> = changes.iter().map(|change| (change.at, change.entered)).collect();
        assert_eq!(left, [(late, false)], "{condition}");
        assert!(engine.segments_of("ana", late).unwrap().is_empty());
    }
}

/// Other segments are looked at from where the last look ended, by whatever clock.
#[test]
fn other_segments_tell_nothing_of_before_the_last_look() {
    let store = Shared::default();
    let build = |name: &str, times: u32| {
        let bought = count(Kind::Purchased).at_least(times);
        let builder = Engine::builder().store(store.clone());
        builder.segment(Segment::new(name, bought)).build().unwrap()
    };
    let engine = build("twice", 2);
    taken(engine.record(noon(), everything("ana", noon())));
    let six = noon() + hours(6);
    taken(engine.record(noon(), Event::purchased("ana", noon())));
    taken(engine.record(six, Event::viewed("ana", six)));
    assert!(engine.advance(six).unwrap().is_empty());
    let engine = build("once", 1);
    assert!(engine.advance(noon() + hours(1)).unwrap().is_empty());
    let changes = engine.advance(noon() + hours(7)).unwrap();
    assert_eq!(changes.iter().map(|change| change.at).collect::<Vec<_>>(), [six]);
}

/// A clock that lags behind the one that told of the consent.
#[test]
fn what_a_late_clock_records_is_looked_at() {
    let bought = count(Kind::Purchased).at_least(1);
    let engine =
        Engine::builder().catalog(items(3)).segment(Segment::new("buyer", bought)).build().unwrap();
    let later = noon() + minutes(2);
    taken(engine.record(later, everything("ana", later)));
    assert!(engine.advance(later).unwrap().is_empty());
    taken(engine.record(noon(), Event::purchased("ana", noon()).item("i1")));
    let changes = engine.advance(later + minutes(1)).unwrap();
    assert_eq!(engine.segments_of("ana", later).unwrap().len(), 1);
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_ne!(engine.statistics().digest(), confidant::Statistics::default().digest());
}
