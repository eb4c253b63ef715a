//! One attribute of all items, each value once, and how alike two values are.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Item;
use crate::event::Value;

/// How alike two values can be, in fixed point: sums of whole numbers are the same in any
/// order.
pub(super) const ALIKE: u64 = 1 << 20;

/// One attribute of all items.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    /// Each value that there is, once.
    values: Vec<Feature>,
    /// The value of each item.
    of: Vec<Option<u32>>,
    /// The least and the greatest number of each unit.
    ranges: BTreeMap<u32, (f64, f64)>,
}

/// The value of an attribute, as it is compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Feature {
    /// Ascending.
    Texts(Vec<Arc<str>>),
    /// Numbers of one unit can be compared.
    Number(u32, f64),
    Path(Vec<Arc<str>>),
    Whole(Value),
}

/// The unit of numbers that have none, and that of instants.
const PLAIN: u32 = 0;
const INSTANT: u32 = u32::MAX;

impl Feature {
    pub(super) fn brand(item: &Item) -> Option<Self> {
        Some(Self::Texts(vec![item.brand_name()?.into()]))
    }

    pub(super) fn category(item: &Item) -> Option<Self> {
        let path = item.category_path();
        (!path.is_empty()).then(|| Self::Path(path.to_vec()))
    }

    pub(super) fn price(item: &Item) -> Option<Self> {
        let price = item.listed_price()?;
        Some(Self::Number(price.currency().code(), price.as_micros() as f64))
    }

    pub(super) fn attribute(item: &Item, name: &str) -> Option<Self> {
        Some(match item.get(name)? {
            Value::Text(text) => Self::Texts(vec![text.clone()]),
            Value::Set(texts) => Self::Texts(texts.iter().cloned().collect()),
            Value::Number(number) if !number.is_finite() => return None,
            Value::Number(number) => Self::Number(PLAIN, *number),
            Value::Instant(at) => Self::Number(INSTANT, at.as_millis() as f64),
            other => Self::Whole(other.clone()),
        })
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Texts(a), Self::Texts(b)) | (Self::Path(a), Self::Path(b)) => a.cmp(b),
            (Self::Number(unit, a), Self::Number(other, b)) => unit.cmp(other).then(a.total_cmp(b)),
            (Self::Whole(a), Self::Whole(b)) => a.order(b),
            _ => self.kind().cmp(&other.kind()),
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Texts(_) => 0,
            Self::Number(..) => 1,
            Self::Path(_) => 2,
            Self::Whole(_) => 3,
        }
    }
}

impl Column {
    pub(super) fn new(items: &[Item], feature: impl Fn(&Item) -> Option<Feature>) -> Self {
        let told = items.iter().zip(0u32..);
        let mut told: Vec<(Feature, u32)> =
            told.filter_map(|(item, number)| Some((feature(item)?, number))).collect();
        told.sort_by(|a, b| a.0.order(&b.0).then(a.1.cmp(&b.1)));
        let mut column = Self { of: vec![None; items.len()], ..Self::default() };
        for (value, item) in told {
            if let Feature::Number(unit, number) = value {
                let range = column.ranges.entry(unit).or_insert((number, number));
                *range = (range.0.min(number), range.1.max(number));
            }
            if column.values.last().is_none_or(|last| last.order(&value).is_ne()) {
                column.values.push(value);
            }
            let number = column.values.len() as u32 - 1;
            column.of.get_mut(item as usize).into_iter().for_each(|of| *of = Some(number));
        }
        column
    }

    /// The value of an item.
    pub(super) fn of(&self, item: u32) -> Option<u32> {
        self.of.get(item as usize).copied().flatten()
    }

    /// How alike two items are.
    pub(super) fn alike(&self, item: u32, other: u32) -> u64 {
        let value = |item| self.values.get(self.of(item)? as usize);
        value(item).zip(value(other)).map_or(0, |(a, b)| self.alike_in(a, b))
    }

    /// How alike each value is to somebody's items, by the weight of each item.
    pub(super) fn table(&self, own: &[(u32, u64)]) -> Vec<u64> {
        let mut weights: BTreeMap<u32, u64> = BTreeMap::new();
        for (value, weight) in own.iter().filter_map(|(item, w)| Some((self.of(*item)?, *w))) {
            *weights.entry(value).or_default() += weight;
        }
        let own: Vec<(&Feature, u64)> =
            weights.iter().filter_map(|(v, w)| Some((self.values.get(*v as usize)?, *w))).collect();
        let sum = |value: &Feature| {
            let each = own.iter().map(|(other, w)| w.saturating_mul(self.alike_in(other, value)));
            each.fold(0u64, u64::saturating_add)
        };
        self.values.iter().map(sum).collect()
    }

    fn alike_in(&self, a: &Feature, b: &Feature) -> u64 {
        let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
        let alike = match (a, b) {
            (Feature::Texts(a), Feature::Texts(b)) => {
                let both = a.iter().filter(|text| b.binary_search(text).is_ok()).count();
                share(both, a.len() + b.len() - both)
            }
            (Feature::Path(a), Feature::Path(b)) => {
                let both = a.iter().zip(b).take_while(|(a, b)| a == b).count();
                share(both, a.len().max(b.len()))
            }
            (Feature::Number(unit, a), Feature::Number(other, b)) if unit == other => {
                let (least, most) = self.ranges.get(unit).copied().unwrap_or_default();
                let range = most - least;
                if range > 0.0 && range.is_finite() { 1.0 - (a - b).abs() / range } else { 1.0 }
            }
            _ => f64::from(u8::from(a == b)),
        };
        (alike.clamp(0.0, 1.0) * ALIKE as f64).round() as u64
    }
}
