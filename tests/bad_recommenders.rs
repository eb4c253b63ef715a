//! Parameters of recommenders that cannot be: refused when the engine is built, by name, with
//! what would be right. The last that can be is taken.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use confidant::{
    Arrangement, Blend, Ease, Engine, ErrorKind, Fall, Goods, Ials, ItemItem, NextBasket,
    PersonalFrequency, Popularity, Rarity, Recommender, SessionNeighbours, TifuKnn,
};

/// A parameter, one way to say it, what is out of range, what is just in it.
struct Row(&'static str, fn(f64) -> Recommender, &'static [f64], &'static [f64]);

const NAN: f64 = f64::NAN;
const MAX: f64 = f64::INFINITY;

fn arranged(arrangement: Arrangement) -> Recommender {
    Recommender::from(Popularity::params()).arranged(arrangement)
}

fn new() -> Arrangement {
    Arrangement::new()
}

fn some() -> Goods {
    Goods::brand("own")
}

fn sessions() -> SessionNeighbours {
    SessionNeighbours::vstan()
}

/// One line a parameter.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row("half_life_days", |n| Popularity::params().half_life_days(n as u32).into(), &[0.0, 36_501.0], &[1.0, 36_500.0]),
    Row("half_life_days", |n| PersonalFrequency::params().half_life_days(n as u32).into(), &[0.0, 36_501.0], &[1.0, 36_500.0]),
    Row("neighbours", |n| ItemItem::params().neighbours(n as u32).into(), &[0.0, 10_001.0], &[1.0, 10_000.0]),
    Row("support", |n| ItemItem::params().support(n as u32).into(), &[0.0], &[1.0, 4e9]),
    Row("lambda", |x| Ease::params().lambda(x).into(), &[0.0, -1.0, 1.1e9, NAN, MAX], &[1e-6, 1e9]),
    Row("block", |n| Ease::params().block(n as u32).into(), &[0.0, 30_001.0], &[1.0, 30_000.0]),
    Row("factors", |n| Ials::params().factors(n as u32).into(), &[0.0, 1_025.0], &[1.0, 1_024.0]),
    Row("regularisation", |x| Ials::params().regularisation(x).into(), &[0.0, -1.0, 1.1e6, NAN], &[1e-9, 1e6]),
    Row("exponent", |x| Ials::params().exponent(x).into(), &[-0.1, 1.1, NAN], &[0.0, 1.0]),
    Row("unobserved", |x| Ials::params().unobserved(x).into(), &[0.0, -1.0, 1_001.0, NAN], &[1e-6, 1e3]),
    Row("iterations", |n| Ials::params().iterations(n as u32).into(), &[0.0, 1_001.0], &[1.0, 1_000.0]),
    Row("recent", |n| sessions().recent(n as u32).into(), &[0.0, 100_001.0], &[1.0, 100_000.0]),
    Row("neighbours", |n| sessions().neighbours(n as u32).into(), &[0.0, 10_001.0], &[1.0, 10_000.0]),
    Row("clicks", |n| sessions().clicks(n as u32).into(), &[0.0, 33.0], &[1.0, 32.0]),
    Row("position", |x| sessions().position(Fall::Exponential(x)).into(), &[0.0, -1.0, 1.1e5, NAN], &[0.01, 1e5]),
    Row("matched", |x| sessions().matched(Fall::Exponential(x)).into(), &[0.0, 1.1e5, NAN], &[0.01, 1e5]),
    Row("distance", |x| sessions().distance(Some(x)).into(), &[0.0, 1.1e5, NAN], &[0.01, 1e5]),
    Row("half_life_days", |x| sessions().half_life_days(Some(x)).into(), &[0.0, 1.1e5, MAX], &[0.01, 1e5]),
    Row("rarity", |x| sessions().rarity(Rarity::Plus(x)).into(), &[-1.0, 1.1e5, NAN], &[0.0, 1e5]),
    Row("rarity", |x| sessions().rarity(Rarity::Times(x)).into(), &[0.0, 1.1e5, NAN], &[0.01, 1e5]),
    Row("groups", |n| TifuKnn::params().groups(n as u32).into(), &[0.0, 1_001.0], &[1.0, 1_000.0]),
    Row("within", |x| TifuKnn::params().within(x).into(), &[0.0, -1.0, 1.1, NAN], &[0.01, 1.0]),
    Row("between", |x| TifuKnn::params().between(x).into(), &[0.0, 1.1, NAN], &[0.01, 1.0]),
    Row("neighbours", |n| TifuKnn::params().neighbours(n as u32).into(), &[0.0, 10_001.0], &[1.0, 10_000.0]),
    Row("alpha", |x| TifuKnn::params().alpha(x).into(), &[-0.1, 1.1, NAN], &[0.0, 1.0]),
    Row("weight", |x| NextBasket::params().weight(x).into(), &[-0.1, 1_001.0, NAN], &[0.0, 1e3]),
    Row("alpha", |x| NextBasket::params().tifu(TifuKnn::params().alpha(x)).into(), &[-0.1], &[0.0]),
    Row("weight", |x| Blend::by_rank().part(Popularity::params(), x).into(), &[0.0, -1.0, 1.1e6, NAN], &[1e-9, 1e6]),
    Row("blend", |n| (0..n as u32).fold(Blend::by_score(), |all, _| all.part(Popularity::params(), 1.0)).into(), &[0.0, 17.0], &[1.0, 16.0]),
    Row("lambda", |x| Blend::by_score().part(Ease::params().lambda(x), 1.0).into(), &[0.0], &[1.0]),
    Row("diverse", |x| arranged(new().diverse(x)), &[-0.1, 1.1, NAN], &[0.0, 1.0]),
    Row("varied", |x| arranged(new().varied(x)), &[-0.1, 1.1, NAN], &[0.0, 1.0]),
    Row("calibrated", |x| arranged(new().calibrated(x)), &[-0.1, 1.1, NAN], &[0.0, 1.0]),
    Row("novel", |x| arranged(new().novel(x)), &[-0.1, 1.1, NAN], &[0.0, 1.0]),
    Row("tire", |x| arranged(new().tire(x)), &[-0.1, 1.1, NAN], &[0.0, 1.0]),
    Row("enough", |n| arranged(new().enough(n as u32)), &[0.0, 10_001.0], &[1.0, 10_000.0]),
    Row("boost", |x| arranged(new().boost(some(), x)), &[0.0, -1.0, 1.1e6, NAN], &[1e-6, 1e6]),
    Row("pin", |n| arranged(new().pin("a", n as u32)), &[0.0, 10_001.0], &[1.0, 10_000.0]),
    Row("margin", |x| arranged(new().margin("margin", x)), &[-0.1, 1_001.0, NAN], &[0.0, 1e3]),
    Row("lambda", |x| Recommender::from(Ease::params().lambda(x)).arranged(new()), &[0.0], &[1.0]),
];

