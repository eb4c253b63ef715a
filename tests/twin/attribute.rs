//! Which value of an attribute counts, one statement after the other.

use std::collections::BTreeSet;
use std::sync::Arc;

use confidant::{
    AttributeRule, Attributes, Event, Location, Origin, Purpose, Record, Timestamp, Value,
};

use crate::common::dice::Dice;
use crate::common::noon;
use crate::common::world::HOUR;

/// One value of one attribute of Ana's, as it is told.
#[derive(Debug, Clone)]
pub struct Stated {
    pub id: usize,
    pub at: i64,
    pub until: Option<i64>,
    pub origin: Origin,
    pub source: Option<&'static str>,
    pub purpose: Option<Purpose>,
    pub name: &'static str,
    pub value: Value,
}

/// What may count: several where nothing but their ids tells them apart.
pub type Counting = Vec<(Value, Origin, Option<&'static str>, i64)>;

/// One attribute for each rule there is.
pub const NAMES: [&str; 7] = ["free", "latest", "first", "trusted", "most", "least", "all"];

pub const TRUSTED: [&str; 2] = ["crm", "shop"];

pub fn rules() -> Attributes {
    Attributes::new()
        .attribute("latest", AttributeRule::text())
        .attribute("first", AttributeRule::number().earliest())
        .attribute("trusted", AttributeRule::text().most_trusted(TRUSTED))
        .attribute("most", AttributeRule::number().maximum())
        .attribute("least", AttributeRule::instant().minimum())
        .attribute("all", AttributeRule::set().union())
}

/// At one of so many instants, six hours apart.
pub fn random(dice: &mut Dice, id: usize, instants: usize) -> Stated {
    let name = *dice.pick(&NAMES);
    let at = noon().as_millis() + dice.below(instants) as i64 * 6 * HOUR;
    let text = |dice: &mut Dice| *dice.pick(&["tea", "jazz", "snow", "7"]);
    let number = |dice: &mut Dice| dice.below(7) as f64 / 2.0 - 1.0;
    let value = match name {
        "latest" | "trusted" => text(dice).into(),
        "first" | "most" => number(dice).into(),
        "least" => (noon() + std::time::Duration::from_secs(dice.below(5) as u64)).into(),
        "all" => dice.some(30, &["tea", "jazz", "snow", "7"]).into(),
        _ if dice.chance(40) => number(dice).into(),
        _ if dice.chance(20) => Location::degrees(number(dice), 0.0).unwrap().into(),
        _ if dice.chance(20) => [Record::new().set("n", number(dice))].into(),
        _ => text(dice).into(),
    };
    Stated {
        id,
        at,
        until: dice.chance(40).then(|| at + (1 + dice.below(instants) as i64) * 6 * HOUR),
        origin: *dice.pick(&Origin::ALL),
        source: dice.maybe(70, &["crm", "shop", "a list", "crm 2"]),
        purpose: dice.chance(30).then(|| Purpose::custom("research")),
        name,
        value,
    }
}

impl Stated {
    /// The event that states it.
    pub fn event(&self) -> Event {
        let at = Timestamp::from_millis(self.at);
        let stated = match self.origin {
            Origin::Declared => Event::declared("ana", at),
            Origin::Observed => Event::observed("ana", at),
            Origin::Inferred => Event::inferred("ana", at),
        };
        let mut stated = stated.attribute(self.name, self.value.clone());
        if let Some(source) = self.source {
            stated = stated.source(source);
        }
        if let Some(until) = self.until {
            stated = stated.until(Timestamp::from_millis(until));
        }
        if let Some(purpose) = &self.purpose {
            stated = stated.only_for(purpose.clone());
        }
        stated.id(self.id.to_string()).into()
    }
}

pub fn counting(told: &[Stated], name: &str, purpose: &Purpose, now: i64) -> Counting {
    let there = |s: &&Stated| {
        s.name == name
            && s.at <= now
            && s.until.is_none_or(|until| now < until)
            && s.purpose.as_ref().is_none_or(|only| only == purpose)
    };
    let there: Vec<&Stated> = told.iter().filter(there).collect();
    for origin in [Origin::Declared, Origin::Observed, Origin::Inferred] {
        let of: Vec<&Stated> = there.iter().copied().filter(|s| s.origin == origin).collect();
        if of.is_empty() {
            continue;
        }
        let whole = |s: &Stated, value: Value| (value, s.origin, s.source, s.at);
        if name == "all" {
            let union = Value::Set(of.iter().flat_map(|s| texts(&s.value)).collect());
            return latest(&of).iter().map(|s| whole(s, union.clone())).collect();
        }
        let best = match name {
            "first" => of.iter().copied().filter(|s| of.iter().all(|o| s.at <= o.at)).collect(),
            "trusted" => trusted(&of),
            "most" => latest(&extreme(&of, |a, b| a >= b)),
            "least" => latest(&extreme(&of, |a, b| a <= b)),
            _ => latest(&of),
        };
        return best.iter().map(|s| whole(s, s.value.clone())).collect();
    }
    Vec::new()
}

fn latest<'a>(of: &[&'a Stated]) -> Vec<&'a Stated> {
    of.iter().copied().filter(|s| of.iter().all(|other| s.at >= other.at)).collect()
}

fn trusted<'a>(of: &[&'a Stated]) -> Vec<&'a Stated> {
    for source in TRUSTED {
        let from: Vec<_> = of.iter().copied().filter(|s| s.source == Some(source)).collect();
        if !from.is_empty() {
            return latest(&from);
        }
    }
    latest(of)
}

fn extreme<'a>(of: &[&'a Stated], beats: fn(f64, f64) -> bool) -> Vec<&'a Stated> {
    let beats = |s: &&Stated| of.iter().all(|o| beats(size(&s.value), size(&o.value)));
    of.iter().copied().filter(beats).collect()
}

fn size(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        Value::Instant(instant) => instant.as_millis() as f64,
        other => panic!("{other} has no size"),
    }
}

fn texts(value: &Value) -> BTreeSet<Arc<str>> {
    match value {
        Value::Set(texts) => texts.clone(),
        other => panic!("{other} is no set"),
    }
}
