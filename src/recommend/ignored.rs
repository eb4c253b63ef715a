//! What a customer was shown and has not turned to since.

use crate::catalog::NO_ITEM;
use crate::event::Kind;
use crate::view::Rows;

/// An item that was shown since the customer last turned to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ignored {
    pub(crate) item: u32,
    /// How often it was shown, or closed.
    pub(crate) times: u32,
    /// Whether the customer closed it.
    pub(crate) dismissed: bool,
}

/// What shows an item or closes it, and then how a customer turns to it.
pub(crate) const LOOKED_AT: [Kind; 9] = [
    Kind::Shown,
    Kind::Dismissed,
    Kind::Viewed,
    Kind::Clicked,
    Kind::Accepted,
    Kind::AddedToBasket,
    Kind::Purchased,
    Kind::Rated,
    Kind::Shared,
];

/// How many of them show or close.
const SHOWS: usize = 2;

/// What is ignored, ascending by item. Of one instant, turning to something comes last.
pub(super) fn ignored(rows: &Rows) -> Vec<Ignored> {
    let codes = LOOKED_AT.each_ref().map(Kind::code);
    let columns = rows.kind.iter().zip(&rows.item).zip(&rows.at);
    let mut told: Vec<(u32, i64, usize)> = columns
        .filter(|((_, item), _)| **item != NO_ITEM)
        .filter_map(|((kind, item), at)| {
            Some((*item, *at, codes.iter().position(|code| code == kind)?))
        })
        .collect();
    if !told.iter().any(|(.., what)| *what < SHOWS) {
        return Vec::new();
    }
    told.sort_unstable();
    told.chunk_by(|a, b| a.0 == b.0).filter_map(of_item).collect()
}

fn of_item(told: &[(u32, i64, usize)]) -> Option<Ignored> {
    let shows = |what: usize| what < SHOWS;
    let since = told.iter().rposition(|(.., what)| !shows(*what)).map_or(0, |last| last + 1);
    let since = told.get(since..).unwrap_or_default();
    Some(Ignored {
        item: since.first()?.0,
        times: u32::try_from(since.len()).unwrap_or(u32::MAX),
        dismissed: since.iter().any(|(.., what)| *what + 1 == SHOWS),
    })
}
