//! Leaks planted on purpose: what a careless host, or a careless one of us, could write
//! around the engine. The harness of law 1 must catch every one of them, and must not
//! cry out where there is none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod world;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use confidant::*;
use world::asked::{Answer, System};
use world::pairs::{Differs, Pair};

/// How many pairs a leak may stay unseen.
const PATIENCE: u64 = 2000;

/// An engine, and what the host around it has gathered of everybody, allowed or not.
struct Host {
    engine: Engine,
    /// Where another engine helps: one that learns more than it may, or explores more.
    other: Option<Engine>,
    leak: Leak,
    events: Cell<u64>,
    latest: Cell<Timestamp>,
    seen: RefCell<Gathered>,
}

#[derive(Default)]
struct Gathered {
    customers: BTreeSet<Identifier>,
    lengths: BTreeMap<Identifier, usize>,
    bought: BTreeMap<String, u64>,
    first_seen: Vec<String>,
    baskets: BTreeMap<Identifier, BTreeSet<String>>,
    answers: BTreeMap<String, Vec<u8>>,
    views: BTreeMap<(String, Purpose), Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Leak {
    /// None: the control.
    Nothing,
    /// Scores are divided by the sales of everybody's best seller.
    Normaliser,
    /// The words say among how many customers one was chosen.
    PopulationCount,
    /// Ties go to the item that anybody met first.
    TieBreak,
    /// One stream of random numbers for all, moved on by every event.
    SharedRandomStream,
    /// The answer to a customer is kept, and a withdrawal does not clear it.
    StaleCache,
    /// "More active than the median customer", the median over everybody.
    SegmentThreshold,
    /// The models learn from everybody: consent to it is granted on the customer's behalf.
    PopularityOfEverybody,
    /// What is bought together is counted over everybody.
    CoOccurrence,
    /// How much is explored hangs on how many events there are.
    ExplorationRate,
    /// The models are fitted as of the latest event of anybody.
    Freshness,
    /// A contact's cost grows with the customer's raw events.
    ContactCost,
    /// One event in a hundred is sold as somebody else's, who allows everything.
    OneInAHundred,
    /// "Welcome back": whoever has a record is no stranger.
    WelcomeBack,
    /// What was turned away at the door is recorded as a declared fact instead.
    Laundering,
    /// What the right of access shows ends up in an answer.
    RightOfAccess,
    /// The host asks `advance` only after a number of events of anybody.
    ChangesInBatches,
    /// The answer to a customer is kept until the next choice, though consents run out.
    UntilTheNextChoice,
    /// What was opened once is not asked for again.
    PermitReused,
    /// Somebody never hears of restrictions.
    RestrictionForgotten,
    /// Somebody does not know for how long consents hold,
    EndForgotten,
    /// nor that a notice said something new.
    NoticeForgotten,
    /// Somebody keeps everything,
    KeptForEver,
    /// also what was taken back,
    TakenBackKept,
    /// and goes on to take a device for the customer's.
    PartingForgotten,
    /// What others are told of themselves says how much is going on.
    OthersReport,
    /// What others take along has the shop's latest sales with it.
    OthersExport,
    /// "You have 3 things to allow": the switches count what is kept.
    Switches,
    /// What a household comes to counts purchases that a member does not let be seen.
    Household,
}

const LEAKS: [Leak; 28] = [
    Leak::Normaliser,
    Leak::PopulationCount,
    Leak::TieBreak,
    Leak::SharedRandomStream,
    Leak::StaleCache,
    Leak::SegmentThreshold,
    Leak::PopularityOfEverybody,
    Leak::CoOccurrence,
    Leak::ExplorationRate,
    Leak::Freshness,
    Leak::ContactCost,
    Leak::OneInAHundred,
    Leak::WelcomeBack,
    Leak::Laundering,
    Leak::RightOfAccess,
    Leak::ChangesInBatches,
    Leak::UntilTheNextChoice,
    Leak::PermitReused,
    Leak::RestrictionForgotten,
    Leak::EndForgotten,
    Leak::NoticeForgotten,
    Leak::KeptForEver,
    Leak::TakenBackKept,
    Leak::PartingForgotten,
    Leak::OthersReport,
    Leak::OthersExport,
    Leak::Switches,
    Leak::Household,
];

impl Leak {
    /// Whether another engine looks at customers, one that misses something.
    fn misses_something(self) -> bool {
        matches!(
            self,
            Self::RestrictionForgotten
                | Self::EndForgotten
                | Self::NoticeForgotten
                | Self::KeptForEver
                | Self::TakenBackKept
                | Self::PartingForgotten
        )
    }

