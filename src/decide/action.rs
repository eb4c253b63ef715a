//! What can be proposed, and how it is shown.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::predict::Prior;
use crate::recommend::Scope;
use crate::rule::{self, Condition};
use crate::types::{ActionId, Channel, ItemId, PlacementId, Purpose, Timestamp, Topic, check_text};

/// Something that can be proposed to a customer.
///
/// ```
/// use confidant::{Action, Channel, Kind, Treatment, count, days};
///
/// let offer = Action::new("espresso-10-off")
///     .value(3.0)
///     .accepted_by(0.05)
///     .when(count(Kind::Purchased).within(days(90)).at_least(1))
///     .about_category(["coffee"])
///     .treatment(Treatment::on(Channel::Web).at("home").shows("Ten per cent off espresso"))
///     .treatment(Treatment::on(Channel::Email).costs(0.02));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    pub(crate) id: ActionId,
    pub(crate) condition: Condition,
    pub(crate) value: f64,
    pub(crate) prior: Prior,
    pub(crate) lever: f64,
    pub(crate) weights: Vec<(Condition, f64)>,
    pub(crate) treatments: Vec<Treatment>,
    pub(crate) about: Vec<ItemId>,
    pub(crate) about_category: Vec<Arc<str>>,
    pub(crate) fill: Option<Fill>,
    pub(crate) needs: Vec<Purpose>,
    pub(crate) topic: Option<Topic>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) volume: Option<u64>,
}

/// The largest value, weight, lever or cost: scores stay finite.
const LARGEST: f64 = 1e12;

/// The most context weights of one action.
const MOST_WEIGHTS: usize = 64;

/// Items that a recommender puts into an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fill {
    pub(crate) recommender: Arc<str>,
    pub(crate) scope: Scope,
    pub(crate) n: usize,
}

