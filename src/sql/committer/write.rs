//! How does a batch reach the database?
//!
//! With one question for what stands and is not known, and two statements for what changes, on
//! PostgreSQL one, whatever the batch's size; on SQLite one of each for every 64 rows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use model::{Instant, VersionId};
use store::{BlobId, Expectation, Method};

use super::decide::{Decision, NewVersion, Place, Standing, Standings};
use super::known::Known;
use super::{Prepared, PreparedWrite};
use crate::bulk::{Bulk, Kind};
use crate::database::Dialect;
use crate::failure::Failure;
use crate::open::last_commit;
use crate::statement::{Row, Statement, Value};
use crate::stored;
use crate::turn::Turn;

/// Columns of a version's row.
const VERSION_WIDTH: usize = 12;

/// What may be taken for true that nobody has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presuming {
    /// That nothing stands under an id that the server has just made up.
    New,
    /// Nothing.
    Nothing,
}

/// What a batch is decided over.
pub(super) struct Found<'a> {
    pub standings: Standings<'a>,
    /// When the last commit was.
    pub last: Instant,
    /// The places that were taken for empty. Writing there proves it; nothing else does.
    pub presumed: Vec<Place<'a>>,
}

/// Finds out what stands at every place of a batch, and when the last commit was.
pub(super) async fn look_up<'a>(
    turn: &mut Turn<'_>,
    known: &Known,
    batch: &'a [Prepared],
    presuming: Presuming,
) -> Result<Found<'a>, Failure> {
    let may_presume = presuming == Presuming::New && known.is_trusted();
    let mut presumed = Vec::new();
    let mut standings: Standings<'a> = HashMap::with_capacity(batch.len());
    let mut asked = Vec::new();
    for (tenant, write) in batch.iter().flat_map(|it| it.writes.iter().map(|write| (it.tenant, write))) {
        let Entry::Vacant(place) = standings.entry(write.place(tenant)) else { continue };
        let remembered = known.recall(place.key()).cloned();
        if remembered.is_none() {
            let unknown = if may_presume && write.is_new() { &mut presumed } else { &mut asked };
            unknown.push(*place.key());
        }
        place.insert(remembered);
    }
    asked.sort_unstable_by_key(|place| (place.tenant, place.code, place.key.id.as_str()));
    for statement in standing(turn.dialect(), &asked) {
        for row in turn.ask(statement).await? {
            let place = usize::try_from(row.int(0)?).expect("places are counted from 0");
            *standings.get_mut(&asked[place]).expect("it was asked for") = Some(read_standing(&row)?);
        }
    }
    let last = match known.last() {
        Some(last) => last,
        None => {
            let rows = turn.ask(last_commit()).await?;
            let last = rows.first().map(|row| row.optional_int(0)).transpose()?.flatten();
            Instant(last.unwrap_or_default())
        }
    };
    Ok(Found { standings, last, presumed })
}

fn read_standing(row: &Row) -> Result<Standing, Failure> {
    let resource = row.int(1)?;
    let damaged = || Failure::Damaged(format!("the newest version of resource {resource} makes no sense"));
    let version = row.optional_int(2)?.and_then(|it| u64::try_from(it).ok()).ok_or_else(damaged)?;
    let method = row.optional_int(4)?.and_then(stored::method).ok_or_else(damaged)?;
    // A damaged digest equals no content's, so that a write over it is one.
    let digest = row.bytes(5)?.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
    let blob = row.bytes(6)?.and_then(|bytes| bytes.try_into().ok()).map(BlobId);
    Ok(Standing {
        resource,
        version: VersionId(version),
        committed_at: Instant(row.int(3)?),
        method,
        content: (row.int(7)? == 0).then_some((digest, blob)),
    })
}

impl PreparedWrite {
    /// Whether the server has just made up the id, so that nothing can stand there.
    fn is_new(&self) -> bool {
        self.method == Method::Post && self.expect == Expectation::Absent
    }
}

