//! Changes of records that are being committed. Two of one customer are committed one after the
//! other and may take effect in another order; then the later one speaks for both.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;

use super::Engine;
use super::load::Changes;
use crate::learn::Contribution;
use crate::store::{Expected, Key};

/// What somebody added, and what they add now.
pub(super) type Taught = Arc<(Contribution, Contribution)>;

/// Of each record, what is under way, and what was while something still is.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Vec<Flight>>>);

#[derive(Clone)]
struct Flight {
    /// Which version of the record it follows from, and what it makes of it.
    from: Expected,
    to: Expected,
    /// What it changes of what was learned.
    taught: Option<Taught>,
    /// Whether one that follows from it took effect, and with it this one.
    overtaken: bool,
    landed: bool,
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Vec<Flight>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What somebody added before a change and all those under way from which it follows,
    /// which are overtaken; nothing if it is overtaken itself.
    pub(super) fn before(&self, of: &Key, taught: &Taught) -> Option<Contribution> {
        let mut flights = self.lock();
        let flights = flights.get_mut(of).map(Vec::as_mut_slice).unwrap_or_default();
        let is_own =
            |flight: &Flight| matches!(&flight.taught, Some(it) if Arc::ptr_eq(it, taught));
        let Some(own) = flights.iter_mut().find(|flight| is_own(flight)) else {
            return Some(taught.0.clone());
        };
        if std::mem::replace(&mut own.overtaken, true) {
            return None;
        }
        let (mut before, mut from) = (taught.0.clone(), own.from);
        while let Some(flight) = flights.iter_mut().find(|it| !it.overtaken && it.to == from) {
            flight.overtaken = true;
            from = flight.from;
            if let Some(taught) = &flight.taught {
                before = taught.0.clone();
            }
        }
        Some(before)
    }
}

/// The commit of a record, if there is one among some changes.
fn flight(changes: &Changes) -> Option<(Key, Flight)> {
    let (of, taught) = changes.of()?;
    let mut writes = changes.batches().iter().flat_map(|batch| {
        let own = batch.writes.iter().filter(|write| write.key == *of);
        own.map(|write| (write, batch.version))
    });
    let (write, version) = writes.next()?;
    let to = if write.value.is_some() { Expected::Version(version) } else { Expected::Absent };
    let (from, taught) = (write.expected, taught.cloned());
    Some((of.clone(), Flight { from, to, taught, overtaken: false, landed: false }))
}

/// Changes that are being committed, until this is dropped.
pub(super) struct UnderWay<'a> {
    flights: &'a Flights,
    those: Vec<(Key, Expected, Expected)>,
}

impl Engine {
    /// Says which records are written by what is about to be committed.
    pub(super) fn take_off<'a>(&'a self, changes: &[Changes]) -> UnderWay<'a> {
        let flights: Vec<(Key, Flight)> = changes.iter().filter_map(flight).collect();
        let those = flights.iter().map(|(of, it)| (of.clone(), it.from, it.to)).collect();
        let mut under_way = self.flights.lock();
        for (of, flight) in flights {
            under_way.entry(of).or_default().push(flight);
        }
        UnderWay { flights: &self.flights, those }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut under_way = self.flights.lock();
        for (of, from, to) in &self.those {
            let Some(flights) = under_way.get_mut(of) else { continue };
            let own = |it: &&mut Flight| !it.landed && (it.from, it.to) == (*from, *to);
            flights.iter_mut().find(own).into_iter().for_each(|flight| flight.landed = true);
            if flights.iter().all(|flight| flight.landed) {
                under_way.remove(of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Line;
    use crate::store::Version;

    fn bought(lines: u32) -> Contribution {
        let line = |order| Line { order, item: "tea".into(), day: 1, n: 1 };
        Contribution { bought: (0..lines).map(line).collect(), ..Contribution::default() }
    }

    /// From which version to which, nothing for none; what was added before and after.
    type Plan = (u8, u8, Option<(u32, u32)>);

    /// Flights of one record.
    fn flights(all: &[Plan]) -> (Flights, Key, Vec<Option<Taught>>) {
        let version = |n: u8| match n {
            0 => Expected::Absent,
            n => Expected::Version(Version::from_bytes([n; 16])),
        };
        let flight = |(from, to, lines): &Plan| Flight {
            from: version(*from),
            to: version(*to),
            taught: lines.map(|(old, new)| Arc::new((bought(old), bought(new)))),
            overtaken: false,
            landed: false,
        };
        let of = Key::new(b"ana".to_vec(), 0);
        let those: Vec<Flight> = all.iter().map(flight).collect();
        let taught = those.iter().map(|flight| flight.taught.clone()).collect();
        (Flights(Mutex::new([(of.clone(), those)].into_iter().collect())), of, taught)
    }

    #[test]
    fn who_is_erased_and_comes_back_was_what_they_were() {
        let (flights, of, taught) = flights(&[(1, 0, Some((5, 0))), (0, 2, Some((0, 3)))]);
        let [Some(erased), Some(back)] = &taught[..] else { panic!("both teach") };
        assert_eq!(flights.before(&of, back), Some(bought(5)));
        assert_eq!(flights.before(&of, erased), None);
    }

    #[test]
    fn what_teaches_nothing_leads_on() {
        let (flights, of, taught) =
            flights(&[(1, 2, Some((4, 5))), (2, 3, None), (3, 0, Some((5, 0)))]);
        let [Some(more), None, Some(erased)] = &taught[..] else { panic!("two teach") };
        assert_eq!(flights.before(&of, erased), Some(bought(4)));
        assert_eq!(flights.before(&of, more), None);
    }

    #[test]
    fn in_the_order_of_commits_each_speaks_for_itself() {
        let (flights, of, taught) = flights(&[(1, 2, Some((4, 5))), (2, 0, Some((5, 0)))]);
        let [Some(more), Some(erased)] = &taught[..] else { panic!("both teach") };
        assert_eq!(flights.before(&of, more), Some(bought(4)));
        assert_eq!(flights.before(&of, erased), Some(bought(5)));
        let other = Arc::new((bought(1), bought(2)));
        assert_eq!(flights.before(&of, &other), Some(bought(1)), "one that nobody announced");
    }

    #[test]
    fn what_landed_is_known_while_others_are_under_way() {
        let (flights, of, _) = flights(&[(1, 2, Some((4, 5))), (2, 3, None)]);
        let ends: Vec<(Expected, Expected)> =
            flights.lock().values().flatten().map(|flight| (flight.from, flight.to)).collect();
        let land = |n: usize| {
            let (from, to) = ends[n];
            drop(UnderWay { flights: &flights, those: vec![(of.clone(), from, to)] });
        };
        land(1);
        assert_eq!(flights.lock().get(&of).map(Vec::len), Some(2));
        land(0);
        assert!(flights.lock().is_empty());
    }
}
