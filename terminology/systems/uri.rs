//! Which codes are URIs?
//!
//! Absolute ones, by <https://www.rfc-editor.org/rfc/rfc3986#section-4.3>; of `urn:oid:` and `urn:uuid:` the rest
//! as well, as <https://hl7.org/fhir/R4/datatypes.html#oid> has them.

use super::{Filter, Law, Test, unknown};

pub(super) static LAW: Law = Law { system: "urn:ietf:rfc:3986", name: "URIs", meaning, doubt: None, filter };

fn meaning(code: &str) -> Option<Option<String>> {
    let (scheme, rest) = code.split_once(':')?;
    let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let is_scheme =
        scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(in_scheme);
    let is_plain = |character: char| !character.is_whitespace() && !character.is_control();
    let is_rest = !rest.is_empty() && rest.chars().all(|it| is_plain(it) && !"<>\"\\^`{|}".contains(it));
    let is_right = match (scheme, rest.split_once(':')) {
        ("urn", Some(("oid", oid))) => is_oid(oid),
        ("urn", Some(("uuid", uuid))) => is_uuid(uuid),
        ("urn", None) => false,
        _ => true,
    };
    (is_scheme && is_rest && is_right).then_some(None)
}

fn is_oid(text: &str) -> bool {
    let is_arc = |arc: &str| {
        arc == "0"
            || (!arc.starts_with('0') && !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit()))
    };
    text.starts_with(['0', '1', '2']) && text.contains('.') && text.split('.').all(is_arc)
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn filter(filter: &Filter<'_>) -> Result<Test, String> {
    unknown("the system of URIs", filter)
}
