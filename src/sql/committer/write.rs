//! How does a batch reach the database?
//!
//! With one question for what stands and two statements for what changes, whatever the batch's size;
//! on SQLite one of each for every 64 rows.

use std::collections::HashMap;

use model::{Instant, VersionId};
use store::BlobId;

use super::Prepared;
use super::decide::{Decision, Place, Standing, Standings};
use crate::bulk::{Bulk, Kind};
use crate::database::{Begun, Dialect};
use crate::failure::Failure;
use crate::statement::{Row, Statement, Value};
use crate::stored;

/// Finds out what stands at every place of a batch, and when the last commit was.
pub(super) async fn look_up<'a>(
    begun: &mut Begun<'_>,
    dialect: Dialect,
    batch: &'a [Prepared],
) -> Result<(Standings<'a>, Instant), Failure> {
    let mut standings: Standings<'a> = HashMap::new();
    let mut places = Vec::new();
    for prepared in batch {
        for write in &prepared.writes {
            let place = write.place(prepared.tenant);
            if standings.insert(place, None).is_none() {
                places.push(place);
            }
        }
    }
    places.sort_unstable_by_key(|place| (place.tenant, place.code, place.key.id.as_str()));
    let mut last = Instant(i64::MIN);
    let mut passed = 0;
    for statement in standing(dialect, &places) {
        for row in begun.fetch(statement).await? {
            let place = usize::try_from(row.int(0)?).expect("places are counted from 0");
            last = Instant(row.optional_int(1)?.unwrap_or(0));
            *standings.get_mut(&places[place]).expect("it was asked for") = read_standing(&row)?;
            passed += 1;
        }
    }
    assert_eq!(passed, places.len(), "every place of the batch is answered");
    Ok((standings, last))
}

fn read_standing(row: &Row) -> Result<Option<Standing>, Failure> {
    let Some(resource) = row.optional_int(2)? else { return Ok(None) };
    let damaged = || Failure::Damaged(format!("the newest version of resource {resource} makes no sense"));
    let version = row.optional_int(3)?.and_then(|it| u64::try_from(it).ok()).ok_or_else(damaged)?;
    let method = row.optional_int(5)?.and_then(stored::method).ok_or_else(damaged)?;
    // A damaged digest equals no content's, so that a write over it is one.
    let digest = row.bytes(6)?.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
    let blob = row.bytes(7)?.and_then(|bytes| bytes.try_into().ok()).map(BlobId);
    Ok(Some(Standing {
        resource,
        version: VersionId(version),
        committed_at: Instant(row.int(4)?),
        method,
        content: (row.int(8)? == 0).then_some((digest, blob)),
    }))
}

/// Writes what was decided.
pub(super) async fn write(
    begun: &mut Begun<'_>,
    dialect: Dialect,
    decision: &Decision<'_>,
) -> Result<(), Failure> {
    for statement in append(dialect, decision).into_iter().chain(point(dialect, decision)) {
        begun.fetch(statement).await?;
    }
    Ok(())
}

