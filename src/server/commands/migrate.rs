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
    wire::make_folder(&configured.settings.data)?;
    let applied = sql::migrate(&wire::database_url(&configured.settings)).await;
    match applied.map_err(|error| error.to_string())?.as_slice() {
        [] => tell("the database had the shape that this version wants already"),
        applied => tell(&format!("applied {}", applied.join(", "))),
    }
    Ok(ExitCode::SUCCESS)
}
