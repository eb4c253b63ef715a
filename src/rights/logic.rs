//! The logic of automated decisions (GDPR 13(2)(f), 22), in plain words: said of what the
//! engine is set up to do, and of nothing else.

use std::sync::Arc;

use serde::Serialize;

use super::messages::Messages;
use crate::consent::PrivacyPolicy;
use crate::decide::{Limits, Policy};
use crate::recommend::Checked;
use crate::segment::Segment;
use crate::types::SegmentId;

/// What an engine runs on, as far as it is told.
pub(crate) struct Configured<'a> {
    pub(crate) privacy: &'a PrivacyPolicy,
    pub(crate) policy: &'a Policy,
    pub(crate) segments: &'a [Segment],
    pub(crate) recommenders: &'a [(Arc<str>, Checked)],
}

/// What the notice says of automated decisions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoticeDecisions {
    /// How many offers it chooses among.
    pub offers: usize,
    /// The recommenders, by the host's name for each, with their kind.
    pub recommenders: Vec<(String, String)>,
    /// The groups that customers can be put into.
    pub segments: Vec<SegmentId>,
    /// The share of decisions in which chance may choose, from 0 to 1.
    pub exploration: f64,
    /// The logic in plain words, sentence by sentence.
    pub words: Vec<String>,
}

impl NoticeDecisions {
    pub(super) fn of(setup: &Configured<'_>, words: &Messages) -> Self {
        let mut segments: Vec<&Segment> = setup.segments.iter().collect();
        segments.sort_by(|a, b| a.id().cmp(b.id()));
        let recommenders = setup.recommenders.iter();
        let mut said: Vec<String> =
            ["logic.what", "logic.score", "logic.own"].iter().map(|key| words.say(key)).collect();
        said.extend(
            methods(setup, words)
                .into_iter()
                .map(|how| words.with("logic.recommender", &[("how", &how)])),
        );
        said.extend(
            segments
                .iter()
                .map(|segment| words.with("logic.segment", &[("group", &group(segment, words))])),
        );
        let exploration = setup.policy.exploration;
        if exploration > 0.0 {
            let share = words.number(exploration * 100.0, 1);
            said.push(words.with("logic.exploration", &[("share", &share)]));
        }
        said.extend(limits(&setup.policy.contact.limits(), words));
        said.extend(["logic.general", "logic.receipt"].iter().map(|key| words.say(key)));
        Self {
            offers: setup.policy.actions.len(),
            recommenders: recommenders.map(|(n, it)| (n.to_string(), it.kind().into())).collect(),
            segments: segments.iter().map(|segment| segment.id().clone()).collect(),
            exploration,
            words: said,
        }
    }
}

/// How it is recommended, each way once.
pub(super) fn methods(setup: &Configured<'_>, words: &Messages) -> Vec<String> {
    let mut kinds: Vec<&str> = setup.recommenders.iter().flat_map(|(_, it)| it.kinds()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if setup.policy.counted_within().next().is_some() {
        kinds.push("popular_within");
    }
    kinds.into_iter().map(|kind| words.say(&format!("recommender.{kind}"))).collect()
}

/// What a segment is called: in the catalogue, or by its aim, or by its id.
fn group(segment: &Segment, words: &Messages) -> String {
    let id = segment.id().as_str();
    let aim = if segment.stated_aim().is_empty() { id } else { segment.stated_aim() };
    words.get(&format!("segment.{id}")).unwrap_or(aim).to_owned()
}

fn limits(limits: &Limits<'_>, words: &Messages) -> Vec<String> {
    let span = |time| words.span(time).words;
    let mut said = Vec::new();
    for (channel, most, within) in &limits.caps {
        let (time, most) = (span(*within), u64::from(*most));
        said.push(match channel {
            None => words.count("logic.cap", most, &[("time", &time)]),
            Some(channel) => {
                let channel = words.channel(channel);
                words.count("logic.cap_on", most, &[("channel", &channel), ("time", &time)])
            }
        });
    }
    if limits.caps.is_empty() {
        said.push(words.say("logic.unlimited"));
    }
    for (most, within) in &limits.households {
        let time = span(*within);
        said.push(words.count("logic.household_cap", u64::from(*most), &[("time", &time)]));
    }
    if let Some((from, to)) = limits.quiet {
        let (from, to) = (from.to_string(), to.to_string());
        said.push(words.with("logic.quiet", &[("from", &from), ("to", &to)]));
    }
    for (key, time) in
        [("logic.declined", limits.after_declined), ("logic.bounced", limits.after_bounce)]
    {
        if !time.is_zero() {
            said.push(words.with(key, &[("time", &span(time))]));
        }
    }
    said
}
