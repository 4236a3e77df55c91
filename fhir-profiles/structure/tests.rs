//! Is what is sound accepted, and what is not located?

use model::{Value, json};

use super::check;
use crate::definitions::Definitions;

/// One line for each complaint: code and place.
fn complaints(resource: &str) -> Vec<String> {
    let Value::Object(tree) = json::parse(resource.as_bytes()).expect(resource) else {
        panic!("a test's resource is an object: {resource}")
    };
    let issues = check(&tree, Definitions::r4());
    issues
        .iter()
        .map(|issue| format!("{} {}", issue.code.as_str(), issue.expression.as_deref().unwrap()))
        .collect()
}

#[test]
fn what_the_definitions_allow_is_accepted() {
    for resource in [
        r#"{"resourceType":"Patient"}"#,
        r#"{"resourceType":"Patient","id":"7","active":true,"multipleBirthInteger":2,
            "name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"u","valueCode":"x"}]}]}]}"#,
        r#"{"resourceType":"Patient","_birthDate":{"id":"b"},"contained":[{"resourceType":"Binary"}]}"#,
        r#"{"resourceType":"Patient","name":[{"_given":[{"id":"a"},{"id":"b"}]}]}"#,
        r#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Basic"}}]}"#,
        r#"{"resourceType":"Questionnaire","item":[{"item":[{"item":[{"linkId":"1"}]}]}]}"#,
        r#"{"resourceType":"Observation","valueQuantity":{"value":1.50}}"#,
    ] {
        assert_eq!(complaints(resource), Vec::<String>::new(), "{resource}");
    }
}

#[test]
fn what_they_do_not_allow_is_found_where_it_stands() {
    for (members, expected) in [
        (r#""surname":"x""#, "unknown-element Patient.surname"),
        (r#""name":[{"first":"x"}]"#, "unknown-element Patient.name[0].first"),
        (r#""_name":[{"id":"x"}]"#, "unknown-element Patient._name"),
        (r#""__active":{"id":"x"}"#, "unknown-element Patient.__active"),
        (r#""":1"#, "unknown-element Patient."),
        (r#""deceased":true"#, "unknown-element Patient.deceased"),
        (r#""deceasedString":"x""#, "unknown-element Patient.deceasedString"),
        (
            r#""name":[{"resourceType":"HumanName","text":"x"}]"#,
            "unknown-element Patient.name[0].resourceType",
        ),
        (r#""name":{"text":"x"}"#, "invalid-structure Patient.name"),
        (r#""name":[]"#, "invalid-structure Patient.name"),
        (r#""name":[{}]"#, "invalid-structure Patient.name[0]"),
        (r#""name":["x"]"#, "invalid-structure Patient.name[0]"),
        (r#""name":[null]"#, "invalid-structure Patient.name[0]"),
        (r#""name":[{"given":["a",""]}]"#, "invalid-structure Patient.name[0].given[1]"),
        (r#""name":[{"given":["a",null]}]"#, "invalid-structure Patient.name[0].given[1]"),
        (r#""name":[{"_given":[null,{"id":"x"}]}]"#, "invalid-structure Patient.name[0].given[0]"),
        (r#""name":[{"given":["a"],"_given":["x"]}]"#, "invalid-structure Patient.name[0].given[0]"),
        (r#""name":[{"given":["a"],"_given":{"id":"x"}}]"#, "invalid-structure Patient.name[0].given"),
        (r#""active":"true""#, "invalid-structure Patient.active"),
        (r#""active":[true]"#, "invalid-structure Patient.active"),
        (r#""active":null"#, "invalid-structure Patient.active"),
        (r#""_active":{}"#, "invalid-structure Patient.active"),
        (r#""_active":[{"id":"x"}]"#, "invalid-structure Patient.active"),
        (r#""multipleBirthInteger":"2""#, "invalid-structure Patient.multipleBirth"),
        (r#""birthDate":20010203"#, "invalid-structure Patient.birthDate"),
        (r#""birthDate":{"value":"2001"}"#, "invalid-structure Patient.birthDate"),
        (r#""gender":"""#, "invalid-structure Patient.gender"),
        (r#""text":{"status":"empty","div":["<div/>"]}"#, "invalid-structure Patient.text.div"),
        (r#""extension":[{"url":1}]"#, "invalid-structure Patient.extension[0].url"),
        (r#""contained":[{"id":"x"}]"#, "not-a-resource Patient.contained[0]"),
        (r#""contained":[{"resourceType":"Person1"}]"#, "unknown-resource Patient.contained[0]"),
        (r#""contained":[{"resourceType":"DomainResource"}]"#, "unknown-resource Patient.contained[0]"),
        (r#""contained":[{"resourceType":"Basic","x":1}]"#, "unknown-element Patient.contained[0].x"),
    ] {
        let resource = format!(r#"{{"resourceType":"Patient",{members}}}"#);
        assert_eq!(complaints(&resource), [expected], "{resource}");
    }
    assert_eq!(complaints(r#"{"id":"x"}"#), ["not-a-resource Resource"]);
    assert_eq!(complaints(r#"{"resourceType":"Resource"}"#), ["unknown-resource Resource"]);
}

#[test]
fn complaints_end_at_their_limit() {
    let most = model::limits::ISSUES_MAX;
    for (wrong, expected) in [(most - 1, most - 1), (most, most), (most + 1, most), (10 * most, most)] {
        let names = vec![r#"{"x":1}"#; wrong].join(",");
        let found = complaints(&format!(r#"{{"resourceType":"Patient","name":[{names}]}}"#));
        assert_eq!(found.len(), expected, "{wrong}");
    }
}
