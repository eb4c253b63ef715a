//! The made world: real customers, cut into pieces.

use std::collections::BTreeSet;

use confidant::{Event, Evidence, Identifier, IdentifierKind, Timestamp, days, hours};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::support::Result;
use crate::support::lines::{EventFiles, Line, full_grant};

/// Real events, and dice.
pub(crate) struct World {
    pub(crate) customers: BTreeSet<Identifier>,
    pub(crate) items: BTreeSet<String>,
    pub(crate) end: Timestamp,
    beginning: Timestamp,
    lines: Vec<Line>,
    dice: StdRng,
}

impl World {
    pub(crate) fn of(files: &EventFiles, seed: u64) -> Result<Self> {
        let mut lines = Vec::new();
        files.read(|line| {
            lines.push(line);
            Ok(())
        })?;
        lines.retain(|line| line.identified);
        let first = lines.iter().map(|line| line.at).min().ok_or("there is no line")?;
        let last = lines.iter().map(|line| line.at).max().ok_or("there is no line")?;
        Ok(Self {
            customers: lines.iter().map(|line| line.customer.clone()).collect(),
            items: lines.iter().filter_map(|line| line.item.clone()).collect(),
            end: last + days(2),
            beginning: first - days(1),
            lines,
            dice: StdRng::seed_from_u64(seed),
        })
    }

    /// Two cards, an e-mail and a device.
    pub(crate) fn names(&self, customer: &Identifier) -> [Identifier; 4] {
        let of = |kind, sort: &str| Identifier::new(kind, format!("{sort}-{}", customer.value()));
        [
            of(IdentifierKind::LoyaltyCard, "his"),
            of(IdentifierKind::LoyaltyCard, "their"),
            of(IdentifierKind::Email, "mail"),
            of(IdentifierKind::Device, "phone"),
        ]
    }

    /// Everything, as it was.
    pub(crate) fn original(&self) -> Vec<Event> {
        let grants = self.customers.iter().map(|customer| full_grant(customer, self.beginning));
        grants.chain(self.lines.iter().map(Line::event)).collect()
    }

    /// Each line under some name, some lines twice, in no order. What is allowed is said
    /// first.
    pub(crate) fn mixed(&mut self) -> Vec<Event> {
        let names = self.customers.iter().flat_map(|customer| self.names(customer));
        let mut grants: Vec<Event> = names.map(|name| full_grant(name, self.beginning)).collect();
        let lines = std::mem::take(&mut self.lines);
        let mut events = Vec::with_capacity(lines.len());
        for line in &lines {
            let [one, ..] = self.names(&line.customer);
            let others = self.names(&line.customer);
            let name = others.get(self.dice.random_range(0..4)).unwrap_or(&one).clone();
            let told = Line { customer: name, ..line.clone() }.event();
            if self.dice.random_range(0..10) == 0 {
                events.push(told.clone());
            }
            events.push(told);
        }
        self.lines = lines;
        events.shuffle(&mut self.dice);
        grants.extend(events);
        grants
    }

    /// The mail is opened with each card and on the device: known late, in no order.
    pub(crate) fn links(&mut self) -> Vec<Event> {
        let at = self.end - hours(8);
        let linked = |(one, other): (Identifier, Identifier)| -> Event {
            Event::linked(one, at, other).by(Evidence::LoggedIn).into()
        };
        let mut links: Vec<Event> = self.ties().into_iter().map(linked).collect();
        links.shuffle(&mut self.dice);
        links
    }

    /// All of it was a mistake.
    pub(crate) fn partings(&mut self) -> Vec<Event> {
        let at = self.end - hours(4);
        let parted = |(one, other): (Identifier, Identifier)| -> Event {
            Event::unlinked(other, at, one).into()
        };
        let mut partings: Vec<Event> = self.ties().into_iter().map(parted).collect();
        partings.shuffle(&mut self.dice);
        partings
    }

    fn ties(&self) -> Vec<(Identifier, Identifier)> {
        let each = self.customers.iter().flat_map(|customer| {
            let [one, other, mail, device] = self.names(customer);
            [(one, mail.clone()), (other, mail.clone()), (device, mail)]
        });
        each.collect()
    }
}
