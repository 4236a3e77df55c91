//! Is an authorization request taken or refused as it must be, and is the browser sent back only where it may go?

use super::*;
use crate::client::Kind;

const TYPES: &[ResourceType] = &[ResourceType::known("Observation"), ResourceType::known("Patient")];
const HERE: Here<'_> =
    Here { issuer: "https://fhir.example", base: "https://fhir.example/fhir", types: TYPES };

fn client() -> Client {
    Client {
        id: "app".into(),
        name: "App".into(),
        kind: Kind::Public,
        redirect_uris: vec!["https://app.example/back?x=1".into()],
        scopes:
            "openid fhirUser offline_access launch launch/patient launch/encounter patient/*.rs user/*.rs \
                 system/*.rs"
                .into(),
        grant_types: vec![GrantType::AuthorizationCode],
        origins: Vec::new(),
        launch_url: None,
        disabled: false,
        registered_at: Instant(1),
    }
}

fn usual() -> Vec<(&'static str, &'static str)> {
    vec![
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", "https://app.example/back?x=1"),
        ("scope", "openid patient/Observation.rs nonsense system/Patient.rs"),
        ("state", "a b&c"),
        ("aud", "https://fhir.example/fhir"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ]
}

/// The usual request with some parameters changed, or left out where the value is empty.
fn ask(changes: &[(&str, &str)]) -> Result<Asked, Failed> {
    let mut pairs: Vec<(String, String)> =
        usual().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        pairs.push(((*name).to_owned(), (*value).to_owned()));
    }
    check(pairs, Some(&client()), HERE)
}

/// What the app is told by the URL that the browser goes back by.
fn check_back(changes: &[(&str, &str)], error: &str) {
    let Err(Failed::Back(url)) = ask(changes) else { panic!("{changes:?}: {:?}", ask(changes)) };
    let begin = format!("https://app.example/back?x=1&error={error}&error_description=");
    assert!(url.starts_with(&begin), "{changes:?}: {url}");
    assert!(url.ends_with("&iss=https%3A%2F%2Ffhir.example"), "{url}");
    let keeps_state = !changes.iter().any(|(name, _)| *name == "state");
    assert_eq!(url.contains("&state=a%20b%26c&"), keeps_state, "{url}");
}

#[test]
fn a_request_in_order_is_taken_with_what_the_client_may_have_a_az_06() {
    let asked = ask(&[]).expect("in order");
    assert_eq!(asked.scopes.to_string(), "openid patient/Observation.rs");
    assert!(asked.needs_patient());
    assert_eq!(asked.state, "a b&c");
    assert!(!ask(&[("scope", "openid user/Patient.r")]).expect("in order").needs_patient());
}

#[test]
fn nobody_is_sent_where_the_client_did_not_register_a_az_01() {
    for uri in ["", "https://app.example/back", "https://app.example/back?x=1#", "https://evil.example/"] {
        assert!(matches!(ask(&[("redirect_uri", uri)]), Err(Failed::Here(_))), "{uri}");
    }
    let pairs = || usual().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert!(matches!(check(pairs(), None, HERE), Err(Failed::Here(_))));
    let disabled = Client { disabled: true, ..client() };
    assert!(matches!(check(pairs(), Some(&disabled), HERE), Err(Failed::Here(_))));
    let twice = pairs().into_iter().chain([("state".to_owned(), "y".to_owned())]).collect();
    assert!(matches!(check(twice, Some(&client()), HERE), Err(Failed::Here(_))), "A-AZ-12");
}

#[test]
fn what_is_not_in_order_is_told_to_the_app_a_az_02_to_06() {
    check_back(&[("response_type", "")], "invalid_request");
    check_back(&[("response_type", "token")], "unsupported_response_type");
    check_back(&[("state", "")], "invalid_request");
    check_back(&[("aud", "")], "invalid_request");
    check_back(&[("aud", "https://fhir.example")], "invalid_request");
    check_back(&[("aud", "https://fhir.example/fhir/x")], "invalid_request");
    check_back(&[("code_challenge", "")], "invalid_request");
    check_back(&[("code_challenge", "short")], "invalid_request");
    check_back(&[("code_challenge_method", "plain")], "invalid_request");
    check_back(&[("code_challenge_method", "")], "invalid_request");
    check_back(&[("scope", "")], "invalid_scope");
    check_back(&[("scope", "nonsense patient/Observation.sr system/*.rs")], "invalid_scope");
    check_back(&[("prompt", "none login")], "invalid_request");
    check_back(&[("max_age", "-1")], "invalid_request");
}

#[test]
fn a_launch_of_nobodys_is_refused_a_az_07() {
    check_back(&[("launch", "x")], "invalid_request");
    check_back(&[("scope", "launch patient/Observation.rs")], "invalid_request");
}

#[test]
fn a_slash_behind_the_audience_and_its_other_name_are_taken_a_az_03() {
    assert!(ask(&[("aud", "https://fhir.example/fhir/")]).is_ok());
    assert!(ask(&[("aud", ""), ("resource", "https://fhir.example/fhir")]).is_ok());
}

#[test]
fn the_browser_goes_back_with_code_state_and_issuer() {
    let asked = ask(&[]).expect("in order");
    assert_eq!(
        asked.granted("c0de", HERE.issuer),
        "https://app.example/back?x=1&code=c0de&state=a%20b%26c&iss=https%3A%2F%2Ffhir.example"
    );
    let denied = Refused::new(ErrorCode::AccessDenied, "no");
    assert!(asked.refused(&denied, HERE.issuer).contains("error=access_denied"));
}
