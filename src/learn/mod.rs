//! What is learned from customers: counts in whole numbers, taken only from views that
//! were opened for learning. What one customer adds is kept as it was added, and
//! forgetting takes exactly that out again.

mod contribution;
mod group;
mod history;
mod lost;
mod statistics;
mod visits;
mod written;

pub(crate) use contribution::{Contribution, Line};
pub use statistics::Statistics;
pub(crate) use visits::Visit;
