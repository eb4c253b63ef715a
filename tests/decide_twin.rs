//! Decisions: what is worth it, what limits let through.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use common::{everything, items, noon, taken};
use confidant::{
    Action, Channel, Condition, ContactPolicy, Engine, Event, Reply, Request, Treatment, days,
    hours, minutes,
};

#[test]
fn many_context_weights_are_no_panic() {
    let action = Action::new("a").treatment(Treatment::on(Channel::Web));
    let action = (0..65).fold(action, |a, _| a.weighs(1.0, Condition::Always));
    // Refusing so many when the engine is built would be right as well.
    if let Ok(engine) = Engine::builder().action(action).build() {
        let request = Request::new("ana", Channel::Web, noon());
        assert!(engine.decide(&request).unwrap().action().is_some());
    }
}

/// No probability is more than one, so no contact is worth more than its value.
#[test]
fn what_costs_more_than_it_can_bring_is_not_done() {
    let engine = Engine::builder()
        .catalog(items(6))
        .action(
            Action::new("dear")
                .accepted_by(0.5)
                .value(1.0)
                .about(["i1"])
                .treatment(Treatment::on(Channel::Web).costs(2.0)),
        )
        .build()
        .unwrap();
    for customer in 0..20 {
        let id = format!("c{customer}");
        let item = if customer == 0 { "i1" } else { "i2" };
        taken(engine.record(noon(), everything(&id, noon())));
        for line in 0..20 {
            let bought = Event::purchased(id.as_str(), noon()).item(item);
            taken(engine.record(noon(), bought.id(format!("{line}"))));
        }
    }
    engine.advance(noon()).unwrap();
    engine.fit(noon()).unwrap();
    let request = Request::new("c0", Channel::Web, noon());
    let decision = engine.decide(&request).unwrap();
    assert!(decision.choice().is_none(), "{:?}", decision.choice());
}

fn mail() -> Action {
    Action::new("mail").treatment(Treatment::on(Channel::Email))
}

fn once_a_week() -> ContactPolicy {
    ContactPolicy::new().cap(1, days(7))
}

/// A name of ours is ours, however the channel was made.
#[test]
fn a_cap_holds_on_a_channel_of_the_hosts_own() {
    for name in ["letter", "web", "store"] {
        let channel = Channel::custom(name);
        let engine = Engine::builder()
            .action(Action::new("a").treatment(Treatment::on(channel.clone())))
            .contact(once_a_week())
            .build()
            .unwrap();
        taken(engine.record(noon(), everything("ana", noon())));
        let ask = |hour| Request::new("ana", channel.clone(), noon() + hours(hour));
        let contacts =
            (0..5).filter(|hour| engine.decide(&ask(*hour)).unwrap().action().is_some()).count();
        let most = if channel.reaches_out() { 1 } else { 5 };
        assert_eq!(contacts, most, "{name}");
    }
}

#[test]
fn what_was_not_sent_does_not_count_even_if_known_at_once() {
    let engine = Engine::builder().action(mail()).contact(once_a_week()).build().unwrap();
    for customer in 0..20 {
        let id = format!("c{customer}");
        let ask = |at| Request::new(id.as_str(), Channel::Email, at);
        taken(engine.record(noon(), everything(&id, noon())));
        assert!(engine.decide(&ask(noon())).unwrap().action().is_some());
        let failed = Event::outcome(id.as_str(), noon(), "mail", Reply::NotSent);
        taken(engine.record(noon(), failed));
        let again = engine.decide(&ask(noon() + hours(1))).unwrap();
        assert!(again.action().is_some(), "{id}");
    }
}

#[test]
fn what_was_not_sent_on_one_channel_still_counts_on_the_other() {
    let engine = Engine::builder()
        .action(mail().treatment(Treatment::on(Channel::Sms)))
        .contact(ContactPolicy::new().cap_on(Channel::Sms, 1, days(7)))
        .build()
        .unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    let decided = |channel: Channel, at| {
        let request = Request::new("ana", channel, at);
        engine.decide(&request).unwrap().action().is_some()
    };
    assert!(decided(Channel::Email, noon()));
    assert!(decided(Channel::Sms, noon() + minutes(1)));
    let later = noon() + minutes(2);
    let failed = Event::outcome("ana", later, "mail", Reply::NotSent).on(Channel::Email);
    taken(engine.record(later, failed));
    assert!(!decided(Channel::Sms, noon() + hours(1)));
}

/// Exactly min(volume, eligible): what a capped request cannot use goes to the next.
#[test]
fn a_volume_is_used_up_by_those_who_may_have_it() {
    let engine = Engine::builder().action(mail().volume(2)).contact(once_a_week()).build().unwrap();
    for id in ["ana", "bob"] {
        taken(engine.record(noon(), everything(id, noon())));
    }
    let requests = [
        Request::new("ana", Channel::Email, noon()),
        Request::new("ana", Channel::Email, noon() + minutes(1)),
        Request::new("bob", Channel::Email, noon()),
    ];
    let decisions = engine.decide_all(&requests).unwrap();
    let given = decisions.iter().filter(|d| d.as_ref().unwrap().action().is_some());
    assert_eq!(given.count(), 2);
}

#[test]
fn nothing_of_a_volume_is_lost_when_threads_meet() {
    const VOLUME: u64 = 2000;
    let engine = Engine::builder().action(mail().volume(VOLUME)).build().unwrap();
    for id in ["ana", "bob"] {
        taken(engine.record(noon(), everything(id, noon())));
    }
    let decided = |id: &str, seed| {
        let request = Request::new(id, Channel::Email, noon()).seed(seed);
        engine.decide(&request).unwrap().action().is_some()
    };
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let decided = &decided;
            scope.spawn(move || {
                (0..200).for_each(|n| assert!(decided("ana", thread * 1000 + n)));
            });
        }
    });
    let rest = (0..VOLUME).take_while(|n| decided("bob", *n)).count();
    assert_eq!(rest as u64, VOLUME - 800);
}
