//! One item of the catalogue.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::Value;
use crate::types::{ItemId, Money};

/// An item: a product, a service, a piece of content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    id: ItemId,
    name: Option<Arc<str>>,
    category: Vec<Arc<str>>,
    brand: Option<Arc<str>>,
    price: Option<Money>,
    attributes: BTreeMap<Arc<str>, Value>,
    available: bool,
    #[serde(default)]
    accessories: Vec<ItemId>,
    #[serde(default)]
    substitutes: Vec<ItemId>,
    #[serde(default)]
    pub(super) vectors: BTreeMap<Arc<str>, Arc<[f32]>>,
}

impl Item {
    /// An item that is available and of which nothing else is known.
    #[must_use]
    pub fn new(id: impl Into<ItemId>) -> Self {
        Self {
            id: id.into(),
            name: None,
            category: Vec::new(),
            brand: None,
            price: None,
            attributes: BTreeMap::new(),
            available: true,
            accessories: Vec::new(),
            substitutes: Vec::new(),
            vectors: BTreeMap::new(),
        }
    }

    /// What a customer calls it.
    #[must_use]
    pub fn name(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Its category, from the widest to the narrowest.
    #[must_use]
    pub fn category<T: Into<Arc<str>>>(self, path: impl IntoIterator<Item = T>) -> Self {
        Self { category: path.into_iter().map(Into::into).collect(), ..self }
    }

    /// Its brand.
    #[must_use]
    pub fn brand(self, brand: impl Into<Arc<str>>) -> Self {
        Self { brand: Some(brand.into()), ..self }
    }

    /// Its price, zero or more.
    #[must_use]
    pub fn price(self, price: Money) -> Self {
        Self { price: Some(price), ..self }
    }

    /// A further attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// What goes with it: the next of its accessories, the one that matters most first. One
    /// that the catalogue does not have is passed over.
    #[must_use]
    pub fn accessory(mut self, item: impl Into<ItemId>) -> Self {
        self.accessories.push(item.into());
        self
    }

    /// What does instead of it: the next of its substitutes, the best first. One that the
    /// catalogue does not have is passed over.
    #[must_use]
    pub fn substitute(mut self, item: impl Into<ItemId>) -> Self {
        self.substitutes.push(item.into());
        self
    }

    /// A vector of this name: where the item lies among all that have one. Those of one name
    /// are equally long in the whole catalogue, and hold 1 to 1,024 numbers.
    #[must_use]
    pub fn vector(
        mut self,
        name: impl Into<Arc<str>>,
        numbers: impl IntoIterator<Item = f32>,
    ) -> Self {
        self.vectors.insert(name.into(), numbers.into_iter().collect());
        self
    }

    /// Whether it can be had now. An item that cannot is never offered.
    #[must_use]
    pub fn available(self, available: bool) -> Self {
        Self { available, ..self }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &ItemId {
        &self.id
    }

    /// What a customer calls it: its name or, without one, its id.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(self.id.as_str())
    }

    /// Its category, from the widest to the narrowest.
    #[must_use]
    pub fn category_path(&self) -> &[Arc<str>] {
        &self.category
    }

    /// Its brand.
    #[must_use]
    pub fn brand_name(&self) -> Option<&str> {
        self.brand.as_deref()
    }

    /// Its price.
    #[must_use]
    pub fn listed_price(&self) -> Option<Money> {
        self.price
    }

    /// One of its further attributes.
    #[must_use]
    pub fn get(&self, attribute: &str) -> Option<&Value> {
        self.attributes.get(attribute)
    }

    /// What goes with it, as it was told.
    #[must_use]
    pub fn accessories(&self) -> &[ItemId] {
        &self.accessories
    }

    /// What does instead of it, as it was told.
    #[must_use]
    pub fn substitutes(&self) -> &[ItemId] {
        &self.substitutes
    }

    /// Its vector of a name.
    #[must_use]
    pub fn get_vector(&self, name: &str) -> Option<&[f32]> {
        self.vectors.get(name).map(|vector| &**vector)
    }

    pub(crate) fn shared_vector(&self, name: &str) -> Option<&Arc<[f32]>> {
        self.vectors.get(name)
    }

    /// Whether it can be had now.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.available
    }
}
