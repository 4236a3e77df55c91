//! How does a batch take its turn?
//!
//! Every command to the database is a way there and back between threads or processes, which costs more
//! than most statements do. So a batch says everything at once: on SQLite, where nobody else can write
//! while the one connection is held, a single text from `BEGIN` to `COMMIT`; on PostgreSQL the lock that
//! orders commits is taken with `BEGIN`, and what is to be written goes as one statement between.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Executor as _, Postgres, Transaction};
use tokio::sync::MutexGuard;

use crate::database::{BEGIN_ON_POSTGRES, Begun, Database, Dialect, roll_back};
use crate::failure::Failure;
use crate::statement::{Row, Statement};

/// Statements that are said at once on SQLite. Each number and length of statements is a text that stays
/// prepared, so that larger batches, which gain least by it, are said piece by piece.
const TOGETHER_MAX: usize = 3;

/// The right to write, until it is used or left. Dropped on PostgreSQL, it is left.
pub(crate) enum Turn<'a> {
    /// The one connection that writes; nothing has begun on it.
    Sqlite(MutexGuard<'a, SqliteConnection>),
    /// A transaction that holds the lock.
    Postgres(Transaction<'static, Postgres>),
}

impl Database {
    /// Waits until nobody else can commit.
    pub(crate) async fn turn(&self) -> Result<Turn<'_>, Failure> {
        match self {
            Database::Sqlite { writer, .. } => Ok(Turn::Sqlite(writer.lock().await)),
            Database::Postgres(pool) => Ok(Turn::Postgres(pool.begin_with(BEGIN_ON_POSTGRES).await?)),
        }
    }
}

impl Turn<'_> {
    /// Which SQL is spoken.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Turn::Sqlite(_) => Dialect::Sqlite,
            Turn::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Asks what stands, which stays so until the turn is over.
    pub(crate) async fn ask(&mut self, statement: Statement) -> Result<Vec<Row>, Failure> {
        let rows = match self {
            Turn::Sqlite(writer) => {
                let rows = statement.for_sqlite().fetch_all(&mut **writer).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Turn::Postgres(tx) => {
                let rows = statement.for_postgres().fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        };
        Ok(rows)
    }

    /// Writes all of it or nothing; when this returns, it is on stable storage.
    pub(crate) async fn commit(self, mut statements: Vec<Statement>) -> Result<(), Failure> {
        match self {
            Turn::Sqlite(mut writer) if statements.len() <= TOGETHER_MAX => {
                let whole = Statement::as_one_transaction(statements);
                let Err(error) = whole.for_sqlite().execute(&mut *writer).await else { return Ok(()) };
                roll_back(&mut writer).await.map_err(cannot_roll_back)?;
                Err(error.into())
            }
            Turn::Sqlite(mut writer) => {
                writer.execute("BEGIN IMMEDIATE").await?;
                within(Begun::Sqlite(writer), statements).await
            }
            Turn::Postgres(tx) => {
                // The first is two in one already, and PostgreSQL allows no more of that in another.
                let rest = statements.split_off(std::cmp::min(1, statements.len()));
                statements.extend(Statement::as_one(rest));
                within(Begun::Postgres(tx), statements).await
            }
        }
    }

    /// Writes nothing.
    pub(crate) async fn leave(self) -> Result<(), Failure> {
        match self {
            Turn::Sqlite(_) => Ok(()),
            Turn::Postgres(tx) => tx.rollback().await.map_err(cannot_roll_back),
        }
    }
}

async fn within(mut begun: Begun<'_>, statements: Vec<Statement>) -> Result<(), Failure> {
    for statement in statements {
        if let Err(error) = begun.fetch(statement).await {
            begun.rollback().await.map_err(cannot_roll_back)?;
            return Err(error.into());
        }
    }
    Ok(begun.commit().await?)
}

/// Nobody knows what a transaction will leave behind that can neither be ended nor undone.
fn cannot_roll_back(error: sqlx::Error) -> Failure {
    Failure::Device(error.to_string())
}
