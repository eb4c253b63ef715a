//! Small worlds, made from a seed: a shop, a handful of customers, what each allows, and
//! what each does. Everything here is plain and its own: what a customer allows is worked
//! out by the short rules of [`Stance`], not by asking the engine.
#![allow(dead_code, reason = "each test uses its own part")]

pub(crate) mod asked;
pub(crate) mod life;
pub(crate) mod pairs;
pub(crate) mod places;
pub(crate) mod slow;

use confidant::*;

/// SplitMix64: small, seeded, the same everywhere.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x0063_6f6e_6669_6461)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// The day on which the worlds turn: before it one stance, from it on another.
pub(crate) fn turn() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

pub(crate) fn name(customer: usize) -> String {
    format!("c{customer}")
}

pub(crate) fn health() -> DataCategory {
    DataCategory::custom("health")
}

pub(crate) fn research() -> Purpose {
    Purpose::custom("research")
}

/// Those that must be named.
fn special() -> [DataCategory; 3] {
    [DataCategory::Posts, DataCategory::Readings, health()]
}

/// Every data category of these worlds.
pub(crate) fn categories() -> Vec<DataCategory> {
    DataCategory::BASE.into_iter().chain([health()]).collect()
}

// ---------------------------------------------------------------- the shop

pub(crate) const ITEMS: usize = 12;

pub(crate) fn item(number: usize) -> String {
    format!("i{number:02}")
}

/// Twelve items; two cannot be had, one is in no category.
pub(crate) fn catalog() -> Catalog {
    let path = |n: usize| -> Vec<&str> {
        match n {
            0..=2 => vec!["coffee", "beans"],
            3..=4 => vec!["coffee", "cups"],
            5..=7 => vec!["tea"],
            8..=10 => vec!["books"],
            _ => vec![],
        }
    };
    Catalog::new((0..ITEMS).map(|n| {
        let item = Item::new(item(n)).category(path(n)).available(n != 2 && n != 10);
        item.vector("allergy", [(n % 3) as f32, (n * 5 % 4) as f32])
    }))
    .unwrap()
}

/// Health is special; age is demographic; research is a purpose of the host's own.
pub(crate) fn privacy() -> PrivacyPolicy {
    PrivacyPolicy::new()
        .category(health(), Basis::Consent)
        .special(health())
        .kind("filled_prescription", health())
        .attribute("allergy", health())
        .attribute("age", DataCategory::Demographics)
        .purpose(research(), Level::OwnHistory, [DataCategory::Purchases, DataCategory::Visits])
}

const WINDOWS: [u32; 4] = [1, 7, 30, 60];

/// A question about a customer; the thresholds are low, so that counts sit on them.
pub(crate) fn condition(rng: &mut Rng, deep: usize) -> Condition {
    if deep > 0 && rng.chance(45) {
        let parts = [condition(rng, deep - 1), condition(rng, deep - 1)];
        return match rng.below(3) {
            0 => all(parts),
            1 => any(parts),
            _ => not(parts[0].clone()),
        };
    }
    let (k, w) = (1 + rng.below(3) as u32, days(rng.pick(&WINDOWS)));
    let kind = rng.pick(&kinds());
    match rng.below(16) {
        0 => count(kind).within(w).at_least(k),
        1 => count(kind).within(w).at_most(k - 1),
        2 => count(kind).at_least(k),
        3 => orders(Kind::Purchased).within(w).at_least(k),
        4 => total(Kind::Purchased, euro()).within(w).at_least(f64::from(k) * 10.0),
        5 => last(kind).longer_ago_than(w),
        6 => last(kind).at_most_ago(w),
        7 => not_seen_for(w),
        8 => attribute("age").at_least(40),
        9 => attribute("city").is("Riga"),
        10 => attribute("allergy").exists(),
        11 => session("weather").is("rain"),
        12 => count(Kind::Purchased).in_category(["coffee"]).at_least(k),
        13 => count(kind).item(item(rng.below(4))).at_least(1),
        14 => count([Kind::Viewed, Kind::Purchased]).on(Channel::Web).at_least(k),
        _ => count(Kind::custom("filled_prescription")).at_least(1),
    }
}

