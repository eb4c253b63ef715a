//! Places among others, tried on made worlds against a plain twin that sorts: who is in which
//! segment after every refresh, advance, restart and swap; that who was erased was never
//! there; and how much of what was found is gone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;
#[path = "common/dice.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test uses a part")]
mod dice;
#[path = "population/ranks.rs"]
mod ranks;
#[path = "common/store.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test uses a part")]
mod store;

use std::collections::{BTreeMap, BTreeSet};

use basics::noon;
use confidant::*;
use dice::Dice;
use ranks::{Ask, Order, Person, Ranks};
use store::Shared;

fn at(hour: u32) -> Timestamp {
    noon() + hours(hour)
}

/// Identifiers that are hard to tell apart, of several kinds.
fn names(dice: &mut Dice, n: usize) -> Vec<Identifier> {
    let stems = ["a", "ab", "abc", "abcd", "b", "\u{e9}", "\u{e9}a", "x\u{1f600}"];
    let mut names = BTreeSet::new();
    while names.len() < n {
        let value = format!("{}{}", dice.pick(&stems), ["", "1", "12", "~", "a"][dice.below(5)]);
        let own = IdentifierKind::Custom("badge".into());
        let kinds = [
            IdentifierKind::Customer,
            IdentifierKind::Customer,
            IdentifierKind::Custom("aisle".into()),
            own,
        ];
        names.insert(Identifier::new(dice.pick(&kinds).clone(), value));
    }
    let mut names: Vec<Identifier> = names.into_iter().collect();
    dice.shuffle(&mut names);
    names
}

/// What a host ranks, and asks.
#[derive(Clone)]
struct Shop {
    orders: Vec<Order>,
    asks: Vec<(String, Ask)>,
}

impl Shop {
    fn new(dice: &mut Dice) -> Self {
        let orders: Vec<Order> = (0..3).map(|n| Order::random(dice, n)).collect();
        let asks = (0..5).map(|n| (format!("s{n}"), Ask::random(dice, &orders))).collect();
        Self { orders, asks }
    }

    fn builder(&self) -> EngineBuilder {
        let orders = self.orders.iter().map(Order::ranking);
        let builder = orders.fold(Engine::builder(), EngineBuilder::ranking);
        let trade = Segment::new("trade", attribute("trade").is(true));
        let segments = self.asks.iter().map(|(id, ask)| Segment::new(id.as_str(), ask.condition()));
        builder.seal_after(5).segment(trade).segments(segments)
    }
}

