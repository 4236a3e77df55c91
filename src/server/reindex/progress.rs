//! How far is the work on the index?
//!
//! What a job of the store's work list says, as JSON.

use bytes::Bytes;
use model::value::object;
use model::{Instant, Value, json};

use super::record::{Fingerprints, read_fingerprints, write_fingerprints};

/// What is to be indexed, and how far that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// The types, with the numbers of what decides their rows.
    pub(super) types: Fingerprints,
    /// The record that it began with. When there is another one, it begins anew.
    pub(super) generation: u64,
    /// When it began.
    pub(super) began_at: Instant,
    /// Up to where the log has been read.
    pub(super) after: Instant,
    /// How many resources were looked at.
    pub(super) done: u64,
    /// Whether all that stood when it began has been indexed, so that only the end of the log is followed.
    pub(super) is_built: bool,
}

impl Progress {
    pub(super) fn write(&self) -> Bytes {
        let value = object([
            ("types", write_fingerprints(&self.types)),
            ("generation", self.generation.to_string().into()),
            ("began", self.began_at.0.to_string().into()),
            ("after", self.after.0.to_string().into()),
            ("done", self.done.to_string().into()),
            ("built", self.is_built.into()),
        ]);
        json::to_compact(&value).into()
    }

    /// Whether it is of this work, and not of one that there was before.
    pub(super) fn is_of(&self, generation: u64, types: &Fingerprints) -> bool {
        self.generation == generation && self.types == *types
    }

    /// Undoes [`Progress::write`]; none of what another version of this server wrote otherwise.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let value = json::parse(bytes).ok()?;
        let moment = |name| Some(Instant(value.text(name)?.parse().ok()?));
        Some(Self {
            types: read_fingerprints(value.get("types")?)?,
            generation: number(&value, "generation")?,
            began_at: moment("began")?,
            after: moment("after")?,
            done: number(&value, "done")?,
            is_built: value.get("built") == Some(&Value::Bool(true)),
        })
    }
}

fn number(value: &Value, name: &str) -> Option<u64> {
    value.text(name)?.parse().ok()
}
