//! What does the committer do next?
//!
//! Commits what waits, and where nobody waits, brings young entries of the indexes to their tables.

use std::sync::Arc;
use std::time::Duration;

use model::limits::COMMIT_ROWS_MAX;
use store::Error;
use tokio::sync::{Notify, mpsc, oneshot};

use super::known::Known;
use super::{Prepared, TRIES_MAX, merge, try_batch};
use crate::failure::Failure;
use crate::open::Shared;
use crate::young::Round;

/// How long nobody writes before young entries come to their tables by themselves.
const REST: Duration = Duration::from_millis(200);

/// What the committer knows from one commit to the next.
pub(super) struct Course {
    pub known: Known,
    pub round: Round,
}

/// Who calls the committer besides those that write.
pub(super) struct Calls {
    pub asked: mpsc::Receiver<oneshot::Sender<()>>,
    pub closing: Arc<Notify>,
}

/// What a committer is called for.
enum Call {
    Commit(Prepared),
    Settle(oneshot::Sender<()>),
    Rest,
    End,
}

/// Serves until nobody can ask any more.
pub(super) async fn serve(
    (shared, mut course): (Arc<Shared>, Course),
    mut waiting: mpsc::Receiver<Prepared>,
    mut calls: Calls,
) {
    let mut carried = None;
    loop {
        let call = match carried.take() {
            Some(prepared) => Call::Commit(prepared),
            None => calls.next(&shared, &mut waiting).await,
        };
        let outcome = match call {
            Call::Commit(first) => {
                let batch = gather(first, &mut waiting, &mut carried);
                commit_batch(&shared, &mut course, batch).await
            }
            Call::Rest => merge::some(&shared, &mut course).await,
            Call::Settle(answer) => {
                let merged = merge::all(&shared, &mut course).await;
                let _ = answer.send(());
                merged
            }
            Call::End => {
                if let Err(failure) = merge::all(&shared, &mut course).await {
                    tracing::warn!(%failure, "young entries of the indexes are left for the next start");
                }
                return;
            }
        };
        if let Err(failure) = outcome {
            refuse_all(&mut waiting, carried, &failure).await;
            return;
        }
    }
}

impl Calls {
    async fn next(&mut self, shared: &Shared, waiting: &mut mpsc::Receiver<Prepared>) -> Call {
        let is_young = shared.young.as_ref().is_some_and(|young| young.count() > 0);
        let received = tokio::select! {
            received = waiting.recv() => received,
            Some(answer) = self.asked.recv() => return Call::Settle(answer),
            () = tokio::time::sleep(REST), if is_young => return Call::Rest,
            () = self.closing.notified() => {
                waiting.close();
                waiting.recv().await
            }
        };
        let Some(prepared) = received else { return Call::End };
        // Whoever was just answered gets to queue again, so that batches do not alternate between all and one.
        tokio::task::yield_now().await;
        Call::Commit(prepared)
    }
}

/// Adds what waits to the first, up to a batch; what does not fit is carried to the next.
pub(super) fn gather(
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
    course: &mut Course,
    batch: Vec<Prepared>,
) -> std::result::Result<(), Failure> {
    let mut outcome = Err(Failure::Other("nothing was tried".to_owned()));
    for _ in 0..TRIES_MAX {
        outcome = try_batch(shared, course, &batch).await;
        if outcome.is_err() {
            course.known.forget();
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

/// Answers all writers from now on that nothing can be stored.
pub(super) async fn refuse_all(
    waiting: &mut mpsc::Receiver<Prepared>,
    carried: Option<Prepared>,
    failure: &Failure,
) {
    tracing::error!(%failure, "the device failed under a commit; nothing is acknowledged until a restart");
    let refusal = Error::Unavailable(format!("nothing is acknowledged after a failed commit: {failure}"));
    let refuse = |prepared: Prepared| drop(prepared.answer.send(Err(refusal.clone())));
    carried.into_iter().for_each(refuse);
    while let Some(prepared) = waiting.recv().await {
        refuse(prepared);
    }
}
