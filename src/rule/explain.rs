//! Why a condition is met or not: part by part, with what was found, where that comes from,
//! and what is missing.
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use std::sync::Arc;

use serde::Serialize;

use super::compile::Compiler;
use super::condition::Condition;
use super::evaluate::Truth;
use super::fill::Slots;
use super::index::ByKind;
use super::measure::DAY;
use super::metric::{Measure, Numbers};

use super::program::{Node, Program, Rule};
use super::slot::{Chosen, MISSING, Slot, UNKNOWN};
use super::span::Span;
use crate::catalog::Catalog;
use crate::consent::PrivacyPolicy;
use crate::error::Result;
use crate::event::{Kind, Origin, Value};
use crate::types::{Currency, DataCategory, ItemId, Money, Timestamp, redacted};
use crate::view::View;

/// How many behaviours are named that an answer comes from: the latest.
const MOST_NAMED: usize = 5;

/// Why one part of a condition is met, or is not.
#[derive(Clone, PartialEq, Serialize)]
pub struct Explained {
    /// How deep it is in the condition: the whole is at 0.
    pub depth: usize,
    /// It in words.
    pub words: Arc<str>,
    /// Whether it is met; none if that cannot be known.
    pub met: Option<bool>,
    /// What was found, in words: a figure, a value; none where nothing is looked up, nothing
    /// may be known, or what is known may not be mentioned.
    pub found: Option<String>,
    /// What is between what was found and the nearest that would change the answer, in the
    /// unit of what was found: pieces, units of a currency, days. None where that is no
    /// matter of more or less.
    pub away: Option<f64>,
    /// What it comes from, the latest first, at most five.
    pub from: Vec<Told>,
    /// The data categories without which it cannot be known.
    pub needs: Vec<DataCategory>,
}

/// Something that was told, from which an answer comes.
#[derive(Clone, PartialEq, Serialize)]
pub struct Told {
    /// When it happened, or was stated.
    pub at: Timestamp,
    /// The kind of behaviour, if it is one of ours.
    pub kind: Option<Kind>,
    /// With which item of the catalogue.
    pub item: Option<ItemId>,
    /// Who stated it, of an attribute.
    pub origin: Option<Origin>,
    /// Which system did.
    pub source: Option<Arc<str>>,
}

/// A condition with a rule for each of its parts, ready to be explained.
#[derive(Debug)]
pub(crate) struct Parts(Vec<Part>);

#[derive(Debug)]
struct Part {
    depth: usize,
    words: Arc<str>,
    rule: Rule,
    condition: Condition,
}

impl Parts {
    /// Compiles a condition part by part.
    ///
    /// # Errors
    /// As of the condition.
    pub(crate) fn compile(compiler: &mut Compiler<'_>, condition: &Condition) -> Result<Self> {
        let mut parts = Vec::new();
        add(compiler, condition, 0, &mut parts)?;
        Ok(Self(parts))
    }

    /// Explains each, in the order in which they are written.
    pub(crate) fn explain(
        &self,
        program: &Program,
        view: &View,
        slots: &Slots,
        (catalog, policy): (&Catalog, &PrivacyPolicy),
    ) -> Vec<Explained> {
        let asked = Asked { program, by_kind: &ByKind::new(view), slots, catalog };
        let explain = |part: &Part| {
            let truth = program.membership(part.rule, slots, view);
            let missing = part.rule.needs.without(view.permit().categories());
            let numbers = (0..64).filter(|number| missing.has(*number));
            let (found, away, from) = match truth {
                Truth::Unknown => (None, None, Vec::new()),
                _ if !view.permit().lets_say(part.rule.needs) => (None, None, Vec::new()),
                _ => asked.about(part),
            };
            Explained {
                depth: part.depth,
                words: part.words.clone(),
                met: truth.known(),
                found,
                away,
                from,
                needs: numbers.map(|number| policy.name(number)).collect(),
            }
        };
        self.0.iter().map(explain).collect()
    }
}

fn add(
    compiler: &mut Compiler<'_>,
    condition: &Condition,
    depth: usize,
    into: &mut Vec<Part>,
) -> Result<()> {
    let rule = compiler.rule(condition)?;
    let words = condition.to_string().into();
    into.push(Part { depth, words, rule, condition: condition.clone() });
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().try_for_each(|part| add(compiler, part, depth + 1, into))
        }
        Condition::Not(part) => add(compiler, part, depth + 1, into),
        Condition::Points(points) => {
            points.parts.iter().try_for_each(|(part, _)| add(compiler, part, depth + 1, into))
        }
        _ => Ok(()),
    }
}

struct Asked<'a> {
    program: &'a Program,
    by_kind: &'a ByKind<'a>,
    slots: &'a Slots,
    catalog: &'a Catalog,
}

type About = (Option<String>, Option<f64>, Vec<Told>);

