//! Recommenders by the names that the command line has for them.

use std::collections::BTreeMap;

use confidant::{
    Blend, Ease, Fall, Ials, ItemItem, NextBasket, PersonalFrequency, Popularity, Rarity,
    Recommender, SessionNeighbours, Similarity, TifuKnn,
};

use crate::support::Result;

/// Parameters by name.
pub(crate) type Settings = BTreeMap<String, f64>;

/// The reader of `--set key=value`.
pub(crate) fn setting(text: &str) -> Result<(String, f64), String> {
    let wrong = || "expected key=value with a number, as in lambda=400".to_owned();
    let (key, value) = text.split_once('=').ok_or_else(wrong)?;
    Ok((key.replace('-', "_"), value.parse().map_err(|_| wrong())?))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Model {
    Ease,
    Als,
    ItemItem,
    Popularity,
    Blend,
}

impl Model {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ease => "ease",
            Self::Als => "als",
            Self::ItemItem => "item-item",
            Self::Popularity => "popularity",
            Self::Blend => "blend",
        }
    }

    /// What is tried where nothing is said. (iALS knows by itself how to choose.)
    pub(crate) fn candidates(self) -> Vec<Settings> {
        match self {
            Self::Ease => each(&[("lambda", &[50.0, 100.0, 200.0, 400.0, 800.0, 1600.0])]),
            Self::ItemItem => each(&[
                ("neighbours", &[20.0, 50.0, 100.0, 200.0]),
                ("shrinkage", &[0.0, 5.0, 20.0]),
            ]),
            Self::Blend => {
                each(&[("lambda", &[100.0, 200.0, 400.0]), ("weight", &[0.5, 1.0, 2.0])])
            }
            Self::Als | Self::Popularity => vec![Settings::new()],
        }
    }

    /// The recommender with some settings.
    pub(crate) fn with(self, settings: &Settings) -> Result<Recommender> {
        let known: &[&str] = match self {
            Self::Ease => &["lambda", "block"],
            Self::ItemItem => &["neighbours", "support", "shrinkage", "similarity"],
            Self::Als => {
                &["factors", "regularisation", "exponent", "unobserved", "iterations", "seed"]
            }
            Self::Blend => &["lambda", "weight"],
            Self::Popularity => &["half_life_days"],
        };
        if let Some(key) = settings.keys().find(|key| !known.contains(&key.as_str())) {
            let (name, known) = (self.name(), known.join(", "));
            return Err(format!("--set {key}: {name} knows {known}").into());
        }
        let get = |key: &str| settings.get(key).copied();
        Ok(match self {
            Self::Ease => {
                let params = Ease::params();
                let params = get("lambda").map_or(params, |lambda| params.lambda(lambda));
                get("block").map_or(params, |block| params.block(block as u32)).into()
            }
            Self::ItemItem => {
                let by = match get("similarity").unwrap_or(0.0) as u32 {
                    0 => Similarity::Cosine,
                    1 => Similarity::Bm25,
                    2 => Similarity::Conditional,
                    _ => Similarity::Lift,
                };
                let params = ItemItem::params().similarity(by);
                let neighbours = get("neighbours").unwrap_or(50.0) as u32;
                let support = get("support").unwrap_or(1.0) as u32;
                let shrinkage = get("shrinkage").unwrap_or(0.0) as u32;
                params.neighbours(neighbours).support(support).shrinkage(shrinkage).into()
            }
            Self::Popularity => {
                let days = get("half_life_days").unwrap_or(36_500.0) as u32;
                Popularity::params().half_life_days(days).into()
            }
            Self::Als => {
                let params = Ials::params();
                let params = get("factors").map_or(params, |n| params.factors(n as u32));
                let params = get("regularisation").map_or(params, |r| params.regularisation(r));
                let params = get("exponent").map_or(params, |e| params.exponent(e));
                let params = get("unobserved").map_or(params, |w| params.unobserved(w));
                let params = get("iterations").map_or(params, |n| params.iterations(n as u32));
                get("seed").map_or(params, |seed| params.seed(seed as u64)).into()
            }
            Self::Blend => {
                let ease = Ease::params().lambda(get("lambda").unwrap_or(200.0));
                let weight = get("weight").unwrap_or(1.0);
                Blend::by_score().part(ease, 1.0).part(Ials::params(), weight).into()
            }
        })
    }
}

