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

    /// Whether it can be had now.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.available
    }
}
