//! What a customer chooses and answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Detail, Event};
use crate::error::{Error, Result};
use crate::types::{
    Channel, ConsentState, DataCategory, Jurisdiction, Level, Purpose, RecipientId, Topic,
    check_text, redacted,
};

/// The sentence of a link between identifiers; see [`Event::linked`].
#[derive(Clone, PartialEq)]
#[must_use = "a link is nothing until it is recorded"]
pub struct Link {
    pub(super) event: Event,
}

impl Link {
    /// How it is known; the host's own statement, if not said.
    pub fn by(mut self, how: Evidence) -> Self {
        if let Detail::Linked { evidence, .. } = &mut self.event.detail {
            *evidence = how;
        }
        self
    }
}

/// How it is known that two identifiers are of one customer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The host knows and says so.
    #[default]
    Stated,
    /// The customer logged in with the one on the other.
    LoggedIn,
    /// The card was scanned with the one at hand: what comes from a till. It needs the
    /// purpose [offline match](crate::Purpose::OfflineMatch) too.
    CardScanned,
    /// A link in a message to the one was opened on the other. A message can be passed on,
    /// so this proves nothing.
    MailOpened,
    /// The two look alike. This proves nothing.
    Matched,
}

impl Evidence {
    /// Whether it proves that the two are of one person.
    #[must_use]
    pub fn is_verified(self) -> bool {
        matches!(self, Self::Stated | Self::LoggedIn | Self::CardScanned)
    }
}

/// The sentence of a parting; see [`Event::unlinked`].
#[derive(Clone, PartialEq)]
#[must_use = "a parting is nothing until it is recorded"]
pub struct Parting {
    pub(super) event: Event,
}

/// The sentence of an action's outcome; see [`Event::outcome`].
#[derive(Clone, PartialEq)]
#[must_use = "an outcome is nothing until it is recorded"]
pub struct Outcome {
    pub(super) event: Event,
}

/// The sentence that takes an event back; see [`Event::retracted`].
#[derive(Clone, PartialEq)]
#[must_use = "a retraction is nothing until it is recorded"]
pub struct Retraction {
    pub(super) event: Event,
}

/// How a customer, or the channel, answered an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The customer took it: behaviour, kept only where allowed.
    Accepted,
    /// The customer does not want it. An essential fact: it is not offered again for a
    /// while, whatever is allowed.
    Declined,
    /// The channel could not deliver. An essential fact: the channel is left alone.
    Bounced,
    /// The host did not carry it out after all; the contact does not count.
    NotSent,
}

/// The sentence of a choice; see [`Event::consent`].
///
/// A level alone allows nothing, and a purpose alone goes no further than the level:
/// each is asked of the customer separately.
#[derive(Clone, PartialEq)]
#[must_use = "a choice is nothing until it is recorded"]
pub struct ConsentChange {
    pub(super) event: Event,
}

/// What was chosen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) level: Option<Level>,
    pub(crate) purposes: BTreeMap<Purpose, Grant>,
    /// Whether the customer objects to being reached there.
    pub(crate) channels: BTreeMap<Channel, bool>,
    /// Whether data may be kept and not used.
    pub(crate) restricted: Option<bool>,
    /// The version of the notice that was shown, where that is not the one of the time.
    pub(crate) notice: Option<u32>,
    /// Whether each may be given data.
    pub(crate) recipients: BTreeMap<RecipientId, bool>,
    /// Whether messages about it are wanted there.
    pub(crate) topics: BTreeMap<Topic, BTreeMap<Channel, bool>>,
    /// Whose law holds for the customer.
    pub(crate) jurisdiction: Option<Jurisdiction>,
    /// How many years old the customer was, at least.
    pub(crate) age: Option<u8>,
    /// Whether it is the word of who has parental responsibility.
    pub(crate) guardian: bool,
    /// Whether it was said in express words.
    pub(crate) explicit: bool,
    /// In which language it was asked.
    pub(crate) language: Option<Arc<str>>,
}

/// What is allowed of one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Grant {
    /// Nothing.
    Withdrawn,
    /// What the policy foresees for the purpose, special categories left out.
    Allowed,
    /// These categories, as far as the policy foresees them; special ones only so.
    Only(Vec<DataCategory>),
    /// No answer yet: the customer was asked, or put it off.
    Asked,
    Deferred,
    /// Nothing, either.
    Refused,
    Revoked,
    Invalidated,
    /// The conditions of a soft opt-in were met: a yes only where that is the basis.
    SoftOptIn,
}

