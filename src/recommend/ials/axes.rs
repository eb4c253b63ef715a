//! The principal axes of many vectors: a rotation after which no two parts go together
//! (Jacobi's method, from one side, after Hestenes, 1958).

use super::solve::dot;

/// How far from a right angle two axes may stay, as a cosine: finer than the vectors are.
const SQUARE: f64 = 1e-7;

/// What is this much smaller than the largest, squared, is nothing.
const NOTHING: f64 = 1e-14;

/// Sooner or later axes stand still; they do within six or seven rounds.
const ROUNDS: usize = 30;

/// The axes of a symmetric matrix, row by row, and what lies along each.
pub(super) fn axes(matrix: &[f64], width: usize) -> (Vec<f64>, Vec<f64>) {
    let width = width.max(1);
    let mut rows: Vec<Row> = matrix.chunks_exact(width).enumerate().map(Row::new).collect();
    for _ in 0..ROUNDS {
        rows.iter_mut().for_each(Row::measure);
        rows.sort_by(|a, b| b.squared.total_cmp(&a.squared));
        let least = rows.first().map_or(0.0, |row| row.squared) * NOTHING;
        let mut still = true;
        let mut rest = rows.as_mut_slice();
        while let Some((first, others)) = rest.split_first_mut() {
            for other in others.iter_mut() {
                still &= !first.turn(other, least);
            }
            rest = others;
        }
        if still {
            break;
        }
    }
    let along = rows.iter().map(|row| dot(row.image(), row.axis()).max(0.0)).collect();
    (rows.iter().flat_map(Row::axis).copied().collect(), along)
}

/// A row of the matrix, turned, and after it the same row of the rotation.
struct Row {
    parts: Vec<f64>,
    /// The length of the image, squared.
    squared: f64,
}

impl Row {
    fn new((place, image): (usize, &[f64])) -> Self {
        let axis = (0..image.len()).map(|other| f64::from(u8::from(other == place)));
        Self { parts: image.iter().copied().chain(axis).collect(), squared: 0.0 }
    }

    fn image(&self) -> &[f64] {
        self.parts.get(..self.parts.len() / 2).unwrap_or_default()
    }

    fn axis(&self) -> &[f64] {
        self.parts.get(self.parts.len() / 2..).unwrap_or_default()
    }

    fn measure(&mut self) {
        self.squared = dot(self.image(), self.image());
    }

    /// Turns two rows until their images stand at a right angle; whether they did not yet.
    fn turn(&mut self, other: &mut Self, least: f64) -> bool {
        let product = dot(self.image(), other.image());
        let lengths = ((self.squared + least) * (other.squared + least)).sqrt();
        if product.abs() <= SQUARE * lengths {
            return false;
        }
        let cotangent = (other.squared - self.squared) / (2.0 * product);
        let root = (1.0 + cotangent * cotangent).sqrt();
        let tangent = cotangent.signum() / (cotangent.abs() + root);
        let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
        let sine = cosine * tangent;
        self.squared = (self.squared - tangent * product).max(0.0);
        other.squared += tangent * product;
        for (one, other) in self.parts.iter_mut().zip(&mut other.parts) {
            let (a, b) = (*one, *other);
            *one = cosine * a - sine * b;
            *other = sine * a + cosine * b;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::prelude::*;
    use rand::rngs::StdRng;

    use super::*;

    /// `rank` vectors with lengths of very different size, and the matrix of their products.
    fn matrix(width: usize, rank: usize, seed: u64) -> Vec<f64> {
        let mut random = StdRng::seed_from_u64(seed);
        let mut matrix = vec![0.0; width * width];
        for number in 0..rank {
            let size = 10f64.powi(-(number as i32 % 4));
            let vector: Vec<f64> =
                (0..width).map(|_| size * (random.random::<f64>() - 0.3)).collect();
            for i in 0..width {
                (0..width).for_each(|j| matrix[i * width + j] += vector[i] * vector[j]);
            }
        }
        matrix
    }

    #[test]
    fn along_the_axes_nothing_goes_together() {
        for (width, rank) in [(1, 1), (2, 2), (7, 20), (16, 3), (33, 33), (64, 100), (5, 0)] {
            let matrix = matrix(width, rank, width as u64);
            let (axes, along) = axes(&matrix, width);
            let axis = |i: usize| &axes[i * width..(i + 1) * width];
            let largest = along.iter().copied().fold(0.0, f64::max);
            assert!(along.is_sorted_by(|a, b| *a + 1e-6 * largest >= *b));
            for (i, j) in (0..width).flat_map(|i| (0..width).map(move |j| (i, j))) {
                let image: Vec<f64> = matrix.chunks(width).map(|row| dot(row, axis(j))).collect();
                let (length, product) = (dot(axis(i), axis(j)), dot(axis(i), &image));
                let (one, sum) = if i == j { (1.0, along[i]) } else { (0.0, 0.0) };
                assert!((length - one).abs() < 1e-12, "{width} {rank} {i} {j}: {length}");
                assert!(
                    (product - sum).abs() <= 1e-7 * largest,
                    "{width} {rank} {i} {j}: {product}"
                );
            }
        }
    }
}
