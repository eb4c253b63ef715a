//! What is allowed: the host's privacy policy, the customer's choices, and the
//! [`Permit`] that follows from both. Nothing reads a customer's data without one.

mod choices;
mod permit;
mod policy;

pub(crate) use choices::{Choices, Chosen, Voice};
pub(crate) use permit::LearningPermit;
pub use permit::Permit;
pub(crate) use policy::Categories;
pub use policy::PrivacyPolicy;
