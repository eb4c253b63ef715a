//! Every step against a plain twin that starts from scratch for each item it chooses, and
//! the promises of each, on small random lists full of ties.

use std::collections::{BTreeMap, BTreeSet};

use super::calibrate::{Mix, chosen};
use super::*;
use crate::numeric::Draws;

fn worlds(name: &str, n: u64, mut test: impl FnMut(&mut Draws)) {
    (0..n).for_each(|seed| test(&mut Draws::new(seed, &[name.as_bytes()])));
}

fn quarter(draws: &mut Draws) -> f64 {
    draws.below(5) as f64 / 4.0
}

/// Some of 14 items, each once, best first, ties by number.
fn some_list(draws: &mut Draws) -> Vec<Ranked> {
    let below = if draws.below(3) == 0 { -0.75 } else { 0.0 };
    let scale = if draws.below(2) == 0 { 1.0 } else { 3.0 };
    let mut list = Vec::new();
    for item in 0..14 {
        if draws.below(3) > 0 {
            let because = (0..draws.below(4)).map(|_| draws.below(6) as u32).collect();
            list.push(Ranked { item, score: scale * (quarter(draws) + below), because });
        }
    }
    list.truncate(draws.below(16));
    super::super::best(list, usize::MAX)
}

fn items(list: &[Ranked]) -> Vec<u32> {
    list.iter().map(|ranked| ranked.item).collect()
}

fn sorted(list: &[Ranked]) -> Vec<u32> {
    let mut items = items(list);
    items.sort_unstable();
    items
}

/// Each score as a share of the greatest, or where it is in between when none is positive.
fn plain_relevance(list: &[Ranked], place: usize) -> f64 {
    let scores = || list.iter().map(|ranked| ranked.score);
    let most = scores().reduce(f64::max).unwrap();
    let least = scores().reduce(f64::min).unwrap();
    match (most > 0.0, most > least) {
        (true, _) => list[place].score / most,
        (false, true) => (list[place].score - least) / (most - least),
        (false, false) => 0.0,
    }
}

/// Chooses `n` places by a value that is worked out anew from those chosen before; then
/// the others.
fn greedily(list: &[Ranked], n: usize, value: impl Fn(&[usize], usize) -> f64) -> Vec<Ranked> {
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < n.min(list.len()) {
        let left = (0..list.len()).filter(|place| !chosen.contains(place));
        let valued = left.map(|place| (value(&chosen, place), place));
        let best = valued.reduce(|a, b| if b.0 > a.0 { b } else { a });
        chosen.push(best.unwrap().1);
    }
    let rest = (0..list.len()).filter(|place| !chosen.contains(place));
    chosen.iter().copied().chain(rest).map(|place| list[place].clone()).collect()
}

#[test]
fn lists_are_blended_as_published() {
    worlds("blend", 2_000, |draws| {
        let mut lists: Vec<Vec<Ranked>> = (0..draws.below(4)).map(|_| some_list(draws)).collect();
        for list in &mut lists {
            if draws.below(4) == 0 {
                list.extend(list.clone().into_iter().rev());
            }
        }
        let weights: Vec<f64> = lists.iter().map(|_| quarter(draws)).collect();
        let weighed: Vec<(f64, &[Ranked])> =
            weights.iter().copied().zip(lists.iter().map(|list| &list[..])).collect();
        let n = draws.below(20);
        type Strength = fn(&[Ranked], usize) -> f64;
        let by_place: Strength = |_, place| 1.0 / (61.0 + place as f64);
        for (ours, strength) in
            [(by_rank(&weighed, n), by_place), (by_score(&weighed, n), plain_relevance)]
        {
            let mut scores: BTreeMap<u32, f64> = BTreeMap::new();
            let mut voices: BTreeMap<(u32, u32), f64> = BTreeMap::new();
            for (weight, list) in weighed.iter().filter(|(weight, _)| *weight > 0.0) {
                let mut seen = BTreeSet::new();
                for (place, ranked) in list.iter().enumerate() {
                    if seen.insert(ranked.item) {
                        let strength = weight * strength(list, place);
                        *scores.entry(ranked.item).or_default() += strength;
                        for (n, voice) in ranked.because.iter().enumerate() {
                            *voices.entry((ranked.item, *voice)).or_default() +=
                                strength / (n + 1) as f64;
                        }
                    }
                }
            }
            let mut twin: Vec<(u32, f64)> = scores.into_iter().collect();
            twin.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            twin.truncate(n);
            assert_eq!(ours.iter().map(|r| (r.item, r.score)).collect::<Vec<_>>(), twin);
            for ranked in &ours {
                let mut loud: Vec<(u32, f64)> = voices
                    .iter()
                    .filter(|((item, _), _)| *item == ranked.item)
                    .map(|((_, voice), strength)| (*voice, *strength))
                    .collect();
                loud.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                let loud: Vec<u32> = loud.into_iter().take(3).map(|(voice, _)| voice).collect();
                assert_eq!(ranked.because, loud);
            }
        }
    });
}

