//! What sets some customers apart from the others, and who of the others is most like
//! them: counted among those who let others learn from them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::feature::{Feature, Vocabulary};
use super::lookalike::log_odds;
use super::overlaps::shown;
use crate::types::{Identifier, Timestamp, redacted};

/// How many features a resemblance names.
const NAMED: usize = 3;

/// What no more than one customer has says nothing of a group.
const ONE: u64 = 1;

/// What sets those who meet a condition apart from the others; see
/// [`Engine::portrait`](crate::Engine::portrait).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Portrait {
    /// When the customers were looked at.
    pub as_of: Timestamp,
    /// The smallest group whose size is shown.
    pub smallest_group: u64,
    /// How many meet the condition, of those who let others learn from them; `None` if that
    /// is hidden.
    pub inside: Option<u64>,
    /// How many of them do not; `None` if that is hidden.
    pub outside: Option<u64>,
    /// What tells the two apart, the surest first.
    pub traits: Vec<Trait>,
    /// Who does not meet the condition, and is most like those who do, the likest first.
    pub next: Vec<Resemblance>,
}

/// How often a feature is found inside and outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trait {
    /// The feature.
    pub feature: Feature,
    /// The share of those inside who have it, from 0 to 1.
    pub inside: f64,
    /// The share of those outside who have it.
    pub outside: f64,
    /// How many times the share inside is that outside; `None` if nobody outside has it.
    pub lift: Option<f64>,
    /// The natural logarithm of its odds inside over its odds outside, half a customer added
    /// to each count.
    pub log_odds: f64,
    /// How many of its standard errors the logarithm is from zero: more than two or three
    /// are hardly chance.
    pub z: f64,
}

/// A customer who is like some others.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resemblance {
    /// Who.
    pub customer: Identifier,
    /// How much alike, in millionths of natural log odds: 693,147 more is twice as likely.
    pub score: i64,
    /// What spoke for it most, with what it weighs: at most three, the heaviest first.
    pub because: Vec<(Feature, i64)>,
}

/// Those who are looked for and the others, counted, among those who let others learn.
#[derive(Default)]
pub(crate) struct Counts {
    inside: u64,
    outside: u64,
    /// Of each feature, how many have it inside and outside.
    with: Vec<(u64, u64)>,
}

impl Counts {
    /// Counts one more customer, with the features that may be learned from.
    pub(crate) fn add(&mut self, inside: bool, features: &[u32]) {
        *(if inside { &mut self.inside } else { &mut self.outside }) += 1;
        for feature in features {
            let place = *feature as usize;
            if place >= self.with.len() {
                self.with.resize(place + 1, (0, 0));
            }
            if let Some((seeds, others)) = self.with.get_mut(place) {
                *(if inside { seeds } else { others }) += 1;
            }
        }
    }

    /// How many are inside.
    pub(crate) fn inside(&self) -> u64 {
        self.inside
    }

    /// What each feature weighs; one that fewer have than the smallest group, nothing.
    fn weights(&self, smallest_group: u64) -> Vec<i64> {
        let weight = |(inside, outside): &(u64, u64)| match inside + outside {
            few if few < smallest_group.max(ONE + 1) => 0,
            _ => log_odds(*inside, self.inside, *outside, self.outside),
        };
        self.with.iter().map(weight).collect()
    }

