//! Are answers held against their questions?

use crate::checks::tests;

/// Holds answers against questions; expects lines of `severity place`, the place without
/// `QuestionnaireResponse.`.
fn check(questions: &str, answers: &str, expected: &[&str]) {
    status("completed", questions, answers, expected);
}

fn status(status: &str, questions: &str, answers: &str, expected: &[&str]) {
    let questionnaire =
        tests::resource("Questionnaire", &format!(r#""url": "http://a.org/q", "item": [{questions}]"#));
    let head = format!(r#""questionnaire": "http://a.org/q", "status": "{status}""#);
    let response = tests::resource("QuestionnaireResponse", &format!(r#"{head}, "item": [{answers}]"#));
    let expected: Vec<String> = expected
        .iter()
        .map(|line| {
            let (severity, place) = line.split_once(' ').unwrap_or((line, ""));
            let place = if place.is_empty() { String::new() } else { format!(".{place}") };
            format!("{severity} answer-mismatch QuestionnaireResponse{place}")
        })
        .collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    tests::check(&[&questionnaire], &response, &expected);
}

/// One question of a type with more members, and its answers.
fn answered(kind: &str, more: &str, answers: &str, expected: &[&str]) {
    let question = format!(r#"{{"linkId": "q", "type": "{kind}"{more}}}"#);
    check(&question, &format!(r#"{{"linkId": "q", "answer": [{answers}]}}"#), expected);
}

fn extension(name: &str, value: &str) -> String {
    format!(r#", "extension": [{{"url": "http://hl7.org/fhir/StructureDefinition/{name}", {value}}}]"#)
}

#[test]
fn items_answer_questions_of_the_form() {
    let group = r#"{"linkId": "g", "type": "group", "item": [{"linkId": "b", "type": "string"}]}"#;
    let form = &format!(r#"{{"linkId": "a", "type": "string"}}, {group}"#);
    check(form, r#"{"linkId": "a"}, {"linkId": "g", "item": [{"linkId": "b"}]}"#, &[]);
    check(form, r#"{"linkId": "x"}"#, &["error"]);
    check(form, r#"{"linkId": "b"}"#, &["error"]);
    check(form, r#"{"linkId": "g"}, {"linkId": "a"}"#, &["error"]);
    check(form, r#"{"linkId": "a"}, {"linkId": "a"}"#, &["error"]);
    check(form, r#"{"linkId": "g", "item": [{"linkId": "x"}]}"#, &["error item[0]"]);
}

#[test]
fn what_is_required_is_answered_unless_the_response_is_in_progress() {
    let form = r#"{"linkId": "a", "type": "string", "required": true}"#;
    check(form, r#"{"linkId": "a", "answer": [{"valueString": "x"}]}"#, &[]);
    check(form, r#"{"linkId": "a"}"#, &["error item[0]"]);
    check(form, "", &["error"]);
    status("in-progress", form, "", &["warning"]);
    let group =
        r#"{"linkId": "g", "type": "group", "required": true, "item": [{"linkId": "b", "type": "string"}]}"#;
    check(group, r#"{"linkId": "g"}"#, &["error item[0]"]);
}

#[test]
fn answers_have_the_type_that_is_asked_for() {
    answered("boolean", "", r#"{"valueBoolean": true}"#, &[]);
    answered("boolean", "", r#"{"valueString": "x"}"#, &["error item[0].answer[0].value.ofType(string)"]);
    answered("url", "", r#"{"valueUri": "http://a.org"}"#, &[]);
    answered("group", "", r#"{"valueString": "x"}"#, &["error item[0]"]);
    answered("string", "", r#"{"valueString": "x"}, {"valueString": "y"}"#, &["error item[0]"]);
    answered("string", r#", "repeats": true"#, r#"{"valueString": "x"}, {"valueString": "y"}"#, &[]);
}

#[test]
fn a_question_that_is_not_enabled_is_not_answered() {
    let form = |operator: &str, expected: &str| {
        let condition =
            format!(r#""enableWhen": [{{"question": "a", "operator": "{operator}", {expected}}}]"#);
        format!(
            r#"{{"linkId": "a", "type": "integer"}},
               {{"linkId": "b", "type": "string", "required": true, {condition}}}"#
        )
    };
    let (asked, given) = (
        r#"{"linkId": "a", "answer": [{"valueInteger": 5}]}"#,
        r#"{"linkId": "b", "answer": [{"valueString": "x"}]}"#,
    );
    let both = format!("{asked}, {given}");
    for (operator, expected, is_enabled) in [
        ("=", r#""answerInteger": 5"#, true),
        ("=", r#""answerInteger": 6"#, false),
        ("!=", r#""answerInteger": 6"#, true),
        (">", r#""answerInteger": 10"#, false),
        ("<=", r#""answerInteger": 10"#, true),
        ("exists", r#""answerBoolean": true"#, true),
        ("exists", r#""answerBoolean": false"#, false),
    ] {
        let form = form(operator, expected);
        check(&form, &both, if is_enabled { &[] } else { &["error item[1]"] });
        check(&form, asked, if is_enabled { &["error"] } else { &[] });
    }
}

#[test]
fn answers_keep_to_the_bounds_of_the_question() {
    let place = "error item[0].answer[0].value.ofType";
    let string = r#"{"valueString": "abc"}"#;
    answered("string", r#", "maxLength": 3"#, string, &[]);
    answered("string", r#", "maxLength": 2"#, string, &[&format!("{place}(string)")]);
    answered(
        "string",
        &extension("minLength", r#""valueInteger": 4"#),
        string,
        &[&format!("{place}(string)")],
    );
    answered("integer", &extension("minValue", r#""valueInteger": 4"#), r#"{"valueInteger": 4}"#, &[]);
    answered(
        "integer",
        &extension("minValue", r#""valueInteger": 4"#),
        r#"{"valueInteger": 3}"#,
        &[&format!("{place}(integer)")],
    );
    answered(
        "date",
        &extension("maxValue", r#""valueDate": "2022""#),
        r#"{"valueDate": "2023"}"#,
        &[&format!("{place}(date)")],
    );
    answered(
        "decimal",
        &extension("maxDecimalPlaces", r#""valueInteger": 2"#),
        r#"{"valueDecimal": 1.50}"#,
        &[],
    );
    answered(
        "decimal",
        &extension("maxDecimalPlaces", r#""valueInteger": 2"#),
        r#"{"valueDecimal": 1.500}"#,
        &[&format!("{place}(decimal)")],
    );
    answered(
        "string",
        &extension("questionnaire-minOccurs", r#""valueInteger": 2"#),
        string,
        &["error item[0]"],
    );
    let places = extension("maxDecimalPlaces", r#""valueInteger": 2"#);
    let amount = r#"{"valueQuantity": {"value": 1.500}}"#;
    answered("quantity", &places, amount, &[&format!("{place}(Quantity)")]);
    let pattern = extension("regex", r#""valueString": "[a-z]+""#);
    answered("string", &pattern, string, &[]);
    answered("string", &pattern, r#"{"valueString": "abc1"}"#, &[&format!("{place}(string)")]);
    let allowed = extension("questionnaire-referenceResource", r#""valueCode": "Patient""#);
    answered("reference", &allowed, r#"{"valueReference": {"reference": "Patient/1"}}"#, &[]);
    answered(
        "reference",
        &allowed,
        r#"{"valueReference": {"reference": "Group/1"}}"#,
        &[&format!("{place}(Reference)")],
    );
}

#[test]
fn amounts_are_compared_by_their_units() {
    let amount = |value: &str, unit: &str| {
        format!(
            r#""valueQuantity": {{"value": {value}, "system": "http://unitsofmeasure.org", "code": "{unit}"}}"#
        )
    };
    let bound = extension("sdc-questionnaire-maxQuantity", &amount("5", "km"));
    let place = "error item[0].answer[0].value.ofType(Quantity)";
    answered("quantity", &bound, &format!("{{{}}}", amount("5000", "m")), &[]);
    answered("quantity", &bound, &format!("{{{}}}", amount("5001", "m")), &[place]);
    answered("quantity", &bound, &format!("{{{}}}", amount("1", "kg")), &[place]);
    answered("quantity", &bound, r#"{"valueQuantity": {"value": 1, "unit": "km"}}"#, &[place]);
}

#[test]
fn answers_are_among_the_options() {
    let options = r#", "answerOption": [{"valueCoding": {"system": "s:s", "code": "a", "display": "A"}}]"#;
    let coding = |code: &str| format!(r#"{{"valueCoding": {{"system": "s:s", "code": "{code}"}}}}"#);
    answered("choice", options, &coding("a"), &[]);
    answered("choice", options, &coding("b"), &["error item[0].answer[0]"]);
    answered("choice", options, r#"{"valueString": "a"}"#, &["error item[0].answer[0]"]);
    answered("open-choice", options, r#"{"valueString": "x"}"#, &[]);
    answered("open-choice", options, r#"{"valueString": "A"}"#, &["warning item[0].answer[0]"]);
}

#[test]
fn an_option_that_excludes_others_stands_alone() {
    let exclusive = extension("questionnaire-optionExclusive", r#""valueBoolean": true"#);
    let options = format!(
        r#", "repeats": true, "answerOption": [{{"valueInteger": 1}}, {{"valueInteger": 2{exclusive}}}]"#
    );
    answered("choice", &options, r#"{"valueInteger": 2}"#, &[]);
    answered("choice", &options, r#"{"valueInteger": 1}, {"valueInteger": 2}"#, &["error item[0].answer[1]"]);
}

#[test]
fn the_questionnaire_may_be_contained() {
    let contained =
        tests::resource("Questionnaire", r#""id": "q", "item": [{"linkId": "a", "type": "string"}]"#);
    let response = |link_id: &str| {
        let members = format!(
            r#""contained": [{contained}], "questionnaire": "\#q", "item": [{{"linkId": "{link_id}"}}]"#
        );
        tests::resource("QuestionnaireResponse", &members.replace("\\#", "#"))
    };
    tests::check(&[], &response("a"), &[]);
    tests::check(&[], &response("b"), &["error answer-mismatch QuestionnaireResponse"]);
}

#[test]
fn an_unknown_questionnaire_is_said_to_be_unknown() {
    let response = tests::resource("QuestionnaireResponse", r#""questionnaire": "http://a.org/q""#);
    tests::check(&[], &response, &["warning unknown-profile QuestionnaireResponse"]);
    let other = tests::resource("ValueSet", r#""url": "http://a.org/q""#);
    let wrong = [
        "error answer-mismatch QuestionnaireResponse.questionnaire",
        "warning unknown-profile QuestionnaireResponse",
    ];
    tests::check(&[&other], &response, &wrong);
}
