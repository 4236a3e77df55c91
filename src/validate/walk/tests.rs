//! Is every element held against its rules?

use std::sync::Arc;

use fhir_profiles::{Definitions, Registry, structure};
use model::{Object, Value, json};
use terminology::Terminology;

use crate::expect::{against, core};
use crate::{Request, Rules, validate, walked};

fn check(resource: &str, expected: &str) {
    core(resource, expected);
}

#[test]
fn a_missing_element_is_named_where_it_is_missing() {
    check(r#"{"resourceType":"Observation","status":"final"}"#, "error cardinality Observation");
    check(r#"{"resourceType":"Observation","status":"final","code":{"text":"x"}}"#, "");
}

#[test]
fn a_choice_is_made_once() {
    check(
        r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueString":"a","valueInteger":1}"#,
        "error cardinality Observation",
    );
}

#[test]
fn a_value_of_another_format_is_refused() {
    check(r#"{"resourceType":"Patient","birthDate":"1970-02-30"}"#, "error invalid-value Patient.birthDate");
}

#[test]
fn invariants_of_types_and_of_elements_hold_everywhere() {
    check(
        r#"{"resourceType":"Patient","contact":[{"gender":"male"}],
            "name":[{"period":{"start":"2020","end":"2019"}}]}"#,
        "error invariant-broken Patient.contact[0]
         error invariant-broken Patient.name[0].period",
    );
}

#[test]
fn an_extension_has_a_value_or_extensions() {
    check(
        r#"{"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://example.org/e"}]}}"#,
        "error invariant-broken Patient.birthDate.extension[0]",
    );
}

#[test]
fn resources_within_are_held_against_their_own_types() {
    check(
        r#"{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
            "resource":{"resourceType":"Patient","link":[{"type":"seealso"}]}}]}"#,
        "error cardinality Bundle.entry[0].resource.link[0]",
    );
}

#[test]
fn a_reference_inside_needs_its_target() {
    check(
        r##"{"resourceType":"Patient","managingOrganization":{"reference":"#a"},
            "contained":[{"resourceType":"Organization","id":"a","name":"A"}]}"##,
        "",
    );
    check(
        r##"{"resourceType":"Patient","managingOrganization":{"reference":"#b"}}"##,
        "error invariant-broken Patient.managingOrganization",
    );
}

#[test]
fn a_code_outside_its_required_set_is_refused() {
    check(r#"{"resourceType":"Patient","gender":"m"}"#, "error code-not-in-value-set Patient.gender");
}

#[test]
fn repeated_content_is_held_against_what_it_repeats() {
    check(
        r#"{"resourceType":"Questionnaire","name":"Q","status":"draft","item":[{"linkId":"1","type":"group",
            "item":[{"type":"string"}]}]}"#,
        "error cardinality Questionnaire.item[0].item[0]",
    );
}

#[test]
fn a_profile_may_ask_for_more_and_allow_less() {
    let elements = r#"{"path":"Patient.name","min":1,"max":"1","type":[{"code":"HumanName"}]},
        {"path":"Patient.name.family","min":1,"max":"1","type":[{"code":"string"}]},
        {"path":"Patient.deceased[x]","min":0,"max":"1","type":[{"code":"boolean"}]}"#;
    against("Patient", elements, r#"{"resourceType":"Patient","active":true}"#, "error cardinality Patient");
    against(
        "Patient",
        elements,
        r#"{"resourceType":"Patient","name":[{"given":["A"]},{"family":"B"}],"deceasedDateTime":"2020"}"#,
        "error cardinality Patient
         error cardinality Patient.name[0]
         error profile-mismatch Patient.deceased.ofType(dateTime)",
    );
}

#[test]
fn every_element_is_shown_to_the_rules_of_its_type() {
    check(
        r#"{"resourceType":"Patient","identifier":[{"system":"a b","value":"1"}],"name":[{"_family":{"extension":[
            {"url":"http://example.org/e","valueCoding":{"system":"x","code":"c"}}]}}]}"#,
        "error invalid-value Patient.identifier[0].system
         error invalid-value Patient.identifier[0].system
         error invalid-value Patient.name[0].family.extension[0].value.ofType(Coding).system",
    );
}

#[test]
fn no_two_elements_of_a_resource_have_one_id() {
    check(
        r#"{"resourceType":"Patient","id":"x","name":[{"id":"x","given":["A"]},{"id":"y","given":["B"]}]}"#,
        "",
    );
    check(
        r#"{"resourceType":"Patient","name":[{"id":"x","given":["A"]}],"_active":{"id":"x"}}"#,
        "error rule-broken Patient.active",
    );
    check(
        r##"{"resourceType":"Patient","name":[{"id":"x","given":["A"]}],"managingOrganization":{"reference":"#o"},
            "contained":[{"resourceType":"Organization","id":"o","name":"A","identifier":[{"id":"x","value":"1"}]}]}"##,
        "",
    );
}

