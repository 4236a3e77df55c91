//! How do the indexes of search follow a commit?
//!
//! What a resource was found by before stands with it; of that and of what it is found by now only the difference
//! is written or, on SQLite, marked as young. Whoever is told that it stands finds it.

use std::collections::HashMap;

use model::{Instant, Key};
use search::{Index, Rows};

use super::decide::Decision;
use crate::bulk::{Bulk, Kind};
use crate::database::Dialect;
use crate::failure::Failure;
use crate::statement::{Statement, Value};
use crate::turn::Turn;
use crate::young::{self, Bytes, Chunk, Mark, Round, Undo, Young};

/// What a resource is to be found by.
pub(super) struct FoundBy {
    pub rows: Rows,
    /// The rows as they are stored.
    keys: Vec<u8>,
    /// Where it stands in the indexes, in order.
    spots: Vec<Spot>,
}

/// A place in an index as an entry of no resource yet: one that is made gets its integer with the commit.
type Spot = (Index, Bytes);

/// What a commit makes of how a resource is found.
pub(super) struct Refound<'a> {
    pub tenant: u32,
    pub code: i64,
    pub key: &'a Key,
    pub committed_at: Instant,
    /// By this from now on; by nothing, when it is deleted.
    pub by: Option<&'a FoundBy>,
    /// Whether it may have been found before.
    pub stood: bool,
}

/// What a commit makes of each resource that it concerns, by the integer that stands for it.
pub(super) type Refindings<'a> = HashMap<i64, Refound<'a>>;

impl FoundBy {
    pub(super) fn new(tenant: u32, rows: Rows) -> Self {
        Self { keys: rows.encode(), spots: young::of_rows(tenant, &rows), rows }
    }
}

/// How the indexes come to be as a commit makes them.
pub(super) struct Finding {
    /// What the commit says for it.
    pub statements: Vec<Statement>,
    /// What to do with what is marked, once it has committed or failed.
    pub marks: Option<Marks>,
}

/// The marks of a commit, where young entries are marked.
pub(super) struct Marks {
    undo: Undo,
    /// Entries that the commit itself puts in order: resources that are found by other rows without a new version
    /// leave no trace that a recovery could follow.
    direct: Vec<Spot>,
    chunk: Chunk,
}

/// What becomes of the indexes: on PostgreSQL all entries are written with the commit, on SQLite they are marked as
/// young, and some that were so before come to their tables.
pub(super) async fn finding(
    turn: &mut Turn<'_>,
    decision: &Decision<'_>,
    young: Option<(&Young, &Round)>,
) -> Result<Finding, Failure> {
    let before = before(turn, &decision.refound).await?;
    let dialect = turn.dialect();
    let mut resources: Vec<_> = decision.refound.iter().collect();
    resources.sort_unstable_by_key(|(resource, _)| **resource);
    let (mut direct, mut changes, mut departures) = (Vec::new(), Vec::new(), Vec::new());
    let mut statements = rows_statements(dialect, &resources);
    for (resource, refound) in &resources {
        let was = before.get(*resource).map_or(&[][..], Vec::as_slice);
        match young {
            Some(_) if refound.committed_at > decision.before => {
                let marks: Vec<_> = turns(**resource, refound, was).collect();
                let gone: Vec<_> = marks.iter().filter(|it| it.2 == Mark::Going).cloned().collect();
                if !gone.is_empty() {
                    let Refound { committed_at, tenant, .. } = **refound;
                    departures.extend(young::departure(committed_at, tenant, **resource, &gone));
                }
                changes.extend(marks);
            }
            _ => direct.extend(turns(**resource, refound, was)),
        }
    }
    // Neighbours share their pages.
    direct.sort_unstable_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
    let Some((young, round)) = young else {
        statements.extend(young::statements(dialect, &direct));
        return Ok(Finding { statements, marks: None });
    };
    statements.extend(young::depart(departures));
    let undo = young.mark(changes);
    let chunk = young.next(round, young.due());
    // What is young goes before what is written now: of one entry the later counts.
    statements.extend(chunk.statements());
    statements.extend(young::statements(dialect, &direct));
    let direct = direct.into_iter().map(|(index, entry, _)| (index, entry)).collect();
    Ok(Finding { statements, marks: Some(Marks { undo, direct, chunk }) })
}

