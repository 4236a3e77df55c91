//! What does a reference lead to?
//!
//! References, canonicals, and resources that stand within others:
//! <https://hl7.org/fhir/R4/search.html#reference>. What is contained is no resource of the server, so that only chains
//! lead to it.

use model::reference::{Canonical, Target};

use super::{Place, VERSION, place, versioned};
use crate::hash;
use crate::rows::Indexed;
use crate::types::token::{identifier, kept};
use crate::types::{Element, Sink};

/// The rows that an element becomes.
pub fn index(element: &Element<'_>, sink: &mut Sink<'_>) {
    let value = element.value;
    if let Some(text) = value.as_str() {
        return push_canonical(text, sink);
    }
    if let (Some(resource_type), Some(id)) = (value.text("resourceType"), value.text("id")) {
        return sink.push(local(resource_type, id));
    }
    if let Some(text) = value.text("reference") {
        push_reference(text, sink);
    }
    if let Some(token) = value.get("identifier").and_then(identifier) {
        sink.push_under("identifier", token);
    }
}

fn push_reference(text: &str, sink: &mut Sink<'_>) {
    match place(text, sink.base_url) {
        Some(Place::Local(target)) => push_local(target, sink),
        Some(Place::Foreign { base, target }) => {
            let address = [base, "/", target.resource_type, "/", target.id].concat();
            sink.push(url(&address));
            if let Some(version) = target.version {
                sink.push_under(VERSION, url(&versioned(&address, version)));
            }
        }
        Some(Place::Url(address)) => push_url(address, sink),
        None => push_fragment(text, sink),
    }
}

/// The local id of a contained resource; that of the container itself is empty and leads nowhere new.
fn push_fragment(text: &str, sink: &mut Sink<'_>) {
    if let Some(id) = text.strip_prefix('#').filter(|id| !id.is_empty()) {
        sink.push_fragment(id);
    }
}

/// A canonical that is the address of a resource on this server leads to it, too.
fn push_canonical(text: &str, sink: &mut Sink<'_>) {
    let Some(canonical) = Canonical::parse(text) else { return };
    push_url(text, sink);
    if let Some(Place::Local(target)) = place(canonical.url, sink.base_url) {
        push_local(target, sink);
    }
}

fn push_url(text: &str, sink: &mut Sink<'_>) {
    let Some(canonical) = Canonical::parse(text) else { return };
    sink.push(url(canonical.url));
    if let Some(version) = canonical.version {
        sink.push(url(&[canonical.url, "|", version].concat()));
    }
}

fn push_local(target: Target<'_>, sink: &mut Sink<'_>) {
    sink.push(local(target.resource_type, target.id));
    if let Some(version) = target.version {
        sink.push_under(VERSION, local(target.resource_type, &versioned(target.id, version)));
    }
}

fn local(resource_type: &str, id: &str) -> Indexed {
    Indexed::Reference { target_type: hash::short(resource_type), target: kept(id).into() }
}

fn url(url: &str) -> Indexed {
    Indexed::Reference { target_type: 0, target: kept(url).into() }
}
