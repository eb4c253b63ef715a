//! Volumes: how often an action can be given in all. A unit is taken before the customer
//! is told, so a crash may leave one over, and never overdraws.

use super::load::Changes;
use super::{Engine, Setup};
use crate::decide::Request;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Batch, Durability, Entry, Key, Spent, Stored, Version, decode, encode_spent};
use crate::types::ActionId;

/// How much of an action's volume was given, with the version that was read.
#[derive(Debug)]
pub(super) struct Volume {
    pub(super) place: usize,
    key: Key,
    most: u64,
    spent: u64,
    version: Option<Version>,
}

impl Volume {
    pub(super) fn left(&self) -> u64 {
        self.most.saturating_sub(self.spent)
    }
}

impl Setup {
    /// The places of the actions that have a volume.
    pub(super) fn limited(&self) -> impl Iterator<Item = usize> {
        let actions = self.policy.actions.iter().enumerate();
        actions.filter(|(_, ready)| ready.action.volume.is_some()).map(|(place, _)| place)
    }

    pub(super) fn is_limited(&self, place: usize) -> bool {
        self.policy.actions.get(place).is_some_and(|ready| ready.action.volume.is_some())
    }

    fn volume_keys(&self) -> Vec<Key> {
        self.limited().filter_map(|place| self.volume_key(place).ok()).collect()
    }

    fn volume_key(&self, place: usize) -> Result<Key> {
        let action = self.policy.actions.get(place).map(|ready| ready.action.id());
        action.map(volume_key).ok_or_else(|| Error::configuration("no such action"))
    }

    /// Reads what was found under each volume key.
    pub(super) fn volumes(&self, found: &[Option<Stored>]) -> Result<Vec<Volume>> {
        let limited: Vec<usize> = self.limited().collect();
        if limited.len() != found.len() {
            return Err(Error::input("volumes", "expected what was found under each volume key"));
        }
        let read = |(place, found): (usize, &Option<Stored>)| {
            let key = self.volume_key(place)?;
            let most = self.policy.actions.get(place).and_then(|ready| ready.action.volume);
            let most = most.unwrap_or(u64::MAX);
            let Some(stored) = found else {
                return Ok(Volume { place, key, most, spent: 0, version: None });
            };
            match decode(&key, &stored.bytes)? {
                Entry::Spent(Spent { times: spent, .. }) => {
                    Ok(Volume { place, key, most, spent, version: Some(stored.version) })
                }
                _ => Err(Error::new(ErrorKind::Corrupt, "a key holds something else")),
            }
        };
        limited.into_iter().zip(found).map(read).collect()
    }
}

impl Engine {
    /// Where the volumes that actions have used up are kept, in the order in which
    /// [`decide_loaded`](Self::decide_loaded) wants them.
    #[must_use]
    pub fn volume_keys(&self) -> Vec<Key> {
        self.setup().volume_keys()
    }

    /// Reads the volumes from this engine's store.
    pub(super) fn fetch_volumes(&self, setup: &Setup) -> Result<Vec<Volume>> {
        let keys = setup.volume_keys();
        if keys.is_empty() { Ok(Vec::new()) } else { setup.volumes(&self.store.read(&keys)?) }
    }

    /// The batch that takes so many from a volume for a question.
    pub(super) fn take(&self, volume: &Volume, times: u64, question: u64) -> Result<Batch> {
        self.set(volume, Spent { times: volume.spent.saturating_add(times), question })
    }

    /// Takes a unit of a volume for a question; false at a conflict.
    pub(super) fn take_one(&self, volume: &Volume, request: &Request) -> Result<bool> {
        self.commit(durable(self.take(volume, 1, request.id())?))
    }

    fn set(&self, volume: &Volume, spent: Spent) -> Result<Batch> {
        let value = encode_spent(&volume.key, spent)?;
        Ok(self.one(volume.key.clone(), volume.version, Some(value)))
    }

    /// Puts back what was taken for a question and not given.
    pub(super) fn give_back(
        &self,
        setup: &Setup,
        place: usize,
        times: u64,
        question: u64,
    ) -> Result<()> {
        self.retrying(|| {
            let volumes = self.fetch_volumes(setup)?;
            let Some(volume) = volumes.iter().find(|volume| volume.place == place) else {
                return Ok(Some(()));
            };
            let times = volume.spent.saturating_sub(times);
            let batch = self.set(volume, Spent { times, question })?;
            Ok(self.commit(durable(batch))?.then_some(()))
        })
    }
}

fn volume_key(action: &ActionId) -> Key {
    Key::new([b"v", action.as_str().as_bytes()].concat(), 0)
}

/// What no crash may lose.
pub(super) fn durable(batch: Batch) -> Changes {
    Changes { batches: vec![batch], durability: Durability::Durable, effects: None }
}
