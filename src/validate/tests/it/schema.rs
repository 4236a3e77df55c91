//! Do our JSON Schemas, our structural check and validation refuse what the official schema refuses?
//!
//! <https://hl7.org/fhir/R4/json.html#schema>. All official examples are judged as published and with one thing
//! spoiled at a time. The official schema is the oracle for refusals only: it also refuses some valid ones, such as
//! `null` between the companions of a primitive that repeats.

mod spoil;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use fhir_profiles::{Definitions, Registry, package, structure};
use jsonschema::Validator;
use model::{Object, Severity, Value, json, value::object};
use terminology::Terminology;
use validate::{Level, Request, Rules, validate};

use spoil::Spoilt;

const EXAMPLES: &str = "packages/hl7.fhir.r4.examples-4.0.1.tgz";
const OFFICIAL: &str = "fhir-r4-schemas/fhir.schema.json";

/// Resources that the package holds: 746 examples, and all definitions of R4.
const RESOURCES_COUNT: usize = 5_306;

/// Resources of one type that are spoilt; a few of each type reach every element that examples have.
const OF_ONE_TYPE_MAX: usize = 4;

/// Resources that are invalid as published.
const INVALID: &[(&str, &str)] = &[
    ("ImplementationGuide-fhir", "a definition without a resource"),
    ("ig-r4", "a definition without a resource"),
    ("Questionnaire-qs1", "an item without a type"),
    ("SearchParameter-codesystem-extensions-CodeSystem-author", NO_BASE),
    ("SearchParameter-codesystem-extensions-CodeSystem-effective", NO_BASE),
    ("SearchParameter-codesystem-extensions-CodeSystem-end", NO_BASE),
    ("SearchParameter-codesystem-extensions-CodeSystem-keyword", NO_BASE),
    ("SearchParameter-codesystem-extensions-CodeSystem-workflow", NO_BASE),
    ("SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject", "a long id"),
    ("SearchParameter-valueset-extensions-ValueSet-author", NO_BASE),
    ("SearchParameter-valueset-extensions-ValueSet-effective", NO_BASE),
    ("SearchParameter-valueset-extensions-ValueSet-end", NO_BASE),
    ("SearchParameter-valueset-extensions-ValueSet-keyword", NO_BASE),
    ("SearchParameter-valueset-extensions-ValueSet-workflow", NO_BASE),
];
const NO_BASE: &str = "a search parameter of no resource type";

/// How many spoilt examples the official schema must have refused, or the test has judged nothing.
const REFUSALS_MIN: usize = 5_000;

#[test]
fn official_resources_keep_the_schema_of_their_type() {
    let Some(examples) = suite(EXAMPLES) else { return };
    let ours = any_resource(Definitions::r4());
    let mut surprises = Vec::new();
    for (name, resource) in read_examples(&examples) {
        let foreign = foreign(resource);
        let is_listed = INVALID.iter().any(|(listed, _)| listed == name);
        match (ours.is_valid(&foreign), is_listed) {
            (false, false) => surprises.push(format!("{name}{}", first_error(&ours, &foreign))),
            (true, true) => surprises.push(format!("{name} is listed as invalid and accepted")),
            _ => {}
        }
    }
    assert!(surprises.is_empty(), "{} surprises\n{}", surprises.len(), surprises.join("\n"));
}

#[test]
fn what_the_official_schema_refuses_we_refuse() {
    let (Some(examples), Some(official)) = (suite(EXAMPLES), suite(OFFICIAL)) else { return };
    let official = std::fs::read(official).expect("the suite was laid out");
    let official = serde_json::from_slice(&official).expect("the official schema is JSON");
    let judges = Judges::new(jsonschema::validator_for(&official).expect("the official schema is a schema"));
    let (mut refused, mut surprises) = (0, Vec::new());
    for (name, resource) in a_few_of_each_type(read_examples(&examples)) {
        if !judges.is_fit(resource) {
            continue;
        }
        for spoilt in spoil::ways(resource) {
            let agreed = judges.agree(&spoilt);
            refused += usize::from(agreed.is_some());
            for missed in agreed.unwrap_or_default() {
                surprises.push(format!("{name}{} is accepted by {missed}", spoilt.what));
            }
        }
    }
    println!("schema: {refused} spoilt examples that the official schema refuses");
    assert!(surprises.is_empty(), "{} surprises\n{}", surprises.len(), surprises.join("\n"));
    assert!(refused >= REFUSALS_MIN, "{refused} refusals where {REFUSALS_MIN} are demanded");
}

