//! Who the customer is: the identifiers that are theirs, what was said of them, and what
//! is still to be done about it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Profile, Tie, Ties};
use crate::types::Identifier;

/// The identifiers of one customer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// Those beside the one that the record is kept under, in their order.
    pub(crate) others: Vec<Identifier>,
    pub(crate) ties: Ties,
    /// Whether the identifier leads to several customers who are not one.
    pub(crate) shared: bool,
    /// Whether something was said of which it is not known yet what follows.
    pub(crate) unsettled: bool,
    /// What is on its way to another record.
    pub(crate) moving: Option<Moving>,
}

/// Identifiers that leave a record, with all that was told under them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moving {
    pub(crate) who: Vec<Identifier>,
    pub(crate) to: Identifier,
}

impl Identity {
    /// Adds an identifier.
    pub(crate) fn welcome(&mut self, new: &Identifier) {
        if let Err(place) = self.others.binary_search(new) {
            self.others.insert(place, new.clone());
        }
    }

    /// Whether nothing is left to be done.
    pub(crate) fn is_settled(&self) -> bool {
        !self.unsettled && self.moving.is_none()
    }
}

impl Profile {
    /// The identifiers of the customer, the one that the record is kept under first.
    pub(crate) fn identifiers(&self) -> impl Iterator<Item = &Identifier> {
        std::iter::once(&self.customer).chain(&self.identity.others)
    }

    /// Forgets what was said of somebody else's identifiers; false if nothing was. What
    /// follows for this customer is to be settled.
    pub(crate) fn forget(&mut self, theirs: &dyn Fn(&Identifier) -> bool) -> bool {
        let of_theirs = |tie: &Tie| tie.ends().into_iter().any(theirs);
        let gone = self.identity.ties.retain(|tie| !of_theirs(tie));
        let silenced = self.choices.silence(theirs);
        self.identity.unsettled |= gone;
        gone || silenced
    }

    /// Whether nothing is kept of anybody.
    pub(crate) fn is_nothing(&self) -> bool {
        let stranger =
            Self { membership: self.membership.clone(), ..Self::stranger(self.customer.clone()) };
        let bare = Self { names: stranger.names.clone(), ..self.clone() };
        let identity = Identity { unsettled: false, shared: false, ..bare.identity.clone() };
        Self { identity, ..bare } == stranger
    }

    /// Whether an end of a tie that is the customer's has too many already.
    pub(crate) fn has_too_many(&self, tie: &Tie) -> bool {
        let mut own = tie.ends().into_iter().filter(|end| self.is(end));
        own.any(|end| self.identity.ties.is_crowded(end))
    }

    /// The identifiers of the customer to which proven links lead from one of them, and that
    /// one.
    pub(crate) fn proven(&self, from: &Identifier) -> BTreeSet<Identifier> {
        let mut proven = BTreeSet::from([from.clone()]);
        let mut next = vec![from.clone()];
        while let Some(who) = next.pop() {
            let ties = self.identity.ties.of(&who).filter(|(tie, _)| tie.is_verified());
            for (_, beyond) in ties.filter(|(_, beyond)| self.is(beyond)) {
                if proven.insert(beyond.clone()) {
                    next.push(beyond.clone());
                }
            }
        }
        proven
    }

    /// Whether an identifier is the customer's.
    pub(crate) fn is(&self, identifier: &Identifier) -> bool {
        self.customer == *identifier || self.identity.others.binary_search(identifier).is_ok()
    }
}
