//! Session neighbours with maps and lists, straight from the formulas, in no hurry.

use std::collections::{BTreeMap, BTreeSet};

use super::params::{Fall, Rarity, SessionNeighbours};

/// A session: when its last click was, and its clicks.
pub(super) type Told = (i64, Vec<u32>);

/// What each item of the running session did for each item that may come next.
pub(super) type Shares = BTreeMap<u32, BTreeMap<u32, f64>>;

/// How long before the last click each item was clicked last.
fn far(clicks: &[u32]) -> BTreeMap<u32, usize> {
    let mut far = BTreeMap::new();
    for (at, item) in clicks.iter().enumerate() {
        far.insert(*item, clicks.len() - 1 - at);
    }
    far
}

fn fall(fall: Fall, far: usize, linear: f64) -> f64 {
    match fall {
        Fall::Linear => linear,
        Fall::Exponential(scale) => (-(far as f64) / scale).exp(),
        Fall::Never => 1.0,
    }
}

/// The smallest number of clicks between two items of a session.
fn between(clicks: &[u32], a: u32, b: u32) -> usize {
    let at = |item| (0..clicks.len()).filter(move |at| clicks[*at] == item);
    at(a).flat_map(|x| at(b).map(move |y| x.abs_diff(y))).min().unwrap()
}

/// Everything that may come next, with who spoke for it how much.
pub(super) fn shares(sessions: &[Told], params: &SessionNeighbours, running: &[u32]) -> Shares {
    let sessions: Vec<Told> = sessions
        .iter()
        .map(|(time, clicks)| (*time, clicks[clicks.len().saturating_sub(256)..].to_vec()))
        .filter(|(_, clicks)| !clicks.is_empty())
        .collect();
    let running = &running[running.len().saturating_sub(params.clicks as usize)..];
    let seeds = far(running);
    let weight =
        |item: &u32| fall(params.position, seeds[item], (running.len() - seeds[item]) as f64);
    let norm = if params.by_length {
        seeds.keys().map(|item| weight(item).powi(2)).sum::<f64>().sqrt()
    } else {
        seeds.len() as f64
    };

    // The most recent that share an item.
    let shared = |clicks: &[u32]| -> Vec<u32> {
        let distinct: BTreeSet<u32> = clicks.iter().copied().collect();
        let mut shared: Vec<u32> = distinct.into_iter().filter(|i| seeds.contains_key(i)).collect();
        shared.sort_by_key(|item| seeds[item]);
        shared
    };
    let mut found: Vec<&Told> = sessions.iter().filter(|s| !shared(&s.1).is_empty()).collect();
    found.sort();
    found.reverse();
    found.truncate(params.recent as usize);

    // The nearest of them.
    let newest = found.first().map_or(0, |session| session.0);
    let worth = |session: &Told| {
        let distinct: BTreeSet<&u32> = session.1.iter().collect();
        let length = if params.by_length { 1.0 / (distinct.len() as f64).sqrt() } else { 1.0 };
        let days = (newest - session.0) as f64 / 86_400_000.0;
        length * params.half_life_days.map_or(1.0, |half_life| 0.5_f64.powf(days / half_life))
    };
    let near = |session: &Told| {
        shared(&session.1).iter().map(weight).fold(0.0, |sum, weight| sum + weight) * worth(session)
    };
    found.sort_by(|a, b| near(b).total_cmp(&near(a)));
    found.truncate(params.neighbours as usize);

    // What they say.
    let mut shares = Shares::new();
    for session in found {
        let latest = shared(&session.1)[0];
        let matched = (0.9 - 0.1 * seeds[&latest] as f64).max(0.0);
        let matched = fall(params.matched, seeds[&latest], matched);
        for item in session.1.iter().collect::<BTreeSet<_>>() {
            let clicks = between(&session.1, *item, latest) as f64;
            let distance = params.distance.map_or(1.0, |scale| (-clicks / scale).exp());
            let with = sessions.iter().filter(|(_, clicks)| clicks.contains(item)).count();
            let idf = (sessions.len() as f64 / with as f64).ln();
            let rarity = match params.rarity {
                Rarity::Times(_) if with == sessions.len() => 1.0,
                Rarity::Times(weight) => weight * idf,
                Rarity::Plus(weight) => 1.0 + weight * idf,
            };
            for seed in shared(&session.1) {
                let share = weight(&seed) / norm * worth(session) * matched * distance * rarity;
                *shares.entry(*item).or_default().entry(seed).or_default() += share;
            }
        }
    }
    shares.retain(|item, by| Some(item) != running.last() && by.values().sum::<f64>() > 0.0);
    shares
}
