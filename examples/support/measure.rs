//! Time and memory, as the system tells them.

use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};

/// CPU time of the calling thread where the system tells it (Linux), else wall time.
pub(crate) struct Stopwatch {
    cpu: Option<Duration>,
    wall: Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { cpu: thread_cpu(), wall: Instant::now() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        match (self.cpu, thread_cpu()) {
            (Some(then), Some(now)) => now.saturating_sub(then),
            _ => self.wall.elapsed(),
        }
    }
}

/// Nanoseconds on a processor are the first number of `schedstat`.
fn thread_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos)).filter(|spent| !spent.is_zero())
}

/// What this process holds in memory now, in bytes, where the system tells it.
pub(crate) fn resident_bytes() -> Option<u64> {
    status("VmRSS:")
}

/// The most that it ever held.
pub(crate) fn peak_resident_bytes() -> Option<u64> {
    status("VmHWM:")
}

fn status(field: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with(field))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Many short times.
#[derive(Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    /// Runs something and notes how long it took, in wall time: the CPU clock is too
    /// coarse for single calls.
    pub(crate) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.0.push(start.elapsed());
        result
    }

    /// The same in CPU time, for work of microseconds: asking the system takes a third of
    /// one, twice.
    pub(crate) fn time_cpu<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = ThreadTime::now();
        let result = work();
        self.0.push(start.elapsed());
        result
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that this share of the calls stayed within, in microseconds.
    pub(crate) fn percentile_us(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let rank = (share * self.0.len() as f64).ceil() as usize;
        let time = self.0.get(rank.saturating_sub(1));
        time.map_or(0.0, |time| rounded(time.as_secs_f64() * 1e6, 1))
    }

    /// In microseconds.
    pub(crate) fn mean_us(&self) -> f64 {
        let total: Duration = self.0.iter().sum();
        rounded(total.as_secs_f64() * 1e6 / self.0.len().max(1) as f64, 1)
    }

    pub(crate) fn per_second(&self) -> f64 {
        rate(self.0.len(), self.0.iter().sum())
    }
}

/// Runs something and tells the CPU time of the whole process meanwhile, in seconds.
pub(crate) fn cpu_seconds<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = ProcessTime::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

/// So many per second, in whole numbers.
pub(crate) fn rate(count: usize, time: Duration) -> f64 {
    (count as f64 / time.as_secs_f64().max(1e-9)).round()
}

pub(crate) fn rounded(number: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    (number * scale).round() / scale
}
