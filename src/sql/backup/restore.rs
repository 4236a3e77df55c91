//! How does a copy become a PostgreSQL database?
//!
//! In one transaction: a restore that is cut off leaves the database as empty as it was. A copy for
//! SQLite needs none of this, it is the database.

use std::fmt;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;

use super::{sole, tables};
use crate::database::{Begun, Database, Dialect};
use crate::failure::Failure;
use crate::migrate;
use crate::open::{OpenError, connect};
use crate::statement::Statement;
use crate::young;

/// Why a copy was not restored. Nothing of it is in the database.
#[derive(Debug)]
pub enum RestoreError {
    /// The database could not be reached or brought up to date.
    Open(OpenError),
    /// The database holds something.
    NotEmpty,
    /// The copy's newest migration, and the database's.
    OtherSchema(i64, i64),
    /// The copy could not be read, or the database did not take it.
    Failed(String),
}

/// Refuses a database that holds anything; brings the schema of an empty one up to date.
pub async fn refuse_unless_empty(url: &str) -> Result<(), RestoreError> {
    let (database, _lock) = connect(url).await?;
    let found = empty(&database).await;
    database.close().await;
    found
}

/// Loads the copy in a file into an empty PostgreSQL database.
pub async fn restore(from: &Path, url: &str) -> Result<(), RestoreError> {
    let (database, _lock) = connect(url).await?;
    let restored = restore_into(&database, from).await;
    database.close().await;
    restored
}

async fn empty(database: &Database) -> Result<(), RestoreError> {
    migrate::apply(database).await?;
    let mut begun = database.begin().await?;
    let found = expect_empty(&mut begun).await;
    begun.rollback().await?;
    found
}

async fn restore_into(database: &Database, from: &Path) -> Result<(), RestoreError> {
    if database.dialect() != Dialect::Postgres {
        return Err(RestoreError::Failed(
            "only PostgreSQL is loaded; for SQLite a copy is the database".into(),
        ));
    }
    migrate::apply(database).await?;
    // Read as it is: a journal beside it would be another file than the one that was made.
    let copy = sole(SqliteConnectOptions::new().filename(from).read_only(true).immutable(true)).await?;
    let Database::Sqlite { writer, .. } = &copy else { unreachable!("a file is opened as SQLite") };
    let mut source = Begun::Sqlite(writer.lock().await);
    let mut begun = database.begin().await?;
    match load(&mut source, &mut begun).await {
        Ok(()) => Ok(begun.commit().await?),
        Err(error) => {
            begun.rollback().await?;
            Err(error)
        }
    }
}

async fn load(source: &mut Begun<'_>, target: &mut Begun<'_>) -> Result<(), RestoreError> {
    expect_empty(target).await?;
    let (found, wanted) = (newest_migration(source).await?, newest_migration(target).await?);
    if found != wanted {
        return Err(RestoreError::OtherSchema(found, wanted));
    }
    tables::transfer(source, target, Dialect::Postgres).await?;
    young::bring_home(source, target).await?;
    target.fetch(count_types_on()).await?;
    target.fetch(count_jobs_on()).await?;
    // The planner knows nothing of rows that have just come, and the check that follows asks at once.
    target
        .run("ANALYZE versions, resources, indexed, tokens, strings, links, dates, amounts, positions")
        .await?;
    Ok(())
}

async fn expect_empty(begun: &mut Begun<'_>) -> Result<(), RestoreError> {
    for table in tables::all() {
        if !begun.fetch((table.page)(table.start())).await?.is_empty() {
            return Err(RestoreError::NotEmpty);
        }
    }
    Ok(())
}

async fn newest_migration(begun: &mut Begun<'_>) -> Result<i64, RestoreError> {
    let rows = begun.fetch(newest()).await?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?.unwrap_or_default())
}

fn newest() -> Statement {
    Statement::new("SELECT COALESCE(MAX(number), 0) FROM migrations", [])
}

/// Lets new types be numbered after those that came with their numbers.
fn count_types_on() -> Statement {
    Statement::new(
        "SELECT setval(pg_get_serial_sequence('types', 'type'), \
         COALESCE((SELECT MAX(type) FROM types), 1), EXISTS (SELECT 1 FROM types))",
        [],
    )
}

/// The same for jobs.
fn count_jobs_on() -> Statement {
    Statement::new(
        "SELECT setval(pg_get_serial_sequence('jobs', 'id'), \
         COALESCE((SELECT MAX(id) FROM jobs), 1), EXISTS (SELECT 1 FROM jobs))",
        [],
    )
}

impl From<OpenError> for RestoreError {
    fn from(error: OpenError) -> Self {
        RestoreError::Open(error)
    }
}

impl From<Failure> for RestoreError {
    fn from(failure: Failure) -> Self {
        RestoreError::Failed(failure.to_string())
    }
}

impl From<sqlx::Error> for RestoreError {
    fn from(error: sqlx::Error) -> Self {
        Failure::from(error).into()
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RestoreError::Open(error) => error.fmt(out),
            RestoreError::NotEmpty => out.write_str(
                "the database holds rows already; a copy is restored into an empty one, which no server \
                 has been started on",
            ),
            RestoreError::OtherSchema(found, wanted) => write!(
                out,
                "the copy has migration {found} and the database {wanted}; restore the copy into a folder, \
                 which migrates it, and restore a copy of that"
            ),
            RestoreError::Failed(why) => write!(out, "the copy was not restored: {why}"),
        }
    }
}

impl std::error::Error for RestoreError {}
