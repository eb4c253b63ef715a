//! Why somebody is in a segment, or is not; and what a change says of itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod common;

use common::{everything, noon, taken};
use confidant::{
    Catalog, DataCategory, Engine, Event, Explanation, Item, Kind, Level, Money, PrivacyPolicy,
    Purpose, Ranking, Segment, Timestamp, all, any, attribute, count, days, in_segment, last, not,
    points, ranked, ratio, total,
};

fn items(n: usize) -> Catalog {
    Catalog::new((0..n).map(|n| Item::new(format!("i{n}")))).unwrap()
}

fn segments() -> [Segment; 3] {
    let euro = "EUR".parse().unwrap();
    let bought = || count(Kind::Purchased).within(days(90));
    [
        Segment::new(
            "regular",
            all([bought().at_least(3), attribute("tier").one_of(["gold", "silver"])]),
        ),
        Segment::new(
            "spender",
            any([
                total(Kind::Purchased, euro).at_least(100.0),
                last(Kind::Complained).longer_ago_than(days(30)),
            ]),
        ),
        Segment::new("both", all([in_segment("regular"), not(in_segment("spender"))])),
    ]
}

fn engine() -> Engine {
    let engine = Engine::builder().catalog(items(3)).segments(segments()).build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    engine
}

fn buy(engine: &Engine, n: u32, item: &str) {
    let at = noon() + days(n);
    let bought = Event::purchased("ana", at).item(item);
    taken(engine.record(at, bought.amount(Money::cents(2_000, "EUR").unwrap())));
}

fn why(engine: &Engine, segment: &str, at: Timestamp) -> Explanation {
    engine.explain_segment("ana", segment, at).unwrap()
}

#[test]
fn an_explanation_names_the_part_the_value_and_where_it_comes_from() {
    let engine = engine();
    buy(&engine, 1, "i1");
    buy(&engine, 2, "i2");
    let at = noon() + days(3);
    let told = Event::declared("ana", noon()).attribute("tier", "gold").source("till");
    taken(engine.record(at, told));
    let why = why(&engine, "regular", at);
    assert_eq!(why.member, Some(false));
    let [whole, bought, tier] = why.parts.as_slice() else { panic!("{}", why.parts.len()) };
    assert_eq!((whole.depth, whole.met), (0, Some(false)));
    assert_eq!((bought.depth, bought.met), (1, Some(false)));
    assert_eq!((bought.found.as_deref(), bought.away), (Some("2"), Some(1.0)));
    let from: Vec<_> = bought.from.iter().map(|told| (told.at, told.item.clone())).collect();
    assert_eq!(
        from,
        [(noon() + days(2), Some("i2".into())), (noon() + days(1), Some("i1".into()))]
    );
    assert_eq!((tier.met, tier.found.as_deref()), (Some(true), Some("gold")));
    assert_eq!(tier.from[0].source.as_deref(), Some("till"));
    assert!(why.to_string().contains("no  "), "{why}");
}

/// What is said to be away is just as far as it takes.
#[test]
fn what_is_away_is_what_it_takes() {
    let engine = engine();
    let at = noon() + days(10);
    let spender = |engine: &Engine| why(engine, "spender", at);
    for n in 1..5 {
        let part = spender(&engine).parts[1].clone();
        assert_eq!(part.met, Some(false));
        assert_eq!(part.away, Some(120.0 - 20.0 * f64::from(n)), "{n}");
        buy(&engine, n, "i1");
    }
    buy(&engine, 5, "i1");
    let part = spender(&engine).parts[1].clone();
    assert_eq!((part.met, part.found.as_deref()), (Some(true), Some("100.00 EUR")));
}

#[test]
fn what_is_not_allowed_is_named_and_not_shown() {
    let engine = engine();
    buy(&engine, 1, "i1");
    taken(engine.record(noon(), Event::declared("ana", noon()).attribute("tier", "gold")));
    let at = noon() + days(2);
    let less =
        Event::consent("ana", at).allow_only(Purpose::Personalisation, [DataCategory::Declared]);
    taken(engine.record(at, less));
    let why = why(&engine, "regular", at);
    assert_eq!(why.member, None);
    assert_eq!(why.parts[1].needs, [DataCategory::Purchases]);
    assert_eq!((why.parts[1].found.clone(), why.parts[1].from.len()), (None, 0));
}

#[test]
fn what_may_not_be_mentioned_is_left_out() {
    let privacy = PrivacyPolicy::new().mention(DataCategory::Purchases, false);
    let builder = Engine::builder().catalog(items(3)).segments(segments()).privacy(privacy);
    let engine = builder.build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    buy(&engine, 1, "i1");
    let why = why(&engine, "regular", noon() + days(2));
    assert_eq!(why.member, Some(false));
    assert_eq!((why.parts[1].met, why.parts[1].found.clone()), (Some(false), None));
    assert!(why.parts[1].from.is_empty());
}

