//! How does a copy become a server's data again?
//!
//! Into an empty data folder only, and where the settings name a PostgreSQL database into an empty one,
//! and not before every byte of the copy agrees with its manifest; then what was restored proves itself
//! by a check. Which database the copy was made of plays no part.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, value_parser};
use store::Blobs;

use super::backup::{Manifest, codes};
use super::{Command, Verdict, check, tell};
use crate::config::Configured;
use crate::packages::{Folder, PACKAGES_FOLDER};
use crate::wire;

pub(super) const COMMAND: Command = Command {
    name: "restore",
    about: "Puts a copy that backup made into an empty data folder or PostgreSQL database, and checks it.",
    arguments: |command| {
        command.arg(
            Arg::new("folder")
                .value_name("FOLDER")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The folder that backup made."),
        )
    },
    run: |configured, matches| Box::pin(run(configured, matches)),
};

async fn run(configured: &Configured, matches: &ArgMatches) -> Verdict {
    let from: &PathBuf = matches.get_one("folder").expect("clap asks for the folder");
    let (data, database) = (&configured.settings.data, configured.settings.database.as_deref());
    refuse_unless_empty(data)?;
    if let Some(url) = database {
        sql::refuse_unless_empty(url).await.map_err(|error| error.to_string())?;
    }
    let manifest = Manifest::read(from)?;
    if !manifest.describes(&from.join(wire::DATABASE_FILE))? {
        return Err(format!("the database in {} is not the one that its manifest describes", from.display()));
    }
    copy_blobs(&manifest, from, data).await?;
    let packages = Folder::new(from.join(PACKAGES_FOLDER)).copy(&Folder::new(data.join(PACKAGES_FOLDER)));
    packages.map_err(|error| format!("cannot restore the packages: {error}"))?;
    codes::restore(&manifest.codes, from, data)?;
    // The database comes last: a restore that is cut off leaves no server that would start without its blobs.
    let place = match database {
        Some(url) => {
            let restored = sql::restore(&from.join(wire::DATABASE_FILE), url).await;
            restored.map_err(|error| error.to_string())?;
            " into PostgreSQL"
        }
        None => {
            let placed = place_database(from, data);
            placed.map_err(|error| format!("cannot restore into {}: {error}", data.display()))?;
            ""
        }
    };
    let blobs = manifest.blobs.len();
    tell(&format!("restored the database{place} and {blobs} blobs into {}", data.display()));

    let storage = wire::open(&configured.settings).await?;
    let found = check::examine(&storage).await;
    storage.database.close().await;
    let found = found.map_err(|error| format!("the check could not be finished: {error}"))?;
    Ok(check::verdict(&found))
}

fn refuse_unless_empty(data: &Path) -> Result<(), String> {
    match std::fs::read_dir(data).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(format!(
            "{} is not empty; a copy is restored into an empty folder, so that nothing is lost",
            data.display()
        )),
        Ok(false) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("cannot look into {}: {error}", data.display())),
    }
}

async fn copy_blobs(manifest: &Manifest, from: &Path, data: &Path) -> Result<(), String> {
    let (source, target) = (wire::open_blobs(from)?, wire::open_blobs(data)?);
    for blob in &manifest.blobs {
        let failed = |error: store::Error| format!("cannot restore blob {}: {error}", blob.id);
        if source.length(blob.id).await.map_err(failed)? != Some(blob.length) {
            return Err(format!("blob {} is missing from {} or has another length", blob.id, from.display()));
        }
        let pieces = source.get(blob.id, 0..blob.length).await.map_err(failed)?;
        if target.put(pieces).await.map_err(failed)?.id != blob.id {
            return Err(format!("blob {} in {} is damaged", blob.id, from.display()));
        }
    }
    Ok(())
}

/// Copies the database beside its place and renames it into it, so that it is whole or absent.
fn place_database(from: &Path, data: &Path) -> io::Result<()> {
    let place = data.join(wire::DATABASE_FILE);
    let arriving = place.with_added_extension("arriving");
    io::copy(&mut File::open(from.join(wire::DATABASE_FILE))?, &mut File::create(&arriving)?)?;
    File::open(&arriving)?.sync_all()?;
    std::fs::rename(&arriving, &place)?;
    File::open(data)?.sync_all()
}
