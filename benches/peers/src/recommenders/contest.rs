//! Who is measured, and how.

use std::collections::BTreeMap;

use confidant::Recommender;
use confidant::evaluate::{Dataset, Trained};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Arguments;
use super::data::{Data, Folder};
use super::python::Python;
use crate::Result;
use crate::model::{Model, Settings};
use crate::strong::{LIST, Measured, Quality, anything_else, folded};
use crate::support::measure::{cpu_seconds, rounded};
use crate::tune;

/// Of how many customers all scores of EASE are compared.
const COMPARED: usize = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Family {
    Ease,
    Als,
    ItemItem,
}

impl Family {
    const ALL: [Self; 3] = [Self::Ease, Self::Als, Self::ItemItem];

    fn model(self) -> Model {
        match self {
            Self::Ease => Model::Ease,
            Self::Als => Model::Als,
            Self::ItemItem => Model::ItemItem,
        }
    }
}

pub(crate) struct Contest {
    /// Of each family, confidant's first.
    pub(crate) entries: Vec<Entry>,
    /// Of what stands beside.
    pub(crate) versions: BTreeMap<String, String>,
    /// The largest difference between a score of EASE here and the same one there.
    pub(crate) ease_differs: Option<f64>,
}

pub(crate) struct Entry {
    pub(crate) family: Family,
    pub(crate) name: String,
    who: Who,
    /// The parameters that were chosen for it, and in how many CPU seconds.
    pub(crate) chosen: Option<(Settings, f64)>,
    /// CPU seconds of each fit.
    pub(crate) fits: Vec<f64>,
    pub(crate) quality: Quality,
    /// A page of ten, in microseconds.
    pub(crate) p50_us: f64,
    pub(crate) p90_us: f64,
}

enum Who {
    Ours(Recommender),
    Theirs { model: &'static str, parameters: Value },
}

impl Entry {
    fn new(family: Family, name: impl Into<String>, who: Who) -> Self {
        let (name, fits, quality) = (name.into(), Vec::new(), Quality::new());
        Self { family, name, who, chosen: None, fits, quality, p50_us: 0.0, p90_us: 0.0 }
    }

    fn theirs(family: Family, name: &str, model: &'static str, parameters: Value) -> Self {
        Self::new(family, name, Who::Theirs { model, parameters })
    }

    pub(crate) fn is_ours(&self) -> bool {
        matches!(self.who, Who::Ours(_))
    }

    /// CPU seconds of the fastest fit: the least disturbed one.
    pub(crate) fn fit(&self) -> f64 {
        self.fits.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// Where it takes place.
pub(crate) struct Ring<'a> {
    pub(crate) data: &'a Data<'a>,
    pub(crate) folder: &'a Folder,
    /// Nobody, if there is no Python with what it takes.
    pub(crate) python: Option<Python>,
    pub(crate) arguments: &'a Arguments,
}

#[derive(Deserialize)]
struct Spent {
    cpu_s: f64,
}

#[derive(Deserialize)]
struct Asked {
    p50_us: f64,
    p90_us: f64,
}

#[derive(Deserialize)]
struct Chosen {
    cpu_s: f64,
    parameters: Value,
}

impl Ring<'_> {
    pub(crate) fn contest(mut self) -> Result<Contest> {
        let (mut entries, mut ease_differs) = (Vec::new(), None);
        for family in Family::ALL {
            let families = &self.arguments.families;
            if families.is_empty() || families.contains(&family) {
                let mut field = self.ours(family)?;
                field.extend(self.theirs(family, &field)?);
                let differs = self.rounds(&mut field)?;
                ease_differs = ease_differs.or(differs);
                entries.append(&mut field);
            }
        }
        let versions = self.python.map(|python| python.versions.clone()).unwrap_or_default();
        Ok(Contest { entries, versions, ease_differs })
    }

    fn ours(&self, family: Family) -> Result<Vec<Entry>> {
        let model = family.model();
        let with = |name: &str, settings: &Settings| -> Result<Entry> {
            let name = format!("confidant {}, {name}", model.name());
            Ok(Entry::new(family, name, Who::Ours(model.with(settings)?)))
        };
        if family == Family::Ease {
            let lambda = self.arguments.lambda;
            let settings = Settings::from([("lambda".to_owned(), lambda)]);
            return Ok(vec![with(&format!("lambda {lambda}"), &settings)?]);
        }
        let mut ours = vec![with("as it is", &Settings::new())?];
        if !self.arguments.as_they_are {
            let choose = || tune::choose(model, &self.data.train, self.arguments.seed, 1);
            let (chosen, seconds) = cpu_seconds(choose);
            let chosen = chosen?;
            let mut entry = with("chosen", &chosen)?;
            entry.chosen = Some((chosen, seconds));
            ours.push(entry);
        }
        Ok(ours)
    }

