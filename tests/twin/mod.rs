//! The twins: what the crate promises, done again over plain lists and maps, slowly and
//! in the most obvious way, with none of the crate's own evaluation code.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "a part of many tests, each of which uses some of it"
)]

pub mod attribute;
pub mod chain;
pub mod choice;
pub mod clock;
pub mod decide;
pub mod due;
pub mod edges;
pub mod figure;
pub mod learn;
pub mod pattern;
pub mod person;
pub mod recommend;
pub mod stage;
pub mod suited;
pub mod test;
pub mod truth;
