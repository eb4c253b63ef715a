//! Made data for the benchmarks: the same on every run.
#![allow(dead_code, reason = "no benchmark uses all of it")]

use confidant::{
    Action, Aggregate, Catalog, Channel, Condition, Engine, EngineBuilder, Event, Item, Kind,
    Kinds, Level, Money, Purpose, Result, Scope, Segment, Timestamp, Treatment, all, attribute,
    count, days, hours, in_segment, last, orders, total,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The instant that all made data lead up to.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_770_000_000);

/// How many items the made catalogue has.
const ITEMS: u32 = 1000;

/// A catalogue of a thousand items in forty categories.
pub(crate) fn catalog() -> Result<Catalog> {
    Catalog::new((0..ITEMS).map(|n| {
        Item::new(format!("item-{n:04}"))
            .category([format!("department-{}", n % 8), format!("aisle-{}", n % 40)])
            .price(Money::micros(i64::from(n % 90 + 1) * 500_000, euro()))
    }))
}

fn euro() -> confidant::Currency {
    "EUR".parse().unwrap_or_else(|_| std::process::abort())
}

/// A full grant, before everything.
pub(crate) fn consent(customer: &str) -> Event {
    Event::consent(customer, NOW - days(400))
        .level(Level::Collaborative)
        .allow(Purpose::Personalisation)
        .allow(Purpose::CollaborativeLearning)
        .allow(Purpose::DirectMarketing)
        .into()
}

/// `n` events of one customer over a year, by time.
pub(crate) fn events(customer: &str, n: u32, seed: u64) -> Vec<Event> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..n)
        .map(|i| {
            let at = NOW - hours((n - i) * (365 * 24 / n.max(1)));
            let popular: f64 = rng.random();
            let item = format!("item-{:04}", (popular * popular * f64::from(ITEMS)) as u32);
            let event = match rng.random_range(0..10) {
                0..4 => Event::viewed(customer, at).on(Channel::Web),
                4 => Event::added_to_basket(customer, at).on(Channel::App),
                _ => Event::purchased(customer, at)
                    .on(Channel::Store)
                    .amount(Money::micros(rng.random_range(1..5000) * 10_000, euro()))
                    .order(format!("order-{}", i / 3)),
            };
            event.item(item).id(format!("{customer}-{i}")).into()
        })
        .collect()
}

/// Five conditions of the kinds that hosts write.
pub(crate) fn conditions(n: u32) -> [Condition; 5] {
    [
        count(Kind::Purchased).within(days(30 + n % 5 * 30)).at_least(n % 4),
        orders(Kind::Purchased).within(days(365)).at_least(1),
        total(Kind::Purchased, euro()).within(days(90)).at_least(f64::from(n % 7)),
        last([Kind::Purchased, Kind::Viewed]).at_most_ago(days(300 + n % 3)),
        count(Kind::Viewed).in_category([&*format!("department-{}", n % 8)]).at_most(1000),
    ]
}

/// An engine with this many actions and segments.
pub(crate) fn engine(actions: u32, segments: u32) -> Result<EngineBuilder> {
    let segment = |n: u32| Segment::new(format!("segment-{n:03}"), all(conditions(n)));
    let action = |n: u32| {
        let action = Action::new(format!("action-{n:03}"))
            .value(f64::from(n % 10 + 1))
            .when(match n % 4 {
                0 => Condition::Always,
                1 => in_segment(format!("segment-{:03}", n % segments.max(1))),
                2 => all([attribute("tier").is("gold"), count(Kind::Viewed).at_least(1)]),
                _ => count(Kind::Purchased).within(days(60)).at_least(n % 5),
            })
            .treatment(Treatment::on(Channel::Web))
            .treatment(Treatment::on(Channel::Email).costs(0.01));
        match n % 5 {
            0 => action.recommends("together", Scope::New, 5),
            1 => action.about_category([format!("department-{}", n % 8)]),
            _ => action,
        }
    };
    Ok(Engine::builder()
        .catalog(catalog()?)
        .segments((0..segments).map(segment))
        .recommender("together", confidant::ItemItem::params())
        .actions((0..actions).map(action)))
}

/// Twenty aggregates of the kinds that hosts ask for.
pub(crate) fn aggregates() -> [Aggregate; 20] {
    let (bought, seen) = (Kind::Purchased, Kind::Viewed);
    let food = || ["department-3"];
    [
        Aggregate::count(bought.clone()).within(days(30)),
        Aggregate::count(bought.clone()).within(days(365)),
        Aggregate::count(seen.clone()).within(days(7)),
        Aggregate::count(seen.clone()).within(days(90)).on(Channel::Web),
        Aggregate::count(Kinds::any()).within(days(30)),
        Aggregate::orders(bought.clone()).within(days(90)),
        Aggregate::orders(bought.clone()),
        Aggregate::items(bought.clone()).within(days(365)),
        Aggregate::items(seen.clone()).within(days(30)),
        Aggregate::sum(bought.clone(), euro()).within(days(30)),
        Aggregate::sum(bought.clone(), euro()).within(days(365)),
        Aggregate::sum(bought.clone(), euro()).within(days(365)).in_category(food()),
        Aggregate::average(bought.clone(), euro()).within(days(365)),
        Aggregate::minimum(bought.clone(), euro()).within(days(365)),
        Aggregate::maximum(bought.clone(), euro()).within(days(365)),
        Aggregate::first(bought.clone()),
        Aggregate::last(bought),
        Aggregate::last(Kinds::any()),
        Aggregate::last(seen.clone()).in_category(food()),
        Aggregate::count([seen, Kind::AddedToBasket]).within(days(14)),
    ]
}
