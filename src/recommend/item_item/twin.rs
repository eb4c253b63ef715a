//! Neighbours against their formulas written out, and customers who come and go against
//! models that are fitted anew.

use super::{ItemItem, Neighbours, Similarity};
use crate::catalog::{Catalog, Item};
use crate::numeric::Draws;
use crate::recommend::{Corpus, Forgets, Line, Model, Past, Query, Recommender, Taught};
use crate::types::Timestamp;

/// The orders of a customer.
type Orders = Vec<Vec<u32>>;

const ITEMS: usize = 12;

fn catalog() -> Catalog {
    Catalog::new((0..ITEMS).map(|item| Item::new(format!("i{item:02}")))).unwrap()
}

/// All of one day, which is nothing to these models.
fn dated(orders: &Orders) -> (Orders, Vec<i32>) {
    (orders.clone(), vec![0; orders.len()])
}

fn fitted(params: ItemItem, customers: &[Orders]) -> Neighbours {
    let histories = customers.iter().map(|orders| (dated(orders), 1)).collect();
    params.fit(&Corpus::from_histories(ITEMS, histories), &catalog(), 1)
}

fn taught(orders: &Orders) -> Taught {
    Taught::new(dated(orders), Vec::new(), Vec::new())
}

/// Somebody with a few orders of a few items, the first ones more often.
fn drawn(draws: &mut Draws) -> Orders {
    let item = |draws: &mut Draws| draws.below(ITEMS).min(draws.below(ITEMS)) as u32;
    let order = |draws: &mut Draws| (0..1 + draws.below(4)).map(|_| item(draws)).collect();
    (0..1 + draws.below(3)).map(|_| order(draws)).collect()
}

fn ranked(model: &Neighbours, own: &[u32]) -> Vec<(u32, f64, Vec<u32>)> {
    let line = |item: &u32| Line { at: 1, item: *item, order: 0 };
    let past = Past::new(Timestamp::from_millis(2), own.iter().map(line).collect(), Vec::new());
    let query = Query { n: ITEMS, keep: &|_| true, why: true };
    let ranked = model.rank(&past, &query).into_iter();
    ranked.map(|one| (one.item, one.score, one.because)).collect()
}

const ALL: [Similarity; 4] =
    [Similarity::Cosine, Similarity::Bm25, Similarity::Conditional, Similarity::Lift];

/// Parameters of all kinds, by some similarities.
fn kinds(similarities: &[Similarity]) -> Vec<ItemItem> {
    let params = |by: &Similarity| {
        let by = ItemItem::params().similarity(*by);
        let few = by.neighbours(3).support(1);
        let each = [by, by.neighbours(2), few, few.shrinkage(2), few.neighbours(1)];
        each.into_iter().flat_map(|params| [params, params.within_orders()]).collect::<Vec<_>>()
    };
    similarities.iter().flat_map(params).collect()
}

/// All that can be told of a model, to the bit.
fn told(model: &Neighbours) -> (Vec<u8>, String) {
    let bytes = postcard::to_allocvec(model).unwrap();
    let scores: Vec<_> = (0..ITEMS as u32).map(|item| ranked(model, &[item, 3])).collect();
    (bytes, format!("{:?} {:?} {scores:?}", model.digest(), model.lists))
}

#[test]
fn who_comes_and_goes_leaves_what_a_fit_gives() {
    let at_once = ALL.into_iter().filter(|by| *by != Similarity::Bm25).collect::<Vec<_>>();
    for (seed, params) in (0..).zip(kinds(&at_once)) {
        let mut draws = Draws::new(seed, &[b"neighbours"]);
        let mut customers: Vec<Orders> = (0..9).map(|_| drawn(&mut draws)).collect();
        let mut model = fitted(params, &customers);
        for step in 0..120 {
            let many = customers.len() > draws.below(20);
            if many && !customers.is_empty() {
                let gone = customers.swap_remove(draws.below(customers.len()));
                assert!(model.forget(&taught(&gone)), "{params:?} {step}");
            } else {
                let new = match customers.first() {
                    // Sometimes somebody who has just what somebody else has.
                    Some(same) if draws.below(4) == 0 => same.clone(),
                    _ => drawn(&mut draws),
                };
                assert!(model.learn(&taught(&new)), "{params:?} {step}");
                customers.push(new);
            }
            assert_eq!(told(&model), told(&fitted(params, &customers)), "{params:?} {step}");
        }
    }
}

