//! Counting every segment at once says of everybody what asking one by one says, whatever
//! they allow; drafts count as segments do; and small groups are held back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod world;

use std::sync::atomic::{AtomicU64, Ordering};

use confidant::*;

use world::asked::{Honest, System};
use world::name;
use world::pairs::{CUSTOMERS, Differs, Pair};

fn monday() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// An engine that is asked of everybody at once wherever one is asked about.
struct Both(Honest);

static INSIDE: AtomicU64 = AtomicU64::new(0);

impl System for Both {
    fn engine(&self) -> &Engine {
        self.0.engine()
    }

    fn segments_of(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        let engine = self.engine();
        let census = engine.census(now).unwrap();
        for n in 0..CUSTOMERS {
            let id: Identifier = name(n).into();
            let own = engine.segments_of(id.clone(), now).unwrap();
            INSIDE.fetch_add(own.len() as u64, Ordering::Relaxed);
            for segment in engine.segments().iter() {
                let among = census.audience(segment.id().as_str()).unwrap();
                assert_eq!(among.contains(&id), own.contains(segment.id()), "{id:?} at {now}");
            }
        }
        self.0.segments_of(customer, now)
    }
}

#[test]
fn everybody_at_once_is_one_by_one() {
    for seed in 0..12 {
        let pair = Pair::loose(seed, Differs::Allowed);
        let both = |pair: &Pair| -> Box<dyn System> {
            Box::new(Both(Honest(pair.builder().build().unwrap())))
        };
        assert_eq!(pair.compare(both).leak, None);
    }
    assert!(INSIDE.load(Ordering::Relaxed) > 1000);
}

fn looked(times: u32) -> Condition {
    count(Kind::Viewed).at_least(times)
}

fn allows(customer: &str) -> Event {
    let yes = Event::consent(customer, monday()).level(Level::OwnHistory);
    yes.allow(Purpose::Personalisation).into()
}

/// Twelve who allow everything and looked up to eleven times, and one who allows nothing.
fn told(builder: EngineBuilder) -> Engine {
    let engine = builder.build().unwrap();
    for n in 0..12 {
        let id = format!("c{n:02}");
        let _ = engine.record(monday(), allows(&id)).unwrap();
        for view in 0..n {
            let event = Event::viewed(&id, monday()).on(Channel::Web);
            let _ = engine.record(monday(), event.id(format!("{id}-{view}"))).unwrap();
        }
    }
    let no = Event::consent("shy", monday()).level(Level::OwnHistory);
    let no = no.allow(Purpose::CollaborativeLearning);
    let _ = engine.record(monday(), no).unwrap();
    engine
}

fn segments() -> [Segment; 2] {
    [
        Segment::new("often", looked(6)).aim("thank"),
        Segment::new("rarely", not(in_segment("often"))),
    ]
}

#[test]
fn who_allows_nothing_is_counted_and_in_no_segment() {
    let census = told(Engine::builder().segments(segments())).census(monday()).unwrap();
    assert_eq!(census.roster().len(), 13);
    let sizes: Vec<_> = census.sizes().into_iter().map(|it| (it.count, it.unknown)).collect();
    assert_eq!(sizes, [(Some(6), Some(1)), (Some(6), Some(1))]);
    assert_eq!(census.overlaps().unwrap().overlap("often", "rarely"), Some(0));
    let often = census.audience("often").unwrap();
    let names: Vec<&str> = often.iter().map(Identifier::value).collect();
    assert_eq!(names, ["c06", "c07", "c08", "c09", "c10", "c11"]);
    assert!(census.audience("never").is_none() && census.unknown("never").is_none());
    let table = "13 customers as of 2026-03-02T12:00:00Z\n\
                 segment  size  share  unknown  aim\n\
                 often       6  46.2%        1  thank\n\
                 rarely      6  46.2%        1";
    assert_eq!(census.to_string(), table);
}

#[test]
fn a_draft_counts_as_a_segment_does() {
    let drafts = || {
        [
            Segment::new("a draft", all([looked(3), in_segment("rarely")])),
            Segment::new("another", not(in_segment("a draft"))),
        ]
    };
    let estimated = told(Engine::builder().segments(segments()));
    let estimated = estimated.estimate(drafts(), monday()).unwrap();
    let kept = told(Engine::builder().segments(segments()).segments(drafts()));
    let kept = kept.census(monday()).unwrap();
    assert_eq!(estimated.sizes(), kept.sizes());
    assert_eq!(estimated.overlaps().unwrap(), kept.overlaps().unwrap());
    assert_eq!(estimated.sizes()[2].count, Some(3));
    for segment in ["often", "rarely", "a draft", "another"] {
        assert_eq!(estimated.audience(segment), kept.audience(segment));
    }
}