#[test]
fn until_when_is_when_it_changes() {
    let engine = engine();
    (1..=3).for_each(|n| buy(&engine, n, "i1"));
    taken(engine.record(noon(), Event::declared("ana", noon()).attribute("tier", "gold")));
    let now = noon() + days(4);
    let holds = why(&engine, "regular", now);
    assert_eq!((holds.member, holds.until), (Some(true), noon() + days(91)));
    assert_eq!(why(&engine, "regular", holds.until).member, Some(false));
    assert_eq!(why(&engine, "both", now).member, Some(true));
}

#[test]
fn a_segment_that_is_not_there_is_an_error() {
    assert!(engine().explain_segment("ana", "regulars", noon()).is_err());
}

/// A change says which parts of the condition make it so.
#[test]
fn a_change_says_why() {
    let engine = engine();
    taken(engine.record(noon(), Event::declared("ana", noon()).attribute("tier", "gold")));
    let mut told = Vec::new();
    for n in 1..=3 {
        buy(&engine, n, "i1");
        told.extend(engine.advance(noon() + days(n)).unwrap());
    }
    told.extend(engine.advance(noon() + days(200)).unwrap());
    let words = |change: &confidant::Change| {
        change.because.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let of = |segment: &str| {
        let mine = told.iter().filter(|change| change.segment.as_str() == segment);
        mine.map(|change| (change.entered, words(change))).collect::<Vec<_>>()
    };
    let [bought, tier] = &segments()[0]
        .condition()
        .to_string()
        .split(" and ")
        .map(str::to_owned)
        .collect::<Vec<_>>()[..]
    else {
        panic!("two parts")
    };
    assert_eq!(
        of("regular"),
        [(true, vec![bought.clone(), tier.clone()]), (false, vec![bought.clone()])]
    );
    assert_eq!(of("both")[0].1.len(), 2);
}

#[test]
fn a_change_for_want_of_consent_has_no_reason() {
    let engine = engine();
    taken(engine.record(noon(), Event::declared("ana", noon()).attribute("tier", "gold")));
    (1..=3).for_each(|n| buy(&engine, n, "i1"));
    let at = noon() + days(5);
    assert!(!engine.advance(at).unwrap().is_empty());
    taken(engine.record(at, Event::consent("ana", at).level(Level::Off)));
    let left = engine.advance(at).unwrap();
    assert!(!left.is_empty() && left.iter().all(|change| change.because.is_empty()));
}

/// Figures over figures, and points, are explained too.
#[test]
fn every_part_has_words() {
    let quarter =
        ratio(count(Kind::Viewed).within(days(7)), count(Kind::Purchased).within(days(7)));
    let keen = Segment::new(
        "keen",
        points([(quarter.at_least(2.0), 5), (attribute("x").exists(), -3)]).at_least(5),
    );
    let engine = Engine::builder().segment(keen).build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    taken(engine.record(noon(), Event::purchased("ana", noon())));
    taken(engine.record(noon(), Event::viewed("ana", noon())));
    let why = why(&engine, "keen", noon());
    assert_eq!(why.member, Some(false));
    assert_eq!(why.parts.len(), 3);
    assert_eq!((why.parts[1].found.as_deref(), why.parts[1].away), (Some("1"), Some(1.0)));
    assert_eq!(why.parts[2].met, Some(false));
}

/// A place is explained by the figure that it is found by, not by who has one at all.
#[test]
fn a_place_is_explained_by_its_figure() {
    let euro = "EUR".parse().unwrap();
    let spend = Ranking::by("spend", total(Kind::Purchased, euro))
        .among(count(Kind::Purchased).at_least(1));
    let best = Segment::new("best", ranked("spend").first(1));
    let builder = Engine::builder().catalog(items(3)).ranking(spend).segment(best);
    let engine = builder.build().unwrap();
    for who in ["ana", "ben"] {
        taken(engine.record(noon(), everything(who, noon())));
    }
    (1..=3).for_each(|n| buy(&engine, n, "i1"));
    let at = noon() + days(4);
    let more = Event::purchased("ben", at).item("i2");
    taken(engine.record(at, more.amount(Money::cents(9_900, "EUR").unwrap())));
    engine.refresh(at).unwrap();
    let why = why(&engine, "best", at);
    assert_eq!((why.member, why.parts[0].found.as_deref()), (Some(false), Some("60.00 EUR")));
}
