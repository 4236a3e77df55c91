//! What do interactions work with?

use std::sync::Arc;

use fhir_profiles::Definitions;
use model::{Clock, Id, Instant};
use store::{Blobs, Kept};
use validate::Level;

use crate::{Aside, Library, Operation, Scrutiny, Words};

/// Where new ids come from; handed in by `server`, so that tests can repeat them.
pub type NewId = Arc<dyn Fn() -> Id + Send + Sync>;

/// Where chance comes from: 256 bits at a time that nobody guesses.
pub type Random = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// Bytes that no client can guess.
pub type Secret = [u8; 32];

/// Everything that is handed in.
#[derive(Clone)]
pub struct Context {
    /// Where resources live, as far as a permit reaches.
    pub store: Kept,
    /// Where large bytes live.
    pub blobs: Arc<dyn Blobs>,
    /// Where words stand.
    pub words: Arc<dyn Words>,
    /// What the types are.
    pub definitions: &'static Definitions,
    /// What the rules are.
    pub library: Arc<Library>,
    /// What can be asked for beyond the interactions.
    pub operations: &'static [Operation],
    /// Where work is done that would hold up other requests.
    pub aside: Aside,
    /// What time it is.
    pub clock: Clock,
    /// What a new resource is called.
    pub new_id: NewId,
    /// What tokens, codes and sessions are made of.
    pub random: Random,
    /// What cursors are signed with: the same for all servers on one database.
    pub secret: Arc<Secret>,
    /// What this server was told to do.
    pub policy: Policy,
}

impl Context {
    /// The same, looking at resources at least this closely before they are stored.
    pub fn looking_closer(&self, level: Level) -> Self {
        let scrutiny = self.policy.scrutiny.at_least(level);
        Self { policy: Policy { scrutiny, ..self.policy.clone() }, ..self.clone() }
    }
}

/// What may differ from one server to the next.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The FHIR base as clients see it, without a slash at the end.
    pub base_url: String,
    /// Whether a PUT may create a resource under an id of the client's choice.
    pub client_ids: bool,
    /// How closely resources are looked at before they are stored.
    pub scrutiny: Scrutiny,
    /// Where tokens are asked for, by the names of SMART's `oauth-uris`; nothing on a server without sign-in.
    pub oauth_uris: Vec<(&'static str, String)>,
    /// The version of the program, as the CapabilityStatement tells it.
    pub software_version: String,
    /// Since when it has offered what it offers.
    pub started_at: Instant,
}
