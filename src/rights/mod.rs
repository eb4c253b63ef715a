//! What every customer can ask for: everything that is kept of them, on one page and as
//! something to take along; and what the host must tell of itself: the notice, and the rules
//! of its recommendations. All of it in the customer's language.

mod access;
mod certificate;
mod data_use;
mod explain;
mod ledger;
mod logic;
mod markdown;
mod messages;
mod notice;
mod notice_page;
mod page;
mod personal;
mod portability;
mod record;
mod rules;
mod said;
mod words;

pub use access::{
    ChoiceLine, ContactLine, CustomerReport, Fact, HistoryLine, KnownFrom, Linked, UseLine,
};
pub use certificate::{Erased, ErasureCertificate, Kept};
pub use data_use::{CategoryUse, DataUse};
pub use ledger::LedgerLine;
pub(crate) use logic::Configured;
pub use logic::NoticeDecisions;
pub(crate) use messages::Catalogues;
pub use messages::Messages;
pub(crate) use notice::must_be_described;
pub use notice::{NoticeBasis, NoticeCategory, NoticePurpose, NoticeRecipient, PrivacyNotice};
pub use personal::{HowToChange, PersonalPage, Switch};
pub use portability::CustomerExport;
pub use record::{ConsentEvent, ConsentRecord, Pii, Processing};
pub use rules::{InformationKind, RecommendationRules};
pub use words::Span;