#[test]
fn one_list_blended_is_that_list() {
    worlds("one list", 500, |draws| {
        let list = some_list(draws);
        let absent = some_list(draws);
        let infinite = (f64::INFINITY, &absent[..]);
        let lists = [(0.0, &absent[..]), (0.5, &list[..]), infinite];
        assert_eq!(items(&by_rank(&lists, usize::MAX)), items(&list));
        assert_eq!(items(&by_score(&lists, usize::MAX)), items(&list));
    });
    assert!(by_rank(&[], 10_000_000).is_empty());
}

/// Similarities of 14 items in quarters.
fn similarities(draws: &mut Draws) -> impl Fn(u32, u32) -> f64 + use<> {
    let all: Vec<f64> = (0..14 * 14).map(|_| quarter(draws)).collect();
    move |a, b| all[(a.min(b) * 14 + a.max(b)) as usize]
}

#[test]
fn diverse_lists_are_chosen_as_published() {
    worlds("diverse", 2_000, |draws| {
        let list = some_list(draws);
        let similarity = similarities(draws);
        let (n, lambda) = (draws.below(16), quarter(draws));
        let of = |a: usize, b: usize| similarity(list[a].item, list[b].item);
        let nearest = greedily(&list, n, |chosen, place| {
            let all = chosen.iter().map(|other| of(*other, place));
            let nearest = all.reduce(f64::max).unwrap_or(0.0);
            lambda * plain_relevance(&list, place) - (1.0 - lambda) * nearest
        });
        let as_a_whole = greedily(&list, n, |chosen, place| {
            let all: f64 = chosen.iter().map(|other| of(*other, place)).sum();
            let weight = (1.0 - lambda) / n.clamp(1, list.len()) as f64;
            lambda * plain_relevance(&list, place) - weight * all
        });
        assert_eq!(diverse(list.clone(), n, lambda, Against::Nearest, &similarity), nearest);
        assert_eq!(diverse(list.clone(), n, lambda, Against::All, &similarity), as_a_whole);
    });
}

#[test]
fn nothing_but_relevance_leaves_a_list_as_it_is() {
    worlds("as it is", 500, |draws| {
        let list = some_list(draws);
        let similarity = similarities(draws);
        let n = draws.below(20);
        for against in [Against::Nearest, Against::All] {
            assert_eq!(diverse(list.clone(), n, 1.0, against, &similarity), list);
            assert_eq!(diverse(list.clone(), n, 7.0, against, &similarity), list);
            let unknown = diverse(list.clone(), n, 0.5, against, |_, _| f64::NAN);
            assert_eq!(unknown, list);
            assert_eq!(diverse(list.clone(), 0, 0.0, against, &similarity), list);
            let all = diverse(list.clone(), usize::MAX, 0.0, against, &similarity);
            assert_eq!(sorted(&all), sorted(&list));
        }
        assert_eq!(novel(list.clone(), 0.0, f64::from), list);
        assert_eq!(novel(list.clone(), f64::NAN, f64::from), list);
        let kinds = kinds(draws);
        let own = mix((0..3).map(|item| (&kinds[item][..], 1.0)));
        let of = |item: u32| &kinds[item as usize][..];
        assert_eq!(calibrated(list.clone(), n, 0.0, &own, of), list);
        assert_eq!(calibrated(list.clone(), n, 1.0, &Mix::new(), of), list);
        assert_eq!(apply(list.clone(), 20, &Rules::default(), |_| Facts::default(), |l| l), list);
    });
}

