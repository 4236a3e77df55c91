//! Is each job held by one at a time, and none forgotten?

use bytes::Bytes;
use model::Instant;
use tokio::task::JoinSet;

use super::promises;
use super::stage::Stage;
use crate::jobs::{Job, JobId, Step};

promises![
    a_new_job_is_seen_and_not_held,
    a_job_nobody_asked_for_is_not_there,
    jobs_are_claimed_oldest_first_by_kind,
    a_claim_runs_out_at_the_moment_that_it_names,
    a_holder_goes_on_and_the_next_one_starts_where_it_was,
    whoever_lost_the_claim_changes_nothing,
    a_finished_job_is_kept_and_never_claimed_again,
    of_racing_workers_each_gets_another_job,
];

/// What the tests ask of jobs, without its ceremony.
impl Stage {
    async fn enqueue(&self, kind: &str, state: &'static str) -> JobId {
        self.store.enqueue(&self.permit, kind, Bytes::from(state)).await.expect("jobs are taken")
    }

    async fn claim(&self, kind: &str, now: i64, until: i64) -> Option<Job> {
        let claimed = self.store.claim(&self.permit, kind, Instant(now), Instant(until)).await;
        claimed.expect("jobs are handed out")
    }

    async fn advance(&self, id: JobId, held: i64, step: Step) -> bool {
        self.store.advance(&self.permit, id, Instant(held), step).await.expect("progress is noted")
    }

    async fn job(&self, id: JobId) -> Option<Job> {
        self.store.job(&self.permit, id).await.expect("jobs are shown")
    }
}

fn job(id: JobId, state: &'static str, claimed_until: Option<i64>) -> Job {
    let claimed_until = claimed_until.map(Instant);
    Job { id, kind: "export".to_owned(), state: Bytes::from(state), finished: false, claimed_until }
}

fn go_on(state: &'static str, until: i64) -> Step {
    Step::Continue { state: Bytes::from(state), until: Instant(until) }
}

fn finish(state: &'static str) -> Step {
    Step::Finish { state: Bytes::from(state) }
}

async fn a_new_job_is_seen_and_not_held(stage: Stage) {
    let id = stage.enqueue("export", "all\0 of it").await;
    assert_eq!(stage.job(id).await, Some(job(id, "all\0 of it", None)));
    let other = stage.enqueue("export", "").await;
    assert_ne!(other, id);
    assert_eq!(stage.job(other).await, Some(job(other, "", None)));
}

async fn a_job_nobody_asked_for_is_not_there(stage: Stage) {
    for absent in [0, 1, 77, u64::MAX] {
        assert_eq!(stage.job(JobId(absent)).await, None, "job {absent}");
        assert!(!stage.advance(JobId(absent), 0, finish("")).await, "job {absent}");
    }
    assert_eq!(stage.claim("export", 0, 10).await, None);
}

async fn jobs_are_claimed_oldest_first_by_kind(stage: Stage) {
    let first = stage.enqueue("export", "1").await;
    let other = stage.enqueue("reindex", "2").await;
    let second = stage.enqueue("export", "3").await;
    assert_eq!(stage.claim("export", 0, 10).await, Some(job(first, "1", Some(10))));
    assert_eq!(stage.job(first).await, Some(job(first, "1", Some(10))));
    assert_eq!(stage.claim("export", 0, 11).await, Some(job(second, "3", Some(11))));
    assert_eq!(stage.claim("export", 0, 12).await, None);
    assert_eq!(stage.claim("Reindex", 0, 12).await, None);
    assert_eq!(stage.claim("reindex", 0, 12).await.map(|it| it.id), Some(other));
}

async fn a_claim_runs_out_at_the_moment_that_it_names(stage: Stage) {
    let first = stage.enqueue("export", "1").await;
    let second = stage.enqueue("export", "2").await;
    stage.claim("export", 0, 10).await.expect("the first is free");
    stage.claim("export", 0, 30).await.expect("the second is free");
    assert_eq!(stage.claim("export", 9, 40).await, None);
    assert_eq!(stage.claim("export", 10, 40).await, Some(job(first, "1", Some(40))));
    assert_eq!(stage.claim("export", 29, 50).await, None);
    assert_eq!(stage.claim("export", 30, 50).await, Some(job(second, "2", Some(50))));
}

async fn a_holder_goes_on_and_the_next_one_starts_where_it_was(stage: Stage) {
    let id = stage.enqueue("export", "0 %").await;
    stage.claim("export", 0, 10).await.expect("it is free");
    assert!(stage.advance(id, 10, go_on("50 %", 20)).await);
    assert_eq!(stage.job(id).await, Some(job(id, "50 %", Some(20))));
    assert_eq!(stage.claim("export", 19, 30).await, None);
    assert!(stage.advance(id, 20, go_on("60 %", 25)).await);
    assert_eq!(stage.claim("export", 25, 35).await, Some(job(id, "60 %", Some(35))));
}

async fn whoever_lost_the_claim_changes_nothing(stage: Stage) {
    let id = stage.enqueue("export", "0 %").await;
    assert!(!stage.advance(id, 10, finish("never held")).await);
    stage.claim("export", 0, 10).await.expect("it is free");
    stage.claim("export", 10, 20).await.expect("the first claim ran out");
    for step in [go_on("late", 90), finish("late")] {
        assert!(!stage.advance(id, 10, step).await);
        assert_eq!(stage.job(id).await, Some(job(id, "0 %", Some(20))));
    }
    assert!(stage.advance(id, 20, go_on("50 %", 30)).await);
    assert!(!stage.advance(id, 20, finish("an earlier moment of the same claim")).await);
    assert_eq!(stage.job(id).await, Some(job(id, "50 %", Some(30))));
}

async fn a_finished_job_is_kept_and_never_claimed_again(stage: Stage) {
    let id = stage.enqueue("export", "0 %").await;
    stage.claim("export", 0, 10).await.expect("it is free");
    assert!(stage.advance(id, 10, finish("a file")).await);
    let finished = stage.job(id).await.expect("it is kept");
    assert_eq!((finished.finished, finished.state), (true, Bytes::from("a file")));
    assert_eq!(stage.claim("export", 1_000, 2_000).await, None);
    assert!(!stage.advance(id, 10, go_on("again", 20)).await);
    assert_eq!(stage.job(id).await.map(|it| it.state), Some(Bytes::from("a file")));
    let next = stage.enqueue("export", "next").await;
    assert!(next > id, "numbers are not used again");
}

async fn of_racing_workers_each_gets_another_job(stage: Stage) {
    let mut asked = Vec::new();
    for _ in 0..8 {
        asked.push(stage.enqueue("export", "").await);
    }
    let workers = (0..64).map(|worker| {
        let stage = stage.clone();
        async move { stage.claim("export", 0, 100 + worker).await }
    });
    let claimed = workers.collect::<JoinSet<_>>().join_all().await;
    let mut claimed: Vec<_> = claimed.into_iter().flatten().map(|it| it.id).collect();
    claimed.sort_unstable();
    assert_eq!(claimed, asked);
}
