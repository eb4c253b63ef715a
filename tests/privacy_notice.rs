//! What a shop tells its customers: the privacy notice, the rules of its recommendations, the
//! personal page and the receipts, in English and in Russian. The documents stand in
//! `tests/cases`, as people read them; with `CONFIDANT_UPDATE=1` they are written anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;

use std::path::Path;

use basics::{noon, taken};
use confidant::*;

/// Compares with a document in `tests/cases`.
#[track_caller]
fn stands_in(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file);
    if std::env::var_os("CONFIDANT_UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let other = before.lines().zip(text.lines()).find(|(a, b)| a != b);
    assert!(before == text, "{file} says something else now, first here: {other:#?}");
}

fn health() -> DataCategory {
    DataCategory::custom("health")
}

fn allergies() -> DataCategory {
    DataCategory::custom("allergies")
}

fn fraud() -> Purpose {
    Purpose::custom("fraud_check")
}

fn controller() -> Controller {
    Controller::new("Tea & Cups Ltd")
        .address("1 High Street, Porto")
        .contact("privacy@tea.example")
        .officer("Rita Sousa, dpo@tea.example")
        .authority("Comissão Nacional de Proteção de Dados, www.cnpd.pt")
        .sources("you, our tills, our web shop, and the courier who tells us of deliveries")
        .change("https://tea.example/privacy_centre")
        .consequences("You can buy without an account; then there is no loyalty discount.")
}

fn policy() -> PrivacyPolicy {
    let january: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let courier = Recipient::new("courier", "delivers what you buy")
        .on(Basis::Contract)
        .gets([DataCategory::Purchases]);
    let partner = Recipient::new("partner", "shows you offers of theirs")
        .gets([DataCategory::Purchases, DataCategory::Opinions])
        .in_country("US", "standard contractual clauses");
    PrivacyPolicy::new()
        .category(health(), Basis::Consent)
        .special(health())
        .part_of(allergies(), health())
        .category(DataCategory::custom("taste"), Basis::Consent)
        .inferred(DataCategory::custom("taste"))
        .attribute("allergy", allergies())
        .keep_for(DataCategory::Browsing, days(180))
        .keep_for(DataCategory::Purchases, days(3650))
        .keep_for(DataCategory::Searches, hours(36))
        .reduce(DataCategory::Service)
        .mention(DataCategory::Demographics, false)
        .purpose(fraud(), Level::Off, [DataCategory::Purchases])
        .basis(fraud(), Basis::LegitimateInterest)
        .looks_back(fraud(), days(30))
        .adults_only(fraud())
        .terms(fraud(), Terms::new().dpv("dpv:FraudPreventionAndDetection"))
        .valid_for(Purpose::Personalisation, days(365))
        .basis_in("GB", Purpose::DirectMarketing, Basis::SoftOptIn)
        .consents_from("RU", 14)
        .notice(Notice::new(1, january))
        .notice(Notice::new(2, noon()).material_for([Purpose::Personalisation]))
        .recipient(courier)
        .recipient(partner)
        .controller(controller())
}

/// What the shop says of its own words, in English.
fn english() -> Messages {
    Messages::new("en")
        .text("purpose.fraud_check", "fraud check")
        .text("purpose.fraud_check.about", "To find out who pays with the cards of others.")
        .text("category.health", "health")
        .text("category.health.about", "What you tell us of your health.")
        .text("category.allergies", "allergies")
        .text("category.allergies.about", "What you must not eat.")
        .text("category.taste", "taste")
        .text("category.taste.about", "What we believe that you like.")
        .text("recipient.courier", "Courier")
        .text("recipient.partner", "Partner")
}

const RUSSIAN: &str = "
purpose.fraud_check = проверка на мошенничество
purpose.fraud_check.about = Выявлять тех, кто платит чужими картами.
category.health = здоровье
category.health.about = Что Вы сообщили о своём здоровье.
category.allergies = аллергии
category.allergies.about = Что Вам нельзя есть.
category.taste = вкусы
category.taste.about = Что, по нашему предположению, Вам нравится.
recipient.courier = Курьер
recipient.courier.why = доставляет Ваши покупки
recipient.partner = Партнёр
recipient.partner.why = показывает Вам свои предложения
recipient.partner.country = США
recipient.partner.safeguard = стандартные договорные условия
segment.tea_lovers = любители чая
controller.name = ООО «Чай и чашки»
controller.address = г. Москва, Высокая ул., д. 1
controller.officer = Рита Соуза, dpo@tea.example
controller.authority = Роскомнадзор, https://rkn.gov.ru
controller.sources = Вы сами, наши кассы, наш интернет-магазин и курьер, сообщающий о доставке
controller.consequences = Покупать можно и без учётной записи; тогда нет скидки постоянного покупателя.
topic.tips = советы
condition.count(purchased) >= 1 = Вы уже покупали у нас
";

