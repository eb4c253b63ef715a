//! Every segment counted at once, as of an instant: sizes and overlaps, of segments that
//! an engine has and of drafts that it does not have yet.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::audience::Audience;
use super::overlaps::{Overlaps, shown};
use super::roster::Roster;
use crate::error::Result;
use crate::types::{SegmentId, redacted};

/// Who is in which segment, of all customers as of an instant. It is taken by
/// [`Engine::census`](crate::Engine::census), or with drafts by
/// [`Engine::estimate`](crate::Engine::estimate).
///
/// Its audiences are the host's to act on. What people see is [`sizes`](Self::sizes),
/// [`overlaps`](Self::overlaps) and the table that is displayed: they hold back what would
/// give away a group smaller than the host's
/// [smallest](crate::EngineBuilder::smallest_group).
#[derive(Clone)]
pub struct Census {
    roster: Roster,
    /// In the order in which they are told.
    segments: Vec<Counted>,
}

/// What was found of one segment.
#[derive(Clone)]
pub(crate) struct Counted {
    pub(crate) id: SegmentId,
    pub(crate) aim: Arc<str>,
    pub(crate) audience: Audience,
    /// How many customers there are of whom it cannot be known.
    pub(crate) unknown: u64,
}

/// How large a segment is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentSize {
    /// Its id.
    pub segment: SegmentId,
    /// What the business wants with it; empty if not said.
    pub aim: Arc<str>,
    /// How many customers are in it; `None` if that is hidden.
    pub count: Option<u64>,
    /// Their share of all customers, from 0 to 1; `None` if that is hidden, or there are no
    /// customers.
    pub share: Option<f64>,
    /// Of how many customers it cannot be known from what they allow; `None` if hidden.
    pub unknown: Option<u64>,
}

impl Census {
    pub(crate) fn new(roster: Roster, segments: Vec<Counted>) -> Self {
        Self { roster, segments }
    }

    /// The customers that were counted: everybody of whom a record is kept, whatever they
    /// allow, but no [prospects](crate::Prospect).
    #[must_use]
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The customers in a segment, by its id.
    #[must_use]
    pub fn audience(&self, segment: &str) -> Option<&Audience> {
        self.counted(segment).map(|counted| &counted.audience)
    }

    /// Of how many customers it cannot be known, from what they allow, whether they are in
    /// a segment; whoever does not allow
    /// [`Personalisation`](crate::Purpose::Personalisation) is one of them. `None` if there
    /// is no such segment, or if this, with how many are in it, would give away a group
    /// smaller than the smallest.
    #[must_use]
    pub fn unknown(&self, segment: &str) -> Option<u64> {
        self.counted(segment).and_then(|counted| self.unknown_of(counted))
    }

    fn unknown_of(&self, counted: &Counted) -> Option<u64> {
        let (all, k) = (self.roster.len() as u64, self.roster.smallest_group());
        let (inside, unknown) = (counted.audience.len() as u64, counted.unknown);
        // Who is in, of whom it is unknown, and who is known not to be.
        let parts = [inside, unknown, all.saturating_sub(inside + unknown)];
        (k <= 1 || parts.iter().all(|part| *part >= k)).then_some(unknown)
    }

    fn counted(&self, segment: &str) -> Option<&Counted> {
        self.segments.iter().find(|counted| counted.id.as_str() == segment)
    }

    /// How large the segments are: those of the engine in the order in which it was told
    /// them, then the drafts.
    #[must_use]
    pub fn sizes(&self) -> Vec<SegmentSize> {
        let all = self.roster.len();
        let size = |counted: &Counted| {
            let count = counted.audience.count();
            SegmentSize {
                segment: counted.id.clone(),
                aim: counted.aim.clone(),
                count,
                share: count.filter(|_| all > 0).map(|count| count as f64 / all as f64),
                unknown: self.unknown_of(counted),
            }
        };
        self.segments.iter().map(size).collect()
    }

    /// How many customers each two segments have in common.
    ///
    /// # Errors
    /// There is no segment.
    pub fn overlaps(&self) -> Result<Overlaps> {
        let named = |counted| {
            let Counted { id, audience, .. }: &Counted = counted;
            (id.as_str(), audience)
        };
        Overlaps::of(self.segments.iter().map(named))
    }
}

