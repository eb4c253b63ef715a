//! Rules that cannot work: each is refused when the engine is built, with a message that
//! names the place and says what would be right. None exhausts the stack or the memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::time::{Duration, Instant};

use confidant::*;
use serde_json::{Value as Json, json};

fn builder() -> EngineBuilder {
    let items = [Item::new("espresso").category(["food", "coffee"]), Item::new("mug")];
    Engine::builder().catalog(Catalog::new(items).unwrap())
}

/// The error of an engine with a segment of that condition.
fn refused(condition: Condition) -> String {
    let built = builder().segment(Segment::new("asked", condition)).build();
    let error = built.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfiguration, "{error}");
    let text = error.to_string();
    assert!(text.contains("segment `asked`"), "it does not name the place: {text}");
    assert!(text.len() < 500, "it quotes what it was given: {} bytes", text.len());
    text
}

fn builds(condition: Condition) -> bool {
    builder().segment(Segment::new("asked", condition)).build().is_ok()
}

fn read(json: Json) -> Condition {
    serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// What is asked of a figure, in JSON.
fn figure(measure: Json, of: Json, when: Json, test: Json) -> Condition {
    read(json!({"history": {"measure": measure, "of": of, "when": when, "test": test}}))
}

fn bought(when: Json) -> Condition {
    figure(json!("count"), json!({"kinds": ["purchased"]}), when, json!({"at_least": 1}))
}

fn euros(cents: i64) -> Money {
    Money::cents(cents, "EUR").unwrap()
}

#[test]
fn what_has_no_order_is_not_compared() {
    let values: [Value; 3] = ["tall".into(), true.into(), ["a", "b"].into()];
    for value in values {
        for asked in [
            attribute("size").at_least(value.clone()),
            attribute("size").at_most(value.clone()),
            session("size").more_than(value.clone()),
            session("size").less_than(value.clone()),
            count(behaviours(Kind::Viewed).property("size", Test::at_least(value.clone())))
                .at_least(1),
        ] {
            assert!(refused(asked).contains("expected"), "{value:?}");
        }
    }
}

#[test]
fn what_is_never_equal_is_not_asked_for() {
    let set: Value = ["a", "b"].into();
    for asked in [
        attribute("likes").is(set.clone()),
        attribute("likes").none_of([set.clone()]),
        session("likes").is(set.clone()),
        count(behaviours(Kind::Viewed).property("likes", Test::is(set.clone()))).at_least(1),
        attribute("likes").all_of([3.0]),
        attribute("likes").all_of([set]),
        attribute("likes").at_least(f64::NAN),
        attribute("likes").is(f64::INFINITY),
    ] {
        assert!(refused(asked).contains("expected"));
    }
}

#[test]
fn there_is_no_past_where_there_is_none() {
    let of_now = [
        Test::longer_ago_than(days(3)),
        Test::within_next(days(3)),
        Test::anniversary_within(3),
        Test::unchanged_for(days(3)),
        Test::some(attribute("since").longer_ago_than(days(3))),
        Test::some(not(attribute("since").longer_ago_than(days(3)))),
        Test::some(any([all([attribute("since").longer_ago_than(days(3))])])),
    ];
    for test in of_now {
        let property = behaviours(Kind::Viewed).property("since", test.clone());
        assert!(refused(count(property).at_least(1)).contains("expected"), "{test:?}");
    }
    assert!(refused(session("since").unchanged_for(days(1))).contains("expected"));
    for inner in [Test::anniversary_within(3), Test::unchanged_for(days(1))] {
        let inner = serde_json::to_value(inner).unwrap();
        let asked = read(json!({"attribute": ["cars", {"some": {"attribute": ["since", inner]}}]}));
        assert!(refused(asked).contains("expected"));
    }
}

/// An object in a list has fields, and nothing else.
#[test]
fn within_an_object_only_fields_are_asked_for() {
    for inner in [
        count(Kind::Viewed).at_least(1),
        session("weather").is("rain"),
        in_segment("other"),
        bucket("draw", 0, 10),
        points([(Condition::Always, 1)]).at_least(1),
        all([not(stage([Stage::New]))]),
    ] {
        assert!(refused(attribute("cars").some(inner)).contains("fields"));
    }
}

#[test]
fn what_nobody_defined_is_named() {
    let other = DataCategory::custom("astrology");
    let unknown = [
        (in_segment("nowhere"), "nowhere"),
        (count(Kind::Viewed).at_least(1), ""),
        (count(behaviours(Kind::Viewed).item("socks")).at_least(1), "socks"),
        (the_last().item_of(Kind::Viewed).is("socks"), "socks"),
        (ranked("fame").first(10), "fame"),
        (in_cluster("style", 1), "style"),
        (
            count(behaviours(Kind::Viewed).property_of(other.clone(), "sign", Test::exists()))
                .at_least(1),
            "astrology",
        ),
        (numbers_of(other, "sign").sum(Kind::Viewed).at_least(1.0), "astrology"),
    ];
    for (asked, name) in unknown.into_iter().filter(|(_, name)| !name.is_empty()) {
        for asked in [asked.clone(), not(asked.clone()), points([(asked, 3)]).at_least(1)] {
            let text = refused(asked);
            assert!(text.contains(name), "{text}");
        }
    }
    let action = Action::new("offer").treatment(Treatment::on(Channel::Web));
    let built = builder().action(action.when(in_segment("nowhere"))).build();
    let text = built.unwrap_err().to_string();
    assert!(text.contains("action `offer`") && text.contains("nowhere"), "{text}");
}

#[test]
fn absurd_windows_are_refused() {
    let words = |when: Json| refused(bought(when));
    let centuries = json!({"last": "40000000 days"});
    for when in [
        json!({"last": "0 ms"}),
        json!({"last": "-3 days"}),
        json!({"last": format!("{} ms", i64::MAX)}),
        centuries.clone(),
        json!({"ago": ["3 days", "3 days"]}),
        json!({"ago": ["3 days", "4 days"]}),
        json!({"ago": ["3 days", "-1 ms"]}),
        json!({"ago": ["40000000 days", "1 days"]}),
        json!({"previous": [0, "month"]}),
        json!({"previous": [4_000_000_000u32, "day"]}),
        json!({"days": ["2026-03-02", "2026-03-01"]}),
    ] {
        let text = words(when.clone());
        assert!(text.contains("window") && text.contains("expected"), "{when}: {text}");
    }
    let of = json!({"kinds": ["purchased"]});
    for asked in [
        json!({"pick": {"which": "last", "what": "item", "of": of, "when": centuries, "is": []}}),
        json!({"sequence": {"steps": [{"of": of}], "when": centuries}}),
        json!({"ratio": {
            "part": {"measure": "count", "of": of, "when": centuries},
            "whole": {"measure": "count", "of": of},
            "test": {"at_least": 1},
        }}),
    ] {
        assert!(refused(read(asked)).contains("thousand years"));
    }
    for wrong in ["3", "3 moons", "days", "3  days", " 3 days", "1.5 days", "9e99 days", ""] {
        let json = json!({"history": {
            "measure": "count", "of": of, "when": {"last": wrong}, "test": {"at_least": 1},
        }});
        let error = serde_json::from_value::<Condition>(json).unwrap_err().to_string();
        assert!(error.contains("expected"), "{wrong}: {error}");
    }
}

#[test]
fn empty_ranges_are_refused() {
    let of = json!({"kinds": ["purchased"]});
    let turned = json!({"between": [5, 3]});
    for asked in [
        figure(json!("count"), of.clone(), json!("ever"), turned.clone()),
        read(json!({"attribute": ["likes", {"size": turned}]})),
        read(json!({"attribute": ["born", {"ago": {"between": ["5 days", "3 days"]}}]})),
        read(json!({"points": {"parts": [["always", 1]], "test": turned}})),
        count(behaviours(Kind::Viewed).amount_at_least(euros(500)).amount_at_most(euros(300)))
            .at_least(1),
        count(behaviours(Kind::Viewed).price_at_least(euros(500)).price_at_most(euros(300)))
            .at_least(1),
        bucket("draw", 10, 5),
        bucket("draw", 0, 10_001),
    ] {
        assert!(refused(asked).contains("expected"));
    }
    let dollars = Money::cents(300, "USD").unwrap();
    let mixed = behaviours(Kind::Viewed).amount_at_least(euros(3)).amount_at_most(dollars);
    assert!(refused(count(mixed).at_least(1)).contains("currenc"));
}

#[test]
fn figures_that_are_others_at_every_instant_are_in_no_ratio() {
    for asked in [
        ratio(last(Kind::Viewed), count(Kind::Viewed)).at_least(1.0),
        ratio(count(Kind::Viewed), first(Kind::Viewed)).at_least(1.0),
    ] {
        assert!(refused(asked).contains("days_since"));
    }
    let category = the_last().category(0, Kind::Viewed).is("food");
    assert!(refused(category).contains("expected"));
}

#[test]
fn regular_expressions_that_take_too_long_or_too_much_are_refused() {
    let long = "(a|b)".repeat(60) + "c";
    for wrong in [
        "(",
        "[z-a]",
        "a{3,1}",
        r"(a)\1",
        "(?=a)",
        "(((((a{99}){99}){99}){99}){99})",
        r"\w{9999}",
        "",
        &"(".repeat(100),
        &long,
    ] {
        let begun = Instant::now();
        for asked in [
            attribute("name").matches(wrong),
            count(behaviours(Kind::Viewed).property("name", Test::matches(wrong))).at_least(1),
        ] {
            let text = refused(asked);
            assert!(text.contains("expression") || text.contains("expected"), "{wrong}: {text}");
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{wrong}");
    }
    // What explodes elsewhere takes time in proportion to the text.
    let evil = builder().segment(Segment::new("evil", attribute("name").matches("(a*)*(a|a)*b$")));
    let engine = evil.build().unwrap();
    let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    let all = Event::consent("ana", now).level(Level::OwnHistory).allow(Purpose::Personalisation);
    _ = engine.record(now, all).unwrap();
    let said = Event::declared("ana", now).attribute("name", "a".repeat(255));
    _ = engine.record(now, said).unwrap();
    let begun = Instant::now();
    assert!(engine.segments_of("ana", now).unwrap().is_empty());
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
}

#[test]
fn sequences_that_cannot_be_are_refused() {
    let bought = || step(Kind::Purchased);
    let none: [Step; 0] = [];
    let many = (0..65).map(|_| bought());
    for asked in [
        sequence(none).happened(),
        sequence(many).happened(),
        // Before the first step there is nothing that it could be within so long of.
        sequence([bought().within(days(3))]).happened(),
        sequence([bought().without(Kind::Viewed)]).happened(),
        sequence([bought(), bought().within(Duration::ZERO)]).happened(),
        sequence([bought().item("socks")]).happened(),
        sequence([bought(), bought().without(behaviours(Kind::Viewed).item("socks"))]).happened(),
        sequence([bought()])
            .then_nothing(behaviours(Kind::Viewed).item("socks"), days(3))
            .happened(),
    ] {
        refused(asked);
    }
    assert!(builds(sequence((0..64).map(|_| bought())).happened()));
}

/// A condition nested so deep, by each way to nest one.
fn nested(levels: usize) -> Vec<Condition> {
    let leaf = || attribute("a").exists();
    let deep = |into: fn(Condition) -> Condition| (0..levels).fold(leaf(), |deep, _| into(deep));
    vec![
        deep(not),
        deep(|deep| all([deep])),
        deep(|deep| any([Condition::Always, deep])),
        deep(|deep| points([(deep, 1)]).at_least(1)),
        deep(|deep| attribute("list").some(deep)),
        attribute("list").some((1..levels).fold(leaf(), |deep, _| not(deep))),
    ]
}

#[test]
fn sixty_four_levels_are_enough() {
    for condition in nested(64) {
        assert!(builds(condition.clone()), "{condition:?}");
        let written = serde_json::to_value(&condition).unwrap();
        let read: Condition = serde_json::from_value(written).unwrap();
        assert_eq!(read, condition);
    }
    for condition in nested(65) {
        assert!(refused(condition.clone()).contains("64 levels"));
        let written = serde_json::to_value(&condition).unwrap();
        let error = serde_json::from_value::<Condition>(written).unwrap_err();
        assert!(error.to_string().contains("64 levels"), "{error}");
    }
}

/// Wherever a condition can stand, the depth is looked at before anything walks it whole. (To
/// copy such a condition takes a kilobyte of stack for each level: that is the host's affair.)
#[test]
fn ten_thousand_levels_exhaust_no_stack() {
    let action = || Action::new("offer").treatment(Treatment::on(Channel::Web));
    let by = || count(Kind::Purchased);
    for n in 0..nested(1).len() {
        let deep = || nested(10_000).swap_remove(n);
        assert!(refused(deep()).contains("64 levels"));
        let asking = || behaviours(Kind::Viewed).property("list", Test::some(deep()));
        let builders = [
            builder().action(action().when(deep())),
            builder().action(action().weighs(2.0, deep())),
            builder().ranking(Ranking::by("spend", by()).among(deep())),
            builder().ranking(Ranking::by("spend", count(asking()))),
            builder().clustering(Clustering::by("style", [("n", by().into())]).among(deep())),
            builder().segment(Segment::new("asked", sequence([step(asking())]).happened())),
            builder().segment(Segment::new("asked", the_last().item_of(asking()).is("mug"))),
        ];
        for (place, builder) in builders.into_iter().enumerate() {
            let text = builder.build().unwrap_err().to_string();
            assert!(text.contains("64 levels"), "{place}: {text}");
            let place =
                ["action `offer`", "ranking `spend`", "clustering `style`", "segment `asked`"]
                    .iter()
                    .any(|name| text.contains(name));
            assert!(place, "{text}");
        }
        assert!(builder().build().unwrap().rules([deep()]).is_err());
    }
}

/// As it comes over a wire.
#[test]
fn texts_that_nest_without_end_are_refused_where_they_are_read() {
    for (open, close) in [
        (r#"{"not":"#, "}"),
        (r#"{"all":["#, "]}"),
        (r#"{"points":{"parts":[["#, r#",1]],"test":{"at_least":1}}}"#),
        (r#"{"attribute":["list",{"some":"#, "}]}"),
    ] {
        let text = open.repeat(100_000) + r#""always""# + &close.repeat(100_000);
        assert!(serde_json::from_str::<Condition>(&text).is_err(), "{open}");
    }
}

#[test]
fn a_rule_of_a_hundred_megabytes_is_refused_or_works() {
    let huge = "x".repeat(100_000_000);
    for asked in [
        attribute(&huge).exists(),
        session(&huge).exists(),
        attribute("name").is(huge.as_str()),
        attribute("name").contains(&huge),
        attribute("name").matches(&huge),
        bucket(&huge, 0, 1),
        count(behaviours(Kind::Viewed).item(huge.as_str())).at_least(1),
        the_last().item_of(Kind::Viewed).is(&huge),
        the_last().channel_of(Kind::Viewed).is(&huge),
        in_segment(huge.as_str()),
        ranked(&huge).first(1),
        in_cluster(&huge, 1),
        numbers_of(DataCategory::custom(huge.as_str()), "n").sum(Kind::Viewed).at_least(1.0),
        count(behaviours(Kind::Viewed).property(&huge, Test::exists())).at_least(1),
        numbers(&huge).sum(Kind::Viewed).at_least(1.0),
    ] {
        refused(asked);
    }
    drop(huge);
    // Too many parts.
    let parts = (0..1_100_000).map(|_| Condition::Always);
    let text = refused(all([any(parts), attribute("a").exists()]));
    assert!(text.contains("parts"), "{text}");
}

#[test]
fn circles_are_named_and_diamonds_are_none() {
    let segments = |pairs: &[(&str, &[&str])]| {
        let segment = |(id, asks): &(&str, &[&str])| {
            Segment::new(*id, any(asks.iter().map(|other| not(in_segment(*other)))))
        };
        builder().segments(pairs.iter().map(segment)).build()
    };
    let text = segments(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"])]).unwrap_err().to_string();
    assert!(text.contains("`a` asks for `b` asks for `c` asks for `a`"), "{text}");
    let text = segments(&[("a", &["b"]), ("b", &["b"])]).unwrap_err().to_string();
    assert!(text.contains("`b` asks for `b`") && !text.contains("`a`"), "{text}");
    let diamond = segments(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"]), ("d", &[])]);
    assert!(diamond.is_ok());
    let twice = segments(&[("a", &[]), ("a", &[])]).unwrap_err().to_string();
    assert!(twice.contains("`a` is defined twice"), "{twice}");
    // Through who is ranked.
    let ranking = Ranking::by("spend", count(Kind::Purchased)).among(in_segment("a"));
    let first = Segment::new("a", ranked("spend").first(10));
    let text = builder().ranking(ranking).segment(first).build().unwrap_err().to_string();
    assert!(text.contains("`a`"), "{text}");
}

/// Each asks for the one before.
#[test]
fn segments_stand_on_each_other_so_high_and_no_higher() {
    let tower = |height: usize| {
        let segment = |n: usize| match n {
            0 => Segment::new("s0", Condition::Always),
            n => Segment::new(format!("s{n}"), in_segment(format!("s{}", n - 1))),
        };
        builder().segments((0..height).map(segment)).build()
    };
    assert!(tower(200).is_ok());
    let text = tower(20_000).unwrap_err().to_string();
    assert!(text.contains("deep"), "{text}");
}

#[test]
fn places_and_clusters_that_cannot_be_are_refused() {
    let spend = || Ranking::by("spend", count(Kind::Purchased));
    let with = |builder: EngineBuilder, asked| {
        builder.segment(Segment::new("asked", asked)).build().map(drop).map_err(|e| e.to_string())
    };
    for asked in [
        ranked("spend").quantile(0, 5),
        ranked("spend").quantile(6, 5),
        ranked("spend").quantiles(3, 2, 5),
        ranked("spend").quantile(1, 2_000_000),
        ranked("spend").top_share(1.5),
        ranked("spend").first(0),
    ] {
        let text = with(builder().ranking(spend()), asked).unwrap_err();
        assert!(text.contains("segment `asked`") && text.contains("expected"), "{text}");
    }
    assert!(with(builder().ranking(spend()), ranked("spend").top_share(1.0)).is_ok());
    let twice = builder().ranking(spend()).ranking(spend()).build().unwrap_err().to_string();
    assert!(twice.contains("ranking `spend` is defined twice"), "{twice}");
    let of_others = spend().among(ranked("spend").first(3));
    assert!(with(builder().ranking(of_others), ranked("spend").first(1)).is_err());
    let by_recency = Ranking::by("spend", last(Kind::Purchased));
    let text = with(builder().ranking(by_recency), ranked("spend").first(1)).unwrap_err();
    assert!(text.contains("days_since"), "{text}");
    let none: [(&str, Metric); 0] = [];
    let style = |n: u32| Clustering::by("style", [("n", count(Kind::Viewed).into())]).clusters(n);
    for clustering in [Clustering::by("style", none), style(0), style(65)] {
        let text = with(builder().clustering(clustering), in_cluster("style", 1)).unwrap_err();
        assert!(text.contains("cluster"), "{text}");
    }
}
