//! Made worlds: a catalogue, what is kept on what basis, customers and what is told of
//! them. Things happen on a grid of six hours, so that many happen at the same instant
//! and at the very edges of windows.

use std::collections::BTreeMap;
use std::time::Duration;

use confidant::{
    Basis, Catalog, Channel, DataCategory, Item, Kind, Level, Location, Money, Notice,
    PrivacyPolicy, Purpose, Record, Reply, Timestamp, Value,
};

use super::dice::Dice;
use super::noon;
use super::told::{Chose, Did, Told, What, Word};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

pub const ATTRIBUTES: [&str; 8] =
    ["age", "colour", "born", "allergy", "tags", "time_zone", "home", "cars"];

/// Latitude and longitude, in degrees.
pub const PLACES: [(f64, f64); 6] = [
    (38.7223, -9.1393),
    (38.7323, -9.1393),
    (41.1579, -8.6291),
    (-16.5, 179.99),
    (-16.5, -179.99),
    (90.0, 0.0),
];

/// Where clocks change in the time of the worlds, at midnight too, and where they never do.
pub const ZONES: [&str; 9] = [
    "UTC",
    "Europe/Lisbon",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "America/Havana",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
];

/// What a visit is told with.
pub const VISIT: [&str; 4] = ["weather", "age", "born", "tags"];

/// What things done are told with.
pub const PROPERTIES: [&str; 3] = ["note", "stars", "tags"];

pub fn channels() -> [Channel; 6] {
    let own = Channel::custom("letter");
    [Channel::Web, Channel::App, Channel::Email, Channel::Sms, Channel::Store, own]
}

/// Every kind of ours, one whose category the policy names, one whose it does not.
pub fn kinds() -> Vec<Kind> {
    let own = [Kind::custom("bought_prescription"), Kind::custom("chatted")];
    Kind::BASE.into_iter().chain(own).collect()
}

/// An item.
#[derive(Debug, Clone)]
pub struct Ware {
    pub id: String,
    pub category: Vec<&'static str>,
    pub available: bool,
}

/// What the host keeps on what basis and may use for what.
#[derive(Debug, Clone)]
pub struct Privacy {
    /// Category, kept by contract, special.
    pub categories: Vec<(DataCategory, bool, bool)>,
    pub kinds: BTreeMap<String, DataCategory>,
    pub attributes: BTreeMap<String, DataCategory>,
    /// The level that each needs, and what it may use; `None` for everything.
    pub purposes: BTreeMap<Purpose, (Level, Option<Vec<DataCategory>>)>,
    /// For how long a consent to it is valid, in milliseconds.
    pub valid: BTreeMap<Purpose, i64>,
    /// From when on the notice says something new that matters, and for what; `None` for
    /// everything.
    pub notices: BTreeMap<i64, Option<Purpose>>,
}

#[derive(Debug, Clone)]
pub struct World {
    pub wares: Vec<Ware>,
    pub privacy: Privacy,
    pub customers: Vec<String>,
    /// In no order; each id once.
    pub told: Vec<Told>,
    /// Nothing is told of later than this.
    pub end: i64,
    /// The host's time zone.
    pub zone: String,
}

/// How large a world is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub items: usize,
    pub customers: usize,
    pub events: usize,
}

pub fn health() -> DataCategory {
    DataCategory::custom("health")
}

pub fn research() -> Purpose {
    Purpose::custom("research")
}

