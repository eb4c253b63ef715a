//! The same least squares as in `solve`, by a few steps of conjugate gradients from the
//! vector of the round before (Takács, Pilászy and Tikk, "Applications of the conjugate
//! gradient method for implicit feedback collaborative filtering", 2011).
//!
//! In the measure of `D` the system is `1 + W'W`, of which most is the one: so few steps go
//! a long way, and no matrix is made.

use super::solve::dot;

/// How many steps are taken, as in the paper.
const STEPS: usize = 2;

/// The memory for one problem after the other.
#[derive(Default)]
pub(super) struct Steps {
    /// One over the root of `D`.
    scale: Vec<f32>,
    /// `W`, a vector for each chosen.
    scaled: Vec<f32>,
    /// What is left to explain, the direction to go, and what it changes.
    rest: Vec<f32>,
    way: Vec<f32>,
    change: Vec<f32>,
}

impl Steps {
    /// Moves `x` towards the solution for those chosen.
    pub(super) fn walk<'a>(
        &mut self,
        x: &mut [f32],
        diagonal: impl Iterator<Item = f64>,
        chosen: impl Iterator<Item = &'a [f32]>,
    ) {
        self.scale.clear();
        self.scale.extend(diagonal.map(|part| (1.0 / part.sqrt()) as f32));
        self.scaled.clear();
        for vector in chosen {
            self.scaled.extend(vector.iter().zip(&self.scale).map(|(part, scale)| part * scale));
        }
        x.iter_mut().zip(&self.scale).for_each(|(x, scale)| *x /= scale);
        self.rest.clear();
        self.rest.extend(x.iter().map(|x| -x));
        gather(&self.scaled, x, 1.0, -1.0, &mut self.rest);
        self.way.clone_from(&self.rest);
        let mut left = dot(&self.rest, &self.rest);
        for _ in 0..STEPS {
            if left < f32::MIN_POSITIVE {
                break;
            }
            left = self.step(x, left);
        }
        x.iter_mut().zip(&self.scale).for_each(|(x, scale)| *x *= scale);
    }

    /// One step; how much is left after it, squared.
    fn step(&mut self, x: &mut [f32], left: f32) -> f32 {
        self.change.clone_from(&self.way);
        gather(&self.scaled, &self.way, 0.0, 1.0, &mut self.change);
        let far = left / dot(&self.way, &self.change);
        x.iter_mut().zip(&self.way).for_each(|(x, way)| *x += far * way);
        self.rest.iter_mut().zip(&self.change).for_each(|(rest, change)| *rest -= far * change);
        let still = dot(&self.rest, &self.rest);
        let turn = still / left;
        self.way.iter_mut().zip(&self.rest).for_each(|(way, rest)| *way = rest + turn * *way);
        still
    }
}

/// Adds to `sum` each row times `base + sign * row.x`.
fn gather(rows: &[f32], x: &[f32], base: f32, sign: f32, sum: &mut [f32]) {
    let width = x.len().max(1);
    let fours = rows.chunks_exact(4 * width);
    let rest = fours.remainder();
    for four in fours {
        let (ab, cd) = four.split_at(2 * width);
        let ((a, b), (c, d)) = (ab.split_at(width), cd.split_at(width));
        let times = |row| base + sign * dot(row, x);
        let (p, q, r, s) = (times(a), times(b), times(c), times(d));
        let parts = a.iter().zip(b).zip(c.iter().zip(d));
        for (sum, ((a, b), (c, d))) in sum.iter_mut().zip(parts) {
            *sum += (p * a + q * b) + (r * c + s * d);
        }
    }
    for row in rest.chunks_exact(width) {
        let times = base + sign * dot(row, x);
        sum.iter_mut().zip(row).for_each(|(sum, part)| *sum += times * part);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::prelude::*;
    use rand::rngs::StdRng;

    use super::super::solve::{Problem, squares};
    use super::*;

    #[test]
    fn steps_lead_to_the_solution() {
        let mut random = StdRng::seed_from_u64(1);
        for (width, chosen) in [(1, 9), (5, 8), (16, 50), (35, 33), (64, 130)] {
            let mut unit = || random.random::<f32>() - 0.4;
            let vectors: Vec<Vec<f32>> =
                (0..chosen).map(|_| (0..width).map(|_| unit()).collect()).collect();
            let diagonal = || (0..width).map(|part| 1.0 + f64::from(part) * 3.0);
            let own: Vec<u32> = (0..chosen).collect();
            let mut problem = Problem::<f64>::new(squares, 7);
            let vector = |item: u32| vectors[item as usize].iter().copied();
            let solution = problem.solve(&own, diagonal(), vector);
            let mut x = vec![0.0; width as usize];
            let mut steps = Steps::default();
            let mut before = f64::INFINITY;
            for _ in 0..40 {
                steps.walk(&mut x, diagonal(), vectors.iter().map(Vec::as_slice));
                let far = x.iter().zip(solution).map(|(x, s)| (f64::from(*x) - s).abs());
                let far = far.fold(0.0, f64::max);
                assert!(far < before || far < 1e-5, "{width}: {far} after {before}");
                before = far;
            }
            assert!(before < 1e-5, "{width}: {before}");
            // Who is there stays there.
            steps.walk(&mut x, diagonal(), vectors.iter().map(Vec::as_slice));
            assert!(x.iter().zip(solution).all(|(x, s)| (f64::from(*x) - s).abs() < 1e-5));
        }
    }
}
