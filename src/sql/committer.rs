//! How do many writers share one commit?
//!
//! Whoever writes prepares what can be prepared alone – digests, compressed bodies – and queues. One
//! task takes what waits, decides in memory what becomes of each transaction, writes everything with a
//! few statements and commits once. A transaction whose expectations fail leaves the others of its
//! batch alone, because nothing is written before all is decided.
//!
//! When the device fails under a commit, nobody can tell what of it will last: the committer stops
//! acknowledging until the process starts again (<https://wiki.postgresql.org/wiki/Fsync_Errors>).

mod decide;
mod found_by;
mod guarded;
mod known;
mod merge;
mod serve;
mod write;

pub(crate) use found_by::keys_of;
#[cfg(any(test, feature = "bare"))]
pub(crate) use write::{append_rows, point_rows};
#[cfg(test)]
pub(crate) use {
    found_by::{drop_keys, put_keys},
    guarded::written_since,
    write::{standing_rows, write_rows},
};

use std::collections::HashSet;
use std::sync::Arc;

use access::Permit;
use model::limits::COMMIT_QUEUE_MAX;
use model::{Draft, Instant, Key};
use store::{
    BlobId, Change, Error, Expectation, Guard, Method, Result, Transaction, Version, Write, Written,
};
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::body::{self, Body, Digest};
use crate::cache::Cache;
use crate::failure::Failure;
use crate::open::{Shared, spawn};
use crate::turn::Turn;
use crate::young::{Round, Young};
use decide::Decision;
use found_by::FoundBy;
use known::Known;
use serve::{Calls, Course};
use write::Presuming;

/// Tries of a batch that another process came between, or that was decided by mistake. Commits take
/// turns, so that the first is rare, and the second try asks for everything.
const TRIES_MAX: usize = 4;

/// Where writers queue.
pub(crate) struct Committer {
    queue: mpsc::Sender<Prepared>,
    settling: mpsc::Sender<oneshot::Sender<()>>,
    closing: Arc<Notify>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// A transaction that is ready to be committed, and who waits for it.
pub(crate) struct Prepared {
    tenant: u32,
    writes: Vec<PreparedWrite>,
    guards: Vec<Guard>,
    answer: oneshot::Sender<Result<Vec<Written>>>,
}

struct PreparedWrite {
    key: Key,
    code: i64,
    method: Method,
    expect: Expectation,
    change: PreparedChange,
}

enum PreparedChange {
    Put(Content, FoundBy),
    Index(FoundBy),
    Delete,
}

impl PreparedWrite {
    /// What stands there afterwards; nothing after a deletion, and no other thing where only rows change.
    fn content(&self) -> Option<&Content> {
        match &self.change {
            PreparedChange::Put(content, _) => Some(content),
            PreparedChange::Index(_) | PreparedChange::Delete => None,
        }
    }
}

struct Content {
    draft: Draft,
    digest: Digest,
    body: Body,
    blob: Option<BlobId>,
}

impl Committer {
    /// Starts the task; the last commit was at `last`, and up to `merged` no entry is young.
    pub(crate) fn start(shared: &Arc<Shared>, others: Others, last: Instant, merged: Instant) -> Self {
        let (queue, waiting) = mpsc::channel(COMMIT_QUEUE_MAX);
        let (settling, asked) = mpsc::channel(1);
        let closing = Arc::new(Notify::new());
        let course = Course { known: Known::new(others, last), round: Round::after(merged) };
        let calls = Calls { asked, closing: closing.clone() };
        let task = spawn(serve::serve((shared.clone(), course), waiting, calls));
        Self { queue, settling, closing, task: Mutex::new(Some(task)) }
    }

    /// Brings all young entries to their tables.
    pub(crate) async fn settle(&self) {
        let (answer, answered) = oneshot::channel();
        // Where the committer has ended, nothing is brought anywhere.
        if self.settling.send(answer).await.is_ok() {
            let _ = answered.await;
        }
    }

    /// Commits a transaction together with others that wait.
    pub(crate) async fn commit(
        &self,
        shared: &Arc<Shared>,
        permit: &Permit,
        transaction: Transaction,
    ) -> Result<Vec<Written>> {
        if transaction.writes.is_empty() {
            return Ok(Vec::new());
        }
        refuse_duplicates(&transaction)?;
        let (answer, answered) = oneshot::channel();
        let writes = prepare(shared, permit.tenant(), transaction.writes)?;
        let prepared = Prepared { tenant: permit.tenant(), writes, guards: transaction.guards, answer };
        self.queue.try_send(prepared).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Overloaded,
            mpsc::error::TrySendError::Closed(_) => closed(),
        })?;
        answered.await.map_err(|_| closed())?
    }

    /// Commits what waits and takes no more.
    pub(crate) async fn close(&self) {
        self.closing.notify_one();
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the committer ended in a fault");
        }
    }
}

fn closed() -> Error {
    Error::Unavailable("the database is closed".to_owned())
}

fn refuse_duplicates(transaction: &Transaction) -> Result<()> {
    let mut keys = HashSet::with_capacity(transaction.writes.len());
    match transaction.writes.iter().position(|write| !keys.insert(&write.key)) {
        Some(write) => Err(Error::DuplicateKey { write }),
        None => Ok(()),
    }
}

