//! Where the file lies, and how it comes to lie there: whole, or not at all.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use redb::{Database, DatabaseError, ReadOnlyDatabase, ReadableDatabase};

use super::file::{Found, fill, look};
use super::trouble::{Trouble, guarded, of_file};

type Open = dyn Fn(&Path) -> Result<Database, DatabaseError> + Send + Sync;

/// The path of a file, and how redb opens or makes one there.
pub(super) struct Place {
    path: PathBuf,
    open: Box<Open>,
}

/// By hand: a path may tell of a customer.
impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Place(..)")
    }
}

impl Place {
    pub(super) fn new(path: &Path, open: Box<Open>) -> Self {
        Self { path: path.into(), open }
    }

    /// Opens the file, or makes it. One that is not ours is left as it is.
    pub(super) fn open(&self) -> Result<Database, Trouble> {
        match fs::metadata(&self.path) {
            Ok(file) if file.len() > 0 || !file.is_file() => self.open_present(),
            _ => self.make(),
        }
    }

    fn open_present(&self) -> Result<Database, Trouble> {
        self.look_first()?;
        let database = guarded(|| Ok((self.open)(&self.path)?))?;
        if let Found::Empty = look(&database.begin_read()?)? {
            fill(&database, None)?;
        }
        // What a crash left over; the lock on the file says that nobody is at it.
        remove(&self.beside())?;
        Ok(database)
    }

    /// Looks whose file it is, before anything is written to it. One that was not closed
    /// cannot be looked at before redb mended it, which changes nothing that it holds; and
    /// damage is for the real opening to find.
    fn look_first(&self) -> Result<(), Trouble> {
        let looked = guarded(|| {
            let database = match ReadOnlyDatabase::open(&self.path) {
                Err(DatabaseError::RepairAborted) => return Ok(None),
                database => database?,
            };
            Ok(Some(look(&database.begin_read()?)?))
        });
        match looked {
            Err(trouble) if trouble.error.kind() == crate::ErrorKind::Corrupt => Ok(()),
            looked => looked.map(|_| ()),
        }
    }

    /// Makes the file. The lock keeps out whoever would make it too.
    fn make(&self) -> Result<Database, Trouble> {
        let options = File::options().read(true).write(true).create(true).truncate(false).clone();
        let lock = options.open(&self.path).map_err(of_file)?;
        if lock.try_lock().is_err() {
            return Err(DatabaseError::DatabaseAlreadyOpen.into());
        }
        if fs::metadata(&self.path).is_ok_and(|file| file.len() > 0) {
            drop(lock);
            return self.open_present();
        }
        self.replace(|file| fill(file, None))
    }

    /// Makes a new file beside the present one, fills it, and puts it in its place, so that
    /// a crash at any moment leaves one of them, whole.
    pub(super) fn replace(
        &self,
        fill: impl FnOnce(&Database) -> Result<(), Trouble>,
    ) -> Result<Database, Trouble> {
        let beside = self.beside();
        remove(&beside)?;
        let made = guarded(|| {
            let database = (self.open)(&beside)?;
            fill(&database)?;
            fs::rename(&beside, &self.path).map_err(of_file)?;
            sync_directory(&self.path).map_err(of_file)?;
            Ok(database)
        });
        if made.is_err() {
            _ = remove(&beside);
        }
        made
    }

    fn beside(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        name.into()
    }
}

fn remove(path: &Path) -> Result<(), Trouble> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(of_file(error)),
        _ => Ok(()),
    }
}

/// A name is safe once its directory is.
fn sync_directory(path: &Path) -> std::io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if cfg!(unix) { File::open(directory.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}
