//! The condition language over a view: one language for segments, actions and
//! journeys. A [`Condition`] is data; a [`Program`] is many of them compiled together,
//! so that what they share is computed once.

mod ask;
mod behaviours;
mod choose;
mod clustering;
mod clusters;
mod columns;
#[cfg(test)]
mod columns_twin;
mod compile;
mod condition;
mod cuts;
mod depends;
mod depth;
mod evaluate;
mod explain;
mod fall;
mod fill;
mod first;
mod follow;
mod ground;
mod index;
mod lifecycle;
mod live;
mod mask;
mod matcher;
mod matching;
mod measure;
mod metric;
mod order;
mod others;
mod pick;
mod population;
mod program;
mod questionnaire;
mod ranking;
mod rules;
mod sequence;
mod slot;
mod span;
mod test;
mod text;
mod until;
mod watch;
mod window;

pub use behaviours::{Behaviours, behaviours};
pub use clustering::{Clustering, InCluster, in_cluster};
pub(crate) use clusters::{Clusters, Scale, finite, log};
pub(crate) use columns::{BLOCK, Columns};
pub(crate) use compile::within;
pub use condition::{
    Bucket, Condition, Points, Scored, all, any, attribute, bucket, in_segment, not, points,
    session, stage,
};
pub(crate) use cuts::{Cut, Edge, Separator};
pub(crate) use depth::check_depth;
pub(crate) use evaluate::Truth;
pub(crate) use explain::Parts;
pub use explain::{Explained, Told};
pub(crate) use fill::Slots;
pub(crate) use first::Precedence;
pub(crate) use ground::Ground;
pub use lifecycle::{Lifecycle, Stage};
pub(crate) use mask::Mask;
pub use metric::{
    Counted, History, Metric, NumbersOf, Rate, Ratio, Recency, Summed, average, basket, categories,
    channels, count, days_since, first, items, largest, last, not_seen_for, numbers, numbers_of,
    orders, quantity, ratio, smallest, total, trend,
};
pub use pick::{Pick, Picked, Picking, most_frequent, the_first, the_last};
pub(crate) use population::{Found, Place, Places, Population};
pub(crate) use program::{Program, Rule};
pub(crate) use questionnaire::{AskedClustering, AskedRanking, By, Fed, Questionnaire};
pub(crate) use ranking::Standing;
pub use ranking::{Placing, Ranked, Ranking, ranked};
pub use rules::{Answers, Rules};
pub use sequence::{Followed, Sequence, Step, sequence, step};
pub use test::{Asked, Lasting, Number, Since, Test};
