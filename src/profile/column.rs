//! How columns of whole numbers are written: as differences, from the smallest cell or
//! from the cell before, divided by what they have in common, each with as many bits as
//! the largest needs; and where most are zero, only the others.
//!
//! | what | as |
//! |---|---|
//! | base: the smallest cell, or the first | zigzag varint |
//! | form: 1 for differences from the cell before, 2 for only the others | byte |
//! | width: bits of a difference, 0 to 56, or 64 | byte |
//! | scale: the greatest common divisor of the differences | varint, unless the width is 0 |
//! | which differences are not zero | a bit each, lowest first, if only they are written |
//! | the differences | bits, lowest first; those from the cell before zigzagged |
//!
//! A column of equal cells takes no more than its base and two bytes, one of no cells none.

/// Writes values in the form of this file.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

/// Reads them back; `None` at the first thing that is not of the form.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    /// For how many more cells a column has room: what is read is mostly read to be added
    /// to.
    room: usize,
}

/// A number that a column can hold.
pub(super) trait Cell: Copy + Default {
    /// Whether a common divisor is worth looking for.
    const SCALED: bool;
    fn widen(self) -> i64;
    fn narrow(wide: i64) -> Option<Self>;
}

impl Cell for i64 {
    const SCALED: bool = true;

    fn widen(self) -> i64 {
        self
    }

    fn narrow(wide: i64) -> Option<Self> {
        Some(wide)
    }
}

impl Cell for i32 {
    const SCALED: bool = false;

    fn widen(self) -> i64 {
        self.into()
    }

    fn narrow(wide: i64) -> Option<Self> {
        wide.try_into().ok()
    }
}

impl Cell for u32 {
    const SCALED: bool = false;

    fn widen(self) -> i64 {
        self.into()
    }

    fn narrow(wide: i64) -> Option<Self> {
        wide.try_into().ok()
    }
}

const FROM_BEFORE: u8 = 1;
const ONLY_OTHERS: u8 = 2;
const BOTH: u8 = FROM_BEFORE | ONLY_OTHERS;

/// One way of writing a column.
#[derive(Debug, Clone, Copy)]
struct Form {
    base: i64,
    from_before: bool,
    only_others: bool,
    width: u32,
    scale: u64,
}

impl Form {
    /// The shortest of the ways.
    fn of<T: Cell>(cells: &[T]) -> Self {
        let first = cells.first().map_or(0, |cell| cell.widen());
        let (mut least, mut most) = (first, first);
        for cell in cells.iter().map(|cell| cell.widen()) {
            (least, most) = (least.min(cell), most.max(cell));
        }
        let (mut others, mut steps, mut longest, mut before) = (0usize, 0usize, 0u64, first);
        for cell in cells.iter().map(|cell| cell.widen()) {
            // Counts of cells do not overflow; the checks would keep this loop slow.
            others = others.wrapping_add(usize::from(cell != least));
            steps = steps.wrapping_add(usize::from(cell != before));
            longest = longest.max(cell.wrapping_sub(before).unsigned_abs());
            before = cell;
        }
        let largest = most.wrapping_sub(least) as u64;
        let (mut plain_scale, mut step_scale) = (1, 1);
        if T::SCALED && largest > 0 {
            let wide = || cells.iter().map(|cell| cell.widen());
            plain_scale = shared(wide().map(|cell| cell.wrapping_sub(least) as u64));
            let pairs = wide().zip(wide().skip(1));
            step_scale = shared(pairs.map(|(a, b)| b.wrapping_sub(a).unsigned_abs()));
        }
        let plain = Self::new(least, false, plain_scale, bits_of(largest / plain_scale));
        let width = if longest == 0 { 0 } else { bits_of(longest / step_scale) + 1 };
        let stepped = Self::new(first, true, step_scale, width);
        let (plain, plain_bits) = plain.shorter(cells.len(), others);
        let (stepped, stepped_bits) = stepped.shorter(cells.len(), steps);
        if stepped_bits < plain_bits { stepped } else { plain }
    }

    fn new(base: i64, from_before: bool, scale: u64, width: u32) -> Self {
        let width = if width > 56 { 64 } else { width };
        Self { base, from_before, only_others: false, width, scale }
    }

