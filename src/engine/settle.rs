//! Who is who, once something was said of it: the records that the links lead to are
//! gathered, the identity rules say which identifiers are one customer, and logs move
//! until every customer is one record, kept under the identifier that names it best.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hashbrown::HashMap;

use super::load::Loaded;
use super::record::Touched;
use super::{Engine, Setup};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::{self, Resolved, resolve};
use crate::profile::{Moving, Profile, Tie, Ties};
use crate::store::{Key, Version, redirect};
use crate::types::{Identifier, IdentifierKind, Timestamp};

/// How many records are looked at to settle a link. Only a bot's links lead to more.
const MOST_RECORDS: usize = 256;

/// How many more identifiers of a kind are looked at than a customer may have.
const SPARE: u32 = 8;

/// The records that links lead to, by the identifiers that they are kept under, each whole.
type Gathered = BTreeMap<Identifier, Box<Loaded>>;

/// How often the same move was met and not finished.
#[derive(Default)]
struct Stuck {
    version: Option<Version>,
    times: u32,
}

impl Stuck {
    /// The same mark is met again a few times when others are at work, and for ever when the
    /// record is damaged.
    fn met(&mut self, version: Option<Version>) -> Result<()> {
        self.times = if self.version == version { self.times + 1 } else { 0 };
        self.version = version;
        if self.times < 100 {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Corrupt,
            "what is on its way to another record cannot arrive there",
        ))
    }
}

/// Identifiers that are to go from one record to another.
struct Journey {
    from: Identifier,
    who: Vec<Identifier>,
    to: Identifier,
}

impl Engine {
    /// Brings what was said of a customer's links to its end, should a crash have come in
    /// between. [`record`](Self::record) does so by itself, and so does whatever meets such
    /// a customer next; only a host that loads and commits by itself has to ask for it.
    ///
    /// # Errors
    /// The store failed; then try again.
    pub fn settle(&self, customer: impl Into<Identifier>, now: Timestamp) -> Result<()> {
        let setup = self.setup();
        let customer = setup.identity.normal(&customer.into()).into_owned();
        self.settle_under(&setup, &customer, Some(now)).map(|_| ())
    }

    pub(super) fn settle_under(
        &self,
        setup: &Setup,
        start: &Identifier,
        now: Option<Timestamp>,
    ) -> Result<Resolved> {
        let mut stuck = Stuck::default();
        self.retrying(|| {
            let Some(gathered) = self.gather(setup, start, now, &mut stuck)? else {
                return Ok(None);
            };
            let (ties, resolved) = who_is_who(setup, &gathered);
            if let Some(journey) = next_journey(&gathered, &resolved) {
                self.set_out(setup, &gathered, &journey, now)?;
                return Ok(None);
            }
            Ok(self.conclude_settling(setup, gathered, &ties, &resolved, now)?.then_some(resolved))
        })
    }

    /// Loads the records that the links of a customer lead to; nothing if there was
    /// something to be finished first.
    fn gather(
        &self,
        setup: &Setup,
        start: &Identifier,
        now: Option<Timestamp>,
        stuck: &mut Stuck,
    ) -> Result<Option<Gathered>> {
        let mut gathered = Gathered::new();
        let mut erased: Vec<(Identifier, Timestamp)> = Vec::new();
        let mut asides: BTreeSet<Identifier> = BTreeSet::new();
        let mut queue = VecDeque::from([(start.clone(), false)]);
        while let Some((next, aside)) = queue.pop_front() {
            let known = gathered.values().find(|known| known.profile.is(&next));
            let known = known.map(|known| known.profile.customer.clone());
            let home = match known {
                Some(home) if aside || !asides.remove(&home) => continue,
                Some(home) => home,
                None if gathered.len() >= MOST_RECORDS => break,
                None => {
                    let loaded = self.fetch_as_it_is(setup, &next)?;
                    if loaded.profile.identity.moving.is_some() {
                        stuck.met(loaded.version)?;
                        self.finish_moving(setup, loaded, now)?;
                        return Ok(None);
                    }
                    let home = loaded.profile.customer.clone();
                    if loaded.version.is_none() {
                        erased.extend(self.erased_at(&home)?.map(|at| (home.clone(), at)));
                    }
                    let loaded = gathered.entry(home.clone()).or_insert(loaded);
                    if !loaded.profile.is(&next) {
                        // It leads here already, but a crash came before the record knew.
                        loaded.profile.identity.welcome(&next);
                        loaded.profile.identity.unsettled = true;
                    }
                    if let Some(left) = self.left_behind(setup, loaded)? {
                        stuck.met(left.version)?;
                        self.finish_moving(setup, left, now)?;
                        return Ok(None);
                    }
                    home
                }
            };
            asides.extend(aside.then(|| home.clone()));
            if let Some(loaded) = gathered.get(&home) {
                queue.extend(setup.ways_out(&loaded.profile, aside));
            }
        }
        // What was said of a link before somebody was erased at its end is nothing any more.
        let gone = |tie: &Tie| {
            let ended = |(who, at): &(Identifier, Timestamp)| {
                tie.ends().contains(&who) && tie.last_word() <= *at
            };
            erased.iter().any(ended)
        };
        for loaded in gathered.values_mut().filter(|_| !erased.is_empty()) {
            loaded.profile.identity.unsettled |=
                loaded.version.is_some() && loaded.profile.identity.ties.retain(|tie| !gone(tie));
        }
        Ok(Some(gathered))
    }

