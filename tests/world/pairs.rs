//! Two worlds that differ in some data of some customers, told to the same system, and
//! all of its answers compared byte for byte where the customers' choices say that they
//! must be equal.

use std::collections::BTreeMap;

use confidant::*;

use super::{
    Datum, Rng, Stance, categories, euro, item, moment, name, privacy, purposes, turn, visit,
};

/// How many customers a world has.
pub(crate) const CUSTOMERS: usize = 5;

/// What the data in which two worlds differ are to their customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Differs {
    /// Allowed for nothing at all.
    Secret,
    /// Allowed for the customer's own sake, not for others to learn from.
    NotForOthers,
    /// Allowed for others to learn from, not to be used for the customer.
    NotForMe,
    /// Allowed for everything.
    Allowed,
}

/// Everything that an engine can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Output {
    Decide,
    Preview,
    DecideAll,
    Explain,
    Recommend,
    Segments,
    Changes,
    Statistics,
    View,
    Recognise,
    Predict,
}

pub(crate) const OUTPUTS: [Output; 11] = [
    Output::Decide,
    Output::Preview,
    Output::DecideAll,
    Output::Explain,
    Output::Recommend,
    Output::Segments,
    Output::Changes,
    Output::Statistics,
    Output::View,
    Output::Recognise,
    Output::Predict,
];

/// A system that takes events and gives answers: the engine, or something that a host
/// built around it.
pub(crate) trait System {
    fn engine(&self) -> &Engine;

    fn record(&self, now: Timestamp, event: Event) {
        let _ = self.engine().record(now, event).unwrap();
    }

    fn advance(&self, now: Timestamp) -> Vec<Change> {
        self.engine().advance(now).unwrap()
    }

    fn fit(&self, now: Timestamp) {
        self.engine().fit(now).unwrap();
    }

    fn decide(&self, request: &Request) -> Answer {
        self.engine().decide(request).unwrap().into()
    }

    fn preview(&self, request: &Request) -> Answer {
        self.engine().preview(request).unwrap().into()
    }

    fn decide_all(&self, requests: &[Request]) -> Vec<Answer> {
        let answers = self.engine().decide_all(requests).unwrap();
        answers.into_iter().map(|d| d.unwrap().into()).collect()
    }

    fn recommend(&self, customer: &str, by: &str, scope: Scope, now: Timestamp) -> Vec<u8> {
        let list = self.engine().recommend(customer, by, 4, scope, now);
        serde_json::to_vec(&list.unwrap()).unwrap()
    }

    fn segments_of(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        let segments = self.engine().segments_of(customer, now).unwrap();
        serde_json::to_vec(&segments).unwrap()
    }

    fn statistics(&self) -> Vec<u8> {
        self.engine().statistics().digest().to_string().into_bytes()
    }

    fn view(&self, customer: &str, purpose: &Purpose, now: Timestamp, visit: &Session) -> Vec<u8> {
        let view = self.engine().view(customer, purpose.clone(), now, Some(visit)).unwrap();
        let facts = ["age", "city", "allergy"].map(|name| view.attribute(name).cloned());
        let visit =
            view.session().map(|visit| (visit.items().to_vec(), visit.get("weather").cloned()));
        let month = days(30);
        let asked = self.engine().aggregates(aggregates()).unwrap();
        let figures = view.aggregates(&asked);
        let figures = figures.iter().map(|told| (format!("{:?}", told.figure), told.until));
        let figures: Vec<_> = figures.collect();
        let story = (view.biography(month), view.usual(month, 60), view.dwell(month));
        serde_json::to_vec(&(view.len(), facts, visit, figures, story)).unwrap()
    }

    fn predict(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        serde_json::to_vec(&self.engine().predictions(customer, now).unwrap()).unwrap()
    }

    fn recognise(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        serde_json::to_vec(&self.engine().recognise(customer, now).unwrap()).unwrap()
    }
}

