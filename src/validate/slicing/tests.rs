//! Does every item find its slice?

use crate::Level;
use crate::expect::{PROFILE, against, held, profile};

/// Holds a Patient with telecoms, told apart by system, against a slicing.
fn check(slicing: &str, slices: &str, systems: &[&str], expected: &str) {
    let elements = format!(
        r#"{{"path":"Patient.telecom","min":0,"max":"*","type":[{{"code":"ContactPoint"}}],"slicing":{{
            "discriminator":[{{"type":"value","path":"system"}}],{slicing}}}}},{slices}"#
    );
    let telecom: Vec<_> =
        systems.iter().map(|system| format!(r#"{{"system":"{system}","value":"1"}}"#)).collect();
    let resource = format!(r#"{{"resourceType":"Patient","telecom":[{}]}}"#, telecom.join(","));
    against("Patient", &elements, &resource, expected);
}

fn slice(name: &str, min: u32, max: &str) -> String {
    format!(
        r#"{{"id":"Patient.telecom:{name}","path":"Patient.telecom","sliceName":"{name}","min":{min},"max":"{max}",
            "type":[{{"code":"ContactPoint"}}]}},
        {{"id":"Patient.telecom:{name}.system","path":"Patient.telecom.system","min":1,"max":"1",
            "type":[{{"code":"code"}}],"fixedCode":"{name}"}}"#
    )
}

