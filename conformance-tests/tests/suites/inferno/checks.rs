//! What does each kind of test demand?
//!
//! A test of Inferno is told by the end of its name. What it asks for is looked up in the metadata; what is no search is
//! tried on the resources that the searches of its group found.

use std::collections::BTreeSet;

use model::{Code, Issue, Value};
use validate::{Level, Request, validate};

use super::ask;
use super::data::key;
use super::kit::{Kit, place};
use super::paths::values;
use super::recording::Test;
use super::replay::searches;
use super::slices::Slices;
use super::support::missing;
use crate::validation::{first_error, on_all_cores};

/// Whether a test is about something that a server on this machine does not show: TLS.
pub(crate) fn is_apart(test: &Test) -> bool {
    test.name == "standalone_auth_tls"
}

type Check = fn(&Kit<'_>, &Test) -> Result<(), String>;

/// Every kind of test, by the end of its name; the first that fits counts.
const ALL: &[(&str, Check)] = &[
    ("_search_test", searches),
    ("_read_test", reads),
    ("_medication_validation_test", medications_are_valid),
    ("_validation_test", is_valid),
    ("_must_support_test", is_supported),
    ("_reference_resolution_test", references_resolve),
    ("_custodian_test", |kit, test| some_has(kit, test, "custodian")),
    ("_practitioner_address_test", |kit, test| some_has(kit, test, "address")),
    ("us_core_clinical_note_types", note_types_are_there),
    ("us_core_clinical_note_attachments", reports_are_documents),
    ("us_core_screening_assessment_category", searches),
    ("_data_absent_reason_extension", |kit, _| some_says(kit, "StructureDefinition/data-absent-reason")),
    ("_data_absent_reason_code_system", |kit, _| some_says(kit, "CodeSystem/data-absent-reason")),
    ("us_core_conformance_support", |kit, _| ask::capabilities(kit.site).map(drop)),
    ("us_core_fhir_version", version_is_r4),
    ("us_core_json_support", json_is_spoken),
    ("_resource_support", resources_are_supported),
    ("us_core_profile_support", profiles_are_supported),
    ("us_core_instantiate", is_an_instance),
];

/// Tries a test.
pub(crate) fn outcome(kit: &Kit<'_>, test: &Test) -> Result<(), String> {
    let kind = ALL.iter().find(|(end, _)| test.name.ends_with(end));
    let (_, check) = kind.ok_or_else(|| format!("nobody knows what `{}` demands", test.name))?;
    check(kit, test)
}

/// What the searches of a test's group found; an error when that is nothing.
fn found<'k>(kit: &'k Kit<'_>, test: &Test) -> Result<Vec<&'k Value>, String> {
    let found = kit.found(&test.group);
    if found.is_empty() { Err("no resource of the group was found".to_owned()) } else { Ok(found) }
}

/// A resource that was found is read as it was stored.
fn reads(kit: &Kit<'_>, test: &Test) -> Result<(), String> {
    for resource in found(kit, test)? {
        let key = key(resource).ok_or("a resource has no type or id")?;
        let read = ask::read(kit.site, &key)?;
        let stored = kit.loaded.get(&key).ok_or_else(|| format!("nobody stored {key:?}"))?;
        if without_meta(&read) != without_meta(stored) {
            return Err(format!("{key:?} is read otherwise than it was stored"));
        }
    }
    Ok(())
}

/// The resource without what the server adds to it.
fn without_meta(resource: &Value) -> Value {
    let mut plain = resource.clone();
    if let Some(object) = plain.as_object_mut() {
        object.remove("meta");
    }
    plain
}

fn is_valid(kit: &Kit<'_>, test: &Test) -> Result<(), String> {
    let profile = kit.group(&test.group).and_then(|group| group.text("profile_url"));
    are_valid(kit, &found(kit, test)?, profile.ok_or("the group has no profile")?)
}

fn medications_are_valid(kit: &Kit<'_>, test: &Test) -> Result<(), String> {
    let mut medications = Vec::new();
    for request in found(kit, test)? {
        let named = values(request, "medicationReference.reference", &Slices::default());
        for key in named.into_iter().filter_map(|reference| place(reference.as_str()?)) {
            medications.push(ask::read(kit.site, &key)?);
        }
    }
    if medications.is_empty() {
        return Err("no request refers to a Medication".to_owned());
    }
    let profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-medication";
    are_valid(kit, &medications.iter().collect::<Vec<_>>(), profile)
}

fn are_valid(kit: &Kit<'_>, resources: &[&Value], profile: &str) -> Result<(), String> {
    let request = Request { level: Level::Full, profiles: &[profile], best_practice: false };
    let errors = on_all_cores(resources, |resource| {
        let mut issues = validate(&kit.rules, resource, &request);
        issues.retain(|issue| !is_passed_over(issue));
        first_error(&issues)
    });
    let mut errors =
        resources.iter().zip(errors).filter_map(|(resource, error)| Some((key(resource), error?)));
    match errors.next() {
        Some((key, error)) => Err(format!("{key:?} and {} more: {error}", errors.count())),
        None => Ok(()),
    }
}

/// What Inferno passes over, too: extensions that its validator was not given, as the data has those of later versions
/// of the guide; and an invariant of US Core 3.1.1 that forgets that a time may be a Period.
fn is_passed_over(issue: &Issue) -> bool {
    let is_forgetful = issue.message.starts_with("us-core-1:")
        && issue.expression.as_deref().is_some_and(|place| place.ends_with(".ofType(Period)"));
    issue.code == Code::UnknownExtension || (issue.code == Code::InvariantBroken && is_forgetful)
}

fn is_supported(kit: &Kit<'_>, test: &Test) -> Result<(), String> {
    let group = kit.group(&test.group).and_then(|group| group.get("must_supports"));
    let missing = missing(group.ok_or("the group has no metadata")?, &found(kit, test)?);
    if missing.is_empty() { Ok(()) } else { Err(format!("no resource has {}", missing.join(", "))) }
}

fn some_has(kit: &Kit<'_>, test: &Test, path: &str) -> Result<(), String> {
    let mut found = found(kit, test)?.into_iter();
    let is_there = found.any(|resource| !values(resource, path, &Slices::default()).is_empty());
    is_there.then_some(()).ok_or_else(|| format!("no resource has {path}"))
}

fn some_says(kit: &Kit<'_>, url_end: &str) -> Result<(), String> {
    let is_said = kit.all_found().any(|resource| says(resource, url_end));
    is_said.then_some(()).ok_or_else(|| format!("no resource speaks of {url_end}"))
}

fn says(value: &Value, url_end: &str) -> bool {
    match value {
        Value::String(text) => text.ends_with(url_end),
        Value::Array(items) => items.iter().any(|item| says(item, url_end)),
        Value::Object(object) => object.iter().any(|(_, member)| says(member, url_end)),
        _ => false,
    }
}

/// Of each element that must be supported and holds references, one leads to what is there and of a type that is meant.
fn references_resolve(kit: &Kit<'_>, test: &Test) -> Result<(), String> {
    let found = found(kit, test)?;
    let group = kit.group(&test.group).ok_or("the group has no metadata")?;
    let list = |value: &'_ Value, name: &str| value.get(name).map_or(Vec::new(), |it| it.items().to_vec());
    let elements = group.get("must_supports").map_or(Vec::new(), |supported| list(supported, "elements"));
    let references = elements.iter().filter(|it| list(it, "types").contains(&Value::from("Reference")));
    for element in references {
        let path = element.text("path").unwrap_or_default();
        let all = list(group, "references").into_iter();
        let own_path = format!("{}.{path}", group.text("resource").unwrap_or_default());
        let mut profiles = list(element, "target_profiles");
        profiles
            .extend(all.filter(|it| it.text("path") == Some(&own_path)).flat_map(|it| list(&it, "profiles")));
        let types: BTreeSet<_> = profiles.iter().filter_map(|url| type_of(kit, url.as_str()?)).collect();
        let named = found.iter().flat_map(|it| values(it, &format!("{path}.reference"), &Slices::default()));
        let named: BTreeSet<_> = named.filter_map(|reference| place(reference.as_str()?)).collect();
        let is_of_type =
            |name: &String| types.is_empty() || types.contains("Resource") || types.contains(name);
        let leads = named.iter().any(|key| is_of_type(&key.0) && ask::read(kit.site, key).is_ok());
        // That none refers to anything is told by the test of what must be supported.
        if !leads && !named.is_empty() {
            return Err(format!("no {path} leads to one of {types:?}"));
        }
    }
    Ok(())
}

/// The type of resources that conform to a profile.
fn type_of(kit: &Kit<'_>, profile: &str) -> Option<String> {
    let definition = kit.registry().resolve_as("StructureDefinition", profile)?;
    definition.text("type").map(str::to_owned)
}

/// Each kind of note that the guide lists stands in some document or report.
fn note_types_are_there(kit: &Kit<'_>, test: &Test) -> Result<(), String> {
    searches(kit, test)?;
    let is_there = |resource_type: &str, path: &str, system: &str, code: &str| {
        let of_type = kit.loaded.iter().filter(|((known, _), _)| known == resource_type);
        let mut codings = of_type.flat_map(|(_, resource)| values(resource, path, &Slices::default()));
        codings.any(|coding| coding.text("system") == Some(system) && coding.text("code") == Some(code))
    };
    for (url, resource_type, path) in [
        ("us-core-clinical-note-type", "DocumentReference", "type.coding"),
        ("us-core-diagnosticreport-category", "DiagnosticReport", "category.coding"),
    ] {
        let url = format!("http://hl7.org/fhir/us/core/ValueSet/{url}");
        let set = kit.registry().resolve_as("ValueSet", &url).ok_or_else(|| format!("there is no {url}"))?;
        for include in values(&set, "compose.include", &Slices::default()) {
            let system = include.text("system").unwrap_or_default();
            for concept in values(include, "concept.code", &Slices::default()) {
                let code = concept.as_str().unwrap_or_default();
                if !is_there(resource_type, path, system, code) {
                    return Err(format!("no {resource_type} is of the kind {code}"));
                }
            }
        }
    }
    Ok(())
}

/// What is attached to a report is attached to a document too.
fn reports_are_documents(kit: &Kit<'_>, _: &Test) -> Result<(), String> {
    let attached = |resource_type: &str, path: &str| -> BTreeSet<String> {
        let of_type = kit.all_found().filter(|resource| resource.text("resourceType") == Some(resource_type));
        let urls = of_type.flat_map(|resource| values(resource, path, &Slices::default()));
        urls.filter_map(|url| url.as_str().map(str::to_owned)).collect()
    };
    let reports = attached("DiagnosticReport", "presentedForm.url");
    let documents = attached("DocumentReference", "content.attachment.url");
    if reports.is_empty() {
        return Err("no report has an attachment".to_owned());
    }
    let lacking: Vec<_> = reports.difference(&documents).collect();
    if lacking.is_empty() { Ok(()) } else { Err(format!("no document has {lacking:?}")) }
}

fn version_is_r4(kit: &Kit<'_>, _: &Test) -> Result<(), String> {
    match ask::capabilities(kit.site)?.text("fhirVersion") {
        Some("4.0.1") => Ok(()),
        other => Err(format!("the version is {other:?}")),
    }
}

fn json_is_spoken(kit: &Kit<'_>, _: &Test) -> Result<(), String> {
    let statement = ask::capabilities(kit.site)?;
    let formats = values(&statement, "format", &Slices::default());
    let speaks =
        formats.iter().filter_map(|it| it.as_str()).any(|it| it == "json" || it == "application/fhir+json");
    speaks.then_some(()).ok_or_else(|| "JSON is not among the formats".to_owned())
}

/// Each type of the kit is there with what the kit says a server shall do with it.
fn resources_are_supported(kit: &Kit<'_>, _: &Test) -> Result<(), String> {
    let statement = ask::capabilities(kit.site)?;
    let resources = values(&statement, "rest.resource", &Slices::default());
    for group in kit.groups() {
        let wanted = group.text("resource").unwrap_or_default();
        let resource = resources.iter().find(|resource| resource.text("type") == Some(wanted));
        let resource = resource.ok_or_else(|| format!("{wanted} is not told of"))?;
        let offered = values(resource, "interaction.code", &Slices::default());
        for interaction in values(group, "interactions", &Slices::default()) {
            let code = interaction.text("code");
            let shall = interaction.text("expectation") == Some("SHALL");
            if shall && !offered.iter().any(|offered| offered.as_str() == code) {
                return Err(format!("{wanted} lacks {code:?}"));
            }
        }
    }
    Ok(())
}

fn profiles_are_supported(kit: &Kit<'_>, _: &Test) -> Result<(), String> {
    let statement = ask::capabilities(kit.site)?;
    let supported = values(&statement, "rest.resource.supportedProfile", &Slices::default());
    let supported: BTreeSet<_> = supported.into_iter().filter_map(Value::as_str).collect();
    let wanted = kit.groups().iter().filter_map(|group| group.text("profile_url"));
    let lacking: Vec<_> = wanted.filter(|profile| !supported.contains(profile)).collect();
    if lacking.is_empty() { Ok(()) } else { Err(format!("{} are not told of: {lacking:?}", lacking.len())) }
}

fn is_an_instance(kit: &Kit<'_>, _: &Test) -> Result<(), String> {
    let statement = ask::capabilities(kit.site)?;
    let wanted = "http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server";
    let named = values(&statement, "instantiates", &Slices::default());
    let is_named = named.iter().filter_map(|it| it.as_str()).any(|it| it.split('|').next() == Some(wanted));
    is_named.then_some(()).ok_or_else(|| format!("{wanted} is not among what it instantiates"))
}