fn builder() -> EngineBuilder {
    let tea = Action::new("tea club")
        .value(2.0)
        .when(count(Kind::Purchased).at_least(1))
        .recommends("together", Scope::New, 2)
        .treatment(Treatment::on(Channel::Web))
        .treatment(Treatment::on(Channel::Email));
    let lovers = Segment::new("tea_lovers", count(Kind::Purchased).at_least(3));
    let contact = ContactPolicy::new()
        .cap(3, days(7))
        .cap_on(Channel::Sms, 1, days(30))
        .household_cap(5, days(7))
        .quiet_hours(21, 8);
    Engine::builder()
        .catalog(Catalog::new(["tea", "mug", "cup"].map(Item::new)).unwrap())
        .privacy(policy())
        .messages(english())
        .messages(Messages::from_text("ru", RUSSIAN).unwrap())
        .recommender("together", ItemItem::params())
        .recommender("popular", Popularity::params())
        .recommender("usual", PersonalFrequency::params())
        .segment(lovers.aim("those who love tea"))
        .contact(contact)
        .exploration(0.05)
        .action(tea)
}

fn at(day: u32) -> Timestamp {
    noon() + days(day)
}

/// She allows most, and then takes some of it back.
fn ana() -> Engine {
    let engine = builder().build().unwrap();
    let told = |event: Event| taken(engine.record(at(9), event));
    let yes = Event::consent("ana", at(1)).level(Level::OwnHistory);
    let named = [DataCategory::Purchases, DataCategory::Browsing, DataCategory::Declared];
    let yes = yes.allow_only(Purpose::Personalisation, named.into_iter().chain([allergies()]));
    told(yes.allow(Purpose::DirectMarketing).under_the_law_of("PT").aged(30).into());
    told(Event::consent("ana", at(2)).refuse(Purpose::IdentityLinking).into());
    let less = Event::consent("ana", at(3)).unsubscribe("tips", Channel::Email);
    told(less.object_to(Channel::Sms).share_with("partner").into());
    told(Event::declared("ana", at(3)).attribute("name", "Ana").on(Channel::Web).into());
    told(Event::observed("ana", at(3)).attribute("city", "Porto").source("crm").into());
    told(Event::inferred("ana", at(3)).attribute("mood", "calm").into());
    for (day, item) in [(4, "tea"), (5, "mug")] {
        let amount = Money::cents(1250, "EUR").unwrap();
        let bought = Event::purchased("ana", at(day)).item(item).amount(amount);
        told(bought.on(Channel::Web).into());
    }
    told(Event::viewed("ana", at(6)).item("cup").into());
    engine.fit(at(7)).unwrap();
    let decision = engine.decide(&Request::new("ana", Channel::Email, at(8))).unwrap();
    assert_eq!(decision.action().map(ActionId::as_str), Some("tea club"), "{decision:?}");
    engine
}

#[test]
fn the_notice_stands_in_both_languages() {
    let engine = builder().build().unwrap();
    let english = engine.privacy_notice("en", None, at(1)).unwrap();
    stands_in("notice_en.md", &english.to_markdown());
    let data = serde_json::to_string_pretty(&english).unwrap() + "\n";
    stands_in("notice_en.json", &data);
    let russian = engine.privacy_notice("ru-RU", Some("RU".into()), at(1)).unwrap();
    stands_in("notice_ru.md", &russian.to_markdown());
}

#[test]
fn the_rules_of_the_recommendations_are_a_document_of_their_own() {
    let engine = builder().build().unwrap();
    stands_in("rules_ru.md", &engine.recommendation_rules("ru").unwrap().to_markdown());
    stands_in("rules_en.md", &engine.recommendation_rules("en").unwrap().to_markdown());
    let data = serde_json::to_value(engine.recommendation_rules("ru").unwrap()).unwrap();
    assert_eq!(data["owner"]["contact"], "privacy@tea.example");
    assert_eq!(
        data["statement"],
        "На информационном ресурсе применяются рекомендательные технологии."
    );
}

#[test]
fn the_personal_page_stands_in_both_languages() {
    let engine = ana();
    for language in ["en", "ru"] {
        let page = engine.personal_page("ana", language, at(9)).unwrap().unwrap();
        stands_in(&format!("personal_{language}.md"), &page.to_markdown());
    }
    assert!(engine.personal_page("stranger", "en", at(9)).unwrap().is_none());
}

