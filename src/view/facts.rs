//! The essential facts of a customer: what flows whatever is allowed, so that less
//! consent never means more contact. The table is short, stands in the design page,
//! and every line of it can only ever hold something back.

use std::cell::LazyCell;

use crate::consent::{Choices, PrivacyPolicy};
use crate::profile::{Contact, NONE, Profile, What, answers};
use crate::types::{ActionId, Channel, Level, Purpose, Timestamp, Topic};

/// The essential facts as of an instant.
pub(crate) struct Facts {
    /// Contacts that were made and not taken back, by time.
    pub(crate) made: Vec<Touch>,
    /// What the customer declined, by time.
    pub(crate) declined: Vec<Touch>,
    /// What bounced, by time.
    pub(crate) bounced: Vec<Touch>,
    /// The actions that this very question was answered with before.
    pub(crate) given: Vec<ActionId>,
    allowed: Vec<Purpose>,
    choices: Choices,
    now: Timestamp,
}

/// One contact, or one answer to it.
pub(crate) struct Touch {
    pub(crate) at: Timestamp,
    pub(crate) channel: Option<Channel>,
    pub(crate) action: ActionId,
}

impl Facts {
    /// The facts of a profile; the contacts that answer the question that is asked,
    /// because it was asked before, stand apart. A contact that another host's clock
    /// puts after `now` counts too.
    pub(crate) fn of(
        profile: &Profile,
        policy: &PrivacyPolicy,
        now: Timestamp,
        question: Option<u64>,
    ) -> Self {
        let names = LazyCell::new(|| profile.names.table());
        let name = |number: u32| names.get(number);
        let touch = |contact: &Contact| Touch {
            at: Timestamp::from_millis(contact.at),
            channel: (contact.channel != NONE).then(|| Channel::from_name(name(contact.channel))),
            action: ActionId::from(name(contact.action)),
        };
        let mut made = profile.contacts.made(Timestamp::MAX);
        made.extend(profile.elsewhere.told());
        made.sort_by_key(|contact| contact.at);
        let answer = |contact: &&Contact| question.is_some_and(|q| answers(contact.id, q));
        // A bounce that names no channel is of the channel of the action's last contact.
        let located = |bounce: &Contact| {
            let before = made.iter().rev().find(|m| m.action == bounce.action && m.at <= bounce.at);
            let channel = before.map_or(NONE, |contact| contact.channel);
            if bounce.channel == NONE { Contact { channel, ..*bounce } } else { *bounce }
        };
        let those = |what: What| profile.contacts.iter().filter(move |c| c.what == what);
        Self {
            made: made.iter().filter(|contact| !answer(contact)).map(touch).collect(),
            declined: those(What::Declined).map(touch).collect(),
            bounced: those(What::Bounced).map(|bounce| touch(&located(bounce))).collect(),
            given: made.iter().filter(answer).map(|c| ActionId::from(name(c.action))).collect(),
            allowed: profile.choices.allowed(policy, now),
            choices: profile.choices.clone(),
            now,
        }
    }

    /// The level in force.
    pub(crate) fn level(&self) -> Level {
        self.choices.level(self.now)
    }

    /// Whether the customer allows a purpose.
    pub(crate) fn allows(&self, purpose: &Purpose) -> bool {
        self.allowed.contains(purpose)
    }

    /// Whether messages about a topic are not wanted on a channel.
    pub(crate) fn unsubscribed(&self, topic: &Topic, channel: &Channel) -> bool {
        self.choices.unsubscribed(topic, channel, self.now)
    }

    /// Whether the customer objects to being reached on a channel.
    pub(crate) fn objects_to(&self, channel: &Channel) -> bool {
        self.choices.objects_to(channel, self.now)
    }
}