impl Grant {
    /// What it says by itself.
    pub(crate) fn state(&self) -> ConsentState {
        match self {
            Self::Allowed | Self::Only(_) => ConsentState::Given,
            Self::Withdrawn => ConsentState::Withdrawn,
            // Told by the host, so the customer said nothing yet.
            Self::SoftOptIn => ConsentState::Unknown,
            Self::Asked => ConsentState::Requested,
            Self::Deferred => ConsentState::RequestDeferred,
            Self::Refused => ConsentState::Refused,
            Self::Revoked => ConsentState::Revoked,
            Self::Invalidated => ConsentState::Invalidated,
        }
    }

    pub(crate) fn is_yes(&self) -> bool {
        matches!(self, Self::Allowed | Self::Only(_))
    }

    /// Whether the customer, or somebody for them, said yes or no.
    pub(crate) fn is_answer(&self) -> bool {
        !self.is_no_answer() && *self != Self::SoftOptIn
    }

    /// Whether it changes nothing of what was said before.
    pub(crate) fn is_no_answer(&self) -> bool {
        matches!(self, Self::Asked | Self::Deferred)
    }

    /// Whether it allows something until it runs out.
    pub(crate) fn can_end(&self) -> bool {
        self.is_yes() || *self == Self::SoftOptIn
    }
}

impl ConsentChange {
    fn with(mut self, change: impl FnOnce(&mut Choice)) -> Self {
        if let Detail::Consent(choice) = &mut self.event.detail {
            change(choice);
        }
        self
    }

    /// How personal the service may be.
    pub fn level(self, level: Level) -> Self {
        self.with(|choice| choice.level = Some(level))
    }

    /// Allow a purpose, for the data categories that the policy foresees for it;
    /// special categories must be named, with [`allow_only`](Self::allow_only).
    pub fn allow(self, purpose: Purpose) -> Self {
        self.say(purpose, Grant::Allowed)
    }

    /// Allow a purpose for these data categories alone.
    pub fn allow_only(
        self,
        purpose: Purpose,
        categories: impl IntoIterator<Item = DataCategory>,
    ) -> Self {
        self.say(purpose, Grant::Only(categories.into_iter().collect()))
    }

    /// Withdraw a purpose, or object to one that rests on another basis (GDPR 21).
    pub fn withdraw(self, purpose: Purpose) -> Self {
        self.say(purpose, Grant::Withdrawn)
    }

    /// Say no to a purpose when asked.
    pub fn refuse(self, purpose: Purpose) -> Self {
        self.say(purpose, Grant::Refused)
    }

    /// The customer is being asked for a purpose. What was chosen before stands.
    pub fn asked(self, purpose: Purpose) -> Self {
        self.say(purpose, Grant::Asked)
    }

    /// The customer puts the answer off. What was chosen before stands.
    pub fn defer(self, purpose: Purpose) -> Self {
        self.say(purpose, Grant::Deferred)
    }

    /// Somebody else than the customer ends a consent.
    pub fn revoke(self, purpose: Purpose) -> Self {
        self.say(purpose, Grant::Revoked)
    }

    /// A consent turned out not to be valid.
    pub fn invalidate(self, purpose: Purpose) -> Self {
        self.say(purpose, Grant::Invalidated)
    }

    /// The customer's address was given in a sale, and they were offered to refuse messages
    /// about similar goods, then and with each message (ePrivacy 13(2)). It allows the
    /// purpose where it rests on [that basis](crate::Basis::SoftOptIn), until the customer
    /// refuses; it is no consent.
    pub fn soft_opt_in(self, purpose: Purpose) -> Self {
        self.say(purpose, Grant::SoftOptIn)
    }

    /// All of it was said in express words, and in answer to this question alone (GDPR 9(2)(a)).
    pub fn explicitly(self) -> Self {
        self.with(|choice| choice.explicit = true)
    }

    /// It is said by somebody who has parental responsibility for the customer (GDPR 8): a
    /// child's own yes does not count.
    pub fn by_guardian(self) -> Self {
        self.with(|choice| choice.guardian = true)
    }

    /// The customer is at least so many years old now. What is allowed follows as the
    /// customer gets older; of several words, the latest counts.
    pub fn aged(self, years: u8) -> Self {
        self.with(|choice| choice.age = Some(years))
    }

    /// Whose law holds for the customer, who lives there.
    pub fn under_the_law_of(self, jurisdiction: impl Into<Jurisdiction>) -> Self {
        let jurisdiction = jurisdiction.into();
        self.with(|choice| choice.jurisdiction = Some(jurisdiction))
    }

    /// Give my data to this recipient. No level and no purpose says so: each recipient is
    /// asked for by name.
    pub fn share_with(self, recipient: impl Into<RecipientId>) -> Self {
        let recipient = recipient.into();
        self.with(|choice| _ = choice.recipients.insert(recipient, true))
    }

