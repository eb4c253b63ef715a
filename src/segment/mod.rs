//! Groups of customers by what they are and do: defined by a condition, and live; and
//! audiences, sets of the customers that were looked at as of an instant.

mod alike;
mod audience;
mod census;
mod feature;
mod lookalike;
mod members;
mod overlaps;
mod portrait;
mod roster;

#[cfg(test)]
mod audience_twin;
#[cfg(test)]
mod lookalike_twin;
#[cfg(test)]
mod shown_twin;

pub use alike::AlikeReport;
pub(crate) use alike::Groups;
pub use audience::Audience;
pub(crate) use census::Counted;
pub use census::{Census, SegmentSize};
pub use feature::Feature;
pub(crate) use feature::Vocabulary;
pub use lookalike::{Features, Lookalike, Lookalikes};
pub use overlaps::{AudienceSize, Overlap, Overlaps};
pub(crate) use portrait::Counts;
pub use portrait::{Portrait, Resemblance, Trait};
pub use roster::Roster;

mod find;
mod kmeans;
mod lists;
mod ready;
mod report;
mod rfm;
mod survey;
mod thresholds;

pub use lists::listed;
pub use ready::ReadySet;
pub use report::{
    ClusterReport, FeatureReport, GroupReport, PlaceReport, PopulationReport, RankingReport,
};
pub use rfm::Rfm;
pub use survey::Survey;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rule::{self, Condition};
use crate::types::{Identifier, SegmentId, Timestamp, check_text};

/// A segment: a condition with a name and a business aim.
///
/// ```
/// use confidant::{Kind, Segment, all, count, days, last};
///
/// let lapsed = Segment::new("lapsed", last(Kind::Purchased).longer_ago_than(days(90)))
///     .aim("win them back");
/// ```
///
/// A customer is in a segment when its condition is true on what the customer allows
/// for [`Personalisation`](crate::Purpose::Personalisation). Whoever does not allow it is
/// in no segment, whatever its condition: to put people into groups is to profile them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    id: SegmentId,
    condition: Condition,
    aim: Arc<str>,
    #[serde(default)]
    family: Option<Family>,
}

/// A family of actions: what suits a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Help somebody new to find their way.
    Adapt,
    /// Offer more, or better.
    Upsell,
    /// Bring back who is gone.
    WinBack,
    /// Stay close, without selling.
    KeepInTouch,
    /// Give what others do not get.
    Privilege,
    /// Ask to come, or to come more often.
    Invite,
}

impl Segment {
    /// The customers who meet a condition.
    #[must_use]
    pub fn new(id: impl Into<SegmentId>, condition: Condition) -> Self {
        Self { id: id.into(), condition, aim: Arc::from(""), family: None }
    }

    /// What the business wants with them.
    #[must_use]
    pub fn aim(self, aim: impl Into<Arc<str>>) -> Self {
        Self { aim: aim.into(), ..self }
    }

    /// Which actions suit it.
    #[must_use]
    pub fn family(self, family: Family) -> Self {
        Self { family: Some(family), ..self }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &SegmentId {
        &self.id
    }

    /// Its condition.
    #[must_use]
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// What the business wants with them; empty if not said.
    #[must_use]
    pub fn stated_aim(&self) -> &str {
        &self.aim
    }

    /// Which actions suit it, if said.
    #[must_use]
    pub fn stated_family(&self) -> Option<Family> {
        self.family
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_text("segment", self.id.as_str())?;
        rule::check_depth(&self.condition)
            .map_err(|error| rule::within("segment", self.id.as_str(), &error))
    }
}

/// A customer came into a segment or left it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// Since when.
    pub at: Timestamp,
    /// Who.
    pub customer: Identifier,
    /// Which segment.
    pub segment: SegmentId,
    /// Came in, or left.
    pub entered: bool,
    /// The parts of the segment's condition that make it so, in words: all that are met, or
    /// the first that is not. None where the condition has no parts, or where nothing may be
    /// known of the customer any more.
    pub because: Vec<Arc<str>>,
}
