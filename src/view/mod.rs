//! The gate. A [`View`] holds what a permit lets through of a profile as of an
//! instant, and [`Facts`] the short table of what flows regardless. No room below can
//! name a profile: what is not here does not exist.

mod aggregate;
mod aggregates;
mod attributes;
mod biography;
mod dwell;
mod facts;
mod filter;
mod gate;
mod held;
mod household;
mod ledger;
mod merge;
mod notes;
mod ownership;
mod recognition;
mod reversals;
mod session;
mod usual;

pub use aggregate::{Aggregate, Aggregated, Figure};
pub use aggregates::Aggregates;
pub use biography::{Biography, Purchases, Trouble};
pub use dwell::Dwell;
pub(crate) use facts::{Facts, Touch};
pub(crate) use filter::{Filter, Which};
pub(crate) use gate::{Gate, OWN_KIND, Visit};
pub use household::Household;
pub use ownership::{Owned, Reading};
pub use recognition::{Caller, Greeting, Hint, Matter, Recognition};
pub use reversals::{Bought, Reversals, Reversed};
pub use session::Session;
pub use usual::Usual;

/// The number of no text, in the columns that refer to texts.
pub(crate) use crate::profile::NONE as NO_TEXT;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::consent::{Categories, Permit};
use crate::event::{Kind, Origin, Value};
use crate::types::{
    ActionId, Channel, Identifier, OrderId, Purpose, Timestamp, Zone, millis, redacted,
};
use notes::Notes;

/// The attribute that names a customer's own time zone.
pub(crate) const TIME_ZONE: &str = "time_zone";

/// What one customer allows to be seen, for one purpose, as of one instant.
///
/// There is no way to make one but through a permit, which only the customer's choices
/// make:
///
/// ```compile_fail,E0451
/// let made_up = confidant::View { ..todo!() };
/// ```
/// ```compile_fail,E0308
/// fn kept_for_later(view: &confidant::View) -> confidant::View {
///     view.clone()
/// }
/// ```
/// ```compile_fail,E0616
/// fn around_the_gate(view: &confidant::View) {
///     let _ = &view.rows;
/// }
/// ```
/// ```compile_fail,E0603
/// use confidant::profile::Profile;
/// ```
pub struct View {
    permit: Permit,
    who: Identifier,
    now: Timestamp,
    /// When the next thing that is already known takes effect.
    next: Timestamp,
    /// The kinds that it would show, by their bits.
    kinds: u32,
    rows: Rows,
    /// The channels of the rows, by their numbers there.
    channels: BTreeMap<u32, Channel>,
    /// The orders of what went wrong, by their numbers in the rows.
    orders: BTreeMap<u32, OrderId>,
    notes: Notes,
    /// What it takes to tell what the customer has; only where that is asked for.
    ledger: Vec<ledger::Deed>,
    facts: Vec<Known>,
    answers: Vec<Answers>,
    session: Option<Session>,
    host_zone: Zone,
    /// The customer's, once it was asked for.
    zone: OnceLock<Zone>,
}

/// A view that was opened so that others may learn from it.
pub(crate) struct LearningView(View);

/// Behaviours as columns, ordered by time, then event id.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) at: Vec<i64>,
    /// One bit per kind of our own, the highest for the host's.
    pub(crate) kind_bit: Vec<u32>,
    pub(crate) kind: Vec<u32>,
    pub(crate) channel: Vec<u32>,
    /// Numbers in the catalogue.
    pub(crate) item: Vec<u32>,
    /// The item as a text of the record, whether the catalogue knows it or not.
    pub(crate) named: Vec<u32>,
    /// Where the item's category is in the walk of the catalogue's tree.
    pub(crate) place: Vec<u32>,
    pub(crate) order: Vec<u32>,
    pub(crate) amount: Vec<i64>,
    pub(crate) currency: Vec<u32>,
    /// In thousandths.
    pub(crate) quantity: Vec<i64>,
}

