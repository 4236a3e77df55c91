//! What is to be done about a document?
//!
//! A resource with an id is put under it. Whatever has none, entries of transactions that would be
//! created included, is put under an id that follows from the document's text, so that to do it again
//! is to change nothing. <https://hl7.org/fhir/R4/bundle.html>

use fhir_profiles::Definitions;
use interactions::{Content, Interaction, Returning};
use model::value::object;
use model::{Id, Key, Object, Value, json};
use sha2::{Digest, Sha256};
use store::Expectation;

use crate::random;

/// One interaction of a document.
pub(super) struct Deed {
    /// Where in the document it stands, for what is told of it.
    pub(super) place: String,
    /// How many resources it brings.
    pub(super) resources: u64,
    /// What to do.
    pub(super) interaction: Interaction,
}

/// Names for the resources of a document that have none.
pub(super) struct Names {
    seed: [u8; 32],
    next: u64,
}

impl Names {
    /// Names that follow from a text and its line.
    pub(super) fn new(text: &[u8], line: u64) -> Self {
        let seed = Sha256::new().chain_update(text).chain_update(line.to_be_bytes()).finalize();
        Self { seed: seed.into(), next: 0 }
    }

    /// The next name: a UUID of version 8 (<https://www.rfc-editor.org/rfc/rfc9562#section-5.8>). All
    /// of one document begin alike, so that they stand beside each other in an index.
    fn next(&mut self) -> Id {
        let digest: [u8; 32] =
            Sha256::new().chain_update(self.seed).chain_update(self.next.to_be_bytes()).finalize().into();
        self.next += 1;
        let mut name = [0; 16];
        name[..6].copy_from_slice(&self.seed[..6]);
        name[6..].copy_from_slice(&digest[..10]);
        name[6] = 0x80 | name[6] & 0x0f;
        name[8] = 0x80 | name[8] & 0x3f;
        random::dashed(name)
    }
}

/// Says what to do about a resource or a Bundle, or why nothing can be done.
pub(super) fn plan(
    resource: Object,
    mut names: Names,
    definitions: &Definitions,
) -> Result<Vec<Deed>, String> {
    let text = |name| resource.get(name).and_then(Value::as_str);
    if text("resourceType") != Some("Bundle") {
        return update("resource".into(), resource, &mut names, definitions).map(|deed| vec![deed]);
    }
    match text("type").unwrap_or_default() {
        "transaction" | "batch" => Ok(vec![requests(resource, names)]),
        "document" | "message" => {
            update("Bundle".into(), resource, &mut names, definitions).map(|deed| vec![deed])
        }
        "collection" | "searchset" => set(resource, names, definitions),
        other => Err(format!(
            "Bundle.type: `{other}` cannot be loaded, expected transaction, batch, collection, searchset, \
             document or message"
        )),
    }
}

/// A resource under its own id, or under one that is made for it.
fn update(
    place: String,
    mut resource: Object,
    names: &mut Names,
    definitions: &Definitions,
) -> Result<Deed, String> {
    let key = key(&mut resource, names, definitions).map_err(|why| format!("{place}: {why}"))?;
    let (content, expect) = (Content::Resource(resource), Expectation::Anything);
    let place = key.to_string();
    Ok(Deed { place, resources: 1, interaction: Interaction::Update { key, content, expect } })
}

fn key(resource: &mut Object, names: &mut Names, definitions: &Definitions) -> Result<Key, String> {
    let name = resource.get("resourceType").and_then(Value::as_str).ok_or("there is no resourceType")?;
    let resource_type = definitions.resource_type(name);
    let resource_type = resource_type.ok_or_else(|| format!("`{name}` is not a resource type of FHIR R4"))?;
    let id = match resource.get("id") {
        Some(id) => id.as_str().and_then(Id::parse).ok_or("the id is not one")?,
        None => names.next(),
    };
    set_id(resource, &id);
    Ok(Key::new(resource_type, id))
}

fn set_id(resource: &mut Object, id: &Id) {
    match resource.get_mut("id") {
        Some(member) => *member = id.as_str().into(),
        None => {
            let after_type = resource.position("resourceType").map_or(0, |place| place + 1);
            resource.insert_at(after_type, "id", id.as_str());
        }
    }
}