#[test]
fn sets_are_compared_by_what_they_share() {
    worlds("sets", 1_000, |draws| {
        let mut set =
            || -> BTreeSet<u32> { (0..draws.below(7)).map(|_| draws.below(9) as u32).collect() };
        let (a, b) = (set(), set());
        let either = a.union(&b).count();
        let twin = a.intersection(&b).count() as f64 / either.max(1) as f64;
        let list = |set: &BTreeSet<u32>| set.iter().copied().collect::<Vec<_>>();
        assert_eq!(jaccard(&list(&a), &list(&b)), twin);
    });
}

#[test]
fn what_is_new_is_weighed_in() {
    worlds("novel", 1_000, |draws| {
        let list = some_list(draws);
        let had: Vec<f64> = (0..14).map(|_| (1 + draws.below(64)) as f64 / 64.0).collect();
        let weight = quarter(draws);
        let value = |ranked: &Ranked| {
            let rare = had[ranked.item as usize].powf(-weight);
            if ranked.score < 0.0 { ranked.score / rare } else { ranked.score * rare }
        };
        let ours = novel(list.clone(), weight, |item| -had[item as usize].log2());
        assert_eq!(sorted(&ours), sorted(&list));
        assert!(ours.is_sorted_by(|a, b| (-a.score, a.item) < (-b.score, b.item)));
        for ranked in &ours {
            let before = list.iter().find(|before| before.item == ranked.item).unwrap();
            assert!((ranked.score - value(before)).abs() < 1e-12);
        }
    });
}

/// Up to three of five categories for each of 14 items.
fn kinds(draws: &mut Draws) -> Vec<Vec<u32>> {
    let mut kind =
        || -> BTreeSet<u32> { (0..draws.below(4)).map(|_| draws.below(5) as u32).collect() };
    (0..14).map(|_| kind().into_iter().collect()).collect()
}

/// The share of each of five categories, by the definition.
fn plain_mix(kinds: &[Vec<u32>], items: &[u32]) -> [f64; 5] {
    std::array::from_fn(|category| {
        let of = |item: &u32| {
            let kind = &kinds[*item as usize];
            if kind.contains(&(category as u32)) { 1.0 / kind.len() as f64 } else { 0.0 }
        };
        items.iter().map(of).sum::<f64>() / items.len() as f64
    })
}

fn divergence(own: &[f64; 5], list: &[f64; 5]) -> f64 {
    let smooth = |n: usize| 0.99 * list[n] + 0.01 * own[n];
    (0..5).filter(|n| own[*n] > 0.0).map(|n| own[n] * (own[n] / smooth(n)).ln()).sum()
}

#[test]
fn lists_are_calibrated_as_published() {
    let (mut before, mut after) = (0.0, 0.0);
    worlds("calibrated", 2_000, |draws| {
        let list = some_list(draws);
        let kinds = kinds(draws);
        let bought: Vec<u32> = (0..draws.below(6)).map(|_| draws.below(14) as u32).collect();
        let bought: Vec<u32> =
            bought.into_iter().filter(|i| !kinds[*i as usize].is_empty()).collect();
        let own = mix(bought.iter().map(|item| (&kinds[*item as usize][..], 2.0)));
        let plain = if bought.is_empty() { [0.0; 5] } else { plain_mix(&kinds, &bought) };
        let told = (0..5).filter(|n| plain[*n] > 0.0).map(|n| (n as u32, plain[n]));
        assert_eq!(own.len(), told.clone().count());
        assert!(own.iter().zip(told).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-12));

        let (n, weight) = (draws.below(16), quarter(draws));
        let of = |item: u32| &kinds[item as usize][..];
        let by_choice = chosen(&list, n, weight, &own, of);
        let ours = calibrated(list.clone(), n, weight, &own, of);
        let mut in_order = by_choice.clone();
        in_order.sort_unstable();
        let rest = (0..list.len()).filter(|place| !in_order.contains(place));
        let all = in_order.iter().copied().chain(rest.clone());
        assert!(ours.iter().eq(all.map(|place| &list[place])));
        let place = |item: u32| list.iter().position(|r| r.item == item).unwrap();
        let value = |chosen: &[u32], item: u32| {
            let with = [chosen, &[item]].concat();
            let distance = divergence(&plain, &plain_mix(&kinds, &with));
            (1.0 - weight) * plain_relevance(&list, place(item)) - weight * distance
        };
        assert_eq!(by_choice.len(), n.min(list.len()));
        let all: Vec<u32> =
            by_choice.iter().copied().chain(rest).map(|place| list[place].item).collect();
        for step in 0..by_choice.len() {
            let (chosen, left) = all.split_at(step);
            for other in left {
                let (ours, other) =
                    ((value(chosen, left[0]), left[0]), (value(chosen, *other), *other));
                assert!(ours.0 > other.0 - 1e-12, "{ours:?} before {other:?}");
                let alike = kinds[ours.1 as usize] == kinds[other.1 as usize];
                assert!(!alike || place(ours.1) <= place(other.1), "of equals the first");
            }
        }
        if weight == 1.0 && !bought.is_empty() && (1..list.len()).contains(&n) {
            before += divergence(&plain, &plain_mix(&kinds, &items(&list[..n])));
            after += divergence(&plain, &plain_mix(&kinds, &all[..n]));
        }
    });
    assert!(after < before / 2.0, "{after} {before}");
}

