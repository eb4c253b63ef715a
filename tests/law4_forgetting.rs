//! Law 4: forgetting is exact.
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
    Action, Channel, Digest, Engine, Event, Kind, Level, Reply, Request, Segment, Statistics,
    Treatment, count, hours, minutes,
};

/// A withdrawal from a clock that is a little ahead, within the stated skew.
#[test]
fn a_withdrawal_that_takes_effect_later_is_followed_then() {
    let engine = Engine::builder().catalog(items(6)).build().unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    taken(engine.record(noon(), Event::purchased("ana", noon()).item("i1")));
    let now = noon() + hours(1);
    let lower = Event::consent("ana", now + minutes(3)).level(Level::OwnHistory);
    taken(engine.record(now, lower));
    engine.advance(now).unwrap();
    engine.advance(now + minutes(10)).unwrap();
    let nothing = Statistics::default().digest();
    assert_eq!(engine.statistics().digest(), nothing);
}

#[test]
fn what_is_learned_does_not_hang_on_how_often_time_passed() {
    let learned = |between: bool| {
        let engine = Engine::builder()
            .catalog(items(6))
            .segment(Segment::new("buyer", count(Kind::Purchased).at_least(1)))
            .build()
            .unwrap();
        taken(engine.record(noon(), everything("ana", noon())));
        let now = noon() + hours(1);
        let ahead = Event::purchased("ana", now + minutes(3)).item("i1");
        taken(engine.record(now, ahead));
        if between {
            engine.advance(now).unwrap();
        }
        engine.advance(now + minutes(10)).unwrap();
        engine.statistics().digest()
    };
    assert_eq!(learned(true), learned(false));
}

/// What several threads learn and forget of one customer adds up to what one does.
#[test]
fn statistics_do_not_drift_when_threads_meet() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 100;
    let bought = |thread: usize, round: usize| {
        Event::purchased("ana", noon())
            .item(format!("i{}", round % 6))
            .id(format!("{thread}-{round}"))
    };
    let together = || -> Digest {
        let engine = Engine::builder().catalog(items(6)).build().unwrap();
        taken(engine.record(noon(), everything("ana", noon())));
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let engine = &engine;
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        taken(engine.record(noon(), bought(thread, round)));
                        let again = everything("ana", noon()).id(format!("c{thread}-{round}"));
                        taken(engine.record(noon(), again));
                    }
                });
            }
        });
        engine.advance(noon()).unwrap();
        engine.statistics().digest()
    };
    let alone = Engine::builder().catalog(items(6)).build().unwrap();
    taken(alone.record(noon(), everything("ana", noon())));
    for thread in 0..THREADS {
        for round in 0..ROUNDS {
            taken(alone.record(noon(), bought(thread, round)));
        }
    }
    alone.advance(noon()).unwrap();
    for run in 0..20 {
        assert_eq!(together(), alone.statistics().digest(), "run {run}");
    }
}

/// An outcome from a clock that is a little ahead, within the stated skew.
#[test]
fn an_outcome_that_takes_effect_later_is_learned_then() {
    let learned = |between: bool| {
        let mail = Action::new("mail").treatment(Treatment::on(Channel::Email));
        let engine = Engine::builder().action(mail).build().unwrap();
        taken(engine.record(noon(), everything("ana", noon())));
        let request = Request::new("ana", Channel::Email, noon());
        assert!(engine.decide(&request).unwrap().action().is_some());
        let ahead = noon() + minutes(3);
        taken(engine.record(noon(), Event::outcome("ana", ahead, "mail", Reply::NotSent)));
        if between {
            engine.advance(noon()).unwrap();
        }
        engine.advance(noon() + minutes(10)).unwrap();
        engine.statistics().digest()
    };
    assert_eq!(learned(true), learned(false));
}
