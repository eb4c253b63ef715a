//! What a view shows of having things: bought, given back, called off, registered,
//! disposed of, metered. It is filled only where a report is asked for; deciding does not
//! need it.

use super::ownership::{self, Owned};
use super::reversals::{Matched, Reversals};
use super::{Gate, View, Visit};
use crate::event::{Kind, Value, known, named};
use crate::profile::{Lifetimes, NONE, Profile, Row, Texts};
use crate::types::{ItemId, Money, OrderId, Purpose, Timestamp};

/// One thing that changed what a customer has.
#[derive(Clone, PartialEq)]
pub(crate) struct Deed {
    pub(super) id: u64,
    pub(super) at: Timestamp,
    pub(super) kind: Kind,
    pub(super) item: Option<ItemId>,
    pub(super) order: Option<OrderId>,
    /// In thousandths.
    pub(super) quantity: i64,
    pub(super) amount: Option<Money>,
    /// The purchase that is said to be reversed.
    pub(super) reverses: Option<u64>,
    pub(super) reading: Option<f64>,
}

/// The kinds of deeds.
const KINDS: [Kind; 6] = [
    Kind::Purchased,
    Kind::Returned,
    Kind::Cancelled,
    Kind::Registered,
    Kind::Disposed,
    Kind::Metered,
];

impl Gate<'_> {
    /// What the customer allows for a purpose, with what it takes to answer what the
    /// customer has.
    pub(crate) fn open_for_report(
        self,
        profile: &Profile,
        purpose: Purpose,
        now: Timestamp,
        visit: Visit<'_>,
    ) -> View {
        let mut view = self.open(profile, purpose, now, visit);
        let allowed = view.permit.categories();
        let codes: Vec<u32> = KINDS
            .into_iter()
            .filter(|kind| allowed.has(self.policy.of_kind(kind)))
            .map(|kind| kind.code())
            .collect();
        if !codes.is_empty() {
            let names = profile.names.table();
            let lifetimes = Lifetimes::new(self.policy, &names);
            let history = profile.told_once(&names);
            let seen = |row: &Row| {
                codes.contains(&row.kind) && row.at <= now.as_millis() && lifetimes.row(row) > now
            };
            let rows = history.rows().filter(seen);
            view.ledger = rows.filter_map(|row| deed(&row, profile, &names)).collect();
        }
        view
    }
}

fn deed(row: &Row, profile: &Profile, names: &Texts<'_>) -> Option<Deed> {
    let text = |number: u32| (number != NONE).then(|| names.get(number));
    let currency = text(row.currency).and_then(|currency| currency.parse().ok());
    let start = profile.properties.partition_point(|property| property.of < row.id);
    let own = profile.properties.iter().skip(start).take_while(|property| property.of == row.id);
    let own = own.filter(|property| property.under == row.under);
    let (mut reverses, mut reading) = (None, None);
    for property in own.filter(|property| property.category.is_none()) {
        match (names.get(property.name), &property.value) {
            (known::REVERSES, Value::Text(id)) => reverses = Some(named(&id.as_ref().into())),
            (known::READING, Value::Number(number)) => reading = Some(*number),
            _ => {}
        }
    }
    Some(Deed {
        id: row.id,
        at: Timestamp::from_millis(row.at),
        kind: Kind::BASE.get(row.kind as usize)?.clone(),
        item: text(row.item).map(ItemId::from),
        order: text(row.order).map(OrderId::from),
        quantity: row.quantity,
        amount: currency.map(|currency| Money::micros(row.amount, currency)),
        reverses,
        reading,
    })
}

impl View {
    /// What was bought, and what of it was given back or called off, as far as it may be
    /// seen.
    ///
    /// ```
    /// use confidant::{Catalog, Engine, Event, Item, Level, Purpose, Timestamp, hours};
    ///
    /// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
    /// let tuesday = monday + hours(24);
    /// let catalog = Catalog::new([Item::new("mug")])?;
    /// let engine = Engine::builder().catalog(catalog).build()?;
    /// let yes = Event::consent("ana", monday).level(Level::OwnHistory);
    /// engine.record(monday, yes.allow(Purpose::Personalisation))?;
    /// engine.record(monday, Event::purchased("ana", monday).item("mug").quantity(3.0))?;
    /// engine.record(tuesday, Event::returned("ana", tuesday).item("mug"))?;
    /// let view = engine.view("ana", Purpose::Personalisation, tuesday, None)?;
    /// assert_eq!(view.reversals().net_quantity(), 2.0);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    #[must_use]
    pub fn reversals(&self) -> Reversals {
        Matched::of(&self.ledger).told()
    }

    /// What the customer has now, by item, as far as it may be seen: what was bought and
    /// not given back, or registered, and not disposed of.
    #[must_use]
    pub fn owned(&self) -> Vec<Owned> {
        ownership::owned(&Matched::of(&self.ledger))
    }
}
