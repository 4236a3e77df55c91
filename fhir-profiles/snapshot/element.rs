//! What does an element say in full, when a profile says part of it?
//!
//! The rules of merging, property by property: <https://hl7.org/fhir/R4/elementdefinition.html#interpretation>. What
//! is said anew replaces what was said; what there may be many of is added to it, unless it is there already; text
//! that begins with `...` is appended, as authoring tools write it.

use model::{Object, Text, Value};

/// Names the element of a profile that describes a part of a type.
const PROFILE_ELEMENT: &str = "http://hl7.org/fhir/StructureDefinition/elementdefinition-profile-element";

/// The properties in the order in which they are written; `[x]` stands for a type.
const ORDER: &[&str] = &[
    "id",
    "extension",
    "modifierExtension",
    "path",
    "representation",
    "sliceName",
    "sliceIsConstraining",
    "label",
    "code",
    "slicing",
    "short",
    "definition",
    "comment",
    "requirements",
    "alias",
    "min",
    "max",
    "base",
    "contentReference",
    "type",
    "defaultValue[x]",
    "meaningWhenMissing",
    "orderMeaning",
    "fixed[x]",
    "pattern[x]",
    "example",
    "minValue[x]",
    "maxValue[x]",
    "maxLength",
    "condition",
    "constraint",
    "mustSupport",
    "isModifier",
    "isModifierReason",
    "isSummary",
    "binding",
    "mapping",
];

/// What there may be many of: the property, and what makes two of them the same; all, where nothing is named.
const LISTS: &[(&str, &[&str])] = &[
    ("alias", &[]),
    ("code", &["system", "code"]),
    ("condition", &[]),
    ("constraint", &["key"]),
    ("discriminator", &["type", "path"]),
    ("example", &[]),
    ("mapping", &["identity", "map"]),
];

/// Text that can be appended to.
const APPENDABLE: &[&str] = &["definition", "comment", "requirements", "meaningWhenMissing"];

/// Properties of which an element has one, whatever its type.
const CHOICES: &[&str] = &["defaultValue", "fixed", "pattern", "minValue", "maxValue"];

/// What a profile of a type says about the place where it is used, unless the place says it itself.
const OF_TYPE: &[&str] = &["short", "definition", "comment", "requirements", "alias", "mapping"];

/// What belongs to a place and never comes from the profile of a type.
const OF_PLACE: &[&str] =
    &["base", "slicing", "type", "contentReference", "isSummary", "sliceIsConstraining"];

/// Merges what `said` states into `element`; `source` is the profile that states it.
pub(super) fn merge(element: &mut Object, said: &Object, source: &str) {
    for (name, value) in said.iter() {
        match name.trim_start_matches('_') {
            "id" | "path" | "sliceName" | "base" => {}
            // Only new types have default values, and their elements are merged with none.
            plain if choice_of(plain) == Some("defaultValue") => {}
            "extension" | "modifierExtension" => merge_extensions(element, name, value),
            "binding" => merge_binding(element, value),
            "slicing" => merge_slicing(element, value),
            "constraint" => append(element, name, &with_source(value, source, |_| true)),
            plain if LISTS.iter().any(|(list, _)| *list == plain) => append(element, name, value),
            plain if APPENDABLE.contains(&plain) => merge_text(element, name, value),
            plain => {
                if let Some(choice) = choice_of(plain) {
                    element.retain(|known, _| {
                        choice_of(known.trim_start_matches('_')) != Some(choice)
                            || known.trim_start_matches('_') == plain
                    });
                }
                element.set(name, value.clone());
            }
        }
    }
    // A choice of extensions, of whatever else: only what can hold a code is bound.
    if type_codes(element).next().is_some_and(|code| code == "Extension") {
        element.remove("binding");
    }
}

