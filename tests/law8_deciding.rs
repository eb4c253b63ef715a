//! Law 8: deciding does not fail. Strangers, empty shops and absurd instants get an
//! answer; what is wrong with a question is a typed error that names the field; hostile
//! bytes, a store that fails at any of its calls and commits that conflict leave the
//! engine usable and nothing half-done.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/shelf.rs"]
mod shelf;
mod world;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use confidant::conformance::{Failing, Fault};
use confidant::*;
use shelf::Shelf;
use twox_hash::XxHash3_64;
use world::{Datum, Rng, Stance, builder, catalog, moment, name, privacy, turn, visit};

#[test]
fn a_store_is_small() {
    let source = include_str!("common/shelf.rs");
    let from = source.find("// A stranger's store").unwrap();
    let to = source.find("// Here it ends.").unwrap();
    let lines = source[from..to].lines().count();
    assert!(lines <= 60, "{lines} lines");
}

/// What a shelf holds.
type Contents = BTreeMap<Key, Arc<[u8]>>;

impl Shelf {
    fn contents(&self) -> Contents {
        let shelf = self.0.lock().unwrap();
        let values = shelf.iter();
        values.map(|(key, stored)| (key.clone(), stored.bytes.clone())).collect()
    }

    fn put(&self, key: &Key, bytes: &[u8]) {
        let version = Version::from_bytes([bytes.len() as u8; 16]);
        self.0.lock().unwrap().insert(key.clone(), Stored { version, bytes: bytes.into() });
    }
}

// ---------------------------------------------------------------- questions

#[test]
fn everybody_gets_an_answer() {
    let nothing = || Action::new("sold-out").about([world::item(2)]);
    let shops = [
        ("empty", Engine::builder()),
        ("no actions", Engine::builder().catalog(catalog())),
        (
            "nothing to be had",
            Engine::builder()
                .catalog(catalog())
                .action(nothing().treatment(Treatment::on(Channel::Web))),
        ),
        (
            "an empty catalogue to recommend from",
            Engine::builder().recommender("own", PersonalFrequency::params()).action(
                Action::new("picks")
                    .recommends("own", Scope::New, 3)
                    .treatment(Treatment::on(Channel::Web)),
            ),
        ),
        ("full", builder(1)),
    ];
    let instants = [
        Timestamp::MIN,
        Timestamp::from_millis(i64::MIN + 1),
        Timestamp::from_millis(-1),
        Timestamp::from_millis(0),
        turn(),
        Timestamp::from_millis(i64::MAX - 1),
        Timestamp::MAX,
    ];
    for (shop, builder) in shops {
        let engine = builder.build().unwrap();
        for datum in data(3, 6) {
            let _ = engine.record(turn(), datum.event());
        }
        for now in instants {
            for channel in [Channel::Web, Channel::Email, Channel::custom("carrier pigeon")] {
                for customer in ["stranger", "c0"] {
                    let request = Request::new(customer, channel.clone(), now)
                        .at("home")
                        .during(visit(&mut Rng::new(4)))
                        .utc_offset_minutes(-1440);
                    let context = format!("{shop}, {now}, {customer}");
                    for answer in [
                        engine.preview(&request),
                        engine.decide(&request),
                        engine.decide_all(&[request]).unwrap().pop().unwrap(),
                    ] {
                        match answer {
                            Ok(decision) => {
                                let score = decision.choice().map_or(0.0, |c| c.score.net);
                                assert!(score.is_finite(), "{context}");
                                assert!(!decision.receipt().explain().is_empty());
                            }
                            Err(error) => {
                                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{context}");
                                assert!(error.field().is_some(), "{context}");
                            }
                        }
                    }
                }
            }
            engine.segments_of("c0", now).unwrap();
            engine.customer_report("c0", now).unwrap();
            engine.view("c0", Purpose::Personalisation, now, None).unwrap();
            engine.fit(now).unwrap();
        }
        engine.advance(Timestamp::MAX).unwrap();
        engine.advance(Timestamp::MIN).unwrap();
        assert!(engine.decide_all(&[]).unwrap().is_empty());
    }
}

