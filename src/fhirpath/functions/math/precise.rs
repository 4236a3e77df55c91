//! How precisely was this written, and between which values does it lie?
//!
//! `precision()`, `lowBoundary()` and `highBoundary()` of the continuous build, <https://build.fhir.org/ig/HL7/FHIRPath/>.

use crate::failure::Failure;
use crate::functions::conversion::single;
use crate::item::{Collection, Item};
use crate::values::boundary::{self, Side};
use crate::values::operators::name;
use crate::values::{Decimal, Quantity};

use super::Answer;

/// `lowBoundary`
pub(super) fn low<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    bound(input, arguments, Side::Low)
}

/// `highBoundary`
pub(super) fn high<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    bound(input, arguments, Side::High)
}

/// `precision`
pub(super) fn precision<'a>(input: Collection<'a>, _: &[Collection<'a>]) -> Answer<'a> {
    let Some(item) = single(input)? else { return Ok(Vec::new()) };
    let digits = match item {
        Item::Integer(_) => 0,
        Item::Decimal(number) => i64::from(number.scale()),
        Item::Quantity(quantity) => i64::from(quantity.value.scale()),
        Item::Date(date) => boundary::date_digits(date),
        Item::DateTime(moment) => {
            boundary::date_digits(moment.date()) + moment.clock().map_or(0, boundary::clock_digits)
        }
        Item::Time(time) => boundary::clock_digits(time.0),
        other => return Err(refused(&other)),
    };
    Ok(vec![Item::Integer(digits)])
}

fn bound<'a>(input: Collection<'a>, arguments: &[Collection<'a>], side: Side) -> Answer<'a> {
    let Some(item) = single(input)? else { return Ok(Vec::new()) };
    let wanted = match arguments.first().map(Vec::as_slice) {
        None | Some([]) => None,
        Some([Item::Integer(digits)]) => Some(*digits),
        Some(_) => {
            return Err(Failure::Execution(
                "cannot bound to this precision, expected one Integer".to_owned(),
            ));
        }
    };
    let digits = |most: i64| wanted.unwrap_or(most);
    let decimal = |value: Decimal| boundary::of_decimal(value, side, digits(boundary::DECIMAL_PRECISION));
    let found = match item {
        Item::Integer(number) => decimal(number.into()).map(Item::Decimal),
        Item::Decimal(number) => decimal(number).map(Item::Decimal),
        Item::Quantity(Quantity { value, unit }) => {
            decimal(value).map(|value| Item::Quantity(Quantity { value, unit }))
        }
        Item::Date(date) => boundary::of_date(date, side, digits(boundary::DATE_PRECISION)).map(Item::Date),
        Item::DateTime(moment) => {
            boundary::of_datetime(moment, side, digits(boundary::DATETIME_PRECISION)).map(Item::DateTime)
        }
        Item::Time(time) => boundary::of_time(time, side, digits(boundary::TIME_PRECISION)).map(Item::Time),
        other => return Err(refused(&other)),
    };
    Ok(found.into_iter().collect())
}

fn refused(item: &Item) -> Failure {
    Failure::Execution(format!(
        "cannot tell the precision of {}, expected a number, date or time",
        name(item)
    ))
}
