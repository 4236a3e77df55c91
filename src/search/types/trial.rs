//! Does a search find one element?
//!
//! What tests of all search types share: an element becomes rows, a value becomes a condition, and the two are held
//! together. Whatever they find must also stand where its test says that candidates stand, and where that is said to
//! be exact, nothing else may.

use std::sync::{Arc, LazyLock};

use fhir_profiles::{Definitions, Registry};
use model::{Instant, Issue, ResourceType, Text, json};
use terminology::Terminology;

use crate::catalogue::{Catalogue, Component, Kind, Parameter};
use crate::condition::{Condition, Nobody, Subject, Verdict};
use crate::rows::{ParameterId, Row, Rows};
use crate::scan::{Direction, Scan};
use crate::types::{self, Asked, Element, Sink, Surroundings};

/// When everything here is asked: 2026-11-21T00:00:00Z.
pub(super) const NOW: Instant = Instant(1_795_219_200_000_000);

/// The base of the server.
pub(super) const BASE_URL: &str = "http://own.org/fhir";

const SYSTEM: &str = r#"{"resourceType":"CodeSystem","url":"http://s","content":"complete","caseSensitive":false,
    "concept":[{"code":"a","concept":[{"code":"A1","concept":[{"code":"a11"}]}]},{"code":"b"}]}"#;
const CASED: &str = r#"{"resourceType":"CodeSystem","url":"http://cased","content":"complete","caseSensitive":true,
    "concept":[{"code":"mg"},{"code":"Mg"}]}"#;
const VALUE_SET: &str = r#"{"resourceType":"ValueSet","id":"local","url":"http://v","status":"active","compose":{
    "include":[{"system":"http://s","concept":[{"code":"A1"}]},{"system":"http://cased","concept":[{"code":"mg"}]}]}}"#;
const ENDLESS: &str = r#"{"resourceType":"ValueSet","url":"http://endless","status":"active",
    "compose":{"include":[{"system":"urn:ietf:bcp:13"}]}}"#;

const UNKNOWN: &str = r#"{"resourceType":"ValueSet","url":"http://unknown","status":"active",
    "compose":{"include":[{"system":"http://absent"}]}}"#;

/// A system of a hundred codes, one below the other, and a value set of all but the last two.
fn many() -> [String; 2] {
    let concept = |number: usize| match number {
        0 => r#"{"code":"c0"}"#.to_owned(),
        _ => format!(
            r#"{{"code":"c{number}","property":[{{"code":"parent","valueCode":"c{}"}}]}}"#,
            number - 1
        ),
    };
    let concepts: Vec<String> = (0..100).map(concept).collect();
    let system = format!(
        r#"{{"resourceType":"CodeSystem","url":"http://many","content":"complete","property":[{{"code":"parent",
        "uri":"http://hl7.org/fhir/concept-properties#parent","type":"code"}}],"concept":[{}]}}"#,
        concepts.join(",")
    );
    let value_set = r#"{"resourceType":"ValueSet","url":"http://lots","status":"active","compose":{
        "include":[{"system":"http://many"}],
        "exclude":[{"system":"http://many","filter":[{"property":"concept","op":"is-a","value":"c98"}]}]}}"#;
    [system, value_set.to_owned()]
}

static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(Catalogue::r4);
static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(|| {
    let parse = |text: &str| json::parse(text.as_bytes()).expect("valid JSON");
    let resources = [SYSTEM, CASED, VALUE_SET, ENDLESS, UNKNOWN].map(parse);
    let many = many();
    let resources = resources.into_iter().chain(many.iter().map(|text| parse(text)));
    Terminology::new(Arc::new(Registry::default().with(resources)))
});
static SURROUNDINGS: LazyLock<Surroundings<'static>> = LazyLock::new(|| Surroundings {
    catalogue: &CATALOGUE,
    terminology: &TERMINOLOGY,
    base_url: BASE_URL,
    now: NOW,
});

/// The type of this name.
pub(super) fn known(name: &str) -> ResourceType {
    Definitions::r4().resource_type(name).expect("a type of R4")
}

