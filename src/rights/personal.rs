//! The personal page: what is on record about me, what it was used for, and my switches,
//! in my language. It shows what is enforced, and changes nothing.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::access::CustomerReport;
use super::markdown::Page;
use super::messages::Messages;
use super::notice::FORM;
use super::notice_page::capital;
use super::words::{Span, date};
use crate::consent::{Chosen, Controller, Denial, Permission, PrivacyPolicy, Sharing};
use crate::predict::Prediction;
use crate::profile::Profile;
use crate::types::{Basis, Channel, DataCategory, Level, Timestamp, Topic, redacted};

/// Everything that a customer can see and change: data through serde, and a page of Markdown
/// as it is displayed.
#[derive(Clone, PartialEq, Serialize)]
pub struct PersonalPage {
    /// The form of these data; 1.
    pub form: u32,
    /// The language of every text, by its tag.
    pub language: String,
    /// As of when.
    pub at: Timestamp,
    /// What is on record, with where it came from and what it was used for.
    pub report: CustomerReport,
    /// A switch for each purpose.
    pub switches: Vec<Switch>,
    /// A switch for each recipient.
    pub recipients: Vec<Sharing>,
    /// Each channel on which the host reaches out, with whether the customer objects.
    pub channels: Vec<(Channel, bool)>,
    /// Each topic that the customer said something of, with whether it is subscribed to.
    pub topics: Vec<(Topic, Channel, bool)>,
    /// For how long each category of which there are data is kept; none: no time is set.
    pub keep_for: Vec<(DataCategory, Option<Span>)>,
    /// Who answers for the data, if it is stated.
    pub controller: Option<Controller>,
    #[serde(skip)]
    words: Arc<Messages>,
}

/// A purpose as a customer can switch it.
#[derive(Clone, PartialEq, Serialize)]
pub struct Switch {
    /// What was said, and what comes of it.
    pub permission: Permission,
    /// What the purpose is called.
    pub name: String,
    /// What it means.
    pub about: String,
    /// Why it is not allowed, if it is not.
    pub why_not: Option<String>,
    /// What the customer can do about it.
    pub change: HowToChange,
}

/// What changes a switch: a word of a [`ConsentChange`](crate::ConsentChange).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HowToChange {
    /// [`allow`](crate::ConsentChange::allow).
    Allow,
    /// The same, [`explicitly`](crate::ConsentChange::explicitly).
    AllowExplicitly,
    /// [`allow_only`](crate::ConsentChange::allow_only), with what is special named.
    AllowOnly,
    /// [`withdraw`](crate::ConsentChange::withdraw).
    Withdraw,
    /// The same, where it is an objection.
    Object,
    /// A [`level`](crate::ConsentChange::level) of at least this.
    RaiseLevel(Level),
    /// [`lift_restriction`](crate::ConsentChange::lift_restriction).
    LiftRestriction,
    /// A yes [`by_guardian`](crate::ConsentChange::by_guardian).
    AskGuardian,
    /// There is nothing to choose.
    Nothing,
}

impl HowToChange {
    fn of(permission: &Permission) -> Self {
        let rests_on = |fits: fn(Basis) -> bool| permission.bases.iter().any(|it| fits(*it));
        match permission.denied {
            None if rests_on(|it| it.is_consent() || it == Basis::SoftOptIn) => Self::Withdraw,
            None if rests_on(|it| it == Basis::LegitimateInterest) => Self::Object,
            Some(Denial::Restricted) => Self::LiftRestriction,
            Some(Denial::Level(level)) => Self::RaiseLevel(level),
            Some(Denial::NotExplicit) => Self::AllowExplicitly,
            Some(Denial::Consent(_) | Denial::Objected | Denial::NotNamed) => {
                match rests_on(|it| it == Basis::ExplicitConsent) {
                    true => Self::AllowExplicitly,
                    false => Self::Allow,
                }
            }
            Some(Denial::Special) => Self::AllowOnly,
            Some(Denial::Guardian) => Self::AskGuardian,
            None | Some(Denial::Adults | Denial::NotForeseen) => Self::Nothing,
        }
    }