struct Story {
    seed: u64,
    dice: Dice,
    shop: Shop,
    /// Another one to go over to.
    other: Shop,
    store: Shared,
    engine: Engine,
    people: BTreeMap<Identifier, Person>,
    names: Vec<Identifier>,
    found: Option<Ranks>,
    live: BTreeSet<(Identifier, String)>,
    hour: u32,
    events: usize,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x90b);
        let (shop, other) = (Shop::new(&mut dice), Shop::new(&mut dice));
        let store = Shared::default();
        let engine = shop.builder().store(store.clone()).build().unwrap();
        let n = 2 + dice.below(12);
        let names = names(&mut dice, n);
        let (people, live) = (BTreeMap::new(), BTreeSet::new());
        let (found, hour, events) = (None, 0, 0);
        Self { seed, dice, shop, other, store, engine, people, names, found, live, hour, events }
    }

    fn now(&self) -> Timestamp {
        at(self.hour)
    }

    /// Something happens to somebody.
    fn happen(&mut self) {
        let who = self.dice.pick(&self.names).clone();
        let (now, hour) = (self.now(), self.hour);
        self.events += 1;
        let id = format!("e{}", self.events);
        let person = self.people.entry(who.clone()).or_default();
        let event = person.random(&mut self.dice, &who, &id, hour);
        let recorded = self.engine.record(now, event).unwrap();
        if recorded != Recorded::Accepted {
            // Turned away for want of consent.
            self.people.get_mut(&who).unwrap().take_back();
        }
    }

    /// What is reported adds up to who is where.
    fn follow(&mut self, changes: Vec<Change>) {
        for change in changes {
            assert!(change.at <= self.now(), "seed {}: ahead of time", self.seed);
            let member = (change.customer.clone(), change.segment.to_string());
            let news = match change.entered {
                true => self.live.insert(member),
                false => self.live.remove(&member),
            };
            assert!(news, "seed {}: no change: {:?}", self.seed, change);
        }
        let expected: BTreeSet<(Identifier, String)> = self
            .people
            .iter()
            .flat_map(|(who, person)| {
                let asks = self.shop.asks.iter().filter(|(_, ask)| {
                    ask.met(&self.shop.orders, self.found.as_ref(), who, person, self.hour)
                });
                let trade = person.is_trade().then(|| "trade".to_owned());
                asks.map(|(id, _)| id.clone())
                    .chain(trade)
                    .map(|id| (who.clone(), id))
                    .collect::<Vec<_>>()
            })
            .collect();
        if let Some((who, id)) = expected.symmetric_difference(&self.live).next() {
            let ask = self.shop.asks.iter().find(|(known, _)| known == id);
            panic!(
                "seed {} at hour {}: {id} of {}: expected {}\n{ask:?}\n{:?}\n{:?}\n{:?}",
                self.seed,
                self.hour,
                who.value(),
                expected.contains(&(who.clone(), id.clone())),
                self.shop.orders,
                self.people.get(who),
                self.found,
            );
        }
        for who in &self.names {
            let told = self.engine.segments_of(who, self.now()).unwrap();
            let told: BTreeSet<_> = told.iter().map(|id| (who.clone(), id.to_string())).collect();
            let live = self.live.iter().filter(|(whose, _)| whose == who).cloned();
            assert_eq!(told, live.collect(), "seed {}: asked at {}", self.seed, self.hour);
        }
    }

    fn advance(&mut self) {
        let changes = self.engine.advance(self.now()).unwrap();
        self.follow(changes);
    }

    fn refresh(&mut self) {
        let changes = self.engine.refresh(self.now()).unwrap();
        self.found = Some(Ranks::find(&self.shop.orders, &self.shop.asks, &self.people, self.hour));
        self.follow(changes);
        self.agree_on_numbers();
    }

    /// The report says of each order how many and how much, and of each place how many.
    fn agree_on_numbers(&self) {
        let (report, found) = (self.engine.population().unwrap(), self.found.as_ref().unwrap());
        assert_eq!(report.customers, found.fed.len() as u64, "seed {}", self.seed);
        for ranking in &report.rankings {
            for group in &ranking.groups {
                let key = (ranking.name.to_string(), group.group.as_ref().map(ToString::to_string));
                let (n, sum) = found.count(&key);
                assert_eq!((group.customers, group.sum), (n, sum), "seed {}: {key:?}", self.seed);
            }
        }
    }

    /// How many of those who fed it are there and did not withdraw.
    fn agree_on_staleness(&self) {
        let Some(found) = &self.found else { return };
        let report = self.engine.population().unwrap();
        let there = |who: &&Identifier| found.stays(who, self.people.get(who));
        let present = found.fed.keys().filter(there).count() as u64;
        assert_eq!(
            (report.present, report.stale),
            (present, report.customers - present),
            "seed {} at {}",
            self.seed,
            self.hour
        );
    }

    fn erase(&mut self) {
        let who = self.dice.pick(&self.names).clone();
        _ = self.engine.erase(&who).unwrap();
        self.people.remove(&who);
        self.found.iter_mut().for_each(|found| found.forget(&who));
        self.live.retain(|(whose, _)| *whose != who);
    }

    /// The process ends, and another one opens the same store: on what the old one ran on, or
    /// on nothing that was found.
    fn restart(&mut self) {
        if self.dice.chance(60) {
            let bytes = self.engine.snapshot().to_bytes();
            let snapshot = Snapshot::from_bytes(&bytes).unwrap();
            assert!(snapshot.to_bytes() == bytes, "seed {}: other bytes", self.seed);
            let builder = Engine::builder().seal_after(5).store(self.store.clone());
            self.engine = builder.build_on(snapshot).unwrap();
        } else {
            self.engine = self.shop.builder().store(self.store.clone()).build().unwrap();
            self.found = None;
        }
    }

    /// Another host's rules, of which nothing was found.
    fn swap(&mut self) {
        let snapshot = self.other.builder().snapshot(&Statistics::default(), self.now()).unwrap();
        self.engine.swap(snapshot);
        std::mem::swap(&mut self.shop, &mut self.other);
        self.found = None;
    }

    fn go_on(&mut self) {
        match self.dice.below(100) {
            0..60 => self.happen(),
            60..75 => self.hour += [1, 5, 24, 24 * 7, 24 * 30][self.dice.below(5)],
            75..83 => self.advance(),
            83..93 => self.refresh(),
            93..95 => self.erase(),
            95..97 => self.restart(),
            97 => self.swap(),
            _ => self.agree_on_staleness(),
        }
    }
}

