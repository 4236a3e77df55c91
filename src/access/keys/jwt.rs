//! What does a signed JSON web token say?
//!
//! The compact form of <https://www.rfc-editor.org/rfc/rfc7515>, taken apart and not believed: whoever reads one asks
//! a [`super::KeySet`] before anything in it counts.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Instant;
use serde::Deserialize;

use super::{Algorithm, KeyError, KeySet};

/// Bytes of a token at most: an assertion with its signature is about one thousand.
const JWT_BYTES_MAX: usize = 8 * 1024;

/// A token that was taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwt<C> {
    /// How it is signed.
    pub algorithm: Algorithm,
    /// Which key signed it.
    pub key_id: String,
    /// Where its sender says that the key is found.
    pub key_set_url: Option<String>,
    /// What it says.
    pub claims: C,
    signed: String,
    signature: Vec<u8>,
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtError {
    /// It is longer than any token needs to be.
    TooLong,
    /// It is not three parts of base64url with JSON in the first two.
    Malformed,
    /// Its `alg` is not one that is taken.
    Algorithm,
    /// Its `typ` is not `JWT`.
    Type,
    /// It has no `kid`.
    NoKeyId,
    /// It says that something must be understood that is not.
    Critical,
    /// Its claims are missing or of other types.
    Claims,
    /// No key fits it, or several.
    Key(KeyError),
    /// Nobody signed it with that key.
    Signature,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    jku: Option<String>,
    crit: Option<serde_json::Value>,
}

impl<C: for<'de> Deserialize<'de>> Jwt<C> {
    /// Takes a token apart.
    pub fn read(text: &str) -> Result<Self, JwtError> {
        if text.len() > JWT_BYTES_MAX {
            return Err(JwtError::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JwtError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(JwtError::Malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::Malformed);
        let (header, claims, signature) = (decode(header)?, decode(claims)?, decode(signature)?);
        let header: Header = serde_json::from_slice(&header).map_err(|_| JwtError::Malformed)?;
        if header.crit.is_some() {
            return Err(JwtError::Critical);
        }
        let algorithm = Algorithm::ALL.into_iter().find(|known| known.as_str() == header.alg);
        let algorithm = algorithm.ok_or(JwtError::Algorithm)?;
        if !header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case("JWT")) {
            return Err(JwtError::Type);
        }
        let key_id = header.kid.filter(|id| !id.is_empty()).ok_or(JwtError::NoKeyId)?;
        let claims = serde_json::from_slice(&claims).map_err(|_| JwtError::Claims)?;
        let signed = signed.to_owned();
        Ok(Self { algorithm, key_id, key_set_url: header.jku, claims, signed, signature })
    }
}

impl<C> Jwt<C> {
    /// The claims, where a key of the set signed them.
    pub fn signed_by(&self, keys: &KeySet) -> Result<&C, JwtError> {
        let signed = (self.signed.as_bytes(), self.signature.as_slice());
        match keys.verify((&self.key_id, self.algorithm), signed) {
            Ok(true) => Ok(&self.claims),
            Ok(false) => Err(JwtError::Signature),
            Err(error) => Err(JwtError::Key(error)),
        }
    }
}

/// The moment of a `NumericDate`, which may have a fraction.
pub fn numeric_date(date: &serde_json::Number) -> Option<Instant> {
    let micros = |seconds: i64| seconds.checked_mul(1_000_000).map(Instant);
    match date.as_i64() {
        Some(seconds) => micros(seconds),
        // Parts of a second are of no account where minutes are compared.
        None => date.to_string().split('.').next()?.parse().ok().and_then(micros),
    }
}

impl fmt::Display for JwtError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::TooLong => "the token is too long",
            Self::Malformed => "it is not a signed JSON web token",
            Self::Algorithm => "its `alg` is neither RS384 nor ES384",
            Self::Type => "its `typ` is not JWT",
            Self::NoKeyId => "it has no `kid`",
            Self::Critical => "it has a `crit` that is not understood",
            Self::Claims => "its claims are incomplete or of other types than they should be",
            Self::Key(KeyError::Ambiguous) => "several registered keys have its `kid`",
            Self::Key(_) => "no registered key has its `kid` and fits its `alg`",
            Self::Signature => "its signature is not that of the registered key",
        })
    }
}