    fn say(self, words: &Messages) -> String {
        match self {
            Self::Allow => words.say("change.allow"),
            Self::AllowExplicitly => words.say("change.allow_explicitly"),
            Self::AllowOnly => words.say("change.allow_only"),
            Self::Withdraw => words.say("change.withdraw"),
            Self::Object => words.say("change.object"),
            Self::RaiseLevel(level) => {
                words.with("change.level", &[("level", &words.level(level))])
            }
            Self::LiftRestriction => words.say("change.lift_restriction"),
            Self::AskGuardian => words.say("change.guardian"),
            Self::Nothing => words.say("change.nothing"),
        }
    }
}

impl PersonalPage {
    pub(crate) fn of(
        profile: &Profile,
        policy: &PrivacyPolicy,
        now: Timestamp,
        predictions: Vec<Prediction>,
        words: &Arc<Messages>,
    ) -> Self {
        let report = CustomerReport::of(profile, policy, now, predictions, words);
        let choices = &profile.choices;
        let switch = |(purpose, _)| {
            let permission = Permission::of(choices, policy, purpose, now);
            Switch {
                name: words.purpose(purpose),
                about: words.get(&format!("purpose.{}.about", purpose.name())).unwrap_or("").into(),
                why_not: permission.denied.map(|denial| words.denial(denial)),
                change: HowToChange::of(&permission),
                permission,
            }
        };
        let keep = |held: &DataCategory| {
            let told = policy.told_categories().find(|told| told.category == held);
            told.and_then(|told| told.keep).map(|time| words.span(time))
        };
        let held = report.uses.iter().map(|line| &line.category);
        let (channels, topics) = said_of(profile);
        let objects = |it: Channel| (choices.objects_to(&it, now), it);
        let channels = channels.into_iter().map(objects).map(|(objects, it)| (it, objects));
        let topics = topics.into_iter().map(|(topic, channel)| {
            let subscribed = !choices.unsubscribed(&topic, &channel, now);
            (topic, channel, subscribed)
        });
        Self {
            form: FORM,
            language: words.language().to_owned(),
            at: now,
            switches: policy.purposes().map(switch).collect(),
            recipients: Sharing::all(choices, policy, now),
            channels: channels.collect(),
            topics: topics.collect(),
            keep_for: held.map(|held| (held.clone(), keep(held))).collect(),
            controller: super::notice::controller(policy, words).ok(),
            report,
            words: words.clone(),
        }
    }

    /// The page as Markdown (CommonMark).
    #[must_use]
    pub fn to_markdown(&self) -> String {
        self.to_string()
    }

    fn page(&self) -> String {
        let (mut page, words) = (Page::default(), &self.words);
        page.heading(1, &words.say("page.title"));
        page.paragraph(&words.identifier(&self.report.customer));
        page.gap();
        page.paragraph(&words.with("page.as_of", &[("at", &self.at.to_string())]));
        self.write_switches(&mut page);
        self.write_recipients(&mut page);
        self.write_messages(&mut page);
        for section in self.report.sections(words) {
            page.heading(2, &section.title);
            section.lines.iter().for_each(|line| page.item(line));
            if section.lines.is_empty() {
                page.item(&words.say("page.nothing"));
            }
        }
        page.gap();
        page.paragraph(&words.say("page.origin"));
        page.gap();
        page.paragraph(&self.report.taught(words));
        self.write_keeping(&mut page);
        if let Some(controller) = &self.controller {
            page.heading(2, &words.say("page.change"));
            page.line(&words.say("notice.change"), &controller.change);
            page.line(&words.say("notice.controller.contact"), &controller.contact);
            page.line(&words.say("page.complain"), &controller.authority);
        }
        page.into_text()
    }

