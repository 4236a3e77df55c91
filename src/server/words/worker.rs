//! What has the index of words to be told next?
//!
//! The log is read from where the index was committed last. Nothing is committed before it must be: when a search waits,
//! after many documents, or after a while. What a crash takes is read from the log again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant as Mark};

use access::Permit;
use fulltext::Index;
use interactions::words::{At, VERSIONS_AT_A_TIME, apply, page};
use model::Instant;
use store::Store;

use super::Words;
use crate::clock;

/// How often the worker looks for what was written, when nobody waits.
const EVERY: Duration = Duration::from_secs(1);

/// How long documents are left unread while others write and nobody waits for them.
const PUT_OFF_MAX: Duration = Duration::from_secs(10);

/// How many times as long as it works the worker rests while others write and nobody waits for it.
const RESTING: u32 = 4;

/// How long the worker rests after a failure, which is that of a disk or of the store.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// How long documents stay uncommitted; they would have to be read again after a crash.
const COMMIT_EVERY: Duration = Duration::from_secs(10);

/// Documents that are committed at once at most: some seconds' work.
const DOCUMENTS_MAX: usize = 50_000;

/// How long nothing is written until the writer's threads and memory are let go.
const REST_AFTER: Duration = Duration::from_secs(30);

/// How often the log tells how far the index is.
const TELLING: Duration = Duration::from_secs(10);

/// Why a round came to nothing.
#[derive(Debug)]
enum Failure {
    Store(store::Error),
    Index(fulltext::Error),
}

/// How far the worker is.
struct Worker {
    words: Arc<Words>,
    store: Arc<dyn Store>,
    permit: Permit,
    /// Up to where the log was read; none before it was made sure that the index belongs to it.
    at: Option<At>,
    /// Documents that are not committed.
    waiting: usize,
    /// Documents that were read since the log last told of them, and since the beginning.
    done: usize,
    committed: Mark,
    told: Mark,
    is_writing: bool,
    /// The last commit of the store when the worker last looked, and when it last had read everything.
    seen: Option<Instant>,
    rested: Mark,
}

