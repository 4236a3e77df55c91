//! Does every limit hold at its edge, and is what lies far beyond refused at once?

use super::{answer, check, check_lenient};
use crate::limits::{
    CHAIN_STEPS_MAX, FILTER_DEPTH_MAX, INCLUDES_MAX, PARAMETERS_MAX, QUERY_BYTES_MAX, SORT_KEYS_MAX,
    VALUES_MAX,
};
use crate::parse::Handling;

/// Whether a request is taken, or the words by which it is refused, lenient or not.
#[track_caller]
fn check_edge(within: &str, beyond: &str, expected: &str) {
    let taken = answer(within, Handling::Strict);
    assert!(taken.starts_with("Patient ") || taken.starts_with("Observation "), "{taken}");
    for handling in [Handling::Strict, Handling::Lenient] {
        let refused = answer(beyond, handling);
        assert!(refused.starts_with("invalid-parameter: ") && refused.contains(expected), "{refused}");
    }
}

fn repeated(part: &str, times: usize, joint: &str) -> String {
    vec![part; times].join(joint)
}

#[test]
fn parameters_are_counted() {
    let query = |count| format!("Patient?{}", repeated("gender=male", count, "&"));
    check_edge(&query(PARAMETERS_MAX), &query(PARAMETERS_MAX + 1), "200 are the limit");
    check_edge("Patient", &query(100_000), "there are 100000 parameters, and 200 are the limit");
}

#[test]
fn values_are_counted() {
    let query = |count| format!("Patient?gender={}", repeated("male", count, ","));
    check_edge(
        &query(VALUES_MAX),
        &query(VALUES_MAX + 1),
        "1001 values between commas, and 1000 are the limit",
    );
    let query = |count| format!("Patient?_id={}", repeated("x", count, ","));
    check_edge(&query(VALUES_MAX), &query(VALUES_MAX + 1), "1000 are the limit");
}

#[test]
fn bytes_are_counted() {
    let query = |length| format!("Patient?name=x&family={}", repeated("x", length, ""));
    let room = QUERY_BYTES_MAX - "namexfamily".len();
    check_edge(&query(room), &query(room + 1), "1048577 bytes, and 1048576 are the limit");
}

#[test]
fn steps_are_counted() {
    let query =
        |steps: usize| format!("Observation?patient.{}_id=x", repeated("link:Patient.", steps - 1, ""));
    check_edge(
        &query(CHAIN_STEPS_MAX),
        &query(CHAIN_STEPS_MAX + 1),
        "9 steps to other resources, and 8 are the limit",
    );
    check_edge("Patient", &query(100), "8 are the limit");
    let query = |steps| format!("Patient?{}_id=x", repeated("_has:Patient:link:", steps, ""));
    check_edge(&query(CHAIN_STEPS_MAX), &query(CHAIN_STEPS_MAX + 1), "8 are the limit");
    check_edge("Patient", &query(50), "50 steps to other resources");
}

#[test]
fn types_that_chains_spread_out_to_are_counted() {
    let wide = "List?item.item.item.item.item.item.item.item:missing=true";
    let refused = answer(wide, Handling::Lenient);
    assert!(refused.contains("more than 20000 parts"), "{refused}");
    let long = repeated("x", 1_000_000, "");
    for request in [format!("List?item.item.name={long}"), format!("List?item.item.name={long},")] {
        let refused = answer(&request, Handling::Lenient);
        assert!(refused.contains("more than 20000 parts"), "{refused}");
    }
}

#[test]
fn values_of_all_parameters_are_counted_together() {
    let values = repeated("male", VALUES_MAX, ",");
    let query = |count| format!("Patient?{}", repeated(&format!("gender={values}"), count, "&"));
    check_edge(&query(19), &query(20), "more than 20000 parts");
}

