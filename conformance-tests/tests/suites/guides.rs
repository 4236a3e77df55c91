//! Are the examples of published guides valid against the guides' profiles?
//!
//! US Core and IPS, two versions of each, at the level that profiles are checked at.

use validate::{Level, Request, validate};

use crate::scoreboard::{Scoreboard, suite};
use crate::validation::{first_error, on_all_cores, registry, resources, rules};

/// Each guide's package, and of a hundred examples how many must pass at least.
const GUIDES: &[(&str, usize)] = &[
    ("hl7.fhir.us.core-3.1.1", 97),
    ("hl7.fhir.us.core-6.1.0", 97),
    ("hl7.fhir.uv.ips-1.1.0", 97),
    ("hl7.fhir.uv.ips-2.0.0", 97),
];

/// What is published and invalid: documents whose entries have UUIDs and which refer to each other by type
/// and id. Such references have "no defined meaning" (<https://hl7.org/fhir/R4/bundle.html#references>), and
/// the reference validator refuses such documents too (case `bundle-urn` of its suite).
const INVALID: &[&str] = &[
    "hl7.fhir.uv.ips-1.1.0/Bundle-IPS-examples-Bundle-01",
    "hl7.fhir.uv.ips-1.1.0/Bundle-IPS-examples-Bundle-with-immunization",
    "hl7.fhir.uv.ips-1.1.0/Bundle-bundle-minimal",
];

#[test]
fn guides() {
    let mut scoreboard = Scoreboard::default();
    let mut short = Vec::new();
    for (guide, percent) in GUIDES {
        let Some(package) = suite(&format!("packages/{guide}.tgz")) else { return };
        let Some(registry) = registry(&[guide]) else { return };
        let rules = rules(registry);
        let examples = resources(&package, "package/example");
        let request = Request { level: Level::Full, ..Request::default() };
        let errors = on_all_cores(&examples, |(_, tree)| first_error(&validate(&rules, tree, &request)));
        let (mut passed, mut valid) = (0, 0);
        for ((name, _), error) in examples.into_iter().zip(errors) {
            let name = format!("{guide}/{name}");
            let outcome = match (error, INVALID.contains(&name.as_str())) {
                (None, true) => Err("it is invalid and was accepted".to_owned()),
                (Some(_), true) => Ok(()),
                (error, false) => {
                    valid += 1;
                    passed += usize::from(error.is_none());
                    error.map_or(Ok(()), Err)
                }
            };
            scoreboard.note(name, outcome);
        }
        let least = (valid * percent).div_ceil(100);
        println!("{guide}: {passed} of {valid} valid examples without error");
        short
            .extend((passed < least).then(|| format!("{guide}: {passed} passed where {least} are demanded")));
    }
    scoreboard.settle("guides", 0);
    assert!(short.is_empty(), "{}", short.join("\n"));
}