impl Action {
    /// An action for everybody, worth 1, accepted by one in twenty as far as is known.
    #[must_use]
    pub fn new(id: impl Into<ActionId>) -> Self {
        Self {
            id: id.into(),
            condition: Condition::Always,
            value: 1.0,
            prior: Prior { rate: 0.05, weight: 100.0 },
            lever: 1.0,
            weights: Vec::new(),
            treatments: Vec::new(),
            about: Vec::new(),
            about_category: Vec::new(),
            fill: None,
            needs: Vec::new(),
            topic: None,
            from: None,
            until: None,
            volume: None,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &ActionId {
        &self.id
    }

    /// What it is worth to the host when it is accepted. Zero or more; costs are in the
    /// same unit.
    #[must_use]
    pub fn value(self, value: f64) -> Self {
        Self { value, ..self }
    }

    /// The share of customers who accept it, as believed before any answer; it counts
    /// for a hundred answers. From 0 to 1.
    #[must_use]
    pub fn accepted_by(self, rate: f64) -> Self {
        Self { prior: Prior { rate, ..self.prior }, ..self }
    }

    /// For how many answers the belief in [`accepted_by`](Self::accepted_by) counts.
    /// Positive.
    #[must_use]
    pub fn belief_weighs(self, answers: f64) -> Self {
        Self { prior: Prior { weight: answers, ..self.prior }, ..self }
    }

    /// Only for customers of whom this is true.
    #[must_use]
    pub fn when(self, condition: Condition) -> Self {
        Self { condition, ..self }
    }

    /// Weighs so many times as much when this is true. Zero or more.
    #[must_use]
    pub fn weighs(mut self, factor: f64, when: Condition) -> Self {
        self.weights.push((when, factor));
        self
    }

    /// The host's own lever on the score. Zero or more.
    #[must_use]
    pub fn lever(self, lever: f64) -> Self {
        Self { lever, ..self }
    }

    /// One more way to show it.
    #[must_use]
    pub fn treatment(mut self, treatment: Treatment) -> Self {
        self.treatments.push(treatment);
        self
    }

    /// It is about these items: customers who buy more of them than others do are
    /// taken to respond more, as far as their purchases may be seen.
    #[must_use]
    pub fn about<T: Into<ItemId>>(self, items: impl IntoIterator<Item = T>) -> Self {
        Self { about: items.into_iter().map(Into::into).collect(), ..self }
    }

    /// It is about the items of this category and below it, named from the widest down.
    #[must_use]
    pub fn about_category<T: Into<Arc<str>>>(self, path: impl IntoIterator<Item = T>) -> Self {
        Self { about_category: path.into_iter().map(Into::into).collect(), ..self }
    }

    /// It shows `n` items that a recommender of the engine chooses.
    #[must_use]
    pub fn recommends(self, recommender: impl Into<Arc<str>>, scope: Scope, n: usize) -> Self {
        Self { fill: Some(Fill { recommender: recommender.into(), scope, n }), ..self }
    }

    /// It needs a purpose allowed, beside what its condition and channel need.
    #[must_use]
    pub fn needs(mut self, purpose: Purpose) -> Self {
        self.needs.push(purpose);
        self
    }

    /// It is about this topic: nobody gets it on a channel where they
    /// [unsubscribed](crate::ConsentChange::unsubscribe) from that.
    #[must_use]
    pub fn topic(self, topic: impl Into<Topic>) -> Self {
        Self { topic: Some(topic.into()), ..self }
    }

    /// It is on from this instant.
    #[must_use]
    pub fn from(self, from: Timestamp) -> Self {
        Self { from: Some(from), ..self }
    }

    /// It is on up to this instant, and not at it.
    #[must_use]
    pub fn until(self, until: Timestamp) -> Self {
        Self { until: Some(until), ..self }
    }

    /// It can be given so many times in all.
    #[must_use]
    pub fn volume(self, times: u64) -> Self {
        Self { volume: Some(times), ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_text("action", self.id.as_str())?;
        let weights = self.weights.iter().map(|(condition, _)| condition);
        [&self.condition].into_iter().chain(weights).try_for_each(rule::check_depth)?;
        let numbers = [
            ("value", self.value, LARGEST),
            ("accepted_by", self.prior.rate, 1.0),
            ("belief_weighs", self.prior.weight, LARGEST),
            ("lever", self.lever, LARGEST),
        ];
        let weights = self.weights.iter().map(|(_, factor)| ("weighs", *factor, LARGEST));
        let costs = self.treatments.iter().map(|t| ("costs", t.cost, LARGEST));
        for (name, number, most) in numbers.into_iter().chain(weights).chain(costs) {
            if !(0.0..=most).contains(&number) {
                return Err(Error::configuration(format!(
                    "`{name}` is not usable: expected a number from 0 to {most}"
                )));
            }
        }
        if self.prior.weight <= 0.0 {
            return Err(Error::configuration("`belief_weighs` is zero: expected more"));
        }
        if self.weights.len() > MOST_WEIGHTS {
            return Err(Error::configuration(format!("more than {MOST_WEIGHTS} context weights")));
        }
        if self.treatments.is_empty() {
            return Err(Error::configuration("no treatment: expected at least one"));
        }
        self.needs.iter().try_for_each(Purpose::check)?;
        self.topic.as_ref().map_or(Ok(()), |topic| check_text("topic", topic.as_str()))?;
        self.treatments.iter().try_for_each(Treatment::check)
    }
}

/// How an action is shown on one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Treatment {
    pub(crate) channel: Channel,
    pub(crate) placement: Option<PlacementId>,
    pub(crate) cost: f64,
    pub(crate) content: Arc<str>,
}

impl Treatment {
    /// On a channel, in any placement, at no cost.
    #[must_use]
    pub fn on(channel: Channel) -> Self {
        Self { channel, placement: None, cost: 0.0, content: Arc::from("") }
    }

    /// In this placement alone.
    #[must_use]
    pub fn at(self, placement: impl Into<PlacementId>) -> Self {
        Self { placement: Some(placement.into()), ..self }
    }

    /// What one contact costs, in the unit of the action's value; the customer's
    /// patience included. Zero or more.
    #[must_use]
    pub fn costs(self, cost: f64) -> Self {
        Self { cost, ..self }
    }

    /// What the host needs to show it: a text, a template's name.
    #[must_use]
    pub fn shows(self, content: impl Into<Arc<str>>) -> Self {
        Self { content: content.into(), ..self }
    }

    fn check(&self) -> Result<()> {
        self.channel.check()?;
        self.placement.as_ref().map_or(Ok(()), |place| check_text("placement", place.as_str()))
    }

    pub(crate) fn fits(&self, channel: &Channel, placement: Option<&PlacementId>) -> bool {
        self.channel == *channel
            && (self.placement.is_none() || self.placement.as_ref() == placement)
    }
}
