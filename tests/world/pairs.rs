//! Two worlds that differ in some data of some customers, told to the same system, and
//! all of its answers compared byte for byte where the customers' choices say that they
//! must be equal.

use std::collections::BTreeMap;

use confidant::*;

use super::asked::{Output, System};
use super::life::{Lapses, Life, Said, start};
use super::places::{is_place, with_places};
use super::{
    Datum, Rng, builder_with, categories, counts_within, item, moment, name, privacy, purposes,
    turn, visit,
};

/// How many customers a world has.
pub(crate) const CUSTOMERS: usize = 5;

/// What the data in which two worlds differ are to their customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Differs {
    /// Allowed for nothing at all, from the turn on.
    Secret,
    /// Allowed for the customer's own sake, never for others to learn from.
    NotForOthers,
    /// Allowed for others to learn from, never to be used for the customer.
    NotForMe,
    /// Allowed for a purpose of the host's own, never for ours.
    ForResearch,
    /// Allowed for the customer's own sake for a while after the turn, and in the end no more;
    /// time does not pass in the system between.
    Fleeting,
    /// Allowed for everything.
    Allowed,
}

/// Two worlds.
pub(crate) struct Pair {
    pub(crate) seed: u64,
    pub(crate) lapses: Lapses,
    lives: Vec<Life>,
    common: Vec<Arrival>,
    sides: [Vec<Arrival>; 2],
    visits: Vec<[Session; 2]>,
    replies: Vec<(Timestamp, Event)>,
    /// Whether the first two customers live together.
    home: bool,
    /// Whether contacts are made even where the two worlds may differ by then; what hangs on
    /// contacts is compared no longer.
    loose: bool,
    /// Of each customer, whether what is asked from the turn on may differ.
    own_later: Vec<bool>,
    models_later: bool,
    /// Whether the last time to pass before the end is long ago by then.
    idle: bool,
}

/// Something that reaches the host, perhaps under the customer's device, and perhaps is taken
/// back: at an instant that may come first.
#[derive(Debug, Clone, PartialEq)]
struct Arrival {
    datum: Datum,
    now: Timestamp,
    on_device: bool,
    taken_back: Option<Timestamp>,
}

/// One answer.
struct Line {
    output: Output,
    about: Option<usize>,
    purpose: Purpose,
    now: Timestamp,
    /// When time passed last, and the time before that.
    advanced: [Timestamp; 2],
    /// When time had passed before the models were fitted, and when they were.
    fitted: [Timestamp; 2],
    /// When places were found last, and the time before that.
    found: [Timestamp; 2],
    bytes: Vec<u8>,
}

fn day(n: u32) -> Timestamp {
    turn() + days(n)
}

/// The instants at which everything is asked; the first is before the turn.
fn looks() -> [Timestamp; 4] {
    [turn() - days(7), turn() + minutes(2), turn() + hours(1), day(7)]
}

/// When the models are fitted.
fn fits() -> [Timestamp; 4] {
    [turn() - days(30), turn() - days(7), turn(), day(7)]
}

/// When the last question is asked.
fn end() -> Timestamp {
    day(7) + minutes(1)
}

fn device(customer: usize) -> Identifier {
    Identifier::new(IdentifierKind::Cookie, format!("d{customer}"))
}

fn address() -> Identifier {
    Identifier::new(IdentifierKind::Custom("address".into()), "Elm Street 1")
}

impl Pair {
    pub(crate) fn new(seed: u64, differs: Differs) -> Self {
        Self::made(seed, differs, false)
    }

    /// The same, with more data that differ, of the kinds that are asked about most, and with
    /// contacts wherever somebody asks.
    pub(crate) fn loose(seed: u64, differs: Differs) -> Self {
        Self::made(seed, differs, true)
    }

