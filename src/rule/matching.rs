//! Which behaviours a question is about, compiled: the filter of the view's columns, and
//! what else is asked of a row.
#![allow(
    clippy::indexing_slicing,
    reason = "the columns of a view are of one length, and every row number comes from it"
)]

use std::sync::Arc;

use super::behaviours::{Behaviours, Priced, Property};
use super::ground::Ground;
use super::matcher::Matcher;
use crate::consent::Categories;
use crate::error::{Error, Result};
use crate::types::check_text;
use crate::view::{Filter, Rows, View, Which};

/// Some [`Behaviours`], compiled.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Matching {
    pub(super) filter: Filter,
    amounts: Option<Amounts>,
    prices: Option<Amounts>,
    properties: Vec<Noted>,
    pub(super) needs: Categories,
}

/// A range of amounts in the currency of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Amounts {
    currency: u32,
    least: i64,
    most: i64,
}

/// What a property must be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Noted {
    category: Option<usize>,
    name: Arc<str>,
    test: Arc<Matcher>,
}

impl Matching {
    /// # Errors
    /// Something is named that is not there, or a test cannot work.
    pub(super) fn compile(of: &Behaviours, ground: Ground<'_>) -> Result<Self> {
        let which = Which {
            kinds: &of.kinds,
            channels: &of.channels,
            items: &of.items,
            categories: &of.categories,
        };
        let filter = Filter::compile(which, ground.catalog, ground.policy)?;
        let noted = |property: &Property| Noted::compile(property, ground);
        let properties: Vec<Noted> = of.properties.iter().map(noted).collect::<Result<_>>()?;
        let own = properties.iter().filter_map(|noted| noted.category).map(Categories::one);
        let needs = own.fold(filter.needs(), Categories::or);
        let (amounts, prices) = (narrowest(&of.amounts)?, narrowest(&of.prices)?);
        Ok(Self { filter, amounts, prices, properties, needs })
    }

    /// Whether nothing but the kind is asked.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.filter.is_plain() && self.is_by_filter()
    }

    /// Whether nothing is asked but what the filter tells.
    #[inline]
    fn is_by_filter(&self) -> bool {
        self.amounts.is_none() && self.prices.is_none() && self.properties.is_empty()
    }

    /// The places of categories, where these and the kind are all that is asked.
    #[inline]
    pub(super) fn only_places(&self) -> Option<&[(u32, u32)]> {
        self.filter.only_places().filter(|_| self.is_by_filter())
    }

    /// Whether a row matches.
    #[inline]
    pub(super) fn matches(&self, view: &View, row: usize) -> bool {
        self.filter.matches(view.rows(), row) && self.passes(view, row)
    }

    /// Whether a row that is of a kind that matches does so altogether.
    #[inline]
    pub(super) fn narrows(&self, view: &View, row: usize) -> bool {
        self.filter.narrows(view.rows(), row) && self.passes(view, row)
    }

    fn passes(&self, view: &View, row: usize) -> bool {
        let rows = view.rows();
        self.amounts.is_none_or(|amounts| amounts.holds(rows, row, Some(rows.amount[row])))
            && self.prices.is_none_or(|prices| prices.holds(rows, row, price(rows, row)))
            && self.properties.iter().all(|noted| noted.holds(view, row))
    }
}

impl Amounts {
    fn holds(self, rows: &Rows, row: usize, amount: Option<i64>) -> bool {
        rows.currency[row] == self.currency
            && amount.is_some_and(|amount| (self.least..=self.most).contains(&amount))
    }
}

/// What one piece costs, rounded down; nothing of no pieces.
fn price(rows: &Rows, row: usize) -> Option<i64> {
    let (amount, quantity) = (i128::from(rows.amount[row]), i128::from(rows.quantity[row]));
    let price = (amount * 1000).checked_div(quantity)?;
    Some(price.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
}

/// What all of these ranges have in common.
fn narrowest(ranges: &[Priced]) -> Result<Option<Amounts>> {
    let mut narrowest: Option<Amounts> = None;
    for Priced { currency, range } in ranges {
        let (currency, (least, most)) = (currency.code(), range.range());
        let before = narrowest.unwrap_or(Amounts { currency, least: i64::MIN, most: i64::MAX });
        if before.currency != currency {
            return Err(Error::configuration("amounts in two currencies: expected one"));
        }
        let (least, most) = (before.least.max(least), before.most.min(most));
        if least > most {
            return Err(Error::configuration(
                "a range of amounts is empty: expected the smaller one first",
            ));
        }
        narrowest = Some(Amounts { currency, least, most });
    }
    Ok(narrowest)
}

impl Noted {
    fn compile(property: &Property, ground: Ground<'_>) -> Result<Self> {
        check_text("property", &property.name)?;
        Ok(Self {
            category: property.category.as_ref().map(|own| ground.number(own)).transpose()?,
            name: Arc::from(&*property.name),
            test: Arc::new(Matcher::timeless(&property.test)?),
        })
    }

    fn holds(&self, view: &View, row: usize) -> bool {
        view.property(row, self.category, &self.name).is_some_and(|value| self.test.holds(value))
    }
}