#[test]
fn who_was_not_there_is_not_forgotten() {
    let mut draws = Draws::new(1, &[b"strangers"]);
    for params in kinds(&ALL) {
        let customers: Vec<Orders> = (0..9).map(|_| drawn(&mut draws)).collect();
        let mut model = fitted(params, &customers);
        let before = told(&model);
        let at_once = Recommender::from(params).forgets() == Forgets::AtOnce;
        assert_eq!(at_once, !told_by_bm25(&params));
        for _ in 0..40 {
            let stranger = drawn(&mut draws);
            let same = |orders: &Orders| taught(orders).items() == taught(&stranger).items();
            if !customers.iter().any(same) {
                assert!(!model.forget(&taught(&stranger)), "{params:?}");
            }
            // The items alone do not say in which orders they were.
            let parted: Orders = customers[0].iter().flatten().map(|item| vec![*item]).collect();
            let mut sorted = taught(&parted).orders().to_vec();
            let mut own = taught(&customers[0]).orders().to_vec();
            sorted.sort();
            own.sort();
            let others = customers.iter().skip(1).all(|other| !same_orders(other, &parted));
            if params.within_orders && sorted != own && others {
                assert!(!model.forget(&taught(&parted)), "{params:?}");
            }
        }
        if !at_once {
            assert!(!model.forget(&taught(&customers[0])) && !model.learn(&taught(&customers[0])));
        }
        assert!(!model.learn(&taught(&vec![vec![ITEMS as u32]])), "an item that is not there");
        assert!(model.forget(&taught(&Vec::new())) && model.learn(&taught(&Vec::new())));
        assert_eq!(told(&model), before, "{params:?}");
    }
}

fn told_by_bm25(params: &ItemItem) -> bool {
    params.similarity == Similarity::Bm25
}

fn same_orders(a: &Orders, b: &Orders) -> bool {
    let sorted = |orders: &Orders| {
        let mut orders = taught(orders).orders().to_vec();
        orders.sort();
        orders
    };
    sorted(a) == sorted(b)
}

/// How near `b` is to `a`, as the documentation says, from rows as sets.
fn by_hand(params: &ItemItem, rows: &[Vec<u32>], a: u32, b: u32) -> f64 {
    let with = |item: u32| rows.iter().filter(move |row| row.contains(&item)).count() as f64;
    let shared: Vec<&Vec<u32>> =
        rows.iter().filter(|row| row.contains(&a) && row.contains(&b)).collect();
    let n = shared.len() as f64;
    if n < f64::from(params.support) {
        return 0.0;
    }
    let mean = rows.iter().map(|row| row.len() as f64).sum::<f64>() / ITEMS as f64;
    let length = |item| 2.2 / (1.2 * (0.25 + 0.75 * with(item) / mean.max(1.0)) + 1.0);
    let idf = |row: &&Vec<u32>| {
        let size = row.len() as f64;
        (1.0 + (ITEMS as f64 - size + 0.5) / (size + 0.5)).ln().powi(2)
    };
    let near = match params.similarity {
        Similarity::Cosine => n / (with(a) * with(b)).sqrt(),
        Similarity::Conditional => n / with(a),
        Similarity::Lift => n * rows.len() as f64 / (with(a) * with(b)),
        Similarity::Bm25 => shared.iter().map(idf).sum::<f64>() * length(a) * length(b),
    };
    near * n / (n + f64::from(params.shrinkage))
}