    /// With only the cells that are not zero, if that is shorter; and in how many bits.
    fn shorter(self, cells: usize, others: usize) -> (Self, usize) {
        let width = self.width as usize;
        let (all, only_others) = (cells * width, cells + others * width);
        (Self { only_others: only_others < all, ..self }, all.min(only_others))
    }

    fn flags(self) -> u8 {
        let from_before = if self.from_before { FROM_BEFORE } else { 0 };
        from_before | if self.only_others { ONLY_OTHERS } else { 0 }
    }

    /// What is written of each cell.
    fn codes<T: Cell>(self, cells: &[T]) -> impl Iterator<Item = u64> {
        let mut before = self.base;
        cells.iter().map(move |cell| {
            let cell = cell.widen();
            let difference = cell.wrapping_sub(before);
            if self.from_before {
                before = cell;
                zigzag(difference / self.scale as i64)
            } else {
                difference as u64 / self.scale
            }
        })
    }
}

fn bits_of(number: u64) -> u32 {
    u64::BITS - number.leading_zeros()
}

/// The greatest common divisor, if a sign has room beside it.
fn shared(sizes: impl Iterator<Item = u64>) -> u64 {
    let mut shared = 0;
    for size in sizes.filter(|size| *size != 0) {
        let mut rest = size;
        while rest != 0 {
            (shared, rest) = (rest, shared % rest);
        }
        if shared == 1 {
            break;
        }
    }
    if shared > i64::MAX as u64 { 1 } else { shared.max(1) }
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
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
        self.number(zigzag(number));
    }

    /// A column of numbers.
    pub(super) fn column<T: Cell>(&mut self, cells: &[T]) {
        if cells.is_empty() {
            return;
        }
        let form = Form::of(cells);
        self.signed(form.base);
        self.bytes.push(form.flags());
        self.bytes.push(form.width as u8);
        if form.width == 0 {
            return;
        }
        self.number(form.scale);
        if form.only_others {
            self.bits(form.codes(cells).map(|code| u64::from(code != 0)), 1);
            self.bits(form.codes(cells).filter(|code| *code != 0), form.width);
        } else {
            self.bits(form.codes(cells), form.width);
        }
    }

    /// Numbers of so many bits each, lowest first.
    fn bits(&mut self, codes: impl Iterator<Item = u64>, width: u32) {
        if width == u64::BITS {
            codes.for_each(|code| self.bytes.extend_from_slice(&code.to_le_bytes()));
            return;
        }
        let (mut pending, mut filled) = (0u64, 0u32);
        for code in codes {
            pending |= code << filled;
            filled += width;
            // Half a word at a time, where a code always fits beside what is pending.
            while filled >= 32 && width <= 32 {
                self.bytes.extend_from_slice(&(pending as u32).to_le_bytes());
                pending >>= 32;
                filled -= 32;
            }
            while filled >= 8 && width > 32 {
                self.bytes.push(pending as u8);
                pending >>= 8;
                filled -= 8;
            }
        }
        let rest = pending.to_le_bytes();
        self.bytes.extend_from_slice(rest.get(..filled.div_ceil(8) as usize).unwrap_or_default());
    }

    /// A column of random bits.
    pub(super) fn fixed(&mut self, cells: &[u64]) {
        self.bytes.reserve(cells.len() * 8);
        cells.iter().for_each(|cell| self.bytes.extend_from_slice(&cell.to_le_bytes()));
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, room: 1 }
    }

    /// With room for so many more cells behind each column.
    pub(super) fn with_room(self, room: usize) -> Self {
        Self { room, ..self }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len()
    }

    /// A number of cells, of which some column has a bit for each.
    pub(super) fn count(&mut self) -> Option<usize> {
        let count = self.number()?.try_into().ok()?;
        (count <= self.left().saturating_mul(8).max(1)).then_some(count)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        self.number().map(unzigzag)
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*byte)
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    /// A column of numbers, of a length that the bytes have vouched for.
    pub(super) fn column<T: Cell>(&mut self, length: usize) -> Option<Vec<T>> {
        if length == 0 {
            return Some(Vec::new());
        }
        let (base, form, width) = (self.signed()?, self.byte()?, u32::from(self.byte()?));
        let mut cells = Vec::with_capacity(length + self.room);
        if width == 0 {
            cells.extend(std::iter::repeat_n(T::narrow(base)?, length));
            return Some(cells);
        }
        let scale = self.number()?;
        let mut before = base;
        let from_least = |code: u64| base.wrapping_add(code.wrapping_mul(scale) as i64);
        let mut from_before = |code: u64| {
            before = before.wrapping_add(unzigzag(code).wrapping_mul(scale as i64));
            before
        };
        let narrow = T::narrow;
        match form {
            0 => {
                let mut codes = self.bits(length, width)?;
                fill(&mut cells, length, || narrow(from_least(codes.next())))?;
            }
            FROM_BEFORE => {
                let mut codes = self.bits(length, width)?;
                fill(&mut cells, length, || narrow(from_before(codes.next())))?;
            }
            ONLY_OTHERS => {
                let mut others = self.others(length, width)?;
                others.fill(&mut cells, length, |code| narrow(from_least(code)))?;
            }
            BOTH => {
                let mut others = self.others(length, width)?;
                others.fill(&mut cells, length, |code| narrow(from_before(code)))?;
            }
            _ => return None,
        }
        Some(cells)
    }

    /// Passes over a column.
    pub(super) fn skip(&mut self, length: usize) -> Option<()> {
        if length == 0 {
            return Some(());
        }
        let (_, form, width) = (self.signed()?, self.byte()?, u32::from(self.byte()?));
        if width == 0 {
            return Some(());
        }
        self.number()?;
        if form & ONLY_OTHERS == 0 {
            self.bits(length, width).map(|_| ())
        } else {
            self.others(length, width).map(|_| ())
        }
    }

    fn bits(&mut self, length: usize, width: u32) -> Option<Bits<'a>> {
        let fits = (1..=56).contains(&width) || width == 64;
        let bits = length.checked_mul(width as usize).filter(|_| fits)?;
        let bytes = self.take(bits.div_ceil(8))?;
        Some(Bits { bytes, width, mask: u64::MAX >> (u64::BITS - width), at: 0 })
    }

    fn others(&mut self, length: usize, width: u32) -> Option<Others<'a>> {
        let which = self.bits(length, 1)?;
        let others = which.bytes.iter().map(|byte| byte.count_ones() as usize).sum();
        Some(Others { which, codes: self.bits(others, width)? })
    }

    /// A text of so many bytes.
    pub(super) fn text(&mut self, length: usize) -> Option<&'a str> {
        std::str::from_utf8(self.take(length)?).ok()
    }

    /// A column of random bits.
    pub(super) fn fixed(&mut self, length: usize) -> Option<Vec<u64>> {
        let (cells, _) = self.take(length.checked_mul(8)?)?.as_chunks();
        let mut column = Vec::with_capacity(length + self.room);
        column.extend(cells.iter().map(|cell| u64::from_le_bytes(*cell)));
        Some(column)
    }
}

