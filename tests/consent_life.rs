//! The life of a consent: asked, put off, given, renewed, run out, taken back. The stories
//! stand as data in `tests/cases/consent_states.json`: what Ana (or her phone) said, and per
//! instant what her switch for personalisation shows, and which versions the notice had. A consent is valid for a hundred days;
//! who did not say yes is left alone for thirty.
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

use std::collections::{BTreeMap, BTreeSet};

use confidant::*;
use dice::Dice;
use serde::Deserialize;
use serde_json::{Value as Json, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    story: String,
    #[serde(default)]
    notices: Vec<Notice>,
    told: Vec<Json>,
    switch: BTreeMap<Timestamp, Json>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("cases/consent_states.json")).unwrap()
}

fn event(line: &Json) -> Event {
    let mut line = line.clone();
    for (field, usual) in [("customer", "ana"), ("event", "consent")] {
        if line.get(field).is_none() {
            line[field] = json!(usual);
        }
    }
    Event::from_json(&line.to_string()).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn builder() -> EngineBuilder {
    builder_with(&[])
}

fn builder_with(notices: &[Notice]) -> EngineBuilder {
    let privacy = notices.iter().cloned().fold(PrivacyPolicy::new(), PrivacyPolicy::notice);
    let privacy = privacy
        .valid_for(Purpose::Personalisation, days(100))
        .ask_again_after(Purpose::Personalisation, days(30))
        .valid_for(Purpose::CollaborativeLearning, days(50))
        .valid_for(Purpose::DirectMarketing, days(20));
    Engine::builder().privacy(privacy).catalog(Catalog::new([Item::new("mug")]).unwrap())
}

fn late() -> Timestamp {
    "2026-12-31T00:00:00Z".parse().unwrap()
}

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn switch(engine: &Engine, now: Timestamp) -> Permission {
    let switches = engine.permissions("ana", now).unwrap();
    switches.into_iter().find(|it| it.purpose == Purpose::Personalisation).unwrap()
}

fn differs(expected: &Json, switch: &Permission) -> bool {
    let shown = serde_json::to_value(switch).unwrap();
    expected.as_object().unwrap().iter().any(|(field, value)| shown[field] != *value)
}

#[test]
fn every_story_ends_as_it_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let engine = builder_with(&case.notices).build().unwrap();
        for line in &case.told {
            engine.record(late(), event(line)).unwrap();
        }
        for (at, expected) in &case.switch {
            let shown = switch(&engine, *at);
            if differs(expected, &shown) {
                let shown = serde_json::to_string(&shown).unwrap();
                wrong.push(format!("{} at {at}:\n  {expected}, not\n  {shown}", case.story));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_order_in_which_words_arrive_leaves_no_trace() {
    for case in cases() {
        for seed in 0..20 {
            let mut told = case.told.clone();
            Dice::new(seed).shuffle(&mut told);
            // A link is taken by what is allowed when it arrives.
            told.sort_by_key(|line| line.get("event").is_some());
            let engine = builder_with(&case.notices).build().unwrap();
            for line in &told {
                engine.record(late(), event(line)).unwrap();
            }
            for (at, expected) in &case.switch {
                assert!(!differs(expected, &switch(&engine, *at)), "{} at {at}", case.story);
            }
        }
    }
}

/// A word on personalisation, in the tests' own terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Yes,
    No,
    Asked,
}

/// Whether it is allowed, looked up in every word every time: the latest answer is a yes of
/// the last hundred days, and no no is as late.
fn allowed(words: &[(Timestamp, Word)], now: Timestamp) -> bool {
    let answers = words.iter().filter(|(at, word)| *word != Word::Asked && *at <= now);
    let Some(latest) = answers.clone().map(|(at, _)| *at).max() else { return false };
    let yes = answers.filter(|(at, _)| *at == latest).all(|(_, word)| *word == Word::Yes);
    yes && now < latest + days(100)
}

#[test]
fn what_is_allowed_is_the_latest_answer_while_it_is_valid() {
    let mut seen = [0, 0];
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let words: Vec<(Timestamp, Word)> = (0..dice.below(7))
            .map(|_| {
                let word = *dice.pick(&[Word::Yes, Word::Yes, Word::No, Word::Asked]);
                (start() + days(10 * dice.below(30) as u32), word)
            })
            .collect();
        let engine = builder().build().unwrap();
        let level = Event::consent("ana", start() - days(1)).level(Level::OwnHistory);
        engine.record(late(), level).unwrap();
        for (n, (at, word)) in words.iter().enumerate() {
            let said = Event::consent("ana", *at).id(format!("{n}"));
            let said = match word {
                Word::Yes => said.allow(Purpose::Personalisation),
                Word::No => said.withdraw(Purpose::Personalisation),
                Word::Asked => said.asked(Purpose::Personalisation),
            };
            engine.record(late(), said).unwrap();
        }
        for day in 0..420 {
            let now = start() + days(day);
            let (shown, expected) = (switch(&engine, now), allowed(&words, now));
            assert_eq!(shown.allowed, expected, "seed {seed}, day {day}: {words:?}");
            assert_eq!(shown.state.is_valid(), expected, "seed {seed}, day {day}: {words:?}");
            seen[usize::from(expected)] += 1;
            // The switch says when it turns by itself.
            if let Some(until) = shown.until {
                let last = Timestamp::from_millis(until.as_millis() - 1);
                let next = words.iter().map(|(at, _)| *at).filter(|at| *at > now).min();
                if next.is_none_or(|next| next >= until) {
                    assert!(switch(&engine, last).allowed, "seed {seed}, day {day}");
                    let renewed = next == Some(until);
                    assert!(renewed || !switch(&engine, until).allowed, "seed {seed}, day {day}");
                }
            }
        }
    }
    assert!(seen.iter().all(|n| *n > 10_000), "{seen:?}");
}

/// Whatever is said, by Ana and by her phone, on whatever notice: the state that is told is
/// valid exactly where the purpose is allowed.
#[test]
fn a_state_is_valid_exactly_where_the_purpose_is_allowed() {
    let mut seen: BTreeMap<ConsentState, u32> = BTreeMap::new();
    let phone = Identifier::new(IdentifierKind::Device, "phone");
    let notices = [
        Notice::new(1, start()),
        Notice::new(2, start() + days(50)).material(),
        Notice::new(3, start() + days(90)).material_for([Purpose::DirectMarketing]),
        Notice::new(4, start() + days(150)).material_for([Purpose::Personalisation]),
    ];
    for seed in 0..600 {
        let mut dice = Dice::new(seed);
        let engine = builder_with(&notices).build().unwrap();
        let speakers: [Identifier; 2] = ["ana".into(), phone.clone()];
        for who in &speakers {
            let all = Event::consent(who, start() - days(1)).level(Level::OwnHistory);
            engine.record(late(), all.allow(Purpose::IdentityLinking)).unwrap();
        }
        for n in 0..dice.below(9) {
            let at = start() + days(10 * dice.below(25) as u32);
            let said = Event::consent(dice.pick(&speakers), at).id(format!("{n}"));
            let purpose = Purpose::Personalisation;
            let said = match dice.below(9) {
                0 => said.refuse(purpose),
                1 => said.withdraw(purpose),
                2 => said.asked(purpose),
                3 => said.defer(purpose),
                4 => said.revoke(purpose),
                5 => said.invalidate(purpose),
                _ => said.allow(purpose),
            };
            let said = match dice.below(5) {
                0 => said.informed_by(1 + dice.below(5) as u32),
                _ => said,
            };
            engine.record(late(), said).unwrap();
        }
        if dice.chance(60) {
            let at = start() + days(dice.below(200) as u32);
            let link = Event::linked("ana", at, phone.clone()).by(Evidence::LoggedIn);
            engine.record(late(), link).unwrap();
            if dice.chance(30) {
                engine.record(late(), Event::unlinked("ana", late(), phone.clone())).unwrap();
            }
        }
        for day in (0..400).step_by(5) {
            let shown = switch(&engine, start() + days(day));
            let told = serde_json::to_string(&shown).unwrap();
            assert_eq!(shown.state.is_valid(), shown.allowed, "seed {seed}, day {day}: {told}");
            assert_eq!(shown.allowed, shown.denied.is_none(), "seed {seed}, day {day}: {told}");
            let withheld = shown.withheld.iter().map(|(category, _)| category);
            let all: BTreeSet<&DataCategory> = shown.categories.iter().chain(withheld).collect();
            assert_eq!(all.len(), shown.categories.len() + shown.withheld.len(), "{told}");
            assert_eq!(all.len(), DataCategory::BASE.len(), "{told}");
            *seen.entry(shown.state).or_default() += 1;
        }
    }
    assert!(seen.len() == 10 && seen.values().all(|n| *n > 100), "{seen:?}");
}

fn yes() -> ConsentChange {
    Event::consent("ana", start())
        .level(Level::Collaborative)
        .allow(Purpose::Personalisation)
        .allow(Purpose::CollaborativeLearning)
        .allow(Purpose::DirectMarketing)
}

#[test]
fn what_ran_out_shows_nothing_any_more() {
    let engine = builder().build().unwrap();
    let (before, end) = (start() + days(99), start() + days(100));
    engine.record(start(), yes()).unwrap();
    let bought = Event::purchased("ana", start() + days(1)).item("mug");
    engine.record(before, bought).unwrap();
    let seen = |now| engine.view("ana", Purpose::Personalisation, now, None).unwrap().len();
    assert_eq!((seen(before), seen(end)), (1, 0));
}

#[test]
fn what_happens_after_it_ran_out_is_not_kept() {
    let engine = builder().build().unwrap();
    engine.record(start(), yes()).unwrap();
    let viewed = |day| Event::viewed("ana", start() + days(day)).item("mug");
    assert_eq!(engine.record(late(), viewed(99)).unwrap(), Recorded::Accepted);
    let late = engine.record(late(), viewed(100)).unwrap();
    assert_eq!(late, Recorded::NotAllowed(NotAllowed::Category(DataCategory::Browsing)));
}

#[test]
fn who_let_it_run_out_leaves_segments_by_the_clock_alone() {
    let looked = Segment::new("looked", count(Kind::Viewed).at_least(1));
    let engine = builder().segment(looked).build().unwrap();
    engine.record(start(), yes()).unwrap();
    engine.record(start(), Event::viewed("ana", start()).item("mug")).unwrap();
    let entered = engine.advance(start() + days(1)).unwrap();
    assert_eq!(entered.len(), 1);
    assert!(engine.advance(start() + days(99)).unwrap().is_empty());
    let left = engine.advance(start() + days(100)).unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].at, start() + days(100));
    assert!(engine.segments_of("ana", start() + days(100)).unwrap().is_empty());
}

