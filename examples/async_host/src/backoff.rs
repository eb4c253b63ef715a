//! How long to wait after a conflict: at random, up to a bound that doubles each time, so
//! that those who met once do not meet again.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How often to try before somebody else's luck is called a fault.
const TRIES: u32 = 256;

const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(512);

pub(crate) struct Backoff {
    random: StdRng,
    /// Since the last success.
    tries: u32,
    /// In all.
    pub(crate) conflicts: usize,
    pub(crate) waited: Duration,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed);
        Self { random, tries: 0, conflicts: 0, waited: Duration::ZERO }
    }

    /// Before the first try.
    pub(crate) fn begin(&mut self) {
        self.tries = 0;
    }

    /// After a conflict: how long to wait; nothing when it is time to give up.
    pub(crate) fn next(&mut self) -> Option<Duration> {
        self.conflicts += 1;
        self.tries += 1;
        let most = LONGEST.min(SHORTEST * 2u32.saturating_pow(self.tries));
        let wait = most.mul_f64(self.random.random());
        self.waited += wait;
        (self.tries < TRIES).then_some(wait)
    }
}
