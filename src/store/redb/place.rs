//! Where the file lies, and how it comes to lie there: whole, or not at all.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use redb::{Database, ReadableDatabase};

use super::file::{Found, fill, look};
use super::trouble::{Trouble, foreign, guarded, of_file};

type Open = dyn Fn(&Path) -> Result<Database, Trouble> + Send + Sync;

/// The path of a file, and how redb opens or makes one there.
pub(super) struct Place {
    path: PathBuf,
    open: Box<Open>,
}

impl Place {
    pub(super) fn new(path: &Path, open: Box<Open>) -> Self {
        Self { path: path.into(), open }
    }

    /// Opens the file, or makes it where nothing is. One that is not ours is left as it is.
    pub(super) fn open(&self) -> Result<Database, Trouble> {
        if self.path.exists() { self.open_present() } else { self.make() }
    }

    /// Opens the file that is there.
    pub(super) fn open_present(&self) -> Result<Database, Trouble> {
        let file = fs::metadata(&self.path).map_err(of_file)?;
        if file.is_file() && file.len() == 0 {
            // redb would take it for a new one, and all that was in it may be gone.
            return Err(foreign());
        }
        let database = guarded(|| (self.open)(&self.path))?;
        if let Found::Empty = look(&database.begin_read()?)? {
            fill(&database, None)?;
        }
        // What a crash left over; the lock on the file says that nobody is at it.
        remove(&self.beside())?;
        Ok(database)
    }

    /// Makes the file. The lock keeps out whoever would make it too.
    fn make(&self) -> Result<Database, Trouble> {
        let directory = self.directory().map_err(of_file)?;
        if let Some(directory) = &directory {
            // A file system that knows no such locks does without.
            _ = directory.lock();
        }
        if self.path.exists() {
            drop(directory);
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
            // A name is safe once its directory is.
            if let Some(directory) = self.directory().map_err(of_file)? {
                directory.sync_all().map_err(of_file)?;
            }
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

    /// The directory that the file is in, where a directory is a file.
    fn directory(&self) -> std::io::Result<Option<File>> {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if cfg!(unix) { File::open(parent.unwrap_or(Path::new("."))).map(Some) } else { Ok(None) }
    }
}

fn remove(path: &Path) -> Result<(), Trouble> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(of_file(error)),
        _ => Ok(()),
    }
}
