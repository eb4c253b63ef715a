//! Vectors held against each other, by the definition and one by one.

use super::*;
use crate::catalog::Item;
use crate::numeric::Draws;
use crate::recommend::past::{Line, Past};
use crate::recommend::{Match, Model, Query};
use crate::types::Timestamp;
use crate::view::NO_TEXT;

const ITEMS: usize = 24;

/// Some of the items have vectors of so many numbers, a few of zeros alone.
fn some_vectors(draws: &mut Draws, long: usize) -> Vec<Option<Vec<f32>>> {
    let of = |draws: &mut Draws| match draws.below(8) {
        0 => None,
        1 => Some(vec![0.0; long]),
        _ => Some((0..long).map(|_| draws.below(9) as f32 - 3.0).collect()),
    };
    (0..ITEMS).map(|_| of(draws)).collect()
}

fn cosine(a: &Option<Vec<f32>>, b: &Option<Vec<f32>>) -> f64 {
    let (Some(a), Some(b)) = (a, b) else { return 0.0 };
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

/// Of all items that are not the customer's own: the mean of the cosines by hand, with those
/// of the same brand on top.
#[test]
fn vectors_are_alike_as_their_cosines_say() {
    let (mut apart, mut told) = (0, 0);
    for seed in 0..300u64 {
        let mut draws = Draws::new(seed, &[b"alike"]);
        let long = 1 + draws.below(21);
        let vectors = some_vectors(&mut draws, long);
        let brands: Vec<usize> = (0..ITEMS).map(|_| draws.below(3)).collect();
        let item = |n: usize| {
            let item = Item::new(format!("i{n:02}")).brand(format!("b{}", brands[n]));
            vectors[n].iter().fold(item, |item, v| item.vector("look", v.iter().copied()))
        };
        let catalog = Catalog::new((0..ITEMS).map(item)).unwrap();
        let half = 1 + draws.below(3) as u32;
        let params = Content::params().category(0.0).brand(0.5).alike("look", 2.0);
        let params = params.half_after(half);
        params.check().unwrap();
        let bought: Vec<u32> = (0..draws.below(9)).map(|_| draws.below(ITEMS) as u32).collect();
        let line = |(n, item): (usize, &u32)| Line { at: n as i64, item: *item, order: NO_TEXT };
        let lines = bought.iter().enumerate().map(line).collect();
        let past = Past::new(Timestamp::from_millis(99), lines, Vec::new());
        let model = params.fit(&catalog);
        let ours = model.rank(&past, &Query { n: 99, keep: &|_| true, why: true });

        let mut own: Vec<u32> = Vec::new();
        for item in bought.iter().rev() {
            if !own.contains(item) {
                own.push(*item);
            }
        }
        let weight = |place: usize| (-(place as f64) / f64::from(half)).exp2();
        let all: f64 = (0..own.len()).map(weight).sum();
        let mean = |of: &dyn Fn(usize) -> f64| -> f64 {
            let own = own.iter().enumerate();
            own.map(|(place, own)| weight(place) * of(*own as usize)).sum::<f64>() / all
        };
        let mut twin: Vec<(u32, f64)> = Vec::new();
        for item in (0..ITEMS).filter(|item| !own.contains(&(*item as u32))) {
            let same = mean(&|own| f64::from(u8::from(brands[own] == brands[item])));
            let along = mean(&|own| cosine(&vectors[own], &vectors[item]));
            apart += usize::from(along < -1e-9);
            let score = (0.5 * same + 2.0 * along.max(0.0)) / 2.5;
            if score > 1e-9 {
                twin.push((item as u32, score));
            }
        }
        let scores: Vec<(u32, f64)> = ours
            .iter()
            .map(|ranked| (ranked.item, ranked.score))
            .filter(|(_, score)| *score > 1e-9)
            .collect();
        assert_eq!(scores.len(), twin.len(), "seed {seed}");
        assert!(scores.is_sorted_by(|a, b| (-a.1, a.0) < (-b.1, b.0)));
        for (item, score) in &twin {
            let of = scores.iter().find(|(known, _)| known == item).unwrap();
            // A half-life in fixed point is right to a hundred-thousandth.
            assert!((of.1 - score).abs() < 1e-5, "seed {seed}: {item} {} {score}", of.1);
        }
        for (ranked, fits) in ours.iter().zip(model.matched(&past, &ours)) {
            let Some(first) = ranked.because.first() else { continue };
            let near = cosine(&vectors[*first as usize], &vectors[ranked.item as usize]);
            let said = fits.contains(&Match::Attribute("look".into()));
            told += usize::from(said);
            assert!(!said || near > 0.0, "seed {seed}");
            // It counts most by far, so where it is near it is said.
            assert!(said || near < 0.75, "seed {seed}: {near} {fits:?}");
            let most = |one: &u32| {
                let same = brands[*one as usize] == brands[ranked.item as usize];
                let near = cosine(&vectors[*one as usize], &vectors[ranked.item as usize]);
                let place = own.iter().position(|known| known == one).unwrap();
                weight(place) * (0.5 * f64::from(u8::from(same)) + 2.0 * near.max(0.0))
            };
            let best = own.iter().map(most).fold(0.0, f64::max);
            assert!((most(first) - best).abs() < 1e-5, "seed {seed}: the strongest is first");
        }
    }
    assert!(apart > 100 && told > 100, "{apart} {told}");
}
