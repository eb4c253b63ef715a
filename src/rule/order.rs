//! The order in which segments are evaluated: each after those that it asks for.

use hashbrown::{HashMap, HashSet};

use super::condition::Condition;
use super::ground::Ground;
use crate::error::{Error, Result};
use crate::types::SegmentId;

type Defined<'a> = (&'a SegmentId, &'a Condition);

/// The segments with each after those that it asks for; of those that could be next, the
/// first by id. Two that ask for the same third one are no circle.
///
/// # Errors
/// One is defined twice, or some ask for each other in a circle, which is named.
pub(super) fn in_order<'a>(
    segments: &[Defined<'a>],
    ground: Ground<'_>,
) -> Result<Vec<Defined<'a>>> {
    let mut sorted = segments.to_vec();
    sorted.sort_by(|a, b| a.0.cmp(b.0));
    for pair in sorted.windows(2) {
        if let [a, b] = pair
            && a.0 == b.0
        {
            return Err(Error::configuration(format!("segment `{}` is defined twice", a.0)));
        }
    }
    let by_id: HashMap<&SegmentId, &'a Condition> = sorted.iter().copied().collect();
    let mut walk =
        Walk { by_id, ground, placed: Vec::new(), done: HashSet::new(), path: Vec::new() };
    for (id, _) in &sorted {
        walk.visit(id)?;
    }
    Ok(walk.placed)
}

struct Walk<'a, 'g> {
    by_id: HashMap<&'a SegmentId, &'a Condition>,
    ground: Ground<'g>,
    placed: Vec<Defined<'a>>,
    done: HashSet<&'a SegmentId>,
    /// Those that wait for each other.
    path: Vec<&'a SegmentId>,
}

impl<'a> Walk<'a, '_> {
    fn visit(&mut self, id: &SegmentId) -> Result<()> {
        // One that is nowhere is reported where it is asked for.
        let Some((id, condition)) = self.by_id.get_key_value(id).map(|(id, it)| (*id, *it)) else {
            return Ok(());
        };
        if self.done.contains(id) {
            return Ok(());
        }
        if let Some(from) = self.path.iter().position(|waiting| *waiting == id) {
            return Err(circle(self.path.iter().skip(from).copied().chain([id])));
        }
        if self.path.len() >= MOST_NESTED {
            return Err(Error::configuration(format!(
                "segments ask for each other more than {MOST_NESTED} deep: expected fewer"
            )));
        }
        self.path.push(id);
        let mut asked = Vec::new();
        asked_segments(condition, self.ground, &mut asked);
        asked.iter().try_for_each(|id| self.visit(id))?;
        self.path.pop();
        self.done.insert(id);
        self.placed.push((id, condition));
        Ok(())
    }
}

/// How many segments may stand on each other.
const MOST_NESTED: usize = 256;

fn circle<'a>(path: impl Iterator<Item = &'a SegmentId>) -> Error {
    let names: Vec<String> = path.map(|id| format!("`{id}`")).collect();
    Error::configuration(format!(
        "segments ask for each other in a circle: {}",
        names.join(" asks for ")
    ))
}

/// The segments that a condition asks for, by itself or through the base of a ranking or a
/// clustering, which has none of its own.
pub(super) fn asked_segments(condition: &Condition, ground: Ground<'_>, into: &mut Vec<SegmentId>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| asked_segments(part, ground, into));
        }
        Condition::Not(part) => asked_segments(part, ground, into),
        Condition::Points(points) => {
            points.parts.iter().for_each(|(part, _)| asked_segments(part, ground, into));
        }
        Condition::InSegment(id) => into.push(id.clone()),
        Condition::Ranked(_) | Condition::InCluster(_) => {
            let none = Ground { rankings: &[], clusterings: &[], ..ground };
            ground.bases(condition).iter().for_each(|base| asked_segments(base, none, into));
        }
        _ => {}
    }
}
