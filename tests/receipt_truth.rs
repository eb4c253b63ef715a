//! A receipt is true. Scrambling every category that it does not list as used changes
//! nothing; each category that receipts list changes an answer in some world; and the
//! selection probability is the frequency with which the policy chooses so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod world;

use std::collections::{BTreeMap, BTreeSet};

use confidant::*;
use world::{Datum, Rng, Stance, builder, categories, moment, name, turn, visit};

const CUSTOMER: usize = 0;

struct Setting {
    seed: u64,
    stance: Stance,
    data: Vec<Datum>,
    taught: Vec<Datum>,
}

impl Setting {
    fn new(seed: u64) -> Self {
        let rng = &mut Rng::new(seed ^ 0x7417);
        let stance = match rng.chance(60) {
            true => Stance::open(),
            false => Stance::random(rng),
        };
        let mut told = |customer: usize, most: usize| -> Vec<Datum> {
            let datum = |n| (format!("{customer}-{n}"), moment(rng));
            let moments: Vec<_> = (0..most).map(datum).collect();
            let told = moments.into_iter();
            told.map(|(id, at)| Datum::random(rng, id, customer, at)).collect()
        };
        Self { seed, stance, data: told(CUSTOMER, 16), taught: [told(1, 14), told(2, 14)].concat() }
    }

    /// The world in which the customer's data are these.
    fn world(&self, data: &[Datum]) -> Engine {
        let engine = builder(self.seed).build().unwrap();
        let tell = |event: Event| {
            let _ = engine.record(turn(), event).unwrap();
        };
        let start = turn() - days(95);
        (1..=2).for_each(|teacher| tell(Stance::open().chosen(&name(teacher), start)));
        self.taught.iter().for_each(|datum| tell(datum.event()));
        engine.advance(turn()).unwrap();
        engine.fit(turn()).unwrap();
        tell(self.stance.chosen(&name(CUSTOMER), start));
        data.iter().for_each(|datum| tell(datum.event()));
        // Essential facts, and a contact.
        let no = Event::outcome(name(CUSTOMER), turn() - days(2), "b-club", Reply::Declined);
        if self.seed.is_multiple_of(3) {
            tell(no.on(Channel::Email).id("no").into());
        }
        let before = Request::new(name(CUSTOMER), Channel::Email, turn() - days(90));
        engine.decide(&before).unwrap();
        engine
    }

    fn requests(&self) -> Vec<Request> {
        let now = turn() + minutes(5);
        let visit = visit(&mut Rng::new(self.seed));
        [Channel::Web, Channel::Email]
            .map(|channel| Request::new(name(CUSTOMER), channel, now).seed(self.seed))
            .into_iter()
            .flat_map(|request| [request.clone(), request.during(visit.clone())])
            .collect()
    }
}

/// The data with everything of some categories replaced, removed, or added to.
fn scrambled(data: &[Datum], of: &BTreeSet<DataCategory>, rng: &mut Rng) -> Vec<Datum> {
    let mut changed = Vec::new();
    for datum in data {
        if !of.contains(&datum.category()) {
            changed.push(datum.clone());
        } else if rng.chance(60) {
            let id = datum.id.clone();
            let at = moment(rng);
            changed.push(Datum::of(rng, &datum.category(), id, CUSTOMER, at));
        }
    }
    for category in of {
        if rng.chance(60) {
            let (id, at) = (format!("more {}", category.name()), moment(rng));
            changed.push(Datum::of(rng, category, id, CUSTOMER, at));
        }
    }
    changed
}

/// The categories in the order of their names, so that a seed is a seed.
fn unlisted(decision: &Decision) -> BTreeSet<DataCategory> {
    let used = decision.receipt().used();
    categories().into_iter().filter(|category| !used.contains(category)).collect()
}

#[test]
fn what_a_receipt_does_not_list_was_not_used() {
    let (mut held, mut changed) = (0, 0);
    for seed in 0..350 {
        let setting = Setting::new(seed);
        let rng = &mut Rng::new(seed ^ 0x5c2a);
        let world = setting.world(&setting.data);
        for request in setting.requests() {
            let decision = world.preview(&request).unwrap();
            let unlisted = unlisted(&decision);
            let other = scrambled(&setting.data, &unlisted, rng);
            changed += usize::from(other != setting.data);
            let again = setting.world(&other).preview(&request).unwrap();
            assert_eq!(
                decision.to_bytes(),
                again.to_bytes(),
                "seed {seed}: {request:?} lists {:?}\n{decision:#?}\n{again:#?}",
                decision.receipt().used()
            );
            held += 1;
        }
    }
    println!("{held} receipts, {changed} with something scrambled");
    assert!(changed * 2 > held);
}

