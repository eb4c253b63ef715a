//! Which kinds of behaviour a question is about.

use super::Kind;

/// Kinds of behaviour: one, several, or any.
#[derive(Debug, Clone, PartialEq)]
pub struct Kinds(Vec<Kind>);

impl Kinds {
    /// Any kind of dealing with the host. What customers post, and what their devices report,
    /// is none: it is meant only where it is named.
    #[must_use]
    pub fn any() -> Self {
        Self(Vec::new())
    }

    /// The kinds; none for any.
    pub(crate) fn as_slice(&self) -> &[Kind] {
        &self.0
    }

    /// The same.
    pub(crate) fn into_vec(self) -> Vec<Kind> {
        self.0
    }
}

impl From<Kind> for Kinds {
    fn from(kind: Kind) -> Self {
        Self(vec![kind])
    }
}

impl<const N: usize> From<[Kind; N]> for Kinds {
    fn from(kinds: [Kind; N]) -> Self {
        Self(kinds.into())
    }
}
