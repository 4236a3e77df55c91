//! What does the code system say of this code?
//!
//! The operation <https://hl7.org/fhir/R4/codesystem-operation-lookup.html>. The definition is told as R5 does, in a
//! parameter of its own, and not among the properties.

use model::parameters::{parameters, with_parts, with_value};
use model::value::object;
use model::{Code, Issue, Number, Value};

use crate::code_system::{Designation, Kind, Property};
use crate::subsumes::find;
use crate::{CodeSystem, Terminology, language, systems};

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

/// All that is known of a code, as Parameters.
pub fn lookup(terminology: &Terminology, asked: &Lookup<'_>) -> Result<Value, Vec<Issue>> {
    if let Some(law) = systems::law(asked.system) {
        let Some(display) = (law.meaning)(asked.code) else {
            let message = format!("the code `{}` is not in the code system `{}`", asked.code, asked.system);
            return Err(vec![Issue::error(Code::UnknownCode, message)]);
        };
        let display = display.unwrap_or_else(|| asked.code.to_owned());
        let found =
            [with_value("name", "valueString", law.name), with_value("display", "valueString", display)];
        return Ok(parameters(found.into()));
    }
    let table = terminology.code_system(asked.system, asked.version);
    let table = table.map_err(|reason| vec![Issue::error(Code::CodeNotChecked, reason)])?;
    let place = find(&table, asked.code).map_err(|issue| vec![issue])?;
    let mut found = vec![with_value("name", "valueString", name(&table))];
    if !table.about.version.is_empty() {
        found.push(with_value("version", "valueString", &*table.about.version));
    }
    found.push(with_value("display", "valueString", display(&table, place, asked.display_language)));
    let is_wanted = |name: &str| {
        let wanted = asked.properties;
        wanted.is_empty() || wanted.contains(&name) || wanted.contains(&"*")
    };
    let definition = table.properties(place).find(|property| property.code == "definition");
    if let Some(definition) = definition.filter(|_| is_wanted("definition")) {
        found.push(with_value("definition", "valueString", definition.value));
    }
    if is_wanted("designation") {
        found.extend(table.designations(place).map(|it| with_parts("designation", designation(&it))));
    }
    found.extend(properties(&table, place).into_iter().filter(|(name, _)| is_wanted(name)).map(|(_, it)| it));
    Ok(parameters(found))
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

/// Every property by name: the concept's own, and those that every concept has.
fn properties(table: &CodeSystem, place: u32) -> Vec<(&str, Value)> {
    let property = |code: &str, member: &str, value: Value| {
        let parts = vec![with_value("code", "valueCode", code), with_value("value", member, value)];
        with_parts("property", parts)
    };
    let mut found = vec![("inactive", property("inactive", "valueBoolean", table.is_inactive(place).into()))];
    if table.is_abstract(place) {
        found.push(("notSelectable", property("notSelectable", "valueBoolean", true.into())));
    }
    let related = [("parent", table.hierarchy.parents(place)), ("child", table.hierarchy.children(place))];
    for (name, places) in related {
        found.extend(places.iter().map(|it| (name, property(name, "valueCode", table.code(*it).into()))));
    }
    let standard = ["inactive", "notSelectable", "parent", "child", "definition"];
    for own in table.properties(place).filter(|own| !standard.contains(&own.code)) {
        let (member, value) = value(&own);
        found.push((own.code, property(own.code, member, value)));
    }
    found
}
