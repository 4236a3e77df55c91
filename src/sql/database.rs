//! How is the database reached?
//!
//! SQLite: a few connections to read and one to write, for which writers queue here rather than in
//! SQLite, whose waiting is by polling. PostgreSQL: one pool.
//! <https://sqlite.org/pragma.html>, <https://www.postgresql.org/docs/15/runtime-config-wal.html>.

use std::path::Path;
use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Error, Executor as _, Postgres, Transaction};
use tokio::sync::{Mutex, MutexGuard};

use crate::statement::{Row, Statement};

/// Connections that read from SQLite; each is a thread of its own.
const SQLITE_READERS: u32 = 4;

/// Connections to PostgreSQL, a fifth of what it allows all clients by default.
const POSTGRES_CONNECTIONS: u32 = 20;

/// Statements that stay prepared on one connection: all of ours, several times over.
const PREPARED_MAX: usize = 512;

/// Bytes of a database page; bodies of the usual size fit several to a page. A commit writes whole pages, most of them
/// for a row or two of the indexes of search, so that larger ones cost more than they save.
const PAGE_BYTES: u32 = 4096;

/// Pages in the write-ahead log before they are copied into the database: 64 MiB.
const CHECKPOINT_PAGES: &str = "16384";

/// What the writer keeps of the pages it changes, in KiB as SQLite writes it: 16 MiB.
const WRITER_CACHE_KIB: &str = "-16384";

/// What each reader keeps: the inner pages of a large store. The rest is in the system's memory already,
/// and mapping the file would count all that was ever read as memory of this process.
const READER_CACHE_KIB: &str = "-4096";

/// How long a connection waits for another process, such as a backup tool, to let go.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Taken by whoever commits on PostgreSQL, so that the order of `committed_at` is the order in which
/// versions appear to readers, whatever process they come from. The number spells "brigid".
pub(crate) const BEGIN_ON_POSTGRES: &str = "BEGIN; SELECT pg_advisory_xact_lock(108223781563748)";

/// Which SQL is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgres,
}

