//! Are snapshots those that the reference implementation makes?
//!
//! Each case is a profile, and its snapshot as made by the reference: <https://hl7.org/fhir/R4/profiling.html#snapshot>.
//! That was built on R4B, whose definitions are not part of the suites. Hence what a profile takes over from R4's own
//! definitions is compared as far as it is structure; prose is compared where the case itself says it.

mod cases;
mod facts;
mod published;

use std::path::Path;

use fhir_profiles::{Registry, package, snapshot};
use model::{Issue, Value};

use crate::scoreboard::{Scoreboard, suite};
use cases::{Case, Expected};
use facts::Known;

/// How many must pass.
const AT_LEAST: usize = 90;

/// What some cases build on without bringing it.
const US_CORE: &str = "packages/hl7.fhir.us.core-3.1.1.tgz";

/// How many elements of a hundred must be as published, by tools of several years.
const SHARE_AT_LEAST: usize = 95;

/// Guides whose snapshots are made anew.
const PUBLISHED: &[&str] = &["hl7.fhir.us.core-3.1.1", "hl7.fhir.us.core-6.1.0", "hl7.fhir.uv.ips-1.1.0"];

/// Definitions of R4 with their prose.
const CORE: &str = "packages/hl7.fhir.r4.core-4.0.1.tgz";

#[test]
fn snapshots_are_as_the_reference_makes_them() {
    let (Some(folder), Some(core)) = (suite("fhir-test-cases/r4b/snapshot-generation"), suite(CORE)) else {
        return;
    };
    let core = structure_definitions(&core);
    let known = facts::Known::of(&core);
    let mut registry = Registry::default().with(core);
    if let Some(us_core) = suite(US_CORE) {
        registry = registry.with(structure_definitions(&us_core));
    }
    let mut board = Scoreboard::default();
    for case in cases::read(&folder) {
        let supporting = case.supporting.iter().map(|known| without_snapshot(known, &registry));
        registry = registry.with(supporting.collect::<Vec<_>>());
        let made = match case.is_sorted {
            true => snapshot::generate(&case.input, &registry),
            false => snapshot::generate_in_order(&case.input, &registry),
        };
        board.note(case.name.clone(), outcome(&case, made.as_ref().map_err(Vec::as_slice), &known));
        // Later cases build on earlier ones.
        registry = registry.with(made.into_iter().chain([case.input]).take(1));
    }
    board.settle("snapshots", AT_LEAST);
}

#[test]
fn published_snapshots_follow_from_their_differentials() {
    let Some(core) = suite(CORE) else { return };
    let core = structure_definitions(&core);
    let mut registry = Registry::default().with(core.clone());
    let mut all = vec![("core", core)];
    for name in PUBLISHED {
        let Some(archive) = suite(&format!("packages/{name}.tgz")) else { continue };
        all.push((name, structure_definitions(&archive)));
    }
    for (name, definitions) in all {
        if name != "core" {
            registry = registry.with(definitions.clone());
        }
        let agreement = published::compare(&definitions, &registry);
        println!(
            "{name}: {} of {} definitions and {} of {} elements agree",
            agreement.definitions_equal, agreement.definitions, agreement.elements_equal, agreement.elements
        );
        let is_agreed = agreement.elements_equal * 100 >= agreement.elements * SHARE_AT_LEAST;
        assert!(is_agreed, "{name}: {:#?}", agreement.differences);
    }
}

/// The definition as the reference takes it: it makes snapshots itself, where it knows the base.
fn without_snapshot(definition: &Value, registry: &Registry) -> Value {
    let mut definition = definition.clone();
    let base = definition.text("baseDefinition").and_then(|base| registry.find(base));
    if base.is_some()
        && let Some(members) = definition.as_object_mut()
    {
        members.remove("snapshot");
    }
    definition
}

fn outcome(case: &Case, made: Result<&Value, &[Issue]>, known: &Known) -> Result<(), String> {
    match (&case.expected, made) {
        (Expected::Refusal, Err(_)) => Ok(()),
        (Expected::Refusal, Ok(_)) => Err("a snapshot was made, and none is expected".to_owned()),
        (Expected::Anything, Ok(_)) => Ok(()),
        (Expected::Snapshot(expected), Ok(made)) => facts::compare(made, expected, case, known),
        (_, Err(issues)) => {
            let reasons: Vec<&str> = issues.iter().map(|issue| issue.message.as_str()).collect();
            Err(format!("refused: {}", reasons.join("; ")))
        }
    }
}

fn structure_definitions(archive: &Path) -> Vec<Value> {
    let archive = std::fs::read(archive).expect("the suite was laid out");
    let mut found = Vec::new();
    package::for_each_resource(&archive, "StructureDefinition-", |_, resource| found.push(resource))
        .expect("a whole package");
    found
}
