//! What is popular within a customer's segment goes before what is popular with everybody:
//! students get what students buy.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use std::collections::BTreeMap;

use common::dice::Dice;
use common::host;
use common::told::Told;
use common::world::{Size, World};
use common::{everything, noon, taken};
use confidant::{
    Action, Catalog, Channel, DataCategory, Engine, EngineBuilder, ErrorKind, Event, Item, Kind,
    Level, PersonalFrequency, PrivacyPolicy, Purpose, Ranking, Reason, Request, Scope, Segment,
    Snapshot, Source, Statistics, Timestamp, Treatment, attribute, count, days, orders, ranked,
};
use twin::decide::Host;
use twin::learn::Counts;
use twin::person::People;
use twin::recommend::{By, Fitted, Offered};
use twin::truth::Seen;

fn student() -> Segment {
    Segment::new("students", attribute("occupation").is("student"))
}

fn catalog() -> Catalog {
    Catalog::new(["armchair", "beans", "noodles", "wine"].map(Item::new)).unwrap()
}

fn shop() -> EngineBuilder {
    let action = Action::new("for you").treatment(Treatment::on(Channel::Web)).value(1.0);
    Engine::builder()
        .catalog(catalog())
        .segment(student())
        .segment(Segment::new("busy", count(Kind::Purchased).within(days(30)).at_least(3)))
        .recommender("own", PersonalFrequency::params())
        .action(action.recommends("own", Scope::All, 2))
        .popular_within(["students"])
}

#[track_caller]
fn told(engine: &Engine, now: Timestamp, event: impl Into<Event>) {
    taken(engine.record(now, event));
}

fn studies(engine: &Engine, who: &str) {
    told(engine, noon(), everything(who, noon()));
    told(engine, noon(), Event::declared(who, noon()).attribute("occupation", "student"));
}

fn buys(engine: &Engine, who: &str, item: &str) {
    told(engine, noon(), Event::purchased(who, noon()).item(item));
}

/// Five students who buy noodles and nine others who buy wine.
fn town(engine: &Engine) {
    for n in 0..5 {
        let who = format!("student {n}");
        studies(engine, &who);
        buys(engine, &who, "noodles");
    }
    for n in 0..9 {
        let who = format!("other {n}");
        told(engine, noon(), everything(who.as_str(), noon()));
        buys(engine, &who, "wine");
    }
}

fn later() -> Timestamp {
    noon() + days(1)
}

fn fitted(engine: &Engine) {
    engine.advance(later()).unwrap();
    engine.fit(later()).unwrap();
}

/// What is offered first, where it comes from, and why, in the words of the receipt.
fn offered(engine: &Engine, who: &str) -> (String, Source, Vec<Reason>) {
    fitted(engine);
    let list = engine.recommend(who, "own", 2, Scope::All, later()).unwrap();
    let decision = engine.preview(&Request::new(who, Channel::Web, later())).unwrap();
    assert_eq!(decision.choice().unwrap().items, list);
    let reasons = decision.receipt().reasons().to_vec();
    (list[0].item.to_string(), list[0].source, reasons)
}

fn within() -> Vec<Reason> {
    vec![Reason::PopularWithin("students".into())]
}

#[test]
fn a_new_student_gets_what_students_buy() {
    let engine = shop().build().unwrap();
    town(&engine);
    studies(&engine, "ana");
    assert_eq!(offered(&engine, "ana"), ("noodles".into(), Source::PopularInSegment, within()));
    let stranger = ("wine".into(), Source::Popular, vec![Reason::Popular]);
    assert_eq!(offered(&engine, "a stranger"), stranger);
    // The rest follows: first what everybody buys, then the catalogue.
    let list = engine.recommend("ana", "own", 9, Scope::All, later()).unwrap();
    let list: Vec<_> = list.iter().map(|one| (one.item.as_str(), one.source)).collect();
    let rest = [("armchair", Source::Catalogue), ("beans", Source::Catalogue)];
    assert_eq!(list[..2], [("noodles", Source::PopularInSegment), ("wine", Source::Popular)]);
    assert_eq!(list[2..], rest);
    let words = engine.preview(&Request::new("ana", Channel::Web, later())).unwrap();
    let used = words.receipt().used().to_vec();
    assert!(used.contains(&DataCategory::Declared), "{used:?}");
    assert!(words.receipt().explain().contains("students"), "{}", words.receipt().explain());
}

