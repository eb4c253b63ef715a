//! An action that can be given so many times is given exactly that often, or as often as
//! it is wanted: one by one, in batches, by many threads, and never more, whatever fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod world;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};

use confidant::conformance::{Failing, Fault};
use confidant::*;
use world::slow::Slow;

fn now() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// A gift for a few and news for all, on the web and by e-mail.
fn builder(volume: u64) -> EngineBuilder {
    let both = |action: Action| {
        action.treatment(Treatment::on(Channel::Web)).treatment(Treatment::on(Channel::Email))
    };
    Engine::builder()
        .action(both(Action::new("gift").value(9.0).volume(volume)))
        .action(both(Action::new("news")))
}

fn shop(volume: u64) -> Engine {
    builder(volume).build().unwrap()
}

fn name(customer: u64) -> String {
    format!("c{customer:03}")
}

fn allow(engine: &Engine, customer: &str) {
    let choice = Event::consent(customer, now() - days(1)).allow(Purpose::DirectMarketing);
    assert_eq!(engine.record(now(), choice).unwrap(), Recorded::Accepted);
}

fn is_gift(decision: &Decision) -> bool {
    decision.action().is_some_and(|action| action.as_str() == "gift")
}

fn ask(customer: u64) -> Request {
    Request::new(name(customer), Channel::Web, now())
}

#[test]
fn one_by_one_the_first_get_it() {
    for (volume, customers) in [(0, 5), (1, 5), (4, 5), (5, 5), (9, 5)] {
        let engine = shop(volume);
        let gifts = (0..customers).filter(|c| is_gift(&engine.decide(&ask(*c)).unwrap())).count();
        assert_eq!(gifts as u64, volume.min(customers));
        let last = engine.preview(&ask(99)).unwrap();
        assert_eq!(is_gift(&last), volume > customers);
        let verdict = &last.receipt().considered()[0].verdict;
        assert_eq!(*verdict == Verdict::Refused(Obstacle::UsedUp), volume <= customers);
    }
}

/// It is decided on the web, by e-mail, for those who allow much and for those who allow
/// nothing: the same question takes one unit.
#[test]
fn the_same_question_takes_one() {
    for channel in [Channel::Web, Channel::Email] {
        for customer in ["stranger", "known"] {
            let engine = shop(2);
            allow(&engine, "known");
            allow(&engine, "other");
            if channel == Channel::Email && customer == "stranger" {
                continue;
            }
            let request = Request::new(customer, channel.clone(), now());
            let first = engine.decide(&request).unwrap();
            for _ in 0..4 {
                let again = engine.decide(&request).unwrap();
                assert_eq!(again.to_bytes(), first.to_bytes(), "{customer} {channel:?}");
                let batch = engine.decide_all(std::slice::from_ref(&request)).unwrap();
                assert_eq!(batch[0].as_ref().unwrap().action(), first.action());
            }
            let other = Request::new("other", channel.clone(), now());
            assert!(is_gift(&engine.decide(&other).unwrap()), "{customer} {channel:?}");
            let more = Request::new("known", channel.clone(), now() + hours(1));
            assert!(!is_gift(&engine.decide(&more).unwrap()), "{customer} {channel:?}");
        }
    }
}

/// A batch that is sent again, as after a crash of the host, has the answers that it had,
/// though the volume is used up by them.
#[test]
fn the_same_batch_again_has_the_same_answers() {
    for volume in 0..5 {
        let engine = shop(volume);
        let requests: Vec<Request> = (0..3)
            .map(|customer| {
                allow(&engine, &name(customer));
                Request::new(name(customer), Channel::Email, now())
            })
            .collect();
        let decide = || -> Vec<Vec<u8>> {
            let answers = engine.decide_all(&requests).unwrap();
            answers.iter().map(|answer| answer.as_ref().unwrap().to_bytes()).collect()
        };
        let first = decide();
        for _ in 0..3 {
            assert!(decide() == first, "volume {volume}");
        }
        for customer in 0..3 {
            let report = engine.customer_report(name(customer), now()).unwrap().unwrap();
            assert_eq!(report.contacts.len(), 1, "volume {volume}");
        }
    }
}

