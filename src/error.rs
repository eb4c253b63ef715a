//! What can go wrong: one opaque [`Error`] with a small [`ErrorKind`]. A message
//! speaks of what the caller gave and what would be right; it never holds a
//! customer's data.

use std::borrow::Cow;
use std::sync::Arc;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error: cheap to clone, opaque, with a [`kind`](Error::kind) to branch on.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    field: Option<&'static str>,
    message: Cow<'static, str>,
    #[source]
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// What an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An event, a request or a line was refused; nothing of it was kept.
    InvalidInput,
    /// What the host configured cannot work: a rule, an action, a parameter.
    InvalidConfiguration,
    /// An identifier is already in use by another customer.
    IdentityConflict,
    /// The store could not be read or written.
    Store,
    /// Another writer changed the same customer first, too many times in a row.
    Conflict,
    /// Stored bytes are damaged.
    Corrupt,
    /// A file or a value is none of this crate's, or was written by a newer version.
    Incompatible,
    /// The store is open elsewhere, and can only be open once.
    InUse,
    /// There is no room left.
    Full,
    /// The store may not be read or written: permissions, or a read-only place.
    Denied,
}

impl Error {
    pub(crate) fn input(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field), ..Self::new(ErrorKind::InvalidInput, message) }
    }

    pub(crate) fn configuration(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidConfiguration, message)
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, field: None, message: message.into(), source: None }
    }

    /// An error of a host's own [`Store`](crate::Store), with what caused it.
    pub fn store(
        message: impl Into<Cow<'static, str>>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self { source: Some(Arc::new(source)), ..Self::new(ErrorKind::Store, message) }
    }

    /// The same, of another kind.
    #[must_use]
    pub fn of_kind(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// What this error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The field that was wrong, where the error is about one.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        self.field
    }
}