pub(crate) fn euro() -> Currency {
    "EUR".parse().unwrap()
}

/// Whether a shop counts apart what members of its segments buy.
pub(crate) fn counts_within(seed: u64) -> bool {
    seed.is_multiple_of(2)
}

/// A shop's segments, recommenders, actions and contact policy.
pub(crate) fn builder(seed: u64) -> EngineBuilder {
    builder_with(seed, privacy())
}

/// The same under another privacy policy.
pub(crate) fn builder_with(seed: u64, privacy: PrivacyPolicy) -> EngineBuilder {
    let rng = &mut Rng::new(seed ^ 0x5e60_0000);
    let segments =
        (0..4).map(|n| Segment::new(["lapsed", "new", "regular", "sick"][n], condition(rng, 2)));
    let segments: Vec<Segment> = segments.collect();
    let within: &[&str] = if counts_within(seed) { &["new", "inner"] } else { &[] };
    Engine::builder()
        .popular_within(within.iter().copied())
        // Records of one piece, of some, of many.
        .seal_after([2_048, 11, 3][seed as usize % 3])
        .catalog(catalog())
        .privacy(privacy)
        .greeting(Greeting::new().name("city"))
        .time_zone("Europe/Lisbon".parse().unwrap())
        .segments(segments)
        .segment(Segment::new("inner", all([in_segment("regular"), not(in_segment("lapsed"))])))
        .recommender("together", ItemItem::params().support(1))
        .recommender("own", PersonalFrequency::params().half_life_days(20))
        .recommender("popular", Popularity::params().half_life_days(10))
        .recommender("suits", Content::params().suits("allergy", 1.0))
        .recommender("studied", Studied::params().looks(1).share(0.2))
        .recommender("linear", Ease::params().lambda(2.0))
        .recommender("next", SessionNeighbours::vstan())
        .recommender("basket", NextBasket::params())
        .recommender("due", Replenishment::params())
        .recommender("shelf", shelf())
        .actions(actions(rng))
        .contact(
            ContactPolicy::new()
                .cap(2, days(7))
                .cap_on(Channel::Sms, 1, days(30))
                .quiet_hours(22, 7),
        )
        .exploration(0.3)
}

/// Factors, and what goes into the same order, as a merchant wants it.
fn shelf() -> Recommender {
    let beside = ItemItem::params().support(1).similarity(Similarity::Lift).within_orders();
    let factors = Ials::params().factors(2).iterations(2);
    let blend = Blend::by_rank().part(factors, 1.0).part(beside, 1.0);
    let varied = Arrangement::new().without_owned().calibrated(0.2).novel(0.1).diverse(0.2);
    let varied = varied.tire(0.6).enough(4);
    Recommender::from(blend).arranged(varied)
}

fn everywhere(action: Action) -> Action {
    action
        .treatment(Treatment::on(Channel::Web))
        .treatment(Treatment::on(Channel::App))
        .treatment(Treatment::on(Channel::Email).costs(0.05))
        .treatment(Treatment::on(Channel::Sms).costs(0.2))
}

