//! The condition language over a view: one language for segments, actions and
//! journeys. A [`Condition`] is data; a [`Program`] is many of them compiled together,
//! so that what they share is computed once.

#[allow(dead_code, reason = "wired in by the next commit")]
mod clusters;
mod compile;
mod condition;
mod evaluate;
mod fill;
#[allow(dead_code, unreachable_pub, unused_imports, reason = "wired in by the next commit")]
mod lifecycle;
mod rules;
mod slot;
mod until;

#[allow(unused_imports, reason = "wired in by the next commit")]
pub(crate) use clusters::{Clusters, Scale, finite, log};
pub(crate) use compile::{Program, Rule, within};
pub use condition::{
    Asked, Condition, Counted, History, Recency, Summed, Test, all, any, attribute, count,
    in_segment, last, not, not_seen_for, orders, session, total,
};
pub(crate) use evaluate::Truth;
pub use rules::{Answers, Rules};
pub(crate) use until::Holding;
