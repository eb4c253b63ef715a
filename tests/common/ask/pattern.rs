//! A small part of regular expressions, as data.

/// Glyphs one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    pub any_case: bool,
    /// Only from the beginning of the text.
    pub from_start: bool,
    /// Only up to its end.
    pub to_end: bool,
    pub glyphs: Vec<(Glyph, Often)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Glyph {
    This(char),
    Any,
    Among(Vec<char>),
    NotAmong(Vec<char>),
    Digit,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Often {
    Once,
    AtMostOnce,
    AnyNumber,
    AtLeastOnce,
}

impl Pattern {
    /// As it is written.
    pub fn text(&self) -> String {
        let among = |chars: &[char]| chars.iter().map(|c| escaped(*c)).collect::<String>();
        let mut text = String::new();
        text += if self.any_case { "(?i)" } else { "" };
        text += if self.from_start { "^" } else { "" };
        for (glyph, often) in &self.glyphs {
            text += &match glyph {
                Glyph::This(char) => escaped(*char),
                Glyph::Any => ".".to_owned(),
                Glyph::Among(chars) => format!("[{}]", among(chars)),
                Glyph::NotAmong(chars) => format!("[^{}]", among(chars)),
                Glyph::Digit => r"\d".to_owned(),
            };
            text += match often {
                Often::Once => "",
                Often::AtMostOnce => "?",
                Often::AnyNumber => "*",
                Often::AtLeastOnce => "+",
            };
        }
        text += if self.to_end { "$" } else { "" };
        text
    }
}

fn escaped(char: char) -> String {
    match char.is_alphanumeric() || char == ' ' {
        true => char.to_string(),
        false => format!("\\{char}"),
    }
}
