//! A snapshot is an engine without its customers: it travels as bytes, is swapped into an
//! engine at work, and is published and followed.
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

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::dice::Dice;
use common::host;
use common::store::Shared;
use common::world::{Size, World, channels};
use common::{everything, items, noon, taken};
use confidant::*;
use twin::decide::Host;

/// A made host and world, and an engine that was told of all of it.
struct Story {
    world: World,
    host: Host,
    store: Shared,
    engine: Engine,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x5a);
        let world = World::new(seed, Size { items: 8, customers: 5, events: 20 });
        let host = host::random(&mut dice, &world, 8);
        let store = Shared::default();
        let builder = host::builder(&world, &host).exploration(0.3).refit_after(days(3));
        let engine = builder.store(store.clone()).build().unwrap();
        for told in world.by_time() {
            _ = engine.record(world.now(), told.event()).unwrap();
        }
        engine.advance(world.now()).unwrap();
        engine.fit(world.now()).unwrap();
        Self { world, host, store, engine }
    }

    /// All that an engine says of these customers without changing anything.
    fn says(&self, engine: &Engine) -> Vec<u8> {
        let (mut said, now) = (Vec::new(), self.world.now());
        for who in self.world.customers.iter().map(String::as_str).chain(["stranger"]) {
            for (seed, channel) in (0..).zip(channels()) {
                let request = Request::new(who, channel, now + hours(seed as u32)).seed(seed);
                said.extend(engine.preview(&request).unwrap().to_bytes());
            }
            for (name, _) in &self.host.recommenders {
                let list = engine.recommend(who, name, 9, Scope::All, now).unwrap();
                said.extend(serde_json::to_vec(&list).unwrap());
            }
            said.extend(serde_json::to_vec(&engine.segments_of(who, now).unwrap()).unwrap());
            said.extend(serde_json::to_vec(&engine.customer_report(who, now).unwrap()).unwrap());
        }
        said
    }
}

#[test]
fn an_engine_on_a_snapshot_says_the_same_bytes() {
    for seed in 0..60 {
        let story = Story::new(seed);
        let bytes = story.engine.snapshot().to_bytes();
        let snapshot = Snapshot::from_bytes(&bytes).unwrap();
        assert_eq!(snapshot.id(), story.engine.snapshot().id(), "seed {seed}");
        assert_eq!(snapshot.fitted_at(), story.world.now(), "seed {seed}");
        assert!(snapshot.to_bytes() == bytes, "seed {seed}: other bytes");
        let other = Engine::builder().store(story.store.clone()).build_on(snapshot).unwrap();
        assert!(story.says(&other) == story.says(&story.engine), "seed {seed}: another answer");
    }
}

/// The worlds of the laws, with other conditions, prices and treatments.
#[test]
fn shops_come_back_as_they_were() {
    for seed in 0..60 {
        let snapshot = world::builder(seed).snapshot(&Statistics::default(), noon()).unwrap();
        let again = Snapshot::from_bytes(&snapshot.to_bytes()).unwrap();
        assert!(again.to_bytes() == snapshot.to_bytes(), "seed {seed}: other bytes");
        let engines = [snapshot, again].map(|s| Engine::builder().build_on(s).unwrap());
        let request = Request::new("ana", Channel::Web, noon());
        let [said, again] = engines.map(|e| e.preview(&request).unwrap().to_bytes());
        assert!(said == again, "seed {seed}: another answer");
    }
}

#[test]
fn equal_content_gives_equal_bytes() {
    let mut ids = BTreeSet::new();
    for seed in 0..40 {
        let mut dice = Dice::new(seed);
        let mut story = Story::new(seed);
        let snapshot = |story: &Story| {
            let builder = host::builder(&story.world, &story.host);
            builder.snapshot(&story.engine.statistics(), noon()).unwrap()
        };
        let first = snapshot(&story);
        ids.insert(first.id());
        dice.shuffle(&mut story.host.offers);
        dice.shuffle(&mut story.host.segments);
        dice.shuffle(&mut story.host.recommenders);
        dice.shuffle(&mut story.host.caps);
        dice.shuffle(&mut story.world.wares);
        assert_eq!(snapshot(&story).id(), first.id(), "seed {seed}");
        let later = host::builder(&story.world, &story.host);
        let later = later.snapshot(&story.engine.statistics(), noon() + days(1)).unwrap();
        assert_ne!(later.id(), first.id(), "seed {seed}: fitted at another instant");
    }
    assert_eq!(ids.len(), 40, "different hosts have different snapshots");
}

