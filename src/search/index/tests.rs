//! Are those elements found that the expressions select?

use fhir_profiles::Definitions;
use fhirpath::{Item, Node};
use model::{Value, json};

use super::*;
use crate::catalogue::plan;
use crate::rows::Indexed;

mod examples;

/// Takes note of what the walk and the engine find, without making rows.
#[derive(Default)]
struct Noted<'a>(Vec<(usize, Element<'a>)>);

impl<'a> Visit<'a> for Noted<'a> {
    fn value(&mut self, taker: usize, element: &Element<'a>) {
        self.0.push((taker, *element));
    }

    fn composite(&mut self, _: usize, _: &'a Object) {}
}

fn parse(text: &str) -> Object {
    match json::parse(text.as_bytes()).expect("it is JSON") {
        Value::Object(object) => object,
        other => panic!("{other:?} is no object"),
    }
}

fn indexed(text: &str) -> (ResourceType, Rows) {
    let object = parse(text);
    let name = object.get("resourceType").and_then(Value::as_str).unwrap_or_default();
    let resource_type = Definitions::r4().resource_type(name).expect("a type of resources");
    let rows = rows(&object, resource_type, &Catalogue::r4(), "http://here/fhir").expect("not too many");
    (resource_type, rows)
}

/// How many rows there are under each of the parameters that have some, shadows apart.
fn check(text: &str, expected: &str) {
    let catalogue = Catalogue::r4();
    let (resource_type, rows) = indexed(text);
    let counted = catalogue.of_type(resource_type).map(|it| (it.code.as_str(), rows.of(it.id).len()));
    let shown: Vec<_> =
        counted.filter(|(_, count)| *count > 0).map(|(code, count)| format!("{code} {count}")).collect();
    assert_eq!(shown.join(", "), expected, "{text}");
}

/// The tokens under a parameter.
fn check_tokens(text: &str, code: &str, expected: &str) {
    let (resource_type, rows) = indexed(text);
    let catalogue = Catalogue::r4();
    let parameter = catalogue.find(resource_type, code).expect("a parameter");
    let tokens = rows.of(parameter.id).iter().filter_map(|row| match &row.value {
        Indexed::Token { code, .. } => Some(code.as_str()),
        _ => None,
    });
    assert_eq!(tokens.collect::<Vec<_>>().join(", "), expected, "{text}");
}

