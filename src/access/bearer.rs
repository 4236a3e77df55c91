//! What does an access token stand for?
//!
//! The token itself is 256 random bits and says nothing; it is kept as a digest only, and this record stands behind it
//! in grants of the kind [`KIND`]. It is good for as long as the record stands, has not ended, and the family that it
//! was born of stands, too.

use model::{Id, Instant, Key};
use serde::{Deserialize, Serialize};

use crate::person;

/// The kind of grant that access tokens are.
pub const KIND: &str = "token";

/// What an access token stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearer {
    /// The token's number, for logs and audit: it tells tokens apart and opens nothing.
    pub number: String,
    /// The client that it was given to.
    pub client_id: String,
    /// The account that signed in; none for a client in its own name.
    pub account: Option<String>,
    /// The resource that stands for who signed in.
    #[serde(with = "person::key")]
    pub fhir_user: Option<Key>,
    /// The role of who signed in, as policies know it.
    pub role: Option<String>,
    /// What was granted, as SMART writes it.
    pub scopes: String,
    /// The patient in context.
    #[serde(with = "person::id")]
    pub patient: Option<Id>,
    /// The encounter in context.
    #[serde(with = "person::id")]
    pub encounter: Option<Id>,
    /// Since when.
    #[serde(with = "person::moment")]
    pub issued_at: Instant,
    /// Until when.
    #[serde(with = "person::moment")]
    pub expires_at: Instant,
    /// The family of code and refresh tokens that it was born of; none for a client in its own name.
    pub born_of: Option<String>,
}

impl Bearer {
    /// The record as it is kept.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers can be written as JSON")
    }

    /// Reads a record that was kept.
    pub fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_is_read() {
        let bearer = Bearer {
            number: "n".into(),
            client_id: "app".into(),
            account: Some("a".into()),
            fhir_user: person::parse_person("Practitioner/7"),
            role: Some("practitioner".into()),
            scopes: "openid patient/*.rs".into(),
            patient: Id::parse("7"),
            encounter: None,
            issued_at: Instant(1),
            expires_at: Instant(2),
            born_of: None,
        };
        assert_eq!(Bearer::from_json(&bearer.to_json()), Some(bearer));
        assert_eq!(Bearer::from_json(b"{}"), None);
    }
}
