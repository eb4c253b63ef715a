//! Where a customer is in the life of a customer, measured by the customer's own rhythm
//! of buying: somebody who buys every week is late after a month, somebody who buys
//! twice a year is not.
//!
//! The *rhythm* is the median of the customer's latest gaps between two orders; until
//! there are enough orders for that, the gap that is typical of the host's customers.
//! It is never shorter or longer than the host says. Everything else is measured in
//! rhythms, by what is known at the instant that is asked about: an order later than
//! that does not count, and the first order opens the life.
//!
//! Of these lines the first that is true is the stage. In brackets what holds unless the
//! host says otherwise. `R` is the rhythm; *longer ago* is strict, *at most* and *at
//! least* are not.
//!
//! | | stage | when |
//! |---|---|---|
//! | 1 | lapsed | the latest order is longer ago than the lapse \[6 R\] |
//! | 2 | at risk | the latest order is longer ago than the patience \[3 R\] |
//! | 3 | won back | an order came at an instant at which the customer, without it, was lapsed; since then there were fewer orders than it takes to settle \[2\], and that order is at most so long ago \[6 R\] |
//! | 4 | new | there are fewer orders than a regular has \[3\], and the first one is at most so long ago \[3 R\] |
//! | 5 | growing | the window \[6 R\] up to now has at least so many per cent \[150\] of the orders of the window before it, and at least so many orders more \[2\] |
//! | 6 | declining | it has at most so many per cent \[67\] of them, and at least so many orders fewer \[2\] |
//! | 7 | active | in every other case |
//!
//! Lines 5 and 6 ask for a first order at least two windows ago: before that there is
//! nothing whole to compare with. An order is in the window up to now while it is less
//! than a window old, and in the one before while it is less than two windows old.
//!
//! Whether an order ended a lapse is judged by the rhythm before it, so won back is
//! exactly who was lapsed, and the order does not excuse its own delay. The rhythm looks
//! at the latest gaps alone, so that whoever has bought monthly for a year is not
//! late by the weekly habit of the years before; and it is a median, so that one long
//! pause is not a habit.
//!
//! Why three and six: for somebody who buys by pure chance at a steady rate, a gap longer
//! than k medians has the chance 2^-k, so one gap in eight is longer than three and one
//! in 64 longer than six. Real gaps have longer tails: in three public records of
//! purchases (a wholesaler, a record shop, a grocer) 12 to 34 per cent are longer than three,
//! and 3 to 22 per cent longer than six.
//!
//! The idea is old: latency as a trip wire (Novo), the time since the latest purchase
//! against that between purchases as a sign of life (Schmittlein and Morrison; Reinartz
//! and Kumar), the grids of recency and frequency.

#[cfg(test)]
mod cases;
mod knobs;
mod stages;
#[cfg(test)]
mod twin;

pub use knobs::Lifecycle;
pub(crate) use stages::stage;

use serde::{Deserialize, Serialize};

/// Where a customer is in the life of a customer: one stage at every instant from the
/// first order on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The first orders, not long ago.
    New,
    /// Buys as usual.
    Active,
    /// Buys clearly more often than before.
    Growing,
    /// Buys clearly less often than before.
    Declining,
    /// Should have been back.
    AtRisk,
    /// Has been away for so long that it looks like for good.
    Lapsed,
    /// Came back after that, not long ago.
    WonBack,
}

impl Stage {
    /// Every stage, in the order in which they are declared.
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Active,
        Self::Growing,
        Self::Declining,
        Self::AtRisk,
        Self::Lapsed,
        Self::WonBack,
    ];

    /// Its stable name: `at_risk` and the like.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Growing => "growing",
            Self::Declining => "declining",
            Self::AtRisk => "at_risk",
            Self::Lapsed => "lapsed",
            Self::WonBack => "won_back",
        }
    }

    /// The stage of a name; none for a name of no stage.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }
}
