//! Every measure and every split against a plain twin, written from the published
//! definition: place by place, pair by pair, customer by customer.

use super::*;
use crate::numeric::Draws;
use crate::types::{Timestamp, days};

fn worlds(name: &str, n: u64, mut test: impl FnMut(&mut Draws)) {
    (0..n).for_each(|seed| test(&mut Draws::new(seed, &[name.as_bytes()])));
}

fn some_of(draws: &mut Draws, items: usize, longest: usize) -> Vec<usize> {
    (0..draws.below(longest + 1)).map(|_| draws.below(items)).collect()
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-12,
        (a, b) => a == b,
    }
}

/// 1 for each of the first `k` places with a held-out item that was not listed before.
fn relevance(list: &[usize], held_out: &[usize], k: usize) -> Vec<f64> {
    let relevant =
        |n: usize| held_out.contains(&list[n]) && list[..n].iter().all(|item| *item != list[n]);
    (0..list.len().min(k)).map(|n| if relevant(n) { 1.0 } else { 0.0 }).collect()
}

fn gain(relevance: &[f64]) -> f64 {
    (0..relevance.len()).map(|n| (relevance[n].exp2() - 1.0) / ((n + 2) as f64).log2()).sum()
}

#[test]
fn accuracy_is_as_published() {
    worlds("accuracy", 3_000, |draws| {
        let items = 1 + draws.below(12);
        let (list, held_out) = (some_of(draws, items, 15), some_of(draws, items, 8));
        let hits = Hits::of(&list, &held_out);
        let distinct = (0..items).filter(|item| held_out.contains(item)).count();
        assert_eq!(hits.held_out(), distinct);
        for k in [0, 1, 2, 5, 10, 100] {
            let relevance = relevance(&list, &held_out, k);
            let found: f64 = relevance.iter().sum();
            let best = vec![1.0; distinct.min(k)];
            let precision = |n: usize| relevance[..=n].iter().sum::<f64>() / (n + 1) as f64;
            let precise: f64 = (0..relevance.len()).map(|n| precision(n) * relevance[n]).sum();
            let first = relevance.iter().position(|r| *r > 0.0);
            let over = |value: f64, of: f64| if of > 0.0 { value / of } else { 0.0 };
            let twin = [
                over(found, best.len() as f64),
                found / distinct as f64,
                f64::from(u8::from(found > 0.0)),
                first.map_or(0.0, |n| 1.0 / (n + 1) as f64),
                over(gain(&relevance), gain(&best)),
                over(precise, best.len() as f64),
            ];
            let ours = [
                hits.recall(k),
                hits.recall_of_all(k),
                hits.hit_rate(k),
                hits.reciprocal_rank(k),
                hits.ndcg(k),
                hits.average_precision(k),
            ];
            for (n, (ours, twin)) in ours.into_iter().zip(twin).enumerate() {
                let twin = (distinct > 0).then_some(twin);
                assert!(close(ours, twin), "{n}: {ours:?} {twin:?} {list:?} {held_out:?} at {k}");
                assert!(ours.is_none_or(|value| (0.0..=1.0 + 1e-12).contains(&value)));
            }
        }
    });
}

#[test]
fn places_that_are_known_are_measured_alike() {
    worlds("places", 300, |draws| {
        let (list, held_out) = (some_of(draws, 9, 12), some_of(draws, 9, 5));
        let relevance = relevance(&list, &held_out, 100);
        let places = (0..list.len()).filter(|n| relevance[*n] > 0.0).map(|n| n + 1);
        let hits = Hits::of(&list, &held_out);
        assert_eq!(Hits::at(places.rev(), hits.held_out()), hits);
    });
    assert_eq!(Hits::at([0, 2, 2, 1], 1), Hits::at([1, 2], 2));
}

#[test]
fn lists_are_described_as_published() {
    worlds("lists", 1_000, |draws| {
        let items = 1 + draws.below(8);
        let customers = draws.below(50) as u64;
        let had: Vec<u64> = (0..items).map(|_| draws.below(60) as u64).collect();
        let close_to: Vec<f64> = (0..items * items).map(|_| draws.unit()).collect();
        let similarity = |a: &usize, b: &usize| close_to[a.min(b) * items + a.max(b)];
        let list = some_of(draws, items, 10);
        let mut once = list.clone();
        once.sort_unstable();
        once.dedup();
        let n = once.len() as f64;

        let information = |item: &usize| {
            let customers = customers.max(1) as f64;
            -((had[*item].max(1) as f64).min(customers) / customers).log2()
        };
        let novel = (n > 0.0).then(|| once.iter().map(information).sum::<f64>() / n);
        assert!(close(novelty(&list, |item| had[*item], customers), novel));

        let popular = once.iter().map(|item| had[*item] as f64).sum::<f64>() / n;
        let popular = (n > 0.0).then_some(popular);
        assert!(close(average_popularity(&list, |item| had[*item]), popular));

        let mut unlike = 0.0;
        for a in &once {
            unlike += once.iter().filter(|b| *b != a).map(|b| 1.0 - similarity(a, b)).sum::<f64>();
        }
        let varied = (n > 1.0).then(|| unlike / (n * (n - 1.0)));
        assert!(close(intra_list_diversity(&list, similarity), varied));
    });
}

