//! The items that neighbours of the running session speak for.

use super::index::{Held, Sessions};
use super::params::{Fall, MOST_CLICKS, Rarity, Weights};
use super::past::LONGEST;
use super::scratch::{Candidate, Scratch, Spoken};

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

    fn push(&mut self, item: u32) {
        if let Some(place) = self.items.get_mut(usize::from(self.count)) {
            *place = item;
            self.count += 1;
        }
    }
}

/// An item of the running session that the index knows.
#[derive(Debug, Clone, Copy, Default)]
struct Seed {
    item: u32,
    inside: u32,
    /// How many clicks before the last.
    far: usize,
    weight: f64,
}

/// The items that are looked at, the latest first.
#[derive(Default)]
struct Seeds {
    seeds: [Seed; MOST_CLICKS],
    count: usize,
    /// What similarities are divided by, all of them.
    norm: f64,
}

impl Seeds {
    fn of(index: &Sessions, weights: &Weights, clicks: &[u32]) -> Self {
        let params = &weights.params;
        let last = clicks.len().saturating_sub(params.clicks as usize);
        let clicks = clicks.get(last..).unwrap_or_default();
        let mut found = Self::default();
        let (mut distinct, mut squares) = (0_u32, 0.0);
        for (far, item) in clicks.iter().rev().enumerate() {
            let later = clicks.get(clicks.len() - far..).unwrap_or_default();
            if later.contains(item) {
                continue;
            }
            let weight = match params.position {
                Fall::Linear => (clicks.len() - far) as f64,
                _ => weights.position.get(far).copied().unwrap_or_default(),
            };
            distinct += 1;
            squares += weight * weight;
            let place = found.seeds.get_mut(found.count);
            if let Some((inside, place)) = index.inside(*item).zip(place) {
                *place = Seed { item: *item, inside, far, weight };
                found.count += 1;
            }
        }
        found.norm = if params.by_length { f64::sqrt(squares) } else { f64::from(distinct) };
        found
    }

    fn all(&self) -> &[Seed] {
        self.seeds.get(..self.count).unwrap_or_default()
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
        let (sessions, items) = self.size();
        scratch.clear(sessions, items);
        let Some(last) = running.clicks.last() else { return Vec::new() };
        let found = Seeds::of(self, weights, running.clicks);
        let seeds = found.all();
        if running.n == 0 {
            return Vec::new();
        }
        self.candidates(weights, seeds, scratch);
        self.neighbours(weights, &found, scratch);
        self.speak(weights, seeds, scratch);
        let mut best = self.best(weights, running, *last, scratch);
        self.explain(weights, seeds, scratch, &mut best);
        best
    }

    /// The most recent sessions that share an item.
    fn candidates(&self, weights: &Weights, seeds: &[Seed], scratch: &mut Scratch) {
        let recent = weights.params.recent as usize;
        let Scratch { of_session, candidates, .. } = scratch;
        for (seed, bit) in seeds.iter().zip(0..) {
            let list = self.list(seed.inside);
            let list = list.get(list.len().saturating_sub(recent)..).unwrap_or_default();
            for slot in list.iter().rev() {
                let Some(at) = of_session.get_mut(*slot as usize) else { continue };
                if let Some(candidate) = candidates.get_mut((*at as usize).wrapping_sub(1)) {
                    candidate.shared |= 1 << bit;
                    candidate.similarity += seed.weight;
                } else {
                    let (shared, similarity) = (1 << bit, seed.weight);
                    candidates.push(Candidate { slot: *slot, shared, similarity, worth: 1.0 });
                    *at = candidates.len() as u32;
                }
            }
        }
        if candidates.len() > recent && recent > 0 {
            candidates.select_nth_unstable_by(recent - 1, |a, b| self.recency(b.slot, a.slot));
            for candidate in candidates.iter().skip(recent) {
                if let Some(at) = of_session.get_mut(candidate.slot as usize) {
                    *at = 0;
                }
            }
            candidates.truncate(recent);
        }
    }

    /// The nearest of them, and what each is worth.
    fn neighbours(&self, weights: &Weights, seeds: &Seeds, scratch: &mut Scratch) {
        let params = &weights.params;
        let Scratch { of_session, candidates, .. } = scratch;
        if params.by_length || params.half_life_ms.is_some() {
            let newest = candidates.iter().map(|candidate| self.at(candidate.slot).time).max();
            let newest = newest.unwrap_or_default();
            for candidate in candidates.iter_mut() {
                let held = self.at(candidate.slot);
                let length = weights.by_length.get(held.len()).copied().unwrap_or_default();
                let age = newest.saturating_sub(held.time) as f64 * weights.per_ms;
                candidate.worth = length * libm::exp2(-age);
            }
        }
        let most = params.neighbours as usize;
        if candidates.len() > most && most > 0 {
            let near = |candidate: &Candidate| candidate.similarity * candidate.worth;
            candidates.select_nth_unstable_by(most - 1, |a, b| {
                near(b).total_cmp(&near(a)).then_with(|| self.recency(b.slot, a.slot))
            });
            for candidate in candidates.iter().skip(most) {
                if let Some(at) = of_session.get_mut(candidate.slot as usize) {
                    *at = 0;
                }
            }
            candidates.truncate(most);
        }
        for candidate in candidates.iter_mut() {
            let latest = seeds.all().get(candidate.shared.trailing_zeros() as usize);
            let latest = latest.and_then(|seed| weights.matched.get(seed.far));
            candidate.worth *= latest.copied().unwrap_or_default() / seeds.norm;
        }
    }

