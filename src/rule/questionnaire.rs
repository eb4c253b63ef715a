//! What everybody is asked so that places and clusters can be found: of each customer, the
//! figures by which some condition ranks or groups. Only a view that was opened for learning
//! is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::clustering::Clustering;
use super::compile::{Compiler, within};
use super::condition::Condition;
use super::evaluate::Truth;
use super::ground::Ground;
use super::order::asked_segments;
use super::population::Population;
use super::program::{Program, Rule};
use super::ranking::{Per, Ranking, Standing};
use super::slot::{MISSING, Slot, UNKNOWN};
use crate::consent::Categories;
use crate::error::{Error, Result};
use crate::event::Value;
use crate::types::SegmentId;
use crate::view::LearningView;

/// The figures by which conditions rank and group, compiled.
#[derive(Debug, Default)]
pub(crate) struct Questionnaire {
    program: Program,
    /// By name.
    pub(crate) rankings: Vec<AskedRanking>,
    /// By name.
    pub(crate) clusterings: Vec<AskedClustering>,
}

/// A ranking that some condition asks for.
#[derive(Debug)]
pub(crate) struct AskedRanking {
    pub(crate) name: Arc<str>,
    pub(crate) smallest_first: bool,
    /// The places that are asked for, each once.
    pub(crate) standings: Vec<Standing>,
    pub(crate) by: By,
    base: Rule,
    /// The slot of the figure.
    figure: u32,
    /// How much of a figure is one.
    pub(crate) unit: u32,
    needs: Categories,
}

/// What tells the groups of a ranking apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum By {
    Nothing,
    Attribute(Box<str>, Categories),
    /// The place of a clustering among those that are asked for.
    Cluster(usize),
}

/// A clustering that some condition asks for.
#[derive(Debug)]
pub(crate) struct AskedClustering {
    pub(crate) name: Arc<str>,
    pub(crate) features: Vec<Arc<str>>,
    pub(crate) clusters: Option<u32>,
    pub(crate) seed: u64,
    base: Rule,
    /// The slots of the features.
    figures: Vec<u32>,
    /// How much of a feature's figure is one.
    pub(crate) units: Vec<u32>,
    needs: Categories,
}

/// What one customer answers, and feeds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Fed {
    /// Of each ranking, the figure, and the text of the attribute that tells the group.
    pub(crate) figures: Vec<Option<(i64, Option<Arc<str>>)>>,
    /// Of each clustering, its features.
    pub(crate) features: Vec<Option<Vec<i64>>>,
}

impl Fed {
    /// Whether nothing is fed at all.
    pub(crate) fn is_nothing(&self) -> bool {
        self.figures.iter().all(Option::is_none) && self.features.iter().all(Option::is_none)
    }

    /// What is fed, by bits: see [`Questionnaire::allowed`].
    fn parts(&self) -> u64 {
        let figures = self.figures.iter().map(Option::is_some);
        bits(figures.chain(self.features.iter().map(Option::is_some)))
    }
}

/// Bit by bit; the last one stands for all that have none of their own.
fn bits(set: impl Iterator<Item = bool>) -> u64 {
    let ones = set.enumerate().filter(|(_, is)| *is);
    ones.fold(0, |bits, (place, _)| bits | 1 << place.min(63))
}

impl Questionnaire {
    /// Asks for what a program asks of everybody.
    ///
    /// # Errors
    /// As of compiling the program.
    pub(crate) fn compile(
        program: &Program,
        ground: Ground<'_>,
        segments: &[(&SegmentId, &Condition)],
    ) -> Result<Self> {
        let (rankings, clusterings) = asked(program);
        if rankings.is_empty() && clusterings.is_empty() {
            return Ok(Self::default());
        }
        let of_ranking = |name: &Arc<str>| ground.ranking(name).map(|it| &it.among);
        let of_clustering = |name: &Arc<str>| ground.clustering(name).map(|it| &it.among);
        let bases = rankings.keys().filter_map(of_ranking);
        let bases = bases.chain(clusterings.iter().filter_map(of_clustering));
        let mut compiler = Program::compiler(ground, &needed(bases, ground, segments))?;
        let each = |name| compiler.asked_clustering(name);
        let clusterings: Vec<AskedClustering> =
            clusterings.iter().map(each).collect::<Result<_>>()?;
        let each = |(name, standings)| compiler.asked_ranking(name, standings, &clusterings);
        let rankings = rankings.into_iter().map(each).collect::<Result<_>>()?;
        Ok(Self { program: compiler.finish(), rankings, clusterings })
    }

