//! How does the database keep what was granted?

use access::Permit;
use async_trait::async_trait;
use bytes::Bytes;
use model::Instant;
use store::{Grant, Grants, Result};

use crate::failure::Failure;
use crate::open::SqlStore;
use crate::statement::{Row, Statement, Value};

#[async_trait]
impl Grants for SqlStore {
    async fn grant(&self, permit: &Permit, grant: Grant) -> Result<()> {
        self.change(put(permit.tenant(), grant)).await.map(drop)
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

pub(crate) fn drop_ended(tenant: u32, now: Instant) -> Statement {
    Statement::new(
        "DELETE FROM grants WHERE tenant = $1 AND expires_at <= $2 RETURNING id",
        [Value::from(tenant), Value::Int(now.0)],
    )
}
