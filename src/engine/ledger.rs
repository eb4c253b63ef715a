//! Reading and verifying the ledger: of one customer, and of everybody against a checkpoint.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::beside::{Place, place_in_ledger, read_tip, remains_key, segment_key, tip_key};
use super::evidence::{evidence_key, piece_of_evidence, read_segment};
use super::{Engine, Proof};
use crate::consent::{
    Agreement, Broken, Checkpoint, Leaf, LedgerReport, Pseudonym, SEGMENT, Segment, Tip, check,
    lines, root,
};
use crate::error::{Error, ErrorKind, Result};
use crate::rights::LedgerLine;
use crate::store::{Key, Stored};
use crate::types::{Identifier, Timestamp};

/// Where the pieces of a chain are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Home {
    /// With a record.
    Record(Key),
    /// Of somebody who was erased.
    Evidence(Pseudonym, u32),
}

impl Home {
    /// Whose chain a key holds a piece of, and which segment; its end, if none.
    fn of(key: &Key) -> Option<(Self, Option<u64>)> {
        if let Some((whose, era, segment)) = piece_of_evidence(key) {
            return Some((Self::Evidence(whose, era), segment));
        }
        let record = Self::Record(key.sibling(0));
        match place_in_ledger(key)? {
            Place::Tip => Some((record, None)),
            Place::Segment(number) => Some((record, Some(number))),
        }
    }

    fn tip(&self) -> Result<Key> {
        match self {
            Self::Record(record) => Ok(tip_key(record)),
            Self::Evidence(whose, era) => evidence_key(whose, *era, None),
        }
    }

    fn segment(&self, number: u64) -> Result<Key> {
        match self {
            Self::Record(record) => segment_key(record, number),
            Self::Evidence(whose, era) => evidence_key(whose, *era, Some(number)),
        }
    }

    fn whose(&self, proof: &Proof) -> Pseudonym {
        match self {
            Self::Record(record) => proof.key.pseudonym(record.partition()),
            Self::Evidence(whose, _) => *whose,
        }
    }
}

/// A chain as it was read; a segment that cannot be read is nothing.
struct Chain {
    tip: Tip,
    segments: Vec<Option<Segment>>,
}

/// What was found of the ledger.
#[derive(Default)]
struct Found {
    chains: u64,
    records: u64,
    broken: Vec<Broken>,
    leaves: BTreeMap<(Pseudonym, u32), Leaf>,
    /// How many had evidence thrown away since.
    swept: u64,
    /// The segments that no end was found for yet.
    stray: BTreeSet<(Home, u64)>,
}

impl Engine {
    /// What a customer chose, as it was recorded: the customer's lines of the ledger, by when
    /// they were recorded. None for a stranger.
    ///
    /// ```
    /// use confidant::{Engine, Event, Level, ProofKey, Timestamp};
    ///
    /// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
    /// let engine = Engine::builder().proof(ProofKey::new([7; 32])).build()?;
    /// engine.record(monday, Event::consent("ana", monday).level(Level::OwnHistory))?;
    /// let lines = engine.ledger("ana")?;
    /// assert_eq!(lines.len(), 1);
    /// assert!(lines[0].verify() && lines[0].recorded == monday);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// The engine has no [key](crate::EngineBuilder::proof), the store failed, or what was
    /// found cannot be read.
    pub fn ledger(&self, customer: impl Into<Identifier>) -> Result<Vec<LedgerLine>> {
        let (setup, proof) = (&*self.setup(), self.proven()?);
        let profile = self.fetch(setup, &customer.into())?.profile;
        let own: BTreeSet<Pseudonym> = profile.identifiers().map(|who| proof.whose(who)).collect();
        let ends = profile.identity.ties.iter().flat_map(|tie| tie.ends());
        let mut homes = BTreeSet::new();
        for who in profile.identifiers().chain(ends) {
            // What was told before a parting stands where both were kept then.
            homes.insert(Home::Record(self.place(who)));
            homes.insert(Home::Record(self.place(&self.resolve(who)?)));
        }
        let mut found = self.lines_of(&proof, homes)?;
        found.retain(|line| own.contains(&line.told_under));
        Ok(found)
    }

