//! How does a code system become a table?
//!
//! Concepts are added one by one, in any order: a parent may be named before it is there, as in
//! <https://hl7.org/fhir/R4/codesystem.html#hierarchy>. The first concept of a code is the one that counts.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::members::{DesignationSort, Member, MemberRow, Note};
use super::{
    ABSTRACT, CodeSystem, Concept, DEPRECATED, Designation, DesignationRow, Extent, FREE, Hierarchy,
    INACTIVE, Lists, Property, PropertyRow, PropertyShape, Span, find, slot_of,
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
    /// Texts that several rows share: what is kept of each once, by its number.
    repeated: HashMap<Box<str>, u32>,
    values: Vec<Span>,
    sorts: Numbered<DesignationSort>,
    shapes: Numbered<PropertyShape>,
    links: Vec<(u32, u32)>,
    links_by_code: Vec<(u32, u32, Way)>,
    designations: Vec<(u32, (DesignationRow, u64))>,
    properties: Vec<(u32, PropertyRow)>,
    members: Vec<(u32, MemberRow)>,
}

/// Things that are kept once each and go by their number.
struct Numbered<T> {
    all: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T: Copy + Eq + std::hash::Hash> Numbered<T> {
    fn new() -> Self {
        Self { all: Vec::new(), numbers: HashMap::new() }
    }

    fn number(&mut self, thing: T) -> Result<u32, String> {
        if let Some(number) = self.numbers.get(&thing) {
            return Ok(*number);
        }
        let number = u32::try_from(self.all.len())
            .map_err(|_| "the code system has more than 4 billion kinds of rows".to_owned())?;
        self.all.push(thing);
        self.numbers.insert(thing, number);
        Ok(number)
    }
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
            repeated: HashMap::from([("".into(), 0)]),
            values: vec![Span::default()],
            sorts: Numbered::new(),
            shapes: Numbered::new(),
            links: Vec::new(),
            links_by_code: Vec::new(),
            designations: Vec::new(),
            properties: Vec::new(),
            members: Vec::new(),
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
        let parent = self.share(parent)?;
        self.links_by_code.push((child, parent, Way::Parent));
        Ok(())
    }

    /// Puts a concept above the one with this code, which may come later.
    pub fn put_above_code(&mut self, parent: u32, child: &str) -> Result<(), String> {
        let child = self.share(child)?;
        self.links_by_code.push((parent, child, Way::Child));
        Ok(())
    }

    /// The place of a code that was added.
    pub fn find(&self, code: &str) -> Option<u32> {
        find(&self.index, &self.concepts, &self.text, code, self.about.case_sensitive)
    }

    /// The code of a concept that was added.
    pub fn code(&self, place: u32) -> &str {
        self.concepts.get(place as usize).map_or("", |concept| super::slice(&self.text, concept.code))
    }

    /// How many concepts were added.
    pub fn len(&self) -> usize {
        self.concepts.len()
    }

    /// Whether none was added.
    pub fn is_empty(&self) -> bool {
        self.concepts.is_empty()
    }

    /// Whether a concept has a display.
    pub fn has_display(&self, place: u32) -> bool {
        self.concepts.get(place as usize).is_some_and(|concept| concept.display.length > 0)
    }

    /// Says what a concept is called; a second time, that it is called otherwise.
    pub fn set_display(&mut self, place: u32, display: &str) -> Result<(), String> {
        let display = self.push(display)?;
        if let Some(concept) = self.concepts.get_mut(place as usize) {
            concept.display = display;
        }
        Ok(())
    }

    /// Gives a concept another name.
    pub fn designate(&mut self, place: u32, designation: Designation<'_>) -> Result<(), String> {
        self.designate_noted(place, designation, Note::default())
    }

    /// Gives a concept another name of which more is known.
    pub fn designate_noted(
        &mut self,
        place: u32,
        designation: Designation<'_>,
        note: Note<'_>,
    ) -> Result<(), String> {
        let sort = DesignationSort {
            language: self.number(designation.language)?,
            purpose: self.number(designation.purpose)?,
            detail: self.share_once(note.detail)?,
        };
        let row = DesignationRow { sort: self.sorts.number(sort)?, value: self.push(designation.value)? };
        self.designations.push((place, (row, note.id)));
        Ok(())
    }

