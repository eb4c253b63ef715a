//! The items that neighbours of the running session speak for.

use super::index::Sessions;
use super::neighbours::Candidate;
use super::past::LONGEST;
use super::row::Row;
use super::scratch::Scratch;
use super::seeds::{Seed, seeds};
use super::weights::Weights;

/// How many of the running session's items are named for one suggested.
const NAMED: usize = 3;

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) struct Running<'a> {
    /// The items of the running session in the order of its clicks.
    pub(crate) clicks: &'a [u32],
    /// How many items to suggest.
    pub(crate) n: usize,
    /// Items that may be suggested.
    pub(crate) keep: &'a dyn Fn(u32) -> bool,
    /// Whether to name what spoke for them.
    pub(crate) why: bool,
}

/// An item that may come next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Suggested {
    pub(crate) item: u32,
    pub(crate) score: f64,
    pub(crate) because: Because,
}

/// Items of the running session that spoke most for one, the strongest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Because {
    items: [u32; NAMED],
    count: u8,
}

impl Because {
    pub(crate) fn items(&self) -> &[u32] {
        self.items.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// The seeds with the largest shares, equal ones by the smaller number.
    fn of(shares: &[f64], seeds: &[Seed]) -> Self {
        let mut because = Self::default();
        let mut before = (f64::INFINITY, 0);
        for place in &mut because.items {
            let mut next = (0.0, 0);
            for (share, seed) in shares.iter().zip(seeds) {
                let behind = *share < before.0 || *share == before.0 && seed.item > before.1;
                if behind && (*share > next.0 || *share == next.0 && seed.item < next.1) {
                    next = (*share, seed.item);
                }
            }
            if next.0 <= 0.0 {
                break;
            }
            *place = next.1;
            because.count += 1;
            before = next;
        }
        because
    }
}

impl Sessions {
    /// The best `n` items to come next, best first, equal scores by the smaller number.
    /// The item that was clicked last is not among them; earlier ones may be.
    pub(crate) fn rank(
        &self,
        weights: &Weights,
        running: &Running<'_>,
        scratch: &mut Scratch,
    ) -> Vec<Suggested> {
        let Some(last) = running.clicks.last() else { return Vec::new() };
        if running.n == 0 {
            return Vec::new();
        }
        let Scratch { seeds: found, candidates, sessions, .. } = scratch;
        let norm = seeds(self, weights, running.clicks, found);
        self.candidates(weights, found, sessions, candidates);
        self.nearest(weights, found, norm, candidates);
        self.speak(weights, scratch);
        self.best(weights, running, *last, scratch)
    }

    /// Adds up what the neighbours say, each seed's share by itself.
    fn speak(&self, weights: &Weights, scratch: &mut Scratch) {
        let Scratch { seeds, candidates, items, .. } = scratch;
        let most: usize = candidates.iter().map(|candidate| candidate.items as usize).sum();
        items.start(self.items(), most, seeds.len());
        let mut near = [u8::MAX; LONGEST];
        for candidate in candidates.iter() {
            let row = self.row(candidate.id);
            if weights.has_distance() {
                distances(row, candidate, seeds, &mut near);
            }
            let mut shared = candidate.shared;
            while shared != 0 {
                let bit = shared.trailing_zeros() as usize;
                shared &= shared - 1;
                let weight = seeds.get(bit).map_or(0.0, |seed| seed.weight);
                let worth = candidate.worth * weight;
                if weights.has_distance() {
                    for (item, near) in row.items().zip(&near) {
                        items.add(item, bit, worth * weights.distance(*near));
                    }
                } else {
                    row.items().for_each(|item| items.add(item, bit, worth));
                }
            }
        }
    }

    /// The best of what was spoken for.
    fn best(
        &self,
        weights: &Weights,
        running: &Running<'_>,
        last: u32,
        scratch: &mut Scratch,
    ) -> Vec<Suggested> {
        let Scratch { seeds, items, order, .. } = scratch;
        let all = self.log();
        order.clear();
        for ((item, shares), at) in items.all().zip(0..) {
            let item = self.item(item);
            let idf = all - self.log_of(item);
            let score = shares.iter().sum::<f64>() * weights.rarity(idf);
            if score > 0.0 && item.name != last {
                order.push(Key::new(score, item.name, at));
            }
        }
        let n = running.n.min(order.len());
        let mut best = Vec::with_capacity(n);
        let mut rest = order.as_mut_slice();
        // As many as are missing are looked at next, until nothing is missing.
        while best.len() < n && !rest.is_empty() {
            let missing = (n - best.len()).max(best.len()).min(rest.len());
            if missing < rest.len() {
                rest.select_nth_unstable_by(missing - 1, |a, b| b.cmp(a));
            }
            let (next, after) = rest.split_at_mut_checked(missing).unwrap_or_default();
            next.sort_unstable_by(|a, b| b.cmp(a));
            for key in next.iter() {
                if best.len() < n && (running.keep)(key.item()) {
                    let shares = || items.shares(key.at());
                    let because = running.why.then(|| Because::of(shares(), seeds));
                    let because = because.unwrap_or_default();
                    best.push(Suggested { item: key.item(), score: key.score(), because });
                }
            }
            rest = after;
        }
        best
    }
}

/// How many clicks each item of a neighbour is from the match: the item that the running
/// session clicked last, of those that they share. The nearest clicks count.
fn distances(row: Row<'_>, candidate: &Candidate, seeds: &[Seed], near: &mut [u8; LONGEST]) {
    let latest = seeds.get(candidate.shared.trailing_zeros() as usize);
    let latest = latest.map_or(u32::MAX, |seed| seed.inside);
    let matched = row.items().position(|item| item == latest).unwrap_or(LONGEST);
    let near_of_row = near.iter_mut().take(row.len());
    let Some(places) = row.repeats() else {
        let far = (0..).map(|place: usize| place.abs_diff(matched) as u8);
        near_of_row.zip(far).for_each(|(near, far)| *near = far);
        return;
    };
    near_of_row.for_each(|near| *near = u8::MAX);
    let mut far = u8::MAX;
    let mut pass = |place: &u8| {
        let place = usize::from(*place);
        far = if place == matched { 0 } else { far.saturating_add(1) };
        if let Some(near) = near.get_mut(place) {
            *near = far.min(*near);
        }
    };
    places.iter().for_each(&mut pass);
    places.iter().rev().for_each(&mut pass);
}

/// A score, an item and where it stands, in one number that orders them: the larger score
/// first, then the smaller item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u128);

impl Key {
    /// Of a positive score: its bits are in the order of its value.
    fn new(score: f64, item: u32, at: u32) -> Self {
        Self(u128::from(score.to_bits()) << 64 | u128::from(!item) << 32 | u128::from(at))
    }

    fn score(self) -> f64 {
        f64::from_bits((self.0 >> 64) as u64)
    }

    fn item(self) -> u32 {
        !((self.0 >> 32) as u32)
    }

    fn at(self) -> usize {
        self.0 as u32 as usize
    }
}
