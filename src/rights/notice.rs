//! The privacy notice (GDPR 13, 14; 152-FZ 18.1): made from the policy that is enforced and
//! from what the engine decides by. It is data, and a page of Markdown.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::logic::{Configured, NoticeDecisions};
use super::messages::Messages;
use super::words::Span;
use crate::consent::{
    Categories, CategoryTold, Controller, PrivacyPolicy, PurposeTold, Recipient, Terms,
};
use crate::error::{Error, Result};
use crate::types::{Basis, DataCategory, Jurisdiction, Level, Purpose, RecipientId, Timestamp};

/// The form of the notice as data: field names and their meaning.
pub(super) const FORM: u32 = 1;

/// What is of no category, and kept of everybody.
const BESIDES: [&str; 4] =
    ["besides.identifiers", "besides.choices", "besides.contacts", "besides.groups"];

/// The rights that a customer has here, in the order in which they are told.
const RIGHTS: [&str; 8] = [
    "right.access",
    "right.portability",
    "right.rectification",
    "right.erasure",
    "right.restriction",
    "right.objection",
    "right.withdrawal",
    "right.explanation",
];

/// The privacy notice of an engine, in one language: data through serde, and a page of
/// Markdown as it is displayed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrivacyNotice {
    /// The form of these data; 1.
    pub form: u32,
    /// The language of every text, by its tag.
    pub language: String,
    /// The law that it was made for; none: for all.
    pub jurisdiction: Option<Jurisdiction>,
    /// Its version, if the policy [numbers them](PrivacyPolicy::notice).
    pub version: Option<u32>,
    /// Since when that version is in force.
    pub in_force_since: Option<Timestamp>,
    /// Who answers for the data, with sources, how to change choices and where to complain.
    pub controller: Controller,
    /// From how many years on a customer's own consent counts.
    pub age_of_consent: u8,
    /// Each purpose, in the order of the purposes.
    pub purposes: Vec<NoticePurpose>,
    /// Each data category, ours first.
    pub categories: Vec<NoticeCategory>,
    /// What else is kept of everybody, whatever is allowed.
    pub besides: Vec<String>,
    /// Everybody else who may be given data, by name.
    pub recipients: Vec<NoticeRecipient>,
    /// The logic of automated decisions (GDPR 13(2)(f)).
    pub decisions: NoticeDecisions,
    /// The customer's rights.
    pub rights: Vec<String>,
    #[serde(skip)]
    pub(super) words: Arc<Messages>,
}

/// A basis, with where it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeBasis {
    /// Under which law; none: where nothing else is said.
    pub under: Option<Jurisdiction>,
    /// Which.
    pub basis: Basis,
    /// In words.
    pub words: String,
    /// The article of the law, where a catalogue knows one.
    pub article: Option<String>,
}

/// What the notice says of one purpose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoticePurpose {
    /// Which.
    pub purpose: Purpose,
    /// What it is called.
    pub name: String,
    /// What it means.
    pub about: String,
    /// What it rests on.
    pub bases: Vec<NoticeBasis>,
    /// The data categories that it may use once it is allowed.
    pub categories: Vec<DataCategory>,
    /// Those that it may use only where the customer names them.
    pub only_if_named: Vec<DataCategory>,
    /// How far back it looks; none: as far as data are kept.
    pub looks_back: Option<Span>,
    /// For how long a consent holds; none: until it is withdrawn.
    pub valid_for: Option<Span>,
    /// The level from which on it works.
    pub level: Level,
    /// Whether it is for adults alone.
    pub adults_only: bool,
    /// What it is called in the vocabularies of the field.
    pub terms: Terms,
}

/// What the notice says of one data category.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoticeCategory {
    /// Which.
    pub category: DataCategory,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub about: String,
    /// Why it is kept.
    pub basis: NoticeBasis,
    /// For how long after it happened it is kept; none: no time is set.
    pub keep_for: Option<Span>,
    /// What it is a part of.
    pub part_of: Option<DataCategory>,
    /// Whether a purpose uses it only where the customer names it.
    pub special: bool,
    /// Whether it is worked out from other data.
    pub inferred: bool,
    /// Whether only what is necessary is kept without consent.
    pub reduced: bool,
    /// Whether it may be said aloud.
    pub mention: bool,
}

/// What the notice says of one recipient.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoticeRecipient {
    /// Which.
    pub recipient: RecipientId,
    /// What it is called.
    pub name: String,
    /// What for.
    pub why: String,
    /// On what basis.
    pub basis: NoticeBasis,
    /// What it is given.
    pub categories: Vec<DataCategory>,
    /// The country, if it is another.
    pub country: Option<String>,
    /// What protects the data there.
    pub safeguard: Option<String>,
}

