//! What is related, alike, a step up or studied, in stories: which items, why, and from which
//! data.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{everything, noon, taken};
use confidant::{
    Action, Basis, Catalog, Channel, Content, DataCategory, Decision, Engine, Event, Item, Level,
    Match, Money, PrivacyPolicy, Purpose, Reason, Recommender, Related, Request, Scope, Session,
    Source, Studied, Timestamp, Treatment, UpSell, Value, days, hours,
};

fn biometric() -> DataCategory {
    DataCategory::custom("biometric")
}

/// Where a skin that was measured is of a category of its own, which is special.
fn privacy() -> PrivacyPolicy {
    PrivacyPolicy::new()
        .category(biometric(), Basis::Consent)
        .special(biometric())
        .attribute("skin", biometric())
}

fn shop(items: Vec<Item>, by: impl Into<Recommender>, privacy: PrivacyPolicy) -> Engine {
    let offer = Action::new("offer").treatment(Treatment::on(Channel::Web));
    Engine::builder()
        .catalog(Catalog::new(items).unwrap())
        .privacy(privacy)
        .recommender("by", by)
        .action(offer.recommends("by", Scope::All, 100))
        .build()
        .unwrap()
}

fn ask(engine: &Engine, who: &str, at: Timestamp, visit: Option<Session>) -> Decision {
    let request = Request::new(who, Channel::Web, at);
    let request = visit.into_iter().fold(request, Request::during);
    engine.preview(&request).unwrap()
}

/// What the model itself chose.
fn chosen(decision: &Decision) -> Vec<String> {
    let items = decision.choice().unwrap().items.iter();
    items.filter(|one| one.source == Source::Model).map(|one| one.item.to_string()).collect()
}

fn matched(decision: &Decision) -> Vec<Match> {
    decision.choice().unwrap().items[0].matched.clone()
}

fn buy(engine: &Engine, n: u32, item: &str) {
    let at = noon() + days(n);
    taken(engine.record(at, Event::purchased("ana", at).item(item)));
}

fn viewing(items: &[&str]) -> Option<Session> {
    (!items.is_empty()).then(|| items.iter().fold(Session::new(), |s, item| s.viewing(*item)))
}

// ---------------------------------------------------------------- what goes with it

#[test]
fn direct_logic_follows_the_visit_then_what_was_bought() {
    let lamp = Item::new("lamp").accessory("bulb").accessory("shade").substitute("candle");
    let old = Item::new("old phone").available(false).accessory("case").substitute("new phone");
    let items = vec![
        lamp,
        old,
        Item::new("gone").available(false).accessory("bulb").substitute("candle"),
        Item::new("new phone").accessory("case").accessory("charger").substitute("lamp"),
        Item::new("bulb").accessory("lamp"),
        Item::new("candle"),
        Item::new("case"),
        Item::new("charger"),
        Item::new("shade").available(false),
    ];
    // Bought one day after the other, looked at now, what follows.
    let cases: [(&[&str], &[&str], &[&str]); 8] = [
        (&[], &[], &[]),
        (&[], &["lamp"], &["bulb", "candle"]),
        (&[], &["bulb", "lamp"], &["bulb", "candle"]),
        (&[], &["lamp", "bulb"], &["lamp", "candle"]),
        (&["lamp"], &[], &["bulb"]),
        (&["old phone"], &[], &["case", "new phone"]),
        (&["lamp", "new phone"], &["gone"], &["candle", "bulb", "case", "charger"]),
        (&["new phone", "lamp", "candle"], &["case"], &["bulb", "charger"]),
    ];
    for (bought, looks, expected) in cases {
        let engine = shop(items.clone(), Related::params(), privacy());
        taken(engine.record(noon(), everything("ana", noon())));
        (1..).zip(bought).for_each(|(n, item)| buy(&engine, n, item));
        let decision = ask(&engine, "ana", noon() + days(9), viewing(looks));
        let mut chosen = chosen(&decision);
        // What goes with two things stands with the first.
        assert_eq!(chosen.len(), expected.len(), "{bought:?} {looks:?}: {chosen:?}");
        if looks != ["lamp", "bulb"] {
            assert_eq!(chosen, expected, "{bought:?} {looks:?}");
        } else {
            chosen.sort();
            assert_eq!(chosen, ["candle", "lamp"]);
        }
    }
}

