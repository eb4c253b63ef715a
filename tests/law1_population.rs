//! Law 1 for what is found about everybody: two worlds that differ only in data that their
//! customers do not let others learn from have the same places and clusters, bit for bit, and
//! nobody else is in another segment. And where others may learn from it, it shows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod world;

use std::collections::BTreeSet;

use confidant::*;
use world::life::Lapses;
use world::places::with_places;
use world::{Datum, Rng, Stance, builder_with, categories, moment, name, privacy, purposes, turn};

const CUSTOMERS: usize = 6;

fn engine(seed: u64, lapses: &Lapses) -> Engine {
    with_places(builder_with(seed, lapses.said_in(privacy()))).build().unwrap()
}

/// When places are found, and when they are asked for once more: some consents end in
/// between.
const LATER: u32 = 5;

fn later() -> Timestamp {
    turn() + days(LATER)
}

/// In what two worlds differ: in data that others may learn from until when.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Open {
    Never,
    /// At the turn, and no more when it is asked later.
    Fleeting,
    Always,
}

struct Pair {
    seed: u64,
    lapses: Lapses,
    stances: Vec<Stance>,
    common: Vec<Datum>,
    sides: [Vec<Datum>; 2],
}

impl Pair {
    /// Two worlds that differ in data that others may learn from, or may not.
    fn new(seed: u64, open: Open) -> Self {
        let rng = &mut Rng::new(seed ^ 0x1a3);
        let lapses = match open {
            Open::Fleeting => that_end(rng),
            Open::Never if seed % 2 == 1 => that_end(rng),
            _ => Lapses::random(rng),
        };
        let stances: Vec<Stance> = (0..CUSTOMERS).map(|_| Stance::random(rng)).collect();
        let (common, sides) = Default::default();
        let mut pair = Self { seed, lapses, stances, common, sides };
        for customer in 0..CUSTOMERS {
            for n in 0..3 + rng.below(8) {
                let at = moment(rng);
                pair.common.push(Datum::random(rng, format!("k{customer}-{n}"), customer, at));
            }
            for n in 0..6 {
                let asked =
                    [DataCategory::Purchases, DataCategory::Browsing, DataCategory::Declared];
                let all = categories();
                let category = if rng.chance(70) { rng.pick(&asked) } else { rng.pick(&all) };
                let (at, side) = (moment(rng), rng.below(2));
                let one = Datum::of(rng, &category, format!("s{customer}-{n}"), customer, at);
                let is = [turn(), later()].map(|now| pair.lets_learn(&one, now));
                let fits = match open {
                    Open::Never => is == [false, false],
                    Open::Fleeting => is == [true, false],
                    Open::Always => is == [true, true],
                };
                if fits {
                    pair.sides[side].push(one);
                }
            }
        }
        pair
    }

    /// Whether others may learn from something at an instant.
    fn lets_learn(&self, one: &Datum, now: Timestamp) -> bool {
        let (of, category) = (Purpose::CollaborativeLearning, one.category());
        self.lets(one.customer, &of, now)
            && self.stances[one.customer].lets_see(&of, &category)
            && !self.lapses.gone(&category, one.at, now)
    }

    /// Whether a consent to a purpose that was given at the start still holds.
    fn lets(&self, customer: usize, purpose: &Purpose, now: Timestamp) -> bool {
        let any = categories().iter().any(|it| self.stances[customer].lets_see(purpose, it));
        any && !self.lapses.ended(purpose, start(), now)
    }

    /// Of how many customers a consent ends between the turn and later.
    fn ending(&self) -> usize {
        let ends = |customer: usize, of: &Purpose| {
            self.lets(customer, of, turn()) && !self.lets(customer, of, later())
        };
        (0..CUSTOMERS).filter(|c| purposes().iter().any(|of| ends(*c, of))).count()
    }

    fn tell(&self, side: usize) -> Engine {
        let engine = engine(self.seed, &self.lapses);
        for (customer, stance) in self.stances.iter().enumerate() {
            _ = engine.record(start(), stance.chosen(&name(customer), start())).unwrap();
        }
        let mut data: Vec<&Datum> = self.common.iter().chain(&self.sides[side]).collect();
        data.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        data.iter().for_each(|one| _ = engine.record(one.at, one.event()).unwrap());
        _ = engine.refresh(turn()).unwrap();
        engine
    }

    /// Whose data differ.
    fn concerned(&self) -> BTreeSet<usize> {
        self.sides.iter().flatten().map(|one| one.customer).collect()
    }