    /// What somebody who was erased had chosen, as long as it is kept: for the host to
    /// defend itself with, and for nothing else. It can be found only by who knows the
    /// identifier, and has the key.
    ///
    /// # Errors
    /// As of [`ledger`](Self::ledger).
    pub fn evidence(&self, customer: impl Into<Identifier>) -> Result<Vec<LedgerLine>> {
        let proof = self.proven()?;
        let whose = proof.whose(&self.setup().identity.normal(&customer.into()));
        let homes = (0..self.eras(&whose)?).map(|era| Home::Evidence(whose, era));
        self.lines_of(&proof, homes.collect())
    }

    fn proven(&self) -> Result<Arc<Proof>> {
        self.proof.clone().ok_or_else(|| {
            Error::configuration(
                "there is no ledger without a key: expected `EngineBuilder::proof`",
            )
        })
    }

    fn lines_of(&self, proof: &Proof, homes: BTreeSet<Home>) -> Result<Vec<LedgerLine>> {
        let mut found = Vec::new();
        for home in homes {
            let whose = home.whose(proof);
            if let Some(Chain { tip, segments }) = self.chain(&home)? {
                let lines = lines(&whose, &tip, &segments).into_iter();
                found.extend(lines.map(|line| LedgerLine::of(whose, line)));
            }
        }
        // Of one chain they are in order already.
        found.sort_by_key(|line| (line.recorded, line.chain));
        Ok(found)
    }

    /// Reads a chain as it is at one moment.
    fn chain(&self, home: &Home) -> Result<Option<Chain>> {
        let mut keys = vec![home.tip()?];
        self.retrying(|| {
            let found = self.store.read(&keys)?;
            let Some((tip, segments)) = found.split_first() else { return Ok(None) };
            let Some(key) = keys.first().cloned() else { return Ok(None) };
            let Some(tip) = read_tip(&key, tip.as_ref())? else { return Ok(Some(None)) };
            let there = segments.len() as u64;
            if tip.segments() > there {
                if tip.segments() > MOST_SEGMENTS {
                    return Err(unreadable());
                }
                for number in there..tip.segments() {
                    keys.push(home.segment(number)?);
                }
                return Ok(None);
            }
            let read = |(key, found): (&Key, &Option<Stored>)| read_segment(key, found.as_ref());
            let segments = keys.iter().skip(1).zip(segments).map(read).collect();
            Ok(Some(Some(Chain { tip, segments })))
        })
    }

