//! What every recommender must pass, whatever it is made of.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use std::collections::BTreeSet;

use common::dice::Dice;
use common::host;
use common::told::{Did, Told, What};
use common::world::{DAY, Privacy, Size, World, everything};
use confidant::{
    Arrangement, Blend, Content, Ease, Engine, ErrorKind, Event, Goods, Ials, ItemItem, Kind,
    NextBasket, PersonalFrequency, Purpose, Recommendation, Recommender, Scope, SessionNeighbours,
    Similarity, Snapshot, Source, TifuKnn,
};
use twin::decide::Host;
use twin::learn::{Counts, ONE, faded};
use twin::person::People;
use twin::recommend::{By, Fitted, Offered, owned};
use twin::truth::Seen;

/// A new recommender is one more line here.
const ALL: [(&str, By); 14] = [
    ("popular this week", By::Popularity(7)),
    ("popular", By::Popularity(30)),
    ("own", By::Personal(None)),
    ("own, lately", By::Personal(Some(5))),
    ("together", By::Together(50, 2)),
    ("together, a few", By::Together(3, 1)),
    ("related", By::Related(4)),
    ("alike", By::Content(2)),
    ("step up", By::UpSell(3, 1, false)),
    ("two steps up by hand", By::UpSell(2, 2, true)),
    ("studied", By::Studied(30, 1, 0.3)),
    ("studied, lately", By::Studied(9, 1, 1.0)),
    ("due", By::Due(0.0)),
    ("due by now", By::Due(0.7)),
];

/// And these, of which a twin stands beside each: what holds for every recommender is asked
/// of them too.
fn others() -> Vec<(&'static str, Recommender)> {
    let related = ItemItem::params().support(1);
    let everything = Blend::by_rank()
        .part(Ease::params().lambda(3.0), 1.0)
        .part(PersonalFrequency::params(), 2.0)
        .part(Content::params().alike("allergy", 1.0), 0.5);
    let shelf = Arrangement::new().boost(Goods::item("i3"), 4.0).margin("tier", 0.5);
    vec![
        ("ease", Ease::params().lambda(2.0).into()),
        ("ease in blocks", Ease::params().lambda(1.0).block(4).into()),
        ("factors", Ials::params().factors(3).into()),
        ("next in the visit", SessionNeighbours::vstan().into()),
        ("next in the visit, plainly", SessionNeighbours::vmis_knn().into()),
        ("next basket", NextBasket::params().into()),
        ("next basket by others", TifuKnn::params().neighbours(3).into()),
        ("likely with", related.similarity(Similarity::Conditional).into()),
        ("seldom without", related.similarity(Similarity::Lift).within_orders().into()),
        ("bm25", related.similarity(Similarity::Bm25).shrinkage(2).into()),
        ("blended", everything.into()),
        ("blended by score", Blend::by_score().part(Ials::params(), 1.0).part(related, 1.0).into()),
        ("boosted", Recommender::from(Ease::params()).arranged(shelf)),
        ("alike by vectors", Content::params().brand(0.1).alike("allergy", 2.0).into()),
        ("tired of", Recommender::from(Ease::params()).arranged(Arrangement::new().tire(0.4))),
    ]
}

fn names() -> Vec<&'static str> {
    let others = others().into_iter().map(|(name, _)| name);
    ALL.iter().map(|(name, _)| *name).chain(others).collect()
}

const SCOPES: [Scope; 2] = [Scope::All, Scope::New];

struct Shop {
    world: World,
    engine: Engine,
    people: People,
    seed: u64,
}

impl Shop {
    fn open(seed: u64, world: World) -> Self {
        let recommenders = ALL.map(|(name, by)| (name.to_owned(), by)).to_vec();
        let host = Host { recommenders, ..Host::default() };
        let builder = host::builder(&world, &host);
        let builder = others()
            .into_iter()
            .fold(builder, |builder, (name, recommender)| builder.recommender(name, recommender));
        let engine = builder.build().unwrap();
        let told = world.by_time();
        let report = engine.record_all(world.now(), told.iter().map(Told::event));
        assert_eq!(report.accepted + report.duplicates + report.refused.len(), told.len());
        let people = People::of(&told, &world.privacy);
        let shop = Self { world, engine, people, seed };
        shop.fit();
        shop
    }