/// A batch or transaction, whose creations become updates under ids that are made for them.
fn requests(mut bundle: Object, mut names: Names) -> Deed {
    let mut resources = 0;
    if let Some(Value::Array(entries)) = bundle.get_mut("entry") {
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            resources += u64::from(entry.get("resource").is_some());
            name_creation(entry, &mut names);
        }
    }
    let interaction = Interaction::Bundle { bundle, returning: Returning::Minimal };
    Deed { place: "Bundle".into(), resources, interaction }
}

/// Makes a PUT of a POST to a type. A conditional one keeps its meaning and is left alone.
fn name_creation(entry: &mut Object, names: &mut Names) {
    let creates = entry.get("request").is_some_and(|request| {
        request.text("method") == Some("POST") && request.get("ifNoneExist").is_none()
    });
    let url = entry.get("request").and_then(|request| request.text("url")).unwrap_or_default();
    let resource_type = url.trim_matches('/').to_owned();
    let resource = entry.get_mut("resource").and_then(Value::as_object_mut);
    let Some(resource) = resource.filter(|_| creates && !resource_type.contains('/')) else { return };
    let id = names.next();
    set_id(resource, &id);
    entry.set("request", put(&resource_type, &id));
}

fn put(resource_type: &str, id: &Id) -> Value {
    object([("method", "PUT".into()), ("url", format!("{resource_type}/{id}").into())])
}

/// The resources of a Bundle that asks for nothing: each for itself, or all together when they point at
/// each other by names that mean nothing outside the Bundle.
fn set(mut bundle: Object, mut names: Names, definitions: &Definitions) -> Result<Vec<Deed>, String> {
    let entries = match bundle.remove("entry") {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    let local = |entry: &Value| entry.text("fullUrl").is_some_and(|name| name.starts_with("urn:"));
    let together = entries.iter().any(local);
    let (mut deeds, mut writes) = (Vec::new(), Vec::new());
    for (place, mut entry) in entries.into_iter().enumerate() {
        let place = format!("Bundle.entry[{place}]");
        // A search tells its own troubles in an entry that is not part of what was found.
        if entry.get("search").and_then(|search| search.text("mode")) == Some("outcome") {
            continue;
        }
        let Some(Value::Object(mut resource)) =
            entry.as_object_mut().and_then(|entry| entry.remove("resource"))
        else {
            return Err(format!("{place}: there is no resource"));
        };
        if !together {
            deeds.push(update(place, resource, &mut names, definitions)?);
            continue;
        }
        let key = key(&mut resource, &mut names, definitions).map_err(|why| format!("{place}: {why}"))?;
        let full_url = entry.text("fullUrl").unwrap_or_default();
        let request = put(key.resource_type.as_str(), &key.id);
        writes.push(object([
            ("fullUrl", full_url.into()),
            ("resource", resource.into()),
            ("request", request),
        ]));
    }
    if together {
        let resources = writes.len() as u64;
        let members =
            [("resourceType", "Bundle".into()), ("type", "transaction".into()), ("entry", writes.into())];
        let Value::Object(bundle) = object(members) else { unreachable!("`object` makes objects") };
        let interaction = Interaction::Bundle { bundle, returning: Returning::Minimal };
        deeds.push(Deed { place: "Bundle".into(), resources, interaction });
    }
    Ok(deeds)
}

/// The entries of a batch's or transaction's answer that were not done, in sentences.
pub(super) fn refused_entries(answer: &[u8]) -> Vec<String> {
    // An answer that says nothing of failures need not be read: most of them do not.
    let told = |needle: &[u8]| answer.windows(needle.len()).any(|window| window == needle);
    if !told(br#""OperationOutcome""#) {
        return Vec::new();
    }
    let Ok(answer) = json::parse(answer) else { return Vec::new() };
    let entries = answer.get("entry").map(Value::items).unwrap_or_default();
    let refused = entries.iter().enumerate().filter_map(|(place, entry)| {
        let response = entry.get("response")?;
        let status = response.text("status").filter(|status| !status.starts_with('2'))?;
        let issue = response.get("outcome")?.get("issue")?.items().first()?;
        let why = issue.text("diagnostics").unwrap_or(status);
        Some(format!("Bundle.entry[{place}]: {why}"))
    });
    refused.collect()
}

#[cfg(test)]
mod tests;
