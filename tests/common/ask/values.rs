//! What made questions ask of a value.

use confidant::Value;

use super::{Ago, Ask, Be, Bound, Glyph, Often, Pattern};
use crate::common::dice::Dice;
use crate::common::world::{self, DAY, HOUR};

/// Of an attribute.
pub fn be(dice: &mut Dice, name: &str) -> Be {
    match dice.below(12) {
        2.. if name == "home" && dice.chance(80) => near(dice),
        2.. if name == "cars" && dice.chance(70) => Be::Some(Box::new(within(dice, 2))),
        1.. if name == "born" && dice.chance(50) => Be::Ago(ago(dice)),
        0 => Be::Unchanged(dice.below(40) as i64 * 6 * HOUR),
        1 if name == "born" => Be::Anniversary(dice.below(20) as u32),
        1 => Be::Anniversary(dice.below(400) as u32),
        2..6 if name == "born" => Be::Ago(ago(dice)),
        2 => Be::Ago(ago(dice)),
        _ => of_thing(dice, name),
    }
}

/// Of the present visit, which has no past.
pub fn of_visit(dice: &mut Dice, name: &str) -> Be {
    match be(dice, name) {
        Be::Unchanged(_) => of_thing(dice, name),
        be => be,
    }
}

/// Of anything, whatever the time: a property, a field.
pub fn of_thing(dice: &mut Dice, name: &str) -> Be {
    let texts = ["red", "blue", "dark red", "Red 7", "7"];
    let text = |dice: &mut Dice| (*dice.pick(&texts)).to_owned();
    let part =
        |dice: &mut Dice| (*dice.pick(&["red", "d", "R", " ", "blue", "7", "da"])).to_owned();
    let values = |dice: &mut Dice| {
        let some = 1 + dice.below(3);
        (0..some).map(|_| single(dice, name)).collect::<Vec<_>>()
    };
    let ordered = |dice: &mut Dice| loop {
        let value = world::value_of(dice, name);
        let value = if dice.chance(30) { world::value(dice) } else { value };
        if matches!(value, Value::Number(_) | Value::Instant(_)) {
            return value;
        }
    };
    let by_size = matches!(name, "age" | "born" | "stars");
    match dice.below(if by_size { 20 } else { 13 }) {
        0 => Be::There,
        1..3 => Be::OneOf(values(dice)),
        3 => Be::NoneOf(values(dice)),
        4 => Be::AllOf((0..1 + dice.below(2)).map(|_| text(dice)).collect()),
        5 => Be::Contains(part(dice)),
        6 => Be::StartsWith(part(dice)),
        7 => Be::EndsWith(part(dice)),
        8..10 => Be::Matches(pattern(dice)),
        10 => Be::Size(match dice.below(3) {
            0 => Bound::AtLeast(dice.below(4) as i64),
            1 => Bound::AtMost(dice.below(4) as i64),
            _ => Bound::Between(dice.below(2) as i64, 1 + dice.below(2) as i64),
        }),
        11 => Be::AtLeast(world::ordered(dice)),
        12 => Be::LessThan(world::ordered(dice)),
        13..15 => Be::AtLeast(ordered(dice)),
        15..17 => Be::AtMost(ordered(dice)),
        17 => Be::MoreThan(ordered(dice)),
        _ => Be::LessThan(ordered(dice)),
    }
}

/// A value that can be equal to one.
fn single(dice: &mut Dice, name: &str) -> Value {
    loop {
        let value = if dice.chance(70) { world::value_of(dice, name) } else { world::value(dice) };
        match value {
            Value::Set(texts) => match texts.into_iter().next() {
                Some(text) => return Value::Text(text),
                None => continue,
            },
            Value::Location(_) | Value::Records(_) | Value::Numbers(_) => continue,
            value => return value,
        }
    }
}

fn ago(dice: &mut Dice) -> Ago {
    let spans = [6, 24, 48, 7 * 24, 30 * 24, 90 * 24, 365 * 24];
    let span = |dice: &mut Dice| if dice.chance(6) { 0 } else { dice.pick(&spans) * HOUR };
    match dice.below(5) {
        0 => Ago::MoreThan(span(dice)),
        1 => Ago::AtMost(span(dice)),
        2 => Ago::WithinNext(span(dice)),
        3 => Ago::MoreThan(-span(dice)),
        _ => {
            let (one, other) = (span(dice) - DAY, span(dice));
            Ago::Between(one.min(other), one.max(other))
        }
    }
}

/// From one of the places of the worlds, as far as another one is, or a metre less.
fn near(dice: &mut Dice) -> Be {
    let (from, to) = (*dice.pick(&world::PLACES), *dice.pick(&world::PLACES));
    let metres = crate::twin::test::distance(from, to);
    Be::Near(from.0, from.1, metres.saturating_sub(dice.below(2) as u64))
}

fn pattern(dice: &mut Dice) -> Pattern {
    let chars = ['r', 'e', 'd', 'R', 'b', 'l', ' ', '7', '.', 'u'];
    let glyph = |dice: &mut Dice| match dice.below(10) {
        0 => Glyph::Any,
        1 => Glyph::Digit,
        2 => Glyph::Among((0..2).map(|_| *dice.pick(&chars)).collect()),
        3 => Glyph::NotAmong((0..2).map(|_| *dice.pick(&chars)).collect()),
        _ => Glyph::This(*dice.pick(&chars)),
    };
    let often = [Often::Once, Often::Once, Often::AtMostOnce, Often::AnyNumber, Often::AtLeastOnce];
    Pattern {
        any_case: dice.chance(30),
        from_start: dice.chance(20),
        to_end: dice.chance(20),
        glyphs: (0..1 + dice.below(3)).map(|_| (glyph(dice), *dice.pick(&often))).collect(),
    }
}

/// What an object of a list must meet.
pub fn within(dice: &mut Dice, depth: usize) -> Ask {
    let parts = |dice: &mut Dice| (0..dice.below(3)).map(|_| within(dice, depth - 1)).collect();
    match dice.below(if depth == 0 { 6 } else { 9 }) {
        0 => Ask::Always,
        1 => Ask::Attribute("born".into(), Be::Ago(ago(dice))),
        2 if depth > 0 && dice.chance(30) => {
            Ask::Attribute("cars".into(), Be::Some(Box::new(within(dice, depth - 1))))
        }
        6 => Ask::All(parts(dice)),
        7 => Ask::Any(parts(dice)),
        8 => Ask::Not(Box::new(within(dice, depth - 1))),
        _ => {
            let name = *dice.pick(&["colour", "stars", "tags", "born"]);
            Ask::Attribute(name.into(), of_thing(dice, name))
        }
    }
}