/// Every switch says what moves it, and that word moves it.
#[test]
fn what_a_switch_says_changes_it() {
    let engine = ana();
    let switches = || engine.personal_page("ana", "en", at(20)).unwrap().unwrap().switches;
    for Switch { permission, change, .. } in switches() {
        let purpose = permission.purpose.clone();
        let word = Event::consent("ana", at(19));
        let word = match change {
            HowToChange::Allow => word.allow(purpose.clone()),
            HowToChange::Withdraw | HowToChange::Object => word.withdraw(purpose.clone()),
            HowToChange::RaiseLevel(level) => word.level(level).allow(purpose.clone()),
            HowToChange::Nothing => continue,
            other => panic!("{other:?}"),
        };
        taken(engine.record(at(19), word));
        let after = switches().into_iter().find(|it| it.permission.purpose == purpose).unwrap();
        assert_ne!(after.permission.allowed, permission.allowed, "{purpose}");
    }
}

#[test]
fn a_receipt_speaks_the_customers_language() {
    let engine = ana();
    let mut text = String::new();
    let noon = [("ana", Channel::Web), ("ana", Channel::Email), ("bo", Channel::Email)];
    let asked = noon.into_iter().map(|(who, channel)| (who, channel, at(9)));
    for (who, channel, when) in asked.chain([("ana", Channel::Email, at(9) + hours(10))]) {
        let decision = engine.preview(&Request::new(who, channel.clone(), when)).unwrap();
        let receipt = decision.receipt();
        assert_eq!(receipt.explain(), receipt.explain_in(&Messages::english()));
        for language in ["en", "ru"] {
            let words = receipt.explain_in(&engine.messages(language).unwrap());
            text += &format!("{who}, {}, {language}:\n{words}\n\n", channel.name());
        }
    }
    stands_in("receipts.txt", &text);
}

/// A copy of the engine that was made from bytes tells the same.
#[test]
fn a_snapshot_takes_the_words_along() {
    let engine = builder().build().unwrap();
    let copy = Engine::builder().build().unwrap();
    copy.swap(Snapshot::from_bytes(&engine.snapshot().to_bytes()).unwrap());
    for language in ["en", "ru"] {
        let told = |engine: &Engine| engine.privacy_notice(language, None, at(1)).unwrap();
        assert_eq!(told(&copy), told(&engine));
    }
}

/// Every required part of the controller, one by one.
#[test]
fn no_engine_is_built_with_an_empty_part() {
    type Change = fn(Controller) -> Controller;
    let empty: [(&str, Change); 8] = [
        ("name", |_| {
            Controller::new(" ").address("a").contact("a@b").authority("c").sources("d").change("e")
        }),
        ("address", |it| it.address("")),
        ("contact", |it| it.contact("\t")),
        ("authority", |it| it.authority(" ")),
        ("sources", |it| it.sources("")),
        ("change", |it| it.change("\n")),
        ("officer", |it| it.officer(" ")),
        ("consequences", |it| it.consequences("")),
    ];
    for (part, without) in empty {
        let privacy = PrivacyPolicy::new().controller(without(controller()));
        let error = Engine::builder().privacy(privacy).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration, "{part}");
        assert!(error.to_string().contains(&format!("`{part}`")), "{part}: {error}");
    }
    let no_mail = PrivacyPolicy::new().controller(controller().contact("ring at the door"));
    assert!(Engine::builder().privacy(no_mail).build().is_err());
}

