//! How does a store begin and end?

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use model::{Clock, Instant, ResourceType};
use tokio::task::JoinHandle;

use crate::cache::Cache;
use crate::committer::{Committer, Others};
use crate::database::{Database, Dialect};
use crate::dictionaries::Dictionaries;
use crate::failure::Failure;
use crate::migrate;
use crate::reader::Readers;
use crate::search::Lengths;
use crate::statement::Statement;
use crate::types::Types;
use crate::young::{self, Young};

/// What a store is opened with.
pub struct Options<'a> {
    /// A path for SQLite, or a URL that begins with `postgres://`.
    pub url: String,
    /// The time that versions are dated by.
    pub clock: Clock,
    /// Every resource type that is ever written.
    pub types: &'a [ResourceType],
    /// Bytes of current versions that are kept in memory.
    pub cache_bytes: usize,
    /// On PostgreSQL: whether this process is the only one that writes, so that it may keep current
    /// versions in memory. On SQLite it always is.
    pub single_process: bool,
    /// On SQLite: entries of the indexes that stay in memory before they come to their tables, at some 110 bytes each.
    pub young_max: usize,
}

/// Why a store could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// Another process has it open.
    InUse(PathBuf),
    /// It was written by a newer server: its newest migration, and the newest that this one knows.
    Newer(i64, i64),
    /// The folder or the lock file cannot be used.
    Folder(PathBuf, io::Error),
    /// The database refused.
    Database(String),
}

/// A store in SQLite or PostgreSQL.
pub struct SqlStore {
    pub(crate) shared: Arc<Shared>,
    pub(crate) committer: Committer,
    pub(crate) readers: Readers,
    /// Held for as long as the store is, so that no second process opens the same file.
    _lock: Option<File>,
}

/// What the store's tasks share.
pub(crate) struct Shared {
    pub database: Database,
    pub clock: Clock,
    pub types: Types,
    pub dictionaries: Dictionaries,
    /// None where another process may write too.
    pub cache: Option<Cache>,
    /// The entries of the indexes that are not on disk; none where they always are.
    pub young: Option<Young>,
    /// How long ranges of the indexes were.
    pub lengths: Lengths,
}

/// Where a database is.
pub(crate) enum Address<'a> {
    Sqlite(&'a Path),
    Postgres(&'a str),
}

/// Opens a store, and brings its schema up to date.
pub async fn open(options: Options<'_>) -> Result<SqlStore, OpenError> {
    let (database, lock) = connect(&options.url).await?;
    migrate::apply(&database).await?;
    let types = Types::load(&database, options.types).await?;
    let dictionaries = Dictionaries::default();
    dictionaries.load(&database).await?;
    let alone = lock.is_some() || options.single_process;
    let last = newest(&database).await?;
    let cache = (alone && options.cache_bytes > 0).then(|| Cache::new(options.cache_bytes, last));
    let young = (database.dialect() == Dialect::Sqlite).then(|| Young::new(options.young_max));
    let merged = match &young {
        Some(young) => young::recover(&database, young).await?,
        None => last,
    };
    let (clock, lengths) = (options.clock, Lengths::default());
    let shared = Arc::new(Shared { database, clock, types, dictionaries, cache, young, lengths });
    let others = if alone { Others::None } else { Others::Some };
    let committer = Committer::start(&shared, others, last, merged);
    let readers = Readers::start(&shared);
    Ok(SqlStore { shared, committer, readers, _lock: lock })
}

impl SqlStore {
    /// Commits what waits and lets go of the database.
    pub async fn close(&self) {
        self.committer.close().await;
        self.shared.database.close().await;
    }
}

impl Shared {
    /// Makes sure that bodies of these codings can be read: another process may have trained a
    /// dictionary since.
    pub(crate) async fn meet_dictionaries(
        &self,
        mut codings: impl Iterator<Item = i64>,
    ) -> Result<(), Failure> {
        if codings.any(|coding| !self.dictionaries.knows(coding)) {
            self.dictionaries.load(&self.database).await?;
        }
        Ok(())
    }
}

/// Reaches a database, and locks it where it is a file.
pub(crate) async fn connect(url: &str) -> Result<(Database, Option<File>), OpenError> {
    let refused = |error: sqlx::Error| OpenError::Database(error.to_string());
    match Address::parse(url) {
        Address::Postgres(url) => Ok((Database::postgres(url).await.map_err(refused)?, None)),
        Address::Sqlite(path) => {
            let lock = lock(path)?;
            Ok((Database::sqlite(path).await.map_err(refused)?, Some(lock)))
        }
    }
}

impl<'a> Address<'a> {
    pub(crate) fn parse(url: &'a str) -> Self {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Address::Postgres(url);
        }
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        Address::Sqlite(Path::new(path.strip_prefix("//").unwrap_or(path)))
    }
}

/// Makes the folder of a database file and locks the file's name.
fn lock(file: &Path) -> Result<File, OpenError> {
    let path = file.with_added_extension("lock");
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| OpenError::Folder(folder.to_owned(), error))?;
    let lock = File::create(&path).map_err(|error| OpenError::Folder(path.clone(), error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(file.to_owned())),
        Err(TryLockError::Error(error)) => Err(OpenError::Folder(path, error)),
    }
}

pub(crate) async fn newest(database: &Database) -> Result<Instant, Failure> {
    let rows = database.fetch(last_commit()).await?;
    let last = rows.first().map(|row| row.optional_int(0)).transpose()?.flatten();
    Ok(Instant(last.unwrap_or_default()))
}

pub(crate) fn last_commit() -> Statement {
    Statement::new("SELECT MAX(committed_at) FROM versions", [])
}

/// Starts one of the store's own tasks.
#[expect(clippy::disallowed_methods, reason = "the store owns its committer, readers and trainer")]
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(task)
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        OpenError::Database(failure.to_string())
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::InUse(file) => {
                write!(out, "the database {} is in use by another process; stop it first", file.display())
            }
            OpenError::Newer(found, known) => write!(
                out,
                "the database has migration {found} and this server knows {known} at most; start a newer server"
            ),
            OpenError::Folder(path, error) => write!(out, "{} cannot be used: {error}", path.display()),
            OpenError::Database(why) => write!(out, "the database cannot be opened: {why}"),
        }
    }
}

impl std::error::Error for OpenError {}
