//! Factors as a recommender.

use serde::{Deserialize, Serialize};

use super::choose::Trial;
use super::{Factors, Params};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::numeric::{self, Digest};
use crate::recommend::corpus::Corpus;
use crate::recommend::past::Past;
use crate::recommend::{Model, Query, Ranked};

/// Parameters of iALS, matrix factorisation for implicit feedback: customers and items as
/// vectors whose products say who would choose what. It takes room and time in proportion to
/// the items and customers, so it fits any catalogue; who is forgotten is gone from it at
/// the next fit.
///
/// ```
/// use confidant::{Ials, Recommender};
///
/// let recommender = Recommender::from(Ials::params().factors(128));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ials(Params);

impl Ials {
    /// 64 factors, ten rounds, a regularisation of 0.003 in proportion to what is known, and
    /// 0.3 for the weight of what was not chosen.
    #[must_use]
    pub fn params() -> Self {
        Self(Params::default())
    }

    /// How long the vectors are: more tell more apart, of more customers. From 1 to 1,024.
    #[must_use]
    pub fn factors(self, factors: u32) -> Self {
        Self(Params { factors: factors as usize, ..self.0 })
    }

    /// How much long vectors cost: more for less data. Above zero, up to 10⁶.
    #[must_use]
    pub fn regularisation(self, regularisation: f64) -> Self {
        Self(Params { regularisation, ..self.0 })
    }

    /// How that grows with what is known of a customer or an item: from 0 for not at all to 1
    /// for in proportion.
    #[must_use]
    pub fn exponent(self, exponent: f64) -> Self {
        Self(Params { exponent, ..self.0 })
    }

    /// The weight of what was not chosen; what was weighs one more. From 10⁻⁶ to 1,000.
    #[must_use]
    pub fn unobserved(self, weight: f64) -> Self {
        Self(Params { unobserved: weight, ..self.0 })
    }

    /// How often customers and items are solved in turn. From 1 to 1,000.
    #[must_use]
    pub fn iterations(self, iterations: u32) -> Self {
        Self(Params { iterations: iterations as usize, ..self.0 })
    }

    /// Of the vectors to begin with.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self(Params { seed, ..self.0 })
    }

    pub(crate) fn check(&self) -> Result<()> {
        let Params { factors, regularisation, exponent, unobserved, iterations, .. } = self.0;
        let checks = [
            ("factors", "1 to 1,024", (1..=1_024).contains(&factors)),
            ("regularisation", "10⁻⁹ to 10⁶", (1e-9..=1e6).contains(&regularisation)),
            ("exponent", "0 to 1", (0.0..=1.0).contains(&exponent)),
            ("unobserved", "10⁻⁶ to 1,000", (1e-6..=1e3).contains(&unobserved)),
            ("iterations", "1 to 1,000", (1..=1_000).contains(&iterations)),
        ];
        match checks.iter().find(|(.., fits)| !fits) {
            None => Ok(()),
            Some((name, range, _)) => {
                Err(Error::configuration(format!("`{name}` is out of range: expected {range}")))
            }
        }
    }

    /// With the factors, the regularisation and the weight that suit what was learned.
    pub(crate) fn chosen(self, corpus: &Corpus, seed: u64, threads: usize) -> Self {
        Self(Trial::new(corpus.customers(), corpus.items(), seed).choose(self.0, threads))
    }

    pub(crate) fn fit(&self, corpus: &Corpus, catalog: &Catalog, threads: usize) -> Latent {
        Latent::new(Factors::fit(corpus.customers(), corpus.items(), self.0, threads), catalog)
    }
}

/// Fitted vectors of items.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Latent {
    factors: Factors,
    #[serde(skip)]
    digest: Digest,
}

impl Latent {
    fn new(factors: Factors, catalog: &Catalog) -> Self {
        let digest = numeric::digest(&("ials", &factors, catalog.digest()));
        Self { factors, digest }
    }

    /// One that was read, if these parameters and a catalogue's items could have led to it.
    pub(crate) fn checked(self, params: &Ials, catalog: &Catalog) -> Option<Self> {
        let sound = self.factors.params() == params.0 && self.factors.is_sound(catalog.len());
        sound.then(|| Self::new(self.factors, catalog))
    }
}

impl Model for Latent {
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let (own, Query { n, keep, why }) = (past.known(), *query);
        if !why {
            let unsaid = |(item, score)| Ranked { item, score, because: Vec::new() };
            return self.factors.list(&own, n, keep).into_iter().map(unsaid).collect();
        }
        let ranked = self.factors.rank(&own, n, keep).into_iter();
        ranked.map(|(item, score, because)| Ranked { item, score, because }).collect()
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}
