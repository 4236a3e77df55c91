//! Is an element found in the text again?

use model::Code;

use super::*;

const JSON: &str = r#"{
  "resourceType": "Observation",
  "_status": {"id": "s"},
  "status": "final",
  "code": {"coding": [{"code": "a,]}\""}, {"code": "b"}]},
  "contained": [
    {"resourceType": "Patient", "name": [{"given": ["ä", "b"]}]}],
  "valueQuantity": {"value": 1.0}
}"#;

const XML: &str = r#"<?xml version="1.0"?><!-- <status/> -->
<Observation xmlns="http://hl7.org/fhir" id='>'>
  <contained><Patient><name><given value="ä"/><given value="b"/></name></Patient></contained>
  <extension url="http://a.org"><valueCode value="x"/></extension>
  <status value="final"><extension url="u"/></status>
  <code><coding><code value="a"/></coding>
    <coding><code value="b"/></coding></code>
  <valueQuantity><value value="1.0"/></valueQuantity>
</Observation>"#;

fn check(expression: &str, json: Option<(usize, usize)>, xml: Option<(usize, usize)>) {
    assert_eq!(locate_json(JSON.as_bytes(), expression), json, "JSON {expression}");
    assert_eq!(locate_xml(XML.as_bytes(), expression), xml, "XML {expression}");
}

#[test]
fn elements_are_found_in_both_forms() {
    check("Observation", Some((1, 1)), Some((2, 1)));
    check("Observation.status", Some((4, 3)), Some((5, 3)));
    check("Observation.code.coding[1].code", Some((5, 44)), Some((7, 13)));
    check("Observation.value.ofType(Quantity).value", Some((8, 21)), Some((8, 18)));
    check("Observation.value", Some((8, 3)), Some((8, 3)));
    check("Observation.contained[0].name[0].given[1]", Some((7, 58)), Some((3, 47)));
}

#[test]
fn parts_of_primitives_and_attributes_are_found() {
    check("Observation.status.id", Some((3, 15)), Some((5, 3)));
    check("Observation.extension[0].url", None, Some((4, 3)));
}

#[test]
fn what_is_not_there_is_not_found() {
    check("Observation.code.coding[2]", None, None);
    check("Observation.subject", None, None);
    check("Observation.code.text", None, None);
    check("Observation.a[x]", None, None);
}

#[test]
fn issues_get_the_line_of_the_nearest_element_that_is_there() {
    let mut issues = [Issue::error(Code::Cardinality, "missing").at("Observation.code.coding[1].system")];
    with_lines(&mut issues, JSON.as_bytes(), Form::Json);
    assert_eq!(issues[0].line, Some((5, 43)));
}
