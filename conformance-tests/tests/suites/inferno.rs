//! How many of Inferno's US Core tests pass?
//!
//! Recorded runs of the kits for US Core 3.1.1 and 6.1.0 against Inferno's reference server. The data of that server is
//! stored here, and each recorded request is made again, grouped by the test that made it. What must come back is told
//! by the resources and Inferno's metadata, not by anything that searches with. <https://hl7.org/fhir/us/core/>

#![expect(clippy::print_stdout, reason = "how many passed is what a suite is run for")]

mod ask;
mod checks;
pub(crate) mod data;
mod kit;
mod oracle;
mod paths;
mod recording;
mod replay;
pub(crate) mod site;
mod slices;
mod support;
mod yaml;

use std::path::Path;

use crate::scoreboard::{Scoreboard, suite};
use crate::validation::{registry, rules};
use data::{Loaded, load};
use kit::Kit;
use site::Site;

/// Versions of US Core.
const VERSIONS: &[Version] = &[
    Version { name: "3.1.1", tests: 273, at_least: 271 },
    Version { name: "6.1.0", tests: 452, at_least: 435 },
];

/// What the reference server holds and is invalid R4: an Attachment has no `link`, and a Period ends with `end`.
const INVALID: &[&str] =
    &["Media/usqualitycore-r4-media", "Observation/3c766796-d8a0-480f-8215-f1e7e3afab21"];

#[test]
fn inferno() {
    let Some(folder) = suite("inferno") else { return };
    let Some(package) = suite("packages/hl7.fhir.us.core-6.1.0.tgz") else { return };
    let site = Site::open(&[package]).expect("the server starts");
    let loaded = load(&site, &folder.join("reference-server-data/resources"), "");
    let refused: Vec<_> = loaded.refused.keys().map(|(name, id)| format!("{name}/{id}")).collect();
    println!("inferno: {} resources stored, {} refused", loaded.resources.len(), refused.len());
    assert_eq!(refused, INVALID, "{:#?}", loaded.complaints);
    let mut scoreboard = Scoreboard::default();
    let kits = folder.join("us-core-test-kit");
    let passed: Vec<_> =
        VERSIONS.iter().map(|it| run(&site, &loaded, (&kits, it.name), &mut scoreboard)).collect();
    scoreboard.settle("inferno", 0);
    for (version, passed) in VERSIONS.iter().zip(passed) {
        let Version { name, tests, at_least } = version;
        assert_eq!(passed.of, *tests, "tests of US Core {name}");
        assert!(passed.count >= *at_least, "US Core {name}: {} passed of {at_least} demanded", passed.count);
    }
}

/// A version of US Core.
struct Version {
    name: &'static str,
    /// How many tests its recording holds, TLS left out.
    tests: usize,
    /// How many of them must pass.
    at_least: usize,
}

/// How many tests passed, of how many.
struct Passed {
    count: usize,
    of: usize,
}

/// Tries every test of a version.
fn run(
    site: &Site,
    loaded: &Loaded,
    (folder, version): (&Path, &str),
    scoreboard: &mut Scoreboard,
) -> Passed {
    let digits = version.replace('.', "");
    let recording =
        format!("execution_scripts/reference_server/fhir_api_only/us_core_server_{digits}_expected.json");
    let tests = recording::read(&folder.join(recording));
    let metadata = folder.join(format!("lib/us_core_test_kit/generated/v{version}/metadata.yml"));
    let metadata = std::fs::read_to_string(metadata).expect("the suite is readable");
    let registry =
        registry(&[&format!("hl7.fhir.us.core-{version}")]).expect("the packages of guides are there");
    let mut kit = Kit::new(site, loaded, &yaml::parse(&metadata), rules(registry));
    kit.gather(&tests);
    let (mut apart, mut count) = (0, 0);
    for test in &tests {
        if checks::is_apart(test) {
            apart += 1;
            continue;
        }
        let outcome = checks::outcome(&kit, test);
        count += usize::from(outcome.is_ok());
        scoreboard.note(format!("{version}/{}/{}", test.group, test.name), outcome);
    }
    let of = tests.len() - apart;
    let requests: usize = tests.iter().map(|test| test.exchanges.len()).sum();
    println!(
        "inferno: US Core {version}: {count} of {of} passed, {apart} apart; {requests} requests made again"
    );
    Passed { count, of }
}
