//! What the merchant wants, whatever a model says.

use super::super::Ranked;
use super::{limited, weighed};

/// What the rules know of an item for this customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Facts {
    pub(crate) available: bool,
    /// Never to be shown.
    pub(crate) excluded: bool,
    /// After everything that is not.
    pub(crate) buried: bool,
    /// The customer has it.
    pub(crate) owned: bool,
    /// It is used up and bought again, so owning it is no reason against it.
    pub(crate) replenished: bool,
    /// How often it was shown since the customer last turned to it.
    pub(crate) ignored: u32,
    /// The score times this.
    pub(crate) boost: f64,
    /// What is earned with it, as a share of its price.
    pub(crate) margin: f64,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            available: true,
            excluded: false,
            buried: false,
            owned: false,
            replenished: false,
            ignored: 0,
            boost: 1.0,
            margin: 0.0,
        }
    }
}

/// The rules for all items.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rules {
    /// Items with their places, from 0. The first pin of an item counts; of two at one
    /// place, the second comes right after the first.
    pub(crate) pins: Vec<(u32, usize)>,
    /// The score times 1 + this * the margin; 0 if margins do not matter.
    pub(crate) margin: f64,
    /// The score times this for each time it was shown and ignored; 1 if that does not
    /// matter.
    pub(crate) fatigue: f64,
    /// Left out once ignored so often.
    pub(crate) enough: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self { pins: Vec::new(), margin: 0.0, fatigue: 1.0, enough: u32::MAX }
    }
}

/// The first `n` of a list by the rules, or all that exist. In this order:
///
/// 1. left out is what is unavailable, excluded, owned (unless replenished) or ignored too
///    often, pinned or not;
/// 2. scores are weighed by boost, margin and fatigue, and the list put in order;
/// 3. `arrange` makes it varied, or leaves it;
/// 4. what is buried comes after all that is not;
/// 5. what is pinned takes its place, or comes last where the list is shorter, whether or
///    not it was in the list.
pub(crate) fn apply(
    mut list: Vec<Ranked>,
    n: usize,
    rules: &Rules,
    facts: impl Fn(u32) -> Facts,
    arrange: impl FnOnce(Vec<Ranked>) -> Vec<Ranked>,
) -> Vec<Ranked> {
    list.retain(|ranked| rules.may_show(&facts(ranked.item)));
    let list = arrange(weighed(list, |item| rules.factor(&facts(item))));
    let list = buried(list, |item| facts(item).buried);
    let pins = rules.pins.iter().copied().filter(|(item, _)| rules.may_show(&facts(*item)));
    pinned(list, pins.collect(), n)
}

impl Rules {
    pub(crate) fn may_show(&self, facts: &Facts) -> bool {
        facts.available
            && !facts.excluded
            && (!facts.owned || facts.replenished)
            && facts.ignored < self.enough
    }

    fn factor(&self, facts: &Facts) -> f64 {
        let margin = 1.0 + self.margin * facts.margin;
        let fatigue = libm::pow(self.fatigue, f64::from(facts.ignored));
        [facts.boost, margin, fatigue].into_iter().map(limited).product()
    }
}

/// What is buried after all that is not, each in order.
fn buried(list: Vec<Ranked>, is_buried: impl Fn(u32) -> bool) -> Vec<Ranked> {
    let (mut below, mut list): (Vec<_>, Vec<_>) =
        list.into_iter().partition(|ranked| is_buried(ranked.item));
    list.append(&mut below);
    list
}

/// The first `n` with pins in their places and all others around them, in order.
fn pinned(list: Vec<Ranked>, pins: Vec<(u32, usize)>, n: usize) -> Vec<Ranked> {
    let mut waiting: Vec<(usize, Ranked)> = Vec::new();
    for (item, place) in pins {
        if waiting.iter().all(|(_, ranked)| ranked.item != item) {
            let found = list.iter().find(|ranked| ranked.item == item);
            let unranked = || Ranked { item, score: 0.0, because: Vec::new() };
            waiting.push((place, found.cloned().unwrap_or_else(unranked)));
        }
    }
    let mut taken: Vec<u32> = waiting.iter().map(|(_, ranked)| ranked.item).collect();
    taken.sort_unstable();
    waiting.sort_by_key(|(place, _)| *place);
    let mut waiting = waiting.into_iter().peekable();
    let mut others = list.into_iter().filter(|ranked| taken.binary_search(&ranked.item).is_err());
    let next = |place: usize| {
        let due = waiting.next_if(|(pinned, _)| *pinned <= place).map(|(_, ranked)| ranked);
        let next = due.or_else(|| others.next());
        next.or_else(|| waiting.next().map(|(_, ranked)| ranked))
    };
    (0..n).map_while(next).collect()
}
