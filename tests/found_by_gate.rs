//! Bugs found while the gate was tested, one minimal case each. They move into the files of
//! their laws as those are written; this file then goes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]
use confidant::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::Duration;

fn t(s: &str) -> Timestamp {
    s.parse().unwrap()
}
fn now() -> Timestamp {
    t("2026-03-02T12:00:00Z")
}

#[test]
fn advance_max_hangs() {
    let (tx, rx) = mpsc::channel();
    std::thread::spawn(move || {
        let e =
            Engine::builder().segment(Segment::new("s", not_seen_for(days(3)))).build().unwrap();
        let _ = e.record(now(), Event::purchased("a", now())).unwrap();
        let r = e.advance(Timestamp::MAX).map(|c| c.len());
        tx.send(format!("{r:?}")).unwrap();
    });
    println!("{}", rx.recv_timeout(Duration::from_secs(5)).expect("hangs"));
}

#[test]
fn change_at_leaks() {
    let run = |extra: bool| {
        let e = Engine::builder()
            .segment(Segment::new("s", count(Kind::Viewed).at_least(1)))
            .build()
            .unwrap();
        let d = now();
        let _ = e
            .record(
                d,
                Event::consent("a", d)
                    .level(Level::OwnHistory)
                    .allow_only(Purpose::Personalisation, [DataCategory::Browsing]),
            )
            .unwrap();
        e.advance(d).unwrap();
        if extra {
            let _ = e.record(d + days(2), Event::purchased("a", d + days(2))).unwrap();
        }
        let _ = e.record(d + days(3), Event::viewed("a", d + days(1))).unwrap();
        e.advance(d + days(5)).unwrap()
    };
    assert_eq!(run(false), run(true));
}

#[test]
fn future_withdrawal_not_learned() {
    let e = Engine::builder().catalog(Catalog::new([Item::new("x")]).unwrap()).build().unwrap();
    let d = now();
    let _ = e
        .record(
            d,
            Event::consent("a", d)
                .level(Level::Collaborative)
                .allow(Purpose::CollaborativeLearning),
        )
        .unwrap();
    let _ = e.record(d, Event::purchased("a", d).item("x")).unwrap();
    e.advance(d).unwrap();
    assert_ne!(e.statistics().digest(), Statistics::default().digest());
    let _ = e
        .record(d, Event::consent("a", d + minutes(3)).withdraw(Purpose::CollaborativeLearning))
        .unwrap();
    e.advance(d + minutes(1)).unwrap();
    e.advance(d + days(1)).unwrap();
    assert_eq!(e.statistics().digest(), Statistics::default().digest());
}

#[test]
fn many_weights() {
    let mut a = Action::new("a").treatment(Treatment::on(Channel::Web));
    for _ in 0..70 {
        a = a.weighs(1.5, Condition::Always);
    }
    let e = Engine::builder().action(a).build().unwrap();
    println!("{:?}", e.decide(&Request::new("x", Channel::Web, now())).unwrap().choice());
}
#[test]
fn offset_min() {
    let e = Engine::builder().build().unwrap();
    println!(
        "{:?}",
        e.decide(&Request::new("x", Channel::Web, now()).utc_offset_minutes(i32::MIN))
    );
}

fn mail_engine(c: ContactPolicy) -> Engine {
    let e = Engine::builder()
        .contact(c)
        .action(
            Action::new("a")
                .value(10.0)
                .treatment(Treatment::on(Channel::Email))
                .treatment(Treatment::on(Channel::Sms)),
        )
        .build()
        .unwrap();
    let d = now() - days(10);
    let _ = e.record(now(), Event::consent("x", d).allow(Purpose::DirectMarketing)).unwrap();
    e
}
#[test]
fn clock_behind_lifts_cap() {
    let e = mail_engine(ContactPolicy::new().cap(1, days(7)));
    assert!(e.decide(&Request::new("x", Channel::Email, now())).unwrap().action().is_some());
    assert!(
        e.decide(&Request::new("x", Channel::Email, now() - hours(1))).unwrap().action().is_none()
    );
}
#[test]
fn not_sent_other_channel() {
    let e = mail_engine(ContactPolicy::new().cap_on(Channel::Sms, 1, days(7)));
    assert!(e.decide(&Request::new("x", Channel::Email, now())).unwrap().action().is_some());
    assert!(
        e.decide(&Request::new("x", Channel::Sms, now() + hours(1))).unwrap().action().is_some()
    );
    let _ = e
        .record(
            now() + hours(2),
            Event::outcome("x", now() + hours(2), "a", Reply::NotSent).on(Channel::Email),
        )
        .unwrap();
    assert!(
        e.decide(&Request::new("x", Channel::Sms, now() + hours(3))).unwrap().action().is_none()
    );
}
#[test]
fn not_sent_asked_again() {
    let e = mail_engine(ContactPolicy::new().cap(1, days(7)));
    let q = Request::new("x", Channel::Email, now());
    assert!(e.decide(&q).unwrap().action().is_some());
    let _ = e
        .record(
            now() + hours(2),
            Event::outcome("x", now() + hours(2), "a", Reply::NotSent).on(Channel::Email),
        )
        .unwrap();
    // the host's queue asks the same question again, and sends this time
    assert!(e.decide(&q).unwrap().action().is_some());
    assert!(
        e.decide(&Request::new("x", Channel::Email, now() + hours(3))).unwrap().action().is_none()
    );
}
#[test]
fn same_question_takes_volume_once() {
    let e = Engine::builder()
        .action(Action::new("a").volume(2).treatment(Treatment::on(Channel::Web)))
        .build()
        .unwrap();
    let q = Request::new("x", Channel::Web, now());
    let a = e.decide(&q).unwrap();
    let b = e.decide(&q).unwrap();
    let c = e.decide(&q).unwrap();
    assert_eq!(a.action(), b.action());
    assert_eq!(a.action(), c.action());
}

