//! Does a value set hold the codes that its definition says?

use std::sync::Arc;

use fhir_profiles::Registry;
use model::{Value, json};

use crate::{Coding, Membership, Terminology};

const SYSTEM: &str = r#"{"resourceType":"CodeSystem","url":"http://s","version":"1","content":"complete",
    "caseSensitive":true,"valueSet":"http://all-of-s","property":[{"code":"colour","type":"code"}],"concept":[
    {"code":"a","display":"Ay","concept":[{"code":"a1","property":[{"code":"colour","valueCode":"red"}]},
        {"code":"a2","concept":[{"code":"a21"}]}]},
    {"code":"b","property":[{"code":"inactive","valueBoolean":true}]},
    {"code":"c","property":[{"code":"notSelectable","valueBoolean":true},{"code":"child","valueCode":"a1"}]}]}"#;
const PART: &str =
    r#"{"resourceType":"CodeSystem","url":"http://part","content":"fragment","concept":[{"code":"p"}]}"#;

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).expect("valid JSON")
}

fn value_set(url: &str, compose: &str) -> Value {
    parse(&format!(r#"{{"resourceType":"ValueSet","url":"{url}","status":"active","compose":{compose}}}"#))
}

fn terminology(others: &[(&str, &str)]) -> Terminology {
    let others = others.iter().map(|(url, compose)| value_set(url, compose));
    Terminology::new(Arc::new(
        Registry::default().with([parse(SYSTEM), parse(PART)].into_iter().chain(others)),
    ))
}

/// Holds what `compose`, with other value sets beside it, lists against what is expected: codes, or why not.
fn check_with(others: &[(&str, &str)], compose: &str, expected: &str) {
    let terminology = terminology(others);
    let compiled = terminology.compile(&value_set("http://v", compose));
    let listed = compiled.and_then(|it| it.list().map_err(|refused| refused.to_string()));
    let shown = listed.map(|all| all.into_iter().map(|found| found.code).collect::<Vec<_>>().join(" "));
    assert_eq!(shown.unwrap_or_else(|reason| reason), expected, "{compose}");
}

fn check(compose: &str, expected: &str) {
    check_with(&[], compose, expected);
}

fn check_filter(property: &str, op: &str, value: &str, expected: &str) {
    let filter = format!(r#"{{"property":"{property}","op":"{op}","value":"{value}"}}"#);
    check(&format!(r#"{{"include":[{{"system":"http://s","filter":[{filter}]}}]}}"#), expected);
}

/// Whether `system` and `code` are in the value set that `compose` makes: a word and, if unknown, the reason.
fn check_member(compose: &str, (system, code): (Option<&str>, &str), expected: &str) {
    let terminology = terminology(&[("http://v", compose)]);
    let coding = Coding { system, code: Some(code), ..Coding::default() };
    let found = match terminology.member("http://v", &coding) {
        Membership::Member => "member".to_owned(),
        Membership::Absent(_) => "absent".to_owned(),
        Membership::Unknown(reason) => reason,
    };
    assert_eq!(found, expected, "{code} in {compose}");
}

#[test]
fn a_system_is_included_whole_or_code_by_code() {
    check(r#"{"include":[{"system":"http://s"}]}"#, "a a1 a2 a21 b c");
    check(
        r#"{"include":[{"system":"http://s","concept":[{"code":"c"},{"code":"a"},{"code":"zz"}]}]}"#,
        "c a",
    );
    check(r#"{"inactive":false,"include":[{"system":"http://s"}]}"#, "a a1 a2 a21 c");
}

#[test]
fn every_filter_does_as_its_definition_says() {
    check_filter("concept", "=", "a1", "a1");
    check_filter("concept", "is-a", "a", "a a1 a2 a21");
    check_filter("concept", "descendent-of", "a", "a1 a2 a21");
    check_filter("concept", "is-not-a", "a", "b c");
    check_filter("concept", "generalizes", "a1", "a a1 c");
    check_filter("concept", "child-of", "a", "a1 a2");
    check_filter("concept", "descendent-leaf", "a", "a1 a21");
    check_filter("concept", "in", "a1, b", "a1 b");
    check_filter("concept", "not-in", "a1,b", "a a2 a21 c");
    check_filter("concept", "regex", "a.", "a1 a2");
    check_filter("colour", "=", "red", "a1");
    check_filter("colour", "exists", "false", "a a2 a21 b c");
    check_filter("display", "regex", "A.*", "a");
    check_filter("inactive", "=", "true", "b");
    check_filter("parent", "=", "c", "a1");
}

#[test]
fn a_filter_that_means_nothing_is_refused() {
    check_filter("size", "=", "1", "the code system `http://s` has no property `size`");
    check_filter("concept", "is-a", "zz", "the code `zz` of a filter is not in the code system `http://s`");
    check_filter("concept", "near", "a", "the filter operator `near` is not known");
    check_filter("colour", "exists", "1", "the filter `exists` takes `true` or `false`, not `1`");
    let wrong = "`(` is no regular expression, or one that takes too much memory";
    check_filter("concept", "regex", "(", wrong);
    let wrong = "`((a{1000}){1000}){1000}` is no regular expression, or one that takes too much memory";
    check_filter("concept", "regex", "((a{1000}){1000}){1000}", wrong);
    let long = "a".repeat(1_001);
    check_filter(
        "concept",
        "regex",
        &long,
        "a regular expression is longer than the limit of 1000 characters",
    );
}

#[test]
fn includes_are_joined_and_what_is_within_one_is_cut() {
    let others = [
        ("http://x", r#"{"include":[{"system":"http://s","concept":[{"code":"a"},{"code":"b"}]}]}"#),
        ("http://y", r#"{"include":[{"system":"http://s","concept":[{"code":"b"},{"code":"c"}]}]}"#),
    ];
    check_with(&others, r#"{"include":[{"valueSet":["http://x"]},{"valueSet":["http://y"]}]}"#, "a b c");
    check_with(&others, r#"{"include":[{"valueSet":["http://x","http://y"]}]}"#, "b");
    check_with(&others, r#"{"include":[{"system":"http://s","valueSet":["http://y"]}]}"#, "b c");
    let compose = r#"{"include":[{"system":"http://s"}],"exclude":[{"valueSet":["http://x","http://y"]}]}"#;
    check_with(&others, compose, "a a1 a2 a21 c");
    check_with(
        &others,
        r#"{"include":[{"valueSet":["http://all-of-s"]}],"exclude":[{"valueSet":["http://x"]}]}"#,
        "a1 a2 a21 c",
    );
}

#[test]
fn a_value_set_that_imports_itself_is_refused_with_the_way() {
    let others = [
        ("http://x", r#"{"include":[{"valueSet":["http://y"]}]}"#),
        ("http://y", r#"{"include":[{"valueSet":["http://x"]}]}"#),
    ];
    let way = "the value set imports itself: `http://x` imports `http://y` imports `http://x`";
    check_with(&others, r#"{"include":[{"valueSet":["http://x"]}]}"#, way);
}

#[test]
fn an_import_chain_without_end_is_refused() {
    let names: Vec<_> = (0..40).map(|it| format!("http://chain{it}")).collect();
    let composes: Vec<_> =
        (1..=40).map(|it| format!(r#"{{"include":[{{"valueSet":["http://chain{it}"]}}]}}"#)).collect();
    let others: Vec<_> = names.iter().map(String::as_str).zip(composes.iter().map(String::as_str)).collect();
    let refused = "value sets import one another more than the limit of 32 deep";
    check_with(&others, r#"{"include":[{"valueSet":["http://chain0"]}]}"#, refused);
}

#[test]
fn what_is_not_loaded_is_unknown_and_what_is_listed_is_known() {
    let snomed = Some("http://snomed.info/sct");
    let whole = r#"{"include":[{"system":"http://snomed.info/sct"}]}"#;
    check_member(whole, (snomed, "1"), "the code system `http://snomed.info/sct` is not loaded");
    check_member(whole, (Some("http://s"), "a"), "absent");
    let listed = r#"{"include":[{"system":"http://snomed.info/sct","concept":[{"code":"1"}]}]}"#;
    check_member(listed, (snomed, "1"), "member");
    check_member(listed, (snomed, "2"), "absent");
    check_member(listed, (None, "1"), "member");
    let missing = r#"{"include":[{"valueSet":["http://nowhere"]},{"system":"http://s"}]}"#;
    check_member(missing, (Some("http://s"), "a"), "member");
    check_member(missing, (Some("http://s"), "zz"), "the value set `http://nowhere` is not loaded");
}

#[test]
fn a_fragment_knows_what_it_has_and_no_more() {
    let whole = r#"{"include":[{"system":"http://part"}]}"#;
    check_member(whole, (Some("http://part"), "p"), "member");
    check_member(whole, (Some("http://part"), "q"), "only a part of the code system `http://part` is loaded");
    let listed = r#"{"include":[{"system":"http://part","concept":[{"code":"p"},{"code":"q"}]}]}"#;
    check_member(listed, (Some("http://part"), "q"), "member");
    check_member(listed, (Some("http://part"), "r"), "absent");
}

#[test]
fn a_rule_is_asked_and_not_listed() {
    let metres = r#"{"include":[{"system":"http://unitsofmeasure.org",
        "filter":[{"property":"canonical","op":"=","value":"m"}]}],
        "exclude":[{"system":"http://unitsofmeasure.org","concept":[{"code":"km"}]}]}"#;
    let ucum = Some("http://unitsofmeasure.org");
    check_member(metres, (ucum, "cm"), "member");
    check_member(metres, (ucum, "km"), "absent");
    check_member(metres, (ucum, "g"), "absent");
    check(metres, "the codes of `http://unitsofmeasure.org` follow a rule and have no end");
}

#[test]
fn what_may_not_exist_is_unknown() {
    let parts = r#"{"include":[{"system":"urn:iso:std:iso:3166:-2"}]}"#;
    let system = Some("urn:iso:std:iso:3166:-2");
    check_member(parts, (system, "DE-BY"), "which parts a country has by ISO 3166-2 is not loaded");
    check_member(parts, (system, "XX-BY"), "absent");
}

#[test]
fn a_coding_of_another_version_than_the_definition_names_is_absent() {
    let pinned = r#"{"include":[{"system":"http://s","version":"1"}]}"#;
    let terminology =
        terminology(&[("http://v", pinned), ("http://w", r#"{"include":[{"system":"http://s"}]}"#)]);
    let is_member = |value_set: &str, version| {
        let coding =
            Coding { system: Some("http://s"), version: Some(version), code: Some("a"), display: None };
        terminology.member(value_set, &coding) == Membership::Member
    };
    assert!(is_member("http://v", "1") && !is_member("http://v", "2"));
    assert!(is_member("http://w", "1") && is_member("http://w", "2"));
}

#[test]
fn versions_are_pinned() {
    check(r#"{"include":[{"system":"http://s","version":"1","concept":[{"code":"a"}]}]}"#, "a");
    let missing = "the code system `http://s|9` is not loaded";
    check(r#"{"include":[{"system":"http://s","version":"9"}]}"#, missing);
}

#[test]
fn contained_value_sets_and_stored_expansions_are_used() {
    let terminology = terminology(&[]);
    let resource = r##"{"resourceType":"ValueSet","url":"http://v","contained":[{"resourceType":"ValueSet","id":"in",
        "expansion":{"contains":[{"system":"http://s","code":"a","abstract":true,"contains":[
        {"system":"http://s","code":"a1"}]},{"system":"http://t","code":"t"}]}}],
        "compose":{"include":[{"valueSet":["#in"]}]}}"##;
    let compiled = terminology.compile(&parse(resource)).expect("it compiles");
    let listed = compiled.list().expect("it lists");
    assert_eq!(listed.iter().map(|found| &*found.code).collect::<Vec<_>>(), ["a1", "t"]);
}

#[test]
fn a_definition_without_codes_is_not_guessed() {
    check(r#"{"include":[{}]}"#, "an include has neither a system nor a value set");
}

#[test]
fn every_value_set_of_core_compiles_but_one_that_filters_by_a_property_that_is_not_there() {
    let terminology = Terminology::new(Registry::r4());
    let all = terminology.registry.of_type("ValueSet");
    let broken = all.filter_map(|entry| {
        terminology.value_set(&entry.url).err().map(|reason| format!("{}: {reason}", entry.url))
    });
    let known = "http://hl7.org/fhir/ValueSet/example-filter: the code system \
                 `http://hl7.org/fhir/CodeSystem/example` has no property `acme-plasma`";
    assert_eq!(broken.collect::<Vec<_>>(), [known]);
}
