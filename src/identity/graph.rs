//! Who is who: the customers that follow from a set of ties between identifiers.
//!
//! The strongest evidence is heard first. Kinds are taken by their rank, and the
//! identifiers of a rank by their newest tie; each joins the customer to whom its ties
//! to stronger ones lead. So two people are told apart before anything that they share
//! is looked at, and what is shared is then seen to be.
#![expect(
    clippy::indexing_slicing,
    reason = "every number is that of a node, or of the customer it began as"
)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use super::policy::{IdentityPolicy, Rank};
use crate::types::{Identifier, IdentifierKind};

/// That two identifiers belong to the same customer, as far as somebody said so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tie {
    /// The lesser end, so that a tie is the same from both sides.
    pub(crate) a: Identifier,
    pub(crate) b: Identifier,
    /// When it was last confirmed, in milliseconds.
    pub(crate) latest: i64,
}

impl Tie {
    pub(crate) fn new(one: Identifier, other: Identifier, latest: i64) -> Self {
        let (a, b) = if one <= other { (one, other) } else { (other, one) };
        Self { a, b, latest }
    }
}

/// Why a link does not make two identifiers one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Apart {
    /// An end has more ties than one customer's identifier has: a bot, a till.
    Crowded,
    /// An end leads to several customers who cannot be one: the family's tablet.
    Shared,
    /// Both customers together would have more identifiers of a kind than its limit.
    Limit,
    /// Both customers are known, and neither end says who somebody is.
    Known,
}

/// What follows from a set of ties.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Resolved {
    /// The identifiers of each customer, the strongest first, which names the customer.
    /// Every identifier is in exactly one; what is crowded or shared is alone.
    pub(crate) customers: Vec<Vec<Identifier>>,
    /// The ties whose two ends are one customer's.
    pub(crate) effective: Vec<Tie>,
    /// The others, with why.
    pub(crate) apart: Vec<(Tie, Apart)>,
    /// Identifiers that lead to several customers who cannot be one.
    pub(crate) shared: Vec<Identifier>,
    /// Identifiers for which their customer had no room.
    pub(crate) demoted: Vec<Identifier>,
}

/// The customers that follow from these ties. Identifiers without a tie may be given
/// too; each is a customer of its own.
///
/// `crowded` says of an identifier that it has too many ties to mean anything; the ties
/// given may then be some of them.
pub(crate) fn resolve(
    policy: &IdentityPolicy,
    identifiers: impl IntoIterator<Item = Identifier>,
    ties: impl IntoIterator<Item = Tie>,
    crowded: impl Fn(&Identifier) -> bool,
) -> Resolved {
    // Said twice is said once, at the later time.
    let mut newest = BTreeMap::new();
    for Tie { a, b, latest } in ties.into_iter().filter(|tie| tie.a != tie.b) {
        let known = newest.entry((a, b)).or_insert(latest);
        *known = latest.max(*known);
    }
    let ends = newest.keys().flat_map(|(a, b)| [a.clone(), b.clone()]);
    let ranked = |identifier: Identifier| (policy.rank(identifier.kind()), identifier);
    let ranked: BTreeSet<_> = identifiers.into_iter().chain(ends).map(ranked).collect();

    let mut graph = Graph::new(policy, &ranked, crowded);
    graph.tie(&newest);
    graph.place();
    let standing = |at: Standing| {
        let those = graph.nodes.iter().filter(move |node| node.standing == at);
        those.map(|node| node.identifier.clone()).collect()
    };
    let mut resolved = Resolved {
        customers: graph.customers(),
        shared: standing(Standing::Shared),
        demoted: standing(Standing::Demoted),
        ..Resolved::default()
    };
    for ((a, b), latest) in &newest {
        let tie = Tie { a: a.clone(), b: b.clone(), latest: *latest };
        match graph.why(a, b) {
            None => resolved.effective.push(tie),
            Some(why) => resolved.apart.push((tie, why)),
        }
    }
    resolved
}

/// How an identifier has been placed among the stronger ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Placed,
    Demoted,
    Shared,
    Crowded,
}