#[test]
fn live_is_what_sorting_says() {
    let mut members = 0;
    for seed in 0..300 {
        let mut story = Story::new(seed);
        for _ in 0..150 {
            story.go_on();
        }
        story.refresh();
        members += story.live.len();
    }
    assert!(members > 1_000, "only {members} members: the worlds are too quiet");
}

/// Tells everything again, but for some, and asks at the same instant.
fn told(shop: &Shop, log: &[(Timestamp, Event)], but: &[Identifier], now: Timestamp) -> Engine {
    let engine = shop.builder().build().unwrap();
    for (now, event) in log.iter().filter(|(_, event)| !but.contains(event.customer())) {
        _ = engine.record(*now, event.clone()).unwrap();
    }
    _ = engine.refresh(now).unwrap();
    engine
}

/// A log of what happens to some people.
fn log(dice: &mut Dice, names: &[Identifier]) -> Vec<(Timestamp, Event)> {
    let (mut hour, mut people) = (0, BTreeMap::<Identifier, Person>::new());
    let mut event = |n: usize| {
        hour += dice.below(9) as u32;
        let who = dice.pick(names).clone();
        let person = people.entry(who.clone()).or_default();
        (at(hour), person.random(dice, &who, &format!("e{n}"), hour))
    };
    (0..120).map(&mut event).collect()
}

#[test]
fn who_is_erased_was_never_there() {
    let mut moved = 0;
    for seed in 0..250 {
        let mut dice = Dice::new(seed ^ 0xe4a5e);
        let (shop, names) = (Shop::new(&mut dice), names(&mut dice, 9));
        let log = log(&mut dice, &names);
        let now = at(1_500);
        let engine = told(&shop, &log, &[], now);
        let before = engine.population().unwrap();
        let gone = dice.some(30, &names);
        gone.iter().for_each(|who| _ = engine.erase(who).unwrap());
        let stale = engine.population().unwrap();
        assert_eq!((stale.version, stale.customers), (before.version, before.customers));
        _ = engine.refresh(now).unwrap();
        let without = told(&shop, &log, &gone, now);
        let (here, there) = (engine.population().unwrap(), without.population().unwrap());
        assert_eq!(here, there, "seed {seed}");
        // What was learned is the same already; the models were never fitted.
        assert_eq!(engine.snapshot().id(), without.snapshot().id(), "seed {seed}");
        moved += usize::from(stale.stale > 0 && here.version != before.version);
        assert_eq!(here.stale, 0, "seed {seed}");
    }
    assert!(moved > 80, "only {moved} worlds forgot anything");
}

