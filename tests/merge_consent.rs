//! What is allowed when customers join and part: two stories that the merge laws
//! (`src/profile/merging.rs`) found, told to the whole engine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;

use basics::{everything, noon, taken};
use confidant::*;

fn end() -> Timestamp {
    noon() + days(30)
}

fn personal(engine: &Engine, who: &Identifier) -> bool {
    let switches = engine.permissions(who, end()).unwrap();
    let mut of = switches.iter().filter(|switch| switch.purpose == Purpose::Personalisation);
    let switch = of.next().unwrap();
    let view = engine.view(who, Purpose::Personalisation, end(), None).unwrap();
    assert_eq!(!view.is_empty(), switch.allowed);
    assert_eq!(switch.allowed, switch.denied.is_none());
    switch.allowed
}

/// An account ticked a box and never raised its dial, a device raised the dial and ticked
/// nothing: neither allows anything, and both in one neither.
#[test]
fn no_consent_is_put_together_from_two_halves() {
    let (account, device) = ("ana".into(), Identifier::new(IdentifierKind::Device, "phone"));
    for on_device in [vec![], vec![Purpose::Personalisation]] {
        let engine = Engine::builder().build().unwrap();
        let tick = Event::consent(&account, noon()).allow(Purpose::Personalisation);
        taken(engine.record(end(), tick));
        taken(engine.record(end(), Event::purchased(&account, noon())));
        let dial = Event::consent(&device, noon()).level(Level::Collaborative);
        let dial = on_device.iter().cloned().fold(dial, ConsentChange::allow);
        taken(engine.record(end(), dial.allow(Purpose::IdentityLinking)));
        assert!(!personal(&engine, &account));
        let linked = Event::linked(&device, noon() + days(1), &account);
        taken(engine.record(end(), linked));
        assert!(!personal(&engine, &account), "{on_device:?}");
        // Its own dial, later, makes it whole.
        let dial = Event::consent(&account, noon() + days(2)).level(Level::OwnHistory);
        taken(engine.record(end(), dial));
        assert!(personal(&engine, &account), "{on_device:?}");
    }
}

/// A sale here and a home there, or a yes here and an age there, make no permission either;
/// what is told again to the whole customer does.
#[test]
fn no_permission_is_put_together_from_a_word_here_and_a_law_or_an_age_there() {
    let wine = || Purpose::custom("wine");
    let privacy = PrivacyPolicy::new()
        .basis_in("GB", Purpose::DirectMarketing, Basis::SoftOptIn)
        .purpose(wine(), Level::Off, [DataCategory::Purchases])
        .adults_only(wine());
    let engine = Engine::builder().privacy(privacy).build().unwrap();
    let account = Identifier::from("ana");
    let device = Identifier::new(IdentifierKind::Device, "phone");
    let allows = |purpose: Purpose, at| {
        let switches = engine.permissions(&account, at).unwrap();
        switches.into_iter().any(|it| it.purpose == purpose && it.allowed)
    };
    let sold = Event::consent(&account, noon()).soft_opt_in(Purpose::DirectMarketing);
    taken(engine.record(end(), sold.allow(wine())));
    let home = Event::consent(&device, noon()).under_the_law_of("GB").aged(40);
    let home = home.level(Level::Collaborative).allow(Purpose::IdentityLinking);
    taken(engine.record(end(), home));
    let both = |at| (allows(Purpose::DirectMarketing, at), allows(wine(), at));
    assert_eq!(both(end()), (false, false));
    taken(engine.record(end(), Event::linked(&device, noon() + days(1), &account)));
    assert_eq!(both(end()), (false, false));
    let told = Event::consent(&account, noon() + days(2)).under_the_law_of("GB").aged(40);
    taken(engine.record(end(), told));
    assert_eq!(both(end()), (true, true));
    // What forbids holds, wherever it was said.
    let young = Event::consent(&device, noon() + days(3)).under_the_law_of("FR").aged(12);
    taken(engine.record(end(), young));
    assert_eq!(both(end()), (false, false));
}

/// Where silence allows under one law, a device that knows the law is not enough for an account
/// that does not.
#[test]
fn no_silence_is_widened_by_a_law_that_another_name_is_under() {
    let privacy =
        PrivacyPolicy::new().basis_in("US", Purpose::DirectMarketing, Basis::LegitimateInterest);
    let engine = Engine::builder().privacy(privacy).build().unwrap();
    let account = Identifier::from("ana");
    let device = Identifier::new(IdentifierKind::Device, "phone");
    let written_to = |at| {
        let switches = engine.permissions(&account, at).unwrap();
        switches.into_iter().any(|it| it.purpose == Purpose::DirectMarketing && it.allowed)
    };
    taken(engine.record(end(), Event::consent(&account, noon()).level(Level::OwnHistory)));
    let home = Event::consent(&device, noon()).under_the_law_of("US").level(Level::OwnHistory);
    taken(engine.record(end(), home.allow(Purpose::IdentityLinking)));
    assert!(!written_to(end()));
    taken(engine.record(end(), Event::linked(&device, noon() + days(1), &account)));
    assert!(!written_to(end()));
}

/// A cookie is known to be Ana's by way of her address alone. What her card refused binds the
/// cookie when it parts from the address, though no link leads from the one to the other.
#[test]
fn a_bound_holds_for_whoever_came_along_with_somebody_else() {
    let card = Identifier::new(IdentifierKind::LoyaltyCard, "4711");
    let address = Identifier::new(IdentifierKind::Email, "ana@example.org");
    let cookie = Identifier::new(IdentifierKind::Cookie, "crumb");
    let engine = Engine::builder().build().unwrap();
    taken(engine.record(end(), everything(&address, noon())));
    let linked = [(&address, &card), (&address, &cookie)];
    for (a, b) in linked {
        taken(engine.record(end(), Event::linked(a, noon() + hours(1), b)));
    }
    taken(engine.record(end(), Event::purchased(&cookie, noon() + hours(2))));
    let no = Event::consent(&card, noon() + days(1)).withdraw(Purpose::Personalisation);
    taken(engine.record(end(), no));
    // A cookie's yes does not count for a card.
    taken(engine.record(end(), everything(&cookie, noon() + days(2))));
    assert!(!personal(&engine, &cookie));
    let parted = Event::unlinked(&address, noon() + days(3), &cookie);
    taken(engine.record(end(), parted));
    assert!(!personal(&engine, &cookie), "to part allowed more");
    // A word of its own, after they parted.
    taken(engine.record(end(), everything(&cookie, noon() + days(4))));
    assert!(personal(&engine, &cookie));
}
