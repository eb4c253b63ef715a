//! The next basket from both: TIFU-kNN, and how likely what was bought is to be bought
//! again.
//!
//! `score(i) = tifu(i) + weight * likely(i)`, the latter for what the customer has bought.

use serde::{Deserialize, Serialize};

use super::bought::Bought;
use super::model::{Scratch, Tifu};
use super::returns::{Chances, Returns, chances};
use super::{Histories, TifuKnn};
use crate::error::{Error, Result};
use crate::recommend::{Query, Ranked};

/// Parameters of the blend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NextBasket {
    tifu: TifuKnn,
    weight: f64,
}

impl NextBasket {
    /// TIFU-kNN with 0.2 of the customer's own and 100 neighbours, and a weight of 0.4 for
    /// what is likely to be bought again.
    #[must_use]
    pub fn params() -> Self {
        Self { tifu: TifuKnn::params().alpha(0.2).neighbours(100), weight: 0.4 }
    }

    /// Another TIFU-kNN.
    #[must_use]
    pub fn tifu(self, tifu: TifuKnn) -> Self {
        Self { tifu, ..self }
    }

    /// How much the likelihood weighs that something is bought again. From 0 to 1,000.
    #[must_use]
    pub fn weight(self, weight: f64) -> Self {
        Self { weight, ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if !(0.0..=1_000.0).contains(&self.weight) {
            return Err(Error::configuration("`weight` is out of range: expected 0 to 1,000"));
        }
        self.tifu.check()
    }

    /// The model of these customers, over so many items.
    pub(crate) fn fit(&self, histories: &Histories, items: u32, threads: usize) -> Blend {
        let mut returns = Returns::new(items);
        for customer in 0..histories.len() {
            returns.add(&chances(&Bought::new(items, histories.of(customer))));
        }
        Blend { weight: self.weight, tifu: self.tifu.fit(histories, items, threads), returns }
    }
}

/// A fitted blend.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Blend {
    weight: f64,
    tifu: Tifu,
    returns: Returns,
}

impl Blend {
    /// Over how many items it was fitted.
    pub(super) fn items(&self) -> u32 {
        self.tifu.items()
    }

    /// Whether these parameters could have led to it.
    pub(super) fn is_of(&self, params: &NextBasket) -> bool {
        let counted = self.returns.items() == self.tifu.items() as usize;
        self.weight == params.weight && *self.tifu.params() == params.tifu && counted
    }

    /// Learns one more customer.
    pub(crate) fn add<'a>(&mut self, baskets: impl ExactSizeIterator<Item = &'a [u32]>) {
        let bought = Bought::new(self.tifu.items(), baskets);
        self.tifu.learn(&bought);
        self.returns.add(&chances(&bought));
    }

    /// Forgets one customer who had exactly these baskets; whether there was one.
    pub(crate) fn remove<'a>(&mut self, baskets: impl ExactSizeIterator<Item = &'a [u32]>) -> bool {
        let bought = Bought::new(self.tifu.items(), baskets);
        let known = self.tifu.forget(&bought);
        if known {
            self.returns.subtract(&chances(&bought));
        }
        known
    }

    /// The best items for a customer with these baskets, the oldest first, as
    /// `Tifu` ranks them, with the same reasons.
    pub(crate) fn rank<'a>(
        &self,
        baskets: impl ExactSizeIterator<Item = &'a [u32]>,
        query: &Query<'_>,
        scratch: &mut Scratch,
    ) -> Vec<Ranked> {
        let bought = Bought::new(self.tifu.items(), baskets);
        let own = chances(&bought);
        let likely = |item: u32| {
            let place = own.binary_search_by_key(&item, |(item, _)| *item);
            let own = place.ok().and_then(|place| own.get(place));
            let own = own.map_or(Chances::default(), |(_, chances)| *chances);
            self.weight * self.returns.likely(item, own)
        };
        self.tifu.rank_above(&bought, &likely, query, scratch)
    }
}
