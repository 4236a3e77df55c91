//! Do codes mean what their systems say?

use std::sync::Arc;

use fhir_profiles::Registry;
use model::{Issue, Value, json};

use crate::*;

const SYSTEM: &str = r#"{"resourceType":"CodeSystem","url":"http://s","version":"1","name":"S","content":"complete",
    "language":"en","concept":[{"code":"a","display":"Heart attack","designation":[{"language":"de",
    "value":"Herzinfarkt"}],"concept":[{"code":"a1","display":"Silent heart attack"}]},
    {"code":"b","display":"Old","property":[{"code":"inactive","valueBoolean":true}]}]}"#;
const VALUE_SET: &str = r#"{"resourceType":"ValueSet","url":"http://v","status":"active",
    "compose":{"include":[{"system":"http://s"}]}}"#;
const MAP: &str = r#"{"resourceType":"ConceptMap","url":"http://m","status":"active","group":[{"source":"http://s",
    "target":"http://t","element":[{"code":"a","target":[{"code":"x","equivalence":"wider"}]},
    {"code":"b","target":[{"code":"y","equivalence":"equal","dependsOn":[{"property":"http://p","value":"1"}]}]}],
    "unmapped":{"mode":"fixed","code":"z"}}]}"#;

fn terminology() -> Terminology {
    let parse = |text: &str| json::parse(text.as_bytes()).expect("valid JSON");
    Terminology::new(Arc::new(Registry::default().with([SYSTEM, VALUE_SET, MAP].map(parse))))
}

