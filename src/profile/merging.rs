//! What is allowed when records join and part, over made customers: a few words under two or
//! three identifiers, links of any time, and every way to put them together. What a join
//! comes to is worked out once more from what each identifier says alone.

use std::fmt::Debug;

use super::{Profile, Said, Tie};
use crate::consent::{Categories, Chosen, Notice, PrivacyPolicy};
use crate::event::{Choice, Evidence, Grant};
use crate::numeric::Draws;
use crate::types::{
    Basis, Channel, DataCategory, Identifier, IdentifierKind, Level, Purpose, Timestamp,
};

const CASES: u64 = 100_000;

/// When the last word is said and the last link is told, in milliseconds; parting comes after.
const LAST: u64 = 9;

const PURPOSES: [Purpose; 4] = [
    Purpose::Contextual,
    Purpose::Personalisation,
    Purpose::CollaborativeLearning,
    Purpose::DirectMarketing,
];

struct Dice(Draws);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0.below(n as usize) as u64
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(ms as i64)
}

/// A consent that runs out, a notice that matters, and a category that must be named.
fn policy() -> PrivacyPolicy {
    let span = std::time::Duration::from_millis(6);
    let mut policy = PrivacyPolicy::new()
        .category(DataCategory::custom("health"), Basis::Consent)
        .special(DataCategory::custom("health"))
        .valid_for(Purpose::Personalisation, span)
        .notice(Notice::new(1, at(0)))
        .notice(Notice::new(2, at(5)).material_for([Purpose::CollaborativeLearning]));
    policy.work_out();
    policy
}

fn people() -> [Identifier; 5] {
    let of = |kind, value| Identifier::new(kind, value);
    [
        "ana".into(),
        of(IdentifierKind::LoyaltyCard, "card"),
        of(IdentifierKind::Email, "ana@example.org"),
        of(IdentifierKind::Device, "phone"),
        of(IdentifierKind::Cookie, "crumb"),
    ]
}

/// A customer number before a card or an address, those before what only goes with somebody.
fn rank(who: &Identifier) -> u8 {
    match who.kind() {
        IdentifierKind::Customer => 0,
        IdentifierKind::LoyaltyCard | IdentifierKind::Email => 1,
        _ => 2,
    }
}

fn as_good(one: &Identifier, other: &Identifier) -> bool {
    rank(one) <= rank(other)
}

fn grant(dice: &mut Dice) -> Grant {
    let some = [DataCategory::Purchases, DataCategory::Browsing, DataCategory::custom("health")];
    match dice.below(9) {
        0..=3 => Grant::Allowed,
        4 | 5 => Grant::Only(some.into_iter().filter(|_| dice.chance(60)).collect()),
        6 => Grant::Withdrawn,
        7 => Grant::Refused,
        _ => Grant::Asked,
    }
}

fn word(dice: &mut Dice) -> Choice {
    let level = match dice.below(8) {
        0 => Some(Level::Off),
        1 => Some(Level::Contextual),
        2 | 3 => Some(Level::OwnHistory),
        4 | 5 => Some(Level::Collaborative),
        _ => None,
    };
    let said = PURPOSES.into_iter().filter(|_| dice.chance(55)).collect::<Vec<_>>();
    let purposes = said.into_iter().map(|purpose| (purpose, grant(dice))).collect();
    let restricted = dice.chance(12).then(|| dice.chance(50));
    let channels = dice.chance(15).then(|| (Channel::Email, dice.chance(60)));
    let channels = channels.into_iter().collect();
    Choice { level, purposes, restricted, channels, ..Choice::default() }
}

/// What is said under each identifier, and since when which are linked.
struct Case {
    who: Vec<Identifier>,
    words: Vec<Vec<(Timestamp, u64, Choice)>>,
    links: Vec<(usize, usize, Timestamp)>,
}

impl Case {
    fn new(dice: &mut Dice) -> Self {
        let mut who = people().to_vec();
        while who.len() > 2 + dice.below(2) as usize {
            who.remove(dice.below(who.len() as u64) as usize);
        }
        let mut words: Vec<Vec<_>> = vec![Vec::new(); who.len()];
        for id in 0..dice.below(3 * who.len() as u64) + 1 {
            let speaker = dice.below(who.len() as u64) as usize;
            words[speaker].push((at(dice.below(LAST)), id, word(dice)));
        }
        let chain = (1..who.len()).map(|n| (n - 1, n, at(dice.below(LAST))));
        let mut links: Vec<_> = chain.collect();
        if who.len() > 2 && dice.chance(30) {
            links.push((0, 2, at(dice.below(LAST))));
        }
        Self { who, words, links }
    }

