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
use model::limits::{COMMIT_QUEUE_MAX, COMMIT_ROWS_MAX};
use model::{Draft, Instant, Key};
use store::{
    BlobId, Change, Error, Expectation, Guard, Method, Result, Transaction, Version, Write, Written,
};
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::body::{self, Body, Digest};
use crate::failure::Failure;
use crate::open::{Shared, spawn};
use crate::turn::Turn;
use decide::Decision;
use found_by::FoundBy;
use known::Known;
use write::Presuming;

/// Tries of a batch that another process came between, or that was decided by mistake. Commits take
/// turns, so that the first is rare, and the second try asks for everything.
const TRIES_MAX: usize = 4;

/// Where writers queue.
pub(crate) struct Committer {
    queue: mpsc::Sender<Prepared>,
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
    /// Starts the task; the last commit was at `last`.
    pub(crate) fn start(shared: &Arc<Shared>, others: Others, last: Instant) -> Self {
        let (queue, waiting) = mpsc::channel(COMMIT_QUEUE_MAX);
        let closing = Arc::new(Notify::new());
        let known = Known::new(others, last);
        let task = spawn(serve((shared.clone(), known), waiting, closing.clone()));
        Self { queue, closing, task: Mutex::new(Some(task)) }
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
        let (guards, writes) = (transaction.guards, prepare(shared, transaction.writes)?);
        let prepared = Prepared { tenant: permit.tenant(), writes, guards, answer };
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
fn prepare(shared: &Arc<Shared>, writes: Vec<Write>) -> Result<Vec<PreparedWrite>> {
    let prepared = writes.into_iter().map(|write| {
        let code = shared.types.code(write.key.resource_type).ok_or_else(|| {
            Error::Unavailable(format!(
                "the database was opened without the type {}",
                write.key.resource_type
            ))
        })?;
        let change = match write.change {
            Change::Put { draft, blob, rows } => {
                PreparedChange::Put(content(shared, code, draft, blob), FoundBy::new(rows))
            }
            Change::Index { rows } => PreparedChange::Index(FoundBy::new(rows)),
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

async fn serve(
    (shared, mut known): (Arc<Shared>, Known),
    mut waiting: mpsc::Receiver<Prepared>,
    closing: Arc<Notify>,
) {
    let mut carried = None;
    loop {
        let first = match carried.take() {
            Some(prepared) => prepared,
            None => {
                let received = tokio::select! {
                    received = waiting.recv() => received,
                    () = closing.notified() => {
                        waiting.close();
                        waiting.recv().await
                    }
                };
                let Some(prepared) = received else { return };
                // Whoever was just answered gets to queue again, so that batches do not alternate
                // between all and one.
                tokio::task::yield_now().await;
                prepared
            }
        };
        let batch = gather(first, &mut waiting, &mut carried);
        if let Err(failure) = commit_batch(&shared, &mut known, batch).await {
            refuse_all(&mut waiting, carried, &failure).await;
            return;
        }
    }
}

/// Adds what waits to the first, up to a batch; what does not fit is carried to the next.
fn gather(
    first: Prepared,
    waiting: &mut mpsc::Receiver<Prepared>,
    carried: &mut Option<Prepared>,
) -> Vec<Prepared> {
    let mut rows = first.writes.len();
    let mut batch = vec![first];
    while rows < COMMIT_ROWS_MAX {
        let Ok(next) = waiting.try_recv() else { break };
        rows += next.writes.len();
        if rows > COMMIT_ROWS_MAX {
            *carried = Some(next);
            break;
        }
        batch.push(next);
    }
    batch
}

/// Commits a batch and answers everyone in it; an error means that no later commit can be trusted.
async fn commit_batch(
    shared: &Shared,
    known: &mut Known,
    batch: Vec<Prepared>,
) -> std::result::Result<(), Failure> {
    let mut outcome = Err(Failure::Other("nothing was tried".to_owned()));
    for _ in 0..TRIES_MAX {
        outcome = try_batch(shared, known, &batch).await;
        if outcome.is_err() {
            known.forget();
        }
        if !matches!(outcome, Err(Failure::Conflict(_))) {
            break;
        }
    }
    match outcome {
        Ok(answers) => {
            for (prepared, answer) in batch.into_iter().zip(answers) {
                // Nobody waits any more when the request was given up; it is stored all the same.
                let _ = prepared.answer.send(answer);
            }
            Ok(())
        }
        Err(failure) => {
            let error = failure.clone().into_error();
            for prepared in batch {
                let _ = prepared.answer.send(Err(error.clone()));
            }
            match failure {
                Failure::Device(_) => Err(failure),
                _ => Ok(()),
            }
        }
    }
}

async fn try_batch(
    shared: &Shared,
    known: &mut Known,
    batch: &[Prepared],
) -> std::result::Result<Vec<Result<Vec<Written>>>, Failure> {
    let mut turn = shared.database.turn().await?;
    let decision = match decide(shared, known, &mut turn, batch).await {
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
    finish(shared, known, turn, decision).await
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

/// Commits and tells the cache, in the order that its invariants ask for.
async fn finish(
    shared: &Shared,
    known: &mut Known,
    mut turn: Turn<'_>,
    decision: Decision<'_>,
) -> std::result::Result<Vec<Result<Vec<Written>>>, Failure> {
    let found_by = match found_by::statements(&mut turn, &decision).await {
        Ok(statements) => statements,
        Err(failure) => {
            turn.leave().await?;
            return Err(failure);
        }
    };
    let mut statements = write::statements(turn.dialect(), &decision);
    statements.extend(found_by);
    let last = decision.last;
    let Some(cache) = &shared.cache else {
        turn.commit(statements).await?;
        known.remember(decision.changed, last);
        return Ok(decision.answers);
    };
    let changed = || decision.made.iter().filter(|(_, version)| version.version.0 > 1);
    changed().for_each(|(tenant, version)| cache.hold(*tenant, &version.key));
    if let Err(failure) = turn.commit(statements).await {
        changed().for_each(|(tenant, version)| cache.release(*tenant, &version.key));
        return Err(failure);
    }
    known.remember(decision.changed, last);
    for (tenant, version) in decision.made {
        cache.put(tenant, version);
    }
    cache.committed(last);
    Ok(decision.answers)
}

/// Answers all writers from now on that nothing can be stored.
async fn refuse_all(waiting: &mut mpsc::Receiver<Prepared>, carried: Option<Prepared>, failure: &Failure) {
    tracing::error!(%failure, "the device failed under a commit; nothing is acknowledged until a restart");
    let refusal = Error::Unavailable(format!("nothing is acknowledged after a failed commit: {failure}"));
    let refuse = |prepared: Prepared| drop(prepared.answer.send(Err(refusal.clone())));
    carried.into_iter().for_each(refuse);
    while let Some(prepared) = waiting.recv().await {
        refuse(prepared);
    }
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
