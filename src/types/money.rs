//! Amounts of money, exact.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

const MICROS: i64 = 1_000_000;

/// A currency by its three letters of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// An amount in one currency, in millionths, so that sums are exact and the same
/// in any order.
///
/// ```
/// use confidant::Money;
///
/// let price: Money = "12.90 EUR".parse()?;
/// assert_eq!(price, Money::cents(1290, "EUR")?);
/// assert_eq!(price.to_string(), "12.90 EUR");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    currency: Currency,
    micros: i64,
}

impl Money {
    /// An amount in hundredths.
    ///
    /// # Errors
    /// `currency` is not three letters, or the amount is out of range.
    pub fn cents(cents: i64, currency: &str) -> Result<Self> {
        Ok(Self {
            currency: currency.parse()?,
            micros: cents.checked_mul(10_000).ok_or_else(range)?,
        })
    }

    /// An amount in millionths.
    #[must_use]
    pub const fn micros(micros: i64, currency: Currency) -> Self {
        Self { currency, micros }
    }

    /// An amount from a number in whole units, rounded to millionths.
    ///
    /// # Errors
    /// `currency` is not three letters; `units` is not finite or out of range.
    pub fn units(units: f64, currency: &str) -> Result<Self> {
        let micros = (units * MICROS as f64).round();
        // The bound is well inside what i64 holds, so the cast is exact.
        if !micros.is_finite() || micros.abs() > 9e18 {
            return Err(range());
        }
        Ok(Self { currency: currency.parse()?, micros: micros as i64 })
    }

    /// The amount in millionths.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.micros
    }

    /// The amount in whole units, for printing and for arithmetic that need not be exact.
    #[must_use]
    pub fn as_units(self) -> f64 {
        self.micros as f64 / MICROS as f64
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }
}

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII letters are ever let in.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// The currency of a [`code`](Self::code).
    pub(crate) fn from_code(code: u32) -> Option<Self> {
        let [_, letters @ ..] = code.to_be_bytes();
        std::str::from_utf8(&letters).ok()?.parse().ok()
    }

    /// The letters as one number, for columns.
    pub(crate) fn code(self) -> u32 {
        let [a, b, c] = self.0;
        u32::from_be_bytes([0, a, b, c])
    }
}

fn range() -> Error {
    Error::input("amount", "`amount` is out of range: expected at most 9,000,000,000,000 units")
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.as_bytes() {
            [a, b, c] if text.bytes().all(|l| l.is_ascii_alphabetic()) => {
                Ok(Self([*a, *b, *c].map(|letter| letter.to_ascii_uppercase())))
            }
            _ => Err(Error::input(
                "currency",
                "`currency` is not known: expected three letters, as in `EUR`",
            )),
        }
    }
}

/// `12.90 EUR`: a decimal number of at most six decimals, a space, a currency.
impl FromStr for Money {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::input("amount", "not an amount: expected one as in `12.90 EUR`");
        let (number, currency) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let (negative, number) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > 6 {
            return Err(wrong());
        }
        let whole: i64 = whole.parse().map_err(|_| range())?;
        let fraction: i64 = format!("{decimals:0<6}").parse().map_err(|_| wrong())?;
        let micros = whole
            .checked_mul(MICROS)
            .and_then(|micros| micros.checked_add(fraction))
            .ok_or_else(range)?;
        let micros = if negative { -micros } else { micros };
        Ok(Self { currency: currency.trim().parse()?, micros })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.micros < 0 { "-" } else { "" };
        let (whole, fraction) =
            (self.micros.unsigned_abs() / 1_000_000, self.micros.unsigned_abs() % 1_000_000);
        if fraction % 10_000 == 0 {
            write!(f, "{sign}{whole}.{:02} {}", fraction / 10_000, self.currency)
        } else {
            write!(f, "{sign}{whole}.{fraction:06} {}", self.currency)
        }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

as_text!(Currency Money);
