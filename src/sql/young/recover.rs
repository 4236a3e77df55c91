//! How are the young entries found again?
//!
//! What a resource is found by stands with it, and the entries that its changes took away stand in `departed`, from the
//! moment on up to which all have reached their tables. To mark one twice, or one that is in its table, does no harm.

use model::Instant;
use search::{Index, ParameterId, Rows};

use super::{Bytes, Change, Mark, Young, entry};
use crate::bulk::{Bulk, Kind};
use crate::database::{Begun, Database, Dialect};
use crate::failure::Failure;
use crate::ordered::{self, Place};
use crate::statement::{Row, Statement, Value};

/// Rows in memory at once.
const PAGE: i64 = 512;

/// An entry's index and length, before its bytes.
const HEAD: usize = 3;

/// Marks what has not reached its table; returns the moment up to which everything has.
pub(crate) async fn recover(database: &Database, young: &Young) -> Result<Instant, Failure> {
    let rows = database.fetch(merged()).await?;
    let until = Instant(rows.first().map(|row| row.int(0)).transpose()?.unwrap_or_default());
    let mut after = until;
    loop {
        let rows = database.fetch(departed_since(after)).await?;
        let Some(last) = rows.last() else { break };
        after = Instant(last.int(0)?);
        for row in &rows {
            young.mark(gone(row)?);
        }
    }
    let mut after = until;
    loop {
        let rows = database.fetch(found_since(after)).await?;
        let Some(last) = rows.last() else { break };
        after = Instant(last.int(0)?);
        for row in &rows {
            let places = places(row)?;
            let coming =
                |(index, place): &(Index, Place)| (*index, entry::encode(*index, place), Mark::Coming);
            young.mark(places.iter().map(coming).collect());
        }
    }
    Ok(until)
}

/// Brings to the tables of one database what is young in another that is copied to it.
pub(crate) async fn bring_home(from: &mut Begun<'_>, to: &mut Begun<'_>) -> Result<(), Failure> {
    let rows = from.fetch(merged()).await?;
    let mut after = Instant(rows.first().map(|row| row.int(0)).transpose()?.unwrap_or_default());
    let mut gone_after = after;
    loop {
        let rows = from.fetch(departed_since(gone_after)).await?;
        let Some(last) = rows.last() else { break };
        gone_after = Instant(last.int(0)?);
        let gone = rows.iter().map(gone).collect::<Result<Vec<_>, _>>()?;
        let gone = gone.into_iter().flatten();
        let places = gone.filter_map(|(index, bytes, _)| Some((index, entry::decode(index, &bytes)?)));
        write(to, places.collect(), Mark::Going).await?;
    }
    loop {
        let rows = from.fetch(found_since(after)).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Instant(last.int(0)?);
        let found = rows.iter().map(places).collect::<Result<Vec<_>, _>>()?;
        write(to, found.into_iter().flatten().collect(), Mark::Coming).await?;
    }
}

async fn write(to: &mut Begun<'_>, places: Vec<(Index, Place)>, mark: Mark) -> Result<(), Failure> {
    for table in ordered::ALL {
        let own = places.iter().filter(|(index, _)| *index == table.index);
        let own: Vec<_> = own.map(|(_, place)| place.clone()).collect();
        let statements = match mark {
            Mark::Going => table.take(Dialect::Postgres, &own),
            Mark::Coming => table.put(Dialect::Postgres, &own),
        };
        for statement in statements {
            to.fetch(statement).await?;
        }
    }
    Ok(())
}

/// The places of a resource, from `committed_at, tenant, resource, keys`.
fn places(row: &Row) -> Result<Vec<(Index, Place)>, Failure> {
    let (tenant, resource) = (tenant(row)?, row.int(2)?);
    let rows = Rows::decode(row.bytes(3)?.unwrap_or_default()).map_err(|_| damaged(resource))?;
    let place = |(index, parameter, key): (Index, ParameterId, search::Key)| {
        (index, Place { tenant, parameter, key, resource })
    };
    Ok(rows.places().into_iter().map(place).collect())
}

fn tenant(row: &Row) -> Result<u32, Failure> {
    u32::try_from(row.int(1)?).map_err(|_| Failure::Damaged("a tenant is no number of one".to_owned()))
}

