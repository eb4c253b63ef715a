//! Act two: one household, as the shop knows it and as the household itself may see it.

use std::collections::{BTreeMap, BTreeSet};

use confidant::{CustomerReport, Engine, HistoryLine, Kind};

use crate::sample::Sample;
use crate::support::{Result, say};

pub(crate) fn act(engine: &Engine, sample: &Sample, household: &str) -> Result<()> {
    say::heading(&format!("2. The single customer view of household {household}"));
    let now = sample.now();
    let Some(report) = engine.customer_report(household, now)? else {
        return Err("the household was not loaded".into());
    };
    consent(&report);
    facts(&report);
    purchases(sample, &report);
    segments(engine, household, sample)
}

fn consent(report: &CustomerReport) {
    let purposes: Vec<String> =
        report.allowed.iter().map(|(purpose, _)| purpose.to_string()).collect();
    say::entry(2, "Level", 11, report.level.describe());
    say::entry(2, "Allowed", 11, &purposes.join(", "));
}

/// What was declared, and where that comes from.
fn facts(report: &CustomerReport) {
    println!("\n  {}", say::bold("Declared"));
    let mut facts: Vec<_> = report.facts.iter().collect();
    facts.sort_by_key(|fact| &fact.name);
    for fact in facts {
        let from = fact.channel.as_ref().map_or("", |channel| channel.name());
        let category = fact.category.as_ref().map(ToString::to_string);
        println!(
            "  {:16} {:16} {}",
            fact.name.replace('_', " "),
            say::cut(&fact.value.to_string(), 16),
            say::dim(&format!(
                "{}, {}, {from}",
                category.unwrap_or_default(),
                day(&fact.at.to_string()),
            )),
        );
    }
}

fn purchases(sample: &Sample, report: &CustomerReport) {
    let bought = |line: &&HistoryLine| line.kind == Kind::Purchased;
    let lines: Vec<&HistoryLine> = report.history.iter().filter(bought).collect();
    let orders: BTreeSet<&str> = lines.iter().filter_map(|l| l.order.as_deref()).collect();
    let items: BTreeSet<&str> = lines.iter().filter_map(|l| l.item.as_deref()).collect();
    let spent: f64 = lines.iter().filter_map(|l| Some(l.amount?.as_units())).sum();
    let last = lines.last().map(|line| day(&line.at.to_string()).to_owned());
    let used = report.history.iter().filter(|l| l.kind == Kind::Accepted).count();
    let mailed = Kind::custom("mailed");
    let mailed = report.history.iter().filter(|l| l.kind == mailed).count();
    println!("\n  {}", say::bold("In a year"));
    println!(
        "  {} baskets, {} lines, {} different products, {} US dollars",
        say::thousands(orders.len() as u64),
        say::thousands(lines.len() as u64),
        say::thousands(items.len() as u64),
        say::thousands(spent as u64),
    );
    println!("  {mailed} campaigns in the letter box, {used} coupons used");
    println!("  last seen on {}", last.unwrap_or_default());
    departments(sample, &lines, spent);
}

/// Where the money goes.
fn departments(sample: &Sample, lines: &[&HistoryLine], all: f64) {
    let mut spent: BTreeMap<&str, f64> = BTreeMap::new();
    for line in lines {
        let department = line.item.as_deref().and_then(|item| sample.department(item));
        *spent.entry(department.unwrap_or("(unknown)")).or_default() +=
            line.amount.map_or(0.0, |amount| amount.as_units());
    }
    let mut spent: Vec<(&str, f64)> = spent.into_iter().collect();
    spent.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    println!("\n  {}", say::bold("Favourite departments"));
    for (department, amount) in spent.iter().take(5) {
        let share = amount / all.max(1.0);
        println!(
            "  {:16} {:>6} USD  {:>3.0} %  {}",
            say::cut(&say::sentence(department), 16),
            say::thousands(amount.round() as u64),
            share * 100.0,
            say::green(&"#".repeat((share * 40.0).round() as usize)),
        );
    }
}

fn segments(engine: &Engine, household: &str, sample: &Sample) -> Result<()> {
    let members = engine.segments_of(household, sample.now())?;
    println!("\n  {}", say::bold("Segments"));
    for segment in engine.segments().iter() {
        let (mark, condition) = match members.contains(segment.id()) {
            true => (say::green("in "), segment.condition().to_string()),
            false => (say::dim("out"), segment.condition().to_string()),
        };
        println!("  {mark} {:14} {}", segment.id().as_str(), segment.stated_aim());
        say::paragraph(21, &condition);
    }
    Ok(())
}

/// The date of an instant.
fn day(instant: &str) -> &str {
    instant.split('T').next().unwrap_or(instant)
}
