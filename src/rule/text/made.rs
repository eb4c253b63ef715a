//! Made conditions: every variant of every part, with names, numbers and times at the edges.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::words::STAGES;
use crate::event::{Kind, Value};
use crate::rule::behaviours::{Behaviours, Bound, Priced, Property, When};
use crate::rule::clustering::InCluster;
use crate::rule::condition::{Bucket, Condition, Points};
use crate::rule::metric::{History, Measure, Metric, Numbers, Ratio};
use crate::rule::pick::{Pick, What, Which};
use crate::rule::ranking::{Ranked, Standing};
use crate::rule::sequence::{Sequence, Step};
use crate::rule::span::{Day, Span};
use crate::rule::test::{Ago, Lasting, Number, Since, Test};
use crate::types::Location;
use crate::types::{CalendarUnit, Channel, Currency, DataCategory, Timestamp};

/// Names that are words of the language, that look like something else, that need quotes.
const NAMES: [&str; 48] = [
    "city",
    "Porto",
    "age",
    "São",
    "naïve",
    "at-risk",
    "v1.2",
    "_",
    "x_",
    "a-",
    "-a",
    "a--b",
    "4711",
    "-5",
    "2026-01-01",
    "2026-03-02T18:20:00Z",
    "true",
    "FALSE",
    "and",
    "Or",
    "not",
    "in",
    "all",
    "any",
    "last",
    "first",
    "total",
    "count",
    "points",
    "size",
    "stage",
    "quantity",
    "Quantity",
    "amount",
    "ago",
    "days",
    "seen",
    "segment",
    "new menu",
    "say \"hi\"",
    "back\\slash",
    "tick`s",
    "line\nbreak",
    "tab\t",
    "\u{7f}\u{1}",
    "{a}",
    "",
    "日本",
];

pub(super) struct Maker(pub(super) StdRng);

