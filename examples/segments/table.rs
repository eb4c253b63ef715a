//! Segments and places as tables.

use confidant::{Family, PopulationReport, Segment};

use crate::load::Loaded;
use crate::members::Members;
use crate::shop;
use crate::support::{Result, say};

/// What a segment is called belongs under which head.
fn head(segment: &Segment) -> Option<&'static str> {
    let id = segment.id().as_str();
    match segment.stated_family() {
        Some(_) if id.starts_with("rfm_") => Some("By recency and frequency"),
        Some(_) if id.starts_with(shop::LIFE) => Some("By the customer's own rhythm"),
        Some(_) => Some("For any shop"),
        // Fifths are in the picture.
        None if id.len() == 2 => None,
        None if id.starts_with(shop::STYLE) => Some("By who is alike"),
        None => Some("By value"),
    }
}

/// Every segment: how many, which share of customers, what they spent, which share of
/// revenue, and what the shop wants with them.
pub(crate) fn segments(loaded: &Loaded, members: &Members) -> Result<()> {
    say::heading("Segments");
    let (all, revenue) = (members.census.roster().len() as f64, members.revenue());
    let (size, money) = ("size", loaded.currency.as_str());
    println!("  {:26}{size:>7}{:>7}{money:>12}{:>7}  aim (family)", "", "share", "share");
    let mut last = "";
    for segment in loaded.engine.segments().iter() {
        let Some(head) = head(segment) else { continue };
        if head != last {
            println!("  {}", say::bold(head));
            last = head;
        }
        let id = segment.id().as_str();
        let (size, spent) = (members.size(id)?, members.revenue_of(id)?);
        if size == 0 && id.starts_with(shop::STYLE) {
            continue;
        }
        let (people, share) = (100.0 * size as f64 / all, 100.0 * spent / revenue.max(1e-9));
        let size = say::thousands(size as u64);
        let spent = say::thousands(spent.round() as u64);
        let line = format!("  {id:26}{size:>7}{people:>6.1}%{spent:>12}{share:>6.1}%");
        match aim(segment) {
            none if none.is_empty() => println!("{line}"),
            aim => println!("{line}  {}", say::dim(&aim)),
        }
    }
    Ok(())
}

fn aim(segment: &Segment) -> String {
    let family = segment.stated_family().map(family);
    let family = family.map(|family| format!(" ({family})")).unwrap_or_default();
    format!("{}{family}", segment.stated_aim())
}

fn family(of: Family) -> &'static str {
    match of {
        Family::Adapt => "adapt",
        Family::Upsell => "upsell",
        Family::WinBack => "win back",
        Family::KeepInTouch => "keep in touch",
        Family::Privilege => "privilege",
        Family::Invite => "invite",
    }
}

/// Where the borders are between those who spend more and less.
pub(crate) fn places(report: &PopulationReport) {
    let Some(ranking) = report.rankings.iter().find(|it| &*it.name == shop::SPEND) else { return };
    say::heading("Borders by what was spent");
    for place in ranking.groups.iter().flat_map(|group| &group.places) {
        let (number, least) = (say::thousands(place.customers), place.least.unwrap_or_default());
        let least = least as f64 / f64::from(ranking.unit);
        println!("  {:26}{number:>7} customers, each at least {least:.2}", place.place);
    }
    println!();
    say::paragraph(
        2,
        "Borders stand as they were found until they are found anew; a customer's own \
         figures are always those of the moment.",
    );
}
