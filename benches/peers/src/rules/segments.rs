//! What is asked: one profile, and segments of it that every engine can express.

/// How many segments there are.
pub(crate) const SEGMENTS: usize = 100;
/// How many conditions a segment has.
pub(crate) const CONDITIONS: usize = 5;

/// A customer.
pub(crate) struct Profile {
    pub(crate) country: &'static str,
    pub(crate) age: f64,
    pub(crate) spent: f64,
    pub(crate) days_away: f64,
    pub(crate) tier: &'static str,
}

/// The customer of whom everything is asked.
pub(crate) const PROFILE: Profile =
    Profile { country: "Portugal", age: 41.0, spent: 250.0, days_away: 12.0, tier: "gold" };

/// Customers of a country, at least this old, who spent more than this, were away for at
/// most so many days, and have one of these tiers.
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) country: &'static str,
    pub(crate) age: f64,
    pub(crate) spent: f64,
    pub(crate) days_away: f64,
    pub(crate) tiers: [&'static str; 4],
}

/// Which conditions the profile meets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// All, so that no engine can leave any out.
    AllTrue,
    /// Each in three of five segments, without a pattern: eight segments match, and who
    /// stops at the first condition that is not met asks 2.33 of a segment.
    Mixed,
}

impl Mode {
    pub(crate) const BOTH: [Self; 2] = [Self::AllTrue, Self::Mixed];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AllTrue => "all_true",
            Self::Mixed => "mixed",
        }
    }

    /// How many segments match.
    pub(crate) fn matching(self) -> usize {
        match self {
            Self::AllTrue => SEGMENTS,
            Self::Mixed => 8,
        }
    }

    fn holds(self, segment: u32, condition: u32) -> bool {
        self == Self::AllTrue || scattered(segment * CONDITIONS as u32 + condition) % 5 < 3
    }
}

/// A number that looks unlike its neighbours': multiply, fold, and again.
fn scattered(number: u32) -> u32 {
    let once = number.wrapping_mul(0x9E37_79B1);
    let twice = (once ^ once >> 15).wrapping_mul(0x85EB_CA77);
    twice ^ twice >> 13
}

/// The segments that a mode asks about.
pub(crate) fn segments(mode: Mode) -> Vec<Segment> {
    (0..SEGMENTS as u32).map(|n| segment(n, |condition| mode.holds(n, condition))).collect()
}

/// Segments at the edge, and whether the profile is in: in all conditions it is, or is not
/// in one, as narrowly as can be.
pub(crate) fn edges() -> impl Iterator<Item = (Segment, bool)> {
    let conditions = CONDITIONS as u32;
    (0..=conditions).map(move |fails| (segment(0, |n| n != fails), fails == conditions))
}

fn segment(n: u32, holds: impl Fn(u32) -> bool) -> Segment {
    let step = f64::from(n % 12);
    let mut tiers = ["basic", "bronze", "silver", if holds(4) { "gold" } else { "black" }];
    tiers.rotate_left(n as usize % 4);
    Segment {
        name: format!("segment-{n:03}"),
        country: if holds(0) { PROFILE.country } else { "Spain" },
        age: PROFILE.age + if holds(1) { -step } else { step + 1.0 },
        spent: PROFILE.spent + if holds(2) { -step - 1.0 } else { step },
        days_away: PROFILE.days_away + if holds(3) { step } else { -step - 1.0 },
        tiers,
    }
}
