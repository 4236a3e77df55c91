//! Can a person see and end what was begun in the own name, and nobody else's?

use super::browser::{Browser, SCOPE, forms, ground, kept};

#[tokio::test]
async fn an_app_is_listed_and_cut_off_when_its_access_is_removed() {
    let (ground, mut browser) = (ground().await, Browser::default());
    let page = browser.sign_in(&ground, (SCOPE, "ana")).await;
    browser.submit(&ground, &forms(&page).remove(0).with("decision", "allow")).await;
    let apps = browser.get(&ground, "/auth/apps").await;
    assert!(apps.body.contains("Heart &lt;i&gt;App"), "{}", apps.body);
    assert!(apps.body.contains("also when you are away"), "{}", apps.body);
    let mut doctor = Browser::default();
    let page = doctor.sign_in(&ground, ("user/Patient.rs", "doctor")).await;
    doctor.submit(&ground, &forms(&page).remove(0).with("decision", "allow")).await;
    let family =
        forms(&apps).remove(0).fields.into_iter().find(|(name, _)| name == "family").expect("a family").1;
    let form = forms(&doctor.get(&ground, "/auth/apps").await).remove(0).with("family", &family);
    assert_eq!(doctor.submit(&ground, &form).await.status, 400);
    assert_eq!(kept(&ground, "consent/account-ana").await.len(), 1);
    let removed = browser.submit(&ground, &forms(&apps).remove(0)).await;
    assert!(removed.body.contains("no longer has access"), "{}", removed.body);
    assert_eq!(kept(&ground, "consent/account-ana").await.len(), 0);
    assert_eq!(kept(&ground, "consent/account-doctor").await.len(), 1);
}

/// A-SE-03
#[tokio::test]
async fn a_session_elsewhere_is_seen_and_ended() {
    let ground = ground().await;
    let (mut here, mut there, mut doctor) = (Browser::default(), Browser::default(), Browser::default());
    here.sign_in(&ground, (SCOPE, "ana")).await;
    there.sign_in(&ground, (SCOPE, "ana")).await;
    doctor.sign_in(&ground, ("user/Patient.rs", "doctor")).await;
    let page = here.get(&ground, "/auth/sessions").await;
    assert_eq!(page.body.matches("This browser").count(), 1, "{}", page.body);
    let all = forms(&page).into_iter().find(|form| form.action == "/auth/sessions" && !has(form, "session"));
    let all = all.expect("a button for all others");
    assert_eq!(here.submit(&ground, &all).await.status, 303);
    assert_eq!(here.get(&ground, "/auth/sessions").await.status, 200);
    assert_eq!(there.get(&ground, "/auth/sessions").await.status, 303, "it has ended");
    assert_eq!(doctor.get(&ground, "/auth/sessions").await.status, 200);
}

/// A button is a field only once it is pressed, so forms of single sessions differ by the button alone.
fn has(form: &super::browser::Form, name: &str) -> bool {
    form.fields.iter().any(|(known, _)| known == name)
}

/// A-SE-05
#[tokio::test]
async fn who_signs_out_is_out() {
    let (ground, mut browser) = (ground().await, Browser::default());
    browser.sign_in(&ground, (SCOPE, "ana")).await;
    let session = browser.cookies["sid"].clone();
    let page = browser.get(&ground, "/auth/sign-out").await;
    let answer = browser.submit(&ground, &forms(&page).remove(0)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("clear-site-data").is_some());
    assert!(!browser.cookies.contains_key("sid"));
    browser.cookies.insert("sid".to_owned(), session);
    assert_eq!(browser.get(&ground, "/auth/apps").await.status, 303);
    assert_eq!(kept(&ground, "session").await.len(), 0);
}

/// A-SE-03
#[tokio::test]
async fn who_is_shut_out_is_out_everywhere_at_once() {
    let (ground, mut browser) = (ground().await, Browser::default());
    browser.sign_in(&ground, (SCOPE, "ana")).await;
    let mut account = super::browser::account("ana", "patient", Some("Patient/7"));
    account.disabled = true;
    super::browser::keep_account(&ground, &account).await;
    assert_eq!(browser.get(&ground, "/auth/apps").await.status, 303);
}
