//! Bytes that somebody made up: right in their envelope, wrong inside. They are an error or
//! a setup that works; never a panic, never more room than they fill. One test, for the
//! room is measured for the whole process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;
mod world;

use common::dice::Dice;
use common::{everything, host, noon, taken};
use confidant::*;
use peak_alloc::PeakAlloc;
use sha2::{Digest as _, Sha256};

#[global_allocator]
static ROOM: PeakAlloc = PeakAlloc;

const HEAD: usize = 36;

/// A body in a right envelope.
fn sealed(kind: u8, body: &[u8]) -> Vec<u8> {
    let form = [b'c', b'f', 1, kind];
    let sum = Sha256::new().chain_update(form).chain_update(body).finalize();
    [&form[..], &sum, body].concat()
}

/// How much more room an act took at its highest than there was before.
fn room<T>(act: impl FnOnce() -> T) -> (T, usize) {
    let before = ROOM.current_usage();
    ROOM.reset_peak_usage();
    let done = act();
    (done, ROOM.peak_usage().saturating_sub(before))
}

/// What bytes may cost: a small multiple of themselves, and what an empty engine costs.
fn warranted(bytes: &[u8]) -> usize {
    // A condition of two bytes takes some small pieces of memory while it is compiled.
    250 * bytes.len() + (64 << 10)
}

/// An engine on it answers, whatever it says.
fn works(snapshot: Snapshot) {
    let engine = Engine::builder().build_on(snapshot).unwrap();
    _ = engine.record(noon(), everything("ana", noon()));
    let items: Vec<Item> = engine.catalog().items().iter().take(3).cloned().collect();
    for item in items {
        _ = engine.record(noon(), Event::purchased("ana", noon()).item(item.id().clone()));
    }
    _ = engine.advance(noon()).unwrap();
    for (who, channel) in [("ana", Channel::Web), ("ben", Channel::Email)] {
        for seed in 0..3 {
            let session = Session::new().viewing("i1").set("weather", "rain");
            let request = Request::new(who, channel.clone(), noon() + hours(seed));
            _ = engine.decide(&request.seed(seed.into()).during(session)).unwrap();
        }
    }
    for name in ["popular", "own", "together"] {
        _ = engine.recommend("ana", name, 20, Scope::All, noon());
    }
    engine.fit(noon()).unwrap();
    _ = engine.advance(noon() + days(400)).unwrap();
}

/// Changes a body here and there.
fn changed(dice: &mut Dice, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    for _ in 0..1 + dice.below(3) {
        let at = dice.below(body.len());
        let to = (at + dice.below(24)).min(body.len());
        match dice.below(7) {
            0 => body[at] ^= 1 << dice.below(8),
            1 => body[at] = *dice.pick(&[0, 1, 0x7f, 0x80, 0xff]),
            2 => _ = body.drain(at..to),
            3 => body = [&body[..to], &body[at..]].concat(),
            4 => body.truncate(at),
            5 => body[at..to].fill(0xff),
            // An enormous length.
            _ => _ = body.splice(at..at, [0xff, 0xff, 0xff, 0xff, 0x0f]),
        }
        if body.is_empty() {
            body.push(0);
        }
    }
    body
}

/// A shop with a bit of everything, and what was learned in it.
fn shop(seed: u64) -> (Snapshot, Statistics) {
    if seed.is_multiple_of(2) {
        let engine = world::builder(seed).build().unwrap();
        for n in 0..9 {
            let who = format!("c{n}");
            taken(engine.record(noon(), everything(who.as_str(), noon())));
            for item in [n % 4, n % 3] {
                let event = Event::purchased(who.as_str(), noon()).item(world::item(item));
                _ = engine.record(noon(), event).unwrap();
            }
        }
        engine.advance(noon()).unwrap();
        engine.fit(noon()).unwrap();
        return (engine.snapshot(), engine.statistics());
    }
    let size = common::world::Size { items: 8, customers: 5, events: 20 };
    let world = common::world::World::new(seed, size);
    let host = host::random(&mut Dice::new(seed), &world, 8);
    let engine = host::builder(&world, &host).build().unwrap();
    for told in world.by_time() {
        _ = engine.record(world.now(), told.event()).unwrap();
    }
    engine.advance(world.now()).unwrap();
    engine.fit(world.now()).unwrap();
    (engine.snapshot(), engine.statistics())
}