    /// Whether nobody is asked anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.rankings.is_empty() && self.clusterings.is_empty()
    }

    /// What a customer who lets others learn answers. What is unknown or missing, and whoever
    /// is not in the base, feeds nothing.
    pub(crate) fn ask(&self, view: &LearningView) -> Fed {
        let view = view.as_view();
        let slots = self.program.fill(view, &Population::default());
        let at = |slot: u32| slots.get(slot as usize).copied().unwrap_or(UNKNOWN);
        let figure = |slot: u32| Some(at(slot)).filter(|at| ![UNKNOWN, MISSING].contains(at));
        let is = |rule: Rule| self.program.truth(rule, &slots) == Truth::True;
        let features = |it: &AskedClustering| {
            let all = || it.figures.iter().map(|slot| figure(*slot)).collect();
            is(it.base).then(all).flatten()
        };
        let features: Vec<Option<Vec<i64>>> = self.clusterings.iter().map(features).collect();
        let place = |it: &AskedRanking| {
            if !is(it.base) {
                return None;
            }
            let group = match &it.by {
                By::Nothing => None,
                By::Attribute(_, needs) if !view.allows(*needs) => return None,
                By::Attribute(name, _) => match view.attribute(name) {
                    Some(Value::Text(text)) => Some(text.clone()),
                    _ => return None,
                },
                By::Cluster(place) => {
                    features.get(*place)?.as_ref()?;
                    None
                }
            };
            Some((figure(it.figure)?, group))
        };
        Fed { figures: self.rankings.iter().map(place).collect(), features }
    }

    /// What a customer feeds of that which may be read with all that it reads, by bits; none
    /// if nothing is fed at all.
    pub(crate) fn feeds(&self, view: &LearningView) -> Option<u64> {
        let fed = self.ask(view);
        (!fed.is_nothing()).then(|| fed.parts() & self.allowed(view))
    }

    /// For which rankings and clusterings a customer lets others learn from all that they
    /// read, by bits: first the rankings, then the clusterings.
    pub(crate) fn allowed(&self, view: &LearningView) -> u64 {
        let rankings = self.rankings.iter().map(|it| it.needs);
        let all = rankings.chain(self.clusterings.iter().map(|it| it.needs));
        bits(all.map(|needs| view.as_view().allows(needs)))
    }
}

/// The places that are asked for, by ranking.
type Rankings = BTreeMap<Arc<str>, Vec<Standing>>;

/// The rankings with their places, and the clusterings, that a program asks for.
fn asked(program: &Program) -> (Rankings, BTreeSet<Arc<str>>) {
    let (mut rankings, mut clusterings) = (Rankings::new(), BTreeSet::new());
    for slot in &program.slots {
        match slot {
            Slot::Rank(placed) => {
                rankings.entry(placed.ranking.clone()).or_default().push(placed.standing);
            }
            Slot::Cluster(name, _) => _ = clusterings.insert(name.clone()),
            _ => {}
        }
    }
    for standings in rankings.values_mut() {
        standings.sort_by_key(|standing| standing.key());
        standings.dedup();
    }
    (rankings, clusterings)
}

/// The segments that bases ask for, and those that these ask for.
fn needed<'s>(
    bases: impl Iterator<Item = &'s Condition>,
    ground: Ground<'_>,
    segments: &[(&'s SegmentId, &'s Condition)],
) -> Vec<(&'s SegmentId, &'s Condition)> {
    let mut wanted = Vec::new();
    bases.for_each(|base| asked_segments(base, ground, &mut wanted));
    let mut found: BTreeMap<&SegmentId, &Condition> = BTreeMap::new();
    while let Some(id) = wanted.pop() {
        if let Some((id, condition)) = segments.iter().find(|(known, _)| **known == id)
            && found.insert(id, condition).is_none()
        {
            asked_segments(condition, ground, &mut wanted);
        }
    }
    found.into_iter().collect()
}

impl Compiler<'_> {
    fn asked_ranking(
        &mut self,
        name: Arc<str>,
        standings: Vec<Standing>,
        clusterings: &[AskedClustering],
    ) -> Result<AskedRanking> {
        let gone = || Error::configuration(format!("there is no ranking `{name}`"));
        let ranking: &Ranking = self.ground.ranking(&name).ok_or_else(gone)?;
        let base = self.rule(&ranking.among).map_err(|error| within("ranking", &name, &error))?;
        let (figure, of_figure) = self.figure(&ranking.metric)?;
        let needs = base.needs.or(of_figure);
        let (by, of_group) = match &ranking.per {
            None => (By::Nothing, Categories::NONE),
            Some(Per::Attribute(attribute)) => {
                let needs = Categories::one(self.ground.policy.of_attribute(attribute));
                (By::Attribute(attribute.clone(), needs), needs)
            }
            Some(Per::Cluster(clustering)) => {
                let named = |it: &AskedClustering| *it.name == **clustering;
                let place = clusterings.iter().position(named).unwrap_or(usize::MAX);
                let needs = clusterings.get(place).map_or(Categories::NONE, |it| it.needs);
                (By::Cluster(place), needs)
            }
        };
        let (smallest_first, needs) = (ranking.smallest_first, needs.or(of_group));
        let unit = self.program.unit(figure);
        Ok(AskedRanking { name, smallest_first, standings, by, base, figure, unit, needs })
    }

    fn asked_clustering(&mut self, name: &Arc<str>) -> Result<AskedClustering> {
        let gone = || Error::configuration(format!("there is no clustering `{name}`"));
        let clustering: &Clustering = self.ground.clustering(name).ok_or_else(gone)?;
        let wrong = |error: Error| within("clustering", name, &error);
        let base = self.rule(&clustering.among).map_err(wrong)?;
        let (mut needs, mut figures, mut features) = (base.needs, Vec::new(), Vec::new());
        for (feature, metric) in &clustering.features {
            let (slot, of_figure) = self.figure(metric)?;
            needs = needs.or(of_figure);
            figures.push(slot);
            features.push(feature.clone());
        }
        let (name, clusters, seed) = (name.clone(), clustering.clusters, clustering.seed);
        let units = figures.iter().map(|slot| self.program.unit(*slot)).collect();
        Ok(AskedClustering { name, features, clusters, seed, base, figures, units, needs })
    }

    /// The slot of a figure, and what it needs.
    fn figure(&mut self, metric: &super::metric::Metric) -> Result<(u32, Categories)> {
        self.needs = Categories::NONE;
        let slot = self.lasting(metric)?;
        Ok((slot, self.needs))
    }
}
