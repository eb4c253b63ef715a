//! The best of many.

/// The `n` highest positive scores of the items that are kept, best first, and of equal ones
/// the first. An item is only asked about when its score would do.
#[derive(Debug)]
pub(super) struct Top {
    n: usize,
    best: Vec<(u32, f64)>,
    /// Below this a score is not among the best.
    bar: f64,
}

impl Top {
    pub(super) fn new(n: usize) -> Self {
        Self { n, best: Vec::with_capacity(n.min(1024)), bar: 0.0 }
    }

    /// Scores of items.
    pub(super) fn add(
        &mut self,
        scores: impl Iterator<Item = (u32, f64)>,
        keep: impl Fn(u32) -> bool,
    ) {
        if self.n == 0 {
            return;
        }
        for (item, score) in scores {
            // What is no number beats nothing.
            if score > 0.0 && score >= self.bar && keep(item) {
                self.insert(item, score);
            }
        }
    }

    fn insert(&mut self, item: u32, score: f64) {
        // Where many are asked for, they are sorted now and then and not one by one.
        self.best.push((item, score));
        if self.best.len() >= self.n.saturating_mul(2).max(self.n.saturating_add(16)) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let order = |a: &(u32, f64), b: &(u32, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if self.best.len() > self.n && self.n > 0 {
            let (_, last, _) = self.best.select_nth_unstable_by(self.n - 1, order);
            self.bar = last.1;
            self.best.truncate(self.n);
        }
    }

    /// The best, in order.
    pub(super) fn into_sorted(mut self) -> Vec<(u32, f64)> {
        self.cut();
        self.best.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        self.best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::Draws;

    fn top(scores: &[f64], n: usize, keep: impl Fn(u32) -> bool) -> Vec<(u32, f64)> {
        let mut top = Top::new(n);
        top.add((0..).zip(scores.iter().copied()), keep);
        top.into_sorted()
    }

    /// Against sorting everything; few values, so that many are equal.
    #[test]
    fn is_the_head_of_the_sorted() {
        let mut draws = Draws::new(5, &[b"top"]);
        for round in 0..300 {
            let scores: Vec<f64> = (0..round % 120).map(|_| draws.below(9) as f64 - 2.0).collect();
            let keep = |item: u32| !(item + round).is_multiple_of(3);
            let mut sorted: Vec<(u32, f64)> =
                (0..).zip(scores.iter().copied()).filter(|(i, s)| keep(*i) && *s > 0.0).collect();
            sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            for n in [0, 1, 2, 7, 39, 500, usize::MAX] {
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
