//! What is fitted: one inverse, from which every weight follows.

use crate::numeric::{self, Digest};

/// `P = (G + λI)⁻¹`, row by row.
#[derive(Debug)]
pub(super) struct Weights {
    inverse: Vec<f64>,
    items: usize,
    digest: Digest,
}

impl Weights {
    /// From how many customers have both of two items, told once for each pair and each
    /// item with itself. `None` if these are no such counts, or `lambda` is not above zero.
    pub(super) fn fit(
        counts: impl IntoIterator<Item = (u32, u32, u64)>,
        items: usize,
        lambda: f64,
        threads: usize,
    ) -> Option<Self> {
        let mut matrix = vec![0.0; items.checked_mul(items)?];
        for (i, j, together) in counts {
            let (row, column) = (i.max(j) as usize, i.min(j) as usize);
            let place = row.checked_mul(items)?.checked_add(column)?;
            *matrix.get_mut(place)? = together as f64;
        }
        matrix.iter_mut().step_by(items + 1).for_each(|entry| *entry += lambda);
        let usable = lambda > 0.0;
        let inverse = usable.then(|| numeric::inverse(matrix, items, threads)).flatten()?;
        Some(Self::new(inverse, items))
    }

    fn new(inverse: Vec<f64>, items: usize) -> Self {
        let mut weights = Self { inverse, items, digest: Digest::default() };
        // Each is there twice.
        weights.digest = numeric::digest(&(items, weights.triangle()));
        weights
    }

    /// Its exact content.
    pub(super) fn digest(&self) -> Digest {
        self.digest
    }

    /// The lower triangle, row by row.
    pub(super) fn triangle(&self) -> Vec<f64> {
        let rows = (0..self.items as u32).filter_map(|item| self.row(item)).enumerate();
        rows.flat_map(|(item, row)| row.iter().take(item + 1)).copied().collect()
    }

    /// From a lower triangle, if its numbers are finite and as many as one has.
    pub(super) fn of_triangle(triangle: &[f64]) -> Option<Self> {
        let items = (triangle.len() * 2).isqrt();
        let whole = items * (items + 1) / 2 == triangle.len();
        if !whole || !triangle.iter().all(|entry| entry.is_finite()) {
            return None;
        }
        let mut inverse = vec![0.0; items.checked_mul(items)?];
        let places = (0..items).flat_map(|i| (0..=i).map(move |j| (i, j)));
        for ((i, j), entry) in places.zip(triangle) {
            for place in [i * items + j, j * items + i] {
                *inverse.get_mut(place)? = *entry;
            }
        }
        Some(Self::new(inverse, items))
    }

    pub(super) fn row(&self, item: u32) -> Option<&[f64]> {
        let from = (item as usize).checked_mul(self.items)?;
        self.inverse.get(from..from.checked_add(self.items)?)
    }

    /// `P[i, i]` of every item.
    pub(super) fn diagonal(&self) -> Vec<f64> {
        self.inverse.iter().step_by(self.items + 1).copied().collect()
    }

    /// `P x`: the sum of the rows of some items. This is as fast as they come from memory,
    /// so four are read at a time.
    pub(super) fn sum(&self, items: &[u32]) -> Vec<f64> {
        let mut sum = vec![0.0; self.items];
        let rows: Vec<&[f64]> = items.iter().filter_map(|item| self.row(*item)).collect();
        let (fours, rest) = rows.as_chunks();
        for [a, b, c, d] in fours {
            let entries = sum.iter_mut().zip(*a).zip(*b).zip(*c).zip(*d);
            entries.for_each(|((((sum, a), b), c), d)| *sum += (a + b) + (c + d));
        }
        for row in rest {
            sum.iter_mut().zip(*row).for_each(|(sum, entry)| *sum += entry);
        }
        sum
    }
}
