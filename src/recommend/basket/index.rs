//! The vectors of all customers, by customer and by item, and who is nearest to whom.
//!
//! Everything that is added up is whole numbers, and of vectors that are equally near the
//! one that comes first by its content is nearer; so where a row stands, and in which
//! order it came, changes nothing.

use std::cmp::Ordering;

use super::lists::Lists;
use super::vector::{Vector, norm};

/// Vectors by customer and by item.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    rows: Vec<Vector>,
    /// The squared length of each row.
    norms: Vec<u64>,
    /// For each item the rows that it is in, with its weight there.
    lists: Lists,
}

impl Index {
    /// Of so many items, with these rows; empty ones are left out.
    pub(super) fn new(items: u32, rows: Vec<Vector>) -> Self {
        let mut sizes = vec![0u32; items as usize];
        for (item, _) in rows.iter().flatten() {
            if let Some(size) = sizes.get_mut(*item as usize) {
                *size += 1;
            }
        }
        let lists = Lists::with_room(sizes);
        let mut index = Self { rows: Vec::with_capacity(rows.len()), norms: Vec::new(), lists };
        rows.into_iter().for_each(|row| index.add(row));
        index
    }

    pub(super) fn items(&self) -> u32 {
        self.lists.len() as u32
    }

    pub(super) fn rows(&self) -> &[Vector] {
        &self.rows
    }

    /// The rows that an item is in, with its weight there.
    pub(super) fn list(&self, item: u32) -> &[(u32, u32)] {
        self.lists.get(item)
    }

    pub(super) fn row(&self, row: u32) -> &[(u32, u32)] {
        self.rows.get(row as usize).map_or(&[], Vec::as_slice)
    }

    /// Adds a row, unless it is empty.
    pub(super) fn add(&mut self, row: Vector) {
        if row.is_empty() {
            return;
        }
        let number = self.rows.len() as u32;
        for (item, weight) in &row {
            self.lists.push(*item, (number, *weight));
        }
        self.norms.push(norm(&row));
        self.rows.push(row);
    }

    /// Takes out one row with this content; whether there was one.
    pub(super) fn remove(&mut self, row: &[(u32, u32)]) -> bool {
        let Some(gone) = self.rows.iter().position(|other| other == row) else {
            return false;
        };
        row.iter().for_each(|(item, _)| self.lists.remove(*item, gone as u32));
        self.rows.swap_remove(gone);
        self.norms.swap_remove(gone);
        // The last row has taken the free place.
        let last = self.rows.len() as u32;
        for (item, _) in self.rows.get(gone).into_iter().flatten() {
            self.lists.rename(*item, last, gone as u32);
        }
        true
    }

    /// The `k` rows nearest to a vector, or all that there are, in no order.
    pub(super) fn nearest(&self, vector: &[(u32, u32)], k: usize, nearest: &mut Nearest) {
        let Nearest { dots, found, places } = nearest;
        dots.clear();
        dots.resize(self.rows.len(), 0);
        let all = dots.as_mut_slice();
        for (item, weight) in vector {
            let weight = u64::from(*weight);
            for (row, other) in self.list(*item) {
                if let Some(dot) = all.get_mut(*row as usize) {
                    // Below 2^57, like the square of any length.
                    *dot = dot.wrapping_add(weight.wrapping_mul(u64::from(*other)));
                }
            }
        }
        // The squared distance, but for the squared length of the vector itself.
        let distances = self.norms.iter().zip(&*all);
        let distances = distances.map(|(norm, dot)| *norm as i64 - 2 * *dot as i64);
        found.clear();
        found.extend(distances.zip(0u32..));
        if k < found.len() {
            found.select_nth_unstable_by(k, |a, b| self.nearer(*a, *b));
            found.truncate(k);
        }
        places.clear();
        places.resize(self.rows.len(), 0);
        for (place, (_, row)) in (1u32..).zip(&*found) {
            if let Some(at) = places.get_mut(*row as usize) {
                *at = place;
            }
        }
    }

    fn nearer(&self, a: (i64, u32), b: (i64, u32)) -> Ordering {
        a.0.cmp(&b.0).then_with(|| self.row(a.1).cmp(self.row(b.1)))
    }
}

/// Room for a search, and what it found.
#[derive(Debug, Default)]
pub(super) struct Nearest {
    dots: Vec<u64>,
    found: Vec<(i64, u32)>,
    /// For each row its place among those found, from one; nought for all others.
    places: Vec<u32>,
}

impl Nearest {
    /// The rows that were found, each with its distance.
    pub(super) fn found(&self) -> &[(i64, u32)] {
        &self.found
    }

    /// Those of a list that were found: their places from nought, and weights.
    pub(super) fn among(&self, list: &[(u32, u32)]) -> impl Iterator<Item = (usize, u32)> {
        list.iter().filter_map(|(row, weight)| {
            let place = self.places.get(*row as usize)?.checked_sub(1)?;
            Some((place as usize, *weight))
        })
    }
}