    fn write_switches(&self, page: &mut Page) {
        let words = &self.words;
        page.heading(2, &words.say("page.switches"));
        page.line(&words.say("page.level"), &words.level(self.report.level));
        for Switch { permission, name, about, why_not, change } in &self.switches {
            let verdict = match why_not {
                None => words.say("page.switch.on"),
                Some(why) => words.with("page.switch.reason", &[("why", why)]),
            };
            let (verdict, state) = (capital(&verdict), words.state(permission.state));
            page.heading(3, &capital(name));
            page.paragraph(about);
            page.gap();
            let mut places = vec![("verdict", verdict.as_str()), ("state", state.as_str())];
            let since = permission.since.map(date);
            let key = match &since {
                Some(since) => {
                    places.push(("at", since));
                    "page.switch.state.since"
                }
                None => "page.switch.state",
            };
            page.item(&words.with(key, &places));
            if let Some(until) = permission.until {
                page.item(&words.with("page.switch.until", &[("at", &date(until))]));
            }
            if !permission.categories.is_empty() {
                let categories = words.categories(&permission.categories);
                page.item(&words.with("page.switch.uses", &[("categories", &categories)]));
            }
            page.item(&change.say(words));
        }
    }

    fn write_recipients(&self, page: &mut Page) {
        let words = &self.words;
        page.heading(2, &words.say("page.recipients"));
        for Sharing { recipient, why, basis, allowed, .. } in &self.recipients {
            let verdict = if *allowed { "page.switch.on" } else { "page.switch.off" };
            let (verdict, basis) = (words.say(verdict), words.basis(*basis));
            let why = words.get(&format!("recipient.{recipient}.why")).unwrap_or(why);
            let places = [("verdict", verdict.as_str()), ("why", why), ("basis", &basis)];
            let name = words.own("recipient", recipient.as_str());
            page.line(&name, &words.with("page.recipient.line", &places));
        }
        if self.recipients.is_empty() {
            page.paragraph(&words.say("notice.recipients.none"));
        }
    }

    fn write_messages(&self, page: &mut Page) {
        let words = &self.words;
        page.heading(2, &words.say("page.messages"));
        for (channel, objects) in &self.channels {
            let key = if *objects { "page.channel.refused" } else { "page.channel.wanted" };
            page.line(&capital(&words.channel(channel)), &words.say(key));
        }
        for (topic, channel, subscribed) in &self.topics {
            let key = if *subscribed { "page.topic.wanted" } else { "page.topic.refused" };
            let (topic, channel) = (words.own("topic", topic.as_str()), words.channel(channel));
            let places = [("topic", topic.as_str()), ("channel", &channel)];
            page.line(&words.with("page.topic", &places), &words.say(key));
        }
    }

    fn write_keeping(&self, page: &mut Page) {
        let words = &self.words;
        page.heading(2, &words.say("page.keeping"));
        for (category, time) in &self.keep_for {
            let time = time.as_ref().map(|time| time.words.clone());
            let time = time.unwrap_or_else(|| words.say("notice.category.keep.all"));
            page.line(&capital(&words.category(category)), &time);
        }
        if self.keep_for.is_empty() {
            page.item(&words.say("page.nothing"));
        }
    }
}

/// The channels on which the host reaches out, and the topics, of which the customer said
/// something; of ours, every one. The word of somebody who went another way is not told.
fn said_of(profile: &Profile) -> (BTreeSet<Channel>, BTreeSet<(Topic, Channel)>) {
    let own = |chosen: &&Chosen| chosen.under.as_ref().is_none_or(|who| profile.is(who));
    let ours = Channel::BASE.into_iter().filter(Channel::reaches_out);
    let (mut channels, mut topics): (BTreeSet<Channel>, _) = (ours.collect(), BTreeSet::new());
    for chosen in profile.choices.iter().filter(own) {
        channels.extend(chosen.choice.channels.keys().filter(|it| it.reaches_out()).cloned());
        for (topic, on) in &chosen.choice.topics {
            topics.extend(on.keys().map(|channel| (topic.clone(), channel.clone())));
        }
    }
    (channels, topics)
}

impl fmt::Display for PersonalPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.page())
    }
}

redacted! {
    PersonalPage { form, language, at }
    Switch { permission, change }
}
