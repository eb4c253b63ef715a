//! How a host knows that it works: past behaviour is split into what a model may learn
//! from and what it should have foreseen, its lists are held against the latter, and the
//! figures come with how far they can be trusted.
//!
//! Everything here is a pure function of what it is given: the order of the rows leaves
//! no trace, and where chance is involved, it comes from a seed.
//!
//! ```
//! use confidant::evaluate::{Hits, Interaction, Summary, hold_out_customers};
//! use confidant::Timestamp;
//!
//! let at = "2026-03-02T18:20:00Z".parse::<Timestamp>()?;
//! let bought = |customer, item| Interaction { customer, at, order: "", item };
//! let rows = [
//!     bought("ana", "mascara"),
//!     bought("ana", "cream"),
//!     bought("ben", "mascara"),
//!     bought("ben", "cream"),
//! ];
//! let split = hold_out_customers(&rows, 1, 50, 7);
//!
//! // A recommender learns from `split.train`, sees what is folded in, and ranks the rest.
//! let recalls = split.trials.iter().map(|trial| {
//!     let list = ["cream", "mascara"];
//!     Hits::of(&list, &trial.held_out).recall(20)
//! });
//! let recall = Summary::of(recalls).map(|summary| summary.mean);
//! assert_eq!(recall, Some(1.0));
//! # Ok::<(), confidant::Error>(())
//! ```

mod baskets;
#[cfg(test)]
mod cases;
mod dataset;
mod hits;
mod lists;
mod sessions;
mod split;
mod summary;
#[cfg(test)]
mod twin;

pub use baskets::{Basket, NextBasket, baskets, leave_first_basket_after, leave_last_basket};
pub use dataset::{Asked, Dataset, Trained};
pub use hits::Hits;
pub use lists::{Exposure, average_popularity, intra_list_diversity, novelty};
pub use sessions::{Session, sessions, split_by_last_days, split_sessions};
pub use split::{Interaction, StrongSplit, Trial, hold_out_customers, split_by_time};
pub use summary::{Interval, Summary, bootstrap};