/// Follows the log of a store, for as long as the server runs.
pub(crate) async fn work(words: Arc<Words>, store: Arc<dyn Store>) {
    let mut worker = Worker::new(words, store);
    loop {
        match worker.round().await {
            Ok(rest) => worker.wait(rest).await,
            Err(failure) => {
                tracing::warn!(error = %failure, "the index of words cannot be built further for the moment");
                worker.begin_anew(&failure);
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

impl Worker {
    fn new(words: Arc<Words>, store: Arc<dyn Store>) -> Self {
        let permit = Permit::for_the_server("the index of words follows what everybody writes");
        let now = clock::mark();
        Self {
            words,
            store,
            permit,
            at: None,
            waiting: 0,
            done: 0,
            committed: now,
            told: now,
            is_writing: false,
            seen: None,
            rested: now,
        }
    }

    async fn wait(&self, rest: Duration) {
        if !rest.is_zero() && !self.words.is_waited_for() {
            // Whoever calls earlier ends it.
            drop(tokio::time::timeout(rest, self.words.called.notified()).await);
        }
    }

    /// Reads a page of the log; returns how long to rest then.
    async fn round(&mut self) -> Result<Duration, Failure> {
        let began = clock::mark();
        let at = match self.at.filter(|_| !self.words.is_damaged.load(Ordering::Acquire)) {
            Some(at) => at,
            None => self.begin().await?,
        };
        // Before the page: when that is empty, nothing is missing up to here.
        let latest = self.store.latest(&self.permit).await?;
        if self.is_put_off(latest) {
            return Ok(EVERY);
        }
        let versions = match at.moment() < latest {
            true => page(&*self.store, &self.permit, at).await?,
            false => Vec::new(),
        };
        let count = versions.len();
        let at = versions.last().map_or(at, |last| At::behind(last.committed_at.0));
        if count > 0 {
            let tenant = self.permit.tenant();
            self.index(move |index| apply(index, tenant, &versions)).await?;
            (self.at, self.is_writing) = (Some(at), true);
            self.waiting += count;
            self.done += count;
        }
        let is_at_end = count < VERSIONS_AT_A_TIME;
        if self.must_commit(at, is_at_end) {
            self.commit(at).await?;
        }
        if self.waiting == 0 {
            let moment = if is_at_end { std::cmp::max(at.moment(), latest) } else { at.moment() };
            self.words.reached.send_replace(moment.0);
        }
        if is_at_end {
            self.rested = clock::mark();
        }
        self.tell(is_at_end);
        self.let_go(count).await?;
        // Nobody waits for the rest, so that most of the time is left to those who write it.
        Ok(if is_at_end { EVERY } else { began.elapsed() * RESTING })
    }

    /// Finds out from where to go on. An index that does not belong to this store is emptied.
    async fn begin(&mut self) -> Result<At, Failure> {
        let is_damaged = self.words.is_damaged.load(Ordering::Acquire);
        let position = self.words.index.position().filter(|_| !is_damaged);
        let is_known = match position {
            Some(position) => self.knows(Instant(position)).await?,
            None => self.words.index.count() == 0 && !is_damaged,
        };
        let at = position.filter(|_| is_known).map_or(At::start(), At::behind);
        if !is_known {
            tracing::warn!("the index of words is damaged or another store's, and is made anew");
            self.words.reached.send_replace(i64::MIN);
            self.index(Index::clear).await?;
            self.words.is_damaged.store(false, Ordering::Release);
        }
        (self.at, self.waiting, self.done) = (Some(at), 0, 0);
        Ok(at)
    }

    /// Whether the log has a commit of just this moment, which that of another store would hardly have.
    async fn knows(&self, moment: Instant) -> Result<bool, Failure> {
        let before = Instant(moment.0.saturating_sub(1));
        let next = self.store.changes(&self.permit, before, 1).await?;
        Ok(next.first().is_some_and(|version| version.committed_at == moment))
    }

    /// Whether those who write are left alone for now: nobody waits, and they have written since the worker looked.
    fn is_put_off(&mut self, latest: Instant) -> bool {
        let was_seen = self.seen.replace(latest);
        was_seen.is_some_and(|seen| seen != latest)
            && !self.words.is_waited_for()
            && self.rested.elapsed() < PUT_OFF_MAX
    }

    fn must_commit(&self, at: At, is_at_end: bool) -> bool {
        let wanted = self.words.wanted.load(Ordering::Acquire);
        let is_waited_for = self.words.is_waited_for() && (is_at_end || at.moment().0 >= wanted);
        let is_due = self.waiting >= DOCUMENTS_MAX || self.committed.elapsed() >= COMMIT_EVERY;
        self.waiting > 0 && (is_waited_for || is_due)
    }

    async fn commit(&mut self, at: At) -> Result<(), Failure> {
        self.index(move |index| index.commit(at.moment().0)).await?;
        (self.waiting, self.committed) = (0, clock::mark());
        Ok(())
    }

    fn tell(&mut self, is_at_end: bool) {
        let is_long = self.done > DOCUMENTS_MAX;
        if is_at_end {
            if is_long {
                tracing::info!(versions = self.done, "the index of words has come to the end of the log");
            }
            (self.done, self.told) = (0, clock::mark());
        } else if self.told.elapsed() >= TELLING {
            self.told = clock::mark();
            tracing::info!(versions = self.done, "the index of words is being built");
        }
    }

    /// Lets go of what writing takes when nothing was written for a while.
    async fn let_go(&mut self, count: usize) -> Result<(), Failure> {
        if self.is_writing && count == 0 && self.waiting == 0 && self.committed.elapsed() >= REST_AFTER {
            self.is_writing = false;
            self.index(Index::rest).await?;
        }
        Ok(())
    }

    /// Goes back to the last commit, beyond which an index that failed knows nothing.
    fn begin_anew(&mut self, failure: &Failure) {
        self.at = None;
        if matches!(failure, Failure::Index(fulltext::Error::Damaged(_))) {
            self.words.is_damaged.store(true, Ordering::Release);
        }
    }

    /// Works on the index away from the threads of requests.
    async fn index<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Index) -> fulltext::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let index = Arc::clone(&self.words.index);
        let done = tokio::task::spawn_blocking(move || work(&index)).await;
        let panicked = || fulltext::Error::Damaged("the work on it panicked".to_owned());
        Ok(done.map_err(|_| panicked())??)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Store(error) => error.fmt(f),
            Failure::Index(error) => error.fmt(f),
        }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Failure::Store(error)
    }
}

impl From<fulltext::Error> for Failure {
    fn from(error: fulltext::Error) -> Self {
        Failure::Index(error)
    }
}

#[cfg(test)]
mod tests;