#[test]
fn what_was_learned_goes_when_it_ran_out() {
    let engine = builder().build().unwrap();
    let nothing = engine.statistics().digest();
    engine.record(start(), yes()).unwrap();
    engine.record(start(), Event::purchased("ana", start()).item("mug")).unwrap();
    engine.advance(start() + days(49)).unwrap();
    assert_ne!(engine.statistics().digest(), nothing);
    engine.advance(start() + days(50)).unwrap();
    assert_eq!(engine.statistics().digest(), nothing);
}

#[test]
fn nobody_is_reached_on_a_consent_that_ran_out() {
    let action = Action::new("news").value(1.0).accepted_by(0.5);
    let engine = builder().action(action.treatment(Treatment::on(Channel::Email))).build().unwrap();
    engine.record(start(), yes()).unwrap();
    let reached = |now| {
        let decision = engine.preview(&Request::new("ana", Channel::Email, now)).unwrap();
        decision.action().is_some()
    };
    assert!(reached(start() + days(20) - minutes(1)) && !reached(start() + days(20)));
}

#[test]
fn it_does_not_matter_what_is_said_of_a_purpose_first() {
    let research = || Purpose::custom("research");
    let opinions = [DataCategory::Opinions];
    let time = |policy: PrivacyPolicy| policy.valid_for(research(), days(10));
    let uses =
        |policy: PrivacyPolicy| policy.purpose(research(), Level::OwnHistory, opinions.clone());
    let state = |policy| {
        let engine = Engine::builder().privacy(policy).build().unwrap();
        let all = Event::consent("ana", start()).level(Level::Collaborative).allow(research());
        engine.record(start(), all).unwrap();
        [0, 10].map(|day| {
            let switches = engine.permissions("ana", start() + days(day)).unwrap();
            let switch = switches.into_iter().find(|switch| switch.purpose == research()).unwrap();
            (switch.state, switch.categories.len())
        })
    };
    let expected = [(ConsentState::Given, 1), (ConsentState::Expired, 0)];
    assert_eq!(state(uses(time(PrivacyPolicy::new()))), expected);
    assert_eq!(state(time(uses(PrivacyPolicy::new()))), expected);
    // Nobody said what it may use.
    let closed = [(ConsentState::Given, 0), (ConsentState::Expired, 0)];
    assert_eq!(state(time(PrivacyPolicy::new())), closed);
}