#[test]
fn seven_parts_and_three_parts() {
    let list: Vec<Ranked> = (0..20)
        .map(|item| Ranked { item, score: f64::from(20 - item), because: Vec::new() })
        .collect();
    // The model ranks all skin care before all make-up.
    let of = |item: u32| if item < 10 { &[1][..] } else { &[2][..] };
    let own: Mix = vec![(1, 0.7), (2, 0.3)];
    let shown = calibrated(list.clone(), 10, 1.0, &own, of);
    assert_eq!(items(&shown[..10]), [0, 1, 2, 3, 4, 5, 6, 10, 11, 12]);
    assert_eq!(chosen(&list, 3, 1.0, &own, of), [0, 10, 1]);
    // Half and half: of two that serve equally the one that stood before comes first.
    let own: Mix = vec![(1, 0.5), (2, 0.5)];
    assert_eq!(chosen(&list, 4, 1.0, &own, of), [0, 10, 1, 11]);
}

fn some_facts(draws: &mut Draws) -> Vec<Facts> {
    let mut one_in = |n: usize| draws.below(n) == 0;
    let mut facts: Vec<Facts> = (0..16)
        .map(|_| Facts {
            available: !one_in(8),
            excluded: one_in(8),
            buried: one_in(5),
            owned: one_in(4),
            replenished: one_in(2),
            ..Facts::default()
        })
        .collect();
    for facts in &mut facts {
        facts.ignored = draws.below(4) as u32;
        facts.boost = [0.5, 1.0, 1.0, 2.0, f64::NAN, -1.0][draws.below(6)];
        facts.margin = quarter(draws) - 0.25;
    }
    facts
}

fn some_rules(draws: &mut Draws) -> Rules {
    let pin = |draws: &mut Draws| (draws.below(16) as u32, draws.below(9));
    Rules {
        pins: (0..draws.below(5)).map(|_| pin(draws)).collect(),
        margin: [0.0, 0.5, 2.0][draws.below(3)],
        fatigue: [1.0, 0.5][draws.below(2)],
        enough: [2, 3, u32::MAX][draws.below(3)],
    }
}

/// What may be shown at all.
fn shown(rules: &Rules, facts: &Facts) -> bool {
    let kept_back = !facts.available || facts.excluded;
    let has_it = facts.owned && !facts.replenished;
    !(kept_back || has_it || facts.ignored >= rules.enough)
}

/// All in one sort, then pin after pin put in.
fn plain_rules(list: &[Ranked], n: usize, rules: &Rules, facts: &[Facts]) -> Vec<(u32, f64)> {
    let limit = |x: f64| if x.is_nan() { 1.0 } else { x.clamp(1e-6, 1e6) };
    let score = |ranked: &Ranked| {
        let facts = facts[ranked.item as usize];
        let tired = (0..facts.ignored).fold(1.0, |tired, _| tired * rules.fatigue);
        let factor = limit(facts.boost) * limit(1.0 + rules.margin * facts.margin) * tired;
        let factor = limit(factor);
        if ranked.score < 0.0 { ranked.score / factor } else { ranked.score * factor }
    };
    let of = |item: u32| &facts[item as usize];
    let mut all: Vec<(u32, f64)> = list
        .iter()
        .filter(|ranked| shown(rules, of(ranked.item)))
        .map(|ranked| (ranked.item, score(ranked)))
        .collect();
    all.sort_by(|a, b| {
        let buried = of(a.0).buried.cmp(&of(b.0).buried);
        buried.then(b.1.total_cmp(&a.1)).then(a.0.cmp(&b.0))
    });
    let mut pins: Vec<(u32, usize)> = Vec::new();
    for (item, place) in &rules.pins {
        if shown(rules, of(*item)) && pins.iter().all(|pin| pin.0 != *item) {
            pins.push((*item, *place));
        }
    }
    pins.sort_by_key(|pin| pin.1);
    let scored: BTreeMap<u32, f64> = all.iter().copied().collect();
    all.retain(|(item, _)| pins.iter().all(|pin| pin.0 != *item));
    let mut free = 0;
    for (item, place) in pins {
        let place = place.max(free).min(all.len());
        all.insert(place, (item, scored.get(&item).copied().unwrap_or(0.0)));
        free = place + 1;
    }
    all.truncate(n);
    all
}