#[test]
fn the_visit_was_not_used_where_the_receipt_says_so() {
    let mut held = 0;
    for seed in 0..500 {
        let setting = Setting::new(seed);
        let world = setting.world(&setting.data);
        let now = turn() + minutes(5);
        let asked = Request::new(name(CUSTOMER), Channel::Web, now).seed(seed);
        let visits = [1, 2].map(|n| visit(&mut Rng::new(seed ^ (n << 40))));
        let [a, b] = visits.map(|visit| world.preview(&asked.clone().during(visit)).unwrap());
        if !a.receipt().used_visit() {
            assert_eq!(a.to_bytes(), b.to_bytes(), "seed {seed}\n{a:#?}\n{b:#?}");
            held += 1;
        }
    }
    assert!(held > 10, "{held}");
}

/// No over-claiming: without a listed category some answer is another one.
#[test]
fn every_category_that_receipts_list_matters_somewhere() {
    let (mut listed, mut matters) = (BTreeSet::new(), BTreeSet::new());
    let (mut visit_listed, mut visit_matters) = (false, false);
    for seed in 0..500 {
        let setting = Setting::new(seed);
        let world = setting.world(&setting.data);
        for request in setting.requests() {
            let decision = world.preview(&request).unwrap();
            for category in decision.receipt().used() {
                let personal = Purpose::Personalisation;
                assert!(setting.stance.lets_see(&personal, category), "seed {seed}: {category}");
                listed.insert(category.clone());
                if matters.contains(category) {
                    continue;
                }
                let without: Vec<Datum> = setting
                    .data
                    .iter()
                    .filter(|datum| datum.category() != *category)
                    .cloned()
                    .collect();
                let again = setting.world(&without).preview(&request).unwrap();
                if again.to_bytes() != decision.to_bytes() {
                    matters.insert(category.clone());
                }
            }
            if decision.receipt().used_visit() && !visit_matters {
                visit_listed = true;
                let other = request.clone().during(Session::new().set("weather", "fog"));
                visit_matters = world.preview(&other).unwrap().choice() != decision.choice();
            }
        }
    }
    println!("listed: {listed:?}");
    assert_eq!(listed, matters);
    assert_eq!(listed.len(), categories().len(), "{listed:?}");
    assert!(visit_listed && visit_matters);
}

/// The words for the customer name what the receipt lists.
#[test]
fn the_words_say_what_was_used() {
    for seed in 0..100 {
        let setting = Setting::new(seed);
        let world = setting.world(&setting.data);
        for request in setting.requests() {
            let decision = world.preview(&request).unwrap();
            let (receipt, words) = (decision.receipt(), decision.receipt().explain());
            for category in receipt.used().iter().chain(receipt.not_allowed()) {
                assert!(words.contains(&category.to_string()), "seed {seed}: {words}");
            }
            let nothing = receipt.used().is_empty() && !receipt.used_visit();
            assert_eq!(
                nothing,
                words.contains("We looked at nothing about you"),
                "seed {seed}: {words}"
            );
        }
    }
}

/// Over many seeds each choice comes as often as its probability says: within four
/// standard deviations, and half a per cent for what is rare.
#[test]
fn the_selection_probability_is_the_frequency() {
    const SEEDS: u64 = 4000;
    for (world_seed, exploration) in [(1, 0.3), (2, 1.0), (3, 0.05), (4, 0.0)] {
        let setting = Setting::new(world_seed);
        let engine = builder(world_seed).exploration(exploration).build().unwrap();
        let choice = setting.stance.chosen(&name(CUSTOMER), turn() - days(95));
        let _ = engine.record(turn(), choice).unwrap();
        for datum in &setting.data {
            let _ = engine.record(turn(), datum.event()).unwrap();
        }
        let request = Request::new(name(CUSTOMER), Channel::Web, turn() + hours(1));
        let mut counted: BTreeMap<Option<String>, (u64, BTreeSet<u64>)> = BTreeMap::new();
        for seed in 0..SEEDS {
            let decision = engine.preview(&request.clone().seed(seed)).unwrap();
            let action = decision.action().map(ToString::to_string);
            let count = counted.entry(action).or_default();
            count.0 += 1;
            count.1.insert(decision.receipt().selection_probability().to_bits());
        }
        let mut sum = 0.0;
        for (action, (times, stated)) in &counted {
            assert_eq!(stated.len(), 1, "one action, one probability: {action:?}");
            let stated = f64::from_bits(*stated.first().unwrap());
            assert!((0.0..=1.0).contains(&stated));
            sum += stated;
            let found = *times as f64 / SEEDS as f64;
            let deviation = (stated * (1.0 - stated) / SEEDS as f64).sqrt();
            assert!(
                (found - stated).abs() <= 4.0 * deviation + 0.005,
                "{action:?}: stated {stated}, found {found}"
            );
        }
        println!("exploration {exploration}: {} actions", counted.len());
        assert!((sum - 1.0).abs() < 1e-9, "exploration {exploration}: {sum}");
        assert_eq!(counted.len() > 1, exploration > 0.0);
    }
}

/// A batch leaves nothing to chance, and says so.
#[test]
fn a_batch_is_certain() {
    let setting = Setting::new(5);
    let world = setting.world(&setting.data);
    for decision in world.decide_all(&setting.requests()).unwrap() {
        assert_eq!(decision.unwrap().receipt().selection_probability(), 1.0);
    }
}
