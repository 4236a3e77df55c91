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

mod backup;
#[cfg(feature = "bare")]
pub mod bare;
mod body;
mod bulk;
mod cache;
mod check;
mod committer;
mod database;
mod dictionaries;
mod failure;
mod grants;
mod history;
mod jobs;
mod migrate;
mod open;
mod ordered;
mod reader;
mod resources;
mod search;
mod statement;
mod stored;
mod turn;
mod types;
mod young;

pub use backup::{RestoreError, refuse_unless_empty, restore};
pub use migrate::migrate;
pub use open::{OpenError, Options, SqlStore, open};
