//! Progress on stderr: only on a terminal, and only for what takes over a second.

use std::io::Read;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that shows up once it is clear that it is worth showing.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: bool,
}

impl Progress {
    pub(crate) fn new(label: &str, total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg:28} {bar:36} {percent:>3}% {eta:>5}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(label.to_owned());
        Self { bar, started: Instant::now(), shown: false }
    }

    pub(crate) fn add(&mut self, done: u64) {
        self.bar.inc(done);
        if !self.shown && self.is_worth_it() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.shown = true;
        }
    }

    /// At this pace it takes over a second.
    fn is_worth_it(&self) -> bool {
        let (spent, done) = (self.started.elapsed(), self.bar.position());
        let total = self.bar.length().unwrap_or(0);
        spent > Duration::from_millis(100)
            && spent.as_secs_f64() * total as f64 > done.max(1) as f64
    }

    /// Counts what is read.
    pub(crate) fn over<R: Read>(self, inner: R) -> Counted<R> {
        Counted { inner, progress: self }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

pub(crate) struct Counted<R> {
    inner: R,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.progress.add(read as u64);
        Ok(read)
    }
}
