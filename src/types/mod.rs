//! The words: ids, instants, money, channels, and the vocabulary of consent.
//! Values only; nothing here knows of a customer's data or decides anything.

mod basis;
mod category;
mod channel;
mod id;
mod identifier;
mod level;
mod location;
mod money;
mod named;
mod purpose;
mod redacted;
mod state;
mod timestamp;
mod zone;

pub use basis::Basis;
pub use category::DataCategory;
pub use channel::Channel;
pub use id::{
    ActionId, EventId, ItemId, Jurisdiction, OrderId, PlacementId, RecipientId, SegmentId, Topic,
};
pub use identifier::{Identifier, IdentifierKind};
pub use level::Level;
pub use location::Location;
pub use money::{Currency, Money};
pub use purpose::Purpose;
pub use state::ConsentState;
pub use timestamp::{Timestamp, days, hours, minutes};
pub(crate) use timestamp::{check_instant, millis};
pub use zone::{CalendarUnit, Zone};

pub(crate) use id::{check_own, check_text};
pub(crate) use named::named;
pub(crate) use redacted::redacted;
