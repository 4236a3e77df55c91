//! Does an expansion say what it holds, and how it was made?

use std::sync::Arc;

use fhir_profiles::Registry;
use model::json;

use super::*;
use crate::{Terminology, Versions};

const SYSTEM: &str = r#"{"resourceType":"CodeSystem","url":"http://s","version":"1.0","status":"draft","content":"complete",
    "language":"en","property":[{"code":"size","uri":"http://size","type":"string"}],"concept":[
    {"code":"a","display":"Heart attack","designation":[{"language":"de","value":"Herzinfarkt"},{"language":"fr",
    "value":"Infarctus"}],"property":[{"code":"size","valueString":"big"}],"extension":[
    {"url":"http://hl7.org/fhir/StructureDefinition/codesystem-conceptOrder","valueInteger":2},
    {"url":"http://hl7.org/fhir/StructureDefinition/rendering-style","valueString":"bold"}]},
    {"code":"b","display":"Attack on a heart","property":[{"code":"status","valueCode":"retired"}]},
    {"code":"h","display":"Heart","property":[{"code":"status","valueCode":"active"}]},
    {"code":"hh","display":"Hearty heart attack"}]}"#;
const NEWER: &str = r#"{"resourceType":"CodeSystem","url":"http://s","version":"2.0","status":"active","content":"complete",
    "concept":[{"code":"a","display":"Heart attack, newer"}]}"#;
const FRAGMENT: &str = r#"{"resourceType":"CodeSystem","url":"http://f","status":"active","content":"fragment",
    "concept":[{"code":"x"}]}"#;
const IMPORTED: &str = r#"{"resourceType":"ValueSet","url":"http://i","version":"3","status":"retired",
    "compose":{"include":[{"system":"http://s","version":"1.0","concept":[{"code":"a","extension":[
    {"url":"http://hl7.org/fhir/StructureDefinition/valueset-conceptOrder","valueInteger":1},
    {"url":"http://other","valueInteger":1}]}]}]}}"#;

