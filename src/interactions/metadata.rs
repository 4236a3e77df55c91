//! What can this server do? <https://hl7.org/fhir/R4/http.html#capabilities>
//!
//! Computed from [`crate::ALL`], which dispatch uses too: nothing is announced that does not answer.

use model::{Object, ResourceType, Value, value::object};

use crate::operation::Level;
use crate::{Answer, Context, HttpVerb, MetadataMode, Offer, Operation, Shape};

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
const PATCH_FORMATS: [&str; 5] = [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/xml-patch+xml",
    "application/fhir+json",
    "application/fhir+xml",
];

pub(crate) fn run(context: &Context, mode: MetadataMode) -> Answer {
    let statement = match mode {
        MetadataMode::Full | MetadataMode::Normative => capabilities(context, mode),
        MetadataMode::Terminology => terminology(context),
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

/// What the server knows of codes, and which questions about them it answers.
fn terminology(context: &Context) -> Object {
    let offers = |name: &str| context.operations.iter().any(|operation| operation.name == name);
    let mut statement = head(context, "TerminologyCapabilities");
    let systems = context.library.rules();
    let systems = systems.terminology.systems().iter().map(|(url, versions)| {
        let mut system = object([("uri", url.as_str().into())]);
        let versions: Vec<_> = versions.iter().map(|it| object([("code", it.as_str().into())])).collect();
        if let (false, Some(owner)) = (versions.is_empty(), system.as_object_mut()) {
            owner.set("version", versions);
        }
        system
    });
    statement.set("codeSystem", systems.collect::<Vec<_>>());
    if offers("expand") {
        let parameters = ::terminology::EXPAND_PARAMETERS.iter();
        let parameters: Vec<_> = parameters.map(|name| object([("name", (*name).into())])).collect();
        let filter = "each word of the filter must begin a word of the display, or of the code";
        let expansion = [
            ("hierarchical", true.into()),
            ("paging", true.into()),
            ("incomplete", false.into()),
            ("parameter", parameters.into()),
            ("textFilter", filter.into()),
        ];
        statement.set("expansion", object(expansion));
    }
    // Search takes the codes that are named, and does not look for those below them.
    statement.set("codeSearch", "explicit");
    if offers("validate-code") {
        statement.set("validateCode", object([("translations", true.into())]));
    }
    if offers("translate") {
        statement.set("translation", object([("needsMap", false.into())]));
    }
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
    let mut rest = object([
        ("mode", "server".into()),
        ("resource", resources.into()),
        ("interaction", interactions(&[Shape::Base, Shape::SystemHistory])),
    ]);
    operations(&mut rest, context, (&[Level::System], None));
    rest
}

fn resource(context: &Context, resource_type: ResourceType) -> Value {
    let profile = format!("http://hl7.org/fhir/StructureDefinition/{resource_type}");
    let shapes = [Shape::Type, Shape::TypeHistory, Shape::Instance, Shape::InstanceHistory, Shape::Version];
    let mut resource = object([
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
    ]);
    operations(&mut resource, context, (&[Level::Type, Level::Instance], Some(resource_type)));
    resource
}

/// Names the operations that answer on one of these levels.
fn operations(owner: &mut Value, context: &Context, place: (&[Level], Option<ResourceType>)) {
    let answers = |operation: &&Operation| place.0.iter().any(|level| operation.answers_at(*level, place.1));
    let name = |operation: &Operation| {
        object([("name", operation.name.into()), ("definition", operation.definition.into())])
    };
    let named: Vec<_> = context.operations.iter().filter(answers).map(name).collect();
    if let (false, Some(owner)) = (named.is_empty(), owner.as_object_mut()) {
        owner.set("operation", named);
    }
}

fn interactions(shapes: &[Shape]) -> Value {
    let offered = crate::ALL.iter().filter(|offer| shapes.contains(&offer.shape));
    offered.map(|offer| object([("code", offer.code.into())])).collect::<Vec<_>>().into()
}

fn codes(codes: &[&str]) -> Value {
    codes.iter().map(|code| Value::from(*code)).collect::<Vec<_>>().into()
}
