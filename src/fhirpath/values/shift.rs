//! What date or time is it so much later?
//!
//! <https://hl7.org/fhirpath/N1/#datetime-arithmetic>: an amount finer than what was written is cut to it, decimals
//! count for seconds alone, and a month too short for the day ends it. Of UCUM's units only those that are as long
//! as the calendar's may be added; a result beyond the years 1 to 9999 is empty.

use crate::failure::Failure;
use crate::item::Item;
use crate::values::decimal::to_integer;
use crate::values::operators::{Outcome, name};
use crate::values::quantity::{CALENDAR, Span};
use crate::values::{Date, DatePrecision, DateTime, Decimal, Quantity, Time};

const SECOND_NANOS: i64 = 1_000_000_000;
const DAY_NANOS: i64 = 86_400 * SECOND_NANOS;

/// Days that a year or month counts where a date without days is moved by days.
const MONTH_DAYS: i64 = 30;
const YEAR_DAYS: i64 = 365;

/// A distance in time.
#[derive(Clone, Copy)]
enum Distance {
    Months(i64),
    Nanos(i64),
}

/// The date or time `quantity` later than `start`; earlier if it is negative.
pub(crate) fn by<'a>(start: &Item<'a>, quantity: &Quantity) -> Outcome<'a> {
    let shift = |start: &Item<'a>| {
        let distance = distance(quantity)?;
        Ok::<_, Failure>(distance.and_then(|distance| moved(start, distance)))
    };
    match start {
        Item::Date(_) | Item::DateTime(_) | Item::Time(_) => shift(start),
        other => Err(Failure::Execution(format!(
            "cannot add a Quantity to {}, expected a date or time",
            name(other)
        ))),
    }
}

/// Reads the quantity as a duration; `None` when it is longer than any date is away.
fn distance(quantity: &Quantity) -> Result<Option<Distance>, Failure> {
    let known = CALENDAR.iter().find(|calendar| {
        let as_long = matches!(calendar.span, Span::Nanos(_)) && calendar.code == quantity.unit;
        calendar.word == quantity.unit || as_long
    });
    let Some(calendar) = known else {
        return Err(Failure::Execution(format!(
            "cannot add `{}` to a date or time, expected a calendar duration",
            quantity.unit
        )));
    };
    let whole = to_integer(quantity.value.trunc());
    Ok(match calendar.span {
        Span::Months(months) => whole.and_then(|count| count.checked_mul(months)).map(Distance::Months),
        Span::Nanos(nanos) if nanos > SECOND_NANOS => {
            whole.and_then(|count| count.checked_mul(nanos)).map(Distance::Nanos)
        }
        Span::Nanos(nanos) => {
            let exact = quantity.value.checked_mul(Decimal::from(nanos));
            exact.and_then(|nanos| to_integer(nanos.trunc())).map(Distance::Nanos)
        }
    })
}

fn moved<'a>(start: &Item<'a>, distance: Distance) -> Option<Item<'a>> {
    match start {
        Item::Date(date) => move_date(*date, distance).map(Item::Date),
        Item::DateTime(moment) => move_datetime(*moment, distance).map(Item::DateTime),
        Item::Time(time) => match distance {
            Distance::Nanos(nanos) => Some(Item::Time(Time(time.0.plus(nanos)?.1))),
            Distance::Months(_) => None,
        },
        _ => None,
    }
}

fn move_date(date: Date, distance: Distance) -> Option<Date> {
    match (date.precision(), distance) {
        (DatePrecision::Year, Distance::Months(months)) => date.plus_months(months / 12 * 12),
        (DatePrecision::Year, Distance::Nanos(nanos)) => date.plus_months(nanos / DAY_NANOS / YEAR_DAYS * 12),
        (DatePrecision::Month, Distance::Nanos(nanos)) => date.plus_months(nanos / DAY_NANOS / MONTH_DAYS),
        (DatePrecision::Day, Distance::Nanos(nanos)) => date.plus_days(nanos / DAY_NANOS),
        (_, Distance::Months(months)) => date.plus_months(months),
    }
}

fn move_datetime(moment: DateTime, distance: Distance) -> Option<DateTime> {
    match (moment.clock(), distance) {
        (None, _) => move_date(moment.date(), distance).map(DateTime::from),
        (Some(_), Distance::Months(months)) => moment.plus_months(months),
        (Some(_), Distance::Nanos(nanos)) => moment.plus_nanos(nanos),
    }
}