    /// Whether that one never hears of this.
    fn misses(self, line: &str) -> bool {
        match self {
            Self::RestrictionForgotten => line.contains(r#""restrict":true"#),
            Self::TakenBackKept => line.contains(r#""event":"retracted""#),
            Self::PartingForgotten => line.contains(r#""event":"unlinked""#),
            _ => false,
        }
    }
}

impl Host {
    fn new(pair: &Pair, leak: Leak) -> Self {
        let other = match leak {
            Leak::ExplorationRate => Some(pair.builder().exploration(0.9)),
            Leak::EndForgotten => Some(pair.builder_where(&pair.lapses.without_end())),
            Leak::NoticeForgotten => Some(pair.builder_where(&pair.lapses.without_news())),
            Leak::KeptForEver => Some(pair.builder_where(&pair.lapses.kept_for_ever())),
            Leak::PopularityOfEverybody => Some(pair.builder()),
            leak if leak.misses_something() => Some(pair.builder()),
            _ => None,
        };
        let other = other.map(|builder| builder.build().unwrap());
        Self {
            engine: pair.builder().build().unwrap(),
            other,
            leak,
            events: Cell::new(0),
            latest: Cell::new(Timestamp::MIN),
            seen: RefCell::default(),
        }
    }

    /// What a careless host notes of an event, whatever the customer allows.
    fn note(&self, event: &Event) {
        if event.kind().is_none() {
            if self.is(Leak::UntilTheNextChoice) {
                self.seen.borrow_mut().answers.remove(event.customer().value());
            }
            return;
        }
        let seen = &mut *self.seen.borrow_mut();
        self.events.set(self.events.get() + 1);
        self.latest.set(self.latest.get().max(event.at()));
        seen.customers.insert(event.customer().clone());
        *seen.lengths.entry(event.customer().clone()).or_default() += 1;
        let line: serde_json::Value = serde_json::from_str(&event.to_json()).unwrap();
        let Some(item) = line["item"].as_str().map(str::to_owned) else {
            return;
        };
        if !seen.first_seen.contains(&item) {
            seen.first_seen.push(item.clone());
        }
        if event.kind() == Some(&Kind::Purchased) {
            *seen.bought.entry(item.clone()).or_default() += 1;
            seen.baskets.entry(event.customer().clone()).or_default().insert(item);
        }
    }

    fn is(&self, leak: Leak) -> bool {
        self.leak == leak
    }

    /// The engine that a request goes to, and the request as it goes there.
    fn sent(&self, request: &Request) -> (&Engine, Request) {
        let explores = self.is(Leak::ExplorationRate) && self.events.get() % 8 > 3;
        let engine = self.other.as_ref().filter(|_| explores).unwrap_or(&self.engine);
        let request = match self.is(Leak::SharedRandomStream) {
            true => request.clone().seed(self.events.get()),
            false => request.clone(),
        };
        (engine, request)
    }

    /// What the host makes of a decision.
    fn dressed(&self, request: &Request, decision: Decision) -> Answer {
        let seen = self.seen.borrow();
        let mut answer = Answer::from(decision);
        let add = match self.leak {
            Leak::PopulationCount => format!("Chosen for {} customers.", seen.customers.len()),
            Leak::ContactCost => {
                let events = seen.lengths.get(request.customer()).copied().unwrap_or(0);
                format!("cost {}", 0.01 * (events / 4) as f64)
            }
            Leak::WelcomeBack => {
                let report =
                    self.engine.customer_report(request.customer().clone(), self.latest.get());
                let known = report.unwrap().is_some_and(|report| !report.history.is_empty());
                String::from(if known { "Welcome back!" } else { "Hello." })
            }
            Leak::RightOfAccess => {
                let report =
                    self.engine.customer_report(request.customer().clone(), self.latest.get());
                let last =
                    report.unwrap().and_then(|report| Some(report.history.last()?.kind.clone()));
                format!("{:?}", last == Some(Kind::ContactedSupport))
            }
            _ => String::new(),
        };
        answer.words.push_str(&add);
        answer
    }

    fn cached(&self, request: &Request, fresh: impl FnOnce() -> Answer) -> Answer {
        let answer = fresh();
        if !self.is(Leak::StaleCache) && !self.is(Leak::UntilTheNextChoice) {
            return answer;
        }
        let key = request.customer().value().to_owned();
        let answers = &mut self.seen.borrow_mut().answers;
        let bytes = answers.entry(key).or_insert(answer.bytes).clone();
        Answer { bytes, words: answer.words }
    }
}

impl System for Host {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn looks_with(&self) -> &Engine {
        self.other.as_ref().filter(|_| self.leak.misses_something()).unwrap_or(&self.engine)
    }

    fn view(&self, customer: &str, purpose: &Purpose, now: Timestamp, visit: &Session) -> Vec<u8> {
        let view = Looks(self).view(customer, purpose, now, visit);
        if !self.is(Leak::PermitReused) {
            return view;
        }
        let views = &mut self.seen.borrow_mut().views;
        views.entry((customer.to_owned(), purpose.clone())).or_insert(view).clone()
    }

    fn permissions(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        let mut told = Looks(self).permissions(customer, now);
        if self.is(Leak::Switches) {
            let report = self.engine.customer_report(customer, now).unwrap();
            told.push(report.map_or(0, |report| report.history.len() as u8));
        }
        told
    }

    fn household(&self, address: &Identifier, now: Timestamp) -> Vec<u8> {
        let mut told = Looks(self).household(address, now);
        if self.is(Leak::Household) {
            let seen = self.seen.borrow();
            let bought = |n| seen.lengths.get(&Identifier::from(world::name(n).as_str())).copied();
            told.extend([0, 1].map(|n| bought(n).unwrap_or(0) as u8));
        }
        told
    }

    fn report(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        let mut told = Looks(self).report(customer, now);
        if self.is(Leak::OthersReport) {
            told.extend(self.events.get().to_le_bytes());
        }
        told
    }

    fn export(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        let mut told = Looks(self).export(customer, now);
        if self.is(Leak::OthersExport) {
            told.extend(format!("{:?}", self.seen.borrow().bought).into_bytes());
        }
        told
    }

    fn record(&self, now: Timestamp, event: Event) {
        self.note(&event);
        if let Some(other) = &self.other {
            let chosen = event.to_json().contains(r#""event":"consent""#);
            if self.is(Leak::PopularityOfEverybody) && chosen {
                let all = Event::consent(event.customer(), event.at())
                    .level(Level::Collaborative)
                    .allow(Purpose::CollaborativeLearning);
                let _ = other.record(now, all).unwrap();
            } else if !self.leak.misses(&event.to_json()) {
                let _ = other.record(now, event.clone()).unwrap();
            }
        }
        if self.is(Leak::OneInAHundred) {
            self.sell(now, &event);
        }
        let recorded = self.engine.record(now, event.clone()).unwrap();
        let turned_away = matches!(recorded, Recorded::NotAllowed(NotAllowed::Category(_)));
        if self.is(Leak::Laundering) && turned_away {
            let fact = Event::declared(event.customer(), event.at()).attribute("city", "Riga");
            let _ = self.engine.record(now, fact).unwrap();
        }
    }

    fn advance(&self, now: Timestamp) -> Vec<Change> {
        if self.is(Leak::ChangesInBatches) && self.events.get().is_multiple_of(8) {
            return Vec::new();
        }
        if let Some(other) = &self.other {
            other.advance(now).unwrap();
        }
        self.engine.advance(now).unwrap()
    }

    fn fit(&self, now: Timestamp) {
        let now = match self.is(Leak::Freshness) {
            true => self.latest.get(),
            false => now,
        };
        for engine in self.other.iter().chain([&self.engine]) {
            engine.fit(now).unwrap();
        }
    }

    fn decide(&self, request: &Request) -> Answer {
        let (engine, sent) = self.sent(request);
        self.cached(request, || self.dressed(request, engine.decide(&sent).unwrap()))
    }

    fn preview(&self, request: &Request) -> Answer {
        let (engine, sent) = self.sent(request);
        self.cached(request, || self.dressed(request, engine.preview(&sent).unwrap()))
    }

    fn recommend(&self, customer: &str, by: &str, scope: Scope, now: Timestamp) -> Vec<u8> {
        let everybody = self.is(Leak::PopularityOfEverybody);
        let engine =
            self.other.as_ref().filter(|_| everybody && by == "popular").unwrap_or(&self.engine);
        let mut list = engine.recommend(customer, by, 4, scope, now).unwrap();
        let seen = self.seen.borrow();
        match self.leak {
            Leak::Normaliser => {
                let most = seen.bought.values().max().copied().unwrap_or(1) as f64;
                list.iter_mut().for_each(|item| item.score /= most);
            }
            Leak::TieBreak => {
                let first = |item: &ItemId| seen.first_seen.iter().position(|i| i == item.as_str());
                list.sort_by(|a, b| {
                    (b.score.total_cmp(&a.score)).then(first(&a.item).cmp(&first(&b.item)))
                });
            }
            Leak::CoOccurrence if by == "together" => {
                for item in &mut list {
                    let with = |basket: &&BTreeSet<String>| basket.contains(item.item.as_str());
                    let others = seen.baskets.values().filter(with);
                    item.score = others.map(|basket| basket.len() as f64 - 1.0).sum();
                }
            }
            _ => {}
        }
        serde_json::to_vec(&list).unwrap()
    }

    fn segments_of(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        let mut segments = self.looks_with().segments_of(customer, now).unwrap();
        if self.is(Leak::SegmentThreshold) {
            let seen = self.seen.borrow();
            let mut lengths: Vec<usize> = seen.lengths.values().copied().collect();
            lengths.sort_unstable();
            let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
            let own = self.engine.view(customer, Purpose::Personalisation, now, None);
            if own.unwrap().len() >= median {
                segments.push("active".into());
            }
        }
        serde_json::to_vec(&segments).unwrap()
    }
}

/// What looks at customers, without what the host makes of it.
struct Looks<'a>(&'a Host);

impl System for Looks<'_> {
    fn engine(&self) -> &Engine {
        self.0.looks_with()
    }
}

impl Host {
    /// Every now and then an event goes on under another name.
    fn sell(&self, now: Timestamp, event: &Event) {
        let line = event.to_json();
        let hash = line.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        if event.kind() != Some(&Kind::Purchased) || !(hash >> 20).is_multiple_of(100) {
            return;
        }
        let willing = Event::consent("willing", event.at())
            .level(Level::Collaborative)
            .allow(Purpose::CollaborativeLearning);
        let _ = self.engine.record(now, willing).unwrap();
        let mut sold: serde_json::Value = serde_json::from_str(&line).unwrap();
        sold["customer"] = "willing".into();
        sold["id"] = format!("sold {hash}").into();
        let sold = Event::from_json(&sold.to_string()).unwrap();
        let _ = self.engine.record(now, sold).unwrap();
    }
}

/// How many pairs it takes until a leak shows, and where.
fn hunt(leak: Leak, patience: u64) -> Option<(u64, String)> {
    (0..patience).find_map(|n| {
        let differs = match n % 2 {
            0 => Differs::Secret,
            _ => Differs::NotForOthers,
        };
        let seed = 40_000_000 + n;
        let pair = Pair::new(seed, differs);
        let comparison = pair.compare(|pair| Box::new(Host::new(pair, leak)));
        comparison.leak.map(|found| (n + 1, found))
    })
}

#[test]
fn every_planted_leak_is_caught() {
    let mut unseen = Vec::new();
    for leak in LEAKS {
        match hunt(leak, PATIENCE) {
            Some((pairs, found)) => println!(
                "{leak:?}: {pairs} pairs; {}",
                found
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .split(" about ")
                    .next()
                    .unwrap_or_default()
            ),
            None => unseen.push(leak),
        }
    }
    assert!(unseen.is_empty(), "not caught within {PATIENCE} pairs: {unseen:?}");
}

#[test]
fn without_a_leak_there_is_no_alarm() {
    let found = hunt(Leak::Nothing, 200);
    assert!(found.is_none(), "{}", found.unwrap().1);
}
