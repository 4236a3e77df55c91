//! What may be meant?
//!
//! A resource at a place in an index, with all that it is found by.

use std::collections::HashMap;

use model::{Id, Instant, Key};
use search::condition::Subject;
use search::{Cursor, Part, Rows};
use store::{Error, Result};

use super::Searching;
use crate::bulk::{Bulk, Kind};
use crate::database::Dialect;
use crate::failure::Failure;
use crate::statement::{Row, Statement, Value};

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

/// Columns that tell of a candidate, after those of its place: `resource, type, id, committed_at, keys`.
pub(super) const COLUMNS: &str =
    "indexed.resource, indexed.type, indexed.id, indexed.committed_at, indexed.keys";

/// What the columns of a place hold.
#[derive(Clone, Copy)]
pub(super) enum Column {
    Int,
    Text,
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
    pub(super) fn entry(&self, row: &Row, range: u32, columns: &[Column]) -> Result<Entry> {
        self.try_entry(row, range, columns).map_err(Failure::into_error)
    }

    fn try_entry(&self, row: &Row, range: u32, columns: &[Column]) -> std::result::Result<Entry, Failure> {
        let place = place(row, columns)?;
        let resource = row.int(columns.len())?;
        let candidate = match row.optional_int(columns.len() + 1)? {
            Some(_) => Some(self.try_candidate(row, range, (place.clone(), columns.len() + 1))?),
            None => None,
        };
        Ok(Entry { place, resource, candidate })
    }

    /// Reads a row that begins with the columns of a place.
    pub(super) fn candidate(&self, row: &Row, range: u32, columns: &[Column]) -> Result<Candidate> {
        let candidate =
            place(row, columns).and_then(|place| self.try_candidate(row, range, (place, columns.len())));
        candidate.map_err(Failure::into_error)
    }

    fn try_candidate(
        &self,
        row: &Row,
        range: u32,
        (place, first): (Option<search::Key>, usize),
    ) -> std::result::Result<Candidate, Failure> {
        let resource = row.int(first)?;
        let damaged = || Failure::Damaged(format!("what resource {resource} is found by is damaged"));
        let resource_type = self.shared.types.resource_type(row.int(first + 1)?).ok_or_else(damaged)?;
        let id = Id::parse(row.text(first + 2)?).ok_or_else(damaged)?;
        let updated = Instant(row.int(first + 3)?);
        let rows = Rows::decode(row.bytes(first + 4)?.unwrap_or_default()).map_err(|_| damaged())?;
        Ok(Candidate { range, place, resource, key: Key::new(resource_type, id), updated, rows })
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
            for row in self.fetch(statement).await? {
                let candidate = self.candidate(&row, 0, &[])?;
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

/// The place that a row begins with.
fn place(row: &Row, columns: &[Column]) -> std::result::Result<Option<search::Key>, Failure> {
    let mut parts = Vec::with_capacity(columns.len());
    for (place, column) in columns.iter().enumerate() {
        parts.push(match column {
            Column::Int => Part::Int(row.int(place)?),
            Column::Text => Part::Text(row.text(place)?.into()),
        });
    }
    Ok((!parts.is_empty()).then_some(search::Key(parts)))
}

/// Resources by type and id, those that stand.
pub(crate) fn called(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static CALLED: Bulk = Bulk::short(
        &[("tenant", Kind::Int), ("type", Kind::Int), ("id", Kind::Text)],
        "SELECT indexed.resource, indexed.type, indexed.id, indexed.committed_at, indexed.keys FROM given \
         JOIN resources ON resources.tenant = given.tenant AND resources.type = given.type \
         AND resources.id = given.id \
         JOIN indexed ON indexed.resource = resources.resource",
    );
    CALLED.statements(dialect, values)
}

/// Resources by the integers that stand for them, those that stand.
pub(crate) fn numbered<'r>(dialect: Dialect, resources: impl IntoIterator<Item = &'r i64>) -> Vec<Statement> {
    static NUMBERED: Bulk = Bulk::short(
        &[("resource", Kind::Int)],
        "SELECT indexed.resource, indexed.type, indexed.id, indexed.committed_at, indexed.keys FROM given \
         JOIN indexed ON indexed.resource = given.resource",
    );
    NUMBERED.statements(dialect, resources.into_iter().map(|resource| Value::Int(*resource)).collect())
}

/// A cursor that no page of this search can have ended with.
pub(super) fn astray() -> Error {
    Error::Cursor
}
