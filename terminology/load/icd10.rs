//! How does an edition of ICD-10 in ClaML become a table?
//!
//! The format of <https://www.iso.org/standard/69318.html> in its version 2, in which the WHO and its members publish:
//! chapters, blocks and categories with their rubrics, and modifiers that make further codes of them. The page
//! <https://hl7.org/fhir/R4/icd.html> tells the canonical of the international edition; for others it must be said.
//! Chapters and blocks are abstract. A modifier is put to every code without subclasses below the class that it
//! modifies, and several one after the other.

mod class;
mod modifiers;
#[cfg(test)]
mod tests;

use super::tags::{Piece, Tags};
use super::{Defect, Entry, Listing, Loader, Loading};
use crate::CodeSystem;
use crate::code_system::{About, Builder};
use class::{Class, Reading};
use modifiers::Modifiers;

/// The canonical of the international edition.
const SYSTEM: &str = "http://hl7.org/fhir/sid/icd-10";

pub(super) const LOADER: Loader = Loader { name: "ICD-10 (ClaML)", recognises, load };

fn is_claml(entry: &Entry) -> bool {
    entry.head.contains("<ClaML")
}

fn recognises(listing: &Listing) -> bool {
    listing.files.iter().any(is_claml)
}

fn load(loading: &mut Loading<'_>) -> Result<Vec<CodeSystem>, Defect> {
    let listing = loading.listing;
    let tables = listing.files.iter().filter(|entry| is_claml(entry)).map(|entry| edition(loading, entry));
    tables.collect()
}

fn edition(loading: &mut Loading<'_>, entry: &Entry) -> Result<CodeSystem, Defect> {
    let about = About {
        url: loading.url.unwrap_or(SYSTEM).into(),
        status: "active".into(),
        case_sensitive: true,
        ..About::default()
    };
    let mut builder = Builder::new(about);
    let mut tags = Tags::new(&entry.name, loading.open(&entry.name)?);
    let mut heading = Heading::default();
    let mut modifiers = Modifiers::default();
    let mut title = None;
    while let Some(piece) = tags.next_piece()? {
        match piece {
            Piece::Open(element) if element.name == "Title" => {
                heading.version = element.attribute("version").to_owned();
                heading.name = element.attribute("name").to_owned();
                title = Some(String::new());
            }
            Piece::Open(element) if element.name == "Meta" && element.attribute("name") == "lang" => {
                heading.language = element.attribute("value").to_owned();
            }
            Piece::Open(element) => {
                if let Some(reading) = Reading::begins(&element) {
                    let class = reading.finish(&mut tags)?;
                    add(&class, &heading, &mut builder).map_err(|message| tags.refuse(message))?;
                    loading.report.take(class.counted_as());
                    modifiers.take(class);
                }
            }
            Piece::Text(text) => title.iter_mut().for_each(|title| title.push_str(&text)),
            Piece::Close(name) if name == "Title" => heading.title = title.take().unwrap_or_default(),
            Piece::Close(_) => {}
        }
    }
    let made = modifiers.apply(&mut builder).map_err(|message| Defect::of(&entry.name, message))?;
    *loading.report.taken.entry("codes made by modifiers").or_default() += made;
    let mut table = builder.finish();
    table.about.version = match loading.version.unwrap_or(&heading.version) {
        "" => return Err(Defect::of(&entry.name, "the title has no version: say --version")),
        version => version.into(),
    };
    let name = if heading.title.trim().is_empty() { &heading.name } else { heading.title.trim() };
    table.about.name = name.into();
    table.about.language = heading.language.into();
    Ok(table)
}

/// What the file tells of itself.
#[derive(Default)]
struct Heading {
    name: String,
    title: String,
    version: String,
    language: String,
}

fn add(class: &Class, heading: &Heading, builder: &mut Builder) -> Result<(), String> {
    if class.is_class() { class.add(&heading.language, builder).map(|_| ()) } else { Ok(()) }
}
