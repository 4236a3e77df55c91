//! What do versions of SNOMED CT mean, and what does its table tell an expression constraint?
//!
//! `http://snomed.info/sct/MODULE/version/DAY` is an edition on a day: <https://hl7.org/fhir/R4/snomedct.html>. The table
//! is the one that `load/snomed.rs` makes; what it does not keep is said to be unknown: inactive descriptions and rows of
//! reference sets, stated relationships, identifiers of other schemes.

use crate::CodeSystem;
use crate::code_system::Kind;
use crate::concept_set::Bits;
use crate::ecl::{self, Attribute, AttributeValue, Description, Member, Sctid, Status, Substrate};
use crate::systems::Filter;

/// What versions begin with.
const SYSTEM: &str = "http://snomed.info/sct/";
const INTERNATIONAL: &str = "900000000000207008";

const DEFINED: Sctid = Sctid(900_000_000_000_073_002);
const PRIMITIVE: Sctid = Sctid(900_000_000_000_074_008);

/// How new a version is: the International Edition before all others, then by day. None for what is no version.
pub(crate) fn newness(version: &str) -> Option<(bool, &str)> {
    let (module, day) = version.strip_prefix(SYSTEM)?.split_once("/version/")?;
    Some((module == INTERNATIONAL, day))
}

/// Whether `wanted` is an edition without a day, and `version` a version of it.
pub(crate) fn is_edition_of(wanted: &str, version: &str) -> bool {
    wanted.starts_with(SYSTEM)
        && version.strip_prefix(wanted).is_some_and(|rest| rest.starts_with("/version/"))
}

/// The filters of <https://hl7.org/fhir/R4/snomedct.html#4.3.1.0.5>: constraints, and members of a reference set.
pub(crate) fn filter(table: &CodeSystem, filter: &Filter<'_>) -> Option<Result<Bits, String>> {
    let members = || format!("^ {}", filter.value);
    match (filter.property, filter.op) {
        ("constraint", "=") => Some(ecl::concepts(filter.value, &Release { table })),
        // A list of several codes is what it is of any system; one code is a reference set.
        ("concept" | "code", "in") if table.find(filter.value).is_some() => {
            Some(ecl::concepts(&members(), &Release { table }))
        }
        _ => None,
    }
}

/// The table of a release, as expression constraints ask it.
struct Release<'t> {
    table: &'t CodeSystem,
}

impl<'t> Release<'t> {
    fn property(&self, place: u32, code: &str) -> Option<&'t str> {
        self.table.properties(place).find(|property| property.code == code).map(|property| property.value)
    }

    fn each_attribute(&self, place: u32, each: &mut dyn FnMut(Attribute<'_>)) {
        for (group, property) in self.table.relations(place) {
            // Every other property has a name of letters.
            if !property.code.starts_with(|letter: char| letter.is_ascii_digit()) {
                continue;
            }
            let Some(name) = self.table.find(property.code) else { continue };
            let value = match property.kind {
                Kind::Code => self.table.find(property.value).map(AttributeValue::Concept),
                Kind::Integer | Kind::Decimal => Some(AttributeValue::Number(property.value)),
                Kind::Boolean => Some(AttributeValue::Boolean(property.value == "true")),
                Kind::Text | Kind::Coding | Kind::DateTime => Some(AttributeValue::Text(property.value)),
            };
            if let Some(value) = value {
                each(Attribute { group: u32::from(group), name, value });
            }
        }
    }
}

impl Substrate for Release<'_> {
    fn count(&self) -> usize {
        self.table.len()
    }

    fn concept(&self, id: Sctid) -> Option<u32> {
        self.table.find(&id.to_string())
    }

    fn alternate(&self, scheme: &str, _: &str) -> Result<Option<u32>, String> {
        Err(format!("identifiers of the scheme `{scheme}` are not loaded"))
    }

    fn is_active(&self, place: u32) -> bool {
        !self.table.is_inactive(place)
    }

    fn parents(&self, place: u32, each: &mut dyn FnMut(u32)) {
        self.table.hierarchy.parents(place).iter().copied().for_each(each);
    }

    fn children(&self, place: u32, each: &mut dyn FnMut(u32)) {
        self.table.hierarchy.children(place).iter().copied().for_each(each);
    }

    fn attributes(&self, place: u32, each: &mut dyn FnMut(Attribute<'_>)) -> Result<(), String> {
        self.each_attribute(place, each);
        Ok(())
    }

    fn status(&self, place: u32) -> Result<Status, String> {
        let unknown = || format!("the status of the concept {} is not loaded", self.table.code(place));
        let module = self.property(place, "moduleId").and_then(number).ok_or_else(unknown)?;
        let is_defined = self.property(place, "sufficientlyDefined").ok_or_else(unknown)? == "true";
        let day = self.property(place, "effectiveTime").map(|day| day.replace('-', ""));
        Ok(Status {
            definition: if is_defined { DEFINED } else { PRIMITIVE },
            module,
            effective_time: day.and_then(|day| day.parse().ok()),
        })
    }

    fn descriptions(&self, place: u32, each: &mut dyn FnMut(Description<'_>)) -> Result<(), String> {
        for (designation, note) in self.table.noted_designations(place) {
            // What has no identifier repeats a description for a dialect.
            let mut parts = note.detail.split(' ');
            let told = (parts.next().and_then(number), parts.next(), parts.next());
            let ((Some(module), Some(day), Some(dialects)), 1..) = (told, note.id) else { continue };
            let kind = designation.purpose.rsplit('|').next().and_then(number);
            let pairs = dialects.split(',').filter_map(|pair| pair.split_once('='));
            let dialects: Vec<_> =
                pairs.filter_map(|(set, how)| Some((number(set)?, number(how)?))).collect();
            each(Description {
                id: Sctid(note.id),
                term: designation.value,
                language: designation.language,
                kind: kind.ok_or("the type of a description is not loaded")?,
                module,
                effective_time: day.parse().ok(),
                is_active: true,
                dialects: &dialects,
            });
        }
        Ok(())
    }

    fn has_inactive_rows(&self) -> Result<(), String> {
        Err("inactive descriptions and members are not loaded".to_owned())
    }

    fn is_reference_set(&self, place: u32) -> bool {
        self.table.is_set(place)
    }

    fn members(&self, reference_set: u32, each: &mut dyn FnMut(Member<'_>)) -> Result<(), String> {
        for member in self.table.members(reference_set) {
            let (module, day) = member.detail.split_once(' ').unwrap_or_default();
            let fields: Vec<_> = member.fields.lines().filter_map(|line| line.split_once('\t')).collect();
            each(Member {
                referenced: number(member.code).ok_or("a member of a reference set has no identifier")?,
                module: number(module).ok_or("the module of a reference set's row is not loaded")?,
                effective_time: day.parse().ok(),
                is_active: true,
                fields: &fields,
            });
        }
        Ok(())
    }
}

fn number(text: &str) -> Option<Sctid> {
    text.parse().ok().map(Sctid)
}

#[cfg(test)]
mod tests;
