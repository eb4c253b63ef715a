//! A page of Markdown (CommonMark) that nothing put into it can break: every text is
//! escaped, stands on one line, and never at a place where it could begin something.

use std::fmt::Write as _;

/// A page, written from the top down.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    pub(super) fn heading(&mut self, depth: usize, text: &str) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
        _ = writeln!(self.0, "{} {}\n", "#".repeat(depth), begun(text));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        _ = writeln!(self.0, "{}", begun(text));
    }

    pub(super) fn paragraphs<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        for (n, text) in texts.into_iter().enumerate() {
            if n > 0 {
                self.0.push('\n');
            }
            self.paragraph(text);
        }
    }

    /// An empty line, before a list that follows a paragraph.
    pub(super) fn gap(&mut self) {
        self.0.push('\n');
    }

    pub(super) fn item(&mut self, text: &str) {
        _ = writeln!(self.0, "- {}", begun(text));
    }

    /// An item that may be an address on the web alone.
    pub(super) fn words(&mut self, text: &str) {
        _ = writeln!(self.0, "- {}", link(text).unwrap_or_else(|| begun(text)));
    }

    /// An item `label: text`.
    pub(super) fn line(&mut self, label: &str, text: &str) {
        _ = writeln!(self.0, "- {}: {}", begun(label), linked(text));
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// An address on the web as a link, and any other text as it is.
fn linked(text: &str) -> String {
    link(text).unwrap_or_else(|| escaped(text))
}

/// An address on the web as a link.
fn link(text: &str) -> Option<String> {
    let address = text.starts_with("https://") || text.starts_with("http://");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'()*+,;=%".contains(c);
    (address && text.chars().all(plain)).then(|| format!("<{text}>"))
}

/// A text on one line that means nothing but itself. What turns the direction of writing
/// round, so that a text reads as another, is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !safe.is_empty() {
            safe.push(' ');
        }
        for c in word.chars().filter(|c| !turns(*c)) {
            if r"\`*_[]<>&|#~".contains(c) {
                safe.push('\\');
            }
            safe.push(c);
        }
    }
    safe
}

fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The same where a line or an item begins: no list, no rule, no number.
fn begun(text: &str) -> String {
    let safe = escaped(text);
    if safe.starts_with(['-', '+', '=']) {
        return format!("\\{safe}");
    }
    let after = safe.trim_start_matches(|c: char| c.is_ascii_digit());
    match after.starts_with(['.', ')']) && after.len() < safe.len() {
        true => format!("{}\\{after}", safe.get(..safe.len() - after.len()).unwrap_or_default()),
        false => safe,
    }
}
