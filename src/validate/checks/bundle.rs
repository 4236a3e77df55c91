//! Does the Bundle keep the rules of its type?
//!
//! Identity and order of entries, links, and for documents and messages that everything hangs together:
//! <https://hl7.org/fhir/R4/bundle.html>, <https://hl7.org/fhir/R4/documents.html>. What Bundle's invariants
//! say already is not repeated; signatures are not verified.

mod entries;
mod links;
mod reach;
mod resolve;
mod searchset;

use model::Code;

use self::resolve::Entries;
use super::Subject;
use crate::findings::Findings;

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let entries = Entries::of(subject.resource);
    links::check(subject, &entries, findings);
    match entries.kind {
        "document" | "message" if entries.all.is_empty() => {
            let message = format!("a {} begins with an entry, and there is none", entries.kind);
            return findings.error(Code::BundleRule, subject.place, message);
        }
        "document" => lead(subject, &entries, "Composition", findings),
        "message" => lead(subject, &entries, "MessageHeader", findings),
        "searchset" => searchset::check(subject, &entries, findings),
        _ => {}
    }
    entries::check(subject, &entries, findings);
}

/// Checks that the first entry is what leads such a Bundle, and that all others hang together with it.
fn lead(subject: &Subject<'_>, entries: &Entries<'_>, leader: &str, findings: &mut Findings) {
    let entry = subject.place.item("entry", 0);
    let found = entries.all.first().map_or("", |first| first.resource_type);
    if found != leader {
        let message = format!("a {} begins with a {leader}, not with `{found}`", entries.kind);
        findings.error(Code::BundleRule, &entry, message);
    } else if leader == "Composition" {
        reach::composition(subject, entries, findings);
    }
    reach::check(subject, entries, findings);
}

#[cfg(test)]
mod tests;
