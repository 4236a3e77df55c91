//! What is this code called elsewhere?
//!
//! The operation <https://hl7.org/fhir/R4/conceptmap-operation-translate.html> over ConceptMaps of R4, in both
//! directions, with dependencies and what is to be done with codes that are not mapped.

use model::parameters::{parameters, with_parts, with_value};
use model::{Code, Issue, Object, Value};

use crate::limits::{MAPS_MAX, MATCHES_MAX};
use crate::tree::items;
use crate::{Coding, Terminology};

/// What is to be translated, and by what.
#[derive(Clone, Copy, Default)]
pub struct Translate<'a> {
    /// The map to use; without it every map that fits.
    pub concept_map: Option<&'a Value>,
    /// The codings; each is translated.
    pub codings: &'a [Coding<'a>],
    /// The value set that the codes are from.
    pub source: Option<&'a str>,
    /// The value set to translate to.
    pub target: Option<&'a str>,
    /// The system to translate to.
    pub target_system: Option<&'a str>,
    /// Translate from the map's targets to its sources.
    pub reverse: bool,
    /// What else is known, for maps that depend on it: property, system, value.
    pub dependencies: &'a [(&'a str, &'a str, &'a str)],
}

/// One translation.
struct Match<'a> {
    equivalence: &'a str,
    system: Option<&'a str>,
    version: Option<&'a str>,
    code: Option<&'a str>,
    display: Option<&'a str>,
    products: &'a [Value],
    map: &'a str,
}

/// All translations, as Parameters.
pub fn translate(terminology: &Terminology, asked: &Translate<'_>) -> Result<Value, Vec<Issue>> {
    if asked.codings.is_empty() {
        return Err(vec![Issue::error(Code::InvalidParameter, "translating takes a code")]);
    }
    let maps = match asked.concept_map {
        Some(map) => vec![std::sync::Arc::new(map.clone())],
        None => maps(terminology, asked),
    };
    let maps = followed(terminology, maps);
    if maps.is_empty() {
        return Err(vec![Issue::error(Code::NotFound, "there is no concept map for this translation")]);
    }
    let mut matches = Vec::new();
    for map in &maps {
        asked.codings.iter().for_each(|coding| translate_by(map, coding, asked, &mut matches));
    }
    if matches.len() > MATCHES_MAX {
        let message = format!("there are more than the limit of {MATCHES_MAX} translations");
        return Err(vec![Issue::error(Code::ExpansionTooCostly, message)]);
    }
    let is_negative = |found: &Match<'_>| matches!(found.equivalence, "unmatched" | "disjoint");
    let result = matches.iter().any(|found| !is_negative(found));
    let mut found = vec![with_value("result", "valueBoolean", result)];
    if !result {
        found.push(with_value("message", "valueString", "no translation was found"));
    }
    found.extend(matches.iter().map(|it| with_parts("match", it.parts())));
    Ok(parameters(found))
}

/// The maps of the registry that say they are for this.
fn maps(terminology: &Terminology, asked: &Translate<'_>) -> Vec<std::sync::Arc<Value>> {
    let all = terminology.registry.of_type("ConceptMap").map(|entry| entry.resource());
    let (from, to) = if asked.reverse { ("target", "source") } else { ("source", "target") };
    let says = |map: &Value, end: &str, wanted: Option<&str>| {
        let said = map.text(&format!("{end}Canonical")).or(map.text(&format!("{end}Uri")));
        wanted.is_none_or(|wanted| said == Some(wanted))
    };
    let fits = |map: &Value| {
        let systems = asked.codings.iter().filter_map(|coding| coding.system);
        let mut systems =
            systems.filter(|system| items(map, "group").iter().any(|it| it.text(from) == Some(system)));
        says(map, from, asked.source) && says(map, to, asked.target) && systems.next().is_some()
    };
    all.filter(|map| fits(map)).collect()
}

/// The maps, each followed by those that it names for what it does not map itself, once each.
fn followed(terminology: &Terminology, mut maps: Vec<std::sync::Arc<Value>>) -> Vec<std::sync::Arc<Value>> {
    let mut next = 0;
    while let (Some(map), true) = (maps.get(next).cloned(), maps.len() < MAPS_MAX) {
        next += 1;
        let rules = items(&map, "group").iter().filter_map(|group| group.get("unmapped"));
        for other in
            rules.filter(|rule| rule.text("mode") == Some("other-map")).filter_map(|it| it.text("url"))
        {
            let is_known = maps.iter().any(|map| map.text("url") == Some(other));
            if let (false, Some(found)) = (is_known, terminology.registry.resolve_as("ConceptMap", other)) {
                maps.push(found);
            }
        }
    }
    maps
}

