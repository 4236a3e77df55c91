//! Which invented ontology are constraints evaluated over?
//!
//! Some injuries and the places where they are, with names instead of numbers: `$arm` in an expression is the
//! concept `arm`. Nothing of it stands in any release.

use std::collections::HashMap;

use crate::ecl::{Attribute, AttributeValue, Description, Member, Sctid, Status, Substrate, concepts};

/// Each concept with its parents; `~` before those that are inactive.
const CONCEPTS: &[(&str, &str)] = &[
    ("thing", ""),
    ("finding", "thing"),
    ("injury", "finding"),
    ("fracture", "injury"),
    ("armfracture", "fracture"),
    ("twofractures", "fracture"),
    ("burn", "injury"),
    ("armburn", "burn"),
    ("burntfracture", "fracture burn"),
    ("~hurt", ""),
    ("~ache", ""),
    ("body", "thing"),
    ("limb", "body"),
    ("arm", "limb"),
    ("leg", "limb"),
    ("skin", "body"),
    ("shape", "thing"),
    ("break", "shape"),
    ("heat", "shape"),
    ("attribute", "thing"),
    ("site", "attribute"),
    ("directsite", "site"),
    ("morphology", "attribute"),
    ("cause", "attribute"),
    ("strength", "attribute"),
    ("brand", "attribute"),
    ("generic", "attribute"),
    ("drug", "thing"),
    ("pillfive", "drug"),
    ("pillten", "drug"),
    ("event", "thing"),
    ("fall", "event"),
    ("module", "thing"),
    ("core", "module"),
    ("extra", "module"),
    ("set", "thing"),
    ("problems", "set"),
    ("maps", "set"),
    ("historical", "set"),
    ("sameas", "historical"),
    ("replacedby", "historical"),
    ("possibly", "historical"),
];

/// The concepts that have a number of their own in every release.
const KNOWN: &[(&str, u64)] = &[
    ("historical", 900_000_000_000_522_004),
    ("sameas", 900_000_000_000_527_005),
    ("replacedby", 900_000_000_000_526_001),
];

/// Source, group, attribute type and value: a concept, `#` and a number, a text in quotes, a truth value.
const ATTRIBUTES: &[(&str, u32, &str, &str)] = &[
    ("fracture", 1, "site", "body"),
    ("fracture", 1, "morphology", "break"),
    ("armfracture", 1, "site", "arm"),
    ("armfracture", 1, "morphology", "break"),
    ("twofractures", 1, "site", "arm"),
    ("twofractures", 1, "morphology", "break"),
    ("twofractures", 2, "site", "leg"),
    ("twofractures", 2, "morphology", "break"),
    ("burn", 1, "directsite", "skin"),
    ("burn", 1, "morphology", "heat"),
    ("armburn", 1, "site", "arm"),
    ("armburn", 1, "site", "skin"),
    ("armburn", 1, "morphology", "heat"),
    ("burntfracture", 1, "site", "arm"),
    ("burntfracture", 1, "morphology", "break"),
    ("burntfracture", 2, "site", "skin"),
    ("burntfracture", 2, "morphology", "heat"),
    ("burntfracture", 0, "cause", "fall"),
    ("pillfive", 0, "strength", "#5"),
    ("pillfive", 0, "brand", "\"ALPHA\""),
    ("pillfive", 0, "generic", "true"),
    ("pillten", 0, "strength", "#10.0"),
    ("pillten", 0, "brand", "\"Beta one\""),
    ("pillten", 0, "generic", "false"),
];

/// Concept, text, language, type, and the dialects with `+` where it is preferred; `~` for what is inactive.
const DESCRIPTIONS: &[(&str, &str, &str, &str, &str)] = &[
    ("fracture", "Fracture (disorder)", "en", "fsn", "us+ gb+"),
    ("fracture", "Broken bone", "en", "syn", "us gb+"),
    ("fracture", "~Crack", "en", "syn", ""),
    ("armfracture", "Fracture of arm (disorder)", "en", "fsn", "us+ gb+"),
    ("armfracture", "Fracture of arm", "en", "syn", "us+"),
    ("burn", "Burn (disorder)", "en", "fsn", "us+ gb+"),
    ("burn", "Brännskada", "sv", "syn", ""),
    ("burn", "Damage by heat, or by what is hot", "en", "def", ""),
    ("armburn", "Burn of arm - brûlure", "en", "syn", "gb"),
];

/// Reference set, component, whether active, module and further columns.
const MEMBERS: &[(&str, &str, &str, &str)] = &[
    ("problems", "armfracture", "core", ""),
    ("problems", "burn", "extra", ""),
    ("problems", "hurt", "core", ""),
    ("problems", "~fracture", "core", ""),
    ("maps", "fracture", "core", "mapTarget=S42.3 mapGroup=1 since=20200131"),
    ("maps", "burn", "core", "mapTarget=T20 mapGroup=2 since=20210731"),
    ("sameas", "hurt", "core", "targetComponentId=$injury"),
    ("replacedby", "ache", "core", "targetComponentId=$armburn"),
    ("possibly", "~ache", "core", "targetComponentId=$fracture"),
    ("possibly", "hurt", "core", "targetComponentId=$leg"),
];

pub(super) struct Ontology {
    places: HashMap<&'static str, u32>,
    /// Whether a release without its inactive rows is played.
    pub(super) is_active_alone: bool,
}

impl Ontology {
    pub(super) fn new() -> Self {
        let names = CONCEPTS.iter().map(|(name, _)| name.trim_start_matches('~'));
        Self { places: names.zip(0..).collect(), is_active_alone: false }
    }

