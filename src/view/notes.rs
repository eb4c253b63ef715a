//! What else was said of behaviours and is read here: on which device and browser, and
//! how long it took.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::gate::{Gate, Shown};
use crate::catalog::NO_PLACE;
use crate::consent::Permit;
use crate::event::Value;
use crate::event::known::{BROWSER, DEVICE, DWELL};
use crate::profile::{Profile, Texts};
use crate::types::Timestamp;

/// Notes on the rows of a view, in their order; of what nobody noted, none at all.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) devices: Vec<Option<Arc<str>>>,
    pub(super) browsers: Vec<Option<Arc<str>>>,
    /// In milliseconds.
    pub(super) dwells: Vec<Option<u64>>,
    /// The categories of the items that somebody stayed with, by their places.
    pub(super) paths: BTreeMap<u32, Vec<Arc<str>>>,
}

impl Gate<'_> {
    /// The notes on rows that are shown, as far as a note's own category is allowed too. Of
    /// two on one row the first stands; what was told under another identifier too is read as
    /// the behaviour is, once. And when the first of them goes.
    pub(super) fn notes(
        self,
        profile: &Profile,
        names: &Texts<'_>,
        permit: &Permit,
        now: Timestamp,
        shown: &Shown,
    ) -> (Notes, Timestamp) {
        let (mut notes, mut next) = (Notes::default(), Timestamp::MAX);
        if profile.properties.is_empty() {
            return (notes, next);
        }
        let told = shown.ids.iter().zip(&shown.under);
        let mut ids: Vec<(u64, u32, usize)> =
            told.zip(0..).map(|((id, under), row)| (*id, *under, row)).collect();
        ids.sort_unstable();
        // Properties are in the order of ids too.
        let mut ids = ids.into_iter().peekable();
        for property in &profile.properties {
            while ids.next_if(|(id, ..)| *id < property.of).is_some() {}
            let told = |(id, under, _): &&(u64, u32, usize)| {
                (*id, *under) == (property.of, property.under)
            };
            let Some((.., row)) = ids.peek().filter(told) else {
                continue;
            };
            let at = shown.rows.at.get(*row).copied().map_or(now, Timestamp::from_millis);
            let until = property.category.as_ref().map(|category| {
                let number = self.policy.number(category);
                let number = number.filter(|number| permit.categories().has(*number));
                let seen_for = number.map(|n| self.policy.seen_for(n, permit.purpose()));
                seen_for.map_or(Timestamp::MIN, |millis| at.later(millis))
            });
            if until.is_none_or(|until| until > now) {
                next = next.min(until.unwrap_or(Timestamp::MAX));
                notes.note(names.get(property.name), &property.value, *row, shown.ids.len());
            }
        }
        for (row, _) in notes.dwells.iter().enumerate().filter(|(_, dwell)| dwell.is_some()) {
            if let (Some(item), Some(place)) = (shown.rows.item.get(row), shown.rows.place.get(row))
                && *place != NO_PLACE
            {
                let path = || self.catalog.item(*item).map(|item| item.category_path().to_vec());
                notes.paths.entry(*place).or_insert_with(|| path().unwrap_or_default());
            }
        }
        (notes, next)
    }
}

impl Notes {
    fn note(&mut self, name: &str, value: &Value, row: usize, rows: usize) {
        match (name, value) {
            (DEVICE, Value::Text(device)) => put(&mut self.devices, row, rows, device),
            (BROWSER, Value::Text(browser)) => put(&mut self.browsers, row, rows, browser),
            (DWELL, Value::Number(millis)) => put(&mut self.dwells, row, rows, &(*millis as u64)),
            _ => {}
        }
    }
}

/// Notes a value on one of so many rows.
fn put<T: Clone>(notes: &mut Vec<Option<T>>, row: usize, rows: usize, value: &T) {
    notes.resize(rows, None);
    if let Some(note) = notes.get_mut(row).filter(|note| note.is_none()) {
        *note = Some(value.clone());
    }
}
