//! Nothing is remembered here but who is with whom, as a list of sets, and every
//! question is asked of it anew: slow, and plain enough to be believed.

use std::collections::BTreeSet;

use super::policy::Rank;
use super::{Apart, IdentityPolicy, Resolved, Tie, resolve};
use crate::numeric::Draws;
use crate::types::{Identifier, IdentifierKind};

type Set = BTreeSet<Identifier>;

struct Twin<'a> {
    policy: &'a IdentityPolicy,
    /// The newest first; of those, the lesser pair.
    ties: Vec<Tie>,
    people: Vec<Set>,
    crowded: &'a Set,
    shared: Set,
    demoted: Set,
}

impl<'a> Twin<'a> {
    fn new(policy: &'a IdentityPolicy, all: &Set, ties: &[Tie], crowded: &'a Set) -> Self {
        let people = all.iter().map(|id| Set::from([id.clone()])).collect();
        let (shared, demoted) = Default::default();
        let mut twin = Self { policy, ties: ties.to_vec(), people, crowded, shared, demoted };
        twin.ties.sort_by_key(|tie| {
            let mut pair = [&tie.a, &tie.b].map(|id| (policy.rank(id.kind()), id.clone()));
            pair.sort();
            (-tie.latest, pair)
        });
        twin
    }

    fn of(&self, id: &Identifier) -> &Set {
        self.people.iter().find(|set| set.contains(id)).unwrap()
    }

    fn rank(&self, id: &Identifier) -> Rank {
        self.policy.rank(id.kind())
    }

    fn mute(&self, id: &Identifier) -> bool {
        self.crowded.contains(id) || self.shared.contains(id)
    }

    fn personal(&self, id: &Identifier) -> bool {
        self.policy.is_personal(id.kind())
    }

    fn fits(&self, set: &Set) -> bool {
        let alike = |id: &Identifier| set.iter().filter(|other| other.kind() == id.kind()).count();
        set.iter().all(|id| alike(id) <= self.policy.limit_of(id.kind()) as usize)
    }

    /// The union of the sets of some, unless they cannot be one.
    fn union(&self, some: &[&Identifier], personal: bool) -> Option<Set> {
        let sets: BTreeSet<&Set> = some.iter().map(|id| self.of(id)).collect();
        let known = sets.iter().filter(|set| set.iter().any(|id| self.personal(id))).count();
        let union: Set = sets.into_iter().flatten().cloned().collect();
        (self.fits(&union) && (personal || known < 2)).then_some(union)
    }

    fn unite(&mut self, union: Set) {
        self.people.retain(|set| set.is_disjoint(&union));
        self.people.push(union);
    }

    /// What an identifier leads to among those that rank before it, and when that was said.
    fn led(&self, id: &Identifier) -> Vec<(i64, Identifier)> {
        let beyond = |tie: &Tie| match () {
            () if tie.a == *id => Some((tie.latest, tie.b.clone())),
            () if tie.b == *id => Some((tie.latest, tie.a.clone())),
            () => None,
        };
        let beyond = self.ties.iter().filter_map(beyond);
        beyond.filter(|(_, other)| self.rank(other) < self.rank(id) && !self.mute(other)).collect()
    }

    /// Everybody of one rank goes where they lead; whoever has the newest tie is next, and
    /// the first of them if several have.
    fn let_in(&mut self, rank: Rank) {
        let all = self.people.iter().flatten();
        let mut waiting: Set = all.filter(|id| self.rank(id) == rank).cloned().collect();
        waiting.retain(|id| !self.crowded.contains(id));
        let newest =
            |twin: &Self, id: &Identifier| twin.led(id).into_iter().map(|(at, _)| at).max();
        while let Some(next) = waiting.iter().rev().max_by_key(|id| newest(self, id)) {
            let next = next.clone();
            waiting.remove(&next);
            self.let_one_in(next, rank);
        }
    }

    fn let_one_in(&mut self, next: Identifier, rank: Rank) {
        let led = self.led(&next);
        let sets: BTreeSet<&Set> = led.iter().map(|(_, id)| self.of(id)).collect();
        let several = sets.len() > 1;
        let mut some: Vec<&Identifier> = led.iter().map(|(_, id)| id).collect();
        some.push(&next);
        match self.union(&some, rank.personal()) {
            Some(union) => self.unite(union),
            None if several => _ = self.shared.insert(next),
            None => _ = self.demoted.insert(next),
        }
    }