/// Holds the compact JSON of an answer, or its complaints, against the pieces that it must hold.
fn check(answer: Result<Value, Vec<Issue>>, pieces: &[&str]) {
    let shown = match answer {
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

fn check_expand(asked: Expand<'_>, pieces: &[&str]) {
    check(expand(&terminology().value_set("http://v").expect("it is there"), &asked), pieces);
}

fn check_code(code: &str, display: Option<&str>, active_only: bool, pieces: &[&str]) {
    let codings = [Coding { system: Some("http://s"), code: Some(code), display, ..Coding::default() }];
    let asked = ValidateCode { codings: &codings, active_only, ..ValidateCode::default() };
    let terminology = terminology();
    let value_set = terminology.value_set("http://v").expect("it is there");
    let definition = terminology.definition("http://v").expect("it is there");
    check(Ok(validate_code(&terminology, (&value_set, &definition), &asked)), pieces);
}

fn check_translate(system: &str, code: &str, asked: Translate<'_>, pieces: &[&str]) {
    let codings = [Coding { system: Some(system), code: Some(code), ..Coding::default() }];
    check(translate(&terminology(), &Translate { codings: &codings, ..asked }), pieces);
}

#[test]
fn an_expansion_is_filtered_paged_and_named_in_a_language() {
    check_expand(Expand::default(), &[r#""total":3"#, r#""code":"a1""#, r#""inactive":true"#]);
    check_expand(
        Expand { active_only: Some(true), ..Expand::default() },
        &[r#""total":2"#, r#"!"code":"b""#],
    );
    check_expand(Expand { filter: Some("att hea"), ..Expand::default() }, &[r#""total":2"#]);
    check_expand(Expand { filter: Some("tack"), ..Expand::default() }, &[r#""total":0"#, "!contains"]);
    let page = Expand { count: Some(1), offset: Some(1), ..Expand::default() };
    check_expand(page, &[r#""total":3,"offset":1"#, r#""code":"a1""#, r#"!"code":"a","#]);
    check_expand(
        Expand { display_language: Some("de"), ..Expand::default() },
        &["Herzinfarkt", "!Heart attack"],
    );
    check_expand(Expand { exclude_systems: &["http://s|1"], ..Expand::default() }, &[r#""total":0"#]);
    check_expand(
        Expand { filter: Some(&"x".repeat(501)), ..Expand::default() },
        &["the limit of 500 characters"],
    );
}

#[test]
fn concepts_stand_below_what_they_are_a_kind_of_unless_that_is_not_wanted() {
    let nested = r#""display":"Heart attack","contains":[{"system":"http://s","code":"a1""#;
    check_expand(Expand::default(), &[nested]);
    check_expand(Expand { exclude_nested: Some(false), ..Expand::default() }, &[nested]);
    check_expand(Expand { filter: Some("heart"), ..Expand::default() }, &[nested]);
    for flat in [
        Expand { exclude_nested: Some(true), ..Expand::default() },
        Expand { count: Some(9), ..Expand::default() },
        Expand { filter: Some("heart"), exclude_nested: Some(true), ..Expand::default() },
    ] {
        check_expand(flat, &[r#""code":"a1""#, &format!("!{nested}")]);
    }
}

#[test]
fn a_chain_without_end_is_nested_to_the_limit() {
    let concepts = (0..200_usize).map(|it| {
        format!(
            r#"{{"code":"c{it}","property":[{{"code":"parent","valueCode":"c{}"}}]}}"#,
            it.saturating_sub(1)
        )
    });
    let system = SYSTEM.split(r#""concept""#).next().expect("it has concepts");
    let system = format!("{system}\"concept\":[{}]}}", concepts.collect::<Vec<_>>().join(","));
    let parse = |text: &str| json::parse(text.as_bytes()).expect("valid JSON");
    let registry = Registry::default().with([parse(&system), parse(VALUE_SET)]);
    let terminology = Terminology::new(Arc::new(registry));
    let expanded = expand(&terminology.value_set("http://v").expect("it is there"), &Expand::default());
    let shown = expanded.map(|it| String::from_utf8_lossy(&json::to_compact(&it)).into_owned());
    let levels = shown.expect("it is expanded").matches(r#""contains":"#).count();
    assert_eq!(levels, limits::NESTING_MAX);
}

/// Holds the version of `http://s` that an include uses against what is expected, with `wanted` asked for.
fn check_versions(include: &str, wanted: Versions, expected: &str) {
    let parse = |text: &str| json::parse(text.as_bytes()).expect("valid JSON");
    let versions = ["1.0.0", "1.2.0", "2.0.0"]
        .map(|version| parse(&SYSTEM.replace(r#""version":"1""#, &format!(r#""version":"{version}""#))));
    let terminology = Terminology::new(Arc::new(Registry::default().with(versions))).pinned(wanted);
    let value_set = format!(r#"{{"resourceType":"ValueSet","compose":{{"include":[{include}]}}}}"#);
    let used = terminology.compile(&parse(&value_set)).map(|set| {
        let needed = set.parts[0].needed.as_ref().map(|needed| format!(" in the place of {needed}"));
        format!("{}{}", set.parts[0].version, needed.unwrap_or_default())
    });
    assert_eq!(used.unwrap_or_else(|refused| refused), expected, "{include}");
}

#[test]
fn a_version_is_taken_from_the_definition_or_from_the_request() {
    let (open, pinned) = (r#"{"system":"http://s"}"#, r#"{"system":"http://s","version":"1.0.0"}"#);
    let one = || vec!["http://s|1.2.0".to_owned()];
    check_versions(open, Versions::default(), "2.0.0");
    check_versions(r#"{"system":"http://s","version":"1.x"}"#, Versions::default(), "1.2.0");
    check_versions(open, Versions { default: one(), ..Versions::default() }, "1.2.0");
    check_versions(pinned, Versions { default: one(), ..Versions::default() }, "1.0.0");
    check_versions(pinned, Versions { force: one(), ..Versions::default() }, "1.2.0");
    check_versions(open, Versions { check: one(), ..Versions::default() }, "1.2.0");
    let needed = "1.0.0 in the place of 1.2.0";
    check_versions(pinned, Versions { check: one(), ..Versions::default() }, needed);
    let pattern = vec!["http://s|1.x".to_owned()];
    let coded = Versions { check: pattern, coded: vec!["http://s|1.0.0".to_owned()], ..Versions::default() };
    check_versions(open, coded, "1.0.0");
    // A version of a system is meant as it is written: there is no `1`.
    check_versions(r#"{"system":"http://s","version":"1"}"#, Versions::default(), "1");
}

#[test]
fn a_code_is_right_or_it_is_said_why_not() {
    check_code("a", None, false, &[r#""valueBoolean":true"#, r#""valueString":"Heart attack""#]);
    check_code("a", Some("heart ATTACK"), false, &[r#""valueBoolean":true"#]);
    check_code("a", Some("Heart  attack"), false, &[r#""valueBoolean":false"#, "Wrong whitespace"]);
    check_code("a", Some("Herzinfarkt"), false, &[r#""valueBoolean":true"#]);
    check_code("a", Some("Stroke"), false, &[r#""valueBoolean":false"#, "Wrong Display Name 'Stroke'"]);
    check_code(
        "z",
        None,
        false,
        &[r#""valueBoolean":false"#, "was not found in the value set 'http://v'", "Unknown code"],
    );
    check_code("b", None, false, &[r#""name":"result","valueBoolean":true"#, "status of inactive"]);
    check_code("b", None, true, &[r#""name":"result","valueBoolean":false"#, "is not active"]);
}

#[test]
fn a_code_is_looked_up_with_its_place_and_names() {
    let asked = Lookup { system: "http://s", code: "a", ..Lookup::default() };
    let pieces = [r#""valueString":"Heart attack""#, "Herzinfarkt", r#""valueCode":"a1""#];
    check(lookup(&terminology(), &asked), &pieces);
    let wanted = Lookup { properties: &["child"], ..asked };
    check(lookup(&terminology(), &wanted), &[r#""valueCode":"a1""#, "!Herzinfarkt"]);
    check(
        lookup(&terminology(), &Lookup { code: "z", ..asked }),
        &["`z` is not in the code system `http://s`"],
    );
    check(lookup(&terminology(), &Lookup { system: "http://q", ..asked }), &["`http://q` is not loaded"]);
}

#[test]
fn one_concept_is_a_kind_of_the_other_or_not() {
    let of = |a, b| subsumes(&terminology(), ("http://s", None), a, b);
    check(of("a", "a1"), &[r#""subsumes""#]);
    check(of("a1", "a"), &[r#""subsumed-by""#]);
    check(of("a", "a"), &[r#""equivalent""#]);
    check(of("a", "b"), &[r#""not-subsumed""#]);
    check(of("a", "z"), &["`z` is not in the code system"]);
}

#[test]
fn concepts_are_found_by_their_properties() {
    let of = |properties: &[(&str, &str)]| find_matches(&terminology(), ("http://s", None), properties);
    check(of(&[("parent", "a")]), &[r#""code":"a1""#, r#"!"code":"b""#]);
    check(of(&[]), &["at least one property"]);
    check(of(&[("size", "1")]), &["no property `size`"]);
}

#[test]
fn a_code_is_translated_both_ways() {
    check_translate("http://s", "a", Translate::default(), &[r#""code":"x""#, r#""valueCode":"wider""#]);
    let back = Translate { reverse: true, ..Translate::default() };
    check_translate("http://t", "x", back, &[r#""code":"a""#, r#""valueCode":"narrower""#]);
    check_translate("http://t", "q", back, &[r#""valueBoolean":false"#]);
    check_translate("http://q", "a", Translate::default(), &["no concept map"]);
}

#[test]
fn a_translation_that_depends_on_more_needs_it() {
    check_translate("http://s", "b", Translate::default(), &[r#""code":"z""#, r#"!"code":"y""#]);
    let dependencies = [("http://p", "", "1")];
    let asked = Translate { dependencies: &dependencies, ..Translate::default() };
    check_translate("http://s", "b", asked, &[r#""code":"y""#, r#"!"code":"z""#]);
}

#[test]
fn a_meaning_is_known_missing_or_unknown() {
    let terminology = terminology();
    let is_known = |system, code| matches!(terminology.meaning(system, None, code), Meaning::Known { .. });
    assert!(is_known("http://s", "a") && is_known("urn:ietf:bcp:47", "de"));
    assert_eq!(terminology.meaning("http://s", None, "z"), Meaning::NoSuchCode);
    assert_eq!(terminology.meaning("http://s", Some("9"), "a"), Meaning::UnknownSystem);
    assert_eq!(terminology.meaning("http://q", None, "a"), Meaning::UnknownSystem);
}
