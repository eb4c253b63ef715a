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

use std::collections::{BTreeMap, BTreeSet};

use common::dice::Dice;
use common::host;
use common::world::{self, DAY, HOUR, Size, World};
use common::{everything, items, noon, taken};
use confidant::{
    Action, ActionId, Channel, Condition, ContactPolicy, Decision, Engine, Event, Obstacle,
    Recorded, Reply, Request, Score, Timestamp, Treatment, Verdict, days, hours, minutes,
};
use twin::decide::{Desk, Found, Host, Question, greedy};
use twin::learn::Counts;
use twin::person::{Became, People};
use twin::recommend::Fitted;

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
        taken(engine.record(noon(), everything(id.as_str(), noon())));
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
        taken(engine.record(noon(), everything(id.as_str(), noon())));
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

/// How much of each limited offer is left.
type Left = BTreeMap<String, u64>;

/// A made host and world, the engine that follows them, and the twin's picture of it.
struct Shop<'a> {
    world: &'a World,
    host: &'a Host,
    engine: Engine,
    people: People,
    fitted: Fitted<'a>,
    seed: u64,
}

impl<'a> Shop<'a> {
    fn open(world: &'a World, host: &'a Host, seed: u64) -> Self {
        let engine = host::builder(world, host).build().unwrap();
        let mut people = People::default();
        for told in world.by_time() {
            let became = people.hear(&told, &world.privacy);
            let recorded = engine.record(world.now(), told.event()).unwrap();
            let accepted = matches!(recorded, Recorded::Accepted | Recorded::Reduced(_));
            assert_eq!(accepted, became == Became::Accepted, "seed {seed}: {told:?}");
        }
        let fitted = Fitted { world, counts: Counts::default(), at: 0 };
        let mut shop = Self { world, host, engine, people, fitted, seed };
        shop.fit(world.end);
        shop
    }

    fn fit(&mut self, at: i64) {
        self.engine.advance(Timestamp::from_millis(at)).unwrap();
        self.engine.fit(Timestamp::from_millis(at)).unwrap();
        let counts = Counts::of(self.world, &self.people, at);
        self.fitted = Fitted { world: self.world, counts, at };
    }

    fn question(&self, dice: &mut Dice) -> Question {
        let wares: Vec<String> = self.world.wares.iter().map(|ware| ware.id.clone()).collect();
        let mut who = self.world.customers.clone();
        who.push("a stranger".into());
        Question {
            who: dice.pick(&who).clone(),
            channel: dice.pick(&world::channels()).clone(),
            now: self.world.end - DAY + dice.below(5 * 24 * 4) as i64 * HOUR / 4,
            place: dice.maybe(50, &["home", "basket"]).map(str::to_owned),
            viewing: dice.some(20, &wares),
            visit: dice.chance(50).then(|| vec![("weather".into(), world::value(dice))]),
            offset: dice.below(96) as i32 * 15 - 720,
        }
    }

    /// What the twin answers, and whether the engine's verdicts are the same.
    fn compare(&self, question: &Question, decision: &Decision, left: &Left) {
        let person = self.people.person(&question.who);
        let desk = Desk { host: self.host, fitted: &self.fitted, person: &person, question };
        let answer = desk.answer(left);
        let why = format!("seed {}: {question:?}", self.seed);
        let best = answer.worthy.first().map(|(_, offer)| offer.as_str());
        assert_eq!(decision.action().map(ActionId::as_str), best, "{why}");
        let receipt = decision.receipt();
        assert_eq!(receipt.considered().len(), answer.found.len(), "{why}");
        for (considered, (id, found)) in receipt.considered().iter().zip(&answer.found) {
            let why = format!("{why}\n{id}: {:?}, not {found:?}", considered.verdict);
            assert_eq!(considered.action.as_str(), id, "{why}");
            let is_best = best == Some(id.as_str());
            let worth_it = answer.worthy.iter().any(|(_, worthy)| worthy == id);
            match (&considered.verdict, found) {
                (Verdict::Refused(one), Found::Refused(other)) => {
                    assert_eq!(plain(one), plain(other), "{why}");
                }
                (Verdict::Chosen(score), Found::Scored { .. }) => {
                    assert!(is_best && close(score, found), "{why}");
                }
                (Verdict::Passed(score, obstacle), Found::Scored { .. }) => {
                    let expected =
                        if worth_it { Obstacle::Outranked } else { Obstacle::NotWorthIt };
                    assert!(!is_best && close(score, found) && *obstacle == expected, "{why}");
                }
                _ => panic!("{why}"),
            }
        }
        assert_eq!(receipt.level(), person.choices.level(question.now), "{why}");
        assert_eq!(receipt.consent_epoch(), person.choices.0.len() as u64, "{why}");
        let items = decision.choice().map(|choice| choice.items.as_slice()).unwrap_or_default();
        let expected = best.map(|offer| desk.items(offer)).unwrap_or_default();
        let items: Vec<(&str, u64)> =
            items.iter().map(|i| (i.item.as_str(), i.score.to_bits())).collect();
        let expected: Vec<(&str, u64)> =
            expected.iter().map(|i| (i.item.as_str(), i.score.to_bits())).collect();
        assert_eq!(items, expected, "{why}");
    }

