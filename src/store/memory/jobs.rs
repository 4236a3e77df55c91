//! Who does what next?

use std::collections::BTreeMap;

use bytes::Bytes;
use model::Instant;

use crate::jobs::{Job, JobId, Step};

/// All jobs with their tenants, oldest first.
#[derive(Default)]
pub(super) struct WorkList {
    jobs: BTreeMap<JobId, (u32, Job)>,
}

impl WorkList {
    pub(super) fn enqueue(&mut self, tenant: u32, kind: &str, state: Bytes) -> JobId {
        let id = JobId(self.jobs.last_key_value().map_or(1, |(last, _)| last.0 + 1));
        let job = Job { id, kind: kind.to_owned(), state, finished: false, claimed_until: None };
        self.jobs.insert(id, (tenant, job));
        id
    }

    pub(super) fn claim(&mut self, tenant: u32, kind: &str, now: Instant, until: Instant) -> Option<Job> {
        let free = |job: &Job| !job.finished && job.claimed_until.is_none_or(|end| end <= now);
        let wanted = |owner: u32, job: &Job| owner == tenant && job.kind == kind && free(job);
        let (_, job) = self.jobs.values_mut().find(|(owner, job)| wanted(*owner, job))?;
        job.claimed_until = Some(until);
        Some(job.clone())
    }

    pub(super) fn advance(&mut self, tenant: u32, id: JobId, held: Instant, step: Step) -> bool {
        let Some((_, job)) = self.jobs.get_mut(&id).filter(|(owner, _)| *owner == tenant) else {
            return false;
        };
        if job.finished || job.claimed_until != Some(held) {
            return false;
        }
        match step {
            Step::Continue { state, until } => (job.state, job.claimed_until) = (state, Some(until)),
            Step::Finish { state } => (job.state, job.claimed_until, job.finished) = (state, None, true),
        }
        true
    }

    pub(super) fn job(&self, tenant: u32, id: JobId) -> Option<Job> {
        self.jobs.get(&id).filter(|(owner, _)| *owner == tenant).map(|(_, job)| job.clone())
    }
}
