//! Which items for this customer. Every recommender follows one contract: parameters
//! are checked before anything is fitted; a fitted model ranks what a view shows; asked
//! for N items it gives N, or all that exist, and says which of them are a fallback;
//! ties are broken by id; each item names the customer's own items that spoke for it.

#[cfg(test)]
#[expect(unreachable_pub, unused_imports, reason = "not wired yet")]
mod basket;
mod item_item;
mod personal;
mod popularity;
#[cfg(test)]
mod rows;

pub use item_item::ItemItem;
use item_item::Neighbours;
pub use personal::PersonalFrequency;
pub(crate) use popularity::Popular;
pub use popularity::Popularity;

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::error::Result;
use crate::event::Kind;
use crate::learn::Statistics;
use crate::numeric::Digest;
use crate::types::{ItemId, Timestamp, redacted};
use crate::view::View;

/// Parameters of a recommender, of any kind.
///
/// ```
/// use confidant::{ItemItem, Recommender};
///
/// let recommender = Recommender::from(ItemItem::params().neighbours(20));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommender(Params);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Params {
    Popularity(Popularity),
    Personal(PersonalFrequency),
    ItemItem(ItemItem),
}

impl From<Popularity> for Recommender {
    fn from(params: Popularity) -> Self {
        Self(Params::Popularity(params))
    }
}

impl From<PersonalFrequency> for Recommender {
    fn from(params: PersonalFrequency) -> Self {
        Self(Params::Personal(params))
    }
}

impl From<ItemItem> for Recommender {
    fn from(params: ItemItem) -> Self {
        Self(Params::ItemItem(params))
    }
}

/// Parameters that were found usable: the only kind that can be fitted.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Checked(Params);

impl Recommender {
    /// # Errors
    /// A parameter is out of its range.
    pub(crate) fn check(self) -> Result<Checked> {
        match &self.0 {
            Params::Popularity(params) => params.check(),
            Params::Personal(params) => params.check(),
            Params::ItemItem(params) => params.check(),
        }?;
        Ok(Checked(self.0))
    }
}

impl Checked {
    /// Which kind of recommender it is.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.0 {
            Params::Popularity(_) => "popularity",
            Params::Personal(_) => "personal_frequency",
            Params::ItemItem(_) => "item_item",
        }
    }

    /// The model that follows from the statistics as of an instant.
    pub(crate) fn fit(&self, statistics: &Statistics, catalog: &Catalog, now: Timestamp) -> Fitted {
        match &self.0 {
            Params::Popularity(params) => Fitted::Popularity(params.fit(statistics, catalog, now)),
            Params::Personal(params) => Fitted::Personal(*params),
            Params::ItemItem(params) => Fitted::ItemItem(params.fit(statistics, catalog)),
        }
    }
}

/// A fitted recommender of any kind.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Fitted {
    Popularity(Popular),
    Personal(PersonalFrequency),
    ItemItem(Neighbours),
}

impl Fitted {
    pub(crate) fn model(&self) -> &dyn Model {
        match self {
            Self::Popularity(model) => model,
            Self::Personal(model) => model,
            Self::ItemItem(model) => model,
        }
    }

    /// One that was read, if these parameters and this catalogue could have led to it.
    pub(crate) fn checked(self, params: &Checked, catalog: &Catalog) -> Option<Self> {
        match (self, &params.0) {
            (Self::Popularity(read), Params::Popularity(_)) => {
                read.checked(catalog).map(Self::Popularity)
            }
            (Self::Personal(read), Params::Personal(params)) => {
                (read == *params).then_some(Self::Personal(read))
            }
            (Self::ItemItem(read), Params::ItemItem(params)) => {
                read.checked(params, catalog).map(Self::ItemItem)
            }
            _ => None,
        }
    }
}

/// What every fitted recommender does.
pub(crate) trait Model {
    /// Items with a positive score for what the view shows, best first, ties by number;
    /// those that `query` leaves out are not among them. At most `query.n`.
    fn rank(&self, view: &View, query: &Query<'_>) -> Vec<Ranked>;

    /// Whether it looks at the customer at all.
    fn is_personal(&self) -> bool;

    /// Its exact content.
    fn digest(&self) -> Digest;
}

/// What is asked of a model.
#[derive(Clone, Copy)]
pub(crate) struct Query<'a> {
    pub(crate) n: usize,
    /// Items that may be given.
    pub(crate) keep: &'a dyn Fn(u32) -> bool,
}

