//! What can programs find out before they ask?
//!
//! <https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html> (A2, A3), OpenID Connect Discovery (A-OIDC-01),
//! and the server's public keys. Everything is absolute and made of [`super::ENDPOINTS`].

use std::sync::Arc;

use access::client::GrantType;
use access::keys::Algorithm;
use access::scope::ScopeContext;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::{ENDPOINTS, answer, origin};
use crate::app::App;

/// What of SMART is offered; each has a test of its own.
const CAPABILITIES: &[&str] = &[
    "launch-standalone",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-standalone-patient",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
];

/// The scopes that are words and can be granted.
const WORDS: &[&str] =
    &["openid", "fhirUser", "profile", "launch/patient", "offline_access", "online_access"];

/// How clients show who they are.
const METHODS: &[&str] = &["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];

/// How long the documents may be kept: a change of them is a new version of the server.
const HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// `GET /fhir/.well-known/smart-configuration`
pub(super) async fn smart(State(app): State<Arc<App>>) -> Response {
    if let Some(absent) = answer::absent(&app) {
        return absent;
    }
    let mut told = common(&app.context.policy.base_url);
    told["capabilities"] = json!(CAPABILITIES);
    document(&told)
}

/// `GET /.well-known/openid-configuration`
pub(super) async fn openid(State(app): State<Arc<App>>) -> Response {
    if let Some(absent) = answer::absent(&app) {
        return absent;
    }
    let mut told = common(&app.context.policy.base_url);
    told["subject_types_supported"] = json!(["public"]);
    told["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    told["claims_supported"] = json!(["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "fhirUser"]);
    document(&told)
}

/// `GET /auth/jwks`
pub(super) async fn keys(State(app): State<Arc<App>>) -> Response {
    match &app.sign_in {
        Some(sign_in) => document(&sign_in.keys.key_set()),
        None => answer::absent(&app).unwrap_or_default(),
    }
}

/// What both documents tell.
fn common(base_url: &str) -> Value {
    let issuer = origin(base_url);
    let algorithms = Algorithm::ALL.map(Algorithm::as_str);
    let mut told = json!({
        "issuer": issuer,
        "grant_types_supported": GrantType::ALL.map(GrantType::as_str),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": scopes(),
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "authorization_response_iss_parameter_supported": true,
    });
    for (member, path) in ENDPOINTS.iter().filter_map(|endpoint| Some((endpoint.member?, endpoint.path))) {
        told[member] = format!("{issuer}{path}").into();
    }
    told
}

/// The words, and rights on every type in both spellings; those on single types are too many to list.
fn scopes() -> Vec<String> {
    let clinical = ScopeContext::ALL.into_iter().flat_map(|context| {
        ["cruds", "rs", "read", "write", "*"].map(|rights| format!("{}/*.{rights}", context.as_str()))
    });
    WORDS.iter().map(|word| (*word).to_owned()).chain(clinical).collect()
}

/// JSON for anyone, from any page.
fn document(value: &Value) -> Response {
    let mut response = answer::json(StatusCode::OK, value);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HOUR);
    headers.remove(header::PRAGMA);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
