//! Which definitions did clients store?
//!
//! A SearchParameter, a profile, a value set and the like that is stored as a resource takes part as one of an installed
//! package would, above them all: <https://hl7.org/fhir/R4/conformance-module.html>. What R4 itself defines stays as it
//! is, because everything else is built on that.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use access::Permit;
use fhir_profiles::{Definitions, Layer, Registry, facts};
use model::{Instant, Key, ResourceType, Value, json};
use store::{HistoryQuery, Scope, Store, Version};

/// The types of definitions that take part.
const TYPES: [&str; 7] = [
    "CodeSystem",
    "ConceptMap",
    "NamingSystem",
    "OperationDefinition",
    SEARCH_PARAMETER,
    "StructureDefinition",
    "ValueSet",
];

const SEARCH_PARAMETER: &str = "SearchParameter";

/// Stored definitions that take part at most: as many as some national guides have together.
const STORED_DEFINITIONS_MAX: usize = 10_000;

/// Bytes of their JSON, since all of it is held in memory, where it takes several times as much.
const STORED_BYTES_MAX: usize = 128 << 20;

/// Versions that are read at a time.
const VERSIONS_AT_A_TIME: usize = 100;

/// What canonicals of R4 itself begin with. It has copies of others, which may be renewed.
const R4_URLS: &str = "http://hl7.org/fhir/";

/// The definitions that are stored, as far as the log has been read.
#[derive(Default)]
pub(crate) struct Stored {
    seen: Option<Instant>,
    known: BTreeMap<Key, Known>,
    bytes: usize,
    change: Change,
}

/// What became of the definitions since somebody went by them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// They are as they were.
    #[default]
    Nothing,
    /// Some are others, none of them search parameters.
    Rules,
    /// Search parameters are others, too.
    Parameters,
}

struct Known {
    facts: Value,
    bytes: usize,
}

/// What a version leaves of a definition, with the length of its JSON; none, when it does not take part.
type Found = (Key, Option<(Value, usize)>);

impl Stored {
    /// Reads what was stored or deleted since the last time.
    pub(crate) async fn refresh(&mut self, store: &dyn Store) -> store::Result<()> {
        let permit = Permit::for_the_server("stored definitions are rules of the server");
        let latest = store.latest(&permit).await?;
        if self.seen == Some(latest) {
            return Ok(());
        }
        for name in TYPES {
            let Some(resource_type) = Definitions::r4().resource_type(name) else { continue };
            match self.read(store, &permit, (resource_type, latest)).await {
                // Everything else is served as before.
                Err(store::Error::Corrupt(key)) => tracing::error!(
                    fhir.key = %key,
                    "a stored definition is damaged; it and older ones of its type take no part"
                ),
                read => read?,
            }
        }
        self.seen = Some(latest);
        Ok(())
    }

    /// What became of them since [`Stored::settle`].
    pub(crate) fn change(&self) -> Change {
        self.change
    }

    /// Notes that all of it has been heeded.
    pub(crate) fn settle(&mut self) {
        self.change = Change::Nothing;
    }

    /// All of them; none, when there are none.
    pub(crate) fn layer(&self) -> Option<Arc<Layer>> {
        let facts = self.known.values().map(|known| known.facts.clone());
        (!self.known.is_empty()).then(|| Arc::new(Layer::from_resources(facts)))
    }

    /// Reads the versions of a type up to the latest commit, newest first, since only the newest of a resource counts.
    ///
    /// From the history and not from the index, which may not have been built yet.
    async fn read(
        &mut self,
        store: &dyn Store,
        permit: &Permit,
        (resource_type, latest): (ResourceType, Instant),
    ) -> store::Result<()> {
        let mut query = HistoryQuery {
            scope: Scope::Type(resource_type),
            since: self.seen.map(|seen| Instant(seen.0.saturating_add(1))),
            before: Some(Instant(latest.0.saturating_add(1))),
            current_at: None,
            count: VERSIONS_AT_A_TIME,
        };
        let mut seen = HashSet::new();
        loop {
            let page = store.history(permit, &query).await?;
            query.before = page.versions.last().map(|version| version.committed_at);
            let newest: Vec<_> =
                page.versions.into_iter().filter(|version| seen.insert(version.key.clone())).collect();
            // Some are so long that reading them would hold up requests.
            let read = tokio::task::spawn_blocking(move || newest.into_iter().map(read).collect::<Vec<_>>());
            let found =
                read.await.map_err(|_| store::Error::Unavailable("definitions cannot be read".into()))?;
            found.into_iter().for_each(|found| self.take(found));
            if !page.more {
                return Ok(());
            }
        }
    }

    fn take(&mut self, (key, found): Found) {
        let before = self.known.remove(&key);
        self.bytes -= before.as_ref().map_or(0, |known| known.bytes);
        let change = match key.resource_type.as_str() {
            SEARCH_PARAMETER => Change::Parameters,
            _ => Change::Rules,
        };
        let after = found.filter(|(_, bytes)| self.has_room(&key, *bytes));
        let is_same = match (&before, &after) {
            (None, None) => true,
            (Some(before), Some((facts, _))) => before.facts == *facts,
            _ => false,
        };
        if let Some((facts, bytes)) = after {
            self.bytes += bytes;
            self.known.insert(key, Known { facts, bytes });
        }
        if !is_same {
            self.change = std::cmp::max(self.change, change);
        }
    }

    fn has_room(&self, key: &Key, bytes: usize) -> bool {
        let has_room = self.known.len() < STORED_DEFINITIONS_MAX && self.bytes + bytes <= STORED_BYTES_MAX;
        if !has_room {
            tracing::warn!(
                fhir.key = %key,
                definitions_max = STORED_DEFINITIONS_MAX,
                bytes_max = STORED_BYTES_MAX,
                "a stored definition takes no part, because there are more than the limit; packages have none"
            );
        }
        has_room
    }
}

fn read(version: Version) -> Found {
    let Version { key, json, .. } = version;
    let Some(text) = json else { return (key, None) };
    match json::parse(&text) {
        Ok(resource) if is_of_r4(&resource) => (key, None),
        Ok(resource) => {
            let facts = facts::of_package(resource).map(|facts| (facts, text.len()));
            (key, facts)
        }
        Err(_) => {
            tracing::warn!(fhir.key = %key, "a stored definition takes no part, because it cannot be read");
            (key, None)
        }
    }
}

/// Whether R4 itself defines what has this canonical.
fn is_of_r4(resource: &Value) -> bool {
    let url = resource.text("url").unwrap_or_default();
    url.starts_with(R4_URLS) && Registry::r4().find(url).is_some()
}

#[cfg(test)]
mod tests;
