//! Do the terminology operations answer as the HL7 terminology ecosystem expects, without a server around them?
//!
//! The cases of mode `general` of <https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/>, run in this process: quicker to
//! build than the suite in `conformance-tests`, which alone says what passes. `ECOSYSTEM` names the cases to be run by
//! a piece of their name, and shows their answers in full. A refusal is held against its text, its place and
//! that it is one; how it is told is the server's.

#![expect(clippy::print_stdout, reason = "what differs is what this is run for")]

#[path = "../../../conformance-tests/tests/suites/ecosystem/compare.rs"]
mod compare;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::Principal;
use fhir_profiles::Definitions;
use interactions::operation::{Call, Target};
use interactions::{
    Answer, Context, Failure, HttpVerb, Interaction, Library, Pairs, Policy, Scrutiny, aside, operation,
};
use model::{Clock, Id, Instant, Object, ResourceType, Value, json, parameters};
use store::memory::Memory;

const PROPERTIES: &[&str] = &[
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.property",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.contains.property",
];

/// How many must pass.
const AT_LEAST: usize = 385;

#[tokio::test]
async fn the_cases_of_the_ecosystem_are_answered() {
    let Some(folder) = suite() else { return };
    let wanted = setting("ECOSYSTEM").unwrap_or_default();
    let place = tempfile::tempdir().expect("a temporary folder can be made");
    let context = context(place.path());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let (mut passed, mut failed) = (0, Vec::new());
    for suite in items(&read(&folder.join("test-cases.json")), "suites").iter().filter(|it| is_general(it)) {
        let setup = items(suite, "setup").iter().filter_map(Value::as_str);
        let setup: Vec<Value> = setup.map(|name| read(&folder.join(name))).collect();
        for case in items(suite, "tests").iter().filter(|it| is_general(it)) {
            let named = [suite, case].map(|it| it.text("name").expect("every case is named")).join("/");
            let count = seen.entry(named.clone()).and_modify(|count| *count += 1).or_insert(1);
            let name = format!("{named}{}", "'".repeat(*count - 1));
            if !name.contains(&wanted) {
                continue;
            }
            match run(&context, case, &setup, &folder, !wanted.is_empty()).await {
                Ok(()) => passed += 1,
                Err(wrong) => failed.push(format!("{name}\t{}", wrong.replace(['\n', '\t'], " "))),
            }
        }
    }
    println!("{passed} passed, {} failed\n{}", failed.len(), failed.join("\n"));
    assert!(!wanted.is_empty() || passed >= AT_LEAST, "{passed} passed where {AT_LEAST} are demanded");
}

async fn run(
    context: &Context,
    case: &Value,
    setup: &[Value],
    folder: &Path,
    is_shown: bool,
) -> Result<(), String> {
    let (target, name) = match case.text("operation") {
        Some("expand") => ("ValueSet", "expand"),
        Some("validate-code") => ("ValueSet", "validate-code"),
        Some("cs-validate-code") => ("CodeSystem", "validate-code"),
        Some("lookup") => ("CodeSystem", "lookup"),
        Some("translate") => ("ConceptMap", "translate"),
        Some("batch-validate") => ("ValueSet", "batch-validate-code"),
        other => return Err(format!("the operation {other:?} is not offered")),
    };
    let mut asked = read(&folder.join(case.text("request").ok_or("no request")?));
    let mut all: Vec<Value> = items(&asked, "parameter").to_vec();
    if let Some(profile) = case.text("profile") {
        all.extend(items(&read(&folder.join(profile)), "parameter").iter().cloned());
    }
    all.extend(setup.iter().map(|resource| parameters::with_resource("tx-resource", resource.clone())));
    let body = asked.as_object_mut().ok_or("the request is no object")?;
    body.set("parameter", all);
    let answer = call(context, target, name, body.clone()).await;
    let mut expected = read(&folder.join(case.text("response").ok_or("no response")?));
    plain(&mut expected);
    without_location(&mut expected);
    let is_refused = case.text("http-code").is_some_and(|code| code.starts_with('4'));
    if is_shown {
        let shown = |value: &Value| String::from_utf8_lossy(&json::to_pretty(value)).into_owned();
        println!("case: {}\nexpected: {}", shown(case), shown(&expected));
        match &answer {
            Ok(found) => println!("found: {}", shown(found)),
            Err(failure) => println!("refused: {:#?}", failure.issues),
        }
    }
    match answer {
        Ok(mut found) if !is_refused => {
            upgrade(&mut found);
            without_location(&mut found);
            compare::compare(&expected, &found, "")
        }
        Ok(_) => Err("answered where a refusal is expected".to_owned()),
        Err(failure) if !is_refused => Err(format!("refused: {}", failure.issues[0].message)),
        Err(failure) => refusal(&expected, &failure),
    }
}