    fn made(seed: u64, differs: Differs, loose: bool) -> Self {
        let rng = &mut Rng::new(seed);
        let lapses = Lapses::random(rng);
        let lives = (0..CUSTOMERS).map(|_| Life::random(rng)).collect();
        let visits = (0..CUSTOMERS).map(|_| [visit(rng), visit(rng)]).collect();
        let (common, sides, replies) = Default::default();
        let (home, own_later, models_later) = (rng.chance(40), Vec::new(), false);
        let mut pair = Self {
            seed,
            lapses,
            lives,
            common,
            sides,
            visits,
            replies,
            home,
            loose,
            own_later,
            models_later,
            idle: differs == Differs::Fleeting,
        };
        for subject in 0..1 + rng.below(2) {
            pair.differ(rng, differs, subject);
        }
        for customer in 0..CUSTOMERS {
            for n in 0..4 + rng.below(6) {
                let arrival = arrival(rng, format!("k{customer}-{n}"), customer, &pair.lives);
                pair.common.push(arrival);
            }
        }
        pair.replies = replies_of(rng);
        let later = looks().into_iter().skip(1);
        let later: Vec<Timestamp> = later.flat_map(|now| [now, now + minutes(1)]).collect();
        let own = |customer| {
            later.iter().any(|now| pair.own_may_differ(customer, &Purpose::Personalisation, *now))
        };
        pair.own_later = (0..CUSTOMERS).map(own).collect();
        let last = if pair.idle { day(1) } else { day(7) };
        let fitted = [[turn(); 2], [last, day(7)]];
        pair.models_later = fitted.into_iter().any(|at| pair.models_may_differ(at, end()));
        pair
    }

    /// Makes the two worlds differ in data of a customer, who becomes another one until that
    /// is possible.
    fn differ(&mut self, rng: &mut Rng, differs: Differs, subject: usize) {
        let wanted = if self.loose { 7 + rng.below(5) } else { 1 + rng.below(5) };
        for tried in 0.. {
            for n in 0..wanted {
                self.differ_in_one(rng, differs, subject, format!("s{subject}-{n}"));
            }
            let any = self.sides.iter().flatten().any(|one| one.datum.customer == subject);
            if any {
                return;
            }
            self.lives[subject] = match differs != Differs::Secret && rng.chance(50) {
                true => Life::generous(rng),
                false => Life::random(rng),
            };
            if tried > 20 {
                let fleeting = differs == Differs::Fleeting;
                self.lapses = if fleeting { Lapses::random(rng) } else { Lapses::default() };
            }
        }
    }

    /// Something that is in one world only, or another in the other, or taken back there.
    fn differ_in_one(&mut self, rng: &mut Rng, differs: Differs, subject: usize, id: String) {
        for _ in 0..12 {
            let mut one = arrival(rng, id.clone(), subject, &self.lives);
            let category = match rng.below(10) {
                0..4 if self.loose => Some(DataCategory::Purchases),
                4..7 if self.loose => Some(DataCategory::Responses),
                0..6 if !self.loose => Some(rng.pick(&categories())),
                _ => None,
            };
            if let Some(category) = category {
                one.datum = Datum::of(rng, &category, id.clone(), subject, one.datum.at);
            }
            // What lies in the store is harder to hide than what was never let in.
            let easy = differs == Differs::Secret && !self.is_kept(&one) && rng.chance(60);
            if easy || !self.fits(&one, differs) {
                continue;
            }
            let side = rng.below(2);
            let of = one.datum.category();
            let other = match rng.below(20) {
                0..7 => {
                    let datum = Datum::of(rng, &of, id.clone(), subject, one.datum.at);
                    Some(Arrival { datum, ..one.clone() })
                }
                7 => Some(Arrival { taken_back: Some(one.now), ..one.clone() }),
                _ => None,
            };
            self.sides[1 - side].extend(other);
            self.sides[side].push(one);
            return;
        }
    }

    /// Whether something is to its customer what the two worlds are to differ in.
    fn fits(&self, one: &Arrival, differs: Differs) -> bool {
        let [me, others, research] = purposes();
        let last = |of: &Purpose| self.seen(one, of, day(7));
        let ever = |of: &Purpose| self.seen_within(one, of, start(), end());
        let later = |of: &Purpose| self.seen_within(one, of, turn(), end());
        match differs {
            Differs::Secret => !purposes().iter().any(later),
            Differs::NotForOthers => last(&me) && !ever(&others),
            Differs::NotForMe => last(&others) && !ever(&me),
            Differs::ForResearch => last(&research) && !ever(&me) && !ever(&others),
            Differs::Fleeting => !last(&me) && later(&me),
            Differs::Allowed => last(&me) && last(&others),
        }
    }