/// Whose calendar is meant is a part of what an engine runs on.
#[test]
fn a_snapshot_has_a_time_zone() {
    let in_zone = |name: &str| {
        let builder = Engine::builder().time_zone(name.parse().unwrap());
        builder.snapshot(&Statistics::default(), noon()).unwrap()
    };
    let utc = Engine::builder().snapshot(&Statistics::default(), noon()).unwrap();
    assert_eq!(in_zone("UTC").id(), utc.id());
    let lisbon = in_zone("Europe/Lisbon");
    assert_ne!(lisbon.id(), utc.id());
    let again = Snapshot::from_bytes(&lisbon.to_bytes()).unwrap();
    assert!(again.to_bytes() == lisbon.to_bytes());
}

/// Who is in which segment, by what was reported.
fn follow(members: &mut BTreeSet<(Identifier, SegmentId)>, changes: Vec<Change>) {
    for change in changes {
        let member = (change.customer, change.segment);
        if change.entered {
            members.insert(member)
        } else {
            members.remove(&member)
        };
    }
}

/// After a swap and the next advance an engine stands where one stands that began with the
/// other snapshot; and the segments of old and new alike are as they were told.
#[test]
fn a_swap_ends_where_a_fresh_start_does() {
    let mut moved = 0;
    for seed in 0..60 {
        let story = Story::new(seed);
        let now = story.world.now() + days(1);
        let mut other = World::new(seed, Size { items: 8, customers: 5, events: 20 });
        other.wares.truncate(5);
        other.privacy = World::new(seed + 1000, Size { items: 1, customers: 1, events: 1 }).privacy;
        let host = host::random(&mut Dice::new(seed ^ 0x77), &other, 8);
        let next = host::builder(&other, &host);
        let next = next.snapshot(&story.engine.statistics(), now).unwrap();

        let copy = story.store.copy();
        let fresh = Engine::builder().store(copy).build_on(next.clone()).unwrap();
        let expected = fresh.advance(now).unwrap();

        let before = story.engine.statistics().digest();
        story.engine.swap(next);
        let found = story.engine.advance(now).unwrap();
        assert_eq!(found, expected, "seed {seed}");
        let learned = story.engine.statistics().digest();
        assert_eq!(learned, fresh.statistics().digest(), "seed {seed}");
        moved += usize::from(learned != before && !found.is_empty());
        for who in &story.world.customers {
            let stands = |engine: &Engine| engine.segments_of(who.as_str(), now).unwrap();
            assert_eq!(stands(&story.engine), stands(&fresh), "seed {seed}: {who}");
        }
    }
    assert!(moved > 20, "only {moved} swaps moved anything");
}

/// What is reported across swaps adds up to who is where.
#[test]
fn members_are_told_across_swaps() {
    for seed in 0..40 {
        let story = Story::new(seed);
        let mut members = BTreeSet::new();
        let hosts: Vec<Snapshot> = (0..3)
            .map(|n| {
                // Segments of the same names with other conditions.
                let host = host::random(&mut Dice::new(seed * 10 + n), &story.world, 4);
                host::builder(&story.world, &host).snapshot(&Statistics::default(), noon()).unwrap()
            })
            .collect();
        let engine = Engine::builder().build_on(hosts[0].clone()).unwrap();
        for (n, told) in story.world.by_time().iter().enumerate() {
            _ = engine.record(story.world.now(), told.event()).unwrap();
            if n % 7 == 0 {
                engine.swap(hosts[n % 3].clone());
            }
            if n % 3 == 0 {
                follow(&mut members, engine.advance(story.world.now()).unwrap());
            }
        }
        follow(&mut members, engine.advance(story.world.now()).unwrap());
        for who in &story.world.customers {
            let told: Vec<SegmentId> = members
                .iter()
                .filter(|(member, _)| *member == Identifier::from(who.as_str()))
                .map(|(_, segment)| segment.clone())
                .collect();
            let stands = engine.segments_of(who.as_str(), story.world.now()).unwrap();
            assert_eq!(told, stands, "seed {seed}: {who}");
        }
    }
}

