//! On which state does a request depend?
//!
//! `If-Match`, `If-None-Match`, `If-Modified-Since`: <https://hl7.org/fhir/R4/http.html#concurrency>,
//! RFC 9110 part 13. The ETags are weak and hold the version id.

use axum::http::{HeaderMap, HeaderName, header};
use model::{Code, Instant, Issue, VersionId, http_date};
use store::{Expectation, Version};

/// The state that a write expects.
pub(crate) fn expectation(headers: &HeaderMap) -> Result<Expectation, Issue> {
    let if_match = tags(headers, &header::IF_MATCH)?;
    let if_none_match = tags(headers, &header::IF_NONE_MATCH)?;
    match (if_match, if_none_match) {
        (None, None) => Ok(Expectation::Anything),
        (Some(Tags::Any), None) => Ok(Expectation::Present),
        (Some(Tags::Versions(versions)), None) => Ok(Expectation::OneOf(versions)),
        (None, Some(Tags::Any)) => Ok(Expectation::Absent),
        (None, Some(Tags::Versions(_))) => {
            Err(Issue::error(Code::InvalidHeader, "on a write `If-None-Match` can only be `*`"))
        }
        (Some(_), Some(_)) => {
            Err(Issue::error(Code::InvalidHeader, "`If-Match` and `If-None-Match` cannot both hold"))
        }
    }
}

/// Whether the client has this version already, so that 304 says it all.
pub(crate) fn is_known(headers: &HeaderMap, version: &Version) -> Result<bool, Issue> {
    if let Some(tags) = tags(headers, &header::IF_NONE_MATCH)? {
        return Ok(match tags {
            Tags::Any => true,
            Tags::Versions(versions) => versions.contains(&version.version),
        });
    }
    // A date that cannot be read is passed over, as RFC 9110 asks.
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    let since: Option<Instant> = since.and_then(http_date::parse);
    Ok(since.is_some_and(|since| version.committed_at.seconds() <= since.seconds()))
}

enum Tags {
    Any,
    Versions(Vec<VersionId>),
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Issue> {
    if !headers.contains_key(name) {
        return Ok(None);
    }
    let mut versions = Vec::new();
    for value in headers.get_all(name) {
        let value = value.to_str().unwrap_or_default().trim();
        if value == "*" {
            return Ok(Some(Tags::Any));
        }
        for tag in value.split(',') {
            versions.push(parse_tag(tag.trim()).ok_or_else(|| {
                let message = format!("`{name}: {value}`: entity tags like `W/\"3\"` are expected");
                Issue::error(Code::InvalidHeader, message)
            })?);
        }
    }
    Ok(Some(Tags::Versions(versions)))
}

/// A tag that was never ours names no version: it is well-formed and matches nothing.
fn parse_tag(tag: &str) -> Option<VersionId> {
    let opaque = tag.strip_prefix("W/").unwrap_or(tag);
    let opaque = opaque.strip_prefix('"')?.strip_suffix('"')?;
    let plain = opaque.bytes().all(|byte| byte > b' ' && byte != b'"');
    plain.then(|| VersionId::parse(opaque).unwrap_or(VersionId(0)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(name: HeaderName, value: &'static str, expected: Result<Expectation, Code>) {
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
        assert_eq!(expectation(&headers).map_err(|issue| issue.code), expected, "{value}");
    }

    #[test]
    fn entity_tags_are_versions() {
        let one_of =
            |versions: &[u64]| Ok(Expectation::OneOf(versions.iter().copied().map(VersionId).collect()));
        check(header::IF_MATCH, "W/\"3\"", one_of(&[3]));
        check(header::IF_MATCH, "\"3\", W/\"4\"", one_of(&[3, 4]));
        check(header::IF_MATCH, "W/\"abc\"", one_of(&[0]));
        check(header::IF_MATCH, "*", Ok(Expectation::Present));
        check(header::IF_NONE_MATCH, "*", Ok(Expectation::Absent));
        check(header::IF_NONE_MATCH, "W/\"3\"", Err(Code::InvalidHeader));
        check(header::IF_MATCH, "3", Err(Code::InvalidHeader));
        check(header::IF_MATCH, "", Err(Code::InvalidHeader));
    }
}
