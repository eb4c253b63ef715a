//! Law 9: less consent never costs the customer. For the same models and the same contact
//! history, lowering a level, withdrawing a purpose, allowing fewer categories, restricting,
//! objecting to a channel, a consent that runs out and a notice that asks anew add no
//! contact, let no action pass that did not, lift no cap, and lose no general offer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod world;

use std::collections::{BTreeMap, BTreeSet};

use confidant::*;
use world::{
    Datum, Grant, Rng, Stance, builder_with, moment, name, privacy, purposes, turn, visit,
};

/// When the customer allows less: from the first, or after the data are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    FromTheFirst,
    Withdrawn,
}

/// How the customer comes to allow less.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Less {
    /// Says so.
    Said,
    /// Has the data kept and used for nothing.
    Restricted,
    /// Does not say yes again before the yes runs out.
    RanOut,
    /// Was told something new that matters since.
    Notice,
    /// Does not want to be reached there.
    Objects(Channel),
}

impl Less {
    fn random(rng: &mut Rng) -> Self {
        rng.pick(&[
            Self::Said,
            Self::Said,
            Self::Said,
            Self::Restricted,
            Self::RanOut,
            Self::Notice,
            Self::Objects(Channel::Email),
        ])
    }

    /// What this leaves of what is said.
    fn of(&self, more: &Stance, rng: &mut Rng) -> Stance {
        if *self == Self::Said { more.less(rng) } else { more.clone() }
    }

    /// Whether the wish to be reached ends as well.
    fn ends_all(&self) -> bool {
        matches!(self, Self::Restricted | Self::Notice)
    }
}

/// Everything that is the same in the worlds that are compared.
struct Setting {
    seed: u64,
    way: Way,
    less: Less,
    data: Vec<Datum>,
    taught: Vec<Datum>,
    contacts: Vec<Request>,
    replies: Vec<Event>,
}

const CUSTOMER: usize = 0;

impl Setting {
    fn new(seed: u64) -> Self {
        let rng = &mut Rng::new(seed ^ 0x9009);
        let way = rng.pick(&[Way::FromTheFirst, Way::Withdrawn]);
        let less = Less::random(rng);
        let mut told = |customer: usize, most: usize| -> Vec<Datum> {
            (0..most)
                .map(|n| {
                    let at = moment(rng);
                    Datum::random(rng, format!("{customer}-{n}"), customer, at)
                })
                .collect()
        };
        let data = told(CUSTOMER, 14);
        let taught = [told(1, 12), told(2, 12), told(3, 12)].concat();
        let channels = [Channel::Email, Channel::Email, Channel::Sms];
        let contacts = (0..rng.below(4))
            .map(|n| {
                let at = turn() - days(rng.below(10) as u32) - minutes(n as u32);
                Request::new(name(CUSTOMER), rng.pick(&channels), at).seed(n as u64)
            })
            .collect();
        let replies = (0..rng.below(3))
            .map(|n| {
                let at = turn() - hours(rng.below(90) as u32);
                let action = rng.pick(&["a-free", "c-books", "b-club", "j-small"]);
                let reply = rng.pick(&[Reply::Declined, Reply::NotSent, Reply::Bounced]);
                let event = Event::outcome(name(CUSTOMER), at, action, reply);
                event.on(Channel::Email).id(format!("r{n}")).into()
            })
            .collect();
        Self { seed, way, less, data, taught, contacts, replies }
    }

    /// The policy, under which a consent may run out by the time of the questions. What is
    /// learned from others is not of those, so the models are the same.
    fn privacy(&self) -> PrivacyPolicy {
        let valid = days(91) + minutes(5);
        match self.less {
            Less::RanOut => purposes()
                .into_iter()
                .filter(|purpose| *purpose != Purpose::CollaborativeLearning)
                .fold(privacy(), |policy, purpose| policy.valid_for(purpose, valid)),
            _ => privacy(),
        }
    }

