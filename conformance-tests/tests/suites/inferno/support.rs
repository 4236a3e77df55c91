//! Is everything there that a profile says must be supported?
//!
//! Over all resources of a profile together each element, slice and extension must have a value somewhere, or where
//! there is a choice one of those that can be chosen: <http://hl7.org/fhir/us/core/must-support.html>.

use model::{Value, json};

use super::paths::values;
use super::slices::{Slices, is_found};

/// What no resource has.
pub(crate) fn missing(must_supports: &Value, resources: &[&Value]) -> Vec<String> {
    let list = |name: &str| must_supports.get(name).map_or(&[][..], Value::items);
    let slices = Slices(list("slices"));
    let mut missing = Vec::new();
    for element in list("elements") {
        if !resources.iter().any(|resource| has(element, resource, &slices)) {
            missing.push(element.text("path").unwrap_or_default().to_owned());
        }
    }
    for slice in list("slices") {
        if !resources.iter().any(|resource| is_found(slice, resource)) {
            missing.push(slice.text("slice_id").unwrap_or_default().to_owned());
        }
    }
    for extension in list("extensions") {
        if !resources.iter().any(|resource| is_extended(extension, resource)) {
            missing.push(extension.text("id").unwrap_or_default().to_owned());
        }
    }
    for choice in list("choices") {
        excuse(choice, &mut missing);
    }
    missing
}

/// Takes all that can be chosen instead of each other off the list, where one of them is not on it.
fn excuse(choice: &Value, missing: &mut Vec<String>) {
    let names = ["paths", "extension_ids", "slice_names"].into_iter();
    let names = names.flat_map(|name| choice.get(name).map_or(&[][..], Value::items));
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    let is_there = |name: &&str| !missing.iter().any(|missing| missing == name);
    if names.iter().any(is_there) {
        missing.retain(|name| !names.contains(&name.as_str()));
    }
}

fn has(element: &Value, resource: &Value, slices: &Slices<'_>) -> bool {
    let path = element.text("path").unwrap_or_default();
    let mut found = values(resource, path, slices).into_iter();
    match element.text("fixed_value") {
        Some(fixed) => found.any(|value| plain(value) == fixed),
        None => found.next().is_some(),
    }
}

fn is_extended(extension: &Value, resource: &Value) -> bool {
    let path = extension.text("path").unwrap_or("extension");
    let found = values(resource, path, &Slices::default());
    found.iter().any(|value| value.text("url") == extension.text("url"))
}

/// A primitive as it is written in metadata.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => String::from_utf8_lossy(&json::to_compact(other)).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(must_supports: &str, resources: &[&str], expected: &[&str]) {
        let read = |text: &str| json::parse(text.as_bytes()).expect("JSON");
        let resources: Vec<_> = resources.iter().map(|text| read(text)).collect();
        let resources: Vec<_> = resources.iter().collect();
        assert_eq!(missing(&read(must_supports), &resources), expected);
    }

    #[test]
    fn what_no_resource_has_is_named() {
        let elements = r#"{"elements":[{"path":"a"},{"path":"b.c","fixed_value":"x"}]}"#;
        check(elements, &[r#"{"a":1}"#, r#"{"b":[{"c":"x"}]}"#], &[]);
        check(elements, &[r#"{"a":1,"b":{"c":"y"}}"#], &["b.c"]);
        check(elements, &[], &["a", "b.c"]);
    }

    #[test]
    fn one_of_a_choice_is_enough() {
        let choice = r#"{"elements":[{"path":"a"},{"path":"b"}],"choices":[{"paths":["a","b"]}]}"#;
        check(choice, &[r#"{"b":1}"#], &[]);
        check(choice, &[r#"{"c":1}"#], &["a", "b"]);
    }
}
