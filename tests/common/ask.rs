//! What can be asked of a customer, in the tests' own plain words, and the crate's
//! condition that asks the same.

use std::time::Duration;

use confidant::{
    Channel, Condition, Kind, Kinds, Value, all, any, attribute, count, in_segment, last, not,
    orders, session, total,
};

use super::dice::Dice;
use super::world::{self, HOUR};

#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    Always,
    All(Vec<Ask>),
    Any(Vec<Ask>),
    Not(Box<Ask>),
    Attribute(String, Be),
    Session(String, Be),
    Past(Past),
    InSegment(String),
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Be {
    There,
    OneOf(Vec<Value>),
    AtLeast(Value),
    AtMost(Value),
}

/// A question about what was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    pub measure: Measure,
    /// None: any.
    pub kinds: Vec<Kind>,
    pub channel: Option<Channel>,
    pub item: Option<String>,
    pub category: Vec<String>,
    /// In milliseconds.
    pub within: Option<i64>,
    pub bound: Bound,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    Count,
    Orders,
    /// In millionths of a currency.
    Total(String),
    /// Milliseconds since the last one.
    Since,
}

/// On what is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    AtLeast(i64),
    AtMost(i64),
}

impl Ask {
    /// The condition that asks it.
    pub fn condition(&self) -> Condition {
        let conditions = |parts: &[Self]| parts.iter().map(Self::condition).collect::<Vec<_>>();
        match self {
            Self::Always => Condition::Always,
            Self::All(parts) => all(conditions(parts)),
            Self::Any(parts) => any(conditions(parts)),
            Self::Not(part) => not(part.condition()),
            Self::Attribute(name, be) => be.of(attribute(name)),
            Self::Session(name, be) => be.of(session(name)),
            Self::Past(past) => past.condition(),
            Self::InSegment(id) => in_segment(id.as_str()),
        }
    }

