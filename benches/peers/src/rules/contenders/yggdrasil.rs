//! unleash-yggdrasil: every segment a toggle with constraints, compiled to closures.

use serde_json::{Value, from_value, json};
use unleash_yggdrasil::{Context, EngineState};

use super::Contender;
use crate::Result;
use crate::rules::segments::{Profile, Segment};

pub(super) struct Yggdrasil {
    state: EngineState,
    segments: Vec<String>,
    profile: Context,
}

impl Yggdrasil {
    pub(super) fn new(profile: &Profile, segments: &[Segment]) -> Result<Self> {
        let state = EngineState::initial_state(Default::default());
        let toggles: Vec<Value> = segments.iter().map(toggle).collect();
        let warnings = state.take_state(from_value(json!({"version": 2, "features": toggles}))?);
        if let Some(warning) = warnings.iter().flatten().next() {
            return Err(format!("{}: {}", warning.toggle_name, warning.message).into());
        }
        let profile = json!({"properties": {
            "country": profile.country,
            "age": profile.age.to_string(),
            "spent": profile.spent.to_string(),
            "days_away": profile.days_away.to_string(),
            "tier": profile.tier,
        }});
        Ok(Self {
            state,
            segments: segments.iter().map(|segment| segment.name.clone()).collect(),
            profile: from_value(profile)?,
        })
    }
}

impl Contender for Yggdrasil {
    fn count(&mut self) -> Result<usize> {
        let is_met = |name: &&String| self.state.is_enabled(name, &self.profile, &None);
        Ok(self.segments.iter().filter(is_met).count())
    }
}

fn toggle(segment: &Segment) -> Value {
    let number = |name, operator, value: f64| json!({"contextName": name, "operator": operator, "value": value.to_string()});
    json!({
        "name": segment.name,
        "enabled": true,
        "strategies": [{"name": "default", "constraints": [
            {"contextName": "country", "operator": "IN", "values": [segment.country]},
            number("age", "NUM_GTE", segment.age),
            number("spent", "NUM_GT", segment.spent),
            number("days_away", "NUM_LTE", segment.days_away),
            {"contextName": "tier", "operator": "IN", "values": segment.tiers},
        ]}],
    })
}
