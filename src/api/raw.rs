//! How are the bytes of a Binary served? <https://hl7.org/fhir/R4/binary.html#rest>
//!
//! Streamed from the blob, whole or by one range (RFC 9110 part 14); several ranges are answered whole.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use interactions::{Failure, Place, binary};
use model::{Code, Issue, json};
use store::Version;

use crate::app::App;
use crate::error;
use crate::negotiate::View;
use crate::respond::insert;

/// Bytes of any type: what a Binary holds that says nothing better.
const UNKNOWN: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Whether raw bytes may be served at this place.
pub(crate) fn may_be_at(place: &Place) -> bool {
    let serves = matches!(place, Place::Instance(_) | Place::Version(..));
    serves && place.resource_type().is_some_and(|resource_type| resource_type.as_str() == binary::TYPE)
}

/// Whether the bytes are wanted, and not the resource around them.
pub(crate) fn is_asked_for(version: &Version, view: &View) -> bool {
    version.key.resource_type.as_str() == binary::TYPE && !view.names_fhir && version.blob.is_some()
}

/// The bytes, or the range of them that was asked for.
pub(crate) async fn respond(app: &App, version: &Version, headers: &HeaderMap) -> Result<Response, Failure> {
    let corrupt = || Failure::from(store::Error::Corrupt(version.key.clone()));
    let blob = version.blob.ok_or_else(corrupt)?;
    let length = app.context.blobs.length(blob).await?.ok_or_else(corrupt)?;
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let part = match range.map(|range| parse_range(range, length)) {
        Some(Asked::Part(part)) => Some(part),
        Some(Asked::Nothing) => {
            let message = format!("no byte of the range is inside the {length} bytes of {}", version.key);
            let mut refused = error::answer(&Issue::error(Code::InvalidRange, message).into());
            insert(refused.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{length}"));
            return Ok(refused);
        }
        Some(Asked::Whole) | None => None,
    };
    let sent = part.clone().unwrap_or(0..length);
    let pieces = app.context.blobs.get(blob, sent.clone()).await?;
    let mut response = Response::new(Body::from_stream(pieces));
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, content_type(version));
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Whatever a Binary holds, a browser must not run it as a page of this server.
    answer.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    insert(answer, header::CONTENT_LENGTH, &(sent.end - sent.start).to_string());
    insert(answer, header::ETAG, &format!("W/\"{}\"", version.version));
    insert(answer, header::LAST_MODIFIED, &model::http_date::write(version.committed_at));
    if let Some(part) = part {
        insert(answer, header::CONTENT_RANGE, &format!("bytes {}-{}/{length}", part.start, part.end - 1));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

fn content_type(version: &Version) -> HeaderValue {
    let resource = version.json.as_deref().and_then(|bytes| json::parse(bytes).ok());
    let text = resource.as_ref().and_then(|resource| resource.text("contentType"));
    text.and_then(|text| HeaderValue::from_str(text).ok()).unwrap_or(UNKNOWN)
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    Nothing,
}

/// A range that cannot be read is passed over, as RFC 9110 asks; one outside is refused.
fn parse_range(range: &str, length: u64) -> Asked {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|spec| spec.split_once('-')) else {
        return Asked::Whole;
    };
    let part = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..std::cmp::min(last.saturating_add(1), length),
        (Ok(first), Err(_)) if last.trim().is_empty() => first..length,
        (Err(_), Ok(suffix)) if first.trim().is_empty() => length.saturating_sub(suffix)..length,
        _ => return Asked::Whole,
    };
    if part.is_empty() { Asked::Nothing } else { Asked::Part(part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes_is_understood() {
        for (range, expected) in [
            ("bytes=0-3", Asked::Part(0..4)),
            ("bytes=4-", Asked::Part(4..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=-99", Asked::Part(0..10)),
            ("bytes=8-99", Asked::Part(8..10)),
            ("bytes=10-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=5-2", Asked::Whole),
            ("bytes=0-1,4-5", Asked::Whole),
            ("lines=1-2", Asked::Whole),
            ("bytes=x-y", Asked::Whole),
        ] {
            assert_eq!(parse_range(range, 10), expected, "{range}");
        }
    }
}
