//! What the shop states and configures: who it is, what it keeps and why, what it proposes.
//! This is the part that you would write.

use confidant::{
    Action, Basis, Channel, ContactPolicy, Controller, DataCategory, Engine, EngineBuilder, Event,
    ItemItem, Kind, Messages, Notice, PersonalFrequency, Popularity, PrivacyPolicy, ProofKey,
    Purpose, Recipient, Refusal, Scope, Segment, Timestamp, Treatment, count, days, in_segment,
    orders,
};

use crate::sample::Sample;
use crate::support::lines::Line;
use crate::support::{Result, progress::Progress};

/// A key for the show. A host draws one by chance, once, and keeps it away from the store.
pub(crate) fn key() -> ProofKey {
    ProofKey::new(*b"a shop keeps its own key secret.")
}

/// Who the shop is: what the law wants on the notice.
fn controller() -> Controller {
    Controller::new("Corner Grocers Ltd")
        .address("1 High Street, Springfield")
        .contact("privacy@grocers.example")
        .officer("Dana Ward, dpo@grocers.example")
        .authority("the data protection authority of your country")
        .sources("you, our tills and our web shop")
        .change("https://grocers.example/privacy")
        .consequences("without your purchases we cannot take anything back")
}

/// What is kept on what basis, and what each purpose may use.
pub(crate) fn privacy() -> PrivacyPolicy {
    let policy = PrivacyPolicy::new()
        .controller(controller())
        .notice(Notice::new(1, Timestamp::from_secs(0)))
        .kind("mailed", DataCategory::Responses)
        .keep_for(DataCategory::Purchases, days(3 * 365))
        .looks_back(Purpose::Personalisation, days(2 * 365))
        .valid_for(Purpose::Personalisation, days(2 * 365))
        .valid_for(Purpose::DirectMarketing, days(2 * 365))
        .ask_again_after(Purpose::Personalisation, days(180))
        .consents_from("GB", 13)
        .basis_in("GB", Purpose::DirectMarketing, Basis::SoftOptIn)
        .mention(DataCategory::Demographics, false)
        .reduce(DataCategory::Purchases)
        .recipient(Recipient::new("courier", "delivers what you order").on(Basis::Contract))
        .recipient(
            Recipient::new("coupon-partner", "prints coupons for you")
                .gets([DataCategory::Purchases])
                .in_country("US", "standard contractual clauses"),
        );
    DEMOGRAPHICS
        .into_iter()
        .fold(policy, |policy, name| policy.attribute(name, DataCategory::Demographics))
}

/// What the shop names itself, in the other language of its customers.
fn in_russian() -> Messages {
    [
        ("controller.address", "Спрингфилд, Хай-стрит, 1"),
        ("controller.officer", "Дана Уорд, dpo@grocers.example"),
        ("controller.authority", "орган по защите персональных данных вашей страны"),
        ("controller.sources", "вы сами, наши кассы и наш интернет-магазин"),
        ("controller.consequences", "без сведений о покупках мы не сможем принять возврат"),
        ("recipient.courier", "курьерская служба"),
        ("recipient.courier.why", "доставляет ваши заказы"),
        ("recipient.coupon-partner", "партнёр по купонам"),
        ("recipient.coupon-partner.why", "печатает для вас купоны"),
        ("recipient.coupon-partner.country", "США"),
        ("recipient.coupon-partner.safeguard", "стандартные договорные условия"),
        ("segment.regulars", "постоянные покупатели"),
        ("segment.fresh cooks", "готовят из свежего"),
        ("condition.in segment fresh cooks", "Вы готовите из свежих продуктов"),
    ]
    .into_iter()
    .fold(Messages::new("ru"), |words, (key, said)| words.text(key, said))
}

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

/// The shop as it stands, without its goods.
pub(crate) fn engine() -> EngineBuilder {
    let regulars = orders(Kind::Purchased).within(days(28)).at_least(4);
    let cooks = orders(Kind::Purchased).in_category(["PRODUCE"]).within(days(56)).at_least(4);
    let everywhere = |action: Action, shows: &str| {
        action
            .treatment(Treatment::on(Channel::Web).shows(shows))
            .treatment(Treatment::on(Channel::Email).costs(0.05).shows(shows))
    };
    Engine::builder()
        .privacy(privacy())
        .messages(in_russian())
        .segment(Segment::new("regulars", regulars).aim("keep them happy"))
        .segment(Segment::new("fresh cooks", cooks).aim("recipes with what is in season"))
        .recommender("popularity", Popularity::params())
        .recommender("personal", PersonalFrequency::params())
        .recommender("item_item", ItemItem::params())
        .contact(ContactPolicy::new().cap(2, days(7)).quiet_hours(21, 8))
        .action(everywhere(Action::new("leaflet").accepted_by(0.2), "This week's offers"))
        .action(everywhere(
            Action::new("your-usual")
                .accepted_by(0.1)
                .value(4.0)
                .topic("reminders")
                .when(count(Kind::Purchased).within(days(60)).at_least(10))
                .recommends("personal", Scope::All, 3),
            "What you usually buy",
        ))
        .action(everywhere(
            Action::new("recipe-box")
                .accepted_by(0.04)
                .value(9.0)
                .topic("recipes")
                .when(in_segment("fresh cooks"))
                .about_category(["PRODUCE"])
                .recommends("item_item", Scope::New, 3),
            "Three dinners, one box",
        ))
}

/// Records the sample, as far as wanted, with a full consent before the first line.
pub(crate) fn fill(engine: &Engine, sample: &Sample, wanted: impl Fn(&str) -> bool) -> Result<()> {
    let now = sample.now();
    let background = sample.background().into_iter();
    record(engine, now, background.filter(|event| wanted(event.customer().value())).collect())?;
    let lines: Vec<&Line> =
        sample.purchases.iter().filter(|line| wanted(line.customer.value())).collect();
    let mut progress = Progress::new("recording", lines.len() as u64);
    for batch in lines.chunks(5_000) {
        record(engine, now, batch.iter().map(|line| line.event()).collect())?;
        progress.add(batch.len() as u64);
    }
    engine.advance(now)?;
    engine.fit(now)?;
    Ok(())
}

/// Records events; whatever is turned away ends the program.
fn record(engine: &Engine, now: Timestamp, events: Vec<Event>) -> Result<()> {
    match engine.record_all(now, events).refused.first() {
        None => Ok(()),
        Some((place, Refusal::Error(error))) => Err(format!("event {place}: {error}").into()),
        Some((place, Refusal::NotAllowed(what))) => {
            Err(format!("event {place} is not allowed: {what:?}").into())
        }
    }
}
