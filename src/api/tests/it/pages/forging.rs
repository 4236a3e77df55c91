//! Does a form do anything that a person did not send from our own page? (A-CS-01)

use super::browser::{Browser, Form, ORIGIN, PASSWORD, SCOPE, authorize, forms, ground, kept};
use crate::ground::Ground;

/// What stands after a form was sent: sessions, codes, agreements, and requests that wait.
async fn state(ground: &Ground) -> Vec<Vec<String>> {
    let mut state = Vec::new();
    for kind in ["session", "code", "consent/account-ana", "request", "try/x"] {
        state.push(kept(ground, kind).await);
    }
    state
}

/// Sends the form in each way that no page of ours does, and sees that nothing came of it.
async fn check(ground: &Ground, browser: &mut Browser, form: &Form) {
    let before = state(ground).await;
    let stranger = "x".repeat(43);
    for (what, forged, origin) in [
        ("no token", form.clone().without("key"), Some(ORIGIN)),
        ("an empty token", form.clone().with("key", ""), Some(ORIGIN)),
        ("another token", form.clone().with("key", &stranger), Some(ORIGIN)),
        ("another origin", form.clone(), Some("https://evil.example")),
        ("a port of ours", form.clone(), Some("http://here.example:81")),
        ("a hidden origin", form.clone(), Some("null")),
        ("no origin", form.clone(), None),
    ] {
        let answer = browser.submit_from(ground, &forged, origin).await;
        assert_eq!(answer.status, 403, "{what} on {}: {}", form.action, answer.body);
        assert_eq!(answer.header("location"), None, "{what} on {}", form.action);
        assert_eq!(state(ground).await, before, "{what} on {}", form.action);
    }
}

#[tokio::test]
async fn no_form_does_anything_without_its_token_and_its_origin() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let begun = browser.get(&ground, &authorize(&[])).await;
    let page = browser.follow(&ground, begun).await;
    let form = forms(&page).remove(0).with("login", "ana").with("password", PASSWORD);
    check(&ground, &mut browser, &form).await;
    let answer = browser.submit(&ground, &form).await;
    let page = browser.follow(&ground, answer).await;
    let consent = forms(&page).remove(0);
    check(&ground, &mut browser, &consent.clone().with("decision", "allow")).await;
    check(&ground, &mut browser, &consent.clone().with("decision", "deny")).await;
    assert_eq!(browser.submit(&ground, &consent.with("decision", "allow")).await.status, 303);
    for path in ["/auth/apps", "/auth/sessions", "/auth/sign-out"] {
        let page = browser.get(&ground, path).await;
        assert_eq!(page.status, 200, "{path}");
        for form in forms(&page) {
            check(&ground, &mut browser, &form).await;
        }
    }
}

#[tokio::test]
async fn the_form_of_a_picker_does_nothing_without_its_token_and_its_origin() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let page = browser.sign_in(&ground, ("launch/patient user/Patient.rs", "doctor")).await;
    check(&ground, &mut browser, &forms(&page).remove(0).with("patient", "8")).await;
}

#[tokio::test]
async fn a_token_of_another_person_is_worth_nothing() {
    let ground = ground().await;
    let (mut ana, mut doctor) = (Browser::default(), Browser::default());
    let page = ana.sign_in(&ground, (SCOPE, "ana")).await;
    let own = doctor.sign_in(&ground, ("user/Patient.rs", "doctor")).await;
    let key = forms(&own).remove(0).fields.into_iter().find(|(name, _)| name == "key").expect("a token").1;
    let form = forms(&page).remove(0).with("decision", "allow").with("key", &key);
    assert_eq!(ana.submit(&ground, &form).await.status, 403);
    assert_eq!(kept(&ground, "code").await.len(), 0);
}

#[tokio::test]
async fn a_request_goes_on_only_in_the_browser_in_which_it_was_begun() {
    let ground = ground().await;
    let (mut own, mut other) = (Browser::default(), Browser::default());
    let page = own.sign_in(&ground, (SCOPE, "ana")).await;
    other.sign_in(&ground, (SCOPE, "ana")).await;
    let form = forms(&page).remove(0).with("decision", "allow");
    let answer = other.submit(&ground, &form).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(kept(&ground, "code").await.len(), 0);
}

#[tokio::test]
async fn only_forms_are_read_as_forms() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let page = browser.sign_in(&ground, (SCOPE, "ana")).await;
    let form = forms(&page).remove(0);
    for content_type in ["text/plain", "application/json", "multipart/form-data"] {
        let fields = form.fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let cookies =
            browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let mut request = crate::ground::request("POST", &form.action, fields.join("&") + "&decision=allow");
        for (name, value) in
            [("content-type", content_type), ("origin", ORIGIN), ("cookie", &cookies.join("; "))]
        {
            request.headers_mut().insert(name, value.parse().expect("a header"));
        }
        assert_eq!(ground.ask(request).await.status, 400, "{content_type}");
    }
    assert_eq!(kept(&ground, "code").await.len(), 0);
}
