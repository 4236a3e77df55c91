//! Does everything in a document or message hang together?
//!
//! What a document's Composition points to is in the document, and each entry is reached from the first one,
//! along references in either direction: <https://hl7.org/fhir/R4/documents.html#content>,
//! <https://hl7.org/fhir/R4/messaging.html#bundle>.

use model::{Code, Object, Severity, Value};

use super::resolve::{Entries, Resolved};
use crate::checks::{Subject, elements, items, objects, text};
use crate::findings::Findings;
use crate::place::Place;

/// What is wrong with a reference that only an entry with another identity could be meant by.
const NAMESAKE: &str = "is in the document only under a fullUrl that the reference does not lead to";

/// Checks that what the Composition in the first entry points to is in the document.
pub(super) fn composition(subject: &Subject<'_>, entries: &Entries<'_>, findings: &mut Findings) {
    let Some(composition) = entries.all.first().and_then(|first| first.resource) else { return };
    let entry = subject.place.item("entry", 0);
    let place = entry.child("resource");
    let mut present = |reference: &Value, place: &Place<'_>| held(entries, reference, place, findings);
    for name in ["subject", "encounter", "custodian"] {
        if let Some(reference) = composition.get(name) {
            present(reference, &place.child(name));
        }
    }
    each(composition, "author", &place, &mut present);
    for (index, attester) in objects(composition, "attester") {
        if let Some(party) = attester.get("party") {
            present(party, &place.item("attester", index).child("party"));
        }
    }
    for (index, event) in objects(composition, "event") {
        each(event, "detail", &place.item("event", index), &mut present);
    }
    sections(composition, &place, &mut present);
}

fn sections(object: &Object, place: &Place<'_>, present: &mut dyn FnMut(&Value, &Place<'_>)) {
    for (index, section) in objects(object, "section") {
        let place = place.item("section", index);
        each(section, "author", &place, present);
        if let Some(focus) = section.get("focus") {
            present(focus, &place.child("focus"));
        }
        each(section, "entry", &place, present);
        sections(section, &place, present);
    }
}

fn each(object: &Object, name: &str, place: &Place<'_>, present: &mut dyn FnMut(&Value, &Place<'_>)) {
    for (index, reference) in items(object, name).iter().enumerate() {
        present(reference, &place.item(name, index));
    }
}

fn held(entries: &Entries<'_>, reference: &Value, place: &Place<'_>, findings: &mut Findings) {
    let Some(literal) = reference.text("reference").filter(|literal| !literal.starts_with('#')) else {
        return;
    };
    let message = match entries.resolve(0, literal) {
        Resolved::Entry(_) => return,
        Resolved::Several(found) => format!("`{literal}` fits {found} entries of the document"),
        Resolved::Namesake => {
            format!("`{literal}` {NAMESAKE}")
        }
        Resolved::Nothing => format!("`{literal}` is not in the document"),
    };
    findings.error(Code::UnresolvedReference, place, message);
}

/// Checks that every entry is reached from the first one.
pub(super) fn check(subject: &Subject<'_>, entries: &Entries<'_>, findings: &mut Findings) {
    let targets = targets(subject, entries, findings);
    let mut sources = vec![Vec::new(); targets.len()];
    for (from, targets) in targets.iter().enumerate() {
        targets.iter().for_each(|target| sources[*target].push(from));
    }
    let links = objects(subject.resource, "link").filter_map(|(_, link)| text(link, "url"));
    let linked = links.filter_map(|url| match entries.resolve(0, url) {
        Resolved::Entry(place) => Some(place),
        _ => None,
    });
    let mut reached = vec![false; targets.len()];
    let mut order = Vec::new();
    visit(std::iter::once(0).chain(linked), &targets, &mut reached, &mut order);
    // Those that point to what is reached are reached too, backwards, and with them all that they point to.
    let mut done = 0;
    while let Some(place) = order.get(done).copied() {
        done += 1;
        for back in &sources[place] {
            if !reached[*back] {
                against(subject, (entries, *back), findings);
                visit(std::iter::once(*back), &targets, &mut reached, &mut order);
            }
        }
    }
    let severity = if entries.kind == "document" { Severity::Error } else { Severity::Warning };
    for (entry, reached) in entries.all.iter().zip(reached) {
        if !reached && entry.resource.is_some() {
            let message = "no reference leads from the first entry to this one or back";
            let place = subject.place.item("entry", entry.index);
            findings.note(severity, Code::BundleRule, &place, message);
        }
    }
}

/// Complains of an entry that is reached against the direction of its references.
fn against(subject: &Subject<'_>, (entries, place): (&Entries<'_>, usize), findings: &mut Findings) {
    let entry = &entries.all[place];
    if entries.kind == "document" && entry.resource_type != "Provenance" {
        let message =
            "the entry is reached only against the direction of its references, as Provenance may be";
        findings.warning(Code::BundleRule, &subject.place.item("entry", entry.index), message);
    }
}

/// Marks what is reached from the entries in `from` and appends it to `order`.
fn visit(
    from: impl Iterator<Item = usize>,
    targets: &[Vec<usize>],
    reached: &mut [bool],
    order: &mut Vec<usize>,
) {
    let mut waiting: Vec<usize> = from.collect();
    while let Some(place) = waiting.pop() {
        if !std::mem::replace(&mut reached[place], true) {
            order.push(place);
            waiting.extend(&targets[place]);
        }
    }
}

/// Which entries each entry points to. Complains of references that miss an entry by its `fullUrl` alone.
fn targets(subject: &Subject<'_>, entries: &Entries<'_>, findings: &mut Findings) -> Vec<Vec<usize>> {
    let of_entry = |(from, entry): (usize, &super::resolve::Entry<'_>)| {
        let mut targets = Vec::new();
        let Some(resource) = entry.resource else { return targets };
        let mut see = |type_name: &str, value: &Value, place: &Place<'_>| {
            let literal = match type_name {
                "Reference" => value.text("reference"),
                "uri" | "url" | "canonical" => value.as_str(),
                _ => None,
            };
            let Some(literal) = literal.filter(|literal| !literal.starts_with('#')) else { return };
            match entries.resolve(from, literal) {
                Resolved::Entry(target) => targets.push(target),
                // What the first entry points to has been looked at already.
                Resolved::Namesake if type_name == "Reference" && from > 0 && entries.kind == "document" => {
                    let message = format!("`{literal}` {NAMESAKE}");
                    findings.warning(Code::UnresolvedReference, place, message);
                }
                _ => {}
            }
        };
        let place = subject.place.item("entry", entry.index);
        let place = place.child("resource");
        elements::each(resource, &place, &mut see);
        for (index, contained) in objects(resource, "contained") {
            elements::each(contained, &place.item("contained", index), &mut see);
        }
        targets
    };
    entries.all.iter().enumerate().map(of_entry).collect()
}
