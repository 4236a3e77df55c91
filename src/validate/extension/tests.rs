//! Are extensions known, and do they stand where they may?

use crate::Level;
use crate::expect::held;

const URL: &str = "http://test/extension";

fn definition(context: &str, modifier: &str) -> String {
    format!(
        r#"{{"resourceType":"StructureDefinition","url":"{URL}","type":"Extension","kind":"complex-type","derivation":"constraint",
            {context},"snapshot":{{"element":[{{"path":"Extension","isModifier":{modifier}}},
            {{"path":"Extension.url","min":1,"max":"1","fixedUri":"{URL}"}},
            {{"path":"Extension.value[x]","min":1,"max":"1","type":[{{"code":"boolean"}}]}}]}}}}"#
    )
}

fn check(context: &str, resource: &str, expected: &str) {
    held(&[definition(context, "false")], Level::Full, &[], resource, expected);
}

fn on_patient(value: &str) -> String {
    format!(r#"{{"resourceType":"Patient","extension":[{{"url":"{URL}",{value}}}]}}"#)
}

#[test]
fn an_extension_stands_in_an_element_of_its_context() {
    let element = |path: &str| format!(r#""context":[{{"type":"element","expression":"{path}"}}]"#);
    for allowed in ["Patient", "DomainResource", "Resource", "Element"] {
        check(&element(allowed), &on_patient(r#""valueBoolean":true"#), "");
    }
    check(
        &element("Patient.name"),
        &on_patient(r#""valueBoolean":true"#),
        "error extension-misplaced Patient",
    );
    let on_family = format!(
        r#"{{"resourceType":"Patient","name":[{{"family":"A","_family":{{"extension":[{{"url":"{URL}","valueBoolean":true}}]}}}}]}}"#
    );
    for allowed in ["HumanName.family", "Patient.name.family", "string"] {
        check(&element(allowed), &on_family, "");
    }
    check(&element("HumanName"), &on_family, "error extension-misplaced Patient.name[0].family");
}

#[test]
fn an_expression_may_name_the_context() {
    let context = r#""context":[{"type":"fhirpath","expression":"Patient.name"}]"#;
    check(context, &on_patient(r#""valueBoolean":true"#), "error extension-misplaced Patient");
    let on_name = format!(
        r#"{{"resourceType":"Patient","name":[{{"family":"A","extension":[{{"url":"{URL}","valueBoolean":true}}]}}]}}"#
    );
    check(context, &on_name, "");
}

#[test]
fn an_invariant_may_bar_the_context() {
    let context =
        r#""context":[{"type":"element","expression":"Patient"}],"contextInvariant":["active.exists()"]"#;
    check(context, &on_patient(r#""valueBoolean":true"#), "error extension-misplaced Patient");
}

#[test]
fn the_value_is_the_one_that_is_defined() {
    let context = r#""context":[{"type":"element","expression":"Patient"}]"#;
    check(
        context,
        &on_patient(r#""valueString":"a""#),
        "error profile-mismatch Patient.extension[0].value.ofType(string)",
    );
}

#[test]
fn a_modifier_stands_among_modifiers() {
    let context = r#""context":[{"type":"element","expression":"Patient"}]"#;
    held(
        &[definition(context, "true")],
        Level::Full,
        &[],
        &on_patient(r#""valueBoolean":true"#),
        "error extension-misplaced Patient.extension[0]",
    );
}

#[test]
fn an_extension_that_nobody_defines_is_refused() {
    let resource = |url: &str| {
        format!(r#"{{"resourceType":"Patient","extension":[{{"url":"{url}","valueBoolean":true}}]}}"#)
    };
    check(r#""context":[]"#, &resource("http://unheard/of"), "error unknown-extension Patient.extension[0]");
    check(
        r#""context":[]"#,
        &resource("http://example.org/of"),
        "warning unknown-extension Patient.extension[0]",
    );
}
