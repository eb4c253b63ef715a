//! What a model may learn from, and what it should have foreseen.

use std::collections::BTreeSet;

use crate::numeric::Draws;
use crate::types::Timestamp;

/// That a customer had to do with an item: one line of what splits work on. It borrows
/// from wherever the host keeps its rows; ids compare as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interaction<'a> {
    /// Who.
    pub customer: &'a str,
    /// When.
    pub at: Timestamp,
    /// Within which order or session of the customer; empty where that is not known.
    pub order: &'a str,
    /// With what.
    pub item: &'a str,
}

/// What follows from [`hold_out_customers`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrongSplit<'a> {
    /// All rows of the other customers, in order.
    pub train: Vec<Interaction<'a>>,
    /// The customers that are held out, ascending.
    pub trials: Vec<Trial<'a>>,
}

/// A customer that the model has not learned from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial<'a> {
    /// Who.
    pub customer: &'a str,
    /// What the model is shown of them; ascending, each once.
    pub folded_in: Vec<&'a str>,
    /// What it should rank first among the rest; ascending, each once.
    pub held_out: Vec<&'a str>,
}

/// Strong generalisation: so many customers are held out whole, and of their items that
/// share is held out again (rounded down), while the others are folded in. Items that no
/// other customer has are left out of both, since no model could give them. Hold out
/// customers of the `train` of a first split to choose parameters on (Liang, Krishnan,
/// Hoffman and Jebara, "Variational autoencoders for collaborative filtering", WWW 2018).
///
/// Who is held out, and what, is drawn for each customer and item by its own id: more
/// customers or more rows hardly change the part of the others.
#[must_use]
pub fn hold_out_customers<'a>(
    rows: &[Interaction<'a>],
    customers: usize,
    percent: u8,
    seed: u64,
) -> StrongSplit<'a> {
    let all: BTreeSet<&str> = rows.iter().map(|row| row.customer).collect();
    let drawn = by_draw(all, |customer| Draws::new(seed, &[b"customer", customer.as_bytes()]));
    let tried: BTreeSet<&str> = drawn.into_iter().take(customers).collect();
    let (mut theirs, mut train): (Vec<_>, Vec<_>) =
        rows.iter().copied().partition(|row| tried.contains(row.customer));
    train.sort_unstable();
    theirs.sort_unstable();
    let known: BTreeSet<&str> = train.iter().map(|row| row.item).collect();
    let trial = |rows: &[Interaction<'a>]| {
        let customer = rows.first()?.customer;
        let items = rows.iter().map(|row| row.item).filter(|item| known.contains(item)).collect();
        let mut held_out = by_draw(items, |item| {
            Draws::new(seed, &[b"item", customer.as_bytes(), item.as_bytes()])
        });
        let n = held_out.len() * usize::from(percent.min(100)) / 100;
        let mut folded_in = held_out.split_off(n);
        folded_in.sort_unstable();
        held_out.sort_unstable();
        Some(Trial { customer, folded_in, held_out })
    };
    let trials = theirs.chunk_by(|a, b| a.customer == b.customer).filter_map(trial).collect();
    StrongSplit { train, trials }
}

/// The ids in the order in which they are drawn.
fn by_draw(ids: BTreeSet<&str>, draws: impl Fn(&str) -> Draws) -> Vec<&str> {
    let mut drawn: Vec<(f64, &str)> = ids.into_iter().map(|id| (draws(id).unit(), id)).collect();
    drawn.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    drawn.into_iter().map(|(_, id)| id).collect()
}

/// What was before an instant, and what was at it or after, both in order.
#[must_use]
pub fn split_by_time<'a>(
    rows: &[Interaction<'a>],
    instant: Timestamp,
) -> (Vec<Interaction<'a>>, Vec<Interaction<'a>>) {
    let (mut before, mut after): (Vec<_>, Vec<_>) =
        rows.iter().copied().partition(|row| row.at < instant);
    before.sort_unstable();
    after.sort_unstable();
    (before, after)
}
