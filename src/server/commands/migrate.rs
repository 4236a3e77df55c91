//! How does a database come to the shape that this version wants?

use std::process::ExitCode;

use super::{Command, Verdict, tell};
use crate::config::Configured;
use crate::wire;

pub(super) const COMMAND: Command = Command {
    name: "migrate",
    about: "Brings the database to the shape that this version wants; serve does the same when it starts.",
    arguments: |command| command,
    run: |configured, _| Box::pin(run(configured)),
};

async fn run(configured: &Configured) -> Verdict {
    let storage = wire::open(&configured.settings).await?;
    storage.database.close().await;
    tell("the database has the shape that this version wants");
    Ok(ExitCode::SUCCESS)
}
