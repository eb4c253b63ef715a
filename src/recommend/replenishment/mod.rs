//! What a customer bought before, by how due it is to be bought again.

mod model;
mod rhythm;

pub(crate) use model::{Cadence, Upcoming};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

#[cfg(test)]
mod tests;

/// Parameters of replenishment: what the customer bought before, what is due now first.
///
/// When an item is due follows from the customer's own rhythm of buying it; the less of that
/// there is, the more from the rhythm of all who buy it again. What few come back for is
/// hardly ever due. [`Engine::due`](crate::Engine::due) tells when each item is.
///
/// Days are whole, in universal time: several orders on a day are one, and an order is of
/// the day of its first line. (Bhagat, Muralidharan, Lobzhanidze and Vishwanath, "Buy It
/// Again: Modeling Repeat Purchase Recommendations", 2018.)
///
/// ```
/// use confidant::{Recommender, Replenishment};
///
/// let recommender = Recommender::from(Replenishment::params().not_before(0.8));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Replenishment {
    not_before: f64,
}

impl Replenishment {
    /// All that was bought before, however long ago.
    #[must_use]
    pub fn params() -> Self {
        Self { not_before: 0.0 }
    }

    /// Leaves out what is not due yet: an item of which less than this share of the expected
    /// time has passed since it was bought last. At 1 it waits for the day on which it is due. In
    /// what follows when there is no more, as popular, it can still be. From 0 to 10.
    #[must_use]
    pub fn not_before(self, share: f64) -> Self {
        Self { not_before: share }
    }

    pub(super) fn check(&self) -> Result<()> {
        if (0.0..=10.0).contains(&self.not_before) {
            return Ok(());
        }
        Err(Error::configuration("`not_before` is out of range: expected 0 to 10"))
    }
}
