//! Are values read, compared and written right?

use proptest::prelude::*;

use super::boundary::{self, Side};
use super::*;

/// Reads `text` as a date and time, and writes it again; `none` if it is not read.
fn check(text: &str, expected: &str) {
    let written = DateTime::parse(text).map_or("none".to_owned(), |moment| moment.to_string());
    assert_eq!(written, expected, "{text}");
}

#[test]
fn dates_and_times_are_written_as_they_were_read() {
    for text in [
        "2015",
        "2015-02",
        "2015-02-04",
        "2015-02-04T14",
        "2015-02-04T14:34",
        "2015-02-04T14:34:28",
        "2015-02-04T14:34:28.1",
        "2015-02-04T14:34:28.123456789Z",
        "2015-02-04T14:34:28.000-02:30",
        "2000-02-29",
        "0001-01-01",
    ] {
        check(text, text);
    }
}

#[test]
fn leap_seconds_are_the_first_of_the_next_minute_and_finer_digits_are_left_out() {
    check("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
    check("2015-02-04T14:34:28.1234567891Z", "2015-02-04T14:34:28.123456789Z");
    check("2015-02-04T14:34:28+00:00", "2015-02-04T14:34:28Z");
    assert!(Time::parse("23:59:60").is_none());
}

#[test]
fn what_is_no_date_is_not_read() {
    for text in [
        "",
        "15",
        "2015-2",
        "2015-13",
        "2015-02-30",
        "1900-02-29",
        "2015-02T10",
        "2015-02-04T",
        "2015-02-04T24",
        "2015-02-04T10:60",
        "2015-02-04T10:00:61",
        "2015-02-04T10:00:00.",
        "2015-02-04T10:00+15:00",
        "0000",
        "2015-02-04T10:00:00+1:00",
        "2015-02-04-05",
        "+015",
        "9999-12-31T23:59:60Z",
    ] {
        check(text, "none");
    }
}

#[test]
fn decimals_are_read_with_their_zeros() {
    for (text, expected) in [("1.00", "1.00"), ("1e2", "100"), ("-0.5E-1", "-0.05")] {
        assert_eq!(parse_decimal(text).map(|number| number.to_string()).as_deref(), Some(expected), "{text}");
    }
    for text in ["", "1_0", "+1", ".5", "a", "1e999999999", "99999999999999999999999999999999"] {
        assert!(parse_decimal(text).is_none(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_fall_over(text in ".{0,30}") {
        let _ = (DateTime::parse(&text), Time::parse(&text), parse_decimal(&text));
    }

    #[test]
    fn days_come_back_from_their_number(number in -719_162i64..2_932_897) {
        prop_assert_eq!(Date::from_day_number(number).map(Date::day_number), Some(number));
    }

    #[test]
    fn likely_dates_are_read_alike_a_second_time(
        text in "[0-9]{4}(-[01][0-9](-[0-3][0-9](T[0-2][0-9](:[0-5][0-9](:[0-6][0-9](\\.[0-9]{1,9})?)?)?(Z|[+-][01][0-9]:[0-5][0-9])?)?)?)?"
    ) {
        if let Some(moment) = DateTime::parse(&text) {
            prop_assert_eq!(DateTime::parse(&moment.to_string()), Some(moment));
        }
    }

    #[test]
    fn boundaries_of_decimals_enclose_them(digits in any::<i32>(), scale in 0..12u32, precision in 0..12i64) {
        let value = Decimal::new(digits.into(), scale);
        let low = boundary::of_decimal(value, Side::Low, precision).expect("in range");
        let high = boundary::of_decimal(value, Side::High, precision).expect("in range");
        prop_assert!(low < value && value < high);
    }

    #[test]
    fn boundaries_of_dates_enclose_them(text in "20[0-9]{2}(-0[1-9](-1[0-9](T1[0-9]:[0-5][0-9](Z|[+-]0[0-9]:00)?)?)?)?") {
        let value = DateTime::parse(&text).expect("valid");
        let low = boundary::of_datetime(value, Side::Low, boundary::DATETIME_PRECISION).expect("in range");
        let high = boundary::of_datetime(value, Side::High, boundary::DATETIME_PRECISION).expect("in range");
        prop_assert!(low.compare(high) == Some(std::cmp::Ordering::Less));
        prop_assert!(low.compare(value) != Some(std::cmp::Ordering::Greater));
        prop_assert!(value.compare(high) != Some(std::cmp::Ordering::Greater));
    }
}
