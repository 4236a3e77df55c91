//! What can this server do? <https://hl7.org/fhir/R4/http.html#capabilities>
//!
//! Computed from [`crate::ALL`], which dispatch uses too, and from the search parameters: nothing is announced that
//! does not answer.

mod searching;

use model::{Object, ResourceType, Value, json, value::object};
use search::Catalogue;
use validate::Rules;

use crate::operation::Level;
use crate::{Answer, Context, HttpVerb, MetadataMode, Offer, Operation, Shape};
use searching::Referring;

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
    let shelf = context.library.shelf();
    let known = match mode {
        MetadataMode::Full => &shelf.statements.full,
        MetadataMode::Normative => &shelf.statements.normative,
        MetadataMode::Terminology => return Answer::Resource(terminology(context, &shelf.rules).into()),
    };
    let make = || json::to_compact(&capabilities(context, &shelf.catalogue, mode).into()).into();
    Answer::Again(known.get_or_init(make).clone())
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
fn terminology(context: &Context, rules: &Rules) -> Object {
    let offers = |name: &str| context.operations.iter().any(|operation| operation.name == name);
    let mut statement = head(context, "TerminologyCapabilities");
    let systems = rules.terminology.systems().iter().map(|(url, versions)| {
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

fn capabilities(context: &Context, catalogue: &Catalogue, mode: MetadataMode) -> Object {
    let mut statement = head(context, "CapabilityStatement");
    statement.set("fhirVersion", "4.0.1");
    statement.set("format", codes(&FORMATS));
    statement.set("patchFormat", codes(&PATCH_FORMATS));
    statement.set("rest", vec![rest(context, catalogue, mode)]);
    statement
}

fn rest(context: &Context, catalogue: &Catalogue, mode: MetadataMode) -> Value {
    let announced = |resource_type: &&ResourceType| {
        mode == MetadataMode::Full || NORMATIVE.contains(&resource_type.as_str())
    };
    let all = context.definitions.resource_types();
    let referring = Referring::new(catalogue, all);
    let types = all.iter().filter(announced);
    let resources = types.map(|it| resource(context, *it, (catalogue, &referring))).collect::<Vec<_>>();
    let mut rest = object([
        ("mode", "server".into()),
        ("resource", resources.into()),
        ("interaction", interactions(&[Shape::Base, Shape::SystemHistory])),
    ]);
    searching::of_all(&mut rest, catalogue, all);
    operations(&mut rest, context, (&[Level::System], None));
    rest
}

fn resource(
    context: &Context,
    resource_type: ResourceType,
    (catalogue, referring): (&Catalogue, &Referring),
) -> Value {
    let profile = format!("http://hl7.org/fhir/StructureDefinition/{resource_type}");
    let shapes = [Shape::Type, Shape::TypeHistory, Shape::Instance, Shape::InstanceHistory, Shape::Version];
    let mut resource = object([
        ("type", resource_type.as_str().into()),
        ("profile", profile.into()),
        ("interaction", interactions(&shapes)),
        ("versioning", "versioned-update".into()),
        ("readHistory", true.into()),
        ("updateCreate", context.policy.client_ids.into()),
        ("conditionalCreate", true.into()),
        ("conditionalRead", "full-support".into()),
        ("conditionalUpdate", true.into()),
        ("conditionalDelete", "multiple".into()),
        ("referencePolicy", codes(&["literal", "logical"])),
    ]);
    searching::of_type(&mut resource, catalogue, resource_type, referring);
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

/// Each interaction once, also where several requests ask for it.
fn interactions(shapes: &[Shape]) -> Value {
    let mut told: Vec<&str> = Vec::new();
    for offer in crate::ALL.iter().filter(|offer| shapes.contains(&offer.shape)) {
        if !told.contains(&offer.code) {
            told.push(offer.code);
        }
    }
    told.into_iter().map(|code| object([("code", code.into())])).collect::<Vec<_>>().into()
}

fn codes(codes: &[&str]) -> Value {
    codes.iter().map(|code| Value::from(*code)).collect::<Vec<_>>().into()
}
