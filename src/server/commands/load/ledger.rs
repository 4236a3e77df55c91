//! Which files have been loaded before?
//!
//! A file in the data folder, one line for each that was loaded whole: the database, the file's size,
//! the time of its last change, its path. A file that was changed since is another file.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::files::Source;
use crate::config::{Configured, SETTINGS};

/// Its name in the data folder.
const FILE: &str = "loaded.tsv";

/// What has been loaded.
pub(super) struct Ledger {
    path: PathBuf,
    file: File,
    database: String,
    lines: HashSet<String>,
}

impl Ledger {
    /// Opens it; where the database holds nothing, what was loaded before does not count.
    pub(super) fn open(configured: &Configured, database_is_empty: bool) -> Result<Self, String> {
        let path = configured.settings.data.join(FILE);
        let unusable = |error: std::io::Error| format!("cannot use {}: {error}", path.display());
        let lines = match std::fs::read_to_string(&path) {
            Ok(text) if !database_is_empty => text.lines().map(str::to_owned).collect(),
            Ok(_) => HashSet::new(),
            Err(error) if error.kind() == ErrorKind::NotFound => HashSet::new(),
            Err(error) => return Err(unusable(error)),
        };
        let mut how = OpenOptions::new();
        let file = match database_is_empty {
            true => how.create(true).write(true).truncate(true).open(&path),
            false => how.create(true).append(true).open(&path),
        };
        let file = file.map_err(unusable)?;
        // The database as it is shown to people: without its password.
        let shown = SETTINGS.iter().find(|setting| setting.name == "database");
        let database = shown.map(|setting| (setting.show)(&configured.settings)).unwrap_or_default();
        Ok(Self { path, file, database, lines })
    }

    /// Whether this very file was loaded whole.
    pub(super) fn knows(&self, source: &Source) -> bool {
        self.lines.contains(&self.line(source))
    }

    /// Notes that a file was loaded whole.
    pub(super) fn note(&mut self, source: &Source) -> Result<(), String> {
        let line = self.line(source);
        writeln!(self.file, "{line}").map_err(|error| format!("cannot use {}: {error}", self.path.display()))
    }

    fn line(&self, source: &Source) -> String {
        let path = std::path::absolute(&source.path).unwrap_or_else(|_| source.path.clone());
        let (size, changed_at) = (source.bytes, source.changed_at.0);
        // A line break in a path must not make two lines of one.
        format!("{}\t{size}\t{changed_at}\t{:?}", self.database, path)
    }
}
