//! How is a resource written in JSON?
//!
//! A reader and a compact and a pretty writer for the tree: <https://hl7.org/fhir/R4/json.html>,
//! RFC 8259. The reader is stricter than the RFC asks: no duplicate members, no lone surrogates, no
//! byte order mark, and bounds on depth and on the length of numbers.

mod read;
mod write;

pub use read::parse;
pub use write::{write_compact, write_pretty, write_string};

pub use crate::syntax::Syntax;
use crate::value::Value;

/// The tree as compact JSON.
pub fn to_compact(value: &Value) -> Vec<u8> {
    let mut json = Vec::with_capacity(1024);
    write_compact(value, &mut json);
    json
}

/// The tree as JSON for people: two spaces a level, a line a member.
pub fn to_pretty(value: &Value) -> Vec<u8> {
    let mut json = Vec::with_capacity(2048);
    write_pretty(value, &mut json);
    json.push(b'\n');
    json
}

#[cfg(test)]
mod tests;
