//! Looking at the segments of a customer: at all of them, or, after one more behaviour and
//! with the answers from before it, only at those that it changed.

use std::sync::Arc;

use super::evaluate::Truth;
use super::fill::{Filling, Slots};
use super::index::ByKind;
use super::population::Population;
use super::program::{Program, Segmented};
use super::slot::UNKNOWN;
use super::until::{Holding, Scope};
use super::watch::{Watch, digest};
use crate::types::{SegmentId, Timestamp};
use crate::view::View;

/// What was found about the segments of one customer.
#[derive(Debug)]
pub(crate) struct Looked<'a> {
    program: &'a Program,
    slots: Slots,
    /// The places of those that were looked at, in the order of evaluation.
    looked: Vec<(usize, Holding)>,
    holds: Timestamp,
    /// Whether nothing may be known.
    nothing: bool,
}

impl Program {
    /// Looks at every segment.
    pub(crate) fn look(&self, view: &View, population: &Population) -> Looked<'_> {
        let by_kind = ByKind::new(view);
        let slots = self.answers(&by_kind, population, self.watches.len());
        let mut scope = Scope::new(self, &by_kind, slots);
        let look = |(place, segment)| (place, scope.look(segment));
        let looked: Vec<_> = self.segments.iter().enumerate().map(look).collect();
        let untils = looked.iter().map(|(_, holding)| holding.until);
        let holds = untils.min().unwrap_or(Timestamp::MAX);
        let nothing = view.allows_nothing();
        Looked { program: self, slots: scope.slots, looked, holds, nothing }
    }

    /// The same after behaviours of some kinds came, and nothing else that matters: no
    /// segment can change by time alone before `holds`. What does not change is not looked
    /// at.
    ///
    /// It rests on this: of each segment some tests settle it, and these come out as in the
    /// answers from before, by time alone, until `holds`. So a segment changes only if a
    /// test of what was told now comes out otherwise than in those answers; a segment of
    /// which one does is looked at with the answers of now.
    pub(crate) fn look_again(
        &self,
        view: &View,
        population: &Population,
        kinds: u32,
        (before, holds): (Slots, Timestamp),
    ) -> Looked<'_> {
        let by_kind = ByKind::new(view);
        let mut again = Again {
            program: self,
            filling: Filling::new(self, &by_kind, population),
            scope: Scope::new(self, &by_kind, before),
            asked: vec![false; self.watches.len()],
            changed: vec![false; self.segments.len()],
        };
        again.ask_about(kinds);
        let looked = again.look();
        let untils = looked.iter().map(|(_, holding)| holding.until);
        let holds = untils.chain([holds, again.stays(kinds), view.next()]).min();
        let (slots, holds) = (again.scope.slots, holds.unwrap_or(Timestamp::MAX));
        Looked { program: self, slots, looked, holds, nothing: view.allows_nothing() }
    }
}

/// Looking again.
struct Again<'a> {
    program: &'a Program,
    filling: Filling<'a>,
    scope: Scope<'a>,
    /// Whether a question was answered as of now.
    asked: Vec<bool>,
    /// Whether a segment may have changed.
    changed: Vec<bool>,
}

impl Again<'_> {
    /// Answers what behaviours of these kinds can change.
    fn ask_about(&mut self, kinds: u32) {
        for (slot, watch) in (0..).zip(&self.program.watches) {
            if watch.kinds & kinds != 0
                && let Some((before, after)) = self.ask(slot)
                && watch.is_crossed(before, after)
            {
                self.mark(slot);
            }
        }
    }

    /// The answer from before and that of now.
    fn ask(&mut self, slot: u32) -> Option<(i64, i64)> {
        let question = self.program.slots.get(slot as usize)?;
        let asked = self.asked.get_mut(slot as usize)?;
        if *asked || question.stands_still() {
            return None;
        }
        *asked = true;
        let after = self.filling.answer(question, &self.scope.slots);
        let value = self.scope.slots.get_mut(slot as usize)?;
        Some((std::mem::replace(value, after), after))
    }

    /// The segments that ask for this have changed, perhaps.
    fn mark(&mut self, slot: u32) {
        let watch = self.program.watches.get(slot as usize);
        for place in watch.iter().flat_map(|watch| &watch.readers) {
            self.changed.get_mut(*place as usize).into_iter().for_each(|changed| *changed = true);
        }
    }

    /// Looks at the segments that may have changed, each after those that it asks for.
    fn look(&mut self) -> Vec<(usize, Holding)> {
        let mut looked = Vec::new();
        for (place, segment) in self.program.segments.iter().enumerate() {
            if self.changed.get(place) != Some(&true) {
                continue;
            }
            for slot in &segment.reads.slots {
                self.ask(*slot);
            }
            let before = self.value(segment);
            looked.push((place, self.scope.look(segment)));
            if self.value(segment) != before {
                self.mark(segment.slot);
            }
        }
        looked
    }

    fn value(&self, segment: &Segmented) -> i64 {
        self.scope.slots.get(segment.slot as usize).copied().unwrap_or(UNKNOWN)
    }

    /// Until when what these kinds can change stays on its side of every edge, where that may
    /// be sooner than without them.
    fn stays(&self, kinds: u32) -> Timestamp {
        let now = self.filling.now();
        let touched = (0..).zip(&self.program.watches).filter(|(_, it)| it.kinds & kinds != 0);
        let stays = |(slot, watch): (u32, &Watch)| {
            let question = self.program.slots.get(slot as usize)?;
            let value = self.scope.slots.get(slot as usize).copied().unwrap_or(UNKNOWN);
            match question {
                _ if question.stands_still() || question.is_put_off() => None,
                _ if question.grows() => {
                    let edge = watch.next_edge(value)?;
                    Some(now.later(edge.saturating_sub(value)))
                }
                _ => Some(self.scope.moves(slot)),
            }
        };
        touched.filter_map(stays).min().unwrap_or(Timestamp::MAX)
    }
}

impl<'a> Looked<'a> {
    /// Each segment that was looked at, with what was found.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a SegmentId, Holding)> + '_ {
        let named = |(place, holding): &(usize, Holding)| {
            Some((&self.program.segments.get(*place)?.id, *holding))
        };
        self.looked.iter().filter_map(named)
    }

    /// The hash of each segment that was looked at, and whether the customer is in it.
    pub(crate) fn members(&self) -> impl Iterator<Item = (u32, bool)> + '_ {
        self.looked.iter().filter_map(|(place, holding)| {
            let hash = self.program.segments.get(*place)?.hash;
            Some((hash, holding.truth == Truth::True))
        })
    }

    /// Until when all of it holds, if nothing new happens.
    pub(crate) fn holds(&self) -> Timestamp {
        self.holds
    }

    /// The tests that make it so, in words; none where nothing may be known.
    pub(crate) fn because(&self, id: &SegmentId) -> Vec<Arc<str>> {
        let segment = self.program.names.get(id).and_then(|at| self.program.segments.get(*at));
        let segment = segment.filter(|_| !self.nothing);
        segment.map_or_else(Vec::new, |segment| self.program.because(segment.rule, &self.slots))
    }

    /// The answers, and what stands for them.
    pub(crate) fn into_answers(self) -> (Slots, u64) {
        let digest = digest(&self.slots);
        (self.slots, digest)
    }
}
