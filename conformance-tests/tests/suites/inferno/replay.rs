//! Does a search find what it found when it was recorded?
//!
//! The resources had other ids where they were recorded, so an id that nobody knows here stands for one of a resource
//! of the same group. What is found is compared with the oracle, and its number with the pages that were recorded.

use std::collections::BTreeSet;

use super::ask::{self, Found};
use super::data::{Key, Resources};
use super::kit::{Kit, place, targets};
use super::paths::values;
use super::recording::{Exchange, Test};
use super::slices::Slices;

/// Matches on a page of the recorded server.
const PAGE: usize = 10;

/// Pages that Inferno asks for at most.
const PAGES_ASKED_MAX: usize = 19;

type Pairs = Vec<(String, String)>;

/// Asks all that a test asks; none of its searches may find too much or too little, and some must find something.
pub(crate) fn searches(kit: &Kit<'_>, test: &Test) -> Result<(), String> {
    if test.exchanges.is_empty() {
        return Err("nothing was asked when it was recorded".to_owned());
    }
    let (mut any_found, mut any_included) = (false, false);
    let mut plain: Option<Pairs> = None;
    for exchange in &test.exchanges {
        let found = match (exchange.method.as_str(), exchange.path.strip_suffix("/_search"), &plain) {
            ("POST", Some(resource_type), Some(pairs)) => {
                once(kit, test, &Asked { method: "POST", resource_type, pairs, pages: None })?
            }
            ("GET", None, _) => {
                let pairs = fitted(kit, test, exchange)?;
                let asks_more = exchange.more_pages < PAGES_ASKED_MAX;
                let known = pairs == exchange.pairs && asks_more && exchange.status == "200";
                let pages = known.then_some(exchange.more_pages);
                let found = once(
                    kit,
                    test,
                    &Asked { method: "GET", resource_type: &exchange.path, pairs: &pairs, pages },
                )?;
                if !found.matches.is_empty() && plain.is_none() {
                    plain = Some(pairs);
                }
                found
            }
            _ => return Err(format!("{} {} is no search", exchange.method, exchange.path)),
        };
        any_found |= !found.matches.is_empty();
        any_included |= !found.includes.is_empty();
    }
    let wants_included = test.exchanges.iter().any(|it| it.pairs.iter().any(|(name, _)| is_include(name)));
    match (any_found, any_included || !wants_included) {
        (false, _) => Err("none of its searches finds anything".to_owned()),
        (_, false) => Err("none of its searches includes anything".to_owned()),
        _ => Ok(()),
    }
}

struct Asked<'a> {
    method: &'a str,
    resource_type: &'a str,
    pairs: &'a [(String, String)],
    /// How many more pages the recorded server had, where that can be compared.
    pages: Option<usize>,
}

/// Asks once and compares.
fn once(kit: &Kit<'_>, test: &Test, asked: &Asked<'_>) -> Result<Found, String> {
    let Asked { method, resource_type, pairs, pages } = *asked;
    let found = ask::search(kit.site, method, resource_type, pairs)?;
    let matches: BTreeSet<&Key> = found.matches.keys().collect();
    let expected = meant(kit, test, kit.loaded, (resource_type, pairs))?;
    let shown = || format!("{method} {resource_type} {pairs:?}");
    alike(&matches, &expected).map_err(|difference| format!("{}: {difference}", shown()))?;
    let included: BTreeSet<&Key> = found.includes.keys().collect();
    let beside = beside(kit, &matches, pairs);
    alike(&included, &beside).map_err(|difference| format!("{}: included: {difference}", shown()))?;
    let count = matches.len() + meant(kit, test, kit.refused, (resource_type, pairs))?.len();
    match pages {
        Some(pages) if pages != count.saturating_sub(1) / PAGE => {
            Err(format!("{}: found {count} where {pages} more pages of {PAGE} were recorded", shown()))
        }
        _ => Ok(found),
    }
}

