//! Are digits kept, and values compared?

use proptest::prelude::*;

use super::*;

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).expect(text)
}

#[test]
fn texts_are_kept_and_digits_counted() {
    for (text, significant) in
        [("1", 1), ("1.0", 2), ("0.0120", 3), ("-100", 3), ("1e2", 1), ("1.50E-3", 3), ("0", 1), ("0.00", 2)]
    {
        assert_eq!(decimal(text).as_str(), text);
        assert_eq!(decimal(text).significant_digits(), significant, "{text}");
    }
}

#[test]
fn what_json_does_not_call_a_number_is_none() {
    for text in ["", "+1", ".5", "1.", "01", "1e", "NaN", "1 ", " 1", "1,0", "--1", "0x1"] {
        assert!(Decimal::parse(text).is_none(), "{text}");
    }
    assert!(Decimal::parse(&"1".repeat(NUMBER_LENGTH_MAX)).is_some());
    assert!(Decimal::parse(&"1".repeat(NUMBER_LENGTH_MAX + 1)).is_none());
    assert!(Decimal::parse("1e1000000").is_some());
    assert!(Decimal::parse("1e1000001").is_none());
    assert!(Decimal::parse("1e99999999999999999999").is_none());
    assert!(Decimal::parse("1e-9223372036854775808").is_none());
}

#[test]
fn values_are_compared_exactly() {
    use Ordering::{Equal, Greater, Less};
    for (left, right, expected) in [
        ("1.0", "1.00", Equal),
        ("1e2", "100", Equal),
        ("-0", "0.00", Equal),
        ("0.1", "0.10000000000000000000000000000000000000001", Less),
        ("9", "10", Less),
        ("-9", "-10", Greater),
        ("-1", "1", Less),
        ("0", "-1e-99999", Greater),
        ("1e999999", "9e999998", Greater),
        ("123e-2", "1.23", Equal),
    ] {
        assert_eq!(decimal(left).compare(&decimal(right)), expected, "{left} and {right}");
        assert_eq!(decimal(right).compare(&decimal(left)), expected.reverse(), "{right} and {left}");
    }
}

#[test]
fn a_range_is_half_a_unit_of_the_last_digit_to_both_sides() {
    for (text, low, high) in [
        ("100", "99.5", "100.5"),
        ("100.00", "99.995", "100.005"),
        ("1e2", "50", "150"),
        ("1.0e2", "95", "105"),
        ("-5.4", "-5.45", "-5.35"),
        ("0", "-0.5", "0.5"),
        ("0.0", "-0.05", "0.05"),
        ("1", "0.5", "1.5"),
        ("1e-200", "5e-201", "15e-201"),
    ] {
        let range = decimal(text).range();
        assert_eq!(range.low.compare(&decimal(low)), Ordering::Equal, "{text} from {}", range.low);
        assert_eq!(range.high.compare(&decimal(high)), Ordering::Equal, "{text} to {}", range.high);
    }
    assert_eq!(decimal("100.00").range().low.as_str(), "99.995");
}

#[test]
fn the_lower_end_belongs_to_a_range_and_the_upper_does_not() {
    let range = decimal("2").range();
    assert!(range.contains(&decimal("1.5")) && range.contains(&decimal("2.4999")));
    assert!(!range.contains(&decimal("2.5")) && !range.contains(&decimal("1.4999")));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fall_over(text in "[-+0-9.eE]{0,110}") {
        if let Some(number) = Decimal::parse(&text) {
            let range = number.range();
            prop_assert!(range.low.compare(&range.high).is_lt());
            prop_assert!(range.contains(&number));
            prop_assert!(!number.to_f64().is_nan());
        }
    }

    #[test]
    fn comparison_agrees_with_that_of_integers(left in any::<i64>(), right in any::<i64>(), places in 0..18i64) {
        let scaled = |number: i64| decimal(&format!("{number}e-{places}"));
        prop_assert_eq!(scaled(left).compare(&scaled(right)), left.cmp(&right));
    }

    #[test]
    fn trailing_zeros_change_the_text_and_not_the_value(number in any::<i32>(), zeros in 1..20usize) {
        let plain = decimal(&number.to_string());
        let long = decimal(&format!("{number}.{}", "0".repeat(zeros)));
        prop_assert_eq!(plain.compare(&long), Ordering::Equal);
    }
}
