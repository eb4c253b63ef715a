//! What a view shows of having things: bought, given back, called off, registered,
//! disposed of, metered. It is filled only where a report is asked for; deciding does not
//! need it.

use super::gate::Shown;
use super::{Gate, bit};
use crate::event::{Kind, Value, known, named};
use crate::profile::{NONE, Profile, Texts};
use crate::types::{Currency, ItemId, Money, OrderId, Timestamp};

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
    /// What it takes to answer what the customer has, out of what is let through.
    pub(super) fn ledger(self, profile: &Profile, names: &Texts<'_>, shown: &Shown) -> Vec<Deed> {
        let deeds = KINDS.iter().fold(0, |bits, kind| bits | bit(kind));
        let rows = shown.rows.kind_bit.iter().enumerate().filter(|(_, bit)| **bit & deeds != 0);
        rows.filter_map(|(row, _)| deed(row, shown, profile, names)).collect()
    }
}

fn deed(row: usize, shown: &Shown, profile: &Profile, names: &Texts<'_>) -> Option<Deed> {
    let rows = &shown.rows;
    let text = |number: u32| (number != NONE).then(|| names.get(number));
    let (id, under) = (*shown.ids.get(row)?, *shown.under.get(row)?);
    let (amount, currency) = (*rows.amount.get(row)?, *rows.currency.get(row)?);
    let start = profile.properties.partition_point(|property| property.of < id);
    let own = profile.properties.iter().skip(start).take_while(|property| property.of == id);
    let own = own.filter(|property| property.under == under);
    let (mut reverses, mut reading) = (None, None);
    for property in own.filter(|property| property.category.is_none()) {
        match (names.get(property.name), &property.value) {
            (known::REVERSES, Value::Text(id)) => reverses = Some(named(&id.as_ref().into())),
            (known::READING, Value::Number(number)) => reading = Some(*number),
            _ => {}
        }
    }
    Some(Deed {
        id,
        at: Timestamp::from_millis(*rows.at.get(row)?),
        kind: Kind::BASE.get(*rows.kind.get(row)? as usize)?.clone(),
        item: text(*rows.named.get(row)?).map(ItemId::from),
        order: text(*rows.order.get(row)?).map(OrderId::from),
        quantity: *rows.quantity.get(row)?,
        amount: Currency::from_code(currency).map(|currency| Money::micros(amount, currency)),
        reverses,
        reading,
    })
}
