//! What belongs to a group of tests?
//!
//! Inferno's metadata of a version of US Core, and what the searches of each group found: later tests look at that.

use std::collections::{BTreeMap, BTreeSet};

use fhir_profiles::Registry;
use model::Value;
use validate::Rules;

use super::ask;
use super::data::{Key, Loaded, Resources};
use super::oracle::Definition;
use super::paths::values;
use super::recording::{Exchange, Test};
use super::site::Site;
use super::slices::Slices;

/// All that tests of a version look at.
pub(crate) struct Kit<'s> {
    /// The server.
    pub(crate) site: &'s Site,
    /// What it holds.
    pub(crate) loaded: &'s Resources,
    /// What it refused, and the recorded server did not.
    pub(crate) refused: &'s Resources,
    /// The guide's definitions over those of R4.
    pub(crate) rules: Rules,
    groups: Vec<Value>,
    found: BTreeMap<String, Resources>,
}

/// How often it is looked for what resources of delayed groups refer to: roles to practitioners, those to nothing more.
const ROUNDS: usize = 2;

impl<'s> Kit<'s> {
    /// A kit that has asked nothing.
    pub(crate) fn new(site: &'s Site, data: &'s Loaded, metadata: &Value, rules: Rules) -> Self {
        let groups = metadata.get("groups").map_or(&[][..], Value::items).to_vec();
        let Loaded { resources: loaded, refused, .. } = data;
        Self { site, loaded, refused, rules, groups, found: BTreeMap::new() }
    }

    /// The definitions of the guide.
    pub(crate) fn registry(&self) -> &Registry {
        &self.rules.registry
    }

    /// The metadata of a group.
    pub(crate) fn group(&self, id: &str) -> Option<&Value> {
        self.groups.iter().find(|group| group.text("id") == Some(id))
    }

    /// The metadata of all groups.
    pub(crate) fn groups(&self) -> &[Value] {
        &self.groups
    }

    /// What the searches of a group found.
    pub(crate) fn found(&self, group: &str) -> Vec<&Value> {
        self.found.get(group).into_iter().flat_map(BTreeMap::values).collect()
    }

    /// What the searches of all groups found.
    pub(crate) fn all_found(&self) -> impl Iterator<Item = &Value> {
        self.found.values().flat_map(BTreeMap::values)
    }

    /// The definition of a parameter: of the group itself if it has one, else of another of the type.
    pub(crate) fn definition(&self, group: &str, resource_type: &str, name: &str) -> Option<Definition<'_>> {
        let own = self.group(group).into_iter().chain(&self.groups);
        let mut own = own.filter(|group| group.text("resource") == Some(resource_type));
        own.find_map(|group| Definition::read(group.get("search_definitions")?.get(name)?))
    }

    /// Asks what the first search of each group asks, and reads what the groups without one are told of.
    pub(crate) fn gather(&mut self, tests: &[Test]) {
        for test in tests.iter().filter(|test| is_first_search(test)) {
            for exchange in &test.exchanges {
                if !self.is_plain(test, exchange) {
                    continue;
                }
                // A search that fails is told of by the test that makes it.
                if let Ok(found) = ask::search(self.site, "GET", &exchange.path, &exchange.pairs) {
                    self.found.entry(test.group.clone()).or_default().extend(found.matches);
                }
            }
        }
        for _ in 0..ROUNDS {
            let wanted = self.referred();
            for (group, key) in wanted {
                if let Ok(resource) = ask::read(self.site, &key) {
                    self.found.entry(group).or_default().insert(key, resource);
                }
            }
        }
    }

    /// Whether an exchange asks for values themselves, not before or after them, and for nothing beside.
    fn is_plain(&self, test: &Test, exchange: &Exchange) -> bool {
        let plain = |(name, value): &(String, String)| {
            let own = !name.starts_with('_') || name == "_id";
            own && !["gt", "ge", "lt", "le"].iter().any(|prefix| {
                value
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_digit()))
            })
        };
        let of_group = self.group(&test.group).and_then(|group| group.text("resource"));
        exchange.method == "GET"
            && of_group == Some(exchange.path.as_str())
            && exchange.pairs.iter().all(plain)
    }

    /// For the groups that are reached by references: what was found refers to, or what tells its provenance.
    fn referred(&self) -> BTreeSet<(String, Key)> {
        let found: BTreeSet<&Key> = self.found.values().flat_map(BTreeMap::keys).collect();
        let mut named = BTreeSet::new();
        self.all_found().for_each(|resource| collect_references(resource, &mut named));
        let mut wanted = BTreeSet::new();
        for group in self.groups.iter().filter(|group| group.text("is_delayed") == Some("true")) {
            let (Some(id), Some(resource_type)) = (group.text("id"), group.text("resource")) else {
                continue;
            };
            let of_type = self.loaded.iter().filter(|((known, _), _)| known == resource_type);
            for (key, resource) in of_type {
                let is_told =
                    resource_type == "Provenance" && targets(resource).any(|key| found.contains(&key));
                if is_told || named.contains(key) {
                    wanted.insert((id.to_owned(), key.clone()));
                }
            }
        }
        wanted
    }
}

/// Inferno asks once by POST in each group, in the first search.
fn is_first_search(test: &Test) -> bool {
    test.exchanges.iter().any(|exchange| exchange.method == "POST")
}

/// What a Provenance is about.
pub(crate) fn targets(provenance: &Value) -> impl Iterator<Item = Key> {
    values(provenance, "target.reference", &Slices::default())
        .into_iter()
        .filter_map(|it| place(it.as_str()?))
}

/// The type and id of a relative reference.
pub(crate) fn place(reference: &str) -> Option<Key> {
    let (resource_type, id) = reference.split_once('/')?;
    Some((resource_type.to_owned(), id.to_owned()))
}

fn collect_references(value: &Value, found: &mut BTreeSet<Key>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("reference").and_then(Value::as_str).and_then(place));
            object.iter().for_each(|(_, member)| collect_references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}
