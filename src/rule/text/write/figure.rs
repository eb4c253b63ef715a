//! Figures, and bounds on them.

use std::fmt::{Formatter, Result, Write};

use super::behaviours::{behaviours, when};
use super::bound;
use super::piece::{Decimal, Name, category};
use crate::rule::behaviours::{Behaviours, Bound, When};
use crate::rule::metric::{History, Measure, Metric, Numbers, Ratio};
use crate::rule::span::Span;
use crate::types::{Currency, Money};

pub(super) fn history(f: &mut Formatter<'_>, history: &History) -> Result {
    measure(f, &history.measure, false)?;
    of(f, &history.of, history.when)?;
    f.write_char(' ')?;
    match &history.measure {
        Measure::Since | Measure::SinceFirst => ago(f, history.test),
        measure => match (currency_of(measure), is_decimal(measure)) {
            (Some(currency), _) => {
                bound(f, history.test, |f, micros| write!(f, "{}", Money::micros(micros, currency)))
            }
            (None, true) => decimal(f, history.test),
            (None, false) => bound(f, history.test, |f, number| write!(f, "{number}")),
        },
    }
}

pub(super) fn ratio(f: &mut Formatter<'_>, ratio: &Ratio) -> Result {
    f.write_str("ratio(")?;
    metric(f, &ratio.part)?;
    f.write_str(", ")?;
    metric(f, &ratio.whole)?;
    f.write_str(") ")?;
    decimal(f, ratio.test)
}

/// A figure for itself: of amounts, with their currency.
fn metric(f: &mut Formatter<'_>, metric: &Metric) -> Result {
    measure(f, &metric.measure, true)?;
    of(f, &metric.of, metric.when)
}

/// Behaviours in parentheses, with their time.
pub(super) fn of(f: &mut Formatter<'_>, of: &Behaviours, at: When) -> Result {
    f.write_char('(')?;
    behaviours(f, of)?;
    if at != When::Ever {
        f.write_str(", ")?;
        when(f, at)?;
    }
    f.write_char(')')
}

fn decimal(f: &mut Formatter<'_>, test: Bound) -> Result {
    bound(f, test, |f, micros| write!(f, "{}", Decimal(micros.into(), 6)))
}

/// How long ago: what is more than so long is at least a millisecond longer.
fn ago(f: &mut Formatter<'_>, test: Bound) -> Result {
    match test {
        Bound::AtLeast(least) if is_even(least) => write!(f, ">= {} ago", Span(least)),
        Bound::AtLeast(least) => write!(f, "> {} ago", Span(least - 1)),
        Bound::AtMost(most) => write!(f, "<= {} ago", Span(most)),
        Bound::Between(least, most) => {
            write!(f, "between {} and {} ago", Span(least), Span(most))
        }
    }
}

/// Whether a length of time is whole in seconds, or the smallest there is.
fn is_even(millis: i64) -> bool {
    (millis != 0 && millis % 1_000 == 0) || millis == i64::MIN
}

fn is_decimal(measure: &Measure) -> bool {
    matches!(
        measure,
        Measure::Average(_) | Measure::Minimum(_) | Measure::Maximum(_) | Measure::Sum(_)
    )
}

fn currency_of(measure: &Measure) -> Option<Currency> {
    match measure {
        Measure::Total(currency)
        | Measure::Basket(currency)
        | Measure::Average(Numbers::Amount(currency))
        | Measure::Minimum(Numbers::Amount(currency))
        | Measure::Maximum(Numbers::Amount(currency))
        | Measure::Sum(Numbers::Amount(currency)) => Some(*currency),
        _ => None,
    }
}

fn measure(f: &mut Formatter<'_>, measure: &Measure, with_currency: bool) -> Result {
    let (said, numbers) = match measure {
        Measure::Count => ("count", None),
        Measure::Orders => ("orders", None),
        Measure::Items => ("items", None),
        Measure::Channels => ("channels", None),
        Measure::Categories => ("categories", None),
        Measure::Since => ("last", None),
        Measure::SinceFirst => ("first", None),
        Measure::DaysSince => ("days since", None),
        Measure::Sum(Numbers::Quantity) => ("quantity", None),
        Measure::Total(_) => ("total", None),
        Measure::Basket(_) => ("average basket", None),
        Measure::Sum(numbers) => ("sum", Some(numbers)),
        Measure::Average(numbers) => ("average", Some(numbers)),
        Measure::Minimum(numbers) => ("smallest", Some(numbers)),
        Measure::Maximum(numbers) => ("largest", Some(numbers)),
    };
    f.write_str(said)?;
    if let Some(currency) = currency_of(measure).filter(|_| with_currency) {
        write!(f, " in {currency}")?;
    }
    match numbers {
        None => Ok(()),
        Some(Numbers::Amount(_)) if said != "sum" => Ok(()),
        Some(Numbers::Amount(_)) => f.write_str(" of amount"),
        Some(Numbers::Quantity) => f.write_str(" of quantity"),
        Some(Numbers::Property(name, own)) => {
            // `quantity` is a word of the language here, and nowhere else.
            match name.eq_ignore_ascii_case("quantity") {
                true => write!(f, " of `{name}`")?,
                false => write!(f, " of {}", Name(name))?,
            }
            if let Some(own) = own {
                f.write_str(" as ")?;
                category(f, own)?;
            }
            Ok(())
        }
    }
}
