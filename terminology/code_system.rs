//! What does a code system say of its codes?
//!
//! A CodeSystem as a lean table: all texts in one buffer, codes found by hash, concepts known by their place.
//! <https://hl7.org/fhir/R4/codesystem.html>. Built by `code_system/build.rs`, read from a resource by
//! `code_system/read.rs`, kept as a file by `code_system/stored.rs`; a code system in another format only has to feed
//! the builder.

mod build;
mod hierarchy;
mod lists;
mod members;
mod read;
pub mod stored;
#[cfg(test)]
mod tests;
mod words;

use std::sync::OnceLock;

pub use build::{About, Builder};
pub use hierarchy::Hierarchy;
use lists::Lists;
use members::{DesignationSort, MemberRow};
pub use members::{Member, Note};
pub(crate) use read::purpose as read_purpose;
pub use read::read;
pub use words::Names;
use words::Words;

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
    /// Languages, uses and properties, by their numbers.
    names: Box<[Box<str>]>,
    /// What designations and properties have in common with others, and texts that stand in several.
    sorts: Box<[DesignationSort]>,
    shapes: Box<[PropertyShape]>,
    values: Box<[Span]>,
    designations: Lists<DesignationRow>,
    /// The identifiers of the designations, where they have any.
    designation_ids: Box<[u64]>,
    properties: Lists<PropertyRow>,
    members: Lists<MemberRow>,
    /// Made when it is first asked for, unless it came with the file.
    words: OnceLock<Words>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    sort: u32,
    value: Span,
}

/// What many properties have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct PropertyShape {
    code: u16,
    kind: Kind,
    system: u32,
}

#[derive(Clone, Copy)]
struct PropertyRow {
    shape: u16,
    group: u16,
    value: u32,
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
        self.designations.of(place).iter().map(|row| self.designation(row))
    }

    /// All properties of a concept; its definition is the one called `definition`.
    pub fn properties(&self, place: u32) -> impl Iterator<Item = Property<'_>> {
        self.relations(place).map(|(_, property)| property)
    }

    /// All properties of a concept, each with the group in which it stands; 0 stands alone.
    pub fn relations(&self, place: u32) -> impl Iterator<Item = (u16, Property<'_>)> {
        self.properties.of(place).iter().map(|row| (row.group, self.property(*row)))
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
        let shared = size_of_val(&*self.sorts) + size_of_val(&*self.shapes) + size_of_val(&*self.values);
        let lists = self.designations.bytes() + self.properties.bytes() + self.members.bytes();
        let words = self.words.get().map_or(0, Words::bytes);
        tables + shared + lists + size_of_val(&*self.designation_ids) + self.hierarchy.bytes() + words
    }

    fn designation(&self, row: &DesignationRow) -> Designation<'_> {
        let sort = self.sorts.get(row.sort as usize).copied().unwrap_or_default();
        Designation {
            language: self.name(sort.language),
            purpose: self.name(sort.purpose),
            value: self.slice(row.value),
        }
    }

    fn property(&self, row: PropertyRow) -> Property<'_> {
        let shape = self.shapes.get(usize::from(row.shape));
        Property {
            code: shape.map_or("", |shape| self.name(shape.code)),
            kind: shape.map_or(Kind::Text, |shape| shape.kind),
            value: self.value(row.value),
            system: shape.map_or("", |shape| self.value(shape.system)),
        }
    }

    /// A text that several rows share.
    fn value(&self, number: u32) -> &str {
        self.values.get(number as usize).map_or("", |span| self.slice(*span))
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

/// The index of all codes; of two that are the same, the first counts.
fn index(concepts: &[Concept], text: &str, case_sensitive: bool) -> Box<[u32]> {
    let mut index = vec![FREE; (concepts.len() * 2).next_power_of_two().max(16)];
    let places = (0..concepts.len()).filter_map(|place| u32::try_from(place).ok());
    for (place, concept) in places.zip(concepts) {
        let mask = index.len() - 1;
        let mut slot = slot_of(slice(text, concept.code), case_sensitive, mask);
        while index[slot] != FREE {
            slot = (slot + 1) & mask;
        }
        index[slot] = place;
    }
    index.into()
}

fn slot_of(code: &str, case_sensitive: bool, mask: usize) -> usize {
    let hash = if case_sensitive { hash(code) } else { hash(&folded(code)) };
    usize::try_from(hash & mask as u64).unwrap_or_default()
}

/// A code in lower case.
pub(crate) fn folded(code: &str) -> String {
    code.chars().flat_map(char::to_lowercase).collect()
}

fn is_same_folded(left: &str, right: &str) -> bool {
    left.chars().flat_map(char::to_lowercase).eq(right.chars().flat_map(char::to_lowercase))
}
