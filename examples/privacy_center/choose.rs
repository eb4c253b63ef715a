//! Act two: the household chooses. The same question at each level, and after a withdrawal
//! that took one call, as giving did.

use confidant::{
    Channel, Decision, Engine, Event, Level, Purpose, Request, Timestamp, hours, minutes,
};

use crate::check::holds;
use crate::sample::{Sample, UTC_OFFSET_MINUTES};
use crate::support::{Result, say};
use crate::words::Words;

pub(crate) fn act(engine: &Engine, sample: &Sample, household: &str, words: &Words) -> Result<()> {
    say::heading(words.say("levels"));
    say::paragraph(2, words.say("levels.about"));
    let mut now = sample.now() + hours(12);
    let mut answers = Vec::new();
    for level in [Level::Collaborative, Level::OwnHistory, Level::Contextual, Level::Off] {
        now = now + minutes(1);
        let _ = engine.record(now, Event::consent(household, now).level(level))?;
        answers.push(ask(engine, household, now, words, level)?);
    }
    let [full, own, visit, off] = answers.as_slice() else { return Ok(()) };
    holds("the full answer is a personal one", !full.receipt().used().is_empty())?;
    holds("so is the one from one's own history", !own.receipt().used().is_empty())?;
    holds("lower levels look at nothing", visit.receipt().used().is_empty())?;
    holds("and still get an offer", off.action().is_some())?;

    say::heading(words.say("withdrawal"));
    now = now + minutes(1);
    let back = Event::consent(household, now).level(Level::Collaborative);
    let _ = engine.record(now, back)?;
    let learned = engine.statistics().digest();
    now = now + minutes(1);
    let no = Event::consent(household, now)
        .withdraw(Purpose::Personalisation)
        .withdraw(Purpose::CollaborativeLearning);
    let _ = engine.record(now, no)?;
    let after = ask(engine, household, now, words, Level::Collaborative)?;
    holds("what was withdrawn is not used any more", after.receipt().used().is_empty())?;
    holds("nor learned from", engine.statistics().digest() != learned)?;
    say::checked(words.say("withdrawal.done"));
    Ok(())
}

/// The one question, answered in the household's language.
fn ask(
    engine: &Engine,
    household: &str,
    now: Timestamp,
    words: &Words,
    level: Level,
) -> Result<Decision> {
    let request = Request::new(household, Channel::Web, now);
    let decision = engine.preview(&request.utc_offset_minutes(UTC_OFFSET_MINUTES))?;
    let action = decision.action().map_or("-", |action| action.as_str());
    println!("\n  {}: {action}", say::bold(words.level(level)));
    say::paragraph(4, &decision.receipt().explain_in(&*engine.messages(words.tag())?));
    Ok(decision)
}
