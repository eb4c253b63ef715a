//! Nothing, too much, and what was made up.

use super::params::MOST_CLICKS;
use super::past::LONGEST;
use super::places::Places;
use super::scratch::Scratch;
use super::tests::{ALL, answers, ask, clicks, index, some, world};
use super::twin::Told;
use super::*;
use crate::numeric::Draws;
use crate::recommend::pool::Pool;
use crate::recommend::rows::Rows;

#[test]
fn nothing_comes_of_nothing() {
    let worlds = [vec![], vec![(3, vec![])], vec![(3, vec![4])], vec![(3, vec![4, 5])]];
    for params in [SessionNeighbours::vmis_knn(), SessionNeighbours::vstan()] {
        for world in &worlds {
            let index = index(world);
            for clicks in [&[][..], &[9], &[5], &[u32::MAX, 9]] {
                let answer = ask(&index, params, clicks, 10_000_000);
                assert_eq!(
                    !answer.is_empty(),
                    world.len() == 1 && world[0].1.len() == 2 && clicks == [5]
                );
            }
        }
        let index = index(&worlds[3]);
        assert!(ask(&index, params, &[5], 0).is_empty());
        let [only] = ask(&index, params, &[5], 10_000_000)[..] else { panic!("one item") };
        assert_eq!((only.item, only.because.items()), (4, &[5][..]));
        assert!(only.score > 0.0);
        // What is unknown stands in the way of nothing, but is the last click.
        assert_eq!(ask(&index, params, &[5, 9], 9).len(), 2);
        let none = Running { clicks: &[5], n: 9, keep: &|_| false, why: true };
        assert!(index.rank(&Weights::new(params), &none, &mut Scratch::default()).is_empty());
    }
    assert_eq!(
        SessionNeighbours::vstan().chosen(&[], &Rows::default()),
        SessionNeighbours::vstan()
    );
}

#[test]
fn of_a_million_clicks_the_last_are_kept() {
    let clicks: Vec<u32> = (0..1_000_000).collect();
    let long = index(&[(1, clicks.clone()), (2, vec![999_999, 7])]);
    assert_eq!(long.items(), LONGEST + 1);
    let short = index(&[(1, clicks[1_000_000 - LONGEST..].to_vec()), (2, vec![999_999, 7])]);
    let params = SessionNeighbours::vstan();
    let answer = ask(&long, params, &[999_999], usize::MAX);
    assert_eq!(answer, ask(&short, params, &[999_999], usize::MAX));
    // All but the farthest, which weigh as good as nothing, and no less than that.
    assert!(answer.len() > 100 && answer.iter().all(|suggested| suggested.score > 0.0));
    assert_eq!(ask(&long, params, &clicks, 10), ask(&long, params, &clicks[999_990..], 10));
    let mut live = long.clone();
    assert!(live.remove(1, &clicks));
    assert!(live.insert(1, &clicks));
    assert_eq!(answers(&live, params), answers(&long, params));
    // One item clicked a million times is one item.
    let stubborn = index(&[(1, vec![5; 1_000_000])]);
    assert_eq!((stubborn.len(), stubborn.items()), (1, 1));
}

#[test]
fn times_may_be_anything() {
    let sessions = [(i64::MIN, vec![1, 2]), (i64::MAX, vec![1, 3]), (0, vec![1, 4])];
    for params in [SessionNeighbours::vmis_knn(), SessionNeighbours::vstan()] {
        let answer = ask(&index(&sessions), params, &[1], 9);
        assert_eq!(
            answer.first().map(|suggested| suggested.item),
            Some(if params == SessionNeighbours::vmis_knn() { 2 } else { 3 })
        );
        assert!(answer.iter().all(|suggested| suggested.score.is_finite()));
    }
}

#[test]
fn a_scratch_remembers_nothing() {
    let mut draws = Draws::new(5, &[b"scratch"]);
    let (mut scratch, pool) = (Scratch::default(), Pool::default());
    for round in 0..400 {
        let (index, params) = (index(&world(&mut draws)), some(&mut draws));
        let (weights, clicks) = (Weights::new(params), clicks(&mut draws, 9));
        if round % 7 == 0 {
            // A question that is broken off in the middle.
            let running =
                Running { clicks: &clicks, n: 9, keep: &|_| panic!("a host's mistake"), why: true };
            let mut ask = || index.rank(&weights, &running, &mut scratch).len();
            _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut ask));
        }
        let running = Running { clicks: &clicks, n: 9, keep: ALL, why: true };
        let fresh = index.rank(&weights, &running, &mut Scratch::default());
        assert_eq!(index.rank(&weights, &running, &mut scratch), fresh);
        assert_eq!(pool.with(|scratch| index.rank(&weights, &running, scratch)), fresh);
    }
}

