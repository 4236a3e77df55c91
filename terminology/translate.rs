//! What is this code called elsewhere?
//!
//! The operation <https://hl7.org/fhir/R4/conceptmap-operation-translate.html> over ConceptMaps of R4 and R5, in both
//! directions, with dependencies and what is to be done with codes that are not mapped. Who asks with the argument
//! names of R5 is told the words of R5 as well.

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
    /// In whose words to answer.
    pub words: Words,
}

/// The release of FHIR by whose names a translation is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Words {
    /// `equivalence` and `source`.
    #[default]
    R4,
    /// `relationship` and `originMap`, and `equivalence` besides, which clients of R4 need.
    R5,
}

/// One translation.
struct Match<'a> {
    equivalence: &'a str,
    system: Option<&'a str>,
    version: Option<&'a str>,
    code: Option<&'a str>,
    display: Option<&'a str>,
    products: &'a [Value],
    map: &'a Value,
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
    found.extend(matches.iter().map(|it| with_parts("match", it.parts(asked.words))));
    Ok(parameters(found))
}

/// The maps of the registry that say they are for this.
fn maps(terminology: &Terminology, asked: &Translate<'_>) -> Vec<std::sync::Arc<Value>> {
    let all = terminology.registry.of_type("ConceptMap").map(|entry| entry.resource());
    let (from, to) = if asked.reverse { ("target", "source") } else { ("source", "target") };
    let says = |map: &Value, end: &str, wanted: Option<&str>| {
        let members = ["Canonical", "Uri", "ScopeCanonical", "ScopeUri"];
        let said = members.iter().find_map(|member| map.text(&format!("{end}{member}")));
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
    let (from, to) = if asked.reverse { ("target", "source") } else { ("source", "target") };
    for group in items(map, "group") {
        let is_from = coding.system.is_none_or(|system| group.text(from) == Some(system));
        let is_to = asked.target_system.is_none_or(|system| group.text(to) == Some(system));
        if !is_from || !is_to {
            continue;
        }
        let before = into.len();
        match asked.reverse {
            true => backward(group, coding, map, into),
            false => forward(group, coding, asked, (map, into)),
        }
        if into.len() == before && !asked.reverse {
            unmapped(group, coding, map, into);
        }
    }
}

fn forward<'a>(
    group: &'a Value,
    coding: &Coding<'a>,
    asked: &Translate<'_>,
    (map, into): (&'a Value, &mut Vec<Match<'a>>),
) {
    let elements = items(group, "element").iter().filter(|it| it.text("code") == coding.code);
    for target in elements.flat_map(|element| items(element, "target")) {
        let is_met = items(target, "dependsOn").iter().all(|needed| is_given(needed, asked));
        if is_met {
            into.push(Match {
                equivalence: equivalence(target),
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

/// Whether what a mapping depends on is known: a property with its value in R4, an attribute in R5.
fn is_given(needed: &Value, asked: &Translate<'_>) -> bool {
    let coding = needed.get("valueCoding");
    let texts = ["value", "valueCode", "valueString"];
    let value = coding.map_or_else(|| texts.iter().find_map(|name| needed.text(name)), |it| it.text("code"));
    let system = coding.map_or_else(|| needed.text("system"), |it| it.text("system"));
    asked.dependencies.iter().any(|(property, of_system, given)| {
        needed.text("property").or(needed.text("attribute")) == Some(property)
            && value == Some(given)
            && system.is_none_or(|needed| needed == *of_system)
    })
}

/// From a target to its sources; what is wider one way is narrower the other.
fn backward<'a>(group: &'a Value, coding: &Coding<'a>, map: &'a Value, into: &mut Vec<Match<'a>>) {
    for element in items(group, "element") {
        for target in items(element, "target").iter().filter(|it| it.text("code") == coding.code) {
            into.push(Match {
                equivalence: turned(equivalence(target)),
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

/// The equivalences of R4 by the relationships of R5: <https://hl7.org/fhir/R5/valueset-concept-map-relationship.html>.
/// The first that a relationship stands at is what it means to a client of R4.
const RELATIONSHIPS: &[(&str, &str)] = &[
    ("equivalent", "equivalent"),
    ("equal", "equivalent"),
    ("wider", "source-is-narrower-than-target"),
    ("subsumes", "source-is-narrower-than-target"),
    ("narrower", "source-is-broader-than-target"),
    ("specializes", "source-is-broader-than-target"),
    ("relatedto", "related-to"),
    ("inexact", "related-to"),
    ("disjoint", "not-related-to"),
    ("unmatched", "not-related-to"),
];

/// How a target relates to its source, in the words of R4 whichever the map has.
fn equivalence(target: &Value) -> &str {
    let by_relationship = || {
        let relationship = target.text("relationship")?;
        RELATIONSHIPS.iter().find(|(_, known)| *known == relationship).map(|(equivalence, _)| *equivalence)
    };
    target.text("equivalence").or_else(by_relationship).unwrap_or("relatedto")
}

/// The same in the words of R5.
fn relationship(equivalence: &str) -> &'static str {
    let known = RELATIONSHIPS.iter().find(|(known, _)| *known == equivalence);
    known.map_or("related-to", |(_, relationship)| relationship)
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
fn unmapped<'a>(group: &'a Value, coding: &Coding<'a>, map: &'a Value, into: &mut Vec<Match<'a>>) {
    let Some(rule) = group.get("unmapped") else { return };
    let (code, display) = match rule.text("mode") {
        Some("provided" | "use-source-code") => (coding.code, coding.display),
        Some("fixed") => (rule.text("code"), rule.text("display")),
        _ => return,
    };
    let equivalence = match rule.text("mode") {
        _ if rule.get("relationship").is_some() => equivalence(rule),
        Some("fixed") => "inexact",
        _ => "equal",
    };
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
    fn parts(&self, words: Words) -> Vec<Value> {
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
        let url = self.map.text("url");
        match words {
            Words::R4 => parts.extend(url.map(|url| with_value("source", "valueUri", url))),
            Words::R5 => {
                parts.push(with_value("relationship", "valueCode", relationship(self.equivalence)));
                let version = self.map.text("version").map(|version| format!("|{version}"));
                let origin = url.map(|url| format!("{url}{}", version.unwrap_or_default()));
                parts.extend(origin.map(|origin| with_value("originMap", "valueCanonical", origin)));
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fhir_profiles::Registry;
    use model::json;

    use super::*;

    const MAP: &str = r#"{"resourceType":"ConceptMap","url":"http://m","version":"5","status":"active","group":[{
        "source":"http://s","target":"http://t","element":[
        {"code":"a","target":[{"code":"x","relationship":"source-is-narrower-than-target"}]},
        {"code":"b","target":[{"code":"y","relationship":"equivalent",
        "dependsOn":[{"attribute":"light","valueCode":"dim"}]}]}],
        "unmapped":{"mode":"use-source-code","relationship":"related-to"}}]}"#;

    /// Translates by the map above and holds the compact JSON against pieces that it must hold, or must not after `!`.
    fn check((system, code): (&str, &str), asked: Translate<'_>, pieces: &[&str]) {
        let map = json::parse(MAP.as_bytes()).expect("valid JSON");
        let terminology = Terminology::new(Arc::new(Registry::default()));
        let codings = [Coding { system: Some(system), code: Some(code), ..Coding::default() }];
        let asked = Translate { concept_map: Some(&map), codings: &codings, ..asked };
        let found = translate(&terminology, &asked).expect("it is answered");
        let shown = String::from_utf8_lossy(&json::to_compact(&found)).into_owned();
        for piece in pieces {
            match piece.strip_prefix('!') {
                Some(absent) => assert!(!shown.contains(absent), "{absent} is in {shown}"),
                None => assert!(shown.contains(piece), "{piece} is not in {shown}"),
            }
        }
    }

    #[test]
    fn a_map_of_r5_is_told_in_the_words_of_r4() {
        let pieces = [r#""valueCode":"wider""#, r#""valueUri":"http://m""#, "!relationship", "!originMap"];
        check(("http://s", "a"), Translate::default(), &pieces);
        let back = Translate { reverse: true, ..Translate::default() };
        check(("http://t", "x"), back, &[r#""valueCode":"narrower""#, r#""code":"a""#]);
    }

    #[test]
    fn who_asks_in_the_words_of_r5_is_told_the_relationship_and_the_map_in_its_version() {
        let asked = Translate { words: Words::R5, ..Translate::default() };
        let relationship = r#"{"name":"relationship","valueCode":"source-is-narrower-than-target"}"#;
        let origin = r#"{"name":"originMap","valueCanonical":"http://m|5"}"#;
        check(("http://s", "a"), asked, &[relationship, origin, r#"!"name":"source""#]);
    }

    #[test]
    fn attributes_are_dependencies_too() {
        let dim = [("light", "", "dim")];
        let asked = Translate { dependencies: &dim, ..Translate::default() };
        check(("http://s", "b"), asked, &[r#""code":"y""#]);
        check(("http://s", "b"), Translate::default(), &[r#"!"code":"y""#, r#""valueCode":"relatedto""#]);
    }
}