fn damaged(resource: i64) -> Failure {
    Failure::Damaged(format!("what resource {resource} is or was found by is damaged"))
}

/// What a commit takes away from one resource: when, of which tenant and resource, and the entries.
pub(crate) fn departure(committed_at: Instant, tenant: u32, resource: i64, gone: &[Change]) -> [Value; 4] {
    let mut places = Vec::with_capacity(gone.len() * 64);
    for (index, bytes, _) in gone {
        let length = u16::try_from(bytes.len()).expect("texts of an index are bounded far below");
        places.push(*index as u8);
        places.extend(length.to_be_bytes());
        places.extend_from_slice(bytes);
    }
    [Value::Int(committed_at.0), Value::from(tenant), Value::Int(resource), Value::Bytes(places)]
}

/// What keeps all that a commit takes away.
pub(crate) fn depart(departures: Vec<Value>) -> Vec<Statement> {
    static DEPART: Bulk = Bulk::new(
        &[
            ("committed_at", Kind::Int),
            ("tenant", Kind::Int),
            ("resource", Kind::Int),
            ("places", Kind::Bytes),
        ],
        "INSERT INTO departed (committed_at, tenant, resource, places) \
         SELECT committed_at, tenant, resource, places FROM given WHERE committed_at IS NOT NULL",
    );
    DEPART.statements(Dialect::Sqlite, departures)
}

/// The entries that a commit took away, from `committed_at, tenant, resource, places`.
fn gone(row: &Row) -> Result<Vec<Change>, Failure> {
    let mut rest = row.bytes(3)?.unwrap_or_default();
    let resource = row.int(2)?;
    let mut gone = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<HEAD>() {
        let index = Index::ALL.get(usize::from(head[0])).ok_or_else(|| damaged(resource))?;
        let length = usize::from(u16::from_be_bytes([head[1], head[2]]));
        let (bytes, after) = after.split_at_checked(length).ok_or_else(|| damaged(resource))?;
        entry::decode(*index, bytes).ok_or_else(|| damaged(resource))?;
        gone.push((*index, Bytes::from(bytes), Mark::Going));
        rest = after;
    }
    if rest.is_empty() { Ok(gone) } else { Err(damaged(resource)) }
}

/// What says up to which moment everything has reached its table.
pub(super) fn until(moment: Instant) -> [Statement; 2] {
    [
        Statement::new("UPDATE merged SET until = $1 WHERE place = 1", [Value::Int(moment.0)]),
        Statement::new("DELETE FROM departed WHERE committed_at <= $1", [Value::Int(moment.0)]),
    ]
}

/// What says so of everything.
pub(crate) fn all_merged() -> Statement {
    Statement::new(
        "UPDATE merged SET until = (SELECT COALESCE(MAX(committed_at), 0) FROM versions) WHERE place = 1",
        [],
    )
}

fn merged() -> Statement {
    Statement::new("SELECT until FROM merged WHERE place = 1", [])
}

fn departed_since(after: Instant) -> Statement {
    Statement::new(
        "SELECT committed_at, tenant, resource, places FROM departed \
         WHERE committed_at > $1 ORDER BY committed_at LIMIT $2",
        [Value::Int(after.0), Value::Int(PAGE)],
    )
}

/// What resources that were written since are found by now.
fn found_since(after: Instant) -> Statement {
    Statement::new(
        "SELECT versions.committed_at, indexed.tenant, indexed.resource, indexed.keys FROM versions \
         JOIN indexed ON indexed.committed_at = versions.committed_at \
         AND indexed.tenant = versions.tenant AND indexed.type = versions.type \
         WHERE versions.committed_at > $1 ORDER BY versions.committed_at LIMIT $2",
        [Value::Int(after.0), Value::Int(PAGE)],
    )
}

/// Every statement of this file, for the test that runs them.
#[cfg(test)]
pub(crate) fn statements(dialect: Dialect) -> Vec<Statement> {
    let mut all = vec![all_merged(), merged(), departed_since(Instant(0)), found_since(Instant(0))];
    if dialect == Dialect::Sqlite {
        all.extend(depart(departure(Instant(1), 0, 1, &[]).to_vec()));
        all.extend(until(Instant(1)));
    }
    all
}
