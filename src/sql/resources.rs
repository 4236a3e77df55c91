//! How does the database answer the store's questions about resources?

use ::search::{Page, Query, Rows};
use access::Permit;
use async_trait::async_trait;
use model::{Instant, Key, VersionId};
use store::{BlobId, HistoryPage, HistoryQuery, Resources, Result, Transaction, Version, Written};

use crate::bulk::{Bulk, Kind};
use crate::database::Dialect;
use crate::failure::Failure;
use crate::open::SqlStore;
use crate::statement::{Statement, Value};
use crate::{check, history, open, search};

#[async_trait]
impl Resources for SqlStore {
    async fn read(&self, permit: &Permit, key: &Key) -> Result<Option<Version>> {
        let tenant = permit.tenant();
        if let Some(version) = self.shared.cache.as_ref().and_then(|cache| cache.get(tenant, key)) {
            return Ok(Some(version));
        }
        match self.shared.types.code(key.resource_type) {
            Some(code) => self.readers.read((tenant, code), key.clone(), None).await,
            None => Ok(None),
        }
    }

    async fn vread(&self, permit: &Permit, key: &Key, version: VersionId) -> Result<Option<Version>> {
        match self.shared.types.code(key.resource_type) {
            Some(code) => self.readers.read((permit.tenant(), code), key.clone(), Some(version)).await,
            None => Ok(None),
        }
    }

    async fn history(&self, permit: &Permit, query: &HistoryQuery) -> Result<HistoryPage> {
        history::page(&self.shared, permit.tenant(), query).await
    }

    async fn commit(&self, permit: &Permit, transaction: Transaction) -> Result<Vec<Written>> {
        self.committer.commit(&self.shared, permit, transaction).await
    }

    async fn changes(&self, permit: &Permit, after: Instant, count: usize) -> Result<Vec<Version>> {
        history::changes(&self.shared, permit.tenant(), after, count).await
    }

    async fn latest(&self, _: &Permit) -> Result<Instant> {
        match &self.shared.cache {
            Some(cache) => Ok(cache.last()),
            None => open::newest(&self.shared.database).await.map_err(Failure::into_error),
        }
    }

    async fn search(&self, permit: &Permit, query: &Query) -> Result<Page> {
        search::page(&self.shared, permit.tenant(), query).await
    }

    async fn rows(&self, permit: &Permit, keys: &[Key]) -> Result<Vec<Option<Rows>>> {
        search::rows(&self.shared, permit.tenant(), keys).await
    }

    async fn unnamed(&self, blobs: &[BlobId]) -> Result<Vec<BlobId>> {
        let mut unnamed = Vec::new();
        let values = blobs.iter().map(|blob| Value::Bytes(blob.0.to_vec())).collect();
        for statement in not_named(self.shared.database.dialect(), values) {
            let rows =
                self.shared.database.fetch(statement).await.map_err(|it| Failure::from(it).into_error())?;
            for row in rows {
                let hash = row.bytes(0).map_err(|it| Failure::from(it).into_error())?;
                unnamed.extend(hash.and_then(|hash| hash.try_into().ok()).map(BlobId));
            }
        }
        Ok(unnamed)
    }

    async fn check(&self, progress: &(dyn Fn(u64) + Send + Sync)) -> Result<Vec<String>> {
        self.committer.settle().await;
        check::check(&self.shared, progress).await.map_err(Failure::into_error)
    }
}

/// Those of the given blobs that no version names.
pub(crate) fn not_named(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static NOT_NAMED: Bulk = Bulk::new(
        &[("blob", Kind::Bytes)],
        "SELECT given.blob FROM given WHERE given.blob IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM versions WHERE versions.blob = given.blob)",
    );
    NOT_NAMED.statements(dialect, values)
}
