//! A list whose items are not all alike, and not only what everybody knows.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use super::super::Ranked;
use super::{arranged, finite, relevance, share, weighed};

/// What a further item is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Against {
    /// The most similar of those before it: no two alike. For lists that say the same
    /// thing again and again.
    Nearest,
    /// All of those before it, out of the `n` there will be: little alike on the whole. For
    /// lists that are good already: the best stay in front, the others differ.
    All,
}

/// Maximal marginal relevance: the first `n` are chosen one by one, each the item with the
/// greatest `lambda * relevance - (1 - lambda) * similarity` to those chosen before; the
/// others follow as they were. With `lambda` 1 the list stays as it is. Of equals the
/// one that stood before comes first. Similarities are from 0 to 1.
///
/// As published, similarity is that to the nearest (Carbonell and Goldstein, "The use of
/// MMR, diversity-based reranking for reordering documents and producing summaries",
/// SIGIR 1998). The sum to all, divided by `n`, makes of it the greedy choice for
/// relevance less the intra-list similarity of the whole (Borodin, Lee and Ye, "Max-sum
/// diversification, monotone submodular functions and dynamic updates", PODS 2012).
///
/// The more candidates, the less relevance it costs to differ much, so there may be very
/// many. What a candidate is worth only falls as more are chosen, so it is held against them
/// only when nothing else is known to be worth more (Minoux, "Accelerated greedy algorithms
/// for maximizing submodular set functions", 1978): far down the list hardly any ever are.
pub(crate) fn diverse(
    list: Vec<Ranked>,
    n: usize,
    lambda: f64,
    against: Against,
    similarity: impl Fn(u32, u32) -> f64,
) -> Vec<Ranked> {
    let lambda = share(lambda);
    let n = n.min(list.len());
    let weight = match against {
        Against::Nearest => 1.0 - lambda,
        Against::All => (1.0 - lambda) / n.max(1) as f64,
    };
    let candidates = list.iter().zip(relevance(&list)).enumerate();
    let mut left: BinaryHeap<Candidate> = candidates
        .map(|(place, (ranked, relevance))| {
            // Zero has one sign, so that equals are equal.
            let relevance = lambda * relevance + 0.0;
            let item = ranked.item;
            Candidate { worth: relevance, place, item, relevance, similar: 0.0, held: 0 }
        })
        .collect();
    let (mut chosen, mut items) = (Vec::with_capacity(n), Vec::with_capacity(n));
    while chosen.len() < n {
        let Some(mut next) = left.peek_mut() else { break };
        if next.held == items.len() {
            let next = PeekMut::pop(next);
            chosen.push(next.place);
            items.push(next.item);
            continue;
        }
        let since = items.get(next.held..).unwrap_or_default().iter();
        let similar = since.map(|item| finite(similarity(*item, next.item)).clamp(0.0, 1.0));
        next.similar = match against {
            Against::Nearest => similar.fold(next.similar, f64::max),
            Against::All => similar.fold(next.similar, |sum, similar| sum + similar),
        };
        next.held = items.len();
        next.worth = next.relevance - weight * next.similar + 0.0;
    }
    arranged(list, &chosen)
}

/// An item that may be chosen next.
struct Candidate {
    /// What it is worth at most: as much as that if it is held against all that are chosen.
    worth: f64,
    place: usize,
    item: u32,
    /// Weighed already.
    relevance: f64,
    /// To the chosen: the greatest similarity, or the sum.
    similar: f64,
    /// Against how many of the chosen it was held.
    held: usize,
}

/// By what it is worth; of equals the first is the greatest.
impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.worth.total_cmp(&other.worth).then(other.place.cmp(&self.place))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

/// At which place the greatest value is; the first of equals.
pub(super) fn greatest(values: impl Iterator<Item = f64>) -> Option<usize> {
    let greater = |best: Option<(usize, f64)>, (place, value): (usize, f64)| match best {
        Some(best) if best.1 >= value => Some(best),
        _ => Some((place, value)),
    };
    values.enumerate().fold(None, greater).map(|(place, _)| place)
}

/// The share of what either set has that both have; both ascending. 0 for empty ones.
pub(crate) fn jaccard(a: &[u32], b: &[u32]) -> f64 {
    let (mut rest, mut both) = (b, 0usize);
    for item in a {
        let before = rest.partition_point(|other| other < item);
        rest = rest.get(before..).unwrap_or_default();
        both += usize::from(rest.first() == Some(item));
    }
    both as f64 / (a.len() + b.len() - both).max(1) as f64
}

/// Weighs in how unexpected an item is: the score times `2^(weight * information)`. The
/// information of an item is -log2 of the share of customers who have it (Vargas and
/// Castells, RecSys 2011), so that is the score / share^weight; what nothing speaks for is
/// not raised, however rare it is.
pub(crate) fn novel(
    list: Vec<Ranked>,
    weight: f64,
    information: impl Fn(u32) -> f64,
) -> Vec<Ranked> {
    weighed(list, |item| libm::exp2(finite(weight) * finite(information(item))))
}
