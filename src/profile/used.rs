//! When each kind of data was last used, and by what: so that what is collected and never
//! used can be seen.

use serde::{Deserialize, Serialize};

use crate::types::{ActionId, Channel, DataCategory, Timestamp};

/// The last use of data of a category.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Use {
    pub(crate) at: Timestamp,
    /// What was decided.
    pub(crate) action: ActionId,
    pub(crate) channel: Channel,
}

/// The last use of each category, by category.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Uses(Vec<(DataCategory, Use)>);

impl Uses {
    /// Takes a use in; the latest stays.
    pub(crate) fn note(&mut self, category: &DataCategory, new: Use) {
        match self.0.binary_search_by(|(known, _)| known.cmp(category)) {
            Ok(place) => {
                if let Some((_, known)) = self.0.get_mut(place)
                    && *known < new
                {
                    *known = new;
                }
            }
            Err(place) => self.0.insert(place, (category.clone(), new)),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(DataCategory, Use)> {
        self.0.iter()
    }
}
