//! Who is measured: one file for each engine.

mod cel;
mod confidant;
mod datalogic;
mod growthbook;
mod hand_written;
mod yggdrasil;

use crate::Result;
use crate::rules::segments::{Profile, Segment};

/// An engine that has compiled the segments and has the profile at hand, in the form that
/// suits it best.
pub(crate) trait Contender {
    /// How many segments the profile is in. This is what is timed.
    fn count(&mut self) -> Result<usize>;
}

/// The name of the one that all others are compared with.
pub(crate) const CONFIDANT: &str = "confidant";

/// Everybody, by name.
pub(crate) fn field(
    profile: &Profile,
    segments: &[Segment],
) -> Result<Vec<(&'static str, Box<dyn Contender>)>> {
    Ok(vec![
        ("hand-written, values by index", Box::new(hand_written::by_index(profile, segments))),
        ("hand-written, values by name", Box::new(hand_written::by_name(profile, segments))),
        (CONFIDANT, Box::new(confidant::Answered::new(profile, segments)?)),
        ("confidant, asked anew", Box::new(confidant::Asked::new(profile, segments)?)),
        ("datalogic-rs 5.4.0", Box::new(datalogic::Parsed::new(profile, segments)?)),
        ("datalogic-rs 5.4.0, from text", Box::new(datalogic::FromText::new(profile, segments)?)),
        ("unleash-yggdrasil 0.21.7", Box::new(yggdrasil::Yggdrasil::new(profile, segments)?)),
        ("cel 0.15.0, variables", Box::new(cel::Cel::of_variables(profile, segments)?)),
        ("cel 0.15.0, a map", Box::new(cel::Cel::of_map(profile, segments)?)),
        ("growthbook-rust 0.4.0, check", Box::new(growthbook::Check::new(profile, segments)?)),
        ("growthbook-rust 0.4.0, client", Box::new(growthbook::Client::new(profile, segments)?)),
    ])
}
