//! Is an amount found whatever its unit?

use proptest::prelude::*;

use super::super::prefix::Prefix;
use super::super::trial::{ask, finds, rows};
use crate::catalogue::Kind;

/// Which of the values find an element.
#[track_caller]
fn check(element: (&'static str, &str), expected: &[(&str, bool)]) {
    for (value, is_found) in expected {
        let found = finds(Kind::Quantity, element, &format!("value={value}"));
        assert_eq!(found, *is_found, "{value} in {}", element.1);
    }
}

const GRAMS: (&str, &str) =
    ("Quantity", r#"{"value":1.5,"unit":"gram","system":"http://unitsofmeasure.org","code":"g"}"#);

#[test]
fn an_amount_is_found_in_every_unit_of_its_kind() {
    check(
        GRAMS,
        &[
            ("1.5", true),
            ("1.5|http://unitsofmeasure.org|g", true),
            ("1500|http://unitsofmeasure.org|mg", true),
            ("0.0015|http://unitsofmeasure.org|kg", true),
            ("1.5|http://unitsofmeasure.org|mg", false),
            ("1.5|http://unitsofmeasure.org|m", false),
            ("gt1499.9|http://unitsofmeasure.org|mg", true),
            ("gt1500|http://unitsofmeasure.org|mg", false),
            ("1.5||g", true),
            ("1500||mg", true),
            ("1.5||gram", true),
            ("1500||gram", false),
            ("1.5||", true),
            ("1500", false),
            ("1.5|http://other.org|g", false),
        ],
    );
    let warm = r#"{"value":98.6,"system":"http://unitsofmeasure.org","code":"[degF]"}"#;
    check(
        ("Quantity", warm),
        &[
            ("37.0|http://unitsofmeasure.org|Cel", true),
            ("ap40|http://unitsofmeasure.org|Cel", true),
            ("ap80|http://unitsofmeasure.org|Cel", false),
        ],
    );
}

#[test]
fn precision_is_that_of_the_unit_asked_for() {
    check(
        GRAMS,
        &[
            ("2|http://unitsofmeasure.org|g", true),
            ("1|http://unitsofmeasure.org|g", false),
            ("2.0|http://unitsofmeasure.org|g", false),
            ("1499.6|http://unitsofmeasure.org|mg", false),
            ("1e3|http://unitsofmeasure.org|mg", false),
        ],
    );
}

#[test]
fn units_that_are_not_of_ucum_are_found_by_their_code() {
    let tablets = r#"{"value":2,"unit":"tablets","system":"http://snomed.info/sct","code":"428673006"}"#;
    check(
        ("Quantity", tablets),
        &[
            ("2", true),
            ("2|http://snomed.info/sct|428673006", true),
            ("2||428673006", true),
            ("2||tablets", true),
            ("2||tablet", false),
            ("2|http://unitsofmeasure.org|428673006", false),
        ],
    );
    check(
        ("Quantity", r#"{"value":2,"unit":"mg"}"#),
        &[("2||mg", true), ("2|http://unitsofmeasure.org|mg", false)],
    );
    let wrong = r#"{"value":2,"system":"http://unitsofmeasure.org","code":"MG / DL"}"#;
    check(("Quantity", wrong), &[("2|http://unitsofmeasure.org|MG / DL", true), ("2||MG / DL", true)]);
    let odd = r#"{"value":2,"system":"http://a.org","code":"a|b"}"#;
    check(("Quantity", odd), &[(r"2|http://a.org|a\|b", true), (r"2||a\|b", true)]);
}

#[test]
fn a_comparator_opens_the_amount() {
    for (comparator, expected) in [
        ("<", "ne5 lt5 le5 eb5 gt4 ne4 lt6 ap4"),
        ("<=", "ne5 lt5 le5 ap5 gt4 ne4 lt6 ap4"),
        (">=", "ne5 gt5 ge5 ap5 gt4 ne4 sa4"),
        (">", "ne5 gt5 ge5 sa5 gt4 ne4 sa4"),
    ] {
        let text = format!(r#"{{"value":5,"comparator":"{comparator}"}}"#);
        for asked in "eq5 ne5 gt5 lt5 ge5 le5 sa5 eb5 ap5 gt4 ne4 sa4 eq4 eb4 ap4".split(' ') {
            let request = format!("value={asked}.0");
            let expected = match (asked, comparator) {
                // What is open to the other side has something in common with all around it.
                ("ap5", "<" | ">") => true,
                _ => expected.split(' ').any(|it| it == asked),
            };
            assert_eq!(
                finds(Kind::Quantity, ("Quantity", &text), &request),
                expected,
                "{comparator}5 by {asked}"
            );
        }
    }
}

#[test]
fn a_range_is_found_in_every_unit_of_its_kind() {
    let range = r#"{"low":{"value":1,"system":"http://unitsofmeasure.org","code":"a"},
        "high":{"value":24,"system":"http://unitsofmeasure.org","code":"mo"}}"#;
    check(
        ("Range", range),
        &[
            ("ge1|http://unitsofmeasure.org|a", true),
            ("gt23|http://unitsofmeasure.org|mo", true),
            ("gt24|http://unitsofmeasure.org|mo", false),
            ("sa11|http://unitsofmeasure.org|mo", true),
            ("eb25|http://unitsofmeasure.org|mo", true),
            ("1|http://unitsofmeasure.org|a", false),
            ("lt2||d", false),
        ],
    );
    check(
        ("Range", r#"{"low":{"value":18,"unit":"years"}}"#),
        &[("gt80||years", true), ("lt18||years", false), ("sa17", true)],
    );
    check(
        ("Range", r#"{"high":{"value":18,"unit":"years"}}"#),
        &[("gt18||years", false), ("lt1||years", true)],
    );
}

#[test]
fn money_is_found_by_its_currency() {
    check(
        ("Money", r#"{"value":8.50,"currency":"EUR"}"#),
        &[("8.50", true), ("8.50|urn:iso:std:iso:4217|EUR", true), ("8.50||EUR", true), ("8.50||USD", false)],
    );
    check(("Money", r#"{"value":8.50}"#), &[("8.50", true), ("8.50||EUR", false)]);
}

#[test]
fn what_is_no_amount_has_no_rows() {
    for (type_name, text) in [
        ("Quantity", r#"{"code":"g"}"#),
        ("Quantity", "5"),
        ("Money", r#"{"currency":"EUR"}"#),
        ("Range", "{}"),
        ("Range", r#"{"low":{"value":5},"high":{"value":4}}"#),
        ("SampledData", r#"{"origin":{"value":5}}"#),
        ("CodeableConcept", "{}"),
    ] {
        assert!(rows(Kind::Quantity, "value", (type_name, text)).is_empty(), "{type_name} {text}");
    }
}

#[test]
fn other_values_and_modifiers_are_refused() {
    for (value, expected) in [
        ("", "a number such as 5"),
        ("x||mg", "a number such as 5"),
        ("5|mg", "number, number|system|code or number||code"),
        ("5|||mg", "number, number|system|code or number||code"),
        ("5|http://unitsofmeasure.org|", "a code after the system"),
        ("1e999999||kg", "an amount that can be converted"),
    ] {
        let complaint = ask(Kind::Quantity, &format!("value={value}")).expect_err(value);
        let expected = format!("the parameter `value` cannot be `{value}`, expected {expected}");
        assert!(complaint.starts_with(&expected), "{complaint}");
    }
    let complaint = ask(Kind::Quantity, "value:text=5").expect_err("refused");
    assert_eq!(complaint, "the parameter `value` has no modifier `:text`, expected `:missing` or none");
}

proptest! {
    #[test]
    fn every_amount_finds_itself_in_another_unit(value in 1u32..2000, prefix in prop::sample::select(vec!["eq", "ge", "le", "ap"])) {
        let text = format!(r#"{{"value":{value},"system":"http://unitsofmeasure.org","code":"mg/dL"}}"#);
        let grams = f64::from(value) / 100.0;
        let request = format!("value={prefix}{grams:.2}|http://unitsofmeasure.org|g/L");
        prop_assert!(finds(Kind::Quantity, ("Quantity", &text), &request), "{text} {request}");
    }

    #[test]
    fn every_amount_that_passes_stands_where_candidates_do(
        prefix in prop::sample::select(Prefix::ALL.to_vec()),
        asked in "-?[0-9](\\.[05])?",
        unit in prop::sample::select(vec!["", "||g", "||mg", "|http://unitsofmeasure.org|kg"]),
        value in -9i32..9,
        comparator in prop::sample::select(vec!["", r#""comparator":"<","#, r#""comparator":">=","#]),
    ) {
        let text = format!(r#"{{"value":{value},{comparator}"system":"http://unitsofmeasure.org","code":"g"}}"#);
        finds(Kind::Quantity, ("Quantity", &text), &format!("value={}{asked}{unit}", prefix.as_str()));
    }
}
