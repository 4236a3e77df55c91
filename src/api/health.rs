//! Is the server alive, and should requests be sent to it?

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use access::Permit;
use axum::extract::State;
use axum::http::StatusCode;
use model::Instant;
use model::limits::READY_MS_MAX;

use crate::app::App;

/// The process runs and answers.
pub(crate) async fn live() -> &'static str {
    "live\n"
}

/// Storage answers, and the server is not about to stop.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if !app.ready.load(Ordering::Acquire) {
        return (StatusCode::SERVICE_UNAVAILABLE, "not ready: starting or stopping\n");
    }
    let permit = Permit::for_the_server("health asks whether storage answers");
    let newest = Instant(i64::MAX - 1);
    let asked = app.context.store.changes(&permit, newest, 1);
    match tokio::time::timeout(Duration::from_millis(READY_MS_MAX), asked).await {
        Ok(Ok(_)) => (StatusCode::OK, "ready\n"),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready: storage does not answer\n"),
    }
}