#[test]
fn what_is_out_of_range_is_refused_by_name() {
    for Row(name, recommender, wrong, right) in ROWS {
        for value in *wrong {
            let builder = Engine::builder().recommender("ours", recommender(*value));
            let error = builder.build().err();
            let error = error.unwrap_or_else(|| panic!("`{name}` may be {value}"));
            assert_eq!(error.kind(), ErrorKind::InvalidConfiguration, "{name} {value}");
            let message = error.to_string();
            for word in [name, "expected", "`ours`"] {
                assert!(message.contains(word), "{name} {value}: {message}");
            }
        }
        for value in *right {
            let builder = Engine::builder().recommender("ours", recommender(*value));
            assert!(builder.build().is_ok(), "`{name}` may not be {value}");
        }
    }
}

#[test]
fn a_blend_of_blends_is_refused() {
    let inner = || Blend::by_rank().part(Popularity::params(), 1.0);
    let arranged = Recommender::from(inner()).arranged(new().novel(0.1));
    for part in [inner().into(), arranged] {
        let blend = Blend::by_rank().part(part, 1.0);
        let error = Engine::builder().recommender("ours", blend).build().unwrap_err();
        assert!(error.to_string().contains("a part of a blend is a blend"), "{error}");
    }
    for text in ["", "a name\nin two lines"] {
        let pin = arranged_pin(text);
        let error = Engine::builder().recommender("ours", pin).build().unwrap_err();
        assert!(error.to_string().contains("pin"), "{error}");
    }
}

fn arranged_pin(item: &str) -> Recommender {
    arranged(new().pin(item, 1))
}
