//! Is the coding in the value set?
//!
//! Which of the versions of its system are meant, whether they hold the code, and if not, why:
//! <https://hl7.org/fhir/R4/valueset-operation-validate-code.html>.

use fhir_profiles::version;
use model::Value;

use super::findings::Finding;
use super::verdict::{Verdict, beyond_fragment, judge};
use super::versions::recomposed;
use super::{Given, ValidateCode, forms};
use crate::code_system::Extent;
use crate::refusal::no_value_set;
use crate::value_set::{Answer, Part, Source};
use crate::{Coding, Terminology, ValueSet, systems};

/// Finds out whether the coding of the verdict is in the value set.
pub(super) fn in_value_set(
    terminology: &Terminology,
    (value_set, definition): (&ValueSet, &Value),
    asked: &ValidateCode<'_>,
    verdict: &mut Verdict<'_>,
) {
    let Coding { code, version, .. } = *verdict.coding;
    let Some(code) = code else {
        return verdict.note(Finding::new(&forms::INCOMPLETE, "the coding has no code"), "code");
    };
    let may_infer = asked.infer_system || matches!(verdict.given, Given::Code);
    let system = match verdict.coding.system {
        Some(system) => system,
        None if !may_infer => return without_system(value_set, verdict),
        None => match only_system(value_set, code) {
            Some(system) => system,
            None => return cannot_infer(value_set, code, verdict),
        },
    };
    verdict.system = Some(system.to_owned());
    let recomposed = recomposed(terminology, (value_set, definition), system, version);
    let value_set = recomposed.as_ref().unwrap_or(value_set);
    let of_system = newest_first(value_set, system);
    let fitting: Vec<&Part> = of_system.iter().copied().filter(|part| part.is_of(version)).collect();
    let meant = if fitting.is_empty() { &of_system } else { &fitting };
    let used = meant.iter().find(|part| part.surely_holds(code)).or(meant.first()).copied();
    if let Some(part) = used.filter(|_| !asked.membership_only) {
        verdict.check_version(part);
        if fitting.is_empty() {
            verdict.version_differs(terminology, part);
        }
    }
    match answer(meant, value_set, code) {
        Answer::Yes => {
            verdict.is_right = true;
            let holding: Vec<&Part> = meant.iter().copied().filter(|part| part.surely_holds(code)).collect();
            match asked.membership_only {
                true => verdict.version = used.and_then(Part::version_told),
                false => judge(&holding, Some(value_set), asked, verdict),
            }
        }
        Answer::Unknown(reason) => unknown(terminology, value_set, (used, code, reason), verdict),
        Answer::No => {
            verdict.is_not_in(value_set, system);
            if !asked.membership_only {
                absent(terminology, &Absence { parts: &of_system, used, system, code }, asked, verdict);
            }
        }
    }
}

/// What is known of a code that is not in the value set.
struct Absence<'v> {
    /// The parts of its system.
    parts: &'v [&'v Part],
    /// The one that is meant.
    used: Option<&'v Part>,
    system: &'v str,
    code: &'v str,
}

/// The parts of a system; of several versions the newest comes first, as if it alone were meant.
fn newest_first<'v>(value_set: &'v ValueSet, system: &str) -> Vec<&'v Part> {
    let mut parts: Vec<&Part> = value_set.parts.iter().filter(|part| *part.system == *system).collect();
    parts.sort_by(|left, right| version::compare(&right.version, &left.version));
    parts
}

/// Whether these parts hold the code, or a part of the value set that is not loaded may.
fn answer<'v>(parts: &[&'v Part], value_set: &'v ValueSet, code: &str) -> Answer<'v> {
    let mut unknown = value_set.gaps.first().map(|gap| &**gap);
    for part in parts {
        match part.answer(code) {
            Answer::Yes => return Answer::Yes,
            Answer::No => {}
            Answer::Unknown(reason) => unknown = Some(reason),
        }
    }
    unknown.map_or(Answer::No, Answer::Unknown)
}

/// The system of a code that stands without: that of the only part which holds it.
fn only_system<'v>(value_set: &'v ValueSet, code: &str) -> Option<&'v str> {
    let mut holding = value_set.parts.iter().filter(|part| part.surely_holds(code));
    let first = holding.next()?;
    holding.all(|other| other.system == first.system).then_some(&*first.system)
}

fn without_system(value_set: &ValueSet, verdict: &mut Verdict<'_>) {
    let text = "Coding has no system. A code with no system has no defined meaning, and it cannot be validated. A \
                system should be provided";
    verdict.note(Finding::new(&forms::NO_SYSTEM, text), "");
    verdict.is_not_in(value_set, "");
}

fn cannot_infer(value_set: &ValueSet, code: &str, verdict: &mut Verdict<'_>) {
    verdict.is_not_in(value_set, "");
    let canonical = value_set.canonical();
    let systems = value_set.parts.iter().filter(|part| part.surely_holds(code)).map(|part| &*part.system);
    let mut systems: Vec<&str> = systems.collect();
    systems.dedup();
    let text =
        format!("The System URI could not be determined for the code '{code}' in the ValueSet '{canonical}'");
    let finding = match systems[..] {
        [] => Finding::new(&forms::CANNOT_INFER, text),
        _ => {
            let text = format!("{text}: value set expansion has multiple matches: [{}]", systems.join(", "));
            Finding::new(&forms::MANY_SYSTEMS, text)
        }
    };
    verdict.note(finding, "code");
}

