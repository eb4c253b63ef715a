//! Recommenders on a table of a host's own: fitted from it and asked without an engine, as
//! an experiment does. It is the code that decisions run on, and knows no profile.

use hashbrown::HashSet;

use super::baskets::Basket;
use super::sessions::Session;
use crate::catalog::{Catalog, Item, NO_ITEM};
use crate::error::Result;
use crate::recommend::{Corpus, Fitted, Line, Past, Query, Recommender, Taught};
use crate::types::Timestamp;

/// What customers did, as far as a recommender is to learn from it.
///
/// ```
/// use confidant::evaluate::{Asked, Dataset, Interaction, baskets};
/// use confidant::{Ease, Timestamp};
///
/// let at = "2026-03-02T18:20:00Z".parse::<Timestamp>()?;
/// let bought = |customer, item| Interaction { customer, at, order: "", item };
/// let rows = ["ana", "ben", "eva"].map(|who| [bought(who, "tea"), bought(who, "pot")]);
/// let orders = baskets(rows.as_flattened());
/// let trained = Dataset::new().baskets(&orders).fit(Ease::params().lambda(1.0), 1)?;
///
/// let asked = Asked { now: at, viewing: &["tea"], leave_out: &["tea"], ..Asked::default() };
/// let list = trained.recommend(&asked, 10);
/// assert_eq!(list.first().map(|(item, _)| *item), Some("pot"));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Dataset<'a> {
    baskets: &'a [Basket<'a>],
    sessions: &'a [Session<'a>],
}

impl<'a> Dataset<'a> {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was bought, by customer and time.
    #[must_use]
    pub fn baskets(self, baskets: &'a [Basket<'a>]) -> Self {
        Self { baskets, ..self }
    }

    /// What was looked at.
    #[must_use]
    pub fn sessions(self, sessions: &'a [Session<'a>]) -> Self {
        Self { sessions, ..self }
    }

    /// A recommender fitted from it, as of the last basket; the same, bit for bit, for any
    /// number of threads.
    ///
    /// # Errors
    /// A parameter is out of its range, or an id is empty or too long.
    pub fn fit(&self, recommender: impl Into<Recommender>, threads: usize) -> Result<Trained> {
        let checked = recommender.into().check()?;
        let catalog = self.catalog()?;
        let corpus = self.corpus(&catalog);
        let now = self.baskets.iter().map(|basket| basket.at).max().unwrap_or_default();
        let fitted = checked.fit(&corpus, &catalog, now, threads);
        Ok(Trained { catalog, fitted })
    }

    /// A recommender with parameters that suit these data, found by trial inside them: some
    /// customers are set apart, or the newest sessions, and what foresees these best is
    /// taken. It is known how for [`Ials`](crate::Ials) (factors, regularisation and the
    /// weight of what was not chosen) and [`SessionNeighbours`](crate::SessionNeighbours)
    /// (decays); others stay as they are.
    ///
    /// # Errors
    /// A parameter is out of its range, or an id is empty or too long.
    pub fn choose(
        &self,
        recommender: impl Into<Recommender>,
        seed: u64,
        threads: usize,
    ) -> Result<Recommender> {
        let recommender = recommender.into();
        recommender.clone().check()?;
        let catalog = self.catalog()?;
        Ok(recommender.chosen(&self.corpus(&catalog), seed, threads))
    }

    /// Everything that was bought or looked at.
    fn catalog(&self) -> Result<Catalog> {
        let baskets = self.baskets.iter().flat_map(|basket| &basket.items);
        let looks = self.sessions.iter().flat_map(|session| &session.items);
        // By hash first: most of them are there many times.
        let items: HashSet<&str> = baskets.chain(looks).copied().collect();
        let mut items: Vec<&str> = items.into_iter().collect();
        items.sort_unstable();
        Catalog::new(items.into_iter().map(Item::new))
    }

    fn corpus(&self, catalog: &Catalog) -> Corpus {
        let numbers = |items: &[&str]| items.iter().map(|item| catalog.number(item)).collect();
        let customers = self.baskets.chunk_by(|a, b| a.customer == b.customer);
        let dated = |basket: &Basket<'_>| (numbers(&basket.items), basket.at.day() as i32);
        let history = |baskets: &[Basket<'_>]| (baskets.iter().map(dated).unzip(), 1);
        let bought = self.baskets.iter().flat_map(|basket| {
            let items = basket.items.iter().map(|item| catalog.number(item));
            items.map(|item| (item, basket.at.day() as i32, 1))
        });
        let visits = self.sessions.iter();
        let visits = visits.map(|session| (session.ended.as_millis(), numbers(&session.items)));
        Corpus::from_histories(catalog.len(), customers.map(history).collect())
            .with_bought(bought.collect())
            .with_visits(visits.collect())
    }
}

