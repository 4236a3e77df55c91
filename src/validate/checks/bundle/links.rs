//! Are the Bundle's links what they may be?
//!
//! <https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.link>

use model::Code;

use super::resolve::{Entries, Resolved};
use crate::checks::{Subject, objects, text};
use crate::findings::Findings;

/// Relations of which there is one at most: a page has one first page, and is itself once.
const SINGLE: &[&str] = &["self", "first", "last", "next", "prev", "previous"];

pub(super) fn check(subject: &Subject<'_>, entries: &Entries<'_>, findings: &mut Findings) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, link) in objects(subject.resource, "link") {
        let place = subject.place.item("link", index);
        let relation = text(link, "relation").unwrap_or_default();
        if SINGLE.contains(&relation) && seen.contains(&relation) {
            let message = format!("there is more than one link `{relation}`");
            findings.error(Code::BundleRule, &place, message);
        }
        seen.push(relation);
        if entries.kind == "document" && relation == "stylesheet" {
            stylesheet(text(link, "url").unwrap_or_default(), entries, &place.child("url"), findings);
        }
    }
}

/// A document's stylesheet is an entry of the document, or the one that FHIR publishes.
fn stylesheet(url: &str, entries: &Entries<'_>, place: &crate::place::Place<'_>, findings: &mut Findings) {
    let published = url.contains("hl7.org/fhir/") && url.ends_with(".css");
    if matches!(entries.resolve(0, url), Resolved::Entry(_)) || published {
        return;
    }
    if url.starts_with("http:") || url.starts_with("https:") {
        let message = "stylesheets other than FHIR's own should not be fetched from outside the document";
        return findings.warning(Code::BundleRule, place, message);
    }
    findings.error(Code::BundleRule, place, "the stylesheet is no entry of the document");
}
