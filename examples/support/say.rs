//! Words for people on stdout, in 80 columns; colour only on a terminal.

use std::io::IsTerminal;

const WIDTH: usize = 80;

fn painted(code: &str, text: &str) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
    if plain || !std::io::stdout().is_terminal() {
        return text.to_owned();
    }
    format!("\x1b[{code}m{text}\x1b[0m")
}

pub(crate) fn bold(text: &str) -> String {
    painted("1", text)
}

pub(crate) fn dim(text: &str) -> String {
    painted("2", text)
}

pub(crate) fn green(text: &str) -> String {
    painted("32", text)
}

/// The head of an act.
pub(crate) fn heading(text: &str) {
    println!("\n{}", bold(text));
    println!("{}", dim(&"-".repeat(text.chars().count())));
}

/// A paragraph, wrapped and indented.
pub(crate) fn paragraph(indent: usize, text: &str) {
    for line in wrapped(text, WIDTH - indent) {
        println!("{:indent$}{line}", "");
    }
}

/// A name and what is to be said of it, which may take several lines.
pub(crate) fn entry(indent: usize, name: &str, width: usize, text: &str) {
    let from = indent + width + 1;
    let mut name = format!("{:indent$}{name:width$} ", "");
    for line in wrapped(text, WIDTH - from) {
        println!("{name}{line}");
        name = " ".repeat(from);
    }
}

/// Something that was checked while you watched.
pub(crate) fn checked(text: &str) {
    let mut mark = green("ok");
    for line in wrapped(text, WIDTH - 5) {
        println!("  {mark} {line}");
        mark = "  ".to_owned();
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let full = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(line) if full == 0 => line.push_str(word),
            Some(line) if full + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text cut to a width.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

/// `70971` as `70,971`.
pub(crate) fn thousands(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(0).to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `SOFT DRINKS` as `Soft drinks`.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + &letters.as_str().to_lowercase()
}
