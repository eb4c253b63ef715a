//! How often, when, and after what a customer may be reached: caps, quiet hours, rests and
//! objections, told as stories; and never exceeded, nor left unused, by many threads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod world;

use std::sync::Barrier;
use std::time::Duration;

use confidant::*;
use world::slow::Slow;

fn now() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// An engine that has something to say on every channel.
fn shop(contact: ContactPolicy) -> Engine {
    shop_in(MemoryStore::new(), contact)
}

fn shop_in(store: impl Store, contact: ContactPolicy) -> Engine {
    let treatments =
        [Channel::Web, Channel::Email, Channel::Sms, Channel::Push, Channel::custom("direct_mail")];
    let everywhere = |id: &str, value: f64| {
        let action = Action::new(id).value(value);
        treatments
            .iter()
            .fold(action, |action, channel| action.treatment(Treatment::on(channel.clone())))
    };
    let engine = Engine::builder()
        .store(store)
        .contact(contact)
        .action(everywhere("sale", 2.0))
        .action(everywhere("news", 1.0))
        .build()
        .unwrap();
    tell(&engine, Event::consent("ana", now() - days(400)).allow(Purpose::DirectMarketing));
    engine
}

fn tell(engine: &Engine, event: impl Into<Event>) {
    assert_eq!(engine.record(now() + days(90), event).unwrap(), Recorded::Accepted);
}

fn ask(channel: Channel, at: Timestamp) -> Request {
    Request::new("ana", channel, at)
}

/// The action decided for ana, if any; a contact counts.
fn reach(engine: &Engine, channel: Channel, at: Timestamp) -> Option<String> {
    let decision = engine.decide(&ask(channel, at)).unwrap();
    decision.action().map(ToString::to_string)
}

/// What stands in the way of the first action.
fn obstacle(engine: &Engine, channel: Channel, at: Timestamp) -> Option<Obstacle> {
    let decision = engine.preview(&ask(channel, at)).unwrap();
    match &decision.receipt().considered()[0].verdict {
        Verdict::Refused(obstacle) => Some(obstacle.clone()),
        _ => None,
    }
}

fn reply(channel: Channel, at: Timestamp, action: &str, reply: Reply) -> Outcome {
    Event::outcome("ana", at, action, reply).on(channel)
}

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_cap_counts_contacts_and_forgets_them_in_time() {
    let engine = shop(ContactPolicy::new().cap(2, days(7)));
    assert!(reach(&engine, Channel::Email, now()).is_some());
    assert!(reach(&engine, Channel::Sms, now() + days(1)).is_some());
    assert_eq!(reach(&engine, Channel::Push, now() + days(2)), None);
    assert_eq!(obstacle(&engine, Channel::Email, now() + days(2)), Some(Obstacle::Cap(2)));
    // A contact exactly seven days old is out of the window; a millisecond less is in it.
    assert_eq!(reach(&engine, Channel::Email, now() + days(7) - MS), None);
    assert!(reach(&engine, Channel::Email, now() + days(7)).is_some());
    assert_eq!(reach(&engine, Channel::Email, now() + days(7) + MS), None);
}

#[test]
fn a_cap_on_one_channel_leaves_the_others_alone() {
    let engine = shop(ContactPolicy::new().cap_on(Channel::Sms, 1, days(30)));
    assert!(reach(&engine, Channel::Sms, now()).is_some());
    assert_eq!(reach(&engine, Channel::Sms, now() + days(29)), None);
    for n in 0..5 {
        assert!(reach(&engine, Channel::Email, now() + hours(n)).is_some());
    }
    assert!(reach(&engine, Channel::Sms, now() + days(30)).is_some());
}

#[test]
fn who_comes_by_their_own_will_is_not_capped() {
    let engine = shop(ContactPolicy::new().cap(1, days(7)).quiet_hours(0, 23));
    let open = Event::consent("ana", now() - days(300))
        .level(Level::OwnHistory)
        .allow(Purpose::Personalisation);
    tell(&engine, open);
    for n in 0..4 {
        assert!(reach(&engine, Channel::Web, now() + minutes(n)).is_some());
    }
    // What was shown there does not count against a message either.
    let late = "2026-03-02T23:30:00Z".parse().unwrap();
    assert!(reach(&engine, Channel::Email, late).is_some());
    assert_eq!(reach(&engine, Channel::Email, late + minutes(5)), None);
}

