//! One hash over the ends of all chains, for the host to keep where nobody who can write to
//! the store can write: a Merkle tree as in RFC 6962, section 2.1.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::proof_key::{Hash256, Pseudonym};
use crate::types::Timestamp;

/// What the ledger came to at an instant. Keep it elsewhere than the store: in a log, with
/// another party, on paper; [`Engine::verify_ledger`](crate::Engine::verify_ledger) says
/// whether the ledger still is what it was.
///
/// ```
/// use confidant::{Agreement, Checkpoint, Engine, Event, Level, ProofKey, Timestamp, hours};
///
/// let monday: Timestamp = "2026-03-02T18:20:00Z".parse()?;
/// let engine = Engine::builder().proof(ProofKey::new([7; 32])).build()?;
/// engine.record(monday, Event::consent("ana", monday).level(Level::OwnHistory))?;
/// let kept: Checkpoint = engine.checkpoint(monday)?;
/// engine.record(monday + hours(1), Event::consent("ana", monday + hours(1)).level(Level::Off))?;
/// let report = engine.verify_ledger(Some(&kept))?;
/// assert!(report.is_whole() && report.checkpoint == Agreement::Agrees);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// What was recorded up to then counts.
    pub as_of: Timestamp,
    /// How many chains there were; most customers have one.
    pub chains: u64,
    /// How many records.
    pub records: u64,
    /// The root of the tree.
    pub root: Hash256,
}

/// On one line, to be kept on paper.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { as_of, chains, records, root } = self;
        write!(f, "as of {as_of}: {records} records of {chains} chains, root {root}")
    }
}

/// What was found when the ledger was [verified](crate::Engine::verify_ledger).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerReport {
    /// How many chains there are.
    pub chains: u64,
    /// How many records, as the chains say.
    pub records: u64,
    /// What is not as it was recorded, by pseudonym and number.
    pub broken: Vec<Broken>,
    /// How the ledger stands to the checkpoint.
    pub checkpoint: Agreement,
}

impl LedgerReport {
    /// Whether nothing was found, neither in the chains nor against the checkpoint.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.broken.is_empty() && self.checkpoint != Agreement::Differs
    }
}

/// How a ledger stands to a [`Checkpoint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// None was given.
    NotAsked,
    /// Everything of that time is there, as it was.
    Agrees,
    /// Something is gone, or is another one: a tail, a chain, a history that was written
    /// anew.
    Differs,
    /// It cannot be told any more: so many chains were evidence and went with their deadline.
    /// What is there is whole all the same; keep a later checkpoint.
    Outlived(u64),
}

/// A place where the ledger is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Broken {
    /// Whose chain.
    pub whose: Option<Pseudonym>,
    /// The record's number in it; the number after the last one stands for the chain's end,
    /// none for what cannot be read at all.
    pub number: Option<u64>,
}

/// A chain as it was at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leaf {
    pub(crate) whose: Pseudonym,
    pub(crate) era: u32,
    pub(crate) count: u64,
    pub(crate) head: Hash256,
}

impl Leaf {
    fn hash(&self) -> Hash256 {
        // Which of the pseudonym's chains it is is in the first hash of the chain.
        let hash = Sha256::new_with_prefix([0]).chain_update(self.whose.as_bytes());
        let hash = hash.chain_update(self.count.to_be_bytes()).chain_update(self.head.0);
        Hash256(hash.finalize().into())
    }
}

fn node(left: &Hash256, right: &Hash256) -> Hash256 {
    let hash = Sha256::new_with_prefix([1]).chain_update(left.0).chain_update(right.0);
    Hash256(hash.finalize().into())
}

/// The root over leaves in their order. Of each full tree that is a whole power of two wide
/// the root is kept, the widest first; the narrow ones join at the end, as RFC 6962 splits.
pub(crate) fn root<'a>(leaves: impl IntoIterator<Item = &'a Leaf>) -> Hash256 {
    let mut trees: Vec<(u32, Hash256)> = Vec::new();
    for leaf in leaves {
        let mut new = (0, leaf.hash());
        while let Some((height, left)) = trees.pop_if(|(height, _)| *height == new.0) {
            new = (height + 1, node(&left, &new.1));
        }
        trees.push(new);
    }
    let joined = trees.into_iter().map(|(_, tree)| tree).rev();
    let joined = joined.reduce(|right, left| node(&left, &right));
    joined.unwrap_or_else(|| Hash256(Sha256::digest([]).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962, section 2.1, word by word.
    fn plain(leaves: &[Leaf]) -> Hash256 {
        match leaves {
            [] => Hash256(Sha256::digest([]).into()),
            [one] => one.hash(),
            _ => {
                let widths = std::iter::successors(Some(1), |width| Some(width * 2));
                let width = widths.take_while(|width| *width < leaves.len()).last();
                let (left, right) = leaves.split_at(width.unwrap_or(1));
                node(&plain(left), &plain(right))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_standard() {
        let leaf = |n: u8| {
            let (whose, head) = (Pseudonym([n; 32]), Hash256([n ^ 7; 32]));
            Leaf { whose, era: 0, count: 3, head }
        };
        let leaves: Vec<Leaf> = (0..70).map(leaf).collect();
        for n in 0..leaves.len() {
            assert_eq!(root(&leaves[..n]), plain(&leaves[..n]), "{n} leaves");
        }
    }
}
