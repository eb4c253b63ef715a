//! What is allowed: the host's privacy policy, the customer's choices, and the
//! [`Permit`] that follows from both. Nothing reads a customer's data without one.

mod choices;
mod denial;
mod notice;
mod permission;
mod permit;
mod policy;
mod standing;

pub(crate) use choices::{Choices, Chosen, Voice};
pub use denial::Denial;
pub use notice::Notice;
pub use permission::Permission;
pub(crate) use permit::LearningPermit;
pub use permit::Permit;
pub(crate) use policy::Categories;
pub use policy::PrivacyPolicy;
