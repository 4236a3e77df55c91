//! What does the server hold?
//!
//! The resources of Inferno's reference server, each stored by itself under the id that it has, so that an invalid one is
//! refused alone. References within a Bundle are written as the type and id that they lead to.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use model::{Value, json};

use super::site::Site;
use crate::validation::on_all_cores;

/// Type and id.
pub(crate) type Key = (String, String);

/// Resources by what they are called.
pub(crate) type Resources = BTreeMap<Key, Value>;

/// What a folder of resources became.
pub(crate) struct Loaded {
    /// What is stored.
    pub(crate) resources: Resources,
    /// What was not.
    pub(crate) refused: Resources,
    /// What the server answered to that.
    pub(crate) complaints: Vec<String>,
}

/// What a resource is called.
pub(crate) fn key(resource: &Value) -> Option<Key> {
    Some((resource.text("resourceType")?.to_owned(), resource.text("id")?.to_owned()))
}

/// Stores every resource of the files in a folder whose names begin with `prefix`.
pub(crate) fn load(site: &Site, folder: &Path, prefix: &str) -> Loaded {
    let entries = std::fs::read_dir(folder).expect("the suite is readable");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)));
    paths.sort();
    let resources: Vec<Value> = paths.iter().flat_map(|path| read(path)).collect();
    let outcomes = on_all_cores(&resources, |resource| store(site, resource));
    let mut loaded = Loaded { resources: BTreeMap::new(), refused: BTreeMap::new(), complaints: Vec::new() };
    for (resource, outcome) in resources.into_iter().zip(outcomes) {
        let key = key(&resource).expect("every resource of the suite has a type and an id");
        match outcome {
            Ok(()) => drop(loaded.resources.insert(key, resource)),
            Err(why) => {
                loaded.refused.insert(key, resource);
                loaded.complaints.push(why);
            }
        }
    }
    loaded
}

fn store(site: &Site, resource: &Value) -> Result<(), String> {
    let (resource_type, id) = key(resource).ok_or("no type or id")?;
    let headers = [("Content-Type", "application/fhir+json")];
    let target = format!("/{resource_type}/{id}");
    let answer = site.ask("PUT", &target, &headers, &json::to_compact(resource))?;
    match answer.status {
        200 | 201 => Ok(()),
        status => Err(format!("{status} {}", String::from_utf8_lossy(&answer.body))),
    }
}

/// The resources of a file, which is a resource or a Bundle of them.
fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read(path).expect("the suite is readable");
    let tree = json::parse(&text).expect("the suite is JSON");
    let Some(entries) = tree.get("entry") else { return vec![tree] };
    let mut places = HashMap::new();
    for entry in entries.items() {
        let called = entry.get("resource").and_then(key);
        if let (Some(url), Some((resource_type, id))) = (entry.text("fullUrl"), called) {
            places.insert(url.to_owned(), format!("{resource_type}/{id}"));
        }
    }
    let resources = entries.items().iter().filter_map(|entry| entry.get("resource"));
    resources.map(|resource| settled(resource, &places)).collect()
}

/// The same with what it refers to by a temporary URL called by its name.
fn settled(value: &Value, places: &HashMap<String, String>) -> Value {
    match value {
        Value::String(text) => places.get(text.as_str()).map_or(value.clone(), |place| place.as_str().into()),
        Value::Array(items) => Value::Array(items.iter().map(|item| settled(item, places)).collect()),
        Value::Object(object) => {
            let members = object.iter().map(|(name, member)| (name.into(), settled(member, places)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}