#[test]
fn scores_are_those_of_the_formulas() {
    for (seed, params) in (0..).zip(kinds(&ALL)) {
        let mut draws = Draws::new(seed, &[b"formulas"]);
        let customers: Vec<Orders> = (0..30).map(|_| drawn(&mut draws)).collect();
        let all = customers.iter().map(taught);
        let rows: Vec<Vec<u32>> = match params.within_orders {
            true => all.flat_map(|taught| taught.orders().to_vec()).collect(),
            false => all.map(|taught| taught.items().to_vec()).collect(),
        };
        let model = fitted(params, &customers);
        for item in 0..ITEMS as u32 {
            let others = (0..ITEMS as u32).filter(|other| *other != item);
            let mut near: Vec<(u32, f64)> =
                others.map(|other| (other, by_hand(&params, &rows, item, other))).collect();
            near.retain(|(_, near)| *near > 0.0);
            near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            near.truncate(params.neighbours as usize);
            let ranked = ranked(&model, &[item]);
            assert_eq!(ranked.len(), near.len(), "{params:?}");
            // Bm25's weights are in fixed point.
            let close = if told_by_bm25(&params) { 1e-4 } else { 1e-6 };
            for ((_, score, because), (_, near)) in ranked.iter().zip(&near) {
                assert!((score / near - 1.0).abs() < close, "{params:?} {score} {near}");
                assert_eq!(*because, [item]);
            }
        }
    }
}

#[test]
fn what_was_written_is_read_and_checked() {
    let mut draws = Draws::new(4, &[b"bytes"]);
    for params in kinds(&ALL) {
        let customers: Vec<Orders> = (0..9).map(|_| drawn(&mut draws)).collect();
        let model = fitted(params, &customers);
        let bytes = postcard::to_allocvec(&model).unwrap();
        let read = |bytes: &[u8]| {
            let read: Option<Neighbours> = postcard::from_bytes(bytes).ok();
            params.checked(read?, &catalog())
        };
        assert_eq!(told(&read(&bytes).unwrap()), told(&model), "{params:?}");
        let other = params.shrinkage(9);
        assert!(other.checked(model.clone(), &catalog()).is_none());
        for _ in 0..200 {
            let mut made_up = bytes.clone();
            let at = draws.below(made_up.len());
            made_up[at] = draws.below(256) as u8;
            if let Some(model) = read(&made_up) {
                // Whatever it is, it is something that a fit gives.
                let again = read(&postcard::to_allocvec(&model).unwrap()).unwrap();
                assert_eq!(told(&again), told(&model));
            }
        }
    }
}

#[test]
fn rows_that_no_fit_gives_are_not_read() {
    let all = [
        (false, vec![vec![vec![1, 2]]], true),
        (true, vec![vec![vec![1, 2], vec![1]]], true),
        (false, vec![vec![vec![1, 2], vec![1]]], false),
        (false, vec![vec![vec![2, 1]]], false),
        (false, vec![vec![vec![1, 1]]], false),
        (false, vec![vec![vec![1, ITEMS as u32]]], false),
        (false, vec![vec![vec![]]], false),
        (true, vec![vec![vec![], vec![1]]], false),
        (true, vec![vec![vec![1], vec![]]], false),
        (true, vec![vec![vec![3], vec![2, 1]]], false),
    ];
    for (within, rows, sound) in all {
        let params = ItemItem::params();
        let params = if within { params.within_orders() } else { params };
        let bytes = postcard::to_allocvec(&(params, &rows)).unwrap();
        let read: Neighbours = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(params.checked(read, &catalog()).is_some(), sound, "{rows:?}");
    }
}