    /// Whether something may be used for a purpose at an instant.
    fn seen(&self, one: &Arrival, purpose: &Purpose, now: Timestamp) -> bool {
        one.now <= now && self.there(one, now) && self.would_be_seen(one, purpose, now)
    }

    /// Whether it was kept when it came, and is not taken back.
    fn there(&self, one: &Arrival, now: Timestamp) -> bool {
        one.taken_back.is_none_or(|at| at > now) && self.is_kept(one)
    }

    fn is_kept(&self, one: &Arrival) -> bool {
        let life = &self.lives[one.datum.customer];
        life.keeps(&self.lapses, &one.datum.category(), (one.datum.at, one.now))
    }

    fn would_be_seen(&self, one: &Arrival, purpose: &Purpose, now: Timestamp) -> bool {
        let (life, category) = (&self.lives[one.datum.customer], one.datum.category());
        life.lets_see(&self.lapses, purpose, &category, now)
            && !self.lapses.gone(&category, one.datum.at, now)
    }

    /// The instants from which on more may be seen than before, within a time.
    fn turns(&self, one: &Arrival, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let words = self.lives[one.datum.customer].words.iter().map(|word| word.at);
        let turns = words.chain([one.now]).filter(|at| from < *at && *at <= to);
        std::iter::once(from).chain(turns).collect()
    }

    /// Whether something may be used for a purpose at some instant of a time.
    fn seen_within(
        &self,
        one: &Arrival,
        purpose: &Purpose,
        from: Timestamp,
        to: Timestamp,
    ) -> bool {
        self.turns(one, from, to).into_iter().any(|now| self.seen(one, purpose, now))
    }

    /// Whether something shows in what is reported of a time at its end: in what was known
    /// when it began, or of any instant in between. When a change is reported tells of when
    /// something allowed came, even if it was taken back by then.
    fn shows(&self, one: &Arrival, purpose: &Purpose, from: Timestamp, to: Timestamp) -> bool {
        let came = one.taken_back.is_none_or(|at| at >= one.now) && self.is_kept(one);
        let then = |now| self.would_be_seen(one, purpose, now) && !self.went(one, now);
        came && one.now <= to && self.turns(one, from, to).into_iter().any(then)
    }

    /// Whether something went another way with the device that it was told under.
    fn went(&self, one: &Arrival, now: Timestamp) -> bool {
        one.on_device && self.lives[one.datum.customer].parted.is_some_and(|parted| parted <= now)
    }

    /// The data in which the two worlds differ.
    fn differing(&self) -> impl Iterator<Item = &Arrival> {
        let only = |a: usize, b: usize| {
            let other = &self.sides[b];
            self.sides[a].iter().filter(move |one| !other.contains(one))
        };
        only(0, 1).chain(only(1, 0))
    }

    /// Whether a customer's own answers may differ, for a purpose.
    fn own_may_differ(&self, customer: usize, purpose: &Purpose, now: Timestamp) -> bool {
        let mut own = self.differing().filter(|one| one.datum.customer == customer);
        own.any(|one| self.seen(one, purpose, now) && !self.went(one, now))
    }

    /// Whether what is asked of everybody may differ, for some purposes: somebody's own, or that
    /// of a device that went its own way.
    fn anybody_may_differ(&self, purposes: &[Purpose], now: Timestamp) -> bool {
        let seen = |one: &Arrival| purposes.iter().any(|purpose| self.seen(one, purpose, now));
        self.differing().any(|one| self.went(one, now) || seen(one))
    }

    /// Whether models may differ that were fitted then, to what was learned by then. Who may be
    /// seen to leave a segment since, by what others may learn from, counts in it no more at
    /// once.
    fn models_may_differ(&self, [advanced, fitted]: [Timestamp; 2], now: Timestamp) -> bool {
        let of = &Purpose::CollaborativeLearning;
        let until = if counts_within(self.seed) { now } else { fitted };
        self.differing().any(|one| self.seen_within(one, of, advanced, until))
    }

