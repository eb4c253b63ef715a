//! Provisional.
use serde::{Deserialize, Serialize};
/// P
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Clusters;
impl Clusters {
    pub(crate) fn nearest(&self, _features: &[f64]) -> u32 {
        0
    }
}