#[test]
fn what_is_wrong_with_a_question_is_said_by_field() {
    let engine = builder(2).build().unwrap();
    let long = "x".repeat(10_000);
    let ask = || Request::new("ana", Channel::Web, turn());
    let with = |session: Session| ask().during(session);
    let many = (0..300).fold(Session::new(), |visit, n| visit.set(format!("n{n}"), n));
    let wrong = [
        (Request::new(long.as_str(), Channel::Web, turn()), "customer"),
        (Request::new("", Channel::Web, turn()), "customer"),
        (Request::new("ana\n", Channel::Web, turn()), "customer"),
        (
            Request::new(
                Identifier::new(IdentifierKind::Email, long.as_str()),
                Channel::Web,
                turn(),
            ),
            "customer",
        ),
        (Request::new("ana", Channel::custom(long.as_str()), turn()), "channel"),
        (Request::new("ana", Channel::custom(""), turn()), "channel"),
        (ask().at(long.as_str()), "placement"),
        (ask().at(""), "placement"),
        (ask().utc_offset_minutes(i32::MIN), "utc_offset_minutes"),
        (ask().utc_offset_minutes(1441), "utc_offset_minutes"),
        (with(Session::new().viewing(long.as_str())), "session"),
        (with(Session::new().set("weather", long.as_str())), "session"),
        (with(Session::new().set(long.as_str(), 1)), "session"),
        (with(Session::new().set("speed", f64::NAN)), "session"),
        (with(Session::new().set("speed", f64::INFINITY)), "session"),
        (with(many), "session"),
    ];
    for (request, field) in wrong {
        for answer in [
            engine.decide(&request),
            engine.preview(&request),
            engine.decide_all(&[ask(), request.clone()]).unwrap().pop().unwrap(),
        ] {
            let error = answer.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert_eq!(error.field(), Some(field), "{error}");
            assert!(error.to_string().contains("expected"), "{error}");
            assert!(error.to_string().len() < 300, "it quotes the input");
        }
    }
    // The others of the batch have their answers.
    let batch = [ask(), ask().at(""), ask().seed(1)];
    let answers = engine.decide_all(&batch).unwrap();
    assert_eq!(answers.iter().map(|a| a.is_ok()).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn there_is_an_answer_after_any_number_of_weights() {
    let weighed = |times: usize| {
        let action = Action::new("a").value(1e12).lever(1e12);
        let action = (0..times).fold(action, |a, _| a.weighs(1e12, Condition::Always));
        Engine::builder()
            .action(action.weighs(0.0, Condition::Always).treatment(Treatment::on(Channel::Web)))
            .build()
    };
    let request = Request::new("ana", Channel::Web, turn());
    let decision = weighed(60).unwrap().decide(&request).unwrap();
    assert!(decision.choice().is_none_or(|choice| choice.score.net.is_finite()));
    let error = weighed(70).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
}

#[test]
fn the_end_of_time_is_reached() {
    let engine =
        Engine::builder().segment(Segment::new("quiet", not_seen_for(days(3)))).build().unwrap();
    let open = Event::consent("ana", turn() - days(1))
        .level(Level::OwnHistory)
        .allow(Purpose::Personalisation);
    let _ = engine.record(turn(), open).unwrap();
    let _ = engine.record(turn(), Event::purchased("ana", turn())).unwrap();
    let changes = engine.advance(Timestamp::MAX).unwrap();
    let last = changes.last().unwrap();
    assert_eq!((last.at, last.entered), (turn() + days(3), true));
}

// ---------------------------------------------------------------- hostile bytes

fn data(seed: u64, most: usize) -> Vec<Datum> {
    let rng = &mut Rng::new(seed);
    (0..most)
        .map(|n| {
            let at = moment(rng);
            Datum::random(rng, format!("d{n}"), 0, at)
        })
        .collect()
}

/// A customer who has everything that a record can hold.
fn rich(shelf: &Shelf) -> Engine {
    let engine = builder(7).store(shelf.clone()).build().unwrap();
    let tell = |event: Event| {
        let _ = engine.record(turn(), event).unwrap();
    };
    tell(Stance::open().chosen(&name(0), turn() - days(80)));
    tell(Event::consent(name(0), turn() - days(79)).allow(Purpose::IdentityLinking).into());
    data(5, 9).iter().for_each(|datum| tell(datum.event()));
    let card = Identifier::new(IdentifierKind::LoyaltyCard, "4711");
    tell(Event::linked(name(0), turn(), card).into());
    let said =
        Event::viewed(name(0), turn()).property("p", 1.5).property_of(world::health(), "q", true);
    tell(said.into());
    for channel in [Channel::Email, Channel::Web, Channel::Sms] {
        engine.decide(&Request::new(name(0), channel, turn())).unwrap();
    }
    tell(Event::outcome(name(0), turn(), "a-free", Reply::Declined).into());
    engine.advance(turn()).unwrap();
    engine
}

/// Everything that can be read of a customer, as one text.
fn answers(engine: &Engine, customer: &Identifier) -> Result<String> {
    let now = turn() + hours(1);
    let decision = engine.preview(&Request::new(customer, Channel::Web, now))?;
    let report = engine.customer_report(customer, now)?;
    let segments = engine.segments_of(customer, now)?;
    let list = engine.recommend(customer, "own", 3, Scope::All, now)?;
    Ok(format!(
        "{:?} {} {segments:?} {}",
        decision.to_bytes(),
        serde_json::to_string(&report).unwrap(),
        serde_json::to_string(&list).unwrap(),
    ))
}

#[test]
fn damaged_bytes_are_noticed() {
    let shelf = Shelf::default();
    let engine = rich(&shelf);
    let card = Identifier::new(IdentifierKind::LoyaltyCard, "4711");
    let volume = engine.volume_keys().pop().unwrap();
    let customer = engine.key(&name(0).into());
    for (key, asked) in [
        (&customer, Identifier::from(name(0))),
        (&engine.key(&card), card.clone()),
        (&volume, Identifier::from(name(0))),
    ] {
        let whole = shelf.contents()[key].clone();
        let good = answers(&engine, &asked).unwrap();
        let mut hurt: Vec<Vec<u8>> = (0..whole.len()).map(|n| whole[..n].to_vec()).collect();
        for n in 0..whole.len() {
            for mask in [1, 2, 3, 0x80, 0xff] {
                let mut bytes = whole.to_vec();
                bytes[n] ^= mask;
                hurt.push(bytes);
            }
        }
        hurt.push([&whole[..], &[0]].concat());
        hurt.push([&whole[..], &whole[..]].concat());
        for bytes in hurt {
            shelf.put(key, &bytes);
            match answers(&engine, &asked) {
                Ok(answers) => assert_eq!(answers, good),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}"),
            }
        }
        shelf.put(key, &whole);
        assert_eq!(answers(&engine, &asked).unwrap(), good);
    }
}

/// An envelope around a value under a key.
fn sealed(key: &Key, [version, kind]: [u8; 2], body: &[u8]) -> Vec<u8> {
    let form = u64::from(key.part()) << 16 | u64::from(version) << 8 | u64::from(kind);
    let seed = XxHash3_64::oneshot_with_seed(form, key.partition());
    let sum = XxHash3_64::oneshot_with_seed(seed, body);
    [&[b'c', b'f', version, kind][..], &sum.to_le_bytes(), body].concat()
}

/// Everything that can be done with a customer; whatever it says, it comes back.
fn try_everything(shelf: &Shelf) {
    let now = turn() + hours(2);
    let customer = Identifier::from(name(0));
    let fine = |error: Error| {
        let known = [ErrorKind::Corrupt, ErrorKind::IdentityConflict];
        assert!(known.contains(&error.kind()), "{:?} {error}", error.kind());
    };
    // Reading everything is part of starting.
    let engine = match builder(7).store(shelf.clone()).build() {
        Ok(engine) => engine,
        Err(error) => return fine(error),
    };
    answers(&engine, &customer).map_or_else(fine, |_| ());
    for channel in [Channel::Web, Channel::Email] {
        let request = Request::new(name(0), channel, now);
        engine.decide(&request).map_or_else(fine, |_| ());
    }
    let bought = Event::purchased(name(0), now).item(world::item(1));
    engine.record(now, bought).map_or_else(fine, |_| ());
    engine.advance(now + days(3)).map_or_else(fine, |_| ());
    engine.fit(now).unwrap();
    assert!(!engine.statistics().digest().to_string().is_empty());
    engine.erase(customer).map_or_else(fine, |_| ());
}

#[test]
fn hostile_bytes_do_no_harm() {
    let shelf = Shelf::default();
    let engine = rich(&shelf);
    let key = engine.key(&name(0).into());
    let whole = shelf.contents()[&key].clone();
    let before = shelf.contents();
    assert_eq!(sealed(&key, [1, 1], &whole[12..]), whole.to_vec());
    let mut hostile: Vec<Vec<u8>> = Vec::new();
    let body = &whole[12..];
    for n in 0..body.len() {
        for value in [0, 1, body[n] ^ 1, body[n].wrapping_add(1), 0x7f, 0x80, 0xff] {
            let mut other = body.to_vec();
            other[n] = value;
            hostile.push(other);
        }
        hostile.push(body[..n].to_vec());
        // A length that claims more than there is memory for.
        let claim = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        hostile.push([&body[..n], &claim, &body[n + 1..]].concat());
    }
    let rng = &mut Rng::new(11);
    for _ in 0..600 {
        let mut other = body.to_vec();
        for _ in 0..1 + rng.below(6) {
            let n = rng.below(other.len());
            match rng.below(3) {
                0 => other[n] = rng.next() as u8,
                1 => _ = other.remove(n),
                _ => other.insert(n, rng.next() as u8),
            }
        }
        hostile.push(other);
    }
    println!("{} hostile records of {} bytes", hostile.len(), whole.len());
    for body in hostile {
        for (key, bytes) in &before {
            shelf.put(key, bytes);
        }
        shelf.put(&key, &sealed(&key, [1, 1], &body));
        try_everything(&shelf);
    }
    for body in [vec![], vec![0xff; 40], vec![0x80; 40], vec![0; 40]] {
        for kind in 0..=4 {
            shelf.put(&key, &sealed(&key, [1, kind], &body));
            try_everything(&shelf);
        }
    }
}

/// 64 million rows claimed in a record of fifty bytes.
#[test]
fn a_column_is_as_long_as_it_is() {
    let engine = Engine::builder().build().unwrap();
    let mut body = vec![0, 1, b'a', 0, 0, 0, 0, 2, 0, 0];
    body.extend([0xff, 0xff, 0xff, 0x1f, 0].repeat(6));
    let bytes = sealed(&engine.key(&"a".into()), [1, 1], &body).into();
    let version = Version::from_bytes([1; 16]);
    let error = engine.load(&"a".into(), Some(Stored { version, bytes })).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

// ---------------------------------------------------------------- a store that fails

/// A shelf, and a store over it that fails at calls of a choice.
fn failing(at: Range<usize>, fault: Fault) -> (Shelf, Arc<Failing<Shelf>>) {
    let shelf = Shelf::default();
    let faulty = Failing::new(shelf.clone());
    faulty.fail(at, fault);
    (shelf, Arc::new(faulty))
}

/// What a day brings; each is done until it is done.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Deed {
    Consent,
    Buy,
    BuyMany,
    Decide,
    Advance,
    Link,
    DecideAll,
    Withdraw,
    EraseLinked,
    AdvanceAgain,
}

const DAY: [Deed; 10] = [
    Deed::Consent,
    Deed::Buy,
    Deed::BuyMany,
    Deed::Decide,
    Deed::Advance,
    Deed::Link,
    Deed::DecideAll,
    Deed::Withdraw,
    Deed::EraseLinked,
    Deed::AdvanceAgain,
];

fn shop(store: impl Store) -> Result<Engine> {
    Engine::builder()
        .store(store)
        .catalog(catalog())
        .privacy(privacy())
        .segment(Segment::new("buyer", count(Kind::Purchased).at_least(1)))
        .action(
            Action::new("gift")
                .value(9.0)
                .volume(20)
                .treatment(Treatment::on(Channel::Email))
                .treatment(Treatment::on(Channel::Web)),
        )
        .action(Action::new("news").treatment(Treatment::on(Channel::Email)))
        .contact(ContactPolicy::new().cap(5, days(7)))
        .build()
}

/// Does a deed; an error of any part is an error.
fn deed(engine: &Engine, deed: Deed, changes: &mut Vec<Change>) -> Result<()> {
    let ask = |customer: &str, seed| Request::new(customer, Channel::Email, turn()).seed(seed);
    let bought = |customer: &str, n: usize| -> Event {
        let event = Event::purchased(customer, turn()).item(world::item(n));
        event.id(format!("{customer}{n}")).into()
    };
    match deed {
        Deed::Consent => {
            for customer in ["ana", "ben"] {
                let open = Event::consent(customer, turn() - days(1))
                    .level(Level::Collaborative)
                    .allow(Purpose::Personalisation)
                    .allow(Purpose::CollaborativeLearning)
                    .allow(Purpose::IdentityLinking)
                    .allow(Purpose::DirectMarketing);
                let _ = engine.record(turn(), open)?;
            }
            Ok(())
        }
        Deed::Buy => engine.record(turn(), bought("ana", 1)).map(drop),
        Deed::BuyMany => {
            let events = [bought("ana", 3), bought("ben", 1), bought("ben", 4)];
            let report = engine.record_all(turn(), events);
            match report.refused.first() {
                Some((_, Refusal::Error(error))) => Err(error.clone()),
                other => {
                    assert!(other.is_none());
                    assert_eq!(report.accepted + report.duplicates, 3);
                    Ok(())
                }
            }
        }
        Deed::Decide => engine.decide(&ask("ana", 1)).map(drop),
        Deed::Advance | Deed::AdvanceAgain => {
            changes.extend(engine.advance(turn() + hours(1))?);
            Ok(())
        }
        Deed::Link => {
            let card = Identifier::new(IdentifierKind::LoyaltyCard, "1");
            engine.record(turn(), Event::linked("ana", turn(), card)).map(drop)
        }
        Deed::DecideAll => {
            let requests = [ask("ben", 2), ask("ana", 2), ask("ben", 3)];
            let answers = engine.decide_all(&requests)?;
            answers.into_iter().try_for_each(|answer| answer.map(drop))
        }
        Deed::Withdraw => {
            let no = Event::consent("ben", turn()).withdraw(Purpose::CollaborativeLearning);
            engine.record(turn(), no).map(drop)
        }
        Deed::EraseLinked => engine.erase("ana").map(drop),
    }
}

/// A day without faults: what there is after each deed, and what changes it reported.
fn good_day() -> (Vec<Contents>, Vec<Change>) {
    let shelf = Shelf::default();
    let engine = shop(shelf.clone()).unwrap();
    let mut changes = Vec::new();
    let mut after = vec![BTreeMap::new()];
    for what in DAY {
        deed(&engine, what, &mut changes).unwrap();
        after.push(shelf.contents());
    }
    // Ana and Ben became buyers.
    assert_eq!(changes.len(), 2, "{changes:?}");
    (after, changes)
}

/// A fault may leave a unit of a volume over; the rest must be as it was.
fn without_volumes(contents: &Contents, engine: &Engine) -> Contents {
    let volumes = engine.volume_keys();
    let mut contents = contents.clone();
    contents.retain(|key, _| !volumes.contains(key));
    contents
}

/// Lives the day with a fault at each call in turn; gives the number of calls of a day.
fn days_with(fault: Fault) -> usize {
    let (good, good_changes) = good_day();
    let mut at = 0;
    loop {
        let (shelf, faulty) = failing(at..at + 1, fault);
        let Ok(engine) = shop(faulty.clone()) else {
            at += 1;
            continue;
        };
        let mut changes = Vec::new();
        for (n, what) in DAY.into_iter().enumerate() {
            let context = format!("{fault:?} at call {at}, {what:?}");
            let before = without_volumes(&shelf.contents(), &engine);
            if let Err(error) = deed(&engine, what, &mut changes) {
                assert_eq!(error.kind(), ErrorKind::Store, "{context}");
                let found = without_volumes(&shelf.contents(), &engine);
                let one_partition = matches!(what, Deed::Buy | Deed::Decide | Deed::Withdraw);
                let whole = found == before || found == without_volumes(&good[n + 1], &engine);
                assert!(!one_partition || whole, "half-done: {context}");
                deed(&engine, what, &mut changes)
                    .unwrap_or_else(|error| panic!("{context}, again: {error}"));
            }
            let found = without_volumes(&shelf.contents(), &engine);
            assert!(
                found == without_volumes(&good[n + 1], &engine),
                "not as without the fault: {context}"
            );
            let anew = shop(shelf.clone()).unwrap();
            assert_eq!(
                engine.statistics().digest(),
                anew.statistics().digest(),
                "what is learned is not what is stored: {context}"
            );
        }
        changes.sort();
        let mut expected = good_changes.clone();
        expected.sort();
        assert_eq!(changes, expected, "{fault:?} at call {at}");
        if faulty.calls() <= at {
            return at;
        }
        at += 1;
    }
}

#[test]
fn a_store_that_fails_at_any_call_leaves_nothing_half_done() {
    let calls = days_with(Fault::Refused);
    println!("{calls} calls a day");
    assert!(calls > 40);
}

#[test]
fn an_answer_of_the_store_that_gets_lost_leaves_nothing_half_done() {
    assert!(days_with(Fault::AnswerLost) > 40);
}

#[test]
fn commits_that_conflict_are_tried_again() {
    let (good, good_changes) = good_day();
    for many in [1, 2, 7, 30] {
        for from in 0..12 {
            let (shelf, faulty) = failing(from..from + many, Fault::Conflict);
            let engine = shop(faulty).unwrap();
            let mut changes = Vec::new();
            for (n, what) in DAY.into_iter().enumerate() {
                deed(&engine, what, &mut changes).unwrap();
                assert!(shelf.contents() == good[n + 1], "{many} conflicts from {from}, {what:?}");
            }
            assert_eq!(changes, good_changes);
        }
    }
}

#[test]
fn commits_that_always_conflict_are_given_up() {
    let (shelf, faulty) = failing(0..usize::MAX, Fault::Conflict);
    let engine = shop(faulty).unwrap();
    for what in [Deed::Consent, Deed::Buy, Deed::BuyMany, Deed::Withdraw] {
        let error = deed(&engine, what, &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{what:?}");
    }
    assert!(shelf.contents().is_empty());
    // A question that changes nothing is answered all the same.
    engine.decide(&Request::new("ana", Channel::Web, turn())).unwrap_err();
    engine.preview(&Request::new("ana", Channel::Web, turn())).unwrap();
}
