//! What is learned apart, by engines with customers of their own, merges into what one
//! engine learns from all, bit for bit; and so do the models.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use common::dice::Dice;
use common::host;
use common::told::What;
use common::world::{Size, World};
use confidant::*;
use twin::decide::Host;

struct Story {
    world: World,
    host: Host,
}

impl Story {
    fn new(seed: u64) -> Self {
        let world = World::new(seed, Size { items: 8, customers: 9, events: 25 });
        let mut dice = Dice::new(seed ^ 0x51);
        Self { host: host::random(&mut dice, &world, 6), world }
    }

    /// An engine that was told of some customers, and asked for them now and then.
    fn engine(&self, whose: impl Fn(&str) -> bool) -> Engine {
        let (engine, now) =
            (host::builder(&self.world, &self.host).build().unwrap(), self.world.now());
        for told in self.world.by_time().iter().filter(|told| whose(&told.who)) {
            _ = engine.record(now, told.event()).unwrap();
            if matches!(told.what, What::Chose(_)) {
                let request = Request::new(told.who.as_str(), Channel::Email, now);
                _ = engine.decide(&request).unwrap();
            }
        }
        engine.advance(now).unwrap();
        engine
    }
}

fn merged<'a>(shards: impl IntoIterator<Item = &'a Vec<u8>>) -> Statistics {
    let mut merged = Statistics::default();
    for bytes in shards {
        merged.merge(&Statistics::from_bytes(bytes).unwrap());
    }
    merged
}

#[test]
fn shards_merge_into_one_pass() {
    let mut learned = 0;
    for seed in 0..60 {
        let story = Story::new(seed);
        let dice = &mut Dice::new(seed ^ 0xd1ce);
        let n = 1 + dice.below(4);
        let place: Vec<usize> = story.world.customers.iter().map(|_| dice.below(n)).collect();
        let of = |who: &str| place[story.world.customers.iter().position(|c| c == who).unwrap()];
        let mut shards: Vec<Vec<u8>> = (0..n)
            .map(|shard| story.engine(|who| of(who) == shard).statistics().to_bytes())
            .collect();
        let alone = story.engine(|_| true);
        let one_pass = alone.statistics();
        learned += usize::from(one_pass.digest() != Statistics::default().digest());
        let first = merged(&shards);
        assert_eq!(first.digest(), one_pass.digest(), "seed {seed}");
        assert!(first.to_bytes() == one_pass.to_bytes(), "seed {seed}: other bytes");
        dice.shuffle(&mut shards);
        assert!(merged(&shards).to_bytes() == one_pass.to_bytes(), "seed {seed}: another order");

        let now = story.world.now() + days(1);
        let fleet = host::builder(&story.world, &story.host).build().unwrap();
        fleet.fit_from(&first, now).unwrap();
        alone.fit(now).unwrap();
        assert_eq!(fleet.snapshot().id(), alone.snapshot().id(), "seed {seed}: other models");
        let published = host::builder(&story.world, &story.host).snapshot(&first, now).unwrap();
        assert_eq!(published.id(), alone.snapshot().id(), "seed {seed}: other models");
        let nothing = Statistics::default().digest();
        assert_eq!(fleet.statistics().digest(), nothing, "seed {seed}: it learned itself");
    }
    assert!(learned > 30, "only {learned} worlds taught anything");
}

/// The way to some statistics leaves no trace in their bytes, whoever came and went.
#[test]
fn equal_statistics_have_equal_bytes() {
    for seed in 0..40 {
        let story = Story::new(seed);
        let dice = &mut Dice::new(seed ^ 0xb1);
        let gone = dice.some(40, &story.world.customers);
        let without = story.engine(|who| !gone.iter().any(|gone| gone == who));
        let with = story.engine(|_| true);
        for who in &gone {
            _ = with.erase(who.as_str()).unwrap();
        }
        assert!(with.statistics().to_bytes() == without.statistics().to_bytes(), "seed {seed}");
        let read = Statistics::from_bytes(&with.statistics().to_bytes()).unwrap();
        assert_eq!(read.digest(), without.statistics().digest(), "seed {seed}");
    }
}

/// Statistics that were read go on like those that were written.
#[test]
fn what_was_read_can_be_merged_on() {
    for seed in 0..40 {
        let [some, more] =
            [seed, seed + 500].map(|seed| Story::new(seed).engine(|_| true).statistics());
        let mut direct = some.clone();
        direct.merge(&more);
        let mut read = Statistics::from_bytes(&some.to_bytes()).unwrap();
        read.merge(&more);
        assert!(read.to_bytes() == direct.to_bytes(), "seed {seed}");
        let empty = Statistics::from_bytes(&Statistics::default().to_bytes()).unwrap();
        read.merge(&empty);
        assert!(read.to_bytes() == direct.to_bytes(), "seed {seed}: nothing changes nothing");
    }
}