/// inner store, with hook
#[derive(Debug)]
struct Hooked {
    inner: MemoryStore,
    hook: Hook,
}
struct Hook(Box<dyn Fn(&Key, bool) -> u8 + Send + Sync>);
impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hook")
    }
}
impl Store for Hooked {
    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.inner.read(keys)
    }
    fn commit(&self, b: &[Batch], d: Durability) -> Result<Vec<Commit>> {
        match (self.hook.0)(&b[0].writes[0].key, false) {
            1 => return Ok(vec![Commit::Conflict]),
            2 => return Err(Error::store("no", std::io::Error::other("x"))),
            _ => {}
        }
        let r = self.inner.commit(b, d);
        (self.hook.0)(&b[0].writes[0].key, true);
        r
    }
    fn scan(&self, a: Option<&Key>, l: usize) -> Result<Vec<(Key, Stored)>> {
        self.inner.scan(a, l)
    }
}

#[test]
fn conflict_loses_volume() {
    let n = AtomicUsize::new(0);
    let hook = Hook(Box::new(move |k, after| {
        if !after && k.partition().starts_with(b"c/") && n.fetch_add(1, Ordering::Relaxed) == 1 {
            1
        } else {
            0
        }
    }));
    let e = Engine::builder()
        .store(Hooked { inner: MemoryStore::new(), hook })
        .action(Action::new("a").volume(1).treatment(Treatment::on(Channel::Email)))
        .build()
        .unwrap();
    let _ = e.record(now(), Event::consent("x", now()).allow(Purpose::DirectMarketing)).unwrap();
    let d = e.decide(&Request::new("x", Channel::Email, now() + hours(1))).unwrap();
    assert!(d.action().is_some(), "{:?}", d.receipt().considered());
}

#[test]
fn late_acknowledgement() {
    let gate = Arc::new((Mutex::new(0u8), Condvar::new()));
    let g = gate.clone();
    let hook = Hook(Box::new(move |_, after| {
        if !after {
            return 0;
        }
        let (m, c) = &*g;
        let mut s = m.lock().unwrap();
        if *s == 1 {
            *s = 2;
            c.notify_all();
            while *s != 3 {
                s = c.wait(s).unwrap();
            }
        }
        0
    }));
    let e = Arc::new(
        Engine::builder()
            .catalog(Catalog::new([Item::new("x")]).unwrap())
            .store(Hooked { inner: MemoryStore::new(), hook })
            .build()
            .unwrap(),
    );
    let _ = e.record(now(), Event::purchased("a", now()).item("x")).unwrap();
    *gate.0.lock().unwrap() = 1;
    let e2 = e.clone();
    let h = std::thread::spawn(move || {
        let _ = e2
            .record(
                now(),
                Event::consent("a", now())
                    .level(Level::Collaborative)
                    .allow(Purpose::CollaborativeLearning),
            )
            .unwrap();
    });
    {
        let mut s = gate.0.lock().unwrap();
        while *s != 2 {
            s = gate.1.wait(s).unwrap();
        }
    }
    let _ = e
        .record(
            now() + days(1),
            Event::consent("a", now() + hours(1)).withdraw(Purpose::CollaborativeLearning),
        )
        .unwrap();
    {
        let mut s = gate.0.lock().unwrap();
        *s = 3;
        gate.1.notify_all();
        drop(s);
    }
    h.join().unwrap();
    e.advance(now() + days(2)).unwrap();
    assert_eq!(e.statistics().digest(), Statistics::default().digest());
}

