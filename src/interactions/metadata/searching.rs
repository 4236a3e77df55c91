//! What can be searched for? <https://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.resource.searchParam>

use std::collections::BTreeMap;

use model::{ResourceType, Value, value::object};
use search::{Catalogue, Kind, Parameter};

/// What a search of any type understands that is no property of a resource: name and type, and the definition where R4
/// has one.
const BEYOND: [(&str, &str, Option<&str>); 6] = [
    ("_content", "string", Some("http://hl7.org/fhir/SearchParameter/Resource-content")),
    ("_filter", "special", Some("http://hl7.org/fhir/SearchParameter/filter")),
    ("_has", "special", None),
    ("_list", "special", None),
    ("_text", "string", Some("http://hl7.org/fhir/SearchParameter/DomainResource-text")),
    ("_type", "token", None),
];

/// Parameters that FHIR defines for all types and this server does not answer.
const UNANSWERED: [&str; 1] = ["_query"];

/// What may refer to each type, and how: `Observation:subject`.
pub(super) struct Referring {
    by_type: BTreeMap<ResourceType, Vec<Value>>,
}

impl Referring {
    pub(super) fn new(catalogue: &Catalogue, types: &[ResourceType]) -> Self {
        let mut by_type: BTreeMap<ResourceType, Vec<Value>> = BTreeMap::new();
        for parameter in types.iter().flat_map(|it| catalogue.of_type(*it)).filter(refers) {
            let targets = if parameter.targets.is_empty() { types } else { &parameter.targets };
            for target in targets {
                by_type.entry(*target).or_default().push(reference(parameter));
            }
        }
        Self { by_type }
    }
}

/// Tells of a type what finds it and what can be included beside it.
pub(super) fn of_type(
    resource: &mut Value,
    catalogue: &Catalogue,
    resource_type: ResourceType,
    referring: &Referring,
) {
    let Some(resource) = resource.as_object_mut() else { return };
    let follows = catalogue.of_type(resource_type).filter(refers).map(reference);
    let includes: Vec<Value> = [Value::from("*")].into_iter().chain(follows).collect();
    resource.set("searchInclude", includes);
    if let Some(referring) = referring.by_type.get(&resource_type) {
        resource.set("searchRevInclude", referring.clone());
    }
    resource.set("searchParam", answered(catalogue, resource_type).map(told).collect::<Vec<_>>());
}

/// Tells what finds resources of all types.
pub(super) fn of_all(rest: &mut Value, catalogue: &Catalogue, types: &[ResourceType]) {
    let Some(rest) = rest.as_object_mut() else { return };
    // What every type has, any type has.
    let shared = types.first().into_iter().flat_map(|any| answered(catalogue, *any));
    let shared = shared.filter(|parameter| parameter.code.starts_with('_')).map(told);
    let beyond = BEYOND.map(|(name, kind, definition)| match definition {
        Some(url) => object([("name", name.into()), ("definition", url.into()), ("type", kind.into())]),
        None => object([("name", name.into()), ("type", kind.into())]),
    });
    rest.set("searchParam", shared.chain(beyond).collect::<Vec<_>>());
}

fn answered(catalogue: &Catalogue, resource_type: ResourceType) -> impl Iterator<Item = &Parameter> {
    let is_beyond = |code: &str| BEYOND.iter().any(|(name, ..)| *name == code);
    let parameters = catalogue.of_type(resource_type);
    parameters.filter(move |parameter| {
        !UNANSWERED.contains(&parameter.code.as_str()) && !is_beyond(&parameter.code)
    })
}

fn refers(parameter: &&Parameter) -> bool {
    parameter.kind == Kind::Reference
}

fn reference(parameter: &Parameter) -> Value {
    format!("{}:{}", parameter.resource_type, parameter.code).into()
}

fn told(parameter: &Parameter) -> Value {
    object([
        ("name", parameter.code.as_str().into()),
        ("definition", parameter.url.as_str().into()),
        ("type", parameter.kind.as_str().into()),
    ])
}
