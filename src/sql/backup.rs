//! How is the store copied while it runs?
//!
//! A copy is always a file that SQLite opens as a database of its own, as of one moment, whichever
//! database it was made of: it can be restored into either. SQLite copies itself into it
//! (<https://sqlite.org/lang_vacuum.html#vacuuminto>); what PostgreSQL holds is read within one snapshot
//! (<https://www.postgresql.org/docs/15/transaction-iso.html#XACT-REPEATABLE-READ>) and written row by
//! row. `pg_dump` does the latter for PostgreSQL alone, and its output is no way back to SQLite.

mod indexes;
mod restore;
mod tables;

pub use restore::{RestoreError, refuse_unless_empty, restore};

use std::fs::File;
use std::io;
use std::path::Path;

use sqlx::ConnectOptions as _;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use store::{Error, Result};
use tokio::sync::Mutex;

use crate::database::{Begun, Database, Dialect, sqlite_options};
use crate::failure::Failure;
use crate::migrate;
use crate::open::SqlStore;
use crate::statement::{Statement, Value};
use crate::young;

/// What the file that is being written keeps of its pages in memory, in KiB as SQLite writes it: 32 MiB,
/// so that indexes in another order than the rows are not read again and again.
const CACHE_KIB: &str = "-32768";

/// One moment of everything that was committed, for reading.
const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

impl SqlStore {
    /// Writes a consistent copy to a file that does not exist yet. Readers and writers go on meanwhile.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        match &self.shared.database {
            Database::Sqlite { copier, .. } => vacuum(copier, to).await?,
            Database::Postgres(pool) => {
                // Taken before anything is written, so that a copy never replaces a file.
                File::create_new(to).map_err(|error| {
                    Error::Unavailable(format!("cannot make the file {}: {error}", to.display()))
                })?;
                copy_rows(pool, to).await.map_err(Failure::into_error)?;
            }
        }
        sync(to).map_err(|error| Error::Unavailable(format!("the copy may not last: {error}")))
    }
}

async fn vacuum(copier: &SqlitePool, to: &Path) -> Result<()> {
    let name = to
        .to_str()
        .ok_or_else(|| Error::Unavailable(format!("the name of the copy, {}, is not UTF-8", to.display())))?;
    let copied = copy(name).for_sqlite().execute(copier).await;
    copied.map(drop).map_err(|error| Failure::from(error).into_error())
}

async fn copy_rows(pool: &PgPool, to: &Path) -> std::result::Result<(), Failure> {
    let target = sole(fresh_options(to)).await?;
    migrate::apply(&target).await.map_err(|error| Failure::Other(error.to_string()))?;
    let mut snapshot = Begun::Postgres(pool.begin_with(BEGIN_SNAPSHOT).await?);
    let mut begun = target.begin().await?;
    let moved = match tables::transfer(&mut snapshot, &mut begun, Dialect::Sqlite).await {
        Ok(()) => begun.fetch(young::all_merged()).await.map(drop).map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    snapshot.rollback().await?;
    match moved {
        Ok(()) => begun.commit().await?,
        Err(failure) => {
            begun.rollback().await?;
            return Err(failure);
        }
    }
    target.close().await;
    Ok(())
}

/// A file that nobody needs unless it becomes whole: it is put on stable storage once, at the end.
fn fresh_options(file: &Path) -> SqliteConnectOptions {
    sqlite_options(file)
        .journal_mode(SqliteJournalMode::Memory)
        .synchronous(SqliteSynchronous::Off)
        .pragma("cache_size", CACHE_KIB)
}

/// Opens a file for one connection alone.
async fn sole(options: SqliteConnectOptions) -> std::result::Result<Database, sqlx::Error> {
    let connection = options.connect().await?;
    let pool = PoolOptions::new().connect_lazy_with(options);
    Ok(Database::Sqlite { readers: pool.clone(), writer: Mutex::new(connection), copier: pool })
}

/// Puts the copy and its name on stable storage.
fn sync(file: &Path) -> io::Result<()> {
    File::open(file)?.sync_all()?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn copy(to: &str) -> Statement {
    Statement::new("VACUUM INTO $1", [Value::from(to)])
}
