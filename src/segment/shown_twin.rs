//! What is shown of audiences against somebody who knows the rule and tries every world,
//! and against the rule said directly.

use std::collections::{BTreeMap, BTreeSet};

use super::audience_twin::{Set, customer, roster, some};
use super::{Audience, Overlaps, Roster};
use crate::numeric::Draws;

/// Customers in neither of two audiences, the one, the other, and both.
type World = [usize; 4];

/// Every way to put `n` customers into two audiences, by size.
fn worlds(n: usize) -> impl Iterator<Item = World> {
    (0..=n).flat_map(move |a| {
        (0..=n - a).flat_map(move |b| (0..=n - a - b).map(move |c| [n - a - b - c, a, b, c]))
    })
}

/// The two audiences of a world.
fn two(roster: &Roster, world: World) -> [Audience; 2] {
    let place = |n: usize| (0..4).find(|i| n < world[..=*i].iter().sum()).unwrap();
    [1, 2].map(|bit| {
        let inside = (0..roster.len()).filter(|n| place(*n) & bit != 0);
        Audience::of_numbers(roster, inside.map(|n| n as u32))
    })
}

/// Everything that can be shown of two audiences: the table, and the count of every set
/// that can be made of the two, some made in two ways.
fn shown(roster: &Roster, world: World) -> (String, Vec<Option<u64>>) {
    let [a, b] = two(roster, world);
    let cells = [
        a.not().minus(&b).unwrap(),
        a.minus(&b).unwrap(),
        b.and(&a.not()).unwrap(),
        a.and(&b).unwrap(),
    ];
    let sets = (0..16).map(|chosen| {
        let chosen = (0..4).filter(|i| chosen >> i & 1 == 1).map(|i| &cells[i]);
        chosen.fold(Audience::nobody(roster), |set, cell| set.or(cell).unwrap())
    });
    let everyone = Audience::everyone(roster);
    let made = [a.or(&b).unwrap(), a.and(&a).unwrap(), a.not().not(), b.and(&everyone).unwrap()];
    let (half, rest) = (a.or(&b).unwrap(), b.minus(&a).unwrap());
    let overlaps =
        Overlaps::of([("a", &a), ("b", &b), ("either", &half), ("rest", &rest)]).unwrap();
    let counts = sets.chain(made).map(|set| set.count()).collect();
    (overlaps.to_string(), counts)
}

/// Whoever knows the rule tries every world, and keeps those in which exactly the same
/// is shown. If a group is small, there are worlds among them in which it has another
/// size: as many sizes as `k`, and so it may be none at all, or bounded by sums alone.
#[test]
fn nothing_shown_tells_of_a_small_group() {
    for (k, n) in [(2, 9), (3, 14), (5, 22)] {
        let roster = roster(n).hide_groups_below(k);
        let mut alike: BTreeMap<_, Vec<World>> = BTreeMap::new();
        worlds(n).for_each(|world| alike.entry(shown(&roster, world)).or_default().push(world));
        let mut open = 0;
        for worlds in alike.values() {
            open += usize::from(worlds.len() == 1);
            for group in 1..15u32 {
                let size = |world: &World| -> usize {
                    (0..4).filter(|i| group >> i & 1 == 1).map(|i| world[i]).sum()
                };
                let sizes: BTreeSet<usize> = worlds.iter().map(size).collect();
                let small = sizes.iter().any(|size| (1..k as usize).contains(size));
                assert!(!small || sizes.len() >= k as usize, "k {k}, group {group}: {sizes:?}");
            }
        }
        // And it is not that nothing is shown.
        let large = |world: &World| world.iter().all(|cell| *cell >= k as usize);
        assert_eq!(open, worlds(n).filter(large).count());
    }
}

/// The rule, said directly: each customer is of the part that says which of the audiences
/// it is in, and every part there can be has at least `k`.
#[test]
fn a_count_is_shown_where_every_part_is_large() {
    let mut draws = Draws::new(4, &[b"parts"]);
    let mut seen = [[0; 2]; 5];
    for case in 0..2_000 {
        let (k, several) = (2 + draws.below(3), 1 + case % 4);
        let roster = roster(40 + draws.below(60)).hide_groups_below(k as u64);
        let chance = [0.05, 0.2, 0.5][draws.below(3)];
        let sets: Vec<Set> = (0..several).map(|_| some(&roster, chance, &mut draws)).collect();
        let mut parts: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
        for n in 0..roster.len() {
            let part = sets.iter().map(|set| set.contains(&customer(n))).collect();
            *parts.entry(part).or_default() += 1;
        }
        let large = parts.len() == 1 << several && parts.values().all(|size| *size >= k);
        let audiences = sets.iter().map(|set| Audience::of(&roster, set));
        let made = audiences.reduce(|all, one| match draws.below(3) {
            0 => all.or(&one).unwrap(),
            1 => all.and(&one).unwrap().not(),
            _ => all.minus(&one).unwrap(),
        });
        let made = made.unwrap();
        assert_eq!(made.count(), large.then_some(made.len() as u64), "case {case}: {parts:?}");
        seen[several][usize::from(large)] += 1;
    }
    assert!(seen[1..].iter().flatten().all(|n| *n > 20), "{seen:?}");
}