fn actions(rng: &mut Rng) -> Vec<Action> {
    let plain = |id: &str, value: f64| everywhere(Action::new(id).value(value));
    vec![
        plain("a-free", 4.0),
        plain("b-club", 6.0).when(condition(rng, 2)).about_category(["coffee"]),
        plain("c-books", 2.0)
            .about_category(["books"])
            .weighs(1.5, condition(rng, 1))
            .weighs(0.5, condition(rng, 1)),
        plain("d-limited", 9.0).volume(3).weighs(1.2, condition(rng, 0)),
        plain("e-together", 3.0).recommends("together", Scope::New, 2),
        plain("f-own", 5.0).recommends("own", Scope::All, 2).when(condition(rng, 1)),
        plain("g-segment", 7.0).when(in_segment("regular")).needs(Purpose::Personalisation),
        plain("h-sick", 8.0).when(in_segment("sick")),
        plain("i-visit", 1.0).when(not(session("weather").is("rain"))).about([item(5), item(8)]),
        plain("j-small", 0.7).about([item(0)]),
        plain("k-suits", 4.5).recommends("suits", Scope::All, 3).when(condition(rng, 1)),
        plain("m-linear", 3.5).recommends("linear", Scope::New, 2),
        plain("n-next", 2.5).recommends("next", Scope::All, 2),
        plain("o-basket", 4.2).recommends("basket", Scope::All, 2).when(condition(rng, 1)),
        plain("q-due", 4.1).recommends("due", Scope::All, 2).when(condition(rng, 1)),
        plain("p-shelf", 3.8).recommends("shelf", Scope::All, 3),
        plain("l-studied", 5.5).recommends("studied", Scope::New, 2).when(condition(rng, 1)),
    ]
}

// ---------------------------------------------------------------- what is allowed

/// What is allowed of one purpose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Grant {
    No,
    All,
    Only(Vec<DataCategory>),
}

impl Grant {
    pub(crate) fn random(rng: &mut Rng) -> Self {
        match rng.below(4) {
            0 => Self::No,
            1 => Self::All,
            _ => {
                let mut some = categories();
                some.retain(|_| rng.chance(60));
                Self::Only(some)
            }
        }
    }

    fn covers(&self, category: &DataCategory) -> bool {
        match self {
            Self::No => false,
            // A special category must be named.
            Self::All => !special().contains(category),
            Self::Only(named) => named.contains(category),
        }
    }

    /// The categories of this that are in the other as well.
    fn meet(&self, rng: &mut Rng) -> Self {
        if rng.chance(20) {
            return Self::No;
        }
        let mut some = categories();
        some.retain(|category| self.covers(category) && rng.chance(70));
        match self {
            Self::No => Self::No,
            _ if rng.chance(30) => self.clone(),
            _ => Self::Only(some),
        }
    }
}

/// All that a customer has chosen at one time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stance {
    pub(crate) level: Level,
    pub(crate) personal: Grant,
    pub(crate) learning: Grant,
    pub(crate) research: Grant,
    pub(crate) contextual: bool,
    pub(crate) marketing: bool,
}

pub(crate) const LEVELS: [Level; 4] =
    [Level::Off, Level::Contextual, Level::OwnHistory, Level::Collaborative];

impl Stance {
    pub(crate) fn random(rng: &mut Rng) -> Self {
        Self {
            level: rng.pick(&[LEVELS[0], LEVELS[1], LEVELS[2], LEVELS[3], LEVELS[3]]),
            personal: Grant::random(rng),
            learning: Grant::random(rng),
            research: Grant::random(rng),
            contextual: rng.chance(70),
            marketing: rng.chance(80),
        }
    }

    /// Everything, the special category included.
    pub(crate) fn open() -> Self {
        Self {
            level: Level::Collaborative,
            personal: Grant::Only(categories()),
            learning: Grant::Only(categories()),
            research: Grant::Only(categories()),
            contextual: true,
            marketing: true,
        }
    }

    /// Something that allows nothing that this does not.
    pub(crate) fn less(&self, rng: &mut Rng) -> Self {
        let lower: Vec<Level> = LEVELS.into_iter().filter(|l| *l <= self.level).collect();
        Self {
            level: if rng.chance(40) { self.level } else { rng.pick(&lower) },
            personal: self.personal.meet(rng),
            learning: self.learning.meet(rng),
            research: self.research.meet(rng),
            contextual: self.contextual && rng.chance(80),
            marketing: self.marketing && rng.chance(90),
        }
    }