impl Privacy {
    /// The crate's default and, beside it, a special category and a purpose of the
    /// host's own.
    pub fn usual() -> Self {
        let contract = [DataCategory::Purchases, DataCategory::Service, DataCategory::Ownership];
        let special = [DataCategory::Posts, DataCategory::Readings];
        let base = DataCategory::BASE.into_iter().map(|c| {
            let by_contract = contract.contains(&c);
            let special = special.contains(&c);
            (c, by_contract, special)
        });
        let none = Some(Vec::new());
        let named = Some(vec![DataCategory::Visits, health()]);
        Self {
            categories: base.chain([(health(), false, true)]).collect(),
            kinds: [("bought_prescription".to_owned(), health())].into(),
            attributes: [
                ("age".to_owned(), DataCategory::Demographics),
                ("allergy".to_owned(), health()),
            ]
            .into(),
            purposes: [
                (Purpose::Contextual, (Level::Contextual, none.clone())),
                (Purpose::Personalisation, (Level::OwnHistory, None)),
                (Purpose::CollaborativeLearning, (Level::Collaborative, None)),
                (Purpose::DirectMarketing, (Level::Off, none.clone())),
                (Purpose::IdentityLinking, (Level::OwnHistory, none.clone())),
                (Purpose::OfflineMatch, (Level::OwnHistory, none)),
                (research(), (Level::Contextual, named)),
            ]
            .into(),
            valid: BTreeMap::new(),
            notices: BTreeMap::new(),
        }
    }

    /// The same, where consents end by themselves: in some worlds after a time, in some with
    /// a new notice.
    fn that_ends(seed: u64, start: i64) -> Self {
        let mut dice = Dice::new(seed ^ 0xe2d);
        let purposes = [
            Purpose::Personalisation,
            Purpose::CollaborativeLearning,
            Purpose::DirectMarketing,
            Purpose::IdentityLinking,
        ];
        let mut privacy = Self::usual();
        for purpose in dice.some(25, &purposes) {
            privacy.valid.insert(purpose, (10 + dice.below(50) as i64) * DAY);
        }
        if dice.chance(25) {
            let what = dice.maybe(70, &purposes);
            privacy.notices.insert(start + dice.below(120) as i64 * 12 * HOUR, what);
        }
        privacy
    }

    /// The same, but nothing is turned away for want of consent.
    pub fn all_by_contract() -> Self {
        let mut privacy = Self::usual();
        privacy.categories.iter_mut().for_each(|(_, contract, _)| *contract = true);
        privacy
    }

    /// When a consent to a purpose that was given at an instant ends by itself.
    pub fn ends(&self, purpose: &Purpose, given: i64) -> Vec<i64> {
        if *purpose == Purpose::Contextual {
            // It needs no consent.
            return Vec::new();
        }
        let news = self.notices.iter().filter(|(from, what)| {
            **from > given && what.as_ref().is_none_or(|only| only == purpose)
        });
        let runs_out = self.valid.get(purpose).map(|valid| given + valid);
        news.map(|(from, _)| *from).chain(runs_out).collect()
    }

    /// Whether it has by then.
    pub fn ended(&self, purpose: &Purpose, given: i64, at: i64) -> bool {
        self.ends(purpose, given).into_iter().any(|end| end <= at)
    }

    /// The crate's policy that says the same.
    pub fn policy(&self) -> PrivacyPolicy {
        let mut policy = PrivacyPolicy::new();
        for (category, contract, special) in &self.categories {
            let basis = if *contract { Basis::Contract } else { Basis::Consent };
            policy = policy.category(category.clone(), basis);
            if *special {
                policy = policy.special(category.clone());
            }
        }
        for (kind, category) in &self.kinds {
            policy = policy.kind(kind.as_str(), category.clone());
        }
        for (name, category) in &self.attributes {
            policy = policy.attribute(name.as_str(), category.clone());
        }
        for (purpose, (level, categories)) in &self.purposes {
            if let Some(categories) = categories {
                policy = policy.purpose(purpose.clone(), *level, categories.clone());
            }
        }
        for (purpose, millis) in &self.valid {
            let time = Duration::from_millis(*millis as u64);
            policy = policy.valid_for(purpose.clone(), time);
        }
        for (version, (from, what)) in (1..).zip(&self.notices) {
            let notice = Notice::new(version, Timestamp::from_millis(*from));
            policy = policy.notice(match what {
                Some(purpose) => notice.material_for([purpose.clone()]),
                None => notice.material(),
            });
        }
        policy
    }
}

