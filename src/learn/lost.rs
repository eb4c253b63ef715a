//! Whether a customer takes something back: what models learned from it before is to be
//! forgotten at once, where they can.

use std::collections::{BTreeMap, BTreeSet};

use super::contribution::{Contribution, Line, MOST_ITEMS, MOST_LINES};
use super::visits::{MOST_VISITS, Visit};
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
        let bought: Vec<Line> = bought.collect();
        // Who counted within no segment waits for the next fit.
        let within = self.within.as_ref().and(now.within.clone());
        Self {
            within: within.filter(|_| !bought.is_empty()),
            bought,
            visits: visits.cloned().collect(),
            answered: answered.collect(),
        }
    }

    /// Whether it was counted within a segment in which it is no more.
    pub(crate) fn leaves(&self, now: &Self) -> bool {
        self.within.is_some() && self.within != now.within
    }

    fn loses_purchases(&self, now: &Self) -> bool {
        let (before, after) = (self.by_day(), now.by_day());
        let (items, lines) = (now.items_from(), now.lines_from());
        let there: BTreeSet<&ItemId> = now.bought.iter().map(|line| &line.item).collect();
        before.iter().any(|((item, day), n)| {
            let gave_way = lines.is_some_and(|from| *day <= from)
                || items.is_some_and(|from| *day <= from) && !there.contains(item);
            !gave_way && after.get(&(*item, *day)).is_none_or(|now| now < n)
        })
    }

    fn by_day(&self) -> Bought<'_> {
        let mut by_day = Bought::new();
        for line in &self.bought {
            *by_day.entry((&line.item, line.day)).or_default() += u64::from(line.n);
        }
        by_day
    }

    /// Up to this day items may have given way to others, with all their purchases.
    fn items_from(&self) -> Option<i32> {
        let mut last: BTreeMap<&ItemId, i32> = BTreeMap::new();
        for line in &self.bought {
            let day = last.entry(&line.item).or_insert(i32::MIN);
            *day = line.day.max(*day);
        }
        last.values().min().filter(|_| last.len() >= MOST_ITEMS).copied()
    }

    /// Up to this day single purchases may have given way to later ones.
    fn lines_from(&self) -> Option<i32> {
        let first = self.bought.iter().map(|line| line.day).min();
        first.filter(|_| self.bought.len() >= MOST_LINES)
    }

    fn loses_looks(&self, now: &Self) -> bool {
        let full = now.visits.len() >= MOST_VISITS;
        let from = now.visits.first().map(|visit| visit.at).filter(|_| full);
        let mut visits = self.visits.iter().filter(|it| from.is_none_or(|from| it.at >= from));
        // Each of those that are there is one of those that were.
        let mut there: Vec<&Visit> = now.visits.iter().collect();
        visits.any(|visit| {
            let place = there.iter().position(|now| now.goes_on_from(visit));
            place.map(|place| there.remove(place)).is_none()
        })
    }

    fn loses_answers(&self, now: &Self) -> bool {
        self.answered.iter().any(|(action, shown, accepted)| {
            let after = now.answered.iter().find(|(other, ..)| other == action);
            after.is_none_or(|(_, now, taken)| now < shown || taken < accepted)
        })
    }
}

impl Visit {
    /// Whether it is a visit, or that one after more of it is known: the same looks in the same
    /// order, with others before, between and behind them.
    fn goes_on_from(&self, before: &Self) -> bool {
        let mut looks = self.items.iter();
        self.at >= before.at && before.items.iter().all(|item| looks.any(|look| look == item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            (
                "another visit for one",
                looked(&[(5, &["a", "b"])]),
                looked(&[(9, &["b", "a"])]),
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
        let none = Contribution::default();
        let of = |segment: &str| Contribution {
            within: Some(segment.into()),
            ..bought(&[(0, "tea", 5, 1)])
        };
        assert_eq!(of("students").kept_in(&of("families")), of("families"));
        assert_eq!(of("students").kept_in(&bought(&[(0, "tea", 5, 1)])).within, None);
        assert_eq!(bought(&[(0, "tea", 5, 1)]).kept_in(&of("families")).within, None);
        // Who bought nothing of what they bought before is no member who bought.
        assert_eq!(of("students").kept_in(&member("students")), none);
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
        // An old purchase of an item that is still there is deleted.
        let twice = |day| {
            let mut lines: Vec<_> = (1..=MOST_ITEMS).map(line).collect();
            lines.insert(0, (0, names[MOST_ITEMS].as_str(), day, 1));
            bought(&lines)
        };
        assert!(!twice(0).loses(&twice(0)));
        assert!(twice(0).loses(&bought(&later)));
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
