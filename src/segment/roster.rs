//! The customers that were looked at, as of an instant.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::types::{Identifier, Timestamp, check_instant, redacted};

/// The customers that were looked at as of an instant: what [audiences](crate::Audience)
/// are parts of. To clone one costs next to nothing.
///
/// ```
/// use confidant::{Roster, Timestamp};
///
/// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
/// let roster = Roster::new(monday, ["ana", "ben", "ana"])?;
/// assert_eq!(roster.len(), 2);
/// assert_eq!(roster.number_of(&"ben".into()), Some(1));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Roster {
    as_of: Timestamp,
    smallest_group: u64,
    /// Ascending, each once: a customer's number is its place.
    customers: Arc<[Identifier]>,
}

impl Roster {
    /// A roster of customers, in any order; whoever comes twice is on it once.
    ///
    /// # Errors
    /// An identifier that no customer can have, an instant before 1900 or after 9999,
    /// or more than 4,294,967,295 customers.
    pub fn new<I: Into<Identifier>>(
        as_of: Timestamp,
        customers: impl IntoIterator<Item = I>,
    ) -> Result<Self> {
        check_instant("as_of", as_of)?;
        let mut customers: Vec<Identifier> = customers.into_iter().map(Into::into).collect();
        customers.iter().try_for_each(|customer| customer.check("customer"))?;
        customers.sort_unstable();
        customers.dedup();
        if u32::try_from(customers.len()).is_err() {
            return Err(Error::input(
                "customers",
                "`customers` has too many: expected at most 4294967295 on one roster",
            ));
        }
        Ok(Self { as_of, smallest_group: 0, customers: customers.into() })
    }

    /// The same customers, with counts to be shown only where no group of fewer than
    /// `k` can be told from them: see [`Audience::count`](crate::Audience::count). With
    /// 0, as at first, and with 1 everything is shown.
    #[must_use]
    pub fn hide_groups_below(self, k: u64) -> Self {
        Self { smallest_group: k, ..self }
    }

    /// When the customers were looked at.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The smallest group whose size is shown; see
    /// [`hide_groups_below`](Self::hide_groups_below).
    #[must_use]
    pub fn smallest_group(&self) -> u64 {
        self.smallest_group
    }

    /// How many customers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.customers.len()
    }

    /// Whether there is nobody on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.customers.is_empty()
    }

    /// The number of a customer: the place among all in the order of identifiers, from 0.
    #[must_use]
    pub fn number_of(&self, customer: &Identifier) -> Option<u32> {
        self.customers.binary_search(customer).ok().map(|number| number as u32)
    }

    /// The customer of a number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&Identifier> {
        self.customers.get(number as usize)
    }

    /// The bound of all numbers.
    pub(super) fn bound(&self) -> u32 {
        self.customers.len() as u32
    }

    /// Whether anything is hidden at all.
    pub(super) fn hides(&self) -> bool {
        self.smallest_group > 1
    }

    /// Refuses what is of another roster.
    pub(super) fn check_same(&self, field: &'static str, other: &Self) -> Result<()> {
        if self == other {
            return Ok(());
        }
        let differs = if self.as_of != other.as_of {
            format!("as of {}, not of {}", other.as_of, self.as_of)
        } else if self.smallest_group != other.smallest_group {
            format!(
                "with groups hidden below {}, not {}",
                other.smallest_group, self.smallest_group
            )
        } else {
            "with other customers on it".to_owned()
        };
        let message = format!("`{field}` is of another roster, {differs}: expected the same one");
        Err(Error::input(field, message))
    }
}

/// The same customers of the same instant, with the same limit; to know that of a clone
/// nobody is compared.
impl PartialEq for Roster {
    fn eq(&self, other: &Self) -> bool {
        let same =
            || Arc::ptr_eq(&self.customers, &other.customers) || self.customers == other.customers;
        self.as_of == other.as_of && self.smallest_group == other.smallest_group && same()
    }
}

impl Eq for Roster {}

redacted! {
    Roster { as_of, smallest_group }
}
