//! Every family of recommenders by one name: parameters, checked parameters, model. A new
//! family is a line in each of these tables.

use serde::{Deserialize, Serialize};

use super::arranged::Arranged;
use super::arrangement::Arrangement;
use super::basket::Baskets;
use super::blend::Blended;
use super::content::Likeness;
use super::ease::Linear;
use super::ials::Latent;
use super::item_item::Neighbours;
use super::related::Directions;
use super::replenishment::Cadence;
use super::sessions::Clicked;
use super::studied::Attention;
use super::up_sell::Ladder;
use super::{
    Blend, Content, Corpus, Ease, Ials, ItemItem, Model, NextBasket, PersonalFrequency, Popular,
    Popularity, Related, Replenishment, SessionNeighbours, Studied, Taught, TifuKnn, UpSell,
};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::types::Timestamp;

/// Parameters of a recommender, of any kind.
///
/// ```
/// use confidant::{ItemItem, Recommender};
///
/// let recommender = Recommender::from(ItemItem::params().neighbours(20));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommender(pub(super) Params);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Params {
    Popularity(Popularity),
    Personal(PersonalFrequency),
    ItemItem(ItemItem),
    Ease(Ease),
    Ials(Ials),
    Sessions(SessionNeighbours),
    Tifu(TifuKnn),
    NextBasket(NextBasket),
    Blend(Blend),
    Related(Related),
    Content(Content),
    UpSell(UpSell),
    Studied(Studied),
    Replenishment(Replenishment),
    Arranged(Box<Params>, Arrangement),
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

impl From<TifuKnn> for Recommender {
    fn from(params: TifuKnn) -> Self {
        Self(Params::Tifu(params))
    }
}

impl From<NextBasket> for Recommender {
    fn from(params: NextBasket) -> Self {
        Self(Params::NextBasket(params))
    }
}

impl From<Blend> for Recommender {
    fn from(params: Blend) -> Self {
        Self(Params::Blend(params))
    }
}

impl From<Related> for Recommender {
    fn from(params: Related) -> Self {
        Self(Params::Related(params))
    }
}

impl From<Content> for Recommender {
    fn from(params: Content) -> Self {
        Self(Params::Content(params))
    }
}

impl From<UpSell> for Recommender {
    fn from(params: UpSell) -> Self {
        Self(Params::UpSell(params))
    }
}

impl From<Studied> for Recommender {
    fn from(params: Studied) -> Self {
        Self(Params::Studied(params))
    }
}

impl From<Replenishment> for Recommender {
    fn from(params: Replenishment) -> Self {
        Self(Params::Replenishment(params))
    }
}

/// Parameters that were found usable: the only kind that can be fitted.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Checked(Params);

impl Recommender {
    /// When it follows somebody who is forgotten. What it is fitted from follows at once,
    /// whatever this says. [`Ease`] that falls into blocks once it is fitted takes a new fit,
    /// and so may one of which very many were forgotten since the last.
    #[must_use]
    pub fn forgets(&self) -> Forgets {
        if self.0.forgets_at_once() { Forgets::AtOnce } else { Forgets::AtNextFit }
    }

    /// The same with what suits some data, found by trial inside them, where the family knows
    /// how; else as it is.
    pub(crate) fn chosen(self, corpus: &Corpus, seed: u64, threads: usize) -> Self {
        Self(match self.0 {
            Params::Ials(params) => Params::Ials(params.chosen(corpus, seed, threads)),
            Params::Sessions(params) => Params::Sessions(params.chosen_on(corpus)),
            other => other,
        })
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
        self.0.kinds()
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
    fn forgets_at_once(&self) -> bool {
        match self {
            Self::Popularity(_) | Self::Ease(_) | Self::Sessions(_) => true,
            Self::Tifu(_) | Self::NextBasket(_) | Self::Replenishment(_) => true,
            // They learn from nobody.
            Self::Personal(_) | Self::Related(_) | Self::Content(_) | Self::UpSell(_) => true,
            Self::Studied(_) => true,
            Self::ItemItem(params) => params.forgets_at_once(),
            Self::Ials(_) => false,
            Self::Blend(blend) => blend.parts().all(Self::forgets_at_once),
            Self::Arranged(inner, _) => inner.forgets_at_once(),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Popularity(params) => params.check(),
            Self::Personal(params) => params.check(),
            Self::ItemItem(params) => params.check(),
            Self::Ease(params) => params.check(),
            Self::Ials(params) => params.check(),
            Self::Related(params) => params.check(),
            Self::Content(params) => params.check(),
            Self::UpSell(params) => params.check(),
            Self::Studied(params) => params.check(),
            Self::Replenishment(params) => params.check(),
            Self::Sessions(params) => params.check(),
            Self::Tifu(params) => params.check(),
            Self::NextBasket(params) => params.check(),
            Self::Blend(params) => params.check(),
            Self::Arranged(inner, arrangement) => arrangement.check().and_then(|()| inner.check()),
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Popularity(_) => "popularity",
            Self::Personal(_) => "personal_frequency",
            Self::ItemItem(_) => "item_item",
            Self::Ease(_) => "ease",
            Self::Ials(_) => "ials",
            Self::Related(_) => "related",
            Self::Content(_) => "content",
            Self::UpSell(_) => "up_sell",
            Self::Studied(_) => "studied",
            Self::Replenishment(_) => "replenishment",
            Self::Sessions(_) => "sessions",
            Self::Tifu(_) | Self::NextBasket(_) => "next_basket",
            Self::Blend(_) => "blend",
            Self::Arranged(inner, _) => inner.kind(),
        }
    }

    /// Whether it is a blend, arranged or not.
    pub(super) fn is_blend(&self) -> bool {
        match self {
            Self::Arranged(inner, _) => inner.is_blend(),
            params => matches!(params, Self::Blend(_)),
        }
    }

    fn kinds(&self) -> Vec<&'static str> {
        match self {
            Self::Blend(blend) => blend.parts().flat_map(Self::kinds).collect(),
            Self::Arranged(inner, _) => inner.kinds(),
            params => vec![params.kind()],
        }
    }

