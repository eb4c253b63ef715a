//! What can be offered: the one source of item data for all channels. A catalogue is
//! built once and then only read; every item and category has a dense number.

mod item;
mod relations;

pub use item::Item;
pub(crate) use relations::Relations;

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::numeric::{self, Digest};
use crate::types::{ItemId, check_text};

/// The items that a host offers.
///
/// ```
/// use confidant::{Catalog, Item, Money};
///
/// let catalog = Catalog::new([
///     Item::new("espresso").category(["coffee", "beans"]).price(Money::cents(1290, "EUR")?),
///     Item::new("mug").category(["kitchen"]),
/// ])?;
/// assert_eq!(catalog.len(), 2);
/// assert!(catalog.get("espresso").is_some_and(|item| item.is_available()));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Vec<Item>")]
pub struct Catalog {
    items: Vec<Item>,
    index: HashMap<ItemId, u32>,
    /// Per item the place of its category in a walk of the tree that visits parents
    /// first, so that "in a category or below" is a range.
    places: Vec<u32>,
    categories: HashMap<Box<[Arc<str>]>, (u32, u32)>,
    accessories: Arc<Relations>,
    substitutes: Arc<Relations>,
    digest: Digest,
}

/// How many levels categories can have: each is numbered with all above it.
const DEEPEST: usize = 64;

/// How many items one can name as its accessories, and how many as its substitutes.
const RELATED: usize = 1_000;

/// How many numbers a vector can hold.
const LONGEST: usize = 1_024;

/// A category with the places of itself and what is below it, as a range without its end.
pub(crate) type Branch<'a> = (&'a [Arc<str>], (u32, u32));

/// The number that stands for "no item that the catalogue knows".
pub(crate) const NO_ITEM: u32 = u32::MAX;

/// The number that stands for "in no category".
pub(crate) const NO_PLACE: u32 = u32::MAX;

impl Catalog {
    /// A catalogue of these items. Their order does not matter.
    ///
    /// # Errors
    /// An id is empty, too long, or stands twice; a price is negative; a category is deeper
    /// than 64 levels; an item names more than 1,000 accessories or substitutes; a vector is
    /// empty, too long, not finite, or not as long as others of its name.
    pub fn new(items: impl IntoIterator<Item = Item>) -> Result<Self> {
        let mut items: Vec<Item> = items.into_iter().collect();
        items.iter().try_for_each(Item::check)?;
        equally_long(&items)?;
        items.sort_by(|a, b| a.id().cmp(b.id()));
        if items.windows(2).any(|pair| matches!(pair, [a, b] if a.id() == b.id())) {
            return Err(Error::input(
                "item",
                "an item stands twice in the catalogue: expected once",
            ));
        }
        if items.len() >= NO_ITEM as usize {
            return Err(Error::input("item", "more items than a catalogue can number"));
        }
        let index: HashMap<ItemId, u32> =
            (0..).zip(&items).map(|(n, item)| (item.id().clone(), n)).collect();
        let accessories = Arc::new(Relations::of(&items, &index, Item::accessories));
        let substitutes = Arc::new(Relations::of(&items, &index, Item::substitutes));
        let categories = walk(&items);
        let places = items
            .iter()
            .map(|item| categories.get(item.category_path()).map_or(NO_PLACE, |range| range.0))
            .collect();
        let digest = numeric::digest(&items);
        Ok(Self { items, index, places, categories, accessories, substitutes, digest })
    }

