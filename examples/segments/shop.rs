//! What the shop asks of its customers.

use confidant::{
    Currency, Engine, EngineBuilder, Kind, Ranking, ReadySet, Rfm, Segment, count, days_since,
    orders, ranked, total,
};

pub(crate) const TOP_40: &str = "make 40 % of revenue";
pub(crate) const TOP_80: &str = "make 80 % of revenue";
pub(crate) const TOP_FIFTH: &str = "the fifth who spend most";
pub(crate) const REPEAT: &str = "bought again";
pub(crate) const LAPSED: &str = "nothing for 90 days";
pub(crate) const BEST: &str = "rfm 555";
pub(crate) const WORST: &str = "rfm 111";

/// A shop with so many buyers.
pub(crate) fn builder(currency: Currency, buyers: usize) -> EngineBuilder {
    let rfm = Rfm::new(currency);
    let spend = Ranking::by("spend", total(Kind::Purchased, currency))
        .among(count(Kind::Purchased).at_least(1));
    let fifth = buyers.div_ceil(5) as u32;
    let part = |letter: &str, part: u32| {
        let condition = match letter {
            "r" => rfm.recency(part, part),
            "f" => rfm.frequency(part, part),
            _ => rfm.monetary(part, part),
        };
        Segment::new(format!("{letter}{part}"), condition)
    };
    let parts = ["r", "f", "m"].into_iter().flat_map(|it| (1..=5).map(move |n| (it, n)));
    Engine::builder()
        .rankings(rfm.rankings())
        .ranking(spend)
        .segments(parts.map(|(letter, n)| part(letter, n)))
        .segments(rfm.groups())
        .segments([
            Segment::new(TOP_40, ranked("spend").top_share(0.4)),
            Segment::new(TOP_80, ranked("spend").top_share(0.8)),
            Segment::new(TOP_FIFTH, ranked("spend").first(fifth.max(1))),
            Segment::new(REPEAT, orders(Kind::Purchased).at_least(2)),
            Segment::new(LAPSED, days_since(Kind::Purchased).at_least(91)),
            Segment::new(BEST, rfm.cell(5, 5, 5)),
            Segment::new(WORST, rfm.cell(1, 1, 1)),
        ])
        .ready_segments(ReadySet::new(currency))
}
