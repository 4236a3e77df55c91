//! Where do programs ask for tokens, and what do they find out beforehand?
//!
//! SMART on FHIR's endpoints: <https://hl7.org/fhir/smart-app-launch/STU2.2/>. What they decide is decided in
//! [`access::oauth`]; here it is read from HTTP and storage, and written to both. [`ENDPOINTS`] lists them, and the
//! discovery documents are made of that list, so that nothing is announced that does not answer.

mod answer;
mod discovery;
mod introspect;
mod records;
mod refresh;
mod token;
mod userinfo;

use std::sync::Arc;

use access::keys::Signing;
use axum::Router;
use axum::routing::{MethodRouter, get, post};

use crate::app::App;

pub(crate) use records::Records;

/// What sign-in needs besides storage.
pub struct SignIn {
    /// The keys that id tokens are signed with.
    pub keys: Signing,
    /// The bearers of late.
    pub(crate) known: crate::authenticate::Known,
}

impl SignIn {
    /// Sign-in with these keys.
    pub fn new(keys: Signing) -> Self {
        Self { keys, known: crate::authenticate::Known::default() }
    }
}

/// An endpoint, and what the documents that tell of it call it.
pub(crate) struct Endpoint {
    /// Where it is, from the root of the server.
    pub(crate) path: &'static str,
    /// Its member in `smart-configuration` and in `openid-configuration`.
    pub(crate) member: Option<&'static str>,
    /// Its name in the `oauth-uris` of the CapabilityStatement.
    pub(crate) uri: Option<&'static str>,
    /// What answers; a page, when none.
    answers: Option<fn() -> MethodRouter<Arc<App>>>,
}

/// Every endpoint.
pub(crate) static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/fhir/.well-known/smart-configuration",
        member: None,
        uri: None,
        answers: Some(|| get(discovery::smart)),
    },
    Endpoint {
        path: "/.well-known/openid-configuration",
        member: None,
        uri: None,
        answers: Some(|| get(discovery::openid)),
    },
    Endpoint {
        path: "/auth/jwks",
        member: Some("jwks_uri"),
        uri: None,
        answers: Some(|| get(discovery::keys)),
    },
    Endpoint {
        path: "/auth/authorize",
        member: Some("authorization_endpoint"),
        uri: Some("authorize"),
        answers: None,
    },
    Endpoint {
        path: "/auth/token",
        member: Some("token_endpoint"),
        uri: Some("token"),
        answers: Some(|| post(token::handle)),
    },
    Endpoint {
        path: "/auth/introspect",
        member: Some("introspection_endpoint"),
        uri: Some("introspect"),
        answers: Some(|| post(introspect::handle)),
    },
    Endpoint {
        path: "/auth/revoke",
        member: Some("revocation_endpoint"),
        uri: Some("revoke"),
        answers: Some(|| post(introspect::revoke)),
    },
    Endpoint {
        path: "/auth/userinfo",
        member: Some("userinfo_endpoint"),
        uri: None,
        answers: Some(|| get(userinfo::handle).post(userinfo::handle)),
    },
    Endpoint { path: "/auth/apps", member: Some("management_endpoint"), uri: Some("manage"), answers: None },
];

/// The endpoints as routes.
pub(crate) fn routes() -> Router<Arc<App>> {
    let answering = ENDPOINTS.iter().filter_map(|endpoint| Some((endpoint.path, endpoint.answers?)));
    answering.fold(Router::new(), |router, (path, answers)| router.route(path, answers()))
}

/// The endpoints as the CapabilityStatement of a server at `base_url` names them.
pub fn oauth_uris(base_url: &str) -> Vec<(&'static str, String)> {
    let origin = origin(base_url);
    let named = ENDPOINTS.iter().filter_map(|endpoint| Some((endpoint.uri?, endpoint.path)));
    named.map(|(name, path)| (name, format!("{origin}{path}"))).collect()
}

/// Scheme, host and port of a URL: the issuer of a server whose base it is.
pub(crate) fn origin(base_url: &str) -> &str {
    let host = base_url.find("://").map_or(0, |place| place + 3);
    let end = base_url[host..].find('/').map_or(base_url.len(), |place| host + place);
    &base_url[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_of_a_base_is_what_stands_before_its_path() {
        for (base, expected) in [
            ("http://127.0.0.1:80/fhir", "http://127.0.0.1:80"),
            ("https://here.example/a/fhir", "https://here.example"),
            ("https://here.example", "https://here.example"),
        ] {
            assert_eq!(origin(base), expected);
        }
    }
}
