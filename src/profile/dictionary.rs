//! The texts of one customer's record, each once, so that columns hold numbers.

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
        // The text vouches for the length of the column: none is without a byte.
        writer.number(self.text.len() as u64);
        writer.bytes.extend_from_slice(self.text.as_bytes());
        writer.number(self.lengths.len() as u64);
        writer.small(&self.lengths);
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let length = usize::try_from(reader.number()?).ok()?;
        let text = reader.text(length)?;
        let texts = usize::try_from(reader.number()?).ok().filter(|texts| *texts <= text.len())?;
        let lengths = reader.small(texts)?;
        let mut end = 0usize;
        let fits = lengths.iter().all(|length| {
            end = end.saturating_add(*length as usize);
            *length > 0 && text.is_char_boundary(end)
        });
        (fits && end == text.len()).then_some(Self { text, lengths, ..Self::default() })
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
