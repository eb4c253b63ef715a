//! Answering the questions of a program from a view.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::evaluate::Truth;
use super::index::ByKind;
use super::lifecycle;
use super::measure::ratio;
use super::population::Population;
use super::program::{Program, Rule};
use super::slot::{Group, MISSING, Placed, Reading, Slot, UNKNOWN, ordered, set_at};
use crate::event::Value;
use crate::types::Timestamp;
use crate::view::View;

/// The answers to a program's questions, and which segments the customer is in; behind
/// them, the texts of sets.
pub(crate) type Slots = Vec<i64>;

impl Program {
    /// Answers every question, then the segments, each after those that it asks for.
    pub(crate) fn fill(&self, view: &View, population: &Population) -> Slots {
        let by_kind = ByKind::new(view);
        let mut slots = self.answers(&by_kind, population, self.slots.len());
        for segment in &self.segments {
            let truth = self.membership(segment.rule, &slots, view);
            if let Some(slot) = slots.get_mut(segment.slot as usize) {
                *slot = truth.as_slot();
            }
        }
        slots
    }

    /// The answers to the first so many questions, and no segment evaluated yet.
    pub(super) fn answers(
        &self,
        by_kind: &ByKind<'_>,
        population: &Population,
        questions: usize,
    ) -> Slots {
        let mut filling = Filling::new(self, by_kind, population);
        let mut slots: Slots = Vec::with_capacity(self.slots.len());
        for slot in self.slots.iter().take(questions) {
            slots.push(filling.answer(slot, &slots));
        }
        slots.resize(self.slots.len(), UNKNOWN);
        slots.append(&mut filling.sets);
        slots
    }

    /// How much of a figure is one: a million of what is counted in millionths.
    pub(super) fn unit(&self, slot: u32) -> u32 {
        let is_decimal = match self.slots.get(slot as usize) {
            Some(Slot::Metric(aggregate)) => aggregate.measure.is_in_millionths(),
            Some(Slot::Ratio(..)) => true,
            _ => false,
        };
        if is_decimal { 1_000_000 } else { 1 }
    }

    /// Whether the customer is in a segment. To put people into groups is to profile
    /// them: who allows nothing for the purpose is in none that anybody could know of.
    pub(super) fn membership(&self, rule: Rule, slots: &[i64], view: &View) -> Truth {
        if view.allows_nothing() { Truth::Unknown } else { self.truth(rule, slots) }
    }
}

/// Answering one question after the other.
pub(super) struct Filling<'a> {
    program: &'a Program,
    by_kind: &'a ByKind<'a>,
    population: &'a Population,
    sets: Vec<i64>,
}

impl<'a> Filling<'a> {
    pub(super) fn new(
        program: &'a Program,
        by_kind: &'a ByKind<'a>,
        population: &'a Population,
    ) -> Self {
        Self { program, by_kind, population, sets: Vec::new() }
    }

    /// As of when.
    pub(super) fn now(&self) -> Timestamp {
        self.by_kind.view.now()
    }

    /// The answer to a question; those that it builds on stand in `slots`.
    pub(super) fn answer(&mut self, slot: &Slot, slots: &[i64]) -> i64 {
        let (view, by_kind) = (self.by_kind.view, self.by_kind);
        match slot {
            Slot::Metric(aggregate) if view.allows(aggregate.needs) => aggregate.measure(by_kind),
            Slot::Pick(choosing) if view.allows(choosing.needs) => {
                choosing.choose(self.program, by_kind)
            }
            Slot::Sequence(following) if view.allows(following.needs) => {
                i64::from(following.find(by_kind).happened)
            }
            Slot::Stage(needs) if view.allows(*needs) => {
                let now = view.now().as_millis();
                let stage = lifecycle::stage(&by_kind.orders(), now, &self.program.lifecycle);
                stage.map_or(MISSING, |(stage, _)| stage as i64)
            }
            Slot::Attribute(name, reading, needs) if view.allows(*needs) => {
                let known = view.known(name);
                let held = known.map(|known| known.held);
                self.read(known.map(|known| &known.value), held, reading)
            }
            Slot::Session(name, reading, needs)
                if view.permit().allows_session() && view.allows(*needs) =>
            {
                let value = view.session().and_then(|session| session.get(name));
                self.read(value, None, reading)
            }
            Slot::Ratio(part, whole) => match (at(slots, *part), at(slots, *whole)) {
                (UNKNOWN, _) | (_, UNKNOWN) => UNKNOWN,
                (of, to) => ratio(self.in_millionths(*part, of), self.in_millionths(*whole, to)),
            },
            Slot::Rank(placed) => self.placed(placed, slots),
            Slot::Cluster(name, features) => self.cluster(name, features, slots),
            Slot::Bucket(draw) => view.lot(draw),
            _ => UNKNOWN,
        }
    }

