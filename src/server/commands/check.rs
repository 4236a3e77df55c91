//! Do database, index and large bytes agree?

use std::collections::BTreeSet;
use std::process::ExitCode;

use access::Permit;
use clap::ArgMatches;
use model::Instant;
use store::{BlobId, Resources};

use super::load::progress::Progress;
use super::{Command, Verdict, tell};
use crate::config::Configured;
use crate::wire::{self, Storage};

pub(super) const COMMAND: Command = Command {
    name: "check",
    about: "Reads everything that is stored and tells what is damaged or missing.",
    arguments: |command| command,
    run: |configured, _: &ArgMatches| Box::pin(run(configured)),
};

/// Versions that are looked at together for the blobs they name.
const VERSIONS_AT_A_TIME: usize = 1_000;

async fn run(configured: &Configured) -> Verdict {
    let storage = wire::open(&configured.settings).await?;
    let found = examine(&storage).await;
    storage.database.close().await;
    let found = found.map_err(|error| format!("the check could not be finished: {error}"))?;
    Ok(verdict(&found))
}

/// What a check came to.
pub(super) struct Found {
    /// What is wrong, in sentences.
    pub(super) wrong: Vec<String>,
    /// How many versions there are.
    pub(super) versions: u64,
    /// How many blobs are named.
    pub(super) blobs: usize,
    /// How many blobs nobody names; the collector will see to them.
    pub(super) unnamed: usize,
}

/// Tells people what was found, and the shell whether all is well.
pub(super) fn verdict(found: &Found) -> ExitCode {
    for sentence in &found.wrong {
        tell(sentence);
    }
    let Found { versions, blobs, unnamed, .. } = found;
    let looked_at = format!("{versions} versions, {blobs} blobs and {unnamed} blobs that no resource names");
    match found.wrong.len() {
        0 => tell(&format!("all is well with {looked_at}")),
        problems => tell(&format!("found {problems} problems in {looked_at}")),
    }
    if found.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Reads everything and compares.
pub(super) async fn examine(storage: &Storage) -> store::Result<Found> {
    let progress = Progress::new("versions", None);
    let mut wrong = storage.database.check(&|versions| progress.reached(versions)).await?;
    let (versions, named) = named(storage, &mut wrong).await?;
    let blobs: Vec<BlobId> = named.into_iter().collect();
    let progress = Progress::new("blobs", Some(blobs.len() as u64));
    for (count, blob) in blobs.iter().enumerate() {
        if !storage.blobs.verify(*blob).await? {
            wrong.push(format!("blob {blob} is named by a resource and is damaged or gone"));
        }
        progress.reached(count as u64 + 1);
    }
    let present = storage.blobs.list(Instant(i64::MAX)).await?;
    let unnamed = storage.database.unnamed(&present).await?.len();
    Ok(Found { wrong, versions, blobs: blobs.len(), unnamed })
}

/// Follows the log from its beginning for the blobs that it names; ends where it cannot be read.
async fn named(storage: &Storage, wrong: &mut Vec<String>) -> store::Result<(u64, BTreeSet<BlobId>)> {
    let permit = Permit::for_the_server("check looks for the blobs that versions name");
    let (mut versions, mut named, mut after) = (0, BTreeSet::new(), Instant(i64::MIN));
    loop {
        let page = match storage.database.changes(&permit, after, VERSIONS_AT_A_TIME).await {
            Err(error @ store::Error::Corrupt(_)) => {
                wrong.push(format!("the log cannot be read to its end: {error}"));
                return Ok((versions, named));
            }
            page => page?,
        };
        let Some(last) = page.last() else { return Ok((versions, named)) };
        after = last.committed_at;
        versions += page.len() as u64;
        named.extend(page.iter().filter_map(|version| version.blob));
    }
}
