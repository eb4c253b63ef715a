use super::params::MOST_CLICKS;
use super::places::Places;
use super::twin::{self, Told};
use super::*;
use crate::numeric::Draws;
use crate::recommend::rows::Rows;

const ALL: &dyn Fn(u32) -> bool = &|_| true;

fn index(sessions: &[Told]) -> Sessions {
    let mut rows = Rows::default();
    sessions.iter().for_each(|(_, clicks)| rows.push(clicks.iter().copied()));
    let times: Vec<i64> = sessions.iter().map(|(time, _)| *time).collect();
    Sessions::build(&times, &rows)
}

fn ask(index: &Sessions, params: SessionNeighbours, clicks: &[u32], n: usize) -> Vec<Suggested> {
    let running = Running { clicks, n, keep: ALL };
    index.rank(&Weights::new(params), &running, &mut Scratch::default())
}

/// Every answer of an index, to the bit.
fn answers(index: &Sessions, params: SessionNeighbours) -> Vec<(u32, u64, Vec<u32>)> {
    let mut draws = Draws::new(3, &[b"questions"]);
    let mut scratch = Scratch::default();
    let weights = Weights::new(params);
    let mut all = Vec::new();
    for _ in 0..40 {
        let clicks = clicks(&mut draws, 9);
        let running = Running { clicks: &clicks, n: 100, keep: ALL };
        let answer = index.rank(&weights, &running, &mut scratch);
        let line = |s: &Suggested| (s.item, s.score.to_bits(), s.because.items().to_vec());
        all.extend(answer.iter().map(line));
    }
    all
}

/// One to `most` clicks on twelve items, many of them known.
fn clicks(draws: &mut Draws, most: usize) -> Vec<u32> {
    (0..=draws.below(most)).map(|_| 7 * draws.below(12) as u32).collect()
}

/// Sessions of which some are at the same time, and some are equal.
fn world(draws: &mut Draws) -> Vec<Told> {
    let mut world: Vec<Told> = Vec::new();
    for _ in 0..draws.below(40) {
        let time = (draws.unit() * 9e8) as i64;
        match draws.below(6) {
            0 if !world.is_empty() => world.push(world[draws.below(world.len())].clone()),
            1 if !world.is_empty() => world.push((world[0].0, clicks(draws, 9))),
            2 => world.push((time, Vec::new())),
            _ => world.push((time, clicks(draws, 9))),
        }
    }
    world
}

fn some(draws: &mut Draws) -> SessionNeighbours {
    let fall = |draws: &mut Draws| match draws.below(3) {
        0 => Fall::Linear,
        1 => Fall::Exponential(0.3 + 3.0 * draws.unit()),
        _ => Fall::Never,
    };
    let scale = |draws: &mut Draws| (draws.below(2) == 0).then(|| 0.2 + 4.0 * draws.unit());
    SessionNeighbours::vmis_knn()
        .recent([1, 2, 5, 50][draws.below(4)])
        .neighbours([1, 3, 8, 50][draws.below(4)])
        .clicks([1, 2, 4, 8, 32][draws.below(5)])
        .position(fall(draws))
        .matched(fall(draws))
        .distance(scale(draws))
        .half_life_days(scale(draws))
        .by_length(draws.below(2) == 0)
        .rarity([Rarity::Times(2.0), Rarity::Plus(0.0), Rarity::Plus(5.0)][draws.below(3)])
}