/// A host whose clock is behind that of another does not get past the cap.
#[test]
fn a_clock_that_is_behind_lifts_no_cap() {
    let engine = shop(ContactPolicy::new().cap(1, days(7)));
    assert!(reach(&engine, Channel::Email, now()).is_some());
    assert_eq!(reach(&engine, Channel::Email, now() - hours(1)), None);
}

#[test]
fn the_same_question_counts_once() {
    let engine = shop(ContactPolicy::new().cap(2, days(7)));
    let first = engine.decide(&ask(Channel::Email, now())).unwrap();
    for _ in 0..5 {
        let again = engine.decide(&ask(Channel::Email, now())).unwrap();
        assert_eq!(again.to_bytes(), first.to_bytes());
    }
    assert!(reach(&engine, Channel::Email, now() + hours(1)).is_some());
    assert_eq!(reach(&engine, Channel::Email, now() + hours(2)), None);
    // What was answered stays answered, cap or not.
    let again = engine.decide(&ask(Channel::Email, now())).unwrap();
    assert_eq!(again.to_bytes(), first.to_bytes());
}

#[test]
fn a_preview_counts_nothing() {
    let engine = shop(ContactPolicy::new().cap(1, days(7)));
    for n in 0..5 {
        let request = ask(Channel::Email, now() + minutes(n));
        assert!(engine.preview(&request).unwrap().action().is_some());
    }
    assert!(engine.customer_report("ana", now()).unwrap().unwrap().contacts.is_empty());
    assert!(reach(&engine, Channel::Email, now()).is_some());
}

#[test]
fn what_was_not_sent_frees_the_cap() {
    let engine = shop(ContactPolicy::new().cap(1, days(7)));
    assert_eq!(reach(&engine, Channel::Email, now()).as_deref(), Some("sale"));
    let hour = now() + hours(1);
    tell(&engine, reply(Channel::Email, hour, "sale", Reply::NotSent));
    assert!(reach(&engine, Channel::Email, now() + hours(2)).is_some());
    assert_eq!(reach(&engine, Channel::Email, now() + hours(3)), None);
}

#[test]
fn what_was_not_sent_of_another_action_or_channel_frees_nothing() {
    let engine = shop(ContactPolicy::new().cap(2, days(7)));
    assert_eq!(reach(&engine, Channel::Email, now()).as_deref(), Some("sale"));
    assert_eq!(reach(&engine, Channel::Sms, now() + hours(1)).as_deref(), Some("sale"));
    let later = now() + hours(2);
    tell(&engine, reply(Channel::Email, later, "news", Reply::NotSent));
    tell(&engine, reply(Channel::Push, later, "sale", Reply::NotSent));
    // Before the contact was made it cannot have failed.
    tell(&engine, reply(Channel::Email, now() - hours(1), "sale", Reply::NotSent));
    assert_eq!(reach(&engine, Channel::Email, now() + hours(3)), None);
}

/// The message on e-mail failed; the text message went out and still counts.
#[test]
fn what_was_not_sent_on_one_channel_keeps_the_other_channels_cap() {
    let engine = shop(ContactPolicy::new().cap_on(Channel::Sms, 1, days(7)));
    assert!(reach(&engine, Channel::Email, now()).is_some());
    assert!(reach(&engine, Channel::Sms, now() + hours(1)).is_some());
    tell(&engine, reply(Channel::Email, now() + hours(2), "sale", Reply::NotSent));
    assert_eq!(reach(&engine, Channel::Sms, now() + hours(3)), None);
}

/// The host's queue asks the same question again after a failure, and sends this time.
#[test]
fn a_question_asked_again_after_a_failure_counts_again() {
    let engine = shop(ContactPolicy::new().cap(1, days(7)));
    assert!(reach(&engine, Channel::Email, now()).is_some());
    tell(&engine, reply(Channel::Email, now() + hours(2), "sale", Reply::NotSent));
    assert!(reach(&engine, Channel::Email, now()).is_some());
    assert_eq!(reach(&engine, Channel::Email, now() + hours(3)), None);
}

