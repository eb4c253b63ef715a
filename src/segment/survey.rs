//! What was asked of everybody, customer by customer, as columns: what places and clusters
//! are found from.
#![allow(
    clippy::indexing_slicing,
    reason = "columns of one length, whose row numbers come from it"
)]

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::envelope::{self, Kind};
use crate::error::{Error, Result};
use crate::numeric::{self, Digest};
use crate::rule::{By, Fed, Questionnaire};
use crate::types::{Identifier, Timestamp, redacted};

#[cfg(test)]
mod tests;

/// Stands for no figure.
const NONE: i64 = i64::MIN;

/// The figures by which some engine's customers are ranked and grouped, of those who let
/// others learn from them, as of an instant: whole numbers, one row for each customer.
///
/// Several engines, each with customers of its own, [make](crate::Engine::survey) one each;
/// these [merge](Self::merge) into what one pass over all customers gives, bit for bit, and
/// each engine [refreshes](crate::Engine::refresh_from) from the whole. It is data of
/// customers, by their identifiers: keep it no longer than that takes.
///
/// ```
/// use confidant::{Engine, Event, Kind, Level, Purpose, Ranking, Segment, Timestamp};
/// use confidant::{count, ranked};
///
/// let shop = || {
///     Engine::builder()
///         .ranking(Ranking::by("purchases", count(Kind::Purchased)))
///         .segment(Segment::new("best", ranked("purchases").first(1)))
///         .build()
/// };
/// let (north, south, now) = (shop()?, shop()?, "2026-03-02T18:20:00Z".parse::<Timestamp>()?);
/// for (engine, who) in [(&north, "ana"), (&south, "ben")] {
///     let yes = Event::consent(who, now).level(Level::Collaborative);
///     let yes = yes.allow(Purpose::Personalisation).allow(Purpose::CollaborativeLearning);
///     engine.record(now, yes)?;
/// }
/// south.record(now, Event::purchased("ben", now))?;
/// let mut all = north.survey(now)?;
/// all.merge(&south.survey(now)?)?;
/// assert!(north.refresh_from(&all, now)?.is_empty());
/// assert_eq!(south.refresh_from(&all, now)?.len(), 1, "ben is the best of both");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// What stands for the questions.
    asked: Digest,
    pub(super) at: Timestamp,
    /// Those who answered anything, ascending.
    pub(super) who: Vec<Identifier>,
    /// One for each ranking.
    pub(super) rankings: Vec<Column>,
    /// One for each clustering.
    pub(super) clusterings: Vec<Table>,
}

/// The answers to one ranking, of everybody.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Column {
    figures: Vec<i64>,
    /// The names of groups, ascending, if an attribute tells them.
    names: Option<Vec<Arc<str>>>,
    /// Of each row the number of its group; zero where there is none.
    groups: Vec<u32>,
}

/// The answers to one clustering, of everybody: the features, row by row.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Table {
    width: u32,
    figures: Vec<i64>,
}

/// A figure and the group in which it is ranked.
type Placed<'a> = (i64, Option<&'a Arc<str>>);

impl Column {
    /// The figure and the group of a row.
    pub(super) fn get(&self, row: usize) -> Option<Placed<'_>> {
        let figure = Some(self.figures[row]).filter(|figure| *figure != NONE)?;
        let group = self.names.as_ref().map(|names| &names[self.groups[row] as usize]);
        Some((figure, group))
    }

    fn push(&mut self, fed: Option<(i64, Option<Arc<str>>)>) {
        let (figure, group) = fed.unwrap_or((NONE, None));
        self.figures.push(figure);
        if let Some(names) = &mut self.names {
            // Put in order when all are there.
            let number = group.map_or(0, |group| {
                names.push(group);
                names.len() as u32 - 1
            });
            self.groups.push(number);
        }
    }

    fn append(&mut self, other: &Self) {
        self.figures.extend(&other.figures);
        if let (Some(names), Some(others)) = (&mut self.names, &other.names) {
            let before = names.len() as u32;
            names.extend(others.iter().cloned());
            self.groups.extend(other.groups.iter().map(|group| group + before));
        }
    }

    /// These rows in this order, and no name that none of them has.
    fn in_order(&self, order: &[usize]) -> Self {
        let figures: Vec<i64> = order.iter().map(|row| self.figures[*row]).collect();
        let Some(all) = &self.names else { return Self { figures, ..Self::default() } };
        let named =
            |row: &usize| (self.figures[*row] != NONE).then(|| &all[self.groups[*row] as usize]);
        let mut names: Vec<Arc<str>> = order.iter().filter_map(named).cloned().collect();
        names.sort_unstable();
        names.dedup();
        let number = |row| named(row).and_then(|name| names.binary_search(name).ok());
        let groups = order.iter().map(|row| number(row).unwrap_or(0) as u32).collect();
        Self { figures, names: Some(names), groups }
    }
}

impl Table {
    /// The features of a row.
    pub(super) fn get(&self, row: usize) -> Option<&[i64]> {
        let width = self.width as usize;
        let features = &self.figures[row * width..(row + 1) * width];
        features.iter().all(|figure| *figure != NONE).then_some(features)
    }

    pub(super) fn width(&self) -> usize {
        self.width as usize
    }

    fn push(&mut self, fed: Option<Vec<i64>>) {
        self.figures.extend(fed.unwrap_or_else(|| vec![NONE; self.width as usize]));
    }

