//! Made customers: a few items sell much, most sell little; people look more than they
//! buy; most allow everything, some do not.

use std::time::Duration;

use confidant::{Channel, Event, Item, Level, Money, Purpose, Timestamp, days};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::Arguments;

/// How many items there are.
pub(crate) const ITEMS: u32 = 1_000;

/// Departments, and categories in each.
pub(crate) const DEPARTMENTS: u32 = 10;
pub(crate) const CATEGORIES: u32 = 5;

/// How long it all takes.
const SPAN: Duration = days(365);

pub(crate) const CITIES: [&str; 6] = ["Graz", "Linz", "Lyon", "Porto", "Turku", "Utrecht"];
pub(crate) const TIERS: [&str; 3] = ["basic", "silver", "gold"];

pub(crate) struct World {
    random: StdRng,
    customers: u32,
    rounds: u32,
    /// The sum of the items' weights up to each, for drawing.
    items: Vec<f64>,
}

pub(crate) fn customer(number: u32) -> String {
    format!("c{number:07}")
}

pub(crate) fn item(number: u32) -> String {
    format!("i{number:04}")
}

pub(crate) fn department(number: u32) -> String {
    format!("department {}", number % DEPARTMENTS)
}

pub(crate) fn category(number: u32) -> String {
    format!("category {}", number / DEPARTMENTS % CATEGORIES)
}

/// Every item, in a tree of departments and categories.
pub(crate) fn items() -> impl Iterator<Item = Item> {
    (0..ITEMS).map(|n| Item::new(item(n)).category([department(n), category(n)]))
}

fn beginning() -> Timestamp {
    // 2025-01-01T00:00:00Z.
    Timestamp::from_secs(1_735_689_600)
}

impl World {
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let mut sum = 0.0;
        let items = (1..=ITEMS).map(|rank| {
            sum += 1.0 / f64::from(rank);
            sum
        });
        Self {
            items: items.collect(),
            random: StdRng::seed_from_u64(arguments.seed),
            customers: arguments.customers,
            rounds: arguments.events_per_customer,
        }
    }

    /// After everything.
    pub(crate) fn end(&self) -> Timestamp {
        beginning() + SPAN
    }

    /// How far a customer lets it go: seven in eight all the way.
    fn level(customer: u32) -> Level {
        match customer % 24 {
            0 => Level::Contextual,
            8 | 16 => Level::OwnHistory,
            _ => Level::Collaborative,
        }
    }

    /// What a customer says at the start.
    pub(crate) fn hello(&mut self, number: u32) -> Vec<Event> {
        let at = beginning();
        let level = Self::level(number);
        let mut consent =
            Event::consent(customer(number), at).level(level).allow(Purpose::DirectMarketing);
        if level >= Level::OwnHistory {
            consent = consent.allow(Purpose::Personalisation);
        }
        if level >= Level::Collaborative {
            consent = consent.allow(Purpose::CollaborativeLearning);
        }
        let mut said = vec![consent.into()];
        if level >= Level::OwnHistory {
            let city = self.one_of(&CITIES);
            let tier = self.one_of(&TIERS);
            let facts = Event::declared(customer(number), at)
                .attribute("age", self.random.random_range(18..90))
                .attribute("city", city)
                .attribute("tier", tier);
            said.push(facts.into());
        }
        said
    }

    /// The event of a round at a place in it. Who comes at which place changes from
    /// round to round, so that customers are interleaved and their pauses differ.
    pub(crate) fn event(&mut self, round: u32, place: u32) -> Event {
        let number = self.shuffled(round, place);
        let step = u64::from(round - 1) * u64::from(self.customers) + u64::from(place);
        let steps = u64::from(self.rounds) * u64::from(self.customers);
        let millis = SPAN.as_secs() as f64 * 1000.0 * step as f64 / steps as f64;
        let at = beginning() + Duration::from_secs(1) + Duration::from_millis(millis as u64);
        self.made(customer(number), number, at, step)
    }

    /// A different order for each round, without a table of it.
    fn shuffled(&self, round: u32, place: u32) -> u32 {
        let n = u64::from(self.customers);
        let coprime = |stride: &u64| gcd(*stride, n) == 1;
        let from = n * 5 / 8 + u64::from(round) * 7;
        let stride = (from..).find(coprime).unwrap_or(1);
        ((u64::from(place) * stride + u64::from(round) * 1_000_003) % n) as u32
    }

    fn made(&mut self, customer: String, number: u32, at: Timestamp, id: u64) -> Event {
        let id = format!("e{id:09}");
        let item = item(self.item());
        let channel = match self.random.random_range(0..20) {
            0..10 => Channel::Web,
            10..15 => Channel::App,
            _ => Channel::Store,
        };
        // Those who allow little are only known by what a contract needs.
        let kind = match Self::level(number) {
            Level::OwnHistory | Level::Collaborative => self.random.random_range(0..100),
            _ => 0,
        };
        match kind {
            0..35 => {
                let cents = self.random.random_range(99..9_999);
                let bought = Event::purchased(customer, at)
                    .item(item)
                    .order(format!("o{}", self.random.random_range(0..100_000_000)))
                    .quantity(f64::from(self.random.random_range(1..4)));
                match Money::cents(cents, "EUR") {
                    Ok(amount) => bought.amount(amount),
                    Err(_) => bought,
                }
                .on(channel)
                .id(id)
                .into()
            }
            35..75 => Event::viewed(customer, at).item(item).on(channel).id(id).into(),
            75..87 => Event::added_to_basket(customer, at).item(item).on(channel).id(id).into(),
            87..91 => Event::searched(customer, at).on(channel).id(id).into(),
            91..94 => Event::opened(customer, at).on(Channel::Email).id(id).into(),
            94..97 => Event::clicked(customer, at).item(item).on(Channel::Email).id(id).into(),
            97 => Event::rated(customer, at).item(item).on(channel).id(id).into(),
            98 => Event::returned(customer, at).item(item).on(channel).id(id).into(),
            _ => Event::contacted_support(customer, at).on(Channel::CallCentre).id(id).into(),
        }
    }

    /// The n-th item sells one n-th of what the first one sells (Zipf).
    fn item(&mut self) -> u32 {
        let all = self.items.last().copied().unwrap_or_default();
        let drawn = self.random.random_range(0.0..all);
        let place = self.items.partition_point(|sum| *sum <= drawn);
        place.min(self.items.len().saturating_sub(1)) as u32
    }

    fn one_of(&mut self, names: &[&'static str]) -> &'static str {
        let drawn = self.random.random_range(0..names.len());
        names.get(drawn).copied().unwrap_or_default()
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