/// More than are read from the store at a time.
#[test]
fn a_crowd_is_counted_once_each() {
    let engine = Engine::builder().segments(segments()).build().unwrap();
    let many = 9_000;
    let shy = |n: u32| n.is_multiple_of(9);
    let consents = (0..many).map(|n| {
        let id = format!("c{n:04}");
        if !shy(n) {
            return allows(&id);
        }
        let no = Event::consent(&*id, monday()).level(Level::OwnHistory);
        no.allow(Purpose::CollaborativeLearning).into()
    });
    let looks = (0..many).filter(|n: &u32| n.is_multiple_of(7)).flat_map(|n| {
        (0..6).map(move |view| {
            let event = Event::viewed(format!("c{n:04}"), monday());
            Event::from(event.id(format!("{n} {view}")))
        })
    });
    let told: Vec<Event> = consents.chain(looks).collect();
    _ = engine.record_all(monday(), told);
    let census = engine.census(monday()).unwrap();
    let unknown = (0..many).filter(|n| shy(*n)).count() as u64;
    assert_eq!([census.unknown("often"), census.unknown("rarely")], [Some(unknown); 2]);
    let names = |often: bool| -> Vec<String> {
        let of = (0..many).filter(|n| !shy(*n) && n.is_multiple_of(7) == often);
        of.map(|n| format!("c{n:04}")).collect()
    };
    for (segment, often) in [("often", true), ("rarely", false)] {
        let inside = census.audience(segment).unwrap().iter();
        let inside: Vec<String> = inside.map(|id| id.value().to_owned()).collect();
        assert_eq!(inside, names(often), "{segment}");
    }
}

#[test]
fn a_draft_that_cannot_be_is_refused() {
    let engine = told(Engine::builder().segments(segments()));
    let told = |draft| engine.estimate([draft], monday()).unwrap_err().to_string();
    let twice = told(Segment::new("often", looked(1)));
    assert_eq!(twice, "segment `often` is defined twice");
    let nowhere = told(Segment::new("lost", in_segment("nowhere")));
    assert_eq!(nowhere, "segment `lost`: there is no segment `nowhere`");
    assert!(told(Segment::new("", looked(1))).contains("segment"));
}

#[test]
fn small_groups_are_held_back() {
    let few = Segment::new("few", looked(10));
    let engine = told(Engine::builder().segments(segments()).segment(few).smallest_group(4));
    let engine = Engine::builder()
        .build_on(Snapshot::from_bytes(&engine.snapshot().to_bytes()).unwrap())
        .map(|empty| (empty, engine));
    let (empty, engine) = engine.unwrap();
    let census = engine.census(monday()).unwrap();
    let counts: Vec<_> = census.sizes().into_iter().map(|it| (it.count, it.unknown)).collect();
    assert_eq!(counts, [(Some(6), None), (Some(6), None), (None, None)]);
    assert_eq!(census.audience("few").unwrap().len(), 2);
    assert_eq!(census.overlaps().unwrap().overlap("often", "few"), None);
    assert!(census.to_string().ends_with("\n* would tell of a group of fewer than 4 customers"));
    let nobody = empty.census(monday()).unwrap();
    assert_eq!((nobody.roster().len(), nobody.roster().smallest_group()), (0, 4));
    assert_eq!(nobody.sizes()[0].share, None);
}

#[test]
fn prospects_and_shared_addresses_are_no_customers() {
    let address = Identifier::new(IdentifierKind::Custom("address".into()), "Elm Street 1");
    let identity = IdentityPolicy::new().household(address.kind().clone());
    let engine = Engine::builder().identity(identity).segments(segments()).build().unwrap();
    for id in ["ana", "ben"] {
        let yes = Event::consent(id, monday()).level(Level::OwnHistory);
        let yes = yes.allow(Purpose::Personalisation).allow(Purpose::IdentityLinking);
        let _ = engine.record(monday(), yes).unwrap();
        let _ = engine.record(monday(), Event::linked(id, monday(), &address)).unwrap();
    }
    let heard = Event::prospect("cem", monday()).source("fair").basis(Basis::Consent);
    let _ = engine.record(monday(), heard.until(monday() + days(30))).unwrap();
    let census = engine.census(monday()).unwrap();
    let everyone = Audience::everyone(census.roster());
    let names: Vec<&str> = everyone.iter().map(Identifier::value).collect();
    assert_eq!(names, ["ana", "ben"]);
}

/// More customers than a few pages hold, so that several workers have something to do.
#[cfg(feature = "parallel")]
#[test]
fn any_number_of_workers_counts_the_same() {
    let counted = |workers: usize| {
        let lucky = Segment::new("lucky", bucket("lucky", 0, 3_000));
        let seen = Segment::new("seen", looked(1));
        let builder = Engine::builder().segment(lucky).segment(seen);
        let engine = builder.workers(workers.try_into().unwrap()).build().unwrap();
        for n in 0..9_500 {
            let id = format!("c{n:04}");
            let _ = engine.record(monday(), allows(&id)).unwrap();
            if n % 3 == 0 {
                let view = Event::viewed(&id, monday()).on(Channel::Web);
                let _ = engine.record(monday(), view).unwrap();
            }
        }
        let census = engine.census(monday()).unwrap();
        let members = |id| census.audience(id).unwrap().iter().cloned().collect::<Vec<_>>();
        (census.to_string(), ["lucky", "seen"].map(members))
    };
    let one = counted(1);
    assert_eq!(one.1[1].len(), 3_167);
    assert!(one.1[0].len() > 2_000);
    for workers in [2, 3, 8] {
        assert_eq!(counted(workers), one, "{workers} workers");
    }
}
