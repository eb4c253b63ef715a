//! After what lengths of time an answer can be another one.

use std::collections::BTreeSet;

use super::{Ago, Ask, Be, Bound, Figure, Measure, When};
use crate::common::world::DAY;

/// The edges of some questions.
#[derive(Debug, Clone, Default)]
pub struct Edges {
    /// After something was done, was stated, or is an instant that is told of; in
    /// milliseconds, some of them negative.
    pub spans: BTreeSet<i64>,
    /// Wherever a day of the customer's begins.
    pub by_clock: bool,
    /// After every so many days of 24 hours.
    pub every_day: bool,
    /// After so many of the customer's rhythms of buying.
    pub by_rhythm: bool,
}

impl Edges {
    pub fn of<'a>(asks: impl IntoIterator<Item = &'a Ask>) -> Self {
        let mut edges = Self::default();
        edges.spans.insert(0);
        asks.into_iter().for_each(|ask| edges.ask(ask));
        edges
    }

    fn ask(&mut self, ask: &Ask) {
        match ask {
            Ask::All(parts) | Ask::Any(parts) => parts.iter().for_each(|part| self.ask(part)),
            Ask::Not(part) => self.ask(part),
            Ask::Points(parts, _) => parts.iter().for_each(|(part, _)| self.ask(part)),
            Ask::Attribute(_, be) | Ask::Session(_, be) => self.be(be),
            Ask::Past(past) => {
                self.when(past.figure.when);
                self.since(&past.figure.measure, past.bound);
            }
            Ask::Ratio(part, whole, _) => [part, whole].into_iter().for_each(|of| self.part(of)),
            Ask::Pick(pick) => self.when(pick.when),
            Ask::Sequence(chain) => {
                self.when(chain.when);
                self.spans.extend(chain.quiet.as_ref().map(|(_, lasting)| *lasting));
            }
            Ask::Stage(_) => self.by_rhythm = true,
            Ask::Always | Ask::Bucket(..) | Ask::InSegment(_) => {}
        }
    }

    fn part(&mut self, figure: &Figure) {
        self.when(figure.when);
        self.every_day |= figure.measure == Measure::DaysSince;
    }

    fn when(&mut self, when: When) {
        match when {
            When::Ever => {}
            When::Last(span) => _ = self.spans.insert(span),
            When::Ago(from, to) => self.spans.extend([from, to]),
            When::This(_) | When::Previous(..) | When::Days(..) => self.by_clock = true,
        }
    }

    fn since(&mut self, measure: &Measure, bound: Bound) {
        let (least, most) = match bound {
            Bound::AtLeast(least) => (Some(least), None),
            Bound::AtMost(most) => (None, Some(most)),
            Bound::Between(least, most) => (Some(least), Some(most)),
        };
        let ends = least.into_iter().chain(most.map(|most| most + 1));
        match measure {
            Measure::Since | Measure::SinceFirst => self.spans.extend(ends),
            Measure::DaysSince => self.spans.extend(ends.map(|days| days * DAY)),
            _ => {}
        }
    }

    fn be(&mut self, be: &Be) {
        match be {
            Be::Ago(Ago::MoreThan(span)) => _ = self.spans.insert(span + 1),
            Be::Ago(Ago::AtMost(span)) => _ = self.spans.insert(span + 1),
            Be::Ago(Ago::Between(least, most)) => self.spans.extend([*least, most + 1]),
            Be::Ago(Ago::WithinNext(span)) => self.spans.extend([-span, 1]),
            Be::Anniversary(_) => self.by_clock = true,
            Be::Unchanged(span) => _ = self.spans.insert(*span),
            Be::Some(ask) => self.ask(ask),
            _ => {}
        }
    }
}
