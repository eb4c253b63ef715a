//! Compaction: what is kept goes into a new file, which takes the place of the old one.
//! redb moves pages about in its own file, and leaves in free ones what was erased.

use std::sync::PoisonError;

use super::{RedbStore, drop_guarded, file, snapshots};
use crate::error::{Error, Result};

impl RedbStore {
    /// Writes everything that is kept to a new file beside the present one, and puts it in
    /// its place. After it no file of the store holds a byte of what was erased before,
    /// and the file is as small as it can be. It takes about as long as it takes to copy
    /// the file, and as much room; reading goes on meanwhile, committing waits.
    ///
    /// A crash leaves the old file or the new one, whole. What the file system keeps of a
    /// file that is gone, and copies elsewhere, are beyond it.
    ///
    /// # Errors
    /// The new file could not be written; the store goes on with the old one. Or the store
    /// was not opened by a path.
    pub fn compact(&self) -> Result<()> {
        let Some(place) = &self.place else {
            return Err(Error::configuration(
                "the store was not opened by a path: expected one that was, to compact it",
            ));
        };
        let _alone = self.alone();
        let (database, entries) = self.with(|file| {
            let view = self.read_view();
            let old = view.entries()?;
            let database = place.replace(|new| {
                file::fill(new, Some((old, &view.pending)))?;
                snapshots::copy(file, new)
            })?;
            let entries = file::entries(&database)?;
            Ok((database, entries))
        })?;
        let mut present = self.file.write().unwrap_or_else(PoisonError::into_inner);
        self.write_view().replaced(entries);
        drop_guarded(present.replace(database));
        Ok(())
    }
}