fn random_changes() -> (usize, usize) {
    let (mut refused, mut worked) = (0, 0);
    for seed in 0..40 {
        let dice = &mut Dice::new(seed ^ 0xbad);
        let (snapshot, statistics) = shop(seed);
        let (snapshot, statistics) = (snapshot.to_bytes(), statistics.to_bytes());
        for round in 0..150 {
            let bytes = sealed(16, &changed(dice, &snapshot[HEAD..]));
            let (read, took) = room(|| Snapshot::from_bytes(&bytes));
            let why = format!("seed {seed}, {round}: {took} for {} bytes", bytes.len());
            assert!(took <= warranted(&bytes), "{why}");
            match read {
                Ok(snapshot) => {
                    worked += 1;
                    works(snapshot);
                }
                Err(_) => refused += 1,
            }
            let bytes = sealed(17, &changed(dice, &statistics[HEAD..]));
            let (read, took) = room(|| Statistics::from_bytes(&bytes));
            let why = format!("seed {seed}, {round}: {took} for {} bytes", bytes.len());
            assert!(took <= warranted(&bytes), "{why}");
            if let Ok(read) = read {
                assert!(read.to_bytes() == bytes, "seed {seed}, {round}: two forms of the same");
                let mut both = read.clone();
                both.merge(&read);
                _ = world::builder(seed).snapshot(&both, noon()).unwrap();
            }
        }
    }
    (refused, worked)
}

/// Written by hand, each to overwhelm the reader in its own way. `before` is all that
/// stands before the actions in a snapshot of nothing.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let nothing = Engine::builder().snapshot(&Statistics::default(), noon()).unwrap().to_bytes();
    let nested = |condition: Condition| {
        let shop = Engine::builder().segment(Segment::new("deep", condition));
        shop.snapshot(&Statistics::default(), noon()).unwrap().to_bytes()
    };
    let find = |bytes: &[u8], what: &[u8]| {
        bytes.windows(what.len()).position(|part| part == what).unwrap()
    };
    // A segment `deep`, whose condition is `not always`: 3, 0.
    let one = nested(not(Condition::Always));
    let at = find(&one, b"deep") + 4;
    assert_eq!(one[at..at + 2], [3, 0]);
    let with = |condition: &[u8]| [&one[HEAD..at], condition, &one[at + 2..]].concat();
    let many = |byte: u8, n: usize| vec![byte; n];
    // A value `Audi`: a text, 0, of four bytes; in its place records in records, 6, each of
    // one value `a`, and `true`, 2, at the end.
    let text = nested(attribute("cars").is("Audi"));
    let at_text = find(&text, b"\0\x04Audi");
    let records = |deep: usize| {
        let deep = [6u8, 1, 1, 1, b'a'].repeat(deep);
        [&text[HEAD..at_text], &deep, &[2, 1], &text[at_text + 6..]].concat()
    };
    let all_of_one = [1u8, 1].repeat(100_000);
    let all_of_many = [[1u8, 0xa0, 0x8d, 0x06].repeat(60), many(0, 100_000)].concat();
    let wide = [&[1u8, 0xa0, 0x8d, 0x06][..], &many(0, 100_000)].concat();
    let item = |path: usize| {
        let mut body = vec![1, 1, b'i', 0];
        body.extend(postcard_length(path));
        body.extend([1, b'c'].repeat(path));
        // No brand, no price, no attributes; it is there; nothing related, and no vectors.
        body.extend([0, 0, 0, 1, 0, 0, 0]);
        [&body[..], &nothing[HEAD + 1..]].concat()
    };
    vec![
        ("nots without end", with(&[&many(3, 1_000_000)[..], &[0]].concat())),
        ("alls without end", with(&[&all_of_one[..], &[0]].concat())),
        ("many announced at every level", with(&all_of_many)),
        ("a wide condition", with(&wide)),
        ("a very deep category", item(50_000)),
        ("a category as deep as can be", item(64)),
        ("an endless catalogue", [&[0xff, 0xff, 0xff, 0xff, 0x0f], &nothing[HEAD..]].concat()),
        ("records without end", records(1_000_000)),
        ("records one too deep", records(5)),
        ("records that no rule compares", records(4)),
        ("nothing but ones", many(1, 100_000)),
        ("nothing but zeros", many(0, 100_000)),
        ("nothing", Vec::new()),
    ]
}

fn postcard_length(mut n: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while n > 127 {
        bytes.push((n % 128) as u8 | 128);
        n /= 128;
    }
    bytes.push(n as u8);
    bytes
}

#[test]
fn hostile_bytes_are_an_error_or_a_setup_that_works() {
    for (name, body) in bombs() {
        for (kind, bytes) in [16, 17].map(|kind| (kind, sealed(kind, &body))) {
            let (read, took) = room(|| match kind {
                16 => Snapshot::from_bytes(&bytes).map(Some),
                _ => Statistics::from_bytes(&bytes).map(|_| None),
            });
            assert!(took <= warranted(&bytes), "{name}: {took} for {} bytes", bytes.len());
            let expected = kind == 16 && (name.contains("wide") || name.contains("as can be"));
            let came = matches!(read, Ok(Some(_)));
            assert_eq!(came, expected, "{name}: {:?}", read.err());
            read.into_iter().flatten().for_each(works);
        }
    }
    let (refused, worked) = random_changes();
    assert!(refused > 1000 && worked > 100, "{refused} refused, {worked} worked");
}
