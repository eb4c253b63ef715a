//! Taking a customer along, and taking one in.

use super::Engine;
use super::record::Touched;
use super::volume::durable;
use crate::error::{Error, ErrorKind, Result};
use crate::rights::CustomerExport;
use crate::store::encode_redirect;
use crate::types::{Identifier, Timestamp};

impl Engine {
    /// Everything that was told of a customer, to take along (GDPR 20); nothing for a
    /// stranger. What stands under identifiers to which no proven link leads from the one
    /// that is asked by stays here: it may be somebody else's.
    ///
    /// # Errors
    /// The store failed.
    pub fn export(
        &self,
        customer: impl Into<Identifier>,
        now: Timestamp,
    ) -> Result<Option<CustomerExport>> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let asked = setup.identity.normal(&customer.into()).into_owned();
        let loaded = self.fetch_whole(setup, &asked)?;
        if loaded.version.is_none() || loaded.profile.goes_at() <= now {
            return Ok(None);
        }
        let mut whole = loaded.whole()?.into_owned();
        whole.sweep(&setup.privacy, now);
        let proven = whole.proven(&asked);
        let named: Vec<Identifier> =
            whole.identifiers().filter(|who| proven.contains(*who)).cloned().collect();
        let home = named.first().unwrap_or(&asked).clone();
        let (_, own) = whole.split(&named, &home);
        Ok(Some(CustomerExport::of(&own, &setup.privacy)))
    }

    /// Takes in what was [exported](Self::export), here or elsewhere, as it was: with every
    /// choice, so that no more is allowed than there.
    ///
    /// # Errors
    /// One of the identifiers is known here already, or was
    /// [erased](Self::erase_with_certificate) here, or stands for nobody; or the export is
    /// not one. Nothing of it is kept then. Or the store failed: then try again.
    pub fn import(&self, now: Timestamp, export: CustomerExport) -> Result<()> {
        let setup = &*self.setup();
        for who in export.identifiers() {
            setup.identity.check_value("export", who)?;
            if *setup.identity.normal(who) != *who {
                return Err(Error::input(
                    "export",
                    "an identifier of the export is not in its usual form: expected an export as \
                     it was written",
                ));
            }
        }
        let others: Vec<Identifier> = export.identifiers().skip(1).cloned().collect();
        let profile = export.into_profile()?;
        let customer = profile.customer.clone();
        let taken = || {
            Error::new(
                ErrorKind::IdentityConflict,
                "an identifier of the export is known here already: expected a customer who is not",
            )
        };
        let mut loaded = self.fetch(setup, &customer)?;
        if loaded.version.is_some() {
            return Err(taken());
        }
        for who in &others {
            let known = self.fetch(setup, who)?;
            let free = known.version.is_none();
            if !free || known.profile.customer != *who && known.profile.customer != customer {
                return Err(taken());
            }
        }
        let names = loaded.keys_beside_of(others.iter().chain([&customer]).collect(), true);
        if !names.is_empty() {
            loaded.add(&names, self.store.read(&names)?)?;
        }
        let erased = |who| loaded.remains_of(who).is_some_and(|it| it.erased_at.is_some());
        if others.iter().chain([&customer]).any(erased) {
            // An export does not say when it was made.
            return Err(Error::input(
                "export",
                "somebody of the export was erased here: expected events of their new dealings",
            ));
        }
        for who in &others {
            let key = self.place(who);
            let value = encode_redirect(&key, &customer)?;
            let led = self.commit(durable(self.one(key, None, Some(value))))?;
            if !led && self.resolve(who)? != customer {
                return Err(taken());
            }
        }
        let rules = loaded.profile.membership.rules;
        loaded.profile = profile;
        loaded.profile.membership.rules = rules;
        loaded.profile.hear(&|a, b| setup.as_good(a, b));
        loaded.note_all(now);
        let touched = Touched {
            chosen: true,
            segments: true,
            // How long what came is kept is found out at the next visit.
            expires: Some(now),
            ..Touched::default()
        };
        let changes = self.changes(setup, now, &mut loaded, touched)?;
        if self.commit(changes)? { Ok(()) } else { Err(taken()) }
    }
}
