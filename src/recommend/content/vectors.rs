//! The vectors of one name of all items, and how well each suits a customer's.

use std::sync::Arc;

use crate::catalog::Item;
use crate::event::Value;

/// The vectors of one name, each with its length; those without a direction are left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Vectors(Vec<Option<(Arc<[f32]>, f64)>>);

/// A customer's vector with its length.
#[derive(Debug)]
pub(super) struct Own(Vec<f64>, f64);

/// A length that a vector can be divided by.
fn length(square: f64) -> Option<f64> {
    (square > 0.0 && square.is_finite()).then(|| square.sqrt())
}

impl Own {
    /// From an attribute, if it is a list of numbers with a direction.
    pub(super) fn of(value: Option<&Value>) -> Option<Self> {
        let Some(Value::Numbers(numbers)) = value else { return None };
        let length = length(dot(numbers.iter().map(|n| (*n, *n))))?;
        Some(Self(numbers.clone(), length))
    }
}

impl Vectors {
    pub(super) fn new(items: &[Item], name: &str) -> Self {
        let of = |item: &Item| {
            let vector = item.shared_vector(name)?;
            let square = dot(vector.iter().map(|n| (f64::from(*n), f64::from(*n))));
            Some((Arc::clone(vector), length(square)?))
        };
        Self(items.iter().map(of).collect())
    }

    /// The cosine of an item's vector and a customer's, and nothing if they point apart or
    /// cannot be compared.
    pub(super) fn suits(&self, item: u32, own: &Own) -> f64 {
        let Some((vector, length)) = self.0.get(item as usize).and_then(Option::as_ref) else {
            return 0.0;
        };
        if vector.len() != own.0.len() {
            return 0.0;
        }
        let product = dot(vector.iter().map(|n| f64::from(*n)).zip(own.0.iter().copied()));
        let cosine = product / (length * own.1);
        // What is no number suits nobody.
        if cosine > 0.0 { cosine.min(1.0) } else { 0.0 }
    }
}

/// The sum of products, in order.
fn dot(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    pairs.fold(0.0, |sum, (a, b)| sum + a * b)
}