    /// The contact that an answer leaves.
    fn touch(&mut self, question: &Question, offer: &str) {
        let mut person = self.people.person(&question.who);
        let desk = Desk { host: self.host, fitted: &self.fitted, person: &person, question };
        if let Some(touch) = desk.contact(offer) {
            person.touches.push(touch);
            self.people.persons.insert(question.who.clone(), person);
        }
    }
}

/// An obstacle without its words.
fn plain(obstacle: &Obstacle) -> Obstacle {
    match obstacle {
        Obstacle::Rule(_) => Obstacle::Rule("".into()),
        Obstacle::NotAllowed(_) => Obstacle::NotAllowed("".into()),
        other => other.clone(),
    }
}

fn close(score: &Score, found: &Found) -> bool {
    let Found::Scored { propensity, context, cost, net, .. } = found else {
        return false;
    };
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (a.abs().max(b.abs()) + cost);
    near(score.propensity, *propensity)
        && near(score.context, *context)
        && near(score.cost, *cost)
        && near(score.net, *net)
}

/// Every verdict, every score and every item; asked again, the same bytes; and what was
/// decided before is held against the customer's later questions as the twin holds it.
#[test]
fn decisions_are_the_twins() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..600 {
        let mut dice = Dice::new(seed ^ 0xdec1de);
        let world = World::new(seed, Size { items: 10, customers: 6, events: 30 });
        let mut host = host::random(&mut dice, &world, 10);
        for offer in &mut host.offers {
            offer.volume = dice.chance(20).then(|| dice.below(4) as u64);
        }
        let mut left = host.volumes();
        let mut shop = Shop::open(&world, &host, seed);
        let mut asked = BTreeSet::new();
        for n in 0..60 {
            if n % 20 == 19 {
                shop.fit(world.end + n * HOUR);
            }
            let question = shop.question(&mut dice);
            let key = format!("{question:?}");
            let key = key.split("viewing").next().unwrap().to_owned();
            if !asked.insert(key) {
                continue;
            }
            let request = question.request();
            let previewed = shop.engine.preview(&request).unwrap();
            let decision = shop.engine.decide(&request).unwrap();
            shop.compare(&question, &decision, &left);
            assert_eq!(previewed.to_bytes(), decision.to_bytes(), "seed {seed}: {question:?}");
            // What is known of later may already say what became of an earlier contact.
            if question.now >= world.end {
                let again = shop.engine.decide(&request).unwrap();
                assert_eq!(again.to_bytes(), decision.to_bytes(), "seed {seed}: {question:?}");
            }
            if let Some(action) = decision.action() {
                shop.touch(&question, action.as_str());
                left.get_mut(action.as_str()).into_iter().for_each(|left| *left -= 1);
            }
            for considered in decision.receipt().considered() {
                let name = format!("{:?}", considered.verdict);
                let name = name.split(['{', '"']).next().unwrap().to_owned();
                *seen.entry(name).or_default() += 1;
            }
        }
    }
    // A twin that never meets an obstacle proves nothing about it.
    for word in [
        "NoTreatment",
        "NotNow",
        "NothingToOffer",
        "UsedUp",
        "Consent(DirectMarketing)",
        "Objection",
        "Cap(",
        "QuietHour",
        "Declined",
        "Bounced",
        "Rule(",
        "NotAllowed(",
        "Chosen(",
        "Passed(",
    ] {
        let n: usize = seen.iter().filter(|(name, _)| name.contains(word)).map(|(_, n)| n).sum();
        assert!(n >= 10, "{word} was met {n} times");
    }
}

