//! How often, when, and after what a customer may be reached. It reads only essential
//! facts, so it holds whatever is allowed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::request::Request;
use crate::error::{Error, Result};
use crate::reason::Obstacle;
use crate::types::{ActionId, Channel, Purpose, Timestamp, days};
use crate::view::{Facts, Touch};

/// When a customer may be reached.
///
/// ```
/// use confidant::{Channel, ContactPolicy, days};
///
/// let policy = ContactPolicy::new()
///     .cap(3, days(7))
///     .cap_on(Channel::Sms, 1, days(7))
///     .quiet_hours(21, 8);
/// ```
///
/// Caps and quiet hours hold on channels where the host
/// [reaches out](Channel::reaches_out); a declined action rests on every channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContactPolicy {
    caps: Vec<Cap>,
    /// Of those who live together, in all.
    households: Vec<Cap>,
    /// From the first hour up to the second, local time.
    quiet: Option<(u8, u8)>,
    after_declined: Duration,
    after_bounce: Duration,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Cap {
    channel: Option<Channel>,
    most: u32,
    within: Duration,
}

/// What a contact policy says.
pub(crate) struct Limits<'a> {
    /// On which channel, or on all, how often, in which time.
    pub(crate) caps: Vec<(Option<&'a Channel>, u32, Duration)>,
    pub(crate) households: Vec<(u32, Duration)>,
    pub(crate) quiet: Option<(u8, u8)>,
    pub(crate) after_declined: Duration,
    pub(crate) after_bounce: Duration,
}

impl Default for ContactPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl ContactPolicy {
    /// No caps, no quiet hours; what was declined rests for 60 days, what bounced for 30.
    #[must_use]
    pub fn new() -> Self {
        let (caps, households) = (Vec::new(), Vec::new());
        let (after_declined, after_bounce) = (days(60), days(30));
        Self { caps, households, quiet: None, after_declined, after_bounce }
    }

    /// At most so many contacts in this time, on all channels that reach out together.
    #[must_use]
    pub fn cap(mut self, most: u32, within: Duration) -> Self {
        self.caps.push(Cap { channel: None, most, within });
        self
    }

    /// At most so many contacts in this time on one channel.
    #[must_use]
    pub fn cap_on(mut self, channel: Channel, most: u32, within: Duration) -> Self {
        self.caps.push(Cap { channel: Some(channel), most, within });
        self
    }

    /// At most so many contacts in this time with all who live together, on all channels that
    /// reach out; see [`IdentityPolicy::household`](crate::IdentityPolicy::household). What
    /// was decided counts here even if it is told later that it was not sent, and a crash
    /// may leave one more counted; it never lets one through too many.
    #[must_use]
    pub fn household_cap(mut self, most: u32, within: Duration) -> Self {
        self.households.push(Cap { channel: None, most, within });
        self
    }

    /// Nobody is reached from the hour `from` up to the hour `to` of their local day.
    /// Hours from 0 to 23; it may run over midnight.
    #[must_use]
    pub fn quiet_hours(self, from: u8, to: u8) -> Self {
        Self { quiet: Some((from, to)), ..self }
    }

    /// A declined action is not offered again for this time.
    #[must_use]
    pub fn rest_after_declined(self, duration: Duration) -> Self {
        Self { after_declined: duration, ..self }
    }

    /// A channel that bounced is left alone for this time.
    #[must_use]
    pub fn rest_after_bounce(self, duration: Duration) -> Self {
        Self { after_bounce: duration, ..self }
    }