/// One of each measure; of what the customer may not want to be seen, and of anything.
fn aggregates() -> [Aggregate; 10] {
    let (bought, euro) = (Kind::Purchased, euro());
    [
        Aggregate::count(Kind::Viewed).within(days(30)),
        Aggregate::count(Kinds::any()),
        Aggregate::orders(bought.clone()),
        Aggregate::items(Kind::Viewed).within(days(7)),
        Aggregate::sum(bought.clone(), euro),
        Aggregate::average(bought.clone(), euro).within(days(30)),
        Aggregate::minimum(bought.clone(), euro),
        Aggregate::maximum(bought, euro).within(days(30)),
        Aggregate::first(Kind::ContactedSupport),
        Aggregate::last(Kind::VisitedStore).within(days(30)),
    ]
}

/// A decision as a host would keep it: the whole of it, and the words for the customer.
pub(crate) struct Answer {
    pub(crate) bytes: Vec<u8>,
    pub(crate) words: String,
}

impl From<Decision> for Answer {
    fn from(decision: Decision) -> Self {
        Self { bytes: decision.to_bytes(), words: decision.receipt().explain() }
    }
}

/// The engine itself.
pub(crate) struct Honest(pub(crate) Engine);

impl System for Honest {
    fn engine(&self) -> &Engine {
        &self.0
    }
}

/// Two worlds.
pub(crate) struct Pair {
    pub(crate) seed: u64,
    before: Vec<Stance>,
    after: Vec<Stance>,
    /// When the choice of the turn is recorded: at the turn or a little ahead of it.
    told: Vec<Timestamp>,
    common: Vec<Arrival>,
    sides: [Vec<Arrival>; 2],
    visits: Vec<[Session; 2]>,
    replies: Vec<(Timestamp, Event)>,
}

#[derive(Debug, Clone)]
struct Arrival {
    datum: Datum,
    now: Timestamp,
}

/// Which of a customer's stances is in force when something is asked; at the turn itself
/// what was known before still shows in what is reported as left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Before,
    Turning,
    After,
}

/// One answer.
struct Line {
    output: Output,
    about: Option<usize>,
    purpose: Purpose,
    phase: Phase,
    now: Timestamp,
    bytes: Vec<u8>,
}

impl Pair {
    pub(crate) fn new(seed: u64, differs: Differs) -> Self {
        let rng = &mut Rng::new(seed);
        let mut before: Vec<Stance> = (0..CUSTOMERS).map(|_| Stance::random(rng)).collect();
        let mut after: Vec<Stance> = before
            .iter()
            .map(|stance| match rng.chance(60) {
                true => stance.clone(),
                false => Stance::random(rng),
            })
            .collect();
        let subjects = 1 + rng.below(2);
        let mut sides = [Vec::new(), Vec::new()];
        for subject in 0..subjects {
            let open = loop {
                let open = possible(differs, &before[subject], &after[subject]);
                if !open.is_empty() {
                    break open;
                }
                before[subject] = Stance::random(rng);
                after[subject] = match rng.chance(50) {
                    true => Stance::open(),
                    false => Stance::random(rng),
                };
            };
            let most = if differs == Differs::Allowed { 4 } else { 1 };
            for n in 0..most + rng.below(5) {
                let category = rng.pick(&open);
                secret(rng, &category, subject, format!("s{subject}-{n}"), &mut sides);
            }
        }
        let mut common = Vec::new();
        for customer in 0..CUSTOMERS {
            for n in 0..4 + rng.below(6) {
                common.push(arrival(rng, format!("k{customer}-{n}"), customer));
            }
        }
        let told = (0..CUSTOMERS).map(|_| turn() - minutes(rng.pick(&[0, 0, 3]))).collect();
        let visits = (0..CUSTOMERS).map(|_| [visit(rng), visit(rng)]).collect();
        Self { seed, before, after, told, common, sides, visits, replies: replies(rng) }
    }

    /// The data in which the two worlds differ.
    fn differing(&self) -> impl Iterator<Item = &Datum> {
        let only = |a: usize, b: usize| {
            let other = &self.sides[b];
            let same = move |arrival: &&Arrival| !other.iter().any(|o| o.datum == arrival.datum);
            self.sides[a].iter().filter(same)
        };
        only(0, 1).chain(only(1, 0)).map(|arrival| &arrival.datum)
    }

