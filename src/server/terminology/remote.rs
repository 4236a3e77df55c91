//! How is another terminology server asked?
//!
//! Over HTTP, as <https://hl7.org/fhir/R4/terminology-service.html> has it. Nobody waits for it longer than the settings
//! say; after a few failures it is left alone for a while ([`Breaker`]); what it answered is remembered ([`Memory`]).
//! Questions hold codes and definitions, never what a resource says of a patient.

mod breaker;
mod memory;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Uri;
use model::{Value, json};
use sha2::{Digest, Sha256};
use terminology::{Remote, Unanswered};

use crate::clock;
use crate::config::Settings;
use breaker::Breaker;
use memory::Memory;

/// Bytes of one answer: an expansion of a few ten thousand codes.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// Characters of a refusal that are passed on.
const REFUSAL_LENGTH_MAX: usize = 500;

/// The server that the settings name.
pub(crate) struct WebTerminology {
    base: String,
    /// What the canonicals begin with that it is asked about; any, when there are none.
    serves: Vec<String>,
    agent: ureq::Agent,
    state: Mutex<State>,
}

struct State {
    breaker: Breaker,
    memory: Memory,
}

/// The other server, where the settings name one.
pub(crate) fn of(settings: &Settings) -> Option<Arc<dyn Remote>> {
    let base = settings.terminology_remote.as_ref()?;
    let (serves, within) =
        (settings.terminology_remote_systems.clone(), settings.terminology_remote_timeout_ms);
    Some(Arc::new(WebTerminology::new(base, serves, Duration::from_millis(within))))
}

impl WebTerminology {
    fn new(base: &Uri, serves: Vec<String>, within: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(within))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        let state = State { breaker: Breaker::default(), memory: Memory::default() };
        let base = base.to_string().trim_end_matches('/').to_owned();
        Self { base, serves, agent: config.into(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves both as they were before or after one answer.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The status and body of an answer, or what went wrong.
    fn send(&self, operation: &str, body: &[u8]) -> Result<(u16, Value), String> {
        let request = self.agent.post(format!("{}/{operation}", self.base));
        let request =
            request.header("Content-Type", "application/fhir+json").header("Accept", "application/fhir+json");
        let mut answer = request.send(body).map_err(|error| error.to_string())?;
        let read = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let bytes = read.map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        let tree =
            json::parse(&bytes).map_err(|_| format!("it answers {status} with something that is no JSON"))?;
        Ok((status, tree))
    }

    /// An answer by what it came with. What is said to be wrong is not taken for a failure of the server.
    fn judged((status, tree): (u16, Value)) -> Result<Result<Value, String>, String> {
        match (status, tree.text("resourceType")) {
            (200, Some("Parameters" | "ValueSet")) => Ok(Ok(tree)),
            (400 | 404 | 422, Some("OperationOutcome")) => Ok(Err(complaint(&tree))),
            (status, resource_type) => {
                Err(format!("it answers {status} with {}", resource_type.unwrap_or("no resource")))
            }
        }
    }
}

impl Remote for WebTerminology {
    fn serves(&self, canonical: &str) -> bool {
        self.serves.is_empty() || self.serves.iter().any(|beginning| canonical.starts_with(&**beginning))
    }

    fn ask(&self, operation: &str, parameters: &Value) -> Result<Value, Unanswered> {
        let body = json::to_compact(parameters);
        let key =
            Sha256::new().chain_update(operation).chain_update([0]).chain_update(&body).finalize().into();
        {
            let mut state = self.state();
            if let Some(known) = state.memory.find(&key, clock::mark()) {
                return known.map_err(Unanswered::Refused);
            }
            if !state.breaker.lets_pass(clock::mark()) {
                return Err(Unanswered::Silent);
            }
        }
        let answer = self.send(operation, &body).and_then(Self::judged);
        let mut state = self.state();
        match answer {
            Ok(answer) => {
                state.breaker.succeeded();
                state.memory.keep(key, answer.clone(), clock::mark());
                answer.map_err(Unanswered::Refused)
            }
            Err(error) => {
                if state.breaker.failed(clock::mark()) {
                    let base = &*self.base;
                    tracing::warn!(
                        base,
                        error,
                        "the other terminology server fails; it is left alone for a while"
                    );
                }
                Err(Unanswered::Silent)
            }
        }
    }
}

/// What an OperationOutcome says first.
fn complaint(outcome: &Value) -> String {
    let issue = outcome.get("issue").and_then(|issues| issues.items().first());
    let details = issue.and_then(|issue| issue.get("details")).and_then(|details| details.text("text"));
    let text = details.or(issue.and_then(|issue| issue.text("diagnostics"))).unwrap_or("no reason");
    text.chars().take(REFUSAL_LENGTH_MAX).collect()
}
