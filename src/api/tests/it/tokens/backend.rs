//! Does a client with keys get in, in its own name, and nobody who only pretends to be it?

use access::client::{Client, GrantType, KeySource, Kind};
use access::oauth::assertion::ASSERTION_TYPE;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{client, read, refused, register, send, symmetric, text, token_of};
use crate::ground::{Ground, PATIENT};

const TOKEN_URL: &str = "http://here.example/auth/token";

fn pair() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let made =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &random).expect("a key is made");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, made.as_ref(), &random).expect("well-formed")
}

fn assertion(pair: &EcdsaKeyPair, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(&json!({"alg":"ES384","typ":"JWT","kid":"k"})), encode(claims));
    let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).expect("the key signs");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn claims(jti: &str) -> Value {
    json!({ "iss": "lab", "sub": "lab", "aud": TOKEN_URL, "exp": 300, "jti": jti })
}

/// A server that knows the client `lab` by this key.
async fn ground(pair: &EcdsaKeyPair) -> Ground {
    let ground = Ground::with_sign_in();
    let (x, y) = pair.public_key().as_ref()[1..].split_at(48);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let keys = json!({ "keys": [{ "kty": "EC", "crv": "P-384", "kid": "k", "x": x, "y": y }] });
    register(&ground, &lab(keys.to_string())).await;
    ground
}

fn lab(keys: String) -> Client {
    let kind = Kind::Asymmetric(KeySource::Inline(keys));
    let (scopes, grant_types) = ("system/*.cruds".to_owned(), vec![GrantType::ClientCredentials]);
    Client { scopes, grant_types, ..client("lab", kind) }
}

