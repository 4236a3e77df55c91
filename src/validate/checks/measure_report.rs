//! Does the report say what its measure asks for?
//!
//! Groups, populations and stratifiers by their codes, and a score where the scoring gives one:
//! <https://hl7.org/fhir/R4/measurereport.html>. A report that is pending may leave out anything.

use model::reference::Reference;
use model::{Code, Object, Value};

use super::{Subject, items, objects, text};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(canonical) = subject.text("measure") else { return };
    let Some(measure) = subject.rules.registry.resolve_as("Measure", canonical) else {
        let message = format!("the measure `{canonical}` is not known, so the report is not held against it");
        return findings.warning(Code::UnknownProfile, subject.place, message);
    };
    let Some(measure) = measure.as_object() else { return };
    let is_whole =
        subject.text("status") == Some("complete") && subject.text("type") != Some("data-collection");
    let scoring = measure.get("scoring").map_or(&[][..], codings);
    let scoring = scoring.first().and_then(|coding| coding.text("code")).unwrap_or_default();
    let report = Report { subject, measure, scoring, is_whole };
    for (index, group, defined) in groups(&report, findings) {
        let place = subject.place.item("group", index);
        score(&report, group, &place, findings);
        for name in ["population", "stratifier"] {
            parts(&report, (group, defined, name), &place, findings);
        }
    }
}

/// A report and the measure that it reports on.
struct Report<'a> {
    subject: &'a Subject<'a>,
    measure: &'a Object,
    /// How the measure comes to its score.
    scoring: &'a str,
    /// Whether nothing may be missing.
    is_whole: bool,
}

fn score(report: &Report<'_>, group: &Object, place: &Place<'_>, findings: &mut Findings) {
    let has_score = group.get("measureScore").is_some();
    if report.scoring == "cohort" && has_score {
        let message = "a measure that counts a cohort has no score";
        findings.error(Code::RuleBroken, &place.child("measureScore"), message);
    }
    let is_scored = matches!(report.scoring, "proportion" | "ratio" | "continuous-variable");
    if is_scored && report.is_whole && !has_score {
        let message = format!("a measure with scoring {} has a score, and it is missing", report.scoring);
        findings.error(Code::RuleBroken, place, message);
    }
}

/// The groups of the report with their places and with what the measure defines for them.
fn groups<'a>(report: &Report<'a>, findings: &mut Findings) -> Vec<(usize, &'a Object, &'a Object)> {
    let place = report.subject.place;
    let definitions: Vec<&Object> = objects(report.measure, "group").map(|(_, group)| group).collect();
    let reported: Vec<(usize, &Object)> = objects(report.subject.resource, "group").collect();
    if let ([(index, group)], [definition]) = (&reported[..], &definitions[..])
        && (group.get("code").is_none() || definition.get("code").is_none())
    {
        return vec![(*index, group, definition)];
    }
    let mut matching = Vec::new();
    for (index, group) in &reported {
        match definitions.iter().find(|definition| same_code(group, definition)) {
            Some(definition) => matching.push((*index, *group, *definition)),
            None => {
                let message = "a group has the code of a group of the measure, and this has none of them";
                findings.error(Code::RuleBroken, &place.item("group", *index), message);
            }
        }
    }
    let is_reported = |definition: &&Object| reported.iter().any(|(_, group)| same_code(group, definition));
    if report.is_whole && !definitions.iter().all(is_reported) {
        findings.error(Code::RuleBroken, place, "the report lacks a group of the measure");
    }
    matching
}

/// Holds the populations or stratifiers of a group against those of the measure.
fn parts(report: &Report<'_>, group: (&Object, &Object, &str), place: &Place<'_>, findings: &mut Findings) {
    let (reported, defined, name) = group;
    if items(defined, name).is_empty() {
        return;
    }
    for (index, part) in objects(reported, name) {
        let place = place.item(name, index);
        if !objects(defined, name).any(|(_, definition)| same_code(part, definition)) {
            let message = format!("the measure defines no such {name} for this group");
            findings.error(Code::RuleBroken, &place, message);
        }
        subjects(report.subject, part, &place, findings);
    }
    let is_reported =
        |definition: &Object| objects(reported, name).any(|(_, part)| same_code(part, definition));
    if report.is_whole && !objects(defined, name).all(|(_, definition)| is_reported(definition)) {
        findings.error(Code::RuleBroken, place, format!("the group lacks a {name} of the measure"));
    }
}

/// A population counts the subjects that are listed.
fn subjects(subject: &Subject<'_>, population: &Object, place: &Place<'_>, findings: &mut Findings) {
    let results = population.get("subjectResults").and_then(|results| results.text("reference"));
    let Some(results) = results else { return };
    let listed = if let Some(id) = results.strip_prefix('#') {
        let mut contained = objects(subject.resource, "contained").map(|(_, contained)| contained);
        let Some(list) = contained.find(|contained| text(contained, "id") == Some(id)) else { return };
        items(list, "entry").len()
    } else {
        // A list elsewhere is not read; anything else stands for itself.
        match Reference::parse(results).and_then(|reference| reference.target()) {
            Some(target) if target.resource_type != "List" => 1,
            _ => return,
        }
    };
    if let Some(Value::Number(count)) = population.get("count")
        && count.as_str().parse() != Ok(listed)
    {
        let message = format!("the population counts {}, and {listed} subjects are listed", count.as_str());
        findings.error(Code::RuleBroken, place, message);
    }
}

/// Whether two parts have a coding, or the text where there are no codings, in common.
fn same_code(left: &Object, right: &Object) -> bool {
    let (Some(left), Some(right)) = (left.get("code"), right.get("code")) else { return false };
    several(left).iter().any(|left| several(right).iter().any(|right| same_concept(left, right)))
}

/// One code, or the several that a stratifier of a report may have.
fn several(code: &Value) -> &[Value] {
    if let Value::Array(codes) = code { codes } else { std::slice::from_ref(code) }
}

fn same_concept(left: &Value, right: &Value) -> bool {
    if codings(left).is_empty() && codings(right).is_empty() {
        return left.text("text") == right.text("text");
    }
    let same = |left: &Value, right: &Value| {
        left.text("system") == right.text("system") && left.text("code") == right.text("code")
    };
    codings(left).iter().any(|left| codings(right).iter().any(|right| same(left, right)))
}

fn codings(concept: &Value) -> &[Value] {
    concept.get("coding").map_or(&[], Value::items)
}