    /// Ties within one rank hold where they can.
    fn tie_among(&mut self, rank: Rank) {
        for tie in self.ties.clone() {
            let here = self.rank(&tie.a) == rank && self.rank(&tie.b) == rank;
            let mute = self.mute(&tie.a) || self.mute(&tie.b);
            let union = self.union(&[&tie.a, &tie.b], rank.personal());
            if let (true, false, Some(union)) = (here, mute, union) {
                self.unite(union);
            }
        }
    }

    /// Why a tie holds nobody together; nothing if it does.
    fn why(&self, tie: &Tie) -> Option<Apart> {
        let either = |set: &Set| set.contains(&tie.a) || set.contains(&tie.b);
        match () {
            () if either(self.crowded) => Some(Apart::Crowded),
            () if either(&self.shared) => Some(Apart::Shared),
            () if self.of(&tie.a).contains(&tie.b) => None,
            () if self.union(&[&tie.a, &tie.b], true).is_none() => Some(Apart::Limit),
            () => Some(Apart::Known),
        }
    }

    fn by_rank(&self, ids: &Set) -> Vec<Identifier> {
        let mut ids: Vec<Identifier> = ids.iter().cloned().collect();
        ids.sort_by_key(|id| (self.rank(id), id.clone()));
        ids
    }
}

fn twin(policy: &IdentityPolicy, all: &Set, ties: &[Tie], crowded: &Set) -> Resolved {
    let mut twin = Twin::new(policy, all, ties, crowded);
    let ranks: BTreeSet<Rank> = all.iter().map(|id| twin.rank(id)).collect();
    for rank in ranks {
        twin.let_in(rank);
        twin.tie_among(rank);
    }
    let mut resolved = Resolved {
        shared: twin.by_rank(&twin.shared),
        demoted: twin.by_rank(&twin.demoted),
        customers: twin.people.iter().map(|ids| twin.by_rank(ids)).collect(),
        ..Resolved::default()
    };
    for tie in once(&twin.ties) {
        match twin.why(&tie) {
            Some(why) => resolved.apart.push((tie, why)),
            None => resolved.effective.push(tie),
        }
    }
    resolved.customers.sort_by_key(|ids| (twin.rank(&ids[0]), ids[0].clone()));
    resolved
}

/// Of ties between the same two, the newest.
fn once(ties: &[Tie]) -> BTreeSet<Tie> {
    let newer = |tie: &Tie| ties.iter().any(|t| (&t.a, &t.b) == (&tie.a, &tie.b) && *t > *tie);
    ties.iter().filter(|tie| tie.a != tie.b && !newer(tie)).cloned().collect()
}

/// A small world: few identifiers, so that much is tied; low limits, so that they are
/// reached; few days, so that many ties are of the same one.
struct World {
    policy: IdentityPolicy,
    ids: Vec<Identifier>,
    ties: Vec<Tie>,
    crowded: Set,
}

fn own(name: &str) -> IdentifierKind {
    IdentifierKind::Custom(name.into())
}

impl World {
    fn new(draws: &mut Draws) -> Self {
        let mut kinds: Vec<IdentifierKind> = IdentifierKind::BASE.into();
        kinds.extend([own("student_card"), own("table"), own("car")]);
        let mut policy = IdentityPolicy::new().personal(own("student_card"));
        for kind in &kinds[1..] {
            policy = policy.limit(kind.clone(), 1 + draws.below(4) as u32);
        }
        if draws.below(4) == 0 {
            policy = policy.order([kinds[draws.below(10)].clone()]).impersonal(kinds[3].clone());
        }
        let (some, most) = (1 + draws.below(10), 2 + draws.below(12));
        let mut id = || {
            let kind = &kinds[(draws.below(10) * some) % 10];
            Identifier::new(kind.clone(), draws.below(4).to_string())
        };
        let ids: Vec<Identifier> = (0..most).map(|_| id()).collect();
        let mut world = Self { policy, ids, ties: Vec::new(), crowded: Set::new() };
        for _ in 0..draws.below(2 * most) {
            world.ties.push(world.tie(draws));
        }
        if draws.below(3) == 0 {
            world.crowded.insert(world.ids[draws.below(most)].clone());
        }
        world
    }