#[test]
fn a_resource_stands_under_the_parameters_that_select_something_of_it() {
    check(
        r#"{"resourceType":"Patient","id":"a","meta":{"lastUpdated":"2020-01-01T00:00:00Z","tag":[{"code":"t"}]},
            "telecom":[{"system":"phone","value":"1"},{"system":"email","value":"2"},{"value":"3"}],
            "name":[{"family":"A","given":["B",null]}],"birthDate":"1970","nothing":{"family":"C"}}"#,
        "_tag 1, birthdate 1, deceased 1, email 1, family 1, given 1, name 2, phone 1, phonetic 2, telecom 3",
    );
    check(r#"{"resourceType":"Linkage","item":[]}"#, "");
    check(r#"{"resourceType":"Linkage","item":"text","author":[[{"reference":"Patient/1"}]]}"#, "");
}

#[test]
fn of_a_choice_only_the_type_that_is_asked_for_counts() {
    check(
        r#"{"resourceType":"Condition","onsetDateTime":"2020","abatementString":"soon"}"#,
        "abatement-string 1, onset-date 1",
    );
    check(r#"{"resourceType":"Condition","onsetAge":{"value":1,"code":"a"}}"#, "onset-age 2");
}

#[test]
fn a_reference_counts_where_its_type_is_asked_for() {
    for (reference, expected) in [
        (r#""reference":"Patient/1""#, "patient 1, subject 1"),
        (r#""reference":"http://there/fhir/Patient/1""#, "patient 1, subject 1"),
        (r#""reference":"Patient/1/_history/2""#, "patient 1, subject 1"),
        (r#""reference":"Group/1""#, "subject 1"),
        (r#""reference":"Group/1","type":"Patient""#, "subject 1"),
        (r#""reference":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520""#, "subject 1"),
        (
            r#""reference":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","type":"Patient""#,
            "patient 1, subject 1",
        ),
        (r#""display":"who""#, ""),
    ] {
        check(&format!(r#"{{"resourceType":"Flag","subject":{{{reference}}}}}"#), expected);
    }
}

#[test]
fn a_reference_that_only_identifies_is_found_by_the_identifier() {
    let text = r#"{"resourceType":"Flag","subject":{"type":"Patient","identifier":{"value":"7"}}}"#;
    let (resource_type, rows) = indexed(text);
    let catalogue = Catalogue::r4();
    for (code, count) in [("patient", 1), ("subject", 1), ("author", 0)] {
        let parameter = catalogue.find(resource_type, code).expect("a parameter");
        assert_eq!(rows.of(parameter.under("identifier")).len(), count, "{code}");
    }
}

#[test]
fn whether_a_patient_died_is_told_of_all() {
    for (member, expected) in [
        ("", "false"),
        (r#","deceasedBoolean":false"#, "false"),
        (r#","deceasedBoolean":true"#, "true"),
        (r#","deceasedDateTime":"2020""#, "true"),
    ] {
        check_tokens(&format!(r#"{{"resourceType":"Patient"{member}}}"#), "deceased", expected);
    }
}

#[test]
fn what_an_extension_holds_is_found() {
    let url = "http://hl7.org/fhir/StructureDefinition/observation-geneticsGene";
    let text = format!(
        r#"{{"resourceType":"Observation","extension":[{{"url":"{url}","valueCodeableConcept":
            {{"coding":[{{"code":"g"}}]}}}},{{"url":"http://other","valueCode":"h"}}]}}"#
    );
    check_tokens(&text, "gene-identifier", "g");
}

#[test]
fn only_the_first_resource_of_a_bundle_is_its_composition() {
    let entry = |name: &str| format!(r#"{{"resource":{{"resourceType":"{name}","id":"a"}}}}"#);
    let bundle = |first: &str| {
        let entries = [entry(first), entry("Composition")].join(",");
        format!(r#"{{"resourceType":"Bundle","type":"document","entry":[{entries}]}}"#)
    };
    check(&bundle("Composition"), "composition 1, type 1");
    check(&bundle("MessageHeader"), "message 1, type 1");
    check(&bundle("Patient"), "type 1");
}

/// The groups under a composite, each as its components' numbers.
fn check_groups(text: &str, code: &str, expected: &str) {
    let (resource_type, rows) = indexed(text);
    let catalogue = Catalogue::r4();
    let parameter = catalogue.find(resource_type, code).expect("a parameter");
    let groups = rows.of(parameter.id).chunk_by(|one, other| one.group == other.group);
    let shown = groups.map(|group| {
        let components = group.iter().map(|row| row.component.to_string());
        format!("{}: {}", group[0].group, components.collect::<Vec<_>>().join(" "))
    });
    assert_eq!(shown.collect::<Vec<_>>().join(", "), expected, "{text}");
}

#[test]
fn components_are_kept_together_by_their_root() {
    let text = r#"{"resourceType":"Observation","code":{"coding":[{"code":"a"},{"code":"b"}]},
        "component":[{"code":{"coding":[{"code":"c"}]},"valueQuantity":{"value":1}},
                     {"code":{"coding":[{"code":"d"}]}},
                     {"code":{"coding":[{"code":"e"}]},"valueQuantity":{"value":2}}]}"#;
    check_groups(text, "component-code-value-quantity", "1: 0 1, 2: 0 1");
    check_groups(text, "combo-code-value-quantity", "1: 0 1, 2: 0 1");
    // Without a value there is nothing that belongs together.
    check_groups(text, "code-value-quantity", "");
    let text = r#"{"resourceType":"Observation","code":{"coding":[{"code":"a"},{"code":"b"}]},"valueDateTime":"2020"}"#;
    check_groups(text, "code-value-date", "1: 0 0 1");
    check_groups(text, "combo-code-value-concept", "");
}

#[test]
fn a_component_may_be_a_reference() {
    let text = r#"{"resourceType":"DocumentReference","relatesTo":[{"code":"appends","target":
        {"reference":"DocumentReference/a"}},{"code":"signs","target":{"identifier":{"value":"b"}}}]}"#;
    check(text, "relatesto 1, relation 2, relationship 2");
    check_groups(text, "relationship", "1: 0 1");
}

#[test]
fn an_amount_is_the_same_wherever_it_counts() {
    let (resource_type, rows) = indexed(
        r#"{"resourceType":"Observation","code":{"coding":[{"code":"a"}]},
            "valueQuantity":{"value":1.5,"unit":"gram","system":"http://unitsofmeasure.org","code":"g"},
            "component":[{"code":{"coding":[{"code":"b"}]},"valueQuantity":{"value":2,"unit":"gram"}}]}"#,
    );
    let catalogue = Catalogue::r4();
    let amounts = |code: &str, group: u32| {
        let parameter = catalogue.find(resource_type, code).expect("a parameter");
        let own = rows.of(parameter.id).iter().filter(|row| row.group == group);
        own.map(|row| row.value.clone())
            .filter(|it| matches!(it, Indexed::Quantity { .. }))
            .collect::<Vec<_>>()
    };
    let own = amounts("value-quantity", 0);
    let inner = amounts("component-value-quantity", 0);
    assert!(!own.is_empty() && !inner.is_empty() && own != inner);
    assert_eq!(amounts("code-value-quantity", 1), own);
    assert_eq!(amounts("combo-code-value-quantity", 1), own);
    assert_eq!(amounts("combo-code-value-quantity", 2), inner);
    let mut both = [own, inner].concat();
    both.sort_unstable();
    assert_eq!(amounts("combo-value-quantity", 0), both);
}

#[test]
fn an_amount_counts_alone_where_nothing_belongs_to_it() {
    let text = r#"{"resourceType":"Observation","component":[{"valueQuantity":{"value":1,"unit":"g"}},
        {"valueQuantity":{"value":2,"unit":"g"}}]}"#;
    check_groups(text, "component-code-value-quantity", "");
    check(text, "combo-value-quantity 4, component-value-quantity 4");
}

#[test]
fn a_component_may_stand_outside_of_its_root() {
    let text = r#"{"resourceType":"MolecularSequence","referenceSeq":{"chromosome":{"coding":[{"code":"x"}]}},
        "variant":[{"start":1,"end":2},{"start":3,"end":4},{"start":5}]}"#;
    check_groups(text, "chromosome-variant-coordinate", "1: 0 1 2, 2: 0 1 2");
}

#[test]
fn a_resource_with_too_many_values_is_refused() {
    let catalogue = Catalogue::r4();
    let resource_type = Definitions::r4().resource_type("Group").expect("a type");
    let group = |members: usize| {
        let member = |number: usize| format!(r#"{{"entity":{{"reference":"Patient/{number}"}}}}"#);
        let members: Vec<_> = (0..members).map(member).collect();
        parse(&format!(r#"{{"resourceType":"Group","member":[{}]}}"#, members.join(",")))
    };
    let count = |members| rows(&group(members), resource_type, &catalogue, "").map(|rows| rows.len());
    assert_eq!(count(1_000).expect("few"), 1_000);
    let issue = count(ROWS_MAX + 1).expect_err("too many");
    assert_eq!(issue.code, Code::TooCostly);
    assert_eq!(issue.message, "cannot index Group by more than the 100000 values allowed");
}
