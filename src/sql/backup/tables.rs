//! What does a copy consist of?
//!
//! Every table, in pages that begin where the last one ended, so that memory is bounded by a page and
//! no page is read twice. Codes of types and of dictionaries are those of the database that was
//! copied: the tables that explain them are part of the copy. An integer that may be missing travels
//! as text, the missing one as empty text, because columns of integers have no place for nothing.

use super::indexes;
use crate::bulk::{Bulk, Kind};
use crate::database::{Begun, Dialect};
use crate::failure::Failure;
use crate::statement::{Row, Statement, Value};

/// Rows in memory at once: as many as SQLite takes in one statement.
const PAGE: i64 = 64;

type Columns = &'static [(&'static str, Kind)];

/// One table: how its rows are read and written.
pub(crate) struct Table {
    /// What is read and written, the key first.
    pub(super) columns: Columns,
    /// How many columns are the key, by which pages are ordered.
    pub(super) key: usize,
    /// Reads the page after a key.
    pub(crate) page: fn(Vec<Value>) -> Statement,
    /// Writes rows.
    pub(super) put: fn(Dialect, Vec<Value>) -> Vec<Statement>,
}

/// Every table but the ledger of migrations, which the schema of the copy has of its own, the indexes of search, and
/// what tells of entries that have not reached these: the copy has them all.
const STORED: [Table; 6] = [
    Table { columns: TYPES, key: 1, page: types_after, put: put_types },
    Table { columns: DICTIONARIES, key: 1, page: dictionaries_after, put: put_dictionaries },
    Table { columns: VERSIONS, key: 1, page: versions_after, put: put_versions },
    Table { columns: RESOURCES, key: 3, page: resources_after, put: put_resources },
    Table { columns: JOBS, key: 1, page: jobs_after, put: put_jobs },
    Table { columns: GRANTS, key: 3, page: grants_after, put: put_grants },
];

/// Every table that is copied.
pub(crate) fn all() -> impl Iterator<Item = Table> {
    STORED.into_iter().chain(indexes::ALL)
}

const TYPES: Columns = &[("type", Kind::Int), ("name", Kind::Text)];

const DICTIONARIES: Columns = &[("coding", Kind::Int), ("type", Kind::Int), ("content", Kind::Bytes)];

const VERSIONS: Columns = &[
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
];

const RESOURCES: Columns = &[
    ("tenant", Kind::Int),
    ("type", Kind::Int),
    ("id", Kind::Text),
    ("resource", Kind::Int),
    ("version", Kind::Int),
    ("committed_at", Kind::Int),
    ("deleted", Kind::Int),
];

const JOBS: Columns = &[
    ("id", Kind::Int),
    ("tenant", Kind::Int),
    ("kind", Kind::Text),
    ("state", Kind::Bytes),
    ("finished", Kind::Int),
    ("claimed_until", Kind::Text),
];

const GRANTS: Columns = &[
    ("tenant", Kind::Int),
    ("kind", Kind::Text),
    ("id", Kind::Text),
    ("value", Kind::Bytes),
    ("expires_at", Kind::Text),
];

/// Reads all rows of one database and writes them to another, which has none.
pub(super) async fn transfer(
    from: &mut Begun<'_>,
    to: &mut Begun<'_>,
    dialect: Dialect,
) -> Result<(), Failure> {
    for table in all() {
        let mut after = table.start();
        loop {
            let rows = from.fetch((table.page)(after)).await?;
            let Some(last) = rows.last() else { break };
            after = values(last, &table.columns[..table.key])?;
            let mut given = Vec::with_capacity(rows.len() * table.columns.len());
            for row in &rows {
                given.extend(values(row, table.columns)?);
            }
            for statement in (table.put)(dialect, given) {
                to.fetch(statement).await?;
            }
        }
    }
    Ok(())
}

impl Table {
    /// A key before every row's: tenants, codes and times are not negative, and no id is empty.
    pub(crate) fn start(&self) -> Vec<Value> {
        let least = |kind| if kind == Kind::Int { Value::Int(i64::MIN) } else { Value::from("") };
        self.columns[..self.key].iter().map(|(_, kind)| least(*kind)).collect()
    }
}

fn values(row: &Row, columns: Columns) -> Result<Vec<Value>, Failure> {
    let read = |(place, (_, kind)): (usize, &(&str, Kind))| {
        Ok(match kind {
            Kind::Int => Value::Int(row.int(place)?),
            Kind::Text => Value::from(row.text(place)?),
            Kind::Bytes => row.bytes(place)?.map_or(Value::Null, |bytes| Value::Bytes(bytes.to_vec())),
        })
    };
    columns.iter().enumerate().map(read).collect()
}

pub(super) fn page(text: &'static str, mut after: Vec<Value>) -> Statement {
    after.push(Value::Int(PAGE));
    Statement::new(text, after)
}

fn types_after(after: Vec<Value>) -> Statement {
    page("SELECT type, name FROM types WHERE type > $1 ORDER BY type LIMIT $2", after)
}

fn dictionaries_after(after: Vec<Value>) -> Statement {
    page("SELECT coding, type, content FROM dictionaries WHERE coding > $1 ORDER BY coding LIMIT $2", after)
}

