//! What somebody studies for long outside what they usually buy: a category that they look
//! at much or stay with long, and of which they buy nothing, or little.

use std::sync::Arc;

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use super::corpus::Corpus;
use super::past::Past;
use super::popularity::{Popular, Popularity};
use super::{Match, Model, Query, Ranked, Reads, Taught};
use crate::catalog::{Catalog, NO_PLACE};
use crate::error::{Error, Result};
use crate::numeric::{self, Digest};
use crate::types::Timestamp;

/// Parameters of what is studied: a category that the customer looked at so often, or stayed
/// with so long, within the last days, the present visit included, and of which they bought
/// next to nothing. Its items that they have not bought follow, what is popular first.
///
/// A category that another one below it explains gives way to that. What is viewed and told
/// of the present visit too counts twice.
///
/// ```
/// use confidant::{Recommender, Studied};
///
/// let studied = Studied::params().window_days(14).looks(8).minutes(20).share(0.05);
/// let recommender = Recommender::from(studied);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Studied {
    window_days: u32,
    looks: u32,
    minutes: u32,
    share: f64,
}

impl Studied {
    /// Five looks or ten minutes within 30 days, at most a tenth of all purchases.
    #[must_use]
    pub fn params() -> Self {
        Self { window_days: 30, looks: 5, minutes: 10, share: 0.1 }
    }

    /// What was viewed within the last so many days counts. From 1 to 3,650.
    #[must_use]
    pub fn window_days(self, days: u32) -> Self {
        Self { window_days: days, ..self }
    }

    /// So many looks are much. From 1 to 10,000.
    #[must_use]
    pub fn looks(self, looks: u32) -> Self {
        Self { looks, ..self }
    }

    /// So many minutes are long, as [`Behaviour::dwell`](crate::Behaviour::dwell) and
    /// [`Session::dwell`](crate::Session::dwell) tell. From 1 to 10,000.
    #[must_use]
    pub fn minutes(self, minutes: u32) -> Self {
        Self { minutes, ..self }
    }

    /// A category is outside of what the customer usually buys if at most this share of all
    /// they bought is of it. From 0 to 1.
    #[must_use]
    pub fn share(self, share: f64) -> Self {
        Self { share, ..self }
    }

    pub(super) fn check(&self) -> Result<()> {
        let wrong = |message: &'static str| Err(Error::configuration(message));
        if !(1..=3_650).contains(&self.window_days) {
            return wrong("`window_days` is out of range: expected 1 to 3,650");
        }
        if !(1..=10_000).contains(&self.looks) {
            return wrong("`looks` is out of range: expected 1 to 10,000");
        }
        if !(1..=10_000).contains(&self.minutes) {
            return wrong("`minutes` is out of range: expected 1 to 10,000");
        }
        if !(0.0..=1.0).contains(&self.share) {
            return wrong("`share` is out of range: expected 0 to 1");
        }
        Ok(())
    }

    pub(super) fn fit(&self, corpus: &Corpus, catalog: &Catalog, now: Timestamp) -> Attention {
        Attention::new(*self, Popularity::params().fit(corpus, catalog, now), catalog)
    }
}

/// What is popular, by category. Of the catalogue nothing is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Attention {
    params: Studied,
    popular: Popular,
    #[serde(skip)]
    shelves: Vec<Shelf>,
    /// The category of each item, by its place.
    #[serde(skip)]
    places: Vec<u32>,
    #[serde(skip)]
    digest: Digest,
}

/// A category.
#[derive(Debug, Clone)]
struct Shelf {
    path: Vec<Arc<str>>,
    /// The places of itself and all below it, which are those of no other, end before this.
    end: u32,
    /// The category above.
    above: Option<u32>,
}

/// How much somebody looked at a category, and how much they bought.
#[derive(Debug, Clone, Copy, Default)]
struct Interest {
    looks: u64,
    millis: u64,
    bought: u64,
}

impl Attention {
    fn new(params: Studied, popular: Popular, catalog: &Catalog) -> Self {
        let tree = catalog.tree();
        let above = |path: &[Arc<str>]| {
            let (_, wider) = path.split_last()?;
            (!wider.is_empty()).then(|| catalog.range(wider).0)
        };
        let shelf = |(path, (_, end)): &(&[Arc<str>], (u32, u32))| Shelf {
            path: path.to_vec(),
            end: *end,
            above: above(path),
        };
        Self {
            params,
            shelves: tree.iter().map(shelf).collect(),
            places: (0..catalog.len() as u32).map(|item| catalog.place(item)).collect(),
            digest: digest(params, &popular),
            popular,
        }
    }

    /// One that was read, if these parameters and this catalogue could have led to it.
    pub(crate) fn checked(self, params: &Studied, catalog: &Catalog) -> Option<Self> {
        let popular = self.popular.checked(catalog)?;
        (self.params == *params).then(|| Self::new(*params, popular, catalog))
    }

    /// Forgets what somebody bought.
    pub(super) fn forget(&mut self, gone: &Taught) -> bool {
        let known = self.popular.forget(gone);
        self.digest = digest(self.params, &self.popular);
        known
    }

