//! What is running while something is measured?
//!
//! One process with the ceilings for the whole run, and one server on a fresh store for each workload.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use conformance_tests::database::Database;
use conformance_tests::process::{self, Process};
use tempfile::TempDir;

use crate::gauge;
use crate::options::Options;

/// The options, the ceilings, and the folder in which all stores of this run are made.
pub(crate) struct Stage {
    pub(crate) options: Options,
    pub(crate) ceilings: Process,
    /// The store that `load` has filled, for who wants to start a server on it.
    pub(crate) loaded: RefCell<Option<Store>>,
    folder: TempDir,
    // Dropped after the process that uses it.
    _ceilings_store: Store,
}

/// The word that this program becomes a server without rows of search by.
pub(crate) const WITHOUT_ROWS: &str = "serve-without-rows";

/// How much a server does with what it stores.
#[derive(Clone, Copy)]
pub(crate) enum Diligence {
    /// All that it does unless it is told otherwise.
    Usual,
    /// The same without rows of search.
    NoRows,
    /// That with a look at names, types and form alone.
    StructureAlone,
}

/// A store: a folder, and the PostgreSQL database if one is used.
pub(crate) struct Store {
    data: PathBuf,
    log: PathBuf,
    database: Option<Database>,
}

/// A server and the store that it serves.
pub(crate) struct Running {
    pub(crate) process: Process,
    pub(crate) store: Store,
}

impl Stage {
    /// Makes the folder and starts the ceilings.
    pub(crate) fn set(options: Options) -> io::Result<Self> {
        let folder = match &options.data {
            Some(folder) => TempDir::new_in(folder)?,
            None => TempDir::new()?,
        };
        let store = Store::make(folder.path(), "ceilings", &options)?;
        let mut command = process::ourselves(&["ceiling"])?;
        command.arg(match &store.database {
            Some(database) => database.url().into(),
            None => store.data.join("bare.db").into_os_string(),
        });
        let ceilings = Process::start(command, &store.log)?;
        Ok(Self { options, ceilings, loaded: RefCell::new(None), folder, _ceilings_store: store })
    }

    /// Makes an empty store under this name.
    pub(crate) fn fresh_store(&self, name: &str) -> io::Result<Store> {
        Store::make(self.folder.path(), name, &self.options)
    }

    /// Starts a server on an empty store under this name.
    pub(crate) fn fresh_server(&self, name: &str) -> io::Result<Running> {
        self.fresh_server_that_does(name, Diligence::Usual)
    }

    /// The same that does less than usual.
    pub(crate) fn fresh_server_that_does(&self, name: &str, diligence: Diligence) -> io::Result<Running> {
        let store = self.fresh_store(name)?;
        let process = store.serve_with(diligence)?;
        Ok(Running { process, store })
    }
}

impl Store {
    fn make(folder: &Path, name: &str, options: &Options) -> io::Result<Self> {
        let (data, log) = (folder.join(name), folder.join(format!("{name}.log")));
        std::fs::create_dir(&data)?;
        process::new_log(&log)?;
        let database = options.database.as_deref().map(Database::create).transpose()?;
        Ok(Self { data, log, database })
    }

    /// Starts a server on it.
    pub(crate) fn serve(&self) -> io::Result<Process> {
        self.serve_with(Diligence::Usual)
    }

    fn serve_with(&self, diligence: Diligence) -> io::Result<Process> {
        let database = self.database.as_ref().map(Database::url);
        let word = if matches!(diligence, Diligence::Usual) { "serve" } else { WITHOUT_ROWS };
        let mut command = process::serve_as(word, &self.data, database)?;
        if matches!(diligence, Diligence::StructureAlone) {
            command.args(["--validation", "structure"]);
        }
        Process::start(command, &self.log)
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.data
    }

    /// Loads a code system from the files of a release.
    pub(crate) fn load_terminology(&self, files: &Path) -> io::Result<()> {
        let mut command = process::ourselves(&["terminology", "load"])?;
        command.arg(files).arg("--data").arg(&self.data);
        let output = command.output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(io::Error::other(format!("the release was not loaded: {said}")))
    }

    /// Its bytes on disk; PostgreSQL keeps its own where this program may not look.
    pub(crate) fn disk_bytes(&self) -> io::Result<Option<u64>> {
        if self.database.is_some() {
            return Ok(None);
        }
        gauge::disk_bytes(&self.data).map(Some)
    }
}