#[test]
fn what_was_declined_rests_on_every_channel() {
    let engine = shop(ContactPolicy::new().rest_after_declined(days(10)));
    tell(&engine, reply(Channel::Email, now(), "sale", Reply::Declined));
    for channel in [Channel::Web, Channel::Email, Channel::Sms] {
        let at = now() + days(10) - MS;
        assert_eq!(reach(&engine, channel.clone(), at).as_deref(), Some("news"), "{channel:?}");
    }
    assert_eq!(reach(&engine, Channel::Web, now() + days(10)).as_deref(), Some("sale"));
}

#[test]
fn a_channel_that_bounced_rests() {
    let engine = shop(ContactPolicy::new().rest_after_bounce(days(3)));
    tell(&engine, reply(Channel::Email, now(), "sale", Reply::Bounced));
    assert_eq!(obstacle(&engine, Channel::Email, now() + days(3) - MS), Some(Obstacle::Bounced));
    assert_eq!(obstacle(&engine, Channel::Email, now() + days(3)), None);
    assert_eq!(obstacle(&engine, Channel::Sms, now() + hours(1)), None);
    // Without a channel it is that of the action's last contact.
    assert!(reach(&engine, Channel::Sms, now() + days(5)).is_some());
    let bounced = Event::outcome("ana", now() + days(5) + MS, "sale", Reply::Bounced);
    tell(&engine, bounced);
    assert_eq!(obstacle(&engine, Channel::Sms, now() + days(6)), Some(Obstacle::Bounced));
}

#[test]
fn quiet_hours_run_over_midnight_where_the_customer_is() {
    let engine = shop(ContactPolicy::new().quiet_hours(21, 8));
    let midnight: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    for offset in [-720, -210, -60, 0, 90, 330, 345, 840] {
        for quarter in 0..96u32 {
            let at = midnight + minutes(quarter * 15);
            let request = ask(Channel::Email, at).utc_offset_minutes(offset);
            // A plain clock: the minute of the customer's own day.
            let local = (i64::from(quarter) * 15 + i64::from(offset)).rem_euclid(1440);
            let quiet = !(8 * 60..21 * 60).contains(&local);
            let decision = engine.preview(&request).unwrap();
            assert_eq!(decision.action().is_none(), quiet, "{at} {offset:+} is {local}");
        }
    }
    // Quiet is for those who are reached, not for those who come.
    assert!(reach(&engine, Channel::Web, midnight).is_some());
    let request = ask(Channel::Email, midnight + hours(8) - MS);
    assert!(engine.preview(&request).unwrap().action().is_none());
    let request = ask(Channel::Email, midnight + hours(8));
    assert!(engine.preview(&request).unwrap().action().is_some());
}

#[test]
fn an_objection_holds_until_it_is_lifted() {
    let engine = shop(ContactPolicy::new());
    tell(&engine, Event::consent("ana", now()).object_to(Channel::Email));
    assert_eq!(obstacle(&engine, Channel::Email, now()), Some(Obstacle::Objection));
    assert_eq!(obstacle(&engine, Channel::Email, now() - MS), None);
    assert_eq!(obstacle(&engine, Channel::Sms, now()), None);
    // An opt-in to marketing does not undo it; lifting it does.
    tell(&engine, Event::consent("ana", now() + days(1)).allow(Purpose::DirectMarketing));
    assert_eq!(obstacle(&engine, Channel::Email, now() + days(2)), Some(Obstacle::Objection));
    tell(&engine, Event::consent("ana", now() + days(3)).lift_objection(Channel::Email));
    assert_eq!(obstacle(&engine, Channel::Email, now() + days(3)), None);
    // Of two words at the same instant the stricter one holds.
    let at = now() + days(4);
    tell(&engine, Event::consent("ana", at).lift_objection(Channel::Sms).id("1"));
    tell(&engine, Event::consent("ana", at).object_to(Channel::Sms).id("2"));
    assert_eq!(obstacle(&engine, Channel::Sms, at), Some(Obstacle::Objection));
}

#[test]
fn nobody_is_reached_who_did_not_allow_it() {
    let engine = shop(ContactPolicy::new());
    let needed = Some(Obstacle::Consent(Purpose::DirectMarketing));
    for channel in [Channel::Email, Channel::Sms, Channel::custom("direct_mail")] {
        let decision = engine.decide(&Request::new("stranger", channel.clone(), now())).unwrap();
        assert!(decision.action().is_none());
        tell(
            &engine,
            Event::consent("ana", now() + days(1))
                .withdraw(Purpose::DirectMarketing)
                .id(channel.name()),
        );
        assert_eq!(obstacle(&engine, channel, now() + days(1)), needed);
    }
    assert_eq!(obstacle(&engine, Channel::Web, now() + days(1)), None);
    // A contact that was not made is not kept: the stranger is still one.
    assert!(engine.customer_report("stranger", now()).unwrap().is_none());
}

