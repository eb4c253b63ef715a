//! What the shop configures: what each datum is about, whom it calls what, what it can
//! propose, and how often it may write. This is the part that you would write.

use std::collections::BTreeMap;

use confidant::{
    Action, Channel, ContactPolicy, Currency, DataCategory, Engine, EngineBuilder, ItemItem, Kind,
    PersonalFrequency, Popularity, PrivacyPolicy, Scope, Segment, Store, Treatment, all, attribute,
    count, days, in_segment, last, orders, session, total,
};

use crate::sample::{CURRENCY, Campaign, Sample};
use crate::support::Result;
use crate::support::say::sentence;

pub(crate) const POPULARITY: &str = "popularity";
pub(crate) const PERSONAL: &str = "personal";
pub(crate) const ITEM_ITEM: &str = "item_item";

/// What is known of a household, all of it demographics in the eyes of the law.
pub(crate) const DEMOGRAPHICS: [&str; 7] = [
    "age",
    "income",
    "home_ownership",
    "marital_status",
    "household_size",
    "household_comp",
    "kids_count",
];

/// An engine over what a store keeps.
pub(crate) fn engine(sample: &Sample, store: impl Store) -> Result<Engine> {
    Ok(builder(sample)?.store(store).build()?)
}

fn builder(sample: &Sample) -> Result<EngineBuilder> {
    Ok(Engine::builder()
        .catalog(sample.catalog.clone())
        .privacy(privacy())
        .segments(segments()?)
        .recommender(POPULARITY, Popularity::params())
        .recommender(PERSONAL, PersonalFrequency::params())
        .recommender(ITEM_ITEM, ItemItem::params())
        .actions(services())
        .actions(sample.campaigns.iter().map(|campaign| coupons(sample, campaign)))
        .contact(ContactPolicy::new().cap(1, days(7)).quiet_hours(21, 8)))
}

/// What was mailed to whom says how they respond, so it is of that category.
fn privacy() -> PrivacyPolicy {
    let policy = PrivacyPolicy::new().kind("mailed", DataCategory::Responses);
    DEMOGRAPHICS
        .into_iter()
        .fold(policy, |policy, name| policy.attribute(name, DataCategory::Demographics))
}

fn segments() -> Result<[Segment; 6]> {
    let dollars: Currency = CURRENCY.parse()?;
    let shops = || orders(Kind::Purchased);
    let cooks =
        |department, times| shops().in_category([department]).within(days(56)).at_least(times);
    Ok([
        Segment::new("regulars", shops().within(days(28)).at_least(4)).aim("keep them happy"),
        Segment::new(
            "big baskets",
            total(Kind::Purchased, dollars).within(days(90)).at_least(900.0),
        )
        .aim("delivery to the door"),
        Segment::new(
            "slipping away",
            all([
                shops().within(days(365)).at_least(20),
                last(Kind::Purchased).longer_ago_than(days(14)),
            ]),
        )
        .aim("win them back"),
        Segment::new("fresh cooks", all([cooks("PRODUCE", 4), cooks("MEAT", 2)]))
            .aim("recipes with what is in season"),
        Segment::new("families", attribute("kids_count").one_of(["1", "2", "3+"]))
            .aim("larger packs"),
        Segment::new("coupon users", count(Kind::Accepted).within(days(365)).at_least(1))
            .aim("coupons for what they buy"),
    ])
}

/// What the shop can always propose.
fn services() -> [Action; 4] {
    [
        // For everybody, strangers included.
        Action::new("leaflet")
            .accepted_by(0.2)
            .treatment(Treatment::on(Channel::Web).shows("This week's offers"))
            .treatment(Treatment::on(Channel::Email).costs(0.05).shows("This week's offers")),
        // What others bought with what is in front of you, or in your pantry.
        Action::new("goes-with-it")
            .accepted_by(0.1)
            .value(1.5)
            .weighs(3.0, session("page").is("product"))
            .recommends(ITEM_ITEM, Scope::New, 3)
            .treatment(Treatment::on(Channel::Web).shows("Goes well with it")),
        Action::new("recipe-box")
            .accepted_by(0.04)
            .value(9.0)
            .when(all([in_segment("fresh cooks"), in_segment("regulars")]))
            .about_category(["PRODUCE"])
            .treatment(Treatment::on(Channel::Web).shows("Three dinners, one box"))
            .treatment(Treatment::on(Channel::Email).costs(0.05).shows("Three dinners, one box")),
        Action::new("family-pack")
            .accepted_by(0.08)
            .value(3.0)
            .when(in_segment("families"))
            .treatment(Treatment::on(Channel::Web).shows("The larger pack, the lower price"))
            .treatment(Treatment::on(Channel::Store).shows("The larger pack, the lower price")),
    ]
}

/// A campaign's coupons. How many took them of those who were mailed is only half
/// known, so the belief about it weighs much.
fn coupons(sample: &Sample, campaign: &Campaign) -> Action {
    let shows = format!("Coupons for {}", main_categories(sample, campaign).join(", "));
    Action::new(campaign.action())
        .accepted_by(0.05)
        .belief_weighs(1000.0)
        .value(3.0)
        .from(campaign.from)
        .until(campaign.until)
        .about(campaign.products.iter().map(String::as_str))
        .weighs(1.5, in_segment("coupon users"))
        .treatment(Treatment::on(Channel::Web).shows(shows.as_str()))
        .treatment(Treatment::on(Channel::Email).costs(0.05).shows(shows))
}

/// The two categories with the most products of a campaign.
fn main_categories(sample: &Sample, campaign: &Campaign) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let items = campaign.products.iter();
    for item in items.filter_map(|product| sample.catalog.get(product)) {
        if let Some(category) = item.category_path().get(1) {
            *counts.entry(category).or_default() += 1;
        }
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
    let names = counts.iter().take(2).map(|(name, _)| sentence(name).to_lowercase());
    names.collect()
}
