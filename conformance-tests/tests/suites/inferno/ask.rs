//! What does the server find?
//!
//! A search with all its pages, each looked at as an answer of its own:
//! <https://hl7.org/fhir/R4/http.html#search> and <https://hl7.org/fhir/R4/bundle.html#searchset>.

use model::{Value, json};

use super::data::{Key, Resources, key};
use super::recording::query;
use super::site::Site;

/// How many pages a search may have before it counts as one without end.
const PAGES_MAX: usize = 200;

/// What a search found.
#[derive(Default)]
pub(crate) struct Found {
    /// What matches.
    pub(crate) matches: Resources,
    /// What stands beside it.
    pub(crate) includes: Resources,
}

/// Searches a type and follows the pages to the end.
pub(crate) fn search(
    site: &Site,
    method: &str,
    resource_type: &str,
    pairs: &[(String, String)],
) -> Result<Found, String> {
    let query = query(pairs);
    let mut answer = match method {
        "POST" => {
            let headers = [("Content-Type", "application/x-www-form-urlencoded")];
            site.ask("POST", &format!("/{resource_type}/_search"), &headers, query.as_bytes())?
        }
        _ => site.ask("GET", &format!("/{resource_type}?{query}"), &[], &[])?,
    };
    let mut found = Found::default();
    for _ in 0..PAGES_MAX {
        let bundle = tree(&answer.body, answer.status).map_err(|why| format!("{method} {query}: {why}"))?;
        take_page(&bundle, resource_type, &mut found).map_err(|why| format!("{method} {query}: {why}"))?;
        match link(&bundle, "next") {
            Some(next) => answer = site.ask("GET", next, &[], &[])?,
            None => return Ok(found),
        }
    }
    Err(format!("{method} {query}: there are more than {PAGES_MAX} pages"))
}

/// Reads a resource.
pub(crate) fn read(site: &Site, (resource_type, id): &Key) -> Result<Value, String> {
    let answer = site.ask("GET", &format!("/{resource_type}/{id}"), &[], &[])?;
    let resource =
        tree(&answer.body, answer.status).map_err(|why| format!("GET {resource_type}/{id}: {why}"))?;
    match key(&resource) {
        Some(found) if (&found.0, &found.1) == (resource_type, id) => Ok(resource),
        found => Err(format!("GET {resource_type}/{id} answers {found:?}")),
    }
}

/// The CapabilityStatement.
pub(crate) fn capabilities(site: &Site) -> Result<Value, String> {
    let answer = site.ask("GET", "/metadata", &[("Accept", "application/fhir+json")], &[])?;
    let statement = tree(&answer.body, answer.status)?;
    match statement.text("resourceType") {
        Some("CapabilityStatement") => Ok(statement),
        found => Err(format!("metadata is {found:?}")),
    }
}

fn tree(body: &[u8], status: u16) -> Result<Value, String> {
    if status != 200 {
        return Err(format!("answers {status}: {}", String::from_utf8_lossy(body)));
    }
    json::parse(body).map_err(|error| format!("answers what is no JSON: {error:?}"))
}

fn link<'b>(bundle: &'b Value, relation: &str) -> Option<&'b str> {
    let links = bundle.get("link").map_or(&[][..], Value::items);
    links.iter().find(|link| link.text("relation") == Some(relation))?.text("url")
}

fn take_page(bundle: &Value, resource_type: &str, found: &mut Found) -> Result<(), String> {
    if bundle.text("resourceType") != Some("Bundle") || bundle.text("type") != Some("searchset") {
        return Err("the answer is no searchset".to_owned());
    }
    if link(bundle, "self").is_none() {
        return Err("the Bundle has no self link".to_owned());
    }
    for entry in bundle.get("entry").map_or(&[][..], Value::items) {
        let resource = entry.get("resource").ok_or("an entry has no resource")?;
        let mode = entry.get("search").and_then(|search| search.text("mode"));
        // While an index is being built each answer says so.
        if mode == Some("outcome") && resource.text("resourceType") == Some("OperationOutcome") {
            continue;
        }
        let key = key(resource).ok_or("a resource has no type or id")?;
        if entry.text("fullUrl").is_none() {
            return Err(format!("{key:?} has no fullUrl"));
        }
        match mode {
            Some("match") if key.0 != resource_type => return Err(format!("{key:?} is no {resource_type}")),
            Some("match") => {
                if found.matches.insert(key.clone(), resource.clone()).is_some() {
                    return Err(format!("{key:?} matches twice"));
                }
            }
            Some("include") => drop(found.includes.insert(key, resource.clone())),
            other => return Err(format!("{key:?} has the search mode {other:?}")),
        }
    }
    Ok(())
}