    /// A marked record whose logs have arrived at another one already, and are not taken out
    /// yet where they were. Nothing may become of the other one first: what is left would
    /// come twice, or come back, or be stranded.
    fn left_behind(&self, setup: &Setup, here: &Loaded) -> Result<Option<Box<Loaded>>> {
        let identity = &here.profile.identity;
        if !identity.unsettled || identity.others.is_empty() {
            return Ok(None);
        }
        let keys: Vec<Key> = identity.others.iter().map(|who| self.place(who)).collect();
        let found = self.store.read(&keys)?;
        for ((who, key), found) in identity.others.iter().zip(&keys).zip(found) {
            let leads = found.map(|stored| redirect(key, &stored.bytes)).transpose()?.flatten();
            if leads.as_ref() != Some(&here.profile.customer) {
                let left = self.fetch_as_it_is(setup, who)?;
                if left.profile.identity.moving.is_some() {
                    return Ok(Some(left));
                }
            }
        }
        Ok(None)
    }

    /// Writes what each record is to know of the links, and that nothing is left to do.
    fn conclude_settling(
        &self,
        setup: &Setup,
        gathered: Gathered,
        ties: &Ties,
        resolved: &Resolved,
        now: Option<Timestamp>,
    ) -> Result<bool> {
        // The records that others lead to come first: a mark that something is left to do
        // goes last.
        let (marked, others): (Vec<_>, Vec<_>) =
            gathered.into_values().partition(|loaded| loaded.profile.identity.unsettled);
        for mut loaded in others.into_iter().chain(marked) {
            let profile = &mut loaded.profile;
            let (before, is_new) = (profile.identity.clone(), loaded.version.is_none());
            let own: Vec<&Tie> = ties
                .iter()
                .filter(|tie| tie.ends().into_iter().any(|end| profile.is(end)))
                .collect();
            for tie in own {
                if profile.identity.ties.has(tie) || !profile.has_too_many(tie) {
                    profile.identity.ties.take_in(tie);
                }
            }
            profile.identity.shared = resolved.shared.contains(&profile.customer);
            profile.identity.unsettled = false;
            if profile.identity == before || is_new && profile.identity.ties.iter().next().is_none()
            {
                continue;
            }
            let chosen = profile.choices.clone();
            profile.hear(&|a, b| setup.as_good(a, b));
            // Whose words count may be another matter now.
            let other = profile.choices != chosen;
            let touched = Touched {
                essential: true,
                segments: other,
                learning: other,
                chosen: other && now.is_some(),
                ..Touched::default()
            };
            let at = now.unwrap_or(profile.membership.seen);
            let changes = self.changes(setup, at, &mut loaded, touched)?;
            if !self.commit(changes)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Begins a journey, and brings it to its end.
    fn set_out(
        &self,
        setup: &Setup,
        gathered: &Gathered,
        journey: &Journey,
        now: Option<Timestamp>,
    ) -> Result<()> {
        let Some(from) = gathered.get(&journey.from) else { return Ok(()) };
        if from.version.is_none() {
            return self.take_in_stranger(setup, &journey.from, &journey.to);
        }
        let mut frozen = self.fetch_as_it_is(setup, &journey.from)?;
        if frozen.version != from.version {
            return Ok(());
        }
        let moving = Moving { who: journey.who.clone(), to: journey.to.clone() };
        frozen.profile.identity.moving = Some(moving);
        let batch = self.write(&mut frozen)?;
        if self.commit(super::volume::durable(batch))? {
            let frozen = self.fetch_as_it_is(setup, &journey.from)?;
            self.finish_moving(setup, frozen, now)?;
        }
        Ok(())
    }
}

impl Setup {
    /// Whether one identifier says at least as well who somebody is as another.
    pub(super) fn as_good(&self, one: &Identifier, other: &Identifier) -> bool {
        self.identity.rank(one.kind()) <= self.identity.rank(other.kind())
    }

    /// The identifiers outside a record to which its links lead, and whether what is there
    /// stands aside: a known customer to whom only a device leads stays another one, so only
    /// what says who that is has to be known, and not what else leads on from there.
    fn ways_out<'a>(&self, profile: &'a Profile, aside: bool) -> Vec<(Identifier, bool)> {
        let personal = |who: &Identifier| self.identity.is_personal(who.kind());
        let ties = &profile.identity.ties;
        // Of a parting that was just told, the other end has to hear too.
        let tells = |tie: &&Tie| tie.latest().is_some() || profile.identity.unsettled;
        let out = ties.iter().filter(tells).filter_map(|tie| {
            let [a, b] = tie.ends();
            let by_device = !personal(a) || !personal(b);
            let (own, beyond) = match (profile.is(a), profile.is(b)) {
                (true, false) => (a, b),
                (false, true) => (b, a),
                _ => return None,
            };
            let leads = !(ties.is_crowded(own) || aside && by_device);
            // Through a device of nobody known, whoever is beyond may be the same customer.
            let there = aside || !personal(own) && personal(beyond) && self.reached(profile);
            leads.then(|| (Reverse(tie.last_word()), beyond, there))
        });
        let mut out: Vec<_> = out.collect();
        // Of each kind as many as there is room for, what was said last first: the others stay
        // apart whatever they are, but for a few in whose place one may come that is shared.
        out.sort();
        let mut room: HashMap<&IdentifierKind, u32> = HashMap::new();
        let fits = |(_, beyond, _): &(_, &'a Identifier, bool)| {
            let limit = self.identity.limit_of(beyond.kind()).saturating_add(SPARE);
            let taken = room.entry(beyond.kind()).or_default();
            *taken += 1;
            *taken <= limit
        };
        let fitting: Vec<_> = out.into_iter().filter(fits).collect();
        fitting.into_iter().map(|(_, beyond, there)| (beyond.clone(), there)).collect()
    }

    /// Whether some known customer has a link to what a record holds.
    fn reached(&self, profile: &Profile) -> bool {
        let personal = |who: &Identifier| self.identity.is_personal(who.kind());
        let ties = profile.identity.ties.iter().filter(|tie| tie.latest().is_some());
        let ends = ties.flat_map(|tie| tie.ends());
        profile.identifiers().any(personal) || ends.filter(|end| personal(end)).count() > 1
    }
}

/// Every tie of the gathered records, and the customers that follow.
fn who_is_who(setup: &Setup, gathered: &Gathered) -> (Ties, Resolved) {
    let mut ties = Ties::default();
    for tie in gathered.values().flat_map(|loaded| loaded.profile.identity.ties.iter()) {
        ties.take_in(tie);
    }
    let here = |who: &Identifier| gathered.values().any(|loaded| loaded.profile.is(who));
    let crowded = |who: &Identifier| {
        ties.is_crowded(who)
            || gathered.values().any(|loaded| loaded.profile.identity.ties.is_crowded(who))
    };
    let identifiers = gathered.values().flat_map(|loaded| loaded.profile.identifiers().cloned());
    let linked = ties.iter().filter(|tie| tie.ends().into_iter().all(here)).filter_map(|tie| {
        let [a, b] = tie.ends();
        Some(identity::Tie::new(a.clone(), b.clone(), tie.latest()?.as_millis()))
    });
    let resolved = resolve(&setup.identity, identifiers, linked, crowded);
    (ties, resolved)
}

/// The next journey that can be made, if one is still to be made.
///
/// A customer's name can be given to a record once it is not in another one, and the name
/// of a record leaves it last. Of whom nothing is known is taken in where somebody is.
fn next_journey(gathered: &Gathered, resolved: &Resolved) -> Option<Journey> {
    let home = |who: &Identifier| gathered.values().find(|loaded| loaded.profile.is(who));
    for customer in &resolved.customers {
        let name = customer.first()?;
        for loaded in gathered.values().filter(|loaded| loaded.profile.customer != *name) {
            let from = &loaded.profile;
            let who: Vec<Identifier> =
                from.identifiers().filter(|who| customer.contains(who)).cloned().collect();
            let (all, last) =
                (who.len() == 1 + from.identity.others.len(), who.contains(&from.customer));
            let named =
                home(name).is_none_or(|at| at.profile.customer == *name) || who.contains(name);
            let met = loaded.version.is_some() || home(name).is_some_and(|at| at.version.is_some());
            if !who.is_empty() && (all || !last) && named && met {
                return Some(Journey { from: from.customer.clone(), who, to: name.clone() });
            }
        }
    }
    None
}
