//! How a list is arranged before it is shown: varied, in the customer's own proportions, and
//! as the merchant wants it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Recommender;
use super::family::Params;
use crate::error::{Error, Result};
use crate::types::{ItemId, check_text};

/// Which items a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goods {
    /// One item.
    Item(#[doc = "Its id."] ItemId),
    /// A category and all below it.
    Category(#[doc = "From the widest down."] Vec<Arc<str>>),
    /// A brand.
    Brand(#[doc = "Its name."] Arc<str>),
}

impl Goods {
    /// One item.
    #[must_use]
    pub fn item(id: impl Into<ItemId>) -> Self {
        Self::Item(id.into())
    }

    /// A category, named from the widest down, and all below it.
    #[must_use]
    pub fn category<T: Into<Arc<str>>>(path: impl IntoIterator<Item = T>) -> Self {
        Self::Category(path.into_iter().map(Into::into).collect())
    }

    /// A brand.
    #[must_use]
    pub fn brand(name: impl Into<Arc<str>>) -> Self {
        Self::Brand(name.into())
    }
}

/// How what a recommender ranks is arranged before it is shown. The steps, in this order:
/// what is excluded, ignored too often, or bought and not used up, is left out; scores are
/// weighed by boosts, margins and how often an item was ignored; the list is made novel,
/// calibrated and diverse; what is buried comes after all that is not; what is pinned takes
/// its place. All that the recommender gives a score takes part, however far down it is.
///
/// ```
/// use confidant::{Arrangement, Ease, Goods, Recommender};
///
/// let shelf = Arrangement::new()
///     .diverse(0.2)
///     .boost(Goods::brand("own label"), 1.2)
///     .bury(Goods::category(["gift cards"]))
///     .pin("new-espresso", 1)
///     .tire(0.7)
///     .enough(5)
///     .without_owned()
///     .replenished(Goods::category(["coffee", "beans"]));
/// let recommender = Recommender::from(Ease::params()).arranged(shelf);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrangement {
    pub(super) diverse: f64,
    pub(super) varied: f64,
    pub(super) calibrated: f64,
    pub(super) novel: f64,
    pub(super) pins: Vec<(ItemId, u32)>,
    pub(super) boosts: Vec<(Goods, f64)>,
    pub(super) buried: Vec<Goods>,
    pub(super) excluded: Vec<Goods>,
    pub(super) replenished: Vec<Goods>,
    pub(super) margin: Option<(Arc<str>, f64)>,
    pub(super) without_owned: bool,
    pub(super) tire: f64,
    pub(super) enough: Option<u32>,
}

impl Default for Arrangement {
    fn default() -> Self {
        Self::new()
    }
}

impl Arrangement {
    /// As the recommender ranks.
    #[must_use]
    pub fn new() -> Self {
        Self {
            diverse: 0.0,
            varied: 0.0,
            calibrated: 0.0,
            novel: 0.0,
            pins: Vec::new(),
            boosts: Vec::new(),
            buried: Vec::new(),
            excluded: Vec::new(),
            replenished: Vec::new(),
            margin: None,
            without_owned: false,
            tire: 1.0,
            enough: None,
        }
    }

    /// How much it weighs that items differ from those before them, by category and brand,
    /// against their scores: maximal marginal relevance (Carbonell and Goldstein, 1998).
    /// From 0, not at all, to 1.
    #[must_use]
    pub fn diverse(self, weight: f64) -> Self {
        Self { diverse: weight, ..self }
    }

    /// The same, held against all before it out of as many as are asked for, and not the
    /// nearest: little alike on the whole, while the best stay in front (Borodin, Lee and Ye,
    /// 2012). From 0 to 1.
    #[must_use]
    pub fn varied(self, weight: f64) -> Self {
        Self { varied: weight, ..self }
    }

    /// How much it weighs that the widest categories have the shares that they have in what
    /// the customer buys (Steck, "Calibrated recommendations", 2018). From 0 to 1.
    #[must_use]
    pub fn calibrated(self, weight: f64) -> Self {
        Self { calibrated: weight, ..self }
    }

    /// How much it weighs that few have an item (Vargas and Castells, 2011). From 0 to 1.
    #[must_use]
    pub fn novel(self, weight: f64) -> Self {
        Self { novel: weight, ..self }
    }

    /// An item at a place, from 1, whether or not it was ranked.
    #[must_use]
    pub fn pin(mut self, item: impl Into<ItemId>, place: u32) -> Self {
        self.pins.push((item.into(), place));
        self
    }

    /// Scores times a factor. From 10⁻⁶ to 10⁶; factors of several rules multiply.
    #[must_use]
    pub fn boost(mut self, goods: Goods, factor: f64) -> Self {
        self.boosts.push((goods, factor));
        self
    }

    /// After everything that is not buried.
    #[must_use]
    pub fn bury(mut self, goods: Goods) -> Self {
        self.buried.push(goods);
        self
    }

    /// Never.
    #[must_use]
    pub fn exclude(mut self, goods: Goods) -> Self {
        self.excluded.push(goods);
        self
    }

    /// Not what the customer bought, unless it is [replenished](Self::replenished).
    #[must_use]
    pub fn without_owned(self) -> Self {
        Self { without_owned: true, ..self }
    }

    /// What is used up and bought again.
    #[must_use]
    pub fn replenished(mut self, goods: Goods) -> Self {
        self.replenished.push(goods);
        self
    }

    /// Scores times `1 + weight * margin`, the margin being a number that the items have as
    /// this attribute: what is earned as a share of the price. From 0 to 1,000.
    #[must_use]
    pub fn margin(self, attribute: impl Into<Arc<str>>, weight: f64) -> Self {
        Self { margin: Some((attribute.into(), weight)), ..self }
    }

    /// Scores times this factor for each time that the customer was
    /// [shown](crate::Event::shown) an item since they last turned to it: viewed or clicked
    /// it, took, rated or shared it, put it into the basket or bought it. That they
    /// [closed](crate::Event::dismissed) it counts as one time more. From 0 to 1; however
    /// often, no score falls below a millionth of itself.
    ///
    /// What may not be seen did not happen: without consent to
    /// [responses](crate::DataCategory::Responses) nothing was shown.
    #[must_use]
    pub fn tire(self, factor: f64) -> Self {
        Self { tire: factor, ..self }
    }

    /// Not what was shown so often since the customer last turned to it, as
    /// [`tire`](Self::tire) counts, pinned or not, until they turn to it again. That they
    /// closed it is enough at once. From 1 to 10,000.
    #[must_use]
    pub fn enough(self, times: u32) -> Self {
        Self { enough: Some(times), ..self }
    }

    /// Whether what is far down can come to the front.
    pub(super) fn reorders(&self) -> bool {
        let weights = [self.diverse, self.varied, self.calibrated, self.novel];
        weights.iter().any(|weight| *weight > 0.0)
            || !self.boosts.is_empty()
            || !self.buried.is_empty()
            || !self.pins.is_empty()
            || self.margin.is_some()
            || self.tire < 1.0
    }

    /// Whether it matters what was shown.
    pub(super) fn tires(&self) -> bool {
        self.tire < 1.0 || self.enough.is_some()
    }

    pub(super) fn check(&self) -> Result<()> {
        let wrong = |message: String| Err(Error::configuration(message));
        let weights =
            [("diverse", self.diverse), ("varied", self.varied), ("calibrated", self.calibrated)];
        let others = [("novel", self.novel), ("tire", self.tire)];
        for (name, weight) in weights.into_iter().chain(others) {
            if !(0.0..=1.0).contains(&weight) {
                return wrong(format!("`{name}` is out of range: expected 0 to 1"));
            }
        }
        if self.enough.is_some_and(|times| !(1..=10_000).contains(&times)) {
            return wrong("`enough` is out of range: expected 1 to 10,000".to_owned());
        }
        if self.boosts.iter().any(|(_, factor)| !(1e-6..=1e6).contains(factor)) {
            return wrong("`boost` is out of range: expected 10⁻⁶ to 10⁶".to_owned());
        }
        if self.pins.iter().any(|(_, place)| !(1..=10_000).contains(place)) {
            return wrong("`pin` is out of range: expected a place from 1 to 10,000".to_owned());
        }
        self.pins.iter().try_for_each(|(item, _)| check_text("pin", item.as_str()))?;
        if let Some((attribute, weight)) = &self.margin {
            check_text("margin", attribute)?;
            if !(0.0..=1e3).contains(weight) {
                return wrong("`margin` is out of range: expected 0 to 1,000".to_owned());
            }
        }
        Ok(())
    }
}

impl Recommender {
    /// The same with what it ranks arranged. What was arranged before is arranged anew.
    #[must_use]
    pub fn arranged(self, arrangement: Arrangement) -> Self {
        let inner = match self.0 {
            Params::Arranged(inner, _) => inner,
            other => Box::new(other),
        };
        Self(Params::Arranged(inner, arrangement))
    }
}