/// A recommender that was fitted from a [`Dataset`].
#[derive(Debug)]
pub struct Trained {
    catalog: Catalog,
    fitted: Fitted,
}

/// What a recommender is shown of somebody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// As of when.
    pub now: Timestamp,
    /// What they bought, by time.
    pub baskets: &'a [Basket<'a>],
    /// What they look at in the present visit, in order.
    pub viewing: &'a [&'a str],
    /// What is not to be answered.
    pub leave_out: &'a [&'a str],
}

impl Trained {
    /// The items that it knows, ascending.
    pub fn items(&self) -> impl ExactSizeIterator<Item = &str> {
        self.catalog.items().iter().map(|item| item.id().as_str())
    }

    /// Forgets a customer who taught exactly this, all of it: it ranks as if it had been
    /// fitted without. False if that takes a new fit (see
    /// [`Recommender::forgets`]); then nothing has changed.
    #[must_use]
    pub fn forget(&mut self, baskets: &[Basket<'_>], sessions: &[Session<'_>]) -> bool {
        let gone = self.taught(baskets, sessions);
        self.fitted.forget(&gone)
    }

    /// Learns a customer whom it did not know, of items that it knows: it ranks as if it had
    /// been fitted with them. False if that takes a new fit; then nothing has changed.
    #[must_use]
    pub fn learn(&mut self, baskets: &[Basket<'_>], sessions: &[Session<'_>]) -> bool {
        let new = self.taught(baskets, sessions);
        self.fitted.learn(&new)
    }

    fn taught(&self, baskets: &[Basket<'_>], sessions: &[Session<'_>]) -> Taught {
        let number = |item: &&str| Some(self.catalog.number(item)).filter(|n| *n != NO_ITEM);
        let numbers = |items: &[&str]| items.iter().filter_map(number).collect::<Vec<u32>>();
        let bought = baskets.iter().flat_map(|basket| {
            let day = basket.at.day() as i32;
            numbers(&basket.items).into_iter().map(move |item| (item, day, 1))
        });
        let visits = sessions.iter().map(|s| (s.ended.as_millis(), numbers(&s.items)));
        let orders = baskets.iter().map(|basket| (numbers(&basket.items), basket.at.day() as i32));
        Taught::new(orders.unzip(), bought.collect(), visits.collect())
    }

    /// The best `n` items with their scores, best first, ties by id; fewer where nothing
    /// speaks for more. Items that it does not know say nothing.
    #[must_use]
    pub fn recommend(&self, asked: &Asked<'_>, n: usize) -> Vec<(&str, f64)> {
        let number = |item: &&str| Some(self.catalog.number(item)).filter(|n| *n != NO_ITEM);
        let past = self.past(asked);
        let mut left_out: Vec<u32> = asked.leave_out.iter().filter_map(number).collect();
        left_out.sort_unstable();
        let keep = |item: u32| left_out.binary_search(&item).is_err();
        let query = Query { n, keep: &keep, why: false };
        let ranked = self.fitted.model().rank(&past, &query);
        let named = |item: u32| self.catalog.item(item).map(|item| item.id().as_str());
        ranked.into_iter().filter_map(|one| Some((named(one.item)?, one.score))).collect()
    }

