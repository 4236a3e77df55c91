//! How does a database keep it?
//!
//! The promise of `store`, kept by SQLite (the default) and PostgreSQL. Only here is SQL, and only
//! here is sqlx named. A commit's time is its place in the log: `versions.committed_at` is unique and
//! rises from commit to commit, so that one table is history and outbox at once, and whatever asks for
//! a span of time reads a span of the table.
//!
//! Writers queue for one committer, which decides in memory, writes with a few statements and commits
//! once for all who waited ([`committer`]); readers who miss the cache queue for one of two readers,
//! which ask once for all who waited ([`reader`]).

mod open;
mod resources;
mod committer;
mod reader;
mod cache;
mod history;
mod jobs;
mod grants;
mod check;
mod backup;
mod stored;
mod body;
mod dictionaries;
mod types;
mod database;
mod statement;
mod bulk;
mod failure;
mod migrate;
#[cfg(feature = "bare")]
pub mod bare;

pub use migrate::migrate;
pub use open::{OpenError, Options, SqlStore, open};