    fn made(seed: u64) -> Self {
        Self::open(seed, World::new(seed, Size { items: 14, customers: 8, events: 30 }))
    }

    fn fit(&self) {
        self.engine.advance(self.world.now()).unwrap();
        self.engine.fit(self.world.now()).unwrap();
    }

    fn fitted(&self) -> Fitted<'_> {
        let counts = Counts::of(&self.world, &self.people, self.world.end);
        Fitted { world: &self.world, counts, at: self.world.end }
    }

    fn recommend(&self, who: &str, name: &str, n: usize, scope: Scope) -> Vec<Recommendation> {
        self.engine.recommend(who, name, n, scope, self.world.now()).unwrap()
    }

    fn everybody(&self) -> Vec<String> {
        let mut who = self.world.customers.clone();
        who.push("a stranger".into());
        who
    }

    /// What the customer bought, as far as personalisation may see it.
    fn owned(&self, who: &str) -> BTreeSet<String> {
        let person = self.people.person(who);
        let purpose = Purpose::Personalisation;
        owned(&Seen::new(&self.world, &[], &person, &purpose, self.world.end, None))
    }

    fn available(&self) -> Vec<String> {
        let wares = self.world.wares.iter().filter(|ware| ware.available);
        wares.map(|ware| ware.id.clone()).collect()
    }

    /// Every recommender's answer is the twin's: items, scores to the last bit, whose
    /// items spoke for them, and where they come from.
    fn compare(&self) {
        let fitted = self.fitted();
        for who in self.everybody() {
            let person = self.people.person(&who);
            let purpose = Purpose::Personalisation;
            let seen = Seen::new(&self.world, &[], &person, &purpose, self.world.end, None);
            for ((name, by), scope) in ALL.into_iter().flat_map(|m| SCOPES.map(|s| (m, s))) {
                for n in [1, 5, 10_000_000] {
                    let ours: Vec<Offered> =
                        self.recommend(&who, name, n, scope).iter().map(offered).collect();
                    let twins = fitted.recommend(by, &seen, &[], n, scope);
                    assert_eq!(ours, twins, "seed {}: {name} {n} {scope:?} {who}", self.seed);
                }
            }
        }
    }
}

fn offered(ours: &Recommendation) -> Offered {
    Offered {
        item: ours.item.to_string(),
        score: ours.score,
        because: ours.because.iter().map(ToString::to_string).collect(),
        source: ours.source,
    }
}

/// For each made world, each customer, recommender and scope.
fn each(seeds: u64, check: impl Fn(&Shop, &str, &str, Scope, &str)) {
    for seed in 0..seeds {
        let shop = Shop::made(seed);
        for who in shop.everybody() {
            for (name, scope) in names().into_iter().flat_map(|m| SCOPES.map(|s| (m, s))) {
                let why = format!("seed {seed}: {name} {scope:?} {who}");
                check(&shop, &who, name, scope, &why);
            }
        }
    }
}

#[test]
fn it_answers_as_its_twin() {
    let mut sources = BTreeSet::new();
    for seed in 0..200 {
        let shop = Shop::made(seed);
        shop.compare();
        for who in shop.everybody() {
            let list = shop.recommend(&who, "together, a few", 14, Scope::All);
            sources.extend(list.iter().map(|one| format!("{:?}", one.source)));
        }
    }
    assert_eq!(sources.len(), 3, "the worlds are too plain: only {sources:?}");
}

