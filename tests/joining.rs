//! Law 2 for customers who come together and part: whatever comes first, the same links
//! make the same customers; what parts again has its own history back, as if it had never
//! been joined; and nobody is allowed more than before.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;
#[path = "common/dice.rs"]
#[allow(dead_code, unreachable_pub, reason = "a part of many tests")]
mod dice;

use std::collections::BTreeMap;

use basics::{everything, noon, taken};
use confidant::*;
use dice::Dice;

/// What came in, in no order, and the choices, which come first.
struct World {
    people: Vec<Vec<Identifier>>,
    choices: Vec<Event>,
    told: Vec<Event>,
    links: Vec<Event>,
    partings: Vec<Event>,
}

fn end() -> Timestamp {
    noon() + days(100)
}

/// Two cards, a device and an e-mail.
fn identifiers(person: usize) -> Vec<Identifier> {
    let of = |kind, n: &str| Identifier::new(kind, format!("{person}{n}"));
    vec![
        of(IdentifierKind::LoyaltyCard, "a"),
        of(IdentifierKind::LoyaltyCard, "b"),
        of(IdentifierKind::Email, "@example.com"),
        of(IdentifierKind::Device, "d"),
    ]
}

fn happened(dice: &mut Dice, who: &Identifier, n: usize) -> Event {
    let at = noon() + hours(dice.below(2000) as u32);
    let id = format!("{n}");
    let amount = Money::cents(100 + dice.below(900) as i64, "EUR").unwrap();
    match dice.below(6) {
        0 => Event::declared(who.clone(), at).attribute("age", dice.below(90) as i32).id(id).into(),
        1 => Event::viewed(who.clone(), at).property("dwell", 3).id(id).into(),
        2 => Event::outcome(who.clone(), at, "offer", Reply::Declined).id(id).into(),
        _ => Event::purchased(who.clone(), at).amount(amount).id(id).into(),
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let people: Vec<Vec<Identifier>> = (0..4).map(identifiers).collect();
        let choices =
            people.iter().flatten().map(|who| everything(who, noon() - days(1)).into()).collect();
        let mut told = Vec::new();
        for who in people.iter().flatten() {
            for _ in 0..dice.below(6) {
                told.push(happened(&mut dice, who, told.len()));
            }
        }
        // Some of what was told comes under two names, and some of it twice.
        for event in dice.some(15, &told) {
            let own = people.iter().find(|own| own.contains(event.customer())).unwrap();
            told.push(under(&event, dice.pick(own)));
        }
        let (mut links, mut partings) = (Vec::new(), Vec::new());
        for own in &people {
            // A tree over the identifiers, in some shape.
            for n in 1..own.len() {
                let (a, b) = (&own[n], &own[dice.below(n)]);
                let (a, b) = if dice.chance(50) { (a, b) } else { (b, a) };
                let at = noon() + hours(dice.below(2000) as u32);
                links.push(Event::linked(a.clone(), at, b.clone()).by(Evidence::LoggedIn).into());
                let later = end() - hours(1);
                partings.push(Event::unlinked(b.clone(), later, a.clone()).into());
            }
        }
        Self { people, choices, told, links, partings }
    }
}

/// The same event under another name.
fn under(event: &Event, who: &Identifier) -> Event {
    let mut json: serde_json::Value = serde_json::from_str(&event.to_json()).unwrap();
    let kind = who.kind().name();
    json["customer"] = match kind {
        "customer" => who.value().into(),
        _ => serde_json::json!({ kind: who.value() }),
    };
    Event::from_json(&json.to_string()).unwrap()
}

fn shop(dice: &mut Dice) -> Engine {
    let often = Segment::new("often", count(Kind::Purchased).at_least(3));
    let seal_after = *dice.pick(&[2_048, 7, 2]);
    Engine::builder().segment(often).seal_after(seal_after).build().unwrap()
}

