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

use confidant::*;

fn now() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

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
    let report = engine.access(customer, now()).unwrap().unwrap();
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
        let report = serde_json::to_string(&engine.access("ben", now()).unwrap()).unwrap();
        let decision = engine.decide(&Request::new("ben", Channel::Email, now())).unwrap();
        (view.biography(days(30)), report, decision.to_bytes())
    };
    assert!(of(&before) == of(&after));
}
