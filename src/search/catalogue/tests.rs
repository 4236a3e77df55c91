//! Are the parameters there that the definitions tell of?

use fhir_profiles::Definitions;
use model::{Value, json};

use super::*;

fn resource_type(name: &str) -> ResourceType {
    Definitions::r4().resource_type(name).expect("a type of resources")
}

/// R4 with definitions on top, each a SearchParameter of `Patient` in JSON without what all have.
fn laid(definitions: &[&str]) -> Catalogue {
    let parse = |text: &&str| {
        let text = format!(r#"{{"resourceType":"SearchParameter","status":"active",{text}}}"#);
        json::parse(text.as_bytes()).expect("it is JSON")
    };
    Catalogue::new(&Registry::r4().with(definitions.iter().map(parse).collect::<Vec<Value>>()))
}

/// A parameter in a line.
fn check(catalogue: &Catalogue, name: &str, expected: &str) {
    let (resource_name, code) = name.split_once('.').expect("type and code");
    let shown = match catalogue.find(resource_type(resource_name), code) {
        None => "none".to_owned(),
        Some(parameter) => shown(catalogue, parameter),
    };
    assert_eq!(shown, expected, "{name}");
}

fn shown(catalogue: &Catalogue, parameter: &Parameter) -> String {
    let components = parameter.components.iter().map(|component| {
        let code = component.parameter.map(|id| catalogue.by_id(id).map_or("?", |found| &*found.code));
        format!("{} by {}", component.kind.as_str(), code.unwrap_or("none"))
    });
    let targets = parameter.targets.iter().map(ToString::to_string);
    let kind = std::iter::once(parameter.kind.as_str().to_owned());
    kind.chain(targets).chain(components).collect::<Vec<_>>().join(", ")
}

/// What is complained of when this definition is laid on top.
fn check_complaint(definition: &str, expected: &str) {
    let complaints = laid(&[definition]).complaints().join("; ");
    let message = complaints.strip_prefix("the search parameter `u` is left out");
    let message = message.map(|rest| rest.strip_prefix(": ").unwrap_or(rest));
    assert_eq!(message.unwrap_or(&complaints), expected);
}

#[test]
fn all_of_r4_is_compiled_without_complaint() {
    let catalogue = Catalogue::r4();
    assert_eq!(catalogue.complaints(), &[] as &[String]);
    let count: usize =
        Definitions::r4().resource_types().iter().map(|it| catalogue.of_type(*it).count()).sum();
    assert_eq!((count, catalogue.parameters.len()), (2_582, 2_582));
    assert!(
        catalogue.parameters.iter().all(|it| catalogue.by_id(it.id).is_some_and(|by| std::ptr::eq(by, it)))
    );
    assert!(Arc::ptr_eq(&catalogue, &Catalogue::r4()));
}

#[test]
fn parameters_are_found_by_type_and_code() {
    let r4 = Catalogue::r4();
    check(&r4, "Patient.family", "string");
    check(&r4, "Observation.patient", "reference, Patient");
    check(&r4, "Condition.subject", "reference, Group, Patient");
    check(&r4, "Bundle.composition", "reference, Composition");
    check(&r4, "Location.near", "special");
    check(&r4, "Binary._lastUpdated", "date");
    check(&r4, "Binary._id", "token");
    for none in [
        "Patient.part-agree",
        "Patient.age",
        "Patient._text",
        "Patient._filter",
        "Patient.Family",
        "Patient.",
    ] {
        check(&r4, none, "none");
    }
    let codes: Vec<_> = r4.of_type(resource_type("Linkage")).map(|it| it.code.as_str()).collect();
    assert_eq!(
        codes,
        ["_id", "_lastUpdated", "_profile", "_security", "_source", "_tag", "author", "item", "source"]
    );
}

#[test]
fn components_lead_through_parameters_that_have_all_their_values() {
    let r4 = Catalogue::r4();
    check(&r4, "Observation.code-value-quantity", "composite, token by code, quantity by value-quantity");
    check(&r4, "Observation.code-value-date", "composite, token by code, date by value-date");
    check(
        &r4,
        "Observation.combo-code-value-quantity",
        "composite, token by combo-code, quantity by combo-value-quantity",
    );
    check(&r4, "ValueSet.context-type-value", "composite, token by context-type, token by context");
    check(&r4, "DocumentReference.relationship", "composite, token by relation, reference by relatesto");
    // A characteristic may be what `value` does not take.
    check(&r4, "Group.characteristic-value", "composite, token by characteristic, token by none");
    check(
        &r4,
        "MolecularSequence.chromosome-variant-coordinate",
        "composite, token by none, number by variant-start, number by variant-end",
    );
}

#[test]
fn few_components_of_r4_lead_nowhere() {
    let r4 = Catalogue::r4();
    let leads_nowhere = |it: &&Parameter| it.components.iter().any(|component| component.parameter.is_none());
    let found =
        r4.parameters.iter().filter(leads_nowhere).map(|it| format!("{}.{}", it.resource_type, it.code));
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            "Group.characteristic-value",
            "MolecularSequence.chromosome-variant-coordinate",
            "MolecularSequence.referenceseqid-variant-coordinate",
        ]
    );
}

