//! Answering the questions of a program from a view.
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashSet;

use super::compile::{Program, Rule};
use super::condition::Measure;
use super::evaluate::Truth;
use super::slot::{Aggregate, MISSING, Reading, Slot, UNKNOWN, ordered, set_at};
use crate::event::Value;
use crate::types::Timestamp;
use crate::view::{Rows, View};

/// The answers to a program's questions, and which segments the customer is in; behind
/// them, the texts of sets.
pub(crate) type Slots = Vec<i64>;

impl Program {
    /// Answers every question, then the segments, each after those that it asks for.
    pub(crate) fn fill(&self, view: &View) -> Slots {
        let mut sets = Vec::new();
        let answers = self.slots.iter().map(|slot| self.answer(slot, view, &mut sets));
        let mut slots: Slots = answers.collect();
        slots.append(&mut sets);
        for segment in &self.segments {
            let truth = self.membership(segment.rule, &slots, view);
            if let Some(slot) = slots.get_mut(segment.slot as usize) {
                *slot = truth.as_slot();
            }
        }
        slots
    }

    /// Whether the customer is in a segment. To put people into groups is to profile
    /// them: who allows nothing for the purpose is in none that anybody could know of.
    pub(super) fn membership(&self, rule: Rule, slots: &[i64], view: &View) -> Truth {
        if view.allows_nothing() { Truth::Unknown } else { self.truth(rule, slots) }
    }

    fn answer(&self, slot: &Slot, view: &View, sets: &mut Vec<i64>) -> i64 {
        match slot {
            Slot::History(aggregate) if view.allows(aggregate.filter.needs()) => {
                aggregate.measure(view.rows(), view.now())
            }
            Slot::Attribute(name, reading, needs) if view.allows(*needs) => {
                self.read(view.attribute(name), *reading, sets)
            }
            Slot::Session(name, reading) if view.permit().allows_session() => {
                let value = view.session().and_then(|session| session.get(name));
                self.read(value, *reading, sets)
            }
            _ => UNKNOWN,
        }
    }

    fn read(&self, value: Option<&Value>, reading: Reading, sets: &mut Vec<i64>) -> i64 {
        match (reading, value) {
            (Reading::Exists, value) => i64::from(value.is_some()),
            (Reading::Text, Some(Value::Text(text))) => self.texts.get(text).copied().unwrap_or(-1),
            (Reading::Text, Some(Value::Set(texts))) => self.read_set(texts, sets),
            (Reading::Number, Some(Value::Number(number))) => ordered(*number),
            (Reading::Flag, Some(Value::Flag(flag))) => i64::from(*flag),
            (Reading::Instant, Some(Value::Instant(instant))) => instant.as_millis(),
            _ => MISSING,
        }
    }
}

impl Program {
    /// Where behind the slots a set stands: how many of its texts rules ask for, and these.
    fn read_set(&self, texts: &BTreeSet<Arc<str>>, sets: &mut Vec<i64>) -> i64 {
        let place = self.slots.len() + sets.len();
        let asked: Vec<i64> =
            texts.iter().filter_map(|text| self.texts.get(text).copied()).collect();
        sets.push(asked.len() as i64);
        sets.extend(asked);
        set_at(place)
    }
}

impl Aggregate {
    fn measure(&self, rows: &Rows, now: Timestamp) -> i64 {
        let mut matching = self.rows(rows, now);
        match self.measure {
            Measure::Count => matching.count() as i64,
            Measure::Orders => {
                let orders: HashSet<u32> = matching.map(|row| rows.order[row]).collect();
                orders.iter().filter(|order| **order != 0).count() as i64
            }
            Measure::Total(currency) => matching
                .filter(|row| rows.currency[*row] == currency.code())
                .fold(0i64, |sum, row| sum.saturating_add(rows.amount[row])),
            Measure::Since => matching
                .next_back()
                .map_or(MISSING, |row| now.as_millis().saturating_sub(rows.at[row])),
        }
    }

    /// The rows that are measured.
    pub(super) fn rows<'a>(
        &'a self,
        rows: &'a Rows,
        now: Timestamp,
    ) -> impl DoubleEndedIterator<Item = usize> + 'a {
        rows.within(self.window, now).filter(|row| self.filter.matches(rows, *row))
    }
}
