//! What the formulas say, and what remains of who went.

use super::rank::Suggested;
use super::scratch::Scratch;
use super::twin::{self, Told};
use super::*;
use crate::numeric::Draws;
use crate::recommend::rows::Rows;

pub(super) const ALL: &dyn Fn(u32) -> bool = &|_| true;

pub(super) fn index(sessions: &[Told]) -> Sessions {
    let mut rows = Rows::default();
    sessions.iter().for_each(|(_, clicks)| rows.push(clicks.iter().copied()));
    let times: Vec<i64> = sessions.iter().map(|(time, _)| *time).collect();
    Sessions::build(&times, &rows)
}

pub(super) fn ask(
    index: &Sessions,
    params: SessionNeighbours,
    clicks: &[u32],
    n: usize,
) -> Vec<Suggested> {
    let running = Running { clicks, n, keep: ALL, why: true };
    index.rank(&Weights::new(params), &running, &mut Scratch::default())
}

/// Every answer of an index, to the bit.
pub(super) fn answers(index: &Sessions, params: SessionNeighbours) -> Vec<(u32, u64, Vec<u32>)> {
    let mut draws = Draws::new(3, &[b"questions"]);
    let mut scratch = Scratch::default();
    let weights = Weights::new(params);
    let mut all = Vec::new();
    for _ in 0..40 {
        let clicks = clicks(&mut draws, 9);
        let running = Running { clicks: &clicks, n: 100, keep: ALL, why: true };
        let answer = index.rank(&weights, &running, &mut scratch);
        let line = |s: &Suggested| (s.item, s.score.to_bits(), s.because.items().to_vec());
        all.extend(answer.iter().map(line));
    }
    all
}

/// One to `most` clicks on twelve items, many of them known.
pub(super) fn clicks(draws: &mut Draws, most: usize) -> Vec<u32> {
    (0..=draws.below(most)).map(|_| 7 * draws.below(12) as u32).collect()
}

/// Sessions of which some are at the same time, and some are equal.
pub(super) fn world(draws: &mut Draws) -> Vec<Told> {
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

pub(super) fn some(draws: &mut Draws) -> SessionNeighbours {
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
            let running = Running { clicks: &clicks, n: usize::MAX, keep: ALL, why: true };
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
fn of_equal_sessions_one_goes_from_every_list() {
    let equal = (100, vec![1, 2]);
    let mut held: Vec<Told> = (0..10).map(|time| (time, vec![1])).collect();
    held.extend(std::iter::repeat_n(equal.clone(), 6));
    let (mut live, params) = (index(&held), SessionNeighbours::vmis_knn());
    for gone in 1..6 {
        assert!(live.remove(equal.0, &equal.1));
        let anew = index(&held[..held.len() - gone]);
        assert_eq!(ask(&live, params, &[3, 2, 1], 9), ask(&anew, params, &[3, 2, 1], 9));
        // Of equal ones the same is the most recent, whatever is asked.
        let one = params.recent(1);
        assert_eq!(ask(&live, one, &[3, 2, 1], 9), ask(&anew, one, &[3, 2, 1], 9));
    }
}

#[test]
fn of_equal_sessions_one_is_taken_whole() {
    // The list of 1 shows thirty newer sessions and ten of the equal ones, the list of 2
    // shows forty of those: the ten are taken, with all that they share.
    let mut held = vec![(100, vec![1, 2]); 60];
    held.extend(vec![(200, vec![1]); 30]);
    let (index, params) = (index(&held), SessionNeighbours::vmis_knn().recent(40));
    for clicks in [[3, 2, 1], [3, 1, 2]] {
        equal(&ask(&index, params, &clicks, 9), &twin::shares(&held, &params, &clicks));
    }
}

#[test]
fn who_spoke_as_much_is_named_by_the_smaller_number() {
    let index = index(&[(1, vec![5, 9]), (1, vec![6, 9]), (1, vec![4, 9]), (1, vec![7, 9])]);
    let params = SessionNeighbours::vmis_knn().position(Fall::Never).matched(Fall::Never);
    for clicks in [[7, 4, 6, 5], [5, 6, 4, 7], [6, 7, 5, 4]] {
        let answer = ask(&index, params, &clicks, 1);
        assert_eq!(answer[0].because.items(), [4, 5, 6]);
    }
}

#[test]
fn as_many_as_are_asked_and_allowed() {
    let mut draws = Draws::new(4, &[b"allowed"]);
    for _ in 0..300 {
        let index = index(&world(&mut draws));
        let clicks = clicks(&mut draws, 9);
        let all = ask(&index, SessionNeighbours::vstan(), &clicks, usize::MAX);
        let keep = |item: u32| item.is_multiple_of(2);
        for n in 0..8 {
            let running = Running { clicks: &clicks, n, keep: &keep, why: true };
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
