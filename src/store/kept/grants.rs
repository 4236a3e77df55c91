//! How do jobs and grants go through?
//!
//! As they are: no client reaches them.

use access::Permit;
use async_trait::async_trait;
use bytes::Bytes;
use model::Instant;

use super::Keeper;
use crate::error::Result;
use crate::grants::{Grant, GrantPage, Grants};
use crate::jobs::{Job, JobId, Jobs, Step};

#[async_trait]
impl Jobs for Keeper {
    async fn enqueue(&self, permit: &Permit, kind: &str, state: Bytes) -> Result<JobId> {
        self.inner.enqueue(permit, kind, state).await
    }

    async fn claim(&self, permit: &Permit, kind: &str, now: Instant, until: Instant) -> Result<Option<Job>> {
        self.inner.claim(permit, kind, now, until).await
    }

    async fn advance(&self, permit: &Permit, id: JobId, held: Instant, step: Step) -> Result<bool> {
        self.inner.advance(permit, id, held, step).await
    }

    async fn job(&self, permit: &Permit, id: JobId) -> Result<Option<Job>> {
        self.inner.job(permit, id).await
    }
}

#[async_trait]
impl Grants for Keeper {
    async fn grant(&self, permit: &Permit, grant: Grant) -> Result<()> {
        self.inner.grant(permit, grant).await
    }

    async fn grant_first(&self, permit: &Permit, grant: Grant, now: Instant) -> Result<bool> {
        self.inner.grant_first(permit, grant, now).await
    }

    async fn granted(&self, permit: &Permit, kind: &str, id: &str, now: Instant) -> Result<Option<Grant>> {
        self.inner.granted(permit, kind, id, now).await
    }

    async fn redeem(&self, permit: &Permit, kind: &str, id: &str, now: Instant) -> Result<Option<Grant>> {
        self.inner.redeem(permit, kind, id, now).await
    }

    async fn list(&self, permit: &Permit, kind: &str, page: GrantPage<'_>) -> Result<Vec<Grant>> {
        self.inner.list(permit, kind, page).await
    }

    async fn expire(&self, permit: &Permit, now: Instant) -> Result<u64> {
        self.inner.expire(permit, now).await
    }
}