#[test]
fn exposure_is_as_published() {
    worlds("exposure", 1_000, |draws| {
        let items = draws.below(7);
        let catalogue: Vec<usize> = (0..items).collect();
        let lists: Vec<Vec<usize>> = (0..draws.below(6)).map(|_| some_of(draws, 9, 5)).collect();
        let listed = |item: usize| lists.iter().filter(|list| list.contains(&item)).count() as f64;
        let counts: Vec<f64> = catalogue.iter().map(|item| listed(*item)).collect();
        let exposure = Exposure::of(&catalogue, &lists);

        let covered = counts.iter().filter(|count| **count > 0.0).count() as f64;
        assert!(close(exposure.coverage(), (items > 0).then(|| covered / items as f64)));

        // The mean difference of all pairs, relative to twice the mean.
        let pairs = counts.iter().flat_map(|a| counts.iter().map(move |b| (a - b).abs()));
        let total: f64 = counts.iter().sum();
        let most = 2.0 * (items.max(2) - 1) as f64 * total;
        assert!(close(exposure.gini(), (total > 0.0).then(|| pairs.sum::<f64>() / most)));
    });
}

#[test]
fn a_mean_has_the_error_of_a_textbook() {
    worlds("summary", 500, |draws| {
        let values: Vec<Option<f64>> = (0..draws.below(9))
            .map(|_| (draws.below(4) > 0).then(|| draws.unit() * 10.0 - 3.0))
            .collect();
        let told: Vec<f64> = values.iter().flatten().copied().collect();
        let n = told.len() as f64;
        let summary = Summary::of(values);
        assert_eq!(summary.map_or(0, |summary| summary.n), told.len());
        assert!(close(summary.map(|s| s.mean), (n > 0.0).then(|| told.iter().sum::<f64>() / n)));
        // The variance as half the mean squared difference of all ordered pairs.
        let pairs = told.iter().flat_map(|a| told.iter().map(move |b| (a - b) * (a - b)));
        let variance = pairs.sum::<f64>() / (2.0 * n * (n - 1.0));
        let error = (n > 1.0).then(|| (variance / n).sqrt());
        assert!(close(summary.and_then(|s| s.standard_error), error));
    });
}

/// What was promised: the truth lies in about 95 of 100 intervals.
#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let (mut means, mut medians, mut differences) = (0, 0, 0);
    let median = |sample: &[&f64]| {
        let mut sorted: Vec<f64> = sample.iter().map(|x| **x).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    };
    worlds("intervals", 1_000, |draws| {
        let values: Vec<f64> = (0..101).map(|_| draws.unit() * draws.unit()).collect();
        let interval = Summary::of(values.iter().copied().map(Some)).and_then(|s| s.interval());
        means += u32::from(interval.unwrap().contains(0.25));
        let spread = bootstrap(&values, median, 200, 7);
        // P(xy < m) = m - m ln m is one half here.
        medians += u32::from(spread.unwrap().contains(0.186_682_3));
        let pairs = values.iter().map(|x| (Some(x + draws.unit()), Some(*x)));
        let gained = Summary::of_differences(pairs).unwrap();
        assert!(gained.standard_error.unwrap() < 0.04);
        differences += u32::from(gained.interval().unwrap().contains(0.5));
    });
    for held in [means, medians, differences] {
        assert!((925..975).contains(&held), "{means} {medians} {differences}");
    }
}

/// A shop that is small enough for ties, repeats and customers with nothing.
struct Shop {
    customers: Vec<String>,
    items: Vec<String>,
    orders: Vec<String>,
}

impl Shop {
    fn new() -> Self {
        let names = |prefix: &str, n: usize| (0..n).map(|i| format!("{prefix}{i}")).collect();
        Self { customers: names("c", 12), items: names("i", 20), orders: names("o", 4) }
    }

