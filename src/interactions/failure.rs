//! Why was it not done?

use model::{Code, Issue, Key, Severity};
use store::Expectation;

/// What interactions answer with.
pub type Result<T> = std::result::Result<T, Failure>;

/// All that is wrong with a request; the first issue decides the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// At least one.
    pub issues: Vec<Issue>,
}

impl Failure {
    /// The code of the first issue.
    pub fn code(&self) -> Code {
        self.issues.first().map_or(Code::Internal, |issue| issue.code)
    }

    /// The same failure, located in an entry of a Bundle.
    pub(crate) fn within(mut self, entry: &str) -> Self {
        for issue in &mut self.issues {
            let inner = issue.expression.take().unwrap_or_default();
            let path = inner.split_once('.').map_or("", |(_, path)| path);
            let dot = if path.is_empty() { "" } else { "." };
            let resource = if inner.is_empty() { "" } else { ".resource" };
            issue.expression = Some(format!("{entry}{resource}{dot}{path}"));
        }
        self
    }
}

impl From<Issue> for Failure {
    fn from(issue: Issue) -> Self {
        Self { issues: vec![issue] }
    }
}

impl From<Vec<Issue>> for Failure {
    fn from(issues: Vec<Issue>) -> Self {
        Self { issues }
    }
}

/// A failure of storage that no expectation explains.
impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        let issue = match &error {
            store::Error::Overloaded => Issue::error(Code::Overloaded, error.to_string()),
            store::Error::Full => Issue::error(Code::StorageFull, error.to_string()),
            store::Error::Unavailable(_) => {
                Issue::error(Code::StorageUnavailable, "storage does not answer or cannot keep its promise")
            }
            store::Error::Corrupt(_) => Issue::error(Code::Corrupt, error.to_string()),
            store::Error::DuplicateKey { .. } => Issue::error(Code::DuplicateEntry, error.to_string()),
            store::Error::Expectation { .. } | store::Error::Guard { .. } => {
                Issue::error(Code::Contention, error.to_string())
            }
            store::Error::Absent(_) => Issue::error(Code::NotFound, error.to_string()),
            store::Error::BeyondReach(_) => Issue::error(Code::Forbidden, error.to_string()),
            store::Error::Costly(_) => Issue::error(Code::TooCostly, error.to_string()),
            store::Error::Cursor => Issue::error(Code::InvalidCursor, error.to_string()),
        };
        let own_fault = !matches!(
            issue.code,
            Code::DuplicateEntry
                | Code::Contention
                | Code::TooCostly
                | Code::InvalidCursor
                | Code::NotFound
                | Code::Forbidden
        );
        issue.with_severity(if own_fault { Severity::Fatal } else { Severity::Error }).into()
    }
}

/// Tells why an update found nothing to update, on a server that chooses all ids itself.
pub(crate) fn client_id_refused(key: &Key) -> Issue {
    let message = format!("{key} does not exist, and this server does not let clients choose ids");
    Issue::error(Code::ClientIdRefused, message)
}

/// Tells why a write's expectation did not hold.
pub(crate) fn refused(key: &Key, expect: &Expectation, current: Option<model::VersionId>) -> Issue {
    match (expect, current) {
        (Expectation::Absent, _) => Issue::error(
            Code::AlreadyExists,
            format!("{key} exists already, and If-None-Match forbids to replace it"),
        ),
        (_, Some(version)) => Issue::error(
            Code::StaleVersion,
            format!("the current version of {key} is {version}, which If-Match does not name"),
        ),
        (_, None) => Issue::error(
            Code::StaleVersion,
            format!("{key} does not exist, so no version that If-Match names is current"),
        ),
    }
}