    fn tie(&self, draws: &mut Draws) -> Tie {
        let mut end = || self.ids[draws.below(self.ids.len())].clone();
        Tie::new(end(), end(), draws.below(6) as i64 - 2)
    }

    fn resolve(&self, ties: &[Tie]) -> Resolved {
        let crowded = |id: &Identifier| self.crowded.contains(id);
        resolve(&self.policy, self.ids.iter().cloned(), ties.iter().cloned(), crowded)
    }

    fn resolved(&self) -> Resolved {
        self.resolve(&self.ties)
    }
}

fn worlds(name: &str, mut test: impl FnMut(World, &mut Draws)) {
    let mut draws = Draws::new(4, &[name.as_bytes()]);
    (0..3_000).for_each(|_| test(World::new(&mut draws), &mut draws));
}

#[test]
fn the_twin_comes_to_the_same_customers() {
    let mut seen = BTreeSet::new();
    worlds("twin", |world, _| {
        let all: Set = world.ids.iter().cloned().collect();
        let expected = twin(&world.policy, &all, &world.ties, &world.crowded);
        let resolved = world.resolved();
        assert_eq!(resolved, expected, "{:?}", world.ties);
        // Everything happens.
        seen.extend(resolved.apart.iter().map(|(_, why)| format!("{why:?}")));
        seen.extend(resolved.demoted.first().map(|_| "demoted".to_owned()));
        seen.extend(resolved.customers.iter().map(|ids| format!("{} together", ids.len().min(7))));
    });
    let together = (1..=7).map(|n| format!("{n} together"));
    let everything = ["Crowded", "Known", "Limit", "Shared", "demoted"].map(str::to_owned);
    assert_eq!(seen, everything.into_iter().chain(together).collect());
}

#[test]
fn the_order_of_the_ties_leaves_no_trace() {
    worlds("order", |world, draws| {
        let mut ties = world.ties.clone();
        // Some are told again, from either side, or as they were before.
        for tie in &world.ties {
            if draws.below(2) == 0 {
                let earlier = tie.latest - draws.below(3) as i64;
                ties.push(Tie::new(tie.b.clone(), tie.a.clone(), earlier));
            }
        }
        for last in (1..ties.len()).rev() {
            ties.swap(last, draws.below(last + 1));
        }
        assert_eq!(world.resolve(&ties), world.resolved());
    });
}

#[test]
fn a_tie_taken_back_was_never_there() {
    let mut changed = 0;
    worlds("back", |world, draws| {
        let before = world.resolved();
        let mut ties = world.ties.clone();
        ties.insert(draws.below(ties.len() + 1), world.tie(draws));
        changed += usize::from(world.resolve(&ties).customers != before.customers);
        let added = ties.iter().zip(&world.ties).position(|(now, then)| now != then);
        ties.remove(added.unwrap_or(world.ties.len()));
        assert_eq!(world.resolve(&ties), before);
    });
    assert!(changed > 500, "ties mean something: {changed}");
}

#[test]
fn what_holds_is_all_that_is_needed() {
    worlds("effective", |world, _| {
        let resolved = world.resolved();
        // Joined as a plain union, with no rule asked.
        let mut people: Vec<Set> = world.ids.iter().map(|id| Set::from([id.clone()])).collect();
        for tie in &resolved.effective {
            let mut union = Set::new();
            people.retain(|set| {
                let tied = set.contains(&tie.a) || set.contains(&tie.b);
                union.extend(set.iter().filter(|_| tied).cloned());
                !tied
            });
            people.push(union);
        }
        let expected: BTreeSet<Set> = people.into_iter().collect();
        let customers = resolved.customers.iter().map(|ids| ids.iter().cloned().collect());
        assert_eq!(customers.collect::<BTreeSet<Set>>(), expected);
    });
}

#[test]
fn limits_hold_and_numbers_are_never_fused() {
    worlds("limits", |world, _| {
        for ids in world.resolved().customers {
            for id in &ids {
                let alike = ids.iter().filter(|other| other.kind() == id.kind()).count();
                assert!(alike <= world.policy.limit_of(id.kind()) as usize);
            }
            let number = |id: &&Identifier| *id.kind() == IdentifierKind::Customer;
            assert!(ids.iter().filter(number).count() <= 1);
        }
    });
}

