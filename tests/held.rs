//! Since when the value of an attribute that counts has done so, found by looking at every
//! instant before.
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
use common::{noon, taken};
use confidant::*;
use twin::attribute::{NAMES, Stated, random, rules};

fn research() -> Purpose {
    Purpose::custom("research")
}

/// An engine that knows of these, for a purpose that looks so far back.
fn engine<'a>(told: impl IntoIterator<Item = &'a Stated>, back: Option<Duration>) -> Engine {
    let mut privacy =
        PrivacyPolicy::new().purpose(research(), Level::Contextual, [DataCategory::Declared]);
    if let Some(back) = back {
        privacy = privacy.looks_back(Purpose::Personalisation, back);
    }
    let engine = Engine::builder().privacy(privacy).attributes(rules()).build().unwrap();
    let chosen = Event::consent("ana", noon() - days(900)).level(Level::OwnHistory);
    let chosen = chosen.allow(Purpose::Personalisation).allow(research());
    let now = noon() + days(90);
    taken(engine.record(now, chosen));
    told.into_iter().for_each(|stated| taken(engine.record(now, stated.event())));
    engine
}

fn view(engine: &Engine, at: i64) -> View {
    engine.view("ana", Purpose::Personalisation, Timestamp::from_millis(at), None).unwrap()
}

fn known(engine: &Engine, name: &str, at: i64) -> Option<Known> {
    view(engine, at).attributes().iter().find(|known| *known.name == *name).cloned()
}

/// Every instant at which something begins or ends to count.
fn edges(told: &[Stated]) -> BTreeSet<i64> {
    told.iter().flat_map(|s| [Some(s.at), s.until]).flatten().collect()
}

/// Since when, by what an engine says that looks back for ever.
fn since(engine: &Engine, edges: &BTreeSet<i64>, name: &str, now: i64, value: &Value) -> i64 {
    let before = edges.range(..=now).rev();
    let same = |at: &&i64| known(engine, name, **at).is_some_and(|known| known.value == *value);
    *before.take_while(same).last().unwrap()
}

#[test]
fn a_value_is_held_since_another_one_counted() {
    let (mut compared, mut longer, mut none) = (0, 0, 0);
    for seed in 0..120 {
        let mut dice = Dice::new(seed ^ 0x4e1d);
        let instants = *dice.pick(&[6, 40]);
        // Few of each attribute, or many.
        let n = *dice.pick(&[12, 40]);
        let told: Vec<Stated> = (0..n).map(|n| random(&mut dice, n, instants)).collect();
        let (engine, edges) = (engine(&told, None), edges(&told));
        for now in edges.iter().flat_map(|edge| [edge - 1, *edge]) {
            for name in NAMES {
                let Some(found) = known(&engine, name, now) else {
                    none += 1;
                    continue;
                };
                let expected = since(&engine, &edges, name, now, &found.value);
                assert_eq!(found.held.as_millis(), expected, "seed {seed}: {name} at {now}");
                compared += 1;
                longer += usize::from(found.held < found.since);
            }
        }
    }
    assert!(compared > 5_000 && longer > 500 && none > 500, "{compared}, {longer}, {none}");
}

/// What is too old to be seen tells nothing of since when, whatever it said.
#[test]
fn a_value_is_held_as_far_as_one_may_look_back() {
    let (mut compared, mut shorter) = (0, 0);
    for seed in 0..60 {
        let mut dice = Dice::new(seed ^ 0x10_0c);
        let back = hours(6 * (1 + dice.below(20)) as u32);
        let told: Vec<Stated> = (0..25).map(|n| random(&mut dice, n, 30)).collect();
        let (looking, endless) = (engine(&told, Some(back)), engine(&told, None));
        let ends = told.iter().map(|s| s.at + back.as_millis() as i64);
        let edges: BTreeSet<i64> = edges(&told).into_iter().chain(ends).collect();
        for now in edges.iter().flat_map(|edge| [edge - 1, *edge]) {
            if !dice.chance(15) {
                continue;
            }
            let seen = |s: &&Stated| s.at + back.as_millis() as i64 > now;
            let young = engine(told.iter().filter(seen), None);
            for name in NAMES {
                let found = known(&looking, name, now);
                let expected = known(&young, name, now);
                assert!(found == expected, "seed {seed}: {name} at {now}");
                let Some(found) = found else { continue };
                compared += 1;
                let ever = known(&endless, name, now).unwrap();
                shorter += usize::from(ever.value == found.value && ever.held < found.held);
            }
        }
    }
    assert!(compared > 1_500 && shorter > 100, "{compared} compared, {shorter} shorter");
}

/// A view says until when it holds: nothing that it shows of attributes is another before.
#[test]
fn a_view_says_when_something_held_changes() {
    let (mut looked, mut moved) = (0, 0);
    for seed in 0..60 {
        let mut dice = Dice::new(seed ^ 0x0e1d);
        let back = hours(6 * (1 + dice.below(20)) as u32);
        let told: Vec<Stated> = (0..25).map(|n| random(&mut dice, n, 30)).collect();
        let engine = engine(&told, Some(back));
        let mut now = noon().as_millis() - 1;
        while now < (noon() + days(30)).as_millis() {
            let at_first = view(&engine, now);
            let until = at_first.usual(days(1), 0).until;
            let until = until.min(noon() + days(30)).as_millis();
            for at in [now + 1, now + (until - now) / 2, until - 1] {
                let then = view(&engine, at.clamp(now, until - 1));
                assert!(then.attributes() == at_first.attributes(), "seed {seed}: {now} to {at}");
                looked += 1;
            }
            moved += usize::from(view(&engine, until).attributes() != at_first.attributes());
            now = until;
        }
    }
    assert!(looked > 3_000 && moved > 500, "{looked} looked, {moved} moved");
}

#[test]
fn some_that_are_known() {
    let hour = |n: u32| noon() + hours(n);
    let said = |n: u32, value: &str| Event::declared("ana", hour(n)).attribute("free", value);
    let seen = |n: u32, value: &str| Event::observed("ana", hour(n)).attribute("free", value);
    // What is told, when it is asked, and since when the value has counted.
    let cases: [(&[Declaration], u32, u32); 7] = [
        (&[said(1, "tea")], 9, 1),
        (&[said(1, "tea"), said(3, "tea")], 9, 1),
        (&[said(1, "tea"), said(3, "jazz")], 9, 3),
        (&[said(1, "tea"), said(3, "jazz"), said(5, "tea")], 9, 5),
        // Another voice says the same while the first is silent no more than an instant.
        (&[seen(1, "tea"), said(2, "tea").until(hour(4))], 9, 1),
        (&[said(1, "tea").until(hour(4)), seen(2, "jazz"), seen(3, "tea")], 9, 1),
        // Silence is a break.
        (&[said(1, "tea").until(hour(4)), said(5, "tea")], 9, 5),
    ];
    for (n, (told, now, since)) in cases.into_iter().enumerate() {
        let engine = engine([], None);
        told.iter().for_each(|said| taken(engine.record(hour(20), said.clone())));
        let known = known(&engine, "free", hour(now).as_millis()).unwrap();
        assert_eq!(known.held, hour(since), "case {n}");
    }
}
