//! What figures are, and when their behaviours come into their windows and leave them.
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use hashbrown::HashSet;

use super::index::{ByKind, Matches};
use super::metric::{Measure, Numbers, micros};
use super::slot::{Aggregate, MISSING};
use crate::catalog::NO_PLACE;
use crate::event::{Kind, Value};
use crate::numeric::short_hash;
use crate::types::{Currency, Timestamp};
use crate::view::NO_TEXT as NONE;

/// A day, in milliseconds.
pub(super) const DAY: i64 = 86_400_000;

impl Aggregate {
    /// The behaviours that are measured.
    #[inline]
    pub(super) fn matches<'a>(&'a self, by_kind: &'a ByKind<'_>) -> Matches<'a> {
        by_kind.matching(&self.of, self.window.bounds(by_kind.view))
    }

    /// The figure; [`MISSING`] if there is none.
    pub(super) fn measure(&self, by_kind: &ByKind<'_>) -> i64 {
        let (found, now) = (self.matches(by_kind), by_kind.view.now().as_millis());
        let rows = found.columns();
        let since = |row: Option<usize>| row.map(|row| now.saturating_sub(rows.at[row]));
        let figure = match &self.measure {
            Measure::Count => Some(found.count() as i64),
            Measure::Orders => Some(distinct_texts(found, &rows.order)),
            Measure::Items => Some(distinct_texts(found, &rows.named)),
            Measure::Channels => Some(distinct(found, &rows.channel, short_hash(""))),
            Measure::Categories => Some(distinct(found, &rows.place, NO_PLACE)),
            Measure::Total(currency) => {
                let numbers = Numbers::Amount(*currency);
                Some(saturated(self.numbers(&numbers, found).map(i128::from).sum()))
            }
            Measure::Since => since(found.rows().next_back()),
            Measure::SinceFirst => since(found.rows().next()),
            Measure::DaysSince => since(found.rows().next_back()).map(|since| since / DAY),
            Measure::Sum(numbers) => {
                Some(saturated(self.numbers(numbers, found).map(i128::from).sum()))
            }
            Measure::Average(numbers) => {
                let (mut sum, mut count) = (0i128, 0i128);
                for number in self.numbers(numbers, found) {
                    (sum, count) = (sum + i128::from(number), count + 1);
                }
                (count > 0).then(|| saturated(sum.div_euclid(count)))
            }
            Measure::Basket(currency) => basket(found, *currency),
            Measure::Minimum(numbers) => self.numbers(numbers, found).min(),
            Measure::Maximum(numbers) => self.numbers(numbers, found).max(),
        };
        figure.map_or(MISSING, |figure| figure.max(MISSING + 1))
    }

    /// The numbers that are added up or compared, in millionths.
    fn numbers<'a>(
        &'a self,
        numbers: &'a Numbers,
        found: Matches<'a>,
    ) -> impl Iterator<Item = i64> + 'a {
        let rows = found.columns();
        found.rows().filter_map(move |row| match numbers {
            Numbers::Amount(currency) => {
                (rows.currency[row] == currency.code()).then(|| rows.amount[row])
            }
            Numbers::Quantity => Some(rows.quantity[row].saturating_mul(1000)),
            Numbers::Property(name, _) => match found.view().property(row, self.category, name) {
                Some(Value::Number(number)) => Some(micros(*number)),
                _ => None,
            },
        })
    }

    /// The first later instant at which the figure may be another, if nothing happens.
    pub(super) fn moves(&self, by_kind: &ByKind<'_>, value: i64) -> Timestamp {
        let now = by_kind.view.now();
        match self.measure {
            _ if value == MISSING && self.is_recency() => Timestamp::MAX,
            Measure::DaysSince => {
                let last = self.matches(by_kind).rows().next_back();
                let at = last.map_or(now.as_millis(), |row| by_kind.view.rows().at[row]);
                Timestamp::from_millis(at.saturating_add((value + 1).saturating_mul(DAY)))
            }
            Measure::Since | Measure::SinceFirst => now.later(1),
            _ => self.window_moves(by_kind),
        }
    }

    /// The same of the behaviours in its window.
    pub(super) fn window_moves(&self, by_kind: &ByKind<'_>) -> Timestamp {
        self.window.moves(by_kind.view, || self.matches(by_kind).edges())
    }

    /// Whether it is how long ago something was.
    pub(super) fn is_recency(&self) -> bool {
        matches!(self.measure, Measure::Since | Measure::SinceFirst | Measure::DaysSince)
    }
}

/// How many values a column has in the rows that match, but for the one that stands for none.
fn distinct(found: Matches<'_>, column: &[u32], none: u32) -> i64 {
    let mut values: Vec<u32> =
        found.rows().map(|row| column[row]).filter(|value| *value != none).collect();
    values.sort_unstable();
    values.dedup();
    values.len() as i64
}

/// The same of a column that refers to texts, whose numbers are small.
fn distinct_texts(found: Matches<'_>, column: &[u32]) -> i64 {
    let mut met: Vec<u64> = Vec::new();
    let mut count = 0;
    for row in found.rows() {
        let (word, bit) = (column[row] as usize / 64, 1u64 << (column[row] % 64));
        if met.len() <= word {
            met.resize(word + 1, 0);
        }
        count += i64::from(column[row] != NONE && met[word] & bit == 0);
        met[word] |= bit;
    }
    count
}

/// The mean amount of an order in a currency.
fn basket(found: Matches<'_>, currency: Currency) -> Option<i64> {
    let (rows, mut orders, mut alone) = (found.columns(), HashSet::new(), 0);
    let mut sum = 0i128;
    for row in found.rows().filter(|row| rows.currency[*row] == currency.code()) {
        sum += i128::from(rows.amount[row]);
        match rows.order[row] {
            NONE => alone += 1,
            order => _ = orders.insert(order),
        }
    }
    let count = alone + orders.len() as i128;
    (count > 0).then(|| saturated(sum.div_euclid(count)))
}

fn saturated(sum: i128) -> i64 {
    sum.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// One figure over another, both in millionths, in millionths, rounded down.
pub(super) fn ratio(part: Option<i128>, whole: Option<i128>) -> i64 {
    let Some((part, whole)) = part.zip(whole).filter(|(_, whole)| *whole != 0) else {
        return MISSING;
    };
    // Over a positive number the Euclidean quotient is the one rounded down.
    let (part, sign) = (part.saturating_mul(1_000_000), whole.signum());
    saturated((part * sign).div_euclid(whole * sign)).max(MISSING + 1)
}

impl Measure {
    /// Whether it is counted in millionths: amounts, quantities, properties.
    pub(super) fn is_in_millionths(&self) -> bool {
        matches!(
            self,
            Self::Total(_)
                | Self::Basket(_)
                | Self::Average(_)
                | Self::Minimum(_)
                | Self::Maximum(_)
                | Self::Sum(_)
        )
    }
}

impl ByKind<'_> {
    /// The instants of the distinct orders that were bought, ascending: of each that of its
    /// first line; a line without an order is one of its own.
    pub(super) fn orders(&self) -> Vec<i64> {
        let rows = self.view.rows();
        let mut met: HashSet<u32> = HashSet::new();
        let new = |row: &&u32| {
            let order = rows.order[**row as usize];
            order == NONE || met.insert(order)
        };
        self.of(Kind::Purchased.code())
            .iter()
            .filter(new)
            .map(|row| rows.at[*row as usize])
            .collect()
    }
}