    /// Adds up what the neighbours say.
    fn speak(&self, weights: &Weights, seeds: &[Seed], scratch: &mut Scratch) {
        let Scratch { of_item, candidates, spoken, .. } = scratch;
        for seed in seeds {
            spoken.push(Spoken { item: seed.inside, place: 0, score: 0.0 });
            if let Some(at) = of_item.get_mut(seed.inside as usize) {
                *at = spoken.len() as u32;
            }
        }
        let mut near = [0; LONGEST];
        for candidate in candidates.iter() {
            let worth = candidate.similarity * candidate.worth;
            let held = self.at(candidate.slot);
            let mut add = |item: u32, worth: f64| {
                let Some(at) = of_item.get_mut(item as usize) else { return };
                if let Some(spoken) = spoken.get_mut((*at as usize).wrapping_sub(1)) {
                    spoken.score += worth;
                } else {
                    spoken.push(Spoken { item, place: 0, score: worth });
                    *at = spoken.len() as u32;
                }
            };
            let row = self.items(held);
            if weights.params.distance.is_some() {
                self.near(held, candidate, seeds, &mut near);
                for (item, far) in row.iter().zip(&near) {
                    add(*item, worth * weights.distance(*far));
                }
            } else {
                row.iter().for_each(|item| add(*item, worth));
            }
        }
    }

    /// How many clicks each item of a neighbour is from the match: the item that the
    /// running session clicked last, of those that they share. Nearest clicks count.
    fn near(&self, held: Held, candidate: &Candidate, seeds: &[Seed], near: &mut [u8; LONGEST]) {
        let items = self.items(held);
        let latest = seeds.get(candidate.shared.trailing_zeros() as usize);
        let latest = latest.map_or(u32::MAX, |seed| seed.inside);
        let matched = items.iter().position(|item| *item == latest).unwrap_or(LONGEST);
        near.iter_mut().take(items.len()).for_each(|near| *near = u8::MAX);
        let mut far = u8::MAX;
        let mut pass = |place: &u8| {
            let place = usize::from(*place);
            far = if place == matched { 0 } else { far.saturating_add(1) };
            if let Some(near) = near.get_mut(place) {
                *near = far.min(*near);
            }
        };
        let places = self.places(held);
        places.iter().for_each(&mut pass);
        places.iter().rev().for_each(&mut pass);
    }

    /// The best of what was spoken for.
    fn best(
        &self,
        weights: &Weights,
        running: &Running<'_>,
        last: u32,
        scratch: &mut Scratch,
    ) -> Vec<Suggested> {
        let Scratch { spoken, order, .. } = scratch;
        for (spoken, at) in spoken.iter_mut().zip(0..) {
            let idf = self.idf(spoken.item);
            spoken.score *= match weights.params.rarity {
                Rarity::Times(weight) => {
                    if idf > 0.0 {
                        weight * idf
                    } else {
                        1.0
                    }
                }
                Rarity::Plus(weight) => 1.0 + weight * idf,
            };
            let item = self.name(spoken.item);
            if spoken.score > 0.0 && item != last {
                order.push((spoken.score.to_bits(), !item, at));
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
            for (score, item, at) in next.iter() {
                if best.len() < n && (running.keep)(!item) {
                    let score = f64::from_bits(*score);
                    best.push(Suggested { item: !item, score, because: Because::default() });
                    if let Some(spoken) = spoken.get_mut(*at as usize) {
                        spoken.place = best.len() as u32;
                    }
                }
            }
            rest = after;
        }
        best
    }

    /// Which of the running session's items spoke for each.
    fn explain(
        &self,
        weights: &Weights,
        seeds: &[Seed],
        scratch: &mut Scratch,
        best: &mut [Suggested],
    ) {
        let Scratch { of_item, candidates, spoken, shares, .. } = scratch;
        if let [only] = seeds {
            best.iter_mut().for_each(|suggested| suggested.because.push(only.item));
            return;
        }
        let mut near = [0; LONGEST];
        shares.clear();
        shares.resize(best.len() * seeds.len(), 0.0);
        for candidate in candidates.iter() {
            let held = self.at(candidate.slot);
            let distances = weights.params.distance.is_some();
            if distances {
                self.near(held, candidate, seeds, &mut near);
            }
            for (item, far) in self.items(held).iter().zip(&near) {
                let at = of_item.get(*item as usize).copied().unwrap_or_default();
                let place = spoken.get((at as usize).wrapping_sub(1)).map_or(0, |s| s.place);
                if place == 0 {
                    continue;
                }
                let far = if distances { weights.distance(*far) } else { 1.0 };
                let worth = candidate.worth * far;
                let from = (place as usize - 1) * seeds.len();
                let shares = shares.get_mut(from..).unwrap_or_default();
                let mut shared = candidate.shared;
                while shared != 0 {
                    let bit = shared.trailing_zeros() as usize;
                    shared &= shared - 1;
                    if let Some((share, seed)) = shares.get_mut(bit).zip(seeds.get(bit)) {
                        *share += worth * seed.weight;
                    }
                }
            }
        }
        for (suggested, shares) in best.iter_mut().zip(shares.chunks_mut(seeds.len().max(1))) {
            for _ in 0..NAMED {
                let strongest = shares
                    .iter()
                    .zip(seeds)
                    .enumerate()
                    .max_by(|a, b| a.1.0.total_cmp(b.1.0).then(b.1.1.item.cmp(&a.1.1.item)));
                let Some((at, (share, seed))) = strongest else { break };
                if *share <= 0.0 {
                    break;
                }
                suggested.because.push(seed.item);
                if let Some(share) = shares.get_mut(at) {
                    *share = 0.0;
                }
            }
        }
    }
}
