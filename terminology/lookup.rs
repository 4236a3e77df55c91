//! What does the code system say of this code?
//!
//! The operation <https://hl7.org/fhir/R4/codesystem-operation-lookup.html>. The definition is told as R5 does, in a
//! parameter of its own, and not among the properties.

use std::sync::Arc;

use model::parameters::{parameters, with_parts, with_value};
use model::value::object;
use model::{Code, Issue, Number, Value};

use crate::code_system::{Designation, Kind, Property};
use crate::refusal::Reason;
use crate::subsumes::find;
use crate::{CodeSystem, Refusal, Terminology, language, systems};

/// What is asked about a code.
#[derive(Clone, Copy, Default)]
pub struct Lookup<'a> {
    /// The code system.
    pub system: &'a str,
    /// Its version; the newest when absent.
    pub version: Option<&'a str>,
    /// The code.
    pub code: &'a str,
    /// The language in which the display is wanted, as in `Accept-Language`.
    pub display_language: Option<&'a str>,
    /// The properties that are wanted; without any, or with `*`, all.
    pub properties: &'a [&'a str],
}

/// A property: code, the member that tells the type, value.
pub(crate) type Told<'a> = (&'a str, &'static str, Value);

/// What the name is for that a system gives first: <https://terminology.hl7.org/CodeSystem-hl7TermMaintInfra.html>.
pub(crate) const PREFERRED: &str =
    "http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra|preferredForLanguage";

/// All that is known of a code, as Parameters.
pub fn lookup(terminology: &Terminology, asked: &Lookup<'_>) -> Result<Value, Vec<Issue>> {
    if let Some(law) = systems::law(asked.system) {
        return by_law(law, asked);
    }
    let table = terminology.code_system(asked.system, asked.version);
    let table = table.map_err(|reason| vec![Issue::error(Code::CodeNotChecked, reason)])?;
    let place = find(&table, asked.code).map_err(|issue| vec![issue])?;
    let supplements = supplements(terminology, asked.system)?;
    let more = supplements.iter().filter_map(|table| Some((&**table, table.find(asked.code)?)));
    let tellers: Vec<(&CodeSystem, u32)> = [(&*table, place)].into_iter().chain(more).collect();
    let mut found = vec![with_value("name", "valueString", name(&table))];
    if !table.about.version.is_empty() {
        found.push(with_value("version", "valueString", &*table.about.version));
    }
    found.push(with_value("code", "valueCode", table.code(place)));
    found.push(with_value("system", "valueUri", asked.system));
    found.push(with_value("display", "valueString", display(&table, place, asked.display_language)));
    if table.is_abstract(place) {
        found.push(with_value("abstract", "valueBoolean", true));
    }
    tell(&tellers, asked, &mut found);
    Ok(parameters(found))
}

/// What is known of a code by the rule of its system.
fn by_law(law: &systems::Law, asked: &Lookup<'_>) -> Result<Value, Vec<Issue>> {
    let Some(display) = (law.meaning)(asked.code) else {
        let message = format!("the code `{}` is not in the code system `{}`", asked.code, asked.system);
        return Err(vec![Issue::error(Code::UnknownCode, message)]);
    };
    let display = display.unwrap_or_else(|| asked.code.to_owned());
    Ok(parameters(vec![
        with_value("name", "valueString", law.name),
        with_value("code", "valueCode", asked.code),
        with_value("system", "valueUri", asked.system),
        with_value("display", "valueString", display),
    ]))
}

/// Tells definition, designations and properties, as far as they are wanted; the system itself comes first.
fn tell(tellers: &[(&CodeSystem, u32)], asked: &Lookup<'_>, found: &mut Vec<Value>) {
    let is_wanted = |name: &str| {
        let wanted = asked.properties;
        wanted.is_empty() || wanted.contains(&name) || wanted.contains(&"*")
    };
    let mut definitions = tellers
        .iter()
        .flat_map(|(table, place)| table.properties(*place).filter(|property| property.code == "definition"));
    if let Some(definition) = definitions.next().filter(|_| is_wanted("definition")) {
        found.push(with_value("definition", "valueString", definition.value));
    }
    if is_wanted("designation") {
        let own = tellers.first().and_then(|(table, place)| own_name(table, *place));
        let others = tellers.iter().flat_map(|(table, place)| table.designations(*place));
        found.extend(own.into_iter().chain(others).map(|it| with_parts("designation", designation(&it))));
    }
    for (number, (table, place)) in tellers.iter().enumerate() {
        // What every concept has is the system's to tell.
        let is_told = |name: &str| {
            is_wanted(name) && name != "definition" && (number == 0 || !EVERYWHERE.contains(&name))
        };
        found.extend(properties(table, *place, &is_told).into_iter().map(|(code, member, value)| {
            let parts = vec![with_value("code", "valueCode", code), with_value("value", member, value)];
            with_parts("property", parts)
        }));
    }
}

