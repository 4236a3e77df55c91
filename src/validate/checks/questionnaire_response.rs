//! Do these answers fit their questionnaire?
//!
//! The questionnaire is contained, an entry of the Bundle around the answers, or a known definition:
//! <https://hl7.org/fhir/R4/questionnaireresponse.html#notes>. While a response is in progress, what is
//! missing is worth a warning only.

mod answer;
mod bounds;
mod enabled;
mod items;
mod options;

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use model::{Code, Object, Severity, Value};

use super::limits::ANSWER_STEPS_MAX;
use super::{Subject, objects, text};
use crate::findings::Findings;
use crate::place::Place;

/// A response and the form that it fills in.
struct Filling<'a> {
    subject: &'a Subject<'a>,
    questionnaire: &'a Object,
    /// How bad it is that an answer is missing.
    missing: Severity,
    findings: &'a mut Findings,
    /// The linkIds of the form.
    link_ids: HashSet<&'a str>,
    /// How much may still be compared.
    steps_left: Cell<usize>,
}

impl Filling<'_> {
    /// Takes so many steps; false when there are not as many left.
    fn spend(&self, steps: usize) -> bool {
        let left = self.steps_left.get().checked_sub(steps);
        self.steps_left.set(left.unwrap_or(0));
        left.is_some()
    }

    fn complain(&mut self, place: &Place<'_>, message: impl Into<String>) {
        self.findings.error(Code::AnswerMismatch, place, message);
    }

    fn miss(&mut self, place: &Place<'_>, message: impl Into<String>) {
        self.findings.note(self.missing, Code::AnswerMismatch, place, message);
    }
}

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(canonical) = subject.text("questionnaire") else {
        let message = "no questionnaire is named, so the answers are held against none";
        return findings.note(Severity::Information, Code::AnswerMismatch, subject.place, message);
    };
    let known: Option<Arc<Value>> = subject.rules.registry.resolve_as("Questionnaire", canonical);
    let known = known.as_deref().and_then(Value::as_object);
    let Some(questionnaire) = nearby(subject, canonical).or(known) else {
        let found = subject.rules.registry.resolve(canonical);
        let found = found.as_deref().and_then(|found| found.text("resourceType"));
        if let Some(found) = found {
            let message = format!("`{canonical}` is a {found}, where a Questionnaire is expected");
            findings.error(Code::AnswerMismatch, &subject.place.child("questionnaire"), message);
        }
        let message =
            format!("the questionnaire `{canonical}` is not known, so the answers are not held against it");
        return findings.warning(Code::UnknownProfile, subject.place, message);
    };
    let unfinished = subject.text("status") == Some("in-progress");
    let missing = if unfinished { Severity::Warning } else { Severity::Error };
    let mut link_ids = HashSet::new();
    collect(questionnaire, &mut link_ids);
    let steps_left = Cell::new(ANSWER_STEPS_MAX);
    let mut filling = Filling { subject, questionnaire, missing, findings, link_ids, steps_left };
    items::check(&mut filling);
    if filling.steps_left.get() == 0 {
        let message = format!("comparing ended at the limit of {ANSWER_STEPS_MAX} steps");
        findings.warning(Code::InvariantNotChecked, subject.place, message);
    }
}

/// The linkIds of a form or of a part of it.
fn collect<'a>(form: &'a Object, link_ids: &mut HashSet<&'a str>) {
    for (_, item) in objects(form, "item") {
        link_ids.extend(text(item, "linkId"));
        collect(item, link_ids);
    }
}

/// The questionnaire that is contained or stands in the same Bundle.
fn nearby<'a>(subject: &Subject<'a>, canonical: &str) -> Option<&'a Object> {
    if let Some(id) = canonical.strip_prefix('#') {
        let mut contained = objects(subject.resource, "contained").map(|(_, contained)| contained);
        return contained.find(|contained| text(contained, "id") == Some(id));
    }
    let (url, version) =
        canonical.split_once('|').map_or((canonical, None), |(url, version)| (url, Some(version)));
    let resources =
        objects(subject.root, "entry").filter_map(|(_, entry)| entry.get("resource")?.as_object());
    let fits = |resource: &&Object| {
        text(resource, "resourceType") == Some("Questionnaire")
            && text(resource, "url") == Some(url)
            && (version.is_none() || text(resource, "version") == version)
    };
    let mut fitting = resources.filter(fits);
    fitting.next()
}

#[cfg(test)]
mod tests;
