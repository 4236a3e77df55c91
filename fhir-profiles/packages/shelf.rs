//! Where are the files of installed packages?
//!
//! This crate touches no files: whoever opens the packages hands in a shelf.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A folder without subfolders, as far as packages need one.
pub trait Shelf: Send + Sync {
    /// The content of the file; none, when there is no such file.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Replaces the file as a whole and for good: by a file beside it, flushed and then renamed.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Removes the file, if it is there.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// What changes when the file is replaced, without reading it; none, when there is no such file.
    fn stamp(&self, name: &str) -> io::Result<Option<Stamp>>;
}

/// Tells two contents of a file apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When the file was replaced, or how often.
    pub modified: u128,
    /// How long it is.
    pub bytes: u64,
}

/// A shelf that is gone with the process.
#[derive(Default)]
pub struct MemoryShelf {
    files: Mutex<BTreeMap<String, (u128, Vec<u8>)>>,
}

impl MemoryShelf {
    fn files(&self) -> MutexGuard<'_, BTreeMap<String, (u128, Vec<u8>)>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names of all files, in order.
    pub fn names(&self) -> Vec<String> {
        self.files().keys().cloned().collect()
    }
}

impl Shelf for MemoryShelf {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files().get(name).map(|(_, bytes)| bytes.clone()))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut files = self.files();
        let (count, content) = files.entry(name.to_owned()).or_default();
        *count += 1;
        *content = bytes.to_owned();
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.files().remove(name);
        Ok(())
    }

    fn stamp(&self, name: &str) -> io::Result<Option<Stamp>> {
        let files = self.files();
        Ok(files.get(name).map(|(count, bytes)| Stamp { modified: *count, bytes: bytes.len() as u64 }))
    }
}
