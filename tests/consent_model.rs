//! What a purpose rests on, whose law holds, who is old enough, what may be said aloud, how
//! far back is looked. The stories of what is allowed stand as data in
//! `tests/cases/consent_model.json`; the policy that they hold under stands here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use confidant::*;
use serde::Deserialize;
use serde_json::{Value as Json, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    story: String,
    told: Vec<Json>,
    at: Timestamp,
    purpose: String,
    /// Nothing where the policy knows no such purpose.
    allowed: Option<bool>,
    denied: Option<Json>,
    bases: Option<Vec<Basis>>,
    categories: Option<Vec<String>>,
}

fn own(name: &str) -> Purpose {
    Purpose::custom(name)
}

fn health() -> DataCategory {
    DataCategory::custom("health")
}

fn policy() -> PrivacyPolicy {
    PrivacyPolicy::new()
        .special(health())
        .part_of(DataCategory::custom("allergies"), health())
        .part_of(DataCategory::custom("video"), DataCategory::Browsing)
        .basis_in("GB", Purpose::DirectMarketing, Basis::SoftOptIn)
        .basis_in("US", Purpose::DirectMarketing, Basis::LegitimateInterest)
        .category(DataCategory::custom("fingerprints"), Basis::ExplicitConsent)
        .notice(
            Notice::new(1, "2026-06-01T00:00:00Z".parse().unwrap())
                .material_for([Purpose::DirectMarketing]),
        )
        .consents_from("GB", 13)
        .valid_for(Purpose::DirectMarketing, days(365))
        .purpose(own("delivery"), Level::Off, [DataCategory::Purchases])
        .basis(own("delivery"), Basis::Contract)
        .purpose(own("health_coach"), Level::OwnHistory, [health()])
        .purpose(
            own("health_coach"),
            Level::OwnHistory,
            [health(), DataCategory::custom("allergies")],
        )
        .basis(own("health_coach"), Basis::ExplicitConsent)
        .purpose(own("wine_club"), Level::OwnHistory, [DataCategory::Purchases])
        .adults_only(own("wine_club"))
}

fn engine() -> Engine {
    let catalog = Catalog::new(["tea", "mug"].map(Item::new)).unwrap();
    Engine::builder().privacy(policy()).catalog(catalog).build().unwrap()
}

