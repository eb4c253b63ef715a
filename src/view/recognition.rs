//! Who is calling: what one identifier alone is answered with. It reads what
//! personalisation may see and nothing else, so less consent ends in the greeting that
//! everybody gets.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Biography, Gate, Trouble, View, Visit, bit};
use crate::consent::Categories;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Kind, Origin, Value};
use crate::profile::{NONE, Profile};
use crate::types::{Channel, Identifier, OrderId, Purpose, Timestamp, check_text, days, redacted};

/// How somebody who calls is greeted: the attributes in which customers say how they want
/// to be addressed, and how long an open matter is remembered.
///
/// ```
/// use confidant::{Engine, Greeting, days};
///
/// let greeting = Greeting::new().name("first_name").remember_for(days(30));
/// let engine = Engine::builder().greeting(greeting).build()?;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    name: Arc<str>,
    form: Arc<str>,
    language: Arc<str>,
    remember: Duration,
}

impl Default for Greeting {
    fn default() -> Self {
        Self::new()
    }
}

impl Greeting {
    /// By the attributes `name`, `form_of_address` and `language`; matters of the last 90
    /// days.
    #[must_use]
    pub fn new() -> Self {
        Self {
            name: "name".into(),
            form: "form_of_address".into(),
            language: "language".into(),
            remember: days(90),
        }
    }

    /// The attribute that holds the name.
    #[must_use]
    pub fn name(self, attribute: impl Into<Arc<str>>) -> Self {
        Self { name: attribute.into(), ..self }
    }

    /// The attribute that holds the form of address: `Dr`, `they`, `du`.
    #[must_use]
    pub fn form_of_address(self, attribute: impl Into<Arc<str>>) -> Self {
        Self { form: attribute.into(), ..self }
    }

    /// The attribute that holds the language.
    #[must_use]
    pub fn language(self, attribute: impl Into<Arc<str>>) -> Self {
        Self { language: attribute.into(), ..self }
    }

    /// What is older than this is no open matter any more.
    #[must_use]
    pub fn remember_for(self, time: Duration) -> Self {
        Self { remember: time, ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let named = [&self.name, &self.form, &self.language];
        let mut named = named.into_iter().map(|name| check_text("greeting", name));
        named
            .try_for_each(|checked| checked)
            .map_err(|error: Error| error.of_kind(ErrorKind::InvalidConfiguration))
    }
}

/// Who an identifier leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Caller {
    /// This customer, by the identifier that names them best.
    Known(Identifier),
    /// Nobody, or nobody who lets themselves be known, or nobody for sure: a link that
    /// proves nothing leads to no one.
    Stranger,
    /// Several customers. Nothing is said of any of them.
    Shared,
}

/// What somebody who calls may be calling about; the most pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// A complaint that nobody settled.
    OpenComplaint,
    /// A delivery failed, and none came since.
    FailedDelivery,
    /// A payment failed, and none was made since.
    FailedPayment,
    /// Something was ordered that did not come yet.
    OpenOrder,
}

/// Something that is open.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Matter {
    /// What kind of matter it is.
    pub hint: Hint,
    /// Since when; the first instant, if it happened several times.
    pub since: Timestamp,
    /// The order that it is about.
    pub order: Option<OrderId>,
}

/// What is known of somebody who calls, as far as it may be used; see
/// [`Engine::recognise`](crate::Engine::recognise).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Recognition {
    /// Who it is.
    pub caller: Caller,
    /// The name that the customer gave. Without one, the greeting is the neutral one.
    pub name: Option<Arc<str>>,
    /// The form of address that the customer asked for.
    pub form_of_address: Option<Arc<str>>,
    /// The language that the customer asked for.
    pub language: Option<Arc<str>>,
    /// What is open, the most pressing first, and the latest first of those.
    pub open: Vec<Matter>,
    /// The first instant at which time alone can change this.
    pub until: Timestamp,
}

impl Recognition {
    /// The greeting that everybody gets.
    pub(crate) fn neutral(caller: Caller, until: Timestamp) -> Self {
        let open = Vec::new();
        Self { caller, name: None, form_of_address: None, language: None, open, until }
    }

    /// What they are most likely calling about, if anything is open.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        self.open.first().map(|matter| matter.hint)
    }
}

/// A line of an order: that it was bought, or what became of it.
struct Line {
    at: i64,
    order: u32,
    item: u32,
    ends: bool,
    taken_along: bool,
}

impl Line {
    /// Whether it tells what became of a line: of the whole order, if it names no item.
    fn is_of(&self, bought: &Self) -> bool {
        let whole = self.item == NONE || bought.item == NONE;
        self.at >= bought.at && (whole || self.item == bought.item)
    }
}