/// Records all of it in some order, some twice, some in batches.
fn record(dice: &mut Dice, engine: &Engine, first: &[Event], events: &[&[Event]]) {
    for event in first {
        taken(engine.record(end(), event.clone()));
    }
    let mut all: Vec<Event> = events.concat();
    all.extend(dice.some(10, &all));
    dice.shuffle(&mut all);
    let mut rest = all.as_slice();
    while !rest.is_empty() {
        let (batch, others) = rest.split_at((1 + dice.below(5)).min(rest.len()));
        rest = others;
        if dice.chance(50) {
            let report = engine.record_all(end(), batch.to_vec());
            assert!(report.refused.is_empty(), "{:?}", report.refused);
        } else {
            batch.iter().for_each(|event| _ = engine.record(end(), event.clone()).unwrap());
        }
        if dice.chance(5) {
            engine.advance(end()).unwrap();
        }
    }
    engine.advance(end()).unwrap();
}

/// All that can be known of everybody, by any of their names.
fn known(world: &World, engine: &Engine) -> Vec<String> {
    let mut known = vec![engine.statistics().digest().to_string()];
    for who in world.people.iter().flatten() {
        let report = engine.customer_report(who, end()).unwrap();
        known.push(serde_json::to_string(&report).unwrap());
        known.push(format!("{:?}", engine.segments_of(who, end()).unwrap()));
        let view = engine.view(who, Purpose::Personalisation, end(), None).unwrap();
        known.push(format!("{} {:?}", view.len(), view.attribute("age")));
    }
    known
}

#[test]
fn links_make_the_same_customers_in_any_order() {
    for seed in 0..60 {
        let world = World::new(seed);
        let mut dice = Dice::new(seed ^ 0x5eed);
        let mut expected = None;
        for run in 0..4 {
            let engine = shop(&mut dice);
            let partings = if seed % 2 == 0 { &world.partings[..3] } else { &[] };
            record(&mut dice, &engine, &world.choices, &[&world.told, &world.links, partings]);
            let now = known(&world, &engine);
            let expected = expected.get_or_insert_with(|| now.clone());
            for (one, other) in expected.iter().zip(&now) {
                let apart = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
                let shown = |text: &str| {
                    text.chars().skip(apart.saturating_sub(90)).take(200).collect::<String>()
                };
                assert!(one == other, "seed {seed}, run {run}:\n{}\n{}", shown(one), shown(other));
            }
        }
    }
}

/// A household's receipts, split over two cards, a device and an e-mail, are one
/// household's again once the links are known, late as they may come.
#[test]
fn what_was_split_is_whole_again() {
    for seed in 0..60 {
        let world = World::new(seed);
        let mut dice = Dice::new(seed ^ 0xabc);
        let (split, whole) = (shop(&mut dice), shop(&mut dice));
        record(&mut dice, &split, &world.choices, &[&world.told, &world.links]);
        let name = |who: &Identifier| {
            world.people.iter().find(|own| own.contains(who)).map(|own| own[0].clone()).unwrap()
        };
        let told: Vec<Event> =
            world.told.iter().map(|event| under(event, &name(event.customer()))).collect();
        let choices: Vec<Event> =
            world.people.iter().map(|own| everything(&own[0], noon() - days(1)).into()).collect();
        record(&mut dice, &whole, &choices, &[&told]);
        for own in &world.people {
            let of = |engine: &Engine| engine.customer_report(&own[0], end()).unwrap().unwrap();
            let (split, whole) = (of(&split), of(&whole));
            assert_eq!(split.customer, own[0], "seed {seed}: the strongest name");
            assert_eq!(split.identifiers.len(), 3, "seed {seed}");
            let one_name = |mut report: CustomerReport| {
                report.history.iter_mut().for_each(|line| line.told_under = own[0].clone());
                report.contacts.iter_mut().for_each(|line| line.told_under = own[0].clone());
                report
            };
            let (split, whole) = (one_name(split), one_name(whole));
            assert_eq!(split.history, whole.history, "seed {seed}");
            assert_eq!(split.contacts, whole.contacts, "seed {seed}");
            assert_eq!(split.allowed, whole.allowed, "seed {seed}");
            let ages = |report: &CustomerReport| {
                report.facts.iter().map(|fact| (fact.at, fact.value.clone())).collect::<Vec<_>>()
            };
            let mut distinct = ages(&split);
            distinct.dedup();
            assert_eq!(distinct, ages(&whole), "seed {seed}");
        }
        assert_eq!(split.statistics().digest(), whole.statistics().digest(), "seed {seed}");
    }
}

