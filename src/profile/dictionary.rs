//! The texts of one customer's record, each once, so that columns hold numbers.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// The number that stands for no text.
pub(crate) const NONE: u32 = 0;

/// From this many texts on, an index is worth its making.
const INDEXED: usize = 48;

/// Texts, numbered from one in the order of their arrival.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Dictionary {
    text: String,
    lengths: Vec<u32>,
    #[serde(skip)]
    index: Option<HashMap<Box<str>, u32>>,
}

/// The index is only a memory of the texts.
impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.lengths == other.lengths
    }
}

impl Dictionary {
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

    fn find(&mut self, text: &str) -> Option<u32> {
        if self.lengths.len() < INDEXED {
            return self
                .iter()
                .find(|(_, known)| *known == text)
                .map(|(number, _)| number);
        }
        if self.index.is_none() {
            self.index = Some(
                self.iter()
                    .map(|(number, text)| (text.into(), number))
                    .collect(),
            );
        }
        self.index.as_ref()?.get(text).copied()
    }

    /// Every text with its number, in order of the numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        let mut end = 0usize;
        (1..).zip(&self.lengths).map(move |(number, length)| {
            let start = end;
            end = end.saturating_add(*length as usize);
            (number, self.text.get(start..end).unwrap_or_default())
        })
    }

    /// Every text, the empty one first, so that a number finds its text at its place.
    pub(crate) fn table(&self) -> Vec<&str> {
        std::iter::once("")
            .chain(self.iter().map(|(_, text)| text))
            .collect()
    }
}
