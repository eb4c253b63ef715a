//! The privacy notice as a page of Markdown.

use super::markdown::Page;
use super::notice::{NoticeBasis, NoticeCategory, NoticePurpose, NoticeRecipient, PrivacyNotice};
use super::words::{Span, date};
use crate::consent::{Controller, Terms};
use crate::types::{DataCategory, Purpose};

/// The same with its first letter as at the beginning of a sentence.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

impl PrivacyNotice {
    pub(super) fn page(&self) -> String {
        let (mut page, words) = (Page::default(), &self.words);
        let Controller { name, sources, change, authority, consequences, .. } = &self.controller;
        page.heading(1, &format!("{}: {name}", words.say("notice.title")));
        page.paragraph(&words.say("notice.generated"));
        page.gap();
        self.write_version(&mut page);
        self.write_controller(&mut page);
        page.heading(2, &words.say("notice.purposes"));
        page.line(
            &words.say("notice.age"),
            &words.count("notice.age.years", u64::from(self.age_of_consent), &[]),
        );
        self.purposes.iter().for_each(|it| self.write_purpose(&mut page, it));
        page.heading(2, &words.say("notice.categories"));
        self.categories.iter().for_each(|it| self.write_category(&mut page, it));
        page.heading(3, &words.say("notice.besides"));
        page.paragraph(&words.say("notice.besides.about"));
        page.gap();
        self.besides.iter().for_each(|it| page.item(it));
        page.heading(2, &words.say("notice.recipients"));
        if self.recipients.is_empty() {
            page.paragraph(&words.say("notice.recipients.none"));
        }
        self.recipients.iter().for_each(|it| self.write_recipient(&mut page, it));
        let said = |page: &mut Page, title: &str, text: &str| {
            page.heading(2, &words.say(title));
            page.words(text);
        };
        said(&mut page, "notice.sources", sources);
        page.heading(2, &words.say("notice.decisions"));
        self.decisions.words.iter().for_each(|line| page.item(line));
        page.heading(2, &words.say("notice.rights"));
        self.rights.iter().for_each(|line| page.item(line));
        said(&mut page, "notice.change", change);
        if let Some(consequences) = consequences {
            said(&mut page, "notice.consequences", consequences);
        }
        said(&mut page, "notice.complain", authority);
        page.into_text()
    }

    fn write_version(&self, page: &mut Page) {
        let words = &self.words;
        let version = match (self.version, self.in_force_since) {
            (Some(version), Some(since)) => {
                let (version, date) = (version.to_string(), date(since));
                let places = [("version", version.as_str()), ("date", date.as_str())];
                words.with("notice.version.since", &places)
            }
            _ => words.say("notice.version.none"),
        };
        page.line(&words.say("notice.version"), &version);
        if let Some(law) = &self.jurisdiction {
            page.line(&words.say("notice.law"), law.as_str());
        }
    }

    fn write_controller(&self, page: &mut Page) {
        let words = &self.words;
        page.heading(2, &words.say("notice.controller"));
        let mut controller = self.controller.clone();
        for part in ["name", "address", "contact", "officer", "representative"] {
            let mut parts = controller.parts_mut().into_iter();
            if let Some((_, Some(text))) = parts.find(|(name, _)| *name == part) {
                page.line(&words.say(&format!("notice.controller.{part}")), text);
            }
        }
    }

