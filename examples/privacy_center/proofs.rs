//! Act four: small versions of the proofs, on real purchases. Worlds of a few households,
//! told twice: once as it was, and once with what one household bought, and does not allow
//! to be used, taken from another. Every answer must be the same, byte for byte; and where a
//! leak is planted, it must show.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use confidant::{
    Channel, Engine, Event, Level, Load, MemoryStore, Purpose, Request, Scope, Store, Timestamp,
    days, hours, minutes,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::Arguments;
use crate::check::holds;
use crate::sample::Sample;
use crate::shop;
use crate::support::lines::Line;
use crate::support::measure::Stopwatch;
use crate::support::progress::Progress;
use crate::support::{Result, say};
use crate::words::Words;

/// How many households a world has, and how many lines of each.
const HOUSEHOLDS: usize = 5;
const LINES: usize = 60;

/// What was found.
pub(crate) struct Proofs {
    pub(crate) pairs: u64,
    pub(crate) planted: usize,
    pub(crate) caught: usize,
    pub(crate) permit_check_ns: f64,
    pub(crate) ledger_record_us: f64,
}

/// What a careless host could build around the engine.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Leak {
    /// Scores are divided by the sales of everybody's best seller.
    BestSeller,
    /// The words say how many different things anybody bought.
    Assortment,
    /// "Last bought an hour ago": as of the latest line of anybody.
    Freshness,
    /// What others learn from is consented to on the household's behalf.
    OnBehalf,
    /// What may not be used is recorded once more, as a declared fact that may.
    Laundered,
    /// What the right of access shows ends up in an answer.
    RightOfAccess,
    /// One line in ten is sold as somebody else's, who allows everything.
    OneInTen,
}

const LEAKS: [Leak; 7] = [
    Leak::BestSeller,
    Leak::Assortment,
    Leak::Freshness,
    Leak::OnBehalf,
    Leak::Laundered,
    Leak::RightOfAccess,
    Leak::OneInTen,
];

/// Whether the household in whose lines two worlds differ allows their use.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stance {
    Silent,
    Open,
}

/// Two worlds: the lines of some households, and those that the first of them has in the
/// other one.
struct Pair<'a> {
    lines: Vec<Vec<&'a Line>>,
    instead: Vec<&'a Line>,
    now: Timestamp,
}

pub(crate) fn act(sample: &Sample, arguments: &Arguments, words: &Words) -> Result<Proofs> {
    say::heading(words.say("proofs"));
    let mut of: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in sample.purchases.iter().filter(|line| Sample::is_purchase(line)) {
        of.entry(line.customer.value()).or_default().push(line);
    }
    let all: Vec<Vec<&Line>> = of.into_values().filter(|lines| lines.len() > LINES).collect();
    let draw = |n: u64| Pair::draw(&all, sample.now(), arguments.seed.wrapping_add(n));
    let mut progress = Progress::new("proving", arguments.pairs);
    let mut shown = 0;
    for n in 0..arguments.pairs {
        let pair = draw(n);
        holds("what is not allowed changes nothing", !pair.differs(sample, Stance::Silent, None)?)?;
        shown += u64::from(pair.differs(sample, Stance::Open, None)?);
        progress.add(1);
    }
    drop(progress);
    say::checked(&format!("{} {}", arguments.pairs, words.say("proofs.pairs")));
    holds("what is allowed shows", shown * 10 >= arguments.pairs * 3)?;
    say::checked(&format!("{shown} / {} {}", arguments.pairs, words.say("proofs.shown")));
    let mut caught = 0;
    for leak in LEAKS {
        let mut found = None;
        for n in 0..arguments.pairs {
            if draw(n).differs(sample, Stance::Silent, Some(leak))? {
                found = Some(n + 1);
                break;
            }
        }
        caught += usize::from(found.is_some());
        let (name, pair) = (format!("{leak:?}"), found.map_or("-".to_owned(), |n| n.to_string()));
        println!(
            "    {}: {name:14} {} {pair}",
            words.say("proofs.leak"),
            words.say("proofs.found")
        );
    }
    holds("every planted leak is caught", caught == LEAKS.len())?;
    Ok(Proofs {
        pairs: arguments.pairs,
        planted: LEAKS.len(),
        caught,
        permit_check_ns: permit_check()?,
        ledger_record_us: ledger_record()?,
    })
}

