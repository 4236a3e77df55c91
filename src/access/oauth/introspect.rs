//! What is told of a token? <https://www.rfc-editor.org/rfc/rfc7662>, and the context that SMART adds.

use serde_json::{Value, json};

use crate::bearer::Bearer;

/// What is told of a token that is not good, not known, or not for the caller to know: nothing else.
pub fn inactive() -> Value {
    json!({ "active": false })
}

/// What is told of a good token; `issuer` is said where somebody signed in.
pub fn active(bearer: &Bearer, (issuer, base_url): (&str, &str)) -> Value {
    let mut told = json!({
        "active": true,
        "scope": bearer.scopes,
        "client_id": bearer.client_id,
        "token_type": "Bearer",
        "exp": bearer.expires_at.seconds(),
        "iat": bearer.issued_at.seconds(),
    });
    let mut tell = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            told[name] = value.into();
        }
    };
    tell("patient", bearer.patient.as_ref().map(ToString::to_string));
    tell("encounter", bearer.encounter.as_ref().map(ToString::to_string));
    tell("sub", bearer.account.clone());
    tell("iss", bearer.account.as_ref().map(|_| issuer.to_owned()));
    tell("fhirUser", bearer.fhir_user.as_ref().map(|key| format!("{base_url}/{key}")));
    told
}
