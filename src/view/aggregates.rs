//! Many aggregates, answered in one pass over the columns of a view: backwards, from the
//! latest behaviour, so that what is met last leaves a window first.
//!
//! | figure | the first instant at which time alone changes it |
//! |---|---|
//! | count, average, first | when the earliest behaviour leaves |
//! | sum | when the earliest amount that is not zero leaves |
//! | smallest, largest | when the latest of its like leaves |
//! | orders, items | when the first of them leaves with its latest behaviour |
//! | last | when it leaves |
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use super::aggregate::{Aggregate, Aggregated, Figure, Measure};
use super::filter::{Filter, window};
use super::{Rows, View};
use crate::catalog::Catalog;
use crate::consent::PrivacyPolicy;
use crate::error::Result;
use crate::profile::NONE;
use crate::types::{Currency, Money, Timestamp};

/// Aggregates compiled together; see [`Engine::aggregates`](crate::Engine::aggregates).
#[derive(Debug)]
pub struct Aggregates {
    asked: Vec<Asked>,
    gauges: Vec<Gauge>,
    /// The gauges that a kind moves, by the place of its bit.
    moved: Vec<Vec<usize>>,
}

/// An aggregate, and the gauge that it is read from.
#[derive(Debug)]
struct Asked {
    measure: Measure,
    gauge: usize,
}

/// What several aggregates are read from: the same behaviours over the same time.
#[derive(Debug, PartialEq, Eq)]
struct Gauge {
    filter: Filter,
    /// Milliseconds.
    window: Option<i64>,
    of: Of,
}

/// What a gauge looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Rows,
    Amounts(Currency),
    Orders,
    Items,
}

/// What a gauge shows. Instants are of the behaviours.
#[derive(Debug, Clone)]
struct Reading {
    /// Later than this.
    start: i64,
    count: u64,
    sum: i128,
    least: i64,
    most: i64,
    earliest: i64,
    latest: i64,
    earliest_paid: i64,
    latest_least: i64,
    latest_most: i64,
    /// Orders or items that were met, a bit each.
    met: Vec<u64>,
}

impl Measure {
    fn of(self) -> Of {
        match self {
            Self::Count | Self::First | Self::Last => Of::Rows,
            Self::Orders => Of::Orders,
            Self::Items => Of::Items,
            Self::Sum(currency)
            | Self::Average(currency)
            | Self::Minimum(currency)
            | Self::Maximum(currency) => Of::Amounts(currency),
        }
    }
}

impl Aggregates {
    /// # Errors
    /// An item is not in the catalogue, or a window is shorter than a millisecond.
    pub(crate) fn compile(
        aggregates: impl IntoIterator<Item = Aggregate>,
        catalog: &Catalog,
        policy: &PrivacyPolicy,
    ) -> Result<Self> {
        let (mut asked, mut gauges): (_, Vec<Gauge>) = (Vec::new(), Vec::new());
        for aggregate in aggregates {
            let measure = aggregate.measure;
            let gauge = Gauge {
                filter: Filter::compile(aggregate.which(), catalog, policy)?,
                window: aggregate.within.map(window).transpose()?,
                of: measure.of(),
            };
            let place = gauges.iter().position(|known| *known == gauge).unwrap_or(gauges.len());
            gauges.extend((place == gauges.len()).then_some(gauge));
            asked.push(Asked { measure, gauge: place });
        }
        let moved = |bit: u32| {
            let places = gauges.iter().enumerate();
            places
                .filter(|(_, gauge)| gauge.filter.kinds() & 1 << bit != 0)
                .map(|(n, _)| n)
                .collect()
        };
        let moved = (0..u32::BITS).map(moved).collect();
        Ok(Self { asked, gauges, moved })
    }

    fn read(&self, rows: &Rows, now: Timestamp) -> Vec<Reading> {
        let start = |window: i64| now.as_millis().saturating_sub(window);
        let reading = |gauge: &Gauge| Reading::new(gauge.window.map_or(i64::MIN, start));
        let mut readings: Vec<Reading> = self.gauges.iter().map(reading).collect();
        let earliest = readings.iter().map(|reading| reading.start).min().unwrap_or(i64::MAX);
        for row in (0..rows.at.len()).rev().take_while(|row| rows.at[*row] > earliest) {
            for place in &self.moved[rows.kind_bit[row].trailing_zeros() as usize] {
                let (gauge, reading) = (&self.gauges[*place], &mut readings[*place]);
                if rows.at[row] > reading.start && gauge.filter.matches(rows, row) {
                    reading.take(gauge.of, rows, row);
                }
            }
        }
        readings
    }
}

