//! Is everything found that should be?
//!
//! Every resource that stands has its rows, each of its rows stands in its index, and none stands there for a resource
//! that is gone. A row too many of a resource that stands does no harm: candidates are told by their rows.

use search::Rows;

use super::{COMPLAINTS_MAX, PAGE, name};
use crate::committer::keys_of;
use crate::failure::Failure;
use crate::open::Shared;
use crate::ordered::{self, Ordered, Place};
use crate::statement::{Row, Statement, Value};

/// Adds what is wrong.
pub(super) async fn check(shared: &Shared, complaints: &mut Vec<String>) -> Result<(), Failure> {
    for row in shared.database.fetch(unfindable()).await? {
        complaints.push(format!("{} stands and search does not know it as it is", name(shared, &row)?));
    }
    let mut after = i64::MIN;
    loop {
        let rows = shared.database.fetch(page_of_indexed(after)).await?;
        let Some(last) = rows.last() else { break };
        after = last.int(0)?;
        // A write may have come between; what is of age and missing still is missing.
        let lacking = of_age(shared, lacking(shared, &rows).await?);
        let values = lacking.iter().map(|resource| Value::Int(*resource)).collect();
        for statement in keys_of(shared.database.dialect(), values) {
            let again = shared.database.fetch(statement).await?;
            for resource in of_age(shared, self::lacking(shared, &again).await?) {
                complaints.push(format!("the indexes of search lack rows of resource {resource}"));
            }
        }
    }
    for table in ordered::ALL {
        let first = of_age(shared, adrift(shared, table).await?);
        if first.is_empty() {
            continue;
        }
        for resource in of_age(shared, adrift(shared, table).await?) {
            if first.contains(&resource) {
                complaints.push(format!("{} names resource {resource}, which does not stand", table.name));
            }
        }
    }
    Ok(())
}

/// Those of the resources all of whose entries are where they should be: others were written meanwhile.
fn of_age(shared: &Shared, resources: Vec<i64>) -> Vec<i64> {
    let Some(young) = &shared.young else { return resources };
    let fresh = young.among(resources.iter().copied());
    resources.into_iter().filter(|resource| !fresh.contains(resource)).collect()
}

/// Resources that a table names, and nothing else.
async fn adrift(shared: &Shared, table: &Ordered) -> Result<Vec<i64>, Failure> {
    let rows = shared.database.fetch(table.adrift(COMPLAINTS_MAX)).await?;
    Ok(rows.iter().map(|row| row.int(0)).collect::<Result<Vec<_>, _>>()?)
}

/// Those of the resources whose rows are damaged or not all in their indexes, from `resource, tenant, keys`.
async fn lacking(shared: &Shared, rows: &[Row]) -> Result<Vec<i64>, Failure> {
    let mut lacking = Vec::new();
    let mut places: Vec<_> = Vec::new();
    for row in rows {
        let (resource, tenant) = (row.int(0)?, u32::try_from(row.int(1)?).unwrap_or_default());
        let Ok(keys) = Rows::decode(row.bytes(2)?.unwrap_or_default()) else {
            lacking.push(resource);
            continue;
        };
        places.extend(
            keys.places()
                .into_iter()
                .map(|(index, parameter, key)| (index, Place { tenant, parameter, key, resource })),
        );
    }
    for table in ordered::ALL {
        let own = places.iter().filter(|(index, _)| *index == table.index);
        let own: Vec<_> = own.map(|(_, place)| place.clone()).collect();
        for statement in table.lacking(shared.database.dialect(), &own) {
            for row in shared.database.fetch(statement).await? {
                lacking.push(row.int(0)?);
            }
        }
    }
    lacking.sort_unstable();
    lacking.dedup();
    Ok(lacking)
}

/// Resources that stand and have no rows, or those of another version.
pub(crate) fn unfindable() -> Statement {
    Statement::new(
        "SELECT resources.type, resources.id FROM resources \
         LEFT JOIN indexed ON indexed.resource = resources.resource \
         WHERE (resources.deleted = 0 AND (indexed.resource IS NULL \
         OR indexed.committed_at <> resources.committed_at OR indexed.id <> resources.id \
         OR indexed.type <> resources.type OR indexed.tenant <> resources.tenant)) \
         OR (resources.deleted <> 0 AND indexed.resource IS NOT NULL) \
         ORDER BY resources.type, resources.id LIMIT $1",
        [Value::Int(COMPLAINTS_MAX)],
    )
}

/// What resources are found by, page by page.
pub(crate) fn page_of_indexed(after: i64) -> Statement {
    Statement::new(
        "SELECT resource, tenant, keys FROM indexed WHERE resource > $1 ORDER BY resource LIMIT $2",
        [Value::Int(after), Value::Int(PAGE)],
    )
}
