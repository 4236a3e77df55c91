//! Which element does the `value` of an operation stand for?
//!
//! A value of a datatype, a resource, or – where the element has no datatype of its own – parts that name its
//! elements: <https://hl7.org/fhir/R4/fhirpatch.html#concept>.

use fhir_profiles::{Child, Definitions};
use model::{Issue, Object, Value};

use super::place::Rows;
use super::{malformed, place};

/// A new element: its value, and what stands beside a primitive.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct New {
    pub(super) value: Option<Value>,
    pub(super) companion: Option<Value>,
}

/// The member of a type that an element's name and the type of its new value mean.
pub(super) fn child<'d>(
    definitions: &'d Definitions,
    type_name: &str,
    name: &str,
    value: &Object,
) -> Result<&'d Child, Issue> {
    let definition = definitions.type_definition(type_name);
    let plain = name.strip_suffix("[x]").unwrap_or(name);
    let direct = definition.and_then(|definition| definition.child(plain));
    let of_choice = || {
        let typed = format!("{plain}{}", value_member(value)?.0.strip_prefix("value")?);
        definition?.child(&typed)
    };
    direct.or_else(of_choice).ok_or_else(|| {
        malformed(format!("`{type_name}` has no element `{name}` that could hold a value of this type"))
    })
}

/// Reads the value for its place.
pub(super) fn read(definitions: &Definitions, child: &Child, part: &Object) -> Result<New, Issue> {
    if let Some(resource) = part.get("resource") {
        return Ok(New { value: Some(resource.clone()), companion: None });
    }
    if let Some((member, value)) = value_member(part) {
        let companion = part.get(&format!("_{member}")).cloned();
        return Ok(New { value: value.cloned(), companion });
    }
    let parts = part.get("part").map_or(&[][..], Value::items);
    if parts.is_empty() {
        return Err(malformed("a value holds one of value[x], resource and part"));
    }
    let model::xml::Form::Object(node) = child.form else {
        return Err(malformed(format!("`{}` has no elements of its own", child.name)));
    };
    let type_name = definitions.node(node).name;
    let mut element = Object::new();
    for part in parts.iter().filter_map(Value::as_object) {
        let name = part.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| malformed("a part of a value has no name"))?;
        let inner = self::child(definitions, type_name, name, part)?;
        let new = read(definitions, inner, part)?;
        if !inner.repeats() && place::stands(&element, inner.name) {
            return Err(malformed(format!("`{name}` stands twice in the value and does not repeat")));
        }
        let mut rows = Rows::take(&mut element, inner.name, inner.repeats());
        rows.insert(rows.len(), new);
        rows.put(&mut element);
    }
    Ok(New { value: Some(element.into()), companion: None })
}

/// The member that holds the value, `valueDate`, say; its value is missing when only extensions stand for it.
fn value_member(part: &Object) -> Option<(&str, Option<&Value>)> {
    part.iter().find_map(|(name, value)| {
        let plain = name.strip_prefix('_').unwrap_or(name);
        let is_value = plain.len() > "value".len() && plain.starts_with("value");
        is_value.then(|| (plain, if plain == name { Some(value) } else { part.get(plain) }))
    })
}