/// Whoever may not be looked at is in no segment, and gets what a stranger gets.
#[test]
fn who_withdraws_gets_what_everybody_gets() {
    let engine = shop().build().unwrap();
    town(&engine);
    studies(&engine, "ana");
    assert_eq!(offered(&engine, "ana").1, Source::PopularInSegment);
    told(&engine, later(), Event::consent("ana", later()).withdraw(Purpose::Personalisation));
    assert_eq!(offered(&engine, "ana"), offered(&engine, "a stranger"));
}

/// What somebody lets nobody learn from is counted nowhere, to the last bit: neither what they
/// buy, nor whether they are students.
#[test]
fn who_lets_nobody_learn_does_not_count() {
    let (with, without) = (shop().build().unwrap(), shop().build().unwrap());
    town(&with);
    town(&without);
    studies(&with, "eva");
    buys(&with, "eva", "armchair");
    fitted(&with);
    fitted(&without);
    assert_ne!(with.statistics().digest(), without.statistics().digest());
    let no = Event::consent("eva", later()).withdraw(Purpose::CollaborativeLearning);
    told(&with, later(), no);
    fitted(&with);
    assert!(with.statistics().to_bytes() == without.statistics().to_bytes());
    // One who lets others learn what is bought, and not what was declared, is in no segment.
    let counts = |declared: bool| {
        let engine = shop().build().unwrap();
        let only = [DataCategory::Purchases];
        let yes = Event::consent("eva", noon()).level(Level::Collaborative);
        told(&engine, noon(), yes.allow_only(Purpose::CollaborativeLearning, only));
        let told_of = Event::declared("eva", noon()).attribute("occupation", "student");
        _ = declared.then(|| engine.record(noon(), told_of).unwrap());
        buys(&engine, "eva", "armchair");
        fitted(&engine);
        engine.statistics().to_bytes()
    };
    assert!(counts(true) == counts(false));
}

/// A group that is too small to be told of is passed over.
#[test]
fn a_small_group_is_not_told_of() {
    let source = |smallest: u64| {
        let engine = shop().smallest_group(smallest).build().unwrap();
        town(&engine);
        // She has bought nothing, so she makes it no larger.
        studies(&engine, "ana");
        offered(&engine, "ana").1
    };
    assert_eq!(source(0), Source::PopularInSegment);
    assert_eq!(source(5), Source::PopularInSegment);
    assert_eq!(source(6), Source::Popular);
}

/// Whoever is erased, or is no student by what may be learned from now on, is gone from what is
/// popular with students at once, and the group with them where it is too small then.
#[test]
fn who_leaves_the_group_is_forgotten_at_once() {
    let digests = |engine: &Engine| {
        let decision = engine.preview(&Request::new("ana", Channel::Web, later())).unwrap();
        let models = decision.receipt().models();
        models.map(|(name, digest)| (name.to_owned(), digest)).collect::<Vec<_>>()
    };
    for erased in [true, false] {
        for (smallest, left) in [(5, Source::Popular), (4, Source::PopularInSegment)] {
            let engine = shop().smallest_group(smallest).build().unwrap();
            town(&engine);
            studies(&engine, "eva");
            buys(&engine, "eva", "beans");
            studies(&engine, "ana");
            engine.erase("student 4").unwrap();
            assert_eq!(offered(&engine, "ana").1, Source::PopularInSegment);
            let only = [DataCategory::Purchases];
            let less = Event::consent("eva", later());
            let less = less.allow_only(Purpose::CollaborativeLearning, only);
            match erased {
                true => assert!(engine.erase("eva").unwrap()),
                false => told(&engine, later(), less),
            }
            let list = engine.recommend("ana", "own", 4, Scope::All, later()).unwrap();
            assert_eq!(list[0].source, left);
            let within = list.iter().filter(|one| one.source == Source::PopularInSegment);
            assert!(within.clone().all(|one| one.item.as_str() == "noodles"), "{list:?}");
            assert!(engine.late_models().is_empty());
            // As if it had been fitted so.
            let at_once = digests(&engine);
            engine.fit(later()).unwrap();
            assert_eq!(digests(&engine), at_once);
        }
    }
}

