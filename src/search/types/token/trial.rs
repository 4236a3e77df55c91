//! Does a search find one element?
//!
//! What tests of several search types share: an element becomes rows, a value becomes a condition, and the two
//! are held together. Wherever a way to candidates is told, it is held against the rows as well.

use std::sync::{Arc, LazyLock};

use fhir_profiles::{Definitions, Registry};
use model::{Instant, Issue, ResourceType, json};
use terminology::Terminology;

use crate::catalogue::{Catalogue, Component, Kind, Parameter};
use crate::condition::{Condition, Nobody, Subject, Verdict};
use crate::rows::{ParameterId, Row, Rows};
use crate::scan::Scan;
use crate::types::{self, Asked, Element, Sink, Surroundings};

/// The base of the server.
pub(in crate::types) const BASE_URL: &str = "http://own.org/fhir";

const SYSTEM: &str = r#"{"resourceType":"CodeSystem","url":"http://s","content":"complete","caseSensitive":false,
    "concept":[{"code":"a","concept":[{"code":"A1","concept":[{"code":"a11"}]}]},{"code":"b"}]}"#;
const CASED: &str = r#"{"resourceType":"CodeSystem","url":"http://cased","content":"complete","caseSensitive":true,
    "concept":[{"code":"mg"},{"code":"Mg"}]}"#;
const VALUE_SET: &str = r#"{"resourceType":"ValueSet","id":"local","url":"http://v","status":"active","compose":{
    "include":[{"system":"http://s","concept":[{"code":"A1"}]},{"system":"http://cased","concept":[{"code":"mg"}]}]}}"#;
const ENDLESS: &str = r#"{"resourceType":"ValueSet","url":"http://endless","status":"active",
    "compose":{"include":[{"system":"urn:ietf:bcp:13"}]}}"#;

static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(Catalogue::r4);
static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(|| {
    let parse = |text: &str| json::parse(text.as_bytes()).expect("valid JSON");
    let resources = [SYSTEM, CASED, VALUE_SET, ENDLESS].map(parse);
    Terminology::new(Arc::new(Registry::default().with(resources)))
});
static SURROUNDINGS: LazyLock<Surroundings<'static>> = LazyLock::new(|| Surroundings {
    catalogue: &CATALOGUE,
    terminology: &TERMINOLOGY,
    base_url: BASE_URL,
    now: Instant(0),
});

/// The type of this name.
pub(in crate::types) fn known(name: &str) -> ResourceType {
    Definitions::r4().resource_type(name).expect("a type of R4")
}

/// A parameter `p` of Basic.
pub(in crate::types) fn parameter(kind: Kind, targets: &[&str], components: Vec<Component>) -> Parameter {
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

/// The rows that an element in JSON becomes.
pub(in crate::types) fn rows(parameter: &Parameter, type_name: &'static str, element: &str) -> Vec<Row> {
    let value = json::parse(element.as_bytes()).expect("valid JSON");
    let mut rows = Vec::new();
    let mut sink = Sink { parameter, base_url: BASE_URL, group: 0, component: 0, rows: &mut rows };
    types::index(parameter.kind, &Element { type_name, value: &value }, &mut sink);
    rows
}

/// What `=value` or `:modifier=value` asks for.
pub(in crate::types) fn condition(parameter: &Parameter, query: &str) -> Result<Condition, Issue> {
    let (modifier, value) = query.split_once('=').expect("a query has `=`");
    types::parse(&Asked {
        parameter,
        modifier: modifier.strip_prefix(':'),
        value,
        surroundings: &SURROUNDINGS,
    })
}

/// Whether a resource with these rows is meant, after its place was held against the way that leads to it.
pub(in crate::types) fn is_meant(condition: &Condition, rows: Vec<Row>) -> bool {
    let rows = Rows::new(rows);
    let subject = Subject { resource_type: known("Basic"), id: "1", updated: Instant(0), rows: &rows };
    let is_meant = condition.holds(&subject, &Nobody) == Verdict::Yes;
    if let Some(Scan::Ranges { ranges, exact }) = condition.scan() {
        let stands = |(index, parameter, key)| {
            ranges
                .iter()
                .any(|range| range.index == index && range.parameter == parameter && range.holds(key))
        };
        let is_candidate =
            rows.places().iter().any(|(index, parameter, key)| stands((*index, *parameter, key)));
        assert!(is_candidate || !is_meant, "{condition:?} misses {rows:?}");
        assert!(is_meant || !is_candidate || !exact, "{condition:?} is not exact for {rows:?}");
    }
    is_meant
}

/// Holds which queries mean a resource with one element: `yes`, `no`, or a piece of the refusal.
pub(in crate::types) fn check(
    parameter: &Parameter,
    (type_name, element): (&'static str, &str),
    cases: &[(&str, &str)],
) {
    for (query, expected) in cases {
        match condition(parameter, query) {
            Ok(condition) => {
                let is_meant = is_meant(&condition, rows(parameter, type_name, element));
                assert_eq!(if is_meant { "yes" } else { "no" }, *expected, "{query} {element}");
            }
            Err(issue) => assert_refused(&issue, query, expected),
        }
    }
}

/// Holds that a query is to be refused, and by what.
pub(in crate::types) fn assert_refused(issue: &Issue, query: &str, expected: &str) {
    let is_expected = !matches!(expected, "yes" | "no") && issue.message.contains(expected);
    assert!(is_expected, "{query}: {}", issue.message);
}
