//! Is our structural check as fast as a compiled JSON Schema?
//!
//! The trees are there already, each in the form that its checker reads. The official schema is measured as it is
//! published, where the type is found by trying all, and as who knows the type would use it.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io;
use std::time::Duration;

use fhir_profiles::{Definitions, schema, structure};
use jsonschema::Validator;
use model::{Object, Value, json};

use super::input::{Sample, Set};
use super::options::Options;
use super::report::{Bar, Figure, Report};
use super::timing;

const OFFICIAL: &str = "fhir-r4-schemas/fhir.schema.json";

const OURS: &str = "structural check";
const OUR_SCHEMA: &str = "jsonschema, our schema of the type";
const OFFICIAL_OF_TYPE: &str = "jsonschema, official schema, asked for the type";
const OFFICIAL_WHOLE: &str = "jsonschema, official schema as published";

/// What is measured once more on resources of 2 KB alone.
const SMALL: &str = "jsonschema, official schema, asked for the type, resources of 2 KB";

/// Resources of 2 KB that every checker accepts, and what the fastest of the others takes on them.
pub(crate) struct Accepted<'s> {
    pub(crate) samples: Vec<&'s Sample>,
    pub(crate) schema: Option<Figure>,
}

/// A resource in both forms.
struct Pair<'s> {
    sample: &'s Sample,
    ours: &'s Object,
    foreign: serde_json::Value,
}

/// Measures one set.
pub(crate) fn run<'s>(set: &'s Set, options: &Options, report: &mut Report) -> io::Result<Accepted<'s>> {
    let official: serde_json::Value = serde_json::from_slice(&std::fs::read(options.suites.join(OFFICIAL))?)?;
    let whole = compile(&official)?;
    let mut by_type: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
    for sample in &set.samples {
        by_type.entry(&sample.resource_type).or_default().push(sample);
    }
    let length = options.length / u32::try_from(by_type.len().max(1)).unwrap_or(u32::MAX);
    let mut totals = [(OURS, 0.0), (OUR_SCHEMA, 0.0), (OFFICIAL_OF_TYPE, 0.0), (OFFICIAL_WHOLE, 0.0)];
    let (mut count, mut small) = (0, (Vec::new(), 0.0));
    // One type at a time, because the compiled schemas of all would not fit into memory together.
    for (resource_type, samples) in by_type {
        let ours = compile(&our_schema(resource_type)?)?;
        let of_type = compile(&asked_for(&official, resource_type))?;
        let pairs = accepted(&samples, &[&ours, &of_type, &whole])?;
        if pairs.is_empty() {
            continue;
        }
        count += pairs.len();
        for ((_, total), schema) in totals.iter_mut().zip([None, Some(&ours), Some(&of_type), Some(&whole)]) {
            *total += measure(&pairs, schema, (options.rounds, length));
        }
        let pairs: Vec<_> = pairs.into_iter().filter(|pair| pair.sample.is_of_two_kilobytes()).collect();
        if !pairs.is_empty() {
            small.1 += measure(&pairs, Some(&of_type), (options.rounds, length));
            small.0.extend(pairs.iter().map(|pair| pair.sample));
        }
    }
    let mut figure = |name: &str, nanos: f64, count: usize| {
        let micros = nanos / 1e3 / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
        report.figure(Figure { name: name.to_owned(), set: set.name.to_owned(), count, micros })
    };
    let figures = totals.map(|(name, nanos)| figure(name, nanos, count));
    let (samples, nanos) = small;
    let schema = (!samples.is_empty()).then(|| figure(SMALL, nanos, samples.len()));
    for other in &figures[1..] {
        report.ratio(other, &figures[0], Bar::AtLeast(1.0));
    }
    Ok(Accepted { samples, schema })
}

/// The nanoseconds that all pairs together take; without a schema those of our check.
fn measure(pairs: &[Pair<'_>], schema: Option<&Validator>, (rounds, length): (usize, Duration)) -> f64 {
    let definitions = Definitions::r4();
    timing::nanos(1, rounds, length, || match schema {
        Some(schema) => {
            for pair in pairs {
                black_box(schema.is_valid(black_box(&pair.foreign)));
            }
        }
        None => {
            for pair in pairs {
                black_box(structure::check(black_box(pair.ours), definitions));
            }
        }
    })
}

/// Those that every checker accepts, in both forms.
fn accepted<'s>(samples: &[&'s Sample], schemas: &[&Validator]) -> io::Result<Vec<Pair<'s>>> {
    let mut pairs = Vec::new();
    for sample in samples {
        let Some(ours) = sample.resource.as_object() else { continue };
        let foreign = foreign(&sample.resource)?;
        let is_sound = structure::check(ours, Definitions::r4()).is_empty();
        if is_sound && schemas.iter().all(|schema| schema.is_valid(&foreign)) {
            pairs.push(Pair { sample, ours, foreign });
        }
    }
    Ok(pairs)
}

fn our_schema(resource_type: &str) -> io::Result<serde_json::Value> {
    let schema = schema::schema(Definitions::r4(), resource_type);
    foreign(&schema.ok_or_else(|| io::Error::other(format!("`{resource_type}` is no resource type")))?)
}

/// The official schema with one type at its root instead of all.
fn asked_for(official: &serde_json::Value, resource_type: &str) -> serde_json::Value {
    serde_json::json!({
        "$schema": official["$schema"],
        "$ref": format!("#/definitions/{resource_type}"),
        "definitions": official["definitions"],
    })
}

fn compile(schema: &serde_json::Value) -> io::Result<Validator> {
    jsonschema::validator_for(schema).map_err(|wrong| io::Error::other(wrong.to_string()))
}

/// The tree as others hold it.
pub(crate) fn foreign(tree: &Value) -> io::Result<serde_json::Value> {
    Ok(serde_json::from_slice(&json::to_compact(tree))?)
}
