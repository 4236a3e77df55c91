//! Does the server answer as the HL7 terminology ecosystem expects?
//!
//! The cases of mode `general`, sent to a whole server: <https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/>. What a
//! case sets up travels as `tx-resource`. Expected answers are in the form of R5; ours are brought there first.

mod compare;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use conformance_tests::run::Served;
use conformance_tests::wire;
use model::{Object, Value, json, parameters};

use crate::scoreboard::{Scoreboard, suite};

/// How many must pass.
const AT_LEAST: usize = 387;

/// R5's properties of an expansion as R4 has them.
const PROPERTIES: &[&str] = &[
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.property",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.contains.property",
];

#[test]
fn the_terminology_ecosystem_is_answered() {
    let Some(folder) = suite("fhir-tx-ecosystem-ig/tests") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    let board = runtime.block_on(async {
        let served = Served::start(None).await.expect("a server starts");
        let mut board = Scoreboard::default();
        // A few names stand twice within a suite.
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let all = read(&folder.join("test-cases.json"));
        for suite in all.get("suites").map_or(&[][..], Value::items).iter().filter(|it| is_general(it)) {
            let setup = suite.get("setup").map_or(&[][..], Value::items).iter().filter_map(Value::as_str);
            let setup: Vec<Value> = setup.map(|name| read(&folder.join(name))).collect();
            for case in suite.get("tests").map_or(&[][..], Value::items).iter().filter(|it| is_general(it)) {
                let named = [suite, case].map(|it| it.text("name").expect("every case is named"));
                let count = seen.entry(named.join("/")).and_modify(|count| *count += 1).or_insert(1);
                let name = format!("{}{}", named.join("/"), "'".repeat(*count - 1));
                board.note(name, run(case, &setup, &folder, served.address()).await);
            }
        }
        served.stop().await;
        board
    });
    board.settle("ecosystem", AT_LEAST);
}

fn is_general(entry: &Value) -> bool {
    matches!(entry.text("mode"), None | Some("general")) && entry.text("name") != Some("metadata")
}

async fn run(case: &Value, setup: &[Value], folder: &Path, address: SocketAddr) -> Result<(), String> {
    let path = match case.text("operation") {
        Some("expand") => "ValueSet/$expand",
        Some("validate-code") => "ValueSet/$validate-code",
        Some("cs-validate-code") => "CodeSystem/$validate-code",
        Some("lookup") => "CodeSystem/$lookup",
        Some("translate") => "ConceptMap/$translate",
        Some("batch-validate") => "ValueSet/$batch-validate-code",
        other => return Err(format!("the operation {other:?} is not offered")),
    };
    let mut asked = read(&folder.join(case.text("request").ok_or("no request")?));
    let mut all: Vec<Value> = asked.get("parameter").map_or(&[][..], Value::items).to_vec();
    if let Some(profile) = case.text("profile") {
        let profile = read(&folder.join(profile));
        all.extend(profile.get("parameter").map_or(&[][..], Value::items).iter().cloned());
    }
    all.extend(setup.iter().map(|resource| parameters::with_resource("tx-resource", resource.clone())));
    asked.as_object_mut().ok_or("the request is no object")?.set("parameter", all);
    let mut headers = vec![
        ("Host".to_owned(), address.to_string()),
        ("Content-Type".to_owned(), "application/fhir+json".to_owned()),
        ("Connection".to_owned(), "close".to_owned()),
    ];
    let language = case.text("Accept-Language").map(|it| ("Accept-Language".to_owned(), it.to_owned()));
    headers.extend(language);
    let request =
        wire::write_request(&format!("POST /fhir/{path}"), &headers, &json::to_compact(&asked), false);
    let answer = wire::ask(address, &request).await?;
    let is_refused = case.text("http-code").is_some_and(|code| code.starts_with('4'));
    let mut found = json::parse(&answer.body).map_err(|_| "the answer is no JSON".to_owned())?;
    if is_refused != (400..500).contains(&answer.status) {
        return Err(format!("status {}: {}", answer.status, shown(&found)));
    }
    upgrade(&mut found);
    without_location(&mut found);
    let mut expected = read(&folder.join(case.text("response").ok_or("no response")?));
    without_location(&mut expected);
    fill(&mut expected);
    compare::compare(&expected, &found, "").map_err(|wrong| wrong.replace(['\n', '\t'], " "))
}

/// The first complaint of an answer that should be none.
fn shown(answer: &Value) -> String {
    let issue = answer.get("issue").and_then(|issues| issues.items().first());
    issue.and_then(|issue| issue.text("diagnostics")).unwrap_or("no complaint").chars().take(160).collect()
}

/// Leaves out `location`, which only repeats `expression`: R5 has given it up, and the cases are not of one mind.
fn without_location(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_location),
        Value::Object(object) => {
            if object.get("location").is_some() && object.get("location") == object.get("expression") {
                object.remove("location");
            }
            object.iter_mut().for_each(|(_, value)| without_location(value));
        }
        _ => {}
    }
}

/// Fills in `$version$`, which stands within texts for the version of FHIR.
fn fill(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(fill),
        Value::Object(object) => object.iter_mut().for_each(|(_, value)| fill(value)),
        Value::String(text) => *value = text.as_str().replace("$version$", "4.0.1").as_str().into(),
        _ => {}
    }
}

/// Brings the properties of an expansion into the form of R5.
fn upgrade(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(upgrade),
        Value::Object(object) => {
            let extensions = object.get("extension").map_or(&[][..], Value::items).to_vec();
            let (properties, others): (Vec<Value>, Vec<Value>) = extensions
                .into_iter()
                .partition(|it| PROPERTIES.iter().any(|url| it.text("url") == Some(url)));
            if !properties.is_empty() {
                object.remove("extension");
                object.set("property", properties.iter().map(property).collect::<Vec<_>>());
            }
            if !others.is_empty() {
                object.set("extension", others);
            }
            object.iter_mut().for_each(|(_, value)| upgrade(value));
        }
        _ => {}
    }
}

fn property(extension: &Value) -> Value {
    let mut property = Object::new();
    for part in extension.get("extension").map_or(&[][..], Value::items) {
        let values = part.as_object().into_iter().flat_map(|part| part.iter());
        let Some((member, value)) = values.into_iter().find(|(name, _)| name.starts_with("value")) else {
            continue;
        };
        let name = part.text("url").filter(|url| *url != "value").unwrap_or(member);
        property.set(name, value.clone());
    }
    property.into()
}

/// A file of the suite, some of which begin with a byte order mark.
fn read(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    json::parse(bytes).unwrap_or_else(|error| panic!("{}: {error:?}", path.display()))
}
