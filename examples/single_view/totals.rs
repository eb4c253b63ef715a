//! What everything that is stored adds up to: asked of the engine, customer by customer,
//! and not of the files. Amounts are summed in whole millionths and
//! quantities in thousandths, so sums are exact.

use std::collections::{BTreeMap, HashSet};

use confidant::{Currency, CustomerReport, Engine, HistoryLine, Identifier, Kind, Money};

use crate::load::Survey;
use crate::support::lines::NEGATIVE;
use crate::support::progress::Progress;
use crate::support::{Result, say};

#[derive(Default)]
pub(crate) struct Totals {
    /// Who is named and bought products.
    pub(crate) customers: usize,
    pub(crate) events: usize,
    pub(crate) returns: usize,
    /// Of product purchases of those who are named.
    orders: HashSet<String>,
    revenue: BTreeMap<Currency, i64>,
    kinds: BTreeMap<String, OfKind>,
    most: Option<(usize, Identifier)>,
}

/// What the events of one kind add up to, whosever they are.
#[derive(Default)]
pub(crate) struct OfKind {
    pub(crate) events: usize,
    pub(crate) orders: HashSet<String>,
    /// In thousandths.
    pub(crate) quantity: i64,
    pub(crate) amounts: BTreeMap<Currency, i64>,
}

impl OfKind {
    pub(crate) fn add(&mut self, line: &HistoryLine) {
        let minus = line.properties.iter().any(|(_, name, _)| name == NEGATIVE);
        self.events += 1;
        self.orders.extend(line.order.clone());
        let quantity = (line.quantity * 1000.0).round() as i64;
        self.quantity += if minus { -quantity } else { quantity };
        if let Some(amount) = line.amount {
            let micros = if minus { -amount.as_micros() } else { amount.as_micros() };
            *self.amounts.entry(amount.currency()).or_default() += micros;
        }
    }

    /// As they are shown: events, orders, quantity, amounts.
    pub(crate) fn print(&self, name: &str) {
        let amounts = self.amounts.iter().map(|(c, micros)| Money::micros(*micros, *c).to_string());
        println!(
            "  {:16} {:>10} {:>8} {:>14} {:>18}",
            say::cut(&name.replace('_', " "), 16),
            say::thousands(self.events as u64),
            say::thousands(self.orders.len() as u64),
            self.quantity as f64 / 1000.0,
            amounts.collect::<Vec<_>>().join(", "),
        );
    }

    pub(crate) fn print_head() {
        let head = ["", "lines", "orders", "quantity", "amount"];
        let [a, b, c, d, e] = head;
        println!("  {}", say::dim(&format!("{a:16} {b:>10} {c:>8} {d:>14} {e:>18}")));
    }
}

impl Totals {
    pub(crate) fn of(engine: &Engine, survey: &Survey) -> Result<Self> {
        let mut totals = Self::default();
        let mut progress = Progress::new("adding up", survey.customers.len() as u64);
        for (customer, named) in &survey.customers {
            if let Some(report) = engine.customer_report(customer, survey.last)? {
                totals.add(&report, *named);
            }
            progress.add(1);
        }
        Ok(totals)
    }

    fn add(&mut self, report: &CustomerReport, named: bool) {
        for line in &report.history {
            self.events += 1;
            self.returns += usize::from(line.kind == Kind::Returned);
            self.kinds.entry(line.kind.name().to_owned()).or_default().add(line);
        }
        let bought = |line: &&HistoryLine| line.kind == Kind::Purchased;
        let bought: Vec<&HistoryLine> = report.history.iter().filter(bought).collect();
        if bought.is_empty() || !named {
            return;
        }
        self.customers += 1;
        for amount in bought.iter().filter_map(|line| line.amount) {
            *self.revenue.entry(amount.currency()).or_default() += amount.as_micros();
        }
        let orders: HashSet<&String> =
            bought.iter().filter_map(|line| line.order.as_ref()).collect();
        // Customers come in the order of their ids, so the first of the best stays.
        if self.most.as_ref().is_none_or(|(most, _)| orders.len() > *most) {
            self.most = Some((orders.len(), report.customer.clone()));
        }
        self.orders.extend(orders.into_iter().cloned());
    }

    /// The customer who is named and has the most orders.
    pub(crate) fn most_orders(&self) -> Option<Identifier> {
        self.most.as_ref().map(|(_, customer)| customer.clone())
    }

    pub(crate) fn orders(&self) -> usize {
        self.orders.len()
    }

    /// In the one currency of the files, to the cent.
    pub(crate) fn revenue(&self) -> Result<Money> {
        let cents = |micros: i64| (micros + 5_000).div_euclid(10_000) * 10_000;
        let sum = |(currency, micros): (&Currency, &i64)| Money::micros(cents(*micros), *currency);
        let mut all = self.revenue.iter().map(sum);
        match (all.next(), all.next()) {
            (Some(sum), None) => Ok(sum),
            (None, _) => Ok(Money::units(0.0, "XXX")?),
            (Some(one), Some(other)) => Err(format!(
                "purchases are in {} and {}: give files of one currency at a time",
                one.currency(),
                other.currency()
            )
            .into()),
        }
    }

    pub(crate) fn print(&self) {
        say::heading("What is stored, customer by customer, adds up to");
        OfKind::print_head();
        self.kinds.iter().for_each(|(name, kind)| kind.print(name));
    }
}
