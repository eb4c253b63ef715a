//! A store over another one that shows nothing of what is in it, and forgets for good.
//!
//! Each partition has a key, and lies at a place that is named after the key. So what lies
//! there is lost with the key: nobody can tell any more whose it was. Who comes again gets
//! a new key, and with it a new place.

mod ends;
mod keys;
mod seal;

use std::fmt::{self, Debug};

use hashbrown::HashMap;

pub use self::keys::{KeyStore, SecretKey};

use self::ends::Ends;
use self::seal::{Opened, Seal};
use super::{Batch, Commit, Durability, Expected, Key, Store, Stored, Write};
use crate::error::{Error, ErrorKind, Result};

/// A store that keeps everything encrypted in another one, each partition under a key of its
/// own from the host's [`KeyStore`]. [`Engine::erase`](crate::Engine::erase) destroys the
/// customer's key, and those of the identifiers that lead to the customer: then no copy of
/// the data says anything of them any more, no backup and no page of a disk that was not yet
/// overwritten.
///
/// # What stays in the open
/// How many partitions there are, how many parts each has, how long each value is, and which
/// were written anew between two copies. No identifier, no text, and not which identifiers
/// belong together: partitions are named by their keys, so who has the data and guesses a
/// customer cannot try whether there is one. Memory is not encrypted.
///
/// # What is found out
/// A value that was changed, cut, or put in the place of another, is an error of kind
/// [`Corrupt`](ErrorKind::Corrupt), never an answer. What is not found out is a partition that
/// was taken away, or put back whole as it was before: nobody keeps what was last.
///
/// # Restoring a backup
/// A value whose key was destroyed is not there: reads give `None`, scans pass over it, and
/// who was erased can come again as a stranger, at another place. So a backup can be restored
/// as it is; whoever was erased since stays forgotten. For the same reason a wrong or an empty
/// key store makes everybody a stranger: keep the keys as safe as the data.
///
/// # Limits
/// The store underneath gets values that are longer by the partition and 40 bytes. Whoever
/// reads asks the key store for a key, so it should be near, or keep its keys in memory. A
/// store that has been used cannot be encrypted in place; copy it, each value as a
/// [`Batch`] of its own [version](Stored::version).
///
/// The cipher is AES-256-GCM-SIV (RFC 8452), as the crate `aes-gcm-siv` has it, in hardware
/// where there is any. The [design page](crate::_design) says more.
///
/// # Example
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// use confidant::{EncryptedStore, Engine, KeyStore, MemoryStore, Result, SecretKey};
/// # fn random() -> [u8; 32] { [7; 32] }
///
/// // Keys in memory; a host keeps them in a database or a key service of its own.
/// #[derive(Debug, Default)]
/// struct Keys(Mutex<HashMap<Vec<u8>, SecretKey>>);
///
/// impl KeyStore for Keys {
///     fn find(&self, partition: &[u8]) -> Result<Option<SecretKey>> {
///         Ok(self.0.lock().unwrap().get(partition).cloned())
///     }
///
///     fn named(&self, name: [u8; 16]) -> Result<Option<SecretKey>> {
///         Ok(self.0.lock().unwrap().values().find(|key| key.name() == name).cloned())
///     }
///
///     fn create(&self, partition: &[u8]) -> Result<SecretKey> {
///         // From the operating system: this crate has no randomness.
///         let new = || SecretKey::from_bytes(random());
///         Ok(self.0.lock().unwrap().entry(partition.to_vec()).or_insert_with(new).clone())
///     }
///
///     fn destroy(&self, name: [u8; 16]) -> Result<()> {
///         self.0.lock().unwrap().retain(|_, key| key.name() != name);
///         Ok(())
///     }
/// }
///
/// let store = EncryptedStore::new(MemoryStore::new(), Keys::default());
/// let engine = Engine::builder().store(store).build()?;
/// # Ok::<(), confidant::Error>(())
/// ```
pub struct EncryptedStore {
    store: Box<dyn Store>,
    keys: Box<dyn KeyStore>,
    ends: Ends,
}

/// By hand: nobody knows what a host's key store prints.
impl Debug for EncryptedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptedStore({:?})", self.store)
    }
}

/// The keys that a call has found: it asks once for each partition.
type Known<'a> = HashMap<&'a [u8], Option<Seal>>;

