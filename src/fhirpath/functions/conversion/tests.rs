//! Do values convert as the language says?

use super::*;

/// Converts text, or what `make` makes of it; `{}` is empty.
fn check(function: &str, input: Item<'static>, expected: &str) {
    let found = FUNCTIONS.iter().find(|known| known.name == function).expect(function);
    let Run::Values(run) = found.run else { panic!("{function} takes expressions") };
    let found = run(vec![input], &[]).expect(function);
    assert_eq!(found.first().and_then(print::text).as_deref().unwrap_or("{}"), expected, "{function}");
}

#[test]
fn text_is_read_as_the_specification_says() {
    for (function, input, expected) in [
        ("toInteger", "-1", "-1"),
        ("toInteger", "+1", "1"),
        ("toInteger", "1.1", "{}"),
        ("toInteger", "2147483648", "{}"),
        ("toLong", "2147483648", "2147483648"),
        ("toDecimal", "1.10", "1.10"),
        ("toDecimal", "1.", "{}"),
        ("toDecimal", "1e5", "{}"),
        ("convertsToDecimal", "1.a", "false"),
        ("toBoolean", "Yes", "true"),
        ("toBoolean", "0.0", "false"),
        ("toBoolean", "maybe", "{}"),
        ("convertsToDate", "2015-02", "true"),
        ("convertsToDate", "2015-02-04T10", "false"),
        ("convertsToDateTime", "2015-02-04T14", "true"),
        ("convertsToTime", "14:34:28.123", "true"),
        ("convertsToTime", "14:60", "false"),
        ("toQuantity", "1", "1 '1'"),
        ("toQuantity", "1.5 'mg'", "1.5 'mg'"),
        ("toQuantity", "4 days", "4 days"),
        ("toQuantity", "1 day", "1 day"),
        ("toQuantity", "1 wk", "{}"),
        ("toQuantity", "1 'wk", "{}"),
        ("toQuantity", "mg", "{}"),
    ] {
        check(function, Item::String(Cow::Borrowed(input)), expected);
    }
}

#[test]
fn values_become_values_of_other_types() {
    let decimal = |text| Item::Decimal(parse_decimal(text).expect(text));
    for (function, input, expected) in [
        ("toString", decimal("1.0"), "1.0"),
        ("toString", Item::Quantity(Quantity::new(Decimal::ONE, "wk")), "1 'wk'"),
        ("toBoolean", decimal("1.0"), "true"),
        ("toBoolean", Item::Integer(2), "{}"),
        ("toDecimal", Item::Boolean(true), "1.0"),
        ("toInteger", decimal("1.0"), "{}"),
        ("toInteger", Item::Boolean(false), "0"),
        ("convertsToQuantity", Item::Boolean(true), "true"),
        ("toDate", Item::DateTime(DateTime::parse("2015-02-04T10:00:00Z").expect("valid")), "2015-02-04"),
        ("toDateTime", Item::Date(Date::parse("2015-02").expect("valid")), "2015-02"),
        ("toTime", Item::Integer(1), "{}"),
    ] {
        check(function, input, expected);
    }
}

#[test]
fn amounts_are_converted_to_the_unit_that_is_asked_for() {
    let amount = vec![Item::Quantity(Quantity::new(Decimal::ONE, "week"))];
    let unit = |unit| [vec![Item::String(Cow::Borrowed(unit))]];
    let days = to_quantity(amount.clone(), &unit("days")).expect("one unit");
    assert_eq!(days.first().and_then(print::text).as_deref(), Some("7 days"));
    assert!(to_quantity(amount.clone(), &unit("kg")).expect("one unit").is_empty());
    assert!(to_quantity(amount, &[vec![Item::Integer(1)]]).is_err());
}
