//! The stage at an instant, and until when time alone leaves it as it is.

use super::{Lifecycle, Stage};
use crate::types::millis;

/// The stage at an instant, and the first later instant at which it is another one if
/// nothing new is told, or at which the next of the orders comes; never is `i64::MAX`.
/// None before the first order.
///
/// The orders are the instants of distinct orders, ascending. All in milliseconds.
pub(crate) fn stage(orders: &[i64], now: i64, lifecycle: &Lifecycle) -> Option<(Stage, i64)> {
    let known = orders.partition_point(|at| *at <= now);
    let (past, coming) = orders.split_at_checked(known)?;
    let standing = Standing::of(past, lifecycle)?;
    let stage = standing.at(now);
    let next = coming.first().copied().unwrap_or(i64::MAX);
    let mut until = standing.edge(now);
    while until < next && standing.at(until) == stage {
        until = standing.edge(until);
    }
    Some((stage, until.min(next)))
}

/// A customer by the orders known at an instant. What the clock alone can change is
/// decided by comparing it with instants that stand still.
struct Standing<'a> {
    orders: &'a [i64],
    lifecycle: &'a Lifecycle,
    rhythm: i64,
    first: i64,
    last: i64,
    /// The order that ended a lapse, if there were few orders since.
    came_back: Option<i64>,
}

impl<'a> Standing<'a> {
    fn of(orders: &'a [i64], lifecycle: &'a Lifecycle) -> Option<Self> {
        Some(Self {
            orders,
            lifecycle,
            rhythm: rhythm(orders, lifecycle),
            first: *orders.first()?,
            last: *orders.last()?,
            came_back: came_back(orders, lifecycle),
        })
    }

    fn at(&self, now: i64) -> Stage {
        let knobs = self.lifecycle;
        let longer_ago = |at: i64, percent: u32| now > self.after(at, percent);
        if longer_ago(self.last, knobs.lapsed) {
            return Stage::Lapsed;
        }
        if longer_ago(self.last, knobs.at_risk) {
            return Stage::AtRisk;
        }
        if self.came_back.is_some_and(|at| !longer_ago(at, knobs.won_back_for)) {
            return Stage::WonBack;
        }
        if self.few() && !longer_ago(self.first, knobs.new_for) {
            return Stage::New;
        }
        self.trend(now)
    }

    /// The window up to now against the one before it.
    fn trend(&self, now: i64) -> Stage {
        let knobs = self.lifecycle;
        let two = self.two_windows();
        if now < self.first.saturating_add(two) {
            return Stage::Active;
        }
        let (in_one, in_both) = (self.younger(self.window(), now), self.younger(two, now));
        let recent = in_one as u128;
        let before = in_both.saturating_sub(in_one) as u128;
        let (growing, declining) = (u128::from(knobs.growing), u128::from(knobs.declining));
        let least = u128::from(knobs.least);
        if recent * 100 >= before * growing && recent >= before + least {
            Stage::Growing
        } else if recent * 100 <= before * declining && before >= recent + least {
            Stage::Declining
        } else {
            Stage::Active
        }
    }

    /// The first instant after this one at which the answer may be another; never is
    /// `i64::MAX`.
    fn edge(&self, now: i64) -> i64 {
        let knobs = self.lifecycle;
        let lapsed = self.after(self.last, knobs.lapsed);
        if now > lapsed {
            return i64::MAX;
        }
        let over = |at: i64, percent: u32| self.after(at, percent).saturating_add(1);
        let edges = [
            Some(lapsed.saturating_add(1)),
            Some(over(self.last, knobs.at_risk)),
            self.came_back.map(|at| over(at, knobs.won_back_for)),
            self.few().then(|| over(self.first, knobs.new_for)),
            // The first order's own turn is when there are two windows to compare.
            self.leaving(self.window(), now),
            self.leaving(self.two_windows(), now),
        ];
        edges.into_iter().flatten().filter(|edge| *edge > now).min().unwrap_or(i64::MAX)
    }

    fn few(&self) -> bool {
        self.orders.len() < self.lifecycle.regular as usize
    }

    fn after(&self, at: i64, percent: u32) -> i64 {
        at.saturating_add(part(self.rhythm, percent))
    }

    fn window(&self) -> i64 {
        part(self.rhythm, self.lifecycle.window)
    }

    fn two_windows(&self) -> i64 {
        self.window().saturating_mul(2)
    }

    /// How many orders are not yet so old.
    fn younger(&self, age: i64, now: i64) -> usize {
        let old = self.orders.partition_point(|at| at.saturating_add(age) <= now);
        self.orders.len() - old
    }

    /// When the next order gets so old.
    fn leaving(&self, age: i64, now: i64) -> Option<i64> {
        let old = self.orders.partition_point(|at| at.saturating_add(age) <= now);
        self.orders.get(old).map(|at| at.saturating_add(age))
    }
}

/// The latest order at which the customer was lapsed without it, unless so many came
/// since that it is settled.
fn came_back(orders: &[i64], lifecycle: &Lifecycle) -> Option<i64> {
    let settled = lifecycle.settled as usize;
    let recent = orders.len().saturating_sub(settled).max(1)..orders.len();
    recent.rev().find_map(|place| {
        let before = orders.get(..place)?;
        let lapsed = part(rhythm(before, lifecycle), lifecycle.lapsed);
        let at = *orders.get(place)?;
        (at > before.last()?.saturating_add(lapsed)).then_some(at)
    })
}

/// The median of the latest gaps, or what is typical, within the host's bounds.
fn rhythm(orders: &[i64], lifecycle: &Lifecycle) -> i64 {
    let own = if orders.len() < lifecycle.own_from as usize {
        None
    } else {
        let latest = orders.len().saturating_sub(lifecycle.gaps as usize + 1);
        median(orders.get(latest..).unwrap_or_default())
    };
    let rhythm = own.unwrap_or(millis(lifecycle.typical));
    rhythm.max(millis(lifecycle.shortest)).min(millis(lifecycle.longest))
}

/// The median gap; between two middle ones, half way, rounded down.
fn median(orders: &[i64]) -> Option<i64> {
    let pairs = orders.iter().zip(orders.iter().skip(1));
    let mut gaps: Vec<i64> = pairs.map(|(a, b)| b.saturating_sub(*a)).collect();
    gaps.sort_unstable();
    let middle = gaps.len() / 2;
    let upper = *gaps.get(middle)?;
    if gaps.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *gaps.get(middle.checked_sub(1)?)?;
    Some(lower + (upper - lower) / 2)
}

/// So many per cent of a length of time, rounded down.
fn part(length: i64, percent: u32) -> i64 {
    length.saturating_mul(i64::from(percent)) / 100
}
