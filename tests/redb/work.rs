//! Work for an engine over a file, what it acknowledged, and whether a file holds all of
//! that: a plain list of what happened to each person, and no code of the crate's own.

use std::collections::BTreeMap;

use confidant::{
    Action, Catalog, Channel, ContactPolicy, CustomerReport, Engine, Event, Identifier,
    IdentifierKind, Item, Level, Load, Purpose, Recorded, RedbStore, Reply, Request, Result, Store,
    Timestamp, Treatment, days, hours, minutes,
};

use super::dice::Dice;

/// Who works side by side, and with how many persons each.
pub const WORKERS: usize = 3;
const PERSONS: usize = 4;

const CAP: usize = 3;
const WITHIN_HOURS: u32 = 24;
const VOLUME: u64 = 40;

pub fn start() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

pub fn engine(store: impl Store) -> Result<Engine> {
    let email = || Treatment::on(Channel::Email);
    Engine::builder()
        .store(store)
        // So that records have several parts.
        .seal_after(4)
        .catalog(Catalog::new([Item::new("espresso"), Item::new("mug")]).unwrap())
        .contact(ContactPolicy::new().cap(CAP as u32, hours(WITHIN_HOURS)))
        .action(Action::new("gift").value(9.0).volume(VOLUME).treatment(email()))
        .action(Action::new("news").value(2.0).treatment(email()))
        .build()
}

/// What a worker does next.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub worker: usize,
    pub n: usize,
    person: usize,
    act: Act,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Act {
    Buys,
    Allows,
    Withdraws,
    Links,
    Asks,
    Declines,
    IsErased { by_card: bool },
}

/// What was answered, in one word.
pub type Word = &'static str;

impl Step {
    /// The n-th step of a worker: the same for ever.
    pub fn of(seed: u64, worker: usize, n: usize) -> Self {
        let mut dice = Dice::new(seed ^ (worker as u64) << 32 ^ n as u64);
        let act = match dice.below(100) {
            0..40 => Act::Buys,
            40..52 => Act::Allows,
            52..60 => Act::Withdraws,
            60..68 => Act::Links,
            68..88 => Act::Asks,
            88..95 => Act::Declines,
            _ => Act::IsErased { by_card: dice.chance(50) },
        };
        Self { worker, n, person: worker * PERSONS + dice.below(PERSONS), act }
    }

    fn at(&self) -> Timestamp {
        start() + minutes(20 * self.n as u32)
    }

    fn id(&self) -> String {
        format!("{}-{}", self.worker, self.n)
    }

    /// Takes the step, and says what was answered once it was.
    pub fn take(&self, engine: &Engine) -> Result<Word> {
        let (email, at) = (email(self.person), self.at());
        let event: Event = match self.act {
            Act::Buys => Event::purchased(email, at).item("espresso").order(self.id()).into(),
            Act::Allows => Event::consent(email, at)
                .level(Level::Collaborative)
                .allow(Purpose::Personalisation)
                .allow(Purpose::CollaborativeLearning)
                .allow(Purpose::IdentityLinking)
                .allow(Purpose::DirectMarketing)
                .id(self.id())
                .into(),
            Act::Withdraws => Event::consent(email, at)
                .withdraw(Purpose::DirectMarketing)
                .withdraw(Purpose::CollaborativeLearning)
                .id(self.id())
                .into(),
            Act::Links => Event::linked(email, at, card(self.person)).id(self.id()).into(),
            Act::Declines => {
                Event::outcome(email, at, "news", Reply::Declined).id(self.id()).into()
            }
            Act::Asks => {
                let request = Request::new(email, Channel::Email, at).seed(self.n as u64);
                let decision = engine.decide(&request)?;
                return Ok(match decision.action().map(|action| action.as_str()) {
                    Some("gift") => "gift",
                    Some(_) => "news",
                    None => "nothing",
                });
            }
            Act::IsErased { by_card: false } => return engine.erase(email).map(|_| "accepted"),
            Act::IsErased { by_card: true } => {
                return engine.erase(card(self.person)).map(|known| match known {
                    true => "accepted",
                    false => "nothing",
                });
            }
        };
        Ok(match engine.record(at, event)? {
            Recorded::Accepted | Recorded::Reduced(_) => "accepted",
            Recorded::Duplicate => "duplicate",
            Recorded::NotAllowed(_) | Recorded::Apart(_) | Recorded::Demoted(_) => "nothing",
        })
    }

