//! Law 7: what is acknowledged is kept. Random days of a shop are cut short at every call
//! of the store, by crashes that take all that a crash may take, or only some of it; after
//! each a new engine goes on. No choice, refusal, bounce, objection, contact, unit, link
//! or erasure that a host was told of is lost; limits hold over the crash; and nothing is
//! half-written.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use confidant::conformance::{Failing, Fault, Volatile};
use confidant::*;
use world::{Datum, Rng, Stance, catalog, name, privacy, turn};

const CUSTOMERS: usize = 3;
const CARDS: usize = 3;

/// How many gifts there are, and how many e-mails a customer gets in seven days.
const GIFTS: usize = 4;
const MAILS: usize = 2;

fn card(number: usize) -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, format!("card {number}"))
}

fn shop(store: impl Store) -> Result<Engine> {
    let both = |action: Action| {
        action.treatment(Treatment::on(Channel::Email)).treatment(Treatment::on(Channel::Web))
    };
    Engine::builder()
        .store(store)
        .seal_after(5)
        .catalog(catalog())
        .privacy(privacy())
        .segment(Segment::new("buyer", count(Kind::Purchased).at_least(1)))
        .action(both(Action::new("gift").value(9.0).volume(GIFTS as u64)))
        .action(both(Action::new("news")))
        .contact(
            ContactPolicy::new()
                .cap_on(Channel::Email, MAILS as u32, days(7))
                .rest_after_declined(days(1))
                .rest_after_bounce(days(1)),
        )
        .build()
}

// ---------------------------------------------------------------- what is asked

/// What a host asks of its engine.
#[derive(Debug, Clone)]
enum Deed {
    Tell(Event),
    TellAll(Vec<Event>),
    Link(Event),
    Decide(Channel, Vec<Request>),
    DecideAll(Channel, Vec<Request>),
    Erase(Identifier),
    Advance,
}

/// Answers, and where they were given.
type Told = Vec<(Channel, Decision)>;

/// A customer under the name, or under a card.
fn somebody(rng: &mut Rng) -> Identifier {
    if rng.chance(70) { name(rng.below(CUSTOMERS)).into() } else { card(rng.below(CARDS)) }
}

impl Deed {
    fn random(rng: &mut Rng, n: usize, now: Timestamp) -> Self {
        let who = rng.below(CUSTOMERS);
        let channel = rng.pick(&[Channel::Email, Channel::Email, Channel::Web]);
        let action = rng.pick(&["gift", "news"]);
        match rng.below(16) {
            0..2 => {
                let stance = if rng.chance(60) { Stance::open() } else { Stance::random(rng) };
                Self::Tell(stance.chosen(&name(who), now))
            }
            2 => Self::Tell(match rng.below(3) {
                0 => Event::consent(name(who), now).object_to(channel).into(),
                1 => Event::consent(name(who), now).lift_objection(channel).into(),
                _ => Event::consent(name(who), now).withdraw(Purpose::DirectMarketing).into(),
            }),
            3 => {
                let reply = rng.pick(&[Reply::Declined, Reply::Bounced]);
                Self::Tell(Event::outcome(name(who), now, action, reply).on(channel).into())
            }
            4..6 => {
                Self::Tell(Datum::random(rng, format!("d{n}"), who, now - hours(n as u32)).event())
            }
            6 => {
                let datum = |m| Datum::random(rng, format!("d{n}-{m}"), m % CUSTOMERS, now).event();
                Self::TellAll((0..6).map(datum).collect())
            }
            7..9 => Self::Link(
                Event::linked(name(who), now, card(rng.below(CARDS))).id(format!("l{n}")).into(),
            ),
            9..13 => {
                let ask = Request::new(somebody(rng), channel.clone(), now).seed(n as u64);
                Self::Decide(channel, vec![ask])
            }
            13 => {
                let ask = |who| Request::new(name(who), channel.clone(), now);
                Self::DecideAll(channel.clone(), (0..CUSTOMERS).map(ask).collect())
            }
            14 => Self::Erase(somebody(rng)),
            _ => Self::Advance,
        }
    }

