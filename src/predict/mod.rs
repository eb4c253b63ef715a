//! How likely a customer is to respond.

mod prediction;
mod propensity;

pub use prediction::{Predicted, Prediction, Predictions};
pub(crate) use propensity::{Prior, Propensity};
