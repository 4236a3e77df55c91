//! What do these resources refer to, and what refers to them?

use std::collections::{BTreeMap, BTreeSet, HashMap};

use access::Permit;
use model::reference::Canonical;
use model::{Id, Key, ResourceType, Text};
use search::condition::{Clause, ReferenceTest, Test};
use search::query::Way;
use search::types::{Asked, Surroundings};
use search::{
    Branch, Condition, Include, Indexed, Parameter, ParameterId, Query, Row, Rows, Total, hash, types,
};

use crate::library::Shelf;
use crate::{Context, Result};

/// One round of includes.
pub(super) struct Step<'a> {
    pub(super) context: &'a Context,
    pub(super) permit: &'a Permit,
    pub(super) shelf: &'a Shelf,
    /// How many resources are enough, those counted that are in the Bundle already.
    pub(super) enough: usize,
}

/// What one round found; the same resource may stand in it more than once.
#[derive(Default)]
pub(super) struct Found {
    pub(super) keys: Vec<Key>,
    /// Whether there are others beyond what is enough.
    pub(super) more: bool,
}

/// A resource that is asked for what belongs to it.
struct Asking<'a> {
    key: &'a Key,
    rows: Rows,
}

impl Asking<'_> {
    /// The rows that includes follow from here.
    fn followed<'i>(&'i self, includes: &'i [&'i Include]) -> impl Iterator<Item = (&'i Include, &'i Row)> {
        let follows =
            |include: &&&Include| include.way == Way::Forwards && include.source == self.key.resource_type;
        includes.iter().filter(follows).flat_map(|include| {
            let rows = include.parameters.iter().flat_map(|parameter| self.rows.of(*parameter));
            rows.filter(|row| !self.is_of_a_version(row)).map(|row| (*include, row))
        })
    }

    /// Whether a row says less than another of the same canonical, which names the version, too.
    fn is_of_a_version(&self, row: &Row) -> bool {
        let Indexed::Reference { target_type: 0, target: url } = &row.value else { return false };
        let beginning = Text::from([url, "|"].concat());
        let value = Indexed::Reference { target_type: 0, target: beginning.clone() };
        let first = Row { value, ..row.clone() };
        // Rows are in order, and a resource may refer to thousands of others.
        let own = self.rows.of(row.parameter);
        let next = own.get(own.partition_point(|other| *other < first)).map(|other| &other.value);
        matches!(next, Some(Indexed::Reference { target_type: 0, target }) if target.starts_with(&*beginning))
    }
}