    fn rows(&self, draws: &mut Draws) -> Vec<Interaction<'_>> {
        let (customers, items) = (1 + draws.below(12), 1 + draws.below(20));
        let row = |draws: &mut Draws| Interaction {
            customer: &self.customers[draws.below(customers)],
            at: Timestamp::from_secs(draws.below(10) as i64 * 43_200),
            order: &self.orders[draws.below(4)],
            item: &self.items[draws.below(items)],
        };
        (0..draws.below(80)).map(|_| row(draws)).collect()
    }
}

fn shuffled<'a>(rows: &[Interaction<'a>], draws: &mut Draws) -> Vec<Interaction<'a>> {
    let mut rows = rows.to_vec();
    (1..rows.len()).for_each(|n| rows.swap(n, draws.below(n + 1)));
    rows
}

fn distinct<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[test]
fn customers_are_held_out_whole() {
    let shop = Shop::new();
    worlds("strong", 500, |draws| {
        let rows = shop.rows(draws);
        let (n, percent) = (draws.below(14), draws.below(130) as u8);
        let split = hold_out_customers(&rows, n, percent, 7);
        assert_eq!(split, hold_out_customers(&shuffled(&rows, draws), n, percent, 7));

        let tried: Vec<&str> = split.trials.iter().map(|trial| trial.customer).collect();
        assert_eq!(tried.len(), n.min(distinct(rows.iter().map(|r| r.customer)).len()));
        assert!(tried.is_sorted() && split.train.is_sorted());
        let theirs = rows.iter().filter(|row| tried.contains(&row.customer)).count();
        assert_eq!(theirs + split.train.len(), rows.len());
        assert!(split.train.iter().all(|row| !tried.contains(&row.customer)));
        for trial in &split.trials {
            let learned = |item: &&str| split.train.iter().any(|row| row.item == *item);
            let own = rows.iter().filter(|row| row.customer == trial.customer);
            let own = distinct(own.map(|row| row.item).filter(learned));
            let both = trial.folded_in.iter().chain(&trial.held_out).copied();
            assert_eq!(distinct(both), own, "nothing lost, nothing added");
            assert_eq!(trial.folded_in.len() + trial.held_out.len(), own.len(), "none twice");
            assert_eq!(trial.held_out.len(), own.len() * usize::from(percent.min(100)) / 100);
            assert!(trial.folded_in.is_sorted() && trial.held_out.is_sorted());
        }
    });
}

/// Every customer and every item is as likely as any other, and the seed decides.
#[test]
fn who_is_held_out_is_drawn_evenly() {
    let shop = Shop::new();
    let at = Timestamp::from_secs(0);
    let row = |customer, item| Interaction { customer, at, order: "", item };
    let all = shop.customers.iter().flat_map(|customer| {
        shop.items.iter().take(10).map(move |item| row(customer.as_str(), item.as_str()))
    });
    let rows: Vec<Interaction> = all.collect();
    let mut customers = [0; 12];
    let mut items = [0; 10];
    let mut alike = 0;
    for seed in 0..2_000 {
        let trials = hold_out_customers(&rows, 3, 20, seed).trials;
        alike += u32::from(trials[0].held_out == trials[1].held_out);
        for trial in trials {
            customers[trial.customer[1..].parse::<usize>().unwrap()] += 1;
            assert_eq!(trial.held_out.len(), 2);
            for item in trial.held_out {
                items[item[1..].parse::<usize>().unwrap()] += 1;
            }
        }
    }
    assert!(customers.iter().all(|n| (430..570).contains(n)), "{customers:?}");
    // Two of ten: 45 ways.
    assert!((20..80).contains(&alike), "each customer has a draw of their own: {alike}");
    assert!(items.iter().all(|n| (1_060..1_340).contains(n)), "{items:?}");
}

/// That somebody else joins moves nobody from one side to the other, but for whose place
/// they take.
#[test]
fn a_further_customer_leaves_the_others_where_they_are() {
    let shop = Shop::new();
    worlds("further", 300, |draws| {
        let rows = shop.rows(draws);
        let before = hold_out_customers(&rows, 4, 50, 7);
        let more = Interaction { customer: "z", at: Timestamp::from_secs(0), order: "", item: "" };
        let after = hold_out_customers(&[&rows[..], &[more]].concat(), 4, 50, 7);
        let kept = after.trials.iter().filter(|trial| before.trials.contains(trial)).count();
        let taken = after.trials.iter().any(|trial| trial.customer == "z");
        assert!(taken || kept == before.trials.len());
    });
}

