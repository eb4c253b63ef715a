//! A fitted EASE of a whole catalogue.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Ease;
use super::pending::Current;
use crate::catalog::Catalog;
use crate::numeric::{self, Digest};
use crate::recommend::neighbours::NAMED;
use crate::recommend::past::Past;
use crate::recommend::top::Top;
use crate::recommend::{Model, Query, Ranked, Taught};

/// Fitted weights between items.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Linear {
    blocks: Vec<Block>,
    #[serde(skip)]
    catalog: Digest,
    #[serde(skip)]
    digest: Digest,
}

/// Items that were fitted together.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Block {
    /// Numbers in the catalogue, ascending.
    items: Vec<u32>,
    current: Current,
}

impl Block {
    pub(super) fn new(items: Vec<u32>, current: Current) -> Self {
        Self { items, current }
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
        let content: Vec<_> =
            self.blocks.iter().map(|block| (&block.items, block.current.digest())).collect();
        self.digest = numeric::digest(&("ease", content, self.catalog));
    }

    /// Forgets what somebody had. False if that takes a new fit; then nothing has changed.
    pub(crate) fn forget(&mut self, gone: &Taught) -> bool {
        self.change(gone, Current::forget)
    }

    /// Learns what somebody has, likewise; not where it knows nothing of an item.
    pub(crate) fn learn(&mut self, new: &Taught) -> bool {
        let known = |item: &u32| self.blocks.iter().any(|b| b.items.binary_search(item).is_ok());
        new.items().iter().all(known) && self.change(new, Current::learn)
    }

    fn change(&mut self, taught: &Taught, with: fn(&mut Current, &[u32]) -> bool) -> bool {
        for at in 0..self.blocks.len() {
            let Some(block) = self.blocks.get_mut(at) else { return false };
            let items = block.places(taught.items());
            if !items.is_empty() && !with(&mut block.current, &items) {
                let before = self.blocks.iter_mut().take(at);
                let changed = before.filter(|block| !block.places(taught.items()).is_empty());
                changed.for_each(|block| block.current.undo());
                return false;
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
            ascending && few && block.current.items() == block.items.len()
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
                let scores = block.current.scores(&own);
                top.add(block.items.iter().copied().zip(scores), query.keep);
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
        let told = Deserialize::deserialize(deserializer)?;
        Self::of(told).ok_or_else(|| D::Error::custom("the weights are those of no model"))
    }
}
