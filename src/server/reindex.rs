//! Is everything found by the search parameters that hold now?
//!
//! When they change, and at the first start over a store of an older server, the resources of the types that they
//! concern are read from the log, oldest first, and get the rows that they would get if they were written now:
//! <https://hl7.org/fhir/R4/search.html#searchparam>. The work is a job of the store, so that it survives the process,
//! and servers on one database share it. Requests are answered meanwhile, and told what may be missing.
//!
//! Invariant: a type stands in the record of what the store was indexed by only while every resource has such rows.
//! Writes that were prepared before other rules came are committed after; for as long as there can be some, the job
//! goes on reading the log.

mod page;
mod progress;
mod record;

use std::sync::Arc;
use std::time::Duration;

use access::Permit;
use interactions::{Context, Indexing, Lacking, Shelf};
use model::limits::REQUEST_MS_MAX;
use model::{Instant, ResourceType};
use search::Catalogue;
use store::jobs::Step;
use store::{Job, JobId, Store};
use tokio::sync::{Mutex, Notify};

use crate::clock;
use crate::secret::Sharing;
use progress::Progress;
use record::{Fingerprints, Record};

/// The kind of the jobs.
const KIND: &str = "reindex";

/// How long a job is held without a sign of life. After a kill another server waits so long; a page of the log takes
/// a fraction of it.
const CLAIM_MS: u64 = 15_000;

/// How often the worker looks when it waits for others or for the end of the log to move.
const EVERY: Duration = Duration::from_secs(1);

/// How long the worker rests after a failure, which is storage's, or a damaged resource.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// How long the log is followed after a job began: requests with the rules of before may write as long as they last,
/// and other servers take the new rules some seconds later.
const SETTLING_MS: u64 = REQUEST_MS_MAX + 15_000;

/// How often the log tells how far the work is.
const TELLING: Duration = Duration::from_secs(10);

/// Keeps what resources are found by in step with the search parameters.
pub(crate) struct Index {
    context: Context,
    permit: Permit,
    sharing: Sharing,
    /// Whoever changes the rules, or the record of what the store was indexed by, holds it.
    turn: Mutex<()>,
    called: Notify,
}

/// What is not indexed by the search parameters that hold now.
struct Due {
    catalogue: Arc<Catalogue>,
    /// Of the record that says so.
    generation: u64,
    types: Fingerprints,
}

/// A job that this server holds.
struct Held {
    id: JobId,
    until: Instant,
    progress: Progress,
}

/// What becomes of the worker.
enum Next {
    /// It rests until it is called.
    Rest,
    /// It looks again soon.
    Look,
}

/// Strikes the types from a store's record that are to be indexed otherwise from now on, and tells which they are.
///
/// In a store without resources everything has been indexed.
pub(crate) async fn begin(store: &dyn Store, catalogue: &Catalogue) -> store::Result<Indexing> {
    let permit = Permit::for_the_server("how resources are found is the server's own matter");
    if store.latest(&permit).await? == Instant::default() {
        let generation = Record::read(store, &permit).await?.map_or(1, |known| known.generation + 1);
        Record { generation, types: record::all(catalogue) }.write(store, &permit).await?;
        return Ok(Indexing::new());
    }
    let (_, types) = strike(store, &permit, catalogue).await?;
    Ok(types.into_keys().map(|resource_type| (resource_type, Lacking::Everything)).collect())
}

/// Strikes off what a catalogue indexes otherwise; tells the generation of the record, too.
async fn strike(
    store: &dyn Store,
    permit: &Permit,
    catalogue: &Catalogue,
) -> store::Result<(u64, Fingerprints)> {
    let mut record = Record::read(store, permit).await?.unwrap_or_default();
    let types = record.differing(catalogue);
    let before = record.types.len();
    record.types.retain(|resource_type, _| !types.contains_key(resource_type));
    if record.types.len() < before {
        record.generation += 1;
        record.write(store, permit).await?;
    }
    Ok((record.generation, types))
}

impl Index {
    /// Looks after the index of what `context` works with.
    pub(crate) fn new(context: Context, sharing: Sharing) -> Self {
        let permit = Permit::for_the_server("how resources are found is the server's own matter");
        Self { context, permit, sharing, turn: Mutex::default(), called: Notify::new() }
    }

