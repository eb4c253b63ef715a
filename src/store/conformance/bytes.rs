//! Keys and values are bytes, of any content and of the lengths that are promised.

use rand::Rng;

use super::super::Expected::Absent;
use super::super::{Key, Store, Stored};
use super::hand::{Contents, Hand, Verdict, batch, key, made_by, put, same_contents, version};
use crate::numeric::Draws;

const KIB: usize = 1024;
const MIB: usize = KIB * KIB;

/// Bytes that no compression makes smaller.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    Draws::new(seed, &[b"noise"]).fill_bytes(&mut bytes);
    bytes
}

pub(super) fn bytes_come_back_as_they_were(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let every: Vec<u8> = (0..=255).collect();
    let values: [&[u8]; 9] = [
        b"",
        b"\0",
        b"\0\0\0",
        b"ends in zero\0",
        b" \r\n",
        b"null",
        b"\\x00",
        &[0xff; 40],
        &every,
    ];
    for (n, value) in (1..).zip(values) {
        let (key, when) = (Key::new(*b"values", n as u32), format!("the {n}. value"));
        hand.commits(&when, &batch(n, [put(&key, Absent, value)]))?;
        hand.finds(&when, &key, n, value)?;
    }
    Ok(())
}

/// Names that look alike, or mean something to somebody, are all different keys.
pub(super) fn keys_are_not_mixed_up(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let long = noise(7, 2 * KIB);
    let mut longer = long.clone();
    longer.iter_mut().rev().take(1).for_each(|last| *last ^= 1);
    let every: Vec<u8> = (0..=255).collect();
    let partitions: [&[u8]; 20] = [
        b"a",
        b"A",
        b"a ",
        b"aa",
        b"a\0",
        b"\0a",
        b"a\0\0\0\0",
        b"a\0\0\0\x01",
        b"a\x01\0\0\0",
        b"a\0\0\0\x01\0\0\0\x01",
        b"\0",
        b"\xff",
        b"\xff\xff\xff\xff\xff",
        b"{a}",
        b"}a{",
        b"a:1",
        b"a%_'\"\\",
        &every,
        &long,
        &longer,
    ];
    let parts = [0, 1, 2, 255, 256, 0x0100_0000, u32::MAX - 1, u32::MAX];
    let mut all = Contents::new();
    for (n, partition) in (1..).zip(partitions) {
        let keys = parts.map(|part| Key::new(partition, part));
        // Each value names its key.
        let value = |key: &Key| [&key.part().to_be_bytes()[..], partition].concat();
        let writes = keys.each_ref().map(|key| put(key, Absent, value(key)));
        hand.commits("keys that look alike are created", &batch(n, writes))?;
        all.extend(keys.map(|key| {
            let bytes = value(&key).into();
            (key, Stored { version: version(n), bytes })
        }));
    }
    let when = "keys that look alike";
    same_contents(when, &all, &hand.contents(when)?)?;
    let keys: Vec<Key> = all.keys().cloned().collect();
    let found = hand.read(when, &keys)?;
    let found = keys.into_iter().zip(found).filter_map(|(key, found)| Some((key, found?)));
    same_contents(when, &all, &found.collect())
}

pub(super) fn large_values_come_back_whole(store: &dyn Store) -> Verdict {
    let hand = Hand(store);
    let mut last = None;
    for (n, length) in (1..).zip([KIB, 64 * KIB - 1, 64 * KIB, MIB, 16 * MIB, 0]) {
        let value = noise(n, length);
        let expected = last.map_or(Absent, made_by);
        let when = format!("a value of {length} bytes");
        hand.commits(&when, &batch(n, [put(&key(0), expected, value.as_slice())]))?;
        hand.finds(&when, &key(0), n, &value)?;
        let scanned = hand.contents(&when)?;
        let stored = Stored { version: version(n), bytes: value.into() };
        same_contents(&when, &[(key(0), stored)].into(), &scanned)?;
        last = Some(n);
    }
    Ok(())
}