#[test]
fn shards_merge_into_one_pass() {
    for seed in 0..100 {
        let mut dice = Dice::new(seed ^ 0x5a4d);
        let (shop, names) = (Shop::new(&mut dice), names(&mut dice, 10));
        let log = log(&mut dice, &names);
        let now = at(1_500);
        let alone = told(&shop, &log, &[], now);
        let n = 1 + dice.below(4);
        let place: BTreeMap<&Identifier, usize> =
            names.iter().map(|who| (who, dice.below(n))).collect();
        let shards: Vec<Engine> = (0..n)
            .map(|shard| {
                let others: Vec<Identifier> =
                    names.iter().filter(|who| place[who] != shard).cloned().collect();
                told(&shop, &log, &others, now)
            })
            .collect();
        let mut surveys: Vec<Vec<u8>> =
            shards.iter().map(|shard| shard.survey(now).unwrap().to_bytes()).collect();
        dice.shuffle(&mut surveys);
        let mut read = surveys.iter().map(|bytes| Survey::from_bytes(bytes).unwrap());
        let mut merged = read.next().unwrap();
        read.for_each(|more| merged.merge(&more).unwrap());
        assert!(merged.to_bytes() == alone.survey(now).unwrap().to_bytes(), "seed {seed}");
        let mut members = BTreeSet::new();
        let mut present = 0;
        for shard in &shards {
            _ = shard.refresh_from(&merged, now).unwrap();
            assert_eq!(shard.snapshot().id(), alone.snapshot().id(), "seed {seed}");
            present += shard.population().unwrap().present;
            for who in &names {
                members
                    .extend(shard.segments_of(who, now).unwrap().into_iter().map(|id| (who, id)));
            }
        }
        assert_eq!(present, alone.population().unwrap().present, "seed {seed}");
        let expected: BTreeSet<_> = names
            .iter()
            .flat_map(|who| {
                alone.segments_of(who, now).unwrap().into_iter().map(move |id| (who, id))
            })
            .collect();
        assert_eq!(members, expected, "seed {seed}");
    }
}

/// The order in which customers are recorded, and by how many threads, leaves no trace.
#[test]
fn any_order_gives_the_same_bits() {
    for seed in 0..40 {
        let mut dice = Dice::new(seed ^ 0x0d);
        let (shop, names) = (Shop::new(&mut dice), names(&mut dice, 10));
        let log = log(&mut dice, &names);
        let now = at(1_500);
        let expected = told(&shop, &log, &[], now).snapshot().id();
        let engine = shop.builder().build().unwrap();
        std::thread::scope(|scope| {
            for part in names.chunks(3) {
                let (engine, log) = (&engine, &log);
                scope.spawn(move || {
                    let mine = log.iter().filter(|(_, event)| part.contains(event.customer()));
                    mine.for_each(|(now, event)| _ = engine.record(*now, event.clone()).unwrap());
                });
            }
        });
        _ = engine.refresh(now).unwrap();
        assert_eq!(engine.snapshot().id(), expected, "seed {seed}");
    }
}

/// Clusters are as large as the report says, the largest first; and within each the places
/// are what sorting its members says.
#[test]
fn places_within_clusters() {
    for seed in 0..60 {
        let mut dice = Dice::new(seed ^ 0xc1);
        let names = names(&mut dice, 12);
        let features =
            || [("bought", count(Kind::Purchased).into()), ("viewed", count(Kind::Viewed).into())];
        let numbers: Vec<u32> = (1..=4).collect();
        let clustering = Clustering::by("style", features()).among(count(Kind::Viewed).at_least(1));
        let three = dice.chance(50);
        let clustering = if three { clustering.clusters(3) } else { clustering };
        let engine = Engine::builder()
            .clustering(clustering)
            .ranking(Ranking::by("views", count(Kind::Viewed)).per_cluster("style"))
            .segments(numbers.iter().map(|n| Segment::new(format!("{n}"), in_cluster("style", *n))))
            .segment(Segment::new("best", ranked("views").first(2)))
            .build()
            .unwrap();
        let mut views: BTreeMap<&Identifier, usize> = BTreeMap::new();
        let mut rows = BTreeSet::new();
        for who in &names {
            basics::taken(engine.record(noon(), basics::everything(who, noon())));
            let (bought, viewed) = (dice.below(3) * 5, dice.below(4));
            rows.extend((viewed > 0).then_some((bought, viewed)));
            for n in 0..bought {
                let bought = Event::purchased(who, noon()).id(format!("b{n}"));
                basics::taken(engine.record(noon(), bought));
            }
            for n in 0..viewed {
                basics::taken(
                    engine.record(noon(), Event::viewed(who, noon()).id(format!("v{n}"))),
                );
            }
            views.insert(who, viewed);
        }
        _ = engine.refresh(noon()).unwrap();
        let report = engine.population().unwrap();
        let is = |who: &Identifier, id: &str| {
            let segments = engine.segments_of(who, noon()).unwrap();
            segments.iter().any(|segment| segment.as_str() == id)
        };
        let sizes: Vec<u64> = report.clusters.iter().map(|it| it.customers).collect();
        assert!((1..).zip(&report.clusters).all(|(n, it)| it.number == n), "seed {seed}");
        assert!(!three || sizes.len() == rows.len().min(3), "seed {seed}: {sizes:?}");
        let groups = &report.rankings[0].groups;
        assert!(groups.iter().all(|it| it.group.is_some()), "seed {seed}: {groups:?}");
        assert!(sizes.is_sorted_by(|a, b| a >= b), "seed {seed}: {sizes:?}");
        assert_eq!(sizes.iter().sum::<u64>() as usize, views.values().filter(|n| **n > 0).count());
        for (n, size) in (1..).zip(sizes) {
            let id = format!("{n}");
            let mut inside: Vec<(usize, &Identifier)> =
                names.iter().filter(|who| is(who, &id)).map(|who| (views[who], who)).collect();
            if n <= 4 {
                assert_eq!(inside.len() as u64, size, "seed {seed}: cluster {n}");
            }
            inside.sort();
            for (place, (_, who)) in inside.iter().rev().enumerate() {
                assert_eq!(is(who, "best"), place < 2, "seed {seed}: cluster {n}, {place}");
            }
        }
        assert!(views.iter().all(|(who, n)| *n > 0 || !is(who, "best")), "seed {seed}");
    }
}