    fn learns_from_visits(&self) -> bool {
        match self {
            Self::Sessions(_) => true,
            Self::Blend(blend) => blend.parts().any(Self::learns_from_visits),
            Self::Arranged(inner, _) => inner.learns_from_visits(),
            _ => false,
        }
    }

    pub(super) fn fit(
        &self,
        corpus: &Corpus,
        catalog: &Catalog,
        now: Timestamp,
        threads: usize,
    ) -> Fitted {
        match self {
            Self::Popularity(params) => Fitted::Popularity(params.fit(corpus, catalog, now)),
            Self::Personal(params) => Fitted::Personal(*params),
            Self::ItemItem(params) => Fitted::ItemItem(params.fit(corpus, catalog, threads)),
            Self::Ease(params) => Fitted::Ease(params.fit(corpus, catalog, threads)),
            Self::Ials(params) => Fitted::Ials(params.fit(corpus, catalog, threads)),
            Self::Sessions(params) => Fitted::Sessions(Box::new(params.fit(corpus, catalog))),
            Self::Related(params) => Fitted::Related(params.fit(catalog)),
            Self::Content(params) => Fitted::Content(params.fit(catalog)),
            Self::UpSell(params) => Fitted::UpSell(params.fit(catalog)),
            Self::Studied(params) => Fitted::Studied(params.fit(corpus, catalog, now)),
            Self::Replenishment(params) => Fitted::Replenishment(params.fit(corpus, catalog)),
            Self::Tifu(params) => Fitted::Baskets(params.model(corpus, catalog, threads)),
            Self::NextBasket(params) => Fitted::Baskets(params.model(corpus, catalog, threads)),
            Self::Blend(params) => Fitted::Blend(params.fit(corpus, catalog, now, threads)),
            Self::Arranged(inner, arrangement) => {
                let customers = Arranged::customers(arrangement, corpus);
                let inner = inner.fit(corpus, catalog, now, threads);
                Fitted::Arranged(Arranged::new(inner, arrangement, customers, catalog))
            }
        }
    }
}

