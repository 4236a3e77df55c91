//! How is a value of each search type parsed, indexed and compared?
//!
//! One file for each type of <https://hl7.org/fhir/R4/search.html#ptypes>. Each has `parse`, what a value in a URL
//! asks for; `index`, what rows an element becomes; its test with `holds`; and `ranges`, where candidates stand.

pub mod composite;
pub mod date;
pub mod near;
pub mod number;
pub mod prefix;
pub mod quantity;
pub mod reference;
pub mod string;
pub mod token;
#[cfg(test)]
mod trial;
pub mod uri;

use model::{Instant, Issue, Text};
use terminology::Terminology;

use crate::catalogue::{Catalogue, Kind, Parameter};
use crate::condition::{Clause, Condition, Test};
use crate::rows::{Indexed, ParameterId, Row};

/// One value of a parameter in a URL.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Which parameter.
    pub parameter: &'a Parameter,
    /// The modifier, without its colon; `:missing` never gets here, and a chain's type neither.
    pub modifier: Option<&'a str>,
    /// The value: percent escapes are gone, those of `\,`, `\|`, `\$` and `\\` are still there.
    pub value: &'a str,
    /// What the server knows.
    pub surroundings: &'a Surroundings<'a>,
}

/// What a query is understood by.
pub struct Surroundings<'a> {
    /// The parameters.
    pub catalogue: &'a Catalogue,
    /// What codes mean.
    pub terminology: &'a Terminology,
    /// The FHIR base as clients see it, without a slash at the end.
    pub base_url: &'a str,
    /// What time it is.
    pub now: Instant,
}

/// An element that a parameter selects.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    /// Its type: `CodeableConcept`, `date`; of a value that an expression made, `string`, `boolean`, `decimal`.
    pub type_name: &'static str,
    /// What it holds.
    pub value: &'a model::Value,
}

/// Where rows of one parameter go.
pub struct Sink<'s> {
    /// Which parameter's.
    pub parameter: &'s Parameter,
    /// The FHIR base as clients see it: absolute references that begin with it are local.
    pub base_url: &'s str,
    /// Of a composite, which occurrence, from 1; else 0.
    pub group: u32,
    /// Of a composite, which component.
    pub component: u8,
    /// The rows so far.
    pub rows: &'s mut Vec<Row>,
}

impl Sink<'_> {
    /// Adds a value.
    pub fn push(&mut self, value: Indexed) {
        self.add(self.parameter.id, value);
    }

    /// Adds a value that only a modifier looks at: `text`, `identifier`, `of-type`. Composites have none.
    pub fn push_under(&mut self, modifier: &str, value: Indexed) {
        if self.group == 0 {
            self.add(self.parameter.under(modifier), value);
        }
    }

    /// Adds which contained resource is referred to. Composites do not ask.
    pub fn push_fragment(&mut self, id: &str) {
        if self.group == 0 {
            self.add(self.parameter.id.fragment(), Indexed::Token { system: 0, code: id.into() });
        }
    }

    fn add(&mut self, parameter: ParameterId, value: Indexed) {
        self.rows.push(Row { parameter, group: self.group, component: self.component, value });
    }
}

impl Asked<'_> {
    /// The condition that some value of the parameter passes `test`.
    pub fn clause(&self, test: Test) -> Condition {
        Condition::Clause(Clause { parameter: self.parameter.id, test })
    }

    /// The same of the rows that only `modifier` looks at.
    pub fn clause_under(&self, modifier: &str, test: Test) -> Condition {
        Condition::Clause(Clause { parameter: self.parameter.under(modifier), test })
    }
}

/// What one value asks for, by the kind of its parameter.
pub fn parse(asked: &Asked<'_>) -> Result<Condition, Issue> {
    match asked.parameter.kind {
        Kind::Number => number::parse(asked),
        Kind::Date => date::parse(asked),
        Kind::String => string::parse(asked),
        Kind::Token => token::parse(asked),
        Kind::Reference => reference::parse(asked),
        Kind::Composite => composite::parse(asked),
        Kind::Quantity => quantity::parse(asked),
        Kind::Uri => uri::parse(asked),
        Kind::Special => near::parse(asked),
    }
}

/// The rows that an element becomes under a parameter of this kind; composites are put together by `index`.
pub fn index(kind: Kind, element: &Element<'_>, sink: &mut Sink<'_>) {
    match kind {
        Kind::Number => number::index(element, sink),
        Kind::Date => date::index(element, sink),
        Kind::String => string::index(element, sink),
        Kind::Token => token::index(element, sink),
        Kind::Reference => reference::index(element, sink),
        Kind::Quantity => quantity::index(element, sink),
        Kind::Uri => uri::index(element, sink),
        Kind::Special => near::index(element, sink),
        Kind::Composite => {}
    }
}

/// Splits at an unescaped `separator`; the escapes of other characters stay.
pub fn split(value: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut is_escaped) = (0, false);
    for (place, character) in value.char_indices() {
        if !is_escaped && character == separator {
            parts.push(&value[start..place]);
            start = place + separator.len_utf8();
        }
        is_escaped = !is_escaped && character == '\\';
    }
    parts.push(&value[start..]);
    parts
}

/// Takes the escapes of `\,`, `\|`, `\$` and `\\` away: <https://hl7.org/fhir/R4/search.html#escaping>.
pub fn unescape(value: &str) -> Text {
    let mut text = Text::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        match (character, rest.as_str().chars().next()) {
            ('\\', Some(next @ (',' | '|' | '$' | '\\'))) => {
                text.push(next);
                rest.next();
            }
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split_where_no_backslash_stands_before() {
        assert_eq!(split(r"a,b\,c,\\,d", ','), ["a", r"b\,c", r"\\", "d"]);
        assert_eq!(split("", ','), [""]);
        assert_eq!(unescape(r"b\,c\\\|\$\x\"), r"b,c\|$\x\");
    }
}
