//! What can go wrong with the file, in words that say what to do.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, ErrorKind};

/// An error of the file. After one it is closed and opened anew.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) error: Error,
    /// Whether it only follows from an earlier one, and nothing was tried.
    pub(super) stale: bool,
}

/// redb takes some damage for a fault of its own and panics. Nobody above shall.
pub(super) fn guarded<T>(act: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|_| {
        let error = Error::new(ErrorKind::Corrupt, DAMAGED);
        Err(Trouble { error, stale: false })
    })
}

const DAMAGED: &str = "the store's file is damaged: restore it from a backup";

impl<E: Into<redb::Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        use redb::Error as E;
        let error = error.into();
        let stale = matches!(
            error,
            E::PreviousIo | E::DatabaseClosed | E::LockPoisoned(_) | E::TransactionPoisoned
        );
        let (kind, message) = match &error {
            E::DatabaseAlreadyOpen | E::LockProtocolMismatch => (
                ErrorKind::InUse,
                "the store's file is open already, here or in another process: close it there, \
                 or share one `RedbStore` in an `Arc`",
            ),
            E::Corrupted(_) => (ErrorKind::Corrupt, DAMAGED),
            E::UpgradeRequired(_)
            | E::TableTypeMismatch { .. }
            | E::TableIsMultimap(_)
            | E::TypeDefinitionChanged { .. } => (ErrorKind::Incompatible, FOREIGN),
            E::Io(error) => of_io(error),
            _ => (ErrorKind::Store, "the store's file cannot be used"),
        };
        Self { error: Error::store(message, error).of_kind(kind), stale }
    }
}

const FOREIGN: &str =
    "the file is not a store of this crate: expected one that it made, or a path where nothing is";

const NEWER: &str = "the file was written by a newer version of this crate: use that one";

/// A file of somebody else.
pub(super) fn foreign() -> Trouble {
    Trouble { error: Error::new(ErrorKind::Incompatible, FOREIGN), stale: false }
}

/// A file of a form that came later.
pub(super) fn newer() -> Trouble {
    Trouble { error: Error::new(ErrorKind::Incompatible, NEWER), stale: false }
}

/// An error of the file system.
pub(super) fn of_file(error: io::Error) -> Trouble {
    redb::Error::Io(error).into()
}

fn of_io(error: &io::Error) -> (ErrorKind, &'static str) {
    use io::ErrorKind as Io;
    match error.kind() {
        Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge => (
            ErrorKind::Full,
            "there is no room left for the store's file: make room, and try again",
        ),
        Io::PermissionDenied | Io::ReadOnlyFilesystem => (
            ErrorKind::Denied,
            "the store's file cannot be written: allow this process to read and write it and \
             its directory",
        ),
        Io::NotFound | Io::NotADirectory => (
            ErrorKind::InvalidConfiguration,
            "the store's file or its directory is not there: make the directory, or bring the \
             file back",
        ),
        Io::IsADirectory => (
            ErrorKind::InvalidConfiguration,
            "the path of the store's file is a directory: expected that of a file",
        ),
        Io::InvalidData => (ErrorKind::Incompatible, FOREIGN),
        Io::UnexpectedEof => (ErrorKind::Corrupt, DAMAGED),
        _ => (ErrorKind::Store, "the store's file cannot be read or written"),
    }
}
