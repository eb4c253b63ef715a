//! Who is like whom: counted once more by hand from what customers allow, and what people
//! see of it; and whether those in the same segments are offered the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::{BTreeMap, BTreeSet};

use confidant::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

fn monday() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn catalog() -> Catalog {
    let shelf = |n: u32| match n % 3 {
        0 => vec!["food", "tea"],
        1 => vec!["food", "coffee"],
        _ => vec!["books"],
    };
    Catalog::new((0..6).map(|n| Item::new(format!("i{n}")).category(shelf(n)))).unwrap()
}

/// What a customer lets be used.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lets {
    Everything,
    /// For their own sake alone.
    Own,
    /// For others alone.
    Others,
    Nothing,
}

/// A customer, and what they are known to have.
struct Made {
    id: String,
    lets: Lets,
    items: Vec<u32>,
    city: Option<&'static str>,
    app: bool,
}

fn made(rng: &mut StdRng, n: usize) -> Made {
    let lets = [Lets::Everything, Lets::Everything, Lets::Own, Lets::Others, Lets::Nothing];
    Made {
        id: format!("c{n:03}"),
        lets: lets[rng.random_range(0..lets.len())],
        items: (0..rng.random_range(0..4)).map(|_| rng.random_range(0..6)).collect(),
        city: [None, Some("Lisbon"), Some("Porto")][rng.random_range(0..3)],
        app: rng.random_bool(0.4),
    }
}

fn tell(engine: &Engine, one: &Made) {
    let yes = Event::consent(&one.id, monday()).level(Level::Collaborative);
    let yes = match one.lets {
        Lets::Everything => {
            yes.allow(Purpose::Personalisation).allow(Purpose::CollaborativeLearning)
        }
        Lets::Own => yes.allow(Purpose::Personalisation),
        Lets::Others => yes.allow(Purpose::CollaborativeLearning),
        Lets::Nothing => yes.allow(Purpose::DirectMarketing),
    };
    let _ = engine.record(monday(), yes).unwrap();
    for (n, item) in one.items.iter().enumerate() {
        let bought = Event::purchased(&one.id, monday()).item(format!("i{item}"));
        let _ = engine.record(monday(), bought.id(format!("{}-{n}", one.id))).unwrap();
    }
    if one.app {
        let viewed = Event::viewed(&one.id, monday()).on(Channel::App);
        let _ = engine.record(monday(), viewed).unwrap();
    }
    if let Some(city) = one.city {
        let lives = Event::declared(&one.id, monday()).attribute("city", city);
        let _ = engine.record(monday(), lives).unwrap();
    }
}

impl Made {
    fn bought(&self, shelf: &str) -> bool {
        let shelves = ["food / tea", "food / coffee", "books"];
        self.items.iter().any(|item| shelves[*item as usize % 3].starts_with(shelf))
    }

    /// What is known of them, in words.
    fn features(&self) -> BTreeSet<String> {
        let mut features: BTreeSet<String> = ["food", "food / tea", "food / coffee", "books"]
            .into_iter()
            .filter(|shelf| self.bought(shelf))
            .map(|shelf| format!("bought {shelf}"))
            .collect();
        features.extend(self.app.then(|| "used app".to_owned()));
        features.extend(self.city.map(|city| format!("city is {city}")));
        features.extend((!self.items.is_empty()).then(|| "in segment buyers".to_owned()));
        features
    }
}

fn engine(k: u64, customers: &[Made]) -> Engine {
    let buyers = Segment::new("buyers", count(Kind::Purchased).at_least(1));
    let builder = Engine::builder().catalog(catalog()).segment(buyers).smallest_group(k);
    let engine = builder.build().unwrap();
    customers.iter().for_each(|one| tell(&engine, one));
    engine
}

/// The four counts of each feature: inside with and without, outside with and without.
fn counted(customers: &[Made], inside: impl Fn(&Made) -> bool) -> BTreeMap<String, [f64; 4]> {
    let teach = |one: &&Made| matches!(one.lets, Lets::Everything | Lets::Others);
    let all: BTreeSet<String> = customers.iter().filter(teach).flat_map(Made::features).collect();
    let number = |feature: &str, of: bool, has: bool| {
        let those = customers.iter().filter(teach).filter(|one| inside(one) == of);
        those.filter(|one| one.features().contains(feature) == has).count() as f64
    };
    let cells = |feature: &str| {
        [(true, true), (true, false), (false, true), (false, false)]
            .map(|(of, has)| number(feature, of, has))
    };
    all.into_iter().map(|feature| (feature.clone(), cells(&feature))).collect()
}