/// Recorded under the old segments, committed after everybody was looked at for the new.
#[test]
fn who_is_recorded_across_a_swap_is_looked_at_too() {
    let shop = |name: &str, least: u32| {
        Engine::builder()
            .catalog(items(2))
            .segment(Segment::new(name, count(Kind::Viewed).at_least(least)))
    };
    let store = Shared::default();
    let engine = shop("old", 9).store(store.clone()).build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    taken(engine.record(noon(), Event::viewed("ana", noon()).item("i1")));
    engine.advance(noon()).unwrap();

    let ben = Identifier::from("ben");
    let Load::Customer(mut loaded) = engine.load(&ben, None).unwrap() else { panic!() };
    let recorded =
        engine.record_loaded(noon(), &everything("ben", noon()).into(), &mut loaded).unwrap();
    engine.swap(shop("new", 0).snapshot(&Statistics::default(), noon()).unwrap());
    let entered = |changes: Vec<Change>| -> Vec<String> {
        changes
            .iter()
            .map(|change| format!("{} {}", change.customer.value(), change.segment))
            .collect()
    };
    assert_eq!(entered(engine.advance(noon()).unwrap()), ["ana new"]);
    for batch in recorded.1.batches() {
        let batch = std::slice::from_ref(batch);
        assert_eq!(store.commit(batch, Durability::Durable).unwrap(), [Commit::Committed]);
    }
    engine.acknowledge(recorded.1);
    assert_eq!(entered(engine.advance(noon()).unwrap()), ["ben new"]);
}

/// Contacts made and volumes used up are nobody's setup.
#[test]
fn limits_hold_across_a_swap() {
    let shop = |value: f64| {
        let mail = |id: &str| Action::new(id).value(value).treatment(Treatment::on(Channel::Email));
        Engine::builder()
            .contact(ContactPolicy::new().cap(1, days(7)))
            .action(mail("plenty"))
            .action(mail("rare").value(9.0 * value).volume(1))
    };
    let engine = shop(1.0).build().unwrap();
    let asks = |who: &str, at| {
        let decision = engine.decide(&Request::new(who, Channel::Email, at)).unwrap();
        decision.action().map(ToString::to_string)
    };
    taken(engine.record(noon(), everything("ana", noon())));
    taken(engine.record(noon(), everything("ben", noon())));
    assert_eq!(asks("ana", noon()).as_deref(), Some("rare"));
    engine.swap(shop(2.0).snapshot(&Statistics::default(), noon()).unwrap());
    assert_eq!(asks("ana", noon() + hours(1)), None, "the cap holds");
    assert_eq!(asks("ben", noon()).as_deref(), Some("plenty"), "the volume is used up");
    assert_eq!(asks("ana", noon() + days(8)).as_deref(), Some("plenty"));
}

