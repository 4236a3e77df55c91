//! Which large bytes does nobody name any more?
//!
//! A blob is written before the row that names it; when the request ends in between, it stays behind.
//! A collector looks for such blobs every hour. It leaves young ones alone, because their rows may be on
//! the way still. It also drops what was granted and has ended: tokens, codes, notes of assertions.

use std::sync::Arc;
use std::time::Duration;

use access::Permit;
use model::{Clock, Instant};
use store::{Blobs, Store};

/// How often the collector looks.
const EVERY: Duration = Duration::from_secs(3_600);

/// How old a blob must be, in microseconds: far longer than any request runs.
const AGE_MICROS_MIN: i64 = 24 * 3_600 * 1_000_000;

/// Blobs that are looked up at a time.
const BLOBS_AT_A_TIME: usize = 1_000;

/// Looks for blobs without a row, now and every hour.
pub(crate) async fn work(store: Arc<dyn Store>, blobs: Arc<dyn Blobs>, clock: Clock) {
    let mut hour = tokio::time::interval(EVERY);
    loop {
        hour.tick().await;
        let before = Instant(clock().0.saturating_sub(AGE_MICROS_MIN));
        match collect(&*store, &*blobs, before).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(blobs = removed, "removed blobs that no resource names"),
            Err(error) => tracing::warn!(error = %error, "cannot look for blobs that no resource names"),
        }
        let permit = Permit::for_the_server("what has ended is of no use to anybody");
        match store.expire(&permit, clock()).await {
            Ok(0) => {}
            Ok(dropped) => {
                tracing::info!(grants = dropped, "dropped tokens, codes and notes that have ended")
            }
            Err(error) => {
                tracing::warn!(error = %error, "cannot drop tokens, codes and notes that have ended")
            }
        }
    }
}

/// Removes the blobs written before `before` that no row names; returns how many.
async fn collect(store: &dyn Store, blobs: &dyn Blobs, before: Instant) -> store::Result<usize> {
    let mut removed = 0;
    for written in blobs.list(before).await?.chunks(BLOBS_AT_A_TIME) {
        for blob in store.unnamed(written).await? {
            blobs.remove(blob, before).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn only_blobs_that_are_old_and_unnamed_are_removed() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let blobs = blobs::Folder::open(folder.path()).expect("a folder can be opened");
        let store = store::memory::Memory::new(Arc::new(|| Instant(1)));
        let piece = Box::pin(stream::iter([Ok(Bytes::from_static(b"bytes"))]));
        let stored = blobs.put(piece).await.expect("stored");
        assert_eq!(collect(&store, &blobs, Instant(0)).await, Ok(0), "it is young");
        assert_eq!(blobs.length(stored.id).await, Ok(Some(5)));
        assert_eq!(collect(&store, &blobs, Instant(i64::MAX)).await, Ok(1));
        assert_eq!(blobs.length(stored.id).await, Ok(None));
    }
}
