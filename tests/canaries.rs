//! Canaries: a telling text in every field that holds something personal. None of them
//! ever sings in the `Debug` of a compound type, in an error, or in what another customer
//! gets to see.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::sync::Arc;

use confidant::*;

const CANARY: &str = "kanarie";

fn now() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn tagged(field: &str) -> String {
    format!("{CANARY}-{field}")
}

/// Whether a canary is in a text, in letters or as the numbers of its bytes.
fn sings(text: &str) -> bool {
    let numbers = format!("{:?}", CANARY.as_bytes());
    let numbers = numbers.trim_matches(['[', ']']);
    let packed: String = text.split_whitespace().collect();
    text.contains(CANARY)
        || packed.contains(&numbers.replace(' ', ""))
        || text
            .to_lowercase()
            .contains(&CANARY.bytes().map(|b| format!("{b:02x}")).collect::<String>())
}

fn silent(what: &str, shown: &dyn std::fmt::Debug) {
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert!(!sings(&text), "{what}: {text}");
    }
}

#[test]
fn the_ear_is_good() {
    assert!(sings(&tagged("x")) && sings(&format!("{:#?}", tagged("x").as_bytes())));
    assert!(!sings("a nightingale"));
}

fn ana() -> Identifier {
    Identifier::new(IdentifierKind::Email, tagged("ana"))
}

fn card() -> Identifier {
    Identifier::new(IdentifierKind::LoyaltyCard, tagged("card"))
}

/// Events of every sentence, with a canary in every field that takes one.
fn events() -> (Behaviour, Declaration, ConsentChange, Link, Outcome) {
    (
        Event::purchased(ana(), now())
            .item("espresso")
            .order(tagged("order"))
            .place(tagged("place"))
            .action(tagged("action"))
            .property(tagged("property"), tagged("value"))
            .property_of(DataCategory::Opinions, tagged("opinion"), tagged("said"))
            .amount(Money::cents(1290, "EUR").unwrap())
            .id(tagged("id")),
        Event::declared(ana(), now())
            .attribute("city", tagged("city"))
            .attribute(tagged("name"), tagged("fact"))
            .id(tagged("declared")),
        Event::consent(ana(), now() - days(1))
            .level(Level::Collaborative)
            .allow(Purpose::Personalisation)
            .allow(Purpose::CollaborativeLearning)
            .allow(Purpose::IdentityLinking)
            .allow(Purpose::DirectMarketing)
            .id(tagged("consent")),
        Event::linked(ana(), now(), card()).id(tagged("link")),
        Event::outcome(ana(), now(), tagged("outcome"), Reply::Declined).id(tagged("reply")),
    )
}

fn visit() -> Session {
    Session::new().viewing("mug").set("query", tagged("query")).set(tagged("key"), true)
}

fn shop() -> Engine {
    let web = Treatment::on(Channel::Web);
    Engine::builder()
        .catalog(Catalog::new([Item::new("espresso"), Item::new("mug")]).unwrap())
        .segment(Segment::new("buyer", count(Kind::Purchased).at_least(1)))
        .segment(Segment::new("rigan", attribute("city").is("Riga")))
        .recommender("together", ItemItem::params().support(1))
        .recommender("own", PersonalFrequency::params())
        .action(Action::new("free").treatment(web.clone()))
        .action(
            Action::new("more")
                .value(9.0)
                .when(any([in_segment("buyer"), session("query").is("tea")]))
                .recommends("own", Scope::All, 2)
                .volume(9)
                .treatment(web)
                .treatment(Treatment::on(Channel::Email)),
        )
        .build()
        .unwrap()
}

fn told(engine: &Engine) {
    let (behaviour, declaration, consent, link, outcome) = events();
    let events: [Event; 5] =
        [consent.into(), behaviour.into(), declaration.into(), link.into(), outcome.into()];
    for event in events {
        assert_eq!(engine.record(now(), event).unwrap(), Recorded::Accepted);
    }
    engine.advance(now()).unwrap();
    engine.fit(now()).unwrap();
}

