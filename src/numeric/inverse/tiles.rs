//! A product of matrices cut into tiles, which depend on the sizes alone: whoever works
//! them off, and in whatever order, each is the same product.

use std::sync::{Mutex, PoisonError};
use std::thread;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, Axis};

/// Sides of a rectangle above which it is cut in two. Smaller ones are packed too often.
const WIDEST: usize = 1024;

/// Side of a triangle at or below which it is worked off as a square. Half is in vain.
const SMALLEST: usize = 128;

/// `into -= left · rightᵀ`.
struct Tile<'a> {
    left: ArrayView2<'a, f64>,
    right: ArrayView2<'a, f64>,
    into: ArrayViewMut2<'a, f64>,
}

impl Tile<'_> {
    fn subtract(mut self) {
        general_mat_mul(-1.0, &self.left, &self.right.t(), 1.0, &mut self.into);
    }
}

/// Tiles of which no two write to the same place.
#[derive(Default)]
pub(super) struct Tiles<'a>(Vec<Tile<'a>>);

impl<'a> Tiles<'a> {
    /// Plans `into -= left · rightᵀ`.
    pub(super) fn rectangle(
        &mut self,
        left: ArrayView2<'a, f64>,
        right: ArrayView2<'a, f64>,
        into: ArrayViewMut2<'a, f64>,
    ) {
        let (rows, columns) = into.dim();
        if rows.max(columns) <= WIDEST {
            if rows > 0 && columns > 0 {
                self.0.push(Tile { left, right, into });
            }
        } else if rows >= columns {
            let (above, below) = into.split_at(Axis(0), half(rows));
            let (first, second) = left.split_at(Axis(0), half(rows));
            self.rectangle(first, right, above);
            self.rectangle(second, right, below);
        } else {
            let (before, after) = into.split_at(Axis(1), half(columns));
            let (first, second) = right.split_at(Axis(0), half(columns));
            self.rectangle(left, first, before);
            self.rectangle(left, second, after);
        }
    }

    /// Plans `into -= left · rightᵀ` for the lower triangle; above it anything may come out.
    pub(super) fn triangle(
        &mut self,
        left: ArrayView2<'a, f64>,
        right: ArrayView2<'a, f64>,
        into: ArrayViewMut2<'a, f64>,
    ) {
        if into.nrows() <= SMALLEST {
            return self.rectangle(left, right, into);
        }
        let cut = half(into.nrows());
        let (above, below) = into.split_at(Axis(0), cut);
        let (before, after) = below.split_at(Axis(1), cut);
        let (first, second) = left.split_at(Axis(0), cut);
        let (left_of, right_of) = right.split_at(Axis(0), cut);
        self.rectangle(second, left_of, before);
        self.triangle(first, left_of, above.split_at(Axis(1), cut).0);
        self.triangle(second, right_of, after);
    }

    /// Works them off. Where no thread can be had, as in a browser, the caller does it all.
    pub(super) fn subtract(self, threads: usize) {
        let helpers = threads.min(self.0.len()).saturating_sub(1);
        if helpers == 0 {
            return self.0.into_iter().for_each(Tile::subtract);
        }
        let queue = Mutex::new(self.0.into_iter());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || std::iter::from_fn(next).for_each(Tile::subtract);
        thread::scope(|scope| {
            for _ in 0..helpers {
                _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
    }
}

/// About half, at a border of what the processor takes at a time.
fn half(side: usize) -> usize {
    (side / 2).next_multiple_of(8)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    /// Wide, high and lower ones, each across the sizes at which they are cut.
    #[test]
    fn tiles_cover_everything_once() {
        let filled = |rows, by| Array2::from_shape_fn((rows, 2), |(i, k)| (i * by + k) as f64);
        for (rows, columns) in [(1025, 3), (3, 1030), (1100, 1027), (1, 1), (0, 4), (4, 0)] {
            let (left, right) = (filled(rows, 3), filled(columns, 7));
            let mut into = Array2::ones((rows, columns));
            let mut tiles = Tiles::default();
            tiles.rectangle(left.view(), right.view(), into.view_mut());
            tiles.subtract(2);
            for ((i, j), entry) in into.indexed_iter() {
                let product = i * 3 * j * 7 + (i * 3 + 1) * (j * 7 + 1);
                assert_eq!(*entry, 1.0 - product as f64, "{rows} {columns}: {i} {j}");
            }
        }
        for n in [0, 1, 128, 129, 300] {
            let (left, right) = (filled(n, 3), filled(n, 7));
            let mut into = Array2::ones((n, n));
            let mut tiles = Tiles::default();
            tiles.triangle(left.view(), right.view(), into.view_mut());
            tiles.subtract(1);
            for ((i, j), entry) in into.indexed_iter().filter(|((i, j), _)| j <= i) {
                let product = i * 3 * j * 7 + (i * 3 + 1) * (j * 7 + 1);
                assert_eq!(*entry, 1.0 - product as f64, "{n}: {i} {j}");
            }
        }
    }
}
