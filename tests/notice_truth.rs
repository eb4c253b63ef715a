//! The notice says exactly what is enforced: for random policies, what it says as JSON is held
//! against what an engine does with a customer who allows everything that can be allowed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/dice.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test uses a part")]
mod dice;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use confidant::*;
use dice::Dice;
use serde_json::{Value as Json, json};

const MS: Duration = Duration::from_millis(1);
const LAWS: [&str; 3] = ["PT", "GB", "RU"];
const LEVELS: [Level; 4] = [Level::Off, Level::Contextual, Level::OwnHistory, Level::Collaborative];

fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn own_purposes() -> [Purpose; 2] {
    [Purpose::custom("audit"), Purpose::custom("advice")]
}

fn categories() -> Vec<DataCategory> {
    DataCategory::BASE
        .into_iter()
        .chain(["health", "allergies", "taste"].map(DataCategory::custom))
        .collect()
}

/// Each category has an attribute of its own name.
fn attribute(category: &DataCategory) -> String {
    format!("of {}", category.name())
}

fn random_policy(dice: &mut Dice) -> PrivacyPolicy {
    let [health, allergies, taste] = ["health", "allergies", "taste"].map(DataCategory::custom);
    let mut policy = PrivacyPolicy::new().category(taste.clone(), Basis::Consent);
    if dice.chance(70) {
        policy = policy.part_of(allergies.clone(), health.clone());
    }
    if dice.chance(30) {
        policy = policy.part_of(health.clone(), taste);
    }
    for category in categories() {
        let basis = *dice.pick(&[Basis::Consent, Basis::Contract, Basis::LegalObligation]);
        if dice.chance(30) {
            policy = policy.category(category.clone(), basis);
        }
        if dice.chance(15) {
            policy = policy.special(category.clone());
        }
        if dice.chance(30) {
            policy = policy.keep_for(category.clone(), days(1 + dice.below(40) as u32));
        }
        if dice.chance(20) {
            policy = policy.mention(category.clone(), dice.chance(50));
        }
        policy = policy.attribute(attribute(&category), category);
    }
    for purpose in own_purposes() {
        let uses = dice.some(40, &categories());
        policy = policy.purpose(purpose, *dice.pick(&LEVELS), uses);
    }
    for purpose in Purpose::BASE.into_iter().chain(own_purposes()) {
        policy = random_purpose(dice, policy, purpose);
    }
    for law in LAWS {
        if dice.chance(50) {
            policy = policy.consents_from(law, 13 + dice.below(6) as u8);
        }
    }
    policy = policy.recipient(Recipient::new("courier", "delivers").on(Basis::Contract));
    let partner = Recipient::new("partner", "offers").gets(dice.some(30, &categories()));
    if dice.chance(50) { policy.recipient(partner) } else { policy }
}

fn random_purpose(dice: &mut Dice, mut policy: PrivacyPolicy, purpose: Purpose) -> PrivacyPolicy {
    use Basis::*;
    let bases: &[Basis] = match purpose {
        Purpose::Personalisation | Purpose::CollaborativeLearning => &[Consent, ExplicitConsent],
        Purpose::DirectMarketing => &[Consent, ExplicitConsent, LegitimateInterest, SoftOptIn],
        _ => &[Consent, ExplicitConsent, LegitimateInterest, Contract, LegalObligation],
    };
    if dice.chance(50) {
        policy = policy.basis(purpose.clone(), *dice.pick(bases));
    }
    if dice.chance(30) {
        policy = policy.basis_in(*dice.pick(&LAWS), purpose.clone(), *dice.pick(bases));
    }
    if dice.chance(30) {
        policy = policy.looks_back(purpose.clone(), days(1 + dice.below(40) as u32));
    }
    if dice.chance(30) {
        policy = policy.valid_for(purpose.clone(), days(1 + dice.below(90) as u32));
    }
    if dice.chance(20) {
        policy = policy.adults_only(purpose);
    }
    policy
}

struct Told {
    engine: Engine,
    law: &'static str,
    notice: Json,
}

impl Told {
    fn new(dice: &mut Dice) -> Self {
        let host = Controller::new("Shop").address("Porto").contact("a@b").authority("cnpd");
        let host = host.sources("you").change("ask us");
        let names = own_purposes().map(|it| format!("purpose.{}", it.name()));
        let names = names
            .into_iter()
            .chain(categories().into_iter().map(|it| format!("category.{}", it.name())));
        let words = names.fold(Messages::new("en"), |words, key| {
            words.text(format!("{key}.about"), "what it is").text(key, "its name")
        });
        let privacy = random_policy(dice).controller(host);
        let engine = Engine::builder().privacy(privacy).messages(words).build().unwrap();
        let law = *dice.pick(&LAWS);
        let notice = engine.privacy_notice("en", Some(law.into()), noon()).unwrap();
        Self { engine, law, notice: serde_json::to_value(notice).unwrap() }
    }