#[test]
fn nothing_personal_is_printed() {
    let (behaviour, declaration, consent, link, outcome) = events();
    silent("Behaviour", &behaviour);
    silent("Declaration", &declaration);
    silent("ConsentChange", &consent);
    silent("Link", &link);
    silent("Outcome", &outcome);
    let event: Event = behaviour.into();
    silent("Event", &event);
    silent("Identifier", &ana());
    silent("Session", &visit());
    let engine = shop();
    told(&engine);
    silent("Engine", &engine);
    silent("Statistics", &engine.statistics());
    let view = engine.view(ana(), Purpose::Personalisation, now(), Some(&visit())).unwrap();
    assert!(view.attribute("city").is_some() && view.session().is_some());
    silent("View", &view);
    silent("&Session of a view", view.session().unwrap());
    let report = engine.customer_report(ana(), now()).unwrap().unwrap();
    assert!(sings(&serde_json::to_string(&report).unwrap()));
    silent("CustomerReport", &report);
    silent("Fact", &report.facts);
    silent("HistoryLine", &report.history);
    silent("ContactLine", &report.contacts);
    let page = engine.personal_page(ana(), "en", now()).unwrap().unwrap();
    assert!(sings(&page.to_markdown()));
    silent("PersonalPage", &page);
    silent("Switch", &page.switches);
    let request = Request::new(ana(), Channel::Web, now()).during(visit());
    silent("Request", &request);
    let decision = engine.decide(&request).unwrap();
    assert!(decision.receipt().used_visit());
    silent("Decision", &decision);
    silent("Receipt", decision.receipt());
    silent("Chosen", &decision.choice().unwrap());
    silent("Considered", &decision.receipt().considered());
    silent("decide_all", &engine.decide_all(std::slice::from_ref(&request)).unwrap());
    let list = engine.recommend(ana(), "own", 2, Scope::All, now());
    silent("Recommendation", &list.unwrap());
    silent("Change", &engine.advance(now() + days(900)).unwrap());
    let refused = Event::custom(ana(), now() + days(9), tagged("kind"));
    silent("Report", &engine.record_all(now(), [event.clone(), refused.into()]));
    silent("EngineBuilder", &Engine::builder());
}

#[test]
fn nothing_personal_is_printed_of_what_is_stored() {
    let engine = shop();
    let store = MemoryStore::new();
    let mut stored: Option<Stored> = None;
    let (behaviour, declaration, consent, ..) = events();
    let events: [Event; 3] = [consent.into(), behaviour.into(), declaration.into()];
    for event in &events {
        let load = engine.load(&ana(), stored.clone()).unwrap();
        silent("Load", &load);
        let Load::Customer(mut loaded) = load else { panic!("a customer") };
        let (recorded, changes) = engine.record_loaded(now(), event, &mut loaded).unwrap();
        assert_eq!(recorded, Recorded::Accepted);
        silent("Loaded", &loaded);
        silent("Changes", &changes);
        silent("Batch", &changes.batches());
        silent("Write", &changes.batches()[0].writes);
        store.commit(changes.batches(), changes.durability()).unwrap();
        let key = engine.key(&ana());
        silent("Key", &key);
        stored = store.read(&[key]).unwrap().pop().unwrap();
        assert!(sings(&String::from_utf8_lossy(&stored.as_ref().unwrap().bytes)));
        silent("Stored", &stored);
        silent("MemoryStore", &store);
        engine.acknowledge(changes);
        silent("Engine", &engine);
    }
}

/// What a link says, and what becomes of it.
#[test]
fn nothing_personal_is_printed_of_a_link() {
    let engine = shop();
    told(&engine);
    let Load::Customer(mut loaded) = engine.load(&ana(), None).unwrap() else {
        panic!("a customer")
    };
    let (_, _, consent, link, _) = events();
    let (_, changes) = engine.record_loaded(now(), &consent.into(), &mut loaded).unwrap();
    silent("Changes of a consent", &changes);
    // It is no business of one loaded customer, and the error tells nothing of it.
    let error = engine.record_loaded(now(), &link.into(), &mut loaded).unwrap_err();
    silent("an error about a link", &error);
}

