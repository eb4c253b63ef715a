//! Lookalikes against sets of customers per feature, counted one by one; and in a world
//! where it is known who is alike.

use std::collections::{BTreeMap, BTreeSet};

use super::{Audience, Features, Lookalikes, Roster};
use crate::numeric::Draws;
use crate::types::{Identifier, Timestamp};

type Rows = Vec<Vec<u32>>;

fn monday() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// Numbers of the same length, so that the order of names is that of rows.
fn roster(n: usize) -> Roster {
    Roster::new(monday(), (0..n).map(|n| format!("c{n:05}"))).unwrap()
}

/// The ranking as its description says it, slowly; and the weights.
fn twin(rows: &Rows, seed: &BTreeSet<usize>, k: usize) -> (Vec<(usize, i64)>, BTreeMap<u32, i64>) {
    let mut who: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for (customer, row) in rows.iter().enumerate() {
        row.iter().for_each(|feature| _ = who.entry(*feature).or_default().insert(customer));
    }
    who.retain(|_, who| who.len() >= k);
    let weight = |who: &BTreeSet<usize>| {
        let odds = |with: usize, without: usize| (with as f64 + 0.5) / (without as f64 + 0.5);
        let inside = who.intersection(seed).count();
        let outside = who.len() - inside;
        let others = rows.len() - seed.len();
        let inside = odds(inside, seed.len() - inside);
        (libm::log(inside / odds(outside, others - outside)) * 1_000_000.0).round() as i64
    };
    let weights: BTreeMap<u32, i64> = who.iter().map(|(f, who)| (*f, weight(who))).collect();
    let score = |customer: &usize| {
        let own: BTreeSet<u32> = rows[*customer].iter().copied().collect();
        own.iter().map(|feature| weights.get(feature).copied().unwrap_or(0)).sum::<i64>()
    };
    let others = (0..rows.len()).filter(|customer| !seed.contains(customer));
    let mut ranked: Vec<(usize, i64)> = others.map(|c| (c, score(&c))).collect();
    // Stable: ties stay in the order of customers.
    ranked.sort_by_key(|(_, score)| -score);
    (ranked, weights)
}

fn name(roster: &Roster, n: usize) -> Identifier {
    roster.get(n as u32).unwrap().clone()
}

#[test]
fn ranks_as_counting_one_by_one_does() {
    let mut draws = Draws::new(1, &[b"lookalikes"]);
    for case in 0..300 {
        let (n, k) = (2 + draws.below(40), draws.below(5));
        let kinds = 1 + draws.below(12);
        let mut row = |_| -> Vec<u32> {
            (0..draws.below(8)).map(|_| draws.below(kinds) as u32 * 333_333_333).collect()
        };
        let rows: Rows = (0..n).map(&mut row).collect();
        let mut seed: BTreeSet<usize> = (0..n).filter(|_| draws.below(3) == 0).collect();
        seed.extend(0..k.max(1).min(n));
        let k = k.min(seed.len());
        let roster = roster(n).hide_groups_below(k as u64);
        let features = Features::new(&roster, rows.clone()).unwrap();
        let ours = Audience::of_numbers(&roster, seed.iter().map(|n| *n as u32));
        let ours = Lookalikes::of(&features, &ours).unwrap();
        let (ranked, weights) = twin(&rows, &seed, k);
        let found: Vec<_> = ours.best(n).into_iter().map(|l| (l.customer, l.score)).collect();
        let expected: Vec<_> =
            ranked.iter().map(|(c, score)| (name(&roster, *c), *score)).collect();
        assert_eq!(found, expected, "case {case}");
        assert_eq!(ours.len(), n - seed.len());
        let half: BTreeSet<_> = ranked.iter().take(n / 2).map(|(c, _)| name(&roster, *c)).collect();
        assert!(ours.audience(n / 2).iter().eq(&half));
        for (customer, row) in rows.iter().enumerate() {
            let own: BTreeSet<u32> = row.iter().copied().collect();
            let mut spoke: Vec<(u32, i64)> = weights.clone().into_iter().collect();
            spoke.retain(|(feature, weight)| own.contains(feature) && *weight > 0);
            spoke.sort_by_key(|(_, weight)| -weight);
            spoke.truncate(3);
            assert_eq!(ours.because(&name(&roster, customer), 3), spoke, "case {case}");
        }
    }
}

