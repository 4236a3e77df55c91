//! When does the server end?

/// Waits until the system or a person asks the process to end.
pub(crate) async fn asked() -> Result<(), String> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| format!("cannot listen for signals: {error}"));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => tracing::info!(signal = "SIGTERM", "asked to stop"),
        _ = interrupt.recv() => tracing::info!(signal = "SIGINT", "asked to stop"),
    }
    Ok(())
}
