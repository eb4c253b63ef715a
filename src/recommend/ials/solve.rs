//! The least squares of one customer, or of one item: the vector `x` that minimises
//! `sum of (v.x - 1)^2 + x.D.x` over the vectors `v` of what was chosen, with a diagonal `D`.
//!
//! With `W` the vectors, each part divided by the root of its place in `D`, the solution in
//! the same measure is `(1 + W'W)^-1 W'1`, which is `W'(1 + WW')^-1 1`: the smaller system
//! of the two is solved. No pivot of it is below one, so nothing can go wrong.

use super::real::Real;

/// Sums the products of all columns: into the upper triangle of a square matrix.
pub(super) type Squares<T> = fn(rows: &[T], width: usize, upper: &mut [T]);

/// One problem, and the memory for the next.
pub(super) struct Problem<T> {
    squares: Squares<T>,
    /// How many vectors are looked at together.
    together: usize,
    /// One over the root of `D`.
    scale: Vec<T>,
    /// `W`, or where the chosen are few its transpose; of many, the last that were together.
    scaled: Vec<T>,
    few: bool,
    /// The smaller system, then its upper triangular factor.
    system: Vec<T>,
    /// One over the diagonal of the factor.
    pivots: Vec<T>,
    /// What the system is solved for, and the solution.
    side: Vec<T>,
    solution: Vec<T>,
}

impl<T: Real> Problem<T> {
    pub(super) fn new(squares: Squares<T>, together: usize) -> Self {
        Self {
            squares,
            together,
            scale: Vec::new(),
            scaled: Vec::new(),
            few: false,
            system: Vec::new(),
            pivots: Vec::new(),
            side: Vec::new(),
            solution: Vec::new(),
        }
    }

    /// Solves for those chosen; `diagonal` is `D`, and `vector` tells the vector of each.
    pub(super) fn solve<V: Iterator<Item = f32>>(
        &mut self,
        chosen: &[u32],
        diagonal: impl Iterator<Item = f64>,
        vector: impl Fn(u32) -> V,
    ) -> &[T] {
        self.scale.clear();
        self.scale.extend(diagonal.map(|part| T::of(1.0 / part.sqrt())));
        let (factors, own) = (self.scale.len(), chosen.len());
        self.few = own < factors;
        let width = if self.few { own } else { factors };
        self.system.clear();
        self.system.resize(width * width, T::default());
        self.side.clear();
        self.side.resize(width, T::default());
        if self.few {
            self.gather_few(chosen, vector);
            self.side.fill(T::ONE);
        } else {
            self.gather_many(chosen, vector);
        }
        factorise(&mut self.system, width, &mut self.pivots);
        substitute(&self.system, &self.pivots, &mut self.side);
        self.spread();
        &self.solution
    }

    /// Each part of all vectors, one part after the other, and their products.
    fn gather_few<V: Iterator<Item = f32>>(&mut self, chosen: &[u32], vector: impl Fn(u32) -> V) {
        let own = chosen.len();
        self.scaled.clear();
        self.scaled.resize(own * self.scale.len(), T::default());
        for (place, item) in chosen.iter().enumerate() {
            let to = self.scaled.iter_mut().skip(place).step_by(own.max(1));
            let parts = to.zip(vector(*item)).zip(&self.scale);
            parts.for_each(|((to, part), scale)| *to = T::single(part) * *scale);
        }
        (self.squares)(&self.scaled, own, &mut self.system);
    }

    /// One vector after the other, some at a time, their products and their sum.
    fn gather_many<V: Iterator<Item = f32>>(&mut self, chosen: &[u32], vector: impl Fn(u32) -> V) {
        let factors = self.scale.len();
        for chosen in chosen.chunks(self.together) {
            self.scaled.resize(chosen.len() * factors, T::default());
            let rows = self.scaled.chunks_exact_mut(factors.max(1));
            for (row, item) in rows.zip(chosen) {
                let parts = row.iter_mut().zip(vector(*item)).zip(&self.scale);
                parts.for_each(|((to, part), scale)| *to = T::single(part) * *scale);
                self.side.iter_mut().zip(&*row).for_each(|(sum, part)| *sum += *part);
            }
            (self.squares)(&self.scaled, factors, &mut self.system);
        }
    }