    fn seen(&self, datum: &Datum, purpose: &Purpose, phase: Phase) -> bool {
        let (before, after) = (&self.before[datum.customer], &self.after[datum.customer]);
        let category = datum.category();
        (phase != Phase::After && before.lets_see(purpose, &category))
            || (phase != Phase::Before && after.lets_see(purpose, &category))
    }

    /// Whether a customer's own answers may differ, for a purpose.
    fn own_may_differ(&self, customer: usize, purpose: &Purpose, phase: Phase) -> bool {
        self.differing().any(|datum| datum.customer == customer && self.seen(datum, purpose, phase))
    }

    /// Whether what is learned may differ.
    fn models_may_differ(&self, phase: Phase) -> bool {
        self.differing().any(|datum| self.seen(datum, &Purpose::CollaborativeLearning, phase))
    }

    /// Whether the two worlds must give the same here.
    fn must_agree(&self, line: &Line) -> bool {
        let own = || line.about.is_none_or(|c| !self.own_may_differ(c, &line.purpose, line.phase));
        match line.output {
            Output::Statistics => !self.models_may_differ(line.phase),
            Output::Segments | Output::Changes | Output::View | Output::Recognise => own(),
            _ => own() && !self.models_may_differ(line.phase),
        }
    }

    /// The visit of a customer as one of the worlds has it: the same in both, unless the
    /// customer does not allow it to be used.
    fn visit(&self, customer: usize, side: usize, phase: Phase) -> &Session {
        let stance = match phase {
            Phase::Before => &self.before[customer],
            _ => &self.after[customer],
        };
        &self.visits[customer][if stance.lets_see_visit() { 0 } else { side }]
    }

    /// Tells one of the two worlds to a system and writes down every answer.
    fn tell(&self, side: usize, system: &dyn System) -> Vec<Line> {
        let mut steps: Vec<(Timestamp, Step)> = Vec::new();
        let start = turn() - days(90);
        for customer in 0..CUSTOMERS {
            let id = name(customer);
            steps.push((start, Step::record(self.before[customer].chosen(&id, start))));
            let turned = self.after[customer].chosen(&id, turn());
            steps.push((self.told[customer], Step::record(turned)));
        }
        let data = self.common.iter().chain(&self.sides[side]);
        steps.extend(data.map(|a| (a.now, Step::record(a.datum.event()))));
        let replies = self.replies.iter().cloned();
        steps.extend(replies.map(|(now, event)| (now, Step::record(event))));
        let day = |n: u32| turn() + days(n);
        for (now, phase) in [(turn() - days(30), Phase::Before), (turn() - days(7), Phase::Before)]
        {
            steps.push((now, Step::Advance(phase)));
            steps.push((now, Step::Fit));
        }
        steps.push((turn() - days(7), Step::Look(Phase::Before)));
        steps.push((turn(), Step::Advance(Phase::Turning)));
        steps.push((turn(), Step::Fit));
        for now in [turn() + minutes(1), turn() + minutes(2), turn() + hours(1), day(1), day(7)] {
            steps.push((now, Step::Advance(Phase::After)));
        }
        steps.push((turn() + minutes(2), Step::Look(Phase::After)));
        steps.push((turn() + hours(1), Step::Look(Phase::After)));
        steps.push((day(7), Step::Fit));
        steps.push((day(7), Step::Look(Phase::After)));
        // What arrives at an instant is there before anything is asked at it.
        steps.sort_by_key(|(now, step)| (*now, !matches!(step, Step::Record(_))));
        let mut lines = Vec::new();
        for (now, step) in steps {
            match step {
                Step::Record(event) => system.record(now, *event),
                Step::Fit => system.fit(now),
                Step::Advance(phase) => told_changes(system.advance(now), now, phase, &mut lines),
                Step::Look(phase) => self.look(side, system, now, phase, &mut lines),
            }
        }
        lines
    }

