//! Does an app get what a person agreed to, and nothing else?

use access::oauth::authorize::Code;

use super::browser::{BACK, Browser, Form, SCOPE, authorize, forms, ground, keep_client, kept};
use crate::ground::{Answer, Ground};

/// The codes that were given out.
async fn codes(ground: &Ground) -> Vec<Code> {
    kept(ground, "code").await.iter().map(|code| Code::from_json(code.as_bytes()).expect("a code")).collect()
}

fn location(answer: &Answer) -> &str {
    answer.header("location").unwrap_or_else(|| panic!("{}: {}", answer.status, answer.body))
}

#[tokio::test]
async fn a_patient_agrees_and_the_browser_goes_back_with_a_code_that_stands_for_it() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let page = browser.sign_in(&ground, (SCOPE, "ana")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("Heart &lt;i&gt;App&lt;/i&gt; asks for access"), "{}", page.body);
    assert!(page.body.contains("Record of Ana Gómez"), "{}", page.body);
    assert!(page.body.contains("Keep access when you are away"), "{}", page.body);
    let form = forms(&page).remove(0);
    let answer = browser.submit(&ground, &form.clone().with("decision", "allow")).await;
    assert_eq!(answer.status, 303);
    let back = location(&answer);
    assert!(back.starts_with(&format!("{BACK}?code=")), "{back}");
    assert!(back.ends_with("&state=st%26te&iss=http%3A%2F%2Fhere.example"), "{back}");
    let [code] = &codes(&ground).await[..] else { panic!("one code") };
    assert_eq!(code.scopes, SCOPE);
    assert_eq!(code.patient.as_ref().map(|id| id.as_str()), Some("7"));
    assert_eq!(code.account, "account-ana");
    assert!(!kept(&ground, "code").await[0].contains(back.split(['=', '&']).nth(1).expect("a code")));
    // Answered is answered.
    let again = browser.submit(&ground, &form.with("decision", "allow")).await;
    assert_eq!(again.status, 400);
    assert_eq!(codes(&ground).await.len(), 1);
}

/// A-SC-11
#[tokio::test]
async fn what_was_unticked_is_not_granted() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let page = browser.sign_in(&ground, (SCOPE, "ana")).await;
    let form = forms(&page).remove(0).without("grant").without("offline").with("decision", "allow");
    let refused = browser.submit(&ground, &form).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Choose at least one thing"), "{}", refused.body);
    assert_eq!(codes(&ground).await.len(), 0);
    let answer = browser.submit(&ground, &form.with("grant", "1")).await;
    assert!(location(&answer).starts_with(BACK));
    assert_eq!(codes(&ground).await[0].scopes, "openid fhirUser launch/patient patient/Observation.rs");
}

/// A-AZ-10
#[tokio::test]
async fn who_says_no_sends_the_app_away_without_a_code() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let page = browser.sign_in(&ground, (SCOPE, "ana")).await;
    let answer = browser.submit(&ground, &forms(&page).remove(0).with("decision", "deny")).await;
    assert!(location(&answer).starts_with(&format!("{BACK}?error=access_denied&")), "{}", location(&answer));
    assert_eq!(codes(&ground).await.len(), 0);
}

/// A-LC-02
#[tokio::test]
async fn a_doctor_looks_for_a_patient_and_the_app_opens_with_that_one() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let page = browser.sign_in(&ground, ("launch/patient user/Patient.rs", "doctor")).await;
    assert!(page.body.contains("Choose a patient"), "{}", page.body);
    let empty = browser.submit(&ground, &forms(&page)[0]).await;
    assert_eq!(empty.status, 422);
    let found = browser.submit(&ground, &forms(&page).remove(0).with("name", "bob")).await;
    assert!(
        found.body.contains("&lt;b&gt;Bob&lt;/b&gt;") && !found.body.contains("<b>Bob"),
        "{}",
        found.body
    );
    assert!(!found.body.contains("Gómez"), "{}", found.body);
    let by_date = browser.submit(&ground, &forms(&page).remove(0).with("birthdate", "1985-04-23")).await;
    assert!(by_date.body.contains("Gómez") && !by_date.body.contains("Bob"), "{}", by_date.body);
    let strange = browser.submit(&ground, &forms(&page).remove(0).with("patient", "404")).await;
    assert_eq!(strange.status, 422);
    let chosen = browser.submit(&ground, &forms(&found).remove(1).with("patient", "8")).await;
    let page = browser.follow(&ground, chosen).await;
    assert!(page.body.contains("Record of &lt;b&gt;Bob&lt;/b&gt;"), "{}", page.body);
    let answer = browser.submit(&ground, &forms(&page).remove(0).with("decision", "allow")).await;
    assert!(location(&answer).starts_with(BACK));
    assert_eq!(codes(&ground).await[0].patient.as_ref().map(|id| id.as_str()), Some("8"));
}

