//! Does each bound of large bytes lie where it is said to lie?

use std::ops::Range;
use std::sync::Arc;

use access::{Principal, Verb};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use interactions::{Context, binary};
use model::limits::{BINARY_BYTES_MAX, BINARY_INLINE_BYTES_MAX};
use model::{Instant, VersionId};
use store::blobs::{Pieces, Stored};
use store::{BlobId, Blobs, Error, Method, Result, Version};

use crate::ground::{Ground, key};

const PIECE_BYTES: usize = 64 << 20;

/// Blobs of one length, none of which is kept.
struct Weightless(u64);

#[async_trait]
impl Blobs for Weightless {
    async fn put(&self, mut pieces: Pieces) -> Result<Stored> {
        let mut length = 0;
        while let Some(piece) = pieces.next().await {
            length += piece.map_err(|error| Error::Unavailable(error.to_string()))?.len() as u64;
        }
        Ok(Stored { id: BlobId([0; 32]), length })
    }

    async fn length(&self, _: BlobId) -> Result<Option<u64>> {
        Ok(Some(self.0))
    }

    async fn get(&self, _: BlobId, range: Range<u64>) -> Result<Pieces> {
        let length = usize::try_from(range.end - range.start).expect("it fits in memory");
        Ok(Box::pin(stream::once(async move { Ok(Bytes::from(vec![0; length])) })))
    }

    async fn list(&self, _: Instant) -> Result<Vec<BlobId>> {
        Ok(Vec::new())
    }

    async fn remove(&self, _: BlobId, _: Instant) -> Result<()> {
        Ok(())
    }

    async fn verify(&self, _: BlobId) -> Result<bool> {
        Ok(true)
    }
}

fn context(length: u64) -> Context {
    Context { blobs: Arc::new(Weightless(length)), ..Ground::new().context.clone() }
}

async fn check_sent(length: u64, expected: std::result::Result<u64, &str>) {
    let piece = Bytes::from(vec![0; PIECE_BYTES]);
    let pieces = stream::unfold(length, move |left| {
        let taken = std::cmp::min(left, PIECE_BYTES as u64);
        let piece = piece.slice(..usize::try_from(taken).expect("a piece fits in memory"));
        async move { (taken > 0).then_some((Ok(piece), left - taken)) }
    });
    let demand = (Verb::Create, key("Binary/b").resource_type);
    let received = binary::receive(&context(0), &Principal::Open, demand, Box::pin(pieces)).await;
    let told = received.map(|stored| stored.length).map_err(|failure| failure.code().as_str());
    assert_eq!(told, expected, "{length} bytes");
}

async fn check_inline(length: u64, expected: std::result::Result<(), &str>) {
    let version = Version {
        key: key("Binary/b"),
        version: VersionId(1),
        committed_at: Instant(0),
        method: Method::Put,
        json: Some(Bytes::from_static(br#"{"resourceType":"Binary","id":"b","data":""}"#)),
        blob: Some(BlobId([0; 32])),
    };
    let whole = binary::whole(&context(length), &version).await;
    let told =
        whole.map(|json| assert!(json.len() as u64 > length)).map_err(|failure| failure.code().as_str());
    assert_eq!(told, expected, "{length} bytes");
}

#[tokio::test]
async fn raw_bytes_are_taken_up_to_their_limit_and_refused_one_beyond() {
    check_sent(BINARY_BYTES_MAX, Ok(BINARY_BYTES_MAX)).await;
    check_sent(BINARY_BYTES_MAX + 1, Err("too-large")).await;
}

#[tokio::test]
async fn a_binary_is_served_inside_its_resource_up_to_the_limit_and_raw_beyond() {
    check_inline(BINARY_INLINE_BYTES_MAX, Ok(())).await;
    check_inline(BINARY_INLINE_BYTES_MAX + 1, Err("not-acceptable")).await;
}