/// Parted again, each part has the history of somebody who was never joined.
#[test]
fn what_parts_has_its_own_history_back() {
    for seed in 0..60 {
        let world = World::new(seed);
        let mut dice = Dice::new(seed ^ 0xdef);
        let (parted, never) = (shop(&mut dice), shop(&mut dice));
        let all = [&world.told[..], &world.links, &world.partings];
        record(&mut dice, &parted, &world.choices, &all);
        record(&mut dice, &never, &world.choices, &[&world.told]);
        for who in world.people.iter().flatten() {
            let of = |engine: &Engine| engine.customer_report(who, end()).unwrap().unwrap();
            let (mut parted, never) = (of(&parted), of(&never));
            assert!(parted.identifiers.is_empty(), "seed {seed}");
            parted.identifiers.clone_from(&never.identifiers);
            assert_eq!(parted.history, never.history, "seed {seed}");
            assert_eq!(parted.facts, never.facts, "seed {seed}");
            assert_eq!(parted.contacts, never.contacts, "seed {seed}");
        }
        assert_eq!(parted.statistics().digest(), never.statistics().digest(), "seed {seed}");
    }
}

/// What a customer allows: each purpose with its categories.
fn allowed(engine: &Engine, who: &Identifier) -> (Level, BTreeMap<Purpose, Vec<DataCategory>>) {
    let report = engine.customer_report(who, end()).unwrap();
    report.map_or_else(Default::default, |report| {
        (report.level, report.allowed.into_iter().collect())
    })
}

fn choice(dice: &mut Dice, who: &Identifier, at: Timestamp) -> Event {
    let levels = [Level::Off, Level::Contextual, Level::OwnHistory, Level::Collaborative];
    let mut choice = Event::consent(who.clone(), at);
    if dice.chance(70) {
        choice = choice.level(*dice.pick(&levels));
    }
    for purpose in Purpose::BASE {
        choice = match dice.below(6) {
            0 => choice.withdraw(purpose),
            1 => choice.allow_only(purpose, dice.some(50, &DataCategory::BASE)),
            2 | 3 => choice.allow(purpose),
            _ => choice,
        };
    }
    if dice.chance(30) {
        choice = match dice.chance(70) {
            true => choice.object_to(Channel::Email),
            false => choice.lift_objection(Channel::Email),
        };
    }
    choice.into()
}

type Allowed = (Level, BTreeMap<Purpose, Vec<DataCategory>>);

/// Whether the first allows nothing that the second does not.
fn within((level, purposes): &Allowed, (most, others): &Allowed, of: &[Purpose]) -> bool {
    level <= most
        && of.iter().all(|purpose| match (purposes.get(purpose), others.get(purpose)) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(some), Some(all)) => some.iter().all(|category| all.contains(category)),
        })
}

