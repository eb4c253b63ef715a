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
