//! The texts of one customer's record, each once, so that columns hold numbers.
//!
//! In bytes: how many there are (varint), a column of their lengths, and the texts one
//! after the other in UTF-8. A text that is a decimal number, as ids in shops often are,
//! has the length zero and is written as a varint.

use std::fmt::Write;

use hashbrown::HashMap;

use super::column::{Reader, Writer, as_bytes};

/// The number that stands for no text.
pub(crate) const NONE: u32 = 0;

/// After so many searches through all texts an index is worth its making.
const SEARCHES: u32 = 16;

/// Texts, numbered from one in the order of their arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionary {
    text: String,
    lengths: Vec<u32>,
    index: Option<HashMap<Box<str>, u32>>,
    searches: u32,
}

as_bytes!(Dictionary);

/// The index is only a memory of the texts.
impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.lengths == other.lengths
    }
}

impl Dictionary {
    /// About how many bytes it takes to write.
    fn room(&self) -> usize {
        64 + self.text.len() + self.lengths.len() * 2
    }

    fn write(&self, writer: &mut Writer) {
        let numbers: Vec<Option<u64>> = self.iter().map(|(_, text)| number(text)).collect();
        let lengths = self.lengths.iter().zip(&numbers);
        let lengths: Vec<u32> =
            lengths.map(|(length, number)| if number.is_some() { 0 } else { *length }).collect();
        writer.number(lengths.len() as u64);
        writer.column(&lengths);
        for ((_, text), number) in self.iter().zip(numbers) {
            match number {
                Some(number) => writer.number(number),
                None => writer.bytes.extend_from_slice(text.as_bytes()),
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        // Each text takes a byte or more.
        let texts = reader.number()?.try_into().ok().filter(|texts| *texts <= reader.left())?;
        let mut lengths: Vec<u32> = reader.column(texts)?;
        // With room for more: what is read is mostly read to be added to.
        let mut text = String::with_capacity(reader.left() + 64);
        for length in &mut lengths {
            match length {
                0 => {
                    let before = text.len();
                    write!(text, "{}", reader.number()?).ok()?;
                    *length = (text.len() - before) as u32;
                }
                length => text.push_str(reader.text(*length as usize)?),
            }
        }
        Some(Self { text, lengths, ..Self::default() })
    }

    /// The number of a text, new or old.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        if let Some(number) = self.find(text) {
            return number;
        }
        self.text.push_str(text);
        self.lengths.push(text.len() as u32);
        let number = self.lengths.len() as u32;
        if let Some(index) = &mut self.index {
            index.insert(text.into(), number);
        }
        number
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
            self.index = Some(self.iter().map(|(number, text)| (text.into(), number)).collect());
        }
        self.index.as_ref()?.get(text).copied()
    }

    fn search(&self, text: &str) -> Option<u32> {
        let mut start = 0usize;
        for (number, length) in (1..).zip(&self.lengths) {
            let end = start + *length as usize;
            if *length as usize == text.len() && self.text.get(start..end) == Some(text) {
                return Some(number);
            }
            start = end;
        }
        None
    }

    /// Every text with its number, in order of the numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        let mut end = 0usize;
        (1..).zip(&self.lengths).map(move |(number, length)| {
            let start = end;
            end += *length as usize;
            (number, self.text.get(start..end).unwrap_or_default())
        })
    }

    /// Every text, the empty one first, so that a number finds its text at its place.
    pub(crate) fn table(&self) -> Vec<&str> {
        std::iter::once("").chain(self.iter().map(|(_, text)| text)).collect()
    }
}

/// The number that a text is the usual decimal form of.
fn number(text: &str) -> Option<u64> {
    let digits = text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit());
    let usual = digits && (text.len() == 1 || !text.starts_with('0'));
    if usual { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were() {
        let mut dictionary = Dictionary::default();
        let texts =
            ["0", "00", "7", "007", "18446744073709551616", "999999999999999999", "-1", "+1"];
        for text in texts.into_iter().chain(["1234567", "o-1", "\u{661}", "1 ", "\u{e9}t\u{e9}"]) {
            dictionary.intern(text);
        }
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
        assert!(writer.bytes.len() <= 400);
    }
}
