//! How a figure over a rolling window falls while nothing happens: its behaviours leave the
//! window one instant after the other.
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use super::index::ByKind;
use super::metric::Measure;
use super::slot::Aggregate;
use super::window::Window;
use crate::view::NO_TEXT;

/// From an instant on, a figure is this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fall {
    pub(super) at: i64,
    pub(super) value: i64,
}

impl Aggregate {
    /// Whether time alone can only make it smaller, step by step.
    pub(super) fn only_falls(&self) -> bool {
        matches!(self.window, Window::Last(_))
            && matches!(self.measure, Measure::Count | Measure::Orders | Measure::Total(_))
    }

    /// Whether it is a number of behaviours of which nothing is asked but the kind.
    pub(super) fn is_plain_count(&self) -> bool {
        self.measure == Measure::Count && self.of.filter.only_kind().is_some() && self.of.is_plain()
    }

    /// When a plain count falls under a bound that it is not under yet: no row but the one
    /// that leaves then is looked at.
    pub(super) fn count_under(&self, by_kind: &ByKind<'_>, value: i64, bound: i64) -> Option<i64> {
        let Window::Last(window) = self.window else { return None };
        let leaves = usize::try_from(value.checked_sub(bound)?).ok()?;
        Some(self.matches(by_kind).at_place(leaves)?.saturating_add(window))
    }

    /// What becomes of it, by instant, from its present value on.
    pub(super) fn falls(&self, by_kind: &ByKind<'_>, value: i64) -> Vec<Fall> {
        let Window::Last(window) = self.window else { return Vec::new() };
        let (rows, found) = (by_kind.view.rows(), self.matches(by_kind));
        let last_of_order = self.last_rows(by_kind);
        let mut falls: Vec<Fall> = Vec::new();
        let mut value = value;
        for row in found.rows() {
            value = match self.measure {
                Measure::Count => value - 1,
                Measure::Total(currency) if rows.currency[row] == currency.code() => {
                    value.saturating_sub(rows.amount[row])
                }
                Measure::Orders if last_of_order.binary_search(&row).is_ok() => value - 1,
                _ => value,
            };
            let at = rows.at[row].saturating_add(window);
            match falls.last_mut() {
                Some(last) if last.at == at => last.value = value,
                _ => falls.push(Fall { at, value }),
            }
        }
        falls
    }

    /// The last row of each order in the window, ascending.
    fn last_rows(&self, by_kind: &ByKind<'_>) -> Vec<usize> {
        if self.measure != Measure::Orders {
            return Vec::new();
        }
        let order = &by_kind.view.rows().order;
        let mut last: Vec<(u32, usize)> =
            self.matches(by_kind).rows().map(|row| (order[row], row)).collect();
        last.retain(|(order, _)| *order != NO_TEXT);
        last.sort_unstable_by_key(|(order, row)| (*order, std::cmp::Reverse(*row)));
        last.dedup_by_key(|(order, _)| *order);
        let mut last: Vec<usize> = last.into_iter().map(|(_, row)| row).collect();
        last.sort_unstable();
        last
    }
}