    /// From the solution of the smaller system to that of the problem.
    fn spread(&mut self) {
        self.solution.clear();
        if self.few {
            let parts = self.scaled.chunks_exact(self.side.len().max(1));
            self.solution.extend(parts.map(|part| dot(part, &self.side)));
            self.solution.resize(self.scale.len(), T::default());
        } else {
            self.solution.extend_from_slice(&self.side);
        }
        self.solution.iter_mut().zip(&self.scale).for_each(|(part, scale)| *part = *part * *scale);
    }

    /// How much each of those chosen gives to the score of the item with this vector: the
    /// shares sum to the score (section 5 of Hu, Koren and Volinsky). To be asked after
    /// `solve`, with all vectors together.
    pub(super) fn shares(&mut self, vector: impl Iterator<Item = f64>) -> Vec<T> {
        let scaled = vector.zip(&self.scale).map(|(part, scale)| T::of(part) * *scale);
        if self.few {
            self.side.fill(T::default());
            for (row, part) in self.scaled.chunks_exact(self.side.len().max(1)).zip(scaled) {
                self.side.iter_mut().zip(row).for_each(|(sum, own)| *sum += part * *own);
            }
            substitute(&self.system, &self.pivots, &mut self.side);
            self.side.clone()
        } else {
            self.side.clear();
            self.side.extend(scaled);
            substitute(&self.system, &self.pivots, &mut self.side);
            let rows = self.scaled.chunks_exact(self.side.len().max(1));
            rows.map(|row| dot(row, &self.side)).collect()
        }
    }
}

/// Adds the products of all columns to the upper triangle of a square matrix.
pub(super) fn squares<T: Real>(rows: &[T], width: usize, upper: &mut [T]) {
    let width = width.max(1);
    let fours = rows.chunks_exact(4 * width);
    let rest = fours.remainder();
    fours.for_each(|four| add_four(four, upper, width, 0, T::ONE));
    for one in rest.chunks_exact(width) {
        for ((place, sums), part) in upper.chunks_exact_mut(width).enumerate().zip(one) {
            let sums = sums.iter_mut().zip(one).skip(place);
            sums.for_each(|(sum, other)| *sum += *part * *other);
        }
    }
}

/// Adds the products of all columns of four rows, from column `skip` on, times a sign, to
/// an upper triangle that begins there.
fn add_four<T: Real>(four: &[T], upper: &mut [T], width: usize, skip: usize, sign: T) {
    let mut rows = four.chunks_exact(width).map(|row| row.get(skip..).unwrap_or_default());
    let mut next = || rows.next().unwrap_or_default();
    let (mut a, mut b, mut c, mut d) = (next(), next(), next(), next());
    for (place, sums) in upper.chunks_exact_mut(width).enumerate() {
        let sums = sums.iter_mut().skip(skip + place);
        let others = a.iter().zip(b).zip(c.iter().zip(d));
        let (Some((p, a1)), Some((q, b1))) = (a.split_first(), b.split_first()) else { break };
        let (Some((r, c1)), Some((s, d1))) = (c.split_first(), d.split_first()) else { break };
        let (p, q, r, s) = (sign * *p, sign * *q, sign * *r, sign * *s);
        for (sum, ((a, b), (c, d))) in sums.zip(others) {
            *sum += (p * *a + q * *b) + (r * *c + s * *d);
        }
        (a, b, c, d) = (a1, b1, c1, d1);
    }
}

/// One plus the matrix, whose upper triangle is told, becomes its upper triangular factor:
/// `1 + matrix = R'R` (Cholesky), four rows at a time. In `pivots` one over the diagonal.
fn factorise<T: Real>(upper: &mut [T], width: usize, pivots: &mut Vec<T>) {
    pivots.clear();
    let mut rest = upper;
    for place in (0..width).step_by(4) {
        let four = rest.len().min(4 * width);
        let Some((panel, below)) = rest.split_at_mut_checked(four) else { break };
        factorise_rows(panel, width, place, pivots);
        add_four(panel, below, width, place + 4, T::of(-1.0));
        rest = below;
    }
}