impl Reading {
    fn new(start: i64) -> Self {
        Self {
            start,
            count: 0,
            sum: 0,
            least: i64::MAX,
            most: i64::MIN,
            earliest: i64::MAX,
            latest: i64::MAX,
            earliest_paid: i64::MAX,
            latest_least: i64::MAX,
            latest_most: i64::MAX,
            met: Vec::new(),
        }
    }

    /// Takes a row in, which is no later than those before.
    #[inline]
    fn take(&mut self, of: Of, rows: &Rows, row: usize) {
        let counts = match of {
            Of::Rows => true,
            Of::Amounts(currency) => rows.currency[row] == currency.code(),
            Of::Orders => self.meets(rows.order[row]),
            Of::Items => self.meets(rows.named[row]),
        };
        if !counts {
            return;
        }
        let at = rows.at[row];
        if self.count == 0 {
            self.latest = at;
        }
        self.count += 1;
        self.earliest = at;
        if let Of::Amounts(_) = of {
            self.weigh(at, rows.amount[row]);
        }
    }

    fn weigh(&mut self, at: i64, amount: i64) {
        self.sum += i128::from(amount);
        if amount > 0 {
            self.earliest_paid = at;
        }
        if self.count == 1 || amount < self.least {
            (self.least, self.latest_least) = (amount, at);
        }
        if self.count == 1 || amount > self.most {
            (self.most, self.latest_most) = (amount, at);
        }
    }

    /// Whether a text is there and is met for the first time.
    fn meets(&mut self, text: u32) -> bool {
        let (word, bit) = (text as usize / 64, 1u64 << (text % 64));
        if self.met.len() <= word {
            self.met.resize(word + 1, 0);
        }
        let new = text != NONE && self.met[word] & bit == 0;
        self.met[word] |= bit;
        new
    }

    /// A figure, and the instant of the behaviour that changes it when it leaves.
    fn figure(&self, measure: Measure) -> (Figure, i64) {
        let money = |micros: i128, currency| {
            let micros = micros.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
            Figure::Amount(Money::micros(micros, currency))
        };
        let figure = match measure {
            Measure::Count | Measure::Orders | Measure::Items => Figure::Count(self.count),
            Measure::Sum(currency) => money(self.sum, currency),
            _ if self.count == 0 => Figure::Nothing,
            Measure::Average(currency) => {
                let count = i128::from(self.count);
                money((self.sum + count / 2) / count, currency)
            }
            Measure::Minimum(currency) => money(self.least.into(), currency),
            Measure::Maximum(currency) => money(self.most.into(), currency),
            Measure::First => Figure::At(Timestamp::from_millis(self.earliest)),
            Measure::Last => Figure::At(Timestamp::from_millis(self.latest)),
        };
        let leaves = match measure {
            Measure::Sum(_) => self.earliest_paid,
            Measure::Minimum(_) => self.latest_least,
            Measure::Maximum(_) => self.latest_most,
            Measure::Last => self.latest,
            _ => self.earliest,
        };
        (figure, leaves)
    }
}

impl View {
    /// The answers to aggregates of the same engine, in their order.
    ///
    /// ```
    /// use confidant::{Aggregate, Engine, Event, Figure, Kind, Level, Purpose, Timestamp, days};
    ///
    /// let engine = Engine::builder().build()?;
    /// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let choice = Event::consent("ana", monday).level(Level::OwnHistory);
    /// engine.record(monday, choice.allow(Purpose::Personalisation))?;
    /// engine.record(monday, Event::viewed("ana", monday))?;
    ///
    /// let recent = engine.aggregates([Aggregate::count(Kind::Viewed).within(days(7))])?;
    /// let view = engine.view("ana", Purpose::Personalisation, monday + days(1), None)?;
    /// let answer = view.aggregates(&recent)[0];
    /// assert_eq!((answer.figure, answer.until), (Figure::Count(1), monday + days(7)));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    #[must_use]
    pub fn aggregates(&self, aggregates: &Aggregates) -> Vec<Aggregated> {
        let readings = aggregates.read(&self.rows, self.now);
        let answer = |asked: &Asked| {
            let (gauge, reading) = (&aggregates.gauges[asked.gauge], &readings[asked.gauge]);
            if !self.allows(gauge.filter.needs()) {
                return Aggregated { figure: Figure::Unknown, until: self.next };
            }
            let (figure, leaves) = reading.figure(asked.measure);
            let leaves = gauge.window.map_or(i64::MAX, |window| leaves.saturating_add(window));
            Aggregated { figure, until: self.next.min(Timestamp::from_millis(leaves)) }
        };
        aggregates.asked.iter().map(answer).collect()
    }
}