/// Adds so many cells; those of a column that is not of the form are zero.
#[inline]
fn fill<T: Cell>(
    cells: &mut Vec<T>,
    length: usize,
    mut next: impl FnMut() -> Option<T>,
) -> Option<()> {
    let mut whole = true;
    // Of a known length, so that no cell asks for room.
    cells.extend((0..length).map(|_| {
        let cell = next();
        whole &= cell.is_some();
        cell.unwrap_or_default()
    }));
    whole.then_some(())
}

/// Numbers of so many bits each, lowest first; zeros after the last.
#[derive(Debug)]
struct Bits<'a> {
    bytes: &'a [u8],
    width: u32,
    mask: u64,
    /// How many bits were read.
    at: usize,
}

impl Bits<'_> {
    #[inline]
    fn next(&mut self) -> u64 {
        self.next_if(1)
    }

    /// The next number if this is one, zero if it is zero. It does not branch, for nobody
    /// can guess which numbers a column holds.
    #[inline]
    fn next_if(&mut self, one: u64) -> u64 {
        let bytes = self.bytes.get(self.at / 8..).unwrap_or_default();
        let word = match bytes.first_chunk() {
            Some(word) => u64::from_le_bytes(*word),
            None => bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        let code = word >> (self.at % 8) & self.mask;
        // Both are bounded by the bits that were taken.
        self.at = self.at.wrapping_add((u64::from(self.width) * one) as usize);
        code.wrapping_mul(one)
    }
}