#[test]
fn every_schema_is_the_part_of_the_whole_that_its_type_leads_to() {
    let definitions = Definitions::r4();
    let whole = fhir_profiles::schema::schema(definitions, "Bundle").expect("a resource type");
    let whole = shared(&whole);
    for known in definitions.resource_types() {
        let schema = fhir_profiles::schema::schema(definitions, known.as_str()).expect("a resource type");
        let root = format!("#/definitions/{}", known.as_str());
        assert_eq!(schema.text("$ref"), Some(root.as_str()));
        for (name, definition) in shared(&schema).iter() {
            assert!(whole.get(name) == Some(definition), "{}: `{name}` differs", known.as_str());
        }
    }
}

/// All that judge a spoilt example.
struct Judges {
    official: Validator,
    ours: Validator,
    rules: Rules,
}

impl Judges {
    fn new(official: Validator) -> Self {
        let registry = Registry::r4();
        let rules = Rules::new(Arc::clone(&registry), Arc::new(Terminology::new(registry)));
        Self { official, ours: any_resource(Definitions::r4()), rules }
    }

    /// Whether an example is without fault, so that what is refused later is refused for what was spoilt.
    fn is_fit(&self, resource: &Value) -> bool {
        let foreign = foreign(resource);
        self.official.is_valid(&foreign) && self.ours.is_valid(&foreign) && self.errors(resource) == 0
    }

    /// Who of ours accepts what the official schema refuses; none where it refuses nothing.
    fn agree(&self, spoilt: &Spoilt) -> Option<Vec<&'static str>> {
        let foreign = foreign(&spoilt.resource);
        if self.official.is_valid(&foreign) {
            return None;
        }
        let mut missed = Vec::new();
        if self.ours.is_valid(&foreign) {
            missed.push("our schema");
        }
        let object = spoilt.resource.as_object().expect("a resource is an object");
        let structural = structure::check(object, Definitions::r4());
        if !spoilt.is_absence && structural.is_empty() {
            missed.push("the structural check");
        }
        if spoilt.is_absence && self.errors(&spoilt.resource) == 0 {
            missed.push("validation");
        }
        Some(missed)
    }

    fn errors(&self, resource: &Value) -> usize {
        let request = Request { level: Level::Core, ..Request::default() };
        let issues = validate(&self.rules, resource, &request);
        issues.iter().filter(|issue| issue.severity >= Severity::Error).count()
    }
}

/// Our schemas as one: the definitions are the same in all, and the root is whatever `resourceType` says.
fn any_resource(definitions: &Definitions) -> Validator {
    let whole = fhir_profiles::schema::schema(definitions, "Bundle").expect("a resource type");
    let schema = object([
        ("$schema", whole.get("$schema").expect("a draft").clone()),
        ("$ref", "#/definitions/Resource".into()),
        ("definitions", shared(&whole).clone().into()),
    ]);
    jsonschema::validator_for(&foreign(&schema)).expect("our schema is a schema")
}

fn shared(schema: &Value) -> &Object {
    schema.get("definitions").and_then(Value::as_object).expect("a schema has definitions")
}

/// The tree as others hold it.
fn foreign(tree: &Value) -> serde_json::Value {
    serde_json::from_slice(&json::to_compact(tree)).expect("what we write is JSON")
}

/// Where and why a schema refuses a resource; asked only then, because it takes longer than whether it does.
fn first_error(schema: &Validator, resource: &serde_json::Value) -> String {
    let wrong = schema.iter_errors(resource).next();
    wrong.map_or_else(String::new, |wrong| format!("{}: {}", wrong.instance_path(), wrong.masked()))
}

/// Reads the package once for all tests.
fn read_examples(path: &Path) -> &'static [(String, Value)] {
    static READ: OnceLock<Vec<(String, Value)>> = OnceLock::new();
    READ.get_or_init(|| {
        let archive = std::fs::read(path).expect("the suite was laid out");
        let mut found = Vec::new();
        let take = |name: &str, resource: Value| {
            if resource.text("resourceType").is_some() {
                found.push((name.trim_end_matches(".json").to_owned(), resource));
            }
        };
        package::for_each_resource(&archive, "", take).expect("the package is whole");
        assert_eq!(found.len(), RESOURCES_COUNT, "the package holds all examples");
        found
    })
}

fn a_few_of_each_type(resources: &[(String, Value)]) -> impl Iterator<Item = &(String, Value)> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    resources.iter().filter(move |(_, resource)| {
        let count = counts.entry(resource.text("resourceType").unwrap_or_default()).or_default();
        *count += 1;
        *count <= OF_ONE_TYPE_MAX
    })
}

fn suite(name: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the suites are")]
    let suites = std::env::var_os("SUITES");
    let found = suites.map(|suites| Path::new(&suites).join(name)).filter(|path| path.exists());
    if found.is_none() {
        println!("{name}: left out, because SUITES names no folder that holds it");
    }
    found
}