impl Step<'_> {
    pub(super) async fn take(&self, includes: &[&Include], keys: &[Key]) -> Result<Found> {
        let rows = self.context.store.rows(self.permit, keys).await?;
        let standing = keys.iter().zip(rows).filter_map(|(key, rows)| Some(Asking { key, rows: rows? }));
        let standing: Vec<Asking<'_>> = standing.collect();
        let mut found = Found::default();
        let defined = self.forwards(includes, &standing, &mut found);
        self.look_for(defined, &mut found).await?;
        for include in includes.iter().filter(|include| include.way == Way::Backwards) {
            let referring = self.referring(include, &standing);
            self.look_for(referring.into_iter().collect(), &mut found).await?;
        }
        Ok(found)
    }

    /// Finds the local resources that these refer to; returns where the definitions are that they name.
    fn forwards(&self, includes: &[&Include], asking: &[Asking<'_>], found: &mut Found) -> Vec<Branch> {
        let all = self.context.definitions.resource_types().iter();
        let types: HashMap<u32, ResourceType> = all.map(|it| (hash::short(it.as_str()), *it)).collect();
        let mut canonicals: BTreeMap<ResourceType, BTreeSet<&Text>> = BTreeMap::new();
        for (include, row) in asking.iter().flat_map(|asking| asking.followed(includes)) {
            let Indexed::Reference { target_type, target } = &row.value else { continue };
            let fits = |found: &ResourceType| include.target.is_none_or(|wanted| wanted == *found);
            match types.get(target_type) {
                Some(known) if fits(known) => {
                    found.keys.extend(Id::parse(target).map(|id| Key::new(*known, id)));
                }
                Some(_) => {}
                None => self.targets(row.parameter).filter(fits).for_each(|known| {
                    canonicals.entry(known).or_default().insert(target);
                }),
            }
        }
        canonicals.iter().filter_map(|(resource_type, urls)| self.defined(*resource_type, urls)).collect()
    }

    /// The types with a `url` that a parameter may refer to.
    fn targets(&self, parameter: ParameterId) -> impl Iterator<Item = ResourceType> {
        let catalogue = &self.shelf.catalogue;
        let targets = catalogue.by_id(parameter).map_or(&[][..], |parameter| &parameter.targets);
        let all = self.context.definitions.resource_types();
        let targets = if targets.is_empty() { all } else { targets };
        targets.iter().copied().filter(|it| catalogue.find(*it, "url").is_some())
    }

    /// Resources of a type that are named by one of these canonicals.
    fn defined(&self, resource_type: ResourceType, canonicals: &BTreeSet<&Text>) -> Option<Branch> {
        let url = self.shelf.catalogue.find(resource_type, "url")?;
        let version = self.shelf.catalogue.find(resource_type, "version");
        let named = canonicals.iter().filter_map(|text| {
            let canonical = Canonical::parse(text)?;
            let is_called = self.condition(url, canonical.url)?;
            match (canonical.version, version) {
                (Some(wanted), Some(version)) => {
                    Some(Condition::All(vec![is_called, self.condition(version, wanted)?]))
                }
                _ => Some(is_called),
            }
        });
        any(resource_type, named.collect())
    }

    /// Resources that refer to one of these by the parameters of a `_revinclude`.
    fn referring(&self, include: &Include, asking: &[Asking<'_>]) -> Option<Branch> {
        let catalogue = &self.shelf.catalogue;
        let mut refer = Vec::new();
        for parameter in include.parameters.iter().filter_map(|id| catalogue.by_id(*id)) {
            for Asking { key, rows } in asking {
                let wanted = include.target.is_none_or(|wanted| wanted == key.resource_type);
                let may = parameter.targets.is_empty() || parameter.targets.contains(&key.resource_type);
                if !wanted || !may {
                    continue;
                }
                refer.extend(self.condition(parameter, &key.to_string()));
                let url = catalogue.find(key.resource_type, "url");
                let urls = url.map_or(&[][..], |url| rows.of(url.id));
                refer.extend(urls.iter().filter_map(|row| match &row.value {
                    Indexed::Uri(url) => self.naming(parameter, url, self.version(key, rows)),
                    _ => None,
                }));
            }
        }
        any(include.source, refer)
    }

    /// The version that a definition says it is of.
    fn version<'r>(&self, key: &Key, rows: &'r Rows) -> Option<&'r str> {
        let version = self.shelf.catalogue.find(key.resource_type, "version")?;
        rows.of(version.id).iter().find_map(|row| match &row.value {
            Indexed::Token { code, .. } => Some(code.as_str()),
            _ => None,
        })
    }

    /// The condition that a canonical names a definition: by its URL, and by no version but its own.
    fn naming(&self, parameter: &Parameter, url: &str, version: Option<&str>) -> Option<Condition> {
        let named = self.condition(parameter, url)?;
        let is_other = Test::Reference(ReferenceTest::Versions(url.into()));
        let other = Condition::Clause(Clause { parameter: parameter.id, test: is_other });
        let own = version.and_then(|version| self.condition(parameter, &[url, "|", version].concat()));
        let none_or_own = Condition::Any(own.into_iter().chain([Condition::Not(Box::new(other))]).collect());
        Some(Condition::All(vec![named, none_or_own]))
    }

    /// The condition that a parameter has this value; none when it cannot have it.
    fn condition(&self, parameter: &Parameter, value: &str) -> Option<Condition> {
        let surroundings = Surroundings {
            catalogue: &self.shelf.catalogue,
            terminology: &self.shelf.rules.terminology,
            base_url: &self.context.policy.base_url,
            now: (self.context.clock)(),
        };
        let value = escape(value);
        types::parse(&Asked { parameter, modifier: None, value: &value, surroundings: &surroundings }).ok()
    }

    async fn look_for(&self, branches: Vec<Branch>, found: &mut Found) -> Result<()> {
        if branches.is_empty() {
            return Ok(());
        }
        let directions = Vec::new();
        let query = Query { branches, directions, count: self.enough, total: Total::None, after: None };
        let page = self.context.store.search(self.permit, &query).await?;
        found.more |= page.next.is_some();
        found.keys.extend(page.found);
        Ok(())
    }
}

fn any(resource_type: ResourceType, conditions: Vec<Condition>) -> Option<Branch> {
    let is_possible = !conditions.is_empty();
    let condition = Condition::Any(conditions);
    is_possible.then_some(Branch { resource_type, condition, sort: Vec::new() })
}

/// Writes a value so that nothing in it has a meaning of its own.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        if matches!(character, '\\' | ',' | '|' | '$') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