    /// The world in which the customer's last word is this; `kept` is what was allowed
    /// while things happened.
    fn world(&self, kept: &Stance, last: &Stance, less: bool) -> Engine {
        let less = Some(&self.less).filter(|_| less);
        let mut privacy = self.privacy();
        if less == Some(&Less::Notice) {
            privacy = privacy.notice(Notice::new(1, turn() + minutes(2)).material());
        }
        let engine = builder_with(self.seed, privacy).exploration(0.0).build().unwrap();
        let tell = |event: Event| {
            let _ = engine.record(turn(), event).unwrap();
        };
        let start = turn() - days(95);
        (1..=3).for_each(|teacher| tell(Stance::open().chosen(&name(teacher), start)));
        self.taught.iter().for_each(|datum| tell(datum.event()));
        engine.advance(turn()).unwrap();
        // The models are the same in every world: what this customer teaches comes later.
        engine.fit(turn()).unwrap();
        // The contacts are made while nothing else is known or allowed.
        let reach = Event::consent(name(CUSTOMER), start).allow(Purpose::DirectMarketing);
        tell(reach.into());
        for request in &self.contacts {
            engine.decide(request).unwrap();
        }
        self.replies.iter().cloned().for_each(tell);
        let kept = match self.way {
            Way::FromTheFirst => last,
            Way::Withdrawn => kept,
        };
        tell(kept.chosen(&name(CUSTOMER), turn() - days(91)));
        self.data.iter().for_each(|datum| tell(datum.event()));
        if less != Some(&Less::RanOut) {
            tell(last.chosen(&name(CUSTOMER), turn()));
        }
        let word = Event::consent(name(CUSTOMER), turn() + minutes(1));
        match less {
            Some(Less::Restricted) => tell(word.restrict().into()),
            Some(Less::Objects(channel)) => tell(word.object_to(channel.clone()).into()),
            _ => {}
        }
        engine
    }
}

/// The actions that could be taken.
fn passing(decision: &Decision) -> BTreeSet<&str> {
    let verdicts = decision.receipt().considered().iter();
    verdicts
        .filter(|c| {
            matches!(c.verdict, Verdict::Chosen(_) | Verdict::Passed(_, Obstacle::Outranked))
        })
        .map(|c| c.action.as_str())
        .collect()
}

fn capped(decision: &Decision) -> bool {
    let verdicts = decision.receipt().considered().iter();
    let mut verdicts = verdicts.map(|c| &c.verdict);
    verdicts.any(|verdict| matches!(verdict, Verdict::Refused(Obstacle::Cap(_))))
}

/// Whether what stands in the way of an action is an essential fact: a cap, a rest.
fn essential(decision: &Decision, action: &str) -> bool {
    let verdicts = decision.receipt().considered().iter();
    let mut of = verdicts.filter(|c| c.action.as_str() == action);
    of.any(|c| {
        matches!(
            c.verdict,
            Verdict::Refused(
                Obstacle::Declined | Obstacle::Bounced | Obstacle::Cap(_) | Obstacle::UsedUp
            )
        )
    })
}

fn requests(seed: u64) -> Vec<Request> {
    let visit = visit(&mut Rng::new(seed ^ 0x515));
    let channels = [Channel::Web, Channel::App, Channel::Email, Channel::Sms];
    let asked = channels.map(|channel| Request::new(name(CUSTOMER), channel, turn() + minutes(10)));
    asked.into_iter().flat_map(|request| [request.clone(), request.during(visit.clone())]).collect()
}

/// The actions that have no condition: strangers get them.
const GENERAL: [&str; 5] = ["a-free", "c-books", "d-limited", "e-together", "j-small"];

