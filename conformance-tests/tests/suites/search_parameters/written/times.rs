//! How is a stretch of time asked for?
//!
//! <https://hl7.org/fhir/R4/search.html#prefix>: by the text that it was written as, where it is as long as a year, month,
//! day, second or millisecond; and by moments before, at and after its ends.

use model::Instant;
use model::datetime::DateTime;

use super::{Form, Written};

/// A second in microseconds.
const SECOND: i64 = 1_000_000;

/// The years that four digits can tell, less a second at both ends.
const BOUNDS: (Instant, Instant) = (Instant(-62_135_596_799_000_000), Instant(253_402_300_798_000_000));

/// Where the texts end that are as precise as a year, month, day, second or millisecond.
const LENGTHS: &[usize] = &[4, 7, 10, 19, 23];

/// The searches for what lies from `start` on and before `end`.
pub(super) fn of(start: i64, end: i64) -> Vec<Written> {
    let mut searches = Vec::new();
    for (text, found) in texts(start) {
        let is_whole = found == (start, end);
        if found.0 <= start && end <= found.1 {
            searches.push(Written::found(Form::Plain, text.clone()));
            searches.push(Written::found(Form::Prefix("eq"), format!("eq{text}")));
            searches.push(Written::not_found(Form::Prefix("ne"), format!("ne{text}")));
        }
        if is_whole {
            searches
                .extend(["ge", "le", "ap"].map(|it| Written::found(Form::Prefix(it), [it, &text].concat())));
            searches.extend(
                ["gt", "lt", "sa", "eb"].map(|it| Written::not_found(Form::Prefix(it), [it, &text].concat())),
            );
        }
    }
    if let Some(before) = moment(start.saturating_sub(2 * SECOND)) {
        searches.extend(beside(&before, &["gt", "ge", "sa", "ne"], &["lt", "le", "eb", "eq"]));
    }
    if let Some(after) = moment(end.saturating_add(SECOND)) {
        searches.extend(beside(&after, &["lt", "le", "eb", "ne"], &["gt", "ge", "sa", "eq"]));
    }
    searches
}

fn beside(text: &str, passing: &[&'static str], failing: &[&'static str]) -> Vec<Written> {
    let asked = |prefix: &str| [prefix, text].concat();
    let passing = passing.iter().map(|prefix| Written::found(Form::Prefix(prefix), asked(prefix)));
    let failing = failing.iter().map(|prefix| Written::not_found(Form::Prefix(prefix), asked(prefix)));
    passing.chain(failing).collect()
}

/// The texts of each precision that begin where the stretch does or before, and what they mean.
fn texts(start: i64) -> Vec<(String, (i64, i64))> {
    let Some(whole) = moment(start) else { return Vec::new() };
    let text = |length: &usize| {
        let zone = if *length > 10 { "Z" } else { "" };
        let text = format!("{}{zone}", whole.get(..*length)?);
        let interval = DateTime::parse_search(&text)?.interval();
        Some((text, (interval.start.0, interval.end.0)))
    };
    LENGTHS.iter().filter_map(text).collect()
}

/// A moment with its milliseconds; none where four digits do not tell the year.
fn moment(micros: i64) -> Option<String> {
    let (least, most) = BOUNDS;
    (least.0 <= micros && micros <= most.0).then(|| Instant(micros).to_string())
}
