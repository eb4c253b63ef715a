//! What is known of one customer, for people to read.

use std::collections::BTreeMap;

use confidant::{
    Channel, ContactLine, CustomerReport, Engine, HistoryLine, Identifier, Kind, Timestamp,
};

use crate::support::{Result, say};
use crate::totals::OfKind;

/// How many lines of a list are shown.
const SHOWN: usize = 5;

pub(crate) fn print(engine: &Engine, customer: &Identifier, now: Timestamp) -> Result<()> {
    let Some(report) = engine.customer_report(customer, now)? else {
        return Err("nothing is known of this customer".into());
    };
    say::heading(&format!("The single customer view of {}", customer.value()));
    identifiers(&report);
    choices(&report);
    attributes(&report);
    history(&report.history);
    contacts(&report.contacts);
    Ok(())
}

fn identifiers(report: &CustomerReport) {
    let known =
        |identifier: &Identifier| format!("{} {}", identifier.kind().name(), identifier.value());
    say::entry(2, "Known as", 11, &known(&report.customer));
    for linked in &report.identifiers {
        let on = linked.channel.as_ref().map(|channel| format!(", {}", channel.name()));
        let since = linked.since.map(|at| format!(", since {}", day(at)));
        let (since, on) = (since.unwrap_or_default(), on.unwrap_or_default());
        say::entry(2, "", 11, &format!("{}{since}{on}", known(&linked.identifier)));
    }
}

fn choices(report: &CustomerReport) {
    let purposes = report.allowed.iter().map(|(purpose, categories)| match categories.len() {
        0 => purpose.to_string(),
        n => format!("{purpose} (of {n} kinds of data)"),
    });
    say::entry(2, "Level", 11, report.level.describe());
    say::entry(2, "Allowed", 11, &purposes.collect::<Vec<_>>().join(", "));
}

/// What was stated, with where it came from.
fn attributes(report: &CustomerReport) {
    if report.facts.is_empty() {
        return;
    }
    println!("\n  {}", say::bold("Attributes"));
    let mut facts: Vec<_> = report.facts.iter().collect();
    facts.sort_by_key(|fact| &fact.name);
    for fact in facts {
        let from = fact.source.as_deref().or(fact.channel.as_ref().map(Channel::name));
        let (origin, from) = (fact.origin, from.unwrap_or("the customer"));
        println!(
            "  {:18} {:18} {}",
            say::cut(&fact.name.replace('_', " "), 18),
            say::cut(&fact.value.to_string(), 18),
            say::dim(&format!("{origin}, {}, {from}", day(fact.at))),
        );
    }
}

fn history(lines: &[HistoryLine]) {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return };
    println!("\n  {}, {} to {}", say::bold("History"), day(first.at), day(last.at));
    OfKind::print_head();
    let mut kinds: BTreeMap<&str, OfKind> = BTreeMap::new();
    lines.iter().for_each(|line| kinds.entry(line.kind.name()).or_default().add(line));
    kinds.iter().for_each(|(name, kind)| kind.print(name));
    most_bought(lines);
    println!("\n  {}", say::bold("Latest"));
    for line in lines.iter().rev().take(SHOWN) {
        let item = line.item.as_deref().unwrap_or("-");
        let amount = line.amount.map_or(String::new(), |amount| amount.to_string());
        println!(
            "  {}  {:12} {:14} {:>8} {:>14}  {}",
            say::dim(&line.at.to_string()),
            say::cut(&line.kind.name().replace('_', " "), 12),
            say::cut(item, 14),
            line.quantity,
            amount,
            say::dim(line.channel.as_ref().map_or("", Channel::name)),
        );
    }
}

/// By orders and not by quantity, which is a volume for some.
fn most_bought(lines: &[HistoryLine]) {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.kind == Kind::Purchased) {
        line.item.iter().for_each(|item| *times.entry(item).or_default() += 1);
    }
    let mut times: Vec<(&str, usize)> = times.into_iter().collect();
    times.sort_by_key(|(item, n)| (std::cmp::Reverse(*n), *item));
    let most = times.iter().take(SHOWN).map(|(item, n)| format!("{item} ({n} times)"));
    println!();
    say::entry(2, "Most often", 11, &most.collect::<Vec<_>>().join(", "));
}

fn contacts(contacts: &[ContactLine]) {
    println!("\n  {}", say::bold("Contacts"));
    if contacts.is_empty() {
        println!("  none");
    }
    for contact in contacts.iter().rev().take(SHOWN) {
        let channel = contact.channel.as_ref().map_or("", Channel::name);
        println!("  {}  {:10} {} {channel}", day(contact.at), contact.what, contact.action);
    }
}

fn day(at: Timestamp) -> String {
    let text = at.to_string();
    text.split('T').next().unwrap_or(&text).to_owned()
}
