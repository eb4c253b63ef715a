//! The condition that asks the same, made with the words of the crate. Where the crate has
//! no words for it, there is none.

use std::time::Duration;

use confidant::{
    Asked, Behaviours, Condition, Kinds, Location, Metric, Money, Test, all, any, attribute,
    average, basket, behaviours, bucket, categories, channels, count, days_since, first,
    in_segment, items, largest, last, most_frequent, not, numbers, numbers_of, orders, points,
    quantity, ratio, sequence, session, smallest, stage, step, the_first, the_last, total,
};

use super::{
    Ago, Ask, Be, Bound, Chain, Deeds, Figure, Measure, Numbers, Past, Pick, What, When, Which,
};

impl Ask {
    /// The condition that asks it.
    pub fn condition(&self) -> Condition {
        self.built().unwrap_or_else(|| self.read())
    }

    pub fn built(&self) -> Option<Condition> {
        let each = |parts: &[Self]| parts.iter().map(Self::built).collect::<Option<Vec<_>>>();
        Some(match self {
            Self::Always => Condition::Always,
            Self::All(parts) => all(each(parts)?),
            Self::Any(parts) => any(each(parts)?),
            Self::Not(part) => not(part.built()?),
            Self::Attribute(name, be) => be.of(attribute(name))?,
            Self::Session(name, be) => be.of(session(name))?,
            Self::Past(past) => past.built()?,
            Self::Ratio(part, whole, bound) => {
                let rate = ratio(part.metric()?, whole.metric()?);
                match *bound {
                    Bound::AtLeast(least) => rate.at_least(least as f64 / 1e6),
                    Bound::AtMost(most) => rate.at_most(most as f64 / 1e6),
                    Bound::Between(..) => return None,
                }
            }
            Self::Pick(pick) => pick.built()?,
            Self::Sequence(chain) => chain.built()?,
            Self::Points(parts, bound) => {
                let each = parts.iter().map(|(part, points)| Some((part.built()?, *points)));
                let scored = points(each.collect::<Option<Vec<_>>>()?);
                match *bound {
                    Bound::AtLeast(least) => scored.at_least(least.try_into().ok()?),
                    Bound::AtMost(most) => scored.at_most(most.try_into().ok()?),
                    Bound::Between(..) => return None,
                }
            }
            Self::Bucket(draw, from, to) => bucket(draw, *from, *to),
            Self::Stage(stages) => stage(stages.iter().copied()),
            Self::InSegment(id) => in_segment(id.as_str()),
        })
    }
}

fn ms(ms: i64) -> Duration {
    Duration::from_millis(ms.unsigned_abs())
}

/// A test of a value, as one that is waited for and as one alone.
macro_rules! tested {
    ($be:expr, $name:ident($($arg:expr),*) of $asked:expr) => {
        match $asked {
            Some(asked) => (Some(Asked::$name(asked, $($arg),*)), None),
            None => (None, Some(Test::$name($($arg),*))),
        }
    };
}

impl Be {
    fn of(&self, asked: Asked) -> Option<Condition> {
        self.told(Some(asked)).and_then(|(condition, _)| condition)
    }

    pub fn test(&self) -> Option<Test> {
        self.told(None).and_then(|(_, test)| test)
    }

