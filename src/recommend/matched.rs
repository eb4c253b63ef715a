//! How a recommended item fits, where a model can tell; and what of a customer it has to
//! look at for that.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Recommendation;
use crate::consent::Categories;
use crate::view::View;

/// How a recommended item fits. What `because` names is named there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Match {
    /// It goes with what `because` names.
    Accessory,
    /// It does instead of what `because` names.
    Substitute,
    /// It is alike in this attribute: `brand`, `category`, `price`, or one of the host's own.
    Attribute(#[doc = "The attribute's name."] Arc<str>),
    /// It suits this trait of the customer.
    Trait(#[doc = "The name of the customer's attribute."] Arc<str>),
    /// It is a step up from what `because` names.
    StepUp,
    /// It is of a category that the customer studied lately.
    Studied(#[doc = "The category, from the widest down."] Vec<Arc<str>>),
}

/// What of a customer a model looks at, beside the present visit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Reads<'a> {
    /// What they bought.
    pub(crate) purchases: bool,
    /// What they viewed in earlier visits.
    pub(crate) looks: bool,
    /// What they were shown, and whether they turned to it.
    pub(crate) ignored: bool,
    /// These attributes.
    pub(crate) traits: &'a [Arc<str>],
}

/// The categories of what models look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looked {
    pub(crate) purchases: Categories,
    pub(crate) looks: Categories,
}

/// Leaves out why items are recommended, as far as it may not be said aloud: which of the
/// customer's own items spoke for them, and which traits they suit.
pub(crate) fn say_no_more(items: &mut [Recommendation], view: &View, of: Looked) {
    let says = |needed| view.permit().lets_say(needed);
    let (purchases, looks) = (says(of.purchases), says(of.looks));
    for item in items {
        if !purchases {
            item.because.clear();
        }
        item.matched.retain(|matched| match matched {
            Match::Trait(name) => view.attribute_to_say(name).is_some(),
            Match::Studied(_) => purchases && looks,
            Match::Accessory | Match::Substitute | Match::Attribute(_) | Match::StepUp => purchases,
        });
    }
}