impl<'a> Pair<'a> {
    fn draw(all: &[Vec<&'a Line>], end: Timestamp, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut own = || -> Vec<&'a Line> {
            let lines = all.get(rng.random_range(0..all.len())).map(Vec::as_slice);
            let lines = lines.unwrap_or_default();
            let from = rng.random_range(0..lines.len() - LINES + 1);
            lines.iter().skip(from).take(LINES).copied().collect()
        };
        let lines: Vec<Vec<&Line>> = (0..HOUSEHOLDS).map(|_| own()).collect();
        Self { instead: own(), lines, now: end }
    }

    /// Whether anything that anybody can be told differs between the two worlds.
    fn differs(&self, sample: &Sample, stance: Stance, leak: Option<Leak>) -> Result<bool> {
        let world = |first: &[&Line]| World::told(sample, self, first, stance, leak)?.answers();
        let first = self.lines.first().map(Vec::as_slice).unwrap_or_default();
        Ok(world(first)? != world(&self.instead)?)
    }
}

/// A world that was told, with what a careless host has gathered of it.
struct World<'a> {
    engine: Engine,
    lines: Vec<&'a Line>,
    now: Timestamp,
    leak: Option<Leak>,
}

fn name(household: usize) -> String {
    format!("household {household}")
}

impl<'a> World<'a> {
    fn told(
        sample: &Sample,
        pair: &Pair<'a>,
        first: &[&'a Line],
        stance: Stance,
        leak: Option<Leak>,
    ) -> Result<Self> {
        let engine = shop::engine().catalog(sample.catalog.clone()).build()?;
        let now = pair.now;
        let silent = |household| household == 0 && stance == Stance::Silent;
        // What is allowed when something arrives decides whether it is kept.
        let speaks = |n: &usize| !silent(*n) || leak == Some(Leak::OnBehalf);
        let said = (0..pair.lines.len()).filter(speaks);
        let mut events: Vec<Event> =
            said.map(|n| everything(&name(n), sample.beginning())).collect();
        let mut all = Vec::new();
        for (household, lines) in pair.lines.iter().enumerate() {
            let lines = if household == 0 { first } else { lines.as_slice() };
            let silent = silent(household);
            events.extend(
                lines
                    .iter()
                    .enumerate()
                    .flat_map(|(n, line)| retold(line, household, n, silent, leak).into_iter()),
            );
            all.extend_from_slice(lines);
        }
        let report = engine.record_all(now, events);
        if let Some((place, why)) = report.refused.first() {
            return Err(format!("event {place} of a world was turned away: {why:?}").into());
        }
        engine.advance(now)?;
        engine.fit(now)?;
        Ok(Self { engine, lines: all, now, leak })
    }

    /// Everything that anybody can be told, as bytes.
    fn answers(&self) -> Result<Vec<u8>> {
        let mut bytes = self.engine.statistics().digest().to_string().into_bytes();
        for household in 0..HOUSEHOLDS + 1 {
            let who = name(household);
            for channel in [Channel::Web, Channel::Email] {
                let decision =
                    self.engine.preview(&Request::new(who.as_str(), channel, self.now))?;
                bytes.extend(decision.to_bytes());
                bytes.extend(decision.receipt().explain().into_bytes());
            }
            for by in ["popularity", "personal", "item_item"] {
                let list = self.engine.recommend(who.as_str(), by, 5, Scope::All, self.now)?;
                bytes.extend(serde_json::to_vec(&list)?);
            }
            bytes.extend(serde_json::to_vec(&self.engine.segments_of(who.as_str(), self.now)?)?);
            bytes.extend(serde_json::to_vec(&self.engine.predictions(who.as_str(), self.now)?)?);
        }
        bytes.extend(self.gathered()?);
        Ok(bytes)
    }

    /// What the host adds to its answers from what it gathered of everybody.
    fn gathered(&self) -> Result<Vec<u8>> {
        let items = || self.lines.iter().filter_map(|line| line.item.as_deref());
        Ok(match self.leak {
            Some(Leak::BestSeller) => {
                let mut sold: BTreeMap<&str, u32> = BTreeMap::new();
                items().for_each(|item| *sold.entry(item).or_default() += 1);
                sold.values().max().copied().unwrap_or(0).to_le_bytes().to_vec()
            }
            Some(Leak::Assortment) => items().collect::<BTreeSet<_>>().len().to_le_bytes().to_vec(),
            Some(Leak::Freshness) => {
                let latest = self.lines.iter().map(|line| line.at.as_millis()).max();
                latest.unwrap_or(0).to_le_bytes().to_vec()
            }
            Some(Leak::RightOfAccess) => {
                let report = self.engine.customer_report(name(0).as_str(), self.now)?;
                serde_json::to_vec(&report)?
            }
            _ => Vec::new(),
        })
    }
}

/// A line of a household, and what a careless host makes of it.
fn retold(line: &Line, household: usize, n: usize, silent: bool, leak: Option<Leak>) -> Vec<Event> {
    let bought = |who: &str| {
        let event = Event::purchased(who, line.at).item(line.item.as_deref().unwrap_or_default());
        Event::from(event.order(format!("order {}", n / 6)).id(format!("{who}, line {n}")))
    };
    let own = name(household);
    let mut events = vec![bought(&own)];
    match leak {
        Some(Leak::OneInTen) if silent && n.is_multiple_of(10) => {
            let other = name(1);
            let sold = Event::purchased(other.as_str(), line.at);
            let sold = sold.item(line.item.as_deref().unwrap_or_default());
            events.push(sold.id(format!("sold {n}")).into());
        }
        Some(Leak::Laundered) if silent && n == 0 => {
            // Under the name of somebody who allows it.
            let item = line.item.as_deref().unwrap_or_default();
            let fact = Event::declared(name(1).as_str(), line.at).attribute("neighbour_buys", item);
            events.push(fact.into());
            let seen = Event::viewed(name(1).as_str(), line.at).item(item);
            events.push(seen.id("laundered").into());
            events.push(Event::purchased(name(1).as_str(), line.at).item(item).id("wash").into());
        }
        _ => {}
    }
    events
}

fn everything(customer: &str, at: Timestamp) -> Event {
    let all = Event::consent(customer, at).level(Level::Collaborative);
    all.allow(Purpose::Personalisation)
        .allow(Purpose::CollaborativeLearning)
        .allow(Purpose::DirectMarketing)
        .into()
}

/// What it costs to ask what a customer allows, in nanoseconds of CPU time.
fn permit_check() -> Result<f64> {
    const ROUNDS: u32 = 2_000_000;
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::builder().privacy(shop::privacy()).store(store.clone()).build()?;
    let now = Timestamp::from_secs(1_700_000_000);
    let _ = engine.record(now, everything("ana", now))?;
    let ana = "ana".into();
    let found = store.read(&[engine.key(&ana)])?.pop().flatten();
    let Load::Customer(loaded) = engine.load(&ana, found)? else {
        return Err("she is kept under another name".into());
    };
    let (policy, later) = (engine.privacy(), now + hours(1));
    let stopwatch = Stopwatch::start();
    for _ in 0..ROUNDS {
        black_box(loaded.permit(black_box(&policy), Purpose::Personalisation, later));
    }
    Ok(stopwatch.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS))
}

/// What a record in the ledger costs beside the choice that it is of, in microseconds of CPU
/// time: the least of some rounds with it, less the least without.
fn ledger_record() -> Result<f64> {
    const CHOICES: u32 = 2_000;
    let round = |with: bool| -> Result<Duration> {
        let builder = Engine::builder().privacy(shop::privacy());
        let engine = if with { builder.proof(shop::key()) } else { builder }.build()?;
        let now = Timestamp::from_secs(1_700_000_000);
        let choice = |n: u32| {
            let at = now + minutes(n);
            let who = format!("customer {}", n % 200);
            Event::consent(who.as_str(), at).allow(Purpose::Personalisation).into()
        };
        let choices: Vec<Event> = (0..CHOICES).map(choice).collect();
        let stopwatch = Stopwatch::start();
        let _ = engine.record_all(now + days(30), choices);
        Ok(stopwatch.elapsed())
    };
    let least = |with| -> Result<Duration> {
        let rounds = (0..5).map(|_| round(with)).collect::<Result<Vec<_>>>()?;
        Ok(rounds.into_iter().min().unwrap_or_default())
    };
    let spent = least(true)?.saturating_sub(least(false)?);
    Ok(spent.as_secs_f64() * 1e6 / f64::from(CHOICES))
}
