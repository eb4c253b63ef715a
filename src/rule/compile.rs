//! From conditions to a program: questions become slots, each distinct one once; the
//! tree becomes a row of nodes that is walked without looking anything up.

use std::sync::Arc;

use hashbrown::HashMap;

use super::condition::{Bound, Condition, DEEPEST, History, Measure, Test, TooDeep};
use super::slot::{Aggregate, Reading, Slot, ordered};
use crate::catalog::Catalog;
use crate::consent::{Categories, PrivacyPolicy};
use crate::error::{Error, Result};
use crate::event::Value;
use crate::types::{SegmentId, check_text};
use crate::view::{Filter, Which, window};

/// Many conditions, compiled together.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(super) slots: Vec<Slot>,
    pub(super) nodes: Vec<Node>,
    /// The operands of all `OneOf`.
    pub(super) operands: Vec<i64>,
    /// The texts that rules ask for.
    pub(super) texts: HashMap<Arc<str>, i64>,
    /// Each test in words, for reasons.
    pub(super) words: Vec<Arc<str>>,
    /// The segments, each after those that it asks for.
    pub(super) segments: Vec<Segmented>,
    pub(super) names: HashMap<SegmentId, usize>,
}

/// A segment within a program.
#[derive(Debug)]
pub(super) struct Segmented {
    pub(super) id: SegmentId,
    pub(super) rule: Rule,
    pub(super) slot: u32,
}

/// One compiled condition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(super) root: u32,
    /// What it reads, the segments that it asks for included.
    pub(crate) needs: Categories,
    pub(crate) reads_session: bool,
    pub(crate) asks_segment: bool,
}

/// A node; the nodes below it follow it, up to `end`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node {
    All { end: u32 },
    Any { end: u32 },
    Not,
    Test { slot: u32, op: Op, words: u32 },
}

/// How a slot is compared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Op {
    AtLeast(i64),
    AtMost(i64),
    OneOf {
        from: u32,
        to: u32,
    },
    /// The same of texts, of which a value may have several.
    TextOf {
        from: u32,
        to: u32,
    },
}

/// Makes programs.
pub(crate) struct Compiler<'a> {
    catalog: &'a Catalog,
    policy: &'a PrivacyPolicy,
    program: Program,
    known: HashMap<Slot, u32>,
    needs: Categories,
    reads_session: bool,
    asks_segment: bool,
}

impl Program {
    /// A compiler that knows these segments.
    ///
    /// # Errors
    /// A segment asks for itself, directly or through others, or for one that is not
    /// there; a condition cannot be compiled.
    pub(crate) fn compiler<'a>(
        catalog: &'a Catalog,
        policy: &'a PrivacyPolicy,
        segments: &[(&SegmentId, &Condition)],
    ) -> Result<Compiler<'a>> {
        let mut compiler = Compiler {
            catalog,
            policy,
            program: Self::default(),
            known: HashMap::new(),
            needs: Categories::NONE,
            reads_session: false,
            asks_segment: false,
        };
        for (id, condition) in in_order(segments)? {
            let rule =
                compiler.rule(condition).map_err(|error| within("segment", id.as_str(), &error))?;
            let slot = compiler.program.slots.len() as u32;
            compiler.program.slots.push(Slot::Segment);
            compiler.program.names.insert(id.clone(), compiler.program.segments.len());
            compiler.program.segments.push(Segmented { id: id.clone(), rule, slot });
        }
        Ok(compiler)
    }
}

/// An error of a part of the configuration, with the part's name in front.
pub(crate) fn within(part: &str, name: &str, error: &Error) -> Error {
    Error::configuration(format!("{part} `{name}`: {error}"))
}

