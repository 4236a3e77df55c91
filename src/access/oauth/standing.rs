//! What do the tokens of one yes have in common, and what becomes of it?
//!
//! A code is exchanged for a [`Standing`], and a standing is what every refresh token keeps: who let in whom, for what,
//! as of when. From it access tokens and id tokens are made.

use model::{Id, Instant, Key, ResourceType};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::authorize::Code;
use super::{USER_TOKEN_SECONDS, later};
use crate::bearer::Bearer;
use crate::person;
use crate::scope::{Scope, Scopes};

/// What somebody agreed to, as the tokens of it keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The client that was let in.
    pub client_id: String,
    /// The name of everything that is born of the same yes; it ends when the agreement of that name does.
    pub family: String,
    /// Who agreed.
    pub account: String,
    /// The resource that stands for that person.
    #[serde(with = "person::key")]
    pub fhir_user: Option<Key>,
    /// The person's role.
    pub role: String,
    /// What was agreed to, as SMART writes it.
    pub scopes: String,
    /// The patient in context.
    #[serde(with = "person::id")]
    pub patient: Option<Id>,
    /// When the person gave the password.
    #[serde(with = "person::moment")]
    pub signed_in_at: Instant,
    /// When the code was exchanged.
    #[serde(with = "person::moment")]
    pub began_at: Instant,
}

/// The kind of grant under which the agreements of an account stand, by the name of their family.
pub fn agreements_of(account: &str) -> String {
    format!("consent/{account}")
}

impl Standing {
    /// What a code stands for, exchanged at `now`.
    pub fn of(code: &Code, now: Instant) -> Self {
        Self {
            client_id: code.client_id.clone(),
            family: code.family.clone(),
            account: code.account.clone(),
            fhir_user: code.fhir_user.clone(),
            role: code.role.clone(),
            scopes: code.scopes.clone(),
            patient: code.patient.clone(),
            signed_in_at: code.signed_in_at,
            began_at: now,
        }
    }

    /// What an access token for these scopes stands for.
    pub fn bearer(&self, scopes: &Scopes, (number, now): (String, Instant)) -> Bearer {
        Bearer {
            number,
            client_id: self.client_id.clone(),
            account: Some(self.account.clone()),
            fhir_user: self.fhir_user.clone(),
            role: Some(self.role.clone()),
            scopes: scopes.to_string(),
            patient: self.patient.clone(),
            encounter: None,
            issued_at: now,
            expires_at: later(now, USER_TOKEN_SECONDS),
            born_of: Some(self.family.clone()),
        }
    }

    /// The scopes that were agreed to.
    pub fn scopes(&self, types: &[ResourceType]) -> Scopes {
        Scopes::known(&self.scopes, types)
    }

    /// The claims of an id token, where `openid` was agreed to (A-OIDC-02).
    pub fn id_claims(
        &self,
        nonce: Option<&str>,
        (issuer, base_url): (&str, &str),
        (scopes, now): (&Scopes, Instant),
    ) -> Option<Value> {
        if !scopes.has(&Scope::OpenId) {
            return None;
        }
        let mut claims = json!({
            "iss": issuer,
            "sub": self.account,
            "aud": self.client_id,
            "exp": later(now, USER_TOKEN_SECONDS).seconds(),
            "iat": now.seconds(),
            "auth_time": self.signed_in_at.seconds(),
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        if let Some(person) = person_url(self.fhir_user.as_ref(), base_url, scopes) {
            claims["fhirUser"] = person.into();
        }
        Some(claims)
    }
}

/// The URL of the resource that stands for the person, where the client may know it (A-OIDC-03).
pub fn person_url(person: Option<&Key>, base_url: &str, scopes: &Scopes) -> Option<String> {
    let is_told = scopes.has(&Scope::FhirUser) || scopes.has(&Scope::Profile);
    person.filter(|_| is_told).map(|key| format!("{base_url}/{key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: &[ResourceType] = &[ResourceType::known("Patient")];

    fn claims(scopes: &str, nonce: Option<&str>) -> Option<Value> {
        let standing = Standing {
            client_id: "app".into(),
            family: "f".into(),
            account: "1".into(),
            fhir_user: person::parse_person("Practitioner/7"),
            role: "practitioner".into(),
            scopes: scopes.into(),
            patient: None,
            signed_in_at: Instant(5_000_000),
            began_at: Instant(0),
        };
        let here = ("https://here.example", "https://here.example/fhir");
        standing.id_claims(nonce, here, (&standing.scopes(TYPES), Instant(9_000_000)))
    }

    #[test]
    fn an_id_token_says_who_signed_in_a_oidc_02() {
        let expected = json!({
            "iss": "https://here.example", "sub": "1", "aud": "app", "exp": 3_609, "iat": 9, "auth_time": 5,
            "nonce": "n", "fhirUser": "https://here.example/fhir/Practitioner/7",
        });
        assert_eq!(claims("openid fhirUser", Some("n")), Some(expected));
    }

    #[test]
    fn who_the_person_is_is_told_where_it_was_agreed_to_a_oidc_03() {
        let person = |scopes| claims(scopes, None).and_then(|claims| claims.get("fhirUser").cloned());
        assert!(person("openid profile").is_some());
        assert_eq!(person("openid"), None);
        assert_eq!(claims("fhirUser patient/*.rs", None), None);
    }
}