fn equal(ours: &[Suggested], theirs: &twin::Shares) {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs().max(1.0);
    assert_eq!(ours.len(), theirs.len(), "{ours:?}\n{theirs:?}");
    for suggested in ours {
        let shares = &theirs[&suggested.item];
        let score: f64 = shares.values().sum();
        assert!(close(suggested.score, score), "{suggested:?} {score}");
        let mut shares: Vec<(u32, f64)> = shares.iter().map(|(i, s)| (*i, *s)).collect();
        shares.retain(|(_, share)| *share > 0.0);
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        // Where two are as good as equal, rounding may say which comes first.
        if shares.windows(2).all(|two| two[0].1 - two[1].1 > 1e-9) {
            let named: Vec<u32> = shares.iter().take(3).map(|(item, _)| *item).collect();
            assert_eq!(suggested.because.items(), named);
        }
    }
    let order =
        |a: &Suggested, b: &Suggested| a.score > b.score || a.score == b.score && a.item < b.item;
    assert!(ours.is_sorted_by(order), "{ours:?}");
}

#[test]
fn scores_are_those_of_the_formulas() {
    let mut draws = Draws::new(1, &[b"formulas"]);
    let (mut scratch, mut answered) = (Scratch::default(), 0);
    for round in 0..3000 {
        let world = world(&mut draws);
        let params = match round % 4 {
            0 => SessionNeighbours::vmis_knn(),
            1 => SessionNeighbours::vstan(),
            _ => some(&mut draws),
        };
        assert!(params.check().is_ok());
        let (index, weights) = (index(&world), Weights::new(params));
        for _ in 0..3 {
            let clicks = clicks(&mut draws, 12);
            let running = Running { clicks: &clicks, n: usize::MAX, keep: ALL };
            let ours = index.rank(&weights, &running, &mut scratch);
            equal(&ours, &twin::shares(&world, &params, &clicks));
            answered += ours.len();
        }
    }
    assert!(answered > 20_000, "{answered}");
}

#[test]
fn who_goes_leaves_nothing_and_who_comes_is_there() {
    let mut draws = Draws::new(2, &[b"coming and going"]);
    for _ in 0..150 {
        let (mut held, params) = (world(&mut draws), some(&mut draws));
        let mut live = index(&held);
        for _ in 0..30 {
            if draws.below(2) == 0 || held.is_empty() {
                let time = held.first().map_or(0, |first| first.0) + draws.below(3) as i64;
                let told = (time, clicks(&mut draws, 9));
                assert!(live.insert(told.0, &told.1));
                held.push(told);
            } else {
                let gone = held.swap_remove(draws.below(held.len()));
                assert_eq!(live.remove(gone.0, &gone.1), !gone.1.is_empty());
            }
        }
        let anew = index(&held);
        assert_eq!(live.len(), anew.len());
        assert_eq!(answers(&live, params), answers(&anew, params));
        let bytes = |index: &Sessions| postcard::to_allocvec(index).unwrap();
        assert_eq!(bytes(&live), bytes(&anew));
        let read: Sessions = postcard::from_bytes(&bytes(&live)).unwrap();
        assert_eq!(answers(&read, params), answers(&anew, params));
    }
}

#[test]
fn equal_sessions_are_as_many_as_came() {
    let told = || (5, vec![1, 2, 1]);
    let mut live = index(&[told(), told(), (6, vec![1, 3])]);
    assert!(live.remove(5, &[1, 2, 1]));
    let one = index(&[told(), (6, vec![1, 3])]);
    let params = SessionNeighbours::vmis_knn();
    assert_eq!(ask(&live, params, &[1], 9), ask(&one, params, &[1], 9));
    // Neither the order of clicks nor their repetition is another session's.
    for (time, clicks) in [(5, &[2, 1, 1][..]), (5, &[1, 2]), (4, &[1, 2, 1]), (5, &[]), (5, &[9])]
    {
        assert!(!live.remove(time, clicks), "{clicks:?}");
    }
    assert!(live.remove(5, &[1, 2, 1]));
    assert!(!live.remove(5, &[1, 2, 1]));
    assert!(live.remove(6, &[1, 3]));
    assert_eq!((live.len(), live.items()), (0, 0));
    assert!(ask(&live, params, &[1], 9).is_empty());
}

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
        let none = Running { clicks: &[5], n: 9, keep: &|_| false };
        assert!(index.rank(&Weights::new(params), &none, &mut Scratch::default()).is_empty());
    }
    assert_eq!(
        SessionNeighbours::vstan().chosen(&[], &Rows::default()),
        SessionNeighbours::vstan()
    );
}

