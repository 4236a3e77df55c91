//! Does this store keep its promise?
//!
//! Every store runs the same tests: [`run_all`] opens a fresh one for each, with a clock that the test
//! holds in its hand, and tells by name which promises were broken. What a store adds of its own, such
//! as coming back after a crash, it tests itself.

mod changes;
mod expectations;
mod grants;
mod history;
mod jobs;
mod races;
mod stage;
mod transactions;
mod versions;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use model::Clock;

use crate::Store;
use stage::Stage;

/// Every test, chapter by chapter.
const CHAPTERS: &[&[Promise]] = &[
    versions::ALL,
    expectations::ALL,
    transactions::ALL,
    history::ALL,
    changes::ALL,
    races::ALL,
    jobs::ALL,
    grants::ALL,
];

/// How long one test may take: a store that does not answer has broken its promise, too.
const TEST_TIME_MAX: Duration = Duration::from_secs(60);

/// A sentence about storage, and what shows whether it is true.
struct Promise {
    name: &'static str,
    test: fn(Stage) -> LocalBoxFuture<'static, ()>,
}

/// Runs every test on a store of its own, which `open` makes with the clock it is given.
///
/// Runs on tokio's multi-threaded runtime, or the races are none.
///
/// # Panics
///
/// When all have run and some failed; the message names them.
pub async fn run_all(open: impl AsyncFn(Clock) -> Arc<dyn Store>) {
    let mut broken = Vec::new();
    for promise in CHAPTERS.iter().copied().flatten() {
        let stage = Stage::open(&open).await;
        let test = AssertUnwindSafe((promise.test)(stage)).catch_unwind();
        match tokio::time::timeout(TEST_TIME_MAX, test).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => broken.push(promise.name.to_owned()),
            Err(_) => broken.push(format!("{} (took too long)", promise.name)),
        }
    }
    assert!(broken.is_empty(), "broken promises, the reasons above:\n{}", broken.join("\n"));
}

/// Lists tests under their own names, which only a macro can read off a function.
macro_rules! promises {
    ($($name:ident),* $(,)?) => {
        pub(super) const ALL: &[super::Promise] = &[$(super::Promise {
            name: stringify!($name),
            test: |stage| Box::pin($name(stage)),
        }),*];
    };
}
use promises;