/// The segments with each after those that it asks for.
fn in_order<'a>(
    segments: &[(&'a SegmentId, &'a Condition)],
) -> Result<Vec<(&'a SegmentId, &'a Condition)>> {
    let mut waiting = segments.to_vec();
    waiting.sort_by(|a, b| a.0.cmp(b.0));
    for pair in waiting.windows(2) {
        if let [a, b] = pair
            && a.0 == b.0
        {
            return Err(Error::configuration(format!("segment `{}` is defined twice", a.0)));
        }
    }
    let mut placed: Vec<(&SegmentId, &Condition)> = Vec::new();
    while !waiting.is_empty() {
        let before = placed.len();
        waiting.retain(|segment| {
            let mut asked = Vec::new();
            asked_segments(segment.1, &mut asked);
            // One that is nowhere is reported where it is asked for.
            let ready = asked.iter().all(|id| {
                placed.iter().any(|p| p.0 == *id) || !segments.iter().any(|s| s.0 == *id)
            });
            if ready {
                placed.push(*segment);
            }
            !ready
        });
        if placed.len() == before {
            let names: Vec<String> = waiting.iter().map(|s| format!("`{}`", s.0)).collect();
            return Err(Error::configuration(format!(
                "segments ask for each other in a circle: {}",
                names.join(", ")
            )));
        }
    }
    Ok(placed)
}

fn asked_segments<'a>(condition: &'a Condition, into: &mut Vec<&'a SegmentId>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| asked_segments(part, into));
        }
        Condition::Not(part) => asked_segments(part, into),
        Condition::InSegment(id) => into.push(id),
        _ => {}
    }
}