/// Eight threads ask for one customer at once: exactly the cap is used.
#[test]
fn many_threads_use_a_cap_exactly() {
    for (seed, most) in [(1u64, 1u32), (2, 3), (3, 7), (4, 20)] {
        let engine = shop_in(Slow::default(), ContactPolicy::new().cap(most, days(7)));
        let start = Barrier::new(8);
        let reached: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8u64)
                .map(|thread| {
                    let (engine, start) = (&engine, &start);
                    scope.spawn(move || {
                        start.wait();
                        (0..6u64)
                            .filter(|n| {
                                let channel =
                                    [Channel::Email, Channel::Sms][*n as usize % 2].clone();
                                let at = now() + Duration::from_millis(thread * 10 + n);
                                let request = ask(channel, at).seed(seed * 100 + thread);
                                engine.decide(&request).unwrap().action().is_some()
                            })
                            .count()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(reached, most as usize, "seed {seed}");
        let report = engine.customer_report("ana", now()).unwrap().unwrap();
        assert_eq!(report.contacts.len(), most as usize);
    }
}

/// Eight threads ask the very same question: one answer, one contact.
#[test]
fn the_same_question_from_many_threads_counts_once() {
    for seed in 0..20 {
        let engine = shop_in(Slow::default(), ContactPolicy::new().cap(3, days(7)));
        let start = Barrier::new(8);
        let answers: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let ask = || {
                start.wait();
                engine.decide(&ask(Channel::Email, now()).seed(seed)).unwrap().to_bytes()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "seed {seed}");
        let report = engine.customer_report("ana", now()).unwrap().unwrap();
        assert_eq!(report.contacts.len(), 1, "seed {seed}");
    }
}

/// A cap of a plain list: how many contacts lie later than its time before now.
struct Plain {
    channel: Option<Channel>,
    most: usize,
    days: u32,
}

/// Random questions, at instants in no order, against a plain list of contacts.
#[test]
fn caps_agree_with_a_plain_list() {
    let (mut reached, mut held) = (0, 0);
    for seed in 0..150u64 {
        let mut state = seed;
        let mut below = |n: u64| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 33) % n
        };
        let channels = [Channel::Email, Channel::Sms, Channel::custom("direct_mail"), Channel::Web];
        let caps: Vec<Plain> = (0..1 + below(3))
            .map(|_| Plain {
                channel: (below(2) == 0).then(|| channels[below(3) as usize].clone()),
                most: below(4) as usize,
                days: 1 + below(6) as u32,
            })
            .collect();
        let policy = caps.iter().fold(ContactPolicy::new(), |policy, cap| match &cap.channel {
            None => policy.cap(cap.most as u32, days(cap.days)),
            Some(on) => policy.cap_on(on.clone(), cap.most as u32, days(cap.days)),
        });
        let engine = shop(policy);
        let mut made: Vec<(Timestamp, Channel)> = Vec::new();
        for _ in 0..25 {
            // Often exactly a whole number of days apart.
            let at = now() + days(below(12) as u32) + Duration::from_millis(below(2));
            let channel = channels[below(4) as usize].clone();
            // What the same question was answered with is not held against it.
            let question = (at, channel.clone());
            let full = |cap: &Plain| {
                let of = |contact: &&(Timestamp, Channel)| {
                    contact.0 > at - days(cap.days)
                        && **contact != question
                        && cap.channel.as_ref().is_none_or(|on| *on == contact.1)
                };
                cap.channel.as_ref().is_none_or(|on| *on == channel)
                    && made.iter().filter(of).count() >= cap.most
            };
            let asked_before = made.contains(&question);
            let free = channel == Channel::Web || !caps.iter().any(full);
            let got = reach(&engine, channel.clone(), at).is_some();
            assert_eq!(got, free, "seed {seed}: {channel:?} at {at}, after {made:?}");
            reached += usize::from(got);
            held += usize::from(!got);
            if got && !asked_before && channel != Channel::Web {
                made.push((at, channel));
            }
        }
    }
    println!("{reached} reached, {held} held back");
    assert!(reached > 500 && held > 500);
}
