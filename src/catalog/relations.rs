//! What goes with what, and what does instead of what, in numbers of the catalogue.

use hashbrown::HashMap;

use super::Item;
use crate::types::ItemId;

/// For each item others, the one that was named first at the front.
#[derive(Debug, Clone, Default)]
pub(crate) struct Relations {
    others: Vec<u32>,
    /// Where those of each item end.
    ends: Vec<usize>,
}

impl Relations {
    /// From what each item names. An item is in no relation to itself nor to one that is not
    /// there, and named twice it counts once.
    pub(super) fn of(
        items: &[Item],
        index: &HashMap<ItemId, u32>,
        named: impl Fn(&Item) -> &[ItemId],
    ) -> Self {
        let mut relations = Self::default();
        for (item, number) in items.iter().zip(0..) {
            let from = relations.others.len();
            for other in named(item).iter().filter_map(|id| index.get(id).copied()) {
                let known = relations.others.get(from..).is_some_and(|own| own.contains(&other));
                if other != number && !known {
                    relations.others.push(other);
                }
            }
            relations.ends.push(relations.others.len());
        }
        relations
    }

    /// Those of an item; none of one that is not there.
    pub(crate) fn of_item(&self, item: u32) -> &[u32] {
        let number = item as usize;
        let from = number.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before));
        let range = from.zip(self.ends.get(number)).map(|(from, to)| *from..*to);
        range.and_then(|range| self.others.get(range)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn relations_are_as_told_of_what_is_there() {
        let lamp = Item::new("lamp").accessory("shade").accessory("gone").accessory("bulb");
        let lamp = lamp.accessory("lamp").accessory("shade").substitute("candle");
        let items = [lamp, Item::new("shade"), Item::new("bulb").accessory("lamp")];
        let catalog = Catalog::new(items.into_iter().chain([Item::new("candle")])).unwrap();
        let ids = |relations: &Relations, item: &str| -> Vec<String> {
            let others = relations.of_item(catalog.number(item)).iter();
            others.map(|n| catalog.item(*n).unwrap().id().to_string()).collect()
        };
        let [with, instead] = [catalog.accessories(), catalog.substitutes()];
        assert_eq!(ids(with, "lamp"), ["shade", "bulb"]);
        assert_eq!(ids(with, "bulb"), ["lamp"]);
        assert_eq!(ids(with, "shade"), [""; 0]);
        assert_eq!(ids(instead, "lamp"), ["candle"]);
        assert!(ids(instead, "candle").is_empty() && with.of_item(u32::MAX).is_empty());
    }
}
