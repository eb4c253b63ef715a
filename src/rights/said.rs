//! A choice in words: what the customer said, part by part.

use super::messages::Messages;
use crate::event::{Choice, Grant};

/// What was said, in the words of a language.
pub(super) fn said(choice: &Choice, words: &Messages) -> Vec<String> {
    let Choice { level, purposes, channels, restricted, notice, .. } = choice;
    let level = level.map(|level| words.with("said.level", &[("level", &words.level(level))]));
    let purposes = purposes.iter().map(|(purpose, grant)| {
        let purpose = words.purpose(purpose);
        match grant {
            Grant::Only(named) => {
                let categories = words.categories(named);
                words.with("said.only", &[("purpose", &purpose), ("categories", &categories)])
            }
            other => {
                let state = words.state(other.state());
                words.with("said.purpose", &[("purpose", &purpose), ("state", &state)])
            }
        }
    });
    let channels = channels.iter().map(|(channel, objects)| {
        let key = if *objects { "said.objects" } else { "said.objection_lifted" };
        words.with(key, &[("channel", &words.channel(channel))])
    });
    let restricted = restricted
        .map(|yes| words.say(if yes { "said.restricted" } else { "said.restriction_lifted" }));
    let notice =
        notice.map(|version| words.with("said.notice", &[("version", &version.to_string())]));
    let besides = said_besides(choice, words);
    let parts = level.into_iter().chain(purposes).chain(channels);
    parts.chain(restricted).chain(notice).chain(besides).collect()
}

/// What was said of recipients and topics, by whom and how.
fn said_besides(choice: &Choice, words: &Messages) -> Vec<String> {
    let Choice { recipients, topics, jurisdiction, age, guardian, explicit, .. } = choice;
    let recipients = recipients.iter().map(|(whom, shared)| {
        let key = if *shared { "said.shared" } else { "said.not_shared" };
        words.with(key, &[("whom", &words.own("recipient", whom.as_str()))])
    });
    let topics = topics.iter().flat_map(|(topic, channels)| {
        channels.iter().map(move |(channel, wanted)| {
            let key = if *wanted { "said.subscribed" } else { "said.unsubscribed" };
            let (topic, channel) = (words.own("topic", topic.as_str()), words.channel(channel));
            words.with(key, &[("topic", &topic), ("channel", &channel)])
        })
    });
    let law = jurisdiction.iter().map(|law| words.with("said.law", &[("law", law.as_str())]));
    let age = age.iter().map(|years| words.count("said.age", u64::from(*years), &[]));
    let by = guardian.then(|| words.say("said.guardian"));
    let how = explicit.then(|| words.say("said.explicit"));
    recipients.chain(topics).chain(law).chain(age).chain(by).chain(how).collect()
}
