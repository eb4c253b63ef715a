//! What a customer and the host went through: what was bought, what came, what was paid,
//! and what went wrong and was or was not put right.

use std::collections::BTreeMap;
use std::time::Duration;

use hashbrown::HashMap;
use serde::Serialize;

use super::{View, bit};
use crate::event::Kind;
use crate::profile::NONE;
use crate::types::{Currency, Money, OrderId, Timestamp, redacted};

/// What went wrong, of which the gate keeps the orders.
pub(super) const TROUBLE: [Kind; 3] = [Kind::DeliveryFailed, Kind::PaymentFailed, Kind::Complained];

/// A slice of what a customer lived through with the host.
#[derive(Clone, PartialEq, Serialize)]
pub struct Biography {
    /// What was bought, and what became of it; none where it may not be known.
    pub purchases: Option<Purchases>,
    /// The complaints, by time; none where they may not be known. A `resolved` event with an
    /// order settles every open complaint about that order; one without, the latest open
    /// complaint.
    pub complaints: Option<Vec<Trouble>>,
    /// The first instant at which time alone can change this.
    pub until: Timestamp,
}

/// What was bought, and what became of it.
#[derive(Clone, PartialEq, Serialize)]
pub struct Purchases {
    /// How many distinct orders were bought.
    pub orders: u64,
    /// How many lines were bought, with an order or without.
    pub lines: u64,
    /// What they came to, by currency; what was given back is not taken off.
    pub gross: Vec<Money>,
    /// How many deliveries came.
    pub deliveries: u64,
    /// How many payments were made.
    pub payments: u64,
    /// The deliveries that failed, by time. One that comes later for the same order settles
    /// them.
    pub failed_deliveries: Vec<Trouble>,
    /// The payments that failed, by time; settled the same way.
    pub failed_payments: Vec<Trouble>,
}

/// Something that went wrong.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// When.
    pub at: Timestamp,
    /// With which order.
    pub order: Option<OrderId>,
    /// Since when it is settled; none while it is open.
    pub settled: Option<Timestamp>,
}

impl Biography {
    /// Everything that is still open: deliveries and payments that failed with no later
    /// success for the same order, and complaints that nobody settled.
    pub fn unresolved(&self) -> impl Iterator<Item = &Trouble> {
        let failed = self.purchases.iter();
        let failed = failed.flat_map(|p| p.failed_deliveries.iter().chain(&p.failed_payments));
        let complaints = self.complaints.iter().flatten();
        failed.chain(complaints).filter(|trouble| trouble.settled.is_none())
    }
}

/// Troubles by time, and which are open. What names no order is of one order: none.
#[derive(Default)]
struct Ledger {
    troubles: Vec<Trouble>,
    /// The places of those that are open, by order.
    of: HashMap<u32, Vec<usize>>,
    /// The places of all, the latest last; those that are settled go when they are met.
    latest: Vec<usize>,
}

impl Ledger {
    fn open(&mut self, order: u32, trouble: Trouble) {
        let place = self.troubles.len();
        self.troubles.push(trouble);
        self.of.entry(order).or_default().push(place);
        self.latest.push(place);
    }

    /// Settles everything that is open about an order.
    fn settle(&mut self, order: u32, at: Timestamp) {
        for place in self.of.remove(&order).unwrap_or_default() {
            self.mark(place, at);
        }
    }

    /// Settles the latest that is open, whatever it is about.
    fn settle_latest(&mut self, at: Timestamp) {
        while let Some(place) = self.latest.pop() {
            if self.mark(place, at) {
                return;
            }
        }
    }

    /// Whether it was open until now.
    fn mark(&mut self, place: usize, at: Timestamp) -> bool {
        let open = self.troubles.get_mut(place).filter(|trouble| trouble.settled.is_none());
        open.map(|trouble| trouble.settled = Some(at)).is_some()
    }

    fn later_than(self, start: Timestamp) -> Vec<Trouble> {
        self.troubles.into_iter().filter(|trouble| trouble.at > start).collect()
    }
}

/// The three ledgers of one customer.
#[derive(Default)]
struct Ledgers {
    deliveries: Ledger,
    payments: Ledger,
    complaints: Ledger,
}