async fn ask(ground: &Ground, assertion: &str, scope: &str) -> Result<Value, String> {
    let asked = [
        ("grant_type", "client_credentials"),
        ("scope", scope),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    token_of(ground, &asked, None).await
}

#[tokio::test]
async fn a_client_with_keys_gets_a_token_that_opens_the_api() {
    let pair = pair();
    let ground = ground(&pair).await;
    let told = ask(&ground, &assertion(&pair, &claims("1")), "system/*.rs bogus").await.expect("granted");
    assert_eq!((text(&told, "token_type"), text(&told, "scope")), ("Bearer", "system/*.rs"));
    assert_eq!((told["expires_in"].as_i64(), told.get("refresh_token")), (Some(300), None));
    let token = text(&told, "access_token");
    assert_eq!(read(&ground, "/fhir/Patient?_id=7", token).await.status, 200);
    assert_eq!(ground.get("/fhir/Patient?_id=7").await.complaint(), "401 unauthenticated error");
    assert_eq!(ground.get("/fhir/metadata").await.status, 200);
}

#[tokio::test]
async fn a_token_that_is_none_is_told_so_a_401() {
    let ground = Ground::with_sign_in();
    let other = access::token::text([9; 32]);
    for sent in [other.as_str(), "x", ""] {
        let answer = read(&ground, "/fhir/Patient/7", sent).await;
        assert_eq!(answer.complaint(), "401 unauthenticated error", "{sent}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""), "{sent}");
    }
    let nobody = ground.get("/fhir/Patient/7").await;
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"));
    assert_eq!(ground.ask(crate::ground::request("PUT", "/fhir/Patient/7", PATIENT)).await.status, 401);
}

#[tokio::test]
async fn of_a_hundred_copies_of_an_assertion_one_counts() {
    let pair = pair();
    let ground = std::sync::Arc::new(ground(&pair).await);
    let copy = assertion(&pair, &claims("1"));
    let copies = (0..100).map(|_| {
        let (ground, copy) = (ground.clone(), copy.clone());
        async move { ask(&ground, &copy, "system/*.rs").await }
    });
    let told = copies.collect::<JoinSet<_>>().join_all().await;
    assert_eq!(told.iter().filter(|told| told.is_ok()).count(), 1);
    let others: Vec<_> = told.into_iter().filter(Result::is_err).collect();
    assert!(others.iter().all(|told| *told == refused("401 invalid_client")), "{others:?}");
    assert!(ask(&ground, &assertion(&pair, &claims("2")), "system/*.rs").await.is_ok());
}

#[tokio::test]
async fn nobody_else_gets_in_as_the_client() {
    let pair = pair();
    let ground = ground(&pair).await;
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT","kid":"k"}"#),
        URL_SAFE_NO_PAD.encode(claims("1").to_string())
    );
    let mut of_another = claims("1");
    of_another["iss"] = json!("other");
    for assertion in
        [assertion(&self::pair(), &claims("1")), assertion(&pair, &of_another), unsigned, "x".to_owned()]
    {
        assert_eq!(ask(&ground, &assertion, "system/*.rs").await, refused("401 invalid_client"));
    }
    assert!(
        ask(&ground, &assertion(&pair, &claims("1")), "system/*.rs").await.is_ok(),
        "nothing was used up"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_as_oauth_has_it() {
    let pair = pair();
    let ground = ground(&pair).await;
    register(&ground, &symmetric("web")).await;
    let web = [("client_id", "web"), ("client_secret", "secret")];
    let with = |pairs: &[(&'static str, &'static str)]| [&web[..], pairs].concat();
    for (pairs, expected) in [
        (with(&[("grant_type", "password")]), "400 unsupported_grant_type"),
        (with(&[]), "400 invalid_request"),
        (with(&[("grant_type", "client_credentials"), ("scope", "system/*.rs")]), "400 unauthorized_client"),
        (with(&[("grant_type", "refresh_token"), ("grant_type", "refresh_token")]), "400 invalid_request"),
        (vec![("grant_type", "authorization_code"), ("client_id", "no\0body")], "401 invalid_client"),
        (vec![("grant_type", "authorization_code"), ("client_id", "web")], "401 invalid_client"),
        (
            vec![
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "x"),
                ("client_assertion", "y"),
            ],
            "400 invalid_client",
        ),
    ] {
        assert_eq!(token_of(&ground, &pairs, None).await, refused(expected), "{pairs:?}");
    }
    let scope = ask(&ground, &assertion(&pair, &claims("1")), "patient/*.rs").await;
    assert_eq!(scope, refused("400 invalid_scope"));
    let basic = send(&ground, "/auth/token", (&[("grant_type", "refresh_token")], Some("Basic !"))).await;
    assert_eq!(
        (basic.status.as_u16(), basic.header("www-authenticate")),
        (401, Some("Basic realm=\"auth\""))
    );
    let json = ground.ask(crate::ground::request("POST", "/auth/token", "{}")).await;
    assert_eq!((json.status.as_u16(), json.body.contains("invalid_request")), (400, true));
    assert_eq!(ground.get("/auth/token").await.status, 405);
}

#[tokio::test]
async fn a_token_ends_when_it_is_taken_back_and_its_client_alone_is_told_of_it() {
    let pair = pair();
    let ground = ground(&pair).await;
    register(&ground, &symmetric("web")).await;
    let told = ask(&ground, &assertion(&pair, &claims("1")), "system/*.rs").await.expect("granted");
    let token = text(&told, "access_token");
    let own = |jti: &str| assertion(&pair, &claims(jti));
    let look = async |jti: &str| {
        let shown = own(jti);
        let asked = [
            ("token", token),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", shown.as_str()),
        ];
        send(&ground, "/auth/introspect", (&asked, None)).await
    };
    let active: Value = serde_json::from_str(&look("2").await.body).expect("JSON");
    assert_eq!((active["active"].as_bool(), text(&active, "client_id")), (Some(true), "lab"));
    assert_eq!((text(&active, "scope"), active["exp"].as_i64()), ("system/*.rs", Some(300)));
    let web = [("token", token), ("client_id", "web"), ("client_secret", "secret")];
    let foreign = send(&ground, "/auth/introspect", (&web, None)).await;
    assert_eq!(foreign.body, r#"{"active":false}"#);
    assert_eq!(send(&ground, "/auth/introspect", (&[("token", token)], None)).await.status, 401);

    assert_eq!(send(&ground, "/auth/revoke", (&web, None)).await.status, 200);
    assert_eq!(read(&ground, "/fhir/Patient?_id=7", token).await.status, 200, "another client took nothing");
    let shown = own("3");
    let asked =
        [("token", token), ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", shown.as_str())];
    assert_eq!(send(&ground, "/auth/revoke", (&asked, None)).await.status, 200);
    assert_eq!(read(&ground, "/fhir/Patient?_id=7", token).await.status, 401);
    assert_eq!(look("4").await.body, r#"{"active":false}"#);
}
