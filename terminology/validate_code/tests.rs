//! Is a coding judged by the rules, and is it said why?

use std::sync::Arc;

use fhir_profiles::Registry;
use model::{Value, json};

use crate::{Coding, Given, Terminology, ValidateCode, Versions, validate_code, validate_in_system};

/// Two versions of a system, of which the newer has another name for `a` and one code more.
const OLD: &str = r#"{"resourceType":"CodeSystem","url":"http://s","version":"1.0.0","status":"active","content":"complete",
    "language":"en","concept":[{"code":"a","display":"Ay (1.0)"}]}"#;
const NEW: &str = r#"{"resourceType":"CodeSystem","url":"http://s","version":"1.2.0","status":"active","content":"complete",
    "language":"en","concept":[{"code":"a","display":"Ay (1.2)"},{"code":"b","display":"Bee"}]}"#;
const OTHER: &str = r#"{"resourceType":"CodeSystem","url":"http://o","version":"1","status":"draft","content":"complete",
    "language":"en","caseSensitive":false,"concept":[
    {"code":"a","display":"Hour","designation":[{"language":"de","value":"Stunde"},
        {"use":{"system":"http://uses","code":"joke"},"value":"Sixty minutes"}]},
    {"code":"old","property":[{"code":"status","valueCode":"retired"}]},
    {"code":"worn","property":[{"code":"status","valueCode":"deprecated"}]},
    {"code":"group","property":[{"code":"notSelectable","valueBoolean":true}]}]}"#;
const PART: &str = r#"{"resourceType":"CodeSystem","url":"http://part","version":"1","status":"active","content":"fragment",
    "concept":[{"code":"p"}]}"#;

/// What is asked: the includes of a value set, a coding as `system|version#code`, and the rest.
#[derive(Clone, Copy, Default)]
struct Question<'q> {
    compose: &'q str,
    coding: Coding<'q>,
    given: Given<'q>,
    display_language: Option<&'q str>,
    active_only: bool,
    refuse_abstract: bool,
    membership_only: bool,
}

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).expect("valid JSON")
}

fn terminology(versions: Versions) -> Terminology {
    let resources = [OLD, NEW, OTHER, PART].map(parse);
    Terminology::new(Arc::new(Registry::default().with(resources))).pinned(versions)
}

/// The result, the version and the display, then the issues: severity, kind, place and text, one a line.
fn shown(answer: &Value) -> String {
    let parameters = answer.get("parameter").map_or(&[][..], Value::items);
    let of = |name: &str| parameters.iter().find(|it| it.text("name") == Some(name));
    let text = |name: &str| {
        let members = of(name)?.as_object()?.iter();
        let value = members.into_iter().find(|(member, _)| member.starts_with("value"))?.1;
        Some(String::from_utf8_lossy(&json::to_compact(value)).replace('"', ""))
    };
    let told = ["result", "version", "display", "x-caused-by-unknown-system", "x-unknown-system"];
    let mut lines = vec![told.into_iter().filter_map(text).collect::<Vec<_>>().join(" ")];
    let issues = of("issues").and_then(|it| it.get("resource")?.get("issue"));
    lines.extend(issues.map_or(&[][..], Value::items).iter().map(|issue| {
        let details = issue.get("details").expect("every issue has details");
        let kind = details.get("coding").and_then(|it| it.items()[0].text("code")).unwrap_or_default();
        let place = issue.get("expression").and_then(|it| it.items()[0].as_str()).unwrap_or("-");
        let severity = issue.text("severity").unwrap_or_default();
        format!("{severity} {kind} {place}: {}", details.text("text").unwrap_or_default())
    }));
    lines.join("\n")
}

/// Holds what is answered under some versions against the lines that are expected; one that ends in `…` is only
/// begun.
fn check_under(versions: Versions, question: Question<'_>, expected: &[&str]) {
    let terminology = terminology(versions);
    let definition = format!(
        r#"{{"resourceType":"ValueSet","url":"http://v","status":"active","compose":{}}}"#,
        question.compose
    );
    let definition = parse(&definition);
    let value_set = terminology.compile(&definition).expect("it compiles");
    let codings = [question.coding];
    let asked = ValidateCode {
        codings: &codings,
        given: question.given,
        display_language: question.display_language,
        active_only: question.active_only,
        refuse_abstract: question.refuse_abstract,
        membership_only: question.membership_only,
        ..ValidateCode::default()
    };
    let answer = shown(&validate_code(&terminology, (&value_set, &definition), &asked));
    hold(&answer, expected);
}

