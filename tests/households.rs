//! Those who live together: what they come to is added up over those who let it be seen,
//! and nobody learns anything of anybody; nobody who lives with others is reached by turns
//! more often than the host allows for all of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;
#[path = "common/between.rs"]
mod between;
mod world;

use std::sync::{Arc, Barrier};

use basics::noon as now;
use between::Between;
use confidant::conformance::{Failing, Fault};
use confidant::*;
use world::slow::Slow;

fn address() -> IdentifierKind {
    IdentifierKind::Custom("address".into())
}

fn home() -> Identifier {
    Identifier::new(address(), "Elm Street 1")
}

fn tell(engine: &Engine, event: impl Into<Event>) -> Recorded {
    engine.record(now(), event).unwrap()
}

fn builder() -> EngineBuilder {
    let everywhere = |action: Action| {
        action.treatment(Treatment::on(Channel::Web)).treatment(Treatment::on(Channel::Email))
    };
    Engine::builder()
        .identity(IdentityPolicy::new().household(address()))
        .catalog(Catalog::new([Item::new("secret-canary")]).unwrap())
        .action(everywhere(Action::new("sale").value(2.0)))
}

/// Ana, Ben and so on, each of whom allows everything, at one address.
fn settle_in(engine: &Engine, members: &[&str]) {
    for member in members {
        let choice = Event::consent(*member, now() - days(9)).level(Level::OwnHistory);
        let choice = choice.allow(Purpose::Personalisation).allow(Purpose::DirectMarketing);
        tell(engine, choice.allow(Purpose::IdentityLinking));
        tell(engine, Event::linked(*member, now() - days(8), home()));
    }
}

fn buy(engine: &Engine, customer: &str, order: &str, cents: i64, currency: &str) {
    let bought = Event::purchased(customer, now() - days(5)).item("secret-canary").order(order);
    let bought = bought.amount(Money::cents(cents, currency).unwrap());
    assert_eq!(tell(engine, bought), Recorded::Accepted);
}

/// How many there are, how many of them are known, their orders, and what they came to.
fn worth(engine: &Engine, of: impl Into<Identifier>) -> Option<(usize, usize, u64, String)> {
    let household = engine.household(of, days(30), now()).unwrap()?;
    let revenue: Vec<String> = household.revenue.iter().map(ToString::to_string).collect();
    Some((household.members, household.known, household.orders, revenue.join(", ")))
}

fn forbid(engine: &Engine, customer: &str) {
    let no = Event::consent(customer, now() - days(1)).withdraw(Purpose::Personalisation);
    assert_eq!(tell(engine, no), Recorded::Accepted);
}

#[test]
fn what_they_come_to_is_added_up_over_those_who_allow_it() {
    let engine = builder().build().unwrap();
    settle_in(&engine, &["ana", "ben", "eve"]);
    buy(&engine, "ana", "1", 1000, "EUR");
    buy(&engine, "ana", "2", 500, "USD");
    buy(&engine, "ben", "1", 200, "EUR");
    let all = Some((3, 2 + 1, 3, "12.00 EUR, 5.00 USD".to_owned()));
    for of in [home(), "ana".into(), "ben".into(), "eve".into()] {
        assert_eq!(worth(&engine, of), all);
    }
    forbid(&engine, "ana");
    for of in [home(), "ana".into(), "ben".into(), "eve".into()] {
        assert_eq!(worth(&engine, of), Some((3, 2, 1, "2.00 EUR".to_owned())));
    }
    let until = engine.household(home(), days(30), now()).unwrap().unwrap().until;
    assert_eq!(until, now() - days(5) + days(30), "when Ben's order leaves the window");
}

#[test]
fn one_alone_is_no_household_and_nor_is_what_another_kind_is_shared_by() {
    let engine = builder().build().unwrap();
    settle_in(&engine, &["ana"]);
    assert_eq!(worth(&engine, "ana"), None);
    assert_eq!(worth(&engine, home()), None);
    assert_eq!(worth(&engine, "a-stranger"), None);
    assert_eq!(worth(&engine, "null"), None);
    let plain = Engine::builder().build().unwrap();
    settle_in(&plain, &["ana", "ben"]);
    assert_eq!(worth(&plain, "ana"), None);
    assert_eq!(worth(&plain, home()), None);
    let personal = IdentityPolicy::new().household(IdentifierKind::Email);
    let error = Engine::builder().identity(personal).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
}