/// When each item is due is the twin's answer, to the last bit.
#[test]
fn what_is_due_is_due_as_its_twin_says() {
    let (mut due, mut not_yet) = (0, 0);
    for seed in 0..200 {
        let shop = Shop::made(seed);
        let fitted = shop.fitted();
        for who in shop.everybody() {
            let person = shop.people.person(&who);
            let purpose = Purpose::Personalisation;
            let seen = Seen::new(&shop.world, &[], &person, &purpose, shop.world.end, None);
            let mut all = Vec::new();
            for (name, not_before) in [("due", 0.0), ("due by now", 0.7)] {
                let mut twins = fitted.due(&seen, not_before);
                twins.retain(|one| shop.world.ware(&one.offer.item).available);
                for n in [1, 3, 100] {
                    let ours = shop.engine.due(who.as_str(), name, n, shop.world.now()).unwrap();
                    assert_eq!(ours.len(), n.min(twins.len()), "seed {seed}: {name} {n} {who}");
                    for (ours, twin) in ours.iter().zip(&twins) {
                        let why = format!("seed {seed}: {name} {n} {who}: {ours:?} {twin:?}");
                        assert_eq!(ours.item.as_str(), twin.offer.item, "{why}");
                        assert_eq!((ours.rate, ours.elapsed), (twin.offer.score, twin.elapsed));
                        let next = twin.last * DAY + (twin.gap * DAY as f64) as i64;
                        assert_eq!(ours.next.as_millis(), next, "{why}");
                    }
                }
                all.push(twins.len());
            }
            due += all[0];
            not_yet += all[0] - all[1];
        }
    }
    assert!(due > 1_000 && not_yet > 100, "only {due} were due, {not_yet} of them not yet");
}

/// N after filtering, or all that exist; a longer list begins with the shorter one.
#[test]
fn as_many_as_asked_for_or_all_that_exist() {
    each(15, |shop, who, name, scope, why| {
        let own = shop.owned(who);
        let may = |item: &&String| scope == Scope::All || !own.contains(*item);
        let exist = shop.available().iter().filter(may).count();
        let all = shop.recommend(who, name, 10_000_000, scope);
        assert_eq!(all.len(), exist, "{why}");
        for n in [0, 1, 2, 7, exist, exist + 1, usize::MAX] {
            let list = shop.recommend(who, name, n, scope);
            assert_eq!(list, all[..n.min(exist)], "{why}, {n} asked for");
        }
    });
}

#[test]
fn nothing_twice_nothing_unavailable_nothing_bought_where_new_is_asked_for() {
    each(15, |shop, who, name, scope, why| {
        let (own, available) = (shop.owned(who), shop.available());
        let list = shop.recommend(who, name, 100, scope);
        let items: BTreeSet<String> = list.iter().map(|one| one.item.to_string()).collect();
        assert_eq!(items.len(), list.len(), "{why}: an item stands twice");
        assert!(items.iter().all(|item| available.contains(item)), "{why}: {items:?}");
        if scope == Scope::New {
            assert!(items.is_disjoint(&own), "{why}: {items:?}");
        }
    });
}

/// The best first, ties by id, the model before what is popular, that before the rest.
#[test]
fn the_order_is_settled() {
    each(15, |shop, who, name, scope, why| {
        let list = shop.recommend(who, name, 100, scope);
        assert_eq!(list, shop.recommend(who, name, 100, scope), "{why}: asked again");
        let place = |source| match source {
            Source::Model => 0,
            Source::PopularInSegment => 1,
            Source::Popular => 2,
            Source::Catalogue => 3,
        };
        for pair in list.windows(2) {
            let key = |one: &Recommendation| (place(one.source), -one.score, one.item.clone());
            assert!(key(&pair[0]) < key(&pair[1]), "{why}: {pair:?}");
            assert!(pair[0].score.is_finite() && pair[0].score >= 0.0, "{why}: {pair:?}");
        }
    });
}

