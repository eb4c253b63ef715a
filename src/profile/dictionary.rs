//! The texts of one customer's record, each once, so that columns hold numbers.
//!
//! In bytes: the length of the texts (varint); the texts in UTF-8, each with a line feed
//! after it, which no text that comes through the door can hold; how many are numbers, and
//! each of those (varints). A text that is a decimal number, as ids in shops often are, is
//! an empty line, and among the numbers.

use std::borrow::Cow;
use std::fmt::Write;

use hashbrown::HashMap;
use memchr::{memchr_iter, memmem};

use super::column::{Reader, Writer, as_bytes};

/// The number that stands for no text.
pub(crate) const NONE: u32 = 0;

/// After so many searches through all texts an index is worth its making.
const SEARCHES: u32 = 16;

/// Texts, numbered from one in the order of their arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionary {
    /// A line each; an empty one for a text that is among the numbers.
    lines: String,
    count: u32,
    numbers: Vec<u64>,
    index: Option<HashMap<Box<str>, u32>>,
    searches: u32,
}

as_bytes!(Dictionary);

/// The index is only a memory of the texts.
impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        self.lines == other.lines && self.numbers == other.numbers
    }
}

/// The texts of a dictionary, for looking up.
#[derive(Debug)]
pub(crate) struct Texts<'a> {
    lines: Cow<'a, str>,
    /// Where the line of each begins, and where one more would; the first is no text.
    starts: Vec<u32>,
}

impl Texts<'_> {
    /// The text of a number; empty for none.
    pub(crate) fn get(&self, number: u32) -> &str {
        let start = |number: usize| self.starts.get(number).map(|start| *start as usize);
        let line = start(number as usize).zip(start(number as usize + 1));
        line.and_then(|(start, next)| self.lines.get(start..next.checked_sub(1)?))
            .unwrap_or_default()
    }

    /// One more than the highest number.
    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }
}

impl Dictionary {
    /// About how many bytes it takes to write.
    fn room(&self) -> usize {
        16 + self.lines.len() + self.numbers.len() * 5
    }

    fn write(&self, writer: &mut Writer) {
        writer.number(self.lines.len() as u64);
        writer.bytes.extend_from_slice(self.lines.as_bytes());
        writer.number(self.numbers.len() as u64);
        self.numbers.iter().for_each(|number| writer.number(*number));
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let length = reader.number()?.try_into().ok()?;
        let text = reader.text(length)?;
        // With room for more: what is read is mostly read to be added to.
        let mut lines = String::with_capacity(length + 64);
        lines.push_str(text);
        // Each number takes a byte or more.
        let length = reader.number()?.try_into().ok().filter(|n| *n <= reader.left())?;
        let mut numbers = Vec::with_capacity(length + 4);
        for _ in 0..length {
            numbers.push(reader.number()?);
        }
        let count = ends(text.as_bytes());
        let whole = text.is_empty() || text.ends_with('\n');
        whole.then_some(Self { lines, count, numbers, ..Self::default() })
    }

