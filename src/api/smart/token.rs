//! Which token does this client get?
//!
//! The token endpoint: <https://www.rfc-editor.org/rfc/rfc6749#section-3.2> (A-TOK). A request is read, the client
//! shows who it is, and the grant is weighed, in this order.

use std::sync::Arc;

use access::client::{Client, GrantType, KeySource, Kind};
use access::keys::KeySet;
use access::oauth::refresh::Refresh;
use access::oauth::standing::Standing;
use access::oauth::{Credentials, ErrorCode, Refused, Sent, backend, exchange};
use access::scope::Scopes;
use access::{Bearer, token};
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{self, Failed, Form, form, told};
use super::{Records, origin, refresh};
use crate::app::App;

/// Where it is; assertions are meant for this URL.
pub(super) const PATH: &str = "/auth/token";

/// `POST /auth/token`
pub(super) async fn handle(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    if let Some(absent) = answer::absent(&app) {
        return absent;
    }
    let form = match form(&app, request).await {
        Ok(form) => form,
        Err(refused) => return answer::refusal(&refused, None),
    };
    let records = Records::of(&app);
    let answer = grant(&app, &records, &form).await;
    let mut response = told(answer, form.authorization.as_deref());
    // A type of assertion that nobody knows is a mistake in the request, however it is called (A-TOK-10).
    let is_other_type = |sent: &str| sent != access::oauth::assertion::ASSERTION_TYPE;
    if response.status() == StatusCode::UNAUTHORIZED
        && form.sent.get("client_assertion_type").is_some_and(is_other_type)
    {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    response
}

async fn grant(app: &App, records: &Records<'_>, form: &Form) -> Result<Value, Failed> {
    let grant_type = form.sent.needed("grant_type")?;
    let unsupported =
        || Refused::new(ErrorCode::UnsupportedGrantType, "`grant_type` is none that is offered");
    let grant_type = GrantType::parse(grant_type).ok_or_else(unsupported)?;
    let client = authenticated(app, records, form).await?;
    if !client.may(grant_type) {
        let why = format!("the client may not ask by `{}`", grant_type.as_str());
        return Err(Refused::new(ErrorCode::UnauthorizedClient, why).into());
    }
    match grant_type {
        GrantType::ClientCredentials => in_its_own_name(app, records, (&client, &form.sent)).await,
        GrantType::AuthorizationCode => for_a_code(app, records, (&client, &form.sent)).await,
        GrantType::RefreshToken => refresh::again(app, records, (&client, &form.sent)).await,
    }
}

/// The client that the request shows to come from.
pub(super) async fn authenticated(app: &App, records: &Records<'_>, form: &Form) -> Result<Client, Failed> {
    let credentials = Credentials::read(&form.sent, form.authorization.as_deref())?;
    let client = records.client(credentials.client_id()).await?.ok_or_else(Credentials::refused)?;
    credentials.are_of(&client)?;
    if let Credentials::Assertion(assertion) = &credentials {
        let Kind::Asymmetric(source) = &client.kind else { return Err(Credentials::refused().into()) };
        let keys = key_set(source)?;
        let audience = format!("{}{PATH}", origin(&app.context.policy.base_url));
        let once = assertion.verify((&client, &keys), &audience, records.now)?;
        // Noted before it counts: of any number of copies one is the first, on all servers together.
        if !records.use_assertion(once).await? {
            return Err(Refused::client("the client assertion was used before").into());
        }
    }
    Ok(client)
}

fn key_set(source: &KeySource) -> Result<KeySet, Refused> {
    match source {
        KeySource::Inline(json) => {
            KeySet::parse(json).map_err(|_| Refused::client("the client's registered keys are of no use"))
        }
        // Nothing registers one: `brigid client add` fetches a key set once and keeps it.
        KeySource::Url(_) => Err(Refused::client("the client's keys are not registered here")),
    }
}

async fn in_its_own_name(
    app: &App,
    records: &Records<'_>,
    (client, sent): (&Client, &Sent),
) -> Result<Value, Failed> {
    let types = app.context.definitions.resource_types();
    let bearer = backend::grant(client, sent.get("scope"), types, (number(app), records.now))?;
    issue(app, records, &bearer).await
}

async fn for_a_code(
    app: &App,
    records: &Records<'_>,
    (client, sent): (&Client, &Sent),
) -> Result<Value, Failed> {
    let bad = || Refused::grant("the code is not good: it was used, has expired, or is none");
    let code = records.spend(sent.needed("code")?).await?.ok_or_else(bad)?;
    exchange::check(&code, client, sent)?;
    if !records.stands(&code.account, &code.family).await? {
        return Err(bad().into());
    }
    let types = app.context.definitions.resource_types();
    let standing = Standing::of(&code, records.now);
    let scopes = standing.scopes(types);
    let mut answer = issue_for(app, records, (&standing, &scopes)).await?;
    if let Some(first) = Refresh::first(&standing, client, types) {
        let token = token::text((app.context.random)());
        records.keep_refresh(&token, &first, first.until(types)).await?;
        answer["refresh_token"] = token.into();
    }
    let here = (origin(&app.context.policy.base_url), app.context.policy.base_url.as_str());
    if let Some(claims) = standing.id_claims(code.nonce.as_deref(), here, (&scopes, records.now)) {
        let keys = app.sign_in.as_ref().map(|sign_in| &sign_in.keys);
        let signed = keys.and_then(|keys| keys.sign(&claims, records.now.seconds()));
        let lacking = || Refused::new(ErrorCode::ServerError, "the server has no key to sign with");
        answer["id_token"] = signed.ok_or_else(lacking)?.into();
    }
    Ok(answer)
}

/// A new access token for somebody's scopes, kept and told with its context (A-LC-03).
pub(super) async fn issue_for(
    app: &App,
    records: &Records<'_>,
    (standing, scopes): (&Standing, &Scopes),
) -> Result<Value, Failed> {
    let bearer = standing.bearer(scopes, (number(app), records.now));
    issue(app, records, &bearer).await
}

async fn issue(app: &App, records: &Records<'_>, bearer: &Bearer) -> Result<Value, Failed> {
    let token = token::text((app.context.random)());
    records.keep_token(&token, bearer).await?;
    tracing::info!(client = bearer.client_id, token = bearer.number, "gave a token");
    let mut answer = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": (bearer.expires_at.0 - bearer.issued_at.0) / 1_000_000,
        "scope": bearer.scopes,
    });
    if let Some(patient) = &bearer.patient {
        answer["patient"] = patient.as_str().into();
    }
    Ok(answer)
}

/// A number for a token, which opens nothing.
fn number(app: &App) -> String {
    (app.context.new_id)().as_str().to_owned()
}
