//! How is everything copied while the server runs?
//!
//! The running server makes the copy itself, asked through the socket in its data folder; where none
//! runs, this process does. First the database as of one moment, then every blob: whatever the copied
//! rows name was on disk before them. A copy is a data folder of its own, with a manifest; its database
//! is a file also where the copied one is PostgreSQL, which any number of processes may have open.

pub(super) mod codes;
mod manifest;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgMatches, value_parser};
use model::Instant;
use store::Blobs;

use super::{Command, Verdict, tell};
use crate::config::Configured;
use crate::listeners::control;
use crate::packages::{Folder, PACKAGES_FOLDER};
use crate::wire::{self, Storage};

pub(super) use manifest::Manifest;

pub(super) const COMMAND: Command = Command {
    name: "backup",
    about: "Copies the database, blobs, packages and loaded code systems into a new folder, also while the server runs.",
    arguments: |command| {
        command.arg(
            Arg::new("folder")
                .value_name("FOLDER")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The folder to make; it must not exist yet."),
        )
    },
    run: |configured, matches| Box::pin(run(configured, matches)),
};

async fn run(configured: &Configured, matches: &ArgMatches) -> Verdict {
    let folder: &PathBuf = matches.get_one("folder").expect("clap asks for the folder");
    let folder = std::path::absolute(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let told = match control::ask(&configured.settings.data, &folder).await? {
        Some(told) => told,
        None => {
            let storage = wire::open(&configured.settings).await?;
            let told = copy(&storage, &folder).await;
            storage.database.close().await;
            told?
        }
    };
    tell(&told);
    Ok(ExitCode::SUCCESS)
}

/// Copies storage into a new folder; tells what that came to.
pub(crate) async fn copy(storage: &Storage, folder: &Path) -> Result<String, String> {
    if folder.exists() {
        return Err(format!("cannot make the folder {}: it exists already", folder.display()));
    }
    wire::make_folder(folder)?;
    let database = folder.join(wire::DATABASE_FILE);
    let broken = |error: store::Error| format!("the copy in {} is not whole: {error}", folder.display());
    storage.database.backup(&database).await.map_err(broken)?;
    let target = wire::open_blobs(folder)?;
    let mut manifest = Manifest::of_database(&database)?;
    for blob in storage.blobs.list(Instant(i64::MAX)).await.map_err(broken)? {
        let length = storage.blobs.length(blob).await.map_err(broken)?;
        // The collector took it since: no row of the copy names it.
        let Some(length) = length else { continue };
        let pieces = storage.blobs.get(blob, 0..length).await.map_err(broken)?;
        let stored = target.put(pieces).await.map_err(broken)?;
        if stored.id != blob {
            return Err(format!("the copy in {} is not whole: blob {blob} is damaged", folder.display()));
        }
        manifest.blobs.push(stored);
    }
    let packages = Folder::new(folder.join(PACKAGES_FOLDER));
    let copied = Folder::new(storage.data.join(PACKAGES_FOLDER)).copy(&packages);
    copied.map_err(|error| format!("the copy in {} is not whole: packages: {error}", folder.display()))?;
    manifest.codes = codes::copy(&storage.data, folder)?;
    // Written last: a folder without it is a copy that was cut off.
    manifest.write(folder)?;
    Ok(format!(
        "copied {} bytes of database and {} blobs into {}",
        manifest.bytes,
        manifest.blobs.len(),
        folder.display()
    ))
}