/// A word of the host's own must be explained in each language that the host speaks.
#[test]
fn no_engine_is_built_whose_own_words_nobody_explains() {
    let own = PrivacyPolicy::new().category(health(), Basis::Consent);
    let with = own.clone().controller(controller());
    let built = |privacy: &PrivacyPolicy, words: &[Messages]| {
        let builder = Engine::builder().privacy(privacy.clone());
        words.iter().cloned().fold(builder, EngineBuilder::messages).build()
    };
    let half = || Messages::new("en").text("category.health", "health");
    let whole = || half().text("category.health.about", "What you tell us of your health.");
    for (words, missing) in [(vec![], "category.health"), (vec![half()], "category.health.about")] {
        let error = built(&with, &words).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
        assert!(error.to_string().contains(missing), "{error}");
    }
    let engine = built(&with, &[whole()]).unwrap();
    engine.privacy_notice("en", None, noon()).unwrap();
    // Nobody was told that the host speaks Russian; when asked, it says what is missing.
    let error = engine.privacy_notice("ru", None, noon()).unwrap_err();
    assert!(error.to_string().contains("category.health"), "{error}");
    assert!(built(&with, &[whole(), Messages::new("ru")]).is_err());
    // Without a controller there is no notice, and the engine is built all the same.
    let engine = built(&own, &[]).unwrap();
    let error = engine.privacy_notice("en", None, noon()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
    assert!(error.to_string().contains("PrivacyPolicy::controller"), "{error}");
    assert!(engine.recommendation_rules("ru").is_err());
}

/// Under each law its own basis and article.
#[test]
fn the_basis_is_that_of_the_law_that_is_asked_for() {
    let engine = builder().build().unwrap();
    let basis = |law: Option<&str>| {
        let notice = engine.privacy_notice("en", law.map(Into::into), at(1)).unwrap();
        let mut purposes = notice.purposes.into_iter();
        let told = purposes.find(|it| it.purpose == Purpose::DirectMarketing).unwrap();
        let each = told.bases.into_iter().map(|it| {
            (it.under.map(|law| law.to_string()), it.basis, it.article.unwrap_or_default())
        });
        (each.collect::<Vec<_>>(), notice.age_of_consent)
    };
    let (gdpr, pecr) = (
        "GDPR, Article 6(1)(a)",
        "Privacy and Electronic Communications Regulations 2003, regulation 22(3)",
    );
    let one = |basis, article: &str| vec![(None, basis, article.to_owned())];
    assert_eq!(basis(Some("PT")), (one(Basis::Consent, gdpr), 16));
    assert_eq!(basis(Some("GB-SCT")), (one(Basis::SoftOptIn, pecr), 16));
    let russian = "Federal Law 152-FZ, Article 6(1)(1)";
    assert_eq!(basis(Some("RU")), (one(Basis::Consent, russian), 14));
    assert_eq!(basis(Some("US-CA")), (one(Basis::Consent, ""), 16));
    let (both, age) = basis(None);
    let in_britain = (Some("GB".to_owned()), Basis::SoftOptIn, pecr.to_owned());
    assert_eq!((both, age), (vec![(None, Basis::Consent, gdpr.to_owned()), in_britain], 16));
}

/// The versions of the notice, by the instant that is asked about.
#[test]
fn the_version_is_the_one_in_force() {
    let engine = builder().build().unwrap();
    let version = |at| engine.privacy_notice("en", None, at).unwrap().version;
    let second = Timestamp::from_millis(1);
    assert_eq!(version(second), None);
    assert_eq!(version(noon() - minutes(1)), Some(1));
    assert_eq!(version(noon()), Some(2));
}

/// What a host or a customer writes stays text: as many headings and items as with harmless
/// words, and nothing that a reader of Markdown would take for mark-up.
#[test]
fn no_text_breaks_the_page() {
    let evil = [
        "x\n\n# Owned\n\n- item",
        "](https://evil.example) <script>alert(1)</script> ![a](b)",
        "`code` **bold** __it__ ~~no~~ | a | b |\r\n---\r\n",
        "# heading",
        "- item",
        "1. one",
        "2) two",
        "+ plus",
        "===",
        "> quote",
        "    code",
        "```\nfence",
        "\u{2028}# line\u{2029}# paragraph",
        "\u{202e}dlrow",
        "&lt;b&gt; \\",
    ];
    let shape = |page: &str| {
        let begins = |line: &&str| line.starts_with('#') || line.starts_with('-');
        page.lines().filter(begins).count()
    };
    let pages = |text: &str| {
        let host = Controller::new(text).address(text).contact(format!("a@b {text}"));
        let host = host.authority(text).sources(text).change(text).consequences(text);
        let to = Recipient::new(text.replace(|c: char| c.is_control(), " "), text);
        let privacy = PrivacyPolicy::new().controller(host).recipient(to.in_country(text, text));
        let engine = Engine::builder().privacy(privacy).build().unwrap();
        let line: String = text.chars().filter(|c| !c.is_control()).collect();
        taken(engine.record(noon(), basics::everything("ana", noon())));
        let named = Event::declared("ana", noon()).attribute("name", line.as_str());
        taken(engine.record(noon(), named));
        let notice = engine.privacy_notice("en", None, noon()).unwrap().to_markdown();
        let rules = engine.recommendation_rules("en").unwrap().to_markdown();
        let page = engine.personal_page("ana", "en", noon()).unwrap().unwrap().to_markdown();
        [notice, rules, page]
    };
    let harmless = pages("harmless").map(|page| shape(&page));
    for text in evil {
        let those = pages(text);
        assert_eq!(those.each_ref().map(|page| shape(page)), harmless, "{text:?}");
        for line in those.iter().flat_map(|page| page.lines()) {
            assert_plain(line);
        }
    }
}

/// Beside how a line begins and the links that we make, no mark-up that is not escaped.
#[track_caller]
fn assert_plain(line: &str) {
    let text = line.trim_start_matches(['#', ' ']);
    let text = text.strip_prefix("- ").unwrap_or(text);
    assert!(!text.starts_with(['-', '+', '=', '>', '#', ' ']), "{line}");
    let after_digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    assert!(after_digits.len() == text.len() || !after_digits.starts_with(['.', ')']), "{line}");
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => _ = letters.next(),
            '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' => panic!("{line:?}"),
            other => assert!(!"`*_[]<>&|#~".contains(other), "{line}"),
        }
    }
}
