//! Whether customers who are in the same segments are treated as the same: a segment holds
//! what its members have in common, and a person is more than that.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalog::{NO_ITEM, NO_PLACE};
use crate::event::Kind;
use crate::numeric::Draws;
use crate::types::{Channel, Identifier, Timestamp};
use crate::view::View;

/// Below which share of what two bought in common their histories are unlike.
const UNLIKE_BELOW: f64 = 0.5;

/// How many pairs are looked at.
const MOST_PAIRS: usize = 1_000;

/// Whether those whom segments hold for the same, and who are not, are offered the same; see
/// [`Engine::alike`](crate::Engine::alike). Where few of them get different offers, the
/// engine serves segments and no persons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlikeReport {
    /// When it was asked.
    pub as_of: Timestamp,
    /// On which channel.
    pub channel: Channel,
    /// The smallest group that is looked at, and told of.
    pub smallest_group: u64,
    /// Groups of customers who are in exactly the same segments: those of two and more, and
    /// no smaller than the smallest.
    pub groups: u64,
    /// How many pairs of such customers were looked at: by lot, each customer in at most one,
    /// at most 1,000.
    pub pairs: u64,
    /// Histories are unlike if of all items and categories that either bought, fewer than
    /// this share are of both.
    pub unlike_below: f64,
    /// How many of the pairs have histories that are unlike; `None` if hidden.
    pub unlike: Option<u64>,
    /// How many of these are offered different actions, or other items; `None` if hidden.
    pub different: Option<u64>,
    /// The same as a share, from 0 to 1; `None` if hidden, or no pair is unlike.
    pub share: Option<f64>,
}

/// The customers who are looked at, by the segments that they are in.
#[derive(Default)]
pub(crate) struct Groups(BTreeMap<Vec<u32>, Vec<Member>>);

/// Whose lot it is, and what they bought.
struct Member {
    lot: u64,
    customer: Identifier,
    bought: Vec<(bool, u32)>,
}

impl Groups {
    /// Adds a customer who is in some segments.
    pub(crate) fn add(
        &mut self,
        segments: Vec<u32>,
        customer: &Identifier,
        view: &View,
        seed: u64,
    ) {
        let key = ["alike", customer.kind().name(), customer.value()].map(str::as_bytes);
        // The bits of numbers that are not negative are in the order of the numbers.
        let lot = Draws::new(seed, &key).unit().to_bits();
        let member = Member { lot, customer: customer.clone(), bought: bought(view) };
        self.0.entry(segments).or_default().push(member);
    }

    /// Asks what the pairs get whose histories are unlike.
    pub(crate) fn report<E>(
        self,
        (as_of, channel): (Timestamp, Channel),
        smallest_group: u64,
        differ: &mut dyn FnMut(&Identifier, &Identifier) -> Result<bool, E>,
    ) -> Result<AlikeReport, E> {
        let k = smallest_group.max(1);
        let large = |group: &Vec<Member>| group.len() as u64 >= k.max(2);
        let groups: Vec<Vec<Member>> = self.0.into_values().filter(large).collect();
        let number = groups.len() as u64;
        let pairs = pairs(groups);
        let (mut unlike, mut different) = (0, 0);
        for (first, second) in &pairs {
            if jaccard(&first.bought, &second.bought) < UNLIKE_BELOW {
                unlike += 1;
                different += u64::from(differ(&first.customer, &second.customer)?);
            }
        }
        let shown = k <= 1 || unlike >= k;
        Ok(AlikeReport {
            as_of,
            channel,
            smallest_group,
            groups: number,
            pairs: pairs.len() as u64,
            unlike_below: UNLIKE_BELOW,
            unlike: shown.then_some(unlike),
            different: shown.then_some(different),
            share: (shown && unlike > 0).then(|| different as f64 / unlike as f64),
        })
    }
}

/// Two and two of each group in the order of their lots, and of all pairs those first whose
/// lots are.
fn pairs(groups: Vec<Vec<Member>>) -> Vec<(Member, Member)> {
    let mut pairs = Vec::new();
    for mut group in groups {
        group.sort_unstable_by(|a, b| (a.lot, &a.customer).cmp(&(b.lot, &b.customer)));
        let mut members = group.into_iter();
        while let (Some(first), Some(second)) = (members.next(), members.next()) {
            pairs.push((first, second));
        }
    }
    let order = |(it, _): &(Member, Member)| (it.lot, it.customer.clone());
    pairs.sort_by_cached_key(order);
    pairs.truncate(MOST_PAIRS);
    pairs
}

/// The items that were bought, and their categories, ascending, each once.
fn bought(view: &View) -> Vec<(bool, u32)> {
    let rows = view.rows();
    let bought = rows.kind.iter().zip(&rows.item).zip(&rows.place);
    let bought = bought.filter(|((kind, _), _)| **kind == Kind::Purchased.code());
    let both = bought.flat_map(|((_, item), place)| [(false, *item), (true, *place)]);
    let known = |it: &(bool, u32)| ![(false, NO_ITEM), (true, NO_PLACE)].contains(it);
    let mut bought: Vec<(bool, u32)> = both.filter(known).collect();
    bought.sort_unstable();
    bought.dedup();
    bought
}

