//! Is this value spelled as its type asks?
//!
//! The lexical rules of R4's primitive types, by scanners that allocate nothing, because every value of every
//! write passes here: <https://hl7.org/fhir/R4/datatypes.html#primitive>.
//!
//! JSON kinds are no matter of this file: a value of another kind than its type's is the structural pass's to
//! refuse. Narrative has a check of its own.

use model::Value;

use super::limits::STRING_BYTES_MAX;

/// How the values of a primitive type are spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Code,
    Id,
    Uri,
    Canonical,
    Oid,
    Uuid,
    Base64,
    Date,
    DateTime,
    Instant,
    Time,
    Integer,
    UnsignedInt,
    PositiveInt,
    /// The JSON kind says all.
    Any,
}

/// The formats by the types that have them, and what each asks for, as a fragment.
static FORMATS: &[(&str, Format, &str)] = &[
    ("string", Format::Text, ""),
    ("markdown", Format::Text, ""),
    ("http://hl7.org/fhirpath/System.String", Format::Text, ""),
    ("code", Format::Code, "no white space at its ends and single spaces within are expected"),
    ("id", Format::Id, "1 to 64 letters, digits, `-` and `.` are expected"),
    ("uri", Format::Uri, ""),
    ("url", Format::Uri, ""),
    // Canonicals are compared, never taken apart, so that only white space is wrong in them.
    ("canonical", Format::Canonical, "no white space is expected"),
    ("oid", Format::Oid, "`urn:oid:` and numbers separated by points are expected"),
    ("uuid", Format::Uuid, "`urn:uuid:` and a UUID in lower case are expected"),
    ("base64Binary", Format::Base64, "base64 in groups of four is expected"),
    ("date", Format::Date, "`YYYY`, `YYYY-MM` or `YYYY-MM-DD` of the calendar is expected"),
    ("dateTime", Format::DateTime, "a date is expected, or a date and a time to the second with a zone"),
    ("instant", Format::Instant, "a date and a time to the second with a zone are expected"),
    ("time", Format::Time, "`hh:mm:ss` is expected"),
    ("integer", Format::Integer, "a whole number of 32 bits is expected"),
    ("unsignedInt", Format::UnsignedInt, "a whole number from 0 to 2147483647 is expected"),
    ("positiveInt", Format::PositiveInt, "a whole number from 1 to 2147483647 is expected"),
];

impl Format {
    /// The format of the type called so.
    pub(crate) fn of(type_name: &str) -> Self {
        let known = FORMATS.iter().find(|(known, ..)| *known == type_name);
        known.map_or(Format::Any, |(_, format, _)| *format)
    }

    /// Returns what is wrong with the spelling of `value`, in a sentence for people.
    pub(crate) fn check(self, value: &Value) -> Result<(), String> {
        match value {
            Value::String(text) => self.text(text),
            Value::Number(number) => self.number(number.as_str()),
            _ => Ok(()),
        }
    }

    fn text(self, text: &str) -> Result<(), String> {
        let valid = match self {
            Format::Text => return free_text(text),
            Format::Uri => return uri(text),
            Format::Code => is_code(text),
            Format::Id => is_id(text),
            Format::Canonical => !has_space(text),
            Format::Oid => is_oid(text),
            Format::Uuid => is_uuid(text),
            Format::Base64 => is_base64(text),
            Format::Date => is_date(text.as_bytes()),
            Format::DateTime => is_date_time(text.as_bytes()),
            Format::Instant => text.as_bytes().get(10) == Some(&b'T') && is_date_time(text.as_bytes()),
            Format::Time => is_time(text.as_bytes()),
            Format::Integer | Format::UnsignedInt | Format::PositiveInt | Format::Any => true,
        };
        if valid { Ok(()) } else { Err(self.complaint(excerpt(text))) }
    }

    fn number(self, digits: &str) -> Result<(), String> {
        let lowest = match self {
            Format::Integer => i64::from(i32::MIN),
            Format::UnsignedInt => 0,
            Format::PositiveInt => 1,
            _ => return Ok(()),
        };
        let whole = digits.parse::<i64>().ok().filter(|_| digits != "-0");
        match whole {
            Some(whole) if (lowest..=i64::from(i32::MAX)).contains(&whole) => Ok(()),
            _ => Err(self.complaint(digits)),
        }
    }

    fn complaint(self, value: &str) -> String {
        let known = FORMATS.iter().find(|(_, format, _)| *format == self);
        let (type_name, expected) = known.map_or(("value", ""), |(name, _, expected)| (*name, *expected));
        format!("`{value}` is no {type_name}: {expected}")
    }
}

fn has_space(text: &str) -> bool {
    text.bytes().fold(false, |found, byte| found | byte.is_ascii_whitespace())
}

