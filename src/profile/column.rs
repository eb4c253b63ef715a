//! How columns of whole numbers are written: shifted by the smallest, divided by a
//! round factor that all share, and each cell as wide as the widest needs.
//!
//! A column is its base (zigzag varint), its scale (an index into [`SCALES`]) and its
//! width in bytes (0, 1, 2, 4 or 8), then the cells, little endian. A column of equal
//! cells takes no more than its base.

/// The factors that amounts and times often share.
const SCALES: [i64; 4] = [1, 1_000, 10_000, 1_000_000];

/// Writes values in the form of this file.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

/// Reads them back; `None` at the first thing that is not of the form.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl Writer {
    pub(super) fn with_room(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes) }
    }

    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    pub(super) fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63) as u64);
    }

    /// A column of small numbers: dictionary numbers, kinds.
    pub(super) fn small(&mut self, cells: &[u32]) {
        let (least, most) = bounds(cells);
        let span = most - least;
        let width = self.head(least.into(), 0, span.into());
        match width {
            0 => {}
            1 => self.bytes.extend(cells.iter().map(|cell| (cell - least) as u8)),
            2 => self.cells(cells.iter().map(|cell| ((cell - least) as u16).to_le_bytes())),
            _ => self.cells(cells.iter().map(|cell| (cell - least).to_le_bytes())),
        }
    }

    /// A column of amounts.
    pub(super) fn wide(&mut self, cells: &[i64]) {
        let (least, most) = bounds(cells);
        if least == most {
            _ = self.head(least, 0, 0);
            return;
        }
        let shared = |scale: &&i64| cells.iter().all(|cell| cell % **scale == 0);
        let scales = SCALES.iter().enumerate().rev();
        let found = scales.map(|(n, scale)| (n as u8, scale)).find(|(_, scale)| shared(scale));
        let (number, scale) = found.map_or((0, 1), |(number, scale)| (number, *scale));
        let least = least / scale;
        let offset = |cell: &i64| (cell / scale).wrapping_sub(least) as u64;
        let span = offset(&most);
        match self.head(least, number, span) {
            0 => {}
            1 => self.bytes.extend(cells.iter().map(|cell| offset(cell) as u8)),
            2 => self.cells(cells.iter().map(|cell| (offset(cell) as u16).to_le_bytes())),
            4 => self.cells(cells.iter().map(|cell| (offset(cell) as u32).to_le_bytes())),
            _ => self.cells(cells.iter().map(|cell| offset(cell).to_le_bytes())),
        }
    }

    /// A column in ascending order: the first cell, then the steps.
    pub(super) fn ascending(&mut self, cells: &[i64]) {
        self.signed(cells.first().copied().unwrap_or(0));
        let steps = cells.iter().zip(cells.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a));
        self.wide(&steps.collect::<Vec<i64>>());
    }

    /// A column of random bits.
    pub(super) fn fixed(&mut self, cells: &[u64]) {
        self.cells(cells.iter().map(|cell| cell.to_le_bytes()));
    }

    fn head(&mut self, least: i64, scale: u8, span: u64) -> u8 {
        let width = match span {
            0 => 0,
            1..=0xff => 1,
            0x100..=0xffff => 2,
            0x1_0000..=0xffff_ffff => 4,
            _ => 8,
        };
        self.signed(least);
        self.bytes.push(scale << 4 | width);
        width
    }

    fn cells<const N: usize>(&mut self, cells: impl ExactSizeIterator<Item = [u8; N]>) {
        self.bytes.reserve(cells.len() * N);
        cells.for_each(|cell| self.bytes.extend_from_slice(&cell));
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?.first().copied()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    /// A column of small numbers, of a length that the bytes have vouched for.
    pub(super) fn small(&mut self, length: usize) -> Option<Vec<u32>> {
        let (least, _, width) = self.head()?;
        let least = u32::try_from(least).ok()?;
        Some(match width {
            0 => roomy(std::iter::repeat_n(least, length)),
            1 => roomy(self.take(length)?.iter().map(|cell| least.wrapping_add((*cell).into()))),
            2 => self.cells(length, |cell| least.wrapping_add(u16::from_le_bytes(cell).into()))?,
            4 => self.cells(length, |cell| least.wrapping_add(u32::from_le_bytes(cell)))?,
            _ => return None,
        })
    }

    /// A column of amounts, of a length that the bytes have vouched for.
    pub(super) fn wide(&mut self, length: usize) -> Option<Vec<i64>> {
        let (least, scale, width) = self.head()?;
        let scale = *SCALES.get(usize::from(scale))?;
        let back = |offset: u64| least.wrapping_add(offset as i64).wrapping_mul(scale);
        Some(match width {
            0 => roomy(std::iter::repeat_n(back(0), length)),
            1 => roomy(self.take(length)?.iter().map(|cell| back((*cell).into()))),
            2 => self.cells(length, |cell| back(u16::from_le_bytes(cell).into()))?,
            4 => self.cells(length, |cell| back(u32::from_le_bytes(cell).into()))?,
            8 => self.cells(length, |cell| back(u64::from_le_bytes(cell)))?,
            _ => return None,
        })
    }

    /// A column in ascending order, of a length that the bytes have vouched for.
    pub(super) fn ascending(&mut self, length: usize) -> Option<Vec<i64>> {
        let mut last = self.signed()?;
        let steps = self.wide(length.saturating_sub(1))?;
        let mut cells = Vec::with_capacity(length + 1);
        cells.extend(std::iter::once(last).take(length));
        cells.extend(steps.iter().map(|step| {
            last = last.wrapping_add(*step);
            last
        }));
        Some(cells)
    }

    /// A text of so many bytes.
    pub(super) fn text(&mut self, length: usize) -> Option<String> {
        let text = std::str::from_utf8(self.take(length)?).ok()?;
        let mut roomy = String::with_capacity(length + 64);
        roomy.push_str(text);
        Some(roomy)
    }

    /// A column of random bits.
    pub(super) fn fixed(&mut self, length: usize) -> Option<Vec<u64>> {
        self.cells(length, u64::from_le_bytes)
    }

    fn head(&mut self) -> Option<(i64, u8, u8)> {
        let least = self.signed()?;
        let form = self.take(1)?.first().copied()?;
        Some((least, form >> 4, form & 0xf))
    }

    fn cells<const N: usize, T>(
        &mut self,
        length: usize,
        read: impl Fn([u8; N]) -> T,
    ) -> Option<Vec<T>> {
        let (cells, _) = self.take(length.checked_mul(N)?)?.as_chunks::<N>();
        Some(roomy(cells.iter().map(|cell| read(*cell))))
    }
}

