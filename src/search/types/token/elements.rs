//! Which tokens does an element hold?
//!
//! The table of data types in <https://hl7.org/fhir/R4/search.html#token>, and beside it what `:text` and
//! `:of-type` look at.

use model::{Text, Value};

use super::{BOUND_SYSTEM, kept};
use crate::hash;
use crate::rows::Indexed;
use crate::types::{Element, Sink};

/// The rows that an element becomes.
pub fn index(element: &Element<'_>, sink: &mut Sink<'_>) {
    let value = element.value;
    match element.type_name {
        "CodeableConcept" => {
            items(value, "coding").iter().for_each(|coding| push_coding(coding, sink));
            push_text(value.text("text"), sink);
        }
        "Coding" => push_coding(value, sink),
        "Identifier" => push_identifier(value, sink),
        "ContactPoint" => push_word(value.text("value"), 0, sink),
        "code" | "boolean" => push_primitive(value, BOUND_SYSTEM, sink),
        _ => push_primitive(value, 0, sink),
    }
}

/// The token of an identifier that has a value.
pub(in crate::types) fn identifier(identifier: &Value) -> Option<Indexed> {
    let system = hash::number(identifier.text("system").unwrap_or_default());
    identifier.text("value").and_then(|value| token(value, system))
}

/// The code under which `:of-type` finds the value of an identifier whose type has this code.
pub(super) fn typed(code: &str, value: &str) -> String {
    [code, "|", value].concat()
}

fn push_coding(coding: &Value, sink: &mut Sink<'_>) {
    let system = hash::number(coding.text("system").unwrap_or_default());
    push_word(coding.text("code"), system, sink);
    push_text(coding.text("display"), sink);
}

fn push_identifier(value: &Value, sink: &mut Sink<'_>) {
    identifier(value).into_iter().for_each(|token| sink.push(token));
    let Some(kind) = value.get("type") else { return };
    push_text(kind.text("text"), sink);
    for coding in items(kind, "coding") {
        push_text(coding.text("display"), sink);
        let (system, code) = (coding.text("system").unwrap_or_default(), coding.text("code"));
        if let (Some(code), Some(value)) = (code, value.text("value"))
            && let Some(token) = token(&typed(code, value), hash::number(system))
        {
            sink.push_under("of-type", token);
        }
    }
}

fn push_primitive(value: &Value, system: i64, sink: &mut Sink<'_>) {
    match value {
        Value::String(text) => push_word(Some(text), system, sink),
        Value::Bool(true) => push_word(Some("true"), system, sink),
        Value::Bool(false) => push_word(Some("false"), system, sink),
        Value::Number(number) => push_word(Some(number.as_str()), system, sink),
        Value::Null | Value::Array(_) | Value::Object(_) => {}
    }
}

fn push_word(word: Option<&str>, system: i64, sink: &mut Sink<'_>) {
    word.and_then(|word| token(word, system)).into_iter().for_each(|token| sink.push(token));
}

fn push_text(text: Option<&str>, sink: &mut Sink<'_>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        sink.push_under("text", Indexed::String(kept(text).into()));
    }
}

fn token(code: &str, system: i64) -> Option<Indexed> {
    (!code.is_empty()).then(|| Indexed::Token { system, code: Text::from(kept(code)) })
}

fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).map_or(&[], Value::items)
}
