//! Which concepts does an expression constraint mean?
//!
//! The Expression Constraint Language of SNOMED CT, version 2.2, brief and long syntax: <http://snomed.org/ecl>.
//! A text is parsed into a tree, printed from it, and evaluated over whatever can answer as a [`Substrate`].
//! Where the specification leaves room: a lone `*` means the active concepts, unless a filter asks for others;
//! whitespace inside `< <` and `> >` is let pass, as published examples have it; `active = "*"` is understood
//! in every filter; a selection of several fields is no set of concepts and is refused.

mod dialects;
mod evaluate;
mod parse;
mod print;
#[cfg(test)]
mod tests;
pub mod tree;
mod words;

pub use evaluate::evaluate;
pub use parse::parse;
pub use tree::Sctid;

use crate::concept_set::Bits;

/// The content that constraints are evaluated against; concepts are known by their places from 0 on.
///
/// An `Err` says why something cannot be told: a release was loaded without its descriptions, say. It ends
/// the evaluation, because a guess in its stead would be a wrong set.
pub trait Substrate {
    /// How many concepts there are, the inactive counted too.
    fn count(&self) -> usize;

    /// The place of the concept with this identifier.
    fn concept(&self, id: Sctid) -> Option<u32>;

    /// The place of the concept that another identifier scheme calls so; the scheme goes by its alias.
    fn alternate(&self, scheme: &str, code: &str) -> Result<Option<u32>, String>;

    /// Whether the concept is active.
    fn is_active(&self, place: u32) -> bool;

    /// The concepts directly above one.
    fn parents(&self, place: u32, each: &mut dyn FnMut(u32));

    /// The concepts directly below one.
    fn children(&self, place: u32, each: &mut dyn FnMut(u32));

    /// The active attributes of a concept, besides `is a`.
    fn attributes(&self, place: u32, each: &mut dyn FnMut(Attribute<'_>)) -> Result<(), String>;

    /// What stands in the concept's own row of the release.
    fn status(&self, place: u32) -> Result<Status, String>;

    /// The descriptions and text definitions of a concept, the inactive included.
    fn descriptions(&self, place: u32, each: &mut dyn FnMut(Description<'_>)) -> Result<(), String>;

    /// Whether the concept is a reference set that has members here.
    fn is_reference_set(&self, place: u32) -> bool;

    /// The rows of a reference set, the inactive included; none for what is no reference set.
    fn members(&self, reference_set: u32, each: &mut dyn FnMut(Member<'_>)) -> Result<(), String>;

    /// Whether inactive descriptions and rows of reference sets are there to be asked for.
    fn has_inactive_rows(&self) -> Result<(), String>;
}

/// A defining relationship of a concept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attribute<'a> {
    /// The relationship group; 0 stands alone.
    pub group: u32,
    /// The place of the attribute type.
    pub name: u32,
    /// What it points to.
    pub value: AttributeValue<'a>,
}

/// What an attribute points to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AttributeValue<'a> {
    /// The place of a concept.
    Concept(u32),
    /// A decimal number, without `#`.
    Number(&'a str),
    /// Text, without quotes.
    Text(&'a str),
    /// A truth value.
    Boolean(bool),
}

/// What stands in a concept's own row of the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Primitive or defined, as the concept for that.
    pub definition: Sctid,
    /// The module that it belongs to.
    pub module: Sctid,
    /// The day of its last change as the number `YYYYMMDD`; `None` while it is not published.
    pub effective_time: Option<u32>,
}

/// One description of a concept.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    /// Its identifier.
    pub id: Sctid,
    /// Its text.
    pub term: &'a str,
    /// Its language, two letters.
    pub language: &'a str,
    /// Fully specified name, synonym or definition, as the concept for that.
    pub kind: Sctid,
    /// The module that it belongs to.
    pub module: Sctid,
    /// The day of its last change as the number `YYYYMMDD`; `None` while it is not published.
    pub effective_time: Option<u32>,
    /// Whether it is active.
    pub is_active: bool,
    /// The language reference sets that it is an active member of, each with its acceptability there.
    pub dialects: &'a [(Sctid, Sctid)],
}

/// One row of a reference set.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The component that the row is about.
    pub referenced: Sctid,
    /// The module that it belongs to.
    pub module: Sctid,
    /// The day of its last change as the number `YYYYMMDD`; `None` while it is not published.
    pub effective_time: Option<u32>,
    /// Whether it is active.
    pub is_active: bool,
    /// The further columns: their names as in the release's heading, and what stands in them.
    pub fields: &'a [(&'a str, &'a str)],
}

/// The concepts that a constraint means; refused with its text, because the text is what must be mended.
pub fn concepts(text: &str, substrate: &dyn Substrate) -> Result<Bits, String> {
    let refused = |reason| format!("the ECL expression `{}` cannot be evaluated: {reason}", shown(text));
    evaluate(&parse(text)?, substrate).map_err(refused)
}

/// As much of a text as a message repeats.
fn shown(text: &str) -> &str {
    let end = text.char_indices().nth(SHOWN_LENGTH_MAX).map_or(text.len(), |(end, _)| end);
    &text[..end]
}

/// Characters of an expression that a message repeats.
const SHOWN_LENGTH_MAX: usize = 300;
