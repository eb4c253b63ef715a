//! Replenishment as a recommender, fitted, and what it tells beside a list.

use serde::{Deserialize, Serialize};

use super::Replenishment;
use super::rhythm::{Expected, Purchase, Rhythms};
use crate::catalog::Catalog;
use crate::numeric::{self, Digest};
use crate::recommend::corpus::Corpus;
use crate::recommend::past::Past;
use crate::recommend::{Model, Query, Ranked, Taught, best};

impl Replenishment {
    pub(crate) fn fit(&self, corpus: &Corpus, catalog: &Catalog) -> Cadence {
        let mut rhythms = Rhythms::new(corpus.items());
        for orders in corpus.histories() {
            let dated = orders
                .filter_map(|order| Some((*corpus.days().get(order)?, corpus.orders().row(order))));
            rhythms.add(&purchases(dated));
        }
        Cadence::new(*self, rhythms, catalog.digest())
    }
}

fn purchases<'a>(orders: impl Iterator<Item = (i32, &'a [u32])>) -> Vec<Purchase> {
    orders.flat_map(|(day, items)| items.iter().map(move |item| (*item, day))).collect()
}

/// When an item that the customer bought will be bought again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Upcoming {
    pub(crate) ranked: Ranked,
    /// The day of the last purchase, since 1970.
    pub(crate) last: i32,
    /// In how many days from then the next one is expected.
    pub(crate) gap: f64,
    /// The time since the last purchase, in expected gaps.
    pub(crate) elapsed: f64,
}

/// The fitted rhythms of all items.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Cadence {
    params: Replenishment,
    rhythms: Rhythms,
    #[serde(skip)]
    catalog: Digest,
    #[serde(skip)]
    digest: Digest,
}

impl Cadence {
    fn new(params: Replenishment, rhythms: Rhythms, catalog: Digest) -> Self {
        let digest = numeric::digest(&("replenishment", params, &rhythms, catalog));
        Self { params, rhythms, catalog, digest }
    }

    /// One that was read, if these parameters and this catalogue could have led to it.
    pub(crate) fn checked(self, params: &Replenishment, catalog: &Catalog) -> Option<Self> {
        let sound = self.params == *params && self.rhythms.len() == catalog.len();
        sound.then(|| Self::new(self.params, self.rhythms, catalog.digest()))
    }

    /// Forgets somebody's purchases.
    pub(crate) fn forget(&mut self, gone: &Taught) -> bool {
        self.change(gone, Rhythms::subtract)
    }

    /// Learns somebody's purchases.
    pub(crate) fn learn(&mut self, new: &Taught) -> bool {
        self.change(new, Rhythms::add)
    }

    fn change(&mut self, taught: &Taught, with: fn(&mut Rhythms, &[Purchase])) -> bool {
        let items = taught.orders().iter().map(Vec::as_slice);
        let orders = taught.days().iter().copied().zip(items);
        with(&mut self.rhythms, &purchases(orders));
        *self = Self::new(self.params, std::mem::take(&mut self.rhythms), self.catalog);
        true
    }

    fn upcoming(&self, past: &Past, query: &Query<'_>) -> Vec<Upcoming> {
        let today = past.now().day() as i32;
        let mut all = self.rhythms.expected(&past.dated(), today);
        all.retain(|one| one.elapsed >= self.params.not_before && (query.keep)(one.item));
        let ranked =
            |one: &Expected| Ranked { item: one.item, score: one.rate, because: vec![one.item] };
        let list = best(all.iter().map(ranked).collect(), query.n);
        let with_day = |ranked: Ranked| {
            // They are by item.
            let place = all.binary_search_by_key(&ranked.item, |one| one.item).ok()?;
            let Expected { last, gap, elapsed, .. } = *all.get(place)?;
            Some(Upcoming { ranked, last, gap, elapsed })
        };
        list.into_iter().filter_map(with_day).collect()
    }
}

impl Model for Cadence {
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        self.upcoming(past, query).into_iter().map(|one| one.ranked).collect()
    }

    fn due(&self, past: &Past, query: &Query<'_>) -> Option<Vec<Upcoming>> {
        Some(self.upcoming(past, query))
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}