#[test]
fn a_package_may_say_anew_what_a_parameter_is() {
    let code =
        r#""url":"u","code":"code","base":["Observation"],"type":"token","expression":"Observation.code""#;
    let text =
        r#""url":"t","code":"code","base":["Observation"],"type":"token","expression":"Observation.method""#;
    let catalogue = laid(&[code]);
    assert_eq!(catalogue.complaints(), &[] as &[String]);
    let found = catalogue.find(resource_type("Observation"), "code").expect("it is there");
    assert_eq!(found.url, "u");
    check(
        &catalogue,
        "Observation.code-value-quantity",
        "composite, token by code, quantity by value-quantity",
    );
    check(
        &laid(&[text]),
        "Observation.code-value-quantity",
        "composite, token by none, quantity by value-quantity",
    );
}

#[test]
fn a_definition_that_cannot_be_used_is_left_out_with_a_complaint() {
    check_complaint(
        r#""url":"u","code":"a:b","base":["Patient"],"type":"token","expression":"Patient.id""#,
        "`code` is `a:b`, expected letters, digits, `-` and `_`",
    );
    check_complaint(
        r#""url":"u","code":"x","base":["Patient"],"type":"sound","expression":"Patient.id""#,
        "`type` is `sound`, expected the code of a search type",
    );
    check_complaint(
        r#""url":"u","code":"x","base":["Patient"],"type":"special","expression":"Patient.id""#,
        "`type` is `special`, and of these only `near` is known",
    );
    check_complaint(
        r#""url":"u","code":"x","base":["Patient"],"type":"token""#,
        "it has no `expression`, which tells what to search by",
    );
    check_complaint(
        r#""url":"u","code":"x","base":["Patient"],"type":"token","expression":"Patient.nothing""#,
        " of Patient: `expression` leads to nothing",
    );
    check_complaint(
        r#""url":"u","code":"x","base":["Patient"],"type":"token","expression":"Observation.code""#,
        " of Patient: `expression` leads to nothing",
    );
    check_complaint(
        r#""url":"u","code":"x","base":["Patient"],"type":"token","expression":"Patient.name.first("}"#
            .trim_end_matches('}'),
        " of Patient: `expression` is no FHIRPath: a name, a value or a bracket is expected at character 19",
    );
    check_complaint(
        r#""url":"u","code":"x","base":["Patient"],"type":"date","expression":"today()""#,
        "`expression` asks for the time of day, and what is searched by may not depend on it",
    );
    check_complaint(
        r#""url":"u","code":"x","base":["Patient"],"type":"composite","expression":"Patient""#,
        "a composite of 0 components, expected 1 to 32",
    );
    check_complaint(
        r#""url":"u","code":"x","base":["Patient"],"type":"composite","expression":"Patient","component":[{"definition":"v","expression":"name"}]"#,
        " of Patient: its component `v` is not known as the parameter of a value",
    );
    check_complaint(
        r#""url":"u","code":"x","base":["Nobody"],"type":"token","expression":"Patient.id""#,
        "its `base` is `Nobody`, expected a type of resources",
    );
}

#[test]
fn what_is_wrong_for_many_types_is_one_complaint() {
    check_complaint(
        r#""url":"u","code":"x","base":["Resource"],"type":"token","expression":"Resource.nothing""#,
        " of Account, ActivityDefinition, AdverseEvent, AllergyIntolerance, Appointment and 141 other types: \
         `expression` leads to nothing",
    );
    let text = r#""url":"u","code":"x","base":["Resource"],"type":"token","expression":"Patient.active""#;
    check(&laid(&[text]), "Patient.x", "token");
}

#[test]
fn two_definitions_of_one_package_for_one_code_are_complained_of() {
    let one = r#""url":"t","code":"x","base":["Patient"],"type":"token","expression":"Patient.active""#;
    let other = r#""url":"u","code":"x","base":["Patient"],"type":"token","expression":"Patient.gender""#;
    let catalogue = laid(&[one, other]);
    let expected =
        "the search parameter `u` is left out of Patient: `t` of the same package defines `x`, too";
    assert_eq!(catalogue.complaints(), [expected]);
    assert_eq!(catalogue.find(resource_type("Patient"), "x").map(|it| it.url.as_str()), Some("t"));
    // Of one definition the newest version counts.
    let older = r#""url":"t","version":"1.9.0","code":"x","base":["Patient"],"type":"token","expression":"Patient.active""#;
    let newer = r#""url":"t","version":"1.10.0","code":"x","base":["Patient"],"type":"string","expression":"Patient.name""#;
    for both in [[older, newer], [newer, older]] {
        let catalogue = laid(&both);
        assert_eq!(catalogue.complaints(), &[] as &[String]);
        check(&catalogue, "Patient.x", "string");
    }
}

#[test]
fn what_is_retired_is_no_parameter() {
    let definition =
        r#""url":"u","code":"x","base":["Patient"],"type":"token","expression":"Patient.active""#;
    let text = format!(r#"{{"resourceType":"SearchParameter","status":"retired",{definition}}}"#);
    let resource = json::parse(text.as_bytes()).expect("it is JSON");
    let catalogue = Catalogue::new(&Registry::r4().with([resource]));
    check(&catalogue, "Patient.x", "none");
    check(&laid(&[definition]), "Patient.x", "token");
}

#[test]
fn no_two_of_r4_have_rows_of_one_number() {
    let r4 = Catalogue::r4();
    let mut all: Vec<_> = r4.parameters.iter().flat_map(Parameter::ids).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}
