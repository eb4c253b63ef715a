//! The pieces of a text: words, names, texts, numbers, dates and signs.

use super::error::{Wrong, quoted};

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A bare word.
    Word,
    /// In backticks.
    Name,
    /// In double quotes.
    Text,
    Number,
    /// A date, or an instant that begins with one.
    Date,
    Sign,
}

/// A piece, from one byte of the text to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) sort: Sort,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// All signs, of those that begin alike the longest first.
const SIGNS: [&str; 14] = [">=", "<=", "!=", "=", ">", "<", "(", ")", "[", "]", "{", "}", ",", "%"];

/// What a word processor, or another language, writes for ours.
const MEANT: [(&str, &str); 19] = [
    ("“", "\""),
    ("”", "\""),
    ("„", "\""),
    ("«", "\""),
    ("»", "\""),
    ("‘", "\""),
    ("’", "\""),
    ("'", "\""),
    ("≥", ">="),
    ("≤", "<="),
    ("≠", "!="),
    ("=>", ">="),
    ("=<", "<="),
    ("<>", "!="),
    ("==", "="),
    ("&&", "and"),
    ("&", "and"),
    ("||", "or"),
    ("|", "or"),
];

/// The pieces of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
            continue;
        }
        let (sort, length) =
            token(rest).map_err(|(length, said)| Wrong { place: at..at + length, said })?;
        tokens.push(Token { sort, start: at as u32, end: (at + length) as u32 });
        at += length;
    }
    Ok(tokens)
}

/// The piece at the beginning of a text, and its length; or how much of it is wrong.
fn token(rest: &str) -> Result<(Sort, usize), (usize, String)> {
    let first = rest.chars().next().unwrap_or_default();
    match first {
        '`' => closed(rest, '`').map(|length| (Sort::Name, length)),
        '"' => closed(rest, '"').map(|length| (Sort::Text, length)),
        _ if begins_word(first) => Ok((Sort::Word, word(rest))),
        _ if number(rest) > 0 => Ok(match date(rest) {
            0 => (Sort::Number, number(rest)),
            length => (Sort::Date, length),
        }),
        _ => sign(rest, first),
    }
}

/// A sign, of those that begin alike the longest.
fn sign(rest: &str, first: char) -> Result<(Sort, usize), (usize, String)> {
    if let Some((written, meant)) = MEANT.iter().find(|(written, _)| rest.starts_with(written)) {
        let said = format!("`{written}` is no sign of the language: expected `{meant}`");
        return Err((written.len(), said));
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => Ok((Sort::Sign, sign.len())),
        None => {
            let sign = quoted(first.encode_utf8(&mut [0; 4]));
            let said =
                format!("{sign} is no sign of the language: expected a text with it in quotes");
            Err((first.len_utf8(), said))
        }
    }
}

fn begins_word(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// The length of a word: letters, digits and `_`, with `-` and `.` between them.
fn word(rest: &str) -> usize {
    let goes_on = |c: char| c.is_alphanumeric() || c == '_';
    let mut before = '_';
    for (at, c) in rest.char_indices() {
        let between = matches!(c, '-' | '.') && goes_on(before);
        if !goes_on(c) && !between {
            return if goes_on(before) { at } else { at - before.len_utf8() };
        }
        before = c;
    }
    if goes_on(before) { rest.len() } else { rest.len() - before.len_utf8() }
}

/// Whether a text is one bare word.
pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(begins_word) && word(text) == text.len()
}

/// The length of a number: a sign, digits, and decimals behind a point.
fn number(rest: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let unsigned = rest.strip_prefix('-').unwrap_or(rest);
    let whole = digits(unsigned);
    let behind = unsigned.get(whole..).and_then(|rest| rest.strip_prefix('.'));
    match (whole, behind.map_or(0, digits)) {
        (0, _) => 0,
        (whole, 0) => rest.len() - unsigned.len() + whole,
        (whole, decimals) => rest.len() - unsigned.len() + whole + 1 + decimals,
    }
}

/// The length of what begins as a date does; zero if nothing does.
fn date(rest: &str) -> usize {
    let fits = |(byte, form): (u8, u8)| match form {
        b'0' => byte.is_ascii_digit(),
        form => byte == form,
    };
    let form = b"0000-00-00";
    if rest.len() < form.len() || !rest.bytes().zip(*form).all(fits) {
        return 0;
    }
    let goes_on =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'+' | b'-');
    rest.bytes().take_while(goes_on).count()
}

/// The length of something in quotes, these included.
fn closed(rest: &str, quote: char) -> Result<usize, (usize, String)> {
    let mut inside = rest.char_indices().skip(1);
    while let Some((at, c)) = inside.next() {
        if c == quote {
            return Ok(at + 1);
        }
        if c == '\\' {
            let escaped = rest.get(at..).unwrap_or_default();
            let (_, length) = escape(escaped).ok_or_else(|| {
                let taken: String = rest.chars().take_while(|c| *c != '\n').take(40).collect();
                (
                    taken.len(),
                    "`\\` is followed by something unknown: expected `\\\\`, `\\\"`, \
                    ``\\` ``, `\\n`, `\\r`, `\\t` or `\\u{2014}`"
                        .to_owned(),
                )
            })?;
            // As many characters as bytes, for all of them are of ASCII.
            inside.by_ref().take(length - 1).for_each(|_| ());
        }
    }
    let (what, close) = if quote == '"' { ("text", "`\"`") } else { ("name", "a backtick") };
    let first = rest.lines().next().unwrap_or_default();
    Err((first.len(), format!("a {what} begins here and never ends: expected {close}")))
}

/// What an escape at the beginning of a text stands for, and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let code = text.strip_prefix('\\')?;
    Some(match code.chars().next()? {
        'n' => ('\n', 2),
        'r' => ('\r', 2),
        't' => ('\t', 2),
        c @ ('\\' | '"' | '`') => (c, 2),
        'u' => {
            let (hex, _) = code.strip_prefix("u{")?.split_once('}')?;
            if hex.is_empty() || hex.len() > 6 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            (char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, hex.len() + 4)
        }
        _ => return None,
    })
}

/// What stands in quotes, given with these.
pub(super) fn unquoted(piece: &str) -> String {
    let mut rest = piece.get(1..piece.len().saturating_sub(1)).unwrap_or_default();
    let mut text = String::with_capacity(rest.len());
    while let Some(first) = rest.chars().next() {
        let (c, length) = escape(rest).unwrap_or((first, first.len_utf8()));
        text.push(c);
        rest = rest.get(length..).unwrap_or_default();
    }
    text
}
