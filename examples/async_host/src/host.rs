//! The host: it reads and commits over its own client, and leaves to the engine what to
//! read, what to write, and what to answer. [`record`](Host::record) and
//! [`decide`](Host::decide) are what you would copy.

use std::sync::Arc;

use confidant::{
    Changes, Decision, Engine, ErrorKind, Event, Identifier, Key, Load, Loaded, Recorded, Request,
    Timestamp,
};

use crate::Result;
use crate::backoff::Backoff;
use crate::sqlite::Sqlite;

pub(crate) struct Host {
    /// Over the same database, for what it does by itself.
    pub(crate) engine: Arc<Engine>,
    pub(crate) database: Sqlite,
}

impl Host {
    /// Records an event: load, record, commit; after a conflict wait a little and load
    /// again, for somebody else has changed the customer.
    pub(crate) async fn record(
        &self,
        now: Timestamp,
        event: &Event,
        backoff: &mut Backoff,
    ) -> Result<Recorded> {
        backoff.begin();
        loop {
            let keys = |loaded: &Loaded| loaded.keys_to_record(event);
            if let Some(mut loaded) = self.load(event.customer(), now, keys).await? {
                let (recorded, changes) = self.engine.record_loaded(now, event, &mut loaded)?;
                if self.commit(changes).await?.is_none() {
                    return Ok(recorded);
                }
            }
            wait(backoff).await?;
        }
    }

    /// Records a link. It moves what is kept of several identifiers, so the engine does it
    /// over its own store, on a thread that may wait.
    pub(crate) async fn link(&self, now: Timestamp, link: Event) -> Result<Recorded> {
        let engine = self.engine.clone();
        Ok(tokio::task::spawn_blocking(move || engine.record(now, link)).await??)
    }

    /// Decides, at the request's `now`: load the customer and what is left of the volumes, decide, commit; after a
    /// conflict wait a little and ask again. Nobody is told before the commit.
    pub(crate) async fn decide(
        &self,
        request: &Request,
        now: Timestamp,
        backoff: &mut Backoff,
    ) -> Result<Decision> {
        backoff.begin();
        loop {
            if let Some(loaded) = self.load(request.customer(), now, Loaded::keys_to_decide).await?
            {
                let volumes = self.database.read(self.engine.volume_keys()).await?;
                let (decision, changes) = self.engine.decide_loaded(request, loaded, &volumes)?;
                if self.commit(changes).await?.is_none() {
                    return Ok(decision);
                }
            }
            wait(backoff).await?;
        }
    }

    /// Loads a customer, and what else of the record is asked for; nothing, if that was
    /// written anew in between, or links were left half-done.
    async fn load(
        &self,
        customer: &Identifier,
        now: Timestamp,
        keys: impl Fn(&Loaded) -> Vec<Key>,
    ) -> Result<Option<Box<Loaded>>> {
        let mut customer = customer.clone();
        loop {
            let found = self.database.read(vec![self.engine.key(&customer)]).await?;
            let mut loaded = match self.engine.load(&customer, found.into_iter().next().flatten()) {
                Ok(Load::Customer(loaded)) => loaded,
                Ok(Load::Elsewhere(other)) => {
                    customer = other;
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    let engine = self.engine.clone();
                    let settle = move || engine.settle(customer, now);
                    tokio::task::spawn_blocking(settle).await??;
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            };
            let keys = keys(&loaded);
            let found = self.database.read(keys.clone()).await?;
            return match loaded.add(&keys, found) {
                Ok(()) => Ok(Some(loaded)),
                Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
                Err(error) => Err(error.into()),
            };
        }
    }

    /// Commits changes and makes them known to the engine; or says which batch met with a
    /// conflict, and nothing happened.
    async fn commit(&self, changes: Changes) -> Result<Option<usize>> {
        let batches = changes.batches().to_vec();
        if !batches.is_empty()
            && let Some(place) = self.database.commit(batches, changes.durability()).await?
        {
            return Ok(Some(place));
        }
        self.engine.acknowledge(changes);
        Ok(None)
    }
}

async fn wait(backoff: &mut Backoff) -> Result<()> {
    let time = backoff.next().ok_or("others keep changing the same customer")?;
    tokio::time::sleep(time).await;
    Ok(())
}
