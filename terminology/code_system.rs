//! What does a code system say of its codes?
//!
//! A CodeSystem as a lean table: all texts in one buffer, codes found by hash, concepts known by their place.
//! <https://hl7.org/fhir/R4/codesystem.html>. Built by `code_system/build.rs`, read from a resource by
//! `code_system/read.rs`; a code system in another format only has to feed the builder.

mod build;
mod hierarchy;
mod lists;
mod read;
#[cfg(test)]
mod tests;

pub use build::{About, Builder};
pub use hierarchy::Hierarchy;
use lists::Lists;
pub(crate) use read::purpose as read_purpose;
pub use read::read;

use crate::concept_set::Bits;
use crate::hash::hash;

/// How much of a code system is here: <https://hl7.org/fhir/R4/valueset-codesystem-content-mode.html>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    #[default]
    Complete,
    /// A part.
    Fragment,
    /// Some codes as an example.
    Example,
    /// Nothing but what it is called.
    NotPresent,
    /// More about the codes of another system.
    Supplement,
}

/// A code system, ready to be asked.
pub struct CodeSystem {
    /// What is known of it as a whole.
    pub about: About,
    /// Who stands above whom.
    pub hierarchy: Hierarchy,
    text: Box<str>,
    concepts: Box<[Concept]>,
    index: Box<[u32]>,
    names: Box<[Box<str>]>,
    designations: Lists<DesignationRow>,
    properties: Lists<PropertyRow>,
}

/// Another name of a concept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Designation<'a> {
    /// Its language, as BCP 47 tells it; empty when unsaid.
    pub language: &'a str,
    /// What it is for: `system|code`; empty when unsaid.
    pub purpose: &'a str,
    /// The name.
    pub value: &'a str,
}

/// What a property of a concept holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A code of the same system.
    Code,
    /// A code of any system.
    Coding,
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A date, perhaps with time.
    DateTime,
    /// A decimal number.
    Decimal,
}

/// A property of a concept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property<'a> {
    /// Its code.
    pub code: &'a str,
    /// What it holds.
    pub kind: Kind,
    /// As text; of a Coding, the code.
    pub value: &'a str,
    /// Of a Coding, the system.
    pub system: &'a str,
}

/// A part of the text buffer.
#[derive(Clone, Copy, Default)]
struct Span {
    start: u32,
    length: u32,
}

#[derive(Clone, Copy)]
struct Concept {
    code: Span,
    display: Span,
    flags: u8,
}

#[derive(Clone, Copy)]
struct DesignationRow {
    language: u16,
    purpose: u16,
    value: Span,
}

#[derive(Clone, Copy)]
struct PropertyRow {
    code: u16,
    kind: Kind,
    value: Span,
    system: Span,
}

const INACTIVE: u8 = 1;
const ABSTRACT: u8 = 2;
const DEPRECATED: u8 = 4;
/// A place in the index that no code took.
const FREE: u32 = u32::MAX;

impl CodeSystem {
    /// How many concepts there are.
    pub fn len(&self) -> usize {
        self.concepts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.concepts.is_empty()
    }

    /// The place of the concept with this code, under the system's own rule of case.
    pub fn find(&self, code: &str) -> Option<u32> {
        find(&self.index, &self.concepts, &self.text, code, self.about.case_sensitive)
    }

    /// The code of a concept.
    pub fn code(&self, place: u32) -> &str {
        self.concept(place).map_or("", |concept| self.slice(concept.code))
    }

    /// What a concept is called; `None` when the system gives no display.
    pub fn display(&self, place: u32) -> Option<&str> {
        self.concept(place).map(|concept| self.slice(concept.display)).filter(|text| !text.is_empty())
    }

    /// Whether it is no longer to be used.
    pub fn is_inactive(&self, place: u32) -> bool {
        self.has_flag(place, INACTIVE)
    }

    /// Whether it may only group others.
    pub fn is_abstract(&self, place: u32) -> bool {
        self.has_flag(place, ABSTRACT)
    }

    /// Whether it will soon be inactive.
    pub fn is_deprecated(&self, place: u32) -> bool {
        self.has_flag(place, DEPRECATED)
    }

    /// All names of a concept besides its display.
    pub fn designations(&self, place: u32) -> impl Iterator<Item = Designation<'_>> {
        self.designations.of(place).iter().map(|row| Designation {
            language: self.name(row.language),
            purpose: self.name(row.purpose),
            value: self.slice(row.value),
        })
    }

    /// All properties of a concept; its definition is the one called `definition`.
    pub fn properties(&self, place: u32) -> impl Iterator<Item = Property<'_>> {
        self.properties.of(place).iter().map(|row| Property {
            code: self.name(row.code),
            kind: row.kind,
            value: self.slice(row.value),
            system: self.slice(row.system),
        })
    }

    /// Whether the system tells of such a property, on any concept or in its heading.
    pub fn knows_property(&self, code: &str) -> bool {
        self.names.iter().any(|name| **name == *code)
    }

    /// Every concept.
    pub fn all(&self) -> Bits {
        Bits::all(self.len())
    }

    /// The concepts that `test` accepts.
    pub fn those(&self, test: impl Fn(u32) -> bool) -> Bits {
        Bits::of(self.len(), test)
    }

    /// Whether all codes of the system are here, so that one that is not here does not exist.
    pub fn is_whole(&self) -> bool {
        self.about.extent == Extent::Complete
    }

    /// Bytes that it takes, without the few of the names it repeats.
    pub fn bytes(&self) -> usize {
        let tables = size_of_val(&*self.concepts) + size_of_val(&*self.index) + self.text.len();
        tables + self.designations.bytes() + self.properties.bytes() + self.hierarchy.bytes()
    }

    fn has_flag(&self, place: u32, flag: u8) -> bool {
        self.concept(place).is_some_and(|concept| concept.flags & flag != 0)
    }

    fn concept(&self, place: u32) -> Option<&Concept> {
        self.concepts.get(place as usize)
    }

    fn slice(&self, span: Span) -> &str {
        slice(&self.text, span)
    }

    fn name(&self, number: u16) -> &str {
        self.names.get(usize::from(number)).map_or("", |name| name)
    }
}

fn slice(text: &str, span: Span) -> &str {
    let start = span.start as usize;
    text.get(start..start + span.length as usize).unwrap_or_default()
}

/// Looks a code up; the index has a power of two of slots, at least half of them free.
fn find(index: &[u32], concepts: &[Concept], text: &str, code: &str, case_sensitive: bool) -> Option<u32> {
    let mask = index.len().checked_sub(1)?;
    let mut slot = slot_of(code, case_sensitive, mask);
    loop {
        let place = index[slot];
        let concept = (place != FREE).then(|| concepts.get(place as usize)).flatten()?;
        let known = slice(text, concept.code);
        if known == code || (!case_sensitive && is_same_folded(known, code)) {
            return Some(place);
        }
        slot = (slot + 1) & mask;
    }
}

fn slot_of(code: &str, case_sensitive: bool, mask: usize) -> usize {
    let hash = if case_sensitive { hash(code) } else { hash(&folded(code)) };
    usize::try_from(hash & mask as u64).unwrap_or_default()
}

fn folded(code: &str) -> String {
    code.chars().flat_map(char::to_lowercase).collect()
}

fn is_same_folded(left: &str, right: &str) -> bool {
    left.chars().flat_map(char::to_lowercase).eq(right.chars().flat_map(char::to_lowercase))
}
