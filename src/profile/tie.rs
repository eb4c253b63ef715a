//! What was said of two identifiers being of one customer. Everything here is a fold in
//! which the order of arrival leaves no trace: the earliest link, the latest parting, the
//! few latest links.

use serde::{Deserialize, Serialize};

use crate::event::Evidence;
use crate::types::{Channel, Identifier, IdentifierKind, Timestamp};

/// How many of the latest links of a pair are kept.
const KEPT: usize = 4;

/// Two identifiers, and what was said of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tie {
    /// In their order.
    ends: (Identifier, Identifier),
    first: Timestamp,
    parted: Option<(Timestamp, u64)>,
    /// The latest first.
    links: Vec<Said>,
}

/// A link, with where it came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) at: Timestamp,
    pub(crate) id: u64,
    pub(crate) channel: Option<Channel>,
    pub(crate) evidence: Evidence,
}

impl Tie {
    fn new(a: &Identifier, b: &Identifier) -> Self {
        let ends = if a < b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) };
        Self { ends, first: Timestamp::MAX, parted: None, links: Vec::new() }
    }

    /// One word of a link.
    pub(crate) fn link(a: &Identifier, b: &Identifier, said: Said) -> Self {
        Self { first: said.at, links: vec![said], ..Self::new(a, b) }
    }

    /// One word of a parting.
    pub(crate) fn parting(a: &Identifier, b: &Identifier, at: Timestamp, id: u64) -> Self {
        Self { parted: Some((at, id)), ..Self::new(a, b) }
    }

    pub(crate) fn ends(&self) -> [&Identifier; 2] {
        [&self.ends.0, &self.ends.1]
    }

    /// The other end, if this is one.
    pub(crate) fn beyond(&self, end: &Identifier) -> Option<&Identifier> {
        match self.ends() {
            [a, b] if a == end => Some(b),
            [a, b] if b == end => Some(a),
            _ => None,
        }
    }

    fn parted_at(&self) -> Timestamp {
        self.parted.map_or(Timestamp::MIN, |(at, _)| at)
    }

    /// The links since the two were parted last, the latest first; a parting outdoes a link
    /// of the same instant.
    pub(crate) fn standing(&self) -> impl Iterator<Item = &Said> {
        let parted = self.parted_at();
        self.links.iter().take_while(move |said| said.at > parted)
    }

    /// When the link was confirmed last, if the two are linked.
    pub(crate) fn latest(&self) -> Option<Timestamp> {
        self.standing().next().map(|said| said.at)
    }

    /// Since when the two are linked without a parting, if they are.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        let known = self.standing().last()?.at;
        Some(if self.first > self.parted_at() { self.first } else { known })
    }

    /// When the last word of any kind was said.
    pub(crate) fn last_word(&self) -> Timestamp {
        self.links.first().map_or(Timestamp::MIN, |said| said.at).max(self.parted_at())
    }

    /// Whether somebody proved that the two are linked.
    pub(crate) fn is_verified(&self) -> bool {
        self.standing().any(|said| said.evidence.is_verified())
    }

    fn join(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.parted = self.parted.max(other.parted);
        self.links.extend(other.links.iter().cloned());
        self.links.sort_unstable_by(|a, b| b.cmp(a));
        self.links.dedup();
        self.links.truncate(KEPT);
    }
}

/// The ties of a record, by their ends.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Ties(Vec<Tie>);

/// How many ties an identifier may have before it stands for nobody: one that says who
/// somebody is, and one that only goes with somebody.
const MOST: [usize; 2] = [512, 64];

impl Ties {
    /// Whether an identifier has more ties than one customer's has: a bot, a till, a library.
    /// No more are kept then, so that it costs nobody anything.
    pub(crate) fn is_crowded(&self, end: &Identifier) -> bool {
        let [personal, other] = MOST;
        let most = match end.kind() {
            IdentifierKind::Customer | IdentifierKind::LoyaltyCard | IdentifierKind::Email => {
                personal
            }
            _ => other,
        };
        self.0.len() > most && self.of(end).count() > most
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tie> {
        self.0.iter()
    }

    /// The ties of one identifier.
    pub(crate) fn of(&self, end: &Identifier) -> impl Iterator<Item = (&Tie, &Identifier)> {
        self.0.iter().filter_map(move |tie| Some((tie, tie.beyond(end)?)))
    }

    /// Whether there is something about a pair.
    pub(crate) fn has(&self, tie: &Tie) -> bool {
        self.0.binary_search_by(|known| known.ends.cmp(&tie.ends)).is_ok()
    }

    /// Takes in what was said; false if it changes nothing.
    pub(crate) fn take_in(&mut self, tie: &Tie) -> bool {
        match self.0.binary_search_by(|known| known.ends.cmp(&tie.ends)) {
            Ok(place) => self.0.get_mut(place).is_some_and(|known| {
                let before = known.clone();
                known.join(tie);
                *known != before
            }),
            Err(place) => {
                self.0.insert(place, tie.clone());
                true
            }
        }
    }

    /// Keeps those for which this is so; false if that is all of them.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&Tie) -> bool) -> bool {
        let before = self.0.len();
        self.0.retain(|tie| keep(tie));
        self.0.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(at: i64) -> Said {
        let at = Timestamp::from_millis(at);
        Said { at, id: at.as_millis() as u64, channel: None, evidence: Evidence::Stated }
    }

    fn word(n: i64) -> Tie {
        let (a, b) = ("a".into(), "b".into());
        match n % 5 {
            0 => Tie::parting(&b, &a, Timestamp::from_millis(n), n as u64),
            _ => Tie::link(&a, &b, said(n)),
        }
    }

    #[test]
    fn the_order_of_words_leaves_no_trace() {
        let mut expected: Option<Ties> = None;
        for turn in 0..40 {
            let mut ties = Ties::default();
            // Each number once, in another order each turn, and some twice.
            for n in 0..40 {
                ties.take_in(&word(1 + (n * 7 + turn * 11) % 40));
                ties.take_in(&word(1 + (n * 3 + turn) % 40));
            }
            assert_eq!(*expected.get_or_insert(ties.clone()), ties);
        }
    }

    #[test]
    fn linked_since_the_first_word_after_the_last_parting() {
        let mut tie = word(1);
        tie.join(&word(3));
        assert_eq!(tie.since(), Some(Timestamp::from_millis(1)));
        tie.join(&word(5));
        assert_eq!((tie.since(), tie.latest()), (None, None));
        tie.join(&word(7));
        tie.join(&word(6));
        assert_eq!(tie.since(), Some(Timestamp::from_millis(6)));
        assert_eq!(tie.latest(), Some(Timestamp::from_millis(7)));
    }
}
