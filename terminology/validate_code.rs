//! Is this code right, and is it called so?
//!
//! The operations <https://hl7.org/fhir/R4/valueset-operation-validate-code.html> and
//! <https://hl7.org/fhir/R4/codesystem-operation-validate-code.html>. A wrong code is a result, not a failure:
//! `result` is false and the issues say why, by the codes and in the words that the HL7 terminology ecosystem
//! fixes for them: <https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/>. What cannot be known makes `result` false
//! too and is said to be unknown; only a code beyond a fragment is let pass with a warning.

mod display;
mod findings;
mod verdict;

use model::parameters::{parameters, with_value};
use model::{Severity, Value};

use crate::value_set::{Answer, Part, Source};
use crate::{Coding, Terminology, ValueSet, systems};

use findings::{Finding, Kind};
use verdict::{Verdict, judge, version_mismatch};

/// What is to be validated.
#[derive(Clone, Copy, Default)]
pub struct ValidateCode<'a> {
    /// The codings; of a CodeableConcept one that is right is enough.
    pub codings: &'a [Coding<'a>],
    /// What the codings came as, so that complaints can name their places.
    pub given: Given<'a>,
    /// The language in which the display is, as in `Accept-Language`.
    pub display_language: Option<&'a str>,
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
pub fn validate_code(terminology: &Terminology, value_set: &ValueSet, asked: &ValidateCode<'_>) -> Value {
    let verdicts = asked.codings.iter().enumerate().map(|(number, coding)| {
        let mut verdict = Verdict::new(asked.given, number, coding);
        in_value_set(terminology, value_set, asked, &mut verdict);
        verdict
    });
    answer(verdicts.collect(), asked, Some(value_set))
}

/// Whether a coding is in its own code system, as Parameters.
pub fn validate_in_system(terminology: &Terminology, asked: &ValidateCode<'_>) -> Value {
    let verdicts = asked.codings.iter().enumerate().map(|(number, coding)| {
        let mut verdict = Verdict::new(asked.given, number, coding);
        in_system(terminology, asked, &mut verdict);
        verdict
    });
    answer(verdicts.collect(), asked, None)
}

fn answer(verdicts: Vec<Verdict<'_>>, asked: &ValidateCode<'_>, value_set: Option<&ValueSet>) -> Value {
    let best = verdicts.iter().find(|verdict| verdict.is_right).or(verdicts.first());
    let is_member = best.is_some_and(|verdict| verdict.is_right);
    let mut found: Vec<Finding> = Vec::new();
    if let (Given::Concept(_), Some(value_set), false) = (asked.given, value_set, is_member)
        && verdicts.iter().any(|verdict| verdict.is_absent)
    {
        let text = format!("No valid coding was found for the value set '{}'", value_set.canonical());
        found.push(Finding::new(Kind::NotInValueSet, text));
    }
    for verdict in &verdicts {
        // What cannot be known of the other codings does not matter once one is right.
        let is_excused = |finding: &Finding| is_member && !verdict.is_right && finding.is_about_the_unknown();
        let told = verdict.findings.iter().cloned();
        found.extend(told.map(|it| if is_excused(&it) { it.softened(Severity::Warning) } else { it }));
    }
    if verdicts.is_empty() {
        found.push(Finding::new(Kind::InvalidData, "validating a code takes a code"));
    }
    let has_errors = found.iter().any(|finding| finding.severity == Severity::Error);
    let mut told = vec![with_value("result", "valueBoolean", is_member && !has_errors)];
    if let Some(verdict) = best {
        told.extend(verdict.told(is_member));
    }
    if let Given::Concept(concept) = asked.given {
        told.push(with_value("codeableConcept", "valueCodeableConcept", concept.clone()));
    }
    let mut unknown: Vec<&str> = verdicts.iter().filter_map(|it| it.unknown_system.as_deref()).collect();
    unknown.dedup();
    let unknown = unknown.into_iter();
    told.extend(unknown.map(|it| with_value("x-caused-by-unknown-system", "valueCanonical", it)));
    told.extend(findings::told(&found));
    parameters(told)
}

fn in_value_set<'a>(
    terminology: &Terminology,
    value_set: &ValueSet,
    asked: &ValidateCode<'a>,
    verdict: &mut Verdict<'a>,
) {
    let coding = verdict.coding;
    let Some(code) = coding.code else {
        return verdict.note(Finding::new(Kind::InvalidData, "the coding has no code"), "code");
    };
    let Some(system) = coding.system.or_else(|| only_system(value_set, code)) else {
        return no_system(value_set, code, verdict);
    };
    verdict.system = Some(system.to_owned());
    let of_system = value_set.parts.iter().filter(|part| *part.system == *system);
    let fitting = of_system.clone().find(|part| part.is_of(coding.version));
    let used = fitting.or(of_system.clone().next());
    if let Some(part) = used.filter(|_| fitting.is_none() && !asked.membership_only) {
        version_mismatch(terminology, part, verdict);
    }
    match value_set.answer(Some(system), None, code) {
        Answer::Yes => {
            verdict.is_right = true;
            let part = of_system.clone().filter(|part| part.is_of(coding.version) || fitting.is_none());
            let part = part.into_iter().find(|part| part.surely_holds(code));
            match part.or_else(|| value_set.part_with(Some(system), code)) {
                Some(part) if asked.membership_only => verdict.version = part.version_told(),
                Some(part) => judge(part, code, asked, verdict),
                None => verdict.is_right = false,
            }
        }
        Answer::Unknown(reason) => unknown(terminology, used, (code, reason), verdict),
        Answer::No => {
            absent(terminology, value_set, system, verdict);
        }
    }
}

