//! Which year, month, … millisecond is it?
//!
//! The functions on the parts of dates and times of the continuous build,
//! <https://build.fhir.org/ig/HL7/FHIRPath/>. A part that was not written is empty.

use crate::failure::Failure;
use crate::functions::conversion::single;
use crate::item::{Collection, Item};
use crate::values::operators::name;
use crate::values::{Clock, Date, Decimal, Time};

use super::Answer;

/// A part of a date or time; `Err` where values of this type never have it.
type Part<'a> = Result<Option<Item<'a>>, ()>;

/// The part of the only item that `part` reads.
pub(super) fn of<'a>(input: Collection<'a>, part: fn(&Item<'a>) -> Part<'a>) -> Answer<'a> {
    let Some(item) = single(input)? else { return Ok(Vec::new()) };
    match part(&item) {
        Ok(found) => Ok(found.into_iter().collect()),
        Err(()) => Err(Failure::Execution(format!("cannot take this part of {}", name(&item)))),
    }
}

pub(super) fn year<'a>(item: &Item<'a>) -> Part<'a> {
    date_of(item).map(|date| Some(Item::Integer(date.year().into())))
}

pub(super) fn month<'a>(item: &Item<'a>) -> Part<'a> {
    date_of(item).map(|date| date.month().map(|month| Item::Integer(month.into())))
}

pub(super) fn day<'a>(item: &Item<'a>) -> Part<'a> {
    date_of(item).map(|date| date.day().map(|day| Item::Integer(day.into())))
}

pub(super) fn hour<'a>(item: &Item<'a>) -> Part<'a> {
    clock_of(item).map(|clock| clock.map(|clock| Item::Integer(clock.hour())))
}

pub(super) fn minute<'a>(item: &Item<'a>) -> Part<'a> {
    clock_of(item).map(|clock| clock.and_then(Clock::minute).map(Item::Integer))
}

pub(super) fn second<'a>(item: &Item<'a>) -> Part<'a> {
    clock_of(item).map(|clock| clock.and_then(Clock::second).map(Item::Integer))
}

pub(super) fn millisecond<'a>(item: &Item<'a>) -> Part<'a> {
    clock_of(item).map(|clock| clock.and_then(Clock::millisecond).map(Item::Integer))
}

/// The zone in hours east of Greenwich.
pub(super) fn zone<'a>(item: &Item<'a>) -> Part<'a> {
    let Item::DateTime(moment) = item else { return Err(()) };
    let hours = |minutes: i16| (Decimal::from(minutes) / Decimal::from(60)).normalize();
    Ok(moment.zone().map(|minutes| Item::Decimal(hours(minutes))))
}

pub(super) fn date<'a>(item: &Item<'a>) -> Part<'a> {
    date_of(item).map(|date| Some(Item::Date(date)))
}

pub(super) fn time<'a>(item: &Item<'a>) -> Part<'a> {
    clock_of(item).map(|clock| clock.map(|clock| Item::Time(Time(clock))))
}

fn date_of(item: &Item) -> Result<Date, ()> {
    match item {
        Item::Date(date) => Ok(*date),
        Item::DateTime(moment) => Ok(moment.date()),
        _ => Err(()),
    }
}

fn clock_of(item: &Item) -> Result<Option<Clock>, ()> {
    match item {
        Item::DateTime(moment) => Ok(moment.clock()),
        Item::Time(time) => Ok(Some(time.0)),
        _ => Err(()),
    }
}