/// Those of some resources that a query means.
fn meant<'k>(
    kit: &Kit<'_>,
    test: &Test,
    resources: &'k Resources,
    (resource_type, pairs): (&str, &[(String, String)]),
) -> Result<BTreeSet<&'k Key>, String> {
    let mut expected: Vec<_> = resources.iter().filter(|((known, _), _)| known == resource_type).collect();
    for (name, value) in pairs.iter().filter(|(name, _)| !is_include(name)) {
        let definition = kit.definition(&test.group, resource_type, name);
        let definition =
            definition.ok_or_else(|| format!("nobody says what `{name}` of {resource_type} is"))?;
        expected.retain(|(_, resource)| definition.holds(resource, value));
    }
    Ok(expected.into_iter().map(|(key, _)| key).collect())
}

/// What should stand beside the matches.
fn beside<'k>(kit: &'k Kit<'_>, matches: &BTreeSet<&Key>, pairs: &[(String, String)]) -> BTreeSet<&'k Key> {
    let mut beside = BTreeSet::new();
    for (name, value) in pairs {
        if (name.as_str(), value.as_str()) == ("_revinclude", "Provenance:target") {
            let provenances = kit.loaded.iter().filter(|((known, _), _)| known == "Provenance");
            let about =
                provenances.filter(|(_, resource)| targets(resource).any(|key| matches.contains(&key)));
            beside.extend(about.map(|(key, _)| key));
        } else if name == "_include" && value.ends_with(":medication") {
            let resources = matches.iter().filter_map(|key| kit.loaded.get(*key));
            let named = resources
                .flat_map(|resource| values(resource, "medicationReference.reference", &Slices::default()));
            let keys = named.filter_map(|reference| place(reference.as_str()?));
            beside.extend(keys.filter_map(|key| kit.loaded.get_key_value(&key)).map(|(key, _)| key));
        }
    }
    beside
}

fn is_include(name: &str) -> bool {
    matches!(name, "_include" | "_revinclude")
}

/// The query with ids of this server: where none is known, what some resource of the group has that the rest means.
fn fitted(kit: &Kit<'_>, test: &Test, exchange: &Exchange) -> Result<Pairs, String> {
    let resource_type = exchange.path.as_str();
    let mut pairs = exchange.pairs.clone();
    for (place_of_pair, (name, value)) in exchange.pairs.iter().enumerate() {
        if is_include(name) {
            continue;
        }
        let definition = kit.definition(&test.group, resource_type, name);
        let definition =
            definition.ok_or_else(|| format!("nobody says what `{name}` of {resource_type} is"))?;
        let is_unknown = match name.as_str() {
            "_id" => !kit.loaded.contains_key(&(resource_type.to_owned(), value.clone())),
            _ => definition.is_reference() && place(value).is_some_and(|key| !kit.loaded.contains_key(&key)),
        };
        if !is_unknown {
            continue;
        }
        let mut candidates = kit.found(&test.group).into_iter().filter(|resource| {
            let others = exchange.pairs.iter().filter(|(other, _)| other != name && !is_include(other));
            let mut definitions = others.map(|(other, value)| {
                kit.definition(&test.group, resource_type, other).map(|found| found.holds(resource, value))
            });
            definitions.all(|holds| holds == Some(true))
        });
        let known = candidates.find_map(|resource| {
            let value = *definition.values(resource).first()?;
            value.text("reference").or_else(|| value.as_str()).map(str::to_owned)
        });
        pairs[place_of_pair].1 = known.ok_or_else(|| format!("no resource of the group has a `{name}`"))?;
    }
    Ok(pairs)
}

fn alike(found: &BTreeSet<&Key>, expected: &BTreeSet<&Key>) -> Result<(), String> {
    let shown = |keys: Vec<&&Key>| {
        let names = keys.iter().take(3).map(|(resource_type, id)| format!("{resource_type}/{id}"));
        names.collect::<Vec<_>>().join(", ")
    };
    let lacking: Vec<_> = expected.difference(found).collect();
    let beyond: Vec<_> = found.difference(expected).collect();
    if lacking.is_empty() && beyond.is_empty() {
        return Ok(());
    }
    let (lacks, exceeds) = (lacking.len(), beyond.len());
    Err(format!("lacks {lacks} ({}), has {exceeds} beyond ({})", shown(lacking), shown(beyond)))
}