    fn each<'a>(&'a self, what: &str, name: &'a str) -> impl Iterator<Item = (String, &'a Json)> {
        let lines = self.notice[what].as_array().unwrap().iter();
        lines.map(move |line| (line[name].as_str().unwrap().to_owned(), line))
    }

    /// A yes to everything, of somebody of this age; special categories are named or not.
    fn allows(&self, who: &str, age: u8, level: Level, named: bool) -> ConsentChange {
        let yes = Event::consent(who, noon()).level(level).under_the_law_of(self.law);
        let yes = yes.aged(age).explicitly().share_with("partner");
        let purposes = Purpose::BASE.into_iter().chain(own_purposes());
        purposes.fold(yes, |yes, purpose| match named {
            true => yes.allow_only(purpose, categories()),
            false => yes.allow(purpose),
        })
    }

    fn say(&self, choice: ConsentChange) {
        assert_eq!(self.engine.record(noon(), choice).unwrap(), Recorded::Accepted);
    }

    fn switches(&self, who: &str, at: Timestamp) -> BTreeMap<String, Permission> {
        let all = self.engine.permissions(who, at).unwrap();
        all.into_iter().map(|it| (it.purpose.name().to_owned(), it)).collect()
    }
}

fn names(list: &Json) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

fn time(span: &Json) -> Option<Duration> {
    span.get("millis").map(|millis| Duration::from_millis(millis.as_u64().unwrap()))
}

fn basis(line: &Json) -> Basis {
    let [basis] = line["bases"].as_array().unwrap().as_slice() else { panic!("one law") };
    serde_json::from_value(basis["basis"].clone()).unwrap()
}

fn is_needed(basis: Basis) -> bool {
    matches!(basis, Basis::Contract | Basis::LegalObligation)
}

fn level_of(line: &Json) -> Level {
    serde_json::from_value(line["level"].clone()).unwrap()
}

/// A purpose may use what the notice lists and nothing else, on the basis that it names;
/// special categories where it says so.
#[test]
fn a_purpose_uses_what_the_notice_lists() {
    let (mut granted, mut named_only, mut left_out) = (0, 0, 0);
    for seed in 0..300 {
        let told = Told::new(&mut Dice::new(seed));
        told.say(told.allows("ana", 40, Level::Collaborative, false));
        told.say(told.allows("bo", 40, Level::Collaborative, true));
        let (ana, bo) = (told.switches("ana", noon()), told.switches("bo", noon()));
        assert_eq!(ana.len(), told.each("purposes", "purpose").count(), "seed {seed}");
        for (purpose, line) in told.each("purposes", "purpose") {
            let got = |switch: &Permission| -> BTreeSet<String> {
                switch.categories.iter().map(|it| it.name().to_owned()).collect()
            };
            let listed = names(&line["categories"]);
            assert_eq!(got(&ana[&purpose]), listed, "seed {seed}: {purpose}");
            let special = names(&line["only_if_named"]);
            let both: BTreeSet<String> = listed.union(&special).cloned().collect();
            assert_eq!(got(&bo[&purpose]), both, "seed {seed}: {purpose}, named");
            assert_eq!(ana[&purpose].bases, [basis(line)], "seed {seed}: {purpose}");
            granted += listed.len();
            named_only += special.len();
            left_out += categories().len() - both.len();
        }
    }
    assert!(
        granted > 5_000 && named_only > 500 && left_out > 10_000,
        "{granted} {named_only} {left_out}"
    );
}

