//! How are the items of a collection told as Parameters?

use ::fhirpath::{Item, Kind, Node, Types};
use model::parameters::with_value;
use model::value::object;
use model::{Number, Object, Value, json, ucum};

use super::Ground;

/// The extension that holds a value which Parameters has no type for.
pub(super) const JSON_VALUE: &str = "http://fhir.forms-lab.com/StructureDefinition/json-value";
/// The extension that holds a resource as XML.
pub(super) const XML_VALUE: &str = "http://fhir.forms-lab.com/StructureDefinition/xml-value";
/// The extension that tells where in the resource an item stands.
const RESOURCE_PATH: &str = "http://fhir.forms-lab.com/StructureDefinition/resource-path";

/// One parameter `result`: what was traced on the way, and the items.
pub(super) fn result(
    place: Option<&str>,
    items: &[Item<'_>],
    traces: Vec<Value>,
    ground: Ground<'_>,
) -> Value {
    let mut parameter = Object::with_capacity(3);
    parameter.set("name", "result");
    if let Some(place) = place {
        parameter.set("valueString", place);
    }
    let parts: Vec<_> = items.iter().map(|item| part(item, ground)).chain(traces).collect();
    if !parts.is_empty() {
        parameter.set("part", parts);
    }
    parameter.into()
}

/// What `trace` was given.
pub(super) fn trace(name: &str, items: &[Item<'_>], ground: Ground<'_>) -> Value {
    let mut parameter = Object::with_capacity(3);
    parameter.set("name", "trace");
    parameter.set("valueString", name);
    if !items.is_empty() {
        parameter.set("part", items.iter().map(|item| part(item, ground)).collect::<Vec<_>>());
    }
    parameter.into()
}

/// Where in the resource the item stands, if it stands in it.
pub(super) fn path(item: &Item<'_>, root: Node<'_>, types: &dyn Types) -> Option<String> {
    match item {
        Item::Node(node) => ::fhirpath::locate(root, *node, types),
        _ => None,
    }
}

fn part(item: &Item<'_>, ground: Ground<'_>) -> Value {
    let number = |text: String| Number::new(&text).map_or(Value::Null, Value::Number);
    match item {
        Item::Node(node) => node_part(*node, ground),
        Item::Boolean(truth) => with_value("boolean", "valueBoolean", *truth),
        Item::Integer(whole) => with_value("integer", "valueInteger", number(whole.to_string())),
        Item::Decimal(decimal) => with_value("decimal", "valueDecimal", number(decimal.to_string())),
        Item::String(text) if text.is_empty() => object([("name", "empty-string".into())]),
        Item::String(text) => with_value("string", "valueString", text.as_ref()),
        Item::Date(date) => with_value("date", "valueDate", date.to_string()),
        Item::DateTime(time) => with_value("dateTime", "valueDateTime", time.to_string()),
        Item::Time(time) => with_value("time", "valueTime", time.to_string()),
        Item::Quantity(quantity) => {
            let value = number(quantity.value.to_string());
            let unit = quantity.unit.as_str();
            let told = object([
                ("value", value),
                ("unit", unit.into()),
                ("system", ucum::SYSTEM.into()),
                ("code", unit.into()),
            ]);
            with_value("Quantity", "valueQuantity", told)
        }
        Item::Type(space, name) => {
            let told = object([("namespace", (*space).into()), ("name", (*name).into())]);
            as_text("TypeInfo", &told)
        }
    }
}

fn node_part(node: Node<'_>, (root, types): Ground<'_>) -> Value {
    let name = types.name(node.type_id);
    let mut part = match (types.kind(node.type_id), node.value) {
        (Kind::Resource, Some(value)) => object([("name", name.into()), ("resource", value.clone())]),
        (Kind::Complex | Kind::Primitive, value) if types_of_values(name) => {
            let mut letters = name.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            let member: String = "value".chars().chain(first).chain(letters).collect();
            let mut part = Object::with_capacity(3);
            part.set("name", name);
            if let Some(value) = value {
                part.set(&member, value.clone());
            }
            if let Some(companion) = node.companion {
                part.set(&format!("_{member}"), companion.clone());
            }
            part.into()
        }
        (_, Some(value)) => as_text(name, value),
        (_, None) => object([("name", name.into())]),
    };
    if let (Some(path), Some(part)) = (::fhirpath::locate(root, node, types), part.as_object_mut()) {
        let place = extension(RESOURCE_PATH, &path);
        match part.get_mut("extension") {
            Some(Value::Array(extensions)) => extensions.push(place),
            _ => part.insert_at(1, "extension", vec![place]),
        }
    }
    part
}

/// A value that Parameters has no type for, as text.
fn as_text(name: &str, value: &Value) -> Value {
    let text = String::from_utf8_lossy(&json::to_compact(value)).into_owned();
    object([("name", name.into()), ("extension", vec![extension(JSON_VALUE, &text)].into())])
}

fn extension(url: &str, text: &str) -> Value {
    object([("url", url.into()), ("valueString", text.into())])
}

/// Whether Parameters has a `value[x]` of this type: <https://hl7.org/fhir/R4/datatypes.html#open>.
fn types_of_values(name: &str) -> bool {
    !matches!(name, "xhtml" | "Narrative" | "Element" | "BackboneElement" | "Extension" | "ElementDefinition")
}
