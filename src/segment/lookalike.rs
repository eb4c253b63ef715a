//! Who is most like some customers: naive Bayes over what is known of each, in counts
//! of customers and fixed point, so that the same question has the same ranking
//! everywhere.

use std::sync::Arc;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::audience::Audience;
use super::roster::Roster;
use crate::error::{Error, Result};
use crate::types::{Identifier, redacted};

/// What each customer of a roster has: features, as numbers that the host gives them.
/// Only what the customer allows for this use may be among them. To clone it costs next
/// to nothing.
#[derive(Clone)]
pub struct Features {
    roster: Roster,
    rows: Arc<Rows>,
}

/// The features of all customers, one after the other, and where those of each end.
struct Rows {
    features: Vec<u32>,
    ends: Vec<usize>,
}

impl Features {
    /// The features of every customer of a roster, in the order of the customers'
    /// numbers; those of one customer in any order. One that comes twice counts once.
    ///
    /// # Errors
    /// There are more or fewer rows than customers.
    pub fn new<R: IntoIterator<Item = u32>>(
        roster: &Roster,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<Self> {
        let (mut features, mut ends, mut own) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            own.clear();
            own.extend(row);
            own.sort_unstable();
            own.dedup();
            features.extend_from_slice(&own);
            ends.push(features.len());
        }
        if ends.len() != roster.len() {
            let (rows, customers) = (ends.len(), roster.len());
            return Err(Error::input(
                "rows",
                format!("`rows` has {rows} rows for {customers} customers: expected one for each"),
            ));
        }
        Ok(Self { roster: roster.clone(), rows: Arc::new(Rows { features, ends }) })
    }

    /// The features of every customer, ascending.
    fn all(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let starts = std::iter::once(0).chain(self.rows.ends.iter().copied());
        let spans = starts.zip(self.rows.ends.iter().copied());
        (0..).zip(spans.map(|(from, to)| self.rows.features.get(from..to).unwrap_or_default()))
    }

    /// The features of one customer, ascending.
    fn of(&self, number: u32) -> &[u32] {
        let end = |number: usize| self.rows.ends.get(number).copied();
        let from = (number as usize).checked_sub(1).and_then(end).unwrap_or_default();
        let to = end(number as usize).unwrap_or_default();
        self.rows.features.get(from..to).unwrap_or_default()
    }
}

/// A customer who is like those of a seed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookalike {
    /// Who.
    pub customer: Identifier,
    /// How much alike, in millionths of natural log odds: 693,147 more is twice as likely.
    pub score: i64,
}

/// The customers outside a seed audience, those most like it first.
///
/// ```
/// use confidant::{Audience, Features, Lookalikes, Roster, Timestamp};
///
/// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
/// let roster = Roster::new(monday, ["ana", "ben", "cem", "dana"])?;
/// // 1: buys tea. 2: buys paint. 3: comes on Sundays.
/// let features = Features::new(&roster, [vec![1, 3], vec![2, 3], vec![1], vec![2]])?;
/// let tea_party = Audience::of(&roster, ["ana"]);
///
/// let alike = Lookalikes::of(&features, &tea_party)?;
/// let best = alike.best(1);
/// assert_eq!(best[0].customer, "cem".into());
/// assert_eq!(alike.because(&"cem".into(), 3)[0].0, 1);
/// # Ok::<(), confidant::Error>(())
/// ```
///
/// A feature weighs what it makes it more likely that a customer is of the seed: the
/// natural logarithm of its odds within the seed over its odds among the others, half a
/// customer added to each of the four counts, rounded to millionths. A customer's score
/// is the sum over the customer's features. A feature that fewer customers have than the
/// [smallest group](Roster::smallest_group) weighs nothing. Ties are in the order of
/// identifiers. Like the sets of an audience, the ranking is the host's to act on, and
/// not to be shown.
#[derive(Clone)]
pub struct Lookalikes {
    features: Features,
    weights: HashMap<u32, i64>,
    /// Numbers and scores, the best first.
    ranked: Vec<(u32, i64)>,
}