/// What writes what was decided, in one or two statements unless the batch is large.
pub(super) fn statements(dialect: Dialect, decision: &Decision<'_>) -> Vec<Statement> {
    match dialect {
        Dialect::Sqlite => {
            let mut statements = append_rows(dialect, appended(decision));
            statements.extend(point_rows(dialect, pointed(decision)));
            statements
        }
        Dialect::Postgres => write_rows(written(decision)),
    }
}

/// Points a resource that stands already at its newest version. If it is another one than was known, it
/// loses its number, which no row may lack: the statement fails, and nothing is written over anything.
macro_rules! on_conflict {
    () => {
        "ON CONFLICT (tenant, type, id) DO UPDATE SET \
         resource = CASE WHEN resources.resource = excluded.resource THEN excluded.resource END, \
         version = excluded.version, committed_at = excluded.committed_at, deleted = excluded.deleted"
    };
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

/// What stands at those of the given places where anything does.
pub(crate) fn standing_rows(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static STANDING: Bulk = Bulk::new(
        &[("place", Kind::Int), ("tenant", Kind::Int), ("type", Kind::Int), ("id", Kind::Text)],
        "SELECT given.place, versions.resource, versions.version, versions.committed_at, versions.method, \
         versions.digest, versions.blob, resources.deleted FROM given \
         JOIN resources ON resources.tenant = given.tenant AND resources.type = given.type \
         AND resources.id = given.id \
         JOIN versions ON versions.committed_at = resources.committed_at",
    );
    STANDING.statements(dialect, values)
}

fn appended(decision: &Decision<'_>) -> Vec<Value> {
    let mut values = Vec::with_capacity(decision.rows.len() * VERSION_WIDTH);
    decision.rows.iter().for_each(|row| push_version(&mut values, row));
    values
}

/// The columns of a version, as `versions` has them.
fn push_version(values: &mut Vec<Value>, row: &NewVersion<'_>) {
    let content = row.write.content();
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

fn pointed(decision: &Decision<'_>) -> Vec<Value> {
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
    values
}

/// Versions, and of each whether its resource stands there afterwards.
fn written(decision: &Decision<'_>) -> Vec<Value> {
    let mut values = Vec::with_capacity(decision.rows.len() * (VERSION_WIDTH + 1));
    for row in &decision.rows {
        push_version(&mut values, row);
        let newest = decision.changed.get(&row.place).is_some_and(|it| it.version == row.version);
        values.push(Value::Int(i64::from(newest)));
    }
    values
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
        concat!(
            "INSERT INTO resources (tenant, type, id, resource, version, committed_at, deleted) \
             SELECT tenant, type, id, resource, version, committed_at, deleted \
             FROM given WHERE tenant IS NOT NULL ",
            on_conflict!()
        ),
    );
    POINT.statements(dialect, values)
}

/// Does both at once, on PostgreSQL. Who commits takes turns, so that nothing is newer than what is
/// appended; if something is, what was known is not true any more, and the missing time fails the statement.
pub(crate) fn write_rows(values: Vec<Value>) -> Vec<Statement> {
    static WRITE: Bulk = Bulk::new(
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
            ("newest", Kind::Int),
        ],
        concat!(
            ", appended AS (INSERT INTO versions (committed_at, resource, version, tenant, type, id, method, \
             coding, gap, digest, blob, body) \
             SELECT CASE WHEN (SELECT MAX(committed_at) FROM versions) \
             >= (SELECT MIN(committed_at) FROM given) THEN NULL ELSE committed_at END, \
             resource, version, tenant, type, id, method, coding, gap, digest, blob, body FROM given) \
             INSERT INTO resources (tenant, type, id, resource, version, committed_at, deleted) \
             SELECT tenant, type, id, resource, version, committed_at, \
             CASE WHEN digest IS NULL THEN 1 ELSE 0 END FROM given WHERE newest = 1 ",
            on_conflict!()
        ),
    );
    WRITE.statements(Dialect::Postgres, values)
}

fn number(version: VersionId) -> Value {
    Value::Int(i64::try_from(version.0).expect("versions are counted one by one"))
}