/// Of whom nobody may learn, nobody is in a cluster or has a place in one.
#[test]
fn what_nobody_feeds_has_no_clusters() {
    let engine = Engine::builder()
        .clustering(Clustering::by("style", [("viewed", count(Kind::Viewed).into())]))
        .ranking(Ranking::by("views", count(Kind::Viewed)).per_cluster("style"))
        .segment(Segment::new("first", in_cluster("style", 1)))
        .segment(Segment::new("best", ranked("views").first(1)))
        .build()
        .unwrap();
    let own = Event::consent("ana", noon()).level(Level::OwnHistory);
    basics::taken(engine.record(noon(), own.allow(Purpose::Personalisation)));
    basics::taken(engine.record(noon(), Event::viewed("ana", noon())));
    assert!(engine.refresh(noon()).unwrap().is_empty());
    assert!(engine.segments_of("ana", noon()).unwrap().is_empty());
    assert!(engine.population().unwrap().clusters.is_empty());
}

/// Who lacks a feature is in no cluster.
#[test]
fn who_lacks_a_feature_is_in_no_cluster() {
    let engine = Engine::builder()
        .clustering(Clustering::by("age", [("days", days_since(Kind::Viewed).into())]))
        .segment(Segment::new("first", in_cluster("age", 1)))
        .build()
        .unwrap();
    for who in ["ana", "ben", "cem"] {
        basics::taken(engine.record(noon(), basics::everything(who, noon())));
    }
    for who in ["ana", "ben"] {
        basics::taken(engine.record(noon(), Event::viewed(who, noon())));
    }
    _ = engine.refresh(noon()).unwrap();
    let inside = |who: &str| engine.segments_of(who, noon()).unwrap().len();
    assert_eq!(["ana", "ben", "cem"].map(inside), [1, 1, 0]);
}