    /// After how long something that was done can change the answer.
    pub fn spans(&self, into: &mut Vec<i64>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.spans(into)),
            Self::Not(part) => part.spans(into),
            Self::Past(past) => {
                into.extend(past.within);
                match (&past.measure, past.bound) {
                    (Measure::Since, Bound::AtLeast(ms)) => into.push(ms),
                    (Measure::Since, Bound::AtMost(ms)) => into.push(ms + 1),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

impl Be {
    fn of(&self, asked: confidant::Asked) -> Condition {
        match self {
            Self::There => asked.exists(),
            Self::OneOf(values) => asked.one_of(values.clone()),
            Self::AtLeast(value) => asked.at_least(value.clone()),
            Self::AtMost(value) => asked.at_most(value.clone()),
        }
    }
}

impl Past {
    fn condition(&self) -> Condition {
        let kinds = match self.kinds.as_slice() {
            [] => Kinds::any(),
            [one] => Kinds::from(one.clone()),
            [one, other] => Kinds::from([one.clone(), other.clone()]),
            _ => panic!("the tests ask for at most two kinds"),
        };
        macro_rules! filtered {
            ($question:expr) => {{
                let mut question = $question;
                if let Some(channel) = &self.channel {
                    question = question.on(channel.clone());
                }
                if let Some(item) = &self.item {
                    question = question.item(item.as_str());
                }
                if !self.category.is_empty() {
                    question = question.in_category(self.category.iter().map(String::as_str));
                }
                question
            }};
        }
        let ms = |ms: i64| Duration::from_millis(ms.unsigned_abs());
        macro_rules! within {
            ($question:expr) => {
                match self.within {
                    Some(within) => $question.within(ms(within)),
                    None => $question,
                }
            };
        }
        match &self.measure {
            Measure::Count => self.counted(within!(filtered!(count(kinds)))),
            Measure::Orders => self.counted(within!(filtered!(orders(kinds)))),
            Measure::Total(currency) => {
                let summed = within!(filtered!(total(kinds, currency.parse().unwrap())));
                match self.bound {
                    Bound::AtLeast(micros) => summed.at_least(micros as f64 / 1e6),
                    Bound::AtMost(micros) => summed.at_most(micros as f64 / 1e6),
                }
            }
            Measure::Since => {
                let recency = filtered!(last(kinds));
                match self.bound {
                    Bound::AtLeast(least) => recency.longer_ago_than(ms(least - 1)),
                    Bound::AtMost(most) => recency.at_most_ago(ms(most)),
                }
            }
        }
    }

    fn counted(&self, counted: confidant::Counted) -> Condition {
        match self.bound {
            Bound::AtLeast(n) => counted.at_least(n as u32),
            Bound::AtMost(n) => counted.at_most(n as u32),
        }
    }
}

/// A question of any form, which may ask for these segments.
pub fn random(dice: &mut Dice, depth: usize, segments: &[String]) -> Ask {
    let deepest = if depth == 0 { 6 } else { 9 };
    match dice.below(deepest) {
        0 => Ask::Attribute(dice.pick(&world::ATTRIBUTES).to_string(), random_be(dice)),
        1 if dice.chance(20) => Ask::Session("weather".into(), random_be(dice)),
        2 if !segments.is_empty() => Ask::InSegment(dice.pick(segments).clone()),
        3 if dice.chance(10) => Ask::Always,
        6 => Ask::All(several(dice, depth, segments)),
        7 => Ask::Any(several(dice, depth, segments)),
        8 => Ask::Not(Box::new(random(dice, depth - 1, segments))),
        _ => Ask::Past(random_past(dice)),
    }
}

fn several(dice: &mut Dice, depth: usize, segments: &[String]) -> Vec<Ask> {
    (0..dice.below(4)).map(|_| random(dice, depth - 1, segments)).collect()
}

fn random_be(dice: &mut Dice) -> Be {
    let ordered = |dice: &mut Dice| loop {
        let value = world::value(dice);
        if matches!(value, Value::Number(_) | Value::Instant(_)) {
            return value;
        }
    };
    match dice.below(4) {
        0 => Be::There,
        1 => Be::OneOf((0..1 + dice.below(3)).map(|_| world::value(dice)).collect()),
        2 => Be::AtLeast(ordered(dice)),
        _ => Be::AtMost(ordered(dice)),
    }
}

pub fn random_past(dice: &mut Dice) -> Past {
    let measure = match dice.below(6) {
        0..3 => Measure::Count,
        3 => Measure::Orders,
        4 => Measure::Total("EUR".into()),
        _ => Measure::Since,
    };
    let kinds = match dice.below(5) {
        0 => Vec::new(),
        1 => vec![dice.pick(&world::kinds()).clone(), Kind::Purchased],
        2 => vec![dice.pick(&world::kinds()).clone()],
        _ => vec![Kind::Purchased],
    };
    let most = match &measure {
        Measure::Count | Measure::Orders => dice.below(5) as i64,
        Measure::Total(_) => dice.below(12) as i64 * 2_500_000,
        Measure::Since => span(dice) + 1,
    };
    let bound = if dice.chance(60) { Bound::AtLeast(most) } else { Bound::AtMost(most) };
    let categories = [
        vec!["food"],
        vec!["food", "sweet"],
        vec!["food", "sweet", "dark"],
        vec!["house"],
        vec!["nowhere"],
    ];
    let category = dice.maybe(25, &categories).unwrap_or_default();
    Past {
        within: (measure != Measure::Since && dice.chance(75)).then(|| span(dice)),
        measure,
        kinds,
        channel: dice.maybe(15, &world::channels()),
        item: dice.maybe(15, &["i0", "i1", "i2"]).map(str::to_owned),
        category: category.into_iter().map(str::to_owned).collect(),
        bound,
    }
}

/// A whole number of the hours that things happen at, so that edges are hit.
fn span(dice: &mut Dice) -> i64 {
    dice.pick(&[6, 12, 24, 48, 7 * 24, 30 * 24]) * HOUR
}