/// A table for people, in a font with letters of one width: of each segment the size, the
/// share of all customers, of how many it cannot be known, and the aim.
impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Audience::everyone(&self.roster).count();
        write!(f, "{} customers as of {}", shown(all), self.roster.as_of())?;
        let sizes = self.sizes();
        let row = |size: &SegmentSize| {
            let share = size.share.map(|share| format!("{:.1}%", share * 100.0));
            let share = share.unwrap_or_else(|| "*".to_owned());
            [size.segment.as_str().to_owned(), shown(size.count), share, shown(size.unknown)]
        };
        let head = ["segment", "size", "share", "unknown"].map(str::to_owned);
        let rows: Vec<[String; 4]> = std::iter::once(head).chain(sizes.iter().map(row)).collect();
        let longest = |column: fn(&[String; 4]) -> &String| {
            rows.iter().map(|row| column(row).chars().count()).max().unwrap_or_default()
        };
        let widths = [longest(|[a, ..]| a), longest(|[_, b, ..]| b), longest(|[_, _, c, _]| c)];
        let (last, [w, x, y]) = (longest(|[.., d]| d), widths);
        let aims = std::iter::once("aim").chain(sizes.iter().map(|size| &*size.aim));
        for ([name, count, share, unknown], aim) in rows.iter().zip(aims) {
            let line = format!("{name:w$}  {count:>x$}  {share:>y$}  {unknown:>last$}  {aim}");
            write!(f, "\n{}", line.trim_end())?;
        }
        let hidden = sizes.iter().any(|size| size.count.is_none() || size.unknown.is_none());
        if hidden || all.is_none() {
            let k = self.roster.smallest_group();
            write!(f, "\n* would tell of a group of fewer than {k} customers")?;
        }
        Ok(())
    }
}

redacted! {
    Census { roster }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Timestamp;

    /// Of so many customers so many are in, and of so many it cannot be known.
    fn census(k: u64, [all, inside, unknown]: [u32; 3]) -> Census {
        let customers = (0..all).map(|n| format!("c{n}"));
        let roster = Roster::new(Timestamp::from_millis(0), customers).unwrap();
        let roster = roster.hide_groups_below(k);
        let audience = Audience::of_numbers(&roster, 0..inside);
        let (id, aim, unknown) = ("it".into(), "".into(), unknown.into());
        Census::new(roster, vec![Counted { id, aim, audience, unknown }])
    }

    #[test]
    fn of_how_many_it_is_unknown_is_told_where_no_part_is_small() {
        for parts in [[10, 3, 3], [10, 3, 4], [10, 4, 3]] {
            assert_eq!(census(3, parts).unknown("it"), Some(u64::from(parts[2])));
            assert_eq!(census(4, parts).unknown("it"), None);
            assert_eq!(census(3, parts).sizes()[0].unknown, Some(u64::from(parts[2])));
        }
        // Any of the three may be the small one.
        for parts in [[10, 2, 4], [10, 4, 2], [10, 4, 4]] {
            assert_eq!(census(2, parts).unknown("it"), Some(u64::from(parts[2])));
            assert_eq!(census(3, parts).unknown("it"), None, "{parts:?}");
        }
        assert_eq!([0, 1, 2].map(|k| census(k, [5, 5, 0]).unknown("it")), [Some(0), Some(0), None]);
    }

    #[test]
    fn whatever_is_hidden_has_a_star_and_a_note() {
        let note = "\n* would tell of a group of fewer than 3 customers";
        let told = census(3, [10, 5, 1]).to_string();
        assert!(told.contains("it          5  50.0%        *") && told.ends_with(note), "{told}");
        let told = census(3, [2, 0, 0]).to_string();
        assert!(told.starts_with("* customers") && told.ends_with(note), "{told}");
        let overlaps = census(3, [2, 0, 0]).overlaps().unwrap();
        assert_eq!(overlaps.customers, None);
        assert!(overlaps.to_string().ends_with(note), "{overlaps}");
        assert!(!census(3, [10, 3, 3]).to_string().contains('*'));
    }

    #[test]
    fn nobody_has_no_share() {
        let size = &census(0, [0, 0, 0]).sizes()[0];
        assert_eq!((size.count, size.share), (Some(0), None));
    }
}
