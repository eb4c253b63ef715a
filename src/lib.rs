#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")
)]

/// Why it is built as it is.
pub mod _design {
    #![doc = include_str!("design.md")]
}

/// How good and how fast it is, beside others.
pub mod _performance {
    #![doc = include_str!("performance.md")]
}

mod catalog;
mod consent;
mod decide;
mod engine;
mod envelope;
mod error;
pub mod evaluate;
mod event;
mod identity;
mod learn;
mod numeric;
mod predict;
mod profile;
mod reason;
mod recommend;
mod rights;
mod rule;
mod segment;
mod store;
mod types;
mod view;

pub use catalog::{Catalog, Item};
pub use consent::{
    Agreement, Broken, Checkpoint, Controller, Denial, Hash256, LedgerReport, Notice, Permission,
    Permit, PrivacyPolicy, ProofKey, Pseudonym, Recipient, Sharing, Terms,
};
pub use decide::{
    Action, Chosen, Considered, ContactPolicy, Decision, Receipt, Request, Score, Treatment,
    Verdict,
};
pub use engine::{
    Changes, Due, Engine, EngineBuilder, Explanation, Load, Loaded, NotAllowed, Recorded, Refusal,
    Report, Snapshot,
};
pub use error::{Error, ErrorKind, Result};
pub use event::{
    AttributeRule, Attributes, Behaviour, ConsentChange, Declaration, Event, Evidence, Kind, Kinds,
    Link, Origin, Outcome, Parting, Prospect, Record, Reply, Retraction, Value,
};
pub use identity::{Apart, IdentityPolicy};
pub use learn::Statistics;
pub use numeric::Digest;
pub use predict::{Predicted, Prediction, Predictions};
pub use reason::{Named, Obstacle, Reason};
pub use recommend::{
    Arrangement, Blend, BoughtTogether, Content, Ease, Fall, Forgets, Goods, Ials, ItemItem, Match,
    NextBasket, PersonalFrequency, Popularity, Rarity, Recommendation, Recommender, Related,
    Replenishment, Scope, SessionNeighbours, Similarity, Source, Studied, TifuKnn, UpSell,
};
pub use rights::{
    CategoryUse, ChoiceLine, ConsentEvent, ConsentRecord, ContactLine, CustomerExport,
    CustomerReport, DataUse, Erased, ErasureCertificate, Fact, HistoryLine, HowToChange,
    InformationKind, Kept, KnownFrom, LedgerLine, Linked, Messages, NoticeBasis, NoticeCategory,
    NoticeDecisions, NoticePurpose, NoticeRecipient, PersonalPage, Pii, PrivacyNotice, Processing,
    RecommendationRules, Span, Switch, UseLine,
};
pub use rule::{
    Answers, Asked, Behaviours, Bucket, Clustering, Condition, Counted, Explained, Followed,
    History, InCluster, Lasting, Lifecycle, Metric, Number, NumbersOf, Pick, Picked, Picking,
    Placing, Points, Ranked, Ranking, Rate, Ratio, Recency, Rules, Scored, Sequence, Since, Stage,
    Step, Summed, Test, Told, all, any, attribute, average, basket, behaviours, bucket, categories,
    channels, count, days_since, first, in_cluster, in_segment, items, largest, last,
    most_frequent, not, not_seen_for, numbers, numbers_of, orders, points, quantity, ranked, ratio,
    sequence, session, smallest, stage, step, the_first, the_last, total, trend,
};
pub use segment::{
    AlikeReport, Audience, AudienceSize, Census, Change, ClusterReport, Family, Feature,
    FeatureReport, Features, GroupReport, Lookalike, Lookalikes, Overlap, Overlaps, PlaceReport,
    PopulationReport, Portrait, RankingReport, ReadySet, Resemblance, Rfm, Roster, Segment,
    SegmentSize, Survey, Trait, listed,
};
#[cfg(feature = "cache")]
pub use store::CachingStore;
#[cfg(feature = "redb")]
pub use store::RedbStore;
pub use store::conformance;
pub use store::{
    Batch, Commit, Durability, Expected, Key, MemorySnapshots, MemoryStore, SnapshotId,
    SnapshotStore, Store, Stored, Version, Write,
};
#[cfg(feature = "encryption")]
pub use store::{EncryptedStore, KeyStore, SecretKey};
pub use types::{
    ActionId, Basis, CalendarUnit, Channel, ConsentState, Currency, DataCategory, EventId,
    Identifier, IdentifierKind, ItemId, Jurisdiction, Level, Location, Money, OrderId, PlacementId,
    Purpose, RecipientId, SegmentId, Timestamp, Topic, Zone, days, hours, minutes,
};
pub use view::{
    Aggregate, Aggregated, Aggregates, Biography, Bought, Caller, Dwell, Figure, Greeting, Hint,
    Household, Known, Matter, Owned, Purchases, Reading, Recognition, Reversals, Reversed, Session,
    Trouble, Usual, View,
};