/// A database of either kind.
pub(crate) enum Database {
    /// A file.
    Sqlite {
        /// They only read.
        readers: SqlitePool,
        /// The only one that writes.
        writer: Mutex<SqliteConnection>,
        /// For backups, which SQLite does not allow a connection that may only query.
        copier: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

/// A transaction that has begun. Dropped on PostgreSQL, it is rolled back; on SQLite its owner must
/// say how it ends.
pub(crate) enum Begun<'a> {
    /// On the one connection that writes.
    Sqlite(MutexGuard<'a, SqliteConnection>),
    /// On a connection of the pool.
    Postgres(Transaction<'static, Postgres>),
}

/// How SQLite is opened by everything in this crate.
pub(crate) fn sqlite_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .page_size(PAGE_BYTES)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(false)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(PREPARED_MAX)
        .row_buffer_size(256)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("journal_size_limit", "134217728")
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

impl Database {
    /// Opens a file, which is made when it is not there.
    pub(crate) async fn sqlite(file: &Path) -> Result<Self, Error> {
        let options = sqlite_options(file);
        let writing = options.clone().pragma("cache_size", WRITER_CACHE_KIB);
        let writer = writing.create_if_missing(true).connect().await?;
        let copier = PoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
        let reading = options.pragma("query_only", "ON").pragma("cache_size", READER_CACHE_KIB);
        let readers = PoolOptions::new()
            .max_connections(SQLITE_READERS)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(reading);
        Ok(Self::Sqlite { readers, writer: Mutex::new(writer), copier })
    }

    /// Reaches a server.
    pub(crate) async fn postgres(url: &str) -> Result<Self, Error> {
        let options: PgConnectOptions = url.parse()?;
        let options = options
            .application_name("brigid")
            .statement_cache_capacity(PREPARED_MAX)
            .options([("synchronous_commit", "on")])
            // Every statement reads by an index, and a join looks its few rows up. What the planner takes for better
            // rests on guesses of how many they are.
            .options([("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off")])
            .disable_statement_logging();
        let pool = PoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        Ok(Self::Postgres(pool))
    }

    /// Which SQL it speaks.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Database::Sqlite { .. } => Dialect::Sqlite,
            Database::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Asks, without changing anything.
    pub(crate) async fn fetch(&self, statement: Statement) -> Result<Vec<Row>, Error> {
        match self {
            Database::Sqlite { readers, .. } => {
                statement.for_sqlite().fetch_all(readers).await.map(from_sqlite)
            }
            Database::Postgres(pool) => statement.for_postgres().fetch_all(pool).await.map(from_postgres),
        }
    }

    /// Changes something in a transaction of its own; what it returns is on stable storage.
    pub(crate) async fn change(&self, statement: Statement) -> Result<Vec<Row>, Error> {
        match self {
            Database::Sqlite { writer, .. } => {
                let mut writer = writer.lock().await;
                statement.for_sqlite().fetch_all(&mut *writer).await.map(from_sqlite)
            }
            Database::Postgres(pool) => statement.for_postgres().fetch_all(pool).await.map(from_postgres),
        }
    }

    /// Begins a transaction that no other commit can come between.
    pub(crate) async fn begin(&self) -> Result<Begun<'_>, Error> {
        match self {
            Database::Sqlite { writer, .. } => {
                let mut writer = writer.lock().await;
                writer.execute("BEGIN IMMEDIATE").await?;
                Ok(Begun::Sqlite(writer))
            }
            Database::Postgres(pool) => Ok(Begun::Postgres(pool.begin_with(BEGIN_ON_POSTGRES).await?)),
        }
    }

    /// Lets go of every connection.
    pub(crate) async fn close(&self) {
        match self {
            Database::Sqlite { readers, writer, copier } => {
                tokio::join!(readers.close(), copier.close());
                // The pages of the log are copied now, so that the file alone is the database.
                let checkpoint = writer.lock().await.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
                if let Err(error) = checkpoint {
                    tracing::warn!(%error, "the write-ahead log was left for the next start");
                }
            }
            Database::Postgres(pool) => pool.close().await,
        }
    }
}

impl Begun<'_> {
    /// Runs a statement within.
    pub(crate) async fn fetch(&mut self, statement: Statement) -> Result<Vec<Row>, Error> {
        match self {
            Begun::Sqlite(writer) => statement.for_sqlite().fetch_all(&mut **writer).await.map(from_sqlite),
            Begun::Postgres(tx) => statement.for_postgres().fetch_all(&mut **tx).await.map(from_postgres),
        }
    }

    /// Runs a text of several statements within.
    pub(crate) async fn run(&mut self, text: &'static str) -> Result<(), Error> {
        match self {
            Begun::Sqlite(writer) => sqlx::raw_sql(text).execute(&mut **writer).await.map(drop),
            Begun::Postgres(tx) => sqlx::raw_sql(text).execute(&mut **tx).await.map(drop),
        }
    }

    /// Makes it last. When this returns, it is on stable storage; when it fails, it was rolled back,
    /// unless the database could not be asked any more.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            Begun::Sqlite(mut writer) => match writer.execute("COMMIT").await {
                Ok(_) => Ok(()),
                Err(error) => {
                    roll_back(&mut writer).await?;
                    Err(error)
                }
            },
            Begun::Postgres(tx) => tx.commit().await,
        }
    }

    /// Makes it never have been.
    pub(crate) async fn rollback(self) -> Result<(), Error> {
        match self {
            Begun::Sqlite(mut writer) => roll_back(&mut writer).await,
            Begun::Postgres(tx) => tx.rollback().await,
        }
    }
}

/// Rolls back where SQLite has not done so by itself, as it does after some errors.
pub(crate) async fn roll_back(writer: &mut SqliteConnection) -> Result<(), Error> {
    match writer.execute("ROLLBACK").await {
        Err(Error::Database(error)) if error.message().contains("no transaction is active") => Ok(()),
        other => other.map(drop),
    }
}

fn from_sqlite(rows: Vec<SqliteRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Sqlite).collect()
}

fn from_postgres(rows: Vec<PgRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Postgres).collect()
}