#[test]
fn as_many_as_are_asked_and_allowed() {
    let mut draws = Draws::new(4, &[b"allowed"]);
    for _ in 0..300 {
        let index = index(&world(&mut draws));
        let clicks = clicks(&mut draws, 9);
        let all = ask(&index, SessionNeighbours::vstan(), &clicks, usize::MAX);
        let keep = |item: u32| item % 2 == 0;
        for n in 0..8 {
            let running = Running { clicks: &clicks, n, keep: &keep };
            let weights = Weights::new(SessionNeighbours::vstan());
            let some = index.rank(&weights, &running, &mut Scratch::default());
            let kept: Vec<_> = all.iter().filter(|s| keep(s.item)).take(n).copied().collect();
            assert_eq!(some, kept);
        }
    }
}

#[test]
fn equal_scores_go_by_the_smaller_number() {
    let sessions = [(1, vec![9, 4, 2, 7]), (2, vec![8, 5])];
    let items = |clicks: &[u32]| -> Vec<u32> {
        let answer = ask(&index(&sessions), SessionNeighbours::vmis_knn(), clicks, 9);
        answer.iter().map(|suggested| suggested.item).collect()
    };
    assert_eq!(items(&[4]), [2, 7, 9]);
    // The item that was clicked last is no candidate, one that was clicked before it is.
    assert_eq!(items(&[9, 4]), [2, 7, 9]);
    assert_eq!(items(&[4, 9, 4]), [2, 7, 9]);
}

#[test]
fn recent_sessions_and_what_is_close_to_the_match_come_first() {
    let day = 86_400_000;
    let first = |params: SessionNeighbours, sessions: &[Told], clicks: &[u32]| {
        ask(&index(sessions), params, clicks, 1)[0].item
    };
    let (vmis, vstan) = (SessionNeighbours::vmis_knn(), SessionNeighbours::vstan());
    let old_and_new = [(0, vec![1, 2]), (90 * day, vec![1, 3]), (90 * day, vec![8, 9])];
    assert_eq!(first(vmis, &old_and_new, &[1]), 2);
    assert_eq!(first(vstan, &old_and_new, &[1]), 3);
    let far_and_near = [(0, vec![2, 4, 5, 1, 3])];
    assert_eq!(first(vmis, &far_and_near, &[1]), 2);
    assert_eq!(first(vstan, &far_and_near, &[1]), 3);
    // The match is what the running session clicked last, not what the neighbour did.
    assert_eq!(first(vstan, &[(0, vec![2, 1, 4, 5, 6])], &[6, 1]), 2);
    // The nearest of several clicks counts.
    assert_eq!(first(vstan, &[(0, vec![1, 3, 4, 2, 5, 1])], &[1]), 3);
    assert_eq!(first(vstan, &[(0, vec![1, 4, 2, 3, 5, 4, 1])], &[1]), 4);
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
            let running = Running { clicks: &clicks, n: 9, keep: &|_| panic!("a host's mistake") };
            let mut ask = || index.rank(&weights, &running, &mut scratch).len();
            _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut ask));
        }
        let running = Running { clicks: &clicks, n: 9, keep: ALL };
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
        pool.with(|scratch| index.rank(&weights, &Running { clicks, n: 9, keep: ALL }, scratch))
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
    // Everybody walks from an item to the next one, among many who walk as they like.
    let mut draws = Draws::new(7, &[b"walks"]);
    let walk = |draws: &mut Draws, step: usize| -> Vec<u32> {
        let from = draws.below(60);
        (0..8).map(|n| ((from + n * step) % 60) as u32).collect()
    };
    let mut world: Vec<Told> = (0..600).map(|time| (time, walk(&mut draws, 1))).collect();
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
