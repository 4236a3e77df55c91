//! Is everything still what was written?
//!
//! Reads the whole log in pages and compares each content with its digest, then asks the database
//! whether its tables agree with each other. Runs beside everything else.

mod found;

use model::Instant;

#[cfg(test)]
pub(crate) use found::{page_of_indexed, unfindable};

use crate::database::Dialect;
use crate::failure::Failure;
use crate::open::Shared;
use crate::statement::{Row, Statement, Value};
use crate::stored::{self, Stored};

/// Versions in memory at once.
const PAGE: i64 = 256;

/// Complaints of one kind: more do not tell more.
const COMPLAINTS_MAX: i64 = 1000;

/// Checks everything; returns what is wrong.
pub(crate) async fn check(
    shared: &Shared,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<Vec<String>, Failure> {
    let mut complaints = Vec::new();
    if shared.database.dialect() == Dialect::Sqlite {
        for row in shared.database.fetch(integrity()).await? {
            complaints.extend(Some(row.text(0)?).filter(|text| *text != "ok").map(str::to_owned));
        }
    }
    check_contents(shared, progress, &mut complaints).await?;
    for row in shared.database.fetch(astray()).await? {
        complaints.push(format!("{} does not point at its newest version", name(shared, &row)?));
    }
    for row in shared.database.fetch(orphans()).await? {
        complaints.push(format!("the history of {} belongs to no resource", name(shared, &row)?));
    }
    for row in shared.database.fetch(gaps()).await? {
        complaints
            .push(format!("the versions of {} are not numbered from 1 without gaps", name(shared, &row)?));
    }
    found::check(shared, &mut complaints).await?;
    Ok(complaints)
}

async fn check_contents(
    shared: &Shared,
    progress: &(dyn Fn(u64) + Send + Sync),
    complaints: &mut Vec<String>,
) -> Result<(), Failure> {
    let mut after = Instant(i64::MIN);
    let mut seen = 0;
    loop {
        let rows = shared.database.fetch(following(after)).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Instant(last.int(1)?);
        seen += rows.len() as u64;
        let codings = rows.iter().map(|row| row.int(3)).collect::<Result<Vec<_>, _>>()?;
        shared.meet_dictionaries(codings.into_iter()).await?;
        for row in &rows {
            complaints.extend(complaint(shared, row)?);
        }
        progress(seen);
    }
}

fn complaint(shared: &Shared, row: &Row) -> Result<Option<String>, Failure> {
    let number = row.int(0)?;
    let key = match stored::key(row, stored::WIDTH, &shared.types) {
        Ok(key) => key,
        Err(failure) => return Ok(Some(failure.to_string())),
    };
    let opened = Stored::from_row(row, 0)?.open(&key, &shared.dictionaries);
    Ok(opened.err().map(|_| format!("the content of {key} version {number} is damaged")))
}

fn name(shared: &Shared, row: &Row) -> Result<String, Failure> {
    let (code, id) = (row.int(0)?, row.text(1)?);
    let key = stored::key(row, 0, &shared.types).ok();
    Ok(key.map_or_else(|| format!("type {code}, id {id:?}"), |key| key.to_string()))
}

fn integrity() -> Statement {
    Statement::new("PRAGMA integrity_check", [])
}

pub(crate) fn following(after: Instant) -> Statement {
    Statement::new(
        "SELECT version, committed_at, method, coding, gap, digest, blob, body, type, id FROM versions \
         WHERE committed_at > $1 ORDER BY committed_at LIMIT $2",
        [Value::Int(after.0), Value::Int(PAGE)],
    )
}

pub(crate) fn astray() -> Statement {
    Statement::new(
        "SELECT resources.type, resources.id FROM resources \
         LEFT JOIN versions ON versions.committed_at = resources.committed_at \
         WHERE versions.resource IS NULL OR versions.resource <> resources.resource \
         OR versions.version <> resources.version OR versions.tenant <> resources.tenant \
         OR versions.type <> resources.type OR versions.id <> resources.id \
         OR (versions.digest IS NULL) <> (resources.deleted <> 0) \
         OR EXISTS (SELECT 1 FROM versions AS next WHERE next.resource = resources.resource \
         AND next.version > resources.version) \
         ORDER BY resources.type, resources.id LIMIT $1",
        [Value::Int(COMPLAINTS_MAX)],
    )
}

pub(crate) fn orphans() -> Statement {
    Statement::new(
        "SELECT versions.type, versions.id FROM versions \
         WHERE versions.version = 1 AND NOT EXISTS (SELECT 1 FROM resources \
         WHERE resources.tenant = versions.tenant AND resources.type = versions.type \
         AND resources.id = versions.id AND resources.resource = versions.resource) \
         ORDER BY versions.committed_at LIMIT $1",
        [Value::Int(COMPLAINTS_MAX)],
    )
}

pub(crate) fn gaps() -> Statement {
    Statement::new(
        "SELECT MIN(type), MIN(id) FROM versions GROUP BY resource \
         HAVING COUNT(*) <> MAX(version) OR MIN(version) <> 1 ORDER BY resource LIMIT $1",
        [Value::Int(COMPLAINTS_MAX)],
    )
}
