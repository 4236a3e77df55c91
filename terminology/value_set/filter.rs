//! Which concepts pass a filter?
//!
//! One arm for each operator of <https://hl7.org/fhir/R4/valueset-filter-operator.html>, and R5's `child-of` and
//! `descendent-leaf`.

use regex::RegexBuilder;

use crate::code_system::CodeSystem;
use crate::concept_set::Bits;
use crate::limits::{REGEX_BYTES_MAX, REGEX_LENGTH_MAX};
use crate::systems::{self, Filter};

/// Properties that every system has, whether it says so or not.
const ALWAYS: &[&str] =
    &["code", "concept", "display", "designation", "parent", "child", "inactive", "notSelectable"];

/// The concepts of a table that pass.
pub(crate) fn concepts(table: &CodeSystem, filter: &Filter<'_>) -> Result<Bits, String> {
    if let Some(found) = systems::own_filter(table, filter) {
        return found;
    }
    let Filter { property, op, value } = *filter;
    if !ALWAYS.contains(&property) && !table.knows_property(property) {
        return Err(format!("the code system `{}` has no property `{property}`", table.about.url));
    }
    let any = |test: &dyn Fn(&str) -> bool| table.those(|place| has_value(table, place, property, test));
    match op {
        "=" => Ok(any(&|found| found == value)),
        "in" => Ok(any(&|found| is_listed(value, found))),
        "not-in" => {
            Ok(table.those(|place| !has_value(table, place, property, &|found| is_listed(value, found))))
        }
        "regex" => {
            let regex = compile(value)?;
            Ok(any(&|found| regex.is_match(found)))
        }
        "exists" if matches!(value, "true" | "false") => {
            let wanted = value == "true";
            Ok(table.those(|place| has_value(table, place, property, &|_| true) == wanted))
        }
        "exists" => Err(format!("the filter `exists` takes `true` or `false`, not `{value}`")),
        _ if matches!(property, "concept" | "code") => related(table, op, value),
        _ => Err(format!("the filter `{op}` on the property `{property}` is not known")),
    }
}

/// A regular expression that the whole of a value must match.
pub(crate) fn compile(pattern: &str) -> Result<regex::Regex, String> {
    if pattern.len() > REGEX_LENGTH_MAX {
        return Err(format!(
            "a regular expression is longer than the limit of {REGEX_LENGTH_MAX} characters"
        ));
    }
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(REGEX_BYTES_MAX)
        .dfa_size_limit(REGEX_BYTES_MAX)
        .build()
        .map_err(|_| format!("`{pattern}` is no regular expression, or one that takes too much memory"))
}

/// The concepts that stand to `code` as the operator says.
fn related(table: &CodeSystem, op: &str, code: &str) -> Result<Bits, String> {
    let count = table.len();
    let below = |place| table.hierarchy.below(place, count);
    let with = |mut bits: Bits, place| {
        bits.insert(place);
        bits
    };
    let place = table.find(code).ok_or_else(|| {
        format!("the code `{code}` of a filter is not in the code system `{}`", table.about.url)
    });
    match op {
        "is-a" => place.map(|place| with(below(place), place)),
        "descendent-of" => place.map(below),
        "is-not-a" => place.map(|place| table.all().without(&with(below(place), place))),
        "generalizes" => place.map(|place| with(table.hierarchy.above(place, count), place)),
        "child-of" => {
            place.map(|place| Bits::of(count, |other| table.hierarchy.parents(other).contains(&place)))
        }
        "descendent-leaf" => place.map(|place| {
            let leaves = Bits::of(count, |other| table.hierarchy.children(other).is_empty());
            below(place).and(&leaves)
        }),
        _ => Err(format!("the filter operator `{op}` is not known")),
    }
}

/// Whether a value of the property passes the test.
fn has_value(table: &CodeSystem, place: u32, property: &str, test: &dyn Fn(&str) -> bool) -> bool {
    let codes = |places: &[u32]| places.iter().any(|other| test(table.code(*other)));
    match property {
        "code" | "concept" => test(table.code(place)),
        "display" => table.display(place).is_some_and(test),
        "designation" => table.designations(place).any(|designation| test(designation.value)),
        "parent" => codes(table.hierarchy.parents(place)),
        "child" => codes(table.hierarchy.children(place)),
        "inactive" => test(if table.is_inactive(place) { "true" } else { "false" }),
        // That a concept may be selected is not known unless it is said.
        "notSelectable" if table.is_abstract(place) => test("true"),
        _ => table.properties(place).any(|found| found.code == property && test(found.value)),
    }
}

fn is_listed(list: &str, value: &str) -> bool {
    list.split(',').any(|item| item.trim() == value)
}