/// Threads ask while two setups take turns: every answer is wholly that of one of them,
/// under the digest of that one.
#[test]
fn nobody_sees_half_a_swap() {
    const THREADS: usize = 3;
    const SWAPS: usize = 1000;
    let shop = |name: &str, least: u32, n: usize| {
        let offer = Action::new(name)
            .weighs(2.0, in_segment("buyer"))
            .about(["i1"])
            .recommends("own", Scope::All, 3)
            .treatment(Treatment::on(Channel::Web).shows(name));
        Engine::builder()
            // The same items have other numbers in the other.
            .catalog(Catalog::new((4 - n..4).map(|n| Item::new(format!("i{n}")))).unwrap())
            .segment(Segment::new("buyer", count(Kind::Purchased).at_least(least)))
            .recommender("own", PersonalFrequency::params())
            .action(offer)
    };
    let store = Shared::default();
    let engine = shop("one", 1, 4).store(store.clone()).build().unwrap();
    let customers: Vec<String> = (0..20).map(|n| format!("c{n}")).collect();
    for (n, who) in customers.iter().enumerate() {
        taken(engine.record(noon(), everything(who.as_str(), noon())));
        for item in 0..=n % 3 {
            taken(
                engine.record(
                    noon(),
                    Event::purchased(who.as_str(), noon()).item(format!("i{item}")),
                ),
            );
        }
    }
    engine.advance(noon()).unwrap();
    let learned = engine.statistics();
    let snapshots = [shop("one", 1, 4), shop("two", 3, 3)];
    let snapshots = snapshots.map(|shop| shop.snapshot(&learned, noon()).unwrap());
    let ask = |engine: &Engine, who: &String| {
        engine.preview(&Request::new(who.as_str(), Channel::Web, noon())).unwrap()
    };
    // What each of the two says, by the digest of its policy.
    let mut known: Vec<BTreeMap<Digest, Vec<u8>>> = vec![BTreeMap::new(); customers.len()];
    for snapshot in &snapshots {
        let alone = Engine::builder().store(store.clone()).build_on(snapshot.clone()).unwrap();
        for (known, who) in known.iter_mut().zip(&customers) {
            let decision = ask(&alone, who);
            known.insert(decision.receipt().policy(), decision.to_bytes());
        }
    }
    assert!(known.iter().all(|known| known.len() == 2));
    engine.swap(snapshots[0].clone());
    let (done, seen) = (AtomicBool::new(false), [AtomicUsize::new(0), AtomicUsize::new(0)]);
    let wanted = || seen.iter().all(|n| n.load(Ordering::Relaxed) > 1000);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (engine, customers, known, done, seen) =
                (&engine, &customers, &known, &done, &seen);
            scope.spawn(move || {
                let mut turn = customers.iter().zip(known).cycle().skip(thread);
                while !done.load(Ordering::Relaxed) {
                    let (who, known) = turn.next().unwrap();
                    let decision = ask(engine, who);
                    let policy = decision.receipt().policy();
                    let expected = known.get(&policy).expect("one of the two policies");
                    assert!(decision.to_bytes() == *expected, "{who}: not that policy's answer");
                    let first = *known.keys().next().unwrap() == policy;
                    seen[usize::from(first)].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut n = 0;
        while n < SWAPS || !wanted() {
            engine.swap(snapshots[n % 2].clone());
            n += 1;
            std::thread::yield_now();
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// Who fits while another setup is swapped in fits for nobody any more.
#[test]
fn fitting_undoes_no_swap() {
    let sizes = [200, 300];
    let shops = sizes.map(|n| Engine::builder().catalog(items(n)));
    let snapshots = shops.map(|shop| shop.snapshot(&Statistics::default(), noon()).unwrap());
    let engine = Engine::builder().build_on(snapshots[1].clone()).unwrap();
    let (done, fits) = (AtomicBool::new(false), AtomicUsize::new(0));
    let undone = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                engine.fit(noon() + days(1)).unwrap();
                fits.fetch_add(1, Ordering::Release);
            }
        });
        let undone = (0..60).find(|n| {
            engine.swap(snapshots[n % 2].clone());
            // Two more fits have ended: the first of them may have begun before the swap.
            let before = fits.load(Ordering::Acquire);
            while fits.load(Ordering::Acquire) < before + 2 {
                std::thread::yield_now();
            }
            let found = engine.snapshot();
            Snapshot::from_bytes(&found.to_bytes()).expect("models for its catalogue");
            engine.catalog().len() != sizes[n % 2] || found.fitted_at() == noon()
        });
        done.store(true, Ordering::Relaxed);
        undone
    });
    assert_eq!(undone, None, "a swap was undone, or its models were not fitted");
}

#[test]
fn who_follows_runs_on_what_was_published() {
    let shelf = MemorySnapshots::new();
    let offer = |id: &str| {
        let action = Action::new(id).treatment(Treatment::on(Channel::Web));
        Engine::builder().action(action).build().unwrap()
    };
    let (team, serving) = (offer("new"), offer("old"));
    assert!(!serving.follow(&shelf).unwrap(), "nothing was published");
    let id = team.publish(&shelf).unwrap();
    assert!(serving.follow(&shelf).unwrap());
    assert_eq!(serving.snapshot().id(), id);
    assert!(!serving.follow(&shelf).unwrap(), "it is the same still");
    assert!(!team.follow(&shelf).unwrap(), "it is its own");
    let says = serving.decide(&Request::new("ana", Channel::Web, noon())).unwrap();
    assert_eq!(says.action().map(ActionId::as_str), Some("new"));

    team.fit(noon()).unwrap();
    let later = team.publish(&shelf).unwrap();
    assert_ne!(later, id);
    assert!(serving.follow(&shelf).unwrap());
    assert_eq!(shelf.list().unwrap(), BTreeSet::from([id, later]).into_iter().collect::<Vec<_>>());
    assert_eq!(shelf.promote(id, Some(later)).unwrap(), Commit::Committed, "back again");
    assert!(serving.follow(&shelf).unwrap());
    assert_eq!(serving.snapshot().id(), id);
}

