//! What the models hold of customers who changed since they were fitted. A customer who is
//! not named here is held by them as learned. Of whoever takes something back they go on
//! holding what they held and is still there; what came since waits for the next fit.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::flights::Taught;
use super::{Engine, Setup};
use crate::decide::Models;
use crate::learn::Contribution;
use crate::store::Key;

/// What the models hold, in the process alone; it goes with the next fit.
pub(super) struct Held {
    whom: Whom,
    /// Of those who changed, what the models hold.
    before: BTreeMap<Key, Box<[u8]>>,
    /// How much room that takes.
    bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whom {
    /// They were never fitted.
    Nobody,
    /// Who is learned from here, as of the fit.
    Learned,
    /// They came from elsewhere, or there was no room to keep account.
    Unknown,
}

/// How much room the account may take, in bytes: some hundred thousand customers who changed.
const ROOM: usize = 64 << 20;

/// What a change means for the models.
enum Meaning {
    /// They may go on as they are.
    Nothing,
    /// They hold the one, and may hold the other.
    Holds(Contribution, Contribution),
    /// They may hold what they may not.
    Unknown,
    /// They may count somebody within a segment who is not in it.
    UnknownMember,
}

impl Held {
    pub(super) fn nobody() -> Self {
        Self::new(Whom::Nobody)
    }

    pub(super) fn as_learned() -> Self {
        Self::new(Whom::Learned)
    }

    pub(super) fn unknown() -> Self {
        Self::new(Whom::Unknown)
    }

    fn new(whom: Whom) -> Self {
        Self { whom, before: BTreeMap::new(), bytes: 0 }
    }

    /// Takes account of a change of what a customer adds.
    fn change(&mut self, of: &Key, old: &Contribution, new: &Contribution) -> Meaning {
        if old == new {
            return Meaning::Nothing;
        }
        let (loses, leaves) = (old.loses(new), old.leaves(new));
        match self.whom {
            Whom::Nobody => Meaning::Nothing,
            Whom::Unknown if loses => Meaning::Unknown,
            Whom::Unknown if leaves => Meaning::UnknownMember,
            Whom::Unknown => Meaning::Nothing,
            Whom::Learned if !loses && !leaves => {
                self.remember(of, old);
                Meaning::Nothing
            }
            Whom::Learned => {
                let held = self.take(of).map(|held| postcard::from_bytes(&held));
                let Ok(held) = held.unwrap_or_else(|| Ok(old.clone())) else {
                    return Meaning::Unknown;
                };
                let kept = held.kept_in(new);
                if kept != *new {
                    self.remember(of, &kept);
                }
                match kept == held {
                    true => Meaning::Nothing,
                    false => Meaning::Holds(held, kept),
                }
            }
        }
    }

    fn remember(&mut self, of: &Key, held: &Contribution) {
        if self.before.contains_key(of) {
            return;
        }
        let held = postcard::to_allocvec(held).unwrap_or_default();
        self.bytes += size(&held);
        self.before.insert(of.clone(), held.into());
        if self.bytes > ROOM {
            *self = Self::unknown();
        }
    }

    fn take(&mut self, of: &Key) -> Option<Box<[u8]>> {
        let held = self.before.remove(of)?;
        self.bytes -= size(&held);
        Some(held)
    }
}

/// With its key and its place in the map.
fn size(held: &[u8]) -> usize {
    held.len() + 128
}

impl Engine {
    /// Makes the models follow what a customer took back.
    pub(super) fn follow_change(&self, of: &Key, taught: &Taught) {
        let mut held = self.lock_held();
        let Some(old) = self.flights.before(of, taught) else { return };
        match held.change(of, &old, &taught.1) {
            Meaning::Nothing => {}
            Meaning::Holds(held, may) => {
                self.change_models(|setup| setup.models.replacing(&held, &may, setup.basis()));
            }
            Meaning::UnknownMember => {
                self.change_models(|setup| setup.models.groups_late(setup.basis()));
            }
            Meaning::Unknown => self.change_models(|setup| setup.models.all_late(setup.basis())),
        }
    }

