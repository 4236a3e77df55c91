//! Is a number found by its digits and ends?

use proptest::prelude::*;

use super::super::trial::{ask, finds, rows};
use super::*;
use crate::catalogue::Kind;

/// The prefixes by which an element is found for a number.
#[track_caller]
fn check(element: (&'static str, &str), number: &str, expected: &str) {
    let found = Prefix::ALL
        .into_iter()
        .map(Prefix::as_str)
        .filter(|prefix| finds(Kind::Number, element, &format!("probability={prefix}{number}")));
    assert_eq!(found.collect::<Vec<_>>().join(" "), expected, "{} by {number}", element.1);
}

#[test]
fn a_number_equals_all_that_rounds_to_its_digits() {
    for (number, asked, expected) in [
        ("99.4999", "100", false),
        ("99.5", "100", true),
        ("100.4999", "100", true),
        ("100.5", "100", false),
        ("99.994", "100.00", false),
        ("99.995", "100.00", true),
        ("100.005", "100.00", false),
        ("94.9", "1e2", false),
        ("95", "1e2", true),
        ("104.9", "1e2", true),
        ("105", "1e2", false),
        ("94.9", "1.0e2", false),
        ("95", "1.0e2", true),
        ("0.0053949", "5.40e-3", false),
        ("0.005395", "5.40e-3", true),
        ("0.0054049", "5.40e-3", true),
        ("0.005405", "5.40e-3", false),
        ("-99.5", "-100", false),
        ("-100.5", "-100", true),
        ("0.4", "0", true),
        ("-0.5", "0", true),
        ("0.5", "0", false),
        ("-0.0", "0.0", true),
        ("1000", "1e 3", true),
    ] {
        let found = finds(Kind::Number, ("decimal", number), &format!("probability={asked}"));
        assert_eq!(found, expected, "{number} by {asked}");
    }
}

#[test]
fn the_other_prefixes_take_a_number_as_it_is() {
    check(("decimal", "100"), "100", "eq ge le ap");
    check(("decimal", "100.2"), "100", "eq gt ge sa ap");
    check(("decimal", "99.8"), "100", "eq lt le eb ap");
    check(("decimal", "100.00000000000001"), "100", "eq gt ge sa ap");
    check(("decimal", "110.4"), "100", "ne gt ge sa ap");
    check(("decimal", "110.6"), "100", "ne gt ge sa");
    check(("decimal", "89.6"), "100", "ne lt le eb ap");
    check(("decimal", "89.4"), "100", "ne lt le eb");
    check(("decimal", "-89.6"), "-100", "ne gt ge sa ap");
    check(("integer", "3"), "2", "ne gt ge sa");
    check(("positiveInt", "2"), "2.0", "eq ge le ap");
}

#[test]
fn a_range_is_found_by_both_of_its_ends() {
    let range = r#"{"low":{"value":2},"high":{"value":5.5}}"#;
    check(("Range", range), "1", "ne gt ge sa");
    check(("Range", range), "2", "ne gt ge ap");
    check(("Range", range), "3", "ne gt lt ge le ap");
    check(("Range", range), "5.5", "ne lt le ap");
    check(("Range", range), "8", "ne lt le eb");
    check(("Range", r#"{"low":{"value":2},"high":{"value":2}}"#), "2", "eq ge le ap");
    check(("Range", r#"{"low":{"value":2}}"#), "1000", "ne gt lt ge le ap");
    check(("Range", r#"{"high":{"value":2}}"#), "1000", "ne lt le eb");
    check(("Range", r#"{"high":{"value":2}}"#), "-1000", "ne gt lt ge le ap");
}

#[test]
fn a_range_of_numbers_stands_by_its_lower_and_its_upper_end() {
    let ends = |text| {
        let rows = rows(Kind::Number, "probability", ("Range", text));
        let first = rows.places().into_iter().map(|(_, _, key)| key.0[1].clone()).collect::<Vec<_>>();
        first.into_iter().map(|part| if let Part::Int(end) = part { end } else { 0 }).collect::<Vec<_>>()
    };
    assert_eq!(ends(r#"{"low":{"value":2},"high":{"value":5}}"#), [ordered(2.0), ordered(5.0)]);
    assert_eq!(ends(r#"{"low":{"value":5},"high":{"value":5}}"#), [ordered(5.0)]);
    assert_eq!(ends(r#"{"low":{"value":6},"high":{"value":5}}"#), [0i64; 0]);
}

#[test]
fn what_is_no_number_has_no_rows() {
    for (type_name, text) in [("string", "\"5\""), ("Range", "{}"), ("decimal", "null"), ("boolean", "true")]
    {
        assert!(rows(Kind::Number, "probability", (type_name, text)).is_empty(), "{type_name}");
    }
}

#[test]
fn numbers_beyond_binary_ones_find_themselves() {
    for number in [
        "1.0000000000000000000001",
        "0.1234567890123456789012",
        "1e400",
        "-1e400",
        "1e-400",
        "9007199254740993",
    ] {
        check(("decimal", number), number, "eq ge le ap");
    }
}

#[test]
fn other_values_and_modifiers_are_refused() {
    for value in ["", "gt", "five", "xx5", "5x", "05", ".5", "5.", "NaN", "inf", "1e9999999", "5|mg", "--5"] {
        let complaint = ask(Kind::Number, &format!("probability={value}")).expect_err(value);
        let expected =
            format!("the parameter `probability` cannot be `{value}`, expected a number such as 5");
        assert!(complaint.starts_with(&expected), "{complaint}");
    }
    let complaint = ask(Kind::Number, "probability:exact=5").expect_err("refused");
    assert_eq!(
        complaint,
        "the parameter `probability` has no modifier `:exact`, expected `:missing` or none"
    );
}

proptest! {
    #[test]
    fn numbers_compare_as_decimals_do(found in "-?[1-9]?[0-9](\\.[0-9]{1,2})?", asked in "-?[1-9]?[0-9](\\.[0-9])?") {
        let (left, right) = (Decimal::parse(&found).expect("valid"), Decimal::parse(&asked).expect("valid"));
        let order = left.compare(&right);
        let is_within = right.range().contains(&left);
        for (prefix, expected) in [
            ("", is_within),
            ("ne", !is_within),
            ("gt", order.is_gt()),
            ("sa", order.is_gt()),
            ("lt", order.is_lt()),
            ("eb", order.is_lt()),
            ("ge", order.is_ge()),
            ("le", order.is_le()),
        ] {
            let is_found = finds(Kind::Number, ("decimal", &found), &format!("probability={prefix}{asked}"));
            prop_assert_eq!(is_found, expected, "{} by {}{}", &found, prefix, &asked);
        }
    }

    #[test]
    fn every_range_that_passes_stands_where_candidates_do(
        prefix in prop::sample::select(Prefix::ALL.to_vec()),
        asked in "-?[0-9](\\.[05])?",
        low in -12i32..12,
        width in 0i32..4,
        open in 0..4,
    ) {
        let (low, high) = (f64::from(low) / 2.0, f64::from(low + width) / 2.0);
        let text = match open {
            0 => format!(r#"{{"low":{{"value":{low}}}}}"#),
            1 => format!(r#"{{"high":{{"value":{high}}}}}"#),
            _ => format!(r#"{{"low":{{"value":{low}}},"high":{{"value":{high}}}}}"#),
        };
        finds(Kind::Number, ("Range", &text), &format!("probability={}{asked}", prefix.as_str()));
    }
}
