//! The question.

use crate::error::{Error, Result};
use crate::numeric;
use crate::types::{Channel, Identifier, PlacementId, Timestamp, check_text, redacted};
use crate::view::Session;

/// "What is the next best action for this customer, here, now, on this channel?"
///
/// ```
/// use confidant::{Channel, Request, Session, Timestamp};
///
/// let now: Timestamp = "2026-03-05T09:00:00Z".parse()?;
/// let request = Request::new("ana", Channel::Web, now)
///     .at("home")
///     .during(Session::new().viewing("espresso"));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Request {
    pub(crate) customer: Identifier,
    pub(crate) channel: Channel,
    pub(crate) now: Timestamp,
    pub(crate) placement: Option<PlacementId>,
    pub(crate) session: Option<Session>,
    pub(crate) seed: u64,
    pub(crate) offset_minutes: i32,
}

impl Request {
    /// A question about a customer, who may be a stranger, at an instant.
    #[must_use]
    pub fn new(customer: impl Into<Identifier>, channel: Channel, now: Timestamp) -> Self {
        Self {
            customer: customer.into(),
            channel,
            now,
            placement: None,
            session: None,
            seed: 0,
            offset_minutes: 0,
        }
    }

    /// Where on the channel.
    #[must_use]
    pub fn at(self, placement: impl Into<PlacementId>) -> Self {
        Self { placement: Some(placement.into()), ..self }
    }

    /// The present visit.
    #[must_use]
    pub fn during(self, session: Session) -> Self {
        Self { session: Some(session), ..self }
    }

    /// The seed of what is left to chance. The same question with the same seed has the
    /// same answer.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many minutes the customer's clock is ahead of UTC, for quiet hours.
    #[must_use]
    pub fn utc_offset_minutes(self, minutes: i32) -> Self {
        Self { offset_minutes: minutes, ..self }
    }

    /// Whom it is about.
    #[must_use]
    pub fn customer(&self) -> &Identifier {
        &self.customer
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.customer.check("customer")?;
        self.channel.check()?;
        if let Some(placement) = &self.placement {
            check_text("placement", placement.as_str())?;
        }
        if self.offset_minutes.unsigned_abs() > 24 * 60 {
            return Err(Error::input(
                "utc_offset_minutes",
                "`utc_offset_minutes` is out of range: expected -1,440 to 1,440",
            ));
        }
        self.session.as_ref().map_or(Ok(()), Session::check)
    }

    /// The same for the same question, so that asking again counts once.
    pub(crate) fn id(&self) -> u64 {
        let mut key = Vec::with_capacity(64);
        let placement = self.placement.as_ref().map_or("", PlacementId::as_str);
        for text in
            [self.customer.kind().name(), self.customer.value(), self.channel.name(), placement]
        {
            key.extend_from_slice(text.as_bytes());
            key.push(0);
        }
        key.extend_from_slice(&self.now.as_millis().to_le_bytes());
        key.extend_from_slice(&self.seed.to_le_bytes());
        numeric::fingerprint(3, &key)
    }

    pub(crate) fn local_hour(&self) -> u8 {
        self.now.hour(self.offset_minutes)
    }
}

redacted! {
    Request { customer, channel, now, placement, seed }
}
