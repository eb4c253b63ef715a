//! From conditions to a program: questions become slots, each distinct one once; the tree
//! becomes a row of nodes, in each group those first that are likely to settle it.

use hashbrown::HashMap;

use super::condition::{Bucket, Condition, DEEPEST, Points, TooDeep};
use super::ground::Ground;
use super::program::{Node, Program, Rule, Segmented};
use super::slot::{MISSING, Slot};
use crate::consent::Categories;
use crate::error::{Error, Result};
use crate::numeric::short_hash;
use crate::types::{SegmentId, check_text};

/// How many nodes one program may have.
const MOST_NODES: usize = 1 << 20;

/// Makes programs.
pub(crate) struct Compiler<'a> {
    pub(super) ground: Ground<'a>,
    pub(super) program: Program,
    known: HashMap<Slot, u32>,
    pub(super) needs: Categories,
    pub(super) reads_session: bool,
    pub(super) asks_segment: bool,
    pub(super) asks_others: bool,
    /// Whether what is compiled is the base of a ranking or a clustering.
    pub(super) in_base: bool,
}

impl Program {
    /// A compiler that knows these segments.
    ///
    /// # Errors
    /// A segment asks for itself, directly or through others, or for one that is not
    /// there; a condition cannot be compiled.
    pub(crate) fn compiler<'a>(
        ground: Ground<'a>,
        segments: &[(&SegmentId, &Condition)],
    ) -> Result<Compiler<'a>> {
        let lifecycle = ground.lifecycle.clone();
        let mut compiler = Compiler {
            ground,
            program: Self { lifecycle, ..Self::default() },
            known: HashMap::new(),
            needs: Categories::NONE,
            reads_session: false,
            asks_segment: false,
            asks_others: false,
            in_base: false,
        };
        for (id, condition) in super::order::in_order(segments, ground)? {
            let from = compiler.program.nodes.len();
            let rule =
                compiler.rule(condition).map_err(|error| within("segment", id.as_str(), &error))?;
            let reads = compiler.program.reads(from);
            let slot = compiler.program.slots.len() as u32;
            compiler.program.slots.push(Slot::Segment);
            let (place, hash) = (compiler.program.segments.len(), short_hash(id.as_str()));
            compiler.program.names.insert(id.clone(), place);
            compiler.program.segments.push(Segmented { id: id.clone(), rule, slot, reads, hash });
            compiler.program.watch(place, from);
        }
        Ok(compiler)
    }
}

/// An error of a part of the configuration, with the part's name in front.
pub(crate) fn within(part: &str, name: &str, error: &Error) -> Error {
    Error::configuration(format!("{part} `{name}`: {error}"))
}

/// Nodes of one condition, and the places of their words.
#[derive(Debug, Default)]
pub(super) struct Piece {
    nodes: Vec<Node>,
    said: Vec<u32>,
}

impl Piece {
    fn one(node: Node, said: u32) -> Self {
        Self { nodes: vec![node], said: vec![said] }
    }

    fn behind(node: Node, below: Self) -> Self {
        let mut piece = Self::one(node, 0);
        piece.add(below);
        piece
    }

    /// The opposite.
    pub(super) fn opposite(self) -> Self {
        match (self.nodes.as_slice(), self.said.as_slice()) {
            ([Node::Range { slot, start, span }], [said]) => {
                let start = start.wrapping_add(*span as i64).wrapping_add(1);
                Self::one(Node::Range { slot: *slot, start, span: u64::MAX - 1 - span }, *said)
            }
            _ => Self::behind(Node::Not, self),
        }
    }

    /// If it is nothing but tests that must all be met, how many.
    fn flat(&self) -> Option<u32> {
        match self.nodes.split_first() {
            Some((Node::All { below }, tests)) => tests.iter().all(Node::is_test).then_some(*below),
            _ => None,
        }
    }

