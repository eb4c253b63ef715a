//! Message catalogues: all that is said to a customer, by language. English and Russian are
//! in plain files beside this one; a host adds a language, other words, or words for its own
//! purposes and categories. A catalogue holds words alone and no mark-up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::types::check_text;

static ENGLISH: LazyLock<Arc<Messages>> =
    LazyLock::new(|| built_in("en", include_str!("messages/en.txt")));
static RUSSIAN: LazyLock<Arc<Messages>> =
    LazyLock::new(|| built_in("ru", include_str!("messages/ru.txt")));

/// That our files are right is tested; what were wrong in one would be left out.
fn built_in(language: &str, file: &str) -> Arc<Messages> {
    Arc::new(Messages::from_text(language, file).unwrap_or_else(|_| Messages::new(language)))
}

/// What may stand in a catalogue beside our own keys: words for what the host names.
const OWN: [&str; 11] = [
    "purpose.",
    "category.",
    "recipient.",
    "segment.",
    "controller.",
    "channel.",
    "kind.",
    "identifier.",
    "topic.",
    "article.",
    "condition.",
];

/// A message catalogue: texts of one language by key, with `{places}` for what is put in.
///
/// A text may have two or three forms with ` | ` between them, for the number `{n}` that it
/// speaks of: one and many, or one, few and many as in the Slavic languages.
///
/// ```
/// use confidant::{DataCategory, Engine, Basis, Messages, PrivacyPolicy};
///
/// let health = DataCategory::custom("health");
/// let words = Messages::new("en")
///     .text("category.health", "health")
///     .text("category.health.about", "What you tell us of your health.");
/// let privacy = PrivacyPolicy::new().category(health, Basis::Consent);
/// let engine = Engine::builder().privacy(privacy).messages(words).build()?;
/// assert_eq!(engine.messages("en-GB")?.language(), "en");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Messages {
    language: String,
    texts: BTreeMap<String, String>,
}

impl Messages {
    /// An empty catalogue of a language, by its tag (BCP 47): what it holds is added to what
    /// is known of that language, or of the one that it is a variety of.
    #[must_use]
    pub fn new(language: impl Into<String>) -> Self {
        Self { language: language.into(), texts: BTreeMap::new() }
    }

    /// Ours in English.
    #[must_use]
    pub fn english() -> Arc<Self> {
        ENGLISH.clone()
    }

    /// Ours in Russian.
    #[must_use]
    pub fn russian() -> Arc<Self> {
        RUSSIAN.clone()
    }

    /// A catalogue from a text with a line for each message: the key, ` = `, the words. Empty
    /// lines, and those that begin with `#`, say nothing.
    ///
    /// # Errors
    /// A line is none of these, or a key comes twice.
    pub fn from_text(language: impl Into<String>, text: &str) -> Result<Self> {
        let mut messages = Self::new(language);
        let lines = (1..).zip(text.lines().map(str::trim));
        for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let wrong = |why: &str| Error::configuration(format!("line {number} {why}"));
            let Some((key, words)) = line.split_once(" = ") else {
                return Err(wrong("is no message: expected a key, ` = ` and words"));
            };
            let old = messages.texts.insert(key.trim().to_owned(), words.trim().to_owned());
            if old.is_some() {
                return Err(wrong("says a key for the second time"));
            }
        }
        Ok(messages)
    }

    /// The words of one key.
    #[must_use]
    pub fn text(mut self, key: impl Into<String>, words: impl Into<String>) -> Self {
        self.texts.insert(key.into(), words.into());
        self
    }

    /// The tag of the language.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The keys, ascending.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// The words of a key; the key itself, if there are none.
    pub(super) fn say(&self, key: &str) -> String {
        self.get(key).unwrap_or(key).to_owned()
    }

    /// The same with something put in.
    pub(super) fn with(&self, key: &str, places: &[(&str, &str)]) -> String {
        fill(self.get(key).unwrap_or(key), places)
    }

    /// The form for a number, with that number as `{n}` and something more put in.
    pub(super) fn count(&self, key: &str, n: u64, places: &[(&str, &str)]) -> String {
        let forms: Vec<&str> = self.get(key).unwrap_or(key).split(" | ").collect();
        let form = forms.get(form(n, forms.len())).copied().unwrap_or(key);
        let number = n.to_string();
        let places: Vec<(&str, &str)> =
            [("n", number.as_str())].into_iter().chain(places.iter().copied()).collect();
        fill(form, &places)
    }

    /// The word for something of ours or of the host's own, by its name.
    pub(super) fn word(&self, what: &str, name: &str) -> String {
        let known = self.get(&format!("{what}.{name}"));
        known.map_or_else(|| name.replace('_', " "), str::to_owned)
    }

    /// The word for something that the host named; the name as it is, if there is none.
    pub(super) fn own(&self, what: &str, name: &str) -> String {
        self.get(&format!("{what}.{name}")).unwrap_or(name).to_owned()
    }

    /// Several things: `a, b and c`.
    pub(super) fn listed(&self, words: &[String]) -> String {
        match words.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, rest)) => {
                self.with("list.and", &[("list", &rest.join(", ")), ("last", last)])
            }
            None => self.say("list.nothing"),
        }
    }

    /// A number with so many places after the decimal mark.
    pub(super) fn number(&self, number: f64, digits: usize) -> String {
        format!("{number:.digits$}").replace('.', &self.say("number.mark"))
    }

    fn check(&self, named: &BTreeSet<&str>) -> Result<()> {
        let wrong = |key: &str, why: &str| {
            Err(Error::configuration(format!("message `{key}` in `{}` {why}", self.language)))
        };
        check_text("language", &self.language)?;
        for (key, ours) in &ENGLISH.texts {
            let Some(words) = self.texts.get(key) else {
                return wrong(key, "is missing: expected every key of ours");
            };
            if words.split(" | ").any(|form| form.trim().is_empty()) {
                return wrong(key, "is empty: expected words");
            }
            if words.split(" | ").count() > 3 {
                return wrong(key, "has more than three forms");
            }
            if places(words) != places(ours) {
                return wrong(key, "does not have the places of ours, as in `{n}`");
            }
        }
        for key in named {
            if ENGLISH.texts.contains_key(*key) {
                continue;
            }
            if !OWN.iter().any(|own| key.starts_with(own)) {
                return wrong(key, "is none of ours, and no word for what the host names");
            }
            if self.get(key).is_none_or(|words| words.trim().is_empty()) {
                return wrong(key, "is empty: expected words");
            }
        }
        Ok(())
    }
}