#[test]
fn threads_share_an_index() {
    let mut draws = Draws::new(6, &[b"threads"]);
    let index = index(&(0..20).flat_map(|_| world(&mut draws)).collect::<Vec<_>>());
    let (params, pool) = (SessionNeighbours::vstan(), Pool::default());
    let weights = Weights::new(params);
    let once = |clicks: &[u32]| {
        pool.with(|scratch| {
            index.rank(&weights, &Running { clicks, n: 9, keep: ALL, why: true }, scratch)
        })
    };
    let all = || (0..200).map(|n| once(&[7 * (n % 12), 7 * (n % 5)])).collect::<Vec<_>>();
    let alone = all();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(all)).collect();
        threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), alone));
    });
}

#[test]
fn made_up_bytes_only_cost_an_error() {
    let good = index(&[(1, vec![3, 4, 3]), (2, vec![4])]);
    let json = serde_json::to_value(&good).unwrap();
    let with = |field: &str, value: serde_json::Value| {
        let mut json = json.clone();
        json[field] = value;
        serde_json::from_value::<Sessions>(json).is_ok()
    };
    assert!(with("times", serde_json::json!([1, 2])));
    assert!(!with("times", serde_json::json!([1])));
    assert!(!with("times", serde_json::json!([1, 2, 3])));
    assert!(!with("lengths", serde_json::json!([4, 0])));
    assert!(!with("lengths", serde_json::json!([1, 2])));
    assert!(!with("lengths", serde_json::json!([3, 2])));
    assert!(!with("clicks", serde_json::json!(vec![4; 300])));
    let long = serde_json::json!({"times": [1], "lengths": [257], "clicks": vec![4; 257]});
    assert!(serde_json::from_value::<Sessions>(long).is_err());
    // A number beyond any catalogue takes no memory.
    assert!(with("clicks", serde_json::json!([u32::MAX, 4, u32::MAX - 1, 4])));
}

#[test]
fn decays_are_chosen_by_what_came_next() {
    // Everybody walks from an item to the next one.
    let mut draws = Draws::new(7, &[b"walks"]);
    let walk = |draws: &mut Draws| -> Vec<u32> {
        let from = draws.below(60) as u32;
        (from..from + 8).map(|item| item % 60).collect()
    };
    let mut world: Vec<Told> = (0..600).map(|time| (time, walk(&mut draws))).collect();
    // The oldest ones know nothing of it: only with those between them is it learned.
    world.extend((-90..0).map(|time| (time, vec![1000, 1001])));
    let rows = |world: &[Told]| {
        let mut rows = Rows::default();
        world.iter().for_each(|(_, clicks)| rows.push(clicks.iter().copied()));
        (world.iter().map(|(time, _)| *time).collect::<Vec<_>>(), rows)
    };
    let (times, told) = rows(&world);
    let wide = SessionNeighbours::vstan().distance(Some(8.0));
    let chosen = wide.chosen(&times, &told);
    assert!(chosen.check().is_ok());
    assert_ne!(chosen, wide);
    assert!(chosen.distance < wide.distance, "{chosen:?}");
    // In whichever order they are told; and what is not in use stays so.
    world.reverse();
    let (times, told) = rows(&world);
    assert_eq!(wide.chosen(&times, &told), chosen);
    let vmis = SessionNeighbours::vmis_knn();
    assert_eq!(vmis.chosen(&times, &told), vmis);
}

#[test]
fn parameters_out_of_range_are_refused() {
    let good = SessionNeighbours::vstan();
    let bad = [
        good.recent(0),
        good.recent(100_001),
        good.neighbours(0),
        good.neighbours(10_001),
        good.clicks(0),
        good.clicks(MOST_CLICKS + 1),
        good.position(Fall::Exponential(0.0)),
        good.position(Fall::Exponential(f64::NAN)),
        good.matched(Fall::Exponential(-1.0)),
        good.distance(Some(f64::INFINITY)),
        good.half_life_days(Some(0.0)),
        good.rarity(Rarity::Times(0.0)),
        good.rarity(Rarity::Plus(-1.0)),
    ];
    assert!(good.check().is_ok() && SessionNeighbours::vmis_knn().check().is_ok());
    assert!(good.rarity(Rarity::Plus(0.0)).check().is_ok());
    for params in bad {
        assert!(params.check().is_err(), "{params:?}");
    }
}

#[test]
fn places_are_counted_as_keys_come() {
    let mut draws = Draws::new(8, &[b"places"]);
    let mut places = Places::default();
    for most in [0, 1, 7, 300, 20] {
        places.start(most);
        let mut known: Vec<u32> = Vec::new();
        for _ in 0..4 * most {
            let key = draws.below(most) as u32 * if most > 100 { 1 << 20 } else { 1 };
            let place = known.iter().position(|other| *other == key).unwrap_or(known.len());
            if place == known.len() {
                known.push(key);
            }
            assert_eq!(places.place(key), place + 1);
        }
    }
}