#[test]
fn a_relation_is_the_reason() {
    let lamp = Item::new("lamp").name("Lamp").accessory("bulb").substitute("candle");
    let items = vec![lamp, Item::new("bulb"), Item::new("candle")];
    let engine = shop(items.clone(), Related::params(), privacy());
    taken(engine.record(noon(), everything("ana", noon())));
    buy(&engine, 1, "lamp");
    let decision = ask(&engine, "ana", noon() + days(2), None);
    assert_eq!(matched(&decision), [Match::Accessory]);
    let [Reason::GoesWith(because)] = decision.receipt().reasons() else {
        panic!("{:?}", decision.receipt().reasons())
    };
    assert_eq!(because[0].title.as_ref(), "Lamp");
    assert!(decision.receipt().explain().contains("it goes with Lamp"));
    // What may not be said aloud is not.
    let quiet = privacy().mention(DataCategory::Purchases, false);
    let engine = shop(items, Related::params(), quiet);
    taken(engine.record(noon(), everything("ana", noon())));
    buy(&engine, 1, "lamp");
    let decision = ask(&engine, "ana", noon() + days(2), None);
    assert_eq!(chosen(&decision), ["bulb"]);
    assert_eq!(decision.receipt().reasons(), [Reason::NotSaid]);
    assert!(matched(&decision).is_empty());
    assert!(decision.choice().unwrap().items[0].because.is_empty());
}

// ---------------------------------------------------------------- what is alike and suits

fn cosmetics() -> Vec<Item> {
    let cream = |id: &str, brand: &str, skin: [f32; 3]| {
        Item::new(id).brand(brand).category(["care", "cream"]).vector("skin", skin)
    };
    vec![
        cream("dry a", "acme", [1.0, 0.0, 0.0]),
        cream("dry b", "bolt", [0.9, 0.1, 0.0]),
        cream("oily a", "acme", [0.0, 1.0, 0.0]),
        cream("oily b", "bolt", [0.0, 0.9, 0.2]),
        Item::new("comb").brand("acme").category(["care", "hair"]),
        Item::new("mug").category(["house"]),
    ]
}

fn measured(engine: &Engine, numbers: impl IntoIterator<Item = f64>) {
    let skin = Value::numbers(numbers);
    let recorded = engine.record(noon(), Event::declared("ana", noon()).attribute("skin", skin));
    assert!(recorded.is_ok());
}

fn allowing(engine: &Engine, categories: impl IntoIterator<Item = DataCategory>) {
    let choice = Event::consent("ana", noon()).level(Level::OwnHistory);
    let choice = choice.allow_only(Purpose::Personalisation, categories);
    taken(engine.record(noon(), choice.allow(Purpose::Contextual)));
}

