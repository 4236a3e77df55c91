//! Which codes are in the value set, one after the other?
//!
//! The operation <https://hl7.org/fhir/R4/valueset-operation-expand.html>. What was used and what was left unsaid for
//! want of content is said in the parameters of the expansion, by the names of R5.

mod entry;
mod extras;
mod nest;
mod parameters;
mod sources;
#[cfg(test)]
mod tests;
mod words;

use model::{Issue, Object, Value};

use crate::code_system::Names;
use crate::limits::EXPANSION_MAX;
use crate::refusal::Reason;
use crate::value_set::{Found, NotListed};
use crate::{Refusal, ValueSet};
use extras::Extras;
pub use sources::Sources;
use words::{Rank, Words};

/// How a value set is to be expanded.
#[derive(Clone, Copy, Default)]
pub struct Expand<'a> {
    /// Words that the display must hold, each as the beginning of a word of it; or the code's beginning.
    pub filter: Option<&'a str>,
    /// How many codes to skip.
    pub offset: Option<usize>,
    /// How many codes at most; without it all, if they are not too many.
    pub count: Option<usize>,
    /// Leave out what is no longer to be used.
    pub active_only: Option<bool>,
    /// Leave out what only groups others.
    pub exclude_not_for_ui: Option<bool>,
    /// Tell every other name as well.
    pub include_designations: Option<bool>,
    /// The language in which displays are wanted, as in `Accept-Language`.
    pub display_language: Option<&'a str>,
    /// The properties that are wanted, as R5 has them, in R4 by extension; `*` for all.
    pub properties: &'a [&'a str],
    /// Systems to leave out: `system` or `system|version`.
    pub exclude_systems: &'a [&'a str],
    /// Only designations of these languages or uses (`system|code`) are told; all when there is none.
    pub designations: &'a [&'a str],
    /// Whether concepts are to stand side by side; unless that is said, below what they are a kind of. A page is always
    /// flat, and so is what a definition lists one by one, imports, or takes codes away from.
    pub exclude_nested: Option<bool>,
    /// What the definition draws on; without it only what the codes are from is told.
    pub sources: Option<&'a Sources>,
    /// Expansions are told apart by this; who makes it has the randomness.
    pub identifier: &'a str,
    /// When it is made, as an instant.
    pub timestamp: &'a str,
}

/// What `$expand` heeds, as its arguments are called.
pub static EXPAND_PARAMETERS: &[&str] = &[
    "url",
    "valueSet",
    "valueSetVersion",
    "filter",
    "offset",
    "count",
    "includeDesignations",
    "designation",
    "includeDefinition",
    "activeOnly",
    "excludeNested",
    "excludeNotForUI",
    "excludePostCoordinated",
    "displayLanguage",
    "exclude-system",
    "property",
    "tx-resource",
    "useSupplement",
    "system-version",
    "check-system-version",
    "force-system-version",
    "default-valueset-version",
];

/// The ValueSet with its expansion.
pub fn expand(value_set: &ValueSet, asked: &Expand<'_>) -> Result<Value, Vec<Issue>> {
    let words = Words::new(asked.filter)?;
    let listed = match asked.include_designations == Some(true) || asked.display_language.is_some() {
        _ if words.is_empty() => value_set.list(),
        true => value_set.list_named(words.all(), Names::All),
        false => value_set.list_named(words.all(), Names::Displays),
    };
    let mut found = listed.map_err(|refused| refusals(&refused, asked))?;
    found.retain(|found| is_wanted(value_set, found, asked));
    let is_nested = asked.offset.unwrap_or_default() == 0
        && asked.count.is_none()
        && asked.exclude_nested != Some(true)
        && asked.sources.is_none_or(Sources::keep_hierarchy);
    if !words.is_empty() {
        let order = if is_nested { Order::AsDefined } else { Order::BestFirst };
        found = matching(value_set, found, &words, (asked, order));
    }
    let total = found.len();
    if asked.count.is_none() && total > EXPANSION_MAX {
        let text = format!(
            "the expansion has {total} codes, which is more than the limit of {EXPANSION_MAX} without `count`"
        );
        return Err(vec![Refusal::new(Reason::TooCostly, text).into()]);
    }
    let shown = found.iter().skip(asked.offset.unwrap_or_default());
    let shown: Vec<&Found> = shown.take(asked.count.unwrap_or(total)).collect();
    let extras = match asked.sources {
        Some(sources) => extras::of(sources, value_set, &shown),
        None => shown.iter().map(|_| Extras::default()).collect(),
    };
    let pairs = || shown.iter().zip(&extras);
    let entries = pairs().map(|(found, extras)| entry::entry(value_set, found, extras, asked));
    let contains = if is_nested {
        nest::nest(value_set, &found, entries.collect())
    } else {
        entries.map(Value::from).collect()
    };
    let declared = entry::declarations(value_set, pairs(), asked);
    let mut expansion = head(asked, parameters::unclosed(value_set).into_iter().chain(declared).collect());
    expansion.set("total", total as u64);
    if asked.offset.is_some_and(|offset| offset > 0) || asked.count.is_some() {
        expansion.set("offset", asked.offset.unwrap_or_default() as u64);
    }
    let parameters = parameters::parameters(value_set, asked);
    for (name, list) in [("parameter", parameters), ("contains", contains)] {
        if !list.is_empty() {
            expansion.set(name, list);
        }
    }
    Ok(resource(value_set, expansion))
}