fn hold(answer: &str, expected: &[&str]) {
    let lines: Vec<&str> = answer.lines().collect();
    let fits = |line: &str, expected: &str| match expected.strip_suffix('…') {
        Some(begun) => line.starts_with(begun),
        None => line == expected,
    };
    let is_same = lines.len() == expected.len();
    let all = lines.iter().zip(expected).all(|(line, expected)| fits(line, expected));
    assert!(is_same && all, "{answer}\nis not\n{}", expected.join("\n"));
}

fn check(question: Question<'_>, expected: &[&str]) {
    check_under(Versions::default(), question, expected);
}

fn coding<'c>(system: &'c str, version: Option<&'c str>, code: &'c str) -> Coding<'c> {
    Coding { system: Some(system), version, code: Some(code), display: None }
}

/// A question about `a` of `http://s` in this version, in a value set whose include names that one.
fn of_version<'q>(include: &'q str, version: Option<&'q str>) -> Question<'q> {
    Question { compose: include, coding: coding("http://s", version, "a"), ..Question::default() }
}

const OPEN: &str = r#"{"include":[{"system":"http://s"}]}"#;
const PINNED: &str = r#"{"include":[{"system":"http://s","version":"1.0.0"}]}"#;
const PATTERN: &str = r#"{"include":[{"system":"http://s","version":"1.x.x"}]}"#;
const MISSING: &str = r#"{"include":[{"system":"http://s","version":"1"}]}"#;
const BOTH: &str =
    r#"{"include":[{"system":"http://s","version":"1.0.0"},{"system":"http://s","version":"1.2.0"}]}"#;
const WHOLE_OTHER: &str = r#"{"include":[{"system":"http://o"}]}"#;
const DRAFT: &str = "information status-check -: Reference to draft CodeSystem http://o|1";

#[test]
fn a_version_that_the_definition_leaves_open_is_that_of_the_coding_or_the_newest() {
    check(of_version(OPEN, None), &["true 1.2.0 Ay (1.2)"]);
    check(of_version(OPEN, Some("1.0.0")), &["true 1.0.0 Ay (1.0)"]);
    check(of_version(PATTERN, None), &["true 1.2.0 Ay (1.2)"]);
    check(of_version(PATTERN, Some("1.0.0")), &["true 1.0.0 Ay (1.0)"]);
}

#[test]
fn a_coding_of_another_version_than_the_definition_names_is_wrong() {
    check(
        of_version(PINNED, Some("1.2.0")),
        &[
            "false 1.0.0 Ay (1.0)",
            "error vs-invalid version: The code system 'http://s' version '1.0.0' in the ValueSet include is different \
             to the one in the value ('1.2.0')",
        ],
    );
}

#[test]
fn a_version_that_nobody_has_is_said_to_be_missing() {
    let unknown = "error not-found system: A definition for CodeSystem 'http://s' version '2' could not be found, so \
                   the code cannot be validated. Valid versions: 1.0.0 or 1.2.0";
    let caused = "http://s|2";
    let first = format!("false 1.2.0 Ay (1.2) {caused}");
    check(
        of_version(OPEN, Some("2")),
        &[
            &first,
            "warning vs-invalid version: The code system 'http://s' version '1.2.0' for the versionless…",
            unknown,
        ],
    );
    check(of_version(MISSING, None), &["false http://s|1", "error not-found system…"]);
}

#[test]
fn a_request_overrules_a_version_and_the_coding_is_held_against_that() {
    let one = || vec!["http://s|1.0.x".to_owned()];
    let force = || Versions { force: one(), ..Versions::default() };
    check_under(force(), of_version(BOTH, None), &["true 1.0.0 Ay (1.0)"]);
    check_under(
        force(),
        of_version(PINNED, Some("1.2.0")),
        &[
            "false 1.0.0 Ay (1.0)",
            "error vs-invalid version: The code system 'http://s' version '1.0.x' resulting from the version '1.0.0' \
             in the ValueSet…",
        ],
    );
    let check = Versions { check: one(), ..Versions::default() };
    check_under(
        check,
        of_version(PATTERN, None),
        &[
            "false 1.2.0 Ay (1.2)",
            "error version-error version: The version '1.2.0' is not allowed for system 'http://s': required to be \
             '1.0.x' by a version-check parameter",
        ],
    );
}

