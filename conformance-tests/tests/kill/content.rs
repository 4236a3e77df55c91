//! What stands in the resources that the kill test writes?
//!
//! Everything follows from a mark, so that the mark alone says what must be found again, to the last byte
//! that the client chose.

use conformance_tests::chance::Chance;
use serde_json::{Value, json};

/// Letters of a long text, so that rows differ in size and some span several pages of the database.
const LETTERS_MAX: u64 = 6000;

/// Bytes of a Binary.
const BINARY_BYTES: u64 = 30_000;

/// The resource with this mark, as the client sends it.
pub(crate) fn resource(id: Option<&str>, mark: u64) -> Value {
    let mut chance = Chance::from_seed(mark);
    // Most resources are small; one in eight is not.
    let letters = if chance.below(8) == 0 { chance.below(LETTERS_MAX) } else { chance.below(200) };
    let text: String = (0..=letters / 16).map(|_| format!("{:016x}", chance.number())).collect();
    let mut resource = json!({
        "resourceType": "Basic",
        "identifier": [{ "system": "urn:kill:mark", "value": format!("{mark:016x}") }],
        "code": { "text": text },
    });
    if let Some(id) = id {
        resource["id"] = id.into();
    }
    resource
}

/// The bytes of a Binary with this mark.
pub(crate) fn bytes(mark: u64) -> Vec<u8> {
    let mut chance = Chance::from_seed(mark);
    (0..BINARY_BYTES / 8).flat_map(|_| chance.number().to_le_bytes()).collect()
}

/// Whether a body that was served is the resource with this mark, and the version that it says it is.
pub(crate) fn served_version(body: &[u8], id: &str, mark: u64) -> Result<u64, String> {
    let mut served: Value = serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))?;
    let meta = served.as_object_mut().and_then(|served| served.remove("meta")).unwrap_or_default();
    let expected = resource(Some(id), mark);
    if served != expected {
        return Err(format!("found {served} instead of {expected}"));
    }
    let version = meta["versionId"].as_str().and_then(|version| version.parse().ok());
    version.ok_or_else(|| "no meta.versionId".to_owned())
}
