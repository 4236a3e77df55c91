//! How does a code system become a table?
//!
//! Concepts are added one by one, in any order: a parent may be named before it is there, as in
//! <https://hl7.org/fhir/R4/codesystem.html#hierarchy>. The first concept of a code is the one that counts.

use std::collections::HashMap;

use super::{
    ABSTRACT, CodeSystem, Concept, DEPRECATED, Designation, DesignationRow, Extent, FREE, Hierarchy,
    INACTIVE, Lists, Property, PropertyRow, Span, find, slot_of,
};
use crate::limits::{CODE_LENGTH_MAX, CONCEPTS_MAX, TEXT_BYTES_MAX};

/// What is known of a code system as a whole.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Its canonical.
    pub url: Box<str>,
    /// Its version; empty when it has none.
    pub version: Box<str>,
    /// Its name, or else its title; empty when it has neither.
    pub name: Box<str>,
    /// `active`, `draft`, `retired`; empty when unsaid.
    pub status: Box<str>,
    /// The language of its displays; empty when unsaid.
    pub language: Box<str>,
    /// How much of it is here.
    pub extent: Extent,
    /// Whether `a` and `A` are two codes.
    pub case_sensitive: bool,
    /// The value set of all its codes; empty when it has none.
    pub value_set: Box<str>,
    /// Of a supplement: the system that it tells more about.
    pub supplements: Box<str>,
}

/// A code system that is being put together.
pub struct Builder {
    about: About,
    text: String,
    concepts: Vec<Concept>,
    index: Vec<u32>,
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u16>,
    repeated: HashMap<Box<str>, Span>,
    links: Vec<(u32, u32)>,
    links_by_code: Vec<(u32, Span, Way)>,
    designations: Vec<(u32, DesignationRow)>,
    properties: Vec<(u32, PropertyRow)>,
}

#[derive(Clone, Copy)]
enum Way {
    Parent,
    Child,
}

/// Texts of properties up to this length are kept once each; longer ones hardly ever repeat.
const REPEATED_LENGTH_MAX: usize = 40;

impl Builder {
    /// Begins with no concepts.
    pub fn new(about: About) -> Self {
        Self {
            about,
            text: String::new(),
            concepts: Vec::new(),
            index: vec![FREE; 16],
            names: vec!["".into()],
            numbers: HashMap::from([("".into(), 0)]),
            repeated: HashMap::new(),
            links: Vec::new(),
            links_by_code: Vec::new(),
            designations: Vec::new(),
            properties: Vec::new(),
        }
    }

    /// Adds a concept and tells its place; of a code that is there already, the place that it has.
    pub fn add(&mut self, code: &str, display: Option<&str>) -> Result<u32, String> {
        if code.len() > CODE_LENGTH_MAX {
            return Err(format!("a code is longer than the limit of {CODE_LENGTH_MAX} characters"));
        }
        let sensitive = self.about.case_sensitive;
        if let Some(known) = find(&self.index, &self.concepts, &self.text, code, sensitive) {
            return Ok(known);
        }
        let place = u32::try_from(self.concepts.len()).unwrap_or(u32::MAX);
        if self.concepts.len() >= CONCEPTS_MAX {
            return Err(format!("the code system has more than the limit of {CONCEPTS_MAX} concepts"));
        }
        let concept =
            Concept { code: self.push(code)?, display: self.push(display.unwrap_or(""))?, flags: 0 };
        self.concepts.push(concept);
        if self.concepts.len() * 2 > self.index.len() {
            self.index = vec![FREE; self.index.len() * 2];
            (0..place).for_each(|place| self.enter(place));
        }
        self.enter(place);
        Ok(place)
    }

    /// Says that the system knows a property, even if no concept has it.
    pub fn declare(&mut self, property: &str) -> Result<(), String> {
        self.number(property).map(|_| ())
    }

    /// Puts a concept below another.
    pub fn put_below(&mut self, child: u32, parent: u32) {
        self.links.push((child, parent));
    }

    /// Puts a concept below the one with this code, which may come later.
    pub fn put_below_code(&mut self, child: u32, parent: &str) -> Result<(), String> {
        let parent = self.intern(parent)?;
        self.links_by_code.push((child, parent, Way::Parent));
        Ok(())
    }