impl Maker {
    fn below(&mut self, n: u32) -> u32 {
        self.0.random_range(0..n)
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(3) == 0).then(|| make(self))
    }

    fn some<T>(&mut self, most: u32, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let n = self.below(most + 1);
        (0..n).map(|_| make(self)).collect()
    }

    fn text(&mut self) -> String {
        if self.below(4) > 0 {
            return (*NAMES.choose(&mut self.0).unwrap()).to_owned();
        }
        let n = self.below(6);
        let c = |maker: &mut Self| match maker.below(3) {
            0 => maker.0.random_range(' '..='~'),
            1 => *['`', '"', '\\', '\n', '-', '.', 'é', '’'].choose(&mut maker.0).unwrap(),
            _ => char::from_u32(maker.below(0x3000)).unwrap_or('a'),
        };
        (0..n).map(|_| c(self)).collect()
    }

    fn whole(&mut self) -> i64 {
        let edges = [0, 1, -1, 1000, 999_999, 1_000_000, i64::MAX, i64::MIN, i64::MIN + 1];
        match self.below(4) {
            0 => *edges.choose(&mut self.0).unwrap(),
            1 => self.0.random(),
            2 => self.0.random_range(-50_000_000..50_000_000),
            _ => self.0.random_range(0..20),
        }
    }

    fn small<T: TryFrom<i64>>(&mut self) -> T {
        loop {
            if let Ok(number) = T::try_from(self.whole()) {
                return number;
            }
        }
    }

    fn span(&mut self) -> Span {
        let unit = *[1, 1_000, 60_000, 3_600_000, 86_400_000].choose(&mut self.0).unwrap();
        match self.below(4) {
            0 => Span(self.whole()),
            _ => Span(i64::from(self.below(100)) * unit),
        }
    }

    fn bound(&mut self) -> Bound {
        let number = self.whole();
        match self.below(4) {
            0 => Bound::AtLeast(number),
            1 => Bound::AtMost(number),
            2 => Bound::Between(number, number),
            _ => Bound::Between(number, self.whole()),
        }
    }

    fn value(&mut self) -> Value {
        match self.below(5) {
            0 => Value::Number(self.whole() as f64 / 8.0),
            1 => {
                let number = f64::from_bits(self.0.random());
                Value::Number(if number.is_finite() { number } else { f64::MAX })
            }
            2 => Value::Flag(self.below(2) == 0),
            3 => self.instant(),
            _ => Value::from(self.text()),
        }
    }

    /// From the year 1900 to 9999.
    fn instant(&mut self) -> Value {
        let millis = self.0.random_range(-2_208_988_800_000..=253_402_300_799_999);
        let whole = [1, 1_000, 86_400_000].choose(&mut self.0).unwrap();
        Value::Instant(Timestamp::from_millis(millis / whole * whole))
    }

    fn ordered(&mut self) -> Value {
        loop {
            if let value @ (Value::Number(_) | Value::Instant(_)) = self.value() {
                return value;
            }
        }
    }

    pub(super) fn test(&mut self, depth: u32) -> Test {
        match self.below(if depth > 0 { 18 } else { 17 }) {
            0 => Test::Exists,
            1 => Test::OneOf(self.some(3, Self::value)),
            2 => Test::NoneOf(self.some(3, Self::value)),
            3 => Test::AllOf(self.some(3, |maker| Value::from(maker.text()))),
            4 => Test::AtLeast(self.ordered()),
            5 => Test::AtMost(self.ordered()),
            6 => Test::MoreThan(self.ordered()),
            7 => Test::LessThan(self.ordered()),
            8 => Test::Contains(self.text().into()),
            9 => Test::StartsWith(self.text().into()),
            10 => Test::EndsWith(self.text().into()),
            11 => Test::Matches(self.text().into()),
            12 => Test::Ago(Since(self.ago())),
            13 => Test::Anniversary(self.small()),
            14 => Test::Unchanged(Lasting(self.span())),
            15 => {
                let latitude = self.0.random_range(-90_000_000..=90_000_000);
                let longitude = self.0.random_range(-180_000_000..=180_000_000);
                Test::Near(Location { latitude, longitude }, self.small())
            }
            16 => Test::Size(Number(self.bound())),
            _ => Test::Some(Box::new(self.condition(depth - 1))),
        }
    }

    fn ago(&mut self) -> Ago {
        match self.below(4) {
            0 => Ago::MoreThan(self.span()),
            1 => Ago::AtMost(self.span()),
            2 => Ago::Between(self.span(), self.span()),
            _ => Ago::WithinNext(self.span()),
        }
    }

    fn kind(&mut self) -> Kind {
        match self.below(4) {
            0 => Kind::custom(self.text()),
            _ => Kind::BASE.choose(&mut self.0).unwrap().clone(),
        }
    }

    fn channel(&mut self) -> Channel {
        match self.below(3) {
            0 => Channel::custom(self.text()),
            _ => Channel::BASE.choose(&mut self.0).unwrap().clone(),
        }
    }

    fn category(&mut self) -> DataCategory {
        match self.below(3) {
            0 => DataCategory::custom(self.text()),
            _ => DataCategory::BASE.choose(&mut self.0).unwrap().clone(),
        }
    }

    fn currency(&mut self) -> Currency {
        ["EUR", "USD", "ago", "AND"].choose(&mut self.0).unwrap().parse().unwrap()
    }

    fn priced(&mut self) -> Priced {
        Priced { currency: self.currency(), range: self.bound() }
    }

    fn behaviours(&mut self) -> Behaviours {
        let path = |maker: &mut Self| maker.some(3, |maker| maker.text().into_boxed_str());
        let property = |maker: &mut Self| Property {
            category: maker.maybe(Self::category),
            name: maker.text().into(),
            test: maker.test(1),
        };
        let full = self.below(3) == 0;
        let most = if full { 2 } else { 0 };
        Behaviours {
            kinds: self.some(3, Self::kind),
            channels: self.some(most, Self::channel),
            items: self.some(most, |maker| maker.text().into()),
            categories: self.some(most, path),
            amounts: self.some(most, Self::priced),
            prices: self.some(most, Self::priced),
            properties: self.some(most, property),
        }
    }

    fn when(&mut self) -> When {
        let unit = *[
            CalendarUnit::Day,
            CalendarUnit::Week,
            CalendarUnit::Month,
            CalendarUnit::Quarter,
            CalendarUnit::Year,
        ]
        .choose(&mut self.0)
        .unwrap();
        match self.below(6) {
            0 => When::Ever,
            1 => When::Last(self.span()),
            2 => When::Ago(self.span(), self.span()),
            3 => When::This(unit),
            4 => When::Previous(self.small(), unit),
            _ => When::Days(self.day(), self.day()),
        }
    }

    fn day(&mut self) -> Day {
        Day(match self.below(3) {
            0 => self.small(),
            _ => self.0.random_range(-20_000..30_000),
        })
    }

    fn numbers(&mut self) -> Numbers {
        match self.below(3) {
            0 => Numbers::Amount(self.currency()),
            1 => Numbers::Quantity,
            _ => Numbers::Property(self.text().into(), self.maybe(Self::category)),
        }
    }

    fn measure(&mut self) -> Measure {
        match self.below(14) {
            13 => Measure::Basket(self.currency()),
            0 => Measure::Count,
            1 => Measure::Orders,
            2 => Measure::Total(self.currency()),
            3 => Measure::Since,
            4 => Measure::Items,
            5 => Measure::Channels,
            6 => Measure::Categories,
            7 => Measure::SinceFirst,
            8 => Measure::DaysSince,
            9 => Measure::Average(self.numbers()),
            10 => Measure::Minimum(self.numbers()),
            11 => Measure::Maximum(self.numbers()),
            _ => Measure::Sum(self.numbers()),
        }
    }

    fn metric(&mut self) -> Metric {
        Metric { measure: self.measure(), of: self.behaviours(), when: self.when() }
    }

    fn pick(&mut self) -> Pick {
        let which = [Which::First, Which::Last, Which::MostFrequent];
        let what = [What::Item, What::Channel, What::Category(self.small())];
        Pick {
            which: *which.choose(&mut self.0).unwrap(),
            what: *what.choose(&mut self.0).unwrap(),
            of: self.behaviours(),
            when: self.when(),
            is: self.some(3, |maker| match maker.below(3) {
                0 => maker.channel().name().into(),
                _ => Arc::from(maker.text()),
            }),
        }
    }

    fn sequence(&mut self) -> Sequence {
        let step = |maker: &mut Self| Step {
            of: maker.behaviours(),
            within: maker.maybe(Self::span),
            without: maker.some(2, Self::behaviours),
        };
        let first = step(self);
        let steps = std::iter::once(first).chain(self.some(2, step)).collect();
        let quiet = self.maybe(|maker| (maker.behaviours(), maker.span()));
        Sequence { steps, quiet, when: self.when() }
    }

    fn standing(&mut self) -> Standing {
        match self.below(6) {
            0 => {
                let part = self.small();
                Standing::Quantile { from: part, to: part, of: self.small() }
            }
            1 => Standing::Quantile { from: self.small(), to: self.small(), of: self.small() },
            2 => Standing::TopShare(self.small()),
            3 => Standing::First(self.small()),
            4 => Standing::OverMean(self.small()),
            _ => Standing::UnderMean(self.small()),
        }
    }

    pub(super) fn condition(&mut self, depth: u32) -> Condition {
        let inner = depth.saturating_sub(1);
        match self.below(if depth > 0 { 17 } else { 12 }) {
            0 => Condition::Always,
            1 | 2 => Condition::Attribute(self.text().into(), self.test(depth)),
            3 => Condition::Session(self.text().into(), self.test(depth)),
            4 => {
                let Metric { measure, of, when } = self.metric();
                let test = self.bound();
                Condition::History(Box::new(History { measure, of, when, test }))
            }
            5 => Condition::InSegment(self.text().into()),
            6 => {
                let (part, whole, test) = (self.metric(), self.metric(), self.bound());
                Condition::Ratio(Box::new(Ratio { part, whole, test }))
            }
            7 => Condition::Pick(Box::new(self.pick())),
            8 => Condition::Sequence(Box::new(self.sequence())),
            9 => Condition::Stage(self.some(3, |maker| STAGES.choose(&mut maker.0).unwrap().1)),
            10 => {
                let ranking = self.text().into();
                Condition::Ranked(Ranked { ranking, standing: self.standing() })
            }
            11 => match self.below(2) {
                0 => {
                    let clustering = self.text().into();
                    Condition::InCluster(InCluster { clustering, number: self.small() })
                }
                _ => {
                    let draw = self.text().into();
                    Condition::Bucket(Bucket { draw, from: self.small(), to: self.small() })
                }
            },
            12 => Condition::Points(Points {
                parts: self.some(3, |maker| (maker.condition(inner), maker.small())),
                test: self.bound(),
            }),
            13 => Condition::Not(Box::new(self.condition(inner))),
            14 => Condition::Any(self.some(3, |maker| maker.condition(inner))),
            _ => Condition::All(self.some(3, |maker| maker.condition(inner))),
        }
    }

    /// A text that is nearly a condition: one with pieces taken out, put in, or moved.
    pub(super) fn spoiled(&mut self, text: &str) -> String {
        let mut bytes: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(3) {
            let at = self.0.random_range(0..=bytes.len());
            let to = self.0.random_range(at..=bytes.len().min(at + 12));
            match self.below(4) {
                0 => drop(bytes.drain(at..to)),
                1 => bytes.splice(at..at, self.text().chars().collect::<Vec<_>>()).for_each(drop),
                2 => {
                    let moved: Vec<char> = bytes.drain(at..to).collect();
                    let at = self.0.random_range(0..=bytes.len());
                    bytes.splice(at..at, moved).for_each(drop);
                }
                _ => {
                    let c = *b"()[]{},=<>!%`\"\\ 0.-\n".choose(&mut self.0).unwrap();
                    bytes.insert(at, char::from(c));
                }
            }
        }
        bytes.into_iter().collect()
    }

    /// Whatever bytes are a text.
    pub(super) fn noise(&mut self) -> String {
        let mut bytes = vec![0; self.below(60) as usize];
        self.0.fill_bytes(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