    /// Whether data of a category may be used for a purpose.
    pub(crate) fn lets_see(&self, purpose: &Purpose, category: &DataCategory) -> bool {
        let (level, grant) = match purpose {
            Purpose::Personalisation => (Level::OwnHistory, &self.personal),
            Purpose::CollaborativeLearning => (Level::Collaborative, &self.learning),
            _ => {
                let foreseen = [DataCategory::Purchases, DataCategory::Visits];
                if !foreseen.contains(category) {
                    return false;
                }
                (Level::OwnHistory, &self.research)
            }
        };
        self.level >= level && grant.covers(category)
    }

    /// Whether anything may be used for anything, of a category.
    pub(crate) fn lets_anybody_see(&self, category: &DataCategory) -> bool {
        purposes().iter().any(|purpose| self.lets_see(purpose, category))
    }

    /// Whether what happens is kept: by contract, or for a purpose.
    pub(crate) fn keeps(&self, category: &DataCategory) -> bool {
        [DataCategory::Purchases, DataCategory::Service].contains(category)
            || self.lets_anybody_see(category)
    }

    /// Whether the present visit may be used.
    pub(crate) fn lets_see_visit(&self) -> bool {
        self.level >= Level::Contextual && self.contextual
    }

    /// The choice as an event.
    pub(crate) fn chosen(&self, customer: &str, at: Timestamp) -> Event {
        self.chosen_under(customer.into(), at)
    }

    /// The same, said under some identifier of the customer.
    pub(crate) fn chosen_under(&self, customer: Identifier, at: Timestamp) -> Event {
        let choice = Event::consent(customer, at).level(self.level);
        let choice = [
            (Purpose::Personalisation, &self.personal),
            (Purpose::CollaborativeLearning, &self.learning),
            (research(), &self.research),
        ]
        .into_iter()
        .fold(choice, |choice, (purpose, grant)| match grant {
            Grant::No => choice.withdraw(purpose),
            Grant::All => choice.allow(purpose),
            Grant::Only(named) => choice.allow_only(purpose, named.clone()),
        });
        [(Purpose::Contextual, self.contextual), (Purpose::DirectMarketing, self.marketing)]
            .into_iter()
            .fold(choice, |choice, (purpose, yes)| match yes {
                true => choice.allow(purpose),
                false => choice.withdraw(purpose),
            })
            .into()
    }
}

/// The purposes that data can be seen for.
pub(crate) fn purposes() -> [Purpose; 3] {
    [Purpose::Personalisation, Purpose::CollaborativeLearning, research()]
}

// ---------------------------------------------------------------- what happens

/// One thing that one customer did or said; its category is that of its kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Datum {
    pub(crate) id: String,
    pub(crate) customer: usize,
    pub(crate) at: Timestamp,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    Act { kind: Kind, item: Option<usize>, euros: i64, order: Option<usize>, channel: Channel },
    Fact(&'static str, Value),
}

/// The kinds of these worlds: one at least for each category.
pub(crate) fn kinds() -> Vec<Kind> {
    use Kind::*;
    vec![
        Purchased,
        Purchased,
        Purchased,
        Purchased,
        Purchased,
        Purchased,
        Purchased,
        Purchased,
        Viewed,
        AddedToBasket,
        Searched,
        VisitedStore,
        ContactedSupport,
        Rated,
        Accepted,
        Returned,
        Registered,
        Metered,
        Posted,
        Sensed,
        Shown,
        Kind::custom("filled_prescription"),
        Kind::custom("spun_the_wheel"),
    ]
}

/// The category of a kind, by the policy of these worlds.
pub(crate) fn category_of(kind: &Kind) -> DataCategory {
    match kind {
        Kind::Purchased | Kind::Returned => DataCategory::Purchases,
        Kind::Viewed | Kind::AddedToBasket => DataCategory::Browsing,
        Kind::Searched => DataCategory::Searches,
        Kind::VisitedStore => DataCategory::Visits,
        Kind::ContactedSupport => DataCategory::Service,
        Kind::Rated => DataCategory::Opinions,
        Kind::Registered => DataCategory::Ownership,
        Kind::Metered => DataCategory::Usage,
        Kind::Posted => DataCategory::Posts,
        Kind::Sensed => DataCategory::Readings,
        Kind::Accepted | Kind::Shown => DataCategory::Responses,
        kind if kind.name() == "filled_prescription" => health(),
        _ => DataCategory::Other,
    }
}