impl Gate<'_> {
    /// Who an identifier that leads to this record belongs to, and what they may be calling
    /// about.
    pub(crate) fn recognise(
        self,
        profile: &Profile,
        asked: &Identifier,
        greeting: &Greeting,
        now: Timestamp,
    ) -> Recognition {
        if profile.identity.shared {
            return Recognition::neutral(Caller::Shared, Timestamp::MAX);
        }
        if !profile.proven(asked).contains(&profile.customer) {
            return Recognition::neutral(Caller::Stranger, Timestamp::MAX);
        }
        let view = self.open(profile, Purpose::Personalisation, now, Visit::default());
        if view.allows_nothing() {
            return Recognition::neutral(Caller::Stranger, view.next);
        }
        let mut open = view.troubles(greeting.remember);
        let names = profile.names.table();
        let waiting = view.waiting(greeting.remember).into_iter();
        open.extend(waiting.map(|(order, since)| Matter {
            hint: Hint::OpenOrder,
            since,
            order: Some(OrderId::from(names.get(order))),
        }));
        open.retain(|matter| {
            let about = match matter.hint {
                Hint::OpenComplaint => Kind::Complained,
                Hint::FailedDelivery | Hint::FailedPayment | Hint::OpenOrder => Kind::Purchased,
            };
            view.permit.lets_say(Categories::one(self.policy.of_kind(&about)))
        });
        open.sort_by_cached_key(|matter| {
            (matter.hint, Reverse(matter.since), matter.order.clone())
        });
        let forgotten = open.iter().map(|matter| matter.since + greeting.remember);
        Recognition {
            until: forgotten.fold(view.next, Timestamp::min),
            caller: Caller::Known(profile.customer.clone()),
            name: view.declared(&greeting.name),
            form_of_address: view.declared(&greeting.form),
            language: view.declared(&greeting.language),
            open,
        }
    }
}

impl View {
    /// What went wrong in a window and was not put right.
    fn troubles(&self, within: Duration) -> Vec<Matter> {
        let Biography { purchases, complaints, .. } = self.biography(within);
        let (deliveries, payments) =
            purchases.map(|p| (p.failed_deliveries, p.failed_payments)).unwrap_or_default();
        let all = [
            (Hint::OpenComplaint, complaints.unwrap_or_default()),
            (Hint::FailedDelivery, deliveries),
            (Hint::FailedPayment, payments),
        ];
        let each = all.into_iter().flat_map(|(hint, troubles)| {
            let open = troubles.into_iter().filter(|trouble| trouble.settled.is_none());
            open.map(move |Trouble { at: since, order, .. }| Matter { hint, since, order })
        });
        each.collect()
    }

    /// The orders of a window of which something neither came nor was called off, each with
    /// when it was placed. What was bought in a shop was taken along.
    fn waiting(&self, within: Duration) -> BTreeMap<u32, Timestamp> {
        let lines = || self.lines(within).filter(|line| line.order != NONE);
        let mut ended: BTreeMap<u32, Vec<Line>> = BTreeMap::new();
        for line in lines().filter(|line| line.ends) {
            ended.entry(line.order).or_default().push(line);
        }
        let waits = |line: &Line| {
            !line.ends
                && !line.taken_along
                && !ended.get(&line.order).into_iter().flatten().any(|end| end.is_of(line))
        };
        let mut waiting = BTreeMap::new();
        for line in lines().filter(waits) {
            waiting.entry(line.order).or_insert(Timestamp::from_millis(line.at));
        }
        waiting
    }

    /// What was bought in a window, and what became of it, by time.
    fn lines(&self, within: Duration) -> impl Iterator<Item = Line> + '_ {
        let ends = [Kind::Delivered, Kind::Cancelled, Kind::Returned];
        let ends = ends.iter().fold(0, |bits, kind| bits | bit(kind));
        self.within(within).filter_map(move |row| {
            let kind = *self.rows.kind_bit.get(row)?;
            let channel = self.channels.get(self.rows.channel.get(row)?);
            let line = Line {
                at: *self.rows.at.get(row)?,
                order: *self.rows.order.get(row)?,
                item: *self.rows.named.get(row)?,
                ends: kind & ends != 0,
                taken_along: channel == Some(&Channel::Store),
            };
            (line.ends || kind == bit(&Kind::Purchased)).then_some(line)
        })
    }

    /// What the customer says of themselves, as a text, if it may be said to them.
    fn declared(&self, name: &str) -> Option<Arc<str>> {
        let known = self.facts.iter().find(|known| *known.name == *name)?;
        match &known.value {
            Value::Text(text) if known.origin == Origin::Declared && known.aloud => {
                Some(text.clone())
            }
            _ => None,
        }
    }
}

redacted! {
    Matter { hint, since }
    Recognition { until }
}
