//! The first of some segments, in an order of precedence, that a customer is in.

use super::index::ByKind;
use super::population::Population;
use super::program::{Program, Rule, Segmented};
use super::until::{Holding, Scope};
use super::{Truth, within};
use crate::error::{Error, Result};
use crate::types::{SegmentId, Timestamp};
use crate::view::View;

/// Some of a program's segments, by their places, the one that goes before the others first.
#[derive(Debug, Default)]
pub(crate) struct Precedence(Vec<usize>);

impl Program {
    /// Segments in an order of precedence, of which whoever holds a view can tell whether a
    /// customer is in them.
    ///
    /// # Errors
    /// There is no such segment, it is named twice, or it sets customers apart by their place
    /// among others or by clusters: whoever learns looks at one customer alone.
    pub(crate) fn precedence(&self, ids: &[SegmentId]) -> Result<Precedence> {
        let mut places = Vec::new();
        for id in ids {
            let found = self.names.get(id).and_then(|at| Some((*at, self.segments.get(*at)?)));
            let Some((place, segment)) = found else {
                return Err(Error::configuration(format!("there is no segment `{id}`")));
            };
            let wrong = |what: &'static str| {
                Err(within("segment", id.as_str(), &Error::configuration(what)))
            };
            if segment.rule.asks_others {
                return wrong(
                    "what is popular within it is not counted: its condition asks for a place \
                     among others or for a cluster",
                );
            }
            if places.contains(&place) {
                return wrong("what is popular within it is asked for twice");
            }
            places.push(place);
        }
        Ok(Precedence(places))
    }

    fn named<'a>(&'a self, of: &'a Precedence) -> impl Iterator<Item = &'a Segmented> {
        of.0.iter().filter_map(|place| self.segments.get(*place))
    }

    /// The segments, with what their conditions read.
    pub(crate) fn in_order<'a>(
        &'a self,
        of: &'a Precedence,
    ) -> impl Iterator<Item = (&'a SegmentId, Rule)> {
        self.named(of).map(|segment| (&segment.id, segment.rule))
    }

    /// Those that the customer is in, by the answers to all questions.
    pub(crate) fn members_of<'a>(
        &'a self,
        of: &'a Precedence,
        slots: &'a [i64],
    ) -> impl Iterator<Item = &'a SegmentId> {
        let is_in = |segment: &&Segmented| slots.get(segment.slot as usize) == Some(&1);
        self.named(of).filter(is_in).map(|segment| &segment.id)
    }

    /// The first that the customer is in, as far as a view shows it, and until when that
    /// holds, if nothing new happens.
    pub(crate) fn first_in(&self, of: &Precedence, view: &View) -> (Option<&SegmentId>, Timestamp) {
        let Some(last) = of.0.iter().max() else { return (None, Timestamp::MAX) };
        let (by_kind, nobody) = (ByKind::new(view), Population::default());
        let slots = self.answers(&by_kind, &nobody, self.watches.len());
        let mut scope = Scope::new(self, &by_kind, slots);
        // Each after those that it asks for.
        let looked = self.segments.iter().take(last + 1).map(|segment| scope.look(segment));
        let looked: Vec<Holding> = looked.collect();
        let mut until = Timestamp::MAX;
        for place in &of.0 {
            let Some(holding) = looked.get(*place) else { continue };
            until = until.min(holding.until);
            if holding.truth == Truth::True {
                return (self.segments.get(*place).map(|segment| &segment.id), until);
            }
        }
        (None, until)
    }
}
