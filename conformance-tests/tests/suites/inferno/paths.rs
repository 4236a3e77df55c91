//! What stands at a path of a resource?
//!
//! The paths of Inferno's metadata: names between dots; `name[x]` or the bare name of a choice; `name:slice`; and behind
//! `extension` a `where(url='…')`. Independent of our FHIRPath and of our SearchParameters on purpose.

use model::Value;

use super::slices::Slices;

/// What may stand behind the name of a choice.
const CHOICES: &[&str] = &[
    "Age",
    "Boolean",
    "CodeableConcept",
    "Coding",
    "Date",
    "DateTime",
    "Dosage",
    "Duration",
    "Instant",
    "Integer",
    "Period",
    "Quantity",
    "Range",
    "Ratio",
    "Reference",
    "SampledData",
    "String",
    "Time",
    "Timing",
    "Uri",
];

/// All values at a path, one by one; without an array around them.
pub(crate) fn values<'v>(root: &'v Value, path: &str, slices: &Slices<'_>) -> Vec<&'v Value> {
    let mut found = vec![root];
    for step in steps(path) {
        found = found.into_iter().flat_map(|value| children(value, step, slices)).collect();
    }
    found
}

/// The steps of a path: dots within parentheses do not count.
fn steps(path: &str) -> Vec<&str> {
    let (mut steps, mut depth, mut start) = (Vec::new(), 0_u32, 0);
    for (place, letter) in path.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                steps.push(&path[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    steps.push(&path[start..]);
    steps.retain(|step| !step.is_empty());
    steps
}

fn children<'v>(value: &'v Value, step: &str, slices: &Slices<'_>) -> Vec<&'v Value> {
    if let Some(url) = step.strip_prefix("where(url='").and_then(|rest| rest.strip_suffix("')")) {
        return Vec::from_iter((value.text("url") == Some(url)).then_some(value));
    }
    let (name, slice) = step.split_once(':').map_or((step, None), |(name, slice)| (name, Some(slice)));
    let found = members(value, name).into_iter();
    let chosen = found.filter(|(member, item)| slice.is_none_or(|slice| slices.holds(slice, (member, item))));
    chosen.map(|(_, item)| item).collect()
}

/// The values of a member or a choice, each with the name that it really has.
pub(crate) fn members<'v>(value: &'v Value, name: &str) -> Vec<(&'v str, &'v Value)> {
    let Some(object) = value.as_object() else { return Vec::new() };
    let stem = name.strip_suffix("[x]").unwrap_or(name);
    let is_choice = |member: &str| member.strip_prefix(stem).is_some_and(|behind| CHOICES.contains(&behind));
    let found = object.iter().find(|(member, _)| *member == name);
    let found = found.or_else(|| object.iter().find(|(member, _)| is_choice(member)));
    match found {
        None => Vec::new(),
        Some((member, Value::Array(items))) => items.iter().map(|item| (member, item)).collect(),
        Some((member, item)) => vec![(member, item)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::json;

    fn check(resource: &str, path: &str, expected: &str) {
        let resource = json::parse(resource.as_bytes()).expect("JSON");
        let found = values(&resource, path, &Slices::default()).into_iter().map(json::to_compact);
        let found: Vec<_> = found.map(|text| String::from_utf8_lossy(&text).into_owned()).collect();
        assert_eq!(found.join(" "), expected, "{path}");
    }

    #[test]
    fn names_choices_and_extensions_are_followed() {
        check(r#"{"a":[{"b":1},{"b":[2,3]}]}"#, "a.b", "1 2 3");
        check(r#"{"onsetDateTime":"2020"}"#, "onset", r#""2020""#);
        check(r#"{"valueQuantity":{"value":1}}"#, "value[x].value", "1");
        check(r#"{"codeable":1}"#, "code", "");
        let extended = r#"{"extension":[{"url":"http://e.org/a","valueCode":"x"},{"url":"b"}]}"#;
        check(extended, "extension.where(url='http://e.org/a').valueCode", r#""x""#);
    }
}