    /// Asks everything there is to ask at an instant.
    fn look(
        &self,
        side: usize,
        system: &dyn System,
        now: Timestamp,
        phase: Phase,
        lines: &mut Vec<Line>,
    ) {
        let mut say = |output, about, purpose: &Purpose, bytes| {
            let purpose = purpose.clone();
            lines.push(Line { output, about, purpose, phase, now, bytes });
        };
        let personal = Purpose::Personalisation;
        say(Output::Statistics, None, &personal, system.statistics());
        for customer in 0..=CUSTOMERS {
            let (id, about) = (name(customer), Some(customer).filter(|c| *c < CUSTOMERS));
            let stranger = Session::new().set("weather", "rain");
            let visit = about.map_or(&stranger, |c| self.visit(c, side, phase));
            say(Output::Segments, about, &personal, system.segments_of(&id, now));
            say(Output::Predict, about, &personal, system.predict(&id, now));
            say(Output::Recognise, about, &personal, system.recognise(&id, now));
            for purpose in purposes() {
                say(Output::View, about, &purpose, system.view(&id, &purpose, now, visit));
            }
            for (by, scope) in
                [("together", Scope::New), ("own", Scope::All), ("popular", Scope::All)]
            {
                say(Output::Recommend, about, &personal, system.recommend(&id, by, scope, now));
            }
            let asked = Request::new(id.as_str(), Channel::App, now).during(visit.clone());
            say(Output::Preview, about, &personal, system.preview(&asked).bytes);
            for channel in [Channel::Web, Channel::Email, Channel::Sms] {
                let request =
                    Request::new(id.as_str(), channel, now).during(visit.clone()).seed(self.seed);
                // A contact counts; where answers may differ, contacts would.
                let counted = phase == Phase::After
                    && about.is_none_or(|c| !self.own_may_differ(c, &personal, phase));
                let (output, answer) = match counted {
                    true => (Output::Decide, system.decide(&request)),
                    false => (Output::Preview, system.preview(&request)),
                };
                say(output, about, &personal, answer.bytes);
                say(Output::Explain, about, &personal, answer.words.into_bytes());
            }
        }
        if phase == Phase::After {
            let those: Vec<usize> =
                (0..CUSTOMERS).filter(|c| !self.own_may_differ(*c, &personal, phase)).collect();
            let requests: Vec<Request> = those
                .iter()
                .map(|c| {
                    Request::new(name(*c), Channel::Email, now + minutes(1))
                        .during(self.visit(*c, side, phase).clone())
                })
                .collect();
            for (customer, answer) in those.iter().zip(system.decide_all(&requests)) {
                say(
                    Output::DecideAll,
                    Some(*customer),
                    &personal,
                    [answer.bytes, answer.words.into_bytes()].concat(),
                );
            }
        }
    }

    /// Tells both worlds, each to a system of its own.
    pub(crate) fn compare(&self, system: impl Fn() -> Box<dyn System>) -> Comparison {
        let (left, right) = (self.tell(0, &*system()), self.tell(1, &*system()));
        let mut comparison = Comparison::default();
        assert_eq!(left.len(), right.len(), "seed {}", self.seed);
        for (a, b) in left.iter().zip(&right) {
            let entry = comparison.outputs.entry(a.output).or_default();
            entry.differs |= a.bytes != b.bytes;
            if self.must_agree(a) {
                entry.held = true;
                if a.bytes != b.bytes && comparison.leak.is_none() {
                    comparison.leak = Some(self.report(a, b));
                }
            }
        }
        comparison
    }

    fn report(&self, a: &Line, b: &Line) -> String {
        let data: Vec<String> =
            self.differing().map(|d| format!("{:?} ({})", d, d.category())).collect();
        format!(
            "seed {}: {:?} about {:?} at {} ({:?}, {}) tells two worlds apart\n  left  {}\n  right {}\n  they differ in {:#?}",
            self.seed,
            a.output,
            a.about,
            a.now,
            a.phase,
            a.purpose,
            String::from_utf8_lossy(&a.bytes),
            String::from_utf8_lossy(&b.bytes),
            data,
        )
    }
}

/// What came of comparing two worlds.
#[derive(Default)]
pub(crate) struct Comparison {
    /// The first answer that tells them apart and must not.
    pub(crate) leak: Option<String>,
    pub(crate) outputs: BTreeMap<Output, Compared>,
}

#[derive(Default)]
pub(crate) struct Compared {
    /// Whether some answer of this kind had to be equal.
    pub(crate) held: bool,
    /// Whether some answer of this kind differs, had to or not.
    pub(crate) differs: bool,
}

enum Step {
    Record(Box<Event>),
    Advance(Phase),
    Fit,
    Look(Phase),
}