    /// Nobody knows any more what the models hold.
    pub(super) fn doubt_models(&self) {
        let mut held = self.lock_held();
        if held.whom != Whom::Nobody {
            *held = Held::unknown();
            self.change_models(|setup| setup.models.all_late(setup.basis()));
        }
    }

    /// Goes over to other models. Who does it has locked what is held, and so does whoever
    /// fits or swaps; only what is found about everybody may change meanwhile.
    fn change_models(&self, change: impl FnOnce(&Setup) -> Models) {
        let models = change(&self.setup());
        let mut current = self.setup.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(current.with_models(models));
    }

    /// The models that may hold what somebody took back since they were fitted, until the
    /// next [`fit`](Self::fit), by name. It is time for one where there are any that should
    /// not; see [`Recommender::forgets`](crate::Recommender::forgets).
    #[must_use]
    pub fn late_models(&self) -> Vec<Arc<str>> {
        self.setup().models.late.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Line;

    fn bought(lines: u32) -> Contribution {
        let item = "an item with a name as long as they come in some catalogues of some shops";
        let line = |order| Line { order, item: item.into(), day: 1, n: 1 };
        Contribution { bought: (0..lines).map(line).collect(), ..Contribution::default() }
    }

    fn key(n: u32) -> Key {
        Key::new(n.to_le_bytes().to_vec(), 0)
    }

    #[test]
    fn what_is_held_is_what_was_before_the_first_change() {
        let mut held = Held::as_learned();
        let none = Contribution::default();
        for (old, new) in [(2, 3), (3, 5), (5, 9)] {
            let meaning = held.change(&key(1), &bought(old), &bought(new));
            assert!(matches!(meaning, Meaning::Nothing));
        }
        let meaning = held.change(&key(1), &bought(9), &bought(3));
        assert!(matches!(meaning, Meaning::Nothing), "what went came since");
        let meaning = held.change(&key(1), &bought(3), &bought(1));
        assert!(
            matches!(meaning, Meaning::Holds(held, kept) if (&held, &kept) == (&bought(2), &bought(1)))
        );
        // From now on they hold what is learned.
        let meaning = held.change(&key(1), &bought(1), &none);
        assert!(matches!(meaning, Meaning::Holds(held, _) if held == bought(1)));
        assert_eq!((held.before.len(), held.bytes), (0, 0));
    }

    /// They go on holding what was learned at the fit, in another place.
    #[test]
    fn who_leaves_a_segment_is_held_as_before() {
        let member = |lines, of: &str| Contribution { within: Some(of.into()), ..bought(lines) };
        let mut held = Held::as_learned();
        held.change(&key(1), &member(2, "students"), &member(3, "students"));
        let meaning = held.change(&key(1), &member(3, "students"), &member(3, "families"));
        let Meaning::Holds(before, after) = meaning else { panic!("it leaves") };
        assert!(before == member(2, "students") && after == member(2, "families"));
        let meaning = held.change(&key(1), &member(3, "families"), &bought(3));
        let Meaning::Holds(before, after) = meaning else { panic!("it leaves") };
        assert!(before == member(2, "families") && after == bought(2));
        let meaning = held.change(&key(1), &bought(3), &Contribution::default());
        assert!(matches!(meaning, Meaning::Holds(before, _) if before == bought(2)));
        // Who was no member at the fit is none to leave.
        held.change(&key(2), &bought(1), &member(1, "students"));
        let meaning = held.change(&key(2), &member(1, "students"), &member(1, "families"));
        assert!(matches!(meaning, Meaning::Nothing));
    }

    #[test]
    fn where_there_is_no_room_nobody_knows() {
        let mut held = Held::as_learned();
        for n in 0.. {
            let meaning = held.change(&key(n), &bought(4_000), &bought(4_001));
            assert!(matches!(meaning, Meaning::Nothing));
            assert!(held.bytes <= ROOM);
            if held.whom == Whom::Unknown {
                break;
            }
        }
        assert_eq!((held.before.len(), held.bytes), (0, 0));
        let meaning = held.change(&key(0), &bought(3), &bought(2));
        assert!(matches!(meaning, Meaning::Unknown));
    }
}
