//! Law 4, for the models of an engine: once somebody took back what they taught, a model that
//! follows at once is what it would be without them, and one that does not is named, and set
//! aside where the host is strict.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod common;

use std::collections::BTreeSet;

use common::{everything, noon};
use confidant::{
    Action, Arrangement, Blend, Catalog, Channel, Digest, Ease, Engine, EngineBuilder, Event, Ials,
    Item, ItemItem, MemorySnapshots, NextBasket, Popularity, Purpose, Recommendation, Recommender,
    Replenishment, Request, Scope, SessionNeighbours, Similarity, Snapshot, Source, Studied,
    TifuKnn, Timestamp, Treatment, days, hours, minutes,
};
use rand::prelude::*;
use rand::rngs::StdRng;

/// Recommenders that follow at once.
fn at_once() -> Vec<(&'static str, Recommender)> {
    let ease = || Ease::params().lambda(5.0);
    let blend = Blend::by_rank().part(ease(), 1.0).part(Popularity::params(), 2.0);
    let arranged = Recommender::from(NextBasket::params());
    vec![
        ("popular", Popularity::params().into()),
        ("ease", ease().into()),
        ("near", ItemItem::params().support(1).into()),
        ("beside", ItemItem::params().similarity(Similarity::Lift).within_orders().into()),
        ("sessions", SessionNeighbours::vstan().into()),
        ("tifu", TifuKnn::params().neighbours(4).into()),
        ("baskets", NextBasket::params().into()),
        ("due", Replenishment::params().into()),
        ("studied", Studied::params().into()),
        ("blend", blend.into()),
        ("novel", arranged.arranged(Arrangement::new().novel(0.5))),
    ]
}

/// One that takes a new fit.
fn late() -> Vec<(&'static str, Recommender)> {
    let ials = Ials::params().factors(3);
    let blend = Blend::by_rank().part(ials, 1.0).part(Popularity::params(), 1.0);
    // What falls into blocks falls into others without somebody.
    let blocks = Ease::params().block(5);
    let lengths = ItemItem::params().similarity(Similarity::Bm25);
    vec![
        ("blocks", blocks.into()),
        ("bm25", lengths.into()),
        ("ials", ials.into()),
        ("late blend", blend.into()),
    ]
}

fn goods() -> Vec<String> {
    (0..14).map(|n| format!("item-{n:02}")).collect()
}