/// The rows of a factor from row `place` on, as far as they hang on each other.
fn factorise_rows<T: Real>(rows: &mut [T], width: usize, place: usize, pivots: &mut Vec<T>) {
    let mut rest = rows;
    for place in place..place + 4 {
        let Some((row, below)) = rest.split_at_mut_checked(width) else { break };
        rest = below;
        let row = row.get_mut(place..).unwrap_or_default();
        let Some((diagonal, others)) = row.split_first_mut() else { break };
        let pivot = T::ONE / (*diagonal + T::ONE).at_least(T::ONE).root();
        pivots.push(pivot);
        others.iter_mut().for_each(|part| *part = *part * pivot);
        for (at, below) in rest.chunks_exact_mut(width).enumerate() {
            let others = others.get(at..).unwrap_or_default();
            let Some(first) = others.first().copied() else { break };
            let below = below.iter_mut().skip(place + 1 + at);
            below.zip(others).for_each(|(part, other)| *part -= first * *other);
        }
    }
}

/// Solves `R'R x = side` in place.
fn substitute<T: Real>(upper: &[T], pivots: &[T], side: &mut [T]) {
    let width = side.len();
    let mut rest = &mut *side;
    for ((place, row), pivot) in upper.chunks_exact(width.max(1)).enumerate().zip(pivots) {
        let Some((part, after)) = rest.split_first_mut() else { break };
        *part = *part * *pivot;
        let row = row.iter().skip(place + 1);
        after.iter_mut().zip(row).for_each(|(after, other)| *after -= *part * *other);
        rest = after;
    }
    for ((place, row), pivot) in upper.chunks_exact(width.max(1)).enumerate().zip(pivots).rev() {
        let Some((before, after)) = side.split_at_mut_checked(place + 1) else { continue };
        let row = row.split_at_checked(place + 1).map(|(_, row)| row).unwrap_or_default();
        let Some(part) = before.last_mut() else { continue };
        *part = (*part - dot(row, after)) * *pivot;
    }
}

/// The sum of products, in eight lanes.
pub(super) fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let (eights, others) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = eights.remainder().iter().zip(others.remainder());
    let mut lanes = [T::default(); 8];
    for (a, b) in eights.zip(others) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += *a * *b);
    }
    let mut sum = T::default();
    lanes.iter().for_each(|lane| sum += *lane);
    rest.for_each(|(a, b)| sum += *a * *b);
    sum
}

#[cfg(test)]
mod tests {
    use super::super::twin::{eliminate, product};
    use super::*;

    /// Fewer and more than the vectors are long, at once and some at a time: the same.
    #[test]
    fn solutions_are_those_of_elimination() {
        for (width, chosen) in [(1, 0), (1, 1), (3, 2), (3, 3), (6, 5), (9, 23), (13, 300)] {
            let part =
                |item: u32, place: usize| ((item as usize * 7 + place * 5) % 11) as f32 - 4.0;
            let vector = |item: u32| (0..width).map(move |place| part(item, place));
            let diagonal = || (0..width).map(|place| 0.5 + place as f64);
            let own: Vec<u32> = (0..chosen).collect();
            let mut matrix = vec![vec![0.0; width]; width];
            diagonal().enumerate().for_each(|(place, d)| matrix[place][place] = d);
            let mut side = vec![0.0; width];
            for item in &own {
                let v: Vec<f64> = vector(*item).map(f64::from).collect();
                for i in 0..width {
                    side[i] += v[i];
                    (0..width).for_each(|j| matrix[i][j] += v[i] * v[j]);
                }
            }
            let twin = eliminate(matrix.clone(), side);
            for together in [1, 5, 256, usize::MAX] {
                let mut problem = Problem::<f64>::new(squares, together);
                let ours = problem.solve(&own, diagonal(), vector).to_vec();
                assert_eq!(ours.len(), width);
                assert!(
                    ours.iter().zip(&twin).all(|(a, b)| (a - b).abs() < 1e-11),
                    "{width} {chosen}"
                );
                if together == usize::MAX {
                    let item: Vec<f64> = (0..width).map(|place| 1.0 - place as f64).collect();
                    let shares = problem.shares(item.iter().copied());
                    assert!((shares.iter().sum::<f64>() - product(&ours, &item)).abs() < 1e-10);
                }
            }
        }
    }
}
