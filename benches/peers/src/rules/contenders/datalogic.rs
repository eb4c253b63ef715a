//! datalogic-rs: compiled JSONLogic over an arena.

use datalogic_rs::bumpalo::Bump;
use datalogic_rs::{DataValue, Engine, Logic, ParsedData};
use serde_json::json;

use super::Contender;
use crate::Result;
use crate::rules::segments::{Profile, Segment};

/// The profile parsed once.
pub(super) struct Parsed {
    engine: Engine,
    segments: Vec<Logic>,
    profile: ParsedData,
    arena: Bump,
}

/// The profile as text, parsed for every segment.
pub(super) struct FromText {
    engine: Engine,
    segments: Vec<Logic>,
    profile: String,
    arena: Bump,
}

impl Parsed {
    pub(super) fn new(profile: &Profile, segments: &[Segment]) -> Result<Self> {
        let FromText { engine, segments, profile, arena } = FromText::new(profile, segments)?;
        Ok(Self { engine, segments, profile: ParsedData::from_json(&profile)?, arena })
    }
}

impl Contender for Parsed {
    fn count(&mut self) -> Result<usize> {
        let mut count = 0;
        for segment in &self.segments {
            count += met(self.engine.evaluate(segment, &self.profile, &self.arena)?);
        }
        self.arena.reset();
        Ok(count)
    }
}

impl FromText {
    pub(super) fn new(profile: &Profile, segments: &[Segment]) -> Result<Self> {
        let engine = Engine::new();
        let compile = |segment| engine.compile(&*rule(segment).to_string());
        let segments = segments.iter().map(compile).collect::<std::result::Result<_, _>>()?;
        let profile = json!({
            "country": profile.country,
            "age": profile.age,
            "spent": profile.spent,
            "days_away": profile.days_away,
            "tier": profile.tier,
        });
        Ok(Self { engine, segments, profile: profile.to_string(), arena: Bump::new() })
    }
}

impl Contender for FromText {
    fn count(&mut self) -> Result<usize> {
        let mut count = 0;
        for segment in &self.segments {
            count += met(self.engine.evaluate(segment, &self.profile, &self.arena)?);
            self.arena.reset();
        }
        Ok(count)
    }
}

fn rule(segment: &Segment) -> serde_json::Value {
    json!({"and": [
        {"==": [{"var": "country"}, segment.country]},
        {">=": [{"var": "age"}, segment.age]},
        {">": [{"var": "spent"}, segment.spent]},
        {"<=": [{"var": "days_away"}, segment.days_away]},
        {"in": [{"var": "tier"}, segment.tiers]},
    ]})
}

fn met(answer: &DataValue<'_>) -> usize {
    usize::from(answer.as_bool() == Some(true))
}
