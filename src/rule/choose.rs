//! Which one it was: the first, the last or the most frequent of a view's behaviours.
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::index::ByKind;
use super::pick::Which;
use super::program::Program;
use super::slot::{Choosing, Chosen, MISSING};
use crate::catalog::NO_ITEM;
use crate::types::Timestamp;

impl Choosing {
    /// The number of what was chosen; [`MISSING`] if there was none.
    pub(super) fn choose(&self, program: &Program, by_kind: &ByKind<'_>) -> i64 {
        let rows = by_kind.view.rows();
        let found = by_kind.matching(&self.of, self.window.bounds(by_kind.view)).rows();
        let of = |row: usize| Some((rows.at[row], self.number(program, by_kind, row)?));
        let mut found = found.filter_map(of);
        let chosen = match self.which {
            Which::First => {
                let first = found.next();
                let at = first.map(|(at, _)| at);
                let together = first.into_iter().chain(found.take_while(|(t, _)| Some(*t) == at));
                together.map(|(_, number)| number).min_by_key(|n| by_name(by_kind, self.what, *n))
            }
            Which::Last => {
                let mut found = found.rev();
                let last = found.next();
                let at = last.map(|(at, _)| at);
                let together = last.into_iter().chain(found.take_while(|(t, _)| Some(*t) == at));
                together.map(|(_, number)| number).min_by_key(|n| by_name(by_kind, self.what, *n))
            }
            Which::MostFrequent => {
                let mut counted: BTreeMap<u32, (u64, i64)> = BTreeMap::new();
                for (at, number) in found {
                    let (count, latest) = counted.entry(number).or_insert((0, at));
                    (*count, *latest) = (*count + 1, at.max(*latest));
                }
                let place = |(number, seen): &(u32, (u64, i64))| {
                    (*seen, Reverse(by_name(by_kind, self.what, *number)))
                };
                counted.into_iter().max_by_key(place).map(|(number, _)| number)
            }
        };
        chosen.map_or(MISSING, i64::from)
    }

    /// The number of what a row is of, if it is of any.
    fn number(&self, program: &Program, by_kind: &ByKind<'_>, row: usize) -> Option<u32> {
        let rows = by_kind.view.rows();
        match self.what {
            Chosen::Item => Some(rows.item[row]).filter(|item| *item != NO_ITEM),
            Chosen::Channel => {
                Some(rows.channel[row]).filter(|channel| by_kind.view.channel(*channel).is_some())
            }
            Chosen::Category(table) => {
                let level = program.levels.get(table as usize)?;
                level.of_place.get(&rows.place[row]).copied()
            }
        }
    }

    /// The first later instant at which it may be another, if nothing happens.
    pub(super) fn moves(&self, by_kind: &ByKind<'_>) -> Timestamp {
        let found = by_kind.matching(&self.of, self.window.bounds(by_kind.view));
        self.window.moves(by_kind.view, || found.edges())
    }
}

/// The order by name: numbers of items and of categories follow it, those of channels do not.
fn by_name<'a>(by_kind: &'a ByKind<'_>, what: Chosen, number: u32) -> (&'a str, u32) {
    let channel = match what {
        Chosen::Channel => by_kind.view.channel(number).map(crate::types::Channel::name),
        _ => None,
    };
    (channel.unwrap_or_default(), number)
}
