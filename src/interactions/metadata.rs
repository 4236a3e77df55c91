//! What can this server do? <https://hl7.org/fhir/R4/http.html#capabilities>
//!
//! Computed from [`crate::ALL`], which dispatch uses too: nothing is announced that does not answer.

use model::{Object, ResourceType, Value, value::object};

use crate::{Answer, Context, HttpVerb, MetadataMode, Offer, Shape};

pub(crate) const OFFER: Offer = Offer { code: "capabilities", verb: HttpVerb::Get, shape: Shape::Metadata };

/// The types whose content is normative in R4: <https://hl7.org/fhir/R4/versions.html#std-process>.
const NORMATIVE: &[&str] = &[
    "Binary",
    "Bundle",
    "CapabilityStatement",
    "CodeSystem",
    "Observation",
    "OperationDefinition",
    "OperationOutcome",
    "Parameters",
    "Patient",
    "StructureDefinition",
    "ValueSet",
];

const FORMATS: [&str; 4] = ["application/fhir+json", "application/fhir+xml", "json", "xml"];
const PATCH_FORMATS: [&str; 2] = ["application/json-patch+json", "application/merge-patch+json"];

pub(crate) fn run(context: &Context, mode: MetadataMode) -> Answer {
    let statement = match mode {
        MetadataMode::Full | MetadataMode::Normative => capabilities(context, mode),
        MetadataMode::Terminology => {
            let mut statement = head(context, "TerminologyCapabilities");
            statement.set("codeSearch", "explicit");
            statement
        }
    };
    Answer::Resource(statement.into())
}

fn head(context: &Context, resource_type: &str) -> Object {
    let policy = &context.policy;
    let mut statement = Object::with_capacity(12);
    statement.set("resourceType", resource_type);
    statement.set("status", "active");
    statement.set("date", policy.started_at.to_string());
    statement.set("kind", "instance");
    let version = policy.software_version.as_str().into();
    statement.set("software", object([("name", "Brigid".into()), ("version", version)]));
    let url = policy.base_url.as_str().into();
    let implementation = [("description", "A FHIR R4 interoperability server".into()), ("url", url)];
    statement.set("implementation", object(implementation));
    statement
}

fn capabilities(context: &Context, mode: MetadataMode) -> Object {
    let mut statement = head(context, "CapabilityStatement");
    statement.set("fhirVersion", "4.0.1");
    statement.set("format", codes(&FORMATS));
    statement.set("patchFormat", codes(&PATCH_FORMATS));
    statement.set("rest", vec![rest(context, mode)]);
    statement
}

fn rest(context: &Context, mode: MetadataMode) -> Value {
    let announced = |resource_type: &&ResourceType| {
        mode == MetadataMode::Full || NORMATIVE.contains(&resource_type.as_str())
    };
    let types = context.definitions.resource_types().iter().filter(announced);
    let resources = types.map(|resource_type| resource(context, *resource_type)).collect::<Vec<_>>();
    object([
        ("mode", "server".into()),
        ("resource", resources.into()),
        ("interaction", interactions(&[Shape::Base, Shape::SystemHistory])),
    ])
}

fn resource(context: &Context, resource_type: ResourceType) -> Value {
    let profile = format!("http://hl7.org/fhir/StructureDefinition/{resource_type}");
    let shapes = [Shape::Type, Shape::TypeHistory, Shape::Instance, Shape::InstanceHistory, Shape::Version];
    object([
        ("type", resource_type.as_str().into()),
        ("profile", profile.into()),
        ("interaction", interactions(&shapes)),
        ("versioning", "versioned-update".into()),
        ("readHistory", true.into()),
        ("updateCreate", context.policy.client_ids.into()),
        ("conditionalCreate", false.into()),
        ("conditionalRead", "full-support".into()),
        ("conditionalUpdate", false.into()),
        ("conditionalDelete", "not-supported".into()),
    ])
}

fn interactions(shapes: &[Shape]) -> Value {
    let offered = crate::ALL.iter().filter(|offer| shapes.contains(&offer.shape));
    offered.map(|offer| object([("code", offer.code.into())])).collect::<Vec<_>>().into()
}

fn codes(codes: &[&str]) -> Value {
    codes.iter().map(|code| Value::from(*code)).collect::<Vec<_>>().into()
}
