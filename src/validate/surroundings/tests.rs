//! What do references lead to, and is it found soon enough?

use std::fmt::Write as _;

use crate::expect::core;
use crate::limits::CONTAINED_FEW;

/// A Patient with so many others contained, each of which refers to the next and the last to `last`; none of the
/// references may be looked for among all the others.
fn check(count: usize, last: &str, expected: &str) {
    let mut contained = String::new();
    for place in 0..count {
        let next = if place + 1 < count { (place + 1).to_string() } else { last.to_owned() };
        let comma = if place == 0 { "" } else { "," };
        write!(
            contained,
            r##"{comma}{{"resourceType":"Patient","id":"{place}",
                "link":[{{"type":"seealso","other":{{"reference":"#{next}"}}}}]}}"##
        )
        .expect("writing to a string does not fail");
    }
    core(
        &format!(
            r##"{{"resourceType":"Patient","contained":[{contained}],
                "link":[{{"type":"seealso","other":{{"reference":"#0"}}}}]}}"##
        ),
        expected,
    );
}

#[test]
fn what_is_contained_is_found() {
    check(1, "0", "");
    check(CONTAINED_FEW, "0", "");
    check(CONTAINED_FEW + 1, "0", "");
}

#[test]
fn what_is_not_contained_is_missed_by_its_invariant() {
    for count in [1, CONTAINED_FEW + 1] {
        let place = count - 1;
        let path = format!("Patient.contained[{place}].link[0].other");
        check(count, "x", &format!("error invariant-broken {path}"));
    }
}

/// Looked for one by one, these take minutes.
#[test]
fn fifty_thousand_contained_resources_are_found_without_looking_through_all_for_each() {
    check(50_000, "0", "");
}