/// The ranking is that of naive Bayes with every feature, had or not: the probabilities
/// of a customer within the seed and outside, multiplied out.
#[test]
fn the_score_is_naive_bayes_up_to_a_constant() {
    let (seeds, others) = (40.0, 160.0);
    let mut draws = Draws::new(2, &[b"bayes"]);
    let row = |n: usize, draws: &mut Draws| -> Vec<u32> {
        let chance = |f: u32| if n < 40 { 0.2 + 0.1 * f64::from(f) } else { 0.5 };
        (0..6).filter(|f| draws.unit() < chance(*f)).collect()
    };
    let rows: Rows = (0..200).map(|n| row(n, &mut draws)).collect();
    let roster = roster(200);
    let features = Features::new(&roster, rows.clone()).unwrap();
    let seed = Audience::of_numbers(&roster, 0..40);
    let has = |f: u32, rows: &[Vec<u32>]| rows.iter().filter(|row| row.contains(&f)).count() as f64;
    let posterior = |row: &[u32]| -> f64 {
        let factor = |f: u32| {
            let inside = (has(f, &rows[..40]) + 0.5) / (seeds + 1.0);
            let outside = (has(f, &rows[40..]) + 0.5) / (others + 1.0);
            if row.contains(&f) { inside / outside } else { (1.0 - inside) / (1.0 - outside) }
        };
        (0..6).map(factor).product()
    };
    let nothing = posterior(&[]);
    for alike in Lookalikes::of(&features, &seed).unwrap().best(200) {
        let number = roster.number_of(&alike.customer).unwrap() as usize;
        let exact = (posterior(&rows[number]) / nothing).ln();
        assert!((alike.score as f64 / 1e6 - exact).abs() < 1e-5, "{} {exact}", alike.score);
    }
}

/// The chance that one who is alike ranks above one who is not; a tie is half.
fn auc(ranked: &[(usize, i64)], alike: impl Fn(usize) -> bool) -> f64 {
    let (yes, no): (Vec<_>, Vec<_>) = ranked.iter().partition(|(c, _)| alike(*c));
    let wins =
        |score: i64| no.iter().map(|(_, other)| (score.cmp(other) as i8 + 1) as i64).sum::<i64>();
    let sum: i64 = yes.iter().map(|(_, score)| wins(*score)).sum();
    sum as f64 / (2 * yes.len() * no.len()) as f64
}

/// Every fifth customer is a gardener. All have many of the popular features, the busy
/// more of them; gardeners have some more often than others do, and others have some
/// more often than gardeners. A tenth of the gardeners are the seed.
#[test]
fn finds_those_who_are_alike_and_not_those_who_have_much() {
    let mut draws = Draws::new(3, &[b"gardeners"]);
    let gardener = |n: usize| n.is_multiple_of(5);
    let rows: Rows = (0..5_000)
        .map(|n| {
            let busy = 0.2 + 0.6 * draws.unit();
            let chance = |f: u32| match f {
                0..30 => busy,
                30..60 if gardener(n) => 0.25,
                60..90 if !gardener(n) => 0.25,
                _ => 0.08,
            };
            (0..120).filter(|f| draws.unit() < chance(*f)).collect()
        })
        .collect();
    let roster = roster(5_000).hide_groups_below(10);
    let features = Features::new(&roster, rows.clone()).unwrap();
    let seed = Audience::of_numbers(&roster, (0..5_000).step_by(50));
    let ranked = Lookalikes::of(&features, &seed).unwrap().best(5_000);
    let number = |customer: &Identifier| roster.number_of(customer).unwrap() as usize;
    let ours: Vec<_> = ranked.iter().map(|l| (number(&l.customer), l.score)).collect();
    let popular: Vec<_> = ours.iter().map(|(c, _)| (*c, rows[*c].len() as i64)).collect();
    let (ours, popular) = (auc(&ours, gardener), auc(&popular, gardener));
    assert!(ours > 0.9, "{ours}");
    assert!(popular < 0.7, "{popular}");
}

#[test]
fn what_cannot_be_ranked_is_refused() {
    let roster = roster(4).hide_groups_below(2);
    let rows = || vec![vec![1], vec![1, 2], vec![u32::MAX, 0], vec![]];
    let short = Features::new(&roster, rows().into_iter().take(3)).unwrap_err();
    assert_eq!(short.to_string(), "`rows` has 3 rows for 4 customers: expected one for each");
    let features = Features::new(&roster, rows()).unwrap();
    for seed in [Audience::nobody(&roster), Audience::of(&roster, ["c00001"])] {
        let few = Lookalikes::of(&features, &seed).unwrap_err();
        assert_eq!(few.to_string(), "`seed` has too few customers: expected at least 2");
    }
    let open = self::roster(4);
    let refused = Lookalikes::of(&Features::new(&open, rows()).unwrap(), &Audience::nobody(&open));
    assert!(refused.is_err_and(|error| error.to_string().ends_with("expected at least 1")));
    let other = Audience::everyone(&self::roster(3));
    assert_eq!(Lookalikes::of(&features, &other).unwrap_err().field(), Some("seed"));
    let all = Lookalikes::of(&features, &Audience::everyone(&roster)).unwrap();
    assert!(all.is_empty() && all.best(3).is_empty() && all.audience(3).is_empty());
    assert_eq!(all.because(&"a stranger".into(), 3), []);
    let debug = format!("{features:?} {all:?}");
    assert_eq!(debug, "Features { .. } Lookalikes { .. }");
}
