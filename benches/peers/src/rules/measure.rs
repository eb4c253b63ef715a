//! How it is measured: by the processor time of this one thread, and in turns, so that
//! whatever else the machine does hits all alike.

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::Result;
use crate::rules::contenders::Contender;

/// How often every contender has its turn.
pub(crate) const ROUNDS: usize = 11;
/// How long a turn takes at least.
const TURN: Duration = Duration::from_millis(10);

/// How long a contender took for all segments, in nanoseconds, turn by turn.
pub(crate) struct Times {
    pub(crate) name: &'static str,
    pub(crate) turns: Vec<f64>,
}

impl Times {
    pub(crate) fn best(&self) -> f64 {
        self.turns.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn median(&self) -> f64 {
        median(self.turns.clone())
    }

    /// How many times as long as another it took, in the median of the rounds.
    pub(crate) fn ratio(&self, other: &Self) -> f64 {
        median(self.turns.iter().zip(&other.turns).map(|(mine, theirs)| mine / theirs).collect())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Lets everybody have a turn in every round.
pub(crate) fn rounds(field: &mut [(&'static str, Box<dyn Contender>)]) -> Result<Vec<Times>> {
    let mut times = Vec::new();
    let mut repeats = Vec::new();
    for (name, contender) in &mut *field {
        times.push(Times { name, turns: Vec::new() });
        repeats.push(enough(&mut **contender)?);
    }
    for _ in 0..ROUNDS {
        for (((_, contender), times), repeats) in field.iter_mut().zip(&mut times).zip(&repeats) {
            let turn = turn(&mut **contender, *repeats)?;
            times.turns.push(turn.as_secs_f64() * 1e9 / f64::from(*repeats));
        }
    }
    Ok(times)
}

/// How many repeats fill a turn.
fn enough(contender: &mut dyn Contender) -> Result<u32> {
    let mut repeats = 1;
    while turn(contender, repeats)? < TURN {
        repeats *= 2;
    }
    Ok(repeats)
}

fn turn(contender: &mut dyn Contender, repeats: u32) -> Result<Duration> {
    let before = thread_time();
    for _ in 0..repeats {
        black_box(contender.count()?);
    }
    Ok(thread_time().saturating_sub(before))
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