/// Levels, ages and how long a consent holds are those of the notice, to the millisecond.
#[test]
fn a_purpose_works_from_when_to_when_the_notice_says() {
    let (mut levels, mut minors, mut ends) = (0, 0, 0);
    for seed in 0..300 {
        let told = Told::new(&mut Dice::new(seed));
        let age = told.notice["age_of_consent"].as_u64().unwrap() as u8;
        told.say(told.allows("ana", 40, Level::Collaborative, false));
        for level in LEVELS {
            told.say(told.allows(&format!("{level:?}"), 40, level, false));
        }
        told.say(told.allows("child", age - 1, Level::Collaborative, false));
        told.say(told.allows("youth", age, Level::Collaborative, false));
        let of = |who: &str, at| told.switches(who, at);
        let (child, youth) = (of("child", noon()), of("youth", noon()));
        for (purpose, line) in told.each("purposes", "purpose") {
            let (needs, adults) = (level_of(line), line["adults_only"] == json!(true));
            for level in LEVELS {
                let switch = &of(&format!("{level:?}"), noon())[&purpose];
                assert_eq!(switch.allowed, level >= needs, "seed {seed}: {purpose} at {level:?}");
                levels += usize::from(!switch.allowed);
            }
            let asks = !is_needed(basis(line)) && basis(line) != Basis::LegitimateInterest;
            let young = [(&child, age - 1, !asks), (&youth, age, true)];
            for (who, years, may) in young {
                let why = match adults && years < 18 {
                    true => Some(Denial::Adults),
                    false => (!may).then_some(Denial::Guardian),
                };
                assert_eq!(who[&purpose].denied, why, "seed {seed}: {purpose} at {years} years");
                minors += usize::from(why == Some(Denial::Guardian));
            }
            let end = time(&line["valid_for"]).filter(|_| asks);
            let last = end.map_or(noon() + days(40_000), |end| noon() + end - MS);
            assert!(of("ana", last)[&purpose].allowed, "seed {seed}: {purpose} ends early");
            if let Some(end) = end {
                assert!(!of("ana", noon() + end)[&purpose].allowed, "seed {seed}: {purpose}");
                ends += 1;
            }
        }
    }
    assert!(levels > 1_000 && minors > 500 && ends > 300, "{levels} {minors} {ends}");
}

/// Data are seen as far back, and kept as long, as the notice says, and said aloud where it
/// says so.
#[test]
fn data_are_kept_and_seen_as_long_as_the_notice_says() {
    let (mut kept, mut seen, mut unsaid) = (0, 0, 0);
    for seed in 0..150 {
        let told = Told::new(&mut Dice::new(seed));
        told.say(told.allows("ana", 40, Level::Collaborative, true));
        for (category, line) in told.each("categories", "category") {
            let name = format!("of {category}");
            let fact = Event::declared("ana", noon()).attribute(name.as_str(), "x");
            if told.engine.record(noon(), fact).unwrap() != Recorded::Accepted {
                continue;
            }
            let keep = time(&line["keep_for"]);
            let is_kept = |at| {
                let report = told.engine.customer_report("ana", at).unwrap().unwrap();
                report.facts.iter().any(|fact| fact.name == name)
            };
            let last = keep.map_or(noon() + days(40_000), |keep| noon() + keep - MS);
            assert!(is_kept(last), "seed {seed}: {category} goes early");
            assert!(keep.is_none_or(|keep| !is_kept(noon() + keep)), "seed {seed}: {category}");
            kept += usize::from(keep.is_some());
            for (purpose, uses) in told.each("purposes", "purpose") {
                let uses_it = |list: &str| names(&uses[list]).contains(&category);
                if !uses_it("categories") && !uses_it("only_if_named") {
                    continue;
                }
                let valid = time(&uses["valid_for"]).filter(|_| {
                    !is_needed(basis(uses)) && basis(uses) != Basis::LegitimateInterest
                });
                let ends = [keep, time(&uses["looks_back"]), valid].into_iter().flatten().min();
                let purpose = Purpose::custom(purpose.as_str());
                let view = |at| told.engine.view("ana", purpose.clone(), at, None).unwrap();
                let sees = |at| view(at).attribute(&name).is_some();
                let last = ends.map_or(noon() + days(40_000), |end| noon() + end - MS);
                assert!(sees(last), "seed {seed}: {purpose} does not see {category}");
                assert!(
                    ends.is_none_or(|end| !sees(noon() + end)),
                    "seed {seed}: {purpose} {category}"
                );
                let aloud = view(last).attribute_to_say(&name).is_some();
                assert_eq!(json!(aloud), line["mention"], "seed {seed}: {category}");
                seen += 1;
                unsaid += usize::from(!aloud);
            }
        }
    }
    assert!(kept > 500 && seen > 3_000 && unsaid > 500, "{kept} {seen} {unsaid}");
}

/// Nobody is given data whom the notice does not name; who rests on consent is a switch.
#[test]
fn data_go_to_whom_the_notice_names() {
    for seed in 0..100 {
        let told = Told::new(&mut Dice::new(seed));
        told.say(told.allows("ana", 40, Level::Off, false));
        let listed: Vec<(String, Json)> = told
            .each("recipients", "recipient")
            .map(|(name, line)| (name, line["categories"].clone()))
            .collect();
        let shares = |who: &str| told.engine.sharing(who, noon()).unwrap();
        let all = shares("ana").into_iter().map(|it| {
            assert!(it.allowed);
            (it.recipient.to_string(), serde_json::to_value(it.categories).unwrap())
        });
        assert_eq!(all.collect::<Vec<_>>(), listed, "seed {seed}");
        for it in shares("stranger") {
            assert_eq!(it.allowed, is_needed(it.basis), "seed {seed}");
        }
    }
}
