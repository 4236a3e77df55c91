//! What has been found so far?

use model::limits::ISSUES_MAX;
use model::{Code, Issue, Severity};

use crate::place::Place;

/// The complaints in the order they came up, at most [`ISSUES_MAX`], none twice.
#[derive(Default)]
pub(crate) struct Findings {
    issues: Vec<Issue>,
}

impl Findings {
    pub(crate) fn note(
        &mut self,
        severity: Severity,
        code: Code,
        place: &Place<'_>,
        message: impl Into<String>,
    ) {
        if self.issues.len() < ISSUES_MAX || severity >= Severity::Error {
            self.add(Issue::error(code, message).with_severity(severity).at(place.path()));
        }
    }

    pub(crate) fn error(&mut self, code: Code, place: &Place<'_>, message: impl Into<String>) {
        self.note(Severity::Error, code, place, message);
    }

    pub(crate) fn warning(&mut self, code: Code, place: &Place<'_>, message: impl Into<String>) {
        self.note(Severity::Warning, code, place, message);
    }

    /// Adds a complaint, unless the very same was made before: profiles repeat what their bases say. When there
    /// is no room left, an error takes the place of lesser advice, so that it is never lost.
    pub(crate) fn add(&mut self, issue: Issue) {
        if self.issues.contains(&issue) {
            return;
        }
        if self.issues.len() < ISSUES_MAX {
            return self.issues.push(issue);
        }
        let lesser = self.issues.iter().rposition(|known| known.severity < Severity::Error);
        if let Some(place) = lesser.filter(|_| issue.severity >= Severity::Error) {
            self.issues.remove(place);
            self.issues.push(issue);
        }
    }

    /// Whether nobody would read more.
    pub(crate) fn is_full(&self) -> bool {
        self.issues.len() >= ISSUES_MAX && self.issues.iter().all(|known| known.severity >= Severity::Error)
    }

    /// Whether any of them refuses the resource.
    pub(crate) fn has_errors(&self) -> bool {
        self.issues.iter().any(|issue| issue.severity >= Severity::Error)
    }

    pub(crate) fn into_issues(self) -> Vec<Issue> {
        self.issues
    }
}