    /// Gives the last designation of a concept another language and use; the text is kept once.
    pub fn designate_again(&mut self, place: u32, language: &str, purpose: &str) -> Result<(), String> {
        let last = self.designations.last().filter(|(of, _)| *of == place);
        let Some((_, (DesignationRow { value, .. }, _))) = last.copied() else { return Ok(()) };
        let (language, purpose) = (self.number(language)?, self.number(purpose)?);
        let sort = self.sorts.number(DesignationSort { language, purpose, detail: 0 })?;
        self.designations.push((place, (DesignationRow { sort, value }, 0)));
        Ok(())
    }

    /// Calls a concept as the designation does that was given last; the text is kept once.
    pub fn call_as_designated(&mut self, place: u32) {
        let last = self.designations.last().filter(|(of, _)| *of == place);
        if let (Some((_, (row, _))), Some(concept)) = (last, self.concepts.get_mut(place as usize)) {
            concept.display = row.value;
        }
    }

    /// Gives a concept a property.
    pub fn describe(&mut self, place: u32, property: Property<'_>) -> Result<(), String> {
        self.relate(place, 0, property)
    }

    /// Gives a concept a property that belongs together with others of the same group; 0 stands alone.
    pub fn relate(&mut self, place: u32, group: u16, property: Property<'_>) -> Result<(), String> {
        let shape = PropertyShape {
            code: self.number(property.code)?,
            kind: property.kind,
            system: self.share(property.system)?,
        };
        let shape = u16::try_from(self.shapes.number(shape)?)
            .map_err(|_| "the code system has more than 65,536 kinds of properties".to_owned())?;
        let value = self.share(property.value)?;
        self.properties.push((place, PropertyRow { shape, group, value }));
        Ok(())
    }

    /// Puts a member into the set that a concept stands for.
    pub fn enlist(&mut self, set: u32, member: Member<'_>) -> Result<(), String> {
        let row = MemberRow {
            code: self.share(member.code)?,
            detail: self.share_once(member.detail)?,
            fields: self.share(member.fields)?,
        };
        self.members.push((set, row));
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
            let code = super::slice(&self.text, self.values[code as usize]);
            if let Some(other) = find(&self.index, &self.concepts, &self.text, code, sensitive) {
                self.links.push(match way {
                    Way::Parent => (place, other),
                    Way::Child => (other, place),
                });
            }
        }
        let has_ids = self.designations.iter().any(|(_, (_, id))| *id > 0);
        self.designations.sort_by_key(|(place, _)| *place);
        let ids = self.designations.iter().filter(|_| has_ids).map(|(_, (_, id))| *id).collect();
        let designations = self.designations.into_iter().map(|(place, (row, _))| (place, row)).collect();
        CodeSystem {
            about: self.about,
            hierarchy: Hierarchy::new(count, self.links),
            text: self.text.into(),
            concepts: self.concepts.into(),
            index: self.index.into(),
            names: self.names.into(),
            sorts: self.sorts.all.into(),
            shapes: self.shapes.all.into(),
            values: self.values.into(),
            designations: Lists::new(count, designations),
            designation_ids: ids,
            properties: Lists::new(count, self.properties),
            members: Lists::new(count, self.members),
            words: OnceLock::new(),
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

    /// The number of a text that may stand in several rows.
    fn share(&mut self, text: &str) -> Result<u32, String> {
        if text.len() <= REPEATED_LENGTH_MAX {
            return self.share_once(text);
        }
        self.keep(text)
    }

    /// The number of a text that stands in many rows, however long it is.
    fn share_once(&mut self, text: &str) -> Result<u32, String> {
        if let Some(number) = self.repeated.get(text) {
            return Ok(*number);
        }
        let number = self.keep(text)?;
        self.repeated.insert(text.into(), number);
        Ok(number)
    }

    fn keep(&mut self, text: &str) -> Result<u32, String> {
        let span = self.push(text)?;
        let number = u32::try_from(self.values.len())
            .map_err(|_| "the code system has more than 4 billion texts".to_owned())?;
        self.values.push(span);
        Ok(number)
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