fn odds([a, b, c, d]: [f64; 4]) -> f64 {
    ((a + 0.5) * (d + 0.5) / (b + 0.5) / (c + 0.5)).ln()
}

/// Who of the others is most like those inside, likest first.
fn ranked(customers: &[Made], k: f64, inside: impl Fn(&Made) -> bool + Copy) -> Vec<(String, i64)> {
    let counts = counted(customers, inside);
    let weight = |feature: &String| match counts.get(feature) {
        Some(cells) if cells[0] + cells[2] >= k.max(2.0) => (odds(*cells) * 1e6).round() as i64,
        _ => 0,
    };
    let own = customers.iter().filter(|one| matches!(one.lets, Lets::Everything | Lets::Own));
    let score = |one: &Made| one.features().iter().map(weight).sum();
    let mut ranked: Vec<(String, i64)> =
        own.filter(|one| !inside(one)).map(|one| (one.id.clone(), score(one))).collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked
}

fn told(found: &[Resemblance]) -> Vec<(String, i64)> {
    found.iter().map(|one| (one.customer.value().to_owned(), one.score)).collect()
}

#[test]
fn a_portrait_is_what_is_counted_by_hand() {
    let mut traits = 0;
    for seed in 0..30 {
        let rng = &mut StdRng::seed_from_u64(seed);
        let customers: Vec<Made> = (0..rng.random_range(5..60)).map(|n| made(rng, n)).collect();
        let k = [0, 1, 3][seed as usize % 3];
        let engine = engine(k, &customers);
        let condition = count(Kind::Purchased).in_category(["food", "tea"]).at_least(1);
        let portrait = engine.portrait(&condition, 5, monday()).unwrap();
        let inside = |one: &Made| one.bought("food / tea");
        let expected = counted(&customers, inside);
        let teachers =
            customers.iter().filter(|one| matches!(one.lets, Lets::Everything | Lets::Others));
        let (yes, no): (Vec<&Made>, Vec<&Made>) = teachers.partition(|one| inside(one));
        let (yes, no) = (yes.len() as u64, no.len() as u64);
        let hidden = k > 1 && (yes < k || no < k);
        assert_eq!(portrait.inside, (!hidden).then_some(yes), "seed {seed}");
        assert_eq!(portrait.outside, (!hidden).then_some(no));
        let shown = |cells: &[f64; 4]| {
            let small = k > 1 && cells.iter().any(|cell| *cell < k as f64);
            !small && cells[0] + cells[2] >= 2.0 && yes > 0 && no > 0
        };
        let names: BTreeSet<String> =
            portrait.traits.iter().map(|it| it.feature.to_string()).collect();
        let expected_names: BTreeSet<String> =
            expected.iter().filter(|(_, c)| shown(c)).map(|(name, _)| name.clone()).collect();
        assert_eq!(names, expected_names, "seed {seed}");
        for it in &portrait.traits {
            let cells = expected[&it.feature.to_string()];
            let [a, b, c, d] = cells;
            let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
            assert!(near(it.inside, a / (a + b)) && near(it.outside, c / (c + d)));
            assert!(near(it.log_odds, odds(cells)));
            let error: f64 = cells.iter().map(|cell| 1.0 / (cell + 0.5)).sum::<f64>().sqrt();
            assert!(near(it.z, odds(cells) / error));
            assert_eq!(it.lift.is_none(), c == 0.0);
            traits += 1;
        }
        assert!(portrait.traits.is_sorted_by(|a, b| a.z.abs() >= b.z.abs()));
        let next =
            if hidden || yes == 0 { Vec::new() } else { ranked(&customers, k as f64, inside) };
        let next: Vec<_> = next.into_iter().take(5).collect();
        assert_eq!(told(&portrait.next), next, "seed {seed}");
    }
    assert!(traits > 100, "{traits}");
}

