//! How do the indexes of search follow a commit?
//!
//! What a resource was found by before stands with it; of that and of what it is found by now only the difference
//! is written. All in the commit itself: whoever is told that it stands finds it.

use std::collections::HashMap;

use model::{Instant, Key};
use search::{Index, ParameterId, Rows};

use super::decide::Decision;
use crate::bulk::{Bulk, Kind};
use crate::database::Dialect;
use crate::failure::Failure;
use crate::ordered::{self, Place};
use crate::statement::{Statement, Value};
use crate::turn::Turn;

/// What a resource is to be found by.
pub(super) struct FoundBy {
    pub rows: Rows,
    /// The rows as they are stored.
    keys: Vec<u8>,
    /// Where it stands in the indexes, in order.
    places: Vec<Spot>,
}

type Spot = (Index, ParameterId, search::Key);

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
    pub(super) fn new(rows: Rows) -> Self {
        Self { keys: rows.encode(), places: rows.places(), rows }
    }
}

/// The statements that make it so.
pub(super) async fn statements(
    turn: &mut Turn<'_>,
    decision: &Decision<'_>,
) -> Result<Vec<Statement>, Failure> {
    let before = before(turn, &decision.refound).await?;
    let dialect = turn.dialect();
    let mut comings: HashMap<Index, Vec<Place>> = HashMap::new();
    let mut goings: HashMap<Index, Vec<Place>> = HashMap::new();
    let mut resources: Vec<_> = decision.refound.iter().collect();
    resources.sort_unstable_by_key(|(resource, _)| **resource);
    for (resource, refound) in &resources {
        let now = refound.by.map_or(&[][..], |by| &by.places);
        let was = before.get(*resource).map_or(&[][..], Vec::as_slice);
        let place = |(_, parameter, key): &Spot| Place {
            tenant: refound.tenant,
            parameter: *parameter,
            key: key.clone(),
            resource: **resource,
        };
        // Both are in order, so that each is found in the other at once.
        for spot in now.iter().filter(|spot| was.binary_search(spot).is_err()) {
            comings.entry(spot.0).or_default().push(place(spot));
        }
        for spot in was.iter().filter(|spot| now.binary_search(spot).is_err()) {
            goings.entry(spot.0).or_default().push(place(spot));
        }
    }
    let mut statements = Vec::new();
    for table in ordered::ALL {
        if let Some(mut places) = goings.remove(&table.index) {
            ordered::sort(table.index, &mut places);
            statements.extend(table.take(dialect, &places));
        }
        if let Some(mut places) = comings.remove(&table.index) {
            ordered::sort(table.index, &mut places);
            statements.extend(table.put(dialect, &places));
        }
    }
    statements.extend(rows_statements(dialect, &resources));
    Ok(statements)
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
            before.insert(resource, rows.places());
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
