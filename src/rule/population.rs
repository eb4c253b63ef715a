//! Provisional: what was found about everybody.

use std::sync::Arc;

use super::clusters::Clusters;
use super::ranking::Standing;
use crate::types::Identifier;

/// What was found about everybody, as of an instant.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Population {
    version: u64,
}

impl Population {
    /// What stands for rules that are evaluated against this.
    pub(crate) fn stamp(&self, rules: u64) -> u64 {
        match self.version {
            0 => rules,
            version => crate::numeric::fingerprint(rules, &version.to_le_bytes()),
        }
    }

    /// Whether somebody with this figure has this place in a ranking, in a group if it has
    /// any; none if nothing was found about that ranking or group.
    pub(crate) fn stands(
        &self,
        _ranking: &str,
        _standing: Standing,
        _figure: i64,
        _who: &Identifier,
        _group: Option<&str>,
    ) -> Option<bool> {
        None
    }

    /// The clusters of a clustering.
    pub(crate) fn clusters(&self, _clustering: &Arc<str>) -> Option<&Clusters> {
        None
    }
}
