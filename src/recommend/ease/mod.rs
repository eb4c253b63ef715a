//! Which items speak for which, learnt from all pairs at once: EASE (Steck,
//! "Embarrassingly shallow autoencoders for sparse data", 2019).
//!
//! With `G` the counts of who has both of two items, and `P = (G + λI)⁻¹`, the weight of
//! item `i` for item `j` is `-P[i, j] / P[j, j]`, and zero for itself; the score of an
//! item is the sum of what the customer's own items say for it. One customer more or less
//! is a change of `G` of rank one, which stays pending until the next fit.

mod pending;
mod top;
#[cfg(test)]
mod twin;
mod weights;
