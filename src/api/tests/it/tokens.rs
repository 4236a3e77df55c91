//! Who gets a token, what is it good for, and when does it end?

mod backend;
mod code;
mod discovery;

use access::account::Account;
use access::client::{Client, GrantType, Kind};
use access::{Permit, account, client, token};
use axum::body::Body;
use axum::http::Request;
use model::Instant;
use serde_json::Value;
use store::{Grant, Grants as _};

use crate::ground::{Answer, Ground, request};

/// What every answer of the token endpoint must say of itself, errors included (A-EP-06).
fn is_kept_by_nobody(answer: &Answer) -> bool {
    answer.header("cache-control") == Some("no-store") && answer.header("pragma") == Some("no-cache")
}

/// Sends a form to an endpoint, with an `Authorization` or without.
async fn send(
    ground: &Ground,
    path: &str,
    (pairs, authorization): (&[(&str, &str)], Option<&str>),
) -> Answer {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let mut request = Request::builder()
        .method("POST")
        .uri(path)
        .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    ground.ask(request.body(Body::from(pairs.join("&"))).expect("the test's request is well-formed")).await
}

/// Asks for a token, and what comes of it: the answer, or status and error.
async fn token_of(
    ground: &Ground,
    pairs: &[(&str, &str)],
    authorization: Option<&str>,
) -> Result<Value, String> {
    let answer = send(ground, "/auth/token", (pairs, authorization)).await;
    assert!(is_kept_by_nobody(&answer), "{} {:?}", answer.status, answer.headers);
    let told: Value = serde_json::from_str(&answer.body).expect("the endpoint answers JSON");
    match answer.status.as_u16() {
        200 => Ok(told),
        status => Err(format!("{status} {}", told["error"].as_str().unwrap_or_default())),
    }
}

fn refused(told: &str) -> Result<Value, String> {
    Err(told.to_owned())
}

/// Reads a resource with a token.
async fn read(ground: &Ground, url: &str, token: &str) -> Answer {
    let mut request = request("GET", url, Body::empty());
    let value = format!("Bearer {token}").parse().expect("a token is a header's value");
    request.headers_mut().insert("authorization", value);
    ground.ask(request).await
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

async fn keep(ground: &Ground, (kind, id): (&str, &str), value: Vec<u8>) {
    let permit = Permit::for_the_server("the test registers what the server is to know");
    let (kind, id) = (kind.to_owned(), id.to_owned());
    let grant = Grant { kind, id, value: value.into(), expires_at: None };
    ground.store.grant(&permit, grant).await.expect("memory keeps it");
}

async fn register(ground: &Ground, client: &Client) {
    keep(ground, (client::KIND, &client.id), client.to_json()).await;
}

fn client(id: &str, kind: Kind) -> Client {
    Client {
        id: id.into(),
        name: "App".into(),
        kind,
        redirect_uris: vec!["https://app.example/back".into()],
        scopes: "patient/*.rs user/*.rs offline_access online_access fhirUser".into(),
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        origins: Vec::new(),
        launch_url: None,
        disabled: false,
        registered_at: Instant(0),
    }
}

fn symmetric(id: &str) -> Client {
    client(id, Kind::Symmetric { secret: token::digest("secret") })
}

async fn open_account(ground: &Ground, id: &str, disabled: bool) {
    let account = Account {
        id: id.into(),
        login: id.into(),
        name: id.into(),
        role: "patient".into(),
        fhir_user: access::person::parse_person("Patient/7"),
        password: None,
        disabled,
        sessions_since: Instant(0),
    };
    keep(ground, (account::KIND, id), account.to_json()).await;
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let write = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(write).collect()
}
