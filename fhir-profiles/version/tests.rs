//! Are versions ordered and matched as packages and canonicals ask?

use super::*;

/// Versions stand from old to new.
fn check(versions: &[&str]) {
    for (place, left) in versions.iter().enumerate() {
        for (other, right) in versions.iter().enumerate() {
            assert_eq!(compare(left, right), place.cmp(&other), "{left} and {right}");
        }
    }
}

#[test]
fn numbers_are_compared_as_numbers() {
    check(&["0.9", "1.0.0", "1.2.0", "1.10.0", "2022.4.20221006"]);
}

#[test]
fn a_label_comes_before_its_release() {
    check(&["4.0.1", "5.3.0-alpha", "5.3.0-alpha.1", "5.3.0-alpha.beta", "5.3.0-ballot", "5.3.0", "5.3.1-1"]);
}

#[test]
fn dates_are_older_than_numbers_and_nothing_is_oldest() {
    check(&["", "2014-03-26", "2018-08-12", "1.0"]);
}

#[test]
fn missing_numbers_are_zero_and_builds_do_not_count() {
    assert_eq!(compare("4", "4.0.0"), Ordering::Equal);
    assert_eq!(compare("4.0+20130313", "4.0"), Ordering::Equal);
}

#[test]
fn a_partial_version_means_what_begins_with_its_parts() {
    let cases =
        [("4.0", "4.0.1", true), ("4", "4.0.1", true), ("4.0.1", "4.0.1", true), ("4.0.1", "4.0", false)];
    for (wanted, version, expected) in cases {
        assert_eq!(matches(wanted, version), expected, "{wanted} and {version}");
    }
    assert!(!matches("4.0", "4.01"));
    assert!(!matches("a", "a.b"));
}

#[test]
fn a_pattern_takes_the_newest_release() {
    let versions = ["1.0.0", "1.0.2", "1.0.3-ballot", "1.1.0", "2.0.0-ballot"];
    let cases = [
        ("1.0.x", Some("1.0.2")),
        ("1.x", Some("1.1.0")),
        ("latest", Some("1.1.0")),
        ("current", Some("1.1.0")),
        ("1.0.0", Some("1.0.0")),
        ("1.0.3-ballot", Some("1.0.3-ballot")),
        ("1.0", None),
        ("3.x", None),
    ];
    for (pattern, expected) in cases {
        assert_eq!(newest(pattern, versions), expected, "{pattern}");
    }
    assert_eq!(newest("latest", ["2.0.0-ballot"]), Some("2.0.0-ballot"));
}
