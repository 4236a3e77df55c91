//! Which codes are in the value set, one after the other?
//!
//! The operation <https://hl7.org/fhir/R4/valueset-operation-expand.html>. What was used and what was left unsaid for
//! want of content is said in the parameters of the expansion, by the names of R5.

mod nest;

use model::value::object;
use model::{Code, Issue, Object, Value};

use crate::code_system::Extent;
use crate::limits::{EXPANSION_MAX, FILTER_LENGTH_MAX};
use crate::lookup::purpose;
use crate::value_set::{Found, NotListed, Part, Source};
use crate::{ValueSet, language, lookup};

/// How a value set is to be expanded.
#[derive(Clone, Copy, Default)]
pub struct Expand<'a> {
    /// Words that the display must hold, each as the beginning of a word of it; or the code's beginning.
    pub filter: Option<&'a str>,
    /// How many codes to skip.
    pub offset: usize,
    /// How many codes at most; without it all, if they are not too many.
    pub count: Option<usize>,
    /// Leave out what is no longer to be used.
    pub active_only: bool,
    /// Leave out what only groups others.
    pub exclude_not_for_ui: bool,
    /// Tell every other name as well.
    pub include_designations: bool,
    /// The language in which displays are wanted, as in `Accept-Language`.
    pub display_language: Option<&'a str>,
    /// The properties that are wanted, as R5 has them, in R4 by extension.
    pub properties: &'a [&'a str],
    /// Systems to leave out: `system` or `system|version`.
    pub exclude_systems: &'a [&'a str],
    /// Only designations of these languages or uses (`system|code`) are told; all when there is none.
    pub designations: &'a [&'a str],
    /// Whether concepts are to stand side by side; unless that is said, below what they are a kind of. A page
    /// and a search are always flat, and so is what a definition lists one by one.
    pub exclude_nested: Option<bool>,
    /// Expansions are told apart by this; who makes it has the randomness.
    pub identifier: &'a str,
    /// When it is made, as an instant.
    pub timestamp: &'a str,
}

/// What `$expand` heeds, as its arguments are called.
pub static EXPAND_PARAMETERS: &[&str] = &[
    "url",
    "valueSet",
    "valueSetVersion",
    "filter",
    "offset",
    "count",
    "includeDesignations",
    "designation",
    "includeDefinition",
    "activeOnly",
    "excludeNested",
    "excludeNotForUI",
    "excludePostCoordinated",
    "displayLanguage",
    "exclude-system",
    "property",
    "tx-resource",
    "useSupplement",
    "system-version",
    "check-system-version",
    "force-system-version",
    "default-valueset-version",
];

/// R5's `ValueSet.expansion.contains.property` in R4: <https://hl7.org/fhir/R5/versions.html#extensions>.
const PROPERTY: &str =
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.contains.property";

/// The ValueSet with its expansion.
pub fn expand(value_set: &ValueSet, asked: &Expand<'_>) -> Result<Value, Vec<Issue>> {
    let words = words(asked.filter)?;
    let mut found = value_set.list().map_err(|refused| vec![refusal(&refused)])?;
    found.retain(|found| is_wanted(value_set, found, asked));
    if !words.is_empty() {
        found.retain(|found| has_words(&value_set.parts[found.part], &found.code, &words, asked));
    }
    let total = found.len();
    if asked.count.is_none() && total > EXPANSION_MAX {
        let message = format!(
            "the expansion has {total} codes, which is more than the limit of {EXPANSION_MAX} without `count`"
        );
        return Err(vec![Issue::error(Code::ExpansionTooCostly, message)]);
    }
    let is_whole = words.is_empty() && asked.offset == 0 && asked.count.is_none();
    let contains = if is_whole && asked.exclude_nested != Some(true) {
        let entries = found.iter().map(|found| entry(value_set, found, asked));
        nest::nest(value_set, &found, entries.collect())
    } else {
        let page = found.iter().skip(asked.offset).take(asked.count.unwrap_or(total));
        page.map(|found| entry(value_set, found, asked).into()).collect()
    };
    let mut expansion = head(asked);
    expansion.set("total", total as u64);
    if asked.offset > 0 || asked.count.is_some() {
        expansion.set("offset", asked.offset as u64);
    }
    let parameters = parameters(value_set, asked);
    if !parameters.is_empty() {
        expansion.set("parameter", parameters);
    }
    if !contains.is_empty() {
        expansion.set("contains", contains);
    }
    let mut resource = Object::new();
    resource.set("resourceType", "ValueSet");
    value_set.about.iter().for_each(|(name, value)| resource.set(name, value.clone()));
    if value_set.about.get("status").is_none() {
        resource.set("status", "unknown");
    }
    resource.set("expansion", expansion);
    Ok(resource.into())
}