fn shop(recommenders: Vec<(&'static str, Recommender)>) -> EngineBuilder {
    let items = goods().into_iter().enumerate();
    let item = |(n, id): (usize, String)| Item::new(id).category([["red", "blue"][n % 2]]);
    let catalog = Catalog::new(items.map(item)).unwrap();
    let about = Action::new("look").treatment(Treatment::on(Channel::Web)).value(1.0);
    let builder = Engine::builder().catalog(catalog).action(about);
    recommenders.into_iter().fold(builder, |builder, (name, it)| builder.recommender(name, it))
}

fn everybody_at_once() -> EngineBuilder {
    shop(at_once())
}

#[track_caller]
fn told(engine: &Engine, now: Timestamp, event: impl Into<Event>) {
    common::taken(engine.record(now, event));
}

fn fitted_at() -> Timestamp {
    noon() + days(40)
}

/// What a customer does, in a world of its own.
fn acts(who: &str, from: Timestamp, seed: u64) -> Vec<(Timestamp, Event)> {
    let mut random = StdRng::seed_from_u64(seed);
    let goods = goods();
    let mut at = from;
    let mut acts = Vec::new();
    for order in 0..random.random_range(1..6) {
        at = at + hours(random.random_range(1..90));
        let order = format!("{who}-{order}-{seed}");
        for _ in 0..random.random_range(1..4) {
            let item = goods.choose(&mut random).unwrap().as_str();
            let seen = Event::viewed(who, at).item(item);
            acts.push((at, seen.into()));
            at = at + minutes(random.random_range(1..9));
            acts.push((at, Event::purchased(who, at).item(item).order(order.as_str()).into()));
        }
    }
    acts
}

/// Everybody who lets others learn, each with what was done before the fit.
fn before(engine: &Engine, who: impl IntoIterator<Item = usize>) {
    for n in who {
        let name = format!("c{n:02}");
        told(engine, noon(), everything(name.as_str(), noon()));
        for (at, act) in acts(&name, noon(), n as u64) {
            told(engine, at, act);
        }
    }
    engine.advance(fitted_at()).unwrap();
    engine.fit(fitted_at()).unwrap();
}

/// What each recommender says to somebody, in full.
fn said(engine: &Engine, names: &[&str], who: &str) -> Vec<Vec<Recommendation>> {
    let now = fitted_at() + days(30);
    let said = |name: &&str| engine.recommend(who, name, 20, Scope::All, now).unwrap();
    names.iter().map(said).collect()
}

/// The models of an engine that rest on whole numbers, with their exact content.
fn exact(engine: &Engine) -> Vec<(String, Digest)> {
    let request = Request::new("nobody", Channel::Web, fitted_at());
    let receipt = engine.preview(&request).unwrap().receipt().clone();
    let whole = |name: &str| !["ease", "blend"].contains(&name);
    let models = receipt.models().filter(|(name, _)| whole(name));
    models.map(|(name, digest)| (name.to_owned(), digest)).collect()
}

#[track_caller]
fn must_be_alike(ours: &Engine, theirs: &Engine, askers: &[usize], what: &str) {
    assert_eq!(exact(ours), exact(theirs), "{what}");
    let names: Vec<&str> = at_once().iter().map(|(name, _)| *name).collect();
    for asker in askers {
        let who = format!("c{asker:02}");
        let (ours, theirs) = (said(ours, &names, &who), said(theirs, &names, &who));
        for ((ours, theirs), name) in ours.iter().zip(&theirs).zip(&names) {
            let items = |list: &[Recommendation]| -> BTreeSet<String> {
                list.iter().map(|one| one.item.to_string()).collect()
            };
            assert_eq!(items(ours), items(theirs), "{what}: {name}");
            for (ours, theirs) in ours.iter().zip(theirs) {
                let off = (ours.score - theirs.score).abs();
                assert!(off < 1e-9, "{what}: {name} is off by {off}");
            }
        }
    }
}

const ALL: usize = 12;

/// Some buy more after the fit, some take back what they allowed, some are erased; what is
/// left is what was fitted of all others, and nobody waits for another fit.
#[test]
fn what_was_taken_back_is_gone_at_once() {
    for seed in 0..25 {
        let mut random = StdRng::seed_from_u64(seed);
        let ours = everybody_at_once().build().unwrap();
        before(&ours, 0..ALL);
        let now = fitted_at() + days(1);
        let mut left: Vec<usize> = (0..ALL).collect();
        let mut changed = BTreeSet::new();
        for _ in 0..random.random_range(1..9) {
            let who = *left.choose(&mut random).unwrap();
            let name = format!("c{who:02}");
            match random.random_range(0..3) {
                0 => {
                    for (at, act) in acts(&name, fitted_at(), random.random()) {
                        told(&ours, at, act);
                    }
                    ours.advance(fitted_at() + days(20)).unwrap();
                    changed.insert(who);
                    continue;
                }
                1 => {
                    let at = now + days(25);
                    told(
                        &ours,
                        at,
                        Event::consent(name, at).withdraw(Purpose::CollaborativeLearning),
                    );
                }
                _ => assert!(ours.erase(name).unwrap()),
            }
            left.retain(|other| *other != who);
            let theirs = everybody_at_once().build().unwrap();
            before(&theirs, left.iter().copied());
            let askers: Vec<usize> =
                left.iter().copied().filter(|who| !changed.contains(who)).take(2).collect();
            must_be_alike(&ours, &theirs, &askers, &format!("seed {seed}"));
            assert!(ours.late_models().is_empty());
        }
    }
}

/// Only what was looked at is taken back: what was bought before the fit stays, and what was
/// bought since waits for the next one.
#[test]
fn who_takes_a_part_back_keeps_the_rest() {
    let ours = everybody_at_once().build().unwrap();
    before(&ours, 0..ALL);
    for (at, act) in acts("c03", fitted_at(), 77) {
        told(&ours, at, act);
    }
    let now = fitted_at() + days(30);
    ours.advance(now).unwrap();
    let only_bought = |at| {
        everything("c03", at)
            .allow_only(Purpose::CollaborativeLearning, [confidant::DataCategory::Purchases])
    };
    told(&ours, now, only_bought(now));
    assert!(ours.late_models().is_empty());

    let theirs = everybody_at_once().build().unwrap();
    told(&theirs, noon(), everything("c03", noon()));
    for (at, act) in acts("c03", noon(), 3) {
        told(&theirs, at, act);
    }
    told(&theirs, now, only_bought(now));
    theirs.advance(now).unwrap();
    before(&theirs, (0..ALL).filter(|who| *who != 3));
    must_be_alike(&ours, &theirs, &[0, 1], "a part");
}

fn receipt_names(engine: &Engine) -> Vec<String> {
    let request = Request::new("nobody", Channel::Web, fitted_at() + days(2));
    let receipt = engine.preview(&request).unwrap().receipt().clone();
    receipt.late_models().map(str::to_owned).collect()
}

fn sources(engine: &Engine, name: &str) -> Vec<Source> {
    let list = engine.recommend("c01", name, 3, Scope::All, fitted_at() + days(2)).unwrap();
    list.iter().map(|one| one.source).collect()
}

/// A model that takes a fit goes on, and the receipt says so; a strict host gets what is
/// popular meanwhile.
#[test]
fn who_cannot_forget_at_once_is_named_and_set_aside() {
    for strict in [false, true] {
        let builder = shop([late(), at_once()].concat());
        let builder = if strict { builder.strict_forgetting() } else { builder };
        let engine = builder.build().unwrap();
        before(&engine, 0..ALL);
        assert_eq!(sources(&engine, "ials")[0], Source::Model);
        assert!(receipt_names(&engine).is_empty());
        engine.erase("c05").unwrap();
        assert_eq!(receipt_names(&engine), ["blocks", "bm25", "ials", "late blend"]);
        let expected = if strict { Source::Popular } else { Source::Model };
        assert_eq!(sources(&engine, "ials"), [expected; 3]);
        assert_eq!(sources(&engine, "ease")[0], Source::Model);
        engine.erase("c06").unwrap();
        let published = Snapshot::from_bytes(&engine.snapshot().to_bytes()).unwrap();
        assert_eq!(published.id(), engine.snapshot().id());
        engine.fit(fitted_at() + days(1)).unwrap();
        assert!(receipt_names(&engine).is_empty());
        assert_eq!(sources(&engine, "ials")[0], Source::Model);
        engine.swap(published);
        assert_eq!(receipt_names(&engine), ["blocks", "bm25", "ials", "late blend"]);
    }
}

/// Models that came from elsewhere may hold anybody.
#[test]
fn what_others_fitted_may_hold_anybody() {
    let teacher = everybody_at_once().build().unwrap();
    before(&teacher, 0..ALL);
    let place = MemorySnapshots::default();
    teacher.publish(&place).unwrap();
    for strict in [false, true] {
        let builder = everybody_at_once();
        let builder = if strict { builder.strict_forgetting() } else { builder };
        let engine = builder.build().unwrap();
        let all: BTreeSet<String> = exact(&engine).into_iter().map(|(name, _)| name).collect();
        // It was never fitted, and holds nobody.
        told(&engine, noon(), everything("new", noon()));
        told(&engine, noon(), Event::purchased("new", noon()).item("item-03"));
        engine.advance(noon()).unwrap();
        engine.erase("new").unwrap();
        assert!(engine.late_models().is_empty());

        if strict {
            let learned = teacher.statistics();
            engine.fit_from(&learned, fitted_at()).unwrap();
        } else {
            engine.follow(&place).unwrap();
        }
        assert_eq!(sources(&engine, "popular")[0], Source::Model);
        told(&engine, noon(), everything("new", noon()));
        told(&engine, noon(), Event::purchased("new", noon()).item("item-03"));
        engine.advance(fitted_at()).unwrap();
        assert!(engine.late_models().is_empty(), "nothing was taken back");
        engine.erase("new").unwrap();
        let late: BTreeSet<String> = engine.late_models().iter().map(ToString::to_string).collect();
        assert!(all.is_subset(&late), "{late:?}");
        let expected = if strict { Source::Catalogue } else { Source::Model };
        assert_eq!(sources(&engine, "popular")[0], expected);
        engine.fit(fitted_at()).unwrap();
        assert!(engine.late_models().is_empty());
    }
}

/// Who follows does not take again what it took before and forgot a part of.
#[test]
fn what_is_published_does_not_bring_anybody_back() {
    let place = MemorySnapshots::default();
    let teacher = shop([late(), at_once()].concat()).build().unwrap();
    before(&teacher, 0..ALL);
    teacher.publish(&place).unwrap();
    let follower = shop([late(), at_once()].concat()).build().unwrap();
    assert!(follower.follow(&place).unwrap());
    told(&follower, noon(), everything("new", noon()));
    told(&follower, noon(), Event::purchased("new", noon()).item("item-03"));
    follower.advance(fitted_at()).unwrap();
    for (engine, gone) in [(&teacher, "c07"), (&follower, "new")] {
        assert!(engine.erase(gone).unwrap());
        let late = engine.late_models();
        assert!(!late.is_empty());
        assert!(!engine.follow(&place).unwrap(), "what it is already, but for {gone}");
        assert_eq!(engine.late_models(), late);
    }
    teacher.fit(fitted_at()).unwrap();
    teacher.publish(&place).unwrap();
    assert!(!teacher.follow(&place).unwrap());
    assert!(follower.follow(&place).unwrap());
    assert!(follower.late_models().is_empty());
}

/// Only what was looked at is taken back: factors never heard of that.
#[test]
fn what_a_model_never_learned_does_not_make_it_late() {
    let engine = shop([late(), at_once()].concat()).build().unwrap();
    before(&engine, 0..ALL);
    let now = fitted_at() + days(1);
    let only = everything("c03", now)
        .allow_only(Purpose::CollaborativeLearning, [confidant::DataCategory::Purchases]);
    told(&engine, now, only);
    assert!(engine.late_models().is_empty(), "{:?}", engine.late_models());
}

/// Several at once, and a pair of them of one customer: the models are those of who is left.
#[test]
fn threads_forget_as_one_does() {
    let ours = everybody_at_once().build().unwrap();
    before(&ours, 0..ALL);
    std::thread::scope(|scope| {
        for part in 0..4 {
            let ours = &ours;
            scope.spawn(move || {
                for who in (0..ALL - 2).filter(|who| who % 4 == part) {
                    let name = format!("c{who:02}");
                    for (at, act) in acts(&name, fitted_at(), 5) {
                        told(ours, at, act);
                    }
                    ours.advance(fitted_at() + days(30)).unwrap();
                    ours.erase(name).unwrap();
                }
            });
        }
    });
    let theirs = everybody_at_once().build().unwrap();
    before(&theirs, ALL - 2..ALL);
    must_be_alike(&ours, &theirs, &[ALL - 2, ALL - 1], "threads");
    assert!(ours.late_models().is_empty());
}

/// Who was forgotten and comes back is somebody new, to be forgotten as such.
#[test]
fn who_comes_back_is_forgotten_again() {
    let ours = everybody_at_once().build().unwrap();
    before(&ours, 0..ALL);
    for round in 0..3 {
        ours.erase("c04").unwrap();
        let at = fitted_at() + days(round);
        told(&ours, at, everything("c04", at));
        for (at, act) in acts("c04", at, 900 + u64::from(round)) {
            told(&ours, at, act);
        }
        ours.advance(at + days(20)).unwrap();
    }
    ours.erase("c04").unwrap();
    let theirs = everybody_at_once().build().unwrap();
    before(&theirs, (0..ALL).filter(|who| *who != 4));
    must_be_alike(&ours, &theirs, &[1, 9], "again");
    assert!(ours.late_models().is_empty());
}

/// What another engine over the same store forgot, this one may hold.
#[test]
fn what_others_forgot_may_be_held() {
    let store = std::sync::Arc::new(confidant::MemoryStore::new());
    let ours = everybody_at_once().store(store.clone()).build().unwrap();
    before(&ours, 0..ALL);
    ours.recount().unwrap();
    assert!(ours.late_models().is_empty(), "nothing has changed");
    everybody_at_once().store(store).build().unwrap().erase("c02").unwrap();
    ours.recount().unwrap();
    assert!(ours.late_models().contains(&"popular".into()));
    ours.fit(fitted_at()).unwrap();
    assert!(ours.late_models().is_empty());
}

#[test]
fn which_recommenders_follow_at_once_is_known_before() {
    use confidant::Forgets;
    for (name, recommender) in at_once() {
        assert_eq!(recommender.forgets(), Forgets::AtOnce, "{name}");
    }
    for (name, recommender) in late().into_iter().filter(|(name, _)| *name != "blocks") {
        assert_eq!(recommender.forgets(), Forgets::AtNextFit, "{name}");
    }
}
