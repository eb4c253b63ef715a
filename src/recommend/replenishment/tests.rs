//! What is due to be bought again: a plain twin, and cases.

use super::Replenishment;
use super::rhythm::{Expected, Purchase, Rhythms};
use crate::catalog::{Catalog, Item};
use crate::numeric::Draws;
use crate::recommend::corpus::Corpus;
use crate::recommend::{Model, Taught};

/// The days of an item, each once, ascending.
fn days(purchases: &[Purchase], item: u32, today: i32) -> Vec<f64> {
    let mut days: Vec<i32> =
        purchases.iter().filter(|p| p.0 == item && p.1 <= today).map(|p| p.1).collect();
    days.sort();
    days.dedup();
    days.into_iter().map(f64::from).collect()
}

/// Repetitions, days of gaps and days at all after the first purchase, over customers.
fn counted(customers: &[Vec<Purchase>], item: u32) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for purchases in customers {
        let days = days(purchases, item, i32::MAX);
        for pair in days.windows(2) {
            sums[0] += 1.0;
            sums[1] += pair[1] - pair[0];
        }
        if let Some(first) = days.first() {
            sums[2] += f64::from(purchases.iter().map(|p| p.1).max().unwrap()) - first;
        }
    }
    sums
}

/// As the definition says.
fn plain(
    customers: &[Vec<Purchase>],
    items: u32,
    asks: &[Purchase],
    item: u32,
    today: i32,
) -> Option<Expected> {
    let sums = (0..items).map(|item| counted(customers, item));
    let sums = sums.fold([0.0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
    let general = [(sums[1] + 30.0) / (sums[0] + 1.0), (sums[2] + 30.0) / (sums[0] + 1.0)];
    let of_item = counted(customers, item);
    let typical = (of_item[1] + general[0]) / (of_item[0] + 1.0);
    let rare = (of_item[2] + general[1]) / (of_item[0] + 1.0);
    let own = days(asks, item, today);
    let (first, last) = (*own.first()?, *own.last()?);
    let (c, s, today) = ((own.len() - 1) as f64, last - first, f64::from(today));
    let gap = (s + 2.0 * typical) / (c + 2.0);
    let x = today - last;
    let rate = (c + 2.0) / (today - first + 2.0 * (gap - x).abs() + 2.0 * rare);
    Some(Expected { item, rate, last: last as i32, gap, elapsed: x / gap })
}

fn purchases(draws: &mut Draws, items: usize) -> Vec<Purchase> {
    let n = draws.below(20);
    (0..n).map(|_| (draws.below(items) as u32, draws.below(200) as i32 - 50)).collect()
}

#[test]
fn every_expectation_is_the_twins() {
    let mut seen = 0;
    for seed in 0..300 {
        let mut draws = Draws::new(seed, &[b"due"]);
        let items = 1 + draws.below(6);
        let customers: Vec<_> =
            (0..draws.below(12)).map(|_| purchases(&mut draws, items)).collect();
        let mut rhythms = Rhythms::new(items);
        customers.iter().for_each(|purchases| rhythms.add(purchases));
        let asks = purchases(&mut draws, items);
        let today = draws.below(300) as i32 - 50;
        let twins = (0..items as u32)
            .filter_map(|item| plain(&customers, items as u32, &asks, item, today));
        let twins: Vec<Expected> = twins.collect();
        // Bit for bit: sums of whole days are exact in floating point, too.
        assert_eq!(rhythms.expected(&asks, today), twins, "seed {seed}");
        seen += twins.len();
    }
    assert!(seen > 500, "only {seen}");
}

#[test]
fn who_is_forgotten_was_never_there() {
    for seed in 0..200 {
        let mut draws = Draws::new(seed, &[b"gone"]);
        let customers: Vec<_> = (0..6).map(|_| purchases(&mut draws, 5)).collect();
        let of = |customers: &[Vec<Purchase>]| {
            let mut rhythms = Rhythms::new(5);
            customers.iter().for_each(|purchases| rhythms.add(purchases));
            rhythms
        };
        let mut rhythms = of(&customers);
        let (gone, left) = customers.split_at(2);
        let turned: Vec<Purchase> = gone[0].iter().rev().copied().collect();
        rhythms.subtract(&gone[1]);
        rhythms.subtract(&turned);
        assert_eq!(rhythms, of(left), "seed {seed}");
    }
}

/// A model that forgets and learns is the model of who is left, to the last bit.
#[test]
fn a_model_that_forgets_is_the_one_fitted_anew() {
    let catalog = Catalog::new((0..5).map(|n| Item::new(format!("i{n}")))).unwrap();
    let orders = |draws: &mut Draws| {
        let order =
            |draws: &mut Draws| (0..draws.below(4)).map(|_| draws.below(5) as u32).collect();
        (0..draws.below(6)).map(|_| (order(draws), draws.below(90) as i32)).collect::<Vec<_>>()
    };
    for seed in 0..100 {
        let mut draws = Draws::new(seed, &[b"model"]);
        let customers: Vec<_> = (0..7).map(|_| orders(&mut draws)).collect();
        let fit = |customers: &[Vec<(Vec<u32>, i32)>]| {
            let histories = customers.iter().map(|c| (c.iter().cloned().unzip(), 1)).collect();
            Replenishment::params().fit(&Corpus::from_histories(5, histories), &catalog)
        };
        let taught = |customer: &[(Vec<u32>, i32)]| {
            Taught::new(customer.iter().cloned().unzip(), Vec::new(), Vec::new())
        };
        let (gone, left) = customers.split_at(3);
        let mut model = fit(&customers);
        let whole = model.digest();
        assert!(gone.iter().all(|gone| model.forget(&taught(gone))));
        assert_eq!(model.digest(), fit(left).digest(), "seed {seed}");
        assert!(gone.iter().rev().all(|gone| model.learn(&taught(gone))));
        assert_eq!(model.digest(), whole, "seed {seed}");
    }
}

/// Coffee every ten days, by everybody; a pan that nobody buys twice.
fn kitchen() -> Rhythms {
    let mut rhythms = Rhythms::new(3);
    for customer in 0..50 {
        let coffee = (0..20).map(|n| (0, customer + 10 * n));
        rhythms.add(&coffee.chain([(1, customer)]).collect::<Vec<_>>());
    }
    rhythms
}

fn only(rhythms: &Rhythms, asks: &[Purchase], today: i32) -> Expected {
    let due = rhythms.expected(asks, today);
    assert_eq!(due.len(), 1, "{due:?}");
    due[0]
}

#[test]
fn a_rhythm_is_the_items_first_and_the_customers_in_the_end() {
    let rhythms = kitchen();
    let after = |n: i32| {
        let own: Vec<_> = (0..=n).map(|k| (0, 30 * k)).collect();
        only(&rhythms, &own, 30 * n).gap
    };
    assert!((after(0) - 10.0).abs() < 0.1, "{}", after(0));
    assert!((after(2) - 20.0).abs() < 0.1, "{}", after(2));
    assert!((after(98) - 29.6).abs() < 0.1, "{}", after(98));
}

#[test]
fn the_rate_is_highest_when_it_is_due() {
    let rhythms = kitchen();
    let own: Vec<_> = (0..=9).map(|k| (0, 10 * k)).collect();
    let on = |day: i32| only(&rhythms, &own, 90 + day);
    let best = (0..60).max_by(|a, b| on(*a).rate.total_cmp(&on(*b).rate));
    assert_eq!(best, Some(10));
    assert!((on(10).elapsed - 1.0).abs() < 0.01);
    assert_eq!(on(10).last, 90);
}

#[test]
fn what_is_bought_once_in_a_life_comes_last() {
    let due = kitchen().expected(&[(1, 0), (0, 0), (2, 0)], 10);
    // Of the third nothing is known: between the two.
    assert!(due[0].rate > due[2].rate && due[2].rate > due[1].rate, "{due:?}");
    assert!(due[0].rate > 10.0 * due[1].rate, "{due:?}");
}

#[test]
fn at_the_edges() {
    assert!(Rhythms::new(0).expected(&[(0, 0)], 1).is_empty());
    let mut rhythms = Rhythms::new(1);
    assert!(rhythms.expected(&[], 1).is_empty());
    // Nobody ever bought it again: a month from now, and once in it.
    let due = only(&rhythms, &[(0, 0), (5, 0), (u32::MAX, 3)], 0);
    assert_eq!((due.gap, due.elapsed, due.rate), (30.0, 0.0, 2.0 / 120.0));
    // Told twice, or told ahead of time.
    assert_eq!(only(&rhythms, &[(0, 0), (0, 0), (0, 1)], 0), due);
    rhythms.add(&[]);
    rhythms.add(&[(7, 5)]);
    assert_eq!(rhythms, Rhythms::new(1));
    for day in [i32::MIN, -1, i32::MAX] {
        rhythms.add(&[(0, day), (0, 0)]);
    }
    for (day, today) in [(i32::MIN, i32::MAX), (i32::MIN, i32::MIN), (i32::MAX, i32::MAX)] {
        let due = only(&rhythms, &[(0, day)], today);
        assert!(due.rate > 0.0 && due.rate.is_finite() && due.elapsed >= 0.0);
    }
    let mut slow = Rhythms::new(1);
    slow.add(&[(0, i32::MIN), (0, i32::MAX)]);
    // The item's gap: once a century, and once the mean of that and of a month.
    let gap = only(&slow, &[(0, 0)], 0).gap;
    assert_eq!(gap, (36_525.0 + (36_525.0 + 30.0) / 2.0) / 2.0);
    assert!(rhythms.expected(&[(0, 1)], 0).is_empty());
}
