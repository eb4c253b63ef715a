//! Segments that hang on everybody: one for each kind of place, and a cluster.

use confidant::*;

use super::euro;

/// How their ids begin.
const AMONG: &str = "among all: ";

/// Whether a segment hangs on others than the customer.
pub(crate) fn is_place(segment: &SegmentId) -> bool {
    segment.as_str().starts_with(AMONG)
}

/// The same engine with such segments.
pub(crate) fn with_places(builder: EngineBuilder) -> EngineBuilder {
    let bought = || total(Kind::Purchased, euro());
    let style = [
        ("bought", count(Kind::Purchased).into()),
        ("viewed", count(Kind::Viewed).into()),
        ("all", count(Kinds::any()).into()),
    ];
    let not_sick = || not(attribute("allergy").exists());
    let segment = |name: &str, condition| Segment::new(format!("{AMONG}{name}"), condition);
    builder
        .clustering(Clustering::by("style", style).clusters(2))
        .ranking(Ranking::by("spend", bought()))
        .ranking(Ranking::by("spend of the healthy", bought()).among(not_sick()))
        .ranking(Ranking::by("spend in town", bought()).per_attribute("city"))
        .ranking(Ranking::by("spend in style", bought()).per_cluster("style"))
        .ranking(Ranking::by("recency", days_since(Kinds::any())).smallest_first())
        .segment(segment("half", ranked("spend").quantile(2, 2)))
        .segment(segment("share", ranked("spend").top_share(0.5)))
        .segment(segment("healthy", ranked("spend of the healthy").over_mean(1.0)))
        .segment(segment("in town", ranked("spend in town").first(1)))
        .segment(segment("in style", ranked("spend in style").under_mean(1.0)))
        .segment(segment("recent", ranked("recency").quantile(3, 3)))
        .segment(segment("like", in_cluster("style", 1)))
}