/// The value set as it describes itself, with its expansion.
fn resource(value_set: &ValueSet, expansion: Object) -> Value {
    let mut resource = Object::new();
    resource.set("resourceType", "ValueSet");
    value_set.about.iter().for_each(|(name, value)| resource.set(name, value.clone()));
    if value_set.about.get("status").is_none() {
        resource.set("status", "unknown");
    }
    resource.set("expansion", expansion);
    resource.into()
}

fn head(asked: &Expand<'_>, extensions: Vec<Value>) -> Object {
    let mut expansion = Object::new();
    if !extensions.is_empty() {
        expansion.set("extension", extensions);
    }
    for (name, text) in [("identifier", asked.identifier), ("timestamp", asked.timestamp)] {
        if !text.is_empty() {
            expansion.set(name, text);
        }
    }
    expansion
}

/// Why it cannot be expanded: what is missing, where that is known, or else what the listing met.
fn refusals(refused: &NotListed, asked: &Expand<'_>) -> Vec<Issue> {
    let text = format!("the value set cannot be expanded: {refused}");
    let missing = asked.sources.map_or(&[][..], |sources| &sources.missing);
    match (refused, missing) {
        (NotListed::TooCostly(_), _) => vec![Refusal::new(Reason::TooCostly, text).into()],
        (NotListed::Unknown(_), []) => vec![Refusal::new(Reason::NoSystem, text).into()],
        (NotListed::Unknown(_), missing) => missing.to_vec(),
    }
}

/// In which order codes are told that words were found in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As without words, so that each can stand below what it is a kind of.
    AsDefined,
    /// What meets the words best first.
    BestFirst,
}

fn matching(
    value_set: &ValueSet,
    found: Vec<Found>,
    words: &Words,
    (asked, order): (&Expand<'_>, Order),
) -> Vec<Found> {
    let rank = |found: &Found| words.rank(&value_set.parts[found.part], &found.code, asked);
    let mut ranked: Vec<(Rank, Found)> =
        found.into_iter().filter_map(|found| Some((rank(&found)?, found))).collect();
    if order == Order::BestFirst {
        // Stable, so that equals keep the order of the definition.
        ranked.sort_by_key(|(rank, _)| *rank);
    }
    ranked.into_iter().map(|(_, found)| found).collect()
}

fn is_wanted(value_set: &ValueSet, found: &Found, asked: &Expand<'_>) -> bool {
    let part = &value_set.parts[found.part];
    let is_excluded = asked.exclude_systems.iter().any(|excluded| {
        let (system, version) = excluded.split_once('|').unwrap_or((excluded, ""));
        *part.system == *system && (version.is_empty() || *part.version == *version)
    });
    let is_choosy = asked.active_only == Some(true) || asked.exclude_not_for_ui == Some(true);
    let table = part.source.table().filter(|_| is_choosy);
    let place = table.and_then(|table| Some((table, table.find(&found.code)?)));
    let is_refused = place.is_some_and(|(table, place)| {
        (asked.active_only == Some(true) && table.is_inactive(place))
            || (asked.exclude_not_for_ui == Some(true) && table.is_abstract(place))
    });
    !is_excluded && !is_refused
}
