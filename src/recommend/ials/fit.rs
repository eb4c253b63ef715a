//! Customers and items solved in turn (alternating least squares), in single precision.
//!
//! What comes out does not depend on the order of the rows, which are sorted first, nor on
//! the number of threads: each customer and each item is solved by itself, and what is
//! summed over all is summed in blocks of a fixed size, in order.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, Axis, Slice};

use super::axes::axes;
use super::solve::{self, Problem};
use super::steps::Steps;
use super::top::Blocks;
use super::{Factors, Params};
use crate::numeric::Draws;
use crate::recommend::rows::Rows;

/// How many vectors are summed together.
const BLOCK: usize = 256;

/// How many vectors a thread solves at a time.
const PIECE: usize = 64;

/// How many chosen make steps cheaper than the solution, and are not too many to be held.
const STEPPED: std::ops::Range<usize> = 8..8192;

/// Below this width plain loops are faster than products of matrices.
const SMALL: usize = 16;

/// How many columns are multiplied at a time: of a square, only half is wanted.
const PANEL: usize = 32;

/// As long as a vector is at the start (Rendle and others, 2022).
const START: f64 = 0.1;

impl Factors {
    /// Fits the items that rows of customers name; `items` is how many there are in all.
    pub(crate) fn fit(rows: &Rows, items: usize, params: Params, threads: usize) -> Self {
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        let pairs = Pairs::new(rows, items);
        let fit = Fit { params, threads, width: params.factors.max(1) };
        let mut vectors = fit.start(&pairs.names);
        let mut customers = vec![0.0; pairs.customers.len() * fit.width];
        for _ in 0..params.iterations {
            let squares = fit.turn(&mut vectors, &mut customers);
            fit.solve(&pairs.customers, &vectors, &squares, &mut customers);
            let squares = fit.turn(&mut customers, &mut vectors);
            fit.solve(&pairs.items, &customers, &squares, &mut vectors);
        }
        let squares = fit.turn(&mut vectors, &mut []);
        let told = pairs.names.iter().copied().zip(vectors.chunks_exact(fit.width));
        let vectors = Blocks::new(fit.width, items, told);
        Self { params, items: pairs.names.len(), squares, vectors }
    }
}

/// Rows that only say who chose what: each with known items only, ascending, each once;
/// none empty; in order.
pub(super) fn canonical(rows: &Rows, items: u64) -> Vec<Vec<u32>> {
    let mut told: Vec<Vec<u32>> = rows.iter().map(<[u32]>::to_vec).collect();
    for row in &mut told {
        row.retain(|item| u64::from(*item) < items);
        row.sort_unstable();
        row.dedup();
    }
    told.retain(|row| !row.is_empty());
    told.sort_unstable();
    told
}

/// Who chose what, from both sides, each as places in the other.
struct Pairs {
    customers: Rows,
    items: Rows,
    /// The numbers of the items that anybody chose, ascending.
    names: Vec<u32>,
}

impl Pairs {
    fn new(rows: &Rows, items: u32) -> Self {
        let mut told = canonical(rows, items.into());
        let mut names: Vec<u32> = told.iter().flatten().copied().collect();
        names.sort_unstable();
        names.dedup();
        let mut choosers = vec![Vec::new(); names.len()];
        let mut customers = Rows::default();
        for (customer, row) in (0..).zip(&mut told) {
            for item in row.iter_mut() {
                let place = names.partition_point(|name| name < item);
                *item = place as u32;
                if let Some(list) = choosers.get_mut(place) {
                    list.push(customer);
                }
            }
            customers.push(row.iter().copied());
        }
        let mut items = Rows::default();
        choosers.into_iter().for_each(|list| items.push(list));
        Self { customers, items, names }
    }
}

/// Vectors of a width, one after the other, and what to do with them.
struct Fit {
    params: Params,
    width: usize,
    threads: usize,
}

impl Fit {
    /// Vectors by chance: each by the number of its item, whoever else is there.
    fn start(&self, names: &[u32]) -> Vec<f32> {
        let spread = START / (self.width as f64).sqrt();
        let vector = |name: &u32| {
            let mut draws = Draws::new(self.params.seed, &[b"ials", &name.to_le_bytes()]);
            (0..self.width).map(|_| (spread * normal(&mut draws)) as f32).collect::<Vec<_>>()
        };
        names.iter().flat_map(vector).collect()
    }

    /// Turns vectors into their principal axes, and the others with them, so that all
    /// products stay; the sums of squares along the axes.
    fn turn(&self, vectors: &mut [f32], others: &mut [f32]) -> Vec<f64> {
        let width = self.width;
        let mut sums = vec![0.0; width * width];
        let mut block = vec![0.0; width * width];
        for vectors in vectors.chunks(BLOCK * width) {
            block.fill(0.0);
            products(vectors, width, &mut block);
            sums.iter_mut().zip(&block).for_each(|(sum, part)| *sum += f64::from(*part));
        }
        mirror(&mut sums, width);
        let (axes, along) = axes(&sums, width);
        let axes: Vec<f32> = axes.iter().map(|part| *part as f32).collect();
        for vectors in [vectors, others] {
            self.share(vectors, BLOCK, |pieces| {
                for (_, vectors) in pieces {
                    let turned = turned(vectors, &axes, width);
                    vectors.iter_mut().zip(turned).for_each(|(to, part)| *to = part);
                }
            });
        }
        along
    }

