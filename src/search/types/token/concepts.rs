//! Which codes does a value set or a concept stand for?
//!
//! The modifiers `:in`, `:not-in`, `:above` and `:below` of <https://hl7.org/fhir/R4/search.html#token>. All codes are
//! listed when the query is read, so that rows alone tell whether they are among them.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Code, Issue, Text, Value};
use terminology::value_set::NotListed;
use terminology::{CodeSystem, ValueSet};

use super::{BOUND_SYSTEM, Case, TokenTest, Wanted, case_of, folded, kept, refuse_value, split, unescape};
use crate::hash;
use crate::limits::VALUE_SET_CODES_MAX;
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
    let found = value_set.list().map_err(|refused| {
        let code = match refused {
            NotListed::Unknown(_) => Code::InvalidParameter,
            NotListed::TooCostly(_) => Code::TooCostly,
        };
        let message = format!("the codes of the value set `{name}` cannot be listed for a search: {refused}");
        Issue::error(code, message)
    })?;
    check_number(found.len(), &name)?;
    let terminology = asked.surroundings.terminology;
    let systems: Vec<(i64, Case)> = value_set
        .parts
        .iter()
        .map(|part| (hash::number(&part.system), case_of(terminology, &part.system)))
        .collect();
    let mut codes = Codes::default();
    for code in found {
        let (system, case) = systems[code.part];
        codes.add(system, &code.code, case);
    }
    Ok(TokenTest::Among(Arc::new(codes)))
}

/// The test that a token is the concept which the value names, or above or below it.
pub(super) fn related(asked: &Asked<'_>, way: Way) -> Result<TokenTest, Issue> {
    let parts: Vec<Text> = split(asked.value, '|').into_iter().map(unescape).collect();
    let terminology = asked.surroundings.terminology;
    let mut codes = Codes::default();
    match parts.as_slice() {
        [system, code] if parts.iter().all(|part| !part.is_empty()) => {
            let table = terminology.code_system(system, None).map_err(|reason| {
                refuse_value(asked, &format!("a code of a system whose hierarchy is known here: {reason}"))
            })?;
            add_related(&mut codes, asked, (&table, code), way)?;
        }
        // The specification's own example leaves the system out.
        [code] if !code.is_empty() => {
            for system in terminology.systems().keys() {
                let Ok(table) = terminology.code_system(system, None) else { continue };
                if table.find(code).is_some() {
                    add_related(&mut codes, asked, (&table, code), way)?;
                }
            }
            if codes.is_empty() {
                return Err(refuse_value(asked, "a code of a system that is known here"));
            }
        }
        _ => return Err(refuse_value(asked, "`system|code`")),
    }
    Ok(TokenTest::Among(Arc::new(codes)))
}

fn add_related(
    codes: &mut Codes,
    asked: &Asked<'_>,
    (table, code): (&CodeSystem, &str),
    way: Way,
) -> Result<(), Issue> {
    let url = &*table.about.url;
    let Some(place) = table.find(code) else {
        return Err(refuse_value(asked, &format!("a code that the code system `{url}` has")));
    };
    let related = match way {
        Way::Above => table.hierarchy.above(place, table.len()),
        Way::Below => table.hierarchy.below(place, table.len()),
    };
    check_number(codes.len() + related.len() + 1, asked.value)?;
    let (system, case) = (hash::number(url), case_of(asked.surroundings.terminology, url));
    for place in related.iter().chain([place]) {
        codes.add(system, table.code(place), case);
    }
    Ok(())
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

pub(super) fn check_number(number: usize, name: &str) -> Result<(), Issue> {
    if number <= VALUE_SET_CODES_MAX {
        return Ok(());
    }
    let message = format!(
        "`{name}` stands for {number} codes, more than the limit of {VALUE_SET_CODES_MAX} that a search compares with"
    );
    Err(Issue::error(Code::TooCostly, message))
}
