//! What was bought together, and which basket came next.

use super::split::Interaction;
use crate::types::Timestamp;

/// All items of one order of one customer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Basket<'a> {
    /// Whose.
    pub customer: &'a str,
    /// When its first item was bought.
    pub at: Timestamp,
    /// Which order.
    pub order: &'a str,
    /// What was in it; ascending, each once.
    pub items: Vec<&'a str>,
}

impl<'a> Basket<'a> {
    /// Each of its items in turn, after the rest of the basket without it: what a model of
    /// goods that go together should have added.
    pub fn each_left_out(&self) -> impl Iterator<Item = (Vec<&'a str>, &'a str)> + '_ {
        self.items.iter().map(|left_out| {
            let rest = self.items.iter().filter(|item| *item != left_out);
            (rest.copied().collect(), *left_out)
        })
    }
}

/// The baskets of all customers, by customer, then by time, then by order.
#[must_use]
pub fn baskets<'a>(rows: &[Interaction<'a>]) -> Vec<Basket<'a>> {
    let mut rows = rows.to_vec();
    rows.sort_unstable_by_key(|row| (row.customer, row.order, row.at, row.item));
    let mut baskets: Vec<Basket> = rows
        .chunk_by(|a, b| (a.customer, a.order) == (b.customer, b.order))
        .filter_map(|lines| {
            let first = lines.first()?;
            let mut items: Vec<&str> = lines.iter().map(|line| line.item).collect();
            items.sort_unstable();
            items.dedup();
            Some(Basket { customer: first.customer, at: first.at, order: first.order, items })
        })
        .collect();
    baskets.sort_unstable();
    baskets
}

/// A basket that is held out, and those of the same customer before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextBasket<'a> {
    /// Whose.
    pub customer: &'a str,
    /// The earlier ones, the oldest first.
    pub history: Vec<Basket<'a>>,
    /// The one to be foreseen.
    pub held_out: Basket<'a>,
}

/// The last basket of each customer with at least so many (three are usual), by customer.
/// At least two are needed whatever is asked, since one has no history.
#[must_use]
pub fn leave_last_basket<'a>(baskets: &[Basket<'a>], at_least: usize) -> Vec<NextBasket<'a>> {
    held_out(baskets, |theirs| (theirs.len() >= at_least).then(|| theirs.len().saturating_sub(1)))
}

/// The first basket at an instant or after it, of each customer who has one before, by
/// customer. All that is before the instant may be learned from.
#[must_use]
pub fn leave_first_basket_after<'a>(
    baskets: &[Basket<'a>],
    instant: Timestamp,
) -> Vec<NextBasket<'a>> {
    held_out(baskets, |theirs| theirs.iter().position(|basket| basket.at >= instant))
}

/// For each customer with history the basket at the place that `choose` names.
fn held_out<'a>(
    baskets: &[Basket<'a>],
    choose: impl Fn(&[&Basket<'a>]) -> Option<usize>,
) -> Vec<NextBasket<'a>> {
    let mut sorted: Vec<&Basket> = baskets.iter().collect();
    sorted.sort_unstable();
    let next = |theirs: &[&Basket<'a>]| {
        let (history, rest) = theirs.split_at_checked(choose(theirs)?)?;
        let held_out = Basket::clone(rest.first()?);
        let history: Vec<Basket> = history.iter().copied().cloned().collect();
        // A customer without history is a stranger: nothing is foreseen of a stranger.
        let customer = history.first()?.customer;
        Some(NextBasket { customer, history, held_out })
    };
    sorted.chunk_by(|a, b| a.customer == b.customer).filter_map(next).collect()
}
