//! Law 4, a thousand times over for each kind of statistics: customers who joined and parted,
//! withdrew and were forgotten by time, are erased in any order, and what is left is, byte
//! for byte, what an engine learns that never knew them.
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
#[allow(dead_code, unreachable_pub, reason = "each test uses a part")]
mod dice;

use basics::{everything, noon};
use confidant::*;
use dice::Dice;

/// What a world's customers teach.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// One item each: purchases by day, and how many customers bought it.
    Bought,
    /// Several: which are bought together.
    Together,
    /// How often an action was shown and taken.
    Answered,
}

const ERASURES: usize = 1_000;
const PEOPLE: usize = 5;

/// One step in the story of somebody.
#[derive(Clone)]
enum Step {
    Tell(Event),
    /// A question that is answered, and counts.
    Ask(Request),
}

/// Everything about one customer, by time.
struct Person {
    names: Vec<Identifier>,
    steps: Vec<(Timestamp, Step)>,
}

fn at(hour: usize) -> Timestamp {
    noon() + hours(hour as u32)
}

/// How long a story lasts, in hours.
const STORY: usize = 50 * 24;

fn privacy() -> PrivacyPolicy {
    PrivacyPolicy::new()
        .valid_for(Purpose::CollaborativeLearning, days(55))
        .keep_for(DataCategory::Purchases, days(52))
        .keep_for(DataCategory::Responses, days(53))
        .notice(Notice::new(1, noon() - days(9)))
        .notice(Notice::new(2, at(STORY) + days(4)).material_for([Purpose::CollaborativeLearning]))
}

fn engine() -> Engine {
    let web = |id: &str| Action::new(id).treatment(Treatment::on(Channel::Web));
    Engine::builder()
        .catalog(Catalog::new((0..6).map(|n| Item::new(format!("i{n}")))).unwrap())
        .privacy(privacy())
        .identity(IdentityPolicy::new().household(IdentifierKind::Custom("address".into())))
        .seal_after(4)
        .action(web("a"))
        .action(web("b").value(0.5))
        .exploration(0.0)
        .build()
        .unwrap()
}

impl Person {
    fn new(dice: &mut Dice, n: usize, kind: Kind) -> Self {
        let account: Identifier = format!("p{n}").as_str().into();
        let device = Identifier::new(IdentifierKind::Device, format!("d{n}"));
        let two = dice.chance(60);
        let names: Vec<Identifier> =
            [account.clone(), device.clone()][..1 + usize::from(two)].into();
        let mut steps: Vec<(Timestamp, Step)> = Vec::new();
        let mut tell = |at: Timestamp, event: Event| steps.push((at, Step::Tell(event)));
        for name in &names {
            if *name == account || dice.chance(60) {
                tell(noon(), everything(name, noon()).into());
            }
        }
        let some = [1, 8 * 24, 30 * 24, STORY - 1];
        if two && dice.chance(80) {
            let hour = *dice.pick(&some);
            tell(at(hour), Event::linked(&account, at(hour), &device).into());
            if dice.chance(40) {
                let later = hour + dice.below(STORY - hour) + 1;
                tell(at(later), Event::unlinked(&account, at(later), &device).into());
            }
        }
        if dice.chance(50) {
            let home = Identifier::new(IdentifierKind::Custom("address".into()), "Elm Street 1");
            tell(at(2), Event::linked(&account, at(2), &home).into());
        }
        for _ in 0..dice.below(3) {
            let (who, hour) = (dice.pick(&names), dice.below(STORY));
            let word = Event::consent(who, at(hour));
            let learning = Purpose::CollaborativeLearning;
            tell(
                at(hour),
                match dice.below(6) {
                    0 => word.withdraw(learning).into(),
                    1 => word.level(Level::OwnHistory).into(),
                    2 => word.restrict().into(),
                    3 => word.lift_restriction().into(),
                    4 => word
                        .allow_only(learning, [DataCategory::Purchases, DataCategory::Responses])
                        .into(),
                    _ => everything(who, at(hour)).into(),
                },
            );
        }
        for deed in 0..3 + dice.below(6) {
            let (who, hour) = (dice.pick(&names).clone(), dice.below(STORY));
            let id = format!("{n}-{deed}");
            let step = match kind {
                Kind::Answered if deed % 2 == 0 => {
                    Step::Ask(Request::new(who, Channel::Web, at(hour)))
                }
                Kind::Answered => {
                    let yes = Event::accepted(&who, at(hour)).action(*dice.pick(&["a", "b"]));
                    Step::Tell(yes.id(id.as_str()).into())
                }
                Kind::Bought | Kind::Together => {
                    let item = if kind == Kind::Bought { n % 3 } else { dice.below(6) };
                    let bought = Event::purchased(&who, at(hour)).item(format!("i{item}"));
                    Step::Tell(bought.id(id.as_str()).into())
                }
            };
            steps.push((at(hour), step));
            if dice.chance(10) {
                let later = hour + dice.below(STORY - hour);
                let back = Event::retracted(dice.pick(&names), at(later), id.as_str());
                steps.push((at(later), Step::Tell(back.into())));
            }
        }
        Self { names, steps }
    }
}