/// Two shards, each with customers of its own, merge into what one engine counts.
#[test]
fn groups_of_shards_add_up() {
    let of = |who: &[&str]| {
        let engine = shop().build().unwrap();
        for (n, who) in who.iter().enumerate() {
            studies(&engine, who);
            buys(&engine, who, ["wine", "beans"][n % 2]);
        }
        fitted(&engine);
        engine.statistics()
    };
    let mut merged = Statistics::from_bytes(&of(&["ana", "ben"]).to_bytes()).unwrap();
    merged.merge(&of(&["eva", "ida", "leo", "uma"]));
    let all = of(&["ana", "ben", "eva", "ida", "leo", "uma"]);
    assert!(merged.to_bytes() == all.to_bytes());
    assert_eq!(Statistics::from_bytes(&all.to_bytes()).unwrap().digest(), all.digest());
    // So many, and no more.
    let source = |smallest: u64| {
        let engine = shop().smallest_group(smallest).build().unwrap();
        engine.fit_from(&merged, later()).unwrap();
        studies(&engine, "new");
        engine.recommend("new", "own", 1, Scope::All, later()).unwrap()[0].source
    };
    assert_eq!([source(6), source(7)], [Source::PopularInSegment, Source::Popular]);
}

/// Time alone makes and ends a member: what is learned follows when that is due.
#[test]
fn a_member_for_a_time_counts_for_that_time() {
    let engine = |within: &[&str]| {
        let engine = shop().popular_within(within.iter().copied()).build().unwrap();
        told(&engine, noon(), everything("ana", noon()));
        for n in 0..3 {
            let at = noon() + days(n);
            told(&engine, at, Event::purchased("ana", at).item("beans"));
        }
        engine
    };
    let (with, without) = (engine(&["busy"]), engine(&[]));
    let counted = |day: u32| {
        let now = noon() + days(day);
        with.advance(now).unwrap();
        without.advance(now).unwrap();
        with.statistics().to_bytes() != without.statistics().to_bytes()
    };
    assert!(counted(2));
    assert!(counted(29));
    assert!(!counted(31), "it is still counted what she bought as one who buys much");
}

/// Other segments are learned anew from everybody.
#[test]
fn a_swap_counts_anew() {
    let engine = shop().build().unwrap();
    town(&engine);
    fitted(&engine);
    let (before, nobody) = (engine.statistics().to_bytes(), Statistics::default());
    let other = Engine::builder().catalog(catalog()).segment(student());
    engine.swap(other.snapshot(&nobody, later()).unwrap());
    engine.advance(later()).unwrap();
    assert!(engine.statistics().to_bytes() != before);
    engine.swap(shop().snapshot(&nobody, later()).unwrap());
    engine.advance(later()).unwrap();
    assert!(engine.statistics().to_bytes() == before);
    // And what was fitted travels.
    engine.fit(later()).unwrap();
    let bytes = engine.snapshot().to_bytes();
    let follower = shop().build_on(Snapshot::from_bytes(&bytes).unwrap()).unwrap();
    studies(&follower, "ana");
    let list = follower.recommend("ana", "own", 1, Scope::All, later()).unwrap();
    assert_eq!(list[0].source, Source::PopularInSegment);
    assert_eq!(follower.snapshot().to_bytes(), bytes);
}

/// Only what a customer's own view can tell.
#[test]
fn some_segments_will_not_do() {
    let best = Segment::new("best", ranked("orders").first(3));
    let builder = || {
        let ranking = Ranking::by("orders", orders(Kind::Purchased));
        shop().ranking(ranking).segment(best.clone())
    };
    for (within, says) in [("nobody", "nobody"), ("best", "among others"), ("students", "twice")] {
        let error = builder().popular_within([within]).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
        assert!(error.to_string().contains(says), "{error}");
    }
}

/// What may be used and not said aloud is not said.
#[test]
fn what_is_not_said_aloud_is_not() {
    let quiet = PrivacyPolicy::new().mention(DataCategory::Declared, false);
    let engine = shop().privacy(quiet).build().unwrap();
    town(&engine);
    studies(&engine, "ana");
    assert_eq!(offered(&engine, "ana").2, [Reason::NotSaid]);
}

const SIZE: Size = Size { items: 10, customers: 12, events: 30 };

/// What members buy, counted from scratch.
struct Groups {
    by_segment: BTreeMap<String, Counts>,
}

