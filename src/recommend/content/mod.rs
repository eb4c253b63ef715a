//! What is like what the customer has or looks at, and what suits them: from the catalogue's
//! attributes, and from vectors that the host gives. It learns from nobody, so it knows new
//! items and new customers.
//!
//! With the customer's own items, the latest first, the k-th weighing `2^(-k / half)`, the
//! score of an item is the sum over all that counts of its weight times the weighted mean of
//! how alike the item is to each own one, from 0 to 1; for vectors, times the weighted mean of
//! their cosines, which is nothing below zero; and for a trait, times the cosine of the item's
//! vector and the customer's; by the sum of all weights.

mod column;
mod model;
#[cfg(test)]
mod twin;
mod vectors;

pub(crate) use model::Likeness;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::types::check_text;

/// Parameters of what is alike: in which attributes, and how much each counts.
///
/// Texts and sets are as alike as the part of all their texts that they share, numbers and
/// instants as near as they are within the catalogue's range, categories as far as they go
/// together, and anything else if it is the same.
///
/// ```
/// use confidant::{Content, Recommender};
///
/// let recommender = Recommender::from(
///     Content::params().brand(2.0).attribute("colour", 1.0).alike("picture", 2.0).suits("skin", 3.0),
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    parts: Vec<Part>,
    half_after: u32,
}

/// Something that counts, and how much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Part {
    of: Of,
    weight: f64,
}

/// What counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Of {
    Brand,
    Category,
    Price,
    Attribute(Arc<str>),
    Suits(Arc<str>),
    Alike(Arc<str>),
}

/// How many things may count.
const MOST: usize = 64;

impl Content {
    /// The category and the brand count as much as each other. An own item weighs half as
    /// much as the tenth that came after it.
    #[must_use]
    pub fn params() -> Self {
        let parts =
            vec![Part { of: Of::Category, weight: 1.0 }, Part { of: Of::Brand, weight: 1.0 }];
        Self { parts, half_after: 10 }
    }

    /// How much the brand counts. From 0, which is not at all, to 10⁶, as all weights.
    #[must_use]
    pub fn brand(self, weight: f64) -> Self {
        self.part(Of::Brand, weight)
    }

    /// How much the category counts.
    #[must_use]
    pub fn category(self, weight: f64) -> Self {
        self.part(Of::Category, weight)
    }

    /// How much the price counts. Prices in different currencies are not alike.
    #[must_use]
    pub fn price(self, weight: f64) -> Self {
        self.part(Of::Price, weight)
    }

    /// How much this [attribute](crate::Item::attribute) of items counts.
    #[must_use]
    pub fn attribute(self, name: impl Into<Arc<str>>, weight: f64) -> Self {
        self.part(Of::Attribute(name.into()), weight)
    }

    /// How much it counts that the [vectors](crate::Item::vector) of this name point the same
    /// way, as embeddings of texts and pictures do for what is alike: the weighted mean of the
    /// cosines with each own item's, and nothing where it is below zero. Nothing is like what
    /// has no vector of this name, or one of zeros.
    #[must_use]
    pub fn alike(self, name: impl Into<Arc<str>>, weight: f64) -> Self {
        self.part(Of::Alike(name.into()), weight)
    }

    /// How much it counts that an item's [vector](crate::Item::vector) of this name suits the
    /// customer's own attribute of this name: a [list of numbers](crate::Value::numbers), as
    /// long. What is measured of a face or a skin is of a special category, which the host's
    /// privacy policy says of the [attribute](crate::PrivacyPolicy::attribute); without the
    /// customer's explicit consent it is as if nobody had measured it.
    #[must_use]
    pub fn suits(self, name: impl Into<Arc<str>>, weight: f64) -> Self {
        self.part(Of::Suits(name.into()), weight)
    }

    /// An own item weighs half as much as the one that came so many after it; those that
    /// came ten times as many before the last say nothing. From 1 to 1,000.
    #[must_use]
    pub fn half_after(self, items: u32) -> Self {
        Self { half_after: items, ..self }
    }

    /// Named again, a part counts as said last.
    fn part(mut self, of: Of, weight: f64) -> Self {
        match self.parts.iter_mut().find(|part| part.of == of) {
            Some(known) => known.weight = weight,
            None => self.parts.push(Part { of, weight }),
        }
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        let wrong = |message: &'static str| Err(Error::configuration(message));
        for part in &self.parts {
            if let Of::Attribute(name) | Of::Suits(name) | Of::Alike(name) = &part.of {
                check_text("attribute", name)
                    .map_err(|error| Error::configuration(error.to_string()))?;
            }
            if !(0.0..=1e6).contains(&part.weight) {
                return wrong("a weight of what is alike is out of range: expected 0 to 10⁶");
            }
        }
        if !self.parts.iter().any(|part| part.weight > 0.0) || self.parts.len() > MOST {
            return wrong("nothing counts for what is alike, or too much: expected 1 to 64 things");
        }
        if !(1..=1_000).contains(&self.half_after) {
            return wrong("`half_after` is out of range: expected 1 to 1,000");
        }
        Ok(())
    }

    pub(super) fn fit(&self, catalog: &Catalog) -> Likeness {
        Likeness::new(self, catalog)
    }
}
