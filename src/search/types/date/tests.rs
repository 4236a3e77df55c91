//! Is a time found by where it lies?

use proptest::prelude::*;

use super::super::trial::{NOW, ask, finds, rows};
use super::*;
use crate::catalogue::Kind;

/// The requests that find an element, of all that are given.
#[track_caller]
fn check(element: (&'static str, &str), asked: &str, expected: &str) {
    let found = asked.split(' ').filter(|value| finds(Kind::Date, element, &format!("date={value}")));
    assert_eq!(found.collect::<Vec<_>>().join(" "), expected, "{}", element.1);
}

/// The prefixes by which an element is found for a time.
#[track_caller]
fn check_prefixes(element: (&'static str, &str), time: &str, expected: &str) {
    let found = Prefix::ALL
        .into_iter()
        .map(Prefix::as_str)
        .filter(|prefix| finds(Kind::Date, element, &format!("date={prefix}{time}")));
    assert_eq!(found.collect::<Vec<_>>().join(" "), expected, "{} by {time}", element.1);
}

#[test]
fn a_time_is_found_by_what_contains_it() {
    let asked = "2013 2013-01 2013-01-14 2013-01-14T10:00Z 2013-01-14T10:00:00Z 2013-01-14T10:00:00.000Z 2014 2013-01-15";
    check(
        ("dateTime", "\"2013-01-14T10:00:00Z\""),
        asked,
        "2013 2013-01 2013-01-14 2013-01-14T10:00Z 2013-01-14T10:00:00Z",
    );
    check(("date", "\"2013-01-14\""), asked, "2013 2013-01 2013-01-14");
    check(("date", "\"2013\""), asked, "2013");
    check(("instant", "\"2013-01-14T23:59:59.999-05:00\""), asked, "2013 2013-01 2013-01-15");
}

#[test]
fn each_prefix_finds_what_the_specification_says() {
    check_prefixes(("date", "\"2013-01-14\""), "2013-01-14", "eq ge le ap");
    check_prefixes(("date", "\"2013-01-14\""), "2013-01-14T10:00Z", "ne gt lt ge le ap");
    check_prefixes(("date", "\"2013-01-14\""), "2013", "eq ge le ap");
    check_prefixes(("date", "\"2013-01-14\""), "2013-01-13", "ne gt ge sa ap");
    check_prefixes(("date", "\"2013-01-14\""), "2000", "ne gt ge sa");
    check_prefixes(("date", "\"2013-01-14\""), "2026", "ne lt le eb");
    let period = r#"{"start":"2013-01-21","end":"2013-03-14"}"#;
    check_prefixes(("Period", period), "2013", "eq ge le ap");
    check_prefixes(("Period", period), "2013-02", "ne gt lt ge le ap");
    check_prefixes(("Period", period), "2013-03", "ne lt le ap");
    check_prefixes(("Period", period), "2013-01", "ne gt ge ap");
    check_prefixes(("Period", period), "2013-01-20", "ne gt ge sa ap");
}

#[test]
fn a_period_without_an_end_is_open() {
    check_prefixes(("Period", r#"{"start":"2013-01-21"}"#), "2013-03-14", "ne gt lt ge le ap");
    check_prefixes(("Period", r#"{"start":"2013-01-21"}"#), "2012", "ne gt ge sa ap");
    check_prefixes(("Period", r#"{"end":"2013-01-21"}"#), "2013-03-14", "ne lt le eb ap");
    check_prefixes(("Period", r#"{"end":"2013-01-21"}"#), "2012", "ne gt lt ge le ap");
}

#[test]
fn a_timing_is_found_by_its_outer_limits() {
    let timing = r#"{"event":["2013-02-01","2013-01-31"],"repeat":{"boundsPeriod":{"start":"2013-02","end":"2013-03-24"}}}"#;
    check_prefixes(("Timing", timing), "2013-02-11", "ne gt lt ge le ap");
    check_prefixes(("Timing", timing), "2013", "eq ge le ap");
    check_prefixes(("Timing", timing), "2013-01-30", "ne gt ge sa ap");
    check_prefixes(("Timing", timing), "2013-03-25", "ne lt le eb ap");
}

#[test]
fn approximately_reaches_a_tenth_of_the_way_to_now() {
    // The end of 2016-11-21 is 3651 days ago.
    let asked = "ap2016-11-21";
    check(("date", "\"2017-11-22\""), asked, asked);
    check(("date", "\"2017-11-23\""), asked, "");
    check(("date", "\"2015-11-21\""), asked, asked);
    check(("date", "\"2015-11-20\""), asked, "");
    // Never less than as long as what was asked for.
    check(("date", "\"2026-11-22\""), "ap2026-11-21", "ap2026-11-21");
    check(("date", "\"2026-11-23\""), "ap2026-11-21", "");
    check(("date", "\"2030-12-31\""), "ap2032", "ap2032");
    check(("date", "\"2030-12-30\""), "ap2032", "");
}

#[test]
fn a_zone_counts_and_its_plus_may_have_become_a_space() {
    let found = ("instant", "\"2013-01-14T23:30:00Z\"");
    check(found, "2013-01-15T01:30:00+02:00", "2013-01-15T01:30:00+02:00");
    assert!(finds(Kind::Date, found, "date=2013-01-15T01:30:00 02:00"));
    assert!(finds(Kind::Date, found, "date=ge2013-01-15T01:30 02:00"));
}

#[test]
fn what_is_no_time_has_no_rows() {
    for (type_name, text) in [
        ("Period", "{}"),
        ("Period", r#"{"start":"2014","end":"2013"}"#),
        ("Timing", r#"{"repeat":{"frequency":2}}"#),
        ("date", "\"tomorrow\""),
        ("date", "5"),
        ("time", "\"10:00:00\""),
        ("string", "\"2013\""),
    ] {
        assert!(rows(Kind::Date, "date", (type_name, text)).is_empty(), "{type_name} {text}");
    }
}

#[test]
fn other_values_and_modifiers_are_refused() {
    for value in
        ["", "ge", "xx2013", "13-01-14", "2013-13", "2013-02-30", "0000", "10000", "2013-01-14 10:00", "5"]
    {
        let complaint = ask(Kind::Date, &format!("date={value}")).expect_err(value);
        assert!(
            complaint.starts_with(&format!("the parameter `date` cannot be `{value}`, expected a date")),
            "{complaint}"
        );
        let complaint = parse_value(value, NOW).expect_err(value).message;
        assert!(complaint.starts_with(&format!("`{value}` is not a time, expected a date")), "{complaint}");
    }
    let complaint = ask(Kind::Date, "date:exact=2013").expect_err("refused");
    assert_eq!(complaint, "the parameter `date` has no modifier `:exact`, expected `:missing` or none");
}

#[test]
fn the_first_and_last_years_are_bounded() {
    check_prefixes(("date", "\"0001\""), "9999", "ne lt le eb");
    check_prefixes(("date", "\"9999\""), "0001", "ne gt ge sa");
    for prefix in Prefix::ALL {
        for year in ["0001", "9999"] {
            assert!(parse_value(&[prefix.as_str(), year].concat(), Instant(i64::MIN)).is_ok());
            assert!(parse_value(&[prefix.as_str(), year].concat(), Instant(i64::MAX)).is_ok());
        }
    }
}

proptest! {
    #[test]
    fn moments_within_bounds_are_those_that_pass(
        prefix in prop::sample::select(Prefix::ALL.to_vec()),
        low in -20i64..20,
        width in 1i64..5,
        moment in -40i64..40,
    ) {
        let test = DateTest { time: Comparison { prefix, low, high: low + width } };
        if let Some((from, below)) = test.bounds() {
            prop_assert_eq!(test.holds(moment, moment + 1), from <= moment && moment < below);
        }
    }

    #[test]
    fn every_time_that_passes_stands_where_candidates_do(
        prefix in prop::sample::select(Prefix::ALL.to_vec()),
        asked in "2013-0[1-2](-0[1-3](T0[0-9]:00:00Z)?)?",
        start in "2013-0[1-2](-0[1-3](T0[0-9]:00:00Z)?)?",
        end in "2013-0[1-2](-0[1-3](T0[0-9]:00:00Z)?)?",
        open in 0..4,
    ) {
        let text = match open {
            0 => format!(r#"{{"start":"{start}"}}"#),
            1 => format!(r#"{{"end":"{end}"}}"#),
            2 => format!(r#"{{"start":"{start}","end":"{start}"}}"#),
            _ => format!(r#"{{"start":"{start}","end":"{end}"}}"#),
        };
        finds(Kind::Date, ("Period", &text), &format!("date={}{asked}", prefix.as_str()));
    }
}