    /// Does it. What was decided is told, and only that: an error tells nothing.
    fn of(&self, engine: &Engine, now: Timestamp) -> Result<Told> {
        match self {
            Self::Tell(event) => engine.record(now, event.clone()).map(|_| Vec::new()),
            // Whoever has the card keeps it.
            Self::Link(event) => match engine.record(now, event.clone()) {
                Err(error) if error.kind() != ErrorKind::IdentityConflict => Err(error),
                _ => Ok(Vec::new()),
            },
            Self::TellAll(events) => {
                let report = engine.record_all(now, events.clone());
                let failed = report.refused.into_iter().find_map(|(_, refusal)| match refusal {
                    Refusal::Error(error) => Some(error),
                    Refusal::NotAllowed(_) => None,
                });
                failed.map_or(Ok(Vec::new()), Err)
            }
            Self::Decide(channel, requests) => {
                let decide = |request| Ok((channel.clone(), engine.decide(request)?));
                requests.iter().map(decide).collect()
            }
            Self::DecideAll(channel, requests) => {
                let answers = engine.decide_all(requests)?.into_iter();
                answers.map(|answer| Ok((channel.clone(), answer?))).collect()
            }
            Self::Erase(who) => engine.erase(who).map(|_| Vec::new()),
            Self::Advance => engine.advance(now).map(|_| Vec::new()),
        }
    }
}

// ---------------------------------------------------------------- what was promised

/// What no crash may take of a customer: choices, links, contacts and the answers to
/// them; and what an e-mail is held back by, objections among it.
#[derive(Debug, Clone, PartialEq)]
struct Essence {
    customer: Identifier,
    level: Level,
    allowed: Vec<(Purpose, Vec<DataCategory>)>,
    identifiers: Vec<Identifier>,
    contacts: Vec<String>,
    held_back: String,
}

fn essence(engine: &Engine, who: Identifier, now: Timestamp) -> Option<Essence> {
    let report = engine.customer_report(&who, now).unwrap()?;
    let nothing_said = report.level == Level::Contextual
        && matches!(report.allowed.as_slice(), [(Purpose::Contextual, _)])
        && report.contacts.is_empty()
        && report.identifiers.is_empty();
    if nothing_said {
        // What such a customer did may be lost, and with it the record.
        return None;
    }
    // A contact on the host's own pages counts towards nothing.
    let counts = |line: &&ContactLine| {
        let reaches_out = line.channel.as_ref().is_some_and(Channel::reaches_out);
        reaches_out || line.action == "gift" || line.what != "contacted"
    };
    let contacts = report.contacts.iter().filter(counts);
    let held_back = |channel: Channel| {
        let preview = engine.preview(&Request::new(&who, channel, now)).unwrap();
        let of_news = |line: &&Considered| line.action.as_str() == "news";
        match preview.receipt().considered().iter().find(of_news).map(|line| line.verdict.clone()) {
            Some(Verdict::Refused(obstacle)) => format!("{obstacle:?}"),
            _ => String::new(),
        }
    };
    Some(Essence {
        customer: report.customer,
        level: report.level,
        allowed: report.allowed,
        identifiers: report.identifiers.into_iter().map(|linked| linked.identifier).collect(),
        contacts: contacts
            .map(|line| format!("{} {} {} {:?}", line.at, line.what, line.action, line.channel))
            .collect(),
        held_back: [Channel::Email, Channel::Web].map(held_back).join(", "),
    })
}

fn essences(engine: &Engine, now: Timestamp) -> Vec<Option<Essence>> {
    (0..CUSTOMERS).map(|who| essence(engine, name(who).into(), now)).collect()
}

// ---------------------------------------------------------------- the host

/// How the power goes.
#[derive(Debug, Clone, Copy)]
enum Crash {
    Worst,
    Uneven(u64),
}

/// What comes in between a deed.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    None,
    /// A call goes wrong; the host asks again.
    Fault(usize, Fault),
    /// The power goes at a call; the host asks the next engine again, or does not.
    Cut(usize, Crash, bool),
    /// The power goes when all is done.
    After(Crash),
}