/// Every language that an engine speaks.
#[derive(Debug, Clone)]
pub(crate) struct Catalogues {
    /// What the host added, as it did.
    added: Vec<Messages>,
    /// By tag in lower case.
    all: BTreeMap<String, Arc<Messages>>,
}

impl Catalogues {
    /// Ours, with what a host adds.
    ///
    /// # Errors
    /// A language is not complete, a text has other places than ours, or a key is not known.
    pub(crate) fn new(added: Vec<Messages>) -> Result<Self> {
        let ours = [Messages::english(), Messages::russian()];
        let all = ours.into_iter().map(|it| (it.language.to_lowercase(), it)).collect();
        let mut catalogues = Self { added: Vec::new(), all };
        for new in &added {
            let base = catalogues.nearest(&new.language);
            let mut whole = base.map_or_else(|| Messages::new(""), |base| (**base).clone());
            whole.language.clone_from(&new.language);
            whole.texts.extend(new.texts.clone());
            whole.check(&new.keys().collect())?;
            catalogues.all.insert(new.language.to_lowercase(), Arc::new(whole));
        }
        Ok(Self { added, ..catalogues })
    }

    pub(crate) fn added(&self) -> &[Messages] {
        &self.added
    }

    /// The languages that the host adds words to; English, if there are none.
    pub(crate) fn used(&self) -> impl Iterator<Item = &Arc<Messages>> {
        let english = self.added.is_empty().then_some("en");
        let used = self.added.iter().map(|it| it.language.as_str()).chain(english);
        used.filter_map(|language| self.nearest(language))
    }

    /// The catalogue of a language, or of the one that it is a variety of.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn of(&self, language: &str) -> Result<Arc<Messages>> {
        self.nearest(language).cloned().ok_or_else(|| {
            let known: Vec<&str> = self.all.values().map(|it| it.language()).collect();
            let known = known.join("`, `");
            Error::input("language", format!("no such `language`: expected one of `{known}`"))
        })
    }

    fn nearest(&self, language: &str) -> Option<&Arc<Messages>> {
        let tag = language.to_lowercase();
        std::iter::successors(Some(tag.as_str()), wider).find_map(|tag| self.all.get(tag))
    }
}

/// The language that one is a variety of.
fn wider<'a>(tag: &&'a str) -> Option<&'a str> {
    Some(tag.rsplit_once('-')?.0)
}

/// Which of one, two or three forms a number takes.
fn form(n: u64, forms: usize) -> usize {
    let (tens, ones) = (n % 100 / 10, n % 10);
    match forms {
        0 | 1 => 0,
        2 => usize::from(n != 1),
        _ if tens == 1 => 2,
        _ => match ones {
            1 => 0,
            2..=4 => 1,
            _ => 2,
        },
    }
}

/// Puts texts into their places; what was put in is not looked at again.
fn fill(text: &str, places: &[(&str, &str)]) -> String {
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let place = part.split_once('}');
        let known = place.and_then(|(name, rest)| {
            let (_, words) = places.iter().find(|(place, _)| *place == name)?;
            Some((words, rest))
        });
        match known {
            Some((words, rest)) => {
                filled.push_str(words);
                filled.push_str(rest);
            }
            None => {
                filled.push('{');
                filled.push_str(part);
            }
        }
    }
    filled
}

/// The places of a text, over all of its forms.
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect()
}
