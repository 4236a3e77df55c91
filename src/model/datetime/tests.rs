//! Does each text mean the stretch of time that it should?

use proptest::prelude::*;

use super::*;

/// Checks what a search text means, written as `start end`.
fn check(text: &str, start: &str, end: &str) {
    let interval = DateTime::parse_search(text).expect(text).interval();
    assert_eq!(
        (interval.start.to_string().as_str(), interval.end.to_string().as_str()),
        (start, end),
        "{text}"
    );
}

#[test]
fn a_text_means_all_that_its_precision_leaves_open() {
    check("2026", "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z");
    check("2026-12", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z");
    check("2024-02", "2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z");
    check("2024-02-29", "2024-02-29T00:00:00.000Z", "2024-03-01T00:00:00.000Z");
    check("2026-11-21T08:01", "2026-11-21T08:01:00.000Z", "2026-11-21T08:02:00.000Z");
    check("2026-11-21T08:01:02", "2026-11-21T08:01:02.000Z", "2026-11-21T08:01:03.000Z");
    check("2026-11-21T08:01:02.5Z", "2026-11-21T08:01:02.500Z", "2026-11-21T08:01:02.600Z");
    check("2026-11-21T23:30:00-05:00", "2026-11-22T04:30:00.000Z", "2026-11-22T04:30:01.000Z");
    check("2026-01-01T00:00:00+14:00", "2025-12-31T10:00:00.000Z", "2025-12-31T10:00:01.000Z");
    check("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z", "2017-01-01T00:00:01.000Z");
    check("0001", "0001-01-01T00:00:00.000Z", "0002-01-01T00:00:00.000Z");
}

#[test]
fn digits_beyond_the_microsecond_are_kept_in_the_text_alone() {
    let fine = DateTime::parse("2026-11-21T08:01:02.123456789Z").expect("valid");
    assert_eq!(fine.as_str(), "2026-11-21T08:01:02.123456789Z");
    let interval = fine.interval();
    assert_eq!((interval.start.0 % 1_000_000, interval.end.0 - interval.start.0), (123_456, 1));
}

#[test]
fn each_type_takes_its_own_forms_and_no_others() {
    // The marks say whether the text is a date, a dateTime, an instant and a search value.
    for (text, marks) in [
        ("2026", "yy-y"),
        ("2026-11", "yy-y"),
        ("2026-11-21", "yy-y"),
        ("2026-11-21T08:01", "---y"),
        ("2026-11-21T08:01Z", "---y"),
        ("2026-11-21T08:01:02", "---y"),
        ("2026-11-21T08:01:02Z", "-yyy"),
        ("2026-11-21T08:01:02.1+01:00", "-yyy"),
        ("2026-11-21T08:01:60-14:00", "-yyy"),
        ("2026-11T08:01:02Z", "----"),
        ("2026-11-21T", "----"),
        ("2026-11-21T08", "----"),
        ("2026-11-21T24:00:00Z", "----"),
        ("2026-11-21T08:60:00Z", "----"),
        ("2026-11-21T08:00:61Z", "----"),
        ("2026-11-21T08:01:02.Z", "----"),
        ("2026-11-21T08:01:02+14:01", "----"),
        ("2026-11-21T08:01:02+1:00", "----"),
        ("2026-11-21T08:01:02ZZ", "----"),
        ("2026-11-21t08:01:02z", "----"),
        ("2026-11-21 08:01:02Z", "----"),
        ("2026-02-29", "----"),
        ("2100-02-29", "----"),
        ("2026-13", "----"),
        ("2026-00", "----"),
        ("2026-1", "----"),
        ("2026-11-31", "----"),
        ("2026-11-21-", "----"),
        ("0000", "----"),
        ("10000", "----"),
        ("+2026", "----"),
        ("２０２６", "----"),
        ("", "----"),
    ] {
        let readers: [fn(&str) -> Option<DateTime>; 4] =
            [DateTime::parse_date, DateTime::parse, DateTime::parse_instant, DateTime::parse_search];
        let found: String = readers.iter().map(|read| if read(text).is_some() { 'y' } else { '-' }).collect();
        assert_eq!(found, marks, "{text}");
    }
}

#[test]
fn times_of_day_have_seconds_and_no_zone() {
    assert_eq!(Time::parse("00:00:01").map(|time| time.micros()), Some((1_000_000, 2_000_000)));
    assert_eq!(Time::parse("23:59:59.25").map(|time| time.micros().1), Some(DAY - 740_000));
    for bad in ["24:00:00", "08:00", "08:00:00Z", "8:00:00", "08:00:00.", ""] {
        assert!(Time::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn precision_and_zone_survive() {
    let written = DateTime::parse("2026-11-21T08:01:02.10-03:30").expect("valid");
    assert_eq!(written.precision(), Precision::Fraction);
    assert_eq!(written.zone().map(Zone::minutes), Some(-210));
    assert_eq!(DateTime::parse("2026").expect("valid").zone(), None);
}

#[test]
fn intervals_that_overlap_without_being_equal_have_no_order() {
    let interval = |text| DateTime::parse_search(text).expect(text).interval();
    for (left, right, order) in [
        ("2025", "2026", Some(Ordering::Less)),
        ("2026-02", "2026-01", Some(Ordering::Greater)),
        ("2026", "2026", Some(Ordering::Equal)),
        ("2026-11-21T08:00:00Z", "2026-11-21T09:00:00+01:00", Some(Ordering::Equal)),
        ("2026", "2026-11", None),
    ] {
        assert_eq!(interval(left).partial_cmp(&interval(right)), order, "{left} and {right}");
    }
    assert!(interval("2026").holds(interval("2026-11")));
    assert!(!interval("2026-11").holds(interval("2026")));
    assert!(interval("2026-11").overlaps(interval("2026")));
    assert!(!interval("2025").overlaps(interval("2026")));
    assert!(!interval("2025").contains(interval("2025").end));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fall_over(wild in ".{0,40}", likely in "[0-9]{4}(-[0-9]{2}){0,2}(T[0-9:.]{0,20}[Z+-][0-9:]{0,5})?") {
        for text in [wild, likely] {
            if let Some(read) = DateTime::parse_search(&text) {
                prop_assert!(read.interval().start < read.interval().end);
                prop_assert_eq!(read.as_str(), text);
            }
        }
    }

    #[test]
    fn an_instant_of_the_server_means_its_own_millisecond(millis in -62_135_596_800_000i64..253_402_300_799_999) {
        let instant = Instant(millis * 1000);
        let read = DateTime::parse_instant(&instant.to_string()).expect("an instant");
        prop_assert_eq!(read.interval(), Interval { start: instant, end: Instant(instant.0 + 1000) });
    }
}