#[test]
fn a_preview_takes_none() {
    let engine = shop(1);
    for n in 0..5 {
        assert!(is_gift(&engine.preview(&ask(n)).unwrap()));
    }
    assert!(is_gift(&engine.decide(&ask(7)).unwrap()));
}

/// In a batch those get it for whom it is worth most, in whatever order they are asked.
#[test]
fn a_batch_gives_to_those_for_whom_it_is_worth_most() {
    for seed in 0..30u64 {
        let (customers, volume) = (12u64, seed % 14);
        let engine = Engine::builder()
            .action(
                Action::new("gift")
                    .value(9.0)
                    .volume(volume)
                    .weighs(2.0, attribute("gold").is(true))
                    .treatment(Treatment::on(Channel::Web)),
            )
            .action(Action::new("news").treatment(Treatment::on(Channel::Web)))
            .build()
            .unwrap();
        let gold = |customer: u64| (customer * 7 + seed).is_multiple_of(3);
        for customer in 0..customers {
            let open = Event::consent(name(customer), now() - days(1))
                .level(Level::OwnHistory)
                .allow(Purpose::Personalisation);
            let _ = engine.record(now(), open).unwrap();
            let fact = Event::declared(name(customer), now()).attribute("gold", gold(customer));
            let _ = engine.record(now(), fact).unwrap();
        }
        // Those for whom it is worth most, and then by name.
        let mut order: Vec<u64> = (0..customers).collect();
        order.sort_by_key(|customer| (!gold(*customer), *customer));
        let expected: BTreeSet<String> =
            order.into_iter().take(volume as usize).map(name).collect();
        let mut asked: Vec<u64> = (0..customers).collect();
        asked.rotate_left(seed as usize % 12);
        let requests: Vec<Request> = asked.iter().map(|customer| ask(*customer)).collect();
        let answers = engine.decide_all(&requests).unwrap();
        let got: BTreeSet<String> = answers
            .iter()
            .map(|answer| answer.as_ref().unwrap())
            .filter(|decision| is_gift(decision))
            .map(|decision| decision.receipt().customer().value().to_owned())
            .collect();
        assert_eq!(got, expected, "seed {seed}, volume {volume}");
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap().action().is_some()));
    }
}

/// Several requests of one customer are answered one after the other; what a cap keeps
/// from one of them is there for somebody else.
#[test]
fn a_batch_with_one_customer_twice_uses_the_volume() {
    let engine = builder(2).contact(ContactPolicy::new().cap(1, days(7))).build().unwrap();
    ["x", "y"].iter().for_each(|customer| allow(&engine, customer));
    let ask = |customer: &str, seed| Request::new(customer, Channel::Email, now()).seed(seed);
    let answers = engine.decide_all(&[ask("x", 1), ask("x", 2), ask("y", 1)]).unwrap();
    let gifts: Vec<bool> = answers.iter().map(|a| is_gift(a.as_ref().unwrap())).collect();
    assert_eq!(gifts, [true, false, true]);
    assert!(answers[1].as_ref().unwrap().action().is_none());
}

#[test]
fn a_batch_and_single_questions_share_a_volume() {
    let engine = shop(5);
    assert!(is_gift(&engine.decide(&ask(0)).unwrap()));
    let batch: Vec<Request> = (1..4).map(ask).collect();
    let answers = engine.decide_all(&batch).unwrap();
    assert!(answers.iter().all(|answer| is_gift(answer.as_ref().unwrap())));
    let gifts = (4..9).filter(|c| is_gift(&engine.decide(&ask(*c)).unwrap())).count();
    assert_eq!(gifts, 1);
}

/// Exploration spends no unit on what it does not show.
#[test]
fn exploration_spends_what_it_gives() {
    for seed in 0..40 {
        let engine = builder(5).exploration(0.7).build().unwrap();
        let gifts = (0..60)
            .filter(|customer| is_gift(&engine.decide(&ask(*customer).seed(seed)).unwrap()))
            .count();
        assert_eq!(gifts, 5, "seed {seed}");
    }
}