/// Expands a value set with this definition and holds the compact JSON, or the complaints, against pieces that it
/// must hold, or must not after `!`.
fn check(compose: &str, versions: Versions, asked: Expand<'_>, pieces: &[&str]) {
    let parse = |text: &str| json::parse(text.as_bytes()).expect("valid JSON");
    let registry = Registry::default().with([SYSTEM, NEWER, FRAGMENT, IMPORTED].map(parse));
    let terminology = Terminology::new(Arc::new(registry)).pinned(versions);
    let text =
        format!(r#"{{"resourceType":"ValueSet","url":"http://v","status":"active","compose":{compose}}}"#);
    let definition = Arc::new(parse(&text));
    let sources = Sources::of(&terminology, &definition);
    let compiled = terminology.compile(&definition).expect("it can be compiled");
    let expanded = match sources.refusals() {
        Some(refusals) => Err(refusals),
        None => expand(&compiled, &Expand { sources: Some(&sources), ..asked }),
    };
    let shown = match expanded {
        Ok(value) => String::from_utf8_lossy(&json::to_compact(&value)).into_owned(),
        Err(issues) => issues.iter().map(|issue| issue.message.as_str()).collect::<Vec<_>>().join("; "),
    };
    for piece in pieces {
        match piece.strip_prefix('!') {
            Some(absent) => assert!(!shown.contains(absent), "{absent} is in {shown}"),
            None => assert!(shown.contains(piece), "{piece} is not in {shown}"),
        }
    }
}

const ALL: &str = r#"{"include":[{"system":"http://s","version":"1.0"}]}"#;

#[test]
fn what_was_used_is_told_once_though_all_of_it_is_excluded() {
    let compose = r#"{"include":[{"system":"http://s","version":"1.0","concept":[{"code":"a"}]}],
        "exclude":[{"valueSet":["http://i"]},{"valueSet":["http://i|3"]}]}"#;
    let used = r#"[{"name":"used-codesystem","valueUri":"http://s|1.0"},{"name":"used-valueset","valueUri":"http://i|3"}"#;
    let warnings = r#"{"name":"warning-draft","valueUri":"http://s|1.0"},{"name":"warning-retired","valueUri":"http://i|3"}]"#;
    let told = format!("{used},{warnings}");
    check(compose, Versions::default(), Expand::default(), &[&told, r#""total":0"#]);
}

#[test]
fn an_argument_that_says_what_holds_anyway_is_repeated_too() {
    let said = Expand { active_only: Some(false), count: Some(9), offset: Some(0), ..Expand::default() };
    let pieces = [
        r#"{"name":"activeOnly","valueBoolean":false}"#,
        r#"{"name":"count","valueInteger":9},{"name":"offset","valueInteger":0}"#,
    ];
    check(ALL, Versions::default(), said, &pieces);
    check(ALL, Versions::default(), Expand::default(), &["!activeOnly", "!count", "!offset"]);
}

#[test]
fn a_name_that_gives_way_to_one_in_another_language_is_told_beside_it() {
    let german =
        Expand { display_language: Some("de"), include_designations: Some(true), ..Expand::default() };
    let gave_way = r#""designation":[{"language":"en","use":{"system":"http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra","code":"preferredForLanguage"},"value":"Heart attack"},{"language":"fr""#;
    let pieces =
        [r#""display":"Herzinfarkt""#, gave_way, r#""display":"Heart""#, r#"!"value":"Herzinfarkt""#];
    check(ALL, Versions::default(), german, &pieces);
    let only_german = Expand { display_language: Some("de, *;q=0"), ..german };
    let pieces = [r#""display":"Herzinfarkt""#, gave_way, r#"!"display":"Heart""#, r#""value":"Heart""#];
    check(ALL, Versions::default(), only_german, &pieces);
    let english = Expand { display_language: Some("en"), ..german };
    check(ALL, Versions::default(), english, &["!preferredForLanguage", r#""value":"Herzinfarkt""#]);
}

#[test]
fn designations_are_chosen_by_the_very_language_that_is_named() {
    let named = Expand { designations: &["urn:ietf:bcp:47|fr"], ..Expand::default() };
    check(ALL, Versions::default(), named, &["Infarctus", "!Herzinfarkt"]);
    let other = Expand { designations: &["urn:ietf:bcp:47|f"], ..Expand::default() };
    check(ALL, Versions::default(), other, &["!Infarctus"]);
}

#[test]
fn properties_are_told_and_what_they_mean() {
    let size = Expand { properties: &["size"], ..Expand::default() };
    let pieces = [
        r#"[{"url":"code","valueCode":"size"},{"url":"value","valueString":"big"}]"#,
        r#"[{"url":"code","valueCode":"size"},{"url":"uri","valueUri":"http://size"}]"#,
        r#"[{"url":"code","valueCode":"status"},{"url":"value","valueCode":"retired"}]"#,
        r#"!"valueCode":"active""#,
    ];
    check(ALL, Versions::default(), size, &pieces);
    check(ALL, Versions::default(), Expand::default(), &["!size"]);
}

#[test]
fn what_the_value_set_says_of_a_code_comes_before_what_the_system_says() {
    let order =
        |number| format!(r#"{{"url":"code","valueCode":"order"}},{{"url":"value","valueDecimal":{number}}}"#);
    let bold = r#"{"url":"http://hl7.org/fhir/StructureDefinition/rendering-style","valueString":"bold"}"#;
    check(ALL, Versions::default(), Expand::default(), &[&order(2), bold]);
    let import = r#"{"include":[{"valueSet":["http://i"]}]}"#;
    check(import, Versions::default(), Expand::default(), &[&order(1), bold, "!http://other"]);
}

#[test]
fn on_a_page_what_the_words_mean_best_comes_first() {
    let of = |filter| Expand { filter: Some(filter), count: Some(9), ..Expand::default() };
    let order = |codes: [&str; 3]| codes.map(|code| format!(r#""code":"{code}","#)).to_vec();
    for (filter, codes) in [("heart attack", ["a", "b", "hh"]), ("ATT hea", ["a", "b", "hh"])] {
        let codes = order(codes);
        check(ALL, Versions::default(), of(filter), &[r#""total":3"#, &codes[0], &codes[1], &codes[2]]);
    }
    check(ALL, Versions::default(), of("heart"), &[r#""contains":[{"system":"http://s","code":"h","#]);
    check(ALL, Versions::default(), of("hh"), &[r#""total":1"#, r#""code":"hh""#]);
    check(ALL, Versions::default(), of("eart"), &[r#""total":0"#]);
}

#[test]
fn the_argument_that_decided_a_version_is_told() {
    let open = r#"{"include":[{"system":"http://s"}]}"#;
    let one = || vec!["http://s|1.0".to_owned()];
    let default = || Versions { default: one(), ..Versions::default() };
    let decided = r#"{"name":"system-version","valueUri":"http://s|1.0"}"#;
    check(open, default(), Expand::default(), &[decided, r#""valueUri":"http://s|1.0""#]);
    let named = r#"{"include":[{"system":"http://s","version":"2.0"}]}"#;
    check(named, default(), Expand::default(), &["!system-version", "http://s|2.0"]);
    let force = Versions { force: one(), ..Versions::default() };
    check(named, force, Expand::default(), &["force-system-version", "!http://s|2.0"]);
    let demanded = Versions { check: one(), ..Versions::default() };
    let refusal = "The version '2.0' is not allowed for system 'http://s': required to be '1.0'";
    check(named, demanded, Expand::default(), &[refusal]);
}

#[test]
fn codes_tell_their_versions_where_several_are_spoken_of() {
    let both = r#"{"include":[{"system":"http://s","version":"1.0","concept":[{"code":"a"}]},{"system":"http://s"}]}"#;
    let pieces = [r#""version":"1.0","code":"a""#, r#""version":"2.0","code":"a""#];
    check(both, Versions::default(), Expand::default(), &pieces);
    check(ALL, Versions::default(), Expand::default(), &[r#"!"version":"1.0""#]);
}

#[test]
fn what_is_missing_is_named_with_what_there_is() {
    let none = r#"{"include":[{"system":"http://s","version":"9"}]}"#;
    let refusal = "A definition for CodeSystem 'http://s' version '9' could not be found, so the value set cannot be \
                   expanded. Valid versions: 1.0 or 2.0";
    check(none, Versions::default(), Expand::default(), &[refusal]);
    let nowhere = r#"{"include":[{"valueSet":["http://nowhere"]}]}"#;
    check(nowhere, Versions::default(), Expand::default(), &["http://nowhere", "could not be found"]);
    // Codes that are named need nothing of their system.
    let listed = r#"{"include":[{"system":"http://q","concept":[{"code":"x"}]}]}"#;
    check(listed, Versions::default(), Expand::default(), &[r#""total":1"#]);
}

#[test]
fn an_expansion_of_a_fragment_says_that_there_may_be_more() {
    let unclosed =
        r#"{"url":"http://hl7.org/fhir/StructureDefinition/valueset-unclosed","valueBoolean":true}"#;
    check(r#"{"include":[{"system":"http://f"}]}"#, Versions::default(), Expand::default(), &[unclosed]);
    let listed = r#"{"include":[{"system":"http://f","concept":[{"code":"x"}]}]}"#;
    check(listed, Versions::default(), Expand::default(), &["!unclosed"]);
}

#[test]
fn too_many_codes_without_a_page_are_refused_naming_the_limit() {
    let codes: Vec<String> = (0..=EXPANSION_MAX).map(|number| format!(r#"{{"code":"c{number}"}}"#)).collect();
    let compose = format!(r#"{{"include":[{{"system":"http://q","concept":[{}]}}]}}"#, codes.join(","));
    check(&compose, Versions::default(), Expand::default(), &["more than the limit of 1000 without `count`"]);
    let page = Expand { count: Some(2), ..Expand::default() };
    check(&compose, Versions::default(), page, &[r#""total":1001"#, r#""code":"c1""#, r#"!"code":"c2""#]);
}
