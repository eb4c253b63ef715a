//! Where a profile becomes a view: the only code that holds both.

use std::collections::BTreeMap;

use super::merge;
use super::{Answers, Known, LearningView, Rows, Session, View};
use crate::catalog::{Catalog, NO_ITEM, NO_PLACE};
use crate::consent::{Categories, LearningPermit, Permit, PrivacyPolicy};
use crate::event::{Attributes, Kind};
use crate::numeric::short_hash;
use crate::profile::{Attribute, Columns, NONE, Profile, Texts, answers};
use crate::types::{ActionId, Currency, DataCategory, Purpose, Timestamp};

/// What the gate needs beside the profile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) policy: &'a PrivacyPolicy,
    pub(crate) attributes: &'a Attributes,
}

/// What is going on while the gate is opened.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Visit<'a> {
    pub(crate) session: Option<&'a Session>,
    /// The number of the question that is being answered.
    pub(crate) question: Option<u64>,
}

impl Gate<'_> {
    /// What the customer allows for a purpose.
    pub(crate) fn open(
        self,
        profile: &Profile,
        purpose: Purpose,
        now: Timestamp,
        visit: Visit<'_>,
    ) -> View {
        self.through(Permit::ask(&profile.choices, self.policy, purpose, now), profile, now, visit)
    }

    /// What the customer allows others to learn from, if anything.
    pub(crate) fn open_for_learning(
        self,
        profile: &Profile,
        now: Timestamp,
    ) -> Option<LearningView> {
        let permit = LearningPermit::ask(&profile.choices, self.policy, now)?;
        Some(LearningView(self.through(permit.into_permit(), profile, now, Visit::default())))
    }

    fn through(self, permit: Permit, profile: &Profile, now: Timestamp, visit: Visit<'_>) -> View {
        let allowed = permit.categories();
        let names = profile.names.table();
        let history =
            if allowed.is_empty() { Columns::default() } else { profile.told_once(&names) };
        let (rows, next_row) = self.rows(&history, profile.history.len(), &names, allowed, now);
        let (facts, next_fact) = self.known(profile, &names, &permit, now);
        let (answers, next_answer) =
            self.answers(profile, &history, &names, allowed, now, visit.question);
        let session = visit.session.filter(|_| permit.allows_session()).cloned();
        View {
            now,
            next: next_row.min(next_fact).min(next_answer).min(profile.choices.next(now)),
            rows,
            ledger: Vec::new(),
            facts,
            answers,
            session_items: session.as_ref().map(|s| self.numbers(s)).unwrap_or_default(),
            session,
            permit,
        }
    }

    /// The items of a session that the catalogue knows, ascending.
    fn numbers(self, session: &Session) -> Vec<u32> {
        let mut numbers: Vec<u32> =
            session.items().iter().map(|item| self.catalog.number(item.as_str())).collect();
        numbers.retain(|number| *number != NO_ITEM);
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The behaviours up to `now` that are allowed, and when the next one takes effect or
    /// the first one goes.
    fn rows(
        self,
        history: &Columns,
        length: usize,
        names: &Texts<'_>,
        allowed: Categories,
        now: Timestamp,
    ) -> (Rows, Timestamp) {
        let name = |number: u32| names.get(number);
        let mut kinds = Kinds::new(self.policy, allowed, names.len());
        let mut items = Resolved::new(names.len());
        let mut channels = Resolved::new(names.len());
        let mut currencies = Resolved::new(names.len());
        let mut rows = Rows::with_capacity(length);
        let mut next = i64::MAX;
        for row in history.rows() {
            let Some(Seen { code: kind, bit, keep }) = kinds.seen(row.kind, names) else {
                continue;
            };
            if row.at > now.as_millis() {
                next = next.min(row.at);
                break;
            }
            let expires = row.at.saturating_add(keep);
            if expires <= now.as_millis() {
                continue;
            }
            next = next.min(expires);
            let item = match row.item {
                NONE => NO_ITEM,
                text => items.get(text, || self.catalog.number(name(text))),
            };
            rows.at.push(row.at);
            rows.kind.push(kind);
            rows.kind_bit.push(bit);
            rows.channel.push(channels.get(row.channel, || short_hash(name(row.channel))));
            rows.item.push(item);
            rows.place.push(if item == NO_ITEM { NO_PLACE } else { self.catalog.place(item) });
            rows.order.push(row.order);
            rows.amount.push(row.amount);
            rows.currency.push(currencies.get(row.currency, || {
                name(row.currency).parse::<Currency>().map_or(0, Currency::code)
            }));
        }
        (rows, Timestamp::from_millis(next))
    }

    /// The value that counts of each attribute that is allowed, by name, and when the next
    /// one begins or ceases to count.
    fn known(
        self,
        profile: &Profile,
        names: &Texts<'_>,
        permit: &Permit,
        now: Timestamp,
    ) -> (Vec<Known>, Timestamp) {
        let mut next = Timestamp::MAX;
        let mut counting: BTreeMap<&str, Vec<&Attribute>> = BTreeMap::new();
        for attribute in &profile.attributes {
            let name = names.get(attribute.name);
            let category = self.policy.of_attribute(name);
            let allowed = permit.categories().has(category)
                && attribute.is_for(permit.purpose())
                && self.attributes.fits(name, &attribute.value);
            if !allowed {
                continue;
            }
            let until = attribute.until.unwrap_or(Timestamp::MAX);
            let end = until.min(self.policy.expires(category, attribute.at));
            let edges = [attribute.at, end].into_iter().filter(|edge| *edge > now);
            next = edges.fold(next, Timestamp::min);
            if attribute.at <= now && now < end {
                counting.entry(name).or_default().push(attribute);
            }
        }
        let known = counting.into_iter().filter_map(|(name, values)| {
            merge::winner(name, values, self.attributes.merge_of(name), names)
        });
        (known.collect(), next)
    }

    /// How each action was answered, by action, if responses are allowed; and when the
    /// next contact or answer that is already known takes effect.
    fn answers(
        self,
        profile: &Profile,
        history: &Columns,
        names: &Texts<'_>,
        allowed: Categories,
        now: Timestamp,
        question: Option<u64>,
    ) -> (Vec<Answers>, Timestamp) {
        if !self.policy.number(&DataCategory::Responses).is_some_and(|number| allowed.has(number)) {
            return (Vec::new(), Timestamp::MAX);
        }
        let next =
            profile.contacts.iter().map(|contact| contact.at).find(|at| *at > now.as_millis());
        let mut counted: Vec<(u32, u32, u32)> = Vec::new();
        let mut count = |action: u32, shown: u32, accepted: u32| match counted
            .iter_mut()
            .find(|(known, ..)| *known == action)
        {
            Some(counts) => *counts = (action, counts.1 + shown, counts.2 + accepted),
            None => counted.push((action, shown, accepted)),
        };
        // What this very question was answered with before is no experience yet.
        let made = profile.contacts.made(now);
        let others = made.iter().filter(|c| !question.is_some_and(|q| answers(c.id, q)));
        others.for_each(|contact| count(contact.action, 1, 0));
        let accepted = Kind::Accepted.code();
        let keep = self.policy.keeps(self.policy.of_kind(&Kind::Accepted));
        history
            .rows()
            .take_while(|row| row.at <= now.as_millis())
            .filter(|row| row.kind == accepted && row.action != NONE)
            .filter(|row| row.at.saturating_add(keep) > now.as_millis())
            .for_each(|row| count(row.action, 0, 1));
        let mut answers: Vec<Answers> = counted
            .into_iter()
            .map(|(action, shown, accepted)| Answers {
                action: ActionId::from(names.get(action)),
                shown,
                accepted,
            })
            .collect();
        answers.sort_by(|a, b| a.action.cmp(&b.action));
        (answers, next.map_or(Timestamp::MAX, Timestamp::from_millis))
    }
}