#[test]
fn what_cannot_be_followed_changes_nothing() {
    let shelf = MemorySnapshots::new();
    let engine = Engine::builder().build().unwrap();
    let before = engine.snapshot().id();
    let other = Engine::builder().catalog(items(1)).build().unwrap().snapshot();
    let (good, bad) = (other.to_bytes(), SnapshotId::from_bytes([7; 32]));
    for bytes in [&b"nonsense"[..], &good] {
        shelf.put(bad, bytes).unwrap();
        assert_eq!(shelf.promote(bad, shelf.promoted().unwrap()).unwrap(), Commit::Committed);
        assert!(engine.follow(&shelf).is_err(), "not what its id says");
        assert_eq!(engine.snapshot().id(), before);
        assert_eq!(shelf.promote(before, Some(bad)).unwrap(), Commit::Conflict, "not there");
        assert_eq!(shelf.remove(bad).unwrap(), Commit::Conflict, "it is promoted");
        let next = Arc::new(MemorySnapshots::new());
        assert!(!engine.follow(&*next).unwrap());
    }
}

// ---------------------------------------------------------------- bytes

/// Why some bytes are refused, if they are.
type Refused = fn(&[u8]) -> Option<ErrorKind>;

/// A snapshot with a bit of everything, and statistics, each with how it is read.
fn sealed() -> [(Vec<u8>, Refused); 2] {
    let story = Story::new(4);
    let snapshot: Refused = |bytes| Snapshot::from_bytes(bytes).err().map(|error| error.kind());
    let statistics: Refused = |bytes| Statistics::from_bytes(bytes).err().map(|error| error.kind());
    [
        (story.engine.snapshot().to_bytes(), snapshot),
        (story.engine.statistics().to_bytes(), statistics),
    ]
}

#[test]
fn every_flipped_byte_and_every_truncation_is_refused() {
    for (bytes, refused) in sealed() {
        assert_eq!(refused(&bytes), None);
        for at in 0..bytes.len() {
            for bit in [1, 128] {
                let mut flipped = bytes.clone();
                flipped[at] ^= bit;
                assert!(refused(&flipped).is_some(), "byte {at} of {}", bytes.len());
            }
            assert!(refused(&bytes[..at]).is_some(), "cut off at {at} of {}", bytes.len());
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(refused(&longer), Some(ErrorKind::Corrupt));
    }
}

#[test]
fn one_kind_is_not_taken_for_the_other() {
    let [(snapshot, is_snapshot), (statistics, is_statistics)] = sealed();
    assert_eq!(is_snapshot(&statistics), Some(ErrorKind::Incompatible));
    assert_eq!(is_statistics(&snapshot), Some(ErrorKind::Incompatible));
}

fn card(who: &str) -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, format!("{who}-card"))
}

/// What was put in there in every free place of an event is in no snapshot, neither while
/// the customer is there nor after; and what was learned is that of the others.
#[test]
fn a_snapshot_holds_nothing_of_a_customer() {
    const CANARY: &str = "canary-5ab1e";
    let shop = || {
        Engine::builder()
            .catalog(items(4))
            .recommender("together", ItemItem::params().support(1))
            .segment(Segment::new("buyer", count(Kind::Purchased).at_least(1)))
            .action(Action::new("web").about(["i1"]).treatment(Treatment::on(Channel::Web)))
            .build()
            .unwrap()
    };
    let tell = |engine: &Engine, who: &str| {
        taken(engine.record(noon(), everything(who, noon())));
        for item in ["i1", "i2"] {
            let order = format!("{who}-order");
            let event = Event::purchased(who, noon()).item(item).order(order.as_str());
            taken(engine.record(noon(), event.property("note", who).id(format!("{who}-{item}"))));
        }
        taken(engine.record(noon(), Event::declared(who, noon()).attribute("city", who)));
        taken(engine.record(noon(), Event::linked(who, noon(), card(who))));
        _ = engine.decide(&Request::new(who, Channel::Web, noon())).unwrap();
        engine.advance(noon()).unwrap();
        engine.fit(noon()).unwrap();
    };
    let holds = |bytes: &[u8]| bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
    let (with, without) = (shop(), shop());
    tell(&without, "ben");
    tell(&with, "ben");
    tell(&with, CANARY);
    assert!(!holds(&with.snapshot().to_bytes()));
    assert!(!holds(&with.statistics().to_bytes()));
    assert_ne!(with.snapshot().id(), without.snapshot().id(), "something was learned");
    assert!(with.erase(CANARY).unwrap());
    with.fit(noon()).unwrap();
    assert!(with.snapshot().to_bytes() == without.snapshot().to_bytes());
    assert!(with.statistics().to_bytes() == without.statistics().to_bytes());
}

