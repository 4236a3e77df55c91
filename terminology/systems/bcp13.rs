//! Which codes are media types?
//!
//! The grammar of <https://www.rfc-editor.org/rfc/rfc6838#section-4.2> with the registered top-level types,
//! and parameters as HTTP writes them. Subtypes are not held against the registry: vendors add to it daily.

use super::{Filter, Law, Test, unknown};

pub(super) static LAW: Law =
    Law { system: "urn:ietf:bcp:13", name: "Media types", meaning, doubt: None, filter };

/// The top-level types that IANA lists.
const TOP_LEVEL: &[&str] = &[
    "application",
    "audio",
    "example",
    "font",
    "haptics",
    "image",
    "message",
    "model",
    "multipart",
    "text",
    "video",
];
/// Characters of a type or a subtype, from the same section.
const NAME_LENGTH_MAX: usize = 127;

fn meaning(code: &str) -> Option<Option<String>> {
    let mut parts = code.split(';');
    let (top, subtype) = parts.next()?.trim_end().split_once('/')?;
    let is_known = TOP_LEVEL.contains(&top.to_ascii_lowercase().as_str());
    let is_right = is_known && is_name(subtype) && parts.all(is_parameter);
    is_right.then_some(None)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.len() <= NAME_LENGTH_MAX
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
}

fn is_parameter(text: &str) -> bool {
    let Some((name, value)) = text.trim().split_once('=') else { return false };
    is_name(name) && !value.is_empty() && !value.contains(char::is_control)
}

fn filter(filter: &Filter<'_>) -> Result<Test, String> {
    unknown("the system of media types", filter)
}
