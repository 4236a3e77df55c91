//! Does the assertion show that its sender is the client?
//!
//! `private_key_jwt` as SMART wants it: <https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#signature-verification>
//! (A9). What it cannot tell is whether the assertion was used before; it returns under which id that is to be noted,
//! and the caller notes it before it counts.

use model::Instant;
use serde::Deserialize;

use super::{Refused, later};
use crate::client::{Client, KeySource, Kind};
use crate::keys::{Jwt, KeySet, numeric_date};
use crate::token;

/// The only `client_assertion_type`: <https://www.rfc-editor.org/rfc/rfc7523#section-2.2>.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The kind of grant under which used assertions are noted.
pub const USED_KIND: &str = "used-assertion";

/// How far ahead an assertion may end.
const LIFETIME_SECONDS_MAX: i64 = 300;

/// How far the clocks of client and server may be apart.
const SKEW_SECONDS: i64 = 60;

/// Characters of a `jti` at most.
const JTI_LENGTH_MAX: usize = 512;

/// An assertion that was read and is not believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion(Jwt<Claims>);

/// What an assertion says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: serde_json::Number,
    jti: String,
    iat: Option<serde_json::Number>,
    nbf: Option<serde_json::Number>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What must be noted before an assertion counts: whoever finds it noted already has a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The id to note it under.
    pub id: String,
    /// Until when.
    pub until: Instant,
}

impl Assertion {
    /// Reads an assertion.
    pub fn read(text: &str) -> Result<Self, Refused> {
        let refuse = |why| Refused::client(format!("the client assertion is not taken: {why}"));
        Jwt::read(text).map(Self).map_err(refuse)
    }

    /// The client that it claims to come from.
    pub fn client_id(&self) -> &str {
        &self.0.claims.iss
    }

    /// Whether it comes from the client, is meant for `audience`, the URL of the token endpoint, and holds at `now`.
    ///
    /// `keys` are those of the client, read from where [`Client::kind`] says.
    pub fn verify(
        &self,
        (client, keys): (&Client, &KeySet),
        audience: &str,
        now: Instant,
    ) -> Result<Once, Refused> {
        let refuse = |why: &str| Refused::client(format!("the client assertion is not taken: {why}"));
        let Kind::Asymmetric(source) = &client.kind else {
            return Err(refuse("the client did not register keys"));
        };
        let registered = match source {
            KeySource::Url(url) => Some(url),
            KeySource::Inline(_) => None,
        };
        if self.0.key_set_url.is_some() && self.0.key_set_url.as_ref() != registered {
            return Err(refuse("its `jku` is not the key set that the client registered"));
        }
        let claims = self.0.signed_by(keys).map_err(|why| refuse(&why.to_string()))?;
        if claims.iss != client.id || claims.sub != client.id {
            return Err(refuse("its `iss` and `sub` are not the client"));
        }
        let is_meant = match &claims.aud {
            Audience::One(one) => one == audience,
            Audience::Several(several) => several.iter().any(|one| one == audience),
        };
        if !is_meant {
            return Err(refuse("its `aud` is not the token endpoint"));
        }
        let until = holds_until(claims, now).map_err(refuse)?;
        if claims.jti.is_empty() || claims.jti.len() > JTI_LENGTH_MAX {
            return Err(refuse("its `jti` is empty or too long"));
        }
        // The digest keeps ids short, and apart whatever stands in the texts.
        let id = token::digest(&format!("{}\n{}", client.id, claims.jti));
        Ok(Once { id, until })
    }
}

fn holds_until(claims: &Claims, now: Instant) -> Result<Instant, &'static str> {
    let ends = numeric_date(&claims.exp).ok_or("its `exp` is not a date")?;
    if ends <= later(now, -SKEW_SECONDS) {
        return Err("it has expired");
    }
    if ends > later(now, LIFETIME_SECONDS_MAX + SKEW_SECONDS) {
        return Err("its `exp` is more than five minutes ahead");
    }
    for begins in [&claims.iat, &claims.nbf].into_iter().flatten() {
        let begins = numeric_date(begins).ok_or("its `iat` or `nbf` is not a date")?;
        if begins > later(now, SKEW_SECONDS) {
            return Err("its `iat` or `nbf` is in the future");
        }
    }
    Ok(later(ends, SKEW_SECONDS))
}

#[cfg(test)]
mod tests;
