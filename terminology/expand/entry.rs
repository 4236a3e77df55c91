//! How is one code of an expansion told?
//!
//! An entry of <https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.expansion.contains>: its name in the language
//! that is wanted, its other names, and its properties, which R5 has and R4 tells by extension:
//! <https://hl7.org/fhir/R5/versions.html#extensions>.

use model::value::object;
use model::{Object, Value};

use super::Expand;
use super::extras::{Extras, MEANINGS};
use crate::lookup::{self, PREFERRED, Told, purpose};
use crate::tree::items;
use crate::value_set::{Found, Part};
use crate::{ValueSet, language};

const PROPERTY: &str =
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.contains.property";
const DECLARED_PROPERTY: &str =
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.property";

/// Another name: language, use as `system|code`, name.
type Name = (String, String, String);

/// The entry, without what stands below it.
pub(super) fn entry(value_set: &ValueSet, found: &Found, extras: &Extras, asked: &Expand<'_>) -> Object {
    let (part, code) = (&value_set.parts[found.part], found.code.as_str());
    let mut entry = Object::new();
    let mut extensions = extras.extensions.clone();
    extensions.extend(properties(part, code, extras, asked).into_iter().map(property));
    if !extensions.is_empty() {
        entry.set("extension", extensions);
    }
    entry.set("system", &*part.system);
    if let Some((table, place)) = part.source.table().and_then(|table| Some((table, table.find(code)?))) {
        if table.is_abstract(place) {
            entry.set("abstract", true);
        }
        if table.is_inactive(place) {
            entry.set("inactive", true);
        }
    }
    if tells_versions(value_set, part, asked) && !part.version.is_empty() {
        entry.set("version", &*part.version);
    }
    entry.set("code", code);
    let (display, others) = names(part, code, asked);
    if let Some(display) = display {
        entry.set("display", display);
    }
    let told: Vec<Value> = others.iter().filter(|name| is_asked_for(name, asked)).map(designation).collect();
    if !told.is_empty() {
        entry.set("designation", told);
    }
    entry
}

/// Where all codes of a system are of one version, the parameters tell it once.
fn tells_versions(value_set: &ValueSet, part: &Part, asked: &Expand<'_>) -> bool {
    let of_system = value_set.parts.iter().filter(|other| other.system == part.system);
    let are_named = asked.sources.is_some_and(|sources| sources.names_several_versions(&part.system));
    are_named || of_system.count() > 1
}

/// The name in the language that is wanted, and all others.
///
/// When none is in that language it is the first name, unless that is refused. The first name is one of the others
/// where it is not the display.
fn names(part: &Part, code: &str, asked: &Expand<'_>) -> (Option<String>, Vec<Name>) {
    let mut others = part.designations(code);
    let own = part.display(code);
    let Some(wish) = asked.display_language else { return (own, others) };
    let gives_way = |own: String| (spoken(part).to_owned(), PREFERRED.to_owned(), own);
    match (chosen(part, own.is_some(), &others, wish), own) {
        (Some(Chosen::Other(number)), own) => {
            let (_, _, name) = others.remove(number);
            others.splice(0..0, own.map(gives_way));
            (Some(name), others)
        }
        (None, Some(own)) if !language::takes_any(wish) => {
            others.insert(0, gives_way(own));
            (None, others)
        }
        (_, own) => (own, others),
    }
}

/// Which of the names is in a language that is wanted.
#[derive(Clone, Copy)]
enum Chosen {
    First,
    Other(usize),
}

fn chosen(part: &Part, has_first: bool, others: &[Name], wish: &str) -> Option<Chosen> {
    let first = has_first.then(|| (spoken(part), Chosen::First));
    let others = others.iter().enumerate();
    let others = others.map(|(number, (language, _, _))| (language.as_str(), Chosen::Other(number)));
    language::choose(first.into_iter().chain(others), wish)
}

/// The language of the first names.
fn spoken(part: &Part) -> &str {
    part.source.table().map_or("", |table| &table.about.language)
}

