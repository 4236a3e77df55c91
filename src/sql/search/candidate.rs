//! What may be meant?
//!
//! A resource at a place in an index, with all that it is found by.

use std::collections::HashMap;

use model::{Id, Instant, Key};
use search::condition::Subject;
use search::{Cursor, Part, Range, Rows};
use store::{Error, Result};

use super::packed::{Column, Holds, Line};
use super::{Searching, scan};
use crate::bulk::{Bulk, Kind};
use crate::database::Dialect;
use crate::failure::Failure;
use crate::ordered;
use crate::statement::{Statement, Value};

/// A resource that may be meant.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Of which range it came.
    pub range: u32,
    /// Its place there; none of what is read in the order of creation.
    pub place: Option<search::Key>,
    pub resource: i64,
    pub key: Key,
    pub updated: Instant,
    pub rows: Rows,
}

/// Columns that tell of a candidate, after those of its place; the first is the only one that an entry has whose
/// resource is not read.
pub(super) const COLUMNS: [Column; 5] = told_by("indexed", "indexed");

/// The same, taken from two tables.
pub(super) const fn told_by(own: &'static str, table: &'static str) -> [Column; 5] {
    use Holds::{Bytes, Int, Word};
    [
        Column { table: own, name: "resource", holds: Int },
        Column { table, name: "type", holds: Int },
        Column { table, name: "id", holds: Word },
        Column { table, name: "committed_at", holds: Int },
        Column { table, name: "keys", holds: Bytes },
    ]
}

impl Candidate {
    pub(super) fn subject(&self) -> Subject<'_> {
        Subject {
            resource_type: self.key.resource_type,
            id: self.key.id.as_str(),
            updated: self.updated,
            rows: &self.rows,
        }
    }

    /// Where a page that ends with it ends.
    pub(super) fn cursor(&self, branch: u32, way: u32) -> Cursor {
        let keys = vec![self.place.clone()];
        Cursor { branch, way, range: self.range, keys, resource: self.resource }
    }
}

impl Searching<'_> {
    /// Reads an entry of an index: its place, its resource, and the candidate, when it stands where it must.
    pub(super) fn entry(
        &self,
        line: &Line<'_>,
        range: &Range,
        columns: &[Column],
    ) -> std::result::Result<Entry, Failure> {
        let place = place(line, scan::given(range), columns)?;
        let resource = line.int(columns.len())?;
        let candidate = match line.optional_int(columns.len() + 1)? {
            Some(_) => Some(self.candidate(line, range.parameter.0, (place.clone(), columns.len()))?),
            None => None,
        };
        Ok(Entry { place, resource, candidate })
    }

    /// Reads what tells of a candidate from a column on.
    pub(super) fn candidate(
        &self,
        line: &Line<'_>,
        range: u32,
        (place, first): (Option<search::Key>, usize),
    ) -> std::result::Result<Candidate, Failure> {
        let resource = line.int(first)?;
        let damaged = || Failure::Damaged(format!("what resource {resource} is found by is damaged"));
        let resource_type = self.shared.types.resource_type(line.int(first + 1)?).ok_or_else(damaged)?;
        let id = Id::parse(line.text(first + 2)?).ok_or_else(damaged)?;
        let updated = Instant(line.int(first + 3)?);
        let rows = Rows::decode(line.bytes(first + 4)?.unwrap_or_default()).map_err(|_| damaged())?;
        Ok(Candidate { range, place, resource, key: Key::new(resource_type, id), updated, rows })
    }

    /// The candidates that a statement tells of by their own columns alone.
    pub(super) async fn candidates(&self, statement: Statement) -> Result<Vec<Candidate>> {
        self.lines(statement, &COLUMNS, &mut |line| self.candidate(line, 0, (None, 0))).await
    }

    /// The resources called so that stand.
    pub(super) async fn named(&self, keys: &[Key]) -> Result<HashMap<Key, Candidate>> {
        let mut values = Vec::with_capacity(keys.len() * 3);
        for key in keys {
            let Some(code) = self.shared.types.code(key.resource_type) else { continue };
            values.extend([Value::from(self.tenant), Value::Int(code), Value::from(key.id.as_str())]);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for statement in called(self.shared.database.dialect(), values) {
            for candidate in self.candidates(statement).await? {
                found.insert(candidate.key.clone(), candidate);
            }
        }
        self.spend(found.len())?;
        Ok(found)
    }
}

/// An entry of an index.
pub(super) struct Entry {
    pub place: Option<search::Key>,
    pub resource: i64,
    pub candidate: Option<Candidate>,
}

/// The place that a line begins with, behind what is given of it.
pub(super) fn place(
    line: &Line<'_>,
    given: &[Part],
    columns: &[Column],
) -> std::result::Result<Option<search::Key>, Failure> {
    let mut parts = Vec::with_capacity(given.len() + columns.len());
    parts.extend(given.iter().map(ordered::as_stored));
    for (place, column) in columns.iter().enumerate() {
        parts.push(match column.holds {
            Holds::Int => Part::Int(line.int(place)?),
            _ => Part::Text(line.text(place)?.into()),
        });
    }
    Ok((!parts.is_empty()).then_some(search::Key(parts)))
}

/// Joins the columns of candidates with where they are found.
macro_rules! of_indexed {
    ($columns:expr, $from:literal) => {{
        static FOR_SQLITE: Bulk = Bulk::short(
            $columns,
            concat!(
                "SELECT COUNT(*), group_concat(indexed.resource), group_concat(indexed.type), \
                 group_concat(indexed.id), group_concat(indexed.committed_at), \
                 group_concat(LENGTH(indexed.keys)), CAST(group_concat(indexed.keys, '') AS BLOB) FROM given ",
                $from
            ),
        );
        static FOR_POSTGRES: Bulk = Bulk::short(
            $columns,
            concat!(
                "SELECT indexed.resource, indexed.type, indexed.id, indexed.committed_at, indexed.keys FROM given ",
                $from
            ),
        );
        |dialect, values| match dialect {
            Dialect::Sqlite => FOR_SQLITE.statements(dialect, values),
            Dialect::Postgres => FOR_POSTGRES.statements(dialect, values),
        }
    }};
}

/// Resources by type and id, those that stand.
pub(crate) fn called(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    let called = of_indexed!(
        &[("tenant", Kind::Int), ("type", Kind::Int), ("id", Kind::Text)],
        "JOIN resources ON resources.tenant = given.tenant AND resources.type = given.type \
         AND resources.id = given.id \
         JOIN indexed ON indexed.resource = resources.resource"
    );
    called(dialect, values)
}

/// Resources by the integers that stand for them, those that stand.
pub(crate) fn numbered<'r>(dialect: Dialect, resources: impl IntoIterator<Item = &'r i64>) -> Vec<Statement> {
    let numbered =
        of_indexed!(&[("resource", Kind::Int)], "JOIN indexed ON indexed.resource = given.resource");
    numbered(dialect, resources.into_iter().map(|resource| Value::Int(*resource)).collect())
}

/// A cursor that no page of this search can have ended with.
pub(super) fn astray() -> Error {
    Error::Cursor
}