impl World {
    /// A made world.
    pub fn new(seed: u64, size: Size) -> Self {
        let mut dice = Dice::new(seed);
        let start = noon().as_millis();
        let mut world = Self {
            wares: (0..size.items).map(|n| ware(&mut dice, n)).collect(),
            privacy: Privacy::that_ends(seed, start),
            customers: (0..size.customers).map(|n| format!("c{n:02}")).collect(),
            told: Vec::new(),
            end: start + 60 * DAY,
            zone: ZONES[seed as usize % ZONES.len()].into(),
        };
        for customer in world.customers.clone() {
            world.tell_choices(&mut dice, &customer, start);
            for n in 0..dice.below(size.events) + 1 {
                let at = start + dice.below(240) as i64 * 6 * HOUR;
                // Now and then right beside an edge.
                let at = at + dice.maybe(20, &[-1, 1]).unwrap_or(0);
                let what = world.something(&mut dice, n);
                let channel = dice.maybe(70, &channels());
                let id = format!("{customer}-{n}");
                world.told.push(Told { id, who: customer.clone(), at, channel, what });
            }
        }
        world.one_word_at_a_time();
        world
    }

    /// The catalogue that holds these wares.
    pub fn catalog(&self) -> Catalog {
        let item = |ware: &Ware| {
            let item = Item::new(ware.id.as_str()).available(ware.available);
            ware.described(item.category(ware.category.iter().copied()))
        };
        Catalog::new(self.wares.iter().map(item)).unwrap()
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.end)
    }

    pub fn ware(&self, id: &str) -> &Ware {
        self.wares.iter().find(|ware| ware.id == id).unwrap()
    }

    /// What is told, by time; the choices at an instant before all else.
    pub fn by_time(&self) -> Vec<Told> {
        let mut told = self.told.clone();
        told.sort_by_key(|told| (told.at, !matches!(told.what, What::Chose(_)), told.id.clone()));
        told
    }

    fn tell_choices(&mut self, dice: &mut Dice, customer: &str, start: i64) {
        let generous = dice.chance(60);
        let mut choices: Vec<(i64, Chose)> = Vec::new();
        if generous {
            choices.push((start - DAY, everything()));
        }
        for _ in 0..dice.below(if generous { 3 } else { 6 }) {
            let at = start + dice.below(240) as i64 * 6 * HOUR;
            choices.push((at, choice(dice)));
        }
        for (n, (at, chosen)) in choices.into_iter().enumerate() {
            self.told.push(Told {
                id: format!("{customer}-choice-{n}"),
                who: customer.to_owned(),
                at,
                channel: None,
                what: What::Chose(chosen),
            });
        }
    }

    fn something(&self, dice: &mut Dice, n: usize) -> What {
        let action = format!("a{}", dice.below(6));
        match dice.below(20) {
            0..3 => {
                let mut names = dice.some(50, &ATTRIBUTES);
                names.extend(names.is_empty().then_some("colour"));
                let said = names.into_iter().map(|name| (name.to_owned(), value_of(dice, name)));
                What::Said(said.collect())
            }
            3 => {
                let replies = [Reply::Declined, Reply::Bounced, Reply::NotSent];
                What::Answered(action, *dice.pick(&replies))
            }
            4 => What::Did(Did { action: Some(action), ..Did::new(Kind::Accepted) }),
            5..10 => What::Did(self.deed(dice, n)),
            _ => What::Did(Did { kind: Kind::Purchased, ..self.deed(dice, n) }),
        }
    }

    fn deed(&self, dice: &mut Dice, n: usize) -> Did {
        // The first ones are bought most.
        let many = 1 + dice.below(self.wares.len());
        let item = self.wares[dice.below(many)].id.clone();
        let currency = if dice.chance(80) { "EUR" } else { "USD" };
        Did {
            kind: dice.pick(&kinds()).clone(),
            item: dice.chance(90).then_some(item),
            amount: dice.chance(70).then(|| (dice.below(8) as i64 * 1_250_000, currency.into())),
            order: dice.chance(70).then(|| format!("o{}", n / 3)),
            action: None,
            quantity: dice.maybe(40, &[0.0, 0.333, 0.5, 2.0, 3.0, 7.0]),
            properties: properties(dice),
        }
    }

    /// Two values of one attribute at one instant would leave it to the crate's own
    /// hash of ids which of them stands.
    fn one_word_at_a_time(&mut self) {
        let mut known: Vec<(String, i64)> = Vec::new();
        self.told.retain(|told| {
            let word = (told.who.clone(), told.at);
            let said = matches!(told.what, What::Said(_));
            let new = !said || !known.contains(&word);
            known.extend(said.then_some(word));
            new
        });
    }
}