#[test]
fn lookalikes_are_what_is_counted_by_hand() {
    for seed in 0..30 {
        let rng = &mut StdRng::seed_from_u64(100 + seed);
        let customers: Vec<Made> = (0..rng.random_range(5..60)).map(|n| made(rng, n)).collect();
        let k = [0, 1, 3][seed as usize % 3];
        let engine = engine(k, &customers);
        let named: BTreeSet<&str> =
            customers.iter().filter(|_| rng.random_bool(0.3)).map(|one| &*one.id).collect();
        let roster = Roster::new(monday(), customers.iter().map(|one| &*one.id)).unwrap();
        let seeds = Audience::of(&roster, named.iter().copied());
        let found = engine.lookalikes(&seeds, 1000, monday());
        let inside = |one: &Made| named.contains(&*one.id);
        let teach = |one: &&Made| matches!(one.lets, Lets::Everything | Lets::Others);
        let teachers = customers.iter().filter(teach).filter(|one| inside(one)).count() as u64;
        if teachers < k.max(1) {
            assert_eq!(found.unwrap_err().kind(), ErrorKind::InvalidInput);
            continue;
        }
        let found = found.unwrap();
        assert_eq!(told(&found), ranked(&customers, k as f64, inside), "seed {seed}");
        let own: BTreeMap<&str, BTreeSet<String>> =
            customers.iter().map(|one| (&*one.id, one.features())).collect();
        for one in &found {
            assert!(one.because.len() <= 3 && one.because.iter().all(|(_, weight)| *weight > 0));
            assert!(one.because.is_sorted_by(|a, b| a.1 >= b.1));
            let own = &own[one.customer.value()];
            assert!(one.because.iter().all(|(feature, _)| own.contains(&feature.to_string())));
        }
    }
}

#[test]
fn people_read_it() {
    let customers: Vec<Made> = (0..8)
        .map(|n| Made {
            id: format!("c{n}"),
            lets: Lets::Everything,
            items: if n < 4 { vec![0] } else { vec![2] },
            city: None,
            app: n % 4 != 3,
        })
        .collect();
    let tea = count(Kind::Purchased).in_category(["food", "tea"]).at_least(1);
    let told = |k| engine(k, &customers).portrait(&tea, 1, monday()).unwrap().to_string();
    assert_eq!(
        told(0),
        "\
4 customers and 4 others as of 2026-03-02T12:00:00Z
                   inside  others   times  sureness
bought books         0.0%  100.0%    0.00      -2.1
bought food        100.0%    0.0%       -       2.1
bought food / tea  100.0%    0.0%       -       2.1
used app            75.0%   75.0%    1.00       0.0
in segment buyers  100.0%  100.0%    1.00       0.0"
    );
    assert!(told(5).ends_with("\n* would tell of a group of fewer than 5 customers"));
}

/// One of them lives in Porto, and nobody else.
#[test]
fn what_one_alone_has_is_no_trait() {
    let one = |n: u32, city| {
        let (id, items) = (format!("c{n}"), vec![2 * (n % 2)]);
        Made { id, lets: Lets::Everything, items, city, app: n > 1 }
    };
    let customers = [one(0, None), one(1, None), one(2, Some("Porto")), one(3, None)];
    let tea = count(Kind::Purchased).in_category(["food", "tea"]).at_least(1);
    let portrait = engine(0, &customers).portrait(&tea, 9, monday()).unwrap();
    let names: Vec<String> = portrait.traits.iter().map(|it| it.feature.to_string()).collect();
    let [food, tea, books] = ["bought food", "bought food / tea", "bought books"];
    assert_eq!(names, [books, food, tea, "used app", "in segment buyers"]);
    assert!(portrait.next.iter().all(|it| it.because.iter().all(|(_, weight)| *weight > 0)));
}

/// Twelve who bought, and so are in the same segment: half of them tea, half of them books.
fn twelve() -> Vec<Made> {
    (0..12)
        .map(|n| Made {
            id: format!("c{n:02}"),
            lets: Lets::Everything,
            items: if n % 2 == 0 { vec![0] } else { vec![2] },
            city: None,
            app: false,
        })
        .collect()
}

fn offers(tea: bool, k: u64) -> Engine {
    let bought = count(Kind::Purchased).in_category(["food", "tea"]).at_least(1);
    let plain = Action::new("plain").value(1.0).treatment(Treatment::on(Channel::Web));
    let special = Action::new("tea").value(9.0).when(bought);
    let special = special.treatment(Treatment::on(Channel::Web));
    let buyers = Segment::new("buyers", count(Kind::Purchased).at_least(1));
    let builder = Engine::builder().catalog(catalog()).segment(buyers).smallest_group(k);
    let builder = builder.action(plain).actions(tea.then_some(special));
    let engine = builder.build().unwrap();
    twelve().iter().for_each(|one| tell(&engine, one));
    engine
}