#[test]
fn a_filter_is_as_deep_as_the_limit() {
    let query =
        |depth| format!("Patient?_filter={}name co x{}", repeated("(", depth, ""), repeated(")", depth, ""));
    check_edge(&query(FILTER_DEPTH_MAX), &query(FILTER_DEPTH_MAX + 1), "nested deeper than 32 levels");
    check_edge("Patient", &query(10_000), "nested deeper than 32 levels");
    let query = |depth| {
        format!("Patient?_filter={}name co x{}", repeated("not (", depth, ""), repeated(")", depth, ""))
    };
    check_edge(&query(FILTER_DEPTH_MAX), &query(FILTER_DEPTH_MAX + 1), "nested deeper than 32 levels");
    let query = |depth| format!("Patient?_filter={}", repeated("link[", depth, ""));
    check_edge("Patient", &query(10_000), "nested deeper than 32 levels");
    // Each turn from `and` to `or` is a level, too.
    let query =
        |turns| format!("Patient?_filter=name co x{}", repeated(" and name co x or name co x", turns, ""));
    check_edge(
        &query(FILTER_DEPTH_MAX / 2),
        &query(FILTER_DEPTH_MAX / 2 + 1),
        "nested deeper than 32 levels",
    );
    check_edge("Patient", &query(10_000), "nested deeper than 32 levels");
}

#[test]
fn a_filter_may_be_long_but_not_endless() {
    let query = |count| format!("Patient?_filter={}", repeated("name co x", count, " or "));
    check_edge(&query(19_700), &query(20_000), "more than 20000 parts");
}

#[test]
fn steps_in_a_filter_are_counted_through_brackets() {
    let query = |steps| format!("Patient?_filter={}name co x", repeated("link.", steps, ""));
    let deep = query(CHAIN_STEPS_MAX);
    assert!(answer(&deep, Handling::Strict).starts_with("Patient link->"), "{deep}");
    assert!(answer(&query(CHAIN_STEPS_MAX + 1), Handling::Lenient).contains("more than 8 steps"));
}

#[test]
fn keys_of_an_order_are_counted() {
    let query = |count| format!("Patient?_sort={}", repeated("name", count, ","));
    check_edge(&query(SORT_KEYS_MAX), &query(SORT_KEYS_MAX + 1), "`_sort` has 9 keys, and 8 are the limit");
    check_edge("Patient", &format!("{}&_sort=name", query(SORT_KEYS_MAX)), "more than 8 keys");
    let query = |steps| format!("Patient?_sort={}name", repeated("link:Patient.", steps, ""));
    check_edge(&query(CHAIN_STEPS_MAX), &query(CHAIN_STEPS_MAX + 1), "more than 8 steps");
}

#[test]
fn includes_are_counted() {
    let query = |count| format!("Patient?{}", repeated("_include=*", count, "&"));
    check_edge(&query(INCLUDES_MAX), &query(INCLUDES_MAX + 1), "more than 32 `_include`");
}

#[test]
fn complaints_repeat_little_of_what_was_sent() {
    let long = repeated("x", 10_000, "");
    for query in [
        format!("_id:{long}=a"),
        format!("_count={long}"),
        format!("_filter=name co \"{long}"),
        format!("{long}=a"),
        format!("_has:{long}=a"),
        format!("_has:{long}:patient:code=a"),
        format!("link:{long}.name=a"),
        format!("_include=Patient:{long}"),
        format!("_include={long}:link"),
        format!("_sort={long}"),
        format!("gender={long},,"),
    ] {
        let refused = answer(&format!("Patient?{query}"), Handling::Strict);
        assert!(refused.len() < 400, "{refused}");
    }
    check(
        "Patient?_filter=name",
        "invalid-parameter: `_filter`, character 5: an operator (eq ne co sw ew gt lt ge le ap sa eb pr \
         po ss sb in ni re) is expected, not the end",
    );
    check_lenient(
        "Patient?_list=l&nonsense=m",
        "Patient _id[\"p1\", \"p2\"]; passed over `nonsense` is no search parameter of Patient",
    );
}
