//! What is wrong with a text, said with the place: line and column, and the line itself with
//! marks below it.

use std::ops::Range;

use crate::error::Error;

/// What is wrong, and from which byte to which.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) place: Range<usize>,
    pub(super) said: String,
}

/// How much of a line is shown, in characters, and how much of that before the place.
const SHOWN: usize = 76;
const BEFORE: usize = 40;

impl Wrong {
    /// The same as an error about a text.
    pub(super) fn of(self, text: &str) -> Error {
        let Range { start, end } = self.place;
        let (before, piece) = (text.get(..start), text.get(start..end));
        let (before, piece) = (before.unwrap_or_default(), piece.unwrap_or_default());
        let line = before.matches('\n').count() + 1;
        let begins = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(begins..).unwrap_or_default().chars().count();
        let shown = text.get(begins..).unwrap_or_default().lines().next().unwrap_or_default();
        let marked = piece.lines().next().unwrap_or_default().chars().count();
        let said = self.said;
        let mut message = format!("at {line}:{}: {said}", column + 1);
        if !shown.trim().is_empty() {
            message = format!("{message}\n{}", excerpt(shown, column, marked));
        }
        Error::configuration(message)
    }
}

/// A line, or the part of a long one around a place, with the place marked below it.
fn excerpt(line: &str, column: usize, marked: usize) -> String {
    let skipped = if line.chars().count() > SHOWN { column.saturating_sub(BEFORE) } else { 0 };
    let (left, more) = if skipped > 0 { ("…", 1) } else { ("", 0) };
    let shown: String = line.chars().skip(skipped).take(SHOWN).map(plain).collect();
    let right = if line.chars().count() > skipped + SHOWN { "…" } else { "" };
    let indent = " ".repeat(column - skipped + more);
    let room = (shown.chars().count() + skipped).saturating_sub(column);
    let marks = "^".repeat(marked.min(room).max(1));
    format!("{left}{shown}{right}\n{indent}{marks}")
}

/// Each character as one that takes one column, as far as that can be known.
fn plain(c: char) -> char {
    if c.is_whitespace() || c.is_control() { ' ' } else { c }
}

/// A piece of a text in backticks, cut off if it is long.
pub(super) fn quoted(piece: &str) -> String {
    let mut shown: String = piece.chars().take(41).map(plain).collect();
    if shown.chars().count() > 40 {
        shown.pop();
        shown.push('…');
    }
    if shown.contains('`') { format!("`` {shown} ``") } else { format!("`{shown}`") }
}
