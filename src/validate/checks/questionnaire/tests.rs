//! Are questionnaires that contradict themselves found?

use crate::checks::tests::{check, resource};

fn enabled_by(question: &str, before: &str, within: &str) -> String {
    let condition = format!(
        r#""enableWhen": [{{"question": "{question}", "operator": "exists", "answerBoolean": true}}]"#
    );
    let item = format!(r#"{{"linkId": "q", {condition}, "item": [{within}]}}"#);
    resource("Questionnaire", &format!(r#""item": [{before} {item}, {{"linkId": "later"}}]"#))
}

#[test]
fn a_question_is_enabled_by_an_earlier_one() {
    check(&[], &enabled_by("a", r#"{"linkId": "a"},"#, ""), &[]);
    check(&[], &enabled_by("later", "", ""), &["warning rule-broken Questionnaire.item[0]"]);
    check(&[], &enabled_by("nowhere", "", ""), &["error rule-broken Questionnaire.item[0]"]);
    check(&[], &enabled_by("q", "", ""), &["error rule-broken Questionnaire.item[0]"]);
    check(
        &[],
        &enabled_by("inner", "", r#"{"linkId": "inner"}"#),
        &["error rule-broken Questionnaire.item[0]"],
    );
}

#[test]
fn several_conditions_say_how_they_combine() {
    let condition = r#"{"question": "a", "operator": "exists", "answerBoolean": true}"#;
    let form = |members: &str| {
        let item = format!(r#"{{"linkId": "q", "enableWhen": [{condition}, {condition}]{members}}}"#);
        resource("Questionnaire", &format!(r#""item": [{{"linkId": "a"}}, {item}]"#))
    };
    check(&[], &form(r#", "enableBehavior": "all""#), &[]);
    check(&[], &form(""), &["error rule-broken Questionnaire.item[1]"]);
}

#[test]
fn options_are_offered_once() {
    let options = |second: &str| {
        let option = |code: &str| format!(r#"{{"valueCoding": {{"code": "{code}"}}}}"#);
        resource(
            "Questionnaire",
            &format!(r#""item": [{{"answerOption": [{}, {}]}}]"#, option("a"), option(second)),
        )
    };
    check(&[], &options("b"), &[]);
    check(&[], &options("a"), &["warning rule-broken Questionnaire.item[0].answerOption[1]"]);
}
