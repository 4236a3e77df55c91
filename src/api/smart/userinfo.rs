//! Who signed in, says the server? <https://openid.net/specs/openid-connect-core-1_0.html#UserInfo> (A-EP-10)

use std::sync::Arc;

use access::oauth::standing::person_url;
use access::scope::{Scope, Scopes};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use super::answer;
use crate::app::App;
use crate::{authenticate, error};

/// `GET` and `POST /auth/userinfo`
pub(super) async fn handle(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    if let Some(absent) = answer::absent(&app) {
        return absent;
    }
    let bearer = match authenticate::bearer(&app, request.headers()).await {
        Ok(Some(bearer)) => bearer,
        Ok(None) => return authenticate::refused(&authenticate::asks_for_sign_in()),
        Err(issue) => return authenticate::refused(&issue),
    };
    let scopes = Scopes::known(&bearer.scopes, app.context.definitions.resource_types());
    let Some(account) = bearer.account.as_deref().filter(|_| scopes.has(&Scope::OpenId)) else {
        let issue = model::Issue::error(model::Code::Forbidden, "the token is not for `openid`");
        let mut response = error::answer(&issue.into());
        let lacking = HeaderValue::from_static("Bearer error=\"insufficient_scope\", scope=\"openid\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, lacking);
        return response;
    };
    let mut claims = json!({ "sub": account });
    if let Some(person) = person_url(bearer.fhir_user.as_ref(), &app.context.policy.base_url, &scopes) {
        claims["fhirUser"] = person.into();
    }
    answer::json(StatusCode::OK, &claims)
}
