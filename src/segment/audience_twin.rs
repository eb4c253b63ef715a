//! Audiences against sets of identifiers, which share no code with them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Audience, Overlaps, Roster};
use crate::numeric::Draws;
use crate::types::{Identifier, Timestamp, days};

pub(super) type Set = BTreeSet<Identifier>;

pub(super) fn monday() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

pub(super) fn customer(n: usize) -> Identifier {
    format!("c{n}").into()
}

pub(super) fn roster(n: usize) -> Roster {
    Roster::new(monday(), (0..n).map(customer)).unwrap()
}

/// Everybody with a chance.
pub(super) fn some(roster: &Roster, chance: f64, draws: &mut Draws) -> Set {
    (0..roster.len() as u32)
        .filter(|_| draws.unit() < chance)
        .map(|n| roster.get(n).unwrap().clone())
        .collect()
}

fn set(audience: &Audience) -> Set {
    audience.iter().cloned().collect()
}

/// The audience is the set, by everything that can be asked of it.
fn same(audience: &Audience, twin: &Set) {
    assert!(audience.iter().eq(twin), "{} of {}", audience.len(), twin.len());
    assert_eq!(audience.len(), twin.len());
    assert_eq!(audience.is_empty(), twin.is_empty());
    assert_eq!(audience.count(), Some(twin.len() as u64));
    // However it was made, it is equal to one made at once.
    assert!(*audience == Audience::of(audience.roster(), twin));
}

/// Sizes around a word of bits, and from where on a list of several is kept.
const SIZES: [usize; 9] = [0, 1, 63, 64, 65, 511, 1024, 1600, 3000];

const CHANCES: [f64; 7] = [0.0, 0.0005, 0.002, 0.05, 0.5, 0.998, 1.0];

#[test]
fn sets_are_as_sets_of_identifiers_are() {
    let mut draws = Draws::new(1, &[b"sets"]);
    for size in SIZES {
        let roster = roster(size);
        let all: Set = (0..size).map(customer).collect();
        same(&Audience::everyone(&roster), &all);
        same(&Audience::nobody(&roster), &Set::new());
        for (x, y) in CHANCES.into_iter().flat_map(|x| CHANCES.map(|y| (x, y))) {
            let (a, b) = (some(&roster, x, &mut draws), some(&roster, y, &mut draws));
            let (ours_a, ours_b) = (Audience::of(&roster, &a), Audience::of(&roster, &b));
            same(&ours_a, &a);
            same(&ours_a.and(&ours_b).unwrap(), &(&a & &b));
            same(&ours_a.or(&ours_b).unwrap(), &(&a | &b));
            same(&ours_a.minus(&ours_b).unwrap(), &(&a - &b));
            same(&ours_a.not(), &(&all - &a));
            same(&ours_a.or(&ours_a).unwrap(), &a);
            same(&ours_a.minus(&ours_a).unwrap(), &Set::new());
            let common = (&a & &b).len() as u64;
            assert_eq!(ours_a.overlap(&ours_b).unwrap(), Some(common));
            assert_eq!(ours_a == ours_b, a == b);
            for one in all.iter().step_by(7) {
                assert_eq!(ours_a.contains(one), a.contains(one));
            }
        }
    }
}

#[test]
fn who_is_not_on_the_roster_is_in_no_audience() {
    let roster = roster(10);
    let audience = Audience::of(&roster, ["c3", "a stranger", "c3", "c1"]);
    assert_eq!(set(&audience), Set::from(["c1".into(), "c3".into()]));
    assert!(!audience.contains(&"a stranger".into()) && !audience.not().contains(&"z".into()));
    assert_eq!(Audience::of_numbers(&roster, [9, 10, u32::MAX]).len(), 1);
    assert_eq!(format!("{:?}", audience), format!("Audience {{ roster: {roster:?}, .. }}"));
    assert!(!format!("{audience:?}").contains("c3"));
}

#[test]
fn a_roster_is_in_order_and_each_is_on_it_once() {
    let roster = Roster::new(monday(), ["b", "c", "a", "b"]).unwrap();
    let at = |n| roster.get(n).map(Identifier::value);
    assert_eq!([at(0), at(1), at(2), at(3)], [Some("a"), Some("b"), Some("c"), None]);
    let number = |name: &str| roster.number_of(&name.into());
    assert_eq!([number("a"), number("c"), number("d")], [Some(0), Some(2), None]);
    assert_eq!(Roster::new(monday(), [""]).unwrap_err().field(), Some("customer"));
    let never = Roster::new(Timestamp::MAX, ["a"]).unwrap_err();
    assert_eq!(never.field(), Some("as_of"));
}

