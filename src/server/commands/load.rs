//! How do files become resources?
//!
//! In process, through the same interactions as over HTTP, many at once so that they share commits. A
//! load can be cut off and run again: what is finished is skipped, and what was half done is repeated
//! without harm, because every resource has an id that follows from the files alone.
//!
//! Two lines of one load that name the same resource are written in either order.

pub(super) mod files;
mod ledger;
mod piece;
mod plan;
pub(super) mod progress;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, value_parser};
use interactions::Context;
use store::Store;
use tokio::sync::mpsc;

use super::{Command, Verdict, tell};
use crate::config::Configured;
use crate::{clock, wire};

use files::Source;
use ledger::Ledger;
use progress::Progress;

pub(super) const COMMAND: Command = Command {
    name: "load",
    about: "Loads files and folders: resources, Bundles and NDJSON, as JSON or XML, also .gz and .zst.",
    arguments: |command| {
        command
            .arg(
                Arg::new("paths")
                    .value_name("PATH")
                    .required(true)
                    .action(ArgAction::Append)
                    .value_parser(value_parser!(PathBuf))
                    .help("A file, or a folder whose files of known kinds are loaded in the order of their names."),
            )
            .arg(
                Arg::new("again")
                    .long("again")
                    .action(ArgAction::SetTrue)
                    .help("Loads files that were loaded before, too; what they have not changed keeps its version."),
            )
    },
    run: |configured, matches| Box::pin(run(configured, matches)),
};

/// What came of a piece of a file, or of the whole.
pub(super) enum News {
    /// A piece is done.
    Done {
        /// Which file, by its place in the list.
        file: usize,
        /// How many resources it brought.
        resources: u64,
        /// What was refused, in sentences.
        refused: Vec<String>,
    },
    /// A file has been read to its end, or as far as it could be.
    Read {
        /// Which file.
        file: usize,
        /// Of how many pieces it consists.
        pieces: u64,
    },
}

async fn run(configured: &Configured, matches: &ArgMatches) -> Verdict {
    let asked: Vec<PathBuf> = matches.get_many("paths").into_iter().flatten().cloned().collect();
    let found = files::find(&asked)?;
    let storage = wire::open(&configured.settings).await?;
    let mut context = wire::context(&storage, base_url(configured), &configured.settings).await?;
    // What was exported elsewhere keeps its ids.
    context.policy.client_ids = true;
    let mut ledger = Ledger::open(configured, is_empty(&*storage.database).await?)?;
    let before = found.len();
    let (again, mut sources) = (matches.get_flag("again"), found);
    sources.retain(|source| again || !ledger.knows(source));
    let skipped = before - sources.len();

    let loaded = load(context, Arc::new(sources), &mut ledger).await;
    storage.database.close().await;
    Ok(summary(&loaded?, skipped))
}

/// Absolute links in what is loaded count as links to this server under its public base only.
fn base_url(configured: &Configured) -> String {
    configured
        .settings
        .base_url
        .clone()
        .unwrap_or_else(|| format!("http://{}/fhir", configured.settings.listen))
}

async fn is_empty(store: &dyn Store) -> Result<bool, String> {
    let permit = access::Permit::for_the_server("load asks whether anything is stored");
    let first = store.changes(&permit, model::Instant(i64::MIN), 1).await;
    Ok(first.map_err(|error| error.to_string())?.is_empty())
}

/// What a load came to.
#[derive(Default)]
struct Loaded {
    resources: u64,
    refused: u64,
    files: u64,
    seconds: f64,
}

/// How far a file is.
#[derive(Clone, Default)]
struct Tally {
    pieces: Option<u64>,
    done: u64,
    refused: bool,
}

async fn load(context: Context, sources: Arc<Vec<Source>>, ledger: &mut Ledger) -> Result<Loaded, String> {
    let began = clock::mark();
    let bytes = sources.iter().map(|source| source.bytes).sum();
    let progress = Arc::new(Progress::new("resources", Some(bytes)));
    let (tell_news, mut news) = mpsc::unbounded_channel();
    let reading = piece::read_all(context, sources.clone(), progress.clone(), tell_news);
    let mut tallies = vec![Tally::default(); sources.len()];
    let mut loaded = Loaded::default();
    while let Some(news) = news.recv().await {
        let file = match news {
            News::Read { file, pieces } => {
                tallies[file].pieces = Some(pieces);
                file
            }
            News::Done { file, resources, refused } => {
                tallies[file].done += 1;
                tallies[file].refused |= !refused.is_empty();
                loaded.resources += resources;
                loaded.refused += refused.len() as u64;
                progress.counted(resources);
                refused.iter().for_each(|refusal| progress.interrupt(|| tell(refusal)));
                file
            }
        };
        if tallies[file].pieces == Some(tallies[file].done) {
            loaded.files += 1;
            if !tallies[file].refused {
                ledger.note(&sources[file])?;
            }
        }
    }
    reading.await.map_err(|error| format!("reading the files broke off: {error}"))?;
    progress.clear();
    loaded.seconds = began.elapsed().as_secs_f64();
    Ok(loaded)
}

fn summary(loaded: &Loaded, skipped: usize) -> ExitCode {
    let Loaded { resources, refused, files, seconds } = loaded;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = *resources as f64 / seconds.max(0.001);
    tell(&format!(
        "loaded {resources} resources from {files} files in {seconds:.1} s ({rate:.0} a second); {refused} refused, \
         {skipped} files skipped because they were loaded before"
    ));
    if *refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
