//! Who lives together: the customers whose links in force lead to one shared identifier of
//! a kind that the host says groups households. How often they were reached is noted beside
//! the record of that identifier, as when and for which question alone: a record may become
//! a member's, and then is theirs to read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::volume::durable;
use super::{Engine, Setup};
use crate::decide::Request;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{Chunk, Contact, Contacts, NONE, Profile, What, answers};
use crate::store::{Batch, Entry, Key, Version, decode, encode_chunk};
use crate::types::{Identifier, Purpose, Timestamp};
use crate::view::{Biography, Household, Visit};

/// The cap that a household has reached, beside the contacts that answer a question.
pub(super) type Full<'a> = &'a dyn Fn(Option<u64>) -> Option<u32>;

/// When a household was reached, with the version that was read.
pub(super) struct Home {
    key: Key,
    version: Option<Version>,
    made: Contacts,
}

/// Where it is noted when those who share an identifier were reached, by where the record of
/// the identifier is kept. No sealed part has this number.
pub(super) fn notes_key(record: &Key) -> Key {
    record.sibling(u32::MAX)
}

impl Engine {
    /// What a household came to in this time up to `now`, by the identifier that its members
    /// share or by one of a member's; `None` where no two live together. Of somebody who
    /// shares several, it is the household of the first in the order of identifiers.
    ///
    /// Of each member counts what that member lets be used for personalisation.
    ///
    /// ```
    /// use confidant::{
    ///     Engine, Event, Identifier, IdentifierKind, IdentityPolicy, Level, Purpose, Timestamp,
    ///     days,
    /// };
    ///
    /// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
    /// let kind = IdentifierKind::Custom("address".into());
    /// let home = Identifier::new(kind.clone(), "Elm Street 1");
    /// let identity = IdentityPolicy::new().household(kind);
    /// let engine = Engine::builder().identity(identity).build()?;
    /// for member in ["ana", "ben"] {
    ///     assert_eq!(engine.household(member, days(365), monday)?, None);
    ///     let yes = Event::consent(member, monday).level(Level::OwnHistory);
    ///     let yes = yes.allow(Purpose::IdentityLinking);
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

impl Engine {
    /// When the households of a customer were reached; none where nobody asks.
    pub(super) fn fetch_homes(
        &self,
        setup: &Setup,
        request: &Request,
        profile: &Profile,
    ) -> Result<Vec<Home>> {
        if !setup.is_shared(request) {
            return Ok(Vec::new());
        }
        let homes = self.homes(setup, profile)?;
        homes.iter().map(|home| self.fetch_home(notes_key(&self.place(&home.customer)))).collect()
    }

    fn fetch_home(&self, key: Key) -> Result<Home> {
        let found = self.store.read(std::slice::from_ref(&key))?.pop().flatten();
        let Some(stored) = found else {
            return Ok(Home { key, version: None, made: Contacts::default() });
        };
        match decode(&key, &stored.bytes)? {
            Entry::Chunk(notes) => {
                Ok(Home { key, version: Some(stored.version), made: notes.contacts })
            }
            _ => Err(Error::new(ErrorKind::Corrupt, "a key holds something else")),
        }
    }

    /// Notes at each home that it is reached, before the customer is told; false, and nothing
    /// noted, when somebody came in between.
    pub(super) fn note_at(&self, setup: &Setup, homes: &[Home], request: &Request) -> Result<bool> {
        for (n, home) in homes.iter().enumerate() {
            let noted = self.noted(setup, home, request);
            let noted = noted.and_then(|batch| self.commit(durable(batch)));
            if !matches!(noted, Ok(true)) {
                self.take_back(homes.get(..n).unwrap_or_default(), request)?;
                return noted;
            }
        }
        Ok(true)
    }

    /// One more contact at a home, and none of those that do not count any more.
    fn noted(&self, setup: &Setup, home: &Home, request: &Request) -> Result<Batch> {
        let (at, since) = (request.now.as_millis(), setup.policy.contact.shared_since(request.now));
        let mut made = home.made.clone();
        let id = made.fresh(request.id());
        made.retain(|contact| contact.at > since.as_millis() || answers(contact.id, request.id()));
        let (channel, action, what, under) = (NONE, NONE, What::Made, NONE);
        made.add(Contact { at, id, channel, action, what, under });
        self.at_home(home, made)
    }

    fn at_home(&self, home: &Home, contacts: Contacts) -> Result<Batch> {
        let any = contacts.told().next().is_some();
        let notes = Chunk { contacts, ..Chunk::default() };
        let value = any.then(|| encode_chunk(&home.key, &notes)).transpose()?;
        Ok(self.one(home.key.clone(), home.version, value))
    }

    /// Takes back what was noted for a question and not told. Of several for the same question
    /// it is the last, for they are alike.
    pub(super) fn take_back(&self, homes: &[Home], request: &Request) -> Result<()> {
        for home in homes {
            self.retrying(|| {
                let home = self.fetch_home(home.key.clone())?;
                let mut made = home.made.clone();
                let ids = made.told().map(|contact| contact.id);
                let last = ids.filter(|id| answers(*id, request.id())).max();
                let Some(last) = last else { return Ok(Some(())) };
                made.retain(|contact| contact.id != last);
                Ok(self.commit(durable(self.at_home(&home, made)?))?.then_some(()))
            })?;
        }
        Ok(())
    }
}

impl Setup {
    /// Whether a contact for a request counts for all who live with the customer.
    pub(super) fn is_shared(&self, request: &Request) -> bool {
        self.policy.contact.is_shared_on(&request.channel)
    }

    /// The cap that one of the homes has reached, beside what answers a question.
    pub(super) fn full(
        &self,
        homes: &[Home],
        request: &Request,
        question: Option<u64>,
    ) -> Option<u32> {
        let full = |home: &Home| {
            let others = home.made.told().filter(|c| !question.is_some_and(|q| answers(c.id, q)));
            let made: Vec<_> = others.map(|c| Timestamp::from_millis(c.at)).collect();
            self.policy.contact.full(&made, request.now)
        };
        homes.iter().find_map(full)
    }

    /// The cap that holds somebody back of whom nothing but their own record is seen, if they
    /// may live with others.
    pub(super) fn full_unseen(&self, request: &Request, profile: &Profile) -> Option<u32> {
        let shares = self.is_shared(request) && !self.ways_home(profile).is_empty();
        shares.then(|| self.policy.contact.least()).flatten()
    }

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
