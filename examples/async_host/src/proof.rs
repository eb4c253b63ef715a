//! The database, proven with the kit that proves stores; and the show, once through.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::Parser;
use confidant::conformance::{self, Builder};
use confidant::{Error, Result, Store};
use tokio::runtime::Runtime;

use crate::blocking::{Blocking, failed};
use crate::sqlite::Sqlite;
use crate::{Arguments, remove};

/// A file that goes away, and what runs its client.
struct Guard(PathBuf, Runtime);

impl Guard {
    fn open(&self) -> Result<Box<dyn Store>> {
        let database = self.1.block_on(Sqlite::open(&self.0)).map_err(failed)?;
        Ok(Box::new(Blocking { runtime: self.1.handle().clone(), database }))
    }
}

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
        let runtime = Runtime::new().map_err(|error| Error::store("no runtime", error))?;
        let guard = Guard(std::env::temp_dir().join(name), runtime);
        let store = guard.open()?;
        Ok((guard, store))
    }

    fn reopen(&self, guard: &Guard) -> Result<Option<Box<dyn Store>>> {
        guard.open().map(Some)
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
