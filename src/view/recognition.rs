//! Who is calling: what one identifier alone is answered with. It reads what
//! personalisation may see and nothing else, so less consent ends in the greeting that
//! everybody gets.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Gate, View, Visit};
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

/// What opens a matter, and what settles it. A matter is only spoken of where all of it may
/// be seen: who hides that an order came is not asked about it.
const SORTS: [(Hint, Kind, &[Kind]); 4] = [
    (Hint::OpenComplaint, Kind::Complained, &[Kind::Resolved]),
    (Hint::FailedDelivery, Kind::DeliveryFailed, &[Kind::Delivered, Kind::Cancelled]),
    (Hint::FailedPayment, Kind::PaymentFailed, &[Kind::Paid, Kind::Cancelled]),
    (Hint::OpenOrder, Kind::Purchased, &[Kind::Delivered, Kind::Cancelled, Kind::Returned]),
];

/// One thing that happened, of those that open or settle a matter of one sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    at: i64,
    /// At one instant things go wrong first and are settled then.
    settles: bool,
    order: u32,
    item: u32,
    cancels: bool,
}

/// What is open of one sort: since when, and of which item, by order.
#[derive(Debug, Default)]
struct Open(BTreeMap<u32, Vec<(i64, u32)>>);

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
        if !profile.proves(asked) {
            return Recognition::neutral(Caller::Stranger, Timestamp::MAX);
        }
        let view = self.open(profile, Purpose::Personalisation, now, Visit::default());
        if view.allows_nothing() {
            return Recognition::neutral(Caller::Stranger, view.next);
        }
        let (open, next) = self.matters(profile, &view, greeting);
        Recognition {
            caller: Caller::Known(profile.customer.clone()),
            name: view.declared(&greeting.name),
            form_of_address: view.declared(&greeting.form),
            language: view.declared(&greeting.language),
            open,
            until: view.next.min(next),
        }
    }

    /// What is open, and until when time alone does not change it.
    fn matters(
        self,
        profile: &Profile,
        view: &View,
        greeting: &Greeting,
    ) -> (Vec<Matter>, Timestamp) {
        let names = profile.names.table();
        let history = profile.told_once(&names);
        let (mut matters, mut next) = (Vec::new(), Timestamp::MAX);
        for (hint, opens, settle) in SORTS {
            let Some(remember) = self.remembers(view, greeting, &opens, settle) else { continue };
            let (opens, settle) = (opens.code(), settle.iter().map(Kind::code));
            let settle: Vec<u32> = settle.collect();
            let recent = |at: i64| at.saturating_add(remember) > view.now.as_millis();
            let rows = history.rows().take_while(|row| row.at <= view.now.as_millis());
            let rows = rows.filter(|row| row.kind == opens || settle.contains(&row.kind));
            let mut steps: Vec<Step> = rows
                .filter(|row| recent(row.at))
                // What is bought in a shop is taken along.
                .filter(|row| {
                    hint != Hint::OpenOrder
                        || row.kind != opens
                        || row.order != NONE && names.get(row.channel) != Channel::Store.name()
                })
                .map(|row| Step {
                    at: row.at,
                    settles: row.kind != opens,
                    order: row.order,
                    item: row.item,
                    cancels: row.kind == Kind::Cancelled.code(),
                })
                .collect();
            steps.sort_unstable();
            let open = Open::after(&steps, hint == Hint::OpenComplaint);
            for (order, since) in open
                .0
                .into_iter()
                .filter_map(|(order, all)| Some((order, all.into_iter().map(|(at, _)| at).min()?)))
            {
                next = next.min(Timestamp::from_millis(since.saturating_add(remember)));
                let order = (order != NONE).then(|| OrderId::from(names.get(order)));
                matters.push(Matter { hint, since: Timestamp::from_millis(since), order });
            }
        }
        matters.sort_by(|a, b| {
            (a.hint, Reverse(a.since), &a.order).cmp(&(b.hint, Reverse(b.since), &b.order))
        });
        (matters, next)
    }

    /// For how long a sort of matter is remembered, in milliseconds, if all of it may be
    /// seen: no longer than anything that settles it is kept.
    fn remembers(
        self,
        view: &View,
        greeting: &Greeting,
        opens: &Kind,
        settle: &[Kind],
    ) -> Option<i64> {
        let categories = || std::iter::once(opens).chain(settle).map(|k| self.policy.of_kind(k));
        let all = categories().map(Categories::one).fold(Categories::NONE, Categories::or);
        let remember = Timestamp::from_millis(0) + greeting.remember;
        let kept = categories().map(|category| self.policy.keeps(category)).min();
        view.allows(all).then(|| kept.unwrap_or(i64::MAX).min(remember.as_millis()))
    }
}

impl Open {
    /// What is open after all that happened, in order.
    fn after(steps: &[Step], complaints: bool) -> Self {
        let mut open = Self::default();
        for step in steps {
            match step.settles {
                false => open.0.entry(step.order).or_default().push((step.at, step.item)),
                true if complaints && step.order == NONE => open.settle_latest(),
                true if step.cancels && step.order == NONE => {}
                true => open.settle(step),
            }
        }
        open
    }

    /// Settles what is open about an order: of one item, if the step names one.
    fn settle(&mut self, step: &Step) {
        if let Some(open) = self.0.get_mut(&step.order) {
            open.retain(|(_, item)| step.item != NONE && *item != NONE && *item != step.item);
            if open.is_empty() {
                self.0.remove(&step.order);
            }
        }
    }

    /// Settles the latest, whatever it is about.
    fn settle_latest(&mut self) {
        let latest = |(_, open): &(&u32, &mut Vec<(i64, u32)>)| open.last().copied();
        let Some((order, open)) = self.0.iter_mut().max_by_key(latest) else { return };
        let order = *order;
        open.pop();
        if open.is_empty() {
            self.0.remove(&order);
        }
    }
}

impl View {
    /// What the customer says of themselves, as a text.
    fn declared(&self, name: &str) -> Option<Arc<str>> {
        let known = self.facts.iter().find(|known| *known.name == *name)?;
        match &known.value {
            Value::Text(text) if known.origin == Origin::Declared => Some(text.clone()),
            _ => None,
        }
    }
}

redacted! {
    Matter { hint, since }
    Recognition { until }
}
