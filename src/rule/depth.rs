//! How deep a condition is nested: found before anything else walks it, for what walks it
//! whole would run out of stack.

use super::behaviours::Behaviours;
use super::clustering::Clustering;
use super::condition::{Condition, DEEPEST, TooDeep};
use super::metric::Metric;
use super::ranking::Ranking;
use super::sequence::Sequence;
use super::test::Test;
use crate::error::{Error, Result};

/// Refuses what is nested too deep.
pub(crate) fn check_depth(condition: &Condition) -> Result<()> {
    refuse_unless(is_within(condition, DEEPEST))
}

impl Ranking {
    /// The same of who is ranked, and by what.
    pub(super) fn check_depth(&self) -> Result<()> {
        refuse_unless(is_within(&self.among, DEEPEST) && metric(&self.metric, DEEPEST))
    }
}

impl Clustering {
    /// The same of who is grouped, and by what.
    pub(super) fn check_depth(&self) -> Result<()> {
        let features = self.features.iter().all(|(_, feature)| metric(feature, DEEPEST));
        refuse_unless(is_within(&self.among, DEEPEST) && features)
    }
}

fn refuse_unless(shallow: bool) -> Result<()> {
    if shallow { Ok(()) } else { Err(Error::configuration(TooDeep.to_string())) }
}

/// Whether it has at most so many levels below it.
fn is_within(condition: &Condition, levels: usize) -> bool {
    let below = |part: &Condition| levels > 0 && is_within(part, levels - 1);
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().all(below),
        Condition::Not(part) => below(part),
        Condition::Points(points) => points.parts.iter().all(|(part, _)| below(part)),
        Condition::Attribute(_, asked) | Condition::Session(_, asked) => test(asked, levels),
        Condition::History(history) => behaviours(&history.of, levels),
        Condition::Ratio(ratio) => metric(&ratio.part, levels) && metric(&ratio.whole, levels),
        Condition::Pick(pick) => behaviours(&pick.of, levels),
        Condition::Sequence(sequence) => steps(sequence, levels),
        Condition::Always
        | Condition::InSegment(_)
        | Condition::Stage(_)
        | Condition::Ranked(_)
        | Condition::InCluster(_)
        | Condition::Bucket(_) => true,
    }
}

fn test(test: &Test, levels: usize) -> bool {
    match test {
        Test::Some(part) => levels > 0 && is_within(part, levels - 1),
        _ => true,
    }
}

fn behaviours(of: &Behaviours, levels: usize) -> bool {
    of.properties.iter().all(|property| test(&property.test, levels))
}

fn metric(metric: &Metric, levels: usize) -> bool {
    behaviours(&metric.of, levels)
}

fn steps(sequence: &Sequence, levels: usize) -> bool {
    let all = sequence.steps.iter().flat_map(|step| step.without.iter().chain([&step.of]));
    let quiet = sequence.quiet.iter().map(|(of, _)| of);
    all.chain(quiet).all(|of| behaviours(of, levels))
}
