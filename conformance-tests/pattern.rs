//! Does a text look as expected?
//!
//! A pattern is a text with holes: `<any>` takes any text, `<id:patient>` takes an id and keeps it under a
//! name, and `{patient}` stands for what was kept. No regular expressions: five kinds of hole say all
//! that a promise about FHIR needs.

use std::collections::BTreeMap;

/// What was captured so far, by name.
pub type Values = BTreeMap<String, String>;

/// A text with holes.
#[derive(Debug)]
pub struct Pattern(Vec<Part>);

#[derive(Debug)]
enum Part {
    Literal(String),
    Hole { kind: Kind, name: Option<String> },
}

/// What a hole takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    Id,
    Number,
    Instant,
    HttpDate,
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "any" => Kind::Any,
            "id" => Kind::Id,
            "number" => Kind::Number,
            "instant" => Kind::Instant,
            "http-date" => Kind::HttpDate,
            _ => return None,
        })
    }

    /// Bytes that such a text has at most, so that long texts are not tried at every length.
    fn length_max(self) -> usize {
        match self {
            Kind::Any => usize::MAX,
            Kind::Id | Kind::Number => 64,
            Kind::Instant | Kind::HttpDate => 32,
        }
    }

    fn takes(self, text: &str) -> bool {
        match self {
            Kind::Any => !text.is_empty(),
            Kind::Id => {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
                (1..=64).contains(&text.len()) && text.bytes().all(allowed)
            }
            Kind::Number => text.parse::<f64>().is_ok(),
            Kind::Instant => has_form(text, "0000-00-00T00:00:00.000Z"),
            Kind::HttpDate => has_form(text, "Aaa, 00 Aaa 0000 00:00:00 GMT"),
        }
    }
}

/// Whether digits stand for digits, letters for letters, and everything else for itself.
fn has_form(text: &str, form: &str) -> bool {
    let fits = |(found, wanted): (char, char)| match wanted {
        '0' => found.is_ascii_digit(),
        'A' => found.is_ascii_uppercase(),
        'a' => found.is_ascii_lowercase(),
        _ => found == wanted,
    };
    text.chars().count() == form.chars().count() && text.chars().zip(form.chars()).all(fits)
}

impl Pattern {
    /// Reads a pattern; what is no hole is text.
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('<') {
            let (before, from_hole) = rest.split_at(start);
            literal.push_str(before);
            match read_hole(from_hole) {
                Some((hole, length)) => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(hole);
                    rest = &from_hole[length..];
                }
                None => {
                    literal.push('<');
                    rest = &from_hole[1..];
                }
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() || parts.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Self(parts)
    }

    /// Whether this is a lone `<any>`, which takes values of any kind.
    pub fn is_any(&self) -> bool {
        matches!(self.0.as_slice(), [Part::Hole { kind: Kind::Any, name: None }])
    }

    /// Whether this is a lone hole, which takes numbers and booleans by their text.
    pub fn is_hole(&self) -> bool {
        matches!(self.0.as_slice(), [Part::Hole { .. }])
    }

    /// Matches the whole text and keeps what its holes took.
    pub fn matches(&self, text: &str, values: &mut Values) -> bool {
        let found = matched(&self.0, text, true);
        keep(found, values).is_some()
    }

    /// Finds the pattern in a text, keeps what its holes took, and returns where it ends.
    pub fn find(&self, text: &str, values: &mut Values) -> Option<usize> {
        let starts = text.char_indices().map(|(start, _)| start).chain([text.len()]);
        let mut found = starts.map(|start| (start, &text[start..]));
        found.find_map(|(start, rest)| {
            keep(matched(&self.0, rest, false), values).map(|length| start + length)
        })
    }
}

/// How far a match reached, and what each named hole took.
type Match = (usize, Vec<(String, String)>);

fn keep(found: Option<Match>, values: &mut Values) -> Option<usize> {
    let (length, captures) = found?;
    values.extend(captures);
    Some(length)
}