    /// The `n` of some candidates who are most like those inside.
    pub(crate) fn most_alike(
        &self,
        candidates: &[(Identifier, Vec<u32>)],
        words: &Vocabulary<'_>,
        n: usize,
        smallest_group: u64,
    ) -> Vec<Resemblance> {
        let weights = self.weights(smallest_group);
        let weigh = |feature: &u32| weights.get(*feature as usize).copied().unwrap_or_default();
        let score = |features: &[u32]| features.iter().map(weigh).sum::<i64>();
        let mut ranked: Vec<(i64, &(Identifier, Vec<u32>))> =
            candidates.iter().map(|candidate| (score(&candidate.1), candidate)).collect();
        ranked.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.0.cmp(&b.1.0)));
        let told = |(score, (customer, own)): (i64, &(Identifier, Vec<u32>))| {
            let spoke = own.iter().map(|feature| (words.get(*feature), weigh(feature)));
            let spoke = spoke.filter(|(_, weight)| *weight > 0);
            let mut because: Vec<(Feature, i64)> =
                spoke.filter_map(|(feature, weight)| Some((feature?.clone(), weight))).collect();
            because.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            because.truncate(NAMED);
            Resemblance { customer: customer.clone(), score, because }
        };
        ranked.into_iter().take(n).map(told).collect()
    }

    /// What tells those inside and those outside apart, as far as no small group shows.
    fn traits(&self, words: &Vocabulary<'_>, k: u64) -> Vec<Trait> {
        let found = |(number, (inside, outside)): (u32, &(u64, u64))| {
            let parts = [*inside, self.inside - inside, *outside, self.outside - outside];
            let hidden = k > 1 && parts.iter().any(|part| *part < k);
            let told = !hidden && inside + outside > ONE && self.inside > 0 && self.outside > 0;
            let feature = words.get(number).filter(|_| told)?.clone();
            Some(Trait::of(feature, parts))
        };
        let mut traits: Vec<Trait> = (0..).zip(&self.with).filter_map(found).collect();
        let sureness = |it: &Trait| it.z.abs();
        traits.sort_unstable_by(|a, b| {
            sureness(b).total_cmp(&sureness(a)).then_with(|| a.feature.cmp(&b.feature))
        });
        traits
    }

    /// The whole picture.
    pub(crate) fn portrait(
        &self,
        candidates: &[(Identifier, Vec<u32>)],
        words: &Vocabulary<'_>,
        n: usize,
        (as_of, smallest_group): (Timestamp, u64),
    ) -> Portrait {
        let k = smallest_group.max(1);
        let hidden = smallest_group > 1 && (self.inside < k || self.outside < k);
        let next = match hidden || self.inside == 0 {
            true => Vec::new(),
            false => self.most_alike(candidates, words, n, smallest_group),
        };
        Portrait {
            as_of,
            smallest_group,
            inside: (!hidden).then_some(self.inside),
            outside: (!hidden).then_some(self.outside),
            traits: self.traits(words, smallest_group),
            next,
        }
    }
}

impl Trait {
    /// From how many have a feature and have it not, inside and outside.
    fn of(feature: Feature, [a, b, c, d]: [u64; 4]) -> Self {
        let share = |with: u64, without: u64| with as f64 / (with + without) as f64;
        let (inside, outside) = (share(a, b), share(c, d));
        let half = [a, b, c, d].map(|part| part as f64 + 0.5);
        let [e, f, g, h] = half;
        let log_odds = libm::log(e / f) - libm::log(g / h);
        let variance: f64 = half.iter().map(|part| 1.0 / part).sum();
        Self {
            feature,
            inside,
            outside,
            lift: (c > 0).then(|| inside / outside),
            log_odds,
            z: log_odds / libm::sqrt(variance),
        }
    }
}

/// A table for people, in a font with letters of one width: what is likelier inside, and
/// what is less likely, the surest first.
impl fmt::Display for Portrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (inside, outside) = (shown(self.inside), shown(self.outside));
        write!(f, "{inside} customers and {outside} others as of {}", self.as_of)?;
        let names: Vec<String> = self.traits.iter().map(|it| it.feature.to_string()).collect();
        let w = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
        if !names.is_empty() {
            write!(f, "\n{:w$}  inside  others   times  sureness", "")?;
        }
        for (it, name) in self.traits.iter().zip(&names) {
            let (inside, outside) = (it.inside * 100.0, it.outside * 100.0);
            let lift = it.lift.map_or_else(|| "-".to_owned(), |lift| format!("{lift:.2}"));
            let z = it.z;
            write!(f, "\n{name:w$}  {inside:>5.1}%  {outside:>5.1}%  {lift:>6}  {z:>8.1}")?;
        }
        if self.inside.is_none() {
            let k = self.smallest_group;
            write!(f, "\n* would tell of a group of fewer than {k} customers")?;
        }
        Ok(())
    }
}

redacted! {
    Resemblance { score }
}