/// Joining allows nothing that a side which has spoken before it did not allow; parting allows
/// nothing that both together did not.
#[test]
fn neither_joining_nor_parting_allows_more() {
    let (mut joined, mut narrower) = (0, 0);
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let engine = shop(&mut dice);
        let own = identifiers(0);
        let (a, b) = (&own[dice.below(4)], &own[dice.below(4)]);
        if a == b {
            continue;
        }
        taken(engine.record(end(), everything(a, noon() - days(2))));
        taken(engine.record(end(), everything(b, noon() - days(2))));
        for who in [a, b, a, b] {
            let at = noon() + hours(dice.below(100) as u32);
            taken(engine.record(end(), choice(&mut dice, who, at)));
        }
        let link = Event::linked(a.clone(), noon() + days(10), b.clone());
        let sides = [allowed(&engine, a), allowed(&engine, b)];
        if engine.record(end(), link).unwrap() != Recorded::Accepted {
            continue;
        }
        let both = allowed(&engine, a);
        assert_eq!(both, allowed(&engine, b), "seed {seed}: one customer");
        for side in &sides {
            assert!(within(&both, side, &Purpose::BASE), "seed {seed}: {both:?} after {side:?}");
        }
        // A word of either is the customer's, and is not forgotten when they part.
        let who = if dice.chance(50) { a } else { b };
        let said = choice(&mut dice, who, end() - days(2));
        taken(engine.record(end(), said));
        let both = allowed(&engine, a);
        taken(engine.record(end(), Event::unlinked(b.clone(), end() - days(1), a.clone())));
        for who in [a, b] {
            let side = allowed(&engine, who);
            assert!(within(&side, &both, &Purpose::BASE), "seed {seed}: {side:?} after {both:?}");
            narrower += usize::from(side != both);
        }
        joined += 1;
    }
    assert!(joined > 60 && narrower > 20, "{joined} were joined, {narrower} are narrower");
}

/// The account takes back what was refused on its device once the two are known to be one;
/// the device never takes back what the account refused.
#[test]
fn an_account_speaks_for_its_device_and_not_the_other_way() {
    let account: Identifier = "ana".into();
    let device = Identifier::new(IdentifierKind::Device, "d");
    let personal =
        |engine: &Engine| allowed(engine, &account).1.contains_key(&Purpose::Personalisation);
    for (refused, granted, allows) in [(&device, &account, true), (&account, &device, false)] {
        let engine = Engine::builder().build().unwrap();
        taken(engine.record(end(), everything(&account, noon() - days(3))));
        taken(engine.record(end(), everything(&device, noon() - days(3))));
        let no = Event::consent(refused.clone(), noon()).withdraw(Purpose::Personalisation);
        taken(engine.record(end(), no));
        let yes = |at| Event::consent(granted.clone(), at).allow(Purpose::Personalisation);
        taken(engine.record(end(), yes(noon() + days(1))));
        let link = Event::linked(account.clone(), noon() + days(2), device.clone());
        taken(engine.record(end(), link));
        // Said before anybody knew that they are one: it holds for the one that said it.
        assert!(!personal(&engine));
        taken(engine.record(end(), yes(noon() + days(3))));
        assert_eq!(personal(&engine), allows);
    }
}

/// Who parts takes what the other refused along as a bound, until a later word of their own;
/// what the other allowed was never theirs.
#[test]
fn a_bound_only_ever_forbids_and_ends_with_a_word_of_ones_own() {
    let account: Identifier = "ana".into();
    let device = Identifier::new(IdentifierKind::Device, "d");
    let offer = Action::new("offer").value(1.0).treatment(Treatment::on(Channel::Email));
    let told = |events: Vec<Event>| {
        let engine = Engine::builder().action(offer.clone()).build().unwrap();
        taken(engine.record(end(), everything(&account, noon())));
        for event in events {
            taken(engine.record(end(), event));
        }
        engine
    };
    let linked = || Event::linked(account.clone(), noon() + days(1), device.clone()).into();
    let parted = || Event::unlinked(account.clone(), noon() + days(3), device.clone()).into();
    // Of purposes the device never said a word.
    let level = || Event::consent(device.clone(), noon()).level(Level::Collaborative).into();
    let no = || Event::consent(account.clone(), noon() + days(2)).withdraw(Purpose::Contextual);
    let together = allowed(&told(vec![level(), linked(), no().into()]), &device).1;
    assert!(together.contains_key(&Purpose::Personalisation));
    let apart = allowed(&told(vec![level(), linked(), no().into(), parted()]), &device).1;
    assert!(apart.is_empty(), "{apart:?}");

    let reached = |events: Vec<Event>| {
        let request = Request::new(device.clone(), Channel::Email, end());
        told(events).decide(&request).unwrap().action().is_some()
    };
    let all = || Event::from(everything(&device, noon()));
    let object = || {
        let objection = Event::consent(account.clone(), noon() + days(2));
        objection.object_to(Channel::Email).into()
    };
    let lift = || {
        let word = Event::consent(device.clone(), noon() + days(4));
        word.lift_objection(Channel::Email).into()
    };
    assert!(reached(vec![all(), linked(), parted()]));
    assert!(!reached(vec![all(), linked(), object(), parted()]));
    assert!(reached(vec![all(), linked(), object(), parted(), lift()]));
}

