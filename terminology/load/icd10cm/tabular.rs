//! What does the tabular list say?
//!
//! Chapters, sections and diagnoses within one another, each with its name, description and notes; seventh characters
//! count for every code below that has none of its own: <https://www.cdc.gov/nchs/icd/icd-10-cm/files.html>.

use crate::code_system::Builder;
use crate::load::tags::{Element, Piece, Tags};
use crate::load::telling::{tell, text};
use crate::load::{Defect, Entry, Loading};

/// Characters of a code before its seventh, without the point.
const FILLED_WIDTH: usize = 6;

/// The elements whose notes are properties, by the same names.
const NOTES: &[&str] = &[
    "includes",
    "inclusionTerm",
    "excludes1",
    "excludes2",
    "codeFirst",
    "codeAlso",
    "useAdditionalCode",
    "notes",
    "sevenChrNote",
];

/// What becomes of codes with a seventh character.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sevenths {
    /// They are made from the rules.
    Made,
    /// The order file has them.
    LeftToTheOrderFile,
}

/// Whether a file is such a list.
pub(super) fn is_tabular(entry: &Entry) -> bool {
    entry.head.contains("<ICD10CM.tabular")
}

/// Adds what the list has, and tells its version.
pub(super) fn read(
    loading: &mut Loading<'_>,
    name: &str,
    sevenths: Sevenths,
    builder: &mut Builder,
) -> Result<Option<String>, Defect> {
    let mut tags = Tags::new(name, loading.open(name)?);
    let mut list =
        List { builder, sevenths, version: None, groups: Vec::new(), path: Vec::new(), text: String::new() };
    while let Some(piece) = tags.next_piece()? {
        let done = match piece {
            Piece::Open(element) => {
                list.open(&element);
                Ok(None)
            }
            Piece::Text(text) => {
                list.text.push_str(&text);
                Ok(None)
            }
            Piece::Close(name) => list.close(&name),
        };
        if let Some(taken) = done.map_err(|message| tags.refuse(message))? {
            loading.report.take(taken);
        }
    }
    Ok(list.version)
}

/// A list that is being read.
struct List<'b> {
    builder: &'b mut Builder,
    sevenths: Sevenths,
    version: Option<String>,
    /// The chapter, sections and diagnoses that are open, outermost first.
    groups: Vec<Group>,
    /// The names of all elements that are open.
    path: Vec<String>,
    text: String,
}

/// A chapter, section or diagnosis.
#[derive(Default)]
struct Group {
    element: String,
    code: String,
    display: String,
    place: Option<u32>,
    sevenths: Vec<(String, String)>,
    /// The character whose meaning is being read.
    seventh: String,
    has_below: bool,
}

impl List<'_> {
    fn open(&mut self, element: &Element) {
        self.text.clear();
        self.path.push(element.name.clone());
        match element.name.as_str() {
            "chapter" | "section" | "diag" => {
                if let Some(above) = self.groups.last_mut() {
                    above.has_below = true;
                }
                let code = element.attribute("id").to_owned();
                self.groups.push(Group { element: element.name.clone(), code, ..Group::default() });
            }
            "extension" => {
                let character = element.attribute("char").to_owned();
                self.groups.last_mut().into_iter().for_each(|group| group.seventh.clone_from(&character));
            }
            _ => {}
        }
    }

    /// Ends an element; tells what was taken with it.
    fn close(&mut self, name: &str) -> Result<Option<&'static str>, String> {
        self.path.pop();
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.text.clear();
        let within = self.path.last().cloned().unwrap_or_default();
        let is_own = self.groups.last().is_some_and(|group| group.element == within);
        match name {
            "version" if self.groups.is_empty() => self.version = Some(text).filter(|text| !text.is_empty()),
            "name" if is_own => {
                self.groups.last_mut().into_iter().for_each(|group| group.code.clone_from(&text))
            }
            "desc" if is_own => return self.add(text).map(Some),
            "extension" => self.groups.last_mut().into_iter().for_each(|group| {
                let character = std::mem::take(&mut group.seventh);
                group.sevenths.push((character, text.clone()));
            }),
            "note" if NOTES.contains(&within.as_str()) => {
                if let Some(place) = self.groups.last().and_then(|group| group.place) {
                    tell(self.builder, place, self::text(&within, &text))?;
                }
            }
            "chapter" | "section" | "diag" => return self.end(),
            _ => {}
        }
        Ok(None)
    }

    /// Adds the innermost group, now that its description is known.
    fn add(&mut self, display: String) -> Result<&'static str, String> {
        let (group, above) = match self.groups.split_last_mut() {
            Some((group, above)) => (group, above),
            None => return Err("a description stands outside any chapter".to_owned()),
        };
        if group.code.is_empty() {
            return Err(format!("`{display}` has no code before its description"));
        }
        let place = self.builder.add(&group.code, Some(&display))?;
        if let Some(above) = above.iter().rev().find_map(|group| group.place) {
            self.builder.put_below(place, above);
        }
        group.place = Some(place);
        group.display = display;
        if group.element == "diag" {
            return Ok("diagnoses");
        }
        self.builder.set_abstract(place);
        Ok(if group.element == "chapter" { "chapters" } else { "sections" })
    }

    /// Ends the innermost group; one with nothing below it gets its seventh characters.
    fn end(&mut self) -> Result<Option<&'static str>, String> {
        let Some(group) = self.groups.pop() else { return Ok(None) };
        let Some(place) = group.place else {
            return Err(format!("`{}` has no description", group.code));
        };
        if group.has_below || group.element != "diag" || self.sevenths == Sevenths::LeftToTheOrderFile {
            return Ok(None);
        }
        let own = std::iter::once(&group).chain(self.groups.iter().rev());
        let Some(sevenths) = own.map(|group| &group.sevenths).find(|sevenths| !sevenths.is_empty()) else {
            return Ok(None);
        };
        for (character, meant) in sevenths {
            let plain = group.code.replace('.', "");
            let code = super::order::pointed(&format!("{plain:X<FILLED_WIDTH$}{character}"));
            let extended = self.builder.add(&code, Some(&format!("{}, {meant}", group.display)))?;
            self.builder.put_below(extended, place);
        }
        Ok(None)
    }
}
