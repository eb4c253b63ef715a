//! TIFU-kNN and the blend against their twins, and at their edges.

use super::model::Stored;
use super::twin::{self, Customer, Plain};
use super::*;
use crate::numeric::Draws;
use crate::recommend::{Query, Ranked};

fn all(_: u32) -> bool {
    true
}

fn slices(customer: &Customer) -> impl ExactSizeIterator<Item = &[u32]> {
    customer.iter().map(Vec::as_slice)
}

fn histories(customers: &[Customer]) -> Histories {
    let mut histories = Histories::default();
    for customer in customers {
        histories.push(customer.iter().map(|basket| basket.iter().copied()));
    }
    histories
}

fn params(plain: &Plain) -> TifuKnn {
    TifuKnn::params()
        .groups(plain.groups as u32)
        .within(plain.within)
        .between(plain.between)
        .neighbours(plain.neighbours as u32)
        .alpha(plain.alpha)
}

/// A customer with a taste: a few baskets of few items, often the same.
fn customer(draws: &mut Draws, items: usize) -> Customer {
    let taste = draws.below(items);
    let width = 1 + draws.below(4);
    let mut basket = || -> Vec<u32> {
        (0..draws.below(5))
            .map(|_| {
                let far = if draws.below(4) == 0 { items } else { width };
                ((taste + draws.below(far)) % items) as u32
            })
            .collect()
    };
    let first = basket();
    let mut baskets = vec![first];
    for _ in 0..taste % 5 * 3 {
        baskets.push(basket());
    }
    baskets
}

struct World {
    items: usize,
    plain: Plain,
    customers: Vec<Customer>,
}

fn world(seed: u64) -> World {
    let mut draws = Draws::new(seed, &[b"baskets"]);
    let items = 2 + draws.below(11);
    let of = |draws: &mut Draws, from: &[f64]| from[draws.below(from.len())];
    let plain = Plain {
        groups: 1 + draws.below(8),
        within: of(&mut draws, &[0.5, 0.9, 1.0]),
        between: of(&mut draws, &[0.3, 0.7, 1.0]),
        neighbours: 1 + draws.below(12),
        alpha: of(&mut draws, &[0.0, 0.2, 0.4, 0.7, 1.0]),
    };
    let customers = (0..draws.below(40)).map(|_| customer(&mut draws, items)).collect();
    World { items, plain, customers }
}

fn asked(n: usize, keep: &dyn Fn(u32) -> bool) -> Query<'_> {
    Query { n, keep, why: true }
}

