//! Whether a customer takes something back: what models learned from it before is to be
//! forgotten at once, where they can.

use std::collections::BTreeMap;

use super::contribution::{Contribution, Line, MOST_ITEMS, MOST_LINES};
use super::visits::MOST_VISITS;
use crate::types::ItemId;

/// Purchases by item and day.
type Bought<'a> = BTreeMap<(&'a ItemId, i32), u64>;

impl Contribution {
    /// Whether anything that was added before is not in what is added now. What gave way to
    /// something later, where a customer adds all that one may add, is no loss.
    pub(crate) fn loses(&self, now: &Self) -> bool {
        self.loses_purchases(now) || self.loses_looks(now) || self.loses_answers(now)
    }

    /// What is left of it where somebody adds no more than that now: each purchase and each
    /// answer that is still there, and the visits that are as they were.
    pub(crate) fn kept_in(&self, now: &Self) -> Self {
        let mut left = now.by_day();
        let bought = self.bought.iter().filter_map(|line| {
            let left = left.get_mut(&(&line.item, line.day))?;
            let n = u32::try_from(*left).unwrap_or(u32::MAX).min(line.n);
            *left -= u64::from(n);
            (n > 0).then(|| Line { n, ..line.clone() })
        });
        let visits = self.visits.iter().filter(|visit| now.visits.contains(visit));
        let answered = self.answered.iter().filter_map(|(action, shown, accepted)| {
            let (_, most, taken) = now.answered.iter().find(|(other, ..)| other == action)?;
            Some((action.clone(), *shown.min(most), *accepted.min(taken)))
        });
        Self {
            bought: bought.collect(),
            visits: visits.cloned().collect(),
            answered: answered.collect(),
            // Who counted within no segment waits for the next fit.
            within: self.within.as_ref().and(now.within.clone()),
        }
    }

    /// Whether it was counted within a segment in which it is no more.
    pub(crate) fn leaves(&self, now: &Self) -> bool {
        self.within.is_some() && self.within != now.within
    }

    fn loses_purchases(&self, now: &Self) -> bool {
        let (before, after) = (self.by_day(), now.by_day());
        let from = now.bought_from();
        let gone = |(cell, n): (&(&ItemId, i32), &u64)| after.get(cell).is_none_or(|now| now < n);
        before.iter().filter(|((_, day), _)| *day > from).any(gone)
    }