    /// Puts other rules in place, and begins to index by them.
    pub(crate) async fn replace(&self, shelf: Shelf) -> store::Result<()> {
        let turn = self.turn.lock().await;
        let library = &self.context.library;
        let (_, types) = strike(&*self.context.store, &self.permit, &shelf.catalogue).await?;
        let (before, lacking) = (library.catalogue(), library.indexing());
        let lacks = |it: &ResourceType| {
            let mut parameters = shelf.catalogue.newer(&before, *it);
            match lacking.get(it) {
                Some(Lacking::Everything) => return Some((*it, Lacking::Everything)),
                Some(Lacking::These(others)) => parameters.extend(others),
                None => {}
            }
            (!parameters.is_empty()).then_some((*it, Lacking::These(parameters)))
        };
        // First the warning, then what it warns of.
        library.set_indexing(types.keys().filter_map(lacks).collect());
        library.replace(shelf);
        drop(turn);
        self.called.notify_one();
        Ok(())
    }

    /// Indexes what is due, now and whenever other rules come.
    pub(crate) async fn work(self: Arc<Self>) {
        loop {
            match self.look().await {
                Ok(Next::Rest) => self.called.notified().await,
                Ok(Next::Look) => self.wait(EVERY).await,
                Err(error) => {
                    tracing::warn!(error = %error, "the index cannot be built further for the moment");
                    self.wait(AFTER_FAILURE).await;
                }
            }
        }
    }

    async fn wait(&self, time: Duration) {
        // Whoever calls earlier ends it.
        drop(tokio::time::timeout(time, self.called.notified()).await);
    }

    async fn look(&self) -> store::Result<Next> {
        let due = self.due().await?;
        if due.types.is_empty() {
            return Ok(Next::Rest);
        }
        // When another server is at it, its end will be seen in the record.
        if let Some(held) = self.claim(&due).await? {
            self.index(due, held).await?;
        }
        Ok(Next::Look)
    }

    async fn due(&self) -> store::Result<Due> {
        let _turn = self.turn.lock().await;
        let catalogue = self.context.library.catalogue();
        let (generation, types) = strike(&*self.context.store, &self.permit, &catalogue).await?;
        // Another server may have indexed some.
        let mut indexing = Indexing::clone(&self.context.library.indexing());
        indexing.retain(|resource_type, _| types.contains_key(resource_type));
        self.context.library.set_indexing(indexing);
        Ok(Due { catalogue, generation, types })
    }

    /// Takes the job over where its holder left it, or begins one; none, when somebody else holds it.
    async fn claim(&self, due: &Due) -> store::Result<Option<Held>> {
        let store = &*self.context.store;
        let (now, until) = self.hold();
        let free_at = match self.sharing {
            // Whoever held it is gone.
            Sharing::Alone => Instant(i64::MAX),
            Sharing::Shared => now,
        };
        let mut job = store.claim(&self.permit, KIND, free_at, until).await?;
        if job.is_none() {
            if let Some(others) = self.job_of_others().await? {
                let progress = Progress::read(&others.state);
                if progress.is_some_and(|it| it.is_built && it.is_of(due.generation, &due.types)) {
                    self.tell_of_nothing(&due.catalogue).await;
                }
                return Ok(None);
            }
            let id = store.enqueue(&self.permit, KIND, bytes::Bytes::new()).await?;
            record::note_job(store, &self.permit, id).await?;
            job = store.claim(&self.permit, KIND, now, until).await?;
        }
        let Some(job) = job else { return Ok(None) };
        let known = Progress::read(&job.state).filter(|it| it.is_of(due.generation, &due.types));
        let progress = known.unwrap_or_else(|| Progress {
            types: due.types.clone(),
            generation: due.generation,
            began_at: now,
            after: Instant(i64::MIN),
            done: 0,
            is_built: false,
        });
        Ok(Some(Held { id: job.id, until, progress }))
    }

    /// The job that was begun last, if it is not done.
    async fn job_of_others(&self) -> store::Result<Option<Job>> {
        let store = &*self.context.store;
        let Some(id) = record::last_job(store, &self.permit).await? else { return Ok(None) };
        Ok(store.job(&self.permit, id).await?.filter(|job| !job.finished))
    }

