//! What must hold of every condition and every text.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::made::Maker;
use crate::rule::condition::{Condition, all, any, attribute, not};

/// So many times as long as is asked for in the environment.
fn times(least: u64) -> u64 {
    let asked = std::env::var("CONFIDANT_TEXTS").ok().and_then(|asked| asked.parse().ok());
    asked.unwrap_or(least)
}

#[test]
fn what_is_written_is_read_as_the_same_condition() {
    for seed in 0..times(100_000) {
        let condition = Maker(StdRng::seed_from_u64(seed)).condition(3);
        let text = condition.to_string();
        match text.parse::<Condition>() {
            Ok(read) => assert_eq!(read, condition, "{seed}: {text}"),
            Err(error) => panic!("{seed}: {text}\n{error}\n{condition:?}"),
        }
    }
}

/// Bad texts are refused with a message, and what is accepted after all is written in a form
/// that stays what it is.
#[test]
fn no_text_does_harm() {
    let (mut read, mut refused) = (0, 0);
    for seed in 0..times(100_000) {
        let mut maker = Maker(StdRng::seed_from_u64(seed));
        let text = match seed % 8 {
            0 => maker.noise(),
            _ => {
                let text = maker.condition(2).to_string();
                maker.spoiled(&text)
            }
        };
        match text.parse::<Condition>() {
            Ok(condition) => {
                let canonical = condition.to_string();
                let again: Condition = canonical
                    .parse()
                    .unwrap_or_else(|error| panic!("{seed}: {text}\n{canonical}\n{error}"));
                assert_eq!(again, condition, "{seed}: {text}\n{canonical}");
                assert_eq!(again.to_string(), canonical, "{seed}: {text}");
                read += 1;
            }
            Err(error) => {
                assert!(error.to_string().starts_with("at "), "{seed}: {error}");
                refused += 1;
            }
        }
    }
    assert!(read > refused / 20 && refused > read / 20, "{read} read, {refused} refused");
}

fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(run);
    thread.unwrap().join().unwrap();
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    on_a_small_stack(|| {
        for (open, close) in [("(", ")"), ("not ", ""), ("all(", ")"), ("a has one with (", ")")] {
            for depth in [65, 10_000] {
                let text = format!("{}a exists{}", open.repeat(depth), close.repeat(depth));
                let error = text.parse::<Condition>().unwrap_err().to_string();
                assert!(error.contains("nested deeper than 64"), "{error}");
                let text = open.repeat(depth);
                assert!(text.parse::<Condition>().is_err());
            }
            let text = format!("{}a exists{}", open.repeat(64), close.repeat(64));
            let read: Condition = text.parse().unwrap();
            assert_eq!(read, read.to_string().parse().unwrap());
        }
    });
}

/// However the levels are made: the deepest that can be compiled can be read.
#[test]
fn the_deepest_is_written_and_read() {
    on_a_small_stack(|| {
        let one = || attribute("a").exists();
        let mut condition = one();
        for level in 0..64 {
            condition = match level % 3 {
                0 => all([one(), condition]),
                1 => not(condition),
                _ => any([condition, one()]),
            };
        }
        assert_eq!(condition.to_string().parse::<Condition>().unwrap(), condition);
        // No deeper in parentheses, but in groups.
        let (open, close) = ("a exists or a exists and (".repeat(33), ")".repeat(33));
        let error = format!("{open}a exists{close}").parse::<Condition>().unwrap_err();
        assert!(error.to_string().contains("nested deeper than 64"), "{error}");
    });
}

/// What a host nests without end is written as far as it could be compiled.
#[test]
fn what_is_far_too_deep_is_written_and_dropped() {
    let deep = (0..10_000).fold(attribute("a").exists(), |inner, _| not(inner));
    let text = deep.to_string();
    assert!(text.ends_with("not …") && text.len() < 500, "{text}");
    assert!(text.parse::<Condition>().is_err());
}

#[test]
fn a_text_that_is_too_long_is_refused_at_once() {
    let text = "a exists and ".repeat(10 << 20);
    let error = text.parse::<Condition>().unwrap_err().to_string();
    assert!(error.contains("longer than 1048576 bytes"), "{error}");
    assert!(error.len() < 300, "{error}");
    let most = format!("{}a exists", "a exists and ".repeat(80_000));
    assert!(most.parse::<Condition>().is_ok());
}

#[cfg(feature = "json")]
#[test]
fn what_is_written_as_json_is_read_as_the_same_condition() {
    for seed in 0..times(20_000) {
        let condition = Maker(StdRng::seed_from_u64(seed)).condition(3);
        let json = condition.to_json();
        match Condition::from_json(&json) {
            Ok(read) => assert_eq!(read, condition, "{seed}: {json}"),
            Err(error) => panic!("{seed}: {json}\n{error}"),
        }
    }
}