#[test]
fn a_rule_about_a_resource_inside_another_is_one_of_the_outer_resource() {
    let elements = |expression: &str| {
        format!(
            r#"{{"path":"Patient.contained","min":0,"max":"*","type":[{{"code":"Resource"}}],"constraint":[{{
                "key":"t-1","severity":"error","human":"h","expression":"{expression}"}}]}}"#
        )
    };
    let resource = r##"{"resourceType":"Patient","managingOrganization":{"reference":"#a"},
        "contained":[{"resourceType":"Organization","id":"a","name":"A"}]}"##;
    against("Patient", &elements("%resource is Patient and %context is Organization"), resource, "");
    let wrong = "error invariant-broken Patient.contained[0]";
    against("Patient", &elements("%resource is Organization"), resource, wrong);
}

/// Resources with everything that JSON can hold, but no companions.
static SOUND: &[&str] = &[
    r##"{"resourceType":"Patient","id":"p","active":true,"multipleBirthInteger":2,
        "text":{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'>a</div>"},
        "contained":[{"resourceType":"Organization","id":"o","name":"a"}],
        "managingOrganization":{"reference":"#o"},
        "extension":[{"url":"http://e/a","extension":[{"url":"b","valueQuantity":{"value":1.5}}]}],
        "name":[{"given":["a","b"],"period":{"start":"2020"}}],"contact":[{"name":{"family":"c"}}]}"##,
    r##"{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://e/Questionnaire/q","resource":
        {"resourceType":"Questionnaire","id":"q","status":"draft","item":[{"linkId":"1","type":"group",
            "item":[{"linkId":"1.1","type":"decimal","initial":[{"valueDecimal":1}]}]}]}}]}"##,
];

/// Every copy of a value with one thing in it changed.
fn spoiled(value: &Value) -> Vec<Value> {
    let mut copies: Vec<Value> =
        [&b"null"[..], b"true", b"1", b"\"\"", b"\"x\"", b"[]", b"{}", b"[null]", b"{\"a\":1}"]
            .iter()
            .map(|text| json::parse(text).unwrap_or_else(|wrong| panic!("{}", wrong.message)))
            .collect();
    copies.push(Value::Array(vec![value.clone()]));
    match value {
        Value::Array(items) => {
            copies.push(Value::Array(items.iter().cloned().chain([Value::Null]).collect()));
            for (index, item) in items.iter().enumerate() {
                copies.extend(spoiled(item).into_iter().map(|item| {
                    let mut items = items.clone();
                    items[index] = item;
                    Value::Array(items)
                }));
            }
        }
        Value::Object(object) => {
            for name in ["resourceType", "nothing", "_nothing", "_id", "_text"] {
                let mut object = object.clone();
                object.set(name, "x");
                copies.push(object.into());
            }
            for (changed, value) in object.iter() {
                let with = |name: &str, value: Value| -> Value {
                    let members = object.iter().map(|(known, old)| {
                        if known == changed {
                            (name.into(), value.clone())
                        } else {
                            (known.into(), old.clone())
                        }
                    });
                    members.collect::<Object>().into()
                };
                copies.extend(spoiled(value).into_iter().map(|value| with(changed, value)));
                copies.push(with(&format!("{changed}x"), value.clone()));
                copies.push(with(&format!("_{changed}"), value.clone()));
            }
        }
        _ => {}
    }
    copies
}

#[test]
fn a_walk_without_doubt_means_that_the_structural_pass_has_nothing_to_say() {
    let registry = Registry::r4();
    let rules = Rules::new(Arc::clone(&registry), Arc::new(Terminology::new(registry)));
    let request = Request::default();
    let (mut refused, mut doubted) = (0, 0);
    for text in SOUND {
        let sound = json::parse(text.as_bytes()).unwrap_or_else(|wrong| panic!("{}", wrong.message));
        let object = sound.as_object().expect("resources are objects");
        let (found, is_sound) = walked(&rules, (&sound, object), &request, Vec::new());
        assert!(is_sound && structure::check(object, Definitions::r4()).is_empty(), "{found:#?}");
        for copy in spoiled(&sound) {
            let Some(object) = copy.as_object() else { continue };
            let shown = || String::from_utf8_lossy(&json::to_compact(&copy)).into_owned();
            let structural = structure::check(object, Definitions::r4());
            let (_, is_sound) = walked(&rules, (&copy, object), &request, Vec::new());
            assert!(!is_sound || structural.is_empty(), "{}: {structural:#?}", shown());
            refused += usize::from(!structural.is_empty());
            doubted += usize::from(!is_sound && structural.is_empty());
            let whole = walked(&rules, (&copy, object), &request, structural).0;
            assert_eq!(validate(&rules, &copy, &request), whole, "{}", shown());
        }
    }
    assert!(refused > 500 && doubted * 10 < refused, "{refused} refused, {doubted} doubted without need");
}