#[test]
fn a_policy_that_makes_no_sense_is_refused() {
    let (one, two) = (Notice::new(1, start()), Notice::new(2, start()));
    for privacy in [
        PrivacyPolicy::new().notice(Notice::new(0, start())),
        PrivacyPolicy::new().notice(one.clone()).notice(one.clone()),
        PrivacyPolicy::new().notice(two).notice(one),
        PrivacyPolicy::new().valid_for(Purpose::Personalisation, days(0)),
        PrivacyPolicy::new().ask_again_after(Purpose::Personalisation, days(0)),
    ] {
        let error = Engine::builder().privacy(privacy).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
    }
}

#[test]
fn what_is_restricted_is_kept_and_used_for_nothing() {
    let looked = Segment::new("looked", count(Kind::Purchased).at_least(1));
    let action = |id: &str| Action::new(id).value(1.0).accepted_by(0.5);
    let engine = builder()
        .segment(looked)
        .action(action("news").treatment(Treatment::on(Channel::Email)))
        .action(action("banner").treatment(Treatment::on(Channel::Web)))
        .build()
        .unwrap();
    let nothing = engine.statistics().digest();
    let now = start() + days(2);
    engine.record(start(), yes()).unwrap();
    engine.record(start(), Event::purchased("ana", start()).item("mug")).unwrap();
    engine.advance(start() + days(1)).unwrap();
    assert_ne!(engine.statistics().digest(), nothing);
    engine.record(now, Event::consent("ana", now).restrict()).unwrap();
    assert_eq!(engine.statistics().digest(), nothing, "at once, as a withdrawal");
    assert_eq!(engine.advance(now).unwrap().len(), 1, "left the segment");
    assert_eq!(engine.view("ana", Purpose::Personalisation, now, None).unwrap().len(), 0);
    let offered = |channel| {
        let decision = engine.preview(&Request::new("ana", channel, now)).unwrap();
        decision.action().map(|action| action.as_str().to_owned())
    };
    assert_eq!(offered(Channel::Email), None);
    assert_eq!(offered(Channel::Web).as_deref(), Some("banner"), "what strangers get");
    // What a contract needs is kept all the same, what only a consent allows is not.
    let bought = Event::purchased("ana", now).item("mug").id("second");
    assert_eq!(engine.record(now, bought).unwrap(), Recorded::Accepted);
    let viewed = engine.record(now, Event::viewed("ana", now).item("mug")).unwrap();
    assert!(matches!(viewed, Recorded::NotAllowed(_)), "{viewed:?}");
    let later = now + days(1);
    engine.record(later, Event::consent("ana", later).lift_restriction()).unwrap();
    assert_eq!(engine.view("ana", Purpose::Personalisation, later, None).unwrap().len(), 2);
}