#[test]
fn errors_quote_nobody() {
    let engine = shop();
    told(&engine);
    let long = || format!("{CANARY}{}", "x".repeat(400));
    let bad: Vec<Event> = vec![
        Event::viewed(long(), now()).into(),
        Event::viewed("ben", now()).item(tagged("item")).into(),
        Event::viewed("ben", now()).order(long()).into(),
        Event::viewed("ben", now()).property(long(), 1).into(),
        Event::viewed("ben", now()).property("p", long()).into(),
        Event::declared("ben", now()).attribute("a", long()).into(),
        Event::custom("ben", now(), long()).into(),
        Event::viewed(ana(), now() + days(4)).into(),
    ];
    for event in bad {
        let error = engine.record(now(), event).unwrap_err();
        assert!(!sings(&format!("{error} {error:?}")), "{error:?}");
    }
    let allow = Event::consent("ben", now() - days(1))
        .level(Level::OwnHistory)
        .allow(Purpose::IdentityLinking);
    let _ = engine.record(now(), allow).unwrap();
    // Somebody else's card: the answer tells nothing of whose it is.
    let apart = engine.record(now(), Event::linked("ben", now(), card())).unwrap();
    assert!(!sings(&format!("{apart:?}")), "{apart:?}");
    // Taken in where somebody is known already.
    let error = engine.import(now(), engine.export(ana(), now()).unwrap().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IdentityConflict);
    assert!(!sings(&format!("{error} {error:?}")), "{error:?}");
    let request = Request::new(long(), Channel::Web, now()).during(visit());
    let error = engine.decide(&request).unwrap_err();
    assert!(!sings(&format!("{error} {error:?}")), "{error:?}");
    for line in [
        format!(r#"{{"event":"viewed","customer":"{CANARY}"#),
        format!(r#"{{"event":"viewed","customer":"ben","at":"{CANARY}"}}"#),
        format!(r#"{{"event":"viewed","{CANARY}":1}}"#),
        format!(r#"{{"event":"{CANARY}","customer":{{"{CANARY}":["{CANARY}"]}}}}"#),
        format!(r#"{{"amount":"{CANARY}"}}"#),
        format!(r#"{{"level":"{CANARY}"}}"#),
        format!(r#"{{"properties":{{"{CANARY}":[]}}}}"#),
        CANARY.to_owned(),
    ] {
        let error = Event::from_json(&line).unwrap_err();
        assert!(!sings(&format!("{error} {error:?}")), "{error:?}");
    }
    let bytes: Arc<[u8]> = tagged("bytes").into_bytes().into();
    let error = engine
        .load(&ana(), Some(Stored { version: Version::from_bytes([1; 16]), bytes }))
        .unwrap_err();
    assert!(!sings(&format!("{error} {error:?}")), "{error:?}");
}

/// Ana, with a canary in everything, is one of many: nobody else ever sees one.
#[test]
fn nobody_sees_another() {
    let engine = shop();
    told(&engine);
    for n in 0..20 {
        let id = format!("other{n}");
        let open = Event::consent(id.as_str(), now() - days(1))
            .level(Level::Collaborative)
            .allow(Purpose::Personalisation)
            .allow(Purpose::CollaborativeLearning)
            .allow(Purpose::DirectMarketing);
        let _ = engine.record(now(), open).unwrap();
        let bought = Event::purchased(id.as_str(), now()).item("espresso");
        let _ = engine.record(now(), bought).unwrap();
    }
    let heard: Vec<Change> = engine.advance(now() + hours(1)).unwrap();
    let theirs = heard.iter().filter(|change| change.customer != ana());
    assert!(!sings(&serde_json::to_string(&theirs.collect::<Vec<_>>()).unwrap()));
    engine.fit(now() + hours(1)).unwrap();
    let at = now() + hours(2);
    for id in (0..20).map(|n| format!("other{n}")).chain(["stranger".to_owned()]) {
        let mut seen = String::new();
        for channel in [Channel::Web, Channel::Email] {
            let request = Request::new(id.as_str(), channel, at);
            let decision = engine.decide(&request).unwrap();
            seen += &serde_json::to_string(&decision).unwrap();
            seen += &decision.receipt().explain();
            assert!(!sings(&String::from_utf8_lossy(&decision.to_bytes())));
        }
        for by in ["together", "own"] {
            let list = engine.recommend(id.as_str(), by, 9, Scope::All, at).unwrap();
            seen += &serde_json::to_string(&list).unwrap();
        }
        seen += &serde_json::to_string(&engine.customer_report(id.as_str(), at).unwrap()).unwrap();
        seen += &serde_json::to_string(&engine.segments_of(id.as_str(), at).unwrap()).unwrap();
        let page = engine.personal_page(id.as_str(), "ru", at).unwrap();
        seen += &serde_json::to_string(&page).unwrap();
        seen += &page.map(|page| page.to_markdown()).unwrap_or_default();
        assert!(!sings(&seen), "{id}: {seen}");
    }
    // And once she is erased, nothing of her is left anywhere.
    assert!(engine.erase(card()).unwrap());
    assert!(engine.customer_report(ana(), at).unwrap().is_none());
    assert!(engine.customer_report(card(), at).unwrap().is_none());
}