    /// Puts a concept above the one with this code, which may come later.
    pub fn put_above_code(&mut self, parent: u32, child: &str) -> Result<(), String> {
        let child = self.intern(child)?;
        self.links_by_code.push((parent, child, Way::Child));
        Ok(())
    }

    /// Gives a concept another name.
    pub fn designate(&mut self, place: u32, designation: Designation<'_>) -> Result<(), String> {
        let row = DesignationRow {
            language: self.number(designation.language)?,
            purpose: self.number(designation.purpose)?,
            value: self.push(designation.value)?,
        };
        self.designations.push((place, row));
        Ok(())
    }

    /// Gives a concept a property.
    pub fn describe(&mut self, place: u32, property: Property<'_>) -> Result<(), String> {
        let row = PropertyRow {
            code: self.number(property.code)?,
            kind: property.kind,
            value: self.intern(property.value)?,
            system: self.intern(property.system)?,
        };
        self.properties.push((place, row));
        Ok(())
    }

    /// Says that a concept is no longer to be used.
    pub fn set_inactive(&mut self, place: u32) {
        self.flag(place, INACTIVE);
    }

    /// Says that a concept only groups others.
    pub fn set_abstract(&mut self, place: u32) {
        self.flag(place, ABSTRACT);
    }

    /// Says that a concept will soon be inactive.
    pub fn set_deprecated(&mut self, place: u32) {
        self.flag(place, DEPRECATED);
    }

    /// The table; links to codes that never came are dropped.
    pub fn finish(mut self) -> CodeSystem {
        let count = self.concepts.len();
        let by_code = std::mem::take(&mut self.links_by_code);
        let sensitive = self.about.case_sensitive;
        for (place, code, way) in by_code {
            let code = super::slice(&self.text, code);
            if let Some(other) = find(&self.index, &self.concepts, &self.text, code, sensitive) {
                self.links.push(match way {
                    Way::Parent => (place, other),
                    Way::Child => (other, place),
                });
            }
        }
        CodeSystem {
            about: self.about,
            hierarchy: Hierarchy::new(count, self.links),
            text: self.text.into(),
            concepts: self.concepts.into(),
            index: self.index.into(),
            names: self.names.into(),
            designations: Lists::new(count, self.designations),
            properties: Lists::new(count, self.properties),
        }
    }

    fn enter(&mut self, place: u32) {
        let code = super::slice(&self.text, self.concepts[place as usize].code);
        let mask = self.index.len() - 1;
        let mut slot = slot_of(code, self.about.case_sensitive, mask);
        while self.index[slot] != FREE {
            slot = (slot + 1) & mask;
        }
        self.index[slot] = place;
    }

    fn flag(&mut self, place: u32, flag: u8) {
        if let Some(concept) = self.concepts.get_mut(place as usize) {
            concept.flags |= flag;
        }
    }

    fn push(&mut self, text: &str) -> Result<Span, String> {
        let start = u32::try_from(self.text.len());
        match (start, u32::try_from(text.len())) {
            (Ok(start), Ok(length)) if self.text.len() + text.len() <= TEXT_BYTES_MAX => {
                self.text.push_str(text);
                Ok(Span { start, length })
            }
            _ => Err(format!("the code system has more than the limit of {TEXT_BYTES_MAX} bytes of text")),
        }
    }

    fn intern(&mut self, text: &str) -> Result<Span, String> {
        if text.len() > REPEATED_LENGTH_MAX {
            return self.push(text);
        }
        if let Some(span) = self.repeated.get(text) {
            return Ok(*span);
        }
        let span = self.push(text)?;
        self.repeated.insert(text.into(), span);
        Ok(span)
    }

    fn number(&mut self, name: &str) -> Result<u16, String> {
        if let Some(number) = self.numbers.get(name) {
            return Ok(*number);
        }
        let number = u16::try_from(self.names.len())
            .map_err(|_| "the code system has more than 65,536 languages, uses and properties".to_owned())?;
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        Ok(number)
    }
}
