//! Does every official resource come back as it was sent, in JSON and in XML?
//!
//! The official examples and definitions of R4 are stored over HTTP, read in both forms, and stored again
//! from the XML that was read. `SUITES` names the folder with their packages.

#![expect(clippy::print_stdout, reason = "how many passed is what a suite is run for")]

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use conformance_tests::client::{Connection, write_request};
use conformance_tests::run::Served;
use interactions::Scrutiny;
use model::{Object, Value, json};
use validate::Level;

/// What a published resource says of itself that no server can store, and why.
const REFUSED: [(&str, &str); 1] = [(
    "SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject",
    "its id has more than 64 characters",
)];
const SIDE_BY_SIDE: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn every_official_example_comes_back_as_it_was_sent() {
    check("hl7.fhir.r4.examples-4.0.1.tgz", 743).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_definition_of_r4_comes_back_as_it_was_sent() {
    check("hl7.fhir.r4.core-4.0.1.tgz", 4_000).await;
}

async fn check(package: &str, at_least: usize) {
    let Some(resources) = resources(package) else { return };
    let served = Served::start_with(None, loosely()).await.expect("the server starts");
    let (resources, next) = (Arc::new(resources), Arc::new(AtomicUsize::new(0)));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..SIDE_BY_SIDE {
        let (resources, next, address) = (Arc::clone(&resources), Arc::clone(&next), served.address());
        workers.spawn(async move {
            let mut connection = Connection::open(address).await.expect("the server accepts");
            let mut failures = Vec::new();
            while let Some((name, resource)) = resources.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(failure) = round(&mut connection, resource).await {
                    failures.push(format!("{name}: {failure}"));
                }
            }
            failures
        });
    }
    let failures = workers.join_all().await.concat();
    served.stop().await;
    let passed = resources.len() - failures.len();
    println!("{package}: {passed} passed, {} failed", failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(passed >= at_least, "the package holds {passed} resources where {at_least} are expected");
}

/// Looks at structure alone: a few are not valid as published, and all must come back as they were sent.
fn loosely() -> Scrutiny {
    Scrutiny { level: Level::Structure, ..Scrutiny::default() }
}

/// Stores a resource, reads it in both forms, and stores what was read as XML.
async fn round(connection: &mut Connection, resource: &Object) -> Result<(), String> {
    let text = |name| resource.get(name).and_then(Value::as_str).unwrap_or_default();
    let url = format!("/fhir/{}/{}", text("resourceType"), text("id"));
    let sent = json::to_compact(&Value::Object(resource.clone()));
    ask(connection, &format!("PUT {url}"), "application/fhir+json", &sent).await?;
    let read = ask(connection, &format!("GET {url}"), "application/fhir+json", &[]).await?;
    same(resource, &read, Order::Kept)?;
    let xml = ask(connection, &format!("GET {url}"), "application/fhir+xml", &[]).await?;
    ask(connection, &format!("PUT {url}"), "application/fhir+xml", &xml).await?;
    let read = ask(connection, &format!("GET {url}"), "application/fhir+json", &[]).await?;
    same(resource, &read, Order::Free).map_err(|difference| format!("through XML: {difference}"))
}

async fn ask(connection: &mut Connection, line: &str, media: &str, body: &[u8]) -> Result<Vec<u8>, String> {
    let mut request = Vec::new();
    let headers = [("Accept", media), ("Content-Type", media)];
    write_request(&mut request, line, &headers, body);
    let answer = connection.ask(&request).await.map_err(|error| error.to_string())?;
    if !(200..300).contains(&answer.status) {
        let told = String::from_utf8_lossy(answer.body).into_owned();
        return Err(format!("{line} as {media} answers {}: {told}", answer.status));
    }
    Ok(answer.body.to_vec())
}

/// Whether members must stand where they stood. XML keeps the order of the definitions only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Kept,
    Free,
}