/// A record from which somebody parts holds nothing more of them.
#[test]
fn nothing_of_who_parts_stays_behind() {
    let store = std::sync::Arc::new(MemoryStore::new());
    let engine = Engine::builder().store(store.clone()).build().unwrap();
    let own = &identifiers(0)[..2];
    let of = |n: usize| format!("canary {n}.");
    for (n, who) in own.iter().enumerate() {
        taken(engine.record(end(), everything(who, noon())));
        let bought = Event::purchased(who.clone(), noon()).place(of(n)).property("said", of(n));
        taken(engine.record(end(), bought));
        let noted = Event::declared(who.clone(), noon()).attribute("note", of(n));
        taken(engine.record(end(), noted));
    }
    taken(engine.record(end(), Event::linked(own[0].clone(), noon(), own[1].clone())));
    let parted = Event::unlinked(own[0].clone(), noon() + days(1), own[1].clone());
    taken(engine.record(end(), parted));
    let found = |n: usize, m: usize| {
        let record = store.read(&[engine.key(&own[n])]).unwrap().pop().unwrap().unwrap();
        let text = of(m);
        record.bytes.windows(text.len()).filter(|bytes| *bytes == text.as_bytes()).count()
    };
    for (n, m) in [(0, 1), (1, 0)] {
        assert_eq!((found(n, n), found(n, m)), (3, 0));
    }
}

/// What was sent to one customer counts for both who come of it, so a parting is no way
/// around a cap; and it is told as the contact of the one that it was sent to alone.
#[test]
fn a_parting_lifts_no_cap() {
    let [card, _, mail, _] = identifiers(0).try_into().unwrap();
    let offer = Action::new("offer").value(1.0).treatment(Treatment::on(Channel::Email));
    for asked in [&card, &mail] {
        let engine = Engine::builder()
            .action(offer.clone())
            .contact(ContactPolicy::new().cap(1, days(7)))
            .build()
            .unwrap();
        for who in [&card, &mail] {
            taken(engine.record(end(), everything(who, noon())));
        }
        taken(engine.record(end(), Event::linked(card.clone(), noon(), mail.clone())));
        let ask = |who: &Identifier, at| {
            engine.decide(&Request::new(who, Channel::Email, at)).unwrap().action().is_some()
        };
        assert!(ask(asked, end()));
        let parted = Event::unlinked(card.clone(), noon() + days(1), mail.clone());
        taken(engine.record(end(), parted));
        for who in [&card, &mail] {
            assert!(!ask(who, end() + days(1)), "a second one in a week");
            let told = engine.customer_report(who, end()).unwrap().unwrap().contacts.len();
            assert_eq!(told, usize::from(who == asked));
            assert!(ask(who, end() + days(8)));
        }
    }
}