#[test]
fn of_two_versions_that_hold_a_code_the_newer_is_meant_and_either_may_name_it() {
    check(of_version(BOTH, None), &["true 1.2.0 Ay (1.2)"]);
    check(of_version(BOTH, Some("1.0.0")), &["true 1.0.0 Ay (1.0)"]);
    let named = |display| Question {
        coding: Coding { display: Some(display), ..coding("http://s", None, "a") },
        ..of_version(BOTH, None)
    };
    check(named("Ay (1.0)"), &["true 1.2.0 Ay (1.2)"]);
    check(named("Eh"), &["false 1.2.0 Ay (1.2)", "error invalid-display display…"]);
    let newer_only = Question { coding: coding("http://s", Some("1.0.0"), "b"), ..of_version(BOTH, None) };
    check(newer_only, &["false 1.0.0", "error not-in-vs code…", "error invalid-code code…"]);
}

#[test]
fn a_system_that_is_not_loaded_is_the_reason_or_only_a_remark() {
    let of = |compose, system| Question { compose, coding: coding(system, None, "x"), ..Question::default() };
    check(
        of(r#"{"include":[{"system":"http://q"}]}"#, "http://q"),
        &["false http://q", "error not-found system…"],
    );
    check(of(OPEN, "http://q"), &["false http://q", "error not-in-vs code…", "error not-found system…"]);
    check(
        of(OPEN, "q"),
        &["false q", "error not-in-vs code…", "error invalid-data system…", "error not-found system…"],
    );
    let only = Question { membership_only: true, ..of(OPEN, "http://q") };
    check(only, &["false", "error not-in-vs code…"]);
}

#[test]
fn a_value_set_that_is_imported_and_missing_leaves_the_answer_open() {
    let question = Question {
        compose: r#"{"include":[{"valueSet":["http://gone"]}]}"#,
        coding: coding("http://s", None, "a"),
        ..Question::default()
    };
    let missing = "error not-found -: A definition for the value Set 'http://gone' could not be found";
    check(question, &["false", missing]);
}

#[test]
fn a_code_beyond_a_fragment_is_let_pass_with_a_warning() {
    let question = Question {
        compose: r#"{"include":[{"system":"http://part"}]}"#,
        coding: coding("http://part", None, "x"),
        ..Question::default()
    };
    check(question, &["true 1", "warning invalid-code code…"]);
}

#[test]
fn what_is_no_longer_used_is_let_pass_unless_the_request_or_the_definition_forbids_it() {
    let of =
        |compose, code| Question { compose, coding: coding("http://o", None, code), ..Question::default() };
    let review = "warning code-comment -: The concept 'old' has a status of retired and inactive and its use should \
                  be reviewed";
    check(of(WHOLE_OTHER, "old"), &["true 1", DRAFT, review]);
    check(of(WHOLE_OTHER, "worn"), &["true 1", DRAFT, "warning code-comment -: The concept 'worn'…"]);
    let refused = ["false 1", DRAFT, "error code-rule code…", review, "error not-in-vs code…"];
    check(Question { active_only: true, ..of(WHOLE_OTHER, "old") }, &refused);
    let active = r#"{"inactive":false,"include":[{"system":"http://o"}]}"#;
    check(of(active, "old"), &["false 1", DRAFT, "error not-in-vs code…", "error code-rule code…", review]);
}

#[test]
fn what_only_groups_others_is_refused_where_it_is_to_be_chosen() {
    let group =
        Question { compose: WHOLE_OTHER, coding: coding("http://o", None, "group"), ..Question::default() };
    check(group, &["true 1", DRAFT]);
    let refused = Question { refuse_abstract: true, ..group };
    check(refused, &["false 1", DRAFT, "error code-rule code…", "error not-in-vs code…"]);
}

#[test]
fn a_code_in_another_case_is_right_where_the_system_does_not_mind() {
    let question =
        Question { compose: WHOLE_OTHER, coding: coding("http://o", None, "A"), ..Question::default() };
    check(question, &["true 1 Hour", DRAFT, "information code-rule code: The code 'A' differs…"]);
}

#[test]
fn a_code_that_the_value_set_marks_as_deprecated_is_let_pass_with_a_warning() {
    let compose = r#"{"include":[{"system":"http://s","concept":[{"code":"a","extension":[
        {"url":"http://hl7.org/fhir/StructureDefinition/valueset-deprecated","valueBoolean":true}]}]}]}"#;
    let marked = "warning code-comment code: The presence of the concept 'a' in the system 'http://s' in the value \
                  set http://v is marked with a status of deprecated…";
    check(of_version(compose, None), &["true 1.2.0 Ay (1.2)", marked]);
}