    fn told(&self, asked: Option<Asked>) -> Option<(Option<Condition>, Option<Test>)> {
        macro_rules! told {
            ($name:ident($($arg:expr),*)) => { tested!(self, $name($($arg),*) of asked) };
        }
        Some(match self {
            Self::There => told!(exists()),
            Self::OneOf(values) if values.len() == 1 => told!(is(values[0].clone())),
            Self::OneOf(values) => told!(one_of(values.clone())),
            Self::NoneOf(values) if values.len() == 1 => told!(is_not(values[0].clone())),
            Self::NoneOf(values) => told!(none_of(values.clone())),
            Self::AllOf(texts) => told!(all_of(texts.clone())),
            Self::AtLeast(value) => told!(at_least(value.clone())),
            Self::AtMost(value) => told!(at_most(value.clone())),
            Self::MoreThan(value) => told!(more_than(value.clone())),
            Self::LessThan(value) => told!(less_than(value.clone())),
            Self::Contains(text) => told!(contains(text)),
            Self::StartsWith(text) => told!(starts_with(text)),
            Self::EndsWith(text) => told!(ends_with(text)),
            Self::Matches(pattern) => told!(matches(&pattern.text())),
            Self::Ago(Ago::MoreThan(span)) if *span >= 0 => told!(longer_ago_than(ms(*span))),
            Self::Ago(Ago::AtMost(span)) => told!(at_most_ago(ms(*span))),
            Self::Ago(Ago::WithinNext(span)) => told!(within_next(ms(*span))),
            Self::Ago(_) => return None,
            Self::Anniversary(days) => told!(anniversary_within(*days)),
            Self::Unchanged(span) => told!(unchanged_for(ms(*span))),
            Self::Size(Bound::AtLeast(n)) => told!(size_at_least(*n as u32)),
            Self::Size(Bound::AtMost(n)) => told!(size_at_most(*n as u32)),
            Self::Size(Bound::Between(..)) => return None,
            Self::Near(lat, lon, metres) => {
                let from = Location::degrees(*lat, *lon).unwrap();
                told!(near(from, *metres))
            }
            Self::Some(ask) => {
                let within = ask.built()?;
                told!(some(within.clone()))
            }
        })
    }
}

impl Deeds {
    fn kinds(&self) -> Kinds {
        match self.kinds.as_slice() {
            [] => Kinds::any(),
            [one] => Kinds::from(one.clone()),
            [one, other] => Kinds::from([one.clone(), other.clone()]),
            _ => panic!("the tests ask for at most two kinds"),
        }
    }

    fn built(&self) -> Option<Behaviours> {
        let mut of = behaviours(self.kinds());
        for channel in &self.channels {
            of = of.on(channel.clone());
        }
        for item in &self.items {
            of = of.item(item.as_str());
        }
        for category in &self.categories {
            of = of.in_category(category.iter().map(String::as_str));
        }
        for (currency, bound) in &self.amounts {
            let money = |micros| Money::micros(micros, currency.parse().unwrap());
            of = match *bound {
                Bound::AtLeast(least) => of.amount_at_least(money(least)),
                Bound::AtMost(most) => of.amount_at_most(money(most)),
                Bound::Between(..) => return None,
            };
        }
        for (currency, bound) in &self.prices {
            let money = |micros| Money::micros(micros, currency.parse().unwrap());
            of = match *bound {
                Bound::AtLeast(least) => of.price_at_least(money(least)),
                Bound::AtMost(most) => of.price_at_most(money(most)),
                Bound::Between(..) => return None,
            };
        }
        for property in &self.properties {
            let test = property.be.test()?;
            of = match &property.category {
                Some(category) => of.property_of(category.clone(), &property.name, test),
                None => of.property(&property.name, test),
            };
        }
        Some(of)
    }
}

/// A question in its window.
macro_rules! when {
    ($when:expr, $question:expr) => {{
        let question = $question;
        match $when {
            When::Ever => question,
            When::Last(span) => question.within(ms(span)),
            When::Ago(from, to) => question.between(ms(from), ms(to)),
            When::This(unit) => question.this(unit),
            When::Previous(n, unit) => question.previous(n, unit),
            When::Days(..) => return None,
        }
    }};
}

macro_rules! counted {
    ($question:expr, $bound:expr) => {
        match $bound {
            Bound::AtLeast(n) => $question.at_least(n.try_into().ok()?),
            Bound::AtMost(n) => $question.at_most(n.try_into().ok()?),
            Bound::Between(n, same) if n == same => $question.exactly(n.try_into().ok()?),
            Bound::Between(..) => return None,
        }
    };
}

macro_rules! summed {
    ($question:expr, $bound:expr) => {
        match $bound {
            Bound::AtLeast(micros) => $question.at_least(micros as f64 / 1e6),
            Bound::AtMost(micros) => $question.at_most(micros as f64 / 1e6),
            Bound::Between(..) => return None,
        }
    };
}