#[test]
fn rules_are_kept() {
    worlds("rules", 4_000, |draws| {
        let list = some_list(draws);
        let (facts, rules) = (some_facts(draws), some_rules(draws));
        let n = [0, 3, 8, 20, 10_000_000][draws.below(5)];
        let of = |item: u32| facts[item as usize];
        let ours = apply(list.clone(), n, &rules, of, |list| list);
        let twin = plain_rules(&list, n, &rules, &facts);
        let told: Vec<(u32, f64)> = ours.iter().map(|r| (r.item, r.score)).collect();
        assert_eq!(told, twin, "{list:?} {rules:?} {facts:?}");
        assert!(ours.iter().all(|ranked| shown(&rules, &of(ranked.item))));

        let mut may: BTreeSet<u32> = items(&list).into_iter().collect();
        may.extend(rules.pins.iter().map(|(item, _)| *item));
        may.retain(|item| shown(&rules, &of(*item)));
        assert_eq!(ours.len(), n.min(may.len()), "as many as asked, or all there are");
        assert_eq!(items(&ours).into_iter().collect::<BTreeSet<_>>().len(), ours.len());
        if let [(item, place)] = rules.pins[..]
            && shown(&rules, &of(item))
            && place < ours.len()
        {
            assert_eq!(ours[place].item, item, "where it was pinned");
        }
        let others = ours.iter().filter(|r| rules.pins.iter().all(|pin| pin.0 != r.item));
        assert!(others.is_sorted_by_key(|ranked| of(ranked.item).buried));
        for ranked in &ours {
            let before = list.iter().find(|before| before.item == ranked.item);
            assert!(before.is_none_or(|before| before.because == ranked.because));
        }
    });
}

#[test]
fn a_boost_never_lowers() {
    worlds("boost", 1_000, |draws| {
        let list = some_list(draws);
        let item = draws.below(14) as u32;
        let place = |list: &[Ranked]| list.iter().position(|ranked| ranked.item == item);
        let boosted = |boost: f64| {
            let facts = |other| Facts {
                boost: if other == item { boost } else { 1.0 },
                ..Facts::default()
            };
            place(&apply(list.clone(), 20, &Rules::default(), facts, |list| list))
        };
        assert_eq!(boosted(1.0), place(&list));
        assert!(boosted(2.0) <= place(&list));
        assert!(boosted(0.5) >= place(&list));
    });
}

/// What is arranged sees the weighed list, without what is left out, before anything is
/// buried or pinned.
#[test]
fn rules_are_kept_whatever_is_arranged() {
    worlds("arranged", 1_000, |draws| {
        let list = some_list(draws);
        let (facts, rules) = (some_facts(draws), some_rules(draws));
        let of = |item: u32| facts[item as usize];
        let weigh = Rules { pins: Vec::new(), ..rules.clone() };
        let unburied = |item: u32| Facts { buried: false, ..of(item) };
        let mut seen = apply(list.clone(), 20, &weigh, unburied, |list| list);
        let ours = apply(list, 20, &rules, of, |mut list| {
            assert_eq!(list, seen);
            list.reverse();
            list
        });
        seen.reverse();
        let free = |list: &[Ranked], buried: bool| -> Vec<u32> {
            let items = items(list).into_iter();
            items
                .filter(|item| {
                    of(*item).buried == buried && rules.pins.iter().all(|pin| pin.0 != *item)
                })
                .collect()
        };
        assert_eq!(free(&ours, false), free(&seen, false));
        assert_eq!(free(&ours, true), free(&seen, true));
    });
}
