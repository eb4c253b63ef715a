//! Provisional.
use serde::{Deserialize, Serialize};

/// Where a customer is in the life of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// N
    New,
    /// A
    Active,
    /// G
    Growing,
    /// D
    Declining,
    /// A
    AtRisk,
    /// L
    Lapsed,
    /// W
    WonBack,
}

/// P
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lifecycle {}

impl Lifecycle {
    pub(crate) fn check(&self) -> crate::error::Result<()> {
        Ok(())
    }
}

pub(crate) fn stage(_orders: &[i64], _now: i64, _lifecycle: &Lifecycle) -> Option<(Stage, i64)> {
    None
}
