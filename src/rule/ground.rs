//! What conditions stand on: all that a host configured and a condition can name.

use std::sync::Arc;

use super::clustering::Clustering;
use super::compile::within;
use super::condition::Condition;
use super::lifecycle::Lifecycle;
use super::ranking::{Per, Ranking};
use crate::catalog::Catalog;
use crate::consent::{Categories, PrivacyPolicy};
use crate::error::{Error, Result};
use crate::types::{DataCategory, check_text};
use crate::view::TIME_ZONE;

/// What conditions are compiled against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) policy: &'a PrivacyPolicy,
    pub(crate) lifecycle: &'a Lifecycle,
    pub(crate) rankings: &'a [Ranking],
    pub(crate) clusterings: &'a [Clustering],
}

impl Ground<'_> {
    /// What must be allowed to know the customer's clock.
    pub(super) fn of_clock(self) -> Categories {
        Categories::one(self.policy.of_attribute(TIME_ZONE))
    }

    /// The number of a data category that a condition names.
    ///
    /// # Errors
    /// The policy knows none of that name.
    pub(super) fn number(self, category: &DataCategory) -> Result<usize> {
        let name = category.name();
        check_text("category", name)?;
        let none =
            || Error::configuration(format!("the privacy policy knows no data category `{name}`"));
        self.policy.number(category).ok_or_else(none)
    }

    /// # Errors
    /// Something is named that cannot be kept, or two rankings or clusterings are named alike.
    pub(crate) fn check(self) -> Result<()> {
        self.lifecycle.check()?;
        distinct("ranking", self.rankings.iter().map(|ranking| &ranking.name))?;
        distinct("clustering", self.clusterings.iter().map(|clustering| &clustering.name))?;
        let named = |what: &'static str, name: &Arc<str>, checked: Result<()>| {
            checked.map_err(|error| within(what, name, &error))
        };
        for ranking in self.rankings {
            named("ranking", &ranking.name, ranking.check_depth())?;
        }
        let mut all = self.clusterings.iter();
        all.try_for_each(|one| named("clustering", &one.name, one.check_depth()))
    }
}

fn distinct<'a>(what: &'static str, names: impl Iterator<Item = &'a Arc<str>>) -> Result<()> {
    let mut names: Vec<&Arc<str>> = names.collect();
    names.iter().try_for_each(|name| check_text(what, name))?;
    names.sort();
    match names.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
        Some([name, ..]) => Err(Error::configuration(format!("{what} `{name}` is defined twice"))),
        _ => Ok(()),
    }
}

impl<'a> Ground<'a> {
    /// The ranking of a name.
    pub(super) fn ranking(self, name: &str) -> Option<&'a Ranking> {
        self.rankings.iter().find(|ranking| *ranking.name == *name)
    }

    /// The clustering of a name.
    pub(super) fn clustering(self, name: &str) -> Option<&'a Clustering> {
        self.clusterings.iter().find(|clustering| *clustering.name == *name)
    }

    /// The conditions on who is ranked or clustered at all, of a condition that asks for it.
    pub(super) fn bases(self, condition: &Condition) -> Vec<&'a Condition> {
        let of_clustering = |name: &str| self.clustering(name).map(|clustering| &clustering.among);
        match condition {
            Condition::InCluster(asked) => of_clustering(&asked.clustering).into_iter().collect(),
            Condition::Ranked(ranked) => {
                let Some(ranking) = self.ranking(&ranked.ranking) else { return Vec::new() };
                let per = match &ranking.per {
                    Some(Per::Cluster(name)) => of_clustering(name),
                    _ => None,
                };
                per.into_iter().chain([&ranking.among]).collect()
            }
            _ => Vec::new(),
        }
    }
}
