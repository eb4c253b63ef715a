//! Compiling what is asked of a customer's own data: attributes, the present visit, and
//! what was done.

use std::sync::Arc;

use super::compile::{Compiler, Piece};
use super::condition::Condition;
use super::lifecycle::Stage;
use super::matcher::{Matcher, bounds, ordered as in_order, since};
use super::matching::Matching;
use super::metric::{History, Measure, Metric, Numbers, Ratio};
use super::pick::{Pick, What};
use super::program::Level;
use super::sequence::{Sequence, Step};
use super::slot::{Aggregate, Choosing, Chosen, Following, Reading, Slot, Stride, ordered};
use super::test::{Since, Test};
use super::window::Window;
use crate::catalog::{NO_ITEM, NO_PLACE};
use crate::consent::Categories;
use crate::error::{Error, Result};
use crate::event::{Kind, Value};
use crate::numeric::short_hash;
use crate::types::check_text;

/// How many steps a sequence may have.
const MOST_STEPS: usize = 64;

impl Compiler<'_> {
    pub(super) fn attribute(
        &mut self,
        condition: &Condition,
        name: &str,
        test: &Test,
    ) -> Result<Piece> {
        check_text("attribute", name)?;
        let needs = Categories::one(self.ground.policy.of_attribute(name));
        let name: Arc<str> = Arc::from(name);
        self.free(condition, test, needs, |reading, needs| {
            Slot::Attribute(name.clone(), reading, needs)
        })
    }

    pub(super) fn session(
        &mut self,
        condition: &Condition,
        name: &str,
        test: &Test,
    ) -> Result<Piece> {
        check_text("session", name)?;
        if matches!(test, Test::Unchanged(_)) {
            return Err(Error::configuration(
                "the present visit has no past: expected an attribute where time is asked for",
            ));
        }
        self.reads_session = true;
        let name: Arc<str> = Arc::from(name);
        self.free(condition, test, Categories::NONE, |reading, needs| {
            Slot::Session(name.clone(), reading, needs)
        })
    }

    /// A test of a free value.
    fn free(
        &mut self,
        condition: &Condition,
        test: &Test,
        needs: Categories,
        slot: impl Fn(Reading, Categories) -> Slot,
    ) -> Result<Piece> {
        let by_clock = matches!(test, Test::Anniversary(_));
        let needs = if by_clock { needs.or(self.ground.of_clock()) } else { needs };
        self.needs = self.needs.or(needs);
        let slot = |reading| slot(reading, needs);
        let said = self.words(condition);
        let least = |value: i64| (value, i64::MAX);
        let most = |value: i64| (i64::MIN, value);
        let (reading, range) = match test {
            Test::Exists => (Reading::Exists, (1, 1)),
            Test::OneOf(values) => return self.one_of_values(said, values, slot),
            Test::NoneOf(values) => {
                let there = self.range(said, slot(Reading::Exists), (1, 1));
                let those = self.one_of_values(said, values, slot)?;
                return Ok(Self::together(vec![there, those.opposite()], true));
            }
            Test::AtLeast(value) => in_line(value, least)?,
            Test::AtMost(value) => in_line(value, most)?,
            Test::MoreThan(value) => in_line(value, |at| least(at.saturating_add(1)))?,
            Test::LessThan(value) => in_line(value, |at| most(at.saturating_sub(1)))?,
            Test::Ago(Since(ago)) => (Reading::Since, since(*ago)?),
            Test::Anniversary(days) => (Reading::Anniversary, (0, i64::from(*days))),
            Test::Unchanged(lasting) => (Reading::Held, least(lasting.0.0)),
            Test::Size(number) => (Reading::Size, bounds(number.0)?),
            Test::AllOf(_)
            | Test::Contains(_)
            | Test::StartsWith(_)
            | Test::EndsWith(_)
            | Test::Matches(_)
            | Test::Near(..)
            | Test::Some(_) => (Reading::Meets(Arc::new(Matcher::compile(test)?)), (1, 1)),
        };
        Ok(self.range(said, slot(reading), range))
    }

    /// One of several values: a test per type of value that is named.
    fn one_of_values(
        &mut self,
        said: u32,
        values: &[Value],
        slot: impl Fn(Reading) -> Slot,
    ) -> Result<Piece> {
        if values.is_empty() {
            // No value is any of these: unknown only where nothing may be known of it.
            return Ok(self.one_of(said, slot(Reading::Exists), [], false));
        }
        let mut by_type: Vec<(Reading, Vec<i64>)> = Vec::new();
        for value in values {
            let (reading, operand) = self.operand(value)?;
            match by_type.iter_mut().find(|(known, _)| *known == reading) {
                Some((_, operands)) => operands.push(operand),
                None => by_type.push((reading, vec![operand])),
            }
        }
        let mut pieces = Vec::new();
        for (reading, operands) in by_type {
            let texts = reading == Reading::Text;
            pieces.push(self.one_of(said, slot(reading), operands, texts));
        }
        match pieces.len() {
            1 => pieces.pop().ok_or_else(|| Error::configuration("nothing is asked for")),
            _ => Ok(Self::together(pieces, false)),
        }
    }

    fn operand(&mut self, value: &Value) -> Result<(Reading, i64)> {
        value.check("value")?;
        Ok(match value {
            Value::Text(text) => {
                let next = self.program.texts.len() as i64;
                (Reading::Text, *self.program.texts.entry(text.clone()).or_insert(next))
            }
            Value::Number(number) => (Reading::Number, ordered(*number)),
            Value::Flag(flag) => (Reading::Flag, i64::from(*flag)),
            Value::Instant(instant) => (Reading::Instant, instant.as_millis()),
            Value::Set(_) => {
                return Err(Error::configuration(
                    "a set is asked for its texts: expected `one_of` or `all_of` with these",
                ));
            }
            Value::Location(_) | Value::Records(_) | Value::Numbers(_) => {
                return Err(Error::configuration(
                    "a location or a list is never equal to one: expected `near` or `some`",
                ));
            }
        })
    }

    pub(super) fn history(&mut self, condition: &Condition, history: &History) -> Result<Piece> {
        let aggregate = self.aggregate(&history.metric())?;
        let range = bounds(history.test)?;
        let said = self.words(condition);
        Ok(self.range(said, Slot::Metric(aggregate), range))
    }

    /// A figure, compiled.
    pub(super) fn aggregate(&mut self, metric: &Metric) -> Result<Aggregate> {
        let of = Matching::compile(&metric.of, self.ground)?;
        let recency =
            matches!(metric.measure, Measure::Since | Measure::SinceFirst | Measure::DaysSince);
        let window = Window::compile(metric.when)?;
        let window = if recency { Window::Ever } else { window };
        let category = self.measured(&metric.measure)?;
        let own = category.map_or(Categories::NONE, Categories::one);
        let needs = of.needs.or(own).or(self.clock_of(window));
        self.needs = self.needs.or(needs);
        Ok(Aggregate { measure: metric.measure.clone(), category, of, window, needs })
    }

    /// The category of the property that is measured, if it has one of its own.
    fn measured(&self, measure: &Measure) -> Result<Option<usize>> {
        let (Measure::Average(numbers)
        | Measure::Minimum(numbers)
        | Measure::Maximum(numbers)
        | Measure::Sum(numbers)) = measure
        else {
            return Ok(None);
        };
        let Numbers::Property(name, category) = numbers else { return Ok(None) };
        check_text("property", name)?;
        category.as_ref().map(|category| self.ground.number(category)).transpose()
    }

    fn clock_of(&self, window: Window) -> Categories {
        if window.is_by_clock() { self.ground.of_clock() } else { Categories::NONE }
    }

    pub(super) fn ratio(&mut self, condition: &Condition, ratio: &Ratio) -> Result<Piece> {
        let (part, whole) = (self.lasting(&ratio.part)?, self.lasting(&ratio.whole)?);
        let range = bounds(ratio.test)?;
        let said = self.words(condition);
        Ok(self.range(said, Slot::Ratio(part, whole), range))
    }

    /// The slot of a figure that does not change with every millisecond.
    pub(super) fn lasting(&mut self, metric: &Metric) -> Result<u32> {
        if matches!(metric.measure, Measure::Since | Measure::SinceFirst) {
            return Err(Error::configuration(
                "how long ago it was is another figure at every instant: expected `days_since`",
            ));
        }
        let aggregate = self.aggregate(metric)?;
        Ok(self.slot(Slot::Metric(aggregate)))
    }

    pub(super) fn pick(&mut self, condition: &Condition, pick: &Pick) -> Result<Piece> {
        let of = Matching::compile(&pick.of, self.ground)?;
        let window = Window::compile(pick.when)?;
        let needs = of.needs.or(self.clock_of(window));
        self.needs = self.needs.or(needs);
        let (what, operands) = self.chosen(pick)?;
        let said = self.words(condition);
        let choosing = Choosing { which: pick.which, what, of, window, needs };
        Ok(self.one_of(said, Slot::Pick(choosing), operands, false))
    }

    fn chosen(&mut self, pick: &Pick) -> Result<(Chosen, Vec<i64>)> {
        pick.is.iter().try_for_each(|name| check_text("name", name))?;
        let is = pick.is.iter();
        match pick.what {
            What::Channel => {
                Ok((Chosen::Channel, is.map(|name| i64::from(short_hash(name))).collect()))
            }
            What::Item => {
                let number = |name: &Arc<str>| match self.ground.catalog.number(name) {
                    NO_ITEM => {
                        Err(Error::configuration(format!("item `{name}` is not in the catalogue")))
                    }
                    number => Ok(i64::from(number)),
                };
                Ok((Chosen::Item, is.map(number).collect::<Result<_>>()?))
            }
            What::Category(0) => Err(Error::configuration(
                "categories begin at depth 1, the widest: expected 1 or more",
            )),
            What::Category(depth) => {
                let table = self.level(depth);
                let names = self.program.levels.get(table).map(|level| &level.names);
                let place = |name| names.and_then(|names| names.binary_search(name).ok());
                let places = is.map(|name| place(name).map_or(-1, |at| at as i64)).collect();
                Ok((Chosen::Category(table as u32), places))
            }
        }
    }

    /// The table of the names of categories at a depth.
    fn level(&mut self, depth: u8) -> usize {
        let levels = &mut self.program.levels;
        let at = levels.iter().position(|level| level.depth == depth).unwrap_or(levels.len());
        if at == levels.len() {
            let items = (0..).zip(self.ground.catalog.items()).filter_map(|(number, item)| {
                let name = item.category_path().get(usize::from(depth) - 1)?;
                Some((self.ground.catalog.place(number), name.clone()))
            });
            let of: Vec<(u32, Arc<str>)> = items.filter(|(place, _)| *place != NO_PLACE).collect();
            let mut names: Vec<Arc<str>> = of.iter().map(|(_, name)| name.clone()).collect();
            names.sort();
            names.dedup();
            let number = |name: &Arc<str>| names.binary_search(name).unwrap_or_default() as u32;
            let of_place = of.iter().map(|(place, name)| (*place, number(name))).collect();
            levels.push(Level { depth, names, of_place });
        }
        at
    }

    pub(super) fn sequence(&mut self, condition: &Condition, sequence: &Sequence) -> Result<Piece> {
        if sequence.steps.is_empty() || sequence.steps.len() > MOST_STEPS {
            return Err(Error::configuration(format!(
                "a sequence has no steps, or more than {MOST_STEPS}: expected 1 to {MOST_STEPS}"
            )));
        }
        let window = Window::compile(sequence.when)?;
        let mut needs = self.clock_of(window);
        let mut matching = |of| {
            let matching = Matching::compile(of, self.ground)?;
            needs = needs.or(matching.needs);
            Ok(matching)
        };
        let mut steps = Vec::new();
        for (place, step) in sequence.steps.iter().enumerate() {
            must_be_bounded(place, step)?;
            let within = step.within.map(|span| span.0);
            let (of, without) = (matching(&step.of)?, &step.without);
            let without = without.iter().map(&mut matching).collect::<Result<_>>()?;
            steps.push(Stride { of, within, without });
        }
        let quiet = sequence.quiet.as_ref().map(|(of, span)| Ok((matching(of)?, span.0)));
        let quiet = quiet.transpose()?;
        self.needs = self.needs.or(needs);
        let said = self.words(condition);
        let following = Following { steps, quiet, window, needs };
        Ok(self.range(said, Slot::Sequence(following), (1, 1)))
    }

    pub(super) fn stage(&mut self, condition: &Condition, stages: &[Stage]) -> Result<Piece> {
        let needs = Categories::one(self.ground.policy.of_kind(&Kind::Purchased));
        self.needs = self.needs.or(needs);
        let said = self.words(condition);
        let places: Vec<i64> = stages.iter().map(|stage| *stage as i64).collect();
        Ok(self.one_of(said, Slot::Stage(needs), places, false))
    }
}

/// The reading of a value that has an order, with its range.
fn in_line(value: &Value, range: impl Fn(i64) -> (i64, i64)) -> Result<(Reading, (i64, i64))> {
    match in_order(value)? {
        Value::Number(number) => Ok((Reading::Number, range(ordered(number)))),
        Value::Instant(instant) => Ok((Reading::Instant, range(instant.as_millis()))),
        _ => Err(Error::configuration("only numbers and instants have an order")),
    }
}

/// What must not have happened before the first step needs a time in which.
fn must_be_bounded(place: usize, step: &Step) -> Result<()> {
    if step.within.is_some_and(|span| span.0 < 1) {
        return Err(Error::configuration(
            "a step is within no time of the one before: expected at least a millisecond",
        ));
    }
    if place == 0 && step.within.is_none() != step.without.is_empty() {
        return Err(Error::configuration(
            "the first step has nothing before it: expected `within` and `without` together, \
             for what must not have happened so long before",
        ));
    }
    Ok(())
}
