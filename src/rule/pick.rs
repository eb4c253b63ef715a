//! Which one it was: the first, the last, the most frequent item, channel or category of
//! what a customer did.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::behaviours::{Behaviours, When, filters, windows};
use super::condition::Condition;

/// A question about the first, the last or the most frequent of something. There is none,
/// and the answer is no, where nothing was done with any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    pub(crate) which: Which,
    pub(crate) what: What,
    pub(crate) of: Behaviours,
    #[serde(default)]
    pub(crate) when: When,
    /// By their names; any of these.
    pub(crate) is: Vec<Arc<str>>,
}

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Which {
    First,
    Last,
    /// Of several that are as frequent, the one met last; of those met at one instant, the
    /// smallest by name.
    MostFrequent,
}

/// Of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// Items of the catalogue, by id.
    Item,
    Channel,
    /// The name of the items' category at this depth, from 1, the widest, on.
    Category(u8),
}

/// The first, last or most frequent of what a customer did, waiting for what it is of.
#[derive(Debug, Clone, Copy)]
#[must_use = "a question is no condition until it is answered"]
pub struct Picking(Which);

/// A question of which one, waiting for its test.
#[derive(Debug, Clone)]
#[must_use = "a question is no condition until it is answered"]
pub struct Picked(Pick);

/// The first item, channel or category. Of behaviours at one instant, the smallest by name.
pub fn the_first() -> Picking {
    Picking(Which::First)
}

/// The last item, channel or category. Of behaviours at one instant, the smallest by name.
pub fn the_last() -> Picking {
    Picking(Which::Last)
}

/// The most frequent item, channel or category. Of several that are as frequent, the one met
/// last; of those met at one instant, the smallest by name.
///
/// ```
/// use confidant::{Kind, days, most_frequent};
///
/// let coffee_drinker =
///     most_frequent().category(2, Kind::Purchased).within(days(90)).is("coffee");
/// ```
pub fn most_frequent() -> Picking {
    Picking(Which::MostFrequent)
}

impl Picking {
    /// Item of the catalogue, by id.
    pub fn item_of(self, of: impl Into<Behaviours>) -> Picked {
        self.of(What::Item, of)
    }

    /// Channel, by name.
    pub fn channel_of(self, of: impl Into<Behaviours>) -> Picked {
        self.of(What::Channel, of)
    }

    /// Name of the category of an item at this depth: 1 is the widest.
    pub fn category(self, depth: u8, of: impl Into<Behaviours>) -> Picked {
        self.of(What::Category(depth), of)
    }

    fn of(self, what: What, of: impl Into<Behaviours>) -> Picked {
        let (of, when) = (of.into(), When::Ever);
        Picked(Pick { which: self.0, what, of, when, is: Vec::new() })
    }
}

impl Picked {
    fn behaviours(&mut self) -> &mut Behaviours {
        &mut self.0.of
    }

    fn when(&mut self) -> &mut When {
        &mut self.0.when
    }

    /// It is this one.
    #[must_use]
    pub fn is(self, name: &str) -> Condition {
        self.one_of([name])
    }

    /// It is one of these.
    #[must_use]
    pub fn one_of<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Condition {
        let is = names.into_iter().map(Arc::from).collect();
        Condition::Pick(Box::new(Pick { is, ..self.0 }))
    }
}

filters!(Picked);
windows!(Picked);