/// Whatever happens, and whatever time does to a feature, who is in which cluster and has
/// which place in it is told when it changes.
#[test]
fn live_in_clusters_is_what_is_asked() {
    let mut changed = 0;
    for seed in 0..60 {
        let mut dice = Dice::new(seed ^ 0xc2);
        let style = [
            ("viewed", count(Kind::Viewed).within(days(1)).into()),
            ("searched", count(Kind::Searched).into()),
        ];
        let engine = Engine::builder()
            .clustering(Clustering::by("style", style).clusters(2))
            .ranking(Ranking::by("spend", count(Kind::Purchased)).per_cluster("style"))
            .segments(
                // At times nobody asks for a cluster but the ranking.
                (1..3)
                    .filter(|_| seed % 2 == 0)
                    .map(|n| Segment::new(format!("{n}"), in_cluster("style", n))),
            )
            .segment(Segment::new("best", ranked("spend").over_mean(1.0)))
            .build()
            .unwrap();
        let names = ["ana", "ben", "cem", "dana", "eve"];
        names.iter().for_each(|who| {
            basics::taken(engine.record(noon(), basics::everything(who, noon())));
        });
        let mut live: BTreeSet<(Identifier, SegmentId)> = BTreeSet::new();
        let mut now = noon();
        for step in 0..60 {
            now = now + hours(dice.below(9) as u32);
            let kinds = [Kind::Viewed, Kind::Viewed, Kind::Searched, Kind::Purchased];
            let event = Event::did(*dice.pick(&names), now, dice.pick(&kinds).clone());
            basics::taken(engine.record(now, event.id(format!("{step}"))));
            let changes = match step % 20 {
                0 => engine.refresh(now),
                _ => engine.advance(now),
            };
            for change in changes.unwrap() {
                let one = (change.customer, change.segment);
                assert!(if change.entered { live.insert(one) } else { live.remove(&one) });
                changed += 1;
            }
            let asked: BTreeSet<(Identifier, SegmentId)> = names
                .iter()
                .flat_map(|who| {
                    let segments = engine.segments_of(*who, now).unwrap();
                    segments.into_iter().map(|segment| (Identifier::from(*who), segment))
                })
                .collect();
            assert_eq!(live, asked, "seed {seed}, step {step}");
        }
    }
    assert!(changed > 1_000, "{changed}");
}

/// A clock that lags behind asks nobody who has withdrawn already.
#[test]
fn a_lagging_clock_brings_nobody_back() {
    let engine = Engine::builder()
        .ranking(Ranking::by("views", count(Kind::Viewed)))
        .segment(Segment::new("best", ranked("views").first(1)))
        .build()
        .unwrap();
    basics::taken(engine.record(noon(), basics::everything("ana", noon())));
    assert_eq!(engine.survey(at(1)).unwrap().customers(), 1);
    let no = Event::consent("ana", at(2)).withdraw(Purpose::CollaborativeLearning);
    basics::taken(engine.record(at(2), no));
    _ = engine.advance(at(2)).unwrap();
    assert_eq!(engine.survey(at(1)).unwrap().customers(), 0);
}

/// The same where consents end by themselves.
#[test]
fn a_lagging_clock_brings_nothing_back_that_ran_out() {
    let privacy = PrivacyPolicy::new()
        .valid_for(Purpose::Personalisation, hours(2))
        .valid_for(Purpose::CollaborativeLearning, hours(2));
    let engine = Engine::builder()
        .privacy(privacy)
        .ranking(Ranking::by("views", count(Kind::Viewed)))
        .segment(Segment::new("best", ranked("views").first(1)))
        .build()
        .unwrap();
    basics::taken(engine.record(noon(), basics::everything("ana", noon())));
    assert_eq!(engine.survey(at(1)).unwrap().customers(), 1);
    _ = engine.advance(at(2)).unwrap();
    assert_eq!(engine.survey(at(1)).unwrap().customers(), 0);
}

/// Who fed a survey that was made before is there while they do not withdraw; whoever would
/// have fed a later one did not feed it.
#[test]
fn an_old_survey_was_fed_by_those_of_its_time() {
    let engine = Engine::builder()
        .ranking(Ranking::by("days", days_since(Kind::Viewed)))
        .segment(Segment::new("best", ranked("days").first(1)))
        .build()
        .unwrap();
    for who in ["ana", "ben", "cem"] {
        basics::taken(engine.record(noon(), basics::everything(who, noon())));
    }
    for who in ["ana", "ben"] {
        basics::taken(engine.record(noon(), Event::viewed(who, noon())));
    }
    let survey = engine.survey(noon()).unwrap();
    let no = Event::consent("ben", at(1)).withdraw(Purpose::CollaborativeLearning);
    basics::taken(engine.record(at(1), no));
    basics::taken(engine.record(at(1), Event::viewed("cem", at(1))));
    _ = engine.refresh_from(&survey, at(2)).unwrap();
    let report = engine.population().unwrap();
    assert_eq!((report.customers, report.present, report.stale), (2, 1, 1));
}

