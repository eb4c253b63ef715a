//! The inverse of a symmetric positive definite matrix.
//!
//! Every index is swept once (the sweep operator of Beaton, 1964): with the pivot
//! `D = A[K, K]` and its columns `W = A[., K]`, the rest becomes `A - W D⁻¹ Wᵀ`, the
//! columns `W D⁻¹`, the pivot `-D⁻¹`; after all indices it is `-A⁻¹`. As many operations
//! as by way of Cholesky, n³; taken a panel of indices at a time, nearly all of them are
//! products of matrices, which ndarray does. Only the lower triangle is kept up.

mod sweep;
mod tiles;
#[cfg(test)]
mod twin;

use ndarray::Array2;

/// How many indices are swept together, and within such a panel, and so on inwards.
const PANELS: [usize; 2] = [256, 64];

/// The inverse of a matrix of `n` rows, of which only the lower triangle is read. `None`
/// if it is not positive definite, as far as floating point can tell; or not `n` by `n`.
///
/// The same bits for any number of threads: they share out the same products.
pub(crate) fn inverse(matrix: Vec<f64>, n: usize, threads: usize) -> Option<Vec<f64>> {
    let mut matrix = Array2::from_shape_vec((n, n), matrix).ok()?;
    // A pivot this small beside what it started from is nothing but rounding.
    let noise = n as f64 * f64::EPSILON;
    let floors: Vec<f64> = matrix.diag().iter().map(|start| (start * noise).max(0.0)).collect();
    sweep::sweep(matrix.view_mut(), &PANELS, &floors, threads)?;
    sweep::mirror(matrix.view_mut());
    let mut finite = true;
    matrix.map_inplace(|value| {
        finite &= value.is_finite();
        *value = 0.0 - *value;
    });
    finite.then(|| matrix.into_raw_vec_and_offset().0)
}