fn same(sent: &Object, read: &[u8], order: Order) -> Result<(), String> {
    let Ok(Value::Object(read)) = json::parse(read) else {
        return Err("what is read is not an object".into());
    };
    let (mut sent, mut read) = (without_server_meta(sent.clone()), without_server_meta(read));
    if order == Order::Free {
        (sent, read) = (sorted(sent), sorted(read));
    }
    if sent == read { Ok(()) } else { Err(first_difference(&sent.into(), &read.into(), "")) }
}

/// Leaves out what the server owns: version, time, and the meta that holds only them.
fn without_server_meta(mut resource: Object) -> Object {
    if let Some(Value::Object(meta)) = resource.get_mut("meta") {
        meta.remove("versionId");
        meta.remove("lastUpdated");
        if meta.is_empty() {
            resource.remove("meta");
        }
    }
    resource
}

fn sorted(object: Object) -> Object {
    let mut members = object.into_members();
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    members.into_iter().map(|(name, value)| (name, sorted_value(value))).collect()
}

/// XML resolves character references and line ends of narrative, which mean the same in XHTML.
fn sorted_value(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with("<div") => resolved(&text).into(),
        Value::Object(object) => sorted(object).into(),
        Value::Array(items) => Value::Array(items.into_iter().map(sorted_value).collect()),
        leaf => leaf,
    }
}

/// Resolves numeric references but those that XML needs, and writes every line end as LF.
fn resolved(div: &str) -> String {
    let mut plain = String::with_capacity(div.len());
    let mut rest = div;
    while let Some(start) = rest.find("&#") {
        let end = rest[start..].find(';').map_or(rest.len(), |length| start + length + 1);
        let digits = rest[start..end].trim_start_matches("&#").trim_end_matches(';');
        let code = match digits.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        };
        plain.push_str(&rest[..start]);
        match code.and_then(char::from_u32) {
            Some(letter) if !matches!(letter, '<' | '>' | '&') => plain.push(letter),
            _ => plain.push_str(&rest[start..end]),
        }
        rest = &rest[end..];
    }
    plain.push_str(rest);
    plain.replace("\r\n", "\n").replace('\r', "\n")
}

/// Names the first place where two trees differ, not what stands there.
fn first_difference(one: &Value, other: &Value, path: &str) -> String {
    if let (Value::Object(one), Value::Object(other)) = (one, other) {
        for ((name, value), (other_name, other_value)) in one.iter().zip(other.iter()) {
            if name != other_name {
                return format!("{path}.{name} stands where {path}.{other_name} is read");
            }
            if value != other_value {
                return first_difference(value, other_value, &format!("{path}.{name}"));
            }
        }
    }
    if let (Value::Array(one), Value::Array(other)) = (one, other)
        && one.len() == other.len()
        && let Some(place) = one.iter().zip(other).position(|(one, other)| one != other)
    {
        return first_difference(&one[place], &other[place], &format!("{path}[{place}]"));
    }
    format!("{path}: {one:?} was sent and {other:?} read")
}

/// The resources of a package by name; none, and a line that says so, without the suites.
fn resources(package: &str) -> Option<Vec<(String, Object)>> {
    #[expect(clippy::disallowed_methods, reason = "where the suites are is no setting of the server")]
    let Some(folder) = std::env::var_os("SUITES") else {
        println!("skipped: SUITES is not set, so there is no {package}");
        return None;
    };
    let path = PathBuf::from(folder).join("packages").join(package);
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut resources = Vec::new();
    for entry in archive.entries().expect("the package is an archive") {
        let mut entry = entry.expect("the package is whole");
        let path = entry.path().expect("names are text").into_owned();
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let is_resource = path.extension().is_some_and(|extension| extension == "json")
            && !matches!(name.as_str(), "package" | ".index");
        if !is_resource || REFUSED.iter().any(|(refused, _)| *refused == name) {
            continue;
        }
        let mut text = Vec::new();
        entry.read_to_end(&mut text).expect("the package is whole");
        if let Ok(Value::Object(resource)) = json::parse(&text)
            && resource.get("resourceType").is_some()
        {
            resources.push((name, resource));
        }
    }
    Some(resources)
}