impl PrivacyNotice {
    pub(crate) fn of(
        setup: &Configured<'_>,
        words: &Arc<Messages>,
        jurisdiction: Option<Jurisdiction>,
        now: Timestamp,
    ) -> Result<Self> {
        let (policy, law) = (setup.privacy, jurisdiction.as_ref());
        let controller = controller(policy, words)?;
        must_be_described(policy, words)?;
        let notice = policy.notice_at(now);
        let purposes = policy.told_purposes(law).map(|it| purpose(policy, &it, law, words));
        let categories = policy.told_categories().map(|it| category(it, law, words));
        let recipients = policy.told_recipients().map(|it| recipient(policy, it, law, words));
        Ok(Self {
            form: FORM,
            language: words.language().to_owned(),
            version: notice.map(crate::consent::Notice::version),
            in_force_since: notice.map(crate::consent::Notice::from),
            controller,
            age_of_consent: policy.age_of_consent(law),
            purposes: purposes.collect(),
            categories: categories.collect(),
            besides: BESIDES.iter().map(|key| words.say(key)).collect(),
            recipients: recipients.collect(),
            decisions: NoticeDecisions::of(setup, words),
            rights: RIGHTS.iter().map(|right| words.say(right)).collect(),
            jurisdiction,
            words: words.clone(),
        })
    }

    /// The notice as a page of Markdown (CommonMark).
    #[must_use]
    pub fn to_markdown(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for PrivacyNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.page())
    }
}

/// The controller in the words of a language.
///
/// # Errors
/// None is stated.
pub(super) fn controller(policy: &PrivacyPolicy, words: &Messages) -> Result<Controller> {
    let Some(mut controller) = policy.stated_controller().cloned() else {
        return Err(Error::configuration(
            "there is no notice without a controller: state one with `PrivacyPolicy::controller`",
        ));
    };
    for (part, text) in controller.parts_mut() {
        if let (Some(text), Some(own)) = (text, words.get(&format!("controller.{part}"))) {
            own.clone_into(text);
        }
    }
    Ok(controller)
}

/// Refuses a purpose or a category of the host's own of which a catalogue does not say what
/// it is.
pub(crate) fn must_be_described(policy: &PrivacyPolicy, words: &Messages) -> Result<()> {
    let purposes = policy.purposes().map(|(purpose, _)| format!("purpose.{}", purpose.name()));
    let categories = policy.categories().map(|(it, _)| format!("category.{}", it.name()));
    let each = purposes.chain(categories).flat_map(|key| [format!("{key}.about"), key]);
    let mut missing = each.filter(|key| words.get(key).is_none());
    missing.next().map_or(Ok(()), |key| {
        let language = words.language();
        Err(Error::configuration(format!(
            "the notice does not say in `{language}` what the host's own word means: expected \
             `Messages::new(\"{language}\").text(\"{key}\", ...)`"
        )))
    })
}

fn basis(
    basis: Basis,
    under: Option<&Jurisdiction>,
    law: Option<&Jurisdiction>,
    words: &Messages,
) -> NoticeBasis {
    NoticeBasis {
        under: under.cloned(),
        basis,
        words: words.basis(basis),
        article: words.article(basis, under.or(law)),
    }
}

fn purpose(
    policy: &PrivacyPolicy,
    told: &PurposeTold<'_>,
    law: Option<&Jurisdiction>,
    words: &Messages,
) -> NoticePurpose {
    let special = policy.special_ones();
    // Where nothing is chosen, nothing can be named.
    let chosen = told.bases.iter().any(|(_, basis)| !basis.is_needed());
    let named = if chosen { special } else { Categories::NONE };
    let bases = told.bases.iter().map(|(under, it)| basis(*it, *under, law, words));
    NoticePurpose {
        purpose: told.purpose.clone(),
        name: words.purpose(told.purpose),
        about: words.word("purpose", &format!("{}.about", told.purpose.name())),
        bases: bases.collect(),
        categories: policy.names(told.categories.without(special)),
        only_if_named: policy.names(told.categories.and(named)),
        looks_back: told.looks_back.map(|time| words.span(time)),
        valid_for: told.valid.map(|time| words.span(time)),
        level: told.level,
        adults_only: told.adults,
        terms: told.terms.clone(),
    }
}

fn category(
    told: CategoryTold<'_>,
    law: Option<&Jurisdiction>,
    words: &Messages,
) -> NoticeCategory {
    let CategoryTold { category, special, inferred, reduced, mentioned, .. } = told;
    NoticeCategory {
        category: category.clone(),
        name: words.category(category),
        about: words.word("category", &format!("{}.about", category.name())),
        basis: basis(told.basis, None, law, words),
        keep_for: told.keep.map(|time| words.span(time)),
        part_of: told.within.cloned(),
        special,
        inferred,
        reduced,
        mention: mentioned,
    }
}

fn recipient(
    policy: &PrivacyPolicy,
    recipient: &Recipient,
    law: Option<&Jurisdiction>,
    words: &Messages,
) -> NoticeRecipient {
    let own = |part: &str, text: &str| {
        let known = words.get(&format!("recipient.{}.{part}", recipient.id));
        known.unwrap_or(text).to_owned()
    };
    let (country, safeguard) = recipient.transfer.clone().unzip();
    NoticeRecipient {
        recipient: recipient.id.clone(),
        name: words.own("recipient", recipient.id.as_str()),
        why: own("why", &recipient.why),
        basis: basis(recipient.basis, None, law, words),
        categories: policy.names(policy.set(&recipient.gets)),
        country: country.map(|it| own("country", &it)),
        safeguard: safeguard.map(|it| own("safeguard", &it)),
    }
}
