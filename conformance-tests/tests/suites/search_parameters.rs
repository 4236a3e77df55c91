//! Does every search parameter of R4 find what it is a parameter of?
//!
//! For each value that an official example is indexed by, searches are written down that must mean that example, and
//! some that must not, with every prefix and modifier of the search type. They are read as a URL is, held against the
//! example's rows, and each range that a store would read must hold the example. What was tried stands in
//! `conformance-tests/suites/search_modifiers.md`; `UPDATE_EXPECT=1` writes it anew.
//! <https://hl7.org/fhir/R4/search.html#modifiers>

#![expect(clippy::print_stdout, reason = "how many passed is what a suite is run for")]

mod table;
mod trial;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fhir_profiles::{Definitions, Registry};
use model::{Instant, ResourceType, Value};
use search::catalogue::SHADOWS;
use search::types::Surroundings;
use search::{Catalogue, Indexed, Kind, Row, Rows, index};
use terminology::Terminology;

use crate::scoreboard::{Scoreboard, suite};
use crate::validation::resources;
use table::Table;
use trial::Trial;
use written::{Form, Names, Written};

/// The base of the server that asks itself.
const BASE_URL: &str = "http://example.org/fhir";

/// What time it is: 2026-11-21.
const NOW: Instant = Instant(1_795_219_200_000_000);

/// Resources that are tried for each parameter; more of the same tell nothing new.
const RESOURCES_MAX: usize = 12;

/// Rows of one resource that are tried for each parameter.
const ROWS_MAX: usize = 4;

/// Parameters that examples have values for, and that must find them.
const AT_LEAST: usize = 1314;

/// An example as it is indexed.
pub(crate) struct Example {
    resource_type: ResourceType,
    id: String,
    tree: Value,
    rows: Rows,
}

#[test]
fn search_parameters() {
    let Some(package) = suite("packages/hl7.fhir.r4.examples-4.0.1.tgz") else { return };
    let catalogue = Catalogue::r4();
    let registry = Registry::r4();
    let names = Names::of(&registry);
    let terminology = Terminology::new(registry);
    let surroundings =
        Surroundings { catalogue: &catalogue, terminology: &terminology, base_url: BASE_URL, now: NOW };
    let examples = examples(&package, &catalogue);
    let (mut scoreboard, mut table) = (Scoreboard::default(), Table::default());
    let (mut known, mut with_values) = (BTreeSet::new(), BTreeSet::new());
    for resource_type in Definitions::r4().resource_types() {
        let own: &[Example] = examples.get(resource_type).map_or(&[], Vec::as_slice);
        for parameter in catalogue.of_type(*resource_type) {
            table.known(parameter);
            known.insert(&parameter.url);
            let trial = Trial { parameter, surroundings: &surroundings, examples: own };
            if let Some(outcome) = tried(&trial, &names, &mut table) {
                scoreboard.note(format!("{resource_type}.{}", parameter.code), outcome);
                with_values.insert(&parameter.url);
            }
        }
    }
    let (searches, count) = (table.searches(), with_values.len());
    println!("search_parameters: {searches} searches by {count} of {} definitions", known.len());
    table.settle();
    scoreboard.settle("search_parameters", AT_LEAST);
}

/// The examples by type, definitions among them.
fn examples(package: &Path, catalogue: &Catalogue) -> BTreeMap<ResourceType, Vec<Example>> {
    let mut examples: BTreeMap<ResourceType, Vec<Example>> = BTreeMap::new();
    for (_, tree) in resources(package, "package") {
        let Some(object) = tree.as_object() else { continue };
        let named = tree.text("resourceType").and_then(|name| Definitions::r4().resource_type(name));
        let (Some(resource_type), Some(id)) = (named, tree.text("id").map(str::to_owned)) else { continue };
        let rows =
            index::rows(object, resource_type, catalogue, BASE_URL).expect("no example has too many values");
        examples.entry(resource_type).or_default().push(Example { resource_type, id, tree, rows });
    }
    examples
}

/// Tries a parameter on examples that have values for it; none when there is no such example.
fn tried(trial: &Trial<'_>, names: &Names, table: &mut Table) -> Option<Result<(), String>> {
    let parameter = trial.parameter;
    let own = trial.examples.iter().filter(|example| !example.rows.of(parameter.id).is_empty());
    let mut own = own.take(RESOURCES_MAX).peekable();
    own.peek()?;
    for example in own {
        let names = names.with(&example.tree);
        for written in searches(trial, example, &names) {
            if let Err(why) = trial.hold(example, &written) {
                return Some(Err(format!("{}: {why}", example.id)));
            }
            table.passed(parameter, &written);
        }
    }
    // A concept with a text alone is there, too, and a reference to what is contained.
    let is_without = |example: &&Example| {
        let shadows = SHADOWS.iter().map(|modifier| parameter.under(modifier));
        shadows.chain([parameter.id, parameter.id.fragment()]).all(|id| example.rows.of(id).is_empty())
    };
    let mut others = trial.examples.iter().filter(is_without);
    let is_missing = Written::missing("true", true);
    Some(others.next().map_or(Ok(()), |example| trial.hold(example, &is_missing)))
}

/// What must, and must not, mean an example.
fn searches(trial: &Trial<'_>, example: &Example, names: &Names) -> Vec<Written> {
    let parameter = trial.parameter;
    let mut searches = vec![Written::missing("false", true), Written::missing("true", false)];
    let rows = example.rows.of(parameter.id);
    match parameter.kind {
        Kind::Composite => searches.extend(written::composite(rows, parameter, names)),
        _ => rows.iter().take(ROWS_MAX).for_each(|row| searches.extend(written::of(&row.value, names))),
    }
    for modifier in SHADOWS {
        let rows = example.rows.of(parameter.under(modifier));
        let shadows = rows.iter().take(ROWS_MAX);
        searches.extend(shadows.flat_map(|row| written::under(modifier, &row.value, names)));
    }
    if parameter.kind == Kind::Quantity {
        searches.extend(written::in_units(rows, &example.tree));
    }
    // Another value may pass where this one must not.
    if !is_one(rows) {
        searches.retain(|written| written.is_meant || !matches!(written.form, Form::Prefix(_)));
    }
    searches
}

/// Whether all rows are of one value: a quantity's in several units, and a range's from either end.
fn is_one(rows: &[Row]) -> bool {
    let ends = rows.iter().filter_map(|row| match row.value {
        Indexed::Number { low, high } | Indexed::Quantity { unit: 0, low, high } => {
            Some((std::cmp::min(low, high), std::cmp::max(low, high)))
        }
        Indexed::Date { start, end } => Some((start, end)),
        _ => None,
    });
    let mut ends: Vec<_> = ends.collect();
    ends.dedup();
    ends.len() <= 1
}
