//! Does a schema say what the definitions say?

use model::json;

use super::schema;
use crate::definitions::Definitions;

/// The part of the schema of a resource type that these names lead to, as JSON.
fn check(type_name: &str, names: &[&str], expected: &str) {
    let whole = schema(Definitions::r4(), type_name).expect("a resource type");
    let part = names.iter().try_fold(&whole, |value, name| value.get(name)).expect("the part is there");
    assert_eq!(String::from_utf8_lossy(&json::to_compact(part)), expected, "{type_name} {names:?}");
}

#[test]
fn a_primitive_has_a_companion_and_one_that_repeats_has_nulls() {
    let name = ["definitions", "HumanName", "properties"];
    check("Patient", &[&name[..], &["text"]].concat(), r##"{"$ref":"#/definitions/string"}"##);
    check("Patient", &[&name[..], &["_text"]].concat(), r##"{"$ref":"#/definitions/Element"}"##);
    let array = |of: &str| {
        let items = format!(r##"{{"anyOf":[{{"$ref":"#/definitions/{of}"}},{{"type":"null"}}]}}"##);
        format!(r#"{{"type":"array","minItems":1,"items":{items}}}"#)
    };
    check("Patient", &[&name[..], &["given"]].concat(), &array("string"));
    check("Patient", &[&name[..], &["_given"]].concat(), &array("Element"));
}

#[test]
fn what_is_no_primitive_has_no_companion() {
    let members = r##"{"id":{"$ref":"#/definitions/string"},"extension":{"type":"array","minItems":1,"items":{"$ref":"#/definitions/Extension"}},"start":{"$ref":"#/definitions/dateTime"},"_start":{"$ref":"#/definitions/Element"},"end":{"$ref":"#/definitions/dateTime"},"_end":{"$ref":"#/definitions/Element"}}"##;
    check("Patient", &["definitions", "Period", "properties"], members);
}

#[test]
fn what_is_required_may_be_in_one_of_several_members() {
    check("Patient", &["definitions", "Patient.link", "required"], r#"["other"]"#);
    let kind = r#"[{"anyOf":[{"required":["type"]},{"required":["_type"]}]}]"#;
    check("Patient", &["definitions", "Patient.link", "allOf"], kind);
    let serving = r#"[{"anyOf":[{"required":["itemCodeableConcept"]},{"required":["itemReference"]}]}]"#;
    check("Medication", &["definitions", "Medication.ingredient", "allOf"], serving);
}

#[test]
fn a_content_reference_leads_to_what_it_refers_to() {
    let items = r##"{"type":"array","minItems":1,"items":{"$ref":"#/definitions/Questionnaire.item"}}"##;
    check("Questionnaire", &["definitions", "Questionnaire.item", "properties", "item"], items);
}

#[test]
fn a_primitive_has_the_kind_the_bounds_and_the_form_that_its_type_has() {
    let primitive = |name: &'static str, expected: &str| check("Patient", &["definitions", name], expected);
    primitive("boolean", r#"{"type":"boolean"}"#);
    primitive("decimal", r#"{"type":"number"}"#);
    primitive("positiveInt", r#"{"type":"integer","minimum":1,"maximum":2147483647}"#);
    primitive("id", r#"{"type":"string","minLength":1,"pattern":"^([A-Za-z0-9\\-.]{1,64})$"}"#);
    primitive("xhtml", r#"{"type":"string","minLength":1}"#);
}

#[test]
fn a_schema_defines_what_its_type_leads_to_and_nothing_else() {
    let names = |type_name: &str| -> Vec<String> {
        let whole = schema(Definitions::r4(), type_name).expect("a resource type");
        let defined = whole.get("definitions").and_then(model::Value::as_object).expect("definitions");
        defined.iter().map(|(name, _)| name.to_owned()).collect()
    };
    let (binary, patient) = (names("Binary"), names("Patient"));
    let has = |names: &[String], name: &str| names.iter().any(|known| known == name);
    assert!(has(&binary, "Binary") && has(&binary, "base64Binary") && has(&binary, "Extension"));
    assert!(!has(&binary, "Resource") && !has(&binary, "Patient"), "nothing is contained in a Binary");
    assert!(has(&patient, "Resource") && has(&patient, "Observation.component"), "all may be contained");
    assert!(!has(&patient, "DomainResource") && !has(&patient, "MoneyQuantity"), "nothing leads there");
    for name in &binary {
        assert!(has(&patient, name) || name == "Binary", "{name}");
    }
}

#[test]
fn only_resource_types_have_a_schema() {
    for name in ["HumanName", "DomainResource", "Resource", "Patient.contact", "Nothing", ""] {
        assert!(schema(Definitions::r4(), name).is_none(), "{name}");
    }
}
