//! How many of the official FHIRPath cases yield what they should, and does the checker stay calm on what is published?
//!
//! `fhir-test-cases/r4/fhirpath/tests-fhir-r4.xml`: outputs are compared in number, type, text and order. A case that
//! should fail may fail earlier than it says: who reads more strictly finds an error of execution in the syntax.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use ::fhirpath::{Budget, Context, Expression, Item, Node, Nothing, Types, check, resource_node};
use fhir_profiles::Definitions;
use flate2::read::GzDecoder;
use model::xml::document::{self, Element};
use model::{Instant, Value, json, xml};

use crate::scoreboard::{Scoreboard, suite};

/// What `now()` tells: 2026-11-21.
const NOW: Instant = Instant(1_795_219_200_000_000);

#[test]
fn official_cases() {
    let Some(folder) = suite("fhir-test-cases/r4") else { return };
    let text = std::fs::read(folder.join("fhirpath/tests-fhir-r4.xml")).expect("the suite is readable");
    let tests = document::parse(&text).expect("the suite is XML");
    let mut inputs = Inputs::default();
    let mut scoreboard = Scoreboard::default();
    for group in children(tests.root().expect("a root"), "group") {
        for (index, case) in children(group, "test").enumerate() {
            let name = |element: &Element| element.attribute("name").unwrap_or_default().to_owned();
            let input = inputs.get(&folder, case.attribute("inputfile"));
            scoreboard.note(format!("{}/{}#{index}", name(group), name(case)), outcome(case, input));
        }
    }
    scoreboard.settle("fhirpath", 640);
}

/// The resources that the cases work on, each read once.
#[derive(Default)]
struct Inputs(BTreeMap<String, Value>);

impl Inputs {
    /// A case without an input works on an empty resource.
    fn get(&mut self, folder: &Path, name: Option<&str>) -> &Value {
        let name = name.unwrap_or("none");
        self.0.entry(name.to_owned()).or_insert_with(|| {
            let places = [folder.join(name), folder.join("examples").join(name)];
            match places.iter().find(|place| place.exists()) {
                None => json::parse(br#"{"resourceType":"Basic"}"#).expect("JSON"),
                Some(place) => {
                    let text = std::fs::read(place).expect("the input is readable");
                    let read = match text.first() {
                        Some(b'{') => json::parse(&text).ok(),
                        _ => xml::parse(&text, Definitions::r4()).ok(),
                    };
                    read.expect("the input is a resource")
                }
            }
        })
    }
}

/// The children of this name.
fn children<'e>(element: &'e Element, name: &'e str) -> impl Iterator<Item = &'e Element> {
    let elements = element.children.iter().filter_map(document::Node::as_element);
    elements.filter(move |child| child.name.local == name)
}

/// What came of a case.
fn outcome(case: &Element, input: &Value) -> Result<(), String> {
    let written = children(case, "expression").next().ok_or("the case has no expression")?;
    let invalid = written.attribute("invalid");
    let is_strict = [case, written].iter().any(|element| element.attribute("mode") == Some("strict"));
    let found = yielded(&written.text(), input, is_strict || invalid == Some("semantic"));
    let found = match (found, invalid) {
        (Err(_), Some(_)) => return Ok(()),
        (Err(why), None) => return Err(format!("{why:?}")),
        (Ok(found), Some(kind)) => return Err(format!("{found:?} where an error of {kind} is expected")),
        (Ok(found), None) => found,
    };
    if case.attribute("predicate") == Some("true") {
        let is_true = !found.is_empty() && found != [("boolean".to_owned(), "false".to_owned())];
        return alike(&[("boolean".to_owned(), is_true.to_string())], &expected(case));
    }
    let (mut found, mut expected) = (found, expected(case));
    if case.attribute("ordered") == Some("false") {
        found.sort();
        expected.sort();
    }
    alike(&found, &expected)
}

type Output = (String, String);

fn expected(case: &Element) -> Vec<Output> {
    let outputs = children(case, "output").map(|output| {
        let text = output.text();
        let text = text.strip_prefix('@').unwrap_or(&text);
        let kind = output.attribute("type").unwrap_or_default();
        (kind.to_owned(), text.strip_prefix('T').filter(|time| time.contains(':')).unwrap_or(text).to_owned())
    });
    outputs.collect()
}

/// Where no type is given, the text alone counts.
fn alike(found: &[Output], expected: &[Output]) -> Result<(), String> {
    let same = |(found, expected): (&Output, &Output)| {
        found.1 == expected.1 && (expected.0.is_empty() || found.0 == expected.0)
    };
    let is_alike = found.len() == expected.len() && found.iter().zip(expected).all(same);
    if is_alike { Ok(()) } else { Err(format!("{found:?} where {expected:?} is expected")) }
}

/// Why a case has no outputs.
#[derive(Debug)]
#[expect(dead_code, reason = "they are read where a surprise is printed")]
enum Refused {
    Syntax(String),
    Semantics(String),
    Execution(String),
}

/// Types and texts of what the expression yields on the input.
fn yielded(expression: &str, input: &Value, is_strict: bool) -> Result<Vec<Output>, Refused> {
    let types = Definitions::r4();
    let expression = Expression::parse(expression).map_err(|error| Refused::Syntax(error.to_string()))?;
    let resource = resource_node(input, types).expect("a known type");
    if is_strict && let Err(complaints) = check(&expression, resource.type_id, types) {
        return Err(Refused::Semantics(format!("{complaints:?}")));
    }
    let context = Context {
        types,
        host: &Nothing,
        resource,
        root: resource,
        now: NOW,
        variables: &[],
        budget: Budget::default(),
    };
    let found = expression.evaluate(Item::Node(resource), &context);
    let found = found.map_err(|failure| Refused::Execution(failure.to_string()))?;
    Ok(found.iter().map(|item| shown(item, types)).collect())
}

/// The type and text of an item, as the suite writes them.
fn shown(item: &Item<'_>, types: &dyn Types) -> Output {
    let (kind, text) = match item {
        Item::Node(Node { value, type_id, .. }) => {
            return (types.name(*type_id).to_owned(), value.map_or(String::new(), plain));
        }
        Item::Boolean(truth) => ("boolean", truth.to_string()),
        Item::Integer(number) => ("integer", number.to_string()),
        Item::Decimal(number) => ("decimal", number.to_string()),
        Item::String(text) => ("string", text.to_string()),
        Item::Date(date) => ("date", date.to_string()),
        Item::DateTime(moment) => ("dateTime", moment.to_string()),
        Item::Time(time) => ("time", time.to_string()),
        Item::Quantity(quantity) => ("Quantity", quantity.to_string()),
        Item::Type(namespace, name) => ("type", format!("{namespace}.{name}")),
    };
    (kind.to_owned(), text)
}

fn plain(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => String::from_utf8_lossy(&json::to_compact(value)).into_owned(),
    }
}

