//! Several ranked lists into one.

use super::super::{Ranked, best};
use super::{REASONS, finite, relevance};

/// Reciprocal rank fusion: the score of an item is the sum of weight / (k + place) over
/// the lists it is in, places counted from 1. It needs no scores that compare; `k` is 60
/// (Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and
/// individual rank learning methods", SIGIR 2009).
pub(crate) fn by_rank(lists: &[(f64, &[Ranked])], n: usize) -> Vec<Ranked> {
    const K: f64 = 60.0;
    blend(lists, n, |list| (1..=list.len()).map(|place| 1.0 / (K + place as f64)).collect())
}

/// The weighted sum of scores, each list's in proportion to its best (see
/// [`relevance`]); a list that an item is not in adds nothing.
pub(crate) fn by_score(lists: &[(f64, &[Ranked])], n: usize) -> Vec<Ranked> {
    blend(lists, n, relevance)
}

/// Sums over the lists what each says of an item, in the order of the lists. A list
/// without weight is as if absent; an item that a list has twice counts where it is first.
fn blend(
    lists: &[(f64, &[Ranked])],
    n: usize,
    strengths: impl Fn(&[Ranked]) -> Vec<f64>,
) -> Vec<Ranked> {
    let mut told: Vec<(u32, usize, f64, &[u32])> = Vec::new();
    for (number, (weight, list)) in lists.iter().enumerate() {
        let weight = finite(*weight);
        if weight > 0.0 {
            let strengths = strengths(list).into_iter().map(|strength| weight * strength);
            let items = list.iter().zip(strengths);
            told.extend(items.map(|(r, strength)| (r.item, number, strength, &r.because[..])));
        }
    }
    // A stable sort: of an item that a list has twice, the first stays first.
    told.sort_by_key(|(item, number, ..)| (*item, *number));
    told.dedup_by_key(|(item, number, ..)| (*item, *number));
    let blended = told.chunk_by(|a, b| a.0 == b.0).filter_map(|by_list| {
        Some(Ranked {
            item: by_list.first()?.0,
            score: by_list.iter().map(|(.., strength, _)| strength).sum(),
            because: reasons(by_list),
        })
    });
    best(blended.collect(), n)
}

/// Who spoke for an item in any list, the strongest first: the first named by a list has
/// all of what the list says, the second a half, the third a third.
fn reasons(by_list: &[(u32, usize, f64, &[u32])]) -> Vec<u32> {
    let mut voices: Vec<(u32, f64)> = Vec::new();
    for (.., strength, because) in by_list {
        let share = (1..).map(|place| strength / f64::from(place));
        voices.extend(because.iter().copied().zip(share));
    }
    voices.sort_by_key(|(item, _)| *item);
    let mut summed: Vec<(u32, f64)> = voices
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|same| Some((same.first()?.0, same.iter().map(|(_, share)| share).sum())))
        .collect();
    summed.sort_by(|a, b| b.1.total_cmp(&a.1));
    summed.into_iter().take(REASONS).map(|(item, _)| item).collect()
}
