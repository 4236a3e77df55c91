//! Which file holds which blob?
//!
//! `ab/cdef…` holds the blob whose id in hexadecimal is `abcdef…`, so that no directory grows too large;
//! `incoming` holds what is not whole yet. Several processes may share a folder.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use model::Instant;
use store::blobs::{Pieces, Stored};
use store::{BlobId, Blobs, Error, Result};

use crate::{incoming, outgoing};

/// Blobs in a folder of the file system.
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens a folder, which is made when it is not there, and clears away what a crash left half
    /// written. Blocks until that is done.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let root = std::path::absolute(path)?;
        fs::create_dir_all(&root)?;
        // All at once, so that no blob has to wait for its directory to be on stable storage.
        for name in subfolders() {
            create_folder(&root.join(name))?;
        }
        create_folder(&incoming::folder(&root))?;
        sync_folder(&root)?;
        if let Some(parent) = root.parent() {
            sync_folder(parent)?;
        }
        incoming::clear(&root)?;
        Ok(Self { root })
    }

    fn path(&self, id: BlobId) -> PathBuf {
        path(&self.root, id)
    }
}

#[async_trait]
impl Blobs for Folder {
    async fn put(&self, pieces: Pieces) -> Result<Stored> {
        incoming::put(&self.root, pieces).await
    }

    async fn length(&self, id: BlobId) -> Result<Option<u64>> {
        let path = self.path(id);
        blocking("looking at a blob", move || {
            Ok(present(fs::metadata(path))?.filter(fs::Metadata::is_file).map(|it| it.len()))
        })
        .await
    }

    async fn get(&self, id: BlobId, range: Range<u64>) -> Result<Pieces> {
        outgoing::get(self.path(id), range).await
    }

    async fn list(&self, before: Instant) -> Result<Vec<BlobId>> {
        let root = self.root.clone();
        blocking("listing the blobs", move || list(&root, before)).await
    }

    async fn remove(&self, id: BlobId, before: Instant) -> Result<()> {
        let path = self.path(id);
        // Not synced: a blob that comes back after a crash is collected once more.
        blocking("removing a blob", move || {
            let _turn = take_turn(&path)?;
            let old = present(fs::metadata(&path))?.map(|metadata| metadata.modified()).transpose()?;
            if old.is_some_and(|written| written < moment(before)) {
                present(fs::remove_file(&path))?;
            }
            Ok(())
        })
        .await
    }

    async fn verify(&self, id: BlobId) -> Result<bool> {
        outgoing::verify(self.path(id), id).await
    }
}

/// Where a blob stands once it is whole.
pub(crate) fn path(root: &Path, id: BlobId) -> PathBuf {
    let name = id.to_string();
    let (folder, file) = name.split_at(2);
    root.join(folder).join(file)
}

/// Waits until nobody else, in this process or another, removes or replaces names beside `path`; the
/// turn ends when what is returned is dropped. Without it, a blob that is written again could be removed
/// for being old.
pub(crate) fn take_turn(path: &Path) -> io::Result<File> {
    let folder = File::open(path.parent().unwrap_or(Path::new(".")))?;
    folder.lock()?;
    Ok(folder)
}

/// Makes the names in a folder last, as the sync of a file does for its content alone.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Does what blocks where blocking is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
    attempt: &'static str,
    deed: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(deed).await {
        Ok(outcome) => outcome.map_err(|error| failed(attempt, &error)),
        Err(error) => Err(Error::Unavailable(format!("{attempt}: {error}"))),
    }
}

fn failed(attempt: &str, error: &io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::Full,
        _ => Error::Unavailable(format!("{attempt}: {error}")),
    }
}

/// Turns the failure to find something into nothing.
pub(crate) fn present<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        outcome => outcome.map(Some),
    }
}

fn create_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    }
}

fn subfolders() -> impl Iterator<Item = String> {
    (0..=u8::MAX).map(|byte| format!("{byte:02x}"))
}

fn list(root: &Path, before: Instant) -> io::Result<Vec<BlobId>> {
    let before = moment(before);
    let mut blobs = Vec::new();
    for folder in subfolders() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            // What bears another name was put here by somebody else and is left alone.
            let id = name.to_str().and_then(|file| BlobId::parse(&format!("{folder}{file}")));
            let Some(id) = id.filter(|id| path(root, *id).file_name() == Some(&name)) else { continue };
            // Whoever collects may have removed it since the folder was read.
            let Some(metadata) = present(entry.metadata())? else { continue };
            if metadata.is_file() && metadata.modified()? < before {
                blobs.push(id);
            }
        }
    }
    Ok(blobs)
}

fn moment(at: Instant) -> SystemTime {
    let distance = Duration::from_micros(at.0.unsigned_abs());
    let moment = if at.0 < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    moment.expect("microseconds in 64 bits reach less far than the system's time")
}

#[cfg(test)]
mod tests;
