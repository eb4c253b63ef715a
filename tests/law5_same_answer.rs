//! Law 5: same question, same answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;
mod twin;

use common::{everything, noon, taken};
use confidant::{
    Action, Channel, Engine, Event, Kind, Level, Purpose, Request, Segment, Treatment, count,
};

#[test]
fn deciding_twice_gives_the_same_bytes() {
    let engine = Engine::builder()
        .action(Action::new("mail").treatment(Treatment::on(Channel::Email)))
        .build()
        .unwrap();
    taken(engine.record(noon(), everything("ana", noon())));
    let request = Request::new("ana", Channel::Email, noon());
    let first = engine.decide(&request).unwrap();
    assert_eq!(engine.decide(&request).unwrap(), first);
    assert_eq!(engine.preview(&request).unwrap(), first);
}

#[test]
fn deciding_twice_takes_from_a_volume_once() {
    let engine = Engine::builder()
        .action(Action::new("mail").volume(1).treatment(Treatment::on(Channel::Email)))
        .build()
        .unwrap();
    let mail = Event::consent("ana", noon()).level(Level::Off).allow(Purpose::DirectMarketing);
    taken(engine.record(noon(), mail));
    let request = Request::new("ana", Channel::Email, noon());
    let first = engine.decide(&request).unwrap();
    assert!(first.action().is_some());
    assert_eq!(engine.decide(&request).unwrap(), first);
}

#[test]
fn the_order_of_segments_leaves_no_trace() {
    let decided = |backwards: bool| {
        let mut segments = vec![
            Segment::new("x", count(Kind::Purchased).at_least(1)),
            Segment::new("y", count(Kind::Viewed).at_least(1)),
        ];
        if backwards {
            segments.reverse();
        }
        let engine = Engine::builder().segments(segments).build().unwrap();
        engine.decide(&Request::new("ana", Channel::Web, noon())).unwrap()
    };
    assert_eq!(decided(true), decided(false));
}