fn standing(dialect: Dialect, places: &[Place<'_>]) -> Vec<Statement> {
    let mut values = Vec::with_capacity(places.len() * 4);
    for (number, place) in places.iter().enumerate() {
        values.push(Value::Int(i64::try_from(number).expect("a batch's rows fit")));
        values.push(Value::from(place.tenant));
        values.push(Value::Int(place.code));
        values.push(Value::from(place.key.id.as_str()));
    }
    standing_rows(dialect, values)
}

/// What stands at given places, and when the last commit was.
pub(crate) fn standing_rows(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static STANDING: Bulk = Bulk::new(
        &[("place", Kind::Int), ("tenant", Kind::Int), ("type", Kind::Int), ("id", Kind::Text)],
        "SELECT given.place, (SELECT MAX(committed_at) FROM versions), versions.resource, \
         versions.version, versions.committed_at, versions.method, versions.digest, versions.blob, \
         resources.deleted FROM given \
         LEFT JOIN resources ON resources.tenant = given.tenant AND resources.type = given.type \
         AND resources.id = given.id \
         LEFT JOIN versions ON versions.committed_at = resources.committed_at \
         WHERE given.place IS NOT NULL",
    );
    STANDING.statements(dialect, values)
}

fn append(dialect: Dialect, decision: &Decision<'_>) -> Vec<Statement> {
    let mut values = Vec::with_capacity(decision.rows.len() * 12);
    for row in &decision.rows {
        let content = row.write.content.as_ref();
        values.push(Value::Int(row.committed_at.0));
        values.push(Value::Int(row.resource));
        values.push(number(row.version));
        values.push(Value::from(row.place.tenant));
        values.push(Value::Int(row.place.code));
        values.push(Value::from(row.place.key.id.as_str()));
        values.push(Value::Int(stored::method_code(row.write.method)));
        values.push(Value::Int(content.map_or(0, |content| content.body.coding)));
        let gap = content.map_or(0, |content| content.draft.gap());
        values.push(Value::Int(i64::try_from(gap).expect("a body's length fits")));
        values.push(content.map_or(Value::Null, |content| Value::Bytes(content.digest.to_vec())));
        let blob = content.and_then(|content| content.blob);
        values.push(blob.map_or(Value::Null, |blob| Value::Bytes(blob.0.to_vec())));
        values.push(content.map_or(Value::Null, |content| Value::Bytes(content.body.bytes.clone())));
    }
    append_rows(dialect, values)
}

fn point(dialect: Dialect, decision: &Decision<'_>) -> Vec<Statement> {
    let mut changed: Vec<_> = decision.changed.iter().collect();
    // In the order of the B-tree: neighbours share their pages.
    changed.sort_unstable_by_key(|(place, _)| (place.tenant, place.code, place.key.id.as_str()));
    let mut values = Vec::with_capacity(changed.len() * 7);
    for (place, standing) in changed {
        values.push(Value::from(place.tenant));
        values.push(Value::Int(place.code));
        values.push(Value::from(place.key.id.as_str()));
        values.push(Value::Int(standing.resource));
        values.push(number(standing.version));
        values.push(Value::Int(standing.committed_at.0));
        values.push(Value::Int(i64::from(standing.content.is_none())));
    }
    point_rows(dialect, values)
}

/// Appends versions to the log.
pub(crate) fn append_rows(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static APPEND: Bulk = Bulk::new(
        &[
            ("committed_at", Kind::Int),
            ("resource", Kind::Int),
            ("version", Kind::Int),
            ("tenant", Kind::Int),
            ("type", Kind::Int),
            ("id", Kind::Text),
            ("method", Kind::Int),
            ("coding", Kind::Int),
            ("gap", Kind::Int),
            ("digest", Kind::Bytes),
            ("blob", Kind::Bytes),
            ("body", Kind::Bytes),
        ],
        "INSERT INTO versions (committed_at, resource, version, tenant, type, id, method, coding, gap, \
         digest, blob, body) \
         SELECT committed_at, resource, version, tenant, type, id, method, coding, gap, digest, blob, body \
         FROM given WHERE committed_at IS NOT NULL",
    );
    APPEND.statements(dialect, values)
}

/// Points resources at their newest versions.
pub(crate) fn point_rows(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static POINT: Bulk = Bulk::new(
        &[
            ("tenant", Kind::Int),
            ("type", Kind::Int),
            ("id", Kind::Text),
            ("resource", Kind::Int),
            ("version", Kind::Int),
            ("committed_at", Kind::Int),
            ("deleted", Kind::Int),
        ],
        "INSERT INTO resources (tenant, type, id, resource, version, committed_at, deleted) \
         SELECT tenant, type, id, resource, version, committed_at, deleted \
         FROM given WHERE tenant IS NOT NULL \
         ON CONFLICT (tenant, type, id) DO UPDATE SET version = excluded.version, \
         committed_at = excluded.committed_at, deleted = excluded.deleted",
    );
    POINT.statements(dialect, values)
}

fn number(version: VersionId) -> Value {
    Value::Int(i64::try_from(version.0).expect("versions are counted one by one"))
}