/// The system of a code that stands without: that of the only part which holds it.
fn only_system<'v>(value_set: &'v ValueSet, code: &str) -> Option<&'v str> {
    let mut holding = value_set.parts.iter().filter(|part| part.surely_holds(code));
    let first = holding.next()?;
    holding.all(|other| other.system == first.system).then_some(&*first.system)
}

fn no_system(value_set: &ValueSet, code: &str, verdict: &mut Verdict<'_>) {
    let canonical = value_set.canonical();
    let systems = value_set.parts.iter().filter(|part| part.surely_holds(code)).map(|part| &*part.system);
    let systems: Vec<_> = systems.collect();
    verdict.is_absent = true;
    let text = match systems[..] {
        [] => {
            let absent = format!("The provided code '#{code}' was not found in the value set '{canonical}'");
            verdict.note(Finding::new(Kind::NotInValueSet, absent), "code");
            format!(
                "The System URI could not be determined for the code '{code}' in the ValueSet '{canonical}'"
            )
        }
        _ => format!(
            "The System URI could not be determined for the code '{code}' in the ValueSet '{canonical}': \
             value set expansion has multiple matches: {systems:?}"
        ),
    };
    verdict.note(Finding::new(Kind::CannotInfer, text), "code");
}

/// The code may be in the value set, and something is missing that would tell.
fn unknown(
    terminology: &Terminology,
    part: Option<&Part>,
    (code, reason): (&str, &str),
    verdict: &mut Verdict<'_>,
) {
    match part {
        Some(part) if matches!(part.source, Source::Table(_)) => {
            // A fragment does not have it: it may be right elsewhere.
            verdict.is_right = true;
            verdict.version = part.version_told();
            verdict.note(findings::beyond_fragment(part, code), "code");
        }
        Some(part) if matches!(part.source, Source::Absent) => {
            let version = Some(&*part.version).filter(|version| !version.is_empty());
            verdict.system_is_unknown(terminology, &part.system, version);
        }
        _ => verdict.note(Finding::new(Kind::NotFound, reason.to_owned()), ""),
    }
}

/// The code is surely not in the value set; whether it exists at all is told beside that.
fn absent<'a>(terminology: &Terminology, value_set: &ValueSet, system: &str, verdict: &mut Verdict<'a>) {
    verdict.is_absent = true;
    let (coding, code) = (verdict.coding, verdict.coding.code.unwrap_or_default());
    let version = coding.version.map(|version| format!("|{version}")).unwrap_or_default();
    let display = coding.display.map(|display| format!(" ('{display}')")).unwrap_or_default();
    let text = format!(
        "The provided code '{system}{version}#{code}{display}' was not found in the value set '{}'",
        value_set.canonical()
    );
    let kind = if verdict.is_one_of_many() { Kind::ThisNotInValueSet } else { Kind::NotInValueSet };
    verdict.note(Finding::new(kind, text), "code");
    let used = value_set.parts.iter().find(|part| *part.system == *system);
    let used = used.map(|part| &*part.version).filter(|version| !version.is_empty());
    let table = match systems::law(system) {
        Some(_) => return,
        None => terminology.code_system(system, coding.version.or(used)),
    };
    match table {
        Err(_) => verdict.system_is_unknown(terminology, system, coding.version),
        Ok(table) => {
            let part = Part::of(system, Source::Table(table));
            verdict.version = part.version_told();
            verdict.unknown_code(&part, code);
        }
    }
}

fn in_system<'a>(terminology: &Terminology, asked: &ValidateCode<'a>, verdict: &mut Verdict<'a>) {
    let coding = verdict.coding;
    let (Some(system), Some(code)) = (coding.system, coding.code) else {
        return verdict.note(Finding::new(Kind::InvalidData, "the coding has no system or no code"), "");
    };
    verdict.system = Some(system.to_owned());
    let source = match systems::law(system) {
        Some(law) => Source::Law(law),
        None => match terminology.code_system(system, coding.version) {
            Ok(table) => Source::Table(table),
            Err(_) => return verdict.system_is_unknown(terminology, system, coding.version),
        },
    };
    let part = Part::of(system, source);
    match part.answer(code) {
        Answer::Yes => {
            verdict.is_right = true;
            judge(&part, code, asked, verdict);
        }
        Answer::Unknown(reason) => verdict.note(Finding::new(Kind::NotFound, reason.to_owned()), "code"),
        Answer::No => {
            verdict.version = part.version_told();
            verdict.unknown_code(&part, code);
        }
    }
}
