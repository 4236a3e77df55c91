//! Is what makes an Observation useful there?
//!
//! Advice, given only when it is asked for: <https://hl7.org/fhir/R4/observation.html#notes>.

use model::Code;

use super::Subject;
use crate::findings::Findings;

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if !subject.best_practice {
        return;
    }
    let has = |name: &str| {
        subject.resource.iter().any(|(member, _)| member.trim_start_matches('_').starts_with(name))
    };
    for (name, what) in
        [("subject", "a subject"), ("performer", "a performer"), ("effective", "a time or period")]
    {
        if !has(name) {
            let message = format!("an Observation should have {what}");
            findings.warning(Code::BestPractice, subject.place, message);
        }
    }
}