/// The actions that an acceptance can answer.
pub(crate) const ANSWERED: [&str; 3] = ["a-free", "c-books", "j-small"];

impl Datum {
    /// Something of any category, at an instant.
    pub(crate) fn random(rng: &mut Rng, id: String, customer: usize, at: Timestamp) -> Self {
        let what = if rng.chance(20) {
            match rng.below(3) {
                0 => What::Fact("age", Value::from([25, 40, 63][rng.below(3)])),
                1 => What::Fact("city", Value::from(["Riga", "Porto"][rng.below(2)])),
                _ => What::Fact("allergy", Value::numbers([[1.0, 0.2], [0.0, 1.0]][rng.below(2)])),
            }
        } else {
            What::Act {
                kind: rng.pick(&kinds()),
                item: rng.chance(85).then(|| rng.below(ITEMS)),
                euros: 10 * (1 + rng.below(3) as i64),
                order: rng.chance(70).then(|| rng.below(3)),
                channel: rng.pick(&[Channel::Web, Channel::App, Channel::Store]),
            }
        };
        Self { id, customer, at, what }
    }

    /// Something of a category.
    pub(crate) fn of(
        rng: &mut Rng,
        category: &DataCategory,
        id: String,
        customer: usize,
        at: Timestamp,
    ) -> Self {
        loop {
            let datum = Self::random(rng, id.clone(), customer, at);
            if datum.category() == *category {
                return datum;
            }
        }
    }

    pub(crate) fn category(&self) -> DataCategory {
        match &self.what {
            What::Act { kind, .. } => category_of(kind),
            What::Fact("age", _) => DataCategory::Demographics,
            What::Fact("allergy", _) => health(),
            What::Fact(..) => DataCategory::Declared,
        }
    }

    pub(crate) fn event(&self) -> Event {
        self.event_of(name(self.customer).into())
    }

    /// The same, told under some identifier of the customer.
    pub(crate) fn event_of(&self, customer: Identifier) -> Event {
        match &self.what {
            What::Fact(attribute, value) => Event::declared(customer, self.at)
                .attribute(*attribute, value.clone())
                .id(self.id.as_str())
                .into(),
            What::Act { kind, item: of, euros, order, channel } => {
                let mut act = Event::did(customer, self.at, kind.clone());
                if *kind == Kind::Accepted {
                    act = act.action(ANSWERED[of.unwrap_or(0) % ANSWERED.len()]);
                }
                if let Some(number) = of {
                    act = act.item(item(*number));
                }
                let devices = ["phone", "laptop", "tablet"];
                act = act.device(devices[*euros as usize % devices.len()]);
                act = act.dwell(std::time::Duration::from_secs(*euros as u64));
                if let Some(order) = order {
                    act = act.order(format!("order {order}"));
                }
                if *kind == Kind::Purchased {
                    act = act.amount(Money::cents(euros * 100, "EUR").unwrap());
                }
                act.on(channel.clone()).id(self.id.as_str()).into()
            }
        }
    }
}

/// An instant before the turn, often exactly where a window begins, one instant before
/// or after.
pub(crate) fn moment(rng: &mut Rng) -> Timestamp {
    let edge = turn() - days(rng.pick(&WINDOWS));
    match rng.below(4) {
        0 => edge,
        1 => edge + std::time::Duration::from_millis(1),
        2 => turn() - hours(rng.below(59 * 24) as u32),
        _ => turn() - days(rng.below(8) as u32),
    }
}

/// A visit, with or without rain.
pub(crate) fn visit(rng: &mut Rng) -> Session {
    let mut visit = Session::new().set("weather", ["rain", "sun"][rng.below(2)]);
    for _ in 0..rng.below(3) {
        visit = visit.viewing(item(rng.below(ITEMS)));
    }
    visit
}
