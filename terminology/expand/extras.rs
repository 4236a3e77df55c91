//! What else do definitions say of a code?
//!
//! Extensions of concepts that an expansion carries on, or tells as properties by the names of
//! <https://hl7.org/fhir/R5/codesystem-concept-properties.html>: what the value set says comes before what a supplement
//! says, and that before the code system. They are looked for only on the page that is shown, because the tables of the
//! systems do not keep them.

use std::collections::{HashMap, HashSet};

use model::Value;

use super::sources::Sources;
use crate::ValueSet;
use crate::limits::MARKED_CONCEPTS_MAX;
use crate::tree::items;
use crate::value_set::Found;

/// The extension by which a concept says how far it is to be relied on.
const STANDARDS_STATUS: &str = "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status";

/// What is said of one code besides its names and the properties in its table.
#[derive(Default)]
pub(super) struct Extras {
    /// Extensions, as they are.
    pub(super) extensions: Vec<Value>,
    /// Properties: code, the member that tells the type, value.
    pub(super) properties: Vec<(&'static str, &'static str, Value)>,
}

/// What becomes of an extension.
#[derive(Clone, Copy)]
enum Told {
    /// It is carried on.
    AsItIs,
    /// It is a property of this code and type.
    Property(&'static str, &'static str),
}

/// The extensions that say something of a concept.
#[rustfmt::skip]
const TOLD: &[(&str, Told)] = &[
    ("http://hl7.org/fhir/StructureDefinition/rendering-style", Told::AsItIs),
    ("http://hl7.org/fhir/StructureDefinition/rendering-xhtml", Told::AsItIs),
    ("http://hl7.org/fhir/StructureDefinition/valueset-deprecated", Told::AsItIs),
    ("http://hl7.org/fhir/StructureDefinition/valueset-concept-definition", Told::AsItIs),
    ("http://hl7.org/fhir/StructureDefinition/valueset-conceptOrder", Told::Property("order", "valueDecimal")),
    ("http://hl7.org/fhir/StructureDefinition/codesystem-conceptOrder", Told::Property("order", "valueDecimal")),
    ("http://hl7.org/fhir/StructureDefinition/valueset-label", Told::Property("label", "valueString")),
    ("http://hl7.org/fhir/StructureDefinition/codesystem-label", Told::Property("label", "valueString")),
    ("http://hl7.org/fhir/StructureDefinition/itemWeight", Told::Property("weight", "valueDecimal")),
];

/// What the properties that are made of extensions mean.
pub(super) static MEANINGS: &[(&str, &str)] = &[
    ("order", "http://hl7.org/fhir/concept-properties#order"),
    ("label", "http://hl7.org/fhir/concept-properties#label"),
    ("weight", "http://hl7.org/fhir/concept-properties#itemWeight"),
    ("status", "http://hl7.org/fhir/concept-properties#status"),
    ("definition", "http://hl7.org/fhir/concept-properties#definition"),
];

/// What is said of each code of a page, in its order.
pub(super) fn of(sources: &Sources, value_set: &ValueSet, page: &[&Found]) -> Vec<Extras> {
    let mut extras: Vec<Extras> = page.iter().map(|_| Extras::default()).collect();
    for (found, extras) in page.iter().zip(&mut extras) {
        let system = &*value_set.parts[found.part].system;
        // The key is made only where some code is spoken of at all.
        let marks = (!sources.marks.is_empty())
            .then(|| sources.marks.get(&(system.to_owned(), found.code.clone())))
            .flatten();
        marks.into_iter().flatten().for_each(|mark| extras.take(mark, From::ValueSet));
    }
    for (number, part) in value_set.parts.iter().enumerate() {
        let here = page.iter().enumerate().filter(|(_, found)| found.part == number);
        let places: HashMap<&str, usize> = here.map(|(place, found)| (&*found.code, place)).collect();
        let tables = part.supplements.iter().chain(part.source.table());
        for about in tables.filter(|table| table.len() <= MARKED_CONCEPTS_MAX).map(|table| &table.about) {
            if let Some(definition) = sources.definitions.get(&(about.url.clone(), about.version.clone())) {
                search(definition, &places, &mut extras);
            }
        }
    }
    extras
}

/// Takes what the concepts of a system, at any depth, say of the codes in `places`.
fn search(definition: &Value, places: &HashMap<&str, usize>, extras: &mut [Extras]) {
    let mut left: HashSet<&str> = places.keys().copied().collect();
    let mut open: Vec<&Value> = items(definition, "concept").iter().collect();
    while let (Some(concept), false) = (open.pop(), left.is_empty()) {
        open.extend(items(concept, "concept"));
        let Some(code) = concept.text("code").filter(|code| left.remove(code)) else { continue };
        let Some(extras) = places.get(code).and_then(|place| extras.get_mut(*place)) else { continue };
        items(concept, "extension").iter().for_each(|mark| extras.take(mark, From::CodeSystem));
    }
}

/// Who says it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    ValueSet,
    CodeSystem,
}

impl Extras {
    /// Takes an extension in, unless somebody nearer to the value set has said the same already.
    fn take(&mut self, extension: &Value, from: From) {
        let url = extension.text("url").unwrap_or_default();
        let told = match (url, from) {
            // A system that deprecates a concept gives it a status; a value set only advises against it.
            (STANDARDS_STATUS, From::CodeSystem) => Some(Told::Property("status", "valueCode")),
            (STANDARDS_STATUS, From::ValueSet) => Some(Told::AsItIs),
            _ => TOLD.iter().find(|(known, _)| *known == url).map(|(_, told)| *told),
        };
        match told {
            Some(Told::AsItIs) if self.extensions.iter().all(|it| it.text("url") != Some(url)) => {
                self.extensions.push(extension.clone());
            }
            Some(Told::Property(code, member)) if self.properties.iter().all(|(it, _, _)| *it != code) => {
                let values = extension.as_object().into_iter().flat_map(|extension| extension.iter());
                let value = values.into_iter().find(|(name, _)| name.starts_with("value"));
                self.properties.extend(value.map(|(_, value)| (code, member, value.clone())));
            }
            _ => {}
        }
    }
}