#[test]
fn who_leaves_is_no_member_any_more() {
    let engine = builder().build().unwrap();
    settle_in(&engine, &["ana", "ben", "eve"]);
    buy(&engine, "ana", "1", 1000, "EUR");
    tell(&engine, Event::unlinked("ana", now() - days(1), home()));
    assert_eq!(worth(&engine, "ana"), None);
    for of in [home(), "ben".into(), "eve".into()] {
        assert_eq!(worth(&engine, of), Some((2, 2, 0, String::new())));
    }
    tell(&engine, Event::unlinked("ben", now() - days(1), home()));
    for of in [home(), "ana".into(), "ben".into(), "eve".into()] {
        assert_eq!(worth(&engine, of), None);
    }
}

/// Everything that the host or a customer can see of somebody.
fn seen(engine: &Engine, customer: &str) -> String {
    let view = engine.view(customer, Purpose::Personalisation, now(), None).unwrap();
    let household = engine.household(customer, days(30), now()).unwrap();
    let report = engine.customer_report(customer, now()).unwrap().unwrap();
    let request = Request::new(customer, Channel::Email, now() + days(1));
    let decision = engine.preview(&request).unwrap();
    let json = serde_json::to_string(&(&household, &report, decision.receipt())).unwrap();
    let words = decision.receipt().explain();
    format!("{json} {words} {} {:?} {:?}", view.len(), view.attributes().len(), household)
}

#[test]
fn nobody_learns_anything_of_anybody_but_the_sum() {
    let engine = builder().build().unwrap();
    settle_in(&engine, &["ana-canary", "ben"]);
    buy(&engine, "ana-canary", "order-canary", 1000, "EUR");
    tell(&engine, Event::declared("ana-canary", now() - days(4)).attribute("name", "canary"));
    let ben = seen(&engine, "ben");
    assert!(!ben.contains("canary"), "{ben}");
    assert!(seen(&engine, "ana-canary").contains("canary"), "the canary sings");
    assert_eq!(worth(&engine, "ben"), Some((2, 2, 1, "10.00 EUR".to_owned())));
    forbid(&engine, "ana-canary");
    assert_eq!(worth(&engine, "ben"), Some((2, 1, 0, String::new())));
}

#[test]
fn a_withdrawal_changes_nothing_for_the_others() {
    let (before, after) = (builder().build().unwrap(), builder().build().unwrap());
    for engine in [&before, &after] {
        settle_in(engine, &["ana", "ben"]);
        buy(engine, "ben", "1", 1000, "EUR");
    }
    forbid(&after, "ana");
    let of = |engine: &Engine| {
        let view = engine.view("ben", Purpose::Personalisation, now(), None).unwrap();
        let report = serde_json::to_string(&engine.customer_report("ben", now()).unwrap()).unwrap();
        let decision = engine.decide(&Request::new("ben", Channel::Email, now())).unwrap();
        (view.biography(days(30)), report, decision.to_bytes())
    };
    assert!(of(&before) == of(&after));
}

fn capped(most: u32) -> EngineBuilder {
    builder().contact(ContactPolicy::new().household_cap(most, days(7)))
}

fn ask(customer: &str, channel: Channel, at: Timestamp) -> Request {
    Request::new(customer, channel, at)
}

fn reached(engine: &Engine, customer: &str, at: Timestamp) -> bool {
    engine.decide(&ask(customer, Channel::Email, at)).unwrap().action().is_some()
}

/// What stands in the way of an e-mail to a customer.
fn obstacle(engine: &Engine, customer: &str, at: Timestamp) -> Option<Obstacle> {
    let decision = engine.preview(&ask(customer, Channel::Email, at)).unwrap();
    match &decision.receipt().considered()[0].verdict {
        Verdict::Refused(obstacle) => Some(obstacle.clone()),
        _ => None,
    }
}

#[test]
fn a_contact_with_one_counts_for_all_of_them() {
    let engine = capped(2).build().unwrap();
    settle_in(&engine, &["ana", "ben", "eve"]);
    tell(&engine, Event::unlinked("eve", now() - days(1), home()));
    assert_eq!(obstacle(&engine, "ana", now()), None, "a preview is not noted");
    for _ in 0..3 {
        assert!(reached(&engine, "ana", now()), "the same question counts once");
    }
    assert!(reached(&engine, "ben", now() + days(1)));
    for member in ["ana", "ben"] {
        let later = now() + days(2);
        assert_eq!(obstacle(&engine, member, later), Some(Obstacle::HouseholdCap(2)));
        assert!(!reached(&engine, member, later));
        let web = engine.decide(&ask(member, Channel::Web, later)).unwrap();
        assert!(web.action().is_some(), "on the web they come by themselves");
    }
    assert!(reached(&engine, "eve", now() + days(2)), "who left is not held back");
    assert!(reached(&engine, "ben", now() + days(7)), "the first is out of the window");
    assert!(!reached(&engine, "ana", now() + days(7)));
}