/// Holds the first complaint against the first that is expected: its text and its place.
fn refusal(expected: &Value, failure: &Failure) -> Result<(), String> {
    let issue = &failure.issues[0];
    let status = interactions::status(issue.code);
    if !(400..500).contains(&status) {
        return Err(format!("status {status}"));
    }
    let wanted = &items(expected, "issue")[0];
    let mut found = Object::new();
    found.set("text", issue.message.as_str());
    if let Some(place) = &issue.expression {
        found.set("expression", vec![Value::from(place.as_str())]);
    }
    let mut needed = Object::new();
    needed.set("text", wanted.get("details").and_then(|it| it.get("text")).cloned().unwrap_or(Value::Null));
    if let Some(place) = wanted.get("expression") {
        needed.set("expression", place.clone());
    }
    compare::compare(&needed.into(), &found.into(), "refusal")
}

async fn call(context: &Context, target: &'static str, name: &str, body: Object) -> Result<Value, Failure> {
    let target = Target::Type(ResourceType::known(target));
    let operation = operation::find(operations::ALL, &target, name, HttpVerb::Post)?;
    let call = Call::new(target, Some(body), &Pairs::default());
    match interactions::run(context, &Principal::Open, Interaction::Operation(operation, call)).await? {
        Answer::Resource(resource) => Ok(resource),
        Answer::Again(bytes) | Answer::Bundle(bytes) => Ok(json::parse(&bytes).expect("an answer is JSON")),
        Answer::Version(_) | Answer::Written(_) => panic!("an operation on codes stores nothing"),
    }
}

fn context(place: &Path) -> Context {
    let clock: Clock = Arc::new(|| Instant(1));
    Context {
        store: Arc::new(Memory::new(Arc::clone(&clock))),
        blobs: Arc::new(blobs::Folder::open(place).expect("the folder is new")),
        words: Arc::new(interactions::words::Nowhere),
        definitions: Definitions::r4(),
        library: Arc::new(Library::r4()),
        operations: operations::ALL,
        aside: aside::on_the_spot(),
        clock,
        new_id: Arc::new(|| Id::parse("a29fbd9c-2a4c-4ba1-9ddc-6ea5b5a7a5a1").expect("an id")),
        secret: Arc::new([7; 32]),
        policy: Policy {
            base_url: "http://here.example/fhir".to_owned(),
            client_ids: true,
            scrutiny: Scrutiny::default(),
            software_version: "0".to_owned(),
            started_at: Instant(0),
        },
    }
}

fn is_general(entry: &Value) -> bool {
    matches!(entry.text("mode"), None | Some("general")) && entry.text("name") != Some("metadata")
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

/// Brings the patterns into the form that the comparison reads: `$version$` is that of FHIR, and `|` parts fragments.
fn plain(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(object) => object.iter_mut().for_each(|(_, value)| plain(value)),
        Value::String(text) => {
            let mut written = text.as_str().replace("$version$", "4.0.1");
            if written.starts_with("$fragments:") {
                written = written.replace('|', ";");
            }
            *value = written.as_str().into();
        }
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
    for part in items(extension, "extension") {
        let values = part.as_object().into_iter().flat_map(|part| part.iter());
        let Some((member, value)) = values.into_iter().find(|(name, _)| name.starts_with("value")) else {
            continue;
        };
        let name = part.text("url").filter(|url| *url != "value").unwrap_or(member);
        property.set(name, value.clone());
    }
    property.into()
}

fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).map_or(&[][..], Value::items)
}

/// A file of the suite, some of which begin with a byte order mark.
fn read(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    json::parse(bytes).unwrap_or_else(|error| panic!("{}: {error:?}", path.display()))
}

fn suite() -> Option<PathBuf> {
    let found = setting("SUITES").map(|suites| Path::new(&suites).join("fhir-tx-ecosystem-ig/tests"));
    match found {
        Some(path) if path.exists() => Some(path),
        _ => {
            println!("left out, because SUITES names no folder that holds the cases");
            None
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is told by its surroundings what to run")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