/// Under volumes: exactly as many as there are, or as want them, and to whom it is worth
/// most.
#[test]
fn batches_are_the_twins() {
    let (mut short, mut plenty) = (0, 0);
    for seed in 0..600 {
        let mut dice = Dice::new(seed ^ 0xba7c4);
        let world = World::new(seed, Size { items: 8, customers: 14, events: 15 });
        let mut host = host::random(&mut dice, &world, 6);
        for offer in &mut host.offers {
            offer.volume = dice.chance(60).then(|| dice.below(6) as u64);
            // Ties are what the order of asking must not show in.
            offer.value = (offer.value / 4.0).ceil();
        }
        let mut shop = Shop::open(&world, &host, seed);
        let mut left = host.volumes();
        let mut who = world.customers.clone();
        for round in 0..3 {
            dice.shuffle(&mut who);
            let pattern = shop.question(&mut dice);
            let now = world.end + round * DAY;
            let ask = |who: &String| Question { who: who.clone(), now, ..pattern.clone() };
            let questions: Vec<Question> = who.iter().map(ask).collect();
            let answers: Vec<(String, twin::decide::Answer)> = questions
                .iter()
                .map(|question| {
                    let person = shop.people.person(&question.who);
                    let desk =
                        Desk { host: &host, fitted: &shop.fitted, person: &person, question };
                    (question.who.clone(), desk.answer(&left))
                })
                .collect();
            let given = greedy(&answers, &left);
            let requests: Vec<Request> = questions.iter().map(Question::request).collect();
            let decisions = shop.engine.decide_all(&requests).unwrap();
            for (question, decision) in questions.iter().zip(&decisions) {
                let action = decision.as_ref().unwrap().action().map(ActionId::as_str);
                let expected = given.get(&question.who).map(String::as_str);
                assert_eq!(action, expected, "seed {seed}, round {round}: {}", question.who);
            }
            for (offer, left) in &mut left {
                let gone = given.values().filter(|given| *given == offer).count() as u64;
                let wanted = answers.iter().filter(|(who, answer)| {
                    let place = answer.worthy.iter().position(|(_, worthy)| worthy == offer);
                    let got = given.get(who);
                    let got = answer.worthy.iter().position(|(_, worthy)| Some(worthy) == got);
                    place.is_some_and(|place| got.is_none_or(|got| place <= got))
                });
                let wanted = wanted.count() as u64;
                assert_eq!(gone, wanted.min(*left), "seed {seed}, round {round}: {offer}");
                if wanted > *left {
                    short += 1
                } else {
                    plenty += usize::from(wanted > 0)
                }
                *left -= gone;
            }
            for question in &questions {
                if let Some(offer) = given.get(&question.who) {
                    shop.touch(question, offer);
                }
            }
        }
    }
    assert!(short > 20 && plenty > 20, "{short} short, {plenty} plenty");
}

/// Several questions of one customer in one batch are answered one after the other: no
/// cap is broken, nothing of a volume is given twice or left over.
#[test]
fn a_batch_breaks_no_cap() {
    for seed in 0..40 {
        let mut dice = Dice::new(seed ^ 0xca9);
        let most = 1 + dice.below(3);
        let volume = dice.below(12) as u64;
        let engine = Engine::builder()
            .action(mail().volume(volume))
            .contact(ContactPolicy::new().cap(most as u32, days(7)))
            .build()
            .unwrap();
        let who = ["ana", "bob", "eve"];
        for id in who {
            taken(engine.record(noon(), everything(id, noon())));
        }
        let requests: Vec<Request> = (0..15)
            .map(|n| Request::new(*dice.pick(&who), Channel::Email, noon() + minutes(n)))
            .collect();
        let decisions = engine.decide_all(&requests).unwrap();
        let mut given: BTreeMap<&str, usize> = BTreeMap::new();
        let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
        for (request, decision) in requests.iter().zip(&decisions) {
            let who = request.customer().value();
            *wanted.entry(who).or_default() += 1;
            if decision.as_ref().unwrap().action().is_some() {
                *given.entry(who).or_default() += 1;
            }
        }
        let total: usize = given.values().sum();
        let eligible: usize = wanted.values().map(|n| *n.min(&most)).sum();
        assert!(given.values().all(|n| *n <= most), "seed {seed}: {given:?}, at most {most}");
        assert_eq!(total, eligible.min(volume as usize), "seed {seed}: {given:?} of {wanted:?}");
    }
}