    /// The item of an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Item> {
        self.index.get(id).and_then(|n| self.items.get(*n as usize))
    }

    /// All items, in the order of their ids.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The exact content, in 128 bits.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The dense number of an item; [`NO_ITEM`] for one that is not here.
    pub(crate) fn number(&self, id: &str) -> u32 {
        self.index.get(id).copied().unwrap_or(NO_ITEM)
    }

    pub(crate) fn item(&self, number: u32) -> Option<&Item> {
        self.items.get(number as usize)
    }

    /// Where in the walk of the tree an item's category is.
    pub(crate) fn place(&self, number: u32) -> u32 {
        self.places.get(number as usize).copied().unwrap_or(NO_PLACE)
    }

    /// What goes with each item.
    pub(crate) fn accessories(&self) -> &Arc<Relations> {
        &self.accessories
    }

    /// What does instead of each item.
    pub(crate) fn substitutes(&self) -> &Arc<Relations> {
        &self.substitutes
    }

    /// All categories in the order of their places, each with the places of itself and what
    /// is below it.
    pub(crate) fn tree(&self) -> Vec<Branch<'_>> {
        let mut tree: Vec<Branch<'_>> =
            self.categories.iter().map(|(path, range)| (&**path, *range)).collect();
        tree.sort_unstable_by_key(|(_, range)| *range);
        tree
    }

    /// The places of a category and all below it, as a range without its end; empty
    /// for a category that no item has.
    pub(crate) fn range(&self, path: &[Arc<str>]) -> (u32, u32) {
        self.categories.get(path).copied().unwrap_or_default()
    }
}

/// As its items.
impl Serialize for Catalog {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.items.serialize(serializer)
    }
}

impl TryFrom<Vec<Item>> for Catalog {
    type Error = Error;

    fn try_from(items: Vec<Item>) -> Result<Self> {
        Self::new(items)
    }
}

/// Numbers all categories of the items, parents first, each with the range of itself
/// and what is below it.
fn walk(items: &[Item]) -> HashMap<Box<[Arc<str>]>, (u32, u32)> {
    let mut paths: Vec<&[Arc<str>]> = items
        .iter()
        .flat_map(|item| {
            (1..=item.category_path().len()).filter_map(|n| item.category_path().get(..n))
        })
        .collect();
    // In the order of their texts a category comes right before all that is below it.
    paths.sort_unstable();
    paths.dedup();
    let below = |from: usize, path: &[Arc<str>]| {
        paths.iter().skip(from).take_while(|other| other.starts_with(path)).count()
    };
    paths
        .iter()
        .enumerate()
        .map(|(n, path)| ((*path).into(), (n as u32, (n + below(n, path)) as u32)))
        .collect()
}

impl Item {
    fn check(&self) -> Result<()> {
        check_text("item", self.id().as_str())?;
        if self.category_path().len() > DEEPEST {
            return Err(Error::input(
                "category",
                format!("a category is deeper than {DEEPEST} levels: expected at most so many"),
            ));
        }
        self.category_path().iter().try_for_each(|name| check_text("category", name))?;
        if self.listed_price().is_some_and(|price| price.as_micros() < 0) {
            return Err(Error::input("price", "`price` is negative: expected zero or more"));
        }
        for (field, named) in
            [("accessory", self.accessories()), ("substitute", self.substitutes())]
        {
            named.iter().try_for_each(|id| check_text(field, id.as_str()))?;
            if named.len() > RELATED {
                return Err(Error::input(
                    field,
                    format!("an item names too many as `{field}`: expected at most 1,000"),
                ));
            }
        }
        self.vectors.iter().try_for_each(|(name, vector)| check_vector(name, vector))
    }
}

fn check_vector(name: &str, vector: &[f32]) -> Result<()> {
    check_text("vector", name)?;
    if vector.is_empty() || vector.len() > LONGEST {
        let message = "`vector` holds no number or too many: expected 1 to 1,024";
        return Err(Error::input("vector", message));
    }
    if !vector.iter().all(|number| number.is_finite()) {
        let message = "`vector` holds a number that is not finite: expected a finite one";
        return Err(Error::input("vector", message));
    }
    Ok(())
}

/// Refuses vectors of one name that cannot be compared.
fn equally_long(items: &[Item]) -> Result<()> {
    let mut lengths: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, vector) in items.iter().flat_map(|item| &item.vectors) {
        if *lengths.entry(name).or_insert(vector.len()) != vector.len() {
            let message = "vectors of one name are of several lengths: expected one length";
            return Err(Error::input("vector", message));
        }
    }
    Ok(())
}