#[test]
fn time_divides_rows() {
    let shop = Shop::new();
    worlds("time", 300, |draws| {
        let rows = shop.rows(draws);
        let instant = Timestamp::from_secs(draws.below(10) as i64 * 43_200);
        let (before, after) = split_by_time(&rows, instant);
        assert_eq!((before.clone(), after.clone()), {
            split_by_time(&shuffled(&rows, draws), instant)
        });
        assert!(before.iter().all(|row| row.at < instant) && before.is_sorted());
        assert!(after.iter().all(|row| row.at >= instant) && after.is_sorted());
        let mut both = [before, after].concat();
        both.sort_unstable();
        let mut rows = rows;
        rows.sort_unstable();
        assert_eq!(both, rows);
    });
}

/// The baskets of a customer, one order after the other.
fn plain_baskets<'a>(rows: &[Interaction<'a>], customer: &'a str) -> Vec<Basket<'a>> {
    let theirs = || rows.iter().filter(|row| row.customer == customer);
    let mut baskets = Vec::new();
    for order in distinct(theirs().map(|row| row.order)) {
        let lines = || theirs().filter(|row| row.order == order);
        let items = distinct(lines().map(|row| row.item));
        let at = lines().map(|row| row.at).min().unwrap();
        baskets.push(Basket { customer, at, order, items });
    }
    baskets.sort_by_key(|basket| (basket.at, basket.order));
    baskets
}

#[test]
fn the_next_basket_is_held_out() {
    let shop = Shop::new();
    worlds("baskets", 500, |draws| {
        let rows = shop.rows(draws);
        let at_least = draws.below(5);
        let instant = Timestamp::from_secs(draws.below(10) as i64 * 43_200);
        let (mut all, mut last, mut first) = (Vec::new(), Vec::new(), Vec::new());
        for customer in distinct(rows.iter().map(|row| row.customer)) {
            let baskets = plain_baskets(&rows, customer);
            let next = |n: usize| NextBasket {
                customer,
                history: baskets[..n].to_vec(),
                held_out: baskets[n].clone(),
            };
            if baskets.len() >= at_least.max(2) {
                last.push(next(baskets.len() - 1));
            }
            let before = baskets.iter().filter(|basket| basket.at < instant).count();
            if before > 0 && before < baskets.len() {
                first.push(next(before));
            }
            all.extend(baskets);
        }
        let mut ours = baskets(&shuffled(&rows, draws));
        assert_eq!(ours, all);
        ours.reverse();
        assert_eq!(leave_last_basket(&ours, at_least), last);
        assert_eq!(leave_first_basket_after(&ours, instant), first);
        for basket in &all {
            for (n, (rest, left_out)) in basket.each_left_out().enumerate() {
                assert_eq!(left_out, basket.items[n]);
                assert_eq!([&basket.items[..n], &basket.items[n + 1..]].concat(), rest);
            }
            assert_eq!(basket.each_left_out().count(), basket.items.len());
        }
    });
}

#[test]
fn sessions_are_revealed_click_by_click() {
    let shop = Shop::new();
    worlds("sessions", 500, |draws| {
        let rows = shop.rows(draws);
        let all = sessions(&rows);
        assert_eq!(sessions(&shuffled(&rows, draws)), all);
        assert_eq!(all.iter().map(|session| session.items.len()).sum::<usize>(), rows.len());
        let start = |session: &Session| session.started;
        assert!(all.is_sorted_by_key(|session| (start(session), session.customer, session.order)));
        for session in &all {
            let clicks = rows
                .iter()
                .filter(|row| (row.customer, row.order) == (session.customer, session.order));
            let mut clicks: Vec<_> = clicks.map(|row| (row.at, row.item)).collect();
            clicks.sort_unstable();
            assert!(clicks.iter().map(|click| click.1).eq(session.items.iter().copied()));
            assert_eq!((clicks[0].0, clicks.last().unwrap().0), (session.started, session.ended));
            let mut n = 0;
            for (so_far, next) in session.revealed() {
                n += 1;
                assert_eq!((so_far, next), (&session.items[..n], session.items[n]));
            }
            assert_eq!(n + 1, session.items.len());
        }
        let end = all.iter().map(|session| session.ended).max().unwrap_or_default();
        let (train, test) = split_by_last_days(all.clone(), 1);
        assert!(train.iter().all(|session| session.ended < end - days(1)));
        assert!(test.iter().all(|session| session.ended >= end - days(1)));
        assert_eq!(train.len() + test.len(), all.len());
        assert_eq!(all.is_empty(), test.is_empty());
    });
}