/// Does for each write what needs no look at the database.
fn prepare(shared: &Arc<Shared>, tenant: u32, writes: Vec<Write>) -> Result<Vec<PreparedWrite>> {
    let prepared = writes.into_iter().map(|write| {
        let code = shared.types.code(write.key.resource_type).ok_or_else(|| {
            Error::Unavailable(format!(
                "the database was opened without the type {}",
                write.key.resource_type
            ))
        })?;
        let change = match write.change {
            Change::Put { draft, blob, rows } => {
                PreparedChange::Put(content(shared, code, draft, blob), FoundBy::new(tenant, rows))
            }
            Change::Index { rows } => PreparedChange::Index(FoundBy::new(tenant, rows)),
            Change::Delete => PreparedChange::Delete,
        };
        Ok(PreparedWrite { key: write.key, code, method: write.method, expect: write.expect, change })
    });
    prepared.collect()
}

fn content(shared: &Arc<Shared>, code: i64, draft: Draft, blob: Option<BlobId>) -> Content {
    let dictionary = shared.dictionaries.of_type(code);
    if dictionary.is_none() && shared.dictionaries.count(code) {
        let shared = shared.clone();
        spawn(async move {
            if let Err(error) = shared.dictionaries.learn(&shared.database, code).await {
                tracing::warn!(%error, "no dictionary could be trained; bodies stay larger");
            }
        });
    }
    let body = body::compress(draft.json(), dictionary.as_deref());
    Content { digest: body::digest(&draft), body, draft, blob }
}

async fn try_batch(
    shared: &Shared,
    course: &mut Course,
    batch: &[Prepared],
) -> std::result::Result<Vec<Result<Vec<Written>>>, Failure> {
    let mut turn = shared.database.turn().await?;
    let decision = match decide(shared, &course.known, &mut turn, batch).await {
        Ok(decision) => decision,
        Err(failure) => {
            turn.leave().await?;
            return Err(failure);
        }
    };
    if decision.refound.is_empty() {
        turn.leave().await?;
        return Ok(decision.answers);
    }
    finish(shared, course, turn, decision).await
}

/// Decides over what is known and presumed, unless an answer would rest on that without proof: a
/// transaction that is refused writes nothing. Then everything is asked that is not known.
async fn decide<'a>(
    shared: &Shared,
    known: &Known,
    turn: &mut Turn<'_>,
    batch: &'a [Prepared],
) -> std::result::Result<Decision<'a>, Failure> {
    let now = (shared.clock)();
    let found = write::look_up(turn, known, batch, Presuming::New).await?;
    let last = known.is_alone().then_some(found.last);
    let freshly = guarded::look(turn, &shared.types, batch, last).await?;
    let decision = decide::decide(batch, (found.standings, &freshly), (found.last, now));
    if found.presumed.iter().all(|place| decision.changed.contains_key(place)) {
        return Ok(decision);
    }
    let found = write::look_up(turn, known, batch, Presuming::Nothing).await?;
    Ok(decide::decide(batch, (found.standings, &freshly), (found.last, now)))
}

/// Commits, and tells the cache and the young entries, in the order that their invariants ask for.
async fn finish(
    shared: &Shared,
    course: &mut Course,
    mut turn: Turn<'_>,
    decision: Decision<'_>,
) -> std::result::Result<Vec<Result<Vec<Written>>>, Failure> {
    let young = shared.young.as_ref().map(|young| (young, &course.round));
    let found = match found_by::finding(&mut turn, &decision, young).await {
        Ok(found) => found,
        Err(failure) => {
            turn.leave().await?;
            return Err(failure);
        }
    };
    let last = decision.last;
    let mut statements = write::statements(turn.dialect(), &decision);
    statements.extend(found.statements);
    let changed = || decision.made.iter().filter(|(_, version)| version.version.0 > 1);
    let hold = |cache: &Cache| changed().for_each(|(tenant, version)| cache.hold(*tenant, &version.key));
    shared.cache.iter().for_each(hold);
    let moves = found.marks.as_ref().is_some_and(|marks| marks.move_entries());
    let moving = shared.young.as_ref().filter(|_| moves).map(Young::moving);
    let committed = turn.commit(statements).await;
    if let (Some(young), Some(marks)) = (&shared.young, found.marks) {
        match &committed {
            Ok(()) => marks.settle(young, &mut course.round, last),
            Err(_) => marks.undo(young),
        }
    }
    drop(moving);
    if let Err(failure) = committed {
        let release =
            |cache: &Cache| changed().for_each(|(tenant, version)| cache.release(*tenant, &version.key));
        shared.cache.iter().for_each(release);
        return Err(failure);
    }
    course.known.remember(decision.changed, last);
    if let Some(cache) = &shared.cache {
        decision.made.into_iter().for_each(|(tenant, version)| cache.put(tenant, version));
        cache.committed(last);
    }
    Ok(decision.answers)
}

/// Whether other processes write to the same database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// None does.
    None,
    /// Some may.
    Some,
}

/// A version that has been made, and whose it is.
type Made = (u32, Version);

#[cfg(test)]
mod tests;