#[test]
fn link_half_done() {
    let n = AtomicUsize::new(0);
    let hook = Hook(Box::new(
        move |_, after| {
            if !after && n.fetch_add(1, Ordering::Relaxed) == 2 { 2 } else { 0 }
        },
    ));
    let e = Engine::builder().store(Hooked { inner: MemoryStore::new(), hook }).build().unwrap();
    let _ = e
        .record(
            now(),
            Event::consent("a", now()).level(Level::OwnHistory).allow(Purpose::IdentityLinking),
        )
        .unwrap();
    let card = Identifier::new(IdentifierKind::LoyaltyCard, "1");
    assert!(e.record(now(), Event::linked("a", now(), card.clone())).is_err());
    println!("by the card: {:?}", e.access(card.clone(), now()).unwrap().is_some());
    e.erase("a").unwrap();
    // does somebody else get the card?
    let _ = e
        .record(
            now(),
            Event::consent("b", now()).level(Level::OwnHistory).allow(Purpose::IdentityLinking),
        )
        .unwrap();
    println!("{:?}", e.record(now(), Event::linked("b", now(), card)));
    assert!(e.access(Identifier::new(IdentifierKind::LoyaltyCard, "1"), now()).unwrap().is_some());
}

#[test]
fn advance_loses_changes() {
    let n = AtomicUsize::new(0);
    let hook = Hook(Box::new(
        move |_, after| {
            if !after && n.fetch_add(1, Ordering::Relaxed) == 5 { 2 } else { 0 }
        },
    ));
    let e = Engine::builder()
        .store(Hooked { inner: MemoryStore::new(), hook })
        .segment(Segment::new("s", Condition::Always))
        .build()
        .unwrap();
    for c in ["a", "b", "c", "d"] {
        let _ = e.record(now(), Event::purchased(c, now())).unwrap();
    }
    let mut all = Vec::new();
    for _ in 0..2 {
        match e.advance(now()) {
            Ok(c) => all.extend(c),
            Err(e) => println!("{e}"),
        }
    }
    assert_eq!(all.len(), 4);
}

#[test]
fn nan_net() {
    let e = Engine::builder()
        .action(
            Action::new("a")
                .value(1e308)
                .weighs(1e308, Condition::Always)
                .weighs(1e308, Condition::Always)
                .weighs(0.0, Condition::Always)
                .treatment(Treatment::on(Channel::Web)),
        )
        .build()
        .unwrap();
    let d = e.decide(&Request::new("x", Channel::Web, now())).unwrap();
    println!("{:?}", d.choice());
    assert!(d.choice().is_none_or(|c| c.score.net.is_finite()));
}

#[test]
fn canary_debug() {
    let c = "KANARIE";
    let mut leaks = Vec::new();
    let mut look = |what: &str, text: String| {
        if text.contains(c) {
            leaks.push(what.to_owned())
        }
    };
    let e = Engine::builder().build().unwrap();
    let d = now();
    let ev: Event = Event::declared("a", d).attribute("age", c).into();
    look("event", format!("{ev:?}"));
    look("Behaviour", format!("{:?}", Event::viewed("a", d).property("x", c)));
    let _ = e
        .record(d, Event::consent("a", d).level(Level::OwnHistory).allow(Purpose::Personalisation))
        .unwrap();
    let _ = e.record(d, ev).unwrap();
    look("view", format!("{:?}", e.view("a", Purpose::Personalisation, d, None).unwrap()));
    look("report", format!("{:?}", e.access("a", d).unwrap()));
    look("engine", format!("{e:?}"));
    let bytes = format!("{:?}", c.as_bytes());
    let bytes = bytes.trim_matches(['[', ']']);
    let dbg = format!("{e:?}");
    look("engine bytes", if dbg.contains(bytes) { c.into() } else { String::new() });
    look("session", format!("{:?}", Session::new().set("q", c)));
    look(
        "request",
        format!("{:?}", Request::new("a", Channel::Web, d).during(Session::new().set("q", c))),
    );
    println!("{leaks:?}");
    assert!(leaks.is_empty());
}

