//! What does a plan tell?

use super::explain;
use crate::parse::tests::{answered, surroundings};

/// Whether the plan of `request` is `expected`.
#[track_caller]
fn check(request: &str, expected: &str) {
    let search = answered(request).expect("it is understood");
    assert_eq!(explain(&search, surroundings().catalogue), expected, "{request}");
}

#[test]
fn a_plan_tells_tests_candidates_order_and_company() {
    check("Patient", "50 on a page, their number not told\nPatient\n  all\n  candidates: all of the type\n");
    check(
        "Observation?patient.name:exact=A&_id=a,b&_sort=-date,patient.family&_include=Observation:subject&_count=7",
        "7 on a page, their number not told\n\
         Observation\n  \
           all of\n    \
             patient refers to any of\n      \
               Patient\n        \
                 name String(Exact(\"A\"))\n          \
                   Strings of name at \"a\", each is checked\n    \
             _id among {\"a\", \"b\"}\n  \
           sorted backwards by date in Ends\n  \
           sorted forwards by patient to Patient by family in Strings\n\
         with anything that Observation refers to by subject\n",
    );
    check(
        "Patient?_has:Observation:patient:_id=a&organization:missing=true&_revinclude:iterate=Group:member&_total=accurate",
        "50 on a page, their number told\n\
         Patient\n  \
           all of\n    \
             referred to by patient of Observation\n      \
               _id among {\"a\"}\n    \
             not\n      \
               any of\n        \
                 organization Present\n        \
                 organization:identifier Present\n        \
                 organization to what is contained Present\n        \
                 organization:present Present\n  \
           candidates: all of the type\n\
         with Group that refers to anything by member, again from what was included\n",
    );
}

#[test]
fn what_is_long_is_cut() {
    let ids = (0..1000).map(|number| format!("x{number}"));
    let request = format!("Patient?_id={}", ids.collect::<Vec<_>>().join(","));
    let plan = explain(&answered(&request).expect("it is understood"), surroundings().catalogue);
    assert!(plan.len() < 400 && plan.contains('…'), "{plan}");
}

#[test]
fn a_plan_is_no_longer_than_its_limit() {
    let search = answered("?_tag=x").expect("it is understood");
    let plan = explain(&search, surroundings().catalogue);
    assert!(plan.lines().count() <= 401, "{plan}");
    assert!(plan.ends_with(" lines more\n"), "{plan}");
}
