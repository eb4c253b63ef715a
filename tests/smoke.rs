//! A walk through the house.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]
use confidant::*;
#[test]
fn smoke() {
    let cat =
        Catalog::new((0..20).map(|n| Item::new(format!("i{n:02}")).category([["a", "b"][n % 2]])))
            .unwrap();
    let e = Engine::builder()
        .catalog(cat)
        .segment(Segment::new("regular", count(Kind::Purchased).within(days(30)).at_least(3)))
        .segment(Segment::new("lapsed", all([not(in_segment("regular")), not_seen_for(days(60))])))
        .recommender("together", ItemItem::params().support(1))
        .recommender("own", PersonalFrequency::params())
        .action(
            Action::new("club")
                .value(10.0)
                .when(in_segment("regular"))
                .recommends("together", Scope::New, 3)
                .treatment(Treatment::on(Channel::Web)),
        )
        .action(
            Action::new("mail")
                .value(10.0)
                .about_category(["a"])
                .treatment(Treatment::on(Channel::Email).costs(0.01)),
        )
        .contact(ContactPolicy::new().cap(1, days(7)).quiet_hours(21, 8))
        .build()
        .unwrap();
    let t: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    for c in 0..30u32 {
        let id = format!("c{c}");
        assert_eq!(
            e.record(
                t,
                Event::consent(id.as_str(), t)
                    .level(Level::Collaborative)
                    .allow(Purpose::Personalisation)
                    .allow(Purpose::CollaborativeLearning)
                    .allow(Purpose::DirectMarketing)
            )
            .unwrap(),
            Recorded::Accepted
        );
        for k in 0..5u32 {
            let at = t + days(k);
            let r = e
                .record(
                    at,
                    Event::purchased(id.as_str(), at)
                        .item(format!("i{:02}", (c + k * 3) % 20))
                        .order(format!("o{k}"))
                        .id(format!("{c}-{k}")),
                )
                .unwrap();
            assert_eq!(r, Recorded::Accepted);
        }
    }
    let now = t + days(5);
    let ch = e.advance(now).unwrap();
    println!("{} changes, first {:?}", ch.len(), ch[0]);
    e.fit(now).unwrap();
    let d = e.decide(&Request::new("c3", Channel::Web, now)).unwrap();
    println!("{:#?}\n{}", d, d.receipt().explain());
    let d = e.decide(&Request::new("c3", Channel::Email, now)).unwrap();
    println!("{:?}\n{}", d.action(), d.receipt().explain());
    let d2 = e.decide(&Request::new("c3", Channel::Email, now + hours(1))).unwrap();
    println!("{:?}\n{:?}", d2.action(), d2.receipt().considered());
    println!("{:?}", e.segments_of("c3", now));
    println!("{:?}", e.advance(now + days(100)).unwrap().len());
    println!("{:?}", e.segments_of("c3", now + days(100)));
    println!("{}", serde_json::to_string(&e.access("c3", now).unwrap()).unwrap());
    assert!(e.erase("c3").unwrap());
    assert!(e.access("c3", now).unwrap().is_none());
}