    /// What the ledger comes to at an instant, to be [kept elsewhere](Checkpoint). What is
    /// recorded later with an earlier clock would not fit, so `as_of` should lie behind the
    /// clocks of all engines. It reads the store through; nobody should be erased meanwhile.
    ///
    /// # Errors
    /// The engine has no [key](crate::EngineBuilder::proof), the store failed, or the ledger
    /// is not whole: a checkpoint would vouch for it. [`verify_ledger`](Self::verify_ledger)
    /// says where.
    pub fn checkpoint(&self, as_of: Timestamp) -> Result<Checkpoint> {
        let found = self.look_through(as_of)?;
        if !found.broken.is_empty() {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "the ledger is not what was recorded: `Engine::verify_ledger` says where",
            ));
        }
        Ok(found.checkpoint(as_of))
    }

    /// Works the whole ledger out anew, evidence included, and holds it against a checkpoint
    /// that was kept. Every record that was edited, dropped or put elsewhere is found by its
    /// chain alone; a chain that is gone, or was put back as it once was, by the checkpoint.
    /// It reads the store through; nobody should be erased meanwhile.
    ///
    /// # Errors
    /// The engine has no [key](crate::EngineBuilder::proof), or the store failed.
    pub fn verify_ledger(&self, against: Option<&Checkpoint>) -> Result<LedgerReport> {
        let as_of = against.map_or(Timestamp::MAX, |kept| kept.as_of);
        let found = self.look_through(as_of)?;
        let checkpoint = match against {
            None => Agreement::NotAsked,
            Some(kept) if found.checkpoint(as_of) == *kept => Agreement::Agrees,
            Some(_) if found.swept > 0 => Agreement::Outlived(found.swept),
            Some(_) => Agreement::Differs,
        };
        let Found { chains, records, broken, .. } = found;
        Ok(LedgerReport { chains, records, broken, checkpoint })
    }

    fn look_through(&self, as_of: Timestamp) -> Result<Found> {
        let proof = self.proven()?;
        let mut found = Found::default();
        self.each_entry(|key, stored| match Home::of(key) {
            Some((home, None)) => self.look_at(&proof, home, as_of, &mut found),
            Some((home, Some(number))) => {
                found.stray.insert((home, number));
                Ok(())
            }
            None => {
                found.look_at_remains(&proof, key, stored, as_of);
                Ok(())
            }
        })?;
        for (home, number) in std::mem::take(&mut found.stray) {
            // One that became full meanwhile has an end that knows it.
            let chain = self.chain(&home);
            let known = chain.is_ok_and(|it| it.is_none_or(|it| number < it.tip.segments()));
            let there = self.read_one(&home.segment(number)?)?.is_some();
            if there && !(known && self.read_one(&home.tip()?)?.is_some()) {
                found.breaks(home.whose(&proof), Some(number * SEGMENT as u64));
            }
        }
        found.broken.sort_unstable();
        found.broken.dedup();
        Ok(found)
    }

    fn look_at(
        &self,
        proof: &Proof,
        home: Home,
        as_of: Timestamp,
        found: &mut Found,
    ) -> Result<()> {
        let whose = home.whose(proof);
        let chain = match self.chain(&home) {
            Ok(Some(chain)) => chain,
            // It was laid away since, and is met or was met there.
            Ok(None) => return Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Incompatible) => {
                found.breaks(whose, None);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let Chain { tip, segments } = chain;
        let evidence = match home {
            Home::Evidence(_, era) => Some(era),
            Home::Record(_) => None,
        };
        if evidence.is_some_and(|era| era != tip.era) || evidence.is_some() != tip.until.is_some() {
            found.breaks(whose, Some(tip.count));
        }
        let checked = check(&proof.key, &whose, &tip, &segments, as_of);
        checked.broken.into_iter().for_each(|number| found.breaks(whose, Some(number)));
        found.chains += 1;
        found.records += tip.count;
        let known = segments.len() as u64;
        found.stray.retain(|(other, number)| *other != home || *number >= known);
        if let Some(leaf) = checked.then {
            let kept = found.leaves.entry((whose, tip.era)).or_insert(leaf);
            // While somebody is being erased, it may be in both places.
            *kept = (*kept).max(leaf);
        }
        Ok(())
    }
}

/// The most segments that an end may speak of: as many as there is room for.
const MOST_SEGMENTS: u64 = 1 << 30;

fn unreadable() -> Error {
    Error::new(ErrorKind::Corrupt, "the end of a chain of the ledger is not what was written")
}

impl Found {
    fn breaks(&mut self, whose: Pseudonym, number: Option<u64>) {
        self.broken.push(Broken { whose: Some(whose), number });
    }

    fn look_at_remains(&mut self, proof: &Proof, key: &Key, stored: &Stored, as_of: Timestamp) {
        let Some(whose) = super::beside::whose_remains(key) else { return };
        match proof.remains(key, Some(stored)) {
            Ok(Some(remains)) if *key == remains_key(&whose) => {
                self.swept += u64::from(remains.swept.is_some_and(|swept| swept > as_of));
            }
            _ => self.breaks(whose, None),
        }
    }

    fn checkpoint(&self, as_of: Timestamp) -> Checkpoint {
        let leaves = self.leaves.values();
        let records = leaves.clone().map(|leaf| leaf.count).sum();
        Checkpoint { as_of, chains: leaves.len() as u64, records, root: root(leaves) }
    }
}
