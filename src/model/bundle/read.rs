//! What does this batch or transaction ask for?
//!
//! An entry that is no request fails alone in a batch and takes all others with it in a transaction;
//! so each entry is a result of its own, and the caller decides.

use std::collections::HashMap;

use crate::issue::{Code, Issue};
use crate::value::{Object, Text, Value};

use super::{BundleType, Method};

/// A batch or a transaction that was read.
pub struct Bundle {
    /// Whether its requests stand for themselves or fall together.
    pub submission: Submission,
    /// Its entries in order, each with all that is wrong with it.
    pub entries: Vec<Result<Entry, Vec<Issue>>>,
}

/// How the requests of a Bundle hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submission {
    /// Each stands for itself.
    Batch,
    /// All or none.
    Transaction,
}

/// One request with what belongs to it.
pub struct Entry {
    /// The name by which other entries refer to the resource.
    pub full_url: Option<Text>,
    /// What is to be done.
    pub request: Request,
    /// The resource, which POST, PUT and PATCH always have.
    pub resource: Option<Object>,
}

/// What is to be done: `Bundle.entry.request`, texts as the client wrote them.
pub struct Request {
    /// The HTTP verb.
    pub method: Method,
    /// The URL, usually relative to the server's base; never empty.
    pub url: Text,
    /// The version that must be the current one.
    pub if_match: Option<Text>,
    /// The version that must not be the current one.
    pub if_none_match: Option<Text>,
    /// The query that must find nothing.
    pub if_none_exist: Option<Text>,
}

/// Takes a Bundle apart; fails as a whole when it is no batch and no transaction.
pub fn read(mut bundle: Object) -> Result<Bundle, Vec<Issue>> {
    let submission = submission(&bundle).map_err(|issue| vec![issue])?;
    let items = match bundle.remove("entry") {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(vec![wrong("the entries are not an array", "Bundle.entry")]),
    };
    let mut entries: Vec<_> = items.into_iter().enumerate().map(|(place, item)| entry(item, place)).collect();
    refuse_repeated_full_urls(&mut entries);
    Ok(Bundle { submission, entries })
}

fn submission(bundle: &Object) -> Result<Submission, Issue> {
    if bundle.get("resourceType").and_then(Value::as_str) != Some("Bundle") {
        let message = "the base takes Bundles; other resources are posted to their type";
        return Err(Issue::error(Code::WrongType, message));
    }
    match bundle.get("type").and_then(Value::as_str).and_then(BundleType::parse) {
        Some(BundleType::Batch) => Ok(Submission::Batch),
        Some(BundleType::Transaction) => Ok(Submission::Transaction),
        _ => {
            let message = "the Bundle's type must be `batch` or `transaction` to be processed";
            Err(Issue::error(Code::BundleType, message).at("Bundle.type"))
        }
    }
}

fn entry(item: Value, place: usize) -> Result<Entry, Vec<Issue>> {
    let path = format!("Bundle.entry[{place}]");
    let Value::Object(mut entry) = item else {
        return Err(vec![wrong("the entry is not an object", path)]);
    };
    let mut issues = Vec::new();
    let full_url = optional_text(&mut entry, "fullUrl", &path, &mut issues);
    if full_url.as_ref().is_some_and(|url| !is_full_url(url)) {
        issues.push(wrong("a fullUrl is absolute and names no version", format!("{path}.fullUrl")));
    }
    let resource = resource(&mut entry, &path, &mut issues);
    let request = request(&mut entry, &path, &mut issues);
    if let Some(request) = &request
        && request.method.has_content()
        && resource.is_none()
    {
        let message = format!("a request with {} needs a resource", request.method.as_str());
        issues.push(wrong(message, format!("{path}.resource")));
    }
    match request {
        Some(request) if issues.is_empty() => Ok(Entry { full_url, request, resource }),
        _ => Err(issues),
    }
}

/// Takes the resource out of an entry; a missing one is a matter of the request.
fn resource(entry: &mut Object, path: &str, issues: &mut Vec<Issue>) -> Option<Object> {
    match entry.remove("resource")? {
        Value::Object(resource) if matches!(resource.get("resourceType"), Some(Value::String(_))) => {
            Some(resource)
        }
        _ => {
            issues.push(wrong("the entry's resource says no type", format!("{path}.resource")));
            None
        }
    }
}

/// Takes the request out of an entry; whenever there is none, an issue says why.
fn request(entry: &mut Object, path: &str, issues: &mut Vec<Issue>) -> Option<Request> {
    let path = format!("{path}.request");
    let Some(Value::Object(mut request)) = entry.remove("request") else {
        issues.push(wrong("the entry says no request", path));
        return None;
    };
    let mut text = |name| optional_text(&mut request, name, &path, issues);
    let (code, url) = (text("method"), text("url"));
    let (if_match, if_none_match, if_none_exist) =
        (text("ifMatch"), text("ifNoneMatch"), text("ifNoneExist"));
    let method = code.as_deref().and_then(Method::parse);
    if method.is_none() {
        issues.push(wrong("the method must be one of the six HTTP verbs", format!("{path}.method")));
    }
    let url = url.filter(|url| !url.is_empty());
    if url.is_none() {
        issues.push(wrong("the request says no url", format!("{path}.url")));
    }
    Some(Request { method: method?, url: url?, if_match, if_none_match, if_none_exist })
}

fn optional_text(object: &mut Object, name: &str, path: &str, issues: &mut Vec<Issue>) -> Option<Text> {
    match object.remove(name)? {
        Value::String(text) => Some(text),
        _ => {
            issues.push(wrong(format!("`{name}` is not a string"), format!("{path}.{name}")));
            None
        }
    }
}

/// Whether a text has a scheme and names no version, as invariant bdl-8 asks.
fn is_full_url(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    !scheme.is_empty() && scheme.bytes().all(allowed) && !text.contains("/_history/")
}

/// Refuses every entry whose fullUrl an earlier one has: a reference to it would mean either.
fn refuse_repeated_full_urls(entries: &mut [Result<Entry, Vec<Issue>>]) {
    let mut first: HashMap<Text, usize> = HashMap::new();
    for (place, entry) in entries.iter_mut().enumerate() {
        let Some(full_url) = entry.as_ref().ok().and_then(|entry| entry.full_url.clone()) else { continue };
        if let Some(earlier) = first.get(&full_url) {
            let message = format!("the entry has the same fullUrl as entry {earlier}");
            let issue = Issue::error(Code::DuplicateEntry, message);
            *entry = Err(vec![issue.at(format!("Bundle.entry[{place}].fullUrl"))]);
        } else {
            first.insert(full_url, place);
        }
    }
}

fn wrong(message: impl Into<String>, expression: impl Into<String>) -> Issue {
    Issue::error(Code::InvalidEntry, message).at(expression)
}
