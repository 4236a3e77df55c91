//! How does the database keep what was granted?

use access::Permit;
use async_trait::async_trait;
use bytes::Bytes;
use model::Instant;
use store::{Grant, GrantPage, Grants, Result};

use crate::failure::Failure;
use crate::open::SqlStore;
use crate::statement::{Row, Statement, Value};

#[async_trait]
impl Grants for SqlStore {
    async fn grant(&self, permit: &Permit, grant: Grant) -> Result<()> {
        self.change(put(permit.tenant(), grant)).await.map(drop)
    }

    async fn grant_first(&self, permit: &Permit, grant: Grant, now: Instant) -> Result<bool> {
        Ok(!self.change(put_first(permit.tenant(), grant, now)).await?.is_empty())
    }

    async fn granted(&self, permit: &Permit, kind: &str, id: &str, now: Instant) -> Result<Option<Grant>> {
        let rows = self.shared.database.fetch(standing(permit.tenant(), kind, id, now)).await;
        let rows = rows.map_err(|error| Failure::from(error).into_error())?;
        rows.first().map(read).transpose().map_err(|error| Failure::from(error).into_error())
    }

    async fn redeem(&self, permit: &Permit, kind: &str, id: &str, now: Instant) -> Result<Option<Grant>> {
        let rows = self.change(take(permit.tenant(), kind, id, now)).await?;
        rows.first().map(read).transpose().map_err(|error| Failure::from(error).into_error())
    }

    async fn list(&self, permit: &Permit, kind: &str, page: GrantPage<'_>) -> Result<Vec<Grant>> {
        let rows = self.shared.database.fetch(page_of(permit.tenant(), kind, page)).await;
        let rows = rows.map_err(|error| Failure::from(error).into_error())?;
        let grants: std::result::Result<Vec<Grant>, _> = rows.iter().map(read).collect();
        grants.map_err(|error| Failure::from(error).into_error())
    }

    async fn expire(&self, permit: &Permit, now: Instant) -> Result<u64> {
        let rows = self.change(drop_ended(permit.tenant(), now)).await?;
        Ok(rows.len() as u64)
    }
}

fn read(row: &Row) -> std::result::Result<Grant, sqlx::Error> {
    Ok(Grant {
        kind: row.text(0)?.to_owned(),
        id: row.text(1)?.to_owned(),
        value: Bytes::copy_from_slice(row.bytes(2)?.unwrap_or_default()),
        expires_at: row.optional_int(3)?.map(Instant),
    })
}

pub(crate) fn put(tenant: u32, grant: Grant) -> Statement {
    Statement::new(
        "INSERT INTO grants (tenant, kind, id, value, expires_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant, kind, id) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at",
        [
            Value::from(tenant),
            Value::Text(grant.kind),
            Value::Text(grant.id),
            Value::Bytes(grant.value.into()),
            grant.expires_at.map_or(Value::Null, |end| Value::Int(end.0)),
        ],
    )
}

/// Answers a row where it was written.
pub(crate) fn put_first(tenant: u32, grant: Grant, now: Instant) -> Statement {
    Statement::new(
        "INSERT INTO grants (tenant, kind, id, value, expires_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant, kind, id) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at \
         WHERE grants.expires_at <= $6 RETURNING id",
        [
            Value::from(tenant),
            Value::Text(grant.kind),
            Value::Text(grant.id),
            Value::Bytes(grant.value.into()),
            grant.expires_at.map_or(Value::Null, |end| Value::Int(end.0)),
            Value::Int(now.0),
        ],
    )
}

pub(crate) fn standing(tenant: u32, kind: &str, id: &str, now: Instant) -> Statement {
    Statement::new(
        "SELECT kind, id, value, expires_at FROM grants \
         WHERE tenant = $1 AND kind = $2 AND id = $3 AND (expires_at IS NULL OR expires_at > $4)",
        [Value::from(tenant), Value::from(kind), Value::from(id), Value::Int(now.0)],
    )
}

pub(crate) fn take(tenant: u32, kind: &str, id: &str, now: Instant) -> Statement {
    Statement::new(
        "DELETE FROM grants \
         WHERE tenant = $1 AND kind = $2 AND id = $3 AND (expires_at IS NULL OR expires_at > $4) \
         RETURNING kind, id, value, expires_at",
        [Value::from(tenant), Value::from(kind), Value::from(id), Value::Int(now.0)],
    )
}

/// Grants in the order of their ids, which the column's collation compares byte by byte; none is empty.
pub(crate) fn page_of(tenant: u32, kind: &str, page: GrantPage<'_>) -> Statement {
    let count = Value::Int(i64::try_from(page.count).unwrap_or(i64::MAX));
    Statement::new(
        "SELECT kind, id, value, expires_at FROM grants \
         WHERE tenant = $1 AND kind = $2 AND id > $3 AND (expires_at IS NULL OR expires_at > $4) \
         ORDER BY id LIMIT $5",
        [
            Value::from(tenant),
            Value::from(kind),
            Value::from(page.after.unwrap_or_default()),
            Value::Int(page.now.0),
            count,
        ],
    )
}

pub(crate) fn drop_ended(tenant: u32, now: Instant) -> Statement {
    Statement::new(
        "DELETE FROM grants WHERE tenant = $1 AND expires_at <= $2 RETURNING id",
        [Value::from(tenant), Value::Int(now.0)],
    )
}