    fn read(&mut self, value: Option<&Value>, held: Option<Timestamp>, reading: &Reading) -> i64 {
        let now = self.by_kind.view.now();
        let since = |at: Timestamp| now.as_millis().saturating_sub(at.as_millis()).max(MISSING + 1);
        match (reading, value) {
            (Reading::Exists, value) => i64::from(value.is_some()),
            (Reading::Text, Some(Value::Text(text))) => {
                self.program.texts.get(text).copied().unwrap_or(-1)
            }
            (Reading::Text, Some(Value::Set(texts))) => self.read_set(texts),
            (Reading::Number, Some(Value::Number(number))) => ordered(*number),
            (Reading::Flag, Some(Value::Flag(flag))) => i64::from(*flag),
            (Reading::Instant, Some(Value::Instant(instant))) => instant.as_millis(),
            (Reading::Since, Some(Value::Instant(instant))) => since(*instant),
            (Reading::Anniversary, Some(Value::Instant(instant))) => {
                i64::from(self.by_kind.view.zone().days_to_anniversary(*instant, now))
            }
            (Reading::Held, Some(_)) => held.map_or(MISSING, since),
            (Reading::Size, Some(value)) => value.size().map_or(MISSING, |size| size as i64),
            (Reading::Meets(matcher), value) => {
                i64::from(value.is_some_and(|value| matcher.holds_at(value, now)))
            }
            _ => MISSING,
        }
    }

    /// Where behind the slots a set stands: how many of its texts rules ask for, and these.
    fn read_set(&mut self, texts: &BTreeSet<Arc<str>>) -> i64 {
        let place = self.program.slots.len() + self.sets.len();
        let asked: Vec<i64> =
            texts.iter().filter_map(|text| self.program.texts.get(text).copied()).collect();
        self.sets.push(asked.len() as i64);
        self.sets.extend(asked);
        set_at(place)
    }

    /// A figure in millionths of one; none if there is none.
    fn in_millionths(&self, slot: u32, figure: i64) -> Option<i128> {
        let scale = 1_000_000 / self.program.unit(slot);
        (figure != MISSING).then(|| i128::from(figure) * i128::from(scale))
    }

    fn placed(&self, placed: &Placed, slots: &[i64]) -> i64 {
        let figure = match at(slots, placed.figure) {
            UNKNOWN => return UNKNOWN,
            MISSING => return MISSING,
            figure if placed.smallest_first => figure.saturating_neg(),
            figure => figure,
        };
        let view = self.by_kind.view;
        let cluster;
        let group = match &placed.per {
            None => None,
            Some(Group::Attribute(_, needs)) if !view.allows(*needs) => return UNKNOWN,
            Some(Group::Attribute(name, _)) => match view.attribute(name) {
                Some(Value::Text(text)) => Some(&**text),
                _ => return MISSING,
            },
            Some(Group::Cluster(slot)) => match at(slots, *slot) {
                UNKNOWN => return UNKNOWN,
                MISSING => return MISSING,
                number => {
                    cluster = number.to_string();
                    Some(cluster.as_str())
                }
            },
        };
        let Placed { ranking, standing, .. } = placed;
        let stands = self.population.stands(ranking, *standing, figure, view.who(), group);
        stands.map_or(MISSING, i64::from)
    }

    fn cluster(&self, name: &Arc<str>, features: &[u32], slots: &[i64]) -> i64 {
        let Some(clusters) = self.population.clusters(name) else { return MISSING };
        let mut figures = Vec::with_capacity(features.len());
        for slot in features {
            match at(slots, *slot) {
                UNKNOWN => return UNKNOWN,
                MISSING => return MISSING,
                figure => figures.push(figure as f64),
            }
        }
        i64::from(clusters.number_of(&figures))
    }
}

fn at(slots: &[i64], slot: u32) -> i64 {
    slots.get(slot as usize).copied().unwrap_or(UNKNOWN)
}

impl View {
    /// The customer's lot in a draw, in ten-thousandths.
    fn lot(&self, draw: &str) -> i64 {
        let who = self.who();
        let key = [draw, who.kind().name(), who.value()].map(str::as_bytes);
        crate::numeric::Draws::new(0, &key).below(10_000) as i64
    }
}