/// Of two items: how many rows have both, how many have each, and how many customers have a
/// row with both, with the one alone, with the other alone, and with neither.
fn figures(params: &ItemItem, customers: &[Orders], a: u32, b: u32) -> ([usize; 3], [usize; 4]) {
    let rows = |orders: &Orders| match params.within_orders {
        true => taught(orders).orders().to_vec(),
        false => vec![taught(orders).items().to_vec()],
    };
    let of = |has: &dyn Fn(&Vec<u32>) -> bool| {
        let rows_of = customers.iter().map(|who| rows(who).into_iter().filter(&has).count());
        let counts: Vec<usize> = rows_of.collect();
        (counts.iter().sum::<usize>(), counts.iter().filter(|n| **n > 0).count())
    };
    let both = of(&|row| row.contains(&a) && row.contains(&b));
    let one = of(&|row| row.contains(&a) && !row.contains(&b));
    let other = of(&|row| !row.contains(&a) && row.contains(&b));
    let neither = of(&|row| !row.contains(&a) && !row.contains(&b));
    ([both.0, both.0 + one.0, both.0 + other.0], [both.1, one.1, other.1, neither.1])
}

#[test]
fn what_is_bought_together_is_counted() {
    let (mut shown, mut held_back) = (0, 0);
    for (seed, params) in (0..).zip(kinds(&ALL)) {
        let mut draws = Draws::new(seed, &[b"together"]);
        let mut customers: Vec<Orders> = (0..25).map(|_| drawn(&mut draws)).collect();
        let mut model = fitted(params, &customers);
        // Rows are not where they were when they were first there.
        for _ in 0..5 {
            let gone = customers.remove(0);
            let new = drawn(&mut draws);
            if model.forget(&taught(&gone)) {
                assert!(model.learn(&taught(&new)));
                customers.push(new);
            } else {
                customers.insert(0, gone);
            }
        }
        let rows = customers.iter().map(|who| match params.within_orders {
            true => taught(who).orders().len(),
            false => 1,
        });
        let all = rows.sum::<usize>() as f64;
        let sold_out = 2;
        let items = (0..ITEMS as u32).map(|item| (item, Item::new(format!("i{item:02}"))));
        let items = items.map(|(n, item)| if n == sold_out { item.available(false) } else { item });
        let catalog = Catalog::new(items).unwrap();
        for (item, smallest) in (0..ITEMS as u32).flat_map(|item| [(item, 0), (item, 2), (item, 5)])
        {
            let told = model.bought_together(item, ITEMS, smallest, &catalog);
            let mut wanted = Vec::new();
            for other in (0..ITEMS as u32).filter(|other| ![item, sold_out].contains(other)) {
                let ([both, one, two], groups) = figures(&params, &customers, item, other);
                if both < params.support as usize {
                    continue;
                }
                if groups.iter().any(|group| (*group as u64) < smallest) && smallest > 1 {
                    held_back += 1;
                    continue;
                }
                let (n, one, two) = (both as f64, one as f64, two as f64);
                let figures = [n / all, n / one, (n / one) / (two / all)];
                wanted.push((format!("i{other:02}"), both as u64, figures));
            }
            shown += wanted.len();
            let mut found: Vec<_> = told
                .iter()
                .map(|one| {
                    let figures = [one.support, one.confidence, one.lift];
                    (one.item.as_str().to_owned(), one.both, figures)
                })
                .collect();
            // By how near they are, as the list of somebody who has just this item.
            if params.neighbours as usize >= ITEMS {
                let ranked = ranked(&model, &[item]).into_iter();
                let mut order: Vec<String> = ranked.map(|one| format!("i{:02}", one.0)).collect();
                order.retain(|id| found.iter().any(|one| one.0 == *id));
                let told: Vec<&String> = found.iter().map(|one| &one.0).collect();
                assert_eq!(told, order.iter().collect::<Vec<_>>(), "{params:?}");
            }
            assert_eq!(
                model.bought_together(item, 2, smallest, &catalog),
                told[..told.len().min(2)]
            );
            found.sort_by(|a, b| a.0.cmp(&b.0));
            assert_eq!(found.len(), wanted.len(), "{params:?} {item} {smallest}");
            for (found, wanted) in found.iter().zip(&wanted) {
                assert_eq!((&found.0, found.1), (&wanted.0, wanted.1));
                let pairs = found.2.iter().zip(&wanted.2);
                pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-12 * b.abs(), "{a} {b}"));
            }
        }
    }
    assert!(shown > 500 && held_back > 500, "{shown} shown, {held_back} held back");
}