impl Compiler<'_> {
    /// Compiles one more condition.
    pub(crate) fn rule(&mut self, condition: &Condition) -> Result<Rule> {
        (self.needs, self.reads_session, self.asks_segment) = (Categories::NONE, false, false);
        let root = self.program.nodes.len() as u32;
        self.node(condition, 0)?;
        let (reads_session, asks_segment) = (self.reads_session, self.asks_segment);
        Ok(Rule { root, needs: self.needs, reads_session, asks_segment })
    }

    /// The finished program.
    pub(crate) fn finish(self) -> Program {
        self.program
    }

    fn node(&mut self, condition: &Condition, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Err(Error::configuration(TooDeep.to_string()));
        }
        match condition {
            Condition::Always => self.group(&[], depth, |end| Node::All { end }),
            Condition::All(parts) => self.group(parts, depth, |end| Node::All { end }),
            Condition::Any(parts) => self.group(parts, depth, |end| Node::Any { end }),
            Condition::Not(part) => {
                self.program.nodes.push(Node::Not);
                self.node(part, depth + 1)
            }
            Condition::Attribute(name, test) => {
                check_text("attribute", name)?;
                let needs = Categories::one(self.policy.of_attribute(name));
                self.needs = self.needs.or(needs);
                let name: Arc<str> = Arc::from(&**name);
                self.free(condition, test, |reading| Slot::Attribute(name.clone(), reading, needs))
            }
            Condition::Session(name, test) => {
                check_text("session", name)?;
                self.reads_session = true;
                let name: Arc<str> = Arc::from(&**name);
                self.free(condition, test, |reading| Slot::Session(name.clone(), reading))
            }
            Condition::History(history) => self.history(condition, history),
            Condition::InSegment(id) => self.membership(condition, id),
        }
    }

    fn group(
        &mut self,
        parts: &[Condition],
        depth: usize,
        node: impl Fn(u32) -> Node,
    ) -> Result<()> {
        let at = self.program.nodes.len();
        self.program.nodes.push(node(0));
        parts.iter().try_for_each(|part| self.node(part, depth + 1))?;
        let end = self.program.nodes.len() as u32;
        if let Some(group) = self.program.nodes.get_mut(at) {
            *group = node(end);
        }
        Ok(())
    }

    fn test(&mut self, condition: &Condition, slot: Slot, op: Op) {
        let number = *self.known.entry(slot).or_insert_with_key(|slot| {
            self.program.slots.push(slot.clone());
            self.program.slots.len() as u32 - 1
        });
        self.push(condition, number, op);
    }

    fn push(&mut self, condition: &Condition, slot: u32, op: Op) {
        let words = self.program.words.len() as u32;
        self.program.words.push(condition.to_string().into());
        self.program.nodes.push(Node::Test { slot, op, words });
    }

    fn membership(&mut self, condition: &Condition, id: &SegmentId) -> Result<()> {
        let segment = self.program.names.get(id).and_then(|at| self.program.segments.get(*at));
        let Some(segment) = segment else {
            return Err(Error::configuration(format!("there is no segment `{id}`")));
        };
        self.needs = self.needs.or(segment.rule.needs);
        self.reads_session |= segment.rule.reads_session;
        self.asks_segment = true;
        let slot = segment.slot;
        self.push(condition, slot, Op::AtLeast(1));
        Ok(())
    }

    fn history(&mut self, condition: &Condition, history: &History) -> Result<()> {
        let window = history.within.map(window).transpose()?;
        let which = Which {
            kinds: &history.kinds,
            channel: history.channel.as_ref(),
            item: history.item.as_ref(),
            category: &history.category,
        };
        let filter = Filter::compile(which, self.catalog, self.policy)?;
        self.needs = self.needs.or(filter.needs());
        let aggregate = Aggregate {
            measure: history.measure,
            filter,
            window: window.filter(|_| history.measure != Measure::Since),
        };
        let op = match history.test {
            Bound::AtLeast(bound) => Op::AtLeast(bound),
            Bound::AtMost(bound) => Op::AtMost(bound),
        };
        self.test(condition, Slot::History(aggregate), op);
        Ok(())
    }

    /// A test of a free value: one leaf per type of value that it names.
    fn free(
        &mut self,
        condition: &Condition,
        test: &Test,
        slot: impl Fn(Reading) -> Slot,
    ) -> Result<()> {
        match test {
            Test::Exists => self.test(condition, slot(Reading::Exists), Op::AtLeast(1)),
            Test::AtLeast(value) | Test::AtMost(value) => {
                let (reading, operand) = self.operand(value)?;
                if !matches!(reading, Reading::Number | Reading::Instant) {
                    return Err(Error::configuration(
                        "only numbers and instants have an order: expected one of these",
                    ));
                }
                let least = matches!(test, Test::AtLeast(_));
                let op = if least { Op::AtLeast(operand) } else { Op::AtMost(operand) };
                self.test(condition, slot(reading), op);
            }
            Test::OneOf(values) => self.one_of(condition, values, slot)?,
        }
        Ok(())
    }

    fn one_of(
        &mut self,
        condition: &Condition,
        values: &[Value],
        slot: impl Fn(Reading) -> Slot,
    ) -> Result<()> {
        let mut by_type: Vec<(Reading, Vec<i64>)> = Vec::new();
        for value in values {
            let (reading, operand) = self.operand(value)?;
            match by_type.iter_mut().find(|(known, _)| *known == reading) {
                Some((_, operands)) => operands.push(operand),
                None => by_type.push((reading, vec![operand])),
            }
        }
        let at = self.program.nodes.len();
        let several = by_type.len() != 1;
        if several {
            self.program.nodes.push(Node::Any { end: 0 });
        }
        for (reading, operands) in by_type {
            let from = self.program.operands.len() as u32;
            self.program.operands.extend(operands);
            let to = self.program.operands.len() as u32;
            let op = match reading {
                Reading::Text => Op::TextOf { from, to },
                _ => Op::OneOf { from, to },
            };
            self.test(condition, slot(reading), op);
        }
        let end = self.program.nodes.len() as u32;
        if several && let Some(group) = self.program.nodes.get_mut(at) {
            *group = Node::Any { end };
        }
        Ok(())
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
                    "a set is asked for its texts: expected `one_of` with these",
                ));
            }
            Value::Location(_) | Value::Records(_) => {
                return Err(Error::configuration(
                    "a location and a list of records are equal to nothing: expected a text, a \
                     number, a flag or an instant",
                ));
            }
        })
    }
}
