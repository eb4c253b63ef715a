//! Files of events: one line, one event. What such a file may look like stands in
//! `--help` of the examples that take one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use confidant::{
    Behaviour, Channel, Event, Identifier, IdentifierKind, Kind, Level, Money, Purpose, Timestamp,
};

use super::Result;
use super::table::{Mapping, Row, Table, mapping, plain};

// The files, and how to read them. (A doc comment would become the program's --help.)
#[derive(Debug, clap::Args)]
pub(crate) struct EventFiles {
    /// A CSV or TSV file with a header, plain or gzipped; may be given several times,
    /// and is read in that order; the committed sample, if not said
    #[arg(
        long = "events",
        value_name = "FILE",
        default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/complete_journey/purchases.csv.gz"),
        hide_default_value = true
    )]
    pub(crate) files: Vec<PathBuf>,
    /// Which column is which, where its name does not say so: `time=InvoiceDate`
    #[arg(long = "map", value_name = "OURS=THEIRS", value_parser = mapping)]
    pub(crate) map: Vec<(String, String)>,
    /// The currency of amounts, where no column says so
    #[arg(long, default_value = "USD")]
    pub(crate) currency: String,
}

/// The property of events whose line had a minus that their kind does not tell.
pub(crate) const NEGATIVE: &str = "negative";

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// As given, or made from the content and its occurrence in the file.
    pub(crate) id: String,
    pub(crate) customer: Identifier,
    /// Whether the line names its customer.
    pub(crate) identified: bool,
    pub(crate) at: Timestamp,
    pub(crate) kind: Kind,
    pub(crate) item: Option<String>,
    pub(crate) order: Option<String>,
    pub(crate) place: Option<String>,
    pub(crate) channel: Option<Channel>,
    pub(crate) quantity: f64,
    /// Of the whole line.
    pub(crate) amount: Option<Money>,
    /// Whether the quantity or the amount stood there with a minus, and the kind does not
    /// say so.
    pub(crate) negative: bool,
}

impl Line {
    pub(crate) fn event(&self) -> Event {
        self.behaviour().into()
    }

    pub(crate) fn behaviour(&self) -> Behaviour {
        let mut event = Event::did(self.customer.clone(), self.at, self.kind.clone())
            .id(self.id.as_str())
            .quantity(self.quantity);
        if let Some(item) = &self.item {
            event = event.item(item.as_str());
        }
        if let Some(order) = &self.order {
            event = event.order(order.as_str());
        }
        if let Some(place) = &self.place {
            event = event.place(place.as_str());
        }
        if let Some(channel) = &self.channel {
            event = event.on(channel.clone());
        }
        if let Some(amount) = self.amount {
            event = event.amount(amount);
        }
        if self.negative {
            event = event.property(NEGATIVE, true);
        }
        event
    }
}

/// Everything allowed. Files of purchases carry no consent; an example that reads one
/// assumes this before the first line, and says so. In your shop, the customer says it.
pub(crate) fn full_grant(customer: impl Into<Identifier>, at: Timestamp) -> Event {
    let grant = Event::consent(customer, at).level(Level::Collaborative);
    Purpose::BASE.into_iter().fold(grant, |grant, purpose| grant.allow(purpose)).into()
}

impl EventFiles {
    /// Every line of every file, in order.
    pub(crate) fn read(&self, mut each: impl FnMut(Line) -> Result<()>) -> Result<()> {
        for file in &self.files {
            let table = Table::open(file)?;
            let columns = Columns::find(&table, &self.map)?;
            // Per file, so that the same file again is the same events again.
            let mut seen = HashMap::new();
            table.each(|row| each(columns.line(row, &self.currency, &mut seen)?))?;
        }
        Ok(())
    }
}

/// What the column of customers goes by.
pub(crate) const CUSTOMER: &[&str] = &["customer_id", "customer", "user_id", "uid", "household_id"];

/// Our names for columns, each with the names that it goes by.
const NAMES: [(&str, &[&str]); 13] = [
    ("id", &["event_id", "id"]),
    ("customer", CUSTOMER),
    ("time", &["ts", "timestamp", "time", "date"]),
    ("order", &["order_id", "basket_id", "invoice"]),
    ("item", &["product_id", "item_id", "iid", "sku"]),
    ("event", &["event"]),
    ("line_kind", &["line_kind"]),
    ("quantity", &["quantity"]),
    ("unit_price", &["unit_price", "price"]),
    ("amount", &["amount", "sales_value"]),
    ("channel", &["channel"]),
    ("currency", &["currency"]),
    ("place", &["place", "store_id", "store"]),
];