/// What `root`, which begins the profile of the element's type, makes of the element that `place` describes.
pub(super) fn with_type_profile(root: &Object, place: &Object, counts: Counts) -> Object {
    let mut element = root.clone();
    element.retain(|name, _| {
        let plain = name.trim_start_matches('_');
        !matches!(plain, "id" | "path" | "sliceName") && !OF_PLACE.contains(&plain)
    });
    for (name, value) in place.iter() {
        let plain = name.trim_start_matches('_');
        let is_missing = element.get(name).is_none();
        match plain {
            "min" | "max" if counts == Counts::OfPlace || is_missing => element.set(name, value.clone()),
            "min" | "max" => {}
            _ if OF_PLACE.contains(&plain) => element.set(name, value.clone()),
            _ if OF_TYPE.contains(&plain) => {}
            _ if LISTS.iter().any(|(list, _)| *list == plain) => append(&mut element, name, value),
            _ if is_missing => element.set(name, value.clone()),
            _ => {}
        }
    }
    element
}

/// Whose cardinality holds where a profile of a type is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// That of the element which has the type.
    OfPlace,
    /// That of the profile, as extensions have it.
    OfProfile,
}

/// Says of those constraints that `is_own` accepts that `source` states them, unless they say that another does.
pub(super) fn note_source(element: &mut Object, source: &str, is_own: impl Fn(&Value) -> bool) {
    if let Some(constraints) = element.get("constraint") {
        let constraints = with_source(constraints, source, is_own);
        element.set("constraint", constraints);
    }
}

/// Says what the element is based on, unless it says so.
pub(super) fn note_base(element: &mut Object) {
    if element.get("base").is_some() {
        return;
    }
    let mut base = Object::new();
    for name in ["path", "min", "max"] {
        if let Some(value) = element.get(name) {
            base.set(name, value.clone());
        }
    }
    element.set("base", base);
}

/// What the choice is called that the element is one type of: `value[x]` of `valueQuantity`.
pub(super) fn choice_name(element: &Object, name: &str) -> Option<Text> {
    let base = element.get("base")?.text("path")?.rsplit('.').next()?;
    let stem = base.strip_suffix("[x]")?;
    let rest = name.strip_prefix(stem)?;
    rest.starts_with(|first: char| first.is_ascii_uppercase()).then(|| base.into())
}

/// The element as it stands in a list, its properties in order.
pub(super) fn finished(element: Object, [id, path, slice]: [&str; 3]) -> Value {
    let mut members = element.into_members();
    members.retain(|(name, _)| !matches!(name.as_str(), "id" | "path" | "sliceName"));
    members.push(("id".into(), id.into()));
    members.push(("path".into(), path.into()));
    if !slice.is_empty() {
        members.push(("sliceName".into(), slice.into()));
    }
    members.sort_by_key(|(name, _)| place(name));
    members.into_iter().collect::<Object>().into()
}

/// The path of what the element is based on.
pub(super) fn base_path(element: &Object) -> Option<&str> {
    element.get("base")?.text("path")
}

/// The codes of the element's types.
pub(super) fn type_codes(element: &Object) -> impl Iterator<Item = &str> {
    types(element).iter().filter_map(|known| known.text("code"))
}

/// The element's types.
pub(super) fn types(element: &Object) -> &[Value] {
    element.get("type").map_or(&[], Value::items)
}

/// The profile that all instances of the element must conform to: its only type has one, and all of it is meant.
pub(super) fn type_profile(element: &Object) -> Option<&str> {
    let [only] = types(element) else { return None };
    if is_of_element(only) {
        return None;
    }
    match only.get("profile").map_or(&[][..], Value::items) {
        [profile] => profile.as_str(),
        _ => None,
    }
}

/// Whether the profile of the type describes it by one of its elements, which an extension names.
pub(super) fn is_of_element(type_: &Value) -> bool {
    let extensions = type_.get("_profile").map_or(&[][..], Value::items).iter();
    let mut extensions =
        extensions.filter_map(|beside| beside.get("extension")).flat_map(|extensions| extensions.items());
    extensions.any(|extension| extension.text("url") == Some(PROFILE_ELEMENT))
}

