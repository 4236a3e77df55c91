//! How does a blob come in whole or not at all?
//!
//! Into a file under a name of its own, which is removed on every way out but the last: the rename to
//! the blob's id. A crash leaves such files behind; whoever opens the folder next removes them.

use std::fs::{self, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use store::blobs::{Pieces, Stored};
use store::{BlobId, Error, Result};
use tempfile::NamedTempFile;

use crate::folder::{self, blocking, present, sync_folder, take_turn};

/// Bytes that are gathered before they are written: handing over to a thread that may block costs about
/// as much as writing a few pages.
const WRITE_BYTES_MIN: usize = 256 << 10;

/// Where blobs stand that are not whole yet; on the same file system, so that a rename suffices.
pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("incoming")
}

/// Removes what nobody writes any more.
pub(crate) fn clear(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder(root))? {
        let path = entry?.path();
        let Some(file) = present(fs::File::open(&path))? else { continue };
        match file.try_lock() {
            Ok(()) => drop(present(fs::remove_file(&path))?),
            // Another process is writing it now.
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
}

/// Stores what comes.
pub(crate) async fn put(root: &Path, mut pieces: Pieces) -> Result<Stored> {
    const ATTEMPT: &str = "storing a blob";
    let root = root.to_owned();
    let beginning = root.clone();
    let mut incoming = blocking(ATTEMPT, move || Incoming::begin(&beginning)).await?;
    let mut gathered = Gathered::default();
    while let Some(piece) = pieces.next().await {
        gathered.push(piece.map_err(|error| Error::Unavailable(format!("receiving a blob: {error}")))?);
        if gathered.bytes >= WRITE_BYTES_MIN {
            let ready = std::mem::take(&mut gathered);
            incoming = blocking(ATTEMPT, move || incoming.write(&ready)).await?;
        }
    }
    blocking(ATTEMPT, move || incoming.write(&gathered)?.finish(&root)).await
}

/// Pieces that wait to be written.
#[derive(Default)]
struct Gathered {
    pieces: Vec<Bytes>,
    bytes: usize,
}

impl Gathered {
    fn push(&mut self, piece: Bytes) {
        self.bytes += piece.len();
        if !piece.is_empty() {
            self.pieces.push(piece);
        }
    }
}

/// A blob that is being written. Dropped, it leaves nothing behind.
struct Incoming {
    file: NamedTempFile,
    hash: Sha256,
    length: u64,
}

impl Incoming {
    fn begin(root: &Path) -> io::Result<Self> {
        let file = NamedTempFile::new_in(folder(root))?;
        // Held until the file is closed, by a crash too. Should another process clear the folder between
        // these two lines, the rename fails and the client tries again.
        file.as_file().lock()?;
        Ok(Self { file, hash: Sha256::new(), length: 0 })
    }

    fn write(mut self, gathered: &Gathered) -> io::Result<Self> {
        for piece in &gathered.pieces {
            self.hash.update(piece);
            self.file.as_file_mut().write_all(piece)?;
        }
        self.length += gathered.bytes as u64;
        Ok(self)
    }

    /// Puts the file in its place. A blob that stands there already is replaced by its like: that heals
    /// a damaged one, and makes it young again, so that the collector does not take what is about to be
    /// named once more.
    fn finish(self, root: &Path) -> io::Result<Stored> {
        let id = BlobId(self.hash.finalize().into());
        let path = folder::path(root, id);
        let parent = path.parent().expect("a blob stands in a folder");
        self.file.as_file().sync_all()?;
        {
            let _turn = take_turn(&path)?;
            self.file.persist(&path)?;
        }
        sync_folder(parent)?;
        Ok(Stored { id, length: self.length })
    }
}