/// The first of these segments that somebody is in, for a purpose.
fn first(
    world: &World,
    host: &Host,
    named: &[String],
    who: &People,
    name: &str,
    purpose: &Purpose,
    now: i64,
) -> Vec<String> {
    let person = who.person(name);
    let members = Seen::new(world, &host.segments, &person, purpose, now, None).members();
    named.iter().filter(|id| members.contains(*id)).cloned().collect()
}

impl Groups {
    fn of(world: &World, host: &Host, named: &[String], people: &People, now: i64) -> Self {
        let of = |id: &String| {
            let mut members = people.clone();
            let learning = Purpose::CollaborativeLearning;
            members.persons.retain(|who, _| {
                first(world, host, named, people, who, &learning, now).first() == Some(id)
            });
            (id.clone(), Counts::of(world, &members, now))
        };
        Self { by_segment: named.iter().map(of).collect() }
    }

    /// Those of which it is told.
    fn told(&self, id: &String, least: u64) -> Option<&Counts> {
        let counts = self.by_segment.get(id)?;
        let mut who: Vec<&String> = counts.buyers.values().flatten().collect();
        who.sort();
        who.dedup();
        (who.len() as u64 >= least.max(1)).then_some(counts)
    }
}

/// Members come and go by what they do and by time alone; what is popular with them is the
/// twin's, to the last bit.
#[test]
fn what_is_popular_within_is_counted_from_scratch() {
    let (mut within, mut passed) = (0, 0);
    for seed in 0..80 {
        let mut dice = Dice::new(seed ^ 0x9b);
        let world = World::new(seed, SIZE);
        let segments = host::segments(&mut dice, 4);
        let ids: Vec<String> = segments.iter().map(|(id, _)| id.clone()).collect();
        let mut named = dice.some(70, &ids);
        dice.shuffle(&mut named);
        let recommenders = vec![("own".to_owned(), By::Personal(None))];
        let host = Host { segments, recommenders, ..Host::default() };
        let least = dice.below(4) as u64;
        let builder = host::builder(&world, &host).smallest_group(least);
        let engine = builder.popular_within(named.iter().map(String::as_str)).build().unwrap();
        let told = world.by_time();
        _ = engine.record_all(world.now(), told.iter().map(Told::event));
        let mut people = People::of(&told, &world.privacy);
        for step in 0..5u32 {
            let now = world.now() + days(step * 6);
            if step == 3 {
                let gone = dice.pick(&world.customers).clone();
                _ = engine.erase(gone.as_str()).unwrap();
                people.persons.remove(&gone);
            }
            engine.advance(now).unwrap();
            engine.fit(now).unwrap();
            let now = now.as_millis();
            let groups = Groups::of(&world, &host, &named, &people, now);
            let counts = Counts::of(&world, &people, now);
            let fitted = Fitted { world: &world, counts, at: now };
            for who in world.customers.iter().chain([&"a stranger".to_owned()]) {
                let person = people.person(who);
                let me = Purpose::Personalisation;
                let seen = Seen::new(&world, &host.segments, &person, &me, now, None);
                let mine = first(&world, &host, &named, &people, who, &me, now);
                let group = mine.iter().find_map(|id| groups.told(id, least));
                passed += usize::from(group.is_none() && !mine.is_empty());
                let before = group.map(|counts| {
                    let apart = Fitted { counts: counts.clone(), ..fitted.clone() };
                    apart.popular(30, Source::PopularInSegment)
                });
                let twins =
                    fitted.recommend_with(By::Personal(None), &seen, before.unwrap_or_default());
                let at = Timestamp::from_millis(now);
                let ours = engine.recommend(who.as_str(), "own", 50, Scope::All, at).unwrap();
                let ours = ours.iter().map(|one| Offered {
                    item: one.item.to_string(),
                    score: one.score,
                    because: one.because.iter().map(ToString::to_string).collect(),
                    source: one.source,
                });
                let ours: Vec<Offered> = ours.collect();
                within += ours.iter().filter(|one| one.source == Source::PopularInSegment).count();
                assert_eq!(ours, twins, "seed {seed}, step {step}: {who} in {mine:?}");
            }
        }
    }
    assert!(within > 1_000 && passed > 100, "{within} items within, {passed} groups passed over");
}