    /// The record of one identifier alone.
    fn part(&self, n: usize) -> Profile {
        let mut part = Profile::stranger(self.who[n].clone());
        for (at, id, choice) in &self.words[n] {
            part.choices.add(Chosen {
                at: *at,
                id: *id,
                under: None,
                channel: None,
                choice: choice.clone(),
            });
        }
        for (a, b, at) in self.links.iter().filter(|(a, b, _)| *a == n || *b == n) {
            let said = Said { at: *at, id: 0, channel: None, evidence: Evidence::Stated };
            part.identity.ties.take_in(&Tie::link(&self.who[*a], &self.who[*b], said));
        }
        part.hear(&as_good);
        part
    }

    /// Some records in one, taken in the order in which they stand, each so often.
    fn join(&self, order: &[usize], times: usize) -> Profile {
        let mut joined = self.part(order[0]);
        for n in (0..times).flat_map(|_| &order[1..]) {
            joined.take_logs(&self.part(*n), &|_| true);
            joined.hear(&as_good);
        }
        joined
    }

    /// By when a chain of links leads from one to another.
    fn since(&self, a: usize, b: usize) -> Option<Timestamp> {
        (0..LAST).map(at).find(|now| {
            let mut met = vec![a];
            for _ in &self.links {
                for (one, other, _) in self.links.iter().filter(|(.., since)| since <= now) {
                    if met.contains(one) != met.contains(other) {
                        met.push(if met.contains(one) { *other } else { *one });
                    }
                }
            }
            met.contains(&b)
        })
    }

    /// What one identifier says with all that counts as its word: nobody else has a voice.
    fn heard(&self, n: usize) -> Profile {
        let mut heard = self.part(n);
        for other in (0..self.who.len()).filter(|other| *other != n) {
            let since = self.since(other, n).filter(|_| as_good(&self.who[other], &self.who[n]));
            for (at, id, choice) in &self.words[other] {
                if since.is_some_and(|since| *at >= since) {
                    let (at, id, choice) = (*at, *id, choice.clone());
                    heard.choices.add(Chosen { at, id, under: None, channel: None, choice });
                }
            }
        }
        heard
    }
}

/// Whether something was answered about a purpose by then.
fn spoke_of(one: &Profile, purpose: &Purpose, now: Timestamp) -> bool {
    let mut words = one.choices.iter().filter(|chosen| chosen.at <= now);
    words.any(|chosen| chosen.choice.purposes.get(purpose).is_some_and(|g| !g.is_no_answer()))
}

fn spoke_of_level(one: &Profile, now: Timestamp) -> bool {
    let mut words = one.choices.iter().filter(|chosen| chosen.at <= now);
    words.any(|chosen| chosen.choice.level.is_some())
}

/// The same words at a level that bounds nothing.
fn at_any_level(one: &Profile) -> Profile {
    let mut any = Profile::stranger(one.customer.clone());
    let level = Some(Level::Collaborative);
    for chosen in one.choices.iter() {
        let choice = Choice { level, ..chosen.choice.clone() };
        any.choices.add(Chosen { choice, ..chosen.clone() });
    }
    any
}

/// All that is allowed of a purpose.
fn allowed(one: &Profile, policy: &PrivacyPolicy, purpose: &Purpose, now: Timestamp) -> Allowed {
    let choices = &one.choices;
    (choices.allows(policy, purpose, now), choices.granted(policy, purpose, now))
}

type Allowed = (bool, Categories);

fn is_within(one: Allowed, other: Allowed) -> bool {
    one.0 <= other.0 && other.1.covers(one.1)
}

/// Everything that can be asked of what somebody allows.
fn answers(one: &Profile, policy: &PrivacyPolicy, now: Timestamp) -> impl PartialEq + Debug {
    let of = PURPOSES.map(|purpose| {
        let state = crate::consent::Permission::of(&one.choices, policy, &purpose, now);
        let refuses = one.choices.refuses(policy, &purpose, now);
        (allowed(one, policy, &purpose, now), refuses, state.state, state.allowed)
    });
    let kept = one.choices.kept(policy, now);
    let objects = one.choices.objects_to(&Channel::Email, now);
    (of, one.choices.level(now), one.choices.restricted(now), kept, objects)
}

