//! Whether a pattern is found in a text: tried at every place, in every way.

use crate::common::ask::{Glyph, Often, Pattern};

pub fn found(pattern: &Pattern, text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let starts = if pattern.from_start { 0..=0 } else { 0..=chars.len() };
    starts.into_iter().any(|start| goes_on(pattern, &pattern.glyphs, &chars[start..]))
}

fn goes_on(pattern: &Pattern, glyphs: &[(Glyph, Often)], rest: &[char]) -> bool {
    let Some(((glyph, often), later)) = glyphs.split_first() else {
        return !pattern.to_end || rest.is_empty();
    };
    let (least, most) = match often {
        Often::Once => (1, 1),
        Often::AtMostOnce => (0, 1),
        Often::AnyNumber => (0, rest.len()),
        Often::AtLeastOnce => (1, rest.len()),
    };
    (least..=most.min(rest.len())).any(|n| {
        rest[..n].iter().all(|char| is(pattern, glyph, *char))
            && goes_on(pattern, later, &rest[n..])
    })
}

fn is(pattern: &Pattern, glyph: &Glyph, char: char) -> bool {
    let same = |one: &char| match pattern.any_case {
        true => one.eq_ignore_ascii_case(&char),
        false => *one == char,
    };
    match glyph {
        Glyph::This(one) => same(one),
        Glyph::Any => true,
        Glyph::Among(these) => these.iter().any(same),
        Glyph::NotAmong(these) => !these.iter().any(same),
        Glyph::Digit => char.is_ascii_digit(),
    }
}