    fn theirs(&mut self, family: Family, ours: &[Entry]) -> Result<Vec<Entry>> {
        let Some(python) = &mut self.python else { return Ok(Vec::new()) };
        let one = |name: &str, model, parameters| Entry::theirs(family, name, model, parameters);
        let lambda = self.arguments.lambda;
        Ok(match family {
            Family::Ease => vec![
                one("numpy, inverse", "ease", json!({"regularisation": lambda})),
                one("scipy, Cholesky", "ease", json!({"regularisation": lambda, "cholesky": true})),
            ],
            Family::ItemItem => [20, 100]
                .map(|k| {
                    one(&format!("implicit cosine, K {k}"), "cosine", json!({"neighbours": k}))
                })
                .into(),
            Family::Als => {
                let chosen = ours.iter().find_map(|one| one.chosen.as_ref());
                let factors = chosen.and_then(|(settings, _)| settings.get("factors"));
                let factors = factors.map_or(64, |factors| *factors as u32);
                let parameters = json!({"factors": factors});
                let mut theirs = vec![
                    one("implicit ALS, as it is", "als", json!({})),
                    one(&format!("implicit ALS, factors {factors}"), "als", parameters),
                ];
                if !self.arguments.as_they_are {
                    let Chosen { cpu_s, parameters } =
                        python.tell(json!({"do": "choose", "factors": factors}))?;
                    let chosen = serde_json::from_value(parameters.clone())?;
                    let mut entry = one("implicit ALS, chosen", "als", parameters);
                    entry.chosen = Some((chosen, cpu_s));
                    theirs.push(entry);
                }
                theirs
            }
        })
    }

    /// Everybody in turn, round by round, so that whatever else the machine does hits all
    /// alike; and how far the scores of EASE are apart.
    fn rounds(&mut self, field: &mut [Entry]) -> Result<Option<f64>> {
        let (mut scores, mut differs) = (None, None::<f64>);
        for round in 1..=self.arguments.rounds {
            let last = round == self.arguments.rounds;
            for entry in &mut *field {
                if let Some(trained) = self.fit(entry)? {
                    if last {
                        self.ask(entry, &trained);
                        scores = Some(self.scores(&trained));
                    }
                } else if last {
                    self.ask_them(entry)?;
                    if let (Family::Ease, Some(scores)) = (entry.family, &scores) {
                        let found = self.difference(scores)?;
                        differs = Some(differs.map_or(found, |differs| differs.max(found)));
                    }
                }
            }
        }
        Ok(differs)
    }

    /// The model, if it is ours; theirs stays where it is.
    fn fit(&mut self, entry: &mut Entry) -> Result<Option<Trained>> {
        let (trained, seconds) = match &entry.who {
            Who::Ours(recommender) => {
                let data = Dataset::new().baskets(&self.data.orders);
                let (trained, seconds) = cpu_seconds(|| data.fit(recommender.clone(), 1));
                (Some(trained?), seconds)
            }
            Who::Theirs { model, parameters } => {
                let line = json!({"do": "fit", "model": model, "parameters": parameters});
                (None, self.them()?.tell::<Spent>(line)?.cpu_s)
            }
        };
        entry.fits.push(seconds);
        Ok(trained)
    }

    fn them(&mut self) -> Result<&mut Python> {
        Ok(self.python.as_mut().ok_or("nobody beside")?)
    }

    fn ask(&self, entry: &mut Entry, trained: &Trained) {
        let mut measured = Measured::of(trained, &self.data.trials);
        entry.p50_us = measured.queries.percentile_us(0.5);
        entry.p90_us = measured.queries.percentile_us(0.9);
        entry.quality = measured.quality;
    }

    fn ask_them(&mut self, entry: &mut Entry) -> Result<()> {
        let customers = self.data.trials.len();
        let asked: Asked = self.them()?.tell(json!({"do": "ask", "customers": customers}))?;
        (entry.p50_us, entry.p90_us) = (rounded(asked.p50_us, 1), rounded(asked.p90_us, 1));
        let lists = self.data.lists(self.folder, LIST)?;
        for (trial, list) in self.data.trials.iter().zip(lists) {
            entry.quality.add(&list, &trial.held_out);
        }
        Ok(())
    }

    /// How the first customers like each item, by item.
    fn scores(&self, trained: &Trained) -> Vec<BTreeMap<String, f64>> {
        let first = self.data.trials.iter().take(COMPARED);
        let scores = first.map(|trial| {
            let order = folded(trial);
            let asked = confidant::evaluate::Asked { leave_out: &[], ..anything_else(&order) };
            let all = trained.recommend(&asked, usize::MAX).into_iter();
            all.map(|(item, score)| (item.to_owned(), score)).collect()
        });
        scores.collect()
    }

    /// The largest difference between these scores and theirs.
    fn difference(&mut self, ours: &[BTreeMap<String, f64>]) -> Result<f64> {
        _ = self.them()?.tell::<Value>(json!({"do": "scores", "customers": ours.len()}))?;
        let theirs = self.data.scores(self.folder)?;
        let mut most = 0.0f64;
        for (ours, theirs) in ours.iter().zip(&theirs) {
            for (item, theirs) in self.data.items.iter().zip(theirs) {
                // What nothing speaks for is not named: there it must not be above zero.
                let apart = match ours.get(*item) {
                    Some(ours) => (ours - theirs).abs(),
                    None => theirs.max(0.0),
                };
                most = most.max(apart);
            }
        }
        Ok(most)
    }
}