/// An identifier. Nodes are numbered by their rank, and by identifier within it.
struct Node<'a> {
    identifier: &'a Identifier,
    rank: Rank,
    standing: Standing,
    customer: usize,
    /// The ties to nodes of a stronger rank, and those to later ones of the same rank.
    stronger: Vec<(i64, usize)>,
    equal: Vec<(i64, usize)>,
}

impl Node<'_> {
    /// Whether its ties lead anywhere.
    fn leads(&self) -> bool {
        matches!(self.standing, Standing::Placed | Standing::Demoted)
    }
}

/// The nodes that are one, as far as the ranks have been taken.
#[derive(Default)]
struct Customer<'a> {
    members: Vec<usize>,
    kinds: BTreeMap<&'a IdentifierKind, u32>,
    known: bool,
}

struct Graph<'a> {
    policy: &'a IdentityPolicy,
    nodes: Vec<Node<'a>>,
    numbers: BTreeMap<&'a Identifier, usize>,
    customers: Vec<Customer<'a>>,
}

impl<'a> Graph<'a> {
    /// Every node a customer of its own.
    fn new(
        policy: &'a IdentityPolicy,
        ranked: &'a BTreeSet<(Rank, Identifier)>,
        crowded: impl Fn(&Identifier) -> bool,
    ) -> Self {
        let nodes = ranked.iter().enumerate().map(|(customer, (rank, identifier))| {
            let standing = if crowded(identifier) { Standing::Crowded } else { Standing::Placed };
            let (stronger, equal) = Default::default();
            Node { identifier, rank: *rank, standing, customer, stronger, equal }
        });
        let nodes: Vec<Node<'a>> = nodes.collect();
        let customer = |(number, node): (usize, &Node<'a>)| Customer {
            members: vec![number],
            kinds: [(node.identifier.kind(), 1)].into(),
            known: node.rank.personal(),
        };
        let customers = nodes.iter().enumerate().map(customer).collect();
        let numbers = nodes.iter().enumerate().map(|(number, node)| (node.identifier, number));
        Self { policy, numbers: numbers.collect(), customers, nodes }
    }

    fn ends(&self, a: &Identifier, b: &Identifier) -> (usize, usize) {
        let (a, b) = (self.numbers[a], self.numbers[b]);
        (a.min(b), a.max(b))
    }

    fn tie(&mut self, ties: &BTreeMap<(Identifier, Identifier), i64>) {
        for ((a, b), latest) in ties {
            let (a, b) = self.ends(a, b);
            if self.nodes[a].rank == self.nodes[b].rank {
                self.nodes[a].equal.push((*latest, b));
            } else {
                self.nodes[b].stronger.push((*latest, a));
            }
        }
    }

