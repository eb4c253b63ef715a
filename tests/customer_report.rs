//! The single customer view on one page: who it is, where each fact came from, and when each
//! kind of data was used last, by which decision. The page stands in `tests/cases/page.txt`,
//! as the customer reads it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;

use basics::{everything, taken};
use confidant::*;

fn march(day: u32) -> Timestamp {
    "2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap() + days(day - 1)
}

fn mail() -> Identifier {
    Identifier::new(IdentifierKind::Email, "ana@example.com")
}

fn tablet() -> Identifier {
    Identifier::new(IdentifierKind::Device, "tablet")
}

fn phone() -> Identifier {
    Identifier::new(IdentifierKind::Device, "old phone")
}

fn shop() -> Engine {
    let everywhere = |action: Action| {
        action.treatment(Treatment::on(Channel::Web)).treatment(Treatment::on(Channel::Email))
    };
    let buyers = Action::new("tea club").value(2.0);
    let placed = Action::new("shop in Porto").value(3.0);
    Engine::builder()
        .identity(IdentityPolicy::new().limit(IdentifierKind::Device, 1))
        .catalog(Catalog::new(["tea", "mug"].map(Item::new)).unwrap())
        .action(everywhere(buyers.when(count(Kind::Purchased).at_least(1))))
        .action(placed.when(attribute("city").is("Porto")).treatment(Treatment::on(Channel::Web)))
        .build()
        .unwrap()
}

fn cents(cents: i64, currency: &str) -> Money {
    Money::cents(cents, currency).unwrap()
}

/// Heard of at a fair under her mail address, a customer since she logged in with it.
fn ana() -> Engine {
    let engine = shop();
    let told = |event: Event| taken(engine.record(march(9), event));
    let fair = Event::prospect(mail(), march(1)).source("fair").basis(Basis::Consent);
    told(fair.until(march(30)).on(Channel::Store).into());
    told(everything("ana", march(1)).into());
    told(everything(mail(), march(1)).into());
    told(everything(tablet(), march(1)).into());
    let city = Event::observed(mail(), march(2)).attribute("city", "Porto").source("crm");
    told(city.until(march(25)).into());
    told(Event::declared("ana", march(3)).attribute("name", "Ana").on(Channel::Web).into());
    let login = Event::linked("ana", march(3), mail()).by(Evidence::LoggedIn);
    told(login.on(Channel::Web).into());
    let again = Event::linked("ana", march(5), mail()).by(Evidence::MailOpened);
    told(again.on(Channel::Email).into());
    let opened = Event::linked(mail(), march(4), tablet()).by(Evidence::MailOpened);
    told(opened.on(Channel::Email).into());
    // Her old phone, for which there is no room any more, knew her mail address before.
    told(everything(phone(), march(1)).into());
    let old = Event::linked(mail(), march(2), phone()).on(Channel::App);
    assert!(matches!(engine.record(march(9), old).unwrap(), Recorded::Apart(_)));
    let bought = |who: Identifier, day, item: &str, amount| {
        told(Event::purchased(who, march(day)).item(item).order("17").amount(amount).into());
    };
    bought("ana".into(), 4, "tea", cents(1250, "EUR"));
    bought(tablet(), 5, "mug", cents(250, "EUR"));
    bought(mail(), 6, "mug", cents(400, "USD"));
    told(Event::viewed(tablet(), march(6)).item("tea").into());
    engine
}

fn decided(engine: &Engine, who: impl Into<Identifier>, channel: Channel, day: u32) -> String {
    let decision = engine.decide(&Request::new(who, channel, march(day))).unwrap();
    decision.action().unwrap().to_string()
}

#[test]
fn the_page_says_where_each_fact_came_from_and_what_it_was_used_for() {
    let engine = ana();
    assert_eq!(decided(&engine, mail(), Channel::Web, 10), "shop in Porto");
    assert_eq!(decided(&engine, "ana", Channel::Email, 11), "tea club");
    let no = Event::outcome("ana", march(12), "tea club", Reply::Declined).on(Channel::Email);
    taken(engine.record(march(12), no));
    let page = engine.customer_report("ana", march(12)).unwrap().unwrap().to_string();
    assert!(page.ends_with("Nobody learned from these data.\n"));
    engine.advance(march(12)).unwrap();
    let page = engine.customer_report("ana", march(12)).unwrap().unwrap().to_string();
    assert_eq!(page, include_str!("cases/page.txt"));
}

/// What each kind of data was used for last.
fn used(engine: &Engine, who: impl Into<Identifier>) -> Vec<String> {
    let report = engine.customer_report(who, march(20)).unwrap().unwrap();
    let line = |UseLine { category, last }: &UseLine| match last {
        None => format!("{category}: never"),
        Some((at, action, channel)) => format!("{category}: {at} {action} {}", channel.name()),
    };
    report.uses.iter().map(line).collect()
}

#[test]
fn what_is_collected_and_never_used_is_seen() {
    let engine = ana();
    assert!(used(&engine, "ana").iter().all(|line| line.ends_with("never")));
    decided(&engine, "ana", Channel::Email, 11);
    let after = used(&engine, "ana");
    assert_eq!(
        after,
        ["purchases: 2026-03-11T12:00:00Z tea club email", "browsing: never", "declared: never"]
    );
    // A question about an earlier time that comes later is not the last use.
    decided(&engine, "ana", Channel::Email, 10);
    assert_eq!(used(&engine, "ana"), after);
}

/// A preview uses nothing, for nobody acts on it; and what was used stays used when the
/// record becomes another one's.
#[test]
fn uses_go_along_with_the_customer() {
    let engine = shop();
    taken(engine.record(march(1), everything("ana", march(1))));
    taken(engine.record(march(1), everything(mail(), march(1))));
    taken(engine.record(march(2), Event::purchased(mail(), march(2)).item("tea")));
    engine.preview(&Request::new(mail(), Channel::Web, march(3))).unwrap();
    assert_eq!(used(&engine, mail()), ["purchases: never"]);
    decided(&engine, mail(), Channel::Web, 4);
    taken(engine.record(march(5), Event::linked("ana", march(5), mail())));
    assert_eq!(used(&engine, "ana"), ["purchases: 2026-03-04T12:00:00Z tea club web"]);
}

/// Each fact, deed and contact says under which identifier it was told.
#[test]
fn what_was_told_says_under_which_identifier() {
    let report = ana().customer_report("ana", march(12)).unwrap().unwrap();
    let facts: Vec<_> = report.facts.iter().map(|f| (f.name.as_str(), &f.told_under)).collect();
    assert_eq!(facts, [("name", &"ana".into()), ("city", &mail())]);
    let deeds: Vec<&Identifier> = report.history.iter().map(|line| &line.told_under).collect();
    assert_eq!(deeds, [&"ana".into(), &tablet(), &tablet(), &mail()]);
    let mut chosen: Vec<&Identifier> = report.choices.iter().map(|c| &c.told_under).collect();
    chosen.sort();
    let mut names = [&"ana".into(), &mail(), &tablet()];
    names.sort();
    assert_eq!(chosen, names);
}
