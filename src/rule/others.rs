//! Compiling what is asked about a customer among others: places and clusters.

use std::sync::Arc;

use super::clustering::{Clustering, InCluster};
use super::compile::{Compiler, Piece};
use super::condition::Condition;
use super::ranking::{Per, Ranked, Ranking, Standing};
use super::slot::{Group, Placed, Slot};
use crate::consent::Categories;
use crate::error::{Error, Result};
use crate::types::check_text;

impl<'a> Compiler<'a> {
    pub(super) fn ranked(
        &mut self,
        condition: &Condition,
        ranked: &Ranked,
        depth: usize,
    ) -> Result<Piece> {
        check_text("ranking", &ranked.ranking)?;
        let Some(ranking) = self.ground.ranking(&ranked.ranking) else {
            let name = &ranked.ranking;
            return Err(Error::configuration(format!("there is no ranking `{name}`")));
        };
        check_standing(ranked.standing)?;
        self.needs_others(true)?;
        let mut pieces = vec![self.base(&ranking.among, depth)?];
        let figure = self.lasting(&ranking.metric)?;
        let per = self.group(ranking, depth, &mut pieces)?;
        let said = self.words(condition);
        let placed = Placed {
            ranking: ranking.name.clone(),
            standing: ranked.standing,
            smallest_first: ranking.smallest_first,
            figure,
            per,
        };
        pieces.push(self.range(said, Slot::Rank(placed), (1, 1)));
        Ok(Self::together(pieces, true))
    }

    fn group(
        &mut self,
        ranking: &Ranking,
        depth: usize,
        pieces: &mut Vec<Piece>,
    ) -> Result<Option<Group>> {
        match &ranking.per {
            None => Ok(None),
            Some(Per::Attribute(name)) => {
                check_text("attribute", name)?;
                let needs = Categories::one(self.ground.policy.of_attribute(name));
                self.needs = self.needs.or(needs);
                Ok(Some(Group::Attribute(Arc::from(&**name), needs)))
            }
            Some(Per::Cluster(name)) => {
                let clustering = self.clustering(name)?;
                pieces.push(self.base(&clustering.among, depth)?);
                Ok(Some(Group::Cluster(self.cluster_slot(clustering)?)))
            }
        }
    }

    pub(super) fn in_cluster(
        &mut self,
        condition: &Condition,
        asked: &InCluster,
        depth: usize,
    ) -> Result<Piece> {
        let clustering = self.clustering(&asked.clustering)?;
        self.needs_others(true)?;
        let base = self.base(&clustering.among, depth)?;
        let said = self.words(condition);
        let slot = self.cluster_slot(clustering)?;
        let number = i64::from(asked.number);
        let slot = self.program.slots.get(slot as usize).cloned().unwrap_or(Slot::Segment);
        let inside = self.range(said, slot, (number, number));
        Ok(Self::together(vec![base, inside], true))
    }

    fn clustering(&self, name: &str) -> Result<&'a Clustering> {
        check_text("clustering", name)?;
        let none = || Error::configuration(format!("there is no clustering `{name}`"));
        self.ground.clustering(name).ok_or_else(none)
    }

    fn cluster_slot(&mut self, clustering: &Clustering) -> Result<u32> {
        if clustering.features.is_empty() || clustering.clusters.is_some_and(|n| n == 0 || n > 64) {
            return Err(Error::configuration(
                "a clustering has no features, or a number of clusters that is not from 1 to 64",
            ));
        }
        let features = clustering.features.iter().map(|(_, metric)| self.lasting(metric));
        let features = features.collect::<Result<_>>()?;
        Ok(self.slot(Slot::Cluster(clustering.name.clone(), features)))
    }

    /// Who is ranked or clustered at all.
    fn base(&mut self, among: &Condition, depth: usize) -> Result<Piece> {
        let outer = std::mem::replace(&mut self.in_base, true);
        let piece = self.piece(among, depth + 1);
        self.in_base = outer;
        piece
    }

    /// Notes that what is compiled asks about others, which a base must not: it says who
    /// those others are.
    pub(super) fn needs_others(&mut self, asks: bool) -> Result<()> {
        if asks && self.in_base {
            return Err(Error::configuration(
                "who is ranked or clustered hangs on a place or a cluster: expected a base that \
                 asks of each customer alone",
            ));
        }
        self.asks_others |= asks;
        Ok(())
    }
}

fn check_standing(standing: Standing) -> Result<()> {
    let wrong = match standing {
        Standing::Quantile { from, to, of } => {
            (from == 0 || from > to || to > of || of > 1_000_000)
                .then_some("a part is none of so many: expected parts from 1 to at most 1,000,000")
        }
        Standing::TopShare(share) => {
            (share > 1_000_000).then_some("a share is more than all: expected 0 to 1")
        }
        Standing::First(number) => {
            (number == 0).then_some("the first none are nobody: expected at least one")
        }
        Standing::OverMean(_) | Standing::UnderMean(_) => None,
    };
    wrong.map_or(Ok(()), |wrong| Err(Error::configuration(wrong)))
}
