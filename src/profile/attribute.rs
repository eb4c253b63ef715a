//! What may be kept of what was stated of a customer, and in which form.

use std::sync::Arc;

use super::{Attribute, Profile};
use crate::consent::{Categories, PrivacyPolicy};
use crate::event::{Event, Statement, Value};
use crate::types::{Basis, Purpose, Timestamp};

impl Attribute {
    /// Whether a purpose may see it, as far as it was given for some alone.
    pub(crate) fn is_for(&self, purpose: &Purpose) -> bool {
        self.purpose.as_ref().is_none_or(|only| only == purpose)
    }
}

impl Profile {
    /// The categories that may be kept of a statement that was made at an instant.
    pub(super) fn may_keep(
        &self,
        statement: &Statement,
        policy: &PrivacyPolicy,
        at: Timestamp,
    ) -> Categories {
        // What one purpose alone may see is kept for that purpose alone.
        let consented = match &statement.purpose {
            Some(purpose) => self.choices.granted(policy, purpose, at),
            None => self.choices.used(policy, at),
        };
        match statement.basis {
            None => consented.or(policy.needed()),
            Some(Basis::Contract | Basis::LegalObligation) => {
                consented.or(policy.all().without(policy.special_ones()))
            }
            // An interest of the host's is no reason to keep what nobody may use.
            Some(_) => consented,
        }
    }

    /// One fact of a statement, as it is kept.
    pub(super) fn attribute(
        &mut self,
        event: &Event,
        id: u64,
        statement: &Statement,
        name: &Arc<str>,
        value: &Value,
    ) -> Attribute {
        Attribute {
            name: self.names.intern(name),
            value: value.clone(),
            at: event.at,
            id,
            channel: self.channel(event),
            origin: statement.origin,
            source: self.names.intern_some(statement.source.as_deref()),
            until: statement.until,
            purpose: statement.purpose.clone(),
            basis: statement.basis,
            under: self.log(&event.customer),
        }
    }
}
