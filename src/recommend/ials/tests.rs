//! What must be the same, and what there is at the edges.

use rand::SeedableRng;
use rand::prelude::*;
use rand::rngs::StdRng;

use super::choose::Trial;
use super::twin::{params, product, rows, vectors, world};
use super::{Factors, Params};
use crate::recommend::rows::Rows;

fn everything(_: u32) -> bool {
    true
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    // More than one block to be summed, and pieces for every thread.
    let told = rows(&world(1, 700, 400));
    for factors in [5, 24, 40] {
        let one = Factors::fit(&told, 400, params(factors, 1), 1);
        for threads in [0, 2, 3, 16, 1000] {
            assert_eq!(one, Factors::fit(&told, 400, params(factors, 1), threads));
        }
    }
}

#[test]
fn order_repeats_and_strangers_leave_no_trace() {
    let mut random = StdRng::seed_from_u64(5);
    for seed in 0..10 {
        let mut told = world(seed, 60, 50);
        let one = Factors::fit(&rows(&told), 50, params(8, seed), 1);
        told.shuffle(&mut random);
        for row in &mut told {
            row.extend(row.clone());
            row.push(50 + seed as u32);
            row.shuffle(&mut random);
        }
        told.push(vec![]);
        told.push(vec![u32::MAX]);
        assert_eq!(one, Factors::fit(&rows(&told), 50, params(8, seed), 2));
        let own = [3, 9, 14];
        let again = [14, 9, 3, 3, 9, u32::MAX, 50];
        assert_eq!(one.rank(&own, 9, &everything), one.rank(&again, 9, &everything));
    }
}

#[test]
fn who_is_gone_was_never_there() {
    let told = world(3, 40, 30);
    let all = Factors::fit(&rows(&told), 30, params(6, 3), 1);
    for gone in 0..40 {
        let mut others = told.clone();
        let row = others.remove(gone);
        let fitted = Factors::fit(&rows(&others), 30, params(6, 3), 1);
        others.reverse();
        assert_eq!(fitted, Factors::fit(&rows(&others), 30, params(6, 3), 1));
        assert!(row.is_empty() || fitted != all, "a customer who teaches nothing");
    }
}

#[test]
fn items_that_nobody_chose_change_nothing_and_are_never_given() {
    let told = rows(&world(4, 40, 30));
    let (few, many) = (fit(&told, 30), fit(&told, 1000));
    let own = [0, 3, 4, 999];
    assert_eq!(few.fold_in(&own), many.fold_in(&own));
    assert_eq!(few.rank(&own, 2000, &everything), many.rank(&own, 2000, &everything));
    assert!(many.rank(&[998, 999], 10, &everything).is_empty());
}

fn fit(told: &Rows, items: usize) -> Factors {
    Factors::fit(told, items, params(6, 0), 2)
}

#[test]
fn edges() {
    for (told, items) in [(vec![], 0), (vec![], 9), (vec![vec![]], 9), (vec![vec![7, 8]], 0)] {
        let fitted = fit(&rows(&told), items);
        assert!(fitted.is_sound(items));
        assert!(fitted.rank(&[0, 1], 10, &everything).is_empty());
        assert_eq!(fitted.fold_in(&[1]), [0.0; 6]);
    }
    let one = fit(&rows(&[vec![4]]), 5);
    let list = one.rank(&[4], 10_000_000, &everything);
    assert_eq!(list.iter().map(|(item, ..)| *item).collect::<Vec<_>>(), [4]);
    assert_eq!(list[0].2, [4]);
    assert!(list[0].1 > 0.5 && list[0].1 < 1.0, "{list:?}");
    let told = rows(&world(6, 40, 30));
    let fitted = fit(&told, 30);
    assert!(fitted.rank(&[], 10, &everything).is_empty());
    assert!(fitted.rank(&[1], 0, &everything).is_empty());
    assert!(fitted.rank(&[1], 10, &|_| false).is_empty());
    let short = Params { factors: 0, iterations: 0, ..params(6, 0) };
    let nothing = Factors::fit(&told, 30, short, 1);
    assert!(nothing.rank(&[1], 10, &everything).iter().all(|(_, score, _)| score.is_finite()));
}

#[test]
fn equal_items_come_by_number() {
    // All are chosen by the same customers, in more than one block of items.
    let told: Vec<Vec<u32>> = (0..9).map(|_| (0..100).collect()).collect();
    let fitted = Factors::fit(&rows(&told), 100, Params { factors: 3, ..params(3, 0) }, 1);
    let list = fitted.rank(&[5, 6, 7], 100, &everything);
    let tied = list.windows(2).filter(|pair| pair[0].1 == pair[1].1);
    assert!(tied.clone().count() > 0 && tied.into_iter().all(|pair| pair[0].0 < pair[1].0));
}

#[test]
fn another_seed_starts_elsewhere() {
    let told = rows(&world(7, 40, 30));
    let fit = |seed| Factors::fit(&told, 30, Params { seed, ..params(6, 0) }, 1);
    assert_eq!(fit(1), fit(1));
    assert_ne!(fit(1), fit(2));
}

#[test]
fn an_item_starts_the_same_whoever_else_is_there() {
    let start = Params { iterations: 0, ..params(6, 0) };
    let products = |told: &[Vec<u32>]| {
        let fitted = Factors::fit(&rows(told), 30, start, 1);
        let all = vectors(&fitted, 30);
        [product(&all[7], &all[7]), product(&all[7], &all[9])]
    };
    let (few, many) = (products(&[vec![7, 9]]), products(&world(1, 40, 30)));
    assert!(few.iter().zip(many).all(|(few, many)| (few - many).abs() < 1e-7), "{few:?} {many:?}");
}

#[test]
fn tastes_are_found() {
    let told = world(8, 300, 60);
    let fitted = Factors::fit(&rows(&told), 60, Params { factors: 8, ..Params::default() }, 1);
    let list = fitted.rank(&[0, 3, 6, 9], 10, &|item| ![0, 3, 6, 9].contains(&item));
    assert!(list.iter().all(|(item, ..)| item % 3 == 0), "{list:?}");
}

#[test]
fn what_was_written_is_read() {
    let fitted = fit(&rows(&world(9, 40, 30)), 30);
    let written = postcard::to_allocvec(&fitted).unwrap();
    let read: Factors = postcard::from_bytes(&written).unwrap();
    assert_eq!(fitted, read);
    assert_eq!(read.params(), params(6, 0));
    assert!(read.is_sound(30) && !read.is_sound(29) && !read.is_sound(31) && !read.is_sound(64));
}

#[test]
fn parameters_are_chosen_whatever_the_order() {
    let told = world(10, 120, 40);
    let trial = Trial::new(&rows(&told), 40, 1);
    let given = Params { iterations: 2, ..params(6, 0) };
    let chosen = trial.choose(given, 2);
    assert!(trial.judge(chosen, 1) > trial.judge(Params { factors: 32, ..given }, 1));
    assert!(trial.judge(chosen, 1) > 0.3);
    let reversed: Vec<Vec<u32>> = told.iter().rev().cloned().collect();
    assert_eq!(chosen, Trial::new(&rows(&reversed), 40, 1).choose(given, 1));
    assert_eq!((chosen.exponent, chosen.iterations, chosen.seed), (1.0, 2, 0));
    assert_eq!(Trial::new(&rows(&[vec![1, 2]]), 40, 1).choose(given, 1), given);
}
