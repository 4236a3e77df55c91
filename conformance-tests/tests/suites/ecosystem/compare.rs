//! Is the answer what the ecosystem expects?
//!
//! Its rules of comparison: <https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/>. The order of arrays does not count;
//! `$optional$` marks what may be missing, and texts between dollars stand for many.

use model::Value;

/// What differs, with its place.
pub(super) fn compare(expected: &Value, found: &Value, place: &str) -> Result<(), String> {
    match (expected, found) {
        (Value::Object(_), Value::Object(_)) => objects(expected, found, place),
        (Value::Array(wanted), Value::Array(found)) => arrays(wanted, found, place),
        (Value::String(pattern), Value::String(text)) if fits(pattern, text) => Ok(()),
        (Value::Number(wanted), Value::Number(found)) if wanted.as_str() == found.as_str() => Ok(()),
        (Value::Bool(wanted), Value::Bool(found)) if wanted == found => Ok(()),
        _ => Err(format!("{place}: {} is expected, and {} came", told(expected), told(found))),
    }
}

fn objects(expected: &Value, found: &Value, place: &str) -> Result<(), String> {
    let optional = expected.get("$optional-properties$").map_or(&[][..], Value::items);
    let is_optional = |name: &str| optional.iter().any(|known| known.as_str() == Some(name));
    let members = |value: &Value| {
        let object = value.as_object().map(|object| object.iter());
        let names = object.into_iter().flatten().map(|(name, _)| name.to_owned());
        names.filter(|name| !name.starts_with('$')).collect::<Vec<_>>()
    };
    for name in members(expected) {
        match (expected.get(&name), found.get(&name)) {
            (Some(wanted), Some(found)) => compare(wanted, found, &format!("{place}.{name}"))?,
            (Some(_), None) if is_optional(&name) => {}
            // A list of which every item may be missing may itself be missing.
            (Some(Value::Array(items)), None) if items.iter().all(may_be_missing) => {}
            _ => return Err(format!("{place}.{name}: missing")),
        }
    }
    match members(found).iter().find(|name| expected.get(name).is_none() && !is_optional(name)) {
        Some(surplus) => Err(format!("{place}.{surplus}: not expected")),
        None => Ok(()),
    }
}

fn arrays(expected: &[Value], found: &[Value], place: &str) -> Result<(), String> {
    let wanted = expected.iter().filter(|item| item.get("$count-arrays$").is_none());
    let mut left: Vec<&Value> = found.iter().collect();
    for item in wanted {
        let mut wrong = None;
        let fitting = left.iter().position(|found| match compare(item, found, place) {
            Ok(()) => true,
            Err(difference) => {
                // The difference from the item of the same name says most.
                let is_alike = |name: &str| item.get(name).is_some() && item.get(name) == found.get(name);
                if wrong.is_none() && (is_alike("name") || is_alike("code")) {
                    wrong = Some(difference);
                }
                false
            }
        });
        match fitting {
            Some(number) => _ = left.remove(number),
            None if may_be_missing(item) => {}
            None => return Err(wrong.unwrap_or_else(|| format!("{place}: {} is missing", told(item)))),
        }
    }
    match left.first() {
        Some(surplus) => Err(format!("{place}: {} is not expected", told(surplus))),
        None => Ok(()),
    }
}

/// Whether it is marked so for a server that is not the one the mark names.
fn may_be_missing(item: &Value) -> bool {
    match item.get("$optional$") {
        Some(Value::Bool(optional)) => *optional,
        Some(Value::String(condition)) => condition.starts_with('!') || condition.starts_with("warning:"),
        _ => false,
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    let Some(inner) = pattern.strip_prefix('$').and_then(|rest| rest.strip_suffix('$')) else {
        return pattern == text;
    };
    let (kind, argument) = inner.split_once(':').unwrap_or((inner, ""));
    match kind {
        // The number names the wording of one server; for others only the text behind it counts.
        "external" => argument.split_once(':').is_none_or(|(_, piece)| text.contains(piece)),
        "choice" => argument.split('|').any(|choice| choice == text),
        "fragments" => argument.split(['|', ';']).all(|piece| text.contains(piece)),
        "uuid" => text.starts_with("urn:uuid:") || text.len() == 36,
        "instant" | "id" | "$" => !text.is_empty(),
        _ => false,
    }
}

fn told(value: &Value) -> String {
    String::from_utf8_lossy(&model::json::to_compact(value)).chars().take(200).collect()
}
