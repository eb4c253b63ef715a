//! When a customer will buy again what they bought before.

use serde::{Deserialize, Serialize};

use super::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::recommend::{Past, Query, Upcoming};
use crate::types::{Identifier, ItemId, Purpose, Timestamp, redacted};

/// When an item will be bought again.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Due {
    /// The item.
    pub item: ItemId,
    /// How many purchases of it are to be expected a day, now: highest when it is due. What
    /// [`Engine::due`] orders by.
    pub rate: f64,
    /// When the next purchase is expected: in the past if it is overdue. Counted from the
    /// beginning of the day of the last one.
    pub next: Timestamp,
    /// How far along it is: the days since the last purchase, as a share of those expected
    /// from it to the next. Below 1 it is not due yet, above it is overdue.
    pub elapsed: f64,
}

redacted! {
    Due { rate, next, elapsed }
}

impl Engine {
    /// When a customer is expected to buy each available item again that they bought before, as
    /// far as that may be seen for personalisation: what is due now first, at most `n`. By a
    /// recommender of this engine that tells, [`Replenishment`](crate::Replenishment), arranged
    /// or not. Nobody is due to buy what they never bought, so a stranger gets nothing.
    ///
    /// ```
    /// use confidant::{Catalog, Engine, Event, Item, Level, Purpose, Replenishment, Timestamp, days};
    ///
    /// let monday: Timestamp = "2026-03-02T08:00:00Z".parse()?;
    /// let engine = Engine::builder()
    ///     .catalog(Catalog::new([Item::new("coffee"), Item::new("pan")])?)
    ///     .recommender("again", Replenishment::params())
    ///     .build()?;
    /// let yes = Event::consent("ana", monday).level(Level::OwnHistory);
    /// engine.record(monday, yes.allow(Purpose::Personalisation))?;
    /// for week in 0..30 {
    ///     let at = monday + days(7 * week);
    ///     engine.record(at, Event::purchased("ana", at).item("coffee"))?;
    /// }
    /// let due = engine.due("ana", "again", 5, monday + days(7 * 30))?;
    /// let [coffee] = due.as_slice() else { panic!("one item, one date") };
    /// assert!(coffee.next > monday + days(7 * 30) && coffee.next < monday + days(7 * 30 + 2));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// There is no such recommender, or it does not tell when; or the store failed.
    pub fn due(
        &self,
        customer: impl Into<Identifier>,
        recommender: &str,
        n: usize,
        now: Timestamp,
    ) -> Result<Vec<Due>> {
        let setup = &*self.setup();
        let wrong = |what: String| Error::new(ErrorKind::InvalidConfiguration, what);
        let Some(model) = setup.models.recommender(recommender) else {
            return Err(wrong(format!("there is no recommender `{recommender}`")));
        };
        let view = self.view_under(setup, &customer.into(), Purpose::Personalisation, now)?;
        let catalog = &setup.catalog;
        let past = Past::of(&view, catalog).reading(model.reads(), &view, catalog);
        let keep = |item| catalog.item(item).is_some_and(|item| item.is_available());
        let Some(upcoming) = model.due(&past, &Query { n, keep: &keep, why: true }) else {
            let message = format!("recommender `{recommender}` does not tell when an item is due");
            return Err(wrong(message));
        };
        let named = |one: Upcoming| {
            let day = Timestamp::from_millis(i64::from(one.last).saturating_mul(DAY));
            Some(Due {
                item: catalog.item(one.ranked.item)?.id().clone(),
                rate: one.ranked.score,
                // Days are few enough for whole milliseconds.
                next: day.later((one.gap * DAY as f64) as i64),
                elapsed: one.elapsed,
            })
        };
        Ok(upcoming.into_iter().filter_map(named).collect())
    }
}

/// In milliseconds.
const DAY: i64 = 86_400_000;
