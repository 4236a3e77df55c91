//! Which definitions can be built upon?
//!
//! Those of the registry, with a snapshot: where one has none it is made first. A definition that needs itself for
//! that is named, rather than made for ever.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Code, Issue, Text, Value};

use crate::limits::SNAPSHOT_CHAIN_MAX;
use crate::registry::Registry;

/// The definitions, and those that are being made.
pub(super) struct Library<'r> {
    pub(super) registry: &'r Registry,
    /// What is being made, each for the one before it.
    chain: Vec<Text>,
    made: HashMap<Text, Result<Arc<Value>, Vec<Issue>>>,
    /// Mistakes that were passed over; none where none may be.
    pub(super) doubts: Option<Vec<Issue>>,
}

/// Why a definition cannot be built upon.
pub(super) enum Missing {
    /// There is none of this name.
    Unknown,
    /// It is being made; these are needed for one another.
    Circular(String),
    /// It has no snapshot, and none can be made.
    Broken(Vec<Issue>),
}

impl<'r> Library<'r> {
    pub(super) fn new(registry: &'r Registry) -> Self {
        Library { registry, chain: Vec::new(), made: HashMap::new(), doubts: None }
    }

    /// The same, but for mistakes that can be passed over.
    pub(super) fn tolerant(registry: &'r Registry) -> Self {
        Library { doubts: Some(Vec::new()), ..Library::new(registry) }
    }

    /// Begins to make the snapshot of `url`; each one that was begun must be ended.
    pub(super) fn begin(&mut self, url: &str) {
        self.chain.push(url.into());
    }

    /// Ends what was begun last.
    pub(super) fn end(&mut self) {
        self.chain.pop();
    }

    /// The definition that `canonical` names, with its snapshot.
    pub(super) fn definition(&mut self, canonical: &str) -> Result<Arc<Value>, Missing> {
        let url = canonical.split('|').next().unwrap_or(canonical);
        let known = self.registry.resolve_as("StructureDefinition", canonical);
        // Versions of what is known are often those of another release.
        let known = known.or_else(|| self.registry.resolve_as("StructureDefinition", url));
        if let Some(definition) = known.as_ref().filter(|definition| has_snapshot(definition)) {
            return Ok(Arc::clone(definition));
        }
        if let Some(place) = self.chain.iter().position(|known| known == url) {
            let chain: Vec<&str> = self.chain[place..].iter().map(Text::as_str).collect();
            return Err(Missing::Circular(format!("{}, {url}", chain.join(", "))));
        }
        let definition = known.ok_or(Missing::Unknown)?;
        if let Some(made) = self.made.get(canonical) {
            return made.clone().map_err(Missing::Broken);
        }
        if self.chain.len() > SNAPSHOT_CHAIN_MAX {
            let wrong =
                format!("making the snapshot of `{url}` failed, since too many others are needed for it");
            return Err(Missing::Broken(vec![Issue::error(Code::SnapshotFailed, wrong)]));
        }
        let made = super::make(&definition, self, super::Order::Any).map(Arc::new);
        self.made.insert(canonical.into(), made.clone());
        made.map_err(Missing::Broken)
    }

    /// Whether type `code` is `ancestor`, or descends from it.
    pub(super) fn is_a(&self, code: &str, ancestor: &str) -> bool {
        let mut code = Text::from(code);
        for _ in 0..SNAPSHOT_CHAIN_MAX {
            if code == ancestor {
                return true;
            }
            let Some(definition) = self.registry.resolve_as("StructureDefinition", &type_url(&code)) else {
                return false;
            };
            let Some(base) = definition.text("baseDefinition") else { return false };
            code = type_code(base).into();
        }
        false
    }
}

/// The canonical of the definition of type `code`.
pub(super) fn type_url(code: &str) -> String {
    if code.contains(':') { code.to_owned() } else { format!("{CORE}{code}") }
}

/// The code of the type that `url` defines.
fn type_code(url: &str) -> &str {
    url.strip_prefix(CORE).unwrap_or(url)
}

/// What the definitions of FHIR's own types are called.
const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";

pub(super) fn has_snapshot(definition: &Value) -> bool {
    let elements = definition.get("snapshot").and_then(|snapshot| snapshot.get("element"));
    elements.is_some_and(|elements| !elements.items().is_empty())
}