/// Whether another name is to be told: by its language, by its use, or because all are.
fn is_asked_for((language, use_of, _): &Name, asked: &Expand<'_>) -> bool {
    let is_named = |wanted: &&str| match wanted.strip_prefix("urn:ietf:bcp:47|") {
        Some(tag) => language.eq_ignore_ascii_case(tag),
        None => *wanted == use_of,
    };
    match asked.designations {
        [] => asked.include_designations == Some(true),
        some => some.iter().any(is_named),
    }
}

fn designation((language, use_of, name): &Name) -> Value {
    let mut designation = Object::new();
    if !language.is_empty() {
        designation.set("language", language.as_str());
    }
    if let Some(coding) = purpose(use_of) {
        designation.set("use", coding);
    }
    designation.set("value", name.as_str());
    designation.into()
}

/// The properties that are told of a code: those that are wanted, what extensions say, and a status that is not the
/// usual one; each code of a property from whoever is nearest to the value set.
pub(super) fn properties<'a>(
    part: &'a Part,
    code: &'a str,
    extras: &'a Extras,
    asked: &Expand<'_>,
) -> Vec<Told<'a>> {
    let mut told: Vec<Told<'a>> = Vec::new();
    for (property, member, value) in &extras.properties {
        told.push((property, member, value.clone()));
    }
    let is_wanted = |name: &str| asked.properties.iter().any(|wanted| *wanted == name || *wanted == "*");
    for table in part.supplements.iter().chain(part.source.table()) {
        let Some(place) = table.find(code) else { continue };
        let known = told.len();
        let own = lookup::properties(table, place, &|name| is_wanted(name) || name == "status");
        let own = own.into_iter().filter(|(name, _, value)| {
            is_wanted(name) || value.as_str().is_some_and(|status| !is_usual(status))
        });
        for (name, member, value) in own {
            // A property may stand several times, but of one teller.
            if told[..known].iter().all(|(other, _, _)| *other != name) {
                told.push((name, member, value));
            }
        }
    }
    told
}

/// Whether a status says nothing that a reader would have to know.
fn is_usual(status: &str) -> bool {
    matches!(status, "active" | "A")
}

fn property((code, member, value): Told<'_>) -> Value {
    let code = object([("url", "code".into()), ("valueCode", code.into())]);
    let value = object([("url", "value".into()), (member, value)]);
    object([("extension", vec![code, value].into()), ("url", PROPERTY.into())])
}

/// The list of the properties that are told of the codes shown: what each means.
pub(super) fn declarations<'a>(
    value_set: &ValueSet,
    shown: impl Iterator<Item = (&'a &'a Found, &'a Extras)>,
    asked: &Expand<'_>,
) -> Vec<Value> {
    let mut declared: Vec<String> = Vec::new();
    let mut declarations = Vec::new();
    for (found, extras) in shown {
        let part = &value_set.parts[found.part];
        for (code, _, _) in properties(part, &found.code, extras, asked) {
            if declared.iter().any(|known| known == code) {
                continue;
            }
            declared.push(code.to_owned());
            let mut parts = vec![object([("url", "code".into()), ("valueCode", code.into())])];
            if let Some(uri) = meaning(part, code, asked) {
                parts.push(object([("url", "uri".into()), ("valueUri", uri.into())]));
            }
            declarations.push(object([("extension", parts.into()), ("url", DECLARED_PROPERTY.into())]));
        }
    }
    declarations
}

/// The URI of a property: as its system declares it, or as FHIR does.
fn meaning(part: &Part, code: &str, asked: &Expand<'_>) -> Option<String> {
    let tables = part.supplements.iter().chain(part.source.table()).map(|table| &table.about);
    let definitions = asked.sources.map(|sources| &sources.definitions);
    let mut definitions =
        tables.filter_map(|about| definitions?.get(&(about.url.clone(), about.version.clone())));
    let declared = definitions.find_map(|definition| {
        let mut properties = items(definition, "property").iter();
        properties.find(|property| property.text("code") == Some(code))?.text("uri")
    });
    let known = || MEANINGS.iter().find(|(known, _)| *known == code).map(|(_, uri)| *uri);
    declared.or_else(known).map(str::to_owned)
}
