//! Is this code right, and is it called so?
//!
//! The operations <https://hl7.org/fhir/R4/valueset-operation-validate-code.html> and
//! <https://hl7.org/fhir/R4/codesystem-operation-validate-code.html>. A wrong code is a result, not a failure:
//! `result` is false and the issues say why, by the codes and in the words that the HL7 terminology ecosystem
//! fixes for them: <https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/>. What cannot be known makes `result` false
//! too and is said to be unknown; only a code beyond a fragment is let pass with a warning.

mod display;
mod findings;
mod forms;
mod membership;
#[cfg(test)]
mod tests;
mod verdict;
mod versions;

use model::parameters::{parameters, with_value};
use model::{Severity, Value};

use crate::standing::Standing;
use crate::{Coding, Terminology, ValueSet};

use findings::Finding;
use verdict::Verdict;

/// What is to be validated.
#[derive(Clone, Copy, Default)]
pub struct ValidateCode<'a> {
    /// The codings; of a CodeableConcept one that is right is enough.
    pub codings: &'a [Coding<'a>],
    /// What the codings came as, so that complaints can name their places.
    pub given: Given<'a>,
    /// The language in which the display is, as in `Accept-Language`.
    pub display_language: Option<&'a str>,
    /// Whether a coding without system may be of the only system that has its code; a `code` always may.
    pub infer_system: bool,
    /// Refuse what is no longer to be used.
    pub active_only: bool,
    /// Refuse what only groups others, because it is to stand in a record.
    pub refuse_abstract: bool,
    /// Let a wrong display pass with a warning.
    pub lenient_display: bool,
    /// Look at nothing but whether the value set holds the code.
    pub membership_only: bool,
}

/// What the codings came as.
#[derive(Clone, Copy, Default)]
pub enum Given<'a> {
    /// As `code`, `system` and `display`.
    #[default]
    Code,
    /// As a Coding.
    Coding,
    /// As a CodeableConcept, which the answer repeats.
    Concept(&'a Value),
}

/// Whether a coding is in the value set, as Parameters.
///
/// The definition is that of the value set: where it leaves a version open, the coding may say which is meant.
pub fn validate_code(
    terminology: &Terminology,
    (value_set, definition): (&ValueSet, &Value),
    asked: &ValidateCode<'_>,
) -> Value {
    let own = Some(&*value_set.language).filter(|language| !language.is_empty());
    let asked = &ValidateCode { display_language: asked.display_language.or(own), ..*asked };
    let verdicts = asked.codings.iter().enumerate().map(|(number, coding)| {
        let mut verdict = Verdict::new(asked.given, number, coding);
        membership::in_value_set(terminology, (value_set, definition), asked, &mut verdict);
        verdict
    });
    let verdicts: Vec<Verdict<'_>> = verdicts.collect();
    let systems: Vec<&str> = verdicts.iter().filter_map(|verdict| verdict.system.as_deref()).collect();
    let mut found = findings::warnings(value_set, &systems);
    if let (Given::Concept(_), true) = (asked.given, are_absent(&verdicts)) {
        let text = format!("No valid coding was found for the value set '{}'", value_set.canonical());
        found.push(Finding::new(&forms::NONE_IN, text));
    }
    answer(&verdicts, asked, found)
}

/// Whether a coding is in its own code system, as Parameters.
pub fn validate_in_system(terminology: &Terminology, asked: &ValidateCode<'_>) -> Value {
    let mut found = Vec::new();
    let mut verdicts = Vec::new();
    for (number, coding) in asked.codings.iter().enumerate() {
        let mut verdict = Verdict::new(asked.given, number, coding);
        membership::in_system(terminology, asked, &mut verdict);
        found.extend(coding.system.and_then(|system| warning(terminology, system, coding.version)));
        verdicts.push(verdict);
    }
    answer(&verdicts, asked, found)
}

/// What speaks against a code system.
fn warning(terminology: &Terminology, system: &str, version: Option<&str>) -> Option<Finding> {
    let table = terminology.code_system(system, version).ok()?;
    let version = &*table.about.version;
    let standing = Standing::of(&*terminology.system_definition(system, Some(version))?);
    let mark = if version.is_empty() { "" } else { "|" };
    findings::warning_of_system(standing, &format!("{system}{mark}{version}"))
}

/// Whether all codings are surely not in the value set.
fn are_absent(verdicts: &[Verdict<'_>]) -> bool {
    !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict.is_absent)
}

fn answer(verdicts: &[Verdict<'_>], asked: &ValidateCode<'_>, mut found: Vec<Finding>) -> Value {
    let best = verdicts.iter().find(|verdict| verdict.is_right).or(verdicts.first());
    let is_member = best.is_some_and(|verdict| verdict.is_right);
    for verdict in verdicts {
        // What cannot be known of the other codings does not matter once one is right.
        let is_excused = |finding: &Finding| is_member && !verdict.is_right && finding.is_about_the_unknown();
        let told = verdict.findings.iter().cloned();
        found.extend(told.map(|it| if is_excused(&it) { it.softened(Severity::Warning) } else { it }));
    }
    if verdicts.is_empty() {
        found.push(Finding::new(&forms::INCOMPLETE, "validating a code takes a code"));
    }
    let has_errors = found.iter().any(|finding| finding.severity == Severity::Error);
    let mut told = vec![with_value("result", "valueBoolean", is_member && !has_errors)];
    if let Some(verdict) = best {
        told.extend(verdict.told(is_member));
    }
    if let Given::Concept(concept) = asked.given {
        told.push(with_value("codeableConcept", "valueCodeableConcept", concept.clone()));
    }
    // A system that is not loaded is the reason only where the answer might be another with it.
    let name = if are_absent(verdicts) { "x-unknown-system" } else { "x-caused-by-unknown-system" };
    let mut unknown: Vec<&str> =
        verdicts.iter().flat_map(|it| it.unknown_systems.iter().map(String::as_str)).collect();
    unknown.dedup();
    told.extend(unknown.into_iter().map(|it| with_value(name, "valueCanonical", it)));
    told.extend(findings::told(&found));
    parameters(told)
}