/// No reason names what the customer has not bought or does not let be seen.
#[test]
fn reasons_name_the_customers_own_items() {
    let spoke = std::cell::Cell::new(0);
    each(15, |shop, who, name, scope, why| {
        let own = shop.owned(who);
        for one in shop.recommend(who, name, 100, scope) {
            let because: BTreeSet<String> = one.because.iter().map(ToString::to_string).collect();
            assert!(because.is_subset(&own), "{why}: {because:?} of {own:?}");
            assert!(because.is_empty() || one.source == Source::Model, "{why}: {one:?}");
            spoke.set(spoke.get() + because.len());
        }
    });
    assert!(spoke.get() > 500, "only {} items spoke for others", spoke.get());
}

/// Of whom nothing may be seen gets what is popular, then the rest by id.
#[test]
fn a_stranger_gets_what_is_popular() {
    for seed in 0..20 {
        let shop = Shop::made(seed);
        let popular = shop.recommend("a stranger", "popular", 100, Scope::All);
        let items: Vec<_> = popular.iter().map(|one| &one.item).collect();
        for name in names().into_iter().filter(|name| *name != "popular this week") {
            let list = shop.recommend("a stranger", name, 100, Scope::New);
            let others: Vec<_> = list.iter().map(|one| &one.item).collect();
            assert_eq!(others, items, "seed {seed}: {name}");
        }
    }
}

#[test]
fn whoever_withdraws_gets_what_a_stranger_gets() {
    let mut personal = 0;
    for seed in 0..20 {
        let shop = Shop::made(seed);
        for who in shop.world.customers.clone() {
            let now = shop.world.now();
            let answers = |who: &str| {
                let both = |name| SCOPES.map(|scope| shop.recommend(who, name, 100, scope));
                names().into_iter().map(both).collect::<Vec<_>>()
            };
            let before = answers(&who);
            // Of the models nothing changes before the next fit.
            let withdrawn = Event::consent(who.as_str(), now).withdraw(Purpose::Personalisation);
            _ = shop.engine.record(now, withdrawn).unwrap();
            let after = answers(&who);
            assert_eq!(after, answers("a stranger"), "seed {seed}: {who}");
            personal += usize::from(before != after);
        }
    }
    assert!(personal > 20, "only {personal} had personal answers");
}

/// One customer after the other is erased: what is left is what the others told.
#[test]
fn nothing_is_left_of_whoever_is_erased() {
    for seed in 0..12 {
        let mut dice = Dice::new(seed);
        let mut shop = Shop::made(seed);
        let mut who = shop.world.customers.clone();
        dice.shuffle(&mut who);
        for gone in who {
            let there = shop.people.persons.remove(&gone).is_some();
            assert_eq!(shop.engine.erase(gone.as_str()).unwrap(), there, "seed {seed}: {gone}");
            shop.fit();
            shop.compare();
        }
        let all = shop.recommend("a stranger", "together", 100, Scope::All);
        assert!(all.iter().all(|one| one.source == Source::Catalogue), "seed {seed}: {all:?}");
    }
}

/// What is fitted after somebody was erased is what is fitted where they never were.
#[test]
fn nothing_is_left_in_any_model_of_whoever_is_erased() {
    let (mut mattered, mut looked) = (0, 0);
    for seed in 0..60 {
        let shop = Shop::made(seed);
        let gone = shop.world.customers[seed as usize % shop.world.customers.len()].clone();
        let mut world = World::new(seed, Size { items: 14, customers: 8, events: 30 });
        world.told.retain(|told| told.who != gone);
        let without = Shop::open(seed, world);
        let (learned, others) = (shop.engine.statistics(), without.engine.statistics());
        looked += usize::from(learned.to_bytes() != others.to_bytes());
        let answers = |shop: &Shop| -> Vec<_> {
            let who = shop.everybody().into_iter().filter(|who| *who != gone);
            let asked =
                who.flat_map(|who| names().into_iter().map(move |name| (who.clone(), name)));
            asked.map(|(who, name)| shop.recommend(&who, name, 100, Scope::All)).collect()
        };
        let before = answers(&shop);
        shop.engine.erase(gone.as_str()).unwrap();
        shop.fit();
        let learned = shop.engine.statistics().to_bytes();
        assert!(learned == without.engine.statistics().to_bytes(), "seed {seed}: {gone}");
        assert_eq!(answers(&shop), answers(&without), "seed {seed}: {gone}");
        mattered += usize::from(before != answers(&shop));
    }
    assert!(looked > 10, "only {looked} of those who were erased had taught anything");
    assert!(mattered > 5, "only {mattered} of those who were erased mattered to anybody");
}

