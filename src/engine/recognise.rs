//! Somebody calls, and shows a number or a card.

use super::Engine;
use crate::error::Result;
use crate::types::{Identifier, Timestamp};
use crate::view::{Caller, Recognition};

impl Engine {
    /// Who is calling, by one identifier alone, and what they may be calling about: for the
    /// call centre, the till, the first page.
    ///
    /// What is said of anybody is what they let be used for personalisation. By name only
    /// those are greeted who gave one; a stranger, somebody who allows nothing, and whoever
    /// shares the identifier with others get the neutral greeting.
    ///
    /// ```
    /// use confidant::{
    ///     Caller, Engine, Event, Hint, Identifier, IdentifierKind, Level, Purpose,
    ///     Timestamp,
    /// };
    ///
    /// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
    /// let mobile = Identifier::new(IdentifierKind::Phone, "0049 170 1234");
    /// let engine = Engine::builder().build()?;
    /// let yes = Event::consent("ana", monday).level(Level::OwnHistory);
    /// let yes = yes.allow(Purpose::Personalisation).allow(Purpose::IdentityLinking);
    /// engine.record(monday, yes)?;
    /// engine.record(monday, Event::linked("ana", monday, &mobile))?;
    /// engine.record(monday, Event::declared("ana", monday).attribute("name", "Ana"))?;
    /// engine.record(monday, Event::complained("ana", monday).order("17"))?;
    ///
    /// let call = engine.recognise(&mobile, monday)?;
    /// assert_eq!(call.caller, Caller::Known("ana".into()));
    /// assert_eq!(call.name.as_deref(), Some("Ana"));
    /// assert_eq!(call.hint(), Some(Hint::OpenComplaint));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// The identifier is empty or too long, or the store failed.
    pub fn recognise(
        &self,
        identifier: impl Into<Identifier>,
        now: Timestamp,
    ) -> Result<Recognition> {
        let asked = identifier.into();
        asked.check("identifier")?;
        let setup = &*self.setup();
        let asked = setup.identity.normal(&asked).into_owned();
        if setup.identity.refuses(&asked) {
            return Ok(Recognition::neutral(Caller::Stranger, Timestamp::MAX));
        }
        let loaded = self.fetch_whole(setup, &asked)?;
        Ok(setup.gate().recognise(&*loaded.whole()?, &asked, &setup.greeting, now))
    }
}
