//! The world of the files: a little of everything that a record can hold. The files of every
//! version were written from it, so it stays as it is; what is missing goes into one beside it.

use confidant::*;

pub(crate) const CUSTOMERS: [&str; 5] = ["ana", "ben", "c\u{e9}line \u{1f600}", "dora", "nobody"];

/// When everything is asked: a Tuesday.
pub(crate) fn now() -> Timestamp {
    at("2026-03-03T09:30:00.250Z")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn item(n: usize) -> String {
    format!("item {}", n % 9)
}

fn health() -> DataCategory {
    DataCategory::custom("health")
}

fn research() -> Purpose {
    Purpose::custom("research")
}

pub(crate) fn card() -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, "4711 0815")
}

/// A shop over a store. Records are sealed early, so that much lies behind their heads.
pub(crate) fn engine(store: impl Store) -> Engine {
    let often = orders(Kind::Purchased).within(days(365)).at_least(5);
    let items = (0..9).map(|n| Item::new(item(n)).category([["coffee", "tea"][n % 2], "all"]));
    let web = |id: &str| Action::new(id).treatment(Treatment::on(Channel::Web));
    Engine::builder()
        .store(store)
        .seal_after(6)
        .proof(ProofKey::new([7; 32]))
        .catalog(Catalog::new(items).unwrap())
        .privacy(
            PrivacyPolicy::new()
                .category(health(), Basis::Consent)
                .special(health())
                .kind("filled_prescription", health())
                .attribute("allergy", health())
                .attribute("age", DataCategory::Demographics)
                .purpose(research(), Level::OwnHistory, [DataCategory::Purchases]),
        )
        .segment(Segment::new("regular", often))
        .segment(Segment::new("grown up", attribute("age").at_least(40)))
        .segment(Segment::new("quiet", not_seen_for(days(30))))
        .recommender("together", ItemItem::params().support(1))
        .recommender("own", PersonalFrequency::params())
        .action(web("hello").value(1.0).treatment(Treatment::on(Channel::Email).costs(0.05)))
        .action(web("gift").value(9.0).volume(2))
        .action(web("more").value(5.0).recommends("together", Scope::New, 2))
        .action(
            web("club")
                .value(7.0)
                .when(in_segment("regular"))
                .treatment(Treatment::on(Channel::Sms).costs(0.2)),
        )
        .contact(ContactPolicy::new().cap(2, days(7)).quiet_hours(22, 7))
        .build()
        .unwrap()
}

/// All that was recorded, in its order.
pub(crate) fn events() -> Vec<Event> {
    let [ana, ben, celine, dora, _] = CUSTOMERS;
    let mut events = choices();
    events.push(
        Event::declared(ana, at("2025-02-01T08:00:00Z"))
            .on(Channel::custom("paper form"))
            .attribute("age", 44)
            .attribute("city", "M\u{fc}nster")
            .attribute("newsletter", true)
            .attribute("member since", at("1999-12-31T23:59:59Z"))
            .attribute("allergy", "nuts")
            .into(),
    );
    events.push(Event::declared(ana, at("2025-06-01T08:00:00Z")).attribute("city", "Ulm").into());
    events.push(Event::declared(ben, at("2025-02-01T08:00:00Z")).attribute("age", 39.5).into());
    events.push(Event::linked(ana, at("2025-02-02T10:00:00Z"), card()).on(Channel::Store).into());
    let mail = Identifier::new(IdentifierKind::Email, "ana@example.org");
    events.push(Event::linked(ana, at("2025-02-03T10:00:00Z"), mail).into());
    purchases(Identifier::from(ana), 40, &mut events);
    purchases(card(), 9, &mut events);
    purchases(Identifier::from(ben), 14, &mut events);
    purchases(Identifier::from(celine), 3, &mut events);
    events.extend(behaviour(ana));
    let outcomes =
        [("gift", Reply::Accepted), ("hello", Reply::Declined), ("club", Reply::Bounced)];
    for (n, (action, reply)) in outcomes.into_iter().enumerate() {
        let when = at("2026-02-10T12:00:00Z") + days(n as u32);
        let channel = [Channel::Web, Channel::Email, Channel::Sms][n].clone();
        events.push(Event::outcome(ana, when, action, reply).on(channel).into());
    }
    let declined = Event::outcome(dora, at("2026-02-20T12:00:00Z"), "hello", Reply::Declined);
    events.push(declined.id("one").into());
    events
}

