//! The single customer view as people read it, in the words of a language: sections of
//! lines, as plain text or as a part of the personal page.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use super::access::{CustomerReport, Fact, HistoryLine, UseLine};
use super::messages::Messages;
use crate::event::Kind;
use crate::predict::{Predicted, Prediction};
use crate::types::{Channel, Currency, Money};

/// One part of the page.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

/// The page: who it is, what is allowed, what is known and from where, what was done, what
/// was offered, and what the data were used for.
impl Display for CustomerReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let words = &*Messages::english();
        writeln!(f, "{}", words.identifier(&self.customer))?;
        for Section { title, lines } in self.sections(words) {
            let nothing = words.say("page.nothing");
            let none = if lines.is_empty() { format!(" {nothing}") } else { String::new() };
            writeln!(f, "\n{title}:{none}")?;
            lines.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        writeln!(f, "\n{}", self.taught(words))
    }
}

impl CustomerReport {
    /// Everything but whose it is and whether others learned from it.
    pub(super) fn sections(&self, words: &Messages) -> Vec<Section> {
        let section = |title, lines| Section { title: words.say(title), lines };
        let mut sections = vec![section("page.aliases", self.identifiers_in(words))];
        // Only where there are any: most customers came by themselves.
        if !self.known_from.is_empty() {
            sections.push(section("page.known_from", self.sources_in(words)));
        }
        sections.push(section("page.may_be_used", self.choices_in(words)));
        let facts = self.facts.iter().map(|it| fact(it, words));
        sections.push(section("page.known", facts.collect()));
        sections.push(section("page.happened", self.history_in(words)));
        sections.push(section("page.offered", self.contacts_in(words)));
        sections.push(section("page.expected", self.predictions_in(words)));
        let uses = self.uses.iter().map(|it| used(it, words));
        sections.push(section("page.used_for", uses.collect()));
        sections
    }

    /// Whether others learned from it.
    pub(super) fn taught(&self, words: &Messages) -> String {
        words.say(if self.taught_others { "page.taught" } else { "page.not_taught" })
    }

    fn identifiers_in(&self, words: &Messages) -> Vec<String> {
        let each = self.identifiers.iter().map(|linked| {
            let since = linked.since.map(|at| words.with("page.since", &[("at", &at.to_string())]));
            let how = match linked.evidence {
                Some(evidence) if evidence.is_verified() => words.say("page.proven"),
                Some(_) => words.say("page.not_proven"),
                None => String::new(),
            };
            let (name, on) = (words.identifier(&linked.identifier), on(&linked.channel, words));
            format!("{name}{}{on}{how}", since.unwrap_or_default())
        });
        each.collect()
    }

    fn sources_in(&self, words: &Messages) -> Vec<String> {
        let each = self.known_from.iter().map(|known| {
            let (source, on) = (known.source.as_deref(), on(&known.channel, words));
            let (name, source) = (words.identifier(&known.identifier), source.unwrap_or_default());
            format!("{name}: {source}, {}{on}", known.at)
        });
        each.collect()
    }

    fn choices_in(&self, words: &Messages) -> Vec<String> {
        let allowed = self.allowed.iter().map(|(purpose, categories)| {
            let (purpose, with) = (words.purpose(purpose), words.categories(categories));
            if with.is_empty() { purpose } else { format!("{purpose}: {with}") }
        });
        let choices = self.choices.iter().map(|it| format!("{} {}", it.at, it.said.join("; ")));
        [words.level(self.level)].into_iter().chain(allowed).chain(choices).collect()
    }

    /// How often each thing was done, between when and when, for how much.
    fn history_in(&self, words: &Messages) -> Vec<String> {
        let mut kinds: BTreeMap<&Kind, Vec<&HistoryLine>> = BTreeMap::new();
        self.history.iter().for_each(|line| kinds.entry(&line.kind).or_default().push(line));
        let each = kinds.into_iter().map(|(kind, lines)| {
            let amounts = sums(&lines).into_iter().map(|amount| format!(", {amount}"));
            let amounts: String = amounts.collect();
            let (first, last) = (lines.first().map(|l| l.at), lines.last().map(|l| l.at));
            let when = first.zip(last).map(|(first, last)| match first == last {
                true => first.to_string(),
                false => {
                    let (from, to) = (first.to_string(), last.to_string());
                    words.with("page.from_to", &[("from", &from), ("to", &to)])
                }
            });
            let kind = words.word("kind", kind.name());
            let often = words.count("page.times", lines.len() as u64, &[]);
            format!("{kind}: {often}{amounts}, {}", when.unwrap_or_default())
        });
        each.collect()
    }

    fn contacts_in(&self, words: &Messages) -> Vec<String> {
        let each = self.contacts.iter().map(|contact| {
            let (at, action, on) = (contact.at, &contact.action, on(&contact.channel, words));
            format!("{at} {}: {action}{on}", words.word("contact", &contact.what.replace(' ', "_")))
        });
        each.collect()
    }

    fn predictions_in(&self, words: &Messages) -> Vec<String> {
        let each = self.predictions.iter().map(|Prediction { what, probability, anybody }| {
            let Predicted::Accepts(action) = what;
            let [own, others] = [probability, anybody].map(|p| words.number(p * 100.0, 1));
            let places = [("action", action.as_str()), ("own", &own), ("others", &others)];
            words.with("page.takes", &places)
        });
        each.collect()
    }
}

/// ", on web", if it is known where.
fn on(channel: &Option<Channel>, words: &Messages) -> String {
    let on = |it| words.with("page.on", &[("channel", &words.channel(it))]);
    channel.as_ref().map(on).unwrap_or_default()
}

fn used(line: &UseLine, words: &Messages) -> String {
    let category = words.category(&line.category);
    match &line.last {
        None => words.with("page.never", &[("category", &category)]),
        Some((at, action, channel)) => {
            let (at, channel) = (at.to_string(), words.channel(channel));
            let (action, category) = (action.as_str(), category.as_str());
            let places =
                [("category", category), ("at", &at), ("action", action), ("channel", &channel)];
            words.with("page.used", &places)
        }
    }
}

fn fact(fact: &Fact, words: &Messages) -> String {
    let origin = words.word("origin", fact.origin.name());
    let origin = match &fact.source {
        Some(source) => words.with("page.by", &[("origin", &origin), ("source", source)]),
        None => origin,
    };
    let until = fact.until.map(|at| words.with("page.until", &[("at", &at.to_string())]));
    let (name, value, until) = (&fact.name, &fact.value, until.unwrap_or_default());
    format!("{name}: {value} ({origin}{}, {}{until})", on(&fact.channel, words), fact.at)
}

/// The amounts of some lines, added up by currency.
fn sums(lines: &[&HistoryLine]) -> Vec<Money> {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for amount in lines.iter().filter_map(|line| line.amount) {
        let sum = sums.entry(amount.currency()).or_default();
        *sum = sum.saturating_add(amount.as_micros());
    }
    sums.into_iter().map(|(currency, micros)| Money::micros(micros, currency)).collect()
}