impl Lookalikes {
    /// Everybody outside the seed, by how much they are like it.
    ///
    /// # Errors
    /// The seed is of another roster than the features, or has nobody in it, or fewer
    /// than the smallest group.
    pub fn of(features: &Features, seed: &Audience) -> Result<Self> {
        features.roster.check_same("seed", seed.roster())?;
        let least = features.roster.smallest_group().max(1);
        if (seed.len() as u64) < least {
            let message = format!("`seed` has too few customers: expected at least {least}");
            return Err(Error::input("seed", message));
        }
        let weights = weights(features, seed);
        let score = |own: &[u32]| own.iter().filter_map(|feature| weights.get(feature)).sum();
        let others = features.all().filter(|(number, _)| !seed.has(*number));
        let mut ranked: Vec<(u32, i64)> =
            others.map(|(number, own)| (number, score(own))).collect();
        ranked.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        Ok(Self { features: features.clone(), weights, ranked })
    }

    /// How many customers are outside the seed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranked.len()
    }

    /// Whether nobody is outside the seed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranked.is_empty()
    }

    /// The `n` most alike, the best first.
    #[must_use]
    pub fn best(&self, n: usize) -> Vec<Lookalike> {
        let known = |(number, score): &(u32, i64)| {
            let customer = self.features.roster.get(*number)?.clone();
            Some(Lookalike { customer, score: *score })
        };
        self.ranked.iter().take(n).filter_map(known).collect()
    }

    /// The `n` most alike as an audience.
    #[must_use]
    pub fn audience(&self, n: usize) -> Audience {
        let numbers = self.ranked.iter().take(n).map(|(number, _)| *number);
        Audience::of_numbers(&self.features.roster, numbers)
    }

    /// Which of a customer's features spoke most for likeness, and with what weight: at
    /// most `n`, the heaviest first. None for somebody who is not on the roster.
    #[must_use]
    pub fn because(&self, customer: &Identifier, n: usize) -> Vec<(u32, i64)> {
        let number = self.features.roster.number_of(customer);
        let own = number.map(|number| self.features.of(number)).unwrap_or_default();
        let weighed =
            own.iter().filter_map(|feature| Some((*feature, *self.weights.get(feature)?)));
        let mut spoke: Vec<(u32, i64)> = weighed.filter(|(_, weight)| *weight > 0).collect();
        spoke.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        spoke.truncate(n);
        spoke
    }
}

/// What each feature weighs.
fn weights(features: &Features, seed: &Audience) -> HashMap<u32, i64> {
    // Per feature, the customers who have it within the seed and among the others.
    let mut counts: HashMap<u32, (u64, u64)> = HashMap::new();
    for (number, own) in features.all() {
        let inside = seed.has(number);
        for feature in own {
            let (seeds, others) = counts.entry(*feature).or_default();
            *(if inside { seeds } else { others }) += 1;
        }
    }
    let (seeds, all) = (seed.len() as u64, features.roster.len() as u64);
    let least = features.roster.smallest_group();
    counts
        .into_iter()
        .filter(|(_, (inside, outside))| inside + outside >= least)
        .map(|(feature, (inside, outside))| {
            (feature, log_odds(inside, seeds, outside, all - seeds))
        })
        .collect()
}

/// How much likelier a feature is within the seed than outside, in millionths of natural
/// log odds, from how many have it of how many.
pub(super) fn log_odds(inside: u64, seeds: u64, outside: u64, others: u64) -> i64 {
    // Twice the counts, so that half a customer is a whole number.
    let odds = |with: u64, of: u64| (2 * with + 1) as f64 / (2 * (of - with) + 1) as f64;
    let ratio = odds(inside, seeds) / odds(outside, others);
    libm::round(libm::log(ratio) * 1e6) as i64
}

redacted! {
    Features {}
    Lookalike {}
    Lookalikes {}
}