fn translate_by<'a>(map: &'a Value, coding: &Coding<'a>, asked: &Translate<'a>, into: &mut Vec<Match<'a>>) {
    let url = map.text("url").unwrap_or_default();
    let (from, to) = if asked.reverse { ("target", "source") } else { ("source", "target") };
    for group in items(map, "group") {
        let is_from = coding.system.is_none_or(|system| group.text(from) == Some(system));
        let is_to = asked.target_system.is_none_or(|system| group.text(to) == Some(system));
        if !is_from || !is_to {
            continue;
        }
        let before = into.len();
        match asked.reverse {
            true => backward(group, coding, url, into),
            false => forward(group, coding, asked, (url, into)),
        }
        if into.len() == before && !asked.reverse {
            unmapped(group, coding, url, into);
        }
    }
}

fn forward<'a>(
    group: &'a Value,
    coding: &Coding<'a>,
    asked: &Translate<'_>,
    (map, into): (&'a str, &mut Vec<Match<'a>>),
) {
    let elements = items(group, "element").iter().filter(|it| it.text("code") == coding.code);
    for target in elements.flat_map(|element| items(element, "target")) {
        let is_met = items(target, "dependsOn").iter().all(|needed| {
            asked.dependencies.iter().any(|(property, system, value)| {
                needed.text("property") == Some(property)
                    && needed.text("value") == Some(value)
                    && needed.text("system").is_none_or(|needed| needed == *system)
            })
        });
        if is_met {
            into.push(Match {
                equivalence: target.text("equivalence").unwrap_or("relatedto"),
                system: group.text("target"),
                version: group.text("targetVersion"),
                code: target.text("code"),
                display: target.text("display"),
                products: items(target, "product"),
                map,
            });
        }
    }
}

/// From a target to its sources; what is wider one way is narrower the other.
fn backward<'a>(group: &'a Value, coding: &Coding<'a>, map: &'a str, into: &mut Vec<Match<'a>>) {
    for element in items(group, "element") {
        for target in items(element, "target").iter().filter(|it| it.text("code") == coding.code) {
            into.push(Match {
                equivalence: turned(target.text("equivalence").unwrap_or("relatedto")),
                system: group.text("source"),
                version: group.text("sourceVersion"),
                code: element.text("code"),
                display: element.text("display"),
                products: &[],
                map,
            });
        }
    }
}

fn turned(equivalence: &str) -> &str {
    match equivalence {
        "wider" => "narrower",
        "narrower" => "wider",
        "subsumes" => "specializes",
        "specializes" => "subsumes",
        same => same,
    }
}

/// What the group says of a code that it does not map: the same code, or one for all.
fn unmapped<'a>(group: &'a Value, coding: &Coding<'a>, map: &'a str, into: &mut Vec<Match<'a>>) {
    let Some(rule) = group.get("unmapped") else { return };
    let (code, display) = match rule.text("mode") {
        Some("provided") => (coding.code, coding.display),
        Some("fixed") => (rule.text("code"), rule.text("display")),
        _ => return,
    };
    let equivalence = if rule.text("mode") == Some("provided") { "equal" } else { "inexact" };
    let version = group.text("targetVersion");
    into.push(Match {
        equivalence,
        system: group.text("target"),
        version,
        code,
        display,
        products: &[],
        map,
    });
}

impl Match<'_> {
    fn parts(&self) -> Vec<Value> {
        let mut parts = vec![with_value("equivalence", "valueCode", self.equivalence)];
        if self.code.is_some() {
            let mut coding = Object::new();
            let texts = [
                ("system", self.system),
                ("version", self.version),
                ("code", self.code),
                ("display", self.display),
            ];
            for (name, text) in texts {
                text.into_iter().for_each(|text| coding.set(name, text));
            }
            parts.push(with_value("concept", "valueCoding", Value::Object(coding)));
        }
        for product in self.products {
            let mut coding = Object::new();
            for (name, member) in [("system", "system"), ("code", "value"), ("display", "display")] {
                product.text(member).into_iter().for_each(|text| coding.set(name, text));
            }
            let element = with_value("element", "valueUri", product.text("property").unwrap_or_default());
            let concept = with_value("concept", "valueCoding", Value::Object(coding));
            parts.push(with_parts("product", vec![element, concept]));
        }
        if !self.map.is_empty() {
            parts.push(with_value("source", "valueUri", self.map));
        }
        parts
    }
}