/// How often the element must be there.
pub(super) fn min(element: &Object) -> Option<u64> {
    match element.get("min")? {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

/// How often the element may be there; without bound that is as often as can be counted.
pub(super) fn max(element: &Object) -> Option<u64> {
    match element.get("max")?.as_str()? {
        "*" => Some(u64::MAX),
        digits => digits.parse().ok(),
    }
}

/// Takes a property out, when it is text.
pub(super) fn take_text(element: &mut Object, name: &str) -> Option<Text> {
    let text = element.get(name)?.as_str()?.into();
    element.remove(name);
    Some(text)
}

/// The property that `name` is a type of: `fixed` of `fixedCode`.
pub(super) fn choice_of(name: &str) -> Option<&'static str> {
    let is_type_of = |choice: &str| {
        name.strip_prefix(choice)
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
    };
    CHOICES.iter().copied().find(|choice| is_type_of(choice))
}

fn place(name: &str) -> (usize, bool) {
    let plain = name.trim_start_matches('_');
    let is_it = |known: &str| match known.strip_suffix("[x]") {
        Some(choice) => choice_of(plain) == Some(choice),
        None => known == plain,
    };
    (ORDER.iter().position(|known| is_it(known)).unwrap_or(ORDER.len()), name.starts_with('_'))
}

fn merge_text(element: &mut Object, name: &str, value: &Value) {
    let said = value.as_str().unwrap_or_default();
    let appended = match (said.strip_prefix("..."), element.get(name).and_then(Value::as_str)) {
        (Some(more), Some(known)) => Some(format!("{known}\r\n{}", more)),
        _ => None,
    };
    element.set(name, appended.map_or_else(|| value.clone(), Value::from));
}

/// Adds those items that are not there yet.
fn append(element: &mut Object, name: &str, value: &Value) {
    let keys = LISTS.iter().find(|(list, _)| *list == name).map_or(&[][..], |(_, keys)| keys);
    let is_same = |one: &Value, other: &Value| {
        if keys.is_empty() { one == other } else { keys.iter().all(|key| one.get(key) == other.get(key)) }
    };
    let mut items = element.get(name).map_or_else(Vec::new, |known| known.items().to_vec());
    for item in value.items() {
        if !items.iter().any(|known| is_same(known, item)) {
            items.push(item.clone());
        }
    }
    element.set(name, items);
}

/// Of extensions there is one for each URL, the latest.
fn merge_extensions(element: &mut Object, name: &str, value: &Value) {
    let mut items = element.get(name).map_or_else(Vec::new, |known| known.items().to_vec());
    items.retain(|known| value.items().iter().all(|said| said.get("url") != known.get("url")));
    items.extend(value.items().iter().cloned());
    element.set(name, items);
}

/// A binding that changes the strength alone is still one to the same value set.
fn merge_binding(element: &mut Object, value: &Value) {
    let mut binding = value.as_object().cloned().unwrap_or_default();
    if let Some(known) = element.get("binding").and_then(Value::as_object) {
        for (name, value) in
            known.iter().filter(|(name, _)| matches!(*name, "strength" | "description" | "valueSet"))
        {
            if binding.get(name).is_none() {
                binding.set(name, value.clone());
            }
        }
    }
    element.set("binding", binding);
}

/// Discriminators are added to those that are there; the rest is as said last.
fn merge_slicing(element: &mut Object, value: &Value) {
    let mut slicing = element.get("slicing").and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, value) in value.as_object().into_iter().flat_map(Object::iter) {
        if name == "discriminator" {
            append(&mut slicing, name, value);
        } else {
            slicing.set(name, value.clone());
        }
    }
    element.set("slicing", slicing);
}

fn with_source(constraints: &Value, source: &str, is_own: impl Fn(&Value) -> bool) -> Value {
    let constraints = constraints.items().iter().map(|constraint| {
        let (is_own, mut constraint) = (is_own(constraint), constraint.clone());
        if let Some(members) =
            constraint.as_object_mut().filter(|members| is_own && members.get("source").is_none())
        {
            members.set("source", source);
        }
        constraint
    });
    Value::Array(constraints.collect())
}
