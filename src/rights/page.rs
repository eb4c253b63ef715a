//! The single customer view as a page that people read.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use super::access::{CustomerReport, Fact, HistoryLine};
use crate::event::Kind;
use crate::predict::{Predicted, Prediction};
use crate::types::{Currency, Identifier, Money};

/// The page: who it is, what is allowed, what is known and from where, what was done, what
/// was offered, and what the data were used for.
impl Display for CustomerReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", name(&self.customer))?;
        self.write_identifiers(f)?;
        self.write_sources(f)?;
        self.write_choices(f)?;
        self.write_facts(f)?;
        self.write_history(f)?;
        self.write_contacts(f)?;
        self.write_predictions(f)?;
        self.write_uses(f)
    }
}

/// An identifier in words.
fn name(identifier: &Identifier) -> String {
    format!("{} {}", identifier.kind().name().replace('_', " "), identifier.value())
}

/// ", on web", if it is known where.
fn on(channel: Option<&crate::types::Channel>) -> String {
    channel.map(|channel| format!(", on {}", channel.name())).unwrap_or_default()
}

fn heading(f: &mut Formatter<'_>, title: &str, lines: usize) -> fmt::Result {
    let none = if lines == 0 { " nothing" } else { "" };
    writeln!(f, "\n{title}:{none}")
}

impl CustomerReport {
    fn write_identifiers(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "Also known as", self.identifiers.len())?;
        for linked in &self.identifiers {
            let since = linked.since.map(|at| format!(", since {at}")).unwrap_or_default();
            let how = match linked.evidence {
                Some(evidence) if evidence.is_verified() => ", proven",
                Some(_) => ", not proven",
                None => "",
            };
            let on = on(linked.channel.as_ref());
            writeln!(f, "  {}{since}{on}{how}", name(&linked.identifier))?;
        }
        Ok(())
    }

    /// Only where there are any: most customers came by themselves.
    fn write_sources(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (n, known) in self.known_from.iter().enumerate() {
            if n == 0 {
                heading(f, "Known from", self.known_from.len())?;
            }
            let source = known.source.as_deref().unwrap_or_default();
            let on = on(known.channel.as_ref());
            writeln!(f, "  {}: {source}, {}{on}", name(&known.identifier), known.at)?;
        }
        Ok(())
    }

    fn write_choices(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "What may be used", 1)?;
        writeln!(f, "  {}", self.level.describe())?;
        for (purpose, categories) in &self.allowed {
            let named: Vec<String> = categories.iter().map(ToString::to_string).collect();
            let with =
                if named.is_empty() { String::new() } else { format!(": {}", named.join(", ")) };
            writeln!(f, "  {purpose}{with}")?;
        }
        for choice in &self.choices {
            writeln!(f, "  {} {}", choice.at, choice.said.join("; "))?;
        }
        Ok(())
    }

    fn write_facts(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "What is known", self.facts.len())?;
        self.facts.iter().try_for_each(|fact| write_fact(f, fact))
    }

    /// How often each thing was done, between when and when, for how much.
    fn write_history(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "What happened", self.history.len())?;
        let mut kinds: BTreeMap<&Kind, Vec<&HistoryLine>> = BTreeMap::new();
        self.history.iter().for_each(|line| kinds.entry(&line.kind).or_default().push(line));
        for (kind, lines) in kinds {
            let amounts: Vec<String> = sums(&lines).iter().map(ToString::to_string).collect();
            let amounts = if amounts.is_empty() {
                String::new()
            } else {
                format!(", {}", amounts.join(", "))
            };
            let (first, last) = (lines.first().map(|l| l.at), lines.last().map(|l| l.at));
            let when = first.zip(last).map(|(first, last)| match first == last {
                true => format!("{first}"),
                false => format!("{first} to {last}"),
            });
            let kind = kind.name().replace('_', " ");
            let often = match lines.len() {
                1 => "once".to_owned(),
                n => format!("{n} times"),
            };
            writeln!(f, "  {kind}: {often}{amounts}, {}", when.unwrap_or_default())?;
        }
        Ok(())
    }

    fn write_contacts(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "What was offered", self.contacts.len())?;
        for contact in &self.contacts {
            let on = on(contact.channel.as_ref());
            writeln!(f, "  {} {}: {}{on}", contact.at, contact.what, contact.action)?;
        }
        Ok(())
    }

    fn write_predictions(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "What is expected", self.predictions.len())?;
        for Prediction { what, probability, anybody } in &self.predictions {
            let Predicted::Accepts(action) = what;
            let [own, others] = [probability, anybody].map(|p| p * 100.0);
            writeln!(f, "  takes {action}: {own:.1} %, others {others:.1} %")?;
        }
        Ok(())
    }

    fn write_uses(&self, f: &mut Formatter<'_>) -> fmt::Result {
        heading(f, "What the data were used for last", self.uses.len())?;
        for line in &self.uses {
            match &line.last {
                None => writeln!(f, "  {}: never", line.category)?,
                Some((at, action, channel)) => {
                    let (category, channel) = (&line.category, channel.name());
                    writeln!(f, "  {category}: {at}, for {}, on {channel}", action.as_str())?;
                }
            }
        }
        let taught = if self.taught_others { "Others learned" } else { "Nobody learned" };
        writeln!(f, "\n{taught} from these data.")
    }
}

fn write_fact(f: &mut Formatter<'_>, fact: &Fact) -> fmt::Result {
    let source = fact.source.as_ref().map(|source| format!(" by {source}")).unwrap_or_default();
    let until = fact.until.map(|until| format!(", until {until}")).unwrap_or_default();
    let (name, value, origin, on) =
        (&fact.name, &fact.value, fact.origin.name(), on(fact.channel.as_ref()));
    writeln!(f, "  {name}: {value} ({origin}{source}{on}, {}{until})", fact.at)
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
