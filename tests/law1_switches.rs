//! Law 1 for the purposes that have no data of their own. What hangs on each of them shows in
//! three worlds of ten at least where it is allowed, and in none where it is not: the present
//! visit, reaching out, and what is known under another name, told online or at a till.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod world;

use confidant::*;
use world::{Datum, Rng, Stance, builder, moment, name, turn, visit};

const WORLDS: u64 = 200;
const CUSTOMER: usize = 0;

/// Compares two worlds, where a purpose is allowed and where it is not.
#[track_caller]
fn compare(purpose: &Purpose, asks: impl Fn(u64, bool) -> [Vec<u8>; 2]) {
    let (mut shows, mut leaks) = (0, Vec::new());
    for seed in 0..WORLDS {
        let [one, other] = asks(seed, true);
        shows += u64::from(one != other);
        let [one, other] = asks(seed, false);
        leaks.extend((one != other).then_some(seed));
    }
    println!("{purpose}: shows in {shows} of {WORLDS} worlds");
    assert!(leaks.is_empty(), "{purpose} is not allowed and shows in {leaks:?}");
    assert!(shows * 100 >= WORLDS * 30, "{purpose} shows in {shows} of {WORLDS} worlds");
}

fn id() -> Identifier {
    name(CUSTOMER).as_str().into()
}

/// A shop that knows a customer who allows everything else.
fn shop(seed: u64, purpose: &Purpose, allowed: bool) -> Engine {
    let engine = builder(seed).build().unwrap();
    let start = turn() - days(90);
    let _ = engine.record(start, Stance::open().chosen_under(id(), start)).unwrap();
    let word = Event::consent(id(), start);
    let word = word.allow(Purpose::IdentityLinking).allow(Purpose::OfflineMatch);
    let _ = engine.record(start, word).unwrap();
    let word = Event::consent(id(), start + minutes(1));
    let word = if allowed { word.allow(purpose.clone()) } else { word.withdraw(purpose.clone()) };
    let _ = engine.record(start + minutes(1), word).unwrap();
    engine
}

/// Tells some things that the customer did under a name.
fn tell(engine: &Engine, rng: &mut Rng, under: &Identifier, most: usize) {
    for n in 0..most {
        let at = moment(rng).max(turn() - days(89));
        let datum = Datum::random(rng, format!("{}-{n}", under.value()), CUSTOMER, at);
        let _ = engine.record(turn(), datum.event_of(under.clone())).unwrap();
    }
}

/// All answers, on all channels, and what is known.
fn answers(engine: &Engine, visit: &Session) -> Vec<u8> {
    let now = turn() + hours(1);
    engine.advance(now).unwrap();
    engine.fit(now).unwrap();
    let mut all = Vec::new();
    for channel in [Channel::Web, Channel::App, Channel::Email, Channel::Sms] {
        let request = Request::new(id(), channel, now).during(visit.clone());
        all.extend(engine.preview(&request).unwrap().to_bytes());
    }
    let view = engine.view(id(), Purpose::Personalisation, now, None).unwrap();
    let segments = engine.segments_of(id(), now).unwrap();
    let known = (view.len(), view.biography(days(90)), segments);
    all.extend(serde_json::to_vec(&known).unwrap());
    all
}

#[test]
fn the_present_visit() {
    let purpose = Purpose::Contextual;
    compare(&purpose, |seed, allowed| {
        let mut rng = Rng::new(seed ^ 0xc0);
        [0, 1].map(|_| {
            let engine = shop(seed, &purpose, allowed);
            answers(&engine, &visit(&mut rng))
        })
    });
}

/// Where reaching out is not allowed nobody is reached, whatever is known.
#[test]
fn to_reach_out() {
    let purpose = Purpose::DirectMarketing;
    compare(&purpose, |seed, allowed| {
        [0, 12].map(|most| {
            let engine = shop(seed, &purpose, allowed);
            tell(&engine, &mut Rng::new(seed ^ 0xd1), &id(), most);
            engine.advance(turn()).unwrap();
            let ask = |channel| {
                let request = Request::new(id(), channel, turn() + hours(1));
                let decision = engine.preview(&request).unwrap();
                let action = decision.action().cloned();
                assert!(allowed || action.is_none(), "seed {seed}: {action:?}");
                action
            };
            serde_json::to_vec(&[Channel::Email, Channel::Sms].map(ask)).unwrap()
        })
    });
}

fn under_another_name(purpose: &Purpose, other: &Identifier, link: impl Fn(Timestamp) -> Event) {
    compare(purpose, |seed, allowed| {
        [0, 8].map(|most| {
            let engine = shop(seed, purpose, allowed);
            let rng = &mut Rng::new(seed ^ 0x1d);
            tell(&engine, rng, &id(), 6);
            let at = turn() - days(80);
            let _ = engine.record(at, Stance::open().chosen_under(other.clone(), at)).unwrap();
            tell(&engine, rng, other, most);
            let recorded = engine.record(turn(), link(turn() - days(79))).unwrap();
            assert_eq!(recorded == Recorded::Accepted, allowed, "seed {seed}: {recorded:?}");
            // What others learn from is the same whoever it is from.
            let learning = Event::consent(other.clone(), turn());
            let learning = learning.withdraw(Purpose::CollaborativeLearning);
            let _ = engine.record(turn(), learning).unwrap();
            answers(&engine, &Session::new())
        })
    });
}

#[test]
fn what_is_known_under_another_name() {
    let device = Identifier::new(IdentifierKind::Device, "phone");
    under_another_name(&Purpose::IdentityLinking, &device, |at| {
        Event::linked(id(), at, &device).into()
    });
}

#[test]
fn what_is_known_at_the_till() {
    let card = Identifier::new(IdentifierKind::LoyaltyCard, "4711");
    under_another_name(&Purpose::OfflineMatch, &card, |at| {
        Event::linked(id(), at, &card).by(Evidence::CardScanned).on(Channel::Store).into()
    });
}