/// A parameter `p` of Basic.
pub(super) fn parameter(kind: Kind, targets: &[&str], components: Vec<Component>) -> Parameter {
    Parameter {
        id: ParameterId::of("Basic", "p"),
        resource_type: known("Basic"),
        code: "p".into(),
        url: "http://p".into(),
        kind,
        targets: targets.iter().map(|name| known(name)).collect(),
        components,
    }
}

/// A parameter of Basic with this code.
fn called(kind: Kind, code: &str) -> Parameter {
    Parameter {
        id: ParameterId::of("Basic", code),
        code: Text::from(code),
        ..parameter(kind, &[], Vec::new())
    }
}

/// The rows that an element in JSON becomes under the parameter `code` of a kind.
pub(super) fn rows(kind: Kind, code: &str, (type_name, element): (&'static str, &str)) -> Rows {
    Rows::new(rows_of(&called(kind, code), type_name, element))
}

/// The condition of `code=value` or `code:modifier=value`, or the complaint about it.
pub(super) fn ask(kind: Kind, request: &str) -> Result<Condition, String> {
    let code = request.split([':', '=']).next().unwrap_or_default();
    condition(&called(kind, code), &request[code.len()..]).map_err(|issue| issue.message)
}

/// Whether a resource with just this element is found.
#[track_caller]
pub(super) fn finds(kind: Kind, (type_name, element): (&'static str, &str), request: &str) -> bool {
    let code = request.split([':', '=']).next().unwrap_or_default();
    let condition = ask(kind, request).expect("a value that can be asked for");
    is_meant(&condition, rows_of(&called(kind, code), type_name, element))
}

/// The rows that an element in JSON becomes under a parameter.
pub(super) fn rows_of(parameter: &Parameter, type_name: &'static str, element: &str) -> Vec<Row> {
    let value = json::parse(element.as_bytes()).expect("valid JSON");
    let mut rows = Vec::new();
    let mut sink = Sink { parameter, base_url: BASE_URL, group: 0, component: 0, rows: &mut rows };
    types::index(parameter.kind, &Element { type_name, value: &value }, &mut sink);
    rows
}

/// What `=value` or `:modifier=value` asks for.
pub(super) fn condition(parameter: &Parameter, query: &str) -> Result<Condition, Issue> {
    let (modifier, value) = query.split_once('=').expect("a query has `=`");
    types::parse(&Asked {
        parameter,
        modifier: modifier.strip_prefix(':'),
        value,
        surroundings: &SURROUNDINGS,
    })
}

/// Whether a resource with these rows is meant, after its place was held against the way that leads to it.
pub(super) fn is_meant(condition: &Condition, rows: Vec<Row>) -> bool {
    let rows = Rows::new(rows);
    let subject = Subject { resource_type: known("Basic"), id: "1", updated: NOW, rows: &rows };
    let is_meant = condition.holds(&subject, &Nobody) == Verdict::Yes;
    if let Some(Scan::Ranges { ranges, exact }) = condition.scan() {
        let is_candidate = ranges.iter().any(|range| range.place_of(&rows, Direction::Forwards).is_some());
        assert!(is_candidate || !is_meant, "{condition:?} misses {rows:?}");
        assert!(is_meant || !is_candidate || !exact, "{condition:?} is not exact for {rows:?}");
    }
    is_meant
}

/// Holds which queries mean a resource with one element: `yes`, `no`, or a piece of the refusal.
pub(super) fn check(
    parameter: &Parameter,
    (type_name, element): (&'static str, &str),
    cases: &[(&str, &str)],
) {
    for (query, expected) in cases {
        match condition(parameter, query) {
            Ok(condition) => {
                let is_meant = is_meant(&condition, rows_of(parameter, type_name, element));
                assert_eq!(if is_meant { "yes" } else { "no" }, *expected, "{query} {element}");
            }
            Err(issue) => assert_refused(&issue, query, expected),
        }
    }
}

/// Holds that a query is to be refused, and by what.
pub(super) fn assert_refused(issue: &Issue, query: &str, expected: &str) {
    let is_expected = !matches!(expected, "yes" | "no") && issue.message.contains(expected);
    assert!(is_expected, "{query}: {}", issue.message);
}