#[test]
fn nobody_is_told_who_else_was_reached() {
    let engine = capped(1).build().unwrap();
    settle_in(&engine, &["ana-canary", "ben"]);
    assert!(reached(&engine, "ana-canary", now()));
    let shown = seen(&engine, "ben");
    assert!(!shown.contains("canary") && shown.contains("We leave you alone for now."), "{shown}");
    // The address becomes Ben's alone, and what Ana got stays hers.
    tell(&engine, Event::unlinked("ana-canary", now() - days(1), home()));
    assert!(engine.customer_report("ben", now()).unwrap().unwrap().contacts.is_empty());
    assert!(reached(&engine, "ben", now() + days(1)));
}

/// Who leaves and comes back brings no room along.
#[test]
fn a_household_that_comes_together_again_was_reached_before() {
    let engine = capped(1).build().unwrap();
    settle_in(&engine, &["ana", "ben"]);
    assert!(reached(&engine, "ana", now()));
    tell(&engine, Event::unlinked("ana", now() - days(2), home()));
    tell(&engine, Event::linked("ana", now() - days(1), home()));
    assert!(!reached(&engine, "ben", now() + days(1)));
    // Forgotten with both of them, it is a new one.
    for member in ["ana", "ben"] {
        assert!(engine.erase(member).unwrap());
    }
    engine.erase(home()).unwrap();
    settle_in(&engine, &["ana", "ben"]);
    assert!(reached(&engine, "ben", now() + days(1)));
}

/// What was noted beside an address goes with it.
#[test]
fn nothing_noted_of_a_household_outlives_its_address() {
    let store = Arc::new(MemoryStore::new());
    let engine = capped(1).store(store.clone()).build().unwrap();
    settle_in(&engine, &["ana", "ben"]);
    assert!(reached(&engine, "ana", now()));
    assert!(engine.erase(home()).unwrap());
    let place = engine.key(&home());
    let left = store.scan(None, usize::MAX).unwrap();
    assert!(left.iter().all(|(key, _)| key.partition() != place.partition()));
}

#[test]
fn in_a_batch_one_of_them_gets_it() {
    for limited in [false, true] {
        let gift = Action::new("gift").value(9.0).treatment(Treatment::on(Channel::Email));
        let engine = if limited { capped(1).action(gift.volume(1)) } else { capped(1) };
        let engine = engine.build().unwrap();
        settle_in(&engine, &["ana", "ben", "eve"]);
        let choice = Event::consent("zoe", now() - days(9)).allow(Purpose::DirectMarketing);
        tell(&engine, choice);
        let of = |customer| ask(customer, Channel::Email, now());
        let requests = ["ana", "zoe", "ben", "eve"].map(of);
        for _ in 0..2 {
            let answers = engine.decide_all(&requests).unwrap();
            let got = answers.iter().map(|answer| answer.as_ref().unwrap().action().is_some());
            assert_eq!(got.collect::<Vec<_>>(), [true, true, false, false]);
        }
    }
}

#[test]
fn one_loaded_customer_who_lives_with_others_is_held_back() {
    let store = Arc::new(MemoryStore::new());
    let engine = capped(1).store(store.clone()).build().unwrap();
    settle_in(&engine, &["ana", "ben"]);
    for (channel, given) in [(Channel::Email, false), (Channel::Web, true)] {
        let customer = "ana".into();
        let found = store.read(&[engine.key(&customer)]).unwrap().pop().unwrap();
        let Load::Customer(loaded) = engine.load(&customer, found).unwrap() else { panic!() };
        let (decision, _) = engine.decide_loaded(&ask("ana", channel, now()), loaded, &[]).unwrap();
        assert_eq!(decision.action().is_some(), given);
    }
}

