//! How is the store copied while it runs?
//!
//! SQLite copies itself, as of one moment, into a file that is a database of its own
//! (<https://sqlite.org/lang_vacuum.html#vacuuminto>): restoring is putting it in place. For PostgreSQL
//! its own tools do this better than the server could, point-in-time recovery included, and an
//! operator has them anyway; the error says so.

use std::fs::File;
use std::path::Path;

use store::{Error, Result};

use crate::database::Database;
use crate::failure::Failure;
use crate::open::SqlStore;
use crate::statement::{Statement, Value};

impl SqlStore {
    /// Writes a consistent copy to a file that does not exist yet. Readers and writers go on meanwhile.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        let Database::Sqlite { copier, .. } = &self.shared.database else {
            let advice = "a PostgreSQL database is backed up with pg_basebackup or pg_dump";
            return Err(Error::Unavailable(advice.to_owned()));
        };
        let name = to.to_str().ok_or_else(|| {
            Error::Unavailable(format!("the name of the copy, {}, is not UTF-8", to.display()))
        })?;
        let copied = copy(name).for_sqlite().execute(copier).await;
        copied.map_err(|error| Failure::from(error).into_error())?;
        sync(to).map_err(|error| Error::Unavailable(format!("the copy may not last: {error}")))
    }
}

/// Puts the copy and its name on stable storage.
fn sync(file: &Path) -> std::io::Result<()> {
    File::open(file)?.sync_all()?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn copy(to: &str) -> Statement {
    Statement::new("VACUUM INTO $1", [Value::from(to)])
}
