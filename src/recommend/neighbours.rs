//! Lists of what is near each item, and what follows from them for somebody who has some
//! items: the sum of how near these are.

use serde::{Deserialize, Serialize};

use super::past::Past;
use super::top::Top;
use super::{Model, Query, Ranked};
use crate::catalog::Catalog;
use crate::numeric::{self, Digest};

/// Per item its nearest others, best first, ties by number; one list after the other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lists {
    others: Vec<u32>,
    near: Vec<f32>,
    ends: Vec<usize>,
}

impl Lists {
    /// The list of the next item: the nearest `most` of these.
    pub(super) fn push(&mut self, mut list: Vec<(u32, f32)>, most: usize) {
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        list.retain(|(_, near)| *near > 0.0 && near.is_finite());
        if most < list.len() && most > 0 {
            list.select_nth_unstable_by(most - 1, order);
            list.truncate(most);
        }
        list.sort_unstable_by(order);
        self.others.extend(list.iter().map(|(other, _)| *other));
        self.near.extend(list.iter().map(|(_, near)| *near));
        self.ends.push(self.others.len());
    }

    /// The lists of the items that follow.
    pub(super) fn append(&mut self, other: Self) {
        let before = self.others.len();
        self.others.extend(other.others);
        self.near.extend(other.near);
        self.ends.extend(other.ends.into_iter().map(|end| before + end));
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    /// The others of an item, and how near each is.
    fn of(&self, item: u32) -> (&[u32], &[f32]) {
        let item = item as usize;
        let from = item.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before));
        let range = from.zip(self.ends.get(item)).map(|(from, to)| *from..*to);
        let parts =
            range.and_then(|range| Some((self.others.get(range.clone())?, self.near.get(range)?)));
        parts.unwrap_or_default()
    }

    /// Whether they could have come about, for so many items and no longer lists than these.
    fn are_sound(&self, items: usize, most: usize) -> bool {
        let whole = self.ends.is_sorted()
            && self.ends.last().copied().unwrap_or(0) == self.others.len()
            && self.near.len() == self.others.len();
        let sound = |item: u32| {
            let (others, near) = self.of(item);
            let list = || others.iter().zip(near);
            let positive = near.iter().all(|near| *near > 0.0 && near.is_finite());
            let ranked = list().is_sorted_by(|a, b| a.1 > b.1 || a.1 == b.1 && a.0 < b.0);
            let mut sorted = others.to_vec();
            sorted.sort_unstable();
            let distinct = sorted.is_sorted_by(|a, b| a < b);
            let known = sorted.last().is_none_or(|last| (*last as usize) < items);
            positive && ranked && distinct && known && !others.contains(&item)
        };
        let few = |item: u32| self.of(item).0.len() <= most;
        whole && self.len() == items && (0..items as u32).all(|item| sound(item) && few(item))
    }
}

/// Whose neighbours are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Seeds {
    /// Of all that was bought or is looked at.
    All,
    /// Of what is looked at now; if nothing is, of all that was bought.
    Visit,
}

/// How many of the customer's own items are named for one recommended.
pub(super) const NAMED: usize = 3;

/// Fitted neighbourhoods.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Neighbours {
    lists: Lists,
    seeds: Seeds,
    #[serde(skip)]
    digest: Digest,
}

impl Neighbours {
    pub(super) fn new(lists: Lists, seeds: Seeds, catalog: &Catalog) -> Self {
        let digest = numeric::digest(&("item-item", &lists, seeds, catalog.digest()));
        Self { lists, seeds, digest }
    }

    /// One that was read, if its lists are of a catalogue's items and in the order that
    /// fitting gives them.
    pub(super) fn checked(self, most: usize, seeds: Seeds, catalog: &Catalog) -> Option<Self> {
        let sound = self.seeds == seeds && self.lists.are_sound(catalog.len(), most);
        sound.then(|| Self::new(self.lists, self.seeds, catalog))
    }

    /// The items whose neighbours are asked for, ascending.
    fn seeds(&self, past: &Past) -> Vec<u32> {
        let mut seeds = match self.seeds {
            Seeds::All => return past.known(),
            Seeds::Visit if past.looked_at().is_empty() => return past.owned().to_vec(),
            Seeds::Visit => past.looked_at().to_vec(),
        };
        seeds.sort_unstable();
        seeds.dedup();
        seeds
    }

    /// Names for each item the seeds that spoke for it, the strongest first.
    fn say_why(&self, seeds: &[u32], ranked: &mut [Ranked]) {
        // Of each item, one more than its place among those that are ranked.
        let mut places = vec![0u32; self.lists.len()];
        for (place, ranked) in (1..).zip(ranked.iter()) {
            places.get_mut(ranked.item as usize).into_iter().for_each(|at| *at = place);
        }
        let mut votes: Vec<(u32, f32, u32)> = Vec::new();
        for seed in seeds {
            let (others, near) = self.lists.of(*seed);
            for (item, near) in others.iter().zip(near) {
                match places.get(*item as usize) {
                    None | Some(0) => {}
                    Some(place) => votes.push((*place, *near, *seed)),
                }
            }
        }
        votes.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        for votes in votes.chunk_by(|a, b| a.0 == b.0) {
            let place = votes.first().and_then(|(place, ..)| place.checked_sub(1));
            if let Some(ranked) = place.and_then(|place| ranked.get_mut(place as usize)) {
                ranked.because = votes.iter().take(NAMED).map(|(.., seed)| *seed).collect();
            }
        }
    }
}

impl Model for Neighbours {
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let seeds = self.seeds(past);
        let mut scores = vec![0.0f64; self.lists.len()];
        // Seed by seed, ascending, so that sums come out the same each time.
        for seed in &seeds {
            let (others, near) = self.lists.of(*seed);
            for (item, near) in others.iter().zip(near) {
                if let Some(score) = scores.get_mut(*item as usize) {
                    *score += f64::from(*near);
                }
            }
        }
        let mut top = Top::new(query.n);
        top.add((0..).zip(scores), query.keep);
        let best = top.into_sorted().into_iter();
        let mut ranked: Vec<Ranked> =
            best.map(|(item, score)| Ranked { item, score, because: Vec::new() }).collect();
        if query.why {
            self.say_why(&seeds, &mut ranked);
        }
        ranked
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}