/// A skin that was measured counts with explicit consent, and without is as if it never was.
#[test]
fn a_measured_trait_needs_explicit_consent() {
    let suits = || Content::params().suits("skin", 2.0);
    let engine = shop(cosmetics(), suits(), privacy());
    allowing(&engine, [biometric()]);
    measured(&engine, [0.9, 0.1, 0.0]);
    let decision = ask(&engine, "ana", noon() + hours(1), None);
    assert_eq!(chosen(&decision), ["dry b", "dry a", "oily a", "oily b"]);
    assert_eq!(decision.receipt().used(), [biometric()]);
    // Special categories are not said aloud unless the host says so.
    assert!(matched(&decision).is_empty());
    assert_eq!(decision.receipt().reasons(), [Reason::NotSaid]);
    assert!(!decision.receipt().explain().contains("skin"));

    let aloud = shop(cosmetics(), suits(), privacy().mention(biometric(), true));
    allowing(&aloud, [biometric()]);
    measured(&aloud, [0.9, 0.1, 0.0]);
    let decision = ask(&aloud, "ana", noon() + hours(1), None);
    assert_eq!(matched(&decision), [Match::Trait("skin".into())]);
    assert_eq!(decision.receipt().reasons(), [Reason::Suits(vec!["skin".into()])]);
    assert!(decision.receipt().explain().contains("it suits you (skin)"));

    // Whoever says yes to personalisation in general has not named it.
    let engine = shop(cosmetics(), suits(), privacy());
    let yes = Event::consent("ana", noon()).level(Level::OwnHistory);
    taken(engine.record(noon(), yes.allow(Purpose::Personalisation)));
    measured(&engine, [0.9, 0.1, 0.0]);
    let decision = ask(&engine, "ana", noon() + hours(1), None);
    assert!(chosen(&decision).is_empty());
    assert!(!decision.receipt().used().contains(&biometric()));
    // What cannot be compared suits nothing.
    for numbers in [vec![1.0, 0.0], vec![0.0, 0.0, 0.0], vec![-1.0, -1.0, -1.0], vec![]] {
        let engine = shop(cosmetics(), suits(), privacy());
        allowing(&engine, [biometric()]);
        measured(&engine, numbers.clone());
        assert!(chosen(&ask(&engine, "ana", noon() + hours(1), None)).is_empty(), "{numbers:?}");
    }
}

