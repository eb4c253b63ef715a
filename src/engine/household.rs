//! Who lives together: the customers whose links in force lead to one shared identifier of
//! a kind that the host says groups households.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Engine, Setup};
use crate::error::Result;
use crate::profile::Profile;
use crate::types::{Identifier, Purpose, Timestamp};
use crate::view::{Biography, Household, Visit};

impl Engine {
    /// What a household came to in this time up to `now`, by the identifier that its members
    /// share or by one of a member's; `None` where no two live together. Of somebody who
    /// shares several, it is the household of the first in the order of identifiers.
    ///
    /// Of each member counts what that member lets be used for personalisation.
    ///
    /// ```
    /// use confidant::{
    ///     Engine, Event, Identifier, IdentifierKind, IdentityPolicy, Purpose, Timestamp, days,
    /// };
    ///
    /// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
    /// let kind = IdentifierKind::Custom("address".into());
    /// let home = Identifier::new(kind.clone(), "Elm Street 1");
    /// let identity = IdentityPolicy::new().household(kind);
    /// let engine = Engine::builder().identity(identity).build()?;
    /// for member in ["ana", "ben"] {
    ///     assert_eq!(engine.household(member, days(365), monday)?, None);
    ///     let yes = Event::consent(member, monday).allow(Purpose::IdentityLinking);
    ///     engine.record(monday, yes)?;
    ///     engine.record(monday, Event::linked(member, monday, &home))?;
    /// }
    /// let household = engine.household("ana", days(365), monday)?;
    /// assert_eq!(household.map(|household| household.members), Some(2));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// The identifier is empty or too long, or the store failed.
    pub fn household(
        &self,
        identifier: impl Into<Identifier>,
        within: Duration,
        now: Timestamp,
    ) -> Result<Option<Household>> {
        let asked = identifier.into();
        asked.check("identifier")?;
        let setup = &*self.setup();
        let asked = setup.identity.normal(&asked).into_owned();
        if setup.identity.refuses(&asked) {
            return Ok(None);
        }
        let loaded = self.fetch(setup, &asked)?;
        let home = match setup.is_home(&loaded.profile) {
            true => Some(loaded.profile),
            false => self.homes(setup, &loaded.profile)?.into_iter().next(),
        };
        let Some(home) = home else { return Ok(None) };
        let members = self.biographies(setup, &home, within, now)?;
        Ok((members.len() > 1).then(|| Household::of(&members)))
    }

    /// The records of the identifiers that a customer shares with a household.
    pub(super) fn homes(&self, setup: &Setup, profile: &Profile) -> Result<Vec<Profile>> {
        let mut homes = Vec::new();
        for beyond in setup.ways_home(profile) {
            let home = self.fetch(setup, beyond)?.profile;
            if setup.is_home(&home) && home.customer == *beyond {
                homes.push(home);
            }
        }
        Ok(homes)
    }

    /// What each member lets be seen, in no order that would tell who is who.
    fn biographies(
        &self,
        setup: &Setup,
        home: &Profile,
        within: Duration,
        now: Timestamp,
    ) -> Result<Vec<Biography>> {
        let ties = home.identity.ties.of(&home.customer);
        let mut members = BTreeMap::new();
        for (_, member) in ties.filter(|(tie, _)| tie.latest().is_some()) {
            let loaded = self.fetch_whole(setup, member)?;
            if loaded.profile.identity.shared || members.contains_key(&loaded.profile.customer) {
                continue;
            }
            let whole = loaded.whole()?;
            let view = setup.gate().open(&whole, Purpose::Personalisation, now, Visit::default());
            members.insert(whole.customer.clone(), view.biography(within));
        }
        Ok(members.into_values().collect())
    }
}

impl Setup {
    /// Whether a record is that of an identifier which a household shares.
    fn is_home(&self, profile: &Profile) -> bool {
        profile.identity.shared && self.identity.groups(profile.customer.kind())
    }

    /// The identifiers outside a customer's record to which its links lead, of the kinds that
    /// group households; each once.
    pub(super) fn ways_home<'a>(&'a self, profile: &'a Profile) -> BTreeSet<&'a Identifier> {
        let ties = profile.identity.ties.iter().filter(|tie| tie.latest().is_some());
        let beyond = ties.filter_map(|tie| match tie.ends() {
            [a, b] if profile.is(a) && !profile.is(b) => Some(b),
            [a, b] if profile.is(b) && !profile.is(a) => Some(a),
            _ => None,
        });
        beyond.filter(|beyond| self.identity.groups(beyond.kind())).collect()
    }
}
