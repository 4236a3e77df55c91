//! What is told of a token, and how is it taken back? (A9)
//!
//! <https://www.rfc-editor.org/rfc/rfc7662> and <https://www.rfc-editor.org/rfc/rfc7009>. A client is told of its own
//! tokens; of every other it hears what it hears of none.

use std::sync::Arc;

use access::oauth::{Refused, introspect};
use access::token::digest;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{self, Failed, Form, form, told};
use super::token::authenticated;
use super::{Records, origin};
use crate::app::App;

/// `POST /auth/introspect`
pub(super) async fn handle(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    if let Some(absent) = answer::absent(&app) {
        return absent;
    }
    match form(&app, request).await {
        Ok(form) => told(look(&app, &form).await, form.authorization.as_deref()),
        Err(refused) => answer::refusal(&refused, None),
    }
}

/// `POST /auth/revoke`
pub(super) async fn revoke(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    if let Some(absent) = answer::absent(&app) {
        return absent;
    }
    match form(&app, request).await {
        Ok(form) => told(take_back(&app, &form).await, form.authorization.as_deref()),
        Err(refused) => answer::refusal(&refused, None),
    }
}

async fn look(app: &App, form: &Form) -> Result<Value, Failed> {
    let records = Records::of(app);
    let token = form.sent.needed("token")?;
    let caller = caller(app, &records, form).await?;
    let base_url = app.context.policy.base_url.as_str();
    if let Some(bearer) = records.bearer(&digest(token)).await? {
        let is_theirs = bearer.client_id == caller;
        return Ok(match is_theirs {
            true => introspect::active(&bearer, (origin(base_url), base_url)),
            false => introspect::inactive(),
        });
    }
    let Some(refresh) = records.refresh(token).await? else { return Ok(introspect::inactive()) };
    let standing = &refresh.standing;
    let next = access::oauth::refresh::successor(token, &app.context.secret);
    let is_good = standing.client_id == caller
        && records.refresh(&next).await?.is_none()
        && records.stands(&standing.account, &standing.family).await?;
    let types = app.context.definitions.resource_types();
    Ok(match is_good {
        true => json!({
            "active": true,
            "scope": standing.scopes,
            "client_id": standing.client_id,
            "sub": standing.account,
            "iss": origin(base_url),
            "exp": refresh.until(types).seconds(),
        }),
        false => introspect::inactive(),
    })
}

/// Who asks: a client by its own credentials, or by an access token of its own.
async fn caller(app: &App, records: &Records<'_>, form: &Form) -> Result<String, Failed> {
    let bearer = form.authorization.as_deref().and_then(crate::authenticate::token);
    let Some(token) = bearer else { return Ok(authenticated(app, records, form).await?.id) };
    match records.bearer(&digest(token)).await? {
        Some(bearer) => Ok(bearer.client_id),
        None => Err(Refused::client("the bearer token is not good").into()),
    }
}

/// Says yes to every token of nobody or of another client, too, and does nothing then (RFC 7009, section 2.2).
async fn take_back(app: &App, form: &Form) -> Result<Value, Failed> {
    let records = Records::of(app);
    let token = form.sent.needed("token")?;
    let client = authenticated(app, &records, form).await?;
    let digest = digest(token);
    if let Some(bearer) = records.bearer(&digest).await? {
        if bearer.client_id == client.id {
            records.revoke_token(&digest).await?;
            crate::authenticate::forget(app, &digest);
        }
    } else if let Some(refresh) = records.refresh(token).await?
        && refresh.standing.client_id == client.id
    {
        records.revoke_family(&refresh.standing.account, &refresh.standing.family).await?;
        crate::authenticate::forget_all(app);
    }
    Ok(json!({}))
}