#[test]
fn audiences_of_different_rosters_are_not_mixed() {
    let new = |at, names: &[&str]| Roster::new(at, names).unwrap();
    let roster = new(monday(), &["a", "b"]);
    let one = Audience::of(&roster, ["a"]);
    let cases = [
        (new(monday() + days(1), &["a", "b"]), "as of 2026-03-03T12:00:00Z, not of 2026-03-02"),
        (new(monday(), &["a", "c"]), "with other customers on it"),
        (roster.clone().hide_groups_below(5), "with groups hidden below 5, not 0"),
    ];
    for (other, says) in cases {
        let other = Audience::of(&other, ["a"]);
        let overlaps = Overlaps::of([("one", &one), ("other", &other)]).map(|_| ());
        for error in [
            one.and(&other).unwrap_err(),
            one.or(&other).unwrap_err(),
            one.minus(&other).unwrap_err(),
            one.overlap(&other).unwrap_err(),
            overlaps.unwrap_err(),
        ] {
            assert!(error.to_string().contains(says), "{error}");
            assert_eq!(error.field(), Some("audience"));
        }
        assert!(one != other);
    }
    // The same, looked at twice.
    let again = Audience::of(&new(monday(), &["b", "a"]), ["a"]);
    assert!(one == again && one.and(&again).is_ok());
}

#[test]
fn a_sample_is_exact_and_moves_by_one() {
    let mut draws = Draws::new(2, &[b"samples"]);
    for k in [0, 3] {
        for size in [0, 1, 5, 100, 1600] {
            let roster = roster(size).hide_groups_below(k);
            let larger = Roster::new(monday(), (0..=size).map(customer)).unwrap();
            for (chance, n) in [(0.0, 3), (0.3, 0), (0.3, 7), (0.9, 50), (1.0, 2000)] {
                let members = some(&roster, chance, &mut draws);
                let audience = Audience::of(&roster, &members);
                let before = set(&audience.sample(n, 7));
                assert_eq!(before.len(), n.min(members.len()));
                assert!(before.is_subset(&members));
                assert_eq!(before, set(&audience.sample(n, 7)));
                assert!(before.is_superset(&set(&audience.sample(n / 2, 7))));
                // Others on the roster change nothing; one more member displaces one.
                let twin = Audience::of(&larger, &members).sample(n, 7);
                assert_eq!(before, set(&twin));
                let mut grown = members.clone();
                grown.insert(customer(size));
                let after = set(&Audience::of(&larger, &grown).sample(n, 7));
                let come: Vec<_> = after.difference(&before).collect();
                assert!(come.is_empty() || come == [&customer(size)]);
                assert!(before.difference(&after).count() <= come.len());
            }
        }
    }
}

#[test]
fn everybody_is_drawn_as_often() {
    let audience = Audience::everyone(&roster(20));
    let mut drawn: BTreeMap<Identifier, u32> = BTreeMap::new();
    for seed in 0..4_000 {
        set(&audience.sample(5, seed)).into_iter().for_each(|c| *drawn.entry(c).or_default() += 1);
    }
    assert!(drawn.len() == 20 && drawn.values().all(|n| (880..1120).contains(n)), "{drawn:?}");
}

#[test]
fn a_split_is_by_lot_and_nobody_changes_sides() {
    let roster = roster(3000);
    let audience = Audience::everyone(&roster);
    let whole = set(&audience);
    let mut smaller = Set::new();
    for (share, sizes) in [(0.0, 0..1), (0.1, 250..350), (0.5, 1400..1600), (1.0, 3000..3001)] {
        let (inside, rest) = audience.split(share, 7).unwrap();
        assert!(sizes.contains(&inside.len()), "{share}: {}", inside.len());
        assert!(set(&inside).is_superset(&smaller));
        assert_eq!(&whole - &set(&inside), set(&rest));
        // Some of them alone are on the same sides, and hiding changes no side.
        let some = Audience::of(&roster.clone().hide_groups_below(9), (0..400).map(customer));
        let (in_some, _) = some.split(share, 7).unwrap();
        assert_eq!(set(&in_some), &set(&inside) & &set(&some));
        smaller = set(&inside);
    }
    assert!(set(&audience.split(0.5, 8).unwrap().0) != set(&audience.split(0.5, 7).unwrap().0));
    for share in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert_eq!(audience.split(share, 7).unwrap_err().field(), Some("share"));
    }
}