/// The answer that the scores of a twin lead to, with its reasons.
fn answer(
    scores: &[f64],
    n: usize,
    keep: impl Fn(u32) -> bool,
    because: impl Fn(u32) -> Vec<u32>,
) -> Vec<Ranked> {
    let scored = (0u32..).zip(scores.iter().copied());
    let mut ranked: Vec<(u32, f64)> = scored.filter(|(i, s)| *s > 0.0 && keep(*i)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let named = |(item, score): (u32, f64)| Ranked { item, score, because: because(item) };
    ranked.into_iter().take(n).map(named).collect()
}

/// The same scores, place by place, and the same item wherever no other scores the same.
fn assert_alike(ours: &[Ranked], theirs: &[Ranked], scores: &[f64], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (our, their) in ours.iter().zip(theirs) {
        assert!((our.score - their.score).abs() <= 1e-12, "{what}: {our:?} {their:?}");
        assert!((our.score - scores[our.item as usize]).abs() <= 1e-12, "{what}: {our:?}");
        let same = scores.iter().filter(|score| (**score - their.score).abs() <= 1e-12).count();
        if same == 1 {
            assert_eq!(our.item, their.item, "{what}");
            assert_eq!(our.because, their.because, "{what}: item {}", our.item);
        }
    }
}

#[test]
fn every_score_is_the_twins() {
    let mut scratch = Scratch::default();
    for seed in 0..400 {
        let World { items, plain, customers } = world(seed);
        let model = params(&plain).fit(&histories(&customers), items as u32, 1);
        let mut draws = Draws::new(seed, &[b"who asks"]);
        let stranger = customer(&mut draws, items);
        for (who, asks) in customers.iter().take(6).chain([&stranger]).enumerate() {
            let (scores, near) = twin::scores(&plain, items, &customers, asks);
            let because = |item| twin::because(&plain, items, &near, asks, item);
            let left_out = draws.below(items) as u32;
            for n in [1, 2, 5, 10_000_000] {
                let what = format!("seed {seed}, customer {who}, n {n}");
                let ours = model.rank(slices(asks), &asked(n, &all), &mut scratch);
                assert_alike(&ours, &answer(&scores, n, all, because), &scores, &what);
                let keep = |item| item != left_out;
                let ours = model.rank(slices(asks), &asked(n, &keep), &mut scratch);
                assert!(ours.iter().all(|ranked| ranked.item != left_out), "{what}");
                assert_alike(&ours, &answer(&scores, n, keep, because), &scores, &what);
            }
        }
    }
}

/// Ties break by number, exactly; and an answer of few is the beginning of one of all.
#[test]
fn few_are_the_first_of_all() {
    let mut scratch = Scratch::default();
    for seed in 0..300 {
        let World { items, plain, customers } = world(seed);
        let model = params(&plain).fit(&histories(&customers), items as u32, 1);
        let blend = NextBasket::params().tifu(params(&plain));
        let blend = blend.fit(&histories(&customers), items as u32, 1);
        for asks in customers.iter().take(8) {
            let every = model.rank(slices(asks), &asked(usize::MAX, &all), &mut scratch);
            let order =
                |a: &Ranked, b: &Ranked| a.score > b.score || a.score == b.score && a.item < b.item;
            assert!(every.is_sorted_by(order), "seed {seed}");
            let blended = blend.rank(slices(asks), &asked(usize::MAX, &all), &mut scratch);
            assert!(blended.is_sorted_by(order), "seed {seed}");
            for n in 0..6 {
                let few = model.rank(slices(asks), &asked(n, &all), &mut scratch);
                assert_eq!(few, every[..n.min(every.len())], "seed {seed}, n {n}");
                let few = blend.rank(slices(asks), &asked(n, &all), &mut scratch);
                assert_eq!(few, blended[..n.min(blended.len())], "seed {seed}, n {n}");
            }
        }
    }
}

#[test]
fn the_blend_is_the_twins_sum() {
    let mut scratch = Scratch::default();
    for seed in 0..300 {
        let World { items, plain, customers } = world(seed);
        let weight = [0.0, 0.4, 3.0][seed as usize % 3];
        let model = NextBasket::params().tifu(params(&plain)).weight(weight);
        let model = model.fit(&histories(&customers), items as u32, 1);
        for (who, asks) in customers.iter().take(6).enumerate() {
            let (mut scores, near) = twin::scores(&plain, items, &customers, asks);
            for item in asks.iter().flatten().collect::<std::collections::BTreeSet<_>>() {
                let likely = twin::likely(items, &customers, asks, *item);
                assert!(likely > 0.0 && likely <= 1.0);
                scores[*item as usize] += weight * likely;
            }
            let because = |item| twin::because(&plain, items, &near, asks, item);
            for n in [1, 3, 10_000_000] {
                let what = format!("seed {seed}, customer {who}, n {n}");
                let ours = model.rank(slices(asks), &asked(n, &all), &mut scratch);
                assert_alike(&ours, &answer(&scores, n, all, because), &scores, &what);
            }
        }
    }
}

/// What rounding does to a weight of the paper's.
#[test]
fn weights_are_the_papers_but_for_rounding() {
    for seed in 0..200 {
        let World { items, plain, customers } = world(seed);
        for customer in &customers {
            let exact = twin::exact(&plain, items, customer);
            let bought = bought::Bought::new(items as u32, slices(customer));
            let vector = vector::vector(&params(&plain), &bought);
            for (item, exact) in (0u32..).zip(&exact) {
                let ours = vector.iter().find(|(other, _)| *other == item);
                let ours = ours.map_or(0.0, |(_, w)| f64::from(*w) / f64::from(vector::ONE));
                assert!((ours - exact).abs() <= 0.5000001 / f64::from(vector::ONE));
            }
        }
    }
}

fn stored(model: &Tifu) -> Stored {
    Stored::from(model.clone())
}

/// Forgetting: bit for bit the model, and the answers, that there would have been without;
/// and whoever is learned later might have been there from the start.
#[test]
fn who_is_forgotten_was_never_there() {
    let mut scratch = Scratch::default();
    for seed in 0..300 {
        let World { items, plain, customers } = world(seed);
        let mut draws = Draws::new(seed, &[b"who goes"]);
        let (tifu, blend) = (params(&plain), NextBasket::params().tifu(params(&plain)));
        let fit = |of: &[Customer]| blend.fit(&histories(of), items as u32, 1);
        let mut model = tifu.fit(&histories(&customers), items as u32, 1);
        let mut blended = fit(&customers);
        let mut left = customers.clone();
        for _ in 0..customers.len().min(6) {
            let gone = left.remove(draws.below(left.len()));
            let known = gone.iter().any(|basket| !basket.is_empty());
            assert_eq!(model.remove(slices(&gone)), known);
            assert_eq!(blended.remove(slices(&gone)), known);
            if draws.below(3) == 0 {
                let new = customer(&mut draws, items);
                model.add(slices(&new));
                blended.add(slices(&new));
                left.push(new);
            }
            let without = tifu.fit(&histories(&left), items as u32, 1);
            assert_eq!(stored(&model), stored(&without), "seed {seed}");
            let without_blend = fit(&left);
            for asks in [&gone].into_iter().chain(left.iter().take(4)) {
                for n in [2, 100] {
                    let ours = model.rank(slices(asks), &asked(n, &all), &mut scratch);
                    let theirs = without.rank(slices(asks), &asked(n, &all), &mut scratch);
                    assert_eq!(ours, theirs, "seed {seed}");
                    let ours = blended.rank(slices(asks), &asked(n, &all), &mut scratch);
                    let theirs = without_blend.rank(slices(asks), &asked(n, &all), &mut scratch);
                    assert_eq!(ours, theirs, "seed {seed}");
                }
            }
        }
    }
}

#[test]
fn who_was_never_learned_is_not_forgotten() {
    let customers = vec![vec![vec![0, 1]], vec![vec![1]], vec![vec![0, 1]]];
    let fit = || TifuKnn::params().fit(&histories(&customers), 3, 1);
    let mut model = fit();
    assert!(!model.remove(slices(&vec![vec![0]])));
    assert!(!model.remove(slices(&vec![])));
    assert_eq!(stored(&model), stored(&fit()));
    // Of two with the same baskets one stays.
    assert!(model.remove(slices(&customers[0])));
    assert!(model.remove(slices(&customers[0])));
    assert!(!model.remove(slices(&customers[0])));
    assert_eq!(stored(&model), stored(&TifuKnn::params().fit(&histories(&customers[1..2]), 3, 1)));
}

#[test]
fn any_number_of_threads_and_any_order_give_the_same() {
    let mut scratch = Scratch::default();
    for seed in 0..60 {
        let World { items, plain, customers } = world(seed);
        let fit = |of: &[Customer], threads| {
            NextBasket::params().tifu(params(&plain)).fit(&histories(of), items as u32, threads)
        };
        let one = fit(&customers, 1);
        let turned: Vec<Customer> = customers.iter().rev().cloned().collect();
        for other in [fit(&customers, 2), fit(&customers, 7), fit(&customers, 0), fit(&turned, 3)] {
            for asks in &customers {
                let ours = one.rank(slices(asks), &asked(50, &all), &mut scratch);
                assert_eq!(
                    ours,
                    other.rank(slices(asks), &asked(50, &all), &mut scratch),
                    "seed {seed}"
                );
            }
        }
    }
}

#[test]
fn a_model_comes_back_as_it_was_stored() {
    let mut scratch = Scratch::default();
    for seed in 0..40 {
        let World { items, plain, customers } = world(seed);
        let model = NextBasket::params().tifu(params(&plain));
        let model = model.fit(&histories(&customers), items as u32, 1);
        let text = serde_json::to_string(&model).unwrap();
        let read: Blend = serde_json::from_str(&text).unwrap();
        for asks in &customers {
            let ours = model.rank(slices(asks), &asked(50, &all), &mut scratch);
            assert_eq!(
                ours,
                read.rank(slices(asks), &asked(50, &all), &mut scratch),
                "seed {seed}"
            );
        }
    }
    let customers = vec![vec![vec![0, 1], vec![1]]];
    let model = TifuKnn::params().fit(&histories(&customers), 2, 1);
    let text = serde_json::to_string(&model).unwrap();
    let wrong = [
        (r#""items":2"#, r#""items":1"#),
        (r#""groups":7"#, r#""groups":0"#),
        (r#""alpha":0.4"#, r#""alpha":7.0"#),
        ("[1,", "[0,"),
        ("[[[1,", "[[[1,0],[1,"),
        ("[[[1,", "[[],[[1,"),
    ];
    assert!(serde_json::from_str::<Tifu>(&text).is_ok());
    for (from, to) in wrong {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert!(serde_json::from_str::<Tifu>(&changed).is_err(), "{changed}");
    }
}

#[test]
fn at_the_edges() {
    let mut scratch = Scratch::default();
    let mut rank = |customers: &[Customer], items: u32, asks: &Customer, n: usize| {
        let tifu = TifuKnn::params().fit(&histories(customers), items, 2);
        let ranked = tifu.rank(slices(asks), &asked(n, &all), &mut scratch);
        let blend = NextBasket::params().fit(&histories(customers), items, 2);
        let blended = blend.rank(slices(asks), &asked(n, &all), &mut scratch);
        assert_eq!(ranked.len(), blended.len());
        assert!(tifu.rank(slices(asks), &asked(n, &|_| false), &mut scratch).is_empty());
        assert!(blend.rank(slices(asks), &asked(n, &|_| false), &mut scratch).is_empty());
        let parts = ranked.into_iter().map(|ranked| (ranked.item, ranked.score, ranked.because));
        parts.collect::<Vec<_>>()
    };
    let nothing: Vec<(u32, f64, Vec<u32>)> = Vec::new();
    let one = vec![vec![0]];
    let alone = || vec![one.clone()];
    // Nobody, nothing, nothing asked for, nobody who asks.
    assert_eq!(rank(&[], 0, &vec![], 10), nothing);
    assert_eq!(rank(&[], 0, &one, 10), nothing);
    assert_eq!(rank(&alone(), 1, &vec![], 10), nothing);
    assert_eq!(rank(&alone(), 1, &vec![vec![], vec![]], 10), nothing);
    assert_eq!(rank(&alone(), 1, &one, 0), nothing);
    // Alone with an item; then with themselves for a neighbour.
    assert_eq!(rank(&[], 1, &one, 10), [(0, 0.4, vec![0])]);
    assert_eq!(rank(&alone(), 1, &one, 10_000_000), [(0, 1.0, vec![0])]);
    // Items that left the catalogue, on either side.
    assert_eq!(
        rank(&[vec![vec![7, u32::MAX]]], 1, &vec![vec![0, 7, u32::MAX]], 10),
        [(0, 0.4, vec![0])]
    );
    assert_eq!(rank(&alone(), 1, &vec![vec![7]], 10), nothing);
    // A line told twice counts once.
    let twice = vec![vec![0, 0, 0], vec![1, 0, 1]];
    let once = vec![vec![0], vec![0, 1]];
    let told_once = rank(std::slice::from_ref(&once), 2, &once, 10);
    assert_eq!(rank(std::slice::from_ref(&twice), 2, &twice, 10), told_once);
    // Whoever has nothing in common still is a neighbour.
    assert_eq!(rank(&[vec![vec![1]]], 2, &one, 10), [(1, 0.6, vec![]), (0, 0.4, vec![0])]);
}

#[test]
fn very_long_histories_are_those_of_the_last_thousand_baskets() {
    let mut scratch = Scratch::default();
    let mut draws = Draws::new(1, &[b"long"]);
    let mut basket = || vec![draws.below(50) as u32, draws.below(50) as u32];
    let long: Customer = (0..200_000).map(|_| basket()).collect();
    let last = long[long.len() - 1_000..].to_vec();
    let fit =
        |of: &Customer| NextBasket::params().fit(&histories(&[of.clone(), vec![vec![3]]]), 50, 1);
    let (whole, cut) = (fit(&long), fit(&last));
    let answers = [
        whole.rank(slices(&long), &asked(60, &all), &mut scratch),
        whole.rank(slices(&last), &asked(60, &all), &mut scratch),
        cut.rank(slices(&long), &asked(60, &all), &mut scratch),
    ];
    assert_eq!(answers[0].len(), 50);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

/// A basket with a million lines: its weights stay, and squared lengths have room.
#[test]
fn very_large_baskets_keep_their_heaviest_items() {
    let mut scratch = Scratch::default();
    let large: Customer = vec![(0..100_000).collect(), (0..1_000_000).collect()];
    let model = TifuKnn::params().fit(&histories(&[large.clone(), large.clone()]), 1_000_000, 1);
    let ranked = model.rank(slices(&large), &asked(10_000_000, &all), &mut scratch);
    let items: Vec<u32> = ranked.iter().map(|ranked| ranked.item).collect();
    assert_eq!(items, (0..256).collect::<Vec<u32>>());
    assert!(ranked.iter().all(|r| (r.score - 0.85).abs() < 1e-6), "{:?}", ranked[0]);
}

#[test]
fn parameters_are_checked() {
    let right = TifuKnn::params();
    assert!(right.check().is_ok() && NextBasket::params().check().is_ok());
    let wrong = [
        right.groups(0),
        right.groups(1_001),
        right.within(0.0),
        right.within(1.1),
        right.between(f64::NAN),
        right.between(-0.5),
        right.neighbours(0),
        right.neighbours(10_001),
        right.alpha(-0.1),
        right.alpha(f64::NAN),
    ];
    for params in wrong {
        assert!(params.check().is_err(), "{params:?}");
        assert!(NextBasket::params().tifu(params).check().is_err(), "{params:?}");
    }
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(NextBasket::params().weight(weight).check().is_err());
    }
}
