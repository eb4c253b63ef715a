//! The host's actions, compiled once.

use std::sync::Arc;

use super::action::Action;
use super::contact::ContactPolicy;
use crate::catalog::{Catalog, NO_ITEM};
use crate::consent::Categories;
use crate::error::{Error, Result};
use crate::event::Kind;
use crate::numeric::{self, Digest};
use crate::recommend::{LOOKED_AT, Looked};
use crate::rule::{Ground, Precedence, Program, Questionnaire, Rule, Slots, within};
use crate::segment::Segment;
use crate::types::{DataCategory, SegmentId, Timestamp};
use crate::view::{Gate, View};

/// All that is decided about, ready to be asked.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) actions: Vec<Ready>,
    pub(crate) program: Program,
    pub(crate) contact: ContactPolicy,
    /// The share of decisions that are left to chance.
    pub(crate) exploration: f64,
    pub(crate) purchases: Categories,
    pub(crate) responses: Categories,
    /// Of what is viewed.
    pub(crate) looks: Categories,
    /// Of what is shown.
    pub(crate) shown: Categories,
    /// Of how customers turn to what is shown, each by itself.
    pub(crate) turns: Vec<Categories>,
    pub(crate) digest: Digest,
    /// Changes whenever a segment, or what it is evaluated on, does.
    pub(crate) rules: u64,
    /// What everybody is asked so that places and clusters can be found.
    pub(crate) questionnaire: Questionnaire,
    /// The segments within which it is counted what is popular.
    within: Precedence,
    /// How many members a segment has at least of which that is told.
    pub(crate) least: u64,
}

/// One action with its conditions compiled.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) action: Action,
    pub(crate) words: Arc<str>,
    pub(crate) rule: Rule,
    pub(crate) weights: Vec<(Rule, f64)>,
    pub(crate) about: Option<About>,
    /// Whether there is anything available to offer with it.
    pub(crate) stocked: bool,
}

/// The items that an action is about.
#[derive(Debug)]
pub(crate) struct About {
    items: Vec<u32>,
    places: (u32, u32),
}

impl About {
    pub(crate) fn covers(&self, item: u32, place: u32) -> bool {
        (self.places.0..self.places.1).contains(&place) || self.items.binary_search(&item).is_ok()
    }
}

impl Policy {
    pub(crate) fn compile(
        mut actions: Vec<Action>,
        segments: &[Segment],
        mut contact: ContactPolicy,
        exploration: f64,
        ground: Ground<'_>,
        gate: Gate<'_>,
    ) -> Result<Self> {
        let Ground { catalog, policy: privacy, lifecycle, rankings, clusterings } = ground;
        let Gate { attributes, zone, .. } = gate;
        ground.check()?;
        contact.check()?;
        contact.sort();
        if !(0.0..=1.0).contains(&exploration) {
            return Err(Error::configuration("`exploration` is out of range: expected 0 to 1"));
        }
        actions.sort_by(|a, b| a.id.cmp(&b.id));
        for pair in actions.windows(2) {
            if let [a, b] = pair
                && a.id == b.id
            {
                return Err(Error::configuration(format!("action `{}` is defined twice", a.id)));
            }
        }
        for action in &actions {
            action.check().map_err(|error| within("action", action.id.as_str(), &error))?;
        }
        segments.iter().try_for_each(Segment::check)?;
        let mut segments: Vec<&Segment> = segments.iter().collect();
        segments.sort_by(|a, b| a.id().cmp(b.id()));
        let digest = numeric::digest(&(
            &actions,
            &segments,
            &contact,
            exploration.to_bits(),
            catalog.digest(),
            privacy,
            attributes,
            zone,
            (lifecycle, rankings, clusterings),
        ));
        let others = (lifecycle, rankings, clusterings);
        let rules =
            numeric::digest(&(&segments, catalog.digest(), privacy, attributes, zone, others));
        let rules = rules.low();
        let segments: Vec<_> = segments.iter().map(|s| (s.id(), s.condition())).collect();
        let mut compiler = Program::compiler(ground, &segments)?;
        let actions = actions
            .into_iter()
            .map(|action| {
                let name = action.id.clone();
                let mut rule = |condition: &_| compiler.rule(condition);
                Ready::new(action, &mut rule, catalog)
                    .map_err(|error| within("action", name.as_str(), &error))
            })
            .collect::<Result<_>>()?;
        let program = compiler.finish();
        let questionnaire = Questionnaire::compile(&program, ground, &segments)?;
        let set = |category| privacy.number(&category).map_or(Categories::NONE, Categories::one);
        Ok(Self {
            actions,
            program,
            questionnaire,
            contact,
            exploration,
            purchases: set(DataCategory::Purchases),
            responses: set(DataCategory::Responses),
            looks: Categories::one(privacy.of_kind(&Kind::Viewed)),
            shown: Categories::one(privacy.of_kind(&Kind::Shown)),
            turns: LOOKED_AT.iter().map(|kind| Categories::one(privacy.of_kind(kind))).collect(),
            digest,
            rules,
            within: Precedence::default(),
            least: 0,
        })
    }