fn matched(parts: &[Part], text: &str, to_the_end: bool) -> Option<Match> {
    match parts {
        [] => (!to_the_end || text.is_empty()).then(|| (0, Vec::new())),
        [Part::Literal(literal), after @ ..] => {
            let (length, captures) = matched(after, text.strip_prefix(literal.as_str())?, to_the_end)?;
            Some((literal.len() + length, captures))
        }
        [Part::Hole { kind, name }, after @ ..] => {
            let ends = text.char_indices().map(|(end, _)| end).chain([text.len()]);
            let short = ends.take_while(|end| *end <= kind.length_max());
            let mut ends: Vec<_> = short.filter(|end| kind.takes(&text[..*end])).collect();
            // A hole that nothing bounds takes as much as it can.
            if after.is_empty() {
                ends.reverse();
            }
            ends.into_iter().find_map(|end| {
                let (length, mut captures) = matched(after, &text[end..], to_the_end)?;
                captures.extend(name.iter().map(|name| (name.clone(), text[..end].to_owned())));
                Some((end + length, captures))
            })
        }
    }
}

/// Reads `<kind>` or `<kind:name>` and tells its length.
fn read_hole(text: &str) -> Option<(Part, usize)> {
    let end = text.find('>')?;
    let inner = &text[1..end];
    let (kind, name) = inner.split_once(':').map_or((inner, None), |(kind, name)| (kind, Some(name)));
    let kind = Kind::parse(kind)?;
    let name = match name {
        Some(name) if is_name(name) => Some(name.to_owned()),
        Some(_) => return None,
        None => None,
    };
    Some((Part::Hole { kind, name }, end + 1))
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(allowed)
}

/// Puts what was captured where its name stands in braces; `{letters:1000}` becomes a thousand letters.
pub fn fill(text: &str, values: &Values) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        rest = &rest[start..];
        let inner = rest.find('}').map(|end| &rest[1..end]);
        let Some(inner) = inner.filter(|inner| is_name(inner.split(':').next().unwrap_or_default())) else {
            filled.push('{');
            rest = &rest[1..];
            continue;
        };
        match (values.get(inner), inner.strip_prefix("letters:").map(str::parse)) {
            (Some(value), _) => filled.push_str(value),
            (None, Some(Ok(count))) => filled.push_str(&"a".repeat(count)),
            (None, _) => return Err(format!("nothing was captured as `{inner}`")),
        }
        rest = &rest[inner.len() + 2..];
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, text: &str, expected: Option<&str>) {
        let mut values = Values::new();
        let matches = Pattern::parse(pattern).matches(text, &mut values);
        let shown =
            values.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
        assert_eq!(matches.then_some(shown.as_str()), expected, "{pattern} on {text}");
    }

    #[test]
    fn holes_take_what_their_kind_allows_and_nothing_else() {
        for (pattern, text, expected) in [
            ("", "", Some("")),
            ("", "x", None),
            ("abc", "abc", Some("")),
            ("abc", "abcd", None),
            ("<any>", "", None),
            ("<any>", "x y", Some("")),
            ("/<id:a>/_history/<number:b>", "/p-1.x/_history/12", Some("a=p-1.x b=12")),
            ("/<id>/", "/a b/", None),
            ("<any:a>-<any:b>", "1-2-3", Some("a=1 b=2-3")),
            ("<instant>", "2026-11-21T08:00:00.000Z", Some("")),
            ("<instant>", "2026-11-21", None),
            ("<http-date>", "Sat, 21 Nov 2026 08:00:00 GMT", Some("")),
            ("<http-date>", "Sat, 21 Nov 2026 08:00:00 CET", None),
            ("a < b <other> <id:X>", "a < b <other> <id:X>", Some("")),
        ] {
            check(pattern, text, expected);
        }
    }

    #[test]
    fn a_pattern_is_found_within_a_text() {
        let mut values = Values::new();
        let place = Pattern::parse("<idvalue=\"<id:a>\"").find("x<idvalue=\"7\"/>", &mut values);
        assert_eq!((place, values.get("a").map(String::as_str)), (Some(13), Some("7")));
        assert_eq!(Pattern::parse("b").find("aaa", &mut values), None);
    }

    #[test]
    fn names_in_braces_are_filled_and_unknown_ones_refused() {
        let values = Values::from([("id".to_owned(), "7".to_owned())]);
        for (text, expected) in [
            ("/Patient/{id}/x", Ok("/Patient/7/x")),
            ("{ \"a\": {} } {", Ok("{ \"a\": {} } {")),
            ("{letters:3}", Ok("aaa")),
            ("{other}", Err("nothing was captured as `other`")),
        ] {
            assert_eq!(fill(text, &values), expected.map(str::to_owned).map_err(str::to_owned));
        }
    }
}