impl Step {
    fn record(event: Event) -> Self {
        Self::Record(Box::new(event))
    }
}

/// The changes as each customer would hear of them.
fn told_changes(changes: Vec<Change>, now: Timestamp, phase: Phase, lines: &mut Vec<Line>) {
    for customer in 0..CUSTOMERS {
        let id: Identifier = name(customer).into();
        let own: Vec<&Change> = changes.iter().filter(|c| c.customer == id).collect();
        lines.push(Line {
            output: Output::Changes,
            about: Some(customer),
            purpose: Purpose::Personalisation,
            phase,
            now,
            bytes: serde_json::to_vec(&own).unwrap(),
        });
    }
}

/// The categories in which a customer's data can differ so.
fn possible(differs: Differs, before: &Stance, after: &Stance) -> Vec<DataCategory> {
    let mut possible = categories();
    possible.retain(|category| {
        let me = after.lets_see(&Purpose::Personalisation, category);
        let others = |stance: &Stance| stance.lets_see(&Purpose::CollaborativeLearning, category);
        match differs {
            Differs::Secret => !after.lets_anybody_see(category),
            Differs::NotForOthers => me && !others(after) && !others(before),
            Differs::NotForMe => {
                !me && others(after) && !before.lets_see(&Purpose::Personalisation, category)
            }
            Differs::Allowed => me && others(after),
        }
    });
    possible
}

/// Something that is in one world only, or different in the two.
fn secret(
    rng: &mut Rng,
    category: &DataCategory,
    customer: usize,
    id: String,
    sides: &mut [Vec<Arrival>; 2],
) {
    let one = arrival(rng, id.clone(), customer);
    let of = |rng: &mut Rng, at| Datum::of(rng, category, id.clone(), customer, at);
    let one = Arrival { datum: of(rng, one.datum.at), now: one.now };
    let side = rng.below(2);
    if rng.chance(35) {
        let other = Arrival { datum: of(rng, one.datum.at), now: one.now };
        sides[1 - side].push(other);
    }
    sides[side].push(one);
}

/// Something at some instant, which reaches the host then, later, or a little early.
fn arrival(rng: &mut Rng, id: String, customer: usize) -> Arrival {
    let at = match rng.chance(65) {
        true => moment(rng),
        false => {
            turn()
                + [minutes(0), minutes(1), minutes(4), hours(1), hours(20), days(6)][rng.below(6)]
        }
    };
    // Much arrives late, and together: between the last two looks.
    let late = turn() + days(2 + rng.below(4) as u32);
    let now = match rng.below(8) {
        0 => at + days(rng.below(40) as u32),
        1 => at + minutes(1),
        2 => at - minutes(4),
        3 | 4 => late.max(at),
        _ => at,
    };
    Arrival { datum: Datum::random(rng, id, customer, at), now }
}

/// Essential facts: what was declined, what bounced, what was not sent.
fn replies(rng: &mut Rng) -> Vec<(Timestamp, Event)> {
    (0..rng.below(4))
        .map(|n| {
            let now = turn() + [minutes(1), minutes(30), days(3)][rng.below(3)];
            let reply =
                rng.pick(&[Reply::Declined, Reply::Declined, Reply::NotSent, Reply::Bounced]);
            let action = rng.pick(&["a-free", "b-club", "c-books"]);
            let event = Event::outcome(name(rng.below(CUSTOMERS)), now, action, reply)
                .on(Channel::Email)
                .id(format!("r{n}"));
            (now, event.into())
        })
        .collect()
}

/// How many pairs a test tells: `CONFIDANT_PAIRS`, or what the ordinary run has time for.
pub(crate) fn pairs(ordinary: u64) -> u64 {
    std::env::var("CONFIDANT_PAIRS").ok().and_then(|n| n.parse().ok()).unwrap_or(ordinary)
}

/// The policy's own words on the categories agree with the plain rules of these worlds.
pub(crate) fn policy_knows_the_categories() -> bool {
    let policy = privacy();
    let known: Vec<&DataCategory> = policy.categories().map(|(category, _)| category).collect();
    categories().iter().all(|category| known.contains(&category)) && !item(0).is_empty()
}
