//! Is a place found by how far away it is?

use proptest::prelude::*;

use super::super::trial::{ask, finds, rows};
use crate::catalogue::Kind;

/// Which of the values find a place.
#[track_caller]
fn check((latitude, longitude): (f64, f64), expected: &[(&str, bool)]) {
    let text = format!(r#"{{"latitude":{latitude},"longitude":{longitude}}}"#);
    for (value, is_found) in expected {
        let found = finds(Kind::Special, ("BackboneElement", &text), &format!("near={value}"));
        assert_eq!(found, *is_found, "{value} from {text}");
    }
}

const PARIS: (f64, f64) = (48.8567, 2.3508);

#[test]
fn a_place_is_found_within_the_distance() {
    // Paris to London is 343.5 km or 213.5 miles.
    check(
        PARIS,
        &[
            ("51.5072|-0.1276|345|km", true),
            ("51.5072|-0.1276|342|km", false),
            ("51.5072|-0.1276|345", true),
            ("51.5072|-0.1276|342", false),
            ("51.5072|-0.1276|345000|m", true),
            ("51.5072|-0.1276|214|[mi_us]", true),
            ("51.5072|-0.1276|213|[mi_i]", false),
            ("48.8567|2.3508|0|km", true),
            ("48.8567|2.3508|0|m", true),
        ],
    );
}

#[test]
fn without_a_distance_a_town_is_near() {
    check(PARIS, &[("48.90|2.3508", true), ("48.90|2.3508||km", true), ("48.95|2.3508", false)]);
}

#[test]
fn poles_and_the_line_where_the_day_changes_are_no_edge() {
    check((0.0, 179.9), &[("0|-179.9|23|km", true), ("0|-179.9|22|km", false)]);
    check((89.9, 0.0), &[("89.9|180|23|km", true), ("89.9|180|22|km", false)]);
    check((-90.0, 12.0), &[("-90|-170|1|m", true)]);
    check((0.0, 0.0), &[("0|180|20016|km", true), ("0|180|20015|km", false), ("-90|0|1e300|km", true)]);
}

#[test]
fn what_is_no_place_has_no_rows() {
    for text in [
        "{}",
        r#"{"latitude":1}"#,
        r#"{"latitude":90.1,"longitude":1}"#,
        r#"{"latitude":1,"longitude":-180.1}"#,
        r#"{"latitude":"1","longitude":1}"#,
    ] {
        assert!(rows(Kind::Special, "near", ("BackboneElement", text)).is_empty(), "{text}");
    }
}

#[test]
fn other_values_are_refused() {
    for (value, expected) in [
        ("48", "latitude|longitude|distance|units, the last two optional"),
        ("48|2|1|km|", "latitude|longitude|distance|units, the last two optional"),
        ("90.1|2", "a latitude from -90 to 90 degrees"),
        ("NaN|2", "a latitude from -90 to 90 degrees"),
        ("|2", "a latitude from -90 to 90 degrees"),
        ("48|-180.1", "a longitude from -180 to 180 degrees"),
        ("48|2|-1", "a distance that is a number and not negative"),
        ("48|2|far", "a distance that is a number and not negative"),
        ("48|2|1|kg", "a unit of length as UCUM writes it, such as km, m or [mi_us]"),
        ("48|2|1|miles", "a unit of length as UCUM writes it, such as km, m or [mi_us]"),
    ] {
        let complaint = ask(Kind::Special, &format!("near={value}")).expect_err(value);
        assert_eq!(complaint, format!("the parameter `near` cannot be `{value}`, expected {expected}"));
    }
    let complaint = ask(Kind::Special, "near:exact=1|2").expect_err("refused");
    assert_eq!(complaint, "the parameter `near` has no modifier `:exact`, expected `:missing` or none");
    assert_eq!(
        ask(Kind::Special, "far=1|2").expect_err("refused"),
        "searching by the parameter `far` is not supported"
    );
}

proptest! {
    #[test]
    fn every_place_that_passes_stands_where_candidates_do(
        place in (-90.0f64..90.0, -180.0f64..180.0),
        asked in (-90.0f64..90.0, -180.0f64..180.0),
        kilometres in 0.0f64..21_000.0,
    ) {
        let text = format!(r#"{{"latitude":{},"longitude":{}}}"#, place.0, place.1);
        let there = format!("near={}|{}|{kilometres}", asked.0, asked.1);
        let back = format!("near={}|{}|{kilometres}", place.0, place.1);
        let other = format!(r#"{{"latitude":{},"longitude":{}}}"#, asked.0, asked.1);
        let found = |text: &str, request: &str| finds(Kind::Special, ("BackboneElement", text), request);
        prop_assert_eq!(found(&text, &there), found(&other, &back));
    }
}
