//! Act one: what the household is told. The notice is generated from the policy that is
//! enforced; the personal page from what is kept.

use confidant::{Channel, Engine, Request, hours};

use crate::check::holds;
use crate::sample::{Sample, UTC_OFFSET_MINUTES};
use crate::support::{Result, say};
use crate::words::Words;

/// How many lines of a document are shown; the rest is counted.
const SHOWN: usize = 60;

pub(crate) fn act(engine: &Engine, sample: &Sample, household: &str, words: &Words) -> Result<()> {
    let now = sample.now();
    // A decision or two, so that there is something to account for.
    for channel in [Channel::Web, Channel::Email] {
        let ask = Request::new(household, channel, now).utc_offset_minutes(UTC_OFFSET_MINUTES);
        let _ = engine.decide(&ask)?;
    }
    say::heading(words.say("notice"));
    say::paragraph(2, words.say("notice.about"));
    let notice = engine.privacy_notice(words.tag(), Some("GB".into()), now)?;
    document(&notice.to_markdown(), words);

    say::heading(words.say("rules"));
    document(&engine.recommendation_rules(words.tag())?.to_markdown(), words);

    say::heading(words.say("page"));
    let page = engine.personal_page(household, words.tag(), now + hours(1))?;
    let page = page.ok_or("nothing is kept of the household")?;
    document(&page.to_markdown(), words);
    say::heading(words.say("use"));
    println!("{}", engine.data_use(now + hours(1), confidant::days(90))?);
    holds("the household's page is its own", page.to_markdown().contains(household))
}

/// The beginning of a document, and how much more there is.
fn document(text: &str, words: &Words) {
    println!();
    for line in text.lines().take(SHOWN) {
        println!("    {line}");
    }
    let more = text.lines().count().saturating_sub(SHOWN);
    if more > 0 {
        println!("    {}", say::dim(&words.with("more", more)));
    }
}
