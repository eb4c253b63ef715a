//! The next basket as a recommender, by TIFU-kNN or the blend.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::{Blend, Histories, NextBasket, Scratch, Tifu, TifuKnn};
use crate::catalog::Catalog;
use crate::numeric::{self, Digest};
use crate::recommend::corpus::Corpus;
use crate::recommend::past::Past;
use crate::recommend::pool::Pool;
use crate::recommend::{Model, Query, Ranked, Taught};

impl TifuKnn {
    pub(crate) fn model(&self, corpus: &Corpus, catalog: &Catalog, threads: usize) -> Baskets {
        let fitted = self.fit(&histories(corpus), corpus.items() as u32, threads);
        Baskets::new(Kind::Tifu(fitted), catalog)
    }

    /// One that was read, if these parameters could have led to it.
    pub(crate) fn checked(&self, read: Baskets, catalog: &Catalog) -> Option<Baskets> {
        let sound = matches!(&read.kind, Kind::Tifu(tifu) if tifu.params() == self);
        (sound && read.items() == catalog.len()).then(|| Baskets::new(read.kind, catalog))
    }
}

impl NextBasket {
    pub(crate) fn model(&self, corpus: &Corpus, catalog: &Catalog, threads: usize) -> Baskets {
        let fitted = self.fit(&histories(corpus), corpus.items() as u32, threads);
        Baskets::new(Kind::Blend(fitted), catalog)
    }

    /// One that was read, if these parameters could have led to it.
    pub(crate) fn checked(&self, read: Baskets, catalog: &Catalog) -> Option<Baskets> {
        let sound = matches!(&read.kind, Kind::Blend(blend) if blend.is_of(self));
        (sound && read.items() == catalog.len()).then(|| Baskets::new(read.kind, catalog))
    }
}

fn histories(corpus: &Corpus) -> Histories {
    let mut histories = Histories::default();
    for orders in corpus.histories() {
        histories.push(orders.map(|order| corpus.orders().row(order).iter().copied()));
    }
    histories
}

/// A fitted model of the next basket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Baskets {
    kind: Kind,
    #[serde(skip)]
    pool: Pool<Scratch>,
    #[serde(skip)]
    catalog: Digest,
    /// Worked out when it is asked for: it reads every customer.
    #[serde(skip)]
    digest: OnceLock<Digest>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Kind {
    Tifu(Tifu),
    Blend(Blend),
}

impl Baskets {
    fn new(kind: Kind, catalog: &Catalog) -> Self {
        let catalog = catalog.digest();
        let (pool, digest) = Default::default();
        Self { kind, pool, catalog, digest }
    }

    fn items(&self) -> usize {
        match &self.kind {
            Kind::Tifu(tifu) => tifu.items() as usize,
            Kind::Blend(blend) => blend.items() as usize,
        }
    }

    /// Forgets somebody's baskets. False if nobody had just these; then nothing has changed.
    pub(crate) fn forget(&mut self, gone: &Taught) -> bool {
        let baskets = gone.orders().iter().map(Vec::as_slice);
        if baskets.len() == 0 {
            return true;
        }
        let known = match &mut self.kind {
            Kind::Tifu(tifu) => tifu.remove(baskets),
            Kind::Blend(blend) => blend.remove(baskets),
        };
        self.digest = OnceLock::new();
        known
    }

    /// Learns somebody's baskets.
    pub(crate) fn learn(&mut self, new: &Taught) -> bool {
        let baskets = new.orders().iter().map(Vec::as_slice);
        if baskets.len() > 0 {
            match &mut self.kind {
                Kind::Tifu(tifu) => tifu.add(baskets),
                Kind::Blend(blend) => blend.add(baskets),
            }
            self.digest = OnceLock::new();
        }
        true
    }
}

impl Model for Baskets {
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let orders = past.orders();
        let baskets = orders.iter().map(Vec::as_slice);
        self.pool.with(|scratch| match &self.kind {
            Kind::Tifu(tifu) => tifu.rank(baskets, query, scratch),
            Kind::Blend(blend) => blend.rank(baskets, query, scratch),
        })
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        let Self { kind, catalog, digest, .. } = self;
        *digest.get_or_init(|| numeric::digest(&("baskets", kind, catalog)))
    }
}
