//! What time is it?

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use model::{Clock, Instant};

/// The computer's clock. It may be set back; whoever needs order keeps it himself, as the store does.
pub(crate) fn system() -> Clock {
    Arc::new(now)
}

/// This moment, by the computer's clock.
#[expect(clippy::disallowed_methods, reason = "this is the clock that is handed in everywhere else")]
pub(crate) fn now() -> Instant {
    instant(SystemTime::now())
}

/// A point to measure from, which no setting of the clock moves.
#[expect(clippy::disallowed_methods, reason = "the server measures how long clients and its own work take")]
pub(crate) fn mark() -> std::time::Instant {
    std::time::Instant::now()
}

/// The same moment, counted as the server counts.
pub(crate) fn instant(time: SystemTime) -> Instant {
    let micros = |length: u128| i64::try_from(length).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => Instant(micros(after.as_micros())),
        Err(before) => Instant(-micros(before.duration().as_micros())),
    }
}
