//! Is it computed right?

use super::*;
use crate::values::{Date, DateTime, Time, parse_decimal, print};

/// Reads a literal; several are divided by a bar.
fn items(text: &str) -> Collection<'static> {
    let read = |text: &str| -> Option<Item<'static>> {
        if let Some(time) = text.strip_prefix("@T") {
            return Time::parse(time).map(Item::Time);
        }
        if let Some(date) = text.strip_prefix('@') {
            return match date.contains('T') {
                true => DateTime::parse(date.trim_end_matches('T')).map(Item::DateTime),
                false => Date::parse(date).map(Item::Date),
            };
        }
        match text.split_once(' ') {
            Some((value, unit)) => Some(Item::Quantity(Quantity::new(parse_decimal(value)?, unit))),
            None if text.contains('.') => parse_decimal(text).map(Item::Decimal),
            None if text == "text" => Some(Item::String("text".into())),
            None => text.parse().ok().map(Item::Integer),
        }
    };
    text.split('|').filter(|part| !part.is_empty()).map(|part| read(part).expect(text)).collect()
}

/// Calls `function` on `input` with one `argument`, or none; `{}` is empty, `error` a failure.
fn check(function: &str, input: &str, argument: &str, expected: &str) {
    let found = FUNCTIONS.iter().find(|known| known.name == function).expect(function);
    let arguments = if argument.is_empty() { Vec::new() } else { vec![items(argument)] };
    let Run::Values(run) = found.run else { panic!("{function} takes expressions") };
    let written = match run(items(input), &arguments) {
        Err(_) => "error".to_owned(),
        Ok(found) if found.is_empty() => "{}".to_owned(),
        Ok(found) => found.iter().filter_map(print::text).collect::<Vec<_>>().join("|"),
    };
    assert_eq!(written, expected, "{input}.{function}({argument})");
}

#[test]
fn numbers_are_computed() {
    for (function, input, argument, expected) in [
        ("abs", "-5", "", "5"),
        ("abs", "-5.5 mg", "", "5.5 'mg'"),
        ("abs", "-9223372036854775808", "", "{}"),
        ("ceiling", "-1.1", "", "-1"),
        ("floor", "-2.1", "", "-3"),
        ("truncate", "-1.56", "", "-1"),
        ("exp", "0", "", "1"),
        ("exp", "1000", "", "{}"),
        ("ln", "1", "", "0"),
        ("ln", "0", "", "{}"),
        ("log", "16", "2", "4"),
        ("log", "1000.0", "10.0", "3"),
        ("sqrt", "81", "", "9"),
        ("sqrt", "-1", "", "{}"),
        ("power", "2", "3", "8"),
        ("power", "2.5", "2", "6.25"),
        ("power", "-1", "0.5", "{}"),
        ("power", "10", "30", "{}"),
        ("round", "3.14159", "3", "3.142"),
        ("round", "-2.5", "", "-3"),
        ("round", "1.5", "-1", "error"),
        ("abs", "", "", "{}"),
        ("abs", "1|2", "", "error"),
        ("abs", "text", "", "error"),
        ("sum", "1|2|3.5", "", "6.5"),
        ("sum", "1|text", "", "error"),
        ("sum", "text", "", "error"),
        ("avg", "1|2", "", "1.5"),
        ("min", "3|1|2", "", "1"),
        ("max", "@2020|@2021", "", "2021"),
        ("max", "@2020|@2020-01", "", "{}"),
    ] {
        check(function, input, argument, expected);
    }
}

#[test]
fn boundaries_lie_half_a_digit_away() {
    for (function, input, argument, expected) in [
        ("lowBoundary", "1.587", "", "1.58650000"),
        ("lowBoundary", "1.587", "6", "1.586500"),
        ("lowBoundary", "1.587", "2", "1.58"),
        ("lowBoundary", "1.587", "0", "1"),
        ("lowBoundary", "1.587", "32", "{}"),
        ("lowBoundary", "1.587", "-1", "{}"),
        ("lowBoundary", "-1.587", "2", "-1.59"),
        ("lowBoundary", "-1.587", "0", "-2"),
        ("lowBoundary", "1", "5", "0.50000"),
        ("lowBoundary", "12.500", "4", "12.4995"),
        ("lowBoundary", "1.587 cm", "", "1.58650000 'cm'"),
        ("highBoundary", "1.587", "", "1.58750000"),
        ("highBoundary", "1.587", "2", "1.59"),
        ("highBoundary", "1.587", "0", "2"),
        ("highBoundary", "-1.587", "2", "-1.58"),
        ("highBoundary", "120", "2", "120.50"),
        ("lowBoundary", "@2014", "6", "2014-01"),
        ("highBoundary", "@2014", "6", "2014-12"),
        ("highBoundary", "@2016-02", "", "2016-02-29"),
        ("lowBoundary", "@2014-01-01T08", "17", "2014-01-01T08:00:00.000+14:00"),
        ("highBoundary", "@2014-01-01T08", "17", "2014-01-01T08:59:59.999-12:00"),
        ("lowBoundary", "@2014-01-01T08:05+08:00", "17", "2014-01-01T08:05:00.000+08:00"),
        ("lowBoundary", "@2014-01-01T08", "8", "2014-01-01"),
        ("lowBoundary", "@2014T", "", "2014-01-01T00:00:00.000+14:00"),
        ("highBoundary", "@2014T", "", "2014-12-31T23:59:59.999-12:00"),
        ("lowBoundary", "@T10:30", "9", "10:30:00.000"),
        ("highBoundary", "@T10:30", "9", "10:30:59.999"),
        ("highBoundary", "text", "", "error"),
    ] {
        check(function, input, argument, expected);
    }
}

#[test]
fn parts_and_precision_are_told_as_far_as_they_were_written() {
    for (function, input, expected) in [
        ("precision", "1.58700", "5"),
        ("precision", "@2014", "4"),
        ("precision", "@2014-01-05T10:30:00.000", "17"),
        ("precision", "@T10:30", "4"),
        ("precision", "@T10:30:00.000", "9"),
        ("yearOf", "@2014-01", "2014"),
        ("dayOf", "@2014-01", "{}"),
        ("hourOf", "@2014-01", "error"),
        ("hourOf", "@2014-01-05T10:30", "10"),
        ("secondOf", "@2014-01-05T10:30", "{}"),
        ("millisecondOf", "@T10:30:00.012", "12"),
        ("timezoneOffsetOf", "@2014-01-05T10:30:00-03:30", "-3.5"),
        ("dateOf", "@2014-01-05T10:30:00Z", "2014-01-05"),
        ("timeOf", "@2014-01-05T10:30:00Z", "10:30:00"),
        ("yearOf", "5", "error"),
    ] {
        check(function, input, "", expected);
    }
}