    /// The best vectors of one side for those of the other, or nearly.
    fn solve(&self, choices: &Rows, others: &[f32], squares: &[f64], solved: &mut [f32]) {
        let (width, params) = (self.width, self.params);
        let all = others.len() / width;
        let vector = |other: u32| {
            let from = other as usize * width;
            others.get(from..from + width).unwrap_or_default()
        };
        self.share(solved, PIECE, |pieces| {
            let (mut problem, mut steps) = (Problem::new(products, BLOCK), Steps::default());
            for (piece, solved) in pieces {
                for (place, solved) in (piece * PIECE..).zip(solved.chunks_exact_mut(width)) {
                    let chosen = choices.row(place);
                    let cost = params.cost(chosen.len(), all);
                    let diagonal = squares.iter().map(|sum| params.unobserved * sum + cost);
                    if STEPPED.contains(&chosen.len()) {
                        steps.walk(solved, diagonal, chosen.iter().map(|other| vector(*other)));
                    } else {
                        let vector = |other| vector(other).iter().copied();
                        let solution = problem.solve(chosen, diagonal, vector);
                        solved.iter_mut().zip(solution).for_each(|(to, part)| *to = *part);
                    }
                }
            }
        });
    }

    /// Deals vectors out to the threads in pieces of some, each with its number.
    fn share<'a>(
        &self,
        vectors: &'a mut [f32],
        some: usize,
        work: impl Fn(Vec<(usize, &'a mut [f32])>) + Sync,
    ) {
        let threads = self.threads.clamp(1, vectors.len().div_ceil(some * self.width).max(1));
        let mut hands: Vec<Vec<_>> = (0..threads).map(|_| Vec::new()).collect();
        for (number, piece) in vectors.chunks_mut(some * self.width).enumerate() {
            if let Some(hand) = hands.get_mut(number % threads) {
                hand.push((number, piece));
            }
        }
        std::thread::scope(|scope| {
            let mine = hands.pop();
            for hand in hands {
                scope.spawn(|| work(hand));
            }
            mine.into_iter().for_each(&work);
        });
    }
}

/// A draw from the normal distribution (Box and Muller).
fn normal(draws: &mut Draws) -> f64 {
    let (radius, angle) = (1.0 - draws.unit(), draws.unit());
    (-2.0 * libm::log(radius)).sqrt() * libm::cos(std::f64::consts::TAU * angle)
}

/// The lower triangle as the upper one.
fn mirror(square: &mut [f64], width: usize) {
    let upper = square.to_vec();
    for (place, row) in square.chunks_exact_mut(width).enumerate() {
        let column = upper.iter().skip(place).step_by(width);
        row.iter_mut().zip(column).take(place).for_each(|(lower, upper)| *lower = *upper);
    }
}

/// As `solve::squares`, by products of matrices where they are large.
fn products(rows: &[f32], width: usize, upper: &mut [f32]) {
    if width < SMALL {
        return solve::squares(rows, width, upper);
    }
    let height = rows.len() / width;
    let rows = ArrayView2::from_shape((height, width), rows);
    let upper = ArrayViewMut2::from_shape((width, width), upper);
    let (Ok(rows), Ok(mut upper)) = (rows, upper) else { return };
    for from in (0..width).step_by(PANEL) {
        let to = width.min(from + PANEL);
        let panel = rows.slice_axis(Axis(1), Slice::from(from..to));
        let others = rows.slice_axis(Axis(1), Slice::from(from..));
        let mut upper = upper.slice_axis_mut(Axis(0), Slice::from(from..to));
        let mut upper = upper.slice_axis_mut(Axis(1), Slice::from(from..));
        general_mat_mul(1.0, &panel.t(), &others, 1.0, &mut upper);
    }
}

/// Vectors along other axes.
fn turned(vectors: &[f32], axes: &[f32], width: usize) -> Vec<f32> {
    let vectors = ArrayView2::from_shape((vectors.len() / width, width), vectors);
    let axes = ArrayView2::from_shape((width, width), axes);
    let (Ok(vectors), Ok(axes)) = (vectors, axes) else { return Vec::new() };
    vectors.dot(&axes.t()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::prelude::*;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn products_of_matrices_are_those_of_plain_loops() {
        let mut random = StdRng::seed_from_u64(1);
        for (width, height) in [(3, 9), (16, 1), (17, 40), (32, 7), (40, 300), (70, 33)] {
            let rows: Vec<f32> =
                (0..width * height).map(|_| random.random::<f32>() - 0.4).collect();
            let mut ours = vec![1.0; width * width];
            products(&rows, width, &mut ours);
            for (i, j) in (0..width).flat_map(|i| (i..width).map(move |j| (i, j))) {
                let products = rows.chunks(width).map(|row| f64::from(row[i]) * f64::from(row[j]));
                let twin = 1.0 + products.sum::<f64>();
                assert!((f64::from(ours[i * width + j]) - twin).abs() < 1e-4, "{width} {i} {j}");
            }
        }
    }

    #[test]
    fn draws_are_normal() {
        let mut draws = Draws::new(1, &[b"normal"]);
        let drawn: Vec<f64> = (0..20_000).map(|_| normal(&mut draws)).collect();
        let mean = |power: i32| drawn.iter().map(|x| x.powi(power)).sum::<f64>() / 20_000.0;
        assert!(
            mean(1).abs() < 0.03 && (mean(2) - 1.0).abs() < 0.05 && (mean(4) - 3.0).abs() < 0.3
        );
    }
}
