//! Which codes does a value set or a concept stand for?
//!
//! The modifiers `:in`, `:not-in`, `:above` and `:below` of <https://hl7.org/fhir/R4/search.html#token>. A few codes are
//! listed when the query is read, and looked up; of many, each token is held against the set.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Code, Issue, Text, Value};
use terminology::value_set::NotListed;
use terminology::{CodeSystem, Terminology, ValueSet};

use super::within::{Within, systems_of};
use super::{BOUND_SYSTEM, Case, LISTED_MAX, TokenTest, Wanted, folded, kept, refuse_value, split, unescape};
use crate::rows::ParameterId;
use crate::scan::Range;
use crate::types::Asked;

/// Codes of systems, found at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Codes {
    /// The codes by what they are in lower case.
    by_code: HashMap<Text, Vec<Wanted>>,
    length: usize,
}

/// Up or down a hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To what is more general.
    Above,
    /// To what is more special.
    Below,
}

impl Codes {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether a token is one of them.
    pub fn holds(&self, system: i64, code: &str) -> bool {
        let wanted = self.by_code.get(&*folded(code));
        wanted.is_some_and(|wanted| {
            wanted.iter().any(|wanted| wanted.is_of(system) && *wanted.case.apply(code) == *wanted.code)
        })
    }

    /// Where they stand, always in the same order, and whether nothing else stands there.
    pub(super) fn ranges(&self, parameter: ParameterId) -> (Vec<Range>, bool) {
        let mut codes: Vec<&Text> = self.by_code.keys().collect();
        codes.sort_unstable();
        let mut ranges: Vec<Range> = Vec::new();
        let mut exact = true;
        for wanted in codes.into_iter().flat_map(|code| &self.by_code[code]) {
            exact &= wanted.is_exact();
            for range in wanted.ranges(parameter) {
                // Two systems share the place of elements of type `code`, and two codes that of a long text.
                if !ranges.contains(&range) {
                    ranges.push(range);
                }
            }
        }
        (ranges, exact)
    }

    pub(super) fn add(&mut self, system: i64, code: &str, case: Case) {
        let wanted = Wanted::new(vec![system, BOUND_SYSTEM], code, case);
        let others = self.by_code.entry(folded(kept(code)).into()).or_default();
        if !others.contains(&wanted) {
            others.push(wanted);
            self.length += 1;
        }
    }
}

/// The test that a token is in the value set which the value names.
pub(super) fn in_value_set(asked: &Asked<'_>) -> Result<TokenTest, Issue> {
    let name = unescape(asked.value);
    if name.is_empty() {
        return Err(refuse_value(asked, "the URL of a value set"));
    }
    let value_set = value_set(asked, &name).map_err(|reason| {
        let message =
            format!("the parameter `{}` cannot be compared with `{name}`: {reason}", asked.parameter.code);
        Issue::error(Code::InvalidParameter, message)
    })?;
    let refuse = |refused: NotListed| {
        let code = match refused {
            NotListed::Unknown(_) => Code::InvalidParameter,
            NotListed::TooCostly(_) => Code::TooCostly,
        };
        let message = format!("a search cannot tell which codes are in the value set `{name}`: {refused}");
        Issue::error(code, message)
    };
    let size = value_set.size().map_err(refuse)?;
    match size.is_some_and(|size| size <= LISTED_MAX) {
        true => listed(&value_set, asked.surroundings.terminology).map_err(refuse),
        false => {
            let within = Within::new(&name, vec![value_set], asked.surroundings.terminology);
            Ok(TokenTest::Within(Arc::new(within)))
        }
    }
}

/// The test that a token is one of the few of a value set.
fn listed(value_set: &ValueSet, terminology: &Terminology) -> Result<TokenTest, NotListed> {
    let systems = systems_of(value_set, terminology);
    let mut codes = Codes::default();
    for code in value_set.list()? {
        let (system, case) = systems[code.part];
        codes.add(system, &code.code, case);
    }
    Ok(TokenTest::Among(Arc::new(codes)))
}

/// The test that a token is the concept which the value names, or above or below it.
pub(super) fn related(asked: &Asked<'_>, way: Way) -> Result<TokenTest, Issue> {
    let parts: Vec<Text> = split(asked.value, '|').into_iter().map(unescape).collect();
    let terminology = asked.surroundings.terminology;
    let mut sets = Vec::new();
    match parts.as_slice() {
        [system, code] if parts.iter().all(|part| !part.is_empty()) => {
            let table = terminology.code_system(system, None).map_err(|reason| {
                refuse_value(asked, &format!("a code of a system whose hierarchy is known here: {reason}"))
            })?;
            let refused = || refuse_value(asked, &format!("a code that the code system `{system}` has"));
            sets.push(related_in(&table, code, way).ok_or_else(refused)?);
        }
        // The specification's own example leaves the system out.
        [code] if !code.is_empty() => {
            let tables = terminology.systems().keys();
            let tables = tables.filter_map(|system| terminology.code_system(system, None).ok());
            sets.extend(tables.filter_map(|table| related_in(&table, code, way)));
            if sets.is_empty() {
                return Err(refuse_value(asked, "a code of a system that is known here"));
            }
        }
        _ => return Err(refuse_value(asked, "`system|code`")),
    }
    let sizes = sets.iter().map(|set| set.size().ok().flatten().unwrap_or(usize::MAX));
    if sizes.fold(0, usize::saturating_add) > LISTED_MAX {
        return Ok(TokenTest::Within(Arc::new(Within::new(asked.value, sets, terminology))));
    }
    let mut codes = Codes::default();
    for set in &sets {
        let [(system, case)] = systems_of(set, terminology)[..] else { continue };
        let found = set.list().expect("a few concepts of a table can be listed");
        found.iter().for_each(|found| codes.add(system, &found.code, case));
    }
    Ok(TokenTest::Among(Arc::new(codes)))
}

/// The concept of this code and all that stand that way from it; none where there is no such code.
fn related_in(table: &Arc<CodeSystem>, code: &str, way: Way) -> Option<Arc<ValueSet>> {
    let place = table.find(code)?;
    let mut related = match way {
        Way::Above => table.hierarchy.above(place, table.len()),
        Way::Below => table.hierarchy.below(place, table.len()),
    };
    related.insert(place);
    Some(Arc::new(ValueSet::of_concepts(table, related)))
}

/// The value set that is meant: by its place on this server, or else by its canonical.
fn value_set(asked: &Asked<'_>, name: &str) -> Result<Arc<ValueSet>, String> {
    let terminology = asked.surroundings.terminology;
    let base_url = asked.surroundings.base_url;
    let local = name.strip_prefix(base_url).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name);
    let entry = local.strip_prefix("ValueSet/").and_then(|id| terminology.registry.by_id("ValueSet", id));
    let Some(entry) = entry else { return terminology.value_set(name) };
    match (&*entry.url, &*entry.version) {
        ("", _) => compile(asked, &entry.resource()),
        (url, "") => terminology.value_set(url),
        (url, version) => terminology.value_set(&[url, "|", version].concat()),
    }
}

/// A value set without a canonical, which nobody keeps ready.
fn compile(asked: &Asked<'_>, resource: &Value) -> Result<Arc<ValueSet>, String> {
    asked.surroundings.terminology.compile(resource).map(Arc::new)
}
