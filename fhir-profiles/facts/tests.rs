//! Are facts kept and prose left out?

use model::json;

use super::*;

fn check(displays: Displays, definition: &str, expected: &str) {
    let mut definition = json::parse(definition.as_bytes()).expect("the definition is JSON");
    keep_facts(&mut definition, displays);
    let left = String::from_utf8(json::to_compact(&definition)).expect("JSON is UTF-8");
    assert_eq!(left, expected);
}

#[test]
fn prose_and_the_differential_go_and_facts_stay() {
    check(
        Displays::Keep,
        r#"{"resourceType":"StructureDefinition","url":"u","title":"T","text":{"div":"x"},"_description":{"id":"a"},
           "mapping":[{"identity":"i"}],
           "snapshot":{"element":[{"path":"A.b","short":"s","definition":"d","min":0,"mustSupport":true,
               "patternCodeableConcept":{"text":"kept","comment":"kept"},
               "slicing":{"rules":"open","description":"x"},
               "constraint":[{"key":"k-1","human":"h","xpath":"x","expression":"e"}],
               "binding":{"strength":"required","description":"x","valueSet":"v"}}]},
           "differential":{"element":[]}}"#,
        r#"{"resourceType":"StructureDefinition","url":"u","title":"T","snapshot":{"element":[{"path":"A.b","min":0,"mustSupport":true,"patternCodeableConcept":{"text":"kept","comment":"kept"},"slicing":{"rules":"open"},"constraint":[{"key":"k-1","human":"h","expression":"e"}],"binding":{"strength":"required","valueSet":"v"}}]}}"#,
    );
}

#[test]
fn a_differential_without_a_snapshot_stays() {
    check(
        Displays::Keep,
        r#"{"resourceType":"StructureDefinition","differential":{"element":[{"path":"A","short":"s"}]}}"#,
        r#"{"resourceType":"StructureDefinition","differential":{"element":[{"path":"A"}]}}"#,
    );
}

#[test]
fn extensions_about_the_making_go_and_others_stay() {
    check(
        Displays::Keep,
        r#"{"resourceType":"ValueSet","url":"v",
           "extension":[{"url":"http://hl7.org/fhir/StructureDefinition/structuredefinition-wg","valueCode":"vocab"}],
           "_name":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/structuredefinition-fmm"}]},
           "compose":{"extension":[{"url":"http://example.org/kept"}]}}"#,
        r#"{"resourceType":"ValueSet","url":"v","compose":{"extension":[{"url":"http://example.org/kept"}]}}"#,
    );
}

#[test]
fn the_list_of_dropped_extensions_is_in_order() {
    assert!(EXTENSIONS.is_sorted());
}

#[test]
fn concepts_lose_their_definitions_at_every_depth() {
    check(
        Displays::Keep,
        r#"{"resourceType":"CodeSystem","concept":[{"code":"a","display":"A","definition":"x",
           "concept":[{"code":"b","definition":"x","designation":[{"value":"B"}]}]}]}"#,
        r#"{"resourceType":"CodeSystem","concept":[{"code":"a","display":"A","concept":[{"code":"b","designation":[{"value":"B"}]}]}]}"#,
    );
}

const LICENSED_SET: &str = r#"{"resourceType":"ValueSet","compose":{"include":[{"system":"http://loinc.org","concept":[{"code":"1-8","display":"licensed","designation":[{"value":"licensed"}]}]},{"system":"http://example.org","concept":[{"code":"x","display":"X"}]}]}}"#;

#[test]
fn licensed_displays_go_and_their_codes_stay() {
    check(
        Displays::DropLicensed,
        LICENSED_SET,
        r#"{"resourceType":"ValueSet","compose":{"include":[{"system":"http://loinc.org","concept":[{"code":"1-8"}]},{"system":"http://example.org","concept":[{"code":"x","display":"X"}]}]}}"#,
    );
    check(
        Displays::DropLicensed,
        r#"{"resourceType":"ConceptMap","group":[{"source":"http://example.org","target":"http://snomed.info/sct","element":[{"code":"a","display":"A","target":[{"code":"1","display":"licensed","equivalence":"equal"}]}]}]}"#,
        r#"{"resourceType":"ConceptMap","group":[{"source":"http://example.org","target":"http://snomed.info/sct","element":[{"code":"a","display":"A","target":[{"code":"1","equivalence":"equal"}]}]}]}"#,
    );
}

#[test]
fn what_somebody_installs_keeps_its_displays() {
    check(Displays::Keep, LICENSED_SET, LICENSED_SET);
}

#[test]
fn what_is_no_object_is_left_alone() {
    check(Displays::DropLicensed, "[1,null]", "[1,null]");
    check(
        Displays::DropLicensed,
        r#"{"snapshot":1,"contained":[2],"concept":{"a":1}}"#,
        r#"{"snapshot":1,"contained":[2],"concept":{"a":1}}"#,
    );
}
