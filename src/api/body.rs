//! What did the client send?
//!
//! The bytes of a body under a cap of size and of patience, and the resource or patch in them.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use fhir_profiles::Definitions;
use futures_util::stream;
use http_body_util::BodyExt as _;
use interactions::binary;
use interactions::operation::Form;
use model::limits::{BODY_IDLE_MS_MAX, BODY_RATE_MIN};
use model::{Code, Issue, Object, Value, json, xml};
use tokio::time::Instant;

use crate::budget::{Budget, Held};
use crate::encoding;
use crate::negotiate::{self, Format};

/// Reads the whole body, inflated, within `limit` bytes and what is left for all bodies together.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    budget: &Budget,
) -> Result<(Bytes, Held), Issue> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| length > limit as u64) {
        return Err(too_large(limit));
    }
    let mut held = budget.begin();
    let sent = collect(body, limit, &mut held).await?;
    match encoding::coding(headers)? {
        Some(coding) => encoding::decode(coding, sent, limit, budget.begin()).await,
        None => Ok((sent, held)),
    }
}

/// Gathers the pieces; most bodies are one piece, which is not copied.
async fn collect(mut body: Body, limit: usize, held: &mut Held) -> Result<Bytes, Issue> {
    let Some(first) = next_piece(&mut body).await? else {
        return Ok(Bytes::new());
    };
    let started = Instant::now();
    let mut rest: Option<Vec<u8>> = None;
    let mut length = first.len();
    held.grow(length)?;
    while let Some(piece) = next_piece(&mut body).await? {
        length += piece.len();
        if length > limit {
            return Err(too_large(limit));
        }
        patience(started.elapsed(), length)?;
        held.grow(piece.len())?;
        rest.get_or_insert_with(|| first.to_vec()).extend_from_slice(&piece);
    }
    if length > limit { Err(too_large(limit)) } else { Ok(rest.map_or(first, Bytes::from)) }
}

/// The pieces of a body as they come, for whoever does not need it whole.
pub(crate) fn pieces(body: Body) -> binary::Sent {
    let start = (body, Instant::now(), 0);
    Box::pin(stream::try_unfold(start, |(mut body, started, length)| async move {
        let Some(piece) = next_piece(&mut body).await? else { return Ok(None) };
        let length = length + piece.len();
        patience(started.elapsed(), length)?;
        Ok(Some((piece, (body, started, length))))
    }))
}

/// A body that was read already, for whoever takes it by pieces.
pub(crate) fn one_piece(bytes: Bytes) -> binary::Sent {
    Box::pin(stream::once(async { Ok(bytes) }))
}

async fn next_piece(body: &mut Body) -> Result<Option<Bytes>, Issue> {
    loop {
        let frame = tokio::time::timeout(Duration::from_millis(BODY_IDLE_MS_MAX), body.frame()).await;
        match frame {
            Err(_) => return Err(Issue::error(Code::SlowClient, "no byte of the body came for too long")),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => {
                return Err(Issue::error(
                    Code::InvalidEncoding,
                    "the body broke off or is not framed as HTTP asks",
                ));
            }
            Ok(Some(Ok(frame))) => {
                if let Ok(piece) = frame.into_data() {
                    return Ok(Some(piece));
                }
            }
        }
    }
}

/// A body may be slow, but not so slow that it only holds the connection.
fn patience(elapsed: Duration, length: usize) -> Result<(), Issue> {
    let grace = Duration::from_millis(BODY_IDLE_MS_MAX);
    if elapsed > grace && (length as u64) < BODY_RATE_MIN * elapsed.as_secs() {
        return Err(Issue::error(
            Code::SlowClient,
            format!("the body comes slower than {BODY_RATE_MIN} bytes a second"),
        ));
    }
    Ok(())
}

pub(crate) fn too_large(limit: usize) -> Issue {
    Issue::error(Code::TooLarge, format!("the body is larger than the limit of {limit} bytes"))
}

/// The resource in a body.
pub(crate) fn resource(
    headers: &HeaderMap,
    bytes: &Bytes,
    definitions: &Definitions,
) -> Result<Object, Issue> {
    let tree = match format(headers, bytes)? {
        Format::Json => json::parse(bytes),
        Format::Xml => xml::parse(bytes, definitions),
    };
    match tree? {
        Value::Object(resource) => Ok(resource),
        _ => Err(Issue::error(Code::NotAResource, "the body is JSON, but not an object")),
    }
}

/// The form of a body, as operations know it.
pub(crate) fn form(headers: &HeaderMap, bytes: &Bytes) -> Result<Form, Issue> {
    Ok(match format(headers, bytes)? {
        Format::Json => Form::Json,
        Format::Xml => Form::Xml,
    })
}

/// The form of a body: as its media type says, or as it looks when nothing was said.
fn format(headers: &HeaderMap, bytes: &Bytes) -> Result<Format, Issue> {
    let Some(content_type) = content_type(headers)? else {
        let looks = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        return Ok(if looks == Some(&b'<') { Format::Xml } else { Format::Json });
    };
    negotiate::body_format(content_type).ok_or_else(|| {
        let message = format!("`{content_type}` is neither FHIR's JSON nor its XML");
        Issue::error(Code::UnsupportedMediaType, message)
    })
}

/// The media type of the body, if it is said.
pub(crate) fn content_type(headers: &HeaderMap) -> Result<Option<&str>, Issue> {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.map(|value| value.to_str()).transpose();
    text.map_err(|_| Issue::error(Code::InvalidHeader, "`Content-Type` is not text"))
}
