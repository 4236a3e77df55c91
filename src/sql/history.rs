//! What happened, and when?
//!
//! A history is a span of the log, read backwards; the outbox is the same read forwards. Pages follow
//! each other by time, which no two versions share.

use model::{Instant, Key};
use store::{Error, HistoryPage, HistoryQuery, Result, Scope, Version};

use crate::failure::Failure;
use crate::open::Shared;
use crate::statement::{Row, Statement, Value};
use crate::stored::{self, Stored};

/// A page of a history, newest first.
pub(crate) async fn page(shared: &Shared, tenant: u32, query: &HistoryQuery) -> Result<HistoryPage> {
    let Some(statement) = statement(shared, tenant, query) else {
        return Ok(HistoryPage { versions: Vec::new(), more: false });
    };
    let mut rows = shared.database.fetch(statement).await.map_err(|it| Failure::from(it).into_error())?;
    let more = rows.len() > query.count;
    rows.truncate(query.count);
    Ok(HistoryPage { versions: versions(shared, &rows).await?, more })
}

/// The versions after a moment, oldest first.
pub(crate) async fn changes(
    shared: &Shared,
    tenant: u32,
    after: Instant,
    count: usize,
) -> Result<Vec<Version>> {
    let statement = later(tenant, after, count);
    let rows = shared.database.fetch(statement).await.map_err(|it| Failure::from(it).into_error())?;
    versions(shared, &rows).await
}

/// Reads versions with their keys from rows.
pub(crate) async fn versions(shared: &Shared, rows: &[Row]) -> Result<Vec<Version>> {
    let mut found: Vec<(Key, Stored)> = Vec::with_capacity(rows.len());
    for row in rows {
        let key = stored::key(row, stored::WIDTH, &shared.types).map_err(Failure::into_error)?;
        let stored = Stored::from_row(row, 0).map_err(|_| Error::Corrupt(key.clone()))?;
        found.push((key, stored));
    }
    let codings = found.iter().map(|(_, stored)| stored.coding);
    shared.meet_dictionaries(codings).await.map_err(Failure::into_error)?;
    found.iter().map(|(key, stored)| stored.open(key, &shared.dictionaries)).collect()
}

fn statement(shared: &Shared, tenant: u32, query: &HistoryQuery) -> Option<Statement> {
    let mut values = vec![
        Value::from(tenant),
        Value::Int(query.since.map_or(i64::MIN, |since| since.0)),
        Value::Int(query.before.map_or(i64::MAX, |before| before.0)),
        // One more than asked for tells whether there are more.
        Value::Int(i64::try_from(query.count).map_or(i64::MAX, |count| count.saturating_add(1))),
    ];
    // Without a beginning, what was current at some moment is in the span anyway.
    let moment = query.since.and(query.current_at);
    values.extend(moment.map(|moment| Value::Int(moment.0)));
    Some(match (&query.scope, moment) {
        (Scope::System, None) => of_system(values),
        (Scope::System, Some(_)) => of_system_at(values),
        (Scope::Type(resource_type), moment) => {
            values.push(Value::Int(shared.types.code(*resource_type)?));
            if moment.is_some() { of_type_at(values) } else { of_type(values) }
        }
        (Scope::Instance(key), moment) => {
            values.push(Value::Int(shared.types.code(key.resource_type)?));
            values.push(Value::from(key.id.as_str()));
            if moment.is_some() { of_instance_at(values) } else { of_instance(values) }
        }
    })
}

/// Joins the columns of a version and its key with what says which.
macro_rules! select_versions {
    ($which:literal) => {
        concat!(
            "SELECT version, committed_at, method, coding, gap, digest, blob, body, type, id \
             FROM versions ",
            $which
        )
    };
}

/// Adds to a span those versions that were current at the moment `$5`: its resource's next version, if
/// there is one, came later.
macro_rules! select_versions_at {
    ($which:literal) => {
        concat!(
            select_versions!("WHERE tenant = $1 AND committed_at < $3 "),
            "AND (committed_at >= $2 OR (committed_at <= $5 AND NOT EXISTS (SELECT 1 FROM versions AS next \
             WHERE next.resource = versions.resource AND next.version = versions.version + 1 \
             AND next.committed_at <= $5))) ",
            $which,
            " ORDER BY committed_at DESC LIMIT $4"
        )
    };
}

pub(crate) fn of_system(values: Vec<Value>) -> Statement {
    Statement::new(
        select_versions!(
            "WHERE tenant = $1 AND committed_at >= $2 AND committed_at < $3 \
             ORDER BY committed_at DESC LIMIT $4"
        ),
        values,
    )
}

pub(crate) fn of_system_at(values: Vec<Value>) -> Statement {
    Statement::new(select_versions_at!(""), values)
}

pub(crate) fn of_type(values: Vec<Value>) -> Statement {
    Statement::new(
        select_versions!(
            "WHERE tenant = $1 AND committed_at >= $2 AND committed_at < $3 AND type = $5 \
             ORDER BY committed_at DESC LIMIT $4"
        ),
        values,
    )
}

pub(crate) fn of_type_at(values: Vec<Value>) -> Statement {
    Statement::new(select_versions_at!("AND type = $6"), values)
}

pub(crate) fn of_instance(values: Vec<Value>) -> Statement {
    Statement::new(
        select_versions!(
            "WHERE resource = (SELECT resource FROM resources WHERE tenant = $1 AND type = $5 AND id = $6) \
             AND committed_at >= $2 AND committed_at < $3 ORDER BY version DESC LIMIT $4"
        ),
        values,
    )
}

pub(crate) fn of_instance_at(values: Vec<Value>) -> Statement {
    Statement::new(
        select_versions_at!(
            "AND resource = (SELECT resource FROM resources WHERE tenant = $1 AND type = $6 AND id = $7)"
        ),
        values,
    )
}

pub(crate) fn later(tenant: u32, after: Instant, count: usize) -> Statement {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    Statement::new(
        select_versions!("WHERE tenant = $1 AND committed_at > $2 ORDER BY committed_at LIMIT $3"),
        [Value::from(tenant), Value::Int(after.0), Value::Int(count)],
    )
}
