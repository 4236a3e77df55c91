//! Which System value does this element hold?
//!
//! FHIR's primitives and Quantity become values of FHIRPath's own types where an operation needs them:
//! <https://hl7.org/fhir/R4/fhirpath.html#types>. A Quantity with a comparator is no amount and becomes none;
//! a unit of another system than UCUM is compared with itself alone; UCUM's units of time are calendar durations.

use std::borrow::Cow;

use model::{Number, Object, Value, ucum};

use crate::item::{Item, Node};
use crate::types::{TypeId, Types};
use crate::values::quantity::CALENDAR;
use crate::values::{Date, DateTime, Quantity, Time, parse_decimal};

/// The code system of the calendar durations' own words.
const CALENDAR_SYSTEM: &str = "http://hl7.org/fhirpath/CodeSystem/calendar-units";

/// Levels of types above a type; FHIR has five.
const BASES_MAX: usize = 16;

/// The value of a primitive or Quantity; `None` of any other element, and where the text is not of its type.
pub(crate) fn of_node<'a>(node: &Node<'a>, types: &dyn Types) -> Option<Item<'a>> {
    match node.value? {
        Value::Bool(truth) => Some(Item::Boolean(*truth)),
        Value::Number(number) => of_number(number, types.name(node.type_id)),
        Value::String(text) => of_text(text, types.name(node.type_id)),
        Value::Object(members) if is_quantity(node.type_id, types) => {
            of_quantity(members).map(Item::Quantity)
        }
        Value::Object(_) | Value::Array(_) | Value::Null => None,
    }
}

fn of_number<'a>(number: &Number, type_name: &str) -> Option<Item<'a>> {
    match type_name {
        "decimal" => parse_decimal(number.as_str()).map(Item::Decimal),
        _ => number.as_str().parse().ok().map(Item::Integer),
    }
}

fn of_text<'a>(text: &'a str, type_name: &str) -> Option<Item<'a>> {
    match type_name {
        "date" => Date::parse(text).map(Item::Date),
        "dateTime" | "instant" => DateTime::parse(text).map(Item::DateTime),
        "time" => Time::parse(text).map(Item::Time),
        _ => Some(Item::String(Cow::Borrowed(text))),
    }
}

fn is_quantity(type_id: TypeId, types: &dyn Types) -> bool {
    let chain = std::iter::successors(Some(type_id), |type_id| types.base(*type_id));
    chain.take(BASES_MAX).any(|type_id| types.name(type_id) == "Quantity")
}

fn of_quantity(members: &Object) -> Option<Quantity> {
    let text = |name| members.get(name).and_then(Value::as_str);
    let Some(Value::Number(number)) = members.get("value") else { return None };
    if members.get("comparator").is_some() {
        return None;
    }
    let value = parse_decimal(number.as_str())?;
    let known = |system| system == ucum::SYSTEM || system == CALENDAR_SYSTEM;
    let unit = match (text("system"), text("code"), text("unit")) {
        (Some(system), Some(code), _) if !known(system) => format!("{system}|{code}").into(),
        (_, Some(unit), _) | (_, None, Some(unit)) => calendar(unit).into(),
        (_, None, None) => "1".into(),
    };
    Some(Quantity { value, unit })
}

/// The calendar duration that FHIR takes a UCUM code of time for; any other unit as it is.
fn calendar(unit: &str) -> &str {
    CALENDAR.iter().find(|calendar| calendar.code == unit).map_or(unit, |calendar| calendar.word)
}
