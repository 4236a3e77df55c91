//! What is the server told to do, by whom, and what does it mean?

use std::process::ExitCode;

use super::{Command, tell};
use crate::config::print;

pub(super) const COMMAND: Command = Command {
    name: "config",
    about: "Prints every setting with its value, its source and its meaning, as a TOML file.",
    arguments: |command| command,
    run: |configured, _| {
        Box::pin(async {
            tell(print(configured).trim_end());
            Ok(ExitCode::SUCCESS)
        })
    },
};
