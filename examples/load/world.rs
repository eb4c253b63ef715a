//! Made customers: a few items sell much, most sell little; people look more than they
//! buy; most allow everything, some do not.

use std::ops::Range;
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
    seed: u64,
    customers: u32,
    rounds: u32,
    /// How many places of the last round come by themselves.
    live: u32,
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
            seed: arguments.seed,
            customers: arguments.customers,
            rounds: arguments.events_per_customer,
            live: arguments.live.min(arguments.customers * arguments.events_per_customer.min(1)),
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

    /// The dice of one event, so that it is the same whenever it is made.
    fn dice(&self, number: u32, round: u32) -> StdRng {
        let event = u64::from(number) << 32 | u64::from(round);
        StdRng::seed_from_u64(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ event)
    }

    /// What a customer says at the start.
    pub(crate) fn hello(&self, number: u32) -> Vec<Event> {
        let (at, mut dice) = (beginning(), self.dice(number, 0));
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
            let city = one_of(&CITIES, &mut dice);
            let tier = one_of(&TIERS, &mut dice);
            let facts = Event::declared(customer(number), at)
                .attribute("age", dice.random_range(18..90))
                .attribute("city", city)
                .attribute("tier", tier);
            said.push(facts.into());
        }
        said
    }

    /// Everything that some customers say and do, customer by customer, but for the last
    /// events.
    pub(crate) fn lives(&self, numbers: Range<u32>) -> Vec<Event> {
        let orders: Vec<Order> = (1..=self.rounds).map(|round| self.order(round)).collect();
        let mut events = Vec::new();
        for number in numbers {
            events.extend(self.hello(number));
            let places = orders.iter().zip(1..).map(|(order, round)| (round, order.place(number)));
            let before =
                places.filter(|(round, place)| *round < self.rounds || *place >= self.live);
            events.extend(before.map(|(round, place)| self.made(number, round, place)));
        }
        events
    }

    /// How many last events there are.
    pub(crate) fn live(&self) -> u32 {
        self.live
    }

    /// The last event at a place.
    pub(crate) fn last(&self, place: u32) -> Event {
        self.made(self.order(self.rounds).number(place), self.rounds, place)
    }

    /// When a round's place comes.
    fn when(&self, round: u32, place: u32) -> (u64, Timestamp) {
        let step = u64::from(round - 1) * u64::from(self.customers) + u64::from(place);
        let steps = u64::from(self.rounds) * u64::from(self.customers);
        let millis = SPAN.as_secs() as f64 * 1000.0 * step as f64 / steps as f64;
        (step, beginning() + Duration::from_secs(1) + Duration::from_millis(millis as u64))
    }

    /// Who comes at which place changes from round to round, so that customers are
    /// interleaved and their pauses differ.
    fn order(&self, round: u32) -> Order {
        Order::new(self.customers, round)
    }

    fn made(&self, number: u32, round: u32, place: u32) -> Event {
        let (customer, (step, at)) = (customer(number), self.when(round, place));
        let mut dice = self.dice(number, round);
        let id = format!("e{step:09}");
        let item = item(self.item(&mut dice));
        let channel = match dice.random_range(0..20) {
            0..10 => Channel::Web,
            10..15 => Channel::App,
            _ => Channel::Store,
        };
        // Those who allow little are only known by what a contract needs.
        let kind = match Self::level(number) {
            Level::OwnHistory | Level::Collaborative => dice.random_range(0..100),
            _ => 0,
        };
        match kind {
            0..35 => {
                let cents = dice.random_range(99..9_999);
                let bought = Event::purchased(customer, at)
                    .item(item)
                    .order(format!("o{}", dice.random_range(0..100_000_000)))
                    .quantity(f64::from(dice.random_range(1..4)));
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
    fn item(&self, dice: &mut StdRng) -> u32 {
        let all = self.items.last().copied().unwrap_or_default();
        let drawn = dice.random_range(0.0..all);
        let place = self.items.partition_point(|sum| *sum <= drawn);
        place.min(self.items.len().saturating_sub(1)) as u32
    }
}

fn one_of(names: &[&'static str], dice: &mut StdRng) -> &'static str {
    names.get(dice.random_range(0..names.len())).copied().unwrap_or_default()
}

/// An order of all customers, without a table of it: places times a stride that shares no
/// divisor with their number, and so reach everybody.
struct Order {
    customers: u64,
    stride: u64,
    /// What undoes the stride.
    back: u64,
    shift: u64,
}

impl Order {
    fn new(customers: u32, round: u32) -> Self {
        let (customers, round) = (u64::from(customers), u64::from(round));
        let from = customers * 5 / 8 + round * 7;
        let stride = (from..).find(|stride| gcd(*stride, customers) == 1).unwrap_or(1) % customers;
        let back = inverse(stride, customers);
        Self { customers, stride, back, shift: round * 1_000_003 % customers }
    }

    fn number(&self, place: u32) -> u32 {
        ((u64::from(place) * self.stride + self.shift) % self.customers) as u32
    }

    fn place(&self, number: u32) -> u32 {
        let steps = u64::from(number) + self.customers - self.shift;
        (steps % self.customers * self.back % self.customers) as u32
    }
}

/// What times `number` is one more than a multiple of `modulus` (Euclid).
fn inverse(number: u64, modulus: u64) -> u64 {
    let (mut rest, mut next) = (modulus as i64, number as i64);
    let (mut of_rest, mut of_next) = (0, 1);
    while next != 0 {
        let times = rest / next;
        (rest, next) = (next, rest - times * next);
        (of_rest, of_next) = (of_next, of_rest - times * of_next);
    }
    of_rest.rem_euclid(modulus as i64) as u64
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