/// What the merchant lays down holds whatever a model says, and in what follows it too.
#[test]
fn the_merchants_rules_hold() {
    let mut pinned = 0;
    for seed in 0..80 {
        let world = World::new(seed, Size { items: 14, customers: 8, events: 30 });
        let shelf = Arrangement::new()
            .pin("i5", 2)
            .bury(Goods::item("i7"))
            .exclude(Goods::item("i2"))
            .without_owned()
            .replenished(Goods::item("i4"))
            .diverse(0.3)
            .calibrated(0.2)
            .novel(0.1);
        let host = Host { recommenders: Vec::new(), ..Host::default() };
        let together = Recommender::from(ItemItem::params().support(1));
        let builder = host::builder(&world, &host).recommender("shelf", together.arranged(shelf));
        let engine = builder.build().unwrap();
        let told = world.by_time();
        _ = engine.record_all(world.now(), told.iter().map(Told::event));
        engine.fit(world.now()).unwrap();
        let people = People::of(&told, &world.privacy);
        for who in &world.customers {
            let person = people.person(who);
            let purpose = Purpose::Personalisation;
            let own = owned(&Seen::new(&world, &[], &person, &purpose, world.end, None));
            let list =
                engine.recommend(who.as_str(), "shelf", 14, Scope::All, world.now()).unwrap();
            let items: Vec<&str> = list.iter().map(|one| one.item.as_str()).collect();
            let why = format!("seed {seed}: {who}: {items:?}, owns {own:?}");
            let may = |item: &str| item != "i2" && (item == "i4" || !own.contains(item));
            let available = world.wares.iter().filter(|ware| ware.available);
            let expected: BTreeSet<&str> =
                available.map(|ware| ware.id.as_str()).filter(|item| may(item)).collect();
            assert_eq!(items.iter().copied().collect::<BTreeSet<_>>(), expected, "{why}");
            if expected.contains("i5")
                && list.iter().filter(|one| one.source == Source::Model).count() > 2
            {
                assert_eq!(items[1], "i5", "{why}");
                pinned += 1;
            }
            // What is pinned comes last where there are not so many.
            let mut of_model = list.iter().rev().filter(|one| one.source == Source::Model);
            let of_model = of_model.find(|one| one.item.as_str() != "i5");
            if items.contains(&"i7")
                && list.iter().any(|one| one.item.as_str() == "i7" && one.source == Source::Model)
            {
                assert_eq!(of_model.unwrap().item.as_str(), "i7", "{why}");
            }
        }
    }
    assert!(pinned > 20, "only {pinned} pins had a place");
}

