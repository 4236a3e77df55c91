//! Are the official examples of R4 valid, and the broken ones among them found?
//!
//! Of 746 published examples 743 are valid; `ImplementationGuide-fhir`, `ig-r4` and `Questionnaire-qs1` are
//! not.

use std::collections::BTreeSet;

use validate::{Level, Request, validate};

use crate::scoreboard::{Scoreboard, suite};
use crate::validation::{first_error, on_all_cores, registry, resources, rules};

/// What is published and invalid: the guides group nothing, and the questionnaire answers nothing.
const INVALID: &[&str] = &["ImplementationGuide-fhir", "ig-r4", "Questionnaire-qs1"];

/// The package of examples repeats all definitions of R4; of these types the definitions are examples too.
const BOTH: &[&str] = &["CapabilityStatement", "CompartmentDefinition", "NamingSystem", "StructureMap"];

/// Broken ones refused, and at most three of the others.
const AT_LEAST: usize = 743;

#[test]
fn example_verdicts() {
    let Some(package) = suite("packages/hl7.fhir.r4.examples-4.0.1.tgz") else { return };
    let Some(registry) = registry(&[]) else { return };
    let rules = rules(registry);
    let Some(core) = suite("packages/hl7.fhir.r4.core-4.0.1.tgz") else { return };
    let definitions: BTreeSet<String> =
        resources(&core, "package").into_iter().map(|(name, _)| name).collect();
    let mut examples = resources(&package, "package");
    examples.retain(|(name, tree)| {
        !definitions.contains(name) || tree.text("resourceType").is_some_and(|kind| BOTH.contains(&kind))
    });
    let request = Request { level: Level::Full, ..Request::default() };
    let errors = on_all_cores(&examples, |(_, tree)| first_error(&validate(&rules, tree, &request)));
    let mut scoreboard = Scoreboard::default();
    for ((name, _), error) in examples.into_iter().zip(errors) {
        let outcome = match (error, INVALID.contains(&name.as_str())) {
            (None, true) => Err("it is invalid and was accepted".to_owned()),
            (Some(error), false) => Err(error),
            _ => Ok(()),
        };
        scoreboard.note(name, outcome);
    }
    scoreboard.settle("example-verdicts", AT_LEAST);
}
