//! What goes with one item, as a host shows it beside the item or looks at it itself.

use super::Engine;
use crate::catalog::NO_ITEM;
use crate::error::{Error, Result};
use crate::recommend::BoughtTogether;
use crate::types::ItemId;

impl Engine {
    /// The `n` available items that go best with an item by a recommender that is an
    /// [`ItemItem`](crate::ItemItem), each with the figures: the nearest by its own similarity
    /// first, ties by id, and only what has its support. Fewer where there are no more.
    ///
    /// Customers are counted who have both, or, [within
    /// orders](crate::ItemItem::within_orders), orders; of those who let others learn from
    /// them, as the model knows of them. What would tell of fewer of them than the [smallest
    /// group](crate::EngineBuilder::smallest_group) is left out: of those who have both items,
    /// one without the other, or neither. No customer is looked at, so it needs no consent but
    /// theirs. It takes a pass over what those have who have the item.
    ///
    /// ```
    /// use confidant::{
    ///     Catalog, Engine, Event, Item, ItemItem, Level, Purpose, Similarity, Timestamp, days,
    /// };
    ///
    /// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
    /// let tuesday = monday + days(1);
    /// let engine = Engine::builder()
    ///     .catalog(Catalog::new(["pot", "soap", "tea"].map(Item::new))?)
    ///     .recommender("beside", ItemItem::params().similarity(Similarity::Lift))
    ///     .build()?;
    /// for (customer, items) in
    ///     [("ana", ["pot", "tea"]), ("ben", ["pot", "tea"]), ("eva", ["soap", "tea"])]
    /// {
    ///     let yes = Event::consent(customer, monday).level(Level::Collaborative);
    ///     let yes = yes.allow(Purpose::Personalisation).allow(Purpose::CollaborativeLearning);
    ///     engine.record(tuesday, yes)?;
    ///     for item in items {
    ///         engine.record(tuesday, Event::purchased(customer, monday).item(item))?;
    ///     }
    /// }
    /// engine.advance(tuesday)?;
    /// engine.fit(tuesday)?;
    /// let beside = engine.bought_together("beside", &"tea".into(), 10)?;
    /// // One customer has soap and tea, and it takes two.
    /// assert_eq!(beside.len(), 1);
    /// assert_eq!((beside[0].item.as_str(), beside[0].both), ("pot", 2));
    /// assert_eq!(beside[0].support, 2.0 / 3.0);
    /// assert_eq!(beside[0].confidence, 2.0 / 3.0);
    /// assert_eq!(beside[0].lift, 1.0);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// There is no such recommender, it is of another kind, or the catalogue has no such item.
    pub fn bought_together(
        &self,
        recommender: &str,
        item: &ItemId,
        n: usize,
    ) -> Result<Vec<BoughtTogether>> {
        let setup = self.setup();
        let Some(fitted) = setup.models.fitted(recommender) else {
            let message = format!("there is no recommender `{recommender}`");
            return Err(Error::configuration(message));
        };
        let Some(model) = fitted.neighbours() else {
            return Err(Error::configuration(format!(
                "recommender `{recommender}` does not count what is bought together: expected \
                 an `ItemItem`, not arranged and not in a blend"
            )));
        };
        let number = setup.catalog.number(item.as_str());
        if number == NO_ITEM {
            let message = format!("the catalogue has no item `{}`", item.as_str());
            return Err(Error::input("item", message));
        }
        Ok(model.bought_together(number, n, setup.others.smallest_group, &setup.catalog))
    }
}