/// The smallest and the largest cell; zeros for none.
fn bounds<T: Copy + Ord + Default>(cells: &[T]) -> (T, T) {
    let first = cells.first().copied().unwrap_or_default();
    cells.iter().fold((first, first), |(least, most), cell| (least.min(*cell), most.max(*cell)))
}

/// A column with room for one more: what is read is mostly read to be added to.
fn roomy<T>(cells: impl ExactSizeIterator<Item = T>) -> Vec<T> {
    let mut column = Vec::with_capacity(cells.len() + 1);
    column.extend(cells);
    column
}

/// Serde for a type that writes itself as bytes.
macro_rules! as_bytes {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut writer = crate::profile::column::Writer::with_room(self.room());
                self.write(&mut writer);
                serializer.serialize_bytes(&writer.bytes)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Bytes;
                impl serde::de::Visitor<'_> for Bytes {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("columns of whole numbers")
                    }

                    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<$name, E> {
                        let mut reader = crate::profile::column::Reader::new(bytes);
                        let value = $name::read(&mut reader).filter(|_| reader.is_empty());
                        value.ok_or_else(|| E::invalid_length(bytes.len(), &self))
                    }
                }
                deserializer.deserialize_bytes(Bytes)
            }
        }
    };
}

pub(super) use as_bytes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_back_as_they_were() {
        let wide: [&[i64]; 7] = [
            &[],
            &[0],
            &[i64::MIN, i64::MAX, 0],
            &[-5, 300, 70_000],
            &[12_900_000, 2_000_000],
            &[1_770_000_000_000, 1_770_000_060_000],
            &[7, 7, 7],
        ];
        for cells in wide {
            let mut writer = Writer::default();
            writer.wide(cells);
            writer.ascending(cells);
            let mut reader = Reader::new(&writer.bytes);
            assert_eq!(reader.wide(cells.len()).unwrap(), cells);
            assert_eq!(reader.ascending(cells.len()).unwrap(), cells);
            assert!(reader.is_empty());
        }
        let small: [&[u32]; 5] = [&[], &[3], &[0, 255], &[9, 400], &[0, u32::MAX]];
        for cells in small {
            let mut writer = Writer::default();
            writer.small(cells);
            let mut reader = Reader::new(&writer.bytes);
            assert_eq!(reader.small(cells.len()).unwrap(), cells);
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn equal_cells_take_no_room() {
        let mut writer = Writer::default();
        writer.wide(&[5_000_000; 1000]);
        assert!(writer.bytes.len() <= 6);
    }

    #[test]
    fn a_cut_off_column_is_none() {
        let mut writer = Writer::default();
        writer.wide(&[1, 1000, 100_000]);
        for length in 0..writer.bytes.len() {
            assert_eq!(Reader::new(&writer.bytes[..length]).wide(3), None);
        }
    }
}
