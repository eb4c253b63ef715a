//! What those who live together are worth. It is added up from what each member lets be
//! seen, and nothing of it says who bought what.

use serde::Serialize;

use super::Biography;
use crate::types::{Money, Timestamp, redacted};

/// What a household came to; see [`Engine::household`](crate::Engine::household).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Household {
    /// How many customers it has, two at least.
    pub members: usize,
    /// How many of them let their purchases be seen. What follows is theirs alone.
    pub known: usize,
    /// How many distinct orders they bought, each their own.
    pub orders: u64,
    /// What they came to, by currency; what was given back is not taken off.
    pub revenue: Vec<Money>,
    /// The first instant at which time alone can change this.
    pub until: Timestamp,
}

impl Household {
    /// The sum of what each member lets be seen.
    pub(crate) fn of(members: &[Biography]) -> Self {
        let until = members.iter().map(|member| member.until).fold(Timestamp::MAX, Timestamp::min);
        let mut sum =
            Self { members: members.len(), known: 0, orders: 0, revenue: Vec::new(), until };
        for bought in members.iter().filter_map(|member| member.purchases.as_ref()) {
            sum.known += 1;
            sum.orders = sum.orders.saturating_add(bought.orders);
            bought.gross.iter().for_each(|amount| sum.add(*amount));
        }
        sum.revenue.sort_unstable_by_key(|amount| amount.currency());
        sum
    }

    fn add(&mut self, amount: Money) {
        let sum = |known: &Money| known.as_micros().saturating_add(amount.as_micros());
        match self.revenue.iter_mut().find(|known| known.currency() == amount.currency()) {
            Some(known) => *known = Money::micros(sum(known), amount.currency()),
            None => self.revenue.push(amount),
        }
    }
}

redacted! {
    Household { members, until }
}