/// What is learned of some people by an instant; time passes day by day, as in any shop.
fn learned(people: &[&Person], now: Timestamp) -> Engine {
    let engine = engine();
    let mut steps: Vec<&(Timestamp, Step)> = people.iter().flat_map(|one| &one.steps).collect();
    steps.sort_by_key(|(at, _)| *at);
    for (at, step) in steps {
        match step {
            Step::Tell(event) => _ = engine.record(*at, event.clone()).unwrap(),
            Step::Ask(request) => _ = engine.decide(request).unwrap(),
        }
    }
    engine.advance(now).unwrap();
    engine
}

/// Erases everybody of a world, one after the other; how often something was forgotten.
fn erase_all(seed: u64, kind: Kind) -> usize {
    let dice = &mut Dice::new(seed ^ 0xe4a5e);
    let people: Vec<Person> = (0..PEOPLE).map(|n| Person::new(dice, n, kind)).collect();
    let mut now = at(STORY);
    let mut left: Vec<&Person> = people.iter().collect();
    let engine = learned(&left, now);
    let mut forgotten = 0;
    while !left.is_empty() {
        let gone = left.remove(dice.below(left.len()));
        let before = engine.statistics().to_bytes();
        let mut names = gone.names.clone();
        dice.shuffle(&mut names);
        // Under one name, if that leads to all of them; else under each.
        names.iter().for_each(|name| _ = engine.erase(name).unwrap());
        let after = engine.statistics();
        let why = || format!("seed {seed}, {kind:?}: {:?} gone at {now}", gone.names);
        let expected = learned(&left, now).statistics();
        assert_eq!(after.to_bytes(), expected.to_bytes(), "{}", why());
        assert_eq!(after.digest(), expected.digest(), "{}", why());
        forgotten += usize::from(after.to_bytes() != before);
        if dice.chance(30) {
            // Consents run out and data are kept long enough, a little at a time.
            now = now + days(dice.below(4) as u32);
            engine.advance(now).unwrap();
        }
    }
    let nothing = Statistics::default();
    assert_eq!(engine.statistics().to_bytes(), nothing.to_bytes(), "seed {seed}, {kind:?}");
    forgotten
}

#[track_caller]
fn a_thousand(kind: Kind) {
    let (mut forgotten, mut worlds) = (0, 0);
    while forgotten < ERASURES {
        forgotten += erase_all(worlds, kind);
        worlds += 1;
        assert!(worlds < 1_500, "only {forgotten} of {worlds} worlds forgot anything");
    }
    println!("{kind:?}: {forgotten} erasures in {worlds} worlds");
}

#[test]
fn who_bought_something_was_never_there() {
    a_thousand(Kind::Bought);
}

#[test]
fn what_was_bought_together_was_never_bought() {
    a_thousand(Kind::Together);
}

#[test]
fn what_was_answered_was_never_asked() {
    a_thousand(Kind::Answered);
}