    /// The same where it is counted what is popular within some segments.
    ///
    /// # Errors
    /// One of them is none of which it could be told who is in it.
    pub(crate) fn counting(self, segments: &[SegmentId], least: u64) -> Result<Self> {
        if segments.is_empty() {
            return Ok(self);
        }
        let within = self.program.precedence(segments)?;
        let digest = numeric::digest(&(self.digest, segments, least));
        let rules = numeric::digest(&(self.rules, segments)).low();
        Ok(Self { within, least, digest, rules, ..self })
    }

    /// Within which segment it counts what a customer bought, as far as a view shows it, and
    /// until when that holds.
    pub(crate) fn within(&self, view: &View) -> (Option<&SegmentId>, Timestamp) {
        self.program.first_in(&self.within, view)
    }

    /// The segments within which it is counted what is popular, with what they read.
    pub(crate) fn counted_within(&self) -> impl Iterator<Item = (&SegmentId, Rule)> {
        self.program.in_order(&self.within)
    }

    /// Those of them that a customer is in.
    pub(crate) fn members<'a>(&'a self, slots: &'a Slots) -> impl Iterator<Item = &'a SegmentId> {
        self.program.members_of(&self.within, slots)
    }

    /// The categories of what recommenders look at.
    pub(crate) fn looked(&self) -> Looked {
        Looked { purchases: self.purchases, looks: self.looks }
    }
}

impl Ready {
    fn new(
        action: Action,
        rule: &mut impl FnMut(&crate::rule::Condition) -> Result<Rule>,
        catalog: &Catalog,
    ) -> Result<Self> {
        let about = about(&action, catalog)?;
        let available = |item: u32| catalog.item(item).is_some_and(|item| item.is_available());
        let mut all = 0..catalog.len() as u32;
        let stocked = match (&about, &action.fill) {
            (None, None) => true,
            (None, Some(_)) => all.any(available),
            (Some(about), _) => {
                all.any(|item| about.covers(item, catalog.place(item)) && available(item))
            }
        };
        Ok(Self {
            words: action.condition.to_string().into(),
            rule: rule(&action.condition)?,
            weights: action
                .weights
                .iter()
                .map(|(condition, factor)| Ok((rule(condition)?, *factor)))
                .collect::<Result<_>>()?,
            about,
            stocked,
            action,
        })
    }

    /// Whether strangers get it: its condition reads nothing of the customer.
    pub(crate) fn is_general(&self) -> bool {
        self.rule.needs.is_empty() && !self.rule.reads_session && !self.rule.asks_segment
    }
}

fn about(action: &Action, catalog: &Catalog) -> Result<Option<About>> {
    let mut items: Vec<u32> =
        action.about.iter().map(|item| catalog.number(item.as_str())).collect();
    items.sort_unstable();
    if items.contains(&NO_ITEM) {
        return Err(Error::configuration("it is about an item that is not in the catalogue"));
    }
    let places = match action.about_category.as_slice() {
        [] => (0, 0),
        path => catalog.range(path),
    };
    if !action.about_category.is_empty() && places.0 == places.1 {
        return Err(Error::configuration("it is about a category that no item has"));
    }
    Ok((!items.is_empty() || places.0 < places.1).then_some(About { items, places }))
}