/// Zeros, but for some.
#[derive(Debug)]
struct Others<'a> {
    which: Bits<'a>,
    codes: Bits<'a>,
}

impl Others<'_> {
    /// Adds so many cells, eight for each byte that says which are not zero.
    #[inline]
    fn fill<T: Cell>(
        &mut self,
        cells: &mut Vec<T>,
        length: usize,
        mut cell: impl FnMut(u64) -> Option<T>,
    ) -> Option<()> {
        let mut left = length;
        for byte in self.which.bytes {
            let (mut which, eight) = (*byte, left.min(8));
            left -= eight;
            if which == 0 {
                cells.extend(std::iter::repeat_n(cell(0)?, eight));
                continue;
            }
            fill(cells, eight, || {
                let one = u64::from(which & 1);
                which >>= 1;
                cell(self.codes.next_if(one))
            })?;
        }
        Some(())
    }
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

    /// A column as it comes back, and the bytes that it took.
    fn there_and_back<T: Cell>(cells: &[T]) -> (Vec<T>, usize) {
        let mut writer = Writer::default();
        writer.column(cells);
        let mut reader = Reader::new(&writer.bytes);
        let back = reader.column(cells.len()).unwrap();
        assert!(reader.is_empty());
        (back, writer.bytes.len())
    }

    #[test]
    fn columns_come_back_as_they_were() {
        let wide: [&[i64]; 12] = [
            &[],
            &[0],
            &[-7],
            &[i64::MIN, i64::MAX, 0],
            &[i64::MAX, i64::MIN, i64::MAX],
            &[0, i64::MIN],
            &[1 << 55, 0, 1 << 57, -(1 << 56)],
            &[-5, 300, 70_000],
            &[12_900_000, 2_000_000],
            &[1_770_000_000_000, 1_770_000_060_000],
            &[7, 7, 7],
            &[5, 5, 5, 5, 5, 5, 5, 5, 5, 900, 5, 5, 5, 5, 5, 5],
        ];
        for cells in wide {
            assert_eq!(there_and_back(cells).0, cells);
        }
        let small: [&[u32]; 5] = [&[], &[3], &[0, 255], &[9, 400], &[0, u32::MAX]];
        for cells in small {
            assert_eq!(there_and_back(cells).0, cells);
        }
        // Every width, with a length that leaves bits over.
        for width in 1..64 {
            for sign in [1, -1] {
                let cells: Vec<i64> =
                    (0..13).map(|n| ((sign * (n * n * 5 + 1)) << width) >> 3).collect();
                assert_eq!(there_and_back(&cells).0, cells, "{width}");
            }
        }
    }

    #[test]
    fn equal_cells_take_no_room() {
        assert!(there_and_back(&[5_000_000i64; 1000]).1 <= 6);
    }

    /// A hundred baskets of ten lines: minutes, cents, dictionary numbers.
    #[test]
    fn what_is_regular_is_small() {
        let lines = || 0..1000i64;
        let minutes: Vec<i64> =
            lines().map(|n| 1_770_000_000_000 + n / 10 * 60_000 * 1440).collect();
        let orders: Vec<u32> = lines().map(|n| 17 + n as u32 / 10 * 7).collect();
        let cents: Vec<i64> = lines().map(|n| (99 + n * 37 % 900) * 10_000).collect();
        assert!(there_and_back(&minutes).1 <= 170, "a bit for each, and some for a few");
        assert!(there_and_back(&orders).1 <= 180, "the same");
        assert!(there_and_back(&cents).1 <= 1000 * 10 / 8 + 12, "ten bits each");
    }

    #[test]
    fn a_cut_off_column_is_none() {
        for cells in [&[1i64, 1000, 100_000, 7][..], &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1 << 30]] {
            let mut writer = Writer::default();
            writer.column(cells);
            for length in 0..writer.bytes.len() {
                assert_eq!(Reader::new(&writer.bytes[..length]).column::<i64>(cells.len()), None);
            }
        }
    }
}
