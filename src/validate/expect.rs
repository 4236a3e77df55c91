//! How do the tests of this crate hold a resource against a profile?

use std::sync::Arc;

use fhir_profiles::Registry;
use model::{Value, json};
use terminology::Terminology;

use crate::{Level, Request, Rules, validate};

/// The canonical of the profile that [`against`] makes.
pub(crate) const PROFILE: &str = "http://test/profile";

/// Holds `resource` at level core against the definitions of R4 alone; complaints are written one a line,
/// `severity code path`.
pub(crate) fn core(resource: &str, expected: &str) {
    held(&[], Level::Core, &[], resource, expected);
}

/// Holds `resource` at level full against a profile of `type_name` with these elements in its snapshot.
pub(crate) fn against(type_name: &str, elements: &str, resource: &str, expected: &str) {
    held(&[profile(PROFILE, type_name, elements)], Level::Full, &[PROFILE], resource, expected);
}

/// A StructureDefinition with these elements in its snapshot.
pub(crate) fn profile(url: &str, type_name: &str, elements: &str) -> String {
    format!(
        r#"{{"resourceType":"StructureDefinition","url":"{url}","type":"{type_name}","kind":"resource",
            "derivation":"constraint","snapshot":{{"element":[{{"id":"{type_name}","path":"{type_name}"}},{elements}]}}}}"#
    )
}

/// Holds `resource` against profiles, with further definitions known.
pub(crate) fn held(definitions: &[String], level: Level, profiles: &[&str], resource: &str, expected: &str) {
    let registry = Arc::new(Registry::r4().with(definitions.iter().map(|text| parse(text))));
    let rules = Rules::new(Arc::clone(&registry), Arc::new(Terminology::new(registry)));
    let request = Request { level, profiles, best_practice: false };
    let issues = validate(&rules, &parse(resource), &request);
    let shown: Vec<_> = issues
        .iter()
        .map(|issue| {
            let path = issue.expression.as_deref().unwrap_or_default();
            format!("{} {} {path}", issue.severity.as_str(), issue.code.as_str())
        })
        .collect();
    let messages: Vec<_> = issues.iter().map(|issue| &issue.message).collect();
    let expected: Vec<_> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(shown, expected, "{messages:#?}");
}

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap_or_else(|wrong| panic!("{text}: {}", wrong.message))
}