/// What changed before places were found anew is told with its own instant.
#[test]
fn a_refresh_tells_what_changed_before_it() {
    let told = |refresh: fn(&Engine, Timestamp) -> Vec<Change>| {
        let engine = Engine::builder()
            .ranking(Ranking::by("views", count(Kind::Viewed)))
            .segment(Segment::new("best", ranked("views").first(1)))
            .segment(Segment::new("fresh", count(Kind::Viewed).within(days(1)).at_least(1)))
            .build()
            .unwrap();
        basics::taken(engine.record(noon(), basics::everything("ana", noon())));
        basics::taken(engine.record(noon(), Event::viewed("ana", noon())));
        let came = engine.advance(noon()).unwrap();
        assert_eq!(came.len(), 1);
        let changes = refresh(&engine, at(72));
        changes.iter().map(|it| (it.at, it.segment.to_string(), it.entered)).collect::<Vec<_>>()
    };
    let expected = [(at(24), "fresh".to_owned(), false), (at(72), "best".to_owned(), true)];
    assert_eq!(told(|engine, now| engine.refresh(now).unwrap()), expected);
    let from = |engine: &Engine, now| {
        let survey = engine.survey(now).unwrap();
        engine.refresh_from(&survey, now).unwrap()
    };
    assert_eq!(told(from), expected);
}

/// Recency, frequency and value of the last thirty days, of those who have a city: what was
/// before, and what others did, moves nobody.
#[test]
fn rfm_is_of_its_time_and_among_its_base() {
    let euro: Currency = "EUR".parse().unwrap();
    let rfm = Rfm::new(euro).bins(2).within(days(30)).among(attribute("city").exists());
    let cells = [1, 2].into_iter().flat_map(|r| [1, 2].map(|f| (r, f)));
    let cells = cells.flat_map(|(r, f)| [1, 2].map(|m| (r, f, m)));
    let cells = cells.map(|(r, f, m)| Segment::new(format!("{r}{f}{m}"), rfm.cell(r, f, m)));
    let engine = Engine::builder().rankings(rfm.rankings()).segments(cells).build().unwrap();
    let buy = |who: &str, day: u32, euros: i64| {
        let at = noon() + days(day);
        let bought = Event::purchased(who, at).amount(Money::cents(euros * 100, "EUR").unwrap());
        let bought = bought.order(format!("{who} {day}"));
        basics::taken(engine.record(at, bought));
    };
    for (who, city) in [("ana", true), ("ben", true), ("cem", true), ("dana", false)] {
        basics::taken(engine.record(noon(), basics::everything(who, noon())));
        if city {
            let lives = Event::declared(who, noon()).attribute("city", "Porto");
            basics::taken(engine.record(noon(), lives));
        }
    }
    // Ana was the best of all long ago, and cem was there then.
    (1..5).for_each(|day| buy("ana", day, 500));
    (1..9).for_each(|day| buy("cem", day, 900));
    (80..90).for_each(|day| buy("dana", day, 900));
    (82..84).for_each(|day| buy("ben", day, 20));
    buy("ana", 88, 5);
    let now = noon() + days(90);
    _ = engine.refresh(now).unwrap();
    let cell = |who: &str| {
        let segments = engine.segments_of(who, now).unwrap();
        segments.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!((cell("ana"), cell("ben")), (vec!["211".to_owned()], vec!["122".to_owned()]));
    assert!(cell("cem").is_empty() && cell("dana").is_empty());
}

/// What a snapshot holds of customers: no whole identifier, where something shorter parts
/// equal figures.
#[test]
fn nobody_is_named() {
    let engine = Engine::builder()
        .ranking(Ranking::by("views", count(Kind::Viewed)))
        .segment(Segment::new("best", ranked("views").first(1)))
        .build()
        .unwrap();
    for who in ["kanarie-ana", "kanarie-ben"] {
        basics::taken(engine.record(noon(), basics::everything(who, noon())));
    }
    _ = engine.refresh(noon()).unwrap();
    let bytes = engine.snapshot().to_bytes();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("kanarie-b") && !holds("kanarie-be") && !holds("kanarie-a"));
    assert!(!format!("{:?} {:?}", engine.snapshot(), engine.population()).contains("kanarie"));
    assert!(!format!("{:?}", engine.survey(noon())).contains("kanarie"));
}

