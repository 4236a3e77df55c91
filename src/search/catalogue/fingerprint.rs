//! Were these resources indexed by what holds now?
//!
//! A number for each type over all that decides its rows. A store keeps the numbers that its rows were made by; where
//! they are others, the type is indexed anew.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use model::ResourceType;
use xxhash_rust::xxh3::xxh3_64;

use super::Catalogue;
use super::definition::Definition;
use crate::rows::ParameterId;

/// What rows are made of and how, beside the definitions. It goes up with every change to that, so that no store keeps
/// rows that nothing would find.
const FORM: u32 = 2;

/// The numbers of types and of their parameters.
#[derive(Default)]
pub(super) struct Fingerprints {
    types: HashMap<ResourceType, u64>,
    parameters: HashMap<ParameterId, u64>,
}

impl Fingerprints {
    /// Adds a type with its definitions, each of whose components is defined by one of `urls`.
    pub(super) fn add(
        &mut self,
        resource_type: ResourceType,
        definitions: &[&Definition],
        urls: &HashMap<&str, &Definition>,
    ) {
        let mut all = format!("{FORM}\n");
        for definition in definitions {
            let start = all.len();
            describe(definition, &mut all);
            for part in &definition.parts {
                let kind = urls.get(part.definition.as_str()).map_or("", |own| own.kind.as_str());
                add(&mut all, &[&part.definition, kind, &part.expression]);
            }
            let id = ParameterId::of(resource_type.as_str(), &definition.code);
            self.parameters.insert(id, xxh3_64(&all.as_bytes()[start..]));
        }
        self.types.insert(resource_type, xxh3_64(all.as_bytes()));
    }
}

impl Catalogue {
    /// A number that is another one when resources of the type are indexed otherwise, the same on every machine.
    pub fn fingerprint(&self, resource_type: ResourceType) -> u64 {
        self.fingerprints.types.get(&resource_type).copied().unwrap_or_default()
    }

    /// The parameters of a type, with those of modifiers, by which not all is found that was indexed by `before`.
    pub fn newer(&self, before: &Catalogue, resource_type: ResourceType) -> BTreeSet<ParameterId> {
        let number = |catalogue: &Catalogue, id| catalogue.fingerprints.parameters.get(&id).copied();
        let is_other = |id| number(self, id) != number(before, id);
        let mut found = BTreeSet::new();
        for parameter in self.of_type(resource_type) {
            // The parameters of its components lead to what a composite finds.
            let mut parts = parameter.components.iter().filter_map(|component| component.parameter);
            if is_other(parameter.id) || parts.any(is_other) {
                found.extend(parameter.ids());
            }
        }
        found
    }
}

fn describe(definition: &Definition, text: &mut String) {
    let Definition { url, code, kind, expression, targets, .. } = definition;
    add(text, &[code, url, kind.as_str(), expression]);
    targets.iter().for_each(|target| add(text, &[target.as_str()]));
}

/// Each word with its length before it, so that no others read the same.
fn add(text: &mut String, words: &[&str]) {
    for word in words {
        write!(text, "{}:{word} ", word.len()).expect("a String takes all");
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use fhir_profiles::{Definitions, Registry};
    use model::json;

    use super::*;
    use crate::catalogue::SHADOWS;

    const SUFFIX: &str = r#""url":"u","code":"suffix","type":"string","expression":"Patient.name.suffix""#;

    fn laid(definitions: &[&str]) -> Catalogue {
        let parse = |text: &&str| {
            let text = format!(r#"{{"resourceType":"SearchParameter","status":"active",{text}}}"#);
            json::parse(text.as_bytes()).expect("it is JSON")
        };
        Catalogue::new(&Registry::r4().with(definitions.iter().map(parse).collect::<Vec<_>>()))
    }

    /// The types whose numbers are others when `one` is laid on R4 than when `other` is.
    fn check(one: &[&str], other: &[&str], expected: &[&str]) {
        let (one, other) = (laid(one), laid(other));
        let types = Definitions::r4().resource_types().iter();
        let others: Vec<_> = types.filter(|it| one.fingerprint(**it) != other.fingerprint(**it)).collect();
        assert_eq!(others.iter().map(|it| it.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_same_definitions_have_the_same_number() {
        check(&[], &[], &[]);
        let definition = format!(r#"{SUFFIX},"base":["Patient"]"#);
        check(&[&definition], &[&definition], &[]);
        // Nothing is found by its name.
        check(&[&definition], &[&format!(r#"{definition},"name":"Other""#)], &[]);
    }

    #[test]
    fn only_types_that_have_a_new_parameter_have_another_number() {
        let definition = format!(r#"{SUFFIX},"base":["Patient"]"#);
        check(&[], &[&definition], &["Patient"]);
        check(&[&definition.replace("suffix\"", "prefix\"")], &[&definition], &["Patient"]);
        check(&[&definition.replace("name.suffix", "name.prefix")], &[&definition], &["Patient"]);
        check(&[&definition.replace("string", "token")], &[&definition], &["Patient"]);
        check(&[&format!(r#"{definition},"target":["Group"]"#)], &[&definition], &["Patient"]);
    }

    #[test]
    fn a_component_that_is_searched_otherwise_changes_the_composite() {
        let composite = r#""url":"c","code":"both","type":"composite","base":["Patient"],"expression":"Patient.name",
            "component":[{"definition":"p","expression":"suffix"}]"#;
        let part =
            r#""url":"p","code":"part","base":["Person"],"expression":"Person.name.suffix","type":"string""#;
        check(&[composite, part], &[composite, &part.replace("string", "token")], &["Patient", "Person"]);
    }

    #[test]
    fn only_parameters_that_come_or_change_are_newer() {
        let definition = format!(r#"{SUFFIX},"base":["Patient"]"#);
        let (plain, with) = (laid(&[]), laid(&[&definition]));
        let other = laid(&[&definition.replace("name.suffix", "name.prefix")]);
        let patient = model::ResourceType::known("Patient");
        let newer = |one: &Catalogue, before| {
            let ids = one.newer(before, patient);
            (ids.contains(&ParameterId::of("Patient", "suffix")), ids.len())
        };
        let with_modifiers = 2 * (2 + SHADOWS.len());
        assert_eq!(newer(&with, &plain), (true, with_modifiers));
        assert_eq!(newer(&with, &other), (true, with_modifiers));
        assert_eq!(newer(&with, &with), (false, 0));
        assert_eq!(newer(&plain, &with), (false, 0), "what is gone is not asked for");
    }
}