    fn write_purpose(&self, page: &mut Page, it: &NoticePurpose) {
        let words = &self.words;
        page.heading(3, &capital(&it.name));
        page.paragraph(&it.about);
        page.gap();
        for basis in &it.bases {
            let label = match &basis.under {
                Some(law) => words.with("notice.purpose.basis.under", &[("law", law.as_str())]),
                None => words.say("notice.purpose.basis"),
            };
            page.line(&label, &self.basis(basis));
        }
        let uses = match (it.categories.as_slice(), &it.purpose) {
            ([], Purpose::Contextual) => words.say("notice.purpose.visit"),
            ([], _) => words.say("notice.purpose.nothing"),
            (categories, _) => self.named(categories),
        };
        page.line(&words.say("notice.purpose.uses"), &uses);
        if !it.only_if_named.is_empty() {
            page.line(&words.say("notice.purpose.special"), &self.named(&it.only_if_named));
        }
        let span = |time: &Option<Span>, key: &str| match time {
            Some(time) => time.words.clone(),
            None => words.say(&format!("{key}.all")),
        };
        if !(it.categories.is_empty() && it.only_if_named.is_empty()) {
            let back = "notice.purpose.looks_back";
            page.line(&words.say(back), &span(&it.looks_back, back));
        }
        if it.valid_for.is_some() || it.bases.iter().any(|basis| basis.basis.is_consent()) {
            let valid = "notice.purpose.valid";
            page.line(&words.say(valid), &span(&it.valid_for, valid));
        }
        page.line(&words.say("notice.purpose.level"), &words.level(it.level));
        if it.adults_only {
            page.item(&words.say("notice.purpose.adults"));
        }
        let terms = terms(&it.terms);
        if !terms.is_empty() {
            page.line(&words.say("notice.purpose.terms"), &terms);
        }
    }

    fn write_category(&self, page: &mut Page, it: &NoticeCategory) {
        let words = &self.words;
        page.heading(3, &capital(&it.name));
        page.paragraph(&it.about);
        page.gap();
        page.line(&words.say("notice.category.basis"), &self.basis(&it.basis));
        let keep = it.keep_for.as_ref().map(|time| time.words.clone());
        let keep = keep.unwrap_or_else(|| words.say("notice.category.keep.all"));
        page.line(&words.say("notice.category.keep"), &keep);
        if let Some(whole) = &it.part_of {
            page.line(&words.say("notice.category.within"), &words.category(whole));
        }
        let marks = [
            (it.special, "notice.category.special"),
            (it.inferred, "notice.category.inferred"),
            (it.reduced, "notice.category.reduced"),
            (it.mention, "notice.category.aloud"),
            (!it.mention, "notice.category.silent"),
        ];
        marks.iter().filter(|(so, _)| *so).for_each(|(_, key)| page.item(&words.say(key)));
    }

    fn write_recipient(&self, page: &mut Page, it: &NoticeRecipient) {
        let words = &self.words;
        page.heading(3, &it.name);
        page.line(&words.say("notice.recipient.why"), &it.why);
        page.line(&words.say("notice.recipient.basis"), &self.basis(&it.basis));
        if !it.categories.is_empty() {
            page.line(&words.say("notice.recipient.gets"), &self.named(&it.categories));
        }
        if it.basis.basis.is_consent() {
            page.item(&words.say("notice.recipient.switch"));
        }
        if let (Some(country), Some(safeguard)) = (&it.country, &it.safeguard) {
            page.line(&words.say("notice.recipient.country"), country);
            page.line(&words.say("notice.recipient.safeguard"), safeguard);
        }
    }

    fn basis(&self, it: &NoticeBasis) -> String {
        match &it.article {
            Some(article) => {
                let places = [("basis", it.words.as_str()), ("article", article.as_str())];
                self.words.with("notice.purpose.basis.article", &places)
            }
            None => it.words.clone(),
        }
    }

    fn named(&self, categories: &[DataCategory]) -> String {
        self.words.categories(categories)
    }
}

fn terms(Terms { dpv, fideslang, tcf }: &Terms) -> String {
    let tcf: Vec<String> = tcf.iter().map(u8::to_string).collect();
    let tcf = (!tcf.is_empty()).then(|| format!("IAB TCF {}", tcf.join(", ")));
    let fideslang = fideslang.as_ref().map(|key| format!("fideslang {key}"));
    let terms: Vec<String> = dpv.iter().cloned().chain(fideslang).chain(tcf).collect();
    terms.join("; ")
}
