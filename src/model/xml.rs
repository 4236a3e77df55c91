//! How is a resource written in XML?
//!
//! A reader and a compact and a pretty writer for the tree: <https://hl7.org/fhir/R4/xml.html>. XML says
//! neither which elements repeat nor which are numbers, so both ask a [`Shape`], handed in.
//!
//! The reader refuses document types, and with them all entities that XML does not bring along; it
//! accepts elements in any order, which the schemas do not. Comments and processing instructions outside
//! the narrative are dropped, as JSON has no place for them. The narrative's text is kept as it stands, but
//! for line ends, which XML has every reader see as one newline, and numeric references, which the published
//! JSON has as the characters they stand for.

pub mod document;
mod gather;
mod narrative;
mod read;
mod shape;
mod write;

pub use read::parse;
pub use shape::{Form, Leaf, Node, Part, Shape};
pub use write::{Unwritable, write, write_pretty};

/// The namespace of FHIR's elements.
const FHIR: &str = "http://hl7.org/fhir";
/// The namespace of the narrative.
const XHTML: &str = "http://www.w3.org/1999/xhtml";
/// The namespace of `schemaLocation`, the one foreign attribute that instances may carry.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Whether XML 1.0 can hold the character, be it as itself or by reference.
fn is_character(letter: char) -> bool {
    letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}') || matches!(letter, '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests;