#[test]
fn a_display_is_right_in_the_language_that_is_asked_for() {
    let named = |display, language| Question {
        compose: WHOLE_OTHER,
        coding: Coding { display: Some(display), ..coding("http://o", None, "a") },
        display_language: language,
        ..Question::default()
    };
    check(named("stunde", Some("de-CH")), &["true 1 Stunde", DRAFT]);
    check(
        named("Hour", Some("de")),
        &[
            "false 1 Stunde",
            DRAFT,
            "error invalid-display display: Wrong Display Name 'Hour' for http://o#a. Valid display is 'Stunde' (de) \
             (for the language(s) 'de')",
        ],
    );
    // What is meant for another purpose is no name.
    check(
        named("Sixty minutes", None),
        &[
            "false 1 Hour",
            DRAFT,
            "error invalid-display display: Wrong Display Name 'Sixty minutes' for http://o#a. Valid display is one of \
             2 choices: 'Hour' (en) or 'Stunde' (de) (for the language(s) '--')",
        ],
    );
}

#[test]
fn without_a_name_in_that_language_the_usual_one_is_right() {
    let named = |display| Question {
        coding: Coding { display: Some(display), ..coding("http://s", None, "b") },
        display_language: Some("de"),
        ..of_version(OPEN, None)
    };
    check(
        named("Bee"),
        &["true 1.2.0 Bee", "information invalid-display display: There are no valid display names…"],
    );
    check(named("Wasp"), &["false 1.2.0 Bee", "error invalid-display display: Wrong Display Name 'Wasp'…"]);
}

#[test]
fn a_coding_without_system_is_not_guessed_at_unless_it_is_a_code() {
    let bare = Coding { code: Some("b"), ..Coding::default() };
    check(Question { coding: bare, ..of_version(OPEN, None) }, &["true 1.2.0 Bee"]);
    let question = Question { coding: bare, given: Given::Coding, ..of_version(OPEN, None) };
    check(question, &["false", "warning invalid-data Coding…", "error not-in-vs Coding.code…"]);
    let both = r#"{"include":[{"system":"http://s"},{"system":"http://o"}]}"#;
    let bare = Coding { code: Some("a"), ..Coding::default() };
    check(
        Question { compose: both, coding: bare, ..Question::default() },
        &[
            "false",
            "error not-in-vs code…",
            "error cannot-infer code: The System URI could not be determined for the code 'a' in the ValueSet \
             'http://v': value set expansion has multiple matches: [http://s, http://o]",
        ],
    );
}

#[test]
fn a_code_is_held_against_its_system_alone() {
    let in_system = |system, code, expected: &[&str]| {
        let codings = [coding(system, None, code)];
        let asked = ValidateCode { codings: &codings, ..ValidateCode::default() };
        hold(&shown(&validate_in_system(&terminology(Versions::default()), &asked)), expected);
    };
    in_system("http://s", "a", &["true 1.2.0 Ay (1.2)"]);
    in_system("http://s", "z", &["false 1.2.0", "error invalid-code code…"]);
    in_system("http://o", "a", &["true 1 Hour", DRAFT]);
    in_system("http://part", "x", &["true 1", "warning invalid-code code…"]);
    in_system("http://q", "x", &["false http://q", "error not-found system…"]);
}
