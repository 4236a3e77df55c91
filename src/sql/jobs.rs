//! How does the database keep the work list?

use access::Permit;
use async_trait::async_trait;
use bytes::Bytes;
use model::Instant;
use store::jobs::Step;
use store::{Error, Job, JobId, Jobs, Result};

use crate::database::Dialect;
use crate::failure::Failure;
use crate::open::SqlStore;
use crate::statement::{Row, Statement, Value};

#[async_trait]
impl Jobs for SqlStore {
    async fn enqueue(&self, permit: &Permit, kind: &str, state: Bytes) -> Result<JobId> {
        let rows = self.change(add(permit.tenant(), kind, state)).await?;
        let row = rows.first().ok_or_else(|| Error::Unavailable("a new job got no number".to_owned()))?;
        Ok(number(row.int(0)).map_err(Failure::into_error)?)
    }

    async fn claim(&self, permit: &Permit, kind: &str, now: Instant, until: Instant) -> Result<Option<Job>> {
        let values =
            vec![Value::from(permit.tenant()), Value::from(kind), Value::Int(now.0), Value::Int(until.0)];
        let rows = self.change(take(self.shared.database.dialect(), values)).await?;
        rows.first().map(read).transpose().map_err(Failure::into_error)
    }

    async fn advance(&self, permit: &Permit, id: JobId, held: Instant, step: Step) -> Result<bool> {
        let (state, finished, until) = match step {
            Step::Continue { state, until } => (state, 0, Value::Int(until.0)),
            Step::Finish { state } => (state, 1, Value::Null),
        };
        let rows = self.change(note(vec![
            Value::from(permit.tenant()),
            id_value(id),
            Value::Int(held.0),
            Value::Bytes(state.to_vec()),
            Value::Int(finished),
            until,
        ]));
        Ok(!rows.await?.is_empty())
    }

    async fn job(&self, permit: &Permit, id: JobId) -> Result<Option<Job>> {
        let rows = self.shared.database.fetch(one(permit.tenant(), id)).await;
        let rows = rows.map_err(|error| Failure::from(error).into_error())?;
        rows.first().map(read).transpose().map_err(Failure::into_error)
    }
}

impl SqlStore {
    /// Changes something in a transaction of its own.
    pub(crate) async fn change(&self, statement: Statement) -> Result<Vec<Row>> {
        self.shared.database.change(statement).await.map_err(|error| Failure::from(error).into_error())
    }
}

fn read(row: &Row) -> std::result::Result<Job, Failure> {
    Ok(Job {
        id: number(row.int(0))?,
        kind: row.text(1)?.to_owned(),
        state: Bytes::copy_from_slice(row.bytes(2)?.unwrap_or_default()),
        finished: row.int(3)? != 0,
        claimed_until: row.optional_int(4)?.map(Instant),
    })
}

fn number(id: std::result::Result<i64, sqlx::Error>) -> std::result::Result<JobId, Failure> {
    let id = id?;
    u64::try_from(id).map(JobId).map_err(|_| Failure::Damaged(format!("a job has the number {id}")))
}

fn id_value(id: JobId) -> Value {
    // What is beyond the database's integers is no job's number.
    Value::Int(i64::try_from(id.0).unwrap_or(-1))
}

pub(crate) fn add(tenant: u32, kind: &str, state: Bytes) -> Statement {
    Statement::new(
        "INSERT INTO jobs (tenant, kind, state, finished) VALUES ($1, $2, $3, 0) RETURNING id",
        [Value::from(tenant), Value::from(kind), Value::Bytes(state.into())],
    )
}

pub(crate) fn take(dialect: Dialect, values: Vec<Value>) -> Statement {
    let text = match dialect {
        Dialect::Sqlite => {
            "UPDATE jobs SET claimed_until = $4 WHERE id = (SELECT id FROM jobs \
             WHERE tenant = $1 AND kind = $2 AND finished = 0 AND (claimed_until IS NULL OR claimed_until <= $3) \
             ORDER BY id LIMIT 1) \
             RETURNING id, kind, state, finished, claimed_until"
        }
        // Claims of other processes are stepped over rather than waited for.
        Dialect::Postgres => {
            "UPDATE jobs SET claimed_until = $4 WHERE id = (SELECT id FROM jobs \
             WHERE tenant = $1 AND kind = $2 AND finished = 0 AND (claimed_until IS NULL OR claimed_until <= $3) \
             ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) \
             RETURNING id, kind, state, finished, claimed_until"
        }
    };
    Statement::new(text, values)
}

pub(crate) fn note(values: Vec<Value>) -> Statement {
    Statement::new(
        "UPDATE jobs SET state = $4, finished = $5, claimed_until = $6 \
         WHERE tenant = $1 AND id = $2 AND finished = 0 AND claimed_until = $3 RETURNING id",
        values,
    )
}

pub(crate) fn one(tenant: u32, id: JobId) -> Statement {
    Statement::new(
        "SELECT id, kind, state, finished, claimed_until FROM jobs WHERE tenant = $1 AND id = $2",
        [Value::from(tenant), id_value(id)],
    )
}