/// The value of an attribute that counts, with where it came from.
#[derive(Clone, PartialEq)]
pub struct Known {
    /// The attribute.
    pub name: Arc<str>,
    /// Its value.
    pub value: Value,
    /// Who says so.
    pub origin: Origin,
    /// Which system knows it, if that was said. Of a union, that of its latest part.
    pub source: Option<Arc<str>>,
    /// When it was stated. Of a union, when its latest part was.
    pub since: Timestamp,
    /// Since when it has been the value that counts without a break, whoever said so and
    /// however often, as far as what may be seen tells. Never before what is the first to
    /// be seen.
    pub held: Timestamp,
    /// Whether it may be said aloud: in a text, at a till, on a screen; see
    /// [`PrivacyPolicy::mention`](crate::PrivacyPolicy::mention). What may not can still
    /// shape an answer.
    pub aloud: bool,
}

/// How the customer answered one action so far.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) action: ActionId,
    pub(crate) shown: u32,
    pub(crate) accepted: u32,
}

impl View {
    /// What it may be used for.
    #[must_use]
    pub fn purpose(&self) -> &Purpose {
        self.permit.purpose()
    }

    /// As of when.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// How many behaviours it shows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.at.len()
    }

    /// Whether it shows no behaviour.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.at.is_empty()
    }

    /// The attributes that may be seen, by name: of each the value that counts.
    #[must_use]
    pub fn attributes(&self) -> &[Known] {
        &self.facts
    }

    /// The value of an attribute that counts, if it may be seen: that of the strongest
    /// [`Origin`], and of several the one that the host's
    /// [`Attributes`](crate::Attributes) choose.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        let at = self.facts.binary_search_by(|known| (*known.name).cmp(name)).ok()?;
        self.facts.get(at).map(|known| &known.value)
    }

    /// The same for a text that somebody reads or hears: only what may be said
    /// [aloud](Known::aloud).
    #[must_use]
    pub fn attribute_to_say(&self, name: &str) -> Option<&Value> {
        let at = self.facts.binary_search_by(|known| (*known.name).cmp(name)).ok()?;
        self.facts.get(at).filter(|known| known.aloud).map(|known| &known.value)
    }

    /// The present visit, if it may be seen.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The value of an attribute that counts, with where it came from, if it may be seen.
    pub(crate) fn known(&self, name: &str) -> Option<&Known> {
        let at = self.facts.binary_search_by(|known| (*known.name).cmp(name)).ok()?;
        self.facts.get(at)
    }

    /// The channel of a number in the rows.
    pub(crate) fn channel(&self, number: u32) -> Option<&Channel> {
        self.channels.get(&number)
    }

    /// Whose calendar is meant: the customer's own, where they say or are known to have one;
    /// else the host's.
    pub(crate) fn zone(&self) -> &Zone {
        self.zone.get_or_init(|| {
            let own = match self.attribute(TIME_ZONE) {
                Some(Value::Text(name)) => Zone::named(name),
                _ => None,
            };
            own.unwrap_or_else(|| self.host_zone.clone())
        })
    }

    /// Whose it is.
    pub(crate) fn who(&self) -> &Identifier {
        &self.who
    }

    pub(crate) fn permit(&self) -> &Permit {
        &self.permit
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    pub(crate) fn allows(&self, needed: Categories) -> bool {
        self.permit.categories().covers(needed)
    }

    pub(crate) fn allows_nothing(&self) -> bool {
        self.permit.categories().is_empty()
    }

    pub(crate) fn next(&self) -> Timestamp {
        self.next
    }

    /// Whether behaviours of a kind of our own may be seen.
    fn shows(&self, kind: &Kind) -> bool {
        self.kinds & bit(kind) != 0
    }

    /// The rows in a window that ends now.
    fn within(&self, window: Duration) -> Range<usize> {
        self.rows.within(Some(millis(window)), self.now)
    }

    /// Until when an answer about these rows of a window holds.
    fn holds(&self, window: Duration, mut rows: impl Iterator<Item = usize>) -> Timestamp {
        let first = rows.next().and_then(|row| self.rows.at.get(row));
        let leaves = first.map(|at| Timestamp::from_millis(*at) + window);
        self.next.min(leaves.unwrap_or(Timestamp::MAX))
    }

    pub(crate) fn answers(&self, action: &ActionId) -> Option<&Answers> {
        self.answers.iter().find(|answers| answers.action == *action)
    }

    pub(crate) fn all_answers(&self) -> &[Answers] {
        &self.answers
    }
}

/// The bit of a kind of our own.
fn bit(kind: &Kind) -> u32 {
    1 << kind.code()
}

impl LearningView {
    pub(crate) fn as_view(&self) -> &View {
        &self.0
    }
}

redacted! {
    View { permit, now }
    Known {}
}
