//! What is allowed: the host's privacy policy, the customer's choices, and the
//! [`Permit`] that follows from both. Nothing reads a customer's data without one.

mod categories;
mod check;
mod choices;
mod controller;
mod denial;
mod enforced;
mod ledger;
mod memo;
mod merkle;
mod notice;
mod permission;
mod permit;
mod person;
mod policy;
mod proof_key;
mod purposes;
mod recipient;
mod remains;
mod sharing;
mod standing;
mod told;
mod verdict;

pub(crate) use categories::Categories;
pub(crate) use choices::{Choices, Chosen, Voice};
pub use controller::Controller;
pub use denial::Denial;
pub(crate) use ledger::{Line, SEGMENT, Segment, Spoken, Tip, check, lines};
pub use merkle::{Agreement, Broken, Checkpoint, LedgerReport};
pub(crate) use merkle::{Leaf, root};
pub use notice::Notice;
pub use permission::Permission;
pub(crate) use permit::LearningPermit;
pub use permit::Permit;
pub use policy::PrivacyPolicy;
pub(crate) use proof_key::Use as ProofUse;
pub use proof_key::{Hash256, ProofKey, Pseudonym};
pub use purposes::Terms;
pub use recipient::Recipient;
pub(crate) use remains::Remains;
pub use sharing::Sharing;
pub(crate) use told::{CategoryTold, PurposeTold};