/// What is published and cannot be right: the type that it is evaluated on, how it begins, and why.
const WRONG_AS_PUBLISHED: &[(&str, &str, &str)] = &[
    ("ChargeItemDefinition", "name.matches(", "the resource has no name"),
    ("Extension", "substanceExposureRisk.exists()", "the names of slices stand where elements should"),
    ("Patient", "DocumentReference.extension(", "it is based on the one and begins with the other"),
    ("QuestionnaireResponse", "QuestionnaireResponse.item.where(hasExtension(", "there is no such function"),
    ("decimal", "(low.empty() or ((low.code = '%')", "meant for a Range, it stands on its parts too"),
];

#[test]
fn what_is_published_is_read_and_not_complained_of() {
    let Some(package) = suite("packages/hl7.fhir.r4.core-4.0.1.tgz") else { return };
    let types = Definitions::r4();
    let mut wrong = BTreeSet::new();
    let mut count = 0;
    for (context, text) in published(&package) {
        count += 1;
        let Some(type_id) = types.find(&context) else { panic!("there is no type {context}") };
        let complaint = match Expression::parse(&text) {
            Ok(expression) => {
                check(&expression, type_id, types).err().map(|complaints| format!("{complaints:?}"))
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(complaint) = complaint {
            wrong.insert((context, text, complaint));
        }
    }
    assert!(count > 3000, "only {count} expressions were found");
    let is_known = |context: &str, text: &str| {
        WRONG_AS_PUBLISHED
            .iter()
            .any(|(type_name, begins, _)| *type_name == context && text.starts_with(begins))
    };
    let surprises: Vec<_> = wrong.iter().filter(|(context, text, _)| !is_known(context, text)).collect();
    assert!(surprises.is_empty(), "{surprises:#?}");
    assert_eq!(wrong.len(), WRONG_AS_PUBLISHED.len(), "the list names what is content now");
}

/// The expressions of all invariants and search parameters, each with the types that it is evaluated on.
fn published(package: &Path) -> BTreeSet<(String, String)> {
    let file = std::fs::File::open(package).expect("the package is readable");
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let mut found = BTreeSet::new();
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").to_string_lossy().into_owned();
        let mut text = Vec::new();
        if !["StructureDefinition-", "SearchParameter-"]
            .iter()
            .any(|kind| path.starts_with(&format!("package/{kind}")))
        {
            continue;
        }
        entry.read_to_end(&mut text).expect("the entry is readable");
        let resource = json::parse(&text).expect("the entry is JSON");
        match resource.text("expression") {
            Some(expression) => {
                let bases = resource.get("base").map_or(&[][..], Value::items);
                found.extend(
                    bases
                        .iter()
                        .filter_map(Value::as_str)
                        .map(|base| (base.to_owned(), expression.to_owned())),
                );
            }
            None => invariants(&resource, &mut found),
        }
    }
    found
}

fn invariants(definition: &Value, found: &mut BTreeSet<(String, String)>) {
    let types = Definitions::r4();
    let elements = definition.get("snapshot").and_then(|snapshot| snapshot.get("element"));
    for element in elements.map_or(&[][..], Value::items) {
        let path = element.text("path").unwrap_or_default();
        let codes =
            element.get("type").map_or(&[][..], Value::items).iter().filter_map(|one| one.text("code"));
        let mut contexts: Vec<&str> = vec![path];
        if types.find(path).is_none() {
            contexts = codes.filter(|code| types.find(code).is_some()).collect();
        }
        for constraint in element.get("constraint").map_or(&[][..], Value::items) {
            let Some(expression) = constraint.text("expression") else { continue };
            found.extend(contexts.iter().map(|context| ((*context).to_owned(), expression.to_owned())));
        }
    }
}
