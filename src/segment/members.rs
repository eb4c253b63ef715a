//! A set of numbers below a bound, and nothing else is known here: who they are is the
//! roster's to say. Few numbers are kept as a list, many as one bit each, and which of
//! the two follows from the set alone: equal sets are equal in memory.

use fixedbitset::FixedBitSet;

/// A list is kept while it has at most one number in so many: it is then at most a
/// sixteenth of the bits, and walking it costs less than walking them.
const FEW: u64 = 512;

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Members {
    bound: u32,
    form: Form,
}

#[derive(Clone, PartialEq, Eq)]
enum Form {
    /// Ascending, each once.
    Few(Vec<u32>),
    /// As many bits as the bound, and how many of them are set.
    Many(FixedBitSet, u32),
}

use Form::{Few, Many};

impl Members {
    /// Those of some numbers that are below the bound, in any order and any number of
    /// times.
    pub(super) fn new(bound: u32, numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut bits = FixedBitSet::with_capacity(bound as usize);
        let below = numbers.into_iter().filter(|number| *number < bound);
        below.for_each(|number| bits.insert(number as usize));
        Self::of_bits(bound, bits)
    }

    /// Every number below the bound.
    pub(super) fn all(bound: u32) -> Self {
        let mut bits = FixedBitSet::with_capacity(bound as usize);
        bits.insert_range(..);
        Self::of_bits(bound, bits)
    }

    fn of_bits(bound: u32, bits: FixedBitSet) -> Self {
        let count = bits.count_ones(..);
        let form = if count as u64 * FEW <= u64::from(bound) {
            Few(bits.ones().map(|number| number as u32).collect())
        } else {
            Many(bits, count as u32)
        };
        Self { bound, form }
    }

    /// Of a list that is ascending and has each number once.
    fn of_list(bound: u32, list: Vec<u32>) -> Self {
        if list.len() as u64 * FEW <= u64::from(bound) {
            Self { bound, form: Few(list) }
        } else {
            Self::new(bound, list)
        }
    }

    pub(super) fn len(&self) -> u32 {
        match &self.form {
            Few(list) => list.len() as u32,
            Many(_, count) => *count,
        }
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        match &self.form {
            Few(list) => list.binary_search(&number).is_ok(),
            Many(bits, _) => bits.contains(number as usize),
        }
    }

    /// The numbers, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let (few, many) = match &self.form {
            Few(list) => (list.as_slice(), None),
            Many(bits, _) => ([].as_slice(), Some(bits.ones())),
        };
        let many = many.into_iter().flatten().map(|number| number as u32);
        few.iter().copied().chain(many)
    }

    /// Those in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        match (&self.form, &other.form) {
            (Few(list), _) => self.kept(list, |number| other.contains(number)),
            (_, Few(list)) => self.kept(list, |number| self.contains(number)),
            (Many(a, _), Many(b, _)) => {
                let mut bits = a.clone();
                bits.intersect_with(b);
                Self::of_bits(self.bound, bits)
            }
        }
    }

    /// Those in either.
    pub(super) fn or(&self, other: &Self) -> Self {
        let bits = match (&self.form, &other.form) {
            (Few(a), Few(b)) => {
                let mut list = [a.as_slice(), b].concat();
                list.sort();
                list.dedup();
                return Self::of_list(self.bound, list);
            }
            (Many(bits, _), Few(list)) | (Few(list), Many(bits, _)) => {
                let mut bits = bits.clone();
                list.iter().for_each(|number| bits.insert(*number as usize));
                bits
            }
            (Many(a, _), Many(b, _)) => {
                let mut bits = a.clone();
                bits.union_with(b);
                bits
            }
        };
        Self::of_bits(self.bound, bits)
    }

    /// Those that are not in the other.
    pub(super) fn minus(&self, other: &Self) -> Self {
        let bits = match (&self.form, &other.form) {
            (Few(list), _) => return self.kept(list, |number| !other.contains(number)),
            (Many(bits, _), Few(list)) => {
                let mut bits = bits.clone();
                list.iter().for_each(|number| bits.remove(*number as usize));
                bits
            }
            (Many(a, _), Many(b, _)) => {
                let mut bits = a.clone();
                bits.difference_with(b);
                bits
            }
        };
        Self::of_bits(self.bound, bits)
    }

    /// Those below the bound that are not in here.
    pub(super) fn not(&self) -> Self {
        match &self.form {
            Few(_) => Self::all(self.bound).minus(self),
            Many(bits, _) => {
                let mut bits = bits.clone();
                bits.toggle_range(..);
                Self::of_bits(self.bound, bits)
            }
        }
    }

    /// How many are in both.
    pub(super) fn common(&self, other: &Self) -> u32 {
        match (&self.form, &other.form) {
            (Few(list), _) => list.iter().filter(|number| other.contains(**number)).count() as u32,
            (_, Few(_)) => other.common(self),
            (Many(a, _), Many(b, _)) => a.intersection_count(b) as u32,
        }
    }

    fn kept(&self, list: &[u32], keep: impl Fn(u32) -> bool) -> Self {
        let list = list.iter().copied().filter(|number| keep(*number)).collect();
        Self { bound: self.bound, form: Few(list) }
    }
}