#[tokio::test]
async fn a_patient_opens_no_record_but_the_own_one() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let page = browser.sign_in(&ground, (SCOPE, "ana")).await;
    let mut form = forms(&page).remove(0).with("patient", "8");
    form.action = "/auth/patient".to_owned();
    let answer = browser.submit(&ground, &form).await;
    assert_eq!(answer.status, 400);
    let form = forms(&page).remove(0).with("patient", "8").with("decision", "allow");
    assert!(location(&browser.submit(&ground, &form).await).starts_with(BACK));
    assert_eq!(codes(&ground).await[0].patient.as_ref().map(|id| id.as_str()), Some("7"));
    let missing = Browser::default().sign_in(&ground, (SCOPE, "away")).await;
    assert_eq!(missing.status, 403, "{}", missing.body);
}

/// A-AZ-01, A-AZ-02, A-AZ-11
#[tokio::test]
async fn the_browser_is_sent_back_only_where_the_app_is_known_to_be() {
    let (ground, mut browser) = (ground().await, Browser::default());
    for (changes, error) in [
        (&[("state", "")][..], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("aud", "https://elsewhere.example/fhir")], "invalid_request"),
        (&[("scope", "nonsense")], "invalid_scope"),
        (&[("prompt", "none")], "login_required"),
    ] {
        let answer = browser.get(&ground, &authorize(changes)).await;
        assert!(location(&answer).starts_with(&format!("{BACK}?error={error}&")), "{}", location(&answer));
    }
    for changes in [&[("client_id", "other")][..], &[("redirect_uri", "https://evil.example/")]] {
        let answer = browser.get(&ground, &authorize(changes)).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (400, None));
    }
    assert_eq!(kept(&ground, "request").await.len(), 0);
}

#[tokio::test]
async fn an_app_that_is_shut_out_meanwhile_gets_nothing() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let page = browser.sign_in(&ground, (SCOPE, "ana")).await;
    let mut app = super::browser::app();
    app.disabled = true;
    keep_client(&ground, &app).await;
    let answer = browser.submit(&ground, &forms(&page).remove(0).with("decision", "allow")).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (400, None));
    assert_eq!(codes(&ground).await.len(), 0);
}

#[tokio::test]
async fn a_request_may_come_by_post_from_an_app_a_ep_05() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let url = authorize(&[]);
    let (action, query) = url.split_once('?').expect("parameters");
    let fields = interactions::parse_pairs(query).expect("well-formed");
    let form = super::browser::Form { action: action.to_owned(), fields };
    let answer = browser.submit_from(&ground, &form, Some("https://app.example")).await;
    let page = browser.follow(&ground, answer).await;
    assert!(page.body.contains("to continue to Heart"), "{}", page.body);
}

#[tokio::test]
async fn who_is_signed_in_is_asked_for_no_password_unless_the_app_wants_it() {
    let (ground, mut browser) = (ground().await, Browser::default());
    browser.sign_in(&ground, (SCOPE, "ana")).await;
    let begun = browser.get(&ground, &authorize(&[])).await;
    let page = browser.follow(&ground, begun).await;
    assert!(page.body.contains("asks for access"), "{}", page.body);
    let none = browser.get(&ground, &authorize(&[("prompt", "none")])).await;
    assert!(location(&none).contains("error=consent_required"));
}

/// Exchanges the code that the browser was sent back with for tokens.
async fn exchange(ground: &Ground, back: &str) -> serde_json::Value {
    let code = back.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("a code");
    let form = Form { action: "/auth/token".to_owned(), fields: Vec::new() };
    let form = form
        .with("grant_type", "authorization_code")
        .with("code", code)
        .with("redirect_uri", BACK)
        .with("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        .with("client_id", "app");
    let answer = Browser::default().submit_from(ground, &form, None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

async fn read(ground: &Ground, token: &str) -> u16 {
    let mut request = crate::ground::request("GET", "/fhir/Patient/7", "");
    let bearer = format!("Bearer {token}").parse().expect("a header");
    request.headers_mut().insert("authorization", bearer);
    ground.ask(request).await.status.as_u16()
}

#[tokio::test]
async fn a_code_becomes_a_token_that_reads_until_the_access_is_removed() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let scope = "launch/patient offline_access patient/Patient.rs";
    let page = browser.sign_in(&ground, (scope, "ana")).await;
    let answer = browser.submit(&ground, &forms(&page).remove(0).with("decision", "allow")).await;
    let tokens = exchange(&ground, location(&answer)).await;
    assert_eq!((&tokens["scope"], &tokens["patient"]), (&scope.into(), &"7".into()), "{tokens}");
    let token = tokens["access_token"].as_str().expect("a token");
    assert_eq!(read(&ground, token).await, 200);
    let apps = browser.get(&ground, "/auth/apps").await;
    assert_eq!(browser.submit(&ground, &forms(&apps).remove(0)).await.status, 200);
    assert_eq!(read(&ground, token).await, 401);
}

/// A-SE-05
#[tokio::test]
async fn a_token_for_as_long_as_one_is_signed_in_ends_with_that() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let page = browser.sign_in(&ground, ("online_access launch/patient patient/Patient.rs", "ana")).await;
    let answer = browser.submit(&ground, &forms(&page).remove(0).with("decision", "allow")).await;
    let tokens = exchange(&ground, location(&answer)).await;
    let token = tokens["access_token"].as_str().expect("a token");
    assert_eq!(read(&ground, token).await, 200);
    let page = browser.get(&ground, "/auth/sign-out").await;
    browser.submit(&ground, &forms(&page).remove(0)).await;
    assert_eq!(read(&ground, token).await, 401);
}
