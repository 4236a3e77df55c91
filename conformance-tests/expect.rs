//! Is this the answer that was expected?
//!
//! What is not mentioned may be anything: a scenario shows what it is about. Three values say what a
//! partial form cannot: `<absent>` for a header or member that must not be there, `<only>` at the head of
//! an array that holds nothing else, and `<empty>` for a body without a byte.

use serde_json::Value;

use crate::pattern::{Pattern, Values, fill};
use crate::scenario::{Comparison, Expected};
use crate::wire::Answer;

/// Characters of a value that are shown in a complaint.
const SHOWN_MAX: usize = 1500;

/// Compares an answer with what is expected, and keeps what its patterns captured.
pub fn check(expected: &Expected, answer: &Answer, values: &mut Values) -> Result<(), String> {
    let told = || format!("\n{}", shorten(&String::from_utf8_lossy(&answer.body)));
    if answer.status != expected.status {
        return Err(format!("status {} where {} is expected{}", answer.status, expected.status, told()));
    }
    for (name, pattern) in &expected.headers {
        check_header(name, &fill(pattern, values)?, answer, values)?;
    }
    let body = fill(&expected.body, values)?;
    check_body(expected.comparison, &body, &answer.body, values).map_err(|wrong| wrong + &told())
}

fn check_header(name: &str, pattern: &str, answer: &Answer, values: &mut Values) -> Result<(), String> {
    let mut found = answer.headers_named(name).peekable();
    match (pattern, found.peek()) {
        ("<absent>", None) => Ok(()),
        ("<absent>", Some(value)) => Err(format!("header {name}: `{value}` where none is expected")),
        (_, None) => Err(format!("header {name} is missing; `{pattern}` is expected")),
        (_, Some(first)) => {
            let first = (*first).to_owned();
            let wanted = Pattern::parse(pattern);
            let met = found.any(|value| wanted.matches(value, values));
            if met { Ok(()) } else { Err(format!("header {name}: `{first}` where `{pattern}` is expected")) }
        }
    }
}

fn check_body(comparison: Comparison, wanted: &str, body: &[u8], values: &mut Values) -> Result<(), String> {
    if wanted.is_empty() {
        return Ok(());
    }
    if wanted.trim() == "<empty>" {
        return if body.is_empty() { Ok(()) } else { Err("a body where none is expected".to_owned()) };
    }
    let body = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    match comparison {
        Comparison::Exact if Pattern::parse(wanted).matches(body, values) => Ok(()),
        Comparison::Exact => Err(format!("the body is not exactly\n{wanted}\nbut")),
        Comparison::Usual if wanted.starts_with(['{', '[']) => {
            let wanted =
                serde_json::from_str(wanted).map_err(|wrong| format!("the expected body: {wrong}"))?;
            let found =
                serde_json::from_str(body).map_err(|wrong| format!("the body is not JSON: {wrong}"))?;
            check_json(&wanted, &found, "", values)
        }
        Comparison::Usual | Comparison::Text => check_lines(wanted, body, values),
    }
}

/// Each expected line occurs, in order; white space does not count.
fn check_lines(wanted: &str, body: &str, values: &mut Values) -> Result<(), String> {
    let body: String = body.split_whitespace().collect();
    let mut rest = body.as_str();
    for line in wanted.lines().filter(|line| !line.trim().is_empty()) {
        let pattern: String = line.split_whitespace().collect();
        let end = Pattern::parse(&pattern).find(rest, values);
        let end = end.ok_or_else(|| format!("`{}` is not where it is expected in", line.trim()))?;
        rest = &rest[end..];
    }
    Ok(())
}

/// Compares partial JSON with a value; `path` is where we are, for the complaint.
fn check_json(wanted: &Value, found: &Value, path: &str, values: &mut Values) -> Result<(), String> {
    let differs =
        || Err(format!("{}: {} where {wanted} is expected", place(path), shorten(&found.to_string())));
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (name, wanted) in wanted {
                let path = format!("{path}.{name}");
                match (wanted.as_str(), found.get(name)) {
                    (Some("<absent>"), None) => {}
                    (Some("<absent>"), Some(_)) => return Err(format!("{} is there", place(&path))),
                    (_, Some(found)) => check_json(wanted, found, &path, values)?,
                    (_, None) => return Err(format!("{} is missing; {wanted} is expected", place(&path))),
                }
            }
            Ok(())
        }
        (Value::Array(wanted), Value::Array(found)) => check_items(wanted, found, path, values),
        (Value::String(pattern), _) => {
            let pattern = Pattern::parse(pattern);
            let met = match found {
                Value::String(text) => pattern.matches(text, values),
                Value::Number(_) | Value::Bool(_) => {
                    pattern.is_hole() && pattern.matches(&found.to_string(), values)
                }
                _ => pattern.is_any(),
            };
            if met { Ok(()) } else { differs() }
        }
        _ if wanted == found => Ok(()),
        _ => differs(),
    }
}

