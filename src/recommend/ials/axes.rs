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
    // Each row of the matrix, and after it the same row of the rotation.
    let mut rows: Vec<Vec<f64>> = matrix.chunks_exact(width).map(<[f64]>::to_vec).collect();
    for (place, row) in rows.iter_mut().enumerate() {
        row.extend((0..width).map(|other| f64::from(u8::from(other == place))));
    }
    let largest = rows.iter().map(|row| length(row, width)).fold(0.0, f64::max);
    let least = largest * NOTHING;
    for _ in 0..ROUNDS {
        let mut still = true;
        let mut rest = rows.as_mut_slice();
        while let Some((first, others)) = rest.split_first_mut() {
            for other in others.iter_mut() {
                still &= !turn(first, other, width, least);
            }
            rest = others;
        }
        if still {
            break;
        }
    }
    let along = |row: &Vec<f64>| {
        let (image, axis) = row.split_at_checked(width)?;
        Some(dot(image, axis))
    };
    let along = rows.iter().map(|row| along(row).unwrap_or(0.0).max(0.0)).collect();
    (rows.iter().flat_map(|row| row.iter().skip(width).copied()).collect(), along)
}

/// Squared.
fn length(row: &[f64], width: usize) -> f64 {
    let image = row.split_at_checked(width).map(|(image, _)| image).unwrap_or_default();
    dot(image, image)
}

/// Turns two rows until they stand at a right angle; whether they did not yet.
fn turn(one: &mut [f64], other: &mut [f64], width: usize, least: f64) -> bool {
    let (Some((a, _)), Some((b, _))) =
        (one.split_at_checked(width), other.split_at_checked(width))
    else {
        return false;
    };
    let (aa, bb, ab) = (dot(a, a), dot(b, b), dot(a, b));
    if ab.abs() <= SQUARE * ((aa + least) * (bb + least)).sqrt() {
        return false;
    }
    let cotangent = (bb - aa) / (2.0 * ab);
    let tangent = cotangent.signum() / (cotangent.abs() + (1.0 + cotangent * cotangent).sqrt());
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    let sine = cosine * tangent;
    for (one, other) in one.iter_mut().zip(other) {
        let (a, b) = (*one, *other);
        *one = cosine * a - sine * b;
        *other = sine * a + cosine * b;
    }
    true
}
