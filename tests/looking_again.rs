//! Law 3 where it is tightest: after one more behaviour only what it changed is looked at, with
//! answers from before it. Segments of two or three parts that time and behaviours change in
//! turn, late arrivals, long pauses, and two engines over one store: at every step the changes
//! that were told lead to where asking anew leads.
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

use common::dice::Dice;
use common::store::Shared;
use common::{everything, noon, taken};
use confidant::*;

/// Conditions that behaviours, time, or both change.
fn part(dice: &mut Dice, earlier: usize) -> Condition {
    let window = [hours(3), days(2), days(20)][dice.below(3)];
    let kind = [Kind::Viewed, Kind::Purchased, Kind::Complained][dice.below(3)].clone();
    let few = dice.below(3) as u32 + 1;
    match dice.below(14) {
        0 => count(kind).within(window).at_least(few),
        1 => count(kind).at_most(few),
        2 => orders(kind).within(window).exactly(few),
        3 => items(kind).within(window).at_least(few),
        4 => last(kind).longer_ago_than(window),
        5 => last(kind).at_most_ago(window),
        6 => first(kind).longer_ago_than(window),
        7 => first(kind).at_most_ago(window),
        8 => days_since(kind).at_most(few),
        9 => attribute("since").longer_ago_than(window),
        10 => attribute("since").unchanged_for(window),
        11 => sequence([step(Kind::Viewed), step(kind).within(window)]).happened(),
        12 => count([Kind::Viewed, Kind::Complained]).within(window).at_most(few),
        _ if earlier > 0 => in_segment(format!("s{}", dice.below(earlier))),
        _ => stage([Stage::Active, Stage::New]),
    }
}

fn segment(dice: &mut Dice, n: usize) -> Segment {
    let parts: Vec<Condition> = (0..2 + dice.below(2)).map(|_| part(dice, n)).collect();
    let condition = match dice.below(4) {
        0 => any(parts),
        1 => not(all(parts)),
        2 => points(parts.into_iter().zip([2, 1, -1])).at_least(2),
        _ => all(parts),
    };
    Segment::new(format!("s{n}"), condition)
}

/// What happens next, if anything: sometimes it is told late.
fn told(dice: &mut Dice, now: Timestamp) -> Option<Event> {
    let at = if dice.chance(25) { now - hours(dice.below(24 * 12) as u32) } else { now };
    let item = format!("i{}", dice.below(4));
    Some(match dice.below(6) {
        0 | 1 => Event::viewed("ana", at).on(Channel::Web).item(item).into(),
        2 => Event::purchased("ana", at).order(format!("o{}", dice.below(5))).item(item).into(),
        3 => Event::complained("ana", at).on(Channel::Web).into(),
        4 => Event::declared("ana", at).attribute("since", at).into(),
        _ => return None,
    })
}

/// How often an answer was followed to its change, and how often none was there.
fn run(seed: u64) -> usize {
    let dice = &mut Dice::new(seed);
    let (store, mut live, mut changes) = (Shared::default(), BTreeSet::new(), 0);
    let segments: Vec<Segment> = (0..6).map(|n| segment(dice, n)).collect();
    let catalog = || Catalog::new((0..4).map(|n| Item::new(format!("i{n}")))).unwrap();
    let engines = [(); 2].map(|()| {
        let builder = Engine::builder().store(store.clone()).catalog(catalog());
        builder.segments(segments.clone()).build().unwrap()
    });
    let mut now = noon();
    taken(engines[0].record(now, everything("ana", now)));
    for step in 0..60 {
        now = now + [minutes(0), minutes(5), hours(7), days(9)][dice.below(4)];
        // The second takes its turn now and then, so that the first has answers of before.
        let at_work = &engines[usize::from(dice.chance(15))];
        if let Some(event) = told(dice, now) {
            let _ = at_work.record(now, event).unwrap();
        }
        for change in engines.iter().flat_map(|engine| engine.advance(now).unwrap()) {
            changes += 1;
            match change.entered {
                true => live.insert(change.segment),
                false => live.remove(&change.segment),
            };
        }
        let anew: BTreeSet<SegmentId> =
            engines[0].segments_of("ana", now).unwrap().into_iter().collect();
        assert_eq!(live, anew, "seed {seed}, step {step}: {segments:#?}");
    }
    changes
}

#[test]
fn what_was_told_leads_to_where_asking_anew_leads() {
    let worlds = std::env::var("CONFIDANT_WORLDS").map_or(2_000, |n| n.parse().unwrap());
    let changes: usize = (0..worlds).map(run).sum();
    assert!(changes > worlds as usize * 20, "only {changes} changes");
}

/// What keeps a customer out of a segment can cease by time alone, unseen, for something else
/// keeps the customer out as well. It is asked anew when that ceases.
#[test]
fn what_mattered_to_nobody_is_asked_anew_once_it_does() {
    let lapsed =
        all([count(Kind::Viewed).at_least(1), last(Kind::Purchased).longer_ago_than(days(30))]);
    let engine = Engine::builder().segment(Segment::new("back", lapsed)).build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    taken(engine.record(noon(), Event::purchased("ana", noon())));
    assert!(engine.advance(noon()).unwrap().is_empty());
    let later = noon() + days(40);
    taken(engine.record(later, Event::viewed("ana", later).on(Channel::Web)));
    let changes = engine.advance(later).unwrap();
    assert!(changes.len() == 1 && changes[0].entered, "{changes:?}");
}

/// Another engine looked meanwhile: the answers from before are of no use.
#[test]
fn answers_that_another_engine_made_old_are_not_used() {
    let store = Shared::default();
    let bought = all([count(Kind::Purchased).at_least(1), count(Kind::Viewed).at_least(2)]);
    let engine = || {
        let segment = Segment::new("keen", bought.clone());
        Engine::builder().store(store.clone()).segment(segment).build().unwrap()
    };
    let (one, other) = (engine(), engine());
    let view = |n: u32| Event::viewed("ana", noon() + minutes(n)).on(Channel::Web);
    taken(one.record(noon(), everything("ana", noon())));
    taken(one.record(noon(), view(0)));
    assert!(one.advance(noon()).unwrap().is_empty());
    let at = |n: u32| noon() + minutes(n);
    taken(other.record(at(1), Event::purchased("ana", at(1))));
    assert!(other.advance(at(1)).unwrap().is_empty());
    taken(one.record(at(2), view(2)));
    assert_eq!(one.advance(at(2)).unwrap().len(), 1);
}

/// What is told late can be longer ago than all that was known, and so come to an edge sooner.
#[test]
fn what_was_longer_ago_than_known_comes_sooner() {
    let old = Segment::new("old", first(Kind::Viewed).longer_ago_than(days(20)));
    let engine = Engine::builder().segment(old).build().unwrap();
    let day = |n: u32| noon() + days(n);
    let view = |n: u32| Event::viewed("ana", day(n)).on(Channel::Web);
    taken(engine.record(noon(), everything("ana", noon())));
    taken(engine.record(day(10), view(10)));
    assert!(engine.advance(day(10)).unwrap().is_empty());
    taken(engine.record(day(11), view(2)));
    assert!(engine.advance(day(11)).unwrap().is_empty());
    let changes = engine.advance(day(25)).unwrap();
    let sooner = day(22)..day(23);
    assert!(changes.len() == 1 && sooner.contains(&changes[0].at), "{changes:?}");
}