/// The beginning of a value, for a message.
pub(crate) fn excerpt(text: &str) -> &str {
    const EXCERPT_BYTES_MAX: usize = 60;
    if text.len() <= EXCERPT_BYTES_MAX {
        return text;
    }
    let end = (0..=EXCERPT_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

/// Texts hold no control characters and at most a megabyte.
fn free_text(text: &str) -> Result<(), String> {
    if text.len() > STRING_BYTES_MAX {
        return Err(format!(
            "the text has {} bytes, more than the {STRING_BYTES_MAX} that are allowed",
            text.len()
        ));
    }
    let is_control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    // Without an end in between, which many bytes at once can be asked.
    if !text.bytes().fold(false, |found, byte| found | is_control(byte)) {
        return Ok(());
    }
    let control = text.bytes().find(|byte| is_control(*byte)).unwrap_or_default();
    Err(format!("the text holds the control character {control:#04x}"))
}

fn is_code(text: &str) -> bool {
    let mut before = b' ';
    for byte in text.bytes() {
        let is_space = byte.is_ascii_whitespace();
        if is_space && (byte != b' ' || before == b' ') {
            return false;
        }
        before = byte;
    }
    before != b' '
}

/// Whether a text has the form of a logical id.
pub(crate) fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (1..=model::limits::ID_LENGTH_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

fn uri(text: &str) -> Result<(), String> {
    let wrong = if has_space(text) {
        "white space is not allowed in it"
    } else if text.starts_with("oid:") || text.starts_with("uuid:") {
        "it must begin with `urn:`"
    } else if text.starts_with("urn:oid:") && !is_oid(without_version(text)) {
        "`urn:oid:` and numbers separated by points are expected"
    } else if text.starts_with("urn:uuid:") && !is_uuid_of_any_case(text) {
        "`urn:uuid:` and a UUID are expected"
    } else {
        return Ok(());
    };
    Err(format!("`{}` is no URI: {wrong}", excerpt(text)))
}

/// The URI without the version behind it, which the parameters of an expansion have.
fn without_version(text: &str) -> &str {
    text.split_once('|').map_or(text, |(uri, _)| uri)
}

/// Whether a text begins with a URI's scheme.
pub(crate) fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    !rest.is_empty()
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(allowed)
}

fn is_oid(text: &str) -> bool {
    let Some(arcs) = text.strip_prefix("urn:oid:") else { return false };
    let number = |arc: &str| {
        !arc.is_empty()
            && arc.bytes().all(|byte| byte.is_ascii_digit())
            && (arc == "0" || !arc.starts_with('0'))
    };
    matches!(arcs.split_once('.'), Some(("0" | "1" | "2", _))) && arcs.split('.').all(number)
}

fn is_uuid(text: &str) -> bool {
    is_uuid_of_any_case(text)
        && !text["urn:uuid:".len()..].contains(|letter: char| letter.is_ascii_uppercase())
}

fn is_uuid_of_any_case(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else { return false };
    let fits = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    uuid.len() == 36 && uuid.bytes().enumerate().all(fits)
}

/// Base64 with padding; white space may stand anywhere, as XML breaks lines.
fn is_base64(text: &str) -> bool {
    let (mut digits, mut padding) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {}
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => digits += 1,
            _ => return false,
        }
    }
    padding <= 2 && digits > 0 && (digits + padding).is_multiple_of(4)
}

/// Returns how many bytes valid base64 stands for; `None` for a text that is none.
pub(crate) fn base64_bytes(text: &str) -> Option<usize> {
    let digits =
        text.bytes().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).count();
    is_base64(text).then_some(digits * 3 / 4)
}

/// `2026`, `2026-11` or `2026-11-21`, of the real calendar.
fn is_date(text: &[u8]) -> bool {
    let Some(year) = number(text, 0..4).filter(|year| *year > 0) else { return false };
    let month = |text| number(text, 5..7).filter(|month| (1..=12).contains(month));
    match text.len() {
        4 => true,
        7 => text[4] == b'-' && month(text).is_some(),
        10 if text[4] == b'-' && text[7] == b'-' => {
            let day = number(text, 8..10).unwrap_or(0);
            month(text).is_some_and(|month| (1..=days_in_month(year, month)).contains(&day))
        }
        _ => false,
    }
}

fn is_date_time(text: &[u8]) -> bool {
    let Some(place) = text.iter().position(|byte| *byte == b'T') else { return is_date(text) };
    let (date, clock) = (&text[..place], &text[place + 1..]);
    let zone = clock.iter().position(|byte| matches!(byte, b'Z' | b'+' | b'-'));
    let Some((time, zone)) = zone.map(|place| clock.split_at(place)) else { return false };
    date.len() == 10 && is_date(date) && is_time(time) && is_zone(zone)
}

fn is_time(text: &[u8]) -> bool {
    let below = |range, limit| number(text, range).is_some_and(|number| number < limit);
    let whole = text.len() >= 8 && text[2] == b':' && text[5] == b':';
    let fraction = || match &text[8..] {
        [] => true,
        [b'.', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    whole && below(0..2, 24) && below(3..5, 60) && below(6..8, 61) && fraction()
}

fn is_zone(text: &[u8]) -> bool {
    match text {
        [b'Z'] => true,
        [b'+' | b'-', ..] if text.len() == 6 && text[3] == b':' => {
            let (hours, minutes) = (number(text, 1..3), number(text, 4..6));
            matches!((hours, minutes), (Some(0..=13), Some(0..=59)) | (Some(14), Some(0)))
        }
        _ => false,
    }
}

fn number(text: &[u8], place: std::ops::Range<usize>) -> Option<u32> {
    text.get(place)?
        .iter()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests;