/// Where in a file's lines what is.
struct Columns(HashMap<&'static str, usize>);

impl Columns {
    fn find(table: &Table, map: &Mapping) -> Result<Self> {
        let mut found = HashMap::new();
        for (ours, names) in NAMES {
            let mapped = map.iter().find(|(name, _)| *name == plain(ours));
            let place = match mapped {
                Some((_, theirs)) => Some(table.need(&[theirs])?),
                None => table.find(names),
            };
            if let Some(place) = place {
                found.insert(ours, place);
            }
        }
        let known = |name: &str| NAMES.iter().any(|(ours, _)| plain(ours) == name);
        if let Some((ours, _)) = map.iter().find(|(ours, _)| !known(ours)) {
            let names: Vec<&str> = NAMES.iter().map(|(ours, _)| *ours).collect();
            let names = names.join(", ");
            return Err(format!("--map {ours}=...: expected one of {names}").into());
        }
        let whose = found.contains_key("customer") || found.contains_key("order");
        for (missing, name) in [(!found.contains_key("time"), "time"), (!whose, "customer")] {
            if missing {
                return Err(format!(
                    "{}: no column is known as the {name}; say which with --map {name}=...; \
                     its columns are: {}",
                    table.name(),
                    table.columns(),
                )
                .into());
            }
        }
        Ok(Self(found))
    }

    fn get<'a>(&self, row: &Row<'a>, name: &str) -> Option<&'a str> {
        self.0.get(name).and_then(|column| row.get(*column))
    }

    fn number(&self, row: &Row<'_>, name: &str) -> Result<Option<f64>> {
        match self.0.get(name) {
            Some(column) => row.number(*column),
            None => Ok(None),
        }
    }

    fn line(&self, row: &Row<'_>, currency: &str, seen: &mut Seen) -> Result<Line> {
        let id = match self.get(row, "id") {
            Some(id) => id.to_owned(),
            None => made_id(row, seen),
        };
        let time = self.get(row, "time").unwrap_or_default();
        let at = instant(time)
            .ok_or_else(|| row.wrong("not a time: expected RFC 3339, a date, or Unix seconds"))?;
        let owned = |name| self.get(row, name).map(str::to_owned);
        let (customer, order) = (self.get(row, "customer"), owned("order"));
        let customer_id = match (customer, &order) {
            (Some(customer), _) => Identifier::from(customer),
            // Nobody knows who it was: a customer of its own.
            (None, Some(order)) => nobody("order", order),
            (None, None) => nobody("line", &id),
        };
        let quantity = self.number(row, "quantity")?.unwrap_or(1.0);
        let units = match self.number(row, "amount")? {
            Some(total) => Some(total),
            None => self.number(row, "unit_price")?.map(|price| price * quantity),
        };
        let currency = self.get(row, "currency").unwrap_or(currency);
        let amount = units.map(|units| Money::units(units.abs(), currency));
        let mut negative = quantity < 0.0 || units.is_some_and(|units| units < 0.0);
        let mut kind = self.kind(row);
        if kind == Kind::Purchased && negative {
            kind = Kind::Returned;
        }
        negative &= kind != Kind::Returned;
        Ok(Line {
            id,
            customer: customer_id,
            identified: customer.is_some(),
            at,
            kind,
            item: owned("item"),
            order,
            place: owned("place"),
            channel: self.get(row, "channel").map(Channel::from_name),
            quantity: quantity.abs(),
            amount: amount.transpose().map_err(|error| row.wrong(error))?,
            negative,
        })
    }

    /// A purchase, unless the line says otherwise. Postage, vouchers and the like are
    /// bought, but are no products: kinds of their own. What is bought with a minus is a
    /// return, whose quantity and amount have none.
    fn kind(&self, row: &Row<'_>) -> Kind {
        let named = |text: &str| match &*text.to_lowercase().replace([' ', '-'], "_") {
            "purchase" => Kind::Purchased,
            "return" => Kind::Returned,
            "view" => Kind::Viewed,
            name => Kind::from_name(name),
        };
        let kind = self.get(row, "event").map_or(Kind::Purchased, named);
        match self.get(row, "line_kind") {
            Some(line) if kind == Kind::Purchased && line != "product" => named(line),
            _ => kind,
        }
    }
}

/// Whoever it was that nobody asked: known by what was done alone.
fn nobody(kind: &str, id: &str) -> Identifier {
    Identifier::new(IdentifierKind::Custom(kind.into()), id)
}

/// How often a content was seen in a file.
type Seen = HashMap<u128, u32>;

/// The line's content (128-bit FNV-1a over its fields) and which of its like it is.
fn made_id(row: &Row<'_>, seen: &mut Seen) -> String {
    const PRIME: u128 = (1 << 88) + 0x13b;
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for field in row.fields() {
        // A byte that no text holds ends each field.
        for byte in field.bytes().chain([0xff]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        }
    }
    let times = seen.entry(hash).or_insert(0);
    *times += 1;
    format!("{hash:032x}.{times}")
}

/// RFC 3339, with a blank for the `T` and without seconds or zone if need be; a date;
/// Unix seconds.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<f64>() {
        let sane = (0.0..1e11).contains(&seconds);
        return sane.then(|| Timestamp::from_millis(0) + Duration::from_secs_f64(seconds));
    }
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let text = text.replacen(' ', "T", 1);
    let (date, time) = text.split_once('T')?;
    let seconds = if time.split(':').count() == 2 { ":00" } else { "" };
    [text.clone(), format!("{date}T{time}{seconds}Z")].iter().find_map(|text| text.parse().ok())
}
