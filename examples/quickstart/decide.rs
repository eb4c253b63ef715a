//! Act three: the same household, the same page, the same question, at each level.

use std::collections::{BTreeMap, BTreeSet};

use confidant::{
    Channel, Considered, Decision, Engine, Event, Item, Level, Request, Session, Timestamp, Verdict,
};

use crate::sample::{A_MINUTE, Sample, UTC_OFFSET_MINUTES};
use crate::support::{Result, say};

const LEVELS: [(Level, &str); 4] = [
    (Level::Off, "Off"),
    (Level::Contextual, "Contextual"),
    (Level::OwnHistory, "Own history"),
    (Level::Collaborative, "Collaborative"),
];

pub(crate) fn act(engine: &Engine, sample: &Sample, household: &str) -> Result<()> {
    say::heading("3. One question, four levels of consent");
    let product = a_product_new_to(sample, household);
    say::paragraph(
        2,
        &format!(
            "Household {household} looks at \"{}\" in the web shop. What is the next best \
             action?",
            sample.title(&product)
        ),
    );
    let mut now = sample.now();
    let mut last = None;
    for (level, name) in LEVELS {
        now = now + A_MINUTE;
        // Choices are events, too. Nothing else changes from answer to answer.
        let choice = Event::consent(household, now).level(level);
        _ = engine.record(now, choice)?;
        let decision = engine.decide(&visit(household, now, &product))?;
        show(sample, name, level, &decision);
        last = Some(decision);
    }
    println!();
    let taught = engine.customer_report(household, now)?.is_some_and(|report| report.taught_others);
    say::paragraph(
        2,
        &format!(
            "The last two differ in what others see, not in what you see: at \
             \"Collaborative\" the household's purchases teach the models{}.",
            if taught { " again" } else { "" }
        ),
    );
    last.iter().for_each(competition);
    Ok(())
}

/// The question: on a product page of the web shop.
pub(crate) fn visit(customer: &str, now: Timestamp, product: &str) -> Request {
    Request::new(customer, Channel::Web, now)
        .utc_offset_minutes(UTC_OFFSET_MINUTES)
        .during(Session::new().viewing(product).set("page", "product"))
}

/// What sells best of what the household never bought; fuel and the like have no price
/// in the catalogue.
pub(crate) fn a_product_new_to(sample: &Sample, household: &str) -> String {
    let (mut sold, mut own) = (BTreeMap::new(), BTreeSet::new());
    for line in &sample.purchases {
        let item = line.item.as_deref().unwrap_or_default();
        *sold.entry(item).or_insert(0) += 1;
        if line.customer.value() == household {
            own.insert(item);
        }
    }
    let known = |item: &str| sample.catalog.get(item).and_then(Item::listed_price).is_some();
    sold.retain(|item, _| known(item) && !own.contains(item));
    let best = sold.into_iter().max_by_key(|(item, n)| (*n, std::cmp::Reverse(*item)));
    best.map(|(item, _)| item.to_owned()).unwrap_or_default()
}

fn show(sample: &Sample, name: &str, level: Level, decision: &Decision) {
    println!("\n  {} {}", say::bold(name), say::dim(&format!("- {}", level.describe())));
    match decision.choice() {
        Some(chosen) => {
            println!("    {} {}", say::green(chosen.action.as_str()), say::bold(&chosen.content));
            for item in &chosen.items {
                println!("      - {}", say::cut(sample.title(item.item.as_str()), 70));
            }
        }
        None => println!("    nothing"),
    }
    for sentence in decision.receipt().explain().lines() {
        say::paragraph(4, sentence);
    }
}

/// What else was looked at, and why it did not win: the receipt's structured form.
fn competition(decision: &Decision) {
    let considered = decision.receipt().considered();
    let mut scored: Vec<(&Considered, f64, String)> = considered
        .iter()
        .filter_map(|c| match &c.verdict {
            Verdict::Chosen(score) => Some((c, score.net, "chosen".to_owned())),
            Verdict::Passed(score, why) => Some((c, score.net, why.to_string())),
            Verdict::Refused(_) => None,
        })
        .collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1));
    println!(
        "\n  {} {}",
        say::bold("What competed"),
        say::dim(&format!("({} actions looked at)", considered.len()))
    );
    for (considered, net, why) in &scored {
        println!("    {:14} {net:>7.3}  {why}", considered.action.as_str());
    }
    let mut refused: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for considered in considered {
        if let Verdict::Refused(why) = &considered.verdict {
            refused.entry(why.to_string()).or_default().push(considered.action.as_str());
        }
    }
    for (why, actions) in &refused {
        let which = match actions.as_slice() {
            [one] => (*one).to_owned(),
            [first, ..] => format!("{first} and {} more", actions.len() - 1),
            [] => String::new(),
        };
        println!("    {}", say::dim(&say::cut(&format!("{which}: {why}"), 74)));
    }
}
