//! Who works in the background, and who on what takes long?

use std::future::Future;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use interactions::Aside;
use model::limits::LONG_WORKS_MAX;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// Starts a task. This is the only place that does, so that every one of them has a name in the log.
pub(crate) fn spawn(name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    #[expect(clippy::disallowed_methods, reason = "this is the one helper that starts tasks")]
    tokio::spawn(async move {
        tracing::debug!(task = name, "task starts");
        work.await;
        tracing::debug!(task = name, "task ends");
    })
}

/// Room for work that would hold up requests: for one piece a core, so that the system shares the cores fairly
/// between it and everything else. What finds no room waits with its request.
pub(crate) fn aside() -> Aside {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let room = Arc::new(Semaphore::new(std::cmp::min(cores, LONG_WORKS_MAX)));
    Arc::new(move |work| {
        let room = Arc::clone(&room);
        Box::pin(async move {
            let place = room.acquire_owned().await.expect("nobody closes it");
            // The place goes with the work: a request that is given up does not end what its thread is at.
            let done = tokio::task::spawn_blocking(move || {
                let _place = place;
                work();
            });
            if done.await.is_err() {
                tracing::error!("long work panicked; its request is answered 500");
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn work_that_panics_leaves_its_room_to_others() {
        let aside = aside();
        for _ in 0..=LONG_WORKS_MAX {
            aside(Box::new(|| panic!("as tests want it"))).await;
        }
        let done = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&done);
        aside(Box::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        }))
        .await;
        assert_eq!(done.load(Ordering::Relaxed), 1);
    }
}