    /// Do not give this recipient any more of my data.
    pub fn stop_sharing_with(self, recipient: impl Into<RecipientId>) -> Self {
        let recipient = recipient.into();
        self.with(|choice| _ = choice.recipients.insert(recipient, false))
    }

    /// No more messages about this on this channel: what the link at the end of a message
    /// says, in one call. It leaves everything else as it is; see
    /// [`Action::topic`](crate::Action::topic).
    ///
    /// ```
    /// use confidant::{Channel, Engine, Event, Timestamp};
    ///
    /// let now: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let engine = Engine::builder().build()?;
    /// engine.record(now, Event::consent("ana", now).unsubscribe("newsletter", Channel::Email))?;
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn unsubscribe(self, topic: impl Into<Topic>, channel: Channel) -> Self {
        self.topic(topic.into(), channel, false)
    }

    /// Messages about this are wanted again on this channel, as far as it is allowed to
    /// write at all.
    pub fn subscribe(self, topic: impl Into<Topic>, channel: Channel) -> Self {
        self.topic(topic.into(), channel, true)
    }

    fn topic(self, topic: Topic, channel: Channel, wanted: bool) -> Self {
        self.with(|choice| _ = choice.topics.entry(topic).or_default().insert(channel, wanted))
    }

    fn say(self, purpose: Purpose, grant: Grant) -> Self {
        self.with(|choice| _ = choice.purposes.insert(purpose, grant))
    }

    /// The version of the [notice](crate::Notice) that the customer was shown, where that is
    /// not the one that was to be shown at the time: a form on paper, an old app.
    pub fn informed_by(self, version: u32) -> Self {
        self.with(|choice| choice.notice = Some(version))
    }

    /// The language that the notice was shown in, as a tag of BCP 47: `en`, `pt-BR`.
    pub fn shown_in(self, language: impl Into<Arc<str>>) -> Self {
        let language = language.into();
        self.with(|choice| choice.language = Some(language))
    }

    /// Keep my data, and do not use them for anything (GDPR 18), whatever is allowed
    /// besides: while a dispute is settled, say.
    pub fn restrict(self) -> Self {
        self.with(|choice| choice.restricted = Some(true))
    }

    /// Take a restriction back: what was allowed holds again.
    pub fn lift_restriction(self) -> Self {
        self.with(|choice| choice.restricted = Some(false))
    }

    /// Do not reach out to me on this channel.
    pub fn object_to(self, channel: Channel) -> Self {
        self.with(|choice| _ = choice.channels.insert(channel, true))
    }

    /// Take an objection to a channel back.
    pub fn lift_objection(self, channel: Channel) -> Self {
        self.with(|choice| _ = choice.channels.insert(channel, false))
    }
}

/// How many purposes, categories or channels one choice may name.
const MOST: usize = 64;

impl Choice {
    pub(super) fn check(&self) -> Result<()> {
        let named = |field, n: usize| match n {
            0..=MOST => Ok(()),
            _ => Err(Error::input(
                field,
                format!("`{field}` names too many: expected at most {MOST}"),
            )),
        };
        named("purpose", self.purposes.len())?;
        named("channel", self.channels.len())?;
        named("recipient", self.recipients.len())?;
        named("topic", self.topics.values().map(BTreeMap::len).sum())?;
        for (purpose, grant) in &self.purposes {
            purpose.check()?;
            if let Grant::Only(categories) = grant {
                named("category", categories.len())?;
                categories.iter().try_for_each(DataCategory::check)?;
            }
        }
        self.channels.keys().try_for_each(Channel::check)?;
        self.topics.values().flat_map(BTreeMap::keys).try_for_each(Channel::check)?;
        self.topics.keys().try_for_each(|topic| check_text("topic", topic.as_str()))?;
        let mut recipients = self.recipients.keys();
        recipients.try_for_each(|whom| check_text("recipient", whom.as_str()))?;
        let law = self.jurisdiction.as_ref();
        law.map_or(Ok(()), Jurisdiction::check)?;
        self.language.as_ref().map_or(Ok(()), |language| check_text("language", language))?;
        match self.age {
            Some(years) if years > OLDEST => Err(Error::input(
                "age",
                format!("`age` is not a person's: expected 0 to {OLDEST} years"),
            )),
            _ => Ok(()),
        }
    }
}

/// More years than anybody has lived.
const OLDEST: u8 = 130;

redacted! {
    Link {}
    Parting {}
    Outcome {}
    Retraction {}
    ConsentChange {}
}
