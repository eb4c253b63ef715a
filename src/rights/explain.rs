//! A receipt in plain words, in the customer's language: why this answer, from which data,
//! and what can be switched off.

use std::fmt::Write as _;
use std::sync::Arc;

use super::messages::Messages;
use crate::decide::{Receipt, Verdict};
use crate::reason::{Named, Obstacle, Reason};
use crate::types::Purpose;

impl Receipt {
    /// The receipt in plain words for the customer, in English.
    #[must_use]
    pub fn explain(&self) -> String {
        self.explain_in(&Messages::english())
    }

    /// The receipt in plain words for the customer, in the language of a
    /// [catalogue](crate::Engine::messages). Conditions are in the words of the rule, in
    /// English, unless the catalogue has others under `condition.` and these.
    ///
    /// ```
    /// use confidant::{Action, Channel, Engine, Request, Timestamp, Treatment};
    ///
    /// let now: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let offer = Action::new("tea").treatment(Treatment::on(Channel::Web));
    /// let engine = Engine::builder().action(offer).build()?;
    /// let decision = engine.decide(&Request::new("ana", Channel::Web, now))?;
    /// let words = decision.receipt().explain_in(&*engine.messages("ru")?);
    /// assert!(words.starts_with("Вы видите это, потому что мы предлагаем это всем."));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    #[must_use]
    pub fn explain_in(&self, words: &Messages) -> String {
        let mut text = String::new();
        let chosen = self.considered.iter().any(|c| matches!(c.verdict, Verdict::Chosen(_)));
        let first = match chosen {
            true => words.with("receipt.because", &[("reasons", &self.because(words))]),
            false => words.say(self.why_nothing()),
        };
        let mut used: Vec<String> = self.used.iter().map(|it| words.category(it)).collect();
        used.extend(self.visit_used.then(|| words.say("receipt.visit")));
        let used = match (used.is_empty(), self.channel.reaches_out()) {
            (false, _) => words.with("receipt.used", &[("used", &used.join(", "))]),
            (true, true) => words.say("receipt.used_contacts"),
            (true, false) => words.say("receipt.used_nothing"),
        };
        _ = writeln!(text, "{first}\n{used}");
        if !self.not_allowed.is_empty() {
            let categories = words.categories(&self.not_allowed);
            let line = words.with("receipt.not_allowed", &[("categories", &categories)]);
            _ = writeln!(text, "{line}");
        }
        text += &words.with("receipt.level", &[("level", &words.level(self.level))]);
        for purpose in &self.purposes {
            let off = words.with("receipt.switch_off", &[("purpose", &words.switch(purpose))]);
            _ = write!(text, " {off}");
        }
        text
    }

    fn because(&self, words: &Messages) -> String {
        let each = self.reasons.iter().map(|why| reason(why, words));
        let more = |reasons: String, next: String| {
            words.with("receipt.and_because", &[("reasons", &reasons), ("next", &next)])
        };
        each.reduce(more).unwrap_or_default()
    }

    /// Why nothing was chosen: what stands in the way of reaching the customer at all, if
    /// anything does.
    fn why_nothing(&self) -> &'static str {
        let refused = self.considered.iter().filter_map(|c| match &c.verdict {
            Verdict::Refused(obstacle) => Some(obstacle),
            _ => None,
        });
        let mut words = refused.filter_map(|obstacle| match obstacle {
            Obstacle::Consent(Purpose::DirectMarketing) => Some("receipt.nothing.consent"),
            Obstacle::Objection => Some("receipt.nothing.objection"),
            Obstacle::Cap(_) => Some("receipt.nothing.cap"),
            Obstacle::HouseholdCap(_) => Some("receipt.nothing.household_cap"),
            Obstacle::QuietHour => Some("receipt.nothing.quiet"),
            Obstacle::Bounced => Some("receipt.nothing.bounced"),
            _ => None,
        });
        words.next().unwrap_or("receipt.nothing")
    }
}

fn reason(reason: &Reason, words: &Messages) -> String {
    match reason {
        Reason::General => words.say("reason.general"),
        Reason::Condition(condition) => {
            let condition = words.own("condition", condition);
            words.with("reason.condition", &[("words", &condition)])
        }
        Reason::Bought(items) => words.with("reason.bought", &[("items", &titles(items, words))]),
        Reason::BoughtTogether(items) => {
            words.with("reason.bought_together", &[("items", &titles(items, words))])
        }
        Reason::Affinity(times) => {
            words.with("reason.affinity", &[("times", &words.number(*times, 1))])
        }
        Reason::OwnAnswers => words.say("reason.own_answers"),
        Reason::Visit => words.say("reason.visit"),
        Reason::Popular => words.say("reason.popular"),
        Reason::PopularWithin(segment) => {
            let group = words.own("segment", segment.as_str());
            words.with("reason.popular_within", &[("group", &group)])
        }
        Reason::NotSaid => words.say("reason.not_said"),
        Reason::GoesWith(items) => {
            words.with("reason.goes_with", &[("items", &titles(items, words))])
        }
        Reason::InsteadOf(items) => {
            words.with("reason.instead_of", &[("items", &titles(items, words))])
        }
        Reason::StepUp(items) => words.with("reason.step_up", &[("items", &titles(items, words))]),
        Reason::Alike(attributes, items) => {
            let (items, in_what) = (titles(items, words), named("attribute", attributes, words));
            words.with("reason.alike", &[("items", &items), ("attributes", &in_what)])
        }
        Reason::Suits(traits) => {
            words.with("reason.suits", &[("traits", &named("attribute", traits, words))])
        }
        Reason::Studied(category) => {
            words.with("reason.studied", &[("category", &category.join(", "))])
        }
    }
}

/// What the host's names are called in the catalogue.
fn named(what: &str, names: &[Arc<str>], words: &Messages) -> String {
    let names: Vec<String> = names.iter().map(|name| words.own(what, name)).collect();
    names.join(", ")
}

fn titles(items: &[Named], words: &Messages) -> String {
    let titles: Vec<String> = items.iter().map(|item| item.title.to_string()).collect();
    words.listed(&titles)
}
