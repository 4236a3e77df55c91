//! Is everything that can be sent answered?

use proptest::prelude::*;

use super::{known, surroundings, target};
use crate::explain::explain;
use crate::parse::{Handling, condition, lists, parse};

/// Pieces of names and values that mean something, alone and in the wrong place.
const PIECES: &[&str] = &[
    "_has:",
    "Observation:",
    "patient:",
    "Patient",
    "name",
    "subject",
    "code",
    "birthdate",
    "_id",
    "_filter",
    "_sort",
    "_include",
    "_count",
    "_type",
    "_list",
    "_lastUpdated",
    "value-quantity",
    "near",
    "url",
    ".",
    ":",
    ",",
    "\\",
    "|",
    "$",
    "-",
    "*",
    "not",
    "exact",
    "missing",
    "in",
    "below",
    "of-type",
    "true",
    "ge",
    "2020-01",
    "5.4",
    "http://loinc.org|1234-5",
    " and ",
    " or ",
    "not (",
    "(",
    ")",
    "[",
    "]",
    " eq ",
    " co ",
    " pr ",
    "\"",
    "x",
    "é",
    "\u{0}",
    "code-value-quantity",
    "link",
    "item",
    "characteristic",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![
        text(),
        proptest::sample::select(PIECES).prop_map(str::to_owned),
        Just("_filter".to_owned()),
    ];
    proptest::collection::vec((name, text()), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_is_sent_is_understood_or_refused_with_a_reason(
        pairs in pairs(),
        path in proptest::sample::select(&["Patient", "Observation", "Patient/7/Observation", "Group", "Location"][..]),
        handling in proptest::sample::select(&[Handling::Strict, Handling::Lenient][..]),
    ) {
        let (surroundings, target) = (surroundings(), target(path));
        match parse(&pairs, &target, handling, &surroundings, &known()) {
            Ok(search) => {
                prop_assert!(handling == Handling::Lenient || search.passed_over.is_empty());
                prop_assert!(!explain(&search, surroundings.catalogue).is_empty());
                let again = parse(&search.understood, &target, Handling::Strict, &surroundings, &known());
                let again = again.expect("what was understood is understood again");
                prop_assert_eq!(again.query, search.query);
                prop_assert_eq!(again.includes, search.includes);
                prop_assert_eq!(again.understood, search.understood);
            }
            Err(issues) => prop_assert!(!issues.is_empty()),
        }
        if let Err(issues) = condition(&pairs, target.types[0], &surroundings) {
            prop_assert!(!issues.is_empty());
        }
        lists(&pairs);
    }
}