    /// Learns what somebody bought.
    pub(super) fn learn(&mut self, new: &Taught) -> bool {
        let known = self.popular.learn(new);
        self.digest = digest(self.params, &self.popular);
        known
    }

    fn place(&self, item: u32) -> u32 {
        self.places.get(item as usize).copied().unwrap_or(NO_PLACE)
    }

    /// Counts something of a category for it and all above it.
    fn count(&self, interests: &mut [Interest], place: u32, count: impl Fn(&mut Interest)) {
        let mut next = Some(place);
        while let Some(place) = next {
            interests.get_mut(place as usize).into_iter().for_each(&count);
            next = self.shelves.get(place as usize).and_then(|shelf| shelf.above);
        }
    }

    /// How much the customer looked at each category lately, and how much they bought.
    fn interests(&self, past: &Past) -> Vec<Interest> {
        let mut interests = vec![Interest::default(); self.shelves.len()];
        let window = i64::from(self.params.window_days) * 86_400_000;
        let from = past.now().as_millis().saturating_sub(window);
        for look in past.looks().iter().filter(|look| look.at > from) {
            self.count(&mut interests, self.place(look.item), |interest| {
                interest.looks += 1;
                interest.millis = interest.millis.saturating_add(look.millis);
            });
        }
        for item in past.looked_at() {
            self.count(&mut interests, self.place(*item), |interest| interest.looks += 1);
        }
        for (place, millis) in past.stays() {
            self.count(&mut interests, *place, |interest| {
                interest.millis = interest.millis.saturating_add(*millis);
            });
        }
        for line in past.lines() {
            self.count(&mut interests, self.place(line.item), |interest| interest.bought += 1);
        }
        interests
    }

    /// The categories that are studied, what is studied most first.
    fn studied(&self, past: &Past) -> Vec<u32> {
        let interests = self.interests(past);
        let (least, long) = (u64::from(self.params.looks), u64::from(self.params.minutes) * 60_000);
        let all = past.lines().len() as f64;
        let is_studied = |interest: &Interest| {
            let much = interest.looks >= least || interest.millis >= long;
            much && interest.bought as f64 <= self.params.share * all
        };
        let places = (0u32..).zip(&interests).filter(|(_, interest)| is_studied(interest));
        let places: Vec<u32> = places.map(|(place, _)| place).collect();
        // What is below a category follows it.
        let narrowest = places.iter().zip(places.iter().skip(1).map(Some).chain([None]));
        let narrowest = narrowest.filter(|(place, next)| {
            let end = self.shelves.get(**place as usize).map_or(0, |shelf| shelf.end);
            next.is_none_or(|next| *next >= end)
        });
        let mut studied: Vec<u32> = narrowest.map(|(place, _)| *place).collect();
        let much = |place: &u32| {
            let Interest { looks, millis, .. } =
                interests.get(*place as usize).copied().unwrap_or_default();
            let (looks, millis) = (u128::from(looks), u128::from(millis));
            (looks * u128::from(long)).max(millis * u128::from(least))
        };
        studied.sort_by_key(|place| (std::cmp::Reverse(much(place)), *place));
        studied
    }

    fn covers(&self, place: u32, item: u32) -> bool {
        let end = self.shelves.get(place as usize).map_or(0, |shelf| shelf.end);
        (place..end).contains(&self.place(item))
    }
}

/// That of what is popular holds the catalogue's.
fn digest(params: Studied, popular: &Popular) -> Digest {
    numeric::digest(&("studied", params, popular.digest()))
}

impl Model for Attention {
    /// The score is one over the place among all that is new of the categories studied.
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked> {
        let mut known: HashSet<u32> = past.owned().iter().copied().collect();
        let all = 0..self.places.len() as u32;
        let of = |place: u32| {
            let items = self.popular.items().chain(all.clone());
            items.filter(move |item| self.covers(place, *item))
        };
        let items = self.studied(past).into_iter().flat_map(of);
        let new = items.filter(|item| known.insert(*item)).zip(1u32..);
        let kept = new.filter(|(item, _)| (query.keep)(*item)).take(query.n);
        let ranked = |(item, place): (u32, u32)| Ranked {
            item,
            score: 1.0 / f64::from(place),
            because: Vec::new(),
        };
        kept.map(ranked).collect()
    }

    fn matched(&self, past: &Past, ranked: &[Ranked]) -> Vec<Vec<Match>> {
        let studied = self.studied(past);
        let of = |one: &Ranked| {
            let place = studied.iter().find(|place| self.covers(**place, one.item));
            let shelf = place.and_then(|place| self.shelves.get(*place as usize));
            shelf.into_iter().map(|shelf| Match::Studied(shelf.path.clone())).collect()
        };
        ranked.iter().map(of).collect()
    }

    fn reads(&self) -> Reads<'_> {
        Reads { purchases: true, looks: true, ..Reads::default() }
    }

    fn is_personal(&self) -> bool {
        true
    }

    fn digest(&self) -> Digest {
        self.digest
    }
}
