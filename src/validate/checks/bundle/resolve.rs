//! Which entry does a reference inside a Bundle mean?
//!
//! By `fullUrl`, as <https://hl7.org/fhir/R4/bundle.html#references> says: a relative reference is completed
//! with the base of the entry that makes it, if that has one.

use std::collections::HashMap;

use fhir_profiles::Definitions;
use model::Object;
use model::reference::Reference;

use crate::checks::{objects, text};

/// The entries of a Bundle.
pub(super) struct Entries<'a> {
    /// The code in `Bundle.type`.
    pub(super) kind: &'a str,
    /// All of them, in order.
    pub(super) all: Vec<Entry<'a>>,
    by_full_url: HashMap<&'a str, Vec<usize>>,
    by_type_and_id: HashMap<&'a str, HashMap<&'a str, Vec<usize>>>,
}

/// An entry and what identifies it.
pub(super) struct Entry<'a> {
    /// The entry itself.
    pub(super) element: &'a Object,
    /// Its place in the Bundle.
    pub(super) index: usize,
    /// The URL that identifies its resource.
    pub(super) full_url: Option<&'a str>,
    /// The resource.
    pub(super) resource: Option<&'a Object>,
    /// The resource's type; empty without one.
    pub(super) resource_type: &'a str,
    /// The resource's id.
    pub(super) id: Option<&'a str>,
    version: Option<&'a str>,
}

/// What a reference inside a Bundle came to.
pub(super) enum Resolved {
    /// The entry at this place among [`Entries::all`].
    Entry(usize),
    /// More than one entry.
    Several(usize),
    /// No entry, though one of the same type and id is there under another `fullUrl`.
    Namesake,
    /// No entry.
    Nothing,
}

impl<'a> Entries<'a> {
    /// The entries of `bundle`.
    pub(super) fn of(bundle: &'a Object) -> Self {
        let all = objects(bundle, "entry").map(|(index, element)| {
            let resource = element.get("resource").and_then(|resource| resource.as_object());
            let of_resource = |name| resource.and_then(|resource| text(resource, name));
            let meta = resource.and_then(|resource| resource.get("meta"));
            Entry {
                element,
                index,
                full_url: text(element, "fullUrl"),
                resource,
                resource_type: of_resource("resourceType").unwrap_or_default(),
                id: of_resource("id"),
                version: meta.and_then(|meta| meta.text("versionId")),
            }
        });
        let all: Vec<Entry<'a>> = all.collect();
        let mut by_full_url: HashMap<_, Vec<usize>> = HashMap::new();
        let mut by_type_and_id: HashMap<_, HashMap<_, Vec<usize>>> = HashMap::new();
        for (place, entry) in all.iter().enumerate() {
            if let Some(full_url) = entry.full_url {
                by_full_url.entry(full_url).or_default().push(place);
            }
            if let Some(id) = entry.id {
                let of_type = by_type_and_id.entry(entry.resource_type).or_default();
                of_type.entry(id).or_default().push(place);
            }
        }
        Self { kind: text(bundle, "type").unwrap_or_default(), all, by_full_url, by_type_and_id }
    }

    /// What `literal`, said by the entry at `from`, points to.
    pub(super) fn resolve(&self, from: usize, literal: &str) -> Resolved {
        let literal = literal.split_once('#').map_or(literal, |(whole, _)| whole);
        let (url, version) = match literal.split_once("/_history/") {
            Some((url, version)) => (url, Some(version)),
            None => (literal, None),
        };
        let is_relative = matches!(Reference::parse(literal), Some(Reference::Relative(_)));
        let own = self.all.get(from).and_then(|entry| entry.full_url);
        let named = match (is_relative, own.map(base)) {
            (false, _) => self.by_full_url.get(url),
            (true, Some(Some(base))) => self.by_full_url.get(format!("{base}/{url}").as_str()),
            // Said by a resource that has an identity of another kind, it has no defined meaning.
            (true, Some(None)) => None,
            (true, None) => self.namesakes(url),
        };
        let fits = |place: &&usize| version.is_none() || self.all[**place].version == version;
        let mut found = named.map_or(&[][..], Vec::as_slice).iter().filter(fits);
        match (found.next(), found.count()) {
            (Some(place), 0) => Resolved::Entry(*place),
            (Some(_), more) => Resolved::Several(more + 1),
            (None, _) if self.namesakes(url).is_some() => Resolved::Namesake,
            (None, _) => Resolved::Nothing,
        }
    }

    /// The entries whose resources have the type and id that the reference ends with.
    fn namesakes(&self, reference: &str) -> Option<&Vec<usize>> {
        let (rest, id) = reference.rsplit_once('/')?;
        let resource_type = rest.rsplit_once('/').map_or(rest, |(_, resource_type)| resource_type);
        self.by_type_and_id.get(resource_type)?.get(id)
    }
}

/// What stands before type and id in a URL of a RESTful server; none for any other.
pub(super) fn base(full_url: &str) -> Option<&str> {
    match Reference::parse(full_url) {
        Some(Reference::Absolute { base, target })
            if full_url.starts_with("http")
                && Definitions::r4().resource_type(target.resource_type).is_some() =>
        {
            Some(base)
        }
        _ => None,
    }
}