    /// Whether places may differ that were found then.
    fn places_may_differ(&self, found: Timestamp) -> bool {
        let of = &Purpose::CollaborativeLearning;
        self.differing().any(|one| self.seen(one, of, found))
    }

    /// Whether the two worlds must give the same here.
    fn must_agree(&self, line: &Line) -> bool {
        let [advanced, before] = line.advanced;
        let own = |c: usize| self.own_may_differ(c, &line.purpose, line.now);
        let own_agrees = || line.about.is_none_or(|c| !own(c));
        let own_changes_agree = || {
            let mut own = self.differing().filter(|one| Some(one.datum.customer) == line.about);
            !own.any(|one| self.shows(one, &line.purpose, before, line.now))
        };
        let [found, _] = line.found;
        match line.output {
            Output::Permissions => true,
            _ if self.loose && line.now >= turn() => false,
            Output::OthersReport | Output::OthersExport => !self.models_later,
            Output::Statistics => {
                let of = &Purpose::CollaborativeLearning;
                !self.differing().any(|one| self.seen_within(one, of, advanced, line.now))
            }
            Output::Changes => own_changes_agree(),
            Output::Population => !self.places_may_differ(found),
            // What changes hangs on the places that stood before, too.
            Output::Places => {
                let found = line.found.into_iter().any(|found| self.places_may_differ(found));
                !found && own_changes_agree() && own_agrees()
            }
            _ if self.places_may_differ(found) && line.output.asks_for_segments() => false,
            Output::Household => ![0, 1].into_iter().any(own),
            Output::Census => !self.anybody_may_differ(&[Purpose::Personalisation], line.now),
            Output::Lookalikes | Output::Portrait => {
                let of = [Purpose::Personalisation, Purpose::CollaborativeLearning];
                !self.anybody_may_differ(&of, line.now)
            }
            Output::Alike => {
                !self.anybody_may_differ(&[Purpose::Personalisation], line.now)
                    && !self.models_may_differ(line.fitted, line.now)
            }
            Output::Segments | Output::View | Output::Recognise => own_agrees(),
            _ => own_agrees() && !self.models_may_differ(line.fitted, line.now),
        }
    }

