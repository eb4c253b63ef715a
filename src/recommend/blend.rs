//! Several recommenders as one.

use std::sync::Arc;

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use super::corpus::Corpus;
use super::family::Params;
use super::past::Past;
use super::{
    Fitted, Match, Model, Query, Ranked, Reads, Recommender, Taught, name_reasons, rerank,
};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::numeric::{self, Digest};
use crate::types::Timestamp;

/// Parameters of a blend: recommenders, each with the weight of what it says.
///
/// ```
/// use confidant::{Blend, Ease, PersonalFrequency, Recommender};
///
/// let blend = Blend::by_rank().part(Ease::params(), 2.0).part(PersonalFrequency::params(), 1.0);
/// let recommender = Recommender::from(blend);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    by: By,
    parts: Vec<(Recommender, f64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum By {
    Rank,
    Score,
}

impl By {
    fn blend(self, lists: &[(f64, Vec<Ranked>)], n: usize) -> Vec<Ranked> {
        let lists: Vec<(f64, &[Ranked])> =
            lists.iter().map(|(weight, list)| (*weight, list.as_slice())).collect();
        match self {
            Self::Rank => rerank::by_rank(&lists, n),
            Self::Score => rerank::by_score(&lists, n),
        }
    }
}

/// How many recommenders a blend may have.
const MOST: usize = 16;

/// How many items each part is asked for, unless more are wanted: what is far down in one
/// list and high up in another has its place.
const DEPTH: usize = 200;

impl Blend {
    /// By the places that items have in the lists: reciprocal rank fusion, the sum of
    /// `weight / (60 + place)` (Cormack, Clarke and Büttcher, 2009). It needs no scores that
    /// compare.
    #[must_use]
    pub fn by_rank() -> Self {
        Self { by: By::Rank, parts: Vec::new() }
    }

    /// By scores: the weighted sum, each list's divided by its greatest.
    #[must_use]
    pub fn by_score() -> Self {
        Self { by: By::Score, parts: Vec::new() }
    }

    /// One more recommender, with the weight of what it says. Above zero, up to 10⁶.
    #[must_use]
    pub fn part(mut self, recommender: impl Into<Recommender>, weight: f64) -> Self {
        self.parts.push((recommender.into(), weight));
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.parts.is_empty() || self.parts.len() > MOST {
            let message = format!("a blend has no part, or too many: expected 1 to {MOST}");
            return Err(Error::configuration(message));
        }
        self.parts.iter().try_for_each(|(part, weight)| {
            if !(*weight > 0.0 && *weight <= 1e6) {
                return Err(Error::configuration(
                    "the weight of a part is out of range: expected above 0, at most 10⁶",
                ));
            }
            if part.0.is_blend() {
                return Err(Error::configuration(
                    "a part of a blend is a blend: expected its parts, with their weights",
                ));
            }
            part.0.check()
        })
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &Params> {
        self.parts.iter().map(|(part, _)| &part.0)
    }

    pub(super) fn fit(
        &self,
        corpus: &Corpus,
        catalog: &Catalog,
        now: Timestamp,
        threads: usize,
    ) -> Blended {
        let parts = self.parts.iter();
        let fit = |(part, weight): &(Recommender, f64)| {
            (part.0.fit(corpus, catalog, now, threads), *weight)
        };
        Blended::new(self.by, parts.map(fit).collect())
    }

    /// One that was read, if these parts could have led to it.
    pub(super) fn read(&self, read: Blended, catalog: &Catalog) -> Option<Blended> {
        if read.by != self.by || read.parts.len() != self.parts.len() {
            return None;
        }
        let parts = read.parts.into_iter().zip(&self.parts);
        let check = |((part, weight), (params, wanted)): ((Fitted, f64), &(Recommender, f64))| {
            let part = part.read(&params.0, catalog)?;
            (weight == *wanted).then_some((part, weight))
        };
        Some(Blended::new(self.by, parts.map(check).collect::<Option<_>>()?))
    }
}

/// Fitted recommenders with their weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Blended {
    by: By,
    parts: Vec<(Fitted, f64)>,
    /// The customer's attributes that any part looks at.
    #[serde(skip)]
    traits: Vec<Arc<str>>,
    #[serde(skip)]
    digest: Digest,
}

impl Blended {
    /// Whether any part learns from anybody.
    pub(super) fn learns(&self) -> bool {
        self.parts.iter().any(|(part, _)| part.learns())
    }

    /// Whether two things teach every part the same.
    pub(super) fn learns_the_same(&self, one: &Taught, other: &Taught) -> bool {
        self.parts.iter().all(|(part, _)| part.learns_the_same(one, other))
    }

    /// Whether every part follows at once.
    pub(super) fn follows(&self) -> bool {
        self.parts.iter().all(|(part, _)| part.follows())
    }

    /// Forgets, in all parts or in none, what somebody taught.
    pub(super) fn forget(&mut self, gone: &Taught) -> bool {
        self.change(|part| part.forget(gone))
    }

    /// Learns it likewise.
    pub(super) fn learn(&mut self, new: &Taught) -> bool {
        self.change(|part| part.learn(new))
    }

    fn change(&mut self, change: impl Fn(&mut Fitted) -> bool) -> bool {
        if !self.follows() {
            return false;
        }
        let mut parts = self.parts.clone();
        let whole = parts.iter_mut().all(|(part, _)| change(part));
        if whole {
            *self = Self::new(self.by, parts);
        }
        whole
    }

    fn new(by: By, parts: Vec<(Fitted, f64)>) -> Self {
        let content: Vec<(Digest, f64)> =
            parts.iter().map(|(part, weight)| (part.model().digest(), *weight)).collect();
        let digest = numeric::digest(&("blend", by, content));
        let traits = parts.iter().flat_map(|(part, _)| part.model().reads().traits);
        let mut traits: Vec<Arc<str>> = traits.cloned().collect();
        traits.sort_unstable();
        traits.dedup();
        Self { by, parts, traits, digest }
    }
}

impl Model for Blended {
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let deep = Query { n: query.n.max(DEPTH), why: false, ..*query };
        let rank = |(part, weight): &(Fitted, f64)| (*weight, part.model().rank(past, &deep));
        let mut lists: Vec<(f64, Vec<Ranked>)> = self.parts.iter().map(rank).collect();
        let list = self.by.blend(&lists, query.n);
        if !query.why {
            return list;
        }
        let given: HashSet<u32> = list.iter().map(|ranked| ranked.item).collect();
        for ((part, _), (_, list)) in self.parts.iter().zip(&mut lists) {
            name_reasons(part.model(), past, list, |item| given.contains(&item));
        }
        self.by.blend(&lists, query.n)
    }

    /// What any part says, in the order of the parts.
    fn matched(&self, past: &Past, ranked: &[Ranked]) -> Vec<Vec<Match>> {
        let mut matched: Vec<Vec<Match>> = vec![Vec::new(); ranked.len()];
        for (part, _) in &self.parts {
            for (fits, more) in matched.iter_mut().zip(part.model().matched(past, ranked)) {
                for one in more {
                    if !fits.contains(&one) {
                        fits.push(one);
                    }
                }
            }
        }
        matched
    }

    fn leaves_out(&self, past: &Past, item: u32) -> bool {
        self.parts.iter().any(|(part, _)| part.model().leaves_out(past, item))
    }

    fn reads(&self) -> Reads<'_> {
        let parts = || self.parts.iter().map(|(part, _)| part.model().reads());
        Reads {
            purchases: parts().any(|reads| reads.purchases),
            looks: parts().any(|reads| reads.looks),
            ignored: parts().any(|reads| reads.ignored),
            traits: &self.traits,
        }
    }

    fn is_personal(&self) -> bool {
        self.parts.iter().any(|(part, _)| part.model().is_personal())
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}