/// Exactly one of those who ask at once gets it, each asking under one question twice.
#[test]
fn over_threads_exactly_one_gets_it() {
    for round in 0..40 {
        let engine = capped(1).store(Slow::default()).build().unwrap();
        let members = ["ana", "ben", "eve"];
        settle_in(&engine, &members);
        let start = Barrier::new(members.len() * 2);
        let got: Vec<&str> = std::thread::scope(|scope| {
            let threads: Vec<_> = members
                .iter()
                .chain(&members)
                .map(|member| {
                    let (engine, start) = (&engine, &start);
                    scope.spawn(move || {
                        start.wait();
                        reached(engine, member, now()).then_some(*member)
                    })
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        let reported = |member: &&&str| {
            !engine.customer_report(**member, now()).unwrap().unwrap().contacts.is_empty()
        };
        assert_eq!(members.iter().filter(reported).count(), 1, "round {round}");
        assert!(!got.is_empty() && got.iter().all(|member| *member == got[0]), "{got:?}");
    }
}

/// Whenever Ben is asked about while Ana is being decided for, one of them gets it.
#[test]
fn whoever_comes_in_between_one_of_them_gets_it() {
    let mut who = Vec::new();
    for at in 0..8 {
        let inner = Arc::new(MemoryStore::new());
        let other = Arc::new(capped(1).store(inner.clone()).build().unwrap());
        settle_in(&other, &["ana", "ben"]);
        let asks = other.clone();
        let store = Between::new(inner, at, move || _ = reached(&asks, "ben", now()));
        let engine = capped(1).store(store).build().unwrap();
        reached(&engine, "ana", now());
        let got = |member: &&str| {
            !other.customer_report(*member, now()).unwrap().unwrap().contacts.is_empty()
        };
        let got: Vec<&str> = ["ana", "ben"].into_iter().filter(got).collect();
        assert!(got.len() <= 1, "at {at}: {got:?}");
        who.extend(got);
    }
    assert_eq!((who.len(), who[0], who[7]), (8, "ben", "ana"), "before and after");
}

/// A conflict or a call that fails costs nothing; an answer that gets lost may leave one
/// counted that was not made. None ever lets one through too many.
#[test]
fn a_fault_never_reaches_them_too_often() {
    for fault in [Fault::Conflict, Fault::Refused, Fault::AnswerLost] {
        for at in 0..20 {
            let store = Arc::new(Failing::new(MemoryStore::new()));
            let engine = capped(1).store(store.clone()).build().unwrap();
            settle_in(&engine, &["ana", "ben"]);
            store.fail(at..at + 1, fault);
            let first = engine.decide(&ask("ana", Channel::Email, now()));
            store.fail(0..0, fault);
            let ben = reached(&engine, "ben", now());
            let ana = reached(&engine, "ana", now());
            assert!(!(ana && ben), "{fault:?} at {at}");
            assert!(fault == Fault::AnswerLost || ana || ben, "{fault:?} at {at}");
            assert!(first.is_err() || !ben, "{fault:?} at {at}");
        }
    }
}

/// Ana lives with Ben at one address and with Eve at another one: what is noted at the first
/// is taken back if it cannot be noted at the second.
#[test]
fn a_contact_that_was_not_made_counts_at_no_home() {
    let other_home = || Identifier::new(address(), "Oak Street 2");
    let mut refused = 0;
    for at in 0..30 {
        let store = Arc::new(Failing::new(MemoryStore::new()));
        let engine = capped(1).store(store.clone()).build().unwrap();
        settle_in(&engine, &["ana", "ben", "eve"]);
        tell(&engine, Event::unlinked("eve", now() - days(7), home()));
        for member in ["ana", "eve"] {
            tell(&engine, Event::linked(member, now() - days(7), other_home()));
        }
        store.fail(at..at + 1, Fault::Refused);
        let asked = engine.decide(&ask("ana", Channel::Email, now()));
        store.fail(0..0, Fault::Refused);
        if asked.is_err() {
            refused += 1;
            assert!(reached(&engine, "ben", now()), "at {at}");
            assert!(reached(&engine, "eve", now()), "at {at}");
        }
    }
    assert!(refused > 3, "{refused}");
}

/// What counts no more is not kept either.
#[test]
fn what_is_noted_of_a_household_does_not_grow() {
    let store = Arc::new(MemoryStore::new());
    let engine = capped(1).store(store.clone()).build().unwrap();
    settle_in(&engine, &["ana", "ben"]);
    let notes = |store: &MemoryStore| {
        let all = store.scan(None, usize::MAX).unwrap();
        let home = engine.key(&home());
        let of_home = all.iter().filter(|(key, _)| key.partition() == home.partition());
        of_home.map(|(_, stored)| stored.bytes.len()).sum::<usize>()
    };
    let mut sizes = (0..20).map(|week| {
        assert!(reached(&engine, "ana", now() + days(8 * week)));
        notes(&store)
    });
    let early = sizes.nth(4);
    assert_eq!(sizes.last(), early);
}