    /// An expression with numbers for names.
    pub(super) fn expression(&self, text: &str) -> String {
        let mut parts = text.split('$');
        let mut expression = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            expression.push_str(&self.id(self.place(name)).to_string());
            expression.push_str(rest);
        }
        expression
    }

    /// The names of what an expression means, or why it is refused.
    pub(super) fn ask(&self, text: &str) -> Result<String, String> {
        let found = concepts(&self.expression(text), self)?;
        let name = |place: u32| CONCEPTS[place as usize].0.trim_start_matches('~');
        Ok(found.iter().map(name).collect::<Vec<_>>().join(" "))
    }

    fn place(&self, name: &str) -> u32 {
        *self.places.get(name).unwrap_or_else(|| panic!("`{name}` is in the ontology"))
    }

    fn id(&self, place: u32) -> Sctid {
        let name = CONCEPTS[place as usize].0.trim_start_matches('~');
        let known = KNOWN.iter().find(|(known, _)| *known == name);
        Sctid(known.map_or(100_000 + u64::from(place), |(_, id)| *id))
    }
}

impl Substrate for Ontology {
    fn count(&self) -> usize {
        CONCEPTS.len()
    }

    fn concept(&self, id: Sctid) -> Option<u32> {
        (0..).take(CONCEPTS.len()).find(|place| self.id(*place) == id)
    }

    fn alternate(&self, scheme: &str, code: &str) -> Result<Option<u32>, String> {
        Ok(if scheme == "own" { self.places.get(code).copied() } else { None })
    }

    fn is_active(&self, place: u32) -> bool {
        !CONCEPTS[place as usize].0.starts_with('~')
    }

    fn parents(&self, place: u32, each: &mut dyn FnMut(u32)) {
        CONCEPTS[place as usize].1.split_whitespace().for_each(|parent| each(self.place(parent)));
    }

    fn children(&self, place: u32, each: &mut dyn FnMut(u32)) {
        for child in (0..).take(CONCEPTS.len()) {
            self.parents(child, &mut |parent| {
                if parent == place {
                    each(child)
                }
            });
        }
    }

    fn attributes(&self, place: u32, each: &mut dyn FnMut(Attribute<'_>)) -> Result<(), String> {
        for (source, group, name, value) in ATTRIBUTES {
            if self.place(source) != place {
                continue;
            }
            let value = match (value.strip_prefix('#'), value.strip_prefix('"'), *value) {
                (Some(number), _, _) => AttributeValue::Number(number),
                (_, Some(text), _) => AttributeValue::Text(text.trim_end_matches('"')),
                (_, _, "true" | "false") => AttributeValue::Boolean(*value == "true"),
                _ => AttributeValue::Concept(self.place(value)),
            };
            each(Attribute { group: *group, name: self.place(name), value });
        }
        Ok(())
    }

    fn status(&self, place: u32) -> Result<Status, String> {
        let name = CONCEPTS[place as usize].0;
        let is_defined = name.contains("fracture");
        Ok(Status {
            definition: Sctid(if is_defined { 900_000_000_000_073_002 } else { 900_000_000_000_074_008 }),
            module: self.id(self.place(if name.contains("arm") { "extra" } else { "core" })),
            effective_time: match name {
                "burn" => Some(20_200_131),
                "fracture" => None,
                _ => Some(20_190_731),
            },
        })
    }

    fn descriptions(&self, place: u32, each: &mut dyn FnMut(Description<'_>)) -> Result<(), String> {
        for ((concept, term, language, kind, dialects), number) in DESCRIPTIONS.iter().zip(700_000..) {
            if self.place(concept) != place {
                continue;
            }
            let dialect = |written: &str| {
                let set =
                    if written.starts_with("us") { 900_000_000_000_509_007 } else { 900_000_000_000_508_004 };
                let acceptability =
                    if written.ends_with('+') { 900_000_000_000_548_007 } else { 900_000_000_000_549_004 };
                (Sctid(set), Sctid(acceptability))
            };
            let dialects: Vec<_> = dialects.split_whitespace().map(dialect).collect();
            each(Description {
                id: Sctid(number),
                term: term.trim_start_matches('~'),
                language,
                kind: Sctid(match *kind {
                    "fsn" => 900_000_000_000_003_001,
                    "syn" => 900_000_000_000_013_009,
                    _ => 900_000_000_000_550_004,
                }),
                module: self.id(self.place("core")),
                effective_time: Some(20_190_731),
                is_active: !term.starts_with('~'),
                dialects: &dialects,
            });
        }
        Ok(())
    }

    fn is_reference_set(&self, place: u32) -> bool {
        MEMBERS.iter().any(|(set, ..)| self.place(set) == place)
    }

    fn members(&self, reference_set: u32, each: &mut dyn FnMut(Member<'_>)) -> Result<(), String> {
        for (set, component, module, fields) in MEMBERS {
            if self.place(set) != reference_set {
                continue;
            }
            let fields = self.expression(fields);
            let fields: Vec<_> = fields.split_whitespace().filter_map(|it| it.split_once('=')).collect();
            each(Member {
                referenced: self.id(self.place(component.trim_start_matches('~'))),
                module: self.id(self.place(module)),
                effective_time: Some(20_190_731),
                is_active: !component.starts_with('~'),
                fields: &fields,
            });
        }
        Ok(())
    }

    fn has_inactive_rows(&self) -> Result<(), String> {
        if self.is_active_alone { Err("inactive rows are not loaded".to_owned()) } else { Ok(()) }
    }
}
