//! How large audiences are, and what each two have in common: a table to be shown.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::audience::Audience;
use crate::error::{Error, Result};
use crate::types::{Timestamp, check_text};

/// How large audiences are, and how many customers each two have in common, to be shown
/// to people: a small group is held back by the rule of [`Audience::count`].
///
/// ```
/// use confidant::{Audience, Overlaps, Roster, Timestamp};
///
/// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
/// let roster = Roster::new(monday, (0..100).map(|n| format!("customer {n}")))?;
/// let roster = roster.hide_groups_below(10);
/// let lapsed = Audience::of(&roster, (0..50).map(|n| format!("customer {n}")));
/// let best = Audience::of(&roster, (30..80).map(|n| format!("customer {n}")));
/// let tried = Audience::of(&roster, (45..70).map(|n| format!("customer {n}")));
///
/// let overlaps = Overlaps::of([("lapsed", &lapsed), ("best", &best), ("tried", &tried)])?;
/// assert_eq!(overlaps.overlap("lapsed", "best"), Some(20));
/// assert_eq!(overlaps.overlap("lapsed", "tried"), None);
/// println!("{overlaps}");
/// # assert_eq!(overlaps.to_string(), "\
/// # 100 customers as of 2026-03-02T12:00:00Z
/// #         size  lapsed  best  tried
/// # lapsed    50       -    20      *
/// # best      50      20     -      *
/// # tried     25       *     *      -
/// # * would tell of a group of fewer than 10 customers");
/// # Ok::<(), confidant::Error>(())
/// ```
///
/// which prints
///
/// ```text
/// 100 customers as of 2026-03-02T12:00:00Z
///         size  lapsed  best  tried
/// lapsed    50       -    20      *
/// best      50      20     -      *
/// tried     25       *     *      -
/// * would tell of a group of fewer than 10 customers
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlaps {
    /// When the customers were looked at.
    pub as_of: Timestamp,
    /// How many customers were looked at; `None` if fewer than the smallest group.
    pub customers: Option<u64>,
    /// The smallest group whose size is shown.
    pub smallest_group: u64,
    /// The audiences, in the order given.
    pub audiences: Vec<AudienceSize>,
    /// Each two of them, in the same order.
    pub overlaps: Vec<Overlap>,
}

/// How large an audience is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceSize {
    /// Its name.
    pub name: Arc<str>,
    /// How many customers are in it; `None` if that is hidden.
    pub count: Option<u64>,
}

/// How many customers two audiences have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// The name of the one.
    pub first: Arc<str>,
    /// The name of the other.
    pub second: Arc<str>,
    /// How many customers are in both; `None` if that is hidden.
    pub count: Option<u64>,
}

impl Overlaps {
    /// The table of some audiences of one roster, at least one.
    ///
    /// # Errors
    /// There is no audience, or one of another roster; a name is empty, longer than 256
    /// bytes, holds control characters, or stands twice.
    pub fn of<'a, N: Into<Arc<str>>>(
        audiences: impl IntoIterator<Item = (N, &'a Audience)>,
    ) -> Result<Self> {
        let named: Vec<(Arc<str>, &Audience)> =
            audiences.into_iter().map(|(name, audience)| (name.into(), audience)).collect();
        check_names(&named)?;
        let Some((_, first)) = named.first() else {
            return Err(Error::input(
                "audiences",
                "`audiences` is empty: expected at least one audience with its name",
            ));
        };
        let mut overlaps = Vec::new();
        for (at, (name, audience)) in named.iter().enumerate() {
            for (other, second) in named.iter().skip(at + 1) {
                let count = audience.overlap(second)?;
                overlaps.push(Overlap { first: name.clone(), second: other.clone(), count });
            }
        }
        let audiences = named
            .iter()
            .map(|(name, audience)| AudienceSize { name: name.clone(), count: audience.count() });
        let roster = first.roster();
        Ok(Self {
            as_of: roster.as_of(),
            customers: Audience::everyone(roster).count(),
            smallest_group: roster.smallest_group(),
            audiences: audiences.collect(),
            overlaps,
        })
    }

    /// How many customers two of the audiences have in common; `None` if that is hidden,
    /// or if there are no two of these names.
    #[must_use]
    pub fn overlap(&self, one: &str, other: &str) -> Option<u64> {
        let is = |pair: &&Overlap| {
            let pair = (&*pair.first, &*pair.second);
            pair == (one, other) || pair == (other, one)
        };
        self.overlaps.iter().find(is)?.count
    }
}

fn check_names(named: &[(Arc<str>, &Audience)]) -> Result<()> {
    let mut names: Vec<&str> = named.iter().map(|(name, _)| &**name).collect();
    names.iter().try_for_each(|name| check_text("audience name", name))?;
    names.sort_unstable();
    match names.iter().zip(names.iter().skip(1)).find(|(a, b)| a == b) {
        Some((twice, _)) => Err(Error::input(
            "audiences",
            format!("`audiences` has `{twice}` twice: expected a name of its own for each"),
        )),
        None => Ok(()),
    }
}

pub(super) fn shown(count: Option<u64>) -> String {
    count.map_or_else(|| "*".to_owned(), |count| count.to_string())
}

/// A table for people, in a font with letters of one width.
impl fmt::Display for Overlaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} customers as of {}", shown(self.customers), self.as_of)?;
        let names = self.audiences.iter().map(|audience| &*audience.name);
        let longest = names.clone().map(|name| name.chars().count()).max().unwrap_or_default();
        let sizes = self.audiences.iter().map(|audience| shown(audience.count).len());
        let size = sizes.max().unwrap_or_default().max(4);
        // No overlap is longer than the longest size.
        let width = |name: &str| name.chars().count().max(size);
        write!(f, "{:longest$}  {:>size$}", "", "size")?;
        for name in names.clone() {
            write!(f, "  {name:>width$}", width = width(name))?;
        }
        for audience in &self.audiences {
            let row = &*audience.name;
            write!(f, "\n{row:longest$}  {:>size$}", shown(audience.count))?;
            for name in names.clone() {
                let cell = if name == row { "-".into() } else { shown(self.overlap(row, name)) };
                write!(f, "  {cell:>width$}", width = width(name))?;
            }
        }
        let pairs = self.overlaps.iter().map(|pair| pair.count);
        let mut counts = self.audiences.iter().map(|audience| audience.count).chain(pairs);
        if self.customers.is_none() || counts.any(|count| count.is_none()) {
            let k = self.smallest_group;
            write!(f, "\n* would tell of a group of fewer than {k} customers")?;
        }
        Ok(())
    }
}
