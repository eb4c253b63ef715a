//! Verifying all of a file, down to each value.

use std::sync::PoisonError;

use super::trouble::{Trouble, guarded};
use super::{RedbStore, file};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Durability, Key, Store, decode};

impl RedbStore {
    /// Reads the whole file and verifies it: every page, every value. The keys are
    /// those whose values are damaged; none, if all is well. An engine refuses to be
    /// built over a damaged value: bring it back from a backup, or erase it under its key.
    /// Everything that was buffered is durable afterwards; reading and committing wait
    /// meanwhile.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt): the file itself is damaged. Or it cannot be read.
    pub fn check(&self) -> Result<Vec<Key>> {
        self.commit(&[], Durability::Durable)?;
        let _alone = self.alone();
        self.check_pages()?;
        let (mut damaged, mut after) = (Vec::new(), None);
        loop {
            let page = self.scan(after.as_ref(), PAGE)?;
            let bad = page.iter().filter(|(key, stored)| decode(key, &stored.bytes).is_err());
            damaged.extend(bad.map(|(key, _)| key.clone()));
            after = page.last().map(|(key, _)| key.clone());
            if page.len() < PAGE {
                return Ok(damaged);
            }
        }
    }

    fn check_pages(&self) -> Result<()> {
        drop(self.opened()?);
        let mut present = self.file.write().unwrap_or_else(PoisonError::into_inner);
        // redb checks only while nobody reads.
        self.write_view().closed();
        let checked = match present.as_mut() {
            Some(database) => guarded(|| {
                let whole = database.check_integrity()?;
                self.write_view().reopened(file::entries(database)?)?;
                if whole { Ok(()) } else { Err(mended()) }
            }),
            None => Ok(()),
        };
        checked.map_err(|trouble| {
            self.close_now(&mut present);
            trouble.error
        })
    }
}

/// How many values are looked at at a time.
const PAGE: usize = 1000;

fn mended() -> Trouble {
    let error = Error::new(
        ErrorKind::Corrupt,
        "the store's file was damaged; what could be mended was, and the last changes may be \
         lost: compare it with a backup",
    );
    Trouble { error, stale: false }
}
