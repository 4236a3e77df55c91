//! How are the bytes of a Binary kept apart from its resource?
//!
//! The bytes are a blob; the stored resource holds `"data":""` where its content stood, which no valid
//! Binary holds itself. <https://hl7.org/fhir/R4/binary.html>.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use access::{Demand, Principal, Verb};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::{Engine as _, alphabet};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use model::limits::{BINARY_BYTES_MAX, BINARY_INLINE_BYTES_MAX};
use model::{Code, Issue, Key, Object, ResourceType, Value};
use store::blobs::{Pieces, Stored};
use store::{BlobId, Version};

use crate::{Context, Failure, Result};

/// The type whose raw bytes the server keeps.
pub const TYPE: &str = "Binary";

/// Reads what others write: without padding, or with bits to spare at the end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const MARK: &[u8] = b"\"data\":\"\"";

/// The raw bytes of a request, piece by piece, or why they ended early.
pub type Sent = Pin<Box<dyn Stream<Item = std::result::Result<Bytes, Issue>> + Send>>;

/// Stores the raw bytes of a Binary that `principal` may write.
pub async fn receive(
    context: &Context,
    principal: &Principal,
    (verb, resource_type): (Verb, ResourceType),
    sent: Sent,
) -> Result<Stored> {
    access::decide(principal, &Demand::Type(verb, resource_type))?;
    // Storage only learns that the stream broke; why, is kept here for the client.
    let broken: Arc<Mutex<Option<Issue>>> = Arc::default();
    let note = Arc::clone(&broken);
    let mut length = 0;
    let pieces = sent.map(move |piece| {
        let piece = piece.and_then(|piece| {
            length += piece.len() as u64;
            if length <= BINARY_BYTES_MAX { Ok(piece) } else { Err(too_large()) }
        });
        piece.map_err(|issue| {
            *note.lock().unwrap_or_else(PoisonError::into_inner) = Some(issue);
            std::io::ErrorKind::ConnectionAborted.into()
        })
    });
    let stored = context.blobs.put(Box::pin(pieces)).await;
    match broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(issue) => Err(issue.into()),
        None => Ok(stored?),
    }
}

fn too_large() -> Issue {
    Issue::error(Code::TooLarge, format!("the content is larger than the limit of {BINARY_BYTES_MAX} bytes"))
}

/// The resource that stands for raw bytes.
pub(crate) fn describe(content_type: &str, key: &Key) -> Object {
    let mut resource = Object::with_capacity(5);
    resource.set("resourceType", TYPE);
    resource.set("id", key.id.as_str());
    resource.set("contentType", content_type);
    resource.set("data", "");
    resource
}

/// Moves the data of a Binary into a blob, if it can be given back character for character.
pub(crate) async fn take_data_out(
    context: &Context,
    mut resource: Object,
) -> Result<(Object, Option<BlobId>)> {
    if resource.get("resourceType").and_then(Value::as_str) != Some(TYPE) {
        return Ok((resource, None));
    }
    let Some(Value::String(text)) = resource.get("data") else {
        return Ok((resource, None));
    };
    let plain: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let Ok(data) = LENIENT.decode(plain) else {
        let wrong = Issue::error(Code::InvalidStructure, "the data is not base64").at("Binary.data");
        return Err(wrong.into());
    };
    // What is written otherwise than we write it could not be given back as it was sent, and stays.
    if STANDARD.encode(&data) != text.as_str() {
        return Ok((resource, None));
    }
    let piece = futures_util::stream::once(async move { Ok(Bytes::from(data)) });
    let stored = context.blobs.put(Box::pin(piece)).await?;
    resource.set("data", "");
    Ok((resource, Some(stored.id)))
}

/// The JSON of a version with the data of a Binary in its place.
pub async fn whole(context: &Context, version: &Version) -> Result<Bytes> {
    let json = version.json.clone().unwrap_or_default();
    let Some(blob) = version.blob else {
        return Ok(json);
    };
    let corrupt = || Failure::from(store::Error::Corrupt(version.key.clone()));
    let mark = json.windows(MARK.len()).position(|window| window == MARK).ok_or_else(corrupt)?;
    let length = context.blobs.length(blob).await?.ok_or_else(corrupt)?;
    if length > BINARY_INLINE_BYTES_MAX {
        let message = format!("the content of {} is served as raw bytes only", version.key);
        return Err(Issue::error(Code::NotAcceptable, message).into());
    }
    let data = read_all(context.blobs.get(blob, 0..length).await?).await.map_err(|_| corrupt())?;
    let (before, after) = (&json[..mark], &json[mark + MARK.len()..]);
    Ok(splice(before, &data, after).into())
}

async fn read_all(pieces: Pieces) -> std::io::Result<Vec<u8>> {
    let append = |mut all: Vec<u8>, piece: Bytes| async move {
        all.extend_from_slice(&piece);
        Ok(all)
    };
    pieces.try_fold(Vec::new(), append).await
}

/// An empty content has no `data` at all: FHIR knows no empty strings.
fn splice(before: &[u8], data: &[u8], after: &[u8]) -> Vec<u8> {
    if data.is_empty() {
        return [before.strip_suffix(b",").unwrap_or(before), after].concat();
    }
    [before, b"\"data\":\"", STANDARD.encode(data).as_bytes(), b"\"", after].concat()
}