/// "The same brand, the same skin": for a customer of whom nothing else is known.
#[test]
fn it_is_said_in_what_things_are_alike() {
    let suits = Content::params().suits("skin", 2.0);
    let engine = shop(cosmetics(), suits, privacy().mention(biometric(), true));
    allowing(&engine, [biometric(), DataCategory::Purchases]);
    measured(&engine, [0.1, 1.0, 0.0]);
    let decision = ask(&engine, "ana", noon() + hours(1), viewing(&["dry a"]));
    assert_eq!(chosen(&decision)[..2], ["oily a", "oily b"]);
    let [skin, category, brand] =
        [Match::Trait("skin".into()), attribute("category"), attribute("brand")];
    assert_eq!(matched(&decision), [skin, category, brand]);
    let alike = &decision.receipt().reasons()[0];
    let Reason::Alike(attributes, because) = alike else { panic!("{alike:?}") };
    assert_eq!(attributes.iter().map(|it| &**it).collect::<Vec<_>>(), ["category", "brand"]);
    assert_eq!(because[0].item.as_str(), "dry a");
    assert_eq!(decision.receipt().reasons()[1], Reason::Suits(vec!["skin".into()]));
    // A stranger's visit is enough for what is alike.
    let decision = ask(&engine, "a stranger", noon() + hours(1), viewing(&["comb"]));
    assert_eq!(chosen(&decision)[..2], ["dry a", "oily a"]);
    assert_eq!(matched(&decision), [attribute("brand")]);
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Alike {
    case: String,
    items: BTreeMap<String, Option<Vec<f32>>>,
    viewing: Vec<String>,
    given: Vec<String>,
}

/// Each item with its vector, what somebody looks at, and what is given with its score:
/// `tests/cases/alike.json`. Something seen counts half as much as what was seen right after.
#[test]
fn vectors_are_alike_as_every_case_says() {
    let cases: Vec<Alike> = serde_json::from_str(include_str!("cases/alike.json")).unwrap();
    for Alike { case, items, viewing: seen, given } in cases {
        let item = |(id, vector): (&String, &Option<Vec<f32>>)| {
            let item = Item::new(id.as_str());
            vector.iter().fold(item, |item, numbers| item.vector("look", numbers.iter().copied()))
        };
        let alike = Content::params().category(0.0).brand(0.0).alike("look", 3.0).half_after(1);
        let engine = shop(items.iter().map(item).collect(), alike, PrivacyPolicy::new());
        let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
        let decision = ask(&engine, "a stranger", noon(), viewing(&seen));
        let items = decision.choice().unwrap().items.iter();
        let items: Vec<_> = items.filter(|one| one.source == Source::Model).collect();
        let ours: Vec<String> =
            items.iter().map(|one| format!("{} {:.2}", one.item, one.score)).collect();
        assert_eq!(ours, given, "{case}");
        for one in items {
            assert_eq!(one.matched, [attribute("look")], "{case}");
            assert!(!one.because.is_empty(), "{case}");
        }
    }
}

/// What was bought speaks with its vector as far as purchases may be seen, and is named.
#[test]
fn pictures_are_alike_where_purchases_may_be_seen() {
    let look = |id: &str, numbers: [f32; 2]| Item::new(id).vector("picture", numbers);
    let items = || vec![look("red", [1.0, 0.1]), look("rose", [1.0, 0.2]), look("sea", [0.0, 1.0])];
    let by = || Content::params().alike("picture", 2.0);
    let engine = shop(items(), by(), PrivacyPolicy::new());
    taken(engine.record(noon(), everything("ana", noon())));
    buy(&engine, 1, "red");
    let decision = ask(&engine, "ana", noon() + days(2), None);
    assert_eq!(chosen(&decision)[0], "rose");
    let Reason::Alike(attributes, because) = &decision.receipt().reasons()[0] else { panic!() };
    assert_eq!((&*attributes[0], because[0].item.as_str()), ("picture", "red"));
    assert!(decision.receipt().used().contains(&DataCategory::Purchases));

    let but_purchases = DataCategory::BASE.into_iter().filter(|c| *c != DataCategory::Purchases);
    let less = Event::consent("ana", noon() + days(3)).level(Level::Collaborative);
    let less = less.allow_only(Purpose::Personalisation, but_purchases);
    taken(engine.record(noon() + days(3), less));
    let decision = ask(&engine, "ana", noon() + days(4), None);
    assert_eq!(chosen(&decision), [""; 0]);
    assert!(!decision.receipt().used().contains(&DataCategory::Purchases));
}

fn attribute(name: &str) -> Match {
    Match::Attribute(name.into())
}

// ---------------------------------------------------------------- a step up

fn wines() -> Vec<Item> {
    let wine = |id: &str, cents: i64| {
        let wine = Item::new(id).category(["drinks", "wine"]);
        wine.price(Money::cents(cents, "EUR").unwrap())
    };
    let tea = |id: &str, cents: i64| {
        Item::new(id).category(["drinks", "tea"]).price(Money::cents(cents, "EUR").unwrap())
    };
    vec![
        wine("a5", 500),
        wine("b6", 600),
        wine("c9", 900),
        wine("d9", 900),
        wine("e20", 2000),
        wine("f30", 3000),
        Item::new("unpriced").category(["drinks", "wine"]),
        Item::new("dollars").category(["drinks", "wine"]).price(Money::cents(1, "USD").unwrap()),
        tea("green", 300),
        tea("white", 800),
        Item::new("loose").price(Money::cents(1, "EUR").unwrap()),
    ]
}

#[test]
fn a_step_up_is_the_next_tier_and_no_more() {
    let one = UpSell::params();
    // By what, bought, looked at, what follows: tiers are a5 b6 | c9 d9 | e20 f30.
    type Case<'a> = (UpSell, &'a [&'a str], &'a [&'a str], &'a [&'a str]);
    let cases: [Case<'_>; 14] = [
        (one.clone(), &[], &[], &[]),
        (one.clone(), &[], &["a5"], &["c9", "d9"]),
        (one.clone(), &[], &["c9"], &["e20", "f30"]),
        (one.clone(), &[], &["f30"], &[]),
        (one.clone(), &["c9"], &[], &["e20", "f30"]),
        // Who bought of the lowest tier is not led to the highest.
        (one.clone(), &["a5"], &["c9"], &[]),
        (one.clone(), &["a5", "c9"], &["c9"], &["e20", "f30"]),
        // Of nothing there, what was bought anywhere counts.
        (one.clone(), &["green"], &["c9"], &[]),
        (one.clone(), &["white"], &["c9"], &["e20", "f30"]),
        (one.clone().step(2), &[], &["a5"], &["c9", "d9", "e20", "f30"]),
        // What is nearest to what is usual comes first.
        (one.clone().step(2), &["e20", "f30"], &["a5"], &["e20", "f30", "c9", "d9"]),
        (one.clone(), &["a5"], &["loose"], &[]),
        (one.clone(), &[], &["unpriced", "dollars"], &[]),
        // Six tiers of one item each; as dear is no step up.
        (one.tiers(50), &[], &["c9"], &[]),
    ];
    for (by, bought, looks, expected) in cases {
        let engine = shop(wines(), by.clone(), privacy());
        taken(engine.record(noon(), everything("ana", noon())));
        (1..).zip(bought).for_each(|(n, item)| buy(&engine, n, item));
        let decision = ask(&engine, "ana", noon() + days(9), viewing(looks));
        assert_eq!(chosen(&decision), expected, "{by:?}: {bought:?}, {looks:?}");
        if !expected.is_empty() {
            assert_eq!(matched(&decision), [Match::StepUp]);
            assert!(matches!(decision.receipt().reasons()[0], Reason::StepUp(_)));
        }
    }
}

#[test]
fn a_host_can_name_the_tiers() {
    let plan = |id: &str, tier: i32| Item::new(id).category(["plans"]).attribute("tier", tier);
    let items = vec![
        plan("basic", 10),
        plan("more", 20),
        plan("most", 90),
        plan("plus", 20),
        Item::new("none").category(["plans"]),
    ];
    for (looks, expected) in [
        ("basic", vec!["more", "plus"]),
        ("plus", vec!["most"]),
        ("most", vec![]),
        ("none", vec![]),
    ] {
        let engine = shop(items.clone(), UpSell::params().by("tier"), privacy());
        taken(engine.record(noon(), everything("ana", noon())));
        let decision = ask(&engine, "ana", noon(), viewing(&[looks]));
        assert_eq!(chosen(&decision), expected, "{looks}");
    }
}

// ---------------------------------------------------------------- what is studied

fn garden() -> Vec<Item> {
    let of = |id: &str, path: &[&str]| Item::new(id).category(path.iter().copied());
    vec![
        of("beans", &["food", "coffee"]),
        of("milk", &["food", "dairy"]),
        of("hose", &["garden", "water"]),
        of("can", &["garden", "water"]),
        of("rake", &["garden", "tools"]),
        of("spade", &["garden", "tools"]),
    ]
}

fn look(engine: &Engine, at: Timestamp, item: &str, time: u64) {
    let view = Event::viewed("ana", at).item(item).dwell(Duration::from_secs(time));
    taken(engine.record(at, view));
}

#[test]
fn a_category_is_studied_where_much_is_looked_at_and_little_bought() {
    let studied = Studied::params().looks(3).minutes(2).window_days(10).share(0.25);
    let path = |path: &[&str]| Match::Studied(path.iter().map(|it| (*it).into()).collect());
    type Looks<'a> = &'a [(u32, &'a str, u64)];
    // Bought; looks by day, item and seconds; what follows; as what.
    type Case<'a> = (&'a [&'a str], Looks<'a>, &'a [&'a str], Option<Match>);
    let cases: [Case<'_>; 8] = [
        (&["beans"; 3], &[], &[], None),
        (&["beans"; 3], &[(15, "hose", 1), (16, "can", 1)], &[], None),
        (
            &["beans"; 3],
            &[(15, "hose", 1), (16, "can", 1), (17, "hose", 1)],
            &["can", "hose"],
            Some(path(&["garden", "water"])),
        ),
        // Long is as good as often.
        (&["beans"; 3], &[(15, "rake", 120)], &["rake", "spade"], Some(path(&["garden", "tools"]))),
        // Too long ago.
        (&["beans"; 3], &[(3, "hose", 1), (4, "can", 1), (17, "hose", 1)], &[], None),
        // All of the garden, where no part of it is enough.
        (
            &["beans"; 3],
            &[(15, "hose", 1), (16, "rake", 1), (17, "hose", 1)],
            &["can", "hose", "rake", "spade"],
            Some(path(&["garden"])),
        ),
        // What is bought is not outside, and little of it is.
        (&["beans", "hose"], &[(15, "hose", 1), (16, "can", 1), (17, "hose", 1)], &[], None),
        (
            &["beans", "beans", "milk", "hose"],
            &[(15, "hose", 1), (16, "can", 1), (17, "hose", 1)],
            &["can"],
            Some(path(&["garden", "water"])),
        ),
    ];
    for (bought, looks, expected, how) in cases {
        let engine = shop(garden(), studied, privacy());
        taken(engine.record(noon(), everything("ana", noon())));
        (1..).zip(bought).for_each(|(n, item)| buy(&engine, n, item));
        looks.iter().for_each(|(day, item, s)| look(&engine, noon() + days(*day), item, *s));
        engine.fit(noon()).unwrap();
        let decision = ask(&engine, "ana", noon() + days(18), None);
        assert_eq!(chosen(&decision), expected, "{bought:?} {looks:?}");
        assert!(decision.receipt().used().contains(&DataCategory::Browsing));
        if let Some(how) = how {
            assert_eq!(matched(&decision), [how]);
            assert!(matches!(decision.receipt().reasons()[0], Reason::Studied(_)));
        }
    }
}

/// The visit counts too; what browsing shows only where it may be seen, and said.
#[test]
fn what_is_studied_is_seen_where_browsing_may_be() {
    let studied = Studied::params().looks(3).minutes(2);
    let at = noon() + days(1);
    let engine = shop(garden(), studied, privacy());
    taken(engine.record(noon(), everything("ana", noon())));
    let stay = |time| Session::new().dwell(["garden"], Duration::from_secs(time));
    assert!(chosen(&ask(&engine, "ana", at, Some(stay(119)))).is_empty());
    let decision = ask(&engine, "ana", at, Some(stay(120)));
    assert_eq!(chosen(&decision), ["can", "hose", "rake", "spade"]);
    assert!(chosen(&ask(&engine, "ana", at, viewing(&["hose", "can"]))).is_empty());
    // What is on the screen already is not repeated.
    let decision = ask(&engine, "ana", at, viewing(&["hose", "can", "hose"]));
    assert_eq!(chosen(&decision), ["can"]);

    let quiet = privacy().mention(DataCategory::Browsing, false);
    for (privacy, seen, said) in
        [(privacy(), true, true), (quiet, true, false), (privacy(), false, false)]
    {
        let engine = shop(garden(), studied, privacy);
        taken(engine.record(noon(), everything("ana", noon())));
        (0..3).for_each(|n| look(&engine, noon() + hours(n), "hose", 1));
        if !seen {
            let only = Event::consent("ana", at)
                .allow_only(Purpose::Personalisation, [DataCategory::Purchases]);
            taken(engine.record(at, only));
        }
        let decision = ask(&engine, "ana", at + hours(1), None);
        assert_eq!(!chosen(&decision).is_empty(), seen);
        assert_eq!(!matched(&decision).is_empty(), said);
        let reason = &decision.receipt().reasons()[0];
        assert_eq!(matches!(reason, Reason::Studied(_)), said, "{reason:?}");
        assert_eq!(*reason == Reason::NotSaid, seen && !said, "{reason:?}");
    }
}
