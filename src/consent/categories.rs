//! Data categories as a policy knows them: each with why and how long it is kept and what
//! it is, in a tree; and sets of them, as bits by their number.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::types::{Basis, DataCategory};

/// A set of data categories, as bits by their number in the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Categories(u64);

impl Categories {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn one(number: usize) -> Self {
        Self(1u64.checked_shl(number as u32).unwrap_or(0))
    }

    /// The first so many.
    pub(super) fn first(count: usize) -> Self {
        Self(u64::MAX.checked_shr(64 - count.min(64) as u32).unwrap_or(0))
    }

    pub(crate) fn has(self, number: usize) -> bool {
        self.covers(Self::one(number)) && number < 64
    }

    pub(crate) fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What the policy says of one category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CategoryRule {
    pub(super) category: DataCategory,
    pub(super) basis: Basis,
    pub(super) special: bool,
    /// Whether it is worked out from other data.
    pub(super) inferred: bool,
    /// Whether what is known of it may be said aloud; if nothing is said, unless it is
    /// special.
    pub(super) mention: Option<bool>,
    /// Whether all that is not necessary is left out of what is kept without consent.
    pub(super) reduced: bool,
    /// For how long after it happened; for ever, if nothing is said.
    pub(super) keep: Option<Duration>,
    /// The category that this one is a part of.
    pub(super) within: Option<DataCategory>,
}

impl CategoryRule {
    pub(super) fn new(category: DataCategory, basis: Basis) -> Self {
        Self {
            category,
            basis,
            special: false,
            inferred: false,
            mention: None,
            reduced: false,
            keep: None,
            within: None,
        }
    }
}

/// Every category that a policy knows, by number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CategoryRules(Vec<CategoryRule>);

impl CategoryRules {
    /// Those of ours: purchases, service and what is owned are kept by contract, the rest by
    /// consent; posts and readings are special.
    pub(super) fn usual() -> Self {
        let by_contract = [DataCategory::Purchases, DataCategory::Service, DataCategory::Ownership];
        let special = [DataCategory::Posts, DataCategory::Readings];
        let rule = |category| {
            let contract = by_contract.contains(&category);
            let basis = if contract { Basis::Contract } else { Basis::Consent };
            let special = special.contains(&category);
            CategoryRule { special, ..CategoryRule::new(category, basis) }
        };
        Self(DataCategory::BASE.map(rule).into())
    }

    /// The rule of a category, which is known from now on.
    pub(super) fn of(&mut self, category: DataCategory) -> &mut CategoryRule {
        let at = self.number(&category).unwrap_or_else(|| {
            self.0.push(CategoryRule::new(category, Basis::Consent));
            self.0.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or pushed on the line above")]
        &mut self.0[at]
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &CategoryRule> {
        self.0.iter()
    }

    pub(super) fn get(&self, number: usize) -> Option<&CategoryRule> {
        self.0.get(number)
    }

    pub(super) fn number(&self, category: &DataCategory) -> Option<usize> {
        self.0.iter().position(|rule| rule.category == *category)
    }

    /// The order in which categories of the host's own are named does not matter.
    pub(super) fn sort(&mut self) {
        if let Some(own) = self.0.get_mut(DataCategory::BASE.len()..) {
            own.sort_by(|a, b| a.category.cmp(&b.category));
        }
    }

    /// A category and all that it is a part of, the nearest first; it ends where the tree
    /// leads in a circle.
    pub(super) fn outwards(&self, number: usize) -> impl Iterator<Item = &CategoryRule> {
        let wider = |rule: &&CategoryRule| self.0.get(self.number(rule.within.as_ref()?)?);
        std::iter::successors(self.0.get(number), wider).take(self.0.len())
    }

    /// Whether the tree leads from every category to one that is a part of none.
    pub(super) fn is_a_tree(&self) -> bool {
        let ends = |number| self.outwards(number).any(|rule| rule.within.is_none());
        (0..self.0.len()).all(ends)
    }

    /// Those of which something is so, of themselves or of what they are a part of.
    pub(super) fn that(&self, is_so: impl Fn(&CategoryRule) -> bool) -> Categories {
        let so = |number: &usize| self.outwards(*number).any(&is_so);
        let those = (0..self.0.len()).filter(so).map(Categories::one);
        those.fold(Categories::NONE, Categories::or)
    }

    /// Those that are named, with all that is a part of them: special ones only where they
    /// are named themselves.
    pub(super) fn named(&self, named: &[DataCategory], special: Categories) -> Categories {
        let own = named.iter().filter_map(|category| self.number(category));
        let own = own.map(Categories::one).fold(Categories::NONE, Categories::or);
        if self.0.iter().all(|rule| rule.within.is_none()) {
            return own;
        }
        own.or(self.that(|rule| named.contains(&rule.category)).without(special))
    }
}