/// One customer speaks for the five hundred items bought last, and for no more.
#[test]
fn a_very_busy_customer_speaks_for_what_was_bought_last() {
    let mut world = World::new(1, Size { items: 620, customers: 2, events: 1 });
    world.privacy = Privacy::usual();
    world.told.clear();
    for who in ["c00", "c01"] {
        let tell = |id: String, at: i64, what: What| Told {
            id,
            who: who.to_owned(),
            at,
            channel: None,
            what,
        };
        let start = world.end - 62 * DAY;
        let mut told = vec![tell(format!("{who} chose"), start, What::Chose(everything()))];
        let few = if who == "c00" { 1 } else { 3 };
        for n in (0..620).step_by(few) {
            let item = Some(format!("i{n}"));
            let bought = What::Did(Did { item, ..Did::new(Kind::Purchased) });
            let day = (n as i64 * 7) % 60 + 1;
            told.push(tell(format!("{who} {n}"), start + day * DAY, bought));
        }
        world.told.extend(told);
    }
    let shop = Shop::open(1, world);
    let fitted = shop.fitted();
    let spoken = fitted.counts.buyers.values().filter(|who| who.contains("c00")).count();
    assert_eq!(spoken, 500);
    for who in ["c00", "c01", "a stranger"] {
        let person = shop.people.person(who);
        let purpose = Purpose::Personalisation;
        let seen = Seen::new(&shop.world, &[], &person, &purpose, shop.world.end, None);
        let ours: Vec<Offered> =
            shop.recommend(who, "together, a few", 700, Scope::All).iter().map(offered).collect();
        assert_eq!(
            ours,
            fitted.recommend(By::Together(3, 1), &seen, &[], 700, Scope::All),
            "{who}"
        );
    }
}

/// And for the four thousand days on which they were bought last.
#[test]
fn an_old_habit_is_forgotten() {
    let mut world = World::new(1, Size { items: 80, customers: 1, events: 1 });
    let start = world.end - 62 * DAY;
    let tell = |id: String, at: i64, what: What| Told {
        id,
        who: "c00".to_owned(),
        at,
        channel: None,
        what,
    };
    world.privacy = Privacy::usual();
    world.told = vec![tell("chose".into(), start, What::Chose(everything()))];
    for n in 0..80 * 60 {
        let bought = Did { item: Some(format!("i{}", n % 80)), ..Did::new(Kind::Purchased) };
        let at = start + (n / 80 + 1) * DAY;
        world.told.push(tell(format!("{n}"), at, What::Did(bought)));
    }
    let shop = Shop::open(1, world);
    let fitted = shop.fitted();
    assert_eq!(fitted.counts.bought.values().sum::<u64>(), 4_000);
    let ours: Vec<Offered> =
        shop.recommend("a stranger", "popular", 80, Scope::All).iter().map(offered).collect();
    let person = shop.people.person("a stranger");
    let purpose = Purpose::Personalisation;
    let seen = Seen::new(&shop.world, &[], &person, &purpose, shop.world.end, None);
    assert_eq!(ours, fitted.recommend(By::Popularity(30), &seen, &[], 80, Scope::All));
}

/// What is written and read answers the same, and is written the same again.
#[test]
fn a_snapshot_answers_the_same() {
    for seed in 0..10 {
        let shop = Shop::made(seed);
        let answers = || {
            let everybody = shop.everybody().into_iter();
            everybody
                .flat_map(|who| ALL.map(|(name, _)| shop.recommend(&who, name, 100, Scope::All)))
                .collect::<Vec<_>>()
        };
        let (before, bytes) = (answers(), shop.engine.snapshot().to_bytes());
        shop.engine.swap(Snapshot::from_bytes(&bytes).unwrap());
        assert_eq!(answers(), before, "seed {seed}");
        assert_eq!(shop.engine.snapshot().to_bytes(), bytes, "seed {seed}");
    }
}

#[test]
fn an_unknown_recommender_is_named() {
    let shop = Shop::made(0);
    let error = shop.engine.recommend("c00", "oracle", 3, Scope::All, shop.world.now());
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
    assert!(error.to_string().contains("oracle"), "{error}");
    for name in ["oracle", "popular", "blended"] {
        let error = shop.engine.due("c00", name, 3, shop.world.now()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
        assert!(error.to_string().contains(name), "{error}");
    }
}

/// The twin's own fixed point is the power of two that it says it is.
#[test]
fn the_twin_fades_as_it_should() {
    for age in 0..3000u64 {
        let exact = (-(age as f64) / 30.0).exp2();
        let faded = faded(age, 30) as f64 / ONE as f64;
        assert!((faded - exact).abs() <= exact * 1e-4 + 1e-9, "{age}: {faded}, not {exact}");
    }
}
