//! What the shop lays down: an offer for everybody, a gift of which there are few, and how
//! often a customer may be written to.

use confidant::{
    Action, Catalog, Channel, ContactPolicy, Engine, EngineBuilder, Item, Timestamp, Treatment,
    days,
};

pub(crate) const ITEMS: [&str; 3] = ["espresso", "filter", "mug"];

pub(crate) const GIFT: &str = "gift";

/// How many gifts there are.
pub(crate) const GIFTS: usize = 20;

/// How often a customer may be written to in a week.
pub(crate) const EMAILS: usize = 3;

/// A small head, so that much of a record soon lies behind it.
const SEAL_AFTER: usize = 32;

pub(crate) fn builder() -> confidant::Result<EngineBuilder> {
    Ok(Engine::builder()
        .seal_after(SEAL_AFTER)
        .catalog(Catalog::new(ITEMS.map(Item::new))?)
        .action(Action::new("news").value(1.0).treatment(Treatment::on(Channel::Email)))
        .action(
            Action::new(GIFT)
                .value(9.0)
                .volume(GIFTS as u64)
                .treatment(Treatment::on(Channel::Web)),
        )
        .action(Action::new("recipe").value(1.0).treatment(Treatment::on(Channel::Web)))
        .contact(ContactPolicy::new().cap_on(Channel::Email, EMAILS as u32, days(7))))
}

/// When it all begins: 2026-03-02T08:00:00Z, a Monday.
pub(crate) fn opening() -> Timestamp {
    Timestamp::from_secs(1_772_438_400)
}

pub(crate) fn customer(number: u32) -> String {
    format!("customer {number}")
}

pub(crate) fn card(number: u32) -> String {
    format!("4711-{number}")
}
