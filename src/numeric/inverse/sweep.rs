//! Sweeping: by panels, and one by one within the smallest of them.

use std::ops::Range;

use ndarray::{Array2, ArrayBase, ArrayViewMut2, Axis, Ix2, RawData};

use super::tiles::Tiles;

/// Side of the squares in which a matrix is mirrored: two of them fit the fastest cache.
const SQUARE: usize = 32;

/// Turns the lower triangle of `a` into that of `-a⁻¹`, by panels of the first of `widths`,
/// whose pivots are swept by the next; `None` if a pivot is not above its floor.
pub(super) fn sweep(
    mut a: ArrayViewMut2<'_, f64>,
    widths: &[usize],
    floors: &[f64],
    threads: usize,
) -> Option<()> {
    let Some((width, inner)) = widths.split_first() else {
        return sweep_singly(a, floors);
    };
    let n = a.nrows();
    let mut buffers = [Array2::zeros((n, n.min(*width))), Array2::zeros((n, n.min(*width)))];
    for (from, floors) in (0..n).step_by(*width).zip(floors.chunks(*width)) {
        let panel = from..from + floors.len();
        let buffers = buffers.each_mut().map(|b| part(b.view_mut(), 0..n, 0..panel.len()));
        sweep_panel(&mut a, panel, buffers, inner, floors, threads)?;
    }
    Some(())
}

/// Sweeps one panel: its pivot first, then everything else in products of matrices.
fn sweep_panel(
    a: &mut ArrayViewMut2<'_, f64>,
    panel: Range<usize>,
    [mut columns, mut swept]: [ArrayViewMut2<'_, f64>; 2],
    inner: &[usize],
    floors: &[f64],
    threads: usize,
) -> Option<()> {
    let n = a.nrows();
    let (from, to) = (panel.start, panel.end);
    let mut pivot = part(a.view(), panel.clone(), panel.clone()).to_owned();
    sweep(pivot.view_mut(), inner, floors, threads)?;
    mirror(pivot.view_mut());

    let width = 0..panel.len();
    let earlier = part(a.view(), panel.clone(), 0..from);
    part(columns.view_mut(), 0..from, width.clone()).assign(&earlier.t());
    let later = part(a.view(), to..n, panel.clone());
    part(columns.view_mut(), to..n, width.clone()).assign(&later);
    let before = part(columns.view(), 0..from, width.clone());
    let after = part(columns.view(), to..n, width.clone());

    // The pivot is -D⁻¹ by now, so taking its product away adds W D⁻¹.
    swept.fill(0.0);
    let (above, below) = swept.view_mut().split_at(Axis(0), from);
    let below = below.split_at(Axis(0), panel.len()).1;
    let mut tiles = Tiles::default();
    tiles.rectangle(before, pivot.view(), above);
    tiles.rectangle(after, pivot.view(), below);
    tiles.subtract(threads);
    let above = part(swept.view(), 0..from, width.clone());
    let below = part(swept.view(), to..n, width);

    let (first, rest) = a.view_mut().split_at(Axis(0), from);
    let (left, right) = rest.split_at(Axis(0), panel.len()).1.split_at(Axis(1), from);
    let mut tiles = Tiles::default();
    tiles.rectangle(below, before, left);
    tiles.triangle(above, before, first.split_at(Axis(1), from).0);
    tiles.triangle(below, after, right.split_at(Axis(1), panel.len()).1);
    tiles.subtract(threads);

    part(a.view_mut(), panel.clone(), 0..from).assign(&above.t());
    part(a.view_mut(), to..n, panel.clone()).assign(&below);
    part(a.view_mut(), panel.clone(), panel).assign(&pivot);
    Some(())
}

/// Sweeps one index after the other.
fn sweep_singly(mut a: ArrayViewMut2<'_, f64>, floors: &[f64]) -> Option<()> {
    for (k, floor) in floors.iter().enumerate() {
        let at = |i: usize| (i.max(k), i.min(k));
        let column: Vec<f64> = (0..a.nrows()).filter_map(|i| a.get(at(i)).copied()).collect();
        let pivot = *column.get(k)?;
        // One that is no number shows in what comes out.
        if pivot <= *floor {
            return None;
        }
        for ((i, mut row), value) in a.rows_mut().into_iter().enumerate().zip(&column) {
            let factor = value / pivot;
            let pairs = row.iter_mut().zip(&column).take(i + 1);
            pairs.for_each(|(entry, value)| *entry -= factor * value);
        }
        for (i, value) in column.iter().enumerate() {
            *a.get_mut(at(i))? = value / pivot;
        }
        *a.get_mut((k, k))? = -1.0 / pivot;
    }
    Some(())
}

/// Copies the lower triangle to the upper.
pub(super) fn mirror(mut a: ArrayViewMut2<'_, f64>) {
    let n = a.nrows();
    let squares = |end: usize| (0..end).step_by(SQUARE).map(move |at| at..n.min(at + SQUARE));
    for rows in squares(n) {
        let (mut above, mut below) = a.view_mut().split_at(Axis(0), rows.start);
        let height = 0..rows.len();
        for columns in squares(rows.start) {
            let square = part(below.view(), height.clone(), columns.clone());
            part(above.view_mut(), columns, rows.clone()).assign(&square.t());
        }
        for i in height {
            let (above, row) = below.view_mut().split_at(Axis(0), i);
            let (column, so_far) = (rows.start + i, rows.start..rows.start + i);
            part(above, 0..i, column..column + 1).assign(&part(row, 0..1, so_far).t());
        }
    }
}

/// A part of a matrix, or of a view of one.
fn part<S: RawData>(
    mut a: ArrayBase<S, Ix2>,
    rows: Range<usize>,
    columns: Range<usize>,
) -> ArrayBase<S, Ix2> {
    a.slice_axis_inplace(Axis(0), rows.into());
    a.slice_axis_inplace(Axis(1), columns.into());
    a
}
