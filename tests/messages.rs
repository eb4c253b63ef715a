//! Message catalogues: ours are complete and say what the code says; a host's are checked
//! before an engine is built.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::sync::Arc;

use confidant::*;

const FILES: [(&str, &str); 2] = [
    ("en", include_str!("../src/rights/messages/en.txt")),
    ("ru", include_str!("../src/rights/messages/ru.txt")),
];

/// The messages of a file, read by other code than the crate's.
fn file(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(" = ").unwrap_or_else(|| panic!("{line}"))).collect()
}

fn words(text: &str, key: &str) -> String {
    let mut found = file(text).into_iter().filter(|(known, _)| *known == key);
    let (_, words) = found.next().unwrap_or_else(|| panic!("no {key}"));
    assert!(found.next().is_none(), "{key} twice");
    words.to_owned()
}

fn places(text: &str) -> Vec<&str> {
    let mut places: Vec<&str> =
        text.split('{').skip(1).map(|it| it.split('}').next().unwrap()).collect();
    places.sort_unstable();
    places.dedup();
    places
}

#[test]
fn ours_have_the_same_keys_and_places() {
    let [(_, english), (_, russian)] = FILES;
    let keys = |text| file(text).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys(english), keys(russian));
    assert_eq!(Messages::english().keys().count(), keys(english).len());
    assert_eq!(Messages::russian().keys().count(), keys(russian).len());
    for (key, words) in file(english) {
        assert_eq!(places(words), places(&self::words(russian, key)), "{key}");
    }
    for (language, text) in FILES {
        for (key, words) in file(text) {
            let empty = words.split(" | ").any(|form| form.trim().is_empty());
            assert!(!empty && !words.contains("  "), "{language}: {key}");
            assert_eq!(words.matches('{').count(), words.matches('}').count(), "{key}");
        }
    }
    // Nothing of the one is left in the other.
    let cyrillic = |text: &str| text.chars().any(|c| ('а'..='я').contains(&c));
    assert!(file(english).iter().all(|(_, words)| !cyrillic(words)));
    let latin: Vec<&str> = file(russian)
        .into_iter()
        .filter(|(_, words)| !cyrillic(words) && words.chars().any(|c| c.is_ascii_alphabetic()))
        .filter(|(_, words)| !words.starts_with('{'))
        .map(|(key, _)| key)
        .collect();
    assert!(latin.is_empty(), "{latin:?}");
}

/// Words that code says by itself are the same in the catalogue.
#[test]
fn english_says_what_the_code_says() {
    let (_, english) = FILES[0];
    let word = |what: &str, name: &str| words(english, &format!("{what}.{name}"));
    for purpose in Purpose::BASE {
        assert_eq!(word("purpose", purpose.name()), purpose.to_string());
        assert_eq!(word("purpose", &format!("{}.switch", purpose.name())), purpose.describe());
        word("purpose", &format!("{}.about", purpose.name()));
    }
    for category in DataCategory::BASE {
        assert_eq!(word("category", category.name()), category.to_string());
        word("category", &format!("{}.about", category.name()));
    }
    let named = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    for level in [Level::Off, Level::Contextual, Level::OwnHistory, Level::Collaborative] {
        let name = named(serde_json::to_value(level).unwrap());
        assert_eq!(word("level", &name), level.describe());
    }
    use ConsentState::*;
    for state in [
        Unknown,
        Requested,
        RequestDeferred,
        Refused,
        Given,
        RenewedGiven,
        Expired,
        Invalidated,
        Revoked,
        Withdrawn,
    ] {
        let name = named(serde_json::to_value(state).unwrap());
        assert_eq!(word("state", &name), state.describe());
    }
    for kind in Kind::BASE {
        assert_eq!(word("kind", kind.name()), kind.name().replace('_', " "));
    }
    for kind in IdentifierKind::BASE {
        word("identifier", kind.name());
    }
    for channel in Channel::BASE {
        word("channel", channel.name());
    }
    let reasons = [
        ("general", Reason::General),
        ("own_answers", Reason::OwnAnswers),
        ("visit", Reason::Visit),
        ("popular", Reason::Popular),
        ("not_said", Reason::NotSaid),
    ];
    for (key, reason) in reasons {
        assert_eq!(word("reason", key), reason.to_string());
    }
    let filled = |key, place: &str, with: &str| word("reason", key).replace(place, with);
    let said = Reason::Condition(Arc::from("this"));
    assert_eq!(filled("condition", "{words}", "this"), said.to_string());
    let within = Reason::PopularWithin("students".into());
    assert_eq!(filled("popular_within", "{group}", "students"), within.to_string());
    assert_eq!(filled("affinity", "{times}", "2.5"), Reason::Affinity(2.5).to_string());
    let item = |id: &str| Named { item: id.into(), title: Arc::from(id) };
    for (items, listed) in [
        (vec![], "nothing"),
        (vec![item("a")], "a"),
        (vec![item("a"), item("b"), item("c")], "a, b and c"),
    ] {
        assert_eq!(filled("bought", "{items}", listed), Reason::Bought(items.clone()).to_string());
        assert_eq!(
            filled("bought_together", "{items}", listed),
            Reason::BoughtTogether(items.clone()).to_string()
        );
        for (key, reason) in [
            ("goes_with", Reason::GoesWith(items.clone())),
            ("instead_of", Reason::InsteadOf(items.clone())),
            ("step_up", Reason::StepUp(items.clone())),
        ] {
            assert_eq!(filled(key, "{items}", listed), reason.to_string());
        }
        let alike = filled("alike", "{items}", listed).replace("{attributes}", "brand, colour");
        let names = vec![Arc::from("brand"), Arc::from("colour")];
        assert_eq!(alike, Reason::Alike(names.clone(), items).to_string());
        let suits = filled("suits", "{traits}", "brand, colour");
        assert_eq!(suits, Reason::Suits(names.clone()).to_string());
        let studied = filled("studied", "{category}", "brand, colour");
        assert_eq!(studied, Reason::Studied(names).to_string());
    }
}