/// The highest bit stands for all kinds of the host's own.
pub(crate) const OWN_KIND: u32 = 1 << 31;

/// How a kind of one record that may be seen looks in a view.
#[derive(Debug, Clone, Copy)]
struct Seen {
    code: u32,
    bit: u32,
    /// For how long, in milliseconds.
    keep: i64,
}

/// Which kinds of one record may be seen.
struct Kinds<'a> {
    policy: &'a PrivacyPolicy,
    allowed: Categories,
    base: [Option<i64>; Kind::BASE.len()],
    own: Vec<Option<Option<Seen>>>,
}

impl<'a> Kinds<'a> {
    fn new(policy: &'a PrivacyPolicy, allowed: Categories, texts: usize) -> Self {
        let keep = |kind: Kind| {
            let category = policy.of_kind(&kind);
            allowed.has(category).then(|| policy.keeps(category))
        };
        Self { policy, allowed, base: Kind::BASE.map(keep), own: vec![None; texts] }
    }

    /// How a stored kind is seen, if it may be.
    fn seen(&mut self, stored: u32, names: &Texts<'_>) -> Option<Seen> {
        if let Some(keep) = self.base.get(stored as usize) {
            return keep.map(|keep| Seen { code: stored, bit: 1 << stored, keep });
        }
        let text = stored as usize - self.base.len();
        let known = self.own.get_mut(text)?;
        *known.get_or_insert_with(|| {
            let kind = Kind::custom(names.get(text as u32));
            let category = self.policy.of_kind(&kind);
            let keep = self.allowed.has(category).then(|| self.policy.keeps(category))?;
            Some(Seen { code: kind.code(), bit: OWN_KIND, keep })
        })
    }
}

/// Numbers looked up once per text of the record.
struct Resolved(Vec<Option<u32>>);

impl Resolved {
    fn new(texts: usize) -> Self {
        Self(vec![None; texts])
    }

    fn get(&mut self, text: u32, look_up: impl FnOnce() -> u32) -> u32 {
        match self.0.get_mut(text as usize) {
            Some(known) => *known.get_or_insert_with(look_up),
            None => look_up(),
        }
    }
}

impl Rows {
    fn with_capacity(rows: usize) -> Self {
        Self {
            at: Vec::with_capacity(rows),
            kind_bit: Vec::with_capacity(rows),
            kind: Vec::with_capacity(rows),
            channel: Vec::with_capacity(rows),
            item: Vec::with_capacity(rows),
            place: Vec::with_capacity(rows),
            order: Vec::with_capacity(rows),
            amount: Vec::with_capacity(rows),
            currency: Vec::with_capacity(rows),
        }
    }
}
