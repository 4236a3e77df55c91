//! Are the entries identified as they must be?
//!
//! <https://hl7.org/fhir/R4/bundle.html#bundle-unique>

use model::{Code, Severity};

use super::resolve::{Entries, Entry, base};
use crate::checks::format::{excerpt, is_absolute};
use crate::checks::{Subject, text};
use crate::findings::Findings;

pub(super) fn check(subject: &Subject<'_>, entries: &Entries<'_>, findings: &mut Findings) {
    let may_lack =
        matches!(entries.kind, "batch" | "transaction" | "batch-response" | "transaction-response");
    // Elsewhere the ids may be those of where the resources came from, and published bundles live by it.
    let severity = match entries.kind {
        "document" => Severity::Error,
        _ => Severity::Warning,
    };
    for entry in &entries.all {
        let place = subject.place.item("entry", entry.index);
        match entry.full_url {
            Some(full_url) if !is_absolute(full_url) => {
                let message = format!("`{}` is no fullUrl: an absolute URL is expected", excerpt(full_url));
                findings.error(Code::BundleRule, &place, message);
            }
            Some(full_url) => {
                if let Err(message) = agrees(entry, full_url) {
                    // A URL of another type is wrong whatever the id; published collections rename ids.
                    let other_type = !full_url.contains(&format!("/{}/", entry.resource_type));
                    let wrong = entries.kind == "collection" && other_type;
                    let severity = if wrong { Severity::Error } else { severity };
                    findings.note(severity, Code::BundleRule, &place, message);
                }
            }
            None if may_lack || entry.element.get("_fullUrl").is_some() => {}
            // What the server says about the whole has no identity.
            None if entry.resource_type == "OperationOutcome" => {}
            None => {
                let message = "the entry has no fullUrl, which only batches and transactions may leave out";
                findings.error(Code::BundleRule, &place, message);
            }
        }
    }
}

/// A URL of a RESTful server ends with the type and id of what it identifies.
fn agrees(entry: &Entry<'_>, full_url: &str) -> Result<(), String> {
    let request = entry.element.get("request");
    let asked = |name: &str| request.and_then(|request| request.text(name)).unwrap_or_default();
    // Which id a posted resource gets, or the one that a search finds has, the server says.
    if asked("method") == "POST" || asked("url").contains('?') {
        return Ok(());
    }
    let (Some(_), Some(resource)) = (base(full_url), entry.resource) else { return Ok(()) };
    let Some(id) = entry.id else {
        return Err(format!(
            "the fullUrl `{}` names a resource with an id, and it has none",
            excerpt(full_url)
        ));
    };
    // Definitions are known by their canonicals too, which may have the form of another server's URL.
    let is_canonical = text(resource, "url") == Some(full_url);
    if is_canonical || full_url.ends_with(&format!("/{}/{id}", entry.resource_type)) {
        return Ok(());
    }
    Err(format!("the fullUrl `{}` must end with `{}/{id}`", excerpt(full_url), entry.resource_type))
}
