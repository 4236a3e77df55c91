//! Is this what a search can have found?
//!
//! <https://hl7.org/fhir/R4/bundle.html#searchset>

use std::collections::BTreeSet;

use fhir_profiles::Definitions;
use model::{Code, Severity};

use super::resolve::{Entries, Entry};
use crate::checks::{Subject, objects, text};
use crate::findings::Findings;
use crate::place::Place;

pub(super) fn check(subject: &Subject<'_>, entries: &Entries<'_>, findings: &mut Findings) {
    let own = objects(subject.resource, "link").find(|(_, link)| text(link, "relation") == Some("self"));
    let own = own.map(|(_, link)| text(link, "url").unwrap_or_default());
    if own.is_none() {
        let message = "the searchset has no link `self` that says what was searched for";
        findings.warning(Code::BundleRule, subject.place, message);
    }
    let searched = own.map_or_else(BTreeSet::new, types);
    if entries.all.iter().any(|entry| mode(entry).is_none()) {
        let message = "the entries of a searchset should say by search.mode why they are in it";
        findings.warning(Code::BundleRule, subject.place, message);
    }
    for entry in &entries.all {
        let place = subject.place.item("entry", entry.index);
        if entry.resource.is_none() {
            findings.error(
                Code::BundleRule,
                &place,
                "an entry of a searchset has a resource, and this has none",
            );
        } else {
            found(entry, &searched, &place, findings);
        }
    }
}

fn found(entry: &Entry<'_>, searched: &BTreeSet<&str>, place: &Place<'_>, findings: &mut Findings) {
    let mode = mode(entry);
    let resource = place.child("resource");
    let found = entry.resource_type;
    if mode == Some("outcome") {
        if found != "OperationOutcome" {
            let message = format!("an entry of mode `outcome` is an OperationOutcome, not a `{found}`");
            findings.error(Code::BundleRule, &resource, message);
        }
        return;
    }
    if entry.id.is_none() && (mode.is_some() || found != "OperationOutcome") {
        findings.error(Code::BundleRule, &resource, "what a search finds has an id, and this has none");
    }
    if mode == Some("include") || searched.is_empty() || searched.contains(found) {
        return;
    }
    let message = format!(
        "a search for {} does not find a {found}",
        Vec::from_iter(searched.iter().copied()).join(", ")
    );
    let (severity, place) = match mode {
        Some(_) => (Severity::Error, &resource),
        None => (Severity::Warning, place),
    };
    findings.note(severity, Code::BundleRule, place, message);
}

fn mode<'a>(entry: &Entry<'a>) -> Option<&'a str> {
    entry.element.get("search")?.text("mode")
}

/// The types that the URL of a search asks for: `Patient?name=x`, or `?_type=Patient,Observation`; none when
/// it searches otherwise.
fn types(url: &str) -> BTreeSet<&str> {
    let known = |name: &&str| Definitions::r4().resource_type(name).is_some();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let last = path.trim_end_matches("/_search").rsplit('/').next().unwrap_or_default();
    if known(&last) {
        return BTreeSet::from([last]);
    }
    let asked = query.split('&').find_map(|parameter| parameter.strip_prefix("_type="));
    asked.map_or_else(BTreeSet::new, |asked| asked.split(',').filter(known).collect())
}