impl Marks {
    /// Whether entries come to their tables with the commit.
    pub(super) fn move_entries(&self) -> bool {
        !self.direct.is_empty() || !self.chunk.is_empty()
    }

    /// What is marked is as it was before.
    pub(super) fn undo(self, young: &Young) {
        young.unmark(self.undo);
    }

    /// What came to its table is young no more.
    pub(super) fn settle(self, young: &Young, round: &mut Round, last: Instant) {
        young.settle(self.chunk, round, last);
        if !self.direct.is_empty() {
            young.overtake(self.direct);
        }
    }
}

/// The entries that come and go; both lists are in order, so that each is found in the other at once.
fn turns<'a>(
    resource: i64,
    refound: &'a Refound<'_>,
    was: &'a [Spot],
) -> impl Iterator<Item = young::Change> + use<'a> {
    let now = refound.by.map_or(&[][..], |by| &by.spots);
    let comings = now.iter().filter(move |spot| was.binary_search(spot).is_err());
    let goings = was.iter().filter(move |spot| now.binary_search(spot).is_err());
    let marked = comings.map(|spot| (spot, Mark::Coming)).chain(goings.map(|spot| (spot, Mark::Going)));
    marked.map(move |((index, entry), mark)| {
        let mut entry = entry.clone();
        young::set_resource(*index, &mut entry, resource);
        (*index, entry, mark)
    })
}

/// What stood resources are found by until now.
async fn before(turn: &mut Turn<'_>, refound: &Refindings<'_>) -> Result<HashMap<i64, Vec<Spot>>, Failure> {
    let asked = refound.iter().filter(|(_, refound)| refound.stood);
    let values: Vec<_> = asked.map(|(resource, _)| Value::Int(*resource)).collect();
    let mut before = HashMap::with_capacity(values.len());
    for statement in keys_of(turn.dialect(), values) {
        for row in turn.ask(statement).await? {
            let resource = row.int(0)?;
            let rows = Rows::decode(row.bytes(2)?.unwrap_or_default())
                .map_err(|_| Failure::Damaged(format!("what resource {resource} is found by is damaged")))?;
            let tenant = refound.get(&resource).map_or(0, |refound| refound.tenant);
            before.insert(resource, young::of_rows(tenant, &rows));
        }
    }
    Ok(before)
}

fn rows_statements(dialect: Dialect, resources: &[(&i64, &Refound<'_>)]) -> Vec<Statement> {
    let (mut kept, mut dropped) = (Vec::new(), Vec::new());
    for (resource, refound) in resources {
        let Some(by) = refound.by else {
            dropped.push(Value::Int(**resource));
            continue;
        };
        kept.push(Value::Int(**resource));
        kept.push(Value::from(refound.tenant));
        kept.push(Value::Int(refound.code));
        kept.push(Value::from(refound.key.id.as_str()));
        kept.push(Value::Int(refound.committed_at.0));
        kept.push(Value::Bytes(by.keys.clone()));
    }
    let mut statements = put_keys(dialect, kept);
    statements.extend(drop_keys(dialect, dropped));
    statements
}

/// What given resources are found by.
pub(crate) fn keys_of(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static KEYS: Bulk = Bulk::new(
        &[("resource", Kind::Int)],
        "SELECT indexed.resource, indexed.tenant, indexed.keys FROM given \
         JOIN indexed ON indexed.resource = given.resource",
    );
    KEYS.statements(dialect, values)
}

/// Says what resources are found by.
pub(crate) fn put_keys(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static PUT: Bulk = Bulk::new(
        &[
            ("resource", Kind::Int),
            ("tenant", Kind::Int),
            ("type", Kind::Int),
            ("id", Kind::Text),
            ("committed_at", Kind::Int),
            ("keys", Kind::Bytes),
        ],
        "INSERT INTO indexed (resource, tenant, type, id, committed_at, keys) \
         SELECT resource, tenant, type, id, committed_at, keys FROM given WHERE resource IS NOT NULL \
         ON CONFLICT (resource) DO UPDATE SET committed_at = excluded.committed_at, keys = excluded.keys",
    );
    PUT.statements(dialect, values)
}

/// Says that resources are found no more.
pub(crate) fn drop_keys(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static DROP: Bulk = Bulk::new(
        &[("resource", Kind::Int)],
        "DELETE FROM indexed WHERE resource IN (SELECT resource FROM given WHERE resource IS NOT NULL)",
    );
    DROP.statements(dialect, values)
}