/// Whether a join is a semilattice: the order, the grouping and the number of times in which
/// records are put together leave no trace.
fn joins_alike(case: &Case, dice: &mut Dice, policy: &PrivacyPolicy, joined: &Profile) {
    let mut order: Vec<usize> = (0..case.who.len()).collect();
    order[1..].reverse();
    let again = case.join(&order, 2);
    assert_eq!(joined.choices, again.choices);
    // The others first, and then all of them at once.
    let mut grouped = case.part(0);
    grouped.take_logs(&case.join(&order[1..], 1), &|_| true);
    grouped.hear(&as_good);
    assert_eq!(joined.choices, grouped.choices);
    // Under whichever identifier the record is kept.
    let turns = 1 + dice.below(order.len() as u64 - 1) as usize;
    order.rotate_left(turns);
    let elsewhere = case.join(&order, 1);
    for _ in 0..2 {
        let now = at(dice.below(LAST + 7));
        assert_eq!(answers(joined, policy, now), answers(&elsewhere, policy, now), "at {now}");
    }
}

/// Whether a join allows exactly what everybody allows who said something of it.
fn allows_what_all_allow(
    case: &Case,
    policy: &PrivacyPolicy,
    (joined, heard): (&Profile, &[(usize, Profile)]),
    now: Timestamp,
) -> usize {
    let each = || heard.iter().map(|(_, one)| one);
    let by_then = each().filter(|one| spoke_of_level(one, now));
    let level = by_then.map(|one| one.choices.level(now)).min().unwrap_or_default();
    let restricted = each().any(|one| one.choices.restricted(now));
    let objects = each().any(|one| one.choices.objects_to(&Channel::Email, now));
    assert_eq!(joined.choices.level(now), level);
    assert_eq!(joined.choices.restricted(now), restricted);
    assert_eq!(joined.choices.objects_to(&Channel::Email, now), objects);
    let mut granted = 0;
    for purpose in &PURPOSES {
        let reached = level >= policy.level_of(purpose).unwrap() && !restricted;
        let spoke = heard.iter().filter(|(_, one)| spoke_of(one, purpose, now));
        let of = |(n, one): &(usize, Profile)| match spoke_of(&case.part(*n), purpose, now) {
            true => allowed(one, policy, purpose, now),
            // Of what it only heard, the level is a matter of whoever said it.
            false => allowed(&at_any_level(one), policy, purpose, now),
        };
        let each: Vec<Allowed> = spoke.map(of).collect();
        let all = each.iter().copied().reduce(|a, b| (a.0 && b.0, a.1.and(b.1)));
        let all = all.unwrap_or((*purpose == Purpose::Contextual, Categories::NONE));
        let expected = if reached { all } else { (false, Categories::NONE) };
        assert_eq!(allowed(joined, policy, purpose, now), expected, "{purpose} at {now}");
        granted += usize::from(expected.0 && each.len() > 1);
        // Whoever says best who it is, by its own words alone.
        for (n, who) in case.who.iter().enumerate() {
            let part = case.part(n);
            let best = case.who.iter().all(|other| other == who || rank(who) < rank(other));
            if best && part.choices.refuses(policy, purpose, now) {
                assert!(!expected.0, "{purpose} at {now}: a device allowed it for an account");
            }
        }
        no_later_word_no_consent(case, (purpose, now), expected.0);
    }
    granted
}

/// A withdrawal is not undone by an older yes, from wherever it comes.
fn no_later_word_no_consent(case: &Case, (purpose, now): (&Purpose, Timestamp), allowed: bool) {
    let of =
        |word: &(Timestamp, u64, Choice)| Some((word.0, word.2.purposes.get(purpose)?.clone()));
    let words = case.words.iter().flatten().filter_map(of);
    let said = words.filter(|(at, grant)| *at <= now && !grant.is_no_answer());
    let said: Vec<(Timestamp, Grant)> = said.collect();
    let last = said.iter().map(|(at, _)| *at).max();
    let no = said.iter().any(|(at, grant)| Some(*at) == last && !grant.is_yes());
    assert!(!(no && allowed), "{purpose} at {now}: an older yes outdid a no");
}

