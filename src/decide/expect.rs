//! How likely each action is to be accepted: by anybody, and by what the customer allows to
//! be known by this one. Scores and predictions are made of the same.

use super::models::Models;
use super::policy::{Policy, Ready};
use crate::event::Kind;
use crate::predict::{Predicted, Prediction};
use crate::view::View;

/// How many purchases at everybody's share are added to the customer's own.
const SHRINK: f64 = 20.0;

/// The largest affinity, and the inverse of the smallest.
const BOUND: f64 = 8.0;

/// How likely one action is to be accepted, and what moves that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    anybody: f64,
    /// How many times as much the customer buys of what it is about as others do.
    pub(super) affinity: Option<f64>,
    /// What the customer's own answers make of it.
    pub(super) own: Option<f64>,
}

/// What is expected of the customer of a view.
pub(super) struct Expectations<'a> {
    models: &'a Models,
    view: &'a View,
    /// Items that were bought, with their places in the catalogue's tree.
    bought: Vec<(u32, u32)>,
}

impl Expected {
    /// The probability that it is accepted when it is shown.
    pub(super) fn propensity(self) -> f64 {
        self.moved(|factor| factor)
    }

    /// The same, were it moved by what raises it alone.
    pub(super) fn raised(self) -> f64 {
        self.moved(|factor| factor.max(1.0))
    }

    fn moved(self, by: impl Fn(f64) -> f64) -> f64 {
        let personal = [self.affinity.unwrap_or(1.0), self.own.unwrap_or(1.0)];
        personal.into_iter().fold(self.anybody, |p, factor| p * by(factor)).min(1.0)
    }
}

impl<'a> Expectations<'a> {
    pub(super) fn new(models: &'a Models, view: &'a View) -> Self {
        let (rows, purchased) = (view.rows(), Kind::Purchased.code());
        let kinds = rows.kind.iter().zip(rows.item.iter().zip(&rows.place));
        let bought = kinds.filter(|(kind, _)| **kind == purchased).map(|(_, (i, p))| (*i, *p));
        Self { models, view, bought: bought.collect() }
    }

    /// Of the action of a place.
    pub(super) fn of(&self, place: usize, ready: &Ready) -> Expected {
        let propensity = &self.models.propensity;
        let answers = self.view.answers(ready.action.id());
        Expected {
            anybody: propensity.general(place),
            affinity: self.affinity(place, ready),
            own: answers.map(|answers| propensity.own_factor(place, answers)),
        }
    }

    /// The ratio of shares, the customer's shrunk to everybody's by as many purchases as
    /// [`SHRINK`] says.
    fn affinity(&self, place: usize, ready: &Ready) -> Option<f64> {
        let about = ready.about.as_ref()?;
        let share = *self.models.shares.get(place)?;
        if share <= 0.0 || self.bought.is_empty() {
            return None;
        }
        let within = self.bought.iter().filter(|(item, at)| about.covers(*item, *at)).count();
        let shrunk = (within as f64 + SHRINK * share) / (self.bought.len() as f64 + SHRINK);
        Some((shrunk / share).clamp(1.0 / BOUND, BOUND))
    }
}

/// How likely the customer of a view is to accept each action, in the order of their ids.
pub(crate) fn predictions(policy: &Policy, models: &Models, view: &View) -> Vec<Prediction> {
    let expectations = Expectations::new(models, view);
    let each = policy.actions.iter().enumerate().map(|(place, ready)| {
        let expected = expectations.of(place, ready);
        Prediction {
            what: Predicted::Accepts(ready.action.id().clone()),
            probability: expected.propensity(),
            anybody: expected.anybody,
        }
    });
    each.collect()
}
