//! Which items for this customer. Every recommender follows one contract: parameters
//! are checked before anything is fitted; a fitted model ranks what a view shows; asked
//! for N items it gives N, or all that exist, and says which of them are a fallback;
//! ties are broken by id; each item names the customer's own items that spoke for it.

mod blend;
mod corpus;
mod ease;
mod ials;
mod item_item;
mod neighbours;
mod past;
mod personal;
mod popularity;
mod rerank;
mod rows;
mod sessions;
mod similarity;
mod taught;
mod together;
mod top;

pub use blend::Blend;
use blend::Blended;
pub(crate) use corpus::Corpus;
pub use ease::Ease;
use ease::Linear;
pub use ials::Ials;
use ials::Latent;
pub use item_item::ItemItem;
use neighbours::Neighbours;
pub(crate) use past::{Line, Past};
pub use personal::PersonalFrequency;
pub(crate) use popularity::Popular;
pub use popularity::Popularity;
use sessions::Clicked;
pub use sessions::SessionNeighbours;
pub use similarity::Similarity;
pub(crate) use taught::Taught;

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::error::Result;
use crate::event::Kind;
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
    Ease(Ease),
    Ials(Ials),
    Sessions(SessionNeighbours),
    Blend(Blend),
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

impl From<Ease> for Recommender {
    fn from(params: Ease) -> Self {
        Self(Params::Ease(params))
    }
}

impl From<Ials> for Recommender {
    fn from(params: Ials) -> Self {
        Self(Params::Ials(params))
    }
}

impl From<SessionNeighbours> for Recommender {
    fn from(params: SessionNeighbours) -> Self {
        Self(Params::Sessions(params))
    }
}

impl From<Blend> for Recommender {
    fn from(params: Blend) -> Self {
        Self(Params::Blend(params))
    }
}

/// Parameters that were found usable: the only kind that can be fitted.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Checked(Params);

impl Recommender {
    /// When it follows somebody who is forgotten. What it is fitted from follows at once,
    /// whatever this says.
    #[must_use]
    pub fn forgets(&self) -> Forgets {
        match &self.0 {
            Params::Popularity(_) | Params::Personal(_) | Params::Ease(_) | Params::Sessions(_) => {
                Forgets::AtOnce
            }
            Params::ItemItem(_) | Params::Ials(_) | Params::Blend(_) => Forgets::AtNextFit,
        }
    }

    /// # Errors
    /// A parameter is out of its range.
    pub(crate) fn check(self) -> Result<Checked> {
        self.0.check()?;
        Ok(Checked(self.0))
    }
}

impl Checked {
    /// Which kinds of recommenders it is: one, or those of its parts.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        match &self.0 {
            Params::Blend(blend) => blend.parts().map(Params::kind).collect(),
            params => vec![params.kind()],
        }
    }

    /// Which kind of recommender it is.
    pub(crate) fn kind(&self) -> &'static str {
        self.0.kind()
    }

    /// Whether it learns from what was looked at in visits.
    pub(crate) fn learns_from_visits(&self) -> bool {
        self.0.learns_from_visits()
    }

    /// The model that follows from what was learned as of an instant; the same, bit for bit,
    /// for any number of threads.
    pub(crate) fn fit(
        &self,
        corpus: &Corpus,
        catalog: &Catalog,
        now: Timestamp,
        threads: usize,
    ) -> Fitted {
        self.0.fit(corpus, catalog, now, threads)
    }
}

