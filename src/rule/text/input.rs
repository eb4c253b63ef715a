//! What a text is read from: its pieces, how deep one is in it, and the farthest piece that
//! did not fit with everything that would have, which is what an error is about.

use std::ops::Range;

use winnow::error::{EmptyError, ErrMode};
use winnow::stream::{Stateful, Stream, TokenSlice};

use super::error::{Wrong, quoted};
use super::token::{Sort, Token};
use super::words::{is_reserved, nearest};
use crate::rule::condition::{DEEPEST, TooDeep};

pub(super) type Input<'a> = Stateful<TokenSlice<'a, Token>, Reading<'a>>;
/// That something does not fit, or must not go on: what is wrong is kept beside.
pub(super) type Miss = ErrMode<EmptyError>;
pub(super) type Read<T> = Result<T, Miss>;

/// How many things that would have fitted are named.
const NAMED: usize = 12;

/// What is known while a text is read.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) text: &'a str,
    tokens: &'a [Token],
    depth: usize,
    farthest: usize,
    fitting: Vec<Fitting>,
    refused: Option<Wrong>,
}

/// What would have fitted somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fitting {
    /// Words, or a sign, of the language.
    Said(&'static str),
    /// Anything of a sort that is described.
    Any(&'static str),
    /// The same, of which these words are examples.
    OneOf(&'static str, &'static [&'static str]),
    /// All that is named besides, described.
    Rather(&'static str),
}

pub(super) fn input<'a>(text: &'a str, tokens: &'a [Token]) -> Input<'a> {
    let state = Reading { text, tokens, depth: 0, farthest: 0, fitting: Vec::new(), refused: None };
    Stateful { input: TokenSlice::new(tokens), state }
}

/// The place of the next piece.
pub(super) fn place(input: &Input<'_>) -> usize {
    input.state.tokens.len() - input.input.len()
}

/// A piece ahead, with its text; the next one is at 0.
pub(super) fn ahead<'a>(input: &Input<'a>, by: usize) -> Option<(Sort, &'a str)> {
    let token = input.input.get(by)?;
    Some((token.sort, input.state.piece(*token)))
}

pub(super) fn is_sign_ahead(input: &Input<'_>, by: usize, signs: &[&str]) -> bool {
    ahead(input, by).is_some_and(|(sort, text)| sort == Sort::Sign && signs.contains(&text))
}

/// Goes past so many pieces.
pub(super) fn skip(input: &mut Input<'_>, pieces: usize) {
    let pieces = pieces.min(input.input.len());
    let _ = input.input.next_slice(pieces);
}

/// Says that something would have fitted at the piece that is so far ahead.
pub(super) fn missed<T>(input: &mut Input<'_>, by: usize, fitting: Fitting) -> Read<T> {
    let at = place(input) + by;
    let state = &mut input.state;
    if at > state.farthest {
        state.farthest = at;
        state.fitting.clear();
    }
    if at == state.farthest && !state.fitting.contains(&fitting) {
        state.fitting.push(fitting);
    }
    Err(ErrMode::Backtrack(EmptyError))
}

/// Refuses the text because of some pieces, whatever else might fit.
pub(super) fn refuse<T>(
    input: &mut Input<'_>,
    pieces: Range<usize>,
    said: impl Into<String>,
) -> Read<T> {
    let place = input.state.bytes(pieces);
    input.state.refused = Some(Wrong { place, said: said.into() });
    Err(ErrMode::Cut(EmptyError))
}

/// Refuses the piece before the next one.
pub(super) fn refuse_last<T>(input: &mut Input<'_>, said: impl Into<String>) -> Read<T> {
    let next = place(input);
    refuse(input, next.saturating_sub(1)..next, said)
}

/// Reads something that is one level deeper than what it stands in.
pub(super) fn deeper<'a, T>(
    input: &mut Input<'a>,
    read: impl FnOnce(&mut Input<'a>) -> Read<T>,
) -> Read<T> {
    if input.state.depth >= DEEPEST {
        let next = place(input);
        return refuse(input, next..next + 1, TooDeep.to_string());
    }
    input.state.depth += 1;
    let read = read(input);
    input.state.depth -= 1;
    read
}

/// These words, one after the other, in whatever letters.
pub(super) fn phrase<'a>(words: &'static str) -> impl Fn(&mut Input<'a>) -> Read<()> {
    move |input| {
        let mut left = words;
        for by in 0.. {
            let (word, rest) = left.split_once(' ').unwrap_or((left, ""));
            let is =
                |(sort, text): (Sort, &str)| sort == Sort::Word && text.eq_ignore_ascii_case(word);
            if !ahead(input, by).is_some_and(is) {
                return missed(input, by, Fitting::Said(left));
            }
            if rest.is_empty() {
                skip(input, by + 1);
                break;
            }
            left = rest;
        }
        Ok(())
    }
}

/// This sign.
pub(super) fn sign<'a>(sign: &'static str) -> impl Fn(&mut Input<'a>) -> Read<()> {
    move |input| {
        if !is_sign_ahead(input, 0, &[sign]) {
            return missed(input, 0, Fitting::Said(sign));
        }
        skip(input, 1);
        Ok(())
    }
}

/// A piece of a sort that is described, made into something.
pub(super) fn piece<'a, T>(
    input: &mut Input<'a>,
    described: &'static str,
    make: impl FnOnce(Sort, &'a str) -> Option<T>,
) -> Read<T> {
    piece_of(input, Fitting::Any(described), make)
}

/// The same, with words that would have fitted.
pub(super) fn piece_of<'a, T>(
    input: &mut Input<'a>,
    fitting: Fitting,
    make: impl FnOnce(Sort, &'a str) -> Option<T>,
) -> Read<T> {
    match ahead(input, 0).and_then(|(sort, text)| make(sort, text)) {
        Some(made) => {
            skip(input, 1);
            Ok(made)
        }
        None => missed(input, 0, fitting),
    }
}

/// The end of the text.
pub(super) fn end(input: &mut Input<'_>) -> Read<()> {
    match ahead(input, 0) {
        None => Ok(()),
        Some(_) => missed(input, 0, Fitting::Any("the end")),
    }
}

impl<'a> Reading<'a> {
    pub(super) fn farthest(&self) -> usize {
        self.farthest
    }

    /// What is wrong, when something is.
    pub(super) fn wrong(self) -> Wrong {
        let (place, said) = (self.bytes(self.farthest..self.farthest + 1), self.said());
        self.refused.unwrap_or(Wrong { place, said })
    }

    fn said(&self) -> String {
        let found = self.tokens.get(self.farthest);
        let word = found.filter(|token| token.sort == Sort::Word).map(|token| self.piece(*token));
        let what = match found.map(|token| quoted(self.piece(*token))) {
            None => "the text ends too soon".to_owned(),
            Some(piece) if word.is_some_and(|word| !is_reserved(word)) => {
                format!("{piece} is unknown here")
            }
            Some(piece) => format!("{piece} cannot stand here"),
        };
        let meant = word.and_then(|word| nearest(word, self.words()));
        let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        format!("{what}: expected {}{meant}", self.expected())
    }

    /// The words that would have fitted.
    fn words(&self) -> impl Iterator<Item = &'static str> {
        self.fitting.iter().flat_map(|fitting| match fitting {
            Fitting::Said(words) => words.split(' ').take(1).collect(),
            Fitting::OneOf(_, words) => words.to_vec(),
            Fitting::Any(_) | Fitting::Rather(_) => Vec::new(),
        })
    }

    /// Everything that would have fitted, in words.
    fn expected(&self) -> String {
        let in_words = |fitting: &Fitting| match fitting {
            Fitting::Said(words) => format!("`{words}`"),
            Fitting::Any(described) | Fitting::OneOf(described, _) | Fitting::Rather(described) => {
                (*described).to_owned()
            }
        };
        let rather = self.fitting.iter().find(|fitting| matches!(fitting, Fitting::Rather(_)));
        if let Some(rather) = rather {
            return in_words(rather);
        }
        let mut named: Vec<String> = self.fitting.iter().take(NAMED).map(in_words).collect();
        let last = match self.fitting.len() > NAMED {
            true => Some("something else".to_owned()),
            false => named.pop(),
        };
        match (named.is_empty(), last) {
            (false, Some(last)) => format!("{} or {last}", named.join(", ")),
            (_, last) => last.unwrap_or_default(),
        }
    }

    pub(super) fn piece(&self, token: Token) -> &'a str {
        self.text.get(token.start as usize..token.end as usize).unwrap_or_default()
    }

    /// From which byte to which some pieces are; those behind the last are its end.
    fn bytes(&self, pieces: Range<usize>) -> Range<usize> {
        let behind = self.tokens.last().map_or(self.text.len(), |token| token.end as usize);
        let start = self.tokens.get(pieces.start).map_or(behind, |token| token.start as usize);
        let last = self.tokens.get(pieces.end.saturating_sub(1));
        let end = last.map_or(behind, |token| token.end as usize);
        start..end.max(start)
    }
}