/// A fitted recommender of any kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Fitted {
    Popularity(Popular),
    Personal(PersonalFrequency),
    ItemItem(Neighbours),
    Ease(Linear),
    Ials(Latent),
    Sessions(Box<Clicked>),
    Related(Directions),
    Content(Likeness),
    UpSell(Ladder),
    Studied(Attention),
    Replenishment(Cadence),
    Baskets(Baskets),
    Blend(Blended),
    Arranged(Arranged),
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
    /// Whether it learns from anybody.
    pub(crate) fn learns(&self) -> bool {
        match self {
            Self::Personal(_) | Self::Related(_) | Self::Content(_) | Self::UpSell(_) => false,
            Self::Blend(model) => model.learns(),
            Self::Arranged(model) => model.learns(),
            _ => true,
        }
    }

    /// Whether two things teach it the same.
    pub(crate) fn learns_the_same(&self, one: &Taught, other: &Taught) -> bool {
        match self {
            Self::Ease(_) | Self::Ials(_) => one.items() == other.items(),
            Self::ItemItem(_) | Self::Baskets(_) => one.orders() == other.orders(),
            Self::Sessions(_) => one.visits() == other.visits(),
            Self::Popularity(_) | Self::Studied(_) => one.bought() == other.bought(),
            Self::Blend(model) => model.learns_the_same(one, other),
            Self::Arranged(model) => model.learns_the_same(one, other),
            _ => !self.learns() || one == other,
        }
    }

    /// Whether it follows at once, as far as it can tell before.
    pub(crate) fn follows(&self) -> bool {
        match self {
            Self::Ials(_) => false,
            Self::ItemItem(model) => model.follows(),
            Self::Ease(model) => model.follows(),
            Self::Blend(model) => model.follows(),
            Self::Arranged(model) => model.follows(),
            _ => true,
        }
    }

    /// The same where somebody taught one thing in the place of another; nothing if that
    /// takes a new fit.
    pub(crate) fn replacing(&self, old: &Taught, new: &Taught) -> Option<Self> {
        if !self.follows() {
            return None;
        }
        let mut next = self.clone();
        (next.forget(old) && next.learn(new)).then_some(next)
    }

    /// Forgets what somebody taught. False if that takes a new fit; then nothing has changed.
    #[must_use]
    pub(crate) fn forget(&mut self, gone: &Taught) -> bool {
        match self {
            Self::Popularity(model) => model.forget(gone),
            // They learn from nobody.
            Self::Personal(_) | Self::Related(_) | Self::Content(_) | Self::UpSell(_) => true,
            Self::ItemItem(model) => model.forget(gone),
            Self::Ease(model) => model.forget(gone),
            Self::Sessions(model) => model.forget(gone),
            Self::Baskets(model) => model.forget(gone),
            Self::Studied(model) => model.forget(gone),
            Self::Blend(model) => model.forget(gone),
            Self::Replenishment(model) => model.forget(gone),
            Self::Arranged(model) => model.forget(gone),
            Self::Ials(_) => false,
        }
    }

    /// Learns what somebody new taught. False if that takes a new fit; then nothing has
    /// changed.
    #[must_use]
    pub(crate) fn learn(&mut self, new: &Taught) -> bool {
        match self {
            Self::Popularity(model) => model.learn(new),
            Self::ItemItem(model) => model.learn(new),
            Self::Ease(model) => model.learn(new),
            Self::Sessions(model) => model.learn(new),
            Self::Baskets(model) => model.learn(new),
            Self::Studied(model) => model.learn(new),
            Self::Blend(model) => model.learn(new),
            Self::Arranged(model) => model.learn(new),
            Self::Replenishment(model) => model.learn(new),
            Self::Personal(_) | Self::Related(_) | Self::Content(_) | Self::UpSell(_) => true,
            Self::Ials(_) => false,
        }
    }

    /// Neighbourhoods, if it is these and nothing around them.
    pub(crate) fn neighbours(&self) -> Option<&Neighbours> {
        match self {
            Self::ItemItem(model) => Some(model),
            _ => None,
        }
    }

    pub(crate) fn model(&self) -> &dyn Model {
        match self {
            Self::Popularity(model) => model,
            Self::Personal(model) => model,
            Self::ItemItem(model) => model,
            Self::Ease(model) => model,
            Self::Ials(model) => model,
            Self::Sessions(model) => &**model,
            Self::Baskets(model) => model,
            Self::Blend(model) => model,
            Self::Arranged(model) => model,
            Self::Related(model) => model,
            Self::Content(model) => model,
            Self::UpSell(model) => model,
            Self::Studied(model) => model,
            Self::Replenishment(model) => model,
        }
    }

    /// One that was read, if these parameters and this catalogue could have led to it.
    pub(crate) fn checked(self, params: &Checked, catalog: &Catalog) -> Option<Self> {
        self.read(&params.0, catalog)
    }

    pub(super) fn read(self, params: &Params, catalog: &Catalog) -> Option<Self> {
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
                read.checked(params, catalog).map(Box::new).map(Self::Sessions)
            }
            (Self::Arranged(read), Params::Arranged(inner, arrangement)) => {
                let (model, customers) = read.into_parts();
                let counted = if arrangement.novel == 0.0 { 0 } else { catalog.len() };
                let model = model.read(inner, catalog).filter(|_| customers.len() == counted)?;
                Some(Self::Arranged(Arranged::new(model, arrangement, customers, catalog)))
            }
            (Self::Baskets(read), Params::Tifu(params)) => {
                params.checked(read, catalog).map(Self::Baskets)
            }
            (Self::Baskets(read), Params::NextBasket(params)) => {
                params.checked(read, catalog).map(Self::Baskets)
            }
            (Self::Blend(read), Params::Blend(params)) => {
                params.read(read, catalog).map(Self::Blend)
            }
            (Self::Related(read), Params::Related(params)) => {
                read.checked(params, catalog).map(Self::Related)
            }
            (Self::Content(read), Params::Content(params)) => {
                read.checked(params, catalog).map(Self::Content)
            }
            (Self::UpSell(read), Params::UpSell(params)) => {
                read.checked(params, catalog).map(Self::UpSell)
            }
            (Self::Studied(read), Params::Studied(params)) => {
                read.checked(params, catalog).map(Self::Studied)
            }
            (Self::Replenishment(read), Params::Replenishment(params)) => {
                read.checked(params, catalog).map(Self::Replenishment)
            }
            _ => None,
        }
    }
}
