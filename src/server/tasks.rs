//! Who works in the background?

use std::future::Future;

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
