//! The rows of a view by kind, so that a question about one kind looks at no other.
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use super::matching::Matching;
use crate::view::{Rows, View};

/// How many bits a kind can have.
const KINDS: usize = u32::BITS as usize;

/// The rows of a view, sorted by kind; of one kind in their order.
#[derive(Debug)]
pub(super) struct ByKind<'a> {
    pub(super) view: &'a View,
    rows: Vec<u32>,
    /// Where each kind begins.
    from: [u32; KINDS + 1],
}

impl<'a> ByKind<'a> {
    pub(super) fn new(view: &'a View) -> Self {
        let kinds = &view.rows().kind_bit;
        let mut from = [0u32; KINDS + 1];
        for bit in kinds {
            from[bit.trailing_zeros() as usize + 1] += 1;
        }
        for kind in 0..KINDS {
            from[kind + 1] += from[kind];
        }
        let mut next = from;
        let mut rows = vec![0u32; kinds.len()];
        for (row, bit) in kinds.iter().enumerate() {
            let place = &mut next[bit.trailing_zeros() as usize];
            rows[*place as usize] = row as u32;
            *place += 1;
        }
        Self { view, rows, from }
    }

    /// The rows of a kind of our own, in order.
    pub(super) fn of(&self, kind: u32) -> &[u32] {
        let kind = kind as usize;
        &self.rows[self.from[kind] as usize..self.from[kind + 1] as usize]
    }

    /// The rows that match, of those later than one instant and up to another, in order.
    #[inline]
    pub(super) fn matching<'m>(
        &'m self,
        of: &'m Matching,
        (after, upto): (i64, i64),
    ) -> Matches<'m> {
        let at = &self.view.rows().at;
        if let Some(kind) = of.filter.only_kind() {
            let all = self.of(kind);
            let first = all.partition_point(|row| at[*row as usize] <= after);
            let behind = all.partition_point(|row| at[*row as usize] <= upto);
            return Matches {
                of,
                view: self.view,
                of_kind: Some(all),
                first,
                behind: behind.max(first),
            };
        }
        let first = at.partition_point(|at| *at <= after);
        let behind = at.partition_point(|at| *at <= upto);
        Matches { of, view: self.view, of_kind: None, first, behind: behind.max(first) }
    }
}

/// Rows that match, within a window: a range of all rows, or of those of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matches<'a> {
    of: &'a Matching,
    view: &'a View,
    of_kind: Option<&'a [u32]>,
    first: usize,
    behind: usize,
}

impl<'a> Matches<'a> {
    /// How many there are.
    #[inline]
    pub(super) fn count(self) -> usize {
        match (self.of_kind, self.of.only_places()) {
            (Some(_), _) if self.of.is_plain() => self.behind - self.first,
            (Some(rows), Some([(from, to)])) => {
                let (place, span) = (&self.view.rows().place, to.wrapping_sub(*from));
                let is_in = |row: &&u32| place[**row as usize].wrapping_sub(*from) < span;
                rows[self.first..self.behind].iter().filter(is_in).count()
            }
            _ => self.rows().count(),
        }
    }

    /// The instant of one of the rows in the window, by its place, where all match.
    pub(super) fn at_place(self, place: usize) -> Option<i64> {
        let rows = self.of_kind?.get(self.first..self.behind)?;
        Some(self.view.rows().at[*rows.get(place)? as usize])
    }

    /// The rows, in order.
    #[inline]
    pub(super) fn rows(self) -> impl DoubleEndedIterator<Item = usize> + 'a {
        let Self { of, view, of_kind, first, behind } = self;
        (first..behind).filter_map(move |place| match of_kind {
            Some(rows) => {
                let row = rows[place] as usize;
                of.narrows(view, row).then_some(row)
            }
            None => of.matches(view, place).then_some(place),
        })
    }

    /// The first instant of a row in the window that matches, and of one behind it.
    pub(super) fn edges(self) -> (Option<i64>, Option<i64>) {
        let at = |row: usize| self.view.rows().at[row];
        let end = self.of_kind.map_or(self.view.rows().at.len(), <[u32]>::len);
        let behind = Self { first: self.behind, behind: end, ..self };
        (self.rows().next().map(at), behind.rows().next().map(at))
    }

    pub(super) fn view(self) -> &'a View {
        self.view
    }

    pub(super) fn columns(self) -> &'a Rows {
        self.view.rows()
    }
}
