//! Does a client get through in its own way, and in no other?

use model::Instant;
use serde_json::json;

use super::*;
use crate::client::KeySource;
use crate::keys::tests::OWNER;

fn client(kind: Kind) -> Client {
    Client {
        id: "app".into(),
        name: "App".into(),
        kind,
        redirect_uris: Vec::new(),
        scopes: String::new(),
        grant_types: Vec::new(),
        origins: Vec::new(),
        launch_url: None,
        disabled: false,
        registered_at: Instant(0),
    }
}

fn symmetric() -> Client {
    client(Kind::Symmetric { secret: token::digest("s:e c%ret") })
}

fn read(pairs: &[(&str, &str)], authorization: Option<&str>) -> Result<Credentials, Refused> {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Credentials::read(&Sent::new(pairs).expect("each once"), authorization)
}

fn basic_of(joined: &str) -> String {
    format!("Basic {}", STANDARD.encode(joined))
}

fn assertion() -> String {
    let claims = json!({ "iss": "app", "sub": "app", "aud": "x", "exp": 1, "jti": "1" });
    OWNER.sign(&json!({ "alg": "ES384", "typ": "JWT", "kid": "e" }), &claims)
}

/// The code of the refusal.
fn check_refused(pairs: &[(&str, &str)], authorization: Option<&str>, expected: ErrorCode) {
    let refused = read(pairs, authorization).expect_err("refused");
    assert_eq!(refused.code, expected, "{pairs:?} {authorization:?}");
}

#[test]
fn a_secret_is_read_from_basic_as_rfc_6749_writes_it_and_from_the_form() {
    let basic = read(&[], Some(&basic_of("app:s%3Ae+c%25ret"))).expect("read");
    let form = read(&[("client_id", "app"), ("client_secret", "s:e c%ret")], None).expect("read");
    assert_eq!(basic, form);
    assert_eq!(basic.are_of(&symmetric()), Ok(()));
    assert_eq!(
        read(&[("client_id", "app")], Some(&basic_of("app:x"))).map(|it| it.client_id().to_owned()),
        Ok("app".to_owned())
    );
}

#[test]
fn a_client_shows_itself_in_its_own_way_and_no_other_a_tok_02() {
    let inline = || client(Kind::Asymmetric(KeySource::Inline(String::new())));
    let name = read(&[("client_id", "app")], None).expect("read");
    let wrong = read(&[], Some(&basic_of("app:wrong"))).expect("read");
    let right = read(&[], Some(&basic_of("app:s%3Ae+c%25ret"))).expect("read");
    assert_eq!(name.are_of(&client(Kind::Public)), Ok(()));
    for (shown, client) in [
        (&name, symmetric()),
        (&name, inline()),
        (&wrong, symmetric()),
        (&wrong, client(Kind::Public)),
        (&right, client(Kind::Public)),
        (&right, inline()),
        (&right, client(Kind::Symmetric { secret: String::new() })),
    ] {
        assert_eq!(shown.are_of(&client), Err(Credentials::refused()), "{shown:?} {client:?}");
    }
}

#[test]
fn a_client_shows_itself_in_one_way_a_tok_11() {
    let (header, assertion) = (basic_of("app:x"), assertion());
    let form = [("client_id", "app"), ("client_secret", "x")];
    let signed = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.as_str())];
    check_refused(&form, Some(&header), ErrorCode::InvalidRequest);
    check_refused(&signed, Some(&header), ErrorCode::InvalidRequest);
    check_refused(&[form, signed].concat(), None, ErrorCode::InvalidRequest);
    check_refused(&[("client_id", "other")], Some(&header), ErrorCode::InvalidClient);
    check_refused(&[&signed[..], &[("client_id", "other")]].concat(), None, ErrorCode::InvalidClient);
}

#[test]
fn an_assertion_is_named_by_its_type_a_tok_10() {
    let assertion = assertion();
    for other in ["", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"] {
        let sent = [("client_assertion_type", other), ("client_assertion", assertion.as_str())];
        check_refused(&sent, None, ErrorCode::InvalidClient);
    }
}

#[test]
fn what_names_no_client_is_refused_a_tok_02() {
    check_refused(&[], None, ErrorCode::InvalidClient);
    check_refused(&[("client_secret", "x")], None, ErrorCode::InvalidRequest);
    for header in [
        "Bearer x",
        "Basic",
        "Basic !",
        &basic_of("app"),
        &basic_of(":x"),
        &basic_of("app:"),
        &basic_of("a%:x"),
    ] {
        check_refused(&[], Some(header), ErrorCode::InvalidClient);
    }
}