fn head(asked: &Expand<'_>) -> Object {
    let mut expansion = Object::new();
    for (name, text) in [("identifier", asked.identifier), ("timestamp", asked.timestamp)] {
        if !text.is_empty() {
            expansion.set(name, text);
        }
    }
    expansion
}

fn refusal(refused: &NotListed) -> Issue {
    let code = match refused {
        NotListed::Unknown(_) => Code::CodeNotChecked,
        NotListed::TooCostly(_) => Code::ExpansionTooCostly,
    };
    Issue::error(code, format!("the value set cannot be expanded: {refused}"))
}

fn words(filter: Option<&str>) -> Result<Vec<String>, Vec<Issue>> {
    let filter = filter.unwrap_or_default();
    if filter.len() > FILTER_LENGTH_MAX {
        let message = format!("the filter is longer than the limit of {FILTER_LENGTH_MAX} characters");
        return Err(vec![Issue::error(Code::InvalidParameter, message)]);
    }
    Ok(cut(filter).map(str::to_lowercase).collect())
}

fn cut(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn is_wanted(value_set: &ValueSet, found: &Found, asked: &Expand<'_>) -> bool {
    let part = &value_set.parts[found.part];
    let is_excluded = asked.exclude_systems.iter().any(|excluded| {
        let (system, version) = excluded.split_once('|').unwrap_or((excluded, ""));
        *part.system == *system && (version.is_empty() || *part.version == *version)
    });
    let place = part.source.table().and_then(|table| Some((table, table.find(&found.code)?)));
    let is_refused = place.is_some_and(|(table, place)| {
        (asked.active_only && table.is_inactive(place))
            || (asked.exclude_not_for_ui && table.is_abstract(place))
    });
    !is_excluded && !is_refused
}

/// Whether every word begins a word of the display or of another name, or the code itself.
fn has_words(part: &Part, code: &str, words: &[String], asked: &Expand<'_>) -> bool {
    let mut names: Vec<String> = vec![code.to_lowercase()];
    names.extend(part.display(code).map(|display| display.to_lowercase()));
    if asked.include_designations || asked.display_language.is_some() {
        names.extend(part.designations(code).into_iter().map(|(_, _, name)| name.to_lowercase()));
    }
    let begins = |word: &str| names.iter().any(|name| cut(name).any(|part| part.starts_with(word)));
    words.iter().all(|word| begins(word))
}

fn entry(value_set: &ValueSet, found: &Found, asked: &Expand<'_>) -> Object {
    let (part, code) = (&value_set.parts[found.part], found.code.as_str());
    let mut entry = Object::new();
    let table = part.source.table().and_then(|table| Some((table, table.find(code)?)));
    if let Some((table, place)) = table {
        let wanted = table.properties(place).filter(|own| asked.properties.contains(&own.code));
        let properties: Vec<Value> = wanted.map(|own| property(&own)).collect();
        if !properties.is_empty() {
            entry.set("extension", properties);
        }
    }
    entry.set("system", &*part.system);
    if let Some((table, place)) = table {
        if table.is_abstract(place) {
            entry.set("abstract", true);
        }
        if table.is_inactive(place) {
            entry.set("inactive", true);
        }
    }
    // Where all codes of a system are of one version, the parameters tell it once.
    let is_one = value_set.parts.iter().filter(|other| other.system == part.system).count() == 1;
    if !is_one && !part.version.is_empty() {
        entry.set("version", &*part.version);
    }
    entry.set("code", code);
    let designations = part.designations(code);
    if let Some(display) = display(part, code, &designations, asked.display_language) {
        entry.set("display", display);
    }
    let told = designations.iter().filter(|names| is_asked_for(names, asked)).map(designation);
    let told: Vec<_> = told.collect();
    if !told.is_empty() {
        entry.set("designation", told);
    }
    entry
}

/// Whether a designation is to be told: by its language, by its use, or because all are.
fn is_asked_for((language, use_of, _): &(String, String, String), asked: &Expand<'_>) -> bool {
    let is_named = |wanted: &&str| {
        let tag = wanted.strip_prefix("urn:ietf:bcp:47|");
        *wanted == use_of || tag.is_some_and(|tag| language::fit(language, tag) == 2)
    };
    match asked.designations {
        [] => asked.include_designations,
        some => some.iter().any(is_named),
    }
}

/// The name in the language that is wanted, or else the one that comes first.
pub(crate) fn display(
    part: &Part,
    code: &str,
    designations: &[(String, String, String)],
    wish: Option<&str>,
) -> Option<String> {
    let own = part.display(code);
    let spoken = part.source.table().map_or("", |table| &table.about.language);
    let first = own.as_deref().map(|own| (spoken, own));
    let names = designations.iter().map(|(language, _, name)| (language.as_str(), name.as_str()));
    let names: Vec<_> = first.into_iter().chain(names).collect();
    let chosen = wish.and_then(|wish| language::choose(names.iter().copied(), wish));
    chosen.map(str::to_owned).or(own)
}

fn designation((language, use_of, name): &(String, String, String)) -> Value {
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

fn property(own: &crate::code_system::Property<'_>) -> Value {
    let (member, value) = lookup::value(own);
    let code = object([("url", "code".into()), ("valueCode", own.code.into())]);
    let value = object([("url", "value".into()), (member, value)]);
    object([("extension", vec![code, value].into()), ("url", PROPERTY.into())])
}

/// What the expansion depended on: what was asked for, the versions used, and what is incomplete.
fn parameters(value_set: &ValueSet, asked: &Expand<'_>) -> Vec<Value> {
    let parameter = |name: &str, member: &str, value: Value| object([("name", name.into()), (member, value)]);
    let mut found = used(value_set);
    let texts =
        [("filter", "valueString", asked.filter), ("displayLanguage", "valueCode", asked.display_language)];
    let texts = texts.into_iter();
    found.extend(texts.filter_map(|(name, member, it)| Some(parameter(name, member, it?.into()))));
    let several = [("designation", asked.designations), ("exclude-system", asked.exclude_systems)];
    for (name, values) in several {
        found.extend(values.iter().map(|value| parameter(name, "valueString", (*value).into())));
    }
    let choices = [
        ("activeOnly", asked.active_only.then_some(true)),
        ("excludeNotForUI", asked.exclude_not_for_ui.then_some(true)),
        ("includeDesignations", asked.include_designations.then_some(true)),
        ("excludeNested", asked.exclude_nested),
    ];
    let chosen = choices.into_iter();
    found.extend(chosen.filter_map(|(name, it)| Some(parameter(name, "valueBoolean", it?.into()))));
    let numbers = [("count", asked.count), ("offset", Some(asked.offset).filter(|offset| *offset > 0))];
    let numbers = numbers.into_iter();
    found.extend(numbers.filter_map(|(name, it)| Some(parameter(name, "valueInteger", (it? as u64).into()))));
    found
}

/// The systems and supplements that were used, each once.
fn used(value_set: &ValueSet) -> Vec<Value> {
    let mut found: Vec<(&str, String)> = Vec::new();
    let mut note = |name: &'static str, url: &str, version: &str| {
        let mark = if version.is_empty() { "" } else { "|" };
        let entry = (name, format!("{url}{mark}{version}"));
        if !found.contains(&entry) {
            found.push(entry);
        }
    };
    for part in &value_set.parts {
        note("used-codesystem", &part.system, &part.version);
        if let Source::Table(table) = &part.source {
            match table.about.extent {
                Extent::Fragment => note("used-fragment", &part.system, &part.version),
                Extent::Example => note("used-example", &part.system, &part.version),
                Extent::Complete | Extent::NotPresent | Extent::Supplement => {}
            }
        }
        for supplement in part.supplements.iter() {
            note("used-supplement", &supplement.about.url, &supplement.about.version);
        }
    }
    let parameter = |(name, text): (&str, String)| object([("name", name.into()), ("valueUri", text.into())]);
    found.into_iter().map(parameter).collect()
}