#[test]
fn allowing_less_never_costs_the_customer() {
    let (mut fewer, mut silenced, mut caps, mut asked) = (0, 0, 0, 0);
    let mut by: BTreeMap<Less, usize> = BTreeMap::new();
    for seed in 0..1_000 {
        let rng = &mut Rng::new(seed);
        let setting = Setting::new(seed);
        let more = match rng.chance(50) {
            true => Stance::open(),
            false => Stance::random(rng),
        };
        let less = setting.less.of(&more, rng);
        let nothing = Stance {
            level: Level::Off,
            personal: Grant::No,
            learning: Grant::No,
            research: Grant::No,
            contextual: false,
            marketing: less.marketing && !setting.less.ends_all(),
        };
        let said = [&more, &less, &nothing].into_iter();
        let world = |(n, last)| setting.world(&more, last, n > 0);
        let worlds: Vec<Engine> = said.enumerate().map(world).collect();
        for request in requests(seed) {
            let [m, l, n] = [0, 1, 2].map(|w| worlds[w].preview(&request).unwrap());
            let context = || {
                format!(
                    "seed {seed}, {:?}, {:?}, {request:?}\n  more {more:?}\n  less {less:?}\n  more {:#?}\n  less {:#?}",
                    setting.way,
                    setting.less,
                    m.receipt().considered(),
                    l.receipt().considered()
                )
            };
            asked += 1;
            assert_eq!(m.receipt().models().count(), l.receipt().models().count());
            assert!(m.receipt().models().eq(l.receipt().models()), "{}", context());
            let (with, without, floor) = (passing(&m), passing(&l), passing(&n));
            assert!(
                l.action().is_none() || m.action().is_some(),
                "a contact that only less consent gets: {}",
                context()
            );
            assert!(without.is_subset(&with), "more passes with less consent: {}", context());
            assert!(!capped(&m) || without.is_empty(), "a cap lifted: {}", context());
            let general: BTreeSet<&str> =
                floor.iter().copied().filter(|a| GENERAL.contains(a)).collect();
            assert!(general.is_subset(&without), "a general offer lost: {}", context());
            fewer += usize::from(without.len() < with.len());
            *by.entry(setting.less.clone()).or_default() += usize::from(m != l);
            silenced += usize::from(l.action().is_none() && m.action().is_some());
            caps += usize::from(capped(&m));
        }
        // A true stranger, of whom there is not even a contact.
        let request = Request::new("nobody", Channel::Web, turn() + minutes(10));
        let stranger = worlds[0].preview(&request).unwrap();
        for world in &worlds {
            let request = Request::new(name(CUSTOMER), Channel::Web, turn() + minutes(10));
            let known = world.preview(&request).unwrap();
            for action in passing(&stranger).iter().filter(|a| GENERAL.contains(a)) {
                assert!(
                    passing(&known).contains(action) || essential(&known, action),
                    "seed {seed}: a stranger gets {action}, this customer does not"
                );
            }
        }
    }
    println!("{asked} questions: {fewer} pass fewer, {silenced} silenced, {caps} capped; {by:?}");
    assert!(by.len() == 5 && by.values().all(|n| *n > asked / 100), "{by:?}");
    assert!(fewer > asked / 10 && silenced > asked / 50 && caps > asked / 50);
}

/// No visit is no rain; but of a visit that may not be looked at nothing is known.
#[test]
fn the_absence_of_a_visit_is_known_only_where_visits_are_allowed() {
    let engine = Engine::builder()
        .action(
            Action::new("sun-cream")
                .when(not(session("weather").is("rain")))
                .treatment(Treatment::on(Channel::Web)),
        )
        .build()
        .unwrap();
    let ask = |visit: Option<&str>| {
        let request = Request::new("ana", Channel::Web, turn() + hours(1));
        let request = match visit {
            Some(weather) => request.during(Session::new().set("weather", weather)),
            None => request,
        };
        engine.decide(&request).unwrap().action().is_some()
    };
    assert_eq!([ask(None), ask(Some("sun")), ask(Some("rain"))], [true, true, false]);
    let off = Event::consent("ana", turn()).withdraw(Purpose::Contextual);
    let _ = engine.record(turn(), off).unwrap();
    assert_eq!([ask(None), ask(Some("sun")), ask(Some("rain"))], [false, false, false]);
}

/// What is known can reorder offers, and make one worth its contact; it never silences
/// what strangers get.
#[test]
fn to_be_known_never_silences_a_general_offer() {
    let engine = Engine::builder()
        .action(
            Action::new("offer")
                .value(1.0)
                .weighs(0.01, count(Kind::Purchased).at_least(1))
                .treatment(Treatment::on(Channel::Web).costs(0.04)),
        )
        .build()
        .unwrap();
    let choice =
        Event::consent("ana", turn()).level(Level::OwnHistory).allow(Purpose::Personalisation);
    let _ = engine.record(turn(), choice).unwrap();
    let _ = engine.record(turn(), Event::purchased("ana", turn())).unwrap();
    for customer in ["ana", "stranger"] {
        let request = Request::new(customer, Channel::Web, turn() + hours(1));
        assert!(engine.decide(&request).unwrap().action().is_some(), "{customer}");
    }
}
