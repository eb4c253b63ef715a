//! What a customer allows over time, and what becomes of it by time alone: words, devices
//! with a word of their own, consents that run out, notices that matter, restrictions,
//! retention. All of it once more in plain rules, not by asking the engine.

use std::collections::BTreeMap;
use std::time::Duration;

use confidant::*;

use super::{Rng, Stance, categories, purposes, special, turn};

/// What a world's privacy policy says of time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lapses {
    /// For how long a consent holds.
    valid: BTreeMap<Purpose, Duration>,
    /// When a notice says something new that matters, and for what; `None` for everything.
    news: Option<(Timestamp, Option<Purpose>)>,
    /// For how long data are kept.
    keep: BTreeMap<DataCategory, Duration>,
}

impl Lapses {
    /// None in every third world. What begins ninety days before the turn ends long before
    /// it, right at it, or at one of the instants after it at which something is asked.
    pub(crate) fn random(rng: &mut Rng) -> Self {
        let mut lapses = Self::default();
        if rng.below(3) == 0 {
            return lapses;
        }
        let spans = [hours(1), days(3), days(20), days(60), days(83), days(90), days(93), days(97)];
        for purpose in purposes().into_iter().filter(|_| rng.chance(25)).collect::<Vec<_>>() {
            lapses.valid.insert(purpose, rng.pick(&spans));
        }
        if rng.chance(25) {
            let from = [turn() - days(20), turn() - minutes(1), turn(), turn() + minutes(1)];
            let from =
                rng.pick(&[from.as_slice(), &[turn() + hours(1), turn() + days(3)]].concat());
            let what = rng.chance(60).then(|| rng.pick(&purposes()));
            lapses.news = Some((from, what));
        }
        for category in categories().into_iter().filter(|_| rng.chance(12)).collect::<Vec<_>>() {
            lapses.keep.insert(category, days(rng.pick(&[1, 6, 7, 14, 37, 60])));
        }
        lapses
    }

    /// The same in the eyes of somebody who forgets how long consents hold.
    pub(crate) fn without_end(&self) -> Self {
        Self { valid: BTreeMap::new(), ..self.clone() }
    }

    /// Who forgets what the notice said.
    pub(crate) fn without_news(&self) -> Self {
        Self { news: None, ..self.clone() }
    }

    /// Who keeps everything.
    pub(crate) fn kept_for_ever(&self) -> Self {
        Self { keep: BTreeMap::new(), ..self.clone() }
    }

    /// A policy that says so.
    pub(crate) fn said_in(&self, policy: PrivacyPolicy) -> PrivacyPolicy {
        let valid = self.valid.iter().map(|(purpose, time)| (purpose.clone(), *time));
        let policy = valid.fold(policy, |policy, (of, time)| policy.valid_for(of, time));
        let keep = self.keep.iter().map(|(category, time)| (category.clone(), *time));
        let policy = keep.fold(policy, |policy, (of, time)| policy.keep_for(of, time));
        let Some((from, what)) = &self.news else { return policy };
        let first = Notice::new(1, turn() - days(200));
        let second = Notice::new(2, *from);
        policy.notice(first).notice(match what {
            Some(purpose) => second.material_for([purpose.clone()]),
            None => second.material(),
        })
    }

    /// Whether a consent that was given at an instant has ended by then.
    pub(crate) fn ended(&self, purpose: &Purpose, given: Timestamp, now: Timestamp) -> bool {
        let news = self.news.as_ref().filter(|(from, what)| {
            given < *from && *from <= now && what.as_ref().is_none_or(|only| only == purpose)
        });
        let runs_out = self.valid.get(purpose).map(|time| given + *time);
        news.is_some() || runs_out.is_some_and(|end| end <= now)
    }

    /// Whether what happened at an instant is not kept any more.
    pub(crate) fn gone(&self, category: &DataCategory, at: Timestamp, now: Timestamp) -> bool {
        self.keep.get(category).is_some_and(|time| at + *time <= now)
    }
}

/// A word of a customer, when it holds from and when it reaches the host.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) at: Timestamp,
    pub(crate) told: Timestamp,
    /// Said on the customer's device, not under the customer number.
    pub(crate) on_device: bool,
    pub(crate) said: Said,
}

#[derive(Debug, Clone)]
pub(crate) enum Said {
    Stance(Stance),
    /// Keep my data and use them for nothing; or not any longer.
    Restrict(bool),
}

/// All that one customer says.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) words: Vec<Word>,
    /// Whether a device is known to be the customer's, before all else is told.
    pub(crate) device: bool,
    /// When it turns out not to be.
    pub(crate) parted: Option<Timestamp>,
}

/// When the first word is said.
pub(crate) fn start() -> Timestamp {
    turn() - days(90)
}

impl Life {
    pub(crate) fn random(rng: &mut Rng) -> Self {
        let before = Stance::random(rng);
        let after = if rng.chance(60) { before.clone() } else { Stance::random(rng) };
        let mut life = Self::of(rng, before, after);
        if rng.chance(30) {
            // Nothing is said at the turn, so nothing but time ends what was allowed.
            life.words.truncate(1);
        }
        if rng.chance(25) {
            let from = [start(), turn() - days(20), turn() - days(7), turn(), turn() + minutes(2)];
            let from = rng.pick(&from);
            let until = rng.pick(&[from + days(10), from + days(13), turn() + hours(1)]);
            life.say(from, false, Said::Restrict(true));
            if rng.chance(60) && until > from {
                life.say(until, false, Said::Restrict(false));
            }
        }
        life.device = rng.chance(40);
        if life.device && rng.chance(60) {
            let at = rng.pick(&[turn() - days(60), turn() - days(10), turn() + minutes(1)]);
            life.say(at, true, Said::Stance(Stance::random(rng)));
        }
        // After the last word on the device, which would not be the customer's otherwise.
        let parted = [turn() + Duration::from_secs(90), turn() + minutes(30), turn() + days(2)];
        life.parted = (life.device && rng.chance(25)).then(|| rng.pick(&parted));
        life
    }

