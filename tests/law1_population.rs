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
use world::{Datum, Rng, Stance, builder, categories, euro, moment, name, turn};

const CUSTOMERS: usize = 6;

/// One for each kind of place, and a cluster.
fn engine(seed: u64) -> Engine {
    let bought = || total(Kind::Purchased, euro());
    let style = [
        ("bought", count(Kind::Purchased).into()),
        ("viewed", count(Kind::Viewed).into()),
        ("all", count(Kinds::any()).into()),
    ];
    let not_sick = || not(attribute("allergy").exists());
    builder(seed)
        .clustering(Clustering::by("style", style).clusters(2))
        .ranking(Ranking::by("spend", bought()))
        .ranking(Ranking::by("spend of the healthy", bought()).among(not_sick()))
        .ranking(Ranking::by("spend in town", bought()).per_attribute("city"))
        .ranking(Ranking::by("spend in style", bought()).per_cluster("style"))
        .ranking(Ranking::by("recency", days_since(Kinds::any())).smallest_first())
        .segment(Segment::new("half", ranked("spend").quantile(2, 2)))
        .segment(Segment::new("share", ranked("spend").top_share(0.5)))
        .segment(Segment::new("healthy", ranked("spend of the healthy").over_mean(1.0)))
        .segment(Segment::new("in town", ranked("spend in town").first(1)))
        .segment(Segment::new("in style", ranked("spend in style").under_mean(1.0)))
        .segment(Segment::new("recent", ranked("recency").quantile(3, 3)))
        .segment(Segment::new("like", in_cluster("style", 1)))
        .build()
        .unwrap()
}

struct Pair {
    seed: u64,
    stances: Vec<Stance>,
    common: Vec<Datum>,
    sides: [Vec<Datum>; 2],
}

impl Pair {
    /// Two worlds that differ in data that others may learn from, or may not.
    fn new(seed: u64, open: bool) -> Self {
        let rng = &mut Rng::new(seed ^ 0x1a3);
        let stances: Vec<Stance> = (0..CUSTOMERS).map(|_| Stance::random(rng)).collect();
        let fits = |customer: usize, category: &DataCategory| {
            stances[customer].lets_see(&Purpose::CollaborativeLearning, category) == open
        };
        let mut common = Vec::new();
        let mut sides = [Vec::new(), Vec::new()];
        for customer in 0..CUSTOMERS {
            for n in 0..3 + rng.below(8) {
                let at = moment(rng);
                common.push(Datum::random(rng, format!("k{customer}-{n}"), customer, at));
            }
            for n in 0..6 {
                let asked =
                    [DataCategory::Purchases, DataCategory::Browsing, DataCategory::Declared];
                let all = categories();
                let category = if rng.chance(70) { rng.pick(&asked) } else { rng.pick(&all) };
                let (at, side) = (moment(rng), rng.below(2));
                if fits(customer, &category) {
                    let id = format!("s{customer}-{n}");
                    sides[side].push(Datum::of(rng, &category, id, customer, at));
                }
            }
        }
        Self { seed, stances, common, sides }
    }

    fn tell(&self, side: usize) -> Engine {
        let engine = engine(self.seed);
        let start = turn() - days(90);
        for (customer, stance) in self.stances.iter().enumerate() {
            _ = engine.record(start, stance.chosen(&name(customer), start)).unwrap();
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
}

fn found(engine: &Engine) -> Vec<u8> {
    let mut bytes = engine.survey(turn()).unwrap().to_bytes();
    bytes.extend(serde_json::to_vec(&engine.population().unwrap()).unwrap());
    bytes
}

fn segments(engine: &Engine, customer: usize) -> Vec<SegmentId> {
    engine.segments_of(name(customer), turn()).unwrap()
}

#[test]
fn what_others_may_not_learn_from_moves_no_place() {
    let mut differed = 0;
    for seed in 0..150 {
        let pair = Pair::new(seed, false);
        let sides = [pair.tell(0), pair.tell(1)];
        assert!(found(&sides[0]) == found(&sides[1]), "seed {seed}: {:#?}", pair.sides);
        let concerned = pair.concerned();
        for customer in 0..CUSTOMERS {
            let [a, b] = [0, 1].map(|side| segments(&sides[side], customer));
            if concerned.contains(&customer) {
                differed += usize::from(a != b);
            } else {
                assert_eq!(a, b, "seed {seed}: {customer}");
            }
        }
    }
    assert!(differed > 40, "only {differed} saw their own data: the worlds are too closed");
}

#[test]
fn what_others_may_learn_from_moves_places() {
    let (mut moved, mut others) = (0, 0);
    for seed in 0..80 {
        let pair = Pair::new(seed, true);
        let sides = [pair.tell(0), pair.tell(1)];
        moved += usize::from(found(&sides[0]) != found(&sides[1]));
        let concerned = pair.concerned();
        let apart = |c: &usize| segments(&sides[0], *c) != segments(&sides[1], *c);
        others += usize::from((0..CUSTOMERS).filter(|c| !concerned.contains(c)).any(|c| apart(&c)));
    }
    println!("of 80 pairs {moved} have other places, and others are elsewhere in {others}");
    assert!(moved > 48 && others > 4);
}
