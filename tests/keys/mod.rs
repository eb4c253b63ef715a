//! A key store such as a host would write, over a map.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use confidant::{Error, KeyStore, Result, SecretKey};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The keys of all partitions, which outlive the store over which they are used.
#[derive(Debug, Clone)]
pub struct Ring(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keys: Mutex<BTreeMap<Vec<u8>, SecretKey>>,
    /// A test wants the same keys each time; a host asks the operating system.
    chance: Mutex<StdRng>,
    /// How often a key can be destroyed before that fails.
    destroys: AtomicUsize,
}

impl Ring {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Inner {
            keys: Mutex::default(),
            chance: Mutex::new(StdRng::seed_from_u64(seed)),
            destroys: AtomicUsize::new(usize::MAX),
        }))
    }

    /// From now on, so many keys can be destroyed.
    pub fn fails_after(&self, destroys: usize) {
        self.0.destroys.store(destroys, Ordering::Relaxed);
    }

    /// Everything that is in it.
    pub fn contents(&self) -> Vec<(Vec<u8>, SecretKey)> {
        let keys = self.0.keys.lock().unwrap();
        keys.iter().map(|(partition, key)| (partition.clone(), key.clone())).collect()
    }

    /// Gives a partition the key of another.
    pub fn mix_up(&self, partition: &[u8], other: &[u8]) {
        let mut keys = self.0.keys.lock().unwrap();
        let key = keys[other].clone();
        keys.insert(partition.to_vec(), key);
    }
}

impl KeyStore for Ring {
    fn find(&self, partition: &[u8]) -> Result<Option<SecretKey>> {
        Ok(self.0.keys.lock().unwrap().get(partition).cloned())
    }

    fn named(&self, name: [u8; 16]) -> Result<Option<SecretKey>> {
        let keys = self.0.keys.lock().unwrap();
        Ok(keys.values().find(|key| key.name() == name).cloned())
    }

    fn create(&self, partition: &[u8]) -> Result<SecretKey> {
        let mut keys = self.0.keys.lock().unwrap();
        let new = || {
            let mut bytes = [0; 32];
            self.0.chance.lock().unwrap().fill_bytes(&mut bytes);
            SecretKey::from_bytes(bytes)
        };
        Ok(keys.entry(partition.to_vec()).or_insert_with(new).clone())
    }

    fn destroy(&self, name: [u8; 16]) -> Result<()> {
        let one_less = |left: usize| left.checked_sub(1);
        if self.0.destroys.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_err() {
            return Err(Error::store("cut off", std::io::Error::other("power")));
        }
        self.0.keys.lock().unwrap().retain(|_, key| key.name() != name);
        Ok(())
    }
}
