//! What the shop asks of its customers. This is the part that you would write.

use confidant::{
    Clustering, Currency, Engine, EngineBuilder, Family, Kind, Ranking, ReadySet, Rfm, Segment,
    Stage, basket, count, days_since, in_cluster, orders, ranked, stage, total,
};

pub(crate) const BUYERS: &str = "bought";
pub(crate) const TOP_40: &str = "make 40 % of revenue";
pub(crate) const TOP_80: &str = "make 80 % of revenue";
pub(crate) const TOP_FIFTH: &str = "the fifth who spend most";
pub(crate) const REPEAT: &str = "bought again";
pub(crate) const LAPSED: &str = "nothing for 90 days";
pub(crate) const BEST: &str = "rfm 555";
pub(crate) const WORST: &str = "rfm 111";

/// The order of customers by what they spent.
pub(crate) const SPEND: &str = "spend";

/// The clusters of customers who are alike.
pub(crate) const STYLE: &str = "style";
const MOST_STYLES: u32 = 10;

/// The figures of clusters that are amounts.
pub(crate) const AVERAGE_ORDER: &str = "average order";
pub(crate) const SPENT: &str = "spent";

/// What the segments of stages of life begin with.
pub(crate) const LIFE: &str = "life: ";

/// The segment of a part of recency, frequency or monetary value: `r5`.
pub(crate) fn part(letter: &str, number: u32) -> String {
    format!("{letter}{number}")
}

/// A shop with so many buyers.
pub(crate) fn builder(currency: Currency, buyers: usize) -> EngineBuilder {
    let rfm = Rfm::new(currency);
    let bought = || count(Kind::Purchased).at_least(1);
    let spend = Ranking::by(SPEND, total(Kind::Purchased, currency)).among(bought());
    Engine::builder()
        .rankings(rfm.rankings())
        .ranking(spend)
        .clustering(styles(currency).among(bought()))
        .ready_segments(ReadySet::new(currency))
        .segments(Stage::ALL.map(life))
        .segments(rfm.groups())
        .segments(by_value(&rfm, buyers))
        .segments((1..=MOST_STYLES).map(style))
        .segments(parts(&rfm))
}

/// Who is alike, by four figures.
fn styles(currency: Currency) -> Clustering {
    let figures = [
        ("orders", orders(Kind::Purchased).into()),
        ("days since the last order", days_since(Kind::Purchased).into()),
        (AVERAGE_ORDER, basket(Kind::Purchased, currency).into()),
        (SPENT, total(Kind::Purchased, currency).into()),
    ];
    Clustering::by(STYLE, figures)
}

/// A cluster. Clusters are only looked for where a segment asks for them, and how many there
/// are is seen then.
fn style(number: u32) -> Segment {
    Segment::new(format!("{STYLE} {number}"), in_cluster(STYLE, number))
}

/// A stage of life as a customer, by the customer's own rhythm.
fn life(of: Stage) -> Segment {
    let (aim, family) = match of {
        Stage::New => ("a second purchase", Family::Adapt),
        Stage::Active => ("that it stays so", Family::KeepInTouch),
        Stage::Growing => ("thanks, and more of it", Family::Upsell),
        Stage::Declining => ("find out why", Family::KeepInTouch),
        Stage::AtRisk => ("a visit, soon", Family::Invite),
        Stage::Lapsed => ("another beginning", Family::WinBack),
        Stage::WonBack => ("that they stay", Family::Adapt),
    };
    let name = of.name().replace('_', " ");
    Segment::new(format!("{LIFE}{name}"), stage([of])).aim(aim).family(family)
}

fn by_value(rfm: &Rfm, buyers: usize) -> [Segment; 8] {
    let fifth = u32::try_from(buyers.div_ceil(5)).unwrap_or(u32::MAX);
    [
        Segment::new(BUYERS, count(Kind::Purchased).at_least(1)),
        Segment::new(TOP_40, ranked(SPEND).top_share(0.4)),
        Segment::new(TOP_80, ranked(SPEND).top_share(0.8)),
        Segment::new(TOP_FIFTH, ranked(SPEND).first(fifth.max(1))),
        Segment::new(REPEAT, orders(Kind::Purchased).at_least(2)),
        Segment::new(LAPSED, days_since(Kind::Purchased).at_least(91)),
        Segment::new(BEST, rfm.cell(5, 5, 5)),
        Segment::new(WORST, rfm.cell(1, 1, 1)),
    ]
}

/// A segment for each fifth by recency, by frequency and by monetary value.
fn parts(rfm: &Rfm) -> Vec<Segment> {
    let of = |number| {
        [
            Segment::new(part("r", number), rfm.recency(number, number)),
            Segment::new(part("f", number), rfm.frequency(number, number)),
            Segment::new(part("m", number), rfm.monetary(number, number)),
        ]
    };
    (1..=5).flat_map(of).collect()
}
