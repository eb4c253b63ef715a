//! Why a customer is in a segment, or is not.

use std::fmt;

use serde::Serialize;

use super::Engine;
use crate::error::{Error, Result};
use crate::rule::{Explained, Parts, Program};
use crate::types::{Identifier, Purpose, SegmentId, Timestamp, redacted};

/// Why a customer is in a segment, or is not, and until when that holds.
#[derive(Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The segment.
    pub segment: SegmentId,
    /// Whether the customer is in it; none if that cannot be known from what the customer
    /// allows.
    pub member: Option<bool>,
    /// The first instant at which time alone can change that.
    pub until: Timestamp,
    /// The segment's condition, part by part, as it is written.
    pub parts: Vec<Explained>,
}

impl Engine {
    /// Why a customer is in a segment at `now`, or is not: which part of its condition is met,
    /// what was found, what that comes from, and how far it is from another answer. It says
    /// no more than the customer allows to be seen for personalisation, and leaves out what
    /// was found where that may not be [mentioned](crate::PrivacyPolicy::mention).
    ///
    /// ```
    /// use confidant::{Engine, Event, Kind, Level, Purpose, Segment, Timestamp, count, days};
    ///
    /// let regular = Segment::new("regular", count(Kind::Purchased).within(days(90)).at_least(3));
    /// let engine = Engine::builder().segment(regular).build()?;
    /// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let yes = Event::consent("ana", monday).level(Level::OwnHistory);
    /// engine.record(monday, yes.allow(Purpose::Personalisation))?;
    /// engine.record(monday, Event::purchased("ana", monday))?;
    ///
    /// let why = engine.explain_segment("ana", "regular", monday)?;
    /// assert_eq!(why.member, Some(false));
    /// assert_eq!(why.parts[0].found.as_deref(), Some("1"));
    /// assert_eq!(why.parts[0].away, Some(2.0));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// There is no such segment, or the store failed.
    pub fn explain_segment(
        &self,
        customer: impl Into<Identifier>,
        segment: impl Into<SegmentId>,
        now: Timestamp,
    ) -> Result<Explanation> {
        let (setup, segment, now) = (&*self.setup(), segment.into(), now.before_never());
        let defined = setup.segments.iter().find(|known| *known.id() == segment);
        let Some(defined) = defined else {
            return Err(Error::configuration(format!("there is no segment `{segment}`")));
        };
        let view = self.view_under(setup, &customer.into(), Purpose::Personalisation, now)?;
        let population = &setup.models.population;
        let looked = setup.policy.program.look(&view, population);
        let holding = looked.iter().find(|(id, _)| **id == segment).map(|(_, holding)| holding);
        let all: Vec<_> = setup.segments.iter().map(|s| (s.id(), s.condition())).collect();
        let mut compiler = Program::compiler(setup.ground(), &all)?;
        let parts = Parts::compile(&mut compiler, defined.condition())?;
        let program = compiler.finish();
        let slots = program.fill(&view, population);
        let ground = (&*setup.catalog, &*setup.privacy);
        Ok(Explanation {
            member: holding.and_then(|holding| holding.truth.known()),
            until: holding.map_or(Timestamp::MAX, |holding| holding.until),
            parts: parts.explain(&program, &view, &slots, ground),
            segment,
        })
    }
}

/// A line for each part, indented by its depth.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = match self.member {
            Some(true) => "in it",
            Some(false) => "not in it",
            None => "not to be known",
        };
        writeln!(f, "{}: {answer}", self.segment)?;
        for part in &self.parts {
            let mark = match part.met {
                Some(true) => "yes",
                Some(false) => "no ",
                None => "?  ",
            };
            write!(f, "{mark} {:indent$}{}", "", part.words, indent = 2 * part.depth)?;
            if let Some(found) = &part.found {
                write!(f, ": {found}")?;
            }
            if let Some(away) = part.away.filter(|_| part.met == Some(false)) {
                write!(f, ", {:+} to go", (away * 100.0).round() / 100.0)?;
            }
            if let Some(told) = part.from.first() {
                write!(f, ", last {}", told.at)?;
            }
            if !part.needs.is_empty() {
                let needs: Vec<&str> = part.needs.iter().map(|needed| needed.name()).collect();
                write!(f, ", not allowed: {}", needs.join(", "))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

redacted! {
    Explanation { segment, member, until }
}