/// The expected items occur in this order, others between them; none but them behind `<only>`.
fn check_items(wanted: &[Value], found: &[Value], path: &str, values: &mut Values) -> Result<(), String> {
    if let [Value::String(only), wanted @ ..] = wanted
        && only == "<only>"
    {
        if wanted.len() != found.len() {
            let (path, expected, actual) = (place(path), wanted.len(), found.len());
            return Err(format!("{path} has {actual} items where {expected} are expected"));
        }
        let mut pairs = wanted.iter().zip(found).enumerate();
        return pairs.try_for_each(|(index, (wanted, found))| {
            check_json(wanted, found, &format!("{path}[{index}]"), values)
        });
    }
    let mut from = 0;
    for wanted in wanted {
        let mut closest = None;
        let met = (from..found.len()).find(|index| {
            let mut tried = values.clone();
            match check_json(wanted, &found[*index], &format!("{path}[{index}]"), &mut tried) {
                Ok(()) => *values = tried,
                Err(ref wrong) => {
                    closest.get_or_insert_with(|| wrong.clone());
                    return false;
                }
            }
            true
        });
        let none = || closest.unwrap_or_else(|| format!("{} has no further item", place(path)));
        from = met.ok_or_else(|| format!("{}; no item is as expected: {wanted}", none()))? + 1;
    }
    Ok(())
}

fn place(path: &str) -> &str {
    if path.is_empty() { "the body" } else { path.trim_start_matches('.') }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_answer(expected: (Comparison, &str), body: &str, complaint: &str) {
        let (comparison, wanted) = expected;
        let headers = vec![("ETag".to_owned(), "W/\"1\"".to_owned())];
        let answer = Answer { status: 200, headers, body: body.as_bytes().to_vec() };
        let headers = vec![("etag".to_owned(), "W/\"<number:version>\"".to_owned())];
        let expected = Expected { line: 1, status: 200, headers, comparison, body: wanted.to_owned() };
        let mut values = Values::new();
        let verdict = check(&expected, &answer, &mut values).err().unwrap_or_default();
        assert_eq!(values.get("version").map(String::as_str), Some("1"));
        assert_eq!(verdict.lines().next().unwrap_or_default(), complaint, "{wanted} on {body}");
    }

    #[test]
    fn json_is_compared_in_part() {
        let found = r#"{"a":[1,{"b":"x-7","c":null},true],"d":"e","f":[]}"#;
        for (wanted, complaint) in [
            ("", ""),
            ("{}", ""),
            (r#"{"a":[{"b":"x-<number:n>"}],"d":"<any>"}"#, ""),
            (r#"{"a":["<number>",{"c":null},"<any>"],"f":["<only>"]}"#, ""),
            (r#"{"a":"<any>","g":"<absent>"}"#, ""),
            (r#"{"d":"<absent>"}"#, "d is there"),
            (r#"{"g":1}"#, "g is missing; 1 is expected"),
            (r#"{"d":"f"}"#, r#"d: "e" where "f" is expected"#),
            (r#"{"a":["<only>",1]}"#, "a has 3 items where 1 are expected"),
            (r#"{"a":[true,1]}"#, "a has no further item; no item is as expected: 1"),
            (r#"{"f":[1]}"#, "f has no further item; no item is as expected: 1"),
            (
                r#"{"a":[{"b":"y"}]}"#,
                r#"a[0]: 1 where {"b":"y"} is expected; no item is as expected: {"b":"y"}"#,
            ),
            ("<empty>", "a body where none is expected"),
        ] {
            check_answer((Comparison::Usual, wanted), found, complaint);
        }
        check_answer(
            (Comparison::Usual, "{}"),
            "",
            "the body is not JSON: EOF while parsing a value at line 1 column 0",
        );
        check_answer((Comparison::Usual, "<empty>"), "", "");
    }

    #[test]
    fn text_is_compared_line_by_line_and_exactly_where_asked() {
        let found = "<Patient>\n  <id value=\"7\"/>\n  <active value=\"true\"/>\n</Patient>";
        for (wanted, complaint) in [
            ("<Patient>\n<id value = \"<id:x>\"/>\n</Patient>", ""),
            ("<active value=\"true\"/>\n<id", "`<id` is not where it is expected in"),
        ] {
            check_answer((Comparison::Usual, wanted), found, complaint);
        }
        check_answer((Comparison::Text, r#"{ "a": 1.00 }"#), "{\"a\":1.00}", "");
        check_answer(
            (Comparison::Text, r#"{ "a": 1.0}"#),
            "{\"a\":1.00}",
            "`{ \"a\": 1.0}` is not where it is expected in",
        );
        check_answer((Comparison::Exact, "{\n  \"a\": 1\n}"), "{\n  \"a\": 1\n}", "");
        check_answer((Comparison::Exact, "{}"), "{ }", "the body is not exactly");
    }

    #[test]
    fn a_status_or_header_that_differs_is_told() {
        let answer = Answer { status: 200, headers: Vec::new(), body: Vec::new() };
        let expected = |status, value: &str| Expected {
            line: 1,
            status,
            headers: vec![("ETag".to_owned(), value.to_owned())],
            comparison: Comparison::Usual,
            body: String::new(),
        };
        let verdict = |expected| check(&expected, &answer, &mut Values::new());
        assert_eq!(verdict(expected(201, "x")), Err("status 200 where 201 is expected\n".to_owned()));
        assert_eq!(verdict(expected(200, "x")), Err("header ETag is missing; `x` is expected".to_owned()));
        assert_eq!(verdict(expected(200, "<absent>")), Ok(()));
    }
}
