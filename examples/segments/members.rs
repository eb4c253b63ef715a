//! Who is in which segment, and what each customer spent.

use std::collections::BTreeMap;
use std::path::Path;

use confidant::{Aggregate, Audience, Census, Figure, Identifier, Kind, Purpose};

use crate::load::Loaded;
use crate::shop;
use crate::support::Result;

pub(crate) struct Members {
    pub(crate) census: Census,
    spent: BTreeMap<Identifier, f64>,
}

impl Members {
    /// Finds places among all customers, counts every segment, and asks each customer's
    /// view for what was spent.
    pub(crate) fn of(loaded: &Loaded) -> Result<Self> {
        loaded.engine.refresh(loaded.now)?;
        let census = loaded.engine.census(loaded.now)?;
        let total = loaded.engine.aggregates([Aggregate::sum(Kind::Purchased, loaded.currency)])?;
        let mut spent = BTreeMap::new();
        for who in &loaded.customers {
            let view = loaded.engine.view(who, Purpose::Personalisation, loaded.now, None)?;
            if let [figure] = view.aggregates(&total).as_slice()
                && let Figure::Amount(money) = &figure.figure
            {
                spent.insert(who.clone(), money.as_units());
            }
        }
        Ok(Self { census, spent })
    }

    pub(crate) fn audience(&self, segment: &str) -> Result<&Audience> {
        let wrong = || format!("there is no segment `{segment}`");
        Ok(self.census.audience(segment).ok_or_else(wrong)?)
    }

    pub(crate) fn size(&self, segment: &str) -> Result<usize> {
        Ok(self.audience(segment)?.len())
    }

    pub(crate) fn revenue_of(&self, segment: &str) -> Result<f64> {
        Ok(self.spent_by(self.audience(segment)?))
    }

    fn spent_by(&self, audience: &Audience) -> f64 {
        audience.iter().filter_map(|who| self.spent.get(who)).fold(0.0, |sum, spent| sum + spent)
    }

    /// Of everybody.
    pub(crate) fn revenue(&self) -> f64 {
        self.spent.values().sum()
    }

    /// What each buyer spent, the most first.
    pub(crate) fn spending(&self) -> Result<Vec<f64>> {
        let buyers = self.audience(shop::BUYERS)?.iter();
        let mut spent: Vec<f64> = buyers.filter_map(|who| self.spent.get(who)).copied().collect();
        spent.sort_unstable_by(|a, b| b.total_cmp(a));
        Ok(spent)
    }

    /// How many are in both of two segments.
    pub(crate) fn both(&self, one: &str, other: &str) -> Result<usize> {
        Ok(self.audience(one)?.and(self.audience(other)?)?.len())
    }

    /// Each customer's parts, from 1 to 5, as lines of a file.
    pub(crate) fn write_parts(&self, file: &Path) -> Result<()> {
        let mut parts: BTreeMap<&Identifier, [u32; 3]> = BTreeMap::new();
        for (place, letter) in ["r", "f", "m"].into_iter().enumerate() {
            for part in 1..=5 {
                for who in self.audience(&shop::part(letter, part))?.iter() {
                    let own = parts.entry(who).or_default();
                    own.iter_mut().skip(place).take(1).for_each(|own| *own = part);
                }
            }
        }
        let mut text = String::from("customer_id,Rs,Fs,Ms\n");
        for (who, [r, f, m]) in parts {
            text += &format!("{},{r},{f},{m}\n", who.value());
        }
        std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(())
    }
}
