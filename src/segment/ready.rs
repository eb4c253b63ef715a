//! Six segments that most shops can begin with, each with a business aim and the family of
//! actions that suits it.

use std::sync::Arc;
use std::time::Duration;

use super::rfm::YEAR;
use super::{Family, Segment};
use crate::event::Kind;
use crate::rule::{
    Behaviours, Condition, Ranking, all, basket, behaviours, count, days_since, first, orders,
    ranked, total,
};
use crate::types::{Currency, days, millis};

/// Six segments with their rankings, ready for an engine:
///
/// | segment | who | aim | family |
/// |---|---|---|---|
/// | `newcomers` | bought first in the last 30 days | adaptation | [`Adapt`](Family::Adapt) |
/// | `frequent_spending_little` | the fifth with the most orders, with baskets under half the mean | a larger basket | [`Upsell`](Family::Upsell) |
/// | `three_months_away` | nothing for more than 90 whole days | a visit | [`WinBack`](Family::WinBack) |
/// | `basket_above_average` | baskets above the mean of all, or of the group | closeness | [`KeepInTouch`](Family::KeepInTouch) |
/// | `vips` | the fewest who make 40 % of revenue | privilege | [`Privilege`](Family::Privilege) |
/// | `rare_spending_much` | the fifth with the fewest orders, with baskets above twice the mean | more visits | [`Invite`](Family::Invite) |
///
/// Orders, revenue and baskets are those of the last year, among those who bought then. An
/// engine takes the set with one line, and a host adjusts it:
///
/// ```
/// use confidant::{Currency, Engine, ReadySet, attribute, days, not};
///
/// let euro: Currency = "EUR".parse()?;
/// let as_it_is = Engine::builder().ready_segments(euro).build()?;
/// let consumers = not(attribute("trade").is(true));
/// let adjusted = ReadySet::new(euro).away(days(60)).vip_share(0.2).among(consumers);
/// let adjusted = Engine::builder().ready_segments(adjusted).build()?;
/// assert_eq!(adjusted.segments().len(), 6);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "segments are nothing until an engine has them"]
pub struct ReadySet {
    currency: Currency,
    period: Duration,
    newcomer: Duration,
    away: Duration,
    vip_share: f64,
    little: f64,
    much: f64,
    visits: Behaviours,
    among: Condition,
    per_cluster: Option<Arc<str>>,
}

const VISITS: &str = "ready visits";
const SPEND: &str = "ready spend";
const BASKET: &str = "ready basket";
const BASKET_IN_CLUSTER: &str = "ready basket in cluster";

impl From<Currency> for ReadySet {
    fn from(currency: Currency) -> Self {
        Self::new(currency)
    }
}

impl ReadySet {
    /// As in the table, with amounts in a currency.
    pub fn new(currency: Currency) -> Self {
        Self {
            currency,
            period: YEAR,
            newcomer: days(30),
            away: days(90),
            vip_share: 0.4,
            little: 0.5,
            much: 2.0,
            visits: behaviours(Kind::Purchased),
            among: Condition::Always,
            per_cluster: None,
        }
    }

    /// Of which time orders, revenue and baskets are.
    pub fn period(self, period: Duration) -> Self {
        Self { period, ..self }
    }

    /// For how long somebody is new.
    pub fn newcomer_for(self, time: Duration) -> Self {
        Self { newcomer: time, ..self }
    }

    /// After how many whole days somebody is away.
    pub fn away(self, time: Duration) -> Self {
        Self { away: time, ..self }
    }

    /// What counts as a visit of somebody who may be away; purchases, if not said.
    pub fn visits(self, of: impl Into<Behaviours>) -> Self {
        Self { visits: of.into(), ..self }
    }

    /// Which share of revenue the VIPs make, from 0 to 1.
    pub fn vip_share(self, share: f64) -> Self {
        Self { vip_share: share, ..self }
    }

    /// Under how many times the mean a basket is little, and above how many it is much.
    pub fn baskets(self, little: f64, much: f64) -> Self {
        Self { little, much, ..self }
    }

    /// Among those alone who meet this: wholesalers are no VIPs.
    pub fn among(self, base: Condition) -> Self {
        Self { among: base, ..self }
    }

    /// Baskets above the average of the customer's own cluster of a
    /// [`Clustering`](crate::Clustering) of the engine, instead of that of all.
    pub fn baskets_per_cluster(self, clustering: &str) -> Self {
        Self { per_cluster: Some(clustering.into()), ..self }
    }

    /// The rankings that the segments ask for.
    #[must_use]
    pub fn rankings(&self) -> Vec<Ranking> {
        let bought = count(Kind::Purchased).within(self.period).at_least(1);
        let base = || match &self.among {
            Condition::Always => bought.clone(),
            among => all([bought.clone(), among.clone()]),
        };
        let basket = || basket(Kind::Purchased, self.currency).within(self.period);
        let mut rankings = vec![
            Ranking::by(VISITS, orders(Kind::Purchased).within(self.period)).among(base()),
            Ranking::by(SPEND, total(Kind::Purchased, self.currency).within(self.period))
                .among(base()),
            Ranking::by(BASKET, basket()).among(base()),
        ];
        let in_cluster = self.per_cluster.iter().map(|clustering| {
            Ranking::by(BASKET_IN_CLUSTER, basket()).among(base()).per_cluster(clustering)
        });
        rankings.extend(in_cluster);
        rankings
    }

    /// The six segments.
    #[must_use]
    pub fn segments(&self) -> [Segment; 6] {
        let whole_days = u32::try_from(millis(self.away) / 86_400_000).unwrap_or(u32::MAX);
        let baskets = if self.per_cluster.is_some() { BASKET_IN_CLUSTER } else { BASKET };
        let of = |id: &str, condition, aim: &str, family| {
            Segment::new(id, condition).aim(aim).family(family)
        };
        let frequent = ranked(VISITS).quantile(5, 5);
        let rare = ranked(VISITS).quantile(1, 5);
        [
            of(
                "newcomers",
                first(Kind::Purchased).at_most_ago(self.newcomer),
                "help them to find their way",
                Family::Adapt,
            ),
            of(
                "frequent_spending_little",
                all([frequent, ranked(BASKET).under_mean(self.little)]),
                "a larger basket",
                Family::Upsell,
            ),
            of(
                "three_months_away",
                days_since(self.visits.clone()).at_least(whole_days.saturating_add(1)),
                "a visit",
                Family::WinBack,
            ),
            of(
                "basket_above_average",
                ranked(baskets).over_mean(1.0),
                "stay close to them",
                Family::KeepInTouch,
            ),
            of("vips", ranked(SPEND).top_share(self.vip_share), "privileges", Family::Privilege),
            of(
                "rare_spending_much",
                all([rare, ranked(BASKET).over_mean(self.much)]),
                "more visits",
                Family::Invite,
            ),
        ]
    }
}
