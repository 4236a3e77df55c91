//! Whose is this folder of files?
//!
//! One process works with an index at a time. A lock that ends with the process says so; the files stand in a folder
//! of their own beside it, so that they can be cleared away under the lock.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A folder that nobody else uses as long as this is kept.
pub(crate) struct Folder {
    files: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes a folder, which is made when it is not there.
    pub(crate) fn take(path: &Path) -> Result<Self> {
        fs::create_dir_all(path)?;
        let lock = File::options().create(true).truncate(false).write(true).open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Busy),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let files = path.join("files");
        fs::create_dir_all(&files)?;
        Ok(Self { files, _lock: lock })
    }

    /// Where the files of the index stand.
    pub(crate) fn files(&self) -> &Path {
        &self.files
    }

    /// Clears all files away.
    pub(crate) fn clear(&self) -> Result<()> {
        fs::remove_dir_all(&self.files)?;
        Ok(fs::create_dir_all(&self.files)?)
    }
}