/// What comes next in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SessionModel {
    VmisKnn,
    Vstan,
}

/// What is in the next basket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum BasketModel {
    TifuKnn,
    Personal,
    Blend,
}

/// Every combination of some values.
fn each(keys: &[(&str, &[f64])]) -> Vec<Settings> {
    let mut all = vec![Settings::new()];
    for (key, values) in keys {
        let with = |settings: &Settings| {
            let one = |value: &f64| {
                let mut settings = settings.clone();
                settings.insert((*key).to_owned(), *value);
                settings
            };
            values.iter().map(one).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    all
}

/// As `key=value`, for people.
pub(crate) fn told(settings: &Settings) -> String {
    let told: Vec<String> = settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
    if told.is_empty() { "nothing to choose".to_owned() } else { told.join(" ") }
}

impl BasketModel {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TifuKnn => "tifu-knn",
            Self::Personal => "personal",
            Self::Blend => "blend",
        }
    }

    pub(crate) fn with(self, settings: &Settings) -> Result<Recommender> {
        let known: &[&str] = match self {
            Self::TifuKnn => &["groups", "within", "between", "neighbours", "alpha"],
            Self::Blend => &["weight"],
            Self::Personal => &["half_life_days"],
        };
        if let Some(key) = settings.keys().find(|key| !known.contains(&key.as_str())) {
            let (name, known) = (self.name(), known.join(", "));
            return Err(format!("--set {key}: {name} knows {known}").into());
        }
        let get = |key: &str| settings.get(key).copied();
        Ok(match self {
            Self::TifuKnn => {
                let params = TifuKnn::params();
                let params = get("groups").map_or(params, |n| params.groups(n as u32));
                let params = get("within").map_or(params, |decay| params.within(decay));
                let params = get("between").map_or(params, |decay| params.between(decay));
                let params = get("neighbours").map_or(params, |n| params.neighbours(n as u32));
                get("alpha").map_or(params, |alpha| params.alpha(alpha)).into()
            }
            Self::Blend => {
                let params = NextBasket::params();
                get("weight").map_or(params, |weight| params.weight(weight)).into()
            }
            Self::Personal => {
                let params = PersonalFrequency::params();
                let days = get("half_life_days");
                days.map_or(params, |days| params.half_life_days(days as u32)).into()
            }
        })
    }
}

impl SessionModel {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::VmisKnn => "vmis-knn",
            Self::Vstan => "vstan",
        }
    }

    pub(crate) fn with(self, settings: &Settings) -> Result<Recommender> {
        let mut params = match self {
            Self::VmisKnn => SessionNeighbours::vmis_knn(),
            Self::Vstan => SessionNeighbours::vstan(),
        };
        for (key, value) in settings {
            params = match key.as_str() {
                "recent" => params.recent(*value as u32),
                "neighbours" => params.neighbours(*value as u32),
                "clicks" => params.clicks(*value as u32),
                "position" => params.position(Fall::Exponential(*value)),
                "matched" => params.matched(Fall::Exponential(*value)),
                "distance" => params.distance(Some(*value)),
                "half_life_days" => params.half_life_days(Some(*value)),
                "rarity" => params.rarity(Rarity::Plus(*value)),
                _ => {
                    let known = "recent, neighbours, clicks, position, matched, distance, \
                                 half_life_days, rarity";
                    return Err(format!("--set {key}: {} knows {known}", self.name()).into());
                }
            };
        }
        Ok(params.into())
    }
}
