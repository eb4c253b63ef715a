//! What customers may have in common: words for it, and who has what, read from views
//! alone.

use std::fmt;
use std::sync::Arc;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, NO_PLACE};
use crate::event::{Kind, Value};
use crate::types::{Channel, SegmentId};
use crate::view::View;

/// Something that customers may have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Bought something of a category, or of one below it.
    Bought(Vec<Arc<str>>),
    /// Did something on a channel.
    Used(Channel),
    /// Has an attribute of this text, be it among others.
    Has(Arc<str>, Arc<str>),
    /// Is in a segment.
    InSegment(SegmentId),
}

/// For people.
impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bought(path) => write!(f, "bought {}", path.join(" / ")),
            Self::Used(channel) => write!(f, "used {}", channel.name()),
            Self::Has(name, text) => write!(f, "{name} is {text}"),
            Self::InSegment(id) => write!(f, "in segment {}", id.as_str()),
        }
    }
}

/// By hand: what an attribute says may be of a person.
impl fmt::Debug for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Has(name, _) => write!(f, "Has({name:?}, ..)"),
            other => write!(f, "Feature({other})"),
        }
    }
}

/// Numbers for features, in the order in which they are met: no result may hang on it.
pub(crate) struct Vocabulary<'a> {
    catalog: &'a Catalog,
    numbers: HashMap<Feature, u32>,
    /// Of each place in the walk of the catalogue's tree, its category and those above it.
    of_place: HashMap<u32, Vec<u32>>,
    features: Vec<Feature>,
}

impl<'a> Vocabulary<'a> {
    pub(crate) fn new(catalog: &'a Catalog) -> Self {
        let (numbers, of_place, features) = Default::default();
        Self { catalog, numbers, of_place, features }
    }

    /// The feature of a number.
    pub(crate) fn get(&self, number: u32) -> Option<&Feature> {
        self.features.get(number as usize)
    }

    /// What a view shows of a customer, who is in some segments: numbers, each once.
    pub(crate) fn of<'s>(
        &mut self,
        view: &View,
        members: impl Iterator<Item = &'s SegmentId>,
    ) -> Vec<u32> {
        let mut own: Vec<u32> =
            members.map(|id| self.number(Feature::InSegment(id.clone()))).collect();
        self.bought(view, &mut own);
        let mut channels = view.rows().channel.clone();
        channels.sort_unstable();
        channels.dedup();
        for channel in channels.into_iter().filter_map(|number| view.channel(number)) {
            own.push(self.number(Feature::Used(channel.clone())));
        }
        for known in view.attributes() {
            let mut has = |text: &Arc<str>| {
                own.push(self.number(Feature::Has(known.name.clone(), text.clone())));
            };
            match &known.value {
                Value::Text(text) => has(text),
                Value::Set(texts) => texts.iter().for_each(has),
                _ => {}
            }
        }
        own.sort_unstable();
        own.dedup();
        own
    }

    fn bought(&mut self, view: &View, own: &mut Vec<u32>) {
        let rows = view.rows();
        let bought = rows.kind.iter().zip(&rows.item).zip(&rows.place);
        let bought = bought.filter(|((kind, _), _)| **kind == Kind::Purchased.code());
        let mut bought: Vec<(u32, u32)> =
            bought.map(|((_, item), place)| (*place, *item)).collect();
        bought.sort_unstable();
        bought.dedup_by_key(|(place, _)| *place);
        for (place, item) in bought.into_iter().filter(|(place, _)| *place != NO_PLACE) {
            if !self.of_place.contains_key(&place) {
                let catalog = self.catalog;
                let path = catalog.item(item).map(|item| item.category_path()).unwrap_or_default();
                let above = (1..=path.len()).filter_map(|n| path.get(..n));
                let numbers = above.map(|path| self.number(Feature::Bought(path.to_vec())));
                let numbers = numbers.collect();
                self.of_place.insert(place, numbers);
            }
            own.extend(self.of_place.get(&place).into_iter().flatten());
        }
    }

    fn number(&mut self, feature: Feature) -> u32 {
        *self.numbers.entry(feature).or_insert_with_key(|feature| {
            self.features.push(feature.clone());
            self.features.len() as u32 - 1
        })
    }
}