/// Who is known is decided by what is personal, as if there were nothing else.
#[test]
fn what_is_impersonal_never_fuses_two_who_are_known() {
    worlds("known", |world, _| {
        let personal = |id: &Identifier| world.policy.is_personal(id.kind());
        let among = |customers: Vec<Vec<Identifier>>| -> BTreeSet<Vec<Identifier>> {
            let known = |ids: Vec<Identifier>| ids.into_iter().filter(personal).collect();
            let known = customers.into_iter().map(known);
            known.filter(|ids: &Vec<Identifier>| !ids.is_empty()).collect()
        };
        let mut ties = world.ties.clone();
        ties.retain(|tie| personal(&tie.a) && personal(&tie.b));
        assert_eq!(among(world.resolved().customers), among(world.resolve(&ties).customers));
    });
}

#[test]
fn crowded_and_shared_identifiers_are_alone() {
    worlds("alone", |world, _| {
        let resolved = world.resolved();
        let shared = resolved.shared.iter().filter(|id| !world.crowded.contains(id));
        assert_eq!(shared.count(), resolved.shared.len(), "crowded is not shared");
        for id in world.crowded.iter().chain(&resolved.shared) {
            assert!(resolved.customers.contains(&vec![id.clone()]));
        }
    });
}

/// So that who somebody is can be asked without loading everybody.
#[test]
fn what_is_not_tied_to_it_changes_nothing() {
    let mut several = 0;
    worlds("part", |world, _| {
        let whole = world.resolved();
        let mut rest: Set = world.ids.iter().cloned().collect();
        let mut parts = Vec::new();
        // Ties are followed, but not past what is crowded.
        while let Some(first) = rest.iter().find(|id| !world.crowded.contains(*id)).cloned() {
            let (mut part, mut reached) = (Set::new(), vec![first]);
            while let Some(id) = reached.pop() {
                let passes = !world.crowded.contains(&id);
                if !part.insert(id.clone()) || !passes {
                    continue;
                }
                rest.remove(&id);
                for tie in &world.ties {
                    reached.extend((tie.a == id).then(|| tie.b.clone()));
                    reached.extend((tie.b == id).then(|| tie.a.clone()));
                }
            }
            let inside = |tie: &&Tie| part.contains(&tie.a) && part.contains(&tie.b);
            let ties: Vec<Tie> = world.ties.iter().filter(inside).cloned().collect();
            let crowded = |id: &Identifier| world.crowded.contains(id);
            parts.push(resolve(&world.policy, part, ties, crowded));
        }
        several += usize::from(parts.len() > 1);
        let customers = |part: &Resolved| part.customers.clone();
        let mut alone: Vec<Vec<Identifier>> = parts.iter().flat_map(customers).collect();
        alone.extend(world.crowded.iter().map(|id| vec![id.clone()]));
        let alone: BTreeSet<Vec<Identifier>> = alone.into_iter().collect();
        assert_eq!(alone, whole.customers.into_iter().collect());
        let shared: Set = parts.iter().flat_map(|part| part.shared.clone()).collect();
        assert_eq!(shared, whole.shared.into_iter().collect());
        let effective: BTreeSet<Tie> = parts.into_iter().flat_map(|part| part.effective).collect();
        assert_eq!(effective, whole.effective.into_iter().collect());
    });
    assert!(several > 500);
}

/// A thousand customers behind one till, and ten thousand cookies in one row.
#[test]
fn much_that_is_tied_is_no_trouble() {
    let id = |kind: &IdentifierKind, n: usize| Identifier::new(kind.clone(), n.to_string());
    let (card, cookie) = (IdentifierKind::LoyaltyCard, IdentifierKind::Cookie);
    let till = Identifier::new(IdentifierKind::Device, "till");
    let policy = IdentityPolicy::new().limit(cookie.clone(), 20_000);
    let behind = (0..1_000).map(|n| Tie::new(id(&card, n), till.clone(), n as i64));
    let row = (1..10_000).map(|n| Tie::new(id(&cookie, n - 1), id(&cookie, n), 0));
    let resolved = resolve(&policy, [], behind.chain(row), |_| false);
    assert_eq!(resolved.shared, [till]);
    assert_eq!(resolved.customers.len(), 1_000 + 1 + 1);
    assert_eq!(resolved.effective.len(), 9_999);
}