    /// Why the data in which the two worlds differ may not be used in the end.
    pub(crate) fn why_not(&self) -> Vec<&'static str> {
        let (of, now) = (|one: &Arrival| one.datum.category(), day(7));
        let why = |one: &Arrival| {
            let life = &self.lives[one.datum.customer];
            match () {
                () if one.taken_back.is_some_and(|at| at <= now) => "taken back",
                () if self.lapses.gone(&of(one), one.datum.at, now) => "kept long enough",
                () if !self.is_kept(one) => "not kept",
                () => life.why_not(&of(one), now),
            }
        };
        self.differing().map(why).collect()
    }

    /// The engine of these worlds.
    pub(crate) fn builder(&self) -> EngineBuilder {
        self.builder_where(&self.lapses)
    }

    /// The same where time does something else.
    pub(crate) fn builder_where(&self, lapses: &Lapses) -> EngineBuilder {
        let identity = IdentityPolicy::new().household(address().kind().clone());
        with_places(builder_with(self.seed, lapses.said_in(privacy()))).identity(identity)
    }

    /// The visit of a customer as one of the worlds has it: the same in both, unless the
    /// customer does not allow it to be used.
    fn visit(&self, customer: usize, side: usize, now: Timestamp) -> &Session {
        let seen = self.lives[customer].lets_see_visit(now);
        &self.visits[customer][if seen { 0 } else { side }]
    }

    /// Everything that is recorded, asked and done in one of the two worlds, by time.
    fn steps(&self, side: usize) -> Vec<(Timestamp, Step)> {
        let mut steps: Vec<(Timestamp, Step)> = Vec::new();
        for (customer, life) in self.lives.iter().enumerate() {
            let id = name(customer);
            self.tell_links(&id, customer, &mut steps);
            for word in &life.words {
                let under = if word.on_device { device(customer) } else { id.as_str().into() };
                let said = match &word.said {
                    Said::Stance(stance) => stance.chosen_under(under, word.at),
                    Said::Restrict(true) => Event::consent(under, word.at).restrict().into(),
                    Said::Restrict(false) => {
                        Event::consent(under, word.at).lift_restriction().into()
                    }
                };
                steps.push((word.told, Step::record(said)));
            }
        }
        for one in self.common.iter().chain(&self.sides[side]) {
            let customer = one.datum.customer;
            let under = || if one.on_device { device(customer) } else { name(customer).into() };
            steps.push((one.now, Step::record(one.datum.event_of(under()))));
            if let Some(at) = one.taken_back {
                let back = Event::retracted(under(), at, one.datum.id.as_str());
                steps.push((at, Step::record(back.into())));
            }
        }
        steps.extend(self.replies.iter().map(|(now, event)| (*now, Step::record(event.clone()))));
        let often = [turn() - days(30), turn() - days(7), turn(), turn() + minutes(1)];
        let later = [turn() + minutes(2), turn() + hours(1), day(1), day(7)];
        let often = often.into_iter().chain(later).filter(|now| !self.idle || *now != day(7));
        steps.extend(often.map(|now| (now, Step::Advance)));
        // Time passes by that, and has passed already.
        let found = fits().into_iter().filter(|now| !self.idle || *now != day(7));
        steps.extend(found.map(|now| (now, Step::Refresh)));
        steps.extend(fits().map(|now| (now, Step::Fit)));
        steps.extend(looks().map(|now| (now, Step::Look)));
        // What arrives at an instant is there before anything is asked at it.
        steps.sort_by_key(|(now, step)| (*now, !matches!(step, Step::Record(_))));
        steps
    }

    /// Who has a device, and who lives where; and that one is not theirs after all.
    fn tell_links(&self, id: &str, customer: usize, steps: &mut Vec<(Timestamp, Step)>) {
        let life = &self.lives[customer];
        let home = self.home && customer < 2;
        if !home && !life.device {
            return;
        }
        let (first, second) = (start() - hours(2), start() - hours(1));
        let yes = Event::consent(id, first).level(Level::OwnHistory);
        steps.push((first, Step::record(yes.allow(Purpose::IdentityLinking).into())));
        let ends = [home.then(address), life.device.then(|| device(customer))];
        for other in ends.into_iter().flatten() {
            steps.push((second, Step::record(Event::linked(id, second, other).into())));
        }
        if let Some(at) = life.parted {
            steps.push((at, Step::record(Event::unlinked(id, at, device(customer)).into())));
        }
    }

    /// Tells one of the two worlds to a system and writes down every answer.
    fn tell(&self, side: usize, system: &dyn System) -> Vec<Line> {
        let (advanced, fitted, found) = ([start(); 2], [start(); 2], [start(); 2]);
        let mut lines = Lines { told: Vec::new(), advanced, fitted, found };
        for (now, step) in self.steps(side) {
            match step {
                Step::Record(event) => system.record(now, *event),
                Step::Fit => {
                    system.fit(now);
                    lines.fitted = [lines.advanced[0], now];
                }
                Step::Advance => {
                    lines.advanced = [now, lines.advanced[0]];
                    lines.changes(&system.advance(now), now);
                }
                Step::Refresh => {
                    lines.found = [now, lines.found[0]];
                    lines.changes(&system.refresh(now), now);
                }
                Step::Look => self.look(side, system, now, &mut lines),
            }
        }
        lines.told
    }

    /// Asks everything there is to ask at an instant.
    fn look(&self, side: usize, system: &dyn System, now: Timestamp, lines: &mut Lines) {
        let me = Purpose::Personalisation;
        lines.say(Output::Statistics, None, &me, now, system.statistics());
        lines.say(Output::Population, None, &me, now, system.population());
        if self.home {
            lines.say(Output::Household, None, &me, now, system.household(&address(), now));
        }
        let named = [name(0).into(), name(2).into()];
        lines.say(Output::Census, None, &me, now, system.census(now));
        lines.say(Output::Lookalikes, None, &me, now, system.lookalikes(&named, now));
        lines.say(Output::Portrait, None, &me, now, system.portrait(now));
        lines.say(Output::Alike, None, &me, now, system.alike(now));
        for customer in (0..=CUSTOMERS).filter(|customer| self.asks_about(*customer, now)) {
            self.look_at(customer, side, system, now, lines);
        }
        let concerned = |c: usize| self.differing().any(|one| one.datum.customer == c);
        for customer in (0..CUSTOMERS).filter(|c| now == day(7) && !concerned(*c)) {
            let (id, about) = (name(customer), Some(customer));
            lines.say(Output::OthersReport, about, &me, now, system.report(&id, now));
            lines.say(Output::OthersExport, about, &me, now, system.export(&id, now));
        }
        if now < turn() {
            return;
        }
        let asked = now + minutes(1);
        let those: Vec<usize> = (0..CUSTOMERS).filter(|c| self.reaches(*c)).collect();
        let channels = [Channel::Web, Channel::Email, Channel::App];
        let request = |c: &usize| {
            let channel = channels[(self.seed as usize + c) % channels.len()].clone();
            let request = Request::new(name(*c), channel, asked);
            request.during(self.visit(*c, side, asked).clone())
        };
        let requests: Vec<Request> = those.iter().map(request).collect();
        for (customer, answer) in those.iter().zip(system.decide_all(&requests)) {
            let bytes = [answer.bytes, answer.words.into_bytes()].concat();
            lines.say(Output::DecideAll, Some(*customer), &me, asked, bytes);
        }
    }

    /// Whether contacts are made with a customer from the turn on. A contact counts, so where
    /// answers may differ contacts would, and all that follows.
    fn reaches(&self, customer: usize) -> bool {
        self.loose || !self.models_later && !self.own_later.get(customer).is_some_and(|own| *own)
    }

    /// Of those whose data are the same in both worlds, a stranger among them, each is asked
    /// about at one of the instants: what they are told hangs on the models alone, and the
    /// time is better spent on more pairs.
    fn asks_about(&self, customer: usize, now: Timestamp) -> bool {
        let turn = looks().into_iter().position(|look| look == now);
        let own = customer < 2 || turn == Some((self.seed as usize + customer) % looks().len());
        self.loose || own
    }

    fn look_at(
        &self,
        customer: usize,
        side: usize,
        system: &dyn System,
        now: Timestamp,
        lines: &mut Lines,
    ) {
        let me = Purpose::Personalisation;
        let (id, about) = (name(customer), Some(customer).filter(|c| *c < CUSTOMERS));
        let mut say =
            |output, purpose: &Purpose, bytes| lines.say(output, about, purpose, now, bytes);
        let stranger = Session::new().set("weather", "rain");
        let visit = about.map_or(&stranger, |c| self.visit(c, side, now));
        say(Output::Segments, &me, system.segments_of(&id, now));
        say(Output::Places, &me, system.places(&id, now));
        say(Output::Predict, &me, system.predict(&id, now));
        say(Output::Recognise, &me, system.recognise(&id.as_str().into(), now));
        say(Output::Permissions, &me, system.permissions(&id, now));
        let life = about.map(|c| &self.lives[c]);
        if life.is_some_and(|life| life.device && life.parted.is_none()) {
            say(Output::Recognise, &me, system.recognise(&device(customer), now));
        }
        for purpose in purposes() {
            say(Output::View, &purpose, system.view(&id, &purpose, now, visit));
        }
        for (by, scope) in [
            ("together", Scope::New),
            ("own", Scope::All),
            ("popular", Scope::All),
            ("linear", Scope::New),
            ("basket", Scope::All),
            ("due", Scope::All),
            ("shelf", Scope::All),
        ] {
            say(Output::Recommend, &me, system.recommend(&id, by, scope, now));
        }
        let asked = Request::new(id.as_str(), Channel::App, now).during(visit.clone());
        let answer = system.preview(&asked);
        say(Output::Preview, &me, answer.bytes);
        say(Output::Explain, &me, answer.words.into_bytes());
        // One of the two that reach out, now this one and now that one.
        let out = [Channel::Email, Channel::Sms][(self.seed as usize + customer) % 2].clone();
        for channel in [Channel::Web, out] {
            let request =
                Request::new(id.as_str(), channel, now).during(visit.clone()).seed(self.seed);
            let (output, answer) = match now >= turn() && self.reaches(customer) {
                true => (Output::Decide, system.decide(&request)),
                false => (Output::Preview, system.preview(&request)),
            };
            say(output, &me, answer.bytes);
            say(Output::Explain, &me, answer.words.into_bytes());
        }
    }

    /// Tells both worlds, each to a system of its own.
    pub(crate) fn compare(&self, system: impl Fn(&Self) -> Box<dyn System>) -> Comparison {
        let (left, right) = (self.tell(0, &*system(self)), self.tell(1, &*system(self)));
        let mut comparison = Comparison::default();
        assert_eq!(left.len(), right.len(), "seed {}", self.seed);
        for (a, b) in left.iter().zip(&right) {
            let entry = comparison.outputs.entry((a.output, a.purpose.clone())).or_default();
            let differs = a.bytes != b.bytes;
            entry.differs |= differs;
            if (differs || !entry.held) && self.must_agree(a) {
                entry.held = true;
                if differs && comparison.leak.is_none() {
                    comparison.leak = Some(self.report(a, b));
                }
            }
        }
        comparison
    }

    fn report(&self, a: &Line, b: &Line) -> String {
        let data: Vec<String> = self
            .differing()
            .map(|one| {
                format!(
                    "{one:?} ({}) of {:?}",
                    one.datum.category(),
                    self.lives[one.datum.customer]
                )
            })
            .collect();
        format!(
            "seed {}: {:?} about {:?} at {} ({}) tells two worlds apart\n  left  {}\n  right {}\n  \
             they differ in {:#?}\n  where {:?}",
            self.seed,
            a.output,
            a.about,
            a.now,
            a.purpose,
            String::from_utf8_lossy(&a.bytes),
            String::from_utf8_lossy(&b.bytes),
            data,
            self.lapses,
        )
    }
}

