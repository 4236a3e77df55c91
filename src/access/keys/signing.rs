//! How does the server sign?
//!
//! With RSA keys of its own, `RS256`, as every OpenID client understands: <https://openid.net/specs/openid-connect-core-1_0.html#IDToken>.
//! They are kept in grants of the kind [`KIND`], as PKCS#8; that they are encrypted there is still to
//! come, so whoever reads the database can sign.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The kind of grant that signing keys are.
pub const KIND: &str = "key";

/// A private key of the server as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// PKCS#8 in base64.
    pkcs8: String,
    /// Since when it may sign; before, it is only published, so that everyone knows it by then (A-OIDC-04).
    pub signs_from: i64,
}

/// The keys that the server signs with and publishes.
pub struct Signing {
    keys: Vec<Ready>,
}

struct Ready {
    id: String,
    pair: RsaKeyPair,
    signs_from: i64,
}

impl SigningKey {
    /// Takes a key as PKCS#8, if it can sign.
    pub fn new(pkcs8: &[u8], signs_from: i64) -> Option<Self> {
        RsaKeyPair::from_pkcs8(pkcs8).ok()?;
        Some(Self { pkcs8: STANDARD.encode(pkcs8), signs_from })
    }

    /// The record as it is kept.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers can be written as JSON")
    }

    /// Reads a record that was kept.
    pub fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    fn ready(&self) -> Option<Ready> {
        let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(&self.pkcs8).ok()?).ok()?;
        let id = thumbprint(&pair);
        Some(Ready { id, pair, signs_from: self.signs_from })
    }
}

impl Signing {
    /// Readies keys for signing; those that cannot be read are left out.
    pub fn new<'k>(keys: impl IntoIterator<Item = &'k SigningKey>) -> Self {
        let mut keys: Vec<_> = keys.into_iter().filter_map(SigningKey::ready).collect();
        keys.sort_by_key(|key| key.signs_from);
        Self { keys }
    }

    /// The public keys as a key set.
    pub fn key_set(&self) -> Value {
        let keys: Vec<_> = self.keys.iter().map(Ready::public).collect();
        json!({ "keys": keys })
    }

    /// Signs claims with the newest key that may sign at `seconds`; none where no key may.
    pub fn sign(&self, claims: &Value, seconds: i64) -> Option<String> {
        let key = self.keys.iter().rev().find(|key| key.signs_from <= seconds)?;
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key.id });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let mut signature = vec![0; key.pair.public().modulus_len()];
        // ring asks for randomness in general; this way of signing uses none.
        key.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).ok()?;
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl Ready {
    fn public(&self) -> Value {
        let (modulus, exponent) = components(&self.pair);
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "n": modulus, "e": exponent })
    }
}

fn components(pair: &RsaKeyPair) -> (String, String) {
    let parts: PublicKeyComponents<Vec<u8>> = pair.public().into();
    (URL_SAFE_NO_PAD.encode(parts.n), URL_SAFE_NO_PAD.encode(parts.e))
}

/// The key's id: <https://www.rfc-editor.org/rfc/rfc7638>.
fn thumbprint(pair: &RsaKeyPair) -> String {
    let (modulus, exponent) = components(pair);
    let members = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()))
}