    fn past(&self, asked: &Asked<'_>) -> Past {
        let number = |item: &&str| Some(self.catalog.number(item)).filter(|n| *n != NO_ITEM);
        let lines = (1..).zip(asked.baskets).flat_map(|(order, basket)| {
            let items = basket.items.iter().filter_map(number);
            items.map(move |item| Line { at: basket.at.as_millis(), item, order })
        });
        let looks = asked.viewing.iter().filter_map(number).collect();
        Past::new(asked.now, lines.collect(), looks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Interaction, baskets};
    use crate::numeric::Draws;
    use crate::recommend::{
        Blend, Ease, Ials, ItemItem, NextBasket, Ranked, SessionNeighbours, Similarity, TifuKnn,
    };
    use crate::types::days;

    /// Every family that is fitted by several threads, and a blend of some.
    fn all() -> Vec<Recommender> {
        let near = ItemItem::params().support(1);
        vec![
            near.into(),
            near.similarity(Similarity::Bm25).into(),
            near.similarity(Similarity::Lift).within_orders().into(),
            Ease::params().lambda(2.0).block(9).into(),
            Ials::params().factors(4).into(),
            TifuKnn::params().neighbours(5).into(),
            NextBasket::params().into(),
            SessionNeighbours::vstan().into(),
            Blend::by_score().part(Ials::params().factors(3), 1.0).part(near, 1.0).into(),
        ]
    }

    fn rows(seed: u64, names: &[String]) -> Vec<Interaction<'_>> {
        let mut draws = Draws::new(seed, &[b"rows"]);
        let name = |draws: &mut Draws, of: usize| names.get(draws.below(of)).unwrap().as_str();
        let row = |_| Interaction {
            customer: name(&mut draws, 40),
            order: name(&mut draws, 4),
            item: name(&mut draws, 25),
            at: Timestamp::from_millis(0) + days(draws.below(90) as u32),
        };
        (0..700).map(row).collect()
    }

    fn names() -> Vec<String> {
        (0..40).map(|n| format!("n{n:02}")).collect()
    }

    /// Or a blend, which asks again about what it gives, would name other reasons than its
    /// parts have.
    #[test]
    fn what_speaks_for_an_item_does_not_depend_on_what_else_may_be_given() {
        let names = names();
        let rows = rows(5, &names);
        let orders = baskets(&rows);
        let first = orders.first().unwrap().customer;
        let own: Vec<_> = orders.iter().filter(|order| order.customer == first).cloned().collect();
        let mut named = 0;
        for recommender in all() {
            let trained = Dataset::new().baskets(&orders).fit(recommender.clone(), 1).unwrap();
            let asked = Asked { baskets: &own, viewing: &["n03", "n07"], ..Asked::default() };
            let past = trained.past(&asked);
            let rank = |n, keep: &dyn Fn(u32) -> bool, why| {
                trained.fitted.model().rank(&past, &Query { n, keep, why })
            };
            let list = rank(8, &|_| true, true);
            let unsaid = rank(8, &|_| true, false);
            let bare = |list: &[Ranked]| -> Vec<(u32, f64)> {
                list.iter().map(|ranked| (ranked.item, ranked.score)).collect()
            };
            assert_eq!(bare(&list), bare(&unsaid), "{recommender:?}");
            // A blend's scores are of places in lists, which others may stand in.
            let alone = !matches!(&recommender, blend if format!("{blend:?}").contains("parts"));
            for ranked in list.iter().filter(|_| alone) {
                named += ranked.because.len();
                let only = rank(1, &|item| item == ranked.item, true);
                assert_eq!(only, std::slice::from_ref(ranked), "{recommender:?}");
            }
        }
        assert!(named > 100, "{named}");
    }

    #[test]
    fn the_same_for_any_number_of_threads() {
        let names = names();
        let rows = rows(3, &names);
        let orders = baskets(&rows);
        let data = Dataset::new().baskets(&orders);
        for recommender in all() {
            let digest = |threads| {
                let trained = data.fit(recommender.clone(), threads).unwrap();
                trained.fitted.model().digest()
            };
            let alone = digest(1);
            for threads in [2, 3, 7, 100] {
                assert_eq!(digest(threads), alone, "{recommender:?}, {threads} threads");
            }
        }
    }
}