/// The supplements to the system that are asked for; one that is missing is refused.
fn supplements(terminology: &Terminology, system: &str) -> Result<Vec<Arc<CodeSystem>>, Vec<Issue>> {
    let mut found = Vec::new();
    for canonical in &terminology.versions.supplements {
        let (url, version) = canonical
            .split_once('|')
            .map_or((canonical.as_str(), None), |(url, version)| (url, Some(version)));
        let Ok(table) = terminology.code_system(url, version) else {
            let text = format!("Required supplement not found: {canonical}");
            return Err(vec![Refusal::new(Reason::NoSupplement, text).into()]);
        };
        if table.about.supplements.split('|').next() == Some(system) {
            found.push(table);
        }
    }
    Ok(found)
}

/// What the system calls a concept first, as one of its names.
fn own_name(table: &CodeSystem, place: u32) -> Option<Designation<'_>> {
    let value = table.display(place).filter(|_| !table.about.language.is_empty())?;
    Some(Designation { language: &table.about.language, purpose: PREFERRED, value })
}

/// What a concept is called in the language that is wanted, or else as it is called first.
pub(crate) fn display(table: &CodeSystem, place: u32, wish: Option<&str>) -> String {
    let own = table.display(place).unwrap_or_else(|| table.code(place));
    let first = [(&*table.about.language, own)].into_iter();
    let names = first.chain(table.designations(place).map(|it| (it.language, it.value)));
    let names: Vec<_> = names.collect();
    let chosen = wish.and_then(|wish| language::choose(names.iter().copied(), wish));
    chosen.unwrap_or(own).to_owned()
}

/// The value that a property's text stands for, with the member that tells its type.
pub(crate) fn value(property: &Property<'_>) -> (&'static str, Value) {
    let text = property.value;
    match property.kind {
        Kind::Code => ("valueCode", text.into()),
        Kind::Coding => ("valueCoding", object([("system", property.system.into()), ("code", text.into())])),
        Kind::Text => ("valueString", text.into()),
        Kind::Boolean => ("valueBoolean", (text == "true").into()),
        Kind::DateTime => ("valueDateTime", text.into()),
        Kind::Integer | Kind::Decimal => {
            let member = if property.kind == Kind::Integer { "valueInteger" } else { "valueDecimal" };
            // Numbers came from a tree and are JSON; from elsewhere they may not be.
            Number::new(text).map_or(("valueString", text.into()), |number| (member, Value::Number(number)))
        }
    }
}

/// A use, `system|code`, as a Coding.
pub(crate) fn purpose(text: &str) -> Option<Value> {
    let (system, code) = text.rsplit_once('|')?;
    let mut coding = model::Object::new();
    [("system", system), ("code", code)].into_iter().filter(|(_, text)| !text.is_empty()).for_each(
        |(name, text)| {
            coding.set(name, text);
        },
    );
    (!coding.is_empty()).then(|| coding.into())
}

fn name(table: &CodeSystem) -> &str {
    if table.about.name.is_empty() { &table.about.url } else { &table.about.name }
}

fn designation(designation: &Designation<'_>) -> Vec<Value> {
    let mut parts = Vec::new();
    if !designation.language.is_empty() {
        parts.push(with_value("language", "valueCode", designation.language));
    }
    parts.extend(purpose(designation.purpose).map(|coding| with_value("use", "valueCoding", coding)));
    parts.push(with_value("value", "valueString", designation.value));
    parts
}

/// The properties that every concept has, whether it is said or not.
const EVERYWHERE: &[&str] = &["inactive", "notSelectable", "parent", "child"];

/// Every property that is wanted: those that every concept has, and the concept's own.
pub(crate) fn properties<'t>(
    table: &'t CodeSystem,
    place: u32,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Vec<Told<'t>> {
    let mut found: Vec<Told<'t>> = Vec::new();
    if is_wanted("inactive") {
        found.push(("inactive", "valueBoolean", table.is_inactive(place).into()));
    }
    if is_wanted("notSelectable") && table.is_abstract(place) {
        found.push(("notSelectable", "valueBoolean", true.into()));
    }
    let related = [("parent", table.hierarchy.parents(place)), ("child", table.hierarchy.children(place))];
    for (name, places) in related.into_iter().filter(|(name, _)| is_wanted(name)) {
        found.extend(places.iter().map(|it| (name, "valueCode", table.code(*it).into())));
    }
    let own = table.properties(place).filter(|own| !EVERYWHERE.contains(&own.code) && is_wanted(own.code));
    found.extend(own.map(|own| {
        let (member, value) = value(&own);
        (own.code, member, value)
    }));
    found
}
