//! Segments and actions like those that shops write: several conditions each, over
//! counts, sums, recency, absence, attributes, categories and other segments.

use confidant::{
    Action, Aggregate, Catalog, Channel, Condition, ContactPolicy, Currency, DataCategory, Engine,
    ItemItem, Kind, Kinds, PrivacyPolicy, Scope, Segment, Store, Treatment, all, any, attribute,
    count, days, in_segment, last, not, not_seen_for, orders, session, total,
};

use crate::support::Result;
use crate::world::{CITIES, TIERS, category, department, items};

const RECOMMENDER: &str = "bought together";

/// Windows, in days.
const WINDOWS: [u32; 6] = [7, 30, 60, 90, 180, 365];

pub(crate) fn engine(actions: u32, segments: u32, store: impl Store) -> Result<Engine> {
    let currency: Currency = "EUR".parse()?;
    let privacy = PrivacyPolicy::new()
        .attribute("age", DataCategory::Demographics)
        .attribute("city", DataCategory::Demographics);
    let engine = Engine::builder()
        .store(store)
        .catalog(Catalog::new(items())?)
        .privacy(privacy)
        .recommender(RECOMMENDER, ItemItem::params())
        .segments((0..segments).map(|n| segment(n, currency)))
        .actions((0..actions).map(|n| action(n, segments, currency)))
        .contact(ContactPolicy::new().cap(3, days(7)).cap_on(Channel::Email, 2, days(7)));
    Ok(engine.build()?)
}

/// Twenty figures that shops look at: purchases and looks in five windows, and when last.
pub(crate) fn aggregates() -> Result<Vec<Aggregate>> {
    let currency: Currency = "EUR".parse()?;
    let bought = || Kind::Purchased;
    let within = |days_: u32| {
        let window = days(days_);
        [
            Aggregate::count(bought()).within(window),
            Aggregate::sum(bought(), currency).within(window),
            Aggregate::count(Kind::Viewed).on(Channel::Web).within(window),
        ]
    };
    let whole = [
        Aggregate::orders(bought()),
        Aggregate::items(bought()),
        Aggregate::average(bought(), currency),
        Aggregate::last(bought()),
        Aggregate::last(Kinds::any()),
    ];
    Ok([7, 30, 90, 180, 365].into_iter().flat_map(within).chain(whole).collect())
}

fn window(n: u32) -> std::time::Duration {
    days(WINDOWS.iter().copied().cycle().nth(n as usize).unwrap_or(30))
}

fn name(n: u32) -> String {
    format!("segment {n:03}")
}

fn pick<'a>(names: &[&'a str], n: u32) -> &'a str {
    names.iter().copied().cycle().nth(n as usize).unwrap_or_default()
}

/// Buys in a category, and lately.
fn buys_in(n: u32) -> Condition {
    let (department, category) = (department(n), category(n));
    all([
        count(Kind::Purchased).in_category([department.as_str()]).within(window(n + 2)).at_least(2),
        count([Kind::Purchased, Kind::Viewed])
            .in_category([department.as_str(), category.as_str()])
            .within(window(n + 1))
            .at_least(1),
        last(Kinds::any()).at_most_ago(window(n + 3)),
    ])
}

/// Looks, and does not buy.
fn browses(n: u32) -> Condition {
    let department = department(n);
    all([
        count(Kind::Viewed).in_category([department.as_str()]).within(window(n)).at_least(2),
        not(count(Kind::Purchased)
            .in_category([department.as_str()])
            .within(window(n))
            .at_least(1)),
        count(Kind::AddedToBasket).within(window(n + 1)).at_least(1),
    ])
}

fn segment(n: u32, currency: Currency) -> Segment {
    let condition = match n % 8 {
        0 => buys_in(n),
        1 => all([
            total(Kind::Purchased, currency).within(window(n)).at_least(f64::from(50 + n % 7 * 50)),
            attribute("tier").one_of([pick(&TIERS, n), pick(&TIERS, n + 1)]),
        ]),
        2 => all([
            last(Kind::Purchased).longer_ago_than(window(n)),
            count(Kind::Purchased).within(days(365)).at_least(3 + n % 5),
        ]),
        3 => browses(n),
        4 => all([
            orders(Kind::Purchased).on(Channel::Web).within(window(n)).at_least(1 + n % 3),
            attribute("age").at_least((20 + n % 50) as i32),
        ]),
        5 => all([in_segment(name(n - 5)), not_seen_for(window(n % 3))]),
        6 => any([
            count([Kind::Opened, Kind::Clicked]).on(Channel::Email).within(window(n)).at_least(1),
            all([in_segment(name(n - 5)), attribute("city").is(pick(&CITIES, n))]),
        ]),
        _ => all([
            not(in_segment(name(n - 5))),
            count(Kind::ContactedSupport).within(window(n)).at_most(0),
            total(Kind::Purchased, currency).within(window(n + 2)).at_least(100.0),
        ]),
    };
    Segment::new(name(n), condition).aim("to see how it runs")
}

fn action(n: u32, segments: u32, currency: Currency) -> Action {
    let recent = last(Kinds::any()).at_most_ago(window(n + 3));
    let spends = total(Kind::Purchased, currency).within(window(n + 1)).at_least(40.0);
    let mut when = match n % 5 {
        // One in five is for everybody.
        0 => Vec::new(),
        1 => vec![buys_in(n), spends],
        2 => vec![browses(n), recent],
        3 => vec![
            orders(Kind::Purchased).within(window(n + 2)).at_least(1 + n % 4),
            not(count(Kind::Returned).within(days(90)).at_least(1)),
            attribute("city").one_of([pick(&CITIES, n), pick(&CITIES, n + 3)]),
        ],
        _ => vec![
            any([
                count(Kind::Searched).within(window(n)).at_least(1),
                count(Kind::Clicked).on(Channel::Email).within(window(n + 1)).at_least(1),
            ]),
            attribute("age").at_most((30 + n % 50) as i32),
            recent,
        ],
    };
    if !n.is_multiple_of(5) && segments > 0 {
        when.push(not(in_segment(name(n * 7 % segments))));
    }
    let mut action = Action::new(format!("action {n:03}"))
        .value(f64::from(1 + n % 9))
        .accepted_by(0.02 + f64::from(n % 10) / 200.0)
        .when(all(when))
        .weighs(1.5, session("page").is("product"))
        .weighs(
            1.2,
            count(Kind::Viewed).in_category([department(n).as_str()]).within(days(7)).at_least(1),
        )
        .treatment(Treatment::on(Channel::Web).shows("a banner"))
        .treatment(Treatment::on(Channel::Email).costs(0.02).shows("a letter"));
    if n.is_multiple_of(3) {
        action = action.about_category([department(n)]);
    }
    if n % 10 == 1 {
        action = action.recommends(RECOMMENDER, Scope::New, 3);
    }
    action
}