fn versions_after(after: Vec<Value>) -> Statement {
    page(
        "SELECT committed_at, resource, version, tenant, type, id, method, coding, gap, digest, blob, body \
         FROM versions WHERE committed_at > $1 ORDER BY committed_at LIMIT $2",
        after,
    )
}

fn resources_after(after: Vec<Value>) -> Statement {
    page(
        "SELECT tenant, type, id, resource, version, committed_at, deleted FROM resources \
         WHERE (tenant, type, id) > ($1, $2, $3) ORDER BY tenant, type, id LIMIT $4",
        after,
    )
}

fn jobs_after(after: Vec<Value>) -> Statement {
    page(
        "SELECT id, tenant, kind, state, finished, COALESCE(CAST(claimed_until AS TEXT), '') FROM jobs \
         WHERE id > $1 ORDER BY id LIMIT $2",
        after,
    )
}

fn grants_after(after: Vec<Value>) -> Statement {
    page(
        "SELECT tenant, kind, id, value, COALESCE(CAST(expires_at AS TEXT), '') FROM grants \
         WHERE (tenant, kind, id) > ($1, $2, $3) ORDER BY tenant, kind, id LIMIT $4",
        after,
    )
}

fn put_types(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static PUT: Bulk = Bulk::new(
        TYPES,
        "INSERT INTO types (type, name) SELECT type, name FROM given WHERE type IS NOT NULL",
    );
    PUT.statements(dialect, values)
}

fn put_dictionaries(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static PUT: Bulk = Bulk::new(
        DICTIONARIES,
        "INSERT INTO dictionaries (coding, type, content) \
         SELECT coding, type, content FROM given WHERE coding IS NOT NULL",
    );
    PUT.statements(dialect, values)
}

fn put_versions(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static PUT: Bulk = Bulk::new(
        VERSIONS,
        "INSERT INTO versions (committed_at, resource, version, tenant, type, id, method, coding, gap, \
         digest, blob, body) \
         SELECT committed_at, resource, version, tenant, type, id, method, coding, gap, digest, blob, body \
         FROM given WHERE committed_at IS NOT NULL",
    );
    PUT.statements(dialect, values)
}

fn put_resources(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static PUT: Bulk = Bulk::new(
        RESOURCES,
        "INSERT INTO resources (tenant, type, id, resource, version, committed_at, deleted) \
         SELECT tenant, type, id, resource, version, committed_at, deleted \
         FROM given WHERE tenant IS NOT NULL",
    );
    PUT.statements(dialect, values)
}

fn put_jobs(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static ON_SQLITE: Bulk = Bulk::new(
        JOBS,
        "INSERT INTO jobs (id, tenant, kind, state, finished, claimed_until) \
         SELECT id, tenant, kind, state, finished, CAST(NULLIF(claimed_until, '') AS BIGINT) \
         FROM given WHERE id IS NOT NULL",
    );
    // PostgreSQL numbers jobs itself and has to be told that these have their numbers.
    static ON_POSTGRES: Bulk = Bulk::new(
        JOBS,
        "INSERT INTO jobs (id, tenant, kind, state, finished, claimed_until) OVERRIDING SYSTEM VALUE \
         SELECT id, tenant, kind, state, finished, CAST(NULLIF(claimed_until, '') AS BIGINT) \
         FROM given WHERE id IS NOT NULL",
    );
    match dialect {
        Dialect::Sqlite => ON_SQLITE.statements(dialect, values),
        Dialect::Postgres => ON_POSTGRES.statements(dialect, values),
    }
}

fn put_grants(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static PUT: Bulk = Bulk::new(
        GRANTS,
        "INSERT INTO grants (tenant, kind, id, value, expires_at) \
         SELECT tenant, kind, id, value, CAST(NULLIF(expires_at, '') AS BIGINT) \
         FROM given WHERE tenant IS NOT NULL",
    );
    PUT.statements(dialect, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Database;
    use crate::migrate;

    /// A table that a migration adds and this list forgets would be missing from every copy of PostgreSQL.
    #[tokio::test]
    async fn every_column_of_every_table_is_copied() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::sqlite(&folder.path().join("it.db")).await.expect("it opens");
        migrate::apply(&database).await.expect("migrated");
        let schema = Statement::new(
            "SELECT tables.name, columns.name FROM sqlite_schema AS tables \
             JOIN pragma_table_info(tables.name) AS columns \
             WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%' AND tables.name NOT IN ('migrations', 'merged', 'departed') \
             ORDER BY tables.name, columns.name",
            [],
        );
        let rows = database.fetch(schema).await.expect("read");
        let name = |row: &Row, place| row.text(place).expect("text").to_owned();
        let expected: Vec<_> = rows.iter().map(|row| format!("{}.{}", name(row, 0), name(row, 1))).collect();
        let mut copied = Vec::new();
        for table in all() {
            let page = (table.page)(table.start());
            let (_, rest) = page.text().split_once(" FROM ").expect("it reads a table");
            let (table_name, _) = rest.split_once(' ').expect("it begins somewhere");
            copied.extend(table.columns.iter().map(|(column, _)| format!("{table_name}.{column}")));
        }
        copied.sort_unstable();
        assert_eq!(copied, expected);
    }
}
