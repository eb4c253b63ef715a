//! Which items for this customer. Every recommender follows one contract: parameters
//! are checked before anything is fitted; a fitted model ranks what a view shows; asked
//! for N items it gives N, or all that exist, and says which of them are a fallback;
//! ties are broken by id; each item names the customer's own items that spoke for it.

mod arranged;
mod arrangement;
mod basket;
mod blend;
mod content;
mod corpus;
mod ease;
mod family;
mod ials;
mod ignored;
mod item_item;
mod list;
mod matched;
mod past;
mod personal;
mod pool;
mod popularity;
mod related;
mod replenishment;
mod rerank;
mod rows;
mod sessions;
mod studied;
mod taught;
mod together;
mod top;
mod up_sell;

pub use arrangement::{Arrangement, Goods};
pub use basket::{NextBasket, TifuKnn};
pub use blend::Blend;
pub use content::Content;
pub(crate) use corpus::Corpus;
pub use ease::Ease;
pub(crate) use family::{Checked, Fitted};
pub use family::{Forgets, Recommender};
pub use ials::Ials;
pub(crate) use ignored::LOOKED_AT;
pub use item_item::{BoughtTogether, ItemItem, Similarity};
pub(crate) use list::recommend;
pub use list::{Recommendation, Scope, Source};
pub use matched::Match;
pub(crate) use matched::{Looked, Reads, say_no_more};
pub(crate) use past::{Line, Past};
pub use personal::PersonalFrequency;
pub(crate) use popularity::Popular;
pub use popularity::Popularity;
pub use related::Related;
pub use replenishment::Replenishment;
pub(crate) use replenishment::Upcoming;
pub use sessions::{Fall, Rarity, SessionNeighbours};
pub use studied::Studied;
pub(crate) use taught::Taught;
pub use up_sell::UpSell;

use hashbrown::{HashMap, HashSet};

use crate::event::Kind;
use crate::numeric::Digest;
use crate::view::View;

/// What every fitted recommender does.
pub(crate) trait Model {
    /// Items with a positive score for somebody's past, best first, ties by number; those
    /// that `query` leaves out are not among them. At most `query.n`. The score of an item
    /// and what spoke for it do not depend on what else may be given.
    fn rank(&self, past: &Past, query: &Query<'_>) -> Vec<Ranked>;

    /// How each of the items that it ranked fits, what matters most first; nothing where it
    /// cannot tell.
    fn matched(&self, _: &Past, _: &[Ranked]) -> Vec<Vec<Match>> {
        Vec::new()
    }

    /// When what the customer bought will be bought again, what is due now first, where it can
    /// tell; of what `query` asks for.
    fn due(&self, _: &Past, _: &Query<'_>) -> Option<Vec<Upcoming>> {
        None
    }

    /// Whether it wants an item never to be given, whatever else speaks for it.
    fn leaves_out(&self, _: &Past, _: u32) -> bool {
        false
    }

    /// What of the customer it looks at, beside the present visit.
    fn reads(&self) -> Reads<'_> {
        Reads { purchases: self.is_personal(), ..Reads::default() }
    }

    /// Whether it looks at the customer at all.
    fn is_personal(&self) -> bool;

    /// Its exact content.
    fn digest(&self) -> Digest;
}

/// What is asked of a model.
#[derive(Clone, Copy)]
pub(crate) struct Query<'a> {
    pub(crate) n: usize,
    /// Items that may be given.
    pub(crate) keep: &'a dyn Fn(u32) -> bool,
    /// Whether to name what spoke for them, where that takes time.
    pub(crate) why: bool,
}

/// An item with its score.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) item: u32,
    pub(crate) score: f64,
    /// The customer's own items that spoke for it, the strongest first; maybe none where
    /// nobody asked.
    pub(crate) because: Vec<u32>,
}

/// Names what spoke for some of the items that a model ranked, and for no other: it is asked
/// again, about those alone.
fn name_reasons(
    model: &dyn Model,
    past: &Past,
    ranked: &mut [Ranked],
    wanted: impl Fn(u32) -> bool,
) {
    let items = ranked.iter().map(|ranked| ranked.item).filter(|item| wanted(*item));
    let items: HashSet<u32> = items.collect();
    let query = Query { n: items.len(), keep: &|item| items.contains(&item), why: true };
    let said = model.rank(past, &query).into_iter().map(|said| (said.item, said.because));
    let mut said: HashMap<u32, Vec<u32>> = said.collect();
    for ranked in ranked {
        ranked.because = said.remove(&ranked.item).unwrap_or_default();
    }
}

/// The items that the customer bought, ascending.
pub(crate) fn owned(view: &View) -> Vec<u32> {
    let rows = view.rows();
    let purchased = Kind::Purchased.code();
    let mut items: Vec<u32> = rows
        .kind
        .iter()
        .zip(&rows.item)
        .filter(|(kind, item)| **kind == purchased && **item != crate::catalog::NO_ITEM)
        .map(|(_, item)| *item)
        .collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// The best first: by score, then by number, which is by id.
pub(crate) fn best(mut ranked: Vec<Ranked>, n: usize) -> Vec<Ranked> {
    let order = |a: &Ranked, b: &Ranked| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item));
    if n < ranked.len() && n > 0 {
        ranked.select_nth_unstable_by(n - 1, order);
    }
    ranked.truncate(n);
    ranked.sort_unstable_by(order);
    ranked
}
