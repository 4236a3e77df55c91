//! Has something been written that a guard watches for?
//!
//! A guard's search was made before the turn began. What has been committed since is told by `indexed`, in the order
//! of time; what the batch itself makes, by the batch. What depends on other resources counts as watched for: whoever
//! searched does so again.

use std::collections::HashMap;

use model::{Id, Instant, Key};
use search::condition::{Nobody, Subject};
use search::{Rows, Verdict};
use store::Guard;

use super::Prepared;
use crate::failure::Failure;
use crate::statement::{Statement, Value};
use crate::turn::Turn;
use crate::types::Types;

/// A resource that was written lately.
pub(super) struct Fresh {
    key: Key,
    committed_at: Instant,
    rows: Rows,
}

/// What was written since the guards of a batch began to watch, by tenant and type.
pub(super) type Freshly = HashMap<(u32, i64), Vec<Fresh>>;

/// Asks for all that the guards of a batch may have to look at; nothing was committed after `last`, where that is
/// known: other processes do not tell.
pub(super) async fn look(
    turn: &mut Turn<'_>,
    types: &Types,
    batch: &[Prepared],
    last: Option<Instant>,
) -> Result<Freshly, Failure> {
    let mut since: HashMap<(u32, i64), Instant> = HashMap::new();
    for (tenant, guard) in batch.iter().flat_map(|it| it.guards.iter().map(|guard| (it.tenant, guard))) {
        let Some(code) = types.code(guard.branch.resource_type) else { continue };
        if last.is_none_or(|last| guard.since < last) {
            let first = since.entry((tenant, code)).or_insert(guard.since);
            *first = std::cmp::min(*first, guard.since);
        }
    }
    let mut freshly = Freshly::new();
    for ((tenant, code), since) in since {
        let mut found = Vec::new();
        for row in turn.ask(written_since(tenant, code, since)).await? {
            let damaged = || Failure::Damaged("what a resource is found by is damaged".to_owned());
            let resource_type = types.resource_type(code).ok_or_else(damaged)?;
            let id = Id::parse(row.text(0)?).ok_or_else(damaged)?;
            let rows = Rows::decode(row.bytes(2)?.unwrap_or_default()).map_err(|_| damaged())?;
            let committed_at = Instant(row.int(1)?);
            found.push(Fresh { key: Key::new(resource_type, id), committed_at, rows });
        }
        freshly.insert((tenant, code), found);
    }
    Ok(freshly)
}

/// Whether a guard watches for one of these.
pub(super) fn is_broken(guard: &Guard, fresh: &[Fresh]) -> bool {
    fresh.iter().any(|it| it.committed_at > guard.since && watches(guard, &it.key, it.committed_at, &it.rows))
}

/// Whether a guard watches for a resource.
pub(super) fn watches(guard: &Guard, key: &Key, updated: Instant, rows: &Rows) -> bool {
    if guard.branch.resource_type != key.resource_type {
        return false;
    }
    let subject = Subject { resource_type: key.resource_type, id: key.id.as_str(), updated, rows };
    guard.branch.condition.holds(&subject, &Nobody) != Verdict::No
}

/// What was written of a type after a moment.
pub(crate) fn written_since(tenant: u32, code: i64, since: Instant) -> Statement {
    Statement::new(
        "SELECT id, committed_at, keys FROM indexed \
         WHERE tenant = $1 AND type = $2 AND committed_at > $3 ORDER BY committed_at",
        [Value::from(tenant), Value::Int(code), Value::Int(since.0)],
    )
}