impl Trouble {
    fn random(rng: &mut Rng) -> Self {
        let crash = if rng.chance(40) { Crash::Worst } else { Crash::Uneven(rng.next()) };
        match rng.below(10) {
            0 | 1 => Self::Fault(rng.below(8), rng.pick(&[Fault::Refused, Fault::AnswerLost])),
            2 | 3 => Self::Cut(rng.below(8), crash, rng.chance(50)),
            4 => Self::After(crash),
            _ => Self::None,
        }
    }
}

/// Passes commits on as no more than buffered, if it is told to.
#[derive(Debug)]
struct Lax(Arc<Volatile>, bool);

impl Store for Lax {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.0.read(keys)
    }

    fn commit(&self, batches: &[Batch], durability: Durability) -> Result<Vec<Commit>> {
        self.0.commit(batches, if self.1 { Durability::Buffered } else { durability })
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Stored)>> {
        self.0.scan(after, limit)
    }
}

/// What there was to lose in the end.
#[derive(Debug, Default)]
struct Tally {
    gifts: usize,
    mails: usize,
    links: usize,
}

/// A host with its store, its engine, and what it was told.
struct Host {
    disk: Arc<Volatile>,
    lax: bool,
    store: Arc<Failing<Lax>>,
    engine: Engine,
    now: Timestamp,
    promised: Vec<Option<Essence>>,
    gifts: BTreeSet<u64>,
    mails: BTreeMap<Identifier, BTreeMap<u64, Timestamp>>,
    story: Vec<String>,
    /// Whether the trouble of the last deed came to be.
    struck: bool,
}

type Kept = std::result::Result<(), String>;

impl Host {
    fn new(lax: bool) -> Self {
        let disk = Arc::new(Volatile::new());
        let store = Arc::new(Failing::new(Lax(disk.clone(), lax)));
        let engine = shop(store.clone()).unwrap();
        let promised = vec![None; CUSTOMERS];
        let (gifts, mails, story) = Default::default();
        Self { disk, lax, store, engine, now: turn(), promised, gifts, mails, story, struck: false }
    }

    /// Another engine, which makes nothing durable.
    fn looks(&self) -> Engine {
        shop(Lax(self.disk.clone(), true)).unwrap()
    }

    fn must(&self, holds: bool, what: impl FnOnce() -> String) -> Kept {
        match holds {
            true => Ok(()),
            false => Err(format!("{}\nafter\n{}", what(), self.story.join("\n"))),
        }
    }

    /// Does a deed, whatever comes in between, and looks whether promises are kept.
    fn does(&mut self, deed: &Deed, trouble: Trouble) -> Kept {
        self.now = self.now + hours(3);
        let what: String = format!("{deed:?}").chars().take(60).collect();
        self.story.push(format!("{} {what} {trouble:?}", self.now));
        match trouble {
            Trouble::Fault(at, fault) => self.store.fail(at..at + 1, fault),
            Trouble::Cut(at, ..) => self.store.fail(at..usize::MAX, Fault::Refused),
            Trouble::None | Trouble::After(_) => {}
        }
        let mut done = deed.of(&self.engine, self.now);
        self.struck = match trouble {
            Trouble::Fault(at, _) | Trouble::Cut(at, ..) => self.store.calls() > at,
            Trouble::None | Trouble::After(_) => false,
        };
        self.store.fail(0..0, Fault::Refused);
        if let (Err(_), Trouble::Cut(_, crash, again)) = (&done, trouble) {
            self.crash(crash)?;
            // Whoever was told that an erasure failed asks again.
            if !again && !matches!(deed, Deed::Erase(_)) {
                self.promised = essences(&self.looks(), self.now);
                return Ok(());
            }
        }
        if done.is_err() {
            done = deed.of(&self.engine, self.now);
        }
        let told = done.map_err(|error| format!("{error}\nafter\n{}", self.story.join("\n")))?;
        self.is_told(&told)?;
        self.promised = essences(&self.looks(), self.now);
        if let Deed::Erase(who) = deed {
            let engine = self.looks();
            self.mails.retain(|customer, _| {
                engine.customer_report(customer, self.now).unwrap().is_some()
            });
            let gone = self.promised.iter().flatten().all(|essence| essence.customer != *who);
            self.must(gone, || format!("{who:?} was erased, and is there"))?;
        }
        self.learns_what_is_kept()?;
        match trouble {
            Trouble::After(crash) => self.crash(crash),
            _ => self.links_lead_home(),
        }
    }

