//! The words of an explanation. They are written where the choice is made, by the code
//! that makes it; this room only knows how to say them.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::types::{ItemId, Purpose, SegmentId, Topic, redacted};

/// Why a customer gets what they get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Everybody gets it.
    General,
    /// What the host asked for is true of the customer.
    Condition(#[doc = "The condition in words."] Arc<str>),
    /// The customer buys these.
    Bought(#[doc = "The items."] Vec<Named>),
    /// Customers who bought these also bought what is offered.
    BoughtTogether(#[doc = "The customer's own items."] Vec<Named>),
    /// The customer buys more than others of what it is about.
    Affinity(#[doc = "How many times as much."] f64),
    /// The customer has answered this offer before.
    OwnAnswers,
    /// It suits the present visit.
    Visit,
    /// It is popular now.
    Popular,
    /// It is popular now with those who are in a segment that the customer is in.
    PopularWithin(#[doc = "The segment."] SegmentId),
    /// Something that the customer allows to be used, and that is not said aloud; see
    /// [`PrivacyPolicy::mention`](crate::PrivacyPolicy::mention).
    NotSaid,
    /// It goes with these.
    GoesWith(#[doc = "What the customer has or looks at."] Vec<Named>),
    /// It does instead of these.
    InsteadOf(#[doc = "What the customer has or looks at."] Vec<Named>),
    /// It is a step up from these.
    StepUp(#[doc = "What the customer has or looks at."] Vec<Named>),
    /// It is like these.
    Alike(
        #[doc = "In which attributes."] Vec<Arc<str>>,
        #[doc = "What the customer has or looks at."] Vec<Named>,
    ),
    /// It suits traits of the customer.
    Suits(#[doc = "The names of the customer's attributes."] Vec<Arc<str>>),
    /// It is of a category that the customer studied lately.
    Studied(#[doc = "The category, from the widest down."] Vec<Arc<str>>),
}

/// An item with what a customer calls it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Named {
    /// The item.
    pub item: ItemId,
    /// What a customer calls it.
    pub title: Arc<str>,
}

/// Why an action was not taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// It has no treatment for this channel and placement.
    NoTreatment,
    /// It is not yet, or no longer, on.
    NotNow,
    /// Its volume is used up.
    UsedUp,
    /// There is nothing available to offer with it.
    NothingToOffer,
    /// A purpose that it needs is not allowed.
    Consent(#[doc = "The purpose."] Purpose),
    /// The customer objects to being reached on this channel.
    Objection,
    /// The customer has been reached often enough.
    Cap(#[doc = "How many contacts are allowed."] u32),
    /// Those whom the customer lives with, together, have been reached often enough.
    HouseholdCap(#[doc = "How many contacts are allowed."] u32),
    /// It is a quiet hour where the customer is.
    QuietHour,
    /// The customer declined it not long ago.
    Declined,
    /// The channel could not deliver not long ago.
    Bounced,
    /// The customer wants no messages about this on this channel.
    Unsubscribed(#[doc = "The topic."] Topic),
    /// Its condition is not met.
    Rule(#[doc = "The test that settled it, in words."] Arc<str>),
    /// Whether its condition is met cannot be known from what is allowed.
    NotAllowed(#[doc = "The test that could not be made, in words."] Arc<str>),
    /// Doing nothing is worth more.
    NotWorthIt,
    /// Another action scored higher.
    Outranked,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

/// In words for the customer, to follow "because".
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::General => f.write_str("we offer it to everybody"),
            Self::Condition(words) => write!(f, "this is true of you: {words}"),
            Self::Bought(items) => write!(f, "you bought {}", listed(items)),
            Self::BoughtTogether(items) => {
                write!(f, "customers who, like you, bought {} often buy it too", listed(items))
            }
            Self::Affinity(times) => {
                write!(f, "you buy {times:.1} times as much of this kind as others do")
            }
            Self::OwnAnswers => f.write_str("of how you answered it before"),
            Self::Visit => f.write_str("it suits what you are doing right now"),
            Self::Popular => f.write_str("many people are buying it now"),
            Self::PopularWithin(segment) => {
                write!(f, "many people of your group are buying it now: {segment}")
            }
            Self::NotSaid => f.write_str("of something that you let us use and we do not say here"),
            Self::GoesWith(items) => write!(f, "it goes with {}", listed(items)),
            Self::InsteadOf(items) => write!(f, "it does instead of {}", listed(items)),
            Self::StepUp(items) => write!(f, "it is a step up from {}", listed(items)),
            Self::Alike(attributes, items) => {
                write!(f, "it is like {} ({})", listed(items), attributes.join(", "))
            }
            Self::Suits(traits) => write!(f, "it suits you ({})", traits.join(", ")),
            Self::Studied(category) => {
                write!(f, "you have looked much at this lately: {}", category.join(", "))
            }
        }
    }
}

fn listed(items: &[Named]) -> String {
    let titles: Vec<&str> = items.iter().map(|named| &*named.title).collect();
    match titles.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// In words for the host.
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTreatment => f.write_str("no treatment for this channel and placement"),
            Self::NotNow => f.write_str("not on at this time"),
            Self::UsedUp => f.write_str("its volume is used up"),
            Self::NothingToOffer => f.write_str("nothing available to offer"),
            Self::Consent(purpose) => write!(f, "the customer has not allowed {purpose}"),
            Self::Objection => f.write_str("the customer objects to this channel"),
            Self::Cap(most) => write!(f, "the customer was reached {most} times already"),
            Self::HouseholdCap(most) => {
                write!(f, "the household is reached {most} times at most")
            }
            Self::QuietHour => f.write_str("it is a quiet hour where the customer is"),
            Self::Declined => f.write_str("the customer declined it not long ago"),
            Self::Bounced => f.write_str("the channel bounced not long ago"),
            Self::Unsubscribed(topic) => write!(f, "no messages about {topic} are wanted here"),
            Self::Rule(words) => write!(f, "not met: {words}"),
            Self::NotAllowed(words) => write!(f, "not to be known from what is allowed: {words}"),
            Self::NotWorthIt => f.write_str("doing nothing is worth more"),
            Self::Outranked => f.write_str("another action scored higher"),
        }
    }
}

redacted! {
    Named {}
}