/// The code may be in the value set, and something is missing that would tell.
fn unknown(
    terminology: &Terminology,
    value_set: &ValueSet,
    (part, code, reason): (Option<&Part>, &str, &str),
    verdict: &mut Verdict<'_>,
) {
    let missing = value_set.drawn.iter().find(|drawn| drawn.standing.is_none());
    match (part, missing) {
        (Some(part), _) if matches!(part.source, Source::Table(_)) && missing.is_none() => {
            // A fragment does not have it: it may be right elsewhere.
            verdict.is_right = true;
            verdict.version = part.version_told();
            verdict.note(beyond_fragment(part, code), "code");
        }
        (_, Some(missing)) => {
            verdict.say(Finding::new(&forms::NO_VALUE_SET, no_value_set(&missing.canonical)));
        }
        (Some(part), None) if matches!(part.source, Source::Absent) => {
            verdict.system_is_unknown(terminology, &part.system, part.version_wanted());
        }
        _ => verdict.note(Finding::new(&forms::NOT_KNOWN, reason.to_owned()), ""),
    }
}

/// The code is surely not in the value set; what is wrong with it besides is told, too.
fn absent(
    terminology: &Terminology,
    absence: &Absence<'_>,
    asked: &ValidateCode<'_>,
    verdict: &mut Verdict<'_>,
) {
    let Absence { parts, used, system, code } = *absence;
    let would_hold = |part: &&&Part| matches!(part.retired.holds(&part.source, code), Answer::Yes);
    let retired = parts.iter().find(would_hold).and_then(|part| part.source.table());
    if let Some((table, place)) = retired.and_then(|table| Some((table, table.find(code)?))) {
        verdict.is_retired(table, place);
    }
    if !system.contains(':') {
        let text = "Coding.system must be an absolute reference, not a local reference";
        verdict.note(Finding::new(&forms::RELATIVE_SYSTEM, text), "system");
    }
    let used = used.map(|part| &*part.version).filter(|version| !version.is_empty());
    let version = verdict.coding.version;
    let Some(part) = part_of_system(terminology, (system, version.or(used)), verdict) else { return };
    verdict.version = part.version_told();
    verdict.look_up(&part, code, asked.display_language);
    if part.exists(code) {
        verdict.judge_display(&[&part], code, asked);
    }
}

/// The whole system of a coding in a version; where it is none, that is noted.
fn part_of_system(
    terminology: &Terminology,
    (system, version): (&str, Option<&str>),
    verdict: &mut Verdict<'_>,
) -> Option<Part> {
    if let Some(law) = systems::law(system) {
        return Some(Part::of(system, Source::Law(law)));
    }
    match terminology.code_system(system, version) {
        Ok(table) if table.about.extent == Extent::Supplement => {
            let text =
                format!("CodeSystem {system} is a supplement, so can't be used as a value in Coding.system");
            verdict.note(Finding::new(&forms::SYSTEM_IS_SUPPLEMENT, text), "system");
            None
        }
        Ok(table) if table.about.extent != Extent::NotPresent => Some(Part::of(system, Source::Table(table))),
        _ if terminology.registry.resolve_as("ValueSet", system).is_some() => {
            let text = format!("The Coding references a value set, not a code system ('{system}')");
            verdict.note(Finding::new(&forms::SYSTEM_IS_VALUE_SET, text), "system");
            None
        }
        _ => {
            verdict.system_is_unknown(terminology, system, version);
            None
        }
    }
}

/// Finds out whether the coding of the verdict is in its own system.
pub(super) fn in_system(terminology: &Terminology, asked: &ValidateCode<'_>, verdict: &mut Verdict<'_>) {
    let (Some(system), Some(code)) = (verdict.coding.system, verdict.coding.code) else {
        let text = "the coding has no system or no code";
        return verdict.note(Finding::new(&forms::INCOMPLETE, text), "");
    };
    verdict.system = Some(system.to_owned());
    let versions = &terminology.versions;
    let wanted = versions.wanted(system, verdict.coding.version);
    let Some(mut part) = part_of_system(terminology, (system, wanted), verdict) else { return };
    part.needed = versions.check(system, &part.version).err().map(Box::from);
    verdict.check_version(&part);
    match part.answer(code) {
        Answer::Yes => {
            verdict.is_right = true;
            judge(&[&part], None, asked, verdict);
        }
        Answer::Unknown(reason) => {
            verdict.note(Finding::new(&forms::NOT_KNOWN, reason.to_owned()), "code");
        }
        Answer::No => {
            verdict.version = part.version_told();
            verdict.is_right = part.source.table().is_some_and(|table| !table.is_whole());
            verdict.look_up(&part, code, asked.display_language);
        }
    }
}
