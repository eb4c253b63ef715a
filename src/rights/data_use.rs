//! What is collected, and what it is good for: per data category, of how many customers
//! something is kept, how many of them allow its use, and which decision read it last. What
//! nobody uses is better not collected.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::types::{ActionId, Basis, Channel, DataCategory, Timestamp};

/// The use of each kind of data over all customers; see
/// [`Engine::data_use`](crate::Engine::data_use).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataUse {
    /// As of when.
    pub at: Timestamp,
    /// Of how many customers anything is kept.
    pub customers: u64,
    /// After how long without use it is proposed to stop collecting.
    pub unused_for: Duration,
    /// Each category that the policy knows, in its order.
    pub lines: Vec<CategoryUse>,
}

/// The use of one kind of data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryUse {
    /// The category.
    pub category: DataCategory,
    /// Why it is kept.
    pub basis: Basis,
    /// Of how many customers something of it is kept.
    pub collected: u64,
    /// How many of those allow some purpose to use it now.
    pub permitted: u64,
    /// Since when there are data of it.
    pub since: Option<Timestamp>,
    /// When a decision that was acted on read it last, which action it chose, and where.
    pub last: Option<(Timestamp, ActionId, Channel)>,
    /// Whether it is kept and was not used for so long that it is better not collected.
    pub stop_collecting: bool,
}

impl CategoryUse {
    pub(crate) fn new(category: DataCategory, basis: Basis) -> Self {
        let (since, last, stop_collecting) = (None, None, false);
        Self { category, basis, collected: 0, permitted: 0, since, last, stop_collecting }
    }

    /// Says what is proposed: unused so long since it was used last, or since it is there.
    pub(crate) fn propose(&mut self, now: Timestamp, unused_for: Duration) {
        let used = self.last.as_ref().map(|(at, ..)| *at).max(self.since);
        self.stop_collecting =
            self.collected > 0 && used.is_some_and(|used| used + unused_for <= now);
    }
}

/// A line for each category.
impl Display for DataUse {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "Use of data as of {}, {} customers", self.at, self.customers)?;
        for line in self.lines.iter().filter(|line| line.collected > 0) {
            let CategoryUse { category, collected, permitted, .. } = line;
            write!(f, "  {category}: kept of {collected}, permitted by {permitted}")?;
            match &line.last {
                Some((at, action, channel)) => {
                    write!(f, ", last used {at} for {action} on {}", channel.name())?;
                }
                None => write!(f, ", no use on record")?,
            }
            writeln!(f, "{}", if line.stop_collecting { "; stop collecting it?" } else { "" })?;
        }
        Ok(())
    }
}
