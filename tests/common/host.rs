//! What a made host lays down, and the engine that follows it.

use confidant::{
    Channel, Content, Engine, EngineBuilder, ItemItem, PersonalFrequency, Popularity, Purpose,
    Related, Replenishment, Scope, Segment, Studied, UpSell,
};

use super::ask::{self, Ask};
use super::dice::Dice;
use super::world::{self, DAY, HOUR, World};
use crate::twin::decide::{Host, Offer, Way};
use crate::twin::recommend::By;

/// Segments that ask for each other, in an order that is not that of their ids.
pub fn segments(dice: &mut Dice, n: usize) -> Vec<(String, Ask)> {
    let mut segments: Vec<(String, Ask)> = Vec::new();
    for place in 0..n {
        let known: Vec<String> = segments.iter().map(|(id, _)| id.clone()).collect();
        segments.push((format!("s{}", n - place), ask::random(dice, 3, &known)));
    }
    segments
}

/// A host of any kind.
pub fn random(dice: &mut Dice, world: &World, offers: usize) -> Host {
    let segments = segments(dice, 4);
    let ids: Vec<String> = segments.iter().map(|(id, _)| id.clone()).collect();
    let recommenders = vec![
        ("popular".to_owned(), By::Popularity(7)),
        ("own".to_owned(), By::Personal(Some(10))),
        ("together".to_owned(), By::Together(4, 1)),
        ("related".to_owned(), By::Related(3)),
        ("alike".to_owned(), By::Content(3)),
        ("step up".to_owned(), By::UpSell(3, 1, false)),
        ("studied".to_owned(), By::Studied(20, 1, 0.3)),
        ("due".to_owned(), By::Due(0.0)),
    ];
    Host {
        offers: (0..offers).map(|n| offer(dice, world, n, &ids)).collect(),
        caps: (0..dice.below(3))
            .map(|_| {
                let on = dice.maybe(50, &world::channels()).filter(Channel::reaches_out);
                (on, dice.below(4) as u32, (1 + dice.below(10) as i64) * DAY)
            })
            .collect(),
        quiet: dice.chance(50).then(|| (dice.below(24) as u8, dice.below(24) as u8)),
        after_declined: dice.below(40) as i64 * DAY,
        after_bounce: dice.below(20) as i64 * DAY,
        segments,
        recommenders,
    }
}

fn offer(dice: &mut Dice, world: &World, n: usize, segments: &[String]) -> Offer {
    let number = |dice: &mut Dice, most: usize| dice.below(most) as f64 / 4.0;
    let when = if dice.chance(40) { Ask::Always } else { ask::random(dice, 2, segments) };
    let items: Vec<String> = world.wares.iter().map(|ware| ware.id.clone()).collect();
    let mut ways: Vec<Way> = (0..1 + dice.below(3)).map(|_| way(dice)).collect();
    ways.push(Way { channel: Channel::Web, place: None, cost: number(dice, 2) });
    let ms = world.end - DAY + dice.below(96) as i64 * HOUR;
    Offer {
        id: format!("a{n}"),
        when,
        value: number(dice, 40),
        rate: number(dice, 5),
        belief: 1.0 + number(dice, 80),
        lever: if dice.chance(70) { 1.0 } else { number(dice, 9) },
        weights: (0..dice.below(3))
            .map(|_| (number(dice, 12), ask::random(dice, 1, segments)))
            .collect(),
        ways,
        about: if dice.chance(30) { dice.some(20, &items) } else { Vec::new() },
        about_category: match dice.below(6) {
            0 => vec!["food".into()],
            1 => vec!["food".into(), "sweet".into()],
            _ => Vec::new(),
        },
        fill: dice.chance(40).then(|| {
            let names =
                ["popular", "own", "together", "related", "alike", "step up", "studied", "due"];
            let name = *dice.pick(&names);
            let scope = *dice.pick(&[Scope::All, Scope::New]);
            (name.to_owned(), scope, dice.below(6))
        }),
        needs: dice.some(15, &[Purpose::Personalisation, world::research(), Purpose::Contextual]),
        from: dice.chance(10).then_some(ms),
        until: dice.chance(10).then_some(ms),
        volume: None,
    }
}

fn way(dice: &mut Dice) -> Way {
    Way {
        channel: dice.pick(&world::channels()).clone(),
        place: dice.maybe(30, &["home", "basket"]).map(str::to_owned),
        cost: dice.below(4) as f64 / 8.0,
    }
}

/// A builder of the engine that follows a host in a world.
pub fn builder(world: &World, host: &Host) -> EngineBuilder {
    let mut builder = Engine::builder()
        // Records of one piece, of some, of many.
        .seal_after([2_048, 9, 2][world.told.len() % 3])
        .catalog(world.catalog())
        .privacy(world.privacy.policy())
        .time_zone(world.zone.parse().unwrap())
        .contact(host.contact())
        .actions(host.offers.iter().map(Offer::action))
        .segments(host.segments.iter().map(|(id, ask)| Segment::new(id.as_str(), ask.condition())));
    for (name, by) in &host.recommenders {
        builder = match by {
            By::Popularity(days) => builder
                .recommender(name.as_str(), Popularity::params().half_life_days(*days as u32)),
            By::Personal(None) => builder.recommender(name.as_str(), PersonalFrequency::params()),
            By::Personal(Some(days)) => builder.recommender(
                name.as_str(),
                PersonalFrequency::params().half_life_days(*days as u32),
            ),
            By::Together(neighbours, support) => builder.recommender(
                name.as_str(),
                ItemItem::params().neighbours(*neighbours as u32).support(*support as u32),
            ),
            By::Related(purchases) => {
                builder.recommender(name.as_str(), Related::params().purchases(*purchases as u32))
            }
            By::Content(half) => {
                let alike = Content::params().price(0.5).attribute("colour", 1.0);
                let alike = alike.suits("allergy", 2.0).half_after(*half as u32);
                builder.recommender(name.as_str(), alike)
            }
            By::UpSell(tiers, step, by_hand) => {
                let up = UpSell::params().tiers(*tiers as u32).step(*step as u32);
                builder.recommender(name.as_str(), if *by_hand { up.by("tier") } else { up })
            }
            By::Studied(days, looks, share) => {
                let studied = Studied::params().window_days(*days as u32).looks(*looks as u32);
                builder.recommender(name.as_str(), studied.minutes(10_000).share(*share))
            }
            By::Due(not_before) => {
                builder.recommender(name.as_str(), Replenishment::params().not_before(*not_before))
            }
        };
    }
    builder
}