/// A link that is told late, of a time before what was said, lets the account's word count for
/// its device: what is learned follows at once and the segments at the next look, as if it had
/// been known in time.
#[test]
fn segments_and_learning_follow_whose_words_count() {
    let account: Identifier = "ana".into();
    let device = Identifier::new(IdentifierKind::Device, "d");
    let told = |link_first: bool| {
        let often = Segment::new("often", count(Kind::Purchased).at_least(1));
        let tea = Catalog::new([Item::new("tea")]).unwrap();
        let engine = Engine::builder().catalog(tea).segment(often).build().unwrap();
        for who in [&account, &device] {
            taken(engine.record(end(), everything(who, noon())));
        }
        taken(engine.record(end(), Event::purchased(account.clone(), noon()).item("tea")));
        let early = Event::linked(account.clone(), noon() + days(1), device.clone());
        let late = Event::linked(account.clone(), noon() + days(9), device.clone());
        let no = Event::consent(device.clone(), noon() + days(2));
        let yes = Event::consent(account.clone(), noon() + days(3));
        let both = [Purpose::Personalisation, Purpose::CollaborativeLearning];
        taken(engine.record(end(), both.clone().into_iter().fold(no, ConsentChange::withdraw)));
        taken(engine.record(end(), both.into_iter().fold(yes, ConsentChange::allow)));
        let (one, other) = if link_first { (early, late) } else { (late, early) };
        taken(engine.record(end(), one));
        engine.advance(end()).unwrap();
        taken(engine.record(end(), other));
        let at_once = engine.statistics().digest();
        let changes = engine.advance(end() + days(1)).unwrap();
        assert_eq!(engine.statistics().digest(), at_once);
        (changes.into_iter().map(|change| change.entered).collect::<Vec<_>>(), at_once)
    };
    let (in_order, late) = (told(true), told(false));
    assert_eq!(late.0, [true], "the early link is news");
    assert!(in_order.0.is_empty(), "the late one is none");
    assert_eq!(late.1, in_order.1);
    assert_ne!(late.1, Statistics::default().digest(), "something was learned");
}

/// What was bound by the word of somebody who went another way is free once that somebody is
/// erased, and the segments follow.
#[test]
fn what_bound_a_customer_goes_with_whose_word_it_was() {
    let often = Segment::new("often", count(Kind::Purchased).at_least(1));
    let engine = Engine::builder().segment(often).build().unwrap();
    let card = identifiers(0)[0].clone();
    for who in [&"ana".into(), &card] {
        taken(engine.record(end(), everything(who, noon())));
    }
    taken(engine.record(end(), Event::purchased(card.clone(), noon()).id("1")));
    taken(engine.record(end(), Event::linked("ana", noon() + days(1), card.clone())));
    let no = Event::consent("ana", noon() + days(2)).withdraw(Purpose::Personalisation);
    taken(engine.record(end(), no));
    taken(engine.record(end(), Event::unlinked("ana", noon() + days(3), card.clone())));
    engine.advance(end()).unwrap();
    assert!(engine.segments_of(&card, end()).unwrap().is_empty(), "bound by ana's word");
    assert!(engine.erase("ana").unwrap());
    let changes = engine.advance(end() + days(1)).unwrap();
    let entered: Vec<_> = changes.iter().map(|c| (&c.customer, c.entered)).collect();
    assert_eq!(entered, [(&card, true)]);
}

/// What was found of somebody and not reported yet is not reported once they are erased, under
/// none of their names.
#[test]
fn of_who_was_erased_nothing_is_reported() {
    for erased in [false, true] {
        let often = Segment::new("often", count(Kind::Purchased).at_least(1));
        let engine = Engine::builder().segment(often).build().unwrap();
        let card = identifiers(0)[0].clone();
        for who in [&"ana".into(), &card] {
            taken(engine.record(end(), everything(who, noon())));
        }
        taken(engine.record(end(), Event::purchased(card.clone(), noon()).id("1")));
        assert_eq!(engine.advance(end()).unwrap().len(), 1);
        taken(engine.record(end(), Event::linked("ana", noon() + days(1), card.clone())));
        if erased {
            assert!(engine.erase("ana").unwrap());
        }
        let reported = engine.advance(end()).unwrap().len();
        assert_eq!(reported, if erased { 0 } else { 2 }, "the card left and ana entered");
    }
}