    fn add(&mut self, other: Self) {
        self.nodes.extend(other.nodes);
        self.said.extend(other.said);
    }

    /// How soon to look at it: what is small and rarely true first, or what is small and
    /// often true.
    fn rank(&self, rare_first: bool) -> (usize, u8) {
        let likely = match self.nodes.first() {
            Some(Node::OneOf { from, to, .. } | Node::TextOf { from, to, .. }) => {
                (to - from).min(64) as u8
            }
            Some(Node::Range { span: 0, .. }) => 1,
            _ => 100,
        };
        (self.nodes.len(), if rare_first { likely } else { 200 - likely })
    }
}

impl Compiler<'_> {
    /// Compiles one more condition.
    pub(crate) fn rule(&mut self, condition: &Condition) -> Result<Rule> {
        self.needs = Categories::NONE;
        (self.reads_session, self.asks_segment, self.asks_others) = (false, false, false);
        let piece = self.piece(condition, 0)?;
        let (root, flat) = (self.program.nodes.len(), piece.flat());
        if root + piece.nodes.len() > MOST_NODES {
            return Err(Error::configuration(format!(
                "conditions have more than {MOST_NODES} parts: expected fewer"
            )));
        }
        self.program.nodes.extend(piece.nodes);
        self.program.said.extend(piece.said);
        let Self { needs, reads_session, asks_segment, asks_others, .. } = *self;
        Ok(Rule { root: root as u32, needs, reads_session, asks_segment, asks_others, flat })
    }

    /// The finished program.
    pub(crate) fn finish(self) -> Program {
        self.program
    }

    pub(super) fn piece(&mut self, condition: &Condition, depth: usize) -> Result<Piece> {
        if depth > DEEPEST {
            return Err(Error::configuration(TooDeep.to_string()));
        }
        match condition {
            Condition::Always => Ok(Piece::one(Node::All { below: 0 }, 0)),
            Condition::All(parts) => {
                let parts = self.pieces(parts, depth)?;
                Ok(group(parts, true, |below| Node::All { below }))
            }
            Condition::Any(parts) => {
                let parts = self.pieces(parts, depth)?;
                Ok(group(parts, false, |below| Node::Any { below }))
            }
            Condition::Not(part) => Ok(self.piece(part, depth + 1)?.opposite()),
            Condition::Points(points) => self.points(points, depth),
            Condition::Ranked(ranked) => self.ranked(condition, ranked, depth),
            Condition::InCluster(asked) => self.in_cluster(condition, asked, depth),
            Condition::Attribute(name, test) => self.attribute(condition, name, test),
            Condition::Session(name, test) => self.session(condition, name, test),
            Condition::History(history) => self.history(condition, history),
            Condition::Ratio(ratio) => self.ratio(condition, ratio),
            Condition::Pick(pick) => self.pick(condition, pick),
            Condition::Sequence(sequence) => self.sequence(condition, sequence),
            Condition::Stage(stages) => self.stage(condition, stages),
            Condition::Bucket(bucket) => self.bucket(condition, bucket),
            Condition::InSegment(id) => self.membership(condition, id),
        }
    }

    fn pieces(&mut self, parts: &[Condition], depth: usize) -> Result<Vec<Piece>> {
        parts.iter().map(|part| self.piece(part, depth + 1)).collect()
    }

    fn points(&mut self, points: &Points, depth: usize) -> Result<Piece> {
        let (least, most) = super::matcher::bounds(points.test)?;
        let mut below = Piece::default();
        for (part, weight) in &points.parts {
            below.add(Piece::one(Node::Weight(*weight), 0));
            below.add(self.piece(part, depth + 1)?);
        }
        let count = below.nodes.len() as u32;
        Ok(Piece::behind(Node::Points { below: count, least, most }, below))
    }

    /// The number of a slot, which is new or known.
    pub(super) fn slot(&mut self, slot: Slot) -> u32 {
        *self.known.entry(slot).or_insert_with_key(|slot| {
            self.program.slots.push(slot.clone());
            self.program.slots.len() as u32 - 1
        })
    }

    /// The place of a condition's words.
    pub(super) fn words(&mut self, condition: &Condition) -> u32 {
        self.program.words.push(condition.to_string().into());
        self.program.words.len() as u32 - 1
    }

    /// A test that a slot's value is in a range; what is missing never is.
    pub(super) fn range(&mut self, said: u32, slot: Slot, (least, most): (i64, i64)) -> Piece {
        let (slot, start) = (self.slot(slot), least.max(MISSING + 1));
        match most.checked_sub(start).map(u64::try_from) {
            Some(Ok(span)) => Piece::one(Node::Range { slot, start, span }, said),
            // From below zero up to the largest is more than a signed number can count.
            None if most > start => {
                let span = most.wrapping_sub(start) as u64;
                Piece::one(Node::Range { slot, start, span }, said)
            }
            // Nothing is in it.
            _ => Piece::one(Node::OneOf { slot, from: 0, to: 0 }, said),
        }
    }

    /// A test that a slot's value is among these.
    pub(super) fn one_of(
        &mut self,
        said: u32,
        slot: Slot,
        operands: impl IntoIterator<Item = i64>,
        texts: bool,
    ) -> Piece {
        let (slot, from) = (self.slot(slot), self.program.operands.len() as u32);
        self.program.operands.extend(operands);
        let to = self.program.operands.len() as u32;
        let node = match texts {
            true => Node::TextOf { slot, from, to },
            false => Node::OneOf { slot, from, to },
        };
        Piece::one(node, said)
    }

    /// Pieces that are all asked for, or of which one is enough.
    pub(super) fn together(pieces: Vec<Piece>, all: bool) -> Piece {
        match all {
            true => group(pieces, true, |below| Node::All { below }),
            false => group(pieces, false, |below| Node::Any { below }),
        }
    }

    fn bucket(&mut self, condition: &Condition, bucket: &Bucket) -> Result<Piece> {
        check_text("bucket", &bucket.draw)?;
        if bucket.from > bucket.to || bucket.to > 10_000 {
            return Err(Error::configuration(
                "a bucket is from one to another of 10,000 parts: expected the smaller first",
            ));
        }
        let said = self.words(condition);
        let range = (i64::from(bucket.from), i64::from(bucket.to) - 1);
        Ok(self.range(said, Slot::Bucket(bucket.draw.clone()), range))
    }

    fn membership(&mut self, condition: &Condition, id: &SegmentId) -> Result<Piece> {
        check_text("segment", id.as_str())?;
        let segment = self.program.names.get(id).and_then(|at| self.program.segments.get(*at));
        let Some(segment) = segment else {
            return Err(Error::configuration(format!("there is no segment `{id}`")));
        };
        self.needs = self.needs.or(segment.rule.needs);
        self.reads_session |= segment.rule.reads_session;
        self.asks_segment = true;
        let (slot, asks_others) = (segment.slot, segment.rule.asks_others);
        self.needs_others(asks_others)?;
        let said = self.words(condition);
        Ok(Piece::one(Node::Range { slot, start: 1, span: 0 }, said))
    }
}

/// A group of pieces, those first that are likely to settle it. What is a group of the same
/// kind itself is no step down.
fn group(mut parts: Vec<Piece>, all: bool, node: impl Fn(u32) -> Node) -> Piece {
    parts.sort_by_key(|part| part.rank(all));
    let below = parts.into_iter().fold(Piece::default(), |mut below, mut part| {
        let alike = match part.nodes.first() {
            Some(Node::All { .. }) => all,
            Some(Node::Any { .. }) => !all,
            _ => false,
        };
        if alike {
            part.nodes.remove(0);
            part.said.remove(0);
        }
        below.add(part);
        below
    });
    Piece::behind(node(below.nodes.len() as u32), below)
}
