//! Is an assertion taken that keeps to every rule, and no other?

use model::Instant;
use serde_json::{Value, json};

use super::*;
use crate::client::GrantType;
use crate::keys::tests::OWNER;
use crate::oauth::ErrorCode;

const TOKEN_URL: &str = "https://here.example/auth/token";
const NOW: Instant = Instant(1_000_000_000_000);

fn client(source: KeySource) -> Client {
    Client {
        id: "app".into(),
        name: "App".into(),
        kind: Kind::Asymmetric(source),
        redirect_uris: Vec::new(),
        scopes: String::new(),
        grant_types: vec![GrantType::ClientCredentials],
        origins: Vec::new(),
        launch_url: None,
        disabled: false,
        registered_at: Instant(0),
    }
}

fn keys() -> KeySet {
    KeySet::parse(&json!({ "keys": [OWNER.ec_key("e")] }).to_string()).expect("one usable key")
}

fn claims() -> Value {
    json!({ "iss": "app", "sub": "app", "aud": TOKEN_URL, "exp": NOW.seconds() + 300, "jti": "1" })
}

fn header() -> Value {
    json!({ "alg": "ES384", "typ": "JWT", "kid": "e" })
}

fn verify(client: &Client, header: &Value, claims: &Value) -> Result<Once, Refused> {
    Assertion::read(&OWNER.sign(header, claims))?.verify((client, &keys()), TOKEN_URL, NOW)
}

/// Whether the assertion is taken with one claim changed; null takes it out.
fn check(name: &str, value: Value, taken: bool) {
    let mut claims = claims();
    claims[name] = value;
    if claims[name].is_null() {
        claims.as_object_mut().expect("claims are an object").remove(name);
    }
    let found = verify(&client(KeySource::Inline(String::new())), &header(), &claims);
    assert_eq!(found.is_ok(), taken, "{claims}: {found:?}");
    if let Err(refused) = found {
        assert_eq!(refused.code, ErrorCode::InvalidClient, "{claims}");
    }
}

#[test]
fn an_assertion_that_keeps_to_the_rules_is_taken_and_to_be_noted() {
    let client = client(KeySource::Inline(String::new()));
    let once = verify(&client, &header(), &claims()).expect("taken");
    assert_eq!(once.until, later(NOW, 360));
    let mut other = claims();
    other["jti"] = json!("2");
    assert_ne!(verify(&client, &header(), &other).expect("taken").id, once.id);
}

#[test]
fn each_claim_is_needed_and_held_against_the_client() {
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        check(name, Value::Null, false);
        check(name, json!(""), false);
        check(name, json!({}), false);
    }
    check("iss", json!("other"), false);
    check("sub", json!("other"), false);
    check("jti", json!("x".repeat(JTI_LENGTH_MAX + 1)), false);
}

#[test]
fn an_assertion_is_for_this_endpoint_alone() {
    check("aud", json!([TOKEN_URL]), true);
    check("aud", json!(["https://other.example/", TOKEN_URL]), true);
    for other in
        ["https://other.example/auth/token", "http://here.example/auth/token", "https://here.example/fhir"]
    {
        check("aud", json!(other), false);
        check("aud", json!([other]), false);
    }
    check("aud", json!([]), false);
}

#[test]
fn an_assertion_ends_within_five_minutes_and_clocks_may_differ_by_one() {
    let now = NOW.seconds();
    for (seconds, taken) in [(1, true), (-59, true), (-60, false), (300, true), (360, true), (361, false)] {
        check("exp", json!(now + seconds), taken);
    }
    check("exp", json!((now + 100) as f64 + 0.5), true);
    check("exp", json!("soon"), false);
    check("exp", json!(1e300), false);
    for name in ["iat", "nbf"] {
        check(name, json!(now), true);
        check(name, json!(now + 60), true);
        check(name, json!(now + 61), false);
        check(name, json!("now"), false);
    }
}

#[test]
fn keys_are_only_taken_from_where_the_client_registered_them() {
    let url = "https://app.example/jwks";
    let mut foreign = header();
    foreign["jku"] = json!(url);
    assert!(verify(&client(KeySource::Url(url.into())), &foreign, &claims()).is_ok());
    assert!(verify(&client(KeySource::Url(format!("{url}/other"))), &foreign, &claims()).is_err());
    assert!(verify(&client(KeySource::Inline(String::new())), &foreign, &claims()).is_err());
    let mut public = client(KeySource::Inline(String::new()));
    public.kind = Kind::Public;
    assert!(verify(&public, &header(), &claims()).is_err());
}
