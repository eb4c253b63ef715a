//! The next best action for one customer, here, now, on this channel, and why. The
//! answer always comes; what is wrong with one action is a line of the receipt.
//!
//! An action passes four questions: can it be shown here and now, may it be (consent
//! and contact policy), does its condition hold, is it worth more than doing nothing.
//! Of those that pass, the best score wins, or, at the host's rate of exploration, any
//! of them. The score is `propensity x value x context weight x lever - contact cost`.

mod action;
mod arbitrate;
mod conclude;
mod consider;
mod contact;
mod expect;
mod groups;
mod models;
mod policy;
mod receipt;
mod request;

pub use action::{Action, Treatment};
pub(crate) use arbitrate::assign;
pub(crate) use consider::{Consideration, Known, Pick};
pub use contact::ContactPolicy;
pub(crate) use contact::Limits;
pub(crate) use expect::predictions;
pub(crate) use models::{Basis, Models};
pub(crate) use policy::Policy;
pub use receipt::{Chosen, Considered, Decision, Receipt, Score, Verdict};
pub use request::Request;