/// What a batch comes to.
enum Ready {
    /// There is nothing to send.
    Settled(Commit),
    /// It goes to the store underneath.
    Sent { creates: Option<[u8; 16]> },
}

impl EncryptedStore {
    /// A store over an empty one, or over one that was only ever written like this, with
    /// these keys.
    pub fn new(store: impl Store, keys: impl KeyStore) -> Self {
        Self { store: Box::new(store), keys: Box::new(keys), ends: Ends::default() }
    }

    fn find(&self, partition: &[u8]) -> Result<Option<Seal>> {
        Ok(self.keys.find(partition)?.map(|key| Seal::new(&key)))
    }

    /// The key of that name, if it was not destroyed.
    fn named(&self, name: [u8; 16]) -> Result<Option<Seal>> {
        Ok(self.keys.named(name)?.map(|key| Seal::new(&key)))
    }

    /// Opens what was found at a key's place. A partition that was being forgotten is
    /// forgotten first.
    fn open(&self, seal: &Seal, part: u32, stored: &Stored) -> Result<Option<(Key, Stored)>> {
        match seal.open(part, stored)? {
            Opened::Value(key, stored) => Ok(Some((key, stored))),
            Opened::Forgetting => self.destroy(seal, stored).map(|()| None),
        }
    }

    /// Destroys a key, and then takes the mark away that kept others from writing under it.
    /// A crash in between leaves a mark that nobody can read, nor comes upon.
    fn destroy(&self, seal: &Seal, mark: &Stored) -> Result<()> {
        self.keys.destroy(seal.name())?;
        let expected = Expected::Version(mark.version);
        let writes = vec![Write { key: seal.place(0), expected, value: None }];
        let batch = Batch { version: mark.version, writes };
        // A conflict: somebody else was faster.
        self.store.commit(&[batch], Durability::Buffered).map(|_| ())
    }

    /// The batch as it is sent, and what else there is to say of it.
    fn prepare<'a>(
        &self,
        batch: &'a Batch,
        known: &mut Known<'a>,
        sent: &mut Vec<Batch>,
    ) -> Result<Ready> {
        let Some(first) = batch.writes.first() else {
            return Ok(Ready::Settled(Commit::Committed));
        };
        let partition = first.key.partition();
        let updates = batch.writes.iter().any(|w| matches!(w.expected, Expected::Version(_)));
        let writes = batch.writes.iter().any(|write| write.value.is_some());
        let seal = match known.get_mut(partition) {
            Some(seal) => seal,
            None => known.entry(partition).insert(self.find(partition)?).into_mut(),
        };
        let seal = match seal {
            Some(seal) => seal,
            // Without a key nothing is there.
            None if updates => return Ok(Ready::Settled(Commit::Conflict)),
            None if !writes => return Ok(Ready::Settled(Commit::Committed)),
            None => seal.insert(Seal::new(&self.keys.create(partition)?)),
        };
        let write = |write: &Write| {
            let Write { key, expected, value } = write;
            let expected = match expected {
                Expected::Version(version) => Expected::Version(seal.hidden(*version)),
                expected => *expected,
            };
            let value = value.as_deref().map(|value| seal.seal(key, batch.version, value));
            let value = value.transpose()?.map(|sealed| sealed.bytes);
            Ok(Write { key: seal.place(key.part()), expected, value })
        };
        let version = seal.hidden(batch.version);
        let all = batch.writes.iter().map(write).collect::<Result<_>>()?;
        sent.push(Batch { version, writes: all });
        Ok(Ready::Sent { creates: (writes && !updates).then(|| seal.name()) })
    }

    /// Takes back what was created under a key that was destroyed just before; false if it
    /// was not. What is not there any more was seen by others, who erased it since.
    fn take_back(&self, batch: &Batch, sent: &Batch, name: [u8; 16]) -> Result<bool> {
        let Some(first) = batch.writes.first() else { return Ok(false) };
        if self.find(first.key.partition())?.is_some_and(|seal| seal.name() == name) {
            return Ok(false);
        }
        let expected = Expected::Version(sent.version);
        let written = sent.writes.iter().filter(|write| write.value.is_some());
        let writes = written.map(|write| Write { key: write.key.clone(), expected, value: None });
        let back = Batch { version: sent.version, writes: writes.collect() };
        Ok(self.store.commit(&[back], Durability::Buffered)? == [Commit::Committed])
    }

    /// The place of a key at which a scan goes on.
    fn place(&self, after: &Key) -> Result<Key> {
        if let Some(place) = self.ends.place(after) {
            return Ok(place);
        }
        let seal = self.find(after.partition())?.ok_or_else(|| {
            Error::new(
                ErrorKind::Conflict,
                "the scan cannot go on after a partition that was forgotten: begin anew",
            )
        })?;
        Ok(seal.place(after.part()))
    }
}