/// What else is known of a ware follows from its number.
impl Ware {
    fn number(&self) -> usize {
        self.id[1..].parse().unwrap_or(0)
    }

    pub fn brand(&self) -> Option<&'static str> {
        [Some("acme"), Some("bolt"), None].get(self.number() % 3).copied().flatten()
    }

    /// In millionths, with the currency.
    pub fn price(&self) -> Option<(i64, String)> {
        let n = self.number();
        let currency = if n % 11 == 10 { "USD" } else { "EUR" };
        (n % 7 != 6).then(|| ((n * 7 % 10) as i64 * 1_000_000, currency.into()))
    }

    pub fn tier(&self) -> Option<f64> {
        (self.number() % 6 != 5).then(|| (self.number() / 5 % 3) as f64)
    }

    pub fn colour(&self) -> Option<Value> {
        match self.number() % 5 {
            0 => Some("red".into()),
            1 => Some(["red", "blue"].into()),
            2 => Some((self.number() as f64).into()),
            3 => Some(["blue", "dark"].into()),
            _ => None,
        }
    }

    /// Some that there are, and some that there are not.
    pub fn accessories(&self) -> Vec<String> {
        let n = self.number();
        [n * 3 + 1, n * 5 + 2, n].map(|n| format!("i{}", n % 17)).into()
    }

    pub fn substitutes(&self) -> Vec<String> {
        [self.number() + 5, self.number() + 7].map(|n| format!("i{}", n % 14)).into()
    }

    /// Some point nowhere.
    pub fn vector(&self) -> Vec<f32> {
        let n = self.number();
        if n % 4 == 3 { vec![0.0; 3] } else { vec![(n % 3) as f32, (n % 5) as f32 - 2.0, 1.0] }
    }

    fn described(&self, item: Item) -> Item {
        let item = item.vector("allergy", self.vector());
        let item = self.accessories().into_iter().fold(item, Item::accessory);
        let item = self.substitutes().into_iter().fold(item, Item::substitute);
        let item = self.brand().into_iter().fold(item, Item::brand);
        let item = self.tier().into_iter().fold(item, |item, tier| item.attribute("tier", tier));
        let colour = self.colour().into_iter();
        let item = colour.fold(item, |item, colour| item.attribute("colour", colour));
        let price =
            |(micros, currency): (i64, String)| Money::micros(micros, currency.parse().unwrap());
        self.price().into_iter().map(price).fold(item, Item::price)
    }
}

fn ware(dice: &mut Dice, n: usize) -> Ware {
    let category = match n % 5 {
        0 => vec!["food"],
        1 => vec!["food", "sweet"],
        2 => vec!["food", "sweet", "dark"],
        3 => vec!["house"],
        _ => Vec::new(),
    };
    Ware { id: format!("i{n}"), category, available: dice.chance(85) }
}

/// Several of one name are of several categories.
fn properties(dice: &mut Dice) -> Vec<(Option<DataCategory>, String, Value)> {
    let mut properties: Vec<(Option<DataCategory>, String, Value)> = Vec::new();
    while dice.chance(35) {
        let category = dice.maybe(40, &[health(), DataCategory::Opinions]);
        let name = *dice.pick(&PROPERTIES);
        if !properties.iter().any(|(of, known, _)| *of == category && known == name) {
            properties.push((category, name.to_owned(), value_of(dice, name)));
        }
    }
    properties
}