impl Params {
    fn check(&self) -> Result<()> {
        match self {
            Self::Popularity(params) => params.check(),
            Self::Personal(params) => params.check(),
            Self::ItemItem(params) => params.check(),
            Self::Ease(params) => params.check(),
            Self::Ials(params) => params.check(),
            Self::Sessions(params) => params.check(),
            Self::Blend(params) => params.check(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Popularity(_) => "popularity",
            Self::Personal(_) => "personal_frequency",
            Self::ItemItem(_) => "item_item",
            Self::Ease(_) => "ease",
            Self::Ials(_) => "ials",
            Self::Sessions(_) => "sessions",
            Self::Blend(_) => "blend",
        }
    }

    fn learns_from_visits(&self) -> bool {
        match self {
            Self::Sessions(_) => true,
            Self::Blend(blend) => blend.parts().any(Self::learns_from_visits),
            _ => false,
        }
    }

    fn fit(&self, corpus: &Corpus, catalog: &Catalog, now: Timestamp, threads: usize) -> Fitted {
        match self {
            Self::Popularity(params) => Fitted::Popularity(params.fit(corpus, catalog, now)),
            Self::Personal(params) => Fitted::Personal(*params),
            Self::ItemItem(params) => Fitted::ItemItem(params.fit(corpus, catalog, threads)),
            Self::Ease(params) => Fitted::Ease(params.fit(corpus, catalog, threads)),
            Self::Ials(params) => Fitted::Ials(params.fit(corpus, catalog, threads)),
            Self::Sessions(params) => Fitted::Sessions(params.fit(corpus, catalog)),
            Self::Blend(params) => Fitted::Blend(params.fit(corpus, catalog, now, threads)),
        }
    }
}

/// A fitted recommender of any kind.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Fitted {
    Popularity(Popular),
    Personal(PersonalFrequency),
    ItemItem(Neighbours),
    Ease(Linear),
    Ials(Latent),
    Sessions(Clicked),
    Blend(Blended),
}

/// When a model follows somebody who is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgets {
    /// At once, where it is told what there was: it ranks as if that had never been.
    AtOnce,
    /// When it is fitted the next time, from statistics that follow at once.
    AtNextFit,
}

impl Fitted {
    /// Forgets what somebody taught. False if that takes a new fit; then nothing has changed.
    #[must_use]
    pub(crate) fn forget(&mut self, gone: &Taught) -> bool {
        match self {
            Self::Popularity(model) => model.forget(gone),
            Self::Personal(_) => true,
            Self::Ease(model) => model.forget(gone),
            Self::Sessions(model) => model.forget(gone),
            Self::ItemItem(_) | Self::Ials(_) | Self::Blend(_) => false,
        }
    }

    pub(crate) fn model(&self) -> &dyn Model {
        match self {
            Self::Popularity(model) => model,
            Self::Personal(model) => model,
            Self::ItemItem(model) => model,
            Self::Ease(model) => model,
            Self::Ials(model) => model,
            Self::Sessions(model) => model,
            Self::Blend(model) => model,
        }
    }

    /// One that was read, if these parameters and this catalogue could have led to it.
    pub(crate) fn checked(self, params: &Checked, catalog: &Catalog) -> Option<Self> {
        self.read(&params.0, catalog)
    }

    fn read(self, params: &Params, catalog: &Catalog) -> Option<Self> {
        match (self, params) {
            (Self::Popularity(read), Params::Popularity(_)) => {
                read.checked(catalog).map(Self::Popularity)
            }
            (Self::Personal(read), Params::Personal(params)) => {
                (read == *params).then_some(Self::Personal(read))
            }
            (Self::ItemItem(read), Params::ItemItem(params)) => {
                params.checked(read, catalog).map(Self::ItemItem)
            }
            (Self::Ease(read), Params::Ease(params)) => {
                read.checked(params, catalog).map(Self::Ease)
            }
            (Self::Ials(read), Params::Ials(params)) => {
                read.checked(params, catalog).map(Self::Ials)
            }
            (Self::Sessions(read), Params::Sessions(params)) => {
                read.checked(params, catalog).map(Self::Sessions)
            }
            (Self::Blend(read), Params::Blend(params)) => {
                params.read(read, catalog).map(Self::Blend)
            }
            _ => None,
        }
    }
}

/// What every fitted recommender does.
pub(crate) trait Model {
    /// Items with a positive score for somebody's past, best first, ties by number; those
    /// that `query` leaves out are not among them. At most `query.n`.
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked>;

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
    let past = Past::of(view, catalog);
    // What the customer is looking at is on the screen already.
    let looked_at = view.session().and_then(|session| session.looking_at());
    let looked_at = looked_at.map(|item| catalog.number(item.as_str()));
    let owned = match scope {
        Scope::All => &[],
        Scope::New => past.owned(),
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
        for ranked in model.rank(&past, &query) {
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