#[test]
fn withdraw_adds_contact_after_fit() {
    let e = Engine::builder()
        .action(
            Action::new("a")
                .value(1.0)
                .treatment(Treatment::on(Channel::Email).costs(0.04))
                .treatment(Treatment::on(Channel::Web)),
        )
        .build()
        .unwrap();
    let d = now();
    let _ = e
        .record(
            d,
            Event::consent("x", d)
                .level(Level::Collaborative)
                .allow(Purpose::DirectMarketing)
                .allow(Purpose::Personalisation)
                .allow(Purpose::CollaborativeLearning),
        )
        .unwrap();
    for k in 0..100 {
        let _ = e.decide(&Request::new("x", Channel::Web, d + hours(k))).unwrap();
    }
    e.advance(d + days(10)).unwrap();
    e.fit(d + days(10)).unwrap();
    assert!(
        e.preview(&Request::new("x", Channel::Email, d + days(10))).unwrap().action().is_none()
    );
    let _ = e
        .record(
            d + days(10),
            Event::consent("x", d + days(10)).withdraw(Purpose::CollaborativeLearning),
        )
        .unwrap();
    e.advance(d + days(10)).unwrap();
    e.fit(d + days(10)).unwrap();
    assert!(
        e.preview(&Request::new("x", Channel::Email, d + days(10))).unwrap().action().is_none()
    );
}

#[test]
fn link_not_allowed_tells_of_another() {
    let e = Engine::builder().build().unwrap();
    let card = Identifier::new(IdentifierKind::LoyaltyCard, "1");
    let _ = e
        .record(
            now(),
            Event::consent("b", now()).level(Level::OwnHistory).allow(Purpose::IdentityLinking),
        )
        .unwrap();
    let _ = e.record(now(), Event::linked("b", now(), card.clone())).unwrap();
    // a allows no linking: the answer must be "not allowed"
    let answer = e.record(now(), Event::linked("a", now(), card));
    assert!(matches!(answer, Ok(Recorded::NotAllowed(_))), "{answer:?}");
}

#[test]
fn batch_with_one_customer_twice_uses_the_volume() {
    let e = Engine::builder()
        .contact(ContactPolicy::new().cap(1, days(7)))
        .action(Action::new("a").volume(2).treatment(Treatment::on(Channel::Email)))
        .build()
        .unwrap();
    for c in ["x", "y"] {
        let _ = e.record(now(), Event::consent(c, now()).allow(Purpose::DirectMarketing)).unwrap();
    }
    let q = |c: &str, s| Request::new(c, Channel::Email, now()).seed(s);
    let got = e.decide_all(&[q("x", 1), q("x", 2), q("y", 1)]).unwrap();
    let n = got.iter().filter(|d| d.as_ref().unwrap().action().is_some()).count();
    assert_eq!(n, 2);
}

#[test]
fn huge_claimed_column() {
    let e = Engine::builder().build().unwrap();
    let _ = e.record(now(), Event::purchased("a", now())).unwrap();
    // customer kind 0, len 1, 'a', empty dictionary text/lengths, links, choices, then history: at (scale, cells), id bytes
    let mut body = vec![0, 1, b'a', 0, 0, 0, 0];
    body.extend([2, 0]); // at: scale 1, no cells
    body.extend([0]); // id: no bytes
    for _ in 0..6 {
        body.extend([0xff, 0xff, 0xff, 0x1f, 0]);
    } // 2^26 rows claimed
    let crc = crc32(&body);
    let mut bytes = b"cf\x01\x01".to_vec();
    bytes.extend(crc.to_le_bytes());
    bytes.extend(body);
    let before = std::time::Instant::now();
    let r = e.load(&"a".into(), Some(Stored { version: 1, bytes: bytes.into() }));
    println!("{:?} in {:?}", r.is_err(), before.elapsed());
}
fn crc32(b: &[u8]) -> u32 {
    let mut c = !0u32;
    for x in b {
        c ^= *x as u32;
        for _ in 0..8 {
            c = if c & 1 == 1 { c >> 1 ^ 0xEDB88320 } else { c >> 1 }
        }
    }
    !c
}

#[test]
fn messages_say_what_would_be_right() {
    let e = Engine::builder().build().unwrap();
    let mut b = Event::viewed("a", now());
    for n in 0..65 {
        b = b.property(format!("p{n}"), 1);
    }
    let line = |rest: &str| {
        Event::from_json(&format!(
            r#"{{"event":"viewed","customer":"a","at":"2026-01-01T00:00:00Z",{rest}}}"#
        ))
    };
    let errors = [
        e.record(now(), b).unwrap_err(),
        e.record(now(), Event::viewed("a", now()).property("p", f64::NAN)).unwrap_err(),
        Event::from_json("{}").unwrap_err(),
        line(r#""nope":1"#).unwrap_err(),
        line(r#""reply":"bounced""#).unwrap_err(),
    ];
    let silent: Vec<String> =
        errors.iter().map(Error::to_string).filter(|text| !text.contains("expected")).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