    /// Somebody who allows everything in the end, and keeps to it.
    pub(crate) fn generous(rng: &mut Rng) -> Self {
        let before = if rng.chance(50) { Stance::open() } else { Stance::random(rng) };
        let mut life = Self::of(rng, before, Stance::open());
        life.device = rng.chance(25);
        life
    }

    fn of(rng: &mut Rng, before: Stance, after: Stance) -> Self {
        let mut life = Self { words: Vec::new(), device: false, parted: None };
        life.say(start(), false, Said::Stance(before));
        life.say(turn(), false, Said::Stance(after));
        // The choice of the turn is recorded at the turn or a little ahead of it.
        let ahead = minutes(rng.pick(&[0, 0, 3]));
        life.words.last_mut().into_iter().for_each(|word| word.told = turn() - ahead);
        life
    }

    fn say(&mut self, at: Timestamp, on_device: bool, said: Said) {
        self.words.push(Word { at, told: at, on_device, said });
    }

    /// What was last said under the number, or by anybody; of what the host knew by then.
    fn stance(
        &self,
        now: Timestamp,
        known: Timestamp,
        by_anybody: bool,
    ) -> Option<(Timestamp, &Stance)> {
        let words = self.words.iter().filter(|word| word.at <= now && word.told <= known);
        let words = words.filter(|word| by_anybody || !word.on_device);
        let stances = words.filter_map(|word| match &word.said {
            Said::Stance(stance) => Some((word.at, stance)),
            Said::Restrict(_) => None,
        });
        stances.max_by_key(|(at, _)| *at)
    }

    pub(crate) fn restricted(&self, now: Timestamp, known: Timestamp) -> bool {
        let words = self.words.iter().filter(|word| word.at <= now && word.told <= known);
        let words = words.filter_map(|word| match word.said {
            Said::Restrict(yes) => Some((word.at, yes)),
            Said::Stance(_) => None,
        });
        words.max_by_key(|(at, _)| *at).is_some_and(|(_, restricted)| restricted)
    }

    /// What is allowed at an instant, by what was known at another. A device's word counts
    /// until there is a later one under the number, and can only forbid; of somebody whose
    /// device went another way this is more than is allowed, never less.
    fn lets(
        &self,
        (now, known): (Timestamp, Timestamp),
        allows: impl Fn(Timestamp, &Stance) -> bool,
    ) -> bool {
        let said = [false, true].map(|by_anybody| self.stance(now, known, by_anybody));
        let each = said.into_iter().all(|word| word.is_some_and(|(at, it)| allows(at, it)));
        each && !self.restricted(now, known)
    }

    /// Whether data of a category may be used for a purpose.
    pub(crate) fn lets_see(
        &self,
        lapses: &Lapses,
        purpose: &Purpose,
        category: &DataCategory,
        now: Timestamp,
    ) -> bool {
        self.lets_see_by(lapses, purpose, category, (now, Timestamp::MAX))
    }

    fn lets_see_by(
        &self,
        lapses: &Lapses,
        purpose: &Purpose,
        category: &DataCategory,
        when: (Timestamp, Timestamp),
    ) -> bool {
        self.lets(when, |given, stance| {
            stance.lets_see(purpose, category) && !lapses.ended(purpose, given, when.0)
        })
    }

    /// Whether what happens at an instant is kept, by what was known when it came.
    pub(crate) fn keeps(
        &self,
        lapses: &Lapses,
        category: &DataCategory,
        when: (Timestamp, Timestamp),
    ) -> bool {
        [DataCategory::Purchases, DataCategory::Service, DataCategory::Ownership].contains(category)
            || purposes().iter().any(|of| self.lets_see_by(lapses, of, category, when))
    }

    /// Whether the present visit may be used.
    pub(crate) fn lets_see_visit(&self, now: Timestamp) -> bool {
        self.lets((now, Timestamp::MAX), |_, stance| stance.lets_see_visit())
    }

    /// Why data of a category may not be used for anything, for the count of what was tried.
    pub(crate) fn why_not(&self, category: &DataCategory, now: Timestamp) -> &'static str {
        let stance = self.stance(now, Timestamp::MAX, false).map(|(_, stance)| stance);
        let on_device = self.stance(now, Timestamp::MAX, true).map(|(_, stance)| stance);
        let open = |stance: Option<&Stance>| stance.is_some_and(|s| s.lets_anybody_see(category));
        match (open(stance), open(on_device)) {
            _ if self.restricted(now, now) => "restricted",
            (true, true) => "ended by itself",
            (true, false) => "not allowed on the device",
            (false, _) if stance.is_none_or(|stance| stance.level < Level::OwnHistory) => "level",
            (false, _) if special().contains(category) => "special",
            (false, _) => "not allowed",
        }
    }
}
