//! Do operators answer as the language says, whatever stands on their sides?

use proptest::prelude::*;

use super::*;
use crate::values::{Date, Time, parse_decimal, print};

/// Reads a literal: `@2015`, `@2015T`, `@T10`, `1.5 'mg'`, `4 days`, `'text'`, `1`, `1.0`, `true`.
fn item(text: &str) -> Item<'static> {
    let read = || -> Option<Item<'static>> {
        if let Some(time) = text.strip_prefix("@T") {
            return Time::parse(time).map(Item::Time);
        }
        if let Some(date) = text.strip_prefix('@') {
            return match date.strip_suffix('T') {
                Some(date) => DateTime::parse(date).map(Item::DateTime),
                None if date.contains('T') => DateTime::parse(date).map(Item::DateTime),
                None => Date::parse(date).map(Item::Date),
            };
        }
        if let Some(text) = text.strip_prefix('\'') {
            return Some(Item::String(Cow::Owned(text.trim_end_matches('\'').to_owned())));
        }
        match text.split_once(' ') {
            Some((value, unit)) => {
                let unit = unit.trim_matches('\'');
                Some(Item::Quantity(Quantity::new(parse_decimal(value)?, unit)))
            }
            None if text == "true" => Some(Item::Boolean(true)),
            None if text.contains('.') => parse_decimal(text).map(Item::Decimal),
            None => text.parse().ok().map(Item::Integer),
        }
    };
    read().expect(text)
}

/// Evaluates `left operator right`, and writes the result: `{}` if it is empty, `error` if there is none.
fn check(expression: &str, expected: &str) {
    let [left, operator, right] = expression.split("  ").collect::<Vec<_>>().try_into().expect(expression);
    let (left, right) = (item(left), item(right));
    let truth = |truth: Option<bool>| Ok(truth.map(Item::Boolean));
    let ordered = |accept: fn(Ordering) -> bool| {
        compare(&left, &right).map(|order| order.map(accept).map(Item::Boolean))
    };
    let result = match operator {
        "+" => add(&left, &right),
        "-" => subtract(&left, &right),
        "*" => multiply(&left, &right),
        "/" => divide(&left, &right),
        "div" => div(&left, &right),
        "mod" => modulo(&left, &right),
        "&" => concatenate(&left, &right),
        "=" => truth(equal(&left, &right)),
        "~" => truth(Some(equivalent(&left, &right))),
        "<" => ordered(Ordering::is_lt),
        "<=" => ordered(Ordering::is_le),
        ">" => ordered(Ordering::is_gt),
        other => panic!("unknown operator {other}"),
    };
    let written = match result {
        Ok(Some(item)) => print::text(&item).expect("a System value"),
        Ok(None) => "{}".to_owned(),
        Err(_) => "error".to_owned(),
    };
    assert_eq!(written, expected, "{expression}");
}

#[test]
fn numbers_are_computed_exactly_and_empty_beyond_their_range() {
    for (expression, expected) in [
        ("1  +  2", "3"),
        ("1  +  2.50", "3.50"),
        ("1.8  -  1.2", "0.6"),
        ("1.2  *  1.8", "2.16"),
        ("1  /  2", "0.5"),
        ("4.0  /  2.0", "2"),
        ("1  /  0", "{}"),
        ("1  div  0", "{}"),
        ("1.0  mod  0.0", "{}"),
        ("5  div  2", "2"),
        ("2.2  div  1.8", "1"),
        ("-5  mod  2", "-1"),
        ("9223372036854775807  +  1", "{}"),
        ("79228162514264337593543950335.0  *  10", "{}"),
        ("'a'  -  'b'", "error"),
        ("'a'  +  'b'", "ab"),
        ("'a'  +  1", "error"),
        ("1  &  'b'", "error"),
        ("true  +  true", "error"),
    ] {
        check(expression, expected);
    }
}

#[test]
fn values_of_one_kind_are_compared_and_others_are_not_equal() {
    for (expression, expected) in [
        ("1  =  1.0", "true"),
        ("1  =  'a'", "false"),
        ("1  <  'a'", "error"),
        ("true  <  true", "error"),
        ("'A'  <  'a'", "true"),
        ("1.10  =  1.1", "true"),
        ("0.666666  ~  0.67", "true"),
        ("1.2  ~  1.1", "false"),
        ("'a B'  ~  'A\tb'", "true"),
        ("'a'  =  'A'", "false"),
        ("1  =  1 '1'", "true"),
        ("@2012-04-15  =  @T12:14", "false"),
    ] {
        check(expression, expected);
    }
}

#[test]
fn dates_are_compared_as_far_as_they_were_written() {
    for (expression, expected) in [
        ("@2012-04-15  =  @2012-04-15T10:00:00", "{}"),
        ("@2012-04-15  ~  @2012-04-15T10:00:00", "false"),
        ("@2012-04-15T15:30:31  =  @2012-04-15T15:30:31.0", "true"),
        ("@2012-04-15T15:30:31  ~  @2012-04-15T15:30:31.1", "false"),
        ("@2012-04-15T15:00:00Z  =  @2012-04-15T10:00:00", "{}"),
        ("@2012-04-15T15:00:00Z  <  @2012-04-17T10:00:00", "true"),
        ("@2012-04-15T15:00:00+02:00  =  @2012-04-15T16:00:00+03:00", "true"),
        ("@2018-03  <  @2018-03-01", "{}"),
        ("@2018-03  <  @2018-04-01", "true"),
        ("@2018-03-01T10:30  <=  @2018-03-01T10:30:00", "{}"),
        ("@T10:30  <=  @T10:30:00", "{}"),
        ("@T10:30:00  >  @T10:30:00.0", "false"),
        ("@1974-12-25  <  @2020-01-01T00:00:00Z", "true"),
    ] {
        check(expression, expected);
    }
}