/// A value as one of that name mostly is.
pub fn value_of(dice: &mut Dice, name: &str) -> Value {
    if dice.chance(15) {
        return value(dice);
    }
    match name {
        "born" => birth(dice),
        "colour" | "weather" => text(dice),
        "time_zone" => Value::from(*dice.pick(&ZONES)),
        "tags" => dice.some(40, &["red", "blue", "dark red", "7"]).into(),
        "home" => {
            let (lat, lon) = *dice.pick(&PLACES);
            Location::degrees(lat, lon).unwrap().into()
        }
        // Some of it is measured.
        "allergy" => match value(dice) {
            Value::Number(n) if n >= 0.0 => Value::numbers([n, 1.0, 1.0 - n]),
            value => value,
        },
        "cars" => (0..dice.below(4)).map(|_| car(dice)).collect::<Vec<_>>().into(),
        "age" | "stars" => Value::from(dice.below(6) as f64 / 2.0 - 1.0),
        _ => value(dice),
    }
}

fn car(dice: &mut Dice) -> Record {
    let mut fields = dice.some(50, &["colour", "stars", "tags", "born"]);
    // A list within a list.
    fields.extend(dice.chance(8).then_some("cars"));
    fields.extend(fields.is_empty().then_some("colour"));
    fields.into_iter().fold(Record::new(), |car, name| car.set(name, value_of(dice, name)))
}

pub fn value(dice: &mut Dice) -> Value {
    match dice.below(9) {
        0..2 => text(dice),
        2 => Value::from(dice.chance(50)),
        3 => birth(dice),
        4 => Value::from(if dice.chance(50) { 0.0 } else { -0.0 }),
        5 => dice.some(40, &["red", "blue", "7"]).into(),
        _ => Value::from(dice.below(5) as f64 - 2.0),
    }
}

/// One that has an order.
pub fn ordered(dice: &mut Dice) -> Value {
    if dice.chance(30) { birth(dice) } else { Value::from(dice.below(5) as f64 - 2.0) }
}

fn text(dice: &mut Dice) -> Value {
    Value::from(*dice.pick(&["red", "blue", "dark red", "Red 7", "7"]))
}

/// On the grid that things happen on, in this year or in others; and on days that are not in
/// every year.
fn birth(dice: &mut Dice) -> Value {
    let rare = ["2024-02-29T00:30:00Z", "2000-02-29T12:00:00Z", "2025-12-31T23:59:59Z"];
    if dice.chance(15) {
        return Value::from(dice.pick(&rare).parse::<Timestamp>().unwrap());
    }
    let at = noon().as_millis() + (dice.below(280) as i64 - 20) * 6 * HOUR;
    let years = *dice.pick(&[0, 0, 1, 30, -1]);
    Value::from(Timestamp::from_millis(at - years * 365 * DAY))
}

/// All that there is, special categories too.
pub fn everything() -> Chose {
    let mut categories = DataCategory::BASE.to_vec();
    categories.push(health());
    let only = Word::Only(categories);
    Chose {
        level: Some(Level::Collaborative),
        purposes: [
            (Purpose::Personalisation, only.clone()),
            (Purpose::CollaborativeLearning, only),
            (Purpose::DirectMarketing, Word::Yes),
            (Purpose::IdentityLinking, Word::Yes),
        ]
        .into(),
        channels: BTreeMap::new(),
        restricted: None,
    }
}

/// A choice of any kind.
pub fn choice(dice: &mut Dice) -> Chose {
    let levels = [Level::Off, Level::Contextual, Level::OwnHistory, Level::Collaborative];
    let level = dice.maybe(50, &levels);
    let all = Purpose::BASE.into_iter().chain([research()]).collect::<Vec<_>>();
    let purposes = dice.some(40, &all).into_iter().map(|purpose| {
        let word = match dice.below(5) {
            0..2 => Word::Yes,
            2..4 => {
                let mut these = dice.some(60, &DataCategory::BASE);
                these.extend(dice.chance(50).then(health));
                Word::Only(these)
            }
            _ => Word::No,
        };
        (purpose, word)
    });
    let purposes = purposes.collect();
    let channels = dice.some(10, &channels()).into_iter().map(|c| (c, dice.chance(60))).collect();
    let restricted = dice.chance(8).then(|| dice.chance(60));
    Chose { level, purposes, channels, restricted }
}
