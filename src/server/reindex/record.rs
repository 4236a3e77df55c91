//! By what was the whole store indexed?
//!
//! For each type the number of what decides its rows ([`search::Catalogue::fingerprint`]), kept in the store itself.
//! A type is struck off before the first of its resources is indexed otherwise, and entered again after the last:
//! what stands in the record holds for every resource, whenever the power fails.

use std::collections::BTreeMap;

use access::Permit;
use bytes::Bytes;
use fhir_profiles::Definitions;
use model::value::object;
use model::{Instant, Object, ResourceType, Value, json};
use search::Catalogue;
use store::{Grant, JobId, Store};

const KIND: &str = "index";
const FINGERPRINTS: &str = "fingerprints";
const JOB: &str = "job";

/// Types with the numbers of what decides their rows.
pub(crate) type Fingerprints = BTreeMap<ResourceType, u64>;

/// What a store was indexed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Goes up with every change, so that whoever comes back sees that there was one.
    pub(crate) generation: u64,
    /// The types of which every resource was indexed so.
    pub(crate) types: Fingerprints,
}

impl Record {
    /// What the record of a store says; none, when there is none or it cannot be read.
    pub(crate) async fn read(store: &dyn Store, permit: &Permit) -> store::Result<Option<Self>> {
        let value = kept(store, permit, FINGERPRINTS).await?;
        Ok(value.and_then(|value| parse(&value)))
    }

    /// Keeps it in the store.
    pub(crate) async fn write(&self, store: &dyn Store, permit: &Permit) -> store::Result<()> {
        let value = object([
            ("generation", self.generation.to_string().into()),
            ("types", write_fingerprints(&self.types)),
        ]);
        keep(store, permit, (FINGERPRINTS, json::to_compact(&value).into())).await
    }

    /// The types that a catalogue indexes otherwise, with their numbers under it.
    pub(crate) fn differing(&self, catalogue: &Catalogue) -> Fingerprints {
        let mut types = all(catalogue);
        types.retain(|resource_type, wanted| self.types.get(resource_type) != Some(wanted));
        types
    }
}

/// The job that was begun last, by this server or another one.
pub(super) async fn last_job(store: &dyn Store, permit: &Permit) -> store::Result<Option<JobId>> {
    let value = kept(store, permit, JOB).await?;
    let number = value.and_then(|value| std::str::from_utf8(&value).ok()?.parse().ok());
    Ok(number.map(JobId))
}

/// Notes which job was begun last.
pub(super) async fn note_job(store: &dyn Store, permit: &Permit, id: JobId) -> store::Result<()> {
    keep(store, permit, (JOB, id.0.to_string().into())).await
}

async fn kept(store: &dyn Store, permit: &Permit, id: &str) -> store::Result<Option<Bytes>> {
    // It never ends.
    let grant = store.granted(permit, KIND, id, Instant::default()).await?;
    Ok(grant.map(|grant| grant.value))
}

async fn keep(store: &dyn Store, permit: &Permit, (id, value): (&str, Bytes)) -> store::Result<()> {
    let grant = Grant { kind: KIND.to_owned(), id: id.to_owned(), value, expires_at: None };
    store.grant(permit, grant).await
}

/// The numbers of all types.
pub(crate) fn all(catalogue: &Catalogue) -> Fingerprints {
    let types = Definitions::r4().resource_types().iter();
    types.map(|it| (*it, catalogue.fingerprint(*it))).collect()
}

/// Numbers as JSON, which has none that are as long.
pub(super) fn write_fingerprints(types: &Fingerprints) -> Value {
    let mut written = Object::with_capacity(types.len());
    for (resource_type, fingerprint) in types {
        written.set(resource_type.as_str(), format!("{fingerprint:016x}"));
    }
    written.into()
}

/// Undoes [`write_fingerprints`]; types that nobody knows are left out.
pub(super) fn read_fingerprints(value: &Value) -> Option<Fingerprints> {
    let mut types = Fingerprints::new();
    for (name, fingerprint) in value.as_object()?.iter() {
        let fingerprint = u64::from_str_radix(fingerprint.as_str()?, 16).ok()?;
        types.extend(Definitions::r4().resource_type(name).map(|known| (known, fingerprint)));
    }
    Some(types)
}

fn parse(bytes: &[u8]) -> Option<Record> {
    let value = json::parse(bytes).ok()?;
    let generation = value.text("generation")?.parse().ok()?;
    Some(Record { generation, types: read_fingerprints(value.get("types")?)? })
}
