//! The vectors of one name of all items, and how well each suits a customer's, or another
//! item's.

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
        Some(Self(numbers.clone(), length(dot(numbers, numbers))?))
    }
}

impl Vectors {
    pub(super) fn new(items: &[Item], name: &str) -> Self {
        let of = |item: &Item| {
            let vector = item.shared_vector(name)?;
            Some((Arc::clone(vector), length(dot(vector, vector))?))
        };
        Self(items.iter().map(of).collect())
    }

    fn get(&self, item: u32) -> Option<&(Arc<[f32]>, f64)> {
        self.0.get(item as usize)?.as_ref()
    }

    /// The mean of the directions of somebody's items, by the weight of each: the product of
    /// it and a direction is the mean of the cosines. Those without one are in the mean as
    /// nothing.
    pub(super) fn mean(&self, own: &[(u32, u64)]) -> Option<Own> {
        let all: u64 = own.iter().map(|(_, weight)| weight).sum();
        let mut mean: Vec<f64> = Vec::new();
        for (item, weight) in own {
            let Some((vector, length)) = self.get(*item) else { continue };
            let share = *weight as f64 / all as f64 / length;
            mean.resize(vector.len(), 0.0);
            mean.iter_mut().zip(&**vector).for_each(|(sum, n)| *sum += share * f64::from(*n));
        }
        (!mean.is_empty()).then_some(Own(mean, 1.0))
    }

    /// The cosine of an item's vector and a customer's, and nothing if they point apart or
    /// cannot be compared.
    pub(super) fn suits(&self, item: u32, own: &Own) -> f64 {
        let Some((vector, length)) = self.get(item).filter(|(v, _)| v.len() == own.0.len()) else {
            return 0.0;
        };
        share(dot(vector, &own.0) / (length * own.1))
    }

    /// The cosine of the vectors of two items, and nothing if they point apart or either has
    /// none.
    pub(super) fn alike(&self, item: u32, other: u32) -> f64 {
        let both = self.get(item).zip(self.get(other));
        both.map_or(0.0, |((a, long), (b, other))| share(dot(a, b) / (long * other)))
    }
}

/// A cosine from 0 to 1. What is no number suits nobody.
fn share(cosine: f64) -> f64 {
    if cosine > 0.0 { cosine.min(1.0) } else { 0.0 }
}

/// How many sums go side by side. Their order is fixed, so the bits are the same wherever
/// there is room for that many at once and wherever there is not.
const LANES: usize = 8;

/// The sum of products of two vectors that are as long.
fn dot<A: Copy + Into<f64>, B: Copy + Into<f64>>(a: &[A], b: &[B]) -> f64 {
    let mut lanes = [0.0f64; LANES];
    let ((a, rest), (b, other)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += (*a).into() * (*b).into();
        }
    }
    let rest = rest.iter().zip(other).map(|(a, b)| (*a).into() * (*b).into());
    lanes.into_iter().chain(rest).sum()
}
