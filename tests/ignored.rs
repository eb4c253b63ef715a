//! What a customer was shown and did not turn to: by example, as data that anybody can read,
//! in `tests/cases/ignored.json`; as a story; and held against a plain twin.
//!
//! In every case Ana bought tea eight times, coffee four times and a mug twice in January,
//! and what she buys again and again is recommended: so tea scores 8. `given` is all that she
//! gets, in order, with the scores of what the recommender chose itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use common::basics::of_ana;
use common::dice::Dice;
use common::{everything, taken};
use confidant::{
    Action, Arrangement, Catalog, Channel, DataCategory, Engine, ErrorKind, Event, Item, Kind,
    Level, PersonalFrequency, Purpose, Recommender, Request, Scope, Source, Timestamp, Treatment,
    days, minutes,
};
use serde::Deserialize;
use serde_json::Value as Json;

const ITEMS: [&str; 4] = ["coffee", "mug", "rug", "tea"];
const BOUGHT: [(&str, u32); 3] = [("tea", 8), ("coffee", 4), ("mug", 2)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    arranged: Options,
    allow: Option<Vec<DataCategory>>,
    history: Vec<Json>,
    given: Vec<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
struct Options {
    tire: Option<f64>,
    enough: Option<u32>,
}

impl Options {
    fn arrangement(self) -> Arrangement {
        let arranged = self.tire.into_iter().fold(Arrangement::new(), Arrangement::tire);
        self.enough.into_iter().fold(arranged, Arrangement::enough)
    }
}

fn january() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

fn march() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A shop where the usual is offered, and Ana bought all that she buys in January.
fn shop(arranged: Arrangement) -> Engine {
    let usual = Recommender::from(PersonalFrequency::params()).arranged(arranged);
    let offer = Action::new("offer").treatment(Treatment::on(Channel::Web));
    let engine = Engine::builder()
        .catalog(Catalog::new(ITEMS.map(Item::new)).unwrap())
        .recommender("usual", usual)
        .action(offer.recommends("usual", Scope::All, 10))
        .build()
        .unwrap();
    taken(engine.record(january(), everything("ana", january())));
    for (item, times) in BOUGHT {
        for n in 0..times {
            let at = january() + minutes(n + 1);
            taken(engine.record(at, Event::purchased("ana", at).item(item)));
        }
    }
    engine
}

/// All that Ana gets, with the scores of what the recommender chose itself.
fn given(engine: &Engine) -> Vec<String> {
    let list = engine.recommend("ana", "usual", 10, Scope::All, march()).unwrap().into_iter();
    list.map(|one| match one.source {
        Source::Model => format!("{} {}", one.item, one.score),
        _ => one.item.to_string(),
    })
    .collect()
}

#[test]
fn every_case_has_its_answer() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases/ignored.json")).unwrap();
    for Case { case, arranged, allow, history, given: expected } in cases {
        let engine = shop(arranged.arrangement());
        for event in history.iter().map(of_ana) {
            taken(engine.record(march(), event));
        }
        if let Some(allow) = allow {
            let less = Event::consent("ana", march()).allow_only(Purpose::Personalisation, allow);
            taken(engine.record(march(), less));
        }
        assert_eq!(given(&engine), expected, "{case}");
    }
}

// ---------------------------------------------------------------- a story

/// What a decision gives first, and which data it used.
fn decided(engine: &Engine, at: Timestamp) -> (Vec<String>, Vec<DataCategory>) {
    let decision = engine.preview(&Request::new("ana", Channel::Web, at)).unwrap();
    let items = decision.choice().unwrap().items.iter().map(|one| one.item.to_string());
    (items.collect(), decision.receipt().used().to_vec())
}

#[test]
fn shown_three_times_it_goes_and_viewed_it_comes_back() {
    let engine = shop(Arrangement::new().enough(3));
    for day in 1..=3 {
        let at = march() + days(day);
        assert_eq!(decided(&engine, at).0[0], "tea", "day {day}");
        taken(engine.record(at, Event::shown("ana", at).item("tea").on(Channel::Web)));
    }
    let later = march() + days(4);
    assert_eq!(decided(&engine, later).0, ["coffee", "mug", "rug"], "not from the fallback");

    // She does not say any more how she answers: then nothing is known of it.
    let but_responses = DataCategory::BASE.into_iter().filter(|c| *c != DataCategory::Responses);
    let less = Event::consent("ana", later).level(Level::Collaborative);
    let without = less.allow_only(Purpose::Personalisation, but_responses);
    taken(engine.record(later, without));
    let (items, used) = decided(&engine, later + minutes(1));
    assert_eq!(items, ["tea", "coffee", "mug", "rug"]);
    assert!(!used.contains(&DataCategory::Responses), "{used:?}");
    assert!(!used.contains(&DataCategory::Browsing), "{used:?}");
    taken(engine.record(later + minutes(2), everything("ana", later + minutes(2))));

    let (items, used) = decided(&engine, later + minutes(3));
    assert_eq!(items, ["coffee", "mug", "rug"]);
    for category in [DataCategory::Responses, DataCategory::Browsing, DataCategory::Opinions] {
        assert!(used.contains(&category), "{category:?} is not in {used:?}");
    }
    let at = later + days(1);
    taken(engine.record(at, Event::viewed("ana", at).item("tea")));
    assert_eq!(decided(&engine, at).0[0], "tea");
}