    /// Every limit, to be told.
    pub(crate) fn limits(&self) -> Limits<'_> {
        let caps = self.caps.iter().map(|cap| (cap.channel.as_ref(), cap.most, cap.within));
        Limits {
            caps: caps.collect(),
            households: self.households.iter().map(|cap| (cap.most, cap.within)).collect(),
            quiet: self.quiet,
            after_declined: self.after_declined,
            after_bounce: self.after_bounce,
        }
    }

    /// The order in which caps are given does not matter.
    pub(super) fn sort(&mut self) {
        for caps in [&mut self.caps, &mut self.households] {
            caps.sort_by(|a, b| {
                (&a.channel, a.most, a.within).cmp(&(&b.channel, b.most, b.within))
            });
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.quiet.is_some_and(|(from, to)| from > 23 || to > 23) {
            return Err(Error::configuration(
                "quiet hours are out of range: expected hours 0 to 23",
            ));
        }
        let on = self.caps.iter().filter_map(|cap| cap.channel.as_ref());
        for channel in on {
            channel.check()?;
            if !channel.reaches_out() {
                return Err(Error::configuration(
                    "a cap is on a channel where the customer comes by themselves: expected one \
                     that reaches out",
                ));
            }
        }
        if self.caps.iter().chain(&self.households).any(|cap| cap.within.as_millis() == 0) {
            return Err(Error::configuration(
                "a cap's time is zero: expected at least a millisecond",
            ));
        }
        Ok(())
    }

    /// Whether contacts on a channel count for all who live together.
    pub(crate) fn is_shared_on(&self, channel: &Channel) -> bool {
        channel.reaches_out() && !self.households.is_empty()
    }

    /// The cap that a household has reached, by when it was reached.
    pub(crate) fn full(&self, made: &[Timestamp], now: Timestamp) -> Option<u32> {
        let count = |cap: &Cap| made.iter().filter(|at| recent(**at, now, cap.within)).count();
        let full = self.households.iter().find(|cap| count(cap) >= cap.most as usize);
        full.map(|cap| cap.most)
    }

    /// The least that a household may be reached, where there is no telling how often it was.
    pub(crate) fn least(&self) -> Option<u32> {
        self.households.iter().map(|cap| cap.most).min()
    }

    /// Since when contacts with a household are worth keeping: twice as long as they count, so
    /// that a clock which lags behind finds those that count for it.
    pub(crate) fn shared_since(&self, now: Timestamp) -> Timestamp {
        let since = self.households.iter().map(|cap| now - cap.within - cap.within);
        since.min().unwrap_or(now)
    }

    /// What keeps the host from reaching the customer on the request's channel at all.
    /// `full` is the cap that the customer's household has reached.
    pub(crate) fn obstacle(
        &self,
        facts: &Facts,
        request: &Request,
        full: Option<u32>,
    ) -> Option<Obstacle> {
        let (channel, now) = (&request.channel, request.now);
        if facts.bounced.iter().any(|touch| {
            touch.channel.as_ref() == Some(channel) && recent(touch.at, now, self.after_bounce)
        }) {
            return Some(Obstacle::Bounced);
        }
        if !channel.reaches_out() {
            return None;
        }
        if !facts.allows(&Purpose::DirectMarketing) {
            return Some(Obstacle::Consent(Purpose::DirectMarketing));
        }
        if facts.objects_to(channel) {
            return Some(Obstacle::Objection);
        }
        if self.quiet.is_some_and(|(from, to)| covers(from, to, request.local_hour())) {
            return Some(Obstacle::QuietHour);
        }
        self.caps
            .iter()
            .filter(|cap| cap.channel.as_ref().is_none_or(|on| on == channel))
            .find(|cap| count(&facts.made, cap, now) >= cap.most as usize)
            .map(|cap| Obstacle::Cap(cap.most))
            .or(full.map(Obstacle::HouseholdCap))
    }

    /// Whether the customer declined an action too recently.
    pub(crate) fn rests(&self, facts: &Facts, action: &ActionId, now: Timestamp) -> bool {
        facts
            .declined
            .iter()
            .any(|touch| touch.action == *action && recent(touch.at, now, self.after_declined))
    }
}

/// Whether an hour is within `from..to` of the clock.
fn covers(from: u8, to: u8, hour: u8) -> bool {
    if from <= to { (from..to).contains(&hour) } else { hour >= from || hour < to }
}

fn recent(at: Timestamp, now: Timestamp, within: Duration) -> bool {
    at > now - within
}

fn count(made: &[Touch], cap: &Cap, now: Timestamp) -> usize {
    made.iter()
        .filter(|touch| recent(touch.at, now, cap.within))
        .filter(|touch| match (&cap.channel, &touch.channel) {
            (None, Some(channel)) => channel.reaches_out(),
            (Some(on), Some(channel)) => on == channel,
            (_, None) => false,
        })
        .count()
}
