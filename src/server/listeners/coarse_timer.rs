//! When has a connection waited too long, to within a tick?
//!
//! hyper sets a timer for every request and drops it as soon as the request's headers are there. A timer
//! of the runtime costs a lock at either end; these cost one look at the clock, because they register
//! nothing: whoever drives the connection looks at it every tick, and the timer is asked then.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

use crate::clock::mark;

/// Makes timers that are only asked, and never wake anyone.
#[derive(Clone, Copy)]
pub(super) struct CoarseTimer;

struct Deadline(Instant);

impl Timer for CoarseTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(mark() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Deadline(deadline))
    }
}

impl Sleep for Deadline {}

impl Future for Deadline {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if mark() >= self.0 { Poll::Ready(()) } else { Poll::Pending }
    }
}