fn event(line: &Json) -> Event {
    let mut line = line.clone();
    (line["customer"], line["event"]) = (json!("ana"), json!("consent"));
    Event::from_json(&line.to_string()).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn march(day: u32) -> Timestamp {
    "2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap() + days(day - 1)
}

fn told(engine: &Engine, event: impl Into<Event>) {
    told_by(engine, march(30), event);
}

fn told_by(engine: &Engine, now: Timestamp, event: impl Into<Event>) {
    assert_eq!(engine.record(now, event).unwrap(), Recorded::Accepted);
}

fn differs(case: &Case, found: Option<&Permission>) -> bool {
    let shown = |permission: &Permission| {
        let named: Vec<&str> = permission.categories.iter().map(DataCategory::name).collect();
        let denied = serde_json::to_value(permission.denied).unwrap();
        case.denied.as_ref().is_some_and(|it| *it != denied)
            || case.bases.as_ref().is_some_and(|it| *it != permission.bases)
            || case.categories.as_ref().is_some_and(|it| *it != named)
            || permission.allowed != permission.denied.is_none()
    };
    found.map(|permission| permission.allowed) != case.allowed || found.is_some_and(shown)
}

#[test]
fn every_story_ends_as_it_says() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases/consent_model.json")).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let mut orders = vec![case.told.clone(), case.told.clone()];
        orders[1].reverse();
        for lines in orders {
            let engine = engine();
            let late = "2031-01-01T00:00:00Z".parse().unwrap();
            for line in &lines {
                engine.record(late, event(line)).unwrap();
            }
            let switches = engine.permissions("ana", case.at).unwrap();
            let found = switches.iter().find(|it| it.purpose.name() == case.purpose);
            if differs(case, found) {
                let found = serde_json::to_string(&found).unwrap();
                wrong.push(format!("{}:\n  {found}", case.story));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What permissions say is what views do, for every purpose and every story.
#[test]
fn what_is_told_of_a_purpose_is_what_its_view_lets_through() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases/consent_model.json")).unwrap();
    for case in &cases {
        let engine = engine();
        let bought = Event::purchased("ana", case.at - days(20)).item("tea");
        assert_eq!(engine.record(case.at, bought).unwrap(), Recorded::Accepted);
        for line in &case.told {
            engine.record("2031-01-01T00:00:00Z".parse().unwrap(), event(line)).unwrap();
        }
        for switch in engine.permissions("ana", case.at).unwrap() {
            let view = engine.view("ana", switch.purpose.clone(), case.at, None).unwrap();
            let sees = switch.categories.contains(&DataCategory::Purchases);
            assert_eq!(view.len(), usize::from(sees), "{}: {}", case.story, switch.purpose);
        }
    }
}

/// Storage under contract opens no view that ranks or learns, whatever a host configures.
#[test]
fn no_basis_but_consent_opens_a_view_that_ranks() {
    let not_consent =
        [Basis::Contract, Basis::LegalObligation, Basis::LegitimateInterest, Basis::SoftOptIn];
    for purpose in [Purpose::Personalisation, Purpose::CollaborativeLearning] {
        for basis in not_consent {
            let everywhere = PrivacyPolicy::new().basis(purpose.clone(), basis);
            let somewhere = PrivacyPolicy::new().basis_in("SG", purpose.clone(), basis);
            for policy in [everywhere, somewhere] {
                let error = Engine::builder().privacy(policy).build().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidConfiguration, "{purpose} {basis:?}");
            }
        }
    }
    let explicit = PrivacyPolicy::new().basis(Purpose::Personalisation, Basis::ExplicitConsent);
    assert!(Engine::builder().privacy(explicit).build().is_ok());
}

#[test]
fn a_policy_that_cannot_be_meant_is_refused() {
    let category = |basis| PrivacyPolicy::new().category(DataCategory::Browsing, basis);
    let circle = PrivacyPolicy::new()
        .part_of(DataCategory::custom("a"), DataCategory::custom("b"))
        .part_of(DataCategory::custom("b"), DataCategory::custom("a"));
    let wrong = [
        ("kept for an interest", category(Basis::LegitimateInterest)),
        ("kept by a soft opt-in", category(Basis::SoftOptIn)),
        ("a part of itself", circle),
        (
            "messages by contract",
            PrivacyPolicy::new().basis(Purpose::DirectMarketing, Basis::Contract),
        ),
        (
            "a soft opt-in to a visit",
            PrivacyPolicy::new().basis(Purpose::Contextual, Basis::SoftOptIn),
        ),
        (
            "looks back no time",
            PrivacyPolicy::new().looks_back(Purpose::Personalisation, std::time::Duration::ZERO),
        ),
        ("a law without a name", PrivacyPolicy::new().consents_from("", 13)),
        (
            "a law that nobody would find",
            PrivacyPolicy::new().basis_in("de", Purpose::DirectMarketing, Basis::Consent),
        ),
        ("a recipient without a reason", PrivacyPolicy::new().recipient(Recipient::new("x", " "))),
        (
            "a recipient abroad without protection",
            PrivacyPolicy::new().recipient(Recipient::new("x", "y").in_country("US", "")),
        ),
    ];
    for (what, policy) in wrong {
        let built = Engine::builder().privacy(policy).build();
        let kind = built.err().map(|error| error.kind());
        let refused = [ErrorKind::InvalidConfiguration, ErrorKind::InvalidInput];
        assert!(kind.is_some_and(|kind| refused.contains(&kind)), "{what}: {kind:?}");
    }
}

fn yes(at: Timestamp) -> ConsentChange {
    Event::consent("ana", at).level(Level::OwnHistory).allow(Purpose::Personalisation)
}

/// A purpose looks back so far; what nobody may look at any more is not kept either.
#[test]
fn a_purpose_looks_back_as_far_as_it_says_and_nothing_is_kept_longer() {
    let looks = |policy: PrivacyPolicy| {
        policy
            .looks_back(Purpose::Personalisation, days(10))
            .looks_back(Purpose::CollaborativeLearning, days(20))
    };
    let catalog = Catalog::new([Item::new("tea")]).unwrap();
    let privacy = looks(PrivacyPolicy::new());
    let engine = Engine::builder().privacy(privacy).catalog(catalog).build().unwrap();
    told_by(
        &engine,
        march(3),
        yes(march(1)).allow(Purpose::CollaborativeLearning).level(Level::Collaborative),
    );
    told_by(&engine, march(3), Event::viewed("ana", march(2)).item("tea"));
    told_by(&engine, march(3), Event::purchased("ana", march(2)).item("tea"));
    let seen = |purpose: Purpose, at| engine.view("ana", purpose, at, None).unwrap().len();
    let just_before = |at: Timestamp| Timestamp::from_millis(at.as_millis() - 1);
    assert_eq!(seen(Purpose::Personalisation, just_before(march(12))), 2);
    assert_eq!(seen(Purpose::Personalisation, march(12)), 0);
    assert_eq!(seen(Purpose::CollaborativeLearning, march(12)), 2);
    assert_eq!(seen(Purpose::CollaborativeLearning, march(22)), 0);
    let kept = |at| engine.customer_report("ana", at).unwrap().unwrap().history.len();
    assert_eq!((kept(just_before(march(22))), kept(march(22))), (2, 1), "the contract keeps one");
    engine.advance(march(22)).unwrap();
    assert_eq!(kept(march(12)), 1, "and the other is really gone");
}

#[test]
fn live_segments_follow_how_far_back_is_looked() {
    let privacy = PrivacyPolicy::new().looks_back(Purpose::Personalisation, days(10));
    let viewer = Segment::new("viewer", count(Kind::Viewed).at_least(1));
    let engine = Engine::builder().privacy(privacy).segment(viewer).build().unwrap();
    told_by(&engine, march(3), yes(march(1)));
    told_by(&engine, march(3), Event::viewed("ana", march(2)));
    assert_eq!(engine.advance(march(3)).unwrap().len(), 1);
    let left = engine.advance(march(20)).unwrap();
    assert_eq!((left.len(), left[0].at, left[0].entered), (1, march(12), false));
}

/// What was said of a behaviour can go before it: a view says until when it stands.
#[test]
fn a_view_says_when_a_property_with_a_shorter_life_goes() {
    let devices = DataCategory::custom("devices");
    let privacy = PrivacyPolicy::new().keep_for(devices.clone(), days(7));
    let engine = Engine::builder().privacy(privacy).build().unwrap();
    told_by(&engine, march(1), yes(march(1)));
    let viewed = Event::viewed("ana", march(1)).property_of(devices, "device", "phone");
    told_by(&engine, march(1), viewed);
    let usual = |at| {
        let view = engine.view("ana", Purpose::Personalisation, at, None).unwrap();
        view.usual(days(100), 0)
    };
    let (before, after) = (usual(march(7)), usual(march(8)));
    assert_eq!((before.device.as_deref(), before.until), (Some("phone"), march(8)));
    assert_eq!(after.device, None);
}

/// Every word in which the data of a category could be said aloud.
fn words(engine: &Engine, at: Timestamp) -> String {
    let ask = Request::new("ana", Channel::Web, at);
    let decision = engine.preview(&ask).unwrap();
    let offered = engine.recommend("ana", "again", 2, Scope::All, at).unwrap();
    let offered: Vec<_> = offered.iter().flat_map(|item| &item.because).collect();
    let greeting = engine.recognise("ana", at).unwrap();
    let view = engine.view("ana", Purpose::Personalisation, at, None).unwrap();
    let choice = decision.choice().unwrap();
    let items: Vec<_> = choice.items.iter().flat_map(|item| &item.because).collect();
    format!(
        "{:?} {:?} {} {:?} {:?} {:?} {:?}",
        decision.receipt().reasons(),
        decision.receipt().considered(),
        decision.receipt().explain(),
        items,
        offered,
        (&greeting.name, greeting.open.len()),
        (view.attribute_to_say("name"), view.attribute_to_say("allergy")),
    )
}

/// A fact may shape an answer and still never be said aloud.
#[test]
fn what_may_not_be_mentioned_shapes_answers_and_is_never_said() {
    let build = |aloud: bool| {
        let privacy = PrivacyPolicy::new()
            .special(health())
            .attribute("allergy", health())
            .mention(health(), aloud)
            .mention(DataCategory::Purchases, aloud)
            .mention(DataCategory::Declared, aloud)
            .mention(DataCategory::Service, aloud);
        let web = |action: Action| action.treatment(Treatment::on(Channel::Web));
        let engine = Engine::builder()
            .privacy(privacy)
            .catalog(Catalog::new(["peanut butter", "mug"].map(Item::new)).unwrap())
            .recommender("again", PersonalFrequency::params())
            .action(web(Action::new("general").value(1.0)))
            .action(web(Action::new("elsewhere").when(attribute("allergy").is("moths"))))
            .action(web(Action::new("for the allergic")
                .value(4.0)
                .when(attribute("allergy").is("peanuts"))
                .about(["peanut butter"])
                .weighs(2.0, count(Kind::Purchased).item("peanut butter").at_least(1))
                .recommends("again", Scope::All, 1)))
            .build()
            .unwrap();
        let all =
            [DataCategory::Purchases, DataCategory::Declared, DataCategory::Service, health()];
        told(&engine, yes(march(1)).allow_only(Purpose::Personalisation, all).explicitly());
        let facts = Event::declared("ana", march(2)).attribute("allergy", "peanuts");
        told(&engine, facts.attribute("name", "Annabel"));
        told(&engine, Event::purchased("ana", march(2)).item("peanut butter").order("o1"));
        told(&engine, Event::complained("ana", march(2)).order("o1"));
        engine.fit(march(3)).unwrap();
        engine
    };
    let (loud, quiet) = (build(true), build(false));
    let ask = Request::new("ana", Channel::Web, march(3));
    let [loudly, quietly] = [&loud, &quiet].map(|engine| engine.preview(&ask).unwrap());
    assert_eq!(loudly.action(), Some(&"for the allergic".into()));
    assert_eq!(loudly.action(), quietly.action(), "it may still shape the answer");
    assert_eq!(loudly.choice().unwrap().score, quietly.choice().unwrap().score);
    let (loud, quiet) = (words(&loud, march(3)), words(&quiet, march(3)));
    for word in ["peanut", "Annabel", "moths"] {
        assert!(loud.contains(word), "{word} can be said: {loud}");
        assert!(!quiet.contains(word), "{word} is said: {quiet}");
    }
    assert!(quiet.contains("NotSaid") && quiet.contains("do not say here"), "{quiet}");
    assert!(loud.contains("Some(\"Annabel\"), 2") || loud.contains("Annabel"), "{loud}");
    assert!(quiet.contains("(None, 0)"), "neither name nor matters: {quiet}");
}

/// Special categories are not said unless the host says so.
#[test]
fn special_categories_are_quiet_by_themselves() {
    let privacy = PrivacyPolicy::new()
        .special(health())
        .part_of(DataCategory::custom("allergies"), health())
        .attribute("allergy", DataCategory::custom("allergies"));
    let engine = Engine::builder().privacy(privacy).build().unwrap();
    let named = [DataCategory::custom("allergies"), DataCategory::Declared];
    told(&engine, yes(march(1)).allow_only(Purpose::Personalisation, named));
    told(
        &engine,
        Event::declared("ana", march(1)).attribute("allergy", "nuts").attribute("a", "b"),
    );
    let view = engine.view("ana", Purpose::Personalisation, march(2), None).unwrap();
    assert!(view.attribute("allergy").is_some() && view.attribute_to_say("allergy").is_none());
    // Not even where the whole that they are a part of may be said; and a part of what may not
    // may not, whatever is said of the part.
    let part = PrivacyPolicy::new().part_of(health(), DataCategory::Declared);
    let special = part.clone().mention(DataCategory::Declared, true).special(health());
    let quiet_whole = part.mention(DataCategory::Declared, false).mention(health(), true);
    for privacy in [special, quiet_whole] {
        let privacy = privacy.attribute("allergy", health());
        let quiet = Engine::builder().privacy(privacy).build().unwrap();
        told(&quiet, yes(march(1)).allow_only(Purpose::Personalisation, [health()]));
        told(&quiet, Event::declared("ana", march(1)).attribute("allergy", "nuts"));
        let seen = quiet.view("ana", Purpose::Personalisation, march(2), None).unwrap();
        assert!(seen.attribute("allergy").is_some() && seen.attribute_to_say("allergy").is_none());
    }
    assert!(view.attribute_to_say("a").is_some());
}

#[test]
fn what_is_reduced_is_only_what_is_necessary_and_the_caller_is_told() {
    let privacy = PrivacyPolicy::new().reduce(DataCategory::Purchases);
    let catalog = Catalog::new([Item::new("tea")]).unwrap();
    let engine = Engine::builder().privacy(privacy).catalog(catalog).build().unwrap();
    let bought = |id: &str, at| {
        let line = Event::purchased("ana", at).item("tea").order("o1").quantity(2.0);
        let line = line.place("Porto").action("tea club").property("mood", "low");
        Event::from(line.amount(Money::cents(300, "EUR").unwrap()).on(Channel::Store).id(id))
    };
    let reduced = Recorded::Reduced(vec![DataCategory::Purchases]);
    assert_eq!(engine.record(march(30), bought("1", march(1))).unwrap(), reduced);
    told(&engine, yes(march(2)));
    assert_eq!(engine.record(march(30), bought("2", march(3))).unwrap(), Recorded::Accepted);
    let report = engine.record_all(march(30), [bought("3", march(1)), bought("2", march(3))]);
    assert_eq!((report.accepted, report.duplicates), (1, 1));
    assert_eq!(report.reduced, [(0, vec![DataCategory::Purchases])]);
    let history = engine.customer_report("ana", march(30)).unwrap().unwrap().history;
    let [small, _, whole] = history.as_slice() else { panic!("three lines") };
    let necessary = |line: &HistoryLine| {
        (line.at, line.item.clone(), line.order.clone(), line.quantity.to_bits(), line.amount)
    };
    assert_eq!(necessary(small).1, Some("tea".to_owned()));
    assert_eq!((necessary(small).3, necessary(small).4), (necessary(whole).3, necessary(whole).4));
    let besides = |line: &HistoryLine| {
        let place = (line.channel.is_some(), line.place.is_some());
        (place, line.action.is_some(), line.properties.len())
    };
    // What may be given back depends on where it was bought: in a shop or at a distance.
    assert_eq!(besides(small), ((true, false), false, 0));
    assert_eq!(besides(whole), ((true, true), true, 1));
}

#[test]
fn who_may_be_given_data_is_a_switch_for_each_by_name() {
    let privacy = PrivacyPolicy::new()
        .recipient(Recipient::new("courier", "delivers").on(Basis::Contract))
        .recipient(Recipient::new("insurer", "insures").on(Basis::LegitimateInterest))
        .recipient(Recipient::new("partner", "offers").gets([DataCategory::Purchases]))
        .recipient(Recipient::new("panel", "counts"));
    let engine = Engine::builder().privacy(privacy).build().unwrap();
    let may = |at| {
        let all = engine.sharing("ana", at).unwrap();
        let may = all.iter().filter(|it| it.allowed).map(|it| it.recipient.to_string());
        may.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(may(march(1)), "courier insurer");
    // Neither a level nor any purpose says so.
    let all = Purpose::BASE.into_iter().fold(yes(march(2)), ConsentChange::allow);
    told(&engine, all.level(Level::Collaborative));
    assert_eq!(may(march(2)), "courier insurer");
    told(
        &engine,
        Event::consent("ana", march(3)).share_with("partner").share_with("nobody we know"),
    );
    assert_eq!(may(march(3)), "courier insurer partner");
    let no = Event::consent("ana", march(4)).stop_sharing_with("partner");
    told(&engine, no.stop_sharing_with("insurer").stop_sharing_with("courier"));
    assert_eq!(may(march(4)), "courier");
    told(&engine, Event::consent("ana", march(5)).share_with("partner").restrict());
    assert_eq!(may(march(5)), "courier");
}

/// A recipient takes the yes that a purpose takes: express words, and a guardian's of a child.
#[test]
fn a_recipient_takes_a_yes_that_counts() {
    let privacy = PrivacyPolicy::new()
        .recipient(Recipient::new("clinic", "advises").on(Basis::ExplicitConsent))
        .recipient(Recipient::new("partner", "offers"));
    let engine = Engine::builder().privacy(privacy).build().unwrap();
    let may = |at| {
        let all = engine.sharing("ana", at).unwrap();
        all.iter().filter(|it| it.allowed).map(|it| it.recipient.to_string()).collect::<Vec<_>>()
    };
    let share = |at| Event::consent("ana", at).share_with("clinic").share_with("partner");
    told(&engine, share(march(1)));
    assert_eq!(may(march(1)), ["partner"]);
    told(&engine, share(march(2)).explicitly());
    assert_eq!(may(march(2)), ["clinic", "partner"]);
    told(&engine, share(march(3)).explicitly().aged(12));
    assert_eq!(may(march(3)), [""; 0]);
    told(&engine, share(march(4)).by_guardian());
    assert_eq!(may(march(4)), ["partner"]);
}

/// Silence is not what an interest may use to keep more than is necessary.
#[test]
fn what_is_reduced_stays_so_where_a_purpose_needs_no_consent() {
    let privacy = policy().reduce(DataCategory::Purchases);
    let engine = Engine::builder().privacy(privacy).build().unwrap();
    let bought = Event::purchased("ana", march(1)).place("Porto");
    let reduced = Recorded::Reduced(vec![DataCategory::Purchases]);
    assert_eq!(engine.record(march(1), bought).unwrap(), reduced);
}

/// What a host changes in a policy that an engine gave it is what it asks.
#[test]
fn a_changed_policy_is_asked_as_it_is() {
    let store = std::sync::Arc::new(MemoryStore::new());
    let engine = Engine::builder().store(store.clone()).build().unwrap();
    told(&engine, yes(march(1)));
    let found = store.read(&[engine.key(&"ana".into())]).unwrap().remove(0);
    let Load::Customer(ana) = engine.load(&"ana".into(), found).unwrap() else {
        panic!("she has one name")
    };
    let asks = |policy: &PrivacyPolicy| ana.permit(policy, Purpose::Personalisation, march(2));
    assert!(asks(&engine.privacy()).allows_data());
    let nothing = (*engine.privacy()).clone();
    let nothing = nothing.purpose(Purpose::Personalisation, Level::OwnHistory, []);
    assert!(!asks(&nothing).allows_data());
}

#[test]
fn one_call_unsubscribes_from_a_topic_on_a_channel_and_from_nothing_else() {
    let mail = |id: &str| Action::new(id).treatment(Treatment::on(Channel::Email));
    let letters = |action: Action| action.treatment(Treatment::on(Channel::Push));
    let engine = Engine::builder()
        .action(letters(mail("letter").value(3.0).topic("newsletter")))
        .action(mail("receipt").value(2.0).topic("orders"))
        .action(mail("hello").value(1.0))
        .build()
        .unwrap();
    told(&engine, Event::consent("ana", march(1)).allow(Purpose::DirectMarketing));
    let gets = |channel: Channel, at| {
        let decision = engine.preview(&Request::new("ana", channel, at)).unwrap();
        decision.action().map(ToString::to_string)
    };
    assert_eq!(gets(Channel::Email, march(2)), Some("letter".into()));
    told(&engine, Event::consent("ana", march(3)).unsubscribe("newsletter", Channel::Email));
    assert_eq!(gets(Channel::Email, march(3)), Some("receipt".into()));
    assert_eq!(gets(Channel::Push, march(3)), Some("letter".into()));
    let receipt = engine.preview(&Request::new("ana", Channel::Email, march(3))).unwrap();
    let why = receipt.receipt().considered().iter().find(|it| it.action == "letter".into());
    let no = Verdict::Refused(Obstacle::Unsubscribed("newsletter".into()));
    assert_eq!(why.map(|it| &it.verdict), Some(&no));
    told(&engine, Event::consent("ana", march(4)).subscribe("newsletter", Channel::Email));
    assert_eq!(gets(Channel::Email, march(4)), Some("letter".into()));
}

/// Taking back takes no more than giving: one sentence, one call, no more words.
#[test]
fn to_withdraw_is_as_easy_as_to_give_and_in_force_at_once() {
    let engine = engine();
    let give = Event::consent("ana", march(1)).level(Level::OwnHistory);
    told(&engine, give.allow(Purpose::Personalisation));
    told(&engine, Event::purchased("ana", march(1)).item("tea"));
    let seen = |at| engine.view("ana", Purpose::Personalisation, at, None).unwrap().len();
    assert_eq!(seen(march(2)), 1);
    told(&engine, Event::consent("ana", march(2)).withdraw(Purpose::Personalisation));
    assert_eq!(seen(march(2)), 0);
}

#[test]
fn a_consent_record_tells_what_was_asked_and_answered() {
    let engine = engine();
    told(&engine, Event::consent("ana", march(1)).asked(Purpose::Personalisation));
    let yes = yes(march(2)).explicitly().shown_in("pt").informed_by(0).on(Channel::App);
    told(&engine, yes.under_the_law_of("PT"));
    told(&engine, Event::consent("ana", march(3)).withdraw(Purpose::Personalisation));
    let records = engine.consent_records("ana", march(4)).unwrap();
    let [record] = records.as_slice() else { panic!("one purpose was spoken of") };
    let told = serde_json::to_value(record).unwrap();
    for (path, value) in [
        ("/schema_version", json!("ISO/IEC TS 27560:2023")),
        ("/pii_principal/value", json!("ana")),
        ("/state", json!("withdrawn")),
        ("/processing/purpose", json!("personalisation")),
        ("/processing/purpose_type", json!("dpv:ProvidePersonalisedRecommendations")),
        ("/processing/lawful_basis_type", json!(["dpv:Consent"])),
        ("/processing/jurisdiction", json!("PT")),
        ("/events/0/state", json!("requested")),
        ("/events/0/by", json!("controller")),
        ("/events/1/state", json!("given")),
        ("/events/1/by", json!("pii_principal")),
        ("/events/1/expression", json!("dpv:ExplicitlyExpressedConsent")),
        ("/events/1/language", json!("pt")),
        ("/events/1/privacy_notice", json!(0)),
        ("/events/1/collection_channel", json!("app")),
        ("/events/2/state", json!("withdrawn")),
    ] {
        assert_eq!(told.pointer(path), Some(&value), "{path} of {told:#}");
    }
    let health = record.pii.iter().find(|it| it.pii_type == health()).unwrap();
    assert!(health.special_category && health.optional && !health.allowed);
    let purchases = record.pii.iter().find(|it| it.pii_type == DataCategory::Purchases).unwrap();
    assert!(!purchases.optional && !purchases.special_category);
}

/// What is collected and never used is seen, however it is stored.
#[test]
fn what_nobody_uses_is_proposed_to_be_collected_no_more() {
    for seal_after in [2, 2048] {
        let catalog = Catalog::new(["tea", "mug"].map(Item::new)).unwrap();
        let buyers = Action::new("club").when(count(Kind::Purchased).at_least(1));
        let engine = Engine::builder()
            .seal_after(seal_after)
            .catalog(catalog)
            .action(buyers.treatment(Treatment::on(Channel::Web)))
            .build()
            .unwrap();
        for customer in ["ana", "bob", "cem"] {
            let allows = Event::consent(customer, march(1)).level(Level::OwnHistory);
            told(&engine, allows.allow(Purpose::Personalisation));
            for day in 1..6 {
                told(&engine, Event::purchased(customer, march(day)).item("tea"));
            }
            told(&engine, Event::viewed(customer, march(6)).item("mug"));
        }
        told(&engine, Event::consent("cem", march(7)).withdraw(Purpose::Personalisation));
        let _ = engine.decide(&Request::new("ana", Channel::Web, march(10))).unwrap();
        let report = engine.data_use(march(28), days(20)).unwrap();
        assert_eq!(report.customers, 3);
        let line = |category| report.lines.iter().find(|it| it.category == category).unwrap();
        let (bought, viewed) = (line(DataCategory::Purchases), line(DataCategory::Browsing));
        assert_eq!((bought.collected, bought.permitted, bought.since), (3, 2, Some(march(1))));
        let last = (march(10), ActionId::from("club"), Channel::Web);
        assert_eq!((&bought.last, bought.stop_collecting), (&Some(last), false));
        assert_eq!((viewed.collected, viewed.permitted, &viewed.last), (3, 2, &None));
        assert!(viewed.stop_collecting, "kept since the sixth, and never used");
        assert!(!line(DataCategory::Visits).stop_collecting, "there is nothing of it");
        assert!(
            report
                .to_string()
                .contains("browsing: kept of 3, permitted by 2, no use on record; stop")
        );
    }
}