    /// Takes the answers to the customers.
    fn is_told(&mut self, told: &Told) -> Kept {
        for (channel, decision) in told {
            let id = decision.receipt().id();
            let Some(action) = decision.action() else { continue };
            if action.as_str() == "gift" {
                self.gifts.insert(id);
            }
            if *channel == Channel::Email {
                let report =
                    self.looks().customer_report(decision.receipt().customer(), self.now).unwrap();
                let mails = self.mails.entry(report.unwrap().customer).or_default();
                mails.insert(id, decision.receipt().at());
                let from = self.now - days(7);
                let lately = mails.values().filter(|at| **at > from).count();
                self.must(lately <= MAILS, || format!("{lately} e-mails in a week"))?;
            }
        }
        self.must(self.gifts.len() <= GIFTS, || format!("{} gifts", self.gifts.len()))
    }

    /// The engine goes, and the store loses what a crash may take; another one goes on.
    fn crash(&mut self, crash: Crash) -> Kept {
        let before = essences(&self.looks(), self.now);
        match crash {
            Crash::Worst => self.disk.crash(),
            Crash::Uneven(seed) => self.disk.crash_unevenly(seed),
        }
        self.store = Arc::new(Failing::new(Lax(self.disk.clone(), self.lax)));
        self.engine = shop(self.store.clone()).map_err(|error| error.to_string())?;
        let after = essences(&self.looks(), self.now);
        for (who, after) in after.iter().enumerate() {
            let (promised, before) = (&self.promised[who], &before[who]);
            self.must(after == promised || after == before, || {
                format!("{crash:?}: promised {promised:?}\nor {before:?}\nthere is {after:?}")
            })?;
        }
        self.links_lead_home()
    }

    /// What this engine learned is what one learns from the store.
    fn learns_what_is_kept(&self) -> Kept {
        let anew = self.looks().statistics().digest();
        self.must(self.engine.statistics().digest() == anew, || "statistics differ".into())
    }

    /// Every card leads to a customer whose record says so, or who is being erased.
    fn links_lead_home(&self) -> Kept {
        for card in (0..CARDS).map(card) {
            let key = self.engine.key(&card);
            let Some(found) = self.disk.read(&[key]).unwrap().pop().unwrap() else { continue };
            let Ok(Load::Elsewhere(customer)) = self.engine.load(&card, Some(found)) else {
                continue;
            };
            let essence = essence(&self.looks(), customer.clone(), self.now);
            let known = essence.is_some_and(|essence| essence.identifiers.contains(&card));
            let last = self.story.last().cloned().unwrap_or_default();
            self.must(known || last.contains("Erase"), || {
                format!("{card:?} leads to {customer:?}, who knows nothing of it")
            })?;
        }
        Ok(())
    }

    /// Everybody is erased, by name: nothing may be left but what was used up.
    fn ends(mut self) -> std::result::Result<Tally, String> {
        let links = self.promised.iter().flatten().map(|essence| essence.identifiers.len()).sum();
        let mails = self.mails.values().map(BTreeMap::len).sum();
        let tally = Tally { gifts: self.gifts.len(), mails, links };
        for who in 0..CUSTOMERS {
            self.does(&Deed::Erase(name(who).into()), Trouble::None)?;
        }
        // Who is known by a card alone has no other name.
        for card in (0..CARDS).map(card) {
            let customer = self.engine.customer_report(&card, self.now).unwrap();
            if customer.is_some_and(|report| report.customer == card) {
                self.does(&Deed::Erase(card), Trouble::None)?;
            }
        }
        let volumes = self.engine.volume_keys();
        let left = self.disk.scan(None, usize::MAX).unwrap();
        let left: Vec<&Key> = left.iter().map(|(key, _)| key).collect();
        self.must(left.iter().all(|key| volumes.contains(key)), || {
            format!("{left:?} are left of customers who were erased")
        })?;
        Ok(tally)
    }
}

// ---------------------------------------------------------------- the days

