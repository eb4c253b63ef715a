//! The essential facts of a customer: what flows whatever is allowed, so that less
//! consent never means more contact. The table is short, stands in the design page,
//! and every line of it can only ever hold something back.

use crate::consent::{Choices, PrivacyPolicy};
use crate::profile::{Profile, What};
use crate::types::{ActionId, Channel, Level, Purpose, Timestamp};

/// The essential facts as of an instant.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Contacts that were made and not taken back, by time.
    pub(crate) made: Vec<Touch>,
    /// What the customer declined, by time.
    pub(crate) declined: Vec<Touch>,
    /// What bounced, by time.
    pub(crate) bounced: Vec<Touch>,
    allowed: Vec<Purpose>,
    choices: Choices,
    now: Timestamp,
}

/// One contact, or one answer to it.
#[derive(Debug)]
pub(crate) struct Touch {
    pub(crate) at: Timestamp,
    pub(crate) channel: Option<Channel>,
    pub(crate) action: ActionId,
}

impl Facts {
    /// The facts of a profile; a contact numbered `but` is left out.
    pub(crate) fn of(profile: &Profile, policy: &PrivacyPolicy, now: Timestamp, but: u64) -> Self {
        let names = profile.names.table();
        let name = |number: u32| names.get(number as usize).copied().unwrap_or_default();
        let touch = |contact: &crate::profile::Contact| Touch {
            at: Timestamp::from_millis(contact.at),
            channel: (contact.channel != crate::profile::NONE)
                .then(|| Channel::from_name(name(contact.channel))),
            action: ActionId::from(name(contact.action)),
        };
        let those = |what: What| {
            let known = profile.contacts.iter().filter(|c| c.at <= now.as_millis());
            known.filter(|c| c.what == what).map(touch).collect()
        };
        Self {
            made: profile.contacts.made(now).iter().filter(|c| c.id != but).map(touch).collect(),
            declined: those(What::Declined),
            bounced: those(What::Bounced),
            allowed: policy
                .purposes()
                .map(|(purpose, _)| purpose)
                .filter(|purpose| profile.choices.allows(policy, purpose, now))
                .cloned()
                .collect(),
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

    /// Whether the customer objects to being reached on a channel.
    pub(crate) fn objects_to(&self, channel: &Channel) -> bool {
        self.choices.objects_to(channel, self.now)
    }
}
