//! Where a profile becomes a view: the only code that holds both.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::biography::TROUBLE;
use super::{Answers, LearningView, Rows, Session, View, bit};
use crate::catalog::{Catalog, NO_ITEM};
use crate::consent::{LearningPermit, Permit, PrivacyPolicy};
use crate::event::{Attributes, Kind};
use crate::numeric::short_hash;
use crate::profile::{Columns, NONE, Profile, Texts, answers};
use crate::types::{ActionId, Channel, Currency, DataCategory, OrderId, Purpose, Timestamp, Zone};

/// What the gate needs beside the profile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) policy: &'a PrivacyPolicy,
    pub(crate) attributes: &'a Attributes,
    /// The host's.
    pub(crate) zone: &'a Zone,
}

/// What is going on while the gate is opened.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Visit<'a> {
    pub(crate) session: Option<&'a Session>,
    /// The number of the question that is being answered.
    pub(crate) question: Option<u64>,
    /// Whether it is asked what the customer has.
    pub(crate) ledger: bool,
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
        let permit = Permit::ask(&profile.choices, self.policy, purpose, now);
        let permit = if profile.is_prospect() { permit.of_nothing() } else { permit };
        self.through(permit, profile, now, visit)
    }

    /// What the customer allows others to learn from, if anything.
    pub(crate) fn open_for_learning(
        self,
        profile: &Profile,
        now: Timestamp,
    ) -> Option<LearningView> {
        let customer = Some(profile).filter(|profile| !profile.is_prospect())?;
        let permit = LearningPermit::ask(&customer.choices, self.policy, now)?;
        Some(LearningView(self.through(permit.into_permit(), profile, now, Visit::default())))
    }

    fn through(self, permit: Permit, profile: &Profile, now: Timestamp, visit: Visit<'_>) -> View {
        let (allowed, now) = (permit.categories(), now.before_never());
        let names = profile.names.table();
        let history =
            if allowed.is_empty() { Columns::default() } else { profile.told_once(&names) };
        let (answers, next_answer) =
            self.answers(profile, &history, &names, &permit, now, visit.question);
        let (shown, next_row) = self.rows(history, &names, &permit, now);
        let (notes, next_note) = self.notes(profile, &names, &permit, now, &shown);
        let wanted = visit.ledger.then(|| self.ledger(profile, &names, &shown));
        let (facts, next_fact) = self.known(profile, &names, &permit, now);
        let session = visit.session.filter(|_| permit.allows_session()).cloned();
        View {
            who: profile.customer.clone(),
            now,
            next: next_row
                .min(next_fact)
                .min(next_answer)
                .min(next_note)
                .min(profile.choices.next(self.policy, now)),
            kinds: shown.kinds,
            rows: shown.rows,
            channels: shown.channels,
            orders: shown.orders,
            notes,
            ledger: wanted.unwrap_or_default(),
            facts,
            answers,
            session,
            host_zone: self.zone.clone(),
            zone: OnceLock::new(),
            permit,
        }
    }

    /// The behaviours up to `now` that are allowed, and when the next one takes effect or
    /// the first one goes.
    fn rows(
        self,
        history: Columns,
        names: &Texts<'_>,
        permit: &Permit,
        now: Timestamp,
    ) -> (Shown, Timestamp) {
        let mut kinds = Kinds::new(self.policy, permit, names.len());
        let past = history.at.partition_point(|at| *at <= now.as_millis());
        let mut coming = history.at.iter().zip(&history.kind).skip(past);
        let first = coming.find(|(_, kind)| kinds.seen(**kind, names).is_some());
        let mut next = first.map_or(i64::MAX, |(at, _)| *at);
        let mut kept = Vec::with_capacity(past);
        let mut rows = Rows::with_capacity(past);
        for (row, (at, stored)) in history.at.iter().zip(&history.kind).enumerate().take(past) {
            let Some(Seen { code, bit, keep }) = kinds.seen(*stored, names) else {
                continue;
            };
            let expires = at.saturating_add(keep);
            if expires > now.as_millis() {
                next = next.min(expires);
                rows.kind.push(code);
                rows.kind_bit.push(bit);
                kept.push(row);
            }
        }
        rows.at = only(history.at, &kept);
        rows.order = only(history.order, &kept);
        rows.amount = only(history.amount, &kept);
        rows.named = only(history.item, &kept);
        rows.quantity = only(history.quantity, &kept);
        let mut items = Resolved::new(names.len(), NO_ITEM);
        let number = |text: &u32| items.get(*text, || self.catalog.number(names.get(*text)));
        rows.item = rows.named.iter().map(number).collect();
        rows.place = rows.item.iter().map(|item| self.catalog.place(*item)).collect();
        let mut currencies = Resolved::new(names.len(), 0);
        let code = |text: u32| names.get(text).parse::<Currency>().map_or(0, Currency::code);
        let currency = only(history.currency, &kept).into_iter();
        rows.currency = currency.map(|text| currencies.get(text, || code(text))).collect();
        let mut channels = BTreeMap::new();
        let mut numbers = Resolved::new(names.len(), short_hash(""));
        let number = |text: u32| {
            numbers.get(text, || {
                let number = short_hash(names.get(text));
                channels.insert(number, Channel::from_name(names.get(text)));
                number
            })
        };
        rows.channel = only(history.channel, &kept).into_iter().map(number).collect();
        let trouble = TROUBLE.iter().fold(0, |bits, kind| bits | bit(kind));
        let of_trouble = rows.order.iter().zip(&rows.kind_bit);
        let of_trouble = of_trouble.filter(|(order, bit)| *bit & trouble != 0 && **order != NONE);
        let orders = of_trouble.map(|(order, _)| (*order, names.get(*order).into())).collect();
        let kinds = kinds.bits();
        let (ids, under) = (only(history.id, &kept), only(history.under, &kept));
        let shown = Shown { kinds, rows, channels, orders, ids, under };
        (shown, Timestamp::from_millis(next))
    }

    /// How each action was answered, by action, if responses are allowed; and when the
    /// next contact or answer that is already known takes effect.
    fn answers(
        self,
        profile: &Profile,
        history: &Columns,
        names: &Texts<'_>,
        permit: &Permit,
        now: Timestamp,
        question: Option<u64>,
    ) -> (Vec<Answers>, Timestamp) {
        let allowed = permit.categories();
        if !self.policy.number(&DataCategory::Responses).is_some_and(|number| allowed.has(number)) {
            return (Vec::new(), Timestamp::MAX);
        }
        let category = self.policy.of_kind(&Kind::Accepted);
        let keep = self.policy.seen_for(category, permit.purpose());
        let coming = profile.contacts.iter().map(|c| c.at).find(|at| *at > now.as_millis());
        let mut next = coming.unwrap_or(i64::MAX);
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
        for contact in others {
            let expires = contact.at.saturating_add(keep);
            if expires > now.as_millis() {
                next = next.min(expires);
                count(contact.action, 1, 0);
            }
        }
        let accepted = Kind::Accepted.code();
        let actions = history.at.iter().zip(&history.kind).zip(&history.action);
        actions
            .take_while(|((at, _), _)| **at <= now.as_millis())
            .filter(|((_, kind), action)| **kind == accepted && **action != NONE)
            .filter(|((at, _), _)| at.saturating_add(keep) > now.as_millis())
            .for_each(|(_, action)| count(*action, 0, 1));
        let mut answers: Vec<Answers> = counted
            .into_iter()
            .map(|(action, shown, accepted)| Answers {
                action: ActionId::from(names.get(action)),
                shown,
                accepted,
            })
            .collect();
        answers.sort_by(|a, b| a.action.cmp(&b.action));
        (answers, Timestamp::from_millis(next))
    }
}