/// An item with its score.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) item: u32,
    pub(crate) score: f64,
    /// The customer's own items that spoke for it, the strongest first.
    pub(crate) because: Vec<u32>,
}

/// A recommended item.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// The item.
    pub item: ItemId,
    /// The model's score: only comparable within one answer, zero where nothing speaks
    /// for the item.
    pub score: f64,
    /// The customer's own items that spoke for it, the strongest first.
    pub because: Vec<ItemId>,
    /// Where it comes from.
    pub source: Source,
}

/// Where a recommended item comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// From the model that was asked.
    Model,
    /// The model had no more: from what is popular with everybody.
    Popular,
    /// Nobody bought it yet, or everything else was left out: in order of ids.
    Catalogue,
}

/// What may be recommended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every item that is available.
    #[default]
    All,
    /// Only items that the customer has not bought, as far as that may be seen.
    New,
}

/// The best `n` available items by a model, then by popularity, then by id, or all that
/// exist.
pub(crate) fn recommend(
    model: &dyn Model,
    fallback: &dyn Model,
    catalog: &Catalog,
    view: &View,
    n: usize,
    scope: Scope,
) -> Vec<Recommendation> {
    // What the customer is looking at is on the screen already.
    let looked_at = view.session().and_then(|session| session.items().last());
    let looked_at = looked_at.map(|item| catalog.number(item.as_str()));
    let owned = match scope {
        Scope::All => Vec::new(),
        Scope::New => owned(view),
    };
    let n = n.min(catalog.len());
    let mut taken: HashSet<u32> = HashSet::new();
    let mut list = Vec::new();
    let may = |item: u32, taken: &HashSet<u32>| {
        owned.binary_search(&item).is_err()
            && Some(item) != looked_at
            && !taken.contains(&item)
            && catalog.item(item).is_some_and(crate::catalog::Item::is_available)
    };
    for (model, source) in [(model, Source::Model), (fallback, Source::Popular)] {
        let before = taken.clone();
        let query = Query { n: n - list.len(), keep: &|item| may(item, &before) };
        for ranked in model.rank(view, &query) {
            taken.insert(ranked.item);
            list.extend(named(&ranked, catalog, source));
        }
    }
    let rest = (0..catalog.len() as u32).filter(|item| may(*item, &taken));
    let rest: Vec<u32> = rest.take(n - list.len()).collect();
    for item in rest {
        let ranked = Ranked { item, score: 0.0, because: Vec::new() };
        list.extend(named(&ranked, catalog, Source::Catalogue));
    }
    list
}

fn named(ranked: &Ranked, catalog: &Catalog, source: Source) -> Option<Recommendation> {
    let id = |item: &u32| Some(catalog.item(*item)?.id().clone());
    Some(Recommendation {
        item: id(&ranked.item)?,
        score: ranked.score,
        because: ranked.because.iter().filter_map(id).collect(),
        source,
    })
}

/// Leaves out which of the customer's own items spoke for what is recommended, unless that
/// may be said aloud.
pub(crate) fn say_no_more(items: &mut [Recommendation], aloud: bool) {
    if !aloud {
        items.iter_mut().for_each(|item| item.because.clear());
    }
}

/// The items that the customer bought, ascending.
pub(crate) fn owned(view: &View) -> Vec<u32> {
    let rows = view.rows();
    let purchased = Kind::Purchased.code();
    let mut items: Vec<u32> = rows
        .kind
        .iter()
        .zip(&rows.item)
        .filter(|(kind, item)| **kind == purchased && **item != crate::catalog::NO_ITEM)
        .map(|(_, item)| *item)
        .collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// The best first: by score, then by number, which is by id.
pub(crate) fn best(mut ranked: Vec<Ranked>, n: usize) -> Vec<Ranked> {
    let order = |a: &Ranked, b: &Ranked| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item));
    if n < ranked.len() && n > 0 {
        ranked.select_nth_unstable_by(n - 1, order);
    }
    ranked.truncate(n);
    ranked.sort_unstable_by(order);
    ranked
}

redacted! {
    Recommendation { score, source }
}