    /// Takes the ranks, the strongest first.
    fn place(&mut self) {
        let ranks = self.nodes.chunk_by(|a, b| a.rank == b.rank).map(<[Node<'_>]>::len);
        let mut start = 0;
        for len in ranks.collect::<Vec<_>>() {
            let rank = start..start + len;
            start = rank.end;
            let mut turns: Vec<_> = rank.clone().map(|n| (Reverse(self.newest(n)), n)).collect();
            turns.sort_unstable();
            turns.into_iter().for_each(|(_, number)| self.join(number));
            let equal = |a: usize| {
                let ties = self.nodes[a].equal.iter();
                ties.map(move |(latest, b)| (Reverse(*latest), a, *b))
            };
            let mut equal: Vec<_> = rank.flat_map(equal).collect();
            equal.sort_unstable();
            for (_, a, b) in equal {
                let (a, b) = (&self.nodes[a], &self.nodes[b]);
                if a.leads() && b.leads() {
                    self.fuse(&[a.customer, b.customer].into(), a.rank);
                }
            }
        }
    }

    /// The ties of a node to stronger ones that lead somewhere.
    fn leading(&self, number: usize) -> impl Iterator<Item = &(i64, usize)> {
        self.nodes[number].stronger.iter().filter(|(_, other)| self.nodes[*other].leads())
    }

    fn newest(&self, number: usize) -> Option<i64> {
        self.leading(number).map(|(latest, _)| *latest).max()
    }

    /// A node joins those to whom it leads, and so makes them one, or stays apart.
    fn join(&mut self, number: usize) {
        let Node { standing: Standing::Placed, rank, customer, .. } = self.nodes[number] else {
            return;
        };
        let mut together: BTreeSet<usize> =
            self.leading(number).map(|(_, other)| self.nodes[*other].customer).collect();
        together.insert(customer);
        if !self.fuse(&together, rank) {
            let one = together.len() == 2;
            let standing = if one { Standing::Demoted } else { Standing::Shared };
            self.nodes[number].standing = standing;
        }
    }

    /// Makes customers one on the word of a rank, if they can be: within every limit,
    /// and if the rank is impersonal, no two of them known.
    fn fuse(&mut self, together: &BTreeSet<usize>, rank: Rank) -> bool {
        let known = together.iter().filter(|customer| self.customers[**customer].known).count();
        if known > 1 && !rank.personal() {
            return false;
        }
        let Some((largest, others)) = self.with_room(together) else {
            return false;
        };
        // The smaller move, so that no node moves often.
        for customer in others {
            let Customer { members, kinds, known } = mem::take(&mut self.customers[customer]);
            members.iter().for_each(|number| self.nodes[*number].customer = largest);
            let whole = &mut self.customers[largest];
            whole.members.extend(members);
            whole.known |= known;
            kinds.into_iter().for_each(|(kind, n)| *whole.kinds.entry(kind).or_default() += n);
        }
        true
    }

    /// The largest of these customers, and the others, if together they hold no more of
    /// each kind than its limit. The largest does by itself: only what the others add to
    /// it is counted.
    fn with_room(&self, together: &BTreeSet<usize>) -> Option<(usize, Vec<usize>)> {
        let size = |customer: &usize| self.customers[*customer].members.len();
        let largest = together.iter().copied().max_by_key(size)?;
        let others = together.iter().copied().filter(|customer| *customer != largest);
        let others: Vec<usize> = others.collect();
        let mut added: BTreeMap<&IdentifierKind, u32> = BTreeMap::new();
        for (kind, n) in others.iter().flat_map(|customer| &self.customers[*customer].kinds) {
            *added.entry(kind).or_default() += n;
        }
        let held = |kind| self.customers[largest].kinds.get(kind).copied().unwrap_or(0);
        let fits = |(kind, n)| held(kind) + n <= self.policy.limit_of(kind);
        added.into_iter().all(fits).then_some((largest, others))
    }

    /// Why a tie does not hold, once all are placed.
    ///
    /// A customer only grows, so where there was no room there is none at the end; and
    /// where there is room, only two who are known have been kept apart.
    fn why(&self, a: &Identifier, b: &Identifier) -> Option<Apart> {
        let (a, b) = self.ends(a, b);
        let (a, b) = (&self.nodes[a], &self.nodes[b]);
        let either = |standing: Standing| [a, b].iter().any(|end| end.standing == standing);
        if either(Standing::Crowded) {
            Some(Apart::Crowded)
        } else if either(Standing::Shared) {
            Some(Apart::Shared)
        } else if a.customer == b.customer {
            None
        } else if self.with_room(&[a.customer, b.customer].into()).is_some() {
            Some(Apart::Known)
        } else {
            Some(Apart::Limit)
        }
    }

    /// The customers by their strongest identifiers, and each with the strongest first.
    fn customers(&self) -> Vec<Vec<Identifier>> {
        let mut all: Vec<_> = self.customers.iter().map(|whole| whole.members.clone()).collect();
        all.retain(|members| !members.is_empty());
        all.iter_mut().for_each(|members| members.sort_unstable());
        all.sort_unstable();
        let identifier = |number: usize| self.nodes[number].identifier.clone();
        all.into_iter().map(|members| members.into_iter().map(identifier).collect()).collect()
    }
}