#[test]
fn what_is_shown_by_case() {
    let roster = roster(100).hide_groups_below(10);
    let counts = |world| {
        let [a, b] = two(&roster, world);
        [a.count(), b.count(), a.overlap(&b).unwrap(), b.overlap(&a).unwrap()]
    };
    let cases: [(World, [Option<u64>; 3]); 9] = [
        // Neither, first alone, second alone, both: first, second, overlap.
        ([40, 20, 20, 20], [Some(40), Some(40), Some(20)]),
        ([70, 10, 10, 10], [Some(20), Some(20), Some(10)]),
        // Few in common, or none.
        ([41, 20, 30, 9], [Some(29), Some(39), None]),
        ([50, 20, 30, 0], [Some(20), Some(30), None]),
        // Nearly all of the one in the other, or all.
        ([50, 9, 20, 21], [Some(30), Some(41), None]),
        ([50, 0, 20, 30], [Some(30), Some(50), None]),
        // Nearly everybody in one of the two.
        ([9, 31, 30, 30], [Some(61), Some(60), None]),
        // The one is small; the one is nearly everybody.
        ([50, 4, 45, 1], [None, Some(46), None]),
        ([4, 46, 2, 48], [None, Some(50), None]),
    ];
    for (world, [a, b, overlap]) in cases {
        assert_eq!(counts(world), [a, b, overlap, overlap], "{world:?}");
    }
    let few = self::roster(9).hide_groups_below(10);
    assert_eq!(Audience::everyone(&few).count(), None);
    assert_eq!(Audience::everyone(&roster).count(), Some(100));
    let [a, b] = two(&roster.clone().hide_groups_below(1), [97, 1, 2, 0]);
    assert_eq!([a.count(), b.count(), a.overlap(&b).unwrap()], [Some(1), Some(2), Some(0)]);
    // The same audience twice is no further cut.
    let [a, b] = two(&roster, [40, 20, 20, 20]);
    let twice = a.and(&b).unwrap().or(&a).unwrap().minus(&b).unwrap();
    assert_eq!([a.overlap(&a).unwrap(), twice.count()], [Some(40), Some(20)]);
    // Absurd limits hide everything and overflow nothing.
    let [a, b] = two(&roster.hide_groups_below(u64::MAX), [25; 4]);
    assert_eq!([a.count(), a.overlap(&b).unwrap()], [None, None]);
}

/// 97 are hidden because three are left; so are the halves, which sum to 97.
#[test]
fn a_lot_shows_no_more_than_the_whole() {
    let roster = roster(100).hide_groups_below(10);
    let whole = Audience::of_numbers(&roster, 0..97);
    let (inside, rest) = whole.split(0.5, 3).unwrap();
    assert_eq!([inside.count(), rest.count(), whole.sample(40, 3).count()], [None; 3]);
    let whole = Audience::of_numbers(&roster, 0..60);
    let (inside, rest) = whole.split(0.5, 3).unwrap();
    assert_eq!(inside.count().unwrap() + rest.count().unwrap(), 60);
    assert_eq!(whole.sample(30, 3).count(), Some(30));
}

/// A hundred audiences can be put together; where so many parts cannot all be large,
/// nothing is worked out.
#[test]
fn many_audiences_are_one() {
    for (k, count) in [(0, Some(100)), (2, None)] {
        let roster = roster(200).hide_groups_below(k);
        let parts = (0..100).map(|n| Audience::of_numbers(&roster, [n]));
        let whole = parts.fold(Audience::nobody(&roster), |all, part| all.or(&part).unwrap());
        assert_eq!((whole.len(), whole.count()), (100, count));
    }
}

#[test]
fn a_table_says_what_is_wrong_and_keeps_its_columns() {
    let roster = roster(1200).hide_groups_below(10);
    let a = Audience::of_numbers(&roster, 0..1100);
    let b = Audience::of_numbers(&roster, 0..1195);
    let overlaps = Overlaps::of([("vip", &a), ("gute Käufer", &b)]).unwrap();
    let table = "\
1200 customers as of 2026-03-02T12:00:00Z
             size   vip  gute Käufer
vip          1100     -            *
gute Käufer     *     *            -
* would tell of a group of fewer than 10 customers";
    assert_eq!(overlaps.to_string(), table);
    let json = serde_json::to_string(&overlaps).unwrap();
    assert!(json.contains(r#"{"first":"vip","second":"gute Käufer","count":null}"#), "{json}");
    assert_eq!(serde_json::from_str::<Overlaps>(&json).unwrap(), overlaps);
    let few = self::roster(3);
    let [c, d] = [0..2, 1..3].map(|numbers| Audience::of_numbers(&few, numbers));
    let overlaps = Overlaps::of([("c", &c), ("d", &d)]).unwrap();
    let table = "\
3 customers as of 2026-03-02T12:00:00Z
   size     c     d
c     2     -     1
d     2     1     -";
    assert_eq!(overlaps.to_string(), table);
    assert_eq!([overlaps.overlap("d", "c"), overlaps.overlap("c", "e")], [Some(1), None]);
    let none: [(&str, &Audience); 0] = [];
    let cases = [
        (Overlaps::of(none), "`audiences` is empty: expected at least one"),
        (Overlaps::of([("vip", &a), ("b", &b), ("vip", &b)]), "`audiences` has `vip` twice"),
        (Overlaps::of([("", &a)]), "`audience name` is empty"),
    ];
    for (refused, says) in cases {
        let error = refused.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
