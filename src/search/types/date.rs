//! When was it?
//!
//! <https://hl7.org/fhir/R4/search.html#date>: what a resource says and what is asked for are both stretches of
//! time, as long as their text leaves open. A Timing is known by its outer limits alone.
//!
//! A text without zone is taken as UTC, in resources and URLs alike, so that the same text always finds itself.

use model::datetime::{DateTime, Interval};
use model::{Code, Instant, Issue, Value};

use super::prefix::{Comparison, Prefix};
use super::token::{refuse_modifier, refuse_value};
use super::{Asked, Element, Sink};
use crate::condition::{Condition, Test};
use crate::rows::{Indexed, ParameterId};
use crate::scan::{Index, Part, Range};

/// The forms that a value may have.
const EXPECTED: &str = "a date or time such as 2013, 2013-01-14 or 2013-01-14T10:00:00Z, after one of the prefixes \
                        eq, ne, gt, lt, ge, le, sa, eb, ap or none";

/// `ap` reaches this part of the distance between now and the time asked for, as the specification recommends.
const APPROXIMATE_PART: i64 = 10;

/// A test of a time, in microseconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct DateTest {
    time: Comparison,
}

impl DateTest {
    /// Whether a time from `start` on and before `end` passes.
    pub fn holds(&self, start: i64, end: i64) -> bool {
        self.time.holds(start, end)
    }

    /// Between which moments one must lie to pass, the second excluded; none when they are not in one piece.
    pub fn bounds(&self) -> Option<(i64, i64)> {
        let Comparison { prefix, low, high } = self.time;
        match prefix {
            Prefix::Equal | Prefix::Approximate => Some((low, high)),
            Prefix::NotEqual => None,
            Prefix::Greater | Prefix::StartsAfter => Some((high, i64::MAX)),
            Prefix::Less | Prefix::EndsBefore => Some((i64::MIN, low)),
            Prefix::GreaterOrEqual => Some((low, i64::MAX)),
            Prefix::LessOrEqual => Some((i64::MIN, high)),
        }
    }
}

/// What one value asks for.
pub fn parse(asked: &Asked<'_>) -> Result<Condition, Issue> {
    if asked.modifier.is_some() {
        return Err(refuse_modifier(asked, "`:missing` or none"));
    }
    let test = read(asked.value, asked.surroundings.now).ok_or_else(|| refuse_value(asked, EXPECTED))?;
    Ok(asked.clause(Test::Date(test)))
}

/// What a value asks for where no parameter of a type is meant, as in `_lastUpdated`.
pub fn parse_value(value: &str, now: Instant) -> Result<DateTest, Issue> {
    let refused = || format!("`{value}` is not a time, expected {EXPECTED}");
    read(value, now).ok_or_else(|| Issue::error(Code::InvalidParameter, refused()))
}

/// What `po` of a `_filter` asks for: a time that has something in common with this one.
pub fn overlapping(value: &str) -> Option<DateTest> {
    let Interval { start, end } = DateTime::parse_search(value)?.interval();
    Some(DateTest { time: Comparison { prefix: Prefix::Approximate, low: start.0, high: end.0 } })
}

/// The rows that an element becomes.
pub fn index(element: &Element<'_>, sink: &mut Sink<'_>) {
    let span = match element.type_name {
        "date" | "dateTime" | "instant" => moment(element.value),
        "Period" => period(element.value),
        "Timing" => timing(element.value),
        _ => None,
    };
    // What ends before it begins is no time at all.
    if let Some((start, end)) = span.filter(|(start, end)| start < end) {
        sink.push(Indexed::Date { start, end });
    }
}

/// Where candidates stand, and whether no others stand there.
pub fn ranges(test: &DateTest, parameter: ParameterId) -> Option<(Vec<Range>, bool)> {
    let Comparison { prefix, low, high } = test.time;
    let after = |moment: i64| Some(moment.saturating_add(1));
    let (index, from, below, exact) = match prefix {
        Prefix::Equal => (Index::Starts, Some(low), Some(high), false),
        Prefix::NotEqual => return None,
        Prefix::Greater => (Index::Ends, after(high), None, true),
        Prefix::Less => (Index::Starts, None, Some(low), true),
        // Within what was asked for is what ends there; what only ends there stands among it.
        Prefix::GreaterOrEqual => (Index::Ends, after(low), None, false),
        Prefix::LessOrEqual => (Index::Starts, None, Some(high), false),
        Prefix::StartsAfter => (Index::Starts, Some(high), None, true),
        Prefix::EndsBefore => (Index::Ends, None, after(low), true),
        // Most searches are for what was not long ago, so that less lies after than before.
        Prefix::Approximate => (Index::Ends, after(low), None, false),
    };
    let (from, below) = (from.map(Part::Int), below.map(Part::Int));
    Some((vec![Range { index, parameter, prefix: Vec::new(), from, below }], exact))
}

fn read(value: &str, now: Instant) -> Option<DateTest> {
    let (prefix, text) = Prefix::split(value);
    // A `+` before the zone that was not escaped in the URL arrives as a space.
    let Interval { start, end } = DateTime::parse_search(&text.replace(' ', "+"))?.interval();
    let reach = if prefix == Prefix::Approximate { reach(start.0, end.0, now.0) } else { 0 };
    let (low, high) = (start.0.saturating_sub(reach), end.0.saturating_add(reach));
    Some(DateTest { time: Comparison { prefix, low, high } })
}

/// How far `ap` reaches to both sides: never less than the stretch itself is long.
fn reach(start: i64, end: i64, now: i64) -> i64 {
    let distance = std::cmp::max(now.saturating_sub(end), start.saturating_sub(now));
    std::cmp::max(distance / APPROXIMATE_PART, end - start)
}

fn moment(value: &Value) -> Option<(i64, i64)> {
    let Interval { start, end } = DateTime::parse_search(value.as_str()?)?.interval();
    Some((start.0, end.0))
}

/// From the first moment of its start to the last of its end; what it does not say is open.
fn period(value: &Value) -> Option<(i64, i64)> {
    let start = value.get("start").and_then(moment);
    let end = value.get("end").and_then(moment);
    if start.is_none() && end.is_none() {
        return None;
    }
    Some((start.map_or(i64::MIN, |it| it.0), end.map_or(i64::MAX, |it| it.1)))
}

/// The outer limits of its events and of the period that it is bound to.
fn timing(value: &Value) -> Option<(i64, i64)> {
    let events = value.get("event").map_or(&[][..], Value::items).iter().filter_map(moment);
    let bounds = value.get("repeat").and_then(|repeat| repeat.get("boundsPeriod")).and_then(period);
    events.chain(bounds).reduce(|one, other| (std::cmp::min(one.0, other.0), std::cmp::max(one.1, other.1)))
}

#[cfg(test)]
mod tests;