// ---------------------------------------------------------------- where they are kept

#[test]
fn snapshots_in_memory_keep_the_contract() {
    let report = conformance::test_snapshots(|| Ok(((), Box::new(MemorySnapshots::new()))));
    assert!(report.passed(), "{report}");
}

/// What is wrong with a store of snapshots.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Overwrites,
    PromotesWhateverIsExpected,
    PromotesInTwoSteps,
    PromotesNothing,
    RemovesThePromoted,
    ListsBackwards,
    LosesAByte,
}

/// Snapshots in memory with a fault.
#[derive(Debug)]
struct Faulty(MemorySnapshots, Fault, Mutex<Option<SnapshotId>>);

impl Faulty {
    fn promotes_itself(&self) -> bool {
        use Fault::{PromotesInTwoSteps, PromotesNothing, PromotesWhateverIsExpected};
        matches!(self.1, PromotesInTwoSteps | PromotesNothing | PromotesWhateverIsExpected)
    }
}

impl SnapshotStore for Faulty {
    fn put(&self, id: SnapshotId, bytes: &[u8]) -> Result<()> {
        if let Fault::Overwrites = self.1 {
            _ = self.0.remove(id)?;
        }
        self.0.put(id, bytes)
    }

    fn get(&self, id: SnapshotId) -> Result<Option<Arc<[u8]>>> {
        let found = self.0.get(id)?;
        Ok(match self.1 {
            Fault::LosesAByte => found.map(|bytes| bytes[..bytes.len() - 1].into()),
            _ => found,
        })
    }

    fn promoted(&self) -> Result<Option<SnapshotId>> {
        if self.promotes_itself() { Ok(*self.2.lock().unwrap()) } else { self.0.promoted() }
    }

    fn promote(&self, id: SnapshotId, expected: Option<SnapshotId>) -> Result<Commit> {
        if !self.promotes_itself() {
            return self.0.promote(id, expected);
        }
        let promoted = *self.2.lock().unwrap();
        let there = self.0.get(id)?.is_some() || matches!(self.1, Fault::PromotesNothing);
        let fits = promoted == expected || promoted == Some(id);
        if !there || !(fits || matches!(self.1, Fault::PromotesWhateverIsExpected)) {
            return Ok(Commit::Conflict);
        }
        (0..50).for_each(|_| std::thread::yield_now());
        *self.2.lock().unwrap() = Some(id);
        Ok(Commit::Committed)
    }

    fn list(&self) -> Result<Vec<SnapshotId>> {
        let mut list = self.0.list()?;
        if let Fault::ListsBackwards = self.1 {
            list.reverse();
        }
        Ok(list)
    }

    fn remove(&self, id: SnapshotId) -> Result<Commit> {
        if let Fault::RemovesThePromoted = self.1 {
            return Ok(Commit::Committed);
        }
        self.0.remove(id)
    }
}

#[test]
fn what_is_wrong_with_a_store_of_snapshots_is_found_by_name() {
    let faults = [
        (Fault::Overwrites, "what_was_put_stays_as_it_is"),
        (Fault::PromotesWhateverIsExpected, "only_the_expected_one_is_followed"),
        (Fault::PromotesInTwoSteps, "of_many_promoters_one_wins"),
        (Fault::PromotesNothing, "only_what_is_there_is_promoted"),
        (Fault::RemovesThePromoted, "what_is_promoted_is_not_removed"),
        (Fault::ListsBackwards, "a_snapshot_comes_back_as_it_was"),
        (Fault::LosesAByte, "a_snapshot_comes_back_as_it_was"),
    ];
    for (fault, case) in faults {
        let faulty = || Faulty(MemorySnapshots::new(), fault, Mutex::new(None));
        let report = conformance::test_snapshots(|| Ok(((), Box::new(faulty()))));
        let mut outcomes = report.outcomes();
        let (_, outcome) = outcomes.find(|(name, _)| *name == case).unwrap();
        assert!(matches!(outcome, conformance::Outcome::Failed(_)), "{fault:?}: {report}");
    }
}
