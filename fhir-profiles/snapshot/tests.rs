//! Does a snapshot hold what base and differential say?

use model::json;

use super::*;

/// A profile of `type_name` with these elements, written as JSON.
fn profile(type_name: &str, elements: &str) -> String {
    let base = format!("http://hl7.org/fhir/StructureDefinition/{type_name}");
    definition("http://example.org/p", type_name, &base, elements)
}

fn definition(url: &str, type_name: &str, base: &str, elements: &str) -> String {
    format!(
        r#"{{"resourceType":"StructureDefinition","url":"{url}","type":"{type_name}","derivation":"constraint",
            "baseDefinition":"{base}","differential":{{"element":[{elements}]}}}}"#
    )
}

fn parse(definition: &str) -> Value {
    json::parse(definition.as_bytes()).unwrap()
}

/// Each element whose id begins with `within`: its id, how often it may be there, its types, its slicing's rules.
fn summary(definition: &Value, within: &str) -> String {
    let elements = definition.get("snapshot").and_then(|snapshot| snapshot.get("element")).unwrap().items();
    let within = elements.iter().filter(|element| element.text("id").unwrap().starts_with(within));
    let lines = within.map(|element| {
        let members = element.as_object().unwrap();
        let types: Vec<&str> = element::type_codes(members).collect();
        let max = element.text("max").unwrap_or_default();
        let rules = slices::rules(members).unwrap_or_default();
        let min = element::min(members).unwrap_or_default();
        format!("{} {min}..{max} {} {rules}", element.text("id").unwrap(), types.join("|")).trim().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn messages(issues: Vec<Issue>) -> String {
    issues.into_iter().map(|issue| issue.message).collect::<Vec<_>>().join("\n")
}

/// Compares what the snapshot of the first definition has within an element, the others being known.
fn check_with(definitions: &[&str], within: &str, expected: &str) {
    let registry = Registry::r4().with(definitions.iter().map(|known| parse(known)));
    let made = generate(&parse(definitions[0]), &registry);
    let found = made.map_or_else(messages, |made| summary(&made, within));
    assert_eq!(found, expected);
}

fn check(type_name: &str, elements: &str, within: &str, expected: &str) {
    check_with(&[&profile(type_name, elements)], within, expected);
}

/// One property of one element, as JSON.
fn check_property(elements: &str, id: &str, property: &str, expected: &str) {
    let made =
        generate(&parse(&profile("Observation", elements)), &Registry::r4()).map_err(messages).unwrap();
    let elements = made.get("snapshot").and_then(|snapshot| snapshot.get("element")).unwrap().items();
    let element = elements.iter().find(|element| element.text("id") == Some(id)).unwrap();
    let found = element.get(property).map(json::to_compact).unwrap_or_default();
    assert_eq!(String::from_utf8(found).unwrap(), expected);
}

#[test]
fn an_element_is_as_the_base_has_it_but_for_what_the_profile_says() {
    let elements = r#"{"path":"Patient.gender","min":1}"#;
    check("Patient", elements, "Patient.gender", "Patient.gender 1..1 code");
    check("Patient", elements, "Patient.birthDate", "Patient.birthDate 0..1 date");
}

#[test]
fn where_the_profile_goes_deeper_the_type_is_taken_in() {
    let expected = "Patient.maritalStatus 0..1 CodeableConcept\n\
        Patient.maritalStatus.id 0..1 http://hl7.org/fhirpath/System.String\n\
        Patient.maritalStatus.extension 0..* Extension open\n\
        Patient.maritalStatus.coding 0..* Coding\n\
        Patient.maritalStatus.text 1..1 string";
    check("Patient", r#"{"path":"Patient.maritalStatus.text","min":1}"#, "Patient.maritalStatus", expected);
}

#[test]
fn a_path_that_does_not_exist_is_refused() {
    let expected = "`Patient.nome` does not exist in the base, nor in the type of the element above it";
    check("Patient", r#"{"path":"Patient.nome","min":1}"#, "", expected);
    let expected = "`Observation.code` does not begin with `Patient`, as the elements before it";
    check("Patient", r#"{"path":"Patient"},{"path":"Observation.code"}"#, "", expected);
}

#[test]
fn a_base_that_nobody_knows_is_named() {
    let orphan = definition("http://example.org/p", "Patient", "http://example.org/nobody", "");
    let expected = "making the snapshot of `http://example.org/p` failed, since its base \
        `http://example.org/nobody` is not known here";
    check_with(&[&orphan], "", expected);
}

#[test]
fn a_base_without_snapshot_is_made_first() {
    let derived = definition("http://example.org/d", "Patient", "http://example.org/p", "");
    let base = profile("Patient", r#"{"path":"Patient.gender","min":1}"#);
    check_with(&[&derived, &base], "Patient.gender", "Patient.gender 1..1 code");
}

#[test]
fn a_profile_that_is_based_on_itself_is_refused() {
    let one = definition("http://example.org/one", "Patient", "http://example.org/two", "");
    let two = definition("http://example.org/two", "Patient", "http://example.org/one", "");
    let expected = "making the snapshot of `http://example.org/two` failed, since it is based on itself: \
        http://example.org/one, http://example.org/two, http://example.org/one";
    check_with(&[&one, &two], "", expected);
}

#[test]
fn a_new_slice_begins_as_what_is_sliced_and_need_not_be_there() {
    let elements = r#"{"path":"Practitioner.name","min":1,"slicing":{"discriminator":[{"type":"value","path":"use"}],
            "rules":"open"}},
        {"path":"Practitioner.name","sliceName":"official","max":"1"}"#;
    let expected = "Practitioner.name 1..* HumanName open\nPractitioner.name:official 0..1 HumanName";
    check("Practitioner", elements, "Practitioner.name", expected);
}

#[test]
fn a_slice_within_a_slice_begins_as_that_and_follows_it() {
    let elements = r#"{"path":"Patient.name","slicing":{"rules":"open"}},
        {"path":"Patient.name","sliceName":"a","max":"2"},
        {"path":"Patient.name","sliceName":"b"},
        {"path":"Patient.name","sliceName":"a/c"}"#;
    let expected = "Patient.name 0..* HumanName open\nPatient.name:a 0..2 HumanName\n\
        Patient.name:a/c 0..2 HumanName\nPatient.name:b 0..* HumanName";
    check("Patient", elements, "Patient.name", expected);
}

#[test]
fn slices_without_slicing_are_refused_but_for_extensions() {
    let expected = "`Patient.name` has slices without `slicing`";
    check("Patient", r#"{"path":"Patient.name","sliceName":"a"}"#, "", expected);
    let expected = "Patient.extension 0..* Extension open\nPatient.extension:a 0..* Extension";
    check("Patient", r#"{"path":"Patient.extension","sliceName":"a"}"#, "Patient.extension", expected);
}

#[test]
fn a_slice_whose_name_only_its_id_has_is_refused() {
    let expected = "`Patient.name` lacks the `sliceName`, which is `a` by its `id`";
    check("Patient", r#"{"id":"Patient.name:a","path":"Patient.name"}"#, "", expected);
}

#[test]
fn one_type_of_a_choice_is_a_slice_of_it() {
    let expected = "Patient.deceased[x] 0..1 boolean|dateTime open\n\
        Patient.deceased[x]:deceasedBoolean 0..1 boolean";
    check("Patient", r#"{"path":"Patient.deceasedBoolean","short":"s"}"#, "Patient.deceased", expected);
}

#[test]
fn a_type_that_must_be_there_leaves_no_other() {
    let expected = "Patient.deceased[x] 1..1 boolean closed\n\
        Patient.deceased[x]:deceasedBoolean 1..1 boolean";
    check("Patient", r#"{"path":"Patient.deceasedBoolean","min":1}"#, "Patient.deceased", expected);
    let both =
        r#"{"path":"Patient.deceasedBoolean","min":1},{"path":"Patient.deceasedDateTime","short":"s"}"#;
    let expected = "`Patient.deceased[x]` has slices of several types, though one of them must be there";
    check("Patient", both, "Patient.deceased", expected);
}

#[test]
fn a_type_that_the_base_does_not_allow_is_refused() {
    let expected = "`Patient.deceasedQuantity` is of a type that the base does not allow";
    check("Patient", r#"{"path":"Patient.deceasedQuantity"}"#, "", expected);
    let expected = "`Patient.gender` cannot be a `Coding`, since the base allows code";
    check("Patient", r#"{"path":"Patient.gender","type":[{"code":"Coding"}]}"#, "", expected);
    let expected = "`Patient.gender` has `fixedCoding`, and none of its types code is that";
    check("Patient", r#"{"path":"Patient.gender","fixedCoding":{"code":"a"}}"#, "", expected);
}

#[test]
fn what_is_more_than_the_base_allows_is_refused() {
    let expected = "`Patient.gender` has a `max` of *, and 1 in the base";
    check("Patient", r#"{"path":"Patient.gender","max":"*"}"#, "", expected);
    let expected = "`Patient.gender` has a `min` of 1 and a `max` of 0";
    check("Patient", r#"{"path":"Patient.gender","min":1,"max":"0"}"#, "", expected);
}

#[test]
fn shared_content_is_taken_in_where_the_profile_goes_deeper() {
    let elements = r#"{"path":"Parameters.parameter.part.name","short":"s"}"#;
    let expected = "Parameters.parameter.part 0..* BackboneElement";
    let registry = Registry::r4();
    let made = generate(&parse(&profile("Parameters", elements)), &registry).map_err(messages).unwrap();
    let found = summary(&made, "Parameters.parameter.part");
    assert_eq!(found.lines().next(), Some(expected));
    assert!(found.contains("Parameters.parameter.part.name 1..1 string"), "{found}");
}

#[test]
fn elements_stand_in_the_order_of_the_base_whatever_that_of_the_profile() {
    let elements = r#"{"path":"Patient.birthDate","min":1},{"path":"Patient.gender","min":1}"#;
    let definition = parse(&profile("Patient", elements));
    let made = generate(&definition, &Registry::r4()).map_err(messages).unwrap();
    let places = ["Patient.gender", "Patient.birthDate"].map(|id| summary(&made, "").find(id));
    assert!(places[0] < places[1]);
    let refused = generate_in_order(&definition, &Registry::r4()).map_err(messages).unwrap_err();
    assert_eq!(refused, "`Patient.gender` comes behind elements that the base has behind it");
}

#[test]
fn a_new_type_has_its_elements_behind_those_of_its_base() {
    let logical = r#"{"resourceType":"StructureDefinition","url":"http://example.org/T","type":"T",
        "derivation":"specialization","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Element",
        "differential":{"element":[{"path":"T","min":0,"max":"*"},
            {"path":"T.a","min":0,"max":"1","type":[{"code":"string"}]}]}}"#;
    let expected = "T 0..*\nT.id 0..1 http://hl7.org/fhirpath/System.String\n\
        T.extension 0..* Extension open\nT.a 0..1 string";
    check_with(&[logical], "", expected);
}

#[test]
fn a_constraint_is_added_once_and_says_where_it_is_from() {
    let constraint = r#"{"key":"a-1","severity":"error","human":"h","expression":"true"}"#;
    let elements = format!(r#"{{"path":"Observation.performer","constraint":[{constraint},{constraint}]}}"#);
    let made =
        generate(&parse(&profile("Observation", &elements)), &Registry::r4()).map_err(messages).unwrap();
    let elements = made.get("snapshot").and_then(|snapshot| snapshot.get("element")).unwrap().items();
    let performer =
        elements.iter().find(|element| element.text("id") == Some("Observation.performer")).unwrap();
    let added = performer.get("constraint").unwrap().items();
    let added: Vec<_> = added.iter().filter(|known| known.text("key") == Some("a-1")).collect();
    assert_eq!(added.len(), 1);
    assert_eq!(added[0].text("source"), Some("http://example.org/p"));
}

#[test]
fn a_binding_that_changes_its_strength_alone_keeps_its_value_set() {
    let elements = r#"{"path":"Observation.interpretation","binding":{"strength":"required"}}"#;
    let expected =
        r#"{"strength":"required","valueSet":"http://hl7.org/fhir/ValueSet/observation-interpretation"}"#;
    check_property(elements, "Observation.interpretation", "binding", expected);
}

#[test]
fn text_that_begins_with_dots_is_appended() {
    let mut element = parse(r#"{"definition":"Known."}"#).as_object().cloned().unwrap();
    let said = parse(r#"{"definition":"...More."}"#).as_object().cloned().unwrap();
    element::merge(&mut element, &said, "http://example.org/p");
    assert_eq!(element.get("definition").and_then(Value::as_str), Some("Known.\r\nMore."));
}

#[test]
fn a_fixed_value_replaces_one_of_another_type() {
    let elements = r#"{"path":"Observation.value[x]","fixedString":"a"}"#;
    check_property(elements, "Observation.value[x]", "fixedString", r#""a""#);
}

/// Compares what a snapshot has within an element, and which mistakes are passed over for it.
fn check_usable(elements: &str, within: &str, expected: &str, doubts: &str) {
    let made = generate_usable(&parse(&profile("Patient", elements)), &Registry::r4());
    let made = made.map_err(messages).unwrap();
    assert_eq!(summary(&made.definition, within), expected);
    assert!(made.doubts.iter().all(|doubt| doubt.severity == Severity::Warning));
    assert_eq!(messages(made.doubts), doubts);
}

#[test]
fn mistakes_that_take_nothing_away_are_passed_over_where_that_is_wanted() {
    let widened = r#"{"path":"Patient.gender","max":"*","min":1}"#;
    let doubts = "`Patient.gender` has a `max` of *, and 1 in the base";
    check_usable(widened, "Patient.gender", "Patient.gender 1..1 code", doubts);
    let unsliced = r#"{"path":"Patient.telecom","sliceName":"a"}"#;
    let doubts = "`Patient.telecom` has slices without `slicing`";
    check_usable(unsliced, "Patient.telecom", "Patient.telecom 0..* ContactPoint", doubts);
    let unnamed =
        r#"{"path":"Patient.name","slicing":{"rules":"open"}},{"id":"Patient.name:a","path":"Patient.name"}"#;
    let expected = "Patient.name 0..* HumanName open\nPatient.name:a 0..* HumanName";
    let doubts = "`Patient.name` lacks the `sliceName`, which is `a` by its `id`";
    check_usable(unnamed, "Patient.name", expected, doubts);
    check_usable(r#"{"path":"Patient.gender","min":1}"#, "Patient.gender", "Patient.gender 1..1 code", "");
}

#[test]
fn what_takes_something_away_is_never_passed_over() {
    let wrong = parse(&profile("Patient", r#"{"path":"Patient.nome","min":1}"#));
    let expected = "`Patient.nome` does not exist in the base, nor in the type of the element above it";
    assert_eq!(generate_usable(&wrong, &Registry::r4()).map_err(messages).err().as_deref(), Some(expected));
}