/// What came of comparing two worlds.
#[derive(Default)]
pub(crate) struct Comparison {
    /// The first answer that tells them apart and must not.
    pub(crate) leak: Option<String>,
    pub(crate) outputs: BTreeMap<(Output, Purpose), Compared>,
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
    Advance,
    Refresh,
    Fit,
    Look,
}

impl Step {
    fn record(event: Event) -> Self {
        Self::Record(Box::new(event))
    }
}

/// The answers so far.
struct Lines {
    told: Vec<Line>,
    advanced: [Timestamp; 2],
    fitted: [Timestamp; 2],
    found: [Timestamp; 2],
}

impl Lines {
    fn say(
        &mut self,
        output: Output,
        about: Option<usize>,
        purpose: &Purpose,
        now: Timestamp,
        bytes: Vec<u8>,
    ) {
        let (purpose, advanced) = (purpose.clone(), self.advanced);
        let (fitted, found) = (self.fitted, self.found);
        self.told.push(Line { output, about, purpose, now, advanced, fitted, found, bytes });
    }

    /// The changes as each customer would hear of them.
    fn changes(&mut self, changes: &[Change], now: Timestamp) {
        for customer in 0..CUSTOMERS {
            let id: Identifier = name(customer).into();
            let own = changes.iter().filter(|change| change.customer == id);
            let (places, own): (Vec<&Change>, Vec<&Change>) =
                own.partition(|change| is_place(&change.segment));
            for (output, changes) in [(Output::Changes, own), (Output::Places, places)] {
                let bytes = serde_json::to_vec(&changes).unwrap();
                self.say(output, Some(customer), &Purpose::Personalisation, now, bytes);
            }
        }
    }
}

/// Something at some instant, which reaches the host then, later, or a little early.
fn arrival(rng: &mut Rng, id: String, customer: usize, lives: &[Life]) -> Arrival {
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
    let on_device = lives[customer].device && rng.chance(35);
    let back = [now - minutes(1), now, now + minutes(1), turn() - hours(1), turn(), day(2)];
    let taken_back = rng.chance(10).then(|| rng.pick(&back));
    Arrival { datum: Datum::random(rng, id, customer, at), now, on_device, taken_back }
}

/// Essential facts: what was declined, what bounced, what was not sent.
fn replies_of(rng: &mut Rng) -> Vec<(Timestamp, Event)> {
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
