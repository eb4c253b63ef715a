//! A fitted EASE of a whole catalogue.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Ease;
use super::pending::Current;
use crate::catalog::Catalog;
use crate::numeric::{self, Digest};
use crate::recommend::item_item::NAMED;
use crate::recommend::past::Past;
use crate::recommend::top::Top;
use crate::recommend::{Model, Query, Ranked, Taught};

/// Fitted weights between items.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Linear {
    blocks: Vec<Block>,
    #[serde(skip)]
    catalog: Digest,
    #[serde(skip)]
    digest: Digest,
}

/// Items that were fitted together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Block {
    /// Numbers in the catalogue, ascending.
    items: Vec<u32>,
    /// How many customers have each of them: of what nobody has any more, rounding is left.
    customers: Vec<u32>,
    current: Current,
}

impl Block {
    pub(super) fn new(items: Vec<u32>, customers: Vec<u32>, current: Current) -> Self {
        Self { items, customers, current }
    }

    /// The score of each item that anybody has, for somebody who has some.
    fn scores(&self, own: &[u32]) -> impl Iterator<Item = (u32, f64)> {
        let scores = self.items.iter().zip(&self.customers).zip(self.current.scores(own));
        scores
            .filter(|((_, customers), _)| **customers > 0)
            .map(|((item, _), score)| (*item, score))
    }

    /// The places in it of some items, ascending.
    fn places(&self, items: &[u32]) -> Vec<u32> {
        let place = |item: &u32| self.items.binary_search(item).ok();
        items.iter().filter_map(place).map(|place| place as u32).collect()
    }
}

impl Linear {
    pub(super) fn new(blocks: Vec<Block>, catalog: &Catalog) -> Self {
        let mut linear = Self { blocks, catalog: catalog.digest(), digest: Digest::default() };
        linear.work_out_digest();
        linear
    }

    fn work_out_digest(&mut self) {
        let content = |block: &Block| {
            numeric::digest(&(&block.items, &block.customers, block.current.digest()))
        };
        let content: Vec<Digest> = self.blocks.iter().map(content).collect();
        self.digest = numeric::digest(&("ease", content, self.catalog));
    }

    /// Whether it follows at once: what falls into blocks falls into others without
    /// somebody, as the next fit finds.
    pub(crate) fn follows(&self) -> bool {
        self.blocks.len() <= 1
    }

    /// Forgets what somebody had. False if that takes a new fit; then nothing has changed.
    pub(crate) fn forget(&mut self, gone: &Taught) -> bool {
        self.follows() && self.change(gone, Current::forget, |n| n.saturating_sub(1))
    }

    /// Learns what somebody has, likewise; not where it knows nothing of an item.
    pub(crate) fn learn(&mut self, new: &Taught) -> bool {
        let known = |item: &u32| self.blocks.iter().any(|b| b.items.binary_search(item).is_ok());
        self.follows()
            && new.items().iter().all(known)
            && self.change(new, Current::learn, |n| n.saturating_add(1))
    }

    fn change(
        &mut self,
        taught: &Taught,
        with: fn(&mut Current, &[u32]) -> bool,
        count: fn(u32) -> u32,
    ) -> bool {
        // There is one block, or none: else it follows at the next fit.
        for block in &mut self.blocks {
            let places = block.places(taught.items());
            if places.is_empty() {
                continue;
            }
            if !with(&mut block.current, &places) {
                return false;
            }
            for place in places {
                let customers = block.customers.get_mut(place as usize);
                customers.into_iter().for_each(|customers| *customers = count(*customers));
            }
        }
        self.work_out_digest();
        true
    }

    /// One that was read, if its blocks are of a catalogue's items, each in one.
    pub(crate) fn checked(self, params: &Ease, catalog: &Catalog) -> Option<Self> {
        let sound = |block: &Block| {
            let ascending = block.items.is_sorted_by(|a, b| a < b);
            let few = block.items.len() <= params.block as usize;
            let counted = block.customers.len() == block.items.len();
            ascending && few && counted && block.current.items() == block.items.len()
        };
        let mut all: Vec<u32> =
            self.blocks.iter().flat_map(|block| &block.items).copied().collect();
        all.sort_unstable();
        let distinct = all.is_sorted_by(|a, b| a < b);
        let known = all.last().is_none_or(|last| catalog.item(*last).is_some());
        let sound = self.blocks.iter().all(sound) && distinct && known;
        sound.then(|| Self::new(self.blocks, catalog))
    }

    /// The customer's own items that say most for an item, the strongest first.
    fn because(&self, own: &[u32], item: u32) -> Vec<u32> {
        let found = self.blocks.iter().find_map(|block| {
            let place = block.items.binary_search(&item).ok()?;
            let own = block.places(own);
            let says = |own: u32| {
                let named = block.items.get(own as usize)?;
                Some((*named, block.current.weight(own, place as u32)?))
            };
            Some(own.into_iter().filter_map(says).collect::<Vec<_>>())
        });
        let mut top = Top::new(NAMED);
        top.add(found.unwrap_or_default().into_iter(), |_| true);
        top.into_sorted().into_iter().map(|(item, _)| item).collect()
    }
}

impl Model for Linear {
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let own = past.known();
        let mut top = Top::new(query.n);
        for block in &self.blocks {
            let own = block.places(&own);
            if !own.is_empty() {
                top.add(block.scores(&own), query.keep);
            }
        }
        let because = |item| if query.why { self.because(&own, item) } else { Vec::new() };
        let best = top.into_sorted().into_iter();
        best.map(|(item, score)| Ranked { item, score, because: because(item) }).collect()
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}

/// As the numbers that the rest follows from.
impl Serialize for Current {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.told().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Current {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let told: Vec<f64> = Deserialize::deserialize(deserializer)?;
        Self::of(&told).ok_or_else(|| D::Error::custom("the weights are those of no model"))
    }
}