/// What is asked, with its window; then either is made of it.
macro_rules! figure {
    ($figure:expr, $counted:ident, $summed:ident, $recency:ident) => {{
        let Figure { measure, of, when } = $figure;
        let (of, when) = (of.built()?, *when);
        let numbers_in = |name: &str, category: &Option<confidant::DataCategory>| match category {
            Some(category) => numbers_of(category.clone(), name),
            None => numbers(name),
        };
        match measure {
            Measure::Count => $counted!(when!(when, count(of))),
            Measure::Orders => $counted!(when!(when, orders(of))),
            Measure::Items => $counted!(when!(when, items(of))),
            Measure::Channels => $counted!(when!(when, channels(of))),
            Measure::Categories => $counted!(when!(when, categories(of))),
            Measure::DaysSince if when == When::Ever => $counted!(days_since(of)),
            Measure::Total(currency) => $summed!(when!(when, total(of, currency.parse().unwrap()))),
            Measure::Basket(currency) => {
                $summed!(when!(when, basket(of, currency.parse().unwrap())))
            }
            Measure::Since if when == When::Ever => $recency!(last(of)),
            Measure::SinceFirst if when == When::Ever => $recency!(first(of)),
            Measure::Average(Numbers::Amount(currency)) => {
                $summed!(when!(when, average(of, currency.parse().unwrap())))
            }
            Measure::Minimum(Numbers::Amount(currency)) => {
                $summed!(when!(when, smallest(of, currency.parse().unwrap())))
            }
            Measure::Maximum(Numbers::Amount(currency)) => {
                $summed!(when!(when, largest(of, currency.parse().unwrap())))
            }
            Measure::Sum(Numbers::Quantity) => $summed!(when!(when, quantity(of))),
            Measure::Average(Numbers::Property(category, name)) => {
                $summed!(when!(when, numbers_in(name, category).average(of)))
            }
            Measure::Minimum(Numbers::Property(category, name)) => {
                $summed!(when!(when, numbers_in(name, category).smallest(of)))
            }
            Measure::Maximum(Numbers::Property(category, name)) => {
                $summed!(when!(when, numbers_in(name, category).largest(of)))
            }
            Measure::Sum(Numbers::Property(category, name)) => {
                $summed!(when!(when, numbers_in(name, category).sum(of)))
            }
            _ => return None,
        }
    }};
}

impl Figure {
    fn metric(&self) -> Option<Metric> {
        macro_rules! metric {
            ($question:expr) => {
                Metric::from($question)
            };
        }
        Some(figure!(self, metric, metric, metric))
    }
}

impl Past {
    fn built(&self) -> Option<Condition> {
        macro_rules! count {
            ($question:expr) => {
                counted!($question, self.bound)
            };
        }
        macro_rules! sum {
            ($question:expr) => {
                summed!($question, self.bound)
            };
        }
        macro_rules! since {
            ($question:expr) => {
                match self.bound {
                    Bound::AtLeast(least) => $question.longer_ago_than(ms(least - 1)),
                    Bound::AtMost(most) => $question.at_most_ago(ms(most)),
                    Bound::Between(..) => return None,
                }
            };
        }
        Some(figure!(&self.figure, count, sum, since))
    }
}

impl Pick {
    fn built(&self) -> Option<Condition> {
        let picking = match self.which {
            Which::First => the_first(),
            Which::Last => the_last(),
            Which::MostFrequent => most_frequent(),
        };
        let of = self.of.built()?;
        let picked = match self.what {
            What::Item => picking.item_of(of),
            What::Channel => picking.channel_of(of),
            What::Category(depth) => picking.category(depth, of),
        };
        let picked = when!(self.when, picked);
        Some(match self.is.as_slice() {
            [one] => picked.is(one),
            these => picked.one_of(these.iter().map(String::as_str)),
        })
    }
}

impl Chain {
    fn built(&self) -> Option<Condition> {
        let mut steps = Vec::new();
        for told in &self.steps {
            let mut said = step(told.of.built()?);
            if let Some(within) = told.within {
                said = said.within(ms(within));
            }
            for absent in &told.without {
                said = said.without(absent.built()?);
            }
            steps.push(said);
        }
        let mut said = sequence(steps);
        if let Some((of, lasting)) = &self.quiet {
            said = match of == &Deeds::default() {
                true => said.then_gone(ms(*lasting)),
                false => said.then_nothing(of.built()?, ms(*lasting)),
            };
        }
        Some(match self.when {
            When::Ever => said.happened(),
            When::Last(span) => said.begun_within(ms(span)).happened(),
            _ => return None,
        })
    }
}
