//! The database, proven with the kit that proves stores; and the show, once through.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use clap::Parser;
use confidant::conformance::{self, Builder};
use confidant::{Batch, Commit, Durability, Error, Key, Result, Store, Stored};
use tokio::runtime::Runtime;

use crate::sqlite::Sqlite;
use crate::{Arguments, remove};

/// It waits where a host would do something else.
#[derive(Debug)]
struct Blocking {
    runtime: Runtime,
    database: Sqlite,
}

impl Blocking {
    fn open(file: &Path) -> Result<Self> {
        let runtime = Runtime::new().map_err(|error| Error::store("no runtime", error))?;
        let database = runtime.block_on(Sqlite::open(file)).map_err(failed)?;
        Ok(Self { runtime, database })
    }
}

fn failed(error: tokio_rusqlite::Error) -> Error {
    Error::store("the database failed", error)
}

impl Store for Blocking {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.runtime.block_on(self.database.read(keys.to_vec())).map_err(failed)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let commit = |batch: &Batch| {
            let commit = self.database.commit(vec![batch.clone()], durability);
            let conflict = self.runtime.block_on(commit).map_err(failed)?;
            Ok(conflict.map_or(Commit::Committed, |_| Commit::Conflict))
        };
        batches.iter().map(commit).collect()
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.runtime.block_on(self.database.scan(after.cloned(), limit)).map_err(failed)
    }
}

/// A file that goes away.
struct Guard(PathBuf);

impl Drop for Guard {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

struct InAFile;

impl Builder for InAFile {
    type Guard = Guard;

    fn build(&self) -> Result<(Guard, Box<dyn Store>)> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("confidant-proof-{}-{count}.sqlite", std::process::id());
        let guard = Guard(std::env::temp_dir().join(name));
        let store = Blocking::open(&guard.0)?;
        Ok((guard, Box::new(store)))
    }

    fn reopen(&self, guard: &Guard) -> Result<Option<Box<dyn Store>>> {
        Ok(Some(Box::new(Blocking::open(&guard.0)?)))
    }
}

#[test]
fn it_keeps_the_contract_of_stores() {
    let report = conformance::test_all(&InAFile);
    assert!(report.passed(), "{report}");
}

/// It checks by itself that nothing is lost and that limits hold.
#[tokio::test]
async fn many_tasks_lose_nothing() {
    let arguments = Arguments::parse_from(["async_host", "--tasks", "20", "--steps", "10"]);
    let outcome = crate::program(&arguments).await;
    assert!(outcome.is_ok(), "{outcome:?}");
}
