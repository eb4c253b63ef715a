//! What lists are like, whether they are right or not: new, varied, or the same for
//! everybody.

use std::collections::BTreeSet;

/// How unexpected a list is: the mean of -log2(customers of the item / customers), the
/// information in learning that somebody has the item. From 0, where everybody has all of
/// it, to log2(customers); an item that nobody has counts as if one customer had it.
/// `None` for an empty list (Vargas and Castells, "Rank and relevance in novelty and
/// diversity metrics for recommender systems", RecSys 2011).
pub fn novelty<T: Ord>(
    list: &[T],
    customers_of: impl Fn(&T) -> u64,
    customers: u64,
) -> Option<f64> {
    let everybody = customers.max(1);
    let information = |item: &T| {
        let had = customers_of(item).clamp(1, everybody);
        libm::log2(everybody as f64 / had as f64)
    };
    mean(distinct(list).into_iter().map(information))
}

/// How varied a list is: 1 - the mean similarity over all pairs of its items. From 0 to 1
/// where the host's similarity goes from 0 to 1. `None` for fewer than two items.
///
/// The mean similarity is the intra-list similarity of Ziegler, McNee, Konstan and Lausen
/// ("Improving recommendation lists through topic diversification", WWW 2005) divided by
/// the number of pairs, so that lists of different lengths compare. A similarity that is
/// no finite number counts as none.
pub fn intra_list_diversity<T: Ord>(list: &[T], similarity: impl Fn(&T, &T) -> f64) -> Option<f64> {
    let items = distinct(list);
    let pairs = items.iter().enumerate().flat_map(|(n, a)| {
        let after = items.iter().skip(n + 1);
        after.map(move |b| (*a, *b))
    });
    mean(pairs.map(|(a, b)| finite(similarity(a, b)))).map(|similar| 1.0 - similar)
}

/// How popular the items of a list are: the mean number of customers who have them. From 0
/// to all customers; the mean over lists is the average recommendation popularity (ARP) of
/// Abdollahpouri, Burke and Mobasher ("Managing popularity bias in recommender systems
/// with personalized re-ranking", FLAIRS 2019). `None` for an empty list.
pub fn average_popularity<T: Ord>(list: &[T], customers_of: impl Fn(&T) -> u64) -> Option<f64> {
    mean(distinct(list).into_iter().map(|item| customers_of(item) as f64))
}

/// How often each item of a catalogue is listed.
///
/// ```
/// use confidant::evaluate::Exposure;
///
/// let lists = [["cream", "soap"], ["cream", "comb"]];
/// let exposure = Exposure::of(&["comb", "cream", "mascara", "soap"], &lists);
/// assert_eq!(exposure.coverage(), Some(0.75));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// Ascending.
    counts: Vec<u64>,
}

impl Exposure {
    /// Counts in how many lists each item of the catalogue is. What is not in the
    /// catalogue is not counted.
    pub fn of<T: Ord, L: AsRef<[T]>>(catalogue: &[T], lists: &[L]) -> Self {
        let items: BTreeSet<&T> = catalogue.iter().collect();
        let mut listed: Vec<&T> = Vec::new();
        for list in lists {
            listed.extend(distinct(list.as_ref()).into_iter().filter(|item| items.contains(item)));
        }
        listed.sort_unstable();
        let runs = listed.chunk_by(|a, b| a == b);
        let mut counts: Vec<u64> = runs.map(|run| run.len() as u64).collect();
        counts.resize(items.len(), 0);
        counts.sort_unstable();
        Self { counts }
    }

    /// Catalogue coverage: the share of the catalogue that is in any list. From 0 to 1.
    /// `None` for an empty catalogue (Ge, Delgado-Battenfeld and Jannach, "Beyond
    /// accuracy: evaluating recommender systems by coverage and serendipity", RecSys
    /// 2010).
    #[must_use]
    pub fn coverage(&self) -> Option<f64> {
        let listed = self.counts.iter().filter(|count| **count > 0).count();
        (!self.counts.is_empty()).then(|| listed as f64 / self.counts.len() as f64)
    }

    /// The Gini index of exposure: with the counts in ascending order as `x`, the sum of
    /// (2j - n - 1) * `x_j` over j from 1 to n, divided by (n - 1) times their sum. 0 where
    /// all items are listed equally often, 1 where only one is. `None` where nothing is
    /// listed (Shani and Gunawardana, "Evaluating recommendation systems", 2011).
    #[must_use]
    pub fn gini(&self) -> Option<f64> {
        let n = self.counts.len() as i128;
        let total: i128 = self.counts.iter().map(|count| i128::from(*count)).sum();
        let weighed = (1..).zip(&self.counts).map(|(j, x)| (2 * j - n - 1) * i128::from(*x));
        let sum: i128 = weighed.sum();
        let most = (n - 1).max(1) * total;
        (total > 0).then(|| sum as f64 / most as f64)
    }
}

/// The items of a list, each once, as they first come.
fn distinct<T: Ord>(list: &[T]) -> Vec<&T> {
    let mut seen = BTreeSet::new();
    list.iter().filter(|item| seen.insert(*item)).collect()
}

fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0u64), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| finite(sum / n as f64))
}