/// Of all that either has, the share that both have; all, if neither has anything.
fn jaccard(one: &[(bool, u32)], other: &[(bool, u32)]) -> f64 {
    let both = one.iter().filter(|it| other.binary_search(it).is_ok()).count();
    match one.len() + other.len() - both {
        0 => 1.0,
        either => both as f64 / either as f64,
    }
}

/// For people.
impl fmt::Display for AlikeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { as_of, channel, groups, pairs, .. } = self;
        let channel = channel.name();
        write!(f, "{groups} groups in the same segments, {pairs} pairs looked at on {channel}")?;
        write!(f, " as of {as_of}")?;
        match (self.unlike, self.different, self.share) {
            (Some(unlike), Some(different), Some(share)) => {
                let share = share * 100.0;
                write!(f, "\n{unlike} of them have unlike histories")?;
                write!(f, "\n{different} of these get different offers ({share:.1}%)")
            }
            (Some(_), ..) => write!(f, "\nnone of them have unlike histories"),
            _ => {
                let k = self.smallest_group;
                write!(f, "\nfewer than {k} of them have unlike histories")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Somebody of a lot, who bought some items.
    fn member(lot: u64, bought: &[u32]) -> Member {
        let bought = bought.iter().map(|item| (false, *item)).collect();
        Member { lot, customer: format!("c{lot}").as_str().into(), bought }
    }

    /// What is found where everybody who is unlike gets something else.
    fn report(k: u64, groups: Vec<Vec<Member>>) -> AlikeReport {
        let asked = (Timestamp::from_millis(0), Channel::Web);
        let groups = Groups((0..).map(|number| vec![number]).zip(groups).collect());
        groups.report::<()>(asked, k, &mut |_, _| Ok(true)).unwrap()
    }

    #[test]
    fn groups_are_of_two_at_least_and_of_the_smallest() {
        let of = |n: u64| (0..n).map(|lot| member(lot, &[])).collect::<Vec<_>>();
        let found = |k| report(k, vec![of(1), of(2), of(3)]);
        let told = [0, 1, 2, 3, 4].map(|k| (found(k).groups, found(k).pairs));
        assert_eq!(told, [(2, 2), (2, 2), (2, 2), (1, 1), (0, 0)]);
    }

    #[test]
    fn half_in_common_is_not_unlike() {
        let two = |one: &[u32], other: &[u32]| vec![member(1, one), member(2, other)];
        let half = report(0, vec![two(&[1, 2], &[2])]);
        assert_eq!((half.pairs, half.unlike, half.different), (1, Some(0), Some(0)));
        assert_eq!(half.share, None);
        let less = report(0, vec![two(&[1, 2, 3], &[3])]);
        assert_eq!((less.unlike, less.different, less.share), (Some(1), Some(1), Some(1.0)));
    }

    #[test]
    fn few_who_are_unlike_are_held_back() {
        let four = || (1..=4).map(|lot| member(lot, &[lot as u32])).collect::<Vec<_>>();
        for k in [0, 1, 2] {
            let told = report(k, vec![four()]);
            assert_eq!((told.unlike, told.different, told.share), (Some(2), Some(2), Some(1.0)));
        }
        let hidden = report(3, vec![four()]);
        assert_eq!((hidden.pairs, hidden.unlike), (2, None));
        assert_eq!((hidden.different, hidden.share), (None, None));
    }

    #[test]
    fn pairs_are_made_and_chosen_by_lot() {
        let of = |lots: &[u64]| lots.iter().map(|lot| member(*lot, &[])).collect::<Vec<_>>();
        let lots = |groups| -> Vec<(u64, u64)> {
            pairs(groups).iter().map(|(one, other)| (one.lot, other.lot)).collect()
        };
        let made = lots(vec![of(&[9, 4, 12, 5, 30]), of(&[7, 1])]);
        assert_eq!(made, [(1, 7), (4, 5), (9, 12)]);
        let many: Vec<u64> = (0..3_000).rev().collect();
        let first: Vec<(u64, u64)> = (0..1_000).map(|n| (2 * n, 2 * n + 1)).collect();
        assert_eq!(lots(vec![of(&many)]), first);
    }

    #[test]
    fn what_two_have_in_common_is_counted() {
        let mut draws = Draws::new(1, &[b"jaccard"]);
        for _ in 0..500 {
            let mut set = || -> BTreeSet<(bool, u32)> {
                let n = draws.below(6);
                (0..n).map(|_| (draws.below(2) == 0, draws.below(5) as u32)).collect()
            };
            let (one, other) = (set(), set());
            let (both, either) = (one.intersection(&other).count(), one.union(&other).count());
            let expected = if either == 0 { 1.0 } else { both as f64 / either as f64 };
            let lists: [Vec<_>; 2] = [one, other].map(|set| set.into_iter().collect());
            assert_eq!(jaccard(&lists[0], &lists[1]).to_bits(), expected.to_bits());
        }
    }
}