    /// Nobody whose own data are the same is elsewhere in one of the worlds; in how many
    /// cases somebody else is.
    fn compare(&self, sides: &[Engine; 2], now: Timestamp) -> usize {
        let (mut differed, concerned) = (0, self.concerned());
        for customer in 0..CUSTOMERS {
            let [a, b] = [0, 1].map(|side| segments(&sides[side], customer, now));
            if concerned.contains(&customer) {
                differed += usize::from(a != b);
            } else {
                assert_eq!(a, b, "seed {}: {customer} at {now}", self.seed);
            }
        }
        differed
    }
}

/// When everybody makes their choice.
fn start() -> Timestamp {
    turn() - days(90)
}

/// Some by which others may learn from nothing any more that they may learn from at the turn.
fn that_end(rng: &mut Rng) -> Lapses {
    loop {
        let lapses = Lapses::random(rng);
        let ended = |now| lapses.ended(&Purpose::CollaborativeLearning, start(), now);
        if !ended(turn()) && ended(later()) {
            return lapses;
        }
    }
}

fn found(engine: &Engine, now: Timestamp) -> Vec<u8> {
    let mut bytes = engine.survey(now).unwrap().to_bytes();
    bytes.extend(serde_json::to_vec(&engine.population().unwrap()).unwrap());
    bytes
}

fn segments(engine: &Engine, customer: usize, now: Timestamp) -> Vec<SegmentId> {
    engine.segments_of(name(customer), now).unwrap()
}

#[test]
fn what_others_may_not_learn_from_moves_no_place() {
    let (mut differed, mut ending) = (0, 0);
    for seed in 0..150 {
        let pair = Pair::new(seed, Open::Never);
        let sides = [pair.tell(0), pair.tell(1)];
        let same = |now| {
            let [a, b] = [0, 1].map(|side| found(&sides[side], now));
            assert!(a == b, "seed {seed} at {now}: {:#?}", pair.sides);
        };
        same(turn());
        differed += pair.compare(&sides, turn());
        // Consents have ended since, and places stand as they were found.
        same(later());
        differed += pair.compare(&sides, later());
        for side in &sides {
            _ = side.refresh(later()).unwrap();
        }
        same(later());
        differed += pair.compare(&sides, later());
        ending += pair.ending();
    }
    println!("{differed} saw their own data; {ending} consents ended by themselves");
    assert!(differed > 80, "only {differed} saw their own data: the worlds are too closed");
    assert!(ending > 60, "only {ending} consents ended by themselves");
}

/// What others could learn from when places were found, and cannot any more, is in no place
/// that is found anew.
#[test]
fn what_ended_by_itself_moves_no_place_any_more() {
    let (mut moved, mut ending) = (0, 0);
    for seed in 0..80 {
        let pair = Pair::new(seed, Open::Fleeting);
        let sides = [pair.tell(0), pair.tell(1)];
        moved += usize::from(found(&sides[0], turn()) != found(&sides[1], turn()));
        let asked = [0, 1].map(|side| sides[side].survey(later()).unwrap().to_bytes());
        assert!(asked[0] == asked[1], "seed {seed}: {:#?}", pair.sides);
        for side in &sides {
            _ = side.refresh(later()).unwrap();
        }
        assert!(found(&sides[0], later()) == found(&sides[1], later()), "seed {seed}");
        pair.compare(&sides, later());
        ending += pair.ending();
    }
    println!("of 80 pairs {moved} had other places; {ending} consents ended by themselves");
    assert!(moved > 40 && ending > 80, "{moved} {ending}");
}

#[test]
fn what_others_may_learn_from_moves_places() {
    let (mut moved, mut others) = (0, 0);
    for seed in 0..80 {
        let pair = Pair::new(seed, Open::Always);
        let sides = [pair.tell(0), pair.tell(1)];
        moved += usize::from(found(&sides[0], turn()) != found(&sides[1], turn()));
        let concerned = pair.concerned();
        let segments = |side: usize, customer: usize| segments(&sides[side], customer, turn());
        let apart = |c: &usize| segments(0, *c) != segments(1, *c);
        others += usize::from((0..CUSTOMERS).filter(|c| !concerned.contains(c)).any(|c| apart(&c)));
    }
    println!("of 80 pairs {moved} have other places, and others are elsewhere in {others}");
    assert!(moved > 40 && others > 4);
}
