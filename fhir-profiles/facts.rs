//! What is kept of a definition?
//!
//! Its structural facts: all that validation, snapshots, search, terminology and expressions need, and the names
//! and titles that people know it by. Narrative and prose are dropped, which is nine tenths of what is published:
//! <https://hl7.org/fhir/R4/structuredefinition.html>. A differential is dropped where there is a snapshot.

use model::{Object, Value};

/// The types of definitions that are kept of R4 itself.
pub static KINDS: &[&str] = &[
    "CodeSystem",
    "CompartmentDefinition",
    "ConceptMap",
    "NamingSystem",
    "OperationDefinition",
    "SearchParameter",
    "StructureDefinition",
    "ValueSet",
];

/// The types that are kept of other packages besides [`KINDS`].
pub static KINDS_OF_PACKAGES: &[&str] = &[
    "CapabilityStatement",
    "GraphDefinition",
    "ImplementationGuide",
    "MessageDefinition",
    "Questionnaire",
    "StructureMap",
];

/// Whether displays of licensed code systems stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Displays {
    /// All displays stay: whoever installs a package has the licence, or not, themselves.
    Keep,
    /// Displays of SNOMED CT and LOINC go, since what is embedded is given to everybody.
    DropLicensed,
}

/// Members of any definition that are prose, or about its making.
const PROSE: &[&str] = &[
    "contact",
    "copyright",
    "date",
    "description",
    "implicitRules",
    "jurisdiction",
    "meta",
    "publisher",
    "purpose",
    "text",
    "useContext",
];

/// Further members that go, by the type of the definition.
const PROSE_OF_TYPES: &[(&str, &[&str])] = &[
    ("NamingSystem", &["responsible", "usage"]),
    ("OperationDefinition", &["comment"]),
    ("SearchParameter", &["xpath", "xpathUsage"]),
    ("StructureDefinition", &["keyword", "mapping"]),
];

/// Members of elements in StructureDefinitions that are prose, or for those who read them.
const PROSE_OF_ELEMENTS: &[&str] = &[
    "alias",
    "code",
    "comment",
    "definition",
    "example",
    "isModifierReason",
    "label",
    "mapping",
    "meaningWhenMissing",
    "orderMeaning",
    "requirements",
    "short",
];

/// Extensions that say how a definition was made, or how it is to be shown.
const EXTENSIONS: &[&str] = &[
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-NamingSystem.title",
    "http://hl7.org/fhir/StructureDefinition/codesystem-concept-comments",
    "http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice-explanation",
    "http://hl7.org/fhir/StructureDefinition/elementdefinition-bindingName",
    "http://hl7.org/fhir/StructureDefinition/elementdefinition-isCommonBinding",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-category",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-conformance-derivedFrom",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-display-hint",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-explicit-type-name",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-fmm",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-normative-version",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-security-category",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status-reason",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-summary",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-wg",
    "http://hl7.org/fhir/StructureDefinition/valueset-concept-comments",
    "http://hl7.org/fhir/StructureDefinition/valueset-concept-definition",
    "http://hl7.org/fhir/tools/StructureDefinition/snapshot-base-version",
    "http://hl7.org/fhir/tools/StructureDefinition/snapshot-source",
];

const LICENSED: &[&str] = &["http://snomed.info/sct", "http://loinc.org"];

/// The facts of a resource of R4 itself; none, when it is no definition.
pub fn of_core(resource: Value) -> Option<Value> {
    of_kinds(resource, &[KINDS], Displays::DropLicensed)
}

/// The facts of a resource of any other package; none, when it is no definition.
pub fn of_package(resource: Value) -> Option<Value> {
    of_kinds(resource, &[KINDS, KINDS_OF_PACKAGES], Displays::Keep)
}

fn of_kinds(mut resource: Value, kinds: &[&[&str]], displays: Displays) -> Option<Value> {
    let kind = resource.text("resourceType")?;
    if !kinds.iter().any(|kinds| kinds.contains(&kind)) {
        return None;
    }
    keep_facts(&mut resource, displays);
    Some(resource)
}

/// Drops from `definition` all that is not a structural fact.
fn keep_facts(definition: &mut Value, displays: Displays) {
    drop_extensions(definition);
    if displays == Displays::DropLicensed {
        drop_displays(definition);
    }
    reduce(definition);
}

