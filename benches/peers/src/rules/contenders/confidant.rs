//! Confidant: rules compiled together, asked of the view of a customer who consented.

use confidant::{
    Answers, Condition, Engine, Event, Level, Purpose, Rules, Timestamp, View, all, attribute,
};

use super::Contender;
use crate::Result;
use crate::rules::segments::{Profile, Segment};

const NOW: Timestamp = Timestamp::from_secs(1_770_000_000);

/// The view answered once, as it is for all that one decision asks.
pub(super) struct Answered {
    rules: Rules,
    answers: Answers,
    segments: usize,
}

/// The view answers anew every time.
pub(super) struct Asked {
    rules: Rules,
    view: View,
    segments: usize,
}

impl Answered {
    pub(super) fn new(profile: &Profile, segments: &[Segment]) -> Result<Self> {
        let Asked { rules, view, segments } = Asked::new(profile, segments)?;
        Ok(Self { answers: rules.ask(&view), rules, segments })
    }
}

impl Contender for Answered {
    fn count(&mut self) -> Result<usize> {
        Ok(met(&self.rules, &self.answers, self.segments))
    }
}

impl Asked {
    pub(super) fn new(profile: &Profile, segments: &[Segment]) -> Result<Self> {
        let engine = Engine::builder().build()?;
        let yes = Event::consent("ana", NOW).level(Level::OwnHistory);
        engine.record(NOW, yes.allow(Purpose::Personalisation))?;
        let facts = Event::declared("ana", NOW)
            .attribute("country", profile.country)
            .attribute("age", profile.age)
            .attribute("spent", profile.spent)
            .attribute("days_away", profile.days_away)
            .attribute("tier", profile.tier);
        engine.record(NOW, facts)?;
        Ok(Self {
            rules: engine.rules(segments.iter().map(condition))?,
            view: engine.view("ana", Purpose::Personalisation, NOW, None)?,
            segments: segments.len(),
        })
    }
}

impl Contender for Asked {
    fn count(&mut self) -> Result<usize> {
        Ok(met(&self.rules, &self.rules.ask(&self.view), self.segments))
    }
}

fn condition(segment: &Segment) -> Condition {
    all([
        attribute("country").is(segment.country),
        attribute("age").at_least(segment.age),
        attribute("spent").more_than(segment.spent),
        attribute("days_away").at_most(segment.days_away),
        attribute("tier").one_of(segment.tiers),
    ])
}

fn met(rules: &Rules, answers: &Answers, segments: usize) -> usize {
    (0..segments).filter(|n| rules.is_met(*n, answers) == Some(true)).count()
}
