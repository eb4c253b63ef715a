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
    Action, Catalog, Channel, Condition, DataCategory, Engine, Event, Explanation, Item, Kind,
    Level, Money, Obstacle, PrivacyPolicy, Purpose, Ranking, Request, Segment, Timestamp,
    Treatment, Verdict, all, any, attribute, bucket, count, days, in_segment, last, not, points,
    ranked, ratio, total,
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

/// To the nearer end of a range, from below, from within and from above.
#[test]
fn what_is_away_is_to_the_nearer_end() {
    let some = "count(purchased) between 3 and 6".parse().unwrap();
    let engine = Engine::builder().catalog(items(3)).segment(Segment::new("some", some));
    let engine = engine.build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    let mut away = Vec::new();
    for n in 0..9 {
        let part = why(&engine, "some", noon() + days(20)).parts[0].clone();
        away.push((part.met == Some(true), part.away.unwrap()));
        assert_eq!(part.from.len(), n.min(5) as usize);
        buy(&engine, n, "i1");
    }
    let below = [(false, 3.0), (false, 2.0), (false, 1.0)];
    let within = [(true, -1.0), (true, -2.0), (true, 2.0), (true, 1.0)];
    assert_eq!(away, [&below[..], &within, &[(false, -1.0), (false, -2.0)]].concat());
}

#[test]
fn how_long_ago_is_away_in_days() {
    let engine = engine();
    let at = noon() + days(10);
    let nothing = why(&engine, "spender", at).parts[2].clone();
    assert_eq!((nothing.found.as_deref(), nothing.away), (Some("nothing"), None));
    taken(engine.record(noon(), Event::did("ana", noon(), Kind::Complained)));
    let part = why(&engine, "spender", at).parts[2].clone();
    assert_eq!((part.met, part.found.as_deref()), (Some(false), Some("10 days ago")));
    assert!((part.away.unwrap() - 20.0).abs() < 1e-6, "{:?}", part.away);
}

/// What was stated last is where it comes from, however long it has been so.
#[test]
fn an_attribute_comes_from_the_latest_word() {
    let engine = engine();
    for n in [1, 5] {
        let at = noon() + days(n);
        taken(engine.record(at, Event::declared("ana", at).attribute("tier", "gold")));
    }
    let tier = why(&engine, "regular", noon() + days(6)).parts[2].clone();
    assert_eq!(tier.from[0].at, noon() + days(5));
}

/// Not even a lot is told of who allows nothing; and of what is needed only what is missing is
/// named.
#[test]
fn of_whom_nothing_may_be_known_nothing_is_said() {
    let drawn = Segment::new("drawn", bucket("draw", 0, 10_000));
    let both = ratio(count(Kind::Viewed), count(Kind::Purchased)).at_least(1.0);
    let builder = Engine::builder().segment(drawn).segment(Segment::new("rate", both));
    let engine = builder.build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    assert_eq!(why(&engine, "drawn", noon()).parts[0].met, Some(true));
    let at = noon() + days(1);
    let less =
        Event::consent("ana", at).allow_only(Purpose::Personalisation, [DataCategory::Browsing]);
    taken(engine.record(at, less));
    assert_eq!(why(&engine, "rate", at).parts[0].needs, [DataCategory::Purchases]);
    let at = noon() + days(2);
    taken(engine.record(at, Event::consent("ana", at).level(Level::Off)));
    let drawn = why(&engine, "drawn", at);
    assert_eq!((drawn.member, drawn.parts[0].met), (None, None));
    assert_eq!(drawn.parts[0].found, None);
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
    let both = why(&engine, "both", now);
    assert_eq!((both.member, both.until), (Some(true), noon() + days(91)));
    assert_eq!(why(&engine, "spender", now).member, Some(false));
}