/// What the gate lets through of a history.
pub(super) struct Shown {
    pub(super) kinds: u32,
    pub(super) rows: Rows,
    pub(super) channels: BTreeMap<u32, Channel>,
    pub(super) orders: BTreeMap<u32, OrderId>,
    /// The ids of the rows.
    pub(super) ids: Vec<u64>,
    /// The identifiers under which they were told, as texts.
    pub(super) under: Vec<u32>,
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
    permit: &'a Permit,
    base: [Option<i64>; Kind::BASE.len()],
    /// How many texts the record has.
    texts: usize,
    /// Those that are kept by name, by their texts, once there is one.
    own: Vec<Option<Option<Seen>>>,
}

impl<'a> Kinds<'a> {
    fn new(policy: &'a PrivacyPolicy, permit: &'a Permit, texts: usize) -> Self {
        let allowed = permit.categories();
        let base = policy.ours_seen_for(permit.purpose());
        let base = base.map(|(category, keep)| allowed.has(category).then_some(keep));
        Self { policy, permit, base, texts, own: Vec::new() }
    }

    /// The kinds of our own that may be seen, by their bits.
    fn bits(&self) -> u32 {
        let seen = (0..).zip(&self.base).filter(|(_, keep)| keep.is_some());
        seen.fold(0, |bits, (place, _)| bits | 1 << place)
    }

    /// How a stored kind is seen, if it may be.
    fn seen(&mut self, stored: u32, names: &Texts<'_>) -> Option<Seen> {
        let Some(text) = stored.checked_sub(Kind::BY_PLACE) else {
            let keep = self.base.get(stored as usize).copied().flatten();
            return keep.map(|keep| Seen { code: stored, bit: 1 << stored, keep });
        };
        self.own.resize(self.texts, None);
        let known = self.own.get_mut(text as usize)?;
        *known.get_or_insert_with(|| {
            let kind = Kind::from_name(names.get(text));
            let category = self.policy.of_kind(&kind);
            let allowed = self.permit.categories().has(category);
            let keep = allowed.then(|| self.policy.seen_for(category, self.permit.purpose()))?;
            Some(Seen { code: kind.code(), bit: kind.bit(), keep })
        })
    }
}

/// The cells of the rows that are kept; mostly those are all.
fn only<T: Copy>(column: Vec<T>, kept: &[usize]) -> Vec<T> {
    if kept.len() == column.len() {
        return column;
    }
    kept.iter().filter_map(|row| column.get(*row).copied()).collect()
}

/// Numbers looked up once per text of the record.
struct Resolved {
    known: Vec<Option<u32>>,
    /// The text that was asked for last, with its number: often the next one too.
    last: (u32, u32),
}

impl Resolved {
    /// With the number of no text.
    fn new(texts: usize, none: u32) -> Self {
        let mut known = vec![None; texts];
        known.iter_mut().take(1).for_each(|first| *first = Some(none));
        Self { known, last: (NONE, none) }
    }

    fn get(&mut self, text: u32, look_up: impl FnOnce() -> u32) -> u32 {
        if text != self.last.0 {
            let number = match self.known.get_mut(text as usize) {
                Some(known) => *known.get_or_insert_with(look_up),
                None => look_up(),
            };
            self.last = (text, number);
        }
        self.last.1
    }
}

impl Rows {
    fn with_capacity(rows: usize) -> Self {
        let kinds = || Vec::with_capacity(rows);
        Self { kind: kinds(), kind_bit: kinds(), ..Self::default() }
    }
}