    /// Whether an engine tells of it only once no crash can take it.
    fn is_durable(&self) -> bool {
        !matches!(self.act, Act::Buys)
    }
}

fn email(person: usize) -> Identifier {
    Identifier::new(IdentifierKind::Email, format!("person {person}"))
}

fn card(person: usize) -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, format!("card {person}"))
}

/// What a person's report must say.
#[derive(Debug, Clone, Default, PartialEq)]
struct Seen {
    marketing: bool,
    orders: Vec<String>,
    contacts: Vec<(Timestamp, String)>,
    linked: bool,
}

impl Seen {
    fn of(report: &CustomerReport) -> Self {
        let mut contacts: Vec<_> =
            report.contacts.iter().map(|line| (line.at, line.what.clone())).collect();
        contacts.sort();
        let mut orders: Vec<_> =
            report.history.iter().map(|line| line.order.clone().unwrap()).collect();
        orders.sort();
        Self {
            marketing: report.allowed.iter().any(|(p, _)| *p == Purpose::DirectMarketing),
            orders,
            contacts,
            linked: !report.identifiers.is_empty(),
        }
    }

    /// What a person's steps come to; nothing for a stranger.
    fn after(steps: &[Step]) -> Option<Self> {
        let mut seen: Option<Self> = None;
        for step in steps {
            if matches!(step.act, Act::IsErased { .. }) {
                seen = None;
                continue;
            }
            let seen = seen.get_or_insert_default();
            match step.act {
                Act::Buys => seen.orders.push(step.id()),
                Act::Allows => seen.marketing = true,
                Act::Withdraws => seen.marketing = false,
                Act::Links => seen.linked = true,
                Act::Asks => seen.contacts.push((step.at(), "contacted".to_owned())),
                Act::Declines => seen.contacts.push((step.at(), "declined".to_owned())),
                Act::IsErased { .. } => {}
            }
        }
        if let Some(seen) = &mut seen {
            seen.orders.sort();
            seen.contacts.sort();
        }
        seen
    }
}

/// What was acknowledged.
#[derive(Debug, Clone, Default)]
pub struct Acknowledged {
    /// The steps that changed something, by person, in their order.
    steps: BTreeMap<usize, Vec<Step>>,
    /// How many each worker was told of.
    pub done: [usize; WORKERS],
    gifts: u64,
    /// How many gifts may have been taken by a step of which nobody was told.
    open: u64,
}

impl Acknowledged {
    /// A worker was told what came of its next step.
    pub fn tell(&mut self, step: Step, word: &str) {
        self.done[step.worker] = step.n + 1;
        let steps = self.steps.entry(step.person).or_default();
        let known = steps.iter().any(|known| known.worker == step.worker && known.n == step.n);
        self.gifts += u64::from(word == "gift");
        if !known && !matches!(word, "nothing" | "duplicate") {
            steps.push(step);
        }
    }