fn reduce(definition: &mut Value) {
    let Some(resource) = definition.as_object_mut() else {
        return;
    };
    let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default().to_owned();
    if kind == "StructureDefinition" && resource.get("snapshot").is_some() {
        resource.remove("differential");
    }
    let of_type = PROSE_OF_TYPES.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, names)| names);
    forget(resource, PROSE);
    forget(resource, of_type);
    each(resource, "contained", &mut reduce);
    match kind.as_str() {
        "StructureDefinition" => {
            for view in ["snapshot", "differential"] {
                each_in(resource, view, "element", &mut element);
            }
        }
        "CodeSystem" => {
            each(resource, "concept", &mut concept);
            each(resource, "property", &mut |property| forget_of(property, &["description"]));
            each(resource, "filter", &mut |filter| forget_of(filter, &["description"]));
        }
        "ConceptMap" => each(resource, "group", &mut group),
        "OperationDefinition" => each(resource, "parameter", &mut parameter),
        "CompartmentDefinition" => {
            each(resource, "resource", &mut |entry| forget_of(entry, &["documentation"]));
        }
        "NamingSystem" => each(resource, "uniqueId", &mut |entry| forget_of(entry, &["comment"])),
        _ => {}
    }
}

fn element(element: &mut Value) {
    let Some(element) = element.as_object_mut() else {
        return;
    };
    forget(element, PROSE_OF_ELEMENTS);
    each(element, "constraint", &mut |constraint| forget_of(constraint, &["requirements", "xpath"]));
    for name in ["binding", "slicing"] {
        if let Some(part) = element.get_mut(name) {
            forget_of(part, &["description"]);
        }
    }
}

/// The depth of concepts is bounded by the reader of JSON, as is that of parameters.
fn concept(concept: &mut Value) {
    forget_of(concept, &["definition"]);
    if let Some(concept) = concept.as_object_mut() {
        each(concept, "concept", &mut self::concept);
    }
}

fn parameter(parameter: &mut Value) {
    forget_of(parameter, &["documentation"]);
    if let Some(parameter) = parameter.as_object_mut() {
        each(parameter, "part", &mut self::parameter);
    }
}

fn group(group: &mut Value) {
    let Some(group) = group.as_object_mut() else {
        return;
    };
    each(group, "element", &mut |element| {
        if let Some(element) = element.as_object_mut() {
            each(element, "target", &mut |target| forget_of(target, &["comment"]));
        }
    });
}

/// Drops the members called `names`, and what stands beside them as `_name`.
fn forget(object: &mut Object, names: &[&str]) {
    object.retain(|name, _| !names.contains(&name.strip_prefix('_').unwrap_or(name)));
}

fn forget_of(value: &mut Value, names: &[&str]) {
    if let Some(object) = value.as_object_mut() {
        forget(object, names);
    }
}

fn each(object: &mut Object, name: &str, change: &mut dyn FnMut(&mut Value)) {
    if let Some(Value::Array(items)) = object.get_mut(name) {
        items.iter_mut().for_each(change);
    }
}

fn each_in(object: &mut Object, part: &str, name: &str, change: &mut dyn FnMut(&mut Value)) {
    if let Some(part) = object.get_mut(part).and_then(Value::as_object_mut) {
        each(part, name, change);
    }
}

fn drop_extensions(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_extensions),
        Value::Object(object) => {
            if let Some(Value::Array(extensions)) = object.get_mut("extension") {
                let is_dropped = |extension: &Value| {
                    extension.text("url").is_some_and(|url| EXTENSIONS.binary_search(&url).is_ok())
                };
                extensions.retain(|extension| !is_dropped(extension));
            }
            object.iter_mut().for_each(|(_, member)| drop_extensions(member));
            object.retain(|name, member| !is_emptied(name, member));
        }
        _ => {}
    }
}

/// Whether nothing is left of extensions, or of the object beside a primitive that held nothing else.
fn is_emptied(name: &str, member: &Value) -> bool {
    match member {
        Value::Array(items) => name == "extension" && items.is_empty(),
        Value::Object(object) => name.starts_with('_') && object.is_empty(),
        _ => false,
    }
}

/// Drops displays and designations of licensed systems wherever a member beside or above names the system.
fn drop_displays(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_displays),
        Value::Object(object) => {
            let names = |object: &Object, member| {
                object.get(member).and_then(Value::as_str).is_some_and(|system| LICENSED.contains(&system))
            };
            if names(object, "system") {
                forget(object, &["display", "designation"]);
                each(object, "concept", &mut |concept| forget_of(concept, &["display", "designation"]));
            }
            if names(object, "source") {
                each(object, "element", &mut |element| forget_of(element, &["display"]));
            }
            if names(object, "target") {
                each(object, "element", &mut |element| {
                    if let Some(element) = element.as_object_mut() {
                        each(element, "target", &mut |target| forget_of(target, &["display"]));
                    }
                });
            }
            if names(object, "url") {
                each(object, "concept", &mut without_displays);
            }
            object.iter_mut().for_each(|(_, member)| drop_displays(member));
        }
        _ => {}
    }
}

/// The concepts of a licensed code system itself.
fn without_displays(concept: &mut Value) {
    forget_of(concept, &["display", "designation"]);
    if let Some(concept) = concept.as_object_mut() {
        each(concept, "concept", &mut without_displays);
    }
}

#[cfg(test)]
mod tests;
