//! Lists of customers that no rule makes: a tasting panel, the guests of an evening.

use crate::event::on_list;
use crate::rule::{Condition, attribute};

/// On a list of the host's own: see [`Event::listed`](crate::Event::listed). It is a question
/// about the attribute `list:` and the name of the list, with all that holds for attributes:
/// its category is what the privacy policy says, and whoever does not allow that is on no
/// list that may be looked at.
#[must_use]
pub fn listed(list: &str) -> Condition {
    attribute(&on_list(list)).is(true)
}