#[test]
fn the_same_segments_and_other_people() {
    let ask = |engine: &Engine| engine.alike(&Channel::Web, None, 3, monday()).unwrap();
    let report = ask(&offers(true, 0));
    assert_eq!((report.groups, report.pairs), (1, 6));
    let unlike = report.unlike.unwrap();
    assert!(unlike > 0 && unlike < 6, "{unlike}");
    // Where they bought other things, one gets tea and the other does not.
    assert_eq!((report.different, report.share), (Some(unlike), Some(1.0)));
    let same = ask(&offers(false, 0));
    assert_eq!((same.unlike, same.different, same.share), (Some(unlike), Some(0), Some(0.0)));
    assert!(same.to_string().ends_with("0 of these get different offers (0.0%)"));
    let hidden = ask(&offers(true, 7));
    assert_eq!((hidden.groups, hidden.pairs, hidden.unlike, hidden.share), (1, 6, None, None));
    assert_eq!(ask(&offers(true, 13)).groups, 0);
}

/// Who lets purchases be seen by nobody meets no condition on them, and misses none; who names
/// nothing to be learned from is nobody to learn from.
#[test]
fn of_whom_it_cannot_be_known_is_on_no_side() {
    let engine = engine(0, &twelve());
    let told = |id: &str, categories: &[DataCategory]| {
        let some = Event::consent(id, monday()).level(Level::Collaborative);
        let some = some.allow_only(Purpose::Personalisation, categories.to_vec());
        let some = some.allow_only(Purpose::CollaborativeLearning, categories.to_vec());
        let _ = engine.record(monday(), some).unwrap();
    };
    told("looker", &[DataCategory::Browsing]);
    told("shut", &[]);
    let tea = count(Kind::Purchased).in_category(["food", "tea"]).at_least(1);
    let portrait = engine.portrait(&tea, 99, monday()).unwrap();
    assert_eq!((portrait.inside, portrait.outside), (Some(6), Some(6)));
    let next: Vec<&str> = portrait.next.iter().map(|it| it.customer.value()).collect();
    assert_eq!(next.len(), 6, "{next:?}");
    let shut = Audience::everyone(&Roster::new(monday(), ["shut"]).unwrap());
    let refused = engine.lookalikes(&shut, 1, monday()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}

/// Tea and books are two segments; who hides purchases is compared with nobody.
#[test]
fn only_those_in_the_same_segments_are_compared() {
    let of = |category: [&str; 1]| count(Kind::Purchased).in_category(category).at_least(1);
    let builder = Engine::builder().catalog(catalog());
    let builder = builder.segment(Segment::new("food", of(["food"])));
    let engine = builder.segment(Segment::new("books", of(["books"]))).build().unwrap();
    twelve().iter().for_each(|one| tell(&engine, one));
    for id in ["x", "y"] {
        let some = Event::consent(id, monday()).level(Level::OwnHistory);
        let some = some.allow_only(Purpose::Personalisation, [DataCategory::Browsing]);
        let _ = engine.record(monday(), some).unwrap();
    }
    let report = engine.alike(&Channel::Web, None, 3, monday()).unwrap();
    assert_eq!((report.groups, report.pairs, report.unlike), (2, 6, Some(0)));
}

/// The same action with other items is another offer.
#[test]
fn other_items_are_another_offer() {
    let buyers = Segment::new("buyers", count(Kind::Purchased).at_least(1));
    let again = Action::new("again").value(1.0).recommends("own", Scope::All, 1);
    let engine = Engine::builder()
        .catalog(catalog())
        .segment(buyers)
        .recommender("own", PersonalFrequency::params().half_life_days(20))
        .action(again.treatment(Treatment::on(Channel::Web)))
        .build()
        .unwrap();
    twelve().iter().for_each(|one| tell(&engine, one));
    engine.fit(monday()).unwrap();
    let report = engine.alike(&Channel::Web, None, 3, monday()).unwrap();
    assert!(report.unlike > Some(0));
    assert_eq!(report.different, report.unlike);
}

/// Items count, and their categories; what was only looked at does not.
#[test]
fn histories_are_of_what_was_bought() {
    let one = |n: u32, items: &[u32]| {
        let (id, items) = (format!("c{n}"), items.to_vec());
        Made { id, lets: Lets::Everything, items, city: None, app: false }
    };
    let unlike = |customers: &[Made]| {
        let engine = engine(0, customers);
        for n in 0..6 {
            let seen = Event::viewed("c0", monday()).item(format!("i{n}"));
            let _ = engine.record(monday(), seen.id(format!("seen {n}"))).unwrap();
        }
        let report = engine.alike(&Channel::Web, None, 3, monday()).unwrap();
        assert_eq!(report.pairs, 1);
        report.unlike
    };
    // Tea and the same coffee; the teas are two.
    assert_eq!(unlike(&[one(0, &[0, 1]), one(1, &[3, 1])]), Some(0));
    assert_eq!(unlike(&[one(0, &[0]), one(1, &[3])]), Some(1));
    assert_eq!(unlike(&[one(0, &[0]), one(1, &[0])]), Some(0));
}

/// What is looked at is not bought; of several texts each is one.
#[test]
fn features_are_of_purchases_and_of_every_text() {
    let one = |n: u32| {
        let (id, items) = (format!("c{n}"), vec![0]);
        Made { id, lets: Lets::Everything, items, city: None, app: n > 1 }
    };
    let customers: Vec<Made> = (0..4).map(one).collect();
    let engine = engine(0, &customers);
    for customer in &customers {
        let seen = Event::viewed(&customer.id, monday()).item("i2");
        let _ = engine.record(monday(), seen).unwrap();
        let likes = Event::declared(&customer.id, monday()).attribute("likes", ["jazz", "tea"]);
        let _ = engine.record(monday(), likes).unwrap();
    }
    let on_app = count(Kind::Viewed).on(Channel::App).at_least(1);
    let portrait = engine.portrait(&on_app, 9, monday()).unwrap();
    let names: BTreeSet<String> = portrait.traits.iter().map(|it| it.feature.to_string()).collect();
    let expected = [
        "bought food",
        "bought food / tea",
        "in segment buyers",
        "likes is jazz",
        "likes is tea",
        "used app",
    ];
    assert_eq!(names, expected.map(str::to_owned).into());
}

/// Features that speak as much are named in their own order.
#[test]
fn what_speaks_as_much_is_named_in_order() {
    let one = |n: u32| {
        let (id, items) = (format!("c{n}"), vec![if n < 4 { 0 } else { 2 }]);
        Made { id, lets: Lets::Everything, items, city: None, app: false }
    };
    let customers: Vec<Made> = (0..8).map(one).collect();
    let engine = engine(0, &customers);
    let roster = Roster::new(monday(), customers.iter().map(|one| &*one.id)).unwrap();
    let found = engine.lookalikes(&Audience::of(&roster, ["c0", "c1"]), 1, monday()).unwrap();
    let because: Vec<String> =
        found[0].because.iter().map(|(feature, _)| feature.to_string()).collect();
    assert_eq!(because[..2], ["bought food", "bought food / tea"]);
    assert_eq!(found[0].because[0].1, found[0].because[1].1);
}

/// What nobody meets sets nobody apart, and nobody is like nobody.
#[test]
fn of_nobody_there_is_no_portrait() {
    let engine = engine(0, &twelve());
    let never = count(Kind::Complained).at_least(1);
    let portrait = engine.portrait(&never, 9, monday()).unwrap();
    assert_eq!((portrait.inside, portrait.outside), (Some(0), Some(12)));
    assert!(portrait.traits.is_empty() && portrait.next.is_empty());
}

/// Of some whose others are few nothing is told, and nobody named.
#[test]
fn few_others_are_held_back_as_few_are() {
    let one = |n: u32, item: u32| {
        let (id, items) = (format!("c{n}"), vec![item]);
        Made { id, lets: Lets::Everything, items, city: None, app: false }
    };
    let customers: Vec<Made> = (0..5).map(|n| one(n, if n < 3 { 0 } else { 2 })).collect();
    let engine = engine(3, &customers);
    for category in [["food"], ["books"]] {
        let bought = count(Kind::Purchased).in_category(category).at_least(1);
        let portrait = engine.portrait(&bought, 9, monday()).unwrap();
        assert_eq!((portrait.inside, portrait.outside), (None, None));
        assert!(portrait.traits.is_empty() && portrait.next.is_empty());
    }
}

#[test]
fn nobody_is_reached() {
    let engine = offers(true, 0);
    let before = engine.snapshot().id();
    let asked = || engine.alike(&Channel::Web, None, 3, monday()).unwrap();
    assert_eq!(asked(), asked());
    assert_eq!(engine.snapshot().id(), before);
    assert!(engine.predictions("c00", monday()).unwrap().each.iter().all(|it| !it.is_personal()));
    let wrong = engine.alike(&Channel::Web, Some(&"".into()), 3, monday());
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::InvalidInput);
    let nobody = Engine::builder().build().unwrap();
    assert!(nobody.alike(&Channel::Web, Some(&"".into()), 3, monday()).is_err());
}
