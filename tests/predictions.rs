//! What is expected of a customer: the third question, after what they did and what they
//! are doing. A prediction is what an offer is scored with, and no more than may be known.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/dice.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test uses a part")]
mod dice;

use std::collections::BTreeMap;

use confidant::*;
use dice::Dice;

const ITEMS: [(&str, &str); 4] =
    [("espresso", "coffee"), ("beans", "coffee"), ("green", "tea"), ("mug", "house")];
const ACTIONS: [&str; 3] = ["coffee club", "tea time", "voucher"];

fn start() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn engine() -> Engine {
    let items = ITEMS.map(|(id, category)| Item::new(id).category([category]));
    let action = |id: &str| Action::new(id).accepted_by(0.1).treatment(Treatment::on(Channel::Web));
    Engine::builder()
        .catalog(Catalog::new(items).unwrap())
        .action(action("coffee club").about_category(["coffee"]))
        .action(action("tea time").about_category(["tea"]))
        .action(action("voucher"))
        .build()
        .unwrap()
}

fn yes(who: &str) -> Event {
    let all = Event::consent(who, start()).level(Level::Collaborative);
    all.allow(Purpose::Personalisation).allow(Purpose::CollaborativeLearning).into()
}

fn bought(who: &str, at: Timestamp, item: &str) -> Event {
    Event::purchased(who, at).item(item).into()
}

fn of(predictions: &Predictions, action: &str) -> Prediction {
    let what = Predicted::Accepts(action.into());
    predictions.each.iter().find(|each| each.what == what).unwrap().clone()
}

/// Customers who buy, take and leave, some of whom let it be known.
fn world(dice: &mut Dice, engine: &Engine) -> Vec<String> {
    let customers: Vec<String> = (0..8).map(|n| format!("customer {n}")).collect();
    let end = start() + days(400);
    for who in &customers {
        if dice.below(4) > 0 {
            engine.record(end, yes(who)).unwrap();
        }
        for n in 0..dice.below(12) {
            let at = start() + days(1 + dice.below(300) as u32);
            let item = ITEMS[dice.below(ITEMS.len())].0;
            let action = ACTIONS[dice.below(ACTIONS.len())];
            let event: Event = match dice.below(3) {
                0 => bought(who, at, item),
                1 => Event::accepted(who.as_str(), at).action(action).id(format!("{n}")).into(),
                _ => Event::outcome(who.as_str(), at, action, Reply::Declined).into(),
            };
            _ = engine.record(end, event).unwrap();
        }
    }
    engine.advance(end).unwrap();
    engine.fit(end).unwrap();
    customers
}

#[test]
fn a_prediction_is_what_an_offer_is_scored_with() {
    let (mut scored, mut personal) = (0, 0);
    for seed in 0..60 {
        let engine = engine();
        for who in world(&mut Dice::new(seed), &engine) {
            let now = start() + days(350);
            let predictions = engine.predictions(who.as_str(), now).unwrap();
            let decision = engine.preview(&Request::new(who, Channel::Web, now)).unwrap();
            let scored_with = |line: &'_ Considered| match &line.verdict {
                Verdict::Chosen(score) | Verdict::Passed(score, _) => Some(score.propensity),
                Verdict::Refused(_) => None,
            };
            let lines = decision.receipt().considered().iter();
            let scores: BTreeMap<&ActionId, f64> =
                lines.filter_map(|line| Some((&line.action, scored_with(line)?))).collect();
            for prediction in &predictions.each {
                let Predicted::Accepts(action) = &prediction.what else { panic!("new") };
                let Some(propensity) = scores.get(action) else { continue };
                assert_eq!(prediction.probability.to_bits(), propensity.to_bits(), "seed {seed}");
                scored += 1;
                personal += usize::from(prediction.is_personal());
            }
        }
    }
    assert!(scored > 300 && personal > 100, "{scored} {personal}");
}