#[test]
fn a_report_tells_figures_in_their_unit() {
    let euro: Currency = "EUR".parse().unwrap();
    let spent = Ranking::by("spent", total(Kind::Purchased, euro));
    let views = Ranking::by("views", count(Kind::Viewed));
    let engine = Engine::builder()
        .ranking(spent)
        .ranking(views)
        .segment(Segment::new("best", ranked("spent").first(1)))
        .segment(Segment::new("keen", ranked("views").first(1)))
        .build()
        .unwrap();
    for (who, euros) in [("ana", 12.5), ("ben", 7.25)] {
        basics::taken(engine.record(noon(), basics::everything(who, noon())));
        let amount = Money::units(euros, "EUR").unwrap();
        basics::taken(engine.record(noon(), Event::purchased(who, noon()).amount(amount)));
        basics::taken(engine.record(noon(), Event::viewed(who, noon()).on(Channel::Web)));
    }
    _ = engine.refresh(noon()).unwrap();
    let report = engine.population().unwrap();
    let units: Vec<u32> = report.rankings.iter().map(|ranking| ranking.unit).collect();
    assert_eq!(units, [1_000_000, 1]);
    let told: Vec<String> = report.to_string().lines().skip(1).map(str::to_owned).collect();
    let expected = [
        "spent: 2 customers, in all 19.75",
        "  the first 1: 1 customers, from 12.50 to -",
        "views: 2 customers, in all 2",
        "  the first 1: 1 customers, from 1 to -",
    ];
    assert_eq!(told, expected);
}

#[test]
fn advance_refreshes_what_is_old() {
    let engine = Engine::builder()
        .ranking(Ranking::by("views", count(Kind::Viewed)))
        .segment(Segment::new("best", ranked("views").first(1)))
        .refit_after(days(1))
        .build()
        .unwrap();
    let told = |changes: Vec<Change>| -> Vec<(String, bool)> {
        changes.iter().map(|it| (it.customer.value().to_owned(), it.entered)).collect()
    };
    let entered = |who: &str, entered| (who.to_owned(), entered);
    basics::taken(engine.record(noon(), basics::everything("ana", noon())));
    basics::taken(engine.record(noon(), basics::everything("ben", noon())));
    assert_eq!(told(engine.advance(noon()).unwrap()), [entered("ben", true)]);
    basics::taken(engine.record(noon(), Event::viewed("ana", noon())));
    // Against the old threshold, the larger figure is enough.
    assert_eq!(told(engine.advance(at(1)).unwrap()), [entered("ana", true)]);
    assert_eq!(told(engine.advance(at(24)).unwrap()), [entered("ben", false)]);
    assert!(engine.advance(at(48)).unwrap().is_empty());
    assert_eq!(engine.population().unwrap().at, at(48));
}

#[test]
fn other_questions_are_refused() {
    let shop = |name: &str| {
        Engine::builder()
            .ranking(Ranking::by(name, count(Kind::Viewed)))
            .segment(Segment::new("best", ranked(name).first(1)))
            .build()
            .unwrap()
    };
    let (one, other) = (shop("views"), shop("looks"));
    let mut survey = one.survey(noon()).unwrap();
    assert!(survey.merge(&other.survey(noon()).unwrap()).is_err());
    assert!(survey.merge(&one.survey(at(1)).unwrap()).is_err());
    assert!(other.refresh_from(&survey, noon()).is_err());
    assert!(Survey::from_bytes(b"nonsense").is_err());
    for n in 0..survey.to_bytes().len() {
        let mut bytes = survey.to_bytes();
        bytes[n] ^= 1;
        assert!(Survey::from_bytes(&bytes).is_err(), "byte {n}");
    }
}