// ---------------------------------------------------------------- a twin

/// How often each was shown after the last time that she turned to it, and whether it was
/// closed then.
fn plainly(history: &[(u32, &str, Kind)], item: &str) -> (u32, bool) {
    let own = || history.iter().filter(|(_, of, _)| *of == item);
    let shows = |kind: &Kind| matches!(kind, Kind::Shown | Kind::Dismissed);
    let turned = own().filter(|(.., kind)| !shows(kind)).map(|(at, ..)| *at).max();
    let since = || own().filter(|(at, _, kind)| shows(kind) && turned.is_none_or(|t| *at > t));
    (since().count() as u32, since().any(|(.., kind)| *kind == Kind::Dismissed))
}

/// Whatever comes, in whatever order, tires and goes as told.
#[test]
fn what_is_ignored_is_as_a_plain_count_says() {
    const KINDS: [Kind; 9] = [
        Kind::Shown,
        Kind::Shown,
        Kind::Shown,
        Kind::Dismissed,
        Kind::Viewed,
        Kind::Clicked,
        Kind::AddedToBasket,
        Kind::Rated,
        Kind::Shared,
    ];
    let (mut tired, mut gone) = (0, 0);
    for seed in 0..200 {
        let mut dice = Dice::new(seed);
        let told = dice.below(14);
        let one = |dice: &mut Dice| {
            (1 + dice.below(9) as u32, *dice.pick(&ITEMS), dice.pick(&KINDS).clone())
        };
        let history: Vec<(u32, &str, Kind)> = (0..told).map(|_| one(&mut dice)).collect();
        let enough = dice.maybe(60, &[1, 2, 3]);
        let engine = shop(Options { tire: Some(0.5), enough }.arrangement());
        for (n, (minute, item, kind)) in history.iter().enumerate() {
            let at = january() + days(3) + minutes(*minute);
            let event = Event::did("ana", at, kind.clone()).item(*item).id(format!("{n}"));
            taken(engine.record(march(), event));
        }
        let mut expected: Vec<(f64, &str)> = Vec::new();
        for item in ITEMS {
            let (times, dismissed) = plainly(&history, item);
            if enough.is_some_and(|enough| dismissed || times >= enough) {
                gone += 1;
                continue;
            }
            let bought = BOUGHT.iter().find(|(name, _)| *name == item);
            let score = bought.map_or(0.0, |(_, times)| f64::from(*times));
            expected.push(((0..times).fold(score, |score, _| score * 0.5), item));
            tired += usize::from(times > 0 && score > 0.0);
        }
        expected.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        let expected = expected.into_iter().map(|(score, item)| match score > 0.0 {
            true => format!("{item} {score}"),
            false => item.to_owned(),
        });
        let expected: Vec<String> = expected.collect();
        assert_eq!(given(&engine), expected, "seed {seed}: {enough:?} {history:?}");
    }
    assert!(tired > 100 && gone > 50, "only {tired} tired, only {gone} gone");
}

// ---------------------------------------------------------------- words and what is kept

/// An impression is a kind like any other: in the language, in JSON, in what is taken along;
/// and no dealing of the customer's.
#[test]
fn an_impression_is_a_kind_of_its_own() {
    use confidant::Segment;
    let says = |condition: &str| {
        let segment = Segment::new("asked", condition.parse().unwrap());
        let engine = Engine::builder()
            .catalog(Catalog::new(ITEMS.map(Item::new)).unwrap())
            .segment(segment)
            .build()
            .unwrap();
        taken(engine.record(january(), everything("ana", january())));
        let own = Event::custom("ana", january(), "spun_the_wheel").item("mug");
        taken(engine.record(january(), own));
        for (n, item) in (1..).zip(["tea", "tea", "mug"]) {
            taken(engine.record(march(), Event::shown("ana", march() - minutes(n)).item(item)));
        }
        !engine.segments_of("ana", march()).unwrap().is_empty()
    };
    for holds in [
        "count(shown) = 3",
        "count(show) = 3",
        "count(impression, item tea) = 2",
        "count(showing, last 30 days) = 3",
        "count(anything) = 1",
        "count(`spun_the_wheel`, item mug) = 1",
    ] {
        assert!(says(holds), "{holds}");
    }
    let event: Event = Event::shown("ana", march()).item("tea").into();
    assert!(event.to_json().contains(r#""shown""#), "{}", event.to_json());
    assert_eq!(Kind::from_name("shown"), Kind::Shown);
}

#[test]
fn what_cannot_tire_is_refused() {
    let built = |arranged: Arrangement| {
        let usual = Recommender::from(PersonalFrequency::params()).arranged(arranged);
        Engine::builder().recommender("usual", usual).build().map(|_| ())
    };
    for (arranged, name) in [
        (Arrangement::new().tire(-0.1), "`tire`"),
        (Arrangement::new().tire(1.1), "`tire`"),
        (Arrangement::new().tire(f64::NAN), "`tire`"),
        (Arrangement::new().enough(0), "`enough`"),
        (Arrangement::new().enough(10_001), "`enough`"),
    ] {
        let error = built(arranged).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
        assert!(error.to_string().contains(name), "{error}");
        assert!(error.to_string().contains("expected"), "{error}");
    }
    built(Arrangement::new().tire(0.0).enough(10_000)).unwrap();
}
