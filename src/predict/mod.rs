//! How likely a customer is to respond.

mod propensity;

pub(crate) use propensity::{Prior, Propensity};
