//! Which programs may ask for tokens, and how do they show who they are?
//!
//! A client as it was registered, kept in grants of the kind [`KIND`] under its id:
//! <https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#register-app-with-ehr>.

mod redirect;

use model::Instant;
use serde::{Deserialize, Serialize};

use crate::person;

pub use redirect::{RedirectError, check_redirect_uri};

/// The kind of grant that clients are.
pub const KIND: &str = "client";

/// Redirect URIs of one client at most.
pub const REDIRECT_URIS_MAX: usize = 32;

/// Characters of a client's id at most.
const ID_LENGTH_MAX: usize = 128;

/// Whether a text can be the id of a client: letters, digits and a few signs that no form and no header changes.
pub fn is_id(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (1..=ID_LENGTH_MAX).contains(&text.len()) && text.bytes().all(is_letter)
}

/// A program that was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its `client_id`.
    pub id: String,
    /// What people know it by.
    pub name: String,
    /// How it shows who it is.
    pub kind: Kind,
    /// Where browsers may be sent back to, letter for letter; each was checked by [`check_redirect_uri`].
    pub redirect_uris: Vec<String>,
    /// What it may be granted at most, as SMART writes scopes.
    pub scopes: String,
    /// How it may ask for tokens.
    pub grant_types: Vec<GrantType>,
    /// The web pages' origins that it calls from.
    pub origins: Vec<String>,
    /// Where an EHR opens it.
    pub launch_url: Option<String>,
    /// Whether it has been shut out.
    pub disabled: bool,
    /// Since when it is known.
    #[serde(with = "person::moment")]
    pub registered_at: Instant,
}

/// How a client shows who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It cannot keep a secret, and names itself.
    Public,
    /// By a secret that the server made, of which the SHA-256 digest is kept in hexadecimal: 256 random bits need no
    /// slower digest.
    Symmetric {
        /// The digest.
        secret: String,
    },
    /// By signatures of its own keys.
    Asymmetric(KeySource),
}

/// Where a client's public keys come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    /// A key set (RFC 7517) that was registered, as JSON.
    Inline(String),
    /// A URL that the key set is fetched from.
    Url(String),
}

/// How a client may ask for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// For somebody who signs in.
    AuthorizationCode,
    /// Again, without anybody there.
    RefreshToken,
    /// In its own name.
    ClientCredentials,
}

impl GrantType {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];

    /// The word in requests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

impl Client {
    /// Whether it may ask for tokens in this way.
    pub fn may(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// Whether browsers may be sent there: letter for letter, and nothing else (A-AZ-01).
    pub fn redirects_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|known| known == uri)
    }

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
    fn what_is_kept_is_what_is_read_of_every_kind() {
        for kind in [
            Kind::Public,
            Kind::Symmetric { secret: "00".into() },
            Kind::Asymmetric(KeySource::Inline("{}".into())),
            Kind::Asymmetric(KeySource::Url("https://app.example/jwks".into())),
        ] {
            let client = Client {
                id: "app".into(),
                name: "App".into(),
                kind,
                redirect_uris: vec!["https://app.example/back".into()],
                scopes: "patient/*.rs".into(),
                grant_types: GrantType::ALL.to_vec(),
                origins: Vec::new(),
                launch_url: None,
                disabled: false,
                registered_at: Instant(1),
            };
            assert!(client.redirects_to("https://app.example/back"));
            assert!(!client.redirects_to("https://app.example/back/"));
            assert_eq!(Client::from_json(&client.to_json()), Some(client));
        }
    }

    #[test]
    fn grant_types_are_written_as_requests_name_them() {
        for grant_type in GrantType::ALL {
            assert_eq!(GrantType::parse(grant_type.as_str()), Some(grant_type));
            let json = serde_json::to_string(&grant_type).expect("a word");
            assert_eq!(json, format!("\"{}\"", grant_type.as_str()));
        }
        assert_eq!(GrantType::parse("password"), None);
    }
}
