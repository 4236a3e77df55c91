//! What JSON does this Bundle make?

use bytes::Bytes;

use crate::instant::Instant;
use crate::json::{write_compact, write_string};
use crate::value::Value;

use super::{BundleType, Method};

/// What stands before the entries.
#[derive(Clone, Copy)]
pub struct BundleHead<'a> {
    /// What the Bundle is for.
    pub kind: BundleType,
    /// The Bundle's own id, which clients use to tell pages apart.
    pub id: Option<&'a str>,
    /// How many resources a search found in all, on this page and on others.
    pub total: Option<u64>,
    /// Links to itself and to other pages.
    pub links: &'a [Link<'a>],
}

impl BundleHead<'_> {
    /// A head that says what the Bundle is for and nothing else.
    pub fn new(kind: BundleType) -> Self {
        Self { kind, id: None, total: None, links: &[] }
    }
}

/// A link of the Bundle: `self`, `next`, `previous`, `first`, `last`.
#[derive(Clone, Copy)]
pub struct Link<'a> {
    /// What the link leads to.
    pub relation: &'a str,
    /// Where it leads.
    pub url: &'a str,
}

/// What stands in one entry; all of it is optional.
#[derive(Clone, Copy, Default)]
pub struct EntryParts<'a> {
    /// The resource's own URL.
    pub full_url: Option<&'a str>,
    /// The resource as JSON, which is taken as it is.
    pub resource: Option<&'a [u8]>,
    /// Why it stands in what a search found.
    pub search: Option<SearchMode>,
    /// How the version in a history came to be.
    pub request: Option<(Method, &'a str)>,
    /// What came of a request, or what would be said of a version.
    pub response: Option<Response<'a>>,
}

/// Why an entry stands in what a search found: <https://hl7.org/fhir/R4/valueset-search-entry-mode.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SearchMode {
    /// It matches.
    Match,
    /// A match refers to it, or it to a match.
    Include,
    /// It tells of the search itself.
    Outcome,
}

impl SearchMode {
    /// The code in `Bundle.entry.search.mode`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Include => "include",
            Self::Outcome => "outcome",
        }
    }
}

/// What came of one request: `Bundle.entry.response`.
#[derive(Clone, Copy)]
pub struct Response<'a> {
    /// The HTTP status with its words, `201 Created`.
    pub status: &'a str,
    /// Where the resource is now.
    pub location: Option<&'a str>,
    /// The version, as the header spells it: `W/"1"`.
    pub etag: Option<&'a str>,
    /// When the version was made.
    pub last_modified: Option<Instant>,
    /// The OperationOutcome with hints and warnings.
    pub outcome: Option<&'a Value>,
}

impl<'a> Response<'a> {
    /// A response that says its status and nothing else.
    pub fn new(status: &'a str) -> Self {
        Self { status, location: None, etag: None, last_modified: None, outcome: None }
    }
}

/// A Bundle in the making: the head is written, entries follow one by one.
pub struct BundleWriter {
    json: Vec<u8>,
    has_entries: bool,
}

impl BundleWriter {
    /// Begins a Bundle.
    pub fn new(head: &BundleHead<'_>) -> Self {
        let mut json = Vec::with_capacity(4096);
        json.extend_from_slice(br#"{"resourceType":"Bundle""#);
        text_member("id", head.id, &mut json);
        text_member("type", Some(head.kind.as_str()), &mut json);
        if let Some(total) = head.total {
            begin_member("total", &mut json);
            json.extend_from_slice(total.to_string().as_bytes());
        }
        for (place, link) in head.links.iter().enumerate() {
            json.extend_from_slice(if place == 0 { b",\"link\":[{" } else { b",{" });
            text_member("relation", Some(link.relation), &mut json);
            text_member("url", Some(link.url), &mut json);
            json.push(b'}');
        }
        if !head.links.is_empty() {
            json.push(b']');
        }
        Self { json, has_entries: false }
    }

    /// Appends an entry.
    pub fn entry(&mut self, parts: &EntryParts<'_>) {
        let json = &mut self.json;
        json.extend_from_slice(if self.has_entries { b",{" } else { b",\"entry\":[{" });
        self.has_entries = true;
        text_member("fullUrl", parts.full_url, json);
        if let Some(resource) = parts.resource {
            begin_member("resource", json);
            json.extend_from_slice(resource);
        }
        if let Some(mode) = parts.search {
            begin_member("search", json);
            json.push(b'{');
            text_member("mode", Some(mode.as_str()), json);
            json.push(b'}');
        }
        if let Some((method, url)) = parts.request {
            begin_member("request", json);
            json.push(b'{');
            text_member("method", Some(method.as_str()), json);
            text_member("url", Some(url), json);
            json.push(b'}');
        }
        if let Some(response) = &parts.response {
            write_response(response, json);
        }
        json.push(b'}');
    }

    /// Bytes so far.
    pub fn length(&self) -> usize {
        self.json.len()
    }

    /// Ends the Bundle. FHIR knows no empty arrays: without entries there is no `entry`.
    pub fn finish(mut self) -> Bytes {
        self.json.extend_from_slice(if self.has_entries { b"]}" } else { b"}" });
        self.json.into()
    }
}

fn write_response(response: &Response<'_>, json: &mut Vec<u8>) {
    begin_member("response", json);
    json.push(b'{');
    text_member("status", Some(response.status), json);
    text_member("location", response.location, json);
    text_member("etag", response.etag, json);
    if let Some(instant) = response.last_modified {
        text_member("lastModified", Some(instant.write(&mut [0; 24])), json);
    }
    if let Some(outcome) = response.outcome {
        begin_member("outcome", json);
        write_compact(outcome, json);
    }
    json.push(b'}');
}

fn text_member(name: &str, text: Option<&str>, json: &mut Vec<u8>) {
    if let Some(text) = text {
        begin_member(name, json);
        write_string(text, json);
    }
}

/// Writes a member's name, and a comma unless it is the first of its object.
fn begin_member(name: &str, json: &mut Vec<u8>) {
    if json.last() != Some(&b'{') {
        json.push(b',');
    }
    json.push(b'"');
    json.extend_from_slice(name.as_bytes());
    json.extend_from_slice(b"\":");
}
