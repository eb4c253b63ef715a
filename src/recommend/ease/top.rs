//! The best of many.

/// The `n` highest scores of the items that are kept, best first, and of equal ones the
/// first. An item is only asked about when its score would do.
pub(super) fn top(scores: &[f64], n: usize, keep: impl Fn(u32) -> bool) -> Vec<(u32, f64)> {
    let mut best: Vec<(u32, f64)> = Vec::with_capacity(n.min(scores.len()));
    if n == 0 {
        return best;
    }
    let mut bar = None;
    for (item, score) in (0..).zip(scores) {
        if bar.is_some_and(|bar| *score <= bar) || score.is_nan() || !keep(item) {
            continue;
        }
        let place = best.partition_point(|(_, better)| better >= score);
        best.truncate(n - 1);
        best.insert(place, (item, *score));
        bar = best.get(n - 1).map(|(_, last)| *last);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::Draws;

    /// Against sorting everything; few values, so that many are equal.
    #[test]
    fn is_the_head_of_the_sorted() {
        let mut draws = Draws::new(5, &[b"top"]);
        for round in 0..300 {
            let scores: Vec<f64> = (0..round % 40).map(|_| draws.below(9) as f64 - 4.0).collect();
            let keep = |item: u32| !(item + round).is_multiple_of(3);
            let mut sorted: Vec<(u32, f64)> =
                (0..).zip(scores.iter().copied()).filter(|(item, _)| keep(*item)).collect();
            sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            for n in [0, 1, 2, 7, 39, 50] {
                let head = sorted.get(..n).unwrap_or(&sorted);
                assert_eq!(top(&scores, n, keep), head, "{round} {n}");
            }
        }
    }

    #[test]
    fn what_is_no_number_is_not_ranked() {
        assert_eq!(top(&[f64::NAN, 1.0, f64::NAN], 2, |_| true), [(1, 1.0)]);
    }
}