fn build(messages: Messages) -> Result<Engine> {
    Engine::builder().messages(messages).build()
}

/// English under another tag, with its keys changed.
fn whole(language: &str, change: impl Fn(&str, &str) -> Option<String>) -> Messages {
    let new = Messages::new(language);
    file(FILES[0].1).into_iter().fold(new, |new, (key, words)| match change(key, words) {
        Some(words) => new.text(key, words),
        None => new,
    })
}

#[test]
fn a_host_adds_a_language_or_other_words() {
    let engine = build(whole("xx", |_, words| Some(format!("{words}!")))).unwrap();
    assert_eq!(engine.messages("XX-YY").unwrap().language(), "xx");
    let error = engine.messages("zz").unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("language")));
    assert!(error.to_string().contains("`en`, `ru`, `xx`"), "{error}");
    let offer = || Action::new("tea").treatment(Treatment::on(Channel::Web));
    let engine = Engine::builder()
        .action(offer())
        .messages(Messages::new("en-GB").text("level.contextual", "only this time"))
        .messages(Messages::new("en-GB").text("reason.general", "all get it"))
        .build()
        .unwrap();
    let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    let decision = engine.preview(&Request::new("ana", Channel::Web, now)).unwrap();
    let british = decision.receipt().explain_in(&engine.messages("en-GB").unwrap());
    assert!(british.starts_with("You see this because all get it.\n"), "{british}");
    assert!(british.ends_with("Your level is \"only this time\"."), "{british}");
    let other = decision.receipt().explain_in(&engine.messages("en").unwrap());
    assert_eq!(other, decision.receipt().explain());
}

/// Everything that can be wrong with a catalogue, and what is said of it.
#[test]
fn a_wrong_catalogue_is_refused() {
    let one = |key: &str, words: &str| {
        let (wrong, words) = (key.to_owned(), words.to_owned());
        whole("xx", move |key, ours| Some(if key == wrong { words.clone() } else { ours.into() }))
    };
    let cases = [
        (
            whole("xx", |key, ours| (key != "unit.days").then(|| ours.into())),
            "unit.days",
            "missing",
        ),
        (Messages::new("xx"), "article.", "missing"),
        (one("said.only", "{purpose}"), "said.only", "places"),
        (one("said.only", "{purpose} {categories} {more}"), "said.only", "places"),
        (one("reason.general", " "), "reason.general", "empty"),
        (one("unit.days", "{n} day | "), "unit.days", "empty"),
        (one("unit.days", "{n} | {n} | {n} | {n}"), "unit.days", "three"),
        (Messages::new("en").text("reson.general", "x"), "reson.general", "none of ours"),
        (Messages::new("en").text("category.health", " "), "category.health", "empty"),
    ];
    for (messages, key, why) in cases {
        let error = build(messages).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration);
        let error = error.to_string();
        assert!(error.contains(key) && error.contains(why), "{key}, {why}: {error}");
    }
    assert!(build(whole("", |_, ours| Some(ours.into()))).is_err());
    for (text, line) in [("a = b\na = c", "line 2"), ("# c\n\nnothing", "line 3")] {
        let error = Messages::from_text("en", text).unwrap_err().to_string();
        assert!(error.contains(line), "{error}");
    }
}

/// One, few and many, and times of every size.
#[test]
fn times_are_exact_and_in_words() {
    let told = |language: &str, time: std::time::Duration| {
        let host = Controller::new("a").address("a").contact("a@b").authority("a").sources("a");
        let privacy = PrivacyPolicy::new().controller(host.change("a"));
        let privacy = privacy.keep_for(DataCategory::Browsing, time);
        let engine = Engine::builder().privacy(privacy).build().unwrap();
        let notice = engine.privacy_notice(language, None, Timestamp::from_secs(0)).unwrap();
        let mut categories = notice.categories.into_iter();
        let told = categories.find(|it| it.category == DataCategory::Browsing).unwrap();
        let span = told.keep_for.unwrap();
        assert_eq!(u128::from(span.millis), time.as_millis());
        span.words
    };
    let cases = [
        (days(1), "1 day", "1 день"),
        (days(2), "2 days", "2 дня"),
        (days(5), "5 days", "5 дней"),
        (days(11), "11 days", "11 дней"),
        (days(12), "12 days", "12 дней"),
        (days(21), "21 days", "21 день"),
        (days(22), "22 days", "22 дня"),
        (days(180), "180 days (about 6 months)", "180 дней (примерно 6 месяцев)"),
        (days(365), "365 days (about 1 year)", "365 дней (примерно 1 год)"),
        (days(111), "111 days (about 4 months)", "111 дней (примерно 4 месяца)"),
        (days(3650), "3650 days (about 10 years)", "3650 дней (примерно 10 лет)"),
        (hours(36), "1 day 12 hours", "1 день 12 часов"),
        (minutes(61), "1 hour 1 minute", "1 час 1 минута"),
        (
            std::time::Duration::from_millis(2001),
            "2 seconds 1 millisecond",
            "2 секунды 1 миллисекунда",
        ),
    ];
    for (time, english, russian) in cases {
        assert_eq!(told("en", time), english);
        assert_eq!(told("ru", time), russian);
    }
}