impl View {
    /// What was bought, came, was paid, and went wrong in this time up to now; what happened
    /// exactly that long ago is out. Something that went wrong in the window may have been
    /// settled at the same instant or at any later one.
    #[must_use]
    pub fn biography(&self, within: Duration) -> Biography {
        let start = self.now - within;
        let Ledgers { deliveries, payments, complaints } = self.ledgers();
        let purchases = self.shows(&Kind::Purchased).then(|| Purchases {
            failed_deliveries: deliveries.later_than(start),
            failed_payments: payments.later_than(start),
            ..self.bought(within)
        });
        let complaints = self.shows(&Kind::Complained).then(|| complaints.later_than(start));
        let counted = TROUBLE.iter().chain(&[Kind::Purchased, Kind::Delivered, Kind::Paid]);
        let counted = counted.fold(0, |bits, kind| bits | bit(kind));
        let until = self.holds(within, self.those(counted, within));
        Biography { purchases, complaints, until }
    }

    /// The rows of a window that are of kinds of our own, by their bits.
    fn those(&self, kinds: u32, within: Duration) -> impl Iterator<Item = usize> + '_ {
        let is =
            move |row: &usize| self.rows.kind_bit.get(*row).is_some_and(|bit| bit & kinds != 0);
        self.within(within).filter(is)
    }

    /// What was bought, came and was paid, with nothing that went wrong.
    fn bought(&self, within: Duration) -> Purchases {
        let rows = &self.rows;
        let (mut orders, mut gross) = (Vec::<u32>::new(), BTreeMap::<u32, i64>::new());
        let mut lines = 0;
        for row in self.those(bit(&Kind::Purchased), within) {
            lines += 1;
            orders.extend(rows.order.get(row).filter(|order| **order != NONE));
            let amount = rows.currency.get(row).zip(rows.amount.get(row));
            if let Some((currency, amount)) = amount.filter(|(currency, _)| **currency != 0) {
                let sum = gross.entry(*currency).or_default();
                *sum = sum.saturating_add(*amount);
            }
        }
        orders.sort_unstable();
        orders.dedup();
        let money = |(code, micros)| Some(Money::micros(micros, Currency::from_code(code)?));
        Purchases {
            orders: orders.len() as u64,
            lines,
            gross: gross.into_iter().filter_map(money).collect(),
            deliveries: self.those(bit(&Kind::Delivered), within).count() as u64,
            payments: self.those(bit(&Kind::Paid), within).count() as u64,
            failed_deliveries: Vec::new(),
            failed_payments: Vec::new(),
        }
    }

    /// Everything that ever went wrong, and what settled it. At one instant things go wrong
    /// first and are settled then.
    fn ledgers(&self) -> Ledgers {
        let mut ledgers = Ledgers::default();
        let mut from = 0;
        for instant in self.rows.at.chunk_by(|a, b| a == b) {
            let rows = from..from + instant.len();
            from = rows.end;
            let at = Timestamp::from_millis(instant.first().copied().unwrap_or_default());
            rows.clone().for_each(|row| self.goes_wrong(&mut ledgers, row, at));
            rows.for_each(|row| self.is_settled(&mut ledgers, row, at));
        }
        ledgers
    }

    fn goes_wrong(&self, ledgers: &mut Ledgers, row: usize, at: Timestamp) {
        let ledger = match self.kind(row) {
            Some(Kind::DeliveryFailed) => &mut ledgers.deliveries,
            Some(Kind::PaymentFailed) => &mut ledgers.payments,
            Some(Kind::Complained) => &mut ledgers.complaints,
            _ => return,
        };
        let order = self.rows.order.get(row).copied().unwrap_or(NONE);
        let trouble = Trouble { at, order: self.orders.get(&order).cloned(), settled: None };
        ledger.open(order, trouble);
    }

    fn is_settled(&self, ledgers: &mut Ledgers, row: usize, at: Timestamp) {
        let order = self.rows.order.get(row).copied().unwrap_or(NONE);
        match self.kind(row) {
            Some(Kind::Delivered) => ledgers.deliveries.settle(order, at),
            Some(Kind::Paid) => ledgers.payments.settle(order, at),
            Some(Kind::Resolved) if order == NONE => ledgers.complaints.settle_latest(at),
            Some(Kind::Resolved) => ledgers.complaints.settle(order, at),
            _ => {}
        }
    }

    /// The kind of a row, if it is one of ours.
    fn kind(&self, row: usize) -> Option<&'static Kind> {
        const OURS: &[Kind] = &Kind::BASE;
        OURS.get(*self.rows.kind.get(row)? as usize)
    }
}

redacted! {
    Biography { until }
    Purchases {}
    Trouble {}
}