impl Store for EncryptedStore {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let mut known = Known::new();
        for key in keys {
            if !known.contains_key(key.partition()) {
                known.insert(key.partition(), self.find(key.partition())?);
            }
        }
        let seal = |key: &Key| known.get(key.partition()).and_then(Option::as_ref);
        let places: Vec<Key> =
            keys.iter().filter_map(|key| Some(seal(key)?.place(key.part()))).collect();
        let mut found = self.store.read(&places)?.into_iter();
        let each = keys.iter().map(|key| {
            let Some(seal) = seal(key) else { return Ok(None) };
            let Some(stored) = found.next().flatten() else { return Ok(None) };
            match self.open(seal, key.part(), &stored)? {
                Some((whose, _)) if whose != *key => Err(mixed_up()),
                opened => Ok(opened.map(|(_, stored)| stored)),
            }
        });
        each.collect()
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        let (mut known, mut sent) = (Known::new(), Vec::with_capacity(batches.len()));
        let ready = batches.iter().map(|batch| self.prepare(batch, &mut known, &mut sent));
        let ready: Vec<Ready> = ready.collect::<Result<_>>()?;
        let outcomes = self.store.commit(&sent, durability)?;
        let mut sent = sent.iter().zip(outcomes);
        let each = batches.iter().zip(ready).map(|(batch, ready)| match ready {
            Ready::Settled(commit) => Ok(commit),
            Ready::Sent { creates } => match (sent.next(), creates) {
                (Some((sent, Commit::Committed)), Some(name)) => {
                    let gone = self.take_back(batch, sent, name)?;
                    Ok(if gone { Commit::Conflict } else { Commit::Committed })
                }
                (sent, _) => Ok(sent.map_or(Commit::Conflict, |(_, outcome)| outcome)),
            },
        });
        each.collect()
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        let mut from = after.map(|after| self.place(after)).transpose()?;
        let (mut found, mut end) = (Vec::new(), None);
        let mut last: Option<([u8; 16], Option<Seal>)> = None;
        while found.len() < limit {
            let wanted = limit - found.len();
            let page = self.store.scan(from.as_ref(), wanted)?;
            let whole = page.len() < wanted;
            for (place, stored) in page {
                let name = seal::name(&place)?;
                let seal = match last.take() {
                    Some((same, seal)) if same == name => seal,
                    _ => self.named(name)?,
                };
                let part = place.part();
                let opened =
                    seal.as_ref().map(|seal| self.open(seal, part, &stored)).transpose()?;
                if let Some((key, stored)) = opened.flatten() {
                    end = Some((key.clone(), place.clone()));
                    found.push((key, stored));
                }
                last = Some((name, seal));
                from = Some(place);
            }
            if whole {
                end = None;
                break;
            }
        }
        self.ends.turn(after, end);
        Ok(found)
    }

    /// Nothing may come to lie under a key that is being destroyed. So the head is marked
    /// first, if it is free; the mark keeps everybody out until the key is gone, and who
    /// finds it goes on from there.
    fn forget(&self, partition: &[u8]) -> Result<()> {
        let Some(seal) = self.find(partition)? else { return Ok(()) };
        let mark = seal.forgetting()?;
        let value = Some(mark.bytes.clone());
        let writes = vec![Write { key: seal.place(0), expected: Expected::Absent, value }];
        let batch = Batch { version: mark.version, writes };
        match self.store.commit(&[batch], Durability::Buffered)?.as_slice() {
            [Commit::Committed] => self.destroy(&seal, &mark),
            _ => Ok(()),
        }
    }
}

fn mixed_up() -> Error {
    Error::new(ErrorKind::Corrupt, "the key store gave the key of another partition")
}