impl Asked<'_> {
    fn about(&self, part: &Part) -> About {
        match &part.condition {
            Condition::Attribute(name, _) => self.attribute(name),
            Condition::Session(name, _) => {
                let session = self.by_kind.view.session();
                let value = session.and_then(|session| session.get(name));
                (Some(value.map_or("nothing".into(), Value::to_string)), None, Vec::new())
            }
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) | Condition::Always => {
                (None, None, Vec::new())
            }
            _ => self.leaf(part.rule),
        }
    }

    fn attribute(&self, name: &str) -> About {
        let Some(known) = self.by_kind.view.known(name) else {
            return (Some("nothing".into()), None, Vec::new());
        };
        let told = Told {
            at: known.since,
            kind: None,
            item: None,
            origin: Some(known.origin),
            source: known.source.clone(),
        };
        (Some(known.value.to_string()), None, vec![told])
    }

    /// About a condition that is one test, or one behind the base of those who are ranked.
    fn leaf(&self, rule: Rule) -> About {
        let nodes = self.program.nodes.get(rule.root as usize..).unwrap_or_default();
        let below = match nodes.first() {
            Some(Node::All { below } | Node::Points { below, .. }) => *below as usize,
            _ => 0,
        };
        let own = nodes.get(..=below).unwrap_or_default().iter();
        let mut tests = own.filter_map(|node| Some((node, node.slot()?)));
        // Behind a base the place is what is asked, wherever it stands.
        let of_others = |(_, slot): &(&Node, u32)| {
            let slot = self.program.slots.get(*slot as usize);
            matches!(slot, Some(Slot::Rank(_) | Slot::Cluster(..)))
        };
        let Some((test, slot)) = tests.clone().find(of_others).or_else(|| tests.next_back()) else {
            return (None, None, Vec::new());
        };
        let value = self.slots.get(slot as usize).copied().unwrap_or(UNKNOWN);
        let Some(asked) = self.program.slots.get(slot as usize) else {
            return (None, None, Vec::new());
        };
        if value == MISSING {
            return (Some("nothing".into()), None, Vec::new());
        }
        match asked {
            Slot::Metric(aggregate) => {
                let found = in_words(&aggregate.measure, value);
                let rows = aggregate.matches(self.by_kind).rows();
                let away = away(test, value).map(|gap| in_units(&aggregate.measure, gap));
                (Some(found), away, rows.rev().take(MOST_NAMED).map(|row| self.told(row)).collect())
            }
            Slot::Ratio(..) => {
                let away = away(test, value).map(|gap| gap as f64 / 1e6);
                (Some((value as f64 / 1e6).to_string()), away, Vec::new())
            }
            Slot::Pick(choosing) => (self.named(choosing.what, value), None, Vec::new()),
            Slot::Stage(_) => {
                let stage = super::Stage::ALL.iter().find(|stage| **stage as i64 == value);
                (stage.map(|stage| stage.name().to_owned()), None, Vec::new())
            }
            Slot::Rank(placed) => {
                let figure = self.slots.get(placed.figure as usize).copied();
                let measure = match self.program.slots.get(placed.figure as usize) {
                    Some(Slot::Metric(aggregate)) => &aggregate.measure,
                    _ => return (None, None, Vec::new()),
                };
                (figure.map(|figure| in_words(measure, figure)), None, Vec::new())
            }
            Slot::Cluster(..) => (Some(format!("cluster {value}")), None, Vec::new()),
            Slot::Bucket(_) => (Some(format!("lot {value}")), None, Vec::new()),
            Slot::Sequence(_) | Slot::Segment | Slot::Attribute(..) | Slot::Session(..) => {
                (None, None, Vec::new())
            }
        }
    }

    fn told(&self, row: usize) -> Told {
        let rows = self.by_kind.view.rows();
        let kind = Kind::BASE.get(rows.kind[row] as usize).cloned();
        let item = self.catalog.item(rows.item[row]).map(|item| item.id().clone());
        let at = Timestamp::from_millis(rows.at[row]);
        Told { at, kind, item, origin: None, source: None }
    }

    fn named(&self, what: Chosen, value: i64) -> Option<String> {
        let number = u32::try_from(value).ok()?;
        match what {
            Chosen::Item => self.catalog.item(number).map(|item| item.id().to_string()),
            Chosen::Channel => {
                self.by_kind.view.channel(number).map(|channel| channel.name().to_owned())
            }
            Chosen::Category(table) => {
                let level = self.program.levels.get(table as usize)?;
                level.names.get(number as usize).map(ToString::to_string)
            }
        }
    }
}

/// How far a value is from the nearest that changes the outcome of a test.
fn away(test: &Node, value: i64) -> Option<i64> {
    let Node::Range { start, span, .. } = *test else { return None };
    let behind = start.wrapping_add(span as i64).wrapping_add(1);
    // Whatever is met begins at one end, and ends at the other.
    let edges = [(start, start.wrapping_sub(1)), (behind, behind.wrapping_sub(1))];
    let gaps = edges.into_iter().filter(|(edge, _)| *edge > MISSING + 1).map(|(above, under)| {
        let to = if value < above { above } else { under };
        to.saturating_sub(value)
    });
    gaps.min_by_key(|gap| gap.unsigned_abs())
}

/// A figure as people read it.
fn in_words(measure: &Measure, value: i64) -> String {
    let money = |currency: Currency| Money::micros(value, currency).to_string();
    match measure {
        Measure::Count
        | Measure::Orders
        | Measure::Items
        | Measure::Channels
        | Measure::Categories => value.to_string(),
        Measure::DaysSince => format!("{value} days"),
        Measure::Since | Measure::SinceFirst if value >= DAY => format!("{} days ago", value / DAY),
        Measure::Since | Measure::SinceFirst => format!("{} ago", Span(value)),
        Measure::Total(currency) | Measure::Basket(currency) => money(*currency),
        Measure::Average(of) | Measure::Minimum(of) | Measure::Maximum(of) | Measure::Sum(of) => {
            match of {
                Numbers::Amount(currency) => money(*currency),
                _ => (value as f64 / 1e6).to_string(),
            }
        }
    }
}

/// A difference of figures in the unit in which they are read.
fn in_units(measure: &Measure, gap: i64) -> f64 {
    match measure {
        Measure::Count
        | Measure::Orders
        | Measure::Items
        | Measure::Channels
        | Measure::Categories
        | Measure::DaysSince => gap as f64,
        Measure::Since | Measure::SinceFirst => gap as f64 / DAY as f64,
        _ => gap as f64 / 1e6,
    }
}

redacted! {
    Explained { depth, words, met }
    Told { at }
}