/// Whether, parted, each side allows no more than before, and no more than by itself.
fn parts_narrow(case: &Case, dice: &mut Dice, policy: &PrivacyPolicy, joined: &Profile) {
    let mut leaving: Vec<usize> = (1..case.who.len()).filter(|_| dice.chance(60)).collect();
    // What stays is one customer, and so is what leaves.
    if leaving.is_empty()
        || leaving == [1] && !case.links.iter().any(|(a, b, _)| (*a, *b) == (0, 2))
    {
        leaving = (1..case.who.len()).collect();
    }
    let staying: Vec<usize> = (0..case.who.len()).filter(|n| !leaving.contains(n)).collect();
    let gone: Vec<Identifier> = leaving.iter().map(|n| case.who[*n].clone()).collect();
    let (left, taken) = joined.split(&gone, &gone[0]);
    let between = case.links.iter().filter(|(a, b, _)| leaving.contains(a) != leaving.contains(b));
    let between: Vec<_> = between.collect();
    for (mut side, own) in [(left, staying), (taken, leaving)] {
        for (a, b, _) in &between {
            let parting = Tie::parting(&case.who[*a], &case.who[*b], at(LAST), 1);
            side.identity.ties.take_in(&parting);
        }
        side.hear(&as_good);
        let alone = case.join(&own, 1);
        let now = at(LAST + dice.below(5));
        for purpose in &PURPOSES {
            let side = allowed(&side, policy, purpose, now);
            assert!(is_within(side, allowed(joined, policy, purpose, now)), "{purpose} at {now}");
            // Of what it never said a word about, it allows no more than was allowed.
            let says = purpose == &Purpose::Contextual || spoke_of(&alone, purpose, now);
            let own = allowed(&alone, policy, purpose, now);
            assert!(is_within(side, own) && (says || !side.0), "{purpose} at {now}");
        }
        assert!(side.choices.level(now) <= joined.choices.level(now));
        assert!(side.choices.restricted(now) || !joined.choices.restricted(now));
        assert!(
            side.choices.objects_to(&Channel::Email, now)
                || !joined.choices.objects_to(&Channel::Email, now)
        );
        speaks_for_itself(case, policy, side, &own);
    }
}

/// A later word of its own, under what says best who it is, sets a side free of the other.
fn speaks_for_itself(case: &Case, policy: &PrivacyPolicy, mut side: Profile, own: &[usize]) {
    let best = own.iter().min_by_key(|n| rank(&case.who[**n])).unwrap();
    let purposes = PURPOSES.map(|purpose| (purpose, Grant::Allowed)).into();
    let (level, restricted) = (Some(Level::Collaborative), Some(false));
    let choice = Choice { level, purposes, restricted, ..Choice::default() };
    let alike = own.iter().filter(|n| rank(&case.who[**n]) == rank(&case.who[*best]));
    for n in alike {
        let (under, choice) = (side.voice(&case.who[*n]), choice.clone());
        side.choices.add(Chosen { at: at(LAST + 1), id: 99, under, channel: None, choice });
    }
    side.hear(&as_good);
    for purpose in &PURPOSES {
        assert!(side.choices.allows(policy, purpose, at(LAST + 1)), "{purpose}");
    }
}

/// One case; how many purposes several allow together, and at how many moments none.
fn tell(seed: u64, policy: &PrivacyPolicy) -> (usize, usize) {
    let mut dice = Dice(Draws::new(seed, &[]));
    let case = Case::new(&mut dice);
    let all: Vec<usize> = (0..case.who.len()).collect();
    let joined = case.join(&all, 1);
    joins_alike(&case, &mut dice, policy, &joined);
    // Who never spoke has nothing to say.
    let speakers = all.iter().filter(|n| !case.words[**n].is_empty());
    let heard: Vec<(usize, Profile)> = speakers.map(|n| (*n, case.heard(*n))).collect();
    let (mut granted, mut denied) = (0, 0);
    for _ in 0..2 {
        let now = at(dice.below(LAST + 7));
        let n = allows_what_all_allow(&case, policy, (&joined, &heard), now);
        granted += n;
        denied += usize::from(n == 0);
    }
    parts_narrow(&case, &mut dice, policy, &joined);
    (granted, denied)
}

/// The same, with the case in words when it does not hold.
fn tell_with_words(seed: u64, policy: &PrivacyPolicy) -> (usize, usize) {
    let told = std::panic::catch_unwind(|| tell(seed, policy));
    told.unwrap_or_else(|_| {
        let case = Case::new(&mut Dice(Draws::new(seed, &[])));
        panic!("case {seed}: {:#?}\n{:#?}\n{:#?}", case.who, case.words, case.links)
    })
}

#[test]
fn to_join_and_to_part_never_allows_more() {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let one = |thread: u64| {
        let policy = policy();
        let seeds = (thread..CASES).step_by(threads as usize);
        let told = seeds.map(|seed| tell_with_words(seed, &policy));
        told.fold((0, 0), |sum, n| (sum.0 + n.0, sum.1 + n.1))
    };
    let (granted, denied) = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|n| scope.spawn(move || one(n))).collect();
        let told = workers.into_iter().map(|worker| worker.join().unwrap());
        told.fold((0, 0), |sum, n| (sum.0 + n.0, sum.1 + n.1))
    });
    let enough = granted.min(denied) > CASES as usize / 5;
    assert!(enough, "{granted} purposes allowed by several, {denied} moments without one");
}
