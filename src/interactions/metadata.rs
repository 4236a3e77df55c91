//! What can this server do? <https://hl7.org/fhir/R4/http.html#capabilities>
//!
//! Computed from [`crate::ALL`], which dispatch uses too, and from the search parameters: nothing is announced that
//! does not answer.

mod guides;
mod searching;
mod security;
mod terminology;

use model::{Object, ResourceType, Value, json, value::object};
use search::Catalogue;

use crate::library::Shelf;
use crate::operation::Level;
use crate::{Answer, Context, HttpVerb, MetadataMode, Offer, Operation, Result, Shape, aside};
use guides::Guides;
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

pub(crate) async fn run(context: &Context, mode: MetadataMode) -> Result<Answer> {
    let shelf = context.library.shelf();
    let known = match mode {
        MetadataMode::Full => &shelf.statements.full,
        MetadataMode::Normative => &shelf.statements.normative,
        MetadataMode::Terminology => {
            let mut statement = head(context, "TerminologyCapabilities");
            terminology::tell(context, &shelf.rules, &mut statement);
            return Ok(Answer::Resource(statement.into()));
        }
    };
    if let Some(statement) = known.get() {
        return Ok(Answer::Again(statement.clone()));
    }
    let (inside, rules) = (context.clone(), shelf.clone());
    let made =
        aside::run(context, move || json::to_compact(&capabilities(&inside, &rules, mode).into())).await?;
    Ok(Answer::Again(known.get_or_init(|| made.into()).clone()))
}

fn head(context: &Context, resource_type: &str) -> Object {
    let mut statement = begin(context, resource_type);
    tell_software(context, &mut statement);
    statement
}

fn begin(context: &Context, resource_type: &str) -> Object {
    let mut statement = Object::with_capacity(12);
    statement.set("resourceType", resource_type);
    statement.set("status", "active");
    statement.set("date", context.policy.started_at.to_string());
    statement.set("kind", "instance");
    statement
}

fn tell_software(context: &Context, statement: &mut Object) {
    let policy = &context.policy;
    let version = policy.software_version.as_str().into();
    statement.set("software", object([("name", "Brigid".into()), ("version", version)]));
    let url = policy.base_url.as_str().into();
    let implementation = [("description", "A FHIR R4 interoperability server".into()), ("url", url)];
    statement.set("implementation", object(implementation));
}

fn capabilities(context: &Context, shelf: &Shelf, mode: MetadataMode) -> Object {
    let guides = Guides::new(&shelf.rules.registry);
    // XML wants members in this order.
    let mut statement = begin(context, "CapabilityStatement");
    guides.tell_requirements(&mut statement);
    tell_software(context, &mut statement);
    statement.set("fhirVersion", "4.0.1");
    statement.set("format", codes(&FORMATS));
    statement.set("patchFormat", codes(&PATCH_FORMATS));
    guides.tell_guides(&mut statement);
    let all = context.definitions.resource_types();
    let catalogue = &*shelf.catalogue;
    let known = Known { context, catalogue, referring: Referring::new(catalogue, all), guides };
    statement.set("rest", vec![rest(&known, mode)]);
    statement
}

/// What the statement is made of.
struct Known<'a> {
    context: &'a Context,
    catalogue: &'a Catalogue,
    referring: Referring,
    guides: Guides,
}

fn rest(known: &Known<'_>, mode: MetadataMode) -> Value {
    let announced = |resource_type: &&ResourceType| {
        mode == MetadataMode::Full || NORMATIVE.contains(&resource_type.as_str())
    };
    let all = known.context.definitions.resource_types();
    let types = all.iter().filter(announced);
    let resources = types.map(|it| resource(known, *it)).collect::<Vec<_>>();
    let mut rest = Object::with_capacity(6);
    rest.set("mode", "server");
    security::tell(known.context, &mut rest);
    for (name, value) in
        [("resource", resources.into()), ("interaction", interactions(&[Shape::Base, Shape::SystemHistory]))]
    {
        rest.set(name, value);
    }
    let mut rest = Value::Object(rest);
    searching::of_all(&mut rest, known.catalogue, all);
    operations(&mut rest, known.context, (&[Level::System], None));
    rest
}

fn resource(known: &Known<'_>, resource_type: ResourceType) -> Value {
    let profile = format!("http://hl7.org/fhir/StructureDefinition/{resource_type}");
    let shapes = [Shape::Type, Shape::TypeHistory, Shape::Instance, Shape::InstanceHistory, Shape::Version];
    let mut resource = object([("type", resource_type.as_str().into()), ("profile", profile.into())]);
    known.guides.of_type(&mut resource, resource_type.as_str());
    let Some(owner) = resource.as_object_mut() else { return resource };
    owner.set("interaction", interactions(&shapes));
    owner.set("versioning", "versioned-update");
    owner.set("readHistory", true);
    owner.set("updateCreate", known.context.policy.client_ids);
    owner.set("conditionalCreate", true);
    owner.set("conditionalRead", "full-support");
    owner.set("conditionalUpdate", true);
    owner.set("conditionalDelete", "multiple");
    owner.set("referencePolicy", codes(&["literal", "logical"]));
    searching::of_type(&mut resource, known.catalogue, resource_type, &known.referring);
    operations(&mut resource, known.context, (&[Level::Type, Level::Instance], Some(resource_type)));
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
