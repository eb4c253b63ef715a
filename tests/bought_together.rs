//! What is bought together, as an engine tells it: the figures by hand, what small groups
//! hide, what an erasure leaves, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "common/basics.rs"]
mod basics;

use basics::{everything, noon, taken};
use confidant::*;

/// Who bought what in which order; Kim lets nobody learn.
const BOUGHT: [(&str, &str, &[&str]); 9] = [
    ("ana", "1", &["bread", "butter"]),
    ("ana", "2", &["bread", "tea"]),
    ("ben", "1", &["bread", "butter", "jam"]),
    ("cem", "1", &["bread", "butter"]),
    ("dana", "1", &["bread"]),
    ("dana", "2", &["jam"]),
    ("eva", "1", &["tea", "soap"]),
    ("kim", "1", &["bread", "butter"]),
    ("ken", "1", &["tea", "old tin"]),
];

fn evening() -> Timestamp {
    noon() + hours(8)
}

fn told(builder: EngineBuilder) -> Engine {
    let items = ["bread", "butter", "jam", "soap", "tea"].map(Item::new);
    let items = items.into_iter().chain([Item::new("old tin").available(false)]);
    let by = |by: Similarity| ItemItem::params().support(1).similarity(by);
    let arranged = Recommender::from(by(Similarity::Lift)).arranged(Arrangement::new());
    let engine = builder
        .catalog(Catalog::new(items).unwrap())
        .recommender("cosine", by(Similarity::Cosine))
        .recommender("likely", by(Similarity::Conditional))
        .recommender("surely", by(Similarity::Cosine).support(3))
        .recommender("orders", by(Similarity::Lift).within_orders())
        .recommender("bm25", by(Similarity::Bm25))
        .recommender("popular", Popularity::params())
        .recommender("arranged", arranged)
        .build()
        .unwrap();
    for (customer, order, items) in BOUGHT {
        let grant = everything(customer, noon());
        let grant = if customer == "kim" { grant.level(Level::OwnHistory) } else { grant };
        engine.record(evening(), grant).unwrap();
        for item in items {
            let bought = Event::purchased(customer, noon()).item(*item).order(order);
            taken(engine.record(evening(), bought.id(format!("{customer} {order} {item}"))));
        }
    }
    engine.advance(evening()).unwrap();
    engine.fit(evening()).unwrap();
    engine
}

/// Each with how many have both, and the figures in thousandths.
fn asked(engine: &Engine, recommender: &str, item: &str) -> Vec<(String, u64, [i64; 3])> {
    let list = engine.bought_together(recommender, &item.into(), 10).unwrap();
    let figures = |one: &BoughtTogether| {
        [one.support, one.confidence, one.lift].map(|it| (it * 1000.0).round() as i64)
    };
    list.iter().map(|one| (one.item.as_str().to_owned(), one.both, figures(one))).collect()
}

type Case = (&'static str, &'static str, Vec<(&'static str, u64, [i64; 3])>);

fn must_be(engine: &Engine, cases: Vec<Case>) {
    for (recommender, item, wanted) in cases {
        let wanted: Vec<_> = wanted.into_iter().map(|(i, n, f)| (i.to_owned(), n, f)).collect();
        assert_eq!(asked(engine, recommender, item), wanted, "{item} by {recommender}");
    }
}

/// Of six customers who let others learn, bread has four, butter three, tea three, jam two,
/// soap one; of eight orders, bread is in five, butter in three.
#[test]
fn figures_are_those_counted_by_hand() {
    let butter = ("butter", 3, [500, 750, 1500]);
    let jam = ("jam", 2, [333, 500, 1500]);
    let tea = ("tea", 1, [167, 250, 500]);
    must_be(
        &told(Engine::builder()),
        vec![
            ("cosine", "bread", vec![butter, jam, tea]),
            ("likely", "bread", vec![butter, jam, tea]),
            ("surely", "bread", vec![butter]),
            // The old tin is bought with tea, and cannot be had.
            (
                "likely",
                "tea",
                vec![
                    ("bread", 1, [167, 333, 500]),
                    ("butter", 1, [167, 333, 667]),
                    ("soap", 1, [167, 333, 2000]),
                ],
            ),
            ("cosine", "old tin", vec![("tea", 1, [167, 1000, 2000])]),
            (
                "orders",
                "bread",
                vec![
                    ("butter", 3, [375, 600, 1600]),
                    ("jam", 1, [125, 200, 800]),
                    ("tea", 1, [125, 200, 533]),
                ],
            ),
        ],
    );
}

/// Of four groups of customers each is at least two: both, one, the other, neither.
#[test]
fn small_groups_are_not_told_of() {
    must_be(
        &told(Engine::builder().smallest_group(2)),
        vec![
            // All who have butter have bread, and one of the four without jam has neither.
            ("cosine", "bread", vec![]),
            ("cosine", "soap", vec![]),
            ("orders", "bread", vec![]),
        ],
    );
    must_be(
        &told(Engine::builder().smallest_group(1)),
        vec![("surely", "bread", vec![("butter", 3, [500, 750, 1500])])],
    );
}

#[test]
fn who_is_erased_was_never_counted() {
    let engine = told(Engine::builder());
    engine.erase("cem").unwrap();
    let wanted = |late: bool| {
        let without = vec![("jam", 2, [400, 667, 1667]), ("butter", 2, [400, 667, 1667])];
        let orders = vec![
            ("butter", 2, [286, 500, 1750]),
            ("jam", 1, [143, 250, 875]),
            ("tea", 1, [143, 250, 583]),
        ];
        let tea = ("tea", 1, [200, 333, 556]);
        let mut likely = without.clone();
        likely.sort();
        likely.push(tea);
        let bm25 = if late { 3 } else { 2 };
        (likely, orders, bm25)
    };
    for late in [true, false] {
        let (likely, orders, bm25) = wanted(late);
        must_be(&engine, vec![("likely", "bread", likely), ("orders", "bread", orders)]);
        // By BM25 it follows at the next fit.
        let butter = asked(&engine, "bm25", "bread").into_iter().find(|one| one.0 == "butter");
        assert_eq!(butter.unwrap().1, bm25);
        engine.fit(evening()).unwrap();
    }
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let engine = told(Engine::builder());
    let cases = [
        ("nothing", "bread", ErrorKind::InvalidConfiguration, "no recommender `nothing`"),
        ("popular", "bread", ErrorKind::InvalidConfiguration, "expected an `ItemItem`"),
        ("arranged", "bread", ErrorKind::InvalidConfiguration, "not arranged"),
        ("cosine", "gold", ErrorKind::InvalidInput, "no item `gold`"),
    ];
    for (recommender, item, kind, words) in cases {
        let error = engine.bought_together(recommender, &item.into(), 1).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(engine.bought_together("cosine", &"bread".into(), 0).unwrap(), []);
}
