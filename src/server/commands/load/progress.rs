//! How far is it?
//!
//! A bar with rate and remaining time on a terminal; otherwise a plain line every now and then.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;

/// How often a bar is drawn again: often enough to look alive.
const REDRAW: Duration = Duration::from_millis(100);

/// How often a plain line is written where nobody watches.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Characters of a bar.
const BAR_WIDTH: usize = 30;

/// Work on its way.
pub(in crate::commands) struct Progress {
    noun: &'static str,
    total: Option<u64>,
    terminal: bool,
    began: Instant,
    shown_at: Mutex<Instant>,
    count: AtomicU64,
    /// How much of the total is done, where that is not the count itself.
    part: Arc<AtomicU64>,
}

impl Progress {
    /// Begins to count things called `noun`; `total` is what all the work comes to, when that is known.
    pub(in crate::commands) fn new(noun: &'static str, total: Option<u64>) -> Self {
        let began = clock::mark();
        let terminal = std::io::stderr().is_terminal();
        let (count, part) = (AtomicU64::new(0), Arc::default());
        Self { noun, total, terminal, began, shown_at: Mutex::new(began), count, part }
    }

    /// So many things are done in all, and that is the part of the total, too.
    pub(in crate::commands) fn reached(&self, count: u64) {
        self.count.store(count, Ordering::Relaxed);
        self.part.store(count, Ordering::Relaxed);
        self.show();
    }

    /// So many more things are done, and that much more of the total, too.
    pub(in crate::commands) fn advanced(&self, more: u64) {
        self.count.fetch_add(more, Ordering::Relaxed);
        self.part.fetch_add(more, Ordering::Relaxed);
        self.show();
    }

    /// So many more things are done.
    pub(super) fn counted(&self, more: u64) {
        self.count.fetch_add(more, Ordering::Relaxed);
        self.show();
    }

    /// Where the part of the total is counted, in bytes for example.
    pub(super) fn part(&self) -> Arc<AtomicU64> {
        self.part.clone()
    }

    /// Lets something else be written, without a bar in it.
    pub(super) fn interrupt(&self, write: impl FnOnce()) {
        self.clear();
        write();
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if self.terminal {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }

    fn show(&self) {
        let wait = if self.terminal { REDRAW } else { LINE_EVERY };
        let mut shown_at = self.shown_at();
        if shown_at.elapsed() < wait {
            return;
        }
        *shown_at = clock::mark();
        let count = self.count.load(Ordering::Relaxed);
        let line = line(self.noun, count, self.share(), self.began.elapsed());
        // Nobody is harmed when progress cannot be shown.
        let _ = match self.terminal {
            true => write!(std::io::stderr(), "\r{line}\x1b[K"),
            false => writeln!(std::io::stderr(), "{line}"),
        };
    }

    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    fn share(&self) -> Option<f64> {
        let part = self.part.load(Ordering::Relaxed);
        self.total.filter(|total| *total > 0).map(|total| (part as f64 / total as f64).clamp(0.0, 1.0))
    }

    fn shown_at(&self) -> MutexGuard<'_, Instant> {
        self.shown_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// The line for people.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bar's length and a rate for people"
)]
fn line(noun: &str, count: u64, share: Option<f64>, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let rate = count as f64 / seconds;
    let Some(share) = share else { return format!("{count} {noun}, {rate:.0} a second") };
    let filled = (share * BAR_WIDTH as f64) as usize;
    let bar = format!("{}{}", "#".repeat(filled), "-".repeat(BAR_WIDTH - filled));
    let left = if share > 0.0 { (seconds / share - seconds).ceil() as u64 } else { 0 };
    let percent = share * 100.0;
    format!(
        "[{bar}] {percent:3.0} %  {count} {noun}, {rate:.0} a second, {}:{:02} left",
        left / 60,
        left % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_share_rate_and_remaining_time() {
        assert_eq!(
            line("resources", 3_000, Some(0.2), Duration::from_secs(30)),
            "[######------------------------]  20 %  3000 resources, 100 a second, 2:00 left"
        );
        assert_eq!(line("versions", 50, None, Duration::from_secs(2)), "50 versions, 25 a second");
    }
}
