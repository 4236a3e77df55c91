//! Which schema does the database have, and which should it?
//!
//! Migrations are numbered, only go forward, and are applied all together or not at all. How to write
//! one is told in `migrations/README.md`.

use crate::database::{Begun, Database, Dialect};
use crate::failure::Failure;
use crate::open::{OpenError, connect};
use crate::statement::{Statement, Value};

/// One step of the schema, for both databases.
struct Migration {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Every migration, in order.
const ALL: &[Migration] = &[
    Migration {
        number: 1,
        name: "foundation",
        sqlite: include_str!("../../migrations/sqlite/0001_foundation.sql"),
        postgres: include_str!("../../migrations/postgres/0001_foundation.sql"),
    },
    Migration {
        number: 2,
        name: "search",
        sqlite: include_str!("../../migrations/sqlite/0002_search.sql"),
        postgres: include_str!("../../migrations/postgres/0002_search.sql"),
    },
    Migration {
        number: 3,
        name: "young",
        sqlite: include_str!("../../migrations/sqlite/0003_young.sql"),
        postgres: include_str!("../../migrations/postgres/0003_young.sql"),
    },
];

/// Brings the schema of a database up to date; returns the names of what was applied.
pub async fn migrate(url: &str) -> Result<Vec<&'static str>, OpenError> {
    let (database, _lock) = connect(url).await?;
    let applied = apply(&database).await;
    database.close().await;
    applied
}

/// Applies what is missing.
pub(crate) async fn apply(database: &Database) -> Result<Vec<&'static str>, OpenError> {
    // Only one process at a time gets past this, so that two that start together do not both migrate.
    let mut begun = database.begin().await.map_err(Failure::from)?;
    match apply_within(&mut begun, database.dialect()).await {
        Ok(applied) => {
            begun.commit().await.map_err(Failure::from)?;
            Ok(applied)
        }
        Err(error) => {
            begun.rollback().await.map_err(Failure::from)?;
            Err(error)
        }
    }
}

async fn apply_within(begun: &mut Begun<'_>, dialect: Dialect) -> Result<Vec<&'static str>, OpenError> {
    begun.fetch(ledger()).await.map_err(Failure::from)?;
    let rows = begun.fetch(newest()).await.map_err(Failure::from)?;
    let found = rows.first().map(|row| row.int(0)).transpose().map_err(Failure::from)?.unwrap_or_default();
    let known = ALL.last().map_or(0, |migration| migration.number);
    if found > known {
        return Err(OpenError::Newer(found, known));
    }
    let mut applied = Vec::new();
    for migration in ALL.iter().filter(|migration| migration.number > found) {
        let text = match dialect {
            Dialect::Sqlite => migration.sqlite,
            Dialect::Postgres => migration.postgres,
        };
        begun.run(text).await.map_err(Failure::from)?;
        begun.fetch(note(migration)).await.map_err(Failure::from)?;
        applied.push(migration.name);
    }
    Ok(applied)
}

fn ledger() -> Statement {
    Statement::new(
        "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)",
        [],
    )
}

fn newest() -> Statement {
    Statement::new("SELECT COALESCE(MAX(number), 0) FROM migrations", [])
}

fn note(migration: &Migration) -> Statement {
    Statement::new(
        "INSERT INTO migrations (number, name) VALUES ($1, $2)",
        [Value::Int(migration.number), Value::from(migration.name)],
    )
}
