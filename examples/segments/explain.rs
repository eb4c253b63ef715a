//! One customer explained, and a condition as a marketer writes it.

use confidant::{Condition, Identifier, Segment};

use crate::load::Loaded;
use crate::members::Members;
use crate::shop;
use crate::support::{Result, say};

/// Why one customer is in one segment, and what is missing to another.
pub(crate) fn one_customer(loaded: &Loaded, members: &Members) -> Result<()> {
    let Some(who) = somebody(members)? else { return Ok(()) };
    say::heading(&format!("Customer {}, explained", who.value()));
    for segment in [shop::REPEAT, shop::LAPSED, "newcomers", "life: active"] {
        let why = loaded.engine.explain_segment(who.clone(), segment, loaded.now)?;
        why.to_string().lines().for_each(|line| println!("  {line}"));
    }
    Ok(())
}

/// Somebody who bought again and makes 80 % of revenue with others, but not 40 %.
fn somebody(members: &Members) -> Result<Option<Identifier>> {
    let middle = members.audience(shop::TOP_80)?.minus(members.audience(shop::TOP_40)?)?;
    let middle = middle.and(members.audience(shop::REPEAT)?)?;
    Ok(middle.iter().next().cloned())
}

/// A draft in words: read, counted, and compared with what there is; and a slip of the pen.
pub(crate) fn in_words(loaded: &Loaded) -> Result<()> {
    say::heading("A condition in words");
    let text = "orders(purchased, last 90 days) <= 20 and rank(spend) in top 80% of total \
                and not stage = lapsed";
    let condition: Condition = text.parse()?;
    say::paragraph(2, &condition.to_string());
    let draft = Segment::new("draft", condition);
    let census = loaded.engine.estimate([draft], loaded.now)?;
    if let Some(those) = census.audience("draft") {
        let number = say::thousands(those.len() as u64);
        println!("\n  {number} customers, before it is a segment; of them");
        for segment in [shop::TOP_40, shop::LAPSED] {
            let also = census.audience(segment).map(|other| those.and(other)).transpose()?;
            let also = also.map_or(0, |also| also.len());
            println!("  {:>7} are in `{segment}`", say::thousands(also as u64));
        }
    }
    let slip = text.replace("last 90", "lst 90");
    if let Err(wrong) = slip.parse::<Condition>() {
        println!("\n  with `lst` for `last`:");
        wrong.to_string().lines().for_each(|line| println!("  {line}"));
    }
    Ok(())
}
