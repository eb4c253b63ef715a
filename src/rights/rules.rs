//! The rules of the recommendation technologies, a document of its own: what article 10.2-2
//! of the Russian Federal Law No. 149-FZ asks of who recommends, with the statements of order
//! No. 149 of Roskomnadzor of 6 October 2023.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::logic::{Configured, methods};
use super::markdown::Page;
use super::messages::Messages;
use super::notice::{FORM, controller, must_be_described};
use super::notice_page::capital;
use super::words::Span;
use crate::consent::Controller;
use crate::error::Result;
use crate::types::{DataCategory, Purpose};

/// The purposes for which something is recommended.
const RECOMMENDS: [Purpose; 2] = [Purpose::Personalisation, Purpose::CollaborativeLearning];

/// The rules for the use of recommendation technologies: data through serde, and a page of
/// Markdown as it is displayed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecommendationRules {
    /// The form of these data; 1.
    pub form: u32,
    /// The language of every text, by its tag.
    pub language: String,
    /// That recommendation technologies are used: to be shown on the resource itself, with a
    /// link to these rules.
    pub statement: String,
    /// That information on preferences is collected, systematised and analysed.
    pub collects: String,
    /// The owner of the resource, with the e-mail address for legally significant messages,
    /// and the sources of the information.
    pub owner: Controller,
    /// The kinds of information that are used.
    pub kinds: Vec<InformationKind>,
    /// The processes and methods of collecting, systematising, analysing and providing.
    pub processes: Vec<String>,
    /// The ways in which items are recommended.
    pub methods: Vec<String>,
    #[serde(skip)]
    words: Arc<Messages>,
}

/// A kind of information on preferences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InformationKind {
    /// The data category.
    pub category: DataCategory,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub about: String,
    /// Whether it is used only where the customer names it.
    pub only_if_named: bool,
    /// For how long it is kept; none: no time is set.
    pub keep_for: Option<Span>,
}

impl RecommendationRules {
    pub(crate) fn of(setup: &Configured<'_>, words: &Arc<Messages>) -> Result<Self> {
        let policy = setup.privacy;
        let owner = controller(policy, words)?;
        must_be_described(policy, words)?;
        let [own, others] = RECOMMENDS.map(|purpose| policy.foreseen(&purpose));
        let used = own.or(others);
        let kinds = (0..).zip(policy.told_categories()).filter(|(number, _)| used.has(*number));
        let kinds = kinds.map(|(_, told)| {
            let about = words.word("category", &format!("{}.about", told.category.name()));
            InformationKind {
                category: told.category.clone(),
                name: words.category(told.category),
                about,
                only_if_named: told.special,
                keep_for: told.keep.map(|time| words.span(time)),
            }
        });
        let processes =
            ["rules.collecting", "rules.systematising", "rules.analysing", "rules.providing"];
        Ok(Self {
            form: FORM,
            language: words.language().to_owned(),
            statement: words.say("rules.statement"),
            collects: words.say("rules.collects"),
            owner,
            kinds: kinds.collect(),
            processes: processes.iter().map(|key| words.say(key)).collect(),
            methods: methods(setup, words),
            words: words.clone(),
        })
    }

    /// The rules as a page of Markdown (CommonMark).
    #[must_use]
    pub fn to_markdown(&self) -> String {
        self.to_string()
    }

    fn page(&self) -> String {
        let (mut page, words) = (Page::default(), &self.words);
        page.heading(1, &words.say("rules.title"));
        let law = words.say("rules.law");
        page.paragraphs([self.statement.as_str(), &self.collects, &law]);
        page.heading(2, &words.say("rules.owner"));
        page.line(&words.say("rules.owner.name"), &self.owner.name);
        page.line(&words.say("rules.owner.address"), &self.owner.address);
        page.line(&words.say("rules.owner.mail"), &self.owner.contact);
        page.heading(2, &words.say("rules.kinds"));
        page.paragraph(&words.say("rules.kinds.what"));
        page.gap();
        page.item(&words.say("rules.kinds.visit"));
        self.kinds.iter().for_each(|kind| page.line(&capital(&kind.name), &self.kind(kind)));
        page.heading(2, &words.say("rules.sources"));
        page.words(&self.owner.sources);
        page.heading(2, &words.say("rules.processes"));
        self.processes.iter().for_each(|line| page.item(line));
        page.heading(2, &words.say("rules.methods"));
        self.methods.iter().for_each(|how| page.item(&capital(how)));
        if self.methods.is_empty() {
            page.item(&words.say("rules.methods.none"));
        }
        page.item(&words.say("logic.score"));
        page.heading(2, &words.say("rules.change"));
        page.paragraph(&words.say("rules.change.how"));
        page.gap();
        page.line(&words.say("notice.change"), &self.owner.change);
        page.into_text()
    }

    fn kind(&self, kind: &InformationKind) -> String {
        let words = &self.words;
        let keep = kind.keep_for.as_ref().map(|time| time.words.clone());
        let keep = keep.unwrap_or_else(|| words.say("notice.category.keep.all"));
        let what = match kind.only_if_named {
            true => words.with("rules.kind.special", &[("what", &kind.about)]),
            false => kind.about.clone(),
        };
        format!("{what} {}.", words.with("rules.keep", &[("time", &keep)]))
    }
}

impl fmt::Display for RecommendationRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.page())
    }
}
