//! How does the server run in the foreground? Until the system or a person asks it to end.

use std::process::ExitCode;

use super::{Command, Verdict, tell};
use crate::config::Configured;
use crate::shutdown::Signals;
use crate::wire;

pub(super) const COMMAND: Command = Command {
    name: "serve",
    about: "Answers requests until it is asked to end.",
    arguments: |command| command,
    run: |configured, _| Box::pin(run(configured)),
};

async fn run(configured: &Configured) -> Verdict {
    let signals = Signals::listen()?;
    let running = wire::start(configured.settings.clone()).await?;
    let scheme = if configured.settings.tls_cert.is_some() { "https" } else { "http" };
    // The first line on standard output: whoever started the server reads from it where it is.
    tell(&format!("Brigid listens on {scheme}://{}/fhir", running.address()));
    tracing::info!(base = running.base_url(), open = configured.settings.is_open(), "listening");
    signals.asked().await;
    running.stop().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}