    fn in_order(&self, order: &[usize]) -> Self {
        let row = |row: &usize| {
            let width = self.width as usize;
            &self.figures[row * width..(row + 1) * width]
        };
        Self { width: self.width, figures: order.iter().flat_map(row).copied().collect() }
    }
}

impl Survey {
    /// Of nobody yet.
    pub(crate) fn new(questionnaire: &Questionnaire, asked: Digest, at: Timestamp) -> Self {
        let by_name = |by: &By| matches!(by, By::Attribute(..)).then(Vec::new);
        let column = |by| Column { names: by_name(by), ..Column::default() };
        let table = |width: usize| Table { width: width as u32, figures: Vec::new() };
        Self {
            asked,
            at,
            who: Vec::new(),
            rankings: questionnaire.rankings.iter().map(|it| column(&it.by)).collect(),
            clusterings: questionnaire
                .clusterings
                .iter()
                .map(|it| table(it.features.len()))
                .collect(),
        }
    }

    /// What a customer answers, who was not asked yet. [`in_order`](Self::in_order) once all
    /// are there.
    pub(crate) fn push(&mut self, who: Identifier, fed: Fed) {
        if fed.is_nothing() {
            return;
        }
        self.who.push(who);
        self.rankings.iter_mut().zip(fed.figures).for_each(|(column, fed)| column.push(fed));
        self.clusterings.iter_mut().zip(fed.features).for_each(|(table, fed)| table.push(fed));
    }

    /// By customer. Who is there twice counts once.
    pub(crate) fn in_order(&self) -> Self {
        let mut order: Vec<usize> = (0..self.who.len()).collect();
        let same = |a: usize, b: usize| self.row(a).cmp(&self.row(b));
        order.sort_by(|a, b| self.who[*a].cmp(&self.who[*b]).then_with(|| same(*a, *b)));
        order.dedup_by(|a, b| self.who[*a] == self.who[*b]);
        Self {
            asked: self.asked,
            at: self.at,
            who: order.iter().map(|row| self.who[*row].clone()).collect(),
            rankings: self.rankings.iter().map(|it| it.in_order(&order)).collect(),
            clusterings: self.clusterings.iter().map(|it| it.in_order(&order)).collect(),
        }
    }

    /// All of a row, to compare it.
    fn row(&self, row: usize) -> (Vec<Option<Placed<'_>>>, Vec<Option<&[i64]>>) {
        let rankings = self.rankings.iter().map(|it| it.get(row)).collect();
        (rankings, self.clusterings.iter().map(|it| it.get(row)).collect())
    }

    /// Adds what other customers answered. Who is in both counts once.
    ///
    /// # Errors
    /// The other one asked other questions, or at another instant.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        self.must_be_like(other)?;
        if self.at != other.at {
            return Err(Error::configuration(
                "the surveys are of two instants: expected those of one",
            ));
        }
        self.who.extend(other.who.iter().cloned());
        for (column, more) in self.rankings.iter_mut().zip(&other.rankings) {
            column.append(more);
        }
        for (table, more) in self.clusterings.iter_mut().zip(&other.clusterings) {
            table.figures.extend(&more.figures);
        }
        *self = self.in_order();
        Ok(())
    }

    /// Refuses answers to other questions.
    pub(crate) fn must_be_like(&self, other: &Self) -> Result<()> {
        if self.asked == other.asked && self.shape() == other.shape() {
            return Ok(());
        }
        Err(Error::configuration(
            "the survey asked other questions: expected one of an engine with the same catalogue, \
             privacy policy, attributes, segments, rankings and clusterings",
        ))
    }

    /// What its rows look like.
    fn shape(&self) -> (Vec<bool>, Vec<u32>) {
        let grouped = self.rankings.iter().map(|it| it.names.is_some());
        (grouped.collect(), self.clusterings.iter().map(|it| it.width).collect())
    }

    /// How many customers answered anything.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.who.len()
    }

    /// As of when.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The exact content, in 128 bits, whatever way it came about.
    #[must_use]
    pub fn digest(&self) -> Digest {
        numeric::digest(self)
    }

    /// The bytes to hand to whoever [merges](Self::merge); equal content gives equal bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        envelope::seal(Kind::Survey, self)
    }

    /// A survey from its bytes.
    ///
    /// # Errors
    /// The bytes are damaged, are no survey, or are one of a newer version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let read: Self = envelope::open(Kind::Survey, bytes)?;
        // There is one way to write it, so whatever is wrong with it shows here.
        if read.is_whole() && read.in_order() == read {
            Ok(read)
        } else {
            Err(envelope::damaged(Kind::Survey, "its rows are not in their order"))
        }
    }

    /// Whether all columns are of one length, and all groups have a name.
    fn is_whole(&self) -> bool {
        let rows = self.who.len();
        let column = |it: &Column| {
            let named = match &it.names {
                None => it.groups.is_empty(),
                Some(names) => {
                    let known = |(figure, group): (&i64, &u32)| {
                        *figure == NONE || (*group as usize) < names.len()
                    };
                    it.groups.len() == rows && it.figures.iter().zip(&it.groups).all(known)
                }
            };
            it.figures.len() == rows && named
        };
        let table = |it: &Table| (it.width as usize).checked_mul(rows) == Some(it.figures.len());
        self.rankings.iter().all(column) && self.clusterings.iter().all(table)
    }
}

redacted! {
    Survey { at }
}
