//! The books of the tills: which lines each night's batch holds, and what is odd about them.

use std::collections::BTreeMap;
use std::time::Duration;

use confidant::{Channel, Event, Identifier, IdentifierKind, Kind, Timestamp, days, hours};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::card;
use crate::support::lines::Line;

/// What is to be said of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    /// Bought with a card, and here the night after.
    Usual,
    /// The till was offline for some days.
    Late,
    /// Nobody showed a card.
    Cardless,
    /// Called off at the till, or brought back some days later.
    Reversed,
    /// A code of the till that is no product: a deposit, a bag.
    NoProduct,
    /// The till's clock is a year ahead.
    ClockAhead,
}

impl Sort {
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Usual => "with a card, in time",
            Self::Late => "late",
            Self::Cardless => "without a card",
            Self::Reversed => "reversed",
            Self::NoProduct => "no product",
            Self::ClockAhead => "clock ahead",
        }
    }
}

/// A line as it is sent.
pub(crate) struct TillLine {
    pub(crate) sort: Sort,
    pub(crate) event: Event,
}

/// All nights with their batches.
#[derive(Default)]
pub(crate) struct Books(BTreeMap<Timestamp, Vec<TillLine>>);

/// What is odd about a basket; most have nothing.
enum Oddity {
    None,
    Late(Duration),
    Cardless,
    CalledOff,
    BroughtBack(Duration),
    NoProduct,
    ClockAhead,
}

impl Oddity {
    fn draw(dice: &mut StdRng) -> Self {
        match dice.random_range(0..200) {
            0..10 => Self::Cardless,
            10..16 => Self::Late(days(dice.random_range(1..8))),
            16..18 => Self::CalledOff,
            18..22 => Self::BroughtBack(days(dice.random_range(1..15))),
            22 => Self::NoProduct,
            23 => Self::ClockAhead,
            _ => Self::None,
        }
    }
}

impl Books {
    /// The batches of these lines.
    pub(crate) fn of(lines: Vec<Line>, seed: u64) -> Self {
        let mut baskets: BTreeMap<Option<String>, Vec<Line>> = BTreeMap::new();
        for line in lines {
            baskets.entry(line.order.clone()).or_default().push(line);
        }
        let (mut books, mut dice) = (Self::default(), StdRng::seed_from_u64(seed));
        for basket in baskets.into_values() {
            books.enter(basket, Oddity::draw(&mut dice));
        }
        books
    }

    pub(crate) fn nights(&self) -> impl Iterator<Item = (Timestamp, &[TillLine])> {
        self.0.iter().map(|(night, batch)| (*night, batch.as_slice()))
    }

    /// After the last night.
    pub(crate) fn end(&self) -> Timestamp {
        self.0.last_key_value().map_or(Timestamp::MIN, |(night, _)| *night)
    }

    fn enter(&mut self, basket: Vec<Line>, oddity: Oddity) {
        for (mut line, n) in basket.into_iter().zip(0..) {
            line.channel = Some(Channel::Store);
            line.customer = match (&oddity, &line.order) {
                (Oddity::Cardless, Some(order)) => nobody(order),
                _ => card(&line.customer),
            };
            let (night, first) = (night_after(line.at), n == 0);
            match oddity {
                Oddity::Late(by) => self.send(night + by, Sort::Late, &line),
                Oddity::Cardless => self.send(night, Sort::Cardless, &line),
                Oddity::CalledOff if first => {
                    self.send(night, Sort::Usual, &line);
                    let at = line.at + Duration::from_secs(90);
                    self.reverse(line, Kind::Cancelled, at);
                }
                Oddity::BroughtBack(after) if first => {
                    self.send(night, Sort::Usual, &line);
                    let at = line.at + after;
                    self.reverse(line, Kind::Returned, at);
                }
                Oddity::NoProduct if first => {
                    self.send(night, Sort::Usual, &line);
                    line.id.push_str(" deposit");
                    line.item = Some("DEPOSIT".to_owned());
                    self.send(night, Sort::NoProduct, &line);
                }
                Oddity::ClockAhead => {
                    line.at = line.at + days(365);
                    self.send(night, Sort::ClockAhead, &line);
                }
                _ => self.send(night, Sort::Usual, &line),
            }
        }
    }

    fn send(&mut self, night: Timestamp, sort: Sort, line: &Line) {
        self.enter_event(night, sort, line.event());
    }

    fn enter_event(&mut self, night: Timestamp, sort: Sort, event: Event) {
        self.0.entry(night).or_default().push(TillLine { sort, event });
    }

    /// The same line the other way.
    fn reverse(&mut self, mut line: Line, kind: Kind, at: Timestamp) {
        let sold = line.id.clone();
        line.id.push_str(" reversed");
        (line.kind, line.at) = (kind, at);
        let event = line.behaviour().reverses(sold).into();
        self.enter_event(night_after(at), Sort::Reversed, event);
    }
}

/// A customer of whom no more is known than a basket.
fn nobody(basket: &str) -> Identifier {
    Identifier::new(IdentifierKind::Custom("order".into()), basket)
}

/// Four in the morning in New York, where the shops are, after what was sold before.
fn night_after(at: Timestamp) -> Timestamp {
    const DAY: i64 = 86_400_000;
    let morning = hours(9);
    Timestamp::from_millis(((at - morning).as_millis().div_euclid(DAY) + 1) * DAY) + morning
}