    fn by_day(&self) -> Bought<'_> {
        let mut by_day = Bought::new();
        for line in &self.bought {
            *by_day.entry((&line.item, line.day)).or_default() += u64::from(line.n);
        }
        by_day
    }

    /// Up to this day purchases may have given way to later ones.
    fn bought_from(&self) -> i32 {
        let mut last: BTreeMap<&ItemId, i32> = BTreeMap::new();
        for line in &self.bought {
            let day = last.entry(&line.item).or_insert(i32::MIN);
            *day = line.day.max(*day);
        }
        let items = last.values().min().filter(|_| last.len() >= MOST_ITEMS);
        let lines = self.bought.iter().map(|line| line.day).min();
        let lines = lines.filter(|_| self.bought.len() >= MOST_LINES);
        items.copied().max(lines).unwrap_or(i32::MIN)
    }

    /// Looks count by item: one more of them moves the end of a visit.
    fn loses_looks(&self, now: &Self) -> bool {
        let full = now.visits.len() >= MOST_VISITS;
        let from = now.visits.first().map(|visit| visit.at).filter(|_| full);
        let visits = self.visits.iter().filter(|visit| from.is_none_or(|from| visit.at >= from));
        let mut looks: BTreeMap<&ItemId, i64> = BTreeMap::new();
        for item in now.visits.iter().flat_map(|visit| &visit.items) {
            *looks.entry(item).or_default() += 1;
        }
        for item in visits.flat_map(|visit| &visit.items) {
            *looks.entry(item).or_default() -= 1;
        }
        looks.values().any(|left| *left < 0)
    }

    fn loses_answers(&self, now: &Self) -> bool {
        self.answered.iter().any(|(action, shown, accepted)| {
            let after = now.answered.iter().find(|(other, ..)| other == action);
            after.is_none_or(|(_, now, taken)| now < shown || taken < accepted)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Visit;

    fn bought(lines: &[(u32, &str, i32, u32)]) -> Contribution {
        let line = |(order, item, day, n): &(u32, &str, i32, u32)| Line {
            order: *order,
            item: (*item).into(),
            day: *day,
            n: *n,
        };
        Contribution { bought: lines.iter().map(line).collect(), ..Contribution::default() }
    }

    fn looked(visits: &[(i64, &[&str])]) -> Contribution {
        let visit = |(at, items): &(i64, &[&str])| Visit {
            at: *at,
            items: items.iter().map(|item| (*item).into()).collect(),
        };
        Contribution { visits: visits.iter().map(visit).collect(), ..Contribution::default() }
    }

    fn answered(shown: u32, accepted: u32) -> Contribution {
        let answered = vec![("ten-off".into(), shown, accepted)];
        Contribution { answered, ..Contribution::default() }
    }

    fn member(segment: &str) -> Contribution {
        Contribution { within: Some(segment.into()), ..Contribution::default() }
    }

    #[test]
    fn what_is_taken_back_and_what_is_not() {
        let none = Contribution::default();
        let cases = [
            ("nothing", none.clone(), none.clone(), false),
            ("all purchases", bought(&[(0, "tea", 5, 1)]), none.clone(), true),
            ("one more", bought(&[(0, "tea", 5, 1)]), bought(&[(0, "tea", 5, 2)]), false),
            ("one less", bought(&[(0, "tea", 5, 2)]), bought(&[(0, "tea", 5, 1)]), true),
            ("another day", bought(&[(0, "tea", 5, 1)]), bought(&[(0, "tea", 6, 1)]), true),
            (
                "an order before it came late",
                bought(&[(0, "tea", 5, 1)]),
                bought(&[(0, "pot", 4, 1), (1, "tea", 5, 1)]),
                false,
            ),
            (
                "a longer visit",
                looked(&[(5, &["a", "b"])]),
                looked(&[(7, &["a", "b", "a"])]),
                false,
            ),
            (
                "a shorter visit",
                looked(&[(7, &["a", "b", "a"])]),
                looked(&[(5, &["a", "b"])]),
                true,
            ),
            ("all visits", looked(&[(7, &["a", "b"])]), none.clone(), true),
            ("more answers", answered(1, 0), answered(2, 1), false),
            ("fewer answers", answered(2, 1), answered(2, 0), true),
            ("no answers", answered(2, 1), none, true),
            ("a member of another", member("students"), member("families"), false),
        ];
        for (what, before, now, expected) in cases {
            assert_eq!(before.loses(&now), expected, "{what}");
        }
    }

    #[test]
    fn what_is_left_is_what_was_and_still_is() {
        let now = bought(&[(0, "pot", 4, 1), (1, "tea", 5, 2), (2, "tea", 9, 1)]);
        let held = bought(&[(0, "mug", 3, 1), (1, "tea", 5, 1), (2, "tea", 5, 3)]);
        let kept = bought(&[(1, "tea", 5, 1), (2, "tea", 5, 1)]);
        assert_eq!(held.kept_in(&now), kept);
        assert_eq!(now.kept_in(&now), now);
        let (long, short) = (looked(&[(3, &["a", "b"]), (9, &["a"])]), looked(&[(9, &["a"])]));
        assert_eq!(long.kept_in(&short), short);
        assert_eq!(short.kept_in(&long), short);
        assert_eq!(answered(5, 1).kept_in(&answered(3, 2)), answered(3, 1));
        assert_eq!(member("students").kept_in(&member("families")), member("families"));
        let none = Contribution::default();
        assert_eq!(none.kept_in(&member("families")), none);
        assert_eq!(answered(5, 1).kept_in(&none), none);
    }

    #[test]
    fn who_leaves_a_segment_and_who_does_not() {
        let none = Contribution::default();
        let cases = [
            ("for the first time", none.clone(), member("students"), false),
            ("as before", member("students"), member("students"), false),
            ("in another", member("students"), member("families"), true),
            ("no more", member("students"), none, true),
        ];
        for (what, before, now, expected) in cases {
            assert_eq!(before.leaves(&now), expected, "{what}");
        }
    }

    /// Who adds all that one may add makes room for what comes later.
    #[test]
    fn what_gave_way_is_not_taken_back() {
        let names: Vec<String> = (0..=MOST_ITEMS).map(|n| format!("i{n:04}")).collect();
        let line = |n: usize| (n as u32, names[n].as_str(), n as i32, 1);
        let lines: Vec<_> = (0..MOST_ITEMS).map(line).collect();
        let later: Vec<_> = (1..=MOST_ITEMS).map(line).collect();
        let fewer: Vec<_> = (0..MOST_ITEMS).filter(|n| *n != 7).map(line).collect();
        assert!(!bought(&lines).loses(&bought(&later)));
        assert!(bought(&lines).loses(&bought(&fewer)));
        // One is deleted, and an older one takes its place.
        let without: Vec<_> = (0..=MOST_ITEMS).filter(|n| *n != 7).map(line).collect();
        assert!(bought(&later).loses(&bought(&without)));

        let visit = |at: usize| (at as i64, &["a", "b"][..]);
        let visits: Vec<_> = (0..MOST_VISITS).map(visit).collect();
        let later: Vec<_> = (1..=MOST_VISITS).map(visit).collect();
        let fewer: Vec<_> = (1..MOST_VISITS).map(visit).collect();
        assert!(!looked(&visits).loses(&looked(&later)));
        assert!(looked(&visits).loses(&looked(&fewer)));
    }
}