/// Eight threads, many customers, each wanting it: exactly as many as there are.
#[test]
fn many_threads_give_exactly_the_volume() {
    for (volume, per_thread) in [(1u64, 10u64), (17, 10), (79, 10), (80, 10), (500, 10)] {
        let engine = builder(volume).store(Slow::default()).build().unwrap();
        let (start, gifts) = (Barrier::new(8), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8u64 {
                let (engine, start, gifts) = (&engine, &start, &gifts);
                scope.spawn(move || {
                    start.wait();
                    if thread % 4 == 3 {
                        let batch: Vec<Request> =
                            (0..per_thread).map(|n| ask(thread * per_thread + n)).collect();
                        let answers = engine.decide_all(&batch).unwrap();
                        let got = answers.iter().filter(|a| is_gift(a.as_ref().unwrap())).count();
                        gifts.fetch_add(got as u64, Ordering::Relaxed);
                    } else {
                        for n in 0..per_thread {
                            let decision = engine.decide(&ask(thread * per_thread + n)).unwrap();
                            gifts.fetch_add(u64::from(is_gift(&decision)), Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let wanting = 8 * per_thread;
        assert_eq!(gifts.into_inner(), volume.min(wanting), "volume {volume}");
    }
}

/// Ten customers want one of four gifts, some asking again after an error: how many are
/// told that they have one.
fn told(fault: Fault, at: usize, batch: bool) -> usize {
    let store = Arc::new(Failing::new(MemoryStore::new()));
    let engine = builder(4).store(store.clone()).build().unwrap();
    let requests: Vec<Request> = (0..10)
        .map(|customer| {
            allow(&engine, &name(customer));
            Request::new(name(customer), Channel::Email, now())
        })
        .collect();
    store.fail(at..at + 1, fault);
    if batch {
        let again = |answers: Result<Vec<Result<Decision>>>| match answers {
            Ok(answers) if answers.iter().all(|answer| answer.is_ok()) => answers,
            _ => engine.decide_all(&requests).unwrap(),
        };
        let answers = again(engine.decide_all(&requests));
        return answers.iter().filter(|a| is_gift(a.as_ref().unwrap())).count();
    }
    let decide = |request: &Request| match engine.decide(request) {
        Ok(decision) => decision,
        Err(_) => engine.decide(request).unwrap(),
    };
    requests.iter().filter(|request| is_gift(&decide(request))).count()
}

#[test]
fn a_conflict_costs_no_unit() {
    for at in 0..20 {
        for batch in [false, true] {
            assert_eq!(told(Fault::Conflict, at, batch), 4, "at {at}, batch {batch}");
        }
    }
}

/// A call that fails costs nothing; a commit of which the answer gets lost may leave units
/// over. Neither ever gives one too many.
#[test]
fn a_fault_never_gives_too_many() {
    let mut wrong = Vec::new();
    for fault in [Fault::Refused, Fault::AnswerLost] {
        for at in 0..50 {
            for batch in [false, true] {
                let told = told(fault, at, batch);
                if told > 4 || (fault == Fault::Refused && told < 4) {
                    wrong.push(format!("{fault:?} at {at}, batch {batch}: {told} of 4"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Two engines that came the same way, at the same step, see one gift left. Their takings
/// look alike, and are not the same: one of them goes through.
#[test]
fn two_engines_in_step_do_not_take_the_same_one() {
    let store = Arc::new(MemoryStore::new());
    let engine = || builder(1).store(store.clone()).build().unwrap();
    let taken = |engine: &Engine, customer: u64| {
        let request = ask(customer);
        let Ok(Load::Customer(stranger)) = engine.load(&name(customer).into(), None) else {
            panic!()
        };
        let volumes = store.read(&engine.volume_keys()).unwrap();
        let (decision, changes) = engine.decide_loaded(&request, stranger, &volumes).unwrap();
        assert!(is_gift(&decision));
        changes.batches().to_vec()
    };
    let (one, other) = (taken(&engine(), 1), taken(&engine(), 2));
    let commit =
        |batch: &Batch| store.commit(std::slice::from_ref(batch), Durability::Durable).unwrap();
    assert_eq!(commit(&one[0]), [Commit::Committed]);
    assert_eq!(commit(&other[0]), [Commit::Conflict], "the only gift is given already");
}