    /// Follows the log from where the job is, until everything has been indexed or others go on with it.
    async fn index(&self, due: Due, mut held: Held) -> store::Result<()> {
        let store = &*self.context.store;
        let settled = later(held.progress.began_at, SETTLING_MS);
        let end = store.latest(&self.permit).await?;
        let types = due.types.len();
        tracing::info!(
            types,
            done = held.progress.done,
            "the index is being built for search parameters that changed"
        );
        let (mut told_at, mut is_built) = (clock::mark(), false);
        loop {
            // Rows by other rules than those of now are of no use to anybody.
            if !Arc::ptr_eq(&due.catalogue, &self.context.library.catalogue()) {
                return Ok(());
            }
            let count = self.page(&due, &mut held.progress).await?;
            let Progress { after, done, .. } = held.progress;
            if !is_built && (count == 0 || after >= end) {
                (is_built, held.progress.is_built) = (true, true);
                self.tell_of_nothing(&due.catalogue).await;
                tracing::info!(types, done, "the index is built, and everything is found");
            }
            let now = (self.context.clock)();
            if is_built && now >= settled && (count == 0 || after >= settled) {
                return self.finish(held).await;
            }
            if !is_built && told_at.elapsed() >= TELLING {
                told_at = clock::mark();
                tracing::info!(types, done, "the index is being built");
            }
            if !self.advance(&mut held).await? {
                return Ok(());
            }
            if count < page::VERSIONS_AT_A_TIME {
                self.wait(EVERY).await;
            }
        }
    }

    /// Reads a page of the log and indexes what stands of it; returns how many versions it had.
    async fn page(&self, due: &Due, progress: &mut Progress) -> store::Result<usize> {
        let store = &*self.context.store;
        let versions = store.changes(&self.permit, progress.after, page::VERSIONS_AT_A_TIME).await?;
        let Some(last) = versions.last().map(|version| version.committed_at) else { return Ok(0) };
        let count = versions.len();
        let versions = versions.into_iter().filter(|it| due.types.contains_key(&it.key.resource_type));
        let done = page::index(&self.context, &self.permit, &due.catalogue, versions.collect()).await?;
        progress.done += done;
        progress.after = last;
        self.context.library.count_indexed(done);
        Ok(count)
    }

    /// Requests need not be warned any more, unless there are other rules again.
    async fn tell_of_nothing(&self, catalogue: &Arc<Catalogue>) {
        let _turn = self.turn.lock().await;
        if Arc::ptr_eq(catalogue, &self.context.library.catalogue()) {
            self.context.library.set_indexing(Indexing::new());
        }
    }

    /// Notes how far the job is; false when somebody else holds it now.
    async fn advance(&self, held: &mut Held) -> store::Result<bool> {
        let (_, until) = self.hold();
        let step = Step::Continue { state: held.progress.write(), until };
        let before = std::mem::replace(&mut held.until, until);
        self.context.store.advance(&self.permit, held.id, before, step).await
    }

    /// Enters in the record what was indexed, unless it changed meanwhile.
    async fn finish(&self, held: Held) -> store::Result<()> {
        let store = &*self.context.store;
        let Held { id, until, progress } = held;
        let turn = self.turn.lock().await;
        let mut record = Record::read(store, &self.permit).await?.unwrap_or_default();
        if record.generation != progress.generation {
            return Ok(());
        }
        record.generation += 1;
        record.types.extend(&progress.types);
        record.write(store, &self.permit).await?;
        drop(turn);
        store.advance(&self.permit, id, until, Step::Finish { state: progress.write() }).await?;
        tracing::info!(
            done = progress.done,
            "the index is complete, with what was written while it was built"
        );
        Ok(())
    }

    /// Now, and until when a job is held from now on.
    fn hold(&self) -> (Instant, Instant) {
        let now = (self.context.clock)();
        (now, later(now, CLAIM_MS))
    }
}

fn later(moment: Instant, by_ms: u64) -> Instant {
    Instant(moment.0.saturating_add_unsigned(by_ms.saturating_mul(1_000)))
}

#[cfg(test)]
mod tests;