#[test]
fn who_buys_coffee_is_likelier_to_join_the_coffee_club() {
    let engine = engine();
    let now = start() + days(30);
    for who in ["ana", "ben", "eva"] {
        engine.record(now, yes(who)).unwrap();
    }
    for day in 1..6 {
        engine.record(now, bought("ana", start() + days(day), "beans")).unwrap();
        engine.record(now, bought("ben", start() + days(day), "green")).unwrap();
    }
    engine.advance(now).unwrap();
    engine.fit(now).unwrap();
    let [ana, ben, eva] = ["ana", "ben", "eva"].map(|who| engine.predictions(who, now).unwrap());
    // Five of ten purchases are of coffee, all five of Ana's: (5 + 20 / 2) / (5 + 20) = 0.6,
    // 1.2 times the share of everybody.
    let coffee = of(&ana, "coffee club");
    assert!((coffee.anybody - 0.1).abs() < 1e-12 && (coffee.probability - 0.12).abs() < 1e-12);
    assert!((of(&ben, "coffee club").probability - 0.08).abs() < 1e-12);
    assert!(!of(&eva, "coffee club").is_personal(), "nothing is known of her");
    assert!(!of(&ana, "voucher").is_personal(), "it is about nothing that is bought");
}

#[test]
fn who_took_it_before_is_likelier_to_take_it_again() {
    let engine = engine();
    let now = start() + days(30);
    engine.record(now, yes("ana")).unwrap();
    let took = Event::accepted("ana", start() + days(2)).action("voucher");
    engine.record(now, took).unwrap();
    let voucher = of(&engine.predictions("ana", now).unwrap(), "voucher");
    // One of one, against ten at everybody's rate.
    assert!((voucher.probability - (0.1 * 10.0 + 1.0) / 11.0).abs() < 1e-12);
    let before = of(&engine.predictions("ana", start() + days(1)).unwrap(), "voucher");
    assert!(!before.is_personal(), "it is not known before it happened");
}

#[test]
fn nothing_is_predicted_from_what_is_not_allowed() {
    let engine = engine();
    let now = start() + days(30);
    let only = |categories: &[DataCategory]| {
        let some = Event::consent("ana", start()).level(Level::OwnHistory);
        some.allow_only(Purpose::Personalisation, categories.iter().cloned())
    };
    engine.record(now, only(&[DataCategory::Purchases, DataCategory::Service])).unwrap();
    engine.record(now, bought("ana", start() + days(2), "green")).unwrap();
    // An answer may be kept where it is for a purpose; here none may see it.
    _ = engine.record(now, Event::accepted("ana", start() + days(2)).action("voucher"));
    engine.fit(now).unwrap();
    let voucher = of(&engine.predictions("ana", now).unwrap(), "voucher");
    assert!(!voucher.is_personal());
    let no = Event::consent("ana", now).withdraw(Purpose::Personalisation);
    engine.record(now, no).unwrap();
    let predictions = engine.predictions("ana", now).unwrap();
    assert!(predictions.each.iter().all(|each| !each.is_personal()));
    let report = engine.customer_report("ana", now).unwrap().unwrap();
    assert!(report.predictions.is_empty());
}

#[test]
fn a_prediction_holds_until_it_says() {
    let mut changed = 0;
    for seed in 0..40 {
        let engine = engine();
        for who in world(&mut Dice::new(seed), &engine) {
            let (mut at, end) = (start(), start() + days(320));
            while at < end {
                let said = engine.predictions(who.as_str(), at).unwrap();
                assert!(at < said.until, "seed {seed}");
                let until = said.until.min(end);
                let last = Timestamp::from_millis(until.as_millis() - 1);
                let later = engine.predictions(who.as_str(), last).unwrap();
                assert!(later.each == said.each, "seed {seed}: it changed before {until}");
                let next = engine.predictions(who.as_str(), until).unwrap();
                changed += usize::from(next.each != said.each);
                at = until;
            }
        }
    }
    assert!(changed > 100, "{changed}");
}

#[test]
fn the_report_tells_what_is_expected_of_this_customer_alone() {
    let engine = engine();
    let now = start() + days(30);
    engine.record(now, yes("ana")).unwrap();
    let took = Event::accepted("ana", start() + days(2)).action("voucher");
    engine.record(now, took).unwrap();
    let report = engine.customer_report("ana", now).unwrap().unwrap();
    let voucher = of(&engine.predictions("ana", now).unwrap(), "voucher");
    assert!(report.predictions == [voucher]);
    assert!(report.to_string().contains("takes voucher: 18.2 %, others 10.0 %"), "{report}");
}