/// What cannot be known now may be true in time, for whoever asks for it too.
#[test]
fn until_when_is_handed_on() {
    let late = last(Kind::Purchased).longer_ago_than(days(30));
    let inner = Segment::new("inner", any([count(Kind::Viewed).at_least(1), late]));
    let outer = Segment::new("outer", all([in_segment("inner")]));
    let engine = Engine::builder().catalog(items(3)).segment(inner).segment(outer);
    let engine = engine.build().unwrap();
    let some = Event::consent("ana", noon()).level(Level::OwnHistory);
    let some = some.allow_only(Purpose::Personalisation, [DataCategory::Purchases]);
    taken(engine.record(noon(), some));
    buy(&engine, 1, "i1");
    let then = noon() + days(31) + std::time::Duration::from_millis(1);
    for segment in ["inner", "outer"] {
        let now = why(&engine, segment, noon() + days(2));
        assert_eq!((now.member, now.until), (None, then), "{segment}");
        assert_eq!(why(&engine, segment, then).member, Some(true));
    }
}

#[test]
fn people_read_it() {
    let engine = engine();
    (1..=2).for_each(|n| buy(&engine, n, "i1"));
    let told = why(&engine, "regular", noon() + days(3)).to_string();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "regular: not in it");
    assert!(lines[1].starts_with("no  count(purchased, last 90 days) >= 3 and tier in"), "{told}");
    assert!(lines[2].starts_with("no    count("), "{told}");
    assert!(lines[2].contains(": 2, +1 to go, last 2026-"), "{told}");
    buy(&engine, 3, "i1");
    let told = why(&engine, "regular", noon() + days(3)).to_string();
    assert!(told.lines().nth(2).unwrap().starts_with("yes   count("), "{told}");
    assert!(!told.contains("to go"), "{told}");
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

/// Of several of which one is enough, the first as it is written.
#[test]
fn one_reason_is_enough_where_one_is() {
    let [seen, bought] = [Kind::Viewed, Kind::Purchased].map(|kind| count(kind).at_least(1));
    let words = seen.to_string();
    let any = Segment::new("any", any([seen, bought]));
    let engine = Engine::builder().catalog(items(3)).segment(any).build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    taken(engine.record(noon(), Event::viewed("ana", noon())));
    buy(&engine, 0, "i1");
    let changes = engine.advance(noon()).unwrap();
    let said: Vec<String> = changes[0].because.iter().map(ToString::to_string).collect();
    assert_eq!(said, [words]);
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

/// Of what keeps an action from somebody the first is named, as it is written.
#[test]
fn what_keeps_an_action_away_is_named() {
    let [seen, bought, rated] =
        [Kind::Viewed, Kind::Purchased, Kind::Rated].map(|kind| count(kind).at_least(1));
    let both = |one: &Condition, other: &Condition| [one.clone(), other.clone()];
    for (when, keeps) in [
        (all(both(&seen, &rated)), &seen),
        (all(both(&rated, &seen)), &rated),
        (any(both(&rated, &seen)), &rated),
        (all(both(&bought, &seen)), &seen),
        (not(bought.clone()), &bought),
        (not(any(both(&seen, &bought))), &bought),
        (not(all(both(&bought, &not(seen.clone())))), &bought),
    ] {
        let action = Action::new("it").value(1.0).when(when.clone());
        let action = action.treatment(Treatment::on(Channel::Web));
        let engine = Engine::builder().catalog(items(3)).action(action).build().unwrap();
        taken(engine.record(noon(), everything("ana", noon())));
        buy(&engine, 0, "i1");
        let decision = engine.preview(&Request::new("ana", Channel::Web, noon())).unwrap();
        let receipt = decision.receipt();
        let found = receipt.considered().iter().find(|it| it.action.as_str() == "it").unwrap();
        let Verdict::Refused(obstacle) = &found.verdict else { panic!("{:?}", found.verdict) };
        assert_eq!(*obstacle, Obstacle::Rule(keeps.to_string().into()), "{when}");
    }
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
    let before = why(&engine, "best", at);
    assert_eq!((before.member, before.parts[0].found.as_deref()), (Some(false), Some("nothing")));
    engine.refresh(at).unwrap();
    let why = why(&engine, "best", at);
    assert_eq!((why.member, why.parts[0].found.as_deref()), (Some(false), Some("60.00 EUR")));
}
