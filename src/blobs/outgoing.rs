//! How does a blob go out?

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::stream;
use sha2::{Digest, Sha256};
use store::blobs::Pieces;
use store::{BlobId, Result};

use crate::folder::{blocking, present};

/// Bytes of one piece: many clients at once must fit in memory.
const PIECE_BYTES: u64 = 64 << 10;

/// Bytes that are compared with their hash in one go; in between, a shutdown need not wait.
const VERIFY_BYTES: u64 = 4 << 20;

/// Reads a part of a blob piece by piece.
pub(crate) async fn get(path: PathBuf, range: Range<u64>) -> Result<Pieces> {
    let file = blocking("opening a blob", move || open_at(path, &range)).await?;
    Ok(Box::pin(stream::try_unfold(file, |(file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let (piece, file) =
            tokio::task::spawn_blocking(move || read_piece(file, std::cmp::min(left, PIECE_BYTES)))
                .await
                .map_err(io::Error::other)??;
        let left = left - piece.len() as u64;
        Ok(Some((piece, (file, left))))
    })))
}

/// Tells whether a file holds what its name says; what cannot be read is another matter than damage.
pub(crate) async fn verify(path: PathBuf, id: BlobId) -> Result<bool> {
    const ATTEMPT: &str = "verifying a blob";
    let Some(mut file) = blocking(ATTEMPT, move || present(File::open(path))).await? else {
        return Ok(false);
    };
    let mut hash = Sha256::new();
    loop {
        let (whole, back) = blocking(ATTEMPT, move || {
            let read = io::copy(&mut (&file).take(VERIFY_BYTES), &mut hash)?;
            Ok((read < VERIFY_BYTES, (file, hash)))
        })
        .await?;
        (file, hash) = back;
        if whole {
            return Ok(<[u8; 32]>::from(hash.finalize()) == id.0);
        }
    }
}

/// Opens a file where the range begins; returns how many bytes are wanted, too.
///
/// The caller knows that they are there, so that fewer mean damage, which is told before the first byte
/// has gone out.
fn open_at(path: PathBuf, range: &Range<u64>) -> io::Result<(File, u64)> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() < range.end {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the blob is shorter than it was"));
    }
    file.seek(SeekFrom::Start(range.start))?;
    Ok((file, range.end.saturating_sub(range.start)))
}

fn read_piece(mut file: File, length: u64) -> io::Result<(Bytes, File)> {
    let mut piece = Vec::with_capacity(usize::try_from(length).expect("a piece fits in memory"));
    let read = (&mut file).take(length).read_to_end(&mut piece)?;
    if (read as u64) < length {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the blob ends before its length"));
    }
    Ok((piece.into(), file))
}