    /// The number of a text, new or old.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        if let Some(number) = self.find(text) {
            return number;
        }
        match usual_number(text) {
            Some(number) => self.numbers.push(number),
            None => self.lines.push_str(text),
        }
        self.lines.push('\n');
        self.count += 1;
        if let Some(index) = &mut self.index {
            index.insert(text.into(), self.count);
        }
        self.count
    }

    /// The number of a text or, for none, [`NONE`].
    pub(crate) fn intern_some(&mut self, text: Option<&str>) -> u32 {
        text.map_or(NONE, |text| self.intern(text))
    }

    /// The number of a text, if it is here.
    pub(crate) fn number(&self, text: &str) -> Option<u32> {
        self.search(text)
    }

    fn find(&mut self, text: &str) -> Option<u32> {
        if self.index.is_none() && self.searches < SEARCHES {
            self.searches += 1;
            return self.search(text);
        }
        if self.index.is_none() {
            let texts = self.table();
            let each = (1..texts.len() as u32).map(|number| (texts.get(number).into(), number));
            self.index = Some(each.collect());
        }
        self.index.as_ref()?.get(text).copied()
    }

    fn search(&self, text: &str) -> Option<u32> {
        let lines = self.lines.as_bytes();
        if let Some(number) = usual_number(text) {
            let place = self.numbers.iter().position(|known| *known == number)?;
            let mut empty = (1..).zip(self.each()).filter(|(_, line)| line.is_empty());
            return empty.nth(place).map(|(at, _)| at);
        }
        let whole = |at: &usize| {
            let before = at.checked_sub(1).map(|before| lines.get(before));
            before.is_none_or(|before| before == Some(&b'\n'))
                && lines.get(at + text.len()) == Some(&b'\n')
        };
        let at = memmem::find_iter(lines, text).find(whole)?;
        Some(ends(lines.get(..at).unwrap_or_default()) + 1)
    }

    /// The lines, one by one.
    fn each(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        memchr_iter(b'\n', self.lines.as_bytes()).map(move |end| {
            let line = self.lines.get(start..end).unwrap_or_default();
            start = end + 1;
            line
        })
    }

    /// Every text, so that a number finds its own.
    pub(crate) fn table(&self) -> Texts<'_> {
        let lines = match self.numbers.as_slice() {
            [] => Cow::Borrowed(self.lines.as_str()),
            _ => Cow::Owned(self.written_out()),
        };
        let mut starts = Vec::with_capacity(self.count as usize + 2);
        // No text is nowhere: an empty line before the first one, of no bytes.
        starts.extend([0, 0]);
        starts.extend(memchr_iter(b'\n', lines.as_bytes()).map(|end| end as u32 + 1));
        Texts { lines, starts }
    }

    /// The lines, with the numbers in them.
    fn written_out(&self) -> String {
        let mut text = String::with_capacity(self.lines.len() + self.numbers.len() * 12);
        let mut numbers = self.numbers.iter();
        for line in self.each() {
            if line.is_empty() {
                // A string takes whatever is written.
                numbers.next().into_iter().for_each(|n| _ = write!(text, "{n}"));
            } else {
                text.push_str(line);
            }
            text.push('\n');
        }
        text
    }
}

/// How many lines end.
fn ends(lines: &[u8]) -> u32 {
    memchr_iter(b'\n', lines).count() as u32
}

/// The number that a text is the usual decimal form of.
fn usual_number(text: &str) -> Option<u64> {
    let digits = text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit());
    let usual = digits && (text.len() == 1 || !text.starts_with('0'));
    if usual && !text.is_empty() { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 15] = [
        "o-1",
        "o",
        "0",
        "00",
        "7",
        "007",
        "18446744073709551616",
        "999999999999999999",
        "-1",
        "+1",
        "1234567",
        "\u{661}",
        "1 ",
        " 1",
        "\u{e9}t\u{e9}",
    ];

    #[test]
    fn texts_come_back_as_they_were() {
        let mut dictionary = Dictionary::default();
        for text in TEXTS {
            dictionary.intern(text);
        }
        for (number, text) in (1..).zip(TEXTS) {
            assert_eq!(dictionary.number(text), Some(number), "{text}");
            assert_eq!(dictionary.table().get(number), text);
            assert_eq!(dictionary.intern(text), number);
        }
        assert_eq!(dictionary.number("-"), None, "a part of a text is not a text");
        let mut writer = Writer::default();
        dictionary.write(&mut writer);
        let mut reader = Reader::new(&writer.bytes);
        assert_eq!(Dictionary::read(&mut reader), Some(dictionary));
        assert!(reader.is_empty());
    }

    /// Ids of seven digits, as a grocer has them.
    #[test]
    fn numbers_take_half() {
        let mut dictionary = Dictionary::default();
        (0..100).for_each(|n| _ = dictionary.intern(&(1_000_000 + n * 8_191).to_string()));
        let mut writer = Writer::default();
        dictionary.write(&mut writer);
        assert!(writer.bytes.len() <= 410);
    }
}