    /// Whether a file holds all of it after a crash, and nothing else: of each person the
    /// steps up to some moment, no earlier than the last one that was durable, and maybe
    /// the one that a worker was at. Those are what is left of it afterwards.
    pub fn check(&mut self, seed: u64, store: RedbStore) -> std::result::Result<(), String> {
        let said = |error: confidant::Error| error.to_string();
        let damaged = store.check().map_err(said)?;
        require(damaged.is_empty(), || format!("{} values are damaged", damaged.len()))?;
        let store = std::sync::Arc::new(store);
        let engine = engine(store.clone()).map_err(said)?;
        let now = start() + days(900);
        let under_way: Vec<Step> =
            (0..WORKERS).map(|worker| Step::of(seed, worker, self.done[worker])).collect();
        for person in 0..WORKERS * PERSONS {
            let mut steps = self.steps.get(&person).cloned().unwrap_or_default();
            let open = under_way.iter().find(|step| step.person == person);
            let least = steps.iter().rposition(Step::is_durable).map_or(0, |last| last + 1);
            let sure = steps.len();
            steps.extend(open);
            let report = engine.customer_report(email(person), now).map_err(said)?;
            let seen = report.as_ref().map(Seen::of);
            let fits = |k: &usize| Seen::after(&steps[..*k]) == seen;
            let Some(k) = (least..=steps.len()).rev().find(fits) else {
                return Err(format!(
                    "person {person} should be {:?} or later, and is {seen:?}; under way {open:?}",
                    Seen::after(&steps[..sure])
                ));
            };
            self.links(&engine, &store, person, seen.as_ref(), open)?;
            caps(seen.as_ref())?;
            steps.truncate(k);
            self.steps.insert(person, steps);
        }
        let asking = under_way.iter().filter(|step| step.act == Act::Asks).count();
        self.open += asking as u64;
        self.volume(&engine)?;
        engine.advance(now).map_err(said)?;
        let learned = engine.statistics().digest();
        engine.recount().map_err(said)?;
        require(learned == engine.statistics().digest(), || "statistics differ".to_owned())
    }

    /// A card leads to who has it in their record, and to nobody else; but for a link or an
    /// erasure that was under way.
    fn links(
        &self,
        engine: &Engine,
        store: &RedbStore,
        person: usize,
        seen: Option<&Seen>,
        open: Option<&Step>,
    ) -> std::result::Result<(), String> {
        let (card, email) = (card(person), email(person));
        let mut leads = false;
        for (one, other) in [(&card, &email), (&email, &card)] {
            let stored = store.read(&[engine.key(one)]).unwrap().pop().unwrap();
            if let Load::Elsewhere(to) =
                engine.load(one, stored).map_err(|error| error.to_string())?
            {
                require(to == *other, || "a name leads to another".to_owned())?;
                leads = true;
            }
        }
        let half = matches!(open, Some(Step { act: Act::Links | Act::IsErased { .. }, .. }));
        let fits = leads == seen.is_some_and(|seen| seen.linked);
        require(fits || half, || format!("the card of person {person} leads astray: {leads}"))
    }

    /// How many kinds of steps changed something: whether it was all tried.
    pub fn kinds(&self) -> usize {
        let acts = self.steps.values().flatten().map(|step| std::mem::discriminant(&step.act));
        acts.collect::<std::collections::HashSet<_>>().len() + usize::from(self.gifts > 0)
    }

    /// What is left of the gifts, given to strangers: no more, and no fewer but for those
    /// that were under way.
    fn volume(&self, engine: &Engine) -> std::result::Result<(), String> {
        let at = start() + days(800);
        let mut left = 0;
        for n in 0..VOLUME + 9 {
            let id = format!("stranger {n}");
            let allow = Event::consent(id.as_str(), at).level(Level::OwnHistory);
            engine.record(at, allow.allow(Purpose::DirectMarketing)).unwrap();
            let decision = engine.decide(&Request::new(id.as_str(), Channel::Email, at)).unwrap();
            if decision.action().is_none_or(|action| action.as_str() != "gift") {
                break;
            }
            left += 1;
        }
        let (given, open) = (self.gifts, self.open);
        require(given + left <= VOLUME, || format!("{given} gifts, {left} left"))?;
        require(given + left + open >= VOLUME, || {
            format!("{given} gifts, {left} left, {open} may be lost")
        })
    }
}

fn caps(seen: Option<&Seen>) -> std::result::Result<(), String> {
    let made = seen.iter().flat_map(|seen| &seen.contacts).filter(|(_, what)| what == "contacted");
    let made: Vec<Timestamp> = made.map(|(at, _)| *at).collect();
    let over = made.windows(CAP + 1).any(|all| all[CAP] < all[0] + hours(WITHIN_HOURS));
    require(!over, || "a cap is exceeded".to_owned())
}

fn require(fits: bool, or: impl FnOnce() -> String) -> std::result::Result<(), String> {
    if fits { Ok(()) } else { Err(or()) }
}
