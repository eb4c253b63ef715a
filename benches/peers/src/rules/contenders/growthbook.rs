//! growthbook-rust: every segment a feature that a rule with a condition turns on.

use growthbook_rust::client::{GrowthBookClient, GrowthBookClientBuilder, GrowthBookClientTrait};
use growthbook_rust::growthbook::GrowthBook;
use growthbook_rust::model_public::GrowthBookAttribute;
use serde_json::{Map, Value, from_value, json};

use super::Contender;
use crate::Result;
use crate::rules::segments::{Profile, Segment};

/// The evaluation alone.
pub(super) struct Check {
    features: GrowthBook,
    segments: Vec<String>,
    profile: Option<Vec<GrowthBookAttribute>>,
}

/// The client, as a host uses it. It copies all features for every question.
pub(super) struct Client {
    client: GrowthBookClient,
    segments: Vec<String>,
}

impl Check {
    pub(super) fn new(profile: &Profile, segments: &[Segment]) -> Result<Self> {
        let features = GrowthBook {
            forced_variations: None,
            features: from_value(features(segments))?,
            attributes: None,
            sticky_bucket_service: None,
            saved_groups: Default::default(),
        };
        let profile = GrowthBookAttribute::from(attributes(profile))?;
        Ok(Self { features, segments: names(segments), profile: Some(profile) })
    }
}

impl Contender for Check {
    fn count(&mut self) -> Result<usize> {
        let is_met = |name: &&String| self.features.check(name, &self.profile).on;
        Ok(self.segments.iter().filter(is_met).count())
    }
}

impl Client {
    pub(super) fn new(profile: &Profile, segments: &[Segment]) -> Result<Self> {
        let attributes = GrowthBookAttribute::from(attributes(profile))?;
        let builder = GrowthBookClientBuilder::new()
            .features_json(features(segments))?
            .attributes(attributes.into_iter().map(|one| (one.key.clone(), one)).collect());
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let client = runtime.block_on(builder.build())?;
        Ok(Self { client, segments: names(segments) })
    }
}

impl Contender for Client {
    fn count(&mut self) -> Result<usize> {
        let is_met = |name: &&String| self.client.is_on(name, None);
        Ok(self.segments.iter().filter(is_met).count())
    }
}

fn names(segments: &[Segment]) -> Vec<String> {
    segments.iter().map(|segment| segment.name.clone()).collect()
}

fn features(segments: &[Segment]) -> Value {
    let feature = |segment: &Segment| {
        let rule = json!({"condition": condition(segment), "force": true});
        (segment.name.clone(), json!({"defaultValue": false, "rules": [rule]}))
    };
    Value::Object(segments.iter().map(feature).collect::<Map<_, _>>())
}

/// It is asked in the order of the names.
fn condition(segment: &Segment) -> Value {
    json!({
        "country": segment.country,
        "age": {"$gte": segment.age},
        "spent": {"$gt": segment.spent},
        "days_away": {"$lte": segment.days_away},
        "tier": {"$in": segment.tiers},
    })
}

fn attributes(profile: &Profile) -> Value {
    json!({
        "country": profile.country,
        "age": profile.age,
        "spent": profile.spent,
        "days_away": profile.days_away,
        "tier": profile.tier,
    })
}
