//! Law 5, beside other threads: what is fitted and what is decided has the same bytes for any
//! number of workers.
#![cfg(feature = "parallel")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

#[path = "common/basics.rs"]
mod common;

use common::{everything, noon};
use confidant::{
    Action, Blend, Catalog, Channel, Ease, Engine, Event, Ials, Item, ItemItem, NextBasket,
    Request, Scope, Session, SessionNeighbours, Treatment, days, minutes,
};

/// Everybody's answers, and the exact content of what was fitted.
fn decided(workers: usize, limited: bool) -> (Vec<Vec<u8>>, Vec<u8>) {
    let items: Vec<String> = (0..30).map(|n| format!("i{n:02}")).collect();
    let catalog = Catalog::new(items.iter().map(Item::new)).unwrap();
    let offer = |id: &str, by: &str| {
        let action = Action::new(id).treatment(Treatment::on(Channel::Web)).value(2.0);
        action.recommends(by, Scope::All, 5)
    };
    let first = offer("first", "blend");
    let blend = Blend::by_score().part(Ease::params(), 1.0).part(Ials::params().factors(4), 1.0);
    let builder = Engine::builder()
        .catalog(catalog)
        .action(if limited { first.volume(100) } else { first })
        .action(offer("second", "near"))
        .recommender("blend", blend)
        .recommender("near", ItemItem::params().support(1))
        .recommender("next", SessionNeighbours::vstan())
        .recommender("basket", NextBasket::params());
    let engine = builder.workers(workers.try_into().unwrap()).build().unwrap();
    for n in 0..600usize {
        let who = format!("c{n:03}");
        common::taken(engine.record(noon(), everything(who.as_str(), noon())));
        for step in 0..n % 5 {
            let at = noon() + minutes(step as u32);
            let item = items[(n * 7 + step * step * 3) % items.len()].as_str();
            common::taken(engine.record(at, Event::viewed(who.as_str(), at).item(item)));
            common::taken(engine.record(at, Event::purchased(who.as_str(), at).item(item)));
        }
    }
    let now = noon() + days(1);
    engine.advance(now).unwrap();
    engine.fit(now).unwrap();
    let ask = |n: usize| {
        let visit = Session::new().viewing(items[n % items.len()].as_str());
        Request::new(format!("c{:03}", n % 590), Channel::Web, now).during(visit).seed(n as u64)
    };
    let requests: Vec<Request> = (0..650).map(ask).collect();
    let answers = engine.decide_all(&requests).unwrap();
    let answers = answers.into_iter().map(|answer| answer.unwrap().to_bytes());
    (answers.collect(), engine.snapshot().to_bytes())
}

#[test]
fn any_number_of_workers_fits_and_decides_the_same() {
    for limited in [false, true] {
        let one = decided(1, limited);
        assert!(one.0.iter().collect::<std::collections::BTreeSet<_>>().len() > 500);
        for workers in [2, 3, 8, 700] {
            assert!(decided(workers, limited) == one, "{workers} workers");
        }
    }
}
