//! The durable store: an engine that loads, decides and commits, beside redb itself that
//! reads a record and puts it back, with the same bytes and the same durability; and
//! reading.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

mod made;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use confidant::{
    Channel, Durability, Engine, Key, Load, RedbStore, Request, Store, Stored, minutes,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use redb::{Database, ReadableDatabase, TableDefinition};

const CUSTOMERS: u32 = 50_000;
const EVENTS: u32 = 20;
const MANY: usize = 100;

/// Files that go away.
struct Files(PathBuf);

impl Files {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("confidant-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

fn customer(n: u32) -> String {
    format!("customer-{n:06}")
}

/// Many customers in a file.
fn filled(path: &Path) -> (Arc<RedbStore>, Engine) {
    let store = Arc::new(RedbStore::open(path).unwrap());
    let engine = made::engine(10, 10).unwrap().store(Arc::clone(&store)).build().unwrap();
    for first in (0..CUSTOMERS).step_by(1000) {
        let some: Vec<u32> = (first..first + 1000).collect();
        _ = engine.record_all(made::NOW, some.iter().map(|n| made::consent(&customer(*n))));
        let events = some.iter().flat_map(|n| made::events(&customer(*n), EVENTS, (*n).into()));
        _ = engine.record_all(made::NOW, events);
    }
    store.commit(&[], Durability::Durable).unwrap();
    (store, engine)
}

const RAW: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("raw");

/// The same entries in a file of redb's own, as a host would put them there.
fn raw(path: &Path, entries: &[(Key, Stored)]) -> Database {
    let database = Database::create(path).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut table = transaction.open_table(RAW).unwrap();
        for (key, stored) in entries {
            table.insert(raw_key(key).as_slice(), raw_value(stored).as_slice()).unwrap();
        }
    }
    transaction.commit().unwrap();
    database
}

fn raw_key(key: &Key) -> Vec<u8> {
    [key.partition(), &key.part().to_be_bytes()].concat()
}

fn raw_value(stored: &Stored) -> Vec<u8> {
    [&stored.version.to_bytes()[..], &stored.bytes].concat()
}

/// How much may wait in memory, in bytes, for both.
const WAITING: usize = 32 << 20;

/// Reads records and puts them back, changed in one byte, in one transaction. Buffered
/// ones are made durable as soon as there are as many bytes of them as the store keeps.
fn put(database: &Database, keys: &[&[u8]], durable: bool, waiting: &Cell<usize>) {
    let mut transaction = database.begin_write().unwrap();
    if !durable && waiting.get() < WAITING {
        transaction.set_durability(redb::Durability::None).unwrap();
    } else {
        waiting.set(0);
    }
    {
        let mut table = transaction.open_table(RAW).unwrap();
        for key in keys {
            let mut value =
                redb::ReadableTable::get(&table, *key).unwrap().unwrap().value().to_vec();
            if let Some(byte) = value.first_mut() {
                *byte = byte.wrapping_add(1);
            }
            waiting.set(waiting.get() + key.len() + value.len());
            table.insert(*key, value.as_slice()).unwrap();
        }
    }
    transaction.commit().unwrap();
}

fn all(store: &RedbStore) -> Vec<(Key, Stored)> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.scan(after.as_ref(), 1000).unwrap();
        after = page.last().map(|(key, _)| key.clone());
        let last = page.len() < 1000;
        all.extend(page);
        if last {
            return all;
        }
    }
}

fn store(c: &mut Criterion) {
    let files = Files::new();
    let (store, engine) = filled(&files.0.join("customers"));
    let entries = all(&store);
    let bytes: usize = entries.iter().map(|(_, stored)| stored.bytes.len()).sum();
    println!("{} entries of {} bytes on average", entries.len(), bytes / entries.len());
    let database = raw(&files.0.join("raw"), &entries);
    // Heads only: what an engine writes when it decides.
    let keys: Vec<Vec<u8>> =
        entries.iter().filter(|(key, _)| key.part() == 0).map(|(key, _)| raw_key(key)).collect();
    let mut rng = StdRng::seed_from_u64(1);
    let mut key = || keys.get(rng.random_range(0..keys.len())).unwrap().as_slice();
    let mut others = StdRng::seed_from_u64(2);
    let at = Cell::new(made::NOW);
    let mut request = |channel: &Channel| {
        at.set(at.get() + minutes(1));
        Request::new(customer(others.random_range(0..CUSTOMERS)), channel.clone(), at.get())
    };
    let waiting = Cell::new(0);
    for (name, durable, channel) in
        [("durable", true, Channel::Email), ("buffered", false, Channel::Web)]
    {
        let mut group = c.benchmark_group(format!("store/{name}"));
        group.sample_size(20).throughput(Throughput::Elements(1));
        group.bench_function("one/redb_get_put", |b| {
            b.iter(|| put(&database, &[key()], durable, &waiting))
        });
        group.bench_function("one/engine_decide", |b| {
            b.iter(|| engine.decide(&request(&channel)).unwrap());
        });
        group.throughput(Throughput::Elements(MANY as u64));
        group.bench_function("hundred/redb_get_put", |b| {
            b.iter(|| {
                let keys: Vec<&[u8]> = (0..MANY).map(|_| key()).collect();
                put(&database, &keys, durable, &waiting);
            });
        });
        group.bench_function("hundred/engine_decide_all", |b| {
            b.iter(|| {
                let requests: Vec<Request> = (0..MANY).map(|_| request(&channel)).collect();
                engine.decide_all(&requests).unwrap()
            });
        });
        group.finish();
    }
    let mut group = c.benchmark_group("store/read");
    group.throughput(Throughput::Elements(1));
    let transaction = database.begin_read().unwrap();
    let table = transaction.open_table(RAW).unwrap();
    group.bench_function("redb_get", |b| {
        b.iter(|| table.get(key()).unwrap().unwrap().value().to_vec());
    });
    let mut rng = StdRng::seed_from_u64(3);
    let ids: Vec<confidant::Identifier> =
        (0..CUSTOMERS).map(|n| customer(n).as_str().into()).collect();
    let addresses: Vec<Key> = ids.iter().map(|id| engine.key(id)).collect();
    let mut place = || rng.random_range(0..ids.len());
    group.bench_function("store_read", |b| {
        b.iter(|| store.read(std::slice::from_ref(addresses.get(place()).unwrap())).unwrap());
    });
    group.bench_function("read_and_decode", |b| {
        b.iter(|| {
            let n = place();
            let address = addresses.get(n).unwrap();
            let found = store.read(std::slice::from_ref(address)).unwrap().pop().flatten();
            let load = engine.load(ids.get(n).unwrap(), found).unwrap();
            assert!(matches!(load, Load::Customer(_)));
        });
    });
    group.finish();
}

criterion_group!(benches, store);
criterion_main!(benches);