/// Three customers who allow everything.
fn opened(lax: bool) -> std::result::Result<Host, String> {
    let mut host = Host::new(lax);
    for who in 0..CUSTOMERS {
        host.does(&Deed::Tell(Stance::open().chosen(&name(who), turn())), Trouble::None)?;
        let linking = Event::consent(name(who), turn()).allow(Purpose::IdentityLinking);
        host.does(&Deed::Tell(linking.into()), Trouble::None)?;
    }
    Ok(host)
}

/// Random days with troubles at random.
fn days_of(seed: u64, deeds: usize, lax: bool) -> std::result::Result<Tally, String> {
    let rng = &mut Rng::new(seed);
    let mut host = opened(lax)?;
    for n in 0..deeds {
        let deed = Deed::random(rng, n, host.now);
        host.does(&deed, Trouble::random(rng))?;
    }
    host.ends()
}

#[test]
fn what_was_promised_is_kept_over_crashes() {
    const RUNS: u64 = 300;
    let (mut broken, mut all) = (Vec::new(), Tally::default());
    for seed in 0..RUNS {
        match days_of(seed, 40, false) {
            Err(why) => broken.push(why),
            Ok(tally) => {
                all.gifts += tally.gifts;
                all.mails += tally.mails;
                all.links += tally.links;
            }
        }
    }
    assert!(broken.is_empty(), "{} of {RUNS} runs: {}", broken.len(), broken[0]);
    let enough = all.gifts > 500 && all.mails > 300 && all.links > 100;
    assert!(enough, "there was little to lose: {all:?}");
}

/// And the test knows: over a store for which nothing is durable, promises are broken.
#[test]
fn a_store_that_keeps_nothing_is_noticed() {
    let broken = (0..40).filter(|seed| days_of(*seed, 40, true).is_err()).count();
    assert!(broken > 30, "only {broken} of 40");
}

/// Each thing that a host may ask, cut at each of its calls, in each way.
#[test]
fn a_day_that_is_cut_at_any_call_breaks_no_promise() {
    let at = turn();
    let tell = |event: Event| Deed::Tell(event);
    let mail = |customer: Identifier, seed| {
        let ask = Request::new(customer, Channel::Email, at).seed(seed);
        Deed::Decide(Channel::Email, vec![ask])
    };
    let all = (0..CUSTOMERS).map(|who| Request::new(name(who), Channel::Web, at).seed(9));
    let bought = |n| Event::purchased(name(0), at).item(world::item(n)).id(format!("b{n}"));
    let day = [
        Deed::Link(Event::linked(name(0), at, card(0)).into()),
        Deed::TellAll((0..6).map(|n| bought(n).into()).collect()),
        mail(card(0), 1),
        Deed::Advance,
        Deed::DecideAll(Channel::Web, all.collect()),
        tell(Event::outcome(name(0), at, "news", Reply::Bounced).on(Channel::Email).into()),
        tell(Event::consent(name(1), at).object_to(Channel::Email).into()),
        mail(name(2).into(), 2),
        tell(Event::consent(name(2), at).withdraw(Purpose::DirectMarketing).into()),
        Deed::Link(Event::linked(name(0), at, card(1)).into()),
        Deed::Erase(card(1)),
        Deed::Erase(name(1).into()),
    ];
    let crashes = [Crash::Worst, Crash::Uneven(1), Crash::Uneven(2)];
    let mut struck = 0;
    for (n, _) in day.iter().enumerate() {
        for call in 0.. {
            let cuts = crashes
                .into_iter()
                .flat_map(|crash| [true, false].map(|again| Trouble::Cut(call, crash, again)));
            let faults = [Fault::Refused, Fault::AnswerLost].map(|f| Trouble::Fault(call, f));
            let mut reached = false;
            for trouble in cuts.chain(faults) {
                let mut host = opened(false).unwrap();
                for (m, deed) in day.iter().enumerate() {
                    let trouble = if m == n { trouble } else { Trouble::None };
                    host.does(deed, trouble).unwrap_or_else(|why| panic!("{why}"));
                    reached |= m == n && host.struck;
                }
                host.crash(Crash::Worst).unwrap_or_else(|why| panic!("{why}"));
                host.ends().unwrap_or_else(|why| panic!("{why}"));
            }
            struck += usize::from(reached);
            if !reached {
                break;
            }
        }
    }
    assert!(struck > 40, "only {struck} calls");
}