#[test]
fn amounts_are_computed_in_units() {
    for (expression, expected) in [
        ("4.0000 'g'  =  4000.0 'mg'", "true"),
        ("4 'g'  ~  4040 'mg'", "true"),
        ("4 'g'  =  4040 'mg'", "false"),
        ("1 'cm'  =  1 's'", "false"),
        ("1 'cm'  <  1 's'", "{}"),
        ("1 'cm'  +  1 's'", "{}"),
        ("1 'tablet'  =  2 'tablet'", "false"),
        ("1 'tablet'  =  1 'pill'", "{}"),
        ("1 'm'  +  1 'cm'", "101 'cm'"),
        ("3 'm'  -  1 'cm'", "299 'cm'"),
        ("4.0 'g'  /  2.0 'm'", "2 'g/m'"),
        ("1.0 'm'  /  1.0 'm'", "1 '1'"),
        ("2.0 'cm'  *  2.0 'm'", "4.00 'cm.m'"),
        ("2 'cm'  *  3", "6 'cm'"),
        ("7 days  =  1 week", "true"),
        ("7 days  =  1 'wk'", "true"),
        ("1 year  =  12 months", "true"),
        ("1 year  =  1 'a'", "{}"),
        ("1 year  ~  1 'a'", "true"),
        ("8 days  >  1 week", "true"),
        ("1 year  <  400 days", "{}"),
    ] {
        check(expression, expected);
    }
}

#[test]
fn dates_are_moved_by_calendar_durations() {
    for (expression, expected) in [
        ("@1973-12-25  +  7.7 days", "1974-01-01"),
        ("@1973-12-25T00:00:00.000+10:00  +  7.7 days", "1974-01-01T00:00:00.000+10:00"),
        ("@1973-12-25T00:00:00.000+10:00  +  1 's'", "1973-12-25T00:00:01.000+10:00"),
        ("@1973-12-25T00:00:00.000+10:00  +  10 'ms'", "1973-12-25T00:00:00.010+10:00"),
        ("@1973-12-25  +  1 'mo'", "error"),
        ("@1973-12-25  +  1 'a'", "error"),
        ("@1973-12-25  +  1 'wk'", "1974-01-01"),
        ("@1973-12-25  +  7", "error"),
        ("@2020-01-31  +  1 month", "2020-02-29"),
        ("@2020-02-29  +  1 year", "2021-02-28"),
        ("@2014  +  24 months", "2016"),
        ("@2019-03-01  -  24 months", "2017-03-01"),
        ("@2020T  -  1 day", "2020"),
        ("@T23:30  +  1 hour", "00:30"),
        ("@T10:00  +  1 year", "{}"),
        ("@9999-12-31  +  1 day", "{}"),
        ("@2020-01-01T00:00:00Z  -  1 second", "2019-12-31T23:59:59Z"),
        ("@2020-01-01  +  9223372036854775807 years", "{}"),
    ] {
        check(expression, expected);
    }
}

fn any_item() -> impl Strategy<Value = Item<'static>> {
    let moment = (1900..2100i32, 1..=12u8, 1..=28u8, 0..4u8, 0..24u32, 0..60u32, -14..=14i16).prop_map(
        |(year, month, day, parts, hour, minute, zone)| {
            let text = match parts {
                0 => format!("{year}"),
                1 => format!("{year}-{month:02}"),
                2 => format!("{year}-{month:02}-{day:02}"),
                _ => format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00{:+03}:00", zone),
            };
            Item::DateTime(DateTime::parse(&text).expect("valid"))
        },
    );
    let number =
        (any::<i32>(), 0..6u32).prop_map(|(digits, scale)| Item::Decimal(Decimal::new(digits.into(), scale)));
    let units = prop_oneof![
        Just("g"),
        Just("mg"),
        Just("m"),
        Just("1"),
        Just("day"),
        Just("year"),
        Just("a"),
        Just("odd unit")
    ];
    let amount = (any::<i16>(), units)
        .prop_map(|(value, unit)| Item::Quantity(Quantity::new(i64::from(value).into(), unit)));
    prop_oneof![
        moment,
        number,
        any::<i64>().prop_map(Item::Integer),
        amount,
        ".{0,5}".prop_map(|text| Item::String(text.into()))
    ]
}

proptest! {
    #[test]
    fn comparing_the_other_way_round_turns_the_answer(left in any_item(), right in any_item()) {
        let there = compare(&left, &right).ok();
        prop_assert_eq!(there, compare(&right, &left).ok().map(|order| order.map(Ordering::reverse)));
        prop_assert_eq!(equal(&left, &right), equal(&right, &left));
        prop_assert_eq!(equivalent(&left, &right), equivalent(&right, &left));
    }

    #[test]
    fn all_values_are_equivalent_to_themselves(item in any_item()) {
        prop_assert!(equivalent(&item, &item));
        prop_assert_eq!(equal(&item, &item), Some(true));
    }

    #[test]
    fn no_operands_make_an_operator_fall_over(left in any_item(), right in any_item()) {
        for operator in [add, subtract, multiply, divide, div, modulo, concatenate] {
            drop(operator(&left, &right));
        }
        drop(negate(&left));
    }
}