/// Somebody who changed her mind often, and is erased.
pub(crate) const ERASED: &str = "eve";

/// When she was.
#[cfg_attr(not(feature = "redb"), allow(dead_code, reason = "for the file of redb's alone"))]
pub(crate) fn erased() -> Timestamp {
    at("2025-12-24T18:00:00Z")
}

/// What she chose.
pub(crate) fn whims() -> impl Iterator<Item = Event> {
    (0..70).map(|n| {
        let said = Event::consent(ERASED, at("2025-05-01T00:00:00Z") + days(n));
        let level = if n % 2 == 0 { Level::OwnHistory } else { Level::Contextual };
        said.level(level).id(format!("whim {n}")).into()
    })
}

/// Who allows what, and who changed their mind.
fn choices() -> Vec<Event> {
    let [ana, ben, celine, dora, _] = CUSTOMERS;
    let start = at("2025-01-01T00:00:00Z");
    let everything = |customer: &str| {
        Event::consent(customer, start)
            .level(Level::Collaborative)
            .allow(Purpose::Personalisation)
            .allow(Purpose::CollaborativeLearning)
            .allow(Purpose::DirectMarketing)
            .allow(Purpose::IdentityLinking)
            .allow(Purpose::OfflineMatch)
    };
    let named = [DataCategory::Purchases, health()];
    vec![
        everything(ana).on(Channel::Web).into(),
        Event::consent(ana, start + days(1)).allow_only(research(), named).into(),
        Event::consent(ana, start + days(2))
            .allow_only(Purpose::Personalisation, DataCategory::BASE.into_iter().chain([health()]))
            .object_to(Channel::Sms)
            .into(),
        everything(ben).into(),
        Event::consent(celine, start).level(Level::Contextual).into(),
        everything(dora).into(),
        Event::consent(dora, at("2026-01-01T00:00:00Z"))
            .level(Level::Off)
            .withdraw(Purpose::Personalisation)
            .withdraw(Purpose::CollaborativeLearning)
            .object_to(Channel::Email)
            .into(),
    ]
}

/// Baskets of two, a week apart: small and large amounts, in two currencies, whole and broken
/// quantities.
fn purchases(customer: Identifier, times: usize, events: &mut Vec<Event>) {
    for n in 0..times {
        let when = at("2025-03-01T10:00:00Z") + days(7 * (n as u32 / 2)) + hours(n as u32 % 24);
        let cents = [199, 1_050, 250, 1_000_000_007, 0][n % 5];
        let money = Money::cents(cents, ["EUR", "EUR", "CHF"][n % 3]).unwrap();
        let bought = Event::purchased(customer.clone(), when)
            .id(format!("{} {n}", customer.value()))
            .item(item(n * n + times))
            .order(format!("order {}", n / 2))
            .quantity([1.0, 2.0, 0.375, 12_000.0][n % 4])
            .amount(money);
        let bought = if n % 3 == 0 { bought.on(Channel::Store).place("till 7") } else { bought };
        events.push(bought.into());
    }
}

/// What else a customer does.
fn behaviour(customer: &str) -> [Event; 6] {
    let when = |n: u32| at("2026-02-01T20:15:30.125Z") + hours(n);
    [
        Event::viewed(customer, when(0)).item(item(3)).on(Channel::App).into(),
        Event::searched(customer, when(1))
            .property("words", "dark roast")
            .property("results", 17)
            .property("again", false)
            .property("since", when(0))
            .into(),
        Event::viewed(customer, when(2)).property_of(health(), "about", "sleep").into(),
        Event::custom(customer, when(3), "filled_prescription").quantity(1.0).into(),
        Event::custom(customer, when(4), "played_quiz")
            .action("club")
            .property("points", -3.5)
            .into(),
        Event::returned(customer, when(5)).item(item(1)).order("order 0").quantity(1.0).into(),
    ]
}
