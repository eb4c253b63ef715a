//! Audiences against sets of identifiers, which share no code with them; and what is
//! shown of them against somebody who knows the rule and tries every world.

use std::collections::{BTreeMap, BTreeSet};

use super::{Audience, Overlaps, Roster};
use crate::numeric::Draws;
use crate::types::{Identifier, Timestamp, days};

type Set = BTreeSet<Identifier>;

fn monday() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn customer(n: usize) -> Identifier {
    format!("c{n}").into()
}

fn roster(n: usize) -> Roster {
    Roster::new(monday(), (0..n).map(customer)).unwrap()
}

/// Everybody with a chance.
fn some(roster: &Roster, chance: f64, draws: &mut Draws) -> Set {
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