#[test]
fn slices_have_cardinalities_of_their_own() {
    let slices = slice("phone", 1, "1");
    check(r#""rules":"open""#, &slices, &["phone", "email"], "");
    check(r#""rules":"open""#, &slices, &["email"], "error cardinality Patient");
    check(r#""rules":"open""#, &slices, &["phone", "phone"], "error cardinality Patient");
}

#[test]
fn nothing_else_stands_in_a_closed_slicing() {
    let slices = slice("phone", 0, "1");
    check(r#""rules":"closed""#, &slices, &["phone"], "");
    check(r#""rules":"closed""#, &slices, &["phone", "email"], "error slice-mismatch Patient.telecom[1]");
}

#[test]
fn an_ordered_slicing_has_an_order() {
    let slices = slice("phone", 0, "1") + "," + &slice("email", 0, "1");
    check(r#""rules":"open","ordered":true"#, &slices, &["phone", "fax", "email"], "");
    check(
        r#""rules":"open","ordered":true"#,
        &slices,
        &["email", "phone"],
        "error slice-mismatch Patient.telecom[1]",
    );
}

#[test]
fn what_belongs_to_no_slice_stands_at_the_end() {
    let slices = slice("phone", 0, "*");
    check(r#""rules":"openAtEnd""#, &slices, &["phone", "email"], "");
    check(r#""rules":"openAtEnd""#, &slices, &["email", "phone"], "error slice-mismatch Patient.telecom[1]");
}

#[test]
fn a_slicing_without_discriminator_is_named() {
    let elements = r#"{"path":"Patient.telecom","min":0,"max":"*","type":[{"code":"ContactPoint"}],"slicing":{"rules":"open"}},
        {"path":"Patient.telecom","sliceName":"a","min":0,"max":"1","type":[{"code":"ContactPoint"}]}"#;
    against(
        "Patient",
        elements,
        r#"{"resourceType":"Patient","active":true}"#,
        "error unusable-profile Patient",
    );
}

#[test]
fn a_choice_is_sliced_by_type() {
    let elements = r#"{"path":"Observation.value[x]","min":0,"max":"1","type":[{"code":"Quantity"},{"code":"string"}],
        "slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"closed"}},
        {"path":"Observation.value[x]","sliceName":"valueQuantity","min":0,"max":"1","type":[{"code":"Quantity"}]},
        {"path":"Observation.value[x].unit","min":1,"max":"1","type":[{"code":"string"}]}"#;
    let resource = |value: &str| {
        format!(r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},{value}}}"#)
    };
    against("Observation", elements, &resource(r#""valueQuantity":{"unit":"g"}"#), "");
    against(
        "Observation",
        elements,
        &resource(r#""valueQuantity":{"value":1}"#),
        "error cardinality Observation.value.ofType(Quantity)",
    );
    against(
        "Observation",
        elements,
        &resource(r#""valueString":"a""#),
        "error slice-mismatch Observation.value.ofType(string)",
    );
}

#[test]
fn a_slice_is_told_by_what_exists_in_it() {
    let elements = r#"{"path":"Patient.name","min":0,"max":"*","type":[{"code":"HumanName"}],
        "slicing":{"discriminator":[{"type":"exists","path":"family"}],"rules":"open"}},
        {"path":"Patient.name","sliceName":"full","min":1,"max":"1","type":[{"code":"HumanName"}]},
        {"path":"Patient.name.family","min":1,"max":"1","type":[{"code":"string"}]},
        {"path":"Patient.name","sliceName":"short","min":0,"max":"1","type":[{"code":"HumanName"}]},
        {"path":"Patient.name.family","min":0,"max":"0","type":[{"code":"string"}]}"#;
    let resource = |names: &str| format!(r#"{{"resourceType":"Patient","name":[{names}]}}"#);
    against("Patient", elements, &resource(r#"{"family":"A"},{"text":"B"}"#), "");
    against("Patient", elements, &resource(r#"{"text":"B"}"#), "error cardinality Patient");
    against(
        "Patient",
        elements,
        &resource(r#"{"family":"A"},{"text":"B"},{"text":"C"}"#),
        "error cardinality Patient",
    );
}

#[test]
fn a_slice_of_a_slice_counts_within_it() {
    let part = |name: &str, min: u32, fixed: &str| {
        format!(
            r#"{{"path":"Patient.telecom","sliceName":"{name}","min":{min},"max":"1","type":[{{"code":"ContactPoint"}}]}},
            {{"path":"Patient.telecom.use","min":1,"max":"1","type":[{{"code":"code"}}],"fixedCode":"{fixed}"}}"#
        )
    };
    let elements = format!(
        r#"{{"path":"Patient.telecom","min":0,"max":"*","type":[{{"code":"ContactPoint"}}],
            "slicing":{{"discriminator":[{{"type":"value","path":"system"}}],"rules":"open"}}}},
        {{"path":"Patient.telecom","sliceName":"phone","min":0,"max":"*","type":[{{"code":"ContactPoint"}}],
            "slicing":{{"discriminator":[{{"type":"value","path":"use"}}],"rules":"open"}}}},
        {{"path":"Patient.telecom.system","min":1,"max":"1","type":[{{"code":"code"}}],"fixedCode":"phone"}},
        {}"#,
        part("phone/home", 1, "home"),
    );
    let resource = |rest: &str| {
        format!(r#"{{"resourceType":"Patient","telecom":[{{"system":"phone","use":"{rest}","value":"1"}}]}}"#)
    };
    against("Patient", &elements, &resource("home"), "");
    against("Patient", &elements, &resource("work"), "error cardinality Patient");
}

#[test]
fn a_discriminator_may_look_into_a_pattern() {
    let elements = r#"{"path":"Observation.component","min":0,"max":"*","type":[{"code":"BackboneElement"}],
        "slicing":{"discriminator":[{"type":"value","path":"code.coding.code"}],"rules":"open"}},
        {"path":"Observation.component","sliceName":"a","min":1,"max":"1","type":[{"code":"BackboneElement"}]},
        {"path":"Observation.component.code","min":1,"max":"1","type":[{"code":"CodeableConcept"}],
            "patternCodeableConcept":{"coding":[{"code":"a"}]}}"#;
    let resource = |code: &str| {
        format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"component":[
                {{"code":{{"coding":[{{"code":"{code}"}}]}},"valueString":"v"}}]}}"#
        )
    };
    against("Observation", elements, &resource("a"), "");
    against("Observation", elements, &resource("b"), "error cardinality Observation");
}

#[test]
fn a_slice_may_be_told_by_a_bound_element_that_is_not_in_it() {
    let elements = r#"{"path":"Patient.telecom","min":0,"max":"*","type":[{"code":"ContactPoint"}],
        "slicing":{"discriminator":[{"type":"value","path":"use"}],"rules":"closed"}},
        {"path":"Patient.telecom","sliceName":"any","min":0,"max":"1","type":[{"code":"ContactPoint"}]},
        {"path":"Patient.telecom.use","min":0,"max":"0","type":[{"code":"code"}],
            "binding":{"strength":"required","valueSet":"http://hl7.org/fhir/ValueSet/contact-point-use|4.0.1"}}"#;
    let resource = |rest: &str| {
        format!(r#"{{"resourceType":"Patient","telecom":[{{"system":"phone","value":"1"{rest}}}]}}"#)
    };
    against("Patient", elements, &resource(""), "");
    against("Patient", elements, &resource(r#","use":"home""#), "error slice-mismatch Patient.telecom[0]");
}

#[test]
fn an_element_of_another_profile_may_describe_a_slice() {
    let library = r#"{"path":"Composition.section","min":0,"max":"*","type":[{"code":"BackboneElement"}],
        "slicing":{"discriminator":[{"type":"pattern","path":"code"}],"rules":"open"}},
        {"id":"Composition.section:a","path":"Composition.section","sliceName":"a","min":0,"max":"*",
            "type":[{"code":"BackboneElement"}]},
        {"path":"Composition.section.title","min":1,"max":"1","type":[{"code":"string"}]},
        {"path":"Composition.section.code","min":1,"max":"1","type":[{"code":"CodeableConcept"}],
            "patternCodeableConcept":{"text":"a"}}"#;
    let elements = r#"{"path":"Composition.section","min":0,"max":"*","type":[{"code":"BackboneElement"}],
        "slicing":{"discriminator":[{"type":"pattern","path":"code"}],"rules":"closed"}},
        {"path":"Composition.section","sliceName":"one","min":1,"max":"1","type":[{"code":"BackboneElement",
            "profile":["http://test/library"],"_profile":[{"extension":[{"valueString":"Composition.section:a",
            "url":"http://hl7.org/fhir/StructureDefinition/elementdefinition-profile-element"}]}]}]}"#;
    let definitions =
        [profile(PROFILE, "Composition", elements), profile("http://test/library", "Composition", library)];
    let check = |section: &str, expected: &str| {
        let resource = format!(
            r#"{{"resourceType":"Composition","status":"final","type":{{"text":"t"}},"date":"2020","title":"t",
                "author":[{{"display":"a"}}],"section":[{{{section},
                "entry":[{{"display":"e"}}]}}]}}"#
        );
        held(&definitions, Level::Full, &[PROFILE], &resource, expected);
    };
    check(r#""title":"A","code":{"text":"a"}"#, "");
    check(r#""code":{"text":"a"}"#, "error cardinality Composition.section[0]");
    check(
        r#""title":"B","code":{"text":"b"}"#,
        "error slice-mismatch Composition.section[0]
         error cardinality Composition",
    );
}
